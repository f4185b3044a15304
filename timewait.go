package tcp

// TimeWait is what remains of a connection in TIME-WAIT, in a few words; with
// Config.FinWait2TimeWait also of one in FIN-WAIT-2 whose last reference is closed. A
// host keeps it in place of the Conn: see Conn.Detach. A Conn in TIME-WAIT goes by
// the same code.
//
// It is a value, and comparable. It keeps no counters: the Verdict of Arrive says what
// to count.
type TimeWait struct {
	cfg      *config
	deadline Time // when it is gone
	answered Time // when an acknowledgment that counts against ChallengeLimit was sent
	seenAt   Time // when recent was set
	sndNxt   Seq
	rcvNxt   Seq
	recent   uint32 // TS.Recent
	offset   uint32 // of our timestamps
	local    uint16
	remote   uint16
	window   uint16 // as it was on the wire last
	answers  uint8  // acknowledgments that count since the limit was last met
	flags    timeWaitFlags
	shift    uint8 // of window
}

type timeWaitFlags uint8

const (
	timeWaitValid      timeWaitFlags = 1 << iota
	timeWaitTimestamps               // timestamps were in use
	timeWaitFinWait2                 // FIN-WAIT-2, as Linux keeps it
	timeWaitRestarted                // 2·MSL began anew with the last segment
	timeWaitWide                     // the window is 65536 larger than its field says
)

func (t *TimeWait) valid() bool { return t.flags&timeWaitValid != 0 }

func (t *TimeWait) has(f timeWaitFlags) bool { return t.flags&f != 0 }

// State returns StateTimeWait, or StateFinWait2, or StateClosed for the zero value.
func (t *TimeWait) State() State {
	switch {
	case !t.valid():
		return StateClosed
	case t.has(timeWaitFinWait2):
		return StateFinWait2
	}
	return StateTimeWait
}

// Deadline returns when it is gone: at that time it answers as CLOSED.
func (t *TimeWait) Deadline() Time {
	if !t.valid() {
		return Never
	}
	return t.deadline
}

// issGap is added to SND.NXT for the initial sequence number of the next
// incarnation: beyond everything that the old one could have sent in its window.
// Linux's figure.
const issGap = 65535 + 2

// ISS returns an initial send sequence number for the next incarnation, above
// every number that the old one used (RFC 9293 §3.6.1, MAY-2).
func (t *TimeWait) ISS() Seq { return nextISS(t.sndNxt) }

func nextISS(sndNxt Seq) Seq {
	if iss := sndNxt + issGap; iss != 0 {
		return iss
	}
	return 1
}

// Arrive processes a segment that arrived at now. listening says whether a
// listener waits on the port. If send, reply holds the answer; it may be seg itself.
// Where State is StateClosed afterwards t has ended and is dropped: with the verdict
// Reopen the host makes a new connection from the segment, with ISS, which stays
// valid; with Gone, or a reset in FIN-WAIT-2, there is none.
func (t *TimeWait) Arrive(now Time, seg *Segment, listening bool, reply *Segment) (v Verdict, send bool) {
	if seg == nil || reply == nil || uint(seg.Len) > maxSegmentLen {
		return DroppedInvalid, false
	}
	if now == Never {
		return DroppedTime, false
	}
	in := *seg
	t.flags &^= timeWaitRestarted
	if !t.valid() || now >= t.deadline {
		if in.Flags.Has(RST) {
			return DroppedClosed, false
		}
		t.resetReply(&in, reply)
		return ResetClosed, true
	}
	if t.has(timeWaitFinWait2) {
		v = t.arriveFinWait2(now, &in)
	} else {
		v = t.arrive(now, &in, listening)
	}
	return v, t.answer(now, &in, v, reply)
}

// answer forms what v sends in answer to in.
func (t *TimeWait) answer(now Time, in *Segment, v Verdict, reply *Segment) bool {
	switch v {
	case ReackedFIN, ReackedOld, FINTimeWait:
		*reply = Segment{
			SrcPort: t.local, DstPort: t.remote,
			Seq: t.sndNxt, Ack: t.rcvNxt, Flags: ACK, Window: t.window,
		}
		if t.has(timeWaitTimestamps) {
			reply.Options.Present = OptTimestamps
			reply.Options.TSVal, reply.Options.TSEcr = tsvalAt(now, t.offset), t.recent
		}
		return true
	case ResetAfterClose:
		t.resetReply(in, reply)
		return true
	}
	return false
}

func (t *TimeWait) resetReply(in, reply *Segment) {
	seq, ack, flags := resetNumbers(in)
	*reply = Segment{SrcPort: in.DstPort, DstPort: in.SrcPort, Seq: seq, Ack: ack, Flags: flags}
	if t.cfg != nil && t.cfg.stampsReset(in) {
		reply.Options.Present, reply.Options.TSEcr = OptTimestamps, in.Options.TSVal
	}
}

