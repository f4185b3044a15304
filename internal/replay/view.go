package replay

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// Comparison is the recorded course and ours, side by side, the first difference
// marked.
func (r *Result) Comparison() *ladder.Comparison {
	c := &ladder.Comparison{
		Title: r.Name + ": " + r.rec.Desc,
		Left:  "Linux " + r.rec.Kernel, Right: "ours",
	}
	step, event := -1, -1
	if r.diff != nil {
		step, event = r.diff.step, r.diff.event
	}
	var ours []ladder.Event
	if r.ours != nil {
		ours = append(ours, r.ours.events...)
	}
	shown := make(map[int]bool)
	for i := range r.rec.Steps {
		e, ok := r.wantEvent(i, i == step, c.Want)
		if !ok {
			continue
		}
		if k, ok := r.same[i]; ok {
			// What is no difference does not stand out: the segment is shown as recorded,
			// with a timestamp that may be another one within the tolerance, and the timer
			// on both sides.
			e.Text, ours[k].Segment, shown[k] = ours[k].Text, e.Segment, true
		}
		c.Want = append(c.Want, e)
	}
	for i, e := range ours {
		e.Differs = i == event
		// What a timer sends before the end may be due after it, within the tolerance.
		late := r.diff == nil && e.Kind == ladder.Send && !shown[i]
		if e.At <= r.rec.End && !late || e.Differs {
			c.Got = append(c.Got, e)
		}
	}
	return c
}

// wantEvent is a step of the recording for a ladder, after those before; ok is
// false for one that is not worth a line.
func (r *Result) wantEvent(i int, differs bool, before []ladder.Event) (e ladder.Event, ok bool) {
	step := &r.rec.Steps[i]
	e = ladder.Event{At: step.At, Differs: differs}
	switch step.Kind {
	case kernel.KindCall:
		e.Kind, e.Text = ladder.Call, callText(&step.Call)
	case kernel.KindIn:
		e.Kind, e.Segment = ladder.Arrive, step.Segment.Segment
	case kernel.KindOut:
		e.Kind, e.Segment = ladder.Send, step.Segment.Segment
	case kernel.KindState:
		e.Kind, e.State = ladder.State, step.State.State.String()
		last := tcp.StateClosed.String()
		for _, b := range before {
			if b.Kind == ladder.State {
				last = b.State
			}
		}
		return e, differs || e.State != last
	default:
		e.Kind, e.Text = ladder.Note, "poll "+step.Poll.Bits.String()
		return e, differs
	}
	return e, true
}

// FullClose reports whether our course has a whole close in it, from ESTABLISHED
// through FIN-WAIT-1 and FIN-WAIT-2 to TIME-WAIT.
func (r *Result) FullClose() bool {
	if r.ours == nil {
		return false
	}
	close := []tcp.State{tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateTimeWait}
	for _, c := range r.ours.states {
		if len(close) > 0 && c.text == close[0].String() {
			close = close[1:]
		}
	}
	return len(close) == 0
}

// Diagram is our course, with the recorded peer on the other side.
func (r *Result) Diagram() *ladder.Diagram {
	d := &ladder.Diagram{Title: r.Name + ": " + r.rec.Desc, Left: "ours", Right: "recorded peer"}
	for _, e := range r.ours.events {
		if e.At > r.rec.End {
			break
		}
		if e.Kind == ladder.Arrive { // drawn where the peer sent it: at the same time
			e.Kind, e.Side = ladder.Send, ladder.Right
		}
		d.Events = append(d.Events, e)
	}
	return d
}
