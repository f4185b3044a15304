package tcp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// The modifiers M2 to M4 of docs/teardown-cases.md, each place of each life in turn:
// one segment is lost, doubled, or overtaken by the next. And M15.

// wholeLives are whole connections, from the SYN to CLOSED at both ends.
var wholeLives = []struct {
	name string
	live func(p *pair)
}{
	{"active and passive", func(p *pair) {
		p.openLossy(false)
		p.write(0, 3000)
		p.write(1, 2000)
		p.runReadingUntil(time.Hour, func() bool { return p.ends[0].read == 2000 && p.ends[1].read == 3000 })
		p.closeOrHalf(0, false)
		p.runReadingUntil(time.Hour, func() bool { return p.ends[1].eof })
		p.closeOrHalf(1, false)
	}},
	{"both close", func(p *pair) {
		p.openLossy(true)
		for i := range p.ends {
			p.write(i, 2000)
			p.closeOrHalf(i, true)
		}
	}},
	{"half-close", func(p *pair) {
		p.openLossy(false)
		p.write(0, 100)
		p.closeOrHalf(0, true)
		p.runReadingUntil(time.Hour, func() bool { return p.ends[1].eof })
		p.write(1, 3000)
		p.closeOrHalf(1, true)
	}},
}

func (p *pair) write(i, n int) { p.must(i, callSend, n) }

// eachPlace lives each life in each preset with a fate for one segment, the n-th, for
// every n there is, and demands a clean end.
func eachPlace(t *testing.T, fate []time.Duration) {
	for preset := range numProfiles {
		for _, life := range wholeLives {
			t.Run(fmt.Sprintf("%v, %s", preset, life.name), func(t *testing.T) {
				sent := 1
				for place := 0; place < sent; place++ {
					cfg := preset.config()
					cfg.UserTimeout, cfg.RFC1337 = tcp.Forever, true
					p := newPair(t, [2]tcp.Config{cfg, cfg}, [2]profile{preset, preset})
					p.fate = func(n, _ int, _ *tcp.Segment) []time.Duration {
						if n == place {
							return fate
						}
						return []time.Duration{transit}
					}
					life.live(p)
					p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
					p.checkClosed()
					p.checkStreams()
					sent = p.n
				}
				if sent < 8 {
					t.Errorf("a life of %d segments is none", sent)
				}
			})
		}
	}
}

func TestM2_AnySegmentLost(t *testing.T) { eachPlace(t, nil) }

func TestM3_AnySegmentDoubled(t *testing.T) {
	for _, late := range []time.Duration{0, transit / 2, transit, 150 * time.Millisecond, 20 * time.Second, 30 * time.Second} {
		eachPlace(t, []time.Duration{transit, transit + late})
	}
}

func TestM4_AnySegmentOvertaken(t *testing.T) {
	for _, late := range []time.Duration{1, transit / 2, transit, 2 * transit, 100 * time.Millisecond} {
		eachPlace(t, []time.Duration{transit + late})
	}
}

// M15: the limit of challenge ACKs is used up by forged segments when a genuine reset
// comes. One at RCV.NXT needs no challenge. One that runs ahead of lost text draws none
// now; it comes again, with the right number, as soon as the end that is left speaks.
func TestM15_ChallengesUsedUp(t *testing.T) {
	for preset := range numProfiles {
		for _, ahead := range []int{0, 100} {
			t.Run(fmt.Sprintf("%v, %d octets ahead", preset, ahead), func(t *testing.T) {
				cfg := preset.config()
				p := newPair(t, [2]tcp.Config{cfg, cfg}, [2]profile{preset, preset})
				p.connect()
				p.fate = func(int, int, *tcp.Segment) []time.Duration { return nil }
				if ahead > 0 {
					p.write(0, ahead)
				}
				for range 12 {
					p.inject(1, tcp.Segment{SrcPort: 4000, DstPort: 4001, Seq: p.ends[1].c.Status().RcvNxt + 50, Flags: tcp.RST})
				}
				p.wantVerdict(tcp.DroppedThrottled)
				p.wantCounter(1, "ChallengesSuppressed", -1)
				p.fate = lossless
				p.must(0, callAbort, 0)
				p.run(2*transit, nil)
				if ahead > 0 {
					p.wantVerdict(tcp.DroppedThrottled)
					p.wantState(1, tcp.StateEstablished)
					p.write(1, 1)
					p.run(time.Second, nil)
				}
				p.wantState(1, tcp.StateClosed)
				p.wantErr(1, tcp.ErrReset)
			})
		}
	}
}
