package reference

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// A timer is one of RFC 9293 §3.10.8 and its companions. Timers that are due at
// the same time fire in this order.
type timer int

const (
	retransmission timer = iota
	persist
	delayedACK
	keepalive
	userTimeout
	finWait2
	timeWait
	numTimers
)

func (t timer) String() string {
	return [numTimers]string{"retransmission", "persist", "delayed ACK",
		"keep-alive", "user timeout", "FIN-WAIT-2", "TIME-WAIT"}[t]
}

// start starts a timer, or starts it again.
func (e *Endpoint) start(t timer, d int64) {
	e.stop(t)
	if d != int64(Forever) {
		e.startAt(t, e.now.Add(time.Duration(d)))
	}
}

func (e *Endpoint) startAt(t timer, at tcp.Time) {
	if at != tcp.Never {
		e.timers[t] = at
	}
}

func (e *Endpoint) stop(t timer) { delete(e.timers, t) }

func (e *Endpoint) running(t timer) bool {
	_, ok := e.timers[t]
	return ok
}

// Deadline returns when Advance is needed next, or Never.
func (e *Endpoint) Deadline() tcp.Time {
	at, _ := e.next()
	return at
}

// next returns the timer that fires next, and when.
func (e *Endpoint) next() (tcp.Time, timer) {
	at, which := tcp.Never, numTimers
	for t := timer(0); t < numTimers; t++ {
		if u, ok := e.timers[t]; ok && u < at {
			at, which = u, t
		}
	}
	return at, which
}

// Advance fires the timers that are due at now, until there is something for Next
// to return; then the time is that timer's.
func (e *Endpoint) Advance(now tcp.Time) {
	now = max(now, e.now)
	for e.Deadline() <= now && e.Deadline() != tcp.Never {
		e.fire()
		if e.clone().Next(&tcp.Segment{}) {
			return
		}
	}
	e.now = now
}

// fire fires the next timer, at its own time.
func (e *Endpoint) fire() {
	at, t := e.next()
	e.now = max(e.now, at)
	e.stop(t)
	switch t {
	case userTimeout:
		e.end(ErrUserTimeout) // "for any state"
	case retransmission:
		e.retransmissionTimeout()
	case persist:
		e.persistTimeout()
	case delayedACK:
		e.ackNow = true
	case keepalive:
		e.keepaliveTimeout()
	case timeWait, finWait2:
		e.end(nil)
	}
	e.settle()
}

func (e *Endpoint) giveUp(err error) {
	if e.state == tcp.StateSynReceived {
		e.endHandshake(err)
	} else {
		e.end(err)
	}
}

// settle starts and stops the timers that follow from the rest of the state:
// whatever is owed has a timer. It comes at the end of every input and output.
func (e *Endpoint) settle() {
	switch e.state {
	case tcp.StateClosed, tcp.StateListen, tcp.StateTimeWait:
		return
	}
	inFlight := len(e.queue) > 0
	waiting := e.waiting() > 0

	if e.persisting && (e.wnd > 0 || !inFlight && !waiting) {
		e.endPersist()
	}
	if !e.persisting && e.wnd == 0 && waiting && !inFlight {
		e.beginPersist()
	}
	e.settleOverride(inFlight, waiting)
	switch {
	case !inFlight || e.persisting:
		e.stop(retransmission)
	case !e.running(retransmission):
		e.start(retransmission, e.rto)
	}
	e.settleUserTimeout(inFlight || waiting || e.synOwed)
	e.settleKeepalive(inFlight || waiting)
}

// waiting counts the sequence numbers that are queued and not yet sent, the FIN
// among them, in the states in which they can be sent.
func (e *Endpoint) waiting() int64 {
	switch e.state {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateCloseWait, tcp.StateClosing:
		n := e.dataEnd() - e.nxt
		if e.finSent {
			n++ // SND.NXT is beyond the FIN
		} else if e.writeClosed {
			n++
		}
		return n
	}
	return 0
}

func (e *Endpoint) beginPersist() {
	e.persisting, e.probes = true, 0
	e.doublings = 0
	e.retriesSince = e.now
	e.start(persist, e.probeInterval())
}

