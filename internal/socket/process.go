package socket

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// FD is a descriptor of a process.
type FD int

// Process is a program on a host, with descriptors of its own.
type Process struct {
	host  *Host
	files []*socket // by FD; nil: not open
}

// NewProcess returns a process without descriptors.
func (h *Host) NewProcess() *Process { return &Process{host: h} }

// get returns the socket of a descriptor, after letting time pass until now.
func (p *Process) get(now tcp.Time, fd FD) (*socket, error) {
	p.host.run(now)
	if fd < 0 || int(fd) >= len(p.files) || p.files[fd] == nil {
		return nil, EBADF
	}
	return p.files[fd], nil
}

// open gives a socket a descriptor: the lowest that is free.
func (p *Process) open(s *socket) FD {
	s.refs++
	for fd, file := range p.files {
		if file == nil {
			p.files[fd] = s
			return FD(fd)
		}
	}
	p.files = append(p.files, s)
	return FD(len(p.files) - 1)
}

// Dup returns a second descriptor of the same socket: dup(2).
func (p *Process) Dup(now tcp.Time, fd FD) (FD, error) { return p.Pass(now, fd, p) }

// Pass gives another process a descriptor of the same socket: SCM_RIGHTS of unix(7),
// or what is left of a fork(2) when all others are closed.
func (p *Process) Pass(now tcp.Time, fd FD, to *Process) (FD, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return -1, err
	}
	s.share()
	return to.open(s), nil
}

// share adds a reference for a descriptor that is about to be opened.
func (s *socket) share() {
	if s.kind == connection {
		s.mustOpen(s.conn.Retain())
	}
}

// Fork returns a process that shares all descriptors: fork(2).
func (p *Process) Fork() *Process {
	child := &Process{host: p.host, files: make([]*socket, len(p.files))}
	for fd, s := range p.files {
		if s != nil {
			s.share()
			s.refs++
			child.files[fd] = s
		}
	}
	return child
}

// Exit ends the process, normally or not: all its descriptors are closed, in
// their order, and none of them lingers.
func (p *Process) Exit(now tcp.Time) {
	p.host.run(now)
	defer p.host.retry()
	for fd, s := range p.files {
		if s != nil {
			p.files[fd] = nil
			p.host.release(s, true)
		}
	}
}

// Wait is a call that blocks.
type Wait struct {
	Done bool
	At   tcp.Time // when it returned, if Done
	N    int      // its result
	Err  error    // its error

	try func(now tcp.Time) (int, error)
}

// Block makes a call block: it repeats try, at once and whenever something has
// happened, until the error is not EAGAIN, EINPROGRESS or EALREADY.
func (h *Host) Block(now tcp.Time, try func(now tcp.Time) (int, error)) *Wait {
	h.run(now)
	w := &Wait{try: try}
	if !w.again(h.now) {
		h.blocked = append(h.blocked, w)
	}
	return w
}

// Cancel ends a call that blocks, with a result of its own.
func (h *Host) Cancel(now tcp.Time, w *Wait, n int, err error) {
	h.run(now)
	if !w.Done {
		h.blocked = slices.DeleteFunc(h.blocked, func(other *Wait) bool { return other == w })
		w.Done, w.At, w.N, w.Err = true, h.now, n, err
	}
}

// again tries once more, and reports whether the call has returned.
func (w *Wait) again(now tcp.Time) bool {
	n, err := w.try(now)
	if err == EAGAIN || err == EINPROGRESS || err == EALREADY {
		return false
	}
	w.Done, w.At, w.N, w.Err = true, now, n, err
	return true
}

// retry lets the calls that block try again, the oldest first, until none returns:
// one that does may let another one succeed.
func (h *Host) retry() {
	for progress := len(h.blocked) > 0; progress; {
		progress = false
		waiting := h.blocked
		h.blocked = nil
		for _, w := range waiting {
			if w.again(h.now) {
				progress = true
			} else {
				h.blocked = append(h.blocked, w)
			}
		}
	}
}
