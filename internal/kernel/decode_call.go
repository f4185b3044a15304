package kernel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A callRule says which fields and descriptors a call has.
type callRule struct {
	name     string
	fds      []FD
	required []string // beside call, fd and ret
	optional []string
	how      []string // what how can be; nil: an error's name or "0"
}

var (
	sockets     = []FD{FDListener, FDConn, FDConn2}
	connections = []FD{FDConn, FDDup, FDConn2}
	descriptor  = []FD{FDListener, FDConn, FDDup, FDConn2}
)

var callRules = []callRule{
	{name: "socket", fds: sockets},
	{name: "bind", fds: sockets},
	{name: "listen", fds: []FD{FDListener}, required: []string{"n"}},
	{name: "connect", fds: []FD{FDConn, FDConn2}},
	{name: "accept", fds: []FD{FDConn, FDConn2}},
	{name: "read", fds: connections, required: []string{"n"}},
	{name: "write", fds: connections, required: []string{"n"}},
	{name: "shutdown", fds: connections, required: []string{"how"}, how: []string{"RD", "WR", "RDWR"}},
	{name: "close", fds: descriptor, optional: []string{"how", "end_ms"}, how: []string{"block"}},
	{name: "setsockopt", fds: descriptor, required: []string{"opt", "vals"}},
	{name: "so_error", fds: connections, required: []string{"how"}},
	{name: "dup", fds: []FD{FDConn}},
	{name: "spawn_share", fds: []FD{FDConn}},
	{name: "kill_child", fds: []FD{FDConn}, optional: []string{"end_ms"}},
}

// CallNames returns the calls that a recording can have: system calls by their
// names, and
//
//   - so_error: getsockopt SO_ERROR, whose result is in How;
//   - spawn_share: a child process gets a copy of the descriptor;
//   - kill_child: that process is killed with SIGKILL.
func CallNames() []string {
	names := make([]string, len(callRules))
	for i := range callRules {
		names[i] = callRules[i].name
	}
	return names
}

// optionValues lists the socket options, each with its number of values.
var optionValues = []struct {
	name string
	n    int
}{
	{"SO_KEEPALIVE", 1}, {"SO_LINGER", 2}, {"SO_RCVBUF", 1},
	{"TCP_CORK", 1}, {"TCP_KEEPCNT", 1}, {"TCP_KEEPIDLE", 1}, {"TCP_KEEPINTVL", 1},
	{"TCP_LINGER2", 1}, {"TCP_NODELAY", 1}, {"TCP_QUICKACK", 1}, {"TCP_SYNCNT", 1},
	{"TCP_USER_TIMEOUT", 1},
}

// errorNames are the errors that calls on TCP sockets return (errno(3)).
var errorNames = []string{
	"EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAGAIN", "EALREADY", "EBADF",
	"ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "EINPROGRESS",
	"EINTR", "EINVAL", "EISCONN", "EMSGSIZE", "ENETUNREACH", "ENOBUFS", "ENOMEM",
	"ENOTCONN", "EOPNOTSUPP", "EPERM", "EPIPE", "EPROTO", "ETIMEDOUT",
}

func (c *Call) decoders() decoders {
	return decoders{
		"call": toString(&c.Name),
		"fd":   toString((*string)(&c.FD)),
		"n":    toInt(&c.N, 0, 1<<30),
		"how":  toString(&c.How),
		"opt":  toString(&c.Option),
		"vals": func(v value) error {
			return v.elements(func(v value) error {
				n := 0
				if err := toInt(&n, -1<<31, 1<<31-1)(v); err != nil {
					return err
				}
				if c.Values = append(c.Values, n); len(c.Values) > 8 {
					return errors.New("more than 8 values")
				}
				return nil
			})
		},
		"ret":    toInt(&c.Ret, -1, 1<<30),
		"err":    toString(&c.Err),
		"end_ms": toTime(&c.End),
	}
}

