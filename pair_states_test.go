package tcp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
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
	rapid.Check(t, func(t *rapid.T) { pairStates(t, seen) })
	if len(seen) < 12 {
		t.Errorf("only %d pairs were seen: %v", len(seen), seen)
	}
}

func pairStates(t *rapid.T, seen map[[2]tcp.State]bool) *pair {
	p := drawPair(t, func(cfg *tcp.Config) {
		cfg.RFC1337, cfg.MSL = true, time.Second
		cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries = 3, 100, 100
	})
	p.connect()
	p.n, p.fate = 0, drawFates(t, 20).of
	look := func() bool {
		p.wantReachable()
		seen[[2]tcp.State{p.ends[0].c.State(), p.ends[1].c.State()}] = true
		return false
	}
	p.closeOrHalf(0, true)
	look()
	p.run(time.Duration(rapid.SampledFrom([]int{0, 1, 5, 7, 60, 900}).Draw(t, "ms"))*time.Millisecond, look)
	p.closeOrHalf(1, true)
	look()
	p.run(time.Hour, look)
	p.wantStates(tcp.StateClosed, tcp.StateClosed)
	return p
}

func pairLosesStates(t *rapid.T) *pair { return pairStates(t, map[[2]tcp.State]bool{}) }

// wantReachable demands a pair of states of the list.
func (p *pair) wantReachable() {
	if s := [2]tcp.State{p.ends[0].c.State(), p.ends[1].c.State()}; !reachablePairs[s] {
		p.statement("p.wantReachable()")
		p.fail("%v and %v together", s[0], s[1])
	}
}

// P14: with the roles exchanged, each end does what the other one did.
func TestPairMirrored(t *testing.T) { checkPair(t, pairMirrored) }

func pairMirrored(t *rapid.T) *pair {
	var m mirrored
	for i := range m.profiles {
		m.profiles[i] = profile(rapid.IntRange(0, int(numProfiles)-1).Draw(t, "profile"))
	}
	m.octets = [2]int{rapid.IntRange(0, 3000).Draw(t, "A's octets"), rapid.IntRange(0, 3000).Draw(t, "B's octets")}
	m.pause = time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * time.Millisecond
	for i := range m.fates {
		m.fates[i] = drawFatesLosing(t, 20, mostLost/len(m.fates))
	}
	return m.check(t)
}

// mirrored is a life that is lived twice, with the roles exchanged.
type mirrored struct {
	profiles [2]profile
	octets   [2]int
	pause    time.Duration
	fates    [2]fates
}

func (m mirrored) check(t rapid.TB) *pair {
	_, one := m.live(t, 0)
	p, two := m.live(t, 1)
	for role := range one {
		for i := range max(len(one[role]), len(two[role])) {
			if i >= len(one[role]) || i >= len(two[role]) || one[role][i] != two[role][i] {
				p.rec.Instead("%v.check(t)", m)
				p.fail("with the roles exchanged, the %s end differs in line %d:\n%s\n%s", [2]string{"first", "second"}[role], i,
					strings.Join(one[role][min(i, len(one[role])):], "\n"), strings.Join(two[role][min(i, len(two[role])):], "\n"))
			}
		}
	}
	return p
}

// live lives the life; the end named first opens and closes first.
func (m *mirrored) live(t rapid.TB, first int) (p *pair, story [2][]string) {
	second := 1 - first
	cfgs, kinds := [2]tcp.Config{}, [2]profile{}
	for role, end := range []int{first, second} {
		cfgs[end], kinds[end] = m.profiles[role].config(), m.profiles[role]
		cfgs[end].UserTimeout, cfgs[end].RFC1337 = tcp.Forever, true
	}
	p = newPair(t, cfgs, kinds)
	var sent [2]int
	p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
		role := from ^ first
		st := p.ends[from].c.Status()
		rel := seg.Relative(st.ISS, st.IRS)
		rel.SrcPort, rel.DstPort = 0, 0
		story[role] = append(story[role], fmt.Sprintf("%v %v %v", p.now, st.State, &rel))
		sent[role]++
		return m.fates[role].of(sent[role]-1, from, seg)
	}
	p.must(second, callListen, 1000)
	p.must(first, callOpen, 5000)
	p.run(time.Hour, p.both(tcp.StateEstablished))
	p.run(100*time.Millisecond, nil) // to the end of that instant at both ends
	p.write(first, m.octets[0])
	p.write(second, m.octets[1])
	p.closeOrHalf(first, true)
	p.runReading(m.pause)
	p.closeOrHalf(second, true)
	p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
	for role, end := range []int{first, second} {
		story[role] = append(story[role], fmt.Sprintf("%v %v", p.ends[end].states, p.ends[end].c.Err()))
	}
	return p, story
}
