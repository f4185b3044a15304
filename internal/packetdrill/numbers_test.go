package packetdrill

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

const ms = time.Millisecond

func TestTolerance(t *testing.T) {
	def := DefaultTolerance
	for _, test := range []struct {
		time        string
		previous    time.Duration
		tolerance   Tolerance
		from, until time.Duration
	}{
		{"+0", time.Second, def, 996 * ms, 1004 * ms},
		{"+.032", time.Second, def, 1028 * ms, 1036 * ms},        // 12.5 % of 32 ms is just 4 ms
		{"+.2", time.Second, def, 1175 * ms, 1225 * ms},          // the percentage is more
		{"1.2", time.Second, def, 1175 * ms, 1225 * ms},          // the same, absolute
		{"0.9", time.Second, def, 896 * ms, 904 * ms},            // it is late already: no negative margin
		{"+.2~+.4", time.Second, def, 1175 * ms, 1450 * ms},      // each end by its own distance
		{"1~3", time.Second, def, 996 * ms, 3250 * ms},           //
		{"*", time.Second, def, 996 * ms, Forever},               //
		{"+.2", time.Second, Tolerance{}, 1200 * ms, 1200 * ms},  // exact
		{"+.2", 0, Tolerance{Percent: 300}, -400 * ms, 800 * ms}, //
		{"+.2", 0, Tolerance{Percent: 1e300}, 200*ms - Forever, Forever},
	} {
		s, err := Parse("t", []byte(test.time+" > . 1:1(0)"))
		if err != nil {
			t.Fatal(err)
		}
		w := test.tolerance.Widen(s.Events[0].Time.Window(test.previous), test.previous)
		if w != (Window{test.from, test.until}) {
			t.Errorf("%s after %v: %v", test.time, test.previous, w)
		}
		if !w.Contains(test.from) || !w.Contains(test.until) || w.Contains(test.from-1) || test.until != Forever && w.Contains(test.until+1) {
			t.Errorf("%s: %v is not closed", test.time, w)
		}
	}
}

