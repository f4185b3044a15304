package tcp

import "time"

// Canonical returns a connection with the same future as c at now, in a form in
// which connections that differ only in what cannot matter any more are equal:
// times are relative to now, stamps that are out of date stand at one value, and
// counters, Taken and trace are cleared. It is for comparing and for keys of maps.
func (c *Conn) Canonical(now Time) Conn {
	d := *c
	d.trace, d.count, d.taken = nil, Counters{}, taken{}
	shift := d.canonicalShift(max(now, c.now))
	d.now = max(d.now, now) - shift
	for i := range d.timers.due {
		if d.running(Timer(i)) {
			relative(&d.timers.due[i], shift)
		}
	}
	relative(&d.timers.next, shift)
	if d.ts.on || d.state <= StateSynSent && d.cfg.Timestamps == On {
		d.set.tsOffset += uint32(uint64(shift) / uint64(tsTick))
	}
	d.canonicalStamps(shift)
	for i := range d.rec.n {
		relative(&d.rec.r[i].time, shift)
	}
	if d.old.flags != 0 {
		relative(&d.old.deadline, shift)
		relative(&d.old.seenAt, shift)
	}
	if d.state != StateSynReceived && d.state != StateSynSent {
		d.ts.first = 0
	}
	if d.ended {
		d.ts.recent = 0
	}
	return d
}

// ShiftTimestamps adds own to the clock of c's timestamps, and peer to what c
// remembers of the peer's. To segments whose timestamps and echoes are moved by as
// much it then does what it did before: so whoever compares connections can let the
// clock of timestamps begin anew with each, as Canonical does with time.
func (c *Conn) ShiftTimestamps(own, peer uint32) {
	c.set.tsOffset += own
	if c.snd.synSent && (c.state == StateSynReceived || c.state == StateSynSent) {
		c.ts.first += own
	}
	if (c.ts.on || c.ts.known) && !c.ended {
		c.ts.recent += peer
	}
	if c.old.flags&timeWaitTimestamps != 0 {
		c.old.recent += peer
	}
	if c.owe.reply.stamped {
		c.owe.reply.echo += peer
	}
}

// canonicalShift is by how much times may move: whole milliseconds where
// timestamps show them, and whole turns of the timer wheel.
func (c *Conn) canonicalShift(now Time) Time {
	unit := Time(1)
	if c.ts.on || c.state <= StateSynReceived && c.cfg.Timestamps == On {
		unit = Time(tsTick)
	}
	if tick := Time(c.cfg.tick); tick > 0 {
		if tick%unit != 0 {
			return 0
		}
		unit = tick << (wheelShift * (wheelLevels - 1))
	}
	if now < 0 {
		return 0
	}
	return now - now%unit
}

// relative moves a time that was not Never.
func relative(t *Time, shift Time) {
	if *t != Never {
		*t -= shift
	}
}

// canonicalStamps makes stamps relative. A stamp matters by its age, and only up to
// a bound; beyond it, or if nothing looks at it, it stands at one value.
func (c *Conn) canonicalStamps(shift Time) {
	stamp := func(t *Time, live bool, bound time.Duration) {
		*t -= shift
		if !live {
			*t = c.now
		} else if c.now.Sub(*t) > bound {
			*t = c.now.Add(-bound - 1)
		}
	}
	stamp(&c.ts.recentAt, c.ts.on, tsValid)
	limited := c.limit.sent > 0 && c.now.Sub(c.limit.last-shift) < c.cfg.ChallengeInterval
	stamp(&c.limit.last, limited, c.cfg.ChallengeInterval)
	if !limited {
		c.limit.sent = 0
	}
	flight := c.snd.una != c.snd.nxt
	least := max(c.cfg.SYNMinimum, c.cfg.DataMinimum)
	if c.cfg.UserTimeoutOption {
		least = max(least, userTimeoutUpper)
	}
	stamp(&c.snd.firstSent, flight, max(least, c.set.userTimeout))
	if c.usesRACK() && c.rec.overtaken() {
		c.rec.rackTime -= shift
	} else {
		c.rec.rackTime, c.rec.rackRTT = 0, 0
		if !c.rec.recovering {
			c.rec.rackEnd = 0
		}
	}
	stamp(&c.snd.firstRexmit, c.snd.rexmits > 0 || c.probing(), Forever-1)
	grown := c.canSend() && (flight || int(c.cong.window) > c.initialCongestionWindow())
	stamp(&c.cong.lastSent, grown, c.cfg.RTOMax)
	stamp(&c.rcv.last, c.running(TimerKeepAlive), Forever-1)
	stamp(&c.ack.lastData, c.cfg.AckRule == AckAdaptive, c.cfg.RTOMax)
}
