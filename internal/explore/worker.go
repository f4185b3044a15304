package explore

import (
	"sync/atomic"

	"github.com/seed-447e5d66/tcp"
)

// worker expands worlds. It keeps its own small copy of what was looked up last.
type worker struct {
	x         *explorer
	stepper   *stepper
	recent    []remembered
	aged      map[uint64]uint32
	forgeries map[uint32][]uint32 // copies, by the end that they are for
	next      []block
	chain     []digest // of the fair run in progress
	blamed    string   // the rule that it has broken
	pairs     [numStates][numStates]uint64

	worlds, transitions atomic.Uint64
	pruned              uint64
	fairSteps           uint64
}

type remembered struct {
	key uint64
	res result
}

const (
	recentSize = 1 << 15
	blockSize  = 256 // worlds that a worker takes at once
	numStates  = int(tcp.StateTimeWait) + 1
)

func newWorker(x *explorer) *worker {
	return &worker{
		x: x, stepper: newStepper(x), recent: make([]remembered, recentSize),
		aged: make(map[uint64]uint32), forgeries: make(map[uint32][]uint32),
	}
}

// react returns what the end numbered id does with in.
func (w *worker) react(id uint32, in input) *result {
	key := uint64(id)<<32 | uint64(in)
	slot := &w.recent[key*0x9e3779b97f4a7c15>>(64-15)]
	if slot.key == key {
		return &slot.res
	}
	res, ok := w.x.lookup(key)
	if !ok {
		res = w.compute(key, id, in)
	}
	*slot = remembered{key, res}
	return &slot.res
}

func (w *worker) compute(key uint64, id uint32, in input) result {
	res := w.stepper.perform(id, in)
	var broken []breach
	var cover *coverage
	if !res.none {
		step := &w.stepper.step
		for _, check := range w.x.checks.Step {
			if text := check.Check(w.x.model, step); text != "" {
				broken = append(broken, breach{check.Rule, text})
			}
		}
		broken = append(broken, step.After.broken...)
		res.broken = len(broken) > 0
		if !in.fair() {
			cover = new(coverage)
			cover.step(w.x.model, step)
		}
	}
	w.x.keep(key, &res, broken, cover)
	return res
}

// action is what leads from one world to the next.
type action struct {
	kind actionKind
	end  uint8 // that acts, or that sent the segment
	at   uint8 // which of the copies of that direction
	call Call
}

type actionKind uint8

const (
	actionCall actionKind = iota
	actionTimer
	actionDeliver
	actionLose
	actionDuplicate
	actionPause
	actionForge
)

// successor is a world that follows, as its action makes it: not yet normalized.
type successor struct {
	action action
	world  world
	result *result // of the end that reacted; nil if none did
	end    uint32  // that reacted
	input  input
}

// expand adds all worlds that follow from it.
func (w *worker) expand(it *item) {
	w.successors(&it.world, func(s *successor) bool {
		w.transitions.Add(1)
		if s.result != nil && s.result.broken {
			w.x.violated(it, s, w.x.breachesOf(s.end, s.input))
			return true // nothing beyond a broken rule means anything
		}
		s.world.normalize(w.x.model.FIFO, w.x.symmetric)
		number, added := w.x.seen.add(s.world.digest(), it.number)
		if !added {
			return true
		}
		if w.examine(&s.world, number) {
			w.push(item{s.world, number})
		}
		return true
	})
}

func (w *worker) push(it item) {
	last := len(w.next) - 1
	if last < 0 || w.next[last].items == blockSize {
		w.next = append(w.next, block{data: make([]byte, 0, 32*blockSize)})
		last++
	}
	w.next[last].add(&it)
}

// examine counts a new world and checks the rules of a pair; false if one is
// broken.
func (w *worker) examine(x *world, number uint32) bool {
	w.worlds.Add(1)
	a, b := &w.x.ends.at(x.end[0]).view, &w.x.ends.at(x.end[1]).view
	low, high := min(a.State, b.State), max(a.State, b.State)
	w.pairs[low][high]++
	var broken []breach
	for _, check := range w.x.checks.Pair {
		if text := check.Check(w.x.model, a, b); text != "" {
			broken = append(broken, breach{check.Rule, text})
		}
	}
	if text := w.ends(*x); text != "" {
		broken = append(broken, breach{"L1", text})
	}
	if len(broken) == 0 {
		return true
	}
	w.x.violated(&item{*x, number}, nil, broken)
	return false
}

// successors calls yield for each world that can follow from x, in a fixed order,
// until it returns false.
func (w *worker) successors(x *world, yield func(*successor) bool) {
	for end := range 2 {
		if !w.calls(x, end, yield) {
			return
		}
	}
	if !w.time(x, yield) {
		return
	}
	for direction := range 2 {
		if !w.segments(x, direction, yield) {
			return
		}
	}
	w.forge(x, yield)
}

