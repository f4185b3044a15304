package invariant

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

// Repeat is I42: the segment that was observed last arrives at a copy of c once more,
// after everything owed was sent, and changes nothing that counts.
func (k *Checker) Repeat(c *tcp.Conn, e Event) error {
	before := k.was
	if e.Kind != Arrived || before.State == tcp.StateListen || len(k.fired) > 0 || k.begins(e) {
		return nil // a SYN, or a reset in SYN-RECEIVED, begins another incarnation each time
	}
	again := *c
	again.SetTrace(nil)
	for seg := (tcp.Segment{}); again.Next(&seg); {
	}
	was, ready, acked := again.Status(), again.Ready(), again.Acked()
	if was.SndNxt != k.now.SndNxt || was.RcvEdge != k.now.RcvEdge {
		return nil // what is acknowledged may have been sent only now, what lay outside may fit the window offered now
	}
	special := k.cfg.DataAfterFIN == tcp.AfterFINStraddles && ready&tcp.ReadyEOF != 0 ||
		k.cfg.FinWait2TimeWait && was.State == tcp.StateFinWait2 && was.References == 0
	if special {
		return nil
	}
	again.Arrive(e.Now, &e.Seg)
	is := again.Status()
	k.checked["I42"]++
	edge := before.RcvEdge
	if before.State < tcp.StateSynReceived {
		edge = was.IRS // nothing was offered yet
	}
	for i := 0; ; i++ {
		off, _, n, ok := again.Taken(i)
		if !ok {
			break
		}
		if start := is.IRS.Add(1 + int(off)); start.Less(edge) {
			return &Violation{"I42", fmt.Sprintf("%v again: takes %d octets at %d, the window ended at %d", e.Seg, n, start, edge)}
		}
		if i == 0 {
			was.RcvNxt, was.Readable, ready = is.RcvNxt, is.Readable, again.Ready() // what found no room before
			was.State = is.State
		}
	}
	type sequence struct {
		una, nxt, rcv tcp.Seq
		readable      int
		state         tcp.State
		acked         uint64
		ready         tcp.Ready
	}
	want := sequence{was.SndUna, was.SndNxt, was.RcvNxt, was.Readable, was.State, acked, ready}
	got := sequence{is.SndUna, is.SndNxt, is.RcvNxt, is.Readable, is.State, again.Acked(), again.Ready()}
	if got != want {
		return &Violation{"I42", fmt.Sprintf("%v again: %+v, before %+v", e.Seg, got, want)}
	}
	return nil
}

// begins reports a segment that has led to another incarnation.
func (k *Checker) begins(e Event) bool {
	switch e.Verdict {
	case tcp.Reopen, tcp.BackToListen, tcp.BackToTimeWait:
		return true
	}
	return k.now.State == tcp.StateListen
}
