package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// fold breaks a text into lines of at most width columns.
func fold(text string, width int) string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		switch {
		case line == "":
			line = w
		case len([]rune(line))+1+len([]rune(w)) <= width:
			line += " " + w
		default:
			lines, line = append(lines, line), w
		}
	}
	return strings.Join(append(lines, line), "\n")
}

// quiet leaves out the keepalive timers that expire without an effect: something
// arrived since they were set.
func quiet(events []ladder.Event) []ladder.Event {
	var out []ladder.Event
	for i, e := range events {
		idle := e.Kind == ladder.Timer && strings.HasPrefix(e.Text, "keepalive")
		if idle && (i+1 == len(events) || events[i+1].At != e.At || events[i+1].Side != e.Side) {
			continue
		}
		out = append(out, e)
	}
	return out
}

// Of many repetitions the first and the last are shown.
const (
	firstShown = 3
	lastShown  = 2
)

// elide replaces the middle of long rows of the same thing, such as a timeout and
// the segment that it sends again, by a remark.
func elide(events []ladder.Event) []ladder.Event {
	var out []ladder.Event
	for i := 0; i < len(events); {
		size, n := row(events[i:])
		if n <= firstShown+lastShown+1 {
			out = append(out, events[i])
			i++
			continue
		}
		first := i + size*firstShown
		last := i + size*(n-lastShown)
		out = append(out, events[i:first]...)
		out = append(out, ladder.Event{At: events[first].At, Side: events[i].Side, Kind: ladder.Note,
			Text: fmt.Sprintf("… %d more, until %s …", n-firstShown-lastShown, simlink.Duration(time.Duration(events[last-1].At)))})
		i += size * n
		out = append(out, events[last:i]...)
	}
	return out
}

// row looks at the beginning of events for a group that begins with a timer and
// follows itself, but for the times: its size and how often it stands there.
func row(events []ladder.Event) (size, n int) {
	if len(events) == 0 || events[0].Kind != ladder.Timer {
		return 1, 1
	}
	for size = 2; size <= 6; size++ {
		n = 1
		for (n+1)*size <= len(events) && alike(events[:size], events[n*size:(n+1)*size]) {
			n++
		}
		if n > 2 {
			return size, n
		}
	}
	return 1, 1
}

func alike(a, b []ladder.Event) bool {
	for i := range a {
		if a[i].Kind != b[i].Kind || a[i].Side != b[i].Side || a[i].Segment != b[i].Segment || a[i].State != b[i].State ||
			a[i].Kind != ladder.Timer && a[i].Text != b[i].Text || a[i].Kind == ladder.State {
			return false
		}
	}
	return true
}
