package replay

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
)

// TestHostileRecordings: whatever a file says, it is played to the end. Steps are left
// out and repeated, and segments are anything.
func TestHostileRecordings(t *testing.T) {
	recs := embedded(t)
	profiles := []func() tcp.Config{tcp.Linux, tcp.RFC9293, func() tcp.Config { return tcp.Config{} }}
	rapid.Check(t, func(t *rapid.T) {
		rec := rapid.SampledFrom(recs).Draw(t, "recording")
		var steps []kernel.Step
		for _, s := range rec.Steps {
			for range rapid.SampledFrom([]int{1, 1, 1, 1, 1, 0, 2}).Draw(t, "times") {
				if s.Kind == kernel.KindIn && rapid.IntRange(0, 3).Draw(t, "change") == 0 {
					s.Segment.Flags ^= tcp.Flags(1 << rapid.IntRange(0, 7).Draw(t, "flag"))
					s.Segment.Seq += tcp.Seq(rapid.SampledFrom([]int{0, 1, -1, 1000, -70000, 1 << 31}).Draw(t, "seq"))
					s.Segment.Len = rapid.SampledFrom([]int{0, 1, 1460, 65535}).Draw(t, "len")
				}
				steps = append(steps, s)
			}
		}
		rec.Steps = steps
		r, err := Play(&rec, rapid.SampledFrom(profiles).Draw(t, "profile")())
		require.NoError(t, err)
		require.NotEmpty(t, r.Comparison().String())
		_ = r.Diagram().String()
	})
}
