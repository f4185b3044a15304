package tcp

import (
	"fmt"
	"testing"
	"time"
)

// inTimeWait is a connection in TIME-WAIT that no program holds: our numbers and the
// peer's stand at 2.
func inTimeWait(t *testing.T, cfg Config) *peer {
	t.Helper()
	return connAt(t, cfg, StateTimeWait, (*peer).close)
}

// S6, T40: a FIN again is acknowledged again, and 2·MSL begins anew.
func TestT40_FINAgainInTimeWait(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := inTimeWait(t, cfg)
		first := p.last
		p.passes("nothing happens", 10*time.Second)
		before := p.c.Deadline()
		p.in("F. 1:1(0) ack 2")
		p.wantVerdict("the last ACK was lost", ReackedFIN)
		p.want("the last ACK again", ". 2:2(0) ack 2")
		if p.last.Seq != first.Seq || p.last.Ack != first.Ack || p.last.Window != first.Window {
			p.fail("it differs from the first: %s", p.show(&first))
		}
		p.wantState("it stays", StateTimeWait)
		p.wantCounters("counted", "FINsReacked 1, TimeWaitRestarts 1")
		if p.c.cfg.tick == 0 {
			p.wantTimers("2·MSL anew", fmt.Sprintf("TIME-WAIT %v", 2*p.c.cfg.MSL))
		} else if got := p.c.Deadline().Sub(before); got < 8*time.Second || got > 12*time.Second {
			p.fail("2·MSL was moved by %v, want 10s in slots of 2s", got)
		}
	})
}

func TestT41_FINAgainAfterTimeWait(t *testing.T) {
	p := inTimeWait(t, Config{})
	p.advanceToDeadline(TimerTimeWait, time.Minute)
	p.in("F. 1:1(0) ack 2")
	p.wantVerdict("there is no connection any more", ResetClosed)
	p.want("RST", "R 2:2(0)")
	p.wantClosed("and still", nil)

	// The other side ends by it.
	e := openEnds(t, Config{MSL: time.Second})
	e.do(e.c[endA].Close(e.now))
	e.passes(time.Second)
	e.lose = func(from int, seg *Segment) bool { return from == endA && isACK(seg) }
	e.do(e.c[endB].Close(e.now))
	e.passes(time.Minute)
	e.wantStates("both are gone", StateClosed, StateClosed)
	e.wantErr("closed by a reset", endB, &Error{Kind: KindReset, State: StateLastAck})
}

// S6, T49: every last ACK is lost k times, then one passes.
func TestT49_LastACKLostAgainAndAgain(t *testing.T) {
	const k = 3
	e := openEnds(t, Config{})
	e.do(e.c[endA].Close(e.now))
	e.passes(time.Second)
	e.do(e.c[endB].Close(e.now))
	e.mark()
	e.lose = loseFirst(k, endA, isACK)
	e.passes(30 * time.Second)
	e.wantTalk("a FIN draws each ACK", `
		0s     B F. 1:1(0) ack 2
		50ms   A .  2:2(0) ack 2 lost
		300ms  B F. 1:1(0) ack 2
		350ms  A .  2:2(0) ack 2 lost
		900ms  B F. 1:1(0) ack 2
		950ms  A .  2:2(0) ack 2 lost
		2.1s   B F. 1:1(0) ack 2
		2.15s  A .  2:2(0) ack 2`)
	e.wantStates("the fourth arrives", StateTimeWait, StateClosed)
	e.wantErr("a clean close", endB, nil)
	e.wantCounters("each restarted 2·MSL", endA, "FINsReacked 3, TimeWaitRestarts 3")
	if got, want := e.c[endA].Deadline(), e.start.Add(2150*time.Millisecond+time.Minute); got != want {
		e.fail("2·MSL ends at %v, want %v", got.Sub(e.start), want.Sub(e.start))
	}
}

