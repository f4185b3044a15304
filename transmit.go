package tcp

// canSend reports whether the state lets data and FIN out. CLOSING and LAST-ACK
// do while the FIN waits behind data.
func (c *Conn) canSend() bool {
	switch c.state {
	case StateEstablished, StateFinWait1, StateCloseWait, StateClosing, StateLastAck:
		return true
	case StateClosed, StateListen, StateSynSent, StateSynReceived, StateFinWait2, StateTimeWait:
		return false
	default:
		panic("tcp: BUG: unknown state")
	}
}

// waiting reports whether data or a FIN has not been sent for the first time.
func (c *Conn) waiting() bool {
	return c.snd.nxt.Less(c.snd.end) || c.user.writeClosed && !c.snd.finSent
}

// nextData forms a retransmission, or new data with the FIN behind it.
func (c *Conn) nextData(seg *Segment) bool {
	if !c.canSend() {
		return false
	}
	if (c.rec.anyLost || c.rec.forced) && c.formRetransmission(seg) {
		return true
	}
	n, fin, ok := c.plan(false)
	if !ok || n > 0 && c.rec.waits(c.snd.una) { // what is lost comes before what is new
		return c.rec.recovering && c.usesSACK() && c.formSpare(seg)
	}
	c.formNew(seg, n, fin)
	return true
}

// plan says what new data and FIN may leave now: the window, the congestion window,
// silly-window avoidance of the sender (RFC 9293 §3.8.6.2.1), Nagle and cork. With
// override it is what leaves when silly-window avoidance has held it back too
// long, or the window is closed: one octet at least.
func (c *Conn) plan(override bool) (n int, fin, ok bool) {
	if !c.waiting() {
		return 0, false, false
	}
	queued := c.snd.end.Sub(c.snd.nxt)
	usable := c.snd.una.Add(int(c.snd.wnd)).Sub(c.snd.nxt)
	mss := c.segmentRoom()
	n = min(queued, mss, max(usable, 0))
	fin = c.user.writeClosed && n == queued && usable > n
	switch {
	case override:
		if n == 0 && !fin {
			n = min(queued, 1)
			fin = queued == 0
		}
		return n, fin, true
	case n == 0 && !fin:
		return 0, false, false
	case c.snd.una == c.snd.iss && c.snd.rexmits > 0 && c.cfg.SynReceived == SynReceivedLinux:
		return 0, false, false // the SYN,ACK that was repeated fills a window of one segment
	case !c.congestionAllows(n, mss, c.limitedTransmit(mss), false):
		return 0, false, false
	case n == mss || fin || queued == n && c.user.writeClosed:
		return n, fin, true
	case c.set.cork:
		return 0, false, false
	}
	idle := c.snd.una == c.snd.nxt || c.set.noDelay ||
		c.cfg.Nagle == NagleMinshall && c.snd.small.LessEq(c.snd.una)
	if n == queued && (idle || c.pushesUrgent()) || idle && n >= int(c.snd.maxWnd/2) {
		return n, false, true
	}
	return 0, false, false
}

// pushesUrgent lets urgent data pass Nagle: it must leave without delay.
func (c *Conn) pushesUrgent() bool { return c.snd.urgent && c.snd.nxt.Less(c.snd.up) }

// segmentRoom is the largest payload of a segment that leaves now, SACK blocks
// included.
func (c *Conn) segmentRoom() int {
	room := c.maxPayload()
	if c.snd.sackOK && c.rcv.ooo.sacking() {
		room -= 4 + 8*min(c.rcv.ooo.blocks(), c.sackLimit())
	}
	return max(room, 1)
}

// sackLimit is how many SACK blocks fit beside the timestamps.
func (c *Conn) sackLimit() int {
	if c.ts.on {
		return 3
	}
	return 4
}

// limitedTransmit is by how much new data may exceed the congestion window: by a
// segment for the first and the second duplicate acknowledgment (RFC 3042). Counted in
// segments, one that the peer holds is no longer in flight, which comes to the same.
func (c *Conn) limitedTransmit(mss int) int {
	if c.rec.recovering || c.rec.dupAcks > 2 || c.cfg.CongestionUnit == CongestionSegments && c.snd.sackOK {
		return 0
	}
	return int(c.rec.dupAcks) * mss
}

