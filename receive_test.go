package tcp

import (
	"fmt"
	"testing"
	"time"
)

var fromEstablished = [...]State{
	StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait, StateClosing, StateLastAck,
}

// numbers are SND.NXT and RCV.NXT, relative.
func (p *peer) numbers() (snd, rcv int) {
	return p.c.snd.nxt.Sub(p.iss), p.c.rcv.nxt.Sub(p.irs)
}

// wantACK takes the plain acknowledgment that everything wrong draws.
func (p *peer) wantACK(sentence string) {
	p.t.Helper()
	snd, rcv := p.numbers()
	p.want(sentence, fmt.Sprintf(". %d:%d(0) ack %d", snd, snd, rcv))
}

// F. Reset and challenge.

// T64: a RST of an abort whose data never arrived is ahead of RCV.NXT: it takes a
// challenge, and a round trip more.
func TestT64_AbortAheadOfLostData(t *testing.T) {
	e := openEnds(t, Config{})
	e.lose = loseFirst(1, endA, isText)
	e.do(e.c[endA].Send(e.now, 100))
	e.passes(time.Millisecond)
	e.do(e.c[endA].Abort(e.now))
	e.passes(time.Second)
	e.wantTalk("RST, challenge, RST", `
		0s    A P. 1:101(100) ack 1 lost
		1ms   A R  101:101(0)
		51ms  B .  1:1(0) ack 1
		101ms A R  1:1(0)`)
	e.wantStates("both ended", StateClosed, StateClosed)
	e.wantErr("A's program wanted it", endA, ErrAborted)
	e.wantErr("B was reset", endB, &Error{Kind: KindReset, State: StateEstablished})
	e.wantCounters("one challenge", endB, "ChallengesSent 1")
}

func TestT65_ExactRST(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait} {
			for _, form := range []string{"R %[1]d:%[1]d(0)", "R. %[1]d:%[1]d(0) ack 1", "R. %[1]d:%[1]d(0) ack 777"} {
				p := connAt(t, cfg, s, (*peer).closeWrite)
				if s == StateEstablished {
					p.in(". 1:1(0) ack 1")
				}
				_, rcv := p.numbers()
				p.in(fmt.Sprintf(form, rcv))
				p.wantVerdict("exactly at RCV.NXT", Reset)
				p.wantIdle("a RST is never answered")
				p.wantClosed("at once", &Error{Kind: KindReset, State: s})
				p.wantEdges("at once", fmt.Sprintf("%v → CLOSED (RST)", s))
				if eof := p.c.Ready()&ReadyEOF != 0; eof != (s == StateCloseWait) {
					p.fail("a reset is told as an end of the stream")
				}
			}
		}
	})
}

func TestT66_ExactRSTInClosingAndLastAck(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range []State{StateClosing, StateLastAck} {
			p := connAt(t, cfg, s, (*peer).close)
			p.in("R 2:2(0)")
			p.wantClosed("closed by a reset, not cleanly: P-6", &Error{Kind: KindReset, State: s})
		}
	})
}

func TestT67_RSTInTheWindow(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range fromEstablished {
			for _, off := range []int{1, 100, 60000} {
				p := connAt(t, cfg, s, (*peer).closeWrite)
				before := p.c.Status()
				_, rcv := p.numbers()
				p.in(fmt.Sprintf("R %[1]d:%[1]d(0)", rcv+off))
				p.wantVerdict("not exactly at RCV.NXT", ChallengedRST)
				p.wantACK("a challenge: RFC 5961 §3.2")
				p.wantState("it stays", s)
				p.wantCounters("counted", "ChallengesSent 1")
				if p.c.Status().Timers != before.Timers {
					p.fail("a timer moved")
				}
			}
		}
	})
	t.Run("SYN-RECEIVED", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.listen()
		p.in("R 101:101(0)")
		p.wantVerdict("not exactly at RCV.NXT", ChallengedRST)
		p.wantACK("a challenge")
		p.wantState("it stays", StateSynReceived)
	})
	t.Run("Linux takes the end of what is held", func(t *testing.T) {
		for _, cfg := range []Config{Linux(), {}} {
			p := established(t, cfg)
			p.in("P. 101:201(100) ack 1")
			p.want("a duplicate acknowledgment", ". 1:1(0) ack 1 <sack 101:201>")
			p.in("R 201:201(0)")
			if cfg.ResetSequence == ResetLinux {
				p.wantClosed("a peer that does not know of the gap", ErrReset)
				continue
			}
			p.want("a challenge", ". 1:1(0) ack 1 <sack 101:201>")
			p.wantState("it stays", StateEstablished)
		}
	})
}

