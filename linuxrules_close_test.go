package tcp

import (
	"fmt"
	"testing"
	"time"
)

// plainLinux is Linux() without options, and without the timer wheel's ticks in the way.
func plainLinux() Config {
	cfg := Linux()
	cfg.Timestamps, cfg.SACK, cfg.WindowScale, cfg.TailLossProbe = Off, Off, Off, false
	cfg.TickRate, cfg.TickPhase = 0, 0
	return cfg
}

// A FIN beside the acknowledgment of ours, be it an old one, keeps the connection whole
// in FIN-WAIT-2 after Close: what comes goes by the connection's rules, and its timer
// resets the peer (tcp_rcv_state_process, tcp_keepalive_timer). Live recording of Linux
// 6.18.44.
func TestFINBesideTheACKKeepsFinWait2Whole(t *testing.T) {
	open := func(in string) *peer {
		cfg := plainLinux()
		cfg.FinWait2Timeout = 2 * time.Second
		p := established(t, cfg)
		p.close()
		p.want("Close", "F. 1:1(0) ack 1")
		p.in(in)
		return p
	}
	p := open(". 1:1(0) ack 2")
	if _, ok := p.c.TimeWait(); !ok {
		p.fail("an acknowledgment alone leaves a TimeWait")
	}
	p.advanceToDeadline(TimerFinWait2, 2*time.Second)
	p.wantClosed("and nothing is sent", nil)

	p = open("F. 0:0(0) ack 2")
	p.want("the old FIN is acknowledged", ". 2:2(0) ack 1")
	p.wantState("and ours too", StateFinWait2)
	if _, ok := p.c.TimeWait(); ok {
		p.fail("an old FIN beside it does not")
	}
	p.advanceToDeadline(TimerFinWait2, 2*time.Second)
	p.want("the peer is told", "R. 2:2(0) ack 1")
	p.wantClosed("it is over", nil)

	p = open("F. 0:0(0) ack 2")
	p.want("the old FIN is acknowledged", ". 2:2(0) ack 1")
	p.in("F. 1:1(0) ack 2")
	p.want("the window is that of a connection: its FIN counts", ". 2:2(0) ack 2 win 64239")
	p.wantState("at last", StateTimeWait)
}

// The user timeout counts from the first window probe, whether it was answered or not
// (icsk_probes_tstamp): a peer whose window stays closed is given up.
func TestUserTimeoutOfAnsweredProbes(t *testing.T) {
	p := established(t, plainLinux())
	p.do("SetUserTimeout", p.c.SetUserTimeout(p.now, 4*time.Second))
	p.in(". 1:1(0) ack 1 win 0")
	p.send(100)
	p.wantIdle("the window is closed")
	start := Time(0)
	for range 8 {
		d := p.c.expires(TimerPersist).Sub(p.now)
		p.advanceToDeadline(TimerPersist, d)
		if p.c.State() != StateEstablished {
			break
		}
		if start == 0 {
			start = p.now
		}
		p.want("a probe", ". 0:0(0) ack 1")
		p.in(". 1:1(0) ack 1 win 0")
	}
	if spent := p.now.Sub(start); spent != 4*time.Second {
		p.fail("given up %v after the first probe, want 4s", spent)
	}
	p.wantClosed("given up", ErrTimeout)
}

// crossing opens from both ends at once, after n timeouts of the SYN.
func crossing(t *testing.T, cfg Config, timeouts int) *peer {
	p := newPeer(t, cfg)
	p.open()
	for range timeouts {
		p.advanceToDeadline(TimerRetransmit, time.Second)
		p.take()
	}
	p.in("S 0:0(0) win 65535 <mss 1460,sackOK>")
	p.take()
	p.wantState("crossing SYNs", StateSynReceived)
	return p
}

// Where SYNs cross, tcp_syn_retries bounds the SYN,ACK with the SYNs before it, and the
// user timeout counts from the first SYN (tcp_write_timeout).
func TestLimitsOfCrossingSYNs(t *testing.T) {
	cfg := plainLinux()
	cfg.SYNRetries, cfg.SYNLinearTimeouts = 4, 4
	p := crossing(t, cfg, 1)
	var waits []time.Duration
	for range 8 {
		if p.c.State() != StateSynReceived {
			break
		}
		d := p.c.expires(TimerRetransmit).Sub(p.now)
		waits = append(waits, d)
		p.advanceToDeadline(TimerRetransmit, d)
		p.take()
	}
	p.wantClosed("after three of the SYN,ACK", ErrTimeout)
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	if len(waits) != len(want) {
		p.fail("timeouts %v, want %v", waits, want)
	}
	p = newPeer(t, cfg)
	p.do("SetUserTimeout", p.c.SetUserTimeout(p.now, 1500*time.Millisecond))
	p.open()
	p.in("S 0:0(0) win 65535 <mss 1460>")
	p.take()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.take()
	p.advanceToDeadline(TimerRetransmit, 500*time.Millisecond)
	p.wantClosed("1.5 s after the SYN", ErrTimeout)
}

// A SYN,ACK that was repeated fills a congestion window of one segment: the FIN of a
// Close waits for its acknowledgment.
func TestFINWaitsBehindARepeatedSYNACK(t *testing.T) {
	p := crossing(t, plainLinux(), 0)
	p.close()
	p.want("nothing was lost", "F. 1:1(0) ack 1")
	p = crossing(t, plainLinux(), 1)
	p.close()
	p.wantIdle("the SYN had to be repeated")
	p.wantState("FIN-WAIT-1 all the same", StateFinWait1)
	p.in(". 1:1(0) ack 1")
	p.want("the SYN is acknowledged", "F. 1:1(0) ack 1")
}

// To Linux the SYN of the SYN,ACK that crosses ours is an octet that came twice: D-SACK
// reports it.
func TestCrossingSYNACKIsADuplicate(t *testing.T) {
	for sack, want := range map[Switch]string{
		Off: ". 1:1(0) ack 1",
		On:  ". 1:1(0) ack 1 <sack 0:1>",
	} {
		cfg := plainLinux()
		cfg.SACK = sack
		p := crossing(t, cfg, 0)
		p.in("S. 0:0(0) ack 1 <mss 1460,sackOK>")
		p.want(fmt.Sprint("SACK ", sack), want)
	}
}

// tcp_rto_max_ms does not bound the interval of a request's SYN,ACK: it doubles up to
// TCP_RTO_MAX.
func TestIntervalOfARequest(t *testing.T) {
	cfg := plainLinux()
	cfg.RTOMax, cfg.SYNACKRetries = time.Second, 9
	p := newPeer(t, cfg)
	p.listen()
	p.in("S 0:0(0) win 65535 <mss 1460>")
	p.take()
	for _, d := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 120, 120} {
		p.advanceToDeadline(TimerRetransmit, d*time.Second)
		p.take()
	}
	p.wantState("nine were sent", StateSynReceived)
}
