package tcp

import (
	"fmt"
	"testing"
	"time"
)

// Requirements of RFC 9293 that no story and no teardown case shows. Each test bears
// the number of docs/rfc9293-requirements.md.

// MUST-1: a window of 32768 and more is large, not negative, scaled and not.
func TestRFC9293_MUST1_WindowIsUnsigned(t *testing.T) {
	for _, shift := range []int{0, 14} {
		p := newPeer(t, plain(Config{InitialWindow: 60, MSS: 1000}))
		p.open()
		p.in(fmt.Sprintf("S. 0:0(0) ack 1 <mss 1000,wscale %d>", shift))
		p.want("the handshake", ". 1:1(0) ack 1")
		p.wantStatus("of the SYN, which is not scaled", "SendWindow", 65535)
		p.in(". 1:1(0) ack 1 win 65535")
		p.wantStatus("scaled", "SendWindow", 65535<<shift)
		p.send(60000)
		if n := len(p.take()); n != 60 {
			p.fail("%d segments leave, want 60: more than 32767 octets", n)
		}
	}
}

// MUST-5: the options of a SYN on any other segment harm nothing and change nothing.
func TestRFC9293_MUST5_OptionsAfterTheHandshake(t *testing.T) {
	for _, cfg := range []Config{{}, plain(Config{})} {
		p := established(t, cfg)
		before := p.c.Status()
		p.in("P. 1:11(10) ack 1 <mss 100,wscale 9,sackOK,uto 7>")
		p.wantVerdict("the text counts", Accepted)
		p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
		p.want("the text counts", ". 1:1(0) ack 11")
		after := p.c.Status()
		if after.MaxPayload != before.MaxPayload || after.SACK != before.SACK || after.WindowScale != before.WindowScale ||
			after.SendWindow != before.SendWindow {
			p.fail("an option of the SYN counted afterwards: %+v", after)
		}
	}
}

// MUST-8: the initial sequence number is the one that the caller gives, who has clock
// and secret (see ISS), whatever it is.
func TestInitialSequenceNumberIsTheCallers(t *testing.T) {
	for _, iss := range []Seq{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
		p := newPeer(t, Config{})
		p.iss = iss
		p.open()
		if p.last.Seq != iss {
			p.fail("SYN-SENT begins at %d, want %d", p.last.Seq, iss)
		}
		p = newPeer(t, Config{})
		p.iss = iss
		p.listen()
		if p.last.Seq != iss {
			p.fail("SYN-RECEIVED begins at %d, want %d", p.last.Seq, iss)
		}
	}
}

// MUST-15: a peer without MSS option is sent 536 octets at most, 1220 over IPv6.
func TestRFC9293_MUST15_DefaultSendMSS(t *testing.T) {
	for _, tt := range []struct{ chosen, want int }{{0, 536}, {1220, 1220}} {
		for _, active := range []bool{true, false} {
			cfg := plain(Config{DefaultSendMSS: tt.chosen})
			cfg.WindowScale = Off
			p := newPeer(t, cfg)
			if active {
				p.open()
				p.in("S. 0:0(0) ack 1")
				p.want("the handshake", ". 1:1(0) ack 1")
			} else {
				p.do("Listen", p.c.Listen(p.now, p.iss))
				p.in("S 0:0(0)")
				p.want("the handshake", "S. 0:0(0) ack 1")
				p.in(". 1:1(0) ack 1")
			}
			p.send(tt.want + 1)
			p.want("a full segment", fmt.Sprintf(". 1:%d(%d) ack 1", 1+tt.want, tt.want))
			p.in(fmt.Sprintf(". 1:1(0) ack %d", 1+tt.want))
			p.want("the rest", fmt.Sprintf("P. %d:%d(1) ack 1", 1+tt.want, 2+tt.want))
		}
	}
}

