package tcp

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// Rules at their edges: what a mechanically changed operator would break without
// any story noticing. docs/teeth.md has the measurement.

func TestKeepAliveOnlyWhereSomethingIsAlive(t *testing.T) {
	demand := func(p *peer) {
		t.Helper()
		p.do("SetKeepAlive", p.c.SetKeepAlive(p.now, true))
		if p.c.running(TimerKeepAlive) {
			p.fail("%v has a keepalive timer", p.c.State())
		}
	}
	p := newPeer(t, Config{})
	demand(p)
	p.open()
	demand(p)
	p = newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	demand(p)
	p = newPeer(t, Config{})
	p.listen()
	demand(p)
	demand(connAt(t, Config{}, StateTimeWait, (*peer).close))
	demand(connAt(t, Config{}, StateFinWait2, (*peer).close)) // its own timer runs
}

// With UserTimeoutStart FromRetransmission the user timeout takes the place of the
// count: at least one probe is sent, and the timeout is over when it is reached.
func TestUserTimeoutInPlaceOfKeepAliveCount(t *testing.T) {
	for _, tt := range []struct {
		timeout time.Duration
		probes  int
	}{{5 * time.Second, 1}, {12 * time.Second, 2}, {12*time.Second + 1, 3}} {
		cfg := kept()
		cfg.KeepAliveReset, cfg.UserTimeoutStart, cfg.UserTimeout = Off, FromRetransmission, tt.timeout
		p := connAt(t, cfg, StateEstablished, nil)
		p.advanceToDeadline(TimerKeepAlive, 10*time.Second)
		p.wantProbe("idle long enough")
		for range tt.probes - 1 {
			p.advanceToDeadline(TimerKeepAlive, time.Second)
			p.wantProbe("the timeout is not over")
		}
		p.advanceToDeadline(TimerKeepAlive, time.Second)
		p.wantClosed("the timeout is over", ErrKeepAlive)
	}
}

func TestUnansweredKeepAliveProbesStopAt255(t *testing.T) {
	cfg := kept()
	cfg.UserTimeoutStart, cfg.UserTimeout = FromRetransmission, time.Hour
	p := connAt(t, cfg, StateEstablished, nil)
	p.advanceToDeadline(TimerKeepAlive, 10*time.Second)
	for i := range 258 {
		p.wantProbe("unanswered")
		p.wantStatus("the count saturates", "KeepAliveProbes", min(i+1, 255))
		p.advanceToDeadline(TimerKeepAlive, time.Second)
	}
	p.wantProbe("unanswered")
}

// Linux checks the echo of a request only where timestamps were agreed on.
func TestEchoCountsOnlyWithTimestamps(t *testing.T) {
	cfg := Linux()
	cfg.Timestamps = Off
	p := newPeer(t, cfg)
	p.listen()
	p.in(". 1:1(0) ack 1 <TS val 1 ecr 0x80000001>")
	p.wantVerdict("no timestamps were agreed on", Accepted)
	p.wantState("the handshake", StateEstablished)
}

// Linux measures the round trip of a simultaneous open from its SYN,ACK on; by Karn's
// rule the SYN,ACK repeats the SYN and measures nothing.
func TestRoundTripOfASimultaneousOpen(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		srtt time.Duration
	}{{Linux(), rtt}, {Config{}, 0}, {RFC9293(), 0}} {
		p := newPeer(t, plain(tt.cfg))
		p.open()
		p.after(2 * rtt)
		p.in("S 0:0(0) <mss 1460>")
		p.want("crossing SYNs", "S. 0:0(0) ack 1")
		p.after(rtt)
		p.in(". 1:1(0) ack 1")
		p.wantState("open", StateEstablished)
		p.wantStatus("since the SYN,ACK", "SRTT", tt.srtt)
	}
}

// Karn: a SYN,ACK that was sent again measures nothing.
func TestSYNACKAgainMeasuresNothing(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := newPeer(t, plain(cfg))
		p.listen()
		p.after(rtt)
		p.in("S 0:0(0)" + p.synOptions())
		p.want("a SYN again", "S. 0:0(0) ack 1")
		p.after(rtt / 2)
		p.in(". 1:1(0) ack 1")
		p.wantState("open", StateEstablished)
		p.wantStatus("either SYN,ACK may be meant", "SRTT", time.Duration(0))
	})
}

func TestTimestampsNotAgreedOnAreNotKept(t *testing.T) {
	p := newPeer(t, Config{Timestamps: Off})
	p.establish()
	p.in(". 1:1(0) ack 1 <TS val 7 ecr 9>")
	if p.c.ts.recent != 0 {
		p.fail("TS.Recent is %d", p.c.ts.recent)
	}
}

