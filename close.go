package tcp

import "time"

// CloseWrite closes the sending direction, at once and whatever the number of
// references: shutdown(SHUT_WR), and the CLOSE of RFC 9293 §3.10.4. What is queued
// is sent, and the FIN behind it. Receiving goes on.
func (c *Conn) CloseWrite(now Time) error {
	if now == Never {
		return c.misuse("CloseWrite", ErrTime)
	}
	c.expire(now)
	if c.state == StateClosed {
		return c.misuse("CloseWrite", ErrNotExist)
	}
	switch c.state {
	case StateCloseWait, StateClosing, StateLastAck, StateTimeWait:
		if c.user.writeClosed {
			return c.misuse("CloseWrite", ErrClosing)
		}
	}
	c.observe(now)
	c.closeWrite(false)
	return nil
}

// closeWrite queues the FIN: RFC 9293 §3.10.4 state by state. In SYN-RECEIVED it
// waits for ESTABLISHED, unless the last reference is closed and
// Config.CloseInSynReceived says otherwise.
func (c *Conn) closeWrite(last bool) {
	if c.user.writeClosed && c.state != StateSynReceived {
		return
	}
	switch c.state {
	case StateListen:
		c.end(KindNone, CauseClose)
	case StateSynSent:
		c.end(KindAborted, CauseClose)
	case StateSynReceived:
		c.user.writeClosed = true
		if last && c.cfg.CloseInSynReceived == CloseImmediate {
			c.startData()
			c.enter(StateFinWait1, CauseClose)
		}
	case StateEstablished:
		c.user.writeClosed = true
		c.enter(StateFinWait1, CauseClose)
	case StateCloseWait:
		c.user.writeClosed = true
		if c.cfg.LastAckAtClose {
			c.enter(StateLastAck, CauseClose)
		}
	default:
		panic("tcp: BUG: CLOSE of nothing")
	}
	c.watchSending(false, false)
}

// CloseRead closes the receiving direction, at once and whatever the number of
// references: shutdown(SHUT_RD), as Linux has it. It has no effect on the wire by
// itself: what arrives is acknowledged and can be read. After CloseWrite too, data
// that arrives is reset as after Close.
func (c *Conn) CloseRead(now Time) error {
	if now == Never {
		return c.misuse("CloseRead", ErrTime)
	}
	c.expire(now)
	if c.state == StateClosed || c.state == StateListen {
		return c.misuse("CloseRead", ErrNotExist)
	}
	c.observe(now)
	c.user.readClosed = true
	return nil
}

// Close gives up one reference: close(2). The last one closes both directions: the
// FIN follows what is queued; unread data, or a linger time of zero, sends RST in its
// place (RFC 9293 §3.6.1, SHLD-3; RFC 2525 §2.17). It returns nil after the end.
func (c *Conn) Close(now Time) error { return c.release("Close", now, false) }

// Exit is Close of a descriptor whose process has ended, normally or not: one
// reference is given up, and a linger time other than zero is ignored.
func (c *Conn) Exit(now Time) error { return c.release("Exit", now, true) }

// Retain adds a reference: dup(2), fork(2).
func (c *Conn) Retain() error {
	if c.user.refs == 0 {
		return c.misuse("Retain", ErrReferences)
	}
	if c.user.refs == maxReferences {
		return c.misuse("Retain", ErrResources)
	}
	c.user.refs++
	return nil
}

const maxReferences = 1<<31 - 1

func (c *Conn) release(call string, now Time, exiting bool) error {
	if now == Never {
		return c.misuse(call, ErrTime)
	}
	c.expire(now)
	switch {
	case c.ended:
		c.user.refs = max(c.user.refs-1, 0)
		return nil
	case c.user.refs == 0:
		return c.misuse(call, ErrReferences)
	case c.state == StateClosed:
		return c.misuse(call, ErrNotExist)
	}
	c.observe(now)
	c.user.refs--
	if c.user.refs == 0 {
		c.closeLast(exiting)
	}
	return nil
}

// closeLast is the Close of the last reference.
func (c *Conn) closeLast(exiting bool) {
	c.user.readClosed = true
	switch {
	case c.state == StateTimeWait:
		return // all is said; unread octets and a linger time change nothing
	case c.rcv.unread > 0:
		c.abort(true)
		return
	case c.set.linger == 0:
		c.abort(false)
		return
	}
	c.closeWrite(true)
	switch c.state {
	case StateFinWait1, StateClosing, StateLastAck, StateCloseWait:
		if c.set.linger > 0 && !exiting {
			c.user.lingering = true
			c.start(TimerLinger, c.set.linger)
		}
	case StateFinWait2:
		c.startFinWait2()
	}
}

// leaveLinger ends lingering: the FIN is acknowledged, or time is up.
func (c *Conn) leaveLinger() {
	c.stop(TimerLinger)
	c.user.lingering = false
}

// lingerTimeout lets the connection go on as an orphan; nothing is sent.
func (c *Conn) lingerTimeout() { c.leaveLinger() }

// Abort ends the connection at once: ABORT, RFC 9293 §3.10.5. What is queued is
// dropped, and the peer is told by RST in the states in which it has to know.
func (c *Conn) Abort(now Time) error {
	if now == Never {
		return c.misuse("Abort", ErrTime)
	}
	c.expire(now)
	if c.state == StateClosed {
		return c.misuse("Abort", ErrNotExist)
	}
	c.observe(now)
	c.abort(false)
	return nil
}

