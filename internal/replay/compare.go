package replay

import (
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
)

// The tolerance of a time T after an event: [T − early, T + T/8 + late].
const (
	early = 5 * time.Millisecond
	late  = 10 * time.Millisecond
	// prompt is how long the kernel may need for what it does at once, beside the
	// time by which the recording was late.
	prompt = 3 * time.Millisecond
)

// difference is the first way in which our course is not the recorded one.
type difference struct {
	at        tcp.Time
	want, got string
	step      int // of the recording; −1: none
	event     int // of the course; −1: none
}

// comparison holds a recorded course against ours.
type comparison struct {
	rec     *kernel.Recording
	ours    *course
	matched map[int]tcp.Time // the recorded time of a moment, where a segment tells it
	same    map[int]int      // the event of the course by the step that it agrees with
	first   *difference
}

// compare returns the first difference, or nil; and which segments are the same, by
// step the event of the course.
func compare(rec *kernel.Recording, ours *course) (first *difference, same map[int]int) {
	c := &comparison{rec: rec, ours: ours, matched: make(map[int]tcp.Time), same: make(map[int]int)}
	c.segments()
	c.calls()
	c.changes(kernel.KindState, ours.states)
	c.changes(kernel.KindPoll, ours.polls)
	return c.first, c.same
}

func (c *comparison) differ(d difference) {
	if c.first == nil || d.at < c.first.at {
		c.first = &d
	}
}

// span is an interval of recorded time.
type span struct{ from, to tcp.Time }

func (s span) has(t tcp.Time) bool { return s.from <= t && t <= s.to }

func (s span) String() string { return fmt.Sprintf("%s to %s ms", ms(s.from), ms(s.to)) }

func ms(t tcp.Time) string { return fmt.Sprintf("%.1f", float64(t)/1e6) }

// window is when, in the recording, something may have happened that happened at
// moment m on our side.
func (c *comparison) window(m int) span {
	x := &c.ours.moments[m]
	if !x.timer {
		return span{x.at, x.until.Add(prompt + c.rec.MaxLate)}
	}
	a := c.anchor(x.anchor)
	if set := &c.ours.moments[x.anchor]; set.timer && set.label == x.label && x.d < set.d {
		// The timer was set for what remained of a longer time, which began before: how
		// late it expired on either side does not count.
		a = span{min(a.from, set.at), max(a.to, set.at)}
	}
	return span{a.from.Add(x.d - early), a.to.Add(x.d + x.d/8 + late)}
}

// anchor is when, in the recording, a timer was set that we set at moment m.
func (c *comparison) anchor(m int) span {
	x := &c.ours.moments[m]
	if t, ok := c.matched[m]; ok && x.timer {
		return span{t, t}
	}
	if !x.timer {
		return span{x.at, x.until}
	}
	return c.window(m)
}

// segments compares what was sent, one by one.
func (c *comparison) segments() {
	i := 0
	for step := range c.rec.Steps {
		want := &c.rec.Steps[step]
		if want.Kind != kernel.KindOut {
			continue
		}
		if i == len(c.ours.emissions) {
			c.differ(difference{want.At, c.wantSegment(want), "nothing", step, -1})
			return
		}
		got := &c.ours.emissions[i]
		w := c.window(got.moment)
		if !sameSegment(want, got) || !w.has(want.At) {
			d := difference{min(want.At, got.at), c.wantSegment(want), c.gotSegment(got, w), step, got.event}
			if w.to < want.At { // ours came alone: the recorded one may come later
				d.at = got.at
			}
			c.differ(d)
			return
		}
		c.same[step] = got.event
		if _, ok := c.matched[got.moment]; !ok {
			c.matched[got.moment] = want.At
		}
		i++
	}
	if i < len(c.ours.emissions) {
		got := &c.ours.emissions[i]
		if w := c.window(got.moment); w.to < c.rec.End {
			c.differ(difference{got.at, "nothing", c.gotSegment(got, w), -1, got.event})
		}
	}
}

