package tcp

import "time"

// rto is the retransmission timeout, backed off.
func (c *Conn) rto() time.Duration { return c.rtt.rto(&c.cfg.rtt) }

// armRetransmit runs a timer for what is in flight after a first transmission: a
// tail loss probe where that comes first, else the retransmission timeout, which
// runs on if it runs already (RFC 6298 §5.1).
func (c *Conn) armRetransmit(idle bool) {
	if c.armLossProbe(false) {
		return
	}
	if idle || !c.running(TimerRetransmit) {
		c.startRetransmit()
	}
}

// startRetransmit starts the retransmission timeout anew, shortened so that the
// user timeout of FromRetransmission is kept.
func (c *Conn) startRetransmit() {
	c.stop(TimerLossProbe)
	d := c.rto()
	if c.state == StateSynReceived && c.passive && c.cfg.SynReceived == SynReceivedLinux {
		d = c.requestTimeout()
	}
	c.start(TimerRetransmit, c.withinUserTimeout(d))
}

// requestTimeout is the interval of the SYN,ACK of Linux's requests, which
// tcp_rto_max_ms does not bound.
func (c *Conn) requestTimeout() time.Duration {
	d := c.cfg.RTOInitial
	for range c.snd.rexmits {
		if d = 2 * d; d >= longestRequest {
			return longestRequest
		}
	}
	return d
}

// longestRequest is TCP_RTO_MAX.
const longestRequest = 120 * time.Second

// withinUserTimeout shortens a delay to what the user timeout leaves.
func (c *Conn) withinUserTimeout(d time.Duration) time.Duration {
	if c.set.userTimeout == 0 {
		return d
	}
	return c.shortened(d)
}

func (c *Conn) shortened(d time.Duration) time.Duration {
	limit := c.set.userTimeout
	if c.cfg.UserTimeoutStart != FromRetransmission || limit == Forever || c.snd.rexmits == 0 && !c.probing() {
		return d
	}
	left := limit - c.now.Sub(c.snd.firstRexmit)
	return min(d, max(left, c.cfg.tick, 1))
}

// retransmitTimeout is the expiry of the retransmission timer: RFC 6298 §5.4 to
// §5.6, RFC 9293 §3.8.3.
func (c *Conn) retransmitTimeout() {
	if c.snd.una == c.snd.iss {
		c.handshakeTimeout()
		return
	}
	if c.exhausted() {
		c.end(KindTimeout, CauseTimeout)
		return
	}
	flight := c.snd.nxt.Sub(c.snd.una)
	c.cong.timeout(flight, c.maxPayload(), c.snd.rexmits == 0)
	c.countTimeout()
	c.rtt.backOff(&c.cfg.rtt)
	c.rec.recovering, c.rec.dupAcks, c.rec.probed = false, 0, probeNone
	c.rec.recovered, c.rec.point = true, c.snd.nxt
	c.rec.allLost(c.snd.una, c.usesRACK())
	c.startRetransmit()
}

// handshakeTimeout repeats the SYN, or the SYN,ACK, or gives up: a passive open
// returns to where it came from, and nobody is told.
func (c *Conn) handshakeTimeout() {
	if c.exhausted() {
		if c.state == StateSynReceived && c.passive {
			c.abandonRequest(CauseTimeout)
			return
		}
		c.end(KindTimeout, CauseTimeout)
		return
	}
	c.countTimeout()
	c.count.SYNRetransmits++
	c.snd.synTimedOut = c.cfg.SynReceived != SynReceivedLinux || !c.passive && c.snd.rexmits > 1
	if c.state != StateSynSent || int(c.snd.rexmits) > c.cfg.SYNLinearTimeouts {
		c.rtt.backOff(&c.cfg.rtt)
	}
	c.owe.owed |= oweSYN
	c.startRetransmit()
}

// countTimeout counts a retransmission timeout, up to what the counter can say.
func (c *Conn) countTimeout() {
	if c.snd.rexmits == 0 {
		c.snd.firstRexmit = c.now
		if c.state == StateSynSent || c.state == StateSynReceived && !c.passive {
			c.snd.firstRexmit = c.snd.firstSent // Linux counts the time of a SYN from the first
		}
	}
	c.snd.rexmits += uint8(btoi(c.snd.rexmits < maxCount))
	c.count.Timeouts++
}

const maxCount = 255

