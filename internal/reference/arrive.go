package reference

import "github.com/seed-447e5d66/tcp"

// arrival is a segment with its numbers unwrapped. It shrinks as the steps trim it.
type arrival struct {
	seg                   *tcp.Segment
	seq, ack, wnd         int64
	text                  int64 // octets of payload
	syn, fin, rst, hasACK bool
	urgent                bool
	stripped              bool  // of its SYN, in a simultaneous open
	whole                 block // what it occupied before it was trimmed, without the SYN
	payloadOrFIN          bool
}

// Arrive takes a segment that arrived (RFC 9293 §3.10.7).
func (e *Endpoint) Arrive(now tcp.Time, seg *tcp.Segment) {
	e.begin(now)
	if seg == nil || seg.Len < 0 || seg.Len > 65535 {
		return
	}
	switch e.state {
	case tcp.StateClosed:
		e.replyReset(seg)
	case tcp.StateListen:
		e.arriveInListen(e.unwrapped(seg))
	case tcp.StateSynSent:
		e.arriveInSynSent(e.unwrapped(seg))
	default:
		e.arriveSynchronized(e.unwrapped(seg))
	}
	e.settle()
	e.progress = false
}

func (e *Endpoint) unwrapped(seg *tcp.Segment) *arrival {
	a := &arrival{
		seg:    seg,
		wnd:    int64(seg.Window),
		text:   int64(seg.Len),
		syn:    seg.Flags.Has(tcp.SYN),
		fin:    seg.Flags.Has(tcp.FIN),
		rst:    seg.Flags.Has(tcp.RST),
		hasACK: seg.Flags.Has(tcp.ACK),
		urgent: seg.Flags.Has(tcp.URG),
	}
	if e.state == tcp.StateListen || e.state == tcp.StateSynSent {
		a.seq = int64(uint32(seg.Seq)) // the peer's space begins with this
	} else {
		a.seq = unwrap(e.rcvNxt, seg.Seq)
	}
	a.ack = unwrap(e.una, seg.Ack)
	a.payloadOrFIN = a.text > 0 || a.fin
	a.whole = block{a.seq, a.end()}
	if a.syn {
		a.whole.left++
	}
	return a
}

// end is SEG.SEQ+SEG.LEN.
func (a *arrival) end() int64 {
	n := a.seq + a.text
	if a.syn {
		n++
	}
	if a.fin {
		n++
	}
	return n
}

// replyReset owes RST-a or RST-b for the segment, never for a RST. One such reply
// is kept at a time.
func (e *Endpoint) replyReset(seg *tcp.Segment) {
	if seg.Flags.Has(tcp.RST) || e.reset != nil {
		return
	}
	r := &tcp.Segment{Flags: tcp.RST}
	if seg.Flags.Has(tcp.ACK) {
		r.Seq = seg.Ack
	} else {
		r.Flags |= tcp.ACK
		r.Ack = seg.End()
	}
	if e.cfg.Timestamps && e.cfg.ResetTimestamps && seg.Options.Has(tcp.OptTimestamps) {
		r.Options.Present = tcp.OptTimestamps
		r.Options.TSEcr = seg.Options.TSVal
	}
	e.reset = r
}

// arriveInListen is RFC 9293 §3.10.7.2.
func (e *Endpoint) arriveInListen(a *arrival) {
	switch {
	case a.rst:
	case a.hasACK:
		e.replyReset(a.seg)
	case a.syn:
		e.takeSYN(a)
		e.negotiate(a, true)
		e.wl1, e.wl2 = a.seq, e.iss
		e.setWindow(a.wnd)
		e.enter(tcp.StateSynReceived)
		e.synOwed = true
		e.holdSYNText(a)
	}
}

// arriveInSynSent is RFC 9293 §3.10.7.3.
func (e *Endpoint) arriveInSynSent(a *arrival) {
	if a.hasACK && (a.ack <= e.iss || a.ack > e.nxt) {
		e.replyReset(a.seg)
		return
	}
	if a.rst {
		if a.hasACK {
			e.end(ErrRefused)
		}
		return
	}
	if !a.syn {
		return
	}
	e.takeSYN(a)
	e.negotiate(a, false)
	e.wl1, e.wl2 = a.seq, e.iss
	if !a.hasACK { // simultaneous open
		e.setWindow(a.wnd)
		e.enter(tcp.StateSynReceived)
		e.synOwed = true
		e.holdSYNText(a)
		return
	}
	e.wl2 = a.ack
	e.synOwed = false
	e.acknowledge(a)
	e.setWindow(a.wnd)
	e.becomeEstablished()
	e.ackNow = true
	a.seq, a.syn = a.seq+1, false
	e.trim(a)
	e.urgentPointer(a)
	e.textAndFIN(a)
}

// holdSYNText keeps text and FIN of a SYN for ESTABLISHED.
func (e *Endpoint) holdSYNText(a *arrival) {
	if e.cfg.QueueSYNText {
		e.hold(a)
	}
}

// takeSYN starts the receive sequence space.
func (e *Endpoint) takeSYN(a *arrival) {
	e.irs = a.seq
	e.rcvNxt = a.seq + 1
	e.lastACKSent = e.rcvNxt
	e.rcvEdge = e.rcvNxt + min(int64(e.cfg.ReceiveBuffer), 65535)
	e.rcvUrgent = e.rcvNxt
}

// negotiate takes the options of the peer's SYN (section 1.4).
func (e *Endpoint) negotiate(a *arrival, answering bool) {
	o := &a.seg.Options
	e.smss = 536
	if o.Has(tcp.OptMSS) {
		e.smss = int64(o.MSS)
	}
	e.smss = min(e.smss, int64(e.cfg.MSS))
	e.peerScales = o.Has(tcp.OptWindowScale) && e.cfg.WindowScale
	if e.peerScales {
		e.sndShift = min(int(o.WindowScale), 14)
		e.rcvShift = e.ownShift()
	}
	e.sackOK = o.Has(tcp.OptSACKPermitted) && e.cfg.SACK
	e.tsOK = o.Has(tcp.OptTimestamps) && e.cfg.Timestamps
	if e.tsOK {
		e.tsRecent, e.tsRecentAt = o.TSVal, e.now
		e.smss -= timestampOctets
	}
	e.smss = max(e.smss, 1)
}

// ownShift is the smallest shift with which the whole buffer can be announced.
func (e *Endpoint) ownShift() int {
	shift := 0
	for shift < 14 && e.cfg.ReceiveBuffer>>shift > 65535 {
		shift++
	}
	return shift
}

// setWindow takes a window from a segment.
func (e *Endpoint) setWindow(wnd int64) {
	e.wnd = wnd
	e.maxWnd = max(e.maxWnd, wnd)
}

// becomeEstablished enters ESTABLISHED; a CLOSE that waited for it follows (P-8).
func (e *Endpoint) becomeEstablished() {
	if e.synTimedOut && !e.measured {
		e.rto = min(max(int64(e.cfg.InitialRTO), 3e9), int64(e.cfg.MaxRTO)) // RFC 6298 (5.7)
	}
	e.cwnd = e.initialWindow()
	if e.synTimedOut {
		e.cwnd = e.smss
	}
	e.ssthresh = 1 << 40
	e.rmss = int64(e.cfg.MSS)
	if e.tsOK {
		e.rmss -= timestampOctets
	}
	e.enter(tcp.StateEstablished)
	if e.writeClosed {
		e.enter(tcp.StateFinWait1)
	}
}
