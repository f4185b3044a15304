package tcp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// reachablePairs are the pairs of states of docs/teardown-cases.md that two ends
// reach which start in ESTABLISHED and close once each, without data.
var reachablePairs = func() map[[2]tcp.State]bool {
	const (
		cl, es, f1, f2 = tcp.StateClosed, tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2
		cw, cg, la, tw = tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait
	)
	pairs := map[[2]tcp.State]bool{}
	for _, p := range [][2]tcp.State{
		{es, es}, {es, f1}, {f1, f1}, {cw, f1}, {cw, f2}, {f1, la}, {f2, la}, {la, tw}, {tw, cl},
		{cg, f1}, {cg, cg}, {cg, tw}, {tw, tw}, {cg, f2}, {la, cl}, {cg, cl}, {cl, cl},
	} {
		pairs[p], pairs[[2]tcp.State{p[1], p[0]}] = true, true
	}
	return pairs
}()

// P6: whatever is lost, doubled, delayed and turned round, no other pair of states is
// reached; and most of the list is.
func TestPairStates(t *testing.T) {
	seen := map[[2]tcp.State]bool{}
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) {
			cfg.RFC1337, cfg.MSL = true, time.Second
			cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries = 3, 100, 100
		})
		p.connect()
		p.n, p.fate = 0, drawFates(t, 20)
		look := func() bool {
			s := [2]tcp.State{p.ends[0].c.State(), p.ends[1].c.State()}
			if !reachablePairs[s] {
				p.fail("%v and %v together", s[0], s[1])
			}
			seen[s] = true
			return false
		}
		p.closeOrHalf(0, true)
		look()
		p.run(time.Duration(rapid.SampledFrom([]int{0, 1, 5, 7, 60, 900}).Draw(t, "ms"))*time.Millisecond, look)
		p.closeOrHalf(1, true)
		look()
		p.run(time.Hour, look)
		require.True(t, p.both(tcp.StateClosed)())
	})
	if len(seen) < 12 {
		t.Errorf("only %d pairs were seen: %v", len(seen), seen)
	}
}

// P14: with the roles exchanged, each end does what the other one did.
func TestPairMirrored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var profiles [2]profile
		for i := range profiles {
			profiles[i] = profile(rapid.IntRange(0, int(numProfiles)-1).Draw(t, "profile"))
		}
		octets := [2]int{rapid.IntRange(0, 3000).Draw(t, "A's octets"), rapid.IntRange(0, 3000).Draw(t, "B's octets")}
		pause := time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * time.Millisecond
		var fates [2]func(int, int, *tcp.Segment) []time.Duration
		for i := range fates {
			fates[i] = drawFates(t, 20)
		}
		live := func(first int) (story [2][]string) { // the end that opens and closes first
			second := 1 - first
			cfgs, kinds := [2]tcp.Config{}, [2]profile{}
			for role, end := range []int{first, second} {
				cfgs[end], kinds[end] = profiles[role].config(), profiles[role]
				cfgs[end].UserTimeout, cfgs[end].RFC1337 = tcp.Forever, true
			}
			p := newPair(t, cfgs, kinds)
			var sent [2]int
			p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
				role := from ^ first
				st := p.ends[from].c.Status()
				rel := seg.Relative(st.ISS, st.IRS)
				rel.SrcPort, rel.DstPort = 0, 0
				story[role] = append(story[role], fmt.Sprintf("%v %v %v", p.now, st.State, &rel))
				sent[role]++
				return fates[role](sent[role]-1, from, seg)
			}
			require.NoError(t, p.do(second, callListen, 1000))
			require.NoError(t, p.do(first, callOpen, 5000))
			p.run(time.Hour, p.both(tcp.StateEstablished))
			p.run(100*time.Millisecond, nil) // to the end of that instant at both ends
			p.write(first, octets[0])
			p.write(second, octets[1])
			p.closeOrHalf(first, true)
			p.runReading(pause)
			p.closeOrHalf(second, true)
			p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
			for role, end := range []int{first, second} {
				story[role] = append(story[role], fmt.Sprintf("%v %v", p.ends[end].states, p.ends[end].c.Err()))
			}
			return story
		}
		require.Equal(t, live(0), live(1))
	})
}
