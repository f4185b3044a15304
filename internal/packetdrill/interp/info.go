package interp

import (
	"errors"
	"strconv"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// info is what TCP_INFO says about a connection at one moment.
type info struct {
	socket.Info
	observed
	mtu, headers int
	at           time.Duration
}

// numbering is that of Linux, for every profile: scripts name the states.
const numbering = packetdrill.LinuxNumbering

// code runs a %{ }%, with the connection as it is now.
func (r *runner) code(c *packetdrill.Code) error {
	p, err := packetdrill.ParseCode(r.script.File, c)
	if err != nil {
		return &unsupported{c.Pos.Line, err.Error()}
	}
	i := r.info()
	err = p.Run(func(name string) (int64, bool) { return variable(&i, name) })
	var failed *packetdrill.AssertionError
	var eval *packetdrill.EvalError
	switch {
	case errors.As(err, &failed):
		got := failed.Values
		if failed.Message != "" {
			got += ": " + failed.Message
		}
		return &failure{failed.Pos.Line, "assertion", failed.Text, got}
	case errors.As(err, &eval) && eval.Name != "":
		return &unsupported{eval.Pos.Line, eval.Name + " before there is one"}
	case errors.As(err, &eval):
		return &failure{eval.Pos.Line, "code", "an expression with a value", eval.Reason}
	}
	return nil
}

// info is TCP_INFO of the connection under test: of a connection between its ports, or
// else of a descriptor that had one, as that of a program whose connection has ended.
func (r *runner) info() info {
	i, ok := r.host.Info(r.under.local, r.under.remote)
	if _, _, detached := r.host.Lookup(r.under.local, r.under.remote); ok && !detached {
		return r.infoOf(i, r.under)
	}
	for _, d := range r.fds {
		if local, remote, err := r.proc.Ports(d.fd); d.fd >= 0 && err == nil && (ports{local, remote}) == r.under {
			if i, err := r.proc.Info(r.now(), d.fd); err == nil {
				return r.infoOf(i, r.under)
			}
		}
	}
	if !ok && r.host.Listening(r.under.local) {
		i.State = tcp.StateListen
	}
	return r.infoOf(i, r.under)
}

// infoOf adds what is known of a connection beside its variables.
func (r *runner) infoOf(i socket.Info, p ports) info {
	return info{i, r.peer(p).observed, r.set.mtu, r.set.headers, r.at}
}

// compareInfo compares the members of a structure with TCP_INFO of a descriptor.
func (c *call) compareInfo(d *descriptor) error {
	of, err := c.r.proc.Info(c.r.now(), d.fd)
	if err != nil {
		return err
	}
	local, remote, _ := c.r.proc.Ports(d.fd)
	i := c.r.infoOf(of, ports{local, remote})
	e := c.s.Args[3]
	s, ok := e.(packetdrill.Struct)
	if !ok {
		return nil // "...": only that there is such a socket
	}
	for _, f := range s.Fields {
		got, ok := variable(&i, f.Name)
		want, err := c.infoValue(f.Value)
		switch {
		case !ok:
			return &unsupported{f.Pos.Line, f.Name}
		case isAny(f.Value):
		case err != nil:
			return err
		case want != got:
			return &failure{f.Pos.Line, f.Name, packetdrill.PrintExpr(f.Value), strconv.FormatInt(got, 10)}
		}
	}
	return nil
}

func (c *call) infoValue(e packetdrill.Expr) (int64, error) {
	if w, ok := e.(packetdrill.Word); ok {
		if v, ok := numbering.Constant(w.Name); ok {
			return v, nil
		}
	}
	return c.value(e)
}

// known reports whether a name can be read at all.
func known(name string) bool {
	if _, ok := members[name]; ok {
		return true
	}
	_, ok := numbering.Constant(name)
	return ok
}

// variable is a name in code: a member of TCP_INFO, or a constant. Some members are
// not known at every moment.
func variable(i *info, name string) (int64, bool) {
	if f, ok := members[name]; ok {
		return f(i)
	}
	return numbering.Constant(name)
}
