package tcp

import (
	"fmt"
	"testing"
	"time"
)

// S2, T36: the first FIN is lost.
func TestT36_FINLost(t *testing.T) {
	eachShut(t, func(t *testing.T, shut func(*peer)) {
		p := connAt(t, Config{}, StateFinWait1, shut)
		p.wantTimers("RTO of one round trip of 100 ms", "retransmit 300ms")
		for i, d := range []time.Duration{300, 600, 1200, 2400, 4800} {
			p.advanceToDeadline(TimerRetransmit, d*time.Millisecond)
			p.want("the FIN again: same number, current ACK and window", "F. 1:1(0) ack 1 win 65535")
			p.wantTimers("doubled: RFC 6298 (5.5)", fmt.Sprintf("retransmit %v", 2*d*time.Millisecond))
			p.wantStatus("readable at any time", "Retransmissions", i+1)
			p.wantStatus("readable at any time", "Backoff", i+1)
			n := i + 1
			p.wantCounters("readable at any time", fmt.Sprintf("Timeouts %d, Retransmits %d, FINRetransmits %d", n, n, n))
		}
		p.in(". 1:1(0) ack 2")
		p.wantState("one of them arrived", StateFinWait2)
		p.wantStatus("progress", "Retransmissions", 0)
	})
}

func TestS2_FirstFINLost(t *testing.T) {
	t.Run("once", func(t *testing.T) {
		e := openEnds(t, Config{})
		e.lose = loseFirst(1, endA, isFIN)
		e.do(e.c[endA].Close(e.now))
		e.passes(time.Second)
		e.wantTalk("repeated after the RTO", `
			0s    A F. 1:1(0) ack 1 lost
			300ms A F. 1:1(0) ack 1
			390ms B . 1:1(0) ack 2`)
		e.wantStates("the close goes on", StateFinWait2, StateCloseWait)
	})
	// The limits: orphaned or not, counted or elapsed.
	for _, tt := range []struct {
		name string
		cfg  Config
		shut func(*peer)
		made int
		ends time.Duration
	}{
		{"orphan, default", Config{}, (*peer).close, 8, 153300 * time.Millisecond},          // 0.3·(2⁹−1)
		{"held, default", Config{}, (*peer).closeWrite, 15, 993300 * time.Millisecond},      // 0.3·(2⁹−1) + 7·120
		{"orphan, one", Config{OrphanRetries: 1}, (*peer).close, 1, 900 * time.Millisecond}, // 0.3 + 0.6
		{"orphan, none", Config{OrphanRetries: -1}, (*peer).close, 0, 300 * time.Millisecond},
		{"held, two", Config{DataRetries2: 2}, (*peer).closeWrite, 2, 2100 * time.Millisecond},
		{"held, none", Config{DataRetries2: -1}, (*peer).closeWrite, 0, 300 * time.Millisecond},
		{"RFC9293 without user timeout", func() Config { c := RFC9293(); c.UserTimeout = Forever; return c }(),
			(*peer).closeWrite, 15, 663 * time.Second}, // 1+2+4+8+16+32 + 10·60
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := connAt(t, tt.cfg, StateFinWait1, tt.shut)
			start, made := p.now, 0
			for p.c.State() != StateClosed {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				if p.c.State() != StateClosed {
					made++
					p.want("the FIN again", "F. 1:1(0) ack 1")
				}
			}
			p.wantIdle("giving up is silent")
			p.wantClosed("the limit", &Error{Kind: KindTimeout, State: StateFinWait1})
			if !p.c.Err().(*Error).Timeout() {
				p.fail("the error is no timeout")
			}
			if made != tt.made || p.now.Sub(start) != tt.ends {
				p.fail("%d retransmissions in %v, want %d in %v", made, p.now.Sub(start), tt.made, tt.ends)
			}
		})
	}
}

