package tcp

import (
	"fmt"
	"testing"
	"time"
)

// S12: delayed acknowledgments.
func TestS12_DelayedACK(t *testing.T) {
	t.Run("alone only after the delay", func(t *testing.T) {
		p := established(t, Config{})
		p.in("P. 1:101(100) ack 1")
		p.wantIdle("it waits")
		p.wantTimers("for company", "delayed ACK 40ms")
		p.after(30 * time.Millisecond)
		p.in("P. 101:201(100) ack 1")
		p.wantTimers("a second small one does not prolong it", "delayed ACK 10ms")
		p.advanceToDeadline(TimerDelayedACK, 10*time.Millisecond)
		p.want("no company came", ". 1:1(0) ack 201")
		p.wantTimers("once", "none")
	})
	t.Run("rides on data", func(t *testing.T) {
		p := established(t, Config{})
		p.in("P. 1:101(100) ack 1")
		p.after(5 * time.Millisecond)
		p.send(50)
		p.want("with data, at once", "P. 1:51(50) ack 101")
		p.wantIdle("and not again")
		p.wantTimers("nothing waits", "retransmit 300ms")
	})
	t.Run("the second full segment forces it", func(t *testing.T) {
		p := established(t, Config{})
		for i := range 3 {
			at := 1 + 2*i*mssTS
			p.in(fmt.Sprintf(". %d:%d(1448) ack 1", at, at+mssTS))
			p.wantIdle("the first")
			p.in(fmt.Sprintf(". %d:%d(1448) ack 1", at+mssTS, at+2*mssTS))
			p.want("the second", fmt.Sprintf(". 1:1(0) ack %d", at+2*mssTS))
			p.wantTimers("nothing waits", "none")
			p.receive(2 * mssTS)
			p.wantIdle("no window update so soon")
		}
	})
	t.Run("quick-ACK", func(t *testing.T) {
		p := established(t, Config{})
		p.do("SetQuickAck", p.c.SetQuickAck(p.now, true))
		for i := range 5 {
			p.in(fmt.Sprintf("P. %d:%d(1) ack 1", i+1, i+2))
			p.want("at once", fmt.Sprintf(". 1:1(0) ack %d", i+2))
		}
		p.do("SetQuickAck", p.c.SetQuickAck(p.now, false))
		p.in("P. 6:7(1) ack 1")
		p.wantTimers("it waits again", "delayed ACK 40ms")
		p.do("SetQuickAck", p.c.SetQuickAck(p.now, true))
		p.want("what waits is sent", ". 1:1(0) ack 7")
	})
	t.Run("configured", func(t *testing.T) {
		p := established(t, Config{DelayedACK: 499 * time.Millisecond})
		p.in("P. 1:2(1) ack 1")
		p.advanceToDeadline(TimerDelayedACK, 499*time.Millisecond)
		p.want("MUST-40", ". 1:1(0) ack 2")
		p = established(t, Config{DelayedACK: -1})
		p.in("P. 1:2(1) ack 1")
		p.want("none at all", ". 1:1(0) ack 2")
		p = established(t, RFC9293())
		p.in("P. 1:2(1) ack 1")
		p.advanceToDeadline(TimerDelayedACK, 200*time.Millisecond)
		p.want("RFC9293", ". 1:1(0) ack 2")
	})
	t.Run("Linux", func(t *testing.T) { // linux-measured.md §6
		p := established(t, Linux())
		n := 1
		for range 16 {
			p.in(fmt.Sprintf("P. %d:%d(10) ack 1", n, n+10))
			n += 10
			p.want("the first 16 at once", fmt.Sprintf(". 1:1(0) ack %d", n))
		}
		p.in(fmt.Sprintf("P. %d:%d(10) ack 1", n, n+10))
		p.wantIdle("the next waits")
		if left := p.c.Deadline().Sub(p.now); left < 36*time.Millisecond || left > 45*time.Millisecond {
			p.fail("for %v, want 40 ms and a tick", left)
		}
		p.receive(p.c.Readable())
		p.want("reading all sends it", fmt.Sprintf(". 1:1(0) ack %d", n+10))

		p = established(t, Linux())
		p.in("P. 1:11(10) ack 1")
		p.want("the first", ". 1:1(0) ack 11")
		p.receive(10)
		p.send(10)
		p.want("an answer within 40 ms", "P. 1:11(10) ack 11")
		p.in("P. 11:21(10) ack 11")
		p.wantIdle("data flows both ways: it waits")
		p.receive(10)
		p.do("SetQuickAck", p.c.SetQuickAck(p.now, true))
		p.want("TCP_QUICKACK", ". 11:11(0) ack 21")
	})
}

// RFC 5681 §4.2: what is out of order, and what fills a gap, is acknowledged at once.
func TestACKAtOnce(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := established(t, cfg)
		p.in("P. 101:201(100) ack 1")
		p.want("beyond a gap", ". 1:1(0) ack 1 <sack 101:201>")
		p.in("P. 301:401(100) ack 1")
		p.want("the newest block first", ". 1:1(0) ack 1 <sack 301:401,sack 101:201>")
		p.in("P. 101:201(100) ack 1")
		p.want("again: D-SACK, with the block around it", ". 1:1(0) ack 1 <sack 101:201,sack 101:201,sack 301:401>")
		p.in("P. 1:101(100) ack 1")
		p.want("the gap is filled", ". 1:1(0) ack 201 <sack 301:401>")
		p.in("P. 1:101(100) ack 1")
		p.want("old text: D-SACK below the acknowledgment", ". 1:1(0) ack 201 <sack 1:101,sack 301:401>")
		p.in("P. 201:301(100) ack 1")
		p.want("all of it", ". 1:1(0) ack 401")
		p.wantReady("all of it", "established, readable, writable")
		if p.c.Readable() != 400 {
			p.fail("%d octets can be read", p.c.Readable())
		}
	})
}

// An ACK that carries nothing is never answered: no loops.
func TestPureACKsAreNotAnswered(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, s := range fromEstablished {
			p := connAt(t, cfg, s, (*peer).closeWrite)
			for range 10 {
				_, rcv := p.numbers()
				p.in(fmt.Sprintf(". %[1]d:%[1]d(0) ack %d", rcv, p.c.snd.una.Sub(p.iss)))
				p.wantIdle("nothing to say")
			}
			p.wantState("unchanged", s)
		}
	})
}
