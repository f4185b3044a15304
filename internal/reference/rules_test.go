package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

func (x *one) wants(want string) {
	x.t.Helper()
	if got := strings.Join(x.out, "; "); got != want {
		x.t.Errorf("sent %q\nwant %q", got, want)
	}
	x.out = nil
}

func (x *one) wantsState(s tcp.State, err error) {
	x.t.Helper()
	if x.e.State() != s || x.e.Err() != err {
		x.t.Errorf("%v with %v, want %v with %v", x.e.State(), x.e.Err(), s, err)
	}
}

// times runs until nothing more happens and returns when segments left, relative
// to the start.
func (x *one) times(most time.Duration) (at []time.Duration, end time.Duration) {
	start := x.now
	for x.e.Deadline() != tcp.Never && x.e.Deadline() <= start.Add(most) {
		x.now = x.e.Deadline()
		x.e.Advance(x.now)
		var s tcp.Segment
		for x.e.Next(&s) {
			at = append(at, x.now.Sub(start))
		}
	}
	return at, x.now.Sub(start)
}

// S2, S5: T(N) = Σ min(RTO·2^i, M).
func TestGivingUp(t *testing.T) {
	sum := func(first, most time.Duration, n int) (total time.Duration) {
		for range n {
			total += min(first, most)
			first *= 2
		}
		return total
	}
	for _, tc := range []struct {
		name  string
		c     Config
		from  tcp.State
		close event
		n     int
		end   time.Duration
		err   error
	}{
		{"SYN", plain(Default()), ss, nil, 7, sum(time.Second, 120*time.Second, 8), ErrTimeout},
		{"SYN, standard", plain(RFC9293()), ss, nil, 7, sum(time.Second, 60*time.Second, 8), ErrTimeout},
		{"FIN", plain(Default()), es, closeWrite, 15, sum(200*ms, 120*time.Second, 16), ErrTimeout},
		{"FIN of an orphan", plain(Default()), es, fullClose, 8, sum(200*ms, 120*time.Second, 9), ErrTimeout},
		{"FIN, standard", plain(RFC9293()), es, closeWrite, 9, 300 * time.Second, ErrUserTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := reach(t, tc.c, tc.from)
			if tc.close != nil {
				x.do(tc.close)
			}
			at, end := x.times(Forever)
			if len(at) != tc.n || end != tc.end {
				t.Errorf("%d retransmissions, end after %v; want %d, %v", len(at), end, tc.n, tc.end)
			}
			x.wantsState(cl, tc.err)
		})
	}
}

// RFC 6298 (5.7): a SYN timed out, no sample: 3 s.
func TestRTOAfterLostSYN(t *testing.T) {
	x := reach(t, plain(Default()), ss).do(tick, in("S.", 0, 1, 0))
	if s := x.e.Status(); s.RTO != 3e9 || s.Cwnd != 1460 {
		t.Errorf("RTO %v, cwnd %d", s.RTO, s.Cwnd)
	}
}

// RFC 6298 §2, and Karn's rule.
func TestRTT(t *testing.T) {
	c := plain(Default())
	c.MinRTO = 0
	x := reach(t, c, ss).do(wait(80*ms), in("S.", 0, 1, 0))
	if s := x.e.Status(); s.SRTT != 80e6 || s.RTTVar != 40e6 || s.RTO != 240e6 {
		t.Fatalf("first: %+v", s)
	}
	x.do(send(5), wait(160*ms), in(".", 1, 6, 0))
	if s := x.e.Status(); s.RTTVar != 50e6 || s.SRTT != 90e6 || s.RTO != 290e6 {
		t.Fatalf("second: %+v", s)
	}
	x.do(send(5), tick, wait(10*ms), in(".", 1, 11, 0))
	if s := x.e.Status(); s.SRTT != 90e6 || s.RTO != 580e6 {
		t.Fatalf("ambiguous: %+v", s)
	}
}

// S12.
func TestDelayedACK(t *testing.T) {
	x := reach(t, plain(Default()), es)
	x.do(in(".", 1, 1, 100), wait(39*ms)).wants("")
	x.do(wait(1 * ms)).wants(". 1 101")
	x.do(in(".", 101, 1, 1460)).wants("")
	x.do(in(".", 1561, 1, 1460)).wants(". 1 3021")
	x.do(in(".", 3021, 1, 1), send(1)).wants("P. 1 3022 (1)")
	x.do(in(".", 3030, 1, 5)).wants(". 2 3022")
	x.do(in(".", 3022, 1, 8)).wants(". 2 3035")
}

