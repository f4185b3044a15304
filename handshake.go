package tcp

// Open begins the connection: active OPEN, RFC 9293 §3.10.1. iss is the initial
// send sequence number, which the caller draws (RFC 9293 §3.4.1). From LISTEN the
// passive connection becomes active. The SYN is what Next returns then, with the ports
// of Config or SetPorts; a port of 0 is sent as it is.
func (c *Conn) Open(now Time, iss Seq) error {
	if err := c.openable("Open", now, true); err != nil {
		return err
	}
	c.observe(now)
	c.openActive(iss)
	return nil
}

func (c *Conn) openActive(iss Seq) {
	c.passive = false
	c.startSequence(iss)
	c.rcv.adv = c.rcv.nxt.Add(int(c.initialWindow(c.ts.known)))
	c.enter(StateSynSent, CauseOpen)
	c.owe.owed |= oweSYN
}

// Listen waits for a SYN: passive OPEN of this one connection, RFC 9293 §3.10.1.
// iss is the initial send sequence number of the answer.
func (c *Conn) Listen(now Time, iss Seq) error {
	if err := c.openable("Listen", now, false); err != nil {
		return err
	}
	c.observe(now)
	c.passive, c.anyPeer = true, c.remotePort == 0
	c.startSequence(iss)
	c.enter(StateListen, CauseOpen)
	return nil
}

func (c *Conn) openable(call string, now Time, listening bool) error {
	if now == Never {
		return c.misuse(call, ErrTime)
	}
	c.expire(now)
	switch {
	case c.ended:
		return c.misuse(call, ErrEnded)
	case c.state == StateClosed, c.state == StateListen && listening:
		return nil
	}
	return c.misuse(call, ErrExists)
}

func (c *Conn) startSequence(iss Seq) {
	c.snd.iss, c.snd.una, c.snd.nxt, c.snd.end = iss, iss, iss, iss+1
	c.snd.small = iss
	c.rcv.mss = uint16(min(int(c.set.mss), c.cfg.DefaultSendMSS))
}

// arriveClosed is RFC 9293 §3.10.7.1.
func (c *Conn) arriveClosed(seg *Segment) Verdict {
	if seg.Flags.Has(RST) {
		return DroppedClosed
	}
	return c.replyReset(seg, ResetClosed)
}

// arriveListen is RFC 9293 §3.10.7.2.
func (c *Conn) arriveListen(seg *Segment) Verdict {
	switch {
	case seg.Flags.Has(RST):
		return DroppedListen
	case seg.Flags.Has(ACK):
		return c.replyReset(seg, ResetListen)
	case !seg.Flags.Has(SYN):
		return DroppedListen
	case seg.Flags.Has(FIN) && c.cfg.SynReceived == SynReceivedLinux:
		return DroppedSYNFIN
	}
	c.acceptSYN(seg)
	return Accepted
}

// acceptSYN answers the SYN of a passive open. Text and FIN on a SYN are left to
// the peer's retransmission: RFC 9293 would keep them until ESTABLISHED.
func (c *Conn) acceptSYN(seg *Segment) {
	if c.remotePort == 0 {
		c.remotePort = seg.SrcPort
	}
	if c.localPort == 0 {
		c.localPort = seg.DstPort
	}
	c.startReceiving(seg)
	c.takeSYNOptions(seg)
	c.rcv.adv = c.rcv.nxt.Add(int(c.initialWindow(c.ts.on)))
	c.updateSendWindow(seg)
	c.enter(StateSynReceived, CauseSYN)
	c.owe.owed |= oweSYN
}

func (c *Conn) startReceiving(seg *Segment) {
	window := c.rcv.adv.Sub(c.rcv.nxt)
	c.rcv.irs = seg.Seq
	c.rcv.nxt = seg.Seq + 1
	c.rcv.wup, c.rcv.up = c.rcv.nxt, c.rcv.nxt
	c.rcv.adv = c.rcv.nxt.Add(window)
}

// takeSYNOptions settles what both ends agree on: each option counts if both
// SYNs have it (RFC 7323 §1.3, RFC 2018 §2).
func (c *Conn) takeSYNOptions(seg *Segment) {
	o := &seg.Options
	if o.Has(OptMSS) {
		c.snd.mss = min(max(o.MSS, minMSS), c.set.mss)
	}
	c.ts.on = c.cfg.Timestamps == On && o.Has(OptTimestamps)
	if c.ts.on {
		c.ts.recent, c.ts.recentAt = o.TSVal, c.now
	}
	c.snd.sackOK = c.cfg.SACK == On && o.Has(OptSACKPermitted)
	c.ts.scaled = c.cfg.WindowScale == On && o.Has(OptWindowScale)
	if c.ts.scaled {
		c.snd.shift = min(o.WindowScale, maxShift) // RFC 7323 §2.3
		c.rcv.shift = c.windowScale()
	}
	c.takeUserTimeoutOption(o)
}

