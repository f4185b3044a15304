package tcp

// maxRecords is how many transmissions are told apart. With more segments in
// flight neighbours are merged.
const maxRecords = 16

// A record is what is known of one stretch of the send sequence space in flight:
// from the end of the record before it, or SND.UNA, to end.
type record struct {
	time  Time // of the last transmission
	end   Seq
	flags recordFlags
}

type recordFlags uint8

const (
	recordSACKed        recordFlags = 1 << iota // the peer holds it
	recordLost                                  // taken for lost, to be sent again
	recordRetransmitted                         // sent more than once: no sample of the round trip (Karn)
	recordPushed                                // it had PSH although it did not empty the queue
	recordProbed                                // the last one when a tail loss probe was sent
	recordLimited                               // new data sent for the first two duplicate acknowledgments (RFC 3042)
)

// records is the scoreboard: everything in flight, in order of sequence, and where
// loss recovery is (RFC 6582, RFC 6675). Unused entries are zero.
type records struct {
	r          [maxRecords]record
	n          uint8
	dupAcks    uint8
	recovering bool // fast recovery, until SND.UNA passes point
	anyLost    bool // there are lost records
	forced     bool // the next retransmission is due whatever the congestion window
	recovered  bool // point is valid: no new recovery below it
	probed     tailProbe
	reordering bool   // TimerLossProbe waits for segments that changed places
	point      Seq    // recover of RFC 6582: SND.NXT when loss was last found
	high       Seq    // HighRxt of RFC 6675: where retransmission goes on
	rackEnd    Seq    // end of the last sent record that arrived (RACK); without RACK it is RescueRxt of RFC 6675
	rackRTT    uint32 // the round trip of that record, in µs; 0 if there is none
	rackTime   Time   // when it was sent
}

// reset forgets everything in flight.
func (r *records) reset() { *r = records{} }

// sent adds the first transmission of what ends at end; limited: beyond the congestion
// window.
func (r *records) sent(end Seq, now Time, limited bool) {
	if r.n == maxRecords {
		r.merge()
	}
	r.r[r.n] = record{time: now, end: end}
	if limited && !r.recovering && r.dupAcks > 0 {
		r.r[r.n].flags = recordLimited
	}
	r.n++
}

// merge makes room by joining the two neighbours that are the shortest together:
// the newer time counts, SACKed only if both were, lost or retransmitted if
// either was.
func (r *records) merge() {
	best, length := 1, -1
	for i := 1; i < maxRecords; i++ {
		start := r.r[0].end
		if i >= 2 {
			start = r.r[i-2].end
		}
		if l := r.r[i].end.Sub(start); length < 0 || l < length {
			best, length = i, l
		}
	}
	a, b := &r.r[best-1], &r.r[best]
	b.time = max(a.time, b.time)
	b.flags = b.flags&a.flags&recordSACKed | (a.flags|b.flags)&^recordSACKed
	copy(r.r[best-1:], r.r[best:])
	r.n--
	r.r[r.n] = record{}
}

// acked drops what lies below una. It returns how many records are gone and when the
// oldest of them was sent, if none of them was sent twice.
func (r *records) acked(una Seq) (gone int, sent Time, ok bool) {
	first := r.r[0]
	if r.n == 0 || una.Less(first.end) {
		return 0, 0, false
	}
	ok = first.flags&recordRetransmitted == 0
	if r.probed != probeNone {
		r.probeAcked(una)
	}
	if r.n == 1 {
		r.r[0], r.n, r.anyLost = record{}, 0, false
		return 1, first.time, ok
	}
	drop := uint8(1)
	for drop < r.n && r.r[drop].end.LessEq(una) {
		ok = ok && r.r[drop].flags&recordRetransmitted == 0
		drop++
	}
	copy(r.r[:], r.r[drop:r.n])
	clear(r.r[r.n-drop : r.n])
	r.n -= drop
	if r.anyLost {
		r.refreshLost()
	}
	return int(drop), first.time, ok
}

func (r *records) refreshLost() {
	r.anyLost = false
	for i := range r.n {
		if r.r[i].flags&(recordLost|recordSACKed) == recordLost {
			r.anyLost = true
		}
	}
}

// sack marks what a block covers, and reports whether that was news. A record
// that it covers in part counts as not received. With rack it is told of arrivals.
func (r *records) sack(una Seq, b SACKBlock, rack bool, now Time, minRTT uint32) (news bool) {
	start := una
	for i := range r.n {
		rec := &r.r[i]
		if b.Left.LessEq(start) && rec.end.LessEq(b.Right) && rec.flags&recordSACKed == 0 {
			rec.flags |= recordSACKed
			if rack {
				r.delivered(rec, now, minRTT)
			}
			news = true
		}
		start = rec.end
	}
	return news
}

// allLost takes everything in flight for lost: after a retransmission timeout.
// What the peer reported as received counts no more, it may have let go of it
// (RFC 2018 §8); or, with keep, unless it shows that it did.
func (r *records) allLost(una Seq, keep bool) {
	keep = keep && r.r[0].flags&recordSACKed == 0
	for i := range r.n {
		rec := &r.r[i]
		if keep && rec.flags&recordSACKed != 0 {
			continue
		}
		rec.flags = rec.flags&^recordSACKed | recordLost
	}
	r.anyLost, r.forced, r.high = r.n > 0, true, una
}

// headLost takes the first record that the peer does not hold for lost, and lets
// retransmission go on at from.
func (r *records) headLost(from Seq) {
	for i := range r.n {
		if rec := &r.r[i]; rec.flags&recordSACKed == 0 {
			rec.flags |= recordLost
			r.anyLost, r.forced, r.high = true, true, from
			return
		}
	}
}

