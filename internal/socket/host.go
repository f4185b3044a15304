package socket

import (
	"github.com/seed-447e5d66/tcp"
)

// Host is the TCP of one machine. It is not safe for concurrent use, and does
// nothing by itself: after every call, take from Next what it has sent, and call
// Advance when Deadline comes.
type Host struct {
	cfg      Config
	template tcp.Conn // CLOSED: the configuration of every connection
	now      tcp.Time

	sockets []*socket // those that segments can reach, and those that have a port
	waits   []*wait
	out     []output
	blocked []*Wait

	changes    int      // of the configuration of connections
	second     tcp.Time // in which challenges were counted
	challenges int
}

// wait is a connection in TIME-WAIT, or in FIN-WAIT-2 as Linux keeps it.
type wait struct {
	tw            tcp.TimeWait
	local, remote uint16
	reuse         bool // SO_REUSEADDR was set
	named         bool // a program had chosen the local port
}

// output is a segment that left, and when.
type output struct {
	at  tcp.Time
	seg tcp.Segment
}

// New returns a host without processes. The error is that of [tcp.New].
func New(cfg Config) (*Host, error) {
	cfg.fill()
	like, err := tcp.New(&cfg.TCP)
	if err != nil {
		return nil, err
	}
	h := &Host{cfg: cfg, template: *like, second: -1}
	h.template.SetTrace(cfg.Trace)
	return h, nil
}

// Now returns the time that the host has reached.
func (h *Host) Now() tcp.Time { return h.now }

// Next takes the next segment that was sent, and returns when it was.
func (h *Host) Next(seg *tcp.Segment) (at tcp.Time, ok bool) {
	if len(h.out) == 0 {
		return 0, false
	}
	at, *seg = h.out[0].at, h.out[0].seg
	h.out = h.out[1:]
	return at, true
}

// Deadline returns when Advance is needed next, or Never.
func (h *Host) Deadline() tcp.Time {
	due, _, _ := h.first()
	return due
}

// first returns the earliest deadline, and whose it is: of those at the same time
// the oldest.
func (h *Host) first() (due tcp.Time, s *socket, w *wait) {
	due = tcp.Never
	for _, each := range h.sockets {
		if d := each.deadline(); d < due {
			due, s = d, each
		}
	}
	for _, each := range h.waits {
		if d := each.tw.Deadline(); d < due {
			due, s, w = d, nil, each
		}
	}
	return due, s, w
}

// Advance lets time pass until now, or until the first deadline before it: it runs
// the timers of one connection. So
//
//	for h.Deadline() <= now {
//		h.Advance(now)
//		// what h.Next returns, and all states, are those of h.Now()
//	}
//
// sees everything at its time.
func (h *Host) Advance(now tcp.Time) {
	if now == tcp.Never {
		return
	}
	due, s, w := h.first()
	if due > now {
		h.now = max(h.now, now)
		return
	}
	h.now = max(h.now, due)
	switch {
	case w != nil:
		h.dropWait(w)
	case s.abandoned():
		h.remove(s)
	case due == s.keepInitEnd && s.opening():
		h.giveUp(s)
	default:
		h.expire(s, due)
	}
	h.retry()
}

// run lets time pass until now: the beginning of every call.
func (h *Host) run(now tcp.Time) {
	if now == tcp.Never {
		return
	}
	for h.Deadline() <= now {
		h.Advance(now)
	}
	h.now = max(h.now, now)
}

// Deliver hands a segment that arrived at now to the connection that it belongs
// to, to what remains of one, or to a listener; else it is rejected.
func (h *Host) Deliver(now tcp.Time, seg *tcp.Segment) tcp.Verdict {
	if seg == nil {
		return tcp.DroppedInvalid
	}
	if now == tcp.Never {
		return tcp.DroppedTime
	}
	h.run(now)
	defer h.retry()
	local, remote := seg.DstPort, seg.SrcPort
	s := h.connection(local, remote)
	if s != nil && s.abandoned() {
		h.remove(s)
		s = nil
	}
	if s != nil {
		return h.arrive(s, seg)
	}
	listener := h.listener(local)
	w := h.wait(local, remote)
	if w != nil {
		return h.arriveWait(w, listener, seg)
	}
	if listener != nil {
		return h.request(listener, seg, h.cfg.ISS(h.now, local, remote), nil)
	}
	return h.reject(seg)
}

// reject answers a segment for which there is no connection.
func (h *Host) reject(seg *tcp.Segment) tcp.Verdict {
	var reply tcp.Segment
	if !tcp.Reject(&h.template, seg, &reply) {
		return tcp.DroppedClosed
	}
	h.send(reply)
	return tcp.ResetClosed
}

