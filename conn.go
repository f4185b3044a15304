package tcp

import "time"

// Conn is one TCP connection as a value: the transmission control block of
// RFC 9293 §3.3.1. It consumes calls, segments and time, and emits segments; it
// knows lengths and sequence numbers, never octets, and does nothing by itself.
//
// A Conn is made by [New] or [Conn.Init]. It holds no pointers but to its
// configuration and its [Trace]: c2 := *c is a snapshot that goes its own way, and
// equal values behave equally. A Conn is not safe for concurrent use.
type Conn struct {
	cfg   *config
	trace *Trace

	now   Time // the last time seen
	state State

	passive        bool // SYN-RECEIVED was reached from LISTEN (MUST-11)
	anyPeer        bool // Listen was called without a remote port
	established    bool // ESTABLISHED was reached in this incarnation
	ended          bool // CLOSED was reached again
	finWait2Second bool // the second phase of FIN-WAIT-2 (FinWait2TimeWait)
	finWait2Held   bool // FIN-WAIT-2 stays a connection: a segment with a FIN acknowledged ours (FinWait2TimeWait)
	endKind        ErrorKind
	endState       State
	softError      ICMPKind
	idleProbes     uint8 // keepalive probes since the last segment arrived

	localPort, remotePort uint16

	set    settings
	user   user
	snd    sender
	rcv    receiver
	ts     timestamps
	rtt    rttEstimator
	cong   congestion
	rec    records
	ack    acknowledgment
	limit  throttle
	owe    obligations
	timers timers
	count  Counters
	memory receiveMemory
	taken  taken
	old    former // what a reopened connection goes back to (SYNRFC6191)
}

// settings are what setters change; Init hands them on.
type settings struct {
	keepIdle, keepInterval time.Duration
	userTimeout            time.Duration
	finWait2               time.Duration // 0: Config.FinWait2Timeout
	linger                 time.Duration // −1: off
	buffer                 int32
	bufferFixed            bool // SetReadBuffer was called
	tsOffset               uint32
	mss                    uint16
	synRetries             uint8
	keepCount              uint8
	keepAlive              bool
	noDelay                bool
	cork                   bool
	quickAck               bool
	reopen                 bool
	finWait2Reset          bool
	userTimeoutFixed       bool // SetUserTimeout was called: the peer's option changes nothing
}

// user is what the program on this end has done.
type user struct {
	refs        int32
	writeClosed bool // CLOSE was called: a FIN is queued behind all data
	readClosed  bool // nothing will be read any more
	lingering   bool // the last reference is closed, but Close still waits for the FIN's acknowledgment
}

// sender is the send sequence space (RFC 9293 §3.3.1).
//
//	     una          nxt          end
//	------|------------|------------|-----
//	acked   in flight    queued
type sender struct {
	iss, una, nxt Seq
	end           Seq // after the last octet queued; the sequence number of the FIN
	wl1, wl2      Seq
	up            Seq    // just after the last urgent octet
	small         Seq    // just after the last segment sent that was not full (NagleMinshall)
	off           uint64 // octets acknowledged: the stream offset of una
	wnd, maxWnd   uint32
	firstRexmit   Time   // of the oldest octet outstanding, or the first probe; valid if rexmits > 0 or probing
	firstSent     Time   // when the oldest octet outstanding was first sent
	mss           uint16 // the largest payload, before the timestamps' room is taken off
	shift         uint8
	rexmits       uint8 // retransmission timeouts since the last progress
	probes        uint8 // zero-window probes since the last answer
	probeBackoff  uint8
	burst         uint8 // full segments sent since the last PSH (PushEvery)
	finSent       bool
	urgent        bool
	synSent       bool // the SYN has left
	synTimedOut   bool // it was sent again
	probing       bool // the octet at nxt−1 was sent as a probe into a closed window
	sackOK        bool
}

// receiver is the receive sequence space.
type receiver struct {
	irs, nxt Seq
	adv      Seq    // right edge of the window: the rightmost ever offered
	wup      Seq    // nxt when the last acknowledgment was sent (Last.ACK.sent of RFC 7323)
	up       Seq    // just after the last urgent octet, or the next octet to be read
	unread   uint32 // octets received in order and not consumed
	off      uint64 // octets received in order: the stream offset of nxt
	last     Time   // when something acceptable last arrived, or keepalive began
	clamp    uint32 // WindowLinux: what the window may grow to so far
	mss      uint16 // the largest segment expected, for "full-sized"
	shift    uint8
	fin      bool // the peer's FIN was received in order
	ooo      reassembly
}

// obligations are what Next has to send beyond data: recorded where they arise,
// formed when they leave.
type obligations struct {
	owed  owed
	probe probe
	reply reply // if owed has oweReply
}

type owed uint8

const (
	oweACK      owed = 1 << iota // an acknowledgment
	oweSYN                       // SYN or SYN,ACK
	oweAbort                     // RST at SND.NXT
	oweReply                     // RST in answer to a segment
	oweACKFirst                  // the acknowledgment leaves before text
)

// reply is a RST without a connection's state: of §3.10.7.1.
type reply struct {
	seq, ack Seq
	flags    Flags
	src, dst uint16
	stamped  bool
	echo     uint32 // of timestamps, if stamped
}

// New returns a fresh CLOSED connection with one reference. A nil or zero cfg is
// the default. The configuration is checked as a whole; the error joins one
// *ConfigError for each problem.
func New(cfg *Config) (*Conn, error) {
	resolved, err := resolve(cfg)
	if err != nil {
		return nil, err
	}
	c := new(Conn)
	c.setup(resolved, resolved.settings(), nil)
	return c, nil
}

