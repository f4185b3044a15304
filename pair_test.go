package tcp_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/invariant"
	"github.com/stretchr/testify/require"
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
	due     tcp.Time
	n       int // order among those that are due together
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
	aborted  bool // by a call, or by the loss of unread octets
	passedTW bool
	states   []tcp.State
	trace    tcp.Trace
}

// pair is two ends and the network between them.
type pair struct {
	t    rapid.TB
	now  tcp.Time
	ends [2]pairEnd
	net  []packet
	n    int // packets sent
	// fate says how often packet n arrives, and with what delay.
	fate func(n, from int, seg *tcp.Segment) []time.Duration
	log  []string
}

const transit = 5 * time.Millisecond

// lossless delivers everything in order.
func lossless(int, int, *tcp.Segment) []time.Duration { return []time.Duration{transit} }

// newPair makes two connections, not opened.
func newPair(t rapid.TB, cfgs [2]tcp.Config, profiles [2]profile) *pair {
	p := &pair{t: t, fate: lossless}
	for i := range p.ends {
		e := &p.ends[i]
		e.cfg, e.profile, e.content = cfgs[i], profiles[i], map[uint64]byte{}
		e.cfg.LocalPort, e.cfg.RemotePort = uint16(4000+i), uint16(4001-i)
		e.check = invariant.New(e.cfg)
		c, err := tcp.New(&e.cfg)
		require.NoError(t, err)
		e.c = *c
		e.trace = *e.check.Trace()
		follow := e.trace.Transition
		e.trace.Transition = func(now tcp.Time, from, to tcp.State, cause tcp.Cause) {
			follow(now, from, to, cause)
			e.states = append(e.states, to)
			e.passedTW = e.passedTW || to == tcp.StateTimeWait
			p.note(i, "%v to %v by %v", from, to, cause)
		}
		e.c.SetTrace(&e.trace)
	}
	return p
}

func (p *pair) note(i int, format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf("%12.6f %c %-12v ", time.Duration(p.now).Seconds(), 'A'+rune(i), p.ends[i].c.State())+
		fmt.Sprintf(format, args...))
}

func (p *pair) fail(format string, args ...any) {
	lines := p.log
	if len(lines) > 150 {
		lines = lines[len(lines)-150:]
	}
	p.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(lines, "\n"))
}

func (p *pair) observe(i int, e invariant.Event) {
	e.Now = p.now
	if err := p.ends[i].check.Observe(&p.ends[i].c, e); err != nil {
		p.fail("end %c: %v", 'A'+rune(i), err)
	}
}