func TestT68_RSTOutsideTheWindow(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range fromEstablished {
			for _, off := range []int{-2, -100, -70000, 70000, 1 << 30} {
				p := connAt(t, cfg, s, (*peer).closeWrite)
				_, rcv := p.numbers()
				p.in(fmt.Sprintf("R %[1]d:%[1]d(0)", rcv+off))
				p.wantVerdict("outside", DroppedRSTWindow)
				p.wantState("silence", s)
				p.wantCounters("nothing to count", "")
			}
		}
	})
}

func TestT69_RSTIntoAClosedWindow(t *testing.T) {
	for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2} {
		p := connAt(t, Config{ReceiveBuffer: 100}, s, (*peer).closeWrite)
		snd, _ := p.numbers()
		p.in(fmt.Sprintf("P. 1:101(100) ack %d", p.c.snd.una.Sub(p.iss)))
		if !p.c.pending() {
			p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
		}
		p.want("the window is closed", fmt.Sprintf(". %[1]d:%[1]d(0) ack 101 win 0", snd))
		p.in("R 102:102(0)")
		p.wantState("outside", s)
		p.in("R 101:101(0)")
		p.wantClosed("MUST-66", ErrReset)
		if p.c.Readable() != 100 {
			p.fail("what was received is gone")
		}
	}
}

// T70: the peer numbers its RST as if it had not sent its FIN.
func TestT70_RSTWithTheNumberOfTheFIN(t *testing.T) {
	for _, s := range []State{StateCloseWait, StateClosing, StateLastAck} {
		for _, cfg := range []Config{{}, RFC9293()} {
			p := connAt(t, cfg, s, (*peer).closeWrite)
			p.in("R 1:1(0)")
			p.wantVerdict("below the window", DroppedRSTWindow)
			p.wantState("it stays", s)
		}
		p := connAt(t, Linux(), s, (*peer).closeWrite)
		p.in("R 1:1(0)")
		p.wantClosed("Linux takes it", &Error{Kind: KindReset, State: s})
	}
}

func TestT71_RSTWithOtherFlagsAndPayload(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range fromEstablished {
			for _, flags := range []string{"R", "RF", "RP.", "SR", "SFRP.U"} {
				for _, n := range []int{0, 50} {
					p := connAt(t, cfg, s, (*peer).closeWrite)
					_, rcv := p.numbers()
					ack := ""
					if flags[len(flags)-1] != 'R' && flags != "RF" && flags != "SR" {
						ack = " ack 1"
					}
					p.in(fmt.Sprintf("%s %d:%d(%d)%s", flags, rcv, rcv+n, n, ack))
					p.wantVerdict(flags, Reset)
					p.wantClosed("payload and other flags are ignored", ErrReset)
					if p.c.Readable() != 0 {
						p.fail("the payload of a RST was taken")
					}
				}
			}
		}
	})
}

func TestT72_RSTIsNotHeldAgainstTimestamps(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		p.in(fmt.Sprintf("R 1:1(0) <TS val %d ecr 0>", p.tsval()-100000))
		p.wantClosed("an old timestamp", ErrReset)
		p = established(t, cfg)
		p.in("R 1:1(0) nots")
		p.wantClosed("none at all", ErrReset)
	})
}

func TestT73_FloodOfRSTAndSYN(t *testing.T) {
	for _, tt := range []struct {
		name            string
		cfg             Config
		sent            int
		suppressed, end time.Duration // when it answers again
	}{
		{"default", Config{}, 1, 499 * time.Millisecond, 500 * time.Millisecond},
		{"RFC9293", RFC9293(), 10, 4999 * time.Millisecond, 5 * time.Second},
		{"three in a second", Config{ChallengeLimit: 3, ChallengeInterval: time.Second}, 3, 999 * time.Millisecond, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := established(t, tt.cfg)
			for i := range 100 {
				text := "R 50:50(0)"
				if i%2 == 1 {
					text = "S 50:50(0)"
				}
				p.in(text)
				if i < tt.sent {
					p.wantACK("a challenge")
				} else {
					p.wantVerdict("the limit is used up", DroppedThrottled)
				}
			}
			p.wantCounters("counted", fmt.Sprintf("ChallengesSent %d, ChallengesSuppressed %d", tt.sent, 100-tt.sent))
			p.passes("the interval", tt.suppressed)
			p.in("R 50:50(0)")
			p.wantVerdict("not yet", DroppedThrottled)
			p.passes("the interval", tt.end-tt.suppressed)
			p.in("R 50:50(0)")
			p.wantACK("again")
			p.in("R 1:1(0)")
			p.wantClosed("a genuine reset needs no challenge", ErrReset)
		})
	}
	p := established(t, Config{ChallengeInterval: -1})
	for range 50 {
		p.in("R 50:50(0)")
		p.wantACK("without a limit")
	}
}

