package tcp

// congestion is the congestion window: slow start and congestion avoidance of
// RFC 5681. The scoreboard tells it of acknowledgments and losses, in octets; an
// algorithm is these methods.
type congestion struct {
	window, threshold uint32 // cwnd, ssthresh
	acked             uint32 // octets acknowledged since the window last grew, in avoidance
	minRTT            uint32 // the shortest round trip, in µs; 0 before the first
	lastSent          Time   // when data was last sent
}

const maxCongestionWindow = 1 << 30

// start begins with the initial window.
func (g *congestion) start(window int, now Time) {
	*g = congestion{window: uint32(window), threshold: maxCongestionWindow, minRTT: g.minRTT, lastSent: now}
}

// advance grows the window by what n acknowledged octets allow: RFC 5681 §3.1. In
// slow start one acknowledgment adds no more than limit.
func (g *congestion) advance(n, mss, limit int) {
	if g.window < g.threshold {
		g.window = min(g.window+uint32(min(n, limit)), maxCongestionWindow)
		return
	}
	g.acked += uint32(n)
	if g.acked >= g.window {
		g.acked -= g.window
		g.window = min(g.window+uint32(mss), maxCongestionWindow)
	}
}

// lost halves the window at the start of fast recovery: RFC 5681 §3.2.
func (g *congestion) lost(flight, mss int) {
	g.threshold = uint32(max(flight/2, 2*mss))
	g.window, g.acked = g.threshold, 0
}

// inflate makes room for what has left the network, as duplicate acknowledgments
// say: RFC 5681 §3.2 (3), (4).
func (g *congestion) inflate(n int) { g.window = min(g.window+uint32(n), maxCongestionWindow) }

// deflate takes that back for n octets that a partial acknowledgment covers, and lets
// one segment leave for them: RFC 6582 §3.2.
func (g *congestion) deflate(n, mss int) {
	g.window = uint32(max(int(g.window)-n, 0))
	if n >= mss {
		g.window += uint32(mss)
	}
	g.window = max(g.window, uint32(mss))
}

// recovered ends fast recovery: RFC 6582 §3.2, without a burst.
func (g *congestion) recovered(flight, mss int) {
	g.window = min(g.threshold, uint32(max(flight, mss)+mss))
}

// timeout starts over with one segment. The threshold is set at the first timeout
// of a segment only: RFC 5681 §3.1.
func (g *congestion) timeout(flight, mss int, first bool) {
	if first {
		g.threshold = uint32(max(flight/2, 2*mss))
	}
	g.window, g.acked = uint32(mss), 0
}

// restart shrinks the window after an idle time: RFC 5681 §4.1.
func (g *congestion) restart(initial int) { g.window = min(g.window, uint32(initial)) }

// startCongestion begins with ESTABLISHED: one segment if the handshake lost some.
func (c *Conn) startCongestion() {
	window := c.initialCongestionWindow()
	if c.snd.synTimedOut {
		window = c.maxPayload()
	}
	c.cong.start(window, c.now)
}

// growCongestionWindow tells the window of an acknowledgment of octets, and of so many
// segments, out of flight octets. Counted in segments it grows only if it was used.
func (c *Conn) growCongestionWindow(octets, segments, flight int) {
	mss := c.maxPayload()
	if c.cfg.CongestionUnit == CongestionOctets {
		c.cong.advance(octets, mss, mss)
		return
	}
	if n := max(segments, octets/mss) * mss; c.waiting() || int(c.cong.window) < 2*(flight+mss-1)/mss*mss {
		c.cong.advance(n, mss, n)
	}
}

// initialCongestionWindow is IW of RFC 5681 §3.1, or a number of segments.
func (c *Conn) initialCongestionWindow() int {
	mss := c.maxPayload()
	if c.cfg.InitialWindow != InitialWindowRFC5681 {
		return c.cfg.InitialWindow * mss
	}
	switch {
	case mss > 2190:
		return 2 * mss
	case mss > 1095:
		return 3 * mss
	}
	return 4 * mss
}