// MUST-16, MUST-67: the MSS announced is the host's; what is sent is at most the
// smaller of both less the octets of all options, those that come and go included.
func TestRFC9293_MUST16_EffectiveSendMSS(t *testing.T) {
	for _, tt := range []struct{ own, peers, want int }{{1240, 1460, 1240}, {1460, 1240, 1240}, {1240, 1240, 1240}} {
		p := newPeer(t, Config{MSS: tt.own, NoDelay: true})
		p.do("Open", p.c.Open(p.now, p.iss))
		p.want("MUST-67", fmt.Sprintf("S 0:0(0) <mss %d,sackOK,TS val 3600000 ecr 0,wscale 0>", tt.own))
		p.in(fmt.Sprintf("S. 0:0(0) ack 1 <mss %d,sackOK,TS val %d ecr %d,wscale 0>", tt.peers, p.tsval(), p.ecr))
		p.want("the handshake", ". 1:1(0) ack 1")
		p.send(5000)
		n := 1
		full := func(options string, size int) {
			t.Helper()
			var seg Segment
			if !p.c.Next(&seg) || seg.Len != size {
				p.fail("%s: %d octets, want %d", options, seg.Len, size)
			}
			header, err := seg.AppendHeader(nil)
			if err != nil || len(header)-headerLen+seg.Len > tt.want {
				p.fail("%s: %d octets of options and text, want at most %d", options, len(header)-headerLen+seg.Len, tt.want)
			}
			p.ecr = seg.Options.TSVal
			n += size
		}
		full("timestamps", tt.want-12)
		full("timestamps", tt.want-12)
		p.take()
		p.in(fmt.Sprintf(". 1:1(0) ack %d", 5001))
		p.in("P. 101:201(100) ack 5001") // held, and from now on reported
		p.wantACK("beyond a gap")
		n = 5001
		p.send(5000)
		full("timestamps and SACK", tt.want-12-12)
		p.take()
	}
}

// MUST-21: R2 is the program's, as a count (TestS2_FirstFINLost) and as a time, of days too.
func TestRFC9293_MUST21_R2(t *testing.T) {
	const r2 = 3 * 24 * time.Hour
	p := connAt(t, Config{DataRetries2: 1, DataMinimum: r2}, StateFinWait1, (*peer).closeWrite)
	end := p.now.Add(r2)
	for p.c.Deadline() < end {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		p.want("the FIN again", "F. 1:1(0) ack 1")
		p.wantState("R2 is not reached", StateFinWait1)
	}
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.wantClosed("R2", ErrTimeout)
}

// MUST-22, SHLD-9: R1 is told of a SYN and a SYN,ACK too.
func TestRFC9293_MUST22_R1OfSYN(t *testing.T) {
	for _, tt := range []struct {
		start func(*peer)
		again string
	}{{(*peer).open, "S 0:0(0)"}, {(*peer).listen, "S. 0:0(0) ack 1"}} {
		p := newPeer(t, Config{})
		tt.start(p)
		for i, d := range []time.Duration{1, 2, 4} {
			if p.c.Ready()&ReadyR1 != 0 {
				p.fail("R1 is told after %d retransmissions, want 3: SHLD-10", i)
			}
			p.advanceToDeadline(TimerRetransmit, d*time.Second)
			p.want("again", tt.again)
		}
		if p.c.Ready()&ReadyR1 == 0 {
			p.fail("the user is not told that R1 was reached")
		}
	}
}

