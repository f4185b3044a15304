package reference

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

func small(c Config) Config {
	c.ReceiveBuffer = 64
	c.MSS = 20
	return c
}

// Two endpoints over a network that loses, duplicates and reorders: everything
// arrives, and both come to a clean end.
func TestLossyPairs(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := Default()
		if seed%2 == 1 {
			c = RFC9293()
		}
		c = small(c)
		c.Timestamps, c.SACK = r.IntN(2) == 0, r.IntN(2) == 0
		c.NoDelay = r.IntN(2) == 0
		c.UserTimeout = Forever
		if c.Timestamps {
			c.MSS = 40
		}
		d := RFC9293()
		d.UserTimeout = Forever
		d = small(d)
		d.Timestamps, d.SACK, d.MSS = c.Timestamps, c.SACK, c.MSS
		p := newPair(t, c, d)
		lost := 0
		p.Lose = func(int, *tcp.Segment) int {
			if n := r.IntN(10); n < 3 && lost < 60 {
				lost++
				return 2 * (n % 2) // lost or doubled
			}
			return 1
		}
		p.must(p.B.Listen(p.now, tcp.Seq(r.Uint32())|0xffffff00))
		p.must(p.A.Open(p.now, tcp.Seq(r.Uint32())|0xffffff00))
		p.Run(300 * time.Second)
		sent := [2]int{}
		for i, e := range []*Endpoint{p.A, p.B} {
			if e.State() != tcp.StateEstablished {
				t.Fatalf("seed %d: %v\n%v", seed, e.State(), p.log)
			}
			sent[i] = r.IntN(400)
			p.must(e.Send(p.now, sent[i]))
		}
		closed := [2]bool{}
		got := [2]int{}
		for range 3000 {
			p.Run(time.Duration(r.IntN(2000)) * ms)
			for i, e := range []*Endpoint{p.A, p.B} {
				if n := e.Readable(); n > 0 {
					k := 1 + r.IntN(n)
					p.must(e.Receive(p.now, k))
					got[i] += k
				}
				if !closed[i] && r.IntN(3) == 0 {
					p.must(e.CloseWrite(p.now))
					closed[i] = true
				}
			}
		}
		p.Run(time.Hour)
		for i, e := range []*Endpoint{p.A, p.B} {
			late := e.Err() == ErrReset || e.Err() == ErrClosedByReset
			if e.State() != tcp.StateClosed || e.Err() != nil && !late {
				t.Fatalf("seed %d: ended in %v with %v", seed, e.State(), e.Err())
			}
			if got[i] != sent[1-i] || e.Acked() != uint64(sent[i]) && !late {
				t.Fatalf("seed %d: %d of %d octets, %d of %d acknowledged", seed, got[i], sent[1-i], e.Acked(), sent[i])
			}
		}
	}
}

// script runs random calls, segments and time against one endpoint and returns
// everything that can be seen of it.
func script(t *testing.T, seed uint64, c Config, cloneAt int, stepwise bool) []string {
	r := rand.New(rand.NewPCG(seed, 2))
	x := &one{t: t, e: New(c), now: 1e9, iss: 0xffffffd0, irs: 0xffffffe0}
	if r.IntN(2) == 0 {
		_ = x.e.Open(x.now, x.iss)
	} else {
		_ = x.e.Listen(x.now, x.iss)
	}
	x.drain()
	flagSets := []string{".", ".", ".", "F.", "S", "S.", "R", "R.", "P.", "", "FSRP.U"}
	for i := range 120 {
		if i == cloneAt {
			x.e = x.e.clone()
		}
		st := x.e.Status()
		switch r.IntN(12) {
		case 0:
			x.do(send(r.IntN(60)))
		case 1:
			x.do(receive(r.IntN(x.e.Readable() + 1)))
		case 2:
			x.do([]event{closeWrite, fullClose, closeRead, abort}[max(0, r.IntN(30)-26)])
		case 3, 4:
			d := time.Duration(1) << r.IntN(38)
			if stepwise {
				x.do(wait(d))
			} else {
				x.now = x.now.Add(d)
				for x.e.Deadline() <= x.now {
					x.e.Advance(x.now)
					x.drain()
				}
				x.e.Advance(x.now)
				x.drain()
			}
		default:
			seq := int(st.RcvNxt-st.IRS) + r.IntN(5) - 2
			ack := []int64{st.SndUna, st.SndNxt}[r.IntN(2)] - st.ISS + int64(r.IntN(3)*r.IntN(3)*(r.IntN(3)-1))
			if st.IRS == 0 {
				seq = 0
			}
			f := flagSets[r.IntN(len(flagSets))]
			x.do(inWindow(f, seq, int(ack), r.IntN(2)*r.IntN(30), r.IntN(3)*40))
		}
		x.out = append(x.out, fmt.Sprint(x.e.State(), x.e.Err(), x.e.Readable(), x.e.Acked(), x.e.Deadline()))
		x.check(seed)
	}
	return x.out
}

