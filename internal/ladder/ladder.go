// Package ladder draws time-sequence diagrams of TCP connections in 80 columns:
// two ends, or one end and a recorded peer, as text that reads the same in a
// terminal, a file and a comment.
//
//	 ms  client                                                  server         ms
//	  0  ESTABLISHED |                                         | ESTABLISHED     0
//	100              | close()                                 |
//	     FIN-WAIT-1  |--- [F.] seq 1 ack 1 win 257 ------X     |
//	312              | (RTO 212 ms)                            |
//	                 |--- [F.] seq 1 ack 1 win 257 ----------->| CLOSE-WAIT    322
//	332  FIN-WAIT-2  |<------------ [.] seq 1 ack 2 win 256 ---|
//
// Time runs downwards. What an end does hangs at its bar; timers are in
// parentheses; the state beside a bar is the one that the end is in from that
// row on. An arrow stands in the row of its departure, and where the segment
// needed time on the way, each end has a column of times of its own. As in the
// figures of RFC 9293, "..." is a segment still on its way when something else
// happens, and again the same segment where it arrives; X is where one is lost.
//
// A time left out is that of the row above it. Segments bear tcpdump's flags; an
// octet range, as in seq 1:101, says that there is payload.
package ladder

import (
	"io"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// Width is the number of columns that no line exceeds.
const Width = 80

// Side is the end at which an event happens.
type Side uint8

const (
	Left Side = iota
	Right
	Middle // neither end, or both: only for a Note
)

func (s Side) other() Side { return Left + Right - s }

// Kind is the kind of an Event.
type Kind uint8

const (
	Send   Kind = iota // Side sends Segment
	Arrive             // Segment arrives at Side
	Lost               // Side sends Segment, and it gets lost on the way
	Call               // the user calls: Text, such as "close()"
	Timer              // a timer expires: Text, such as "RTO 424 ms"
	State              // Side is in State
	Note               // anything else worth saying: Text
)

// Event is one thing that happens at one end.
type Event struct {
	At   tcp.Time
	Side Side
	Kind Kind

	// Segment counts for Send, Arrive and Lost. Its numbers are printed as they
	// are: make them relative before.
	Segment tcp.Segment

	// Flight ties the arrival of a segment to its departure: a number other than 0
	// that the Send and each of its Arrive events share. A segment with Flight 0
	// crosses in no time, as when only one end was recorded; one whose Arrive never
	// comes is still on its way at the end.
	Flight int

	// Text is what a Call, a Timer or a Note says. For a segment, and in a
	// Comparison for a State, it is a remark, such as "retransmission 1".
	Text string

	// State, where it is not empty, is the state of Side after the event. It is
	// printed where it differs from the one before, so that it may always be set.
	State string

	// Differs marks what a Comparison is to point at.
	Differs bool
}

func (e *Event) isSegment() bool { return e.Kind <= Lost }

// departs reports whether e puts a segment on its way.
func (e *Event) departs() bool { return e.Kind == Send || e.Kind == Lost }

// Diagram is the life, or a part of it, of one connection.
type Diagram struct {
	Title       string // "": none
	Left, Right string // names of the ends, such as "client" and "server"
	Events      []Event
}

// Render writes the diagram to w. The events must be in the order in which they
// happened. It returns the error of w.
func Render(w io.Writer, d *Diagram) error {
	_, err := io.WriteString(w, d.String())
	return err
}

// String returns the diagram as lines of at most Width columns.
func (d *Diagram) String() string {
	var b strings.Builder
	writeTitle(&b, d.Title)
	p := newPage(rows(d.Events), d)
	p.draw(&b)
	return untie(b.String())
}

func writeTitle(b *strings.Builder, title string) {
	if title == "" {
		return
	}
	for _, line := range wrap(strings.Fields(clean(title)), Width) {
		b.WriteString(line + "\n")
	}
	b.WriteString("\n")
}
