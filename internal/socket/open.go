package socket

import (
	"errors"

	"github.com/seed-447e5d66/tcp"
)

// Socket returns a descriptor of a fresh socket: socket(2).
func (p *Process) Socket() FD {
	h := p.host
	s := &socket{settings: h.cfg.settings(), keepInitEnd: tcp.Never, made: h.cfg.TCP, changes: h.changes}
	s.conn.Init(&h.template)
	return p.open(s)
}

// Bind gives a socket a port: bind(2). Port 0 chooses one.
func (p *Process) Bind(now tcp.Time, fd FD, port uint16) error {
	s, err := p.get(now, fd)
	switch {
	case err != nil:
		return err
	case s.kind != fresh || s.bound:
		return EINVAL
	}
	return p.host.bind(s, port)
}

// BindOver gives a socket a port that no other socket has, whatever remains of
// connections there: what bind(2) does where all of them had SO_REUSEADDR.
func (p *Process) BindOver(now tcp.Time, fd FD, port uint16) error {
	s, err := p.get(now, fd)
	switch {
	case err != nil:
		return err
	case s.kind != fresh || s.bound || port == 0:
		return EINVAL
	}
	for _, other := range p.host.sockets {
		if other.local == port {
			return EADDRINUSE
		}
	}
	s.local, s.bound = port, true
	p.host.add(s)
	return nil
}

func (h *Host) bind(s *socket, port uint16) error {
	if port == 0 {
		for port = h.cfg.FirstPort; h.taken(s, port); port++ {
			if port == h.cfg.LastPort {
				return EADDRINUSE
			}
		}
	}
	if h.taken(s, port) {
		return EADDRINUSE
	}
	s.local, s.bound = port, true
	h.add(s)
	return nil
}

// taken reports whether a port cannot be bound: another socket has it, unless both
// have SO_REUSEADDR and it is not a listener.
func (h *Host) taken(s *socket, port uint16) bool {
	for _, other := range h.sockets {
		if other != s && other.local == port && !(s.reuse && other.reuse && other.kind != listening) {
			return true
		}
	}
	for _, w := range h.waits {
		if w.local == port && !(s.reuse && w.reuse) {
			return true
		}
	}
	return false
}

// Listen makes a socket a listener: listen(2). backlog is how many connections may
// wait for Accept, and how many requests for the end of their handshake.
func (p *Process) Listen(now tcp.Time, fd FD, backlog int) error {
	s, err := p.get(now, fd)
	switch {
	case err != nil:
		return err
	case s.kind == connection:
		return EINVAL
	}
	if !s.bound {
		if err := p.host.bind(s, 0); err != nil {
			return err
		}
	}
	if other := p.host.listener(s.local); other != nil && other != s {
		return EADDRINUSE
	}
	s.kind, s.closed, s.backlog = listening, false, min(max(backlog, 0), max(p.host.cfg.MaxBacklog, 0))
	return nil
}

// Accept takes a connection from the accept queue, whether or not it has ended
// since: accept(2).
func (p *Process) Accept(now tcp.Time, fd FD) (FD, error) {
	l, err := p.get(now, fd)
	switch {
	case err != nil:
		return -1, err
	case l.kind != listening:
		return -1, EINVAL
	case len(l.queue) == 0:
		return -1, EAGAIN
	}
	s := l.queue[0]
	l.queue = l.queue[1:]
	s.listener, s.queued = nil, false
	return p.open(s), nil
}

// Connect opens a connection to the peer's port: connect(2). The first call
// returns EINPROGRESS.
func (p *Process) Connect(now tcp.Time, fd FD, port uint16) error {
	s, err := p.get(now, fd)
	if err != nil {
		return err
	}
	h := p.host
	switch {
	case s.kind == listening:
		return EISCONN
	case s.kind == connection:
		return h.connectAgain(s)
	}
	h.waitForData(s)
	if err := h.connect(s, port); err != nil {
		return err
	}
	s.kind, s.connecting, s.written, s.err, s.errRead = connection, true, 0, "", false
	s.noSpace, s.seen, s.limits, s.icmp = false, seen{}, limits{}, ""
	s.consumed, s.urgentRead = 0, 0
	s.startKeepInit(h.now)
	for range s.refs - 1 {
		s.share()
	}
	h.add(s)
	h.settle(s)
	h.retry()
	return EINPROGRESS
}

