package tcp

import (
	"fmt"
	"testing"
	"time"
)

// Rules that were broken once: closing, TIME-WAIT, keepalive, Canonical.

// Every repeated FIN restarts 2·MSL, and is counted, also if a timer wheel expires at
// the same time as before.
func TestRestartsOfTimeWaitAreCountedUnderATimerWheel(t *testing.T) {
	p := connAt(t, Linux(), StateTimeWait, (*peer).closeWrite)
	due := p.c.Deadline()
	for range 3 {
		p.in("F. 1:1(0) ack 2")
		p.want("again", ". 2:2(0) ack 2")
	}
	if p.c.Deadline() != due {
		p.fail("it moved by %v: the test needs one slot", p.c.Deadline().Sub(due))
	}
	p.wantCounters("three", "FINsReacked 3, TimeWaitRestarts 3")
}

// TimeWaitSYN decides about SYNs, whatever TimeWaitRule does to other segments: RFC
// 6191 drops those that are not legal.
func TestIllegalSYNIsDroppedUnderEveryTimeWaitRule_RFC6191(t *testing.T) {
	for _, rule := range []TimeWaitRule{TimeWaitFINOnly, TimeWaitAnyACK} {
		p := connAt(t, Config{Timestamps: Off, TimeWaitRule: rule, TimeWaitSYN: SYNRFC6191}, StateTimeWait, (*peer).close)
		p.in("S -10:-10(0)")
		p.wantVerdict("below RCV.NXT", DroppedTimeWaitSYN)
		p.wantIdle("below RCV.NXT")
	}
}

// RFC 7323 §4.3 in TIME-WAIT: an acceptable acknowledgment moves TS.Recent, which the
// answers echo and SYNs have to exceed.
func TestTimeWaitFollowsTSRecent_RFC7323_4_3(t *testing.T) {
	p := connAt(t, Config{}, StateTimeWait, (*peer).closeWrite)
	recent := p.c.ts.recent
	p.in(fmt.Sprintf(". 2:2(0) ack 2 <TS val %d ecr %d>", recent+5, p.ecr))
	p.wantVerdict("acceptable", DroppedTimeWait)
	p.in(fmt.Sprintf("P. 2:12(10) ack 2 <TS val %d ecr %d>", recent+5, p.ecr))
	p.want("text", ". 2:2(0) ack 2")
	if p.last.Options.TSEcr != recent+5 {
		p.fail("it echoes %d after the first, want 5", p.last.Options.TSEcr-recent)
	}
}

// Keepalive goes on in FIN-WAIT-2 after Close, where that has no timeout of its own.
func TestKeepAliveInFinWait2WithoutTimeout(t *testing.T) {
	cfg := kept()
	cfg.FinWait2Timeout = Forever
	p := connAt(t, cfg, StateFinWait2, (*peer).close)
	advanceToKeepAlive(p, p.now, 10*time.Second)
	p.wantProbe("is the peer there?")
	for range 2 {
		p.advanceToDeadline(TimerKeepAlive, time.Second)
		p.wantProbe("is the peer there?")
	}
	p.advanceToDeadline(TimerKeepAlive, time.Second)
	p.take()
	p.wantClosed("it is not", ErrKeepAlive)
}

// Keepalive: whatever shows that the peer is there begins the idle time and the count
// of probes anew, also a segment that is challenged, or outside the window.
func TestEverySignOfThePeerRestartsKeepAlive(t *testing.T) {
	for _, text := range []string{"S 100:100(0)", "R 100:100(0)", "P. 0:1(1) ack 1", ". 1:1(0) ack 1"} {
		p := established(t, kept())
		advanceToKeepAlive(p, p.now, 10*time.Second)
		p.wantProbe("a probe")
		p.wantStatus(text, "KeepAliveProbes", 1)
		p.after(500 * time.Millisecond)
		p.in(text)
		p.take()
		p.wantStatus(text, "KeepAliveProbes", 0)
		advanceToKeepAlive(p, p.now, 10*time.Second)
		p.wantProbe("the whole idle time later")
	}
}

