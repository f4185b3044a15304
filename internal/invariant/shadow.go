package invariant

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// shadow is what a checker remembers of one incarnation: sequence numbers in 64
// bits, counted from the initial ones, and what was sent, taken and promised.
type shadow struct {
	restored bool // back in TIME-WAIT after a SYN that was an old duplicate: the past is unknown

	una, nxt      int64 // SND.UNA and SND.NXT, from ISS
	synSent       bool
	octets        int64 // octets sent for the first time
	finSent       bool
	finAt         int64 // sequence number of the FIN
	accepted      int64 // octets accepted by Send
	closed        bool  // CloseWrite was called, or the last Close
	urgentEnd     int64 // just after the last urgent octet, from ISS
	flight        []sending
	loss          bool // something in flight was sent again: the congestion window is in recovery
	resent        bool // of what this segment acknowledged something was sent twice
	ackedSegments int  // of what was in flight, by this segment
	afterRTO      bool // the next retransmission must be of SND.UNA

	maxEdgeIn  int64 // right edge of the peer's window, from ISS
	maxWindow  int64
	wl1, wl2   tcp.Seq
	windowSeen bool

	finEnd    tcp.Seq // after a FIN of the peer that came ahead of its text
	finHeld   bool
	got       []span // octets taken
	eof       bool
	lastACK   tcp.Seq // of the last segment sent
	lastAcked bool
	edgeOut   tcp.Seq // right edge as the peer computes it
	edgeSeen  bool

	tsval                        uint32
	tsSeen                       bool
	tsAt                         tcp.Time
	recent                       []uint32 // what TSecr may be
	waiting                      tcp.Time // since when text waits for its acknowledgment; Never without
	scale                        uint8    // offered in our SYN
	tunable                      bool     // buffer, Nagle or keepalive were changed by a setter
	keepOn                       bool
	keepSet                      bool     // keepalive was changed by a setter
	userSet                      bool     // the user timeout was
	probeAt                      tcp.Time // of the last window probe
	probesAt                     tcp.Time // of the first one that is unanswered
	progressAt, tryAt, timeoutAt tcp.Time // since when what is oldest is in flight: the last progress; its last transmission before a time-out; the first time-out
	probeGap                     int64
	probed                       uint32 // counters of probes when last looked at after a drain

	reply      tcp.Segment // the reset that is owed for a segment; Flags 0: none
	abort      bool        // a reset at SND.NXT may be sent
	abortMust  bool
	challenges []tcp.Time
	arrival    Event // the last segment that arrived since the last drain
	arrived    bool
	quiet      bool // Next had nothing before that segment
	pureACKs   int
	twDue      tcp.Time
	former     tcp.Time // twDue of the TIME-WAIT before this incarnation
	drained    bool
}

// sending is the transmission of [from, to), numbers from ISS.
type sending struct {
	from, to int64
	last     tcp.Time
	times    int
	small    bool
}

// span is [from, to) in stream offsets.
type span struct{ from, to uint64 }

// begin begins an incarnation.
func (k *Checker) begin() {
	kept := k.shadow
	k.shadow = shadow{
		waiting: tcp.Never, tunable: kept.tunable, keepOn: kept.keepOn || k.cfg.KeepAlive,
		keepSet: kept.keepSet, userSet: kept.userSet,
		reply: kept.reply, abort: kept.abort, challenges: kept.challenges, drained: kept.drained,
		quiet: kept.quiet, twDue: tcp.Never,
	}
	if k.events > 0 {
		k.una = int64(k.now.SndUna.Sub(k.now.ISS))
		k.nxt = int64(k.now.SndNxt.Sub(k.now.ISS))
	}
}