func TestS3_ACKOfFINLost(t *testing.T) {
	t.Run("an ACK is never repeated by itself", func(t *testing.T) {
		e := openEnds(t, Config{DelayFINAck: Off})
		e.lose = loseFirst(2, endB, isACK)
		e.do(e.c[endA].Close(e.now))
		e.passes(10 * time.Second)
		e.wantTalk("the FIN's retransmission draws it", `
			0s    A F. 1:1(0) ack 1
			50ms  B .  1:1(0) ack 2 lost
			300ms A F. 1:1(0) ack 1
			350ms B .  1:1(0) ack 2 lost
			900ms A F. 1:1(0) ack 1
			950ms B .  1:1(0) ack 2`)
		e.wantStates("the close goes on", StateFinWait2, StateCloseWait)
		e.wantCounters("two FINs drew it again", endB, "FINsReacked 2")
	})
	t.Run("the same limit", func(t *testing.T) {
		e := openEnds(t, Config{OrphanRetries: 3, DelayFINAck: Off})
		e.lose = func(from int, seg *Segment) bool { return from == endB }
		e.do(e.c[endA].Close(e.now))
		e.passes(time.Minute)
		e.wantStates("given up", StateClosed, StateCloseWait)
		e.wantErr("given up", endA, &Error{Kind: KindTimeout, State: StateFinWait1})
		e.wantCounters("the limit", endA, "Timeouts 3, Retransmits 3, FINRetransmits 3")
		e.wantCounters("all acknowledged", endB, "FINsReacked 3")
	})
}

func TestT37_ACKOfFINLostButFINArrives(t *testing.T) {
	e := openEnds(t, Config{DelayFINAck: Off})
	e.lose = loseFirst(1, endB, isACK)
	e.do(e.c[endA].Close(e.now))
	e.passes(100 * time.Millisecond)
	e.do(e.c[endB].Close(e.now))
	e.passes(time.Second)
	e.wantTalk("B's FIN acknowledges A's", `
		0s    A F. 1:1(0) ack 1
		50ms  B .  1:1(0) ack 2 lost
		100ms B F. 1:1(0) ack 2
		150ms A .  2:2(0) ack 2`)
	e.wantStates("a normal close", StateTimeWait, StateClosed)
}

func TestT38_FINAgainInCloseWait(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateCloseWait, nil)
		p.in("F. 1:1(0) ack 1")
		p.want("acknowledged again, at once", ". 1:1(0) ack 2")
		p.wantState("the end is not told twice", StateCloseWait)
		p.wantCounters("counted", "FINsReacked 1")
		p.wantStatus("taken once", "RcvNxt", p.irs+2)
	})
}

func TestT39_FINLostInLastAck(t *testing.T) {
	p := connAt(t, Config{}, StateLastAck, (*peer).close)
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.want("the FIN again", "F. 1:1(0) ack 2")
	p.wantState("it waits on", StateLastAck)
	p.wantStatus("counted", "Retransmissions", 1)
	p.wantTimers("doubled", "retransmit 600ms")
	p.in(". 2:2(0) ack 2")
	p.wantClosed("acknowledged", nil)
}

func TestT42_R1(t *testing.T) {
	for _, s := range []State{StateFinWait1, StateClosing, StateLastAck} {
		p := connAt(t, Config{}, s, (*peer).closeWrite)
		ack := p.c.rcv.nxt.Sub(p.irs)
		for i, d := range []time.Duration{300, 600, 1200} {
			if p.c.Ready()&ReadyR1 != 0 {
				p.fail("R1 is told after %d retransmissions, want 3", i)
			}
			p.advanceToDeadline(TimerRetransmit, d*time.Millisecond)
			p.want("the FIN again", fmt.Sprintf("F. 1:1(0) ack %d", ack))
		}
		p.wantState("it goes on", s)
		if p.c.Ready()&ReadyR1 == 0 {
			p.fail("the user is not told that R1 was reached")
		}
	}
	p := connAt(t, Config{DataRetries1: 1}, StateFinWait1, (*peer).closeWrite)
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.want("the FIN again", "F. 1:1(0) ack 1")
	p.wantReady("configurable", "established, R1, write closed")
	p.in(". 1:1(0) ack 2")
	p.wantReady("over with an answer", "established, write closed")
}

func TestT43_R2InFinWait1(t *testing.T) { givesUp(t, StateFinWait1) }
func TestT44_R2InClosingAndLastAck(t *testing.T) {
	givesUp(t, StateClosing)
	givesUp(t, StateLastAck)
}

// givesUp demands the end at R2: "timed out", silently, without TIME-WAIT.
func givesUp(t *testing.T, s State) {
	t.Helper()
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.UserTimeout = Forever
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := connAt(t, cfg, s, shut)
			start, ack := p.now, p.c.rcv.nxt.Sub(p.irs)
			for p.c.State() != StateClosed {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				if p.c.State() == s {
					p.want("the FIN again", fmt.Sprintf("F. 1:1(0) ack %d", ack))
				}
			}
			p.wantClosed("at R2", &Error{Kind: KindTimeout, State: s})
			p.wantEdges("without TIME-WAIT", fmt.Sprintf("%v → CLOSED (timeout)", s))
			if p.c.cfg.DataMinimum > 0 && p.now.Sub(start) < p.c.cfg.DataMinimum {
				p.fail("given up after %v, want %v at least: SHLD-11", p.now.Sub(start), p.c.cfg.DataMinimum)
			}
		})
	})
}

