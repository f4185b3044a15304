package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// edgeStories are S21: simultaneous close and open, and the edges of RFC 9293
// Figure 5 that no other story takes.
var edgeStories = []story{
	{line: 21, title: "simultaneous close through CLOSING", play: (*stage).simultaneousClose},
	{line: 21, title: "simultaneous open", play: (*stage).simultaneousOpen},
	{line: 21, title: "LISTEN to SYN-SENT: a passive connection becomes active", play: (*stage).listenToSynSent},
	{line: 21, title: "LISTEN to CLOSED, SYN-SENT to CLOSED: close() before anything came", play: (*stage).closedEarly},
	{line: 21, title: "SYN-SENT to CLOSED: connection refused", play: (*stage).refusedOpen},
	{line: 21, title: "SYN-RECEIVED to LISTEN: RST for a passive connection", play: (*stage).backToListen},
	{line: 21, title: "SYN-RECEIVED to FIN-WAIT-1: close() sends the FIN at once", tune: closeRule(tcp.CloseImmediate), play: (*stage).closeAtOnce},
	{line: 21, title: "SYN-RECEIVED: the FIN of close() waits for ESTABLISHED", tune: closeRule(tcp.CloseDeferred), play: (*stage).closeDeferred},
	{line: 21, title: "CLOSE-WAIT to LAST-ACK: data first, then the FIN", play: (*stage).halfClose},
	{line: 21, title: "any state to CLOSED: abort", play: (*stage).aborted},
}

func (s *stage) simultaneousClose() {
	s.establish()
	s.at(100*ms, s.client.Close)
	s.at(100*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 2)
	for _, e := range s.Ends {
		s.equal("time of CLOSING", s.entered(e, tcp.StateClosing), 110*ms)
		s.equal("time of TIME-WAIT", s.entered(e, tcp.StateTimeWait), 120*ms)
		s.timeWait(e, 120*ms)
	}
	s.say("RFC 9293 Figure 13: the FINs cross. Each end sees a FIN that does not acknowledge its own and goes from FIN-WAIT-1 to CLOSING; " +
		"the ACKs, which cross as well, lead both to TIME-WAIT, where both stay for 2·MSL.")
}

