package tcp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"pgregory.net/rapid"
)

// One property for each story of how connections close, between two ends of any
// two presets.

// S2: the FIN is lost again and again: it is retransmitted, at intervals that
// double, and after the configured number of retransmissions the connection is CLOSED
// with a timeout error. Every retransmission is counted.
func TestPairFINLost(t *testing.T) { checkPair(t, finLost) }

func finLost(t *rapid.T) *pair {
	retries := rapid.IntRange(1, 8).Draw(t, "retries")
	p := drawPair(t, func(cfg *tcp.Config) {
		cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries, cfg.DataMinimum, cfg.TailLossProbe = 1, retries, retries, 0, false
	})
	p.connect()
	p.fate = func(_, from int, _ *tcp.Segment) []time.Duration {
		if from == 0 {
			return nil
		}
		return []time.Duration{transit}
	}
	p.closeOrHalf(0, rapid.Bool().Draw(t, "CloseWrite"))
	p.run(24*time.Hour, p.ends[0].isClosed)
	p.wantState(0, tcp.StateClosed)
	p.wantErr(0, tcp.ErrTimeout)
	p.wantTimeWait(0, false)
	cfg := &p.ends[0].cfg
	if sent := len(p.sentBy(0, tcp.FIN)); cfg.GiveUp == tcp.Counted {
		p.wantSent(0, tcp.FIN, retries+1)
		p.wantCounter(0, "FINRetransmits", retries)
	} else {
		p.wantSent(0, tcp.FIN, -1)
		p.wantCounter(0, "FINRetransmits", sent-1)
	}
	if cfg.TickRate == 0 {
		p.wantDoubling(0, tcp.FIN, maxRTO(cfg))
	}
	p.wantState(1, tcp.StateEstablished) // the other end knows nothing
	return p
}

func maxRTO(cfg *tcp.Config) time.Duration {
	if cfg.RTOMax == 0 {
		return 120 * time.Second
	}
	return cfg.RTOMax
}

// S3, L5: an acknowledgment is never sent again by itself: each one that is lost is
// drawn again by a retransmission of the FIN, and the connection goes on as soon as one
// passes.
func TestPairACKOfFINLost(t *testing.T) { checkPair(t, ackOfFINLost) }

func ackOfFINLost(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.DelayFINAck, cfg.TailLossProbe = tcp.Off, false })
	p.connect()
	lost, seen := rapid.IntRange(0, 4).Draw(t, "lost"), 0
	before := len(p.sentBy(1, tcp.ACK))
	p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
		if from == 1 && !seg.Flags.Has(tcp.FIN) {
			if seen++; seen <= lost {
				return nil
			}
		}
		return []time.Duration{transit}
	}
	p.closeOrHalf(0, true)
	p.run(time.Hour, func() bool { return p.ends[0].c.State() == tcp.StateFinWait2 })
	p.wantState(0, tcp.StateFinWait2)
	p.wantSent(0, tcp.FIN, lost+1)
	p.wantCounter(0, "FINRetransmits", lost)
	p.wantCounter(1, "FINsReacked", lost)
	p.wantSent(1, tcp.ACK, before+lost+1)
	return p
}

// S4: FIN-WAIT-2 after Close lasts the FIN-WAIT-2 timeout at most; after CloseWrite,
// or where the time is Forever, it has no end.
func TestPairFinWait2(t *testing.T) { checkPair(t, finWait2Ends) }

