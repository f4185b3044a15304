package interp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// hostOptions are socket options beside those of tcp.Conn.SetOption.
var hostOptions = []string{"SO_REUSEADDR", "SO_SNDBUF"}

// plainOptions can be set, and change nothing of what a script can see: what they are
// about does not exist here.
var plainOptions = []string{"SO_REUSEPORT", "SO_PRIORITY", "SO_OOBINLINE", "IP_TTL", "IP_TOS", "IPV6_V6ONLY"}

// readOptions can only be read.
var readOptions = []string{"SO_ERROR", "TCP_INFO", "SO_TYPE", "SO_ACCEPTCONN"}

// algorithm is the only congestion control.
const algorithm = "reno"

// optionName returns the name of a socket option, its third argument.
func optionName(s *packetdrill.Syscall) string {
	if len(s.Args) > 2 {
		if w, ok := s.Args[2].(packetdrill.Word); ok {
			return w.Name
		}
		return packetdrill.PrintExpr(s.Args[2])
	}
	return "without a name"
}

// checkArguments refuses socket options that are not known.
func checkArguments(s *packetdrill.Syscall) error {
	if s.Name != "setsockopt" && s.Name != "getsockopt" {
		return nil
	}
	name := optionName(s)
	if len(s.Args) > 1 {
		if _, unknown := evaluate(s.Args[1]); unknown != "" {
			return &unsupported{s.Pos.Line, s.Name + " of level " + unknown}
		}
	}
	known := slices.Contains(tcp.OptionNames(), name) || slices.Contains(hostOptions, name) ||
		slices.Contains(plainOptions, name) || name == "TCP_CONGESTION"
	if s.Name == "getsockopt" {
		known = known || slices.Contains(readOptions, name)
	}
	if name == "TCP_CONGESTION" && len(s.Args) > 3 && !sameAlgorithm(s.Args[3]) {
		return &unsupported{s.Pos.Line, s.Name + " " + name + " " + packetdrill.PrintExpr(s.Args[3])}
	}
	if !known {
		return &unsupported{s.Pos.Line, s.Name + " " + name}
	}
	return nil
}

// sameAlgorithm reports whether an expression is the name of the congestion control,
// or not a name at all.
func sameAlgorithm(e packetdrill.Expr) bool {
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	s, ok := e.(packetdrill.String)
	return !ok || strings.TrimRight(s.Value, "\x00") == algorithm || s.Value == "newreno"
}

func (c *call) setsockopt() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	e, err := c.arg(3)
	if err != nil {
		return action{}, err
	}
	name := optionName(c.s)
	var values []int64
	switch e := e.(type) {
	case packetdrill.Linger:
		values = []int64{e.OnOff, e.Linger}
	case packetdrill.String:
		if name != "TCP_CONGESTION" {
			return action{}, c.fail("arguments", "a number", packetdrill.PrintExpr(e))
		}
		return returns(0, nil), nil // check has compared it: it is the same
	default:
		v, err := c.value(e)
		if err != nil {
			return action{}, err
		}
		values = []int64{v}
	}
	if name == "TCP_CONGESTION" {
		return action{}, c.fail("arguments", "the name of an algorithm", packetdrill.PrintExpr(e))
	}
	a := atOnce(noResult(func(now tcp.Time) error {
		if slices.Contains(plainOptions, name) {
			_, err := c.r.proc.Poll(now, d.fd) // only whether there is such a socket
			return err
		}
		ints := make([]int, len(values))
		for i, v := range values {
			ints[i] = int(v)
		}
		if name == "TCP_CORK" && d.more {
			d.more = false
		}
		return c.r.proc.SetSockOpt(now, d.fd, name, ints...)
	}))
	a.done = func(int) error {
		d.values[name] = values
		return nil
	}
	return a, nil
}

func (c *call) getsockopt() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	if _, err := c.arg(3); err != nil {
		return action{}, err
	}
	name := optionName(c.s)
	var got int64
	var errno socket.Errno
	a := atOnce(noResult(func(now tcp.Time) error {
		if name == "SO_ERROR" {
			errno, err = c.r.proc.SoError(now, d.fd)
			got = errnos[string(errno)]
			return err
		}
		_, err := c.r.proc.Poll(now, d.fd)
		return err
	}))
	a.done = func(int) error {
		switch name {
		case "SO_ERROR":
			return c.compareError(got, errno)
		case "TCP_INFO":
			return c.compareInfo(d)
		case "TCP_CONGESTION":
			return nil // check has compared it
		}
		return c.compareOption(d, name)
	}
	return a, nil
}