func TestS6_LastACKLost(t *testing.T) {
	t.Run("once", func(t *testing.T) {
		e := openEnds(t, Config{})
		e.do(e.c[endA].Close(e.now))
		e.passes(time.Second)
		e.do(e.c[endB].Close(e.now))
		e.lose = loseFirst(1, endA, isACK)
		e.passes(2 * time.Minute)
		e.wantStates("both end", StateClosed, StateClosed)
		e.wantErr("cleanly", endB, nil)
		e.wantCounters("the FIN drew the ACK again", endA, "FINsReacked 1, TimeWaitRestarts 1")
	})
	t.Run("always", func(t *testing.T) {
		e := openEnds(t, Config{OrphanRetries: 2})
		e.do(e.c[endA].Close(e.now))
		e.passes(time.Second)
		e.do(e.c[endB].Close(e.now))
		e.mark()
		e.lose = func(from int, seg *Segment) bool { return from == endA }
		e.passes(2 * time.Minute)
		e.wantTalk("LAST-ACK gives up at its limit", `
			0s     B F. 1:1(0) ack 2
			50ms   A .  2:2(0) ack 2 lost
			300ms  B F. 1:1(0) ack 2
			350ms  A .  2:2(0) ack 2 lost
			900ms  B F. 1:1(0) ack 2
			950ms  A .  2:2(0) ack 2 lost`)
		e.wantStates("both end", StateClosed, StateClosed)
		e.wantErr("the peer is silent", endB, ErrTimeout)
		e.wantErr("nothing is missing here", endA, nil)
		e.wantCounters("two FINs more", endA, "FINsReacked 2, TimeWaitRestarts 2")
	})
}

// G. TIME-WAIT: duplicates, assassination, reuse.

// S16, T76.
func TestS16_RSTInTimeWait(t *testing.T) {
	for _, rst := range []string{"R 2:2(0)", "R. 2:2(0) ack 2", "R. 2:2(0) ack 77", "RP 2:5(3)"} {
		for _, preset := range []Config{{}, Linux(), RFC9293()} {
			p := inTimeWait(t, preset)
			p.in(rst)
			p.wantVerdict("RST exactly at RCV.NXT", Gone)
			p.wantIdle("a RST is never answered")
			p.wantClosed("RFC1337 off: closed", ErrReset)

			preset.RFC1337 = true
			p = inTimeWait(t, preset)
			p.passes("later", time.Second)
			due := p.c.Deadline()
			p.in(rst)
			p.wantVerdict("T76: RFC1337 on", DroppedTimeWaitRST)
			p.wantState("T76: it stays", StateTimeWait)
			if p.c.Deadline() != due {
				p.fail("T76: the RST moved 2·MSL")
			}
		}
	}
	for _, rst := range []string{"R 1:1(0)", "R 3:3(0)", "R. 3:3(0) ack 2", "R 70000:70000(0)", "RF 1:1(0)"} {
		eachPreset(t, func(t *testing.T, cfg Config) {
			p := inTimeWait(t, cfg)
			due := p.c.Deadline()
			p.in(rst)
			p.wantVerdict("any other RST is dropped", DroppedTimeWaitRST)
			p.wantState("it stays", StateTimeWait)
			if p.c.Deadline() != due {
				p.fail("the RST moved 2·MSL")
			}
		})
	}
}

func TestT76_RSTInTimeWaitWithRFC1337(t *testing.T) {
	p := inTimeWait(t, Config{RFC1337: true})
	p.in("R 2:2(0)")
	p.wantIdle("ignored: RFC 1337 F1")
	p.wantState("ignored", StateTimeWait)
	p.wantTimers("unchanged", "TIME-WAIT 1m0s")
	p.wantErr("it has not ended", nil)
}

// T77: an old duplicate draws an ACK, and the peer, who has no state, answers RST.
func TestT77_AssassinationOfTimeWait(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		ends State
	}{{"RFC1337 off: the hazard", Config{}, StateClosed}, {"RFC1337 on", Config{RFC1337: true}, StateTimeWait}} {
		t.Run(tt.name, func(t *testing.T) {
			p := inTimeWait(t, tt.cfg)
			gone, err := New(nil)
			if err != nil {
				t.Fatal(err)
			}
			p.passes("later", 10*time.Second)
			p.in("P. 0:1(1) ack 1")
			p.wantVerdict("an old duplicate", ReackedOld)
			var ack, rst Segment
			p.c.Next(&ack)
			if ack.Flags != ACK || ack.Seq != p.iss+2 || ack.Ack != p.irs+2 {
				p.fail("it answers %s", p.show(&ack))
			}
			if !Reject(gone, &ack, &rst) || rst.Seq != p.irs+2 || rst.Flags != RST {
				p.fail("the peer answers %v", rst)
			}
			p.wantTimers("2·MSL goes on", "TIME-WAIT 50s")
			p.v = p.c.Arrive(p.now, &rst)
			p.wantState("the RST", tt.ends)
		})
	}
}

