package tcp

import (
	"testing"
	"time"
)

// The tests here were written for mutants of the source that no other test told from
// it: see docs/teeth.md.

// A second CLOSE in SYN-RECEIVED is the one that sends the FIN, if the first one was
// a CloseWrite and Config.CloseInSynReceived lets it leave.
func TestCloseAfterCloseWriteInSynReceived(t *testing.T) {
	p := newPeer(t, Config{CloseInSynReceived: CloseImmediate})
	p.listen()
	p.closeWrite()
	p.wantState("CloseWrite waits for ESTABLISHED", StateSynReceived)
	p.close()
	if p.c.Status().CongestionWindow == 0 {
		p.fail("FIN-WAIT-1 without a congestion window")
	}
	p.want("Close does not", "F. 1:1(0) ack 1")
	p.wantState("so the FIN has left", StateFinWait1)
}

// A lingering Close that is not answered leaves FIN-WAIT-1 with what FIN-WAIT-1 has:
// the time of FIN-WAIT-2 begins there.
func TestLingerEndsInFinWait1(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.establish()
	p.linger(1)
	p.close()
	p.want("FIN", "F. 1:1(0) ack 1")
	for p.c.running(TimerLinger) {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		for p.c.Next(&p.last) {
		}
	}
	if p.c.running(TimerFinWait2) || !p.c.running(TimerRetransmit) {
		p.fail("timers of FIN-WAIT-1: %s", p.timers())
	}
}

// The FIN-WAIT-2 timer takes the place of keepalive; without a bound keepalive stays.
func TestFinWait2TimerAndKeepAlive(t *testing.T) {
	cfg := kept()
	p := connAt(t, cfg, StateFinWait2, (*peer).close)
	p.wantTimers("bounded", "FIN-WAIT-2 1m0s")
	cfg.FinWait2Timeout = Forever
	p = connAt(t, cfg, StateFinWait2, (*peer).close)
	p.wantTimers("not bounded", "keepalive 10s")
}

// Contract, rule 2: not draining corrupts nothing. The RST that answers a segment
// waits beside what else is owed.
func TestReplyBesideOtherObligations(t *testing.T) {
	reset := func(p *peer, text string) {
		p.t.Helper()
		p.want("the answer to the offender", text)
	}
	t.Run("abort in SYN-RECEIVED", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.listen()
		p.in(". 1:1(0) ack 9")
		p.abort()
		reset(p, "R 9:9(0)")
		p.want("and the abort's", "R 1:1(0)")
	})
	t.Run("abort in CLOSING with the FIN unsent", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.listen()
		p.in(". 1:1(0) ack 9")
		p.behind(". 1:1(0) ack 1")
		p.closeWrite()
		p.behind("F. 1:1(0) ack 1")
		p.abort()
		reset(p, "R 9:9(0)")
		p.want("and the abort's", "R 1:1(0)")
	})
	t.Run("Open from LISTEN", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.do("Listen", p.c.Listen(p.now, p.iss))
		p.in(". 1:1(0) ack 9")
		p.do("Open", p.c.Open(p.now, p.iss))
		reset(p, "R 9:9(0)")
		p.want("and the SYN", "S 0:0(0)")
	})
	t.Run("SYN in LISTEN", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.do("Listen", p.c.Listen(p.now, p.iss))
		p.in(". 1:1(0) ack 9")
		p.behind("S 0:0(0)" + p.synOptions())
		reset(p, "R 9:9(0)")
		p.want("and the SYN,ACK", "S. 0:0(0) ack 1")
	})
	t.Run("SYN,ACK in SYN-SENT", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.open()
		p.in(". 1:1(0) ack 9")
		p.behind("S. 0:0(0) ack 1" + p.synOptions())
		reset(p, "R 9:9(0)")
		p.want("and the acknowledgment", ". 1:1(0) ack 1")
	})
	t.Run("SYN in SYN-SENT", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.open()
		p.in(". 1:1(0) ack 9")
		p.behind("S 0:0(0)" + p.synOptions())
		reset(p, "R 9:9(0)")
		p.want("and the SYN,ACK", "S. 0:0(0) ack 1")
	})
	t.Run("SYN again in SYN-RECEIVED", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.listen()
		p.in(". 1:1(0) ack 9")
		p.behind("S 0:0(0)" + p.synOptions())
		reset(p, "R 9:9(0)")
		p.want("and the SYN,ACK", "S. 0:0(0) ack 1")
	})
	t.Run("back to LISTEN", func(t *testing.T) {
		p := newPeer(t, Config{})
		p.listen()
		p.in(". 1:1(0) ack 9")
		p.behind("R 1:1(0)")
		reset(p, "R 9:9(0)")
		p.wantState("the request is gone", StateListen)
	})
}

