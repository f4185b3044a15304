package tcp

import "time"

// A probe is a segment that only asks for an acknowledgment.
type probe uint8

const (
	noProbe     probe = iota
	windowProbe       // into a closed window, or what silly-window avoidance held back
	idleProbe         // keepalive
	lossProbe         // the last segment again
)

// watchSending keeps the rule that something owed has a timer running: after a
// call or an acknowledgment it starts the persist timer if data or FIN waits, nothing
// is in flight, and nothing may leave; and it keeps the user timeout. Answers of the
// peer begin the persist timer anew, progress does so with both.
func (c *Conn) watchSending(progress, answered bool) {
	if c.set.userTimeout != 0 || c.snd.una == c.snd.nxt && c.waiting() {
		c.watchIdle(progress, answered)
	}
}

func (c *Conn) watchIdle(progress, answered bool) {
	if !c.canSend() {
		return
	}
	if c.set.userTimeout != 0 {
		c.watchUserTimeout(progress)
	}
	if c.snd.una != c.snd.nxt || !c.waiting() {
		return
	}
	// With room for all that waits there is nothing to hold it back but the cork.
	free := int(c.snd.wnd) > c.snd.end.Sub(c.snd.nxt) && !c.set.cork
	if !free {
		_, _, free = c.plan(false)
	}
	if free {
		c.stop(TimerPersist)
		c.snd.probeBackoff = 0
		return
	}
	wait := c.withinUserTimeout(c.probeInterval())
	if !c.running(TimerPersist) || c.owe.probe == noProbe && (progress || answered || c.due(wait) < c.expires(TimerPersist)) {
		c.start(TimerPersist, wait)
	}
}

// probeInterval is the time to the next window probe: it begins with the
// retransmission timeout and doubles (SHLD-29, SHLD-30). What silly-window avoidance
// holds back waits no longer than the override timer of RFC 9293 §3.8.6.2.1; with
// ProbeEmpty it waits as for a probe.
func (c *Conn) probeInterval() time.Duration {
	d := c.rto()
	if c.snd.wnd != 0 && c.cfg.ZeroWindowProbe == ProbeOctet {
		return min(d, overrideLimit)
	}
	if d > c.cfg.RTOMax>>c.snd.probeBackoff {
		return c.cfg.RTOMax
	}
	return d << c.snd.probeBackoff
}

const overrideLimit = time.Second

// persistTimeout sends a window probe, or gives up. Answered probes never end the
// connection (MUST-37).
func (c *Conn) persistTimeout() {
	if c.probesExhausted() {
		c.end(KindTimeout, CauseTimeout)
		return
	}
	if c.snd.wnd == 0 {
		c.countProbe()
	}
	c.owe.probe = windowProbe
	c.start(TimerPersist, c.withinUserTimeout(c.probeInterval()))
}

// countProbe counts a probe into a closed window and backs off.
func (c *Conn) countProbe() {
	if !c.probing() {
		c.snd.firstRexmit = c.now
	}
	c.snd.probes += uint8(btoi(c.snd.probes < maxCount))
	c.count.WindowProbes++
	if int(c.snd.probeBackoff) < c.cfg.DataRetries2 && c.snd.probeBackoff < 62 {
		c.snd.probeBackoff++
	}
}

// probing reports that window probes were sent since the window closed. With
// FromRetransmission the user timeout counts from the first of them, answered or not.
func (c *Conn) probing() bool {
	return c.snd.probes > 0 || c.snd.probeBackoff > 0 && c.cfg.UserTimeoutStart == FromRetransmission
}

// probesExhausted reports whether so many probes stayed unanswered that the
// connection is given up. An orphan of Elapsed also ends when the interval has
// reached its maximum, answered or not.
func (c *Conn) probesExhausted() bool {
	if t := c.set.userTimeout; t != 0 && t != Forever && c.cfg.UserTimeoutStart == FromRetransmission && c.probing() {
		return c.now.Sub(c.snd.firstRexmit) >= t
	}
	limit := c.cfg.DataRetries2
	if c.user.orphaned() {
		interval := c.probeInterval()
		limit = c.orphanLimit(interval)
		if c.cfg.GiveUp == Elapsed && interval >= c.cfg.RTOMax && int(c.snd.probeBackoff) >= limit {
			return true
		}
	}
	return int(c.snd.probes) >= limit && (c.snd.probes == 0 || c.now.Sub(c.snd.firstRexmit) >= c.cfg.DataMinimum)
}

// formProbe forms the probe that is owed. SND.NXT−1 was acknowledged before and
// draws an acknowledgment without taking part in anything.
func (c *Conn) formProbe(seg *Segment) {
	kind := c.owe.probe
	c.owe.probe = noProbe
	switch kind {
	case windowProbe:
		c.formWindowProbe(seg)
	case idleProbe:
		c.formIdleProbe(seg)
	case lossProbe:
		c.formLossProbe(seg)
	default:
		panic("tcp: BUG: no probe to form")
	}
}

// formWindowProbe sends what fits of a window that is too small; into a closed
// window one octet, or none (Config.ZeroWindowProbe).
func (c *Conn) formWindowProbe(seg *Segment) {
	if c.snd.probing && c.snd.una != c.snd.nxt {
		c.repeatText(seg, c.snd.una, btoi(c.snd.una != c.snd.end), c.snd.una == c.snd.end)
		return
	}
	if c.snd.wnd == 0 && c.cfg.ZeroWindowProbe == ProbeEmpty || !c.waiting() || c.snd.una != c.snd.nxt {
		c.fill(seg, c.snd.una-1, 0, ACK)
		return
	}
	n, fin, _ := c.plan(true)
	c.snd.probing = c.snd.wnd == 0
	c.formNew(seg, n, fin)
	if n > 0 && c.cfg.PushEvery != 0 {
		seg.Flags |= PSH
		c.rec.r[c.rec.n-1].flags |= recordPushed
	}
	if c.running(TimerLossProbe) {
		c.startRetransmit() // the timeout comes next: this was a probe already
	}
}

// windowOpened ends probing, if the window was closed.
func (c *Conn) windowOpened() {
	c.snd.probeBackoff = 0
	if c.snd.probing {
		c.endProbing()
	}
}

// endProbing repeats the octet that went into the closed window: it was dropped
// there, unless it was acknowledged since.
func (c *Conn) endProbing() {
	c.snd.probing = false
	c.stop(TimerPersist)
	if c.snd.una != c.snd.nxt {
		c.rec.headLost(c.snd.una)
		c.startRetransmit()
	}
}
