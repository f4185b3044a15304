package tcp

import "math/bits"

// WindowLinux offers what the memory behind the receive buffer has room for, which
// is twice the buffer: of that memory a segment takes more than its payload. All of
// it is as measured of Linux 6.18.44 without auto-tuning of the buffer
// (tcp_moderate_rcvbuf=0), for segments that come in through a TUN device.

// receiveMemory is what WindowLinux knows of the segments received.
type receiveMemory struct {
	used  uint32 // what the unread octets take
	room  uint16 // behind the last of them, for a segment that needs no more memory
	read  uint16 // octets read of a segment that was not read to its end
	last  uint16 // payload of the last segment, if it was small
	ratio uint8  // payload in memory, in 256ths (scaling_ratio); 0: half, none was measured
}

const (
	smallestClamp = 1152 // half of SOCK_MIN_RCVBUF
	smallestGrown = 128  // octets of payload in order from which on the window grows
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

// receiveSpace is the payload that the memory has room for, and how much is left.
func (c *Conn) receiveSpace() (space, free int) {
	memory, ratio := 2*int64(c.set.buffer), int64(c.payloadRatio())
	return int(memory * ratio >> 8), int((memory - int64(c.memory.used)) * ratio >> 8)
}

// keepMemory counts the memory that a segment takes: none if it fits behind the ones
// before (tcp_try_coalesce).
func (c *Conn) keepMemory(seg *Segment) {
	m := &c.memory
	c.clampWindow()
	if m.used > 0 && seg.Len <= int(m.room) {
		m.room -= uint16(seg.Len)
		return
	}
	memory, room := memoryOf(seg.Len + 20 + seg.Options.len())
	m.used += uint32(memory)
	m.room = uint16(min(room, 65535))
}

// clampWindow is what a full buffer leads to (tcp_clamp_window): it grows, unless it was
// set; and nothing is acknowledged at once.
func (c *Conn) clampWindow() {
	if int64(c.memory.used) <= 2*int64(c.set.buffer) {
		return
	}
	c.ack.quick = 0
	if !c.set.bufferFixed {
		c.set.buffer = max(c.set.buffer, int32(min(int(c.memory.used/2), c.cfg.MaxReceiveBuffer)))
	}
	if int64(c.memory.used) > 2*int64(c.set.buffer)+1 {
		c.rcv.clamp = uint32(min(c.windowClamp(), 2*c.largestSegment()))
	}
}

// freeMemory lets go of the memory of n octets that were read, of before: of segments
// as a whole, taken to be as large as the largest.
func (c *Conn) freeMemory(n, before int) {
	m := &c.memory
	total := before + int(m.read) + c.rcv.ooo.octets()
	read := n + int(m.read)
	if left := total - read; left <= 0 || n == before {
		m.used = uint32(uint64(m.used) * uint64(max(left, 0)) / uint64(total))
		m.room, m.read = 0, 0
		return
	}
	m.read = uint16(read % int(c.rcv.mss))
	m.used -= uint32(uint64(m.used) * uint64(read-int(m.read)) / uint64(total))
}

// offerAbort offers the window of a RST: by then what was not read is thrown away.
func (c *Conn) offerAbort() {
	if unread := int(c.rcv.unread); unread > 0 {
		c.freeMemory(unread, unread)
	}
	c.offerLinux()
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
	mss, clamp := c.largestSegment(), min(space, 65535<<(c.rcv.shift&15))
	if clamp > 2*mss && clamp+mss > space {
		clamp = max(2*mss, space-mss)
	}
	return clamp
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
			memory, _ := memoryOf(n + header)
			c.measureMemory(n, memory)
		}
		c.rcv.mss = uint16(min(n, c.largestSegment()))
		if seg.Flags.Has(PSH) {
			c.ack.pushed = max(c.ack.pushed, 1) // the end of a write
		}
		return
	case n+header >= 536+20 || n+header >= minMSS+20 && seg.Flags&(PSH|URG|FIN|SYN|RST) == 0:
		n += header - 20 - c.optionsLen()
		c.memory.last = uint16(n)
		if n == last {
			c.rcv.mss = uint16(n)
			return
		}
	}
	c.ack.pushed = min(c.ack.pushed+1, 2)
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
// well, by less for smaller ones, and not at all for those that use it badly: the
// larger the window is, the worse (__tcp_grow_window).
func (c *Conn) growWindow(seg *Segment) {
	_, free := c.receiveSpace()
	room := min(c.windowClamp(), free) - int(c.rcv.clamp)
	if room <= 0 {
		return
	}
	memory, _ := memoryOf(seg.Len + 20 + seg.Options.len())
	memory = memory * c.payloadRatio() >> 8
	grow := 2 * c.largestSegment()
	if memory > seg.Len {
		grow = 2 * int(c.rcv.mss)
		window := c.cfg.MaxReceiveBuffer * c.payloadRatio() >> 9
		for memory >>= 1; memory > seg.Len; memory >>= 1 {
			window >>= 1
		}
		if int(c.rcv.clamp) > window {
			return
		}
	}
	c.rcv.clamp += uint32(min(room, max(grow, 2*seg.Len)))
	c.ack.quick |= 1
}

// memoryOf is the memory that a segment takes (skb->truesize): n octets with its TCP
// header, an IPv4 header, headroom and the kernel's bookkeeping; and what room is left
// behind the octets.
func memoryOf(n int) (memory, room int) {
	const headroom, shared, line, head = 64 + 20, 320, 64, 256
	data := (n + headroom + line - 1) &^ (line - 1)
	size := 576 // of a cache of its own (SKB_SMALL_HEAD_SIZE)
	if data+shared > size {
		size = 1 << bits.Len(uint(data+shared-1)) // else allocations are powers of two
	}
	return size + head, size - shared - headroom - n
}
