package tcp

import (
	"fmt"
	"testing"
	"time"
)

// Rules of Linux() for windows and acknowledgments, recorded from Linux 6.18.44.

// withLinux opens a connection of Linux() without options but the MSS.
func withLinux(t *testing.T, cfg Config, mss string) *peer {
	t.Helper()
	cfg.Timestamps, cfg.SACK, cfg.WindowScale = Off, Off, Off
	p := newPeer(t, cfg)
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.in("S 0:0(0) win 65535" + mss)
	p.take()
	p.after(10 * time.Millisecond)
	p.in(". 1:1(0) ack 1")
	return p
}

// The first estimate of the peer's segments is no larger than what it takes itself
// (tcp_initialize_rcv_mss): a segment of 536 octets is then the largest so far, and shows
// how badly such segments use their memory.
func TestFirstEstimateOfThePeersSegments_WindowLinux(t *testing.T) {
	for mss, want := range map[string]string{" <mss 88>": "63704", " <mss 500>": "63704", " <mss 1460>": "63784"} {
		p := withLinux(t, Linux(), mss)
		p.in("P. 1:537(536) ack 1")
		p.want("536 octets from a peer of"+mss, ". 1:1(0) ack 537 win "+want)
	}
}

// Small segments that fit behind the one before take no memory of their own
// (tcp_try_coalesce), others 832, 1280 or 2304 octets; a segment read in part keeps all of it.
func TestMemoryOfSegments_WindowLinux(t *testing.T) {
	for n, want := range map[int][]uint32{
		40: {832, 832, 832, 1664}, 140: {832, 1664, 2496, 3328},
		200: {1280, 1280, 1280, 2560}, 500: {1280, 2560, 3840, 5120}, 1460: {2304, 4608, 6912, 9216},
	} {
		p := withLinux(t, Linux(), " <mss 1460>")
		for i := range 4 {
			p.in(fmt.Sprintf(". %d:%d(%d) ack 1", 1+i*n, 1+i*n+n, n))
			p.take()
			if got := p.c.memory.used; got != want[i] {
				p.fail("%d segments of %d octets take %d, want %d", i+1, n, got, want[i])
			}
		}
		if n == 1460 {
			p.do("Receive", p.c.Receive(p.now, 1459))
			if got := p.c.memory.used; got != 9216 {
				p.fail("1459 octets of a segment read: %d", got)
			}
			p.do("Receive", p.c.Receive(p.now, 1))
			if got := p.c.memory.used; got != 6912 {
				p.fail("a segment read: %d", got)
			}
		}
		p.do("Receive", p.c.Receive(p.now, p.c.Readable()))
		if got := p.c.memory; got.used != 0 || got.room != 0 || got.read != 0 {
			p.fail("everything read: %+v", got)
		}
	}
}

// The window scale is that of the buffer, once SO_RCVBUF has set it (tcp_select_initial_window).
func TestWindowScaleOfASetBuffer_WindowLinux(t *testing.T) {
	for buffer, want := range map[int]string{0: "7", 20000: "0", 65536: "1", 200000: "2"} {
		cfg := Linux()
		cfg.Timestamps, cfg.SACK = Off, Off
		p := newPeer(t, cfg)
		if buffer != 0 {
			p.do("SetReadBuffer", p.c.SetReadBuffer(p.now, buffer))
		}
		p.do("Open", p.c.Open(p.now, p.iss))
		var seg Segment
		if !p.c.Next(&seg) || fmt.Sprint(seg.Options.WindowScale) != want {
			p.fail("a buffer of %d: %v, want a shift of %s", buffer, seg.Options, want)
		}
	}
}