// Config.DuplicateSACK Off: no duplicate is reported, wherever it lies.
func TestNoDSACKWhenSwitchedOff(t *testing.T) {
	blocks := func(sw Switch) (out []int) {
		p := newPeer(t, Config{DuplicateSACK: sw, SACK: On, Timestamps: Off})
		p.establish()
		take := func(in string) {
			p.in(in)
			if p.c.running(TimerDelayedACK) && !p.c.pending() {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
			}
			var seg Segment
			for p.c.Next(&seg) {
				out = append(out, int(seg.Options.NumSACK))
			}
		}
		take("P. 1:11(10) ack 1")
		take("P. 1:11(10) ack 1")   // below RCV.NXT
		take("P. 21:31(10) ack 1")  // beyond a gap
		take("P. 21:31(10) ack 1")  // held
		take("P. 11:31(20) ack 1")  // fills the gap, part of it held
		take("P. 41:51(10) ack 1")  // no duplicate
		take("FP. 31:51(20) ack 1") // to the end, part of it held
		return out
	}
	if got, want := fmt.Sprint(blocks(Off)), "[0 0 1 1 0 1 0]"; got != want {
		t.Errorf("blocks sent without D-SACK: %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(blocks(On)), "[0 1 1 2 1 1 1]"; got != want {
		t.Errorf("blocks sent with D-SACK: %s, want %s", got, want)
	}
}

// Counters.FINsReacked counts repeated FINs and nothing else.
func TestFINsReackedCountsFINs(t *testing.T) {
	p := newPeer(t, Config{})
	p.establish()
	p.in("P. 1:11(10) ack 1")
	p.advanceToDeadline(TimerDelayedACK, p.c.Deadline().Sub(p.now))
	p.want("text", ". 1:1(0) ack 11")
	p.in("F. 5:10(5) ack 1") // ends where nothing has been received of a FIN
	p.want("old", ". 1:1(0) ack 11")
	p.in("P. 10:11(1) ack 1")
	p.want("a keepalive probe with an octet", ". 1:1(0) ack 11")
	p.wantCounters("no FIN came", "")
	p.in("FP. 11:21(10) ack 1")
	if !p.c.pending() {
		p.advanceToDeadline(TimerDelayedACK, p.c.Deadline().Sub(p.now))
	}
	p.want("the FIN", ". 1:1(0) ack 22")
	p.in("P. 21:22(1) ack 1")
	p.want("a probe in the FIN's place", ". 1:1(0) ack 22")
	p.wantCounters("it is no FIN", "")
	p.in("FP. 11:21(10) ack 1")
	p.want("the FIN again, with its text", ". 1:1(0) ack 22")
	p.wantCounters("a FIN", "FINsReacked 1")
}

// MAY-2: back in TIME-WAIT every number and the window are what they were.
func TestBackToTimeWaitRestoresTheNumbers(t *testing.T) {
	cfg := RFC9293()
	cfg.WindowScale, cfg.ReceiveBuffer = On, 1<<20
	p := inTimeWait(t, cfg)
	p.c.SetReopen(true)
	due := p.c.Deadline()
	numbers := func() string {
		s := p.c.Status()
		return fmt.Sprint(s.ISS, s.SndUna, s.SndNxt, s.SndEnd, s.RcvNxt, s.ReceiveWindow>>p.c.rcv.shift, p.c.SendOffset(s.SndNxt), p.c.Ready())
	}
	want := numbers()
	back := func(at Time) {
		t.Helper()
		iss, irs := p.iss, p.irs
		p.in("S 1000:1000(0) <mss 1460>")
		p.wantVerdict("it looks legal", Reopen)
		p.iss, p.irs = iss+2+65537, irs+1000
		p.want("SYN,ACK", "S. 0:0(0) ack 1")
		p.now = at
		p.in("R 1:1(0)")
		p.wantVerdict("an old duplicate", BackToTimeWait)
		p.iss, p.irs = iss, irs
	}
	p.after(time.Second)
	back(p.now.Add(time.Millisecond))
	p.wantState("2·MSL is not over", StateTimeWait)
	if got := numbers(); got != want {
		p.fail("the numbers are %s, want %s", got, want)
	}
	if due != p.c.Deadline() {
		p.fail("2·MSL ends at another time")
	}
	p.now = due - 1
	back(due)
	p.wantClosed("2·MSL ended meanwhile", nil)
}

// OpenFrom goes by timestamps only if both have them.
func TestOpenFromNeedsTimestampsOfBoth(t *testing.T) {
	for _, tt := range []struct{ old, new Switch }{{On, Off}, {Off, On}} {
		tw, old := aTimeWait(t, Config{}, tt.old)
		p := newPeer(t, Config{TimeWaitReuse: ReuseBound, Timestamps: tt.new})
		p.now = old.now.Add(30 * time.Second)
		p.refuses("no timestamps to tell them apart", ErrTimeWait, func() error { return p.c.OpenFrom(p.now, tw, true) })
	}
}

// Calls serve the timers first: what is over then does not exist any more.
func TestOpenAtTheEndOfTimeWait(t *testing.T) {
	p := inTimeWait(t, Config{})
	p.now = p.c.Deadline()
	if err := p.c.Open(p.now, p.iss); !errors.Is(err, ErrEnded) {
		p.fail("the error is %v, want %v", err, ErrEnded)
	}
	p.wantClosed("2·MSL is over", nil)
}

func TestDetachHappensNow(t *testing.T) {
	p := inTimeWait(t, Config{})
	var at Time
	p.c.SetTrace(&Trace{Transition: func(now Time, _, _ State, _ Cause) { at = now }})
	p.now = p.now.Add(time.Second)
	if _, ok := p.c.Detach(p.now); !ok || at != p.now {
		p.fail("it was detached at %v, want %v", at, p.now)
	}
}

// FinWait2TimeWait: the second phase is never shorter than three and a half
// retransmission timeouts.
func TestSecondPhaseOfFinWait2LastsThreeAndAHalfTimeouts(t *testing.T) {
	p := connAt(t, Config{FinWait2TimeWait: true, FinWait2Timeout: time.Minute + time.Millisecond}, StateFinWait2, (*peer).close)
	p.advanceToDeadline(TimerFinWait2, time.Millisecond)
	p.wantTimers("the second phase", fmt.Sprintf("FIN-WAIT-2 %v", p.c.Status().RTO*7/2))
}

func TestLingeringEndsInTimeWait(t *testing.T) {
	p := newPeer(t, Config{})
	p.establish()
	p.linger(5)
	p.reach(StateClosing, (*peer).close)
	if p.c.Ready()&ReadyLingering == 0 {
		p.fail("Close does not linger")
	}
	p.in(". 2:2(0) ack 2")
	p.wantState("the FIN is acknowledged", StateTimeWait)
	if p.c.Ready()&ReadyLingering != 0 {
		p.fail("Close lingers in TIME-WAIT")
	}
}

// The end of keepalive owes its RST beside one that is owed to a segment.
func TestKeepAliveEndKeepsAnOwedReply(t *testing.T) {
	cfg := kept()
	cfg.KeepAliveReset = On
	p := newPeer(t, cfg)
	p.listen()
	p.in(". 1:1(0) ack 1000")
	p.behind(". 1:1(0) ack 1")
	for p.c.State() != StateClosed {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
	}
	p.want("to the bad acknowledgment", "R 1000:1000(0)")
	p.want("to the dead peer", "R 1:1(0)")
	p.wantClosed("dead", ErrKeepAlive)
}

// A reference more than the counter holds is refused.
func TestRetainIsBounded(t *testing.T) {
	p := newPeer(t, Config{})
	p.c.user.refs = maxReferences
	p.refuses("no more references fit", ErrResources, p.c.Retain)
	p.c.user.refs--
	p.retain()
}

// S10: Close lingers wherever the FIN is not acknowledged.
func TestCloseLingersUntilTheFINIsAcknowledged(t *testing.T) {
	for _, s := range []State{StateFinWait1, StateClosing, StateCloseWait, StateLastAck} {
		p := newPeer(t, Config{})
		p.establish()
		p.reach(s, (*peer).closeWrite)
		p.linger(5)
		p.close()
		if s == StateCloseWait {
			p.want("the FIN", "F. 1:1(0) ack 2")
		}
		if !p.c.running(TimerLinger) || p.c.Ready()&ReadyLingering == 0 {
			p.fail("Close in %v does not linger", s)
		}
	}
}

// A connection keeps its ports in the next incarnation and back in TIME-WAIT.
func TestPortsStayThroughTimeWait(t *testing.T) {
	p := newPeer(t, RFC9293())
	p.do("SetPorts", p.c.SetPorts(4001, 81))
	p.establish()
	p.reach(StateTimeWait, (*peer).close)
	p.c.SetReopen(true)
	ports := func(sentence string) {
		t.Helper()
		if p.last.SrcPort != 4001 || p.last.DstPort != 81 {
			p.fail("%s: from port %d to %d, want 4001 and 81", sentence, p.last.SrcPort, p.last.DstPort)
		}
	}
	iss, irs := p.iss, p.irs
	p.in("S 1000:1000(0) <mss 1460>")
	p.iss, p.irs = iss+2+65537, irs+1000
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	ports("the next incarnation")
	p.after(time.Millisecond)
	p.in("R 1:1(0)")
	p.wantVerdict("an old duplicate", BackToTimeWait)
	p.iss, p.irs = iss, irs
	p.in("F. 1:1(0) ack 2")
	p.want("the last ACK", ". 2:2(0) ack 2")
	ports("TIME-WAIT again")
}

// Minshall: the handshake is no small segment that the first one would wait for.
func TestMinshallAfterTheHandshake(t *testing.T) {
	cfg := plain(Linux())
	p := newPeer(t, cfg)
	p.establish()
	p.send(1460 + 10)
	p.wantSent("a full one, and a small one behind it", "[. 1:1461 P. 1461:1471]")
}

// Linux: after 2·MSL a timestamp means nothing any more to a RST in TIME-WAIT.
func TestOldTimestampOfARSTInTimeWait(t *testing.T) {
	p := inTimeWait(t, Linux())
	stamp := p.tsval() - 1
	rst := func() {
		t.Helper()
		p.in(fmt.Sprintf("R 2:2(0) <TS val %d ecr 0>", stamp))
	}
	p.passes("later", 50*time.Second)
	rst()
	p.wantVerdict("an old duplicate", DroppedTimeWaitRST)
	p.in("F. 1:1(0) ack 2")
	p.want("2·MSL anew; the timestamp is not kept", ". 2:2(0) ack 2")
	p.passes("later", 10*time.Second)
	rst()
	p.wantVerdict("60 s after the timestamp", DroppedTimeWaitRST)
	p.passes("later", time.Millisecond)
	rst()
	p.wantVerdict("beyond", Gone)
	p.wantClosed("by the RST", ErrReset)
}

// A timer that does not run leaves nothing behind: connections whose timers ran at
// different times are equal.
func TestStoppedTimersLeaveNothing(t *testing.T) {
	p := connAt(t, kept(), StateTimeWait, (*peer).close)
	for i, due := range p.c.timers.due {
		if !p.c.running(Timer(i)) && due != 0 {
			p.fail("the %v timer was due at %v once", Timer(i), due)
		}
	}
}

// Probes that stayed unanswered before keepalive was switched off do not count later.
func TestKeepAliveSwitchedOnBeginsAnew(t *testing.T) {
	p := connAt(t, kept(), StateEstablished, nil)
	p.advanceToDeadline(TimerKeepAlive, 10*time.Second)
	p.wantProbe("idle")
	p.do("SetKeepAlive false", p.c.SetKeepAlive(p.now, false))
	p.do("SetKeepAlive true", p.c.SetKeepAlive(p.now, true))
	p.wantStatus("none since then", "KeepAliveProbes", 0)
	p.wantTimers("idle from now on", "keepalive 10s")
}

// RFC 6191 with Linux's rule for TIME-WAIT: what an older timestamp makes illegal is
// dropped.
func TestIllegalSYNInLinuxTimeWaitByRFC6191(t *testing.T) {
	cfg := Linux()
	cfg.TimeWaitSYN = SYNRFC6191
	p := inTimeWait(t, cfg)
	p.c.SetReopen(true)
	p.in(fmt.Sprintf("S 1000:1000(0) <mss 1460,TS val %d ecr 0>", p.tsval()-1))
	p.wantVerdict("an older timestamp", DroppedTimeWaitSYN)
	p.in(fmt.Sprintf("S 1000:1000(0) <mss 1460,TS val %d ecr 0>", p.tsval()+1))
	p.wantVerdict("a newer one", Reopen)
	p.iss, p.irs = p.iss+2+65537, p.irs+1000
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
}

// Linux acknowledges at once for a while when something arrives that shows that
// something went wrong, also while data flows both ways.
func TestQuickAcknowledgmentsAfterTrouble(t *testing.T) {
	for _, tt := range []struct {
		name, in, ack string // what is wrong, and its acknowledgment
		next, nextACK string
	}{
		{"nothing", "", "", "P. 21:31(10) ack 11", ""},
		{"below the last acknowledgment", "P. 1:5(4) ack 11", ". 11:11(0) ack 21", "P. 21:31(10) ack 11", ". 11:11(0) ack 31"},
		{"too large for the window", "P. 21:100021(100000) ack 11", ". 11:11(0) ack 21", "P. 21:31(10) ack 11", ""},
		{"ends at RCV.NXT", "P. 11:21(10) ack 11", ". 11:11(0) ack 21", "P. 21:31(10) ack 11", ". 11:11(0) ack 31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, plain(Linux()))
			p.establish()
			p.in("P. 1:11(10) ack 1")
			p.want("at the beginning", ". 1:1(0) ack 11")
			p.send(5)
			p.want("an answer", "P. 1:6(5) ack 11")
			p.in("P. 11:21(10) ack 6")
			p.wantIdle("it waits for an answer")
			p.send(5)
			p.want("the answer", "P. 6:11(5) ack 21")
			if tt.in != "" {
				p.in(tt.in)
				p.want(tt.name, tt.ack)
			}
			p.in(tt.next)
			if tt.nextACK != "" {
				p.want("and at once afterwards", tt.nextACK)
			} else {
				p.wantIdle("it waits again")
			}
			if quick := tt.nextACK != ""; quick == p.c.ack.pingPong {
				p.fail("acknowledgments wait for an answer: %v", p.c.ack.pingPong)
			}
		})
	}
}

