package tcp

import (
	"fmt"
	"testing"
	"time"
)

// T98: something older than the user timeout is unacknowledged.
func TestT98_UserTimeout(t *testing.T) {
	for _, s := range []State{StateEstablished, StateFinWait1, StateCloseWait, StateClosing, StateLastAck} {
		p := connAt(t, Config{UserTimeout: 2 * time.Second}, s, (*peer).closeWrite)
		start := p.now
		if s == StateEstablished || s == StateCloseWait {
			p.send(10)
			_, rcv := p.numbers()
			p.want("data", fmt.Sprintf("P. 1:11(10) ack %d", rcv))
		}
		var seg Segment
		sent := 0
		for p.c.State() != StateClosed {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			if p.c.Next(&seg) {
				sent++
			}
		}
		if p.now.Sub(start) != 2*time.Second {
			p.fail("ended after %v, want the user timeout of 2 s", p.now.Sub(start))
		}
		if sent != 2 { // at 300 and 900 ms
			p.fail("%d retransmissions before, want 2", sent)
		}
		p.wantIdle("nothing is sent at expiry")
		p.wantClosed("user timeout", &Error{Kind: KindUserTimeout, State: s})
		p.wantEdges("user timeout", fmt.Sprintf("%v → CLOSED (timeout)", s))
	}
	t.Run("RFC9293", func(t *testing.T) {
		p := connAt(t, RFC9293(), StateFinWait1, (*peer).closeWrite)
		start := p.now
		var seg Segment
		for p.c.State() != StateClosed {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
			p.c.Next(&seg)
		}
		p.wantClosed("five minutes by default", ErrUserTimeout)
		if p.now.Sub(start) != 5*time.Minute {
			p.fail("ended after %v", p.now.Sub(start))
		}
	})
	t.Run("handshake", func(t *testing.T) {
		p := newPeer(t, Config{UserTimeout: 2 * time.Second})
		p.open()
		p.advanceToDeadline(TimerRetransmit, time.Second)
		p.want("the SYN again", "S 0:0(0)")
		p.advanceToDeadline(TimerUserTimeout, time.Second)
		p.wantClosed("user timeout", &Error{Kind: KindUserTimeout, State: StateSynSent})
	})
	t.Run("FromRetransmission", func(t *testing.T) {
		p := established(t, Config{UserTimeout: time.Second, UserTimeoutStart: FromRetransmission})
		p.send(10)
		p.want("data", "P. 1:11(10) ack 1")
		p.advanceToDeadline(TimerRetransmit, 300*time.Millisecond)
		p.want("counts from the first retransmission", "P. 1:11(10) ack 1")
		p.advanceToDeadline(TimerRetransmit, 600*time.Millisecond)
		p.want("again", "P. 1:11(10) ack 1")
		p.advanceToDeadline(TimerRetransmit, 400*time.Millisecond)
		p.wantClosed("a second after the first", ErrTimeout)
	})
}

func TestUserTimeoutFollowsProgress(t *testing.T) {
	p := established(t, plain(Config{UserTimeout: 10 * time.Second}))
	p.wantTimers("nothing outstanding", "none")
	p.send(20)
	p.want("data", "P. 1:21(20) ack 1")
	p.wantTimers("outstanding", "retransmit 300ms, user timeout 10s")
	p.after(100 * time.Millisecond)
	p.in(". 1:1(0) ack 11")
	p.wantTimers("progress starts it anew", "retransmit 300ms, user timeout 10s")
	p.after(100 * time.Millisecond)
	p.in(". 1:1(0) ack 11")
	p.wantTimers("a duplicate does not", "retransmit 200ms, user timeout 9.9s")
	p.in(". 1:1(0) ack 21")
	p.wantTimers("nothing outstanding", "none")
}

// T99: the peer's option of RFC 5482.
func TestT99_UserTimeoutOption(t *testing.T) {
	const minute = 1 << 15
	for _, s := range []State{StateEstablished, StateFinWait1, StateCloseWait, StateClosing, StateLastAck} {
		for _, tt := range []struct {
			name   string
			own    time.Duration
			option uint16
			want   time.Duration
		}{
			{"raised", 3 * time.Minute, 10 | minute, 10 * time.Minute},
			{"seconds", 3 * time.Minute, 500, 500 * time.Second},
			{"not lowered below ours", 3 * time.Minute, 120, 3 * time.Minute},
			{"nor below 100 s", time.Minute, 5, 100 * time.Second},
			{"nor raised above 2 h", 3 * time.Minute, 0x7fff | minute, 2 * time.Hour},
			{"zero is reserved", 3 * time.Minute, 0, 3 * time.Minute},
		} {
			t.Run(fmt.Sprintf("%v, %s", s, tt.name), func(t *testing.T) {
				p := connAt(t, Config{UserTimeout: tt.own, UserTimeoutOption: true}, s, (*peer).closeWrite)
				if s == StateEstablished || s == StateCloseWait {
					p.send(10)
					_, rcv := p.numbers()
					p.want("data", fmt.Sprintf("P. 1:11(10) ack %d", rcv))
				}
				start := p.now
				p.after(rtt)
				_, rcv := p.numbers()
				p.in(fmt.Sprintf(". %[1]d:%[1]d(0) ack %d <uto %d>", rcv, p.c.snd.una.Sub(p.iss), tt.option))
				p.wantState("advice only", s)
				if got := p.c.expires(TimerUserTimeout).Sub(start); got != tt.want {
					p.fail("the user timeout is %v from the same start, want %v", got, tt.want)
				}
			})
		}
	}
	t.Run("not asked for", func(t *testing.T) {
		p := connAt(t, Config{UserTimeout: time.Minute}, StateFinWait1, (*peer).closeWrite)
		p.in(". 1:1(0) ack 1 <uto 500>")
		p.wantTimers("ignored", "retransmit 300ms, user timeout 1m0s")
	})
	t.Run("refused", func(t *testing.T) {
		p := established(t, Config{UserTimeoutOption: true})
		p.do("SetUserTimeout", p.c.SetUserTimeout(p.now, 2*time.Minute))
		p.closeWrite()
		p.want("FIN", "F. 1:1(0) ack 1")
		p.in(". 1:1(0) ack 1 <uto 500>")
		p.wantTimers("the program's own value is not changeable", "retransmit 300ms, user timeout 2m0s")
	})
	t.Run("sent", func(t *testing.T) {
		p := newPeer(t, Config{UserTimeout: 90 * time.Second, UserTimeoutOption: true})
		p.do("Open", p.c.Open(p.now, p.iss))
		p.want("with the SYN", "S 0:0(0) <mss 1460,sackOK,TS val 3600000 ecr 0,wscale 0,uto 90>")
		p = newPeer(t, Config{UserTimeout: 100000 * time.Second, UserTimeoutOption: true})
		p.do("Open", p.c.Open(p.now, p.iss))
		p.want("in minutes", fmt.Sprintf("S 0:0(0) <mss 1460,sackOK,TS val 3600000 ecr 0,wscale 0,uto %d>", 1667|minute))
	})
}