func finWait2Ends(t *rapid.T) *pair {
	limit := rapid.SampledFrom([]time.Duration{0, time.Second, 30 * time.Second, 5 * time.Minute, tcp.Forever}).Draw(t, "limit")
	p := drawPair(t, func(cfg *tcp.Config) {
		if limit != 0 {
			cfg.FinWait2Timeout = limit
		}
	})
	p.connect()
	half := rapid.Bool().Draw(t, "CloseWrite")
	p.closeOrHalf(0, half)
	a := &p.ends[0]
	p.run(10*time.Second, func() bool { return a.c.State() == tcp.StateFinWait2 })
	p.wantState(0, tcp.StateFinWait2)
	limit = a.cfg.FinWait2Timeout
	if limit == 0 {
		limit = time.Minute
	}
	forever := half || limit == tcp.Forever
	switch {
	case forever:
		p.wantDeadline(0, tcp.Never)
	case !a.cfg.FinWait2TimeWait:
		p.wantDeadline(0, p.now.Add(limit))
	}
	p.run(100*time.Hour, a.isClosed)
	if forever {
		p.wantState(0, tcp.StateFinWait2)
		return p
	}
	p.wantState(0, tcp.StateClosed)
	p.wantErr(0, nil)
	p.wantTimeWait(0, false)
	return p
}

func (e *pairEnd) isClosed() bool { return e.c.State() == tcp.StateClosed }

// S5: the second FIN is lost: LAST-ACK gives up with a timeout, and the other end
// leaves FIN-WAIT-2 meanwhile.
func TestPairSecondFINLost(t *testing.T) { checkPair(t, secondFINLost) }

func secondFINLost(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.FinWait2Timeout = 20 * time.Second })
	p.connect()
	p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
		if from == 1 && seg.Flags.Has(tcp.FIN) {
			return nil
		}
		return []time.Duration{transit}
	}
	p.closeOrHalf(0, false)
	p.run(time.Second, p.isCloseWait(1))
	p.run(time.Second, nil) // until the FIN is acknowledged alone
	p.closeOrHalf(1, false)
	p.wantState(1, tcp.StateLastAck)
	p.run(24*time.Hour, p.both(tcp.StateClosed))
	p.wantStates(tcp.StateClosed, tcp.StateClosed)
	p.wantErr(0, nil)
	p.wantErr(1, tcp.ErrTimeout)
	p.wantTimeWait(0, false)
	p.wantTimeWait(1, false)
	p.wantCounter(1, "FINRetransmits", -1)
	return p
}

func (p *pair) isCloseWait(i int) func() bool {
	return func() bool { return p.ends[i].c.State() == tcp.StateCloseWait }
}

// S6: the last ACK is lost some times: the FIN that comes again restarts 2·MSL and
// is acknowledged again. If it is always lost, LAST-ACK gives up at its limit.
func TestPairLastACKLost(t *testing.T) { checkPair(t, lastACKLost) }

func lastACKLost(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.TailLossProbe = false })
	p.connect()
	lost := rapid.SampledFrom([]int{0, 1, 2, 3, 1000}).Draw(t, "lost")
	inTimeWait := 0
	p.fate = func(_, from int, _ *tcp.Segment) []time.Duration {
		if from == 0 && p.ends[0].passedTW {
			if inTimeWait++; inTimeWait <= lost {
				return nil
			}
		}
		return []time.Duration{transit}
	}
	p.closeOrHalf(0, false)
	p.run(10*time.Second, p.isCloseWait(1))
	p.closeOrHalf(1, false)
	p.run(24*time.Hour, p.both(tcp.StateClosed))
	p.wantStates(tcp.StateClosed, tcp.StateClosed)
	p.wantErr(0, nil)
	p.wantTimeWait(0, true)
	if lost == 1000 {
		// Once TIME-WAIT is over the FIN draws a RST: that may come first.
		if !errors.Is(p.ends[1].c.Err(), tcp.ErrReset) {
			p.wantErr(1, tcp.ErrTimeout)
		}
		return p
	}
	p.wantErr(1, nil)
	p.wantCounter(1, "FINRetransmits", lost)
	p.wantCounter(0, "FINsReacked", lost)
	return p
}

// S8: with shared descriptors only the last Close sends the FIN; the others go on
// reading and writing.
func TestPairSharedDescriptors(t *testing.T) { checkPair(t, sharedDescriptors) }

