package tcp

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// setterPair is two connections with a network between them that loses nothing
// and takes no time; what crossed it is kept.
type setterPair struct {
	t    *testing.T
	a, b *Conn
	now  Time
	sent []Segment // by a
}

// newSetterPair returns two established connections; a opened actively.
func newSetterPair(t *testing.T, a, b Config) *setterPair {
	t.Helper()
	p := &setterPair{t: t, a: setterConn(t, a), b: setterConn(t, b), now: Time(time.Second)}
	p.must(p.b.Listen(p.now, 5000))
	p.must(p.a.Open(p.now, 1000))
	p.drain()
	if p.a.State() != StateEstablished || p.b.State() != StateEstablished {
		t.Fatalf("states %v, %v", p.a.State(), p.b.State())
	}
	p.sent = nil
	return p
}

func setterConn(t *testing.T, cfg Config) *Conn {
	t.Helper()
	c, err := New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *setterPair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// drain lets both ends send until neither has anything more.
func (p *setterPair) drain() {
	for more := true; more; {
		more = false
		var seg Segment
		for p.a.Next(&seg) {
			more = true
			p.sent = append(p.sent, seg)
			p.b.Arrive(p.now, &seg)
		}
		for p.b.Next(&seg) {
			more = true
			p.a.Arrive(p.now, &seg)
		}
	}
}

// collect returns what a sends now; none of it arrives.
func (p *setterPair) collect() (out []Segment) {
	var seg Segment
	for p.a.Next(&seg) {
		out = append(out, seg)
	}
	return out
}

// pass lets d go by; what falls due before crosses at its time, unless cut.
func (p *setterPair) pass(d time.Duration, cut bool) (lost []Segment) {
	end := p.now.Add(d)
	for {
		next := min(p.a.Deadline(), p.b.Deadline())
		if next > end {
			break
		}
		p.now = next
		p.a.Advance(next)
		p.b.Advance(next)
		if cut {
			lost = append(lost, p.collect()...)
			var seg Segment
			for p.b.Next(&seg) {
			}
		} else {
			p.drain()
		}
	}
	p.now = end
	return lost
}

// setterBeyond is one more than 32 bits hold.
var setterBeyond = func() int { n := int64(maxInt32) + 1; return int(n) }()

// setterCall is a setter with an argument that it accepts, and with those that it
// refuses.
type setterCall struct {
	name string
	call func(c *Conn, now Time) error
	bad  []func(c *Conn, now Time) error
}

func setterCalls() []setterCall {
	type f = func(c *Conn, now Time) error
	calls := []setterCall{
		{"SetKeepAlive", func(c *Conn, now Time) error { return c.SetKeepAlive(now, true) }, nil},
		{"SetKeepAliveConfig", func(c *Conn, now Time) error {
			return c.SetKeepAliveConfig(now, KeepAliveConfig{Enable: true, Idle: longest, Interval: longest, Count: 127})
		}, []f{
			func(c *Conn, now Time) error { return c.SetKeepAliveConfig(now, KeepAliveConfig{Idle: longest + 1}) },
			func(c *Conn, now Time) error { return c.SetKeepAliveConfig(now, KeepAliveConfig{Interval: Forever}) },
			func(c *Conn, now Time) error { return c.SetKeepAliveConfig(now, KeepAliveConfig{Count: 128}) },
		}},
		{"SetLinger", func(c *Conn, now Time) error { return c.SetLinger(now, maxInt32) }, []f{
			func(c *Conn, now Time) error { return c.SetLinger(now, setterBeyond) },
			func(c *Conn, now Time) error { return c.SetLinger(now, math.MaxInt) },
		}},
		{"SetNoDelay", func(c *Conn, now Time) error { return c.SetNoDelay(now, true) }, nil},
		{"SetCork", func(c *Conn, now Time) error { return c.SetCork(now, true) }, nil},
		{"SetQuickAck", func(c *Conn, now Time) error { return c.SetQuickAck(now, true) }, nil},
		{"SetUserTimeout", func(c *Conn, now Time) error { return c.SetUserTimeout(now, longest) }, []f{
			func(c *Conn, now Time) error { return c.SetUserTimeout(now, -1) },
			func(c *Conn, now Time) error { return c.SetUserTimeout(now, longest+1) },
		}},
		{"SetFinWait2Timeout", func(c *Conn, now Time) error { return c.SetFinWait2Timeout(now, Forever) }, []f{
			func(c *Conn, now Time) error { return c.SetFinWait2Timeout(now, longest+1) },
		}},
		{"SetReadBuffer", func(c *Conn, now Time) error { return c.SetReadBuffer(now, 65535) }, []f{
			func(c *Conn, now Time) error { return c.SetReadBuffer(now, 0) },
			func(c *Conn, now Time) error { return c.SetReadBuffer(now, -1) },
			func(c *Conn, now Time) error { return c.SetReadBuffer(now, 65536) },
		}},
		{"SetSYNRetries", func(c *Conn, now Time) error { return c.SetSYNRetries(now, 255) }, []f{
			func(c *Conn, now Time) error { return c.SetSYNRetries(now, 0) },
			func(c *Conn, now Time) error { return c.SetSYNRetries(now, 256) },
		}},
	}
	if strconv.IntSize == 32 { // every int is a linger time there
		for i := range calls {
			if calls[i].name == "SetLinger" {
				calls[i].bad = nil
			}
		}
	}
	return calls
}

// A setter refuses Never and bad arguments, changes nothing then, and otherwise works
// in every state without a panic.
func TestSettersArguments(t *testing.T) {
	closed := setterConn(t, Config{})
	listening := setterConn(t, Config{})
	if err := listening.Listen(1, 1); err != nil {
		t.Fatal(err)
	}
	opening := setterConn(t, Config{})
	if err := opening.Open(1, 1); err != nil {
		t.Fatal(err)
	}
	synSent := *opening
	synSent.Next(new(Segment))
	established := *newSetterPair(t, Config{}, Config{}).a
	ended := established
	if err := ended.Abort(ended.now); err != nil {
		t.Fatal(err)
	}
	states := map[string]*Conn{
		"closed": closed, "listen": listening, "open": opening, "SYN-SENT": &synSent,
		"established": &established, "ended": &ended,
	}
	for _, s := range setterCalls() {
		for state, c := range states {
			before := *c
			var call *CallError
			if err := s.call(c, Never); !errors.Is(err, ErrTime) || !errors.As(err, &call) || call.Call != s.name {
				t.Errorf("%s, %s(Never): %v", state, s.name, err)
			}
			for i, bad := range s.bad {
				if err := bad(c, c.now+1); !errors.Is(err, ErrArgument) || !errors.As(err, &call) || call.Call != s.name || call.Want == "" {
					t.Errorf("%s, %s, bad argument %d: %v", state, s.name, i, err)
				}
			}
			if *c != before {
				t.Errorf("%s, %s: an error changed the connection", state, s.name)
			}
			copied := *c
			if err := s.call(&copied, c.now+5); err != nil {
				t.Errorf("%s, %s: %v", state, s.name, err)
			}
			if copied.now != c.now+5 {
				t.Errorf("%s, %s: time stands at %v", state, s.name, copied.now)
			}
		}
	}
}

// Init hands the values of setters on.
func TestSettersAreInherited(t *testing.T) {
	c := setterConn(t, Config{MaxReceiveBuffer: 1 << 20})
	for _, err := range []error{
		c.SetKeepAliveConfig(1, KeepAliveConfig{Enable: true, Idle: 5, Interval: 6, Count: 7}), c.SetLinger(1, 3),
		c.SetNoDelay(1, true), c.SetCork(1, true), c.SetUserTimeout(1, 9), c.SetFinWait2Timeout(1, -1),
		c.SetReadBuffer(1, 1<<20), c.SetSYNRetries(1, 4), c.SetMSS(500), c.SetTimestampOffset(77),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := settings{
		keepIdle: 5, keepInterval: 6, userTimeout: 9, linger: 3 * time.Second, buffer: 1 << 20, bufferFixed: true, tsOffset: 77,
		mss: 500, synRetries: 4, keepCount: 7, keepAlive: true, noDelay: true, cork: true,
		finWait2Reset: true, userTimeoutFixed: true,
	}
	var child Conn
	child.Init(c)
	if child.set != want {
		t.Errorf("got  %+v\nwant %+v", child.set, want)
	}
}

func TestSettersBeforeOpeningOnly(t *testing.T) {
	c := setterConn(t, Config{Timestamps: On})
	for _, n := range []int{87, 65496, 0, -1} {
		if err := c.SetMSS(n); !errors.Is(err, ErrArgument) {
			t.Errorf("SetMSS(%d): %v", n, err)
		}
	}
	if err := errors.Join(c.SetMSS(88), c.SetMSS(65495), c.SetMSS(1000), c.SetTimestampOffset(12345)); err != nil {
		t.Fatal(err)
	}
	now := Time(time.Second)
	if err := c.Open(now, 1); err != nil {
		t.Fatal(err)
	}
	var syn Segment
	if !c.Next(&syn) || syn.Options.MSS != 1000 || syn.Options.TSVal != 1000+12345 {
		t.Errorf("SYN %v", syn)
	}
	if err := c.SetMSS(900); !errors.Is(err, ErrExists) {
		t.Errorf("SetMSS: %v", err)
	}
	if err := c.SetTimestampOffset(1); !errors.Is(err, ErrExists) {
		t.Errorf("SetTimestampOffset: %v", err)
	}
	if err := c.Abort(now); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.SetMSS(900), c.SetTimestampOffset(1)); !errors.Is(err, ErrExists) {
		t.Errorf("after the end: %v", err)
	}
}

func TestSetKeepAlive(t *testing.T) {
	p := newSetterPair(t, Config{KeepAliveIdle: 10 * time.Second, KeepAliveInterval: time.Second, KeepAliveCount: 2}, Config{})
	p.pass(time.Minute, false)
	if p.a.Deadline() != Never {
		t.Fatalf("a timer runs: %v", p.a.Deadline())
	}
	p.must(p.a.SetKeepAlive(p.now, true))
	if want := p.now.Add(10 * time.Second); p.a.Deadline() != want {
		t.Errorf("switched on late: probe at %v, want %v", p.a.Deadline(), want)
	}
	p.pass(6*time.Second, false)
	// A change counts from the last segment, as TCP_KEEPIDLE does.
	p.must(p.a.SetKeepAliveConfig(p.now, KeepAliveConfig{Enable: true, Idle: 68 * time.Second, Interval: -1, Count: -1}))
	if want := p.now.Add(2 * time.Second); p.a.Deadline() != want {
		t.Errorf("68 s, of which 66 have passed: probe at %v, want %v", p.a.Deadline(), want)
	}
	p.must(p.a.SetKeepAliveConfig(p.now, KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 3 * time.Second, Count: 1}))
	if p.a.Deadline() != p.now {
		t.Errorf("5 s, of which 66 have passed: probe at %v, want now, %v", p.a.Deadline(), p.now)
	}
	if probes := p.pass(2*time.Second, true); len(probes) != 1 || probes[0].Len != 0 || probes[0].Seq != 1000 {
		t.Errorf("probes %v", probes)
	}
	p.pass(time.Second, true)
	if !errors.Is(p.a.Err(), ErrKeepAlive) {
		t.Errorf("after an interval of 3 s and one probe: %v", p.a.Err())
	}
}

