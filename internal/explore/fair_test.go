package explore

import (
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// TestFairRuns: in every model a fair run ends, and one that does not is found: a
// deadlock, if an end gives no answer to the next thing that happens and no timer
// runs, and a livelock, if it stays what it is and echoes.
func TestFairRuns(t *testing.T) {
	for _, m := range smallModels(t) {
		t.Run(m.Name, func(t *testing.T) {
			w, start := fairStart(t, m)
			if text := w.ends(start); text != "" {
				t.Fatalf("a fair run does not end: %s", text)
			}
			w, start = fairStart(t, m)
			p := w.plan(&start)
			end := start.end[p.end]
			w.x.keep(uint64(end)<<32|uint64(p.input|makeInput(inputFair, 0)), &result{none: true}, nil, nil)
			if text := w.ends(start); !strings.HasPrefix(text, "deadlock") {
				t.Errorf("an end that cannot go on: %q", text)
			}
			w, start = fairStart(t, m)
			w.x.keep(uint64(end)<<32|uint64(p.input|makeInput(inputFair, 0)), &result{end: end}, nil, nil)
			if text := w.ends(start); !strings.HasPrefix(text, "livelock") {
				t.Errorf("an end that does not get on: %q", text)
			}
		})
	}
}

// fairStart is a world in which a fair run has something to do: a segment is on its
// way, or a user has to close.
func fairStart(t *testing.T, m *Model) (*worker, world) {
	t.Helper()
	x, err := newExplorer(m)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(x)
	start, err := x.start(w.stepper)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Established {
		res := w.react(start.end[0], makeInput(inputCall, uint32(CallOpen)))
		if res.none || !x.applyTo(&start, 0, res) || x.ends.at(start.end[0]).view.State != tcp.StateSynSent {
			t.Fatal("the connection cannot be opened")
		}
	}
	return w, start
}

// TestKeepAliveEndings: the three endings of keepalive (S17), and that nothing but a
// host that is down makes it give up.
func TestKeepAliveEndings(t *testing.T) {
	m := find(t, "keepalive")
	m.Losses = 0
	const alive, restarted, dead = "a probe is answered", "a probe is reset", "probes are not answered"
	m.Checks.Step = []StepCheck{{"ending", func(_ *Model, s *Step) string {
		before := &s.Before
		switch {
		case before.KeepAliveProbes > 0 && s.Arrived != nil && s.Arrived.Flags.Has(tcp.RST) && s.After.Err == tcp.KindReset:
			return restarted
		case before.KeepAliveProbes > 0 && s.Arrived != nil && s.After.KeepAliveProbes == 0 && s.After.State == before.State:
			return alive
		case before.KeepAliveProbes == 2 && s.After.Err == tcp.KindKeepAlive:
			return dead
		}
		return ""
	}}}
	m.Hazards = []string{"ending: " + alive, "ending: " + restarted, "ending: " + dead}
	r := run(t, m, Options{})
	for _, missed := range r.Missed() {
		t.Errorf("not reached: %s", missed)
	}
	for _, v := range r.Violations {
		if v.Rule != "ending" {
			t.Errorf("%s: %s\n%s", v.Rule, v.Text, v.Ladder)
		}
	}
}
