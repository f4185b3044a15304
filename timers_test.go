package tcp

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestTimeSaturates(t *testing.T) {
	const first = Time(math.MinInt64)
	for _, tt := range []struct {
		t    Time
		d    time.Duration
		want Time
	}{
		{0, time.Second, 1e9},
		{5, -7, -2},
		{Never, 0, Never},
		{Never, -time.Hour, Never},
		{Never, time.Hour, Never},
		{Never - 1, 1, Never},
		{Never - 1, 2, Never},
		{Never - 1, math.MaxInt64, Never},
		{0, math.MaxInt64, Never},
		{first, -1, first},
		{first + 1, math.MinInt64, first},
		{first, math.MaxInt64, -1},
	} {
		if got := tt.t.Add(tt.d); got != tt.want {
			t.Errorf("Time(%d).Add(%d) = %d, want %d", tt.t, tt.d, got, tt.want)
		}
	}
	for _, tt := range []struct {
		t, u Time
		want time.Duration
	}{
		{5, 3, 2},
		{3, 5, -2},
		{Never, 0, math.MaxInt64},
		{Never, -1, math.MaxInt64},
		{Never, first, math.MaxInt64},
		{first, 1, math.MinInt64},
		{first, Never, math.MinInt64},
		{-2, Never, math.MinInt64},
		{0, first, math.MaxInt64},
		{first, first, 0},
	} {
		if got := tt.t.Sub(tt.u); got != tt.want {
			t.Errorf("Time(%d).Sub(%d) = %d, want %d", tt.t, tt.u, got, tt.want)
		}
	}
}

func TestManualClock(t *testing.T) {
	var clock ManualClock
	var _ Clock = &clock
	for _, step := range []struct {
		do   func()
		want Time
	}{
		{func() {}, 0},
		{func() { clock.Advance(time.Second) }, 1e9},
		{func() { clock.Advance(-time.Second) }, 1e9},
		{func() { clock.Set(5) }, 1e9},
		{func() { clock.Set(2e9) }, 2e9},
		{func() { clock.Advance(math.MaxInt64) }, Never},
		{func() { clock.Advance(1) }, Never},
	} {
		if step.do(); clock.Now() != step.want {
			t.Errorf("the clock stands at %d, want %d", clock.Now(), step.want)
		}
	}
}

// The timer wheel against the intervals measured between the FINs of an orphan with
// an RTO of 212 ms: linux-measured.md §1. From the second on each begins where the
// slot of the last one ended.
func TestWheelSlots(t *testing.T) {
	const ms = time.Millisecond
	linux := Linux()
	cfg, err := resolve(&linux)
	if err != nil {
		t.Fatal(err)
	}
	type interval struct{ nominal, least, most time.Duration }
	chain := []interval{
		{212 * ms, 212 * ms, 216 * ms}, // slots of one tick
		{424 * ms, 428 * ms, 456 * ms}, // of eight
		{848 * ms, 864 * ms, 864 * ms},
		{1696 * ms, 1728 * ms, 1728 * ms},
		{3392 * ms, 3424 * ms, 3648 * ms}, // of 64
		{6784 * ms, 6912 * ms, 6912 * ms},
		{13568 * ms, 13824 * ms, 13824 * ms},
		{27136 * ms, 27392 * ms, 29184 * ms}, // of 512
	}
	seen := make([]interval, len(chain))
	for start := Time(time.Hour); start < Time(time.Hour+5*time.Second); start += Time(997 * time.Microsecond) {
		now := start
		for i, want := range chain {
			due := cfg.expiry(now, want.nominal)
			got := due.Sub(now)
			if got < want.least || got > want.most {
				t.Fatalf("a timer of %v fires after %v, want %v to %v", want.nominal, got, want.least, want.most)
			}
			if seen[i].least == 0 || got < seen[i].least {
				seen[i].least = got
			}
			seen[i].most = max(seen[i].most, got)
			now = due
		}
	}
	for i, want := range chain { // the spread itself was measured
		if seen[i].most-seen[i].least < (want.most-want.least)*3/4 {
			t.Errorf("a timer of %v fires after %v to %v only, want %v to %v",
				want.nominal, seen[i].least, seen[i].most, want.least, want.most)
		}
	}
}

