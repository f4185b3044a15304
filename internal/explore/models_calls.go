package explore

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// modelKeepAlive: a single loss must not end the connection, so that a timeout of
// keepalive means that the other host is down.
func modelKeepAlive() *Model {
	quiet := impatientTimed()
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
func modelLinger(name, about string, seconds int, checks ...StepCheck) *Model {
	c := timed()
	c.RTOInitial, c.RTOMin = 600*time.Millisecond, 600*time.Millisecond
	return &Model{
		Name: name, About: about,
		Checks: Checks{Step: checks},
		Config: both(c), Established: true, Linger: seconds,
		Calls: [2]Calls{
			{CallLinger: 1, CallSend: 1, CallClose: 1},
			{CallLinger: 1, CallReceive: 1, CallClose: 1},
		},
		Losses: 2, InFlight: 2, CommonClock: true,
	}
}

// modelFullBuffer: a FIN waits behind octets that do not fit, in CLOSE-WAIT or, with
// LastAckAtClose, in LAST-ACK.
func modelFullBuffer(name string, change func(*tcp.Config), sender, receiver Calls) *Model {
	c := impatientTimed()
	c.ReceiveBuffer, c.WindowScale = 1, tcp.Off
	c.RTOInitial, c.RTOMin, c.RTOMax = 400*time.Millisecond, 400*time.Millisecond, 400*time.Millisecond
	change(&c)
	return &Model{
		Name:   name,
		About:  "a receive buffer of one octet, read or not, while both ends close",
		Config: both(c), Established: true, Linger: 1,
		Calls:    [2]Calls{sender, receiver},
		InFlight: 2, CommonClock: true,
		Timeouts: true,
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

func modelForged(name string, c tcp.Config) *Model {
	c.NoDelay = true
	return &Model{
		Name:   name,
		About:  "an attacker who sees nothing sends a segment at any time, from the handshake to the close",
		Config: both(c), ISS: [2]tcp.Seq{100, 7000},
		Calls: [2]Calls{
			{CallOpen: 1, CallSend: 2, CallCloseWrite: 1},
			{CallListen: 1, CallReceive: 1, CallCloseWrite: 1},
		},
		Forgeries: 1, InFlight: 2,
	}
}

// modelForgedLinux is a negative control: after the peer's FIN Linux accepts a RST
// with the FIN's number as well, and an acknowledgment on text that is old but was
// not acknowledged yet, or lacks a timestamp.
func modelForgedLinux() *Model {
	m := modelForged("forged Linux", preset(tcp.Linux()))
	m.CommonClock, m.Grain = true, 4*time.Millisecond
	m.Hazards = []string{"P13: a forged RST ends CLOSE-WAIT", "P13: a forged acknowledgment counts in CLOSE-WAIT"}
	return m
}

func modelUserTimeout() *Model {
	c := impatientTimed()
	c.UserTimeout, c.RTOInitial, c.RTOMin = 2*time.Second, 700*time.Millisecond, 700*time.Millisecond
	return &Model{
		Name:   "user timeout",
		About:  "the user timeout ends what is not answered in time, from the SYN to the FIN",
		Config: both(c), ISS: [2]tcp.Seq{100, 7000},
		Calls: [2]Calls{
			{CallOpen: 1, CallSend: 1, CallCloseWrite: 1},
			{CallListen: 1, CallReceive: 1, CallCloseWrite: 1},
		},
		Losses: 2, InFlight: 2, CommonClock: true,
		Timeouts: true,
	}
}

func modelMisuse() *Model {
	return &Model{
		Name:   "misuse",
		About:  "an end makes every call in every state, also those that are refused",
		Config: both(plain()), ISS: [2]tcp.Seq{100, 7000}, Misuse: true,
		Calls: [2]Calls{
			{CallOpen: 2, CallListen: 2, CallSend: 1, CallReceive: 1, CallCloseWrite: 1, CallClose: 1, CallAbort: 1},
			{CallOpen: 1, CallCloseWrite: 1},
		},
		InFlight: 1, Timeouts: true,
	}
}
