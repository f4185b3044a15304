package reference

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/transcript"
)

// An action is one step of a script against one connection: what, and numbers that
// are read as the step needs them, relative to where the connection is then.
type action struct {
	What                               int
	Seq, SeqOff, Ack, AckOff, Len, Aux int
	Window, Stamp, Flags               int
}

// A scenario is a configuration and what happens.
type scenario struct {
	Preset     int // 0: the default; 1: RFC9293
	Wrap       bool
	Passive    bool
	Stamps     bool
	SACK       bool
	Scale      bool
	Keepalive  bool
	Reopen     bool
	NoDelay    bool
	Buffer     int
	Retries    int
	PeerMSS    int
	PeerShift  int
	PeerStamps bool
	Actions    []action
}

const (
	doSegment = iota // any segment
	doLegal          // one that a peer in good order would send
	doSend
	doUrgent
	doReceive
	doCloseWrite
	doCloseRead
	doClose
	doAbort
	doRetain
	doExit
	doOpen
	doListen
	doDeadline // to the next deadline
	doJust     // to just before it
	doJump
	doBatch // several legal data segments
	doReopen
	doUserTimeout
	doKeepalive
	numDo
)

// configs returns the same configuration for both.
func (s *scenario) configs() (tcp.Config, Config) {
	c, e := tcp.Config{}, Default()
	if s.Preset == 1 {
		c, e = tcp.RFC9293(), RFC9293()
	}
	on := func(b bool) tcp.Switch {
		if b {
			return tcp.On
		}
		return tcp.Off
	}
	c.MSS, e.MSS = 100, 100
	c.Timestamps, e.Timestamps = on(s.Stamps), s.Stamps
	c.SACK, e.SACK = on(s.SACK), s.SACK
	c.WindowScale, e.WindowScale = on(s.Scale), s.Scale
	c.NoDelay, e.NoDelay = s.NoDelay, s.NoDelay
	c.KeepAlive, e.Keepalive = s.Keepalive, s.Keepalive
	c.KeepAliveIdle, e.KeepaliveIdle = 20*time.Second, 20*time.Second
	c.KeepAliveInterval, e.KeepaliveEvery = 5*time.Second, 5*time.Second
	c.KeepAliveCount, e.KeepaliveLimit = 2, 2
	c.ReceiveBuffer, e.ReceiveBuffer = s.Buffer, s.Buffer
	e.Reopen = s.Reopen
	e.QueueSYNText = false
	if s.Retries > 0 {
		n := s.Retries
		c.DataRetries2, e.DataRetries = n+1, n+1
		c.DataRetries1, e.R1 = 1, 1
		c.OrphanRetries, e.OrphanRetries = n, n
		c.SYNRetries, e.SYNRetries = n+1, n+1
		c.SYNACKRetries, e.SYNACKRetries = n, n
	}
	return c, e
}

// A twin is the two implementations under one script.
type twin struct {
	s     *scenario
	c     *tcp.Conn
	e     *Endpoint
	now   tcp.Time
	irs   tcp.Seq
	stamp uint32 // the peer's last
	log   []string
	state tcp.State
	isn   tcp.Seq
	hits  map[tcp.State]int
	sent  []tcp.Segment // what Next returned, not yet taken
	rec   *transcript.Recorder
}

func newTwin(s *scenario) *twin {
	cc, ec := s.configs()
	c, err := tcp.New(&cc)
	if err != nil {
		panic(err)
	}
	x := &twin{s: s, c: c, e: New(ec), now: 3e9, irs: 5000, stamp: 1000, hits: map[tcp.State]int{}}
	if s.Reopen {
		c.SetReopen(true)
	}
	x.isn = 100
	if s.Wrap {
		x.isn, x.irs, x.stamp = 0xffffffd0, 0xffffffe0, 0xfffffff0
	}
	return x
}

// A difference is where the two disagree.
type difference struct {
	key  string // for counting alike ones
	text string
}

// run plays the script and returns the first disagreement.
func (x *twin) run() *difference {
	first := action{What: doOpen}
	if x.s.Passive {
		first.What = doListen
	}
	for i, a := range append([]action{first}, x.s.Actions...) {
		x.state = x.c.State()
		if d := x.step(a); d != nil {
			d.text = fmt.Sprintf("step %d: %s\n%s", i, d.text, strings.Join(x.log, "\n"))
			return d
		}
		x.hits[x.c.State()]++
	}
	return nil
}

