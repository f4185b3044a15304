package tcp

import (
	"fmt"
	"testing"
	"time"
)

func TestActiveOpen(t *testing.T) {
	for _, tt := range []struct{ name, syn string }{
		{"default", "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 3600000 ecr 0,wscale 0>"},
		{"Linux", "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 3600000 ecr 0,wscale 7>"},
		{"no options", "S 0:0(0) win 65535 <mss 1460>"},
	} {
		cfg := Config{}
		switch tt.name {
		case "Linux":
			cfg = Linux()
		case "no options":
			cfg = Config{Timestamps: Off, SACK: Off, WindowScale: Off}
		}
		p := newPeer(t, cfg)
		p.do("Open", p.c.Open(p.now, p.iss))
		p.wantEdges("at once", "CLOSED → SYN-SENT (open)")
		p.want(tt.name, tt.syn)
		p.wantState("SYN-SENT", StateSynSent)
		if !p.c.running(TimerRetransmit) {
			p.fail("the SYN is not watched")
		}
	}
}

func TestOpenFromListen(t *testing.T) {
	p := newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, 5))
	p.do("Open", p.c.Open(p.now, p.iss))
	p.wantEdges("a passive connection becomes active", "CLOSED → LISTEN (open), LISTEN → SYN-SENT (open)")
	p.want("its SYN", "S 0:0(0)")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("the handshake", ". 1:1(0) ack 1")
	p.wantState("the handshake", StateEstablished)
	p.wantStatus("it is active now", "Passive", false)
}

func TestListenLearnsTheRemotePort(t *testing.T) {
	p := newPeer(t, Config{LocalPort: 80})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	seg := p.segment("S 0:0(0)")
	seg.SrcPort, seg.DstPort = 12345, 80
	p.arrive(seg)
	var answer Segment
	if !p.c.Next(&answer) || answer.SrcPort != 80 || answer.DstPort != 12345 {
		p.fail("it answers %v", answer)
	}
	p.wantState("the request", StateSynReceived)
}

// Options count where both SYNs have them: RFC 7323 §1.3, RFC 2018 §2.
func TestOptionsAreAgreedOn(t *testing.T) {
	for _, tt := range []struct {
		name, peer, answer string // what the passive side offers back
		ts, sack, scale    bool
		mss                int
	}{
		{"all", "mss 1000,sackOK,TS val 1 ecr 0,wscale 3", "mss 1460,sackOK,TS val 3600000 ecr 1,wscale 0", true, true, true, 988},
		{"none", "", "mss 1460", false, false, false, 536},
		{"timestamps", "mss 1460,TS val 1 ecr 0", "mss 1460,TS val 3600000 ecr 1", true, false, false, 1448},
		{"SACK", "mss 1460,sackOK", "mss 1460,sackOK", false, true, false, 1460},
		{"window scale", "mss 1460,wscale 14", "mss 1460,wscale 0", false, false, true, 1460},
		{"a shift beyond 14 counts as 14", "mss 1460,wscale 200", "mss 1460,wscale 0", false, false, true, 1460},
		{"a larger MSS", "mss 9000", "mss 1460", false, false, false, 1460},
		{"an absurd MSS", "mss 0", "mss 1460", false, false, false, 88},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, Config{})
			p.ts = false
			p.do("Listen", p.c.Listen(p.now, p.iss))
			p.in("S 0:0(0) win 100 <" + tt.peer + ">")
			p.want("only what the peer offered is answered", "S. 0:0(0) ack 1 <"+tt.answer+">")
			p.ts = tt.ts
			p.clock = 2 - uint32(p.now/Time(time.Millisecond))
			p.in(". 1:1(0) ack 1 win 100")
			s := p.c.Status()
			if s.Timestamps != tt.ts || s.SACK != tt.sack || s.WindowScale != tt.scale || s.MaxPayload != tt.mss {
				p.fail("timestamps %v, SACK %v, window scale %v, largest payload %d", s.Timestamps, s.SACK, s.WindowScale, s.MaxPayload)
			}
			want := 100
			if tt.scale {
				want <<= p.c.snd.shift
				if p.c.snd.shift > 14 {
					p.fail("the shift is %d", p.c.snd.shift)
				}
			}
			p.wantStatus("scaled but for the SYN", "SendWindow", want)
		})
	}
}

