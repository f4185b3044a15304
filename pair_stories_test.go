package tcp_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// One property for each story of how connections close, between two ends of any
// two presets.

// S2: the FIN is lost again and again: it is retransmitted, at intervals that
// double, and after the configured number of retransmissions the connection is CLOSED
// with a timeout error. Every retransmission is counted.
func TestPairFINLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		retries := rapid.IntRange(1, 8).Draw(t, "retries")
		p := drawPair(t, func(cfg *tcp.Config) {
			cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries, cfg.DataMinimum, cfg.TailLossProbe = 1, retries, retries, 0, false
		})
		p.connect()
		var at []tcp.Time
		p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
			if from == 0 {
				if seg.Flags.Has(tcp.FIN) {
					at = append(at, p.now)
				}
				return nil
			}
			return []time.Duration{transit}
		}
		p.closeOrHalf(0, rapid.Bool().Draw(t, "CloseWrite"))
		p.run(24*time.Hour, func() bool { return p.ends[0].c.State() == tcp.StateClosed })
		a := &p.ends[0]
		require.Equal(t, tcp.StateClosed, a.c.State())
		require.ErrorIs(t, a.c.Err(), tcp.ErrTimeout)
		require.False(t, a.passedTW)
		n := a.c.Status().Counters
		require.Equal(t, len(at)-1, int(n.FINRetransmits))
		if a.cfg.GiveUp == tcp.Counted {
			require.Equal(t, retries, len(at)-1)
		} else {
			require.Positive(t, len(at)-1)
		}
		for i := 2; i < len(at) && a.cfg.TickRate == 0; i++ {
			require.Equal(t, min(2*at[i-1].Sub(at[i-2]), maxRTO(&a.cfg)), at[i].Sub(at[i-1]), "interval %d", i)
		}
		require.Equal(t, tcp.StateEstablished, p.ends[1].c.State(), "the other end knows nothing")
	})
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
func TestPairACKOfFINLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.DelayFINAck, cfg.TailLossProbe = tcp.Off, false })
		p.connect()
		lost, fins := rapid.IntRange(0, 4).Draw(t, "lost"), 0
		seen := 0
		p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
			if from == 0 && seg.Flags.Has(tcp.FIN) {
				fins++
			}
			if from == 1 && !seg.Flags.Has(tcp.FIN) {
				seen++
				if seen <= lost {
					return nil
				}
			}
			return []time.Duration{transit}
		}
		p.closeOrHalf(0, true)
		p.run(time.Hour, func() bool { return p.ends[0].c.State() == tcp.StateFinWait2 })
		require.Equal(t, tcp.StateFinWait2, p.ends[0].c.State())
		require.Equal(t, lost+1, fins)
		require.Equal(t, lost, int(p.ends[0].c.Status().Counters.FINRetransmits))
		require.Equal(t, lost, int(p.ends[1].c.Status().Counters.FINsReacked))
		require.Equal(t, lost+1, seen)
	})
}

// S4: FIN-WAIT-2 after Close lasts the FIN-WAIT-2 timeout at most; after CloseWrite,
// or where the time is Forever, it has no end.
func TestPairFinWait2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]time.Duration{0, time.Second, 30 * time.Second, 5 * time.Minute, tcp.Forever}).Draw(t, "limit")
		p := drawPair(t, func(cfg *tcp.Config) {
			if limit != 0 {
				cfg.FinWait2Timeout = limit
			}
		})
		p.connect()
		half := rapid.Bool().Draw(t, "CloseWrite")
		p.closeOrHalf(0, half)
		p.run(10*time.Second, func() bool { return p.ends[0].c.State() == tcp.StateFinWait2 })
		a := &p.ends[0]
		require.Equal(t, tcp.StateFinWait2, a.c.State())
		begin := p.now
		p.run(100*time.Hour, p.ends[0].isClosed)
		limit = a.cfg.FinWait2Timeout
		if limit == 0 {
			limit = time.Minute
		}
		if half || limit == tcp.Forever {
			require.Equal(t, tcp.StateFinWait2, a.c.State())
			require.Equal(t, tcp.Never, a.c.Deadline())
			return
		}
		require.Equal(t, tcp.StateClosed, a.c.State())
		require.NoError(t, a.c.Err())
		require.False(t, a.passedTW)
		if !a.cfg.FinWait2TimeWait {
			require.Equal(t, limit, p.now.Sub(begin))
		}
	})
}

