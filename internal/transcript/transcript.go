// Package transcript keeps what happens to one connection, or to two and the network
// between them, and writes it down twice: as a time-sequence diagram, and as a Go test
// that does the same again. The tests that make up their input by chance print both
// when they fail, so that the smallest failing input can be read, and kept.
package transcript

import (
	"fmt"
	"go/format"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// Recorder keeps a course of events. The zero value is empty and ready. Nothing is
// written before Report, so that keeping costs little where nothing fails.
type Recorder struct {
	Failure string // what was found to be wrong; "" as long as nothing is
	Package string // of the test; "": tcp_test

	steps  []step
	events []ladder.Event
	bases  [][2]tcp.Seq // the initial sequence numbers at each event: of its side, of the other
	owner  []int        // the step that each event belongs to
	now    tcp.Time
	inside bool
}

// step is one statement of the test.
type step struct {
	format string
	args   []any
}

// Do adds a statement to the test; what Add adds from now on is what it caused. The
// arguments are written as Go source, so that %v gives tcp.Segment{Len: 1}; they must
// not change afterwards.
func (r *Recorder) Do(format string, args ...any) {
	r.steps = append(r.steps, step{format, args})
}

// Instead replaces all statements so far by one, which does the same.
func (r *Recorder) Instead(format string, args ...any) {
	r.steps = []step{{format, args}}
	for i := range r.owner {
		r.owner[i] = -1
	}
}

// At moves the time on. What happens from then on bears it.
func (r *Recorder) At(now tcp.Time) { r.now = now }

// Add adds what was seen, at the present time. Sequence numbers are written relative
// to the bases, which are the initial ones of the event's own side and of the other.
func (r *Recorder) Add(e ladder.Event, own, other tcp.Seq) {
	e.At = r.now
	r.events = append(r.events, e)
	r.bases = append(r.bases, [2]tcp.Seq{own, other})
	r.owner = append(r.owner, len(r.steps)-1)
}

// Enter notes that a call into a connection begins, and Leave that it is over:
// between the two it has not returned, because it panicked.
func (r *Recorder) Enter() { r.inside = true }

// Leave: see Enter.
func (r *Recorder) Leave() { r.inside = false }

// Failed reports whether there is something to tell: a failure, or a call that has
// not returned.
func (r *Recorder) Failed() bool {
	if r.inside && r.Failure == "" {
		r.Failure = "a call panics"
	}
	return r.Failure != ""
}

// relative returns an event with the numbers of its segment relative.
func (r *Recorder) relative(i int) ladder.Event {
	e := r.events[i]
	if e.Kind == ladder.Arrive {
		e.Segment = e.Segment.Relative(r.bases[i][1], r.bases[i][0])
	} else if e.Kind == ladder.Send || e.Kind == ladder.Lost {
		e.Segment = e.Segment.Relative(r.bases[i][0], r.bases[i][1])
	}
	return e
}

// Diagram returns the course as a diagram between two ends of these names. Times
// count from the first event.
func (r *Recorder) Diagram(left, right string) *ladder.Diagram {
	d := &ladder.Diagram{Title: r.Failure, Left: left, Right: right}
	for i := range r.events {
		e := r.relative(i)
		e.At -= r.events[0].At
		d.Events = append(d.Events, e)
	}
	return d
}

// TestName is the name of the test that Test and Report write.
const TestName = "TestFound"

// Test returns the course as the source of a test, in a file of its own in package
// tcp_test. by is the name of the test that found it.
func (r *Recorder) Test(by string) string {
	var body strings.Builder
	seenAt := r.remarks()
	for i, s := range r.steps {
		text, seen := s.String(), seenAt[i]
		switch {
		case len(seen) == 0:
			fmt.Fprintf(&body, "\t%s\n", text)
		case len(seen) == 1 && len(text)+len(seen[0]) < 100 && !strings.Contains(text, "\n"):
			fmt.Fprintf(&body, "\t%s // %s\n", text, seen[0])
		default:
			fmt.Fprintf(&body, "\t%s\n", text)
			for _, line := range seen {
				fmt.Fprintf(&body, "\t// %s\n", line)
			}
		}
	}
	return r.file(by, body.String())
}

// file puts package and imports around the body of a test.
func (r *Recorder) file(by, body string) string {
	var b strings.Builder
	b.WriteString("package " + r.pkg() + "\n\nimport (\n\t\"testing\"\n")
	if strings.Contains(body, "time.") {
		b.WriteString("\t\"time\"\n")
	}
	if strings.Contains(body, "tcp.") {
		b.WriteString("\n\t\"github.com/seed-447e5d66/tcp\"\n")
	}
	fmt.Fprintf(&b, ")\n\n// Found by %s:\n//\n", by)
	for _, line := range strings.Split(strings.TrimSpace(r.Failure), "\n") {
		b.WriteString(strings.TrimRight("// "+clean(line), " ") + "\n")
	}
	fmt.Fprintf(&b, "func %s(t *testing.T) {\n%s}\n", TestName, body)
	source, err := format.Source([]byte(b.String()))
	if err != nil {
		return fmt.Sprintf("// This is not Go: %v\n%s", err, b.String())
	}
	return string(source)
}

// Report returns what to print of a failure: the diagram, between two ends of these
// names, and the test.
func (r *Recorder) Report(left, right, by string) string {
	return fmt.Sprintf("%s\nThe same as a test, for a file of package %s:\n\n%s", r.Diagram(left, right), r.pkg(), r.Test(by))
}

func (r *Recorder) pkg() string {
	if r.Package != "" {
		return r.Package
	}
	return "tcp_test"
}

// clean is a text without what may not stand in a comment.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, text)
}

// String returns the statement.
func (s *step) String() string {
	args := slices.Clone(s.args)
	for i := range args {
		args[i] = Go(args[i])
	}
	return fmt.Sprintf(s.format, args...)
}

// remarks say for each step what was seen.
func (r *Recorder) remarks() [][]string {
	seen := make([][]string, len(r.steps))
	two := slices.ContainsFunc(r.events, func(e ladder.Event) bool { return e.Side == ladder.Right })
	var last [2]string
	for i := range r.events {
		e := r.relative(i)
		end := ""
		if two && e.Side != ladder.Middle {
			end = []string{"A ", "B "}[e.Side]
		}
		text := remark(&e)
		if e.Side != ladder.Middle && e.State != "" && e.State != last[e.Side] {
			if text != "" {
				text += ", "
			}
			text += "is in " + e.State
			last[e.Side] = e.State
		}
		if n := r.owner[i]; text != "" && n >= 0 {
			seen[n] = append(seen[n], strings.Join(strings.Fields(end+clean(text)), " "))
		}
	}
	return seen
}

// remark says what was seen.
func remark(e *ladder.Event) string {
	switch e.Kind {
	case ladder.Send:
		return fmt.Sprintf("sends %v", &e.Segment)
	case ladder.Lost:
		return fmt.Sprintf("sends %v, which is lost", &e.Segment)
	case ladder.Arrive:
		return fmt.Sprintf("gets %v: %s", &e.Segment, e.Text)
	case ladder.Timer:
		return "timer: " + e.Text
	case ladder.Note:
		return e.Text
	case ladder.Call:
		_, err, _ := strings.Cut(e.Text, ": ")
		return err
	}
	return ""
}
