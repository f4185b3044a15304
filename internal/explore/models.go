package explore

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Seventeen are the pairs of states that two ends reach which start in
// ESTABLISHED, each close once, and lose or send nothing else: the list of
// docs/teardown-cases.md.
func Seventeen() []Pair {
	const (
		cl, es, f1, f2 = tcp.StateClosed, tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2
		cw, cg, la, tw = tcp.StateCloseWait, tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait
	)
	var pairs []Pair
	for _, p := range [][2]tcp.State{
		{es, es}, {es, f1}, {f1, f1}, {cw, f1}, {cw, f2}, {f1, la}, {f2, la}, {la, tw}, {tw, cl},
		{cg, f1}, {cg, cg}, {cg, tw}, {tw, tw}, {cg, f2}, {la, cl}, {cg, cl}, {cl, cl},
	} {
		pairs = append(pairs, PairOf(p[0], p[1]))
	}
	return pairs
}

// plain is the default without what makes worlds many and adds nothing to a close:
// timestamps, delayed acknowledgments. Its limits of retransmission are above what an
// adversary can use up. Challenge ACKs are not limited: an end whose clock stands
// still, because clocks are independent, would never send a second one.
func plain() tcp.Config {
	return tcp.Config{
		LocalPort: 1, RemotePort: 1,
		Timestamps: tcp.Off, DelayedACK: -1, RFC1337: true, ChallengeInterval: -1,
	}
}

// timed is plain for ends that go by one clock.
func timed() tcp.Config {
	c := plain()
	c.ChallengeInterval = 0
	return c
}

// impatient is plain with limits of retransmission that are soon reached.
func impatient() tcp.Config {
	c := plain()
	c.DataRetries1, c.DataRetries2, c.OrphanRetries = 1, 2, 2
	c.SYNRetries, c.SYNACKRetries = 2, 2
	return c
}

// impatientTimed is impatient for ends that go by one clock.
func impatientTimed() tcp.Config {
	c := impatient()
	c.ChallengeInterval = 0
	return c
}

func both(c tcp.Config) [2]tcp.Config { return [2]tcp.Config{c, c} }

func bothCalls(c Calls) [2]Calls { return [2]Calls{c, c} }

// wrapping lets the sequence numbers of FIN and text pass 2^32.
const wrapping = ^tcp.Seq(0)

// Models are the models of this package, each with bounds that keep it to some
// hundred thousand worlds.
func Models() []*Model {
	return []*Model{
		{
			Name:   "close",
			About:  "both ends close their sending direction; no data",
			Config: both(plain()), ISS: [2]tcp.Seq{wrapping - 1, wrapping - 1}, Established: true,
			Calls:  bothCalls(Calls{CallCloseWrite: 1}),
			Losses: 2, Duplicates: 2, Delays: 2, InFlight: 3,
			Pairs: Seventeen(),
		},
		modelRelease(), modelData(), modelAbort(), modelTimeouts(), modelWindow(), modelDelayedACK(),
		modelOpen(), modelOpenClose(), modelCrash(),
		modelReopen("reopen strict", tcp.SYNStrict), modelReopen("reopen 6191", tcp.SYNRFC6191),
		modelReopen("reopen linux", tcp.SYNLinux), modelIllegalSYN(),
		modelIncarnations("incarnations", func(*tcp.Config) {}),
		modelEarly(),
		modelIncarnations("no TIME-WAIT", func(c *tcp.Config) { c.MSL = -1 },
			"P9: hazard H1: text", "P9: hazard H2", "P9: hazard H3"),
		modelIncarnations("RST in TIME-WAIT", func(c *tcp.Config) { c.RFC1337 = false },
			"P9: hazard H1: text", "P9: hazard H2", "P9: hazard H3"),
		modelKeepAlive(), modelDown(),
		modelLinger("linger", "Close waits a second for the acknowledgment of the FIN", 1),
		modelLinger("linger zero", "Close resets", 0, StepCheck{"S10", checkLingerZero}),
		modelFullBuffer("full buffer linger", func(c *tcp.Config) { c.ReceiveWindow = tcp.WindowLinux },
			Calls{CallSend: 2, CallLinger: 1, CallClose: 1}, Calls{CallReceive: 1, CallCloseWrite: 1}),
		modelFullBuffer("full buffer LAST-ACK", func(c *tcp.Config) { c.LastAckAtClose, c.DelayedACK = true, 0 },
			Calls{CallSend: 2, CallCloseWrite: 1}, Calls{CallCloseWrite: 1}),
		modelReconnect(), modelUrgent(), modelShutdown(), modelDescriptors(), modelMisuse(), modelForged("forged", plain()), modelForgedLinux(), modelUserTimeout(),
		modelPreset("default", tcp.Config{}, time.Millisecond),
		modelPreset("RFC 9293", tcp.RFC9293(), time.Millisecond),
		modelPreset("Linux", tcp.Linux(), 4*time.Millisecond),
		modelPresetOpen("default open", tcp.Config{}, time.Millisecond, CallClose),
		modelPresetOpen("RFC 9293 open", tcp.RFC9293(), time.Millisecond, CallCloseWrite),
		modelPresetOpen("Linux open", tcp.Linux(), 4*time.Millisecond, CallClose),
	}
}