func (w *worker) calls(x *world, end int, yield func(*successor) bool) bool {
	for call := range numCalls {
		if x.allowed(end, call) == 0 || call.opens() && w.mustWait(x, end) {
			continue
		}
		s := successor{action: action{kind: actionCall, end: uint8(end), call: call}, world: *x}
		if call != CallReceive {
			s.world.spend(end, call)
		}
		if w.advance(&s, end, makeInput(inputCall, uint32(call))) && w.fits(&s.world) && !yield(&s) {
			return false
		}
	}
	return true
}

// mustWait is Model.AfterTimeWait.
func (w *worker) mustWait(x *world, end int) bool {
	return w.x.model.AfterTimeWait && w.x.ends.at(x.end[1-end]).view.State == tcp.StateTimeWait
}

// advance lets an end of the successor react; false if that is not possible.
func (w *worker) advance(s *successor, end int, in input) bool {
	s.end, s.input = s.world.end[end], in
	s.result = w.react(s.end, in)
	if s.result.none {
		return false
	}
	if !w.x.applyTo(&s.world, end, s.result) {
		w.pruned++
		return false
	}
	return true
}

// fits reports whether no direction holds more than the model allows.
func (w *worker) fits(x *world) bool {
	n := w.x.model.InFlight
	if x.net[0][n] == 0 && x.net[1][n] == 0 {
		return true
	}
	w.pruned++
	return false
}

// time lets timers expire: each of its own, or the next one of both.
func (w *worker) time(x *world, yield func(*successor) bool) bool {
	left := x.left[leftDelays]
	if !x.quiet() {
		switch left {
		case 0:
			return true
		case Unlimited:
		default:
			left--
		}
	}
	if w.x.model.CommonClock {
		return w.commonTime(x, left, yield)
	}
	for end := range 2 {
		s := successor{action: action{kind: actionTimer, end: uint8(end)}, world: *x}
		s.world.left[leftDelays] = left
		if w.drift(&s.world, end) && w.advance(&s, end, makeInput(inputTimer, 0)) && w.fits(&s.world) && !yield(&s) {
			return false
		}
	}
	return true
}

// drift lets the clock of an end run ahead of the other's; false if it is too far.
func (w *worker) drift(x *world, end int) bool {
	step := int8(1 - 2*end)
	switch {
	case w.x.ends.at(x.end[1-end]).view.Deadline == tcp.Never:
		x.ahead = 0
		return true
	case x.ahead*step < 0:
		x.ahead = 0
	case x.ahead*step >= w.x.model.drift():
		return false
	}
	x.ahead += step
	return true
}

// commonTime moves on to the next deadline, or to the moment after which a copy
// can be on its way no more, or pauses before that.
func (w *worker) commonTime(x *world, left uint8, yield func(*successor) bool) bool {
	d := w.nextTime(x)
	if d != tcp.Never && !w.bothAge(x, d, action{kind: actionTimer}, left, yield) {
		return false
	}
	if pause := tcp.Time(w.x.model.Pause); x.left[leftPauses] > 0 && pause < d {
		return w.bothAge(x, pause, action{kind: actionPause}, left, yield)
	}
	return true
}

// bothAge lets time go on by d. The result of the second end stands for the step; a
// rule broken by the first comes up with it.
func (w *worker) bothAge(x *world, d tcp.Time, a action, left uint8, yield func(*successor) bool) bool {
	s := successor{action: a, world: *x}
	s.world.left[leftDelays] = left
	if a.kind == actionPause {
		s.world.left[leftPauses]--
	}
	w.age(&s.world, d)
	in := makeInput(inputAge, w.x.times.id(&d))
	if !w.advance(&s, 0, in) {
		return true
	}
	if s.result.broken {
		return yield(&s)
	}
	return !w.advance(&s, 1, in) || !w.fits(&s.world) || yield(&s)
}

// segments lets each copy of one direction arrive, get lost, or be duplicated.
func (w *worker) segments(x *world, direction int, yield func(*successor) bool) bool {
	for i, id := range x.net[direction] {
		switch {
		case id == 0 || w.x.model.FIFO && i > 0:
			return true
		case i > 0 && id == x.net[direction][i-1]:
			continue // the same as the one before
		}
		s := successor{action: action{kind: actionDeliver, end: uint8(direction), at: uint8(i)}, world: *x}
		s.world.take(direction, i)
		if w.advance(&s, 1-direction, makeInput(inputArrival, id)) && !yield(&s) {
			return false
		}
		if x.left[leftLosses] > 0 {
			s := successor{action: action{kind: actionLose, end: uint8(direction), at: uint8(i)}, world: *x}
			s.world.left[leftLosses]--
			s.world.take(direction, i)
			if !yield(&s) {
				return false
			}
		}
		if x.left[leftDuplicates] > 0 {
			s := successor{action: action{kind: actionDuplicate, end: uint8(direction), at: uint8(i)}, world: *x}
			s.world.left[leftDuplicates]--
			if s.world.put(direction, id) && w.fits(&s.world) && !yield(&s) {
				return false
			}
		}
	}
	return true
}
