package explore

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// Alphabet are the events of docs/teardown-cases.md, section L, that happen to one
// end, as the coverage of a search names them. What section L calls in window is
// new here, or beyond a gap; "RST" and "neither SYN nor RST" stand for every such
// segment where an end has no numbers to compare with.
func Alphabet() []string {
	events := []string{
		"call: Open", "call: Listen", "call: Send(1)", "call: Receive", "call: CloseWrite", "call: Close", "call: Abort",
		"ACK old or duplicate", "ACK of data", "ACK of FIN", "ACK beyond SND.NXT", "no ACK",
		"text", "FIN", "text+FIN", "FIN+ACK of FIN", "text old", "FIN old", "text+FIN old",
		"text beyond a gap", "FIN beyond a gap", "text+FIN beyond a gap",
		"SYN", "SYN,ACK", "SYN older", "SYN newer",
		"RST exact", "RST in window", "RST old", "RST beyond", "RST", "neither SYN nor RST",
		"window 0", "window reopens", "window shrinks",
	}
	for t := range tcp.NumTimers {
		events = append(events, "timer: "+tcp.Timer(t).String())
	}
	return events
}

// Unreachable is why no connection meets an event in a state; "" if one can.
func Unreachable(e StateEvent) string {
	for _, r := range unreachable {
		if slices.Contains(r.events, e.Event) && slices.Contains(r.states, e.State) {
			return r.why
		}
	}
	return ""
}

var (
	unsynchronized = []tcp.State{tcp.StateClosed, tcp.StateListen, tcp.StateSynSent}
	noFINSent      = []tcp.State{tcp.StateSynReceived, tcp.StateEstablished, tcp.StateCloseWait}
	allAcked       = []tcp.State{tcp.StateFinWait2, tcp.StateTimeWait}
	peerHasClosed  = []tcp.State{tcp.StateClosing, tcp.StateLastAck}
	beforeData     = []tcp.State{tcp.StateClosed, tcp.StateListen, tcp.StateSynSent, tcp.StateSynReceived}
)

func statesBut(without ...tcp.State) (states []tcp.State) {
	for s := tcp.StateClosed; s <= tcp.StateTimeWait; s++ {
		if !slices.Contains(without, s) {
			states = append(states, s)
		}
	}
	return states
}

func timerEvents(timers ...tcp.Timer) (events []string) {
	for _, t := range timers {
		events = append(events, "timer: "+t.String())
	}
	return events
}

// reason is why none of the events can happen in any of the states.
type reason struct {
	why    string
	events []string
	states []tcp.State
}

// unreachable holds the reasons, the first that applies. That a timer does not run
// is a rule of its own, I58, which every world is checked for.
var unreachable = []reason{
	{
		"there is no window yet, and nothing in flight, to compare with: a segment is a SYN, a SYN,ACK, a RST or neither",
		[]string{
			"ACK old or duplicate", "ACK of data", "ACK of FIN", "ACK beyond SND.NXT", "no ACK",
			"text", "FIN", "text+FIN", "FIN+ACK of FIN", "text old", "FIN old", "text+FIN old",
			"text beyond a gap", "FIN beyond a gap", "text+FIN beyond a gap",
			"RST exact", "RST in window", "RST old", "RST beyond", "window 0", "window reopens", "window shrinks",
		},
		unsynchronized,
	},
	{"it is told by its numbers what kind it is", []string{"RST", "neither SYN nor RST"}, statesBut(unsynchronized...)},
	{"only TIME-WAIT tells SYNs apart by their numbers", []string{"SYN older", "SYN newer"}, statesBut(tcp.StateTimeWait)},
	{"TIME-WAIT tells SYNs apart by their numbers", []string{"SYN"}, []tcp.State{tcp.StateTimeWait}},
	{"no FIN has been sent (I37)", []string{"ACK of FIN", "FIN+ACK of FIN"}, noFINSent},
	{"everything is acknowledged, the FIN included (I38)", []string{"ACK of data", "ACK of FIN", "FIN+ACK of FIN"}, allAcked},
	{"the peer's FIN has come, and it has only one (I9, I37): one that acknowledges ours is old", []string{"FIN+ACK of FIN"}, peerHasClosed},
	{
		"nothing has been sent that could have filled the peer's window since its SYN, which offers at least one octet",
		[]string{"window 0", "window reopens", "window shrinks"}, []tcp.State{tcp.StateSynReceived},
	},
	{
		"it runs while something is unacknowledged, and nothing is (I38, I58)",
		timerEvents(tcp.TimerRetransmit, tcp.TimerPersist, tcp.TimerLossProbe, tcp.TimerUserTimeout), allAcked,
	},
	{
		"nothing has been sent yet that needs an answer (I58)",
		timerEvents(tcp.TimerRetransmit, tcp.TimerUserTimeout), []tcp.State{tcp.StateClosed, tcp.StateListen},
	},
	{
		"it needs data, or a connection that is idle, and so ESTABLISHED before it (I58)",
		timerEvents(tcp.TimerPersist, tcp.TimerLossProbe, tcp.TimerDelayedACK, tcp.TimerKeepAlive), beforeData,
	},
	{
		"the peer's FIN was acknowledged at once, and nothing comes after it (I58)",
		timerEvents(tcp.TimerDelayedACK), []tcp.State{tcp.StateClosing, tcp.StateTimeWait},
	},
	{"TIME-WAIT is bounded without it (I58)", timerEvents(tcp.TimerKeepAlive), []tcp.State{tcp.StateTimeWait}},
	{
		"Close waits while its FIN is unacknowledged (I58)", timerEvents(tcp.TimerLinger),
		statesBut(tcp.StateFinWait1, tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck),
	},
	{"it bounds FIN-WAIT-2 (I58)", timerEvents(tcp.TimerFinWait2), statesBut(tcp.StateFinWait2)},
	{"it bounds TIME-WAIT (I58)", timerEvents(tcp.TimerTimeWait), statesBut(tcp.StateTimeWait)},
}
