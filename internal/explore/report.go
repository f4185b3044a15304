package explore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Report is what a search has found.
type Report struct {
	Model       *Model
	Worlds      uint64
	Transitions uint64
	Depth       int    // steps to the farthest world
	Ends        int    // distinct values of an end
	Copies      int    // distinct segments on their way
	FairSteps   uint64 // of fair runs, counted once for each world of one
	Pruned      uint64 // successors beyond Model.InFlight, which were left out
	Bounded     bool   // a bound of Options ended the search
	Elapsed     time.Duration
	Memory      uint64 // octets of the table of worlds

	Pairs      []Pair // of states, reached
	Edges      []Edge
	Events     []StateEvent
	Violations []Violation
}

func (x *explorer) report(workers []*worker, o Options, depth int, bounded bool, elapsed time.Duration) *Report {
	r := &Report{
		Model: x.model, Depth: depth, Ends: x.ends.len(), Copies: x.copies.len(),
		Bounded: bounded, Elapsed: elapsed, Memory: x.seen.bytes() + x.complete.bytes(),
	}
	pairs := make(map[Pair]bool)
	for _, w := range workers {
		r.Pruned += w.pruned
		r.FairSteps += w.fairSteps
		for a := range w.pairs {
			for b, n := range w.pairs[a] {
				if n > 0 {
					pairs[Pair{tcp.State(a), tcp.State(b)}] = true
				}
			}
		}
	}
	r.Worlds, r.Transitions = totals(workers)
	r.Pairs = sorted(pairs, func(a, b Pair) bool { return slices.Compare(a[:], b[:]) < 0 })
	r.Edges = sorted(x.coverage.edges, func(a, b Edge) bool {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Cause, b.Cause)) < 0
	})
	r.Events = sorted(x.coverage.events, func(a, b StateEvent) bool {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Event, b.Event)) < 0
	})
	for i := range x.found {
		workers[0].explain(&x.found[i])
	}
	r.Violations = x.found
	slices.SortStableFunc(r.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Steps, b.Steps), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
	})
	return r
}

// Failed reports whether the search found what it should not, or did not find what
// it should: the Hazards of a negative control.
func (r *Report) Failed() bool {
	if len(r.Model.Hazards) == 0 {
		return len(r.Violations) > 0
	}
	return len(r.Missed()) > 0
}

// Missed are the hazards that a negative control did not find.
func (r *Report) Missed() (missed []string) {
	for _, hazard := range r.Model.Hazards {
		if !slices.ContainsFunc(r.Violations, func(v Violation) bool {
			return strings.HasPrefix(v.Rule+": "+v.Text, hazard)
		}) {
			missed = append(missed, hazard)
		}
	}
	return missed
}

// Reached lists the pairs of states, the edges and the events in their states: what
// does not depend on how many worlds there are.
func (r *Report) Reached() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d pairs of states\n", len(r.Pairs))
	for _, p := range r.Pairs {
		fmt.Fprintf(&b, "  %v\n", p)
	}
	fmt.Fprintf(&b, "%d edges\n", len(r.Edges))
	for _, e := range r.Edges {
		fmt.Fprintf(&b, "  %v\n", e)
	}
	fmt.Fprintf(&b, "%d events in their states\n", len(r.Events))
	for i, e := range r.Events {
		if i == 0 || r.Events[i-1].State != e.State {
			fmt.Fprintf(&b, "  %v\n", e.State)
		}
		fmt.Fprintf(&b, "    %s\n", e.Event)
	}
	return b.String()
}

// Summary is the search in one line.
func (r *Report) Summary() string {
	s := fmt.Sprintf("%d worlds, %d transitions, %d pairs of states, %d edges, %d events in their states",
		r.Worlds, r.Transitions, len(r.Pairs), len(r.Edges), len(r.Events))
	if r.Bounded {
		s += ", not all"
	}
	return s
}
