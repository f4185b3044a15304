package socket

import (
	"github.com/seed-447e5d66/tcp"
)

// Peek is Read that leaves the octets where they are: recv(2) with MSG_PEEK.
func (p *Process) Peek(now tcp.Time, fd FD, n int) (int, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return -1, err
	}
	if s.kind == connection && s.conn.Readable() > 0 {
		if most, _ := s.readable(); most > 0 {
			return min(max(n, 0), most), nil
		}
	}
	return p.Read(now, fd, n)
}

// WriteUrgent is Write whose last octet is urgent: send(2) with MSG_OOB.
func (p *Process) WriteUrgent(now tcp.Time, fd FD, n int) (int, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return -1, err
	}
	if s.kind != connection || s.sendShut() || s.soError() != "" ||
		s.conn.Ready()&tcp.ReadyEstablished == 0 || s.space() < n || n <= 0 {
		return p.Write(now, fd, n)
	}
	if err := s.conn.SendUrgent(p.host.now, n); err != nil {
		return -1, EPIPE
	}
	s.written += uint64(n)
	p.host.settle(s)
	p.host.retry()
	return n, nil
}

// Unread returns how many octets can be read: ioctl(2) with FIONREAD, or SIOCINQ.
func (p *Process) Unread(now tcp.Time, fd FD) (int, error) {
	s, err := p.get(now, fd)
	switch {
	case err != nil:
		return -1, err
	case s.kind == listening:
		return -1, EINVAL
	}
	if at, come, ok := s.urgentAt(); ok && come && !s.inline {
		return int(at - s.consumed), nil
	}
	return s.conn.Readable(), nil
}

// Unsent returns how many octets were written and never sent, a FIN not counted:
// ioctl(2) with SIOCOUTQNSD.
func (p *Process) Unsent(now tcp.Time, fd FD) (int, error) {
	n, err := p.Unacknowledged(now, fd)
	if err != nil || n == 0 {
		return n, err
	}
	return p.files[fd].unsent(), nil
}

// Unacknowledged returns how many octets were written and are not acknowledged, the
// FIN among them: ioctl(2) with SIOCOUTQ, or TIOCOUTQ. Before the handshake is
// complete there are none.
func (p *Process) Unacknowledged(now tcp.Time, fd FD) (int, error) {
	s, err := p.get(now, fd)
	switch {
	case err != nil:
		return -1, err
	case s.kind == listening:
		return -1, EINVAL
	case s.kind == fresh, s.conn.Ready()&tcp.ReadyEstablished == 0, s.conn.Ready()&tcp.ReadyEnded != 0:
		return 0, nil
	}
	n := int(s.written - s.conn.Acked())
	if st := s.conn.Status(); st.SndEnd.Less(st.SndNxt) && st.SndUna.LessEq(st.SndEnd) {
		n++ // the FIN
	}
	return n, nil
}
