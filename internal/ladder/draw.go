package ladder

import (
	"slices"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

const (
	timeWidth  = 8  // of a column of times, at most
	stateWidth = 12 // of a column of states: SYN-RECEIVED
	maxLane    = 50 // between the bars: a longer arrow is harder to follow
)

// page is a diagram with its columns laid out:
//
//	time  state |lane| state time
//
// The right state stands only if there is one, the right time only if a segment
// needs time from end to end.
type page struct {
	rows      []row
	names     [2]string
	clock     clock
	time      int    // width
	state     [2]int // widths, 0 without the column
	lane      int
	rightTime bool
}

func newPage(rows []row, d *Diagram) *page {
	p := &page{rows: rows, names: [2]string{clean(d.Left), clean(d.Right)}, clock: newClock(times(d.Events)), time: 5}
	for i := range rows {
		for side, c := range rows[i].cells {
			if c.used {
				p.time = max(p.time, len(p.clock.format(c.at)))
			}
			p.state[side] = max(p.state[side], min(columns(c.state), stateWidth))
		}
		l, r := rows[i].cells[Left], rows[i].cells[Right]
		p.rightTime = p.rightTime || l.used && r.used && l.at != r.at
	}
	used := p.time + 2 + len("||")
	for side, w := range p.state {
		if w > 0 {
			p.state[side] = max(w, min(columns(p.names[side]), stateWidth))
			used += p.state[side] + 1
		}
	}
	if p.rightTime {
		used += 1 + p.time
	}
	p.lane = min(Width-used, maxLane)
	return p
}

func times(events []Event) []tcp.Time {
	t := make([]tcp.Time, len(events))
	for i := range events {
		t[i] = events[i].At
	}
	return t
}

func (p *page) draw(b *strings.Builder) {
	p.header(b)
	var shown [2]tcp.Time
	var any [2]bool
	for i := range p.rows {
		r := &p.rows[i]
		var at [2]string
		for side := range r.cells {
			c, column := r.cells[side], side
			if !p.rightTime {
				column = int(Left)
			}
			if !c.used || any[column] && shown[column] == c.at {
				continue
			}
			at[column], shown[column], any[column] = p.clock.format(c.at), c.at, true
		}
		for n, lane := range p.laneLines(r) {
			if n > 0 {
				at = [2]string{}
				r.cells = [2]cell{}
			}
			p.line(b, at, [2]string{r.cells[Left].state, r.cells[Right].state}, "|"+lane+"|")
		}
	}
}

func (p *page) header(b *strings.Builder) {
	left := p.state[Left] + 1
	right := p.state[Right] + 1
	if p.state[Left] == 0 {
		left = 0
	}
	if p.state[Right] == 0 {
		right = 0
	}
	// The names may use the space above the lane as well.
	l := clip(p.names[Left], left+1+p.lane/2-1)
	room := left + 1 + p.lane + 1 + right - columns(l)
	r := clip(p.names[Right], room-1)
	at := max(room-right-columns(r), 1) // above the right bar
	if p.state[Right] > 0 {
		at = max(min(room-right+1, room-columns(r)), 1) // above the right states
	}
	s := padLeft(p.clock.unit, p.time) + "  " + l + strings.Repeat(" ", at) + r
	if p.rightTime {
		s = pad(s, p.time+2+left+1+p.lane+1+right+1) + padLeft(p.clock.unit, p.time)
	}
	b.WriteString(strings.TrimRight(s, " ") + "\n")
}

func (p *page) line(b *strings.Builder, at, state [2]string, lane string) {
	s := padLeft(at[Left], p.time) + "  "
	if w := p.state[Left]; w > 0 {
		s += pad(state[Left], w) + " "
	}
	s += lane
	if w := p.state[Right]; w > 0 {
		s += " " + pad(state[Right], w)
	}
	if p.rightTime {
		s += " " + padLeft(at[Right], p.time)
	}
	b.WriteString(strings.TrimRight(s, " ") + "\n")
}

// laneLines returns what stands between the bars in the lines of a row.
func (p *page) laneLines(r *row) []string {
	if r.arrow != noArrow {
		return arrowLines(r, p.lane)
	}
	if len(r.words) == 0 {
		return []string{strings.Repeat(" ", p.lane)}
	}
	lines := wrap(r.words, p.lane-2)
	for i, s := range lines {
		switch r.side {
		case Left:
			lines[i] = pad(" "+s, p.lane)
		case Right:
			lines[i] = padLeft(s+" ", p.lane)
		default:
			lines[i] = pad(strings.Repeat(" ", (p.lane-columns(s))/2)+s, p.lane)
		}
	}
	return lines
}

// ends are the two ends of an arrow, as drawn from left to right; those of
// shortEnds serve where they let the whole label fit.
var ends = [...]struct{ tail, head string }{
	full:     {"---", "-->"},
	lost:     {"---", "-X "},
	leaving:  {"---", "- ... "},
	arriving: {" ... -", "-->"},
}

var shortEnds = [...]struct{ tail, head string }{
	full:     {"-", "->"},
	lost:     {"-", "-X "},
	leaving:  {"-", "... "},
	arriving: {" ...", "->"},
}

// arrowLines draws an arrow: its label at the sender's end, what of it does not
// fit in further lines below.
func arrowLines(r *row, lane int) []string {
	tail, head := ends[r.arrow].tail, ends[r.arrow].head
	short := shortEnds[r.arrow]
	if n := columns(strings.Join(r.words, " ")) + 2; len(tail)+n+len(head) > lane && len(short.tail)+n+len(short.head) <= lane {
		tail, head = short.tail, short.head
	}
	first := wrap(r.words, lane-len(tail)-len(head)-2)[0]
	if r.arrow == lost && lane-len(tail)-columns(first)-2-len(head) >= 8 {
		head += "    " // with room to spare, it ends well before the other side
	}
	fill := strings.Repeat("-", lane-len(tail)-columns(first)-2-len(head))
	indent := strings.Repeat(" ", len(tail)+1)
	more := rest(r.words, first, lane-len(indent)-1)
	if r.from == Right {
		lines := []string{mirror(head) + fill + " " + first + " " + mirror(tail)}
		for _, s := range more {
			lines = append(lines, padLeft(s+indent, lane))
		}
		return lines
	}
	lines := []string{tail + " " + first + " " + fill + head}
	for _, s := range more {
		lines = append(lines, pad(indent+s, lane))
	}
	return lines
}

// mirror turns the end of an arrow to point the other way.
func mirror(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return strings.ReplaceAll(string(b), ">", "<")
}

// rest wraps the words that the first line of a label does not hold.
func rest(words []string, first string, width int) []string {
	n, held := 0, 0
	for n < len(words) && held < columns(first) {
		held += columns(words[n])
		if n++; held < columns(first) {
			held++ // the space
		}
	}
	return wrap(words[n:], width)
}
