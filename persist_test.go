package tcp

import (
	"fmt"
	"testing"
	"time"
)

// blocked leads to a connection with n octets queued behind a closed window.
func blocked(t *testing.T, cfg Config, n int, shut func(*peer)) *peer {
	t.Helper()
	p := newPeer(t, cfg)
	p.win = 0
	p.establish()
	if n > 0 {
		p.send(n)
	}
	if shut != nil {
		shut(p)
	}
	p.edges = nil
	return p
}

// I. Zero window.

// T100: every probe is acknowledged, for hours.
func TestT100_AnsweredProbesKeepItOpen(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    State
		shut func(*peer)
	}{
		{"ESTABLISHED", StateEstablished, nil},
		{"FIN-WAIT-1", StateFinWait1, (*peer).closeWrite},
		{"FIN-WAIT-1, orphan", StateFinWait1, (*peer).close},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := blocked(t, plain(Config{}), 2, tt.shut)
			p.wantState("nothing can leave", tt.s)
			want := 300 * time.Millisecond // the first after one RTO, then doubling up to the maximum
			for i := range 100 {
				p.advanceToDeadline(TimerPersist, want)
				p.want("one octet", ". 1:2(1) ack 1")
				p.wantCounters("counted", probeCounters(i))
				p.in(". 1:1(0) ack 1 win 0")
				p.wantStatus("answered", "WindowProbes", 0)
				p.wantState("for ever: MUST-37", tt.s)
				want = min(2*want, 120*time.Second)
			}
			p.wantErr("it has not ended", nil)
		})
	}
}

// probeCounters are the counters after 1+i probes of which all but the first repeat
// an octet.
func probeCounters(i int) string {
	if i == 0 {
		return "WindowProbes 1"
	}
	return fmt.Sprintf("Retransmits %d, WindowProbes %d", i, i+1)
}

func TestT101_WindowOpensAgain(t *testing.T) {
	p := blocked(t, plain(Config{}), 100, (*peer).closeWrite)
	p.advanceToDeadline(TimerPersist, 300*time.Millisecond)
	p.want("a probe", ". 1:2(1) ack 1")
	p.in(". 1:1(0) ack 1 win 0")
	p.wantTimers("doubled", "persist 600ms")
	p.after(100 * time.Millisecond)
	p.in(". 1:1(0) ack 1 win 5000")
	p.want("the probe's octet was not taken", ". 1:2(1) ack 1")
	p.want("the rest and the FIN", "FP. 2:101(99) ack 1")
	p.wantTimers("retransmission takes over", "retransmit 300ms")
	p.in(". 1:1(0) ack 102 win 5000")
	p.wantState("the close goes on", StateFinWait2)
	p.wantTimers("nothing is owed", "none")

	// The probe's octet was taken.
	p = blocked(t, plain(Config{}), 100, nil)
	p.advanceToDeadline(TimerPersist, 300*time.Millisecond)
	p.want("a probe", ". 1:2(1) ack 1")
	p.in(". 1:1(0) ack 2 win 5000")
	p.want("the rest", "P. 2:101(99) ack 1")
	p.wantTimers("retransmission takes over", "retransmit 337.5ms") // after a sample of 0 ms
}

func TestT102_UnansweredProbes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cfg   Config
		shut  func(*peer)
		limit int
		ends  time.Duration
	}{
		{"held", Config{}, (*peer).closeWrite, 15, 993300 * time.Millisecond},
		{"orphan", Config{}, (*peer).close, 8, 153300 * time.Millisecond},
		{"held, three", Config{DataRetries2: 3}, (*peer).closeWrite, 3, 4500 * time.Millisecond},
		{"orphan, two", Config{OrphanRetries: 2}, (*peer).close, 2, 2100 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := blocked(t, plain(tt.cfg), 100, tt.shut)
			start, made := p.now, 0
			for p.c.State() != StateClosed {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				if p.c.State() != StateClosed {
					made++
					p.want("a probe", ". 1:2(1) ack 1")
					p.wantStatus("unanswered", "WindowProbes", made)
				}
			}
			p.wantClosed("R2", &Error{Kind: KindTimeout, State: StateFinWait1})
			if made != tt.limit || p.now.Sub(start) != tt.ends {
				p.fail("%d probes in %v, want %d in %v", made, p.now.Sub(start), tt.limit, tt.ends)
			}
		})
	}
}

