package tcp_test

import (
	"math"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The six rules of the contract of Conn, each as a property of arbitrary calls,
// segments and time, for each of the presets.

// forEachProfile checks a property of scripts for the three presets.
func forEachProfile(t *testing.T, property func(t *rapid.T, s *script)) {
	for p := range numProfiles {
		t.Run(p.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := drawScript(&source{t: t}, p)
				property(t, &s)
			})
		})
	}
}

// playAll plays a script; the actions that are idle are not followed by a drain if
// lazy.
func playAll(s *script, like *tcp.Conn, lazy bool) *player {
	p := newPlayer(s, like, nil)
	for i := range s.actions {
		p.play(&s.actions[i])
		if !lazy || !s.actions[i].idle {
			p.drain()
		}
	}
	return p
}

// Rule 1: the same value and the same inputs give the same outputs and the same value.
func TestContract1SameInputsSameOutputs(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		like := s.template()
		one, two := playAll(s, like, true), playAll(s, like, true)
		require.Equal(t, one.log, two.log)
		require.True(t, *one.c == *two.c, "the values differ")
	})
}

// Rule 1, of a copy: a snapshot goes its own way, and the same way.
func TestContract1CopyContinuesIdentically(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		at := rapid.IntRange(0, len(s.actions)-1).Draw(t, "copied at")
		p := newPlayer(s, s.template(), nil)
		for i := range s.actions[:at] {
			p.play(&s.actions[i])
			p.drain()
		}
		snapshot := *p.c
		kept := snapshot
		p.log = nil
		q := &player{c: &snapshot, now: p.now}
		rest := func(p *player) {
			for i := at; i < len(s.actions); i++ {
				p.play(&s.actions[i])
				p.drain()
			}
		}
		rest(p)
		require.True(t, snapshot == kept, "what one does changes the other")
		rest(q)
		require.Equal(t, p.log, q.log)
		require.True(t, *p.c == *q.c, "the values differ")
	})
}

// Rule 2: whoever does not drain at once loses coalesced acknowledgments and nothing
// else: one reset reply is kept, and what is owed can always be drained to its end, after
// which Next changes nothing and the deadline lies ahead.
func TestContract2NotDrainingCorruptsNothing(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		p := newPlayer(s, s.template(), nil)
		waiting := tcp.Segment{} // the reset reply that waits
		for i := range s.actions {
			a := &s.actions[i]
			if a.kind == wait {
				p.now = p.target(a) // the next call runs the timers
				continue
			}
			from := len(p.log)
			p.play(a)
			e := p.log[from]
			replies := e.kind == arrive && (e.verdict.Outcome() == tcp.OutcomeReset)
			switch {
			case waiting.Flags != 0 && replies:
				t.Fatalf("a second reset reply is promised while one waits: %v", e)
			case waiting.Flags == 0 && e.verdict == tcp.DroppedSecondReply:
				t.Fatalf("no reply waits: %v", e)
			case replies:
				waiting = resetFor(&e.seg)
			}
			if a.idle {
				continue
			}
			drainAll(t, p, &waiting)
		}
		drainAll(t, p, &waiting)
	})
}

// resetFor is the reset that answers seg: RFC 9293 §3.10.7.1.
func resetFor(seg *tcp.Segment) tcp.Segment {
	r := tcp.Segment{SrcPort: seg.DstPort, DstPort: seg.SrcPort, Flags: tcp.RST}
	if seg.Flags.Has(tcp.ACK) {
		r.Seq = seg.Ack
	} else {
		r.Flags |= tcp.ACK
		r.Ack = seg.End()
	}
	return r
}

func drainAll(t *rapid.T, p *player, waiting *tcp.Segment) {
	from := len(p.log)
	p.drain()
	acks := 0
	for i, e := range p.log[from:] {
		if i == 0 && waiting.Flags != 0 {
			got := e.seg
			got.SrcPort, got.DstPort = waiting.SrcPort, waiting.DstPort // a connection keeps its ports
			got.Options = tcp.Options{}                                 // timestamps may be echoed
			require.Equal(t, *waiting, got, "the reply that waited is sent first")
			*waiting = tcp.Segment{}
		}
		if pureACK(&e.seg) {
			acks++
		}
	}
	require.Empty(t, waiting.Flags, "the reply that waited is lost")
	require.LessOrEqual(t, acks, 2, "acknowledgments coalesce: at most one, and one probe")
	before := *p.c
	require.False(t, p.c.Next(new(tcp.Segment)))
	require.True(t, before == *p.c, "Next without a segment changes the value")
	// A setter may make a timer due at once.
	p.run(p.now)
	require.Greater(t, p.c.Deadline(), p.now, "the deadline lies ahead")
}

