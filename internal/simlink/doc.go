// Package simlink runs two connections against each other over a scripted link,
// in virtual time.
//
// A Link holds two ends, each a [tcp.Conn], and a queue of what happens when: the
// calls of the users, the segments on their way, and the timers of both ends. Run
// takes them in order of time and writes down what a diagram of the connection
// needs ([ladder.Event]). What the link does to a segment is a matter of its rules:
// lost, late, twice. A third party can put segments on the link, and an end can
// vanish, or be followed by a host that knows nothing of the connection.
//
// The same script gives the same course. No rule of TCP is in here: what an end
// does is the business of its Conn.
package simlink
