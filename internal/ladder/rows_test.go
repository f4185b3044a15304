package ladder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// randomEvents is what happens between two ends over a link that delays, loses
// and duplicates, in the order of time.
func randomEvents(r *rand.Rand) []Event {
	var events []Event
	for flight := 1; flight <= 12; flight++ {
		at := tcp.Time(r.IntN(40))
		e := Event{At: at, Side: Side(r.IntN(2)), Kind: Send, Flight: flight, Segment: seg(ack, tcp.Seq(flight), 1, 1, 0)}
		switch r.IntN(8) {
		case 0:
			e.Kind = Lost
		case 1:
			e.Kind, e.Text = Call, fmt.Sprintf("call %d", flight)
		case 2:
			e.Kind, e.Text = Timer, fmt.Sprintf("timer %d", flight)
		case 3:
			e.Kind, e.State = State, fmt.Sprintf("state %d", flight)
		}
		if r.IntN(3) == 0 {
			e.State = fmt.Sprintf("state %d", flight)
		}
		events = append(events, e)
		if e.Kind != Send {
			continue
		}
		for range 1 + r.IntN(5)/4 {
			a := e
			a.Kind, a.Side, a.At = Arrive, e.Side.other(), at+tcp.Time(r.IntN(15))
			events = append(events, a)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return int(a.At - b.At) })
	return events
}

// However segments cross: at each end the rows follow its time, every segment
// departs and arrives as often as it did, and every text and every last state is
// there.
func TestRowsKeepOrderAndLoseNothing(t *testing.T) {
	for seed := range uint64(3000) {
		events := randomEvents(rand.New(rand.NewPCG(seed, 1)))
		rows := rows(events)
		var now [2]tcp.Time
		departed, arrived, texts := 0, 0, 0
		var state, want [2]string
		for _, r := range rows {
			for side, c := range r.cells {
				if c.used && c.at < now[side] {
					t.Fatalf("seed %d: time goes back at side %d\n%s", seed, side, &Diagram{Events: events})
				}
				if c.used {
					now[side] = c.at
				}
				if c.state != "" {
					state[side] = c.state
				}
			}
			if r.arrow == full || r.arrow == lost || r.arrow == leaving {
				departed++
			}
			if r.arrow == full || r.arrow == arriving {
				arrived++
			}
			if r.arrow == noArrow && len(r.words) > 0 {
				texts++
			}
		}
		for _, e := range events {
			switch e.Kind {
			case Send, Lost:
				departed--
			case Arrive:
				arrived--
			case Call, Timer:
				texts--
			}
			if e.State != "" {
				want[e.Side] = e.State
			}
		}
		if departed != 0 || arrived != 0 || texts != 0 {
			t.Fatalf("seed %d: %+d departures, %+d arrivals, %+d texts\n%s", seed, departed, arrived, texts, &Diagram{Events: events})
		}
		if state != want {
			t.Fatalf("seed %d: states at the end %q, want %q\n%s", seed, state, want, &Diagram{Events: events})
		}
		checkWidth(t, (&Diagram{Left: "a", Right: "b", Events: events}).String())
	}
}

