package tcp

// arriveOtherwise is RFC 9293 §3.10.7.4, SYN-RECEIVED and the synchronized states:
// its steps in its order. A step returns proceed or the verdict that settled the
// segment.
func (c *Conn) arriveOtherwise(seg *Segment) Verdict {
	if seg.Flags&(SYN|ACK|RST) == 0 { // P-13
		return DroppedNoControl
	}
	if c.state == StateSynReceived {
		if v := c.checkSynReceived(seg); v != proceed {
			return v
		}
	}
	if c.ts.on {
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
		return seg.Seq == c.rcv.nxt && (length == 0 || seg.Len == 0 && seg.Flags.Has(FIN))
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
	return c.rcv.unread == 0 || seg.Seq.Add(seg.Len).LessEq(c.rcv.adv)
}

// checkSequence is the first step.
func (c *Conn) checkSequence(seg *Segment) Verdict {
	if c.acceptable(seg) {
		if c.ts.on && c.ts.recent != seg.Options.TSVal {
			c.keepTimestamp(seg)
		}
		c.rcv.last = c.now
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
			return proceed // the other side of a simultaneous open: checkSYN
		}
		return c.challenge(ChallengedSYN)
	}
	c.reportDuplicate(seg)
	// P-1: a FIN or a probe that was received before, or that a closed window has no
	// room for, may still carry the only copy of an acknowledgment.
	edge := seg.Seq == c.rcv.nxt-1 || seg.Seq == c.rcv.nxt
	if edge && seg.SegLen() > 0 && c.cfg.Acceptability == AcceptRFC9293 && c.state.synchronized() && c.ackInRange(seg) {
		if v := c.checkACK(seg); v != proceed {
			return v
		}
		c.noteRepeatedFIN(seg)
		c.ackNow()
		return AckedOutsideWindow
	}
	return c.answerOutside(seg, DroppedWindow)
}

