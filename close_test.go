package tcp

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// eachShut runs a test for both ways to give up sending.
func eachShut(t *testing.T, test func(t *testing.T, shut func(*peer))) {
	t.Helper()
	for _, s := range shuts {
		t.Run(s.name, func(t *testing.T) { test(t, s.shut) })
	}
}

// established is connAt for ESTABLISHED.
func established(t *testing.T, cfg Config) *peer {
	t.Helper()
	return connAt(t, cfg, StateEstablished, nil)
}

// wantBulk takes full segments [from, to) of size octets, and the rest.
func (p *peer) wantBulk(sentence string, from, to, size, ack int) {
	p.t.Helper()
	for ; from < to; from += size {
		p.want(sentence, fmt.Sprintf(". %d:%d(%d) ack %d", from, from+size, size, ack))
	}
}

const (
	mssTS = 1448 // the payload beside timestamps
	iw    = 10   // segments of the initial window
)

// A. Active graceful close.

func TestT1_CloseSendsFIN(t *testing.T) {
	timers := map[string]string{
		"default": "retransmit 300ms",
		"Linux":   "retransmit 316ms", // 300 ms in slots of 32 ms
		"RFC9293": "retransmit 1s, user timeout 5m0s",
	}
	i := 0
	names := []string{"default", "Linux", "RFC9293"}
	eachPreset(t, func(t *testing.T, cfg Config) {
		name := names[i]
		i++
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := established(t, plain(cfg))
			shut(p)
			if p.c.running(TimerRetransmit) {
				p.fail("a retransmission timer runs before the FIN has left")
			}
			p.want("CLOSE sends FIN at SND.NXT", "F. 1:1(0) ack 1")
			p.wantState("after CLOSE", StateFinWait1)
			p.wantEdges("after CLOSE", "ESTABLISHED → FIN-WAIT-1 (close)")
			p.wantTimers("the FIN is retransmitted if need be", timers[name])
			p.wantStatus("the FIN takes a number", "SndNxt", testISS+2)
			p.wantStatus("nothing was retransmitted", "Retransmissions", 0)
			p.wantCounters("nothing was retransmitted", "")
			p.wantErr("it has not ended", nil)
		})
	})
}

func TestT2_ACKOfFIN(t *testing.T) {
	t.Run("after CloseWrite", func(t *testing.T) {
		p := connAt(t, Config{}, StateFinWait1, (*peer).closeWrite)
		p.in(". 1:1(0) ack 2")
		p.wantIdle("an acknowledgment is not acknowledged")
		p.wantState("after the ACK of the FIN", StateFinWait2)
		p.wantEdges("after the ACK of the FIN", "FIN-WAIT-1 → FIN-WAIT-2 (ACK)")
		p.wantTimers("FIN-WAIT-2 after CloseWrite may last for ever", "none")
		p.wantReady("the other direction is open", "established, write closed")
	})
	t.Run("after Close", func(t *testing.T) {
		p := connAt(t, Config{}, StateFinWait1, (*peer).close)
		p.in(". 1:1(0) ack 2")
		p.wantState("after the ACK of the FIN", StateFinWait2)
		p.wantTimers("FIN-WAIT-2 after Close is bounded", "FIN-WAIT-2 1m0s")
		p.wantReady("nothing can be read or written", "established, read closed, write closed")
	})
	t.Run("after Close, RFC9293", func(t *testing.T) {
		p := connAt(t, RFC9293(), StateFinWait1, (*peer).close)
		p.in(". 1:1(0) ack 2")
		p.wantState("after the ACK of the FIN", StateFinWait2)
		p.wantTimers("the RFC knows no bound", "none")
	})
	t.Run("after Close, Linux", func(t *testing.T) {
		p := connAt(t, Linux(), StateFinWait1, (*peer).close)
		p.in(". 1:1(0) ack 2")
		p.wantState("after the ACK of the FIN", StateFinWait2)
		if _, ok := p.c.TimeWait(); !ok {
			p.fail("FIN-WAIT-2 is not kept as a TimeWait")
		}
		if left := p.c.Deadline().Sub(p.now); left < time.Minute || left > 62*time.Second {
			p.fail("FIN-WAIT-2 lasts %v, want 60 s in slots of 2 s", left)
		}
	})
}

func TestT3_FINInFinWait2(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := connAt(t, cfg, StateFinWait2, shut)
			p.in("F. 1:1(0) ack 2")
			p.want("the FIN is acknowledged at once", ". 2:2(0) ack 2")
			p.wantState("after the FIN", StateTimeWait)
			p.wantEdges("after the FIN", "FIN-WAIT-2 → TIME-WAIT (FIN)")
			if list := p.timers(); p.c.cfg.tick == 0 {
				p.wantTimers("TIME-WAIT lasts 2·MSL and nothing else runs",
					fmt.Sprintf("TIME-WAIT %v", 2*p.c.cfg.MSL))
			} else if p.c.Deadline() != p.c.expires(TimerTimeWait) {
				p.fail("more than TIME-WAIT runs: %s", list)
			}
			if p.c.Ready()&ReadyEOF == 0 {
				p.fail("the user is not told of the end of the stream")
			}
		})
	})
}

func TestT4_TimeWaitExpires(t *testing.T) {
	p := connAt(t, Config{}, StateTimeWait, (*peer).closeWrite)
	p.advanceToDeadline(TimerTimeWait, time.Minute)
	p.wantClosed("after 2·MSL", nil)
	p.wantEdges("after 2·MSL", "TIME-WAIT → CLOSED (timeout)")
	p = connAt(t, RFC9293(), StateTimeWait, (*peer).closeWrite)
	p.advanceToDeadline(TimerTimeWait, 4*time.Minute)
	p.wantClosed("after 2·MSL of two minutes", nil)
	p = connAt(t, Config{MSL: -1}, StateTimeWait, (*peer).closeWrite)
	p.advanceToDeadline(TimerTimeWait, 0)
	p.wantClosed("without TIME-WAIT", nil)
	// 60 s in slots of 512 ticks.
	p = connAt(t, Linux(), StateTimeWait, (*peer).closeWrite)
	if left := p.c.Deadline().Sub(p.now); left < time.Minute || left > time.Minute+2048*time.Millisecond {
		p.fail("TIME-WAIT of Linux lasts %v", left)
	}
}

