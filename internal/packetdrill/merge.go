package packetdrill

import "github.com/seed-447e5d66/tcp"

// MergeResult says whether segments make up one line of a script.
type MergeResult uint8

const (
	MergeWhole MergeResult = iota // they do; the merged segment is what to compare
	MergeMore                     // they agree so far, but more octets are needed
	MergeNever                    // they do not, whatever follows
)

// Merge applies the rule for a line whose payload was emitted in several
// segments (§5). It takes as many of the segments as make up length octets, in the
// order in which they were emitted: consecutive, all but the last of the same
// length, and with the same header but for FIN and PSH. The
// merged segment has the sequence number of the first, and FIN and PSH of the
// last; used says how many it holds. One segment with at least length octets
// stands for itself. Under --strict_segments, Merge is not used.
func Merge(length int, segments []tcp.Segment) (whole tcp.Segment, used int, result MergeResult) {
	for i := range segments {
		s := &segments[i]
		if i == 0 {
			whole = *s
		} else if !follows(s, &whole) || s.Len != segments[0].Len && whole.Len+s.Len != length {
			return segments[0], 1, MergeNever
		} else {
			whole.Len += s.Len
			whole.Flags = s.Flags
		}
		if whole.Len >= length {
			if whole.Len > length && i > 0 {
				return segments[0], 1, MergeNever
			}
			return whole, i + 1, MergeWhole
		}
		if s.Len == 0 { // no payload to be completed
			return segments[0], 1, MergeNever
		}
	}
	return whole, len(segments), MergeMore
}

// follows reports whether s can continue whole.
func follows(s, whole *tcp.Segment) bool {
	const last = tcp.FIN | tcp.PSH // may differ
	like := *whole
	like.Seq, like.Len, like.Flags = s.Seq, s.Len, like.Flags&^last|s.Flags&last
	return *s == like && s.Seq == whole.Seq.Add(whole.Len) && whole.Flags&tcp.FIN == 0 && s.Len > 0
}