// connectAgain is a Connect after the first: it tells what became of that.
func (h *Host) connectAgain(s *socket) error {
	switch {
	case !s.connecting:
		return EISCONN
	case s.conn.Ready()&tcp.ReadyEnded != 0:
		err := s.takeError()
		if err == "" {
			err = ECONNABORTED
		}
		h.disconnect(s)
		return err
	case s.conn.Ready()&tcp.ReadyEstablished == 0:
		return EALREADY
	}
	s.connecting = false
	return nil
}

// waitForData lets the acknowledgment of the SYN-ACK wait for data, which is what
// TCP_DEFER_ACCEPT means to Linux for an active open: as TCP_QUICKACK off does, but with
// no effect on what comes later.
func (h *Host) waitForData(s *socket) {
	if s.holdsACK = s.deferAccept > 0 && h.cfg.TCP.AckRule == tcp.AckAdaptive; s.holdsACK {
		s.mustOpen(s.conn.SetQuickAck(h.now, false))
	}
}

// hasSent follows a segment that has left.
func (h *Host) hasSent(s *socket) {
	if s.holdsACK && s.conn.Ready()&tcp.ReadyEstablished != 0 {
		s.holdsACK = false
		s.mustOpen(s.conn.SetQuickAck(h.now, true))
	}
}

// connect opens s from the port that it is bound to, or from the first one that
// works.
func (h *Host) connect(s *socket, remote uint16) error {
	h.refresh(s)
	if s.bound {
		return h.open(s, s.local, remote)
	}
	for port := h.cfg.FirstPort; ; port++ {
		if !h.boundByOther(s, port) && h.open(s, port, remote) == nil {
			return nil
		}
		if port == h.cfg.LastPort {
			return EADDRNOTAVAIL
		}
	}
}

// boundByOther reports that a program has named the port, now or for what is in
// TIME-WAIT: Linux does not choose such a port for a Connect (inet_hash_connect).
func (h *Host) boundByOther(s *socket, port uint16) bool {
	for _, other := range h.sockets {
		if other != s && other.named() && other.local == port {
			return true
		}
	}
	for _, w := range h.waits {
		if w.named && w.local == port {
			return true
		}
	}
	return false
}

// named reports that a program has chosen the local port, for s or for its listener.
func (s *socket) named() bool { return s.bound || s.inherited }

// open opens s between two ports; over an own TIME-WAIT where that is allowed.
func (h *Host) open(s *socket, local, remote uint16) error {
	if h.connection(local, remote) != nil {
		return EADDRNOTAVAIL
	}
	conn := s.conn
	var err error
	w := h.wait(local, remote)
	if w != nil {
		if err = conn.OpenFrom(h.now, w.tw, s.bound); errors.Is(err, tcp.ErrTimeWait) {
			return EADDRNOTAVAIL
		}
	} else {
		s.mustOpen(conn.SetPorts(local, remote))
		s.mustOpen(conn.SetTimestampOffset(h.cfg.TimestampOffset))
		err = conn.Open(h.now, h.cfg.ISS(h.now, local, remote))
	}
	s.mustOpen(err)
	if w != nil {
		h.dropWait(w)
	}
	s.conn, s.local, s.remote = conn, local, remote
	return nil
}

// disconnect makes a connection a fresh socket again, bound as before.
func (h *Host) disconnect(s *socket) {
	options := s.conn
	s.conn.Init(&options)
	s.kind, s.connecting, s.remote, s.errRead, s.shut = fresh, false, 0, false, 0
	if !s.bound {
		s.local = 0
		h.remove(s)
	} else {
		h.add(s)
	}
}
