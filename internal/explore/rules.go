package explore

import (
	"fmt"
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// Checks are rules. Each returns what is wrong, or "".
type Checks struct {
	End  []EndCheck  // of each value of an end
	Step []StepCheck // of each reaction of an end to an input
	Pair []PairCheck // of each world
}

// EndCheck is a rule of one end, at rest: everything is sent and no timer is due.
type EndCheck struct {
	Rule  string // as docs/invariants.md numbers it
	Check func(m *Model, v *View) string
}

// StepCheck is a rule of what one end does with one input.
type StepCheck struct {
	Rule  string
	Check func(m *Model, s *Step) string
}

// PairCheck is a rule of both ends together.
type PairCheck struct {
	Rule  string
	Check func(m *Model, a, b *View) string
}

func (c Checks) with(d Checks) Checks {
	return Checks{
		End:  append(append([]EndCheck(nil), d.End...), c.End...),
		Step: append(append([]StepCheck(nil), d.Step...), c.Step...),
		Pair: append(append([]PairCheck(nil), d.Pair...), c.Pair...),
	}
}

// Rules are the rules of docs/invariants.md that the exported methods of Conn let
// one see.
func Rules() Checks {
	return Checks{End: endRules, Step: stepRules, Pair: pairRules}
}

var endRules = []EndCheck{
	{"I1", checkSendOrder},
	{"I37", checkStateFlags},
	{"I38", checkNothingLeft},
	{"I57", checkOneSendTimer},
	{"I58", checkStateTimers},
	{"I59", checkFlightTimer},
	{"I60", checkPersist},
	{"I61", checkIdleTimers},
	{"I62", checkDeadline},
	{"S10", checkLingering},
	{"L9", checkUnbounded},
}

func checkSendOrder(_ *Model, v *View) string {
	if v.SndNxt.Less(v.SndUna) || v.SndEnd.Add(1).Less(v.SndNxt) {
		return fmt.Sprintf("SND.UNA %d, SND.NXT %d, end of the queue %d", v.SndUna, v.SndNxt, v.SndEnd)
	}
	return ""
}

// finSent and finAcked go by the numbers: the FIN's is SndEnd.
func (v *View) finSent() bool  { return v.SndEnd.Less(v.SndNxt) }
func (v *View) finAcked() bool { return v.SndEnd.Less(v.SndUna) }

func checkStateFlags(_ *Model, v *View) string {
	closed, eof := v.Has(tcp.ReadyWriteClosed), v.Has(tcp.ReadyEOF)
	ok := true
	switch v.State {
	case tcp.StateEstablished:
		ok = !closed && !eof
	case tcp.StateFinWait1:
		ok = closed && !eof && !v.finAcked()
	case tcp.StateFinWait2:
		ok = closed && !eof && v.finAcked()
	case tcp.StateCloseWait:
		ok = eof && !v.finSent()
	case tcp.StateClosing:
		ok = closed && eof && !v.finAcked()
	case tcp.StateLastAck:
		ok = closed && eof && !v.finAcked()
	case tcp.StateTimeWait:
		ok = eof && v.finAcked()
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("%v with CLOSE called %v, peer's FIN received %v, own FIN sent %v, acknowledged %v",
		v.State, closed, eof, v.finSent(), v.finAcked())
}

func checkNothingLeft(_ *Model, v *View) string {
	if v.State != tcp.StateFinWait2 && v.State != tcp.StateTimeWait {
		return ""
	}
	if v.SndUna != v.SndNxt || v.SndNxt != v.SndEnd+1 {
		return fmt.Sprintf("%v with SND.UNA %d, SND.NXT %d, FIN %d", v.State, v.SndUna, v.SndNxt, v.SndEnd)
	}
	return ""
}

func (v *View) runs(timers ...tcp.Timer) (n int) {
	for _, t := range timers {
		if v.Timers[t] != tcp.Never {
			n++
		}
	}
	return n
}

func (v *View) sendTimers() int {
	return v.runs(tcp.TimerRetransmit, tcp.TimerPersist, tcp.TimerLossProbe)
}

func checkOneSendTimer(_ *Model, v *View) string {
	if n := v.sendTimers(); n > 1 {
		return fmt.Sprintf("%d of the retransmission, persist and loss probe timers run in %v", n, v.State)
	}
	return ""
}

// mayRun are the timers that may run in a state.
func mayRun(m *Model, v *View) []tcp.Timer {
	const (
		retransmit, persist, probe = tcp.TimerRetransmit, tcp.TimerPersist, tcp.TimerLossProbe
		delayed, keepAlive, user   = tcp.TimerDelayedACK, tcp.TimerKeepAlive, tcp.TimerUserTimeout
	)
	switch v.State {
	case tcp.StateSynSent, tcp.StateSynReceived:
		return []tcp.Timer{retransmit, user}
	case tcp.StateEstablished:
		return []tcp.Timer{retransmit, persist, probe, delayed, keepAlive, user}
	case tcp.StateFinWait1, tcp.StateCloseWait:
		return []tcp.Timer{retransmit, persist, probe, delayed, keepAlive, user, tcp.TimerLinger}
	case tcp.StateFinWait2:
		return []tcp.Timer{delayed, keepAlive, tcp.TimerFinWait2}
	case tcp.StateClosing, tcp.StateLastAck:
		allowed := []tcp.Timer{retransmit, persist, probe, keepAlive, user, tcp.TimerLinger}
		if m.Config[v.History.Side].LastAckAtClose && v.waits() {
			allowed = append(allowed, delayed) // the FIN that carries the acknowledgment is still to be sent
		}
		return allowed
	case tcp.StateTimeWait:
		return []tcp.Timer{tcp.TimerTimeWait}
	}
	return nil
}

func checkStateTimers(m *Model, v *View) string {
	allowed := mayRun(m, v)
	for t, due := range v.Timers {
		if due != tcp.Never && !slices.Contains(allowed, tcp.Timer(t)) {
			return fmt.Sprintf("the %v timer runs in %v", tcp.Timer(t), v.State)
		}
	}
	if v.State == tcp.StateTimeWait && v.runs(tcp.TimerTimeWait) == 0 {
		return "no timer runs in TIME-WAIT"
	}
	return ""
}

// sending reports whether what is queued can be sent in this state.
func (v *View) sending() bool {
	switch v.State {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck:
		return true
	}
	return false
}

func (v *View) waits() bool {
	return v.SndNxt.Less(v.SndEnd) || v.Has(tcp.ReadyWriteClosed) && !v.finSent()
}

func checkFlightTimer(_ *Model, v *View) string {
	handshake := v.State == tcp.StateSynSent || v.State == tcp.StateSynReceived
	if (v.sending() || handshake) && v.SndUna != v.SndNxt && v.sendTimers() == 0 {
		return fmt.Sprintf("unacknowledged octets in %v, and no timer", v.State)
	}
	return ""
}

func checkPersist(_ *Model, v *View) string {
	if v.sending() && v.SendWindow == 0 && v.waits() && v.SndUna == v.SndNxt && v.runs(tcp.TimerPersist) == 0 {
		return "data or FIN waits before a closed window, and no persist timer runs"
	}
	return ""
}

func checkIdleTimers(_ *Model, v *View) string {
	if v.Synchronized() && v.SndUna == v.SndNxt && !v.waits() && v.sendTimers()+v.runs(tcp.TimerUserTimeout) > 0 {
		return fmt.Sprintf("nothing is owed in %v, and a timer of the sender or the user timeout runs", v.State)
	}
	return ""
}

func checkDeadline(_ *Model, v *View) string {
	first := tcp.Never
	for _, due := range v.Timers {
		first = min(first, due)
	}
	if first != v.Deadline || v.Deadline <= 0 {
		return fmt.Sprintf("Deadline is %v from now, the first timer is due in %v", v.Deadline, first)
	}
	return ""
}

// checkLingering: Close waits for the acknowledgment of the FIN, and no longer than
// the linger time.
func checkLingering(_ *Model, v *View) string {
	if lingers := v.Has(tcp.ReadyLingering); lingers != (v.runs(tcp.TimerLinger) > 0) || lingers && (v.finAcked() || v.References > 0) {
		return fmt.Sprintf("lingering is %v, in %v with %d descriptors, FIN acknowledged %v, and %d timers for it",
			lingers, v.State, v.References, v.finAcked(), v.runs(tcp.TimerLinger))
	}
	return ""
}

// checkUnbounded is the list of states that may last for ever.
func checkUnbounded(m *Model, v *View) string {
	if v.Deadline != tcp.Never {
		return ""
	}
	idle := v.SndUna == v.SndNxt && !v.waits()
	switch v.State {
	case tcp.StateClosed, tcp.StateListen:
		return ""
	case tcp.StateEstablished, tcp.StateCloseWait:
		if idle {
			return ""
		}
	case tcp.StateFinWait2:
		if v.References > 0 || m.Config[v.History.Side].FinWait2Timeout == tcp.Forever {
			return ""
		}
	}
	return fmt.Sprintf("%v with no timer: it may last for ever", v.State)
}
