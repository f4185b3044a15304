package simlink

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// noise loses, delays and doubles segments at random until the link is calm.
func noise(r *rand.Rand, until time.Duration) Rule {
	return func(now tcp.Time, _ ladder.Side, _ *tcp.Segment) (Fate, bool) {
		if now >= tcp.Time(until) {
			return Fate{}, false
		}
		f := Fate{Lost: r.Intn(4) == 0}
		if r.Intn(3) == 0 {
			f.Late = time.Duration(r.Intn(80)) * ms
		}
		if r.Intn(4) == 0 {
			f.Copies = []time.Duration{time.Duration(r.Intn(300)) * ms}
		}
		return f, true
	}
}

// However the link behaves for a while, two ends that write, read everything and
// close both end, all data having arrived, with no timer left.
func TestRandomLink(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 30
	}
	for name, config := range map[string]func() tcp.Config{
		"default": func() tcp.Config { return tcp.Config{} }, "linux": tcp.Linux, "rfc9293": tcp.RFC9293,
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range seeds {
				if err := randomCourse(config(), rand.New(rand.NewSource(int64(seed)))); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

func randomCourse(cfg tcp.Config, r *rand.Rand) error {
	l, err := New(&cfg, &cfg)
	if err != nil {
		return err
	}
	left, right := l.Ends[0], l.Ends[1]
	if err := right.Listen(); err != nil {
		return err
	}
	l.Rules = []Rule{noise(r, 5*time.Second)}
	if err := left.Open(); err != nil {
		return err
	}
	l.Run(2 * time.Minute)
	var written, read [2]int
	for side, e := range l.Ends {
		if s := e.Conn.State(); s != tcp.StateEstablished {
			return fmt.Errorf("end %d is %v after the handshake", side, s)
		}
	}
	l.Begin()
	l.Rules = []Rule{noise(r, 10*time.Second)}
	var failed error
	for side, e := range l.Ends {
		for range r.Intn(5) {
			n := 1 + r.Intn(8000)
			written[side] += n
			l.At(time.Duration(r.Intn(1000))*ms, func() {
				if err := e.Write(n); err != nil {
					failed = err
				}
			})
		}
		l.At(time.Duration(1000+r.Intn(1000))*ms, func() {
			if err := e.CloseWrite(); err != nil {
				failed = err
			}
		})
		for i := range 400 {
			l.At(time.Duration(i*500)*ms, func() {
				n, _ := e.Read()
				read[side] += n
			})
		}
	}
	if !l.Finish(24 * time.Hour) {
		return fmt.Errorf("something goes on after a day: %v, %v", left.Conn.State(), right.Conn.State())
	}
	switch {
	case failed != nil:
		return failed
	case read[0] != written[1] || read[1] != written[0]:
		return fmt.Errorf("written %v, read %v", written, read)
	}
	for side, e := range l.Ends {
		if s := e.Conn.State(); s != tcp.StateClosed || e.Conn.Deadline() != tcp.Never {
			return fmt.Errorf("end %d is %v", side, s)
		}
	}
	return nil
}
