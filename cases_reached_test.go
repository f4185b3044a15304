package tcp_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pairProperties are the properties of two ends.
var pairProperties = []pairProperty{
	pairCloses, finLost, ackOfFINLost, finWait2Ends, secondFINLost, lastACKLost, sharedDescriptors, closeWriteActsAtOnce,
	dataAfterClose, finAheadOfData, simultaneousClose, abortEndsBoth, zeroWindow, quiescence, synInTimeWait, rstInTimeWait,
	pairMirrored, pairLosesStates,
}

// Each lead leads to its case, in all presets in which it can occur.
func TestLeads(t *testing.T) {
	for p := range numProfiles {
		t.Run(p.String(), func(t *testing.T) {
			for i := range leads {
				l := &leads[i]
				s := l.script(p, 1000, 7000)
				_, reached := playChecked(t, &s)
				if can := !strings.Contains(l.not, p.String()); can != (reached[l.number] > 0) {
					t.Errorf("T%d is reached %d times by what leads there", l.number, reached[l.number])
				}
			}
		})
	}
}

// TestEveryCaseIsReached counts how often the properties live through each case of
// docs/teardown-cases.md, whatever the case is then checked by: the invariants and the
// stories of two ends hold in all of them.
func TestEveryCaseIsReached(t *testing.T) {
	var count [numCases + 1]int
	add := func(reached *[numCases + 1]int) {
		for i, n := range reached {
			count[i] += n
		}
	}
	play := func(t rapid.TB, s script) {
		_, reached := playChecked(t, &s)
		add(reached)
	}
	for p := range numProfiles {
		for i := range leads {
			play(t, leads[i].script(p, 1000, 7000))
		}
		rapid.Check(t, func(t *rapid.T) { play(t, drawScript(&source{t: t}, p)) })
		rapid.Check(t, func(t *rapid.T) { play(t, drawLead(&source{t: t}, p)) })
	}
	mixed := map[[2]profile]int{}
	for _, property := range pairProperties {
		rapid.Check(t, func(t *rapid.T) {
			p := property(t)
			add(&p.count)
			mixed[[2]profile{p.ends[0].profile, p.ends[1].profile}]++
		})
	}
	if len(mixed) != int(numProfiles*numProfiles) {
		t.Errorf("of the pairs of presets only these met: %v", mixed)
	}
	var list []string
	for i := 1; i <= numCases; i++ {
		list = append(list, fmt.Sprintf("T%d %d", i, count[i]))
		if count[i] == 0 {
			t.Errorf("T%d was never reached", i)
		}
	}
	t.Log("\n" + strings.Join(list, ", "))
}
