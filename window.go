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

// windowScale is the window scale that the SYN announces: for the largest buffer, or
// with WindowLinux for the one that was set.
func (c *Conn) windowScale() (shift uint8) {
	if c.cfg.ReceiveWindow != WindowLinux || !c.set.bufferFixed {
		return c.cfg.shift
	}
	for shift < c.cfg.shift && c.set.buffer>>shift > 65535 {
		shift++
	}
	return shift
}

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
	window := uint32(c.rcv.adv.Sub(c.rcv.nxt))
	if c.state == StateTimeWait && c.rcv.wup == c.rcv.nxt {
		return uint16(window >> shift) // WindowLinux can lie beyond the field; what is left of the connection ignores that
	}
	return uint16(min(window, 65535<<shift) >> shift)
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

// measureSegment learns how large the peer's segments are, from the payload of one.
func (c *Conn) measureSegment(n int) {
	if n >= int(c.rcv.mss) {
		c.rcv.mss = uint16(min(n, int(c.set.mss)))
	}
}

// startWindow begins with the SYN's exchange.
func (c *Conn) startWindow() {
	c.rcv.mss = min(c.rcv.mss, uint16(c.largestSegment()))
	if c.cfg.ReceiveWindow == WindowLinux { // tcp_initialize_rcv_mss
		half := c.rcv.adv.Sub(c.rcv.nxt) / 2
		c.rcv.mss = uint16(max(min(int(c.rcv.mss), c.maxPayload(), half), minMSS))
	}
	c.rcv.clamp = uint32(min(c.rcv.adv.Sub(c.rcv.nxt), c.windowClamp()))
}

// largestSegment is the largest payload that the peer was told to send.
func (c *Conn) largestSegment() int { return int(c.set.mss) - c.optionsLen() }

// optionsLen is the length of the options that every segment carries.
func (c *Conn) optionsLen() int {
	if c.ts.on {
		return timestampsLen
	}
	return 0
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
	if c.cfg.ReceiveWindow == WindowLinux {
		if room := c.selectLinux(); 2*remains <= c.windowClamp() && room > 0 && room >= 2*remains {
			c.ackNow()
		}
		return
	}
	if room := c.freeBuffer(); room >= 2*remains && room-remains >= c.windowStep() {
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
	if c.cfg.ReceiveWindow == WindowLinux && n > 0 {
		c.freeMemory(n, int(c.rcv.unread))
	}
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
