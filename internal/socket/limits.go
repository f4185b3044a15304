package socket

import "github.com/seed-447e5d66/tcp"

// limit is what a connection waits for while its send queue is not empty.
type limit uint8

const (
	idle      limit = iota // the queue is empty
	busy                   // for acknowledgments, for the congestion window
	byWindow               // for the peer's receive window
	byBuffer               // for the program, which waits for space in the send buffer
	numLimits = iota
)

// limits is how long a connection has waited for what: tcp_chrono of Linux.
type limits struct {
	now   limit
	since tcp.Time
	spent [numLimits]tcp.Time // how long
}

// follow takes what the connection waits for since now.
func (l *limits) follow(s *socket, now tcp.Time) {
	next := idle
	if s.kind == connection && (l.now != idle || s.written != s.conn.Acked() || s.sendShut()) {
		next = s.limit(l.now)
	}
	if next != l.now {
		l.spent[l.now] += now - l.since
		l.now, l.since = next, now
	}
}

// at returns for how many microseconds a limit has held until now.
func (l *limits) at(which limit, now tcp.Time) int64 {
	const microsecond = 1000
	spent := l.spent[which]
	if which == l.now {
		spent += now - l.since
	}
	return int64((spent + microsecond/2) / microsecond)
}

// limit is what s waits for; previous is what it has waited for until now.
func (s *socket) limit(previous limit) limit {
	st := s.conn.Status()
	if st.State < tcp.StateEstablished || s.conn.Ready()&tcp.ReadyEnded != 0 {
		return idle
	}
	unsent, flight := st.SndEnd.Sub(st.SndNxt), st.SndNxt.Sub(st.SndUna)
	if closing(st.State) {
		unsent++ // the FIN; if it was sent, none is left
	}
	if unsent <= 0 && flight == 0 {
		return idle
	}
	full := flight >= st.CongestionWindow
	switch {
	case s.noSpace && (previous == byBuffer || unsent <= 0 && !full && !startingSlowly(&st, flight) && canWrite(st.State)):
		return byBuffer
	case unsent > 0 && !full && flight+min(unsent, st.MaxPayload) > st.SendWindow:
		return byWindow
	}
	return busy
}

// closing reports the states in which a FIN waits for its acknowledgment, or to be
// sent.
func closing(s tcp.State) bool {
	return s == tcp.StateFinWait1 || s == tcp.StateClosing || s == tcp.StateLastAck
}

func canWrite(s tcp.State) bool { return s == tcp.StateEstablished || s == tcp.StateCloseWait }

// startingSlowly reports that in slow start the congestion window is about to grow:
// less than twice of what is in flight, it still counts as what limits
// (tcp_is_cwnd_limited).
func startingSlowly(st *tcp.Status, flight int) bool {
	return st.CongestionWindow < st.SlowStartThreshold && st.CongestionWindow < 2*flight
}

// Info is what TCP_INFO and SO_MEMINFO know of a connection beside its own variables.
type Info struct {
	tcp.Status
	Busy          int64 // microseconds with something in the send queue
	WindowLimited int64 // of them, those in which the peer's window held it up
	BufferLimited int64 // of them, those in which the program waited for the send buffer
	SendBuffer    int   // octets
	SendBufferSet bool  // by SO_SNDBUF
	ReceiveBuffer int   // octets
}

func (h *Host) info(s *socket) Info {
	i := Info{Status: s.conn.Status(), SendBuffer: s.sendBuffer, SendBufferSet: s.sendSet, ReceiveBuffer: s.receiveBuffer}
	i.WindowLimited, i.BufferLimited = s.limits.at(byWindow, h.now), s.limits.at(byBuffer, h.now)
	i.Busy = s.limits.at(busy, h.now) + i.WindowLimited + i.BufferLimited
	return i
}

// Info returns what is known of a descriptor's connection.
func (p *Process) Info(now tcp.Time, fd FD) (Info, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return Info{}, err
	}
	return p.host.info(s), nil
}

// Info returns what is known of the connection between two ports: of one in TIME-WAIT
// only its state.
func (h *Host) Info(local, remote uint16) (Info, bool) {
	if s := h.connection(local, remote); s != nil {
		return h.info(s), true
	}
	st, ok := h.Status(local, remote)
	return Info{Status: st}, ok
}