func TestT78_OldSegmentsInTimeWait(t *testing.T) {
	for _, tt := range []struct{ name, in string }{
		{"old text", "P. 0:1(1) ack 2"},
		{"an old acknowledgment", ". 1:1(0) ack 2"},
		{"text beyond the window", "P. 100000:100001(1) ack 2"},
		{"text in the window", "P. 2:3(1) ack 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, cfg := range []Config{{}, RFC9293()} {
				p := inTimeWait(t, cfg)
				p.passes("later", 10*time.Second)
				due := p.c.Deadline()
				p.in(tt.in)
				p.wantVerdict("old", ReackedOld)
				p.want("acknowledged", ". 2:2(0) ack 2")
				p.wantState("it stays", StateTimeWait)
				if p.c.Deadline() != due {
					p.fail("2·MSL was restarted: P-4")
				}
			}
			p := inTimeWait(t, Linux())
			p.passes("later", 10*time.Second)
			p.in(tt.in)
			p.want("acknowledged", ". 2:2(0) ack 2")
			p.wantCounters("Linux restarts on any ACK", "TimeWaitRestarts 1")
		})
	}
	t.Run("throttled", func(t *testing.T) {
		p := inTimeWait(t, Config{})
		p.in(". 1:1(0) ack 2")
		p.want("the first", ". 2:2(0) ack 2")
		p.after(499 * time.Millisecond)
		p.in(". 1:1(0) ack 2")
		p.wantVerdict("one in 500 ms", DroppedThrottled)
		p.wantCounters("counted", "ChallengesSuppressed 1")
		p.in("P. 0:1(1) ack 2")
		p.want("an answer to text is never throttled", ". 2:2(0) ack 2")
		p.after(time.Millisecond)
		p.in(". 1:1(0) ack 2")
		p.want("later again", ". 2:2(0) ack 2")
	})
}

func TestT79_AcceptableACKInTimeWait(t *testing.T) {
	for _, cfg := range []Config{{}, RFC9293()} {
		p := inTimeWait(t, cfg)
		p.passes("later", time.Second)
		due := p.c.Deadline()
		p.in(". 2:2(0) ack 2")
		p.wantVerdict("nothing to say", DroppedTimeWait)
		p.wantState("it stays", StateTimeWait)
		if p.c.Deadline() != due {
			p.fail("2·MSL was restarted: P-4")
		}
	}
	p := inTimeWait(t, Linux())
	p.passes("later", 10*time.Second)
	p.in(". 2:2(0) ack 2")
	p.wantVerdict("Linux restarts", RestartedTimeWait)
	p.wantCounters("Linux restarts", "TimeWaitRestarts 1")
}

