package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", file, got)
	}
}

// checkWidth finds lines that do not fit 80 columns.
func checkWidth(t *testing.T, text string) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if n := utf8.RuneCountInString(line); n > ladder.Width {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestEveryStoryInEveryProfile(t *testing.T) {
	for i := range profiles {
		for j := range stories {
			p, st := &profiles[i], &stories[j]
			t.Run(p.name+"/"+st.name(), func(t *testing.T) {
				s, err := st.perform(p)
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				if err := st.print(&out, s); err != nil {
					t.Fatal(err)
				}
				checkWidth(t, out.String())
				if len(s.failures) > 0 {
					t.Errorf("%s", out.String())
				}
				if len(s.said) == 0 {
					t.Error("says nothing")
				}
			})
		}
	}
}

// Every line of docs/stories.md that a course of events can show has a story.
func TestEveryLineHasAStory(t *testing.T) {
	count := make(map[int]int)
	last := 0
	for i := range stories {
		count[stories[i].line]++
		if stories[i].line < last {
			t.Errorf("%s stands behind S%d", stories[i].name(), last)
		}
		last = stories[i].line
	}
	for line := 1; line <= 22; line++ {
		if count[line] == 0 {
			t.Errorf("no story for S%d", line)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "stories.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range count {
		if !strings.Contains(string(text), fmt.Sprintf("\n| S%d | ", line)) {
			t.Errorf("docs/stories.md has no S%d", line)
		}
	}
}

// The stories together take every edge of RFC 9293 Figure 5.
func TestStoriesTakeEveryEdgeOfFigure5(t *testing.T) {
	taken := make(map[simlink.Edge]bool)
	for i := range profiles {
		for j := range stories {
			s, err := stories[j].perform(&profiles[i])
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range s.Ends {
				for _, edge := range e.Edges {
					taken[edge] = true
				}
			}
		}
	}
	for _, edge := range []simlink.Edge{
		{From: tcp.StateClosed, To: tcp.StateListen},
		{From: tcp.StateClosed, To: tcp.StateSynSent},
		{From: tcp.StateListen, To: tcp.StateClosed},
		{From: tcp.StateListen, To: tcp.StateSynSent},
		{From: tcp.StateListen, To: tcp.StateSynReceived},
		{From: tcp.StateSynSent, To: tcp.StateClosed},
		{From: tcp.StateSynSent, To: tcp.StateSynReceived},
		{From: tcp.StateSynSent, To: tcp.StateEstablished},
		{From: tcp.StateSynReceived, To: tcp.StateEstablished},
		{From: tcp.StateSynReceived, To: tcp.StateFinWait1},
		{From: tcp.StateSynReceived, To: tcp.StateListen},
		{From: tcp.StateEstablished, To: tcp.StateFinWait1},
		{From: tcp.StateEstablished, To: tcp.StateCloseWait},
		{From: tcp.StateFinWait1, To: tcp.StateFinWait2},
		{From: tcp.StateFinWait1, To: tcp.StateClosing},
		// FIN-WAIT-1 → TIME-WAIT, note 2 of the figure, is one segment that leads
		// through FIN-WAIT-2: the fifth step and the eighth (S11).
		{From: tcp.StateFinWait2, To: tcp.StateTimeWait},
		{From: tcp.StateCloseWait, To: tcp.StateLastAck},
		{From: tcp.StateClosing, To: tcp.StateTimeWait},
		{From: tcp.StateLastAck, To: tcp.StateClosed},
		{From: tcp.StateTimeWait, To: tcp.StateClosed},
		// Beyond the figure: S14.
		{From: tcp.StateTimeWait, To: tcp.StateSynReceived},
		{From: tcp.StateSynReceived, To: tcp.StateTimeWait},
	} {
		if !taken[edge] {
			t.Errorf("no story goes from %v to %v", edge.From, edge.To)
		}
	}
}

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(args, &out, io.Discard)
	return out.String(), err
}

func TestList(t *testing.T) {
	out, err := command(t, "-list")
	if err != nil {
		t.Fatal(err)
	}
	checkWidth(t, out)
	for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if !regexp.MustCompile(`^S\d+ +[^ ]`).MatchString(line) {
			t.Errorf("%q does not begin with a mission line's number", line)
		}
	}
	golden(t, "list.txt", out)
}

func TestWithoutArguments(t *testing.T) {
	out, err := command(t)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "default.txt", out)
}

func TestRunSelectsByExpression(t *testing.T) {
	out, err := command(t, "-run", "^S6 ", "-profile", "rfc9293")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out, "[rfc9293]"); n != 2 {
		t.Errorf("%d stories, want 2", n)
	}
	out, err = command(t, "-list", "-run", "^S6 ")
	if err != nil || strings.Count(out, "\n") != 2 {
		t.Errorf("error %v, list:\n%s", err, out)
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{
		{"-run", "("}, {"-run", "no such story"}, {"-profile", "bsd"}, {"-list", "-profile", "bsd"}, {"argument"}, {"-nosuch"}, {"-h"},
	} {
		var errs bytes.Buffer
		if got := status(run(args, io.Discard, &errs), &errs); got != 2 {
			t.Errorf("%q: exit status %d, want 2", args, got)
		}
		if n := strings.Count(errs.String(), "nosuch\n"); n > 1 {
			t.Errorf("%q: said %d times:\n%s", args, n, errs.String())
		}
	}
}

// A story that does not end as it says is an error of the command.
func TestAFailedCheckFails(t *testing.T) {
	saved := stories
	defer func() { stories = saved }()
	stories = []story{{line: 1, title: "wrong", play: func(s *stage) {
		s.establish()
		s.states(tcp.StateClosed, tcp.StateEstablished)
	}}}
	out, err := command(t, "-run", ".")
	if err == nil || !strings.Contains(out, "FAILED: state of the client: got ESTABLISHED, want CLOSED") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
	if got := status(err, io.Discard); got != 1 {
		t.Errorf("exit status %d, want 1", got)
	}
}

// What is left out of a long row is said; short rows stay whole.
func TestElide(t *testing.T) {
	rows := func(n int) (events []ladder.Event) {
		for i := range n {
			at := tcp.Time(i) * tcp.Time(sec)
			events = append(events, ladder.Event{At: at, Kind: ladder.Timer, Text: fmt.Sprint("RTO ", i)},
				ladder.Event{At: at, Kind: ladder.Lost, Segment: tcp.Segment{Seq: 1}})
		}
		return events
	}
	if got := elide(rows(6)); len(got) != 12 {
		t.Errorf("%d events of a row of 6, want all 12", len(got))
	}
	got := elide(rows(10))
	if len(got) != 11 || got[6].Kind != ladder.Note || got[6].Text != "… 5 more, until 7 s …" || got[7].Text != "RTO 8" {
		t.Errorf("got %+v", got)
	}
	other := rows(10)
	other[9].Segment.Seq = 2
	if got := elide(other); len(got) != 20 {
		t.Errorf("%d events left where the segments differ, want 20", len(got))
	}
}
