package invariant

import (
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// checkNumbers looks at SEQ and ACK of a segment sent.
func (k *Checker) checkNumbers(e Event) {
	seg := &e.Seg
	if seg.Flags&(tcp.RST|tcp.SYN) == 0 || seg.Flags.Has(tcp.SYN) && k.now.State == tcp.StateSynReceived {
		k.holds("I13", seg.Flags.Has(tcp.ACK) && seg.Ack == k.now.RcvNxt, "%v, RCV.NXT is %d", seg, k.now.RcvNxt)
		k.holds("I14", !k.lastAcked || k.lastACK.LessEq(seg.Ack), "the acknowledgment goes back from %d: %v", k.lastACK, seg)
	}
	if seg.Flags&(tcp.RST|tcp.SYN) != 0 {
		return
	}
	from := k.unwrap(seg.Seq)
	probing := k.probes() > 0
	switch {
	case pureACK(seg):
		ok := from == k.nxt || probing && (from == k.nxt-1 || from == k.una-1)
		k.holds("I15", ok, "%v with SND.NXT %d", seg, k.now.SndNxt)
	case from < k.una:
		k.holds("I15", probing && from == k.nxt-1 && seg.Len == 1 && k.cfg.KeepAliveOctet, "%v with SND.UNA %d", seg, k.now.SndUna)
	default:
		k.holds("I15", from <= k.nxt, "%v with SND.NXT %d", seg, k.now.SndNxt)
	}
	if seg.Len > 0 && from >= k.una {
		k.holds("I16", int64(k.now.offset) == from-1, "the text of %v begins at offset %d, SendOffset says %d", seg, from-1, k.now.offset)
	}
	if k.finSent && seg.Len > 0 {
		k.holds("I9", from+int64(seg.Len) <= k.finAt, "%v goes beyond the FIN at ISS+%d", seg, k.finAt)
	}
	if seg.Flags.Has(tcp.FIN) {
		k.holds("I11", k.finAt == 1+k.accepted, "the FIN is at ISS+%d, with %d octets accepted", k.finAt, k.accepted)
		k.holds("I11", k.now.SndEnd == k.now.ISS.Add(int(k.finAt)), "%v and the end of the text at %d", seg, k.now.SndEnd)
	}
}

// checkSegment looks at size, flags and window of a segment sent.
func (k *Checker) checkSegment(e Event) {
	seg := &e.Seg
	controls := 0
	for _, f := range []tcp.Flags{tcp.SYN, tcp.FIN, tcp.RST} {
		if seg.Flags.Has(f) {
			controls++
		}
	}
	k.holds("I19", controls <= 1, "%v", seg)
	if seg.Flags.Has(tcp.RST) {
		return
	}
	k.holds("I31", k.now.State != tcp.StateClosed && k.now.State != tcp.StateListen, "%v in %v", seg, k.now.State)
	if seg.Flags.Has(tcp.SYN) {
		again := k.cfg.CloseInSynReceived == tcp.CloseImmediate && k.una == 0 && k.was.State == tcp.StateFinWait1
		k.holds("I18", k.was.State == tcp.StateSynSent || k.was.State == tcp.StateSynReceived || again, "%v in %v", seg, k.was.State)
		return
	}
	blocks := 0
	if n := int(seg.Options.NumSACK); n > 0 {
		blocks = 4 + 8*n
	}
	k.holds("I17", seg.Len <= max(k.was.MaxPayload-blocks, 1), "%v, the largest payload is %d", seg, k.was.MaxPayload)
	if end := seg.Seq.Add(seg.Len); seg.Len > 0 && k.unwrap(seg.Seq) >= k.una && end == k.now.SndEnd {
		k.holds("I17", seg.Flags.Has(tcp.PSH), "%v empties the queue", seg)
	}
	if seg.Flags.Has(tcp.FIN) {
		switch k.now.State {
		case tcp.StateFinWait1, tcp.StateClosing, tcp.StateLastAck:
			k.holds("I18", true, "")
		default:
			k.holds("I18", false, "%v in %v", seg, k.now.State)
		}
	}
	if seg.Flags.Has(tcp.URG) {
		k.holds("I18", k.unwrap(seg.Seq) < k.urgentEnd, "%v, urgent data ends at ISS+%d", seg, k.urgentEnd)
	}
}

// checkWindow looks at the window that a segment offers.
func (k *Checker) checkWindow(e Event) {
	seg := &e.Seg
	if seg.Flags.Has(tcp.RST) {
		return
	}
	window := int(seg.Window)
	if seg.Flags.Has(tcp.SYN) {
		k.holds("I20", window == min(k.now.ReceiveWindow, 65535), "%v, the window is %d", seg, k.now.ReceiveWindow)
		return
	}
	unit := 1
	if k.now.WindowScale {
		unit = 1 << k.scale
	}
	if wide := k.now.ReceiveWindow / unit; wide > 65535 && k.now.State == tcp.StateTimeWait && k.cfg.ReceiveWindow == tcp.WindowLinux {
		k.holds("I21", window == wide&65535 || window == 65535, "%v, the window is %d", seg, wide)
		return
	}
	edge := seg.Ack.Add(window * unit)
	if k.edgeSeen && !k.restored {
		k.holds("I21", k.edgeOut.Sub(edge) < unit, "the right edge moves from %d to %d: %v", k.edgeOut, edge, seg)
	}
	if !k.edgeSeen || k.edgeOut.Less(edge) {
		k.edgeOut, k.edgeSeen = edge, true
	}
	moved := k.now.RcvEdge.Sub(k.was.RcvEdge)
	if k.tunable || k.cfg.ReceiveWindow != tcp.WindowRFC9293 || k.now.State < tcp.StateEstablished {
		return
	}
	k.holds("I22", k.eof || moved <= 0 || k.now.ReceiveWindow <= k.cfg.ReceiveBuffer-k.now.Readable,
		"a window of %d is offered with %d octets unread in a buffer of %d", k.now.ReceiveWindow, k.now.Readable, k.cfg.ReceiveBuffer)
	k.holds("I23", moved == 0 || moved >= max(min(k.cfg.ReceiveBuffer/2, k.cfg.MSS), 1), "the right edge moves by %d: %v", moved, seg)
}

// checkOptions looks at timestamps and SACK blocks.
func (k *Checker) checkOptions(e Event) {
	seg, o := &e.Seg, &e.Seg.Options
	if !seg.Flags.Has(tcp.SYN) {
		k.holds("I20", o.Present&(tcp.OptMSS|tcp.OptWindowScale|tcp.OptSACKPermitted) == 0, "%v", seg)
	}
	if seg.Flags&(tcp.RST|tcp.SYN) != 0 {
		return
	}
	k.holds("I25", o.Has(tcp.OptTimestamps) == k.now.Timestamps, "%v, timestamps %v", seg, k.now.Timestamps)
	if k.now.Timestamps {
		late := e.Now.Sub(k.tsAt) > 24*24*time.Hour // it may have wrapped round
		k.holds("I25", !k.tsSeen || late || int32(o.TSVal-k.tsval) >= 0, "TSval goes back from %d: %v", k.tsval, seg)
		k.tsval, k.tsSeen, k.tsAt = o.TSVal, true, e.Now
		i := slices.Index(k.recent, o.TSEcr)
		k.holds("I26", i >= 0 || k.restored, "TSecr of %v answers no timestamp that counts", seg)
		if i > 0 {
			k.recent = k.recent[i:]
		}
	}
	k.checkBlocks(seg)
}

func (k *Checker) checkBlocks(seg *tcp.Segment) {
	n := int(seg.Options.NumSACK)
	if n == 0 {
		return
	}
	k.holds("I27", k.now.SACK, "%v, SACK was not agreed on", seg)
	stale := k.cfg.StaleSACK && k.eof // a block that was filled may be reported once more
	for i, b := range seg.Options.SACK[:n] {
		if i == 0 && k.isDuplicate(b) {
			continue
		}
		known := false
		for _, s := range k.got {
			left, right := k.now.IRS.Add(1).Add(int(s.from)), k.now.IRS.Add(1).Add(int(s.to))
			// A FIN that is held counts in the block.
			known = known || left.LessEq(b.Left) && (b.Right.LessEq(right) || b.Right == right.Add(1))
		}
		bare := b.Right.Sub(b.Left) == 1 // a FIN alone
		k.holds("I27", (stale || seg.Ack.Less(b.Left)) && b.Left.Less(b.Right) && (known || bare), "block %d of %v", i, seg)
		for _, c := range seg.Options.SACK[:i] {
			if i > 1 || !k.isDuplicate(seg.Options.SACK[0]) {
				k.holds("I27", b.Right.Less(c.Left) || c.Right.Less(b.Left), "blocks of %v touch", seg)
			}
		}
	}
}

// isDuplicate reports a block that tells of a segment received twice: the one that
// arrived last.
func (k *Checker) isDuplicate(b tcp.SACKBlock) bool {
	return b.Left.Less(k.now.RcvNxt) || k.arrival.Seg.Seq.LessEq(b.Left) && b.Right.LessEq(k.arrival.Seg.End())
}

// checkReset: a reset answers a segment, or tells of an end that came from here.
func (k *Checker) checkReset(e Event) {
	seg := &e.Seg
	if !seg.Flags.Has(tcp.RST) {
		return
	}
	k.holds("I28", !k.arrived || !k.arrival.Seg.Flags.Has(tcp.RST) || k.abort || !k.quiet, "%v answers the RST %v", seg, k.arrival.Seg)
	r := k.reply
	if r.Flags != 0 && seg.Flags == r.Flags && seg.Seq == r.Seq && seg.Ack == r.Ack {
		k.reply = tcp.Segment{}
		return
	}
	k.holds("I29", !k.abort || seg.Seq == k.was.SndNxt, "%v, SND.NXT is %d", seg, k.was.SndNxt)
	k.holds("I30", k.abort, "%v has no cause", seg)
	k.abort, k.abortMust = false, false
}

// checkNew looks at octets that are sent for the first time: windows and Nagle.
func (k *Checker) checkNew(e Event) {
	seg := &e.Seg
	fresh := k.now.SndNxt.Sub(k.was.SndNxt)
	if seg.Flags&(tcp.SYN|tcp.RST) != 0 || fresh <= 0 {
		k.checkAgain(e)
		return
	}
	edge := k.was.SndUna.Add(k.was.SendWindow)
	probe := k.was.SendWindow == 0 && fresh == 1
	k.holds("I5", k.now.SndNxt.LessEq(edge) || probe, "%v beyond the window's right edge %d", seg, edge)
	flight := k.was.SndNxt.Sub(k.was.SndUna)
	if !k.loss && k.cfg.CongestionUnit == tcp.CongestionOctets {
		k.holds("I75", flight == 0 || flight+seg.Len <= k.was.CongestionWindow+max(2, k.was.Held)*k.was.MaxPayload || k.probes() != k.probed,
			"%v with %d in flight, cwnd %d", seg, flight, k.was.CongestionWindow)
	}
	if before := len(k.flight) - 1; k.cfg.CongestionUnit == tcp.CongestionSegments && before < 16 && k.probes() == k.probed && seg.Len > 0 {
		flying := before - k.was.Held - k.was.Lost
		k.holds("I75", flying < max(k.was.CongestionWindow/max(k.was.MaxPayload, 1), 1), "%v with %d segments in flight, cwnd %d", seg, flying, k.was.CongestionWindow)
	}
	free := k.cfg.NoDelay || k.tunable || k.closed || k.urgentEnd > k.unwrap(seg.Seq) || k.probes() != k.probed
	if k.small(seg) && !free {
		before := k.flight[:max(len(k.flight)-1, 0)]
		k.holds("I24", !slices.ContainsFunc(before, func(s sending) bool { return s.small }), "%v while a small segment is in flight", seg)
	}
}

// checkAgain looks at a retransmission.
func (k *Checker) checkAgain(e Event) {
	if !k.afterRTO || e.Seg.Flags&tcp.RST != 0 || pureACK(&e.Seg) {
		return
	}
	k.afterRTO = false
	k.holds("I78", k.unwrap(e.Seg.Seq) == k.una, "after a timeout %v is sent, SND.UNA is %d", e.Seg, k.now.SndUna)
}
