package tcp_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/transcript"
	"pgregory.net/rapid"
)

// A script is what one endpoint lives through: calls, segments and time, as a flat
// list that shrinks well. Segments are given relative to the connection's own
// numbers, so that they stay near the interesting ones whatever came before.
type script struct {
	profile profile
	cfg     tcp.Config
	iss     tcp.Seq // ours
	irs     tcp.Seq // the peer's
	opening opening
	peer    tcp.Options // of the peer's SYN
	window  uint16      // of the peer's SYN
	actions []action
	lazy    bool // playChecked does not drain after actions that are idle
}

// profile is one of the three presets.
type profile int

const (
	profileDefault profile = iota
	profileLinux
	profileRFC9293
	numProfiles
)

func (p profile) String() string { return [...]string{"default", "linux", "rfc9293"}[p] }

func (p profile) config() tcp.Config {
	switch p {
	case profileLinux:
		return tcp.Linux()
	case profileRFC9293:
		return tcp.RFC9293()
	}
	return tcp.Config{}
}

// opening is how far the connection has come when the actions begin.
type opening int

const (
	unopened opening = iota
	listening
	synSent
	openedActively
	openedPassively
	openedBoth // simultaneous open
	numOpenings
)

// actionKind is what one action does.
type actionKind int

const (
	arrive actionKind = iota
	wait
	callOpen
	callListen
	callSend
	callSendUrgent
	callReceive
	callCloseWrite
	callCloseRead
	callClose
	callExit
	callRetain
	callAbort
	callQuickAck
	callReopen
	callICMP
	callDetach
	callLinger
	callKeepAlive
	callFinWait2
	callUserTimeout
	callReadBuffer
	callNoDelay
	callCork
	numActionKinds
)

var actionNames = [numActionKinds]string{
	"Arrive", "wait", "Open", "Listen", "Send", "SendUrgent", "Receive", "CloseWrite", "CloseRead", "Close",
	"Exit", "Retain", "Abort", "SetQuickAck", "SetReopen", "ICMP", "Detach",
	"SetLinger", "SetKeepAliveConfig", "SetFinWait2Timeout", "SetUserTimeout", "SetReadBuffer", "SetNoDelay", "SetCork",
}

// callConstants are the names of the constants.
var callConstants = [numActionKinds]string{
	"arrive", "wait", "callOpen", "callListen", "callSend", "callSendUrgent", "callReceive", "callCloseWrite", "callCloseRead",
	"callClose", "callExit", "callRetain", "callAbort", "callQuickAck", "callReopen", "callICMP", "callDetach",
	"callLinger", "callKeepAlive", "callFinWait2", "callUserTimeout", "callReadBuffer", "callNoDelay", "callCork",
}

// action is one step of a script.
type action struct {
	kind actionKind
	n    int           // octets; a flag; the kind of an ICMP message
	d    time.Duration // of wait
	to   waitTo
	seg  segmentDraft
	idle bool // Next is not asked afterwards, where the property allows that
	jump bool // of a wait: no Advance; the next call runs the timers
}

// waitTo is what the duration of a wait is counted from.
type waitTo int

const (
	fromNow waitTo = iota
	fromDeadline
)

// base is a number of the connection that a segment's number is counted from.
type base int

const (
	rcvNxt base = iota
	rcvEdge
	irsBase
	sndUna
	sndNxt
	finSeq // the number after all that is queued: the FIN's
	issBase
	zero
	numBases
)

// segmentDraft is a segment before the connection's numbers are known.
type segmentDraft struct {
	seqBase, ackBase base
	seqOff, ackOff   int
	flags            tcp.Flags
	window, urgent   uint16
	len              int
	tsOff            int32 // of TSval from the peer's clock
	noTS             bool  // timestamps are missing although they were agreed on
	strayTS          bool  // or there although they were not
	ecrOff           int32
	sack             [2]struct{ left, len int } // from SND.UNA
	port             uint16                     // added to the peer's
	userTimeout      uint16                     // seconds; 0: without the option
}

func (a action) String() string {
	switch a.kind {
	case arrive:
		return "Arrive " + a.seg.String()
	case wait:
		return fmt.Sprintf("wait %v%s", a.d, [...]string{"", " from the deadline"}[a.to])
	}
	return fmt.Sprintf("%s %d", actionNames[a.kind], a.n)
}

