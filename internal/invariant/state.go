package invariant

import "github.com/seed-447e5d66/tcp"

// checkState makes the checks that hold after every event.
func (k *Checker) checkState() {
	k.checkVariables()
	k.checkFlags()
	k.checkRunning()
}

func (k *Checker) checkVariables() {
	v := &k.now
	k.holds("I1", v.SndUna.LessEq(v.SndNxt) && k.una <= k.nxt, "SND.UNA %d > SND.NXT %d", v.SndUna, v.SndNxt)
	if !k.restored {
		want := int64(0)
		if k.synSent {
			want = 1 + k.octets
			if k.finSent {
				want++
			}
		}
		k.holds("I3", k.nxt == want, "SND.NXT is ISS+%d; with %d octets sent, SYN %v, FIN %v it should be ISS+%d",
			k.nxt, k.octets, k.synSent, k.finSent, want)
	}
	if v.State >= tcp.StateSynReceived && !k.restored {
		next := int64(k.inOrder())
		if v.ready&tcp.ReadyEOF == 0 {
			k.holds("I4", v.RcvNxt == v.IRS.Add(int(next)+1), "RCV.NXT is IRS+%d, with %d octets in order", v.RcvNxt.Sub(v.IRS), next)
		} else {
			k.holds("I4", int64(v.RcvNxt.Sub(v.IRS))-2 <= next, "RCV.NXT is IRS+%d, with %d octets in order and a FIN", v.RcvNxt.Sub(v.IRS), next)
		}
	}
	if v.State >= tcp.StateSynSent && !k.restored {
		k.holds("I6", k.nxt <= k.maxEdgeIn+1 && k.nxt-k.una <= k.maxWindow+1,
			"SND.NXT ISS+%d, SND.UNA ISS+%d, the right edge was ISS+%d, the largest window %d", k.nxt, k.una, k.maxEdgeIn, k.maxWindow)
	}
	k.holds("I7", v.SendWindow >= 0 && v.SendWindow <= 65535<<14, "SND.WND is %d", v.SendWindow)
	k.holds("I22", v.ReceiveWindow >= 0, "the receive window is %d", v.ReceiveWindow)
	if v.State >= tcp.StateEstablished && !k.restored {
		k.holds("I53", v.acked == k.ackedOctets(), "%d octets acknowledged, SND.UNA ISS+%d", v.acked, k.una)
	}
	for _, h := range v.held {
		start := v.IRS.Add(1).Add(int(h.off))
		k.holds("I56", v.RcvNxt.Less(start) && start.Add(h.n).LessEq(v.RcvEdge),
			"held octets %d to %d outside of the window", h.off, h.off+uint64(h.n))
	}
	k.holds("I68", v.ready&tcp.ReadyR1 != 0 == (v.Retransmissions >= max(k.cfg.DataRetries1, 1)),
		"R1 is %v with %d retransmissions, R1 %d", v.ready&tcp.ReadyR1 != 0, v.Retransmissions, k.cfg.DataRetries1)
	if v.ready&tcp.ReadyEstablished != 0 && v.State >= tcp.StateEstablished && v.State != tcp.StateTimeWait && !k.restored {
		k.holds("I74", v.CongestionWindow >= min(v.MaxPayload, k.was.MaxPayload) && v.SlowStartThreshold >= 2*min(v.MaxPayload, 88),
			"cwnd %d, ssthresh %d, SMSS %d", v.CongestionWindow, v.SlowStartThreshold, v.MaxPayload)
	}
	k.holds("I64", v.RTO > 0 && v.RTO <= k.cfg.RTOMax, "RTO is %v", v.RTO)
}

// ackedOctets is how many octets lie below SND.UNA.
func (k *Checker) ackedOctets() uint64 {
	n := k.una - 1
	if k.finSent && k.una > k.finAt {
		n--
	}
	return uint64(max(n, 0))
}

// checkFlags compares the state with what was done and received.
func (k *Checker) checkFlags() {
	v := &k.now
	closed, eof := v.ready&tcp.ReadyWriteClosed != 0, v.ready&tcp.ReadyEOF != 0
	if k.restored {
		return
	}
	finAcked := k.finSent && k.una > k.finAt
	ok := true
	switch v.State {
	case tcp.StateEstablished:
		ok = !closed && !eof
	case tcp.StateFinWait1:
		ok = closed && !finAcked && !eof
	case tcp.StateFinWait2:
		ok = finAcked && !eof
	case tcp.StateCloseWait:
		ok = eof && !k.finSent
	case tcp.StateClosing:
		ok = closed && !finAcked && eof
	case tcp.StateLastAck:
		ok = (k.finSent || k.cfg.LastAckAtClose && closed) && !finAcked && eof
	case tcp.StateTimeWait:
		ok = finAcked && eof
	}
	k.holds("I37", ok, "%v with closed %v, FIN sent %v, FIN acknowledged %v, peer's FIN %v", v.State, closed, k.finSent, finAcked, eof)
	if v.State == tcp.StateFinWait2 || v.State == tcp.StateTimeWait {
		k.holds("I38", k.una == k.nxt && k.una == k.finAt+1 && v.SndEnd.Add(1) == v.SndNxt,
			"%v with SND.UNA ISS+%d, SND.NXT ISS+%d, FIN at ISS+%d", v.State, k.una, k.nxt, k.finAt)
		k.holds("I39", finAcked, "%v without the FIN's acknowledgment", v.State)
	}
}

