package tcp

import "time"

// acknowledgment is what AckAdaptive needs to decide when an acknowledgment of text
// leaves; AckEverySecond needs none of it.
type acknowledgment struct {
	lastData  Time   // when text last arrived
	micros    uint32 // the delay in µs, by the rhythm of arrival; 0 before the first text
	quick     uint8  // acknowledgments still to be sent at once
	pingPong  bool   // data flows both ways: nothing is acknowledged at once
	scheduled bool   // text or FIN arrived since the last acknowledgment
	pushed    uint8  // small segments since then: 0, 1, or 2 for more
}

func (a *acknowledgment) timeout() time.Duration {
	return time.Duration(a.micros) * time.Microsecond
}

func (a *acknowledgment) setTimeout(d time.Duration) { a.micros = max(microseconds(d), 1) }

const (
	delayMin  = 40 * time.Millisecond  // TCP_ATO_MIN, TCP_DELACK_MIN
	delayMax  = 200 * time.Millisecond // TCP_DELACK_MAX
	maxQuick  = 16                     // TCP_MAX_QUICKACKS
	reportMax = 500 * time.Millisecond // MUST-40
)

// ackNow owes an acknowledgment that leaves with the next segment.
func (c *Conn) ackNow() { c.owe.owed |= oweACK }

// scheduleACK acknowledges text in order, and the peer's FIN, now or
// after a delay. A filled gap, a repetition and everything that is not ESTABLISHED
// at a FIN is acknowledged at once (RFC 5681 §4.2).
func (c *Conn) scheduleACK(atOnce, fin bool) {
	switch {
	case atOnce, c.cfg.DelayedACK == 0, c.set.quickAck:
		c.ackNow()
		return
	case fin:
		if c.state != StateCloseWait || c.cfg.DelayFINAck != On {
			c.ackNow()
			return
		}
	}
	if c.cfg.AckRule == AckAdaptive {
		c.ack.pingPong = c.ack.pingPong || fin // the answer of the application is worth waiting for
		c.scheduleAdaptive()
		return
	}
	if c.rcv.nxt.Sub(c.rcv.wup) >= 2*int(c.rcv.mss) {
		c.ackNow()
		return
	}
	if !c.running(TimerDelayedACK) {
		c.start(TimerDelayedACK, c.cfg.DelayedACK)
	}
}

// textReceived notes a segment in order, text octets of which were in the window and
// which, with what it fills a gap before, moves RCV.NXT by n.
func (c *Conn) textReceived(seg *Segment, text, n int) {
	if c.cfg.ReceiveWindow == WindowLinux {
		if n > 0 {
			c.keepMemory(seg)
			c.measureLinux(seg)
		}
	} else {
		c.measureSegment(text)
	}
	c.rcv.last = c.now
	if c.cfg.AckRule == AckAdaptive {
		c.ack.scheduled = true
		if n > 0 {
			c.textArrived(n)
		}
	}
	if c.cfg.ReceiveWindow == WindowLinux && seg.Len >= smallestGrown && n > 0 {
		c.growWindow(seg)
	}
}

// textArrived follows the rhythm of arrival.
func (c *Conn) textArrived(n int) {
	a := &c.ack
	if n < int(c.rcv.mss) && c.cfg.ReceiveWindow != WindowLinux {
		a.pushed = min(a.pushed+1, 2)
	}
	gap := c.now.Sub(a.lastData)
	switch {
	case a.micros == 0:
		c.refillQuick()
		a.setTimeout(delayMin)
	case gap <= delayMin/2:
		a.setTimeout(a.timeout()/2 + delayMin/2)
	case gap < a.timeout():
		a.setTimeout(min(a.timeout()/2+gap, c.rto()))
	case gap > c.rto():
		c.refillQuick() // the sender has probably restarted with a small window
	}
	a.lastData = c.now
}

func (c *Conn) refillQuick() {
	quick := c.rcv.adv.Sub(c.rcv.wup) / (2 * int(c.rcv.mss)) // of the window as it was offered
	if quick == 0 {
		quick = 2
	}
	c.ack.quick = max(c.ack.quick, uint8(min(quick, maxQuick)))
}