// MUST-31 to MUST-33: urgent data longer than the pointer can say, in both
// directions; the mark says how much of it remains, and moves when it advances.
func TestRFC9293_MUST31_UrgentDataOfAnyLength(t *testing.T) {
	const long = 100_000
	p := established(t, plain(Config{ReceiveBuffer: 1 << 20, MaxReceiveBuffer: 1 << 20, InitialWindow: 100}))
	p.in(". 1:1(0) ack 1 win 65535")
	p.do("SendUrgent", p.c.SendUrgent(p.now, long))
	p.send(5000)
	for acked := 0; acked < long+5000; {
		var seg Segment
		for p.c.Next(&seg) {
			off := int(p.c.SendOffset(seg.Seq))
			if want := off < long; seg.Flags.Has(URG) != want {
				p.fail("octet %d is sent with URG %v", off, !want)
			}
			if want := max(min(long-off, 65535), 0); int(seg.Urgent) != want {
				p.fail("at octet %d the pointer is %d, want %d", off, seg.Urgent, want)
			}
			acked = off + seg.Len
		}
		p.in(fmt.Sprintf(". 1:1(0) ack %d", 1+acked))
	}

	p = established(t, plain(Config{ReceiveBuffer: 1 << 20, MaxReceiveBuffer: 1 << 20, DelayedACK: -1}))
	n := 1
	for n <= long {
		p.in(fmt.Sprintf(".U %d:%d(1000) ack 1 urg %d", n, n+1000, min(long+1-n, 65535)))
		p.take()
		off, ok := p.c.UrgentMark()
		if want := min(n-1+65535, long); int(off) != want || !ok {
			p.fail("with octet %d the mark is at %d, want %d", n, off, want)
		}
		n += 1000
	}
	for p.c.Readable() > 0 {
		off, ok := p.c.UrgentMark()
		if left := p.c.Readable(); int(off) != long || !ok || p.c.Ready()&ReadyUrgent == 0 {
			p.fail("%d urgent octets are left, the mark is at %d, %v", left, off, ok)
		}
		p.receive(10_000)
		p.take()
	}
	if p.c.Ready()&ReadyUrgent != 0 {
		p.fail("all is read, and urgent data is still told")
	}
	p.in(".U 100001:100001(0) ack 1 urg 3")
	if off, ok := p.c.UrgentMark(); off != long+3 || !ok || p.c.Ready()&ReadyUrgent == 0 {
		p.fail("none was pending; the next mark is %d, %v: MUST-32", off, ok)
	}
}

// MUST-45: addresses are the host's, which tells connections apart by them; the
// ports with which a connection begins stay, whatever arrives.
func TestRFC9293_MUST45_PortsStay(t *testing.T) {
	for s := StateEstablished; s < numStates; s++ {
		p := connAt(t, Config{}, s, (*peer).closeWrite)
		for _, ports := range [][2]uint16{{81, 4000}, {80, 4001}, {0, 0}} {
			_, rcv := p.numbers()
			seg := p.segment(fmt.Sprintf("P. %d:%d(10) ack %d", rcv-10, rcv, p.c.snd.una.Sub(p.iss)))
			seg.SrcPort, seg.DstPort = ports[0], ports[1]
			p.arrive(seg)
			p.wantACK("old text")
			if p.last.SrcPort != 4000 || p.last.DstPort != 80 {
				p.fail("a segment leaves from port %d to %d", p.last.SrcPort, p.last.DstPort)
			}
		}
		p.wantState("as before", s)
	}
}

// MUST-66: the urgent pointer counts though the window is closed.
func TestRFC9293_MUST66_URGIntoAClosedWindow(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.ReceiveBuffer, cfg.MaxReceiveBuffer, cfg.DelayedACK, cfg.WindowScale = 100, 100, -1, Off
		p := established(t, cfg)
		p.in(fmt.Sprintf("P. 1:101(%d) ack 1", 100))
		p.want("the window is closed", ". 1:1(0) ack 101 win 0")
		p.in(".U 101:101(0) ack 1 urg 7")
		if off, ok := p.c.UrgentMark(); off != 107 || !ok || p.c.Ready()&ReadyUrgent == 0 {
			p.fail("the mark is at %d, %v", off, ok)
		}
	})
	p := established(t, Config{ReceiveBuffer: 100, DelayedACK: -1})
	p.in("P. 1:101(100) ack 1")
	p.want("the window is closed", ". 1:1(0) ack 101 win 0")
	p.in("P.U 101:111(10) ack 1 urg 10")
	p.want("its text is refused", ". 1:1(0) ack 101 win 0")
	if off, ok := p.c.UrgentMark(); off != 110 || !ok {
		p.fail("the mark is at %d, %v", off, ok)
	}
}

// SHLD-8: ECN is not offered, and a peer that offers it learns so: its marks mean
// nothing.
func TestRFC9293_SHLD8_ECNIsDeclined(t *testing.T) {
	p := newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.in("SEW 0:0(0)" + p.synOptions())
	p.want("an answer without ECE: RFC 3168 §6.1.1", "S. 0:0(0) ack 1")
	p.in(".EW 1:1(0) ack 1")
	p.wantState("marks mean nothing", StateEstablished)
	p.send(10 * mssTS)
	window := p.c.Status().CongestionWindow
	p.take()
	p.in(fmt.Sprintf(".E 1:1(0) ack %d", 1+mssTS))
	if got := p.c.Status().CongestionWindow; got < window {
		p.fail("the congestion window shrinks from %d to %d", window, got)
	}
	p.take()
	p = newPeer(t, Config{})
	p.open()
	if p.last.Flags != SYN {
		p.fail("the SYN offers %v", p.last.Flags)
	}
}