// S1: the four-segment close, from either side, and T5.
func TestS1_FourSegmentClose(t *testing.T) {
	for _, tt := range []struct {
		name         string
		active       int
		first, other State
	}{
		{"T5 from the side that opened", endA, StateTimeWait, StateClosed},
		{"from the side that listened", endB, StateTimeWait, StateClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := openEnds(t, Config{DelayFINAck: Off})
			x, y := tt.active, 1-tt.active
			edges := [2][]string{}
			restarts := 0
			for i, c := range e.c {
				c.SetTrace(&Trace{
					Transition: func(_ Time, _, to State, _ Cause) { edges[i] = append(edges[i], to.String()) },
					TimerSet: func(_ Time, timer Timer, d time.Duration, _ Time) {
						if timer == TimerTimeWait {
							restarts++
							if d != 2*c.cfg.MSL {
								t.Errorf("TIME-WAIT of %v", d)
							}
						}
					},
				})
			}
			e.do(e.c[x].CloseWrite(e.now))
			e.passes(time.Second)
			e.do(e.c[y].CloseWrite(e.now))
			e.passes(time.Second)
			if e.c[x].State() != tt.first || e.c[y].State() != tt.other {
				e.fail("only the active closer passes TIME-WAIT")
			}
			e.wantTalk("two FINs and two acknowledgments", fmt.Sprintf(`
				0s    %[1]c F. 1:1(0) ack 1
				50ms  %[2]c .  1:1(0) ack 2
				1s    %[2]c F. 1:1(0) ack 2
				1.05s %[1]c .  2:2(0) ack 2`, 'A'+x, 'A'+y))
			e.passes(time.Minute)
			e.wantStates("after 2·MSL", StateClosed, StateClosed)
			e.wantErr("a clean close", x, nil)
			e.wantErr("a clean close", y, nil)
			if got, want := fmt.Sprint(edges[x]), "[FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED]"; got != want {
				t.Errorf("the active closer went %s, want %s", got, want)
			}
			if got, want := fmt.Sprint(edges[y]), "[CLOSE-WAIT LAST-ACK CLOSED]"; got != want {
				t.Errorf("the passive closer went %s, want %s", got, want)
			}
			if restarts != 1 {
				t.Errorf("2·MSL was started %d times, want once", restarts)
			}
		})
	}
}

func TestT6_CloseBehindData(t *testing.T) {
	eachShut(t, func(t *testing.T, shut func(*peer)) {
		p := established(t, Config{})
		p.send(mssTS + 100)
		shut(p)
		p.want("a full segment", ". 1:1449(1448) ack 1")
		p.want("the rest, pushed, with FIN", "FP. 1449:1549(100) ack 1")
		p.wantState("after CLOSE", StateFinWait1)
		p.wantTimers("one timer for all", "retransmit 300ms")
	})
}

func TestT7_CloseBehindBlockedData(t *testing.T) {
	t.Run("by the congestion window", func(t *testing.T) {
		p := established(t, Config{})
		p.send(iw*mssTS + 10)
		p.close()
		p.wantBulk("as much as the congestion window allows", 1, 1+iw*mssTS, mssTS, 1)
		p.wantIdle("no FIN yet")
		p.wantState("after CLOSE", StateFinWait1)
		p.wantTimers("data is in flight", "retransmit 300ms")
	})
	t.Run("by the peer's window", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.win = 1000
		p.establish()
		p.send(1500)
		p.close()
		p.want("as much as the window allows", ". 1:1001(1000) ack 1")
		p.wantState("after CLOSE", StateFinWait1)
		p.in(". 1:1(0) ack 1001 win 0")
		p.wantTimers("the closed window is probed", "persist 337.5ms") // the RTO after samples of 100 ms and 0
		p.wantState("no FIN yet", StateFinWait1)
	})
}

func TestT8_ACKOfEverythingSentButTheFIN(t *testing.T) {
	p := established(t, Config{})
	p.send(iw*mssTS + 10)
	p.close()
	p.wantBulk("as much as the congestion window allows", 1, 1+iw*mssTS, mssTS, 1)
	p.after(rtt)
	p.in(fmt.Sprintf(". 1:1(0) ack %d", 1+iw*mssTS))
	p.want("the rest and the FIN", fmt.Sprintf("FP. %d:%d(10) ack 1", 1+iw*mssTS, 11+iw*mssTS))
	p.wantState("not FIN-WAIT-2: the FIN was not even sent", StateFinWait1)
	p.wantEdges("no detour", "ESTABLISHED → FIN-WAIT-1 (close)")
	p.wantTimers("the timer runs for the rest", "retransmit "+p.c.rto().String())
}

func TestT9_ACKOfDataButNotOfFIN(t *testing.T) {
	p := established(t, plain(Config{}))
	p.send(2 * 1460)
	p.close()
	p.want("data", ". 1:1461(1460) ack 1")
	p.want("data and FIN", "FP. 1461:2921(1460) ack 1")
	p.after(rtt)
	p.in(". 1:1(0) ack 1461")
	p.wantIdle("nothing to say")
	p.wantState("the FIN is not acknowledged", StateFinWait1)
	// SRTT 100 ms, RTTVAR 3/4·50 ms.
	p.wantTimers("RFC 6298 (5.3): restarted", "retransmit 250ms")
	p.wantStatus("progress", "Retransmissions", 0)
}

func TestT10_FINWithACKOfOurs(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateFinWait1, (*peer).closeWrite)
		p.in("F. 1:1(0) ack 2")
		p.want("the FIN is acknowledged at once", ". 2:2(0) ack 2")
		p.wantState("both directions are closed", StateTimeWait)
		if p.c.running(TimerRetransmit) || !p.c.running(TimerTimeWait) {
			p.fail("the timers are %s", p.timers())
		}
	})
}

func TestT11_TextAndFINWithACKOfOurs(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait1, (*peer).closeWrite)
	p.in("FP. 1:101(100) ack 2")
	p.want("one acknowledgment for text and FIN", ". 2:2(0) ack 102")
	p.wantState("both directions are closed", StateTimeWait)
	p.wantTimers("only 2·MSL", "TIME-WAIT 1m0s")
	if p.c.Readable() != 100 {
		p.fail("%d octets can be read, want 100", p.c.Readable())
	}
}

func TestT12_TextInFinWait2(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	p.in(". 1:1449(1448) ack 2")
	p.wantIdle("the first waits")
	p.wantTimers("for company", "delayed ACK 40ms")
	p.in("P. 1449:2897(1448) ack 2")
	p.want("the second does not", ". 2:2(0) ack 2897")
	p.wantState("receiving goes on", StateFinWait2)
	p.wantTimers("nothing waits", "none")
	p.wantReady("there is something to read", "established, readable, write closed")
}

func TestT13_TextAndFINInFinWait2(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	p.in(". 1:101(100) ack 2")
	p.wantTimers("the acknowledgment waits", "delayed ACK 40ms")
	p.in("FP. 101:201(100) ack 2")
	p.want("one immediate acknowledgment", ". 2:2(0) ack 202")
	p.wantState("after the FIN", StateTimeWait)
	p.wantTimers("only 2·MSL", "TIME-WAIT 1m0s")
}