// exhausted reports whether R2 is reached: the configured number of
// retransmissions was made without an answer.
func (c *Conn) exhausted() bool {
	limit, least := c.retryLimit()
	made := int(c.snd.rexmits)
	spent := c.now.Sub(c.snd.firstRexmit).Truncate(time.Millisecond)
	if t := c.set.userTimeout; t != 0 && t != Forever && c.cfg.UserTimeoutStart == FromRetransmission &&
		made > 0 && !(c.state == StateSynReceived && c.passive) {
		return spent >= t
	}
	if c.cfg.GiveUp == Counted || c.state == StateSynReceived && c.passive {
		return made >= limit && c.now.Sub(c.snd.firstSent) >= least
	}
	if c.snd.wnd == 0 && c.state.synchronized() && !c.user.orphaned() {
		// What is in flight has become a window probe (tcp_rtx_probe0_timed_out).
		silent := 2 * c.cfg.RTOMax
		return made > 0 && c.idleFor() > silent && spent > silent
	}
	if made == 0 {
		return false
	}
	unit := elapsedUnit
	if !c.state.synchronized() {
		most := limit
		if c.state == StateSynSent {
			most += c.cfg.SYNLinearTimeouts
		}
		if made >= most {
			return true
		}
		unit = c.cfg.RTOInitial
	}
	return spent >= elapsedLimit(limit, unit, c.cfg.RTOMax)
}

// retryLimit is R2 in retransmissions, and the time that they take at least.
func (c *Conn) retryLimit() (limit int, least time.Duration) {
	switch c.state {
	case StateSynSent:
		return int(c.set.synRetries), c.cfg.SYNMinimum
	case StateSynReceived:
		if !c.passive {
			return int(c.set.synRetries), c.cfg.SYNMinimum
		}
		return c.cfg.SYNACKRetries, c.cfg.SYNMinimum
	}
	if c.user.orphaned() {
		return c.orphanLimit(c.rto()), c.cfg.DataMinimum
	}
	return c.cfg.DataRetries2, c.cfg.DataMinimum
}

// orphanLimit is R2 of a connection that no program holds; timeout is the interval
// that has just passed.
func (c *Conn) orphanLimit(timeout time.Duration) int {
	if c.cfg.OrphanRetries != OrphanRetriesAuto {
		return c.cfg.OrphanRetries
	}
	if timeout < c.cfg.RTOMax {
		return 8
	}
	return 0
}

// elapsedUnit is the first timeout of the model by which Linux turns a count into a
// time, whatever the connection's own is.
const elapsedUnit = 200 * time.Millisecond

// elapsedLimit is how long n retransmissions take that begin with unit and double
// up to longest.
func elapsedLimit(n int, unit, longest time.Duration) time.Duration {
	doublings := 0
	for unit<<(doublings+1) <= longest && unit<<(doublings+1) > 0 {
		doublings++
	}
	if n <= doublings {
		return unit * (1<<(n+1) - 1)
	}
	return unit*(1<<(doublings+1)-1) + time.Duration(n-doublings)*longest
}

// afterProgress is what an acknowledgment of something new sets going: of octets, and
// of segments as a whole.
func (c *Conn) afterProgress(octets, segments int) {
	mss := c.maxPayload()
	switch {
	case !c.rec.recovering:
		c.rec.progress()
		if c.rec.recovered && c.rec.point.Less(c.snd.una) {
			c.rec.recovered = false // in 2³¹ octets it would seem to lie ahead
		}
	case c.snd.una.Less(c.rec.point): // partial acknowledgment: RFC 6582 §3.2
		if c.usesRACK() {
			c.detectLate()
			break
		}
		if c.snd.sackOK { // RFC 6675 §5 (B)
			c.rec.sackedLost(c.snd.una, mss)
			break
		}
		c.cong.deflate(octets, mss)
		c.rec.headLost(c.snd.una)
	default:
		c.rec.recovering, c.rec.dupAcks = false, 0
		if !c.usesRACK() {
			c.rec.forgetLost()
		}
		c.cong.recovered(c.snd.nxt.Sub(c.snd.una), mss)
	}
	switch {
	case c.snd.una == c.snd.nxt: // RFC 6298 §5.2
		if c.owe.probe != idleProbe {
			c.owe.probe = noProbe // what it would ask has been answered
		}
		c.stop(TimerRetransmit)
		c.stop(TimerLossProbe)
		if c.snd.wnd != 0 || !c.waiting() {
			c.stop(TimerPersist)
			c.snd.probeBackoff = 0
		}
	case c.snd.probing:
	case segments == 0 && c.cfg.SplitACK == SplitACKMovesOnly:
	case c.usesRACK():
		c.armProgress()
		c.detectLate()
	default: // RFC 6298 §5.3
		c.armProgress()
	}
}

