package tcp_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/invariant"
	"pgregory.net/rapid"
)

// observed is what a checker has to know of an event.
func observed(e event) invariant.Event {
	o := invariant.Event{Now: e.now, Seg: e.seg, Verdict: e.verdict}
	switch {
	case e.sent:
		o.Kind = invariant.Sent
	case e.drained:
		o.Kind = invariant.Drained
	case e.kind == arrive:
		o.Kind = invariant.Arrived
	case e.kind == wait:
		o.Kind = invariant.Passed
	default:
		o.Kind, o.Call, o.N = invariant.Called, actionNames[e.kind], e.n
		if e.err != "" {
			o.Err = errors.New(e.err)
		}
	}
	return o
}

// playChecked plays a script under a checker. It counts the cases of
// docs/teardown-cases.md.
func playChecked(t rapid.TB, s *script) (*invariant.Checker, *[numCases + 1]int) {
	p := s.player(t)
	k := p.watchInvariants()
	p.open(s)
	p.drain()
	p.playAll(s, s.lazy)
	return k, &p.count
}

// watchInvariants checks all rows of the table of invariants that one endpoint shows,
// after every event.
func (p *player) watchInvariants() *invariant.Checker {
	p.rec.Do("p.watchInvariants()")
	k := invariant.New(p.cfg)
	p.c.SetTrace(k.Trace())
	counter := newCaseCounter(&p.count)
	p.watch = func(e event) {
		counter.observe(p.c, observed(e))
		if err := k.Observe(p.c, observed(e)); err != nil {
			p.fail("%v", err)
		}
		if e.kind == arrive {
			if err := k.Repeat(p.c, observed(e)); err != nil {
				p.fail("%v", err)
			}
		}
	}
	return k
}

// scenes are scripts in which rows are checked that chance seldom leads to.
func scenes(p profile) []script {
	good := segmentDraft{ackBase: sndNxt, flags: tcp.ACK, window: 65535}
	closed, fin, finAgain, rst, urgent := good, good, good, good, good
	closed.window = 0
	fin.flags |= tcp.FIN
	finAgain.flags, finAgain.seqOff = fin.flags, -1
	rst.flags = tcp.RST
	challenged := rst
	challenged.seqOff = 1
	urgent.flags, urgent.urgent, urgent.len = tcp.ACK|tcp.URG, 3, 2
	far, syn, future, early, text := good, good, good, good, good
	text.len = 10
	far.flags, far.seqOff = tcp.RST, 100000
	syn.flags = tcp.SYN
	future.ackOff, future.len = 1<<20, 10
	early.seqOff, early.len = 10, 10
	first, second, third, oldSYN := good, good, good, good
	first.len, first.window, second.window, third.window = 1, 1000, 500, 400
	oldSYN.flags, oldSYN.seqOff = tcp.SYN, -100
	again := good
	again.ackBase = sndUna
	timeout := action{kind: wait, to: fromDeadline}
	send := action{kind: callSend, n: 5000}
	in := func(d segmentDraft) action { return action{kind: arrive, seg: d} }
	silence := slices.Repeat([]action{timeout}, 30)
	lists := [][]action{
		append([]action{send}, silence...),
		append([]action{in(closed), send}, silence...),
		append([]action{send, {kind: callClose}}, silence...),
		append([]action{{kind: callKeepAlive, n: 2}}, silence...),
		{send, timeout, timeout, timeout, in(good)},
		{in(closed), send, timeout, timeout, timeout, timeout, timeout, timeout, in(closed), timeout, in(good)},
		{{kind: callCloseWrite}, in(fin), {kind: wait, d: 10 * time.Second}, in(finAgain), timeout},
		{{kind: callSend, n: 1}, {kind: callSend, n: 1}, {kind: callSend, n: 1}, in(good), in(again), {kind: callSend, n: 1}, in(good)},
		{in(urgent), in(urgent), {kind: callReceive, n: 1}, in(urgent)},
		{in(challenged), in(challenged), {kind: wait, d: 600 * time.Millisecond}, in(challenged), in(rst)},
		{{kind: callKeepAlive, n: 2}, timeout, in(good), timeout, timeout, timeout},
		{in(fin), {kind: callSend, n: 5}, in(good), {kind: callClose}, in(good)},
		{{kind: callSend, n: 5}, {kind: callAbort}},
		{in(first), in(second), in(third)},
		{{kind: callCloseWrite}, in(fin), {kind: wait, d: 10 * time.Second}, in(oldSYN), timeout},
		{in(far), in(syn), in(future), in(early), in(early)},
		{in(text), {kind: wait, d: 2 * time.Second}},
	}
	var scripts []script
	for _, opening := range []opening{openedActively, openedPassively} {
		for _, actions := range lists {
			for _, options := range []tcp.OptionSet{0, tcp.OptTimestamps | tcp.OptSACKPermitted | tcp.OptWindowScale} {
				scripts = append(scripts, script{
					profile: p, cfg: p.config(), iss: 1000, irs: 7000, opening: opening, window: 65535,
					peer: tcp.Options{Present: options}, actions: actions,
				})
			}
		}
	}
	return scripts
}

// Every row of the table of invariants that one endpoint shows holds under
// arbitrary calls, segments and time, and is checked in the course of it.
func TestInvariants(t *testing.T) {
	for p := range numProfiles {
		t.Run(p.String(), func(t *testing.T) {
			checked := map[string]int{}
			note := func(k *invariant.Checker, _ *[numCases + 1]int) {
				for row, n := range k.Checked() {
					checked[row] += n
				}
			}
			rapid.Check(t, func(t *rapid.T) {
				s := drawScript(&source{t: t}, p)
				note(playChecked(t, &s))
			})
			for _, s := range scenes(p) {
				note(playChecked(t, &s))
			}
			for _, row := range invariant.Rows() {
				if row.Where == invariant.InChecker && row.Holds(p.String()) && checked[row.ID] == 0 {
					t.Errorf("%s was never checked", row.ID)
				}
			}
		})
	}
}