func sharedDescriptors(t *rapid.T) *pair {
	p := drawPair(t, nil)
	p.connect()
	shared := rapid.IntRange(0, 5).Draw(t, "shared")
	for range shared {
		p.must(0, callRetain, 0)
	}
	for range shared {
		p.must(0, rapid.SampledFrom([]actionKind{callClose, callExit}).Draw(t, "how"), 0)
		p.wantState(0, tcp.StateEstablished)
		p.write(rapid.IntRange(0, 1).Draw(t, "writer"), 10)
		p.runReading(time.Second)
		p.wantFIN(0, false)
	}
	p.must(0, callClose, 0)
	p.wantFIN(0, true)
	p.refuses(tcp.ErrReferences, 0, callRetain, 0)
	p.runReadingUntil(time.Minute, func() bool { return p.ends[1].eof })
	p.must(1, callClose, 0)
	p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
	p.checkClosed()
	p.checkStreams()
	return p
}

// S9: CloseWrite acts at once, however many hold the connection: sending is over for
// all of them, receiving goes on.
func TestPairCloseWriteActsAtOnce(t *testing.T) { checkPair(t, closeWriteActsAtOnce) }

func closeWriteActsAtOnce(t *rapid.T) *pair {
	p := drawPair(t, nil)
	p.connect()
	for range rapid.IntRange(0, 3).Draw(t, "shared") {
		p.must(0, callRetain, 0)
	}
	p.write(0, rapid.IntRange(0, 3000).Draw(t, "before"))
	p.must(0, callCloseWrite, 0)
	p.refuses(tcp.ErrClosing, 0, callSend, 1)
	p.runReadingUntil(time.Minute, func() bool { return p.ends[1].eof })
	p.wantEOF(1)
	p.write(1, rapid.IntRange(1, 20000).Draw(t, "after"))
	p.must(1, callCloseWrite, 0)
	p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
	p.checkClosed()
	p.checkStreams()
	return p
}

// S10: data that arrives after Close draws RST, and both ends are gone without the
// rest of the close; unread octets at Close send RST in place of the FIN. The loss is
// never silent (P15).
func TestPairDataAfterClose(t *testing.T) { checkPair(t, dataAfterClose) }

func dataAfterClose(t *rapid.T) *pair {
	p := drawPair(t, nil)
	p.connect()
	n := rapid.IntRange(1, 4000).Draw(t, "octets")
	if rapid.Bool().Draw(t, "unread at Close") {
		p.write(1, n)
		p.run(time.Second, nil)
		p.wantReadable(0, n)
		p.must(0, callClose, 0)
		p.wantFIN(0, false)
		p.wantState(0, tcp.StateClosed)
	} else {
		p.must(0, callClose, 0)
		p.run(time.Duration(rapid.IntRange(0, 20).Draw(t, "ms"))*time.Millisecond, nil)
		p.write(1, n)
	}
	p.run(time.Minute, p.both(tcp.StateClosed))
	p.wantStates(tcp.StateClosed, tcp.StateClosed)
	p.wantTimeWait(0, false)
	p.wantTimeWait(1, false)
	p.wantErr(1, tcp.ErrReset)
	p.wantCounter(0, "ResetsSent", -1)
	return p
}

// S13: segments in any order: the FIN is kept with the octets that arrive early,
// and takes effect when the last gap is filled.
func TestPairFINAheadOfData(t *testing.T) { checkPair(t, finAheadOfData) }

func finAheadOfData(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.NoDelay = true })
	p.connect()
	at, after := tcp.StateEstablished, tcp.StateCloseWait
	if rapid.Bool().Draw(t, "the receiver has closed") {
		at, after = tcp.StateFinWait2, tcp.StateTimeWait
		p.closeOrHalf(1, true)
		p.run(time.Second, nil)
		p.wantState(1, at)
	}
	p.fate = func(int, int, *tcp.Segment) []time.Duration { return []time.Duration{time.Hour} } // held back
	for range rapid.IntRange(1, 6).Draw(t, "segments") {
		p.write(0, rapid.IntRange(1, 500).Draw(t, "octets"))
	}
	p.closeOrHalf(0, true)
	p.wantFIN(0, true)
	held := p.net
	p.net = nil
	order := rapid.Permutation(held).Draw(t, "order")
	for i := range order {
		p.wantState(1, at)
		p.wantReady(1, tcp.ReadyEOF, false)
		p.deliver(1, &order[i])
	}
	p.wantReady(1, tcp.ReadyEOF, true)
	p.consume(1, 1<<30)
	p.wantEOF(1)
	p.wantState(1, after)
	return p
}

