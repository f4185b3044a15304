package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// limitStories are S22: every limit can be configured and every counter be read.
// The limits of data and FIN are in S2, S5 and S18, those of keepalive in S17.
var limitStories = []story{
	{line: 22, title: "limit of the SYN: 3 retransmissions in this story", tune: fewSYNs, play: (*stage).synLimit},
	{line: 22, title: "limit of the SYN-ACK: 3 retransmissions in this story", tune: fewSYNs, play: (*stage).synAckLimit},
	{line: 22, title: "limit of data: 4 retransmissions in this story", tune: fewRetries, play: (*stage).dataLimit},
	{line: 22, title: "limit of a FIN, orphaned or not: 2 and 4 retransmissions in this story", tune: fewRetries, play: (*stage).finLimits},
	{line: 22, title: "zero-window probes, answered: they go on", tune: smallWindow, play: (*stage).windowProbes},
	{line: 22, title: "zero-window probes, unanswered: 4 in this story", tune: smallWindow, play: (*stage).windowProbesLimit},
	{line: 22, title: "keepalive of 10 s, 2 s, 3 probes", tune: fastKeepAlive, play: (*stage).keepAliveLimit},
	{line: 22, title: "counted: ACKs drawn again and restarts of TIME-WAIT", play: (*stage).countedTimeWait},
	{line: 22, title: "counted: challenge ACKs sent and suppressed", tune: oneChallenge, play: (*stage).countedChallenges},
}

func fewSYNs(client, server *tcp.Config) {
	client.SYNRetries, server.SYNACKRetries = 3, 3
	client.SYNMinimum, server.SYNMinimum = -1, -1
	client.SYNLinearTimeouts = 0
}

func fewRetries(client, server *tcp.Config) {
	for _, c := range []*tcp.Config{client, server} {
		c.DataRetries2, c.OrphanRetries, c.DataMinimum, c.UserTimeout = 4, 2, -1, 0
	}
}

func smallWindow(client, server *tcp.Config) {
	client.DataRetries2, client.DataMinimum, client.UserTimeout = 4, -1, 0
	server.ReceiveBuffer, server.MaxReceiveBuffer = fullBuffer, fullBuffer
}

// fullBuffer is two full segments.
const fullBuffer = 2 * 1448

func fastKeepAlive(client, _ *tcp.Config) {
	client.KeepAlive, client.KeepAliveIdle, client.KeepAliveInterval, client.KeepAliveCount = true, 10*sec, 2*sec, 3
}

func oneChallenge(client, _ *tcp.Config) { client.ChallengeLimit, client.ChallengeInterval = 1, 500*ms }

func (s *stage) synLimit() {
	s.Begin()
	s.At(50*ms, s.server.Crash)
	s.at(100*ms, s.client.Open)
	s.check(s.Finish(hour), "something goes on after an hour")
	syn := simlink.Flags(tcp.SYN)
	at := s.sent(s.client, syn)
	next := s.backOff("SYN", at, sec, false)
	s.equal("SYNs", len(at), 4)
	end := s.entered(s.client, tcp.StateClosed)
	s.lasted("the wait for an answer to the last SYN", end-at[len(at)-1], next)
	s.ended(s.client, tcp.ErrTimeout)
	n := s.client.Conn.Status().Counters
	s.equal("SYNs counted as sent again", n.SYNRetransmits, uint32(3))
	s.equal("timeouts counted", n.Timeouts, uint32(3))
	s.say("Config.SYNRetries is 3 here. The SYN is sent again after 1, 2 and 4 s, and 8 s later, at %s, the client is CLOSED with %q. Counted: %d SYNs sent again.", d(end), s.client.Conn.Err(), n.SYNRetransmits)
}

func (s *stage) synAckLimit() {
	s.Begin()
	s.at(50*ms, s.server.Listen)
	s.at(100*ms, s.client.Open)
	s.At(105*ms, s.client.Crash)
	s.Run(hour)
	synAck := simlink.Flags(tcp.SYN | tcp.ACK)
	at := s.sent(s.server, synAck)
	next := s.backOff("SYN-ACK", at, sec, false)
	s.equal("SYN-ACKs", len(at), 4)
	back := s.entered(s.server, tcp.StateListen)
	s.lasted("the wait for an answer to the last SYN-ACK", back-at[len(at)-1], next)
	s.equal("state of the server", s.server.Conn.State(), tcp.StateListen)
	s.equal("SYN-ACKs counted as sent again", s.server.Conn.Status().Counters.SYNRetransmits, uint32(3))
	s.say("The client vanishes after its SYN. Config.SYNACKRetries is 3 here: the SYN-ACK is sent again after 1, 2 and 4 s, and 8 s later, at %s, the server is back in LISTEN; nobody is told.", d(back))
}

