package ladder

import (
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// arrow is how the segment of a row is drawn.
type arrow uint8

const (
	noArrow  arrow = iota
	full           // from bar to bar
	lost           // from the sender's bar to an X
	leaving        // from the sender's bar to "..."
	arriving       // from "..." to the receiver's bar
)

// cell is one end's part of a row.
type cell struct {
	used  bool // something happens at this end
	at    tcp.Time
	state string // "": none to print
}

// row is one row of the diagram, before it is known how wide the columns are.
type row struct {
	cells [2]cell
	arrow arrow
	from  Side     // the sender, of an arrow
	words []string // the arrow's label, or a text
	side  Side     // where a text hangs
}

// stateOnly reports whether the row shows nothing but states.
func (r *row) stateOnly() bool { return r.arrow == noArrow && len(r.words) == 0 }

// builder arranges events in rows.
//
// The order of the rows is the order of the events, but for one thing: the
// arrival of a segment moves up to its departure where that lets one arrow stand
// for both. At each end the rows stay in the order of its events.
type builder struct {
	events []Event
	placed []bool // by event
	rows   []row
	state  [2]string // the one printed last
}

func rows(events []Event) []row {
	b := &builder{events: events, placed: make([]bool, len(events))}
	arrival := arrivals(events)
	for i := range events {
		if !b.placed[i] {
			b.place(i, arrival[i])
		}
	}
	return b.rows
}

// arrivals returns for each Send the index of its first Arrive at the other end,
// or 0. What is said to happen between the ends neither departs nor arrives.
func arrivals(events []Event) []int {
	at := make([]int, len(events))
	sent := make(map[int]int)
	for i := range events {
		e := &events[i]
		switch {
		case e.Flight == 0 || e.Side == Middle:
		case e.Kind == Send:
			sent[e.Flight] = i
		case e.Kind == Arrive:
			if s, ok := sent[e.Flight]; ok && events[s].Side != e.Side && at[s] == 0 {
				at[s] = i
			}
		}
	}
	return at
}

func (b *builder) place(i, arrival int) {
	e := &b.events[i]
	b.placed[i] = true
	switch {
	case e.isSegment() && e.Side != Middle:
		b.placeSegment(i, arrival)
	case e.Kind == State:
		b.placeState(i)
	default:
		text := clean(e.Text)
		if e.Kind == Timer {
			text = "(" + text + ")"
		}
		b.rows = append(b.rows, row{side: e.Side, words: strings.Fields(text)})
		r := &b.rows[len(b.rows)-1]
		if e.Side == Middle {
			r.cells[Left] = cell{used: true, at: e.At}
			return
		}
		b.fill(r, e)
		if e.State != "" && !b.sendsNext(i) {
			b.show(r, e.Side, e.State)
		}
	}
}

// fill notes that e happens in r.
func (b *builder) fill(r *row, e *Event) {
	c := &r.cells[e.Side]
	c.used, c.at = true, e.At
}

// show prints a state in r if it is not the one printed last.
func (b *builder) show(r *row, side Side, state string) {
	if state != "" && state != b.state[side] {
		b.state[side] = state
		r.cells[side].state = clean(state)
	}
}

func (b *builder) last() *row {
	if len(b.rows) == 0 {
		return nil
	}
	return &b.rows[len(b.rows)-1]
}

// sendsNext reports whether the end at which event i happens sends a segment
// next, at the same time, so that the state is printed with the segment.
func (b *builder) sendsNext(i int) bool {
	e := &b.events[i]
	for j := i + 1; j < len(b.events) && b.events[j].At == e.At; j++ {
		if next := &b.events[j]; next.Side == e.Side && next.Kind != State {
			return next.departs() && (next.State == "" || next.State == e.State || b.events[i].Kind != State)
		}
	}
	return false
}

func (b *builder) placeState(i int) {
	e := &b.events[i]
	if e.Side == Middle || e.State == "" || e.State == b.state[e.Side] {
		return
	}
	r := b.last()
	if r != nil {
		c := &r.cells[e.Side]
		mine := c.used && c.at == e.At && c.state == ""
		beside := r.stateOnly() && !c.used && r.cells[e.Side.other()].at == e.At
		if mine && (r.arrow != noArrow || !b.sendsNext(i)) || beside && !b.sendsNext(i) {
			b.fill(r, e)
			b.show(r, e.Side, e.State)
			return
		}
	}
	b.rows = append(b.rows, row{})
	r = b.last()
	b.fill(r, e)
	b.show(r, e.Side, e.State)
}

func (b *builder) placeSegment(i, arrival int) {
	e := &b.events[i]
	r := row{from: e.Side, arrow: full, words: words(&e.Segment)}
	switch {
	case e.Kind == Lost:
		r.arrow = lost
	case e.Kind == Arrive:
		r.from = e.Side.other()
		if e.Flight != 0 {
			r.arrow = arriving
		}
	case e.Flight != 0 && (arrival == 0 || b.between(i, arrival)):
		r.arrow, arrival = leaving, 0
	}
	r.words = append(r.words, remark(e.Text)...)
	state := e.State
	if state == "" && e.departs() {
		state = b.deferred(i)
	}
	if l := b.last(); l != nil && e.departs() && l.stateOnly() && l.cells[e.Side].used &&
		l.cells[e.Side].at == e.At && !l.cells[e.Side.other()].used {
		r.cells = l.cells
		*l = r
	} else {
		b.rows = append(b.rows, r)
	}
	l := b.last()
	b.fill(l, e)
	b.show(l, e.Side, state)
	if arrival == 0 || e.Kind != Send {
		return
	}
	a := &b.events[arrival]
	b.placed[arrival] = true
	l.words = append(l.words, remark(a.Text)...)
	b.fill(l, a)
	b.show(l, a.Side, a.State)
	b.absorb(l, arrival)
}

// deferred returns the state of a call or timer just before the segment of event
// i, which causes it to be sent.
func (b *builder) deferred(i int) string {
	e := &b.events[i]
	for j := i - 1; j >= 0 && b.events[j].At == e.At; j-- {
		if p := &b.events[j]; p.Side == e.Side {
			if p.isSegment() {
				return ""
			}
			if p.State != "" {
				return p.State
			}
		}
	}
	return ""
}

// absorb places a state that event i brings about with it: the row of an arrival
// that moved up takes it along.
func (b *builder) absorb(r *row, i int) {
	e := &b.events[i]
	for j := i + 1; j < len(b.events) && b.events[j].At == e.At; j++ {
		next := &b.events[j]
		if next.Side != e.Side {
			continue
		}
		if next.Kind != State || r.cells[e.Side].state != "" {
			return
		}
		b.placed[j] = true
		b.show(r, e.Side, next.State)
	}
}

// between reports whether something that must be seen happens between the
// departure i and the arrival j: anything at the receiver that has no row yet,
// or, later than the departure, at the sender other than the coming and going of
// further segments.
func (b *builder) between(i, j int) bool {
	for m := i + 1; m < j; m++ {
		e := &b.events[m]
		switch {
		case b.placed[m]:
		case e.Side != b.events[i].Side:
			return true
		case e.At > b.events[i].At && e.Kind != Send && e.Kind != Arrive && e.Kind != State:
			return true
		}
	}
	return false
}

// remark returns what is said about a segment, kept together if there is room.
func remark(text string) []string {
	if text == "" {
		return nil
	}
	return []string{"(" + strings.Join(strings.Fields(clean(text)), " ") + ")"}
}
