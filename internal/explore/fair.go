package explore

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

const (
	longestFairRun = 4096 // steps: more are a livelock
	// A fair world is remembered if these bits of its digest are 0: one in four. The
	// others cost a step or two more, and less than looking for them in a large table.
	rememberedMask = 3
)

// ends follows the fair run from x, and returns what keeps it from reaching CLOSED
// at both ends: nothing. A fair run is determined by its world, so that it need be
// followed only until it joins one that is known to end.
func (w *worker) ends(x world) string {
	x.left, x.calls, x.ahead = budget{}, [2]uint64{}, 0
	w.chain = w.chain[:0]
	for range longestFairRun {
		x.normalize(w.x.model.FIFO, w.x.symmetric)
		if d := x.digest(); d.lo&rememberedMask == 0 {
			if w.x.complete.has(d) {
				return w.completed()
			}
			w.chain = append(w.chain, d)
		}
		w.fairSteps++
		switch w.fair(&x) {
		case fairOver:
			return w.completed()
		case fairStuck:
			return fmt.Sprintf("deadlock: a fair run stops at %s", w.x.describe(&x))
		case fairFull:
			return fmt.Sprintf("packet war: a fair run fills the network at %s", w.x.describe(&x))
		case fairBroken:
			if len(w.x.model.Hazards) > 0 {
				return "" // the search will find it, with the whole way
			}
			return "a fair run breaks " + w.blamed
		}
	}
	return fmt.Sprintf("livelock: after %d steps a fair run is at %s", longestFairRun, w.x.describe(&x))
}

func (w *worker) completed() string {
	for _, d := range w.chain {
		w.x.complete.add(d, 0)
	}
	return ""
}

func (x *explorer) describe(w *world) string {
	return fmt.Sprintf("%v / %v with %d and %d segments on their way",
		x.ends.at(w.end[0]).view.State, x.ends.at(w.end[1]).view.State, w.inFlight(0), w.inFlight(1))
}

type fairResult uint8

const (
	fairGoesOn fairResult = iota
	fairOver
	fairStuck
	fairFull
	fairBroken
)

// fairPlan is the next step of a fair run.
type fairPlan struct {
	kind   actionKind
	end    int   // that reacts; both for actionTimer
	input  input // without the mark of a fair run
	over   bool  // there is nothing to do, and both ends are in CLOSED
	nobody bool  // there is nothing to do, and they are not
}

// plan says what comes next: what can be read is read, what is open is closed,
// segments arrive, and only then time goes on, for both ends alike.
func (w *worker) plan(x *world) fairPlan {
	over := true
	for end := range x.end {
		v := &w.x.ends.at(x.end[end]).view
		switch {
		case v.Readable > 0:
			return fairPlan{kind: actionCall, end: end, input: makeInput(inputCall, uint32(CallReceive))}
		case v.References > 0 && v.State != tcp.StateClosed:
			return fairPlan{kind: actionCall, end: end, input: makeInput(inputCall, uint32(CallClose))}
		}
		over = over && v.State == tcp.StateClosed
	}
	for direction := range x.net {
		if id := x.net[direction][0]; id != 0 {
			return fairPlan{kind: actionDeliver, end: 1 - direction, input: makeInput(inputArrival, id)}
		}
	}
	d := w.nextTime(x)
	if over || d == tcp.Never {
		return fairPlan{over: over, nobody: !over}
	}
	return fairPlan{kind: actionTimer, input: makeInput(inputAge, w.x.times.id(&d))}
}

// fair takes one step of the fair run.
func (w *worker) fair(x *world) fairResult {
	p := w.plan(x)
	switch {
	case p.over:
		return fairOver
	case p.nobody:
		return fairStuck
	case p.kind == actionDeliver:
		x.take(1-p.end, 0)
	case p.kind == actionTimer:
		w.age(x, w.x.times.at(p.input.value()).value)
		if res := w.fairStep(x, 0, p.input); res != fairGoesOn {
			return res
		}
		return w.fairStep(x, 1, p.input)
	}
	return w.fairStep(x, p.end, p.input)
}

func (w *worker) fairStep(x *world, end int, in input) fairResult {
	in |= makeInput(inputFair, 0)
	res := w.react(x.end[end], in)
	switch {
	case res.none:
		return fairStuck
	case res.broken:
		b := w.x.breachesOf(x.end[end], in)[0]
		w.blamed = b.rule + ": " + b.text
		return fairBroken
	case !w.x.applyTo(x, end, res):
		return fairFull
	}
	return fairGoesOn
}
