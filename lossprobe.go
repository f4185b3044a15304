package tcp

import "time"

// tailProbe is what became of the last tail loss probe: RFC 8985 §7.4, as Linux has it
// (tcp_process_tlp_ack).
type tailProbe uint8

const (
	probeNone     tailProbe = iota
	probeNew                // new data was sent
	probeRepeated           // the last segment was sent again
	probeReached            // what was outstanding then is acknowledged, not what came later
	probePassed             // and so is that: the probe repaired a loss
)

// armLossProbe starts the timer of a tail loss probe: two round trips, and a while
// more for a single segment whose acknowledgment may be delayed (RFC 8985 §7.2), but no
// later than the retransmission timeout; after an acknowledgment that one begins anew.
func (c *Conn) armLossProbe(acked bool) bool {
	return c.cfg.TailLossProbe && c.snd.sackOK && c.startLossProbe(acked)
}

func (c *Conn) startLossProbe(acked bool) bool {
	if c.rec.recovering || c.rec.anyLost || c.snd.rexmits > 0 || c.snd.una == c.snd.nxt {
		return false
	}
	srtt, _, ok := c.rtt.smoothed(&c.cfg.rtt)
	delay := time.Second
	if ok {
		delay = 2 * srtt
		if c.rec.n == 1 {
			delay += c.cfg.RTOMin
		} else {
			delay += lossProbeSlack
		}
	}
	limit := c.rto()
	if !acked {
		limit = c.untilTimeout()
	}
	if limit > 0 {
		delay = min(delay, limit)
	}
	c.stop(TimerRetransmit)
	c.rec.reordering = false
	c.start(TimerLossProbe, delay)
	return true
}

const lossProbeSlack = 2 * time.Millisecond

// untilTimeout is how far the retransmission timeout of the oldest segment in flight
// is, counted from its last transmission.
func (c *Conn) untilTimeout() time.Duration {
	return c.rec.r[0].time.Add(c.rto()).Sub(c.now)
}

// lossProbeTimeout repeats the last segment, to draw an acknowledgment that shows
// what is missing. It is no retransmission timeout: nothing is backed off. While one
// probe is outstanding there is no other: the timeout takes its place.
func (c *Conn) lossProbeTimeout() {
	switch {
	case c.rec.reordering:
		c.reorderingTimeout()
	case c.rec.probed != probeNone:
		c.start(TimerRetransmit, c.withinUserTimeout(max(c.untilTimeout(), c.cfg.tick, 1)))
	default:
		c.owe.probe = lossProbe
		c.count.LossProbes++
		c.startRetransmit()
	}
}

// formLossProbe sends one new segment if the peer's window has room for it, else
// the last one again: RFC 8985 §7.3.
func (c *Conn) formLossProbe(seg *Segment) {
	usable := c.snd.una.Add(int(c.snd.wnd)).Sub(c.snd.nxt)
	n := min(c.snd.end.Sub(c.snd.nxt), c.segmentRoom(), usable)
	if n > 0 {
		fin := c.user.writeClosed && c.snd.nxt.Add(n) == c.snd.end && usable > n
		c.formNew(seg, n, fin)
		c.rec.probed = probeNew
	} else {
		c.repeatLast(seg)
		c.rec.probed = probeRepeated
	}
	c.rec.r[c.rec.n-1].flags |= recordProbed
	if c.rec.probed == probeNew {
		c.startRetransmit() // not another probe
	}
}

// repeatLast forms the last segment again, with the FIN.
func (c *Conn) repeatLast(seg *Segment) {
	fin := c.snd.finSent
	to := c.snd.nxt
	if fin {
		to--
	}
	from := c.snd.una
	if c.rec.n > 1 {
		from = c.rec.r[c.rec.n-2].end
	}
	n := min(to.Sub(from), c.segmentRoom())
	c.count.Retransmits++
	c.count.FINRetransmits += uint32(btoi(fin))
	last := &c.rec.r[c.rec.n-1]
	last.flags |= recordRetransmitted
	last.time = c.now
	c.fillText(seg, to.Add(-n), n, fin)
	if last.flags&recordPushed != 0 {
		seg.Flags |= PSH
	}
}

// probeAnswered looks at what an acknowledgment says of the probe: one of more than
// was outstanding shows that the probe repaired a loss, which halves the window; a
// duplicate, or a D-SACK, shows that nothing was lost.
func (c *Conn) probeAnswered(seg *Segment, duplicate bool) {
	switch {
	case c.rec.probed < probeReached:
		return
	case seg.Options.NumSACK > 0 && seg.Options.SACK[0].Left.Less(seg.Ack), c.rec.probed == probeReached && duplicate:
	case c.rec.probed == probePassed:
		mss := c.maxPayload()
		c.cong.lost(int(c.cong.window), mss)
	default:
		return
	}
	c.rec.probed = probeNone
}

// probeAcked notes that the acknowledgment of una covers what was outstanding when the
// probe was sent.
func (r *records) probeAcked(una Seq) {
	if r.probed == probeReached {
		r.probed = probePassed
		return
	}
	for i := range r.n {
		end := r.r[i].end
		switch {
		case r.r[i].flags&recordProbed == 0 || una.Less(end):
		case r.probed == probeNew:
			r.probed = probeNone
		case end.Less(una):
			r.probed = probePassed
		default:
			r.probed = probeReached
		}
	}
}