// Interval and count alone do not disturb the probing that goes on.
func TestSetKeepAliveConfigKeeps(t *testing.T) {
	p := newSetterPair(t, Config{KeepAlive: true, KeepAliveIdle: 10 * time.Second, KeepAliveInterval: 4 * time.Second, KeepAliveCount: 3}, Config{})
	p.pass(11*time.Second, true)
	due := p.a.Deadline()
	p.must(p.a.SetKeepAliveConfig(p.now, KeepAliveConfig{Enable: true, Idle: -1, Interval: time.Second, Count: -1}))
	if p.a.Deadline() != due || p.a.set.keepIdle != 10*time.Second || p.a.set.keepCount != 3 {
		t.Errorf("deadline %v, was %v; %+v", p.a.Deadline(), due, p.a.set)
	}
	p.must(p.a.SetKeepAliveConfig(p.now, KeepAliveConfig{Enable: true}))
	if p.a.set.keepIdle != 10*time.Second || p.a.set.keepInterval != 4*time.Second || p.a.set.keepCount != 3 {
		t.Errorf("zeroes are the Config's: %+v", p.a.set)
	}
	p.must(p.a.SetKeepAlive(p.now, false))
	if p.a.Deadline() != Never {
		t.Errorf("switched off: %v", p.a.Deadline())
	}
}