// SHLD-15, SHLD-17: nothing new goes beyond an edge that moved left, and the
// connection does not end because of what lies there.
func TestRFC9293_SHLD15_NothingNewBeyondAShrunkWindow(t *testing.T) {
	p := newPeer(t, plain(Config{DataRetries2: 2}))
	p.win = 5000
	p.establish()
	p.send(20_000)
	p.wantSent("up to the edge", "[. 1:1461 . 1461:2921 . 2921:4381]")
	p.in(". 1:1(0) ack 1461 win 1000") // the edge is 2461, SND.NXT 4381
	p.wantSent("the usable window is negative: MUST-34", "[]")
	for range 20 {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		for _, sent := range p.take() {
			var from, to int
			if _, err := fmt.Sscanf(sent, ". %d:%d", &from, &to); err != nil || from != 1461 || to > 4381 {
				p.fail("it sends %s: only what was sent before may be repeated, SHLD-16", sent)
			}
		}
		p.in(". 1:1(0) ack 1461 win 0")
		p.wantState("it answers", StateEstablished)
	}
	p.take()
	p.in(". 1:1(0) ack 4381 win 3000")
	if sent := p.take(); len(sent) == 0 || sent[0] != ". 4381:5841" {
		p.fail("with room again it sends %v", sent)
	}
}

// MAY-8: this end may keep its window closed for ever, and says so to every probe.
func TestRFC9293_MAY8_WindowStaysClosed(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.ReceiveBuffer, cfg.MaxReceiveBuffer, cfg.DelayedACK, cfg.WindowScale = 100, 100, -1, Off
		p := established(t, cfg)
		p.in("P. 1:101(100) ack 1")
		p.want("the window is closed", ". 1:1(0) ack 101 win 0")
		for range 500 {
			p.passes("nothing is said unasked", 2*time.Minute)
			p.in(". 101:102(1) ack 1")
			p.want("a probe", ". 1:1(0) ack 101 win 0")
			p.wantState("as it was", StateEstablished)
		}
		if p.c.Readable() != 100 {
			p.fail("%d octets can be read", p.c.Readable())
		}
	})
}

// P-14: a window that is closed and answers ends a connection only where the program
// has set a user timeout.
func TestUserTimeoutInAClosedWindow(t *testing.T) {
	answer := func(p *peer, d time.Duration) {
		for start := p.now; p.c.State() != StateClosed && p.now.Sub(start) < d; {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			if list := p.take(); len(list) > 0 {
				p.in(". 1:1(0) ack 1 win 0")
			}
		}
	}
	p := blocked(t, plain(Config{DataRetries2: 3}), 100, nil)
	answer(p, 24*time.Hour)
	p.wantState("R2 alone does not end it: MUST-37", StateEstablished)

	p = blocked(t, plain(Config{DataRetries2: 3}), 100, nil)
	start := p.now
	p.do("SetUserTimeout", p.c.SetUserTimeout(p.now, time.Minute))
	answer(p, 24*time.Hour)
	p.wantClosed("the program's user timeout does", ErrUserTimeout)
	if d := p.now.Sub(start); d != time.Minute {
		p.fail("after %v, want 1m0s", d)
	}
}

// P-16: text on a SYN that ends TIME-WAIT is left to its retransmission; it is not
// taken for text of the old connection.
func TestTextOnASYNInTimeWait(t *testing.T) {
	p := inTimeWait(t, Config{})
	p.c.SetReopen(true)
	p.passes("later", 10*time.Second)
	p.in(fmt.Sprintf("S 1000:1010(10) <mss 1000,TS val %d ecr 0>", p.tsval()))
	p.wantVerdict("legal", Reopen)
	p.iss, p.irs = p.iss+2+65537, p.irs+1000
	p.want("the SYN alone", "S. 0:0(0) ack 1")
	p.in("P. 1:11(10) ack 1")
	p.wantReady("the text again", "established, readable, writable")
	if off, _, n, ok := p.c.Taken(0); off != 0 || n != 10 || !ok || p.c.Readable() != 10 {
		p.fail("%d octets from %d are taken", n, off)
	}
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("the text again", ". 1:1(0) ack 11")
}