func TestListenIgnoresAndRejects(t *testing.T) {
	for _, tt := range []struct {
		in  string
		v   Verdict
		out string
	}{
		{"R 0:0(0)", DroppedListen, ""},
		{"SR 0:0(0)", DroppedListen, ""},
		{"none 0:0(0)", DroppedListen, ""},
		{"F 0:0(0)", DroppedListen, ""},
		{"P 0:9(9)", DroppedListen, ""},
		{". 5:5(0) ack 7", ResetListen, "R 7:7(0)"},
		{"S. 5:5(0) ack 7", ResetListen, "R 7:7(0)"},
		{"F. 5:5(0) ack 7", ResetListen, "R 7:7(0)"},
	} {
		p := newPeer(t, Config{})
		p.do("Listen", p.c.Listen(p.now, p.iss))
		p.in(tt.in)
		p.wantVerdict(tt.in, tt.v)
		if tt.out != "" {
			p.want(tt.in, tt.out)
		}
		p.wantState(tt.in, StateListen)
	}
	p := newPeer(t, Linux())
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.in("SF 0:0(0)")
	p.wantVerdict("Linux drops SYN with FIN", DroppedSYNFIN)
	p.wantState("Linux drops SYN with FIN", StateListen)
}

// T26: SYN-RECEIVED, and the acknowledgment comes with FIN.
func TestT26_ACKOfSYNWithFIN(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := newPeer(t, cfg)
		p.listen()
		p.edges = nil
		p.after(rtt)
		p.in("F. 1:1(0) ack 1")
		p.wantEdges("through ESTABLISHED", "SYN-RECEIVED → ESTABLISHED (ACK), ESTABLISHED → CLOSE-WAIT (FIN)")
		if p.c.running(TimerRetransmit) {
			p.fail("the SYN,ACK is still watched")
		}
		if p.c.cfg.DelayFINAck == On {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		p.want("the FIN", ". 1:1(0) ack 2")
		p.wantState("the FIN", StateCloseWait)
		p.wantReady("told in one go", "established, EOF, writable")
	})
	t.Run("with text", func(t *testing.T) {
		p := newPeer(t, Config{DelayFINAck: Off})
		p.listen()
		p.in("FP. 1:101(100) ack 1")
		p.want("text and FIN", ". 1:1(0) ack 102")
		p.wantState("the FIN", StateCloseWait)
		p.wantReady("text before the end", "established, readable, EOF, writable")
	})
}

// J. Close during the handshake.

func TestT107_CloseInListen(t *testing.T) {
	eachShut(t, func(t *testing.T, shut func(*peer)) {
		p := newPeer(t, Config{})
		p.do("Listen", p.c.Listen(p.now, p.iss))
		shut(p)
		p.wantIdle("nobody to tell")
		p.wantClosed("at once", nil)
		p.wantEdges("at once", "CLOSED → LISTEN (open), LISTEN → CLOSED (close)")
	})
}

func TestT108_CloseInSynSent(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := newPeer(t, cfg)
			p.open()
			shut(p)
			p.wantIdle("no segment")
			p.wantClosed("at once", ErrAborted)
			p.in("S. 0:0(0) ack 1")
			p.want("the SYN,ACK is too late", "R 1:1(0)")
			p.wantClosed("still", ErrAborted)
		})
	})
	t.Run("the peer", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.listen()
		p.in("R 1:1(0)")
		p.wantVerdict("its RST", BackToListen)
		p.wantState("its RST", StateListen)
	})
}

func TestT109_CloseInSynReceived(t *testing.T) {
	t.Run("default", func(t *testing.T) {
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := newPeer(t, Config{})
			p.listen()
			p.edges = nil
			shut(p)
			p.wantIdle("the FIN waits for ESTABLISHED: P-8")
			p.wantState("the FIN waits for ESTABLISHED: P-8", StateSynReceived)
			p.refuses("sending is closed", ErrClosing, func() error { return p.c.Send(p.now, 1) })
			p.after(rtt)
			p.in(". 1:1(0) ack 1")
			p.want("now", "F. 1:1(0) ack 1")
			p.wantEdges("now", "SYN-RECEIVED → ESTABLISHED (ACK), ESTABLISHED → FIN-WAIT-1 (close)")
			p.wantState("now", StateFinWait1)
			p.wantTimers("now", "retransmit 300ms")
		})
	})
	t.Run("at once", func(t *testing.T) {
		cfg := Config{CloseInSynReceived: CloseImmediate}
		p := newPeer(t, cfg)
		p.listen()
		p.edges = nil
		p.close()
		p.want("RFC 9293 §3.10.4", "F. 1:1(0) ack 1")
		p.wantState("the extra edge", StateFinWait1)
		p.wantEdges("the extra edge", "SYN-RECEIVED → FIN-WAIT-1 (close)")
		p.in(". 1:1(0) ack 2")
		p.wantState("SYN and FIN acknowledged", StateFinWait2)
		p = newPeer(t, cfg)
		p.listen()
		p.closeWrite()
		p.wantState("CloseWrite waits all the same", StateSynReceived)
	})
}

