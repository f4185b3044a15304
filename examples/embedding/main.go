// Embedding is a program around package tcp: a host whose network loses segments, and
// on it 1000 clients that ask a server something, twice and from the same ports. The
// server closes first and has to remember: the host keeps a tcp.TimeWait in place of
// its connection, and the second round's SYN reopens it.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"time"

	"github.com/seed-447e5d66/tcp"
)

const clients, firstPort, serverPort = 1000, 20000, 7

// step is how long a segment is on its way, and how often the host looks for timers.
const step = 10 * time.Millisecond

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	h := newHost(serverPort)
	for _, seconds := range []tcp.Time{1, 10, 11, 60, 90} {
		for i := range clients {
			if h.now == 0 || h.now == 10e9 {
				h.connect(tuple{uint16(firstPort + i), serverPort})
			}
		}
		h.run(seconds * 1e9)
		fmt.Fprintf(w, "after %2d s: %4d answers, %2d connections, %4d in TIME-WAIT, %4d reopened\n",
			seconds, h.answers, len(h.conns), len(h.waits), h.reopened)
	}
	return h.err
}

// host is what stands around connections: the time, the network, which leads back to
// the host itself, the table of connections, and that of their TIME-WAITs.
type host struct {
	now               tcp.Time
	network           []func()  // what arrives in the next step
	template          *tcp.Conn // what every connection is like
	listening         uint16    // the server's port
	conns             map[tuple]*socket
	waits             map[tuple]*tcp.TimeWait
	answers, reopened int
	err               error
}

type tuple struct{ local, remote uint16 } // ports: there is one address only

func newHost(listening uint16) *host {
	template, err := tcp.New(nil)
	return &host{template: template, listening: listening, err: err, conns: map[tuple]*socket{}, waits: map[tuple]*tcp.TimeWait{}}
}

func (h *host) check(err error) { h.err = errors.Join(h.err, err) }

func (h *host) run(until tcp.Time) {
	for ; h.now < until; h.now = h.now.Add(step) {
		maps.DeleteFunc(h.waits, func(_ tuple, tw *tcp.TimeWait) bool { return tw.Deadline() <= h.now })
		for _, s := range h.conns {
			for s.Deadline() <= h.now {
				s.Advance(h.now)
				s.drain()
			}
		}
		arrivals := h.network
		h.network = nil
		for _, arrive := range arrivals {
			arrive()
		}
	}
}

// send gives a segment to the network, which loses one in 47.
func (h *host) send(seg tcp.Segment, payload []byte) {
	if (int(h.now)/int(step)+int(seg.SrcPort+seg.DstPort))%47 != 0 {
		h.network = append(h.network, func() { h.arrive(&seg, payload) })
	}
}

// arrive finds whom a segment is for: a connection, a TIME-WAIT, the listener, or nobody.
func (h *host) arrive(seg *tcp.Segment, payload []byte) {
	t, listening, reply := tuple{seg.DstPort, seg.SrcPort}, seg.DstPort == h.listening, tcp.Segment{}
	if s := h.conns[t]; s != nil {
		s.arrive(seg, payload)
	} else if tw := h.waits[t]; tw != nil {
		verdict, answered := tw.Arrive(h.now, seg, listening, &reply)
		if answered {
			h.send(reply, nil)
		}
		if tw.State() == tcp.StateClosed {
			delete(h.waits, t)
		}
		if verdict == tcp.Reopen {
			h.reopened++
			h.accept(t, tw.ISS(), seg)
		}
	} else if listening {
		h.accept(t, tcp.Seq(h.now/4000), seg)
	} else if tcp.Reject(h.template, seg, &reply) {
		h.send(reply, nil)
	}
}

// accept makes a connection of a SYN, and at most an answer of anything else.
func (h *host) accept(t tuple, iss tcp.Seq, seg *tcp.Segment) {
	s := h.socket(t)
	h.check(s.Listen(h.now, iss))
	s.arrive(seg, nil)
}

// connect asks at once; the octets leave when the connection is established.
func (h *host) connect(t tuple) {
	s := h.socket(t)
	h.check(s.Open(h.now, tcp.Seq(h.now/4000)))
	s.write(fmt.Appendf(nil, "hello from %d", t.local))
	s.drain()
}

// socket is a connection and its octets, from the first on: none are freed.
type socket struct {
	*host
	tuple
	tcp.Conn
	out, in []byte
}

func (h *host) socket(t tuple) *socket {
	s := &socket{host: h, tuple: t}
	s.Init(h.template)
	h.check(s.SetPorts(t.local, t.remote))
	h.conns[t] = s
	return s
}

func (s *socket) write(b []byte) {
	s.out = append(s.out, b...)
	s.check(s.Send(s.now, len(b)))
}

func (s *socket) arrive(seg *tcp.Segment, payload []byte) {
	s.Arrive(s.now, seg)
	for i := 0; ; i++ {
		off, at, n, ok := s.Taken(i)
		if !ok {
			break
		}
		s.in = append(s.in, make([]byte, max(0, int(off)+n-len(s.in)))...)
		copy(s.in[off:], payload[at:at+n])
	}
	s.work()
	s.drain()
}

// work is what the programs do: the server answers and closes, then the client
// compares the answer and closes too.
func (s *socket) work() {
	n, server := s.Readable(), s.local == s.listening
	switch {
	case server && n > 0:
		s.write(bytes.ToUpper(s.in))
	case !server && s.State() == tcp.StateCloseWait:
		if string(s.in) == fmt.Sprintf("HELLO FROM %d", s.local) {
			s.answers++
		}
	default:
		return
	}
	s.check(errors.Join(s.Receive(s.now, n), s.Close(s.now)))
}

// drain sends what is to be sent, and looks what has become of the connection.
func (s *socket) drain() {
	for seg := (tcp.Segment{}); s.Next(&seg); {
		s.send(seg, s.out[s.SendOffset(seg.Seq):][:seg.Len])
	}
	if tw, ok := s.Detach(s.now); ok {
		s.waits[s.tuple] = &tw
	}
	if s.State() == tcp.StateClosed || s.State() == tcp.StateListen {
		s.check(s.Err())
		delete(s.conns, s.tuple)
	}
}
