package interp

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// epoll is a set of descriptors that are watched: epoll(7), level-triggered.
type epoll struct {
	watched []interest
}

// find returns the place of a descriptor, or −1.
func (e *epoll) find(d *descriptor) int {
	return slices.IndexFunc(e.watched, func(w interest) bool { return w.d == d })
}

// notEpoll is the error for a descriptor of another kind, or one that is closed.
func (d *descriptor) notEpoll() socket.Errno {
	if d.fd < 0 {
		return socket.EBADF
	}
	return socket.EINVAL
}

func (c *call) epollCreate() (action, error) {
	a := returns(0, nil)
	a.done = func(int) error { return c.open(&descriptor{fd: -1, epoll: new(epoll), values: map[string][]int64{}}) }
	return a, nil
}

// event reads {events=E, fd=N}; other members have no meaning here.
func (c *call) event(e packetdrill.Expr) (events int64, err error) {
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	s, ok := e.(packetdrill.Struct)
	if !ok {
		return 0, c.fail("arguments", "{events=E, fd=N}", packetdrill.PrintExpr(e))
	}
	for _, f := range s.Fields {
		if f.Name == "events" {
			return c.value(f.Value)
		}
	}
	return 0, c.fail("arguments", "{events=E, fd=N}", packetdrill.PrintExpr(e))
}

// epollControl is epoll_ctl(epfd, operation, fd, {events=E, fd=N}).
func (c *call) epollControl() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	operation, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	target, err := c.descriptor(2)
	if err != nil {
		return action{}, err
	}
	var events int64
	if operation != epollDelete {
		e, err := c.arg(3)
		if err != nil {
			return action{}, err
		}
		if events, err = c.event(e); err != nil {
			return action{}, err
		}
	}
	if d.epoll == nil {
		return returns(-1, d.notEpoll()), nil
	}
	i := d.epoll.find(target)
	switch {
	case target.fd < 0:
		return returns(-1, socket.EBADF), nil
	case operation == epollAdd && i >= 0:
		return returns(-1, socket.Errno("EEXIST")), nil
	case operation == epollAdd:
		d.epoll.watched = append(d.epoll.watched, interest{d: target, events: events})
	case i < 0:
		return returns(-1, socket.Errno("ENOENT")), nil
	case operation == epollModify:
		d.epoll.watched[i].events = events
	case operation == epollDelete:
		d.epoll.watched = slices.Delete(d.epoll.watched, i, i+1)
	default:
		return returns(-1, socket.EINVAL), nil
	}
	return returns(0, nil), nil
}

// epollWait is epoll_wait(epfd, {events=E, fd=N}, n, timeout): the event is compared
// with the first that is ready.
func (c *call) epollWait() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	most, err := c.number(2)
	if err != nil {
		return action{}, err
	}
	ms, err := c.number(3)
	if err != nil {
		return action{}, err
	}
	switch {
	case d.epoll == nil:
		return returns(-1, d.notEpoll()), nil
	case most <= 0:
		return returns(-1, socket.EINVAL), nil
	}
	a := action{}
	a.timeout, a.blocks = timeout(ms)
	var first int64
	a.try = func(now tcp.Time) (int, error) {
		n := 0
		for i := range d.epoll.watched {
			w := &d.epoll.watched[i]
			if w.got = c.ready(now, w); w.d.fd < 0 || w.got == 0 || n >= int(most) {
				continue // a descriptor that was closed is not watched any more
			}
			if n == 0 {
				first = w.got
			}
			n++
		}
		if n == 0 && a.blocks {
			return -1, socket.EAGAIN
		}
		return n, nil
	}
	a.done = func(n int) error {
		if _, any := c.s.Args[1].(packetdrill.Ellipsis); any || n == 0 {
			return nil
		}
		want, err := c.event(c.s.Args[1])
		if err != nil || want == first {
			return err
		}
		return &failure{c.s.Args[1].Where().Line, "events", packetdrill.PrintExpr(c.s.Args[1]), eventNames(first)}
	}
	return a, nil
}