func (s *stage) dataLimit() {
	s.userTimeout, s.retries = 0, 4
	s.establish()
	s.At(50*ms, s.server.Crash)
	s.at(100*ms, func() error { return s.client.Write(100) })
	s.check(s.Finish(hour), "something goes on after an hour")
	if s.name == "linux" {
		s.elapsed(s.client, "data", "DataRetries2", simlink.Data, 4)
		return
	}
	s.gaveUp(s.client, "data", simlink.Data, 4)
	s.say("Config.DataRetries2 is 4 here. Status().Retransmissions counts towards it, Counters.Retransmits over the whole life: %d.",
		s.client.Conn.Status().Counters.Retransmits)
}

// elapsed is gaveUp where the limit is a time: that of so many retransmissions
// from a timeout of 200 ms on.
func (s *stage) elapsed(e *simlink.End, what, field string, match simlink.Match, limit int) {
	at := s.sent(e, match)
	next := s.backOff(what, at, s.rto, s.probe)
	made := len(at) - 2
	end := s.entered(e, tcp.StateClosed)
	s.ended(e, tcp.ErrTimeout)
	s.lasted("the wait for an answer to the last segment", end-at[len(at)-1], next)
	allowed := 200 * ms * (1<<(limit+1) - 1)
	spent := end - at[2]
	s.check(spent >= allowed, "%v since the first retransmission, want at least %v", spent, allowed)
	before := at[len(at)-1] - at[2]
	s.check(before < allowed, "%v since the first retransmission already at the last one, want less than %v", before, allowed)
	s.say("Config.%s is %d here. In this profile the limit is a time (Config.GiveUp Elapsed): that of %d retransmissions which begin with 200 ms, %s. "+
		"It counts from the first timeout, before which a loss probe came: %d timeouts fit, and at %s, %s after the first, the %s is CLOSED with %q.",
		field, limit, limit, d(allowed), made, d(end), d(spent), s.who(e), e.Conn.Err())
}

func (s *stage) finLimits() {
	s.userTimeout = 0
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.FIN), simlink.Lose(right, simlink.FIN)}
	s.at(100*ms, s.client.Close)
	s.at(30*sec, s.server.CloseWrite)
	s.check(s.Finish(hour), "something goes on after an hour")
	if s.name == "linux" {
		s.elapsed(s.client, "FIN", "OrphanRetries", simlink.FIN, 2)
		s.elapsed(s.server, "FIN", "DataRetries2", simlink.FIN, 4)
	} else {
		s.gaveUp(s.client, "FIN of the client", simlink.FIN, 2)
		s.gaveUp(s.server, "FIN of the server", simlink.FIN, 4)
	}
	s.say("The client's end was closed by its last holder: an orphan, for which Config.OrphanRetries holds. The server's is still held after shutdown(SHUT_WR), and Config.DataRetries2 holds.")
}

// windowProbe selects what of the client cannot be data for an open window: at most
// one octet.
func windowProbe(seg *tcp.Segment) bool { return seg.Len <= 1 && seg.Flags&^tcp.PSH == tcp.ACK }

// fillWindow lets the client fill the server's buffer, of which nobody reads.
func (s *stage) fillWindow() {
	s.establish()
	s.at(100*ms, func() error { return s.client.Write(4000) })
	s.Run(sec)
	s.equal("octets that the server holds", s.server.Conn.Readable(), fullBuffer)
	s.equal("send window of the client", s.client.Conn.Status().SendWindow, 0)
}