func TestT14_CloseAgain(t *testing.T) {
	for _, s := range []State{StateFinWait1, StateFinWait2} {
		p := connAt(t, Config{}, s, (*peer).closeWrite)
		before := *p.c
		if err := p.c.CloseWrite(p.now); err != nil {
			p.fail("CloseWrite again in %v: %v", s, err)
		}
		if *p.c != before {
			p.fail("CloseWrite again in %v changed something", s)
		}
		p.wantState("and nothing is sent", s)
		p = connAt(t, Config{}, s, (*peer).close)
		p.refuses("Close without a reference", ErrReferences, func() error { return p.c.Close(p.now) })
		p.wantState("and nothing is sent", s)
	}
	for _, s := range []State{StateClosing, StateLastAck, StateTimeWait} {
		p := connAt(t, Config{}, s, (*peer).closeWrite)
		p.refuses("CloseWrite again", ErrClosing, func() error { return p.c.CloseWrite(p.now) })
	}
}

func TestT15_SendAfterClose(t *testing.T) {
	for _, s := range []State{StateFinWait1, StateFinWait2, StateClosing, StateLastAck, StateTimeWait} {
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := connAt(t, Config{}, s, shut)
			p.refuses("Send after CLOSE", ErrClosing, func() error { return p.c.Send(p.now, 1) })
			p.refuses("SendUrgent after CLOSE", ErrClosing, func() error { return p.c.SendUrgent(p.now, 1) })
			p.wantIdle("nothing is sent")
		})
	}
}

func TestT16_UnreadInTimeWait(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	p.in("FP. 1:101(100) ack 2")
	p.want("text and FIN are acknowledged", ". 2:2(0) ack 102")
	p.wantState("TIME-WAIT does not wait for the reader", StateTimeWait)
	p.wantReady("the text is delivered before the end", "established, readable, EOF, write closed")
	p.receive(100)
	p.wantIdle("no window update in TIME-WAIT")
	p.wantReady("then the end", "established, EOF, write closed")
	p.wantTimers("reading changes no timer", "TIME-WAIT 1m0s")
	p.advanceToDeadline(TimerTimeWait, time.Minute)
	p.wantClosed("after 2·MSL", nil)
	// The same when it is read only after the end.
	p = connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	p.in("FP. 1:101(100) ack 2")
	p.want("text and FIN are acknowledged", ". 2:2(0) ack 102")
	p.advanceToDeadline(TimerTimeWait, time.Minute)
	p.receive(100)
	p.wantClosed("after 2·MSL", nil)
}

// B. Passive graceful close.

// T17 holds with DelayFINAck off; with it on the acknowledgment waits: see S11.
func TestT17_FIN(t *testing.T) {
	for _, cfg := range []Config{{DelayFINAck: Off}, RFC9293()} {
		p := established(t, cfg)
		p.in(". 1:101(100) ack 1")
		p.in("F. 101:101(0) ack 1")
		p.want("the FIN is acknowledged at once", ". 1:1(0) ack 102")
		p.wantState("after the FIN", StateCloseWait)
		p.wantEdges("after the FIN", "ESTABLISHED → CLOSE-WAIT (FIN)")
		p.wantTimers("no acknowledgment waits", "none")
		p.wantReady("the end comes after the text", "established, readable, EOF, writable")
		p.receive(100)
		p.wantIdle("no window for a peer that has finished")
		p.wantReady("then it is all that is left", "established, EOF, writable")
	}
	t.Run("default", func(t *testing.T) {
		p := established(t, Config{})
		p.in("F. 1:1(0) ack 1")
		p.wantIdle("the acknowledgment waits")
		p.wantState("after the FIN", StateCloseWait)
		p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
		p.want("alone after all", ". 1:1(0) ack 2")
		p.wantTimers("once", "none")
	})
	t.Run("Linux", func(t *testing.T) {
		p := established(t, Linux())
		p.in("F. 1:1(0) ack 1")
		p.wantIdle("the acknowledgment waits")
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		p.want("alone after all", ". 1:1(0) ack 2")
		p.wantState("after the FIN", StateCloseWait)
	})
}

func TestT18_CloseInCloseWait(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		eachShut(t, func(t *testing.T, shut func(*peer)) {
			p := connAt(t, cfg, StateCloseWait, nil)
			shut(p)
			p.want("our FIN", "F. 1:1(0) ack 2")
			p.wantState("after our FIN", StateLastAck)
			if !p.c.running(TimerRetransmit) && !p.c.running(TimerLossProbe) {
				p.fail("the FIN is not watched: %s", p.timers())
			}
		})
	})
	p := connAt(t, Config{}, StateCloseWait, nil)
	p.close()
	p.want("our FIN", "F. 1:1(0) ack 2")
	p.wantEdges("LAST-ACK is entered when the FIN leaves", "CLOSE-WAIT → LAST-ACK (FIN sent)")
	p.wantTimers("the FIN is retransmitted if need be", "retransmit 300ms")
}

func TestT19_ACKInLastAck(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateLastAck, (*peer).close)
		p.in(". 2:2(0) ack 2")
		p.wantVerdict("the FIN is acknowledged", ClosedCleanly)
		p.wantIdle("an acknowledgment is not acknowledged")
		p.wantEdges("no TIME-WAIT for the passive closer", "LAST-ACK → CLOSED (ACK)")
		p.wantClosed("at the end", nil)
	})
}

func TestT20_HalfClose(t *testing.T) {
	p := connAt(t, Config{}, StateCloseWait, nil)
	n := 1
	for range 20 {
		p.send(3000)
		p.want("data", fmt.Sprintf(". %d:%d(1448) ack 2", n, n+1448))
		p.want("data", fmt.Sprintf(". %d:%d(1448) ack 2", n+1448, n+2896))
		p.after(rtt)
		p.in(fmt.Sprintf(". 2:2(0) ack %d", n+2896))
		p.want("Nagle lets the rest out when all is acknowledged", fmt.Sprintf("P. %d:%d(104) ack 2", n+2896, n+3000))
		p.after(rtt)
		p.in(fmt.Sprintf(". 2:2(0) ack %d", n+3000))
		n += 3000
		p.wantState("sending goes on without limit", StateCloseWait)
	}
	p.close()
	p.want("FIN behind all of it", fmt.Sprintf("F. %d:%d(0) ack 2", n, n))
	p.in(fmt.Sprintf(". 2:2(0) ack %d", n+1))
	p.wantClosed("at the end", nil)
}