// S14: which SYN ends TIME-WAIT, by the three rules. T80 to T85 are the rows of the
// table of RFC 6191.
func TestS14_SYNInTimeWait(t *testing.T) {
	const (
		reopens = "reopens"
		acked   = "acked"
		silent  = "silent"
	)
	for _, tt := range []struct {
		name                   string
		oldTS                  bool
		ts                     string // of the SYN: "" none; else compared with the last one
		seq                    int    // RCV.NXT is 2, the peer's FIN was 1
		strict, linux, rfc6191 string
	}{
		{"T80 newer timestamp, number of the FIN", true, "newer", 1, acked, reopens, reopens},
		{"T80 newer timestamp, at RCV.NXT", true, "newer", 2, acked, reopens, reopens},
		{"T80 newer timestamp, above RCV.NXT", true, "newer", 3, reopens, reopens, reopens},
		{"T80 newer timestamp, far below", true, "newer", -100000, acked, reopens, reopens},
		{"T81 equal timestamp, at RCV.NXT", true, "equal", 2, acked, acked, reopens},
		{"T81 equal timestamp, above RCV.NXT", true, "equal", 3, acked, reopens, reopens},
		{"T82 equal timestamp, number of the FIN", true, "equal", 1, acked, acked, silent},
		{"T82 older timestamp, number of the FIN", true, "older", 1, acked, acked, silent},
		{"T82 older timestamp, above RCV.NXT", true, "older", 3, acked, acked, silent},
		{"T83 no timestamp, at RCV.NXT", true, "", 2, acked, acked, reopens},
		{"T83 no timestamp, above RCV.NXT", true, "", 3, reopens, reopens, reopens},
		{"T83 never a timestamp, at RCV.NXT", false, "", 2, acked, acked, reopens},
		{"T83 never a timestamp, above RCV.NXT", false, "", 3, reopens, reopens, reopens},
		{"T84 no timestamp, number of the FIN", true, "", 1, acked, acked, silent},
		{"T84 never a timestamp, number of the FIN", false, "", 1, acked, acked, silent},
		{"T84 never a timestamp, far below", false, "", -100000, acked, acked, silent},
		{"T85 the first timestamp, number of the FIN", false, "newer", 1, acked, acked, reopens},
		{"T85 the first timestamp, above RCV.NXT", false, "newer", 3, reopens, reopens, reopens},
	} {
		for _, rule := range []struct {
			name string
			rule TimeWaitSYN
			want string
		}{{"Strict", SYNStrict, tt.strict}, {"Linux", SYNLinux, tt.linux}, {"RFC6191", SYNRFC6191, tt.rfc6191}} {
			t.Run(tt.name+"/"+rule.name, func(t *testing.T) {
				p := newPeer(t, Config{TimeWaitSYN: rule.rule})
				p.ts = tt.oldTS
				p.establish()
				p.reach(StateTimeWait, (*peer).close)
				p.c.SetReopen(true)
				p.passes("later", 10*time.Second)
				recent := p.c.ts.recent
				text := fmt.Sprintf("S %d:%d(0) nots <mss 1000", tt.seq, tt.seq)
				if tt.ts != "" {
					val := recent + map[string]uint32{"newer": 1, "equal": 0, "older": ^uint32(0)}[tt.ts]
					text += fmt.Sprintf(",TS val %d ecr 0", val)
				}
				text += ">"
				seg := p.segment(text)
				tw, ok := p.c.TimeWait()
				if !ok {
					p.fail("there is no TimeWait")
				}
				// The value alone decides alike; without a listener nothing reopens.
				alone := tw
				var reply Segment
				decision, sent := alone.Arrive(p.now, &seg, true, &reply)
				if sent != (rule.want == acked) {
					p.fail("the TimeWait alone says %q and answers: %v", decision, sent)
				}
				v, sent := tw.Arrive(p.now, &seg, false, &reply)
				if sent != (rule.want != silent) || v == Reopen {
					p.fail("without a listener it says %q and answers: %v", v, sent)
				}
				due := p.c.Deadline()
				p.in(text)
				p.wantVerdict("as the TimeWait alone", decision)
				p.ts = tt.ts != ""
				checkSYN(p, tt.seq, rule.want, due)
			})
		}
	}
}

// checkSYN demands what becomes of a SYN in TIME-WAIT.
func checkSYN(p *peer, seq int, want string, due Time) {
	p.t.Helper()
	switch want {
	case "reopens":
		p.wantVerdict("2·MSL is skipped", Reopen)
		p.iss, p.irs = p.iss+2+65537, p.irs.Add(seq)
		p.want("SYN,ACK of the next incarnation", "S. 0:0(0) ack 1")
		p.wantState("on to SYN-RECEIVED", StateSynReceived)
		p.wantEdges("the edge", "TIME-WAIT → SYN-RECEIVED (SYN)")
		p.wantTimers("a timer of its own", "retransmit 1s")
		p.wantStatus("one reference", "References", 1)
		p.wantCounters("counters begin anew", "")
		p.after(rtt)
		p.in(". 1:1(0) ack 1")
		p.wantState("and to ESTABLISHED", StateEstablished)
	case "acked":
		p.wantVerdict("not legal", ReackedOld)
		p.want("the last ACK again", ". 2:2(0) ack 2")
		p.wantState("it stays", StateTimeWait)
		if p.c.Deadline() != due {
			p.fail("2·MSL was restarted")
		}
	case "silent":
		p.wantVerdict("not legal", DroppedTimeWaitSYN)
		p.wantState("it stays", StateTimeWait)
		if p.c.Deadline() != due {
			p.fail("2·MSL was restarted")
		}
	}
}

