package tcp

import (
	"testing"
	"time"
)

// aTimeWait is the TimeWait of a connection that has just ended, and when.
func aTimeWait(t *testing.T, cfg Config, timestamps Switch) (TimeWait, *peer) {
	t.Helper()
	cfg.Timestamps = timestamps
	p := inTimeWait(t, cfg)
	tw, ok := p.c.Detach(p.now)
	if !ok {
		p.fail("nothing to detach")
	}
	return tw, p
}

func TestDetach(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	before := *p.c
	if _, ok := p.c.Detach(p.now); ok || *p.c != before {
		p.fail("FIN-WAIT-2 that a program holds is detached, or changed")
	}
	p.in("FP. 1:11(10) ack 2")
	if _, ok := p.c.TimeWait(); ok {
		p.fail("there is a TimeWait before the last ACK has left")
	}
	p.want("the last ACK", ". 2:2(0) ack 12")
	value, ok := p.c.TimeWait()
	if !ok || p.c.State() != StateTimeWait {
		p.fail("TimeWait changed the connection")
	}
	tw, ok := p.c.Detach(p.now)
	if !ok || tw != value {
		p.fail("Detach and TimeWait differ")
	}
	p.wantClosed("the host keeps the rest", nil)
	p.wantEdges("the host keeps the rest", "FIN-WAIT-2 → TIME-WAIT (FIN), TIME-WAIT → CLOSED (detach)")
	p.receive(10) // what was received stays readable
	if tw.State() != StateTimeWait || tw.Deadline() != p.now.Add(time.Minute) {
		p.fail("the TimeWait is in %v until %v", tw.State(), tw.Deadline().Sub(p.now))
	}
	if got, want := tw.ISS(), p.iss+2+65537; got != want {
		p.fail("the next ISS is %d, want %d", got, want)
	}
	if _, ok := p.c.Detach(p.now); ok {
		p.fail("it is detached twice")
	}
}

// OpenFrom: connecting over an own TIME-WAIT.
func TestOpenFrom(t *testing.T) {
	for _, tt := range []struct {
		name       string
		reuse      TimeWaitReuse
		delay      time.Duration
		timestamps Switch
		after      time.Duration
		bound      bool
		ok         bool
	}{
		{"timestamps, after the delay", ReuseTimestamps, 0, On, time.Second + 1, false, true},
		{"timestamps, not later than the delay", ReuseTimestamps, 0, On, time.Second, false, false},
		{"timestamps, bound counts nothing", ReuseTimestamps, 0, On, time.Millisecond, true, false},
		{"timestamps, longer delay", ReuseTimestamps, 10 * time.Second, On, 10 * time.Second, false, false},
		{"timestamps, longer delay, after it", ReuseTimestamps, 10 * time.Second, On, 10*time.Second + 1, false, true},
		{"no timestamps", ReuseTimestamps, 0, Off, 50 * time.Second, false, false},
		{"2·MSL is over", ReuseNever, 0, Off, time.Minute, false, true},
		{"never", ReuseNever, 0, On, 59 * time.Second, true, false},
		{"bound", ReuseBound, 0, On, 0, true, true},
		{"bound, no timestamps", ReuseBound, 0, Off, 30 * time.Second, true, false},
		{"bound only", ReuseBound, 0, On, 30 * time.Second, false, false},
		{"Linux, bound", ReuseLinux, 0, On, 0, true, true},
		{"Linux, not bound, after the delay", ReuseLinux, 0, On, 2 * time.Second, false, true},
		{"Linux, not bound, at once", ReuseLinux, 0, On, 0, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{TimeWaitReuse: tt.reuse, TimeWaitReuseDelay: tt.delay}
			tw, old := aTimeWait(t, cfg, tt.timestamps)
			cfg.Timestamps = tt.timestamps
			p := newPeer(t, cfg)
			p.now = old.now.Add(tt.after)
			if !tt.ok {
				p.refuses("the four-tuple is in TIME-WAIT", ErrTimeWait, func() error { return p.c.OpenFrom(p.now, tw, tt.bound) })
				return
			}
			p.do("OpenFrom", p.c.OpenFrom(p.now, tw, tt.bound))
			p.iss = tw.ISS()
			p.want("above everything of before", "S 0:0(0)")
			if tt.timestamps == On && tt.after < time.Minute && p.last.Options.TSEcr != old.c.ts.recent {
				p.fail("the SYN echoes %d, want the last timestamp %d", p.last.Options.TSEcr, old.c.ts.recent)
			}
			p.irs = testIRS + 100000
			p.after(rtt)
			p.in("S. 0:0(0) ack 1" + p.synOptions())
			p.want("the handshake", ". 1:1(0) ack 1")
			p.wantState("the next incarnation", StateEstablished)
		})
	}
}
