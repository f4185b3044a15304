package tcp

// arriveTimeWait is a segment in TIME-WAIT, or in the FIN-WAIT-2 that
// FinWait2TimeWait keeps: by the code of TimeWait.
func (c *Conn) arriveTimeWait(seg *Segment) Verdict {
	t := c.timeWaitValue()
	old := t
	var v Verdict
	if t.has(timeWaitFinWait2) {
		v = t.arriveFinWait2(c.now, seg)
	} else {
		v = t.arrive(c.now, seg, c.set.reopen && c.user.refs == 0 && c.rcv.unread == 0)
	}
	c.ts.recent, c.ts.recentAt = t.recent, t.seenAt
	c.limit = throttle{last: t.answered, sent: uint16(t.answers)}
	switch v {
	case Gone:
		c.end(KindReset, CauseRST)
		return v
	case Reopen:
		c.reopen(seg, old)
		return v
	case ResetAfterClose:
		v = c.replyReset(seg, v)
		c.end(KindAborted, CauseData)
		return v
	case FINTimeWait:
		c.rcv.fin = true
		c.rcv.nxt++
		c.rcv.adv++ // the window on the wire stays what it was
		c.enter(StateTimeWait, CauseFIN)
		c.ackNow()
		return v
	case DroppedThrottled:
		c.count.ChallengesSuppressed++
	case ReackedFIN:
		c.count.FINsReacked++
		c.ackNow()
	case ReackedOld:
		c.ackNow()
	}
	if t.has(timeWaitRestarted) {
		c.count.TimeWaitRestarts++
		c.start(TimerTimeWait, 2*c.cfg.MSL)
	}
	return v
}

// timeWaitValue is c as a TimeWait.
func (c *Conn) timeWaitValue() TimeWait {
	window := min(c.rcv.adv.Sub(c.rcv.nxt)>>c.rcv.shift, 2<<16-1)
	t := TimeWait{
		cfg: c.cfg, deadline: c.expires(TimerTimeWait),
		answered: c.limit.last, answers: uint8(c.limit.sent),
		seenAt: c.ts.recentAt, recent: c.ts.recent, offset: c.set.tsOffset,
		sndNxt: c.snd.nxt, rcvNxt: c.rcv.nxt,
		local: c.localPort, remote: c.remotePort,
		window: uint16(window), shift: c.rcv.shift,
		flags: timeWaitValid,
	}
	if window >= 1<<16 {
		t.flags |= timeWaitWide
	}
	if c.ts.on {
		t.flags |= timeWaitTimestamps
	}
	if c.state == StateFinWait2 {
		t.flags |= timeWaitFinWait2
		t.deadline = c.expires(TimerFinWait2)
	}
	return t
}

// TimeWait returns what a host may keep in place of c: in TIME-WAIT, and with
// FinWait2TimeWait in FIN-WAIT-2 after the last Close, once Next has nothing to
// return. It changes nothing; see Detach.
func (c *Conn) TimeWait() (TimeWait, bool) {
	switch {
	case c.state == StateTimeWait:
	case c.state == StateFinWait2 && c.user.orphaned() && c.inTimeWaitPhase():
	default:
		return TimeWait{}, false
	}
	if c.pending() {
		return TimeWait{}, false
	}
	return c.timeWaitValue(), true
}

// Detach hands the rest of the connection to the host, as the TimeWait: c becomes
// CLOSED, without an error and without a timer; what was received stays readable.
// It returns false, and changes nothing, where TimeWait does.
func (c *Conn) Detach(now Time) (TimeWait, bool) {
	if now == Never {
		return TimeWait{}, false
	}
	c.expire(now)
	t, ok := c.TimeWait()
	if ok {
		c.observe(now)
		c.end(KindNone, CauseDetach)
	}
	return t, ok
}

// SetReopen lets a connection in TIME-WAIT that no program holds, with nothing
// unread, continue as the next incarnation when a legal SYN arrives, as if a
// listener were there: with the initial sequence number of TimeWait.ISS, one
// reference, and without the errors and counters of the old one.
func (c *Conn) SetReopen(on bool) { c.set.reopen = on }

