package tcp

import "time"

// timestamps is what RFC 7323 keeps of the peer's timestamps, and what was agreed
// on in the SYNs.
type timestamps struct {
	recentAt Time   // when recent was set
	recent   uint32 // TS.Recent
	first    uint32 // the timestamp of our SYN
	on       bool   // Snd.TS.OK: both SYNs had timestamps
	known    bool   // recent is that of an earlier connection (OpenFrom)
	scaled   bool   // both SYNs had a window scale
}

const (
	// tsTick is the clock of our timestamps, as Linux's; RFC 7323 §5.4 asks for 1 ms
	// to 1 s.
	tsTick = time.Millisecond
	// tsValid is how long TS.Recent means anything to a sender whose clock is as
	// fast as ours: RFC 7323 §5.5.
	tsValid = 24 * 24 * time.Hour
)

// tsBefore compares timestamps modulo 2^32.
func tsBefore(a, b uint32) bool { return int32(a-b) < 0 }

// tsval is the timestamp of a segment that leaves now.
func (c *Conn) tsval() uint32 { return tsvalAt(c.now, c.set.tsOffset) }

func tsvalAt(now Time, offset uint32) uint32 {
	return uint32(uint64(now)/uint64(tsTick)) + offset
}

// timestampOld is the test of PAWS, RFC 7323 §5.2, but for its exceptions.
func (c *Conn) timestampOld(seg *Segment) bool {
	if !c.ts.on || !seg.Options.Has(OptTimestamps) {
		return false
	}
	tolerance := uint32(0)
	if c.cfg.PAWSTolerance && c.state.synchronized() {
		tolerance = 1
	}
	return tsBefore(seg.Options.TSVal+tolerance, c.ts.recent) && c.now.Sub(c.ts.recentAt) <= tsValid
}

// checkTimestamps is rule R1 of RFC 7323 §5.3: before the first step, a segment
// without timestamps, or with an old one, is not acceptable. RST is exempt.
func (c *Conn) checkTimestamps(seg *Segment) Verdict {
	if seg.Flags.Has(RST) {
		return proceed
	}
	if !seg.Options.Has(OptTimestamps) {
		if c.cfg.MissingTimestamp == MissingAccepted {
			return proceed
		}
		return DroppedNoTimestamp
	}
	if !c.timestampOld(seg) {
		return proceed
	}
	if c.cfg.PAWSTolerance {
		if c.reorderedAck(seg) {
			return proceed
		}
		switch {
		case seg.Flags.Has(SYN):
			return c.challenge(ChallengedSYN)
		case seg.SegLen() == 0 && seg.Seq.Less(c.rcv.nxt):
			return DroppedOldAck
		}
	}
	c.reportDuplicate(seg)
	return c.answerOutside(seg, DroppedPAWS)
}

// reorderedAck reports a pure duplicate of the last acknowledgment that was
// overtaken on its way, by no more than the retransmission timeout.
func (c *Conn) reorderedAck(seg *Segment) bool {
	o := &seg.Options
	lag := time.Duration(c.ts.recent-o.TSVal) * tsTick
	return seg.Flags&(SYN|FIN|RST|ACK) == ACK && seg.Len == 0 && seg.Seq == c.rcv.nxt &&
		seg.Ack == c.snd.una && !c.updatesWindow(seg) && lag <= c.rto()+c.rto()/5
}

// keepTimestamp is rule R3 of RFC 7323 §5.3 and §4.3: the timestamp of a segment
// that is acceptable and starts at or below the last acknowledgment sent.
func (c *Conn) keepTimestamp(seg *Segment) {
	if seg.Flags.Has(RST) || !seg.Options.Has(OptTimestamps) || c.rcv.wup.Less(seg.Seq) {
		return
	}
	if tsBefore(seg.Options.TSVal, c.ts.recent) && c.now.Sub(c.ts.recentAt) <= tsValid {
		return
	}
	c.ts.recent, c.ts.recentAt = seg.Options.TSVal, c.now
}

// echoFromFuture reports a timestamp echo that is newer than our clock.
func (c *Conn) echoFromFuture(ecr uint32) bool { return tsBefore(c.tsval(), ecr) }

// echoOutside reports a timestamp echo of something before the first SYN or SYN,ACK,
// or after last.
func (c *Conn) echoOutside(ecr, last uint32) bool {
	return ecr != 0 && (tsBefore(ecr, c.ts.first) || tsBefore(last, ecr))
}
