package reference

import "github.com/seed-447e5d66/tcp"

// initialWindow is the IW of section 17, in octets.
func (e *Endpoint) initialWindow() int64 {
	if e.cfg.InitialWindow > 0 {
		return int64(e.cfg.InitialWindow) * e.smss
	}
	switch {
	case e.smss > 2190:
		return 2 * e.smss
	case e.smss > 1095:
		return 3 * e.smss
	}
	return 4 * e.smss
}

// inNetwork counts the sequence numbers that are sent, not acknowledged, SACKed, or
// held to be lost.
func (e *Endpoint) inNetwork() int64 {
	var n int64
	for _, s := range e.queue {
		switch {
		case s.sacked:
		case !s.lost:
			n += s.to - s.from
		default:
			n += max(0, s.resent-s.from)
		}
	}
	return n
}

// acknowledge is 5.3: SND.UNA, the retransmission queue, RTT, timers, congestion
// window.
func (e *Endpoint) acknowledge(a *arrival) {
	if a.ack <= e.una || a.ack > e.nxt {
		return
	}
	flight := e.nxt - e.una
	octets := min(a.ack, e.dataEnd()) - max(e.una, e.iss+1)
	e.sampleRTT(a, flight)
	e.una = a.ack
	e.progress = true
	e.trimQueue()
	e.retries = 0
	e.dupACKs, e.limited, e.limitedSent = 0, 0, 0
	e.outstandingSince = tcp.Never // settle starts it again where something is left

	e.stop(retransmission) // the same
	switch {
	case e.recovering:
		e.ackInRecovery(octets)
	case octets > 0: // the ACK of a SYN counts for nothing
		e.grow(octets)
	}
}

// trimQueue removes what is acknowledged from the retransmission queue.
func (e *Endpoint) trimQueue() {
	var left []sent
	for _, s := range e.queue {
		if s.to > e.una {
			s.from = max(s.from, e.una)
			left = append(left, s)
		}
	}
	e.queue = left
	if len(left) == 0 || !left[0].lost {
		e.frontOwed = false
	}
}

// grow is slow start and congestion avoidance.
func (e *Endpoint) grow(octets int64) {
	if e.cwnd < e.ssthresh {
		e.cwnd += min(octets, e.smss)
		return
	}
	e.avoided += octets
	if e.avoided >= e.cwnd {
		e.avoided -= e.cwnd
		e.cwnd += e.smss
	}
}

// detectDuplicate counts duplicate ACKs as RFC 5681 defines them and does what
// follows without SACK: limited transmit, fast retransmit, fast recovery (RFC 6582).
func (e *Endpoint) detectDuplicate(a *arrival) {
	if e.una == e.nxt || a.payloadOrFIN || a.syn || a.ack != e.una || e.newestWindow(a) && a.wnd != e.wnd {
		return
	}
	if e.persisting {
		return // the answer to a window probe
	}
	e.dupACKs++
	switch {
	case e.recovering:
		if e.cwnd-e.ssthresh < e.nxt-e.una {
			e.cwnd += e.smss
		}
	case e.dupACKs < 3:
		e.limited += e.smss
	case e.dupACKs == 3 && a.ack-1 > e.recover:
		e.recovering = true
		e.recover = e.nxt - 1
		e.halve(e.nxt - e.una - e.limitedSent)
		e.cwnd = e.ssthresh + 3*e.smss
		e.frontOwed = true
	}
	if e.dupACKs >= 3 {
		e.limited = 0
	}
}

func (e *Endpoint) halve(flight int64) { e.ssthresh, e.avoided = max(flight/2, 2*e.smss), 0 }

// ackInRecovery is a new ACK in fast recovery.
func (e *Endpoint) ackInRecovery(octets int64) {
	if e.una > e.recover {
		e.recovering = false
		e.cwnd = min(e.ssthresh, max(e.nxt-e.una, e.smss)+e.smss)
		return
	}
	if e.sackOK {
		return // pipe says what is sent
	}
	e.frontOwed = true
	e.cwnd -= octets
	if octets >= e.smss {
		e.cwnd += e.smss
	}
	e.cwnd = max(e.cwnd, e.smss)
}

// sampleRTT is RFC 6298 §2 with Karn's rule, or with timestamps (RFC 7323 §4).
func (e *Endpoint) sampleRTT(a *arrival, flight int64) {
	perRTT := int64(1)
	if e.tsOK {
		perRTT = max(1, (flight+2*e.smss-1)/(2*e.smss))
	}
	first, ambiguous := tcp.Never, false
	for _, s := range e.queue {
		if s.to <= a.ack {
			first = min(first, s.at)
			ambiguous = ambiguous || s.retransmitted
		}
	}
	switch {
	case first != tcp.Never && !ambiguous:
		e.takeRTT(int64(e.now.Sub(first)), perRTT)
	case e.tsOK && a.seg.Options.Has(tcp.OptTimestamps):
		ticks := int32(e.timestamp() - a.seg.Options.TSEcr)
		if ticks >= 0 && a.seg.Options.TSEcr != 0 { // a stamp of ours
			e.takeRTT(int64(ticks)*1e6, perRTT)
		}
	}
}

// takeRTT takes a sample; alpha and beta are divided by perRTT.
func (e *Endpoint) takeRTT(r, perRTT int64) {
	if !e.measured {
		e.measured = true
		e.srtt, e.rttvar = r, r/2
	} else {
		diff := e.srtt - r
		if diff < 0 {
			diff = -diff
		}
		e.rttvar += (diff - e.rttvar) / (4 * perRTT)
		e.srtt += (r - e.srtt) / (8 * perRTT)
	}
	e.rto = e.srtt + max(int64(e.cfg.Granularity), 4*e.rttvar)
	e.rto = min(max(e.rto, int64(e.cfg.MinRTO)), int64(e.cfg.MaxRTO))
}

// retransmissionTimeout is RFC 6298 (5.4)–(5.6) with the limits of RFC 9293 §3.8.3.
func (e *Endpoint) retransmissionTimeout() {
	limit, least := e.dataRetries(), e.cfg.MinDataTime
	switch e.state {
	case tcp.StateSynSent:
		limit, least = e.cfg.SYNRetries, e.cfg.MinSYNTime
	case tcp.StateSynReceived:
		limit, least = e.cfg.SYNACKRetries, e.cfg.MinSYNTime
		if !e.passive {
			limit = e.cfg.SYNRetries
		}
	}
	if e.retries == 0 {
		e.retriesSince = e.queue[0].at
	}
	if e.retries >= limit && e.lasted(least) {
		e.giveUp(ErrTimeout)
		return
	}
	e.rto = min(2*e.rto, int64(e.cfg.MaxRTO))
	e.start(retransmission, e.rto)
	e.retries++
	if e.state == tcp.StateSynSent || e.state == tcp.StateSynReceived {
		e.synTimedOut = true
		e.synOwed = true
		return
	}
	if e.retries == 1 {
		e.halve(e.nxt - e.una)
	}
	e.cwnd = e.smss
	e.avoided = 0
	e.recovering, e.recover = false, e.nxt-1
	e.dupACKs, e.limited, e.limitedSent = 0, 0, 0
	for i := range e.queue {
		e.queue[i].lost, e.queue[i].sacked, e.queue[i].resent = true, false, 0
	}
	e.frontOwed = true
}