// A timer that is set to what never comes stops.
func TestTimerThatNeverComes(t *testing.T) {
	p := connAt(t, kept(), StateEstablished, nil)
	var trace []string
	p.c.SetTrace(&Trace{
		TimerSet:     func(_ Time, timer Timer, _ time.Duration, _ Time) { trace = append(trace, timer.String()+" set") },
		TimerStopped: func(_ Time, timer Timer) { trace = append(trace, timer.String()+" stopped") },
	})
	p.c.start(TimerKeepAlive, Forever)
	p.wantTimers("for ever", "none")
	if got := fmt.Sprint(trace); got != "[keepalive stopped]" {
		p.fail("the trace has %s", got)
	}
	p.c.start(TimerKeepAlive, time.Second)
	p.c.timers.set(TimerKeepAlive, Never)
	p.wantTimers("never", "none")
	if p.c.Deadline() != Never || p.c.running(TimerKeepAlive) {
		p.fail("it runs")
	}
}

// MAY-2: back in TIME-WAIT nothing of the next incarnation is left.
func TestBackToTimeWaitForgetsTheRequest(t *testing.T) {
	p := inTimeWait(t, RFC9293())
	before, stamps := p.c.Ready(), p.c.ts
	p.c.SetReopen(true)
	iss, irs := p.iss, p.irs
	p.in("S 1000:1000(0) <mss 1460>")
	p.iss, p.irs = iss+2+65537, irs+1000
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	for range p.c.cfg.DataRetries1 {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		p.want("again", "S. 0:0(0) ack 1")
	}
	if p.c.Ready()&ReadyR1 == 0 {
		p.fail("R1 is reached")
	}
	p.in("R 1:1(0)")
	p.wantVerdict("an old duplicate", BackToTimeWait)
	p.iss, p.irs = iss, irs
	if got := p.c.Ready(); got != before {
		p.fail("it is %q, want %q as before", got, before)
	}
	p.wantStatus("of the old connection everything is acknowledged", "Retransmissions", 0)
	p.wantStatus("it did not come from LISTEN", "Passive", false)
	if got := p.c.ts; got.recent != stamps.recent || got.recentAt != stamps.recentAt || got.on != stamps.on {
		p.fail("TS.Recent is %d of %v, want %d of %v", got.recent, got.recentAt, stamps.recent, stamps.recentAt)
	}
	if p.c.rec != (records{}) || p.c.old != (former{}) {
		p.fail("the request is remembered")
	}
}

