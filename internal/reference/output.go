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
		e.nextHole(seg) || e.nextKeepalive(seg) || e.nextACK(seg)
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
	offering := !answering || !e.passive // crossing SYNs repeat the offer
	o := &seg.Options
	o.Present |= tcp.OptMSS
	o.MSS = uint16(e.cfg.MSS)
	if e.cfg.WindowScale && (!answering || e.peerScales) {
		o.Present |= tcp.OptWindowScale
		o.WindowScale = uint8(e.ownShift())
	}
	if e.cfg.SACK && (offering || e.sackOK) {
		o.Present |= tcp.OptSACKPermitted
	}
	if e.cfg.Timestamps && (offering || e.tsOK) {
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
	if e.urgent > max(seq, e.una) {
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
	if e.sackOK && e.recovering {
		return e.nextLost(seg)
	}
	if e.frontOwed {
		e.frontOwed = false
		for i := range e.queue {
			if !e.queue[i].sacked {
				e.queue[i].resent = 0
				e.retransmit(seg, i)
				return true
			}
		}
	}
	for i, s := range e.queue {
		if !s.lost || s.sacked {
			continue
		}
		n := min(s.to-max(s.from, s.resent), e.payloadLimit())
		used := e.inNetwork()
		if from := max(s.from, s.resent); from != e.una && from >= e.una+e.wnd || used > 0 && used+n > e.cwnd {
			return false
		}
		e.retransmit(seg, i)
		return true
	}
	return false
}

// retransmit sends the i-th segment of the queue again, in parts where the options
// leave less room than before.
func (e *Endpoint) retransmit(seg *tcp.Segment, i int) {
	s := &e.queue[i]
	from, to, fin := max(s.from, s.resent), s.to, s.fin
	if fin {
		to--
	}
	if limit := e.payloadLimit(); to-from > limit {
		to, fin = from+limit, false
	}
	if last := len(e.queue) - 1; !fin && to == e.dataEnd() && e.finSent && i+1 == last && !e.queue[last].sacked {
		fin = true // a FIN behind it needs no segment of its own
		f := &e.queue[last]
		f.at, f.retransmitted, f.lost = e.now, true, false
	}
	if fin {
		to++
	}
	e.transmit(seg, from, to, fin)
	s.at, s.retransmitted = e.now, true
	s.resent, s.lost = to, to < s.to
	if from == e.una {
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
		e.queue[0].resent = 0
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
	usable := e.una + e.wnd - e.nxt
	fin := e.writeClosed && e.nxt+n == e.dataEnd() && n+1 <= usable
	e.override = false
	e.sendNew(seg, n, fin)
	return true
}

// sendNew sends n new octets, and the FIN if fin.
func (e *Endpoint) sendNew(seg *tcp.Segment, n int64, fin bool) {
	if len(e.queue) == 0 && e.lastData != tcp.Never && int64(e.now.Sub(e.lastData)) > e.rto {
		e.cwnd = min(e.initialWindow(), e.cwnd) // idle for an RTO
	}
	s := sent{from: e.nxt, to: e.nxt + n, fin: fin, at: e.now}
	if fin {
		s.to++
		e.finSent = true
	}
	if e.dupACKs > 0 && !e.recovering && s.to-e.una > e.cwnd {
		e.limitedSent += s.to - s.from
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
	d := e.dataEnd() - e.nxt
	if e.waiting() == 0 || e.persisting || d > 0 && e.anyLost() {
		return -1
	}
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
	case d <= u && (alone || e.writeClosed || e.nxt < e.urgent): // urgent octets do not wait for Nagle
	case alone && 2*n >= e.maxWnd:
	case e.override:
	default:
		return -1
	}
	if e.byPipe() && !e.pipeHasRoom() {
		return -1
	}
	if used := e.nxt - e.una; !e.byPipe() && used > 0 && used+n > e.cwnd+e.limited {
		return -1
	}
	return n
}

// anyLost: what is lost goes before what is new.
func (e *Endpoint) anyLost() bool {
	if e.sackOK && e.recovering {
		for i := range e.queue {
			if e.isLost(i) && e.hole(i) {
				return true
			}
		}
		return false
	}
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
