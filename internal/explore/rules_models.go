package explore

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

// Rules of some models only.

// checkKeepAliveRuns: who keeps alive waits nowhere for ever.
func checkKeepAliveRuns(m *Model, v *View) string {
	if m.Config[v.History.Side].KeepAlive && v.Synchronized() && v.Deadline == tcp.Never {
		return fmt.Sprintf("%v has no timer although keepalive is on", v.State)
	}
	return ""
}

// checkKeepAliveEnds: where fewer probes can be lost or late than have to be, only a
// host that is down, or was, does not answer.
func checkKeepAliveEnds(m *Model, a, b *View) string {
	for _, v := range [2][2]*View{{a, b}, {b, a}} {
		enough := m.Losses+m.Delays >= m.Config[v[0].History.Side].KeepAliveCount
		if v[0].Err == tcp.KindKeepAlive && !v[1].History.Crashed && !enough {
			return fmt.Sprintf("keepalive ended %v, and the peer is there, in %v", v[0].EndState, v[1].State)
		}
	}
	return ""
}

// checkUrgentMark: who has received an urgent octet knows that it is the last one
// urgent, until it is read; and never takes another one for it.
func checkUrgentMark(_ *Model, a, b *View) string {
	urgent := int(a.History.Urgent)
	if !together(a, b) || b.State == tcp.StateClosed {
		return ""
	}
	read := b.Received() - b.Readable
	switch {
	case b.Mark > urgent:
		return fmt.Sprintf("the urgent mark is at octet %d, the last urgent octet is %d", b.Mark, urgent)
	case b.Received() >= urgent && read < urgent && b.Mark != urgent:
		return fmt.Sprintf("octet %d is urgent, received and not read, and the mark is at %d", urgent, b.Mark)
	case b.Has(tcp.ReadyUrgent) != (b.Mark > 0):
		return fmt.Sprintf("the urgent mark is at octet %d, and ReadyUrgent is %v", b.Mark, b.Has(tcp.ReadyUrgent))
	}
	return ""
}

// checkLingerZero: with a linger time of zero the last Close resets, in the states in
// which the peer has to know.
func checkLingerZero(_ *Model, s *Step) string {
	b := &s.Before
	if !s.Called || s.Call != CallClose || !b.History.Linger || b.References != 1 {
		return ""
	}
	switch b.State {
	case tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait:
		if s.After.State != tcp.StateClosed || len(s.Sent) != 1 || !s.resetSent() {
			return fmt.Sprintf("Close with a linger time of zero takes %v to %v, with %d segments", b.State, s.After.State, len(s.Sent))
		}
	}
	return ""
}

// checkOtherDescriptors: as long as others are open, closing one does nothing.
func checkOtherDescriptors(_ *Model, s *Step) string {
	if !s.Called || s.Call != CallClose && s.Call != CallExit || s.Before.References < 2 {
		return ""
	}
	if s.Before.State != s.After.State || len(s.Sent) > 0 || s.After.References != s.Before.References-1 {
		return fmt.Sprintf("one of %d descriptors is closed: %v, then %v, %d segments, %d descriptors",
			s.Before.References, s.Before.State, s.After.State, len(s.Sent), s.After.References)
	}
	return ""
}