// A passive open learns from the SYN what was left open, and forgets it with the
// request; what was given stays.
func TestListenLearnsPorts(t *testing.T) {
	for _, given := range []bool{false, true} {
		c, err := New(&Config{})
		if err != nil {
			t.Fatal(err)
		}
		want := [2]uint16{}
		if given {
			want = [2]uint16{4000, 80}
		}
		if err := c.SetPorts(want[0], want[1]); err != nil {
			t.Fatal(err)
		}
		if err := c.Listen(0, 1); err != nil {
			t.Fatal(err)
		}
		c.Arrive(0, &Segment{SrcPort: 80, DstPort: 4000, Seq: 100, Flags: SYN, Window: 1000})
		var out Segment
		if !c.Next(&out) || out.Flags != SYN|ACK || out.SrcPort != 4000 || out.DstPort != 80 {
			t.Errorf("given %v: it sends %v from %d to %d", given, &out, out.SrcPort, out.DstPort)
		}
		c.Arrive(0, &Segment{SrcPort: 80, DstPort: 4000, Seq: 101, Flags: RST})
		if c.State() != StateListen || c.remotePort != want[1] || c.localPort != 4000 {
			t.Errorf("given %v: %v with ports %d and %d", given, c.State(), c.localPort, c.remotePort)
		}
	}
}

// The user timeout option of a SYN counts.
func TestUserTimeoutOptionOfASYN(t *testing.T) {
	p := newPeer(t, Config{UserTimeoutOption: true, UserTimeout: time.Minute})
	p.open()
	p.in("S. 0:0(0) ack 1 <mss 1460,uto 600>")
	p.want("ESTABLISHED", ". 1:1(0) ack 1")
	if p.c.set.userTimeout != 10*time.Minute {
		p.fail("the user timeout is %v, want the longer of the two", p.c.set.userTimeout)
	}
}

// The window of the SYN of a simultaneous open counts, before anything else came.
func TestWindowOfACrossingSYN(t *testing.T) {
	p := newPeer(t, Config{})
	p.open()
	p.in("S 0:0(0) win 777 <mss 1460>")
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	if p.c.snd.wnd != 777 || p.c.snd.maxWnd != 777 {
		p.fail("SND.WND is %d, at most %d, want 777", p.c.snd.wnd, p.c.snd.maxWnd)
	}
}

// Only Linux refuses an acknowledgment in SYN-SENT for its timestamp echo, and only
// one from the future.
func TestEchoInSynSent(t *testing.T) {
	off := Linux()
	off.Timestamps = Off
	for _, row := range []struct {
		name  string
		cfg   Config
		ecr   uint32 // added to ours
		zero  bool
		state State
	}{
		{"Linux, ours", Linux(), 0, false, StateEstablished},
		{"Linux, future", Linux(), 10000, false, StateSynSent},
		{"Linux, none", Linux(), 0, true, StateEstablished},
		{"Linux without timestamps, future", off, 10000, false, StateEstablished},
		{"default, future", Config{}, 10000, false, StateEstablished},
		{"RFC 9293, future", RFC9293(), 10000, false, StateEstablished},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPeer(t, row.cfg)
			p.open()
			seg := p.segment("S. 0:0(0) ack 1 <mss 1460>")
			seg.Options.Present |= OptTimestamps
			seg.Options.TSVal, seg.Options.TSEcr = 1, p.c.tsval()+row.ecr
			if row.zero {
				seg.Options.TSEcr = 0
			}
			p.arrive(seg)
			if got := p.c.State(); got != row.state {
				p.fail("the state is %v, want %v", got, row.state)
			}
			for p.c.Next(&p.last) {
			}
		})
	}
	// Without the option there is no echo.
	p := newPeer(t, Linux())
	p.open()
	seg := p.segment("S. 0:0(0) ack 1 <mss 1460>")
	seg.Options = Options{Present: OptMSS, MSS: 1460, TSEcr: p.c.tsval() + 10000}
	p.arrive(seg)
	p.want("ESTABLISHED", ". 1:1(0) ack 1")
}

