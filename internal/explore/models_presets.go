package explore

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// preset is a configuration with nothing changed but the ports.
func preset(c tcp.Config) tcp.Config {
	c.LocalPort, c.RemotePort = 1, 1
	return c
}

func modelPreset(name string, c tcp.Config, grain time.Duration) *Model {
	return &Model{
		Name:   name,
		About:  "an octet from both ends, and both close; all as the preset has it, timestamps and clocks included",
		Config: both(preset(c)), ISS: [2]tcp.Seq{wrapping - 2, wrapping - 2}, Established: true,
		Calls:  bothCalls(Calls{CallSend: 1, CallReceive: 1, CallCloseWrite: 1}),
		Losses: 2, InFlight: 2, CommonClock: true, Grain: grain,
		Pairs: Seventeen(),
	}
}

// modelPresetOpen: with RFC9293, Close can leave FIN-WAIT-2 without end, as the
// standard has it; CloseWrite cannot, if everything is read.
func modelPresetOpen(name string, c tcp.Config, grain time.Duration, shut Call) *Model {
	client, server := Calls{CallOpen: 1, CallSend: 2}, Calls{CallListen: 1, CallReceive: 1}
	client[shut], server[shut] = 1, 1
	return &Model{
		Name:   name,
		About:  "a client opens to a server, with data, and both close; all as the preset has it",
		Config: both(preset(c)), ISS: [2]tcp.Seq{100, 7000},
		Calls:  [2]Calls{client, server},
		Losses: 1, InFlight: 2, CommonClock: true, Grain: grain,
	}
}
