package reference

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// arriveSynchronized is RFC 9293 §3.10.7.4 with RFC 5961 and RFC 7323: the steps
// in their order. Every step reports whether the next one is to be taken.
func (e *Endpoint) arriveSynchronized(a *arrival) {
	if !a.syn && !a.hasACK && !a.rst { // P-13
		return
	}
	if !a.syn {
		a.wnd <<= e.sndShift // step 0
	}
	if e.state == tcp.StateTimeWait && e.arriveInTimeWait(a) {
		return
	}
	steps := []func(*arrival) bool{
		e.checkTimestamp, e.checkSequence, e.checkRST, e.checkSYN, e.checkACK,
	}
	for _, step := range steps {
		if !step(a) {
			return
		}
	}
	e.urgentPointer(a)
	e.textAndFIN(a)
}

// checkTimestamp is PAWS, steps 0a and 0b.
func (e *Endpoint) checkTimestamp(a *arrival) bool {
	if !e.tsOK || a.rst {
		return true
	}
	if !a.seg.Options.Has(tcp.OptTimestamps) {
		return false
	}
	if int32(a.seg.Options.TSVal-e.tsRecent) >= 0 {
		return true
	}
	if e.now.Sub(e.tsRecentAt) > 24*24*time.Hour {
		e.tsRecent, e.tsRecentAt = a.seg.Options.TSVal, e.now
		return true
	}
	e.noteOld(a)
	e.sendACK(a)
	return false
}

// acceptable is the table of section 2.1, as "overlaps the window".
func (e *Endpoint) acceptable(a *arrival) bool {
	if a.end() == a.seq {
		return a.seq == e.rcvNxt || e.rcvNxt < a.seq && a.seq < e.rcvEdge
	}
	if e.rcvEdge == e.rcvNxt {
		// P-11: a FIN by itself needs no buffer.
		return a.fin && !a.syn && a.text == 0 && a.seq == e.rcvNxt
	}
	return a.seq < e.rcvEdge && a.end() > e.rcvNxt
}

// checkSequence is step 1 with TS.Recent and trimming.
func (e *Endpoint) checkSequence(a *arrival) bool {
	if a.rst {
		if a.seq == e.rcvNxt || e.rcvNxt < a.seq && a.seq < e.rcvEdge {
			e.lastReceived, e.keepProbes = e.now, 0
		}
		return true // 2.2 has the window test of its own
	}
	if e.state == tcp.StateSynReceived && a.syn && !a.hasACK && a.seq == e.irs {
		e.synOwed = true // P-5
		return false
	}
	if e.state == tcp.StateSynReceived && a.syn && a.seq == e.irs && !e.passive {
		e.takeTimestamp(a)
		if e.ackInFlight(a) { // MUST-10: the SYN,ACK that crosses ours
			e.ackNow = true
			a.seq, a.syn, a.stripped = a.seq+1, false, true
		}
	}
	if !e.acceptable(a) {
		e.unacceptable(a)
		return false
	}
	e.lastReceived, e.keepProbes = e.now, 0
	e.takeTimestamp(a)
	if !a.syn {
		e.trim(a)
	}
	return true
}

// unacceptable answers a segment outside the window. The ACK field of one that
// begins just before RCV.NXT, or at RCV.NXT while the window is closed, counts all
// the same (P-1, MUST-66).
func (e *Endpoint) unacceptable(a *arrival) {
	if !a.syn {
		e.noteOld(a)
	}
	shut := e.rcvEdge == e.rcvNxt
	closed := shut && a.seq == e.rcvNxt
	carries := !a.syn && e.state != tcp.StateSynReceived && e.ackUsable(a)
	if carries && shut && e.state != tcp.StateTimeWait && a.seq == e.rcvNxt+1 && a.end() == a.seq { // behind the probe that had no room
		e.lastReceived, e.keepProbes = e.now, 0
		if e.checkACK(a) {
			e.urgentPointer(a)
		}
		return
	}
	e.sendACK(a)
	if (closed || a.seq == e.rcvNxt-1 || shut && a.seq == e.rcvNxt+1) && a.end() > a.seq && carries {
		if a.end() > e.rcvNxt {
			a.seq = max(a.seq, e.rcvNxt)
		}
		a.text, a.fin, a.syn = 0, false, false
		e.lastReceived, e.keepProbes = e.now, 0
		if e.checkACK(a) && closed {
			e.urgentPointer(a)
		}
	}
}

// takeTimestamp is step 1b.
func (e *Endpoint) takeTimestamp(a *arrival) {
	if e.tsOK && a.seg.Options.Has(tcp.OptTimestamps) && a.seq <= e.lastACKSent &&
		int32(a.seg.Options.TSVal-e.tsRecent) >= 0 {
		e.tsRecent, e.tsRecentAt = a.seg.Options.TSVal, e.now
	}
}

// trim cuts off what is outside the window: step 1c.
func (e *Endpoint) trim(a *arrival) {
	if old := e.rcvNxt - a.seq; old > 0 {
		if old > a.text {
			a.fin = false
		}
		a.text = max(0, a.text-old)
		a.seq = e.rcvNxt
	}
	if a.text == 0 && a.seq == e.rcvNxt {
		return // P-11: room for a FIN by itself
	}
	if beyond := a.seq + a.text - e.rcvEdge; beyond >= 0 {
		a.fin = false
		a.text -= beyond
	}
}

