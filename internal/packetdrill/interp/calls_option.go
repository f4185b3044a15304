package interp

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// timeOptions are socket options with a time, {tv_sec=N, tv_usec=N}, which bounds how
// long calls block.
var timeOptions = []string{"SO_RCVTIMEO", "SO_SNDTIMEO"}

// plainOptions can be set, and change nothing of what a script can see: what they are
// about does not exist here.
var plainOptions = []string{"SO_REUSEPORT", "SO_PRIORITY", "IP_TTL", "IP_TOS", "IPV6_V6ONLY"}

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
	known := slices.Contains(tcp.OptionNames(), name) || slices.Contains(socket.HostOptions(), name) ||
		slices.Contains(plainOptions, name) || slices.Contains(timeOptions, name) ||
		name == "TCP_CONGESTION" || name == "TCP_NOOPT" || name == "TCP_INQ"
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
	values, err := c.optionValues(name, e)
	if err != nil {
		return action{}, err
	}
	if c.tooShort(name) {
		return atOnce(func(tcp.Time) (int, error) { return -1, socket.EINVAL }), nil
	}
	a := atOnce(noResult(func(now tcp.Time) error { return c.setOption(now, d, name, values) }))
	a.done = func(int) error {
		d.values[name] = values
		return nil
	}
	return a, nil
}

// tooShort reports whether the length, where it is a number, is less than the option's
// value has.
func (c *call) tooShort(name string) bool {
	e, err := c.arg(4)
	if err != nil {
		return false
	}
	n, err := c.value(e)
	least := int64(4)
	switch {
	case slices.Contains(timeOptions, name):
		least = 16
	case name == "SO_LINGER":
		least = 8
	case name == "TCP_CONGESTION":
		least = 1
	}
	return err == nil && n < least
}

// optionValues reads what an option is set to. The name of an algorithm has no value:
// check has compared it, it is the same.
func (c *call) optionValues(name string, e packetdrill.Expr) ([]int64, error) {
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	bad := func(want string) error { return c.fail("arguments", want, packetdrill.PrintExpr(e)) }
	_, isText := e.(packetdrill.String)
	switch {
	case name == "TCP_CONGESTION" && !isText:
		return nil, bad("the name of an algorithm")
	case name == "TCP_CONGESTION":
		return nil, nil
	case isText:
		return nil, bad("a number")
	case slices.Contains(timeOptions, name):
		s, ok := e.(packetdrill.Struct)
		if !ok || len(s.Fields) != 2 || s.Fields[0].Name != "tv_sec" || s.Fields[1].Name != "tv_usec" {
			return nil, bad("{tv_sec=N, tv_usec=N}")
		}
		sec, err := c.value(s.Fields[0].Value)
		if err != nil {
			return nil, err
		}
		usec, err := c.value(s.Fields[1].Value)
		return []int64{sec, usec}, err
	}
	if l, ok := e.(packetdrill.Linger); ok {
		return []int64{l.OnOff, l.Linger}, nil
	}
	v, err := c.value(e)
	return []int64{v}, err
}

// setOption sets an option of a socket, or of the script's descriptor.
func (c *call) setOption(now tcp.Time, d *descriptor, name string, values []int64) error {
	switch {
	case slices.Contains(timeOptions, name):
		const most = 1e6
		if values[0] < 0 || values[0] > int64(packetdrill.MaxTime/time.Second) || values[1] < 0 || values[1] >= most {
			return socket.Errno("EDOM")
		}
		fallthrough
	case slices.Contains(plainOptions, name), name == "TCP_CONGESTION", name == "TCP_NOOPT", name == "TCP_INQ":
		c.r.noOptions = c.r.noOptions || name == "TCP_NOOPT"
		_, err := c.r.proc.Wakes(now, d.fd) // only whether there is such a socket
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
		_, err := c.r.proc.Wakes(now, d.fd) // only whether there is such a socket
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
	if isAny(c.s.Args[3]) {
		return nil
	}
	values, ok := d.values[name]
	if ok = ok && !c.chosen(d, name); !ok {
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
	case "SO_KEEPALIVE", "SO_REUSEADDR", "SO_REUSEPORT", "TCP_NODELAY", "TCP_CORK", "SO_OOBINLINE", "TCP_NOOPT", "TCP_QUICKACK":
		if v != 0 {
			v = 1
		}
	case "SO_RCVLOWAT":
		if v = max(v, 1); values[0] < 0 {
			v = 1<<31 - 1
		}
	case "TCP_DEFER_ACCEPT":
		v = int64(socket.DeferAccept(int(v)))
	case "TCP_LINGER2":
		const longest = 120 // TCP_FIN_TIMEOUT_MAX
		v = max(min(v, longest), -1)
	}
	return c.compare(3, v, nil)
}

// isAny reports an expression that stands for every value.
func isAny(e packetdrill.Expr) bool {
	if l, ok := e.(packetdrill.List); ok && len(l.Elems) == 1 {
		e = l.Elems[0]
	}
	_, any := e.(packetdrill.Ellipsis)
	return any
}

// chosen reports that an option is not read as it was set: 0 stands for the default,
// and the segment size is that of the connection once there is one.
func (c *call) chosen(d *descriptor, name string) bool {
	v := d.values[name]
	switch name {
	case "TCP_LINGER2", "TCP_KEEPINIT", "TCP_NOTSENT_LOWAT":
		return len(v) == 1 && v[0] == 0
	case "TCP_MAXSEG":
		_, known := c.initial(d, name)
		return known
	}
	return false
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
	case "TCP_DEFER_ACCEPT", "TCP_INQ", "TCP_NOOPT", "TCP_NOTSENT_LOWAT":
		return 0, true
	case "SO_RCVLOWAT":
		return 1, true
	case "SO_RCVBUF", "SO_SNDBUF":
		return c.buffer(d, name)
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

// buffer is the size of a buffer that was not set, as Linux counts it: half of a
// receive buffer is window. The send buffer is known once a connection has it.
func (c *call) buffer(d *descriptor, name string) (int64, bool) {
	i, err := c.r.proc.Info(c.r.now(), d.fd)
	if err == nil && name == "SO_SNDBUF" {
		return int64(i.SendBuffer), i.State >= tcp.StateEstablished
	}
	return 2 * int64(i.ReceiveBuffer), err == nil
}

func btoi(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