// GoString is what rapid prints.
func (a action) GoString() string { return a.String() }

func (d segmentDraft) String() string {
	names := [numBases]string{"RCV.NXT", "edge", "IRS", "SND.UNA", "SND.NXT", "FINSEQ", "ISS", ""}
	return fmt.Sprintf("[%v] seq %s%+d ack %s%+d len %d win %d urg %d TS %+d/%+d missing %v stray %v sack %v port +%d uto %d",
		d.flags, names[d.seqBase], d.seqOff, names[d.ackBase], d.ackOff, d.len, d.window, d.urgent,
		d.tsOff, d.ecrOff, d.noTS, d.strayTS, d.sack, d.port, d.userTimeout)
}

// source is where scripts are drawn from: a property, which shrinks, or the octets
// that a fuzzer makes up.
type source struct {
	t    *rapid.T
	data []byte
}

// intRange draws a number from low to high.
func (r *source) intRange(label string, low, high int) int {
	if r.t != nil {
		return rapid.IntRange(low, high).Draw(r.t, label)
	}
	n, span := 0, high-low+1
	for m := 1; m < span; m <<= 8 {
		n = n<<8 | int(r.octet())
	}
	return low + n%span
}

// octet is the fuzzer's next one, and 0 at the end.
func (r *source) octet() (b byte) {
	if len(r.data) > 0 {
		b, r.data = r.data[0], r.data[1:]
	}
	return b
}

func (r *source) bool(label string) bool { return r.intRange(label, 0, 1) == 1 }

func pick[T any](r *source, label string, list []T) T {
	return list[r.intRange(label, 0, len(list)-1)]
}

// actions draws the list of actions: a fuzzer's is as long as its octets last.
func (r *source) actions() (list []action) {
	if r.t != nil {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) action { return drawAction(&source{t: t}) }), 1, 40).Draw(r.t, "actions")
	}
	for len(r.data) > 0 && len(list) < 100 {
		list = append(list, drawAction(r))
	}
	return list
}

// drawScript draws a script for a profile.
func drawScript(r *source, p profile) script {
	s := script{profile: p, cfg: drawConfig(r, p)}
	s.iss, s.irs = drawISS(r, "iss"), drawISS(r, "irs")
	s.opening = opening(r.intRange("opening", 0, int(numOpenings)-1))
	s.peer, s.window = drawPeer(r)
	s.actions = r.actions()
	return s
}

// drawISS draws an initial sequence number: in half of the runs close below the
// place where numbers wrap round.
func drawISS(r *source, label string) tcp.Seq {
	if r.bool(label + " wraps") {
		return tcp.Seq(0).Add(-r.intRange(label+" below", 0, 12))
	}
	return tcp.Seq(r.intRange(label, 0, 1<<31+1000))
}

// drawConfig draws a profile with small limits, so that they are reached, and with
// the choices turned over that change how a connection closes.
func drawConfig(r *source, p profile) tcp.Config {
	cfg := p.config()
	cfg.LocalPort, cfg.RemotePort = 80, 4000
	if r.bool("as it is") {
		return cfg
	}
	if n := pick(r, "buffer", []int{0, 0, 1, 5, 8, 100, 3000, 200000}); n > 0 {
		cfg.ReceiveBuffer = n
		cfg.MaxReceiveBuffer = n * pick(r, "buffer growth", []int{1, 1, 40})
	}
	if r.bool("few retries") {
		cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries, cfg.SYNRetries, cfg.SYNACKRetries = 1, 2, 2, 2, 2
	}
	if r.bool("short MSL") {
		cfg.MSL = 300 * time.Millisecond
	}
	cfg.MSS = pick(r, "MSS", []int{0, 88, 536})
	cfg.KeepAlive = r.bool("keepalive")
	if cfg.KeepAlive && r.bool("fast keepalive") {
		cfg.KeepAliveIdle, cfg.KeepAliveInterval, cfg.KeepAliveCount = 2*time.Second, time.Second, 2
	}
	cfg.RFC1337 = r.bool("RFC1337")
	cfg.NoDelay = r.bool("no delay")
	cfg.FinWait2Reset = r.intRange("FIN-WAIT-2 reset", 0, 7) == 0
	cfg.DelayFINAck = pick(r, "delay FIN ACK", []tcp.Switch{tcp.Default, tcp.On, tcp.Off})
	cfg.Timestamps = pick(r, "timestamps", []tcp.Switch{tcp.Default, tcp.Off})
	cfg.SACK = pick(r, "SACK", []tcp.Switch{tcp.Default, tcp.Off})
	if r.intRange("user timeout", 0, 3) == 0 {
		cfg.UserTimeout = 10 * time.Second
	}
	cfg.UserTimeoutOption = r.intRange("user timeout option", 0, 3) == 0
	return cfg
}

