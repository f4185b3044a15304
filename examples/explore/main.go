// Explore visits every situation that two TCP connections and the network between
// them can get into, within bounds, and checks the rules of docs/invariants.md in
// each. It runs the shipped code, and no model of it.
//
//	go run ./examples/explore                    # all models: some million worlds
//	go run ./examples/explore -list
//	go run ./examples/explore -model close -v
//	go run ./examples/explore -model data -losses 2 -delays 2 -worlds 50000000
//	go run ./examples/explore -model Linux -delays 1    # the preset, timer wheel and timestamps included
//	go run ./examples/explore -model "open and close" -forgeries 1
//
// What the models reach together, and why nothing else can be reached, is listed in
// docs/exploration.md.
//
// A rule that is broken is shown with a shortest way there, as a ladder, and makes
// the program exit with status 1. Some models are negative controls: a connection
// without TIME-WAIT, or one that a RST can end; there the hazards of RFC 1337 must
// be found.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp/internal/explore"
)

func main() {
	var o options
	flag.StringVar(&o.model, "model", "", "explore only the models whose name has this in it")
	flag.BoolVar(&o.list, "list", false, "list the models and exit")
	flag.BoolVar(&o.verbose, "v", false, "list the pairs of states, the edges and the events reached")
	flag.IntVar(&o.losses, "losses", -1, "how many segments may be lost; -1: as the model says")
	flag.IntVar(&o.duplicates, "duplicates", -1, "how many segments may be duplicated; -1: as the model says")
	flag.IntVar(&o.delays, "delays", -1, "how many timers may expire while a segment is on its way; -1: as the model says")
	flag.IntVar(&o.inFlight, "inflight", -1, "how many segments may be on their way in one direction; -1: as the model says")
	flag.IntVar(&o.forgeries, "forgeries", -1, "how many segments an attacker may forge; -1: as the model says")
	flag.IntVar(&o.search.Workers, "workers", 0, "goroutines; 0: one for each processor")
	flag.Uint64Var(&o.search.MaxWorlds, "worlds", 2_000_000, "stop a model after so many worlds; 0: do not")
	memory := flag.Uint64("memory", 4096, "stop a model when so many MiB are in use; 0: do not")
	flag.IntVar(&o.ladders, "ladders", 3, "show so many ways to broken rules for each model")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "explore: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	o.search.MaxMemory = *memory << 20
	debug.SetGCPercent(20) // what fills the memory has no pointers, and is never garbage
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type options struct {
	model                                string
	list, verbose                        bool
	losses, duplicates, delays, inFlight int
	forgeries                            int
	ladders                              int
	search                               explore.Options
}

// total is what all models together have done.
type total struct {
	worlds, transitions uint64
	failed              []string
	coverage            explore.Coverage
	began               time.Time
}

func (o *options) run() error {
	t := total{began: time.Now()}
	found := false
	for _, m := range explore.Models() {
		if !strings.Contains(m.Name, o.model) {
			continue
		}
		found = true
		if o.list {
			fmt.Printf("%-22s %s\n", m.Name, m.About)
			continue
		}
		if err := o.explore(m, &t); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("explore: no model has %q in its name; see -list", o.model)
	}
	if o.list {
		return nil
	}
	return o.conclude(&t)
}

func (o *options) explore(m *explore.Model, t *total) error {
	o.override(m)
	search := o.search
	search.Progress = progress(m.Name)
	r, err := explore.Run(m, search)
	if err != nil {
		return err
	}
	clearLine()
	rate := float64(r.Worlds) / r.Elapsed.Seconds()
	fmt.Printf("%-22s %s; %.1f s, %.0f a second\n", m.Name+":", r.Summary(), r.Elapsed.Seconds(), rate)
	if o.verbose {
		fmt.Printf("%s  %d values of an end, %d segments, %d steps deep, %d fair steps, %d successors beyond the bound, %d MiB of digests\n%s",
			indent(m.About), r.Ends, r.Copies, r.Depth, r.FairSteps, r.Pruned, r.Memory>>20, indent(r.Reached()))
	}
	o.judge(r, t)
	t.worlds += r.Worlds
	t.transitions += r.Transitions
	t.coverage.Add(r)
	return nil
}

func (o *options) override(m *explore.Model) {
	set := func(field *int, value int) {
		if value >= 0 {
			*field = value
		}
	}
	set(&m.Losses, o.losses)
	set(&m.Duplicates, o.duplicates)
	set(&m.Delays, o.delays)
	set(&m.InFlight, o.inFlight)
	set(&m.Forgeries, o.forgeries)
}

// judge shows what is wrong, or in a negative control what was to be found.
func (o *options) judge(r *explore.Report, t *total) {
	if r.Failed() {
		t.failed = append(t.failed, r.Model.Name)
	}
	for _, hazard := range r.Missed() {
		fmt.Printf("  not found: %s\n", hazard)
	}
	for i, v := range r.Violations {
		if len(r.Model.Hazards) > 0 && !o.verbose {
			fmt.Printf("  found in %d steps: %s: %s\n", v.Steps, v.Rule, v.Text)
			continue
		}
		if i == o.ladders {
			fmt.Printf("  and %d more\n", len(r.Violations)-i)
			break
		}
		fmt.Printf("\n%s\n", indent(v.Ladder))
	}
}

func (o *options) conclude(t *total) error {
	missed := t.coverage.Missed()
	fmt.Printf("edges of Figure 5, and those beside it: %d of %d taken\n",
		len(explore.AllEdges())-len(missed), len(explore.AllEdges()))
	for _, e := range missed {
		fmt.Printf("  not taken: %v → %v\n", e.From, e.To)
	}
	fmt.Printf("%d events in their states, %d pairs of states\n", len(t.coverage.Events), len(t.coverage.Pairs))
	elapsed := time.Since(t.began).Seconds()
	fmt.Printf("%d worlds, %d transitions, %.1f s, %.0f worlds a second\n",
		t.worlds, t.transitions, elapsed, float64(t.worlds)/elapsed)
	if len(t.failed) > 0 {
		return fmt.Errorf("explore: not as it should be: %s", strings.Join(t.failed, ", "))
	}
	if len(missed) > 0 && o.model == "" {
		return fmt.Errorf("explore: %d edges were not taken", len(missed))
	}
	return nil
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
}

// progress shows how far a search is, on a terminal only.
func progress(name string) func(worlds, transitions uint64, depth int) {
	if !terminal() {
		return nil
	}
	return func(worlds, transitions uint64, depth int) {
		fmt.Fprintf(os.Stderr, "\r%s: %d worlds, %d transitions, %d steps deep ", name, worlds, transitions, depth)
	}
}

func clearLine() {
	if terminal() {
		fmt.Fprintf(os.Stderr, "\r%78s\r", "")
	}
}

func terminal() bool {
	info, err := os.Stderr.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
