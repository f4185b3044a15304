package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// keepAliveStories are S17.
var keepAliveStories = []story{
	{line: 17, title: "keepalive: alive, the probe is answered", tune: keepAlive, play: (*stage).keepAliveAlive},
	{line: 17, title: "keepalive: rebooted, the probe draws RST", tune: keepAlive, play: (*stage).keepAliveRebooted},
	{line: 17, title: "keepalive: dead, no probe is answered", tune: keepAlive, play: (*stage).keepAliveDead},
}

// The values of all three profiles.
const (
	keepIdle     = 2 * hour
	keepInterval = 75 * sec
	keepCount    = 9
)

func keepAlive(client, _ *tcp.Config) { client.KeepAlive = true }

// probe selects keepalive probes of the client, which has sent no data: the number is that of its SYN.
func probe(seg *tcp.Segment) bool { return seg.Len == 0 && seg.Flags == tcp.ACK && seg.Seq == 0 }

func (s *stage) keepAliveAlive() {
	s.open()
	s.Run(2*keepIdle + keepIdle/2)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	at := s.sent(s.client, probe)
	s.equal("probes", len(at), 2)
	s.equal("answers", s.count(s.server, simlink.Bare), 2)
	s.equal("probes counted", s.client.Conn.Status().Counters.KeepAliveProbes, uint32(2))
	s.equal("unanswered probes", s.client.Conn.Status().KeepAliveProbes, 0)
	if len(at) == 2 {
		s.lasted("the idle time before the first probe", at[0]-20*ms, keepIdle)
		s.lasted("the idle time before the second", at[1]-at[0]-20*ms, keepIdle)
		s.say("Nothing happens for two hours: then a probe, an empty segment one below SND.NXT, which the peer has acknowledged long ago and so has to acknowledge again. "+
			"It does, at %s: it is alive, and the idle time begins anew.", d(at[0]+s.Delay[left]))
	}
}

func (s *stage) keepAliveRebooted() {
	s.open()
	s.At(sec, s.server.Crash)
	s.at(time.Minute, func() error { return s.server.Reboot(false) })
	s.check(s.Finish(day), "something goes on after a day")
	s.ended(s.client, tcp.ErrReset)
	at := s.sent(s.client, probe)
	s.equal("probes", len(at), 1)
	s.equal("time of the end", s.entered(s.client, tcp.StateClosed), at[0]+20*ms)
	s.say("The server's host crashes and is up again, without any memory of the connection. The client learns of it with its first probe, after two hours: RST, CLOSED, error %q.", s.client.Conn.Err())
}

func (s *stage) keepAliveDead() {
	s.open()
	s.At(sec, s.server.Crash)
	s.check(s.Finish(day), "something goes on after a day")
	s.ended(s.client, tcp.ErrKeepAlive)
	at := s.sent(s.client, probe)
	s.equal("probes", len(at), keepCount)
	s.equal("probes counted", s.client.Conn.Status().Counters.KeepAliveProbes, uint32(keepCount))
	for i := 1; i < len(at); i++ {
		s.lasted("the interval between probes", at[i]-at[i-1], keepInterval)
	}
	end := s.entered(s.client, tcp.StateClosed)
	s.lasted("the wait for an answer to the last probe", end-at[len(at)-1], keepInterval)
	timeout, ok := s.client.Conn.Err().(interface{ Timeout() bool })
	s.check(ok && timeout.Timeout(), "%v is no timeout", s.client.Conn.Err())
	resets := s.count(s.client, reset)
	text := "a RST goes out, in case that the peer is only deaf"
	if s.name == "rfc9293" {
		s.equal("RSTs", resets, 0)
		text = "nothing is sent in this profile (KeepAliveReset off)"
	} else {
		s.equal("RSTs", resets, 1)
	}
	s.say("After two hours of silence a probe, then one every 75 s: nine in all, none is answered. 75 s after the last, at %s, the client gives up: CLOSED, error %q; %s.",
		d(end), s.client.Conn.Err(), text)
}
