package reference

import (
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// timestampOctets is what the timestamps option takes with its padding.
const timestampOctets = 12

// timestamp is the clock of RFC 7323: 1 ms a tick.
func (e *Endpoint) timestamp() uint32 {
	return uint32(int64(e.now)/int64(time.Millisecond)) + e.cfg.TimestampOffset
}

// Next returns the next segment to transmit. What is owed goes out in this order:
// a RST, the SYN, retransmissions, window probes, new data and FIN, keep-alive
// probes, and an ACK by itself if nothing else has carried it.
func (e *Endpoint) Next(seg *tcp.Segment) bool {
	ok := e.nextSegment(seg)
	e.settle()
	return ok
}

func (e *Endpoint) nextSegment(seg *tcp.Segment) bool {
	if e.reset != nil {
		*seg, e.reset = *e.reset, nil
		return true
	}
	switch e.state {
	case tcp.StateClosed, tcp.StateListen:
		return false
	case tcp.StateSynSent, tcp.StateSynReceived:
		return e.nextSYN(seg) || e.nextACK(seg)
	}
	return e.nextRetransmission(seg) || e.nextProbe(seg) || e.nextNew(seg) ||
		e.nextKeepalive(seg) || e.nextACK(seg)
}

// nextSYN sends the SYN, in SYN-RECEIVED the SYN,ACK.
func (e *Endpoint) nextSYN(seg *tcp.Segment) bool {
	if !e.synOwed {
		return false
	}
	e.synOwed = false
	*seg = tcp.Segment{Seq: wrap(e.iss), Flags: tcp.SYN}
	answering := e.state == tcp.StateSynReceived
	if answering {
		seg.Flags |= tcp.ACK
		seg.Ack = wrap(e.rcvNxt)
		seg.Window = uint16(min(e.rcvEdge-e.rcvNxt, 65535))
		e.acked()
	} else {
		seg.Window = uint16(min(e.cfg.ReceiveBuffer, 65535))
	}
	o := &seg.Options
	o.Present |= tcp.OptMSS
	o.MSS = uint16(e.cfg.MSS)
	if e.cfg.WindowScale && (!answering || e.peerScales) {
		o.Present |= tcp.OptWindowScale
		o.WindowScale = uint8(e.ownShift())
	}
	if e.cfg.SACK && (!answering || e.sackOK) {
		o.Present |= tcp.OptSACKPermitted
	}
	if e.cfg.Timestamps && (!answering || e.tsOK) {
		o.Present |= tcp.OptTimestamps
		o.TSVal = e.timestamp()
		if answering {
			o.TSEcr = e.tsRecent
		}
	}
	if len(e.queue) == 0 {
		e.queue = []sent{{from: e.iss, to: e.iss + 1, syn: true, at: e.now}}
		e.nxt = e.iss + 1
	} else {
		e.queue[0].at, e.queue[0].retransmitted = e.now, true
	}
	return true
}

// fill makes an ACK of the form that all segments of a synchronized connection
// have: ACK, window, timestamps, SACK, urgent pointer.
func (e *Endpoint) fill(seg *tcp.Segment, seq int64) {
	*seg = tcp.Segment{Seq: wrap(seq), Ack: wrap(e.rcvNxt), Flags: tcp.ACK}
	e.rcvEdge = e.newEdge()
	seg.Window = uint16(min((e.rcvEdge-e.rcvNxt)>>e.rcvShift, 65535))
	o := &seg.Options
	if e.tsOK {
		o.Present |= tcp.OptTimestamps
		o.TSVal, o.TSEcr = e.timestamp(), e.tsRecent
	}
	for i, b := range e.sackBlocks() {
		o.SACK[i] = tcp.SACKBlock{Left: wrap(b.left), Right: wrap(b.right)}
		o.NumSACK++
	}
	if e.urgent > seq {
		seg.Flags |= tcp.URG
		seg.Urgent = uint16(min(e.urgent-seq, 65535))
	}
	e.duplicate = nil
	e.acked()
}

// acked: a segment with ACK leaves, and no other ACK is owed.
func (e *Endpoint) acked() {
	e.ackNow = false
	e.stop(delayedACK)
	e.lastACKSent = e.rcvNxt
}

// payloadLimit is the most that fits into a segment beside the options it will have.
func (e *Endpoint) payloadLimit() int64 {
	limit := e.smss
	if n := len(e.sackBlocks()); n > 0 {
		limit -= int64(4 + 8*n)
	}
	return max(limit, 1)
}

// transmit makes the segment for [from, to), the last of them the FIN if fin.
func (e *Endpoint) transmit(seg *tcp.Segment, from, to int64, fin bool) {
	e.fill(seg, from)
	end := to
	if fin {
		end--
		seg.Flags |= tcp.FIN
	}
	seg.Len = int(end - from)
	if seg.Len > 0 && end == e.dataEnd() {
		seg.Flags |= tcp.PSH
	}
	e.lastData = e.now
}

// nextRetransmission sends what is owed again: the front whatever the windows say,
// the rest of what a time-out made lost as far as the windows allow.
func (e *Endpoint) nextRetransmission(seg *tcp.Segment) bool {
	if e.persisting {
		return false
	}
	if e.frontOwed {
		e.frontOwed = false
		for i := range e.queue {
			if !e.queue[i].sacked {
				e.retransmit(seg, i)
				return true
			}
		}
	}
	for i, s := range e.queue {
		if !s.lost || s.sacked {
			continue
		}
		n := min(s.to-s.from, e.payloadLimit())
		used := e.inNetwork()
		if s.from+n > e.una+e.wnd || used > 0 && used+n > e.cwnd {
			return false
		}
		e.retransmit(seg, i)
		return true
	}
	return false
}

// retransmit sends the i-th segment of the queue again, in two where the options
// leave less room than before.
func (e *Endpoint) retransmit(seg *tcp.Segment, i int) {
	s := e.queue[i]
	data := s.to - s.from
	if s.fin {
		data--
	}
	if limit := e.payloadLimit(); data > limit {
		rest := s
		rest.from += limit
		s.to, s.fin = rest.from, false
		queue := append([]sent{}, e.queue[:i]...)
		queue = append(queue, s, rest)
		e.queue = append(queue, e.queue[i+1:]...)
	}
	e.transmit(seg, s.from, s.to, s.fin)
	s.at, s.retransmitted, s.lost = e.now, true, false
	e.queue[i] = s
	if i == 0 {
		e.start(retransmission, e.rto) // never earlier than one RTO after this
	}
}

// nextProbe sends a window probe: one octet that is new, or the last one again.
func (e *Endpoint) nextProbe(seg *tcp.Segment) bool {
	if !e.probeOwed || !e.persisting {
		return false
	}
	e.probeOwed = false
	if len(e.queue) > 0 {
		e.retransmit(seg, 0)
		return true
	}
	e.sendNew(seg, min(1, e.dataEnd()-e.nxt), e.nxt == e.dataEnd())
	return true
}

// nextNew sends new data and the FIN.
func (e *Endpoint) nextNew(seg *tcp.Segment) bool {
	n := e.nextLength()
	if n < 0 {
		return false
	}
	if len(e.queue) == 0 && e.lastData != tcp.Never && int64(e.now.Sub(e.lastData)) > e.rto {
		e.cwnd = min(e.initialWindow(), e.cwnd) // idle for an RTO
	}
	usable := e.una + e.wnd - e.nxt
	fin := e.writeClosed && e.nxt+n == e.dataEnd() && n+1 <= usable
	e.override = false
	e.sendNew(seg, n, fin)
	return true
}

// sendNew sends n new octets, and the FIN if fin.
func (e *Endpoint) sendNew(seg *tcp.Segment, n int64, fin bool) {
	s := sent{from: e.nxt, to: e.nxt + n, fin: fin, at: e.now}
	if fin {
		s.to++
		e.finSent = true
	}
	if s.to > e.nxt && e.inNetwork()+n > e.cwnd {
		e.limitedSent += n
	}
	e.transmit(seg, s.from, s.to, fin)
	e.queue = append(e.queue, s)
	e.nxt = s.to
	if fin && e.state == tcp.StateCloseWait {
		e.enter(tcp.StateLastAck) // P-10
	}
}

// nextLength is how many new octets go into a segment now: 0 for a FIN by itself,
// negative for nothing. It is the sender's SWS avoidance with Nagle (section 13),
// within the congestion window.
func (e *Endpoint) nextLength() int64 {
	if e.waiting() == 0 || e.persisting || e.anyLost() {
		return -1
	}
	d := e.dataEnd() - e.nxt
	u := e.una + e.wnd - e.nxt
	if u <= 0 {
		return -1
	}
	if d == 0 {
		return 0 // the FIN; the congestion window does not hold it back
	}
	mss := e.payloadLimit()
	n := min(d, u, mss)
	alone := e.cfg.NoDelay || e.nxt == e.una
	switch {
	case n == mss:
	case d <= u && (alone || e.writeClosed):
	case alone && 2*n >= e.maxWnd:
	case e.override:
	default:
		return -1
	}
	if used := e.inNetwork(); used > 0 && used+n > e.cwnd+e.limited {
		return -1
	}
	return n
}

// anyLost: what is lost goes before what is new.
func (e *Endpoint) anyLost() bool {
	return slices.ContainsFunc(e.queue, func(s sent) bool { return s.lost && !s.sacked })
}

// nextKeepalive sends a keep-alive probe.
func (e *Endpoint) nextKeepalive(seg *tcp.Segment) bool {
	if !e.keepOwed {
		return false
	}
	e.keepOwed = false
	e.fill(seg, e.nxt-1)
	return true
}

// nextACK sends an ACK by itself.
func (e *Endpoint) nextACK(seg *tcp.Segment) bool {
	if !e.ackNow {
		return false
	}
	e.fill(seg, e.nxt)
	return true
}
