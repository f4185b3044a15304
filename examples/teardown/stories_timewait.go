package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// timeWaitStories are S14 to S16: what a SYN and a RST do in TIME-WAIT.
var timeWaitStories = []story{
	{line: 14, title: "a legal SYN in TIME-WAIT: 2·MSL is skipped", play: (*stage).legalSYN},
	{line: 14, title: "a SYN below RCV.NXT with a newer timestamp, by the Linux rule: legal", tune: synRule(tcp.SYNLinux), play: (*stage).legalByTimestamp},
	{line: 14, title: "an old duplicate SYN, by the rule of RFC 6191: back to TIME-WAIT", tune: synRule(tcp.SYNRFC6191), play: (*stage).oldDuplicateSYN},
	{line: 15, title: "an illegal SYN, RFC 1337 off: ACK, RST, gone, the SYN again is accepted", tune: illegal(false), play: (*stage).illegalSYN},
	{line: 15, title: "an illegal SYN, RFC 1337 on: ACK, RST, TIME-WAIT stays", tune: illegal(true), play: (*stage).illegalSYNStays},
	{line: 15, title: "an illegal SYN, by the rule of RFC 6191: no answer", tune: illegalSilent, play: (*stage).illegalSYNSilent},
	{line: 16, title: "RST in TIME-WAIT at RCV.NXT, RFC 1337 off: closed", play: (*stage).resetInTimeWait},
	{line: 16, title: "RST in TIME-WAIT at RCV.NXT, RFC 1337 on: dropped", tune: rfc1337, play: (*stage).resetInTimeWait1337},
	{line: 16, title: "any other RST in TIME-WAIT: dropped", play: (*stage).otherResetInTimeWait},
}

func synRule(rule tcp.TimeWaitSYN) func(client, server *tcp.Config) {
	return func(client, server *tcp.Config) { client.TimeWaitSYN, server.TimeWaitSYN = rule, rule }
}

func rfc1337(client, server *tcp.Config) { client.RFC1337, server.RFC1337 = true, true }

// illegal makes the sequence number alone decide, and RFC 6191's rule, which has no
// answer to an illegal SYN, give way to the default one.
func illegal(rfc1337 bool) func(client, server *tcp.Config) {
	return func(client, server *tcp.Config) {
		client.Timestamps, server.Timestamps = tcp.Off, tcp.Off
		server.RFC1337 = rfc1337
		if server.TimeWaitSYN == tcp.SYNRFC6191 {
			server.TimeWaitSYN = tcp.SYNStrict
		}
	}
}

func illegalSilent(client, server *tcp.Config) {
	client.Timestamps, server.Timestamps = tcp.Off, tcp.Off
	server.TimeWaitSYN = tcp.SYNRFC6191
}

// serverInTimeWait exchanges data and closes from the server, on whose port a
// listener waits on. The story begins with the client CLOSED and the server in
// TIME-WAIT. RCV.NXT of the server is 502.
func (s *stage) serverInTimeWait() {
	s.establish()
	s.Mute(true)
	s.at(0, func() error { return s.client.Write(500) })
	s.read(100*ms, s.server, 500)
	s.at(200*ms, s.server.Close)
	s.at(500*ms, s.client.Close)
	s.Run(sec)
	s.states(tcp.StateClosed, tcp.StateTimeWait)
	s.server.Listening = true
	s.server.Conn.SetReopen(true)
	s.Begin()
	s.equal("RCV.NXT of the server", s.client.Relative(s.server.Conn.Status().RcvNxt), 502)
}

// reconnect opens a new connection from the client's port at t. Its SYN has this
// number, counted from that of the first connection.
func (s *stage) reconnect(t time.Duration, iss int) {
	s.At(t, func() {
		s.client.Again()
		s.must("connect", s.client.Call("connect() again", func(c *tcp.Conn, now tcp.Time) error {
			return c.Open(now, s.client.Base().Add(iss))
		}))
	})
}

