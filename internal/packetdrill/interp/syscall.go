package interp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// descriptor is a descriptor of the script.
type descriptor struct {
	fd       socket.FD          // −1 once closed
	nonblock bool               // O_NONBLOCK
	values   map[string][]int64 // of socket options, as they were set
	more     bool               // the last send had MSG_MORE
	epoll    *epoll             // an epoll descriptor
}

// action is a system call whose arguments have been read.
type action struct {
	try     func(now tcp.Time) (int, error) // EAGAIN: it would block
	blocks  bool                            // it waits then
	timeout time.Duration                   // for how long at most; 0 is no limit
	late    func() (int, error)             // its result then; nil: 0
	wait    *socket.Wait                    // it was begun already
	done    func(n int) error               // what follows from success; may be nil
}

// call is a system call of the script that is being made.
type call struct {
	r        *runner
	s        *packetdrill.Syscall
	noBuffer bool             // a buffer is NULL
	inq      packetdrill.Expr // what TCP_INQ is to tell; nil: not compared
}

// pending is a call that blocks.
type pending struct {
	call    *packetdrill.Syscall
	action  action
	wait    *socket.Wait
	window  packetdrill.Window // in which it is to return
	timeout time.Duration      // when it gives up by itself, or packetdrill.Forever
}

// expire ends a call whose time is over.
func (p *pending) expire(h *socket.Host) {
	n, err := 0, error(nil)
	if p.action.late != nil {
		n, err = p.action.late()
	}
	h.Cancel(hostTime(p.timeout), p.wait, n, err)
	p.timeout = packetdrill.Forever
}

// syscall makes a call, and compares its result: at once, or when it has returned.
func (r *runner) syscall(e *packetdrill.Event, s *packetdrill.Syscall, base time.Duration) error {
	c := &call{r: r, s: s}
	if err := c.counted(); err != nil {
		return err
	}
	a, err := calls[s.Name](c)
	if err != nil {
		return err
	}
	window := packetdrill.Window{From: r.at, Until: r.at}
	if s.Blocking {
		end := s.Return(e.Time, base)
		window = r.set.tolerance.Widen(packetdrill.Window{From: end, Until: end}, base)
	}
	w := a.wait
	switch {
	case w != nil:
	case a.blocks:
		w = r.host.Block(r.now(), a.try)
	default:
		n, err := a.try(r.now())
		w = &socket.Wait{Done: true, At: hostTime(r.at), N: n, Err: err}
	}
	p := &pending{s, a, w, window, packetdrill.Forever}
	if a.timeout > 0 {
		p.timeout = r.at + a.timeout
	}
	switch {
	case w.Done:
		w.At = hostTime(r.at)
		return r.result(p)
	case !s.Blocking:
		return &failure{s.Pos.Line, "return", s.String(), "a call that blocks"}
	}
	r.pending = p
	return nil
}

// returned looks whether the call that blocks has returned, and compares its result;
// or whether it should have.
func (r *runner) returned() error {
	p := r.pending
	switch {
	case p == nil:
		return nil
	case p.wait.Done:
		r.pending = nil
		return r.forgiveCall(r.result(p))
	case r.at > p.window.Until:
		r.pending = nil
		return r.forgiveCall(p.late())
	}
	return nil
}

// forgiveCall is forgive for a call that returns while another event goes on.
func (r *runner) forgiveCall(err error) error { return r.forgive(&packetdrill.Syscall{}, err) }

func (p *pending) late() error {
	return &failure{p.call.Pos.Line, "time of return", p.call.String() + " until " + seconds(p.window.Until), "a call that still blocks"}
}

// finishPending lets time pass until the call that blocks has returned.
func (r *runner) finishPending() error {
	for r.pending != nil {
		p := r.pending
		more, err := r.step(p.window.Until)
		if err != nil {
			return err
		}
		if !more && r.pending != nil {
			r.pending = nil
			r.at = max(r.at, p.window.Until)
			return r.forgiveCall(p.late())
		}
	}
	return nil
}

