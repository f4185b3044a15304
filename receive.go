package tcp

// arriveOtherwise is RFC 9293 §3.10.7.4, SYN-RECEIVED and the synchronized states:
// its steps in its order. A step returns proceed or the verdict that settled the
// segment.
func (c *Conn) arriveOtherwise(seg *Segment) Verdict {
	if c.state == StateSynReceived {
		if v := c.checkSynReceived(seg); v != proceed {
			return v
		}
	}
	if seg.Flags&(SYN|ACK|RST) == 0 { // P-13
		return DroppedNoControl
	}
	if c.ts.on && (!seg.Options.Has(OptTimestamps) || tsBefore(seg.Options.TSVal, c.ts.recent)) {
		if v := c.checkTimestamps(seg); v != proceed { // RFC 7323 §5.3, before the first step
			return v
		}
	}
	if v := c.checkSequence(seg); v != proceed { // first
		return v
	}
	if seg.Flags.Has(RST) { // second
		return c.checkReset(seg)
	}
	// third, security: not applicable (RFC 9293 appendix A.1)
	if seg.Flags.Has(SYN) { // fourth
		if v := c.checkSYN(seg); v != proceed {
			return v
		}
	}
	if v := c.checkACK(seg); v != proceed { // fifth
		return v
	}
	if c.cfg.UserTimeoutOption {
		c.takeUserTimeoutOption(&seg.Options)
	}
	if seg.Flags.Has(URG) { // sixth
		c.checkUrgent(seg)
	}
	if seg.Len == 0 && !seg.Flags.Has(FIN) {
		return Accepted
	}
	start := seg.Seq
	if seg.Flags.Has(SYN) {
		start++
	}
	return c.takeText(seg, start) // seventh and eighth
}

// acceptable is the window test of RFC 9293 §3.10.7.4. Its right edge is the
// rightmost one ever offered (RFC 7323 §2.4); a segment that begins before the
// window and ends beyond it overlaps it; a bare FIN needs no room (P-11). A RST
// counts without its payload.
func (c *Conn) acceptable(seg *Segment) bool {
	if c.cfg.Acceptability == AcceptLinux {
		return c.acceptableLinux(seg)
	}
	length := seg.SegLen()
	if seg.Flags.Has(RST) {
		length = 0
	}
	switch {
	case c.rcv.adv == c.rcv.nxt:
		return seg.Seq == c.rcv.nxt && (length == 0 || seg.Len == 0 && seg.Flags&(FIN|SYN) == FIN)
	case length == 0:
		return c.rcv.nxt.LessEq(seg.Seq) && seg.Seq.Less(c.rcv.adv)
	}
	return seg.Seq.Less(c.rcv.adv) && c.rcv.nxt.Less(seg.Seq.Add(length))
}

// acceptableLinux measures from the last acknowledgment that was sent, and lets a
// segment start on the right edge; only an empty receive queue lets its text
// extend beyond.
func (c *Conn) acceptableLinux(seg *Segment) bool {
	if seg.End().Less(c.rcv.wup) || c.rcv.adv.Less(seg.Seq) {
		return false
	}
	end := seg.Seq.Add(seg.Len + btoi(seg.Flags.Has(SYN))) // the FIN may lie beyond
	return c.rcv.unread == 0 || end.LessEq(c.rcv.adv)
}

// checkSequence is the first step.
func (c *Conn) checkSequence(seg *Segment) Verdict {
	if c.acceptable(seg) {
		used := c.cfg.StaleACK == StaleACKUsed || c.state == StateSynReceived
		if c.ts.on && (used || c.predicted(seg)) {
			c.keepTimestamp(seg)
		}
		if used {
			c.heard()
		}
		return proceed
	}
	if seg.Flags.Has(RST) {
		if c.resetBeyond(seg.Seq) {
			return proceed
		}
		return DroppedRSTWindow
	}
	if seg.Flags.Has(SYN) {
		if c.state == StateSynReceived && !c.passive && seg.Seq == c.rcv.irs && seg.Flags.Has(ACK) {
			if c.ts.on {
				c.keepTimestamp(seg)
			}
			return proceed // the other side of a simultaneous open: checkSYN
		}
		return c.challenge(ChallengedSYN)
	}
	c.reportDuplicate(seg)
	if c.carriesACK(seg) {
		c.heard()
		if seg.SegLen() == 0 {
			return proceed
		}
		if v := c.checkACK(seg); v != proceed {
			return v
		}
		if seg.Flags.Has(URG) && seg.Seq == c.rcv.nxt { // MUST-66
			c.checkUrgent(seg)
		}
		c.noteRepeatedFIN(seg)
		c.ackNow()
		return AckedOutsideWindow
	}
	return c.answerOutside(seg, DroppedWindow)
}

