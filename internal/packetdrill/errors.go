package packetdrill

import (
	"fmt"
	"strconv"
)

// Pos is a place in a script. Lines and columns count from 1, columns in bytes.
type Pos struct {
	Line, Column int
}

// String returns "line:column".
func (p Pos) String() string { return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column) }

// SyntaxError reports text that is not a script: where, what would have been
// legal there, and what is there instead.
type SyntaxError struct {
	File         string
	Line, Column int    // from 1; columns in bytes
	Expected     string // in words, or a quoted piece of a script
	Found        string // likewise
}

// Error returns "file:line:column: expected …, found …".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: expected %s, found %s", e.File, e.Line, e.Column, e.Expected, e.Found)
}

// quote returns text for the Found of an error, shortened where it is long.
func quote(text string) string {
	const most = 40
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}
