package interp

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// trace draws the timers that expire.
func (r *runner) trace() *tcp.Trace {
	var set [tcp.NumTimers]time.Duration
	return &tcp.Trace{
		TimerSet: func(_ tcp.Time, t tcp.Timer, d time.Duration, _ tcp.Time) { set[t] = d },
		TimerFired: func(now tcp.Time, t tcp.Timer) {
			r.draw(ladder.Event{At: drawTime(scriptTime(now)), Kind: ladder.Timer, Text: t.String() + " " + set[t].String()})
		},
	}
}

func drawTime(d time.Duration) tcp.Time { return tcp.Time(max(d, 0)) }

func (r *runner) draw(e ladder.Event) {
	if r.opts.Events {
		r.events = append(r.events, e)
	}
}

// drawSent draws a segment that was sent, with the numbers of the script.
func (r *runner) drawSent(at time.Duration, seg tcp.Segment) {
	if !r.opts.Events {
		return
	}
	p := r.peer(ports{seg.SrcPort, seg.DstPort})
	script := p.mapping.ScriptSegment(seg)
	if seg.Flags.Has(tcp.SYN) && r.drawn[seg.Seq] {
		script.Seq = 0
	}
	if script.Options.Has(tcp.OptTimestamps) {
		script.Options.TSVal = p.mapping.ScriptTimestamp(script.Options.TSVal)
	}
	r.draw(ladder.Event{At: drawTime(at), Kind: ladder.Send, Segment: script})
}

// drawArrived draws an inbound packet: it takes no time to arrive.
func (r *runner) drawArrived(p *peer, seg tcp.Segment) {
	if !r.opts.Events {
		return
	}
	if seg.Flags.Has(tcp.ACK) {
		seg.Ack -= p.mapping.Live(0, 0)
	}
	r.draw(ladder.Event{At: drawTime(r.at), Side: ladder.Right, Kind: ladder.Send, Segment: seg})
}

// drawState draws the state of the connection under test where it has changed.
func (r *runner) drawState() {
	if !r.opts.Events {
		return
	}
	if state, _, _ := r.host.Lookup(r.under.local, r.under.remote); state != r.state {
		r.state = state
		r.draw(ladder.Event{At: drawTime(r.at), Kind: ladder.State, State: state.String()})
	}
}