// result compares what a call has returned with what the script expects.
func (r *runner) result(p *pending) error {
	line := p.call.Result.Pos.Line
	n, err := p.wait.N, p.wait.Err
	got := "= " + strconv.Itoa(n)
	var errno socket.Errno
	if err != nil {
		if !errors.As(err, &errno) {
			return err
		}
		n, got = -1, "= -1 "+string(errno)
	}
	want := p.call.Result
	value := int64(n)
	if err == nil && creates[p.call.Name] && want.Value >= 0 {
		value = want.Value // the script names the new descriptor
		got = "= " + strconv.FormatInt(value, 10)
	}
	call, _, _ := strings.Cut(p.call.String(), ") = ")
	r.draw(ladder.Event{At: drawTime(r.at), Kind: ladder.Call, Text: call + ") " + got})
	switch {
	case want.Any:
	case want.Errno != "" && (err == nil || !sameErrno(want.Errno, errno)),
		want.Errno == "" && value != want.Value && !(p.call.Name == "fcntl" && sameFlags(value, want.Value)):
		return &failure{line, "result", p.call.Name + "() = " + want.String(), p.call.Name + "() " + got}
	}
	if at := scriptTime(p.wait.At); !p.window.Contains(at) {
		return &failure{line, "time of return", p.call.String() + " at " + span(p.window), "a return at " + seconds(at)}
	}
	if err == nil && p.action.done != nil {
		return p.action.done(n)
	}
	return nil
}

// sameFlags compares the flags of a descriptor, also with the numbers of BSD.
func sameFlags(got, want int64) bool {
	const nonblockBSD = 4
	return want == got&^nonblock|nonblockBSD && got&nonblock != 0
}

// sameErrno compares the names of errors, of which one has two.
func sameErrno(want string, got socket.Errno) bool {
	if want == "EWOULDBLOCK" {
		want = "EAGAIN"
	}
	return want == string(got)
}

// fail is a failure of the call itself.
func (c *call) fail(reason, want, got string) error {
	return &failure{c.s.Pos.Line, reason, want, got}
}

// arg returns an argument.
func (c *call) arg(i int) (packetdrill.Expr, error) {
	if i >= len(c.s.Args) {
		return nil, c.fail("arguments", fmt.Sprintf("at least %d", i+1), strconv.Itoa(len(c.s.Args)))
	}
	return c.s.Args[i], nil
}

// number returns an argument that is a number.
func (c *call) number(i int) (int64, error) {
	e, err := c.arg(i)
	if err != nil {
		return 0, err
	}
	return c.value(e)
}

// optional returns an argument that is a number and may be missing.
func (c *call) optional(i int) (int64, error) {
	if i >= len(c.s.Args) {
		return 0, nil
	}
	return c.number(i)
}

// value evaluates an expression to a number.
func (c *call) value(e packetdrill.Expr) (int64, error) {
	n, unknown := evaluate(e)
	switch {
	case unknown == "":
		return n, nil
	case unknown == "...":
		return 0, nil
	}
	return 0, &unsupported{e.Where().Line, unknown}
}

// evaluate returns the value of a number, a word, or several with "|" between them;
// or what has none.
func evaluate(e packetdrill.Expr) (n int64, unknown string) {
	switch e := e.(type) {
	case packetdrill.Int:
		return e.Value, ""
	case packetdrill.Word:
		if n, ok := words[e.Name]; ok {
			return n, ""
		}
		return 0, e.Name
	case packetdrill.Or:
		for _, term := range e.Terms {
			v, unknown := evaluate(term)
			if unknown != "" {
				return 0, unknown
			}
			n |= v
		}
		return n, ""
	case packetdrill.List:
		if len(e.Elems) == 1 {
			return evaluate(e.Elems[0])
		}
	case packetdrill.Ellipsis:
		return 0, "..."
	}
	return 0, packetdrill.PrintExpr(e)
}

// descriptor returns an argument that is a descriptor. One that was never opened is a
// mistake of the script, unless the call is expected to find that out.
func (c *call) descriptor(i int) (*descriptor, error) {
	n, err := c.number(i)
	if err != nil {
		return nil, err
	}
	return c.known(n)
}

func (c *call) known(n int64) (*descriptor, error) {
	d := c.r.fds[n]
	if d == nil {
		if c.s.Result.Errno == string(socket.EBADF) {
			return &descriptor{fd: -1}, nil
		}
		return nil, c.fail("unknown descriptor", "a descriptor that was opened", strconv.FormatInt(n, 10))
	}
	return d, nil
}

// open gives a descriptor the number that the script expects.
func (c *call) open(d *descriptor) error {
	n := c.s.Result.Value
	if c.s.Result.Any {
		return nil
	}
	if old := c.r.fds[n]; old != nil && old.fd >= 0 {
		return c.fail("descriptor", "a number that is not in use", strconv.FormatInt(n, 10))
	}
	c.r.fds[n] = d
	return nil
}
