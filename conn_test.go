package tcp

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// peer is a hand-made TCP at the other end of one connection under test. It
// speaks in relative numbers, as tcpdump prints them: the connection's own sequence
// numbers count from its ISS, the peer's from the peer's, so that both SYNs are 0
// and the first octets 1.
//
// Segments are written in one line:
//
//	F. 1:1(0) ack 1 win 257 <TS val 7 ecr 5,sack 3:5>
//
// flags; sequence numbers of the first octet and after the last, with the length
// of the payload; acknowledgment; window as on the wire; urgent pointer ("urg 3");
// options. A number after @ is absolute.
//
// Nothing that the connection sends goes unseen: every segment has to be asked for
// by want before the next event, and before the test ends.
type peer struct {
	t     *testing.T
	c     *Conn
	now   Time
	iss   Seq // of the connection under test
	irs   Seq // of the peer
	v     Verdict
	last  Segment // that want took
	ts    bool    // the peer adds timestamps to what it sends
	clock uint32  // of its timestamps at Time 0; a tick is a millisecond
	ecr   uint32  // the last timestamp of the connection
	win   uint16
	edges []string // transitions since the last wantEdges
	story []string // what happened, for a failure
}

const (
	testISS   Seq    = 0xfffffff8 // wraps within the first octets of data
	testIRS   Seq    = 0x7ffffffc // crosses the sign bit
	peerClock uint32 = 0xfffff000 // wraps after four seconds
	rtt              = 100 * time.Millisecond
)

// newPeer returns a peer and a fresh CLOSED connection with cfg.
func newPeer(t *testing.T, cfg Config) *peer {
	t.Helper()
	if cfg.LocalPort == 0 {
		cfg.LocalPort, cfg.RemotePort = 4000, 80
	}
	c, err := New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, c: c, iss: testISS, irs: testIRS, clock: peerClock, win: 65535, now: Time(time.Hour)}
	p.ts = c.cfg.Timestamps == On
	c.Advance(p.now)
	p.watch()
	t.Cleanup(func() {
		if !t.Failed() {
			p.quiet("the end of the test")
		}
	})
	return p
}

// watch records the transitions. It replaces the trace of the connection.
func (p *peer) watch() {
	p.c.SetTrace(&Trace{Transition: func(_ Time, from, to State, cause Cause) {
		e := fmt.Sprintf("%v → %v (%v)", from, to, cause)
		p.edges = append(p.edges, e)
		p.story = append(p.story, "   "+e)
	}})
}

func (p *peer) log(format string, args ...any) {
	at := time.Duration(p.now.Sub(Time(time.Hour)))
	p.story = append(p.story, fmt.Sprintf("%10.3f ", at.Seconds())+fmt.Sprintf(format, args...))
}

// fail ends the test with a sentence and with what led there.
func (p *peer) fail(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s\n%s\n%10s %v, timers: %s", fmt.Sprintf(format, args...),
		strings.Join(p.story, "\n"), "now", p.c.State(), p.timers())
}

// quiet demands that everything sent so far was asked for.
func (p *peer) quiet(before string) {
	p.t.Helper()
	copied := *p.c
	copied.trace = nil
	var seg Segment
	if copied.Next(&seg) {
		p.fail("before %s, nobody asked for %s", before, p.show(&seg))
	}
}

// show prints a segment of the connection in the peer's notation.
func (p *peer) show(seg *Segment) string { return notation(seg, p.iss, p.irs) }

func notation(seg *Segment, seqBase, ackBase Seq) string {
	s := seg.Relative(seqBase, ackBase)
	text := fmt.Sprintf("%v %d:%d(%d)", s.Flags, int32(s.Seq), int32(s.Seq.Add(s.Len)), s.Len)
	if s.Flags.Has(ACK) {
		text += fmt.Sprintf(" ack %d", int32(s.Ack))
	}
	text += fmt.Sprintf(" win %d", s.Window)
	if s.Flags.Has(URG) {
		text += fmt.Sprintf(" urg %d", s.Urgent)
	}
	var options []string
	for i := range min(int(s.Options.NumSACK), 4) {
		b := s.Options.SACK[i]
		options = append(options, fmt.Sprintf("sack %d:%d", int32(b.Left), int32(b.Right)))
	}
	s.Options.NumSACK, s.Options.SACK = 0, [4]SACKBlock{}
	for _, o := range strings.Split(s.Options.String(), ",") {
		if o != "" && o != "nop" {
			options = append(options, o)
		}
	}
	if len(options) > 0 {
		text += " <" + strings.Join(options, ",") + ">"
	}
	return text
}