// A keepalive probe on a connection whose first octet has not been sent has no octet
// to repeat, and none after the FIN: its number is not an octet's.
func TestKeepAliveOctetIsOne(t *testing.T) {
	cfg := kept()
	cfg.KeepAliveOctet = true
	for _, n := range []int{0, 1, 5} {
		p := newPeer(t, cfg)
		p.establish()
		if n > 0 {
			p.send(n)
			if !p.c.Next(&p.last) {
				p.fail("no text")
			}
			seg := p.segment(". 1:1(0)")
			seg.Ack, seg.Flags = p.c.snd.nxt, ACK
			p.arrive(seg)
		}
		for p.c.owe.probe != idleProbe {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		var probe Segment
		if !p.c.Next(&probe) || probe.Seq != p.c.snd.nxt-1 || probe.Len != min(n, 1) {
			p.fail("%d octets were sent; the probe is %s", n, p.show(&probe))
		}
	}
	p := connAt(t, cfg, StateFinWait2, (*peer).closeWrite)
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	for !p.c.pending() {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
	}
	p.want("the number of the FIN", ". 1:1(0) ack 1")
}

// Text and FIN behind the SYN,ACK of a simultaneous open begin one number above it.
func TestTextOfACrossingSYNACK(t *testing.T) {
	p := newPeer(t, Config{DelayedACK: -1})
	p.open()
	p.in("S 0:0(0) <mss 1460>")
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	p.in("S. 0:3(3) ack 1 <mss 1460>")
	p.want("the octets are 1 to 3", ". 1:1(0) ack 4")
	if off, at, n, ok := p.c.Taken(0); !ok || off != 0 || at != 0 || n != 3 {
		p.fail("Taken: octets %d at %d, %d of them", off, at, n)
	}
	p.wantStatus("three octets", "Readable", 3)
	p.receive(3)
}

// Names end where the constants do.
func TestNamesEnd(t *testing.T) {
	if got := numStates.String(); got != "State(?)" {
		t.Errorf("no state: %q", got)
	}
	if got := numCauses.String(); got != "unknown cause" {
		t.Errorf("no cause: %q", got)
	}
	if got := numTimers.String(); got != "unknown timer" {
		t.Errorf("no timer: %q", got)
	}
}

// Contract, rule 3: a call that jumps over several deadlines gives what stepping to
// each of them gives.
func TestCallsJumpAsAdvanceSteps(t *testing.T) {
	calls := map[string]func(c *Conn, now Time){
		"Send":         func(c *Conn, now Time) { c.Send(now, 1) },
		"Receive":      func(c *Conn, now Time) { c.Receive(now, 0) },
		"CloseWrite":   func(c *Conn, now Time) { c.CloseWrite(now) },
		"CloseRead":    func(c *Conn, now Time) { c.CloseRead(now) },
		"Close":        func(c *Conn, now Time) { c.Close(now) },
		"Exit":         func(c *Conn, now Time) { c.Exit(now) },
		"Abort":        func(c *Conn, now Time) { c.Abort(now) },
		"Arrive":       func(c *Conn, now Time) { c.Arrive(now, &Segment{Flags: ACK}) },
		"ICMP":         func(c *Conn, now Time) { c.ICMP(now, ICMPMessage{}) },
		"SetKeepAlive": func(c *Conn, now Time) { c.SetKeepAlive(now, false) },
		"SetLinger":    func(c *Conn, now Time) { c.SetLinger(now, 3) },
		"SetNoDelay":   func(c *Conn, now Time) { c.SetNoDelay(now, true) },
		"SetQuickAck":  func(c *Conn, now Time) { c.SetQuickAck(now, true) },
		"Detach":       func(c *Conn, now Time) { c.Detach(now) },
	}
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.KeepAlive, cfg.KeepAliveIdle, cfg.KeepAliveInterval = true, 10*time.Second, time.Second
		p := newPeer(t, cfg)
		p.establish()
		p.in("P. 1:1461(1460) ack 1")
		p.send(100)
		p.close() // unread data: RST, and the end
		for p.c.Next(&p.last) {
		}
		starts := map[string]Conn{"CLOSED": *p.c}
		for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait, StateClosing, StateLastAck, StateTimeWait} {
			p := connAt(t, cfg, s, (*peer).close)
			starts[s.String()] = *p.c
		}
		p = newPeer(t, cfg)
		p.listen()
		starts["SYN-RECEIVED"] = *p.c
		p = newPeer(t, cfg)
		p.open()
		starts["SYN-SENT"] = *p.c
		p = newPeer(t, cfg)
		p.establish()
		p.in("P. 1:3(2) ack 1")
		p.send(5000)
		for p.c.Next(&p.last) {
		}
		starts["text in flight"] = *p.c
		for name, start := range starts {
			start.trace = nil
			for call, f := range calls {
				for _, d := range []time.Duration{time.Millisecond, time.Second, 30 * time.Second, 10 * time.Minute, 10 * time.Hour} {
					jump, step := start, start
					now := start.now.Add(d)
					f(&jump, now)
					for step.Deadline() <= now {
						step.Advance(step.Deadline())
					}
					f(&step, now)
					if jump != step {
						t.Errorf("%s, %s after %v:\n%+v\n%+v", name, call, d, jump.Status(), step.Status())
					}
				}
			}
		}
	})
}

