package ladder

import (
	"io"
	"slices"
	"strings"
)

// Comparison sets two courses of one connection side by side, seen from the same
// end: what was recorded and what ours did. Alike events share a line, an event
// that one side lacks leaves the other empty, and the first difference is marked.
//
//	   ms  recorded                           ms  ours
//	  100  close(c) = 0                      100  close(c) = 0
//	  100  -> [F.] seq 1 ack 1 win 257       100  -> [F.] seq 1 ack 1 win 257
//	  110  <- [.] seq 1 ack 2 win 256        110  <- [.] seq 1 ack 2 win 256
//	=============================== first difference ===============================
//	  110  FIN-WAIT-2                      ! 110  CLOSING
//
// The arrow -> is a segment sent by that end, <- one that arrives at it.
type Comparison struct {
	Title       string
	Left, Right string  // names, such as "recorded" and "ours"
	Want, Got   []Event // the left and the right column; Side and Flight do not count
}

const (
	leftHalf  = 38    // columns
	sameMark  = "   " // between the halves
	otherMark = " ! " // where they differ
	rightHalf = Width - leftHalf - len(sameMark)
	maxCells  = 4 << 20 // of the table for the alignment
)

// RenderComparison writes the comparison to w. It returns the error of w.
func RenderComparison(w io.Writer, c *Comparison) error {
	_, err := io.WriteString(w, c.String())
	return err
}

// String returns the comparison as lines of at most Width columns.
//
// The first difference is the first line with an event that is marked with
// Differs; without any such, the first whose two sides do not say the same. Times
// alone make no difference here: whoever knows the tolerance marks them.
func (c *Comparison) String() string {
	var b strings.Builder
	writeTitle(&b, c.Title)
	clock := newClock(append(times(c.Want), times(c.Got)...))
	time := len(clock.unit) + 3
	for _, t := range append(times(c.Want), times(c.Got)...) {
		time = max(time, len(clock.format(t)))
	}
	lines := func(e *Event, width int) []string {
		if e == nil {
			return nil
		}
		return half(clock.format(e.At), eventWords(e), time, width)
	}
	b.WriteString(join(
		half(clock.unit, strings.Fields(clean(c.Left)), time, leftHalf),
		half(clock.unit, strings.Fields(clean(c.Right)), time, rightHalf), sameMark))
	pairs := align(c.Want, c.Got)
	first := firstDifference(pairs)
	for i, p := range pairs {
		mark := sameMark
		if p.differs() {
			mark = otherMark
		}
		if i == first {
			b.WriteString(rule("first difference"))
		}
		b.WriteString(join(lines(p.want, leftHalf), lines(p.got, rightHalf), mark))
	}
	return untie(b.String())
}

// join sets the lines of both halves side by side.
func join(l, r []string, mark string) string {
	s := ""
	for n := range max(len(l), len(r)) {
		left, right := "", ""
		if n < len(l) {
			left = l[n]
		}
		if n < len(r) {
			right = r[n]
		}
		s += strings.TrimRight(pad(left, leftHalf)+mark+right, " ") + "\n"
	}
	return s
}

// half lays out a time and a text in the columns of one half. Further lines of
// the text are indented.
func half(at string, words []string, time, width int) []string {
	const indent = "   "
	width -= time + 2
	text := wrap(words, width)
	if len(text) == 0 {
		text = []string{""}
	}
	lines := []string{padLeft(at, time) + "  " + text[0]}
	for _, s := range rest(words, text[0], width-len(indent)) {
		lines = append(lines, strings.Repeat(" ", time+2)+indent+s)
	}
	return lines
}

// rule draws a line across the page with a text in it.
func rule(text string) string {
	side := (Width - len(text) - 2) / 2
	return strings.Repeat("=", side) + " " + text + " " + strings.Repeat("=", Width-side-len(text)-2) + "\n"
}

// eventWords says what happens in e, without its time.
func eventWords(e *Event) []string {
	var w []string
	switch e.Kind {
	case Send:
		w = append([]string{"->"}, words(&e.Segment)...)
	case Lost:
		w = append([]string{"-X"}, words(&e.Segment)...)
	case Arrive:
		w = append([]string{"<-"}, words(&e.Segment)...)
	case State:
		return append(strings.Fields(clean(e.State)), remark(e.Text)...)
	case Timer:
		return remark(e.Text)
	default:
		return strings.Fields(clean(e.Text))
	}
	return append(w, remark(e.Text)...)
}

// pair is one line: what was wanted and what was got, or nil.
type pair struct {
	want, got *Event
	alike     bool // but for the time
}

func (p *pair) differs() bool {
	return !p.alike || p.want.Differs || p.got.Differs
}

func firstDifference(pairs []pair) int {
	marked := func(p pair) bool {
		return p.want != nil && p.want.Differs || p.got != nil && p.got.Differs
	}
	if i := slices.IndexFunc(pairs, marked); i >= 0 {
		return i
	}
	return slices.IndexFunc(pairs, func(p pair) bool { return !p.alike })
}

// align pairs the events that say the same in both courses, as many as possible
// in order (the longest common subsequence). What lies between two such pairs
// stands side by side.
func align(want, got []Event) []pair {
	w, g := keys(want), keys(got)
	start := 0
	for start < len(w) && start < len(g) && w[start] == g[start] {
		start++
	}
	var pairs []pair
	for i := range start {
		pairs = append(pairs, pair{&want[i], &got[i], true})
	}
	i, j := start, start
	for _, m := range common(w[start:], g[start:]) {
		pairs = beside(pairs, want[i:start+m[0]], got[j:start+m[1]])
		i, j = start+m[0], start+m[1]
		pairs = append(pairs, pair{&want[i], &got[j], true})
		i, j = i+1, j+1
	}
	return beside(pairs, want[i:], got[j:])
}

// beside pairs unlike events line by line, but only events of the same kind; one
// of another kind stands alone.
func beside(pairs []pair, want, got []Event) []pair {
	for len(want) > 0 && len(got) > 0 {
		switch {
		case want[0].Kind == got[0].Kind:
			pairs = append(pairs, pair{want: &want[0], got: &got[0]})
			want, got = want[1:], got[1:]
		case want[0].At <= got[0].At:
			pairs, want = append(pairs, pair{want: &want[0]}), want[1:]
		default:
			pairs, got = append(pairs, pair{got: &got[0]}), got[1:]
		}
	}
	for i := range want {
		pairs = append(pairs, pair{want: &want[i]})
	}
	for i := range got {
		pairs = append(pairs, pair{got: &got[i]})
	}
	return pairs
}

func keys(events []Event) []string {
	k := make([]string, len(events))
	for i := range events {
		k[i] = strings.Join(eventWords(&events[i]), " ")
	}
	return k
}

// common returns the pairs of indices of a longest common subsequence of a and
// b; none where they are so long that the table would be too large.
func common(a, b []string) [][2]int {
	if (len(a)+1)*(len(b)+1) > maxCells {
		return nil
	}
	width := len(b) + 1
	length := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*width+j] = length[(i+1)*width+j+1] + 1
			} else {
				length[i*width+j] = max(length[(i+1)*width+j], length[i*width+j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case length[(i+1)*width+j] >= length[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
