package tcp

import "math"

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
	if d.ts.on || d.state <= StateSynSent {
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
	return d
}

// canonicalShift is by how much times may move: whole milliseconds where
// timestamps show them, and whole turns of the timer wheel.
func (c *Conn) canonicalShift(now Time) Time {
	unit := Time(1)
	if c.ts.on || c.state <= StateSynReceived && c.cfg.Timestamps == On {
		unit = Time(tsTick)
	}
	if c.cfg.tick > 0 {
		unit = Time(c.cfg.tick) << 24 * Time(tsTick)
	}
	if now < 0 {
		return 0
	}
	return now - now%unit
}

func relative(t *Time, shift Time) {
	if *t != Never {
		*t = t.Add(shift.Sub(0) * -1)
	}
}

// canonicalStamps makes stamps relative, and those that nothing looks at zero.
func (c *Conn) canonicalStamps(shift Time) {
	stamp := func(t *Time, live bool) {
		if !live {
			*t = math.MinInt64
			return
		}
		relative(t, shift)
	}
	stamp(&c.ts.recentAt, c.ts.on && c.now.Sub(c.ts.recentAt.Add(shift.Sub(0)*-1)) <= tsValid)
	limited := c.limit.sent > 0 && c.now.Sub(c.limit.last.Add(shift.Sub(0)*-1)) < c.cfg.ChallengeInterval
	stamp(&c.limit.last, limited)
	if !limited {
		c.limit.sent = 0
	}
	stamp(&c.snd.firstRexmit, c.snd.rexmits > 0 || c.snd.probes > 0)
	stamp(&c.snd.firstSent, c.snd.una != c.snd.nxt)
	stamp(&c.cong.lastSent, c.state.synchronized() && c.canSend())
	stamp(&c.rcv.last, c.running(TimerKeepAlive))
	stamp(&c.ack.lastData, c.cfg.AckRule == AckAdaptive)
}
