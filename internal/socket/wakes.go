package socket

import "github.com/seed-447e5d66/tcp"

// Wakes count the moments at which Linux wakes those who wait for a socket: what
// makes an edge for epoll(7).
type Wakes struct {
	In    uint64 // octets, or a connection to be accepted, have come
	Out   uint64 // there is space again, after there was too little
	State uint64 // it was established, closed in a direction, or has ended
}

// seen is what watch has looked at before.
type seen struct {
	readable int
	ready    tcp.Ready
}

// watch counts what has happened since the last time.
func (s *socket) watch() {
	if s.kind != connection {
		return
	}
	if n := s.conn.Readable(); n != s.seen.readable {
		if n > s.seen.readable && n >= s.lowWater() {
			s.wakes.In++
		}
		s.seen.readable = n
	}
	const states = tcp.ReadyEstablished | tcp.ReadyEOF | tcp.ReadyEnded | tcp.ReadyReadClosed | tcp.ReadyWriteClosed
	if ready := s.conn.Ready() & states; ready != s.seen.ready {
		s.seen.ready = ready
		s.wakes.State++
	}
	if s.noSpace && s.hasSpace() {
		s.noSpace = false
		s.wakes.Out++
	}
}

// lowWater is how many octets make a socket readable.
func (s *socket) lowWater() int { return max(s.receiveLow, 1) }

// hasSpace reports whether a program that waits for space is woken: a third of what is
// used for the queue must be free, and less than half of what may be unsent unsent.
func (s *socket) hasSpace() bool {
	return s.space() >= int(s.written-s.conn.Acked())/2 && (s.notSentLow == 0 || 2*s.unsent() < s.notSentLow)
}

// unsent is how many octets were written and never sent.
func (s *socket) unsent() int {
	st := s.conn.Status()
	return max(st.SndEnd.Sub(st.SndNxt), 0)
}

// Wakes returns how often those who wait for a socket were woken.
func (p *Process) Wakes(now tcp.Time, fd FD) (Wakes, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return Wakes{}, err
	}
	return s.wakes, nil
}
