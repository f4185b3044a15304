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
	default: // after the peer's FIN there is nothing to take
		if a.payloadOrFIN && a.whole.left < e.rcvNxt {
			e.noteOld(a)
			e.sendACK(a)
		}
		return
	}
	if a.text == 0 && !a.fin && !e.held[e.rcvNxt] {
		return
	}
	if e.lateData(a) {
		e.replyReset(a.seg)
		e.end(ErrAborted)
		return
	}
	e.noteDuplicate(a)
	if a.text >= e.rmss {
		e.rmss = min(a.text, int64(e.cfg.MSS))
	}
	before, gap := e.rcvNxt, len(e.held) > 0
	e.hold(a)
	e.takeHeld()
	switch {
	case e.rcvNxt == before || gap && !(a.fin && e.finTaken): // out of order, or a gap filled
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
	if fin := seq + a.text; a.fin && e.takesFIN(seq, fin) &&
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

// takesFIN decides where a peer contradicts itself (C10): a FIN that is in order
// counts unless an earlier one is held; another only if no FIN is held, nor text
// that has its number.
func (e *Endpoint) takesFIN(seq, fin int64) bool {
	if seq <= e.rcvNxt {
		return fin >= e.rcvNxt && (!e.finKnown || fin < e.finSeq)
	}
	return !e.finKnown && !e.held[fin]
}

// takeHeld advances RCV.NXT over everything that is held without a gap.
func (e *Endpoint) takeHeld() {
	for e.held[e.rcvNxt] {
		delete(e.held, e.rcvNxt)
		e.rcvNxt++
		if e.finKnown && e.rcvNxt > e.finSeq {
			e.finTaken = true
			clear(e.held) // a FIN ends the text
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
	switch {
	case e.cfg.DelayedACK == 0 || e.rcvNxt-e.lastACKSent >= 2*e.rmss:
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
	if !e.finTaken && e.state >= tcp.StateEstablished && edge-e.rcvEdge >= max(1, min(int64(e.cfg.ReceiveBuffer)/2, int64(e.cfg.MSS))) {
		return edge
	}
	return e.rcvEdge
}

// wouldOpenWindow says that the user has made room worth a segment of its own.
func (e *Endpoint) wouldOpenWindow() bool {
	return e.newEdge()-e.rcvNxt >= max(2*(e.rcvEdge-e.rcvNxt), 1)
}

// noteOld notes what of a segment that is not taken lies below RCV.NXT.
func (e *Endpoint) noteOld(a *arrival) {
	left, right := unwrap(e.rcvNxt, a.seg.Seq), a.whole.right
	if e.sackOK && e.state != tcp.StateTimeWait && left < right && left < e.rcvNxt {
		e.duplicate = &block{left, min(right, e.rcvNxt)}
	}
}

// noteDuplicate notes the first range of a segment that was received before, for
// the next ACK to report (RFC 2883).
func (e *Endpoint) noteDuplicate(a *arrival) {
	if !e.sackOK {
		return
	}
	var found *block
	for q := a.whole.left; q < a.whole.right; q++ {
		known := e.held[q] || q < e.rcvNxt
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