// abort is RFC 9293 §3.10.5, and P-17: in CLOSING and LAST-ACK the peer has to know
// only if our FIN was never sent. Where unread data is lost it always has to.
func (c *Conn) abort(unread bool) {
	switch c.state {
	case StateListen, StateSynSent, StateTimeWait:
	case StateSynReceived, StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait:
		c.owe.owed |= oweAbort
	case StateClosing, StateLastAck:
		if unread || c.waiting() {
			c.owe.owed |= oweAbort
		}
	default:
		panic("tcp: BUG: abort of nothing")
	}
	c.end(KindAborted, CauseAbort)
}

// formAbort forms the RST of an abort: at SND.NXT, where the peer expects it.
func (c *Conn) formAbort(seg *Segment) {
	c.owe.owed &^= oweAbort
	c.count.ResetsSent++
	*seg = Segment{SrcPort: c.localPort, DstPort: c.remotePort, Seq: c.snd.nxt, Flags: RST}
	if c.cfg.ResetWithACK {
		seg.Flags |= ACK
		seg.Ack = c.rcv.nxt
		if c.cfg.ReceiveWindow == WindowLinux && c.established {
			c.offerAbort()
		}
		seg.Window = c.offerWindow()
		if c.snd.sackOK && c.rcv.ooo.sacking() {
			seg.Options.NumSACK = uint8(c.rcv.ooo.sackBlocks(&seg.Options.SACK, c.sackLimit()))
		}
	}
	if c.ts.on { // RFC 7323 §5.2
		seg.Options.Present = OptTimestamps
		seg.Options.TSVal = c.tsval()
		if c.cfg.ResetWithACK {
			seg.Options.TSEcr = c.ts.recent
		}
	}
}

// finishFinWait1 is FIN-WAIT-1 when our FIN is acknowledged: FIN-WAIT-2, and on with
// the segment; or the end, if nobody wants to wait there.
func (c *Conn) finishFinWait1(seg *Segment) Verdict {
	orphan := c.user.orphaned()
	if orphan && c.set.finWait2Reset {
		v := c.replyReset(seg, ResetFinWait2)
		c.end(KindAborted, CauseACK)
		return v
	}
	c.finWait2Held = c.cfg.FinWait2TimeWait && orphan && seg.Flags.Has(FIN)
	c.enter(StateFinWait2, CauseACK)
	if orphan && c.inTimeWaitPhase() && !seg.Flags.Has(FIN) && seg.End().LessEq(c.rcv.nxt) {
		return AckedFIN
	}
	return proceed
}

// startFinWait2 bounds FIN-WAIT-2 once nothing can be received any more. After
// CloseWrite alone it may last for ever.
func (c *Conn) startFinWait2() {
	if !c.user.orphaned() {
		return
	}
	if c.set.finWait2Reset {
		c.owe.owed |= oweAbort
		c.end(KindAborted, CauseClose)
		return
	}
	t := c.finWait2Time()
	if t != Forever {
		c.stop(TimerKeepAlive) // this timer takes its place
	}
	c.start(TimerFinWait2, c.finWait2Phase(t))
	if c.inTimeWaitPhase() {
		c.limit = throttle{}
	}
}

// finWait2Time is how long FIN-WAIT-2 may last; with FinWait2TimeWait never less
// than three and a half retransmission timeouts.
func (c *Conn) finWait2Time() time.Duration {
	t := c.set.finWait2
	if t == 0 {
		t = c.cfg.FinWait2Timeout
	}
	if c.cfg.FinWait2TimeWait && t != Forever {
		t = max(t, c.rto()*7/2)
	}
	return t
}

// finWait2Phase is how long the next phase of FIN-WAIT-2 lasts: all of it, or
// with FinWait2TimeWait what lies beyond the length of a TIME-WAIT, which the
// connection spends whole.
func (c *Conn) finWait2Phase(t time.Duration) time.Duration {
	if c.cfg.FinWait2TimeWait && t > 2*c.cfg.MSL && t != Forever {
		return t - 2*c.cfg.MSL
	}
	return t
}

// inTimeWaitPhase reports whether FIN-WAIT-2 goes by the rules of a TimeWait. Linux
// keeps the whole connection where the acknowledgment of our FIN came with a FIN,
// which is lost otherwise; also if it turns out to be an old one.
func (c *Conn) inTimeWaitPhase() bool {
	if !c.cfg.FinWait2TimeWait {
		return false
	}
	return c.finWait2Second || !c.finWait2Held && c.finWait2Time() <= 2*c.cfg.MSL
}

// finWait2Timeout ends FIN-WAIT-2, or its first phase. What is not a TimeWait by then
// resets the peer.
func (c *Conn) finWait2Timeout() {
	if c.cfg.FinWait2TimeWait && !c.inTimeWaitPhase() {
		if c.finWait2Time() <= 2*c.cfg.MSL {
			c.owe.owed |= oweAbort
			c.end(KindNone, CauseTimeout)
			return
		}
		c.finWait2Second = true
		c.limit = throttle{}
		c.start(TimerFinWait2, max(c.finWait2Time()-2*c.cfg.MSL, c.rto()*7/2))
		return
	}
	c.end(KindNone, CauseTimeout)
}
