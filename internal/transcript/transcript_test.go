package transcript

import (
	"go/parser"
	"go/token"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

// course is a FIN that is lost, and comes again.
func course() *Recorder {
	r := new(Recorder)
	fin := tcp.Segment{Seq: 1001, Ack: 7001, Flags: tcp.FIN | tcp.ACK, Window: 257}
	r.At(1e9)
	r.Do("%v", Config("cfg", tcp.Linux()))
	r.Do("p := newPlayer(t, cfg)")
	r.Do("p.call(callClose, %v)", 0)
	r.Add(ladder.Event{Side: ladder.Left, Kind: ladder.Call, Text: "Close(0)", State: "FIN-WAIT-1"}, 1000, 7000)
	r.Add(ladder.Event{Side: ladder.Left, Kind: ladder.Lost, Segment: fin, State: "FIN-WAIT-1"}, 1000, 7000)
	r.At(1.2e9)
	r.Do("p.run(%v)", tcp.Time(1.2e9))
	r.Add(ladder.Event{Side: ladder.Left, Kind: ladder.Timer, Text: "retransmit"}, 1000, 7000)
	r.Add(ladder.Event{Side: ladder.Left, Kind: ladder.Send, Segment: fin, Flight: 1}, 1000, 7000)
	r.At(1.21e9)
	r.Do("p.arrive(%v)", fin)
	r.Add(ladder.Event{Side: ladder.Right, Kind: ladder.Arrive, Segment: fin, Flight: 1, Text: "accepted", State: "CLOSE-WAIT"}, 7000, 1000)
	return r
}

func TestReport(t *testing.T) {
	r := course()
	if r.Failed() {
		t.Error("it fails before it does")
	}
	r.Failure = "I58: a timer runs\nin FIN-WAIT-2"
	if !r.Failed() {
		t.Error("it does not fail")
	}
	const want = `package tcp_test

import (
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// Found by TestX/linux:
//
// I58: a timer runs
// in FIN-WAIT-2
func TestFound(t *testing.T) {
	cfg := tcp.Linux()
	p := newPlayer(t, cfg)
	p.call(callClose, 0)
	// A is in FIN-WAIT-1
	// A sends Flags [F.], seq 1, ack 1, win 257, length 0, which is lost
	p.run(1200000000)
	// A timer: retransmit
	// A sends Flags [F.], seq 1, ack 1, win 257, length 0
	p.arrive(tcp.Segment{Seq: 1001, Ack: 7001, Flags: tcp.FIN | tcp.ACK, Window: 257})
	// B gets Flags [F.], seq 1, ack 1, win 257, length 0: accepted, is in CLOSE-WAIT
}
`
	if got := r.Test("TestX/linux"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	diagram := r.Diagram("A", "B").String()
	for _, part := range []string{"I58: a timer runs in FIN-WAIT-2\n", "  0             | Close(0)", "X     |", "(retransmit)", "->| CLOSE-WAIT   210"} {
		if !strings.Contains(diagram, part) {
			t.Errorf("%q is not in\n%s", part, diagram)
		}
	}
	if text := r.Report("A", "B", "TestX/linux"); !strings.Contains(text, diagram) || !strings.Contains(text, want) {
		t.Errorf("the report lacks one of both:\n%s", text)
	}
}

func TestInstead(t *testing.T) {
	r := course()
	r.Instead("check(t, %v)", []time.Duration{time.Second, 0, -1})
	if got := r.Test("TestX"); !strings.Contains(got, "{\n\tcheck(t, []time.Duration{time.Second, 0, -1})\n}") || strings.Contains(got, "sends") || !strings.Contains(got, "\"time\"") {
		t.Errorf("got\n%s", got)
	}
}

func TestPanicIsAFailure(t *testing.T) {
	r := course()
	r.Enter()
	r.Leave()
	if r.Failed() {
		t.Error("a call that has returned is a failure")
	}
	if r.Enter(); !r.Failed() || r.Failure == "" {
		t.Error("a call that has not returned is no failure")
	}
}

type pieces struct {
	on    bool
	list  [3]int
	inner []pieces
	at    tcp.Time
}

func TestGo(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want Source
	}{
		{5, "5"}, {true, "true"}, {uint16(7), "7"}, {"a\"b", `"a\"b"`}, {Source("x + 1"), "x + 1"},
		{time.Duration(0), "0"}, {time.Hour, "time.Hour"}, {90 * time.Second, "90*time.Second"}, {1500 * time.Microsecond, "1500*time.Microsecond"},
		{-time.Nanosecond, "-1"}, {tcp.Forever, "tcp.Forever"}, {tcp.Never, "tcp.Never"}, {tcp.Time(math.MinInt64), "-9223372036854775808"},
		{tcp.Flags(0), "0"}, {tcp.SYN | tcp.CWR, "tcp.SYN|tcp.CWR"}, {tcp.OptMSS | 0x80, "tcp.OptMSS|tcp.OptionSet(0x80)"},
		{tcp.StateTimeWait, "tcp.StateTimeWait"}, {tcp.State(77), "77"}, {tcp.Off, "tcp.Off"}, {tcp.Switch(-3), "-3"},
		{tcp.Segment{}, "tcp.Segment{}"},
		{tcp.Segment{Len: -1, Options: tcp.Options{NumSACK: 1, SACK: [4]tcp.SACKBlock{{}, {Left: 5}}}},
			"tcp.Segment{Len: -1, Options: tcp.Options{NumSACK: 1, SACK: [4]tcp.SACKBlock{{}, {Left: 5}}}}"},
		{pieces{on: true, list: [3]int{0, 4}, inner: []pieces{{at: 3}}}, "pieces{on: true, list: [3]int{0, 4}, inner: []pieces{{at: 3}}}"},
	} {
		if got := Go(tt.v); got != tt.want {
			t.Errorf("Go(%#v) is %s, want %s", tt.v, got, tt.want)
		}
	}
}

// A configuration is written as what differs from the nearest preset.
func TestConfig(t *testing.T) {
	linux := tcp.Linux()
	linux.MSS, linux.SACK, linux.UserTimeout = 88, tcp.Off, tcp.Forever
	if got, want := Config("a", linux), Source("a := tcp.Linux()\n\ta.MSS = 88\n\ta.SACK = tcp.Off\n\ta.UserTimeout = tcp.Forever"); got != want {
		t.Errorf("got %s", got)
	}
	if got := Config("a", tcp.RFC9293()); got != "a := tcp.RFC9293()" {
		t.Errorf("got %s", got)
	}
	if got := Config("a", tcp.Config{}); got != "a := tcp.Config{}" {
		t.Errorf("got %s", got)
	}
}

// Whatever the failure says, what is printed is Go.
func TestAnyFailureGivesGo(t *testing.T) {
	for _, failure := range []string{"", "\n\n", "a */ b", "x\r\ny", "\x00\xff", strings.Repeat("long ", 200)} {
		r := course()
		r.Failure = failure
		if _, err := parser.ParseFile(token.NewFileSet(), "", r.Test("TestX"), parser.ParseComments); err != nil {
			t.Errorf("%q: %v", failure, err)
		}
	}
	r := &Recorder{Package: "other"}
	if got := r.Test("TestX"); !strings.HasPrefix(got, "package other\n") {
		t.Errorf("got %s", got)
	}
	r.Do("this is not(")
	if got := r.Test("TestX"); !strings.Contains(got, "This is not Go") {
		t.Errorf("got %s", got)
	}
}
