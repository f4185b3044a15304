package tcp

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// everyState runs a test in each state, with some timers running.
func everyState(t *testing.T, test func(t *testing.T, p *peer)) {
	t.Helper()
	for s := range numStates {
		t.Run(s.String(), func(t *testing.T) {
			p := newPeer(t, Config{KeepAlive: true, UserTimeout: time.Hour})
			switch s {
			case StateClosed:
			case StateListen:
				p.do("Listen", p.c.Listen(p.now, p.iss))
			case StateSynSent:
				p.open()
			case StateSynReceived:
				p.listen()
			default:
				p.establish()
				p.reach(s, (*peer).closeWrite)
			}
			test(t, p)
		})
	}
}

// calls are all calls that take a time and return an error.
func calls(c *Conn, now Time) []struct {
	name string
	call func() error
} {
	return []struct {
		name string
		call func() error
	}{
		{"Open", func() error { return c.Open(now, 1) }},
		{"Listen", func() error { return c.Listen(now, 1) }},
		{"OpenFrom", func() error { return c.OpenFrom(now, TimeWait{}, false) }},
		{"Send", func() error { return c.Send(now, 1) }},
		{"SendUrgent", func() error { return c.SendUrgent(now, 1) }},
		{"Receive", func() error { return c.Receive(now, 0) }},
		{"CloseWrite", func() error { return c.CloseWrite(now) }},
		{"CloseRead", func() error { return c.CloseRead(now) }},
		{"Close", func() error { return c.Close(now) }},
		{"Exit", func() error { return c.Exit(now) }},
		{"Abort", func() error { return c.Abort(now) }},
		{"SetQuickAck", func() error { return c.SetQuickAck(now, true) }},
		{"SetKeepAlive", func() error { return c.SetKeepAlive(now, true) }},
		{"SetKeepAliveConfig", func() error { return c.SetKeepAliveConfig(now, KeepAliveConfig{Enable: true}) }},
		{"SetLinger", func() error { return c.SetLinger(now, 1) }},
		{"SetNoDelay", func() error { return c.SetNoDelay(now, true) }},
		{"SetCork", func() error { return c.SetCork(now, true) }},
		{"SetUserTimeout", func() error { return c.SetUserTimeout(now, time.Second) }},
		{"SetFinWait2Timeout", func() error { return c.SetFinWait2Timeout(now, time.Second) }},
		{"SetReadBuffer", func() error { return c.SetReadBuffer(now, 1000) }},
		{"SetSYNRetries", func() error { return c.SetSYNRetries(now, 1) }},
		{"SetOption", func() error { return c.SetOption(now, "TCP_NODELAY", 1) }},
	}
}

// Never is not a time: in no state, for no call.
func TestMisuseNeverAsTime(t *testing.T) {
	everyState(t, func(t *testing.T, p *peer) {
		before := *p.c
		for _, call := range calls(p.c, Never) {
			err := call.call()
			if !errors.Is(err, ErrTime) {
				t.Errorf("%s at Never: %v, want ErrTime", call.name, err)
			}
			if *p.c != before {
				t.Fatalf("%s at Never changed something", call.name)
			}
		}
		seg := p.segment(". 1:1(0) ack 1")
		if v := p.c.Arrive(Never, &seg); v != DroppedTime {
			t.Errorf("Arrive at Never: %q", v)
		}
		if v := p.c.ICMP(Never, ICMPMessage{Kind: ICMPHard, Seq: p.iss}); v != DroppedTime {
			t.Errorf("ICMP at Never: %q", v)
		}
		p.c.Advance(Never)
		if _, ok := p.c.Detach(Never); ok {
			t.Error("Detach at Never succeeds")
		}
		if *p.c != before {
			t.Error("something changed at Never")
		}
	})
}

