package explore

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

// endpoint is one end: the connection in its canonical form, what time it is for
// that, and what the rules need to remember of its past.
type endpoint struct {
	conn    tcp.Conn
	now     tcp.Time
	history History
}

// History is what the rules need to remember of an end and its Conn does not.
type History struct {
	Side         uint8 // 0 or 1; 0 for both ends where they can be exchanged
	Incarnation  uint8 // of this end, from 1 on
	Peer         uint8 // the peer's incarnation that it is synchronized with; 0: none
	OldPeer      uint8 // the same, of the TIME-WAIT that was reopened
	TimeWait     bool  // this incarnation was in TIME-WAIT
	Aborted      bool  // Abort, or a Close that reset
	Crashed      bool  // an incarnation before this one was forgotten
	FinWait2Over bool  // it ended by the timeout of FIN-WAIT-2
	DataLost     bool  // it reset because data came that nobody could receive any more
	ResetSent    bool  // it has sent a RST before it was synchronized
	Down         bool  // its host is down
	Linger       bool  // CallLinger was made
	Urgent       uint8 // how many octets it had sent when the last of them was urgent
}

// View is what the rules see of an end: everything that a Conn shows.
type View struct {
	tcp.Status
	Ready    tcp.Ready
	EndState tcp.State // what it was in when it ended
	Deadline tcp.Time  // from now on, as all of Timers
	HeldEnd  tcp.Seq   // of what is held beyond a gap; 0 if nothing is
	Mark     int       // octets received when the last of them was urgent; 0 if it has been read
	History  History
	broken   []breach
}

// Submitted is how many octets the user has sent.
func (v *View) Submitted() int {
	if v.State <= tcp.StateListen && !v.Has(tcp.ReadyEnded) {
		return 0
	}
	return v.SndEnd.Sub(v.ISS) - 1
}

// Received is how many octets have come in order.
func (v *View) Received() int {
	n := v.RcvNxt.Sub(v.IRS) - 1
	if v.Has(tcp.ReadyEOF) {
		n--
	}
	return max(n, 0)
}

// Has reports whether all the conditions hold.
func (v *View) Has(r tcp.Ready) bool { return v.Ready&r == r }

// Synchronized reports whether the state is ESTABLISHED or a later one.
func (v *View) Synchronized() bool { return v.State >= tcp.StateEstablished }

// breach is a rule that is broken.
type breach struct{ rule, text string }

func (x *explorer) view(e *endpoint) View {
	v := View{
		Status: e.conn.Status(), Ready: e.conn.Ready(),
		Deadline: e.conn.Deadline(), History: e.history,
	}
	fromNow := func(t *tcp.Time) {
		if *t != tcp.Never {
			*t -= e.now
		}
	}
	fromNow(&v.Deadline)
	for i := range v.Timers {
		fromNow(&v.Timers[i])
	}
	for i := 0; ; i++ {
		offset, n, ok := e.conn.Held(i)
		if !ok {
			break
		}
		v.HeldEnd = v.RcvNxt.Add(int(offset) + n - v.Received())
	}
	if mark, ok := e.conn.UrgentMark(); ok {
		v.Mark = int(mark)
	}
	if err, ok := e.conn.Err().(*tcp.Error); ok {
		v.EndState = err.State
	}
	for _, check := range x.checks.End {
		if text := check.Check(x.model, &v); text != "" {
			v.broken = append(v.broken, breach{check.Rule, text})
		}
	}
	return v
}

// input is what happens to one end, in one number.
type input uint64

type inputKind uint8

const (
	inputCall    inputKind = iota // of the Call
	inputTimer                    // Advance to its own deadline
	inputAge                      // Advance by the time numbered
	inputArrival                  // of the copy numbered
	inputFair    inputKind = 4    // added in a fair run, which does not count as coverage
)

func makeInput(kind inputKind, value uint32) input { return input(kind)<<28 | input(value) }

func (in input) kind() inputKind { return inputKind(in>>28) &^ inputFair }
func (in input) value() uint32   { return uint32(in & (1<<28 - 1)) }
func (in input) fair() bool      { return inputKind(in>>28)&inputFair != 0 }

// maxSent is how many segments one input may draw.
const maxSent = 6