// S21: a simultaneous close: both FINs cross, both ends pass CLOSING and TIME-WAIT,
// whatever data was on its way and whatever was lost.
func TestPairSimultaneousClose(t *testing.T) { checkPair(t, simultaneousClose) }

func simultaneousClose(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.RFC1337 = true })
	p.connect()
	for i := range p.ends {
		p.write(i, rapid.SampledFrom([]int{0, 1, 3000}).Draw(t, "octets"))
	}
	p.closeOrHalf(0, true)
	p.run(time.Duration(rapid.Int64Range(0, int64(transit)-1).Draw(t, "gap")), nil)
	lost := drawFates(t, 8)
	p.n, p.fate = 0, lost.of
	p.closeOrHalf(1, true)
	p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
	p.checkClosed()
	p.checkStreams()
	p.wantTimeWait(0, true)
	p.wantTimeWait(1, true)
	if len(lost) == 0 {
		p.wantClosing()
	}
	return p
}

// wantClosing demands that an end has passed CLOSING.
func (p *pair) wantClosing() {
	p.statement("p.wantClosing()")
	if !p.ends[0].passed(tcp.StateClosing) && !p.ends[1].passed(tcp.StateClosing) {
		p.fail("no end passed CLOSING: %v, %v", p.ends[0].states, p.ends[1].states)
	}
}

// P12: an Abort at any moment ends both ends as soon as segments get through; the
// other end reports a reset, unless it was done with the connection.
func TestPairAbort(t *testing.T) { checkPair(t, abortEndsBoth) }

func abortEndsBoth(t *rapid.T) *pair {
	p := drawPair(t, nil)
	p.connect()
	p.fate = drawFates(t, 20).of
	p.n = 0
	for i := range p.ends {
		p.write(i, rapid.SampledFrom([]int{0, 10, 5000}).Draw(t, "octets"))
		if rapid.Bool().Draw(t, "closes") {
			p.closeOrHalf(i, true)
		}
	}
	p.runReading(time.Duration(rapid.IntRange(0, 100).Draw(t, "ms")) * time.Millisecond)
	if p.ends[0].c.State() == tcp.StateClosed {
		p.refuses(tcp.ErrNotExist, 0, callAbort, 0)
		return p
	}
	p.must(0, callAbort, 0)
	p.wantState(0, tcp.StateClosed)
	// The RST may be lost: what the other end sends then draws another one.
	if b := &p.ends[1].c; b.State() != tcp.StateClosed && b.Ready()&tcp.ReadyWriteClosed == 0 {
		p.run(time.Second, nil)
		if b.State() != tcp.StateClosed {
			p.write(1, 1)
		}
	}
	p.runReadingUntil(24*time.Hour, p.both(tcp.StateClosed))
	if b := &p.ends[1].c; b.State() != tcp.StateFinWait2 || b.Deadline() != tcp.Never {
		p.wantState(1, tcp.StateClosed) // otherwise the RST was lost, and it sends nothing more: S4
	}
	return p
}

// L3, L4, P1, P2: windows that close and open again, on both sides at once, with
// updates lost: the transfer goes on, and the streams are whole.
func TestPairZeroWindow(t *testing.T) { checkPair(t, zeroWindow) }

