package tcp

import (
	"fmt"
	"testing"
	"time"
)

// Rules of Linux() that have fields of their own, each beside the default.

// StaleACK: an acknowledgment of what was not sent is challenged; its timestamp counts
// by RFC 7323 §4.3, because its sequence number is in the window, and not on Linux. Nor
// does it show there that the peer is alive.
func TestStaleACK(t *testing.T) {
	for rule, sign := range map[StaleACK]bool{StaleACKUsed: true, StaleACKIgnored: false} {
		p := established(t, Config{StaleACK: rule})
		p.after(4 * time.Second)
		p.in(". 1:1(0) ack 5000")
		p.want("a challenge", ". 1:1(0) ack 1")
		if got := p.c.ts.recent == p.tsval(); got != sign {
			p.fail("%v: TS.Recent is that of the segment: %v, want %v", rule, got, sign)
		}
		if got := p.c.idleFor() == 0; got != sign {
			p.fail("%v: it is a sign of life: %v, want %v", rule, got, sign)
		}
	}
}

// SplitACK: an acknowledgment that ends within a segment restarts the retransmission
// timeout by RFC 6298 §5.3, and not on Linux.
func TestSplitACK(t *testing.T) {
	for rule, left := range map[SplitACK]time.Duration{SplitACKCounts: 300 * time.Millisecond, SplitACKMovesOnly: 200 * time.Millisecond} {
		p := smallSegments(t, Config{SplitACK: rule})
		p.send(100)
		p.wantSent("a segment", "[P. 1:101]")
		p.after(100 * time.Millisecond)
		p.in(". 1:1(0) ack 51")
		p.advanceToDeadline(TimerRetransmit, left)
		p.wantSent("the rest", "[P. 51:101]")
	}
}

// AckCompany: the acknowledgment of the peer's FIN rides on the own text and FIN that
// its acknowledgment lets out, or leaves alone ahead of them, as tcp_fin has it; what is
// sent again takes no acknowledgment along on Linux that is drawn by the same segment.
func TestAckCompany(t *testing.T) {
	for rule, want := range map[AckCompany]string{
		CompanyAny:     "[FP. 1001:1101]",
		CompanyNewText: "[. 1001:1001 FP. 1001:1101]",
	} {
		p := smallSegments(t, Config{AckCompany: rule, DelayFINAck: Off})
		p.send(1100)
		p.take()
		p.closeWrite()
		p.in("F. 1:1(0) ack 1001")
		p.wantSent(fmt.Sprint("rule ", rule), want)
	}
}

// WindowLinux goes by the memory that segments take. Live recordings of Linux 6.18.44:
// after one segment of 1000 octets the edge stays, because they take more than twice
// that; a full one lets the window grow beyond its field, which TIME-WAIT does not mind.
func TestWindowLinuxGoesByMemory(t *testing.T) {
	open := func() *peer {
		cfg := Linux()
		cfg.Timestamps, cfg.SACK, cfg.WindowScale = Off, Off, Off
		p := newPeer(t, cfg)
		p.listen()
		p.in("S 0:0(0) win 65535 <mss 1460>")
		p.want("the request", "S. 0:0(0) ack 1 win 64240 <mss 1460>")
		p.after(10 * time.Millisecond)
		p.in(". 1:1(0) ack 1")
		return p
	}
	p := open()
	p.in("P. 1:1001(1000) ack 1")
	p.want("1000 octets", ". 1:1(0) ack 1001 win 63240")
	p = open()
	p.in("P. 1:101(100) ack 1")
	p.want("100 octets", ". 1:1(0) ack 101 win 64140")
	p.in("P. 101:1561(1460) ack 1")
	p.want("a full segment", ". 1:1(0) ack 1561 win 65535")
	p.closeWrite()
	p.want("the edge lies beyond the field", "F. 1:1(0) ack 1561 win 65535")
	p.in("F. 1561:1561(0) ack 2")
	p.want("so it does here", ". 2:2(0) ack 1562 win 65535")
	p.in("F. 1561:1561(0) ack 2")
	p.want("65700, as far as 16 bits go", ". 2:2(0) ack 1562 win 164")
	tw, ok := p.c.TimeWait()
	var reply Segment
	seg := p.segment("F. 1561:1561(0) ack 2")
	if _, sent := tw.Arrive(p.now+Time(time.Minute/2), &seg, false, &reply); !ok || !sent || reply.Window != 164 {
		p.fail("the TimeWait says %v", reply)
	}
}