// arrive is a segment for a connection. What the host does not allow, a challenge
// ACK above the limit or one more connection in a full accept queue, is as if the
// segment had not come.
func (h *Host) arrive(s *socket, seg *tcp.Segment) tcp.Verdict {
	before := s.conn
	v := s.conn.Arrive(h.now, seg)
	switch {
	case v.Outcome() == tcp.OutcomeChallenged && !h.allowChallenge():
		s.conn = before
		return tcp.DroppedThrottled
	case s.completed() && s.mustWait(&before):
		s.conn, s.deferred = before, true
		return tcp.DroppedClosed
	case s.completed() && !s.listener.hasRoom():
		s.conn = before
		if h.cfg.AbortOnOverflow {
			h.remove(s)
			return h.reject(seg)
		}
		return tcp.DroppedClosed
	}
	h.settle(s)
	return v
}

// arriveWait is a segment for what remains of a connection. listener is the
// listener on its port, if there is one.
func (h *Host) arriveWait(w *wait, listener *socket, seg *tcp.Segment) tcp.Verdict {
	var reply tcp.Segment
	before := w.tw
	v, send := w.tw.Arrive(h.now, seg, listener != nil, &reply)
	if v.Outcome() == tcp.OutcomeChallenged && !h.allowChallenge() {
		send = false
	}
	if send {
		h.send(reply)
	}
	if w.tw.State() == tcp.StateClosed {
		h.dropWait(w)
	}
	if v == tcp.Reopen {
		return h.request(listener, seg, before.ISS(), &before)
	}
	return v
}

// request hands a segment to a listener: to a connection of its own, which is kept
// if the segment made a connection request of it. old is the TIME-WAIT that it
// takes the place of, or nil.
func (h *Host) request(listener *socket, seg *tcp.Segment, iss tcp.Seq, old *tcp.TimeWait) tcp.Verdict {
	h.refresh(listener)
	s := &socket{
		kind: connection, listener: listener,
		local: seg.DstPort, remote: seg.SrcPort,
		reuse: listener.reuse, inherited: true, settings: listener.settings,
	}
	if old != nil && h.cfg.TCP.TimeWaitSYN == tcp.SYNRFC6191 {
		s.old = old
	}
	s.conn.Init(&listener.conn)
	s.mustOpen(s.conn.SetPorts(s.local, s.remote))
	s.mustOpen(s.conn.SetTimestampOffset(h.cfg.TimestampOffset))
	s.mustOpen(s.conn.Listen(h.now, iss))
	v := s.conn.Arrive(h.now, seg)
	if s.conn.State() != tcp.StateListen {
		// With a backlog of 0 Linux still answers one request, by a SYN cookie.
		if h.requests(listener) >= max(listener.backlog, 1) || !listener.hasRoom() {
			return tcp.DroppedClosed
		}
		h.sockets = append(h.sockets, s)
	}
	h.settle(s)
	return v
}

// requests counts the connection requests of a listener: the SYN queue.
func (h *Host) requests(listener *socket) (n int) {
	for _, s := range h.sockets {
		if s.listener == listener && !s.queued {
			n++
		}
	}
	return n
}

// settle takes what a connection sends, and puts it where it belongs afterwards:
// into the accept queue, among those in TIME-WAIT, or nowhere.
func (h *Host) settle(s *socket) {
	var seg tcp.Segment
	for s.conn.Next(&seg) {
		h.send(seg)
		h.hasSent(s)
	}
	if s.completed() {
		s.queued = true
		s.old = nil
		s.listener.queue = append(s.listener.queue, s)
		s.listener.wakes.In++
	}
	s.watch()
	s.limits.follow(s, h.now)
	if tw, ok := s.conn.Detach(h.now); ok {
		h.remove(s)
		if allows(h.cfg.MaxTimeWait, len(h.waits)) {
			h.waits = append(h.waits, &wait{tw, s.local, s.remote, s.reuse, s.named()})
		}
		return
	}
	switch s.conn.State() {
	case tcp.StateListen:
		h.remove(s)
	case tcp.StateClosed:
		if s.kind == connection {
			h.remove(s)
		}
	default:
		return
	}
	if s.old != nil && h.now < s.old.Deadline() { // RFC 9293 §3.6.1: back to the TIME-WAIT
		h.waits = append(h.waits, &wait{*s.old, s.local, s.remote, s.reuse, s.named()})
		s.old = nil
	}
}

func (h *Host) send(seg tcp.Segment) { h.out = append(h.out, output{h.now, seg}) }

// allowChallenge counts one more challenge ACK in this second.
func (h *Host) allowChallenge() bool {
	if second := h.now / 1e9; second != h.second {
		h.second, h.challenges = second, 0
	}
	if !allows(h.cfg.ChallengeLimit, h.challenges) {
		return false
	}
	h.challenges++
	return true
}