func TestT21_CloseInCloseWaitBehindBlockedData(t *testing.T) {
	start := func(t *testing.T, cfg Config) *peer {
		p := newPeer(t, cfg)
		p.win = 1000
		p.establish()
		p.reach(StateCloseWait, nil)
		p.send(1500)
		p.close()
		p.want("as much as the window allows", ". 1:1001(1000) ack 2")
		return p
	}
	t.Run("default", func(t *testing.T) {
		p := start(t, Config{})
		p.wantState("LAST-ACK only when the FIN leaves: P-10", StateCloseWait)
		p.in(". 2:2(0) ack 1001")
		p.want("the rest and the FIN", "FP. 1001:1501(500) ack 2")
		p.wantState("now", StateLastAck)
		p.wantEdges("now", "CLOSE-WAIT → LAST-ACK (FIN sent)")
	})
	t.Run("Linux", func(t *testing.T) {
		p := start(t, Linux())
		p.wantState("LAST-ACK when CLOSE is called", StateLastAck)
		p.wantEdges("at once", "CLOSE-WAIT → LAST-ACK (close)")
		p.in(". 2:2(0) ack 1001")
		p.want("the rest and the FIN", "FP. 1001:1501(500) ack 2")
		p.wantState("and stays there", StateLastAck)
	})
}

func TestT22_TextAndFIN(t *testing.T) {
	for _, cfg := range []Config{{DelayFINAck: Off}, RFC9293()} {
		p := established(t, cfg)
		p.in("FP. 1:101(100) ack 1")
		p.want("one acknowledgment for both", ". 1:1(0) ack 102")
		p.wantState("after the FIN", StateCloseWait)
		p.wantReady("text before the end", "established, readable, EOF, writable")
	}
	p := established(t, Config{})
	p.in("FP. 1:101(100) ack 1")
	p.wantIdle("it waits")
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("one acknowledgment for both", ". 1:1(0) ack 102")
}

func TestT23_CloseBeforeTheACKHasLeft(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		p.in("F. 1:1(0) ack 1")
		p.close()
		p.want("one segment closes and acknowledges", "F. 1:1(0) ack 2")
		p.wantIdle("no acknowledgment besides")
		p.wantState("after both", StateLastAck)
		if p.c.running(TimerDelayedACK) {
			p.fail("an acknowledgment still waits")
		}
	})
}

func TestT24_ACKOfDataInLastAck(t *testing.T) {
	p := connAt(t, plain(Config{}), StateCloseWait, nil)
	p.send(2000)
	p.close()
	p.want("data", ". 1:1461(1460) ack 2")
	p.want("the rest and the FIN", "FP. 1461:2001(540) ack 2")
	p.wantState("the FIN is sent", StateLastAck)
	p.after(rtt)
	p.in(". 2:2(0) ack 1461")
	p.wantIdle("nothing to say")
	p.wantState("the FIN is not acknowledged", StateLastAck)
	p.wantTimers("RFC 6298 (5.3): restarted", "retransmit 250ms")
	p.in(". 2:2(0) ack 2001")
	p.wantState("all data, but not the FIN", StateLastAck)
	p.in(". 2:2(0) ack 2002")
	p.wantClosed("the FIN", nil)
}

func TestT25_NeverClosed(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateCloseWait, nil)
		p.wantTimers("nothing is owed", "none")
		p.passes("a program that forgets to close", 10*365*24*time.Hour)
		p.wantState("for ever", StateCloseWait)
	})
}

func TestT27_TextBeyondTheFIN(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range []State{StateCloseWait, StateClosing, StateLastAck} {
			p := connAt(t, cfg, s, (*peer).closeWrite)
			before := p.c.Status()
			p.in("P. 2:102(100) ack 1")
			p.wantVerdict("nothing can be beyond a FIN", DroppedAfterFIN)
			p.wantIdle("it is ignored")
			p.wantState("and changes nothing", s)
			if p.c.Readable() != 0 || p.c.Status().RcvNxt != before.RcvNxt || p.c.Status().Timers != before.Timers {
				p.fail("text beyond the FIN was taken")
			}
		}
	})
}

// C. Simultaneous close.

func TestT28_FINThatDoesNotACKOurs(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, plain(cfg), StateFinWait1, (*peer).close)
		due := p.c.expires(TimerRetransmit)
		p.after(10 * time.Millisecond)
		p.in("F. 1:1(0) ack 1")
		p.want("acknowledged at once", ". 2:2(0) ack 2")
		p.wantState("both have sent FIN", StateClosing)
		p.wantEdges("both have sent FIN", "FIN-WAIT-1 → CLOSING (FIN)")
		if p.c.expires(TimerRetransmit) != due {
			p.fail("the retransmission timer was touched: %s", p.timers())
		}
	})
}

func TestT29_ACKInClosing(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateClosing, (*peer).close)
		p.in(". 2:2(0) ack 2")
		p.wantIdle("nothing to say")
		p.wantState("the FIN is acknowledged", StateTimeWait)
		p.wantEdges("the FIN is acknowledged", "CLOSING → TIME-WAIT (ACK)")
		if p.c.running(TimerRetransmit) || p.c.running(TimerLossProbe) || !p.c.running(TimerTimeWait) {
			p.fail("the timers are %s", p.timers())
		}
	})
}

// The repeated FIN lies below the window, but its acknowledgment may be the only
// copy: P-1.
func TestT30_RepeatedFINWithACKOfOursInClosing(t *testing.T) {
	for _, cfg := range []Config{{}, RFC9293()} {
		p := connAt(t, cfg, StateClosing, (*peer).close)
		p.in("F. 1:1(0) ack 2")
		p.wantVerdict("outside the window", AckedOutsideWindow)
		p.want("acknowledged again", ". 2:2(0) ack 2")
		p.wantState("and its acknowledgment was used", StateTimeWait)
		p.wantCounters("a FIN drew it", "FINsReacked 1")
	}
	p := connAt(t, Linux(), StateClosing, (*peer).close)
	p.in("F. 1:1(0) ack 2")
	p.wantState("Linux's window test lets it in, and says nothing", StateTimeWait)
}

