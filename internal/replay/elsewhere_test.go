package replay

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
)

// altered returns rec with f applied to a copy of each step.
func altered(rec kernel.Recording, f func(s *kernel.Step)) kernel.Recording {
	rec.Steps = slices.Clone(rec.Steps)
	for i := range rec.Steps {
		f(&rec.Steps[i])
	}
	return rec
}

// peerNumbers lets the peer begin elsewhere in the sequence space.
func peerNumbers(by tcp.Seq) func(kernel.Recording) kernel.Recording {
	return func(rec kernel.Recording) kernel.Recording {
		return altered(rec, func(s *kernel.Step) {
			seg := &s.Segment
			switch {
			case s.Kind == kernel.KindIn:
				seg.Seq += by
			case s.Kind == kernel.KindOut && seg.Flags.Has(tcp.ACK):
				seg.Ack += by
				for i := range seg.Options.NumSACK {
					seg.Options.SACK[i].Left += by
					seg.Options.SACK[i].Right += by
				}
			}
		})
	}
}

// peerClock lets the peer's timestamps begin elsewhere.
func peerClock(by uint32) func(kernel.Recording) kernel.Recording {
	return func(rec kernel.Recording) kernel.Recording {
		return altered(rec, func(s *kernel.Step) {
			o := &s.Segment.Options
			switch {
			case !o.Has(tcp.OptTimestamps):
			case s.Kind == kernel.KindIn:
				o.TSVal += by
			case s.Kind == kernel.KindOut && !s.Segment.TSEcrZero:
				o.TSEcr += by
			}
		})
	}
}

// later lets everything happen later: our initial sequence numbers and the slots of
// the timer wheel are others then.
func later(by time.Duration) func(kernel.Recording) kernel.Recording {
	return func(rec kernel.Recording) kernel.Recording {
		rec = altered(rec, func(s *kernel.Step) {
			s.At, s.Call.End = s.At.Add(by), s.Call.End.Add(by)
			s.State.After, s.Poll.After = s.State.After.Add(by), s.Poll.After.Add(by)
		})
		rec.End, rec.UnstableAt = rec.End.Add(by), rec.UnstableAt.Add(by)
		return rec
	}
}

// some returns the recordings, with -short every tenth.
func some(t *testing.T) (recs []kernel.Recording) {
	for i, rec := range embedded(t) {
		if !testing.Short() || i%10 == 0 {
			recs = append(recs, rec)
		}
	}
	return recs
}

// TestRecordingsElsewhere: where the numbers, the timestamps and the time begin is no
// matter, even where they wrap around. So every recording stands for others that
// nobody made, and whose course is known.
func TestRecordingsElsewhere(t *testing.T) {
	const tick = 4 * time.Millisecond
	for name, alter := range map[string]func(kernel.Recording) kernel.Recording{
		"the peer's numbers wrap behind its SYN":    peerNumbers(1<<32 - 1),
		"the peer's numbers wrap behind two octets": peerNumbers(1<<32 - 3),
		"the peer's numbers wrap in its data":       peerNumbers(1<<32 - 500),
		"the peer's numbers pass half the space":    peerNumbers(1<<31 - 200),
		"the peer's timestamps wrap":                peerClock(1<<32 - 200),
		"the peer's timestamps pass half of all":    peerClock(1<<31 - 200),
		"a tick later":                              later(tick),
		"the second level of the wheel elsewhere":   later(13 * tick),
		"the third level of the wheel elsewhere":    later(251 * tick),
	} {
		t.Run(name, func(t *testing.T) {
			for _, rec := range some(t) {
				rec = alter(rec)
				r := mustPlay(t, &rec)
				require.Contains(t, []Outcome{Agree, Unstable}, r.Outcome, "%s: want %s, got %s", rec.Name, r.Want, r.Got)
			}
		})
	}
	for _, before := range []tcp.Seq{1, 3, 300} { // the end of the sequence space
		t.Run(fmt.Sprintf("our SYN is %d before the end", before), func(t *testing.T) {
			saved := firstISS
			defer func() { firstISS = saved }()
			wrapped := 0
			for _, rec := range some(t) {
				firstISS = saved
				r := mustPlay(t, &rec)
				if len(r.ours.emissions) == 0 || !r.ours.emissions[0].seg.Flags.Has(tcp.SYN) {
					continue
				}
				firstISS -= r.ours.emissions[0].absSeq + before
				r = mustPlay(t, &rec)
				require.Contains(t, []Outcome{Agree, Unstable}, r.Outcome, "%s: want %s, got %s", rec.Name, r.Want, r.Got)
				if slices.ContainsFunc(r.ours.emissions, func(e emission) bool { return e.absSeq < e.seg.Seq }) {
					wrapped++
				}
			}
			require.Greater(t, wrapped, 5, "recordings in which the numbers wrap")
		})
	}
	half := find(t, "basic_remote_passive_close_ts")
	half.Steps = slices.Clone(half.Steps)
	for i, s := range peerNumbers(1)(half).Steps {
		if s.Kind == kernel.KindIn {
			half.Steps[i] = s
		}
	}
	r := mustPlay(t, &half)
	require.Equal(t, Differ, r.Outcome, "the peer's numbers moved, its acknowledgments not")
}