func TestT110_CloseInSynReceivedWithData(t *testing.T) {
	for _, cfg := range []Config{{}, RFC9293()} {
		p := newPeer(t, cfg)
		p.listen()
		p.send(100)
		p.close()
		p.wantIdle("data and FIN wait")
		p.after(rtt)
		p.in(". 1:1(0) ack 1")
		p.want("data and FIN", "FP. 1:101(100) ack 1")
		p.wantState("data and FIN", StateFinWait1)
	}
}

func TestT111_RSTOrSYNInPassiveSynReceived(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		v        Verdict
	}{
		{"RST", "R 1:1(0)", BackToListen},
		{"RST,ACK", "R. 1:1(0) ack 1", BackToListen},
		{"another SYN in the window", "S 100:100(0)", BackToListen},
	} {
		for _, cfg := range []Config{{}, RFC9293()} {
			p := newPeer(t, cfg)
			p.listen()
			p.in(tt.in)
			p.wantVerdict(tt.name, tt.v)
			p.wantIdle("nothing is sent")
			p.wantState("back to LISTEN: MUST-11", StateListen)
			p.wantTimers("nothing runs", "none")
			p.wantErr("the user is not told", nil)
			if p.c.Ready()&ReadyEnded != 0 {
				p.fail("the user is told")
			}
			// The next request is not confused with the old one.
			p.iss, p.irs = p.iss+1+65537, p.irs+5000
			p.in("S 0:0(0)" + p.synOptions())
			p.want("a new request, above the old numbers", "S. 0:0(0) ack 1")
			p.after(rtt)
			p.in(". 1:1(0) ack 1")
			p.wantState("a new request", StateEstablished)
		}
	}
	p := newPeer(t, Linux())
	p.listen()
	p.in("S 100:100(0)")
	p.wantVerdict("Linux resets for another SYN", ResetSYN)
	p.want("Linux resets for another SYN", "R. @0:@0(0) ack 101")
	p.wantState("and drops the request", StateListen)
}

func TestT112_Refused(t *testing.T) {
	p := newPeer(t, Config{})
	p.open()
	p.in("R. 0:0(0) ack 1")
	p.wantVerdict("nobody listens", Refused)
	p.wantIdle("nothing is sent")
	p.wantClosed("refused", &Error{Kind: KindRefused, State: StateSynSent})
	p.wantEdges("refused", "CLOSED → SYN-SENT (open), SYN-SENT → CLOSED (RST)")

	p = newPeer(t, Config{}) // SYN-RECEIVED of a simultaneous open
	p.open()
	p.in("S 0:0(0)" + p.synOptions())
	p.want("both opened", "S. 0:0(0) ack 1")
	p.in("R 1:1(0)")
	p.wantVerdict("refused", Refused)
	p.wantClosed("refused", &Error{Kind: KindRefused, State: StateSynReceived})
}

func TestT113_RSTThatDoesNotCountInSynSent(t *testing.T) {
	for _, tt := range []struct {
		in string
		v  Verdict
	}{
		{"R 0:0(0)", DroppedRSTSynSent},
		{"R 12345:12345(0)", DroppedRSTSynSent},
		{"R. 0:0(0) ack 0", DroppedBadAckSynSent},
		{"R. 0:0(0) ack 2", DroppedBadAckSynSent},
		{"R. 0:0(0) ack -1", DroppedBadAckSynSent},
	} {
		for _, cfg := range []Config{{}, RFC9293()} {
			p := newPeer(t, plain(cfg))
			p.open()
			before := p.c.Status().Timers
			p.in(tt.in)
			p.wantVerdict(tt.in, tt.v)
			p.wantState("ignored", StateSynSent)
			if p.c.Status().Timers != before {
				p.fail("a timer moved")
			}
		}
	}
	p := newPeer(t, Linux())
	p.open()
	p.in("R. 0:0(0) ack 2")
	p.wantState("Linux repeats its SYN soon", StateSynSent)
	if left := p.c.Deadline().Sub(p.now); left < 8*time.Millisecond || left > 12*time.Millisecond {
		p.fail("the SYN is due in %v, want 8 to 12 ms", left)
	}
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("Linux repeats its SYN soon", "S 0:0(0)")
	p.wantState("once", StateSynSent)
	p.in("R. 0:0(0) ack 2")
	if left := p.c.Deadline().Sub(p.now); left < 900*time.Millisecond {
		p.fail("again in %v", left)
	}
}