func TestT31_FINsCrossAndBothACKsAreLost(t *testing.T) {
	e := openEnds(t, Config{})
	lost := [2]int{1, 1}
	e.lose = func(from int, seg *Segment) bool {
		if isACK(seg) && lost[from] > 0 {
			lost[from]--
			return true
		}
		return false
	}
	e.do(e.c[endA].Close(e.now))
	e.do(e.c[endB].Close(e.now))
	e.passes(10 * time.Second)
	e.wantTalk("both repeat their FIN once", `
		0s    A F. 1:1(0) ack 1
		0s    B F. 1:1(0) ack 1
		50ms  B . 2:2(0) ack 2 lost
		50ms  A . 2:2(0) ack 2 lost
		300ms A F. 1:1(0) ack 2
		300ms B F. 1:1(0) ack 2
		350ms B . 2:2(0) ack 2
		350ms A . 2:2(0) ack 2`)
	e.wantStates("both were active", StateTimeWait, StateTimeWait)
	for i := range e.c {
		e.wantCounters("one retransmission each", i, "Timeouts 1, Retransmits 1, FINRetransmits 1, FINsReacked 1")
	}
}

func TestT32_RetransmissionInClosing(t *testing.T) {
	p := connAt(t, Config{}, StateClosing, (*peer).close)
	for i, d := range []time.Duration{300, 600, 1200} {
		p.advanceToDeadline(TimerRetransmit, d*time.Millisecond)
		p.want("the FIN again, at the same number", "F. 1:1(0) ack 2")
		p.wantStatus("counted", "Retransmissions", i+1)
		p.wantState("it waits on", StateClosing)
	}
	p.wantTimers("doubled", "retransmit 2.4s")
}

func TestT33_FINAheadOfItsDataInFinWait1(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait1, (*peer).closeWrite)
	p.in("F. 101:101(0) ack 1")
	p.want("a duplicate acknowledgment, and the FIN is reported", ". 2:2(0) ack 1 <sack 101:102>")
	p.wantState("not before the text", StateFinWait1)
	p.wantTimers("no other timer", "retransmit 300ms")
	p.in("P. 1:101(100) ack 1")
	p.want("text and FIN", ". 2:2(0) ack 102")
	p.wantState("now", StateClosing)
	p.wantReady("the end comes after the text", "established, readable, EOF, write closed")
}

func TestT34_BothCloseWithDataInFlight(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		e := openEnds(t, cfg)
		e.reads = [2]bool{true, true}
		const n = 100000
		for i := range e.c {
			e.do(e.c[i].Send(e.now, n))
			e.do(e.c[i].CloseWrite(e.now))
		}
		e.passes(30 * time.Second)
		e.wantStates("both were active", StateTimeWait, StateTimeWait)
		for i := range e.c {
			if got := e.c[i].rcv.off; got != n {
				e.fail("%c received %d octets, want %d", 'A'+i, got, n)
			}
			if got := e.c[i].Acked(); got != n {
				e.fail("%c had %d octets acknowledged, want %d", 'A'+i, got, n)
			}
			e.wantErr("nothing was lost", i, nil)
		}
	})
}

func TestT35_LastACKsCross(t *testing.T) {
	e := openEnds(t, Config{})
	e.do(e.c[endA].Close(e.now))
	e.do(e.c[endB].Close(e.now))
	e.passes(time.Hour)
	e.wantTalk("nothing answers the last acknowledgments", `
		0s   A F. 1:1(0) ack 1
		0s   B F. 1:1(0) ack 1
		50ms B . 2:2(0) ack 2
		50ms A . 2:2(0) ack 2`)
	e.wantStates("after 2·MSL", StateClosed, StateClosed)
	for i := range e.c {
		e.wantCounters("2·MSL began once", i, "")
	}
}

// E. Half-close, unread data, orphans.

func TestT51_CloseWriteWithUnreadData(t *testing.T) {
	p := established(t, Config{})
	p.in("P. 1:101(100) ack 1")
	p.closeWrite()
	p.want("FIN, not RST", "F. 1:1(0) ack 101")
	p.wantState("after shutdown", StateFinWait1)
	p.wantTimers("the FIN is watched", "retransmit 300ms")
	p.receive(100)
	p.wantIdle("no need for a window update")
}

func TestT52_CloseWithUnreadData(t *testing.T) {
	forms := []string{"R 1:1(0)", "R. 1:1(0) ack 101", "R 1:1(0)"}
	i := 0
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		p.in("P. 1:101(100) ack 1")
		if p.c.pending() { // Linux acknowledges the first text at once
			p.want("the text", ". 1:1(0) ack 101")
		}
		p.close()
		p.want("RST tells that something was lost", forms[i])
		i++
		p.wantIdle("no FIN")
		p.wantClosed("at once", ErrAborted)
		p.wantCounters("a reset was sent", "ResetsSent 1")
	})
}

func TestT53_CloseWithUnreadDataInCloseWait(t *testing.T) {
	p := established(t, Config{})
	p.in("FP. 1:101(100) ack 1")
	p.close()
	p.want("RST tells that something was lost", "R 1:1(0)")
	p.wantClosed("at once", ErrAborted)
	p.wantEdges("from CLOSE-WAIT", "ESTABLISHED → CLOSE-WAIT (FIN), CLOSE-WAIT → CLOSED (abort)")
}

func TestT54_DataAfterClose(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		s        State
		rst      string
	}{
		{"text in FIN-WAIT-1", "P. 1:101(100) ack 1", StateFinWait1, "R 1:1(0)"},
		{"text and FIN in FIN-WAIT-1", "FP. 1:101(100) ack 1", StateFinWait1, "R 1:1(0)"},
		{"text with ACK of our FIN in FIN-WAIT-1", "P. 1:101(100) ack 2", StateFinWait1, "R 2:2(0)"},
		{"text in FIN-WAIT-2", "P. 1:101(100) ack 2", StateFinWait2, "R 2:2(0)"},
		{"text and FIN in FIN-WAIT-2", "FP. 1:101(100) ack 2", StateFinWait2, "R 2:2(0)"},
		{"text beyond a gap in FIN-WAIT-2", "P. 51:101(50) ack 2", StateFinWait2, "R 2:2(0)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachPreset(t, func(t *testing.T, cfg Config) {
				p := connAt(t, cfg, tt.s, (*peer).close)
				p.in(tt.in)
				p.wantVerdict("nobody can receive it", ResetAfterClose)
				p.want("RST", tt.rst)
				p.wantClosed("without the rest of the close", ErrAborted)
				p.wantCounters("a reset was sent", "ResetsSent 1")
			})
		})
	}
	t.Run("after CloseWrite and CloseRead", func(t *testing.T) {
		p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
		p.closeRead()
		p.wantTimers("no bound: a program still holds it", "none")
		p.in("P. 1:101(100) ack 2")
		p.want("RST", "R 2:2(0)")
		p.wantClosed("as after Close", ErrAborted)
	})
}

