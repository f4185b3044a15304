package reference

import (
	"fmt"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// scoreboard is ESTABLISHED with SACK and segments of 100 octets, ten of them in flight.
func scoreboard(t *testing.T) *one {
	c := plain(Default())
	c.SACK, c.MSS = true, 100
	x := &one{t: t, e: New(c), now: 1e9, iss: 0xffffff00, irs: 5000}
	if err := x.e.Open(x.now, x.iss); err != nil {
		t.Fatal(err)
	}
	x.drain()
	x.e.Arrive(x.now, &tcp.Segment{Seq: x.irs, Ack: x.iss + 1, Flags: tcp.SYN | tcp.ACK, Window: 60000,
		Options: tcp.Options{Present: tcp.OptMSS | tcp.OptSACKPermitted, MSS: 100}})
	x.do(send(5000))
	x.out = nil
	return x
}

// held is an ACK of everything before segment n with SACK blocks of segments [from, to).
func held(n int, spans ...int) event {
	return func(x *one) {
		s := tcp.Segment{Seq: x.irs + 1, Ack: x.iss.Add(1 + 100*n), Flags: tcp.ACK, Window: 60000}
		for i := 0; i < len(spans); i += 2 {
			s.Options.SACK[i/2] = tcp.SACKBlock{Left: x.iss.Add(1 + 100*spans[i]), Right: x.iss.Add(1 + 100*spans[i+1])}
			s.Options.NumSACK++
		}
		x.e.Arrive(x.now, &s)
	}
}

// RFC 6675: the rules one by one.
func TestScoreboard(t *testing.T) {
	x := scoreboard(t)
	again := func(n int) string { return fmt.Sprintf(". %d 1 (100)", 1+100*n) }
	x.do(held(0, 1, 2)).wants(again(10)) // (3): pipe is 900
	x.do(held(0, 1, 2)).wants("")        // no news
	x.do(held(0, 1, 3)).wants(again(11))
	x.do(held(0, 1, 3, 6, 7)).wants(again(0)) // (4.3), (C): cwnd 500, pipe 1000
	if s := x.e.Status(); s.Ssthresh != 500 || s.Cwnd != 500 {
		t.Errorf("%+v", s)
	}
	x.do(held(0, 1, 3, 6, 10)).wants(again(3) + "; " + again(4)) // pipe 300: 0, 10, 11
	x.do(held(0, 1, 3, 6, 12)).wants(again(5) + "; " + again(12))
	x.do(held(3, 6, 12)).wants(again(13)) // (B), (C)
	x.do(held(12)).wants(again(14))       // (A)
	if x.e.recovering {
		t.Error("beyond RecoveryPoint, and recovering")
	}
}
