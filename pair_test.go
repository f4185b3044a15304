package tcp_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/invariant"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/transcript"
	"pgregory.net/rapid"
)

// Two connections over a network that loses, duplicates, delays and reorders. The
// octets travel beside the segments, and what arrives is compared with what was sent.

// octetAt is the octet that an end sends at an offset of its stream.
func octetAt(end int, off uint64) byte { return byte(off*7 + off>>8 + uint64(end)*101 + 1) }

// packet is a segment on its way, with its payload.
type packet struct {
	seg     tcp.Segment
	payload []byte
	from    int
	id      int // of the segment: its copies share it
	at, due tcp.Time
}

// pairEnd is one end: a connection, its program's intentions, and its received octets.
type pairEnd struct {
	c       tcp.Conn
	check   *invariant.Checker
	cfg     tcp.Config
	profile profile

	sent     uint64 // octets given to Send
	got      octets // offsets received
	content  map[uint64]byte
	read     uint64 // octets consumed
	eof      bool   // the end of the stream was reached
	finSent  bool
	passedTW bool
	states   []tcp.State
	trace    tcp.Trace
	cases    *caseCounter
}

// pair is two ends and the network between them. What happens is recorded: a failure
// is printed as a diagram, and as a test in which the same segments arrive at the same
// times, whatever the network was that brought this about.
type pair struct {
	t    rapid.TB
	now  tcp.Time
	ends [2]pairEnd
	net  []packet
	sent []packet // everything, by id
	n    int      // packets sent
	// fate says how often packet n arrives, and with what delay.
	fate func(n, from int, seg *tcp.Segment) []time.Duration

	count   [numCases + 1]int // the cases of docs/teardown-cases.md that an end lived through
	verdict tcp.Verdict       // of the last segment that arrived
	before  int               // what was sent before the last inject

	injected int

	rec    *transcript.Recorder
	recNow tcp.Time // the time in the recorded test
	within bool     // a recorded statement: what it does by itself is not recorded again
}

const transit = 5 * time.Millisecond

// lossless delivers everything in order.
func lossless(int, int, *tcp.Segment) []time.Duration { return []time.Duration{transit} }

// newPair makes two connections, not opened.
func newPair(t rapid.TB, cfgs [2]tcp.Config, profiles [2]profile) *pair {
	p := &pair{t: t, fate: lossless, rec: new(transcript.Recorder)}
	p.rec.Do("%v", transcript.Config("a", cfgs[0]))
	p.rec.Do("%v", transcript.Config("b", cfgs[1]))
	p.rec.Do("p := newPair(t, [2]tcp.Config{a, b}, [2]profile{%v, %v})", profiles[0].source(), profiles[1].source())
	t.(cleaner).Cleanup(func() { tell(t, p.rec, "A", "B") })
	for i := range p.ends {
		e := &p.ends[i]
		e.cfg, e.profile, e.content = cfgs[i], profiles[i], map[uint64]byte{}
		e.cfg.LocalPort, e.cfg.RemotePort = uint16(4000+i), uint16(4001-i)
		e.check = invariant.New(e.cfg)
		c, err := tcp.New(&e.cfg)
		if err != nil {
			t.Fatalf("%v", err)
		}
		e.c = *c
		e.trace = *e.check.Trace()
		follow := e.trace.Transition
		e.trace.Transition = func(now tcp.Time, from, to tcp.State, cause tcp.Cause) {
			follow(now, from, to, cause)
			e.states = append(e.states, to)
			e.passedTW = e.passedTW || to == tcp.StateTimeWait
		}
		e.c.SetTrace(&e.trace)
		e.cases = newCaseCounter(&p.count)
	}
	return p
}

// source is the constant's name.
func (p profile) source() transcript.Source {
	return [...]transcript.Source{"profileDefault", "profileLinux", "profileRFC9293"}[p]
}

// statement writes the statement that does what follows, unless that is part of
// another one.
func (p *pair) statement(format string, args ...any) {
	if p.within {
		return
	}
	if p.now != p.recNow {
		p.rec.Do("p.at(%v)", p.now)
		p.recNow = p.now
	}
	p.rec.At(p.now)
	p.rec.Do(format, args...)
}

// add records what was seen of end i.
func (p *pair) add(i int, e ladder.Event) {
	e.Side = ladder.Side(i)
	st := p.ends[i].c.Status()
	e.State = st.State.String()
	p.rec.At(p.now)
	p.rec.Add(e, st.ISS, st.IRS)
}

