package tcp

// State is a state of a connection (RFC 9293 §3.3.2, Figure 5).
type State uint8

const (
	StateClosed      State = iota // no connection at all
	StateListen                   // waiting for a connection request from any remote TCP
	StateSynSent                  // waiting for a matching connection request after having sent one
	StateSynReceived              // waiting for the acknowledgment of the connection request
	StateEstablished              // open; data can be sent and received
	StateFinWait1                 // waiting for the remote FIN, or the acknowledgment of the FIN sent
	StateFinWait2                 // waiting for the remote FIN
	StateCloseWait                // waiting for the local user to close
	StateClosing                  // waiting for the acknowledgment of the FIN, the remote FIN having come
	StateLastAck                  // waiting for the acknowledgment of the FIN sent in answer to the remote one
	StateTimeWait                 // waiting until every segment of the connection has left the network
	numStates
)

var stateNames = [numStates]string{
	"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
	"FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT",
}

// String returns the state's name as RFC 9293 spells it.
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "State(?)"
}

// synchronized reports whether both sequence spaces are known to both ends
// (RFC 9293 §3.3.2: ESTABLISHED and every later state).
func (s State) synchronized() bool { return s >= StateEstablished }

// stateSet is a set of states.
type stateSet uint16

func states(list ...State) (set stateSet) {
	for _, s := range list {
		set |= 1 << s
	}
	return set
}

func (set stateSet) has(s State) bool { return set>>(s&15)&1 != 0 }

// edges are the transitions that exist: those of RFC 9293 Figure 5, the way to
// CLOSED that abort, RST and timeouts open from every state, and the
// three below. A FIN that acknowledges ours (Figure 5, note 2) goes from FIN-WAIT-1
// through FIN-WAIT-2 to TIME-WAIT, as the fifth and the eighth step have it.
//
//	SYN-RECEIVED → FIN-WAIT-1  a CLOSE before ESTABLISHED (Config.CloseInSynReceived CloseImmediate)
//	TIME-WAIT    → SYN-RECEIVED a legal SYN (RFC 6191; Conn.SetReopen)
//	SYN-RECEIVED → TIME-WAIT   that SYN was an old duplicate (RFC 9293 §3.6.1, MAY-2; SYNRFC6191)
var edges = [numStates]stateSet{
	StateClosed:      states(StateListen, StateSynSent),
	StateListen:      states(StateClosed, StateSynSent, StateSynReceived),
	StateSynSent:     states(StateClosed, StateEstablished, StateSynReceived),
	StateSynReceived: states(StateClosed, StateEstablished, StateFinWait1, StateListen, StateTimeWait),
	StateEstablished: states(StateClosed, StateFinWait1, StateCloseWait),
	StateFinWait1:    states(StateClosed, StateFinWait2, StateClosing),
	StateFinWait2:    states(StateClosed, StateTimeWait),
	StateCloseWait:   states(StateClosed, StateLastAck),
	StateClosing:     states(StateClosed, StateTimeWait),
	StateLastAck:     states(StateClosed),
	StateTimeWait:    states(StateClosed, StateSynReceived),
}

// Cause says what made a connection change its state.
type Cause uint8

const (
	CauseOpen    Cause = iota // Open, OpenFrom or Listen
	CauseClose                // Close, CloseWrite or Exit
	CauseAbort                // Abort, or Close with unread data or zero linger
	CauseSYN                  // a SYN arrived
	CauseACK                  // an acknowledgment arrived
	CauseFIN                  // a FIN arrived
	CauseRST                  // a RST arrived
	CauseData                 // data arrived that cannot be received any more
	CauseSent                 // the FIN was sent
	CauseTimeout              // a timer expired
	CauseICMP                 // an ICMP error arrived
	CauseDetach               // Detach handed the rest to the host
	numCauses
)

var causeNames = [numCauses]string{
	"open", "close", "abort", "SYN", "ACK", "FIN", "RST", "data", "FIN sent", "timeout", "ICMP", "detach",
}

// String names the cause.
func (c Cause) String() string {
	if c < numCauses {
		return causeNames[c]
	}
	return "unknown cause"
}

// enter changes the state: the only place that does. What has to start or stop
// with a state does so here, from whichever state it is entered.
func (c *Conn) enter(to State, cause Cause) {
	from := c.state
	if !edges[from].has(to) {
		panic("tcp: BUG: transition that RFC 9293 Figure 5 does not have")
	}
	c.state = to
	switch to {
	case StateClosed:
		c.stopAll()
		c.user.lingering = false
		c.dropObligations()
	case StateListen, StateSynSent, StateSynReceived:
	case StateEstablished:
		c.established = true
		c.startKeepAlive()
	case StateFinWait1, StateCloseWait, StateClosing, StateLastAck:
	case StateFinWait2:
		c.leaveLinger()
		c.startFinWait2()
	case StateTimeWait:
		if c.cfg.TimeWaitRule == TimeWaitAnyACK && !(from == StateFinWait2 && c.user.orphaned() && c.inTimeWaitPhase()) {
			c.limit = throttle{} // Linux's minisocket begins with its own
		}
		c.stopAll()
		c.owe.probe = noProbe // it would take the place of the FIN's acknowledgment
		c.leaveLinger()
		c.start(TimerTimeWait, 2*c.cfg.MSL)
	default:
		panic("tcp: BUG: unknown state")
	}
	if c.trace != nil && c.trace.Transition != nil {
		c.trace.Transition(c.now, from, to, cause)
	}
}

// end enters CLOSED and keeps the reason for Err.
func (c *Conn) end(kind ErrorKind, cause Cause) {
	c.endKind, c.endState, c.ended = kind, c.state, true
	c.enter(StateClosed, cause)
}