// do makes a call at end i, and sends what it gives.
func (p *pair) do(i int, kind actionKind, n int) error {
	var v tcp.Verdict
	e := &p.ends[i]
	err := invoke(&e.c, p.now, kind, n, &v)
	p.note(i, "%s %d: %v", actionNames[kind], n, err)
	if err == nil && (kind == callSend || kind == callSendUrgent) {
		e.sent += uint64(n)
	}
	if kind == callAbort && err == nil {
		e.aborted = true
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
		if !e.c.Next(&seg) {
			p.observe(i, invariant.Event{Kind: invariant.Drained})
			return
		}
		p.note(i, "sends %v", seg.Relative(e.c.Status().ISS, e.c.Status().IRS))
		p.observe(i, invariant.Event{Kind: invariant.Sent, Seg: seg})
		e.finSent = e.finSent || seg.Flags.Has(tcp.FIN)
		payload := make([]byte, seg.Len)
		off := e.c.SendOffset(seg.Seq)
		for j := range payload {
			payload[j] = octetAt(i, off+uint64(j))
		}
		if off+uint64(seg.Len) > e.sent && seg.Len > 0 {
			p.fail("end %c sends octets %d to %d, given were %d", 'A'+rune(i), off, off+uint64(seg.Len), e.sent)
		}
		for _, d := range p.fate(p.n, i, &seg) {
			p.net = append(p.net, packet{seg: seg, payload: payload, from: i, due: p.now.Add(d), n: len(p.log)})
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
		i := -next - 2
		p.ends[i].c.Advance(p.now)
		p.note(i, "timer")
		p.observe(i, invariant.Event{Kind: invariant.Passed})
		p.drain(i)
		return true
	}
	packet := p.net[next]
	p.net = slices.Delete(p.net, next, next+1)
	p.deliver(1-packet.from, &packet)
	return true
}

// deliver lets a packet arrive at end i.
func (p *pair) deliver(i int, k *packet) {
	e := &p.ends[i]
	st := e.c.Status()
	v := e.c.Arrive(p.now, &k.seg)
	p.note(i, "gets %v: %v", k.seg.Relative(st.IRS, st.ISS), v)
	if v != tcp.BackToListen {
		p.take(i, k)
	}
	p.observe(i, invariant.Event{Kind: invariant.Arrived, Seg: k.seg, Verdict: v})
	p.drain(i)
	p.checkTogether()
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
	for off := e.read; off < e.read+uint64(n); off++ {
		if got, ok := e.content[off]; !ok || got != octetAt(1-i, off) || off >= p.ends[1-i].sent {
			p.fail("octet %d read at %c is %d, %v", off, 'A'+rune(i), got, ok)
		}
		delete(e.content, off)
	}
	e.read += uint64(n)
	if n > 0 {
		if err := p.do(i, callReceive, n); err != nil {
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
	require.NoError(p.t, p.do(1, callListen, 1<<32-3))
	require.NoError(p.t, p.do(0, callOpen, 1<<32-5))
	p.run(time.Minute, p.both(tcp.StateEstablished))
	require.True(p.t, p.both(tcp.StateEstablished)())
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

// drawFates draws what becomes of packets: some list of fates, after which all
// arrive, so that the network is fair.
func drawFates(t *rapid.T, n int) func(int, int, *tcp.Segment) []time.Duration {
	one := rapid.SampledFrom([][]time.Duration{
		{transit}, {transit}, {transit}, {}, {},
		{transit, transit}, {transit, 30 * time.Millisecond},
		{50 * time.Millisecond}, {400 * time.Millisecond}, {3 * time.Second},
	})
	fates := rapid.SliceOfN(one, 0, n).Draw(t, "fates")
	return func(n, _ int, _ *tcp.Segment) []time.Duration {
		if n < len(fates) {
			return fates[n]
		}
		return []time.Duration{transit}
	}
}

// S1, S3, S6, S13, S21, P1 to P5, P7, P8, P15, L1, L2, L5: whatever the network
// loses, doubles, delays and turns round, both ends that send what they like and
// close come to CLOSED without an error, and every octet arrives.
func TestPairClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.RFC1337 = true }) // with it off see TestOldIncarnation
		simultaneous := rapid.Bool().Draw(t, "simultaneous open")
		p.fate = drawFates(t, 40)
		p.openLossy(simultaneous)
		for i := range p.ends {
			p.ends[i].states = nil
		}
		type todo struct{ end, octets, pause int }
		work := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) todo {
			return todo{
				rapid.IntRange(0, 1).Draw(t, "end"), rapid.SampledFrom([]int{0, 1, 100, 5000}).Draw(t, "octets"),
				rapid.SampledFrom([]int{0, 1, 60, 900}).Draw(t, "ms"),
			}
		}), 0, 6).Draw(t, "work")
		for _, w := range work {
			if w.octets > 0 {
				require.NoError(t, p.do(w.end, callSend, w.octets))
			}
			p.runReading(time.Duration(w.pause) * time.Millisecond)
		}
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
	})
}

// openLossy opens both ends, over the network as it is.
func (p *pair) openLossy(simultaneous bool) {
	require.NoError(p.t, p.do(0, callOpen, 1<<32-5))
	if simultaneous {
		require.NoError(p.t, p.do(1, callOpen, 1<<32-3))
	} else {
		require.NoError(p.t, p.do(1, callListen, 1<<32-3))
	}
	p.run(10*time.Minute, p.both(tcp.StateEstablished))
	if !p.both(tcp.StateEstablished)() {
		p.fail("not established")
	}
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
	if err := p.do(i, kind, 0); err != nil && !errors.Is(err, tcp.ErrNotExist) {
		p.fail("%v", err)
	}
}

// checkClosed: both ends are CLOSED, without an error but the one that repeated
// losses of the last ACK may leave (S6, P5); TIME-WAIT was passed by the active closer
// only, or by both in a simultaneous close (P7).
func (p *pair) checkClosed() {
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