// at lets the clock show a time.
func (p *pair) at(now tcp.Time) { p.now = now }

func (p *pair) fail(format string, args ...any) {
	p.rec.Failure = fmt.Sprintf(format, args...)
	p.t.Fatalf("%s", p.rec.Failure)
}

func (p *pair) observe(i int, e invariant.Event) {
	e.Now = p.now
	p.ends[i].cases.observe(&p.ends[i].c, e)
	if err := p.ends[i].check.Observe(&p.ends[i].c, e); err != nil {
		p.fail("end %c: %v", 'A'+rune(i), err)
	}
}

// must makes a call that succeeds.
func (p *pair) must(i int, kind actionKind, n int) {
	p.statement("p.must(%v, %v, %v)", i, transcript.Source(callConstants[kind]), n)
	if err := p.call(i, kind, n); err != nil {
		p.fail("%s at %c: %v", callText(kind, n), 'A'+rune(i), err)
	}
}

// refuses makes a call that fails.
func (p *pair) refuses(want error, i int, kind actionKind, n int) {
	p.statement("p.refuses(%v, %v, %v, %v)", errorSource(want), i, transcript.Source(callConstants[kind]), n)
	if err := p.call(i, kind, n); !errors.Is(err, want) {
		p.fail("%s at %c: the error is %v, want %v", callText(kind, n), 'A'+rune(i), err, want)
	}
}

// call makes a call at end i within a statement, and sends what it gives.
func (p *pair) call(i int, kind actionKind, n int) error {
	var v tcp.Verdict
	e := &p.ends[i]
	p.rec.Enter()
	err := invoke(&e.c, p.now, kind, n, &v)
	p.rec.Leave()
	text := callText(kind, n)
	if err != nil {
		text += ": " + err.Error()
	}
	p.add(i, ladder.Event{Kind: ladder.Call, Text: text})
	if err == nil && (kind == callSend || kind == callSendUrgent) {
		e.sent += uint64(n)
	}
	p.observe(i, invariant.Event{Kind: invariant.Called, Call: actionNames[kind], N: n, Err: err})
	p.drain(i)
	return err
}

// drain puts what end i sends on the network.
func (p *pair) drain(i int) {
	e := &p.ends[i]
	for {
		var seg tcp.Segment
		p.rec.Enter()
		more := e.c.Next(&seg)
		p.rec.Leave()
		if !more {
			p.observe(i, invariant.Event{Kind: invariant.Drained})
			return
		}
		id := len(p.sent)
		k := packet{seg: seg, payload: make([]byte, seg.Len), from: i, id: id, at: p.now}
		p.sent = append(p.sent, k)
		drawn := ladder.Event{Kind: ladder.Send, Segment: seg, Flight: id + 1, Text: fmt.Sprint("packet ", id)}
		fate := p.fate(p.n, i, &seg)
		if len(fate) == 0 {
			drawn.Kind = ladder.Lost
		}
		p.add(i, drawn)
		p.observe(i, invariant.Event{Kind: invariant.Sent, Seg: seg})
		e.finSent = e.finSent || seg.Flags.Has(tcp.FIN)
		off := e.c.SendOffset(seg.Seq)
		for j := range k.payload {
			k.payload[j] = octetAt(i, off+uint64(j))
		}
		if off+uint64(seg.Len) > e.sent && seg.Len > 0 {
			p.fail("end %c sends octets %d to %d, given were %d", 'A'+rune(i), off, off+uint64(seg.Len), e.sent)
		}
		for _, d := range fate {
			k.due = p.now.Add(d)
			p.net = append(p.net, k)
		}
		p.n++
	}
}

// step does what is due next, up to a time: a delivery, or timers. It returns false
// if nothing is.
func (p *pair) step(until tcp.Time) bool {
	next := -1
	for j := range p.net {
		if next < 0 || p.net[j].due < p.net[next].due {
			next = j
		}
	}
	at := tcp.Never
	if next >= 0 {
		at = p.net[next].due
	}
	for i := range p.ends {
		if d := p.ends[i].c.Deadline(); d <= at && d <= until {
			at, next = d, -1-i-1
		}
	}
	if at > until || at == tcp.Never {
		return false
	}
	p.now = max(p.now, at)
	if next < -1 {
		p.timer(-next - 2)
		return true
	}
	packet := p.net[next]
	p.net = slices.Delete(p.net, next, next+1)
	p.deliver(1-packet.from, &packet)
	return true
}

