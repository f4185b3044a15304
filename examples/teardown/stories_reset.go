package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// resetStories are S10: where close() ends in a RST, or could.
var resetStories = []story{
	{line: 10, title: "data arrives in FIN-WAIT-2 after close(): RST", play: (*stage).dataInFinWait2},
	{line: 10, title: "data arrives in FIN-WAIT-1 after close(): RST", play: (*stage).dataInFinWait1},
	{line: 10, title: "a bare FIN after close(): closes cleanly", play: (*stage).bareFINAfterClose},
	{line: 10, title: "a FIN ahead of missing data after close()", play: (*stage).earlyFINAfterClose},
	{line: 10, title: "late data after close() from CLOSE-WAIT is ignored", play: (*stage).lateDataInLastAck},
	{line: 10, title: "unread data at close(): RST in place of FIN", play: (*stage).unreadAtClose},
	{line: 10, title: "linger zero: close() sends RST", play: (*stage).lingerZero},
	{line: 10, title: "linger n: close() waits until the FIN is acknowledged", play: (*stage).lingerAcknowledged},
	{line: 10, title: "linger n: the time passes first", play: (*stage).lingerExpires},
}

func (s *stage) dataInFinWait2() {
	s.establish()
	s.at(100*ms, s.client.Close)
	s.at(400*ms, func() error { return s.server.Write(500) })
	s.check(s.Finish(hour), "something goes on after an hour")
	s.resetByData(410 * ms)
	s.check(!s.passed(s.client, tcp.StateTimeWait), "the client was in TIME-WAIT")
	s.say("The server, in CLOSE-WAIT, may still send, but the client's close() has left nobody who could read. At 410 ms the data draws RST, " +
		"and the connection is gone at once: no FIN of the server, no TIME-WAIT. Its application learns that the data is lost. " +
		"(A FIN without data would close cleanly: S1.)")
}

func (s *stage) dataInFinWait1() {
	s.establish()
	s.at(100*ms, s.client.Close)
	s.at(105*ms, func() error { return s.server.Write(500) })
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrAborted)
	s.ended(s.server, tcp.ErrReset)
	resets := s.sent(s.client, reset)
	s.equal("time of the RST", resets[0], 115*ms)
	s.equal("time of the client's end", s.entered(s.client, tcp.StateClosed), 115*ms)
	s.check(!s.passed(s.client, tcp.StateFinWait2), "the client was in FIN-WAIT-2")
	s.say("The server's data crosses the FIN and arrives in FIN-WAIT-1, at 115 ms. Nobody can read it any more: RST, and the client is gone.")
	if gone := s.entered(s.server, tcp.StateClosed); gone > 125*ms {
		s.equal("RSTs", len(resets), 2)
		s.say("That RST bears the number that the data acknowledged, which is that of the FIN. The server has received the FIN meanwhile "+
			"and takes a RST only at RCV.NXT exactly (RFC 5961): it drops this one. Its own ACK of the FIN finds no connection at the client any more and draws another, "+
			"which fits: the server is CLOSED at %s.", d(gone))
	}
}

// resetByData checks that data drew a RST from the client at this time.
func (s *stage) resetByData(at time.Duration) {
	s.ended(s.client, tcp.ErrAborted)
	s.ended(s.server, tcp.ErrReset)
	s.sentReset(s.client, at)
	s.equal("RSTs counted by the client", s.client.Conn.Status().Counters.ResetsSent, uint32(1))
}

func reset(seg *tcp.Segment) bool { return seg.Flags.Has(tcp.RST) }

func (s *stage) bareFINAfterClose() {
	s.establish()
	s.at(100*ms, s.client.Close)
	s.at(105*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.equal("RSTs", s.count(s.client, reset)+s.count(s.server, reset), 0)
	s.timeWait(s.client, s.entered(s.client, tcp.StateTimeWait))
	s.say("A FIN brings no data that anyone would miss: even in FIN-WAIT-1, at 115 ms, it draws an ACK and no RST, and the close goes on to TIME-WAIT.")
}

func (s *stage) earlyFINAfterClose() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.Data, 1)}
	s.at(100*ms, s.client.Close)
	s.at(400*ms, func() error { return s.server.Write(500) })
	s.at(450*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	data := s.sent(s.server, simlink.Data)
	if s.name == "linux" {
		s.resetByData(460 * ms)
		s.equal("segments with data", len(data), 1)
		s.say("The 500 octets of 400 ms are lost, and the FIN arrives ahead of them. Its sequence number shows that there is data nobody can read, " +
			"and in this profile (Config.ResetOnEarlyFIN) the RST is sent at once, at 460 ms.")
		return
	}
	s.equal("segments with data", len(data), 2)
	s.resetByData(data[len(data)-1] + s.Delay[right])
	s.check(!s.passed(s.client, tcp.StateTimeWait), "the client was in TIME-WAIT")
	s.say("The 500 octets of 400 ms are lost, and the FIN arrives ahead of them, at 460 ms. It is kept with nothing but an ACK (S13); "+
		"the data, sent again at %s, cannot be read by anyone and draws RST.", d(data[len(data)-1]))
}

