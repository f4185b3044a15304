package tcp_test

import (
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/stretchr/testify/require"
)

// P9, P10: old duplicates. Every segment of a connection has a copy that stays on
// the way for as long as the network allows, 30 s. The next connection between the
// same ports begins as soon as the rules let it; it must take no such copy for its
// own. Where TIME-WAIT is given up, the hazards of RFC 1337 must show.
func TestOldIncarnation(t *testing.T) {
	const lifetime = 30 * time.Second
	for _, tt := range []struct {
		name   string
		tune   func(*tcp.Config)
		reopen bool // by a SYN in TIME-WAIT, with numbers above the old ones
		safe   bool
	}{
		{"2·MSL is waited for, the same numbers again", func(*tcp.Config) {}, false, true},
		{"a SYN ends TIME-WAIT, numbers above the old ones", func(*tcp.Config) {}, true, true},
		{"no TIME-WAIT, the same numbers again", func(cfg *tcp.Config) { cfg.MSL = -1 }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for preset := range numProfiles {
				var taken, all int
				for _, timestamps := range []tcp.Switch{tcp.On, tcp.Off} {
					cfg := preset.config()
					cfg.RFC1337, cfg.Timestamps, cfg.DelayFINAck = true, timestamps, tcp.Off
					tt.tune(&cfg)
					p, old := firstIncarnation(t, cfg, preset, lifetime, tt.reopen)
					if tt.reopen {
						p.secondFromTimeWait()
					} else {
						p.second(preset, cfg)
					}
					for i := range old {
						k := &old[i]
						if k.due < p.now {
							continue // it died before
						}
						all++
						if p.takes(k) {
							taken++
						}
					}
				}
				switch {
				case tt.safe && taken > 0:
					t.Errorf("%v: %d of %d old segments count", preset, taken, all)
				case !tt.safe && taken == 0:
					t.Errorf("%v: none of %d old segments counts: the hazards of RFC 1337 are not found", preset, all)
				case tt.reopen && all == 0:
					t.Errorf("%v: nothing old was on the way", preset)
				}
			}
		})
	}
}

// firstIncarnation lives a connection whose every segment has a late copy, up to
// CLOSED at both ends, or to TIME-WAIT at A; it returns the copies.
func firstIncarnation(t *testing.T, cfg tcp.Config, preset profile, lifetime time.Duration, reopen bool) (*pair, []packet) {
	p := newPair(t, [2]tcp.Config{cfg, cfg}, [2]profile{preset, preset})
	p.ends[0].c.SetReopen(reopen)
	p.fate = func(int, int, *tcp.Segment) []time.Duration { return []time.Duration{transit, lifetime} }
	p.openLossy(false)
	p.write(0, 500)
	p.write(1, 700)
	p.runReadingUntil(time.Second, func() bool { return p.ends[0].read == 700 && p.ends[1].read == 500 })
	p.closeOrHalf(0, false)
	p.runReadingUntil(time.Second, func() bool { return p.ends[1].eof })
	p.closeOrHalf(1, false)
	p.run(10*time.Minute, func() bool {
		return p.ends[1].c.State() == tcp.StateClosed && (reopen && p.ends[0].c.State() == tcp.StateTimeWait || p.ends[0].c.State() == tcp.StateClosed)
	})
	require.Equal(t, tcp.StateClosed, p.ends[1].c.State())
	old := p.net
	p.net, p.fate = nil, lossless
	return p, old
}

// second begins the next connection with the very numbers of the first, the worst
// that can be chosen.
func (p *pair) second(preset profile, cfg tcp.Config) {
	next := newPair(p.t, [2]tcp.Config{cfg, cfg}, [2]profile{preset, preset})
	next.now = p.now
	next.openLossy(false)
	*p = *next
}

// secondFromTimeWait begins the next connection by a SYN of B in A's TIME-WAIT.
func (p *pair) secondFromTimeWait() {
	next := newPair(p.t, [2]tcp.Config{p.ends[1].cfg, p.ends[1].cfg}, [2]profile{p.ends[1].profile, p.ends[1].profile})
	old := p.ends[1].c.Status()
	p.ends[1] = next.ends[1]
	p.ends[0].c.SetTrace(nil)
	p.ends[1].c.SetTrace(nil)
	p.now += tcp.Time(10 * time.Millisecond) // a newer timestamp
	a, b := &p.ends[0].c, &p.ends[1].c
	require.NoError(p.t, b.Open(p.now, old.SndNxt+5))
	var seg tcp.Segment
	for turn := 0; a.State() != tcp.StateEstablished || b.State() != tcp.StateEstablished; turn++ {
		require.Less(p.t, turn, 10)
		for b.Next(&seg) {
			a.Arrive(p.now, &seg)
		}
		for a.Next(&seg) {
			b.Arrive(p.now, &seg)
		}
	}
}

// takes reports whether an old segment that arrives now counts: its text or FIN is
// taken or kept, or its RST or ACK changes the connection.
func (p *pair) takes(k *packet) bool {
	c := p.ends[1-k.from].c
	c.SetTrace(nil)
	before := c.Status()
	now := max(p.now, k.due)
	c.Advance(now)
	c.Arrive(now, &k.seg)
	_, _, _, taken := c.Taken(0)
	_, _, held := c.Held(0)
	after := c.Status()
	return taken || held || after.State != before.State || after.RcvNxt != before.RcvNxt || after.SndUna != before.SndUna
}