// timer lets the timers of end i expire that are due.
func (p *pair) timer(i int) {
	p.statement("p.timer(%v)", i)
	names := dueTimers(&p.ends[i].c)
	p.rec.Enter()
	p.ends[i].c.Advance(p.now)
	p.rec.Leave()
	p.add(i, ladder.Event{Kind: ladder.Timer, Text: names})
	p.observe(i, invariant.Event{Kind: invariant.Passed})
	p.drain(i)
}

// arrives lets a copy of a segment that was sent arrive at the other end.
func (p *pair) arrives(id int) {
	if id >= len(p.sent) {
		p.fail("packet %d is not sent any more", id)
	}
	p.deliver(1-p.sent[id].from, &p.sent[id])
}

// deliver lets a packet arrive at end i.
func (p *pair) deliver(i int, k *packet) {
	p.statement("p.arrives(%v)", k.id)
	v := p.arriveAt(i, k.seg, k.id+1)
	if v != tcp.BackToListen {
		p.take(i, k)
	}
	p.observe(i, invariant.Event{Kind: invariant.Arrived, Seg: k.seg, Verdict: v})
	p.drain(i)
	p.checkTogether()
}

// inject lets a segment arrive at end i that no one sent.
func (p *pair) inject(i int, seg tcp.Segment) tcp.Verdict {
	p.statement("p.inject(%v, %v)", i, seg)
	p.before = len(p.sent)
	p.injected++
	v := p.arriveAt(i, seg, -p.injected) // in the diagram it comes from nowhere
	p.observe(i, invariant.Event{Kind: invariant.Arrived, Seg: seg, Verdict: v})
	p.drain(i)
	return v
}

func (p *pair) arriveAt(i int, seg tcp.Segment, flight int) tcp.Verdict {
	p.rec.Enter()
	v := p.ends[i].c.Arrive(p.now, &seg)
	p.rec.Leave()
	p.verdict = v
	p.add(i, ladder.Event{Kind: ladder.Arrive, Segment: seg, Flight: flight, Text: v.String()})
	return v
}

// take copies what is new, as a program would (P1).
func (p *pair) take(i int, k *packet) {
	e := &p.ends[i]
	for j := 0; ; j++ {
		off, at, n, ok := e.c.Taken(j)
		if !ok {
			break
		}
		if !e.got.add(off, off+uint64(n)) {
			p.fail("octets %d to %d are taken twice", off, off+uint64(n))
		}
		for x := range n {
			e.content[off+uint64(x)] = k.payload[at+x]
		}
	}
}

// consume reads n octets at end i and compares them (P1, P2).
func (p *pair) consume(i, n int) {
	e := &p.ends[i]
	n = min(n, e.c.Readable())
	ended := e.c.Ready()&tcp.ReadyEOF != 0 && e.c.Readable() == n && !e.eof
	if n == 0 && !ended {
		return
	}
	p.statement("p.consume(%v, %v)", i, n)
	for off := e.read; off < e.read+uint64(n); off++ {
		if got, ok := e.content[off]; !ok || got != octetAt(1-i, off) || off >= p.ends[1-i].sent {
			p.fail("octet %d read at %c is %d, %v", off, 'A'+rune(i), got, ok)
		}
		delete(e.content, off)
	}
	e.read += uint64(n)
	if n > 0 {
		if err := p.call(i, callReceive, n); err != nil {
			p.fail("Receive: %v", err)
		}
	}
	if e.c.Ready()&tcp.ReadyEOF != 0 && e.c.Readable() == 0 && !e.eof {
		e.eof = true
		if e.read != p.ends[1-i].sent {
			p.fail("the stream ends at %c after %d octets, sent were %d", 'A'+rune(i), e.read, p.ends[1-i].sent)
		}
	}
}

// checkTogether is P3 and P4, after every step.
func (p *pair) checkTogether() {
	for i := range p.ends {
		a, b := &p.ends[i], &p.ends[1-i]
		sa, sb := a.c.Status(), b.c.Status()
		if sa.State < tcp.StateEstablished || sb.State < tcp.StateEstablished {
			continue
		}
		if !sa.SndUna.LessEq(sb.RcvNxt) || !sb.RcvNxt.LessEq(sa.SndNxt) {
			p.fail("SND.UNA %d, RCV.NXT of the other end %d, SND.NXT %d", sa.SndUna, sb.RcvNxt, sa.SndNxt)
		}
		if (sa.State == tcp.StateFinWait2 || sa.State == tcp.StateTimeWait) && b.c.Ready()&tcp.ReadyEOF == 0 {
			p.fail("%v, and the other end has no FIN", sa.State)
		}
	}
}

