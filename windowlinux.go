package tcp

import "math/bits"

// WindowLinux offers what the memory behind the receive buffer has room for, which
// is twice the buffer: of that memory a segment takes more than its payload. All of
// it is as measured of Linux 6.18.44 without auto-tuning of the buffer
// (tcp_moderate_rcvbuf=0), for segments that come in through a TUN device.

// receiveMemory is what WindowLinux knows of the segments received.
type receiveMemory struct {
	last  uint16 // payload of the last segment, if it was small
	ratio uint8  // payload in memory, in 256ths (scaling_ratio); 0: half, none was measured
}

const (
	smallestClamp = 1152 // half of SOCK_MIN_RCVBUF
	smallestGrown = 128  // octets of payload from which on the window grows
)

// offerLinux keeps the window that was offered last while it is within one segment
// of what can be offered, and else offers whole segments; never less than remains.
// The edge can lie beyond what the window field says.
func (c *Conn) offerLinux() {
	window := max(c.selectLinux(), c.rcv.adv.Sub(c.rcv.nxt))
	unit := 1<<(c.rcv.shift&15) - 1
	c.rcv.adv = c.rcv.nxt.Add((window + unit) &^ unit) // the edge that the peer computes never moves left
}

// selectLinux is the window that Linux would choose, remains aside.
func (c *Conn) selectLinux() int {
	space, free := c.receiveSpace()
	full := min(space, c.windowClamp())
	mss := min(int(c.rcv.mss), full)
	unit := 1<<(c.rcv.shift&15) - 1
	if mss <= 0 {
		return 0
	}
	if free < full/2 {
		c.ack.quick = 0
		free &^= unit
		if free < space/16 || free < mss {
			return 0
		}
	}
	free = min(free, int(c.rcv.clamp))
	if unit > 0 {
		return (free + unit) &^ unit
	}
	window := c.rcv.adv.Sub(c.rcv.wup) // the size that was offered last
	switch {
	case window <= free-mss || window > free:
		return free - free%mss
	case mss == full && free > window+full/2:
		return free
	}
	return window
}

// receiveSpace is the payload that the memory has room for, and how much is left when
// what was not read came in segments as large as the largest.
func (c *Conn) receiveSpace() (space, free int) {
	memory, ratio := 2*int64(c.set.buffer), int64(c.payloadRatio())
	used := int64(c.rcv.unread)
	if used > 0 {
		used = used * int64(memoryOf(int(c.rcv.mss)+20+c.optionsLen())) / int64(c.rcv.mss)
	}
	return int(memory * ratio >> 8), int((memory - used) * ratio >> 8)
}

// payloadRatio is the payload in memory, in 256ths.
func (c *Conn) payloadRatio() int {
	if c.memory.ratio == 0 {
		return 128
	}
	return int(c.memory.ratio)
}

// windowClamp is what the window may grow to: one segment of the buffer is kept back
// until the first full one has shown how much memory it takes.
func (c *Conn) windowClamp() int {
	space, _ := c.receiveSpace()
	if c.memory.ratio != 0 {
		return max(space, smallestClamp)
	}
	mss := c.largestSegment()
	return min(space, max(2*mss, space-mss))
}

// windowKeeps reports whether an acknowledgment could offer at least the window
// that the last one did.
func (c *Conn) windowKeeps() bool {
	if c.cfg.ReceiveWindow != WindowLinux {
		return true
	}
	return c.selectLinux() >= c.rcv.adv.Sub(c.rcv.wup)
}

// measureLinux learns from a segment in order how large the peer's
// segments are and how much memory they take.
func (c *Conn) measureLinux(seg *Segment) {
	n := seg.Len
	header := 20 + seg.Options.len()
	last := int(c.memory.last)
	c.memory.last = 0
	switch {
	case n >= int(c.rcv.mss):
		if n != int(c.rcv.mss) {
			c.measureMemory(n, memoryOf(n+header))
		}
		c.rcv.mss = uint16(min(n, c.largestSegment()))
	case n+header >= 536+20 || n+header >= minMSS+20 && seg.Flags&(PSH|URG|FIN|SYN|RST) == 0:
		n += header - 20 - c.optionsLen()
		c.memory.last = uint16(n)
		if n == last {
			c.rcv.mss = uint16(n)
		}
	}
}

// measureMemory sets the ratio of n octets of payload to the memory that they take.
func (c *Conn) measureMemory(n, memory int) {
	before := c.windowClamp()
	ratio := max(min(n<<8/memory, 255), 1)
	if ratio == c.payloadRatio() {
		return
	}
	c.memory.ratio = uint8(ratio)
	clamp := c.windowClamp()
	if clamp < before {
		c.rcv.clamp = min(c.rcv.clamp, uint32(clamp))
	} else {
		c.rcv.clamp = max(c.rcv.clamp, uint32(min(c.rcv.adv.Sub(c.rcv.wup), clamp)))
	}
}

// growWindow lets the window grow by two segments for one that uses its memory
// well, by less for smaller ones.
func (c *Conn) growWindow(seg *Segment) {
	_, free := c.receiveSpace()
	room := min(c.windowClamp(), free) - int(c.rcv.clamp)
	if seg.Len < smallestGrown || room <= 0 {
		return
	}
	memory := memoryOf(seg.Len+20+seg.Options.len()) * c.payloadRatio() >> 8
	grow := 2 * c.largestSegment()
	if memory > seg.Len {
		grow = 2 * int(c.rcv.mss)
	}
	c.rcv.clamp += uint32(min(room, max(grow, 2*seg.Len)))
	c.ack.quick |= 1
}

// memoryOf is the memory that a segment takes (skb->truesize): n octets with its TCP
// header, an IPv4 header, headroom and the kernel's bookkeeping.
func memoryOf(n int) int {
	const headroom, shared, line, head = 64 + 20, 320, 64, 256
	data := (n+headroom+line-1)&^(line-1) + shared
	return 1<<bits.Len(uint(data-1)) + head // allocations are powers of two
}
