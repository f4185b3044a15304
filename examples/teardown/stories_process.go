package main

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// processStories are S7 to S9: processes, shared descriptors and shutdown(2).
var processStories = []story{
	{line: 7, title: "a process ends: its descriptors are closed", play: (*stage).processEnds},
	{line: 7, title: "a process ends and leaves unread data: RST", play: (*stage).processEndsUnread},
	{line: 7, title: "a process ends that shares its connection: nothing is sent", play: (*stage).processEndsShared},
	{line: 8, title: "shared descriptors: only the last close() sends the FIN", play: (*stage).sharedClose},
	{line: 9, title: "shutdown(SHUT_WR) with two holders: FIN at once", play: (*stage).sharedCloseWrite},
	{line: 9, title: "shutdown(SHUT_RD) with two holders: nothing on the wire", play: (*stage).sharedCloseRead},
}

func (s *stage) processEnds() {
	s.establish()
	s.at(100*ms, s.client.Kill)
	s.at(400*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.segments(2, 2)
	s.equal("FINs of the client", s.count(s.client, simlink.FIN), 1)
	s.equal("references left", s.client.Conn.Status().References, 0)
	s.timeWait(s.client, s.entered(s.client, tcp.StateTimeWait))
	s.say("The client's process ends, by exit or by a crash: the system closes its descriptors. " +
		"It held the connection alone, so that a FIN is sent and the normal close follows, with nobody there to see it.")
}

func (s *stage) processEndsUnread() {
	s.establish()
	s.at(100*ms, func() error { return s.server.Write(500) })
	s.at(200*ms, s.client.Kill)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, tcp.ErrAborted)
	s.ended(s.server, tcp.ErrReset)
	s.sentReset(s.client, 200*ms)
	s.equal("FINs", s.count(s.client, simlink.FIN)+s.count(s.server, simlink.FIN), 0)
	s.say("500 octets had arrived that the process had not read. They are lost, and the server has to know: RST in place of FIN, "+
		"and both ends are CLOSED at once, the server at %s with the error %q.", d(s.entered(s.server, tcp.StateClosed)), s.server.Conn.Err())
}

func (s *stage) processEndsShared() {
	s.establish()
	s.At(50*ms, func() {
		s.must("retain", s.client.Call("fork()", func(c *tcp.Conn, _ tcp.Time) error { return c.Retain() }))
	})
	s.at(100*ms, s.client.Kill)
	s.At(150*ms, func() {
		s.equal("segments sent when the first process ended", len(s.client.Sent), 0)
		s.equal("state then", s.client.Conn.State(), tcp.StateEstablished)
	})
	s.at(200*ms, func() error { return s.client.Write(300) })
	s.read(300*ms, s.server, 300)
	s.at(400*ms, s.client.Close)
	s.at(600*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.equal("FINs of the client", s.count(s.client, simlink.FIN), 1)
	s.equal("time of the FIN", s.sent(s.client, simlink.FIN)[0], 400*ms)
	s.say("A child process holds the connection as well. When the parent is killed at 100 ms nothing is sent: a FIN is sent only for a connection " +
		"that a process held alone. The child goes on writing, and its close() at 400 ms sends the FIN.")
}

func (s *stage) sharedClose() {
	s.establish()
	s.At(50*ms, func() {
		s.must("retain", s.client.Call("fork()", func(c *tcp.Conn, _ tcp.Time) error { return c.Retain() }))
	})
	s.at(100*ms, s.client.Close)
	s.At(150*ms, func() {
		s.equal("segments sent by the first close", len(s.client.Sent), 0)
		s.equal("references left", s.client.Conn.Status().References, 1)
	})
	s.at(200*ms, func() error { return s.server.Write(500) })
	s.read(220*ms, s.client, 500)
	s.at(300*ms, func() error { return s.client.Write(300) })
	s.read(320*ms, s.server, 300)
	s.at(500*ms, s.client.Close)
	s.at(700*ms, s.server.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.equal("FINs of the client", s.count(s.client, simlink.FIN), 1)
	s.equal("time of the FIN", s.sent(s.client, simlink.FIN)[0], 500*ms)
	s.say("Two processes hold the client's descriptor. The first close(), at 100 ms, only gives up its reference: nothing is sent, " +
		"the other process reads and writes on. The last close(), at 500 ms, gives up both directions and sends the FIN.")
}

func (s *stage) sharedCloseWrite() {
	s.establish()
	s.At(50*ms, func() {
		s.must("retain", s.client.Call("fork()", func(c *tcp.Conn, _ tcp.Time) error { return c.Retain() }))
	})
	s.at(100*ms, s.client.CloseWrite)
	s.refused(200*ms, tcp.ErrClosing, func() error { return s.client.Write(100) })
	s.at(300*ms, func() error { return s.server.Write(500) })
	s.read(400*ms, s.client, 500)
	s.at(500*ms, s.server.Close)
	s.at(600*ms, s.client.Close)
	s.at(700*ms, s.client.Close)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.closedCleanly()
	s.equal("time of the FIN", s.sent(s.client, simlink.FIN)[0], 100*ms)
	s.equal("segments with data of the client", s.count(s.client, simlink.Data), 0)
	s.say("Two processes hold the client's descriptor. shutdown(SHUT_WR) acts on the connection and not on a reference: the FIN leaves at once, at 100 ms. " +
		"The other process feels it: its write(2) fails, as a broken pipe. Receiving goes on: 500 octets are read at 400 ms.")
}

func (s *stage) sharedCloseRead() {
	s.establish()
	s.At(50*ms, func() {
		s.must("retain", s.client.Call("fork()", func(c *tcp.Conn, _ tcp.Time) error { return c.Retain() }))
	})
	s.at(100*ms, s.client.CloseRead)
	s.At(150*ms, func() {
		s.equal("segments sent by CloseRead", len(s.client.Sent), 0)
		s.check(s.client.Conn.Ready()&tcp.ReadyReadClosed != 0, "the other holder does not see that reading is over: %v", s.client.Conn.Ready())
	})
	s.at(200*ms, func() error { return s.server.Write(500) })
	s.read(300*ms, s.client, 500)
	s.at(400*ms, func() error { return s.client.Write(300) })
	s.read(500*ms, s.server, 300)
	s.Run(sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.equal("segments with data of the client", s.count(s.client, simlink.Data), 1)
	s.say("shutdown(SHUT_RD) has no effect on the wire: at 100 ms nothing is sent, and what arrives later is acknowledged and can be read, as on Linux. " +
		"Both holders see at once that reading is over (ReadyReadClosed): a read(2) without data returns end of file instead of waiting. Writing goes on.")
}
