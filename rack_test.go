package tcp

import (
	"testing"
	"time"
)

// rackPeer is ESTABLISHED with SACK, exact timers and RACK, after one round trip of
// 40 ms, with segments of 1000 octets.
func rackPeer(t *testing.T) *peer {
	p := newPeer(t, Config{LossDetection: LossRACK, Timestamps: Off, WindowScale: Off, MSS: 1000, NoDelay: true})
	p.open()
	p.after(40 * time.Millisecond)
	p.in("S. 0:0(0) ack 1 win 65535 <mss 1000,sackOK>")
	p.want("the handshake ends", ". 1:1(0) ack 1 win 65535")
	return p
}

func (p *peer) sendThree() {
	p.t.Helper()
	p.send(3000)
	p.want("first", ". 1:1001(1000) ack 1")
	p.want("second", ". 1001:2001(1000) ack 1")
	p.want("third", "P. 2001:3001(1000) ack 1")
}

// RFC 8985 §6.2: a segment is not lost before the reordering window has passed,
// here a quarter of the shortest round trip, 10 ms, and 2 ms more.
func TestRACKWaitsForReordering(t *testing.T) {
	p := rackPeer(t)
	p.sendThree()
	p.after(40 * time.Millisecond)
	p.in(". 1:1(0) ack 1 win 65535 <sack 1001:2001>")
	p.wantIdle("the first segment may still come")
	p.passes("the reordering window", 11*time.Millisecond)
	p.in(". 1:1(0) ack 2001 win 65535")
	p.wantIdle("it has come")
	p.wantCounters("nothing was lost", "")
}

func TestRACKRepeatsWhatIsLate(t *testing.T) {
	p := rackPeer(t)
	p.sendThree()
	p.after(40 * time.Millisecond)
	p.in(". 1:1(0) ack 1 win 65535 <sack 1001:2001>")
	p.advanceToDeadline(TimerLossProbe, 12*time.Millisecond)
	p.want("the first is late", ". 1:1001(1000) ack 1")
	p.wantIdle("the third was sent after the one that arrived")
	p.wantCounters("a recovery, no timeout", "Retransmits 1, FastRecoveries 1")
	p.advanceToDeadline(TimerRetransmit, 200*time.Millisecond)
	p.want("the timeout counts from the repetition", ". 1:1001(1000) ack 1")
}

// Once three segments are held there is no reordering window (§6.2 step 4).
func TestRACKThreeHeld(t *testing.T) {
	p := rackPeer(t)
	p.send(4000)
	for range 4 {
		var seg Segment
		p.c.Next(&seg)
	}
	p.after(40 * time.Millisecond)
	p.in(". 1:1(0) ack 1 win 65535 <sack 1001:4001>")
	p.want("at once", ". 1:1001(1000) ack 1")
}