func TestT55_BareFINAfterClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := connAt(t, cfg, StateFinWait1, (*peer).close)
		p.in("F. 1:1(0) ack 1")
		p.want("acknowledged", ". 2:2(0) ack 2")
		p.wantState("the close goes on", StateClosing)
		p = connAt(t, cfg, StateFinWait2, (*peer).close)
		p.in("F. 1:1(0) ack 2")
		p.want("acknowledged", ". 2:2(0) ack 2")
		p.wantState("the close goes on", StateTimeWait)
	})
}

func TestT56_OldTextAfterClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range []State{StateFinWait1, StateFinWait2} {
			p := established(t, cfg)
			p.in("P. 1:101(100) ack 1")
			p.receive(100)
			for p.c.Deadline() != Never && !p.c.pending() {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
			}
			p.want("the text", ". 1:1(0) ack 101")
			p.close()
			p.want("the FIN", "F. 1:1(0) ack 101")
			ack := 1
			if s == StateFinWait2 {
				p.in(". 101:101(0) ack 2")
				ack = 2
			}
			p.in(fmt.Sprintf("P. 51:101(50) ack %d", ack))
			p.want("old text is acknowledged again", ". 2:2(0) ack 101")
			p.wantState("and resets nothing: P-15", s)
			p.wantErr("it has not ended", nil)
		}
	})
}

func TestT57_LingerZero(t *testing.T) {
	for _, s := range []State{StateEstablished, StateCloseWait} {
		p := connAt(t, Config{}, s, nil)
		p.linger(0)
		p.close()
		p.want("RST", "R 1:1(0)")
		p.wantClosed("at once", ErrAborted)
	}
	p := established(t, Linux())
	p.linger(0)
	p.close()
	p.want("Linux's RST acknowledges", "R. 1:1(0) ack 1")
	p.wantClosed("at once", ErrAborted)
}

func TestT58_AbortWithQueuedFIN(t *testing.T) {
	p := newPeer(t, Config{})
	p.win = 1000
	p.establish()
	p.send(5000)
	p.closeWrite()
	p.want("as much as the window allows", ". 1:1001(1000) ack 1")
	p.abort()
	p.want("RST where the peer expects it", "R 1001:1001(0)")
	p.wantIdle("data and FIN are dropped")
	p.wantClosed("at once", ErrAborted)
}

func TestT59_PeerNeverSendsFIN(t *testing.T) {
	t.Run("default", func(t *testing.T) {
		p := connAt(t, Config{}, StateFinWait2, (*peer).close)
		p.advanceToDeadline(TimerFinWait2, time.Minute)
		p.wantClosed("after the FIN-WAIT-2 timeout", nil)
		p.wantCounters("nothing is sent", "")
	})
	t.Run("RFC9293", func(t *testing.T) {
		p := connAt(t, RFC9293(), StateFinWait2, (*peer).close)
		p.wantTimers("no bound", "none")
		p.passes("for ever", 365*24*time.Hour)
		p.wantState("for ever", StateFinWait2)
	})
	t.Run("FinWait2Reset", func(t *testing.T) {
		p := connAt(t, Config{FinWait2Reset: true}, StateFinWait1, (*peer).close)
		p.in(". 1:1(0) ack 2")
		p.wantVerdict("nobody wants to wait", ResetFinWait2)
		p.want("RST at once", "R 2:2(0)")
		p.wantClosed("at once", ErrAborted)
	})
	t.Run("FinWait2Reset, after CloseWrite", func(t *testing.T) {
		p := connAt(t, Config{FinWait2Reset: true}, StateFinWait2, (*peer).closeWrite)
		p.close()
		p.want("RST at Close", "R 2:2(0)")
		p.wantClosed("at once", ErrAborted)
	})
	t.Run("Close after CloseWrite", func(t *testing.T) {
		p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
		p.passes("no bound yet", time.Hour)
		p.close()
		p.wantTimers("bounded from Close on", "FIN-WAIT-2 1m0s")
	})
}

func TestT60_PeerSpeaksAfterFinWait2HasEnded(t *testing.T) {
	for _, text := range []string{"P. 1:101(100) ack 2", "F. 1:1(0) ack 2", ". 1:1(0) ack 2"} {
		p := connAt(t, Config{}, StateFinWait2, (*peer).close)
		p.advanceToDeadline(TimerFinWait2, time.Minute)
		p.in(text)
		p.wantVerdict("there is no connection any more", ResetClosed)
		p.want("RST with the number that the peer acknowledged", "R 2:2(0)")
		p.wantClosed("and still", nil)
	}
}

// F. Abort.

func TestT61_Abort(t *testing.T) {
	forms := []string{"R %d:%d(0)", "R. %d:%d(0) ack %d", "R %d:%d(0)"}
	i := 0
	eachPreset(t, func(t *testing.T, cfg Config) {
		form := forms[i]
		i++
		for _, s := range []State{StateSynReceived, StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait} {
			p := newPeer(t, cfg)
			if s == StateSynReceived {
				p.listen()
			} else {
				p.establish()
				p.reach(s, (*peer).closeWrite)
			}
			nxt, ack := p.c.snd.nxt.Sub(p.iss), p.c.rcv.nxt.Sub(p.irs)
			p.abort()
			text := fmt.Sprintf(form, nxt, nxt)
			if p.c.cfg.ResetWithACK {
				text = fmt.Sprintf(form, nxt, nxt, ack)
			}
			p.want("RST at SND.NXT", text)
			if !p.last.Options.Has(OptTimestamps) {
				p.fail("the RST in %v lacks timestamps (RFC 7323 §5.2)", s)
			}
			p.wantClosed("at once", ErrAborted)
			p.wantErr("in that state", &Error{Kind: KindAborted, State: s})
		}
	})
}

func TestT62_AbortBeforeThereIsAPeer(t *testing.T) {
	p := newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.abort()
	p.wantIdle("nobody to tell")
	p.wantClosed("from LISTEN", ErrAborted)
	p = newPeer(t, Config{})
	p.open()
	p.abort()
	p.wantIdle("no segment from SYN-SENT")
	p.wantClosed("from SYN-SENT", ErrAborted)
}

func TestT63_AbortAfterBothFINs(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range []State{StateClosing, StateLastAck, StateTimeWait} {
			p := connAt(t, cfg, s, (*peer).closeWrite)
			p.abort()
			p.wantIdle("the peer knows all it has to")
			p.wantClosed("at once", ErrAborted)
		}
	})
}

// J2. The FIN is still queued when the peer's arrives.

// closingUnsent leads to CLOSING with 500 octets and the FIN still queued.
func closingUnsent(t *testing.T, cfg Config) *peer {
	t.Helper()
	p := newPeer(t, cfg)
	p.win = 1000
	p.establish()
	p.send(1500)
	p.closeWrite()
	p.want("as much as the window allows", ". 1:1001(1000) ack 1")
	p.in("F. 1:1(0) ack 1")
	p.want("the FIN is acknowledged", ". 1001:1001(0) ack 2")
	p.wantState("sending goes on in CLOSING", StateClosing)
	return p
}