// result is what an end does with an input.
type result struct {
	end    uint32
	sent   [maxSent]uint32 // copies; 0 beyond the last one
	broken bool            // a rule of one end: explorer.breaches says which
	none   bool            // the input is not possible
}

// Step is what the rules see of an end's reaction to one input.
type Step struct {
	Before, After View
	Call          Call
	Called        bool         // the input is Call
	Timer         bool         // the input is time
	Arrived       *tcp.Segment // the input is this segment
	Verdict       tcp.Verdict  // of Arrived
	Foreign       bool         // Arrived belongs to another incarnation
	Forged        bool         // nobody has sent Arrived
	Offset        uint64       // stream offset of Arrived's payload, by its sender
	Taken         int          // octets of it that were new
	Misplaced     bool         // some of them at the wrong offset
	Err           error        // of Call
	Changed       bool         // the connection is another one than before
	Sent          []tcp.Segment
	Clock         [2]uint32 // of the timestamps of both ends, when the step began and when it ended
	Transitions   []Edge
	Timers        []tcp.Timer // that expired
	TimerStates   []tcp.State // in which each of them did
	Panic         string
	// Again is the connection after the same segment arrived once more.
	Again *View
}

// Edge is a change of state.
type Edge struct {
	From, To tcp.State
	Cause    tcp.Cause
}

// String writes the edge with an arrow.
func (e Edge) String() string { return fmt.Sprintf("%v → %v (%v)", e.From, e.To, e.Cause) }

// stepper performs steps; one for each worker.
type stepper struct {
	x     *explorer
	trace tcp.Trace
	step  Step
	conn  tcp.Conn
	now   tcp.Time // for conn
	hist  History
	out   []copied
}

func newStepper(x *explorer) *stepper {
	s := &stepper{x: x}
	s.trace.Transition = func(_ tcp.Time, from, to tcp.State, cause tcp.Cause) {
		s.step.Transitions = append(s.step.Transitions, Edge{from, to, cause})
	}
	s.trace.TimerFired = func(_ tcp.Time, timer tcp.Timer) {
		s.step.Timers, s.step.TimerStates = append(s.step.Timers, timer), append(s.step.TimerStates, s.conn.State())
	}
	return s
}

// perform lets the end numbered id react to in. The step stays in s.step.
func (s *stepper) perform(id uint32, in input) (res result) {
	before := s.x.ends.at(id)
	s.conn, s.now, s.hist = before.value.conn, before.value.now, before.value.history
	s.conn.SetTrace(&s.trace)
	s.step = Step{
		Before: before.view, Sent: s.step.Sent[:0], Transitions: s.step.Transitions[:0],
		Timers: s.step.Timers[:0], TimerStates: s.step.TimerStates[:0],
	}
	s.out = s.out[:0]
	var after endpoint
	func() {
		defer func() {
			if p := recover(); p != nil {
				s.step.Panic = fmt.Sprint(p)
			}
		}()
		if res.none = !s.react(in); !res.none {
			after = s.canonical()
		}
	}()
	if s.step.Panic != "" {
		after = before.value
	}
	if res.none {
		return res
	}
	s.step.Clock = [2]uint32{s.x.clock(before.value.now), s.x.clock(s.now)}
	s.remember()
	after.history = s.hist
	s.step.Changed = after.conn != before.value.conn
	res.end = s.x.ends.id(&after)
	s.step.After = s.x.ends.at(res.end).view
	for i := range s.out {
		res.sent[i] = s.x.copies.id(&s.out[i])
	}
	return res
}

// react does what in says, and moves s.now on; false if it is not possible.
func (s *stepper) react(in input) bool {
	switch in.kind() {
	case inputCall:
		s.step.Call, s.step.Called = Call(in.value()), true
		if !s.call(s.step.Call) {
			return false
		}
		s.drain()
		s.advance() // a timer set for no time at all
	case inputTimer:
		due := s.conn.Deadline()
		if due == tcp.Never {
			return false
		}
		s.now = s.x.model.align(due)
		s.step.Timer = true
		s.advance()
	case inputAge:
		s.now += s.x.times.at(in.value()).value
		s.step.Timer = true
		s.advance()
	case inputArrival:
		if s.hist.Down {
			return true // and nobody is there
		}
		s.arrive(&s.x.copies.at(in.value()).value)
		s.advance()
	}
	return true
}