// The right edge stands still until it can move by a segment (MUST-39), and a
// window that the user opened is announced.
func TestReceiveWindow(t *testing.T) {
	c := plain(Default())
	c.ReceiveBuffer = 4000
	c.DelayedACK = 0
	x := reach(t, c, es)
	window := func() uint16 {
		x.e.ackNow = true
		var s tcp.Segment
		x.e.Next(&s)
		return s.Window
	}
	x.do(in(".", 1, 1, 1460), in(".", 1461, 1, 1460), in(".", 2921, 1, 1080)).
		wants(". 1 1461; . 1 2921; . 1 4001")
	if w := window(); w != 0 {
		t.Fatalf("window %d", w)
	}
	x.do(in(".", 4001, 1, 1), in(".", 4001, 1, 0)).wants(". 1 4001")
	if x.e.Readable() != 4000 {
		t.Fatal("took text with the window closed")
	}
	x.do(receive(1459)).wants("")
	if w := window(); w != 0 {
		t.Fatalf("silly window %d", w)
	}
	x.do(receive(1)).wants(". 1 4001")
	if w := window(); w != 1460 {
		t.Fatalf("window %d", w)
	}
}

// MUST-38, Nagle.
func TestNagle(t *testing.T) {
	x := reach(t, plain(Default()), es)
	x.do(send(10), send(10), send(1460)).wants("P. 1 1 (10); . 11 1 (1460)")
	x.do(in(".", 1, 1471, 0)).wants("P. 1471 1 (10)")
	reach(t, plain(Default()), ss).do(inWindow("S.", 0, 1, 0, 1000), send(100), send(5000)).
		wants(". 1 1; P. 1 1 (100)") // rule (3) waits too
	c := plain(Default())
	c.NoDelay = true
	reach(t, c, es).do(send(10), send(10)).wants("P. 1 1 (10); P. 11 1 (10)")
}

// Rule (4) of the sender's SWS avoidance.
func TestSWSOverride(t *testing.T) {
	x := reach(t, plain(Default()), es)
	x.do(inWindow(".", 1, 1, 0, 100), send(500)).wants("")
	if x.e.Deadline() != x.now.Add(200*ms) {
		t.Fatalf("deadline %v", x.e.Deadline())
	}
	x.do(tick).wants(". 1 1 (100)")
}

// MUST-36, MUST-37, SHLD-29, SHLD-30.
func TestZeroWindowProbes(t *testing.T) {
	for _, explicit := range []bool{false, true} {
		c := plain(RFC9293())
		c.UserTimeoutExplicit = explicit
		x := reach(t, c, es).do(inWindow(".", 1, 1, 0, 0), send(3))
		x.wants("")
		x.do(tick).wants(". 1 1 (1)")
		for range 20 {
			x.do(inWindow(".", 1, 1, 0, 0), tick)
			if x.e.State() != es {
				break
			}
			x.wants(". 1 1 (1)")
		}
		if explicit {
			x.wantsState(cl, ErrUserTimeout) // P-14
			continue
		}
		x.wantsState(es, nil)
		x.do(inWindow(".", 1, 2, 0, 0), tick).wants(". 2 1 (1)")
		x.do(in(".", 1, 2, 0)).wants(". 2 1 (1)") // the window opens, the octet was refused
		x.do(in(".", 1, 3, 0)).wants("P. 3 1 (1)")
	}
}

// T102: no probe is answered.
func TestZeroWindowDeadPeer(t *testing.T) {
	c := plain(Default())
	c.DataRetries = 3
	x := reach(t, c, es).do(inWindow(".", 1, 1, 0, 0), send(3))
	at, end := x.times(Forever)
	if want := "[200ms 600ms 1.4s]"; fmt.Sprint(at) != want || end != 3*time.Second {
		t.Errorf("probes at %v, end %v", at, end)
	}
	x.wantsState(cl, ErrTimeout)
}

// T104: the FIN as a probe; CLOSE-WAIT is left when it goes.
func TestFINAsProbe(t *testing.T) {
	x := reach(t, plain(Default()), cw).do(inWindow(".", 2, 1, 0, 0), closeWrite)
	x.wants("")
	x.wantsState(cw, nil)
	x.do(tick).wants("F. 1 2")
	x.wantsState(la, nil)
	x.do(tick).wants("F. 1 2")
	x.do(inWindow(".", 2, 2, 0, 0)).wantsState(cl, nil)
}