// arrive is TIME-WAIT, in the order of RFC 9293 §3.10.7.4: timestamps, sequence
// number, RST, SYN, FIN.
func (t *TimeWait) arrive(now Time, seg *Segment, listening bool) Verdict {
	if t.cfg.TimeWaitRule == TimeWaitAnyACK {
		return t.arriveAnyACK(now, seg, listening)
	}
	switch {
	case seg.Flags&(SYN|ACK|RST) == 0:
		return DroppedNoControl
	case seg.Flags.Has(RST):
		if seg.Seq == t.rcvNxt && !t.cfg.RFC1337 { // S16
			return t.gone(Gone)
		}
		return DroppedTimeWaitRST
	case seg.Flags&(SYN|ACK) == SYN:
		return t.arriveSYN(now, seg, listening)
	case seg.Flags.Has(SYN):
		return t.reack(now, seg, ReackedOld)
	case t.missing(seg):
		return DroppedNoTimestamp
	}
	old := t.tsOlder(seg) && now.Sub(t.seenAt) <= tsValid
	if seg.Flags.Has(FIN) && seg.End() == t.rcvNxt && !old { // P-4
		t.restart(now)
		return ReackedFIN
	}
	if !old && seg.SegLen() == 0 && t.acceptable(seg.Seq) {
		if seg.Seq == t.rcvNxt { // RFC 7323 §4.3: below what was acknowledged last
			t.keepTimestamp(now, seg)
		}
		return DroppedTimeWait
	}
	return t.reack(now, seg, ReackedOld)
}

// missing reports that timestamps were agreed on and the segment has none.
func (t *TimeWait) missing(seg *Segment) bool {
	return t.has(timeWaitTimestamps) && !seg.Options.Has(OptTimestamps) && t.cfg.MissingTimestamp == MissingDropped
}

// arriveAnyACK is TIME-WAIT as Linux has it; the first that applies.
func (t *TimeWait) arriveAnyACK(now Time, seg *Segment, listening bool) Verdict {
	old := t.tsOlder(seg) && t.pawsApplies(now, seg)
	exact := seg.Seq == t.rcvNxt && !old
	switch {
	case exact && seg.Flags.Has(RST):
		if !t.cfg.RFC1337 {
			return t.gone(Gone)
		}
		t.keepTimestamp(now, seg)
		return DroppedTimeWaitRST
	case exact && seg.SegLen() == 0:
		t.keepTimestamp(now, seg)
		t.restart(now)
		return RestartedTimeWait
	case seg.Flags&(SYN|ACK|RST) == SYN && t.legalSYN(seg, old) && listening:
		return t.gone(Reopen)
	case seg.Flags.Has(RST):
		return DroppedTimeWaitRST
	case seg.Flags&(SYN|ACK) == SYN && t.cfg.TimeWaitSYN == SYNRFC6191 && !t.legalSYN(seg, old):
		return DroppedTimeWaitSYN
	}
	if seg.Flags&(SYN|ACK|RST) == SYN && t.legalSYN(seg, old) {
		return ReackedOld // nobody listens: Linux limits no answer to it
	}
	restarts := old || seg.Flags.Has(ACK)
	if restarts {
		t.restart(now)
	}
	if restarts && seg.Flags.Has(FIN) && seg.End() == t.rcvNxt {
		return ReackedFIN
	}
	return t.reack(now, seg, ReackedOld)
}

// pawsApplies is Linux's limit for a RST: the timestamp means nothing after 60 s.
func (t *TimeWait) pawsApplies(now Time, seg *Segment) bool {
	limit := tsValid
	if seg.Flags.Has(RST) {
		limit = 2 * t.cfg.MSL
	}
	return now.Sub(t.seenAt) <= limit
}

// arriveSYN decides on a SYN: whether it may open the next incarnation.
func (t *TimeWait) arriveSYN(now Time, seg *Segment, listening bool) Verdict {
	if t.legalSYN(seg, t.tsOlder(seg)) {
		if listening {
			return t.gone(Reopen)
		}
	} else if t.cfg.TimeWaitSYN == SYNRFC6191 {
		return DroppedTimeWaitSYN
	}
	return t.reack(now, seg, ReackedOld)
}

