package interp

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// Options say how a script is run.
type Options struct {
	// Config is the configuration that the script finds: its commands change it.
	Config tcp.Config
	// Strict makes segments that are sent and not expected up to the end of the last
	// event a failure.
	Strict bool
	// Settings are options as at the head of a script, NAME or NAME=VALUE, without the
	// "--"; the script's own go before them.
	Settings []string
	// Events asks for Result.Events.
	Events bool
}

// Outcome is how a script ended.
type Outcome string

const (
	Pass Outcome = "pass" // every line holds
	Fail Outcome = "fail" // Line does not: Want and Got say how
	Skip Outcome = "skip" // Reason names what is not supported at Line
)

// Result is what became of a script.
type Result struct {
	File    string
	Outcome Outcome
	Line    int    // of the failure, or of what is not supported
	Want    string // what the line expects
	Got     string // what happened instead
	Reason  string // what of the line does not hold, or what is not supported
	Notes   []string
	Events  []ladder.Event // the course, if Options asked for it
}

// String is the result on one line: what a program prints.
func (r *Result) String() string {
	switch r.Outcome {
	case Fail:
		return fmt.Sprintf("%s:%d: fail: %s: want %s, got %s", r.File, r.Line, r.Reason, r.Want, r.Got)
	case Skip:
		return fmt.Sprintf("%s:%d: skip: %s", r.File, r.Line, r.Reason)
	}
	return r.File + ": pass"
}

// failure is a line that does not hold.
type failure struct {
	line              int
	reason, want, got string
}

func (f *failure) Error() string { return f.reason + ": want " + f.want + ", got " + f.got }

// unsupported is what cannot be done here.
type unsupported struct {
	line int
	what string
}

func (u *unsupported) Error() string { return u.what }

// Run runs a script.
func Run(s *packetdrill.Script, opts Options) Result {
	r := &runner{script: s, opts: opts}
	err := r.run()
	result := Result{File: s.File, Outcome: Pass, Notes: r.notes, Events: r.events}
	var fail *failure
	var skip *unsupported
	switch {
	case errors.As(err, &fail):
		result.Outcome, result.Line = Fail, fail.line
		result.Reason, result.Want, result.Got = fail.reason, fail.want, fail.got
	case errors.As(err, &skip):
		result.Outcome, result.Line, result.Reason = Skip, skip.line, skip.what
	case err != nil:
		panic("interp: BUG: " + err.Error())
	}
	return result
}

// clockPhase is how long before the first event of a script a tick was, where the
// configuration has timers with ticks. It is the same for every script: that with
// which recordings of a kernel are replayed.
const clockPhase = 3100 * time.Microsecond

// timestampOffset keeps timestamps away from 0, which has a meaning of its own.
const timestampOffset = 1 << 20

// emission is a segment that the host has sent.
type emission struct {
	at  time.Duration
	seg tcp.Segment
}

// runner runs one script.
type runner struct {
	script    *packetdrill.Script
	opts      Options
	set       settings
	config    hostConfig // of sockets to come
	noOptions bool       // TCP_NOOPT was set somewhere
	host      *socket.Host
	proc      *socket.Process

	at   time.Duration // virtual time since the script began
	base time.Duration // when the preceding event happened
	next int           // index of the event after the present one

	queue    []emission
	drawn    map[tcp.Seq]bool // initial sequence numbers that were not taken from a TIME-WAIT
	conns    map[ports]*peer
	under    ports             // of the connection under test
	listener uint16            // the port of the last listener
	remote   uint16            // the next port of a new peer
	local    map[uint16]uint16 // live ports by those that the script gives them
	fds      map[int64]*descriptor
	pending  *pending

	notes  []string
	events []ladder.Event
	state  tcp.State // of the connection under test, as last drawn
}

// run runs the script. The error is a *failure or an *unsupported.
func (r *runner) run() error {
	if err := r.begin(); err != nil {
		return err
	}
	for i := range r.script.Events {
		e := &r.script.Events[i]
		r.next = i + 1
		err := r.event(e)
		if err = r.forgive(e.Action, err); err != nil {
			return err
		}
	}
	return r.end()
}