func TestT45_DataAndFINLost(t *testing.T) {
	p := established(t, plain(Config{}))
	p.send(1460 + 100)
	p.closeWrite()
	p.want("data", ". 1:1461(1460) ack 1")
	p.want("the rest and the FIN", "FP. 1461:1561(100) ack 1")
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.want("the front first", ". 1:1461(1460) ack 1")
	p.wantStatus("one segment: RFC 5681", "CongestionWindow", 1460)
	p.wantState("nothing more until it is acknowledged", StateFinWait1)
	p.after(rtt)
	p.in(". 1:1(0) ack 1461")
	p.want("then the FIN, at its old number", "FP. 1461:1561(100) ack 1")
	p.in(". 1:1(0) ack 1562")
	p.wantState("all is acknowledged", StateFinWait2)

	p = established(t, plain(Linux())) // tcp_retrans_collapse
	p.send(10)
	p.want("data", "P. 1:11(10) ack 1")
	p.closeWrite()
	p.want("the FIN", "F. 11:11(0) ack 1")
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("one segment for both", "FP. 1:11(10) ack 1")
	p.in(". 1:1(0) ack 12")
	p.wantState("all is acknowledged", StateFinWait2)
}

func TestT46_DataBeforeFINLost(t *testing.T) {
	p := established(t, plain(Config{}))
	p.send(3*1460 + 100)
	p.closeWrite()
	p.wantBulk("three full segments", 1, 4381, 1460, 1)
	p.want("the rest and the FIN", "FP. 4381:4481(100) ack 1")
	p.after(rtt) // the first was lost, three arrive behind it
	for range 2 {
		p.in(". 1:1(0) ack 1")
		p.wantIdle("not yet")
	}
	p.in(". 1:1(0) ack 1")
	p.want("fast retransmit of the hole, and of nothing else", ". 1:1461(1460) ack 1")
	p.wantState("fast retransmit", StateFinWait1)
	p.wantCounters("no timeout", "Retransmits 1, FastRecoveries 1")
	p.after(rtt)
	p.in(". 1:1(0) ack 4482")
	p.wantState("all is acknowledged", StateFinWait2)
}

func TestT47_LateACKAfterFINWasRepeated(t *testing.T) {
	p := connAt(t, plain(Config{}), StateFinWait1, (*peer).closeWrite)
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.want("the FIN again", "F. 1:1(0) ack 1")
	before := p.c.Status()
	p.after(time.Millisecond)
	p.in(". 1:1(0) ack 2")
	p.wantState("of the first FIN or of the second", StateFinWait2)
	if s := p.c.Status(); s.SRTT != before.SRTT || s.RTTVar != before.RTTVar || s.Backoff != 1 {
		p.fail("a sample was taken (Karn): SRTT %v, back-off %d", s.SRTT, s.Backoff)
	}
	p.in(". 1:1(0) ack 2")
	p.wantState("the second changes nothing", StateFinWait2)
	p.wantTimers("nothing is in flight", "none")

	p = connAt(t, Config{}, StateFinWait1, (*peer).closeWrite) // with timestamps
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.want("the FIN again", "F. 1:1(0) ack 1")
	p.after(200 * time.Millisecond)
	p.in(". 1:1(0) ack 2")
	p.wantStatus("timestamps tell which one was answered: 7/8·100 ms + 1/8·200 ms", "SRTT", 112500*time.Microsecond)
	p.wantStatus("and end the back-off", "Backoff", 0)
	p.wantState("acknowledged", StateFinWait2)
}

func TestT48_NothingOutstandingInFinWait2(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateFinWait2, (*peer).closeWrite)
		p.wantTimers("nothing is owed", "none")
		p.passes("for ever", 1000*time.Hour)
		p.wantState("for ever", StateFinWait2)
	})
}