// A connection that a program still holds, or that has something unread, or that
// was not told to, does not reopen.
func TestReopenNeedsAnOrphan(t *testing.T) {
	for _, tt := range []struct {
		name  string
		setup func(*peer)
	}{
		{"a reference is left", func(p *peer) { p.reach(StateTimeWait, (*peer).closeWrite); p.c.SetReopen(true) }},
		{"not told to", func(p *peer) { p.reach(StateTimeWait, (*peer).close) }},
	} {
		p := newPeer(t, Config{})
		p.establish()
		tt.setup(p)
		p.in("S 1000:1000(0)")
		p.wantVerdict(tt.name, ReackedOld)
		p.want(tt.name, ". 2:2(0) ack 2")
		p.wantState(tt.name, StateTimeWait)
	}
}

// T86: the SYN that reopened was an old duplicate, and a RST says so: back to
// TIME-WAIT, with the old numbers and the old deadline.
func TestT86_ReopenedByAnOldDuplicate(t *testing.T) {
	p := inTimeWait(t, RFC9293())
	p.c.SetReopen(true)
	p.passes("later", 10*time.Second)
	due, recent := p.c.Deadline(), p.c.ts.recent
	iss, irs := p.iss, p.irs
	p.in("S 1000:1000(0) <mss 1460>")
	p.wantVerdict("it looks legal", Reopen)
	p.iss, p.irs = iss+2+65537, irs+1000
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	p.wantState("the next incarnation", StateSynReceived)
	p.after(time.Millisecond)
	p.in("R 1:1(0)")
	p.wantVerdict("the peer knows nothing of it", BackToTimeWait)
	p.iss, p.irs = iss, irs
	p.wantState("back", StateTimeWait)
	if p.c.Deadline() != due {
		p.fail("2·MSL ends at %v, want the old deadline %v", p.c.Deadline(), due)
	}
	if p.c.ts.recent != recent || !p.c.ts.on {
		p.fail("TS.Recent is %d, want %d", p.c.ts.recent, recent)
	}
	p.in("F. 1:1(0) ack 2")
	p.want("the old numbers", ". 2:2(0) ack 2")
	p.wantState("the old connection", StateTimeWait)

	// Linux and the default do not return.
	for _, cfg := range []Config{{}, Linux()} {
		p := inTimeWait(t, cfg)
		p.c.SetReopen(true)
		p.passes("later", 10*time.Second)
		p.in(fmt.Sprintf("S 1000:1000(0) <mss 1460,TS val %d ecr 0>", p.tsval()))
		p.iss, p.irs = p.iss+2+65537, p.irs+1000
		p.want("SYN,ACK", "S. 0:0(0) ack 1")
		p.in("R 1:1(0)")
		p.wantVerdict("as in any request", BackToListen)
		p.wantState("as in any request", StateListen)
	}
}

func TestT87_SYNACKInTimeWait(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := inTimeWait(t, cfg)
		p.c.SetReopen(true)
		p.in("S. 1000:1000(0) ack 2")
		p.want("SYN,ACK is acknowledged", ". 2:2(0) ack 2")
		p.wantState("it stays", StateTimeWait)
		p = inTimeWait(t, cfg)
		p.c.SetReopen(true)
		p.in("SR 1000:1000(0)")
		p.wantState("SYN with RST is nothing", StateTimeWait)
	})
}

func TestT88_SegmentAtTheInstantOf2MSL(t *testing.T) {
	p := inTimeWait(t, Config{})
	tw, _ := p.c.TimeWait()
	p.now = p.c.Deadline() - 1
	p.in("F. 1:1(0) ack 2")
	p.want("just before", ". 2:2(0) ack 2")

	p = inTimeWait(t, Config{})
	p.now = p.c.Deadline()
	p.in("F. 1:1(0) ack 2")
	p.wantVerdict("timers that are due come first", ResetClosed)
	p.want("as CLOSED", "R 2:2(0)")
	p.wantClosed("at that instant", nil)

	seg := p.segment("F. 1:1(0) ack 2")
	var reply Segment
	if v, sent := tw.Arrive(tw.Deadline(), &seg, true, &reply); v != ResetClosed || !sent || reply.Flags != RST || reply.Seq != p.iss+2 {
		t.Errorf("the TimeWait says %q, sends %v: %v", v, sent, reply)
	}
	rst := p.segment("R 2:2(0)")
	if v, sent := tw.Arrive(tw.Deadline(), &rst, true, &reply); v != DroppedClosed || sent {
		t.Errorf("to a RST the TimeWait says %q, sends %v", v, sent)
	}
}

