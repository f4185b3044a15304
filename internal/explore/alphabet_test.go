package explore

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

const explorationDoc = "../../docs/exploration.md"

// document compares docs/exploration.md with what the models have reached: each event
// of the alphabet in each state, or the reason why no connection gets there.
func document(t *testing.T, reports []*Report, c *Coverage) {
	t.Helper()
	for s := tcp.StateClosed; s <= tcp.StateTimeWait; s++ {
		for _, event := range Alphabet() {
			e := StateEvent{s, event}
			switch why := Unreachable(e); {
			case c.Events[e] && why != "":
				t.Errorf("%v is reached, and should not be: %s", e, why)
			case !c.Events[e] && why == "":
				t.Errorf("no model reaches %v, and nothing says why", e)
			}
		}
	}
	got := exploration(reports, c)
	if *update {
		if err := os.WriteFile(explorationDoc, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(explorationDoc)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what was reached; go test -run TestModels -update writes it anew", explorationDoc)
	}
}

func exploration(reports []*Report, c *Coverage) string {
	var b strings.Builder
	b.WriteString(`# Exploration

What the exhaustive exploration of two connections reaches. Written by ` + "`go test ./internal/explore -run TestModels -update`" + `, with the bounds that the test
keeps: some hundred to some hundred thousand worlds in each. ` + "`go run ./examples/explore`" + ` goes further, and ` + "`-losses`, `-delays`" + ` and the other flags as
far as memory reaches. That the models find what they were made for is shown by ` + "`go test -tags faults ./internal/explore`" + `.
What is a world, which steps lead from one to the next and how time goes on is told in [internal/explore/doc.go](../internal/explore/doc.go); the rules are those of [invariants.md](invariants.md).

## Models

Pairs of states, edges (with causes) and events in their states are listed for each model in [internal/explore/testdata](../internal/explore/testdata).

| model | what happens in it | pairs | edges | events |
|---|---|---|---|---|
`)
	for _, r := range reports {
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d |\n", r.Model.Name, r.Model.About,
			len(r.Pairs), len(r.Edges), len(r.Events))
	}
	fmt.Fprintf(&b, "\nTogether they take all %d edges of the table of transitions, and reach %d pairs of states:\n\n", len(AllEdges()), len(c.Pairs))
	var pairs []string
	for _, p := range sorted(c.Pairs, func(a, b Pair) bool { return slices.Compare(a[:], b[:]) < 0 }) {
		pairs = append(pairs, strings.Replace(p.String(), " / ", "/", 1))
	}
	b.WriteString(strings.Join(pairs, ", ") + "\n")
	b.WriteString(`
## Events in their states

The alphabet of [teardown-cases.md](teardown-cases.md), section L. × : a model reaches it. A number is the reason, below, why no connection does. What the
network does (deliver the oldest or the newest, duplicate, drop) happens in every world in which a segment is on its way, within the model's bounds.

| event | CLOSED | LISTEN | SYN-SENT | SYN-RECEIVED | ESTABLISHED | FIN-WAIT-1 | FIN-WAIT-2 | CLOSE-WAIT | CLOSING | LAST-ACK | TIME-WAIT |
|---|---|---|---|---|---|---|---|---|---|---|---|
`)
	for _, event := range Alphabet() {
		b.WriteString("| " + event)
		for s := tcp.StateClosed; s <= tcp.StateTimeWait; s++ {
			e := StateEvent{s, event}
			mark := "×"
			if !c.Events[e] {
				why := Unreachable(e)
				mark = fmt.Sprint(1 + slices.IndexFunc(unreachable, func(r reason) bool { return r.why == why }))
			}
			b.WriteString(" | " + mark)
		}
		b.WriteString(" |\n")
	}
	b.WriteString("\n")
	for i, r := range unreachable {
		fmt.Fprintf(&b, "%d. %s\n", i+1, r.why)
	}
	return b.String()
}
