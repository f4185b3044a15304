package tcp_test

import (
	"errors"
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
			p.checkRepeated(e)
		}
	}
	return k
}

// checkRepeated is I42: a segment that was processed changes nothing when it arrives
// again, but for counters and timers, and windows announced with equal numbers.
func (p *player) checkRepeated(e event) {
	if e.verdict != tcp.Accepted {
		return
	}
	if p.cfg.DataAfterFIN == tcp.AfterFINStraddles && e.ready&tcp.ReadyEOF != 0 {
		return // text beyond a FIN that was held resets when it comes again
	}
	again := *p.c
	again.SetTrace(nil)
	appendDrained(nil, &again)
	was, acked := again.Status(), again.Acked()
	again.Arrive(e.now, &e.seg)
	is := again.Status()
	_, _, _, taken := again.Taken(0)
	if was.State == tcp.StateFinWait2 || was.State == tcp.StateTimeWait || taken {
		// A RST of FIN-WAIT-2's own rules, or a later look at text that found no room.
		return
	}
	if was.SndUna != is.SndUna || was.RcvNxt != is.RcvNxt || was.State != is.State || acked != again.Acked() {
		p.fail("I42: %v again: SND.UNA %d, RCV.NXT %d, %v, now %d, %d, %v", e, was.SndUna, was.RcvNxt, was.State, is.SndUna, is.RcvNxt, is.State)
	}
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
	again := good
	again.ackBase = sndUna
	timeout := action{kind: wait, to: fromDeadline}
	send := action{kind: callSend, n: 5000}
	in := func(d segmentDraft) action { return action{kind: arrive, seg: d} }
	lists := [][]action{
		{send, timeout, timeout, timeout, in(good)},
		{in(closed), send, timeout, timeout, timeout, timeout, timeout, timeout, in(closed), timeout, in(good)},
		{{kind: callCloseWrite}, in(fin), {kind: wait, d: 10 * time.Millisecond}, in(finAgain), timeout},
		{{kind: callSend, n: 1}, {kind: callSend, n: 1}, {kind: callSend, n: 1}, in(good), in(again), {kind: callSend, n: 1}, in(good)},
		{in(urgent), in(urgent), {kind: callReceive, n: 1}, in(urgent)},
		{in(challenged), in(challenged), {kind: wait, d: 600 * time.Millisecond}, in(challenged), in(rst)},
		{{kind: callKeepAlive, n: 2}, timeout, in(good), timeout, timeout, timeout},
		{in(fin), {kind: callSend, n: 5}, in(good), {kind: callClose}, in(good)},
		{{kind: callSend, n: 5}, {kind: callAbort}},
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