// S17.
func TestKeepalive(t *testing.T) {
	c := plain(Default())
	c.Keepalive = true
	x := reach(t, c, es).do(wait(7199 * time.Second))
	x.wants("")
	x.do(wait(time.Second)).wants(". 0 1")
	x.do(in(".", 1, 1, 0), wait(7199*time.Second)).wants("")
	x.do(wait(time.Second), in("R", 1, 0, 0)).wantsState(cl, ErrReset)

	x = reach(t, c, es)
	at, end := x.times(Forever)
	if len(at) != 10 || end != (7200+9*75)*time.Second { // nine probes and the RST
		t.Errorf("%d segments until %v", len(at), end)
	}
	x.wantsState(cl, ErrKeepalive)
}

// RFC 2018 and RFC 2883.
func TestSACK(t *testing.T) {
	c := plain(Default())
	c.SACK = true
	x := &one{t: t, e: New(c), now: 1e9, iss: 0xffffff00, irs: 0xfffffffa}
	if err := x.e.Listen(x.now, x.iss); err != nil {
		t.Fatal(err)
	}
	blocks := func() string {
		var s tcp.Segment
		for x.e.Next(&s) {
		}
		var out []string
		for _, b := range s.Options.SACK[:s.Options.NumSACK] {
			out = append(out, fmt.Sprintf("%d-%d", b.Left.Sub(x.irs), b.Right.Sub(x.irs)))
		}
		return fmt.Sprintf("%d: %s", s.Ack.Sub(x.irs), strings.Join(out, " "))
	}
	x.e.Arrive(x.now, &tcp.Segment{Seq: x.irs, Flags: tcp.SYN, Window: 9000,
		Options: tcp.Options{Present: tcp.OptSACKPermitted}})
	x.do(in(".", 1, 1, 0))
	for _, step := range []struct {
		seq, n int
		fin    bool
		want   string
	}{
		{11, 10, false, "1: 11-21"},
		{31, 10, false, "1: 31-41 11-21"},
		{51, 10, false, "1: 51-61 31-41 11-21"},
		{33, 4, false, "1: 33-37 31-41 51-61 11-21"}, // D-SACK, then the block around it
		{1, 10, false, "21: 31-41 51-61"},
		{5, 4, false, "21: 5-9 31-41 51-61"},
		{61, 0, true, "21: 51-62 31-41"},
		{21, 30, false, "62: 31-41"}, // fills the gap, overlaps a block
	} {
		f := "."
		if step.fin {
			f = "F."
		}
		in(f, step.seq, 1, step.n)(x)
		if got := blocks(); got != step.want {
			t.Errorf("after %d+%d: %s, want %s", step.seq, step.n, got, step.want)
		}
	}
	x.wantsState(cw, nil)
}

// stamped is in with timestamps.
func stamped(f string, seq, ack, n int, val, ecr uint32) event {
	return func(x *one) {
		x.e.Arrive(x.now, &tcp.Segment{Seq: x.irs.Add(seq), Ack: x.iss.Add(ack), Flags: flags(f),
			Len: n, Window: 1000, Options: tcp.Options{Present: tcp.OptTimestamps, TSVal: val, TSEcr: ecr}})
	}
}

// RFC 7323.
func TestTimestamps(t *testing.T) {
	c := plain(Default())
	c.Timestamps = true
	c.DelayedACK = 0
	x := &one{t: t, e: New(c), now: 1e9, iss: 1000, irs: 5000}
	_ = x.e.Listen(x.now, x.iss)
	x.do(stamped("S", 0, 0, 0, 0xfffffff0, 0), wait(70*ms), stamped(".", 1, 1, 0, 0xfffffff1, 1000))
	if s := x.e.Status(); s.SRTT != 70e6 {
		t.Errorf("SRTT %v", s.SRTT)
	}
	x.out = nil
	x.do(stamped(".", 1, 1, 5, 5, 0)).wants(". 1 6") // wrapped, newer
	x.do(stamped(".", 6, 1, 5, 0xfffffff5, 0)).wants(". 1 6")
	x.do(in(".", 6, 1, 5)).wants("") // 0a
	if x.e.Readable() != 5 || x.e.tsRecent != 5 {
		t.Errorf("readable %d, TS.Recent %d", x.e.Readable(), x.e.tsRecent)
	}
	x.do(wait(24*24*time.Hour+time.Second), stamped(".", 6, 1, 5, 0xfffffff5, 0)).wants(". 1 11")
	x.do(stamped(".", 20, 1, 5, 0xfffffff9, 0))
	if x.e.tsRecent != 0xfffffff5 {
		t.Errorf("TS.Recent %#x from a segment out of order", x.e.tsRecent)
	}
	x.do(stamped("R", 11, 0, 0, 1, 0)).wantsState(cl, ErrReset) // T72
}