// Linux leaves the text and the FIN of a SYN,ACK to the peer's retransmission; RFC 9293
// §3.10.7.3 goes on to the sixth step.
func TestTextOfASYNACK(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := newPeer(t, cfg)
		p.open()
		p.in("SF. 0:10(10) ack 1" + p.synOptions())
		p.wantVerdict("open", Accepted)
		if cfg.SynReceived == SynReceivedLinux {
			p.want("the SYN is acknowledged", ". 1:1(0) ack 1")
			p.wantState("the SYN alone counts", StateEstablished)
			return
		}
		p.want("all of it", ". 1:1(0) ack 12")
		p.wantState("the FIN too", StateCloseWait)
	})
}

// What no gap is left for is not kept, and said so.
func TestTextBeyondTheLastGapThatIsKept(t *testing.T) {
	p := newPeer(t, Config{})
	p.establish()
	for i := range maxSpans + 1 {
		first := 11 + 20*i
		p.in(fmt.Sprintf("P. %d:%d(10) ack 1", first, first+10))
		if i < maxSpans {
			p.wantVerdict("kept", Accepted)
		} else {
			p.wantVerdict("one gap too many", DroppedText)
		}
		p.want("a duplicate acknowledgment", ". 1:1(0) ack 1")
	}
}

// Linux keeps the timestamp of a RST that RFC 1337 has TIME-WAIT ignore.
func TestTimestampOfAnIgnoredRSTInTimeWait(t *testing.T) {
	cfg := Linux()
	cfg.RFC1337 = true
	p := inTimeWait(t, cfg)
	stamp := p.tsval() + 5
	p.in(fmt.Sprintf("R 2:2(0) <TS val %d ecr 0>", stamp))
	p.wantVerdict("ignored", DroppedTimeWaitRST)
	p.in("F. 1:1(0) ack 2")
	p.want("the last ACK", ". 2:2(0) ack 2")
	if p.last.Options.TSEcr != stamp {
		p.fail("it echoes %d, want %d", p.last.Options.TSEcr, stamp)
	}
}

