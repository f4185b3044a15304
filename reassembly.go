package tcp

// maxSpans is how many disjoint ranges of sequence numbers are held beyond a gap.
// A segment that would need one more is treated as lost.
const maxSpans = 8

// span is the non-empty range of sequence numbers [left, right).
type span struct {
	left, right Seq
}

// reassembly knows which sequence numbers have been received out of order: the
// ranges, never the octets. It also makes the blocks of the SACK option.
//
// Everything held lies above RCV.NXT and inside the receive window, so that all
// of it compares by circular order; whoever calls insert sees to that. The zero
// value is empty, and what is not in use is zero, so that stores compare with ==.
//
// Two rules settle what a peer may contradict itself in (RFC 9293 leaves it open):
//
//   - What was received first wins. Octets already held are never replaced, and
//     an out-of-order FIN whose sequence number is held as data is not a FIN.
//   - A FIN ends the data. Beyond a FIN that is held nothing more is taken. Data
//     that was held beyond it when it came stays until the FIN is in order, and is
//     thrown away then, as is everything beyond a FIN that arrives in order. Until
//     then it is reported in SACK blocks, because it was reported before.
type reassembly struct {
	// The most recently received first: the order of SACK blocks. The spans are
	// disjoint and do not touch each other. The sequence number of a FIN that is
	// held is in one of them.
	spans  [maxSpans]span
	dsack  span // duplicate range to be reported, empty if none
	finSeq Seq  // sequence number of the FIN, if fin
	n      uint8
	fin    bool
}

// insert adds the out-of-order segment that occupies [left, right), whose last
// number is that of a FIN if fin. The n octets ranges written to pieces, in
// sequence order, are its octets that were not held before, without the FIN.
//
// kept tells that everything of the segment that may be held is held now. It is
// false, and nothing has changed, if the segment is empty, starts beyond a FIN that is
// held, is a bare FIN that contradicts what is held, or finds no room.
func (r *reassembly) insert(left, right Seq, fin bool, pieces *[maxSpans + 1]span) (n int, kept bool) {
	right, fin = r.clip(right, fin)
	if !left.Less(right) {
		return 0, false
	}
	merged := span{left, right}
	var rest [maxSpans]span
	others := 0
	for _, s := range r.spans[:r.n] {
		if s.right.Less(left) || right.Less(s.left) {
			rest[others] = s
			others++
			continue
		}
		if s.left.Less(merged.left) {
			merged.left = s.left
		}
		if merged.right.Less(s.right) {
			merged.right = s.right
		}
	}
	if others == maxSpans {
		return 0, false
	}
	data := right
	if fin {
		data--
	}
	n = r.missing(left, data, pieces)
	if fin {
		r.fin, r.finSeq = true, data
	}
	r.spans[0] = merged
	copy(r.spans[1:], rest[:])
	r.n = uint8(others) + 1
	return n, true
}

// fill takes the in-order segment [next, right), where next is RCV.NXT and the
// last number is that of a FIN if fin. Like insert it writes the octets not held before
// to pieces; like advance it returns the new RCV.NXT, not counting a FIN, and
// whether a FIN is now in order, this segment's or the one that was held. An
// in-order FIN counts whatever is held: its number is exactly the one expected.
func (r *reassembly) fill(next, right Seq, fin bool, pieces *[maxSpans + 1]span) (n int, newNext Seq, finished bool) {
	if r.n == 0 && !fin && next.Less(right) { // the usual case
		pieces[0] = span{next, right}
		return 1, right, false
	}
	if r.fin && next.LessEq(r.finSeq) && r.finSeq.Less(right) {
		right, fin = r.finSeq+1, true
	}
	if fin {
		right--
	}
	n = r.missing(next, right, pieces)
	if fin {
		r.purge()
		return n, right, true
	}
	newNext, finished = r.advance(right)
	return n, newNext, finished
}

// advance follows RCV.NXT to next, where in-order data has brought it: it lets go
// of everything that is in order now and returns the new RCV.NXT, not counting a
// FIN, and whether the FIN that was held is in order. Once it is, nothing
// is held any more. A FIN that next has already passed is forgotten.
func (r *reassembly) advance(next Seq) (newNext Seq, fin bool) {
	if r.n == 0 {
		return next, false
	}
	if r.fin && r.finSeq.Less(next) {
		r.fin, r.finSeq = false, 0
	}
	for _, s := range r.spans[:r.n] {
		if s.left.LessEq(next) && next.Less(s.right) {
			next = s.right
			break // the other spans do not touch this one
		}
	}
	if r.fin && r.finSeq.Less(next) {
		next = r.finSeq
		r.purge()
		return next, true
	}
	kept := uint8(0)
	for _, s := range r.spans[:r.n] {
		if next.Less(s.left) {
			r.spans[kept] = s
			kept++
		}
	}
	clear(r.spans[kept:r.n])
	r.n = kept
	return next, false
}