func (x *twin) step(a action) *difference {
	both := func(name string, f func() error, g func() error) *difference {
		err, want := f(), g()
		x.note("%s -> %v", name, err)
		x.draw(ladder.Event{Kind: ladder.Call, Text: name})
		if (err == nil) != (want == nil) {
			return x.differ(name+" error", fmt.Sprintf("%v, want %v", err, want))
		}
		return x.compare(name)
	}
	now := x.now
	switch a.What {
	case doOpen:
		return both("Open", func() error { return x.c.Open(now, x.isn) }, func() error { return x.e.Open(now, x.isn) })
	case doListen:
		return both("Listen", func() error { return x.c.Listen(now, x.isn) }, func() error { return x.e.Listen(now, x.isn) })
	case doSend, doUrgent:
		n := []int{1, 1, 50, 88, 100, 150, 300, 1000}[a.Len%8]
		if a.What == doUrgent {
			return both(fmt.Sprintf("SendUrgent %d", n), func() error { return x.c.SendUrgent(now, n) }, func() error { return x.e.SendUrgent(now, n) })
		}
		return both(fmt.Sprintf("Send %d", n), func() error { return x.c.Send(now, n) }, func() error { return x.e.Send(now, n) })
	case doReceive:
		n := x.c.Readable()
		if a.Len%3 > 0 && n > 0 {
			n = 1 + a.Seq%n
		}
		return both(fmt.Sprintf("Receive %d", n), func() error { return x.c.Receive(now, n) }, func() error { return x.e.Receive(now, n) })
	case doCloseWrite:
		return both("CloseWrite", func() error { return x.c.CloseWrite(now) }, func() error { return x.e.CloseWrite(now) })
	case doCloseRead:
		return both("CloseRead", func() error { return x.c.CloseRead(now) }, func() error { return x.e.CloseRead(now) })
	case doClose:
		return both("Close", func() error { return x.c.Close(now) }, func() error { return x.e.Close(now) })
	case doExit:
		return both("Exit", func() error { return x.c.Exit(now) }, func() error { return x.e.Exit(now) })
	case doRetain:
		return both("Retain", x.c.Retain, x.e.Retain)
	case doAbort:
		return both("Abort", func() error { return x.c.Abort(now) }, func() error { return x.e.Abort(now) })
	case doReopen:
		x.c.SetReopen(a.Len%2 == 0)
		x.e.SetReopen(a.Len%2 == 0)
		return x.compare("SetReopen")
	case doUserTimeout:
		d := []time.Duration{0, time.Second, 10 * time.Second, 200 * time.Second, Forever}[a.Len%5]
		return both(fmt.Sprint("SetUserTimeout ", d), func() error { return x.c.SetUserTimeout(now, d) }, func() error { return x.e.SetUserTimeout(now, d) })
	case doKeepalive:
		k := tcp.KeepAliveConfig{Enable: a.Len%4 > 0, Idle: time.Duration(1+a.Seq%40) * time.Second, Interval: time.Duration(1+a.Ack%10) * time.Second, Count: 1 + a.Aux%3}
		return both(fmt.Sprint("SetKeepAliveConfig ", k), func() error { return x.c.SetKeepAliveConfig(now, k) },
			func() error { return x.e.SetKeepalive(now, k.Enable, k.Idle, k.Interval, k.Count) })
	case doDeadline, doJust, doJump:
		return x.pass(a)
	case doBatch:
		for range 2 + a.Len%3 {
			if d := x.arrive(x.legal(action{What: doLegal, Flags: 1, Len: a.Aux, Window: a.Window, Stamp: a.Stamp})); d != nil {
				return d
			}
		}
		return nil
	case doLegal:
		return x.arrive(x.legal(a))
	default:
		return x.arrive(x.any(a))
	}
}

// pass lets time go by, deadline by deadline.
func (x *twin) pass(a action) *difference {
	to := x.now
	switch d := x.c.Deadline(); {
	case a.What == doJump || d == tcp.Never:
		to = to.Add(time.Duration(1+a.Len%7) * time.Millisecond << (a.Aux % 18))
	case a.What == doJust:
		to = max(to, d-1)
	default:
		to = max(to, d)
	}
	return x.passTo(to)
}