func zeroWindow(t *rapid.T) *pair {
	buffer := rapid.SampledFrom([]int{1, 2, 7, 100, 2000}).Draw(t, "buffer")
	p := drawPair(t, func(cfg *tcp.Config) { cfg.ReceiveBuffer, cfg.MaxReceiveBuffer = buffer, buffer })
	p.connect()
	n := min(buffer*rapid.IntRange(1, 6).Draw(t, "buffers")+1, 5000)
	p.fate = drawFates(t, 40).of
	p.n = 0
	for i := range p.ends {
		p.write(i, n)
		p.must(i, callCloseWrite, 0)
	}
	for i := 0; !p.both(tcp.StateClosed)() && i <= 41; i++ {
		p.run(time.Duration(rapid.SampledFrom([]int{1, 50, 700}).Draw(t, "ms"))*time.Millisecond, nil)
		p.consume(i&1, 1+rapid.IntRange(0, buffer).Draw(t, "reads"))
	}
	p.runReadingUntil(10*time.Hour, p.both(tcp.StateClosed))
	p.checkClosed()
	p.checkStreams()
	return p
}

// P8, L7: when nobody acts and time stands still, the network empties after a
// number of deliveries that is linear in what is on the way and queued.
func TestPairQuiescence(t *testing.T) { checkPair(t, quiescence) }