func TestSetLinger(t *testing.T) {
	p := newSetterPair(t, Config{}, Config{})
	p.must(p.a.SetLinger(p.now, 0))
	p.must(p.a.Close(p.now))
	if out := p.collect(); len(out) != 1 || !out[0].Flags.Has(RST) || p.a.State() != StateClosed {
		t.Errorf("0: %v, %v", out, p.a.State())
	}
	p = newSetterPair(t, Config{}, Config{})
	p.must(p.a.SetLinger(p.now, 2))
	p.must(p.a.Close(p.now))
	p.collect()
	if due := p.a.expires(TimerLinger); due != p.now.Add(2*time.Second) || !p.a.user.lingering {
		t.Errorf("2: linger until %v", due)
	}
	p = newSetterPair(t, Config{}, Config{})
	p.must(p.a.SetLinger(p.now, 2))
	p.must(p.a.SetLinger(p.now, -5))
	p.must(p.a.Close(p.now))
	if out := p.collect(); len(out) != 1 || !out[0].Flags.Has(FIN) || p.a.running(TimerLinger) {
		t.Errorf("off: %v", out)
	}
}

func TestSetNoDelayAndCork(t *testing.T) {
	p := newSetterPair(t, Config{}, Config{})
	p.must(p.a.Send(p.now, 10))
	p.must(p.a.Send(p.now, 10))
	if out := p.collect(); len(out) != 1 || out[0].Len != 20 {
		t.Fatalf("first: %v", out)
	}
	p.must(p.a.Send(p.now, 10))
	if out := p.collect(); len(out) != 0 {
		t.Fatalf("Nagle let %v out", out)
	}
	p.must(p.a.SetNoDelay(p.now, true))
	if out := p.collect(); len(out) != 1 || out[0].Len != 10 {
		t.Errorf("no delay: %v", out)
	}
	p.must(p.a.SetNoDelay(p.now, false))
	p.must(p.a.Send(p.now, 10))
	if out := p.collect(); len(out) != 0 {
		t.Errorf("Nagle again let %v out", out)
	}

	p = newSetterPair(t, Config{Timestamps: Off}, Config{})
	p.must(p.a.SetCork(p.now, true))
	p.must(p.a.Send(p.now, 1470))
	if out := p.collect(); len(out) != 1 || out[0].Len != 1460 {
		t.Errorf("corked: %v", out)
	}
	p = newSetterPair(t, Config{}, Config{})
	p.must(p.a.SetCork(p.now, true))
	p.must(p.a.Send(p.now, 10))
	if p.a.pending() || p.a.Deadline() == Never {
		t.Errorf("corked, deadline %v", p.a.Deadline())
	}
	p.must(p.a.SetCork(p.now, false))
	if p.a.Deadline() != Never {
		t.Errorf("uncorked, nothing sent yet: deadline %v", p.a.Deadline())
	}
	if out := p.collect(); len(out) != 1 || out[0].Len != 10 {
		t.Errorf("uncorked: %v", out)
	}
	// What is corked after SEND has a timer to leave by.
	p = newSetterPair(t, Config{}, Config{})
	p.must(p.a.Send(p.now, 10))
	p.must(p.a.SetCork(p.now, true))
	if p.a.pending() || p.a.Deadline() == Never {
		t.Errorf("corked after Send, deadline %v", p.a.Deadline())
	}
	p.pass(time.Minute, false)
	if p.a.Acked() != 10 {
		t.Errorf("%d octets of 10 after the persist timer", p.a.Acked())
	}
}

