package main

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// profile is a preset, and what a story may expect of it. The expectations are
// written down here, apart from the configuration, so that a story that finds
// something else fails.
type profile struct {
	name   string
	config func() tcp.Config

	twoMSL      time.Duration // of TIME-WAIT
	finWait2    time.Duration // after Close; Forever: no limit
	rto         time.Duration // after a handshake of 20 ms
	rtoMax      time.Duration
	orphan      int           // retransmissions without a program
	retries     int           // with a program
	userTimeout time.Duration // from the first transmission; 0: off
	probe       bool          // a tail loss probe comes before the first timeout
	wheel       bool          // timers run in the slots of a timer wheel
	delayFIN    bool          // the acknowledgment of a FIN may wait for company
	delayed     time.Duration // acknowledgment
	rstACK      bool          // a RST of an abort has ACK
}

var profiles = []profile{
	{
		name: "default", config: func() tcp.Config { return tcp.Config{} },
		twoMSL: time.Minute, finWait2: time.Minute, rto: 200 * time.Millisecond, rtoMax: 2 * time.Minute,
		orphan: 8, retries: 15, delayFIN: true, delayed: 40 * time.Millisecond,
	},
	{
		name: "linux", config: tcp.Linux,
		twoMSL: time.Minute, finWait2: time.Minute, rto: 220 * time.Millisecond, rtoMax: 2 * time.Minute,
		orphan: 8, retries: 15, probe: true, wheel: true, delayFIN: true, delayed: 40 * time.Millisecond, rstACK: true,
	},
	{
		name: "rfc9293", config: tcp.RFC9293,
		twoMSL: 4 * time.Minute, finWait2: tcp.Forever, rto: time.Second, rtoMax: time.Minute,
		orphan: 15, retries: 15, userTimeout: 5 * time.Minute, delayed: 200 * time.Millisecond,
	},
}
