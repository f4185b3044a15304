package explore

import (
	"fmt"
	"slices"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// Violation is a rule that is broken, with a shortest way there.
type Violation struct {
	Rule  string
	Text  string
	Steps int
	// Ladder shows the way, with sequence numbers relative to the initial ones of the
	// first incarnation.
	Ladder string

	last  item
	final *successor
}

// violated keeps the first violation of each rule. final is the step from last that
// breaks it; nil if the world last does.
func (x *explorer) violated(last *item, final *successor, broken []breach) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, b := range broken {
		if !slices.ContainsFunc(x.found, func(v Violation) bool { return v.Rule == b.rule && v.Text == b.text }) {
			v := Violation{Rule: b.rule, Text: b.text, last: *last}
			if final != nil {
				f := *final
				v.final = &f
			}
			x.found = append(x.found, v)
		}
	}
}

func (x *explorer) breachesOf(end uint32, in input) []breach {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.breaches[uint64(end)<<32|uint64(in)]
}

// explain finds the way to a violation, and draws it.
func (w *worker) explain(v *Violation) {
	way := w.way(v.last.number)
	if v.final != nil {
		way = append(way, leg{from: v.last.world, next: *v.final})
	}
	v.Steps = len(way)
	v.Ladder = w.draw(v, way)
}

// leg is one step of a way.
type leg struct {
	from      world
	next      successor
	exchanged bool // the ends change places after it
}

// way finds the steps from the start to the world numbered number: by the digests
// of the worlds on the way, it knows which successor is the right one.
func (w *worker) way(number uint32) []leg {
	var digests []digest
	for {
		d, parent := w.x.seen.get(number)
		digests = append(digests, d)
		if number == w.x.root {
			break
		}
		number = parent
	}
	slices.Reverse(digests)
	at, err := w.x.start(w.stepper)
	if err != nil {
		return nil
	}
	at.normalize(w.x.model.FIFO, w.x.symmetric)
	var way []leg
	for _, d := range digests[1:] {
		w.successors(&at, func(s *successor) bool {
			next := s.world
			exchanged := next.normalize(w.x.model.FIFO, w.x.symmetric)
			if next.digest() != d {
				return true
			}
			way = append(way, leg{at, *s, exchanged})
			at = next
			return false
		})
	}
	return way
}

// artist draws a way. What is called end 0 in a world may be the right side of the
// diagram, where ends have changed places.
type artist struct {
	w       *worker
	d       ladder.Diagram
	now     tcp.Time
	swapped bool
	flights [2][]flight // from the left, and from the right
	last    int
}

type flight struct {
	copied copied
	number int
}

func (w *worker) draw(v *Violation, way []leg) string {
	p := &artist{w: w}
	p.d.Title = fmt.Sprintf("%s: %s: %s", w.x.model.Name, v.Rule, v.Text)
	p.d.Left, p.d.Right = "A", "B"
	first := v.last.world
	if len(way) > 0 {
		first = way[0].from
	}
	for i := range first.end {
		p.state(i, first.end[i])
	}
	for i := range way {
		p.leg(&way[i])
	}
	if v.Rule == "L1" {
		p.fair(v.last.world)
	}
	return p.d.String()
}

func (p *artist) side(end int) ladder.Side {
	if (end == 1) != p.swapped {
		return ladder.Right
	}
	return ladder.Left
}

func (p *artist) add(e ladder.Event) {
	e.At = p.now
	p.d.Events = append(p.d.Events, e)
}

func (p *artist) state(end int, id uint32) {
	p.add(ladder.Event{Side: p.side(end), Kind: ladder.State, State: p.w.x.ends.at(id).view.State.String()})
}

func (p *artist) leg(l *leg) {
	a := l.next.action
	switch a.kind {
	case actionCall:
		p.add(ladder.Event{Side: p.side(int(a.end)), Kind: ladder.Call, Text: a.call.String()})
		p.react(int(a.end), l.from.end[a.end], makeInput(inputCall, uint32(a.call)))
	case actionTimer:
		p.time(l)
	case actionPause:
		p.bothAge(&l.from, tcp.Time(p.w.x.model.Pause))
	default:
		p.network(l)
	}
	p.swapped = p.swapped != l.exchanged
}

func (p *artist) time(l *leg) {
	if !p.w.x.model.CommonClock {
		end := int(l.next.action.end)
		p.now += p.w.x.model.align(p.w.x.ends.at(l.from.end[end]).view.Deadline)
		p.react(end, l.from.end[end], makeInput(inputTimer, 0))
		return
	}
	p.bothAge(&l.from, p.w.nextTime(&l.from))
}

func (p *artist) bothAge(from *world, d tcp.Time) {
	p.now += d
	for i := range p.flights {
		for j := range p.flights[i] {
			p.flights[i][j].copied = p.w.x.older(p.flights[i][j].copied, d)
		}
	}
	for end := range 2 {
		p.react(end, from.end[end], makeInput(inputAge, p.w.x.times.id(&d)))
	}
}