// run lets time pass, at most that long, until nothing is left to happen or done.
func (p *pair) run(d time.Duration, done func() bool) {
	until := p.now.Add(d)
	for n := 0; done == nil || !done(); n++ {
		if n > 200000 {
			p.fail("the exchange does not come to an end")
		}
		if !p.step(until) {
			if until != tcp.Never {
				p.now = until
			}
			return
		}
	}
}

// both reports whether both ends are in a state.
func (p *pair) both(s tcp.State) func() bool {
	return func() bool { return p.ends[0].c.State() == s && p.ends[1].c.State() == s }
}

// connect opens A to B without losses.
func (p *pair) connect() {
	fate := p.fate
	p.fate = lossless
	p.must(1, callListen, 1<<32-3)
	p.must(0, callOpen, 1<<32-5)
	p.run(time.Minute, p.both(tcp.StateEstablished))
	p.wantStates(tcp.StateEstablished, tcp.StateEstablished)
	p.run(100*time.Millisecond, nil)
	p.fate = fate
}

// passed reports whether an end went through a state.
func (e *pairEnd) passed(s tcp.State) bool { return slices.Contains(e.states, s) }

// drawPair draws the two configurations and the network's habits.
func drawPair(t *rapid.T, tune func(cfg *tcp.Config)) *pair {
	var cfgs [2]tcp.Config
	var profiles [2]profile
	for i := range cfgs {
		profiles[i] = profile(rapid.IntRange(0, int(numProfiles)-1).Draw(t, fmt.Sprintf("profile %c", 'A'+rune(i))))
		cfgs[i] = profiles[i].config()
		cfgs[i].UserTimeout = tcp.Forever // giving up is for the limits of retransmission
		if tune != nil {
			tune(&cfgs[i])
		}
	}
	return newPair(t, cfgs, profiles)
}

// fates are what becomes of the first packets; all others arrive, so that the network
// is fair.
type fates [][]time.Duration

func (f fates) of(n, _ int, _ *tcp.Segment) []time.Duration {
	if n < len(f) {
		return f[n]
	}
	return []time.Duration{transit}
}

// mostLost is how many packets a network may lose that is fair to every limit: Linux
// sends its SYN,ACK again five times, and 2·MSL of the default are over when a FIN with an
// RTO of 1 s has been sent for the seventh time.
const mostLost = 4

// drawFates draws what becomes of packets. No more than mostLost are lost.
func drawFates(t *rapid.T, n int) fates { return drawFatesLosing(t, n, mostLost) }

func drawFatesLosing(t *rapid.T, n, most int) fates {
	one := rapid.SampledFrom([][]time.Duration{
		{transit}, {transit}, {transit}, {}, {},
		{transit, transit}, {transit, 30 * time.Millisecond},
		{50 * time.Millisecond}, {400 * time.Millisecond}, {3 * time.Second},
	})
	f := rapid.SliceOfN(one, 0, n).Draw(t, "fates")
	lost := 0
	for i := range f {
		if len(f[i]) == 0 {
			if lost++; lost > most {
				f[i] = []time.Duration{transit}
			}
		}
	}
	return f
}

// A pairProperty is what holds for two ends, whatever is drawn; it returns them.
type pairProperty func(t *rapid.T) *pair

func checkPair(t *testing.T, property pairProperty) {
	rapid.Check(t, func(t *rapid.T) { property(t) })
}

// S1, S3, S6, S13, S21, P1 to P5, P7, P8, P15, L1, L2, L5: whatever the network
// loses, doubles, delays and turns round, both ends that send what they like and
// close come to CLOSED without an error, and every octet arrives.
func TestPairClose(t *testing.T) { checkPair(t, pairCloses) }