func TestSynSentUnacceptableACK(t *testing.T) {
	for _, text := range []string{". 5:5(0) ack 0", "S. 5:5(0) ack 2", "F. 5:5(0) ack -7", "P. 5:9(4) ack 9"} {
		p := newPeer(t, Config{})
		p.open()
		p.in(text)
		p.wantVerdict(text, ResetBadAckSynSent)
		ack := 0
		fmt.Sscanf(text[len(text)-2:], "%d", &ack)
		p.want(text, fmt.Sprintf("R %[1]d:%[1]d(0)", ack))
		p.wantState(text, StateSynSent)
	}
	for _, text := range []string{". 5:5(0) ack 1", "F. 5:5(0) ack 1", "none 5:5(0)", "F 5:5(0)", "P 5:9(4)"} {
		p := newPeer(t, Config{})
		p.open()
		p.in(text)
		p.wantVerdict(text, DroppedNoSYN)
		p.wantState(text, StateSynSent)
	}
}

// T114, T115: nobody answers.
func TestT114_SYNNeverAnswered(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		made int
		ends time.Duration
	}{
		{"default", Config{}, 7, 247 * time.Second}, // 1+2+…+64 and 120
		{"two", Config{SYNRetries: 2}, 2, 7 * time.Second},
		// MUST-23: three minutes at least.
		{"RFC9293", func() Config { c := RFC9293(); c.UserTimeout = Forever; return c }(), 7, 183 * time.Second},
		{"linear first", Config{SYNRetries: 2, SYNLinearTimeouts: 3}, 2, 3 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, tt.cfg)
			p.open()
			start, made := p.now, 0
			for p.c.State() != StateClosed {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				if p.c.State() != StateClosed {
					made++
					p.want("the SYN again", "S 0:0(0)")
				}
			}
			p.wantClosed("timed out", &Error{Kind: KindTimeout, State: StateSynSent})
			if made != tt.made || p.now.Sub(start) != tt.ends {
				p.fail("%d retransmissions in %v, want %d in %v", made, p.now.Sub(start), tt.made, tt.ends)
			}
			p.wantCounters("counted", fmt.Sprintf("Timeouts %[1]d, SYNRetransmits %[1]d", tt.made))
		})
	}
	t.Run("Linux", func(t *testing.T) { // 1 s, five times, then doubling: 10 retransmissions in 131 s
		p := newPeer(t, Linux())
		p.open()
		start, made := p.now, 0
		for p.c.State() != StateClosed {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			if p.c.State() != StateClosed {
				made++
				p.want("the SYN again", "S 0:0(0)")
			}
		}
		spent := p.now.Sub(start)
		if made != 10 || spent < 131*time.Second || spent > 131*time.Second*9/8 {
			p.fail("%d retransmissions in %v, want 10 in 131 s and the rounding of the wheel", made, spent)
		}
	})
}

func TestT115_SYNACKNeverAcknowledged(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		made int
		ends time.Duration
	}{
		{"default", Config{}, 7, 247 * time.Second},
		{"one", Config{SYNACKRetries: 1}, 1, 3 * time.Second},
		{"none", Config{SYNACKRetries: -1}, 0, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, tt.cfg)
			p.listen()
			start, made := p.now, 0
			for p.c.State() == StateSynReceived {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				if p.c.State() == StateSynReceived {
					made++
					p.want("the SYN,ACK again", "S. 0:0(0) ack 1")
				}
			}
			p.wantState("passive: back to LISTEN", StateListen)
			p.wantErr("nobody is told", nil)
			p.wantTimers("nothing runs", "none")
			if made != tt.made || p.now.Sub(start) != tt.ends {
				p.fail("%d retransmissions in %v, want %d in %v", made, p.now.Sub(start), tt.made, tt.ends)
			}
		})
	}
	p := newPeer(t, Config{SYNRetries: 1})
	p.open()
	p.in("S 0:0(0)" + p.synOptions())
	p.want("both opened", "S. 0:0(0) ack 1")
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN,ACK again", "S. 0:0(0) ack 1")
	p.advanceToDeadline(TimerRetransmit, 2*time.Second)
	p.wantClosed("active: ended", &Error{Kind: KindTimeout, State: StateSynReceived})
}

