package socket

import "github.com/seed-447e5d66/tcp"

// The urgent octet of Linux: the last of the urgent octets alone, which a read leaves
// out unless SO_OOBINLINE is set (RFC 6093 §3.3, tcp(7)).

// urgentAt returns the offset in the stream of the urgent octet, while that was not
// passed by a read; come says whether it is there.
func (s *socket) urgentAt() (at uint64, come, ok bool) {
	if s.kind != connection {
		return 0, false, false
	}
	mark, ok := s.conn.UrgentMark()
	if !ok || mark == 0 {
		return 0, false, false
	}
	return mark - 1, s.consumed+uint64(s.conn.Readable()) >= mark, true
}

// readable is how many octets one read can take: up to the urgent octet, or behind it;
// skip says that it lies before them.
func (s *socket) readable() (n int, skip bool) {
	n = s.conn.Readable()
	at, come, ok := s.urgentAt()
	switch {
	case !ok:
	case at > s.consumed:
		n = min(n, int(at-s.consumed))
	case come && !s.inline:
		return n - 1, true
	}
	return n, false
}

// urgentWaits reports that the urgent octet has come, and was not read.
func (s *socket) urgentWaits() bool {
	at, come, ok := s.urgentAt()
	return ok && come && s.urgentRead != at+1
}

// ReadUrgent takes the urgent octet: recv(2) with MSG_OOB. It never blocks; peek leaves
// the octet where it is.
func (p *Process) ReadUrgent(now tcp.Time, fd FD, n int, peek bool) (int, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return -1, err
	}
	at, come, ok := s.urgentAt()
	switch {
	case s.kind == listening:
		return -1, ENOTCONN
	case s.inline, !ok, s.urgentRead == at+1:
		return -1, EINVAL
	case come && !peek:
		s.urgentRead = at + 1
		fallthrough
	case come:
		return min(max(n, 0), 1), nil
	case s.receiveShut():
		return 0, nil
	}
	return -1, EAGAIN
}
