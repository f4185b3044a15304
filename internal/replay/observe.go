package replay

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// emit notes a segment that was sent, with numbers and timestamps as the recording
// counts them.
func (p *player) emit(at tcp.Time, seg tcp.Segment) {
	if seg.Flags.Has(tcp.SYN) && p.drawn[seg.Seq] {
		p.base, p.based = seg.Seq, true
	}
	e := emission{moment: p.cur, at: at, seg: seg, absSeq: seg.Seq}
	e.seg.SrcPort, e.seg.DstPort = 0, 0
	if p.based {
		e.seg.Seq -= p.base
	}
	if o := &e.seg.Options; o.Has(tcp.OptTimestamps) {
		if !p.stamps {
			p.tsBase, p.stamps = o.TSVal, true
		}
		o.TSVal -= p.tsBase
	}
	text := ""
	if m := &p.moments[p.cur]; m.timer {
		text = m.label + " " + m.d.String()
	}
	e.event = p.event(ladder.Event{Kind: ladder.Send, Segment: e.seg, Text: text})
	p.emissions = append(p.emissions, e)
}

// sample notes the state and the poll bits, where they have changed.
func (p *player) sample() {
	state, due, detached := p.host.Lookup(localPort, remotePort)
	if p.note(&p.states, state.String()) && len(p.states) > 1 {
		p.states[len(p.states)-1].event = p.event(ladder.Event{Kind: ladder.State, State: state.String()})
	}
	p.watchTimeWait(state, due, detached)
	if fd, ok := p.fds[kernel.FDConn]; ok {
		if events, err := p.main.Poll(p.host.Now(), fd); err == nil {
			p.note(&p.polls, events.String())
		}
	}
}

func (p *player) note(list *[]change, text string) bool {
	if n := len(*list); n > 0 && (*list)[n-1].text == text {
		return false
	}
	*list = append(*list, change{moment: p.cur, at: p.moments[p.cur].at, text: text, event: -1})
	return true
}

// watchTimeWait notes when the timer of a connection was set of which only a
// TimeWait is left: that has no trace.
func (p *player) watchTimeWait(state tcp.State, due tcp.Time, detached bool) {
	switch {
	case !detached:
		p.tw.due = tcp.Never
		return
	case due == p.tw.due:
		return
	}
	first := p.tw.due == tcp.Never
	p.tw = setting{p.cur, 2 * p.msl, due}
	if first && state == tcp.StateFinWait2 {
		p.tw = p.timers[tcp.TimerFinWait2]
	}
}