// legalSYN is Config.TimeWaitSYN. old tells that the segment's timestamp is older
// than the last one seen.
func (t *TimeWait) legalSYN(seg *Segment, old bool) bool {
	above := t.rcvNxt.Less(seg.Seq)
	offered := seg.Options.Has(OptTimestamps) && t.cfg.Timestamps == On
	both := t.has(timeWaitTimestamps) && offered
	newer := both && tsBefore(t.recent, seg.Options.TSVal)
	switch t.cfg.TimeWaitSYN {
	case SYNLinux:
		return !old && (above || newer)
	case SYNRFC6191:
		switch {
		case newer, offered && !t.has(timeWaitTimestamps):
			return true
		case both && old:
			return false
		}
		return t.rcvNxt.LessEq(seg.Seq) // compared with RCV.NXT−1, the FIN's number
	}
	return above && (newer || !both)
}

// arriveFinWait2 is FIN-WAIT-2 without a program, as Linux keeps it; the first
// that applies. The acknowledgment number plays no role.
func (t *TimeWait) arriveFinWait2(now Time, seg *Segment) Verdict {
	end := seg.End()
	old := t.tsOlder(seg) && now.Sub(t.seenAt) <= tsValid
	switch {
	case old || !t.inWindow(seg):
		return t.reack(now, seg, ReackedOld)
	case seg.Flags.Has(RST):
		return t.gone(Gone)
	case seg.Flags.Has(SYN) && t.rcvNxt.LessEq(seg.Seq):
		return t.gone(ResetAfterClose)
	case !seg.Flags.Has(ACK) || seg.SegLen() == 0:
		return DroppedTimeWait
	case !seg.Flags.Has(FIN) || end != t.rcvNxt+1:
		return t.gone(ResetAfterClose)
	}
	t.rcvNxt++
	t.flags &^= timeWaitFinWait2
	t.keepTimestamp(now, seg)
	t.restart(now)
	return FINTimeWait
}

// edge is the right edge of the window.
func (t *TimeWait) edge() Seq {
	window := int(t.window)
	if t.has(timeWaitWide) {
		window += 1 << 16
	}
	return t.rcvNxt.Add(window << t.shift)
}

// acceptable is the window test of RFC 9293 §3.10.7.4 for an empty segment.
func (t *TimeWait) acceptable(seq Seq) bool {
	return seq == t.rcvNxt || t.rcvNxt.Less(seq) && seq.Less(t.edge())
}

// inWindow is the window test of FIN-WAIT-2.
func (t *TimeWait) inWindow(seg *Segment) bool {
	return touchesWindow(seg, t.rcvNxt, t.edge())
}

// touchesWindow is the window test of what Linux keeps in few words, requests and
// TIME-WAIT: seg starts at next, overlaps [next, edge), or is empty and at the edge.
func touchesWindow(seg *Segment, next, edge Seq) bool {
	switch {
	case seg.Seq == next:
		return true
	case next.Less(seg.End()) && seg.Seq.Less(edge):
		return true
	}
	return seg.SegLen() == 0 && seg.Seq == edge
}

// reack acknowledges again; without payload or FIN only as often as ChallengeLimit
// allows.
func (t *TimeWait) reack(now Time, seg *Segment, v Verdict) Verdict {
	if (seg.Len > 0 || seg.Flags.Has(FIN)) && !seg.Flags.Has(SYN) {
		return v
	}
	th := throttle{last: t.answered, sent: uint16(t.answers)}
	ok := th.allow(now, t.cfg)
	t.answered, t.answers = th.last, uint8(th.sent)
	if !ok {
		return DroppedThrottled
	}
	return v
}

// tsOlder reports that the segment's timestamp is older than the last one seen.
func (t *TimeWait) tsOlder(seg *Segment) bool {
	return t.has(timeWaitTimestamps) && seg.Options.Has(OptTimestamps) && tsBefore(seg.Options.TSVal, t.recent)
}

func (t *TimeWait) keepTimestamp(now Time, seg *Segment) {
	if t.has(timeWaitTimestamps) && seg.Options.Has(OptTimestamps) {
		t.recent, t.seenAt = seg.Options.TSVal, now
	}
}

func (t *TimeWait) restart(now Time) {
	t.deadline = t.cfg.expiry(now, 2*t.cfg.MSL)
	t.flags |= timeWaitRestarted
}

// gone ends it.
func (t *TimeWait) gone(v Verdict) Verdict {
	t.flags &^= timeWaitValid
	return v
}

// Reject forms the answer of a host that has neither connection nor listener for
// seg, by the rules of like: RFC 9293 §3.10.7.1. It returns false if there is none.
// reply may be seg itself.
func Reject(like *Conn, seg, reply *Segment) bool {
	if like == nil || seg == nil || reply == nil || seg.Flags.Has(RST) {
		return false
	}
	in := *seg
	t := TimeWait{cfg: like.cfg}
	t.resetReply(&in, reply)
	return true
}
