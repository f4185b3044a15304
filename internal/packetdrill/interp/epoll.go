package interp

import (
	"fmt"
	"slices"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// epoll is a set of descriptors that are watched: epoll(7).
type epoll struct {
	watched []registration
}

// registration is a descriptor of an epoll set.
type registration struct {
	interest
	data  packetdrill.Expr // of struct epoll_event, which comes back with an event; may be nil
	fresh bool             // it was added or modified since it was last looked at
	spent bool             // EPOLLONESHOT: it had its event
	wakes socket.Wakes     // when it was last looked at
}

// find returns the place of a descriptor, or −1.
func (e *epoll) find(d *descriptor) int {
	return slices.IndexFunc(e.watched, func(w registration) bool { return w.d == d })
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

// event reads {events=E, fd=N}, or ptr, u32 or u64 in place of fd.
func (c *call) event(e packetdrill.Expr) (events int64, data packetdrill.Expr, err error) {
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	bad := c.fail("arguments", "{events=E, fd=N}", packetdrill.PrintExpr(e))
	s, ok := e.(packetdrill.Struct)
	if !ok {
		return 0, nil, bad
	}
	found := false
	for _, f := range s.Fields {
		switch f.Name {
		case "events":
			found = true
			events, err = c.value(f.Value)
		case "fd", "ptr", "u32", "u64":
			data = f.Value
		default:
			return 0, nil, bad
		}
	}
	if !found {
		return 0, nil, bad
	}
	return events, data, err
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
	w := registration{interest: interest{d: target}, fresh: true}
	if operation != epollDelete {
		e, err := c.arg(3)
		if err != nil {
			return action{}, err
		}
		if w.events, w.data, err = c.event(e); err != nil {
			return action{}, err
		}
	}
	switch {
	case d.epoll == nil:
		return returns(-1, d.notEpoll()), nil
	case target.fd < 0:
		return returns(-1, socket.EBADF), nil
	}
	return returns(d.epoll.control(operation, w)), nil
}

// control changes the set.
func (e *epoll) control(operation int64, w registration) (int, error) {
	i := e.find(w.d)
	switch {
	case operation == epollAdd && i >= 0:
		return -1, socket.Errno("EEXIST")
	case operation == epollAdd:
		e.watched = append(e.watched, w)
	case i < 0:
		return -1, socket.Errno("ENOENT")
	case operation == epollModify:
		e.watched[i] = w
	case operation == epollDelete:
		e.watched = slices.Delete(e.watched, i, i+1)
	default:
		return -1, socket.EINVAL
	}
	return 0, nil
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
	var first *registration
	a.try = func(now tcp.Time) (int, error) {
		var n int
		n, first = c.harvest(now, d.epoll, int(most))
		if n == 0 && a.blocks {
			return -1, socket.EAGAIN
		}
		return n, nil
	}
	a.done = func(n int) error {
		if _, any := c.s.Args[1].(packetdrill.Ellipsis); any || n == 0 {
			return nil
		}
		return c.compareEvent(first)
	}
	return a, nil
}

// harvest takes at most so many events, and returns their number and the first.
func (c *call) harvest(now tcp.Time, e *epoll, most int) (n int, first *registration) {
	for i := range e.watched {
		w := &e.watched[i]
		if n == most || w.d.fd < 0 || w.spent { // a descriptor that was closed is not watched any more
			continue
		}
		edge := c.edge(now, w)
		if w.got = c.ready(now, &w.interest); w.got == 0 || !edge {
			continue
		}
		w.spent = w.events&epollOneShot != 0
		if n++; n == 1 {
			copied := *w
			first = &copied
		}
	}
	return n, first
}

// edge reports whether there was a reason to look at a descriptor since the last time:
// always, without EPOLLET.
func (c *call) edge(now tcp.Time, w *registration) bool {
	last, fresh := w.wakes, w.fresh
	w.wakes, _ = c.r.proc.Wakes(now, w.d.fd) // a socket that is gone has no events
	w.fresh = false
	const in, out = pollIn | pollPri | pollRdNorm, pollOut | pollWrNorm
	return fresh || w.events&epollET == 0 || w.wakes.State != last.State ||
		w.events&in != 0 && w.wakes.In != last.In || w.events&out != 0 && w.wakes.Out != last.Out
}

// compareEvent compares an event with the second argument of epoll_wait.
func (c *call) compareEvent(got *registration) error {
	e := c.s.Args[1]
	want, data, err := c.event(e)
	if err != nil {
		return err
	}
	if want != got.got {
		return &failure{e.Where().Line, "events", packetdrill.PrintExpr(e), eventNames(got.got)}
	}
	if data == nil || got.data == nil {
		return nil
	}
	registered, err := c.value(got.data)
	if err != nil {
		return err
	}
	wanted, err := c.value(data)
	if err != nil || wanted == registered {
		return err
	}
	return &failure{e.Where().Line, "data of the event", packetdrill.PrintExpr(e), fmt.Sprint(registered)}
}
