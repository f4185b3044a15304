// Package tcp is one TCP connection as a deterministic state machine.
//
// A [Conn] consumes calls, segments and time, and emits segments. It holds no
// socket, goroutine, lock, clock or random number. The same value with the same
// inputs gives the same outputs and the same value; c2 := *c is a snapshot, and
// == compares.
//
// # The parts
//
//   - [Conn] is the transmission control block: sequence space, states, timers,
//     counters. It knows lengths, never octets.
//   - [TimeWait] is what remains of it in TIME-WAIT, in 64 octets, for a host that
//     keeps very many.
//   - [Segment] is a header as a value. AppendHeader and ParseHeader turn it into
//     octets and back; [Checksum] covers IPv4 and IPv6.
//   - [Config] holds the choices; its zero value is the default, [Linux] and
//     [RFC9293] are the other presets.
//
// # From RFC 9293 to the methods
//
//	OPEN (§3.10.1)                    Open, OpenFrom, Listen
//	SEND (§3.10.2)                    Send, SendUrgent
//	RECEIVE (§3.10.3)                 Receive
//	CLOSE (§3.10.4)                   CloseWrite; Close, CloseRead, Exit, Retain
//	ABORT (§3.10.5)                   Abort
//	STATUS (§3.10.6)                  Status, State, Err, Ready
//	SEGMENT ARRIVES (§3.10.7)         Arrive, ICMP
//	USER, RETRANSMISSION and
//	TIME-WAIT TIMEOUTS (§3.10.8)      Advance, Deadline
//	<SEQ=…><ACK=…><CTL=…>             Next
//
// # The contract
//
//  1. Same value, same inputs: same outputs, same value.
//  2. After any call that takes now, drain [Conn.Next], then read [Conn.Deadline].
//     Not draining corrupts nothing: acknowledgments coalesce, and one reset reply is
//     kept; a second offender's is dropped with a verdict of its own.
//  3. Every call that takes now first runs the timers that are due, in the order of
//     their deadlines (ties in the order of [Timer]), each at its own time.
//     [Conn.Advance] alone returns as soon as there is something to drain.
//  4. now never decreases; a smaller one counts as the last one seen. A segment
//     bears the time of the call that caused it. [Never] is not a time.
//  5. Arrive takes any segment, however hostile, in any state. Octets that are held
//     are never overwritten.
//  6. What a peer does wrong is a [Verdict], what the program does wrong is an error
//     that has changed nothing, and a bug of this package is a panic whose text
//     begins with "tcp: BUG".
//
// The loop of a driver:
//
//	v := c.Arrive(now, &seg)          // or a call, or c.Advance(now)
//	for i := 0; ; i++ {
//		off, at, n, ok := c.Taken(i)  // payload[at:at+n] is the stream's [off, off+n)
//		if !ok {
//			break
//		}
//		…
//	}
//	for c.Next(&out) {
//		… // transmit out; its payload starts at c.SendOffset(out.Seq)
//	}
//	deadline := c.Deadline()          // when Advance is needed
//
// # A host
//
// A listener is not a Conn. For every segment to a listening port that no
// connection and no TimeWait claims, a host makes a child: Init from a template,
// SetPorts, Listen, Arrive; it drains the child and keeps it if it has left LISTEN. A
// child that is back in LISTEN later is dropped. Segments to nobody are answered by
// [Reject].
//
// When, after draining, [Conn.Detach] says so, the host keeps the TimeWait in place of
// the Conn, until its Deadline: from then on it answers as CLOSED even where a listener
// waits, so it is dropped before anything that arrives then. Its segments go to
// [TimeWait.Arrive]; with the verdict [Reopen] the host makes a child from the segment,
// with [TimeWait.ISS]. With SYNRFC6191 it puts a copy made before back if the child ends
// before ESTABLISHED. All this in one file: examples/embedding.
//
// # Limitations
//
// Not here: IP, ports and listeners, the octets of the stream, ECN, Fast Open,
// MD5 and AO, SYN cookies, path MTU discovery beyond ICMP. At most 8 stretches
// are held beyond a gap and 16 transmissions are told apart in flight; what does not
// fit is treated as lost, never allocated.
package tcp