func TestSetUserTimeout(t *testing.T) {
	p := newSetterPair(t, Config{}, Config{})
	p.must(p.a.SetUserTimeout(p.now, 5*time.Second))
	if p.a.Deadline() != Never {
		t.Fatalf("idle: %v", p.a.Deadline())
	}
	p.must(p.a.Send(p.now, 10))
	p.collect()
	start := p.now
	due := func() Time { return p.a.expires(TimerUserTimeout) }
	if due() != start.Add(5*time.Second) {
		t.Errorf("5 s: %v", due())
	}
	p.pass(2*time.Second, true)
	p.must(p.a.SetUserTimeout(p.now, 30*time.Second))
	if due() != start.Add(30*time.Second) {
		t.Errorf("30 s, 2 have passed: %v, want %v", due(), start.Add(30*time.Second))
	}
	p.must(p.a.SetUserTimeout(p.now, Forever))
	if due() != Never {
		t.Errorf("Forever: %v", due())
	}
	p.must(p.a.SetUserTimeout(p.now, 3*time.Second))
	if due() != start.Add(3*time.Second) {
		t.Errorf("3 s, from off, 2 have passed: %v, want %v", due(), start.Add(3*time.Second))
	}
	p.must(p.a.SetUserTimeout(p.now, 0))
	if due() != Never || p.a.set.userTimeoutFixed {
		t.Errorf("0: %v, fixed %v", due(), p.a.set.userTimeoutFixed)
	}
	p.must(p.a.SetUserTimeout(p.now, time.Second))
	p.pass(0, true)
	if !errors.Is(p.a.Err(), ErrUserTimeout) || !p.a.set.userTimeoutFixed {
		t.Errorf("1 s, 2 have passed: %v", p.a.Err())
	}
	// What waits before a closed window counts as well.
	p = newSetterPair(t, Config{}, Config{ReceiveBuffer: 100})
	p.must(p.a.Send(p.now, 200))
	p.drain()
	p.pass(100*time.Millisecond, false)
	if p.a.snd.una != p.a.snd.nxt || due() != Never {
		t.Fatalf("the window is not closed, or %v", due())
	}
	p.must(p.a.SetUserTimeout(p.now, 5*time.Second))
	if due() != p.now.Add(5*time.Second) {
		t.Errorf("closed window: %v", due())
	}
	// Linux counts from the first retransmission, with the retransmission timer.
	p = newSetterPair(t, Config{UserTimeoutStart: FromRetransmission}, Config{})
	p.must(p.a.Send(p.now, 10))
	p.collect()
	p.must(p.a.SetUserTimeout(p.now, time.Second))
	if due() != Never {
		t.Errorf("FromRetransmission: %v", due())
	}
	p.pass(time.Minute, true)
	if p.a.State() != StateClosed || p.a.Err() == nil {
		t.Errorf("FromRetransmission: %v, %v", p.a.State(), p.a.Err())
	}
}