// reopen makes c the next incarnation, passively opened by the SYN seg.
func (c *Conn) reopen(seg *Segment, old TimeWait) {
	before := *c
	c.setup(before.cfg, before.set, before.trace)
	c.now, c.state, c.passive = before.now, before.state, true
	c.localPort, c.remotePort = before.localPort, before.remotePort
	if c.cfg.TimeWaitSYN == SYNRFC6191 {
		c.old = old.former()
	}
	c.startSequence(old.ISS())
	c.acceptSYN(seg)
}

// former is what a reopened connection keeps of the TIME-WAIT before it, until it
// is ESTABLISHED; the rest of that is its own.
type former struct {
	deadline, seenAt Time
	sndNxt, rcvNxt   Seq
	recent           uint32
	window           uint16
	shift            uint8
	flags            timeWaitFlags // 0: there was none
}

func (t *TimeWait) former() former {
	return former{
		deadline: t.deadline, seenAt: t.seenAt, sndNxt: t.sndNxt, rcvNxt: t.rcvNxt, recent: t.recent,
		window: t.window, shift: t.shift, flags: t.flags | timeWaitValid,
	}
}

// restoreTimeWait returns from SYN-RECEIVED to the TIME-WAIT that an old duplicate
// SYN had ended: with the old numbers and the old deadline.
func (c *Conn) restoreTimeWait(cause Cause) {
	before := *c
	old := before.old
	c.setup(before.cfg, before.set, before.trace)
	c.now, c.state = before.now, before.state
	c.keepReply(&before)
	c.localPort, c.remotePort = before.localPort, before.remotePort
	c.user = user{writeClosed: true, readClosed: true}
	c.snd.iss, c.snd.una, c.snd.nxt, c.snd.end = old.sndNxt-2, old.sndNxt, old.sndNxt, old.sndNxt-1
	c.snd.finSent, c.rcv.fin, c.established = true, true, true
	c.rcv.nxt, c.rcv.wup, c.rcv.shift = old.rcvNxt, old.rcvNxt, old.shift
	c.rcv.up = c.rcv.nxt - 1 // the FIN counts, and nothing is unread
	c.rcv.adv = (&TimeWait{rcvNxt: old.rcvNxt, window: old.window, shift: old.shift, flags: old.flags}).edge()
	c.ts.on, c.ts.recent, c.ts.recentAt = old.flags&timeWaitTimestamps != 0, old.recent, old.seenAt
	if old.deadline <= c.now {
		c.end(KindNone, cause)
		return
	}
	c.enter(StateTimeWait, cause)
	c.timers.set(TimerTimeWait, old.deadline)
}

// OpenFrom is Open over an own connection in TIME-WAIT with the same four-tuple:
// the initial sequence number, the peer's last timestamp and the offset of ours
// come from tw, so that nothing of the old connection fits the new one. bound tells
// that the local port was chosen by bind(2). Config.TimeWaitReuse says when it is
// allowed; else it returns ErrTimeWait.
func (c *Conn) OpenFrom(now Time, tw TimeWait, bound bool) error {
	if err := c.openable("OpenFrom", now, false); err != nil {
		return err
	}
	if !tw.valid() {
		return c.badArgument("OpenFrom", "tw is the zero TimeWait, want one of a connection")
	}
	if now < tw.deadline && !c.reusable(now, &tw, bound) {
		return c.misuse("OpenFrom", ErrTimeWait)
	}
	c.observe(now)
	c.localPort, c.remotePort = tw.local, tw.remote
	c.set.tsOffset = tw.offset
	if tw.has(timeWaitTimestamps) {
		c.ts.known, c.ts.recent, c.ts.recentAt = true, tw.recent, c.now
	}
	c.openActive(tw.ISS())
	return nil
}

// reusable is Config.TimeWaitReuse.
func (c *Conn) reusable(now Time, tw *TimeWait, bound bool) bool {
	if !tw.has(timeWaitTimestamps) || c.cfg.Timestamps != On {
		return false
	}
	aged := !tw.has(timeWaitFinWait2) && now.Sub(tw.seenAt) > c.cfg.TimeWaitReuseDelay
	switch c.cfg.TimeWaitReuse {
	case ReuseTimestamps:
		return aged
	case ReuseLinux:
		return bound || aged
	case ReuseBound:
		return bound
	}
	return false
}

// keepReply takes over the RST that before owes to a segment.
func (c *Conn) keepReply(before *Conn) {
	c.owe.owed |= before.owe.owed & oweReply
	c.owe.reply = before.owe.reply
}
