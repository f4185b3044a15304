package tcp

// Send tells that n more octets are ready to be sent: SEND, RFC 9293 §3.10.2. The
// caller keeps the octets until Acked has passed them; the payload of a segment from
// Next starts at SendOffset.
func (c *Conn) Send(now Time, n int) error { return c.send("Send", now, n, false) }

// SendUrgent is Send of octets that are urgent (RFC 9293 §3.8.5): the urgent
// pointer moves to their end. New applications should not use it (SHLD-13).
func (c *Conn) SendUrgent(now Time, n int) error { return c.send("SendUrgent", now, n, true) }

// maxQueued is how many octets can be queued or in flight: less than half of the
// sequence space.
const maxQueued = 1 << 30

func (c *Conn) send(call string, now Time, n int, urgent bool) error {
	if now == Never {
		return c.misuse(call, ErrTime)
	}
	c.expire(now)
	switch {
	case n < 0 || urgent && n == 0:
		return c.badArgument(call, "n is %d, want at least %d", n, btoi(urgent))
	case c.state == StateClosed:
		return c.misuse(call, ErrNotExist)
	case c.user.writeClosed:
		return c.misuse(call, ErrClosing)
	case c.state == StateListen:
		return c.misuse(call, ErrNoPeer)
	case n > maxQueued-c.snd.end.Sub(c.snd.una):
		return c.misuse(call, ErrResources)
	}
	c.observe(now)
	c.snd.end = c.snd.end.Add(n)
	if urgent {
		c.snd.urgent, c.snd.up = true, c.snd.end
	}
	c.watchSending(false, false)
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SendOffset returns the stream offset of the octet with sequence number seq: of
// the first octet of a segment's payload, if seq is the segment's Seq. It is never
// more than what was given to Send.
func (c *Conn) SendOffset(seq Seq) uint64 {
	if c.snd.end.Less(seq) {
		seq = c.snd.end // the FIN has no octet, nor has what is sent after it
	}
	d := int64(seq.Sub(c.snd.una))
	if c.snd.una == c.snd.iss {
		d-- // the SYN
	}
	if c.finAcked() {
		d++ // SND.UNA counts the FIN
	}
	if d < 0 && uint64(-d) > c.snd.off {
		return 0
	}
	return c.snd.off + uint64(d)
}

// Acked returns the stream offset below which everything has been acknowledged;
// those octets may be freed.
func (c *Conn) Acked() uint64 { return c.snd.off }

// checkACK is the fifth step.
func (c *Conn) checkACK(seg *Segment) Verdict {
	if !seg.Flags.Has(ACK) {
		return DroppedNoAck
	}
	if c.state == StateSynReceived {
		if !c.snd.una.Less(seg.Ack) || c.snd.nxt.Less(seg.Ack) {
			return c.replyReset(seg, ResetBadAck) // P-18
		}
		c.updateSendWindow(seg)
		c.acknowledge(seg)
		c.establish(CauseACK)
	} else {
		if !c.ackInRange(seg) {
			return c.challenge(ChallengedAck)
		}
		c.processACK(seg)
	}
	switch c.state {
	case StateEstablished, StateCloseWait:
	case StateFinWait1:
		if c.finAcked() {
			return c.finishFinWait1(seg)
		}
	case StateFinWait2:
	case StateClosing:
		if c.finAcked() {
			c.enter(StateTimeWait, CauseACK)
		}
	case StateLastAck:
		if c.finAcked() {
			c.end(KindNone, CauseACK)
			return ClosedCleanly
		}
	default:
		panic("tcp: BUG: ACK in a state that has no fifth step")
	}
	return proceed
}

// ackInRange is RFC 5961 §5: what is acknowledged was sent, and not too long ago.
func (c *Conn) ackInRange(seg *Segment) bool {
	oldest := c.snd.una.Add(-c.ackRange())
	return seg.Ack-oldest <= c.snd.nxt-oldest
}

// ackRange is how far below SND.UNA an acknowledgment is only old (RFC 5961 §5).
func (c *Conn) ackRange() int {
	limit := int(c.snd.maxWnd)
	if c.cfg.AckRange == AckMaxWindow {
		return limit
	}
	acked := c.snd.off
	if !c.passive {
		acked++ // the SYN; on the passive side the connection began with its acknowledgment
	}
	if c.finAcked() {
		acked++
	}
	return int(min(uint64(limit), acked))
}

// processACK uses an acknowledgment in range.
func (c *Conn) processACK(seg *Segment) {
	if c.cfg.StaleACK == StaleACKIgnored {
		if seg.Ack.Less(c.snd.una) {
			c.staleACK(seg)
			return
		}
		if c.ts.on {
			c.keepTimestamp(seg)
		}
		c.heard()
	}
	c.idleProbes = 0
	c.snd.probes = 0
	progress := c.snd.una.Less(seg.Ack)
	idle := c.snd.una == c.snd.nxt
	duplicate := !progress && seg.Ack == c.snd.una && seg.Len == 0 && seg.Flags&FIN == 0 &&
		c.snd.una != c.snd.nxt && !c.snd.probing
	if c.updatesWindow(seg) {
		duplicate = duplicate && c.scaledWindow(seg) == c.snd.wnd
		c.updateSendWindow(seg)
	}
	news := c.snd.sackOK && seg.Options.NumSACK > 0 && c.takeSACK(seg)
	if progress {
		c.afterProgress(c.acknowledge(seg))
	}
	switch {
	case c.usesSACK():
		if news && !c.snd.probing {
			c.duplicateSACK()
		}
	case !progress && (duplicate || news):
		c.duplicateACK(duplicate && (!c.snd.sackOK || news))
	}
	if c.rec.probed != probeNone {
		c.probeAnswered(seg, duplicate && !news)
	}
	if c.snd.wnd == 0 {
		if c.cfg.GiveUp == Counted {
			c.snd.rexmits = 0 // MUST-37: a closed window that answers is alive
		}
		progress = progress || !c.set.userTimeoutFixed
	} else {
		c.windowOpened()
	}
	if c.cfg.ZeroWindowProbe == ProbeEmpty && (idle || c.snd.wnd == 0) {
		c.stop(TimerPersist) // and begin its interval anew (tcp_ack_probe)
	}
	c.watchSending(progress, c.snd.wnd == 0)
}

// staleACK uses of an old acknowledgment what it says of segments beyond it.
func (c *Conn) staleACK(seg *Segment) {
	if c.snd.sackOK && seg.Options.NumSACK > 0 && c.takeSACK(seg) {
		c.duplicateACK(true)
	}
}

// acknowledge moves SND.UNA to SEG.ACK, and returns how many octets that covers and
// how many segments.
func (c *Conn) acknowledge(seg *Segment) (octets, segments int) {
	octets = seg.Ack.Sub(c.snd.una)
	if c.snd.una == c.snd.iss {
		octets--
		c.owe.owed &^= oweSYN // acknowledged: a repetition that is due must not leave
	}
	if c.snd.finSent && c.snd.end.Less(seg.Ack) {
		octets--
	}
	flight := c.snd.nxt.Sub(c.snd.una)
	c.snd.una = seg.Ack
	c.snd.off += uint64(octets)
	c.snd.rexmits, c.snd.firstSent = 0, c.now
	if c.snd.una == c.snd.nxt {
		c.snd.probing = false
	}
	if c.snd.urgent && c.snd.up.LessEq(seg.Ack) {
		c.snd.urgent = false
	}
	if c.usesRACK() {
		c.rec.arrived(seg.Ack, c.now, c.cong.minRTT)
	}
	segments, sent, once := c.rec.acked(seg.Ack)
	if segments > 0 || c.cfg.SplitACK == SplitACKCounts {
		c.measureRoundTrip(seg, sent, once, flight)
	}
	if octets > 0 && !c.rec.recovering { // the handshake's acknowledgment gives the window nothing
		c.growCongestionWindow(octets, segments, flight)
	}
	return octets, segments
}

// measureRoundTrip takes a sample from what was sent once (Karn), or from the
// timestamp that came back.
func (c *Conn) measureRoundTrip(seg *Segment, sent Time, once bool, flight int) {
	per := 1
	if c.ts.on {
		if pair := 2 * c.maxPayload(); flight > pair {
			per = (flight + pair - 1) / pair
		}
	}
	switch {
	case once:
		c.rtt.sample(&c.cfg.rtt, c.now.Sub(sent), c.snd.una, c.snd.nxt, per)
		if r := max(microseconds(c.now.Sub(sent)), 1); c.cong.minRTT == 0 || r < c.cong.minRTT {
			c.cong.minRTT = r
		}
	case c.ts.on && seg.Options.Has(OptTimestamps) && seg.Options.TSEcr != 0 && !c.echoFromFuture(seg.Options.TSEcr):
		r := Time(c.tsval()-seg.Options.TSEcr) * Time(tsTick)
		c.rtt.sample(&c.cfg.rtt, r.Sub(0), c.snd.una, c.snd.nxt, per)
	}
}

// updatesWindow is the test by which the segment's window counts: by SND.WL1 and
// SND.WL2 it is not older than the last that did.
func (c *Conn) updatesWindow(seg *Segment) bool {
	if c.cfg.WindowUpdate == UpdateLinux {
		wnd := c.scaledWindow(seg)
		return c.snd.una.Less(seg.Ack) || c.snd.wl1.Less(seg.Seq) ||
			c.snd.wl1 == seg.Seq && (wnd > c.snd.wnd || wnd == 0)
	}
	seq := c.trimmedSeq(seg)
	return c.snd.una.LessEq(seg.Ack) &&
		(c.snd.wl1.Less(seq) || c.snd.wl1 == seq && c.snd.wl2.LessEq(seg.Ack))
}

// trimmedSeq is where the segment begins once what was received before is cut off:
// the steps assume it to begin at RCV.NXT (RFC 9293 §3.10.7.4).
func (c *Conn) trimmedSeq(seg *Segment) Seq {
	if seg.Seq == c.rcv.nxt {
		return seg.Seq
	}
	return c.trimmed(seg)
}

func (c *Conn) trimmed(seg *Segment) Seq {
	if seg.Seq.Less(c.rcv.nxt) && c.rcv.nxt.Less(seg.End()) && c.cfg.WindowUpdate == UpdateNewest {
		return c.rcv.nxt
	}
	return seg.Seq
}

// scaledWindow is SEG.WND; the window of a SYN is never scaled (RFC 7323 §2.2).
func (c *Conn) scaledWindow(seg *Segment) uint32 {
	if seg.Flags.Has(SYN) {
		return uint32(seg.Window)
	}
	return uint32(seg.Window) << c.snd.shift
}

func (c *Conn) updateSendWindow(seg *Segment) {
	c.snd.wnd = c.scaledWindow(seg)
	c.snd.maxWnd = max(c.snd.maxWnd, c.snd.wnd)
	c.snd.wl1 = c.trimmedSeq(seg)
	c.snd.wl2 = c.snd.iss
	if seg.Flags.Has(ACK) {
		c.snd.wl2 = seg.Ack
	}
}

// maxPayload is the largest payload of a segment beside the options that every
// segment carries: Eff.snd.MSS of RFC 9293 §3.7.1 (MUST-16).
func (c *Conn) maxPayload() int {
	n := int(c.snd.mss)
	if c.ts.on {
		n -= timestampsLen
	}
	return n
}
