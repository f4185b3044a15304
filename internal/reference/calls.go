package reference

import (
	"math"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// The user calls (RFC 9293 §3.10.1–6). A call that returns an error changes
// nothing but the time.

// begin runs the timers that are due, each at its own time, and moves the clock.
func (e *Endpoint) begin(now tcp.Time) {
	for e.Deadline() <= max(now, e.now) && e.Deadline() != tcp.Never {
		e.fire()
	}
	e.now = max(now, e.now)
}

// Open is an active OPEN.
func (e *Endpoint) Open(now tcp.Time, iss tcp.Seq) error {
	e.begin(now)
	if e.ended || e.state != tcp.StateClosed && e.state != tcp.StateListen {
		return ErrExists
	}
	e.clear()
	e.chooseISS(int64(iss))
	e.enter(tcp.StateSynSent)
	e.synOwed = true
	e.settle()
	return nil
}

// Listen is a passive OPEN.
func (e *Endpoint) Listen(now tcp.Time, iss tcp.Seq) error {
	e.begin(now)
	if e.ended || e.state != tcp.StateClosed {
		return ErrExists
	}
	e.listen(int64(iss))
	return nil
}

func (e *Endpoint) listen(iss int64) {
	e.clear()
	e.passive = true
	e.chooseISS(iss)
	e.enter(tcp.StateListen)
}

// chooseISS starts the send sequence space.
func (e *Endpoint) chooseISS(iss int64) {
	e.iss, e.una, e.nxt = iss, iss, iss
	e.recover = iss - 1
	e.urgent = iss
}

// nextISS is the first number of the next incarnation: above every number that
// this one used.
func (e *Endpoint) nextISS() int64 { return e.nxt + 65537 }

// sendable is the SEND row of the table of calls.
func (e *Endpoint) sendable() error {
	switch e.state {
	case tcp.StateClosed, tcp.StateListen:
		return ErrNotConnected
	case tcp.StateSynSent, tcp.StateSynReceived, tcp.StateEstablished, tcp.StateCloseWait:
		if e.writeClosed {
			return ErrClosing
		}
		return nil
	}
	return ErrClosing
}

// Send is SEND: n more octets are ready to be sent.
func (e *Endpoint) Send(now tcp.Time, n int) error {
	e.begin(now)
	if err := e.sendable(); err != nil {
		return err
	}
	if n < 0 {
		return ErrInvalid
	}
	e.written += int64(n)
	e.settle()
	return nil
}

// SendUrgent is SEND with the URGENT flag: the octets up to and with these n are urgent.
func (e *Endpoint) SendUrgent(now tcp.Time, n int) error {
	e.begin(now)
	if err := e.sendable(); err != nil {
		return err
	}
	if n < 1 {
		return ErrInvalid // at least one octet goes with an urgent pointer
	}
	e.written += int64(n)
	e.urgent = e.dataEnd()
	e.settle()
	return nil
}

// Receive is RECEIVE: the user consumed n octets.
func (e *Endpoint) Receive(now tcp.Time, n int) error {
	e.begin(now)
	if n < 0 || n > e.Readable() {
		return ErrInvalid
	}
	e.read += int64(n)
	switch e.state {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2:
		if n > 0 && e.wouldOpenWindow() {
			e.ackNow = true // window update
		}
	}
	e.settle()
	return nil
}

// CloseWrite is CLOSE as the RFC has it: no more SEND.
func (e *Endpoint) CloseWrite(now tcp.Time) error {
	e.begin(now)
	switch e.state {
	case tcp.StateClosed:
		return ErrNotConnected
	case tcp.StateListen:
		e.end(nil)
		return nil
	case tcp.StateSynSent:
		e.end(ErrAborted)
		return nil
	case tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait:
		if e.writeClosed {
			return ErrClosing
		}
	}
	if !e.writeClosed {
		e.shutWrite()
	}
	e.settle()
	return nil
}

// shutWrite queues the FIN. In SYN-RECEIVED that waits for ESTABLISHED (P-8); in
// CLOSE-WAIT the state changes when the FIN leaves (P-10).
func (e *Endpoint) shutWrite() {
	e.writeClosed = true
	if e.state == tcp.StateEstablished {
		e.enter(tcp.StateFinWait1)
	}
}

// CloseRead says that nothing more will be read. Nothing is sent for it.
func (e *Endpoint) CloseRead(now tcp.Time) error {
	e.begin(now)
	if e.state == tcp.StateClosed || e.state == tcp.StateListen {
		return ErrNotConnected
	}
	e.readClosed = true
	return nil
}

// Retain adds a reference.
func (e *Endpoint) Retain() error {
	if e.refs == 0 {
		return ErrNotConnected
	}
	e.refs++
	return nil
}

// Exit is Close for a descriptor whose process ended.
func (e *Endpoint) Exit(now tcp.Time) error { return e.Close(now) }

// Close drops a reference; the last one closes both directions.
func (e *Endpoint) Close(now tcp.Time) error {
	e.begin(now)
	if e.ended {
		e.refs = max(0, e.refs-1)
		return nil
	}
	if e.refs == 0 || e.state == tcp.StateClosed {
		return ErrNotConnected
	}
	e.refs--
	if e.refs > 0 {
		return nil
	}
	switch e.state {
	case tcp.StateListen:
		e.end(nil)
		return nil
	case tcp.StateSynSent:
		e.end(ErrAborted)
		return nil
	}
	e.orphan, e.readClosed = true, true
	if e.Readable() > 0 && e.state != tcp.StateTimeWait {
		e.resetPeer() // SHLD-3: received data is lost
		e.end(ErrAborted)
		return nil
	}
	if !e.writeClosed {
		e.shutWrite()
	}
	if e.state == tcp.StateFinWait2 {
		e.startFinWait2()
	}
	e.settle()
	return nil
}

// Abort is ABORT.
func (e *Endpoint) Abort(now tcp.Time) error {
	e.begin(now)
	switch e.state {
	case tcp.StateClosed:
		return ErrNotConnected
	case tcp.StateSynReceived, tcp.StateEstablished, tcp.StateFinWait1,
		tcp.StateFinWait2, tcp.StateCloseWait:
		e.resetPeer()
	case tcp.StateClosing:
		if !e.finSent { // P-17
			e.resetPeer()
		}
	}
	e.end(ErrAborted)
	return nil
}

// SetReopen says whether a legal SYN in TIME-WAIT starts the next incarnation here.
func (e *Endpoint) SetReopen(on bool) { e.cfg.Reopen = on }

// SetUserTimeout sets the user timeout; Forever is none, 0 that of the configuration.
func (e *Endpoint) SetUserTimeout(now tcp.Time, d time.Duration) error {
	e.begin(now)
	e.cfg.UserTimeout, e.cfg.UserTimeoutExplicit = d, true
	if d == 0 {
		e.cfg.UserTimeout, e.cfg.UserTimeoutExplicit = e.configuredTimeout, false
	}
	e.settle()
	return nil
}

// SetKeepalive changes the settings of keep-alive.
func (e *Endpoint) SetKeepalive(now tcp.Time, on bool, idle, every time.Duration, limit int) error {
	e.begin(now)
	if !e.running(keepalive) {
		e.keepProbes, e.keepSince = 0, now
	} else {
		e.keepSince = math.MinInt64
	}
	e.cfg.Keepalive, e.cfg.KeepaliveIdle, e.cfg.KeepaliveEvery, e.cfg.KeepaliveLimit = on, idle, every, limit
	e.keepDue = max(now, max(e.lastReceived, e.keepSince).Add(idle))
	e.settle()
	return nil
}

// resetPeer owes RST-c: SEQ=SND.NXT, CTL=RST.
func (e *Endpoint) resetPeer() {
	r := &tcp.Segment{Seq: wrap(e.nxt), Flags: tcp.RST}
	if e.tsOK {
		r.Options.Present = tcp.OptTimestamps
		r.Options.TSVal = e.timestamp()
	}
	e.reset = r
}

// enter is the only place where the state changes.
func (e *Endpoint) enter(s tcp.State) {
	e.state = s
	switch s {
	case tcp.StateEstablished:
		e.old = nil
		e.lastReceived = e.now
	case tcp.StateFinWait2:
		if e.orphan {
			e.startFinWait2()
		}
	case tcp.StateTimeWait:
		clear(e.timers)
		e.persisting, e.probeOwed, e.frontOwed, e.keepOwed = false, false, false, false
		e.startTimeWait()
	case tcp.StateClosed:
		clear(e.timers)
	}
}

func (e *Endpoint) startFinWait2() { e.start(finWait2, int64(e.cfg.FinWait2Timeout)) }

func (e *Endpoint) startTimeWait() { e.start(timeWait, 2*int64(e.cfg.MSL)) }

// end makes the connection CLOSED for the reason given. A RST that is owed to the
// peer stays owed; nothing else does.
func (e *Endpoint) end(err error) {
	e.err, e.ended = err, true
	e.queue = nil
	e.ackNow, e.synOwed, e.frontOwed, e.probeOwed, e.keepOwed = false, false, false, false, false
	e.old = nil
	e.outstandingSince = tcp.Never
	e.enter(tcp.StateClosed)
}

// endHandshake ends a SYN-RECEIVED that nobody was told of: back to TIME-WAIT if
// it was left for this (RFC 6191), to LISTEN if passive, else CLOSED with err.
func (e *Endpoint) endHandshake(err error) {
	switch {
	case e.old != nil:
		now, reset, cfg := e.now, e.reset, e.cfg
		*e = *e.old
		e.now, e.reset, e.cfg = now, reset, cfg
	case e.passive && !e.writeClosed:
		e.listen(e.nextISS())
	default:
		if e.passive {
			err = nil // the user closed it and needs no more news
		}
		e.end(err)
	}
}