// drawPeer draws what the peer's SYN says.
func drawPeer(r *source) (o tcp.Options, window uint16) {
	if r.bool("peer timestamps") {
		o.Present |= tcp.OptTimestamps
	}
	if r.bool("peer SACK") {
		o.Present |= tcp.OptSACKPermitted
	}
	if r.bool("peer window scale") {
		o.Present |= tcp.OptWindowScale
		o.WindowScale = pick(r, "peer shift", []uint8{0, 2, 7, 14, 200})
	}
	if r.bool("peer MSS") {
		o.Present |= tcp.OptMSS
		o.MSS = pick(r, "peer MSS value", []uint16{1460, 536, 88, 1, 0})
	}
	return o, drawWindow(r)
}

func drawWindow(r *source) uint16 {
	return pick(r, "window", []uint16{65535, 65535, 8192, 1000, 2, 1, 0})
}

// drawAction draws one step; half of them are segments.
func drawAction(r *source) action {
	a := action{kind: arrive}
	switch k := r.intRange("kind", 0, 35); {
	case k < 14:
		a.seg = drawSegmentDraft(r)
	case k < 19:
		a.kind = wait
		a.to = waitTo(r.intRange("from", 0, 1))
		a.d = drawDuration(r)
	default:
		a.kind = callOpen + actionKind(k-19)
		if a.kind >= numActionKinds {
			a.kind = callOpen + actionKind(r.intRange("call", 0, int(numActionKinds-callOpen)-1))
		}
		a.n = pick(r, "n", []int{1, 2, 5, 100, 1460, 5000, 0, 70000, -1, 1 << 30, 1<<62 - 1})
	}
	a.idle = r.bool("idle")
	return a
}

func drawDuration(r *source) time.Duration {
	return pick(r, "duration", []time.Duration{
		0, 1, -1, time.Millisecond, 10 * time.Millisecond, 40 * time.Millisecond, 200 * time.Millisecond, time.Second,
		3 * time.Second, time.Minute, time.Hour, 25 * 24 * time.Hour, -time.Second,
	})
}

// drawSegmentDraft draws a segment: in half of the cases what a good peer would send
// next, in the others something near the edges, or anything at all.
func drawSegmentDraft(r *source) segmentDraft {
	d := segmentDraft{ackBase: sndNxt, flags: tcp.ACK, window: 65535}
	if r.intRange("FIN again", 0, 15) == 0 {
		d.flags, d.seqOff = tcp.ACK|tcp.FIN, -1
		return d
	}
	d.len = pick(r, "len", []int{0, 0, 0, 1, 2, 3, 100, 536, 1448, 1460, 70000, 1<<31 - 1, -1})
	if r.bool("good") {
		d.len = max(min(d.len, 1460), 0)
		d.flags |= pick(r, "good flags", []tcp.Flags{0, 0, tcp.PSH, tcp.FIN, tcp.FIN, tcp.RST})
		return d
	}
	d.flags = pick(r, "flags", []tcp.Flags{
		tcp.ACK, tcp.ACK, tcp.ACK, tcp.ACK | tcp.FIN, tcp.ACK | tcp.FIN, tcp.ACK | tcp.PSH, tcp.SYN, tcp.SYN | tcp.ACK,
		tcp.RST, tcp.RST | tcp.ACK, tcp.FIN, 0, tcp.ACK | tcp.URG, 0xff,
	})
	if r.intRange("any flags", 0, 9) == 0 {
		d.flags = tcp.Flags(r.intRange("flag bits", 0, 255))
	}
	d.seqBase = pick(r, "seq from", []base{rcvNxt, rcvNxt, rcvNxt, rcvEdge, irsBase, sndUna, zero})
	d.ackBase = pick(r, "ack from", []base{sndNxt, sndNxt, sndUna, finSeq, issBase, rcvNxt, zero})
	d.seqOff, d.ackOff = drawOffset(r, "seq"), drawOffset(r, "ack")
	d.window = drawWindow(r)
	d.urgent = pick(r, "urgent", []uint16{0, 1, 3, 65535})
	d.tsOff = pick(r, "TSval", []int32{0, 0, 0, 1, -1, -5000, 5000, 1<<31 - 1, -1 << 31})
	d.ecrOff = pick(r, "TSecr", []int32{0, -1, 1, -100, 1 << 30})
	d.noTS = r.intRange("no TS", 0, 7) == 0
	d.strayTS = r.intRange("stray TS", 0, 7) == 0
	if r.intRange("SACK blocks", 0, 3) == 0 {
		for i := range d.sack {
			d.sack[i].left = r.intRange("left", -2, 3000)
			d.sack[i].len = pick(r, "block", []int{1, 1460, 0, -5, 3000})
		}
	}
	if r.intRange("other port", 0, 15) == 0 {
		d.port = 1
	}
	if r.intRange("user timeout option", 0, 15) == 0 {
		d.userTimeout = 30
	}
	return d
}