// Rule 3: a jump over several deadlines gives exactly what stepping from one to the
// next gives.
func TestContract3JumpEqualsSteps(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		p := playAll(s, s.template(), false)
		until := p.now.Add(rapid.SampledFrom([]time.Duration{
			time.Second, time.Minute, 10 * time.Minute, 5 * time.Hour, 1000 * time.Hour,
		}).Draw(t, "until"))
		stepped, jumped := *p.c, *p.c
		var steps, jumps []tcp.Segment
		for n := 0; stepped.Deadline() <= until && n < 3000; n++ {
			stepped.Advance(stepped.Deadline())
			steps = appendDrained(steps, &stepped)
		}
		if stepped.Deadline() <= until { // keepalive for ever: as far as was stepped
			until = stepped.Deadline() - 1
		}
		for jumped.Deadline() <= until {
			jumped.Advance(until)
			jumps = appendDrained(jumps, &jumped)
		}
		require.Equal(t, steps, jumps)
		require.True(t, stepped == jumped, "the values differ")
		called := *p.c
		if len(steps) == 0 { // nothing to see on the way: a call may jump as well
			require.Equal(t, stepped.CloseWrite(until), called.CloseWrite(until))
			require.Equal(t, appendDrained(nil, &stepped), appendDrained(nil, &called))
			require.True(t, stepped == called, "a call does not run the timers that are due as Advance does")
		}
	})
}

func appendDrained(segs []tcp.Segment, c *tcp.Conn) []tcp.Segment {
	for {
		var seg tcp.Segment
		if !c.Next(&seg) {
			return segs
		}
		segs = append(segs, seg)
	}
}

// Rule 3: before the deadline Advance does nothing.
func TestContract3AdvanceBeforeDeadline(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		p := newPlayer(s, s.template(), nil)
		for i := range s.actions {
			p.play(&s.actions[i])
			p.drain()
			before := *p.c
			for _, at := range []tcp.Time{math.MinInt64, min(p.now, p.c.Deadline()-1), p.c.Deadline() - 1, tcp.Never} {
				p.c.Advance(at)
				require.True(t, *p.c == before, "Advance(%d) before the deadline %d changes the value", at, before.Deadline())
			}
		}
	})
}

// Rule 4: a time before the last one seen counts as the last one.
func TestContract4TimeDoesNotGoBack(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		p := newPlayer(s, s.template(), nil)
		for i := range s.actions {
			a := &s.actions[i]
			p.play(a)
			p.drain()
			p.call(callSend, 0) // whatever it returns: see below
			if p.c.State() == tcp.StateClosed || p.log[len(p.log)-1].err != "" {
				continue // nothing was seen
			}
			p.drain()
			earlier := rapid.SampledFrom([]tcp.Time{0, math.MinInt64, p.now - 1, p.now - 5000000000}).Draw(t, "earlier")
			next := s.actions[(i+1)%len(s.actions)]
			if next.kind == wait {
				continue
			}
			now, before := *p.c, *p.c
			q, r := &player{c: &now, now: p.now}, &player{c: &before, now: earlier}
			if next.kind == arrive {
				st := now.Status()
				seg := next.seg.resolve(&st, p.now)
				q.arrive(seg)
				r.arrive(seg)
			} else {
				require.Equal(t, q.call(next.kind, next.n), r.call(next.kind, next.n))
			}
			require.True(t, now == before, "%v at an earlier time gives another value", next)
			require.Equal(t, appendDrained(nil, &now), appendDrained(nil, &before))
		}
	})
}

// Rule 5: Arrive takes any segment in any state; octets that are held or were taken
// are never given again.
func TestContract5ArriveTakesAnything(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		var got octets
		p := newPlayer(s, s.template(), nil)
		p.watch = func(e event) { checkTaken(t, &got, p.c, e) }
		for i := range s.actions {
			a := &s.actions[i]
			if a.kind == arrive && a.idle { // a segment that knows nothing of the connection
				p.arrive(drawAnySegment(t))
			}
			p.play(a)
			p.drain()
		}
	})
}