func pairCloses(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.RFC1337 = true }) // with it off see TestOldIncarnation
	simultaneous := rapid.Bool().Draw(t, "simultaneous open")
	p.fate = drawFates(t, 40).of
	p.openLossy(simultaneous)
	p.forget()
	p.drawWork(t)
	first := rapid.IntRange(0, 1).Draw(t, "closes first")
	half := rapid.Bool().Draw(t, "CloseWrite")
	if !half { // data that arrives after Close resets (S10)
		p.runReadingUntil(20*time.Minute, func() bool { return p.ends[first].read == p.ends[1-first].sent })
	}
	p.closeOrHalf(first, half)
	p.runReading(time.Duration(rapid.SampledFrom([]int{0, 1, 7, 100, 2000}).Draw(t, "later")) * time.Millisecond)
	second := 1 - first
	if !half || rapid.Bool().Draw(t, "waits for EOF") {
		p.runReadingUntil(20*time.Minute, func() bool { return p.ends[second].eof })
	}
	p.closeOrHalf(second, half)
	p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
	p.checkClosed()
	p.checkStreams()
	return p
}

// drawWork lets the two send at random.
func (p *pair) drawWork(t *rapid.T) {
	type todo struct{ end, octets, pause int }
	work := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) todo {
		return todo{
			rapid.IntRange(0, 1).Draw(t, "end"), rapid.SampledFrom([]int{0, 1, 100, 5000}).Draw(t, "octets"),
			rapid.SampledFrom([]int{0, 1, 60, 900}).Draw(t, "ms"),
		}
	}), 0, 6).Draw(t, "work")
	for _, w := range work {
		if w.octets > 0 {
			p.write(w.end, w.octets)
		}
		p.runReading(time.Duration(w.pause) * time.Millisecond)
	}
}

// forget forgets the states that were passed.
func (p *pair) forget() {
	p.statement("p.forget()")
	for i := range p.ends {
		p.ends[i].states = nil
	}
}

// openLossy opens both ends, over the network as it is.
func (p *pair) openLossy(simultaneous bool) {
	p.must(0, callOpen, 1<<32-5)
	if simultaneous {
		p.must(1, callOpen, 1<<32-3)
	} else {
		p.must(1, callListen, 1<<32-3)
	}
	p.run(10*time.Minute, p.both(tcp.StateEstablished))
	p.wantStates(tcp.StateEstablished, tcp.StateEstablished)
}

// runReading lets time pass; both ends read what they have.
func (p *pair) runReading(d time.Duration) {
	until := p.now.Add(d)
	p.runReadingUntil(d, nil)
	p.now = until
}

func (p *pair) runReadingUntil(d time.Duration, done func() bool) {
	until := p.now.Add(d)
	for n := 0; ; n++ {
		for i := range p.ends {
			p.consume(i, 1<<30)
		}
		if done != nil && done() || !p.step(until) {
			return
		}
		if n > 200000 {
			p.fail("the exchange does not come to an end")
		}
	}
}

func (p *pair) closeOrHalf(i int, half bool) {
	p.consume(i, 1<<30)
	kind := callClose
	if half {
		kind = callCloseWrite
	}
	p.statement("p.closeOrHalf(%v, %v)", i, half)
	if err := p.call(i, kind, 0); err != nil && !errors.Is(err, tcp.ErrNotExist) {
		p.fail("%v", err)
	}
}

// checkClosed: both ends are CLOSED, without an error but the one that repeated
// losses of the last ACK may leave (S6, P5); TIME-WAIT was passed by the active closer
// only, or by both in a simultaneous close (P7).
func (p *pair) checkClosed() {
	p.statement("p.checkClosed()")
	for i := range p.ends {
		e := &p.ends[i]
		if e.c.State() != tcp.StateClosed {
			p.fail("end %c is in %v", 'A'+rune(i), e.c.State())
		}
		if err := e.c.Err(); err != nil {
			p.fail("end %c: %v", 'A'+rune(i), err)
		}
		if active := !e.passed(tcp.StateLastAck); active != e.passedTW {
			p.fail("end %c went through %v, TIME-WAIT %v", 'A'+rune(i), e.states, e.passedTW)
		}
	}
	if !p.ends[0].passedTW && !p.ends[1].passedTW {
		p.fail("no end passed TIME-WAIT")
	}
}

// checkStreams: what was sent was received, to the last octet (P2, P15, L2).
func (p *pair) checkStreams() {
	p.statement("p.checkStreams()")
	p.within = true
	defer func() { p.within = false }()
	for i := range p.ends {
		p.consume(i, 1<<30)
		e := &p.ends[i]
		if !e.eof || e.read != p.ends[1-i].sent {
			p.fail("end %c read %d of %d octets, end of stream %v", 'A'+rune(i), e.read, p.ends[1-i].sent, e.eof)
		}
		if len(e.content) != 0 {
			p.fail("end %c has %d octets left over", 'A'+rune(i), len(e.content))
		}
	}
}