// checkRunning looks at the timers.
func (k *Checker) checkRunning() {
	v := &k.now
	on := func(t tcp.Timer) bool { return v.Timers[t] != tcp.Never }
	first := tcp.Never
	sending, others := 0, 0
	for t, due := range v.Timers {
		first = min(first, due)
		switch {
		case due == tcp.Never:
		case tcp.Timer(t) == tcp.TimerRetransmit || tcp.Timer(t) == tcp.TimerPersist || tcp.Timer(t) == tcp.TimerLossProbe:
			sending++
		case tcp.Timer(t) != tcp.TimerTimeWait:
			others++
		}
	}
	k.holds("I57", sending <= 1, "retransmit %v, persist %v, loss probe %v run together",
		on(tcp.TimerRetransmit), on(tcp.TimerPersist), on(tcp.TimerLossProbe))
	k.holds("I62", first == v.deadline, "Deadline is %d, the first timer is due at %d", v.deadline, first)
	switch v.State {
	case tcp.StateClosed, tcp.StateListen:
		k.holds("I58", v.deadline == tcp.Never, "a timer runs in %v", v.State)
	case tcp.StateTimeWait:
		k.holds("I58", sending+others == 0, "another timer than 2·MSL runs in TIME-WAIT")
		k.holds("I71", on(tcp.TimerTimeWait), "TIME-WAIT has no end")
	case tcp.StateFinWait2:
		k.holds("I58", sending == 0, "a retransmission timer runs in FIN-WAIT-2")
	default:
		if k.una < k.nxt {
			k.holds("I59", sending == 1, "something is in flight in %v and no timer runs", v.State)
		}
		k.holds("I58", !on(tcp.TimerTimeWait), "2·MSL runs in %v", v.State)
	}
}

// checkDrained makes the checks that hold once Next has nothing.
func (k *Checker) checkDrained(e Event) {
	v := &k.now
	k.holds("I62", v.deadline >= e.Now, "the deadline %d lies before %d", v.deadline, e.Now)
	k.holds("I48", !k.abortMust, "no reset was sent")
	k.holds("I29", k.reply.Flags == 0, "the reset that is owed was not sent: %v", k.reply)
	k.abort = false
	if sendsIn(v.State) && !k.restored {
		finWaits := v.ready&tcp.ReadyWriteClosed != 0 && !k.finSent
		waits := v.SndNxt.Less(v.SndEnd) || finWaits
		persist := v.Timers[tcp.TimerPersist] != tcp.Never
		if k.una == k.nxt && waits {
			k.holds("I60", persist, "something waits in %v, nothing is in flight, and the persist timer does not run", v.State)
		}
		if k.una == k.nxt && !waits {
			k.holds("I61", !persist && v.Timers[tcp.TimerRetransmit] == tcp.Never && v.Timers[tcp.TimerLossProbe] == tcp.Never,
				"nothing is in flight or waits in %v, and a timer runs: %v", v.State, v.Timers)
		}
	}
	k.checkAcknowledged(e)
}

// checkAcknowledged looks at what the segment that arrived last has drawn.
func (k *Checker) checkAcknowledged(e Event) {
	v := &k.now
	if v.State >= tcp.StateEstablished && k.waiting != tcp.Never {
		k.holds("I35", e.Now.Sub(k.waiting) <= 500e6, "text of %d is not acknowledged at %d", k.waiting, e.Now)
		if k.cfg.AckRule == tcp.AckEverySecond && k.lastAcked && !k.tunable {
			// A full segment is what the peer can send at most.
			k.holds("I35", v.RcvNxt.Sub(k.lastACK) < 2*max(k.cfg.MSS, 1)+1, "%d octets wait to be acknowledged", v.RcvNxt.Sub(k.lastACK))
		}
	}
	if !k.arrived || !k.quiet {
		return
	}
	seg, a := &k.arrival.Seg, k.arrival
	k.holds("I32", k.pureACKs <= 1, "%v draws %d acknowledgments", seg, k.pureACKs)
	pure := pureACK(seg) && a.Verdict == tcp.Accepted
	if pure && k.was.State >= tcp.StateEstablished {
		k.holds("I33", k.pureACKs == 0, "the acknowledgment %v draws one", seg)
	}
}

func sendsIn(s tcp.State) bool {
	switch s {
	case tcp.StateEstablished, tcp.StateCloseWait, tcp.StateFinWait1, tcp.StateClosing, tcp.StateLastAck:
		return true
	}
	return false
}