func drawAnySegment(t *rapid.T) tcp.Segment {
	seg := tcp.Segment{
		SrcPort: rapid.Uint16().Draw(t, "src"), DstPort: rapid.Uint16().Draw(t, "dst"),
		Seq: tcp.Seq(rapid.Uint32().Draw(t, "any seq")), Ack: tcp.Seq(rapid.Uint32().Draw(t, "any ack")),
		Flags: tcp.Flags(rapid.Uint8().Draw(t, "any flags")), Window: rapid.Uint16().Draw(t, "any window"),
		Urgent: rapid.Uint16().Draw(t, "any urgent"), Len: rapid.Int().Draw(t, "any len"),
	}
	o := &seg.Options
	o.Present = tcp.OptionSet(rapid.Uint8().Draw(t, "options"))
	o.WindowScale, o.NumSACK = rapid.Uint8().Draw(t, "scale"), rapid.Uint8().Draw(t, "blocks")
	o.MSS, o.UserTimeout = rapid.Uint16().Draw(t, "any MSS"), rapid.Uint16().Draw(t, "any user timeout")
	o.TSVal, o.TSEcr = rapid.Uint32().Draw(t, "any TSval"), rapid.Uint32().Draw(t, "any TSecr")
	for i := range o.SACK {
		o.SACK[i].Left, o.SACK[i].Right = tcp.Seq(rapid.Uint32().Draw(t, "left")), tcp.Seq(rapid.Uint32().Draw(t, "right"))
	}
	return seg
}

// octets is a set of stream offsets, as ordered spans that do not touch.
type octets struct{ spans [][2]uint64 }

// add adds [from, to), and reports whether none of it was in the set before.
func (o *octets) add(from, to uint64) bool {
	i := 0
	for i < len(o.spans) && o.spans[i][1] < from {
		i++
	}
	j, merged, fresh := i, [2]uint64{from, to}, true
	for ; j < len(o.spans) && o.spans[j][0] <= to; j++ {
		s := o.spans[j]
		if s[0] < to && from < s[1] {
			fresh = false
		}
		merged[0], merged[1] = min(merged[0], s[0]), max(merged[1], s[1])
	}
	o.spans = append(o.spans[:i:i], append([][2]uint64{merged}, o.spans[j:]...)...)
	return fresh
}

// inOrder is how many octets from offset 0 on are in the set.
func (o *octets) inOrder() uint64 {
	if len(o.spans) == 0 || o.spans[0][0] != 0 {
		return 0
	}
	return o.spans[0][1]
}

// checkTaken follows what a connection takes. A new incarnation begins anew.
func checkTaken(t *rapid.T, got *octets, c *tcp.Conn, e event) {
	if e.sent || e.kind != arrive {
		return
	}
	if e.verdict == tcp.BackToListen || e.verdict == tcp.Reopen || e.verdict == tcp.BackToTimeWait || e.state <= tcp.StateSynReceived {
		*got = octets{}
		return
	}
	for i, q := range e.taken {
		if !q.ok {
			break
		}
		require.Positive(t, q.n, "piece %d of %v", i, e)
		require.GreaterOrEqual(t, q.at, 0, "piece %d of %v", i, e)
		require.LessOrEqual(t, q.at+q.n, e.seg.Len, "piece %d of %v", i, e)
		require.True(t, got.add(q.off, q.off+uint64(q.n)), "piece %d of %v was taken before", i, e)
	}
	st := c.Status()
	if e.state.String() == "CLOSED" {
		return
	}
	next := got.inOrder()
	if e.ready&tcp.ReadyEOF != 0 { // the FIN ends the stream, whatever came from beyond it
		require.LessOrEqual(t, uint64(st.RcvNxt-st.IRS-2), next, "RCV.NXT after %v", e)
		return
	}
	require.Equal(t, st.IRS.Add(int(next))+1, st.RcvNxt, "RCV.NXT after %v", e)
	for i, q := range e.held {
		if !q.ok {
			continue
		}
		require.Greater(t, q.off, next, "span %d held after %v", i, e)
		before := octets{spans: append([][2]uint64(nil), got.spans...)}
		before.add(q.off, q.off+uint64(q.n))
		require.Equal(t, got.spans, before.spans, "span %d is held but was never taken, after %v", i, e)
	}
}

// Rule 6: every drop has a verdict that names its rule, and changes nothing; a misuse
// is an error that changes nothing.
func TestContract6VerdictsAndErrors(t *testing.T) {
	forEachProfile(t, func(t *rapid.T, s *script) {
		p := newPlayer(s, s.template(), nil)
		for i := range s.actions {
			a := &s.actions[i]
			before, from := *p.c, len(p.log)
			p.play(a)
			e := p.log[from]
			if e.err != "" {
				require.True(t, before == *p.c, "%v fails and changes the value", e)
			}
			if a.kind == arrive {
				checkVerdict(t, &before, p, e)
			}
			p.drain()
			p.run(p.now) // a setter may have made a timer due at once
			checkMisuse(t, p)
		}
	})
}

