package tcp

import (
	"testing"
	"time"
)

// Ages beyond the last bound that looks at them are one: an idle connection whose
// peer answers is the same again and again.
func TestCanonicalForgetsAgesThatCannotMatter(t *testing.T) {
	cfg := plain(kept())
	cfg.InitialWindow = 2
	p := established(t, cfg)
	p.send(4 * 1460)
	p.take()
	p.in(". 1:1(0) ack 2921")
	p.take()
	p.in(". 1:1(0) ack 5841")
	var round [40]Conn
	for i := range round {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		for !p.c.pending() {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		p.want("a probe", ". 5840:5840(0) ack 1")
		p.in(". 1:1(0) ack 5841")
		round[i] = p.c.Canonical(p.now)
	}
	if round[20] != round[39] {
		p.fail("after 20 rounds it differs from that after 39")
	}
}

// Without timestamps their clock does not show, in whatever state.
func TestCanonicalForgetsTheClockWithoutTimestamps(t *testing.T) {
	for _, listen := range []bool{false, true} {
		p := newPeer(t, Config{Timestamps: Off})
		if listen {
			p.do("Listen", p.c.Listen(p.now, p.iss))
		}
		one, two := p.c.Canonical(p.now.Add(time.Second)), p.c.Canonical(p.now.Add(3*time.Second))
		if one != two {
			p.fail("a second makes a difference")
		}
	}
}