func TestT50_TailLossProbe(t *testing.T) {
	cfg := Config{TailLossProbe: true}
	p := established(t, cfg)
	p.send(100)
	p.close()
	p.want("data and FIN", "FP. 1:101(100) ack 1")
	// 2·SRTT and RTOMin for the delayed ACK of a single segment, at most the RTO.
	p.wantTimers("PTO", "loss probe 300ms")
	p.advanceToDeadline(TimerLossProbe, 300*time.Millisecond)
	p.want("the last segment, with FIN", "FP. 1:101(100) ack 1")
	p.wantCounters("no timeout", "Retransmits 1, FINRetransmits 1, LossProbes 1")
	p.wantTimers("then RTO, not backed off", "retransmit 300ms")
	p.wantState("a probe decides nothing", StateFinWait1)
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.want("RTO", "FP. 1:101(100) ack 1")
	p.wantTimers("backed off", "retransmit 600ms")

	p = established(t, Config{}) // off
	p.close()
	p.want("FIN", "F. 1:1(0) ack 1")
	p.wantTimers("no probe", "retransmit 300ms")
}

// H. Crash with something in flight.

func TestT93_PeerDeadWithDataInFlight(t *testing.T) {
	for _, tt := range []struct {
		name    string
		s       State
		send    bool
		shut    func(*peer)
		limit   int
		elapsed time.Duration
	}{
		{"FIN-WAIT-1", StateFinWait1, false, (*peer).closeWrite, 15, 993300 * time.Millisecond},
		{"FIN-WAIT-1, orphan", StateFinWait1, false, (*peer).close, 8, 153300 * time.Millisecond},
		{"CLOSING, orphan", StateClosing, false, (*peer).close, 8, 153300 * time.Millisecond},
		{"LAST-ACK, orphan", StateLastAck, false, (*peer).close, 8, 153300 * time.Millisecond},
		{"ESTABLISHED", StateEstablished, true, nil, 15, 993300 * time.Millisecond},
		{"CLOSE-WAIT", StateCloseWait, true, nil, 15, 993300 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := connAt(t, Config{}, tt.s, tt.shut)
			start := p.now
			if tt.send {
				p.send(10)
				p.want("data", fmt.Sprintf("P. 1:11(10) ack %d", p.c.rcv.nxt.Sub(p.irs)))
			}
			var seg Segment
			for p.c.State() != StateClosed {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				p.c.Next(&seg)
			}
			p.wantClosed("at R2", &Error{Kind: KindTimeout, State: tt.s})
			if got := p.c.Status(); got.Retransmissions != tt.limit || p.now.Sub(start) != tt.elapsed {
				p.fail("%d retransmissions in %v, want %d in %v", got.Retransmissions, p.now.Sub(start), tt.limit, tt.elapsed)
			}
		})
	}
}

// S18: a host crashes.
func TestS18_HostCrash(t *testing.T) {
	t.Run("T94 no traffic, no keepalive", func(t *testing.T) {
		e := openEnds(t, Config{})
		e.up[endB] = false
		e.passes(10 * 365 * 24 * time.Hour)
		e.wantStates("ESTABLISHED for ever", StateEstablished, StateEstablished)
		e.wantTalk("silence", "")
		if e.c[endA].Deadline() != Never {
			e.fail("a timer runs")
		}
	})
	t.Run("with data in flight", func(t *testing.T) {
		e := openEnds(t, Config{DataRetries2: 3})
		e.up[endB] = false
		e.do(e.c[endA].Send(e.now, 10))
		e.passes(time.Hour)
		e.wantTalk("retransmissions up to the limit", `
			0s    A P. 1:11(10) ack 1 lost
			300ms A P. 1:11(10) ack 1 lost
			900ms A P. 1:11(10) ack 1 lost
			2.1s  A P. 1:11(10) ack 1 lost`)
		e.wantErr("and a timeout error", endA, &Error{Kind: KindTimeout, State: StateEstablished})
		e.wantCounters("counted", endA, "Timeouts 3, Retransmits 3")
	})
}

func TestT94_PeerDeadAndNothingOwed(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range []State{StateEstablished, StateCloseWait, StateFinWait2} {
			p := connAt(t, cfg, s, (*peer).closeWrite)
			p.wantTimers("nothing is owed", "none")
			p.passes("for ever", 1000*24*time.Hour)
			p.wantState("for ever", s)
		}
	})
}