func TestT116_SimultaneousOpenAndClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		e := newEnds(t, cfg, cfg)
		e.mark()
		e.do(e.c[endA].Open(e.now, testISS))
		e.do(e.c[endB].Open(e.now, testIRS))
		e.passes(120 * time.Millisecond)
		e.wantStates("both opened", StateEstablished, StateEstablished)
		e.do(e.c[endA].Close(e.now))
		e.do(e.c[endB].Close(e.now))
		e.passes(time.Second)
		e.wantTalk("SYN, SYN,ACK, ACK, FIN, ACK of each", `
			0s    A S  0:0(0)
			0s    B S  0:0(0)
			50ms  B S. 0:0(0) ack 1
			50ms  A S. 0:0(0) ack 1
			100ms A .  1:1(0) ack 1
			100ms B .  1:1(0) ack 1
			120ms A F. 1:1(0) ack 1
			120ms B F. 1:1(0) ack 1
			170ms B .  2:2(0) ack 2
			170ms A .  2:2(0) ack 2`)
		e.wantStates("both were active", StateTimeWait, StateTimeWait)
	})
}

// P-5: the SYN again in SYN-RECEIVED draws the SYN,ACK again, and no timeout.
func TestSYNAgainInSynReceived(t *testing.T) {
	p := newPeer(t, Config{})
	p.listen()
	p.after(300 * time.Millisecond)
	p.in("S 0:0(0)" + p.synOptions())
	p.wantVerdict("the SYN,ACK may be lost", RepeatedSYN)
	p.want("the SYN,ACK may be lost", "S. 0:0(0) ack 1")
	p.wantTimers("it touches no timer", "retransmit 700ms")
	p.wantCounters("and is no retransmission", "")
	p.wantState("it stays", StateSynReceived)

	// Linux answers at most twice a second.
	p = newPeer(t, Linux())
	p.listen()
	p.after(100 * time.Millisecond)
	p.in("S 0:0(0)" + p.synOptions())
	p.want("answered", "S. 0:0(0) ack 1")
	p.after(200 * time.Millisecond)
	p.in("S 0:0(0)" + p.synOptions())
	p.wantVerdict("not again so soon", DroppedThrottled)
	p.after(400 * time.Millisecond)
	p.in("S 0:0(0)" + p.synOptions())
	p.want("answered", "S. 0:0(0) ack 1")
}

// P-18: an unacceptable acknowledgment in SYN-RECEIVED draws RST, and the request
// stays.
func TestBadACKInSynReceived(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, ack := range []int{-5, 0, 2, 100} {
			p := newPeer(t, cfg)
			p.listen()
			p.in(fmt.Sprintf(". 1:1(0) ack %d", ack))
			p.wantVerdict("an old duplicate", ResetBadAck)
			p.want("RST", fmt.Sprintf("R %[1]d:%[1]d(0)", ack))
			p.wantState("the request stays", StateSynReceived)
			p.after(rtt)
			p.in(". 1:1(0) ack 1")
			p.wantState("and is completed", StateEstablished)
		}
	})
}

// Text on the SYN,ACK; the peer's text on its SYN is left to its retransmission.
func TestTextInTheHandshake(t *testing.T) {
	p := newPeer(t, Config{})
	p.open()
	p.in("S. 0:10(10) ack 1" + p.synOptions())
	p.want("taken with the SYN,ACK", ". 1:1(0) ack 11")
	p.wantReady("taken", "established, readable, writable")
	p = newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.in("S 0:10(10)" + p.synOptions())
	p.want("the SYN alone", "S. 0:0(0) ack 1")
	p.in("P. 1:11(10) ack 1")
	p.wantReady("the text again", "established, readable, writable")
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("the text again", ". 1:1(0) ack 11")
}

// Data queued before ESTABLISHED leaves with it.
func TestSendBeforeEstablished(t *testing.T) {
	p := newPeer(t, Config{})
	p.open()
	p.send(100)
	p.wantIdle("queued")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("with the acknowledgment", "P. 1:101(100) ack 1")
	p.wantIdle("of the SYN,ACK")
	p.wantState("open", StateEstablished)
}
