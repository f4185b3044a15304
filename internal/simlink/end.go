package simlink

import (
	"fmt"
	"strconv"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// End is one end of a link.
type End struct {
	Side ladder.Side
	// Conn is the connection. It may be read at any time; call it through the
	// methods of End, so that what it sends departs.
	Conn *tcp.Conn
	// Verdicts are those of all segments that arrived, in order.
	Verdicts []tcp.Verdict
	// Edges are all changes of state, in order.
	Edges []Edge
	// Sent are all segments that departed, lost or not, in order, with the numbers
	// of the diagram and all options; Fired are all timers that expired.
	Sent  []Departure
	Fired []Firing
	// Reopened counts the incarnations that followed the first.
	Reopened int

	// Listening lets a listener wait on the port: a SYN to an end whose connection
	// is over opens the next one.
	Listening bool

	link  *Link
	base  tcp.Seq // initial sequence number: numbers are shown from here
	port  uint16
	gone  bool // the host has crashed: nothing arrives, no timer runs
	alien bool // the host knows nothing of the connection: it answers by Reject
	set   [tcp.NumTimers]time.Duration
	heard tcp.Time // when a segment arrived last
}

// Edge is a change of state.
type Edge struct{ From, To tcp.State }

// Departure is a segment that an end sent.
type Departure struct {
	At      tcp.Time // since the origin
	Segment tcp.Segment
	Lost    bool
}

// Firing is a timer that expired.
type Firing struct {
	At    tcp.Time // since the origin
	Timer tcp.Timer
	Set   time.Duration // how long it was set for, before any rounding to ticks
}

func newEnd(l *Link, side ladder.Side, c *tcp.Conn) *End {
	e := &End{Side: side, link: l, base: 1000, port: LeftPort}
	remote := uint16(RightPort)
	if side == ladder.Right {
		e.base, e.port, remote = 5000, RightPort, LeftPort
	}
	e.adopt(c, remote)
	return e
}

// adopt makes c the connection of this end.
func (e *End) adopt(c *tcp.Conn, remote uint16) {
	if err := c.SetPorts(e.port, remote); err != nil {
		panic(err)
	}
	c.SetTrace(&tcp.Trace{Transition: e.entered, TimerSet: e.timerSet, TimerFired: e.timerFired})
	e.Conn = c
}

func (e *End) entered(_ tcp.Time, from, to tcp.State, _ tcp.Cause) {
	e.Edges = append(e.Edges, Edge{from, to})
	if from == tcp.StateTimeWait && to == tcp.StateSynReceived {
		e.Reopened++
	}
	e.link.note(ladder.Event{Side: e.Side, Kind: ladder.State, State: to.String()})
}

func (e *End) timerSet(_ tcp.Time, t tcp.Timer, d time.Duration, _ tcp.Time) { e.set[t] = d }

func (e *End) timerFired(now tcp.Time, t tcp.Timer) {
	text := t.String() + " " + Duration(e.set[t])
	switch t {
	case tcp.TimerRetransmit:
		text = "RTO " + Duration(e.set[t])
	case tcp.TimerTimeWait:
		text = "2MSL " + Duration(e.set[t])
	case tcp.TimerKeepAlive: // set for what is left of the idle time: that says less than how long nothing came
		text = "keepalive, idle " + Duration(now.Sub(e.heard))
	}
	e.Fired = append(e.Fired, Firing{At: e.link.Since(now), Timer: t, Set: e.set[t]})
	e.link.note(ladder.Event{Side: e.Side, Kind: ladder.Timer, Text: text})
}

// label is the state to print: a host that has crashed has none.
func (e *End) label() string {
	switch {
	case e.gone:
		return "(down)"
	case e.alien:
		return "(no socket)"
	}
	return e.Conn.State().String()
}

func (e *End) deadline() tcp.Time {
	if e.gone || e.alien {
		return tcp.Never
	}
	return e.Conn.Deadline()
}

// advance runs the timers that are due.
func (e *End) advance() {
	for e.deadline() <= e.link.now {
		e.Conn.Advance(e.link.now)
		e.drain()
	}
}

// drain sends what there is to send.
func (e *End) drain() {
	var seg tcp.Segment
	for e.Conn.Next(&seg) {
		e.link.depart(e, seg)
	}
}

func (e *End) arrive(seg *tcp.Segment, flight int, remark string) tcp.Verdict {
	l := e.link
	if e.gone {
		return tcp.DroppedClosed
	}
	e.advance() // what is due comes first, and its segments leave first
	l.note(ladder.Event{Side: e.Side, Kind: ladder.Arrive, Segment: l.shown(1-e.Side, *seg), Flight: flight, Text: remark})
	if e.alien {
		var reply tcp.Segment
		if !tcp.Reject(e.Conn, seg, &reply) {
			e.Verdicts = append(e.Verdicts, tcp.DroppedClosed)
			return tcp.DroppedClosed
		}
		l.depart(e, reply)
		e.Verdicts = append(e.Verdicts, tcp.ResetClosed)
		return tcp.ResetClosed
	}
	if e.Listening && e.Conn.Ready()&tcp.ReadyEnded != 0 && seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN {
		e.accept()
	}
	e.heard = l.now
	v := e.Conn.Arrive(l.now, seg)
	e.Verdicts = append(e.Verdicts, v)
	e.drain()
	return v
}

// accept makes the child of a listener for a SYN.
func (e *End) accept() {
	e.Again()
	e.Reopened++
	muted := e.link.muted
	e.link.muted = true // that the child passes LISTEN is the listener's business
	if err := e.Conn.Listen(e.link.now, e.base+laterISS); err != nil {
		panic(err)
	}
	e.link.muted = muted
}

// laterISS is how far beyond the first an end begins that knows nothing of it; a
// clock-driven initial sequence number (RFC 9293 §3.4.1) would differ as well.
const laterISS = 100000

// call runs a user's call now, writes it down and sends what it sets free.
func (e *End) call(text string, f func(now tcp.Time) error) error {
	if e.gone {
		return fmt.Errorf("simlink: %s on a host that is down", text)
	}
	e.advance()
	index := e.link.note(ladder.Event{Side: e.Side, Kind: ladder.Call, Text: text})
	err := f(e.link.now)
	if err != nil && index >= 0 {
		e.link.events[index].Text += " = " + Reason(err)
	}
	e.drain()
	return err
}

// Call is any call of the user, under the name that the diagram gives it.
func (e *End) Call(text string, f func(c *tcp.Conn, now tcp.Time) error) error {
	return e.call(text, func(now tcp.Time) error { return f(e.Conn, now) })
}

// Open is connect(2).
func (e *End) Open() error {
	return e.call("connect()", func(now tcp.Time) error { return e.Conn.Open(now, e.base) })
}

// Listen is listen(2), for one connection.
func (e *End) Listen() error {
	return e.call("listen()", func(now tcp.Time) error { return e.Conn.Listen(now, e.base) })
}

// Write is write(2).
func (e *End) Write(n int) error {
	return e.call(fmt.Sprintf("write(%d)", n), func(now tcp.Time) error { return e.Conn.Send(now, n) })
}

// Read is read(2): it consumes all that is readable, and returns how much.
func (e *End) Read() (n int, err error) {
	n = e.Conn.Readable()
	text := fmt.Sprintf("read() = %d", n)
	if n == 0 && e.Conn.Ready()&tcp.ReadyEOF != 0 {
		text = "read() = EOF"
	}
	return n, e.call(text, func(now tcp.Time) error { return e.Conn.Receive(now, n) })
}

// Close is close(2).
func (e *End) Close() error { return e.call("close()", e.Conn.Close) }

// CloseWrite is shutdown(2) of the sending direction.
func (e *End) CloseWrite() error { return e.call("shutdown(SHUT_WR)", e.Conn.CloseWrite) }

// CloseRead is shutdown(2) of the receiving direction.
func (e *End) CloseRead() error { return e.call("shutdown(SHUT_RD)", e.Conn.CloseRead) }

// Abort is ABORT.
func (e *End) Abort() error { return e.call("abort()", e.Conn.Abort) }

// Kill ends the process that holds the connection: its one descriptor is closed.
func (e *End) Kill() error { return e.call("process killed", e.Conn.Exit) }

// Crash takes the host away: from now on nothing arrives at it and nothing leaves.
func (e *End) Crash() {
	e.gone = true
	e.link.note(ladder.Event{Side: e.Side, Kind: ladder.Note, Text: "host crashes", State: e.label()})
}

// Reboot brings the host back, without any memory of the connection. With
// listening, a listener waits on the port again.
func (e *End) Reboot(listening bool) error {
	fresh := new(tcp.Conn)
	fresh.Init(e.Conn)
	e.gone, e.alien = false, !listening
	e.adopt(fresh, 0)
	if !listening {
		e.link.note(ladder.Event{Side: e.Side, Kind: ladder.Note, Text: "host is up again", State: e.label()})
		return nil
	}
	return e.call("host is up again, listen()", func(now tcp.Time) error { return e.Conn.Listen(now, e.base+laterISS) })
}

// Again gives this end a fresh connection with the same ports, as a program that
// connects once more from the same port: to be opened by Call.
func (e *End) Again() {
	fresh := new(tcp.Conn)
	fresh.Init(e.Conn)
	remote := e.link.other(e.Side).port
	e.alien = false
	e.adopt(fresh, remote)
}

// Base is the sequence number from which the diagram counts this end's numbers.
func (e *End) Base() tcp.Seq { return e.base }

// Relative is a sequence number of this end's as the diagram has it.
func (e *End) Relative(seq tcp.Seq) int { return seq.Sub(e.base) }

// Reason is an error of a call in the words of a diagram: without the call and the
// state, which stand beside it.
func Reason(err error) string {
	if c, ok := err.(*tcp.CallError); ok {
		return c.Err.Error()
	}
	return err.Error()
}

// Duration writes a duration as the diagram does: "212 ms", "60 s", "365 days".
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	number := func(unit time.Duration) string {
		return strconv.FormatFloat(float64(d.Round(time.Microsecond))/float64(unit), 'f', -1, 64)
	}
	switch {
	case d == tcp.Forever:
		return "for ever"
	case d >= 7*day && d%day == 0:
		return number(day) + " days"
	case d < time.Second:
		return number(time.Millisecond) + " ms"
	}
	return number(time.Second) + " s"
}
