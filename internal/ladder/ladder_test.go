package ladder

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	checkWidth(t, got)
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func checkWidth(t *testing.T, s string) {
	t.Helper()
	for _, line := range strings.Split(s, "\n") {
		if columns(line) > Width {
			t.Errorf("%d columns: %q", columns(line), line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("space at the end: %q", line)
		}
	}
}

const (
	fin = tcp.FIN | tcp.ACK
	ack = tcp.ACK
	psh = tcp.PSH | tcp.ACK
)

func msec(n float64) tcp.Time { return tcp.Time(n * float64(time.Millisecond)) }

func seg(f tcp.Flags, seq, ackNo tcp.Seq, win uint16, n int) tcp.Segment {
	return tcp.Segment{Flags: f, Seq: seq, Ack: ackNo, Window: win, Len: n}
}

// story collects events; its methods make the examples below readable.
type story struct {
	events []Event
	flight int
}

func (s *story) add(ms float64, side Side, kind Kind, text, state string) {
	s.events = append(s.events, Event{At: msec(ms), Side: side, Kind: kind, Text: text, State: state})
}

func (s *story) send(ms float64, side Side, g tcp.Segment, state string) int {
	s.flight++
	s.events = append(s.events, Event{At: msec(ms), Side: side, Kind: Send, Segment: g, Flight: s.flight, State: state})
	return s.flight
}

func (s *story) arrive(ms float64, flight int, state string) {
	for _, e := range s.events {
		if e.Kind == Send && e.Flight == flight {
			e.At, e.Side, e.Kind, e.State = msec(ms), e.Side.other(), Arrive, state
			s.events = append(s.events, e)
			return
		}
	}
}

func (s *story) lose(ms float64, side Side, g tcp.Segment, state string) {
	s.events = append(s.events, Event{At: msec(ms), Side: side, Kind: Lost, Segment: g, State: state})
}

func (s *story) diagram(title string) *Diagram {
	return &Diagram{Title: title, Left: "client", Right: "server", Events: s.events}
}

func established(s *story) {
	s.add(0, Left, State, "", "ESTABLISHED")
	s.add(0, Right, State, "", "ESTABLISHED")
}

func fourSegmentClose(delay float64) *Diagram {
	s := &story{}
	established(s)
	s.add(100, Left, Call, "close()", "FIN-WAIT-1")
	f := s.send(100, Left, seg(fin, 1, 1, 257, 0), "")
	s.arrive(100+delay, f, "CLOSE-WAIT")
	a := s.send(100+delay, Right, seg(ack, 1, 2, 256, 0), "CLOSE-WAIT")
	s.arrive(100+2*delay, a, "FIN-WAIT-2")
	s.add(200, Right, Call, "close()", "LAST-ACK")
	f = s.send(200, Right, seg(fin, 1, 2, 256, 0), "LAST-ACK")
	s.arrive(200+delay, f, "TIME-WAIT")
	a = s.send(200+delay, Left, seg(ack, 2, 2, 257, 0), "TIME-WAIT")
	s.arrive(200+2*delay, a, "CLOSED")
	s.add(60200+delay, Left, Timer, "2MSL 60 s", "CLOSED")
	return s.diagram("Four-segment close")
}

func TestFourSegmentClose(t *testing.T) {
	golden(t, "four-segment-close", fourSegmentClose(10).String())
	golden(t, "four-segment-close-no-delay", fourSegmentClose(0).String())
}

func TestFirstFINLost(t *testing.T) {
	s := &story{}
	established(s)
	s.add(100, Left, Call, "close()", "FIN-WAIT-1")
	s.lose(100, Left, seg(fin, 1, 1, 257, 0), "FIN-WAIT-1")
	s.add(312, Left, Timer, "RTO 212 ms", "FIN-WAIT-1")
	f := s.send(312, Left, seg(fin, 1, 1, 257, 0), "FIN-WAIT-1")
	s.arrive(322, f, "CLOSE-WAIT")
	a := s.send(322, Right, seg(ack, 1, 2, 256, 0), "CLOSE-WAIT")
	s.arrive(332, a, "FIN-WAIT-2")
	s.add(500, Right, Call, "close()", "")
	s.lose(500, Right, seg(fin, 1, 2, 256, 0), "LAST-ACK")
	s.add(712, Right, Timer, "RTO 212 ms", "LAST-ACK")
	f = s.send(712, Right, seg(fin, 1, 2, 256, 0), "LAST-ACK")
	s.arrive(722, f, "TIME-WAIT")
	a = s.send(722, Left, seg(ack, 2, 2, 257, 0), "TIME-WAIT")
	s.arrive(732, a, "CLOSED")
	golden(t, "first-fin-lost", s.diagram("First FIN lost, either way").String())
}

// RFC 9293 Figure 13: both FINs cross.
func TestSimultaneousClose(t *testing.T) {
	s := &story{}
	established(s)
	s.add(100, Left, Call, "close()", "")
	f := s.send(100, Left, seg(fin, 1, 1, 257, 0), "FIN-WAIT-1")
	s.add(105, Right, Call, "close()", "")
	g := s.send(105, Right, seg(fin, 1, 1, 256, 0), "FIN-WAIT-1")
	s.arrive(110, f, "CLOSING")
	a := s.send(110, Right, seg(ack, 2, 2, 256, 0), "CLOSING")
	s.arrive(115, g, "CLOSING")
	c := s.send(115, Left, seg(ack, 2, 2, 257, 0), "CLOSING")
	s.arrive(120, a, "TIME-WAIT")
	s.arrive(125, c, "TIME-WAIT")
	golden(t, "simultaneous-close", s.diagram("Simultaneous close").String())
}

// A FIN overtakes the data ahead of it: FIN-WAIT-2 is left when the gap is filled.
func TestFINAheadOfData(t *testing.T) {
	s := &story{}
	s.add(0, Left, State, "", "FIN-WAIT-2")
	s.add(0, Right, State, "", "CLOSE-WAIT")
	s.add(100, Right, Call, "write(100)", "")
	s.lose(100, Right, seg(psh, 1, 2, 256, 100), "")
	s.add(150, Right, Call, "close()", "LAST-ACK")
	f := s.send(150, Right, seg(fin, 101, 2, 256, 0), "")
	s.arrive(160, f, "FIN-WAIT-2")
	dup := seg(ack, 2, 1, 257, 0)
	dup.Options.NumSACK, dup.Options.SACK[0] = 1, tcp.SACKBlock{Left: 101, Right: 102}
	a := s.send(160, Left, dup, "")
	s.arrive(170, a, "")
	s.add(374, Right, Timer, "RTO 224 ms", "")
	d := s.send(374, Right, seg(psh, 1, 2, 256, 100), "LAST-ACK")
	s.arrive(384, d, "TIME-WAIT")
	a = s.send(384, Left, seg(ack, 2, 102, 256, 0), "")
	s.arrive(394, a, "CLOSED")
	golden(t, "fin-ahead-of-data", s.diagram("FIN ahead of its data, with SACK").String())
}

// One end was recorded; of the other only the segments are known.
func TestRecordedPeer(t *testing.T) {
	d := &Diagram{Title: "One end, recorded", Left: "kernel", Right: "peer", Events: []Event{
		{At: msec(0.166), Kind: Call, Text: "connect()", State: "SYN-SENT"},
		{At: msec(0.166), Kind: Send, Segment: synOptions()},
		{At: msec(10.1), Kind: Arrive, Segment: seg(tcp.SYN|ack, 0, 1, 65535, 0)},
		{At: msec(10.132), Kind: Send, Segment: seg(ack, 1, 1, 64240, 0)},
		{At: msec(10.132), Kind: State, State: "ESTABLISHED"},
		{At: msec(100.255), Kind: Call, Text: "close() = 0"},
		{At: msec(100.263), Kind: Send, Segment: seg(fin, 1, 1, 64240, 0)},
		{At: msec(100.263), Kind: State, State: "FIN-WAIT-1"},
		{At: msec(312.9), Kind: Timer, Text: "retransmission, RTO 212 ms"},
		{At: msec(312.9), Kind: Send, Segment: seg(fin, 1, 1, 64240, 0), Text: "retransmission 1"},
		{At: msec(600.112), Kind: Arrive, Segment: seg(tcp.RST, 1, 0, 0, 0), State: "CLOSED"},
		{At: msec(600.112), Kind: Note, Text: "so_error() = ECONNRESET"},
	}}
	golden(t, "recorded-peer", d.String())
}

func synOptions() tcp.Segment {
	s := seg(tcp.SYN, 0, 0, 64240, 0)
	s.Options = tcp.Options{
		Present: tcp.OptMSS | tcp.OptSACKPermitted | tcp.OptTimestamps | tcp.OptWindowScale,
		MSS:     1460, WindowScale: 7, TSVal: 1,
	}
	return s
}

// A whole life with a burst of data, a late duplicate and a crash.
func TestWholeLife(t *testing.T) {
	s := &story{}
	s.add(0, Left, State, "", "CLOSED")
	s.add(0, Right, State, "", "LISTEN")
	s.add(0, Left, Call, "connect()", "SYN-SENT")
	f := s.send(0, Left, synOptions(), "")
	s.arrive(10, f, "SYN-RECEIVED")
	answer := synOptions()
	answer.Flags, answer.Ack = tcp.SYN|ack, 1
	f = s.send(10, Right, answer, "")
	s.arrive(20, f, "ESTABLISHED")
	a := s.send(20, Left, seg(ack, 1, 1, 502, 0), "")
	s.arrive(30, a, "ESTABLISHED")
	s.add(50, Left, Call, "write(4000)", "")
	x := s.send(50, Left, seg(ack, 1, 1, 502, 1460), "")
	y := s.send(50, Left, seg(ack, 1461, 1, 502, 1460), "")
	z := s.send(50, Left, seg(psh, 2921, 1, 502, 1080), "")
	s.arrive(60, x, "")
	s.arrive(60, y, "")
	a = s.send(60, Right, seg(ack, 1, 2921, 490, 0), "")
	s.arrive(61, z, "")
	s.arrive(70, a, "")
	s.add(80, Right, Timer, "delayed ACK", "")
	a = s.send(80, Right, seg(ack, 1, 4001, 480, 0), "")
	s.arrive(90, a, "")
	s.arrive(95, a, "")
	s.add(100, Middle, Note, "the server's host crashes and reboots", "")
	s.add(100, Right, State, "", "CLOSED")
	s.add(200, Left, Call, "write(1)", "")
	x = s.send(200, Left, seg(psh, 4001, 1, 502, 1), "")
	s.arrive(210, x, "")
	r := s.send(210, Right, seg(tcp.RST, 1, 0, 0, 0), "")
	s.arrive(220, r, "CLOSED")
	golden(t, "whole-life", s.diagram("Opening, data, crash and reboot").String())
}

func hostile() *Diagram {
	g := tcp.Segment{Flags: 0xff, Seq: 1<<32 - 1, Ack: 1<<32 - 1, Window: 65535, Urgent: 65535, Len: 1 << 40}
	g.Options = tcp.Options{Present: 0xff, WindowScale: 255, NumSACK: 255, MSS: 65535, UserTimeout: 65535, TSVal: 1<<32 - 1, TSEcr: 1<<32 - 1}
	for i := range g.Options.SACK {
		g.Options.SACK[i] = tcp.SACKBlock{Left: 1<<32 - 1, Right: 1<<32 - 2}
	}
	long := strings.Repeat("x", 200)
	e := []Event{{At: -1 << 63, Kind: State, State: long}, {At: -5, Side: Right, Kind: State, State: "ZUSTAND\x1b[31m\n"}}
	for i, kind := range []Kind{Send, Arrive, Lost, Call, Timer, State, Note, Kind(99)} {
		for _, side := range []Side{Left, Right, Middle} {
			e = append(e, Event{At: tcp.Time(i) * 1e17, Side: side, Kind: kind, Segment: g, Text: long + " " + long, State: long[:i]})
			e = append(e, Event{At: tcp.Never, Side: side, Kind: kind, Segment: g, Flight: 1, Text: "日本語\x00\t\u202é"})
		}
	}
	return &Diagram{Title: long + " " + long, Left: long, Right: long, Events: e}
}

func TestHostileInputStaysInWidth(t *testing.T) {
	golden(t, "hostile", hostile().String())
	for n := range hostile().Events {
		d := hostile()
		d.Events = d.Events[n:]
		checkWidth(t, d.String())
		for i := range d.Events {
			d.Events[i].State = ""
			d.Events[i].At = tcp.Time(n)
		}
		checkWidth(t, d.String())
	}
	checkWidth(t, (&Diagram{}).String())
}

func TestRenderReturnsTheWritersError(t *testing.T) {
	want := errors.New("full")
	if err := Render(failing{want}, fourSegmentClose(10)); err != want {
		t.Errorf("got %v", err)
	}
	var b strings.Builder
	if err := Render(&b, fourSegmentClose(10)); err != nil || b.String() != fourSegmentClose(10).String() {
		t.Errorf("got %v, %q", err, b.String())
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A departure or an arrival in the middle belongs to no arrow.
func TestArrivalInTheMiddleIsNoArrival(t *testing.T) {
	g := tcp.Segment{Flags: tcp.SYN}
	for _, sides := range [][2]Side{{Left, Middle}, {Middle, Right}, {Middle, Middle}} {
		d := &Diagram{Events: []Event{
			{Side: sides[0], Kind: Send, Segment: g, Flight: 1},
			{At: 5, Side: sides[1], Kind: Arrive, Segment: g, Flight: 1},
		}}
		checkWidth(t, d.String())
		if sides != [2]Side{Middle, Middle} && !strings.Contains(d.String(), "...") {
			t.Errorf("an arrow from bar to bar for %v to %v:\n%s", sides[0], sides[1], d)
		}
	}
}

// No events, however senseless, may panic or leave the page.
func FuzzDiagram(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x02\x10\x01\x01\x01\x02\x10"), "close()")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		var events []Event
		for ; len(data) >= 5 && len(events) < 200; data = data[5:] {
			e := Event{At: tcp.Time(int8(data[0])) << (data[1] % 64), Side: Side(data[1] % 3), Kind: Kind(data[2] % 9), Flight: int(data[3] % 8)}
			e.Segment = tcp.Segment{Flags: tcp.Flags(data[4]), Seq: tcp.Seq(data[0]) << 24, Ack: tcp.Seq(data[3]) << 20, Len: int(data[2]) << 8}
			e.Segment.Options.NumSACK = data[0] % 5
			if data[4]%2 == 0 {
				e.Text, e.State = text, text[:min(len(text), int(data[3]))]
			}
			events = append(events, e)
		}
		checkWidth(t, (&Diagram{Title: text, Left: text, Right: text, Events: events}).String())
		checkWidth(t, (&Comparison{Title: text, Left: text, Right: text, Want: events, Got: events[len(events)/2:]}).String())
	})
}
