package tcp

import "time"

// RACK (RFC 8985 §6): a segment is lost if one that was sent later has arrived, and
// that was longer ago than the segments may have changed places. Segments that
// may still come are waited for by TimerLossProbe.

// delivered notes that the peer has the record, sent most recently so far or not. A
// retransmission that seems to be answered sooner than any segment before is
// answered by the original.
func (r *records) delivered(rec *record, now Time, minRTT uint32) {
	rtt := max(microseconds(now.Sub(rec.time)), 1)
	if rec.flags&recordRetransmitted != 0 && rtt < minRTT {
		return
	}
	before := r.sentBefore(rec)
	r.rackRTT = rtt
	if before {
		return
	}
	r.rackTime, r.rackEnd = rec.time, rec.end
}

// arrived notes the records that an acknowledgment up to una covers.
func (r *records) arrived(una Seq, now Time, minRTT uint32) {
	for i := range r.n {
		rec := &r.r[i]
		if !rec.end.LessEq(una) {
			return
		}
		if rec.flags&recordSACKed == 0 {
			r.delivered(rec, now, minRTT)
		}
	}
}

// sentBefore reports whether rec was sent before the last record that arrived.
func (r *records) sentBefore(rec *record) bool {
	return r.rackRTT != 0 && (rec.time < r.rackTime || rec.time == r.rackTime && rec.end.Less(r.rackEnd))
}

// overtaken reports whether any record was sent before the last one that arrived:
// what was sent later knows nothing of that one.
func (r *records) overtaken() bool {
	for i := range r.n {
		if r.sentBefore(&r.r[i]) {
			return true
		}
	}
	return false
}

func microseconds(d time.Duration) uint32 {
	return uint32(min(max(d/time.Microsecond, 0), 1<<31))
}

// late takes for lost what was sent before the last record that arrived, and should
// have arrived by now; wait is how long until that is decided for the others.
func (r *records) late(una Seq, now Time, window time.Duration) (found bool, wait time.Duration) {
	start := una
	limit := time.Duration(r.rackRTT)*time.Microsecond + window
	for i := range r.n {
		rec := &r.r[i]
		waits := rec.flags&recordLost != 0 && r.high.Less(rec.end)
		if rec.flags&recordSACKed == 0 && !waits && r.sentBefore(rec) {
			left := rec.time.Add(limit).Sub(now)
			if left <= 0 {
				rec.flags |= recordLost
				if start.Less(r.high) {
					r.high = start
				}
				r.anyLost, found = true, true
			} else {
				wait = max(wait, left)
			}
		}
		start = rec.end
	}
	return found, wait
}

// sacked counts the records that the peer holds.
func (r *records) sacked() (n int) {
	for i := range r.n {
		n += btoi(r.r[i].flags&recordSACKed != 0)
	}
	return n
}

// usesRACK reports whether losses are found by RACK, which needs SACK.
func (c *Conn) usesRACK() bool { return c.cfg.LossDetection == LossRACK && c.snd.sackOK }

// usesSACK reports whether RFC 6675 says what is lost.
func (c *Conn) usesSACK() bool { return c.cfg.LossDetection == LossRFC6675 && c.snd.sackOK }

// reorderingWindow is how far segments may change places: nothing during recovery
// or once three are held, else a quarter of the shortest round trip (RFC 8985 §6.2).
func (c *Conn) reorderingWindow() time.Duration {
	if c.rec.recovering || c.rec.sacked() >= 3 {
		return 0
	}
	srtt, _, _ := c.rtt.smoothed(&c.cfg.rtt)
	return min(time.Duration(c.cong.minRTT)*time.Microsecond/4, srtt)
}

// detectLate looks for losses, and waits for what may still come.
func (c *Conn) detectLate() {
	if c.snd.una == c.snd.nxt {
		return
	}
	found, wait := c.rec.late(c.snd.una, c.now, c.reorderingWindow())
	if found && !c.rec.recovering {
		c.enterRecovery()
	}
	if wait > 0 {
		c.stop(TimerRetransmit)
		c.rec.reordering = true
		c.start(TimerLossProbe, wait+reorderingSlack)
	}
}

const reorderingSlack = 2 * time.Millisecond // TCP_TIMEOUT_MIN_US

// reorderingTimeout ends the wait for segments that changed places.
func (c *Conn) reorderingTimeout() {
	c.rec.reordering = false
	c.detectLate()
	if !c.running(TimerLossProbe) {
		c.startRetransmit()
	}
}
