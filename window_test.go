package tcp

import (
	"fmt"
	"testing"
	"time"
)

// The right edge never moves left, and not in small steps: RFC 9293 §3.8.6.2.2.
func TestReceiverSillyWindow(t *testing.T) {
	p := established(t, plain(Config{ReceiveBuffer: 10000, DelayedACK: -1}))
	p.in("P. 1:9001(9000) ack 1")
	p.want("1000 octets remain", ". 1:1(0) ack 9001 win 1000")
	p.receive(1000)
	p.wantIdle("not worth a window update")
	p.in(". 9001:9001(0) ack 1")
	p.in("P. 9001:9011(10) ack 1")
	p.want("the right edge stays", ". 1:1(0) ack 9011 win 990")
	p.receive(8010)
	p.want("room of more than a segment", ". 1:1(0) ack 9011 win 10000")
}

func TestZeroWindowAndUpdate(t *testing.T) {
	p := established(t, Config{ReceiveBuffer: 2000, DelayedACK: -1})
	p.in(". 1:1449(1448) ack 1")
	p.want("what remains", ". 1:1(0) ack 1449 win 552")
	p.in(". 1449:2001(552) ack 1")
	p.want("nothing remains", ". 1:1(0) ack 2001 win 0")
	p.in(". 2001:2002(1) ack 1")
	p.wantVerdict("a probe", AckedOutsideWindow)
	p.want("must be answered", ". 1:1(0) ack 2001 win 0")
	p.receive(100)
	p.wantIdle("too little")
	p.receive(900)
	p.want("half of the buffer", ". 1:1(0) ack 2001 win 1000")
	if p.c.Readable() != 1000 {
		p.fail("%d octets are left", p.c.Readable())
	}
}

// Text beyond the window is cut off; what was offered once is honoured.
func TestTextBeyondTheWindow(t *testing.T) {
	p := established(t, Config{ReceiveBuffer: 1000, DelayedACK: -1})
	p.in("P. 1:1449(1448) ack 1")
	p.want("cut at the right edge", ". 1:1(0) ack 1001 win 0")
	if _, _, n, ok := p.c.Taken(0); n != 1000 || !ok || p.c.Readable() != 1000 {
		p.fail("%d octets are taken, %d can be read", n, p.c.Readable())
	}
	if _, _, _, ok := p.c.Taken(1); ok {
		p.fail("there is a second piece")
	}
}

// A window scale of 14 and a buffer of 2^30 octets: RFC 7323 §2.
func TestWindowScale(t *testing.T) {
	p := newPeer(t, Config{ReceiveBuffer: 1 << 30, MaxReceiveBuffer: 1 << 30})
	p.do("Open", p.c.Open(p.now, p.iss))
	p.want("the window of a SYN is not scaled", "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 3600000 ecr 0,wscale 14>")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1 win 65535" + p.synOptions())
	p.want("2^30 octets less what the field cannot say", ". 1:1(0) ack 1 win 65535")
	p.wantStatus("scaled", "ReceiveWindow", 65535<<14)
	p.in(". 1000000000:1000000001(1) ack 1")
	p.want("far away but in the window", ". 1:1(0) ack 1 <sack 1000000000:1000000001>")
	if off, n, ok := p.c.Held(0); off != 999999999 || n != 1 || !ok {
		p.fail("%d octets from %d are held", n, off)
	}
}

// Which segments change the send window: SND.WL1, SND.WL2.
func TestSendWindowUpdates(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule WindowUpdate
		in   string
		want int
	}{
		{"newer SEQ", UpdateNewest, "P. 11:12(1) ack 1 win 500", 500},
		{"the same SEQ and ACK", UpdateNewest, ". 11:11(0) ack 1 win 500", 500},
		{"trimmed to RCV.NXT", UpdateNewest, "P. 5:12(7) ack 1 win 500", 500},
		{"an old SEQ", UpdateNewest, ". 10:10(0) ack 1 win 500", 2000},
		{"Linux, newer SEQ", UpdateLinux, "P. 12:13(1) ack 1 win 500", 500},
		{"Linux, the same and larger", UpdateLinux, ". 11:11(0) ack 1 win 5000", 5000},
		{"Linux, the same and smaller", UpdateLinux, ". 11:11(0) ack 1 win 500", 2000},
		{"Linux, the same and zero", UpdateLinux, ". 11:11(0) ack 1 win 0", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := established(t, Config{WindowUpdate: tt.rule, DelayedACK: -1})
			p.in("P. 1:11(10) ack 1")
			p.want("text", ". 1:1(0) ack 11")
			p.in(". 11:11(0) ack 1 win 1000")
			p.c.snd.wnd = 2000
			p.in(tt.in)
			p.take()
			p.wantStatus(tt.name, "SendWindow", tt.want)
		})
	}
}

// The window offered never shrinks, whatever the preset, the sizes of segments and
// of reads.
func TestRightEdgeNeverMovesLeft(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, size := range []int{1, 7, 100, 536, 1448} {
			for _, read := range []int{0, 1, 50, 2000} {
				p := established(t, cfg)
				edge := p.c.Status().RcvEdge
				n := 1
				for range 60 {
					if p.c.Status().ReceiveWindow >= size {
						p.behind(fmt.Sprintf("P. %d:%d(%d) ack 1", n, n+size, size))
						n += size
					}
					p.now = p.now.Add(10 * time.Millisecond)
					p.c.Advance(p.now)
					p.do("Receive", p.c.Receive(p.now, min(read, p.c.Readable())))
					var seg Segment
					for p.c.Next(&seg) {
						p.ecr = seg.Options.TSVal
						offered := seg.Ack.Add(int(seg.Window) << p.c.rcv.shift)
						if offered.Less(edge) {
							p.fail("segments of %d, reads of %d: the right edge moves left by %d", size, read, edge.Sub(offered))
						}
						edge = offered
					}
				}
			}
		}
	})
}