// S22: retransmission limits and counters, each configurable and visible.
func TestS22_LimitsAndCounters(t *testing.T) {
	count := func(p *peer) (n int) {
		var seg Segment
		for p.c.State() != StateClosed && p.c.State() != StateListen {
			if p.c.Deadline() == Never {
				p.fail("it waits for ever")
			}
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			for p.c.Next(&seg) {
				n++
			}
		}
		return n
	}
	for _, limit := range []int{1, 2, 5} {
		for _, tt := range []struct {
			name  string
			cfg   Config
			start func(*peer)
			count string // of Counters, %d the limit
		}{
			{"SYN", Config{SYNRetries: limit}, (*peer).open, "Timeouts %[1]d, SYNRetransmits %[1]d"},
			{"SYN-ACK", Config{SYNACKRetries: limit}, (*peer).listen, "Timeouts %[1]d, SYNRetransmits %[1]d"},
			{"data", Config{DataRetries2: limit}, func(p *peer) {
				p.establish()
				p.send(1)
				p.want("data", "P. 1:2(1) ack 1")
			}, "Timeouts %[1]d, Retransmits %[1]d"},
			{"FIN", Config{DataRetries2: limit}, func(p *peer) { p.establish(); p.reach(StateFinWait1, (*peer).closeWrite) },
				"Timeouts %[1]d, Retransmits %[1]d, FINRetransmits %[1]d"},
			{"FIN of an orphan", Config{OrphanRetries: limit}, func(p *peer) { p.establish(); p.reach(StateFinWait1, (*peer).close) },
				"Timeouts %[1]d, Retransmits %[1]d, FINRetransmits %[1]d"},
			{"zero-window probe", Config{DataRetries2: limit, ZeroWindowProbe: ProbeEmpty}, func(p *peer) {
				p.win = 0
				p.establish()
				p.send(1)
			}, "WindowProbes %[1]d"},
			{"zero-window probe of an orphan", Config{OrphanRetries: limit, ZeroWindowProbe: ProbeEmpty}, func(p *peer) {
				p.win = 0
				p.establish()
				p.send(1)
				p.close()
			}, "WindowProbes %[1]d"},
			{"keepalive", Config{KeepAlive: true, KeepAliveCount: limit, KeepAliveReset: Off}, (*peer).establish, "KeepAliveProbes %[1]d"},
		} {
			t.Run(fmt.Sprintf("%s, %d", tt.name, limit), func(t *testing.T) {
				p := newPeer(t, tt.cfg)
				tt.start(p)
				if got := count(p); got != limit {
					p.fail("%d were sent again, want %d", got, limit)
				}
				p.wantCounters("visible", fmt.Sprintf(tt.count, limit))
			})
		}
	}
}

// T118: a SYN timed out and nothing was measured: RFC 6298 (5.7).
func TestT118_FINAfterATimedOutSYN(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.open()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN again", "S 0:0(0)")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("the handshake", ". 1:1(0) ack 1")
	p.wantStatus("one segment: RFC 5681 §3.1", "CongestionWindow", 1460)
	p.close()
	p.want("FIN", "F. 1:1(0) ack 1")
	p.advanceToDeadline(TimerRetransmit, 3*time.Second)
	p.want("FIN again", "F. 1:1(0) ack 1")
	p.wantState("FIN again", StateFinWait1)

	p = newPeer(t, Config{}) // a timestamp tells which SYN was answered
	p.open()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN again", "S 0:0(0)")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("the handshake", ". 1:1(0) ack 1")
	p.close()
	p.want("FIN", "F. 1:1(0) ack 1")
	p.wantTimers("a sample", "retransmit 300ms")
}

// Giving up by time, as Linux does: linux-measured.md §3.
func TestGiveUpElapsed(t *testing.T) {
	for _, tt := range []struct {
		retries int
		made    int // at an RTO of 300 ms, exact timers
	}{
		{3, 3}, {5, 5}, {8, 8},
	} {
		p := connAt(t, Config{GiveUp: Elapsed, OrphanRetries: tt.retries}, StateFinWait1, (*peer).close)
		first, made := Never, 0
		for p.c.State() != StateClosed {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			first = min(first, p.now)
			if p.c.State() != StateClosed {
				made++
				p.want("the FIN again", "F. 1:1(0) ack 1")
			}
		}
		limit := elapsedLimit(tt.retries, 200*time.Millisecond, 120*time.Second)
		if spent := p.now.Sub(first); spent < limit || made != tt.made {
			p.fail("given up %v after the first of %d retransmissions, want %v at least, and %d", spent, made, limit, tt.made)
		}
	}
}
