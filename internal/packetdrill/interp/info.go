package interp

import (
	"errors"
	"strconv"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// info is what TCP_INFO says about a connection at one moment.
type info struct {
	tcp.Status
	headers int
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
	case errors.As(err, &eval):
		return &failure{eval.Pos.Line, "code", "an expression with a value", eval.Reason}
	}
	return nil
}

// info is TCP_INFO of the connection under test: of a connection between its ports, or
// else of a descriptor that had one, as that of a program whose connection has ended.
func (r *runner) info() info {
	of := func(st tcp.Status) info { return info{st, r.set.headers} }
	st, ok := r.host.Status(r.under.local, r.under.remote)
	if _, _, detached := r.host.Lookup(r.under.local, r.under.remote); ok && !detached {
		return of(st)
	}
	for _, d := range r.fds {
		if local, remote, err := r.proc.Ports(d.fd); d.fd >= 0 && err == nil && (ports{local, remote}) == r.under {
			if st, err := r.proc.Status(r.now(), d.fd); err == nil {
				return of(st)
			}
		}
	}
	if !ok && r.host.Listening(r.under.local) {
		st.State = tcp.StateListen
	}
	return of(st)
}

// compareInfo compares the members of a structure with TCP_INFO of a descriptor.
func (c *call) compareInfo(d *descriptor) error {
	st, err := c.r.proc.Status(c.r.now(), d.fd)
	if err != nil {
		return err
	}
	i := info{st, c.r.set.headers}
	e := c.s.Args[3]
	s, ok := e.(packetdrill.Struct)
	if !ok {
		return nil // "...": only that there is such a socket
	}
	for _, f := range s.Fields {
		got, known := variable(&i, f.Name)
		want, err := c.infoValue(f.Value)
		switch {
		case !known:
			return &unsupported{f.Pos.Line, f.Name}
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

// variable is a name in code: a member of TCP_INFO, or a constant.
func variable(i *info, name string) (int64, bool) {
	if f, ok := members[name]; ok {
		return f(i), true
	}
	return numbering.Constant(name)
}

// Bits of tcpi_options.
const (
	infoTimestamps = 1
	infoSACK       = 2
	infoScale      = 4
)

// members of TCP_INFO. Times are in microseconds, windows in segments where Linux
// counts them so.
var members = map[string]func(i *info) int64{
	"tcpi_state": func(i *info) int64 { return numbering.State(i.State) },
	"tcpi_options": func(i *info) int64 {
		return btoi(i.Timestamps)*infoTimestamps | btoi(i.SACK)*infoSACK | btoi(i.WindowScale)*infoScale
	},
	"tcpi_snd_cwnd":      func(i *info) int64 { return segments(i.CongestionWindow, i.MaxPayload) },
	"tcpi_snd_ssthresh":  threshold,
	"tcpi_unacked":       func(i *info) int64 { return ceil(i.SndNxt.Sub(i.SndUna), i.MaxPayload) },
	"tcpi_retransmits":   func(i *info) int64 { return int64(i.Retransmissions) },
	"tcpi_probes":        func(i *info) int64 { return int64(i.WindowProbes + i.KeepAliveProbes) },
	"tcpi_backoff":       func(i *info) int64 { return int64(i.Backoff) },
	"tcpi_rto":           func(i *info) int64 { return i.RTO.Microseconds() },
	"tcpi_rtt":           func(i *info) int64 { return i.SRTT.Microseconds() },
	"tcpi_rttvar":        func(i *info) int64 { return i.RTTVar.Microseconds() },
	"tcpi_snd_mss":       func(i *info) int64 { return int64(i.MaxPayload) },
	"tcpi_total_retrans": func(i *info) int64 { return int64(i.Counters.SYNRetransmits + i.Counters.Retransmits) },
}

// threshold is the slow-start threshold in segments; Linux has 2^31−1 for none.
func threshold(i *info) int64 {
	const none = 1<<31 - 1
	if i.SlowStartThreshold >= 1<<30 {
		return none
	}
	return segments(i.SlowStartThreshold, i.MaxPayload)
}

func segments(octets, size int) int64 { return int64(octets / max(size, 1)) }

func ceil(octets, size int) int64 {
	size = max(size, 1)
	return int64((octets + size - 1) / size)
}
