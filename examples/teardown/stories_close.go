package main

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// closeStories are S1 to S6: the close, and the loss of each of its segments.
var closeStories = []story{
	{line: 1, title: "four-segment close, the client first", play: func(s *stage) { s.fourSegments(s.client, s.server) }},
	{line: 1, title: "four-segment close, the server first", play: func(s *stage) { s.fourSegments(s.server, s.client) }},
	{line: 1, title: "both close at once: both pass TIME-WAIT", play: (*stage).bothClose},
	{line: 2, title: "four-segment close with the first FIN lost", play: (*stage).firstFINLost},
	{line: 2, title: "every FIN lost after close(): an orphan gives up", play: (*stage).everyFINLost},
	{line: 2, title: "every FIN lost after shutdown(): a connection that is held gives up", play: (*stage).everyFINLostHeld},
	{line: 3, title: "the ACK of the FIN lost", play: (*stage).ackOfFINLost},
	{line: 3, title: "every ACK of the FIN lost: the client gives up as well", play: (*stage).everyACKOfFINLost},
	{line: 4, title: "FIN-WAIT-2 after close()", play: (*stage).finWait2AfterClose},
	{line: 4, title: "FIN-WAIT-2 after shutdown(): for ever", play: (*stage).finWait2AfterShutdown},
	{line: 5, title: "the second FIN lost", play: (*stage).secondFINLost},
	{line: 5, title: "every second FIN lost: LAST-ACK gives up", play: (*stage).everySecondFINLost},
	{line: 6, title: "the last ACK lost", play: (*stage).lastACKLost},
	{line: 6, title: "every last ACK lost: LAST-ACK gives up", play: (*stage).everyLastACKLost},
}

// fourSegments is the close of RFC 9293 Figure 12; the server's application takes
// long enough to answer that its ACK leaves alone.
func (s *stage) fourSegments(active, passive *simlink.End) {
	s.establish()
	s.at(100*ms, active.Close)
	s.at(400*ms, passive.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 2)
	for _, state := range []tcp.State{tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateTimeWait} {
		s.check(s.passed(active, state), "the %s never was in %v", s.who(active), state)
		s.check(!s.passed(passive, state), "the %s was in %v", s.who(passive), state)
	}
	for _, state := range []tcp.State{tcp.StateCloseWait, tcp.StateLastAck} {
		s.check(s.passed(passive, state), "the %s never was in %v", s.who(passive), state)
	}
	s.timeWait(active, s.entered(active, tcp.StateTimeWait))
	s.say("Four segments: FIN, ACK, FIN, ACK. The %s closes first and goes through FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT; "+
		"the %s through CLOSE-WAIT and LAST-ACK, and is CLOSED when the last ACK arrives, at %s.",
		s.who(active), s.who(passive), d(s.entered(passive, tcp.StateClosed)))
	s.say("Only the %s passes TIME-WAIT: 2·MSL, %s, from %s to %s.", s.who(active), d(s.twoMSL),
		d(s.entered(active, tcp.StateTimeWait)), d(s.entered(active, tcp.StateClosed)))
	if wait := s.sent(passive, simlink.Bare)[0] - s.entered(passive, tcp.StateCloseWait); wait > 0 {
		s.say("The ACK of the first FIN waited %s for something to ride on (a delayed ACK, S11 and S12).", d(wait))
	}
}

func (s *stage) bothClose() {
	s.establish()
	s.at(100*ms, s.client.Close)
	s.at(105*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 2)
	for _, e := range s.Ends {
		s.check(s.passed(e, tcp.StateClosing), "the %s never was in CLOSING", s.who(e))
		s.check(!s.passed(e, tcp.StateFinWait2), "the %s was in FIN-WAIT-2", s.who(e))
		s.timeWait(e, s.entered(e, tcp.StateTimeWait))
	}
	s.say("Both ends are active closers: the FINs cross, each end goes from FIN-WAIT-1 to CLOSING, and with the ACK of its FIN to TIME-WAIT. "+
		"Both spend 2·MSL there: the client until %s, the server until %s.",
		d(s.entered(s.client, tcp.StateClosed)), d(s.entered(s.server, tcp.StateClosed)))
}

