package interp

import (
	"math/rand/v2"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// TestChaos runs scripts put together from events of all others, at random: most of
// them make no sense, and each ends all the same.
func TestChaos(t *testing.T) {
	t.Parallel()
	var events []packetdrill.Event
	for _, own := range ownScripts(t) {
		events = append(events, parse(t, own.name, own.text).Events...)
	}
	for _, c := range append(languageCases, constructCases...) {
		events = append(events, parse(t, c.name, c.text).Events...)
	}
	start := parse(t, "start", established).Events
	count := make(map[Outcome]int)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		s := &packetdrill.Script{File: "chaos"}
		if rng.IntN(4) > 0 {
			s.Events = append(s.Events, start...)
		}
		for range 1 + rng.IntN(30) {
			e := events[rng.IntN(len(events))]
			e.Time.Kind = packetdrill.Relative
			if k, ok := e.Action.(*packetdrill.Packet); ok && !k.Inbound && rng.IntN(8) > 0 {
				continue // what is expected rarely comes
			}
			s.Events = append(s.Events, e)
		}
		s.Options = []packetdrill.Option{{Name: "non_fatal", Value: "packet,syscall"}}
		p := profiles[rng.IntN(len(profiles))]
		r := Run(s, Options{Config: p.config, Strict: rng.IntN(2) > 0, Events: rng.IntN(4) == 0})
		count[r.Outcome]++
	}
	for _, outcome := range []Outcome{Pass, Fail, Skip} {
		if count[outcome] == 0 {
			t.Errorf("no script ends in %s: %v", outcome, count)
		}
	}
	t.Log(count)
}
