package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

const (
	issA, issB = tcp.Seq(100), tcp.Seq(300)
	ms         = time.Millisecond
)

// describe writes a segment as the figures of RFC 9293 do, relative numbers aside.
func describe(s *tcp.Segment) string {
	var f []string
	for _, b := range []struct {
		bit  tcp.Flags
		name string
	}{{tcp.SYN, "SYN"}, {tcp.FIN, "FIN"}, {tcp.RST, "RST"}, {tcp.ACK, "ACK"}, {tcp.URG, "URG"}} {
		if s.Flags.Has(b.bit) {
			f = append(f, b.name)
		}
	}
	out := fmt.Sprintf("<SEQ=%d>", uint32(s.Seq))
	if s.Flags.Has(tcp.ACK) {
		out += fmt.Sprintf("<ACK=%d>", uint32(s.Ack))
	}
	out += "<CTL=" + strings.Join(f, ",") + ">"
	if s.Len > 0 {
		out += fmt.Sprintf("<LEN=%d>", s.Len)
	}
	return out
}

// flight is a segment in the network.
type flight struct {
	seg    tcp.Segment
	toB    bool
	arrive tcp.Time
	n      int // to order equal times
}

// Pair is two endpoints and the network between them, in virtual time.
type Pair struct {
	t      *testing.T
	A, B   *Endpoint
	now    tcp.Time
	delay  time.Duration
	net    []flight
	count  int
	log    []string
	states [2]tcp.State
	Lose   func(n int, seg *tcp.Segment) int // copies that arrive; nil: one
}

// plain is a configuration in which every segment shows just what it is about.
func plain(c Config) Config {
	c.Timestamps, c.SACK, c.WindowScale = false, false, false
	return c
}

func newPair(t *testing.T, a, b Config) *Pair {
	return &Pair{t: t, A: New(a), B: New(b), delay: 10 * ms, now: 1e9}
}

// drain takes what both ends have to send into the network.
func (p *Pair) drain() {
	for i, e := range []*Endpoint{p.A, p.B} {
		p.note(i)
		var seg tcp.Segment
		for n := 0; e.Next(&seg); n++ {
			if n > 1000 {
				p.t.Fatal("Next does not end")
			}
			p.count++
			copies := 1
			if p.Lose != nil {
				copies = p.Lose(p.count, &seg)
			}
			name := "AB"[i : i+1]
			lost := ""
			if copies == 0 {
				lost = " lost"
			}
			p.log = append(p.log, name+" "+describe(&seg)+lost)
			for c := range copies {
				p.net = append(p.net, flight{seg, i == 0, e.now.Add(p.delay + time.Duration(c)*3*p.delay), p.count})
			}
		}
		p.note(i)
	}
}

// note logs a change of state.
func (p *Pair) note(i int) {
	e := []*Endpoint{p.A, p.B}[i]
	if e.State() != p.states[i] {
		p.states[i] = e.State()
		p.log = append(p.log, "AB"[i:i+1]+" = "+e.State().String())
	}
}

// step does the next thing that happens, at the latest at end.
func (p *Pair) step(end tcp.Time) bool {
	p.drain()
	at := min(p.A.Deadline(), p.B.Deadline())
	first := -1
	for i, f := range p.net {
		if first < 0 || f.arrive < p.net[first].arrive ||
			f.arrive == p.net[first].arrive && f.n < p.net[first].n {
			first = i
		}
	}
	if first >= 0 && p.net[first].arrive <= at {
		f := p.net[first]
		if f.arrive > end {
			return false
		}
		p.net = append(p.net[:first], p.net[first+1:]...)
		p.now = max(p.now, f.arrive)
		if f.toB {
			p.B.Arrive(p.now, &f.seg)
		} else {
			p.A.Arrive(p.now, &f.seg)
		}
		p.drain()
		return true
	}
	if at == tcp.Never || at > end {
		return false
	}
	p.now = max(p.now, at)
	p.A.Advance(p.now)
	p.B.Advance(p.now)
	p.drain()
	return true
}

// Run lets the network and the timers work for a while.
func (p *Pair) Run(d time.Duration) {
	end := p.now.Add(d)
	for n := 0; p.step(end); n++ {
		if n > 100000 {
			p.t.Fatalf("no end of it: %v", p.log[len(p.log)-20:])
		}
	}
	p.now = end
}

func (p *Pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// Established opens the connection from A to B.
func (p *Pair) Established() *Pair {
	p.t.Helper()
	p.must(p.B.Listen(p.now, issB))
	p.must(p.A.Open(p.now, issA))
	p.Run(100 * ms)
	if p.A.State() != tcp.StateEstablished || p.B.State() != tcp.StateEstablished {
		p.t.Fatalf("not open: %v", p.log)
	}
	p.log = nil
	return p
}

// wants compares the log since the last call.
func (p *Pair) wants(want ...string) {
	p.t.Helper()
	got := strings.Join(p.log, "\n")
	if w := strings.Join(want, "\n"); got != w {
		p.t.Errorf("got\n%s\n\nwant\n%s", got, w)
	}
	p.log = nil
}