func (s *stepper) advance() {
	for s.conn.Deadline() <= s.now {
		s.conn.Advance(s.now)
		s.drain()
	}
}

func (s *stepper) drain() {
	var segment tcp.Segment
	for s.conn.Next(&segment) {
		if len(s.out) == maxSent {
			panic(fmt.Sprintf("more than %d segments at once", maxSent))
		}
		s.step.Sent = append(s.step.Sent, segment)
		s.out = append(s.out, copied{
			segment: segment, offset: s.conn.SendOffset(segment.Seq),
			from: s.hist.Incarnation, to: s.hist.Peer, life: tcp.Time(s.x.model.Lifetime),
		})
		if segment.Len == 0 {
			s.out[len(s.out)-1].offset = 0
		}
	}
}

func (s *stepper) arrive(in *copied) {
	segment := in.segment
	s.step.Arrived, s.step.Offset = &in.segment, in.offset
	s.step.Forged = in.from == forger
	s.step.Foreign = s.hist.Peer != 0 && in.from != s.hist.Peer || in.to != 0 && in.to != s.hist.Incarnation
	s.step.Verdict = s.conn.Arrive(s.now, &segment)
	for i := 0; ; i++ {
		offset, at, n, ok := s.conn.Taken(i)
		if !ok {
			break
		}
		s.step.Taken += n
		s.step.Misplaced = s.step.Misplaced || offset != in.offset+uint64(at)
	}
	s.follow(in)
	s.drain()
	for i := range s.out {
		// A RST in answer belongs to the connection of what it answers.
		if out := &s.out[i]; out.segment.Flags.Has(tcp.RST) {
			out.from, out.to = s.hist.Incarnation, in.from
			if in.to != 0 {
				out.from = in.to
			}
		}
	}
	again := s.conn
	again.SetTrace(nil)
	again.Advance(s.now)
	again.Arrive(s.now, &segment)
	for segment := (tcp.Segment{}); again.Next(&segment); {
	}
	again.Advance(s.now)
	v := View{Status: again.Status(), Ready: again.Ready()}
	s.step.Again = &v
}

// follow keeps the incarnations up with what arrived.
func (s *stepper) follow(in *copied) {
	before, after := s.step.Before.State, s.conn.State()
	switch {
	case s.step.Verdict == tcp.Reopen:
		s.hist.Incarnation++
		s.hist.OldPeer, s.hist.Peer = s.hist.Peer, in.from
		s.hist.TimeWait, s.hist.Aborted = false, false
	case s.step.Verdict == tcp.BackToTimeWait:
		s.hist.Incarnation--
		s.hist.Peer, s.hist.OldPeer = s.hist.OldPeer, 0
		s.hist.TimeWait = true
	case s.step.Verdict == tcp.BackToListen:
		s.hist.Peer = 0
	case in.segment.Flags.Has(tcp.SYN) && after >= tcp.StateSynReceived &&
		(before == tcp.StateListen || before == tcp.StateSynSent):
		s.hist.Peer = in.from
	}
}

// remember notes what the rules need later.
func (s *stepper) remember() {
	if !s.step.Before.Synchronized() && s.step.resetSent() {
		s.hist.ResetSent = true
	}
	for _, e := range s.step.Transitions {
		switch {
		case e.To == tcp.StateTimeWait:
			s.hist.TimeWait = true
		case e.To == tcp.StateClosed && e.Cause == tcp.CauseAbort:
			s.hist.Aborted = true
		case e.To == tcp.StateClosed && e.Cause == tcp.CauseData:
			s.hist.DataLost = true
		case e.From == tcp.StateFinWait2 && e.To == tcp.StateClosed && e.Cause == tcp.CauseTimeout:
			s.hist.FinWait2Over = true
		case e.From == tcp.StateSynReceived && e.To == tcp.StateTimeWait && s.step.Timer:
			s.hist.Incarnation--
			s.hist.Peer, s.hist.OldPeer = s.hist.OldPeer, 0
		case e.From == tcp.StateSynReceived && e.To == tcp.StateListen && s.step.Timer:
			s.hist.Peer = 0
		}
	}
}