// congestionAllows reports whether n more octets, new ones or some that are sent again,
// fit the congestion window and the credit beside it.
func (c *Conn) congestionAllows(n, mss, credit int, again bool) bool {
	if n == 0 && (c.cfg.CongestionUnit == CongestionOctets || !c.established) {
		return true // a FIN alone
	}
	window := int(c.cong.window) + credit
	if c.cfg.CongestionUnit == CongestionSegments && c.rec.n < maxRecords {
		flying := c.rec.flying()
		return flying == 0 || flying < int(c.cong.window)/c.maxPayload()+credit/mss
	}
	if c.usesSACK() && (c.rec.recovering || c.rec.dupAcks > 0) {
		return int(c.cong.window)-c.rec.pipe(c.snd.una) >= c.maxPayload() // RFC 6675 §5 (3), (C)
	}
	pipe := c.snd.nxt.Sub(c.snd.una)
	if again || c.usesRACK() && (c.rec.anyLost || c.rec.recovering) {
		pipe = c.rec.pipe(c.snd.una)
	}
	return pipe == 0 || pipe+n <= window
}

// formNew forms the first transmission of n octets and perhaps the FIN.
func (c *Conn) formNew(seg *Segment, n int, fin bool) {
	idle := c.snd.una == c.snd.nxt
	if idle {
		c.snd.firstSent = c.now
		if initial := c.initialCongestionWindow(); c.cfg.SlowStartAfterIdle == On && int(c.cong.window) > initial && c.now.Sub(c.cong.lastSent) > c.rto() {
			c.cong.restart(initial)
		}
	}
	from := c.snd.nxt
	c.snd.nxt = from.Add(n)
	if fin {
		c.snd.finSent = true
		c.snd.nxt++
	}
	if c.cong.lastSent != c.now {
		c.snd.burst = 0
	}
	c.rec.sent(c.snd.nxt, c.now, c.snd.nxt.Sub(c.snd.una) > int(c.cong.window))
	c.fillText(seg, from, n, fin)
	if n > 0 {
		c.markBurst(seg, n)
	}
	if fin && c.state == StateCloseWait {
		c.enter(StateLastAck, CauseSent)
	}
	if c.snd.probing {
		return // the persist timer goes on
	}
	if c.owe.probe == windowProbe {
		c.owe.probe = noProbe // this asks as well
	}
	c.stop(TimerPersist)
	c.armRetransmit(idle)
}

// formRetransmission forms the next segment that recovery sends again.
func (c *Conn) formRetransmission(seg *Segment) bool {
	from, to, index, ok := c.rec.hole(c.snd.una)
	if !ok {
		c.rec.forced = false
		return false
	}
	mss := c.segmentRoom()
	forced := c.rec.forced
	if !forced && !c.congestionAllows(min(to.Sub(from), mss), mss, 0, true) {
		return false
	}
	if !c.formAgain(seg, from, to, index) {
		return false
	}
	if forced && c.usesSACK() {
		c.rec.rackEnd = c.rec.high
	}
	return true
}

// formAgain forms a retransmission of [from, to), which ends in the record index, or of
// as much of it as fits a segment.
func (c *Conn) formAgain(seg *Segment, from, to Seq, index int) bool {
	// Beyond the window only the oldest octet is repeated (RFC 9293 §3.8.6, MAY-7).
	if from != c.snd.una && c.snd.una.Add(int(c.snd.wnd)).LessEq(from) {
		return false
	}
	mss := c.segmentRoom()
	switch n := to.Sub(from); {
	case c.cfg.RetransmitCollapse && n < mss:
		to = c.collapse(from, to, index, mss)
	case !c.cfg.RetransmitCollapse && c.snd.finSent && to == c.snd.end && n <= mss && !c.rec.holdsFIN():
		to = c.snd.nxt // the FIN needs no room: alone it would only draw another acknowledgment
	}
	fin := c.snd.finSent && to == c.snd.nxt
	n := to.Sub(from)
	if fin {
		n--
	}
	if n > mss {
		n, fin = mss, false
	}
	due, dsack := c.owe.owed&oweACK, c.rcv.ooo.dsack
	if late := c.cfg.AckCompany == CompanyNewText && due != 0; late {
		// What drew it was processed after its acknowledgment had this sent again.
		c.rcv.ooo.dsack = span{}
		c.repeatText(seg, from, n, fin)
		c.owe.owed, c.rcv.ooo.dsack = c.owe.owed|due, dsack
	} else {
		c.repeatText(seg, from, n, fin)
	}
	if from == c.snd.una && !c.snd.probing {
		c.startRetransmit()
	}
	return true
}

