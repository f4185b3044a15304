package replay

import (
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// The ports of every replay.
const (
	localPort  = 40001
	remotePort = 50000
)

// clockPhase is what the kernel's clock showed at the start of a recording, modulo
// the tick: recordings begin 0.9 ms before a tick. It is one constant for all.
const clockPhase = 3100 * time.Microsecond

// tsOffset keeps the timestamps of the kernel's side away from 0, which has a
// meaning of its own.
const tsOffset = 1 << 20

// moment is when something happened on our side, and why: the k-th call or
// segment of the recording, or a timer.
type moment struct {
	at    tcp.Time // our time
	until tcp.Time // when the call returned; at for one that did not block

	timer  bool
	label  string        // of the timer
	anchor int           // the moment at which the timer was set
	d      time.Duration // for how long
}

// emission is a segment that we sent.
type emission struct {
	moment int
	at     tcp.Time
	seg    tcp.Segment // numbers and timestamps relative, as in a recording
	absSeq tcp.Seq     // sequence number on the wire
	event  int         // in course.events
}

// change is the beginning of a state, or of a set of poll bits.
type change struct {
	moment int
	at     tcp.Time
	text   string
	event  int // in course.events; −1: none
}

// call is the result of a call.
type call struct {
	step   int // of the recording
	text   string
	moment int // at which it returned
	event  int
}

// course is what our side did.
type course struct {
	moments   []moment
	emissions []emission
	states    []change
	polls     []change
	calls     []call
	events    []ladder.Event

	// random is from when on the kernel's course depends on random numbers that it
	// draws; Never if it does not.
	random tcp.Time
}

// setting is when a timer was set, for how long, and when it is due (the host's
// time).
type setting struct {
	moment int
	d      time.Duration
	due    tcp.Time
}

// player drives a host through a recording.
type player struct {
	course
	rec   *kernel.Recording
	host  *socket.Host
	main  *socket.Process
	child *socket.Process
	fds   map[kernel.FD]socket.FD
	msl   time.Duration

	sent    int      // segments that the kernel has sent so far
	lastOut tcp.Time // when it sent the last of them
	stamped []stamp  // the timestamp of each, 0 without

	cur    int // the moment of what happens now
	timers [tcp.NumTimers]setting
	tw     setting // of what remains of the connection; due is Never if nothing does

	drawn  map[tcp.Seq]bool // initial sequence numbers drawn, not taken from a TIME-WAIT
	base   tcp.Seq          // from which the recording counts
	based  bool             // a SYN was sent: base is valid
	tsBase uint32           // from which the recording counts timestamps
	stamps bool             // a timestamp was sent: tsBase is valid

	challenges int // that arrived
	certain    int // of these, so many are answered in any case; −1: all

	closing *socket.Wait         // of the Close just called
	closes  map[int]*socket.Wait // of those that block, by index in calls
}

// stamp is the timestamp of a segment that the kernel sent, and when it did.
type stamp struct {
	tsval uint32
	at    tcp.Time
}

// errSkip is why a recording cannot be played.
type errSkip struct{ reason string }

func (e *errSkip) Error() string { return e.reason }

// play plays rec on a host with the configuration cfg, changed by the recording's
// sysctls.
func play(rec *kernel.Recording, cfg tcp.Config) (*course, error) {
	p := &player{
		rec: rec, fds: make(map[kernel.FD]socket.FD), closes: make(map[int]*socket.Wait),
		drawn: make(map[tcp.Seq]bool), msl: cfg.MSL, tw: setting{due: tcp.Never},
	}
	if p.msl == 0 {
		p.msl = 30 * time.Second
	}
	conf := socket.Config{TCP: cfg, TimestampOffset: tsOffset, ISS: p.iss, Trace: p.trace()}
	if err := configure(&conf, rec); err != nil {
		return nil, &errSkip{err.Error()}
	}
	p.random, p.certain = tcp.Never, -1
	if conf.ChallengeLimit > 0 {
		p.certain = (conf.ChallengeLimit + 1) / 2
	}
	host, err := socket.New(conf)
	if err != nil {
		return nil, &errSkip{err.Error()}
	}
	p.host, p.main = host, host.NewProcess()
	p.moments = []moment{{}}
	p.sample()
	for i := range rec.Steps {
		step := &rec.Steps[i]
		switch step.Kind {
		case kernel.KindOut:
			p.sent++
			p.lastOut = step.At
			p.stamped = append(p.stamped, stamp{step.Segment.Options.TSVal, step.At})
		case kernel.KindCall:
			until := step.Call.End
			if step.Call.How == "block" {
				until = step.At // what the call does, it does at once; End is compared
			}
			p.begin(step.At, until)
			if err := p.call(i, &step.Call); err != nil {
				return nil, err
			}
		case kernel.KindIn:
			p.begin(step.At, step.At)
			p.arrive(&step.Segment)
		default:
			continue
		}
		p.collect()
	}
	p.run(rec.End.Add(time.Duration(rec.End/8) + 20*time.Millisecond))
	return &p.course, nil
}

// baseSysctls hold in every recording unless it says otherwise: docs/recordings.md.
var baseSysctls = []kernel.Sysctl{
	{Name: "tcp_window_scaling", Value: "0"},
	{Name: "tcp_rmem", Value: "4096 131072 6291456"},
	{Name: "ip_local_port_range", Value: "40001 40001"},
}

func configure(conf *socket.Config, rec *kernel.Recording) error {
	sysctls := append([]kernel.Sysctl{
		{Name: "tcp_timestamps", Value: bit(rec.Timestamps)},
		{Name: "tcp_sack", Value: bit(rec.SACK)},
	}, baseSysctls...)
	for _, s := range append(sysctls, rec.Sysctls...) {
		if err := conf.Set(s.Name, s.Value); err != nil {
			return err
		}
	}
	return nil
}

func bit(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// firstISS is where the clock of initial sequence numbers stands at the start. Tests
// change it.
var firstISS = tcp.Seq(0x1d000000)

// iss draws initial sequence numbers as the kernel does: a clock of 64 ns a step.
func (p *player) iss(now tcp.Time, _, _ uint16) tcp.Seq {
	iss := firstISS + tcp.Seq(uint64(now)/64)
	p.drawn[iss] = true
	return iss
}

// trace notes which timer something comes from, and when that was set.
func (p *player) trace() *tcp.Trace {
	return &tcp.Trace{
		TimerSet: func(_ tcp.Time, t tcp.Timer, d time.Duration, due tcp.Time) {
			p.timers[t] = setting{p.cur, d, due}
		},
		TimerFired: func(now tcp.Time, t tcp.Timer) {
			s := p.timers[t]
			p.fired(now, t.String(), s)
		},
	}
}

// fired begins a moment: a timer expires.
func (p *player) fired(now tcp.Time, label string, s setting) {
	at := recorded(now)
	p.moments = append(p.moments, moment{at: at, until: at, timer: true, label: label, anchor: s.moment, d: s.d})
	p.cur = len(p.moments) - 1
}

// hostTime and recorded convert between the time of the recording and the host's.
func hostTime(t tcp.Time) tcp.Time { return t.Add(clockPhase) }
func recorded(t tcp.Time) tcp.Time { return t.Add(-clockPhase) }

// begin lets time pass until a call or segment comes, and begins its moment.
func (p *player) begin(at, until tcp.Time) {
	p.run(at)
	p.catchUp()
	p.moments = append(p.moments, moment{at: at, until: until})
	p.cur = len(p.moments) - 1
}

// run lets time pass.
func (p *player) run(until tcp.Time) {
	for p.host.Deadline() <= hostTime(until) {
		if p.host.Deadline() == p.tw.due {
			p.fired(p.tw.due, tcp.TimerTimeWait.String(), p.tw)
		}
		due, known := p.host.Deadline(), len(p.moments)
		p.host.Advance(hostTime(until))
		if s := p.timers[tcp.TimerRetransmit]; s.due == due && len(p.moments) == known {
			p.fired(due, tcp.TimerRetransmit.String(), s) // of a request whose listener is gone: it has no trace
		}
		p.collect()
	}
	p.host.Advance(hostTime(until))
}

// catchUp lets a timer expire that is due a little later with us than the kernel's
// was: an answer cannot come before what it answers. The slots of the kernel's timer
// wheel are known, but not where they begin.
func (p *player) catchUp() {
	for len(p.emissions) < p.sent {
		due := p.host.Deadline()
		i := slices.IndexFunc(p.timers[:], func(s setting) bool { return s.due == due })
		if due == tcp.Never || i < 0 || recorded(due) > p.lastOut.Add(early+p.timers[i].d/8+late) {
			return
		}
		p.run(recorded(due))
	}
}

// now is the host's time of the present call or segment.
func (p *player) now() tcp.Time { return max(p.host.Now(), hostTime(p.moments[p.cur].at)) }

// arrive delivers an incoming segment.
func (p *player) arrive(in *kernel.Segment) {
	seg := in.Segment
	p.event(ladder.Event{Kind: ladder.Arrive, Segment: seg})
	seg.SrcPort, seg.DstPort = remotePort, localPort
	if seg.Flags.Has(tcp.ACK) && p.based {
		seg.Ack += p.base
	}
	for i := range seg.Options.NumSACK {
		b := &seg.Options.SACK[i]
		b.Left, b.Right = b.Left+p.base, b.Right+p.base
	}
	if seg.Options.Has(tcp.OptTimestamps) && !in.TSEcrZero {
		seg.Options.TSEcr = p.echo(seg.Options.TSEcr) + p.tsBase
	}
	v := p.host.Deliver(p.now(), &seg)
	if p.certain < 0 || v.Outcome() != tcp.OutcomeChallenged && v != tcp.DroppedThrottled {
		return
	}
	// The kernel draws how many challenge ACKs it sends in a second: between half and
	// one and a half times tcp_challenge_ack_limit (docs/linux-measured.md §8).
	if p.challenges++; p.challenges == p.certain+1 {
		p.random = p.moments[p.cur].at
	}
}

// echo is what an echo of the recorded timestamp is to us: the one that our segment
// has in place of the last that the kernel sent with it, if the two differ by as much
// as the times at which they were sent, within two milliseconds.
func (p *player) echo(recorded uint32) uint32 {
	for i := min(len(p.stamped), len(p.emissions)) - 1; i >= 0; i-- {
		o := &p.emissions[i].seg.Options
		if p.stamped[i].tsval != recorded || !o.Has(tcp.OptTimestamps) {
			continue
		}
		if drift(recorded, o.TSVal, p.stamped[i].at, p.emissions[i].at) < 2*time.Millisecond {
			return o.TSVal
		}
	}
	return recorded
}

func (p *player) event(e ladder.Event) int {
	e.At = p.moments[p.cur].at
	p.events = append(p.events, e)
	return len(p.events) - 1
}

// collect takes the segments sent, and looks at states and poll bits.
func (p *player) collect() {
	var seg tcp.Segment
	for at, ok := p.host.Next(&seg); ok; at, ok = p.host.Next(&seg) {
		p.emit(recorded(at), seg)
	}
	p.sample()
	for i, w := range p.closes {
		if w.Done {
			p.calls[i].moment = p.cur
			delete(p.closes, i)
		}
	}
}