// A RST is never answered, in SYN-SENT neither.
func TestRSTWithAnImpossibleEchoInSynSent(t *testing.T) {
	p := newPeer(t, Linux())
	p.open()
	p.in(fmt.Sprintf("R. 0:0(0) ack 1 <TS val 1 ecr %d>", p.ecr+1))
	p.wantVerdict("it answers nothing that was sent", DroppedBadAckSynSent)
	p.wantState("no answer", StateSynSent)
	p.in(fmt.Sprintf("S. 0:0(0) ack 1 <mss 1460,TS val 1 ecr %d>", p.ecr+1))
	p.wantVerdict("nor does this", ResetBadAckSynSent)
	p.want("RST", "R 1:1(0)")
}

// Of the timers that are due at Time 0 too only those that run are served.
func TestTimerDueAtTimeZero(t *testing.T) {
	var timers timers
	timers.next = Never
	timers.set(TimerPersist, 5)
	timers.set(TimerKeepAlive, 0)
	if got := timers.first(); got != TimerKeepAlive {
		t.Errorf("the %v timer is due first, want %v", got, TimerKeepAlive)
	}
}

// Before our SYN,ACK has left a RST is as good as afterwards.
func TestRSTAheadOfTheSYNACK(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := newPeer(t, cfg)
		p.irs = 0x90000000
		p.open()
		p.in("S 0:0(0)" + p.synOptions())
		p.behind("R 1:1(0)")
		p.wantVerdict("at RCV.NXT", Refused)
		p.wantClosed("a simultaneous open was refused", ErrRefused)
	})
}

