package interp

import (
	"errors"
	"strconv"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// info is what TCP_INFO says about a connection at one moment.
type info struct {
	tcp.Status
	observed
	mtu, headers int
	at           time.Duration
}

// observed is what the segments of a connection show and its variables do not.
type observed struct {
	data     bool          // payload has arrived
	lastData time.Duration // when it did last
	largest  int           // octets: of the largest payload that arrived
}

// observe looks at a segment that arrives.
func (o *observed) observe(seg *tcp.Segment, at time.Duration) {
	if seg.Len > 0 {
		o.data, o.lastData, o.largest = true, at, max(o.largest, seg.Len)
	}
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
	of := func(st tcp.Status) info { return r.infoOf(st, r.under) }
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

// infoOf adds what is known of a connection beside its variables.
func (r *runner) infoOf(st tcp.Status, p ports) info {
	return info{st, r.peer(p).observed, r.set.mtu, r.set.headers, r.at}
}

// compareInfo compares the members of a structure with TCP_INFO of a descriptor.
func (c *call) compareInfo(d *descriptor) error {
	st, err := c.r.proc.Status(c.r.now(), d.fd)
	if err != nil {
		return err
	}
	local, remote, _ := c.r.proc.Ports(d.fd)
	i := c.r.infoOf(st, ports{local, remote})
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

// Bits of tcpi_options.
const (
	infoTimestamps = 1
	infoSACK       = 2
	infoScale      = 4
)

// members of TCP_INFO. Times are in microseconds, windows in segments where Linux
// counts them so.
var members = map[string]func(i *info) (int64, bool){
	"tcpi_state":          always(func(i *info) int64 { return numbering.State(i.State) }),
	"tcpi_options":        always(options),
	"tcpi_ca_state":       always(congestionState),
	"tcpi_sacked":         always(sacked),
	"tcpi_lost":           always(func(i *info) int64 { return int64(i.Lost) }),
	"tcpi_retrans":        always(func(i *info) int64 { return int64(i.Repeated) }),
	"tcpi_snd_cwnd":       always(func(i *info) int64 { return segments(i.CongestionWindow, i.MaxPayload) }),
	"tcpi_snd_ssthresh":   always(threshold),
	"tcpi_unacked":        always(func(i *info) int64 { return ceil(i.SndNxt.Sub(i.SndUna), i.MaxPayload) }),
	"tcpi_retransmits":    always(func(i *info) int64 { return int64(i.Retransmissions) }),
	"tcpi_probes":         always(func(i *info) int64 { return int64(i.WindowProbes + i.KeepAliveProbes) }),
	"tcpi_backoff":        always(func(i *info) int64 { return int64(i.Backoff) }),
	"tcpi_rto":            always(func(i *info) int64 { return i.RTO.Microseconds() }),
	"tcpi_rtt":            always(func(i *info) int64 { return i.SRTT.Microseconds() }),
	"tcpi_rttvar":         always(func(i *info) int64 { return i.RTTVar.Microseconds() }),
	"tcpi_snd_mss":        always(func(i *info) int64 { return int64(i.MaxPayload) }),
	"tcpi_rcv_mss":        always(receiveSize),
	"tcpi_advmss":         always(func(i *info) int64 { return int64(i.mtu - i.headers) }),
	"tcpi_pmtu":           always(func(i *info) int64 { return int64(i.mtu) }),
	"tcpi_reordering":     always(func(*info) int64 { return 3 }), // it is not measured
	"tcpi_total_retrans":  always(func(i *info) int64 { return int64(i.Counters.SYNRetransmits + i.Counters.Retransmits) }),
	"tcpi_bytes_acked":    always(func(i *info) int64 { return int64(i.SndUna.Sub(i.ISS)) - btoi(i.Passive) }),
	"tcpi_bytes_received": always(func(i *info) int64 { return int64(i.RcvNxt.Sub(i.IRS)) - 1 }),
	"tcpi_segs_in":        always(func(i *info) int64 { return int64(i.Counters.SegmentsArrived) }),
	"tcpi_segs_out":       always(func(i *info) int64 { return int64(i.Counters.SegmentsSent) }),
	"tcpi_last_data_recv": func(i *info) (int64, bool) { return (i.at - i.lastData).Milliseconds(), i.data },
}

func always(f func(i *info) int64) func(i *info) (int64, bool) {
	return func(i *info) (int64, bool) { return f(i), true }
}

func options(i *info) int64 {
	return btoi(i.Timestamps)*infoTimestamps | btoi(i.SACK)*infoSACK | btoi(i.WindowScale)*infoScale
}

// sacked is what the peer holds beyond a gap; without SACK each duplicate
// acknowledgment stands for one segment.
func sacked(i *info) int64 {
	if i.SACK {
		return int64(i.Held)
	}
	return int64(i.DuplicateACKs)
}

// congestionState is TCP_CA_Loss while a timeout is not made good, TCP_CA_Recovery,
// TCP_CA_Disorder when there are signs of a loss, and else TCP_CA_Open.
func congestionState(i *info) int64 {
	const open, disorder, recovery, loss = 0, 1, 3, 4
	switch {
	case i.Retransmissions > 0 && i.State != tcp.StateSynSent && i.State != tcp.StateSynReceived:
		return loss
	case i.Recovering:
		return recovery
	case sacked(i) > 0:
		return disorder
	}
	return open
}

// receiveSize is what Linux takes for the peer's segment size: 536 at most, until a
// larger segment has come.
func receiveSize(i *info) int64 {
	const guess = 536
	most := i.mtu - i.headers
	return int64(max(min(guess, most), min(i.largest, most)))
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
