package tcp

import (
	"fmt"
	"testing"
	"time"
)

// Rules of Linux that courses recorded at random showed: what counts of a segment that
// is not wholly good, and what begins anew in TIME-WAIT. The other presets go by the
// RFC.

// A timestamp counts, and the peer is heard of, only when the acknowledgment is found
// good; by RFC 7323 §5.3, R3, as soon as the segment is in the window.
func TestTimestampCountsWithAGoodACK_StaleACK(t *testing.T) {
	for _, test := range []struct {
		cfg   Config
		in    string
		keeps bool
	}{
		{Linux(), "P. 1:1(0) ack 1000", false},
		{Linux(), ". 1:1(0) ack -100000 win 7", false},
		{Linux(), "S 1:1(0)", false},
		{Linux(), ". 1:1(0) ack 1 win 7", true},
		{Config{}, ". 1:1(0) ack 1000", true},
		{Config{}, "S 1:1(0)", true},
	} {
		p := connAt(t, test.cfg, StateEstablished, nil)
		before := p.c.ts.recent
		heard := p.c.rcv.last
		p.after(50 * time.Millisecond)
		p.in(test.in)
		if (p.c.ts.recent != before) != test.keeps || (p.c.rcv.last != heard) != test.keeps {
			p.fail("%s: TS.Recent moved by %d, heard of %v later; want that: %v", test.in, p.c.ts.recent-before, p.c.rcv.last.Sub(heard), test.keeps)
		}
		var seg Segment
		for p.c.Next(&seg) {
		}
	}
}

// A request takes an echo of its SYN,ACKs' timestamps, not of those of other answers.
func TestRequestTakesTheEchoOfItsSYNACKs_SynReceivedLinux(t *testing.T) {
	p := newPeer(t, Linux())
	p.listen()
	ofSYNACK := p.ecr
	p.after(rtt)
	p.in("P. -4:-3(1) ack 1")
	p.want("old text", ". 1:1(0) ack 1")
	if p.ecr == ofSYNACK {
		p.fail("the test needs another timestamp")
	}
	ofAnswer := p.ecr
	for _, in := range []string{". 1:1(0) ack 1", "P 1:11(10)"} {
		p.after(200 * time.Millisecond)
		p.c.limit = throttle{}
		p.in(fmt.Sprintf("%s <TS val %d ecr %d>", in, p.tsval(), ofAnswer))
		p.wantVerdict("an echo of the answer", DroppedWindow)
		p.want("an echo of the answer", ". 1:1(0) ack 1")
		p.wantState("an echo of the answer", StateSynReceived)
	}
	p.in(fmt.Sprintf(". 1:1(0) ack 1 <TS val %d ecr %d>", p.tsval(), ofSYNACK))
	p.wantState("an echo of the SYN,ACK", StateEstablished)
}

// The limit of answers begins anew in TIME-WAIT, and does not concern a SYN that would
// be accepted if somebody listened.
func TestTimeWaitLimitsItsOwnAnswers_TimeWaitAnyACK(t *testing.T) {
	p := connAt(t, Linux(), StateFinWait2, (*peer).closeWrite)
	p.in("S 1:1(0)")
	p.want("a SYN in FIN-WAIT-2", ". 2:2(0) ack 1")
	p.in("S 1:1(0)")
	p.wantVerdict("again", DroppedThrottled)
	p.in("F. 1:1(0) ack 2")
	p.want("the FIN", ". 2:2(0) ack 2")
	p.wantState("the FIN", StateTimeWait)
	p.in("S -10:-10(0) <TS val 0 ecr 0>")
	p.want("the first illegal SYN in TIME-WAIT", ". 2:2(0) ack 2")
	p.in("S -10:-10(0) <TS val 0 ecr 0>")
	p.wantVerdict("the second", DroppedThrottled)
	for range 2 {
		p.in("S 100:100(0)")
		p.wantVerdict("a legal one", ReackedOld)
		p.want("a legal one", ". 2:2(0) ack 2")
	}
}

// A FIN in order in ESTABLISHED ends what SACK has to say, before its acknowledgment.
func TestFINEndsDSACK_StaleSACK(t *testing.T) {
	for _, stale := range []bool{true, false} {
		cfg := Linux()
		cfg.StaleSACK = stale
		p := connAt(t, cfg, StateEstablished, nil)
		p.in("F. 2:2(0) ack 1")
		p.want("a FIN ahead of text", ". 1:1(0) ack 1 <sack 2:3>")
		p.in("FP. 1:2(1) ack 1")
		p.after(p.c.Deadline().Sub(p.now))
		p.c.Advance(p.now)
		p.want("text and FIN", ". 1:1(0) ack 3")
		if blocks := p.last.Options.NumSACK; (blocks == 0) != stale {
			p.fail("%d blocks with StaleSACK %v", blocks, stale)
		}
	}
}

// Text beyond a gap is no rhythm of arrival: a FIN after it is acknowledged as on a
// connection that has received nothing.
func TestTextBeyondAGapBeginsNoRhythm_AckAdaptive(t *testing.T) {
	p := connAt(t, Linux(), StateEstablished, nil)
	p.in("P. 101:201(100) ack 1")
	p.want("text beyond a gap", ". 1:1(0) ack 1 <sack 101:201>")
	p.after(300 * time.Millisecond)
	p.in("F. 1:1(0) ack 1")
	if wait := p.c.Deadline().Sub(p.now); wait > 2*p.c.cfg.tick {
		p.fail("the acknowledgment of the FIN waits %v, want two ticks at most", wait)
	}
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("the FIN", ". 1:1(0) ack 2")
}
