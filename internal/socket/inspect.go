package socket

import (
	"github.com/seed-447e5d66/tcp"
)

// Ports returns the ports of a descriptor's socket; 0 is none.
func (p *Process) Ports(fd FD) (local, remote uint16, err error) {
	if fd < 0 || int(fd) >= len(p.files) || p.files[fd] == nil {
		return 0, 0, EBADF
	}
	s := p.files[fd]
	return s.local, s.remote, nil
}

// Listening reports whether there is a listener on a port.
func (h *Host) Listening(local uint16) bool { return h.listener(local) != nil }

// Status returns the variables of the connection between two ports. What remains of
// one in TIME-WAIT has only a state.
func (h *Host) Status(local, remote uint16) (tcp.Status, bool) {
	if s := h.connection(local, remote); s != nil {
		return s.conn.Status(), true
	}
	if w := h.wait(local, remote); w != nil {
		return tcp.Status{State: w.tw.State()}, true
	}
	return tcp.Status{}, false
}

// Count returns how many sockets are in a state: those of p that have descriptors,
// connections without one, and what remains of connections in TIME-WAIT.
func (p *Process) Count(now tcp.Time, state tcp.State) (n int) {
	p.host.run(now)
	seen := make(map[*socket]bool)
	count := func(s *socket) {
		if s != nil && !seen[s] && s.state() == state {
			n++
		}
		seen[s] = true
	}
	for _, s := range p.files {
		count(s)
	}
	for _, s := range p.host.sockets {
		count(s)
	}
	for _, w := range p.host.waits {
		if w.tw.State() == state {
			n++
		}
	}
	return n
}

// state is that of a socket as netstat(8) lists it.
func (s *socket) state() tcp.State {
	if s.kind == listening {
		return tcp.StateListen
	}
	return s.conn.State()
}

// NextISS returns the initial sequence number of a connection that is opened over what
// remains of the one between two ports.
func (h *Host) NextISS(local, remote uint16) (tcp.Seq, bool) {
	if w := h.wait(local, remote); w != nil {
		return w.tw.ISS(), true
	}
	return 0, false
}

// Abort aborts the connection between two ports, if there is one.
func (h *Host) Abort(now tcp.Time, local, remote uint16) {
	h.run(now)
	if s := h.connection(local, remote); s != nil && s.conn.State() != tcp.StateClosed {
		s.mustOpen(s.conn.Abort(h.now))
		h.settle(s)
		h.retry()
	}
}

// Drop aborts the connections in a state, or all: tcpdrop(8). What remains of one in
// TIME-WAIT is forgotten without a word.
func (h *Host) Drop(now tcp.Time, state tcp.State, all bool) {
	h.run(now)
	defer h.retry()
	for _, s := range append([]*socket(nil), h.sockets...) {
		if s.kind == connection && (all || s.conn.State() == state) && s.conn.State() != tcp.StateClosed {
			s.mustOpen(s.conn.Abort(h.now))
			h.settle(s)
		}
	}
	for _, w := range append([]*wait(nil), h.waits...) {
		if all || w.tw.State() == state {
			h.dropWait(w)
		}
	}
}