// clip cuts a segment that ends at right at the FIN that is held, and takes away
// a FIN that contradicts what is held.
func (r *reassembly) clip(right Seq, fin bool) (Seq, bool) {
	if r.fin && r.finSeq.Less(right) {
		last := right - 1
		return r.finSeq + 1, fin && last == r.finSeq
	}
	if !fin {
		return right, false
	}
	if _, taken := r.held(right-1, right); taken || r.fin {
		return right - 1, false
	}
	return right, true
}

// missing writes the parts of [left, right) that are not held to pieces, in
// sequence order, and returns how many there are.
func (r *reassembly) missing(left, right Seq, pieces *[maxSpans + 1]span) (n int) {
	for range maxSpans + 1 {
		if !left.Less(right) {
			break
		}
		h, ok := r.held(left, right)
		if !ok {
			pieces[n] = span{left, right}
			return n + 1
		}
		if left != h.left {
			pieces[n] = span{left, h.left}
			n++
		}
		left = h.right
	}
	return n
}

// held returns the first part of [left, right) that is held, in sequence order.
// Of a segment that arrives it is the part that D-SACK reports: only the first
// duplicate part counts (RFC 2883 §4). What is below RCV.NXT is not held here.
func (r *reassembly) held(left, right Seq) (part span, ok bool) {
	part.left = right
	for _, s := range r.spans[:r.n] {
		if !left.Less(s.right) || !s.left.Less(part.left) {
			continue
		}
		part, ok = s, true
		if part.left.Less(left) {
			part.left = left
		}
	}
	if !ok {
		return span{}, false
	}
	if right.Less(part.right) {
		part.right = right
	}
	return part, true
}

// duplicate records that [left, right) arrived although it was there already. The
// next sackBlocks reports it; a later duplicate takes the place of one that
// was not reported yet, because D-SACK speaks of the most recent segment only
// (RFC 2883 §4). An empty range is ignored.
func (r *reassembly) duplicate(left, right Seq) {
	if left.Less(right) {
		r.dsack = span{left, right}
	}
}

// sacking reports whether sackBlocks has anything to say.
func (r *reassembly) sacking() bool { return r.n != 0 || r.dsack != span{} }

// sackBlocks writes the blocks of the SACK option of a segment that is sent now, at
// most limit (4, or 3 beside timestamps), and returns how many there are. First
// the span of the segment received last, then the others by how recently they
// changed (RFC 2018 §4). A duplicate comes before them, once only, and is
// followed by the span that contains it, if there is one (RFC 2883 §4).
func (r *reassembly) sackBlocks(buf *[4]SACKBlock, limit int) (n int) {
	limit = min(limit, len(buf))
	if limit <= 0 || !r.sacking() {
		return 0
	}
	around := -1
	if r.dsack != (span{}) {
		d := r.dsack
		r.dsack = span{}
		buf[0] = SACKBlock{d.left, d.right}
		n = 1
		for i, s := range r.spans[:r.n] {
			if n < limit && s.left.LessEq(d.left) && d.right.LessEq(s.right) {
				buf[1] = SACKBlock{s.left, s.right}
				n, around = 2, i
				break
			}
		}
	}
	for i, s := range r.spans[:r.n] {
		if n == limit {
			break
		}
		if i != around {
			buf[n] = SACKBlock{s.left, s.right}
			n++
		}
	}
	return n
}

// blocks returns how many SACK blocks there are to report.
func (r *reassembly) blocks() int { return int(r.n) + btoi(r.dsack != span{}) }

// at returns the i-th span in sequence order, counted from 0.
func (r *reassembly) at(i int) (s span, ok bool) {
	for _, s := range r.spans[:r.n] {
		below := 0
		for _, o := range r.spans[:r.n] {
			if o.left.Less(s.left) {
				below++
			}
		}
		if below == i {
			return s, true
		}
	}
	return span{}, false
}

// count returns the number of spans.
func (r *reassembly) count() int { return int(r.n) }

// highest returns the right edge of the highest span, the end of everything
// received so far; false if nothing is held.
func (r *reassembly) highest() (right Seq, ok bool) {
	for i, s := range r.spans[:r.n] {
		if i == 0 || right.Less(s.right) {
			right = s.right
		}
	}
	return right, r.n != 0
}

// purge lets go of everything held. A duplicate still waits to be reported.
func (r *reassembly) purge() { *r = reassembly{dsack: r.dsack} }

// reset makes the store as new.
func (r *reassembly) reset() { *r = reassembly{} }

// octets is how many sequence numbers are held.
func (r *reassembly) octets() (n int) {
	for _, s := range r.spans[:r.n] {
		n += s.right.Sub(s.left)
	}
	return n
}