func (s *stage) lateDataInLastAck() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.FIN, 1)}
	s.at(100*ms, s.server.Close)
	s.at(200*ms, s.client.Close)
	s.At(250*ms, func() {
		s.equal("state of the client", s.client.Conn.State(), tcp.StateLastAck)
		v := s.Inject(left, tcp.Segment{Seq: 2, Ack: 1, Flags: tcp.ACK | tcp.PSH, Window: 500, Len: 100}, "late data")
		s.check(v != tcp.ResetAfterFIN && v != tcp.ResetAfterClose, "verdict %v", v)
		s.equal("state of the client", s.client.Conn.State(), tcp.StateLastAck)
	})
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.equal("RSTs", s.client.Conn.Status().Counters.ResetsSent+s.server.Conn.Status().Counters.ResetsSent, uint32(0))
	s.say("The client closes from CLOSE-WAIT: the peer's FIN has come, and what follows it cannot be data of this connection. "+
		"At 250 ms such data arrives from somewhere, in LAST-ACK (the client's FIN was lost). It is ignored, with no RST; the close goes on (client CLOSED at %s).",
		d(s.entered(s.client, tcp.StateClosed)))
}

func (s *stage) unreadAtClose() {
	s.establish()
	s.at(100*ms, func() error { return s.server.Write(500) })
	s.At(390*ms, func() { s.equal("octets acknowledged", s.server.Conn.Acked(), uint64(500)) })
	s.at(400*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrAborted)
	s.ended(s.server, tcp.ErrReset)
	s.sentReset(s.client, 400*ms)
	s.equal("FINs of the client", s.count(s.client, simlink.FIN), 0)
	s.say("500 octets are acknowledged but were never read. A FIN would tell the server that all is well: close() sends RST instead (RFC 9293 §3.6.1, SHLD-3).")
}

func setLinger(seconds int) func(c *tcp.Conn, now tcp.Time) error {
	return func(c *tcp.Conn, now tcp.Time) error { return c.SetLinger(now, seconds) }
}

func (s *stage) lingerZero() {
	s.establish()
	s.at(50*ms, func() error { return s.client.Call("SO_LINGER 0 s", setLinger(0)) })
	s.at(100*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrAborted)
	s.ended(s.server, tcp.ErrReset)
	s.segments(1, 0)
	s.sentReset(s.client, 100*ms)
	s.say("With a linger time of zero close() is an abort: one RST, both ends CLOSED, no TIME-WAIT.")
}

func (s *stage) lingerAcknowledged() {
	s.establish()
	s.at(50*ms, func() error { return s.client.Call("SO_LINGER 10 s", setLinger(10)) })
	s.at(100*ms, func() error { return s.client.Write(3000) })
	s.at(100*ms, s.client.Close)
	s.At(105*ms, func() {
		s.check(s.client.Conn.Ready()&tcp.ReadyLingering != 0, "close() does not wait: %v", s.client.Conn.Ready())
	})
	s.read(300*ms, s.server, 3000)
	s.at(400*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.check(s.client.Conn.Ready()&tcp.ReadyLingering == 0, "close() still waits")
	at := s.entered(s.client, tcp.StateFinWait2)
	s.equal("times that lingering ended by its timer", len(s.fired(s.client, tcp.TimerLinger)), 0)
	s.say("With a linger time of 10 s close() waits (ReadyLingering, with its end in Deadline) until the data and the FIN are acknowledged: here until %s. "+
		"Then the close goes on as always.", d(at))
}

func (s *stage) lingerExpires() {
	s.establish()
	s.Rules = []simlink.Rule{simlink.Until(3*sec, simlink.Lose(left, simlink.FIN))}
	s.at(50*ms, func() error { return s.client.Call("SO_LINGER 2 s", setLinger(2)) })
	s.at(100*ms, s.client.Close)
	s.At(2*sec, func() {
		s.check(s.client.Conn.Ready()&tcp.ReadyLingering != 0, "close() does not wait: %v", s.client.Conn.Ready())
	})
	s.At(2800*ms, func() {
		s.check(s.client.Conn.Ready()&tcp.ReadyLingering == 0, "close() still waits")
		s.equal("state after the linger time", s.client.Conn.State(), tcp.StateFinWait1)
	})
	s.at(20*sec, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.check(s.passed(s.client, tcp.StateTimeWait), "the client never was in TIME-WAIT")
	over := s.fired(s.client, tcp.TimerLinger)
	s.equal("times that lingering ended by its timer", len(over), 1)
	if len(over) == 1 {
		s.lasted("lingering", over[0]-100*ms, 2*sec)
		for _, sent := range s.client.Sent {
			s.check(sent.At.Sub(0) != over[0], "something was sent when the linger time had passed")
		}
		s.say("The FINs of the first 3 s are lost, and the linger time of 2 s passes before one is acknowledged: close() returns at %s. Nothing is sent because of it. "+
			"The connection goes on without a program, from now on as an orphan with its limits, and closes as always.", d(over[0]))
	}
}
