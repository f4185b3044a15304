// Package packetdrill reads packetdrill scripts: tests of a TCP implementation
// that interleave system calls, segments injected on the wire (<), segments
// expected from the implementation under test (>), shell commands and checks of
// TCP_INFO. Both dialects are accepted, the original one and its extension used
// on BSD systems (absolute and unchecked sequence numbers, #ifdef). The language
// is described in docs/packetdrill.md, whose sections the comments here cite.
//
// [Parse] turns the text into a [Script]; [Print] turns a Script back into text.
// What does not depend on an implementation of TCP is here as well:
// [ParseCommand] recognises shell commands as configuration statements,
// [ParseCode] compiles the assertions of %{ }%, [Tolerance] is the arithmetic of
// event times, [Merge] the rule for segments that were split, and [Mapping]
// translates between the sequence numbers and timestamps of a script and those
// on the wire.
//
// # Limits
//
// A script has at most [MaxScript] bytes and [MaxEvents] events, expressions
// nest at most [MaxDepth] deep, and times stay below [MaxTime]. Beyond a limit,
// Parse returns a [*SyntaxError], as for any other text that is no script. It
// never panics.
package packetdrill

import "time"

// Limits of what [Parse] and [ParseCode] accept.
const (
	MaxScript  = 1 << 20           // bytes of a script, and tokens after the replacement of definitions
	MaxEvents  = 1 << 16           // events of a script
	MaxDepth   = 64                // nesting of expressions
	MaxTime    = 1e9 * time.Second // of an event, and of the sum of all relative times
	MaxPayload = 1 << 20           // octets in one packet line; more than an IP datagram, for aggregates
	MaxCode    = 1 << 14           // bytes of one %{ }%
	maxDefine  = 1 << 10           // bytes of a definition's value
)