// S15: the whole chain with two connections: an illegal SYN, the ACK that the new
// connection did not expect, its RST.
func TestS15_IllegalSYNInTimeWait(t *testing.T) {
	chain := func(t *testing.T, cfg Config) *ends {
		e := openEnds(t, cfg)
		e.do(e.c[endA].Close(e.now))
		e.passes(time.Second)
		e.do(e.c[endB].Close(e.now))
		e.passes(time.Second)
		e.wantStates("the first connection is over", StateTimeWait, StateClosed)
		e.c[endA].SetReopen(true)
		e.c[endB].Init(e.c[endB])
		e.do(e.c[endB].Open(e.now, testIRS-5000)) // below everything of before: the old 2 is the new 5002
		e.mark()
		e.passes(500 * time.Millisecond)
		return e
	}
	t.Run("RFC 1337 off", func(t *testing.T) {
		e := chain(t, Config{})
		e.wantTalk("SYN, ACK, RST", `
			0s    B S 0:0(0)
			50ms  A . 2:2(0) ack 2
			100ms B R 5002:5002(0)`)
		e.wantStates("TIME-WAIT is gone", StateClosed, StateSynSent)
		e.wantErr("by a RST", endA, &Error{Kind: KindReset, State: StateTimeWait})
		e.c[endA].Init(e.c[endA]) // the listener's next child
		e.do(e.c[endA].Listen(e.now, 1000))
		e.passes(2 * time.Second)
		e.wantStates("the SYN repeated is accepted", StateEstablished, StateEstablished)
	})
	t.Run("RFC 1337 on", func(t *testing.T) {
		e := chain(t, Config{RFC1337: true})
		e.wantStates("TIME-WAIT stays", StateTimeWait, StateSynSent)
		e.passes(3 * time.Second)
		e.wantTalk("again and again", `
			0s    B S 0:0(0)
			50ms  A . 2:2(0) ack 2
			100ms B R 5002:5002(0)
			1s    B S 0:0(0)
			1.05s A . 2:2(0) ack 2
			1.1s  B R 5002:5002(0)
			3s    B S 0:0(0)
			3.05s A . 2:2(0) ack 2
			3.1s  B R 5002:5002(0)`)
		e.wantStates("TIME-WAIT stays", StateTimeWait, StateSynSent)
		if got := e.c[endA].Deadline(); got != e.start.Add(time.Minute-950*time.Millisecond) {
			e.fail("2·MSL was restarted: it ends at %v", got.Sub(e.start))
		}
		e.passes(58 * time.Second)
		e.wantStates("until 2·MSL is over", StateClosed, StateSynSent)
		e.wantErr("undisturbed", endA, nil)
		e.c[endA].Init(e.c[endA])
		e.do(e.c[endA].Listen(e.now, 1000))
		e.passes(5 * time.Second)
		e.wantStates("then the SYN is accepted", StateEstablished, StateEstablished)
	})
}

// TimeWait as a value: the same verdict and the same answer as the connection, in
// every preset, for every kind of segment.
func TestTimeWaitAloneAnswersAsTheConnection(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, state := range []State{StateTimeWait, StateFinWait2} {
			for _, flags := range []string{"none", ".", "F.", "F", "S", "S.", "R", "R.", "P.", "FP.", "SF", "SR"} {
				for _, seq := range []int{-70000, 0, 1, 2, 3, 70000} {
					for _, ack := range []int{-70000, 1, 2, 3} {
						p := connAt(t, cfg, state, (*peer).close)
						tw, ok := p.c.TimeWait()
						if !ok {
							if state == StateTimeWait || p.c.cfg.FinWait2TimeWait {
								p.fail("there is no TimeWait in %v", state)
							}
							continue
						}
						n := 0
						if flags == "P." || flags == "FP." {
							n = 10
						}
						text := fmt.Sprintf("%s %d:%d(%d)", flags, seq, seq+n, n)
						if flags[len(flags)-1] == '.' {
							text += fmt.Sprintf(" ack %d", ack)
						}
						p.after(time.Second)
						seg := p.segment(text)
						compareTimeWait(p, tw, seg, text)
					}
				}
			}
		}
	})
}