func TestT74_RSTInClosed(t *testing.T) {
	p := newPeer(t, Config{})
	for _, text := range []string{"R 5:5(0)", "R. 5:5(0) ack 9", "SR 5:5(0)", "RF. 5:10(5) ack 9"} {
		p.in(text)
		p.wantVerdict("nothing to reset", DroppedClosed)
		p.wantState("silence", StateClosed)
		p.wantTimers("silence", "none")
	}
}

func TestT75_ACKOutOfRange(t *testing.T) {
	for _, cfg := range []Config{{}, RFC9293(), Linux()} {
		for _, s := range fromEstablished {
			for _, tt := range []struct{ name, form string }{
				{"above SND.NXT", ". %[1]d:%[1]d(0) ack 100"},
				{"above SND.NXT, with FIN", "F. %[1]d:%[1]d(0) ack 100"},
				{"above SND.NXT, with text", "P. %[1]d:%[2]d(10) ack 100"},
				{"below SND.UNA − MAX.SND.WND", ". %[1]d:%[1]d(0) ack -70000"},
				{"below SND.UNA − MAX.SND.WND, with FIN", "F. %[1]d:%[1]d(0) ack -70000"},
			} {
				p := connAt(t, cfg, s, (*peer).closeWrite)
				before := p.c.Status()
				_, rcv := p.numbers()
				p.in(fmt.Sprintf(tt.form, rcv, rcv+10))
				p.wantVerdict(tt.name, ChallengedAck)
				p.wantACK("RFC 5961 §5")
				p.wantState("nothing of it is used", s)
				if got := p.c.Status(); got.RcvNxt != before.RcvNxt || got.SndUna != before.SndUna ||
					got.Readable != before.Readable || got.Timers != before.Timers {
					p.fail("%s: something of it was used", tt.name)
				}
				p.wantCounters("counted", "ChallengesSent 1")
			}
		}
	}
	// Within the range an old one is only old.
	p := established(t, Config{})
	p.in("P. 1:11(10) ack -65534")
	p.wantVerdict("the largest window below", Accepted)
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("its text counts", ". 1:1(0) ack 11")
	p.in("P. 11:21(10) ack -65535")
	p.wantVerdict("one more", ChallengedAck)
	p.wantACK("one more")
	// Linux: no older than what was ever acknowledged.
	p = established(t, Linux())
	p.in("P. 1:11(10) ack -1")
	p.wantVerdict("nothing was acknowledged before the SYN", ChallengedAck)
	p.wantACK("nothing was acknowledged before the SYN")
}

// H. Half-open connections.

// S19: a host that lost everything answers any segment of the old connection.
func TestS19_Reboot(t *testing.T) {
	for _, listening := range []bool{false, true} {
		for _, tt := range []struct{ in, out string }{
			{"P. 1:11(10) ack 1", "R 1:1(0)"},
			{"F. 1:1(0) ack 1", "R 1:1(0)"},
			{". 1:1(0) ack 1", "R 1:1(0)"},
			{". 1:1(0) ack -5000", "R -5000:-5000(0)"},
			{"S. 0:0(0) ack 1", "R 1:1(0)"},
		} {
			p := newPeer(t, Config{})
			if listening {
				p.do("Listen", p.c.Listen(p.now, 500))
			}
			p.in(tt.in)
			p.want("RST", tt.out)
			if p.last.SrcPort != 4000 || p.last.DstPort != 80 {
				p.fail("the RST goes from %d to %d", p.last.SrcPort, p.last.DstPort)
			}
			p.in("R 1:1(0)")
			p.wantIdle("but a RST is never answered")
		}
	}
	p := newPeer(t, Config{})
	p.in("P 1:11(10)")
	p.want("without ACK the whole segment is acknowledged", "R. @0:@0(0) ack 11")
	p.in("S 0:0(0)")
	p.want("a SYN without listener", "R. @0:@0(0) ack 1")
	p.in("SF 0:5(5)")
	p.want("SYN, text and FIN have their numbers", "R. @0:@0(0) ack 7")
	p.wantState("no connection", StateClosed)
}

