package tcp

// initialWindow is the receive window that the SYN offers, before scaling. With
// WindowLinux it is a multiple of the segment size that is known then, which counts
// the timestamps' octets if they are known to be used.
func (c *Conn) initialWindow(timestamps bool) uint32 {
	window := min(uint32(c.set.buffer), 65535)
	if c.cfg.ReceiveWindow == WindowRFC9293 {
		return window
	}
	mss := uint32(c.set.mss)
	if timestamps {
		mss -= timestampsLen
	}
	if window > mss {
		window -= window % mss
	}
	return window
}

const timestampsLen = 12 // in the header, with padding

// offerWindow moves the right edge of the receive window, never to the left, and
// returns the field of a segment that offers it.
func (c *Conn) offerWindow() uint16 {
	if c.state >= StateEstablished && c.state != StateTimeWait {
		switch {
		case c.cfg.ReceiveWindow == WindowLinux:
			c.offerLinux()
		case !c.rcv.fin:
			if edge := c.rcv.nxt.Add(c.freeBuffer()); edge.Sub(c.rcv.adv) >= c.windowStep() {
				c.rcv.adv = edge
			}
		}
	}
	shift := c.rcv.shift & 15 // it is less: maxShift
	window := min(uint32(c.rcv.adv.Sub(c.rcv.nxt)), 65535<<shift)
	if c.cfg.ReceiveWindow == WindowLinux && c.state != StateTimeWait {
		// Rounded up: the edge that the peer computes never moves left.
		unit := uint32(1)<<shift - 1
		window = min(window+unit, 65535<<shift)
		c.rcv.adv = c.rcv.nxt.Add(int(window &^ unit))
	}
	return uint16(window >> shift)
}

// freeBuffer is RCV.BUFF − RCV.USER, as far as the window field can say it.
func (c *Conn) freeBuffer() int {
	free := int(c.set.buffer) - int(c.rcv.unread)
	return min(max(free, 0), 65535<<(c.rcv.shift&15))
}

// windowStep is by how much the right edge moves at least: silly-window avoidance
// of the receiver, RFC 9293 §3.8.6.2.2.
func (c *Conn) windowStep() int {
	return max(min(int(c.set.buffer)/2, int(c.set.mss)), 1)
}

// offerLinux keeps the window that was offered last while it is within one segment
// of what can be offered, and else offers whole segments; never less than remains.
func (c *Conn) offerLinux() {
	remains := c.rcv.adv.Sub(c.rcv.nxt)
	window := c.selectLinux()
	if window > remains {
		c.rcv.adv = c.rcv.nxt.Add(window)
	}
}

// selectLinux is the window that Linux would choose, remains aside.
func (c *Conn) selectLinux() int {
	full := int(c.set.buffer)
	if c.rcv.mss >= c.set.mss-timestampsLen {
		full += full / 4 // full segments waste less of the memory behind the buffer
	}
	free := full - int(c.rcv.unread)
	mss := min(int(c.rcv.mss), full)
	if free < full/2 && (free < full/16 || free < mss) {
		return 0
	}
	free = min(free, int(c.rcv.clamp))
	if c.rcv.shift > 0 {
		unit := 1<<c.rcv.shift - 1
		return (free + unit) &^ unit
	}
	window := c.rcv.adv.Sub(c.rcv.wup) // the size that was offered last
	if window <= free-mss || window > free {
		window = free - free%mss
	}
	return min(window, 65535)
}

// windowKeeps reports whether an acknowledgment could offer at least the window
// that the last one did.
func (c *Conn) windowKeeps() bool {
	if c.cfg.ReceiveWindow != WindowLinux {
		return true
	}
	return c.selectLinux() >= c.rcv.adv.Sub(c.rcv.wup)
}

// measureSegment learns how large the peer's segments are, from the payload of one.
func (c *Conn) measureSegment(n int) {
	if n >= int(c.rcv.mss) {
		c.rcv.mss = uint16(min(n, int(c.set.mss)))
	}
	if c.cfg.ReceiveWindow == WindowLinux && n >= int(c.set.mss)-timestampsLen {
		// Full segments use their memory well: the clamp may grow by two of them.
		c.rcv.clamp = min(c.rcv.clamp+2*uint32(c.set.mss), uint32(c.set.buffer)/4*5)
	}
}

// startWindow begins with the SYN's exchange: WindowLinux keeps one segment of
// the buffer back.
func (c *Conn) startWindow() {
	mss := uint32(c.set.mss)
	if c.ts.on {
		mss -= timestampsLen
	}
	c.rcv.mss = min(c.rcv.mss, uint16(mss))
	buffer := uint32(c.set.buffer)
	c.rcv.clamp = buffer
	if buffer > 3*mss {
		c.rcv.clamp = buffer - mss
	}
}

// consumed sends a window update when the user has made enough room: so much that
// the window at least doubles, and moves by a step of silly-window avoidance.
func (c *Conn) consumed() {
	if c.cfg.AckRule == AckAdaptive && c.ack.scheduled {
		a := &c.ack
		if c.rcv.nxt.Sub(c.rcv.wup) > int(c.rcv.mss) ||
			c.rcv.unread == 0 && (a.pushed == 2 || a.pushed == 1 && !a.pingPong) {
			c.ackNow()
			return
		}
	}
	if c.rcv.fin || c.state == StateTimeWait {
		return
	}
	remains := c.rcv.adv.Sub(c.rcv.nxt)
	room := c.freeBuffer()
	if c.cfg.ReceiveWindow == WindowLinux {
		if 2*remains > int(c.rcv.clamp) {
			return
		}
		room = c.selectLinux()
	}
	if room >= 2*remains && room-remains >= c.windowStep() {
		c.ackNow()
	}
}

// Receive tells that the user has consumed n of the octets received in order:
// RECEIVE, RFC 9293 §3.10.3. It works on what was received, after the end too. n
// must not exceed Readable.
func (c *Conn) Receive(now Time, n int) error {
	if now == Never {
		return c.misuse("Receive", ErrTime)
	}
	c.expire(now)
	switch {
	case n < 0 || n > int(c.rcv.unread):
		return c.badArgument("Receive", "n is %d, want 0 to Readable, %d", n, c.rcv.unread)
	case n == 0 && c.state == StateClosed && !c.ended:
		return c.misuse("Receive", ErrNotExist)
	}
	c.observe(now)
	c.rcv.unread -= uint32(n)
	if read := c.rcv.nxt.Add(-c.behind()); c.rcv.up.Less(read) {
		c.rcv.up = read // it must not fall so far behind that it seems ahead
	}
	if c.state.synchronized() && n > 0 {
		c.consumed()
	}
	return nil
}

// urgentAhead reports whether urgent octets are still to be read: urgent mode.
func (c *Conn) urgentAhead() bool { return c.rcv.nxt.Add(-c.behind()).Less(c.rcv.up) }

// behind is how far the next octet to be read lies before RCV.NXT, which counts
// the peer's FIN.
func (c *Conn) behind() int {
	n := int(c.rcv.unread)
	if c.rcv.fin {
		n++
	}
	return n
}