func modelRelease() *Model {
	return &Model{
		Name:   "release",
		About:  "both ends shut down or close, each in its own way; no data",
		Config: both(plain()), Established: true,
		Calls:  bothCalls(Calls{CallCloseWrite: 1, CallCloseRead: 1, CallClose: 1}),
		Losses: 1, Duplicates: 1, Delays: 1, InFlight: 3,
	}
}

func modelData() *Model {
	return &Model{
		Name:   "data",
		About:  "an octet from both ends, read or not, and both close",
		Config: both(plain()), ISS: [2]tcp.Seq{wrapping - 2, wrapping - 2}, Established: true,
		Calls:  bothCalls(Calls{CallSend: 1, CallReceive: 1, CallCloseWrite: 1}),
		Losses: 1, Delays: 1, InFlight: 2,
	}
}

func modelAbort() *Model {
	return &Model{
		Name:   "abort",
		About:  "both ends may send, close and abort",
		Config: both(plain()), Established: true,
		Calls:  bothCalls(Calls{CallSend: 1, CallReceive: 1, CallClose: 1, CallAbort: 1}),
		Losses: 1, InFlight: 2,
	}
}

func modelTimeouts() *Model {
	return &Model{
		Name:   "timeouts",
		About:  "more is lost than the limits of retransmission allow",
		Config: both(impatient()), Established: true,
		Calls:  bothCalls(Calls{CallSend: 1, CallCloseWrite: 1, CallClose: 1}),
		Losses: 4, InFlight: 1,
		Timeouts: true,
	}
}

func modelWindow() *Model {
	c := timed()
	c.ReceiveBuffer, c.WindowScale = 1, tcp.Off
	c.RTOInitial, c.RTOMax = 200*time.Millisecond, 400*time.Millisecond // few values of the back-off
	return &Model{
		Name:   "window",
		About:  "a receive buffer of one octet: closed windows and probes, up to the user timeout",
		Config: both(c), Established: true,
		Setters: func(c *tcp.Conn) error { return c.SetUserTimeout(0, 2*time.Second) },
		Calls:   [2]Calls{{CallSend: 2, CallCloseWrite: 1}, {CallReceive: 1, CallCloseWrite: 1}},
		Losses:  1, InFlight: 2, CommonClock: true,
		Timeouts: true,
	}
}

func modelDelayedACK() *Model {
	c := timed()
	c.DelayedACK = 0
	return &Model{
		Name:   "delayed ACK",
		About:  "acknowledgments wait for company",
		Config: both(c), Established: true,
		Calls:  bothCalls(Calls{CallSend: 1, CallCloseWrite: 1, CallClose: 1}),
		Losses: 1, InFlight: 2, CommonClock: true,
	}
}

