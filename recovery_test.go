package tcp

import (
	"fmt"
	"testing"
)

// sending is ESTABLISHED with segments of 100 octets, the initial window full: ten of
// them are in flight. With sack the peer tells what it holds.
func sending(t *testing.T, sack bool) *peer {
	t.Helper()
	p := newPeer(t, Config{Timestamps: Off, WindowScale: Off, MSS: 100})
	options := "<mss 100>"
	if sack {
		options = "<mss 100,sackOK>"
	}
	p.open()
	p.in("S. 0:0(0) ack 1 win 65535 " + options)
	p.want("the handshake ends", ". 1:1(0) ack 1")
	p.send(100000)
	p.wantWindow("the initial window", 1000)
	p.wantSegments("ten segments", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	return p
}

// wantSegments wants segments of 100 octets to be sent, the first of all being 0.
func (p *peer) wantSegments(sentence string, numbers ...int) {
	p.t.Helper()
	list := []string{}
	for _, n := range numbers {
		list = append(list, fmt.Sprintf(". %d:%d", 1+100*n, 101+100*n))
	}
	p.wantSent(sentence, fmt.Sprint(list))
}

func (p *peer) wantWindow(sentence string, octets int) {
	p.t.Helper()
	p.wantStatus(sentence, "CongestionWindow", octets)
}

// ack acknowledges everything before segment n, and tells of spans [from, to) of
// segments that are held.
func (p *peer) ack(n int, held ...int) {
	p.t.Helper()
	text := ""
	for i := 0; i < len(held); i += 2 {
		text += fmt.Sprintf(",sack %d:%d", 1+100*held[i], 1+100*held[i+1])
	}
	if text != "" {
		text = " <" + text[1:] + ">"
	}
	p.in(fmt.Sprintf(". 1:1(0) ack %d win 65535%s", 1+100*n, text))
}

// RFC 5681 §3.2, RFC 6582 §3.2: limited transmit, fast retransmit, inflation, deflation
// by a partial acknowledgment, the end. Segments 0 and 3 are lost.
func TestNewReno(t *testing.T) {
	p := sending(t, false)
	p.ack(0)
	p.wantSegments("limited transmit", 10)
	p.ack(0)
	p.wantSegments("limited transmit", 11)
	p.wantWindow("limited transmit does not change it", 1000)
	p.ack(0)
	p.wantSegments("fast retransmit", 0)
	p.wantStatus("half of FlightSize, without limited transmit", "SlowStartThreshold", 500)
	p.wantWindow("ssthresh and three segments", 800)
	for i := range 4 { // 4 to 9 arrived, and 10
		p.ack(0)
		p.wantSegments("1200 are in flight")
		p.wantWindow("inflated", 900+100*i)
	}
	p.ack(0)
	p.wantSegments("inflated to 1300", 12)
	p.ack(3)
	p.wantWindow("deflated by 300, and one segment more", 1100)
	p.wantSegments("partial: what comes next, and one for the segment that left", 3, 13)
	p.ack(12)
	p.wantStatus("up to what was sent before the loss", "Recovering", false)
	p.wantWindow("no burst: what is in flight and one segment", 300)
	p.wantSegments("with 200 in flight", 14)
}

// RFC 3042: for the first and the second duplicate only. After a timeout the third one
// starts no recovery (RFC 6582 §3.2), and is no leave to send either.
func TestLimitedTransmitOnce(t *testing.T) {
	p := sending(t, false)
	p.ack(1)
	p.take()
	p.advanceToDeadline(TimerRetransmit, p.c.Deadline().Sub(p.now))
	p.wantSegments("timeout", 1)
	for range 5 {
		p.ack(1)
		p.take()
	}
	p.wantStatus("the loss is the same", "Recovering", false)
	if n := p.c.limitedTransmit(100); n != 0 {
		p.fail("%d octets may still be sent", n)
	}
}

// RFC 6582 §3.2: the first segment that is not acknowledged is sent again, also if it is
// a part of what was.
func TestPartialInsideRetransmission(t *testing.T) {
	p := sending(t, false)
	for range 3 {
		p.ack(0)
		p.take()
	}
	p.in(". 1:1(0) ack 31 win 65535")
	if got := p.take(); len(got) == 0 || got[0] != ". 31:101" {
		p.fail("it sends %v, want the rest of the first segment", got)
	}
}

// What is called recover ends to mean anything when it is acknowledged: it would seem to
// lie ahead 2³¹ octets later.
func TestRecoverIsForgotten(t *testing.T) {
	for _, sack := range []bool{false, true} {
		p := newPeer(t, Config{Timestamps: Off, WindowScale: On, MSS: 65000})
		p.open()
		p.in("S. 0:0(0) ack 1 win 65535 <mss 65000,sackOK,wscale 14>")
		p.c.snd.sackOK = sack
		p.take()
		lose := func() {
			p.send(10 * 65000)
			p.take()
			una := p.c.Status().SndUna
			for i := range 3 {
				seg := p.segment(". 1:1(0) ack 1 win 65535")
				seg.Ack = una
				if sack {
					seg.Options.NumSACK, seg.Options.SACK[0] = 1, SACKBlock{una + 65000, una.Add(65000 * (i + 2))}
				}
				p.arrive(seg)
			}
			if !p.c.Status().Recovering {
				p.fail("no recovery: it was forgotten that SND.UNA has passed the last one")
			}
		}
		acks := func() {
			p.take()
			seg := p.segment(". 1:1(0) ack 1 win 65535")
			seg.Ack = p.c.Status().SndNxt
			p.arrive(seg)
		}
		p.do("Send", p.c.Send(p.now, 65000*40))
		p.take()
		acks()
		lose()
		for sent := 0; sent < 1<<31+1<<20; {
			p.do("Send", p.c.Send(p.now, 1<<24-p.c.Status().SndEnd.Sub(p.c.Status().SndUna)))
			n := p.c.Status().SndNxt
			p.take()
			sent += p.c.Status().SndNxt.Sub(n)
			acks()
		}
		for p.c.Status().SndEnd != p.c.Status().SndUna {
			acks()
		}
		lose()
		p.take()
	}
}

// RFC 6675 §5 (1), (4): the third acknowledgment with news. Then NextSeg's rules: (1)
// what is lost, (2) what is new.
func TestNextSeg(t *testing.T) {
	p := sending(t, true)
	p.ack(0, 1, 2)
	p.wantSegments("limited transmit by what has left", 10)
	p.ack(0, 1, 2)
	p.wantSegments("nothing new: no duplicate")
	p.ack(0, 1, 3)
	p.wantSegments("limited transmit", 11)
	p.wantStatus("", "Recovering", false)
	p.ack(0, 1, 3, 6, 7)
	p.wantSegments("the first, whatever is in flight", 0)
	p.wantStatus("half of FlightSize, without limited transmit", "SlowStartThreshold", 500)
	p.wantWindow("no inflation", 500)
	p.ack(0, 1, 3, 6, 10)
	p.wantSegments("3 to 5 are lost; in flight: 0, 10, 11", 3, 4)
	p.ack(0, 1, 3, 6, 12)
	p.wantSegments("in flight: 0, 3, 4: what is lost, then what is new", 5, 12)
	p.ack(3, 6, 12)
	p.wantSegments("partial: only what there is room for", 13)
	p.ack(12)
	p.wantStatus("the recovery point", "Recovering", false)
	p.wantSegments("in flight: 12, 13; a segment more, no burst", 14)
}

// RFC 6675 §4, rules (3) and (4) of NextSeg: where nothing is known to be lost and there
// is nothing new, a hole, and then once the end.
func TestSACKSpareRetransmissions(t *testing.T) {
	p := newPeer(t, Config{Timestamps: Off, WindowScale: Off, MSS: 100, NoDelay: true})
	p.open()
	p.in("S. 0:0(0) ack 1 win 65535 <mss 100,sackOK>")
	p.want("the handshake ends", ". 1:1(0) ack 1")
	for range 6 {
		p.send(20)
		p.take()
	}
	held := func(ack int, spans string) {
		p.in(fmt.Sprintf(". 1:1(0) ack %d win 65535 <sack %s>", ack, spans))
	}
	held(1, "21:41")
	held(1, "21:41,sack 61:81")
	p.wantSent("two of them", "[]")
	held(1, "21:41,sack 61:101")
	p.wantSent("three duplicates; then rule (3): 41 is not known to be lost", "[. 1:21 . 41:61]")
	held(41, "61:101")
	p.wantSent("rule (4): the end", "[P. 101:121]")
	held(41, "61:101")
	p.wantSent("once", "[]")
}

// RFC 6675 §4: three stretches that are held, or more than two segments' octets; three
// small segments side by side are one stretch.
func TestSACKIsLost(t *testing.T) {
	held := func(list ...int) *records {
		r := &records{}
		for i := range 9 {
			r.sent(Seq(101+100*i), 0, false)
		}
		for _, i := range list {
			r.r[i].flags |= recordSACKed
		}
		return r
	}
	for _, tt := range []struct {
		held []int
		mss  int
		lost []int
	}{
		{[]int{3, 4, 5}, 100, []int{0, 1, 2}},     // 300 octets
		{[]int{4, 5}, 100, nil},                   // 200 are not more than two segments
		{[]int{3, 4, 5}, 1000, nil},               // one stretch
		{[]int{2, 4, 6}, 1000, []int{0, 1}},       // three
		{[]int{2, 4, 6, 8}, 1000, []int{0, 1, 3}}, // three above 3
	} {
		r := held(tt.held...)
		first := r.sackedLost(1, tt.mss)
		var lost []int
		for i := range r.n {
			if r.r[i].flags&recordLost != 0 {
				lost = append(lost, int(i))
			}
		}
		if fmt.Sprint(lost) != fmt.Sprint(tt.lost) || first != (len(tt.lost) > 0) {
			t.Errorf("held %v, SMSS %d: lost %v (first %v), want %v", tt.held, tt.mss, lost, first, tt.lost)
		}
	}
}

// RFC 6675 §2, §5: news of SACK makes a duplicate of an acknowledgment that carries
// text, or that acknowledges something itself.
func TestSACKDuplicates(t *testing.T) {
	p := sending(t, true)
	p.ack(1, 2, 5)
	if got := p.take(); len(got) == 0 || got[0] != ". 101:201" {
		p.fail("it sends %v, want segment 1: 300 octets are held above", got)
	}
	p = sending(t, true)
	for i := range 3 {
		p.in(fmt.Sprintf("P. %d:%d(10) ack 1 win 65535 <sack %d:%d>", 1+10*i, 11+10*i, 101+200*i, 151+200*i))
		p.take()
	}
	p.wantStatus("half segments are not held", "Recovering", false)
	for i := range 3 {
		p.in(fmt.Sprintf("P. %d:%d(10) ack 1 win 65535 <sack %d:%d>", 31+10*i, 41+10*i, 101+200*i, 201+200*i))
		p.take()
	}
	p.wantStatus("the third with news", "Recovering", true)
}

// RFC 6675 §5: a loss right behind the recovery point is a new one.
func TestSACKRecoveryAfterRecovery(t *testing.T) {
	p := sending(t, true)
	p.ack(0, 1, 10)
	p.wantStatus("", "Recovering", true)
	p.take()
	p.ack(10)
	p.take()
	n := p.c.Status().SndNxt.Sub(p.iss+1) / 100
	p.ack(n)
	p.take()
	p.ack(n)
	una := n
	p.take()
	p.ack(una, una+1, una+4)
	p.take()
	p.wantStatus("", "Recovering", true)
}
