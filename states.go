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