// sackedLost takes for lost every record above which the peer holds three separate
// stretches or more than two segments' octets, IsLost of RFC 6675 §4, and reports
// whether the first one is.
func (r *records) sackedLost(una Seq, mss int) (first bool) {
	stretches, octets := 0, 0
	for i := int(r.n) - 1; i >= 0; i-- {
		rec := &r.r[i]
		switch {
		case rec.flags&recordSACKed != 0:
			start := una
			if i > 0 {
				start = r.r[i-1].end
			}
			octets += rec.end.Sub(start)
			if i == int(r.n)-1 || r.r[i+1].flags&recordSACKed == 0 {
				stretches++
			}
		case stretches >= 3 || octets > 2*mss:
			rec.flags |= recordLost
			r.anyLost, first = true, i == 0
		}
	}
	return first
}

// forgetLost takes nothing for lost any more.
func (r *records) forgetLost() {
	for i := range r.n {
		r.r[i].flags &^= recordLost
	}
	r.anyLost, r.forced = false, false
}

// hole returns the next stretch to retransmit, at or above high: one that is lost, or
// the first one where that is forced.
func (r *records) hole(una Seq) (from, to Seq, index int, ok bool) {
	start := una
	for i := range int(r.n) {
		rec := &r.r[i]
		if rec.flags&recordSACKed == 0 && (r.forced || rec.flags&recordLost != 0) && r.high.Less(rec.end) {
			if start.Less(r.high) {
				start = r.high
			}
			return start, rec.end, i, true
		}
		start = rec.end
	}
	return 0, 0, 0, false
}

// spare returns what is sent again where nothing is known to be lost and there is
// nothing new, rules (3) and (4) of NextSeg in RFC 6675 §4: a hole below what the
// peer holds, or once in a recovery the last stretch that it does not hold.
func (r *records) spare(una Seq) (from, to Seq, index int, rescue, ok bool) {
	last := -1
	below := Seq(0) // where the highest stretch that the peer holds begins
	for i := range int(r.n) {
		if r.r[i].flags&recordSACKed == 0 {
			last = i
		} else if i > 0 {
			below, ok = r.r[i-1].end, true
		}
	}
	start := una
	for i := range int(r.n) {
		rec := &r.r[i]
		if ok && rec.flags&recordSACKed == 0 && rec.end.LessEq(below) && r.high.Less(rec.end) {
			if start.Less(r.high) {
				start = r.high
			}
			return start, rec.end, i, false, true
		}
		if i == last {
			from = start
		}
		start = rec.end
	}
	if last < 0 || una.LessEq(r.rackEnd) {
		return 0, 0, 0, false, false
	}
	return from, r.r[last].end, last, true, true
}

// waits reports whether something lost is still to be sent again.
func (r *records) waits(una Seq) bool {
	return r.anyLost && r.holed(una)
}

func (r *records) holed(una Seq) bool {
	_, _, _, ok := r.hole(una)
	return ok
}

// holdsFIN reports whether the peer holds the last record, with the FIN.
func (r *records) holdsFIN() bool { return r.n > 0 && r.r[r.n-1].flags&recordSACKed != 0 }

// pushed reports whether the record that ends at end had PSH.
func (r *records) pushed(end Seq) bool {
	for i := range r.n {
		if r.r[i].end == end {
			return r.r[i].flags&recordPushed != 0
		}
	}
	return false
}

// retransmitted notes that [from, end) was sent again now.
func (r *records) retransmitted(from, end Seq, now Time) {
	for i := range r.n {
		rec := &r.r[i]
		if from.Less(rec.end) {
			rec.flags |= recordRetransmitted
			rec.time = now
		}
		if end.LessEq(rec.end) {
			break
		}
	}
	if r.high.Less(end) {
		r.high = end
	}
	r.forced = false
}

// tally counts the records that the peer holds, those taken for lost and those sent
// more than once.
func (r *records) tally() (held, lost, repeated int) {
	for _, rec := range r.r[:r.n] {
		held += btoi(rec.flags&recordSACKed != 0)
		lost += btoi(rec.flags&(recordLost|recordSACKed) == recordLost)
		repeated += btoi(rec.flags&recordRetransmitted != 0)
	}
	return held, lost, repeated
}

// flying counts the records in flight: neither held by the peer nor lost and not
// yet sent again.
func (r *records) flying() (n int) {
	for i := range r.n {
		rec := &r.r[i]
		waits := rec.flags&recordLost != 0 && r.high.Less(rec.end)
		if rec.flags&recordSACKed == 0 && !waits {
			n++
		}
	}
	return n
}

// pipe estimates the octets in flight: what is neither held by the peer nor lost, and
// what was sent again (RFC 6675 §4). Without SACK the congestion window is inflated
// instead.
func (r *records) pipe(una Seq) int {
	n := 0
	start := una
	for i := range r.n {
		rec := &r.r[i]
		if rec.flags&recordSACKed == 0 {
			if rec.flags&recordLost == 0 {
				n += rec.end.Sub(start)
			}
			if start.Less(r.high) {
				sent := rec.end
				if r.high.Less(sent) {
					sent = r.high
				}
				n += sent.Sub(start)
			}
		}
		start = rec.end
	}
	return n
}

// flight is FlightSize without what limited transmit has sent (RFC 5681 §3.2).
func (r *records) flight(una Seq) int {
	n := 0
	start := una
	for i := range r.n {
		if r.r[i].flags&recordLimited == 0 {
			n += r.r[i].end.Sub(start)
		}
		start = r.r[i].end
	}
	return n
}

// progress begins to count duplicate acknowledgments anew.
func (r *records) progress() {
	if r.dupAcks > 0 {
		for i := range r.n {
			r.r[i].flags &^= recordLimited
		}
	}
	r.dupAcks = 0
}