func TestT89_PeerRebootedAndDataIsSent(t *testing.T) {
	for _, s := range []State{StateEstablished, StateCloseWait} {
		p := connAt(t, Config{}, s, nil)
		p.send(10)
		_, rcv := p.numbers()
		p.want("data", fmt.Sprintf("P. 1:11(10) ack %d", rcv))
		data := p.last
		var rst Segment
		if !Reject(p.c, &data, &rst) || rst.Seq != p.irs.Add(rcv) || rst.Flags != RST {
			p.fail("the rebooted host answers %v", rst)
		}
		p.c.Arrive(p.now, &rst)
		p.wantClosed("reset", &Error{Kind: KindReset, State: s})
	}
}

// T90: the peer rebooted and opens anew from the same port.
func TestT90_PeerRebootedAndOpensAnew(t *testing.T) {
	for _, s := range fromEstablished {
		for _, seq := range []int{-70000, 0, 500, 70000} {
			p := connAt(t, Config{}, s, (*peer).closeWrite)
			p.in(fmt.Sprintf("S %[1]d:%[1]d(0)", seq))
			p.wantVerdict("whatever its number", ChallengedSYN)
			p.wantACK("RFC 5961 §4.2")
			p.wantCounters("one challenge", "ChallengesSent 1")
			p.wantState("it stays", s)
			_, rcv := p.numbers()
			p.in(fmt.Sprintf("R %[1]d:%[1]d(0)", rcv)) // SYN-SENT's answer to an ACK that it cannot explain
			p.wantClosed("the chain is complete", ErrReset)
		}
	}
}

// T91: the new ISS happens to be RCV.NXT−1. The challenge acknowledges the SYN
// correctly, carries none, and is dropped.
func TestT91_NewISSIsRCVNXTMinus1(t *testing.T) {
	e := openEnds(t, Config{SYNRetries: 3})
	e.lose = nil
	rebooted, err := New(&Config{SYNRetries: 3, LocalPort: 1001, RemotePort: 1000})
	if err != nil {
		t.Fatal(err)
	}
	rebooted.Advance(e.now)
	e.c[endB] = rebooted
	e.do(rebooted.Open(e.now, e.c[endA].rcv.nxt-1))
	e.passes(time.Minute)
	e.wantStates("A notices nothing, B times out", StateEstablished, StateClosed)
	e.wantErr("B times out", endB, &Error{Kind: KindTimeout, State: StateSynSent})
	e.wantCounters("a challenge for each SYN", endA, "ChallengesSent 4")
	e.do(e.c[endA].Send(e.now, 1))
	e.passes(time.Second)
	e.wantErr("until it sends", endA, ErrReset)
}

func TestT92_SegmentsOfTheOldConnectionAtARebootedHost(t *testing.T) {
	p := newPeer(t, Config{})
	for _, tt := range []struct{ in, out string }{
		{"P. 1:11(10) ack 1", "R 1:1(0)"}, {"F. 11:11(0) ack 1", "R 1:1(0)"}, {". 12:12(0) ack 7", "R 7:7(0)"},
	} {
		p.in(tt.in)
		p.wantVerdict("no connection", ResetClosed)
		p.want("RST", tt.out)
		p.wantState("still none", StateClosed)
		p.wantTimers("and no timer", "none")
	}
}