func TestT103_AbortIntoAClosedWindow(t *testing.T) {
	p := blocked(t, Config{}, 100, (*peer).closeWrite)
	p.advanceToDeadline(TimerPersist, 300*time.Millisecond)
	p.want("a probe", ". 1:2(1) ack 1")
	p.in(". 1:1(0) ack 1 win 0")
	p.abort()
	p.want("RST at SND.NXT", "R 2:2(0)")
	p.wantClosed("at once", ErrAborted)

	p = newPeer(t, Config{}) // LAST-ACK: the FIN went out as a probe
	p.win = 0
	p.establish()
	p.in("F. 1:1(0) ack 1")
	p.close()
	p.wantState("the FIN waits for the window", StateCloseWait)
	p.wantTimers("it is probed; the peer's FIN is not acknowledged yet", "persist 300ms, delayed ACK 40ms")
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("the acknowledgment", ". 1:1(0) ack 2")
	p.advanceToDeadline(TimerPersist, 260*time.Millisecond)
	p.want("the FIN as a probe", "F. 1:1(0) ack 2")
	p.wantState("sent", StateLastAck)
	p.abort()
	p.wantIdle("the peer knows all it has to")
	p.wantClosed("at once", ErrAborted)
}

func TestT104_FINIsTheProbe(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		form string
	}{
		{"default", plain(Config{}), "F. 1:1(0) ack 1"},
		{"RFC9293", plain(func() Config { c := RFC9293(); c.UserTimeout = Forever; return c }()), "F. 1:1(0) ack 1"},
		{"Linux", plain(Linux()), ". 0:0(0) ack 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := blocked(t, tt.cfg, 0, (*peer).closeWrite)
			p.wantState("the FIN waits: P-12", StateFinWait1)
			if !p.c.running(TimerPersist) {
				p.fail("nothing probes the window")
			}
			for range 5 {
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
				p.want("the probe", tt.form)
				p.in(". 1:1(0) ack 1 win 0")
				p.wantState("until it is acknowledged", StateFinWait1)
			}
			if tt.name == "Linux" {
				p.in(". 1:1(0) ack 1 win 100")
				p.want("the window is open", "F. 1:1(0) ack 1")
			}
			p.in(". 1:1(0) ack 2 win 0")
			p.wantState("acknowledged", StateFinWait2)
			p.wantTimers("nothing is owed", "none")
		})
	}
}

// T105: the window shrinks below a FIN that has left.
func TestT105_WindowShrinksBelowTheFIN(t *testing.T) {
	p := newPeer(t, plain(Config{DataRetries2: 3}))
	p.establish()
	p.send(100)
	p.closeWrite()
	p.want("data and FIN", "FP. 1:101(100) ack 1")
	p.after(rtt)
	p.in(". 1:1(0) ack 51 win 0")
	p.wantState("shrunk", StateFinWait1)
	for i := range 50 {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		var seg Segment
		if !p.c.Next(&seg) {
			p.fail("nothing asks for the window")
		}
		if seg.Seq != p.iss+51 {
			p.fail("it sends %s: only the oldest may be repeated (MAY-7)", p.show(&seg))
		}
		p.quiet(fmt.Sprintf("answer %d", i))
		p.in(". 1:1(0) ack 51 win 0")
		p.wantState("no timeout while it is answered: MUST-37", StateFinWait1)
		p.wantStatus("not counted", "Retransmissions", 0)
	}
	p.in(". 1:1(0) ack 51 win 1000")
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("the rest and the FIN", "FP. 51:101(50) ack 1")
	p.in(". 1:1(0) ack 102 win 1000")
	p.wantState("acknowledged", StateFinWait2)
}

// Silly-window avoidance of the sender holds a small segment back, and the persist
// timer overrides it.
func TestOverrideOfSillyWindowAvoidance(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.establish()
	p.in(". 1:1(0) ack 1 win 100") // far less than half of the largest
	p.send(1460)
	p.wantIdle("a silly window")
	p.wantTimers("something owed", "persist 300ms")
	p.advanceToDeadline(TimerPersist, 300*time.Millisecond)
	p.want("what fits", ". 1:101(100) ack 1")
	p.wantTimers("in flight", "retransmit 300ms")
}