// parsed is a segment in the peer's notation, and what of it was written down.
type parsed struct {
	seg     Segment
	win     bool
	options bool
	noTS    bool // "nots": without timestamps though they are in use
}

func (p *peer) parse(text string, seqBase, ackBase Seq) parsed {
	p.t.Helper()
	out, err := parseNotation(text, seqBase, ackBase)
	if err != nil {
		p.t.Fatalf("the test's segment %q: %v", text, err)
	}
	return out
}

func parseNotation(text string, seqBase, ackBase Seq) (out parsed, err error) {
	text, options, hasOptions := strings.Cut(text, "<")
	words := strings.Fields(text)
	if len(words) < 2 {
		return out, errors.New("want flags and sequence numbers")
	}
	if words[0] != "none" {
		for _, letter := range words[0] {
			i := strings.IndexRune(flagLetters, letter)
			if i < 0 {
				return out, fmt.Errorf("no flag %q", letter)
			}
			out.seg.Flags |= 1 << i
		}
	}
	first, rest, ok := strings.Cut(words[1], ":")
	after, length, ok2 := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	if !ok || !ok2 {
		return out, fmt.Errorf("%q is not FIRST:AFTER(LENGTH)", words[1])
	}
	if out.seg.Seq, err = number(first, seqBase); err != nil {
		return out, err
	}
	if out.seg.Len, err = strconv.Atoi(length); err != nil {
		return out, err
	}
	end, err := number(after, seqBase)
	if err != nil || end != out.seg.Seq.Add(out.seg.Len) {
		return out, fmt.Errorf("%q does not add up", words[1])
	}
	for words = words[2:]; len(words) > 0; words = words[1:] {
		if words[0] == "nots" {
			out.noTS = true
			continue
		}
		if len(words) < 2 {
			return out, fmt.Errorf("%q without a number", words[0])
		}
		base := Seq(0)
		if words[0] == "ack" {
			base = ackBase
		}
		n, err := number(words[1], base)
		if err != nil {
			return out, err
		}
		switch words[0] {
		case "ack":
			out.seg.Ack = n
		case "win":
			out.seg.Window, out.win = uint16(n), true
		case "urg":
			out.seg.Urgent = uint16(n)
		default:
			return out, fmt.Errorf("no field %q", words[0])
		}
		words = words[1:]
	}
	if !hasOptions {
		return out, nil
	}
	out.options = true
	return out, parseOptions(&out.seg.Options, strings.TrimSuffix(options, ">"), ackBase)
}