// drawOffset draws a distance from an interesting number: mostly within 2.
func drawOffset(r *source, label string) int {
	if r.intRange(label+" near", 0, 3) > 0 {
		return r.intRange(label, -2, 2)
	}
	return pick(r, label+" far", []int{3, 10, 100, 1460, 2920, 65535, -65535, 1 << 30, 1<<31 - 1, -1 << 31})
}

// resolve makes a segment of a draft.
func (d *segmentDraft) resolve(st *tcp.Status, now tcp.Time) tcp.Segment {
	numbers := [numBases]tcp.Seq{
		rcvNxt: st.RcvNxt, rcvEdge: st.RcvEdge, irsBase: st.IRS, sndUna: st.SndUna, sndNxt: st.SndNxt,
		finSeq: st.SndEnd, issBase: st.ISS,
	}
	seg := tcp.Segment{
		SrcPort: 4000 + d.port, DstPort: 80,
		Seq: numbers[d.seqBase].Add(d.seqOff), Flags: d.flags, Window: d.window, Len: d.len,
	}
	if d.flags.Has(tcp.ACK) {
		seg.Ack = numbers[d.ackBase].Add(d.ackOff)
	}
	if d.flags.Has(tcp.URG) {
		seg.Urgent = d.urgent
	}
	o := &seg.Options
	if st.Timestamps && !d.noTS || d.strayTS {
		o.Present |= tcp.OptTimestamps
		o.TSVal = uint32(peerTS(now) + d.tsOff)
		o.TSEcr = uint32(int32(now/tcp.Time(time.Millisecond)) + d.ecrOff)
	}
	if d.userTimeout != 0 {
		o.Present |= tcp.OptUserTimeout
		o.UserTimeout = d.userTimeout
	}
	for _, b := range d.sack {
		if b.len != 0 {
			o.SACK[o.NumSACK] = tcp.SACKBlock{Left: st.SndUna.Add(b.left), Right: st.SndUna.Add(b.left + b.len)}
			o.NumSACK++
		}
	}
	if d.flags.Has(tcp.SYN) {
		o.Present |= tcp.OptMSS
		o.MSS = 1000
	}
	return seg
}

// peerTS is the peer's timestamp clock; it wraps soon.
func peerTS(now tcp.Time) int32 { return 1<<31 - 2000 + int32(now/tcp.Time(time.Millisecond)) }

// event is one thing that happened to a connection, and all that can be seen of it
// afterwards. Events are comparable.
type event struct {
	kind     actionKind
	sent     bool // Next returned seg
	drained  bool // Next returned false
	now      tcp.Time
	seg      tcp.Segment
	n        int
	err      string
	verdict  tcp.Verdict
	state    tcp.State
	ready    tcp.Ready
	deadline tcp.Time
	taken    [9]piece
	held     [8]piece
	ended    string
	timers   string // those that were due
}

