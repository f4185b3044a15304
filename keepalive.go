package tcp

import "time"

// Keepalive probing (RFC 9293 §3.8.4) asks whether an idle peer is still there.
// Its timer is not moved at every segment: when it expires it looks at how long
// nothing came.

// startKeepAlive begins the idle time.
func (c *Conn) startKeepAlive() {
	c.rcv.last = c.now
	if c.set.keepAlive {
		c.start(TimerKeepAlive, c.set.keepIdle)
	}
}

// restartKeepAlive follows a change of the settings: the idle time that has passed
// counts.
func (c *Conn) restartKeepAlive() {
	if !c.set.keepAlive || !c.keepsAlive() {
		c.stop(TimerKeepAlive)
		return
	}
	if !c.running(TimerKeepAlive) { // switched on: from now
		c.idleProbes = 0
		c.start(TimerKeepAlive, c.set.keepIdle)
		return
	}
	c.start(TimerKeepAlive, max(c.set.keepIdle-c.idleFor(), 0))
}

// keepsAlive reports whether the state has anything to keep alive.
func (c *Conn) keepsAlive() bool {
	return c.state.synchronized() && c.state != StateTimeWait && !c.running(TimerFinWait2)
}

// idleFor is how long nothing has arrived.
func (c *Conn) idleFor() time.Duration { return c.now.Sub(c.rcv.last) }

// keepAliveTimeout probes, gives up, or waits for the rest of the idle time. While
// something is outstanding retransmission decides (MUST-26).
func (c *Conn) keepAliveTimeout() {
	if !c.set.keepAlive || !c.keepsAlive() {
		return
	}
	if c.snd.una != c.snd.nxt || c.waiting() {
		c.start(TimerKeepAlive, c.set.keepIdle)
		return
	}
	idle := c.idleFor()
	if idle < c.set.keepIdle {
		c.start(TimerKeepAlive, c.set.keepIdle-idle)
		return
	}
	exhausted := c.idleProbes >= c.set.keepCount
	if t := c.set.userTimeout; t != 0 && t != Forever && c.cfg.UserTimeoutStart == FromRetransmission {
		// Linux's takes the place of the count.
		exhausted = c.idleProbes > 0 && idle >= t
	}
	if exhausted {
		if c.cfg.KeepAliveReset == On {
			c.owe.owed |= oweAbort
		}
		c.end(KindKeepAlive, CauseTimeout)
		return
	}
	c.idleProbes += uint8(btoi(c.idleProbes < maxCount))
	c.count.KeepAliveProbes++
	c.owe.probe = idleProbe
	c.start(TimerKeepAlive, c.set.keepInterval)
}

// formIdleProbe forms a keepalive probe: SEQ = SND.NXT−1, which the peer has
// acknowledged and so has to acknowledge again; SHLD-12, MAY-6.
func (c *Conn) formIdleProbe(seg *Segment) {
	n := btoi(c.cfg.KeepAliveOctet && c.snd.off > 0 && !c.snd.finSent)
	c.fill(seg, c.snd.nxt-1, n, ACK)
}
