package tcp

import "time"

// markBurst notes segments that are not full, and sets PSH in a row of full ones.
func (c *Conn) markBurst(seg *Segment, n int) {
	if n < c.segmentRoom() {
		c.snd.small = c.snd.nxt
	}
	if c.cfg.PushEvery == 0 {
		return
	}
	c.snd.burst++
	if seg.Flags.Has(PSH) { // the end of a write, also when it is repeated
		c.rec.r[c.rec.n-1].flags |= recordPushed
	}
	ends := int(c.snd.burst) >= c.burstLimit() || !c.goesOn()
	if ends && c.snd.burst > 1 { // a segment by itself is none
		seg.Flags |= PSH
	}
	if ends || seg.Flags.Has(PSH) {
		c.snd.burst = 0
	}
}

// goesOn reports whether more text may leave at once.
func (c *Conn) goesOn() bool {
	n, _, ok := c.plan(false)
	return ok && n > 0
}

// burstLimit is how many segments go out in a row before PSH: as many as leave in a
// millisecond at twice, or later 1.2 times, the congestion window in a round trip, and
// some more over a short way; half of the congestion window at most, and PushEvery
// at least.
func (c *Conn) burstLimit() int {
	srtt, _, ok := c.rtt.smoothed(&c.cfg.rtt)
	if !ok || srtt < time.Microsecond {
		return c.cfg.PushEvery
	}
	percent := 120
	if c.cong.window < c.cong.threshold/2 {
		percent = 200
	}
	mss := int64(c.maxPayload())
	octets := int64(c.cong.window) * int64(percent) / 100 * int64(time.Second/1024) / int64(srtt)
	if c.cong.minRTT != 0 {
		octets += maxBurst >> min(c.cong.minRTT>>9, 31) // tcp_tso_rtt_log
	}
	half := int(c.cong.window) / int(mss) / 2
	return min(max(c.cfg.PushEvery, int(min(octets, maxBurst)/mss)), max(half, 1))
}

const maxBurst = 65536 // octets: gso_max_size