// collapse extends a retransmission that ends at to, with record index, by the
// records behind it that fit the segment as a whole.
func (c *Conn) collapse(from, to Seq, index, mss int) Seq {
	for i := index + 1; i < int(c.rec.n); i++ {
		next := c.rec.r[i]
		n := next.end.Sub(from)
		if c.snd.finSent && next.end == c.snd.nxt {
			n--
		}
		if next.flags&recordSACKed != 0 || n > mss {
			break
		}
		to = next.end
	}
	return to
}

// repeatText forms a retransmission of n octets and perhaps the FIN.
func (c *Conn) repeatText(seg *Segment, from Seq, n int, fin bool) {
	end := from.Add(n)
	if fin {
		end++
		c.count.FINRetransmits++
	}
	c.count.Retransmits++
	c.rec.retransmitted(from, end, c.now)
	c.fillText(seg, from, n, fin)
	if c.rec.pushed(end) {
		seg.Flags |= PSH
	}
}

// fillText forms a segment with n octets from from on.
func (c *Conn) fillText(seg *Segment, from Seq, n int, fin bool) {
	flags := ACK
	if fin {
		flags |= FIN
	}
	if n > 0 && from.Add(n) == c.snd.end {
		flags |= PSH // MUST-61: the segment that empties the queue
	}
	c.fill(seg, from, n, flags)
	c.cong.lastSent = c.now
	if n > 0 {
		c.dataSent()
	}
}

// fill forms a segment of an open connection: acknowledgment, window and the
// options that every segment carries.
func (c *Conn) fill(seg *Segment, seq Seq, n int, flags Flags) {
	*seg = Segment{}
	seg.SrcPort, seg.DstPort = c.localPort, c.remotePort
	seg.Seq, seg.Ack, seg.Flags, seg.Len = seq, c.rcv.nxt, flags, n
	seg.Window = c.offerWindow()
	c.acked()
	c.addOptions(&seg.Options)
	if c.snd.urgent && seq.Less(c.snd.up) {
		seg.Flags |= URG
		seg.Urgent = uint16(min(c.snd.up.Sub(seq), 65535))
	}
}

func (c *Conn) addOptions(o *Options) {
	if c.ts.on {
		o.Present = OptTimestamps
		o.TSVal, o.TSEcr = c.tsval(), c.ts.recent
	}
	if c.snd.sackOK && c.rcv.ooo.sacking() {
		o.NumSACK = uint8(c.rcv.ooo.sackBlocks(&o.SACK, c.sackLimit()))
	}
}

// formACK forms an acknowledgment without text.
func (c *Conn) formACK(seg *Segment) {
	c.fill(seg, c.snd.nxt, 0, ACK)
	c.count.ACKsSent++
}

// formReply forms the RST that answers a segment: RFC 9293 §3.10.7.1.
func (c *Conn) formReply(seg *Segment) {
	r := c.owe.reply
	*seg = Segment{SrcPort: r.src, DstPort: r.dst, Seq: r.seq, Ack: r.ack, Flags: r.flags}
	if r.stamped {
		seg.Options.Present, seg.Options.TSEcr = OptTimestamps, r.echo
	}
	c.owe.owed &^= oweReply
	c.owe.reply = reply{}
	c.count.ResetsSent++
}

// replyReset owes the RST that answers seg. One is kept until Next returns it; a
// second offender finds no room.
func (c *Conn) replyReset(seg *Segment, v Verdict) Verdict {
	if c.owe.owed&oweReply != 0 {
		return DroppedSecondReply
	}
	r := reply{src: c.localPort, dst: c.remotePort}
	if r.src == 0 || c.state == StateClosed || c.state == StateListen {
		r.src = seg.DstPort
	}
	if r.dst == 0 || c.state == StateClosed || c.state == StateListen {
		r.dst = seg.SrcPort
	}
	r.seq, r.ack, r.flags = resetNumbers(seg)
	if r.stamped = c.cfg.stampsReset(seg); r.stamped {
		r.echo = seg.Options.TSVal
	}
	c.owe.owed |= oweReply
	c.owe.reply = r
	return v
}

// stampsReset reports whether the RST that answers seg has timestamps: TSval 0 and
// the echo (RFC 7323 §3.2).
func (cfg *config) stampsReset(seg *Segment) bool {
	return cfg.ResetTimestamps == On && cfg.Timestamps == On && seg.Options.Has(OptTimestamps)
}

// resetNumbers are the numbers of the RST that answers seg: its acknowledgment is
// taken at its word, and without one everything it occupies is acknowledged.
func resetNumbers(seg *Segment) (seq, ack Seq, flags Flags) {
	if seg.Flags.Has(ACK) {
		return seg.Ack, 0, RST
	}
	return 0, seg.End(), RST | ACK
}
