package simlink

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

const ms = time.Millisecond

func established(t *testing.T) *Link {
	t.Helper()
	l, err := New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	must(t, l.Ends[ladder.Right].Listen())
	must(t, l.Ends[ladder.Left].Open())
	l.Run(time.Second)
	for _, e := range l.Ends {
		if s := e.Conn.State(); s != tcp.StateEstablished {
			t.Fatalf("state %v after the handshake", s)
		}
	}
	l.Begin()
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func short(events []ladder.Event) (out []string) {
	for i := range events {
		e := &events[i]
		text := fmt.Sprint([...]string{"send", "arrive", "lost", "call", "timer", "state", "note"}[e.Kind], " ", e.Text, e.Segment.Flags, e.Segment.Seq)
		out = append(out, fmt.Sprintf("%v %d %s", time.Duration(e.At), e.Side, text))
	}
	return out
}

// The same script gives the same course.
func TestDeterministic(t *testing.T) {
	course := func() []ladder.Event {
		l := established(t)
		left, right := l.Ends[0], l.Ends[1]
		l.Rules = []Rule{Lose(ladder.Left, FIN, 1), Twice(ladder.Right, Bare, 3*ms), Late(ladder.Left, Data, 15*ms, 2)}
		l.At(0, func() { must(t, left.Write(3000)) })
		l.At(50*ms, func() { right.Read() })
		l.At(100*ms, func() { must(t, left.Close()) })
		l.At(time.Second, func() { must(t, right.Close()) })
		if !l.Finish(time.Hour) {
			t.Fatal("something goes on after an hour")
		}
		return l.Events()
	}
	a, b := course(), course()
	if len(a) < 15 || !reflect.DeepEqual(a, b) {
		t.Errorf("%d and %d events, or they differ", len(a), len(b))
	}
}

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rules []Rule
		want  []time.Duration // arrivals of data at the right end
	}{
		{"none", nil, []time.Duration{10 * ms, 30 * ms}},
		{"the second is lost", []Rule{Lose(ladder.Left, Data, 2)}, []time.Duration{10 * ms, 270 * ms}},
		{"the first is late", []Rule{Late(ladder.Left, Data, 5*ms, 1)}, []time.Duration{15 * ms, 30 * ms}},
		{"the first is overtaken", []Rule{Late(ladder.Left, Data, 25*ms, 1)}, []time.Duration{30 * ms, 35 * ms}},
		{"twice", []Rule{Twice(ladder.Left, Data, 7*ms, 1)}, []time.Duration{10 * ms, 17 * ms, 30 * ms}},
		{"the first rule that applies decides", []Rule{Lose(ladder.Left, Data, 2), Late(ladder.Left, Data, 5*ms)}, []time.Duration{15 * ms, 280 * ms}},
		{"rules count what others decide", []Rule{Late(ladder.Left, Any, 5*ms, 1), Lose(ladder.Left, Data, 2)}, []time.Duration{15 * ms, 275 * ms}},
		{"until", []Rule{Until(20*ms, Late(ladder.Left, Data, 5*ms))}, []time.Duration{15 * ms, 30 * ms}},
		{"the other direction", []Rule{Lose(ladder.Right, Data)}, []time.Duration{10 * ms, 30 * ms}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := established(t)
			l.Rules = tt.rules
			l.Ends[0].Conn.SetNoDelay(0, true)
			l.At(0, func() { must(t, l.Ends[0].Write(100)) })
			l.At(20*ms, func() { must(t, l.Ends[0].Write(100)) })
			l.Run(300 * ms)
			var got []time.Duration
			for _, e := range l.Events() {
				if e.Kind == ladder.Arrive && e.Side == ladder.Right && e.Segment.Len > 0 {
					got = append(got, time.Duration(e.At))
				}
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("arrivals at %v, want %v\n%v", got, tt.want, short(l.Events()))
			}
		})
	}
}

// A host that has crashed takes nothing, not even what was on its way, and runs no
// timer; one that is up again answers for a connection that it does not know.
func TestCrashAndReboot(t *testing.T) {
	for _, listening := range []bool{false, true} {
		l := established(t)
		left, right := l.Ends[0], l.Ends[1]
		l.At(0, func() { must(t, left.Write(100)) })
		l.At(5*ms, right.Crash)
		l.At(250*ms, func() { must(t, right.Reboot(listening)) })
		l.Run(200 * ms)
		if len(right.Sent) != 0 || left.Sent[0].Lost {
			t.Errorf("sent %v", right.Sent)
		}
		if e := l.Events()[3]; e.Kind != ladder.Lost {
			t.Errorf("the segment to a host that is down: %v", short(l.Events()))
		}
		if err := right.Write(1); err == nil {
			t.Error("a call on a host that is down")
		}
		l.Run(time.Second)
		if err := left.Conn.Err(); err == nil || len(right.Sent) != 1 || right.Sent[0].Segment.Flags != tcp.RST {
			t.Errorf("error %v, sent %v", err, right.Sent)
		}
	}
}

func TestInject(t *testing.T) {
	l := established(t)
	v := l.Inject(ladder.Left, tcp.Segment{Seq: 1, Flags: tcp.RST}, "forged")
	if v != tcp.Reset || l.Ends[0].Conn.State() != tcp.StateClosed || l.Ends[0].Verdicts[0] != v {
		t.Errorf("verdict %v, %v", v, l.Ends[0].Verdicts)
	}
	v = l.Inject(ladder.Right, tcp.Segment{Seq: 1, Ack: 2, Flags: tcp.ACK}, "")
	if v != tcp.DroppedNoTimestamp {
		t.Errorf("verdict %v", v)
	}
}

// Numbers and times are relative: the diagram begins at 0 with sequence number 1.
func TestRelative(t *testing.T) {
	l := established(t)
	l.At(5*ms, func() { must(t, l.Ends[0].Write(10)) })
	l.Run(time.Second)
	d := l.Ends[0].Sent[0]
	if d.At != tcp.Time(5*ms) || d.Segment.Seq != 1 || d.Segment.Ack != 1 || l.Now() != tcp.Time(time.Second) {
		t.Errorf("at %v, now %v: %v", d.At, l.Now(), d.Segment)
	}
	if got := l.Ends[0].Relative(l.Ends[0].Conn.Status().SndNxt); got != 11 {
		t.Errorf("SND.NXT is %d, want 11", got)
	}
	for _, e := range l.Events() {
		if e.Segment.Options.Has(tcp.OptTimestamps) {
			t.Errorf("timestamps shown: %v", e.Segment)
		}
	}
	if !d.Segment.Options.Has(tcp.OptTimestamps) {
		t.Error("timestamps missing where all options are kept")
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 1500 * time.Microsecond: "1.5 ms", 212 * ms: "212 ms", time.Second: "1 s", 60120 * ms: "60.12 s",
		2 * time.Hour: "7200 s", 365 * 24 * time.Hour: "365 days", tcp.Forever: "for ever",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