// piece is a stretch of the stream: of a segment's payload from at on, or held.
type piece struct {
	off   uint64
	at, n int
	ok    bool
}

func (e event) String() string {
	what := actionNames[e.kind]
	switch {
	case e.drained:
		what = "Next: nothing"
	case e.sent:
		what = "Next: " + e.seg.String()
	case e.kind == arrive:
		what += ": " + e.seg.String() + ": " + e.verdict.String()
	case e.kind > wait:
		what += fmt.Sprintf(" %d: %s", e.n, e.err)
	}
	return fmt.Sprintf("%12.6f %-12v %s", time.Duration(e.now).Seconds(), e.state, what)
}

// startOfScripts is when scripts begin.
const startOfScripts = tcp.Time(time.Second)

// player plays a script on a connection. What it does is recorded: a failure is
// printed as a diagram, and as a test that does the same.
type player struct {
	t      rapid.TB
	c      *tcp.Conn
	like   *tcp.Conn // what c was made from: only those can be compared
	cfg    tcp.Config
	now    tcp.Time
	log    []event
	inputs []input
	watch  func(e event) // called after each event
	rec    *transcript.Recorder
	count  [numCases + 1]int // the cases of docs/teardown-cases.md, with watchInvariants
}

// input is one statement of a test that repeats what a player did.
type input struct {
	what inputKind
	kind actionKind // of a call
	n    int
	seg  tcp.Segment
	at   tcp.Time
}

type inputKind int

const (
	inputCall inputKind = iota
	inputArrive
	inputDrain
	inputRun
	inputAt
)

// newPlayer makes a connection that is not opened.
func newPlayer(t rapid.TB, cfg tcp.Config) *player {
	like, err := tcp.New(&cfg)
	if err != nil {
		t.Fatalf("%v", err)
	}
	p := &player{t: t, c: new(tcp.Conn), like: like, cfg: cfg, now: startOfScripts, rec: new(transcript.Recorder)}
	p.c.Init(like)
	p.rec.At(p.now)
	p.rec.Do("%v", transcript.Config("cfg", cfg))
	p.rec.Do("p := newPlayer(t, cfg)")
	t.(cleaner).Cleanup(func() { tell(t, p.rec, "connection", "peer") })
	return p
}

// player makes a connection for the script.
func (s *script) player(t rapid.TB) *player { return newPlayer(t, s.cfg) }

// opened is player, and the script's opening is over.
func (s *script) opened(t rapid.TB) *player {
	p := s.player(t)
	p.open(s)
	return p
}

// fail ends the test.
func (p *player) fail(format string, args ...any) {
	if p.rec == nil { // it goes on from another player's connection
		p.t.Fatalf(format, args...)
	}
	p.rec.Failure = fmt.Sprintf(format, args...)
	p.t.Fatalf("%s", p.rec.Failure)
}

// cleaner is what rapid.TB lacks.
type cleaner interface{ Cleanup(func()) }

// tell prints what led to a failure. Of the runs of a property only the last, which
// is the smallest that fails, prints anything.
func tell(t rapid.TB, rec *transcript.Recorder, left, right string) {
	if rec.Failed() {
		t.Log(told{rec, left, right, t.Name()})
	}
}

// told is what tell prints, if it is printed.
type told struct {
	rec               *transcript.Recorder
	left, right, name string
}

func (t told) String() string { return "\n" + t.rec.Report(t.left, t.right, t.name) }

func (p *player) see(e event) {
	e.now, e.state, e.ready, e.deadline = p.now, p.c.State(), p.c.Ready(), p.c.Deadline()
	if err := p.c.Err(); err != nil {
		e.ended = err.Error()
	}
	for i := range e.taken {
		q := &e.taken[i]
		q.off, q.at, q.n, q.ok = p.c.Taken(i)
	}
	for i := range e.held {
		q := &e.held[i]
		q.off, q.n, q.ok = p.c.Held(i)
	}
	p.log = append(p.log, e)
	if p.rec != nil {
		st := p.c.Status()
		p.rec.Add(e.drawn(), st.ISS, st.IRS)
	}
	if p.watch != nil {
		p.watch(e)
	}
}

