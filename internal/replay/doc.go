// Package replay plays recordings of a kernel with a connection of this module in
// the kernel's place: the same calls and incoming segments at the same times. It
// compares every segment sent, every result of a call, every state and every bit of
// poll(2) with what the kernel did.
//
// # Time
//
// What a call or a segment causes has to come at its time, within a few
// milliseconds that the kernel needed. What a timer causes has to come within
// [T − 5 ms, T + T/8 + 10 ms] of the time at which the timer was set, T being the
// time that it was set for: the kernel's timers expire late rather than early, by
// the slots of its timer wheel. That time is the recorded one, so that the
// deviations of successive timeouts do not add up. Nothing else is moved, but for
// two things: an answer does not come before what it answers, if that is late within
// the tolerance; and it echoes the timestamp
// that our segment had, if that is within two milliseconds.
//
// What the kernel draws at random is taken as it is: initial sequence numbers, the
// offset of timestamps, and from when on the number of challenge ACKs in a second
// decides, a recording is compared no further.
//
// A state or a set of poll bits was seen at two instants: the one before at the
// first, it itself at the second. Ours must have been so at these instants, or can
// have been within the tolerance.
package replay
