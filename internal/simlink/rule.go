package simlink

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// Fate is what the link does to one segment. The zero value delivers it after the
// link's delay.
type Fate struct {
	Lost   bool            // it never arrives, nor does a copy
	Late   time.Duration   // it takes so much longer: later segments overtake it
	Copies []time.Duration // it arrives again, each so long after the first time
}

// A Rule decides about a segment that from sends at now; ok is false if it leaves
// the segment to the rules after it. A Rule is asked about every segment, in order
// of departure, so that it can count.
type Rule func(now tcp.Time, from ladder.Side, seg *tcp.Segment) (f Fate, ok bool)

// Match selects segments.
type Match func(seg *tcp.Segment) bool

// Flags selects the segments with exactly these flags, PSH and URG left aside.
func Flags(f tcp.Flags) Match {
	return func(seg *tcp.Segment) bool { return seg.Flags&^(tcp.PSH|tcp.URG) == f }
}

// Any selects every segment.
func Any(*tcp.Segment) bool { return true }

// Data selects the segments with payload.
func Data(seg *tcp.Segment) bool { return seg.Len > 0 }

// FIN selects the segments with FIN, with payload or without.
func FIN(seg *tcp.Segment) bool { return seg.Flags.Has(tcp.FIN) }

// Bare selects acknowledgments: neither payload nor SYN, FIN, RST.
func Bare(seg *tcp.Segment) bool {
	return seg.Len == 0 && seg.Flags&(tcp.SYN|tcp.FIN|tcp.RST|tcp.ACK) == tcp.ACK
}

// Nth applies fate to the nth of the segments that from sends and match selects,
// from 1; to all of them without any nth.
func Nth(from ladder.Side, match Match, fate Fate, nth ...int) Rule {
	seen := 0
	return func(_ tcp.Time, side ladder.Side, seg *tcp.Segment) (Fate, bool) {
		if side != from || !match(seg) {
			return Fate{}, false
		}
		seen++
		ok := len(nth) == 0
		for _, n := range nth {
			ok = ok || n == seen
		}
		return fate, ok
	}
}

// Lose loses segments, chosen as by [Nth].
func Lose(from ladder.Side, match Match, nth ...int) Rule {
	return Nth(from, match, Fate{Lost: true}, nth...)
}

// Late holds segments up, chosen as by [Nth].
func Late(from ladder.Side, match Match, by time.Duration, nth ...int) Rule {
	return Nth(from, match, Fate{Late: by}, nth...)
}

// Twice delivers segments twice, chosen as by [Nth]: the copy comes after by.
func Twice(from ladder.Side, match Match, by time.Duration, nth ...int) Rule {
	return Nth(from, match, Fate{Copies: []time.Duration{by}}, nth...)
}

// Until restricts a rule to what is sent before t.
func Until(t time.Duration, r Rule) Rule {
	return func(now tcp.Time, from ladder.Side, seg *tcp.Segment) (Fate, bool) {
		f, ok := r(now, from, seg)
		return f, ok && now < tcp.Time(t)
	}
}
