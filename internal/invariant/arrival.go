package invariant

import (
	"errors"

	"github.com/seed-447e5d66/tcp"
)

// checkCall looks at the calls of the program.
func (k *Checker) checkCall(e Event) {
	send := e.Call == "Send" || e.Call == "SendUrgent"
	if send && e.Err == nil {
		legal := k.was.ready&tcp.ReadyWriteClosed == 0
		switch k.was.State {
		case tcp.StateSynSent, tcp.StateSynReceived, tcp.StateEstablished, tcp.StateCloseWait:
		default:
			legal = false
		}
		k.holds("I47", legal, "%s is accepted in %v, closed %v", e.Call, k.was.State, k.was.ready&tcp.ReadyWriteClosed != 0)
	}
	if e.Call == "Abort" && e.Err == nil {
		k.holds("I48", k.now.State == tcp.StateClosed, "Abort leads to %v", k.now.State)
	}
}

// checkVerdict compares a verdict with what the segment has changed.
func (k *Checker) checkVerdict(e Event) {
	seg, was, now := &e.Seg, k.was, k.now
	same := was.Status
	same.Counters, same.KeepAliveProbes = now.Counters, now.KeepAliveProbes
	if was.State == tcp.StateTimeWait && k.cfg.TimeWaitRule == tcp.TimeWaitAnyACK {
		// Linux restarts 2·MSL even where the answer is suppressed.
		same.Timers[tcp.TimerTimeWait] = now.Timers[tcp.TimerTimeWait]
	}
	dropped := e.Verdict.Outcome() == tcp.OutcomeDropped && e.Verdict != tcp.DroppedAfterFIN && e.Verdict != tcp.DroppedBadAckSynSent
	if dropped && len(k.fired) == 0 {
		k.holds("I41", same == now.Status, "%v is dropped (%v) and changes the connection", seg, e.Verdict)
	}
	synced := was.State >= tcp.StateEstablished && was.State != tcp.StateTimeWait
	lite := k.cfg.FinWait2TimeWait && was.State == tcp.StateFinWait2 // Linux's minisocket has rules of its own
	rst := seg.Flags.Has(tcp.RST)
	if rst && synced && !lite && !k.inWindow(seg.Seq) && !k.resets(seg.Seq) && len(k.fired) == 0 {
		k.holds("I43", same == now.Status, "%v lies outside of the window and changes the connection", seg)
	}
	if rst && (synced || was.State == tcp.StateSynReceived) && !lite && !k.resets(seg.Seq) {
		k.holds("I44", was.State == now.State || len(k.fired) > 0, "%v is not where a reset counts, RCV.NXT is %d, and leads to %v", seg, was.RcvNxt, now.State)
	}
	if seg.Flags.Has(tcp.SYN) && !rst && synced && !lite {
		k.holds("I45", was.State == now.State || len(k.fired) > 0, "%v leads from %v to %v", seg, was.State, now.State)
	}
	old := k.una0() - k.maxWindow0()
	if k.cfg.AckRange == tcp.AckBytesAcked { // no further back than what was acknowledged
		old = max(old, int64(btoi(was.Passive)))
	}
	if synced && !lite && seg.Flags.Has(tcp.ACK) {
		ack := k.una0() + int64(seg.Ack.Sub(was.SndUna))
		if ack < old || ack > k.nxt0() {
			k.holds("I46", was.RcvNxt == now.RcvNxt && len(now.taken) == 0, "%v has an impossible acknowledgment and is taken", seg)
		}
	}
	switch e.Verdict {
	case tcp.Reset:
		k.holds("I54", errors.Is(now.err, tcp.ErrReset), "after a RST the error is %v", now.err)
	case tcp.ClosedCleanly:
		k.holds("I52", now.err == nil, "after a clean close the error is %v", now.err)
	}
}