func compareTimeWait(p *peer, tw TimeWait, seg Segment, text string) {
	p.t.Helper()
	reply := seg
	v, sent := tw.Arrive(p.now, &reply, false, &reply)
	if got := p.c.Arrive(p.now, &seg); got != v {
		p.fail("%s: the connection says %q, the TimeWait %q", text, got, v)
	}
	var own Segment
	if p.c.Next(&own) != sent {
		p.fail("%s: the connection sends %v, the TimeWait %v", text, !sent, sent)
	}
	if sent && own != reply {
		p.fail("%s: the connection sends %s, the TimeWait %s", text, p.show(&own), p.show(&reply))
	}
	if tw.State() != p.c.State() {
		p.fail("%s: the connection is in %v, the TimeWait in %v", text, p.c.State(), tw.State())
	}
	if tw.Deadline() != p.c.Deadline() {
		p.fail("%s: the connection's deadline is %v, the TimeWait's %v", text, p.c.Deadline(), tw.Deadline())
	}
}

// FIN-WAIT-2 after Close as Linux keeps it: linux-measured.md §2, column fw2c, where
// p is 1 and k is 2 and the window 64128 octets.
func TestFinWait2AsTimeWait(t *testing.T) {
	const (
		idle = ""
		ack  = ". 2:2(0) ack 1"
		ack2 = ". 2:2(0) ack 2"
	)
	for _, tt := range []struct {
		name, in, out string
		s             State
	}{
		{"rst_exact", "R 1:1(0)", idle, StateClosed},
		{"rst_ack_badack", "R. 1:1(0) ack 77", idle, StateClosed},
		{"rst_inwin", "R 101:101(0)", idle, StateClosed},
		{"rst_below", "R 0:0(0)", ack, StateFinWait2},
		{"rst_above", "R 70001:70001(0)", ack, StateFinWait2},
		{"syn_exact", "S 1:1(0)", "R. @0:@0(0) ack 2", StateClosed},
		{"syn_inwin", "S 101:101(0)", "R. @0:@0(0) ack 102", StateClosed},
		{"syn_below", "S 0:0(0)", ack, StateFinWait2},
		{"syn_far_below", "S -69999:-69999(0)", ack, StateFinWait2},
		{"syn_above", "S 70001:70001(0)", ack, StateFinWait2},
		{"synack", "S. 1:1(0) ack 2", "R 2:2(0)", StateClosed},
		{"synack_old", "S. 0:0(0) ack 1", ack, StateFinWait2},
		{"ack_una", ". 1:1(0) ack 1", idle, StateFinWait2},
		{"ack_all", ". 1:1(0) ack 2", idle, StateFinWait2},
		{"ack_ancient", ". 1:1(0) ack -200000", idle, StateFinWait2},
		{"ack_future", ". 1:1(0) ack 102", idle, StateFinWait2},
		{"data_exact", "P. 1:101(100) ack 1", "R 1:1(0)", StateClosed},
		{"data_ackall", "P. 1:101(100) ack 2", "R 2:2(0)", StateClosed},
		{"data_dup", "P. -19:1(20) ack 2", ack, StateFinWait2},
		{"data_overlap", "P. -49:51(100) ack 2", "R 2:2(0)", StateClosed},
		{"data_ooo", "P. 101:201(100) ack 2", "R 2:2(0)", StateClosed},
		{"data_above", "P. 70001:70101(100) ack 2", ack, StateFinWait2},
		{"data_noack", "P 1:101(100)", idle, StateFinWait2},
		{"fin_exact", "F. 1:1(0) ack 1", ack2, StateTimeWait},
		{"fin_ackall", "F. 1:1(0) ack 2", ack2, StateTimeWait},
		{"fin_dup", "F. 0:0(0) ack 2", ack, StateFinWait2},
		{"fin_ooo", "F. 101:101(0) ack 2", "R 2:2(0)", StateClosed},
		{"fin_data", "FP. 1:101(100) ack 2", "R 2:2(0)", StateClosed},
		{"fin_above", "F. 70001:70001(0) ack 2", ack, StateFinWait2},
		{"fin_noack", "F 1:1(0)", idle, StateFinWait2},
		{"fin_ackfuture", "F. 1:1(0) ack 102", ack2, StateTimeWait},
		{"null", "none 1:1(0)", idle, StateFinWait2},
		{"keepalive", ". 0:0(0) ack 2", ack, StateFinWait2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := connAt(t, plain(Linux()), StateFinWait2, (*peer).close)
			p.in(tt.in)
			if tt.out == idle {
				p.wantIdle("silence")
			} else {
				p.want("the answer", tt.out)
			}
			p.wantState("as measured", tt.s)
		})
	}
}

