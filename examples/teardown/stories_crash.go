package main

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// crashStories are S18 to S20: hosts that crash, and a process that is killed.
var crashStories = []story{
	{line: 18, title: "host crash, no traffic, no keepalive: ESTABLISHED for ever", play: (*stage).crashSilent},
	{line: 18, title: "host crash with data in flight: retransmission gives up", play: (*stage).crashWithData},
	{line: 19, title: "host crash and reboot, no listener: data draws RST", play: func(s *stage) { s.rebootedData(false) }},
	{line: 19, title: "host crash and reboot, a listener on the port: data draws RST", play: func(s *stage) { s.rebootedData(true) }},
	{line: 19, title: "host crash and reboot: a FIN draws RST", play: (*stage).rebootedFIN},
	{line: 19, title: "host crash and reboot: a bare ACK draws RST, a RST draws nothing", play: (*stage).rebootedOthers},
	{line: 19, title: "host crash and reboot: a SYN to the listener opens a new connection", play: (*stage).rebootedSYN},
	{line: 20, title: "the server process is killed: FIN from its host, the normal close", play: (*stage).serverKilled},
	{line: 20, title: "the server process is killed, and the client writes on: RST", play: (*stage).serverKilledWriteOn},
}

func (s *stage) crashSilent() {
	s.establish()
	s.At(sec, s.server.Crash)
	s.Run(10 * year)
	s.equal("state of the client", s.client.Conn.State(), tcp.StateEstablished)
	s.equal("deadline of the client", s.client.Conn.Deadline(), tcp.Never)
	s.equal("segments of the client", len(s.client.Sent), 0)
	s.say("The server's host vanishes. Nothing is in flight and nobody writes: no timer runs at the client, nothing tells it. " +
		"Ten years later it is ESTABLISHED still.")
}

func (s *stage) crashWithData() {
	s.establish()
	s.At(sec, s.server.Crash)
	s.at(2*sec, func() error { return s.client.Write(100) })
	s.check(s.Finish(hour), "something goes on after an hour")
	s.gaveUp(s.client, "data", simlink.Data, s.retries)
	n := s.client.Conn.Status().Counters
	s.equal("segments counted as sent again", int(n.Retransmits), s.count(s.client, simlink.Data)-1)
	s.check(s.client.Conn.Ready()&tcp.ReadyR1 != 0, "R1 was not reported: %v", s.client.Conn.Ready())
	s.say("The program holds the connection: the limit is R2, %d (Config.DataRetries2). It was warned when R1, 3 retransmissions, was reached (ReadyR1).", s.retries)
}

func (s *stage) rebootedData(listening bool) {
	s.establish()
	s.At(sec, s.server.Crash)
	s.at(2*sec, func() error { return s.server.Reboot(listening) })
	s.at(3*sec, func() error { return s.client.Write(100) })
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrReset)
	s.segments(1, 1)
	s.equal("RSTs of the server", s.count(s.server, reset), 1)
	s.equal("number of the RST", s.last(s.server).Seq, s.client.Sent[0].Segment.Ack)
	s.equal("time of the end", s.entered(s.client, tcp.StateClosed), 3020*ms)
	if listening {
		s.equal("state of the server", s.server.Conn.State(), tcp.StateListen)
		s.say("A listener waits on the port again, but the segment is no SYN: it belongs to a connection that the host knows nothing of. " +
			"The listener answers RST, with the number that the segment acknowledges, and goes on listening. The client is CLOSED one round trip after its write.")
		return
	}
	s.say("The host knows nothing of the connection and nobody listens: it answers RST, with the number that the segment acknowledges. " +
		"The client is CLOSED one round trip after its write.")
}

func (s *stage) rebootedFIN() {
	s.establish()
	s.At(sec, s.server.Crash)
	s.at(2*sec, func() error { return s.server.Reboot(false) })
	s.at(3*sec, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrReset)
	s.segments(1, 1)
	s.check(s.passed(s.client, tcp.StateFinWait1), "the client never was in FIN-WAIT-1")
	s.say("The FIN is a segment of the old connection like any other: RST, and the client goes from FIN-WAIT-1 to CLOSED.")
}

func (s *stage) rebootedOthers() {
	s.establish()
	s.At(sec, s.server.Crash)
	s.at(2*sec, func() error { return s.server.Reboot(false) })
	s.At(3*sec, func() {
		v := s.Inject(right, tcp.Segment{Seq: 1, Ack: 1, Flags: tcp.ACK, Window: 500}, "delayed on its way")
		s.equal("verdict on the ACK", v, tcp.ResetClosed)
		s.equal("segments of the server", len(s.server.Sent), 1)
	})
	s.At(4*sec, func() {
		v := s.Inject(right, tcp.Segment{Seq: 1, Flags: tcp.RST}, "delayed on its way")
		s.equal("verdict on the RST", v, tcp.DroppedClosed)
		s.equal("segments of the server", len(s.server.Sent), 1)
	})
	s.Run(5 * sec)
	s.ended(s.client, tcp.ErrReset)
	s.say("A bare ACK of the old connection draws RST, which ends the client. A RST draws nothing, ever: two hosts would answer each other without end.")
}

func (s *stage) rebootedSYN() {
	s.establish()
	s.At(sec, s.server.Crash)
	s.at(2*sec, func() error { return s.server.Reboot(true) })
	s.at(3*sec, s.client.Abort)
	s.At(4*sec, func() {
		s.client.Again()
		s.must("connect", s.client.Call("connect() again", func(c *tcp.Conn, now tcp.Time) error {
			return c.Open(now, s.client.Base().Add(70000))
		}))
	})
	s.Run(10 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.equal("RSTs of the server", s.count(s.server, reset), 0)
	s.say("The client gives the old connection up: its RST of 3 s draws no answer. The SYN of 4 s is no segment of the old connection: the listener answers it, and a new connection is open.")
}

func (s *stage) serverKilled() {
	s.establish()
	s.at(100*ms, s.server.Kill)
	s.read(200*ms, s.client, 0)
	s.at(400*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 2)
	s.equal("time of the server's FIN", s.sent(s.server, simlink.FIN)[0], 100*ms)
	s.timeWait(s.server, s.entered(s.server, tcp.StateTimeWait))
	s.say("The server's process is killed, its host is not: the host closes the connection and sends FIN. The client reads end of file, as if the server had closed of itself, " +
		"and the normal close follows; TIME-WAIT is with the server's host.")
}

func (s *stage) serverKilledWriteOn() {
	s.establish()
	s.at(100*ms, s.server.Kill)
	s.at(400*ms, func() error { return s.client.Write(100) })
	s.refused(500*ms, tcp.ErrNotExist, func() error { return s.client.Write(100) })
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrReset)
	s.ended(s.server, tcp.ErrAborted)
	s.equal("RSTs of the server", s.count(s.server, reset), 1)
	s.say("A FIN says only that the server sends no more. The client does not read the end of file and writes on; nobody can read it (S10): RST. " +
		"Its next write fails, for there is no connection any more; Err says that it was reset.")
}
