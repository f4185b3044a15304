package reference

import "github.com/seed-447e5d66/tcp"

// arriveInTimeWait does what is special in TIME-WAIT and reports whether the
// segment is finished with.
func (e *Endpoint) arriveInTimeWait(a *arrival) bool {
	if a.rst {
		return false
	}
	if a.syn && !a.hasACK {
		e.synInTimeWait(a)
		return true
	}
	if !e.checkTimestamp(a) {
		return true
	}
	if a.syn {
		e.challenge() // P-16
		return true
	}
	if a.fin && a.end() == e.rcvNxt { // P-4: the peer's FIN again
		e.sendACK(a)
		e.timeWaitRestarts++
		e.startTimeWait()
		return true
	}
	if a.payloadOrFIN {
		e.sendACK(a) // 2.7
		return true
	}
	e.checkSequence(a) // an acceptable ACK by itself: nothing (P-4)
	return true
}

// synInTimeWait is a SYN that may begin a new incarnation (section 6, S14, S15).
func (e *Endpoint) synInTimeWait(a *arrival) {
	switch {
	case !e.legalSYN(a):
		if e.cfg.TimeWaitSYN == Strict {
			e.sendACK(a)
		}
	case e.cfg.Reopen && e.refs == 0 && e.Readable() == 0:
		e.reopen(a)
	default:
		e.sendACK(a) // as a host where nobody listens
	}
}

func (e *Endpoint) legalSYN(a *arrival) bool {
	stamped := e.cfg.Timestamps && a.seg.Options.Has(tcp.OptTimestamps)
	newer := int32(a.seg.Options.TSVal - e.tsRecent)
	if e.cfg.TimeWaitSYN == Strict {
		return a.seq > e.rcvNxt && (!e.tsOK || !stamped || newer > 0)
	}
	beyond := a.seq > e.rcvNxt-1 // the peer's FIN has this number
	switch {
	case e.tsOK && stamped:
		return newer > 0 || newer == 0 && beyond
	case !e.tsOK && stamped:
		return true
	}
	return beyond
}

// reopen makes e the new incarnation, passive and in SYN-RECEIVED.
func (e *Endpoint) reopen(a *arrival) {
	var old *Endpoint
	if e.cfg.TimeWaitSYN == RFC6191 {
		old = e.clone()
	}
	e.refs, e.readClosed = 1, false
	e.listen(e.nextISS())
	a.seq = int64(uint32(a.seg.Seq))
	a.wnd = int64(a.seg.Window)
	e.arriveInListen(a)
	e.old = old
}
