package tcp

import (
	"fmt"
	"testing"
	"time"
)

// kept is a configuration with keepalive: 10 s, then every second, three times.
func kept() Config {
	return Config{KeepAlive: true, KeepAliveIdle: 10 * time.Second, KeepAliveInterval: time.Second, KeepAliveCount: 3}
}

// probe is the keepalive probe of the state: SEQ = SND.NXT−1 (SHLD-12).
func (p *peer) wantProbe(sentence string) {
	p.t.Helper()
	snd, rcv := p.numbers()
	p.want(sentence, fmt.Sprintf(". %[1]d:%[1]d(0) ack %d", snd-1, rcv))
}

var keptStates = [...]State{StateEstablished, StateCloseWait, StateFinWait2}

func TestT95_SomeProbesLostThenAnswered(t *testing.T) {
	for _, s := range keptStates {
		p := connAt(t, kept(), s, (*peer).closeWrite)
		idle := 10 * time.Second
		if s == StateCloseWait { // since the FIN came 40 ms before its acknowledgment left
			idle -= 40 * time.Millisecond
		}
		start := p.now
		for round := range 3 {
			for i := range 2 {
				if i == 0 {
					advanceToKeepAlive(p, start, idle)
				} else {
					p.advanceToDeadline(TimerKeepAlive, time.Second)
				}
				p.wantProbe("a probe")
				p.wantStatus("unanswered", "KeepAliveProbes", i+1)
			}
			p.after(rtt)
			snd, rcv := p.numbers()
			p.in(fmt.Sprintf(". %[1]d:%[1]d(0) ack %[2]d", rcv, snd))
			p.wantState("alive", s)
			p.wantStatus("answered", "KeepAliveProbes", 0)
			p.wantCounters("counted", fmt.Sprintf("KeepAliveProbes %d", 2*(round+1)))
			start, idle = p.now, 10*time.Second
		}
	}
}

// advanceToKeepAlive lets time pass until a probe is sent, which must be d after
// start: the timer looks once or twice before.
func advanceToKeepAlive(p *peer, start Time, d time.Duration) {
	p.t.Helper()
	for !p.c.pending() {
		if p.c.Deadline() == Never || p.c.Deadline() > start.Add(d) {
			p.fail("no probe within %v", d)
		}
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
	}
	if p.now.Sub(start) != d {
		p.fail("a probe after %v, want %v", p.now.Sub(start), d)
	}
}

func TestT96_EveryProbeUnanswered(t *testing.T) {
	for _, s := range keptStates {
		for _, reset := range []Switch{On, Off} {
			cfg := kept()
			cfg.KeepAliveReset = reset
			p := connAt(t, cfg, s, (*peer).closeWrite)
			snd, _ := p.numbers()
			for i := range 3 {
				if i == 0 {
					for !p.c.pending() {
						p.now = p.c.Deadline()
						p.c.Advance(p.now)
					}
				} else {
					p.advanceToDeadline(TimerKeepAlive, time.Second)
				}
				p.wantProbe("a probe")
				p.wantState("not yet", s)
			}
			p.advanceToDeadline(TimerKeepAlive, time.Second)
			if reset == On {
				p.want("in case it is there", fmt.Sprintf("R %[1]d:%[1]d(0)", snd))
			}
			p.wantClosed("dead", &Error{Kind: KindKeepAlive, State: s})
			p.wantStatus("the limit", "KeepAliveProbes", 3)
		}
	}
}