func TestReturnOfBlockingCall(t *testing.T) {
	for text, want := range map[string]time.Duration{"+.01...0.011 close(3) = 0": 5011 * ms, "1...2 close(3) = 0": 2000 * ms} {
		s, err := Parse("t", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		e := &s.Events[0]
		if got := e.Action.(*Syscall).Return(e.Time, 5*time.Second); got != want {
			t.Errorf("%s: returns at %v, want %v", text, got, want)
		}
	}
}

// segment returns an emitted segment.
func segment(seq tcp.Seq, n int, flags tcp.Flags) tcp.Segment {
	return tcp.Segment{Seq: seq, Len: n, Ack: 7, Flags: tcp.ACK | flags, Window: 100}
}

func TestMerge(t *testing.T) {
	const push, fin = tcp.PSH, tcp.FIN
	other := segment(1001, 1000, 0)
	other.Window++
	for _, test := range []struct {
		name     string
		length   int
		segments []tcp.Segment
		whole    tcp.Segment
		used     int
		result   MergeResult
	}{
		{"nothing yet", 10, nil, tcp.Segment{}, 0, MergeMore},
		{"as it is", 1000, []tcp.Segment{segment(1, 1000, push), segment(1001, 1, 0)}, segment(1, 1000, push), 1, MergeWhole},
		{"no payload", 0, []tcp.Segment{segment(1, 0, fin)}, segment(1, 0, fin), 1, MergeWhole},
		{"longer than the line", 10, []tcp.Segment{segment(1, 20, 0)}, segment(1, 20, 0), 1, MergeWhole},
		{"two equal", 2000, []tcp.Segment{segment(1, 1000, 0), segment(1001, 1000, push)}, segment(1, 2000, push), 2, MergeWhole},
		{"short last", 2500, []tcp.Segment{segment(1, 1000, push), segment(1001, 1000, 0), segment(2001, 500, fin), segment(2501, 9, 0)}, segment(1, 2500, fin), 3, MergeWhole},
		{"long last", 1500, []tcp.Segment{segment(1, 500, 0), segment(501, 1000, 0)}, segment(1, 1500, 0), 2, MergeWhole},
		{"across zero", 20, []tcp.Segment{segment(1<<32-10, 10, 0), segment(0, 10, 0)}, segment(1<<32-10, 20, 0), 2, MergeWhole},
		{"more to come", 3000, []tcp.Segment{segment(1, 1000, 0), segment(1001, 1000, 0)}, segment(1, 2000, 0), 2, MergeMore},
		{"short in the middle", 2500, []tcp.Segment{segment(1, 1000, 0), segment(1001, 500, 0), segment(1501, 1000, 0)}, segment(1, 1000, 0), 1, MergeNever},
		{"too much", 1500, []tcp.Segment{segment(1, 1000, 0), segment(1001, 1000, 0)}, segment(1, 1000, 0), 1, MergeNever},
		{"gap", 2000, []tcp.Segment{segment(1, 1000, 0), segment(1002, 1000, 0)}, segment(1, 1000, 0), 1, MergeNever},
		{"other window", 2000, []tcp.Segment{segment(1, 1000, 0), other}, segment(1, 1000, 0), 1, MergeNever},
		{"other flags", 2000, []tcp.Segment{segment(1, 1000, 0), segment(1001, 1000, tcp.ECE)}, segment(1, 1000, 0), 1, MergeNever},
		{"data behind FIN", 2000, []tcp.Segment{segment(1, 1000, fin), segment(1001, 1000, 0)}, segment(1, 1000, fin), 1, MergeNever},
		{"no payload, line with", 2000, []tcp.Segment{segment(1, 0, 0), segment(1, 2000, 0)}, segment(1, 0, 0), 1, MergeNever},
		{"empty in the middle", 2000, []tcp.Segment{segment(1, 1000, 0), segment(1001, 0, 0)}, segment(1, 1000, 0), 1, MergeNever},
	} {
		whole, used, result := Merge(test.length, test.segments)
		if whole != test.whole || used != test.used || result != test.result {
			t.Errorf("%s: got %+v %d %d", test.name, whole, used, result)
		}
	}
}

// inbound parses an injected packet.
func inbound(t *testing.T, text string) *Packet {
	t.Helper()
	s, err := Parse("t", []byte("+0 < "+text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Events[0].Action.(*Packet)
}

// live maps an injected packet that has no error.
func live(t *testing.T, m *Mapping, text string) tcp.Segment {
	t.Helper()
	s, err := m.LiveSegment(inbound(t, text), false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMappingBeforeAnyISN(t *testing.T) {
	var m Mapping
	if s := live(t, &m, ". 17:17(0) ack 34"); s.Seq != 17 || s.Ack != 34 {
		t.Errorf("%+v", s)
	}
	if s := m.ScriptSegment(tcp.Segment{Seq: 34, Flags: tcp.RST}); s.Seq != 34 || s.Ack != 0 {
		t.Errorf("%+v", s)
	}
	if m.Known(Tested) || m.Known(Remote) {
		t.Error("an initial sequence number is known")
	}
}

func TestMapping(t *testing.T) {
	var m Mapping
	m.Learn(Remote, 0, 0)
	m.Learn(Tested, 0, 1<<32-5)
	m.Learn(Tested, 0, 99) // a stray SYN: no effect
	m.Learn(Remote, 100, 0)
	if !m.Known(Tested) || !m.Known(Remote) {
		t.Error("an initial sequence number is not known")
	}
	s := live(t, &m, "P. 1:11(10) ack 8 win 5 urg 3 <mss 9,wscale 7,sackOK,uto 2m,nop,nop,sack 2:3 4294967295:0>")
	want := tcp.Segment{Seq: 1, Ack: 3, Flags: tcp.PSH | tcp.ACK, Len: 10, Window: 5, Urgent: 3, Options: tcp.Options{
		Present: tcp.OptMSS | tcp.OptWindowScale | tcp.OptSACKPermitted | tcp.OptUserTimeout, MSS: 9, WindowScale: 7, UserTimeout: 0x8002,
		NumSACK: 2, SACK: [4]tcp.SACKBlock{{Left: 1<<32 - 3, Right: 1<<32 - 2}, {Left: 1<<32 - 6, Right: 1<<32 - 5}}}}
	if s != want {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	if s := live(t, &m, "R 1:1(0) ack 8"); s.Ack != 8 {
		t.Errorf("without ACK: %+v", s)
	}
	if s := live(t, &m, "R 7:7(0)!"); s.Seq != 7 {
		t.Errorf("absolute: %+v", s)
	}
	if got := m.LiveSeq(Tested, Sequence{Kind: SeqAbsolute, Start: 7}); got != 7 {
		t.Errorf("absolute: %d", got)
	}
	if got := m.LiveSeq(Tested, Sequence{Start: 7}); got != 2 {
		t.Errorf("mapped: %d", got)
	}
	m.Relearn(Remote, 0, 1000)
	out := tcp.Segment{Seq: 3, Ack: 1001, Flags: tcp.ACK, Options: tcp.Options{NumSACK: 1, SACK: [4]tcp.SACKBlock{{Left: 1005, Right: 1006}}}}
	got := m.ScriptSegment(out)
	if got.Seq != 8 || got.Ack != 1 || got.Options.SACK != [4]tcp.SACKBlock{{Left: 5, Right: 6}} {
		t.Errorf("%+v", got)
	}
	if got := m.ScriptSegment(tcp.Segment{Seq: 3, Flags: tcp.RST}); got.Ack != 0 {
		t.Errorf("without ACK: %+v", got)
	}
	if s := live(t, &m, ". 1:1(0) ack 1"); s.Seq != 1001 {
		t.Errorf("after a new initial sequence number: %+v", s)
	}
}

func TestTimestampMapping(t *testing.T) {
	var m Mapping
	if s := live(t, &m, "S 0:0(0) <TS val 9 ecr 0>"); !s.Options.Has(tcp.OptTimestamps) || s.Options.TSVal != 9 || s.Options.TSEcr != 0 {
		t.Errorf("%+v", s)
	}
	if _, err := m.LiveSegment(inbound(t, ". 1:1(0) ack 1 <TS val 9 ecr 100>"), false); !errors.As(err, new(*UnknownEchoError)) {
		t.Errorf("an echo of nothing: %v", err)
	}
	m.LearnTimestamp(100, 7000)
	m.LearnTimestamp(110, 7012)
	m.LearnTimestamp(0, 6900)
	for _, test := range []struct {
		packet string
		scaled bool
		want   uint32
		ok     bool
	}{
		{". 1:1(0) ack 1 <TS val 9 ecr 100>", false, 7000, true},
		{". 1:1(0) ack 1 <TS val 9 ecr 110>", false, 7012, true},
		{". 1:1(0) ack 1 <TS val 9 ecr 111>", false, 0, false},
		{". 1:1(0) ack 1 <TS val 9 ecr 111>", true, 7011, true},
		{". 1:1(0) ack 1 <TS val 9 ecr 0>", false, 6900, true},
		{"S. 0:0(0) ack 1 <TS val 9 ecr 0>", false, 6900, true},
		{"S 0:0(0) <TS val 9 ecr 0>", false, 0, true},
	} {
		s, err := m.LiveSegment(inbound(t, test.packet), test.scaled)
		if s.Options.TSEcr != test.want || (err == nil) != test.ok {
			t.Errorf("%s: ecr %d, %v", test.packet, s.Options.TSEcr, err)
		}
	}
	if got := m.ScriptTimestamp(7012); got != 112 {
		t.Errorf("7012 is %d", got)
	}
}

func TestTimestampAgrees(t *testing.T) {
	var m Mapping
	if !m.TimestampAgrees(1, 2, ms, 0) {
		t.Error("the first value does not agree")
	}
	m.LearnTimestamp(1<<32-1, 7000)
	for _, test := range []struct {
		script, live uint32
		tick, margin time.Duration
		want         bool
	}{
		{99, 7100, ms, 0, true},
		{99, 7101, ms, 0, false},
		{99, 7104, ms, 4 * ms, true},
		{99, 7096, ms, 4 * ms, true},
		{99, 7105, ms, 4 * ms, false},
		{99, 7095, ms, 4 * ms, false},
		{99, 7101, 10 * ms, 9 * ms, false},
		{99, 1, 0, 0, true}, // not compared
	} {
		if got := m.TimestampAgrees(test.script, test.live, test.tick, test.margin); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