func TestSetFinWait2Timeout(t *testing.T) {
	closed := func(d time.Duration, cfg Config) *setterPair {
		p := newSetterPair(t, cfg, Config{DelayFINAck: Off})
		p.must(p.a.SetFinWait2Timeout(p.now, d))
		p.must(p.a.Close(p.now))
		p.drain()
		return p
	}
	for _, tt := range []struct{ d, want time.Duration }{
		{0, time.Minute}, {1, 1}, {3 * time.Second, 3 * time.Second}, {time.Hour, time.Hour},
	} {
		p := closed(tt.d, Config{})
		if p.a.State() != StateFinWait2 || p.a.Deadline() != p.now.Add(tt.want) {
			t.Errorf("%v: %v until %v, want %v", tt.d, p.a.State(), p.a.Deadline(), p.now.Add(tt.want))
		}
	}
	if p := closed(Forever, Config{}); p.a.State() != StateFinWait2 || p.a.Deadline() != Never {
		t.Errorf("Forever: %v until %v", p.a.State(), p.a.Deadline())
	}
	if p := closed(-1, Config{}); p.a.State() != StateClosed || !p.sent[len(p.sent)-1].Flags.Has(RST) {
		t.Errorf("negative: %v, sent %v", p.a.State(), p.sent)
	}
	if p := closed(time.Second, Config{FinWait2Reset: true}); p.a.State() != StateFinWait2 {
		t.Errorf("a time in place of FinWait2Reset: %v", p.a.State())
	}
	if p := closed(0, Config{FinWait2Reset: true}); p.a.State() != StateClosed {
		t.Errorf("0 with FinWait2Reset: %v", p.a.State())
	}
	c := setterConn(t, Config{FinWait2TimeWait: true})
	for _, d := range []time.Duration{121 * time.Second, Forever} {
		if err := c.SetFinWait2Timeout(1, d); err != nil || c.set.finWait2 != 120*time.Second {
			t.Errorf("FinWait2TimeWait, %v: %v, %v", d, c.set.finWait2, err)
		}
	}
}

