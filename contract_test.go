package tcp_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/transcript"
	"pgregory.net/rapid"
)

// The six rules of the contract of Conn, each as a property of arbitrary calls,
// segments and time, for each of the presets.

// scriptProperty is what holds for any script.
type scriptProperty func(t *rapid.T, s *script)

// forEachProfile checks a property of scripts for the three presets.
func forEachProfile(t *testing.T, property scriptProperty) {
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
func (p *player) playAll(s *script, lazy bool) {
	for i := range s.actions {
		a := &s.actions[i]
		p.play(a)
		if !a.jump && (!lazy || !a.idle) {
			p.drain()
		}
	}
}

// again is a player of a fresh connection that can be compared with p's, and that
// records nothing.
func (p *player) again() *player {
	q := &player{t: p.t, c: new(tcp.Conn), like: p.like, cfg: p.cfg, now: startOfScripts}
	q.c.Init(p.like)
	return q
}

// same demands that two players saw the same and hold the same.
func (p *player) same(q *player) {
	for i := range min(len(p.log), len(q.log)) {
		if p.log[i] != q.log[i] {
			p.fail("event %d is once %v and once %v", i, p.log[i], q.log[i])
		}
	}
	if len(p.log) != len(q.log) {
		p.fail("%d events once and %d the other time", len(p.log), len(q.log))
	}
	if *p.c != *q.c {
		p.fail("the values differ")
	}
}

// Rule 1: the same value and the same inputs give the same outputs and the same value.
func TestContract1SameInputsSameOutputs(t *testing.T) { forEachProfile(t, sameInputsSameOutputs) }

func sameInputsSameOutputs(t *rapid.T, s *script) {
	p := s.opened(t)
	p.playAll(s, true)
	p.repeats()
}

// repeats gives everything again to a fresh connection.
func (p *player) repeats() {
	p.rec.Do("p.repeats()")
	q := p.again()
	for _, in := range p.inputs {
		q.give(in)
	}
	p.same(q)
}

// Rule 1, of a copy: a snapshot goes its own way, and the same way.
func TestContract1CopyContinuesIdentically(t *testing.T) { forEachProfile(t, copyContinuesIdentically) }

func copyContinuesIdentically(t *rapid.T, s *script) {
	p := s.opened(t)
	p.playAll(s, false)
	p.copyContinues(rapid.IntRange(0, len(p.inputs)-1).Draw(t, "copied at"))
}

// copyContinues gives the first n inputs to a fresh connection, and the others to it
// and to a copy.
func (p *player) copyContinues(n int) {
	p.rec.Do("p.copyContinues(%v)", n)
	one := p.again()
	for _, in := range p.inputs[:n] {
		one.give(in)
	}
	snapshot := *one.c
	kept := snapshot
	two := p.again()
	two.c, two.now, two.log = &snapshot, one.now, append([]event(nil), one.log...)
	for _, in := range p.inputs[n:] {
		one.give(in)
	}
	if snapshot != kept {
		p.fail("what one does changes the other")
	}
	for _, in := range p.inputs[n:] {
		two.give(in)
	}
	p.same(one)
	one.rec, two.rec = p.rec, p.rec // to fail with
	one.same(two)
}

// Rule 2: whoever does not drain at once loses coalesced acknowledgments and nothing
// else: one reset reply is kept, and what is owed can always be drained to its end, after
// which Next changes nothing and the deadline lies ahead.
func TestContract2NotDrainingCorruptsNothing(t *testing.T) {
	forEachProfile(t, notDrainingCorruptsNothing)
}

func notDrainingCorruptsNothing(t *rapid.T, s *script) {
	p := s.opened(t)
	p.watchReplies()
	for i := range s.actions {
		a := &s.actions[i]
		if a.kind == wait {
			p.at(p.target(a)) // the next call runs the timers
			continue
		}
		p.play(a)
		if !a.idle {
			p.drain()
			p.run(p.now) // a setter may make a timer due at once
			p.deadlineLiesAhead()
		}
	}
	p.drain()
	p.run(p.now)
	p.deadlineLiesAhead()
}

// watchReplies follows the reset reply that waits, and what a drain gives.
func (p *player) watchReplies() {
	p.rec.Do("p.watchReplies()")
	waiting := tcp.Segment{} // the reset reply that waits
	sent, acks := 0, 0       // by this drain
	p.watch = func(e event) {
		switch {
		case e.sent:
			if sent++; sent == 1 && waiting.Flags != 0 {
				got := e.seg
				got.SrcPort, got.DstPort = waiting.SrcPort, waiting.DstPort // a connection keeps its ports
				got.Options = tcp.Options{}                                 // timestamps may be echoed
				if got != waiting {
					p.fail("%v is sent first; the reply %v waited", got, waiting)
				}
				waiting = tcp.Segment{}
			}
			if pureACK(&e.seg) {
				acks++
			}
		case e.drained:
			if waiting.Flags != 0 {
				p.fail("the reply %v that waited is lost", waiting)
			}
			if acks > 2 {
				p.fail("%d acknowledgments do not coalesce: at most one, and one probe", acks)
			}
			sent, acks = 0, 0
			if before := *p.c; p.c.Next(new(tcp.Segment)) || before != *p.c {
				p.fail("Next without a segment changes the value")
			}
		case e.kind == arrive:
			replies := e.verdict.Outcome() == tcp.OutcomeReset
			switch {
			case waiting.Flags != 0 && replies:
				p.fail("a second reset reply is promised while one waits: %v", e)
			case waiting.Flags == 0 && e.verdict == tcp.DroppedSecondReply:
				p.fail("no reply waits: %v", e)
			case replies:
				waiting = resetFor(&e.seg)
			}
		}
	}
}

// deadlineLiesAhead holds when everything was drained.
func (p *player) deadlineLiesAhead() {
	if d := p.c.Deadline(); d <= p.now {
		p.rec.Do("p.deadlineLiesAhead()")
		p.fail("the deadline %d does not lie ahead of %d", d, p.now)
	}
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

// Rule 3: a jump over several deadlines gives exactly what stepping from one to the
// next gives.
func TestContract3JumpEqualsSteps(t *testing.T) { forEachProfile(t, jumpEqualsSteps) }

func jumpEqualsSteps(t *rapid.T, s *script) {
	p := s.opened(t)
	p.playAll(s, false)
	p.jumps(p.now.Add(rapid.SampledFrom([]time.Duration{
		time.Second, time.Minute, 10 * time.Minute, 5 * time.Hour, 1000 * time.Hour,
	}).Draw(t, "until")))
}

// jumps compares a jump with steps.
func (p *player) jumps(until tcp.Time) {
	p.rec.Do("p.jumps(%v)", until)
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
	if !slices.Equal(steps, jumps) {
		p.fail("steps send %v, a jump %v", steps, jumps)
	}
	if stepped != jumped {
		p.fail("the values differ after a jump")
	}
	if called := *p.c; len(steps) == 0 { // nothing to see on the way: a call may jump as well
		err, want := called.CloseWrite(until), stepped.CloseWrite(until)
		if fmt.Sprint(err) != fmt.Sprint(want) || !slices.Equal(appendDrained(nil, &stepped), appendDrained(nil, &called)) || stepped != called {
			p.fail("a call does not run the timers that are due as Advance does")
		}
	}
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
func TestContract3AdvanceBeforeDeadline(t *testing.T) { forEachProfile(t, advanceBeforeDeadline) }

func advanceBeforeDeadline(t *rapid.T, s *script) {
	p := s.opened(t)
	p.watchDeadline()
	p.playAll(s, false)
}

func (p *player) watchDeadline() {
	p.rec.Do("p.watchDeadline()")
	p.watch = func(e event) {
		if !e.drained {
			return
		}
		before := *p.c
		for _, at := range []tcp.Time{math.MinInt64, min(p.now, p.c.Deadline()-1), p.c.Deadline() - 1, tcp.Never} {
			if p.c.Advance(at); *p.c != before {
				p.fail("Advance(%d) before the deadline %d changes the value", at, before.Deadline())
			}
		}
	}
}

// Rule 4: a time before the last one seen counts as the last one.
func TestContract4TimeDoesNotGoBack(t *testing.T) { forEachProfile(t, timeDoesNotGoBack) }

func timeDoesNotGoBack(t *rapid.T, s *script) {
	p := s.opened(t)
	for i := range s.actions {
		p.play(&s.actions[i])
		p.drain()
		p.call(callSend, 0) // whatever it returns: see below
		if p.c.State() == tcp.StateClosed || p.log[len(p.log)-1].err != "" {
			continue // nothing was seen
		}
		p.drain()
		earlier := rapid.SampledFrom([]tcp.Time{0, math.MinInt64, p.now - 1, p.now - 5000000000}).Draw(t, "earlier")
		switch next := s.actions[(i+1)%len(s.actions)]; next.kind {
		case wait:
		case arrive:
			st := p.c.Status()
			p.earlierSegment(earlier, next.seg.resolve(&st, p.now))
		default:
			p.earlierCall(earlier, next.kind, next.n)
		}
	}
}

// earlierSegment lets a segment arrive at a time that is past.
func (p *player) earlierSegment(at tcp.Time, seg tcp.Segment) {
	now, before := p.earlier(at)
	now.arrive(seg)
	before.arrive(seg)
	if *now.c != *before.c {
		p.rec.Do("p.earlierSegment(%v, %v)", at, seg)
		p.fail("%v at an earlier time gives another value", seg)
	}
}

// earlierCall makes a call at a time that is past.
func (p *player) earlierCall(at tcp.Time, kind actionKind, n int) {
	now, before := p.earlier(at)
	err, want := before.call(kind, n), now.call(kind, n)
	if fmt.Sprint(err) != fmt.Sprint(want) || *now.c != *before.c || !slices.Equal(appendDrained(nil, now.c), appendDrained(nil, before.c)) {
		p.rec.Do("p.earlierCall(%v, %v, %v)", at, transcript.Source(callConstants[kind]), n)
		p.fail("%s at an earlier time gives something else", callText(kind, n))
	}
}

// earlier returns two players that go on from here, the second at another time.
func (p *player) earlier(at tcp.Time) (now, before *player) {
	one, two := *p.c, *p.c
	return &player{t: p.t, c: &one, now: p.now}, &player{t: p.t, c: &two, now: at}
}

// Rule 5: Arrive takes any segment in any state; octets that are held or were taken
// are never given again.
func TestContract5ArriveTakesAnything(t *testing.T) { forEachProfile(t, arriveTakesAnything) }

func arriveTakesAnything(t *rapid.T, s *script) {
	p := s.opened(t)
	p.watchTaken()
	for i := range s.actions {
		a := &s.actions[i]
		if a.kind == arrive && a.idle { // a segment that knows nothing of the connection
			p.arrive(drawAnySegment(t))
		}
		p.play(a)
		p.drain()
	}
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

// watchTaken follows what a connection takes. A new incarnation begins anew.
func (p *player) watchTaken() {
	p.rec.Do("p.watchTaken()")
	got := new(octets)
	p.watch = func(e event) {
		switch {
		case e.sent || e.drained || e.kind != arrive:
		case e.verdict == tcp.BackToListen || reborn(e.verdict) || e.state <= tcp.StateSynReceived:
			*got = octets{}
		default:
			p.checkPieces(got, e)
			p.checkHeld(got, e)
		}
	}
}

// checkPieces: what is taken of a segment lies within it, and is new.
func (p *player) checkPieces(got *octets, e event) {
	for i, q := range e.taken {
		if !q.ok {
			break
		}
		if q.n <= 0 || q.at < 0 || q.at+q.n > e.seg.Len {
			p.fail("piece %d of %v: %+v", i, e, q)
		}
		if !got.add(q.off, q.off+uint64(q.n)) {
			p.fail("piece %d of %v was taken before: %+v", i, e, q)
		}
	}
}

// checkHeld: RCV.NXT follows what was taken in order, and what is held was taken.
func (p *player) checkHeld(got *octets, e event) {
	if e.state == tcp.StateClosed {
		return
	}
	st, next := p.c.Status(), got.inOrder()
	if e.ready&tcp.ReadyEOF != 0 { // the FIN ends the stream, whatever came from beyond it
		if end := uint64(st.RcvNxt - st.IRS - 2); end > next {
			p.fail("RCV.NXT is %d octets on after %v, %d were taken", end, e, next)
		}
		return
	}
	if want := st.IRS.Add(int(next)) + 1; st.RcvNxt != want {
		p.fail("RCV.NXT is %d after %v, want %d", st.RcvNxt, e, want)
	}
	for i, q := range e.held {
		if !q.ok {
			continue
		}
		if q.off <= next {
			p.fail("span %d held after %v is in order: %+v", i, e, q)
		}
		before := octets{spans: append([][2]uint64(nil), got.spans...)}
		if before.add(q.off, q.off+uint64(q.n)); !slices.Equal(got.spans, before.spans) {
			p.fail("span %d is held but was never taken, after %v: %+v", i, e, q)
		}
	}
}

// Rule 6: every drop has a verdict that names its rule, and changes nothing; a misuse
// is an error that changes nothing.
func TestContract6VerdictsAndErrors(t *testing.T) { forEachProfile(t, verdictsAndErrors) }

func verdictsAndErrors(t *rapid.T, s *script) {
	p := s.opened(t)
	p.watchVerdicts()
	for i := range s.actions {
		p.play(&s.actions[i])
		p.drain()
		p.run(p.now) // a setter may have made a timer due at once
		p.misuse()
	}
}

// watchVerdicts compares what verdicts and errors say with what has changed.
func (p *player) watchVerdicts() {
	p.rec.Do("p.watchVerdicts()")
	before := *p.c
	p.watch = func(e event) {
		switch {
		case e.err != "" && before != *p.c:
			p.fail("%v fails and changes the value", e)
		case e.kind == arrive && !e.sent && !e.drained:
			p.checkVerdict(&before, e)
		}
		before = *p.c
	}
}

func (p *player) checkVerdict(before *tcp.Conn, e event) {
	if e.verdict.String() == "unknown verdict" || (e.verdict == tcp.Accepted) != (e.verdict.String() == "accepted") {
		p.fail("the verdict is %q", e.verdict)
	}
	was, is := before.Status(), p.c.Status()
	if e.verdict == tcp.DroppedInvalid {
		if was != is {
			p.fail("%v changes the connection", e)
		}
		return
	}
	if !reborn(e.verdict) && was.Counters.SegmentsArrived+1 != is.Counters.SegmentsArrived {
		p.fail("%v is not counted", e)
	}
	var seg tcp.Segment
	probe := *p.c
	answers := probe.Next(&seg)
	switch e.verdict.Outcome() {
	case tcp.OutcomeDropped:
		p.checkDropped(was, is, e, answers, &seg)
	case tcp.OutcomeAcked, tcp.OutcomeChallenged:
		if !answers || seg.Flags&(tcp.ACK|tcp.RST) != tcp.ACK {
			p.fail("%v, but the answer is %v", e, seg)
		}
	case tcp.OutcomeReset:
		if !answers || !seg.Flags.Has(tcp.RST) {
			p.fail("%v, but the answer is %v", e, seg)
		}
	case tcp.OutcomeEnded:
		if was.State == is.State {
			p.fail("%v ends nothing", e)
		}
	}
}

// checkDropped: a segment that is dropped changes nothing and draws no answer.
func (p *player) checkDropped(was, is tcp.Status, e event, answers bool, seg *tcp.Segment) {
	was.Counters, is.Counters = tcp.Counters{}, tcp.Counters{}
	switch e.verdict {
	case tcp.DroppedBadAckSynSent: // with Config.SYNRepeatOnBadACK the SYN may be repeated sooner
		was.Timers, is.Timers = [tcp.NumTimers]tcp.Time{}, [tcp.NumTimers]tcp.Time{}
	case tcp.DroppedThrottled: // in the window it shows all the same that the peer is there
		was.KeepAliveProbes, is.KeepAliveProbes = 0, 0
	case tcp.DroppedAfterFIN: // only the text: the acknowledgment was used
		if was.RcvNxt != is.RcvNxt {
			p.fail("%v drops the text and takes it", e)
		}
		if answers && pureACK(seg) {
			p.fail("%v drops the segment and answers %v", e, seg)
		}
		return
	}
	if was != is {
		p.fail("%v drops the segment and changes the connection", e)
	}
	if answers {
		p.fail("%v drops the segment and answers %v", e, seg)
	}
}

// pureACK reports an acknowledgment without anything else.
func pureACK(seg *tcp.Segment) bool {
	return seg.Flags&(tcp.SYN|tcp.FIN|tcp.RST|tcp.ACK) == tcp.ACK && seg.Len == 0
}

// reborn reports a verdict with which a new incarnation begins, whose counters
// begin anew.
func reborn(v tcp.Verdict) bool { return v == tcp.Reopen || v == tcp.BackToTimeWait }

// misuse makes the calls that can never be right.
func (p *player) misuse() {
	probe := *p.c
	if wrong := misused(&probe, p.now); wrong != "" {
		p.rec.Do("p.misuse()")
		p.fail("%s", wrong)
	}
}

// misused says which misuse of a connection is taken, or changes it.
func misused(c *tcp.Conn, now tcp.Time) string {
	before := *c
	for kind := callOpen; kind < numActionKinds; kind++ {
		var v tcp.Verdict
		refused := false
		switch kind {
		case callRetain, callReopen:
			continue
		case callICMP:
			invoke(c, tcp.Never, kind, 1, &v)
			refused = v == tcp.DroppedTime
		case callDetach:
			_, ok := c.Detach(tcp.Never)
			refused = !ok
		default:
			refused = invoke(c, tcp.Never, kind, 1, &v) != nil
		}
		if !refused || before != *c {
			return actionNames[kind] + " at Never is taken or changes the value"
		}
	}
	if v := c.Arrive(now, nil); v != tcp.DroppedInvalid {
		return "no segment: " + v.String()
	}
	if v := c.Arrive(tcp.Never, new(tcp.Segment)); v != tcp.DroppedTime {
		return "a segment at Never: " + v.String()
	}
	if _, _, _, taken := c.Taken(0); taken {
		return "of a segment that is refused something is taken"
	}
	if before.Status() != c.Status() {
		return "a segment that is refused changes the connection"
	}
	before = *c // but for Taken the same
	for _, err := range []error{c.Receive(now, c.Readable()+1), c.Receive(now, -1), c.Send(now, -1), c.SendUrgent(now, 0)} {
		if err == nil {
			return "a call with a number that is out of range is taken"
		}
	}
	if c.Next(nil) || before != *c {
		return "misuse changes the value"
	}
	return ""
}
