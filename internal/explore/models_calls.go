package explore

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// modelKeepAlive: a single loss must not end the connection, so that a timeout of
// keepalive means that the other host is down.
func modelKeepAlive() *Model {
	quiet := impatient()
	probing := quiet
	probing.KeepAlive, probing.KeepAliveIdle = true, 10*time.Second
	probing.KeepAliveInterval, probing.KeepAliveCount = 2*time.Second, 2
	return &Model{
		Name:   "keepalive",
		About:  "one end probes; the other is alive, was restarted, or is down",
		Config: [2]tcp.Config{probing, quiet}, Established: true, Incarnations: 2, ISSStep: 100000,
		Calls: [2]Calls{
			{CallSend: 1, CallCloseWrite: 1},
			{CallReceive: 1, CallCloseWrite: 1, CallCrash: 1, CallDown: 1, CallUp: 1, CallListen: 1},
		},
		Losses: 1, InFlight: 2, CommonClock: true,
		Timeouts: true,
		Checks: Checks{
			End:  []EndCheck{{"L9", checkKeepAliveRuns}},
			Pair: []PairCheck{{"S17", checkKeepAliveEnds}},
		},
	}
}

// modelLinger: the retransmission of a lost FIN is acknowledged within the time of
// lingering, or not any more.
func modelLinger(name, about string, seconds int) *Model {
	c := timed()
	c.RTOInitial, c.RTOMin = 600*time.Millisecond, 600*time.Millisecond
	return &Model{
		Name: name, About: about,
		Config: both(c), Established: true, Linger: seconds,
		Calls:  bothCalls(Calls{CallLinger: 1, CallSend: 1, CallReceive: 1, CallClose: 1}),
		Losses: 1, InFlight: 2, CommonClock: true,
	}
}

// modelReconnect: the end in TIME-WAIT opens the connection again, by its own
// timestamps.
func modelReconnect() *Model {
	return &Model{
		Name:   "reconnect",
		About:  "the end in TIME-WAIT opens the next connection, which timestamps keep apart from the last one",
		Config: both(preset(tcp.Config{DelayedACK: -1})), ISS: [2]tcp.Seq{100, 7000}, ISSStep: 100000, Incarnations: 2,
		Established: true,
		Calls: [2]Calls{
			{CallSend: 1, CallCloseWrite: 2, CallReconnect: 1},
			{CallListen: 1, CallReceive: 1, CallCloseWrite: 2},
		},
		Losses: 1, InFlight: 2, CommonClock: true, Grain: time.Millisecond,
		Pauses: 1, Pause: 1100 * time.Millisecond, // TimeWaitReuseDelay is 1 s
		Timeouts: true, // the SYN meets LAST-ACK as often as it is repeated, and a closed port after that
	}
}

func modelUrgent() *Model {
	return &Model{
		Name:   "urgent",
		About:  "urgent octets among others, read or not",
		Config: both(plain()), ISS: [2]tcp.Seq{wrapping - 2, 7000}, Established: true,
		Calls: [2]Calls{
			{CallSend: 1, CallSendUrgent: 1, CallCloseWrite: 1},
			{CallReceive: 1, CallCloseWrite: 1},
		},
		Losses: 1, InFlight: 3,
		Checks: Checks{Pair: []PairCheck{{"I55", eachWay(checkUrgentMark)}}},
	}
}

func modelShutdown() *Model {
	return &Model{
		Name:   "shutdown",
		About:  "an end shuts down reading, before and after the other sends and both close",
		Config: both(plain()), Established: true,
		Calls: [2]Calls{
			{CallSend: 2, CallCloseWrite: 1},
			{CallCloseRead: 1, CallReceive: 1, CallCloseWrite: 1, CallClose: 1},
		},
		Losses: 1, InFlight: 2,
	}
}

func modelDescriptors() *Model {
	return &Model{
		Name:   "descriptors",
		About:  "several descriptors of each end, closed one by one, by their process or by its end",
		Config: both(plain()), Established: true,
		Calls:  bothCalls(Calls{CallRetain: 1, CallClose: 1, CallExit: 1, CallCloseWrite: 1}),
		Losses: 1, InFlight: 2,
		Checks: Checks{Step: []StepCheck{{"S8", checkOtherDescriptors}}},
	}
}

func modelDown() *Model {
	return &Model{
		Name:   "down",
		About:  "a host goes down, with data and FINs on their way or not, and may come back",
		Config: both(impatient()), ISS: [2]tcp.Seq{100, 7000}, ISSStep: 100000, Incarnations: 2, Established: true,
		Calls: [2]Calls{
			{CallSend: 1, CallCloseWrite: 1, CallClose: 1},
			{CallCloseWrite: 1, CallDown: 1, CallUp: 1, CallListen: 1},
		},
		Losses: 1, InFlight: 2,
		Timeouts: true,
	}
}

func modelMisuse() *Model {
	return &Model{
		Name:   "misuse",
		About:  "an end makes every call in every state, also those that are refused",
		Config: both(plain()), ISS: [2]tcp.Seq{100, 7000}, Misuse: true,
		Calls: [2]Calls{
			{CallOpen: 1, CallListen: 1, CallSend: 1, CallReceive: 1, CallCloseWrite: 1, CallCloseRead: 1, CallClose: 1, CallAbort: 1},
			{CallListen: 1, CallCloseWrite: 1},
		},
		InFlight: 2, Timeouts: true,
	}
}