// follow brings the shadows up to date.
func (k *Checker) follow(e Event) {
	k.una += int64(k.now.SndUna.Sub(k.was.SndUna))
	k.nxt += int64(k.now.SndNxt.Sub(k.was.SndNxt))
	if k.was.ISS != k.now.ISS || k.events == 1 {
		k.una, k.nxt = int64(k.now.SndUna.Sub(k.now.ISS)), int64(k.now.SndNxt.Sub(k.now.ISS))
	}
	switch e.Kind {
	case Called:
		k.followCall(e)
	case Arrived:
		k.followArrival(e)
	case Sent:
		k.followSent(e)
	}
	k.followWaiting(e)
	k.maxWindow = max(k.maxWindow, int64(k.now.SendWindow))
	k.maxEdgeIn = max(k.maxEdgeIn, k.una+int64(k.now.SendWindow))
}

// followWaiting notes since when the peer is silent.
func (k *Checker) followWaiting(e Event) {
	was, now := &k.was, &k.now
	if was.SndUna != now.SndUna || e.Kind == Sent && was.SndUna == was.SndNxt && was.SndNxt != now.SndNxt {
		k.progressAt, k.tryAt = e.Now, e.Now
	}
	if e.Kind == Sent && e.Seg.SegLen() > 0 && e.Seg.Seq == now.SndUna && now.Retransmissions == 0 {
		k.tryAt = e.Now
	}
	if now.Retransmissions > 0 && was.Retransmissions == 0 {
		k.timeoutAt = k.firedAt
	}
	if now.Counters.WindowProbes > was.Counters.WindowProbes && now.WindowProbes == 1 {
		k.probesAt = k.firedAt
	}
}

func (k *Checker) followCall(e Event) {
	switch {
	case e.Call == "SetReadBuffer" || e.Call == "SetNoDelay" || e.Call == "SetCork":
		k.tunable = true
	case e.Call == "SetKeepAliveConfig":
		k.keepOn, k.keepSet = true, true
	case e.Call == "SetUserTimeout":
		k.userSet = true
	case e.Err != nil:
		return
	case e.Call == "Send":
		k.accepted += int64(e.N)
	case e.Call == "SendUrgent":
		k.accepted += int64(e.N)
		k.urgentEnd = 1 + k.accepted
	}
	k.closed = k.closed || k.now.ready&tcp.ReadyWriteClosed != 0
}

func (k *Checker) followArrival(e Event) {
	k.arrival, k.arrived, k.quiet, k.pureACKs = e, true, k.drained && len(k.fired) == 0, 0
	for _, p := range k.now.taken {
		k.got = addSpan(k.got, span{p.off, p.off + uint64(p.n)})
	}
	k.resent = slices.ContainsFunc(k.flight, func(s sending) bool { return s.to <= k.una && s.times > 1 && s.from > 0 })
	k.ackedSegments = len(k.flight)
	k.flight = slices.DeleteFunc(k.flight, func(s sending) bool { return s.to <= k.una })
	if k.ackedSegments -= len(k.flight); len(k.flight) == 0 {
		k.loss = false
	}
	o := &e.Seg.Options
	// Linux lets a RST that it does not heed in TIME-WAIT count.
	heard := !e.Seg.Flags.Has(tcp.RST) || k.cfg.TimeWaitRule == tcp.TimeWaitAnyACK && k.was.State == tcp.StateTimeWait
	if k.now.Timestamps && o.Has(tcp.OptTimestamps) && heard {
		if !k.lastAcked || e.Seg.Seq.LessEq(k.lastACK) || e.Seg.Flags.Has(tcp.SYN) || k.was.State == tcp.StateTimeWait {
			k.recent = append(k.recent, o.TSVal)
		}
	}
	if e.Seg.Flags.Has(tcp.FIN) && e.Verdict == tcp.Accepted && k.now.RcvNxt.Less(e.Seg.End()) {
		k.finEnd, k.finHeld = e.Seg.End(), true
	}
	if k.was.RcvNxt != k.now.RcvNxt && k.now.State >= tcp.StateEstablished && k.waiting == tcp.Never && !k.restored {
		k.waiting = e.Now
	}
	if e.Verdict.Outcome() == tcp.OutcomeReset || e.Verdict == tcp.ResetSYN {
		k.reply = resetFor(&e.Seg)
	}
}

