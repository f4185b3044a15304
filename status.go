package tcp

import "time"

// Counters count what a connection has done since it was opened. They change
// nothing of what it does.
type Counters struct {
	SegmentsArrived      uint32 // Arrive was called
	SegmentsDropped      uint32 // of these, those with an OutcomeDropped verdict
	SegmentsSent         uint32 // Next returned one
	ACKsSent             uint32 // of these, acknowledgments without text, SYN, FIN
	ResetsSent           uint32 // of these, RSTs
	Timeouts             uint32 // the retransmission timer expired and something was sent again
	SYNRetransmits       uint32 // SYNs and SYN-ACKs sent again because of it
	Retransmits          uint32 // segments with data or FIN sent again, for whatever reason
	FINRetransmits       uint32 // of these, those with FIN
	FastRecoveries       uint32 // losses found by duplicate or selective acknowledgments
	LossProbes           uint32 // tail loss probes
	WindowProbes         uint32 // zero-window probes
	KeepAliveProbes      uint32 // keepalive probes
	ChallengesSent       uint32 // challenge ACKs, and answers to empty segments outside the window
	ChallengesSuppressed uint32 // those that ChallengeLimit suppressed
	FINsReacked          uint32 // acknowledgments that a repeated FIN drew again
	TimeWaitRestarts     uint32 // how often 2·MSL began anew
}

func (c *Conn) countVerdict(v Verdict) {
	c.count.SegmentsArrived++
	if v.Outcome() == OutcomeDropped {
		c.count.SegmentsDropped++
	}
}

// Status is a copy of a connection's variables: STATUS, RFC 9293 §3.10.6.
type Status struct {
	State      State
	Err        ErrorKind // why it ended
	References int       // descriptors that are open
	Passive    bool      // opened by Listen

	ISS, IRS               Seq
	SndUna, SndNxt, SndEnd Seq // SND.UNA, SND.NXT, and the end of what is queued
	RcvNxt, RcvEdge        Seq // RCV.NXT, and the right edge of the window offered
	SendWindow             int // octets, scaled
	ReceiveWindow          int // octets, scaled
	CongestionWindow       int // octets
	SlowStartThreshold     int // octets
	MaxPayload             int // octets: the largest segment sent
	Readable               int // octets received in order and not consumed

	RTO, SRTT, RTTVar time.Duration // SRTT is 0 before the first sample
	Retransmissions   int           // of what is oldest, since the last progress
	WindowProbes      int           // unanswered
	KeepAliveProbes   int           // unanswered
	Backoff           int           // doublings of the retransmission timeout, or of the interval of window probes

	// What is known of the segments in flight; of more than sixteen some count as
	// one.
	Recovering    bool // fast recovery (RFC 6582, RFC 6675, RFC 8985)
	DuplicateACKs int  // since the last progress, outside of recovery
	Held          int  // segments that the peer holds beyond a gap (SACK)
	Lost          int  // segments taken for lost
	Repeated      int  // segments sent more than once

	Timestamps, SACK, WindowScale bool // agreed on in the SYNs
	SoftError                     ICMPKind

	Timers   [NumTimers]Time // when each Timer expires; Never if it does not run
	Counters Counters
}

// NumTimers is how many timers there are.
const NumTimers = int(numTimers)

// Status returns a copy of the connection's variables, timers and counters.
func (c *Conn) Status() Status {
	srtt, rttvar, _ := c.rtt.smoothed(&c.cfg.rtt)
	s := Status{
		State: c.state, Err: c.endKind, References: int(c.user.refs), Passive: c.passive,
		ISS: c.snd.iss, IRS: c.rcv.irs,
		SndUna: c.snd.una, SndNxt: c.snd.nxt, SndEnd: c.snd.end,
		RcvNxt: c.rcv.nxt, RcvEdge: c.rcv.adv,
		SendWindow: int(c.snd.wnd), ReceiveWindow: c.rcv.adv.Sub(c.rcv.nxt),
		CongestionWindow: int(c.cong.window), SlowStartThreshold: int(c.cong.threshold),
		MaxPayload: c.maxPayload(), Readable: int(c.rcv.unread),
		RTO: c.rto(), SRTT: srtt, RTTVar: rttvar,
		Retransmissions: int(c.snd.rexmits), WindowProbes: int(c.snd.probes),
		KeepAliveProbes: int(c.idleProbes), Backoff: int(max(c.rtt.backoff, c.snd.probeBackoff)),
		Timestamps: c.ts.on, SACK: c.snd.sackOK, WindowScale: c.ts.scaled,
		SoftError: c.softError,
		Counters:  c.count,
	}
	s.Recovering, s.DuplicateACKs = c.rec.recovering, int(c.rec.dupAcks)
	s.Held, s.Lost, s.Repeated = c.rec.tally()
	for t := range s.Timers {
		s.Timers[t] = c.expires(Timer(t))
	}
	return s
}