// An abort throws away what was not read before its RST is formed, with the window that
// is then free.
func TestAbortOffersTheWindowOfWhatIsThrownAway_WindowLinux(t *testing.T) {
	p := withLinux(t, Linux(), " <mss 1460>")
	for i := range 30 {
		p.in(fmt.Sprintf(". %d:%d(1460) ack 1", 1+i*1460, 1+i*1460+1460))
		p.take()
	}
	p.close()
	p.want("nothing is unread any more", "R. 1:1(0) ack 43801 win 65535")
}

// A segment with PSH keeps it as a tail loss probe, also if more waits behind it.
func TestLossProbeKeepsPSH(t *testing.T) {
	p := smallWindow(t)
	p.send(100)
	p.wantSent("what fits", "[P. 1:101]")
	p.send(100)
	p.advanceToDeadline(TimerLossProbe, p.c.expires(TimerLossProbe).Sub(p.now))
	p.wantSent("the probe", "[P. 1:101]")
}

// What the persist timer sends of a window that is too small is a probe already: the
// retransmission timeout comes next, no tail loss probe (tcp_write_wakeup).
func TestNoLossProbeAfterAWindowProbe(t *testing.T) {
	p := smallWindow(t)
	p.send(5000)
	p.wantSent("silly-window avoidance", "[]")
	p.advanceToDeadline(TimerPersist, p.c.expires(TimerPersist).Sub(p.now))
	p.wantSent("as much as fits", "[P. 1:101]")
	p.advanceToDeadline(TimerRetransmit, p.c.rto())
	p.wantSent("again", "[P. 1:101]")
}

// smallWindow opens to a peer that offers 65535 octets once and then 100.
func smallWindow(t *testing.T) *peer {
	t.Helper()
	cfg := Linux()
	cfg.Timestamps, cfg.TickRate = Off, 0
	p := newPeer(t, cfg)
	p.open()
	p.after(10 * time.Millisecond)
	p.in("S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK>")
	p.take()
	p.in(". 1:1(0) ack 1 win 100")
	p.in("P. 1:2(1) ack 1 win 100")
	p.take()
	return p
}

// How many acknowledgments leave at once depends on the window as it was offered, the
// segment that comes included (tcp_incr_quickack).
func TestAcknowledgmentsAtOnce_AckAdaptive(t *testing.T) {
	cfg := Linux()
	cfg.ReceiveBuffer = 20000
	p := withLinux(t, cfg, " <mss 1460>")
	answered := 0
	for i := range 12 {
		p.in(fmt.Sprintf(". %d:%d(1000) ack 1", 1+i*1000, 1001+i*1000))
		answered += len(p.take())
	}
	if answered != 9 {
		p.fail("%d of 12 segments are acknowledged at once, want 18980 / 2000", answered)
	}
}

// Acknowledgments of text beyond a gap, or that came before, count among those that leave at
// once (tcp_dec_quickack_mode).
func TestAcknowledgmentsBeyondAGapCount_AckAdaptive(t *testing.T) {
	for _, text := range []string{". 5001:5101(100) ack 1", ". 1:101(100) ack 1"} {
		p := withLinux(t, Linux(), " <mss 1460>")
		p.in(". 1:101(100) ack 1")
		p.take()
		p.c.ack.quick = 1 // a repetition fills it up again
		p.in(text)
		p.take()
		if got := p.c.ack.quick; got != map[byte]uint8{'5': 0, '1': 15}[text[2]] {
			p.fail("%s: %d acknowledgments at once are left", text, got)
		}
	}
}

// An acknowledgment of what is not in flight starts the interval of a window probe anew,
// also if the window is too small but not closed (tcp_ack_probe).
func TestEveryAnswerRestartsTheProbeTimer_ProbeEmpty(t *testing.T) {
	for _, window := range []int{0, 100} {
		p := smallWindow(t)
		p.send(5000)
		p.wantSent("silly-window avoidance", "[]")
		p.after(50 * time.Millisecond)
		p.in(fmt.Sprintf("P. 2:3(1) ack 1 win %d", window))
		p.take()
		if got, want := p.c.expires(TimerPersist).Sub(p.now), p.c.rto(); got != want {
			p.fail("a window of %d: the probe leaves in %v, want %v", window, got, want)
		}
	}
}

