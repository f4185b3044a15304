package simlink

import (
	"container/heap"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// Ports of the two ends, where their configurations name none.
const (
	LeftPort  = 40000
	RightPort = 80
)

// Link is two ends and what lies between them.
type Link struct {
	Ends [2]*End // Left and Right

	// Delay is how long a segment takes from either end to the other.
	Delay [2]time.Duration
	// Rules are asked in turn about each segment sent; the first that applies
	// decides. Without any, every segment arrives.
	Rules []Rule
	// Timestamps shows the timestamps of every segment in the events; without it
	// only the SYNs have them, as they are on nearly every segment.
	Timestamps bool

	origin  tcp.Time // the connections' time at which the link's is 0
	now     tcp.Time // the connections' time
	queue   queue
	ordinal int // of what was scheduled: first come, first served at one time
	flights int
	muted   bool
	events  []ladder.Event
}

// New returns a link between two connections of these configurations, with
// 10 ms from one end to the other.
func New(left, right *tcp.Config) (*Link, error) {
	l := &Link{Delay: [2]time.Duration{10 * time.Millisecond, 10 * time.Millisecond}}
	for side, cfg := range []*tcp.Config{left, right} {
		c, err := tcp.New(cfg)
		if err != nil {
			return nil, err
		}
		l.Ends[side] = newEnd(l, ladder.Side(side), c)
	}
	return l, nil
}

// Now returns the time of the last thing that happened, since the origin.
func (l *Link) Now() tcp.Time { return l.now - l.origin }

// Begin makes the present the origin of all times, and forgets what has happened:
// the events begin with the states. The connections' own time goes on.
func (l *Link) Begin() {
	l.origin, l.events, l.muted = l.now, nil, false
	for side, e := range l.Ends {
		e.Fired, e.Sent, e.Verdicts, e.Edges = nil, nil, nil, nil
		l.note(ladder.Event{Side: ladder.Side(side), Kind: ladder.State, State: e.label()})
	}
}

// Since is a time of a connection, such as a deadline, counted from the origin.
func (l *Link) Since(t tcp.Time) tcp.Time {
	if t == tcp.Never {
		return t
	}
	return t - l.origin
}

// Events returns what has happened since Begin, in order.
func (l *Link) Events() []ladder.Event { return l.events }

// Mute stops (true) or resumes (false) the list of events.
func (l *Link) Mute(on bool) { l.muted = on }

// At lets f happen at t, since the origin: a call of a user, or a change of the
// script.
func (l *Link) At(t time.Duration, f func()) { l.schedule(l.origin.Add(t), f) }

func (l *Link) schedule(at tcp.Time, f func()) {
	l.ordinal++
	heap.Push(&l.queue, item{at: max(at, l.now), ordinal: l.ordinal, f: f})
}

func (l *Link) note(e ladder.Event) int {
	if l.muted {
		return -1
	}
	e.At = l.Now()
	l.events = append(l.events, e)
	return len(l.events) - 1
}

// Run lets everything happen that is due until t, since the origin, in order of
// time, and lets the time reach t. At one time timers come first, those of the left end ahead of the right one's, then
// what was scheduled, in the order in which it was.
func (l *Link) Run(t time.Duration) {
	until := l.origin.Add(t)
	for l.step(until) {
	}
	l.now = max(l.now, until)
}

// Finish runs until nothing is due any more, at most until limit, and reports
// whether nothing is. The time is then that of the last thing that happened.
func (l *Link) Finish(limit time.Duration) bool {
	for l.step(l.origin.Add(limit)) {
	}
	_, due := l.nextTimer()
	return due == tcp.Never && len(l.queue) == 0
}

// step does the next thing that is due at or before until.
func (l *Link) step(until tcp.Time) bool {
	side, due := l.nextTimer()
	scheduled := tcp.Never
	if len(l.queue) > 0 {
		scheduled = l.queue[0].at
	}
	next := min(due, scheduled)
	if next > until || next == tcp.Never {
		return false
	}
	l.now = max(l.now, next)
	if due <= scheduled {
		l.Ends[side].advance()
	} else {
		heap.Pop(&l.queue).(item).f()
	}
	return true
}

func (l *Link) nextTimer() (side ladder.Side, due tcp.Time) {
	due = tcp.Never
	for s, e := range l.Ends {
		if d := e.deadline(); d < due {
			side, due = ladder.Side(s), d
		}
	}
	return side, due
}

// Inject lets a segment arrive at side now that the other end has not sent: an
// old duplicate, or a forgery. Its numbers are relative, those of the diagram.
func (l *Link) Inject(side ladder.Side, seg tcp.Segment, remark string) tcp.Verdict {
	e := l.Ends[side]
	seg.Seq += l.other(side).base
	if seg.Flags.Has(tcp.ACK) {
		seg.Ack += e.base
	}
	seg.SrcPort, seg.DstPort = l.other(side).port, e.port
	l.flights++
	return e.arrive(&seg, l.flights, remark)
}

func (l *Link) other(side ladder.Side) *End { return l.Ends[1-side] }

// depart puts a segment on its way.
func (l *Link) depart(e *End, seg tcp.Segment) {
	fate, decided := Fate{}, false
	for _, r := range l.Rules {
		if f, ok := r(l.Now(), e.Side, &seg); ok && !decided {
			fate, decided = f, true
		}
	}
	l.flights++
	ev := ladder.Event{Side: e.Side, Kind: ladder.Send, Segment: l.shown(e.Side, seg), Flight: l.flights, State: e.label()}
	if fate.Lost {
		ev.Kind = ladder.Lost
	}
	index := l.note(ev)
	e.Sent = append(e.Sent, Departure{At: l.Now(), Segment: l.relative(e.Side, seg), Lost: fate.Lost})
	if fate.Lost {
		return
	}
	arrives := l.now.Add(l.Delay[e.Side] + fate.Late)
	flight := l.flights
	deliver := func(remark string) func() {
		return func() { l.deliver(e.Side, seg, index, flight, remark) }
	}
	l.schedule(arrives, deliver(""))
	for _, later := range fate.Copies {
		l.schedule(arrives.Add(later), deliver("duplicate"))
	}
}

// deliver lets a segment arrive; where nobody is, it is lost.
func (l *Link) deliver(from ladder.Side, seg tcp.Segment, sent, flight int, remark string) {
	to := l.other(from)
	if to.gone {
		if sent >= 0 && sent < len(l.events) && l.events[sent].Flight == flight {
			l.events[sent].Kind = ladder.Lost
		}
		return
	}
	if remark != "" { // a copy: it has no departure of its own
		l.flights++
		flight = l.flights
	}
	to.arrive(&seg, flight, remark)
}

// shown is a segment as the diagram has it: relative, and without the timestamps
// that all segments have.
func (l *Link) shown(from ladder.Side, seg tcp.Segment) tcp.Segment {
	s := l.relative(from, seg)
	if !l.Timestamps && !seg.Flags.Has(tcp.SYN) {
		s.Options.Present &^= tcp.OptTimestamps
		s.Options.TSVal, s.Options.TSEcr = 0, 0
	}
	return s
}

// relative is a segment with the numbers counted from those of the SYNs.
func (l *Link) relative(from ladder.Side, seg tcp.Segment) tcp.Segment {
	s := seg.Relative(l.Ends[from].base, l.other(from).base)
	if seg.Flags.Has(tcp.RST|tcp.ACK) && seg.Seq == 0 {
		s.Seq = 0 // in answer to a segment without ACK: zero itself, RFC 9293 §3.10.7.1
	}
	return s
}

// item is something scheduled.
type item struct {
	at      tcp.Time
	ordinal int
	f       func()
}

type queue []item

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].ordinal < q[j].ordinal
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(item)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
