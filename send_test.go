package tcp

import (
	"fmt"
	"testing"
	"time"
)

// take takes all that is sent, and returns it in the peer's notation, without
// windows and options.
func (p *peer) take() (list []string) {
	p.t.Helper()
	var seg Segment
	for p.c.Next(&seg) {
		if seg.Options.Has(OptTimestamps) {
			p.ecr = seg.Options.TSVal
		}
		s := seg
		list = append(list, fmt.Sprintf("%v %d:%d", s.Flags, s.Seq.Sub(p.iss), s.Seq.Sub(p.iss)+s.Len))
	}
	return list
}

func (p *peer) wantSent(sentence, want string) {
	p.t.Helper()
	if got := fmt.Sprint(p.take()); got != want {
		p.fail("%s: it sends %s, want %s", sentence, got, want)
	}
}

// Nagle: MUST-17, SHLD-7.
func TestNagle(t *testing.T) {
	p := established(t, plain(Config{}))
	p.send(10)
	p.wantSent("nothing is in flight", "[P. 1:11]")
	p.send(10)
	p.send(10)
	p.wantSent("small ones wait", "[]")
	p.in(". 1:1(0) ack 11")
	p.wantSent("for the acknowledgment, together", "[P. 11:31]")
	p.send(1460)
	p.wantSent("a full one does not", "[P. 31:1491]")
	p.send(1)
	p.do("SetNoDelay", p.c.SetNoDelay(p.now, true))
	p.wantSent("off", "[P. 1491:1492]")
	p.send(1)
	p.send(1)
	p.wantSent("off", "[P. 1492:1494]")
}

func TestCork(t *testing.T) {
	p := established(t, plain(Config{}))
	p.do("SetCork", p.c.SetCork(p.now, true))
	p.send(10)
	p.wantSent("corked", "[]")
	p.send(1460)
	p.wantSent("full segments only", "[. 1:1461]")
	p.do("SetCork", p.c.SetCork(p.now, false))
	p.in(". 1:1(0) ack 1461")
	p.wantSent("uncorked", "[P. 1461:1471]")
	p.do("SetCork", p.c.SetCork(p.now, true))
	p.send(5)
	p.in(". 1:1(0) ack 1471")
	p.closeWrite()
	p.wantSent("CLOSE pushes", "[FP. 1471:1476]")
}

// Silly-window avoidance of the sender: MUST-38.
func TestSenderSillyWindow(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.win = 1000
	p.establish()
	p.send(3000)
	p.wantSent("half of the largest window, or more", "[. 1:1001]")
	p.in(". 1:1(0) ack 1001 win 499")
	p.wantSent("less than half waits", "[]")
	p.in(". 1:1(0) ack 1001 win 500")
	p.wantSent("half", "[. 1001:1501]")
}

// MUST-60, MUST-61: PSH on the segment that empties the queue.
func TestPSH(t *testing.T) {
	p := established(t, plain(Config{}))
	p.send(3000)
	p.wantSent("the last one", "[. 1:1461 . 1461:2921]")
	p.in(". 1:1(0) ack 2921")
	p.wantSent("the last one", "[P. 2921:3001]")
}

// RFC 5681: slow start, congestion avoidance, one segment after a timeout.
func TestCongestionWindow(t *testing.T) {
	p := established(t, plain(Config{InitialWindow: 2}))
	p.send(1 << 20)
	p.wantSent("two segments", "[. 1:1461 . 1461:2921]")
	n := 2921
	for i, want := range []int{4, 8} {
		before := n
		for range want / 2 {
			p.in(fmt.Sprintf(". 1:1(0) ack %d", before-(want/2-1)*1460))
			before += 1460
			n += 1460 * len(p.take())
		}
		p.wantStatus(fmt.Sprintf("round trip %d: doubled", i+1), "CongestionWindow", want*1460)
	}
	una := p.c.snd.una
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.wantStatus("a timeout", "CongestionWindow", 1460)
	p.wantStatus("half of what was in flight", "SlowStartThreshold", 4*1460)
	if list := p.take(); len(list) != 1 {
		p.fail("after a timeout it sends %v", list)
	}
	for i, want := range []int{2, 3, 4} { // slow start up to the threshold
		p.in(fmt.Sprintf(". 1:1(0) ack %d", una.Sub(p.iss)+(i+1)*1460))
		p.take()
		p.wantStatus("slow start", "CongestionWindow", want*1460)
	}
	for i := range 4 { // then one segment in a round trip
		p.wantStatus("avoidance", "CongestionWindow", 4*1460)
		p.in(fmt.Sprintf(". 1:1(0) ack %d", una.Sub(p.iss)+(4+i)*1460))
		p.take()
	}
	p.wantStatus("avoidance", "CongestionWindow", 5*1460)
}

// RFC 5681 §4.1: after an idle time the window starts over.
func TestCongestionWindowAfterIdleTime(t *testing.T) {
	p := established(t, plain(Config{InitialWindow: 2}))
	p.send(4 * 1460)
	p.take()
	p.in(". 1:1(0) ack 2921")
	p.take()
	p.in(". 1:1(0) ack 5841")
	grown := p.c.Status().CongestionWindow
	if grown <= 2*1460 {
		p.fail("the window did not grow: %d", grown)
	}
	p.passes("idle", time.Minute)
	p.send(10 * 1460)
	if list := p.take(); len(list) != 2 {
		p.fail("it sends %v, want two segments", list)
	}
}

