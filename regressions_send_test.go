package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Rules that were broken once: sending, probing, retransmission, congestion control.

// A probe that is owed is not sent when everything it would ask for is acknowledged
// meanwhile; the tail loss probe has nothing left to repeat then.
func TestAnsweredProbeIsNotSent(t *testing.T) {
	p := established(t, Config{TailLossProbe: true})
	p.send(1)
	p.want("data", "P. 1:2(1) ack 1")
	p.now = p.c.Deadline()
	p.in(". 1:1(0) ack 2")
	p.wantCounters("it was due", "LossProbes 1")
	p.wantIdle("all is acknowledged")

	p = blocked(t, plain(Config{}), 0, (*peer).closeWrite)
	p.advanceToDeadline(TimerPersist, 300*time.Millisecond)
	p.want("the FIN as a probe", "F. 1:1(0) ack 1")
	p.now = p.c.Deadline()
	p.in(". 1:1(0) ack 2 win 0")
	p.wantIdle("all is acknowledged")
	p.wantState("all is acknowledged", StateFinWait2)
}

// SHLD-29: a window is probed while data or FIN waits. When nothing does, the persist
// timer stops, and the next closed window is first probed after one timeout.
func TestProbingEndsWithNothingToSend_SHLD29(t *testing.T) {
	p := blocked(t, plain(Config{}), 1, nil)
	p.advanceToDeadline(TimerPersist, 300*time.Millisecond)
	p.want("a probe", "P. 1:2(1) ack 1")
	p.in(". 1:1(0) ack 2 win 0")
	p.wantTimers("the window is closed, and nothing waits", "none")
	p.send(1)
	p.advanceToDeadline(TimerPersist, p.c.Status().RTO)
	p.want("a probe", "P. 2:3(1) ack 1")
}

// SHLD-29: the first probe is sent when the window has been closed for one timeout,
// however often the program writes meanwhile.
func TestProbeTimerSurvivesSends_SHLD29(t *testing.T) {
	p := blocked(t, plain(Config{}), 1, nil)
	p.after(100 * time.Millisecond)
	p.send(1)
	p.after(100 * time.Millisecond)
	p.send(1)
	p.after(100 * time.Millisecond)
	p.want("a probe", ". 1:2(1) ack 1")
}

// ProbeEmpty: the answers of the peer begin the interval anew, the calls of the
// program do not.
func TestProbeTimerFollowsAnswersOnly(t *testing.T) {
	p := blocked(t, plain(Linux()), 100, nil)
	due := p.c.expires(TimerPersist)
	p.after(20 * time.Millisecond)
	p.closeWrite()
	if p.c.expires(TimerPersist) != due {
		p.fail("Close moved the probe by %v", p.c.expires(TimerPersist).Sub(due))
	}
	p.in(". 1:1(0) ack 1 win 0")
	if p.c.expires(TimerPersist) <= due {
		p.fail("an answer did not move the probe")
	}
}

// RFC 9293 §3.8.6.2.1 (4): what silly-window avoidance holds back waits for the
// override, up to a second, whatever the retransmission timeout; and is no probe.
func TestOverrideTimeoutIsASecondAtMost_RFC9293_3_8_6_2_1(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.open()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN again", "S 0:0(0)")
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("open", ". 1:1(0) ack 1")
	p.wantStatus("RFC 6298 §5.7", "RTO", 3*time.Second)
	p.in(". 1:1(0) ack 1 win 40")
	p.send(1000)
	p.wantIdle("silly")
	p.advanceToDeadline(TimerPersist, time.Second)
	p.want("what fits", ". 1:41(40) ack 1")
	p.wantStatus("the window is open", "WindowProbes", 0)
	p.wantCounters("the window is open", "Timeouts 1, SYNRetransmits 1")
}