func TestWheelNeverFiresEarly(t *testing.T) {
	for _, rate := range []int{24, 100, 250, 300, 1000} {
		for _, phase := range []time.Duration{0, time.Microsecond, 900 * time.Microsecond} {
			cfg, err := resolve(&Config{TickRate: rate, TickPhase: phase})
			if err != nil {
				t.Fatal(err)
			}
			tick := time.Second / time.Duration(rate)
			for _, now := range []Time{0, 1, 12345678, Time(time.Hour), Time(1000 * time.Hour)} {
				for d := time.Duration(0); d < 100*24*time.Hour; d = d*3/2 + time.Millisecond {
					due := cfg.expiry(now, d)
					late := due.Sub(now) - d
					// A slot is at most an eighth of the delay and a tick or two long.
					if late < 0 || late > d/7+2*tick {
						t.Fatalf("HZ %d: %v from %d on fires %v late", rate, d, now, late)
					}
					if (due.Add(phase))%Time(tick) != 0 {
						t.Fatalf("HZ %d: %v from %d on fires between ticks", rate, d, now)
					}
				}
			}
			if due := cfg.expiry(Never-1, time.Hour); due != Never {
				t.Errorf("HZ %d: beyond the end of time a timer fires at %d", rate, due)
			}
		}
	}
}

// S23: every timer runs on the caller's time, whatever its epoch.
func TestS23_CallersTime(t *testing.T) {
	life := func(epoch Time) (log []string) {
		cfg := Config{LocalPort: 1, RemotePort: 2, Timestamps: Off, KeepAlive: true}
		c, err := New(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		clock := new(ManualClock)
		now := func() Time { return epoch.Add(clock.Now().Sub(0)) }
		note := func(what string) { log = append(log, fmt.Sprintf("%v %s %v", now().Sub(epoch), what, c.State())) }
		drain := func() {
			var seg Segment
			for c.Next(&seg) {
				note(seg.String())
			}
		}
		if err := c.Open(now(), 100); err != nil {
			t.Fatal(err)
		}
		drain()
		arrive := func(seg Segment) {
			clock.Advance(rtt)
			c.Arrive(now(), &seg)
			drain()
		}
		arrive(Segment{Seq: 500, Ack: 101, Flags: SYN | ACK, Window: 5000})
		if err := c.CloseWrite(now()); err != nil {
			t.Fatal(err)
		}
		drain()
		for range 3 {
			clock.Set(Time(c.Deadline().Sub(epoch)))
			c.Advance(now())
			drain()
		}
		arrive(Segment{Seq: 501, Ack: 102, Flags: ACK, Window: 5000})
		arrive(Segment{Seq: 501, Ack: 102, Flags: FIN | ACK, Window: 5000})
		for c.Deadline() != Never {
			clock.Set(Time(c.Deadline().Sub(epoch)))
			c.Advance(now())
			drain()
			note("timer")
		}
		return log
	}
	want := life(Time(time.Hour))
	if len(want) != 8 {
		t.Fatalf("the life has %d events, want 8: %v", len(want), want)
	}
	for _, epoch := range []Time{0, 1, Time(1700000000 * time.Second), Time(100 * 365 * 24 * time.Hour)} {
		if got := life(epoch); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("from %d on: %v\nwant %v", epoch, got, want)
		}
	}
}