// RFC 3042: the first two duplicate acknowledgments let one new segment out each.
func TestLimitedTransmit(t *testing.T) {
	p := established(t, plain(Config{InitialWindow: 4}))
	p.send(1 << 16)
	p.wantSent("the window", "[. 1:1461 . 1461:2921 . 2921:4381 . 4381:5841]")
	p.in(". 1:1(0) ack 1")
	p.wantSent("the first", "[. 5841:7301]")
	p.in(". 1:1(0) ack 1")
	p.wantSent("the second", "[. 7301:8761]")
	p.in(". 1:1(0) ack 1")
	p.wantSent("the third: fast retransmit", "[. 1:1461]")
	p.wantCounters("one", "Retransmits 1, FastRecoveries 1")
}

// RFC 6582: a partial acknowledgment shows the next hole.
func TestPartialAcknowledgment(t *testing.T) {
	p := established(t, plain(Config{}))
	p.send(10 * 1460)
	p.take()
	for range 3 {
		p.in(". 1:1(0) ack 1")
	}
	if list := fmt.Sprint(p.take()); list != "[. 1:1461]" {
		p.fail("it sends %s", list)
	}
	p.in(". 1:1(0) ack 2921")
	if list := fmt.Sprint(p.take()); list != "[. 2921:4381]" {
		p.fail("after a partial acknowledgment it sends %s", list)
	}
	p.in(". 1:1(0) ack 14601")
	p.wantSent("recovered", "[]")
	p.wantCounters("one recovery", "Retransmits 2, FastRecoveries 1")
	p.wantTimers("all is acknowledged", "none")
}

// SACK: only what is missing is sent again.
func TestSACKRecovery(t *testing.T) {
	p := established(t, Config{})
	p.send(10 * mssTS)
	p.take()
	p.after(rtt)
	// Segments 1 and 4 are lost.
	at := func(i int) int { return 1 + i*mssTS }
	p.in(fmt.Sprintf(". 1:1(0) ack 1 <sack %d:%d>", at(1), at(2)))
	p.wantSent("one", "[]")
	p.in(fmt.Sprintf(". 1:1(0) ack 1 <sack %d:%d>", at(1), at(3)))
	p.wantSent("two", "[]")
	p.in(fmt.Sprintf(". 1:1(0) ack 1 <sack %d:%d,sack %d:%d>", at(4), at(5), at(1), at(3)))
	p.wantSent("three above it: the first is lost", fmt.Sprintf("[. %d:%d]", at(0), at(1)))
	for i := 5; i < 10; i++ {
		p.in(fmt.Sprintf(". 1:1(0) ack 1 <sack %d:%d,sack %d:%d>", at(4), at(i+1), at(1), at(3)))
		if list := p.take(); len(list) > 0 && list[0] != fmt.Sprintf(". %d:%d", at(3), at(4)) {
			p.fail("it sends %v", list)
		}
	}
	p.wantCounters("two, in one recovery", "Retransmits 2, FastRecoveries 1")
	p.in(fmt.Sprintf(". 1:1(0) ack %d", at(10)))
	p.wantSent("all is there", "[]")
	p.wantTimers("all is there", "none")
}

// Stream offsets go on over every wrap of the sequence numbers.
func TestStreamOffsets(t *testing.T) {
	p := established(t, plain(Config{}))
	const chunk = 1 << 29
	sent := uint64(0)
	acked := p.iss + 1
	for range 12 { // three times around
		p.do("Send", p.c.Send(p.now, 1460))
		var seg Segment
		if !p.c.Next(&seg) || p.c.SendOffset(seg.Seq) != sent {
			p.fail("octet %d is said to be %d", sent, p.c.SendOffset(seg.Seq))
		}
		sent += 1460
		acked += 1460
		ack := Segment{SrcPort: 80, DstPort: 4000, Seq: p.irs + 1, Ack: acked, Flags: ACK, Window: 65535}
		p.c.Arrive(p.now, &ack)
		if p.c.Acked() != sent {
			p.fail("%d octets are acknowledged, want %d", p.c.Acked(), sent)
		}
		// A jump ahead, as if so much had been sent and acknowledged.
		for _, s := range []*Seq{&p.c.snd.iss, &p.c.snd.una, &p.c.snd.nxt, &p.c.snd.end, &p.c.snd.wl2, &p.c.rec.high, &p.c.snd.small} {
			*s += chunk
		}
		acked += chunk
		p.c.snd.off += chunk
		sent += chunk
	}
	if p.c.SendOffset(p.c.snd.una-1000000) != sent-1000000 {
		p.fail("an old octet is %d", p.c.SendOffset(p.c.snd.una-1000000))
	}
}

// A thousand segments in flight, more than are told apart: all arrive, whatever is
// lost.
func TestManySegmentsInFlight(t *testing.T) {
	cfg := Config{InitialWindow: 1000, ReceiveBuffer: 4 << 20, MaxReceiveBuffer: 4 << 20}
	e := openEnds(t, cfg)
	e.reads[endB] = true
	e.do(e.c[endA].Send(e.now, mssTS)) // its acknowledgment shows the whole window, scaled
	e.passes(time.Second)
	const total = 1001 * mssTS
	n := 0
	e.lose = func(from int, seg *Segment) bool {
		if seg.Len == 0 {
			return false
		}
		n++
		return n <= 1000 && n%97 == 13
	}
	e.do(e.c[endA].Send(e.now, total-mssTS))
	e.do(e.c[endA].CloseWrite(e.now))
	e.passes(time.Millisecond)
	if flight := e.c[endA].snd.nxt.Sub(e.c[endA].snd.una); flight < 990*mssTS {
		e.fail("%d octets are in flight", flight)
	}
	e.passes(5 * time.Minute)
	if got := e.c[endB].rcv.off; got != total {
		e.fail("%d octets arrived, want %d", got, total)
	}
	e.wantStates("and the FIN", StateFinWait2, StateCloseWait)
}
