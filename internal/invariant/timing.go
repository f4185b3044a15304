package invariant

import (
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// checkTimers looks at what the timers that fired have done.
func (k *Checker) checkTimers(e Event) {
	if !slices.Contains(k.fired, tcp.TimerRetransmit) || len(k.fired) != 1 || k.now.State == tcp.StateClosed || k.now.State == tcp.StateListen {
		return
	}
	was, now := &k.was, &k.now
	if k.cfg.TickRate == 0 && now.Backoff == was.Backoff+1 {
		k.holds("I64", now.RTO == min(2*was.RTO, k.cfg.RTOMax), "a timeout takes RTO from %v to %v", was.RTO, now.RTO)
	}
	if len(k.flight) > 0 && k.flight[0].from > 0 && !k.shortens() { // a SYN-ACK sent again for a SYN does not touch the timer (P-5)
		head := k.flight[0]
		k.holds("I65", e.Now.Sub(head.last) > was.RTO-max(k.tick(), 1), "what was sent at %d times out at %d, RTO %v", head.last, e.Now, was.RTO)
	}
	if !sendsIn(now.State) || now.Counters.Timeouts == was.Counters.Timeouts || k.una == 0 {
		return
	}
	k.afterRTO = true
	k.holds("I77", now.CongestionWindow <= now.MaxPayload, "cwnd is %d after a timeout", now.CongestionWindow)
	if was.Retransmissions > 0 {
		k.holds("I77", now.SlowStartThreshold == was.SlowStartThreshold, "a second timeout takes ssthresh from %d to %d",
			was.SlowStartThreshold, now.SlowStartThreshold)
	}
}

// tick is the clock of the timers; 0 if they are exact.
func (k *Checker) tick() time.Duration {
	if k.cfg.TickRate == 0 {
		return 0
	}
	return time.Second / time.Duration(k.cfg.TickRate)
}

// rounding is by how much a timer wheel lengthens a time at most: an eighth, and a tick.
func (k *Checker) rounding(d int64) int64 {
	if k.cfg.TickRate == 0 {
		return 0
	}
	return d/8 + int64(k.tick())
}

// shortens reports a user timeout by which timers expire early.
func (k *Checker) shortens() bool {
	return k.cfg.UserTimeoutStart == tcp.FromRetransmission && (k.cfg.UserTimeout != 0 || k.userSet)
}

// checkCounters looks at what the counters tell.
func (k *Checker) checkCounters(e Event) {
	was, now := &k.was.Counters, &k.now.Counters
	if now.KeepAliveProbes > was.KeepAliveProbes {
		k.holds("I70", k.keepOn, "a keepalive probe without keepalive")
		k.holds("I70", k.was.SndUna == k.was.SndNxt && k.was.SndNxt == k.was.SndEnd || k.finSent, "a keepalive probe with something in flight")
	}
	if now.WindowProbes > was.WindowProbes {
		gap := e.Now.Sub(k.probeAt)
		if k.now.WindowProbes > 2 && !k.shortens() && len(k.fired) == 1 {
			k.holds("I69", int64(gap) >= k.probeGap-k.rounding(k.probeGap), "a window probe after %v, the one before after %v", gap, time.Duration(k.probeGap))
		}
		k.probeAt, k.probeGap = e.Now, int64(gap)
		if k.now.WindowProbes < 2 {
			k.probeGap = 0
		}
	}
	if now.ChallengesSent > was.ChallengesSent && k.cfg.ChallengeInterval > 0 {
		k.challenges = append(k.challenges, e.Now)
		n := 0
		for _, at := range k.challenges {
			if e.Now.Sub(at) < k.cfg.ChallengeInterval {
				n++
			}
		}
		k.holds("I34", n <= k.cfg.ChallengeLimit, "%d challenge ACKs in %v", n, k.cfg.ChallengeInterval)
	}
}