// S13: a FIN ahead of its data.
func TestS13_FINAheadOfItsData(t *testing.T) {
	for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2} {
		next := [numStates]State{StateEstablished: StateCloseWait, StateFinWait1: StateClosing, StateFinWait2: StateTimeWait}
		eachPreset(t, func(t *testing.T, cfg Config) {
			p := connAt(t, cfg, s, (*peer).closeWrite)
			snd, _ := p.numbers()
			una := p.c.snd.una.Sub(p.iss)
			p.in(fmt.Sprintf("FP. 201:301(100) ack %d", una))
			p.want("kept with the data in front of it", fmt.Sprintf(". %[1]d:%[1]d(0) ack 1 <sack 201:302>", snd))
			p.wantState("the gap holds it back", s)
			if p.c.Ready()&(ReadyEOF|ReadyReadable) != 0 {
				p.fail("the user is told too early")
			}
			off, n, ok := p.c.Held(0)
			if off != 200 || n != 100 || !ok {
				p.fail("octets %d..%d are held, want 200..300", off, off+uint64(n))
			}
			p.in(fmt.Sprintf("P. 1:101(100) ack %d", una))
			p.want("a part of the gap", fmt.Sprintf(". %[1]d:%[1]d(0) ack 101 <sack 201:302>", snd))
			p.wantState("the gap is still there", s)
		})
		p := connAt(t, Config{}, s, (*peer).closeWrite)
		snd, _ := p.numbers()
		una := p.c.snd.una.Sub(p.iss)
		p.in(fmt.Sprintf("FP. 201:301(100) ack %d", una))
		p.want("kept", fmt.Sprintf(". %[1]d:%[1]d(0) ack 1 <sack 201:302>", snd))
		p.in(fmt.Sprintf("P. 1:201(200) ack %d", una))
		p.want("gap filled: data and FIN acknowledged at once", fmt.Sprintf(". %[1]d:%[1]d(0) ack 302", snd))
		p.wantState("now", next[s])
		if p.c.Readable() != 300 || p.c.Ready()&ReadyEOF == 0 {
			p.fail("%d octets can be read, want 300 and the end", p.c.Readable())
		}
		off, at, n, ok := p.c.Taken(0)
		if off != 0 || at != 0 || n != 200 || !ok {
			p.fail("of the filler %d octets from %d are taken as octet %d", n, at, off)
		}
	}
}

// M5, M6, M7, T106: FINs that overlap, that are cut off, that come twice.
func TestFINAtTheEdges(t *testing.T) {
	t.Run("M5 overlaps old data", func(t *testing.T) {
		p := established(t, Config{DelayFINAck: Off})
		p.in("P. 1:101(100) ack 1")
		p.in("FP. 51:151(100) ack 1")
		p.want("trimmed, and the FIN taken once", ". 1:1(0) ack 152 <sack 51:101>")
		p.wantState("the FIN", StateCloseWait)
		if off, at, n, ok := p.c.Taken(0); off != 100 || at != 50 || n != 50 || !ok {
			p.fail("%d octets from %d are taken as octet %d", n, at, off)
		}
		p.wantReady("150 octets and the end", "established, readable, EOF, writable")
	})
	t.Run("M6 cut off by the right edge", func(t *testing.T) {
		p := established(t, Config{ReceiveBuffer: 100, DelayFINAck: Off})
		p.in("FP. 1:101(100) ack 1")
		p.wantState("no room for the FIN", StateEstablished)
		p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
		p.want("the text", ". 1:1(0) ack 101 win 0")
		p.in("F. 101:101(0) ack 1")
		p.want("a bare FIN needs no room: P-11", ". 1:1(0) ack 102 win 0")
		p.wantState("the FIN", StateCloseWait)
	})
	t.Run("M7 a second one with a higher number", func(t *testing.T) {
		p := connAt(t, Config{}, StateCloseWait, nil)
		p.in("F. 100:100(0) ack 1")
		p.wantVerdict("nothing is beyond a FIN", DroppedAfterFIN)
		p.wantStatus("unchanged", "RcvNxt", p.irs+2)
		p.wantState("unchanged", StateCloseWait)
	})
}

// M10: several segments before anything is sent.
func TestSegmentsInOneBatch(t *testing.T) {
	p := established(t, Config{DelayFINAck: Off})
	p.in("P. 1:101(100) ack 1")
	p.behind("P. 101:201(100) ack 1")
	p.behind("F. 201:201(0) ack 1")
	p.want("one acknowledgment for all: MUST-58", ". 1:1(0) ack 202")
	p.wantState("the FIN", StateCloseWait)

	p = established(t, Config{DelayFINAck: Off})
	p.in("F. 1:1(0) ack 1")
	p.behind("R 2:2(0)")
	p.wantIdle("an acknowledgment that is owed dies with the connection")
	p.wantClosed("the RST", ErrReset)

	p = newPeer(t, Config{})
	p.in("P. 1:11(10) ack 1")
	p.behind("P. 11:21(10) ack 5")
	p.wantVerdict("one RST is kept", DroppedSecondReply)
	p.want("the first", "R 1:1(0)")
	p.wantIdle("the second has none")
}

