package socket

import "github.com/seed-447e5d66/tcp"

// deadline is when the connection, or the host for it, has something to do.
func (s *socket) deadline() tcp.Time {
	due := s.conn.Deadline()
	if s.opening() {
		due = min(due, s.keepInitEnd)
	}
	return due
}

// opening reports an active open whose handshake is not complete.
func (s *socket) opening() bool {
	return s.kind == connection && s.listener == nil &&
		(s.conn.State() == tcp.StateSynSent || s.conn.State() == tcp.StateSynReceived)
}

// startKeepInit begins the time that an active open may take: TCP_KEEPINIT of BSD.
func (s *socket) startKeepInit(now tcp.Time) {
	s.keepInitEnd = tcp.Never
	if s.keepInit > 0 {
		s.keepInitEnd = now + millisecond*tcp.Time(s.keepInit)
	}
}

// giveUp ends an active open that has taken too long.
func (h *Host) giveUp(s *socket) {
	s.mustOpen(s.conn.Abort(h.now))
	s.err = ETIMEDOUT
	h.settle(s)
}

// expire runs the timers of a connection. A SYN-ACK is not repeated while a listener
// with TCP_DEFER_ACCEPT waits for data, but for the last time that it might wait: the
// acknowledgment of that one completes the handshake.
func (h *Host) expire(s *socket, due tcp.Time) {
	waiting := s.deferred && s.conn.State() == tcp.StateSynReceived &&
		s.conn.Status().Retransmissions < s.listener.deferAccept-1
	s.conn.Advance(due)
	var synack tcp.Segment
	if waiting && s.conn.State() == tcp.StateSynReceived {
		s.conn.Next(&synack)
	}
	h.settle(s)
}

// mustWait reports a request whose handshake a bare acknowledgment would complete, but
// that TCP_DEFER_ACCEPT does not take for it: Linux waits for data, or a FIN, until the
// SYN-ACK would have been repeated often enough. It was before until then.
func (s *socket) mustWait(before *tcp.Conn) bool {
	_, _, held := s.conn.Held(0)
	bare := s.conn.Readable() == 0 && !held && s.conn.Ready()&tcp.ReadyEOF == 0
	return bare && before.Status().Retransmissions < s.listener.deferAccept
}

// Timeouts of a SYN-ACK in Linux: TCP_TIMEOUT_INIT and TCP_RTO_MAX.
const (
	firstTimeout   = 1
	longestTimeout = 120
)

// timeoutsIn returns the timeouts of a SYN-ACK by whose end a number of seconds is
// over: secs_to_retrans.
func timeoutsIn(sec int) (n int) {
	timeout := firstTimeout
	for period := 0; sec > period && n < 255; n++ {
		period += timeout
		timeout = min(2*timeout, longestTimeout)
	}
	return n
}

// secondsOf returns the seconds that n timeouts of a SYN-ACK take: retrans_to_secs.
func secondsOf(n int) (sec int) {
	timeout := firstTimeout
	for range n {
		sec += timeout
		timeout = min(2*timeout, longestTimeout)
	}
	return sec
}

// maxKeepInit is the largest TCP_KEEPINIT: what 32 bits of milliseconds can say.
const maxKeepInit = (1<<32 - 1) / 1000

const millisecond = 1_000_000 // of tcp.Time

// setKeepInit sets TCP_KEEPINIT, in seconds; 0 is the default.
func (s *socket) setKeepInit(h *Host, sec int) {
	if s.keepInit = 1000 * sec; sec == 0 {
		s.keepInit = h.cfg.KeepInit
	}
	if s.opening() {
		s.startKeepInit(h.now)
	}
}
