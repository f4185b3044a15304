package tcp

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// figure runs two connections by hand and writes down what happens in the notation
// of the figures of RFC 9293: "A" is the left column, "B" the right one.
type figure struct {
	t    *testing.T
	now  Time
	c    [2]*Conn
	air  [2][]Segment // under way, by sender
	text []string
}

const (
	sideA = 0
	sideB = 1
)

// newFigure returns two CLOSED connections. Options would not fit the figures, and
// there the FIN is acknowledged at once.
func newFigure(t *testing.T, cfg Config) *figure {
	t.Helper()
	cfg = plain(cfg)
	cfg.WindowScale, cfg.DelayFINAck = Off, Off
	f := &figure{t: t}
	for i := range f.c {
		c, err := New(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		f.c[i] = c
	}
	if err := f.c[sideA].SetPorts(1000, 2000); err != nil {
		t.Fatal(err)
	}
	if err := f.c[sideB].SetPorts(2000, 1000); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *figure) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%v\n%s", err, strings.Join(f.text, "\n"))
	}
}

// line writes a line: the state of A, an arrow, a segment, an arrow, the state of B.
func (f *figure) line(parts ...string) {
	f.text = append(f.text, strings.Join(parts, " "))
}

// states writes the line of the states alone.
func (f *figure) states() {
	f.line(f.c[sideA].State().String(), "|", f.c[sideB].State().String())
}

// control is a segment as the figures write it.
func control(seg *Segment) string {
	s := fmt.Sprintf("<SEQ=%d>", seg.Seq)
	if seg.Flags.Has(ACK) {
		s += fmt.Sprintf("<ACK=%d>", seg.Ack)
	}
	var bits []string
	for _, b := range []struct {
		bit  Flags
		name string
	}{{SYN, "SYN"}, {FIN, "FIN"}, {RST, "RST"}, {ACK, "ACK"}} {
		if seg.Flags.Has(b.bit) {
			bits = append(bits, b.name)
		}
	}
	s += "<CTL=" + strings.Join(bits, ",") + ">"
	if seg.Len > 0 {
		s += fmt.Sprintf("<DATA=%d>", seg.Len)
	}
	return s
}

// take takes the next segment of a side.
func (f *figure) take(from int) Segment {
	f.t.Helper()
	var seg Segment
	if !f.c[from].Next(&seg) {
		f.t.Fatalf("%c sends nothing in %v\n%s", 'A'+from, f.c[from].State(), strings.Join(f.text, "\n"))
	}
	return seg
}

// sends puts the next segment of a side under way: it stays there.
func (f *figure) sends(from int) {
	f.t.Helper()
	seg := f.take(from)
	f.air[from] = append(f.air[from], seg)
	if from == sideA {
		f.line(f.c[sideA].State().String(), "-->", control(&seg), "...")
	} else {
		f.line("...", control(&seg), "<--", f.c[sideB].State().String())
	}
}

// arrives lets the oldest segment under way from a side arrive.
func (f *figure) arrives(from int) {
	f.t.Helper()
	seg := f.air[from][0]
	f.air[from] = f.air[from][1:]
	f.strays(from, seg)
}

// strays lets a segment arrive that was under way before the figure began.
func (f *figure) strays(from int, seg Segment) {
	f.c[1-from].Arrive(f.now, &seg)
	if from == sideA {
		f.line("...", control(&seg), "-->", f.c[sideB].State().String())
	} else {
		f.line(f.c[sideA].State().String(), "<--", control(&seg), "...")
	}
}

// passes takes the next segment of a side and lets it arrive.
func (f *figure) passes(from int) {
	f.t.Helper()
	seg := f.take(from)
	f.c[1-from].Arrive(f.now, &seg)
	arrow := "-->"
	if from == sideB {
		arrow = "<--"
	}
	f.line(f.c[sideA].State().String(), arrow, control(&seg), arrow, f.c[sideB].State().String())
}

// is compares the figure, and demands that nothing is left to be sent.
func (f *figure) is(want string) {
	f.t.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(want), "\n") {
		lines = append(lines, strings.Join(strings.Fields(l), " "))
	}
	if !slices.Equal(f.text, lines) {
		f.t.Errorf("the figure is\n%s\nwant\n%s", strings.Join(f.text, "\n"), strings.Join(lines, "\n"))
	}
	for i, c := range f.c {
		var seg Segment
		if c.Next(&seg) {
			f.t.Errorf("%c has %s left to send", 'A'+i, control(&seg))
		}
	}
}

// opened opens the two, A actively, without writing it down.
func (f *figure) opened(issA, issB Seq) {
	f.t.Helper()
	f.ok(f.c[sideB].Listen(f.now, issB))
	f.ok(f.c[sideA].Open(f.now, issA))
	f.passes(sideA)
	f.passes(sideB)
	f.passes(sideA)
	f.text = nil
	f.states()
}

