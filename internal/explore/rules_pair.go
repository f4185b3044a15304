package explore

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

var pairRules = []PairCheck{
	{"P1", eachWay(checkPrefix)},
	{"P2", eachWay(checkEOF)},
	{"P3", eachWay(checkNumbers)},
	{"P4", eachWay(checkCompleteClose)},
	{"P5", eachWay(checkEnding)},
	{"P6", checkPairOfStates},
	{"P7", checkTimeWaitSomewhere},
}

// eachWay applies a check in both directions.
func eachWay(check func(m *Model, a, b *View) string) func(m *Model, a, b *View) string {
	return func(m *Model, a, b *View) string {
		if text := check(m, a, b); text != "" {
			return text
		}
		return check(m, b, a)
	}
}

// together reports whether a and b are ends of the same connection.
func together(a, b *View) bool {
	return a.History.Peer == b.History.Incarnation && b.History.Peer == a.History.Incarnation
}

func checkPrefix(_ *Model, a, b *View) string {
	if together(a, b) && b.Received() > a.Submitted() {
		return fmt.Sprintf("%d octets received, %d sent", b.Received(), a.Submitted())
	}
	return ""
}

func checkEOF(_ *Model, a, b *View) string {
	if together(a, b) && b.Has(tcp.ReadyEOF) && b.Received() != a.Submitted() {
		return fmt.Sprintf("EOF after %d octets of %d", b.Received(), a.Submitted())
	}
	return ""
}

func checkNumbers(_ *Model, a, b *View) string {
	if !together(a, b) || !a.Synchronized() || !b.Synchronized() {
		return ""
	}
	if b.RcvNxt.Less(a.SndUna) || a.SndNxt.Less(b.RcvNxt) {
		return fmt.Sprintf("SND.UNA %d, SND.NXT %d, the peer's RCV.NXT %d", a.SndUna, a.SndNxt, b.RcvNxt)
	}
	return ""
}

// checkCompleteClose: who considers its CLOSE complete has a peer that received the
// FIN and all octets before it.
func checkCompleteClose(_ *Model, a, b *View) string {
	complete := a.State == tcp.StateFinWait2 || a.State == tcp.StateTimeWait ||
		a.State == tcp.StateClosed && a.Has(tcp.ReadyEnded) && a.Err == tcp.KindNone && a.finAcked()
	if !complete || !together(a, b) {
		return ""
	}
	if !b.Has(tcp.ReadyEOF) || b.Received() != a.Submitted() {
		return fmt.Sprintf("%v, and the peer in %v has received %d of %d octets, FIN %v",
			a.State, b.State, b.Received(), a.Submitted(), b.Has(tcp.ReadyEOF))
	}
	return ""
}

// checkEnding: an end is reset only by an end that is gone, and where nobody has
// aborted, crashed or timed out only in LAST-ACK and CLOSING, by a peer whose
// TIME-WAIT is over (T41).
func checkEnding(m *Model, a, b *View) string {
	switch a.Err {
	case tcp.KindTimeout, tcp.KindUserTimeout, tcp.KindKeepAlive:
		if m.Timeouts {
			return ""
		}
		return fmt.Sprintf("%v in %v", a.Err, a.EndState)
	case tcp.KindReset, tcp.KindRefused:
	default:
		return ""
	}
	if a.History.DataLost || b.History.ResetSent {
		return ""
	}
	if together(a, b) && b.Synchronized() {
		return fmt.Sprintf("%v in %v, and the peer is in %v", a.Err, a.EndState, b.State)
	}
	clean := together(a, b) && b.State == tcp.StateClosed && b.Err == tcp.KindNone && b.History.TimeWait
	if clean && a.EndState != tcp.StateLastAck && a.EndState != tcp.StateClosing && a.EndState != tcp.StateTimeWait {
		return fmt.Sprintf("%v in %v, and the peer has closed normally", a.Err, a.EndState)
	}
	return ""
}

func checkPairOfStates(m *Model, a, b *View) string {
	if m.Pairs == nil {
		return ""
	}
	pair := PairOf(a.State, b.State)
	for _, p := range m.Pairs {
		if p == pair {
			return ""
		}
	}
	return fmt.Sprintf("%v", pair)
}

// checkTimeWaitSomewhere: a graceful close passes TIME-WAIT at one end at least.
func checkTimeWaitSomewhere(_ *Model, a, b *View) string {
	graceful := func(v *View) bool {
		return v.State == tcp.StateClosed && v.Has(tcp.ReadyEnded) && v.Err == tcp.KindNone &&
			v.finAcked() && v.Has(tcp.ReadyEOF) && !v.History.FinWait2Over
	}
	if together(a, b) && graceful(a) && graceful(b) && !a.History.TimeWait && !b.History.TimeWait {
		return "both ends have closed, and neither was in TIME-WAIT"
	}
	return ""
}