// begin reads the options, refuses what is not supported, and sets up the host.
func (r *runner) begin() error {
	var err error
	if r.set, err = readSettings(r.opts.Settings, r.script.Options); err != nil {
		return err
	}
	r.conns = make(map[ports]*peer)
	r.fds = make(map[int64]*descriptor)
	r.drawn = make(map[tcp.Seq]bool)
	r.local = make(map[uint16]uint16)
	r.remote = firstRemotePort
	r.under = ports{r.set.bindPort, r.remotePort()}
	r.config = r.defaults()
	if err := check(r.script, r.config, r.set.headers); err != nil {
		return err
	}
	config := r.config
	if err := r.prepare(&config); err != nil {
		return err
	}
	if r.host, err = socket.New(config.Config); err != nil {
		return &unsupported{1, err.Error()}
	}
	r.proc = r.host.NewProcess()
	r.host.Advance(hostTime(0))
	if r.script.Setup != nil {
		return r.command(r.script.Setup)
	}
	return nil
}

// defaults is the configuration of the profile, with what the script's options
// change.
func (r *runner) defaults() hostConfig {
	c := hostConfig{Config: socket.Config{TCP: r.opts.Config, TimestampOffset: timestampOffset}}
	c.TCP.MSS = r.set.mtu - r.set.headers
	if r.set.headers == headersIPv6 && c.TCP.DefaultSendMSS == 0 {
		c.TCP.DefaultSendMSS = 1220
	}
	return c
}

// prepare adds what no script can change.
func (r *runner) prepare(c *hostConfig) error {
	c.ISS = func(now tcp.Time, local, remote uint16) tcp.Seq {
		iss := tcp.Seq(uint64(now)/64) + tcp.Seq(local)<<16 + tcp.Seq(remote)
		r.drawn[iss] = true
		return iss
	}
	c.TimestampOffset = timestampOffset
	if r.opts.Events {
		c.Trace = r.trace()
	}
	return nil
}

// event does or expects what one event says.
func (r *runner) event(e *packetdrill.Event) error {
	if k, ok := e.Action.(*packetdrill.Packet); ok && !k.Inbound {
		return r.expect(e, k)
	}
	base := r.base
	if err := r.wait(e); err != nil {
		return err
	}
	var err error
	switch a := e.Action.(type) {
	case *packetdrill.Packet:
		err = r.inject(a)
	case *packetdrill.Syscall:
		err = r.syscall(e, a, base)
	case *packetdrill.Command:
		err = r.command(a)
	case *packetdrill.Code:
		err = r.code(a)
	}
	if err == nil {
		err = r.flush()
	}
	return err
}

// wait lets time pass until an event is due. Timers that are due at the same
// instant come after it (§8.1).
func (r *runner) wait(e *packetdrill.Event) error {
	at := max(r.at, e.Time.Window(r.base).From)
	if err := r.advance(at - 1); err != nil {
		return err
	}
	if _, ok := e.Action.(*packetdrill.Syscall); ok && r.pending != nil {
		if err := r.finishPending(); err != nil { // a second call waits for the first
			return err
		}
	}
	r.at = max(r.at, at)
	r.base = r.at
	return nil
}

// forgive turns a failure into a note where --non_fatal says so.
func (r *runner) forgive(a packetdrill.Action, err error) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	_, packet := a.(*packetdrill.Packet)
	_, syscall := a.(*packetdrill.Syscall)
	if packet && r.set.nonFatalPacket || syscall && r.set.nonFatalSyscall {
		r.notes = append(r.notes, fmt.Sprintf("%s:%d: not fatal: %s", r.script.File, f.line, f.Error()))
		return nil
	}
	return err
}

// end waits for a call that still blocks and, in strict mode, for what is sent at the
// instant of the last event.
func (r *runner) end() error {
	if r.pending != nil {
		if err := r.finishPending(); err != nil {
			return err
		}
	}
	if !r.opts.Strict {
		return nil
	}
	if err := r.advance(r.at); err != nil {
		return err
	}
	if len(r.queue) > 0 {
		e := r.queue[0]
		line := 1
		if n := len(r.script.Events); n > 0 {
			line = r.script.Events[n-1].Pos.Line
		}
		return &failure{line, "left over", "nothing more", r.describe(&e)}
	}
	return nil
}