func (s *stage) firstFINLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.FIN, 1)}
	s.at(100*ms, s.client.Close)
	s.At(150*ms, func() {
		s.equal("retransmissions counted so far", s.client.Conn.Status().Counters.FINRetransmits, uint32(0))
	})
	s.at(2*sec, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(3, 2)
	at := s.sent(s.client, simlink.FIN)
	s.backOff("FIN", at, s.rto, s.probe)
	n := s.client.Conn.Status().Counters
	s.equal("FINs counted as sent again", n.FINRetransmits, uint32(1))
	s.equal("timeouts and loss probes counted", n.Timeouts+n.LossProbes, uint32(1))
	s.timeWait(s.client, s.entered(s.client, tcp.StateTimeWait))
	s.say("The FIN of %s is lost. Nobody but the client knows of it: %s later, by its %s, it sends the FIN again, "+
		"with the same sequence number. From there on the close takes its normal way, and the client is CLOSED after 2·MSL, %s.",
		d(at[0]), d(at[1]-at[0]), s.firstTimer(), d(s.twoMSL))
	s.say("Counters of the client: timeouts %d, loss probes %d, FINs sent again %d. Before, they stood at 0.", n.Timeouts, n.LossProbes, n.FINRetransmits)
}

// firstTimer is what sends something again first.
func (s *stage) firstTimer() string {
	if s.probe {
		return "tail loss probe"
	}
	return "retransmission timeout"
}

func (s *stage) everyFINLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.FIN)}
	s.at(100*ms, s.client.Close)
	s.at(sec+150*ms, func() error {
		n := s.client.Conn.Status().Counters.FINRetransmits
		s.equal("FINs counted as sent again in the middle", int(n), s.count(s.client, simlink.FIN)-1)
		return nil
	})
	s.check(s.Finish(hour), "something goes on after an hour")
	s.gaveUp(s.client, "FIN", simlink.FIN, s.orphan)
	s.equal("FINs counted as sent again", int(s.client.Conn.Status().Counters.FINRetransmits), s.count(s.client, simlink.FIN)-1)
	s.equal("segments of the server", len(s.server.Sent), 0)
	s.equal("state of the server", s.server.Conn.State(), tcp.StateEstablished)
	s.say("No program holds the client's end any more, so that the limit of an orphan holds, %d (Config.OrphanRetries). "+
		"The server never learns of the close and is ESTABLISHED still.", s.orphan)
}

func (s *stage) everyFINLostHeld() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.FIN)}
	s.at(100*ms, s.client.CloseWrite)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.gaveUp(s.client, "FIN", simlink.FIN, s.retries)
	s.equal("references to the client's end", s.client.Conn.Status().References, 1)
	s.say("After shutdown(SHUT_WR) a program still holds the connection: the limit is that of data, %d (Config.DataRetries2).", s.retries)
}

func (s *stage) ackOfFINLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.Bare, 1)}
	s.at(100*ms, s.client.Close)
	s.at(3*sec, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(3, 3)
	acks := s.sent(s.server, simlink.Bare)
	fins := s.sent(s.client, simlink.FIN)
	s.equal("ACKs of the FIN", len(acks), 2)
	s.equal("time of the second ACK", acks[1], fins[1]+s.Delay[left])
	n := s.server.Conn.Status().Counters
	s.equal("ACKs counted as drawn again", n.FINsReacked, uint32(1))
	s.equal("timeouts of the server", n.Timeouts, uint32(0))
	s.say("The server's ACK of %s is lost. An ACK has no timer of its own: it is not the server that sends it again, but the client that sends its FIN again, "+
		"after %s, and so draws the ACK once more, at %s.", d(acks[0]), d(fins[1]-fins[0]), d(acks[1]))
	s.say("The server counted %d ACK drawn again by a repeated FIN, and no timeout.", n.FINsReacked)
}

func (s *stage) everyACKOfFINLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.Bare)}
	s.at(100*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.gaveUp(s.client, "FIN", simlink.FIN, s.orphan)
	fins := s.count(s.client, simlink.FIN)
	s.equal("ACKs of the server", s.count(s.server, simlink.Bare), fins)
	s.equal("ACKs counted as drawn again", int(s.server.Conn.Status().Counters.FINsReacked), fins-1)
	s.equal("state of the server", s.server.Conn.State(), tcp.StateCloseWait)
	s.say("Each of the %d FINs arrived and drew an ACK, and each ACK was lost: for the client it is the same as if the FINs were. "+
		"The server waits in CLOSE-WAIT for its application.", fins)
}

func (s *stage) finWait2AfterClose() {
	s.establish()
	s.at(100*ms, s.client.Close)
	if s.finWait2 == tcp.Forever {
		s.Run(year)
		s.states(tcp.StateFinWait2, tcp.StateCloseWait)
		s.equal("deadline of the client", s.client.Conn.Deadline(), tcp.Never)
		s.say("The server never closes. In this profile FIN-WAIT-2 has no limit, as in RFC 9293: " +
			"a year later the client waits still, with no timer running. The default profile ends it after 60 s (Config.FinWait2Timeout).")
		return
	}
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, nil)
	s.equal("state of the server", s.server.Conn.State(), tcp.StateCloseWait)
	took := s.entered(s.client, tcp.StateClosed) - s.entered(s.client, tcp.StateFinWait2)
	s.lasted("FIN-WAIT-2", took, s.finWait2)
	s.segments(1, 1)
	s.say("The server never closes. After close() nothing can be received any more, and nobody would wait for it: "+
		"FIN-WAIT-2 lasts at most %s, here from %s to %s. Then the client is CLOSED, without an error, without TIME-WAIT, and without a segment.",
		d(s.finWait2), d(s.entered(s.client, tcp.StateFinWait2)), d(s.entered(s.client, tcp.StateClosed)))
}

