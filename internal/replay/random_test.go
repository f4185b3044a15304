package replay

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
)

const (
	randomSet    = "testdata/random.jsonl.gz"
	randomGolden = "testdata/random.txt"
)

// knownDifferences are the random courses in which ours differs, and why.
var knownDifferences = map[string]string{
	"sharing_10":     "the peer sends other octets where its FIN was: what SACK reports of it",
	"sharing_14":     "PSH of a burst after a timeout",
	"usertimeout_15": "the kernel's timer is late by a slot of its wheel: a segment comes before it",
	"usertimeout_25": "an old FIN acknowledges part of a segment: which part is sent again",
	"retries_16":     "an acknowledgment ends ahead of a FIN that was merged: the timer goes on",
	"opening_12":     "the loss probe of a FIN behind an unacknowledged SYN,ACK",
	"requests_18":    "the close of the listener took 22 ms",
	"crash_13":       "two slots of the timer wheel decide whether there is one more retransmission",
	"limits_49":      "text beyond the window: how much of it SACK reports",
	"resets_34":      "the loss probe and the RST that ends the connection come within 2 ms",
}

// TestRandomCourses: the recordings of random courses agree, but for those listed.
func TestRandomCourses(t *testing.T) {
	recs, err := kernel.ReadPaths(randomSet)
	require.NoError(t, err)
	var sum Summary
	for i := range recs {
		r, err := Play(&recs[i], tcp.Linux())
		require.NoError(t, err)
		sum.Add(&r)
		_, known := knownDifferences[recs[i].Name]
		require.Equal(t, !known, r.Outcome == Agree, "%s: want %s, got %s", recs[i].Name, r.Want, r.Got)
	}
	var got strings.Builder
	for _, name := range kernel.Groups(recs) {
		c := sum.Groups[name]
		fmt.Fprintf(&got, "%-12s %4d of %4d agree\n", name, c.Agree, c.Agree+c.Differ)
	}
	if *update {
		require.NoError(t, os.WriteFile(randomGolden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(randomGolden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "if more agree: go test ./internal/replay -update")
}
