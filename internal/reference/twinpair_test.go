package reference

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// A twinPair is two twins that are each other's peer, and the network between.
type twinPair struct {
	r   *rand.Rand
	x   [2]*twin
	net []flight
	now tcp.Time
}

func newTwinPair(r *rand.Rand) *twinPair {
	s := random(r.IntN, 3)
	s.PeerStamps = s.Stamps
	p := &twinPair{r: r, now: 3e9}
	for i := range p.x {
		t := *s
		if i == 1 { // the other end may go by the other preset
			t.Preset, t.NoDelay = r.IntN(2), r.IntN(2) == 0
			t.Buffer = []int{60, 150, 1000, 4000}[r.IntN(4)]
			t.Passive = r.IntN(4) > 0
		} else {
			t.Passive = false
		}
		p.x[i] = newTwin(&t)
		p.x[i].isn += tcp.Seq(i * 7)
	}
	return p
}

// collect puts into the network what was sent: lost, doubled, or late now and then.
func (p *twinPair) collect() {
	for i, x := range p.x {
		for _, seg := range x.sent {
			copies := []int{1, 1, 1, 1, 1, 1, 1, 0, 0, 2}[p.r.IntN(10)]
			for range copies {
				late := []time.Duration{10, 10, 10, 15, 40, 700}[p.r.IntN(6)] * ms
				p.net = append(p.net, flight{seg: seg, toB: i == 0, arrive: p.now.Add(late)})
			}
		}
		x.sent = x.sent[:0]
	}
}

// call does something with one end.
func (p *twinPair) call(x *twin) *difference {
	a := action{What: []int{doSend, doSend, doSend, doReceive, doReceive, doReceive, doUrgent, doCloseWrite, doClose, doExit, doCloseRead, doRetain}[p.r.IntN(12)]}
	for _, n := range a.numbers() {
		*n = p.r.IntN(1 << 10)
	}
	st := x.c.Status()
	ending := a.What == doClose || a.What == doExit || a.What == doCloseWrite || a.What == doCloseRead
	sending := a.What == doSend || a.What == doUrgent
	if sending && (st.SndEnd.Sub(st.SndUna) > 600 || len(x.e.queue) > 6) || ending && p.r.IntN(8) > 0 {
		a.What = doReceive // no more than the library keeps apart
	}
	if a.What == doCloseWrite && p.r.IntN(2) == 0 { // both at once
		if d := p.x[0].step(a); d != nil {
			return d
		}
		x = p.x[1]
	}
	return x.step(a)
}

// advance lets time pass to the next event.
func (p *twinPair) advance() *difference {
	at, first := tcp.Never, -1
	for i, f := range p.net {
		if f.arrive < at {
			at, first = f.arrive, i
		}
	}
	due := min(p.x[0].c.Deadline(), p.x[1].c.Deadline())
	if due == tcp.Never && first < 0 {
		due = p.now.Add(time.Second)
	}
	if due < at {
		p.now = max(p.now, due)
		for _, x := range p.x {
			if d := x.passTo(p.now); d != nil {
				return d
			}
		}
		return nil
	}
	seg, to := p.net[first].seg, p.x[0]
	if p.net[first].toB {
		to = p.x[1]
	}
	p.net = append(p.net[:first], p.net[first+1:]...)
	p.now = max(p.now, at)
	if d := to.passTo(p.now); d != nil {
		return d
	}
	return to.arrive(&seg)
}

func (p *twinPair) run() *difference {
	steps := []func() *difference{
		func() *difference {
			if p.x[1].s.Passive {
				return p.x[1].step(action{What: doListen})
			}
			return p.x[1].step(action{What: doOpen})
		},
		func() *difference { return p.x[0].step(action{What: doOpen}) },
	}
	for range 120 {
		if p.r.IntN(4) == 0 {
			steps = append(steps, func() *difference { return p.call(p.x[p.r.IntN(2)]) })
		} else {
			steps = append(steps, p.advance)
		}
	}
	for _, step := range steps {
		for _, x := range p.x {
			x.state, x.now = x.c.State(), max(x.now, p.now)
		}
		if d := step(); d != nil {
			return d
		}
		p.collect()
		for _, x := range p.x {
			x.hits[x.c.State()]++
		}
	}
	return nil
}

// Two ends, each of them both implementations, over a network that loses, doubles,
// delays and reorders: the same at every step.
func TestTwinPairs(t *testing.T) {
	n := *scripts / 8
	if testing.Short() {
		n /= 4
	}
	states := map[tcp.State]int{}
	recoveries := map[bool]int{} // with SACK, without
	kinds, shown := map[string]int{}, 0
	for seed := range uint64(n) {
		p := newTwinPair(rand.New(rand.NewPCG(seed, 4)))
		if d := p.run(); d != nil {
			if kinds[d.key]++; kinds[d.key] > 1 || shown == 3 {
				continue
			}
			shown++
			log := ""
			for i, x := range p.x {
				log += fmt.Sprintf("end %d: %+v\n", i, *x.s)
				for _, line := range x.log {
					log += line + "\n"
				}
			}
			t.Errorf("seed %d: %s: %s\n%s", seed, d.key, d.text, log)
		}
		for _, x := range p.x {
			for s, n := range x.hits {
				states[s] += n
			}
			st := x.c.Status()
			recoveries[st.SACK] += int(st.Counters.FastRecoveries)
		}
	}
	if len(kinds) > 0 {
		t.Error("by kind:", kinds)
	}
	if recoveries[true] < n/20 || recoveries[false] < n/20 {
		t.Errorf("%d fast recoveries with SACK, %d without in %d runs", recoveries[true], recoveries[false], n)
	}
	for s := tcp.StateClosed; s <= tcp.StateTimeWait; s++ {
		if states[s] < n/100 {
			t.Errorf("%v seen %d times in %d runs", s, states[s], n)
		}
	}
}