func TestSetReadBuffer(t *testing.T) {
	// Before opening it decides the window of the SYN.
	c := setterConn(t, Config{MaxReceiveBuffer: 100000})
	if err := errors.Join(c.SetReadBuffer(1, 4000), c.Open(1, 1)); err != nil {
		t.Fatal(err)
	}
	var syn Segment
	if !c.Next(&syn) || syn.Window != 4000 || syn.Options.WindowScale != 1 {
		t.Errorf("SYN %v", syn)
	}
	// A smaller one takes nothing back that was offered.
	p := newSetterPair(t, Config{ReceiveBuffer: 10000, MaxReceiveBuffer: 60000, Timestamps: Off}, Config{})
	edge := p.a.rcv.adv
	p.must(p.a.SetReadBuffer(p.now, 2000))
	p.must(p.b.Send(p.now, 10000))
	p.drain()
	p.pass(time.Second, false)
	if p.a.rcv.adv != edge || p.a.Readable() != 10000 {
		t.Errorf("edge %v, was %v; %d octets readable", p.a.rcv.adv, edge, p.a.Readable())
	}
	// A larger one opens the closed window at once.
	p.sent = nil
	p.must(p.a.SetReadBuffer(p.now, 60000))
	p.drain()
	if n := len(p.sent); n == 0 || p.sent[0].Window != 50000 {
		t.Errorf("window update %v", p.sent)
	}
}

func TestSetSYNRetries(t *testing.T) {
	for _, n := range []int{1, 3} {
		c := setterConn(t, Config{})
		if err := errors.Join(c.SetSYNRetries(1, n), c.Open(1, 1)); err != nil {
			t.Fatal(err)
		}
		syns := 0
		var seg Segment
		for c.Next(&seg) {
			syns++
			for c.Deadline() != Never && !c.pending() {
				c.Advance(c.Deadline())
			}
		}
		if syns != 1+n || !errors.Is(c.Err(), ErrTimeout) {
			t.Errorf("%d: %d SYNs, %v", n, syns, c.Err())
		}
	}
	c := setterConn(t, Config{SYNLinearTimeouts: 10})
	if err := c.SetSYNRetries(1, 246); !errors.Is(err, ErrArgument) {
		t.Errorf("246 with 10 linear timeouts: %v", err)
	}
}