// FinWait2TimeWait: the segment that acknowledges the FIN of a closed connection is
// consumed, old text and all.
func TestOldTextThatAcknowledgesTheFINIsNotAnswered(t *testing.T) {
	p := established(t, Linux())
	p.in("P. 1:11(10) ack 1")
	p.want("text", ". 1:1(0) ack 11")
	p.receive(10)
	p.close()
	p.want("FIN", "F. 1:1(0) ack 11")
	p.in("P. 1:11(10) ack 2")
	p.wantVerdict("the FIN is acknowledged", AckedFIN)
	p.wantIdle("no program is there")
	p.wantState("no program is there", StateFinWait2)
}

// close(2) with SO_LINGER returns when the connection has ended.
func TestLingeringEndsWithTheConnection(t *testing.T) {
	p := connAt(t, Config{}, StateCloseWait, nil)
	p.linger(10)
	p.close()
	p.want("FIN", "F. 1:1(0) ack 2")
	p.in(". 2:2(0) ack 2")
	p.wantClosed("cleanly", nil)
	if p.c.Ready()&ReadyLingering != 0 {
		p.fail("close(2) waits for ever: %v", p.c.Ready())
	}
}

// Canonical has the same future as the connection.

// RFC 6298 §5.7, RFC 5681 §3.1: that a SYN timed out is no counter.
func TestCanonicalKeepsThatTheSYNTimedOut(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.open()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN again", "S 0:0(0)")
	d := p.c.Canonical(p.now)
	in := p.segment("S. 0:0(0) ack 1" + p.synOptions())
	d.Arrive(d.now, &in)
	if s := d.Status(); s.RTO != 3*time.Second || s.CongestionWindow != s.MaxPayload {
		p.fail("the timeout is %v and the window %d, want 3 s and a segment", s.RTO, s.CongestionWindow)
	}
}

// RFC 5681 §4.1: when data was last sent matters as soon as an acknowledgment of what
// is in flight can lift the congestion window.
func TestCanonicalKeepsWhenDataWasLastSent(t *testing.T) {
	p := newPeer(t, plain(Config{InitialWindow: 2}))
	p.establish()
	p.send(1000)
	p.want("data", "P. 1:1001(1000) ack 1")
	p.after(90 * time.Millisecond)
	d := p.c.Canonical(p.now)
	ahead := p.now.Sub(d.now)
	p.after(10 * time.Millisecond)
	ack := p.segment(". 1:1(0) ack 1001")
	p.in(". 1:1(0) ack 1001")
	d.Arrive(p.now.Add(-ahead), &ack)
	rto := p.c.Status().RTO
	p.after(rto - 60*time.Millisecond) // the data is older than RTO, what came after it is not
	p.send(2000)
	if err := d.Send(p.now.Add(-ahead), 2000); err != nil {
		t.Fatal(err)
	}
	for p.c.pending() || d.pending() {
		var a, b Segment
		if p.c.Next(&a) != d.Next(&b) || a != b {
			p.fail("one sends %s, its canonical form %s", p.show(&a), p.show(&b))
		}
	}
	if got, want := d.Status().CongestionWindow, p.c.Status().CongestionWindow; got != want || want != 2*1460 {
		p.fail("the congestion window is %d in one and %d in the other, want 2920", want, got)
	}
}

// A keepalive probe that is due when the peer's FIN arrives does not take the place of
// the FIN's acknowledgment: with SEQ = SND.NXT−1 that would be none for the peer.
func TestNoKeepaliveProbeInTimeWait(t *testing.T) {
	p := connAt(t, plain(Config{KeepAlive: true, KeepAliveIdle: 10 * time.Second}), StateFinWait2, (*peer).closeWrite)
	p.now = p.c.Deadline()
	p.in("F. 1:1(0) ack 2")
	p.want("the FIN's acknowledgment", ". 2:2(0) ack 2")
	p.wantIdle("nothing else")
	p.wantState("both FINs are exchanged", StateTimeWait)
}