// The number after the last one sent is not acknowledged by anybody: RFC 5961 §5.
func TestAcknowledgmentOfTheNextNumber(t *testing.T) {
	for _, s := range []State{StateEstablished, StateFinWait1, StateFinWait2, StateCloseWait, StateClosing, StateLastAck} {
		p := connAt(t, Config{}, s, (*peer).closeWrite)
		snd, rcv := p.numbers()
		before := p.c.snd
		seg := p.segment(". 1:1(0)")
		seg.Flags, seg.Seq, seg.Ack = ACK, p.irs.Add(rcv), p.iss.Add(snd+1)
		p.arrive(seg)
		p.wantVerdict(s.String(), ChallengedAck)
		if p.c.snd != before {
			p.fail("the send sequence space has changed")
		}
		if !p.c.Next(&p.last) || p.last.Flags != ACK {
			p.fail("no challenge ACK")
		}
		p.wantState("and nothing else", s)
	}
}

// The window of SYN and SYN,ACK is never scaled: RFC 7323 §2.2.
func TestWindowOfASYNIsNotScaled(t *testing.T) {
	p := newPeer(t, Config{})
	p.open()
	p.in("S. 0:0(0) ack 1 win 1000 <mss 1460,wscale 7>")
	p.want("ESTABLISHED", ". 1:1(0) ack 1")
	p.wantStatus("as it is", "SendWindow", 1000)
	p.in(". 1:1(0) ack 1 win 1000")
	p.wantStatus("scaled from now on", "SendWindow", 128000)

	p = newPeer(t, Config{})
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.in("S 0:0(0) win 1000 <mss 1460,wscale 7>")
	p.want("SYN,ACK", "S. 0:0(0) ack 1")
	p.wantStatus("as it is", "SendWindow", 1000)
}

// What the right edge cuts off a segment takes the FIN with it.
func TestFINBehindTheRightEdge(t *testing.T) {
	for over := range 3 {
		p := newPeer(t, Config{ReceiveBuffer: 4096, WindowScale: Off, DelayedACK: -1})
		p.establish()
		edge := p.c.rcv.adv
		seg := p.segment("FP. 1:1(0) ack 1")
		seg.Len = edge.Sub(seg.Seq) + over
		p.arrive(seg)
		if p.c.State() != StateEstablished || p.c.rcv.fin || p.c.rcv.nxt != edge {
			p.fail("%d octets too many: the FIN is outside the window", over)
		}
		if !p.c.Next(&p.last) || p.last.Ack != edge {
			p.fail("no acknowledgment up to the edge")
		}
	}
}

// A connection that lingers is not an orphan: the limit of one that a program holds
// counts until the linger time has passed.
func TestLingeringIsNoOrphan(t *testing.T) {
	for _, row := range []struct {
		sec, repeats int
	}{{-1, 2}, {1000, 5}} {
		p := newPeer(t, plain(Config{OrphanRetries: 2, DataRetries2: 5}))
		p.establish()
		p.linger(row.sec)
		p.close()
		p.want("FIN", "F. 1:1(0) ack 1")
		for p.c.State() == StateFinWait1 {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			for p.c.Next(&p.last) {
			}
		}
		if got := p.c.Status().Counters.FINRetransmits; int(got) != row.repeats {
			p.fail("linger %d s: the FIN was repeated %d times, want %d", row.sec, got, row.repeats)
		}
		p.wantClosed("given up", ErrTimeout)
	}
}