// Figure 6: Basic Three-Way Handshake for Connection Synchronization.
func TestRFC9293_Figure6_BasicThreeWayHandshake(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.ok(f.c[sideB].Listen(f.now, 300))
		f.states()
		f.ok(f.c[sideA].Open(f.now, 100))
		f.passes(sideA)
		f.passes(sideB)
		f.passes(sideA)
		f.ok(f.c[sideA].Send(f.now, 5))
		f.passes(sideA)
		if n := f.c[sideB].Readable(); n != 5 {
			t.Errorf("B can read %d octets, want 5", n)
		}
		f.now = f.now.Add(time.Second)
		f.c[sideB].Advance(f.now)
		if f.c[sideB].pending() { // the acknowledgment of the data is not in the figure
			f.take(sideB)
		}
		f.is(`
			CLOSED                                           |   LISTEN
			SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED
			ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED
			ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK>      --> ESTABLISHED
			ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK><DATA=5> --> ESTABLISHED`)
	})
}

// Figure 7: Simultaneous Connection Synchronization. A's SYN,ACK is the last thing
// that the figure shows; B's answer to it in ESTABLISHED is the acknowledgment that
// MUST-10 needs where only one of the two SYN,ACKs gets through.
func TestRFC9293_Figure7_SimultaneousOpen(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.states()
		f.ok(f.c[sideA].Open(f.now, 100))
		f.ok(f.c[sideB].Open(f.now, 300))
		f.sends(sideA)
		f.passes(sideB)
		f.arrives(sideA)
		f.sends(sideA)
		f.passes(sideB)
		f.arrives(sideA)
		f.passes(sideA)
		f.passes(sideB)
		f.is(`
			CLOSED                                           |   CLOSED
			SYN-SENT     --> <SEQ=100><CTL=SYN>              ...
			SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT
			             ... <SEQ=100><CTL=SYN>              --> SYN-RECEIVED
			SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> ...
			ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
			             ... <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED
			ESTABLISHED  --> <SEQ=101><ACK=301><CTL=ACK>     --> ESTABLISHED
			ESTABLISHED  <-- <SEQ=301><ACK=101><CTL=ACK>     <-- ESTABLISHED`)
	})
}

// Figure 8: Recovery from Old Duplicate SYN. Where the figure's B draws 400 as its
// second initial sequence number, a lone connection in LISTEN takes one above
// everything that the abandoned request could have used: 301 + 65537.
func TestRFC9293_Figure8_OldDuplicateSYN(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.ok(f.c[sideB].Listen(f.now, 300))
		f.states()
		f.ok(f.c[sideA].Open(f.now, 100))
		f.sends(sideA)
		f.strays(sideA, Segment{SrcPort: 1000, DstPort: 2000, Seq: 90, Flags: SYN, Window: 100})
		f.passes(sideB)
		f.passes(sideA)
		f.arrives(sideA)
		f.passes(sideB)
		f.passes(sideA)
		f.is(`
			CLOSED                                           |   LISTEN
			SYN-SENT    --> <SEQ=100><CTL=SYN>               ...
			            ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED
			SYN-SENT    <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED
			SYN-SENT    --> <SEQ=91><CTL=RST>                --> LISTEN
			            ... <SEQ=100><CTL=SYN>               --> SYN-RECEIVED
			ESTABLISHED <-- <SEQ=65838><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED
			ESTABLISHED --> <SEQ=101><ACK=65839><CTL=ACK>    --> ESTABLISHED`)
	})
}

// Figure 9: Half-Open Connection Discovery. A has rebooted; its SYN draws an
// acknowledgment that it cannot explain, and its RST tells B. A's SYN is repeated to a
// listener then.
func TestRFC9293_Figure9_HalfOpenDiscovery(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.opened(99, 299)
		cfg.SYNRepeatOnBadACK = false // the figure has no such SYN
		rebooted := newFigure(t, cfg)
		f.c[sideA] = rebooted.c[sideA]
		f.states()
		f.ok(f.c[sideA].Open(f.now, 400))
		f.passes(sideA)
		f.passes(sideB)
		f.passes(sideA)
		if got := f.c[sideB].Err(); got == nil || !got.(*Error).Is(ErrReset) {
			t.Errorf("B ended with %v, want a reset", got)
		}
		f.c[sideB].Init(f.c[sideB])
		f.ok(f.c[sideB].Listen(f.now, 500))
		for !f.c[sideA].pending() {
			f.now = f.c[sideA].Deadline()
			f.c[sideA].Advance(f.now)
		}
		f.passes(sideA)
		f.passes(sideB)
		f.passes(sideA)
		f.is(`
			ESTABLISHED                                  |   ESTABLISHED
			CLOSED                                       |   ESTABLISHED
			SYN-SENT --> <SEQ=400><CTL=SYN>              --> ESTABLISHED
			SYN-SENT <-- <SEQ=300><ACK=100><CTL=ACK>     <-- ESTABLISHED
			SYN-SENT --> <SEQ=100><CTL=RST>              --> CLOSED
			SYN-SENT --> <SEQ=400><CTL=SYN>              --> SYN-RECEIVED
			ESTABLISHED <-- <SEQ=500><ACK=401><CTL=SYN,ACK> <-- SYN-RECEIVED
			ESTABLISHED --> <SEQ=401><ACK=501><CTL=ACK>  --> ESTABLISHED`)
	})
}

