package explore

import (
	"fmt"
	"sort"

	"github.com/seed-447e5d66/tcp"
)

// coverage is what ends have done.
type coverage struct {
	edges  map[Edge]bool
	events map[StateEvent]bool
}

// StateEvent is an event of the alphabet of docs/teardown-cases.md, section L, in a
// state.
type StateEvent struct {
	State tcp.State
	Event string
}

// String names both.
func (e StateEvent) String() string { return fmt.Sprintf("%v: %s", e.State, e.Event) }

func (c *coverage) add(d *coverage) {
	if c.edges == nil {
		c.edges, c.events = make(map[Edge]bool), make(map[StateEvent]bool)
	}
	for e := range d.edges {
		c.edges[e] = true
	}
	for e := range d.events {
		c.events[e] = true
	}
}

func (c *coverage) step(m *Model, s *Step) {
	c.edges, c.events = make(map[Edge]bool), make(map[StateEvent]bool)
	for _, e := range s.Transitions {
		c.edges[e] = true
	}
	note := func(event string) { c.events[StateEvent{s.Before.State, event}] = true }
	for i, timer := range s.Timers {
		c.events[StateEvent{s.TimerStates[i], "timer: " + timer.String()}] = true
	}
	if s.Called && (s.Err == nil || m.Misuse) {
		note("call: " + s.Call.String())
	}
	if s.Arrived != nil {
		for _, event := range segmentEvents(&s.Before, s.Arrived) {
			note(event)
		}
	}
}

// segmentEvents classifies a segment by where it stands for the end at which it
// arrives.
func segmentEvents(v *View, seg *tcp.Segment) (events []string) {
	switch {
	case seg.Flags.Has(tcp.RST):
		return []string{resetEvent(v, seg)}
	case seg.Flags.Has(tcp.SYN | tcp.ACK):
		return []string{"SYN,ACK"}
	case seg.Flags.Has(tcp.SYN):
		if v.State == tcp.StateTimeWait {
			if v.RcvNxt.Less(seg.Seq) {
				return []string{"SYN newer"}
			}
			return []string{"SYN older"}
		}
		return []string{"SYN"}
	}
	if v.State <= tcp.StateSynSent {
		return []string{"neither SYN nor RST"}
	}
	acked := ackEvent(v, seg)
	if text := textEvent(v, seg); text != "" {
		events = append(events, text)
		if text == "FIN" && acked == "ACK of FIN" {
			events = append(events, "FIN+ACK of FIN")
		}
	}
	events = append(events, acked)
	return append(events, windowEvents(v, seg)...)
}

func resetEvent(v *View, seg *tcp.Segment) string {
	switch {
	case v.State <= tcp.StateSynSent:
		return "RST"
	case seg.Seq == v.RcvNxt:
		return "RST exact"
	case seg.Seq.Less(v.RcvNxt):
		return "RST old"
	case seg.Seq.Less(v.RcvEdge):
		return "RST in window"
	}
	return "RST beyond"
}

func ackEvent(v *View, seg *tcp.Segment) string {
	switch {
	case !seg.Flags.Has(tcp.ACK):
		return "no ACK"
	case v.SndNxt.Less(seg.Ack):
		return "ACK beyond SND.NXT"
	case seg.Ack.LessEq(v.SndUna):
		return "ACK old or duplicate"
	case v.SndEnd.Less(seg.Ack):
		return "ACK of FIN"
	}
	return "ACK of data"
}

func textEvent(v *View, seg *tcp.Segment) string {
	fin := seg.Flags.Has(tcp.FIN)
	name := ""
	switch {
	case seg.Len > 0 && fin:
		name = "text+FIN"
	case seg.Len > 0:
		name = "text"
	case fin:
		name = "FIN"
	default:
		return ""
	}
	switch {
	case seg.End().LessEq(v.RcvNxt):
		return name + " old"
	case v.RcvNxt.Less(seg.Seq):
		return name + " beyond a gap"
	}
	return name
}

func windowEvents(v *View, seg *tcp.Segment) (events []string) {
	if !seg.Flags.Has(tcp.ACK) || seg.Ack.Less(v.SndUna) || v.SndNxt.Less(seg.Ack) {
		return nil
	}
	edge := v.SndUna.Add(v.SendWindow)
	if !v.WindowScale && seg.Ack.Add(int(seg.Window)).Less(edge) {
		events = append(events, "window shrinks")
	}
	switch {
	case seg.Window == 0 && v.SendWindow > 0:
		events = append(events, "window 0")
	case seg.Window > 0 && v.SendWindow == 0:
		events = append(events, "window reopens")
	}
	return events
}

func sorted[K comparable](set map[K]bool, less func(a, b K) bool) []K {
	list := make([]K, 0, len(set))
	for k := range set {
		list = append(list, k)
	}
	sort.Slice(list, func(i, j int) bool { return less(list[i], list[j]) })
	return list
}
