package ladder

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

func recorded() []Event {
	sack := seg(ack, 102, 101, 64140, 0)
	sack.Options.NumSACK = 2
	sack.Options.SACK[0] = tcp.SACKBlock{Left: 201, Right: 202}
	sack.Options.SACK[1] = sack.Options.SACK[0]
	return []Event{
		{At: msec(0.09), Kind: Call, Text: "socket(c) = 0"},
		{At: msec(10.166), Kind: Arrive, Segment: synOptions()},
		{At: msec(100.255), Kind: Call, Text: "close(c) = 0"},
		{At: msec(100.263), Kind: Send, Segment: seg(fin, 1, 1, 64240, 0)},
		{At: msec(100.288), Kind: State, State: "FIN-WAIT-1"},
		{At: msec(312.9), Kind: Send, Segment: seg(fin, 1, 1, 64240, 0), Text: "retransmission 1"},
		{At: msec(320), Kind: Arrive, Segment: seg(ack, 1, 2, 65535, 0)},
		{At: msec(320.1), Kind: State, State: "FIN-WAIT-2", Text: "timewait 60 s"},
		{At: msec(330), Kind: Send, Segment: sack},
		{At: msec(400), Kind: Note, Text: "IN|OUT|RDHUP"},
	}
}

// Ours sends the retransmission late, an ACK too many, and enters another state.
func ours() []Event {
	e := recorded()
	for i := range e {
		if e[i].Kind == State || e[i].Kind == Send {
			e[i].At = e[i].At / msec(1) * msec(1)
		}
	}
	e[5].At, e[5].Differs = msec(424), true
	e[7].State, e[7].Text = "CLOSING", ""
	extra := Event{At: msec(325), Kind: Send, Segment: seg(ack, 2, 1, 64240, 0)}
	return append(append(append([]Event(nil), e[:8]...), extra), e[8:]...)
}

func TestComparison(t *testing.T) {
	c := &Comparison{Title: "Recorded and ours", Left: "recorded", Right: "ours", Want: recorded(), Got: ours()}
	golden(t, "comparison", c.String())
	c.Got = recorded()
	if s := c.String(); strings.Contains(s, "difference") || strings.Contains(s, "!") {
		t.Errorf("a difference in what is alike:\n%s", s)
	}
	c.Got = c.Got[:9]
	golden(t, "comparison-missing", c.String())
}

func TestComparisonMarksTheFirstDifference(t *testing.T) {
	var want, got []Event
	for i := range 20 {
		e := Event{At: msec(float64(i)), Kind: Call, Text: fmt.Sprintf("call(%d)", i)}
		want, got = append(want, e), append(got, e)
	}
	got[7].Text = "other(7)"
	got[12].Text = "other(12)"
	after := func(marked bool) string {
		got[12].Differs = marked
		_, s, _ := strings.Cut((&Comparison{Want: want, Got: got}).String(), "first difference")
		_, s, _ = strings.Cut(s, "\n")
		s, _, _ = strings.Cut(s, "\n")
		return s
	}
	if s := after(false); !strings.Contains(s, "call(7)") || !strings.Contains(s, "! ") || !strings.Contains(s, "other(7)") {
		t.Errorf("unmarked: got %q", s)
	}
	if s := after(true); !strings.Contains(s, "call(12)") || !strings.Contains(s, "other(12)") {
		t.Errorf("marked: got %q", s)
	}
}

func TestComparisonOfHostileInputStaysInWidth(t *testing.T) {
	e := hostile().Events
	checkWidth(t, (&Comparison{Title: strings.Repeat("x", 100), Left: strings.Repeat("l", 100), Right: "\x00", Want: e, Got: e[3:]}).String())
	checkWidth(t, (&Comparison{}).String())
	long := make([]Event, 5000) // beyond the table of the alignment
	for i := range long {
		long[i] = Event{Kind: Call, Text: fmt.Sprint(i)}
	}
	s := (&Comparison{Want: long, Got: long[1:]}).String()
	checkWidth(t, s)
	if n := strings.Count(s, "\n"); n != 5002 {
		t.Errorf("%d lines, want 5002", n)
	}
	if err := RenderComparison(failing{errors.ErrUnsupported}, &Comparison{}); err != errors.ErrUnsupported {
		t.Errorf("got %v", err)
	}
}
