package invariant

import "github.com/seed-447e5d66/tcp"

// allowed reports an edge of RFC 9293 Figure 5, one of the few that the
// configuration adds, or the way to CLOSED.
func (k *Checker) allowed(from, to tcp.State) bool {
	type edge struct{ from, to tcp.State }
	switch (edge{from, to}) {
	case edge{tcp.StateClosed, tcp.StateListen}, edge{tcp.StateClosed, tcp.StateSynSent},
		edge{tcp.StateListen, tcp.StateSynSent}, edge{tcp.StateListen, tcp.StateSynReceived},
		edge{tcp.StateSynSent, tcp.StateEstablished}, edge{tcp.StateSynSent, tcp.StateSynReceived},
		edge{tcp.StateSynReceived, tcp.StateEstablished}, edge{tcp.StateSynReceived, tcp.StateListen},
		edge{tcp.StateEstablished, tcp.StateFinWait1}, edge{tcp.StateEstablished, tcp.StateCloseWait},
		edge{tcp.StateFinWait1, tcp.StateFinWait2}, edge{tcp.StateFinWait1, tcp.StateClosing},
		edge{tcp.StateFinWait1, tcp.StateTimeWait}, edge{tcp.StateFinWait2, tcp.StateTimeWait},
		edge{tcp.StateCloseWait, tcp.StateLastAck}, edge{tcp.StateClosing, tcp.StateTimeWait},
		edge{tcp.StateTimeWait, tcp.StateSynReceived}: // RFC 6191
		return true
	case edge{tcp.StateSynReceived, tcp.StateFinWait1}:
		return k.cfg.CloseInSynReceived == tcp.CloseImmediate
	case edge{tcp.StateSynReceived, tcp.StateTimeWait}:
		return k.cfg.TimeWaitSYN == tcp.SYNRFC6191
	}
	return to == tcp.StateClosed && from != tcp.StateClosed
}

func (k *Checker) checkTransitions() {
	state := k.was.State
	for _, t := range k.transitions {
		k.holds("I36", t.from == state && k.allowed(t.from, t.to), "%v to %v by %v (from %v)", t.from, t.to, t.cause, state)
		state = t.to
		switch {
		case t.from == tcp.StateListen && t.to == tcp.StateSynReceived:
			k.holds("I40", k.now.Passive, "opened passively, and does not know")
		case t.from == tcp.StateSynSent && t.to != tcp.StateClosed:
			k.holds("I40", !k.now.Passive, "opened actively, and takes itself for passive")
		}
		if t.to == tcp.StateClosed {
			k.ended(t)
		}
		if t.to == tcp.StateTimeWait {
			k.twDue = t.at.Add(2 * k.cfg.MSL)
		}
	}
	k.holds("I36", state == k.now.State, "the state is %v, the transitions lead to %v", k.now.State, state)
}

// ended looks at the end: a reset may follow where this end gave up.
func (k *Checker) ended(t transition) {
	switch t.cause {
	case tcp.CauseAbort, tcp.CauseClose, tcp.CauseTimeout:
		k.abort = true
	}
	if t.cause != tcp.CauseAbort {
		return
	}
	switch t.from {
	case tcp.StateSynReceived, tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait:
		k.abortMust = true
	case tcp.StateClosing, tcp.StateLastAck:
		k.abortMust = !k.finSent && !k.restored
	default:
		k.abort = false // nobody has to know
	}
}

// checkTimeWait follows the end of TIME-WAIT and its restarts.
func (k *Checker) checkTimeWait(e Event) {
	for _, t := range k.transitions {
		if t.from == tcp.StateTimeWait && t.to == tcp.StateClosed && t.cause == tcp.CauseTimeout {
			late := t.at.Sub(k.twDue)
			k.holds("I71", late > -max(k.tick(), 1) && int64(late) <= k.rounding(int64(2*k.cfg.MSL)), "TIME-WAIT ends at %d, 2·MSL at %d", t.at, k.twDue)
		}
	}
	if k.was.State != tcp.StateTimeWait || k.now.State != tcp.StateTimeWait {
		return
	}
	due := k.now.Timers[tcp.TimerTimeWait]
	if due == k.was.Timers[tcp.TimerTimeWait] {
		return
	}
	k.twDue = e.Now.Add(2 * k.cfg.MSL)
	seg := &e.Seg
	again := e.Kind == Arrived && seg.Flags.Has(tcp.FIN) && seg.End() == k.now.RcvNxt
	if k.cfg.TimeWaitRule == tcp.TimeWaitAnyACK {
		exact := seg.SegLen() == 0 && seg.Seq == k.now.RcvNxt
		again = e.Kind == Arrived && !seg.Flags.Has(tcp.RST) && (seg.Flags.Has(tcp.ACK) || exact || seg.Options.Has(tcp.OptTimestamps))
	}
	k.holds("I72", again, "2·MSL begins anew by %v", seg)
}