// A longer FIN-WAIT-2 of Linux has two phases: T−60 s as a whole connection, which
// challenges, and T−60 s again as a TimeWait, which does not.
func TestFinWait2InTwoPhases(t *testing.T) {
	cfg := plain(Linux())
	cfg.FinWait2Timeout = 70 * time.Second
	p := connAt(t, cfg, StateFinWait2, (*peer).close)
	if _, ok := p.c.TimeWait(); ok {
		p.fail("the first phase is a TimeWait already")
	}
	p.in("R 101:101(0)")
	p.want("a whole connection challenges", ". 2:2(0) ack 1")
	first := p.c.Deadline().Sub(p.now)
	if first < 10*time.Second || first > 11*time.Second {
		p.fail("the first phase lasts %v, want 10s in slots", first)
	}
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.wantState("the second phase", StateFinWait2)
	if _, ok := p.c.TimeWait(); !ok {
		p.fail("the second phase is no TimeWait")
	}
	second := p.c.Deadline().Sub(p.now)
	if second < 10*time.Second || second > 11*time.Second {
		p.fail("the second phase lasts %v, want 10s in slots", second)
	}
	p.in("R 101:101(0)")
	p.wantClosed("a TimeWait goes", ErrReset)
}

func TestTimeWaitZeroValue(t *testing.T) {
	var tw TimeWait
	if tw.State() != StateClosed || tw.Deadline() != Never {
		t.Errorf("the zero TimeWait is in %v until %v", tw.State(), tw.Deadline())
	}
	seg, reply := Segment{SrcPort: 1, DstPort: 2, Seq: 7, Ack: 9, Flags: FIN | ACK}, Segment{}
	if v, sent := tw.Arrive(0, &seg, true, &reply); v != ResetClosed || !sent || reply != (Segment{SrcPort: 2, DstPort: 1, Seq: 9, Flags: RST}) {
		t.Errorf("it says %q, sends %v: %v", v, sent, reply)
	}
	for _, bad := range []*Segment{nil, {Len: -1}, {Len: 1 << 30}} {
		if v, sent := tw.Arrive(0, bad, true, &reply); v != DroppedInvalid || sent {
			t.Errorf("to %v it says %q", bad, v)
		}
	}
	if v, sent := tw.Arrive(0, &seg, true, nil); v != DroppedInvalid || sent {
		t.Errorf("without room for an answer it says %q", v)
	}
	if v, sent := tw.Arrive(Never, &seg, true, &reply); v != DroppedTime || sent {
		t.Errorf("at Never it says %q", v)
	}
}

// S19: a host without connection and listener.
func TestReject(t *testing.T) {
	like, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		in   Segment
		want Segment
		ok   bool
	}{
		{"ACK", Segment{SrcPort: 1, DstPort: 2, Seq: 5, Ack: 9, Flags: ACK}, Segment{SrcPort: 2, DstPort: 1, Seq: 9, Flags: RST}, true},
		{"SYN", Segment{SrcPort: 1, DstPort: 2, Seq: 5, Flags: SYN}, Segment{SrcPort: 2, DstPort: 1, Ack: 6, Flags: RST | ACK}, true},
		{"text and FIN", Segment{SrcPort: 1, DstPort: 2, Seq: 5, Flags: FIN, Len: 10}, Segment{SrcPort: 2, DstPort: 1, Ack: 16, Flags: RST | ACK}, true},
		{"RST", Segment{Flags: RST}, Segment{}, false},
		{"RST,ACK", Segment{Flags: RST | ACK, Ack: 1}, Segment{}, false},
	} {
		var got Segment
		if ok := Reject(like, &tt.in, &got); ok != tt.ok || got != tt.want {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, ok, got, tt.ok, tt.want)
		}
		in := tt.in
		if ok := Reject(like, &in, &in); ok && in != tt.want {
			t.Errorf("%s: with one segment for both: %v", tt.name, in)
		}
	}
	if Reject(like, nil, &Segment{}) || Reject(like, &Segment{}, nil) {
		t.Error("nil is answered")
	}
}