// Text into a window that is closed on the wire is not taken, also if there is room
// again that was not offered yet.
func TestTextAheadOfTheWindowUpdate(t *testing.T) {
	cfg := plain(Linux())
	cfg.ReceiveBuffer = 2920
	p := newPeer(t, cfg)
	p.establish()
	for p.c.Status().ReceiveWindow > 0 {
		_, rcv := p.numbers()
		n := min(p.c.Status().ReceiveWindow, 1000)
		p.in(fmt.Sprintf("P. %d:%d(%d) ack 1", rcv, rcv+n, n))
		if !p.c.pending() {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		p.wantACK("text")
	}
	p.do("Receive", p.c.Receive(p.now, p.c.Readable()))
	_, rcv := p.numbers()
	p.behind(fmt.Sprintf("P. %d:%d(10) ack 1", rcv, rcv+10))
	p.wantVerdict("no window was offered for it", DroppedText)
	p.wantACK("the window")
}

// Status of the timers of a host's TimeWait: 2·MSL begins anew with a segment, not
// with the one after it.
func TestRestartIsOfTheLastSegment(t *testing.T) {
	p := inTimeWait(t, Config{})
	tw, _ := p.c.TimeWait()
	var reply Segment
	fin, ack := p.segment("F. 1:1(0) ack 2"), p.segment(". 2:2(0) ack 2")
	tw.Arrive(p.now, &fin, false, &reply)
	if !tw.has(timeWaitRestarted) {
		t.Error("the FIN again restarts 2·MSL")
	}
	tw.Arrive(p.now, &ack, false, &reply)
	if tw.has(timeWaitRestarted) {
		t.Error("an acknowledgment does not")
	}
}

// The time stands where it stood when a request is abandoned.
func TestAbandonedRequestKeepsTheTime(t *testing.T) {
	p := newPeer(t, Config{})
	p.listen()
	var at Time
	p.c.SetTrace(&Trace{Transition: func(now Time, _, _ State, _ Cause) { at = now }})
	p.after(time.Millisecond)
	p.in("R 1:1(0)")
	p.wantVerdict("the peer does not want it any more", BackToListen)
	if at != p.now {
		p.fail("it happened at %v, want %v", at, p.now)
	}
}

// Linux's FIN-WAIT-2 without a program: after 24 days a timestamp means nothing any
// more (RFC 7323 §5.5).
func TestOldTimestampInFinWait2(t *testing.T) {
	for _, tt := range []struct {
		age     time.Duration
		verdict Verdict
	}{{tsValid, ReackedOld}, {tsValid + 1, Gone}} {
		p := connAt(t, Linux(), StateFinWait2, (*peer).closeWrite)
		old := p.c.ts.recent - 1
		p.now = p.c.ts.recentAt.Add(tt.age)
		p.c.Advance(p.now)
		p.close()
		p.in(fmt.Sprintf("R 1:1(0) <TS val %d ecr 0>", old))
		p.wantVerdict(fmt.Sprintf("%v after the last timestamp", tt.age), tt.verdict)
		if tt.verdict == ReackedOld {
			p.want("an old segment", ". 2:2(0) ack 1")
		}
	}
}

// P-4 is about a FIN, not about SYN,FIN,ACK.
func TestSYNFINACKInTimeWait(t *testing.T) {
	for _, cfg := range []Config{{}, RFC9293()} {
		p := inTimeWait(t, cfg)
		p.passes("later", time.Second)
		due := p.c.Deadline()
		p.in("SF. 0:0(0) ack 2")
		p.wantVerdict("it ends where the FIN ended", ReackedOld)
		p.want("something old", ". 2:2(0) ack 2")
		if p.c.Deadline() != due {
			p.fail("2·MSL begins anew")
		}
	}
}

// CLOSED owes nothing but the RST of what ended it.
func TestClosedOwesNothing(t *testing.T) {
	p := newPeer(t, kept())
	p.establish()
	p.in("P. 11:21(10) ack 1")
	p.behind("R 1:1(0)")
	p.wantClosed("before the acknowledgment left", ErrReset)
	if p.c.owe != (obligations{}) {
		p.fail("it owes %+v", p.c.owe)
	}
}

// Linux's request: the echo of a timestamp older than its SYN,ACK completes nothing.
func TestEchoOlderThanTheSYNACK(t *testing.T) {
	p := newPeer(t, Linux())
	p.listen()
	first := p.ecr
	p.after(rtt)
	p.in(fmt.Sprintf(". 1:1(0) ack 1 <TS val %d ecr %d>", p.tsval(), first-1))
	p.wantVerdict("an echo from before", DroppedWindow)
	p.want("SYN,ACK's number is told", ". 1:1(0) ack 1")
	p.wantState("no handshake", StateSynReceived)
	p.in(fmt.Sprintf(". 1:1(0) ack 1 <TS val %d ecr %d>", p.tsval(), first))
	p.wantState("its own", StateEstablished)
}

// Linux's request takes no segment without ACK, whatever else it has.
func TestRequestWithoutACK(t *testing.T) {
	p := newPeer(t, Linux())
	p.listen()
	p.in("FP 1:11(10)")
	p.wantVerdict("nothing is acknowledged", DroppedNoAck)
	p.wantState("it waits", StateSynReceived)
}

// Linux keeps the timestamp of what restarts 2·MSL at RCV.NXT.
func TestTimestampOfAnACKInTimeWait(t *testing.T) {
	p := inTimeWait(t, Linux())
	stamp := p.tsval() + 5
	p.in(fmt.Sprintf(". 2:2(0) ack 2 <TS val %d ecr 0>", stamp))
	p.wantVerdict("empty, at RCV.NXT", RestartedTimeWait)
	p.in("F. 1:1(0) ack 2")
	p.want("the last ACK", ". 2:2(0) ack 2")
	if p.last.Options.TSEcr != stamp {
		p.fail("it echoes %d, want %d", p.last.Options.TSEcr, stamp)
	}
}

// A TimeWait takes segments as long as a connection does.
func TestLongestSegmentInTimeWait(t *testing.T) {
	p := inTimeWait(t, Config{})
	tw, _ := p.c.TimeWait()
	seg := p.segment(". 2:2(0) ack 2")
	var reply Segment
	seg.Len = maxSegmentLen
	if v, sent := tw.Arrive(p.now, &seg, false, &reply); v != ReackedOld || !sent {
		t.Errorf("the longest segment: %v", v)
	}
	seg.Len++
	if v, sent := tw.Arrive(p.now, &seg, false, &reply); v != DroppedInvalid || sent {
		t.Errorf("a longer one: %v", v)
	}
}

// RFC 7323 §5.5 in TIME-WAIT: repeated FINs can make it last longer than a timestamp
// means anything.
func TestTimestampOf24DaysInTimeWait(t *testing.T) {
	for _, tt := range []struct {
		age     time.Duration
		verdict Verdict
		ack     bool
	}{{tsValid, ReackedOld, true}, {tsValid + 1, DroppedTimeWait, false}} {
		p := inTimeWait(t, Config{})
		old := p.c.ts.recent - 1
		p.c.ts.recentAt = p.now.Add(-tt.age)
		p.in(fmt.Sprintf(". 2:2(0) ack 2 <TS val %d ecr 0>", old))
		p.wantVerdict(fmt.Sprintf("%v after the last timestamp", tt.age), tt.verdict)
		if tt.ack {
			p.want("an old segment", ". 2:2(0) ack 2")
		}
	}
}

// The SYN,ACK is the acknowledgment that was owed beside it.
func TestSYNACKAcknowledgesWhatIsOwed(t *testing.T) {
	p := newPeer(t, Config{})
	p.listen()
	p.in("P. 100001:100011(10) ack 1")
	p.behind("S 0:0(0)" + p.synOptions())
	p.wantVerdict("the SYN again", RepeatedSYN)
	p.want("the SYN,ACK again", "S. 0:0(0) ack 1")
	p.wantIdle("it says all that the acknowledgment would")
}

// What the peer sends is no progress of what we send.
func TestFilledGapIsNoProgress(t *testing.T) {
	p := newPeer(t, Config{UserTimeout: 10 * time.Second})
	p.establish()
	p.send(10)
	p.want("text", "P. 1:11(10) ack 1")
	due := p.c.expires(TimerUserTimeout)
	p.after(10 * time.Millisecond)
	p.in("P. 11:21(10) ack 1")
	p.want("a gap", ". 11:11(0) ack 1")
	p.in("P. 1:11(10) ack 1")
	p.want("filled", ". 11:11(0) ack 21")
	if got := p.c.expires(TimerUserTimeout); got != due {
		p.fail("the user timeout is over %v later", got.Sub(due))
	}
}

// P-13: what has neither SYN nor ACK nor RST is dropped, in TIME-WAIT too.
func TestNoControlBitInTimeWait(t *testing.T) {
	for _, cfg := range []Config{{}, RFC9293()} {
		p := inTimeWait(t, cfg)
		p.in("F 1:1(0)")
		p.wantVerdict("a FIN without ACK", DroppedNoControl)
		p.wantState("nothing happens", StateTimeWait)
	}
}

// Once the next incarnation is open there is no way back to TIME-WAIT.
func TestReopenedForgetsTimeWait(t *testing.T) {
	p := inTimeWait(t, RFC9293())
	p.c.SetReopen(true)
	p.in("S 1000:1000(0) <mss 1460>")
	p.iss, p.irs = p.iss+2+65537, p.irs+1000
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	if p.c.old == (former{}) {
		p.fail("nothing is kept of TIME-WAIT")
	}
	p.in(". 1:1(0) ack 1")
	p.wantState("the next incarnation", StateEstablished)
	if p.c.old != (former{}) {
		p.fail("something is kept of TIME-WAIT")
	}
}

// StaleACKIgnored: what Linux's header prediction takes has its timestamp used before its
// acknowledgment is looked at, and nothing else.
func TestTimestampOfAPredictedSegment(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		kept     bool
	}{
		{"an old acknowledgment with text", "P. 1:11(10) ack 1", true},
		{"with FIN", "FP. 1:11(10) ack 1", false},
		{"of another window", "P. 1:11(10) ack 1 win 1000", false},
		{"with URG", "PU. 1:11(10) ack 1 urg 1", false},
		{"below RCV.NXT", "P. 0:11(11) ack 1", false},
	} {
		p := newPeer(t, Config{StaleACK: StaleACKIgnored})
		p.establish()
		p.send(10)
		p.want("text", "P. 1:11(10) ack 1")
		p.in(". 1:1(0) ack 11")
		before := p.c.ts.recent
		p.after(10 * time.Millisecond)
		p.behind(tt.in)
		if got := p.c.ts.recent == p.tsval(); got != tt.kept || !got && p.c.ts.recent != before {
			p.fail("%s: its timestamp is kept: %v, want %v", tt.name, got, tt.kept)
		}
		p.take()
	}
}