// checkVerdict compares what a verdict says with what has changed.
func checkVerdict(t *rapid.T, before *tcp.Conn, p *player, e event) {
	require.NotEqual(t, "unknown verdict", e.verdict.String())
	require.Equal(t, e.verdict == tcp.Accepted, e.verdict.String() == "accepted")
	was, is := before.Status(), p.c.Status()
	if e.verdict == tcp.DroppedInvalid {
		require.Equal(t, was, is, "%v changes the connection", e)
		return
	}
	if !reborn(e.verdict) {
		require.Equal(t, was.Counters.SegmentsArrived+1, is.Counters.SegmentsArrived, "%v", e)
	}
	var seg tcp.Segment
	probe := *p.c
	answers := probe.Next(&seg)
	switch e.verdict.Outcome() {
	case tcp.OutcomeDropped:
		was.Counters, is.Counters = tcp.Counters{}, tcp.Counters{}
		switch e.verdict {
		case tcp.DroppedBadAckSynSent: // with Config.SYNRepeatOnBadACK the SYN may be repeated sooner
			was.Timers, is.Timers = [tcp.NumTimers]tcp.Time{}, [tcp.NumTimers]tcp.Time{}
		case tcp.DroppedAfterFIN: // only the text: the acknowledgment was used
			require.Equal(t, was.RcvNxt, is.RcvNxt, "%v", e)
			require.False(t, answers && pureACK(&seg), "%v drops the segment and answers %v", e, seg)
			return
		}
		require.Equal(t, was, is, "%v drops the segment and changes the connection", e)
		require.False(t, answers, "%v drops the segment and answers %v", e, seg)
	case tcp.OutcomeAcked, tcp.OutcomeChallenged:
		require.True(t, answers && seg.Flags.Has(tcp.ACK) && !seg.Flags.Has(tcp.RST), "%v, but the answer is %v", e, seg)
	case tcp.OutcomeReset:
		require.True(t, answers && seg.Flags.Has(tcp.RST), "%v, but the answer is %v", e, seg)
	case tcp.OutcomeEnded:
		require.NotEqual(t, was.State, is.State, "%v", e)
	}
}

// pureACK reports an acknowledgment without anything else.
func pureACK(seg *tcp.Segment) bool {
	return seg.Flags&(tcp.SYN|tcp.FIN|tcp.RST|tcp.ACK) == tcp.ACK && seg.Len == 0
}

// reborn reports a verdict with which a new incarnation begins, whose counters
// begin anew.
func reborn(v tcp.Verdict) bool { return v == tcp.Reopen || v == tcp.BackToTimeWait }

// checkMisuse makes the calls that can never be right.
func checkMisuse(t *rapid.T, p *player) {
	before := *p.c
	for kind := callOpen; kind < numActionKinds; kind++ {
		var v tcp.Verdict
		switch kind {
		case callRetain, callReopen:
			continue
		case callICMP:
			invoke(p.c, tcp.Never, kind, 1, &v)
			require.Equal(t, tcp.DroppedTime, v)
		case callDetach:
			_, ok := p.c.Detach(tcp.Never)
			require.False(t, ok)
		default:
			require.Error(t, invoke(p.c, tcp.Never, kind, 1, &v), "%s at Never", actionNames[kind])
		}
		require.True(t, before == *p.c, "%s at Never changes the value", actionNames[kind])
	}
	require.Equal(t, tcp.DroppedInvalid, p.c.Arrive(p.now, nil))
	require.Equal(t, tcp.DroppedTime, p.c.Arrive(tcp.Never, new(tcp.Segment)))
	_, _, _, taken := p.c.Taken(0)
	require.False(t, taken, "of a segment that is refused nothing is taken")
	require.Equal(t, before.Status(), p.c.Status())
	before = *p.c // but for Taken the same
	require.Error(t, p.c.Receive(p.now, p.c.Readable()+1))
	require.Error(t, p.c.Receive(p.now, -1))
	require.Error(t, p.c.Send(p.now, -1))
	require.Error(t, p.c.SendUrgent(p.now, 0))
	require.False(t, p.c.Next(nil))
	require.True(t, before == *p.c, "misuse changes the value")
}