// Ready is a set of conditions, derived from the connection's value: they hold as
// long as they are true.
type Ready uint16

const (
	ReadyEstablished Ready = 1 << iota // it was ESTABLISHED once
	ReadyReadable                      // octets can be read
	ReadyEOF                           // the peer's FIN has come in order, even if octets are unread
	ReadyWritable                      // Send is legal
	ReadyUrgent                        // urgent octets are unread, or to come
	ReadyR1                            // R1 retransmissions stayed unanswered (RFC 9293 §3.8.3)
	ReadyLingering                     // Close has not finished: the FIN is unacknowledged and linger time is left
	ReadyReadClosed                    // CloseRead or the last Close was called
	ReadyWriteClosed                   // CloseWrite or the last Close was called
	ReadyEnded                         // it ended; Err says why
	numReady         = iota
)

var readyNames = [numReady]string{
	"established", "readable", "EOF", "writable", "urgent", "R1", "lingering",
	"read closed", "write closed", "ended",
}

// String lists the conditions, separated by commas.
func (r Ready) String() string {
	s := ""
	for i, name := range readyNames {
		if r&(1<<i) != 0 {
			if s != "" {
				s += ", "
			}
			s += name
		}
	}
	return s
}

// Ready returns the conditions that hold now.
func (c *Conn) Ready() (r Ready) {
	set := func(cond bool, bit Ready) {
		if cond {
			r |= bit
		}
	}
	set(c.established, ReadyEstablished)
	set(c.rcv.unread > 0, ReadyReadable)
	set(c.rcv.fin, ReadyEOF)
	set(!c.user.writeClosed && c.state >= StateSynSent, ReadyWritable)
	set(c.urgentAhead(), ReadyUrgent)
	set(int(c.snd.rexmits) >= c.cfg.DataRetries1 && c.snd.rexmits > 0, ReadyR1)
	set(c.user.lingering, ReadyLingering)
	set(c.user.readClosed, ReadyReadClosed)
	set(c.user.writeClosed, ReadyWriteClosed)
	set(c.ended, ReadyEnded)
	return r
}

// Readable returns the number of octets received in order and not consumed.
func (c *Conn) Readable() int { return int(c.rcv.unread) }

// UrgentMark returns the stream offset just after the last urgent octet, while
// that lies ahead of what was consumed (MUST-33).
func (c *Conn) UrgentMark() (off uint64, ok bool) {
	if !c.urgentAhead() {
		return 0, false
	}
	return c.rcv.off + uint64(int64(c.rcv.up.Sub(c.rcv.nxt)+btoi(c.rcv.fin))), true
}

// taken is what of the last segment's payload is new.
type taken struct {
	base   Seq // sequence number of payload[0]
	n      uint8
	pieces [maxSpans + 1]span
}

// Taken returns the i-th piece of the last segment that is new: payload[at:at+n]
// is the stream's octets [off, off+n). Pieces are disjoint and never overlap what
// is held already. ok is false beyond the last piece.
func (c *Conn) Taken(i int) (off uint64, at, n int, ok bool) {
	if i < 0 || i >= int(c.taken.n) {
		return 0, 0, 0, false
	}
	p := c.taken.pieces[i]
	next := c.rcv.nxt.Add(-btoi(c.rcv.fin))
	return c.rcv.off + uint64(int64(p.left.Sub(next))), p.left.Sub(c.taken.base), p.right.Sub(p.left), true
}

// Held returns the i-th stretch that is held beyond a gap, in order of offset. A
// FIN that is held does not count.
func (c *Conn) Held(i int) (off uint64, n int, ok bool) {
	s, ok := c.rcv.ooo.at(i)
	if !ok {
		return 0, 0, false
	}
	if fin := c.rcv.ooo.finSeq; c.rcv.ooo.fin && fin.Less(s.right) {
		if fin.LessEq(s.left) { // beyond the FIN nothing counts
			return 0, 0, false
		}
		s.right = fin
	}
	return c.rcv.off + uint64(s.left.Sub(c.rcv.nxt)), s.right.Sub(s.left), true
}
