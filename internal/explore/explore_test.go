package explore

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

var update = flag.Bool("update", false, "write the lists of testdata anew")

// small are bounds with which all models together take a few seconds: losses,
// duplicates, delays, in flight.
var small = map[string][4]int{
	"close": {1, 1, 1, 3}, "release": {1, 0, 1, 2}, "data": {1, 0, 0, 2}, "abort": {1, 0, 0, 1},
	"timeouts": {3, 0, 0, 1}, "window": {1, 0, 0, 2}, "delayed ACK": {0, 0, 0, 2}, "open": {1, 0, 0, 1},
	"open and close": {1, 0, 0, 2}, "crash": {0, 0, 0, 2},
	"reopen strict": {1, 0, 0, 2}, "reopen 6191": {1, 0, 0, 2}, "reopen linux": {1, 0, 0, 2}, "illegal SYN": {1, 0, 0, 2},
	"incarnations": {1, 0, 1, 2}, "early SYN": {0, 1, 1, 2},
	"keepalive": {0, 0, 0, 2}, "down": {0, 0, 0, 2}, "linger": {2, 0, 0, 2}, "linger zero": {0, 0, 0, 1},
	"reconnect": {0, 0, 0, 2}, "urgent": {1, 0, 0, 2}, "shutdown": {0, 0, 0, 2}, "descriptors": {1, 0, 0, 1},
	"misuse": {0, 0, 0, 1}, "forged": {0, 0, 0, 2}, "forged Linux": {0, 0, 0, 1}, "user timeout": {2, 0, 0, 2},
	"full buffer linger": {0, 0, 0, 2}, "full buffer LAST-ACK": {0, 0, 0, 2},
	"default": {1, 0, 0, 2}, "RFC 9293": {1, 0, 0, 2}, "Linux": {1, 0, 0, 2},
	"default open": {0, 0, 0, 2}, "RFC 9293 open": {0, 0, 0, 2}, "Linux open": {0, 0, 0, 3},
	"no TIME-WAIT": {0, 0, 1, 2}, "RST in TIME-WAIT": {0, 0, 1, 2},
}

// large are the models that make more than 50000 worlds of that.
var large = map[string]bool{
	"timeouts": true, "window": true, "delayed ACK": true, "open": true, "early SYN": true, "no TIME-WAIT": true,
	"keepalive": true, "misuse": true, "forged": true, "user timeout": true, "full buffer linger": true, "Linux": true,
}