// checkCall checks a decoded call against the rule of its name. seen are the
// fields that the step has.
func (s *Step) checkCall(seen keys) error {
	c := &s.Call
	i := slices.IndexFunc(callRules, func(r callRule) bool { return r.name == c.Name })
	if i < 0 {
		return fmt.Errorf("unknown call %s, want one of %s", quote(c.Name), strings.Join(CallNames(), ", "))
	}
	rule := &callRules[i]
	if !slices.Contains(descriptor, c.FD) {
		return fmt.Errorf("%s: unknown descriptor %s, want one of %v", c.Name, quote(string(c.FD)), rule.fds)
	}
	if !slices.Contains(rule.fds, c.FD) {
		return fmt.Errorf("%s: descriptor %q is not possible, want one of %v", c.Name, c.FD, rule.fds)
	}
	for _, key := range rule.required {
		if !seen.has(key) {
			return fmt.Errorf("%s: field %q is missing", c.Name, key)
		}
	}
	for _, key := range []string{"n", "how", "opt", "vals", "end_ms"} {
		if seen.has(key) && !slices.Contains(rule.required, key) && !slices.Contains(rule.optional, key) {
			return fmt.Errorf("%s: field %q does not belong to it", c.Name, key)
		}
	}
	if !seen.has("end_ms") {
		c.End = s.At
	}
	if c.End < s.At {
		return fmt.Errorf("%s: end_ms: %s is before at_ms, %s", c.Name, ms(c.End), ms(s.At))
	}
	for _, check := range []error{c.checkHow(rule, seen.has("how")), c.checkOption(), c.checkResult(seen.has("err"))} {
		if check != nil {
			return fmt.Errorf("%s: %w", c.Name, check)
		}
	}
	return nil
}

func (c *Call) checkHow(rule *callRule, present bool) error {
	switch {
	case !present:
		return nil
	case rule.how == nil && c.How != "0" && !slices.Contains(errorNames, c.How):
		return fmt.Errorf(`how: unknown error %s, want "0" or an error's name`, quote(c.How))
	case rule.how != nil && !slices.Contains(rule.how, c.How):
		return fmt.Errorf("how: got %s, want one of %s", quote(c.How), strings.Join(rule.how, ", "))
	}
	return nil
}

func (c *Call) checkOption() error {
	if c.Name != "setsockopt" {
		return nil
	}
	var known []string
	for _, o := range optionValues {
		if o.name == c.Option {
			if len(c.Values) != o.n {
				return fmt.Errorf("%s: got %d values, want %d", o.name, len(c.Values), o.n)
			}
			return nil
		}
		known = append(known, o.name)
	}
	return fmt.Errorf("unknown socket option %s, want one of %s", quote(c.Option), strings.Join(known, ", "))
}

func (c *Call) checkResult(hasErr bool) error {
	switch {
	case hasErr && !slices.Contains(errorNames, c.Err):
		return fmt.Errorf("unknown error %s, want one of %s", quote(c.Err), strings.Join(errorNames, ", "))
	case hasErr && c.Ret != -1:
		return fmt.Errorf("ret is %d with the error %s, want -1", c.Ret, c.Err)
	case !hasErr && c.Ret == -1:
		return errors.New("ret is -1 without an error")
	case (c.Name == "read" || c.Name == "write") && c.Ret > c.N:
		return fmt.Errorf("ret is %d, more than the %d octets asked for", c.Ret, c.N)
	}
	return nil
}

// descriptors keeps account of what is open. A child's copy is kept under "child".
type descriptors map[FD]bool

const fdChild FD = "child"

// call accounts for one call; one on a descriptor that is not open, or that
// opens an open one, is an error. A failed call changes nothing.
func (d descriptors) call(c *Call) error {
	opened, used := FD(""), c.FD
	switch c.Name {
	case "socket", "accept":
		opened, used = c.FD, ""
	case "dup":
		opened = FDDup
	case "spawn_share":
		opened = fdChild
	case "kill_child":
		used = fdChild
	}
	switch {
	case used != "" && !d[used] && c.Err != "EBADF":
		return fmt.Errorf("%s: descriptor %q is not open", c.Name, used)
	case opened != "" && d[opened] && c.Err == "":
		return fmt.Errorf("%s: descriptor %q is open already", c.Name, opened)
	case c.Err != "":
		return nil
	}
	if opened != "" {
		d[opened] = true
	}
	if c.Name == "close" || c.Name == "kill_child" {
		delete(d, used)
	}
	return nil
}
