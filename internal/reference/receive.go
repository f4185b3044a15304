package reference

import (
	"maps"
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// urgentPointer is step 6.
func (e *Endpoint) urgentPointer(a *arrival) {
	switch e.state {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2:
		if a.urgent {
			seq := unwrap(e.rcvNxt, a.seg.Seq)
			e.rcvUrgent = max(e.rcvUrgent, seq+int64(a.seg.Urgent))
		}
	}
}

// textAndFIN is steps 7 and 8.
func (e *Endpoint) textAndFIN(a *arrival) {
	switch e.state {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2:
	default:
		return // after the peer's FIN there is nothing to take
	}
	if a.text == 0 && !a.fin && !e.held[e.rcvNxt] {
		return
	}
	if e.lateData(a) {
		e.resetPeer()
		e.end(ErrReset)
		return
	}
	before, gap := e.rcvNxt, len(e.held) > 0
	e.hold(a)
	e.takeHeld()
	switch {
	case e.rcvNxt == before || gap: // out of order, or a gap filled
		e.ackNow = true
	case e.finTaken && !e.cfg.DelayFINAck:
		e.ackNow = true
	default:
		e.delayACK()
	}
	if e.finTaken {
		e.peerFIN()
	}
}

// lateData is S10: text for which there is no reader any more, in FIN-WAIT-1 and
// FIN-WAIT-2.
func (e *Endpoint) lateData(a *arrival) bool {
	if !e.readClosed || e.state == tcp.StateEstablished {
		return false
	}
	early := a.fin && a.seq > e.rcvNxt && e.cfg.ResetOnEarlyFIN
	heldText := e.held[e.rcvNxt] && !(e.finKnown && e.finSeq == e.rcvNxt)
	return a.text > 0 || heldText || early
}

// hold keeps text and FIN of a segment, in order or not. What is held already
// stays as it is.
func (e *Endpoint) hold(a *arrival) {
	seq := a.seq
	if a.syn {
		seq++
	}
	saved, finKnown, finSeq := maps.Clone(e.held), e.finKnown, e.finSeq
	for q := seq; q < seq+a.text; q++ {
		if q >= e.rcvNxt && q < e.rcvEdge && !(e.finKnown && q >= e.finSeq) {
			e.held[q] = true
		}
	}
	if fin := seq + a.text; a.fin && fin >= e.rcvNxt && !e.finKnown && !e.heldBeyond(fin) &&
		(fin < e.rcvEdge || fin == e.rcvNxt && a.text == 0) {
		e.finKnown, e.finSeq = true, fin
		e.held[fin] = true
	}
	if e.cfg.Spans > 0 && seq > e.rcvNxt && len(blocks(e.held)) > e.cfg.Spans {
		e.held, e.finKnown, e.finSeq = saved, finKnown, finSeq
	}
	if seq > e.rcvNxt && e.held[seq] {
		e.recent = slices.Insert(e.recent, 0, seq)
	}
}

func (e *Endpoint) heldBeyond(seq int64) bool {
	for q := range e.held {
		if q >= seq {
			return true
		}
	}
	return false
}

// takeHeld advances RCV.NXT over everything that is held without a gap.
func (e *Endpoint) takeHeld() {
	for e.held[e.rcvNxt] {
		delete(e.held, e.rcvNxt)
		e.rcvNxt++
		if e.finKnown && e.rcvNxt > e.finSeq {
			e.finTaken = true
		}
	}
	e.rcvEdge = max(e.rcvEdge, e.rcvNxt) // a FIN taken with the window closed
	e.recent = slices.DeleteFunc(e.recent, func(q int64) bool { return !e.held[q] })
}

// peerFIN is the table of step 8.
func (e *Endpoint) peerFIN() {
	switch e.state {
	case tcp.StateEstablished:
		e.enter(tcp.StateCloseWait)
	case tcp.StateFinWait1:
		e.enter(tcp.StateClosing)
		e.ackNow = true
	case tcp.StateFinWait2:
		e.enter(tcp.StateTimeWait)
		e.ackNow = true
	}
}

// delayACK is section 10 for text in order.
func (e *Endpoint) delayACK() {
	full := int64(e.cfg.MSS)
	if e.tsOK {
		full -= timestampOctets
	}
	switch {
	case e.cfg.DelayedACK == 0 || e.rcvNxt-e.lastACKSent >= 2*full:
		e.ackNow = true
	case !e.running(delayedACK):
		e.start(delayedACK, int64(e.cfg.DelayedACK))
	}
}

// newEdge is where RCV.NXT+RCV.WND goes by the receiver's SWS avoidance: it stays
// until it can move by a good step, and never moves left.
func (e *Endpoint) newEdge() int64 {
	limit := int64(65535) << e.rcvShift
	wnd := min(int64(e.cfg.ReceiveBuffer)-int64(e.Readable()), limit)
	edge := e.rcvNxt + wnd
	if edge-e.rcvEdge >= min(int64(e.cfg.ReceiveBuffer)/2, e.smss) {
		return max(edge, e.rcvEdge)
	}
	return e.rcvEdge
}

func (e *Endpoint) wouldOpenWindow() bool { return e.newEdge() > e.rcvEdge }

// noteDuplicate notes the first range of a segment that was received before, for
// the next ACK to report (RFC 2883).
func (e *Endpoint) noteDuplicate(a *arrival) {
	if !e.sackOK {
		return
	}
	var found *block
	for q := a.whole.left; q < a.whole.right; q++ {
		known := e.held[q] || q > e.irs && q < e.rcvNxt
		switch {
		case known && found == nil:
			found = &block{q, q + 1}
		case known:
			found.right++
		case found != nil:
			e.duplicate = found
			return
		}
	}
	if found != nil {
		e.duplicate = found
	}
}

// sackBlocks returns what the next ACK reports (RFC 2018, RFC 2883).
func (e *Endpoint) sackBlocks() []block {
	if !e.sackOK {
		return nil
	}
	var out []block
	if e.duplicate != nil {
		out = append(out, *e.duplicate)
	}
	spans := blocks(e.held)
	var reported []block
	for _, q := range e.recent {
		for _, b := range spans {
			if b.left <= q && q < b.right && !slices.Contains(reported, b) {
				reported = append(reported, b)
			}
		}
	}
	out = append(out, reported...)
	most := 4
	if e.tsOK {
		most = 3
	}
	return out[:min(len(out), most)]
}