func TestT119_FINArrivesBeforeOursHasLeft(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := closingUnsent(t, cfg)
		p.in(". 2:2(0) ack 1001")
		p.want("the rest and the FIN", "FP. 1001:1501(500) ack 2")
		p.wantState("not acknowledged yet", StateClosing)
		p.in(". 2:2(0) ack 1501")
		p.wantState("all data, but not the FIN", StateClosing)
		p.in(". 2:2(0) ack 1502")
		p.wantState("the FIN", StateTimeWait)
	})
}

func TestT120_AbortInClosingBeforeTheFINHasLeft(t *testing.T) {
	p := closingUnsent(t, Config{})
	p.abort()
	p.want("the peer has to know: P-17", "R 1001:1001(0)")
	p.wantClosed("at once", ErrAborted)
}

// The stories of close.

// S4: FIN-WAIT-2 is bounded after Close, unbounded after CloseWrite.
func TestS4_FinWait2Timeout(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		want time.Duration
	}{
		{"the default", Config{}, time.Minute},
		{"a field", Config{FinWait2Timeout: 3 * time.Second}, 3 * time.Second},
		{"none at all", Config{FinWait2Timeout: -1}, 0},
	} {
		p := connAt(t, tt.cfg, StateFinWait2, (*peer).close)
		p.advanceToDeadline(TimerFinWait2, tt.want)
		p.wantClosed(tt.name, nil)
	}
	p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	p.passes("nothing bounds the peer's half", math.MaxInt64/4)
	p.wantState("for ever", StateFinWait2)
	p.in("P. 1:101(100) ack 2")
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("and still received", ". 2:2(0) ack 101")
}

// S7, S20: a process that ends closes its descriptors.
func TestS7_ProcessEnds(t *testing.T) {
	t.Run("alone", func(t *testing.T) {
		p := established(t, Config{})
		p.linger(7) // no process is left that could linger
		p.exit()
		p.want("FIN", "F. 1:1(0) ack 1")
		p.wantState("the normal close follows", StateFinWait1)
		if p.c.Ready()&ReadyLingering != 0 || p.c.running(TimerLinger) {
			p.fail("Exit lingers")
		}
		p.in("F. 1:1(0) ack 2")
		p.want("the normal close", ". 2:2(0) ack 2")
		p.wantState("the normal close", StateTimeWait)
	})
	t.Run("with unread data", func(t *testing.T) {
		p := established(t, Config{})
		p.in("P. 1:101(100) ack 1")
		p.exit()
		p.want("RST", "R 1:1(0)")
		p.wantClosed("what nobody read is lost", ErrAborted)
	})
	t.Run("linger zero counts", func(t *testing.T) {
		p := established(t, Config{})
		p.linger(0)
		p.exit()
		p.want("RST", "R 1:1(0)")
		p.wantClosed("linger zero", ErrAborted)
	})
	t.Run("shared", func(t *testing.T) {
		p := established(t, Config{})
		p.retain()
		p.exit()
		p.wantIdle("another process holds it")
		p.wantState("it goes on", StateEstablished)
		p.exit()
		p.want("the last one", "F. 1:1(0) ack 1")
		p.wantState("the last one", StateFinWait1)
	})
}

func TestS20_ServerKilled(t *testing.T) {
	e := openEnds(t, Config{})
	e.do(e.c[endB].Exit(e.now))
	e.passes(time.Second)
	e.wantStates("the client has to close too", StateCloseWait, StateFinWait2)
	if e.c[endA].Ready()&ReadyEOF == 0 {
		e.fail("the client is not told")
	}
	e.do(e.c[endA].Close(e.now))
	e.passes(time.Second)
	e.wantTalk("the normal close", `
		0s    B F. 1:1(0) ack 1
		90ms  A . 1:1(0) ack 2
		1s    A F. 1:1(0) ack 2
		1.05s B . 2:2(0) ack 2`)
	e.wantStates("the server's host keeps TIME-WAIT", StateClosed, StateTimeWait)
}

// S8: with shared descriptors only the last Close closes.
func TestS8_SharedDescriptors(t *testing.T) {
	p := established(t, Config{})
	p.retain()
	p.retain()
	for i := range 2 {
		p.close()
		p.wantIdle("others hold it")
		p.wantState("others hold it", StateEstablished)
		p.wantStatus("counted", "References", 2-i)
		p.send(100)
		p.want("they go on writing", fmt.Sprintf("P. %d:%d(100) ack %d", 1+100*i, 101+100*i, 1+100*i))
		p.in(fmt.Sprintf("P. %d:%d(100) ack %d", 1+100*i, 101+100*i, 101+100*i))
		p.receive(100)
		p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
		p.want("and reading", fmt.Sprintf(". %d:%d(0) ack %d", 101+100*i, 101+100*i, 101+100*i))
	}
	p.close()
	p.want("the last one sends FIN", "F. 201:201(0) ack 201")
	p.wantReady("and gives up both directions", "established, read closed, write closed")
	p.refuses("no reference is left", ErrReferences, func() error { return p.c.Close(p.now) })
	p.refuses("none to be had again", ErrReferences, p.c.Retain)
}

// S9: shutdown acts at once, whatever the number of references.
func TestS9_ShutdownActsOnAll(t *testing.T) {
	p := established(t, Config{})
	p.retain()
	p.retain()
	p.closeWrite()
	p.want("FIN although three hold it", "F. 1:1(0) ack 1")
	p.refuses("broken pipe for the others", ErrClosing, func() error { return p.c.Send(p.now, 1) })
	p.in("P. 1:101(100) ack 2")
	p.wantReady("receiving goes on", "established, readable, write closed")
	p.receive(100)
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("receiving goes on", ". 2:2(0) ack 101")
	p.closeRead()
	p.wantIdle("CloseRead has no effect on the wire")
	p.in("P. 101:201(100) ack 2")
	p.want("data that nobody can receive is reset", "R 2:2(0)")
	p.wantClosed("for all holders", ErrAborted)

	p = established(t, Config{})
	p.closeRead()
	p.in("P. 1:101(100) ack 1")
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("CloseRead alone: data is acknowledged as ever", ". 1:1(0) ack 101")
	p.wantReady("and can be read", "established, readable, writable, read closed")
	p.receive(100)
}