// passTo fires every timer up to a time, each at its own. After too many of them
// it stays where it is.
func (x *twin) passTo(to tcp.Time) *difference {
	for n := 0; x.c.Deadline() <= to && n < 60; n++ {
		x.now = max(x.now, x.c.Deadline())
		x.c.Advance(x.now)
		x.e.Advance(x.now)
		x.note("timer")
		x.draw(ladder.Event{Kind: ladder.Timer, Text: "timer"})
		if d := x.compare("timer"); d != nil {
			return d
		}
	}
	if x.c.Deadline() > to {
		x.now = to
	}
	x.c.Advance(x.now)
	x.e.Advance(x.now)
	x.note("time")
	return x.compare("time")
}

func (x *twin) window(a action) uint16 {
	return []uint16{0, 1, 40, 88, 200, 1000, 30000, 60000, 60000, 65535}[a.Window%10]
}

func (x *twin) payload(a action) int { return []int{0, 0, 1, 2, 30, 88, 100, 200}[a.Len%8] }

// options puts on a segment what a peer would.
func (x *twin) options(g *tcp.Segment, a action) *tcp.Segment {
	o := &g.Options
	st := x.c.Status()
	if g.Flags.Has(tcp.SYN) {
		if x.s.PeerMSS > 0 {
			o.Present |= tcp.OptMSS
			o.MSS = uint16(x.s.PeerMSS)
		}
		if x.s.SACK {
			o.Present |= tcp.OptSACKPermitted
		}
		if x.s.PeerShift >= 0 {
			o.Present |= tcp.OptWindowScale
			o.WindowScale = uint8(x.s.PeerShift)
		}
	}
	if g.Flags.Has(tcp.SYN) && x.s.PeerStamps || st.Timestamps && a.Stamp%16 != 15 {
		o.Present |= tcp.OptTimestamps
		step := []uint32{1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 10, 0, 0xffffffff, 0xfffffff0, 2}[a.Stamp%15]
		o.TSVal = x.stamp + step
		if int32(o.TSVal-x.stamp) > 0 {
			x.stamp = o.TSVal
		}
		if g.Flags.Has(tcp.ACK) {
			o.TSEcr = uint32(int64(x.now) / 1e6)
			if a.Stamp/16%4 == 1 {
				o.TSEcr -= uint32(a.Stamp)
			}
		}
	}
	return g
}

// legal is what a peer in good order would send.
func (x *twin) legal(a action) *tcp.Segment {
	st := x.c.Status()
	g := &tcp.Segment{Seq: st.RcvNxt, Ack: st.SndNxt, Flags: tcp.ACK, Window: x.window(a)}
	switch x.c.State() {
	case tcp.StateClosed, tcp.StateListen:
		g.Flags, g.Seq, g.Ack = tcp.SYN, x.irs, 0
		return x.options(g, a)
	case tcp.StateSynSent:
		g.Flags, g.Seq = tcp.SYN|tcp.ACK, x.irs
		if a.Flags%8 == 7 {
			g.Flags, g.Ack = tcp.SYN, 0
		}
		return x.options(g, a)
	case tcp.StateSynReceived:
		if a.Flags%8 == 7 {
			g.Flags, g.Seq = tcp.SYN|tcp.ACK, x.irs
		}
	}
	if st.SACK && a.SeqOff%4 == 1 {
		x.blocks(g, a)
	}
	switch a.Flags % 6 {
	case 1:
		g.Len = x.payload(a)
	case 2:
		g.Flags |= tcp.FIN
	case 3:
		g.Len = x.payload(a)
		g.Flags |= tcp.FIN
	case 4:
		g.Ack = st.SndUna.Add(int(uint32(a.Aux) % uint32(st.SndNxt.Sub(st.SndUna)+1)))
	}
	return x.options(g, a)
}