func (e *pairEnd) isClosed() bool { return e.c.State() == tcp.StateClosed }

// S5: the second FIN is lost: LAST-ACK gives up with a timeout, and the other end
// leaves FIN-WAIT-2 meanwhile.
func TestPairSecondFINLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.FinWait2Timeout = 20 * time.Second })
		p.connect()
		p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
			if from == 1 && seg.Flags.Has(tcp.FIN) {
				return nil
			}
			return []time.Duration{transit}
		}
		p.closeOrHalf(0, false)
		p.run(time.Second, func() bool { return p.ends[1].c.State() == tcp.StateCloseWait })
		p.run(time.Second, nil) // until the FIN is acknowledged alone
		p.closeOrHalf(1, false)
		require.Equal(t, tcp.StateLastAck, p.ends[1].c.State())
		p.run(24*time.Hour, p.both(tcp.StateClosed))
		require.True(t, p.both(tcp.StateClosed)())
		require.NoError(t, p.ends[0].c.Err())
		require.ErrorIs(t, p.ends[1].c.Err(), tcp.ErrTimeout)
		require.False(t, p.ends[0].passedTW || p.ends[1].passedTW)
		require.Positive(t, p.ends[1].c.Status().Counters.FINRetransmits)
	})
}

// S6: the last ACK is lost some times: the FIN that comes again restarts 2·MSL and
// is acknowledged again. If it is always lost, LAST-ACK gives up at its limit.
func TestPairLastACKLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.TailLossProbe = false })
		p.connect()
		lost := rapid.SampledFrom([]int{0, 1, 2, 3, 1000}).Draw(t, "lost")
		inTimeWait := 0
		p.fate = func(_, from int, seg *tcp.Segment) []time.Duration {
			if from == 0 && p.ends[0].passedTW {
				inTimeWait++
				if inTimeWait <= lost {
					return nil
				}
			}
			return []time.Duration{transit}
		}
		p.closeOrHalf(0, false)
		p.run(10*time.Second, func() bool { return p.ends[1].c.State() == tcp.StateCloseWait })
		p.closeOrHalf(1, false)
		p.run(24*time.Hour, p.both(tcp.StateClosed))
		a, b := &p.ends[0], &p.ends[1]
		require.True(t, p.both(tcp.StateClosed)())
		require.NoError(t, a.c.Err())
		require.True(t, a.passedTW)
		if lost == 1000 {
			// Once TIME-WAIT is over the FIN draws a RST: that may come first.
			require.True(t, errors.Is(b.c.Err(), tcp.ErrTimeout) || errors.Is(b.c.Err(), tcp.ErrReset), "%v", b.c.Err())
			return
		}
		require.NoError(t, b.c.Err())
		require.Equal(t, lost, int(b.c.Status().Counters.FINRetransmits))
		require.Equal(t, lost, int(a.c.Status().Counters.FINsReacked))
	})
}

// S8: with shared descriptors only the last Close sends the FIN; the others go on
// reading and writing.
func TestPairSharedDescriptors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, nil)
		p.connect()
		shared := rapid.IntRange(0, 5).Draw(t, "shared")
		for range shared {
			require.NoError(t, p.do(0, callRetain, 0))
		}
		for range shared {
			kind := rapid.SampledFrom([]actionKind{callClose, callExit}).Draw(t, "how")
			require.NoError(t, p.do(0, kind, 0))
			require.Equal(t, tcp.StateEstablished, p.ends[0].c.State())
			from := rapid.IntRange(0, 1).Draw(t, "writer")
			require.NoError(t, p.do(from, callSend, 10))
			p.runReading(time.Second)
			require.False(t, p.ends[0].finSent)
		}
		require.NoError(t, p.do(0, callClose, 0))
		require.True(t, p.ends[0].finSent)
		require.Error(t, p.do(0, callRetain, 0))
		p.runReadingUntil(time.Minute, func() bool { return p.ends[1].eof })
		require.NoError(t, p.do(1, callClose, 0))
		p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
		p.checkClosed()
		p.checkStreams()
	})
}

