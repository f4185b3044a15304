package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
)

// Outcome is how a replay ended.
type Outcome string

const (
	Agree    Outcome = "agree"    // no difference
	Differ   Outcome = "differ"   // Want and Got say the first difference
	Skip     Outcome = "skip"     // not played: Got says why
	Unstable Outcome = "unstable" // no difference before the place where the kernel differs from itself
)

// Result is the outcome of one recording.
type Result struct {
	Name, Group string
	Outcome     Outcome
	At          tcp.Time // of the difference
	Want, Got   string

	rec  *kernel.Recording
	ours *course
	diff *difference
	same map[int]int // event of ours by step
}

// Play plays one recording on connections with the configuration cfg, changed by
// the recording's sysctls.
func Play(rec *kernel.Recording, cfg tcp.Config) (Result, error) {
	r := Result{Name: rec.Name, Group: rec.Group, Outcome: Agree, rec: rec}
	ours, err := play(rec, cfg)
	var skipped *errSkip
	if errors.As(err, &skipped) {
		r.Outcome, r.Got = Skip, err.Error()
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", rec.Name, err)
	}
	r.ours = ours
	d, same := compare(rec, ours)
	r.same = same
	switch {
	case rec.Unstable != "" && (d == nil || d.at.Add(prompt) >= min(rec.UnstableAt, ours.random)):
		r.Outcome = Unstable
	case d != nil:
		r.Outcome, r.At, r.Want, r.Got, r.diff = Differ, d.at, d.want, d.got, d
	}
	return r, nil
}

// WriteJSON writes the result as one line.
func (r *Result) WriteJSON(w io.Writer) error {
	line := struct {
		Name   string   `json:"name"`
		Group  string   `json:"group"`
		Result Outcome  `json:"result"`
		At     *float64 `json:"at_ms,omitempty"`
		Want   string   `json:"want,omitempty"`
		Got    string   `json:"got,omitempty"`
	}{Name: r.Name, Group: r.Group, Result: r.Outcome, Want: r.Want, Got: r.Got}
	if r.Outcome == Differ {
		at := float64(r.At/1000) / 1000
		line.At = &at
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(line)
}

// Count is the number of results of each outcome.
type Count struct{ Agree, Differ, Skip, Unstable int }

func (c *Count) add(o Outcome) {
	switch o {
	case Agree:
		c.Agree++
	case Differ:
		c.Differ++
	case Skip:
		c.Skip++
	case Unstable:
		c.Unstable++
	}
}

// Summary counts results by group.
type Summary struct {
	Total  Count
	Groups map[string]*Count
	// Halves are two halves of the recordings, of each group those of which a hash of
	// the name is even or odd: rules tuned to single recordings would do better
	// in the half that they were tuned in.
	Halves [2]Count
}

// Add counts a result.
func (s *Summary) Add(r *Result) {
	if s.Groups == nil {
		s.Groups = make(map[string]*Count)
	}
	g := s.Groups[r.Group]
	if g == nil {
		g = new(Count)
		s.Groups[r.Group] = g
	}
	g.add(r.Outcome)
	s.Total.add(r.Outcome)
	s.Halves[half(r.Name)].add(r.Outcome)
}

// half is a bit of the FNV-1a hash of a name.
func half(name string) int {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return int(h >> 16 & 1)
}

// Share is the part of those that agree of those that agree or differ, in percent.
func (c Count) Share() float64 {
	if c.Agree+c.Differ == 0 {
		return 0
	}
	return 100 * float64(c.Agree) / float64(c.Agree+c.Differ)
}

// Table writes the counts by group, in the order given.
func (s *Summary) Table(groups []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s %7s %7s %7s %9s\n", "group", "agree", "differ", "skip", "unstable")
	row := func(name string, c *Count) {
		fmt.Fprintf(&b, "%-14s %7d %7d %7d %9d\n", name, c.Agree, c.Differ, c.Skip, c.Unstable)
	}
	for _, name := range groups {
		row(name, s.Groups[name])
	}
	row("total", &s.Total)
	fmt.Fprintf(&b, "\n%.1f %% agree; in the two halves by a hash of the name: %.1f %% and %.1f %%\n",
		s.Total.Share(), s.Halves[0].Share(), s.Halves[1].Share())
	return b.String()
}