// endPersist goes back to the ordinary rules. A probe that was not acknowledged
// was refused by the closed window: it is to be sent again at once.
func (e *Endpoint) endPersist() {
	e.persisting, e.probes, e.probeOwed = false, 0, false
	e.persistAt = tcp.Never
	if at, ok := e.timers[persist]; ok && len(e.queue) == 0 && !e.progress {
		e.persistAt = at // the override need not come later than the probe would have
	}
	e.stop(persist)
	for i := range e.queue {
		e.queue[i].lost, e.queue[i].resent = true, 0
	}
}

// persistTimeout is zero-window probing (MUST-36, SHLD-29, SHLD-30), or the
// override of the sender's SWS avoidance where the window is not closed.
func (e *Endpoint) persistTimeout() {
	if !e.persisting {
		e.override = true
		return
	}
	if e.probes >= e.dataRetries() && e.lasted(e.cfg.MinDataTime) {
		e.end(ErrTimeout)
		return
	}
	if e.probes == 0 {
		e.retriesSince = e.now
	}
	e.probes++
	e.probeOwed = true
	if e.doublings < e.cfg.DataRetries {
		e.doublings++
	}
	e.start(persist, e.probeInterval())
}

// probeInterval is the time to the next window probe.
func (e *Endpoint) probeInterval() int64 {
	d := e.rto
	for range e.doublings {
		d = min(2*d, int64(e.cfg.MaxRTO))
	}
	return d
}

// settleOverride runs rule (4) of the sender's SWS avoidance while the only reason
// for not sending is that the window allows too little.
func (e *Endpoint) settleOverride(inFlight, waiting bool) {
	if e.persisting {
		return
	}
	defer func() { e.persistAt = tcp.Never }()
	small := waiting && !inFlight && e.wnd > 0 && e.nextLength() < 0
	switch {
	case !small:
		e.stop(persist)
	case !e.running(persist) && !e.override:
		e.startAt(persist, min(e.persistAt, e.now.Add(time.Duration(min(e.rto, int64(e.cfg.SWSOverride))))))
	}
}

// settleUserTimeout measures from when something became outstanding, or from the
// last progress (see acknowledge).
func (e *Endpoint) settleUserTimeout(outstanding bool) {
	if !outstanding {
		e.outstandingSince = tcp.Never
		e.stop(userTimeout)
		return
	}
	if e.outstandingSince == tcp.Never {
		e.outstandingSince = e.now
	}
	e.stop(userTimeout)
	if e.cfg.UserTimeout != Forever {
		e.startAt(userTimeout, max(e.now, e.outstandingSince.Add(e.cfg.UserTimeout)))
	}
}

// settleKeepalive runs the keep-alive timer while nothing is outstanding.
func (e *Endpoint) settleKeepalive(outstanding bool) {
	switch e.state {
	case tcp.StateEstablished, tcp.StateCloseWait, tcp.StateFinWait2:
	default:
		outstanding = true
	}
	switch {
	case !e.cfg.Keepalive || outstanding || e.running(finWait2):
		e.stop(keepalive)
	case e.keepProbes == 0:
		e.startAt(keepalive, max(e.lastReceived, e.keepSince).Add(e.cfg.KeepaliveIdle))
	default:
		e.startAt(keepalive, e.keepDue)
	}
}

func (e *Endpoint) keepaliveTimeout() {
	if e.keepProbes >= e.cfg.KeepaliveLimit {
		if e.cfg.KeepaliveReset {
			e.resetPeer()
		}
		e.end(ErrKeepalive)
		return
	}
	e.keepProbes++
	e.keepDue = e.now.Add(e.cfg.KeepaliveEvery)
	e.keepOwed = true
}

// dataRetries is R2 of data, FIN and probes.
func (e *Endpoint) dataRetries() int {
	if e.orphan {
		return e.cfg.OrphanRetries
	}
	return e.cfg.DataRetries
}

func (e *Endpoint) lasted(d time.Duration) bool { return e.now.Sub(e.retriesSince) >= d }