func TestMisuseOpenTwice(t *testing.T) {
	everyState(t, func(t *testing.T, p *peer) {
		switch p.c.State() {
		case StateClosed:
			p.refuses("OpenFrom the zero TimeWait", ErrArgument, func() error { return p.c.OpenFrom(p.now, TimeWait{}, false) })
			return
		case StateListen: // becomes active
		default:
			p.refuses("Open", ErrExists, func() error { return p.c.Open(p.now, 1) })
		}
		p.refuses("Listen", ErrExists, func() error { return p.c.Listen(p.now, 1) })
		p.refuses("OpenFrom", ErrExists, func() error { return p.c.OpenFrom(p.now, TimeWait{}, false) })
		p.refuses("SetPorts", ErrExists, func() error { return p.c.SetPorts(1, 2) })
		if p.c.State() != StateListen {
			p.refuses("SetMSS", ErrExists, func() error { return p.c.SetMSS(1000) })
			p.refuses("SetTimestampOffset", ErrExists, func() error { return p.c.SetTimestampOffset(1) })
		}
	})
}

func TestMisuseBeforeOpen(t *testing.T) {
	p := newPeer(t, Config{})
	p.refuses("Send", ErrNotExist, func() error { return p.c.Send(p.now, 1) })
	p.refuses("SendUrgent", ErrNotExist, func() error { return p.c.SendUrgent(p.now, 1) })
	p.refuses("Receive", ErrNotExist, func() error { return p.c.Receive(p.now, 0) })
	p.refuses("CloseWrite", ErrNotExist, func() error { return p.c.CloseWrite(p.now) })
	p.refuses("CloseRead", ErrNotExist, func() error { return p.c.CloseRead(p.now) })
	p.refuses("Close", ErrNotExist, func() error { return p.c.Close(p.now) })
	p.refuses("Exit", ErrNotExist, func() error { return p.c.Exit(p.now) })
	p.refuses("Abort", ErrNotExist, func() error { return p.c.Abort(p.now) })
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.refuses("Send without a peer", ErrNoPeer, func() error { return p.c.Send(p.now, 1) })
}

func TestMisuseAfterTheEnd(t *testing.T) {
	for _, end := range []struct {
		name string
		end  func(p *peer)
	}{
		{"abort", func(p *peer) { p.abort(); p.want("RST", "R 1:1(0)") }},
		{"reset", func(p *peer) { p.in("R 1:1(0)") }},
		{"normal close", func(p *peer) { p.reach(StateLastAck, (*peer).closeWrite); p.in(". 2:2(0) ack 2") }},
	} {
		t.Run(end.name, func(t *testing.T) {
			p := established(t, Config{})
			end.end(p)
			p.refuses("Open", ErrEnded, func() error { return p.c.Open(p.now, 1) })
			p.refuses("Listen", ErrEnded, func() error { return p.c.Listen(p.now, 1) })
			p.refuses("Send", ErrNotExist, func() error { return p.c.Send(p.now, 1) })
			p.refuses("SendUrgent", ErrNotExist, func() error { return p.c.SendUrgent(p.now, 1) })
			p.refuses("CloseWrite", ErrNotExist, func() error { return p.c.CloseWrite(p.now) })
			p.refuses("CloseRead", ErrNotExist, func() error { return p.c.CloseRead(p.now) })
			p.refuses("Abort", ErrNotExist, func() error { return p.c.Abort(p.now) })
			p.refuses("SetPorts", ErrExists, func() error { return p.c.SetPorts(1, 2) })
			why := fmt.Sprint(p.c.Err())
			for range 3 { // close(2) of a dead connection succeeds, as often as there are references and more
				p.do("Close", p.c.Close(p.now))
				p.do("Exit", p.c.Exit(p.now))
			}
			if got := fmt.Sprint(p.c.Err()); got != why {
				t.Errorf("the reason was %s, now it is %s", why, got)
			}
			p.wantStatus("no reference is left", "References", 0)
			p.c.Init(p.c)
			p.establish()
		})
	}
}

func TestMisuseTooManyCloses(t *testing.T) {
	everyState(t, func(t *testing.T, p *peer) {
		if p.c.State() == StateClosed {
			return
		}
		p.retain()
		p.close()
		p.close()
		p.take()
		if p.c.ended {
			return
		}
		p.refuses("Close", ErrReferences, func() error { return p.c.Close(p.now) })
		p.refuses("Exit", ErrReferences, func() error { return p.c.Exit(p.now) })
		p.refuses("Retain", ErrReferences, p.c.Retain)
	})
}

