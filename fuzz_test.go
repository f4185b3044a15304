package tcp_test

import (
	"math/rand/v2"
	"testing"

	"github.com/seed-447e5d66/tcp"
	"pgregory.net/rapid"
)

// seeds gives a fuzzer some inputs that are long enough to draw from.
func seeds(f *testing.F) {
	for seed := range uint64(6) {
		data := make([]byte, 4096)
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range data {
			data[i] = byte(r.Uint32() >> (8 * (i % 8))) // small numbers are drawn often
		}
		f.Add(data)
	}
}

// contract are the rules of the contract.
var contract = []scriptProperty{
	sameInputsSameOutputs, copyContinuesIdentically, notDrainingCorruptsNothing, jumpEqualsSteps,
	advanceBeforeDeadline, timeDoesNotGoBack, arriveTakesAnything, verdictsAndErrors,
}

// FuzzContract checks one of the rules of the contract, under one of the presets.
func FuzzContract(f *testing.F) {
	seeds(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		property := rapid.SampledFrom(contract).Draw(t, "property")
		s := drawScript(&source{t: t}, drawProfile(t))
		property(t, &s)
	}))
}

// FuzzPair checks one of the properties of two ends.
func FuzzPair(f *testing.F) {
	seeds(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { rapid.SampledFrom(pairProperties).Draw(t, "property")(t) }))
}

// FuzzCases leads to one of the cases of docs/teardown-cases.md, under modifiers.
func FuzzCases(f *testing.F) {
	seeds(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		s := drawLead(&source{t: t}, drawProfile(t))
		playChecked(t, &s)
	}))
}

func drawProfile(t *rapid.T) profile {
	return profile(rapid.IntRange(0, int(numProfiles)-1).Draw(t, "profile"))
}

// FuzzCalls turns octets into calls, segments and time, and plays them on a
// connection of one of the presets, with all invariants checked after every step.
func FuzzCalls(f *testing.F) {
	for p := range numProfiles {
		for _, opening := range []byte{3, 4} {
			f.Add([]byte{byte(p), 1, 0, 0, 0, 0, opening, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 19, 0, 9, 0, 0})
			f.Add([]byte{byte(p), 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, opening, 0, 0, 0, 0, 0, 24, 0, 1, 3, 0, 0, 3, 1, 4, 14, 1, 0})
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &source{data: data}
		s := drawScript(r, profile(r.intRange("profile", 0, int(numProfiles)-1)))
		playChecked(t, &s)
	})
}

// FuzzArrive gives a connection whatever the parser makes of arbitrary headers, in
// every opening, and whatever can be said of a segment beyond that.
func FuzzArrive(f *testing.F) {
	f.Add([]byte{0, 3, 0x0f, 0xa0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x11, 0xff, 0xff, 0, 0, 0, 0})
	f.Add([]byte{1, 4, 0x0f, 0xa0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &source{data: data}
		p := profile(r.intRange("profile", 0, int(numProfiles)-1))
		s := script{profile: p, cfg: p.config(), opening: opening(r.intRange("opening", 0, int(numOpenings)-1)), window: 65535}
		player := s.opened(t)
		player.drain()
		for len(r.data) >= 20 {
			var seg tcp.Segment
			header := r.data[:min(len(r.data), 60)]
			if _, err := seg.ParseHeader(header); err != nil {
				r.data = r.data[1:]
				continue
			}
			r.data = r.data[len(header)-seg.Len:]
			seg.Len = int(r.octet())<<4 | int(r.octet())&1<<30
			player.arriveAnd(seg)
			player.run(player.now.Add(1 << (r.octet() & 63 % 45)))
		}
	})
}
