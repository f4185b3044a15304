package interp

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// ports name a connection: the addresses are always the same.
type ports struct{ local, remote uint16 }

// peer is what is known of the connection between two ports.
type peer struct {
	mapping packetdrill.Mapping
	iss     tcp.Seq // the tested side's initial sequence number on the wire
	remote  tcp.Seq // the remote one, as in the script
	dropped bool    // it has left out the options of its SYN
	observed
}

// peer returns what is known of a connection; nothing at first.
func (r *runner) peer(p ports) *peer {
	if r.conns[p] == nil {
		r.conns[p] = new(peer)
	}
	return r.conns[p]
}

// remotePort returns a port that no peer has used.
func (r *runner) remotePort() uint16 {
	port := r.remote
	r.remote++
	return port
}

// target returns the connection to which an inbound packet is addressed: that under
// test, unless the packet has ports, or opens another one.
func (r *runner) target(k *packetdrill.Packet) ports {
	switch {
	case k.Ports != nil:
		local, ok := r.local[k.Ports.Dst]
		if !ok {
			local = k.Ports.Dst
			r.local[local] = local
		}
		r.under = ports{local, k.Ports.Src}
	case k.ICMP == nil && k.Flags.Has(tcp.SYN) && !k.Flags.Has(tcp.ACK) && r.opensAnother(k):
		r.under = ports{r.listener, r.remotePort()}
	}
	return r.under
}

// opensAnother reports whether a SYN is for a further connection of the listener, and
// not one more segment of that under test, such as one that draws a challenge ACK: if
// the script expects a SYN-ACK next. A connection of the same listener that has ended,
// or is in TIME-WAIT, can be opened again.
func (r *runner) opensAnother(k *packetdrill.Packet) bool {
	state, _, _ := r.host.Lookup(r.under.local, r.under.remote)
	if state == tcp.StateSynSent || !r.host.Listening(r.listener) {
		return false
	}
	switch same := r.under.local == r.listener; {
	case state == tcp.StateClosed:
		return !same
	case same && state == tcp.StateTimeWait:
		return false
	case same && state == tcp.StateSynReceived && k.Seq.Start == r.peer(r.under).remote:
		return false
	}
	return r.expectsSYNACK()
}

// expectsSYNACK reports whether the next packet that the script expects is a SYN-ACK.
func (r *runner) expectsSYNACK() bool {
	k := r.nextOutbound()
	return k != nil && k.Flags.Has(tcp.SYN|tcp.ACK)
}

// nextOutbound returns the next packet that the script expects, or nil.
func (r *runner) nextOutbound() *packetdrill.Packet {
	for i := r.next; i < len(r.script.Events); i++ {
		if k, ok := r.script.Events[i].Action.(*packetdrill.Packet); ok && !k.Inbound {
			return k
		}
	}
	return nil
}

// learn notes the tested side's initial sequence number from a SYN that the script
// expects as k. A new incarnation between the same ports has new numbers, unless its
// initial sequence number was derived from the old ones (RFC 6191).
func (r *runner) learn(p *peer, k *packetdrill.Packet, seg *tcp.Segment) {
	if !seg.Flags.Has(tcp.SYN) || !k.Flags.Has(tcp.SYN) || p.mapping.Known(packetdrill.Tested) && seg.Seq == p.iss {
		return
	}
	if !p.mapping.Known(packetdrill.Tested) || r.drawn[seg.Seq] || k.Seq.Kind == packetdrill.SeqAny {
		p.mapping.Relearn(packetdrill.Tested, k.Seq.Start, seg.Seq)
		p.iss = seg.Seq
	}
}
