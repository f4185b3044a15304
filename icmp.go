package tcp

// ICMPKind is what an ICMP message means for a connection: RFC 9293 §3.9.2.2.
type ICMPKind uint8

const (
	ICMPNone         ICMPKind = iota // no message
	ICMPSourceQuench                 // discarded (MUST-55)
	ICMPSoft                         // unreachable codes 0, 1, 5 (IPv6: 0, 3), time exceeded, parameter problem (MUST-56)
	ICMPHard                         // unreachable codes 2 to 4 without a path MTU (IPv6: 1, 4)
	ICMPPacketTooBig                 // unreachable code 4 with a path MTU, or ICMPv6 packet too big
)

// ICMPMessage is an ICMP message about a segment of the connection.
type ICMPMessage struct {
	Kind ICMPKind
	Seq  Seq // of the segment that the message quotes
	MSS  int // ICMPPacketTooBig: the MTU reported, less 40 octets (IPv4) or 60 (IPv6)
}

// ICMP takes an ICMP message that arrived at now. One that does not quote a segment
// in flight is ignored (RFC 5927 §4). Hard errors end a connection only before it is
// synchronized; later they are soft, as are all others (RFC 5461, SHLD-26), but for
// SynReceivedLinux in SYN-SENT (RFC 5461 §2.1).
func (c *Conn) ICMP(now Time, msg ICMPMessage) Verdict {
	if now == Never {
		return DroppedTime
	}
	c.observe(now)
	if c.state == StateClosed || c.state == StateListen || msg.Seq.Less(c.snd.una) || !msg.Seq.Less(c.snd.nxt) {
		return ICMPIgnored
	}
	switch msg.Kind {
	case ICMPPacketTooBig:
		return c.shrinkPath(msg.MSS)
	case ICMPHard:
		if !c.state.synchronized() {
			c.end(KindUnreachable, CauseICMP)
			return ICMPUnreachable
		}
		c.softError = msg.Kind
		return ICMPNoted
	case ICMPSoft:
		if c.state == StateSynSent && c.cfg.SynReceived == SynReceivedLinux {
			c.end(KindUnreachable, CauseICMP)
			return ICMPUnreachable
		}
		c.softError = msg.Kind
		return ICMPNoted
	}
	return ICMPIgnored
}

// shrinkPath sends smaller segments from now on, and what is in flight again.
func (c *Conn) shrinkPath(mss int) Verdict {
	mss = max(mss, minMSS)
	if mss >= int(c.snd.mss) {
		return ICMPIgnored
	}
	c.snd.mss = uint16(mss)
	if c.canSend() && c.snd.una != c.snd.nxt && !c.snd.probing {
		c.rec.headLost(c.snd.una)
	}
	return ICMPPathMTU
}
