// Package tcp is one TCP connection as a deterministic state machine.
//
// A [Conn] consumes calls, segments and time, and emits segments. It holds no
// socket, goroutine, lock, clock or random number: the same value with the same
// inputs gives the same outputs and the same value.
package tcp