// enterQuickAck acknowledges at once for a while: something went wrong, and the
// peer should learn of it.
func (c *Conn) enterQuickAck() {
	if c.cfg.AckRule != AckAdaptive {
		return // it has no delay that would have to end
	}
	c.refillQuick()
	c.ack.pingPong = false
	c.ack.setTimeout(delayMin)
}

// scheduleAdaptive acknowledges more than one full segment whose window can be
// offered again, and the first segments of a connection, at once, everything else
// by the rhythm of arrival.
func (c *Conn) scheduleAdaptive() {
	a := &c.ack
	full := c.rcv.nxt.Sub(c.rcv.wup) > int(c.rcv.mss)
	if full && c.windowKeeps() || a.quick > 0 && !a.pingPong {
		c.ackNow()
		return
	}
	if c.rcv.ooo.count() > 0 {
		c.ackNow()
		return
	}
	delay := a.timeout()
	if delay > delayMin {
		limit := reportMax
		if a.pingPong || a.pushed > 0 {
			limit = delayMax
		}
		if srtt, _, ok := c.rtt.smoothed(&c.cfg.rtt); ok {
			limit = min(limit, max(srtt, delayMin))
		}
		delay = min(delay, limit)
	}
	delay = min(delay, delayMax-c.cfg.tick)
	due := c.due(delay)
	if c.running(TimerDelayedACK) {
		waiting := c.timers.due[TimerDelayedACK]
		if waiting <= c.now.Add(delay/4) {
			c.ackNow()
			return
		}
		if waiting <= due {
			return
		}
	}
	c.start(TimerDelayedACK, delay)
}

// delayedACKTimeout sends the acknowledgment that found no company.
func (c *Conn) delayedACKTimeout() {
	c.ackNow()
	if c.cfg.AckRule != AckAdaptive {
		return
	}
	a := &c.ack
	if a.pingPong {
		a.pingPong = false
		a.setTimeout(delayMin)
	} else {
		a.setTimeout(min(2*a.timeout(), c.rto()))
	}
}

// acked notes that a segment with an acknowledgment leaves.
func (c *Conn) acked() {
	c.owe.owed &^= oweACK | oweACKFirst
	c.rcv.wup = c.rcv.nxt
	c.stop(TimerDelayedACK)
	if c.cfg.AckRule == AckAdaptive {
		c.ack.sent()
	}
}

// sent uses up one of the acknowledgments that leave at once.
func (a *acknowledgment) sent() {
	if a.scheduled && a.quick > 0 {
		a.quick--
		if a.quick == 0 {
			a.setTimeout(delayMin)
		}
	}
	a.scheduled, a.pushed = false, 0
}

// dataSent notes that data leaves: an answer, if it comes soon after text.
func (c *Conn) dataSent() {
	if c.ack.micros > 0 && c.now.Sub(c.ack.lastData) < c.ack.timeout() {
		c.ack.pingPong = true
	}
}

// ackSYN acknowledges the SYN,ACK that answers our SYN: at once, unless SetQuickAck
// told AckAdaptive that data will follow soon, which then takes it along.
func (c *Conn) ackSYN() {
	if !c.ack.pingPong {
		c.ackNow()
		return
	}
	c.enterQuickAck()
	c.ack.scheduled = true
	c.start(TimerDelayedACK, delayMax)
}

// SetQuickAck acknowledges everything at once from now on (true), or lets
// acknowledgments wait by Config.AckRule again (false). With AckAdaptive it acts as
// TCP_QUICKACK: on ends and off begins the time in which nothing is acknowledged at
// once, until the traffic says otherwise; off before the connection is opened lets
// the acknowledgment of the SYN,ACK wait for data. On sends an acknowledgment that waits.
func (c *Conn) SetQuickAck(now Time, on bool) error {
	if now == Never {
		return c.misuse("SetQuickAck", ErrTime)
	}
	c.observe(now)
	if c.cfg.AckRule != AckAdaptive {
		c.set.quickAck = on
	} else {
		c.ack.pingPong = !on
	}
	if !on || !c.state.synchronized() || !c.running(TimerDelayedACK) {
		return nil
	}
	if c.cfg.AckRule != AckAdaptive || c.rcv.unread == 0 && !c.rcv.fin { // Linux: nothing waits to be read
		c.ackNow()
	}
	return nil
}