// A single arrow for departure and arrival only where nothing is hidden by it.
func TestArrivalMovesUpOnlyWhereNothingIsBetween(t *testing.T) {
	at := func(ms float64, side Side, kind Kind, flight int) Event {
		return Event{At: msec(ms), Side: side, Kind: kind, Flight: flight, Text: "x"}
	}
	for _, tt := range []struct {
		name   string
		middle []Event
		want   arrow
	}{
		{"nothing", nil, full},
		{"the sender's timer", []Event{at(5, Left, Timer, 0)}, leaving},
		{"the receiver's call", []Event{at(5, Right, Call, 0)}, leaving},
		{"a note", []Event{at(5, Middle, Note, 0)}, leaving},
		{"the sender's next segment", []Event{at(5, Left, Send, 2)}, full},
		{"a segment lost later", []Event{at(5, Left, Lost, 0)}, leaving},
		{"a segment lost at the same time", []Event{at(0, Left, Lost, 0)}, full},
	} {
		events := append([]Event{at(0, Left, Send, 1)}, tt.middle...)
		events = append(events, at(10, Right, Arrive, 1))
		if got := rows(events)[0].arrow; got != tt.want {
			t.Errorf("%s: arrow %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		times []tcp.Time
		unit  string
		want  []string
	}{
		{nil, "ms", nil},
		{[]tcp.Time{0, msec(100)}, "ms", []string{"0", "100"}},
		{[]tcp.Time{0, msec(0.5), msec(9999)}, "ms", []string{"0.0", "0.5", "9999.0"}},
		{[]tcp.Time{1, msec(100.255)}, "ms", []string{"0.000", "100.255"}},
		{[]tcp.Time{msec(100), msec(60000)}, "s", []string{"0.1", "60.0"}},
		{[]tcp.Time{msec(100.255), msec(7200000)}, "s", []string{"0.100", "7200.000"}},
		{[]tcp.Time{msec(60000), tcp.Never}, "s", []string{"60", "never"}},
		{[]tcp.Time{-1, msec(1)}, "ms", []string{"0.000", "1.000"}},
		{[]tcp.Time{tcp.Never - 1}, "s", []string{"9.2e+09"}},
	} {
		c := newClock(tt.times)
		if c.unit != tt.unit {
			t.Errorf("%v: unit %s, want %s", tt.times, c.unit, tt.unit)
		}
		for i, at := range tt.times {
			if got := c.format(at); got != tt.want[i] {
				t.Errorf("%d: got %s, want %s", at, got, tt.want[i])
			}
		}
	}
}

func TestLabels(t *testing.T) {
	opts := synOptions()
	sack := seg(ack, 1, 2, 3, 0)
	sack.Options.NumSACK, sack.Options.SACK[0] = 1, tcp.SACKBlock{Left: 1<<32 - 1, Right: 0}
	urg := seg(ack|tcp.URG, 1<<32-2, 0, 65535, 5)
	urg.Urgent = 3
	for _, tt := range []struct {
		seg  tcp.Segment
		want string
	}{
		{seg(fin, 1, 1, 257, 0), "[F.] seq 1 ack 1 win 257"},
		{seg(tcp.RST, 7, 0, 0, 0), "[R] seq 7 win 0"},
		{seg(0, 7, 0, 0, 0), "[none] seq 7 win 0"},
		{seg(0xff, 7, 8, 9, 0), "[FSRP.UEW] seq 7 ack 8 win 9 urg 0"},
		{seg(psh, 1, 1, 9, 100), "[P.] seq 1:101 ack 1 win 9"},
		{urg, "[.U] seq 4294967294:3 ack 0 win 65535 urg 3"},
		{opts, "[S] seq 0 win 64240 <mss 1460, sackOK, TS val 1 ecr 0, wscale 7>"},
		{sack, "[.] seq 1 ack 2 win 3 <sack 4294967295:0>"},
	} {
		if got := untie(wrap(words(&tt.seg), 1000)[0]); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// The state that an arrival brings about belongs to its row, also where the
// arrival moved up above another departure.
func TestStateFollowsItsArrival(t *testing.T) {
	events := []Event{
		{Kind: Send, Flight: 1},
		{Kind: Send, Flight: 2},
		{At: 5, Side: Right, Kind: Arrive, Flight: 1},
		{At: 5, Side: Right, Kind: State, State: "CLOSE-WAIT"},
		{At: 6, Side: Right, Kind: Arrive, Flight: 2},
	}
	got := rows(events)
	if len(got) != 2 || got[0].arrow != full || got[0].cells[Right].state != "CLOSE-WAIT" || got[1].arrow != full {
		t.Errorf("got %+v\n%s", got, &Diagram{Events: events})
	}
}

// A call's state stands with the segment that it sends at once, and beside the
// call itself where it sends none.
func TestStateOfACall(t *testing.T) {
	call := Event{Kind: Call, Text: "close()", State: "FIN-WAIT-1"}
	state := Event{Kind: State, State: "FIN-WAIT-1"}
	bare := Event{Kind: Call, Text: "close()"}
	send := Event{Kind: Send}
	later := Event{At: 1, Kind: Send}
	for _, tt := range []struct {
		name   string
		events []Event
		states []string // by row
	}{
		{"in the call, then a segment", []Event{call, send}, []string{"", "FIN-WAIT-1"}},
		{"ahead of the segment", []Event{bare, state, send}, []string{"", "FIN-WAIT-1"}},
		{"after the segment", []Event{bare, send, state}, []string{"", "FIN-WAIT-1"}},
		{"without a segment", []Event{call}, []string{"FIN-WAIT-1"}},
		{"without a segment, by itself", []Event{bare, state}, []string{"FIN-WAIT-1"}},
		{"a segment only later", []Event{call, later}, []string{"FIN-WAIT-1", ""}},
	} {
		var got []string
		for _, r := range rows(tt.events) {
			got = append(got, r.cells[Left].state)
		}
		if !slices.Equal(got, tt.states) {
			t.Errorf("%s: got %q, want %q\n%s", tt.name, got, tt.states, &Diagram{Events: tt.events})
		}
	}
}