// drawn is the event in a diagram.
func (e *event) drawn() ladder.Event {
	d := ladder.Event{State: e.state.String(), Segment: e.seg}
	switch {
	case e.sent:
		d.Kind = ladder.Send
	case e.kind == arrive:
		d.Kind, d.Text = ladder.Arrive, e.verdict.String()
	case e.kind == wait && e.timers != "":
		d.Kind, d.Text = ladder.Timer, e.timers
	case e.kind == wait:
		d.Kind = ladder.State
	default:
		d.Kind, d.Text = ladder.Call, callText(e.kind, e.n)
		if e.err != "" {
			d.Text += ": " + e.err
		}
	}
	return d
}

func callText(kind actionKind, n int) string { return fmt.Sprintf("%s(%d)", actionNames[kind], n) }

// do notes an input and writes the statement that gives it again.
func (p *player) do(in input) {
	p.inputs = append(p.inputs, in)
	if p.rec == nil {
		return
	}
	switch in.what {
	case inputCall:
		p.rec.Do("p.call(%v, %v)", transcript.Source(callConstants[in.kind]), in.n)
	case inputArrive:
		p.rec.Do("p.arrive(%v)", in.seg)
	case inputDrain:
		p.rec.Do("p.drain()")
	case inputRun:
		p.rec.Do("p.run(%v)", in.at)
	case inputAt:
		p.rec.Do("p.at(%v)", in.at)
	}
}

// give gives an input.
func (p *player) give(in input) {
	switch in.what {
	case inputCall:
		p.call(in.kind, in.n)
	case inputArrive:
		p.arrive(in.seg)
	case inputDrain:
		p.drain()
	case inputRun:
		p.run(in.at)
	case inputAt:
		p.at(in.at)
	}
}

// enter and leave enclose what may panic.
func (p *player) enter() {
	if p.rec != nil {
		p.rec.Enter()
	}
}

func (p *player) leave() {
	if p.rec != nil {
		p.rec.Leave()
	}
}

// open brings the connection to the script's opening.
func (p *player) open(s *script) {
	syn := tcp.Segment{SrcPort: 4000, DstPort: 80, Seq: s.irs, Flags: tcp.SYN, Window: s.window, Options: s.peer}
	if s.peer.Has(tcp.OptTimestamps) {
		syn.Options.TSVal = uint32(peerTS(p.now))
	}
	switch s.opening {
	case unopened:
		return
	case listening, openedPassively:
		p.call(callListen, int(s.iss))
		if s.opening == listening {
			return
		}
		p.arriveAnd(syn)
	case synSent:
		p.call(callOpen, int(s.iss))
		p.drain()
		return
	case openedActively:
		p.call(callOpen, int(s.iss))
		p.drain()
		syn.Flags, syn.Ack = tcp.SYN|tcp.ACK, s.iss+1
		if s.peer.Has(tcp.OptTimestamps) {
			syn.Options.TSEcr = uint32(p.now / tcp.Time(time.Millisecond))
		}
		p.arriveAnd(syn)
		return
	case openedBoth:
		p.call(callOpen, int(s.iss))
		p.drain()
		p.arriveAnd(syn)
	}
	st := p.c.Status()
	ack := segmentDraft{ackBase: sndNxt, flags: tcp.ACK, window: s.window}
	p.arriveAnd(ack.resolve(&st, p.now))
}

func (p *player) arriveAnd(seg tcp.Segment) {
	p.arrive(seg)
	p.drain()
}

func (p *player) arrive(seg tcp.Segment) tcp.Verdict {
	p.do(input{what: inputArrive, seg: seg})
	p.enter()
	v := p.c.Arrive(p.now, &seg)
	p.leave()
	p.see(event{kind: arrive, seg: seg, verdict: v})
	return v
}

// drain asks Next until it has nothing; it must come to an end.
func (p *player) drain() {
	p.do(input{what: inputDrain})
	p.drainAfter()
}

// drainAfter is drain within another input.
func (p *player) drainAfter() {
	for range 100000 {
		var seg tcp.Segment
		p.enter()
		more := p.c.Next(&seg)
		p.leave()
		if !more {
			if p.watch != nil {
				p.watch(event{kind: wait, drained: true, now: p.now, state: p.c.State()})
			}
			return
		}
		p.see(event{kind: wait, sent: true, seg: seg})
	}
	p.fail("Next does not come to an end")
}