// Every option does what its setter does.
func TestSetOption(t *testing.T) {
	tests := []struct {
		name   string
		values []int
		setter func(c *Conn) error
	}{
		{"SO_KEEPALIVE", []int{1}, func(c *Conn) error { return c.SetKeepAlive(9, true) }},
		{"SO_KEEPALIVE", []int{0}, func(c *Conn) error { return c.SetKeepAlive(9, false) }},
		{"SO_LINGER", []int{1, 0}, func(c *Conn) error { return c.SetLinger(9, 0) }},
		{"SO_LINGER", []int{1, 7}, func(c *Conn) error { return c.SetLinger(9, 7) }},
		{"SO_LINGER", []int{0, 7}, func(c *Conn) error { return c.SetLinger(9, -1) }},
		{"SO_RCVBUF", []int{5000}, func(c *Conn) error { return c.SetReadBuffer(9, 5000) }},
		{"TCP_CORK", []int{-1}, func(c *Conn) error { return c.SetCork(9, true) }},
		{"TCP_KEEPCNT", []int{3}, func(c *Conn) error {
			return c.SetKeepAliveConfig(9, KeepAliveConfig{true, -1, -1, 3})
		}},
		{"TCP_KEEPIDLE", []int{3}, func(c *Conn) error {
			return c.SetKeepAliveConfig(9, KeepAliveConfig{true, 3 * time.Second, -1, -1})
		}},
		{"TCP_KEEPINTVL", []int{3}, func(c *Conn) error {
			return c.SetKeepAliveConfig(9, KeepAliveConfig{true, -1, 3 * time.Second, -1})
		}},
		{"TCP_LINGER2", []int{70}, func(c *Conn) error { return c.SetFinWait2Timeout(9, 70*time.Second) }},
		{"TCP_LINGER2", []int{-1}, func(c *Conn) error { return c.SetFinWait2Timeout(9, -1) }},
		{"TCP_LINGER2", []int{0}, func(c *Conn) error { return c.SetFinWait2Timeout(9, 0) }},
		{"TCP_MAXSEG", []int{500}, func(c *Conn) error { c.now = 9; return c.SetMSS(500) }},
		{"TCP_NODELAY", []int{1}, func(c *Conn) error { return c.SetNoDelay(9, true) }},
		{"TCP_QUICKACK", []int{1}, func(c *Conn) error { return c.SetQuickAck(9, true) }},
		{"TCP_SYNCNT", []int{2}, func(c *Conn) error { return c.SetSYNRetries(9, 2) }},
		{"TCP_USER_TIMEOUT", []int{500}, func(c *Conn) error { return c.SetUserTimeout(9, 500*time.Millisecond) }},
		{"TCP_USER_TIMEOUT", []int{0}, func(c *Conn) error { return c.SetUserTimeout(9, 0) }},
	}
	tested := map[string]bool{}
	base := setterConn(t, Config{KeepAlive: true})
	for _, tt := range tests {
		tested[tt.name] = true
		got, want := *base, *base
		if err := errors.Join(got.SetOption(9, tt.name, tt.values...), tt.setter(&want)); err != nil {
			t.Errorf("%s %v: %v", tt.name, tt.values, err)
		}
		got.now = want.now
		if got != want {
			t.Errorf("%s %v: %+v, want %+v", tt.name, tt.values, got.set, want.set)
		}
	}
	for _, name := range OptionNames() {
		if !tested[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

func TestSetOptionRefuses(t *testing.T) {
	c := setterConn(t, Config{})
	before := *c
	var value *ValueError
	for _, o := range sockopts {
		good := []int{o.low}
		cases := [][]int{nil, {1, 2, 3}, {o.low - 1}, {o.high + 1}, {math.MinInt}, {math.MaxInt}}
		if o.pair {
			good = []int{1, o.low}
			cases = [][]int{nil, {1}, {1, 2, 3}, {1, o.low - 1}, {1, o.high + 1}}
		} else {
			cases = append(cases, []int{1, 2})
		}
		for _, values := range cases {
			if err := c.SetOption(9, o.name, values...); !errors.As(err, &value) || value.Name != o.name || value.Want == "" {
				t.Errorf("%s %v: %v", o.name, values, err)
			}
		}
		if err := c.SetOption(Never, o.name, good...); !errors.Is(err, ErrTime) {
			t.Errorf("%s at Never: %v", o.name, err)
		}
	}
	// What only the setter knows is a *ValueError as well.
	err := c.SetOption(9, "SO_RCVBUF", 65536)
	if !errors.As(err, &value) || !strings.Contains(err.Error(), "65535") {
		t.Errorf("SO_RCVBUF: %v", err)
	}
	var name *NameError
	for _, unknown := range []string{"", "SO_FOO", "tcp_nodelay", "TCP_NODELAY "} {
		if err := c.SetOption(9, unknown, 1); !errors.As(err, &name) || name.Name != unknown || !slices.Equal(name.Known, OptionNames()) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	if *c != before {
		t.Error("an error changed the connection")
	}
	if err := c.Open(10, 1); err != nil {
		t.Fatal(err)
	}
	if err := c.SetOption(11, "TCP_MAXSEG", 500); !errors.Is(err, ErrExists) {
		t.Errorf("TCP_MAXSEG: %v", err)
	}
}