func TestT97_ProbeAnsweredByRST(t *testing.T) {
	for _, s := range keptStates {
		p := connAt(t, kept(), s, (*peer).closeWrite)
		for !p.c.pending() {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		p.wantProbe("a probe")
		probe := p.last
		var rst Segment
		if !Reject(p.c, &probe, &rst) {
			p.fail("a rebooted host does not answer")
		}
		p.c.Arrive(p.now, &rst)
		p.wantClosed("rebooted", &Error{Kind: KindReset, State: s})
		p.wantCounters("one probe", "KeepAliveProbes 1")
	}
}

// S17: the three endings, between two connections.
func TestS17_KeepAlive(t *testing.T) {
	t.Run("alive", func(t *testing.T) {
		e := openEnds(t, kept())
		e.c[endB].set.keepAlive = false
		e.c[endB].stop(TimerKeepAlive)
		e.passes(25 * time.Second)
		e.wantTalk("a probe when 10 s nothing came, and its answer", `
			9.1s   A . 0:0(0) ack 1
			9.15s  B . 1:1(0) ack 1
			19.2s  A . 0:0(0) ack 1
			19.25s B . 1:1(0) ack 1`)
		e.wantStates("alive", StateEstablished, StateEstablished)
	})
	t.Run("rebooted", func(t *testing.T) {
		e := openEnds(t, kept())
		fresh, err := New(&Config{LocalPort: 1001, RemotePort: 1000})
		if err != nil {
			t.Fatal(err)
		}
		fresh.Advance(e.now)
		e.c[endB] = fresh
		e.passes(20 * time.Second)
		e.wantErr("a RST", endA, &Error{Kind: KindReset, State: StateEstablished})
		if len(e.text) != 2 {
			e.fail("a probe and a RST are all there is to say")
		}
	})
	t.Run("dead", func(t *testing.T) {
		e := openEnds(t, kept())
		e.up[endB] = false
		e.passes(20 * time.Second)
		e.wantTalk("three probes, then RST", `
			9.1s   A . 0:0(0) ack 1 lost
			10.1s  A . 0:0(0) ack 1 lost
			11.1s  A . 0:0(0) ack 1 lost
			12.1s  A R 1:1(0) lost`)
		e.wantErr("timed out", endA, &Error{Kind: KindKeepAlive, State: StateEstablished})
		if !e.c[endA].Err().(*Error).Timeout() {
			e.fail("the error is no timeout")
		}
	})
}

func TestKeepAliveDefaults(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		p.wantTimers("MUST-25: off unless asked for", "none")
		cfg.KeepAlive = true
		p = established(t, cfg)
		start := p.now
		for !p.c.pending() {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		if d := p.now.Sub(start); d < 2*time.Hour || d > 2*time.Hour*9/8 {
			p.fail("the first probe comes after %v, want two hours: MUST-28", d)
		}
		p.wantProbe("a probe")
		probes := 1
		for p.c.State() != StateClosed {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			if p.c.State() != StateClosed {
				p.wantProbe("a probe")
				probes++
			}
		}
		if probes != 9 {
			p.fail("%d probes, want 9", probes)
		}
		switch {
		case p.c.cfg.KeepAliveReset == Off:
			p.wantIdle("the RFC has no RST")
		case p.c.cfg.ResetWithACK:
			p.want("RST", "R. 1:1(0) ack 1")
		default:
			p.want("RST", "R 1:1(0)")
		}
		p.wantClosed("dead", ErrKeepAlive)
	})
}

// Whatever arrives restarts the idle time; while something is outstanding
// retransmission decides: MUST-26.
func TestKeepAliveIdleTime(t *testing.T) {
	p := established(t, kept())
	start := p.now
	for i := range 5 {
		for p.now.Sub(start) < 9*time.Second {
			p.now = min(start.Add(9*time.Second), p.c.Deadline())
			p.c.Advance(p.now)
			p.wantIdle("not idle long enough")
		}
		p.in(fmt.Sprintf("P. %d:%d(1) ack 1", i+1, i+2))
		start = p.now
		p.advanceToDeadline(p.c.timers.first(), p.c.Deadline().Sub(p.now))
		if p.c.pending() {
			p.want("the text", fmt.Sprintf(". 1:1(0) ack %d", i+2))
		}
	}
	// Data in flight: no probes.
	p = established(t, Config{KeepAlive: true, KeepAliveIdle: time.Second, KeepAliveInterval: time.Second, KeepAliveCount: 1})
	p.send(10)
	p.want("data", "P. 1:11(10) ack 1")
	for range 5 {
		for !p.c.pending() {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		p.want("retransmissions", "P. 1:11(10) ack 1")
	}
	p.wantCounters("no probes", "Timeouts 5, Retransmits 5")
}

func TestKeepAliveOctet(t *testing.T) {
	cfg := kept()
	cfg.KeepAliveOctet = true
	p := established(t, cfg)
	p.send(5)
	p.want("data", "P. 1:6(5) ack 1")
	p.in(". 1:1(0) ack 6")
	for !p.c.pending() {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
	}
	p.want("with an octet that was acknowledged before: MAY-6", ". 5:6(1) ack 1")
	if p.c.SendOffset(p.last.Seq) != 4 {
		p.fail("the octet is number %d of the stream, want 4", p.c.SendOffset(p.last.Seq))
	}
}

// A probe is answered: SEG.SEQ = RCV.NXT−1, with and without an octet.
func TestKeepAliveProbesAreAnswered(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range fromEstablished {
			for _, n := range []int{0, 1} {
				p := connAt(t, cfg, s, (*peer).closeWrite)
				_, rcv := p.numbers()
				p.in(fmt.Sprintf(". %d:%d(%d) ack %d", rcv-1, rcv-1+n, n, p.c.snd.una.Sub(p.iss)))
				p.wantACK("alive")
				p.wantState("alive", s)
				if p.c.Readable() != 0 {
					p.fail("the octet was taken")
				}
			}
		}
	})
}
