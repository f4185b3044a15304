// Package explore visits every situation that two connections and the network
// between them can get into, within bounds: two values of [tcp.Conn], the shipped
// code and no model of it.
//
// A world is two ends, the segments between them, what the users may still call,
// and what the adversary may still do. From a world there is a step for each
// segment that can arrive, each call, each timer, and each segment that is lost or
// duplicated. The search is breadth first, so that the first way to a broken rule is
// a shortest one; it is shown as a ladder.
//
// # What makes it fast
//
// A Conn is a value, and equal values behave equally. So each end is kept once for
// each value of [tcp.Conn.Canonical], and what it does with an input is computed
// once: a world is a few numbers, and the situations in which two ends can be
// together cost no more than looking up what each does. The worlds visited are kept
// as digests of 128 bits; whole worlds only until they have been expanded.
//
// # Time
//
// A segment needs no time, or as much as it likes: a timer may expire while
// segments are on their way, as often as [Model.Delays] says. The clocks of the two
// ends are either independent, so that timers expire in any order, though none is
// passed over for ever ([Model.Drift]), or one ([Model.CommonClock]), so that they
// expire in the order of their deadlines. Time goes on in multiples of [Model.Grain],
// so that different ways meet at the same instant.
//
// Time begins anew with each world, and so does the clock of the timestamps
// (RFC 7323): all timestamps of a world, of both ends and of the segments between
// them, count from the same moment, which takes one clock. Two worlds that differ by how
// long they took are one. Where an end has a timer wheel ([tcp.Config.TickRate]), time
// shows in what its timers do: there it counts from the beginning, and belongs to the
// world.
//
// # Attackers
//
// An attacker who sees nothing ([Model.Forgeries]) lets segments arrive that nobody
// has sent, at every position that does not fit by luck; they must change nothing
// (P13, RFC 5961).
//
// # Rules
//
// Rules carry the names of docs/invariants.md: those of one end are checked for
// each of its values and each of its steps, those of a pair in each world. From each
// world a fair run must bring both ends to CLOSED: segments arrive, everything is
// read, both sides close, timers expire when nothing is on its way. A run that does
// not end is a deadlock or a livelock.
package explore