func (k *Checker) followSent(e Event) {
	seg := &e.Seg
	if seg.Flags.Has(tcp.RST) {
		return
	}
	if seg.Flags.Has(tcp.SYN) {
		k.synSent = true
		k.scale = seg.Options.WindowScale
		k.send(e.Now, 0, 1, false)
		return
	}
	from := k.unwrap(seg.Seq)
	to := from + int64(seg.Len)
	if seg.Flags.Has(tcp.FIN) {
		k.finSent, k.finAt = true, to
		to++
	}
	if end := from + int64(seg.Len); seg.Len > 0 && end-1 > k.octets {
		k.octets = end - 1
	}
	if to > from && from >= k.una {
		k.send(e.Now, from, to, k.small(seg))
	}
}

// small reports a segment to which Nagle's rule applies.
func (k *Checker) small(seg *tcp.Segment) bool {
	return seg.Len > 0 && seg.Len < k.was.MaxPayload-36 && !seg.Flags.Has(tcp.FIN)
}

// send notes a transmission.
func (k *Checker) send(now tcp.Time, from, to int64, small bool) {
	again := false
	for i := range k.flight {
		s := &k.flight[i]
		if s.from < to && from < s.to {
			if from <= max(s.from, k.una) {
				s.last = now // what is not its first part has no timer
			}
			again = true
			s.times++
		}
	}
	if again {
		k.loss = true
	}
	if n := len(k.flight); n == 0 || k.flight[n-1].to < to {
		if n > 0 {
			from = max(from, k.flight[n-1].to)
		}
		k.flight = append(k.flight, sending{from, to, now, 1, small})
	}
}

// unwrap is a sequence number of ours, counted from ISS.
func (k *Checker) unwrap(seq tcp.Seq) int64 { return k.una + int64(seq.Sub(k.now.SndUna)) }

// inOrder is how many octets were taken in order.
func (k *Checker) inOrder() uint64 {
	if len(k.got) == 0 || k.got[0].from != 0 {
		return 0
	}
	return k.got[0].to
}

// addSpan adds a span to an ordered list of spans that do not touch.
func addSpan(list []span, s span) []span {
	out := make([]span, 0, len(list)+1)
	for i, o := range list {
		switch {
		case o.to < s.from:
			out = append(out, o)
		case s.to < o.from:
			return append(append(out, s), list[i:]...)
		default:
			s = span{min(s.from, o.from), max(s.to, o.to)}
		}
	}
	return append(out, s)
}

// overlaps reports whether a span has anything in common with a list.
func overlaps(list []span, s span) bool {
	return slices.ContainsFunc(list, func(o span) bool { return o.from < s.to && s.from < o.to })
}

// resetFor is the reset that answers a segment: RFC 9293 §3.10.7.1.
func resetFor(seg *tcp.Segment) tcp.Segment {
	if seg.Flags.Has(tcp.ACK) {
		return tcp.Segment{Seq: seg.Ack, Flags: tcp.RST}
	}
	return tcp.Segment{Ack: seg.End(), Flags: tcp.RST | tcp.ACK}
}

func pureACK(seg *tcp.Segment) bool {
	return seg.Flags&(tcp.SYN|tcp.FIN|tcp.RST|tcp.ACK) == tcp.ACK && seg.Len == 0
}

// after notes what the next event needs to know.
func (k *Checker) after(e Event) {
	switch e.Kind {
	case Drained:
		k.drained, k.arrived = true, false
		k.probed = k.probes()
		k.pureACKs = 0
	case Sent:
		if pureACK(&e.Seg) {
			k.pureACKs++
		}
		if !e.Seg.Flags.Has(tcp.RST) && e.Seg.Flags.Has(tcp.ACK) {
			k.lastACK, k.lastAcked, k.waiting = e.Seg.Ack, true, tcp.Never
		}
		k.drained = false
	default:
		k.drained = false
	}
	k.eof = k.now.ready&tcp.ReadyEOF != 0
}

func (k *Checker) probes() uint32 {
	n := &k.now.Counters
	return n.WindowProbes + n.LossProbes + n.KeepAliveProbes
}