// S9: CloseWrite acts at once, however many hold the connection: sending is over for
// all of them, receiving goes on.
func TestPairCloseWriteActsAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, nil)
		p.connect()
		for range rapid.IntRange(0, 3).Draw(t, "shared") {
			require.NoError(t, p.do(0, callRetain, 0))
		}
		require.NoError(t, p.do(0, callSend, rapid.IntRange(0, 3000).Draw(t, "before")))
		require.NoError(t, p.do(0, callCloseWrite, 0))
		require.ErrorIs(t, p.do(0, callSend, 1), tcp.ErrClosing)
		p.runReadingUntil(time.Minute, func() bool { return p.ends[1].eof })
		require.True(t, p.ends[1].eof)
		after := rapid.IntRange(1, 20000).Draw(t, "after")
		require.NoError(t, p.do(1, callSend, after))
		require.NoError(t, p.do(1, callCloseWrite, 0))
		p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
		p.checkClosed()
		p.checkStreams()
	})
}

// S10: data that arrives after Close draws RST, and both ends are gone without the
// rest of the close; unread octets at Close send RST in place of the FIN. The loss is
// never silent (P15).
func TestPairDataAfterClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, nil)
		p.connect()
		n := rapid.IntRange(1, 4000).Draw(t, "octets")
		a, b := &p.ends[0], &p.ends[1]
		if rapid.Bool().Draw(t, "unread at Close") {
			require.NoError(t, p.do(1, callSend, n))
			p.run(time.Second, nil)
			require.Equal(t, n, a.c.Readable())
			require.NoError(t, p.do(0, callClose, 0))
			require.False(t, a.finSent)
			require.Equal(t, tcp.StateClosed, a.c.State())
		} else {
			require.NoError(t, p.do(0, callClose, 0))
			p.run(time.Duration(rapid.IntRange(0, 20).Draw(t, "ms"))*time.Millisecond, nil)
			require.NoError(t, p.do(1, callSend, n))
		}
		p.run(time.Minute, p.both(tcp.StateClosed))
		require.True(t, p.both(tcp.StateClosed)())
		require.False(t, a.passedTW || b.passedTW)
		require.ErrorIs(t, b.c.Err(), tcp.ErrReset)
		require.Positive(t, a.c.Status().Counters.ResetsSent)
	})
}

// S13: segments in any order: the FIN is kept with the octets that arrive early,
// and takes effect when the last gap is filled.
func TestPairFINAheadOfData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.NoDelay = true })
		p.connect()
		closed := rapid.Bool().Draw(t, "the receiver has closed")
		if closed {
			p.closeOrHalf(1, true)
			p.run(time.Second, nil)
			require.Equal(t, tcp.StateFinWait2, p.ends[1].c.State())
		}
		p.fate = func(int, int, *tcp.Segment) []time.Duration { return []time.Duration{time.Hour} } // held back
		count := rapid.IntRange(1, 6).Draw(t, "segments")
		for range count {
			require.NoError(t, p.do(0, callSend, rapid.IntRange(1, 500).Draw(t, "octets")))
		}
		p.closeOrHalf(0, true)
		held := p.net
		p.net = nil
		require.True(t, held[len(held)-1].seg.Flags.Has(tcp.FIN))
		order := rapid.Permutation(held).Draw(t, "order")
		missing := len(held)
		for i := range order {
			before := p.ends[1].c.State()
			p.deliver(1, &order[i])
			missing--
			eof := p.ends[1].c.Ready()&tcp.ReadyEOF != 0
			require.Equal(t, missing == 0, eof, "%d segments missing", missing)
			if missing > 0 {
				require.Equal(t, before, p.ends[1].c.State())
			}
		}
		p.consume(1, 1<<30)
		require.True(t, p.ends[1].eof)
		if closed {
			require.Equal(t, tcp.StateTimeWait, p.ends[1].c.State())
		} else {
			require.Equal(t, tcp.StateCloseWait, p.ends[1].c.State())
		}
	})
}