// Linux's TIME-WAIT has a limit of its own, and so has its FIN-WAIT-2 without a program,
// with which TIME-WAIT goes on.
func TestLimitOfAnswersBeginsWithTimeWait(t *testing.T) {
	challenge := func(p *peer, want Verdict) {
		t.Helper()
		p.in(". 200001:200001(0) ack 2")
		p.wantVerdict("outside the window", want)
		p.take()
	}
	p := connAt(t, Linux(), StateClosing, (*peer).closeWrite)
	challenge(p, DroppedWindow)
	challenge(p, DroppedThrottled)
	p.in(". 2:2(0) ack 2")
	p.wantState("the FIN is acknowledged", StateTimeWait)
	challenge(p, ReackedOld)
	challenge(p, DroppedThrottled)

	p = connAt(t, Linux(), StateFinWait1, (*peer).close)
	challenge(p, DroppedWindow)
	p.in(". 1:1(0) ack 2")
	p.wantState("no program holds it", StateFinWait2)
	challenge(p, ReackedOld)

	p = connAt(t, Linux(), StateFinWait2, (*peer).closeWrite)
	challenge(p, DroppedWindow)
	p.in("F. 1:1(0) ack 2")
	p.take()
	p.wantState("a program held it", StateTimeWait)
	challenge(p, ReackedOld)

	p = connAt(t, Linux(), StateFinWait2, (*peer).close)
	challenge(p, ReackedOld)
	p.in("F. 1:1(0) ack 2")
	p.take()
	p.wantState("no program held it", StateTimeWait)
	challenge(p, DroppedThrottled)
}

// Linux: a segment beyond a gap lets the window grow if SACK can report it.
func TestWindowGrowsBeyondAGap(t *testing.T) {
	for _, sack := range []Switch{On, Off} {
		cfg := Linux()
		cfg.Timestamps, cfg.WindowScale, cfg.SACK = Off, Off, sack
		p := newPeer(t, cfg)
		p.accept()
		p.in("P. 1:1461(1460) ack 1")
		p.take()
		p.receive(1460)
		before := p.c.rcv.clamp
		p.in("P. 2921:4381(1460) ack 1")
		p.take()
		if got := p.c.rcv.clamp > before; got != (sack == On) {
			p.fail("the clamp grows from %d to %d", before, p.c.rcv.clamp)
		}
	}
}

// A window larger than its field is that large for what arrives without a program too.
func TestWideWindowInFinWait2(t *testing.T) {
	cfg := Linux()
	cfg.Timestamps, cfg.SACK, cfg.WindowScale = Off, Off, Off
	for _, tt := range []struct {
		beyond  int
		verdict Verdict
	}{{0, Gone}, {1, ReackedOld}} {
		p := newPeer(t, cfg)
		p.listen()
		p.in(". 1:1(0) ack 1")
		p.in("P. 1:101(100) ack 1")
		p.take()
		p.in("P. 101:1561(1460) ack 1")
		p.take()
		p.receive(1560)
		p.close()
		p.want("FIN", "F. 1:1(0) ack 1561")
		p.in(". 1561:1561(0) ack 2")
		window := p.c.Status().ReceiveWindow
		if window <= 65536 {
			p.fail("the window is %d, want one beyond its field", window)
		}
		tw, ok := p.c.TimeWait()
		if !ok || tw.edge().Sub(tw.rcvNxt) != window {
			p.fail("the TimeWait has another window than %d", window)
		}
		at := 1561 + window + tt.beyond
		p.in(fmt.Sprintf("R %d:%d(0)", at, at))
		p.take()
		p.wantVerdict(fmt.Sprintf("%d from the edge", tt.beyond), tt.verdict)
	}
}

