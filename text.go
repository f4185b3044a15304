package tcp

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
			c.ack.scheduled = c.cfg.AckRule == AckAdaptive
			c.ackNow()
			return Accepted
		}
	}
	if c.rcv.adv.Less(right) {
		right, fin = c.rcv.adv, false
	} else if fin && right == c.rcv.adv && left != right && c.cfg.Acceptability != AcceptLinux {
		fin = false
	}
	if left == c.rcv.adv && left != c.rcv.nxt {
		fin = false // on the edge; only at RCV.NXT a bare FIN needs no room
	}
	if left == right && !fin {
		c.ackNow()
		return DroppedText
	}
	return c.store(seg, start, left, right, fin)
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
	c.ackNow()
	return AckedAfterFIN
}

// store keeps the text [left, right) and the FIN behind it, in order or beyond a
// gap. start is the sequence number of the segment's first octet.
func (c *Conn) store(seg *Segment, start, left, right Seq, fin bool) Verdict {
	c.taken.base = start
	held := c.rcv.ooo.count() > 0
	if left != c.rcv.nxt {
		return c.storeBeyondGap(seg, left, right, fin)
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
	c.textReceived(seg, right.Sub(left), n)
	if finished {
		c.takeFIN()
	}
	// A FIN in order throws away what is held beyond it and fills no gap.
	c.scheduleACK(held && !(fin && finished), finished)
	if held {
		c.watchSending(false, false) // without SACK blocks segments have another size
	}
	return Accepted
}

// fillGap stores text at RCV.NXT while something is held beyond it.
func (c *Conn) fillGap(left, right Seq, fin bool) (next Seq, finished bool) {
	end := right
	if fin {
		end++
	}
	if part, dup := c.rcv.ooo.held(left, end); dup && c.snd.sackOK && c.cfg.DuplicateSACK == On && c.rcv.ooo.dsack == (span{}) {
		c.rcv.ooo.duplicate(part.left, part.right)
	}
	last := c.rcv.ooo.spans[0]
	n, next, finished := c.rcv.ooo.fill(left, end, fin, &c.taken.pieces)
	c.taken.n = uint8(n)
	if finished && c.cfg.StaleSACK && c.snd.sackOK && c.state != StateEstablished {
		c.rcv.ooo.duplicate(last.left, last.right)
	}
	return next, finished
}

func (c *Conn) storeBeyondGap(seg *Segment, left, right Seq, fin bool) Verdict {
	if c.cfg.ReceiveWindow != WindowLinux {
		c.measureSegment(right.Sub(left))
	} else {
		c.measureLinux(seg)
		c.keepMemory(seg)
		if c.snd.sackOK {
			c.growWindow(seg)
		}
	}
	end := right
	if fin {
		end++
	}
	if part, dup := c.rcv.ooo.held(left, end); dup && c.snd.sackOK && c.cfg.DuplicateSACK == On {
		c.rcv.ooo.duplicate(part.left, part.right)
	}
	n, kept := c.rcv.ooo.insert(left, end, fin, &c.taken.pieces)
	c.taken.n = uint8(n)
	c.ack.scheduled = c.cfg.AckRule == AckAdaptive
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
		if c.cfg.StaleSACK {
			c.rcv.ooo.dsack = span{} // Linux forgets what SACK has to say before this ACK leaves
		}
		c.enter(StateCloseWait, CauseFIN)
	case StateFinWait1:
		c.enter(StateClosing, CauseFIN) // a FIN that acknowledges ours finds FIN-WAIT-2: checkACK
		if c.cfg.AckCompany == CompanyNewText {
			c.owe.owed |= oweACKFirst
		}
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