func modelOpen() *Model {
	c := impatient()
	c.CloseInSynReceived = tcp.CloseImmediate
	return &Model{
		Name:   "open",
		About:  "both ends may open, actively or passively, and give up at any time",
		Config: both(c), ISS: [2]tcp.Seq{wrapping, wrapping},
		Calls:  bothCalls(Calls{CallOpen: 1, CallListen: 1, CallClose: 1, CallAbort: 1}),
		Losses: 1, InFlight: 2,
		Timeouts: true,
	}
}

func modelOpenClose() *Model {
	return &Model{
		Name:   "open and close",
		About:  "a client opens to a server, with data, and both close",
		Config: both(plain()), ISS: [2]tcp.Seq{100, 7000},
		Calls: [2]Calls{
			{CallOpen: 1, CallSend: 1, CallCloseWrite: 1},
			{CallListen: 1, CallReceive: 1, CallCloseWrite: 1},
		},
		Losses: 1, Delays: 1, InFlight: 2,
	}
}

func modelCrash() *Model {
	return &Model{
		Name:   "crash",
		About:  "a host forgets the connection and may open it again",
		Config: both(plain()), ISS: [2]tcp.Seq{100, 7000}, ISSStep: 100000, Incarnations: 2, Established: true,
		Calls: [2]Calls{
			{CallSend: 1, CallCloseWrite: 1, CallClose: 1},
			{CallCrash: 1, CallOpen: 1, CallListen: 1, CallReceive: 1, CallClose: 1},
		},
		Losses: 1, InFlight: 2,
	}
}

// modelReopen: the end that closed passively opens the next incarnation while the
// other is in TIME-WAIT and would accept it.
func modelReopen(name string, rule tcp.TimeWaitSYN) *Model {
	c := plain()
	c.TimeWaitSYN = rule
	return &Model{
		Name:   name,
		About:  "a SYN meets TIME-WAIT, and may end it",
		Config: both(c), ISS: [2]tcp.Seq{100, 7000}, ISSStep: 200000, Incarnations: 2, Established: true,
		Setters: func(c *tcp.Conn) error { c.SetReopen(true); return nil },
		Calls:   [2]Calls{{CallClose: 2}, {CallOpen: 1, CallClose: 2, CallAbort: 1}},
		Losses:  1, Duplicates: 1, InFlight: 2,
	}
}

// modelIllegalSYN: the SYN has a number that the old connection has passed.
func modelIllegalSYN() *Model {
	m := modelReopen("illegal SYN", tcp.SYNStrict)
	m.About = "a SYN that must not end TIME-WAIT meets it, and draws the last acknowledgment"
	m.ISSStep = ^tcp.Seq(9)
	m.Timeouts = true // the SYN may be repeated until its limit, while TIME-WAIT lasts
	return m
}

// modelIncarnations: the second connection uses the numbers of the first again, so
// that whatever is left of that fits. Only TIME-WAIT keeps them apart.
func modelIncarnations(name string, change func(*tcp.Config), hazards ...string) *Model {
	c := timed()
	c.MSL = 2 * time.Second
	change(&c)
	return &Model{
		Name:   name,
		About:  "two connections in a row that use the same sequence numbers",
		Config: both(c), ISS: [2]tcp.Seq{100, 7000}, Incarnations: 2, Established: true, AfterTimeWait: true,
		Calls: [2]Calls{
			{CallSend: 1, CallCloseWrite: 1, CallListen: 1},
			{CallCloseWrite: 1, CallOpen: 1},
		},
		Losses: 1, Delays: 1, InFlight: 2,
		CommonClock: true, Lifetime: 2*time.Second - 1,
		Hazards: hazards,
	}
}

// modelEarly: the SYN of the second connection, with the old numbers, draws
// acknowledgments of the first one out of TIME-WAIT as long as that lasts, and so
// makes them outlive it.
func modelEarly() *Model {
	m := modelIncarnations("early SYN", func(*tcp.Config) {}, "P9: hazard H2")
	m.About = "the second connection is opened, with the same sequence numbers, during TIME-WAIT"
	m.AfterTimeWait = false
	m.Losses, m.Duplicates, m.Delays = 0, 1, 1
	m.Calls[1][CallCloseWrite] = 2
	return m
}
