package interp

import (
	"strconv"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// interest is a descriptor and the events asked for.
type interest struct {
	d       *descriptor
	events  int64
	revents packetdrill.Expr // expected; nil: not compared
	got     int64
}

// poll is poll([{fd=N, events=E, revents=E}, …], n, timeout).
func (c *call) poll() (action, error) {
	e, err := c.arg(0)
	if err != nil {
		return action{}, err
	}
	list, ok := e.(packetdrill.List)
	if !ok {
		return action{}, c.fail("arguments", "a list of {fd=N, events=E, revents=E}", packetdrill.PrintExpr(e))
	}
	said, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	if err := c.sameCount(said, list); err != nil {
		return action{}, err
	}
	ms, err := c.number(2)
	if err != nil {
		return action{}, err
	}
	watched := make([]interest, len(list.Elems))
	for i, e := range list.Elems {
		if watched[i], err = c.interest(e); err != nil {
			return action{}, err
		}
	}
	a := action{}
	a.timeout, a.blocks = timeout(ms)
	a.try = func(now tcp.Time) (int, error) {
		n := 0
		for i := range watched {
			watched[i].got = c.ready(now, &watched[i])
			if watched[i].got != 0 {
				n++
			}
		}
		if n == 0 && a.blocks {
			return -1, socket.EAGAIN
		}
		return n, nil
	}
	a.done = func(int) error {
		for i := range watched {
			if err := c.compareEvents(&watched[i]); err != nil {
				return err
			}
		}
		return nil
	}
	return a, nil
}

func (c *call) interest(e packetdrill.Expr) (interest, error) {
	p, ok := e.(packetdrill.PollFD)
	if !ok {
		return interest{}, c.fail("arguments", "{fd=N, events=E, revents=E}", packetdrill.PrintExpr(e))
	}
	n, err := c.value(p.FD)
	if err != nil {
		return interest{}, err
	}
	d, err := c.known(n)
	if err != nil {
		return interest{}, err
	}
	events, err := c.value(p.Events)
	return interest{d: d, events: events, revents: p.Revents}, err
}

// pollBits are the bits of poll by those of the socket layer.
var pollBits = map[socket.Events]int64{
	socket.PollIn: pollIn, socket.PollOut: pollOut, socket.PollRdHup: pollRdHup,
	socket.PollErr: pollErr, socket.PollHup: pollHup, socket.PollPri: pollPri,
}

// ready returns the events of a descriptor that are asked for, or that always count.
func (c *call) ready(now tcp.Time, w *interest) (bits int64) {
	if w.d.fd < 0 {
		return pollNval
	}
	events, err := c.r.proc.Poll(now, w.d.fd)
	if err != nil {
		return pollNval
	}
	for bit, value := range pollBits {
		if events&bit != 0 {
			bits |= value
		}
	}
	if bits&pollIn != 0 {
		bits |= pollRdNorm
	}
	if bits&pollOut != 0 {
		bits |= pollWrNorm
	}
	return bits & (w.events | pollErr | pollHup)
}

func (c *call) compareEvents(w *interest) error {
	if w.revents == nil {
		return nil
	}
	if _, any := w.revents.(packetdrill.Ellipsis); any {
		return nil
	}
	want, err := c.value(w.revents)
	if err != nil || want == w.got {
		return err
	}
	return &failure{w.revents.Where().Line, "revents", packetdrill.PrintExpr(w.revents), eventNames(w.got)}
}

// eventNames prints bits of poll.
func eventNames(bits int64) string {
	text := ""
	for _, name := range []string{"POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL", "POLLRDNORM", "POLLWRNORM", "POLLRDHUP"} {
		if bits&words[name] != 0 {
			text += "|" + name
		}
	}
	if text == "" {
		return strconv.FormatInt(bits, 10)
	}
	return text[1:]
}
