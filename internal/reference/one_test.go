package reference

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// one is an endpoint whose peer is the test. Its numbers are relative: its own ISS
// and the peer's are 0.
type one struct {
	t   *testing.T
	e   *Endpoint
	now tcp.Time
	iss tcp.Seq
	irs tcp.Seq
	out []string
}

// An event is something that happens to the endpoint.
type event func(x *one)

func (x *one) do(events ...event) *one {
	for _, ev := range events {
		ev(x)
		x.drain()
	}
	return x
}

func (x *one) drain() {
	var s tcp.Segment
	for n := 0; x.e.Next(&s); n++ {
		if n > 1000 {
			x.t.Fatal("Next does not end")
		}
		x.out = append(x.out, x.relative(&s))
	}
}

// relative writes a segment: flags, seq, ack, length.
func (x *one) relative(s *tcp.Segment) string {
	var f string
	for _, b := range []struct {
		bit  tcp.Flags
		name string
	}{{tcp.SYN, "S"}, {tcp.FIN, "F"}, {tcp.RST, "R"}, {tcp.PSH, "P"}, {tcp.ACK, "."}, {tcp.URG, "U"}} {
		if s.Flags.Has(b.bit) {
			f += b.name
		}
	}
	out := fmt.Sprintf("%s %d", f, s.Seq.Sub(x.iss))
	if s.Flags.Has(tcp.ACK) {
		out += fmt.Sprintf(" %d", s.Ack.Sub(x.irs))
	}
	if s.Len > 0 {
		out += fmt.Sprintf(" (%d)", s.Len)
	}
	return out
}

func flags(f string) tcp.Flags {
	var out tcp.Flags
	for _, c := range f {
		out |= map[rune]tcp.Flags{'S': tcp.SYN, 'F': tcp.FIN, 'R': tcp.RST, 'P': tcp.PSH,
			'.': tcp.ACK, 'U': tcp.URG}[c]
	}
	return out
}

// in is a segment of the peer: flags as tcpdump writes them, relative numbers,
// octets of payload.
func in(f string, seq, ack, n int) event { return inWindow(f, seq, ack, n, 60000) }

func inWindow(f string, seq, ack, n, wnd int) event {
	return func(x *one) {
		seg := tcp.Segment{Seq: x.irs.Add(seq), Ack: x.iss.Add(ack),
			Flags: flags(f), Len: n, Window: uint16(wnd)}
		if seg.Flags.Has(tcp.SYN) {
			seg.Options = tcp.Options{Present: tcp.OptMSS, MSS: 1460}
		}
		x.e.Arrive(x.now, &seg)
	}
}

func batch(events ...event) event {
	return func(x *one) {
		for _, ev := range events {
			ev(x)
		}
	}
}

func call(f func(x *one) error) event {
	return func(x *one) {
		if err := f(x); err != nil {
			x.out = append(x.out, "error: "+err.Error())
		}
	}
}

func send(n int) event    { return call(func(x *one) error { return x.e.Send(x.now, n) }) }
func receive(n int) event { return call(func(x *one) error { return x.e.Receive(x.now, n) }) }

var (
	closeWrite = call(func(x *one) error { return x.e.CloseWrite(x.now) })
	closeRead  = call(func(x *one) error { return x.e.CloseRead(x.now) })
	fullClose  = call(func(x *one) error { return x.e.Close(x.now) })
	abort      = call(func(x *one) error { return x.e.Abort(x.now) })
)

// wait lets time pass, timer by timer.
func wait(d time.Duration) event {
	return func(x *one) {
		end := x.now.Add(d)
		for x.e.Deadline() <= end {
			x.e.Advance(x.e.Deadline())
			x.drain()
		}
		x.e.Advance(end)
		x.now = end
	}
}

// tick fires the next timer.
func tick(x *one) {
	x.now = max(x.now, x.e.Deadline())
	x.e.Advance(x.now)
}

// reach brings a new endpoint into a state by legal traffic. Nothing is in flight,
// but the FIN in the states that wait for its acknowledgment.
func reach(t *testing.T, c Config, s tcp.State) *one {
	t.Helper()
	return reachFrom(t, c, s, 0xfffffff0, 0xfffffff8)
}

func reachFrom(t *testing.T, c Config, s tcp.State, iss, irs tcp.Seq) *one {
	t.Helper()
	x := &one{t: t, e: New(c), now: 5e9, iss: iss, irs: irs}
	open := func(x *one) {
		if err := x.e.Open(x.now, iss); err != nil {
			t.Fatal(err)
		}
	}
	listen := func(x *one) {
		if err := x.e.Listen(x.now, iss); err != nil {
			t.Fatal(err)
		}
	}
	paths := map[tcp.State][]event{
		tcp.StateClosed:      nil,
		tcp.StateListen:      {listen},
		tcp.StateSynSent:     {open},
		tcp.StateSynReceived: {listen, in("S", 0, 0, 0)},
		tcp.StateEstablished: {open, in("S.", 0, 1, 0)},
		tcp.StateFinWait1:    {open, in("S.", 0, 1, 0), closeWrite},
		tcp.StateFinWait2:    {open, in("S.", 0, 1, 0), closeWrite, in(".", 1, 2, 0)},
		tcp.StateCloseWait:   {open, in("S.", 0, 1, 0), in("F.", 1, 1, 0), wait(300 * ms)},
		tcp.StateClosing:     {open, in("S.", 0, 1, 0), closeWrite, in("F.", 1, 1, 0)},
		tcp.StateLastAck:     {open, in("S.", 0, 1, 0), in("F.", 1, 1, 0), closeWrite},
		tcp.StateTimeWait:    {open, in("S.", 0, 1, 0), closeWrite, in("F.", 1, 2, 0)},
	}
	x.do(paths[s]...)
	if x.e.State() != s {
		t.Fatalf("reached %v instead of %v: %v", x.e.State(), s, x.out)
	}
	x.out = nil
	return x
}

// timersOf lists the running timers, sorted.
func (x *one) timersOf() string {
	var names []string
	for name := range x.e.Status().Timers {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
