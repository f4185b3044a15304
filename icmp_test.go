package tcp

import "testing"

// T117: ICMP errors.
func TestT117_ICMP(t *testing.T) {
	start := func(t *testing.T, s State) *peer {
		p := newPeer(t, Config{})
		switch s {
		case StateSynSent:
			p.open()
		case StateSynReceived:
			p.listen()
		default:
			p.establish()
			p.reach(s, (*peer).closeWrite)
		}
		return p
	}
	for _, s := range []State{StateSynSent, StateSynReceived} {
		p := start(t, s)
		if v := p.c.ICMP(p.now, ICMPMessage{Kind: ICMPHard, Seq: p.iss}); v != ICMPUnreachable {
			p.fail("a hard error is %q", v)
		}
		p.wantClosed("unreachable", &Error{Kind: KindUnreachable, State: s})
	}
	for _, s := range []State{StateSynSent, StateSynReceived, StateFinWait1, StateClosing, StateLastAck} {
		for _, kind := range []ICMPKind{ICMPSoft, ICMPHard} {
			if kind == ICMPHard && !s.synchronized() {
				continue
			}
			p := start(t, s)
			before := p.c.Status().Timers
			if v := p.c.ICMP(p.now, ICMPMessage{Kind: kind, Seq: p.c.snd.una}); v != ICMPNoted {
				p.fail("it is %q", v)
			}
			p.wantState("never a reason to end: MUST-56", s)
			p.wantStatus("but reported: SHLD-25", "SoftError", kind)
			if p.c.Status().Timers != before {
				p.fail("a timer moved")
			}
		}
	}
	for _, tt := range []struct {
		name string
		msg  func(p *peer) ICMPMessage
	}{
		{"source quench", func(p *peer) ICMPMessage { return ICMPMessage{Kind: ICMPSourceQuench, Seq: p.c.snd.una} }},
		{"below SND.UNA", func(p *peer) ICMPMessage { return ICMPMessage{Kind: ICMPHard, Seq: p.c.snd.una - 1} }},
		{"at SND.NXT", func(p *peer) ICMPMessage { return ICMPMessage{Kind: ICMPHard, Seq: p.c.snd.nxt} }},
		{"no kind", func(p *peer) ICMPMessage { return ICMPMessage{Seq: p.c.snd.una} }},
		{"no kind at all", func(p *peer) ICMPMessage { return ICMPMessage{Kind: 200, Seq: p.c.snd.una} }},
	} {
		for _, s := range []State{StateSynSent, StateFinWait1} {
			p := start(t, s)
			before := *p.c
			if v := p.c.ICMP(p.now, tt.msg(p)); v != ICMPIgnored {
				p.fail("%s: it is %q", tt.name, v)
			}
			if *p.c != before {
				p.fail("%s: it changed something", tt.name)
			}
		}
	}
	for _, s := range []State{StateClosed, StateListen} {
		p := newPeer(t, Config{})
		if s == StateListen {
			p.do("Listen", p.c.Listen(p.now, p.iss))
		}
		if v := p.c.ICMP(p.now, ICMPMessage{Kind: ICMPHard, Seq: p.iss}); v != ICMPIgnored {
			p.fail("in %v it is %q", s, v)
		}
		p.wantState("no connection", s)
	}
}

func TestICMPPacketTooBig(t *testing.T) {
	p := established(t, Config{})
	p.send(2000)
	p.want("a full segment", ". 1:1449(1448) ack 1")
	if v := p.c.ICMP(p.now, ICMPMessage{Kind: ICMPPacketTooBig, Seq: p.iss + 1, MSS: 1012}); v != ICMPPathMTU {
		p.fail("it is %q", v)
	}
	p.wantStatus("smaller from now on", "MaxPayload", 1000)
	p.want("again, smaller", ". 1:1001(1000) ack 1")
	var seg Segment
	for p.c.Next(&seg) {
		if seg.Len > 1000 {
			p.fail("it sends %s", p.show(&seg))
		}
	}
	for _, mss := range []int{1460, 65535} {
		if v := p.c.ICMP(p.now, ICMPMessage{Kind: ICMPPacketTooBig, Seq: p.iss + 1, MSS: mss}); v != ICMPIgnored {
			p.fail("a larger path of %d is %q", mss, v)
		}
	}
	for _, mss := range []int{-1 << 62, -1, 0, 1} {
		p.c.ICMP(p.now, ICMPMessage{Kind: ICMPPacketTooBig, Seq: p.iss + 1, MSS: mss})
		p.wantStatus("never absurdly small", "MaxPayload", minMSS-12)
	}
	for p.c.Next(&seg) {
	}
	if v := p.c.ICMP(Never, ICMPMessage{Kind: ICMPHard, Seq: p.iss + 1}); v != DroppedTime {
		p.fail("at Never it is %q", v)
	}
}
