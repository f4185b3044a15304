package kernel

import (
	"bytes"
	_ "embed"
)

// EmbeddedName is the file name of the embedded set in an [Error].
const EmbeddedName = "recordings.jsonl.gz"

//go:embed recordings.jsonl.gz
var embedded []byte

// Embedded reads the recordings that this package carries, in the order in which
// they were made. Each call returns a copy of its own.
func Embedded() ([]Recording, error) {
	return Read(bytes.NewReader(embedded), EmbeddedName)
}

// groups is the order from the plain to the special.
var groups = []string{
	"basic", "close", "finloss", "finwait2", "timewait", "ooofin", "delack",
	"simultaneous", "keepalive", "zerowin", "timeout", "challenge", "sharing",
	"opening", "limits", "matrix", "matrix_ts",
}

// Groups returns the groups that occur in recs: first those of the embedded set,
// from the plain to the special, then others as they appear.
func Groups(recs []Recording) []string {
	seen := make(map[string]bool)
	var appeared []string
	for i := range recs {
		if g := recs[i].Group; !seen[g] {
			seen[g] = true
			appeared = append(appeared, g)
		}
	}
	var ordered []string
	for _, g := range groups {
		if seen[g] {
			ordered = append(ordered, g)
			seen[g] = false
		}
	}
	for _, g := range appeared {
		if seen[g] {
			ordered = append(ordered, g)
		}
	}
	return ordered
}