// Figure 10: Active Side Causes Half-Open Connection Discovery.
func TestRFC9293_Figure10_ActiveSideCausesHalfOpenDiscovery(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.opened(99, 299)
		f.c[sideA] = newFigure(t, cfg).c[sideA]
		f.ok(f.c[sideB].Send(f.now, 10))
		f.passes(sideB)
		f.passes(sideA)
		if got := f.c[sideB].Err(); got == nil || !got.(*Error).Is(ErrReset) {
			t.Errorf("B ended with %v, want a reset", got)
		}
		f.is(`
			ESTABLISHED                                      |   ESTABLISHED
			CLOSED <-- <SEQ=300><ACK=100><CTL=ACK><DATA=10>  <-- ESTABLISHED
			CLOSED --> <SEQ=100><CTL=RST>                    --> CLOSED`)
	})
}

// Figure 11: Old Duplicate SYN Initiates a Reset on Two Passive Sockets. The numbers
// are those of a lone connection: its second request would begin above the first.
func TestRFC9293_Figure11_OldDuplicateSYNAtTwoPassiveSockets(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.ok(f.c[sideA].Listen(f.now, 100))
		f.ok(f.c[sideB].Listen(f.now, 300))
		f.states()
		f.strays(sideA, Segment{SrcPort: 1000, DstPort: 2000, Seq: 77, Flags: SYN, Window: 100})
		f.passes(sideB)
		f.passes(sideA)
		f.states()
		f.is(`
			LISTEN                                     |   LISTEN
			       ... <SEQ=77><CTL=SYN>               --> SYN-RECEIVED
			LISTEN <-- <SEQ=300><ACK=78><CTL=SYN,ACK>  <-- SYN-RECEIVED
			LISTEN --> <SEQ=78><CTL=RST>               --> LISTEN
			LISTEN                                     |   LISTEN`)
	})
}

// Figure 12: Normal Close Sequence. T5: one FIN and one acknowledgment of each.
func TestRFC9293_Figure12_NormalClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.opened(99, 299)
		f.ok(f.c[sideA].CloseWrite(f.now))
		f.passes(sideA)
		f.passes(sideB)
		f.ok(f.c[sideB].CloseWrite(f.now))
		f.passes(sideB)
		f.passes(sideA)
		f.c[sideA].Advance(f.c[sideA].Deadline())
		f.states()
		f.is(`
			ESTABLISHED                                      |   ESTABLISHED
			FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSE-WAIT
			FIN-WAIT-2  <-- <SEQ=300><ACK=101><CTL=ACK>      <-- CLOSE-WAIT
			TIME-WAIT   <-- <SEQ=300><ACK=101><CTL=FIN,ACK>  <-- LAST-ACK
			TIME-WAIT   --> <SEQ=101><ACK=301><CTL=ACK>      --> CLOSED
			CLOSED                                           |   CLOSED`)
	})
}

// Figure 13: Simultaneous Close Sequence.
func TestRFC9293_Figure13_SimultaneousClose(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		f := newFigure(t, cfg)
		f.opened(99, 299)
		f.ok(f.c[sideA].CloseWrite(f.now))
		f.ok(f.c[sideB].CloseWrite(f.now))
		f.sends(sideA)
		f.passes(sideB)
		f.arrives(sideA)
		f.sends(sideA)
		f.passes(sideB)
		f.arrives(sideA)
		f.states()
		for _, c := range f.c {
			c.Advance(c.Deadline())
		}
		f.states()
		f.is(`
			ESTABLISHED                                      |   ESTABLISHED
			FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  ...
			CLOSING     <-- <SEQ=300><ACK=100><CTL=FIN,ACK>  <-- FIN-WAIT-1
			            ... <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSING
			CLOSING     --> <SEQ=101><ACK=301><CTL=ACK>      ...
			TIME-WAIT   <-- <SEQ=301><ACK=101><CTL=ACK>      <-- CLOSING
			            ... <SEQ=101><ACK=301><CTL=ACK>      --> TIME-WAIT
			TIME-WAIT                                        |   TIME-WAIT
			CLOSED                                           |   CLOSED`)
	})
}
