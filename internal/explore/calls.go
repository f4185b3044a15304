package explore

import "github.com/seed-447e5d66/tcp"

// Call is something that the user of an end, or its host, may do.
type Call uint8

const (
	CallOpen       Call = iota // Open; of an end that is over, as the next incarnation
	CallListen                 // Listen; of an end that is over, as the next incarnation
	CallReconnect              // OpenFrom the own TIME-WAIT, as the next incarnation
	CallSend                   // Send of one octet
	CallSendUrgent             // SendUrgent of one octet
	CallReceive                // Receive of all that can be read
	CallCloseWrite             // CloseWrite
	CallCloseRead              // CloseRead
	CallClose                  // Close
	CallAbort                  // Abort
	CallRetain                 // Retain: one more descriptor
	CallExit                   // Exit: the process ends that holds one
	CallLinger                 // SetLinger(Model.Linger)
	CallCrash                  // the host forgets the connection, and is up again at once
	CallDown                   // the host forgets the connection, and answers nothing any more
	CallUp                     // the host that was down answers again
	numCalls
)

var callNames = [numCalls]string{
	"Open", "Listen", "OpenFrom", "Send(1)", "SendUrgent(1)", "Receive", "CloseWrite", "CloseRead", "Close", "Abort",
	"Retain", "Exit", "SetLinger", "crash", "down", "up",
}

// String names the call.
func (c Call) String() string {
	if c < numCalls {
		return callNames[c]
	}
	return "unknown call"
}

// opens reports whether the call makes a new connection.
func (c Call) opens() bool { return c <= CallReconnect }

// Calls says how often each call may be made: 0 to 15 times.
type Calls [numCalls]int

// call makes a call of the user; false if it is not possible now.
func (s *stepper) call(call Call) bool {
	switch {
	case s.hist.Down != (call == CallUp):
		return false
	case call.opens():
		return s.open(call)
	case call >= CallCrash:
		return s.host(call)
	}
	if !s.x.model.Misuse && s.idle(call) {
		return false
	}
	c, now := &s.conn, s.now
	switch call {
	case CallSend:
		s.step.Err = c.Send(now, 1)
	case CallSendUrgent:
		if s.step.Err = c.SendUrgent(now, 1); s.step.Err == nil {
			s.hist.Urgent = uint8(s.submitted())
		}
	case CallReceive:
		s.step.Err = c.Receive(now, max(c.Readable(), 1))
	case CallCloseWrite:
		s.step.Err = c.CloseWrite(now)
	case CallCloseRead:
		s.step.Err = c.CloseRead(now)
	case CallClose:
		s.step.Err = c.Close(now)
	case CallAbort:
		s.step.Err = c.Abort(now)
	case CallRetain:
		s.step.Err = c.Retain()
	case CallExit:
		s.step.Err = c.Exit(now)
	case CallLinger:
		s.step.Err = c.SetLinger(now, s.x.model.Linger)
		s.hist.Linger = true
	}
	return true
}

// idle reports whether a call would change nothing, or be refused.
func (s *stepper) idle(call Call) bool {
	switch before := &s.step.Before; call {
	case CallReceive:
		return before.Readable == 0
	case CallCloseRead:
		return before.Has(tcp.ReadyReadClosed)
	case CallClose, CallExit, CallRetain:
		return before.References == 0 || before.Has(tcp.ReadyEnded)
	}
	return false
}

// submitted is how many octets the user has sent.
func (s *stepper) submitted() int {
	status := s.conn.Status()
	return status.SndEnd.Sub(status.ISS) - 1
}

// open opens the connection, or the next incarnation of one that is over.
func (s *stepper) open(call Call) bool {
	c := &s.conn
	before := &s.step.Before
	tw, reusable := c.TimeWait()
	switch {
	case call == CallReconnect && !reusable:
		return false
	case call == CallReconnect || before.Has(tcp.ReadyEnded):
		s.next()
	}
	if int(s.hist.Incarnation) > s.x.model.incarnations() {
		return false
	}
	iss := s.x.model.ISS[s.hist.Side] + tcp.Seq(s.hist.Incarnation-1)*s.x.model.ISSStep
	switch call {
	case CallOpen:
		s.step.Err = c.Open(s.now, iss)
	case CallListen:
		s.step.Err = c.Listen(s.now, iss)
	case CallReconnect:
		s.step.Err = c.OpenFrom(s.now, tw, s.x.model.Bound)
		return s.step.Err == nil
	}
	return s.step.Err == nil || s.x.model.Misuse && before.State != tcp.StateClosed
}

// host is what happens to the host of an end.
func (s *stepper) host(call Call) bool {
	switch {
	case call == CallUp:
		s.hist.Down = false
		return true
	case s.conn.State() == tcp.StateClosed:
		return false
	}
	s.next()
	s.hist.Crashed, s.hist.Down = true, call == CallDown
	return true
}

// next makes the connection a fresh one.
func (s *stepper) next() {
	like := s.conn
	s.conn.Init(&like)
	if err := s.x.model.set(&s.conn); err != nil {
		panic("a setter fails later than it did at first: " + err.Error())
	}
	s.hist = History{Side: s.hist.Side, Incarnation: s.hist.Incarnation + 1, Crashed: s.hist.Crashed}
}
