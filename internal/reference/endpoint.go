package reference

import (
	"math"
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// An Error is why a call was refused or a connection ended. Errors are plain
// values, to be compared with ==.
type Error string

func (e Error) Error() string { return string(e) }

const (
	ErrNotConnected  Error = "connection does not exist"
	ErrExists        Error = "connection already exists"
	ErrClosing       Error = "connection closing"
	ErrInvalid       Error = "invalid argument"
	ErrReset         Error = "connection reset"
	ErrClosedByReset Error = "connection closed by a reset" // after both FINs, P-6
	ErrRefused       Error = "connection refused"
	ErrTimeout       Error = "connection timed out"
	ErrKeepalive     Error = "keep-alive timed out"
	ErrUserTimeout   Error = "connection aborted due to user timeout"
	ErrAborted       Error = "connection aborted"
)

// sent is one segment in the retransmission queue.
type sent struct {
	from, to      int64 // sequence numbers [from, to)
	syn, fin      bool  // to includes one for either
	at            tcp.Time
	retransmitted bool
	lost          bool  // to be sent again
	resent        int64 // up to here it was, where options left room for a part only
	sacked        bool
}

// block is a range of sequence numbers [left, right).
type block struct{ left, right int64 }

// Endpoint is one connection. All its sequence numbers are unwrapped: they never
// go back to zero. The zero value is of no use; see New.
type Endpoint struct {
	cfg               Config
	configuredTimeout time.Duration // before SetUserTimeout
	now               tcp.Time
	state             tcp.State
	err               error
	refs              int

	passive     bool
	ended       bool  // CLOSED again: no call opens it any more
	rmss        int64 // the largest segment to be expected
	readClosed  bool  // CloseRead or Close: nobody will read
	writeClosed bool  // CloseWrite or Close: no more SEND
	orphan      bool  // the last reference is closed

	// Send sequence space.
	iss, una, nxt int64
	written       int64 // octets accepted by SEND
	finSent       bool
	wnd, maxWnd   int64 // SND.WND and the largest one ever
	wl1, wl2      int64
	urgent        int64 // SND.UP; meaningful where it is above iss
	smss          int64 // Eff.snd.MSS, without the options of each segment
	sndShift      int
	queue         []sent // the retransmission queue, in order

	// Receive sequence space.
	irs, rcvNxt  int64
	rcvEdge      int64          // RCV.NXT+RCV.WND
	held         map[int64]bool // sequence numbers received beyond RCV.NXT, the FIN's among them
	recent       []int64        // where segments that were held began, the newest first
	finSeq       int64          // of the peer's FIN, where finKnown
	finKnown     bool
	finTaken     bool
	read         int64 // octets consumed by the user
	rcvUrgent    int64
	rcvShift     int
	lastACKSent  int64
	duplicate    *block // D-SACK to be reported
	peerScales   bool   // the peer's SYN had the option
	tsOK, sackOK bool
	tsRecent     uint32
	tsRecentAt   tcp.Time

	// What is owed to the peer.
	ackNow    bool
	synOwed   bool // SYN, or SYN,ACK in SYN-RECEIVED
	frontOwed bool // the front of the queue, whatever the windows say
	probeOwed bool // a window probe
	keepOwed  bool // a keep-alive probe
	override  bool // the SWS override timer expired
	reset     *tcp.Segment

	// Retransmission, RTT and congestion control.
	rto, srtt, rttvar          int64 // nanoseconds
	measured                   bool
	synTimedOut                bool
	retries                    int
	retriesSince               tcp.Time
	cwnd, ssthresh             int64
	avoided                    int64 // octets acknowledged in congestion avoidance
	dupACKs                    int
	limited, limitedSent       int64 // octets allowed, and sent, by limited transmit
	recovering                 bool
	recover                    int64
	highRxt, rescueRxt         int64 // RFC 6675
	lastData                   tcp.Time
	persisting                 bool
	progress                   bool     // this segment acknowledged something
	doublings                  int      // of the interval between window probes
	persistAt                  tcp.Time // when it would have expired, while the window has just opened
	probes                     int      // window probes without an answer
	keepProbes                 int
	lastReceived               tcp.Time
	keepSince, keepDue         tcp.Time // when keep-alive was switched on; when the next probe but the first is due
	outstandingSince           tcp.Time // Never: nothing is outstanding
	challenges                 []tcp.Time
	challenged, suppressed     int
	timeWaitRestarts, finACKed int

	timers map[timer]tcp.Time // the running ones

	old *Endpoint // the TIME-WAIT record to go back to (RFC 6191)
}

// New returns a connection in CLOSED, with one reference.
func New(cfg Config) *Endpoint {
	e := &Endpoint{cfg: cfg, configuredTimeout: cfg.UserTimeout, now: math.MinInt64, refs: 1}
	e.clear()
	return e
}

// clear makes e a CLOSED connection that was never used. References and a RST that
// is owed stay.
func (e *Endpoint) clear() {
	*e = Endpoint{
		cfg: e.cfg, configuredTimeout: e.configuredTimeout, now: e.now, refs: e.refs, reset: e.reset, readClosed: e.readClosed,
		held: map[int64]bool{}, timers: map[timer]tcp.Time{},
		rto: int64(e.cfg.InitialRTO), outstandingSince: tcp.Never, lastData: tcp.Never, persistAt: tcp.Never, smss: 536,
	}
}

// clone returns a copy that shares nothing with e.
func (e *Endpoint) clone() *Endpoint {
	c := *e
	c.queue = slices.Clone(e.queue)
	c.recent = slices.Clone(e.recent)
	c.challenges = slices.Clone(e.challenges)
	c.held = map[int64]bool{}
	for k, v := range e.held {
		c.held[k] = v
	}
	c.timers = map[timer]tcp.Time{}
	for k, v := range e.timers {
		c.timers[k] = v
	}
	return &c
}

// unwrap returns the number nearest to near that is s modulo 2^32.
func unwrap(near int64, s tcp.Seq) int64 { return near + int64(int32(uint32(s)-uint32(near))) }

// wrap is what stands in a segment for the number n.
func wrap(n int64) tcp.Seq { return tcp.Seq(uint32(n)) }

// State returns the connection's state.
func (e *Endpoint) State() tcp.State { return e.state }

// Err returns why the connection ended; nil while it lives and after a normal end.
func (e *Endpoint) Err() error { return e.err }

// Readable returns how many octets were received in order and not yet consumed.
func (e *Endpoint) Readable() int { return int(e.received() - e.read) }

// received counts the octets that were received in order.
func (e *Endpoint) received() int64 {
	n := e.rcvNxt - e.irs - 1
	if e.finTaken {
		n--
	}
	return max(0, n) // before the peer's SYN there is nothing
}

// dataEnd is the sequence number after the last octet that SEND accepted; our FIN
// has this number.
func (e *Endpoint) dataEnd() int64 { return e.iss + 1 + e.written }

// Acked counts the octets of SEND that the peer has acknowledged.
func (e *Endpoint) Acked() uint64 {
	return uint64(max(0, min(e.una, e.dataEnd())-e.iss-1))
}

// finAcked is "our FIN is acknowledged": it was sent, and SND.UNA is above it.
func (e *Endpoint) finAcked() bool { return e.finSent && e.una > e.dataEnd() }

// Held returns the i-th range of octets that is held out of order, as an offset
// into the received stream.
func (e *Endpoint) Held(i int) (off uint64, n int, ok bool) {
	octets := map[int64]bool{}
	for q := range e.held {
		if !e.finKnown || q < e.finSeq { // text beyond a FIN is thrown away when it is in order
			octets[q] = true
		}
	}
	b := blocks(octets)
	if i < 0 || i >= len(b) {
		return 0, 0, false
	}
	return uint64(b[i].left - e.irs - 1), int(b[i].right - b[i].left), true
}

// blocks returns the contiguous ranges of a set, in order.
func blocks(set map[int64]bool) []block {
	var all []int64
	for n := range set {
		all = append(all, n)
	}
	slices.Sort(all)
	var out []block
	for _, n := range all {
		if k := len(out); k > 0 && out[k-1].right == n {
			out[k-1].right++
		} else {
			out = append(out, block{n, n + 1})
		}
	}
	return out
}

// UrgentMark returns the offset in the received stream after the last urgent
// octet, while the user has not consumed everything before it.
func (e *Endpoint) UrgentMark() (off uint64, ok bool) {
	off = uint64(max(0, e.rcvUrgent-e.irs-1))
	return off, off > uint64(e.read)
}

// Status is what a comparison or a test may want to see besides the outputs.
// Sequence numbers are unwrapped.
type Status struct {
	ISS, SndUna, SndNxt, IRS, RcvNxt int64
	SndWnd, RcvWnd                   int64
	RTO, SRTT, RTTVar                int64 // nanoseconds
	Cwnd, Ssthresh                   int64
	Retransmissions                  int // of the front of the queue, by the timer
	R1                               bool
	Probes, KeepaliveProbes          int // without an answer
	Challenged, Suppressed           int // throttled ACKs, sent and not sent
	TimeWaitRestarts, FINsAckedAgain int
	References                       int
	Timers                           map[string]tcp.Time
}

// Status returns a copy of the variables.
func (e *Endpoint) Status() Status {
	running := map[string]tcp.Time{}
	for t, at := range e.timers {
		running[t.String()] = at
	}
	return Status{
		ISS: e.iss, SndUna: e.una, SndNxt: e.nxt, IRS: e.irs, RcvNxt: e.rcvNxt,
		SndWnd: e.wnd, RcvWnd: e.rcvEdge - e.rcvNxt,
		RTO: e.rto, SRTT: e.srtt, RTTVar: e.rttvar,
		Cwnd: e.cwnd, Ssthresh: e.ssthresh,
		Retransmissions: e.retries, R1: e.retries >= e.cfg.R1,
		Probes: e.probes, KeepaliveProbes: e.keepProbes,
		Challenged: e.challenged, Suppressed: e.suppressed,
		TimeWaitRestarts: e.timeWaitRestarts, FINsAckedAgain: e.finACKed,
		References: e.refs, Timers: running,
	}
}
