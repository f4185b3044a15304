package socket

import (
	"errors"

	"github.com/seed-447e5d66/tcp"
)

// soError returns the error that waits to be read: SO_ERROR.
func (s *socket) soError() Errno {
	if s.err == "" && s.kind == connection && !s.errRead {
		return s.connError()
	}
	return s.err
}

// connError is the error of the connection itself: that of an ICMP message, if the
// connection ended by it, or in vain after it.
func (s *socket) connError() Errno {
	err := errnoOf(s.conn.Err())
	if s.icmp != "" && (err == EHOSTUNREACH || err == ETIMEDOUT && s.icmpAcked == s.conn.Acked()) {
		return s.icmp
	}
	return err
}

// takeError returns that error and forgets it.
func (s *socket) takeError() Errno {
	err := s.soError()
	s.err = ""
	if s.kind == connection && s.conn.Ready()&tcp.ReadyEnded != 0 {
		s.errRead = true
	}
	return err
}

// receiveShut reports that nothing more will be received.
func (s *socket) receiveShut() bool {
	return s.kind == fresh && s.shut&ShutRD != 0 ||
		s.kind == connection && s.conn.Ready()&(tcp.ReadyEnded|tcp.ReadyEOF|tcp.ReadyReadClosed) != 0
}

// sendShut reports that nothing more can be sent.
func (s *socket) sendShut() bool {
	return s.kind == fresh && s.shut&ShutWR != 0 ||
		s.kind == connection && s.conn.Ready()&(tcp.ReadyEnded|tcp.ReadyWriteClosed) != 0
}

// space is how many octets can be written.
func (s *socket) space() int {
	return s.sendBuffer - int(s.written-s.conn.Acked())
}

// room is how many octets can be written now: with TCP_NOTSENT_LOWAT no more than what
// can be sent at once, and as much behind it in whole segments.
func (s *socket) room() int {
	n := s.space()
	if s.notSentLow == 0 {
		return n
	}
	st := s.conn.Status()
	sendable := max(min(st.SendWindow, st.CongestionWindow)-st.SndNxt.Sub(st.SndUna), 0)
	low, size := s.notSentLow-s.unsent()+sendable, max(st.MaxPayload, 1)
	if low <= 0 {
		return 0
	}
	return min(n, (low+size-1)/size*size)
}

// Read takes up to n octets of what was received: read(2). It returns 0 after the
// peer's FIN.
func (p *Process) Read(now tcp.Time, fd FD, n int) (int, error) {
	s, err := p.get(now, fd)
	switch {
	case err != nil:
		return -1, err
	case s.kind == listening:
		return -1, ENOTCONN
	case s.kind == connection && s.conn.Readable() > 0:
		most, skip := s.readable()
		n = min(max(n, 0), most)
		if err := s.conn.Receive(p.host.now, n+btoi(skip)); err != nil {
			return -1, EINVAL
		}
		s.consumed += uint64(n + btoi(skip))
		p.host.settle(s)
		p.host.retry()
		if n > 0 || most > 0 {
			return n, nil
		}
		return p.Read(now, fd, n) // the urgent octet was all there was
	case s.kind == connection && s.conn.Ready()&tcp.ReadyEOF != 0:
		return 0, nil
	}
	if err := s.takeError(); err != "" {
		return -1, err
	}
	switch {
	case s.receiveShut():
		return 0, nil
	case s.kind == fresh:
		return -1, ENOTCONN
	}
	return -1, EAGAIN
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Write queues up to n octets to be sent, as many as there is room for: write(2)
// with SIGPIPE ignored.
func (p *Process) Write(now tcp.Time, fd FD, n int) (int, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return -1, err
	}
	if s.kind == listening {
		return -1, EPIPE
	}
	if err := s.takeError(); err != "" {
		return -1, err
	}
	if s.opening() { // Linux waits for the handshake before it looks at what is shut
		return -1, EAGAIN
	}
	if s.kind == fresh || s.sendShut() {
		return -1, EPIPE
	}
	room := s.room()
	switch {
	case n <= 0:
		return 0, nil
	case room <= 0:
		s.noSpace = true
		s.limits.follow(s, p.host.now)
		return -1, EAGAIN
	}
	s.noSpace = s.noSpace || n > room
	n = min(n, room)
	if err := s.conn.Send(p.host.now, n); err != nil {
		return -1, EPIPE
	}
	s.written += uint64(n)
	p.host.settle(s)
	p.host.retry()
	return n, nil
}

// How is the direction of a Shutdown.
type How uint8

const (
	ShutRD   How = 1 << iota       // SHUT_RD
	ShutWR                         // SHUT_WR
	ShutRDWR How = ShutRD | ShutWR // SHUT_RDWR
)

// Shutdown closes directions of a connection, for all its descriptors: shutdown(2).
// A listener stops listening with ShutRD; a connection that is being opened is
// given up.
func (p *Process) Shutdown(now tcp.Time, fd FD, how How) error {
	s, err := p.get(now, fd)
	if err != nil {
		return err
	}
	h := p.host
	defer h.retry()
	switch {
	case how == 0 || how > ShutRDWR:
		return EINVAL
	case s.kind == listening:
		if how&ShutRD != 0 {
			h.stopListening(s)
		}
		return nil
	case s.kind == fresh, s.conn.State() == tcp.StateClosed:
		s.shut |= how // Linux remembers it all the same
		return ENOTCONN
	case s.conn.State() == tcp.StateSynSent:
		s.mustOpen(s.conn.Abort(h.now))
		h.settle(s)
		h.disconnect(s)
		s.err = ECONNRESET
		return nil
	}
	if how&ShutRD != 0 {
		err = s.conn.CloseRead(h.now)
	}
	if how&ShutWR != 0 && err == nil {
		err = s.conn.CloseWrite(h.now)
	}
	h.settle(s)
	if err != nil && !errors.Is(err, tcp.ErrClosing) {
		return ENOTCONN
	}
	return nil
}

// Close closes a descriptor: close(2). The Wait is done at once, unless this was the
// last one of a connection that lingers (SO_LINGER), which blocks also a socket
// that does not block otherwise.
func (p *Process) Close(now tcp.Time, fd FD) (*Wait, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return nil, err
	}
	p.files[fd] = nil
	p.host.release(s, false)
	w := p.host.Block(p.host.now, func(tcp.Time) (int, error) {
		if s.conn.Ready()&tcp.ReadyLingering != 0 {
			return 0, EAGAIN
		}
		return 0, nil
	})
	p.host.retry()
	return w, nil
}

// release gives up one reference; exiting says that its process has ended.
func (h *Host) release(s *socket, exiting bool) {
	s.refs--
	switch {
	case s.kind == connection:
		var err error
		if exiting {
			err = s.conn.Exit(h.now)
		} else {
			err = s.conn.Close(h.now)
		}
		s.mustOpen(err)
		h.settle(s)
	case s.refs > 0:
	case s.kind == listening:
		h.stopListening(s)
		h.remove(s)
	default:
		h.remove(s)
	}
}

// stopListening ends a listener: connections that nobody accepted are aborted,
// requests are left to be found.
func (h *Host) stopListening(l *socket) {
	l.kind, l.closed = fresh, true
	queue := l.queue
	l.queue = nil
	for _, s := range queue {
		if s.conn.State() != tcp.StateClosed {
			s.mustOpen(s.conn.Abort(h.now))
		}
		h.settle(s)
	}
}
