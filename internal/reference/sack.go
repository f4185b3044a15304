package reference

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// Loss recovery with SACK (RFC 6675). HighACK+1 is una, HighData+1 is nxt, HighRxt+1
// is highRxt, RescueRxt+1 is rescueRxt, RecoveryPoint is recover.

// markSACKed is Update: it marks the queue by the SACK blocks of a segment and
// reports whether anything was new, which makes the segment a duplicate ACK.
func (e *Endpoint) markSACKed(a *arrival) bool {
	o, isNew := &a.seg.Options, false
	for _, b := range o.SACK[:min(int(o.NumSACK), len(o.SACK))] {
		left, right := unwrap(e.una, b.Left), unwrap(e.una, b.Right)
		if left <= a.ack || right > e.nxt {
			continue // D-SACK, or nonsense
		}
		for i, s := range e.queue {
			if !s.sacked && left <= s.from && s.to <= right {
				e.queue[i].sacked = true
				isNew = true
			}
		}
	}
	return isNew
}

// isLost is IsLost of the i-th segment of the queue.
func (e *Endpoint) isLost(i int) bool {
	sequences, octets := 0, int64(0)
	for j := i + 1; j < len(e.queue); j++ {
		if s := e.queue[j]; s.sacked {
			octets += s.to - s.from
			if j == i+1 || !e.queue[j-1].sacked {
				sequences++
			}
		}
	}
	return sequences >= 3 || octets > 2*e.smss
}

// pipe is SetPipe.
func (e *Endpoint) pipe() int64 {
	var n int64
	for i, s := range e.queue {
		if s.sacked {
			continue
		}
		if !e.isLost(i) {
			n += s.to - s.from
		}
		n += max(0, min(s.to, e.highRxt)-s.from)
	}
	return n
}

// byPipe says that pipe rules what is sent: in recovery, and for limited transmit.
func (e *Endpoint) byPipe() bool { return e.sackOK && (e.recovering || e.dupACKs > 0) }

// pipeHasRoom: cwnd − pipe ≥ 1 SMSS.
func (e *Endpoint) pipeHasRoom() bool { return e.cwnd-e.pipe() >= e.smss }

// duplicateSACK takes an ACK with news of SACK: steps (1) to (4).
func (e *Endpoint) duplicateSACK() {
	if e.recovering || e.una == e.nxt || e.una <= e.recover {
		return
	}
	e.dupACKs++
	e.highRxt = e.una
	if e.dupACKs < 3 && !e.isLost(0) {
		return
	}
	e.recovering = true
	e.recover = e.nxt - 1
	e.halve(e.nxt - e.una - e.limitedSent)
	e.cwnd = e.ssthresh
	e.frontOwed = true
}

// nextLost is what NextSeg returns by rule (1), after the segment of step (4.3).
func (e *Endpoint) nextLost(seg *tcp.Segment) bool {
	if e.frontOwed {
		e.frontOwed = false
		i := slices.IndexFunc(e.queue, func(s sent) bool { return !s.sacked })
		if i < 0 {
			return false // the peer holds everything, and does not say so
		}
		e.retransmitFrom(seg, i, e.queue[i].from)
		e.rescueRxt = e.highRxt
		return true
	}
	for i := range e.queue {
		if e.isLost(i) && e.hole(i) {
			return e.pipeHasRoom() && e.sendHole(seg, i)
		}
	}
	return false
}

// nextHole is what NextSeg returns by rules (3) and (4): where nothing is known to
// be lost and nothing new can be sent.
func (e *Endpoint) nextHole(seg *tcp.Segment) bool {
	if !e.sackOK || !e.recovering || !e.pipeHasRoom() {
		return false
	}
	last := -1
	for i := range e.queue {
		if e.queue[i].sacked {
			continue
		}
		last = i
		if e.hole(i) && slices.ContainsFunc(e.queue[i:], func(s sent) bool { return s.sacked }) {
			return e.sendHole(seg, i)
		}
	}
	if last < 0 || e.una <= e.rescueRxt {
		return false
	}
	s, high := e.queue[last], e.highRxt
	from := max(s.from, s.to-e.payloadLimit())
	if from != e.una && from >= e.una+e.wnd {
		return false
	}
	e.retransmitFrom(seg, last, from)
	e.highRxt, e.rescueRxt = high, e.recover+1
	return true
}

// hole: the i-th segment is not SACKed, nor sent again in this recovery.
func (e *Endpoint) hole(i int) bool { return !e.queue[i].sacked && e.queue[i].to > e.highRxt }

func (e *Endpoint) sendHole(seg *tcp.Segment, i int) bool {
	from := max(e.queue[i].from, e.highRxt)
	if from != e.una && from >= e.una+e.wnd {
		return false
	}
	e.retransmitFrom(seg, i, from)
	return true
}

func (e *Endpoint) retransmitFrom(seg *tcp.Segment, i int, from int64) {
	e.queue[i].resent = from
	e.retransmit(seg, i)
	e.queue[i].lost = false
	e.highRxt = max(e.highRxt, unwrap(e.una, seg.Seq)+int64(seg.SegLen()))
}