// S21: a simultaneous close: both FINs cross, both ends pass CLOSING and TIME-WAIT,
// whatever data was on its way and whatever was lost.
func TestPairSimultaneousClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.RFC1337 = true })
		p.connect()
		for i := range p.ends {
			require.NoError(t, p.do(i, callSend, rapid.SampledFrom([]int{0, 1, 3000}).Draw(t, "octets")))
		}
		p.closeOrHalf(0, true)
		p.run(time.Duration(rapid.Int64Range(0, int64(transit)-1).Draw(t, "gap")), nil)
		lost := rapid.SliceOfN(rapid.Bool(), 0, 8).Draw(t, "lost")
		p.n = 0
		p.fate = func(n, _ int, _ *tcp.Segment) []time.Duration {
			if n < len(lost) && lost[n] {
				return nil
			}
			return []time.Duration{transit}
		}
		p.closeOrHalf(1, true)
		p.runReadingUntil(time.Hour, p.both(tcp.StateClosed))
		p.checkClosed()
		p.checkStreams()
		require.True(t, p.ends[0].passedTW && p.ends[1].passedTW)
		require.True(t, p.ends[0].passed(tcp.StateClosing) || p.ends[1].passed(tcp.StateClosing) || len(lost) > 0)
	})
}

// P12: an Abort at any moment ends both ends as soon as segments get through; the
// other end reports a reset, unless it was done with the connection.
func TestPairAbort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, nil)
		p.connect()
		p.fate = drawFates(t, 20)
		p.n = 0
		for i := range p.ends {
			require.NoError(t, p.do(i, callSend, rapid.SampledFrom([]int{0, 10, 5000}).Draw(t, "octets")))
			if rapid.Bool().Draw(t, "closes") {
				p.closeOrHalf(i, true)
			}
		}
		p.runReading(time.Duration(rapid.IntRange(0, 100).Draw(t, "ms")) * time.Millisecond)
		if err := p.do(0, callAbort, 0); err != nil {
			require.ErrorIs(t, err, tcp.ErrNotExist)
			return
		}
		require.Equal(t, tcp.StateClosed, p.ends[0].c.State())
		// The RST may be lost: what the other end sends then draws another one.
		if p.ends[1].c.State() != tcp.StateClosed && p.ends[1].c.Ready()&tcp.ReadyWriteClosed == 0 {
			p.run(time.Second, nil)
			if p.ends[1].c.State() != tcp.StateClosed {
				require.NoError(t, p.do(1, callSend, 1))
			}
		}
		p.runReadingUntil(24*time.Hour, p.both(tcp.StateClosed))
		b := &p.ends[1]
		if b.c.State() == tcp.StateFinWait2 && b.c.Deadline() == tcp.Never {
			return // the RST was lost, and it sends nothing more: S4
		}
		require.Equal(t, tcp.StateClosed, b.c.State())
	})
}

// L3, L4, P1, P2: windows that close and open again, on both sides at once, with
// updates lost: the transfer goes on, and the streams are whole.
func TestPairZeroWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		buffer := rapid.SampledFrom([]int{1, 2, 7, 100, 2000}).Draw(t, "buffer")
		p := drawPair(t, func(cfg *tcp.Config) { cfg.ReceiveBuffer, cfg.MaxReceiveBuffer = buffer, buffer })
		p.connect()
		n := min(buffer*rapid.IntRange(1, 6).Draw(t, "buffers")+1, 5000)
		p.fate = drawFates(t, 40)
		p.n = 0
		for i := range p.ends {
			require.NoError(t, p.do(i, callSend, n))
			require.NoError(t, p.do(i, callCloseWrite, 0))
		}
		for i := 0; !p.both(tcp.StateClosed)() && i < 60000; i++ {
			p.run(time.Duration(rapid.SampledFrom([]int{1, 50, 700}).Draw(t, "ms"))*time.Millisecond, nil)
			end := i & 1
			p.consume(end, 1+rapid.IntRange(0, buffer).Draw(t, "reads"))
			if i > 40 {
				p.runReadingUntil(10*time.Hour, p.both(tcp.StateClosed))
				break
			}
		}
		p.checkClosed()
		p.checkStreams()
	})
}