// checkRST is step 2 (RFC 5961 §3).
func (e *Endpoint) checkRST(a *arrival) bool {
	if !a.rst {
		return true
	}
	switch {
	case a.seq == e.rcvNxt:
		e.acceptRST()
	case a.seq > e.rcvNxt && a.seq < e.rcvEdge:
		if e.state != tcp.StateTimeWait { // S16: dropped there
			e.challenge()
		}
	}
	return false
}

func (e *Endpoint) acceptRST() {
	switch e.state {
	case tcp.StateSynReceived:
		e.endHandshake(ErrRefused)
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait:
		e.end(ErrReset)
	case tcp.StateClosing, tcp.StateLastAck:
		e.end(ErrClosedByReset)
	case tcp.StateTimeWait:
		if !e.cfg.RFC1337 {
			e.end(ErrClosedByReset)
		}
	}
}

// checkSYN is step 4 (RFC 5961 §4).
func (e *Endpoint) checkSYN(a *arrival) bool {
	if !a.syn {
		return true
	}
	if e.state == tcp.StateSynReceived && e.passive {
		e.endHandshake(nil)
	} else {
		e.challenge()
	}
	return false
}

// ackInFlight is "ACK acceptable": SND.UNA < SEG.ACK ≤ SND.NXT.
func (e *Endpoint) ackInFlight(a *arrival) bool {
	return a.hasACK && e.una < a.ack && a.ack <= e.nxt
}

// ackUsable is what step 5 asks of the ACK field before it takes it: in
// SYN-RECEIVED that it acknowledges the SYN, later the range of RFC 5961 §5.
func (e *Endpoint) ackUsable(a *arrival) bool {
	if e.state == tcp.StateSynReceived {
		return e.ackInFlight(a)
	}
	return a.hasACK && e.una-e.maxWnd <= a.ack && a.ack <= e.nxt
}

// checkACK is step 5.
func (e *Endpoint) checkACK(a *arrival) bool {
	if !a.hasACK {
		return false
	}
	if e.state == tcp.StateSynReceived {
		if !e.ackUsable(a) {
			e.replyReset(a.seg) // P-18
			return false
		}
		e.synOwed = false
		e.acknowledge(a)
		e.setWindow(a.wnd)
		e.wl1, e.wl2 = a.seq, a.ack
		if a.stripped {
			e.wl1 = e.irs
		}
		e.becomeEstablished()
		return true
	}
	if !e.ackUsable(a) {
		e.challenge() // RFC 5961 §5, throttled whatever the segment carries
		return false
	}
	newSACK := e.sackOK && e.markSACKed(a)
	if !e.sackOK {
		e.detectDuplicate(a)
	}
	e.acknowledge(a)
	if newSACK && !e.persisting {
		e.duplicateSACK()
	}
	e.updateWindow(a)
	return e.afterACK()
}

// newestWindow is the condition of 5.6.
func (e *Endpoint) newestWindow(a *arrival) bool {
	return a.ack >= e.una && (e.wl1 < a.seq || e.wl1 == a.seq && e.wl2 <= a.ack)
}

// updateWindow is 5.6.
func (e *Endpoint) updateWindow(a *arrival) {
	if e.newestWindow(a) {
		e.setWindow(a.wnd)
		e.wl1, e.wl2 = a.seq, a.ack
	}
	if e.wnd == 0 {
		// The peer answers (MUST-37, SHLD-17).
		e.retries, e.probes = 0, 0
		if e.persisting && len(e.queue) == 0 {
			e.start(persist, e.probeInterval())
		}
		if !e.cfg.UserTimeoutExplicit && e.outstandingSince != tcp.Never {
			e.outstandingSince = e.now // P-14
		}
	}
}

// afterACK is what the states do when step 5 has taken the ACK.
func (e *Endpoint) afterACK() bool {
	switch e.state {
	case tcp.StateFinWait1:
		if e.finAcked() {
			e.enter(tcp.StateFinWait2)
		}
	case tcp.StateClosing:
		if e.finAcked() {
			e.enter(tcp.StateTimeWait)
			return false
		}
	case tcp.StateLastAck:
		if e.finAcked() {
			e.end(nil)
			return false
		}
	}
	return true
}

// sendACK owes an ACK for a segment that is not acceptable. Only pure control
// segments are throttled (P-2).
func (e *Endpoint) sendACK(a *arrival) {
	if a.payloadOrFIN && !a.syn {
		if a.fin && a.end() == e.rcvNxt && e.finTaken {
			e.finACKed++
		}
		e.ackNow = true
		return
	}
	e.challenge()
}

// challenge owes a challenge ACK. After ChallengeLimit of them, none of them
// ChallengeInterval or more after the one before, there is none for as long.
func (e *Endpoint) challenge() {
	if n := len(e.challenges); n > 0 && e.now.Sub(e.challenges[n-1]) >= e.cfg.ChallengeInterval {
		e.challenges = nil
	}
	if len(e.challenges) >= e.cfg.ChallengeLimit {
		e.suppressed++
		return
	}
	e.challenges = append(e.challenges, e.now)
	e.challenged++
	e.ackNow = true
}
