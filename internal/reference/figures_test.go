package reference

import (
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

func presets(t *testing.T, f func(t *testing.T, c Config)) {
	t.Run("default", func(t *testing.T) { f(t, plain(Default())) })
	t.Run("rfc9293", func(t *testing.T) { f(t, plain(RFC9293())) })
}

// RFC 9293 Figure 6: basic three-way handshake.
func TestFigure6(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c)
		p.must(p.B.Listen(p.now, issB))
		p.must(p.A.Open(p.now, issA))
		p.Run(time.Second)
		p.must(p.A.Send(p.now, 5))
		p.Run(time.Second)
		p.wants(
			"A = SYN-SENT",
			"A <SEQ=100><CTL=SYN>",
			"B = LISTEN",
			"B = SYN-RECEIVED",
			"B <SEQ=300><ACK=101><CTL=SYN,ACK>",
			"A = ESTABLISHED",
			"A <SEQ=101><ACK=301><CTL=ACK>",
			"B = ESTABLISHED",
			"A <SEQ=101><ACK=301><CTL=ACK><LEN=5>",
			"B <SEQ=301><ACK=106><CTL=ACK>",
		)
	})
}

// RFC 9293 Figure 7: simultaneous open.
func TestFigure7(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c)
		p.must(p.A.Open(p.now, issA))
		p.must(p.B.Open(p.now, issB))
		p.Run(time.Second / 2)
		p.wants(
			"A = SYN-SENT",
			"A <SEQ=100><CTL=SYN>",
			"B = SYN-SENT",
			"B <SEQ=300><CTL=SYN>",
			"B = SYN-RECEIVED",
			"B <SEQ=300><ACK=101><CTL=SYN,ACK>",
			"A = SYN-RECEIVED",
			"A <SEQ=100><ACK=301><CTL=SYN,ACK>",
			"A = ESTABLISHED",
			"A <SEQ=101><ACK=301><CTL=ACK>", // P-1; the figure shows none
			"B = ESTABLISHED",
			"B <SEQ=301><ACK=101><CTL=ACK>",
		)
	})
}

// RFC 9293 Figure 8: an old duplicate SYN initiates a reset.
func TestFigure8(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c)
		p.must(p.B.Listen(p.now, issB))
		p.B.Arrive(p.now, &tcp.Segment{Seq: 90, Flags: tcp.SYN, Window: 100})
		p.must(p.A.Open(p.now, issA))
		p.Lose = func(n int, seg *tcp.Segment) int {
			if n == 1 { // our SYN comes late
				return 0
			}
			return 1
		}
		p.Run(2 * time.Second)
		p.wants(
			"A = SYN-SENT",
			"A <SEQ=100><CTL=SYN> lost",
			"B = SYN-RECEIVED",
			"B <SEQ=300><ACK=91><CTL=SYN,ACK>",
			"A <SEQ=91><CTL=RST>",
			"B = LISTEN",
			"A <SEQ=100><CTL=SYN>",
			"B = SYN-RECEIVED",
			"B <SEQ=65838><ACK=101><CTL=SYN,ACK>",
			"A = ESTABLISHED",
			"A <SEQ=101><ACK=65839><CTL=ACK>",
			"B = ESTABLISHED",
		)
	})
}

// RFC 9293 Figure 9: half-open connection discovery, with RFC 5961: A crashed and
// opens again; B challenges and learns of it by the RST.
func TestFigure9(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c).Established()
		p.A = New(c)
		p.must(p.A.Open(p.now, 400))
		p.Run(50 * ms)
		p.wants(
			"A = SYN-SENT",
			"A <SEQ=400><CTL=SYN>",
			"B <SEQ=301><ACK=101><CTL=ACK>",
			"A <SEQ=101><CTL=RST>",
			"B = CLOSED",
		)
		if p.B.Err() != ErrReset {
			t.Errorf("B ended with %v", p.B.Err())
		}
	})
}

// RFC 9293 Figure 10: the active side causes half-open connection discovery.
func TestFigure10(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c).Established()
		p.A, p.states[0] = New(c), tcp.StateClosed
		p.must(p.B.Send(p.now, 10))
		p.Run(50 * ms)
		p.wants(
			"B <SEQ=301><ACK=101><CTL=ACK><LEN=10>",
			"A <SEQ=101><CTL=RST>",
			"B = CLOSED",
		)
	})
}

// RFC 9293 Figure 11: an old duplicate SYN causes a reset on two passive sockets.
func TestFigure11(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c)
		p.must(p.A.Listen(p.now, issA))
		p.must(p.B.Listen(p.now, issB))
		p.drain()
		p.log = nil
		p.B.Arrive(p.now, &tcp.Segment{Seq: 7, Flags: tcp.SYN, Window: 100})
		p.Run(50 * ms)
		p.wants(
			"B = SYN-RECEIVED",
			"B <SEQ=300><ACK=8><CTL=SYN,ACK>",
			"A <SEQ=8><CTL=RST>",
			"B = LISTEN",
		)
	})
}

// RFC 9293 Figure 12: normal close sequence.
func TestFigure12(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c).Established()
		p.must(p.A.CloseWrite(p.now))
		p.Run(300 * ms)
		p.must(p.B.CloseWrite(p.now))
		p.Run(300 * ms)
		entered := p.B.now // B took A's ACK one delay after A entered TIME-WAIT
		p.wants(
			"A = FIN-WAIT-1",
			"A <SEQ=101><ACK=301><CTL=FIN,ACK>",
			"B = CLOSE-WAIT",
			"B <SEQ=301><ACK=102><CTL=ACK>",
			"A = FIN-WAIT-2",
			"B <SEQ=301><ACK=102><CTL=FIN,ACK>",
			"B = LAST-ACK",
			"A = TIME-WAIT",
			"A <SEQ=102><ACK=302><CTL=ACK>",
			"B = CLOSED",
		)
		if want := entered.Add(2*c.MSL - p.delay); p.A.Deadline() != want {
			t.Errorf("TIME-WAIT ends at %v, want %v", p.A.Deadline(), want)
		}
		p.Run(2 * c.MSL)
		p.wants("A = CLOSED")
		if p.A.Err() != nil || p.B.Err() != nil || p.A.Deadline() != tcp.Never {
			t.Errorf("not a clean end: %v, %v, deadline %v", p.A.Err(), p.B.Err(), p.A.Deadline())
		}
	})
}

// RFC 9293 Figure 13: simultaneous close.
func TestFigure13(t *testing.T) {
	presets(t, func(t *testing.T, c Config) {
		p := newPair(t, c, c).Established()
		p.must(p.A.CloseWrite(p.now))
		p.must(p.B.CloseWrite(p.now))
		p.Run(time.Second)
		p.wants(
			"A = FIN-WAIT-1",
			"A <SEQ=101><ACK=301><CTL=FIN,ACK>",
			"B = FIN-WAIT-1",
			"B <SEQ=301><ACK=101><CTL=FIN,ACK>",
			"B = CLOSING",
			"B <SEQ=302><ACK=102><CTL=ACK>",
			"A = CLOSING",
			"A <SEQ=102><ACK=302><CTL=ACK>",
			"A = TIME-WAIT",
			"B = TIME-WAIT",
		)
		p.Run(2 * c.MSL)
		p.wants("A = CLOSED", "B = CLOSED")
	})
}
