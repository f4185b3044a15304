package tcp

// throttle limits challenge ACKs (RFC 5961 §7) with a time and a counter. After
// the limit is used up nothing is sent for a whole interval: so no interval,
// wherever it begins, has more than the limit.
type throttle struct {
	last Time // when one was sent last
	sent uint16
}

// allow reports whether one more may be sent now, and counts it.
func (t *throttle) allow(now Time, cfg *config) bool {
	if cfg.ChallengeInterval == 0 {
		return true
	}
	if t.sent == 0 || now.Sub(t.last) >= cfg.ChallengeInterval {
		t.sent = 0
	}
	if int(t.sent) >= cfg.ChallengeLimit {
		return false
	}
	t.sent++
	t.last = now
	return true
}

// allowAnswer is allow for this connection.
func (c *Conn) allowAnswer() bool {
	if c.limit.allow(c.now, c.cfg) {
		return true
	}
	c.count.ChallengesSuppressed++
	return false
}

// challenge owes a challenge ACK, if the limit allows one.
func (c *Conn) challenge(v Verdict) Verdict {
	if !c.allowAnswer() {
		return DroppedThrottled
	}
	c.count.ChallengesSent++
	c.ackNow()
	return v
}