func find(t *testing.T, name string) *Model {
	t.Helper()
	for _, m := range Models() {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no model %q", name)
	return nil
}

func smallModels(t *testing.T) []*Model {
	t.Helper()
	models := Models()
	for _, m := range models {
		b, ok := small[m.Name]
		if !ok {
			t.Fatalf("no bounds for %q", m.Name)
		}
		m.Losses, m.Duplicates, m.Delays, m.InFlight = b[0], b[1], b[2], b[3]
	}
	return models
}

func run(t *testing.T, m *Model, o Options) *Report {
	t.Helper()
	r, err := Run(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestModels explores every model and compares what it reaches with the list that
// is kept of it. All models together take every edge there is.
func TestModels(t *testing.T) {
	var coverage Coverage
	var reports []*Report
	models := smallModels(t)
	for _, m := range models {
		t.Run(m.Name, func(t *testing.T) {
			if testing.Short() && large[m.Name] {
				t.Skip("more than 50000 worlds")
			}
			r := run(t, m, Options{})
			t.Log(r.Summary())
			coverage.Add(r)
			reports = append(reports, r)
			if r.Bounded {
				t.Error("the search was not complete")
			}
			for _, hazard := range r.Missed() {
				t.Errorf("not found: %s", hazard)
			}
			if len(m.Hazards) == 0 {
				for _, v := range r.Violations {
					t.Errorf("%s in %d steps: %s\n%s", v.Rule, v.Steps, v.Text, v.Ladder)
				}
			}
			golden(t, m.Name, r.Reached())
		})
	}
	if len(reports) < len(models) {
		return // -run or -short has left some out
	}
	for _, e := range coverage.Missed() {
		t.Errorf("no model takes %v → %v", e.From, e.To)
	}
	document(t, reports, &coverage)
	for e := range coverage.Edges {
		if !slices.Contains(AllEdges(), Edge{From: e.From, To: e.To}) {
			t.Errorf("an edge that does not exist: %v", e)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	is, was := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for _, line := range was {
		if !slices.Contains(is, line) {
			t.Errorf("not reached any more: %s", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			t.Errorf("reached, and not in the list: %s", line)
		}
	}
	t.Errorf("%s is not what was reached; -update writes it anew", file)
}

// TestSeventeenPairs: with losses, duplicates and any order, and nothing but
// CloseWrite, exactly the pairs of docs/teardown-cases.md are reached; without
// losses and in order, before TIME-WAIT can be over, thirteen of them.
func TestSeventeenPairs(t *testing.T) {
	want := Seventeen()
	slices.SortFunc(want, func(a, b Pair) int { return slices.Compare(a[:], b[:]) })
	m := find(t, "close")
	if testing.Short() {
		m.Losses, m.Duplicates, m.Delays = 1, 1, 1
	}
	r := run(t, m, Options{})
	if !slices.Equal(r.Pairs, want) {
		t.Errorf("reached %v, want %v", r.Pairs, want)
	}
	for _, v := range r.Violations {
		t.Errorf("%s: %s\n%s", v.Rule, v.Text, v.Ladder)
	}
	m.Losses, m.Duplicates, m.Delays, m.FIFO, m.Pairs = 0, 0, 0, true, nil
	r = run(t, m, Options{})
	if without := slices.DeleteFunc(want, func(p Pair) bool {
		return p == PairOf(tcp.StateClosing, tcp.StateFinWait2) || p == PairOf(tcp.StateLastAck, tcp.StateClosed) ||
			p == PairOf(tcp.StateClosing, tcp.StateClosed)
	}); !slices.Equal(r.Pairs, without) {
		t.Errorf("in order and without losses: reached %v, want %v", r.Pairs, without)
	}
}

// TestPairsAreChecked: a pair that is not in the list is found, and in the fewest
// steps.
func TestPairsAreChecked(t *testing.T) {
	m := find(t, "close")
	m.Losses, m.Duplicates, m.Delays = 1, 1, 0
	m.Pairs = slices.DeleteFunc(Seventeen(), func(p Pair) bool {
		return p == PairOf(tcp.StateTimeWait, tcp.StateTimeWait)
	})
	r := run(t, m, Options{StopAtFirst: true, Workers: 1})
	if len(r.Violations) != 1 {
		t.Fatalf("%d violations, want one", len(r.Violations))
	}
	v := r.Violations[0]
	// Two calls, two FINs, two acknowledgments.
	if v.Rule != "P6" || v.Steps != 6 || strings.Count(v.Ladder, "CloseWrite") != 2 || strings.Count(v.Ladder, "TIME-WAIT") < 2 {
		t.Errorf("%s in %d steps:\n%s", v.Rule, v.Steps, v.Ladder)
	}
	if strings.Contains(v.Ladder, "lost") || strings.Contains(v.Ladder, "duplicated") {
		t.Errorf("not a shortest way:\n%s", v.Ladder)
	}
}

// TestOwnChecks: the rules can be added to, at each of the three places.
func TestOwnChecks(t *testing.T) {
	m := find(t, "close")
	m.Losses, m.Duplicates, m.Delays = 1, 0, 0
	m.Checks = Checks{
		End: []EndCheck{{"own end", func(_ *Model, v *View) string {
			if v.State == tcp.StateClosing {
				return "CLOSING"
			}
			return ""
		}}},
		Step: []StepCheck{{"own step", func(_ *Model, s *Step) string {
			if slices.Contains(s.Timers, tcp.TimerRetransmit) {
				return "a retransmission"
			}
			return ""
		}}},
		Pair: []PairCheck{{"own pair", func(_ *Model, a, b *View) string {
			if PairOf(a.State, b.State) == PairOf(tcp.StateFinWait2, tcp.StateLastAck) {
				return "FIN-WAIT-2 / LAST-ACK"
			}
			return ""
		}}},
	}
	m.Hazards = []string{"own"} // no fair run is to find them first
	steps := make(map[string]int)
	for _, v := range run(t, m, Options{}).Violations {
		steps[v.Rule] = v.Steps
	}
	// A FIN, the other FIN on a call, one arrival; a call, a loss, a timer; a call, its
	// FIN arrives, the acknowledgment arrives, and the other side's call.
	want := map[string]int{"own end": 3, "own step": 3, "own pair": 4}
	if fmt.Sprint(steps) != fmt.Sprint(want) {
		t.Errorf("found in %v steps, want %v", steps, want)
	}
}

// TestDeadlock: a FIN-WAIT-2 without end, as the standard has it, lasts for ever if
// the peer has forgotten the connection. Where it should have an end, no state waits
// without a timer but those of the list (L9).
func TestDeadlock(t *testing.T) {
	m := find(t, "crash")
	for i := range m.Config {
		m.Config[i].FinWait2Timeout = tcp.Forever
	}
	m.Losses = 0
	found := run(t, m, Options{}).Violations
	for _, v := range found {
		if v.Rule != "L1" || !strings.Contains(v.Text, "deadlock") {
			t.Errorf("%s: %s\n%s", v.Rule, v.Text, v.Ladder)
		}
	}
	if len(found) == 0 {
		t.Error("no deadlock was found")
	}
	v := View{Deadline: tcp.Never, Status: tcp.Status{State: tcp.StateFinWait2}}
	if checkUnbounded(m, &v) != "" || checkUnbounded(find(t, "crash"), &v) == "" {
		t.Error("L9 is not what the configuration says")
	}
}

// TestLivelock: an end that repeats itself for ever is found. The step that does
// not end is one that a check cannot see: time alone goes on.
func TestLivelock(t *testing.T) {
	m := find(t, "close")
	m.Losses, m.Duplicates, m.Delays = 0, 0, 0
	m.Pairs = nil
	m.Setters = func(c *tcp.Conn) error { return nil }
	x, err := newExplorer(m)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(x)
	start, err := x.start(w.stepper)
	if err != nil {
		t.Fatal(err)
	}
	if text := w.ends(start); text != "" {
		t.Fatalf("a fair run does not end: %s", text)
	}
	// The same again, with a memory that makes every arrival leave the end as it is
	// and send the segment back.
	x, err = newExplorer(m)
	if err != nil {
		t.Fatal(err)
	}
	w = newWorker(x)
	start, err = x.start(w.stepper)
	if err != nil {
		t.Fatal(err)
	}
	for end := range start.end {
		res := w.react(start.end[end], makeInput(inputCall|inputFair, uint32(CallClose)))
		if !x.applyTo(&start, end, res) {
			t.Fatal("no room")
		}
	}
	for end := range start.end {
		id := start.net[1-end][0]
		key := uint64(start.end[end])<<32 | uint64(makeInput(inputArrival|inputFair, id))
		x.keep(key, &result{end: start.end[end], sent: [maxSent]uint32{id}}, nil, nil)
	}
	if text := w.ends(start); !strings.HasPrefix(text, "livelock") {
		t.Errorf("two ends that echo: %q", text)
	}
}

// TestWorkers: how many goroutines search, and what they find first, changes
// nothing.
func TestWorkers(t *testing.T) {
	one := run(t, find(t, "incarnations"), Options{Workers: 1})
	four := run(t, find(t, "incarnations"), Options{Workers: 4})
	if one.Worlds != four.Worlds || one.Transitions != four.Transitions ||
		one.Depth != four.Depth || one.Reached() != four.Reached() {
		t.Errorf("%s, depth %d\n%s, depth %d", one.Summary(), one.Depth, four.Summary(), four.Depth)
	}
}

// TestSymmetry: worlds that are mirror images count once, and nothing is lost by
// that.
func TestSymmetry(t *testing.T) {
	m := find(t, "close")
	m.Losses, m.Duplicates, m.Delays = 1, 0, 1
	half := run(t, m, Options{})
	m.ISS[1]++ // tells the ends apart
	whole := run(t, m, Options{})
	if half.Reached() != whole.Reached() {
		t.Errorf("with symmetry:\n%s\nwithout:\n%s", half.Reached(), whole.Reached())
	}
	if 2*half.Worlds < whole.Worlds || half.Worlds*10 > whole.Worlds*6 {
		t.Errorf("%d worlds with symmetry, %d without", half.Worlds, whole.Worlds)
	}
}

func TestBounds(t *testing.T) {
	called := false
	r := run(t, find(t, "data"), Options{MaxWorlds: 20000, Progress: func(uint64, uint64, int) { called = true }})
	if !r.Bounded || r.Worlds < 20000 || r.Worlds > 60000 || !called {
		t.Errorf("%d worlds, bounded %v, progress %v", r.Worlds, r.Bounded, called)
	}
	if r := run(t, find(t, "data"), Options{MaxMemory: 1}); !r.Bounded {
		t.Error("no bound of memory")
	}
}

func TestModelErrors(t *testing.T) {
	m := find(t, "close")
	m.Config[1].Timestamps = tcp.Default
	m.InFlight, m.Losses, m.Drift = MaxInFlight+1, 255, -1
	m.Calls[0][CallSend] = 16
	m.Lifetime = 1
	_, err := Run(m, Options{})
	for _, want := range []string{"Config[1]", "InFlight is 5, want 1 to 4", "Losses is 255", "Drift is -1", "16 times Send(1)", "CommonClock"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error has no %q: %v", want, err)
		}
	}
	m = find(t, "close")
	m.Config[0].MSS = 1
	if _, err := Run(m, Options{}); err == nil || !strings.Contains(err.Error(), "Config.MSS") {
		t.Errorf("a bad Config: %v", err)
	}
}
