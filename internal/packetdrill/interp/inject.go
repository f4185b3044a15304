package interp

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
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
	r.host.Deliver(r.now(), &seg)
	return r.settle()
}

// icmpKinds are the messages by type and code.
var icmpKinds = map[string]map[string]tcp.ICMPKind{
	"unreachable": {
		"net_unreachable": tcp.ICMPSoft, "host_unreachable": tcp.ICMPSoft, "source_route_failed": tcp.ICMPSoft,
		"protocol_unreachable": tcp.ICMPHard, "port_unreachable": tcp.ICMPHard, "frag_needed": tcp.ICMPHard,
	},
	"unreach": {
		"net": tcp.ICMPSoft, "host": tcp.ICMPSoft, "srcfail": tcp.ICMPSoft,
		"protocol": tcp.ICMPHard, "port": tcp.ICMPHard, "needfrag": tcp.ICMPHard,
	},
	"time_exceeded":     {"": tcp.ICMPSoft, "exc_ttl": tcp.ICMPSoft, "exc_fragtime": tcp.ICMPSoft},
	"parameter_problem": {"": tcp.ICMPSoft},
	"source_quench":     {"": tcp.ICMPSourceQuench},
	"packet_too_big":    {"": tcp.ICMPPacketTooBig},
}

// icmpKind returns what a message means for a connection.
func icmpKind(m *packetdrill.ICMP) (tcp.ICMPKind, bool) {
	kind, ok := icmpKinds[m.Type][m.Code]
	if kind == tcp.ICMPHard && m.HasMTU && m.MTU > 0 {
		kind = tcp.ICMPPacketTooBig
	}
	return kind, ok && (kind != tcp.ICMPPacketTooBig || m.HasMTU)
}

// injectICMP hands a message to the connection that it is about.
func (r *runner) injectICMP(to ports, p *peer, k *packetdrill.Packet) error {
	kind, _ := icmpKind(k.ICMP)
	msg := tcp.ICMPMessage{Kind: kind, MSS: int(k.ICMP.MTU) - r.set.headers}
	if st, ok := r.host.Status(to.local, to.remote); ok {
		msg.Seq = st.SndUna // without a quoted number it is about what is in flight
	}
	if k.ICMP.HasQuoted {
		msg.Seq = p.mapping.LiveSeq(packetdrill.Tested, k.ICMP.Quoted)
	}
	r.host.ICMP(r.now(), to.local, to.remote, msg)
	return r.settle()
}
