package socket

import (
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// kind is what a socket is.
type kind uint8

const (
	fresh      kind = iota // not connected, not listening
	listening              // a listener
	connection             // a connection, from its first segment on, also after its end
)

// socket is what descriptors refer to, and what a connection is before it has one.
type socket struct {
	kind kind
	conn tcp.Conn // fresh and listening: CLOSED, and what its options are

	local, remote uint16 // 0: none
	bound         bool   // local was chosen by Bind or Listen
	inherited     bool   // local is the port of the listener that it came from
	shut          How    // directions of a Shutdown that came before Connect, and failed
	reuse         bool   // SO_REUSEADDR
	connecting    bool   // Connect has returned EINPROGRESS, and no other Connect since
	refs          int    // descriptors
	written       uint64 // octets, since the connection was opened
	consumed      uint64 // octets that were read, since the connection was opened
	urgentRead    uint64 // the offset behind the urgent octet that was read; 0: none
	err           Errno  // what waits to be read, beside the error of conn
	errRead       bool   // the error of conn was read
	icmp          Errno  // what the last ICMP message says, "" for none
	icmpAcked     uint64 // octets that were acknowledged then

	settings
	keepInitEnd tcp.Time // when an active open gives up, if keepInit says so
	holdsACK    bool     // an active open, whose SYN-ACK is acknowledged with data
	noSpace     bool     // a program waits for space: SOCK_NOSPACE
	wakes       Wakes
	seen        seen
	limits      limits

	listener *socket       // the one that it came from, until it is accepted
	deferred bool          // its listener waits for data: the handshake was complete once
	queued   bool          // it is in the accept queue
	old      *tcp.TimeWait // that it took the place of

	made    tcp.Config // the host's when it was created
	options []option   // that were set
	changes int        // of the host's configuration, when it was last taken over

	backlog int       // listening
	queue   []*socket // listening: the accept queue
	closed  bool      // listening: not any more
}

// settings are socket options that the host keeps, beside those of tcp.Conn. A
// connection inherits them from its listener.
type settings struct {
	sendBuffer    int // SO_SNDBUF
	sendSet       bool
	receiveBuffer int  // SO_RCVBUF, as it was set or configured
	receiveLow    int  // SO_RCVLOWAT
	notSentLow    int  // TCP_NOTSENT_LOWAT; 0: none
	deferAccept   int  // TCP_DEFER_ACCEPT, in timeouts of the SYN-ACK
	inline        bool // SO_OOBINLINE
	keepInit      int  // TCP_KEEPINIT, in milliseconds; 0: none
}

// option is a socket option that was set.
type option struct {
	name   string
	values []int
}

// connection returns the connection between two ports.
func (h *Host) connection(local, remote uint16) *socket {
	for _, s := range h.sockets {
		if s.kind == connection && s.local == local && s.remote == remote {
			return s
		}
	}
	return nil
}

// listener returns the listener on a port.
func (h *Host) listener(local uint16) *socket {
	for _, s := range h.sockets {
		if s.kind == listening && s.local == local {
			return s
		}
	}
	return nil
}

// wait returns what remains of the connection between two ports.
func (h *Host) wait(local, remote uint16) *wait {
	for _, w := range h.waits {
		if w.local == local && w.remote == remote {
			return w
		}
	}
	return nil
}

// Lookup is what is known of the connection between two ports: its state, CLOSED if
// there is none, and whether only a [tcp.TimeWait] is left of it, until deadline.
func (h *Host) Lookup(local, remote uint16) (state tcp.State, deadline tcp.Time, detached bool) {
	if s := h.connection(local, remote); s != nil {
		return s.conn.State(), s.conn.Deadline(), false
	}
	if w := h.wait(local, remote); w != nil {
		return w.tw.State(), w.tw.Deadline(), true
	}
	return tcp.StateClosed, tcp.Never, false
}

// add makes a socket one that has a port.
func (h *Host) add(s *socket) {
	if !slices.Contains(h.sockets, s) {
		h.sockets = append(h.sockets, s)
	}
}

// remove takes a socket out of the reach of segments. Descriptors may still refer
// to it.
func (h *Host) remove(s *socket) {
	h.sockets = slices.DeleteFunc(h.sockets, func(other *socket) bool { return other == s })
}

func (h *Host) dropWait(w *wait) {
	h.waits = slices.DeleteFunc(h.waits, func(other *wait) bool { return other == w })
}

// abandoned reports a connection request whose listener was closed: Linux finds out
// when its timer expires or a segment comes.
func (s *socket) abandoned() bool { return s.listener != nil && !s.queued && s.listener.closed }

// completed reports a connection request whose handshake is complete, and which is
// not yet in the accept queue.
func (s *socket) completed() bool {
	return s.listener != nil && !s.queued && s.conn.Ready()&tcp.ReadyEstablished != 0
}

// hasRoom reports whether the accept queue takes one more; Linux lets it grow to
// one beyond the backlog.
func (s *socket) hasRoom() bool { return len(s.queue) <= s.backlog }

// mustOpen panics for an error in the opening of a fresh connection, which there
// cannot be.
func (s *socket) mustOpen(err error) {
	if err != nil {
		panic("socket: BUG: " + err.Error())
	}
}