// sameSegment compares a recorded segment with ours, but for the time of either. A
// timestamp of the kernel's side is a time: it has to fit the segment's. It counts
// whole milliseconds since another timestamp, which is one at each end.
func sameSegment(want *kernel.Step, got *emission) bool {
	w, g := want.Segment.Segment, got.seg
	if want.Segment.AbsSeq {
		g.Seq = got.absSeq
	}
	if w.Options.Has(tcp.OptTimestamps) && g.Options.Has(tcp.OptTimestamps) {
		if drift(w.Options.TSVal, g.Options.TSVal, want.At, got.at) >= 2*time.Millisecond {
			return false
		}
		g.Options.TSVal = w.Options.TSVal
	}
	return w == g
}

// drift is how far two timestamps, of milliseconds, are from the times of their
// segments.
func drift(a, b uint32, at, bt tcp.Time) time.Duration {
	return (time.Duration(int32(a-b))*time.Millisecond - at.Sub(bt)).Abs()
}

func (c *comparison) wantSegment(s *kernel.Step) string {
	return fmt.Sprintf("%s ms: %s", ms(s.At), text(s.Segment.Segment))
}

func (c *comparison) gotSegment(e *emission, w span) string {
	s := fmt.Sprintf("%s ms: %s", ms(e.at), text(e.seg))
	if m := &c.ours.moments[e.moment]; m.timer {
		s += fmt.Sprintf(" (%s after %v: %v)", m.label, m.d, w)
	}
	return s
}

// text is a segment with its sequence number, which tcpdump leaves out where there
// is no payload.
func text(s tcp.Segment) string {
	line := s.String()
	if s.Len == 0 && s.Flags&(tcp.SYN|tcp.FIN|tcp.RST) == 0 {
		line += fmt.Sprintf(" (at %d)", uint32(s.Seq))
	}
	return line
}

// calls compares results, and when those returned that blocked.
func (c *comparison) calls() {
	for _, got := range c.ours.calls {
		step := &c.rec.Steps[got.step]
		want := callText(&step.Call)
		if want != got.text {
			c.differ(difference{step.At, want, got.text, got.step, got.event})
		}
		if step.Call.How != "block" {
			continue
		}
		switch {
		case got.moment < 0:
			c.differ(difference{step.Call.End, "close returns at " + ms(step.Call.End), "it does not return", got.step, got.event})
		case !c.window(got.moment).has(step.Call.End):
			w := c.window(got.moment)
			c.differ(difference{w.from, "close returns at " + ms(step.Call.End), "it returns in " + w.String(), got.step, got.event})
		}
	}
}

// changes compares states, or poll bits: each was seen at its step's time, and still
// at the last look before the next one.
func (c *comparison) changes(kind kernel.Kind, ours []change) {
	last, from, seen := "", 0, false
	for i := range c.rec.Steps {
		step := &c.rec.Steps[i]
		if step.Kind == kernel.KindCall && step.Call.Name == "close" && step.Call.FD == kernel.FDConn && kind == kernel.KindPoll {
			break
		}
		if step.Kind != kind {
			continue
		}
		want, after := step.State.State.String(), step.State.After
		if kind == kernel.KindPoll {
			want, after = step.Poll.Bits.String(), step.Poll.After
		}
		if seen && last != want {
			c.change(ours, last, after, from)
		}
		c.change(ours, want, step.At, i)
		last, from, seen = want, i, true
	}
	if seen && kind == kernel.KindState {
		c.change(ours, last, c.rec.End, from)
	}
}

// change checks that ours can have been want at the recorded time t.
func (c *comparison) change(ours []change, want string, t tcp.Time, step int) {
	got := -1
	for k := range ours {
		if ours[k].at <= t {
			got = k
		}
		begins := c.window(ours[k].moment).from <= t
		lasts := k+1 == len(ours) || c.window(ours[k+1].moment).to >= t
		if ours[k].text == want && begins && lasts {
			return
		}
	}
	d := difference{at: t, want: fmt.Sprintf("%s at %s ms", want, ms(t)), got: "nothing", step: step, event: -1}
	if got >= 0 {
		d.got = fmt.Sprintf("%s since %s ms", ours[got].text, ms(ours[got].at))
		d.event = ours[got].event
	}
	c.differ(d)
}