// compare compares the number that a call has stored with argument i, [V] or V; show
// prints the number, if not nil.
func (c *call) compare(i int, got int64, show func(int64) string) error {
	e, err := c.arg(i)
	if err != nil {
		return err
	}
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	if _, any := e.(packetdrill.Ellipsis); any {
		return nil
	}
	want, err := c.value(e)
	if err != nil {
		return err
	}
	if want == got {
		return nil
	}
	text := strconv.FormatInt(got, 10)
	if show != nil {
		text = show(got)
	}
	return &failure{e.Where().Line, "value of " + c.s.Name, packetdrill.PrintExpr(e), text}
}

// compareError compares SO_ERROR: a number, or the name of an error.
func (c *call) compareError(got int64, errno socket.Errno) error {
	e := c.s.Args[3]
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	text := func(n int64) string { return strings.TrimSpace(strconv.FormatInt(n, 10) + " " + string(errno)) }
	if w, ok := e.(packetdrill.Word); ok {
		if _, known := errnos[w.Name]; !known {
			return &unsupported{w.Pos.Line, w.Name}
		}
		if sameErrno(w.Name, errno) {
			return nil
		}
		return &failure{w.Pos.Line, "SO_ERROR", w.Name, text(got)}
	}
	return c.compare(3, got, text)
}

// compareOption compares an option that can be set: what was set, or what it is at
// first.
func (c *call) compareOption(d *descriptor, name string) error {
	values, ok := d.values[name]
	if !ok {
		v, known := c.initial(d, name)
		if !known {
			return &unsupported{c.s.Pos.Line, "getsockopt " + name + " before it was set"}
		}
		values = []int64{v}
	}
	if l, ok := c.s.Args[3].(packetdrill.Linger); ok {
		if len(values) == 1 {
			values = []int64{0, 0}
		}
		if (values[0] != 0) != (l.OnOff != 0) || values[1] != l.Linger {
			got := packetdrill.Linger{OnOff: values[0], Linger: values[1]}
			return &failure{l.Pos.Line, "value of getsockopt", packetdrill.PrintExpr(l), packetdrill.PrintExpr(got)}
		}
		return nil
	}
	v := values[len(values)-1]
	switch name {
	case "SO_RCVBUF", "SO_SNDBUF":
		if ok {
			v *= 2 // Linux doubles it, for its own use
		}
	case "SO_KEEPALIVE", "SO_REUSEADDR", "SO_REUSEPORT", "TCP_NODELAY", "TCP_CORK", "SO_OOBINLINE":
		if v != 0 {
			v = 1
		}
	}
	return c.compare(3, v, nil)
}

// initial is the value of an option that was not set.
func (c *call) initial(d *descriptor, name string) (int64, bool) {
	or := func(v, usual int64) int64 {
		if v == 0 {
			return usual
		}
		return v
	}
	config := &c.r.config.TCP
	switch name {
	case "SO_KEEPALIVE":
		return btoi(config.KeepAlive), true
	case "TCP_NODELAY":
		return btoi(config.NoDelay), true
	case "TCP_CORK", "SO_REUSEADDR", "SO_REUSEPORT", "SO_LINGER", "SO_OOBINLINE", "SO_PRIORITY", "IP_TOS":
		return 0, true
	case "TCP_KEEPIDLE":
		return or(int64(config.KeepAliveIdle/1e9), 7200), true
	case "TCP_KEEPINTVL":
		return or(int64(config.KeepAliveInterval/1e9), 75), true
	case "TCP_KEEPCNT":
		return or(int64(config.KeepAliveCount), 9), true
	case "TCP_SYNCNT":
		return or(int64(config.SYNRetries), 7), true
	case "TCP_LINGER2":
		return or(int64(config.FinWait2Timeout/1e9), 60), true
	case "TCP_USER_TIMEOUT":
		return int64(config.UserTimeout / 1e6), true
	case "SO_TYPE":
		return words["SOCK_STREAM"], true
	case "SO_ACCEPTCONN":
		local, remote, _ := c.r.proc.Ports(d.fd)
		return btoi(remote == 0 && c.r.host.Listening(local)), true
	case "TCP_MAXSEG":
		st, err := c.r.proc.Status(c.r.now(), d.fd)
		return int64(st.MaxPayload), err == nil && st.State >= tcp.StateEstablished
	}
	return 0, false
}

func btoi(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