// reportDuplicate notes for D-SACK that octets arrived again (RFC 2883).
func (c *Conn) reportDuplicate(seg *Segment) {
	if !c.snd.sackOK || c.cfg.DuplicateSACK != On || seg.SegLen() == 0 || !seg.Seq.Less(c.rcv.nxt) {
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
		c.enterQuickAck()
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
	c.ackNow() // MUST-10: the SYN,ACK that crosses ours completes a simultaneous open
	return proceed
}

// checkUrgent is the sixth step: RCV.UP never recedes (MUST-32), and says just
// after which octet urgent data ends (MUST-62).
func (c *Conn) checkUrgent(seg *Segment) {
	switch c.state {
	case StateEstablished, StateFinWait1, StateFinWait2:
	case StateCloseWait, StateClosing, StateLastAck:
		return // "This should not occur"
	default:
		return
	}
	up := seg.Seq.Add(int(seg.Urgent))
	if c.rcv.urgent && up.LessEq(c.rcv.up) || up.LessEq(c.rcv.nxt.Add(-int(c.rcv.unread))) {
		return
	}
	c.rcv.urgent, c.rcv.up = true, up
}

// takeText is the seventh and the eighth step: segment text from start on, and FIN.
func (c *Conn) takeText(seg *Segment, start Seq) Verdict {
	left, right, fin := start, start.Add(seg.Len), seg.Flags.Has(FIN)
	if left == right && !fin {
		return Accepted
	}
	switch c.state {
	case StateEstablished:
	case StateFinWait1, StateFinWait2:
		if c.resetsAfterClose(left, right) {
			v := c.replyReset(seg, ResetAfterClose)
			c.end(KindAborted, CauseData)
			return v
		}
	case StateCloseWait, StateClosing, StateLastAck:
		return c.textAfterFIN(seg, left, right)
	default:
		return Accepted
	}
	if left.Less(c.rcv.nxt) {
		c.reportDuplicate(seg)
		left = c.rcv.nxt
		if right.Less(left) || right == left && !fin {
			c.enterQuickAck()
			c.ackNow()
			return Accepted
		}
	}
	if c.rcv.adv.Less(right) {
		right, fin = c.rcv.adv, false
	} else if fin && right == c.rcv.adv && left != right && c.cfg.Acceptability != AcceptLinux {
		fin = false
	}
	if left == right && !fin {
		c.ackNow()
		return DroppedText
	}
	return c.store(start, left, right, fin)
}

// resetsAfterClose reports whether text that arrives in FIN-WAIT-1 or FIN-WAIT-2
// is lost because nobody can receive it (RFC 9293 §3.6.1, SHLD-3; P-15).
func (c *Conn) resetsAfterClose(left, right Seq) bool {
	if !c.user.unreceivable() || !c.rcv.nxt.Less(right) {
		return false
	}
	return left != right || c.cfg.ResetOnEarlyFIN
}

// textAfterFIN is text or FIN in CLOSE-WAIT, CLOSING and LAST-ACK: "This should not
// occur since a FIN has been received". What was received before is acknowledged
// again.
func (c *Conn) textAfterFIN(seg *Segment, left, right Seq) Verdict {
	switch {
	case c.rcv.nxt.LessEq(left):
		return DroppedAfterFIN
	case c.rcv.nxt.Less(right) && c.cfg.DataAfterFIN == AfterFINStraddles:
		v := c.replyReset(seg, ResetAfterFIN)
		c.end(KindAborted, CauseData)
		return v
	}
	c.reportDuplicate(seg)
	c.noteRepeatedFIN(seg)
	c.enterQuickAck()
	c.ackNow()
	return AckedAfterFIN
}

// store keeps the text [left, right) and the FIN behind it, in order or beyond a
// gap. start is the sequence number of the segment's first octet.
func (c *Conn) store(start, left, right Seq, fin bool) Verdict {
	c.measureSegment(right.Sub(left))
	c.taken.base, c.taken.off = start, c.rcv.off-uint64(c.rcv.nxt.Sub(start))
	held := c.rcv.ooo.count() > 0
	if left != c.rcv.nxt {
		return c.storeBeyondGap(left, right, fin)
	}
	next, finished := right, fin
	if held {
		next, finished = c.fillGap(left, right, fin)
	} else if left != right {
		c.taken.n, c.taken.pieces[0] = 1, span{left, right}
	}
	n := next.Sub(c.rcv.nxt)
	c.rcv.nxt = next
	c.rcv.off += uint64(n)
	c.rcv.unread += uint32(n)
	if finished {
		c.takeFIN()
	}
	// A FIN in order throws away what is held beyond it and fills no gap.
	c.scheduleACK(n, held && !(fin && finished), finished)
	return Accepted
}

// fillGap stores text at RCV.NXT while something is held beyond it.
func (c *Conn) fillGap(left, right Seq, fin bool) (next Seq, finished bool) {
	end := right
	if fin {
		end++
	}
	last := c.rcv.ooo.spans[0]
	n, next, finished := c.rcv.ooo.fill(left, end, fin, &c.taken.pieces)
	c.taken.n = uint8(n)
	if finished && c.cfg.StaleSACK && c.snd.sackOK && c.state != StateEstablished {
		c.rcv.ooo.duplicate(last.left, last.right)
	}
	return next, finished
}

func (c *Conn) storeBeyondGap(left, right Seq, fin bool) Verdict {
	end := right
	if fin {
		end++
	}
	if part, dup := c.rcv.ooo.held(left, end); dup && c.snd.sackOK && c.cfg.DuplicateSACK == On {
		c.rcv.ooo.duplicate(part.left, part.right)
	}
	n, kept := c.rcv.ooo.insert(left, end, fin, &c.taken.pieces)
	c.taken.n = uint8(n)
	c.enterQuickAck()
	c.ackNow()
	if !kept {
		return DroppedText
	}
	return Accepted
}

// takeFIN is the eighth step: the peer's FIN is in order. It is counted once, and
// nothing beyond it is received.
func (c *Conn) takeFIN() {
	c.rcv.fin = true
	c.rcv.nxt++
	if c.rcv.adv.Less(c.rcv.nxt) { // a bare FIN beyond a closed window (P-11)
		c.rcv.adv = c.rcv.nxt
	}
	switch c.state {
	case StateEstablished:
		c.enter(StateCloseWait, CauseFIN)
	case StateFinWait1:
		c.enter(StateClosing, CauseFIN) // a FIN that acknowledges ours finds FIN-WAIT-2: checkACK
	case StateFinWait2:
		c.finishReceiving()
	default:
		panic("tcp: BUG: FIN in a state that has none to take")
	}
}

// finishReceiving enters TIME-WAIT. With WindowLinux the acknowledgment of the FIN
// offers a window once more; then it stands still.
func (c *Conn) finishReceiving() {
	if c.cfg.ReceiveWindow == WindowLinux {
		c.offerLinux()
	}
	c.enter(StateTimeWait, CauseFIN)
}
