package tcp

import "testing"

// What a timer owes when it expires within a call is settled by what that call brings.

// A SYN whose repetition is due when its answer arrives is acknowledged: it does not
// leave again, least of all as a SYN,ACK of ESTABLISHED.
func TestSYNDueAsItsAnswerArrives(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := newPeer(t, plain(cfg))
		p.open()
		p.now = p.c.Deadline()
		p.in("S. 0:0(0) ack 1" + p.synOptions())
		p.want("only the acknowledgment", ". 1:1(0) ack 1")
		p.wantState("after the handshake", StateEstablished)

		p = newPeer(t, plain(cfg))
		p.listen()
		p.now = p.c.Deadline()
		p.in(". 1:1(0) ack 1")
		p.wantState("after the handshake", StateEstablished)

		p = newPeer(t, plain(cfg))
		p.listen()
		p.close() // Linux: the FIN leaves at once
		for p.c.Next(&p.last) {
		}
		p.now = p.c.Deadline()
		p.in(". 1:1(0) ack " + map[State]string{StateSynReceived: "1", StateFinWait1: "2"}[p.c.State()])
		for p.c.Next(&p.last) {
			if p.last.Flags.Has(SYN) {
				p.fail("it sends %s", p.show(&p.last))
			}
		}
	})
}

// The persist timer that expires as a segment arrives, which closes the window once
// more, runs on: what is queued is never without a timer (I60).
func TestPersistDueAsASegmentArrives(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, text := range []string{". 1:1(0) ack 1 win 0", "F. 1:1(0) ack 1 win 0"} {
			p := newPeer(t, plain(cfg))
			p.establish()
			p.in(". 1:1(0) ack 1 win 0")
			p.send(5)
			p.closeWrite()
			if !p.c.running(TimerPersist) {
				p.fail("the window is not probed")
			}
			p.now = p.c.Deadline()
			p.in(text)
			for p.c.Next(&p.last) {
			}
			if !p.c.running(TimerPersist) {
				p.fail("5 octets wait, and no timer runs: %s", p.timers())
			}
		}
	})
}

// The persist timer that expires as the window opens has nothing left to ask: what
// waited leaves, and no probe behind it (I15).
func TestNoProbeBehindWhatWaited(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		p := newPeer(t, plain(cfg))
		p.establish()
		p.in(". 1:1(0) ack 1 win 2")
		p.send(150)
		for p.c.Next(&p.last) {
		}
		p.now = p.c.Deadline()
		p.in(". 1:1(0) ack 1 win 65535")
		octets := 0
		for p.c.Next(&p.last) {
			if octets += p.last.Len; p.last.Len == 0 {
				p.fail("it sends %s", p.show(&p.last))
			}
		}
		if octets == 0 {
			p.fail("nothing leaves")
		}
	})
}