func number(text string, base Seq) (Seq, error) {
	if abs, ok := strings.CutPrefix(text, "@"); ok {
		base, text = 0, abs
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return base + Seq(n), err
}

func parseOptions(o *Options, text string, ackBase Seq) error {
	for _, option := range strings.Split(text, ",") {
		words := strings.Fields(option)
		if len(words) == 0 {
			continue
		}
		numbers := make([]Seq, 0, 4)
		for _, w := range words[1:] {
			for _, part := range strings.Split(w, ":") {
				if n, err := strconv.ParseUint(part, 0, 32); err == nil {
					numbers = append(numbers, Seq(n))
				}
			}
		}
		switch {
		case words[0] == "mss" && len(numbers) == 1:
			o.Present |= OptMSS
			o.MSS = uint16(numbers[0])
		case words[0] == "wscale" && len(numbers) == 1:
			o.Present |= OptWindowScale
			o.WindowScale = uint8(numbers[0])
		case words[0] == "sackOK":
			o.Present |= OptSACKPermitted
		case words[0] == "TS" && len(numbers) == 2:
			o.Present |= OptTimestamps
			o.TSVal, o.TSEcr = uint32(numbers[0]), uint32(numbers[1])
		case words[0] == "sack" && len(numbers) == 2 && o.NumSACK < 4:
			o.SACK[o.NumSACK] = SACKBlock{ackBase + numbers[0], ackBase + numbers[1]}
			o.NumSACK++
		case words[0] == "uto" && len(numbers) >= 1:
			o.Present |= OptUserTimeout
			o.UserTimeout = uint16(numbers[0])
		default:
			return fmt.Errorf("option %q is none of mss, wscale, sackOK, TS val … ecr …, sack L:R, uto", option)
		}
	}
	return nil
}

// segment makes the peer's segment out of its notation: with timestamps where they
// are in use, and with the peer's usual window.
func (p *peer) segment(text string) Segment {
	p.t.Helper()
	in := p.parse(text, p.irs, p.iss)
	seg := in.seg
	seg.SrcPort, seg.DstPort = p.c.remotePort, p.c.localPort
	if !in.win {
		seg.Window = p.win
	}
	if p.ts && !in.noTS && !seg.Options.Has(OptTimestamps) && !seg.Flags.Has(RST) {
		seg.Options.Present |= OptTimestamps
		seg.Options.TSVal = p.tsval()
		if seg.Flags.Has(ACK) {
			seg.Options.TSEcr = p.ecr
		}
	}
	return seg
}

// tsval is the peer's timestamp now.
func (p *peer) tsval() uint32 { return p.clock + uint32(p.now/Time(time.Millisecond)) }

// in lets a segment of the peer arrive.
func (p *peer) in(text string) {
	p.t.Helper()
	p.quiet(text)
	p.behind(text)
}

// behind is in for a segment that arrives behind another, before anything was
// sent in answer.
func (p *peer) behind(text string) {
	p.t.Helper()
	seg := p.segment(text)
	p.arrive(seg)
}

// arrive lets any segment arrive.
func (p *peer) arrive(seg Segment) {
	p.t.Helper()
	p.log("> %s", notation(&seg, p.irs, p.iss))
	kept := seg
	p.v = p.c.Arrive(p.now, &seg)
	if seg != kept {
		p.fail("Arrive changed the segment")
	}
}

// wantVerdict demands what became of the last segment.
func (p *peer) wantVerdict(sentence string, v Verdict) {
	p.t.Helper()
	if p.v != v {
		p.fail("%s: the verdict is %q, want %q", sentence, p.v, v)
	}
}

// want takes the next segment that the connection sends. The window counts only
// where it is written, and so do options, but for timestamps: those have to be
// there if they are in use.
func (p *peer) want(sentence, text string) {
	p.t.Helper()
	want := p.parse(text, p.iss, p.irs)
	var got Segment
	if !p.c.Next(&got) {
		p.fail("%s: nothing is sent, want %s", sentence, text)
	}
	p.log("< %s", p.show(&got))
	p.last = got
	if got.Options.Has(OptTimestamps) {
		p.ecr = got.Options.TSVal
	}
	compared := want.seg
	compared.SrcPort, compared.DstPort = p.c.localPort, p.c.remotePort
	if p.c.State() == StateClosed || p.c.State() == StateListen {
		compared.SrcPort, compared.DstPort = got.SrcPort, got.DstPort
	}
	if !want.win {
		compared.Window = got.Window
	}
	if !want.options {
		compared.Options = got.Options
		if p.c.ts.on && !got.Options.Has(OptTimestamps) && !got.Flags.Has(RST) && p.c.State() != StateClosed {
			p.fail("%s: %s lacks the timestamps agreed on", sentence, p.show(&got))
		}
	} else if !want.seg.Options.Has(OptTimestamps) {
		compared.Options.Present |= got.Options.Present & OptTimestamps
		compared.Options.TSVal, compared.Options.TSEcr = got.Options.TSVal, got.Options.TSEcr
	}
	if got != compared {
		p.fail("%s: it sends %s, want %s", sentence, p.show(&got), text)
	}
}

// wantIdle demands that nothing is sent.
func (p *peer) wantIdle(sentence string) {
	p.t.Helper()
	var got Segment
	if p.c.Next(&got) {
		p.fail("%s: it sends %s, want nothing", sentence, p.show(&got))
	}
}

// wantState demands a state, and that nothing is left to be sent.
func (p *peer) wantState(sentence string, s State) {
	p.t.Helper()
	p.quiet("the state is looked at")
	if got := p.c.State(); got != s {
		p.fail("%s: the state is %v, want %v", sentence, got, s)
	}
}

// wantEdges demands the transitions since it was asked last: "FROM → TO (cause)",
// separated by commas.
func (p *peer) wantEdges(sentence, edges string) {
	p.t.Helper()
	if got := strings.Join(p.edges, ", "); got != edges {
		p.fail("%s: it went %s, want %s", sentence, got, edges)
	}
	p.edges = nil
}

// timers are the timers that run, each with the time that is left.
func (p *peer) timers() string {
	var list []string
	for i, due := range p.c.Status().Timers {
		if due != Never {
			list = append(list, fmt.Sprintf("%v %v", Timer(i), due.Sub(p.now)))
		}
	}
	if list == nil {
		return "none"
	}
	return strings.Join(list, ", ")
}

// wantTimers demands the timers that run and the time that each has left, such as
// "retransmit 300ms, keepalive 2h0m0s" in the order of Timer, or "none".
func (p *peer) wantTimers(sentence, timers string) {
	p.t.Helper()
	if got := p.timers(); got != timers {
		p.fail("%s: the timers are %s, want %s", sentence, got, timers)
	}
}

// wantCounters demands the counters that are not zero, such as "Timeouts 1", in the
// order of Counters. Those of all segments and of acknowledgments count only where
// they are named.
func (p *peer) wantCounters(sentence, counters string) {
	p.t.Helper()
	if got := counterText(p.c.Status().Counters, counters); got != counters {
		p.fail("%s: the counters are %q, want %q", sentence, got, counters)
	}
}

func counterText(counters Counters, named string) string {
	var list []string
	v := reflect.ValueOf(counters)
	for i := range v.NumField() {
		name, n := v.Type().Field(i).Name, v.Field(i).Uint()
		switch name {
		case "SegmentsArrived", "SegmentsDropped", "SegmentsSent", "ACKsSent":
			if !strings.Contains(named, name+" ") {
				continue
			}
		}
		if n != 0 {
			list = append(list, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(list, ", ")
}

// wantErr demands why the connection ended; nil if it has not, or cleanly.
func (p *peer) wantErr(sentence string, err error) {
	p.t.Helper()
	if got := p.c.Err(); !errors.Is(got, err) || err == nil && got != nil {
		p.fail("%s: the error is %v, want %v", sentence, got, err)
	}
}

// wantReady demands exactly these conditions, as Ready.String lists them.
func (p *peer) wantReady(sentence, ready string) {
	p.t.Helper()
	if got := p.c.Ready().String(); got != ready {
		p.fail("%s: it is %q, want %q", sentence, got, ready)
	}
}

// wantClosed demands the end: CLOSED for a reason, nothing to be sent, no timer.
func (p *peer) wantClosed(sentence string, err error) {
	p.t.Helper()
	p.wantState(sentence, StateClosed)
	p.wantErr(sentence, err)
	p.wantTimers(sentence, "none")
	if p.c.Deadline() != Never {
		p.fail("%s: CLOSED has a deadline", sentence)
	}
	if p.c.Ready()&ReadyEnded == 0 {
		p.fail("%s: the user is not told that it ended", sentence)
	}
}

// wantStatus demands one variable of Status.
func (p *peer) wantStatus(sentence, field string, want any) {
	p.t.Helper()
	v := reflect.ValueOf(p.c.Status()).FieldByName(field)
	if !v.IsValid() {
		p.t.Fatalf("Status has no field %s", field)
	}
	if got := fmt.Sprint(v.Interface()); got != fmt.Sprint(want) {
		p.fail("%s: %s is %s, want %v", sentence, field, got, want)
	}
}

// after lets time pass in which nothing is sent.
func (p *peer) after(d time.Duration) {
	p.t.Helper()
	p.quiet("time passes")
	p.now = p.now.Add(d)
	p.c.Advance(p.now)
}

// passes is after, and nothing is sent at the end of it either.
func (p *peer) passes(sentence string, d time.Duration) {
	p.t.Helper()
	p.after(d)
	p.wantIdle(fmt.Sprintf("%s: within %v", sentence, d))
}

// advanceToDeadline lets time pass until the next timer is due, which must be
// timer, in d.
func (p *peer) advanceToDeadline(timer Timer, d time.Duration) {
	p.t.Helper()
	p.quiet("time passes")
	due := p.c.Deadline()
	if due == Never {
		p.fail("no timer runs, want %v in %v", timer, d)
	}
	if first := p.c.timers.first(); first != timer || due.Sub(p.now) != d {
		p.fail("the next timer is %v in %v, want %v in %v", first, due.Sub(p.now), timer, d)
	}
	before := *p.c
	p.c.Advance(due - 1)
	if *p.c != before {
		p.fail("Advance changed something before the deadline")
	}
	p.now = due
	p.log("%v", timer)
	p.c.Advance(p.now)
}

// do makes a call, which must succeed.
func (p *peer) do(name string, err error) {
	p.t.Helper()
	p.log("%s", name)
	if err != nil {
		p.fail("%s: %v", name, err)
	}
}

func (p *peer) send(n int) { p.t.Helper(); p.do(fmt.Sprintf("Send %d", n), p.c.Send(p.now, n)) }
func (p *peer) receive(n int) {
	p.t.Helper()
	p.do(fmt.Sprintf("Receive %d", n), p.c.Receive(p.now, n))
}
func (p *peer) close()      { p.t.Helper(); p.do("Close", p.c.Close(p.now)) }
func (p *peer) closeWrite() { p.t.Helper(); p.do("CloseWrite", p.c.CloseWrite(p.now)) }
func (p *peer) closeRead()  { p.t.Helper(); p.do("CloseRead", p.c.CloseRead(p.now)) }
func (p *peer) abort()      { p.t.Helper(); p.do("Abort", p.c.Abort(p.now)) }
func (p *peer) exit()       { p.t.Helper(); p.do("Exit", p.c.Exit(p.now)) }
func (p *peer) retain()     { p.t.Helper(); p.do("Retain", p.c.Retain()) }
func (p *peer) linger(sec int) {
	p.t.Helper()
	p.do(fmt.Sprintf("SetLinger %d", sec), p.c.SetLinger(p.now, sec))
}

// refuses demands a misuse error, and that the call changed nothing.
func (p *peer) refuses(sentence string, want error, call func() error) {
	p.t.Helper()
	before := *p.c
	err := call()
	if !errors.Is(err, want) {
		p.fail("%s: the error is %v, want %v", sentence, err, want)
	}
	var e *CallError
	if !errors.As(err, &e) || e.State != before.state {
		p.fail("%s: the error %v does not name the state", sentence, err)
	}
	if *p.c != before {
		p.fail("%s: the call changed something", sentence)
	}
}

// synOptions are what the peer's SYN offers: what the connection does.
func (p *peer) synOptions() string {
	list := []string{"mss 1460"}
	if p.c.cfg.SACK == On {
		list = append(list, "sackOK")
	}
	if p.ts {
		ecr := uint32(0)
		if p.c.state == StateSynSent {
			ecr = p.ecr
		}
		list = append(list, fmt.Sprintf("TS val %d ecr %d", p.tsval(), ecr))
	}
	if p.c.cfg.WindowScale == On {
		list = append(list, "wscale 0")
	}
	return " <" + strings.Join(list, ",") + ">"
}

// open is an active open as far as SYN-SENT.
func (p *peer) open() {
	p.t.Helper()
	p.do("Open", p.c.Open(p.now, p.iss))
	p.want("an active OPEN sends SYN", "S 0:0(0)")
	p.wantState("after the SYN", StateSynSent)
}

// listen is a passive open, and the SYN of the peer: as far as SYN-RECEIVED.
func (p *peer) listen() {
	p.t.Helper()
	p.do("Listen", p.c.Listen(p.now, p.iss))
	p.wantState("after a passive OPEN", StateListen)
	p.in("S 0:0(0)" + p.synOptions())
	p.want("LISTEN answers a SYN", "S. 0:0(0) ack 1")
	p.wantState("after the SYN,ACK", StateSynReceived)
}

// establish opens actively; a round trip takes 100 ms.
func (p *peer) establish() {
	p.t.Helper()
	p.open()
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("SYN-SENT acknowledges the SYN,ACK", ". 1:1(0) ack 1")
	p.wantState("after the handshake", StateEstablished)
	p.edges = nil
}

// accept opens passively; a round trip takes 100 ms.
func (p *peer) accept() {
	p.t.Helper()
	p.listen()
	p.after(rtt)
	p.in(". 1:1(0) ack 1")
	p.wantState("after the handshake", StateEstablished)
	p.edges = nil
}

// reach leads from ESTABLISHED to a state by traffic, our FIN being number 1 and
// the peer's too. shut is how this end gives up sending: (*peer).close or
// (*peer).closeWrite.
func (p *peer) reach(s State, shut func(*peer)) {
	p.t.Helper()
	fin := func() { shut(p); p.want("the close sends FIN", "F. 1:1(0) ack 1") }
	switch s {
	case StateEstablished:
	case StateFinWait1:
		fin()
	case StateFinWait2:
		fin()
		p.in(". 1:1(0) ack 2")
	case StateCloseWait:
		p.peerFIN()
	case StateClosing:
		fin()
		p.in("F. 1:1(0) ack 1")
		p.want("FIN-WAIT-1 acknowledges the FIN", ". 2:2(0) ack 2")
	case StateLastAck:
		p.peerFIN()
		shut(p)
		p.want("the close sends FIN", "F. 1:1(0) ack 2")
	case StateTimeWait:
		fin()
		p.in(". 1:1(0) ack 2")
		p.in("F. 1:1(0) ack 2")
		p.want("FIN-WAIT-2 acknowledges the FIN", ". 2:2(0) ack 2")
	default:
		p.t.Fatalf("reach does not lead to %v", s)
	}
	p.wantState("on the way", s)
	p.edges = nil
}

// peerFIN lets the peer's FIN arrive and waits for its acknowledgment.
func (p *peer) peerFIN() {
	p.t.Helper()
	p.in("F. 1:1(0) ack 1")
	if p.c.cfg.DelayFINAck == On && p.c.running(TimerDelayedACK) {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
	}
	p.want("the FIN is acknowledged", ". 1:1(0) ack 2")
}

// connAt returns a peer whose connection is in s: see reach.
func connAt(t *testing.T, cfg Config, s State, shut func(*peer)) *peer {
	t.Helper()
	p := newPeer(t, cfg)
	p.establish()
	p.reach(s, shut)
	return p
}

// shuts are the two ways to give up sending: a Close, after which nothing can be
// received any more, and a CloseWrite, after which everything can.
var shuts = []struct {
	name string
	shut func(*peer)
}{{"Close", (*peer).close}, {"CloseWrite", (*peer).closeWrite}}

// plain is cfg without timestamps, so that round trips are measured of segments
// sent once only, and without SACK.
func plain(cfg Config) Config {
	cfg.Timestamps, cfg.SACK = Off, Off
	return cfg
}

// eachPreset runs a test under the three presets.
func eachPreset(t *testing.T, test func(t *testing.T, cfg Config)) {
	t.Helper()
	for _, preset := range []struct {
		name string
		cfg  Config
	}{{"default", Config{}}, {"Linux", Linux()}, {"RFC9293", RFC9293()}} {
		t.Run(preset.name, func(t *testing.T) { test(t, preset.cfg) })
	}
}

// The tests of the harness itself.

func TestNotation(t *testing.T) {
	for _, text := range []string{
		"F. 1:1(0) ack 1 win 257",
		"P. 1:101(100) ack -5 win 0",
		". 7:7(0) ack 8 win 1 <sack 10:20,sack 30:40>",
		"S 0:0(0) win 9 <mss 1460,sackOK,TS val 5 ecr 0,wscale 7>",
		"P.U 1:3(2) ack 1 win 5 urg 2",
		"none 1:1(0) win 0",
	} {
		got, err := parseNotation(text, testISS, testIRS)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if shown := notation(&got.seg, testISS, testIRS); shown != text {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
	for _, bad := range []string{
		"", "F.", "X 1:1(0)", "F. 1:2(0)", "F. 1", "F. 1:1(0) ack", "F. 1:1(0) who 1", "F. 1:1(0) <what 1>", "F. a:a(0)",
	} {
		if _, err := parseNotation(bad, 0, 0); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// Every state is reached by legal traffic, in each preset, actively and passively
// opened, with and without timestamps and SACK, after Close and after CloseWrite.
func TestReachEveryState(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		for _, options := range []Switch{On, Off} {
			cfg.Timestamps, cfg.SACK, cfg.WindowScale = options, options, options
			for s := StateEstablished; s < numStates; s++ {
				for _, shut := range shuts {
					t.Run(fmt.Sprintf("%v/%s/options %v", s, shut.name, options == On), func(t *testing.T) {
						p := newPeer(t, cfg)
						p.establish()
						p.reach(s, shut.shut)
						p = newPeer(t, cfg)
						p.accept()
						p.reach(s, shut.shut)
					})
				}
			}
		}
	})
}

// ends are two connections and the path between them. A opens, B listens. Segments
// take delay and arrive in order, unless lose takes them away.
type ends struct {
	t     *testing.T
	now   Time
	start Time // from when on the transcript counts
	c     [2]*Conn
	delay time.Duration
	lose  func(from int, seg *Segment) bool
	air   []flight
	text  []string
	reads [2]bool // the program there reads whatever comes
	up    [2]bool // the host is there: one that is not takes nothing and sends nothing
}

// flight is a segment under way.
type flight struct {
	at   Time
	from int
	seg  Segment
}

const (
	endA = 0
	endB = 1
)

// newEnds returns two CLOSED connections, 50 ms apart.
func newEnds(t *testing.T, cfgA, cfgB Config) *ends {
	t.Helper()
	e := &ends{t: t, now: Time(time.Hour), delay: rtt / 2, up: [2]bool{true, true}}
	for i, cfg := range []Config{cfgA, cfgB} {
		cfg.LocalPort, cfg.RemotePort = uint16(1000+i), uint16(1001-i)
		c, err := New(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		c.Advance(e.now)
		e.c[i] = c
	}
	return e
}

// openEnds returns two ESTABLISHED ones, with nothing under way.
func openEnds(t *testing.T, cfg Config) *ends {
	t.Helper()
	e := newEnds(t, cfg, cfg)
	e.do(e.c[endB].Listen(e.now, testIRS))
	e.do(e.c[endA].Open(e.now, testISS))
	e.passes(time.Second)
	e.wantStates("after the handshake", StateEstablished, StateEstablished)
	e.mark()
	return e
}

// do demands that a call succeeded.
func (e *ends) do(err error) {
	e.t.Helper()
	if err != nil {
		e.fail("%v", err)
	}
}

func (e *ends) fail(format string, args ...any) {
	e.t.Helper()
	e.t.Fatalf("%s\n%s\n%v: A %v, B %v", fmt.Sprintf(format, args...), strings.Join(e.text, "\n"),
		e.now.Sub(e.start), e.c[endA].State(), e.c[endB].State())
}

// mark begins a new transcript.
func (e *ends) mark() { e.text, e.start = nil, e.now }

// brief is a segment in the peer's notation without window and options.
func (e *ends) brief(from int, seg *Segment) string {
	bases := [2]Seq{e.c[endA].snd.iss, e.c[endB].snd.iss}
	if from == endA && e.c[endA].rcv.irs != 0 {
		bases[endB] = e.c[endA].rcv.irs
	}
	text, _, _ := strings.Cut(notation(seg, bases[from], bases[1-from]), " win")
	return text
}

// drain puts everything that an end sends under way.
func (e *ends) drain(from int) {
	var seg Segment
	for e.up[from] && e.c[from].Next(&seg) {
		lost := e.lose != nil && e.lose(from, &seg)
		line := fmt.Sprintf("%v %c %s", e.now.Sub(e.start), 'A'+from, e.brief(from, &seg))
		if lost || !e.up[1-from] {
			line += " lost"
		} else {
			e.air = append(e.air, flight{e.now.Add(e.delay), from, seg})
		}
		e.text = append(e.text, line)
	}
}

// passes lets d pass.
func (e *ends) passes(d time.Duration) {
	e.t.Helper()
	until := e.now.Add(d)
	for steps := 0; ; steps++ {
		if steps > 100000 {
			e.fail("the two never rest")
		}
		e.drain(endA)
		e.drain(endB)
		next := until
		for i := range e.c {
			if e.up[i] {
				next = min(next, e.c[i].Deadline())
			}
		}
		if len(e.air) > 0 && e.air[0].at <= next {
			f := e.air[0]
			e.air = e.air[1:]
			e.now = max(e.now, f.at)
			e.deliver(1-f.from, &f.seg)
			continue
		}
		e.now = max(e.now, next)
		due := false
		for i := range e.c {
			if e.up[i] && e.c[i].Deadline() <= e.now {
				e.c[i].Advance(e.now)
				due = true
				break
			}
		}
		if !due && e.now >= until {
			return
		}
	}
}

func (e *ends) deliver(to int, seg *Segment) {
	c := e.c[to]
	if !e.up[to] {
		return
	}
	c.Arrive(e.now, seg)
	if e.reads[to] && c.Readable() > 0 {
		e.do(c.Receive(e.now, c.Readable()))
	}
}

func (e *ends) wantStates(sentence string, a, b State) {
	e.t.Helper()
	if e.c[endA].State() != a || e.c[endB].State() != b {
		e.fail("%s: the states are %v and %v, want %v and %v", sentence, e.c[endA].State(), e.c[endB].State(), a, b)
	}
}

func (e *ends) wantErr(sentence string, end int, want error) {
	e.t.Helper()
	if got := e.c[end].Err(); !errors.Is(got, want) || want == nil && got != nil {
		e.fail("%s: %c ended with %v, want %v", sentence, 'A'+end, got, want)
	}
}

func (e *ends) wantCounters(sentence string, end int, counters string) {
	e.t.Helper()
	if got := counterText(e.c[end].Status().Counters, counters); got != counters {
		e.fail("%s: the counters of %c are %q, want %q", sentence, 'A'+end, got, counters)
	}
}

// wantTalk demands the transcript since mark: per line the time, who sends, and the
// segment; "lost" behind those that do not arrive.
func (e *ends) wantTalk(sentence, talk string) {
	e.t.Helper()
	var want []string
	for _, l := range strings.Split(strings.TrimSpace(talk), "\n") {
		if words := strings.Fields(l); len(words) > 0 {
			want = append(want, strings.Join(words, " "))
		}
	}
	got := strings.Join(e.text, "\n")
	if want := strings.Join(want, "\n"); got != want {
		e.fail("%s: the transcript is not\n%s\nbut", sentence, want)
	}
}

// loseFirst loses the first n segments that from sends and that match.
func loseFirst(n, sender int, match func(*Segment) bool) func(int, *Segment) bool {
	return func(from int, seg *Segment) bool {
		if from == sender && n > 0 && match(seg) {
			n--
			return true
		}
		return false
	}
}

func isFIN(seg *Segment) bool  { return seg.Flags.Has(FIN) }
func isACK(seg *Segment) bool  { return seg.Flags == ACK && seg.Len == 0 }
func isText(seg *Segment) bool { return seg.Len > 0 }