const (
	minMSS   = 88 // below it the options alone could fill a segment
	maxShift = 14
)

// arriveSynSent is RFC 9293 §3.10.7.3.
func (c *Conn) arriveSynSent(seg *Segment) Verdict {
	acked := seg.Flags.Has(ACK)
	if acked && (seg.Ack.LessEq(c.snd.iss) || c.snd.nxt.Less(seg.Ack)) { // first, check the ACK bit
		return c.badAckSynSent(seg)
	}
	if acked && c.echoImpossible(seg) {
		if seg.Flags.Has(RST) {
			return DroppedBadAckSynSent
		}
		return c.replyReset(seg, ResetBadAckSynSent)
	}
	if seg.Flags.Has(RST) { // second, check the RST bit; erratum 8167: no sequence check
		if !acked {
			return DroppedRSTSynSent
		}
		c.end(KindRefused, CauseRST)
		return Refused
	}
	// third, security: not applicable (RFC 9293 appendix A.1)
	if !seg.Flags.Has(SYN) { // fifth, neither SYN nor RST
		return DroppedNoSYN
	}
	c.startReceiving(seg) // fourth, check the SYN bit
	c.takeSYNOptions(seg)
	if !acked {
		c.updateSendWindow(seg)
		c.enter(StateSynReceived, CauseSYN)
		c.owe.owed |= oweSYN
		return Accepted
	}
	c.acknowledge(seg)
	c.updateSendWindow(seg)
	c.establish(CauseSYN)
	c.ackSYN()
	if c.cfg.SynReceived == SynReceivedLinux {
		return Accepted // Linux discards text and FIN of a SYN-ACK
	}
	c.takeText(seg, seg.Seq+1)
	return Accepted
}

// badAckSynSent answers an acknowledgment of something that was not sent.
func (c *Conn) badAckSynSent(seg *Segment) Verdict {
	if c.cfg.SYNRepeatOnBadACK && c.snd.synSent && c.snd.rexmits == 0 {
		c.start(TimerRetransmit, 2*c.cfg.tick)
	}
	if seg.Flags.Has(RST) {
		return DroppedBadAckSynSent
	}
	return c.replyReset(seg, ResetBadAckSynSent)
}

// echoImpossible reports a timestamp echo that answers nothing sent yet, in
// SYN-SENT; Linux checks it.
func (c *Conn) echoImpossible(seg *Segment) bool {
	return c.cfg.SynReceived == SynReceivedLinux && c.cfg.Timestamps == On &&
		seg.Options.Has(OptTimestamps) && c.echoOutside(seg.Options.TSEcr, c.tsval())
}

// establish enters ESTABLISHED, and goes on to FIN-WAIT-1 if CLOSE was called
// before (P-8: the FIN waits for ESTABLISHED, nobody could process it earlier).
func (c *Conn) establish(cause Cause) {
	c.old = former{}
	c.startData()
	c.stop(TimerRetransmit)
	c.enter(StateEstablished, cause)
	if c.user.writeClosed {
		c.enter(StateFinWait1, CauseClose)
	}
	c.watchSending(true, true)
}

// startData begins what is only there once data can flow.
func (c *Conn) startData() {
	c.rtt.established(&c.cfg.rtt, c.snd.synTimedOut)
	c.startWindow()
	c.startCongestion()
}

// checkSynReceived is what SYN-RECEIVED of a passive open does with a segment
// before the steps of RFC 9293 §3.10.7.4: nothing there but the repeated SYN
// (P-5), or everything Linux's request does.
func (c *Conn) checkSynReceived(seg *Segment) Verdict {
	request := c.cfg.SynReceived != SynReceivedLinux || c.passive // Linux: a crossing SYN made a whole connection
	if request && seg.Flags&(SYN|ACK|RST) == SYN && seg.Seq == c.rcv.irs && !c.timestampOld(seg) {
		if c.cfg.SynReceived == SynReceivedLinux && !c.allowAnswer() {
			return DroppedThrottled
		}
		c.owe.owed |= oweSYN
		if c.cfg.SynReceived == SynReceivedLinux {
			c.startRetransmit() // P-5 leaves the timer alone
		}
		return RepeatedSYN
	}
	if c.cfg.SynReceived != SynReceivedLinux || !c.passive {
		return proceed
	}
	return c.checkRequest(seg)
}

