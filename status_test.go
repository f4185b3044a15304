package tcp

import (
	"fmt"
	"testing"
	"time"
)

func TestStatus(t *testing.T) {
	p := newPeer(t, Config{})
	p.win = 5000
	p.accept()
	p.send(3000)
	p.take()
	p.in("P. 1:101(100) ack 1449")
	s := p.c.Status()
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"State", s.State, StateEstablished},
		{"Err", s.Err, KindNone},
		{"References", s.References, 1},
		{"Passive", s.Passive, true},
		{"ISS", s.ISS, p.iss},
		{"IRS", s.IRS, p.irs},
		{"SndUna", s.SndUna, p.iss + 1449},
		{"SndNxt", s.SndNxt, p.iss + 2897},
		{"SndEnd", s.SndEnd, p.iss + 3001},
		{"RcvNxt", s.RcvNxt, p.irs + 101},
		{"RcvEdge", s.RcvEdge, p.irs + 1 + 65535},
		{"SendWindow", s.SendWindow, 5000},
		{"ReceiveWindow", s.ReceiveWindow, 65435},
		{"CongestionWindow", s.CongestionWindow, 11 * mssTS},
		{"MaxPayload", s.MaxPayload, mssTS},
		{"Readable", s.Readable, 100},
		{"Retransmissions", s.Retransmissions, 0},
		{"Timestamps", s.Timestamps, true},
		{"SACK", s.SACK, true},
		{"WindowScale", s.WindowScale, true},
		{"SoftError", s.SoftError, ICMPNone},
		{"delayed ACK", s.Timers[TimerDelayedACK], p.now.Add(40 * time.Millisecond)},
		{"TIME-WAIT", s.Timers[TimerTimeWait], Never},
		{"SegmentsSent", s.Counters.SegmentsSent, uint32(3)},
		{"SegmentsArrived", s.Counters.SegmentsArrived, uint32(3)},
		{"SegmentsDropped", s.Counters.SegmentsDropped, uint32(0)},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	before := *p.c
	p.c.Status()
	p.c.Ready()
	p.c.TimeWait()
	p.c.Canonical(p.now)
	if *p.c != before {
		t.Error("looking changes something")
	}
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.take()
}

func TestReady(t *testing.T) {
	p := newPeer(t, Config{})
	p.wantReady("fresh", "")
	p.do("Open", p.c.Open(p.now, p.iss))
	p.want("SYN", "S 0:0(0)")
	p.wantReady("SEND is legal", "writable")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("the handshake", ". 1:1(0) ack 1")
	p.wantReady("open", "established, writable")
	p.in("R 1:1(0)")
	p.wantReady("ESTABLISHED is sticky", "established, ended")
	p = newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.wantReady("LISTEN", "")
	p = connAt(t, Config{}, StateLastAck, (*peer).close)
	p.in(". 2:2(0) ack 2")
	p.wantReady("all at once", "established, EOF, read closed, write closed, ended")
}

func TestReadyNames(t *testing.T) {
	seen := map[string]bool{}
	for i := range numReady {
		name := Ready(1 << i).String()
		if name == "" || seen[name] {
			t.Errorf("bit %d is named %q", i, name)
		}
		seen[name] = true
	}
	if got := Ready(0).String(); got != "" {
		t.Errorf("nothing is %q", got)
	}
}

// Init hands on configuration, setter values and trace, and nothing else.
func TestInit(t *testing.T) {
	p := established(t, Config{})
	p.do("SetNoDelay", p.c.SetNoDelay(p.now, true))
	p.linger(9)
	p.retain()
	var child Conn
	child.Init(p.c)
	fresh, err := New(&Config{LocalPort: 4000, RemotePort: 80})
	if err != nil {
		t.Fatal(err)
	}
	fresh.cfg, fresh.set, fresh.trace = child.cfg, child.set, child.trace
	if child != *fresh {
		t.Error("Init hands on more than it should")
	}
	if child.set != p.c.set || child.cfg != p.c.cfg || child.trace != p.c.trace {
		t.Error("Init does not hand on the settings")
	}
	if child.Status().References != 1 {
		t.Errorf("the child has %d references", child.Status().References)
	}
}

// A copy goes its own way, and equal values behave equally.
func TestSnapshot(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		p.send(5000)
		p.c.SetTrace(nil)
		snapshot := *p.c
		play := func(c *Conn) string {
			var log []string
			var seg Segment
			drain := func() {
				for c.Next(&seg) {
					log = append(log, seg.String())
				}
			}
			drain()
			for range 5 {
				c.Advance(c.Deadline())
				drain()
			}
			in := p.segment("F. 1:1(0) ack 1449")
			log = append(log, c.Arrive(c.Deadline(), &in).String())
			drain()
			if err := c.CloseWrite(c.Deadline()); err != nil {
				log = append(log, err.Error())
			}
			drain()
			return fmt.Sprint(log)
		}
		first := play(p.c)
		if again := play(&snapshot); first != again {
			t.Errorf("the snapshot does\n%s\nthe original did\n%s", again, first)
		}
		if snapshot != *p.c {
			t.Error("the values differ afterwards")
		}
	})
}