// S10: what cannot be delivered is told by RST.
func TestS10_ResetInsteadOfFIN(t *testing.T) {
	t.Run("a FIN ahead of missing data is kept, and the RST follows with the data", func(t *testing.T) {
		for _, s := range []State{StateFinWait1, StateFinWait2} {
			p := connAt(t, Config{}, s, (*peer).close)
			ack := p.c.snd.una.Sub(p.iss)
			p.in(fmt.Sprintf("F. 101:101(0) ack %d", ack))
			p.want("kept", ". 2:2(0) ack 1 <sack 101:102>")
			p.wantState("kept", s)
			p.in(fmt.Sprintf("P. 1:101(100) ack %d", ack))
			p.want("the data", fmt.Sprintf("R %d:%d(0)", ack, ack))
			p.wantClosed("the data", ErrAborted)
		}
	})
	t.Run("ResetOnEarlyFIN", func(t *testing.T) {
		for _, cfg := range []Config{{ResetOnEarlyFIN: true}, Linux()} {
			p := connAt(t, cfg, StateFinWait1, (*peer).close)
			p.in("F. 101:101(0) ack 1")
			p.want("RST at once", "R 1:1(0)")
			p.wantClosed("at once", ErrAborted)
		}
	})
	t.Run("after Close from CLOSE-WAIT late data is ignored", func(t *testing.T) {
		p := connAt(t, Config{}, StateLastAck, (*peer).close)
		p.in("P. 2:102(100) ack 1")
		p.wantVerdict("beyond the FIN", DroppedAfterFIN)
		p.wantState("the close goes on", StateLastAck)
	})
	t.Run("linger n", func(t *testing.T) {
		p := established(t, Config{})
		p.linger(5)
		p.close()
		p.want("FIN", "F. 1:1(0) ack 1")
		p.wantReady("Close has not finished", "established, lingering, read closed, write closed")
		p.wantTimers("its end is a deadline", "retransmit 300ms, linger 5s")
		p.in(". 1:1(0) ack 2")
		p.wantReady("the FIN is acknowledged: Close has finished", "established, read closed, write closed")
		p.wantTimers("now it is an orphan", "FIN-WAIT-2 1m0s")
	})
	t.Run("linger n, not acknowledged", func(t *testing.T) {
		p := established(t, Config{OrphanRetries: 2, RTOInitial: time.Second})
		p.linger(1)
		p.close()
		p.want("FIN", "F. 1:1(0) ack 1")
		p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
		p.want("FIN again", "F. 1:1(0) ack 1")
		p.advanceToDeadline(TimerRetransmit, 600*time.Millisecond)
		p.want("FIN again", "F. 1:1(0) ack 1")
		p.advanceToDeadline(TimerLinger, 100*time.Millisecond)
		p.wantIdle("on expiry nothing is sent")
		p.wantReady("an orphan from now on", "established, read closed, write closed")
		p.wantState("the close goes on", StateFinWait1)
		p.advanceToDeadline(TimerRetransmit, 1100*time.Millisecond)
		p.wantIdle("two retransmissions are the limit of an orphan")
		p.wantClosed("at the limit", ErrTimeout)
	})
}

// S11: three segments close a connection.
func TestS11_ThreeSegmentClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.DelayFINAck = On
		e := openEnds(t, cfg)
		e.do(e.c[endA].Close(e.now))
		e.passes(51 * time.Millisecond) // the program needs 1 ms; a fresh connection of Linux waits 4
		e.wantStates("the acknowledgment of the FIN waits", StateFinWait1, StateCloseWait)
		e.do(e.c[endB].Close(e.now))
		e.passes(time.Second)
		e.wantTalk("FIN, FIN with ACK, ACK", `
			0s    A F. 1:1(0) ack 1
			51ms  B F. 1:1(0) ack 2
			101ms A . 2:2(0) ack 2`)
		e.wantStates("the same ending", StateTimeWait, StateClosed)
	})
	t.Run("DelayFINAck off", func(t *testing.T) {
		e := openEnds(t, Config{DelayFINAck: Off})
		e.do(e.c[endA].Close(e.now))
		e.passes(55 * time.Millisecond)
		e.do(e.c[endB].Close(e.now))
		e.passes(time.Second)
		e.wantTalk("four segments", `
			0s    A F. 1:1(0) ack 1
			50ms  B . 1:1(0) ack 2
			55ms  B F. 1:1(0) ack 2
			105ms A . 2:2(0) ack 2`)
	})
}

// S5: the second FIN is lost again and again.
func TestS5_SecondFINLost(t *testing.T) {
	e := openEnds(t, Config{OrphanRetries: 4})
	e.do(e.c[endA].Close(e.now))
	e.passes(time.Second)
	e.wantStates("half closed", StateFinWait2, StateCloseWait)
	e.mark()
	e.lose = func(from int, seg *Segment) bool { return from == endB }
	e.do(e.c[endB].Close(e.now))
	e.passes(2 * time.Minute)
	e.wantTalk("LAST-ACK repeats its FIN", `
		0s    B F. 1:1(0) ack 2 lost
		300ms B F. 1:1(0) ack 2 lost
		900ms B F. 1:1(0) ack 2 lost
		2.1s  B F. 1:1(0) ack 2 lost
		4.5s  B F. 1:1(0) ack 2 lost`)
	e.wantStates("both are gone", StateClosed, StateClosed)
	e.wantErr("given up at the limit", endB, &Error{Kind: KindTimeout, State: StateLastAck})
	e.wantErr("left FIN-WAIT-2 by its timeout", endA, nil)
	e.wantCounters("the limit", endB, "Timeouts 4, Retransmits 4, FINRetransmits 4")
}

// S21: simultaneous close through CLOSING. Every other edge is in states_test.go.
func TestS21_SimultaneousClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		e := openEnds(t, cfg)
		var edges [2][]string
		for i, c := range e.c {
			c.SetTrace(&Trace{Transition: func(_ Time, _, to State, cause Cause) {
				edges[i] = append(edges[i], fmt.Sprintf("%v (%v)", to, cause))
			}})
		}
		e.do(e.c[endA].Close(e.now))
		e.passes(25 * time.Millisecond)
		e.do(e.c[endB].Close(e.now))
		e.passes(time.Second)
		e.wantTalk("FINs cross", `
			0s   A F. 1:1(0) ack 1
			25ms B F. 1:1(0) ack 1
			50ms B . 2:2(0) ack 2
			75ms A . 2:2(0) ack 2`)
		e.wantStates("both were active", StateTimeWait, StateTimeWait)
		e.passes(5 * time.Minute)
		for i := range edges {
			if got := fmt.Sprint(edges[i]); got != "[FIN-WAIT-1 (close) CLOSING (FIN) TIME-WAIT (ACK) CLOSED (timeout)]" {
				t.Errorf("%c went %s", 'A'+i, got)
			}
		}
	})
}