var flagSets = []tcp.Flags{
	tcp.ACK, tcp.ACK, tcp.ACK, tcp.ACK, tcp.ACK | tcp.FIN, tcp.ACK | tcp.FIN, tcp.SYN, tcp.SYN | tcp.ACK,
	tcp.RST, tcp.RST | tcp.ACK, tcp.FIN, 0, tcp.ACK | tcp.PSH, tcp.ACK | tcp.URG, tcp.SYN | tcp.FIN,
	tcp.FIN | tcp.SYN | tcp.RST | tcp.PSH | tcp.ACK | tcp.URG,
}

// any is any segment, near the numbers that matter.
func (x *twin) any(a action) *tcp.Segment {
	st := x.c.Status()
	seqs := []tcp.Seq{st.RcvNxt, st.RcvNxt, st.RcvNxt, st.RcvEdge, st.IRS, st.RcvNxt.Add(100)}
	for i := range 2 {
		if off, n, ok := x.c.Held(i); ok {
			seqs = append(seqs, st.IRS.Add(1+int(off)), st.IRS.Add(1+int(off)+n))
		}
	}
	acks := []tcp.Seq{st.SndNxt, st.SndNxt, st.SndUna, st.SndUna, st.SndEnd, st.ISS, st.SndUna.Add(100)}
	offs := []int{0, 0, 0, 0, 1, -1, 2, -2}
	g := &tcp.Segment{
		Seq:    seqs[a.Seq%len(seqs)].Add(offs[a.SeqOff%8]),
		Ack:    acks[a.Ack%len(acks)].Add(offs[a.AckOff%8]),
		Flags:  flagSets[a.Flags%len(flagSets)],
		Window: x.window(a),
		Len:    x.payload(a),
	}
	if x.c.State() <= tcp.StateSynSent {
		g.Seq = x.irs.Add(offs[a.SeqOff%8])
	}
	if !g.Flags.Has(tcp.ACK) {
		g.Ack = 0
	}
	if g.Flags.Has(tcp.URG) {
		g.Urgent = uint16(a.Aux % 120)
	}
	x.options(g, a)
	if st.SACK && a.Aux%4 == 1 && g.Flags.Has(tcp.ACK) {
		x.blocks(g, a)
	}
	return g
}

// blocks puts SACK blocks on a segment: with boundaries of what is in flight, near
// them, duplicates, and nonsense.
func (x *twin) blocks(g *tcp.Segment, a action) {
	st := x.c.Status()
	edges := []tcp.Seq{st.SndUna.Add(-50), st.SndUna, st.SndUna.Add(st.MaxPayload), st.SndUna.Add(2 * st.MaxPayload),
		st.SndUna.Add(3 * st.MaxPayload), st.SndUna.Add(5 * st.MaxPayload), st.SndNxt, st.SndNxt.Add(1), st.SndEnd.Add(100)}
	o := &g.Options
	o.NumSACK = uint8(1 + a.Seq%4)
	for i := range o.NumSACK {
		n := a.Aux/4 + a.Len*int(i)
		o.SACK[i] = tcp.SACKBlock{Left: edges[n%9], Right: edges[(n/9+a.Ack)%9]}
	}
}

func (x *twin) arrive(g *tcp.Segment) *difference {
	v := x.c.Arrive(x.now, g)
	x.e.Arrive(x.now, g)
	x.note("<- (seq %d) %v: %v", g.Seq, g, v)
	x.draw(ladder.Event{Kind: ladder.Arrive, Segment: *g, Text: v.String()})
	return x.compare("segment")
}

func (x *twin) note(format string, args ...any) {
	x.log = append(x.log, fmt.Sprintf("%v %v ", x.now, x.state)+fmt.Sprintf(format, args...))
}

func (x *twin) differ(key, text string) *difference {
	return &difference{key: x.state.String() + "/" + x.c.State().String() + " " + key, text: key + ": " + text}
}

// compare drains both and compares everything that can be seen.
func (x *twin) compare(what string) *difference {
	var got, want tcp.Segment
	for n := 0; ; n++ {
		g, w := x.c.Next(&got), x.e.Next(&want)
		if g {
			x.note("-> %v", got)
			x.draw(ladder.Event{Kind: ladder.Send, Segment: got})
			x.sent = append(x.sent, got)
		}
		if !g && !w {
			break
		}
		if n > 300 {
			return x.differ("endless", "Next does not end")
		}
		if g != w {
			s, dir := got, "surplus"
			if w {
				s, dir = want, "missing"
			}
			return x.differ(what+" "+dir+" "+kindOf(&s), dir+" "+s.String())
		}
		if got != want {
			return x.differ(what+" segment "+fieldsOf(&got, &want), fmt.Sprintf("%v, want %v", got, want))
		}
	}
	return x.compareState(what)
}

