// Package invariant checks what must hold of a connection whatever happens to it:
// the rows I1 to I78 of docs/invariants.md, as far as the exported interface of
// package tcp shows them. [Rows] says of each row where it is checked, and for
// which of the three presets it holds.
//
// A [Checker] follows one connection. It is told of every call, segment and
// passage of time by an [Event], looks at the connection afterwards, and keeps
// 64-bit shadows of the sequence numbers beside it.
package invariant