// P8, L7: when nobody acts and time stands still, the network empties after a
// number of deliveries that is linear in what is on the way and queued.
func TestPairQuiescence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPair(t, func(cfg *tcp.Config) { cfg.ChallengeInterval = -1 }) // no limit to help
		p.connect()
		p.fate = drawFates(t, 30)
		p.n = 0
		queued := 0
		for i := range p.ends {
			n := rapid.SampledFrom([]int{0, 1, 5000}).Draw(t, "octets")
			require.NoError(t, p.do(i, callSend, n))
			queued += n
			if rapid.Bool().Draw(t, "closes") {
				p.closeOrHalf(i, rapid.Bool().Draw(t, "half"))
			}
		}
		p.run(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms"))*time.Millisecond, nil)
		p.fate = func(int, int, *tcp.Segment) []time.Duration { return []time.Duration{0} }
		limit := 20 + 4*(len(p.net)+queued/500)
		for n := 0; len(p.net) > 0; n++ {
			if n > limit {
				p.fail("a packet war")
			}
			next := p.net[0]
			p.net = p.net[1:]
			p.deliver(1-next.from, &next)
		}
	})
}

// S14, S15: a SYN in TIME-WAIT, whatever its numbers: legal by the rule of the
// preset, it opens the next incarnation, with an initial sequence number above all of
// the old one's; otherwise the old connection stays.
func TestPairSYNInTimeWait(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timestamps := rapid.Bool().Draw(t, "timestamps")
		p := drawPair(t, func(cfg *tcp.Config) {
			cfg.FinWait2Timeout, cfg.MSL = time.Minute, 30*time.Second
			if !timestamps {
				cfg.Timestamps = tcp.Off
			}
		})
		p.connect()
		p.ends[0].c.SetReopen(true)
		p.closeOrHalf(0, false)
		p.run(10*time.Second, func() bool { return p.ends[1].c.State() == tcp.StateCloseWait })
		p.closeOrHalf(1, false)
		p.run(time.Second, nil)
		require.Equal(t, tcp.StateTimeWait, p.ends[0].c.State())
		old := p.ends[0].c.Status()
		above, newer := rapid.IntRange(-2, 2).Draw(t, "seq"), rapid.IntRange(-2, 2).Draw(t, "TSval")
		syn := tcp.Segment{SrcPort: 4001, DstPort: 4000, Seq: old.RcvNxt.Add(above), Flags: tcp.SYN, Window: 1000}
		if timestamps {
			syn.Options.Present = tcp.OptTimestamps
			syn.Options.TSVal = lastTimestamp(p, 1) + uint32(newer)
		}
		legal := legalSYN(p.ends[0].cfg.TimeWaitSYN, above, newer, timestamps)
		v := p.ends[0].c.Arrive(p.now, &syn)
		st := p.ends[0].c.Status()
		require.Equal(t, legal, v == tcp.Reopen, "%v", v)
		if !legal {
			require.Equal(t, tcp.StateTimeWait, st.State)
			require.Equal(t, old.RcvNxt, st.RcvNxt)
			return
		}
		require.Equal(t, tcp.StateSynReceived, st.State)
		require.True(t, old.SndNxt.Less(st.ISS))
		require.Equal(t, syn.Seq+1, st.RcvNxt)
		require.Equal(t, tcp.Counters{SegmentsArrived: 1}, st.Counters)
	})
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
func TestPairRSTInTimeWait(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rfc1337 := rapid.Bool().Draw(t, "RFC1337")
		p := drawPair(t, func(cfg *tcp.Config) { cfg.RFC1337, cfg.FinWait2Timeout = rfc1337, time.Minute })
		p.connect()
		p.closeOrHalf(0, false)
		p.run(10*time.Second, func() bool { return p.ends[1].c.State() == tcp.StateCloseWait })
		p.closeOrHalf(1, false)
		p.run(time.Second, nil)
		a := &p.ends[0].c
		require.Equal(t, tcp.StateTimeWait, a.State())
		off := rapid.IntRange(-2, 2).Draw(t, "seq")
		due := a.Deadline()
		v := a.Arrive(p.now, &tcp.Segment{
			SrcPort: 4001, DstPort: 4000, Seq: a.Status().RcvNxt.Add(off), Flags: rapid.SampledFrom([]tcp.Flags{tcp.RST, tcp.RST | tcp.ACK}).Draw(t, "flags"),
			Len: rapid.SampledFrom([]int{0, 5}).Draw(t, "len"),
		})
		require.False(t, a.Next(new(tcp.Segment)), "nothing answers a RST")
		if off == 0 && !rfc1337 {
			require.Equal(t, tcp.Gone, v)
			require.Equal(t, tcp.StateClosed, a.State())
			return
		}
		require.Equal(t, tcp.StateTimeWait, a.State())
		require.Equal(t, due, a.Deadline())
	})
}