// Whatever arrives, nothing breaks.
func TestAnySegment(t *testing.T) {
	visited := map[tcp.State]int{}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 3))
		near := func(n int64) tcp.Seq {
			if r.IntN(8) == 0 {
				return tcp.Seq(r.Uint32())
			}
			return wrap(n + int64(r.IntN(41)-20))
		}
		c := small(Default())
		c.Keepalive, c.Reopen = true, true
		x := reach(t, c, tcp.State(seed%11))
		if seed%2 == 0 { // with the peer's options
			x.e = New(c)
			_ = x.e.Open(x.now, x.iss)
			x.do(stamped("S.", 0, 1, 0, 7, x.e.timestamp()))
		}
		for range 60 {
			st := x.e.Status()
			s := tcp.Segment{Seq: near(st.RcvNxt), Ack: near(st.SndUna), Flags: tcp.Flags(r.IntN(64)),
				Window: uint16(r.IntN(100)), Urgent: uint16(r.IntN(70000)), Len: r.IntN(50) - 2}
			if r.IntN(3) > 0 {
				s.Flags = s.Flags&^(tcp.RST|tcp.SYN) | tcp.ACK
			}
			o := &s.Options
			o.Present = tcp.OptionSet(r.IntN(32))
			o.MSS, o.WindowScale = uint16(r.IntN(100)), uint8(r.IntN(20))
			o.TSVal, o.TSEcr = x.e.tsRecent+uint32(r.IntN(4))-1, x.e.timestamp()
			o.NumSACK = uint8(r.IntN(7))
			for i := range o.SACK {
				o.SACK[i] = tcp.SACKBlock{Left: near(st.SndUna), Right: near(st.SndNxt)}
			}
			x.do(func(x *one) { x.e.Arrive(x.now, &s) })
			switch r.IntN(10) {
			case 0:
				x.do(send(r.IntN(100)))
			case 1:
				x.do(receive(r.IntN(x.e.Readable() + 1)))
			case 2:
				x.do(wait(time.Duration(1) << r.IntN(36)))
			case 3:
				if r.IntN(10) == 0 {
					x.do(fullClose)
				}
			}
			x.check(seed)
			visited[x.e.State()]++
		}
	}
	for s := tcp.StateClosed; s <= tcp.StateTimeWait; s++ {
		if visited[s] < 100 {
			t.Errorf("%v visited %d times", s, visited[s])
		}
	}
}

// check asserts what holds in every state.
func (x *one) check(seed uint64) {
	x.t.Helper()
	e := x.e
	fail := func(what string) { x.t.Fatalf("seed %d: %s: %+v in %v", seed, what, e.Status(), e.State()) }
	switch e.State() {
	case tcp.StateClosed, tcp.StateListen:
		if len(e.timers) != 0 {
			fail("I58")
		}
		return
	case tcp.StateTimeWait:
		if len(e.timers) != 1 {
			fail("I58")
		}
	}
	fin := int64(0)
	if e.finSent {
		fin = 1
	}
	switch {
	case e.una > e.nxt:
		fail("I1")
	case e.una < e.nxt && !e.running(retransmission) && !e.running(persist):
		fail("I59")
	case e.running(retransmission) && e.running(persist):
		fail("I57")
	case e.una == e.nxt && e.running(retransmission):
		fail("I61")
	case e.wnd == 0 && e.waiting() > 0 && e.una == e.nxt && !e.running(persist):
		fail("I60")
	case e.finSent && e.nxt != e.dataEnd()+fin:
		fail("I9")
	case e.rcvNxt > e.rcvEdge || e.Readable() < 0 || e.Readable() > e.cfg.ReceiveBuffer:
		fail("I22")
	case e.state == tcp.StateFinWait2 && !e.finAcked(), e.state == tcp.StateTimeWait && !(e.finAcked() && e.finTaken):
		fail("I37")
	case e.cwnd > 0 && e.cwnd < e.smss:
		fail("I74")
	}
}

// I63, I73: the same inputs give the same outputs, from a copy too, and time may
// jump.
func TestDeterminism(t *testing.T) {
	for seed := range uint64(1500) {
		c := small(Default())
		if seed%2 == 1 {
			c = small(RFC9293())
		}
		c.Timestamps = false
		c.Keepalive = seed%3 == 0
		c.Reopen = seed%5 == 0
		want := script(t, seed, c, -1, true)
		if got := script(t, seed, c, int(seed%120), false); !reflect.DeepEqual(got, want) {
			for i := range got {
				if i >= len(want) || got[i] != want[i] {
					t.Fatalf("seed %d, line %d: %q, want %q", seed, i, got[i], want[i])
				}
			}
		}
	}
}