func TestWindowScale(t *testing.T) {
	c := plain(Default())
	c.WindowScale = true
	c.ReceiveBuffer = 1 << 20
	x := &one{t: t, e: New(c), now: 1e9, iss: 1000, irs: 5000}
	_ = x.e.Open(x.now, x.iss)
	var s tcp.Segment
	x.e.Next(&s)
	if s.Window != 65535 || s.Options.WindowScale != 5 {
		t.Fatalf("%+v", s)
	}
	x.e.Arrive(x.now, &tcp.Segment{Seq: x.irs, Ack: x.iss + 1, Flags: tcp.SYN | tcp.ACK, Window: 1000,
		Options: tcp.Options{Present: tcp.OptWindowScale, WindowScale: 15}})
	x.e.Next(&s)
	if st := x.e.Status(); s.Window != 1<<15 || st.SndWnd != 1000 || st.RcvWnd != 1<<20 {
		t.Fatalf("%+v, %+v", s, st)
	}
	x.do(inWindow(".", 1, 1, 0, 2))
	if st := x.e.Status(); st.SndWnd != 2<<14 {
		t.Errorf("SND.WND %d", st.SndWnd)
	}
}

// RFC 6191's table and the strict rule (S14, S15); the old record comes back (T86).
func TestSYNInTimeWait(t *testing.T) {
	const none = 1 << 31 // no option
	for _, tc := range []struct {
		rule   TimeWaitSYN
		old    bool // the old connection has timestamps; TS.Recent is 50
		ts     int
		seq    int // RCV.NXT is 2, the FIN 1
		accept bool
		answer bool // an ACK where not accepted
	}{
		{RFC6191, true, 51, -9, true, false},
		{RFC6191, true, 50, 2, true, false},
		{RFC6191, true, 50, 1, false, false},
		{RFC6191, true, 49, 99, false, false},
		{RFC6191, true, none, 2, true, false},
		{RFC6191, true, none, 1, false, false},
		{RFC6191, false, 1, -9, true, false},
		{RFC6191, false, none, 2, true, false},
		{RFC6191, false, none, 1, false, false},
		{Strict, true, 51, 3, true, false},
		{Strict, true, 51, 2, false, true},
		{Strict, true, 50, 3, false, true},
		{Strict, true, none, 3, true, false},
		{Strict, false, none, 3, true, false},
		{Strict, false, none, 2, false, true},
	} {
		c := plain(Default())
		c.Timestamps = true
		c.Reopen = true
		c.TimeWaitSYN = tc.rule
		x := &one{t: t, e: New(c), now: 1e9, iss: 1000, irs: 5000}
		arrive := func(f string, seq, ack, ts int) event {
			if ts == none {
				return in(f, seq, ack, 0)
			}
			return stamped(f, seq, ack, 0, uint32(ts), 0)
		}
		ts := none
		if tc.old {
			ts = 50
		}
		_ = x.e.Open(x.now, x.iss)
		x.drain()
		x.do(arrive("S.", 0, 1, ts), fullClose, arrive("F.", 1, 2, ts))
		x.wantsState(tw, nil)
		deadline := x.e.Deadline()
		x.out = nil
		x.do(wait(time.Second), arrive("S", tc.seq, 0, tc.ts))
		name := fmt.Sprintf("%+v", tc)
		switch {
		case tc.accept:
			x.wants(fmt.Sprintf("S. %d %d", 2+65537, tc.seq+1))
			x.wantsState(sr, nil)
			x.do(arrive("R", tc.seq+1, 0, tc.ts))
			if tc.rule == RFC6191 && (x.e.State() != tw || x.e.Deadline() != deadline) {
				t.Errorf("%s: not back in TIME-WAIT: %v, %v", name, x.e.State(), x.e.Deadline())
			}
		case tc.answer:
			x.wants(". 2 2")
			x.wantsState(tw, nil)
		default:
			x.wants("")
			x.wantsState(tw, nil)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// T40, I72: only the peer's FIN restarts 2MSL.
func TestTimeWaitRestart(t *testing.T) {
	x := reach(t, plain(Default()), tw).do(wait(7 * time.Second))
	before := x.e.Deadline()
	x.do(in(".", 1, 2, 1), in(".", 2, 2, 0), in("S.", 2, 2, 0), in("F.", 2, 2, 0))
	if x.e.Deadline() != before {
		t.Error("restarted")
	}
	x.do(in("F.", 1, 2, 0))
	if x.e.Deadline() != x.now.Add(60*time.Second) || x.e.Status().TimeWaitRestarts != 1 {
		t.Error("not restarted")
	}
}

// I34 with more than one in the interval.
func TestChallengeLimit(t *testing.T) {
	x := reach(t, plain(RFC9293()), es)
	for range 30 {
		x.do(in("R", 2, 0, 0), wait(100*ms))
	}
	if s := x.e.Status(); len(x.out) != 10 || s.Challenged != 10 || s.Suppressed != 20 {
		t.Errorf("%d sent, %+v", len(x.out), s)
	}
	x.do(wait(2899*ms), in("R", 2, 0, 0), wait(1*ms), in("R", 2, 0, 0))
	if len(x.out) != 11 {
		t.Error("not sent again after the interval")
	}
}

// RFC 5681, RFC 6582.
func TestCongestionWindow(t *testing.T) {
	c := plain(RFC9293())
	x := reach(t, c, es)
	status := func() string {
		s := x.e.Status()
		return fmt.Sprintf("cwnd %.2f ssthresh %.2f", float64(s.Cwnd)/1460, float64(min(s.Ssthresh, 146000))/1460)
	}
	want := func(w string) {
		t.Helper()
		if got := status(); got != w {
			t.Errorf("%s, want %s", got, w)
		}
	}
	seg := func(n int) int { return 1 + 1460*n }
	x.do(send(40 * 1460))
	want("cwnd 3.00 ssthresh 100.00")
	if len(x.out) != 3 {
		t.Fatalf("initial window of %d", len(x.out))
	}
	x.do(in(".", 1, seg(1), 0), in(".", 1, seg(2), 0), in(".", 1, seg(3), 0), in(".", 1, seg(4), 0))
	want("cwnd 7.00 ssthresh 100.00")
	x.out = nil
	x.do(in(".", 1, seg(4), 0), in(".", 1, seg(4), 0))
	if len(x.out) != 2 { // limited transmit
		t.Errorf("sent %v", x.out)
	}
	x.out = nil
	x.do(in(".", 1, seg(4), 0)).wants(fmt.Sprintf(". %d 1 (1460)", seg(4)))
	want("cwnd 6.50 ssthresh 3.50")
	x.do(in(".", 1, seg(4), 0))
	want("cwnd 7.50 ssthresh 3.50")
	x.do(in(".", 1, seg(6), 0)).wants(fmt.Sprintf(". %d 1 (1460)", seg(6))) // partial
	want("cwnd 6.50 ssthresh 3.50")
	x.do(in(".", 1, seg(13), 0))
	want("cwnd 2.00 ssthresh 3.50")
	x.do(in(".", 1, seg(14), 0), in(".", 1, seg(15), 0))
	want("cwnd 4.00 ssthresh 3.50")
	x.do(tick)
	want("cwnd 1.00 ssthresh 2.00")
	x.do(tick)
	want("cwnd 1.00 ssthresh 2.00")
}

// Duplicate ACKs count from the last new one; what is sent again is not sent again
// by the timer within an RTO (I65).
func TestFastRetransmit(t *testing.T) {
	x := reach(t, plain(Default()), es).do(send(6 * 1460))
	again := func() event { return in(".", 1, 1461, 0) }
	x.do(in(".", 1, 1, 0), in(".", 1, 1, 0), again())
	x.out = nil
	x.do(again(), again(), wait(100*ms)).wants("")
	x.do(again()).wants(". 1461 1 (1460)")
	if want := x.now.Add(time.Duration(x.e.Status().RTO)); x.e.Deadline() != want {
		t.Errorf("retransmission timer at %v, want %v", x.e.Deadline(), want)
	}
}

// S8: only the last Close closes.
func TestReferences(t *testing.T) {
	x := reach(t, plain(Default()), es)
	if x.e.Retain() != nil {
		t.Fatal("Retain")
	}
	x.do(fullClose, send(1)).wants("P. 1 1 (1)")
	x.do(in(".", 1, 2, 0), call(func(x *one) error { return x.e.Exit(x.now) })).wants("F. 2 1")
	x.do(fullClose).wants("error: connection does not exist")
}

func TestUrgent(t *testing.T) {
	x := reach(t, plain(Default()), es)
	x.do(call(func(x *one) error { return x.e.SendUrgent(x.now, 3) })).wants("P.U 1 1 (3)")
	x.do(func(x *one) {
		x.e.Arrive(x.now, &tcp.Segment{Seq: x.irs + 1, Ack: x.iss + 4, Flags: tcp.ACK | tcp.URG, Urgent: 5, Len: 2, Window: 99})
	})
	if off, ok := x.e.UrgentMark(); off != 5 || !ok {
		t.Error(off, ok)
	}
}