// at sets the clock; the next call runs the timers.
func (p *player) at(t tcp.Time) {
	p.do(input{what: inputAt, at: t})
	p.setNow(t)
}

func (p *player) setNow(t tcp.Time) {
	p.now = t
	if p.rec != nil {
		p.rec.At(t)
	}
}

// run lets time pass until t, as Advance is meant to be used.
func (p *player) run(t tcp.Time) {
	p.do(input{what: inputRun, at: t})
	for p.c.Deadline() <= t {
		p.setNow(max(p.now, p.c.Deadline()))
		timers := dueTimers(p.c)
		p.enter()
		p.c.Advance(p.now)
		p.leave()
		p.see(event{kind: wait, timers: timers})
		p.drainAfter()
	}
	p.setNow(t)
	p.see(event{kind: wait})
}

// dueTimers are the names of those that are due at the deadline.
func dueTimers(c *tcp.Conn) string {
	st := c.Status()
	names := ""
	for i, due := range st.Timers {
		if due == c.Deadline() {
			names += tcp.Timer(i).String() + " "
		}
	}
	return strings.TrimSpace(names)
}

// target is when a wait ends; a clock does not go back.
func (p *player) target(a *action) tcp.Time {
	t := p.now
	if d := p.c.Deadline(); a.to == fromDeadline && d != tcp.Never {
		t = max(t, d)
	}
	return max(t.Add(a.d), p.now)
}

// play does one action and drains.
func (p *player) play(a *action) {
	switch a.kind {
	case arrive:
		st := p.c.Status()
		p.arrive(a.seg.resolve(&st, p.now))
	case wait:
		if a.jump {
			p.at(p.target(a))
			return
		}
		p.run(p.target(a))
	default:
		p.call(a.kind, a.n)
	}
}

// call makes a call of the API.
func (p *player) call(kind actionKind, n int) error {
	p.do(input{what: inputCall, kind: kind, n: n})
	e := event{kind: kind, n: n}
	p.enter()
	err := invoke(p.c, p.now, kind, n, &e.verdict)
	p.leave()
	if err != nil {
		e.err = err.Error()
	}
	p.see(e)
	return err
}

func invoke(c *tcp.Conn, now tcp.Time, kind actionKind, n int, v *tcp.Verdict) error {
	switch kind {
	case callOpen:
		return c.Open(now, tcp.Seq(n))
	case callListen:
		return c.Listen(now, tcp.Seq(n))
	case callSend:
		return c.Send(now, n)
	case callSendUrgent:
		return c.SendUrgent(now, n)
	case callReceive:
		if n > 1<<20 {
			n = c.Readable() // everything
		}
		return c.Receive(now, n)
	case callCloseWrite:
		return c.CloseWrite(now)
	case callCloseRead:
		return c.CloseRead(now)
	case callClose:
		return c.Close(now)
	case callExit:
		return c.Exit(now)
	case callRetain:
		return c.Retain()
	case callAbort:
		return c.Abort(now)
	case callQuickAck:
		return c.SetQuickAck(now, n%2 == 1)
	case callReopen:
		c.SetReopen(n%2 == 1)
	case callICMP:
		st := c.Status()
		*v = c.ICMP(now, tcp.ICMPMessage{Kind: tcp.ICMPKind(uint(n) % 5), Seq: st.SndUna, MSS: 500})
	case callDetach:
		c.Detach(now)
	case callLinger:
		return c.SetLinger(now, n%4-1)
	case callKeepAlive:
		d := time.Duration(n%4) * time.Second
		return c.SetKeepAliveConfig(now, tcp.KeepAliveConfig{Enable: n != 0, Idle: d, Interval: d / 2, Count: n % 3})
	case callFinWait2:
		return c.SetFinWait2Timeout(now, time.Duration(n)*time.Second)
	case callUserTimeout:
		return c.SetUserTimeout(now, time.Duration(n%100)*time.Second)
	case callReadBuffer:
		return c.SetReadBuffer(now, n)
	case callNoDelay:
		return c.SetNoDelay(now, n%2 == 1)
	case callCork:
		return c.SetCork(now, n%2 == 1)
	default:
		panic("no call")
	}
	return nil
}