// Init makes c a fresh CLOSED connection with like's configuration, trace and
// setter values, as accept(2) inherits them, and one reference. c may be like
// itself. like must have been made by New or Init.
func (c *Conn) Init(like *Conn) { c.setup(like.cfg, like.set, like.trace) }

func (c *Conn) setup(cfg *config, set settings, trace *Trace) {
	*c = Conn{}
	c.cfg, c.set, c.trace = cfg, set, trace
	c.localPort, c.remotePort = cfg.LocalPort, cfg.RemotePort
	c.user.refs = 1
	c.snd.mss = uint16(min(cfg.DefaultSendMSS, int(set.mss)))
	c.timers.next = Never
}

// Arrive processes a segment that arrived at now, whatever it is, in any state.
// The segment is not kept and not changed; its payload travels beside it: see Taken.
func (c *Conn) Arrive(now Time, seg *Segment) Verdict {
	c.taken.n = 0
	if seg == nil || uint(seg.Len) > maxSegmentLen {
		return DroppedInvalid
	}
	if now == Never {
		return DroppedTime
	}
	c.observe(now)
	v := c.arrive(seg)
	c.countVerdict(v)
	if c.trace != nil && c.trace.Arrived != nil {
		c.trace.Arrived(c.now, *seg, v)
	}
	return v
}

// maxSegmentLen is what a segment can carry at most, receive aggregates of several
// segments included.
const maxSegmentLen = 1 << 20

// arrive is SEGMENT ARRIVES, RFC 9293 §3.10.7.
func (c *Conn) arrive(seg *Segment) Verdict {
	switch c.state {
	case StateEstablished:
		return c.arriveOtherwise(seg)
	case StateClosed:
		return c.arriveClosed(seg)
	case StateListen:
		return c.arriveListen(seg)
	case StateSynSent:
		return c.arriveSynSent(seg)
	case StateTimeWait:
		return c.arriveTimeWait(seg)
	case StateFinWait2:
		if c.cfg.FinWait2TimeWait && c.user.orphaned() && c.inTimeWaitPhase() {
			return c.arriveTimeWait(seg)
		}
	}
	return c.arriveOtherwise(seg)
}

// Next writes the next segment to transmit to seg, or returns false if there is
// none. It is the only authority on what is sent, and when: the segment bears the
// time of the last call. Sending can change the state.
func (c *Conn) Next(seg *Segment) bool {
	if c.quiet() || seg == nil {
		return false
	}
	switch {
	case c.owe.owed&oweReply != 0:
		c.formReply(seg)
	case c.owe.owed&oweAbort != 0:
		c.formAbort(seg)
	case c.state < StateSynSent:
		return false
	case c.owe.owed&oweSYN != 0:
		c.formSYN(seg)
	case c.state == StateSynSent:
		return false
	case c.owe.owed&oweACKFirst != 0:
		c.formACK(seg)
	case (c.snd.una != c.snd.nxt || c.waiting()) && c.nextData(seg):
	case c.owe.probe != noProbe:
		c.formProbe(seg)
	case c.owe.owed&oweACK != 0:
		c.formACK(seg)
	default:
		return false
	}
	c.count.SegmentsSent++
	if c.trace != nil && c.trace.Sent != nil {
		c.trace.Sent(c.now, *seg)
	}
	return true
}

// quiet reports that nothing is owed, lost or unsent, which is how it is most often.
func (c *Conn) quiet() bool {
	return c.owe.owed == 0 && c.owe.probe == noProbe && !c.rec.anyLost && !c.rec.recovering && !c.waiting()
}

// pending reports whether Next has something to return. Next itself says so, on
// a copy: there is no second description of what is sent.
func (c *Conn) pending() bool {
	if c.quiet() {
		return false
	}
	copied := *c
	copied.trace = nil
	var seg Segment
	return copied.Next(&seg)
}

// State returns the state of the connection.
func (c *Conn) State() State { return c.state }

// Err returns why the connection ended, as an *Error; nil while it has not ended,
// or if it ended by the normal close of both sides.
func (c *Conn) Err() error {
	if c.endKind == KindNone {
		return nil
	}
	return &Error{Kind: c.endKind, State: c.endState}
}

// SetPorts sets the ports of the segments sent, before the connection is opened.
// A remote port of 0 is learned from the SYN.
func (c *Conn) SetPorts(local, remote uint16) error {
	if c.state != StateClosed || c.ended {
		return c.misuse("SetPorts", ErrExists)
	}
	c.localPort, c.remotePort = local, remote
	return nil
}

// finAcked reports whether our FIN was sent and acknowledged, by its sequence
// number: the only place that tells.
func (c *Conn) finAcked() bool { return c.snd.finSent && c.snd.end.Less(c.snd.una) }

// orphaned reports whether no program holds the connection any more: the last
// reference is closed, and Close does not linger.
func (u *user) orphaned() bool { return u.refs == 0 && !u.lingering }

// unreceivable reports whether data that arrives cannot reach anyone: both
// directions are closed from this end.
func (u *user) unreceivable() bool { return u.readClosed && u.writeClosed }

// dropObligations forgets what was owed to the peer, but for a RST.
func (c *Conn) dropObligations() {
	c.owe.owed &^= oweACK | oweACKFirst | oweSYN
	c.owe.probe = noProbe
}