func (s *stage) windowProbes() {
	s.fillWindow()
	s.read(80*sec, s.server, fullBuffer)
	s.at(90*sec, func() error { _, err := s.server.Read(); return err })
	s.At(80*sec, func() {
		s.equal("octets acknowledged while the window was closed", s.client.Conn.Acked(), uint64(fullBuffer))
	})
	s.Run(100 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	n := s.client.Conn.Status().Counters
	s.check(n.WindowProbes > 5, "%d probes", n.WindowProbes)
	s.equal("octets acknowledged", s.client.Conn.Acked(), uint64(4000))
	s.equal("unanswered probes", s.client.Conn.Status().WindowProbes, 0)
	s.say("The server's buffer of two full segments is full and nobody reads. The client probes, and doubles the interval as often as the limit counts, 4 times: "+
		"%d probes, many more than the limit, but they are answered, and answered probes never end a connection (RFC 9293 §3.8.6.1, MUST-37). "+
		"At 80 s the application reads, the window opens, the rest follows.", n.WindowProbes)
	s.throttledProbe()
}

func (s *stage) windowProbesLimit() {
	s.fillWindow()
	s.At(1100*ms, s.server.Crash)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrTimeout)
	s.equal("probes on the wire", s.count(s.client, windowProbe), int(s.client.Conn.Status().Counters.WindowProbes))
	n := s.client.Conn.Status()
	s.equal("unanswered probes", n.WindowProbes, 4)
	s.say("The window is closed, and the server's host vanishes at 1.1 s. Now no probe is answered: when 4 in a row were not (Config.DataRetries2) the client gives up, at %s, with %q. "+
		"Counted: %d probes in all.", d(s.entered(s.client, tcp.StateClosed)), s.client.Conn.Err(), n.Counters.WindowProbes)
	s.throttledProbe()
}

// throttledProbe says so where the server was up and did not answer a probe: one
// without an octet lies outside the window, and such segments are answered no more
// often than challenges are.
func (s *stage) throttledProbe() {
	if n := s.server.Conn.Status().Counters.ChallengesSuppressed; n > 0 {
		s.equal("probes that the server did not answer", n, uint32(1))
		s.say("(The second probe has no answer although the server is up: it is empty and comes less than 500 ms after the first, whose answer was the one that Config.ChallengeLimit allows.)")
	}
}

func (s *stage) keepAliveLimit() {
	s.open()
	s.At(sec, s.server.Crash)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrKeepAlive)
	at := s.sent(s.client, probe)
	s.equal("probes", len(at), 3)
	end := s.entered(s.client, tcp.StateClosed)
	s.lasted("the idle time", at[0]-20*ms, 10*sec)
	s.lasted("an interval", at[1]-at[0], 2*sec)
	s.lasted("the last interval", end-at[2], 2*sec)
	s.equal("probes counted", s.client.Conn.Status().Counters.KeepAliveProbes, uint32(3))
	s.say("KeepAliveIdle 10 s, KeepAliveInterval 2 s, KeepAliveCount 3: three probes, CLOSED at %s with %q.", d(end), s.client.Conn.Err())
}

func (s *stage) countedTimeWait() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.Bare, 1, 2, 3)}
	s.at(100*ms, s.client.Close)
	s.at(400*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	n := s.client.Conn.Status().Counters
	s.equal("ACKs counted as drawn again", n.FINsReacked, uint32(3))
	s.equal("restarts of TIME-WAIT", n.TimeWaitRestarts, uint32(3))
	acks := s.sent(s.client, simlink.Bare)
	s.timeWait(s.client, acks[len(acks)-1])
	s.say("Three ACKs of the server's FIN are lost: the client counts %d ACKs that a repeated FIN drew again and %d restarts of TIME-WAIT, the server %d FINs sent again.",
		n.FINsReacked, n.TimeWaitRestarts, s.server.Conn.Status().Counters.FINRetransmits)
}

func (s *stage) countedChallenges() {
	s.establish()
	forged := func(t time.Duration, seg tcp.Segment, want tcp.Verdict) {
		s.At(t, func() { s.equal("verdict", s.Inject(left, seg, "forged"), want) })
	}
	rst := tcp.Segment{Seq: 1000, Flags: tcp.RST}
	forged(100*ms, rst, tcp.ChallengedRST)
	forged(200*ms, rst, tcp.DroppedThrottled)
	syn := tcp.Segment{Seq: 1000, Flags: tcp.SYN, Window: 500, Options: tcp.Options{Present: tcp.OptTimestamps, TSVal: 5000}}
	forged(300*ms, syn, tcp.DroppedThrottled)
	forged(700*ms, syn, tcp.ChallengedSYN)
	s.Run(2 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	n := s.client.Conn.Status().Counters
	s.equal("challenge ACKs sent", n.ChallengesSent, uint32(2))
	s.equal("challenge ACKs suppressed", n.ChallengesSuppressed, uint32(2))
	s.segments(2, 0)
	s.say("RSTs in the window but not at RCV.NXT, and SYNs, from somebody who guesses numbers: each would draw a challenge ACK (RFC 5961), by which a true peer could prove itself. "+
		"The limit here is one in 500 ms (Config.ChallengeLimit): %d sent, %d suppressed, and the connection goes on.", n.ChallengesSent, n.ChallengesSuppressed)
}