// Text outside the window is acknowledged, and never throttled: P-2.
func TestTextOutsideTheWindow(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		for i := range 20 {
			text := "P. -9:1(10) ack 1"
			if i%2 == 1 {
				text = "P. 70001:70011(10) ack 1"
			}
			p.in(text)
			if p.c.cfg.Acceptability == AcceptRFC9293 {
				p.wantVerdict("outside", DroppedWindow)
			}
			p.want("acknowledged", ". 1:1(0) ack 1")
		}
		p.in(". 0:0(0) ack 1")
		p.want("a pure control segment once", ". 1:1(0) ack 1")
		p.in(". 0:0(0) ack 1")
		if p.c.cfg.ChallengeLimit == 1 {
			p.wantVerdict("and not again at once", DroppedThrottled)
		} else {
			p.want("and again", ". 1:1(0) ack 1")
		}
	})
}

// What has none of SYN, ACK, RST, or no ACK, is dropped without a word: P-13.
func TestSegmentsWithoutACK(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range fromEstablished {
			for _, text := range []string{"none %[1]d:%[1]d(0)", "F %[1]d:%[1]d(0)", "P %[1]d:%[2]d(10)", "FP -9:1(10)"} {
				p := connAt(t, cfg, s, (*peer).closeWrite)
				_, rcv := p.numbers()
				if text[0] != 'F' || text[1] != 'P' {
					text = fmt.Sprintf(text, rcv, rcv+10)
				}
				p.in(text)
				p.wantVerdict(text, DroppedNoControl)
				p.wantState(text, s)
			}
		}
	})
}

// Urgent data: RFC 9293 §3.8.5.
func TestUrgent(t *testing.T) {
	p := established(t, Config{})
	p.do("SendUrgent", p.c.SendUrgent(p.now, 3))
	p.want("the pointer says just after the last urgent octet: MUST-62", "P.U 1:4(3) ack 1 urg 3")
	p.in(". 1:1(0) ack 4")
	p.in("P.U 1:11(10) ack 4 urg 5")
	p.wantReady("the user is told", "established, readable, writable, urgent")
	if off, ok := p.c.UrgentMark(); off != 5 || !ok {
		p.fail("the mark is at %d", off)
	}
	p.receive(4)
	if p.c.Ready()&ReadyUrgent == 0 {
		p.fail("urgent data is ahead, but it is not told")
	}
	p.receive(1)
	p.wantReady("it was consumed", "established, readable, writable")
	if _, ok := p.c.UrgentMark(); ok {
		p.fail("there still is a mark")
	}
	p.in(".U 11:11(0) ack 4 urg 100")
	if off, ok := p.c.UrgentMark(); off != 110 || !ok {
		p.fail("ahead of the data the mark is at %d: MUST-32", off)
	}
	p.in(".U 11:11(0) ack 4 urg 50")
	if off, _ := p.c.UrgentMark(); off != 110 {
		p.fail("the mark receded to %d", off)
	}
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("text as any other", ". 4:4(0) ack 11")
}

// T106: a bare FIN arrives into our own closed window. It needs no room: P-11.
func TestT106_BareFINIntoAClosedWindow(t *testing.T) {
	next := [numStates]State{StateEstablished: StateCloseWait, StateFinWait1: StateClosing, StateFinWait2: StateTimeWait}
	for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2} {
		p := connAt(t, Config{ReceiveBuffer: 100, DelayFINAck: Off}, s, (*peer).closeWrite)
		snd, _ := p.numbers()
		una := p.c.snd.una.Sub(p.iss)
		p.in(fmt.Sprintf("P. 1:101(100) ack %d", una))
		if !p.c.pending() {
			p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
		}
		p.want("the window is closed", fmt.Sprintf(". %[1]d:%[1]d(0) ack 101 win 0", snd))
		p.in(fmt.Sprintf("FP. 101:111(10) ack %d", una))
		p.want("text in front of it is refused", fmt.Sprintf(". %[1]d:%[1]d(0) ack 101 win 0", snd))
		p.wantState("and so is the FIN", s)
		p.in(fmt.Sprintf("F. 101:101(0) ack %d", una))
		p.want("a bare one is taken", fmt.Sprintf(". %[1]d:%[1]d(0) ack 102 win 0", snd))
		p.wantState("a bare one is taken", next[s])
		p.receive(100)
		p.wantIdle("the peer has nothing more to send")
	}
}
