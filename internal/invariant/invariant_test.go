package invariant_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/invariant"
	"github.com/stretchr/testify/require"
)

// The table has the rows of the document, in its order, and gives a reason where a
// row does not hold or is not checked.
func TestRows(t *testing.T) {
	document, err := os.ReadFile("../../docs/invariants.md")
	require.NoError(t, err)
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([IPL]\d+) \|`).FindAllSubmatch(document, -1) {
		want = append(want, string(m[1]))
	}
	for _, row := range invariant.Rows() {
		got = append(got, row.ID)
		if row.Except != "" || row.Where == invariant.Nowhere {
			require.NotEmpty(t, row.Why, row.ID)
		}
	}
	require.Equal(t, want, got)
}
