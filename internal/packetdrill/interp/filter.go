package interp

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// hostConfig is what sysctls change.
type hostConfig struct {
	socket.Config
	filter
}

// filter is what BSD systems do with segments before TCP has them, or after it.
type filter struct {
	blackhole   int  // net.inet.tcp.blackhole: 1 answers no SYN to a closed port, 2 nothing
	dropSYNFIN  bool // net.inet.tcp.drop_synfin
	dropOptions bool // net.inet.tcp.rexmit_drop_options: from the third repetition of a SYN
	insecureRST bool // net.inet.tcp.insecure_rst: an RST anywhere in the window resets
	insecureSYN bool // net.inet.tcp.insecure_syn: so does a SYN, and it is answered
}

// drops reports whether a segment that arrives is not even looked at.
func (r *runner) drops(to ports, seg *tcp.Segment) bool {
	f := &r.config.filter
	if f.dropSYNFIN && seg.Flags.Has(tcp.SYN|tcp.FIN) {
		return true
	}
	if f.blackhole == 0 || f.blackhole == 1 && !seg.Flags.Has(tcp.SYN) {
		return false
	}
	state, _, _ := r.host.Lookup(to.local, to.remote)
	return state == tcp.StateClosed && !r.host.Listening(to.local)
}

// onlySize leaves nothing of the options of a SYN but the segment size.
func onlySize(seg *tcp.Segment) {
	seg.Options = tcp.Options{Present: seg.Options.Present & tcp.OptMSS, MSS: seg.Options.MSS}
}

// insecure is what BSD systems do, if they are told to, with an RST or SYN inside the
// window: as RFC 793 had it, before RFC 5961. An RST gets the sequence number at which
// it counts; done says that there is nothing left to be delivered.
func (r *runner) insecure(to ports, seg *tcp.Segment) (done bool) {
	f := &r.config.filter
	rst, syn := f.insecureRST && seg.Flags.Has(tcp.RST), f.insecureSYN && seg.Flags&(tcp.RST|tcp.SYN) == tcp.SYN
	st, ok := r.host.Status(to.local, to.remote)
	_, _, detached := r.host.Lookup(to.local, to.remote)
	inside := !seg.Seq.Less(st.RcvNxt) && seg.Seq.Less(st.RcvEdge)
	if !rst && !syn || !ok || detached || st.State < tcp.StateEstablished || !inside {
		return false
	}
	if syn {
		r.host.Abort(r.now(), to.local, to.remote)
	}
	seg.Seq = st.RcvNxt
	return syn
}

// filterIn takes from a SYN that arrives what its connection does not look at.
func (r *runner) filterIn(to ports, seg *tcp.Segment) {
	if seg.Flags.Has(tcp.SYN) && (r.withoutOptions(to) || r.peer(to).dropped) {
		onlySize(seg)
	}
}

// filterOut takes from a segment that leaves what its connection does not send.
func (r *runner) filterOut(seg *tcp.Segment) {
	from := ports{seg.SrcPort, seg.DstPort}
	if seg.Flags.Has(tcp.SYN) && r.config.dropOptions {
		const last = 2 // the repetitions of a SYN that have all options
		st, _ := r.host.Status(from.local, from.remote)
		p := r.peer(from)
		p.dropped = p.dropped || st.State == tcp.StateSynSent && st.Retransmissions > last
	}
	switch {
	case r.withoutOptions(from):
		seg.Options = tcp.Options{}
	case seg.Flags.Has(tcp.SYN) && r.peer(from).dropped:
		onlySize(seg)
	}
}

// withoutOptions reports whether TCP_NOOPT is set for a connection.
func (r *runner) withoutOptions(p ports) bool {
	return r.noOptions && r.option(p, "TCP_NOOPT", 0) != 0
}

// option returns a socket option of a connection: as it was set for its descriptor, or
// for the listener that it comes from, or else its usual value.
func (r *runner) option(p ports, name string, usual int64) int64 {
	for _, d := range r.fds {
		v := d.values[name]
		local, remote, err := r.proc.Ports(d.fd)
		switch {
		case len(v) != 1 || err != nil || local != p.local:
		case remote == p.remote:
			return v[0]
		case remote == 0:
			usual = v[0]
		}
	}
	return usual
}