// Where bursts end with PSH: after half of the congestion window at most, and not
// ahead of a last segment that is not full.
func TestPSHOfBursts(t *testing.T) {
	for rtt, want := range map[time.Duration]string{
		500 * time.Microsecond: "[. 1:1461 . 1461:2921 . 2921:4381 . 4381:5841 P. 5841:7301 . 7301:8761 P. 8761:10001]",
		5 * time.Millisecond:   "[. 1:1461 . 1461:2921 P. 2921:4381 . 4381:5841 . 5841:7301 P. 7301:8761 P. 8761:10001]",
		20 * time.Millisecond:  "[. 1:1461 P. 1461:2921 . 2921:4381 P. 4381:5841 . 5841:7301 P. 7301:8761 P. 8761:10001]",
	} {
		cfg := Linux()
		cfg.Timestamps = Off
		p := newPeer(t, cfg)
		p.open()
		p.after(rtt)
		p.in("S. 0:0(0) ack 1 <mss 1460>")
		p.want("the handshake", ". 1:1(0) ack 1")
		p.send(10000)
		p.wantSent(fmt.Sprint("a round trip of ", rtt), want)
	}
}

// PSH at the end of a write stays with its segment when that is sent again behind more;
// and a FIN behind a full segment is not merged into it.
func TestRepeatedSegmentKeepsPSH(t *testing.T) {
	cfg := Linux()
	cfg.Timestamps, cfg.SACK, cfg.NoDelay = Off, Off, true
	p := established(t, cfg)
	p.send(1460)
	p.wantSent("a write", "[P. 1:1461]")
	p.send(1460)
	p.closeWrite()
	p.wantSent("another", "[FP. 1461:2921]")
	p.advanceToDeadline(TimerRetransmit, p.c.expires(TimerRetransmit).Sub(p.now))
	p.wantSent("the first again", "[P. 1:1461]")
}

// A FIN that the peer holds is not sent again with the text before it: Linux's timeout
// does not forget what the peer reported.
func TestHeldFINIsNotSentAgain(t *testing.T) {
	cfg := Linux()
	cfg.Timestamps, cfg.TailLossProbe = Off, false
	p := established(t, cfg)
	p.send(1000)
	p.wantSent("text", "[P. 1:1001]")
	p.closeWrite()
	p.wantSent("FIN", "[F. 1001:1001]")
	p.after(10 * time.Millisecond)
	p.in(". 1:1(0) ack 1 <sack 1001:1002>")
	for again := 0; again < 2; {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		if got := p.take(); len(got) > 0 {
			if again++; fmt.Sprint(got) != "[P. 1:1001]" {
				p.fail("it sends %v again", got)
			}
		}
	}
}

// SlowStartAfterIdle: RFC 5681 §4.1, tcp_slow_start_after_idle.
func TestSlowStartAfterIdle(t *testing.T) {
	for setting, segments := range map[Switch]int{On: 2, Off: 4} {
		p := smallSegments(t, Config{InitialWindow: 2, SlowStartAfterIdle: setting})
		p.send(200)
		p.take()
		p.in(". 1:1(0) ack 101")
		p.in(". 1:1(0) ack 201")
		p.after(time.Minute)
		p.send(1000)
		if got := len(p.take()); got != segments {
			p.fail("%v: %d segments after a minute, want %d", setting, got, segments)
		}
	}
}

// A SYN again restarts the timer of Linux's SYN,ACK; P-5 leaves it alone.
func TestRepeatedSYNRestartsTheTimer(t *testing.T) {
	for name, left := range map[string]time.Duration{"default": 400 * time.Millisecond, "Linux": time.Second} {
		cfg := Config{}
		if name == "Linux" {
			cfg = Linux()
			cfg.TickRate = 0
		}
		p := newPeer(t, cfg)
		p.listen()
		p.in("S 0:0(0) win 65535")
		p.take()
		p.after(600 * time.Millisecond)
		p.in("S 0:0(0) win 65535")
		p.wantSent(name, "[S. 0:0]")
		p.advanceToDeadline(TimerRetransmit, left)
		p.wantSent(name, "[S. 0:0]")
	}
}

// Linux takes in SYN-SENT no echo of a timestamp before its first SYN's.
func TestEchoBeforeTheFirstSYN(t *testing.T) {
	p := newPeer(t, Linux())
	p.do("SetTimestampOffset", p.c.SetTimestampOffset(1000000))
	p.open()
	p.in("S. 0:0(0) ack 1 <mss 1460,TS val 700 ecr 5>")
	p.wantVerdict("an earlier incarnation", ResetBadAckSynSent)
	p.wantSent("an earlier incarnation", "[R 1:1]")
	p.wantState("it stays", StateSynSent)
}

// A soft ICMP error ends the open on Linux (RFC 5461 §2.1), nowhere else (MUST-56).
func TestSoftErrorInSynSent(t *testing.T) {
	for name, want := range map[string]State{"default": StateSynSent, "Linux": StateClosed} {
		cfg := Config{}
		if name == "Linux" {
			cfg = Linux()
		}
		p := newPeer(t, cfg)
		p.open()
		p.c.ICMP(p.now, ICMPMessage{Kind: ICMPSoft, Seq: p.iss})
		p.wantState(name, want)
	}
}