func TestMisuseArguments(t *testing.T) {
	everyState(t, func(t *testing.T, p *peer) {
		for _, n := range []int{-1, math.MinInt64} {
			p.refuses("Send", ErrArgument, func() error { return p.c.Send(p.now, n) })
			p.refuses("SendUrgent", ErrArgument, func() error { return p.c.SendUrgent(p.now, n) })
			p.refuses("Receive", ErrArgument, func() error { return p.c.Receive(p.now, n) })
		}
		p.refuses("SendUrgent without an octet", ErrArgument, func() error { return p.c.SendUrgent(p.now, 0) })
		p.refuses("Receive beyond Readable", ErrArgument, func() error { return p.c.Receive(p.now, 1) })
		p.refuses("Receive beyond Readable", ErrArgument, func() error { return p.c.Receive(p.now, math.MaxInt64) })
	})
	p := established(t, Config{})
	p.in("P. 1:11(10) ack 1")
	p.refuses("Receive beyond Readable", ErrArgument, func() error { return p.c.Receive(p.now, 11) })
	p.receive(10)
	p.refuses("Send of more than half of the sequence space", ErrResources, func() error { return p.c.Send(p.now, math.MaxInt64) })
	p.refuses("Send of more than fits", ErrResources, func() error { return p.c.Send(p.now, maxQueued+1) })
	p.send(maxQueued)
	p.take()
	p.refuses("Send of more than fits", ErrResources, func() error { return p.c.Send(p.now, 1) })
	for _, i := range []int{-1, math.MinInt64, 1, math.MaxInt64} {
		if _, _, _, ok := p.c.Taken(i); ok {
			t.Errorf("there is a piece %d", i)
		}
		if _, _, ok := p.c.Held(i); ok {
			t.Errorf("there is a span %d", i)
		}
	}
}

func TestMisuseSegments(t *testing.T) {
	everyState(t, func(t *testing.T, p *peer) {
		var seg Segment
		before := *p.c
		for _, bad := range []*Segment{
			nil, {Len: -1, Flags: ACK}, {Len: math.MinInt64}, {Len: maxSegmentLen + 1, Flags: ACK}, {Len: math.MaxInt64, Flags: SYN},
		} {
			if v := p.c.Arrive(p.now, bad); v != DroppedInvalid {
				t.Errorf("Arrive(%v): %q", bad, v)
			}
		}
		if p.c.Next(nil) {
			t.Error("Next(nil) returns a segment")
		}
		got := *p.c
		got.count, got.taken = before.count, before.taken
		if got != before {
			t.Error("a segment that cannot exist changed something")
		}
		// Absurd, but possible: never a panic.
		s := p.segment(". 1:1(0) ack 1")
		s.Len, s.Urgent, s.Options.NumSACK = maxSegmentLen, 65535, 255
		s.Flags = 255
		p.c.Arrive(p.now, &s)
		for range 100 {
			if !p.c.Next(&seg) {
				return
			}
		}
		t.Error("a segment draws a hundred answers")
	})
}

// Next(nil) loses nothing.
func TestMisuseNextNil(t *testing.T) {
	p := newPeer(t, Config{})
	p.do("Open", p.c.Open(p.now, p.iss))
	if p.c.Next(nil) {
		t.Error("Next(nil) returns a segment")
	}
	p.want("it is still owed", "S 0:0(0)")
}

// A now that goes back counts as the last one seen, and so does a negative one.
func TestMisuseDecreasingTime(t *testing.T) {
	everyState(t, func(t *testing.T, p *peer) {
		if p.c.State() == StateClosed {
			p.in("R 1:1(0)") // now the time has been seen
		}
		for _, back := range []Time{p.now - 1, 0, -1, math.MinInt64} {
			there, here := *p.c, *p.c
			there.trace, here.trace = nil, nil
			seg := p.segment("P. 1:11(10) ack 1")
			if a, b := there.Arrive(back, &seg), here.Arrive(p.now, &seg); a != b {
				t.Errorf("Arrive at %d: %q, want %q", back, a, b)
			}
			there.Advance(back)
			here.Advance(p.now)
			for i := range calls(&there, back) {
				a, b := calls(&there, back)[i], calls(&here, p.now)[i]
				if errA, errB := a.call(), b.call(); fmt.Sprint(errA) != fmt.Sprint(errB) {
					t.Errorf("%s at %d: %v, want %v", a.name, back, errA, errB)
				}
				var sa, sb Segment
				for there.Next(&sa) {
					here.Next(&sb)
					if sa != sb {
						t.Errorf("%s at %d sends %v, want %v", a.name, back, sa, sb)
					}
				}
				if there != here {
					t.Fatalf("%s at %d: the values differ", a.name, back)
				}
			}
		}
	})
}