// carriesACK reports whether a segment that is not acceptable may have the only copy
// of an acknowledgment: a FIN or a probe that was received before, or that a closed
// window has no room for (P-1), or what follows a probe into a closed window
// ("special allowance should be made to accept valid ACKs").
func (c *Conn) carriesACK(seg *Segment) bool {
	if c.cfg.Acceptability != AcceptRFC9293 || !c.state.synchronized() || !seg.Flags.Has(ACK) || !c.ackInRange(seg) {
		return false
	}
	switch seg.Seq {
	case c.rcv.nxt - 1, c.rcv.nxt:
		return seg.SegLen() > 0
	case c.rcv.nxt + 1:
		return c.rcv.adv == c.rcv.nxt
	}
	return false
}

// predicted reports whether Linux's header prediction takes the segment: its timestamp
// is used before its acknowledgment is looked at.
func (c *Conn) predicted(seg *Segment) bool {
	return c.state == StateEstablished && seg.Flags&^PSH == ACK && seg.Seq == c.rcv.nxt &&
		!c.snd.nxt.Less(seg.Ack) && c.scaledWindow(seg) == c.snd.wnd && seg.Options.NumSACK == 0 &&
		c.rcv.ooo.count() == 0
}

// heard notes that the peer is there.
func (c *Conn) heard() { c.rcv.last, c.idleProbes = c.now, 0 }

// reportDuplicate notes for D-SACK that octets arrived again (RFC 2883).
func (c *Conn) reportDuplicate(seg *Segment) {
	if !c.snd.sackOK || c.cfg.DuplicateSACK != On {
		return
	}
	right := seg.End()
	if c.rcv.nxt.Less(right) {
		right = c.rcv.nxt
	}
	c.rcv.ooo.duplicate(seg.Seq, right)
}

// answerOutside answers a segment that is not acceptable. The answer to text or
// FIN is never suppressed: it may be what the peer waits for (P-2).
func (c *Conn) answerOutside(seg *Segment, v Verdict) Verdict {
	if (seg.Len > 0 || seg.Flags.Has(FIN)) && !seg.Flags.Has(SYN) {
		c.noteRepeatedFIN(seg)
		if seg.Seq.Less(c.rcv.nxt) {
			c.enterQuickAck()
		}
		c.ackNow()
		return v
	}
	return c.challenge(v)
}

// noteRepeatedFIN counts an acknowledgment that a FIN draws again.
func (c *Conn) noteRepeatedFIN(seg *Segment) {
	if c.rcv.fin && seg.Flags.Has(FIN) && seg.End() == c.rcv.nxt {
		c.count.FINsReacked++
	}
}

// checkReset is the second step, with RFC 5961 §3: only RCV.NXT resets, anything
// else in the window is challenged.
func (c *Conn) checkReset(seg *Segment) Verdict {
	if seg.Seq != c.rcv.nxt && !c.resetBeyond(seg.Seq) {
		return c.challenge(ChallengedRST)
	}
	switch c.state {
	case StateSynReceived:
		if c.passive {
			return c.abandonRequest(CauseRST)
		}
		c.end(KindRefused, CauseRST)
		return Refused
	case StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait, StateClosing, StateLastAck:
		c.end(KindReset, CauseRST)
		return Reset
	default:
		panic("tcp: BUG: RST in a state that has no second step")
	}
}

// resetBeyond reports the sequence numbers besides RCV.NXT that Config.ResetSequence
// accepts: a peer that sent its FIN may number its RST as if it had not, or may not
// know that there is a gap.
func (c *Conn) resetBeyond(seq Seq) bool {
	if c.cfg.ResetSequence == ResetExact {
		return false
	}
	if c.rcv.fin && seq == c.rcv.nxt-1 {
		return true
	}
	right, held := c.rcv.ooo.highest()
	return c.snd.sackOK && held && seq == right
}

// checkSYN is the fourth step, with RFC 5961 §4.
func (c *Conn) checkSYN(seg *Segment) Verdict {
	if c.state != StateSynReceived {
		return c.challenge(ChallengedSYN)
	}
	if c.passive {
		return c.abandonRequest(CauseSYN)
	}
	if seg.Seq != c.rcv.irs || !seg.Flags.Has(ACK) || seg.Ack != c.snd.nxt {
		return c.challenge(ChallengedSYN)
	}
	if c.cfg.SynReceived == SynReceivedLinux && c.snd.sackOK && c.cfg.DuplicateSACK == On {
		c.rcv.ooo.duplicate(seg.Seq, seg.Seq+1) // to Linux the SYN is an octet that came twice
	}
	c.ackNow() // MUST-10: the SYN,ACK that crosses ours completes a simultaneous open
	return proceed
}

// checkUrgent is the sixth step: RCV.UP never recedes (MUST-32), and says just
// after which octet urgent data ends (MUST-62).
func (c *Conn) checkUrgent(seg *Segment) {
	switch c.state {
	case StateEstablished, StateFinWait1, StateFinWait2:
	default:
		return // after the peer's FIN "this should not occur"
	}
	up := seg.Seq.Add(int(seg.Urgent))
	if c.rcv.up.Less(up) {
		c.rcv.up = up
	}
}