// A TimeWait knows windows up to twice what the field can say, to the octet.
func TestWindowOfATimeWait(t *testing.T) {
	for _, window := range []int{0, 65535, 65536, 65537, 131071, 131072} {
		p := inTimeWait(t, Linux())
		p.c.rcv.shift = 0
		p.c.rcv.adv = p.c.rcv.nxt.Add(window)
		tw, ok := p.c.TimeWait()
		if got := tw.edge().Sub(tw.rcvNxt); !ok || got != min(window, 131071) {
			p.fail("the window of %d octets is %d", window, got)
		}
	}
}

// MAY-2: a RST that is owed to a segment leaves from TIME-WAIT too.
func TestBackToTimeWaitKeepsAnOwedReply(t *testing.T) {
	p := inTimeWait(t, RFC9293())
	p.c.SetReopen(true)
	iss, irs := p.iss, p.irs
	p.in("S 1000:1000(0) <mss 1460>")
	p.iss, p.irs = iss+2+65537, irs+1000
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	p.in(". 1:1(0) ack 1000")
	p.wantVerdict("an acknowledgment of nothing", ResetBadAck)
	p.behind("R 1:1(0)")
	p.wantVerdict("an old duplicate", BackToTimeWait)
	p.want("to the bad acknowledgment", "R 1000:1000(0)")
	p.wantState("the old connection", StateTimeWait)
}

// Linux limits no answer to a SYN that would be legal if anybody listened.
func TestLegalSYNThatNobodyWants(t *testing.T) {
	p := inTimeWait(t, Linux())
	for range 3 {
		p.in("S 1000:1000(0) <mss 1460>")
		p.wantVerdict("nobody listens", ReackedOld)
		p.want("the last ACK", ". 2:2(0) ack 2")
	}
	p.in("S -1000:-1000(0) <mss 1460>")
	p.wantVerdict("one that is not", ReackedOld)
	p.want("the last ACK", ". 2:2(0) ack 2")
	p.in("S -1000:-1000(0) <mss 1460>")
	p.wantVerdict("those have a limit", DroppedThrottled)
}

// ResetWithACK: the RST of an abort says what is held beyond a gap, as every
// acknowledgment does, and only where SACK was agreed on.
func TestResetSaysWhatIsHeld(t *testing.T) {
	for sack, options := range map[Switch]string{On: "<sack 11:21>", Off: "<>"} {
		for _, held := range []bool{true, false} {
			cfg := Linux()
			cfg.Timestamps, cfg.SACK = Off, sack
			p := newPeer(t, cfg)
			p.establish()
			want := "R. 1:1(0) ack 1 <>"
			if held {
				want = "R. 1:1(0) ack 1 " + options
				p.in("P. 11:21(10) ack 1")
				p.take()
			}
			p.abort()
			p.want("ABORT", want)
			p.wantClosed("ABORT", ErrAborted)
		}
	}
}

// The second phase of Linux's FIN-WAIT-2 has a limit of its own.
func TestLimitOfAnswersBeginsWithTheSecondPhase(t *testing.T) {
	cfg := Linux()
	cfg.FinWait2Timeout = 2 * time.Minute
	p := connAt(t, cfg, StateFinWait2, (*peer).close)
	p.now = p.c.Deadline() - Time(time.Millisecond)
	p.in(". 200001:200001(0) ack 2")
	p.wantVerdict("outside the window", DroppedWindow)
	p.want("a challenge", ". 2:2(0) ack 1")
	p.after(2 * time.Millisecond)
	p.wantState("the second phase", StateFinWait2)
	p.in(". 200001:200001(0) ack 2")
	p.wantVerdict("the first of this phase", ReackedOld)
	p.want("an answer", ". 2:2(0) ack 1")
}

// In TIME-WAIT a timestamp's age counts from when it came.
func TestAgeOfATimestampInTimeWait(t *testing.T) {
	p := inTimeWait(t, Linux())
	p.passes("later", 50*time.Second)
	p.in(". 2:2(0) ack 2")
	p.wantVerdict("its timestamp is kept", RestartedTimeWait)
	old := p.tsval() - 1
	p.passes("later", 50*time.Second)
	p.in(fmt.Sprintf("R 2:2(0) <TS val %d ecr 0>", old))
	p.wantVerdict("50 s old", DroppedTimeWaitRST)
}

// CloseWrite is neither progress nor an answer: it moves no timer.
func TestCloseWriteMovesNoTimer(t *testing.T) {
	p := newPeer(t, Config{UserTimeout: 10 * time.Second})
	p.establish()
	p.in(". 1:1(0) ack 1 win 0")
	p.send(10)
	p.wantIdle("the window is closed")
	persist, timeout := p.c.expires(TimerPersist), p.c.expires(TimerUserTimeout)
	p.after(10 * time.Millisecond)
	p.closeWrite()
	if p.c.expires(TimerPersist) != persist || p.c.expires(TimerUserTimeout) != timeout || persist == Never || timeout == Never {
		p.fail("a timer was moved")
	}
}

// Nor does text that fills a gap move the timer of silly-window avoidance.
func TestFilledGapIsNoAnswer(t *testing.T) {
	p := newPeer(t, Config{})
	p.establish()
	p.in("P. 11:21(10) ack 1 win 5")
	p.want("a gap", ". 1:1(0) ack 1")
	p.send(10)
	p.wantIdle("half of it is too little")
	due := p.c.expires(TimerPersist)
	p.after(10 * time.Millisecond)
	p.in("P. 1:11(10) ack 1 win 5")
	p.want("filled", ". 1:1(0) ack 21")
	if got := p.c.expires(TimerPersist); got != due || due == Never {
		p.fail("the timer is over at %v, want %v", got, due)
	}
}