// M1: both closes, and a RST in the window, with FINs and initial numbers wherever
// sequence numbers wrap or change their sign.
func TestM1_NumbersWrap(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, iss := range []Seq{1<<32 - 3, 1<<32 - 2, 1<<32 - 1, 0, 1<<31 - 3, 1<<31 - 2, 1<<31 - 1, 1 << 31} {
			for _, irs := range []Seq{1<<32 - 2, 1<<32 - 1, 1<<31 - 2, 1<<31 - 1} {
				for s := StateEstablished; s < numStates; s++ {
					p := newPeer(t, cfg)
					p.iss, p.irs = iss, irs
					p.establish()
					p.reach(s, (*peer).closeWrite)
					_, rcv := p.numbers()
					if s != StateTimeWait {
						p.in(fmt.Sprintf("R %[1]d:%[1]d(0)", rcv+1))
						p.wantACK("a challenge")
						p.wantState("a challenge", s)
					}
					switch s {
					case StateLastAck:
						p.in(". 2:2(0) ack 2")
						p.wantClosed("cleanly", nil)
					case StateTimeWait:
						p.now = p.c.Deadline()
						p.c.Advance(p.now)
						p.wantClosed("cleanly", nil)
					}
				}
			}
		}
	})
}

// M8: a FIN whose timestamp is missing, or old, is none.
func TestM8_FINWithoutGoodTimestamp(t *testing.T) {
	for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2} {
		for _, tt := range []struct {
			form string
			v    Verdict
		}{
			{"F. 1:1(0) ack %d nots", DroppedNoTimestamp},
			{"F. 1:1(0) ack %d <TS val 4100000000 ecr 0>", DroppedPAWS},
		} {
			p := connAt(t, Config{}, s, (*peer).closeWrite)
			p.c.ts.recent = 4100000001
			p.in(fmt.Sprintf(tt.form, p.c.snd.una.Sub(p.iss)))
			p.wantVerdict("dropped", tt.v)
			if tt.v == DroppedPAWS {
				p.wantACK("acknowledged: RFC 7323 §5.3")
			}
			p.wantState("the FIN does not count", s)
			if p.c.Ready()&ReadyEOF != 0 {
				p.fail("the end is told")
			}
		}
	}
}

// M9: a FIN again is reported as a duplicate, RFC 2883.
func TestM9_FINAgainIsReportedBySACK(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateCloseWait, nil)
		p.in("F. 1:1(0) ack 1")
		p.want("the FIN's number", ". 1:1(0) ack 2 <sack 1:2>")
		p.in("FP. 2:2(0) ack 1") // beyond it
		if p.c.pending() {
			p.wantACK("no duplicate")
		}
		p.wantStatus("taken once", "RcvNxt", p.irs+2)
	})
}

// M14: what was offered once is taken, though the window was made smaller since, and
// scaled.
func TestM14_OnceOfferedIsTaken(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.ReceiveBuffer, cfg.MaxReceiveBuffer, cfg.DelayedACK = 500_000, 4_000_000, -1
		p := established(t, cfg)
		edge := p.c.Status().RcvEdge.Sub(p.irs)
		p.do("SetReadBuffer", p.c.SetReadBuffer(p.now, 10_000))
		p.in("P. 1:1001(1000) ack 1")
		p.want("text", ". 1:1(0) ack 1001")
		if got := 1001 + int(p.last.Window)<<p.c.rcv.shift; got <= edge-1<<p.c.rcv.shift {
			p.fail("the edge moves from %d to %d", edge, got)
		}
		p.in(fmt.Sprintf("P. %d:%d(100) ack 1", edge-100, edge))
		p.want("the last octets of the first window", fmt.Sprintf(". 1:1(0) ack 1001 <sack %d:%d>", edge-100, edge))
		if off, n, ok := p.c.Held(0); int(off) != edge-101 || n != 100 || !ok {
			p.fail("%d octets from %d are held", n, off)
		}
	})
}