// RFC 6675, NextSeg (1): what is lost goes out before what is new, also if only the
// new fits the congestion window.
func TestLostDataLeavesBeforeNewData_RFC6675(t *testing.T) {
	p := smallSegments(t, Config{SACK: Off, NoDelay: true})
	p.send(1)
	p.send(300)
	p.wantSent("four segments", "[. 1:101 . 101:201 . 201:301 P. 301:302]")
	p.in(". 1:1(0) ack 102") // the next hole is 99 octets
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.wantSent("a window of one segment", "[. 102:201]")
	p.send(1)
	p.wantSent("the rest is lost, and comes first", "[]")
}

// MUST-16: of the options only those that are sent reduce a segment: no room is kept
// for a D-SACK block that is not there.
func TestSACKBlocksTakeTheRoomTheyNeed_MUST16(t *testing.T) {
	p := established(t, Config{})
	p.in("P. 101:201(100) ack 1")
	p.want("one block", ". 1:1(0) ack 1 <sack 101:201>")
	p.send(mssTS)
	p.want("one block: 12 octets", ". 1:1437(1436) ack 1 <sack 101:201>")
}

// SHLD-11: Config.DataMinimum holds for the probes of a closed window too.
func TestProbesGoOnForDataMinimum_SHLD11(t *testing.T) {
	cfg := plain(RFC9293())
	cfg.DataRetries2, cfg.OrphanRetries, cfg.UserTimeout = 4, 4, Forever
	p := blocked(t, cfg, 0, (*peer).close)
	p.advanceToDeadline(TimerPersist, time.Second)
	p.want("a probe", "F. 1:1(0) ack 1")
	first := p.now
	for p.c.State() != StateClosed {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		p.take()
	}
	if d := p.now.Sub(first); d < 100*time.Second {
		p.fail("given up after %v, want 100 s at least", d)
	}
}

// What waits has a timer: a FIN in order makes the SACK blocks vanish, and what just
// filled a segment no longer does.
func TestWhatWaitsHasATimerWhenSACKBlocksVanish(t *testing.T) {
	p := smallSegments(t, Config{DelayFINAck: Off})
	p.in("P. 101:131(30) ack 1 win 88")
	p.want("one block", ". 1:1(0) ack 1 <sack 101:131>")
	p.send(1)
	p.want("nothing is in flight", "P. 1:2(1) ack 1")
	p.send(100)
	p.closeWrite()
	p.wantIdle("Nagle")
	p.in("F. 1:1(0) ack 2 win 88")
	p.want("the FIN", ". 2:2(0) ack 2")
	p.wantIdle("88 octets are no full segment any more")
	if p.c.Deadline() == Never {
		p.fail("a hundred octets and the FIN wait, and no timer runs")
	}
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.wantSent("the override", "[. 2:90]")
}

// RFC 5681 §4.1: the idle time counts from the last data sent, first time or again.
func TestIdleTimeCountsFromTheLastDataSent_RFC5681_4_1(t *testing.T) {
	p := established(t, plain(Config{InitialWindow: 2}))
	p.send(4 * 1460)
	p.take()
	p.in(". 1:1(0) ack 2921")
	p.take()
	p.in(". 1:1(0) ack 5841 win 0")
	grown := p.c.Status().CongestionWindow
	p.send(1000)
	for range 3 {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		p.wantSent("a probe", "[. 5841:5842]")
	}
	p.in(". 1:1(0) ack 5842")
	p.wantSent("the rest", "[P. 5842:6841]")
	if got := p.c.Status().CongestionWindow; got < grown {
		p.fail("the congestion window went from %d to %d: data left a moment ago", grown, got)
	}
}

// RFC 3042 lets new segments out beyond the congestion window, not retransmissions.
func TestLimitedTransmitIsForNewData_RFC3042(t *testing.T) {
	p := smallSegments(t, Config{SACK: Off})
	p.send(200)
	p.wantSent("two segments", "[. 1:101 P. 101:201]")
	p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
	p.wantSent("a window of one segment", "[. 1:101]")
	p.in(". 1:1(0) ack 1")
	p.wantSent("a duplicate acknowledgment", "[]")
}

