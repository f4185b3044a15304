package explore

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

// forger is the incarnation of what nobody has sent.
const forger = 0xff

// forgeries are the segments that an attacker who sees nothing may hit an end with,
// by luck: everything but a RST at RCV.NXT, and text, a FIN or a window with numbers
// that both fit. They must change nothing (P13).
func forgeries(v *View) []tcp.Segment {
	const ack = tcp.ACK
	nxt, bad := v.RcvNxt, v.SndNxt+1<<20 // far off: what answers it must not hit either
	seg := func(flags tcp.Flags, seq, ack tcp.Seq, n int) tcp.Segment {
		return tcp.Segment{
			SrcPort: 1, DstPort: 1, Flags: flags, Seq: seq, Ack: ack, Len: n, Window: uint16(min(v.SendWindow, 65535)),
		}
	}
	switch {
	case v.State == tcp.StateClosed:
		return nil
	case v.State == tcp.StateListen:
		return []tcp.Segment{seg(tcp.SYN|ack, 5, 6, 0), seg(ack, 5, 6, 0), seg(tcp.RST, 5, 0, 0)}
	case v.State == tcp.StateSynSent:
		return []tcp.Segment{
			seg(tcp.SYN|ack, 5, bad, 0), seg(ack, 5, bad, 0), seg(tcp.RST, 5, 0, 0), seg(tcp.RST|ack, 5, bad, 0),
		}
	}
	list := []tcp.Segment{
		seg(tcp.RST, nxt+1, 0, 0), seg(tcp.RST, nxt-1, 0, 0), seg(tcp.RST, v.RcvEdge+1, 0, 0),
		seg(ack, nxt, bad, 0), seg(ack, nxt, bad, 1), seg(tcp.FIN|ack, nxt, bad, 0),
		seg(tcp.FIN, nxt, 0, 1), // no ACK
		// At RCV.NXT−1 the acknowledgment counts (P-1).
		seg(ack, nxt-2, v.SndNxt, 1), seg(tcp.FIN|ack, nxt-2, v.SndNxt, 0), seg(tcp.FIN|ack, nxt-3, v.SndNxt, 1),
	}
	if v.Synchronized() { // SYN-RECEIVED goes back to LISTEN (T111)
		list = append(list, seg(tcp.SYN|ack, nxt, v.SndNxt, 0))
	}
	if v.Synchronized() && v.State != tcp.StateTimeWait { // TIME-WAIT may be over (S14)
		list = append(list, seg(tcp.SYN, nxt+1, 0, 0))
	}
	if v.Has(tcp.ReadyEOF) { // beyond the peer's FIN no number fits
		list = append(list,
			seg(ack, nxt, v.SndUna, 1), seg(tcp.FIN|ack, nxt, v.SndUna, 0), seg(tcp.FIN|ack, nxt, v.SndUna, 1),
			seg(ack, nxt+1, v.SndUna, 1), seg(tcp.FIN|ack, nxt+1, v.SndUna, 0), seg(tcp.FIN|ack, nxt+1, v.SndUna, 1),
		)
	}
	return list
}

// forge lets each forged segment arrive.
func (w *worker) forge(x *world, yield func(*successor) bool) bool {
	if x.left[leftForgeries] == 0 {
		return true
	}
	for end := range x.end {
		for i, id := range w.forged(x.end[end]) {
			s := successor{action: action{kind: actionForge, end: uint8(end), at: uint8(i)}, world: *x}
			s.world.left[leftForgeries]--
			if w.advance(&s, end, makeInput(inputArrival, id)) && w.fits(&s.world) && !yield(&s) {
				return false
			}
		}
	}
	return true
}

// forged returns the copies of the segments for an end.
func (w *worker) forged(end uint32) []uint32 {
	ids, known := w.forgeries[end]
	if !known {
		e := w.x.ends.at(end)
		if !e.value.history.Down {
			for _, seg := range forgeries(&e.view) {
				ids = append(ids, w.x.copies.id(&copied{segment: seg, from: forger}))
			}
		}
		w.forgeries[end] = ids
	}
	return ids
}

// checkForged: what fits nothing changes nothing. Beyond the peer's FIN text and FIN
// are in the window, and its field counts.
func checkForged(_ *Model, s *Step) string {
	if !s.Forged {
		return ""
	}
	b, a := &s.Before, &s.After
	window := b.SendWindow == a.SendWindow || b.Has(tcp.ReadyEOF)
	switch {
	case b.numbers() == a.numbers() && window:
		return ""
	case s.Arrived.Flags.Has(tcp.RST):
		return fmt.Sprintf("a forged RST ends %v", b.State)
	case b.SndUna != a.SndUna:
		return fmt.Sprintf("a forged acknowledgment counts in %v", b.State)
	}
	return fmt.Sprintf("a forged segment changes %v to %v: %v", b.numbers(), a.numbers(), s.Arrived)
}