func (p *artist) network(l *leg) {
	a := l.next.action
	from := int(a.end)
	if a.kind == actionForge {
		p.forged(int(a.end), l.next.input.value(), l.from.end[a.end])
		return
	}
	id := l.from.net[from][a.at]
	if a.kind == actionDeliver {
		p.deliver(from, id, l.from.end[1-from])
		return
	}
	c := p.w.x.copies.at(id).value
	number := p.find(from, &c, a.kind != actionDuplicate)
	switch a.kind {
	case actionLose:
		p.add(ladder.Event{Side: ladder.Middle, Kind: ladder.Note, Text: fmt.Sprintf("lost: %v", p.relative(from, c.segment))})
	case actionDuplicate:
		p.add(ladder.Event{Side: ladder.Middle, Kind: ladder.Note, Text: fmt.Sprintf("duplicated: %v", p.relative(from, c.segment))})
		flights := &p.flights[p.side(from)]
		*flights = append(*flights, flight{c, number})
	}
}

// deliver draws the arrival of a copy from an end at the other, which is to.
func (p *artist) deliver(from int, id, to uint32) {
	c := p.w.x.copies.at(id).value
	number := p.find(from, &c, true)
	p.add(ladder.Event{Side: p.side(1 - from), Kind: ladder.Arrive, Segment: p.relative(from, c.segment), Flight: number})
	p.react(1-from, to, makeInput(inputArrival, id))
}

// forged draws the arrival of a copy that nobody has sent.
func (p *artist) forged(end int, id, to uint32) {
	seg := p.relative(1-end, p.w.x.copies.at(id).value.segment)
	p.add(ladder.Event{Side: ladder.Middle, Kind: ladder.Note, Text: fmt.Sprintf("forged: %v", seg)})
	p.add(ladder.Event{Side: p.side(end), Kind: ladder.Arrive, Segment: seg})
	p.react(end, to, makeInput(inputArrival, id))
}

// longestDrawn bounds the part of a fair run that is drawn.
const longestDrawn = 40

// fair draws the fair run from a world, as far as worker.ends followed it.
func (p *artist) fair(x world) {
	p.add(ladder.Event{Side: ladder.Middle, Kind: ladder.Note, Text: "from here on a fair run"})
	x.left, x.calls, x.ahead = budget{}, [2]uint64{}, 0
	for range longestDrawn {
		p.swapped = p.swapped != x.normalize(p.w.x.model.FIFO, p.w.x.symmetric)
		plan := p.w.plan(&x)
		if plan.over || plan.nobody {
			return
		}
		before := x
		result := p.w.fair(&x)
		switch plan.kind {
		case actionCall:
			p.add(ladder.Event{Side: p.side(plan.end), Kind: ladder.Call, Text: Call(plan.input.value()).String()})
			p.react(plan.end, before.end[plan.end], plan.input)
		case actionTimer:
			p.bothAge(&before, p.w.x.times.at(plan.input.value()).value)
		case actionDeliver:
			p.deliver(1-plan.end, plan.input.value(), before.end[plan.end])
		}
		if result != fairGoesOn {
			return
		}
	}
}

// find returns the number of a flight with this copy, and lets it land.
func (p *artist) find(from int, c *copied, land bool) (number int) {
	flights := &p.flights[p.side(from)]
	i := slices.IndexFunc(*flights, func(f flight) bool { return f.copied == *c })
	if i < 0 {
		return 0
	}
	number = (*flights)[i].number
	if land {
		*flights = slices.Delete(*flights, i, i+1)
	}
	return number
}

func (p *artist) react(end int, id uint32, in input) {
	s := p.w.stepper
	res := s.perform(id, in)
	for _, timer := range s.step.Timers {
		p.add(ladder.Event{Side: p.side(end), Kind: ladder.Timer, Text: timer.String()})
	}
	if s.step.Panic != "" {
		p.add(ladder.Event{Side: p.side(end), Kind: ladder.Note, Text: s.step.Panic})
	}
	if res.end != 0 {
		p.state(end, res.end)
	}
	for i := range s.out {
		p.last++
		p.add(ladder.Event{Side: p.side(end), Kind: ladder.Send, Segment: p.relative(end, s.out[i].segment), Flight: p.last})
		flights := &p.flights[p.side(end)]
		*flights = append(*flights, flight{s.out[i], p.last})
	}
}

// relative counts from the initial sequence numbers of the first incarnation, and
// timestamps from the beginning.
func (p *artist) relative(end int, seg tcp.Segment) tcp.Segment {
	from := p.side(end)
	if p.w.x.shifts {
		shiftTimestamps(&seg, milliseconds(p.now)-firstTimestamp)
	}
	return seg.Relative(p.w.x.model.ISS[from], p.w.x.model.ISS[1-from])
}