// Fast recovery without SACK, octet by octet: FlightSize leaves out what limited
// transmit sent, a duplicate acknowledgment inflates the window by a segment, and a
// partial one deflates it by what it covers, but for one segment, and repeats what it
// asks for (RFC 5681 §3.2, RFC 6582 §3.2).
func TestPartialAcknowledgmentDeflates_RFC6582(t *testing.T) {
	p := smallSegments(t, Config{SACK: Off})
	p.send(2000)
	if n := len(p.take()); n != 10 { // of which 1:101 and 301:401 are lost
		p.fail("%d segments, want the initial window of 10", n)
	}
	for i, want := range []string{
		"[. 1001:1101]", "[. 1101:1201]", "[. 1:101]", // ssthresh 500, cwnd 500+300
		"[]", "[]", "[]", "[]", "[. 1201:1301]", // cwnd 1300 covers the 1200 in flight
	} {
		p.in(". 1:1(0) ack 1")
		p.wantSent(fmt.Sprintf("duplicate acknowledgment %d", i+1), want)
	}
	p.in(". 1:1(0) ack 301") // cwnd 1300-300+100, 1000 in flight
	p.wantSent("a partial acknowledgment", "[. 301:401 . 1301:1401]")
	p.in(". 1:1(0) ack 351") // cwnd 1100-50, 1050 in flight
	p.wantSent("one of half a segment", "[. 351:401]")
}

// PushEvery: a burst is what leaves in a millisecond, by the congestion window and the
// round trip, or what the window lets out.
func TestPSHEndsEveryBurst(t *testing.T) {
	p := newPeer(t, Linux())
	p.open()
	p.after(10 * time.Millisecond)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("open", ". 1:1(0) ack 1")
	p.send(100 * mssTS)
	flight := func(sentence, want string) {
		t.Helper()
		var pushed []string
		for i, s := range p.take() {
			if strings.Contains(s, "P") {
				pushed = append(pushed, fmt.Sprint(i+1))
			}
		}
		if got := strings.Join(pushed, " "); got != want {
			p.fail("%s: PSH on %s, want %s", sentence, got, want)
		}
	}
	flight("ten segments", "2 4 6 8 10")
	p.after(10 * time.Millisecond)
	p.in(fmt.Sprintf(". 1:1(0) ack %d", 1+10*mssTS))
	flight("twenty, and the window ends the last burst", "3 6 9 12 15 18 20")
}

// A FIN needs no room: it rides on the text that is repeated before it. Alone it
// would draw a second acknowledgment from a peer that has closed meanwhile.
func TestFINRidesOnTheTextRepeatedBeforeIt(t *testing.T) {
	p := established(t, Config{})
	p.send(500)
	p.want("lost", "P. 1:501(500) ack 1")
	p.closeWrite()
	p.want("arrives", "F. 501:501(0) ack 1")
	p.in(". 1:1(0) ack 1 <sack 501:502>")
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("both", "FP. 1:501(500) ack 1")
	p.wantIdle("once")
}

// An answer that leaves the window closed begins the interval of the window probes
// anew, whether or not the user timeout was set by SetUserTimeout (which only decides
// whether answers move that).
func TestAnswersMoveThePersistTimerUnderAnyUserTimeout(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		p := established(t, plain(Config{}))
		if fixed {
			p.do("SetUserTimeout", p.c.SetUserTimeout(p.now, time.Hour))
		}
		p.send(1)
		p.want("taken", "P. 1:2(1) ack 1")
		p.in(". 1:1(0) ack 2 win 0")
		p.send(1)
		interval := p.c.Status().Timers[TimerPersist].Sub(p.now)
		p.after(interval / 2)
		p.in(". 1:1(0) ack 2 win 0")
		if got := p.c.Status().Timers[TimerPersist].Sub(p.now); got != interval {
			p.fail("fixed %v: the next probe is due in %v, want %v", fixed, got, interval)
		}
	}
}