// una0, nxt0 and maxWindow0 are the shadows before this event.
func (k *Checker) una0() int64       { return k.una - int64(k.now.SndUna.Sub(k.was.SndUna)) }
func (k *Checker) nxt0() int64       { return k.nxt - int64(k.now.SndNxt.Sub(k.was.SndNxt)) }
func (k *Checker) maxWindow0() int64 { return k.maxWindow }

// resets reports the numbers at which a reset is taken: RCV.NXT, and with ResetLinux
// also the end of what is held, and that of the peer's FIN.
func (k *Checker) resets(seq tcp.Seq) bool {
	was := &k.was
	if seq == was.RcvNxt || k.cfg.ResetSequence == tcp.ResetExact {
		return seq == was.RcvNxt
	}
	if was.SACK && k.finHeld && seq == k.finEnd {
		return true
	}
	if n := len(was.held); n > 0 && was.SACK && seq == was.IRS.Add(1+int(was.held[n-1].off)+was.held[n-1].n) {
		return true
	}
	return was.ready&tcp.ReadyEOF != 0 && seq == was.RcvNxt.Add(-1)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (k *Checker) inWindow(seq tcp.Seq) bool {
	return seq == k.was.RcvNxt || k.was.RcvNxt.LessEq(seq) && seq.Less(k.was.RcvEdge)
}

// checkDelivery looks at the octets taken, at the end of the stream, and at the
// windows that a segment changes.
func (k *Checker) checkDelivery(e Event) {
	before := k.got
	if len(k.now.taken) > 0 {
		before = k.gotBefore()
	}
	for _, p := range k.now.taken {
		s := span{p.off, p.off + uint64(p.n)}
		k.holds("I50", p.n > 0 && p.at >= 0 && p.at+p.n <= e.Seg.Len && !overlaps(before, s), "octets %d to %d are taken twice", s.from, s.to)
		before = addSpan(before, s)
	}
	k.holds("I51", !k.eof || len(k.now.taken) == 0, "octets are taken after the end of the stream")
	k.checkSendWindow(e)
	if k.was.State < tcp.StateEstablished {
		return
	}
	if grown := k.now.CongestionWindow - k.was.CongestionWindow; k.now.State != tcp.StateClosed {
		most := max(k.was.MaxPayload, k.now.MaxPayload)
		switch {
		case k.now.Recovering && !k.was.Recovering && !k.now.SACK:
			most *= 3 // RFC 5681 §3.2 (3)
		case k.cfg.CongestionUnit == tcp.CongestionSegments:
			most *= max(1, k.ackedSegments+1) // one may be acknowledged in part
		}
		k.holds("I76", grown <= most, "one acknowledgment adds %d to cwnd, SMSS is %d", grown, k.was.MaxPayload)
	}
	current := k.was.SndUna.LessEq(e.Seg.Ack) || k.cfg.AckRange == tcp.AckMaxWindow // to Linux an old one is no answer
	if e.Verdict == tcp.Accepted && k.now.State != tcp.StateClosed && current {
		k.holds("I67", k.now.KeepAliveProbes == 0, "%d keepalive probes unanswered after %v", k.now.KeepAliveProbes, e.Seg)
	}
	if k.una > k.una0() {
		k.holds("I67", k.now.Retransmissions == 0, "%d retransmissions after progress", k.now.Retransmissions)
		k.checkKarn(e)
	}
}

// gotBefore is what had been taken before this event.
func (k *Checker) gotBefore() []span {
	var list []span
	for _, o := range k.got {
		list = append(list, o)
		for _, p := range k.now.taken {
			s := span{p.off, p.off + uint64(p.n)}
			list = cut(list, s)
		}
	}
	return list
}

// cut takes s away from a list.
func cut(list []span, s span) (out []span) {
	for _, o := range list {
		if o.from < s.from {
			out = append(out, span{o.from, min(o.to, s.from)})
		}
		if s.to < o.to {
			out = append(out, span{max(o.from, s.to), o.to})
		}
	}
	return out
}

// checkSendWindow: SND.WND changes only by a segment that is not older than the last one
// that could change it.
func (k *Checker) checkSendWindow(e Event) {
	seg := &e.Seg
	changed := k.was.SendWindow != k.now.SendWindow
	if !changed && (e.Verdict != tcp.Accepted || !seg.Flags.Has(tcp.ACK) || seg.Flags.Has(tcp.SYN) || k.was.State < tcp.StateEstablished || len(k.fired) > 0) {
		return
	}
	seq := seg.Seq
	var newer bool
	if k.cfg.WindowUpdate == tcp.UpdateNewest {
		if k.was.State >= tcp.StateEstablished && seq.Less(k.was.RcvNxt) {
			seq = k.was.RcvNxt // what lies before the window is trimmed
		}
		newer = k.was.SndUna.LessEq(seg.Ack) && (k.wl1.Less(seq) || k.wl1 == seq && k.wl2.LessEq(seg.Ack))
	} else {
		newer = k.was.SndUna.Less(seg.Ack) || k.was.SndUna == seg.Ack && (k.wl1.Less(seq) ||
			k.wl1 == seq && (k.now.SendWindow > k.was.SendWindow || k.now.SendWindow == 0))
	}
	first := !k.windowSeen || !seg.Flags.Has(tcp.ACK)
	if changed {
		k.holds("I8", newer || first, "the window of %v takes the place of that of seq %d, ack %d", seg, k.wl1, k.wl2)
	}
	if newer && !first || changed {
		k.wl1, k.wl2, k.windowSeen = seq, seg.Ack, seg.Flags.Has(tcp.ACK)
	}
}

// checkKarn: without timestamps nothing is measured by what was sent twice.
func (k *Checker) checkKarn(e Event) {
	if k.now.Timestamps || !k.resent {
		return
	}
	k.holds("I66", k.now.SRTT == k.was.SRTT && k.now.RTTVar == k.was.RTTVar, "%v measures what was sent twice", e.Seg)
}

// checkMonotone looks at what never goes back, or never changes.
func (k *Checker) checkMonotone(e Event) {
	was, now := &k.was, &k.now
	k.holds("I2", was.SndUna.LessEq(now.SndUna) && was.SndNxt.LessEq(now.SndNxt) && (was.State < tcp.StateSynReceived || was.RcvNxt.LessEq(now.RcvNxt)),
		"SND.UNA %d to %d, SND.NXT %d to %d, RCV.NXT %d to %d", was.SndUna, now.SndUna, was.SndNxt, now.SndNxt, was.RcvNxt, now.RcvNxt)
	if k.finSent && e.Kind != Sent {
		k.holds("I9", was.SndNxt == now.SndNxt, "SND.NXT moves after the FIN")
	}
	if k.eof {
		k.holds("I10", was.RcvNxt == now.RcvNxt, "RCV.NXT moves after the peer's FIN")
		k.holds("I51", now.ready&tcp.ReadyEOF != 0, "the end of the stream is taken back")
	}
	if was.ready&tcp.ReadyEstablished != 0 {
		k.holds("I12", was.ISS == now.ISS && was.IRS == now.IRS && was.Timestamps == now.Timestamps &&
			was.SACK == now.SACK && was.WindowScale == now.WindowScale, "what was agreed on changes")
	}
	if was.ready&tcp.ReadyEnded != 0 {
		k.holds("I52", now.ready&tcp.ReadyEnded != 0 && sameError(was.err, now.err), "the end changes from %v to %v", was.err, now.err)
	}
	k.holds("I53", was.acked <= now.acked, "acknowledged octets go back from %d to %d", was.acked, now.acked)
	if was.isUrgent && now.isUrgent {
		k.holds("I55", was.urgent <= now.urgent, "the urgent mark goes back from %d to %d", was.urgent, now.urgent)
	}
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}