func (s *stage) simultaneousOpen() {
	s.Begin()
	s.at(100*ms, s.client.Open)
	s.at(105*ms, s.server.Open)
	s.Run(2 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	for _, e := range s.Ends {
		s.check(s.passed(e, tcp.StateSynReceived), "the %s never was in SYN-RECEIVED", s.who(e))
		s.equal("RSTs", s.count(e, reset), 0)
	}
	s.say("RFC 9293 Figure 7: both ends connect, and the SYNs cross. Each goes from SYN-SENT to SYN-RECEIVED and answers SYN-ACK; each SYN-ACK acknowledges the other's SYN, " +
		"and one connection is open, not two.")
}

func (s *stage) listenToSynSent() {
	s.Begin()
	s.at(100*ms, s.client.Listen)
	s.at(100*ms, s.server.Listen)
	s.at(200*ms, func() error {
		return s.client.Call("connect()", func(c *tcp.Conn, now tcp.Time) error { return c.Open(now, s.client.Base()) })
	})
	s.Run(2 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.check(s.passed(s.client, tcp.StateListen) && s.passed(s.client, tcp.StateSynSent), "not by LISTEN and SYN-SENT")
	s.say("An active OPEN of a connection in LISTEN makes it active (RFC 9293 §3.10.1): SYN, and the usual handshake.")
}

func (s *stage) closedEarly() {
	s.Rules = []simlink.Rule{simlink.Lose(left, simlink.Any)}
	s.Begin()
	s.at(100*ms, s.server.Listen)
	s.at(200*ms, s.client.Open)
	s.at(300*ms, s.server.Close)
	s.at(400*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.server, nil)
	s.equal("state of the client", s.client.Conn.State(), tcp.StateClosed)
	s.segments(1, 0)
	s.say("Nobody knows of the connection yet, so that nobody has to be told: close() in LISTEN and in SYN-SENT deletes it, with nothing sent.")
}

func (s *stage) refusedOpen() {
	s.Begin()
	s.at(100*ms, s.client.Open)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrRefused)
	s.segments(1, 1)
	s.equal("time of the end", s.entered(s.client, tcp.StateClosed), 120*ms)
	s.say("No connection and no listener at the server: the SYN draws RST with its number acknowledged, and the client is CLOSED with %q.", s.client.Conn.Err())
}

func (s *stage) backToListen() {
	s.Rules = []simlink.Rule{simlink.Lose(right, simlink.Any, 1)}
	s.Begin()
	s.at(100*ms, s.server.Listen)
	s.at(200*ms, s.client.Open)
	s.At(300*ms, func() {
		s.equal("state of the server", s.server.Conn.State(), tcp.StateSynReceived)
		v := s.Inject(right, tcp.Segment{Seq: 1, Flags: tcp.RST}, "the SYN was an old duplicate")
		s.equal("verdict on the RST", v, tcp.BackToListen)
		s.equal("state of the server", s.server.Conn.State(), tcp.StateListen)
	})
	s.Run(500 * ms)
	s.equal("error of the server", s.server.Conn.Err(), error(nil))
	s.say("A SYN that nobody stands behind: its SYN-ACK draws RST (here it comes from elsewhere), and the passive connection returns to LISTEN; its user is not told (RFC 9293 §3.10.7.4, second step).")
}

func closeRule(rule tcp.CloseInSynReceived) func(client, server *tcp.Config) {
	return func(client, server *tcp.Config) { client.CloseInSynReceived, server.CloseInSynReceived = rule, rule }
}

// closeInSynReceived closes the server at 300 ms, when the last ACK of the handshake
// is late, and returns when its FIN was sent.
func (s *stage) closeInSynReceived() time.Duration {
	s.Rules = []simlink.Rule{simlink.Late(left, simlink.Bare, 200*ms, 1)}
	s.Begin()
	s.at(100*ms, s.server.Listen)
	s.at(200*ms, s.client.Open)
	s.at(300*ms, s.server.Close)
	s.at(900*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	return s.sent(s.server, simlink.FIN)[0]
}

func (s *stage) closeAtOnce() {
	s.equal("time of the FIN", s.closeInSynReceived(), 300*ms)
	s.check(!s.passed(s.server, tcp.StateEstablished), "the server was in ESTABLISHED")
	s.say("The handshake's last ACK is late. close() in SYN-RECEIVED sends the FIN at once, at 300 ms, and goes to FIN-WAIT-1 (Config.CloseInSynReceived CloseImmediate).")
}

func (s *stage) closeDeferred() {
	at := s.closeInSynReceived()
	s.equal("time of the FIN", at, 430*ms)
	s.say("The handshake's last ACK is late. close() in SYN-RECEIVED queues the FIN: nobody could process it before ESTABLISHED. "+
		"It leaves when the ACK arrives, at %s (Config.CloseInSynReceived CloseDeferred).", d(at))
}

func (s *stage) halfClose() {
	s.establish()
	s.at(100*ms, s.client.CloseWrite)
	s.at(200*ms, func() error { return s.server.Write(4000) })
	s.at(200*ms, s.server.Close)
	s.read(sec, s.client, 4000)
	s.at(2*sec, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.check(s.passed(s.client, tcp.StateFinWait2) && s.passed(s.server, tcp.StateLastAck), "not by FIN-WAIT-2 and LAST-ACK")
	s.say("The client's FIN closes one direction. The server sends 4000 octets in CLOSE-WAIT, and close() sends the FIN behind them.")
}

func (s *stage) aborted() {
	s.establish()
	s.at(100*ms, func() error { return s.client.Write(100) })
	s.at(180*ms, func() error {
		return s.client.Call("TCP_CORK 1", func(c *tcp.Conn, now tcp.Time) error { return c.SetCork(now, true) })
	})
	s.at(190*ms, func() error { return s.client.Write(50) })
	s.at(200*ms, s.client.Abort)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrAborted)
	s.ended(s.server, tcp.ErrReset)
	s.sentReset(s.client, 200*ms)
	s.equal("segments with data", s.count(s.client, simlink.Data), 1)
	s.equal("number of the RST", s.last(s.client).Seq, tcp.Seq(101))
	s.equal("octets that the server took", s.server.Conn.Readable(), 100)
	s.say("ABORT (RFC 9293 §3.10.5): what is queued is dropped, here the 50 octets behind the cork; the peer is told by RST at SND.NXT, 101, and both ends are CLOSED.")
}
