package packetdrill

import (
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// Numbering is the numbering of connection states in TCP_INFO.
type Numbering uint8

const (
	LinuxNumbering Numbering = iota // TCP_ESTABLISHED = 1 … TCP_CLOSING = 11 (include/net/tcp_states.h)
	BSDNumbering                    // TCPS_CLOSED = 0 … TCPS_TIME_WAIT = 10 (netinet/tcp_fsm.h)
)

// stateNumbers are the states in each numbering.
var stateNumbers = [...]map[tcp.State]int64{
	LinuxNumbering: {
		tcp.StateEstablished: 1, tcp.StateSynSent: 2, tcp.StateSynReceived: 3, tcp.StateFinWait1: 4,
		tcp.StateFinWait2: 5, tcp.StateTimeWait: 6, tcp.StateClosed: 7, tcp.StateCloseWait: 8,
		tcp.StateLastAck: 9, tcp.StateListen: 10, tcp.StateClosing: 11,
	},
	BSDNumbering: {
		tcp.StateClosed: 0, tcp.StateListen: 1, tcp.StateSynSent: 2, tcp.StateSynReceived: 3,
		tcp.StateEstablished: 4, tcp.StateCloseWait: 5, tcp.StateFinWait1: 6, tcp.StateClosing: 7,
		tcp.StateLastAck: 8, tcp.StateFinWait2: 9, tcp.StateTimeWait: 10,
	},
}

// State returns the number of a state, as in tcpi_state.
func (n Numbering) State(s tcp.State) int64 { return stateNumbers[n][s] }

// constants have the same value in both numberings.
var constants = map[string]int64{
	"TCPI_OPT_TIMESTAMPS": 1, "TCPI_OPT_SACK": 2, "TCPI_OPT_WSCALE": 4, "TCPI_OPT_ECN": 8, "TCPI_OPT_SYN_DATA": 32,
	"TCP_CA_Open": 0, "TCP_CA_Disorder": 1, "TCP_CA_CWR": 2, "TCP_CA_Recovery": 3, "TCP_CA_Loss": 4,
}

// Constant returns the value of a constant in code: a state as Linux (TCP_…) or
// BSD (TCPI_…, TCPS_…) names it, in this numbering whichever of the names is
// used, an option bit TCPI_OPT_… or a congestion state TCP_CA_….
func (n Numbering) Constant(name string) (int64, bool) {
	if v, ok := constants[name]; ok {
		return v, true
	}
	for _, prefix := range []string{"TCP_", "TCPI_", "TCPS_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if s, ok := ParseState(rest); ok {
				return n.State(s), true
			}
		}
	}
	return 0, false
}

// stateAliases are the names of states in the tools of Linux and BSD, in upper
// case and without separators, where they differ from RFC 9293.
var stateAliases = map[string]tcp.State{
	"CLOSE": tcp.StateClosed, "SYNRECV": tcp.StateSynReceived, "SYNRCVD": tcp.StateSynReceived,
	"ESTAB": tcp.StateEstablished, "UNCONN": tcp.StateClosed,
}

// ParseState returns the state of a name as RFC 9293, Linux or BSD spell it:
// TIME-WAIT, TIME_WAIT, FIN_WAIT_1, FIN_WAIT1, SYN_RCVD, SYN-RECV, ….
func ParseState(name string) (tcp.State, bool) {
	plain := strings.NewReplacer("-", "", "_", "").Replace(strings.ToUpper(name))
	if s, ok := stateAliases[plain]; ok {
		return s, true
	}
	for s := tcp.StateClosed; s <= tcp.StateTimeWait; s++ {
		if strings.ReplaceAll(s.String(), "-", "") == plain {
			return s, true
		}
	}
	return 0, false
}
