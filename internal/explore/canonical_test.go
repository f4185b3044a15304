package explore

import (
	"math/rand/v2"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// TestCanonicalFuture takes random ways, and does on each with two plain Conns,
// whose time goes on and which nothing is remembered of, what the worlds say. They
// must send the same, and come to the same canonical values.
func TestCanonicalFuture(t *testing.T) {
	for _, name := range []string{
		"open and close", "crash", "window", "delayed ACK", "reopen 6191", "incarnations", "timeouts",
		"keepalive", "linger", "reconnect", "urgent", "shutdown", "descriptors", "default", "Linux", "default open", "Linux open",
	} {
		t.Run(name, func(t *testing.T) {
			m := find(t, name)
			m.Losses, m.Duplicates, m.Delays = 3, 2, 3
			m.ISS[1] += 7 // no symmetry: end 0 stays end 0
			x, err := newExplorer(m)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorker(x)
			start, err := x.start(w.stepper)
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, 2))
			for range 150 {
				walk(t, w, start, random)
			}
		})
	}
}

// plainEnd is an end whose time goes on, and with it the clock of its timestamps:
// by passed since the start.
type plainEnd struct {
	conn   tcp.Conn
	now    tcp.Time
	passed tcp.Time
}

func walk(t *testing.T, w *worker, at world, random *rand.Rand) {
	t.Helper()
	var ends [2]plainEnd
	for i := range ends {
		ends[i].conn, ends[i].now = w.x.ends.at(at.end[i]).value.conn, w.x.ends.at(at.end[i]).value.now
	}
	for range 60 {
		var all []successor
		w.successors(&at, func(s *successor) bool {
			all = append(all, *s)
			return true
		})
		if len(all) == 0 {
			return
		}
		s := all[random.IntN(len(all))]
		inputs := [2]input{noInput, noInput}
		switch a := s.action; {
		case a.kind == actionCall && (a.call.opens() || a.call >= CallCrash):
			return // these make new connections, as the stepper does
		case a.kind == actionCall:
			inputs[a.end] = makeInput(inputCall, uint32(a.call))
		case a.kind == actionDeliver:
			inputs[1-a.end] = makeInput(inputArrival, at.net[a.end][a.at])
		case a.kind == actionTimer && !w.x.model.CommonClock:
			inputs[a.end] = makeInput(inputTimer, 0)
		case a.kind == actionTimer, a.kind == actionPause:
			d := w.nextTime(&at)
			if a.kind == actionPause {
				d = tcp.Time(w.x.model.Pause)
			}
			inputs[0], inputs[1] = makeInput(inputAge, w.x.times.id(&d)), makeInput(inputAge, w.x.times.id(&d))
		}
		for i, in := range inputs {
			if in != noInput {
				compare(t, w, &ends[i], at.end[i], s.world.end[i], in)
			}
		}
		at = s.world
		at.normalize(false, false)
	}
}

const noInput = ^input(0)

// compare lets a plain end do what the end numbered before did to become the one
// numbered after.
func compare(t *testing.T, w *worker, p *plainEnd, before, after uint32, in input) {
	t.Helper()
	var sent []tcp.Segment
	drain := func() {
		var seg tcp.Segment
		for p.conn.Next(&seg) {
			sent = append(sent, seg)
		}
	}
	advance := func() {
		for p.conn.Deadline() <= p.now {
			p.conn.Advance(p.now)
			drain()
		}
	}
	began := p.now
	switch in.kind() {
	case inputTimer:
		p.now = w.x.model.align(p.conn.Deadline())
	case inputAge:
		p.now += w.x.times.at(in.value()).value
	case inputArrival:
		seg := w.x.copies.at(in.value()).value.segment
		if w.x.shifts {
			shiftTimestamps(&seg, milliseconds(p.passed))
		}
		p.conn.Arrive(p.now, &seg)
		drain()
	case inputCall:
		switch Call(in.value()) {
		case CallSend:
			_ = p.conn.Send(p.now, 1)
		case CallReceive:
			_ = p.conn.Receive(p.now, p.conn.Readable())
		case CallCloseWrite:
			_ = p.conn.CloseWrite(p.now)
		case CallCloseRead:
			_ = p.conn.CloseRead(p.now)
		case CallClose:
			_ = p.conn.Close(p.now)
		case CallAbort:
			_ = p.conn.Abort(p.now)
		case CallSendUrgent:
			_ = p.conn.SendUrgent(p.now, 1)
		case CallRetain:
			_ = p.conn.Retain()
		case CallExit:
			_ = p.conn.Exit(p.now)
		case CallLinger:
			_ = p.conn.SetLinger(p.now, w.x.model.Linger)
		}
		drain()
	}
	advance()
	p.passed += p.now - began
	back := -milliseconds(p.passed)
	got := p.conn.Canonical(p.now)
	if w.x.shifts {
		got.ShiftTimestamps(back, back)
		for i := range sent {
			shiftTimestamps(&sent[i], back)
		}
	}
	res := w.react(before, in)
	for i, id := range res.sent {
		switch {
		case id == 0 && i < len(sent), id != 0 && i >= len(sent):
			t.Fatalf("%d segments instead of those of %v", len(sent), res.sent)
		case id != 0 && w.x.copies.at(id).value.segment != sent[i]:
			t.Fatalf("%v instead of %v", &sent[i], &w.x.copies.at(id).value.segment)
		}
	}
	if want := w.x.ends.at(after).value.conn; got != want {
		t.Fatalf("another future:\n%+v\n%+v", got, want)
	}
}
