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
		return fmt.Sprint(s.ISS, s.SndUna, s.SndNxt, s.SndEnd, s.RcvNxt, s.ReceiveWindow>>p.c.rcv.shift, p.c.SendOffset(s.SndNxt))
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
