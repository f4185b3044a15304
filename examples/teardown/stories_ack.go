package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// ackStories are S11 to S13: acknowledgments, and the FIN among them.
var ackStories = []story{
	{line: 11, title: "three-segment close: the ACK of the FIN rides on the own FIN", tune: delayFINAck, play: (*stage).threeSegments},
	{line: 12, title: "delayed ACK: rides on data at once", play: (*stage).ackRides},
	{line: 12, title: "delayed ACK: alone only after the delay", play: (*stage).ackAlone},
	{line: 12, title: "delayed ACK: the second full segment forces it", play: (*stage).ackSecond},
	{line: 12, title: "quick-ACK: at once", play: (*stage).ackQuick},
	{line: 13, title: "FIN ahead of its data: kept until the gap is filled", play: (*stage).earlyFIN},
}

// converse lets the ends exchange a question and an answer, and time pass: from
// then on both know an interactive connection.
func (s *stage) converse() {
	s.Mute(true)
	s.at(100*ms, func() error { return s.client.Write(100) })
	s.At(111*ms, func() { s.server.Read() })
	s.at(112*ms, func() error { return s.server.Write(200) })
	s.At(123*ms, func() { s.client.Read() })
	s.at(124*ms, func() error { return s.client.Write(100) })
	s.At(135*ms, func() { s.server.Read() })
	s.at(136*ms, func() error { return s.server.Write(200) })
	s.At(147*ms, func() { s.client.Read() })
	s.Run(sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.Begin()
}

func delayFINAck(client, server *tcp.Config) { client.DelayFINAck, server.DelayFINAck = tcp.On, tcp.On }

func (s *stage) threeSegments() {
	s.establish()
	s.at(100*ms, s.client.Close)
	s.at(111*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 1)
	s.equal("time of the server's FIN", s.sent(s.server, simlink.FIN)[0], 111*ms)
	if s.passed(s.client, tcp.StateFinWait2) {
		s.equal("time in FIN-WAIT-2", s.entered(s.client, tcp.StateTimeWait)-s.entered(s.client, tcp.StateFinWait2), time.Duration(0))
	}
	s.timeWait(s.client, 121*ms)
	s.say("The server's application closes 1 ms after the FIN has arrived, while the ACK of it still waits for company. " +
		"It finds it: the ACK and the own FIN leave as one segment. The client acknowledges it and goes from FIN-WAIT-1 to TIME-WAIT with this one segment " +
		"(RFC 9293 Figure 5, note 2); three segments in all.")
	if !s.delayFIN {
		s.say("Config.DelayFINAck is switched on for it: the profile acknowledges a FIN at once (RFC 9293 §3.10.7.4, eighth step), and then there are four segments.")
	}
}

func (s *stage) ackRides() {
	s.establish()
	s.converse()
	s.at(100*ms, func() error { return s.client.Write(100) })
	s.read(115*ms, s.server, 100)
	s.at(115*ms, func() error { return s.server.Write(200) })
	s.Run(sec)
	s.equal("bare ACKs of the server", s.count(s.server, simlink.Bare), 0)
	s.equal("segments of the server", len(s.server.Sent), 1)
	s.equal("time of the answer", s.sent(s.server, simlink.Data)[0], 115*ms)
	s.equal("what the answer acknowledges", s.last(s.server).Ack, s.client.Sent[0].Segment.End())
	s.say("The question arrives at 110 ms, its ACK waits. The answer of 115 ms carries it: no segment for the ACK alone.")
}

func (s *stage) ackAlone() {
	s.establish()
	s.converse()
	s.at(100*ms, func() error { return s.client.Write(100) })
	s.Run(sec)
	acks := s.sent(s.server, simlink.Bare)
	s.segments(1, 1)
	if len(acks) == 1 {
		s.lasted("the delay", acks[0]-110*ms, s.delayed)
		s.say("100 octets arrive at 110 ms and find no company: the ACK leaves alone after the delay, %s (%s later).", d(s.delayed), d(acks[0]-110*ms))
	}
}

func (s *stage) ackSecond() {
	s.establish()
	s.converse()
	full := s.client.Conn.Status().MaxPayload
	s.at(100*ms, func() error { return s.client.Write(2 * full) })
	s.read(111*ms, s.server, 2*full)
	s.Run(sec)
	acks := s.sent(s.server, simlink.Bare)
	s.segments(2, 1)
	s.equal("segments with data", s.count(s.client, simlink.Data), 2)
	if len(acks) != 1 {
		s.check(false, "%d ACKs", len(acks))
		return
	}
	s.equal("what the ACK acknowledges", s.last(s.server).Ack, s.client.Sent[1].Segment.End())
	s.equal("time of the ACK", acks[0], 110*ms)
	s.say("Two full segments of %d octets arrive at 110 ms. The second forces the ACK, for both and at once (RFC 9293 §3.8.6.3, SHLD-19).", full)
}

func (s *stage) ackQuick() {
	s.establish()
	s.converse()
	s.at(50*ms, func() error {
		return s.server.Call("TCP_QUICKACK 1", func(c *tcp.Conn, now tcp.Time) error { return c.SetQuickAck(now, true) })
	})
	s.at(100*ms, func() error { return s.client.Write(100) })
	s.Run(sec)
	acks := s.sent(s.server, simlink.Bare)
	s.segments(1, 1)
	if len(acks) == 1 {
		s.equal("time of the ACK", acks[0], 110*ms)
	}
	s.say("With quick-ACK chosen the 100 octets are acknowledged when they arrive, at 110 ms.")
}

func (s *stage) earlyFIN() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.Data, 1)}
	s.at(100*ms, s.client.CloseWrite)
	s.at(400*ms, func() error { return s.server.Write(500) })
	s.at(450*ms, s.server.Close)
	s.At(465*ms, func() {
		s.equal("state with the FIN ahead of its data", s.client.Conn.State(), tcp.StateFinWait2)
		s.equal("octets to be read", s.client.Conn.Readable(), 0)
		s.check(s.client.Conn.Ready()&tcp.ReadyEOF == 0, "end of file ahead of the data")
	})
	s.read(10*sec, s.client, 500)
	s.at(11*sec, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	data := s.sent(s.server, simlink.Data)
	s.equal("segments with data", len(data), 2)
	filled := time.Duration(0)
	if len(data) == 2 {
		filled = data[1] + s.Delay[right]
	}
	s.equal("time of TIME-WAIT", s.entered(s.client, tcp.StateTimeWait), filled)
	s.timeWait(s.client, filled)
	s.say("The 500 octets of 400 ms are lost, and the FIN arrives ahead of them, at 460 ms. It is kept out of order and reported by SACK; the client stays in FIN-WAIT-2. "+
		"Only when the gap is filled, at %s, both count, and TIME-WAIT begins.", d(filled))
}