// Time 0 is the earliest: a connection takes every time before it as 0.
func TestNegativeTime(t *testing.T) {
	for _, now := range []Time{-1, -Time(time.Hour), math.MinInt64} {
		p := newPeer(t, Config{})
		c, err := New(&Config{LocalPort: 4000, RemotePort: 80})
		if err != nil {
			t.Fatal(err)
		}
		p.c, p.now = c, now
		p.watch()
		p.openAtOnce(t)
		p.reach(StateTimeWait, (*peer).close)
		if got := p.c.Deadline(); got != Time(time.Minute) {
			t.Errorf("TIME-WAIT ends at %d", got)
		}
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		p.wantClosed("the end", nil)
	}
}

// Near the end of time deadlines saturate at Never, and nothing fires early or
// overflows.
func TestEndOfTime(t *testing.T) {
	for _, left := range []time.Duration{1, time.Millisecond, time.Second, 45 * time.Second, time.Hour} {
		for _, cfg := range []Config{{}, Linux(), RFC9293()} {
			p := newPeer(t, cfg)
			c, err := New(&cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.SetPorts(4000, 80); err != nil {
				t.Fatal(err)
			}
			p.c, p.now = c, Never.Add(0)-Time(left)
			p.watch()
			p.c.Advance(p.now)
			p.openAtOnce(t)
			p.send(100)
			p.closeWrite()
			p.take()
			for i := 0; p.c.Deadline() != Never; i++ {
				if p.c.Deadline() < p.now {
					p.fail("a deadline has overflowed: %d", p.c.Deadline())
				}
				if i > 1000 {
					p.fail("it never rests")
				}
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				p.take()
			}
			if p.c.State() != StateFinWait1 && p.c.State() != StateClosed {
				p.fail("it is in %v", p.c.State())
			}
		}
	}
}

// openAtOnce is establish without time passing.
func (p *peer) openAtOnce(t *testing.T) {
	t.Helper()
	p.do("Open", p.c.Open(p.now, p.iss))
	p.take()
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.take()
	p.wantState("open", StateEstablished)
}

// Every call first lets the timers expire that are due, and moves on to its time:
// what it sends bears that time.
func TestCallsSeeTheirTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		call func(c *Conn, now Time) error
		sent string
	}{
		{"Send", func(c *Conn, now Time) error { return c.Send(now, 10) }, "P. 1:11(10) ack 11"},
		{"CloseWrite", (*Conn).CloseWrite, "F. 1:1(0) ack 11"},
		{"CloseRead", (*Conn).CloseRead, ". 1:1(0) ack 11"}, // the delayed acknowledgment was due
		{"Close", (*Conn).Close, "R 1:1(0)"},
		{"Exit", (*Conn).Exit, "R 1:1(0)"},
		{"Abort", (*Conn).Abort, "R 1:1(0)"},
		{"Receive", func(c *Conn, now Time) error { return c.Receive(now, 10) }, ". 1:1(0) ack 11"},
	} {
		p := established(t, Config{})
		p.in("P. 1:11(10) ack 1")
		p.now = p.now.Add(time.Second)
		p.do(tt.name, tt.call(p.c, p.now))
		p.want(tt.name, tt.sent)
		if want := tsvalAt(p.now, 0); p.last.Options.TSVal != want {
			p.fail("%s: the segment bears the time %d, want %d", tt.name, p.last.Options.TSVal, want)
		}
		if p.c.running(TimerDelayedACK) {
			p.fail("%s: the timer that was due still runs", tt.name)
		}
	}
}
