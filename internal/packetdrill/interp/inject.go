package interp

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// inject delivers an inbound packet.
func (r *runner) inject(k *packetdrill.Packet) error {
	to := r.target(k)
	p := r.peer(to)
	if k.ICMP != nil {
		return r.injectICMP(to, p, k)
	}
	if k.Flags.Has(tcp.SYN) {
		p.remote = k.Seq.Start
	}
	seg, err := p.mapping.LiveSegment(k, r.set.scaledEcho)
	if err != nil {
		return &failure{k.Pos.Line, "timestamp echo", "a value that an earlier packet carried", err.Error()}
	}
	seg.SrcPort, seg.DstPort = to.remote, to.local
	p.observe(&seg, r.at)
	r.drawArrived(p, seg)
	if !r.drops(to, &seg) && !r.insecure(to, &seg) {
		r.filterIn(to, &seg)
		r.host.Deliver(r.now(), &seg)
	}
	return r.settle()
}

// icmpMeaning is what a message means for a connection, and the error that a program
// finds (icmp(7) of Linux).
type icmpMeaning struct {
	kind  tcp.ICMPKind
	errno socket.Errno
}

var (
	toNet      = icmpMeaning{tcp.ICMPSoft, "ENETUNREACH"}
	toHost     = icmpMeaning{tcp.ICMPSoft, socket.EHOSTUNREACH}
	toRoute    = icmpMeaning{tcp.ICMPSoft, socket.EOPNOTSUPP}
	toProtocol = icmpMeaning{tcp.ICMPHard, socket.ENOPROTOOPT}
	toPort     = icmpMeaning{tcp.ICMPHard, socket.ECONNREFUSED}
	tooBig     = icmpMeaning{tcp.ICMPHard, "EMSGSIZE"}
	expired    = icmpMeaning{tcp.ICMPSoft, socket.EHOSTUNREACH}
)

// icmpMeanings are those of the messages by type and code.
var icmpMeanings = map[string]map[string]icmpMeaning{
	"unreachable": {
		"net_unreachable": toNet, "host_unreachable": toHost, "source_route_failed": toRoute,
		"protocol_unreachable": toProtocol, "port_unreachable": toPort, "frag_needed": tooBig,
	},
	"unreach": {
		"net": toNet, "host": toHost, "srcfail": toRoute, "protocol": toProtocol, "port": toPort, "needfrag": tooBig,
	},
	"time_exceeded":     {"": expired, "exc_ttl": expired, "exc_fragtime": expired},
	"parameter_problem": {"": {tcp.ICMPSoft, "EPROTO"}},
	"source_quench":     {"": {tcp.ICMPSourceQuench, ""}},
	"packet_too_big":    {"": {tcp.ICMPPacketTooBig, "EMSGSIZE"}},
}

// meaning returns what a message means for a connection.
func meaning(m *packetdrill.ICMP) (icmpMeaning, bool) {
	mean, ok := icmpMeanings[m.Type][m.Code]
	if mean.kind == tcp.ICMPHard && m.HasMTU && m.MTU > 0 {
		mean.kind = tcp.ICMPPacketTooBig
	}
	return mean, ok && (mean.kind != tcp.ICMPPacketTooBig || m.HasMTU)
}

// injectICMP hands a message to the connection that it is about.
func (r *runner) injectICMP(to ports, p *peer, k *packetdrill.Packet) error {
	mean, _ := meaning(k.ICMP)
	msg := tcp.ICMPMessage{Kind: mean.kind, MSS: int(k.ICMP.MTU) - r.set.headers}
	if st, ok := r.host.Status(to.local, to.remote); ok {
		msg.Seq = st.SndUna // without a quoted number it is about what is in flight
	}
	if k.ICMP.HasQuoted {
		msg.Seq = p.mapping.LiveSeq(packetdrill.Tested, k.ICMP.Quoted)
	}
	r.host.ICMP(r.now(), to.local, to.remote, msg, mean.errno)
	return r.settle()
}