func (s *stage) finWait2AfterShutdown() {
	s.establish()
	s.at(100*ms, s.client.CloseWrite)
	s.at(day, func() error { return s.server.Write(1000) })
	s.read(day+sec, s.client, 1000)
	s.Run(year)
	s.states(tcp.StateFinWait2, tcp.StateCloseWait)
	s.equal("deadline of the client", s.client.Conn.Deadline(), tcp.Never)
	s.say("After shutdown(SHUT_WR) the client still reads, and the server may take its time: a day later 1000 octets arrive and are read. " +
		"No timer runs: the client stays in FIN-WAIT-2 for ever (here: a year).")
}

func (s *stage) secondFINLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.FIN, 1)}
	s.at(100*ms, s.client.Close)
	s.at(400*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 3)
	at := s.sent(s.server, simlink.FIN)
	s.backOff("FIN", at, s.rto, s.probe)
	s.equal("FINs counted as sent again", s.server.Conn.Status().Counters.FINRetransmits, uint32(1))
	s.say("The server's FIN is lost. In LAST-ACK the server sends it again after %s; the client waits in FIN-WAIT-2 meanwhile, and the close goes on.", d(at[1]-at[0]))
}

func (s *stage) everySecondFINLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.FIN)}
	s.at(100*ms, s.client.Close)
	s.at(400*ms, s.server.Close)
	s.Finish(hour)
	s.gaveUp(s.server, "FIN", simlink.FIN, s.orphan)
	if s.finWait2 == tcp.Forever {
		s.equal("state of the client", s.client.Conn.State(), tcp.StateFinWait2)
		s.equal("deadline of the client", s.client.Conn.Deadline(), tcp.Never)
		s.say("The client never hears of it and waits in FIN-WAIT-2, which has no limit in this profile (S4).")
		return
	}
	s.ended(s.client, nil)
	s.say("The client left FIN-WAIT-2 at %s, after %s (S4), without an error: long before the server gave up.",
		d(s.entered(s.client, tcp.StateClosed)), d(s.finWait2))
}

func (s *stage) lastACKLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.Bare, 1)}
	s.at(100*ms, s.client.Close)
	s.at(400*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(3, 3)
	acks, fins := s.sent(s.client, simlink.Bare), s.sent(s.server, simlink.FIN)
	s.equal("time of the second ACK", acks[1], fins[1]+s.Delay[right])
	n := s.client.Conn.Status().Counters
	s.equal("ACKs counted as drawn again", n.FINsReacked, uint32(1))
	s.equal("restarts of TIME-WAIT", n.TimeWaitRestarts, uint32(1))
	s.timeWait(s.client, acks[1])
	s.say("The last ACK is lost, and the server in LAST-ACK sends its FIN again after %s. The client in TIME-WAIT, which is there for this, "+
		"ACKs it again at %s and begins 2·MSL anew: it is CLOSED %s after that, at %s.", d(fins[1]-fins[0]), d(acks[1]),
		d(s.entered(s.client, tcp.StateClosed)-acks[1]), d(s.entered(s.client, tcp.StateClosed)))
	s.say("Counters of the client: %d ACK drawn again by a repeated FIN, %d restart of TIME-WAIT.", n.FINsReacked, n.TimeWaitRestarts)
}

func (s *stage) everyLastACKLost() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.Bare)}
	s.at(100*ms, s.client.Close)
	s.at(400*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.gaveUp(s.server, "FIN", simlink.FIN, s.orphan)
	acks, fins := s.sent(s.client, simlink.Bare), s.count(s.server, simlink.FIN)
	s.ended(s.client, nil)
	n := s.client.Conn.Status().Counters
	s.equal("restarts of TIME-WAIT", int(n.TimeWaitRestarts), len(acks)-1)
	s.timeWait(s.client, acks[len(acks)-1])
	s.say("%d FINs, %d ACKs, each lost. Every FIN that reached TIME-WAIT began 2·MSL anew, %d times; the client is CLOSED at %s, 2·MSL after its last ACK.",
		fins, len(acks), n.TimeWaitRestarts, d(s.entered(s.client, tcp.StateClosed)))
}