// checkRequest is the order of Linux 6.18.44 for a request: RST, acknowledgment,
// timestamps and window, SYN.
func (c *Conn) checkRequest(seg *Segment) Verdict {
	old := c.timestampOld(seg)
	inWindow := touchesWindow(seg, c.rcv.nxt, c.rcv.adv)
	echo := seg.Options.Has(OptTimestamps) && c.ts.on && c.echoOutside(seg.Options.TSEcr, tsvalAt(c.rec.r[0].time, c.set.tsOffset))
	switch {
	case seg.Flags.Has(RST):
		if old || echo || !inWindow {
			return DroppedRSTWindow
		}
		if seg.Seq != c.rcv.nxt {
			return c.challenge(ChallengedRST)
		}
		return c.abandonRequest(CauseRST)
	case seg.Flags.Has(ACK) && seg.Ack != c.snd.nxt:
		return c.replyReset(seg, ResetBadAck)
	case old || echo || !inWindow:
		return c.answerOutside(seg, DroppedWindow)
	case seg.Flags.Has(SYN):
		v := c.replyReset(seg, ResetSYN)
		c.abandonRequest(CauseSYN)
		return v
	case !seg.Flags.Has(ACK):
		return DroppedNoAck
	}
	return proceed
}

// abandonRequest returns SYN-RECEIVED of a passive open to where it came from:
// LISTEN, or the TIME-WAIT that the SYN had reopened (MAY-2); CLOSED if CLOSE was
// called meanwhile.
func (c *Conn) abandonRequest(cause Cause) Verdict {
	if c.old.flags != 0 {
		c.restoreTimeWait(cause)
		return BackToTimeWait
	}
	if c.user.writeClosed { // CLOSE was called: nobody wants the next request
		c.end(KindNone, cause)
		return BackToListen
	}
	before := *c
	c.setup(before.cfg, before.set, before.trace)
	c.now, c.state, c.passive, c.anyPeer = before.now, before.state, true, before.anyPeer
	c.user, c.count = before.user, before.count
	c.keepReply(&before)
	c.localPort = before.localPort
	if !c.anyPeer {
		c.remotePort = before.remotePort
	}
	// A segment of the old request must not fit the next one: its numbers are
	// passed over.
	c.startSequence(before.snd.nxt + issGap)
	c.enter(StateListen, cause)
	return BackToListen
}

// formSYN forms the SYN of an active open, or the SYN,ACK.
func (c *Conn) formSYN(seg *Segment) {
	c.owe.owed &^= oweSYN
	first := !c.snd.synSent
	if first {
		c.snd.synSent = true
		c.snd.nxt = c.snd.iss + 1
		c.snd.firstSent = c.now
	}
	// The first SYN,ACK of a simultaneous open repeats the SYN: no sample (Karn).
	// Linux takes one all the same.
	crossing := c.state == StateSynReceived && !c.passive && c.snd.rexmits == 0
	if first || crossing && c.cfg.SynReceived == SynReceivedLinux {
		c.rec.reset()
		c.rec.sent(c.snd.nxt, c.now, false)
	} else {
		c.rec.retransmitted(c.snd.iss, c.snd.iss+1, c.now)
	}
	if !c.running(TimerRetransmit) {
		c.start(TimerRetransmit, c.rto())
		c.startUserTimeout()
	}
	*seg = Segment{SrcPort: c.localPort, DstPort: c.remotePort, Seq: c.snd.iss, Flags: SYN}
	answer := c.state != StateSynSent
	if answer {
		seg.Flags |= ACK
		seg.Ack = c.rcv.nxt
		c.owe.owed &^= oweACK
	}
	seg.Window = uint16(min(c.rcv.adv.Sub(c.rcv.nxt), 65535)) // never scaled: RFC 7323 §2.2
	// Only what the peer offered is answered; crossing SYNs repeat the offer, but
	// for the window scale (RFC 7323 §2.2).
	offer := !answer || !c.passive
	o := &seg.Options
	o.Present, o.MSS = OptMSS, c.set.mss
	if c.snd.sackOK || offer && c.cfg.SACK == On {
		o.Present |= OptSACKPermitted
	}
	if c.ts.scaled || !answer && c.cfg.WindowScale == On {
		o.Present |= OptWindowScale
		o.WindowScale = c.windowScale()
	}
	if c.ts.on || offer && c.cfg.Timestamps == On {
		o.Present |= OptTimestamps
		o.TSVal = c.tsval()
		if first {
			c.ts.first = o.TSVal
		}
		if answer || c.ts.known {
			o.TSEcr = c.ts.recent
		}
	}
	c.addUserTimeoutOption(o)
}