func kindOf(s *tcp.Segment) string {
	k := s.Flags.String()
	if s.Len > 0 {
		k += "+data"
	}
	return k
}

func fieldsOf(a, b *tcp.Segment) string {
	out := kindOf(b) + ":"
	for _, f := range []struct {
		name string
		diff bool
	}{
		{"seq", a.Seq != b.Seq}, {"ack", a.Ack != b.Ack}, {"flags", a.Flags != b.Flags}, {"window", a.Window != b.Window},
		{"urgent", a.Urgent != b.Urgent}, {"len", a.Len != b.Len}, {"options", a.Options != b.Options},
	} {
		if f.diff {
			out += " " + f.name
		}
	}
	return out
}

func (x *twin) compareState(what string) *difference {
	if a, b := x.c.State(), x.e.State(); a != b {
		return x.differ(what+" state "+b.String(), fmt.Sprintf("%v, want %v", a, b))
	}
	if a, b := kindOfErr(x.c.Err()), kindOfErr(x.e.Err()); a != b {
		return x.differ(what+" err", fmt.Sprintf("%v, want %v (%v)", a, b, x.e.Err()))
	}
	if a, b := x.c.Readable(), x.e.Readable(); a != b {
		return x.differ(what+" readable", fmt.Sprintf("%v, want %v", a, b))
	}
	back := x.c.State() == tcp.StateTimeWait && x.c.Status().References == 0 // perhaps RFC 6191's way back: a TimeWait has no offsets
	if a, b := x.c.Acked(), x.e.Acked(); a != b && !back {
		return x.differ(what+" acked", fmt.Sprintf("%v, want %v", a, b))
	}
	off, ok := x.c.UrgentMark()
	if woff, wok := x.e.UrgentMark(); ok != wok || ok && off != woff {
		return x.differ(what+" urgent mark", fmt.Sprintf("%v %v, want %v %v", off, ok, woff, wok))
	}
	for i := range 10 {
		off, n, ok := x.c.Held(i)
		woff, wn, wok := x.e.Held(i)
		if ok != wok || ok && (off != woff || n != wn) {
			return x.differ(what+" held", fmt.Sprintf("%d: %v %v %v, want %v %v %v", i, off, n, ok, woff, wn, wok))
		}
	}
	if a, b := x.deadlines(); a != b {
		return x.differ(what+" deadline "+x.timers(), fmt.Sprintf("%v, want %v", a, b))
	}
	return nil
}

// deadlines are those of all timers but the keepalive, which the library sets
// again only when it expires.
func (x *twin) deadlines() (got, want tcp.Time) {
	got, want = tcp.Never, tcp.Never
	for t, at := range x.c.Status().Timers {
		if tcp.Timer(t) != tcp.TimerKeepAlive {
			got = min(got, at)
		}
	}
	for t, at := range x.e.timers {
		if t != keepalive {
			want = min(want, at)
		}
	}
	return got, want
}

// timers names the timers that are next on either side.
func (x *twin) timers() string {
	out := ""
	for t, at := range x.c.Status().Timers {
		if at == x.c.Deadline() && at != tcp.Never {
			out += tcp.Timer(t).String()
		}
	}
	out += " vs "
	for t, at := range x.e.timers {
		if at == x.e.Deadline() {
			out += t.String()
		}
	}
	return out
}

func kindOfErr(err error) tcp.ErrorKind {
	var k *tcp.Error
	if errors.As(err, &k) {
		return k.Kind
	}
	switch err {
	case nil:
		return tcp.KindNone
	case ErrReset, ErrClosedByReset:
		return tcp.KindReset
	case ErrRefused:
		return tcp.KindRefused
	case ErrTimeout:
		return tcp.KindTimeout
	case ErrKeepalive:
		return tcp.KindKeepAlive
	case ErrUserTimeout:
		return tcp.KindUserTimeout
	case ErrAborted:
		return tcp.KindAborted
	}
	return 99
}