func (s *stage) legalSYN() {
	s.Timestamps = true
	s.serverInTimeWait()
	s.reconnect(100*ms, 70000)
	s.Run(5 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.equal("incarnations after the first", s.server.Reopened, 1)
	s.equal("verdict on the SYN", s.server.Verdicts[0], tcp.Reopen)
	s.equal("time of SYN-RECEIVED", s.entered(s.server, tcp.StateSynReceived), 110*ms)
	left := s.twoMSL - 600*ms
	s.say("About %s of the server's TIME-WAIT are left when a SYN from the same port arrives. Its sequence number, 70000, is above RCV.NXT, 502, and its timestamp is newer "+
		"than the last one seen: no old segment could look like this. TIME-WAIT is skipped, and the server is in SYN-RECEIVED of the next connection, on whose SYN-ACK the number is above all that the old one used.",
		d(left.Round(sec)))
}

func (s *stage) legalByTimestamp() {
	s.Timestamps = true
	s.serverInTimeWait()
	s.reconnect(100*ms, 300)
	s.Run(5 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.equal("verdict on the SYN", s.server.Verdicts[0], tcp.Reopen)
	s.say("The SYN's number, 300, is below RCV.NXT, 502: an old segment by its number, but its timestamp is newer than the last one seen. " +
		"Linux takes either as proof (Config.TimeWaitSYN SYNLinux), and the server goes on to SYN-RECEIVED. The default rule, SYNStrict, asks for both.")
}

func (s *stage) oldDuplicateSYN() {
	s.Timestamps = true
	s.serverInTimeWait()
	// The segment was delayed in the network: the client knows nothing of it.
	s.client.Again()
	deadline := s.server.Conn.Deadline()
	s.At(100*ms, func() {
		o := tcp.Options{Present: tcp.OptMSS | tcp.OptTimestamps, MSS: 1460, TSVal: 5000}
		s.Inject(right, tcp.Segment{Seq: 600, Flags: tcp.SYN, Window: 65535, Options: o}, "old duplicate")
	})
	s.Run(sec)
	s.equal("verdict on the SYN", s.server.Verdicts[0], tcp.Reopen)
	s.check(s.passed(s.server, tcp.StateSynReceived), "the server never was in SYN-RECEIVED")
	s.equal("state of the server", s.server.Conn.State(), tcp.StateTimeWait)
	s.equal("verdict on the RST", s.server.Verdicts[1], tcp.BackToTimeWait)
	s.equal("deadline of the server", s.server.Conn.Deadline(), deadline)
	s.Finish(hour)
	s.ended(s.server, nil)
	s.say("A SYN that looks legal opens SYN-RECEIVED, but it was an old duplicate: the client knows of no connection and answers the SYN-ACK with RST. " +
		"By RFC 9293 §3.6.1 (MAY-2) the server returns to TIME-WAIT, with its old deadline, as if nothing had been.")
}

func (s *stage) illegalSYN() {
	s.serverInTimeWait()
	s.reconnect(100*ms, 300)
	s.Run(20 * sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.equal("verdict on the SYN", s.server.Verdicts[0], tcp.ReackedOld)
	s.equal("verdict on the RST", s.server.Verdicts[1], tcp.Gone)
	s.equal("verdict of the client on the ACK", s.client.Verdicts[0], tcp.ResetBadAckSynSent)
	s.equal("RSTs of the client", s.count(s.client, reset), 1)
	syn := s.sent(s.client, simlink.Flags(tcp.SYN))
	s.equal("SYNs", len(syn), 2)
	s.equal("end of TIME-WAIT", s.entered(s.server, tcp.StateClosed), 130*ms)
	s.say("The SYN of %s has the number 300, below RCV.NXT, 502 (timestamps are off in this story): it could be an old duplicate and is not legal. "+
		"The server sends its last ACK again; the client in SYN-SENT expects nothing like it and answers RST, exactly at RCV.NXT. "+
		"RFC1337 is off: the RST ends TIME-WAIT (S16). The SYN repeated at %s meets the listener and is accepted.", d(syn[0]), d(syn[len(syn)-1]))
	s.hurriedSYN()
}

// hurriedSYN says why the second SYN comes so soon, where it does.
func (s *stage) hurriedSYN() {
	if syn := s.sent(s.client, simlink.Flags(tcp.SYN)); syn[1]-syn[0] < sec {
		s.say("(The SYN comes again %s after the ACK, for an ACK that it did not ask for shows that the peer is there: Config.SYNRepeatOnBadACK.)", d(syn[1]-syn[0]-20*ms))
	}
}

func (s *stage) illegalSYNStays() {
	s.serverInTimeWait()
	deadline := s.server.Conn.Deadline()
	s.reconnect(100*ms, 300)
	s.Run(6 * sec)
	s.states(tcp.StateSynSent, tcp.StateTimeWait)
	s.equal("end of TIME-WAIT", s.server.Conn.Deadline(), deadline)
	syns, resets := s.count(s.client, simlink.Flags(tcp.SYN)), s.count(s.client, reset)
	answered, suppressed := 0, 0
	for _, v := range s.server.Verdicts {
		switch v {
		case tcp.ReackedOld:
			answered++
		case tcp.DroppedThrottled:
			suppressed++
		default:
			s.equal("verdict of the server", v, tcp.DroppedTimeWaitRST)
		}
	}
	s.check(answered >= 3, "%d SYNs answered", answered)
	s.equal("SYNs", syns, answered+suppressed)
	s.equal("RSTs", resets, answered)
	s.equal("ACKs", s.count(s.server, simlink.Bare), answered)
	s.say("The same SYN, below RCV.NXT, with RFC1337 on: the last ACK is sent again, the client answers RST, and the RST is dropped. "+
		"TIME-WAIT stays until its time is over, %s after this story began; until then the repeated SYNs have the same answer (%d so far).",
		d(s.Since(deadline).Sub(0).Round(ms)), answered)
	s.hurriedSYN()
	if suppressed > 0 {
		s.say("(A SYN that comes again within 500 ms of the last answer has none: the limit of such ACKs, Config.ChallengeLimit.)")
	}
}

func (s *stage) illegalSYNSilent() {
	s.serverInTimeWait()
	s.reconnect(100*ms, 300)
	s.Run(6 * sec)
	s.states(tcp.StateSynSent, tcp.StateTimeWait)
	s.equal("segments of the server", len(s.server.Sent), 0)
	for _, v := range s.server.Verdicts {
		s.equal("verdict of the server", v, tcp.DroppedTimeWaitSYN)
	}
	s.check(len(s.server.Verdicts) >= 3, "%d SYNs arrived", len(s.server.Verdicts))
	s.say("RFC 6191 drops a SYN that is not legal without an answer. The client, none the wiser, repeats it; TIME-WAIT stays.")
}

// clientInTimeWait closes from the client; the story begins in TIME-WAIT, with
// RCV.NXT of the client at 2 and its SND.NXT at 2.
func (s *stage) clientInTimeWait() {
	s.establish()
	s.Mute(true)
	s.at(0, s.client.Close)
	s.at(300*ms, s.server.Close)
	s.Run(sec)
	s.states(tcp.StateTimeWait, tcp.StateClosed)
	s.Begin()
}

// forge lets a RST arrive at the client from nowhere.
func (s *stage) forge(t time.Duration, seq tcp.Seq, want tcp.Verdict) {
	s.At(t, func() {
		v := s.Inject(ladder.Left, tcp.Segment{Seq: seq, Flags: tcp.RST}, "from anywhere")
		s.equal("verdict on the RST", v, want)
	})
}

func (s *stage) resetInTimeWait() {
	s.clientInTimeWait()
	s.forge(sec, 2, tcp.Gone)
	s.Run(2 * sec)
	s.equal("state of the client", s.client.Conn.State(), tcp.StateClosed)
	s.equal("time of the end", s.entered(s.client, tcp.StateClosed), sec)
	s.equal("segments of the client", len(s.client.Sent), 0)
	s.say("A RST exactly at RCV.NXT, 2, ends TIME-WAIT at once, at 1 s, with nothing sent: RFC1337 is off. What is left of 2·MSL is lost, and with it the protection " +
		"against old duplicates: the hazard of RFC 1337.")
}

func (s *stage) resetInTimeWait1337() {
	s.clientInTimeWait()
	end := s.Since(s.client.Conn.Deadline())
	s.forge(sec, 2, tcp.DroppedTimeWaitRST)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, nil)
	s.equal("time of the end", s.entered(s.client, tcp.StateClosed), end.Sub(0))
	s.equal("segments of the client", len(s.client.Sent), 0)
	s.say("With RFC1337 on the same RST is dropped: TIME-WAIT takes its whole time, until %s.", d(end.Sub(0)))
}

func (s *stage) otherResetInTimeWait() {
	s.clientInTimeWait()
	end := s.Since(s.client.Conn.Deadline())
	s.forge(sec, 1, tcp.DroppedTimeWaitRST)
	s.forge(2*sec, 3, tcp.DroppedTimeWaitRST)
	s.forge(3*sec, 60000, tcp.DroppedTimeWaitRST)
	s.check(s.Finish(hour), "something goes on after an hour")
	s.ended(s.client, nil)
	s.equal("time of the end", s.entered(s.client, tcp.StateClosed), end.Sub(0))
	s.equal("segments of the client", len(s.client.Sent), 0)
	s.say("RSTs just below RCV.NXT (2), just above, and far above: each is dropped without an answer, and TIME-WAIT goes on until %s.", d(end.Sub(0)))
}