// Bursts are of half the congestion window: with two or three segments in it every one
// leaves by itself, without PSH. Live, with initcwnd 1 to 6 and 20000 octets to send.
func TestNoPSHWithASmallCongestionWindow_PushEvery(t *testing.T) {
	for window, want := range map[int][2]string{
		1: {".", ".."}, 2: {"..", ".P.P"}, 3: {"...", "..P..P"}, 4: {".P.P", "...P...P"}, 6: {"..P..P", ".....P.P"},
	} {
		cfg := Linux()
		cfg.Timestamps, cfg.InitialWindow = Off, window
		p := newPeer(t, cfg)
		p.open()
		p.after(2 * time.Millisecond)
		p.in("S. 0:0(0) ack 1 win 65535 <mss 1448>")
		p.take()
		p.send(20000)
		for i, flight := range want {
			if i > 0 {
				p.after(2 * time.Millisecond)
				p.in(fmt.Sprintf(". 1:1(0) ack %d", 1+window*1448))
			}
			got := ""
			for _, seg := range p.take() {
				got += seg[:1]
			}
			if got != flight {
				p.fail("initcwnd %d, flight %d: %s, want %s", window, i+1, got, flight)
			}
		}
	}
}

// What shows how large segments are and how they use their memory: also text beyond a gap.
func TestTextBeyondAGapIsMeasured_WindowLinux(t *testing.T) {
	p := withLinux(t, Linux(), " <mss 1460>")
	p.in("P. 1461:2921(1460) ack 1")
	p.take()
	if got := p.c.memory.ratio; got != 1460*256/2304 {
		p.fail("the ratio is %d", got)
	}
}

// The window does not grow by segments that use their memory worse than the largest
// buffer allows (__tcp_grow_window); and a full buffer grows, unless it was set.
func TestWhatGrows_WindowLinux(t *testing.T) {
	for largest, grows := range map[int]bool{65536: false, 6291456: true} {
		cfg := Linux()
		cfg.MaxReceiveBuffer = largest
		p := withLinux(t, cfg, " <mss 1460>")
		p.c.rcv.clamp = 20000
		p.in("P. 1:201(200) ack 1")
		p.take()
		if got := p.c.rcv.clamp > 20000; got != grows {
			p.fail("with buffers of up to %d the window grows: %v", largest, got)
		}
	}
	for _, set := range []bool{false, true} {
		cfg := Linux()
		cfg.ReceiveBuffer = 4000
		p := withLinux(t, cfg, " <mss 1460>")
		if set {
			p.do("SetReadBuffer", p.c.SetReadBuffer(p.now, 4000))
		}
		for i := range 20 {
			p.in(fmt.Sprintf(". %d:%d(100) ack 1", 1+i*100, 101+i*100))
			p.take()
		}
		if got := p.c.set.buffer > 4000; got == set {
			p.fail("the buffer was set: %v; it grows: %v", set, got)
		}
	}
}

// A full segment with PSH is acknowledged when it has been read, as small ones are: it
// was the end of a write.
func TestFullSegmentWithPSHIsAcknowledgedWhenRead_AckAdaptive(t *testing.T) {
	for text, want := range map[string]int{"P. 201:301(100) ack 1": 1, ". 201:301(100) ack 1": 0} {
		p := withLinux(t, Linux(), " <mss 1460>")
		p.in(". 1:101(100) ack 1")
		p.take()
		p.in(". 101:201(100) ack 1")
		p.take()
		p.c.ack.quick = 0
		p.in(text)
		p.wantSent("it waits", "[]")
		p.do("Receive", p.c.Receive(p.now, 300))
		if got := len(p.take()); got != want {
			p.fail("%s: %d acknowledgments", text, got)
		}
		p.take()
	}
}