// The first congestion window of Linux is one segment only after an active open that
// took more than one retransmission; RFC 5681 §3.1 has it after one, on both sides.
func TestWindowAfterALostSYN(t *testing.T) {
	for _, tt := range []struct {
		name     string
		cfg      Config
		timeouts int
		want     int
	}{{"default", Config{}, 1, 1}, {"Linux", Linux(), 1, 10}, {"Linux", Linux(), 2, 1}} {
		cfg := plain(tt.cfg)
		p := newPeer(t, cfg)
		p.open()
		for range tt.timeouts {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			p.take()
		}
		p.in("S. 0:0(0) ack 1 <mss 1460>")
		p.take()
		if got := p.c.Status().CongestionWindow / p.c.Status().MaxPayload; got != tt.want {
			p.fail("%s after %d timeouts: a window of %d segments, want %d", tt.name, tt.timeouts, got, tt.want)
		}
	}
}

// What is in flight when the window closes goes on as a probe on Linux: not the number
// of retransmissions ends it, but silence of twice the longest timeout; an orphan is
// given no such time.
func TestRetransmissionIntoAClosedWindowGoesOn(t *testing.T) {
	cfg := plain(Linux())
	cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries = 1, 1, 1
	for _, orphan := range []bool{false, true} {
		p := established(t, cfg)
		p.send(100)
		p.closeWrite()
		p.take()
		p.in(". 1:1(0) ack 101 win 0")
		if orphan {
			p.close()
		}
		closed := p.now
		for p.c.State() != StateClosed {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			p.take()
		}
		if lasted := p.now.Sub(closed); orphan != (lasted < 4*time.Minute) {
			p.fail("orphan %v: given up after %v", orphan, lasted)
		}
	}
}

// While a tail loss probe is outstanding there is no other: when its timer expires
// again, for data that came later, the retransmission timeout of the oldest segment in flight
// takes its place. Linux 6.18.44.
func TestNoSecondTailLossProbe(t *testing.T) {
	cfg := Linux()
	cfg.TickRate = 0
	p := newPeer(t, cfg)
	p.open()
	p.after(10 * time.Millisecond)
	p.in("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1 ecr 3600000>")
	p.take()
	p.send(1448)
	p.send(100)
	p.wantSent("two segments", "[. 1:1449 P. 1449:1549]")
	sent := p.now
	p.advanceToDeadline(TimerLossProbe, 22*time.Millisecond)
	p.wantSent("the probe", "[P. 1449:1549]")
	p.send(1448)
	p.wantSent("more", "[P. 1549:2997]")
	p.advanceToDeadline(TimerLossProbe, 22*time.Millisecond)
	p.wantSent("no probe", "[]")
	p.advanceToDeadline(TimerRetransmit, sent.Add(p.c.rto()).Sub(p.now))
	p.wantSent("the oldest", "[. 1:1449]")
}

// A buffer that a full segment's overhead leaves no room in: no window, and no division
// by it.
func TestBufferWithoutRoom(t *testing.T) {
	cfg := plain(Linux())
	cfg.ReceiveBuffer, cfg.MaxReceiveBuffer = 1, 1
	cfg.KeepAlive, cfg.KeepAliveIdle, cfg.KeepAliveInterval = true, time.Second, time.Second
	p := established(t, cfg)
	p.in("P. 1:101(100) ack 1")
	for p.c.State() != StateClosed {
		p.take()
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
	}
	p.take()
	if w := p.c.Status().ReceiveWindow; w < 0 {
		p.fail("a window of %d", w)
	}
}

// Counted in segments, what the peer holds leaves room for as much: limited transmit
// adds nothing to it.
func TestLimitedTransmitInSegments(t *testing.T) {
	cfg := Linux()
	cfg.Timestamps, cfg.InitialWindow = Off, 2
	p := smallSegments(t, cfg)
	p.send(1000)
	p.wantSent("two segments", "[. 1:101 . 101:201]")
	p.in(". 1:1(0) ack 1 <sack 101:201>")
	p.wantSent("one for the one that is held", "[. 201:301]")
}

// Text beyond a gap shows the size of segments (RFC 5681 §4.2, "full-sized"), and on
// Linux it takes memory.
func TestTextBeyondAGapIsMeasured(t *testing.T) {
	p := established(t, plain(Config{}))
	p.in("P. 401:1861(1460) ack 1")
	p.take()
	p.in("P. 1:401(400) ack 1")
	p.wantSent("filled", "[. 1:1]")
	p.in("P. 1861:2401(540) ack 1")
	p.in("P. 2401:2941(540) ack 1")
	p.wantIdle("less than two of 1460 octets")

	window := func(beyond int) int {
		p := established(t, plain(Linux()))
		for i := range beyond {
			p.in(fmt.Sprintf("P. %d:%d(100) ack 1", 10001+200*i, 10101+200*i))
			p.take()
		}
		for i := range 5 {
			p.in(fmt.Sprintf("P. %d:%d(500) ack 1", 1+500*i, 501+500*i))
			p.take()
		}
		return p.c.Status().ReceiveWindow
	}
	if none, some := window(0), window(8); some >= none {
		t.Errorf("a window of %d with text beyond a gap, of %d without", some, none)
	}
}
