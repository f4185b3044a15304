package main

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// network is the time, and what happens at which.
type network struct {
	now    tcp.Time
	events []event
	err    error // the first
}

type event struct {
	at tcp.Time
	do func()
}

// at lets do happen at t, after what was planned for t before.
func (n *network) at(t tcp.Time, do func()) {
	i, _ := slices.BinarySearchFunc(n.events, t+1, func(e event, t tcp.Time) int { return cmp.Compare(e.at, t) })
	n.events = slices.Insert(n.events, i, event{t, do})
}

func (n *network) run(until tcp.Time) {
	for len(n.events) > 0 && n.events[0].at <= until {
		e := n.events[0]
		n.events, n.now = n.events[1:], e.at
		e.do()
	}
	n.now = until
}

func (n *network) fail(err error) {
	if n.err == nil {
		n.err = err
	}
}

// tuple is what tells connections apart; between two hosts the ports do.
type tuple struct{ local, remote uint16 }

// host is the part of TCP that is about many connections.
type host struct {
	*network
	peer      *host
	template  *tcp.Conn // what every connection is like
	program   func(*socket)
	listening bool
	conns     map[tuple]*socket
	waits     map[tuple]*tcp.TimeWait

	answers, reopened int
}

func newHost(n *network, template *tcp.Conn, program func(*socket)) *host {
	return &host{network: n, template: template, program: program,
		conns: map[tuple]*socket{}, waits: map[tuple]*tcp.TimeWait{}}
}

// iss is clock-driven, RFC 9293 §3.4.1; a host on a real network adds a secret.
func (h *host) iss() tcp.Seq { return tcp.Seq(h.now / 4000) }

func (h *host) socket(t tuple) *socket {
	s := &socket{host: h, tuple: t, armed: tcp.Never}
	s.conn.Init(h.template)
	h.fail(s.conn.SetPorts(t.local, t.remote))
	return s
}

func (h *host) connect(local uint16) {
	s := h.socket(tuple{local, serverPort})
	h.conns[s.tuple] = s
	h.fail(s.conn.Open(h.now, h.iss()))
	s.drain()
}

// accept makes a connection of a SYN, and at most an answer of anything else.
func (h *host) accept(seg *tcp.Segment, iss tcp.Seq) {
	s := h.socket(tuple{seg.DstPort, seg.SrcPort})
	h.fail(s.conn.Listen(h.now, iss))
	s.conn.Arrive(h.now, seg)
	if s.conn.State() != tcp.StateListen {
		h.conns[s.tuple] = s
	}
	s.drain()
}

func (h *host) send(seg tcp.Segment, payload []byte) {
	h.at(h.now.Add(time.Millisecond), func() { h.peer.arrive(&seg, payload) })
}

// arrive finds whom a segment is for: a connection, a TIME-WAIT, the listener, or
// nobody.
func (h *host) arrive(seg *tcp.Segment, payload []byte) {
	t, reply := tuple{seg.DstPort, seg.SrcPort}, tcp.Segment{}
	if s := h.conns[t]; s != nil {
		s.arrive(seg, payload)
	} else if tw := h.waits[t]; tw != nil {
		verdict, send := tw.Arrive(h.now, seg, h.listening, &reply)
		if send {
			h.send(reply, nil)
		}
		if tw.State() == tcp.StateClosed {
			delete(h.waits, t)
		}
		if verdict == tcp.Reopen {
			h.reopened++
			h.accept(seg, tw.ISS())
		}
	} else if h.listening {
		h.accept(seg, h.iss())
	} else if tcp.Reject(h.template, seg, &reply) {
		h.send(reply, nil)
	}
}

// keep holds a TIME-WAIT until its time is over, which a FIN may put off.
func (h *host) keep(t tuple, tw *tcp.TimeWait) {
	h.waits[t] = tw
	h.at(tw.Deadline(), func() {
		if h.waits[t] == tw {
			if delete(h.waits, t); h.now < tw.Deadline() {
				h.keep(t, tw)
			}
		}
	})
}

// socket is a connection and its octets.
type socket struct {
	*host
	tuple
	conn  tcp.Conn
	out   []byte // written and not yet acknowledged
	acked uint64 // the stream offset of out[0]
	in    []byte // received and not yet read
	taken uint64 // the stream offset of in[0]
	armed tcp.Time
	asked bool
}

func (s *socket) write(text string) {
	s.out = append(s.out, text...)
	s.fail(s.conn.Send(s.now, len(text)))
}

func (s *socket) read() string {
	n := s.conn.Readable()
	text := string(s.in[:n])
	s.in, s.taken = s.in[n:], s.taken+uint64(n)
	s.fail(s.conn.Receive(s.now, n))
	return text
}

func (s *socket) arrive(seg *tcp.Segment, payload []byte) {
	s.conn.Arrive(s.now, seg)
	for i := 0; ; i++ {
		off, at, n, ok := s.conn.Taken(i)
		if !ok {
			break
		}
		start := int(off - s.taken)
		s.in = append(s.in, make([]byte, max(0, start+n-len(s.in)))...)
		copy(s.in[start:], payload[at:at+n])
	}
	s.program(s)
	s.drain()
}

// drain sends what there is to send, and looks what has become of the connection:
// it has ended, its TIME-WAIT is all that is left, or another timer is the next.
func (s *socket) drain() {
	s.out, s.acked = s.out[s.conn.Acked()-s.acked:], s.conn.Acked()
	for seg := (tcp.Segment{}); s.conn.Next(&seg); {
		var payload []byte
		if seg.Len > 0 {
			from := s.conn.SendOffset(seg.Seq) - s.acked
			payload = bytes.Clone(s.out[from:][:seg.Len])
		}
		s.send(seg, payload)
	}
	if tw, ok := s.conn.Detach(s.now); ok {
		s.keep(s.tuple, &tw)
	}
	if s.conn.State() == tcp.StateClosed {
		s.fail(s.conn.Err())
		delete(s.conns, s.tuple)
	}
	if due := s.conn.Deadline(); due != s.armed && due != tcp.Never {
		s.armed = due
		s.at(due, func() {
			for s.conn.Deadline() <= s.now {
				s.conn.Advance(s.now)
				s.drain()
			}
		})
	}
}