func (c *Conn) armProgress() {
	if !c.armLossProbe(true) {
		c.startRetransmit()
	}
}

// takeSACK marks what the peer holds, and reports whether that was news. The
// first block may be a duplicate below the acknowledgment (RFC 2883); it marks
// nothing.
func (c *Conn) takeSACK(seg *Segment) (news bool) {
	for _, b := range seg.Options.SACK[:min(int(seg.Options.NumSACK), len(seg.Options.SACK))] {
		if seg.Ack.Less(b.Left) && b.Left.Less(b.Right) && b.Right.LessEq(c.snd.nxt) {
			news = c.rec.sack(c.snd.una, b, c.usesRACK(), c.now, c.cong.minRTT) || news
		}
	}
	return news
}

// duplicateACK counts duplicate acknowledgments and starts fast recovery at the third:
// RFC 5681 §3.2, RFC 6582 §3.2; or leaves that to RACK.
func (c *Conn) duplicateACK(counts bool) {
	if counts && c.rec.dupAcks < maxCount {
		c.rec.dupAcks++
	}
	if c.usesRACK() {
		c.detectLate()
		return
	}
	mss := c.maxPayload()
	switch {
	case c.rec.recovering:
		if int(c.cong.window) < int(c.cong.threshold)+c.snd.nxt.Sub(c.snd.una) {
			c.cong.inflate(mss) // by no more than is in flight (RFC 5681 §3.2)
		}
		return
	case c.rec.dupAcks < 3:
		return
	case c.rec.recovered && c.snd.una.LessEq(c.rec.point):
		return // the loss that was found before: RFC 6582 §3.2 (1)
	}
	c.enterRecovery()
	c.rec.headLost(c.snd.una)
	c.cong.inflate(3 * mss)
}

// duplicateSACK uses an acknowledgment that tells of more that the peer holds: RFC
// 6675 §5. After a timeout it says nothing until everything that was sent before is
// acknowledged.
func (c *Conn) duplicateSACK() {
	if c.snd.una == c.snd.nxt || !c.rec.recovering && c.rec.recovered && c.snd.una.Less(c.rec.point) {
		return
	}
	if !c.rec.recovering && !c.rec.forced {
		c.rec.forgetLost() // what was sent again for another reason
	}
	lost := c.rec.sackedLost(c.snd.una, c.maxPayload())
	if c.rec.recovering {
		return
	}
	c.rec.dupAcks += uint8(btoi(c.rec.dupAcks < maxCount))
	c.rec.high = c.snd.una
	if c.rec.dupAcks >= 3 || lost {
		c.enterRecovery()
		c.rec.rackEnd = c.snd.nxt // until the first segment was sent again
	}
}

// formSpare forms a segment that is perhaps not lost: rules (3) and (4) of NextSeg in
// RFC 6675 §4.
func (c *Conn) formSpare(seg *Segment) bool {
	from, to, index, rescue, ok := c.rec.spare(c.snd.una)
	mss := c.segmentRoom()
	if !ok || !c.congestionAllows(1, mss, 0, true) {
		return false
	}
	high := c.rec.high
	if rescue {
		if limit := mss + btoi(c.snd.finSent && to == c.snd.nxt); to.Sub(from) > limit {
			from = to.Add(-limit)
		}
	}
	if !c.formAgain(seg, from, to, index) {
		return false
	}
	if rescue {
		c.rec.high, c.rec.rackEnd = high, c.rec.point
	}
	return true
}

// enterRecovery begins fast recovery, which lasts until everything that was sent
// before is acknowledged.
func (c *Conn) enterRecovery() {
	c.rec.recovering, c.rec.recovered, c.rec.point = true, true, c.snd.nxt
	c.rec.high, c.rec.forced = c.snd.una, true
	c.cong.lost(c.rec.flight(c.snd.una), c.maxPayload())
	c.count.FastRecoveries++
}