// Timers that are due at the same instant expire in the order of Timer, and a jump
// over several deadlines gives what stepping gives.
func TestTimersExpireInOrder(t *testing.T) {
	run := func(step bool) (fired []string, c *Conn) {
		cfg := Config{UserTimeout: 900 * time.Millisecond, LocalPort: 1, RemotePort: 2}
		p := newPeer(t, cfg)
		p.establish()
		p.in("P. 1:11(10) ack 1")
		p.now = p.now.Add(-time.Nanosecond) // a now that goes back counts as the last one seen
		p.send(10)
		p.want("data", "P. 1:11(10) ack 11")
		p.c.SetTrace(&Trace{TimerFired: func(now Time, timer Timer) {
			fired = append(fired, fmt.Sprintf("%v %v", now.Sub(p.now), timer))
		}})
		until := p.now.Add(10 * time.Second)
		var seg Segment
		if step {
			for p.c.Deadline() <= until {
				p.c.Advance(p.c.Deadline())
				for p.c.Next(&seg) {
				}
			}
		}
		for p.c.Deadline() <= until {
			p.c.Advance(until)
			for p.c.Next(&seg) {
			}
		}
		return fired, p.c
	}
	stepped, a := run(true)
	jumped, b := run(false)
	if fmt.Sprint(stepped) != fmt.Sprint(jumped) {
		t.Errorf("stepping fires %v, jumping %v", stepped, jumped)
	}
	if a.State() != StateClosed || b.State() != StateClosed {
		t.Errorf("the user timeout is not reached: %v", stepped)
	}
	// 900 ms: the second retransmission and the user timeout are due together.
	last := stepped[len(stepped)-2:]
	if got := fmt.Sprint(last); got != "[900.000001ms retransmit 900.000001ms user timeout]" {
		t.Errorf("the last two are %v", got)
	}
}

func TestNamesOfTimers(t *testing.T) {
	for timer := range Timer(NumTimers) {
		if timer.String() == "" || timer.String() == Timer(200).String() {
			t.Errorf("timer %d has no name", timer)
		}
	}
	if got := Timer(200).String(); got != "unknown timer" {
		t.Errorf("Timer(200) is %q", got)
	}
}

// The first delay of each of the nine levels has the slots of that level, and the
// last level has no end: kernel/time/timer.c, LVL_START and LVL_DEPTH.
func TestWheelLevels(t *testing.T) {
	linux := Linux()
	cfg, err := resolve(&linux)
	if err != nil {
		t.Fatal(err)
	}
	tick := Time(cfg.tick)
	for _, tt := range []struct{ now, delay, want Time }{ // in ticks
		{1, 62, 64},
		{1, 63, 72},
		{8, 503, 512},
		{8, 504, 576},
		{64, 4031, 4096},
		{64, 4032, 4608},
		{1 << 21, 63<<21 - 1, 64 << 21},
		{1 << 21, 63 << 21, 72 << 21},
		{1 << 24, 63<<24 - 1, 64 << 24},
		{1 << 24, 63 << 24, 65 << 24},
	} {
		if got := cfg.wheelSlot(tt.now*tick, time.Duration(tt.delay*tick)) / tick; got != tt.want {
			t.Errorf("at tick %d a delay of %d ends at %d, want %d", tt.now, tt.delay, got, tt.want)
		}
		if tt.delay > 62 {
			continue
		}
		if got := cfg.wheelSlot(tt.now*tick, time.Duration(tt.delay*tick)-1) / tick; got != tt.want {
			t.Errorf("at tick %d a delay a little below %d ticks ends at %d, want %d: it is rounded up", tt.now, tt.delay, got, tt.want)
		}
	}
}

// Beyond the end of time a slot never comes.
func TestWheelAtTheEndOfTime(t *testing.T) {
	linux := Linux()
	cfg, err := resolve(&linux)
	if err != nil {
		t.Fatal(err)
	}
	tick := Time(cfg.tick)
	last := Never / tick // the last tick there is
	if got := cfg.wheelSlot((last-2)*tick, time.Duration(tick)); got != last*tick {
		t.Errorf("the last slot ends at %d, want %d", got, last*tick)
	}
	if got := cfg.wheelSlot((last-1)*tick, time.Duration(tick)); got != Never {
		t.Errorf("beyond it a timer expires at %d, want Never", got)
	}
}