func quiescence(t *rapid.T) *pair {
	p := drawPair(t, func(cfg *tcp.Config) { cfg.ChallengeInterval = -1 }) // no limit to help
	p.connect()
	p.fate = drawFates(t, 30).of
	p.n = 0
	queued := 0
	for i := range p.ends {
		n := rapid.SampledFrom([]int{0, 1, 5000}).Draw(t, "octets")
		p.write(i, n)
		queued += n
		if rapid.Bool().Draw(t, "closes") {
			p.closeOrHalf(i, rapid.Bool().Draw(t, "half"))
		}
	}
	p.run(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms"))*time.Millisecond, nil)
	p.fate = func(int, int, *tcp.Segment) []time.Duration { return []time.Duration{0} }
	limit := len(p.sent) + 20 + 3*len(p.net) + 4*(queued/500)
	for len(p.net) > 0 {
		next := p.net[0]
		p.net = p.net[1:]
		p.deliver(1-next.from, &next)
		p.wantAtMost(limit)
	}
	return p
}

// wantAtMost demands that no more segments than that were sent so far.
func (p *pair) wantAtMost(segments int) {
	if len(p.sent) > segments {
		p.statement("p.wantAtMost(%v)", segments)
		p.fail("a packet war: %d segments, want at most %d", len(p.sent), segments)
	}
}

// S14, S15: a SYN in TIME-WAIT, whatever its numbers: legal by the rule of the
// preset, it opens the next incarnation, with an initial sequence number above all of
// the old one's; otherwise the old connection stays.
func TestPairSYNInTimeWait(t *testing.T) { checkPair(t, synInTimeWait) }

func synInTimeWait(t *rapid.T) *pair {
	timestamps := rapid.Bool().Draw(t, "timestamps")
	p := drawPair(t, func(cfg *tcp.Config) {
		cfg.FinWait2Timeout, cfg.MSL = time.Minute, 30*time.Second
		if !timestamps {
			cfg.Timestamps = tcp.Off
		}
	})
	p.connect()
	p.must(0, callReopen, 1)
	p.toTimeWait()
	old := p.ends[0].c.Status()
	above, newer := rapid.IntRange(-2, 2).Draw(t, "seq"), rapid.IntRange(-2, 2).Draw(t, "TSval")
	syn := tcp.Segment{SrcPort: 4001, DstPort: 4000, Seq: old.RcvNxt.Add(above), Flags: tcp.SYN, Window: 1000}
	if timestamps {
		syn.Options.Present = tcp.OptTimestamps
		syn.Options.TSVal = lastTimestamp(p, 1) + uint32(newer)
	}
	p.wantReopened(legalSYN(p.ends[0].cfg.TimeWaitSYN, above, newer, timestamps), syn)
	return p
}

// toTimeWait closes both ends, A first.
func (p *pair) toTimeWait() {
	p.closeOrHalf(0, false)
	p.run(10*time.Second, p.isCloseWait(1))
	p.closeOrHalf(1, false)
	p.run(time.Second, nil)
	p.wantState(0, tcp.StateTimeWait)
}

// wantReopened lets a SYN arrive at A in TIME-WAIT, and demands that it opens the next
// incarnation, or that the old one stays.
func (p *pair) wantReopened(legal bool, syn tcp.Segment) {
	p.statement("p.wantReopened(%v, %v)", legal, syn)
	p.within = true
	defer func() { p.within = false }()
	old := p.ends[0].c.Status()
	v := p.inject(0, syn)
	st := p.ends[0].c.Status()
	switch {
	case legal != (v == tcp.Reopen):
		p.fail("the verdict is %q, legal is %v", v, legal)
	case !legal && (st.State != tcp.StateTimeWait || st.RcvNxt != old.RcvNxt):
		p.fail("the old connection is in %v, RCV.NXT %d, was %d", st.State, st.RcvNxt, old.RcvNxt)
	case legal && (st.State != tcp.StateSynReceived || !old.SndNxt.Less(st.ISS) || st.RcvNxt != syn.Seq+1):
		p.fail("the new one is in %v, ISS %d behind %d, RCV.NXT %d after %d", st.State, st.ISS, old.SndNxt, st.RcvNxt, syn.Seq)
	case legal && st.Counters != (tcp.Counters{SegmentsArrived: 1, SegmentsSent: 1}):
		p.fail("the new one has counted %+v", st.Counters)
	}
}

// legalSYN states the three rules for a SYN in TIME-WAIT by distances.
func legalSYN(rule tcp.TimeWaitSYN, above, newer int, timestamps bool) bool {
	switch rule {
	case tcp.SYNLinux: // not older, and above RCV.NXT or newer
		return (!timestamps || newer >= 0) && (above > 0 || timestamps && newer > 0)
	case tcp.SYNRFC6191: // newer; or as new and above the last sequence number received
		if timestamps && newer != 0 {
			return newer > 0
		}
		return above >= 0
	}
	return above > 0 && (!timestamps || newer > 0)
}

// lastTimestamp is the last TSval of an end that the other end has taken.
func lastTimestamp(p *pair, end int) uint32 {
	probe := p.ends[1-end].c
	probe.SetTrace(nil)
	st := probe.Status()
	fin := tcp.Segment{SrcPort: 4001, DstPort: 4000, Seq: st.RcvNxt - 1, Ack: st.SndNxt, Flags: tcp.FIN | tcp.ACK}
	probe.Arrive(p.now, &fin) // draws the last ACK again, with the echo
	var seg tcp.Segment
	for range 2 {
		if probe.Next(&seg) {
			return seg.Options.TSEcr
		}
		fin.Options.Present, fin.Options.TSVal = tcp.OptTimestamps, uint32(p.now/tcp.Time(time.Millisecond))
		probe.Arrive(p.now, &fin)
	}
	p.fail("no answer to a FIN in TIME-WAIT")
	return 0
}

// S16: a RST in TIME-WAIT ends it exactly at RCV.NXT, and only with RFC1337 off.
func TestPairRSTInTimeWait(t *testing.T) { checkPair(t, rstInTimeWait) }

func rstInTimeWait(t *rapid.T) *pair {
	rfc1337 := rapid.Bool().Draw(t, "RFC1337")
	p := drawPair(t, func(cfg *tcp.Config) { cfg.RFC1337, cfg.FinWait2Timeout = rfc1337, time.Minute })
	p.connect()
	p.toTimeWait()
	off := rapid.IntRange(-2, 2).Draw(t, "seq")
	due := p.ends[0].c.Deadline()
	p.inject(0, tcp.Segment{
		SrcPort: 4001, DstPort: 4000, Seq: p.ends[0].c.Status().RcvNxt.Add(off),
		Flags: rapid.SampledFrom([]tcp.Flags{tcp.RST, tcp.RST | tcp.ACK}).Draw(t, "flags"),
		Len:   rapid.SampledFrom([]int{0, 5}).Draw(t, "len"),
	})
	p.wantNothing() // nothing answers a RST
	if off == 0 && !rfc1337 {
		p.wantVerdict(tcp.Gone)
		p.wantState(0, tcp.StateClosed)
		return p
	}
	p.wantState(0, tcp.StateTimeWait)
	p.wantDeadline(0, due)
	return p
}
