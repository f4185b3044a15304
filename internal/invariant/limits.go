package invariant

import (
	"math/bits"
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// checkLimits is I67: what is repeated or asked too often ends the connection, at the
// time-out that finds the limit reached and at no other. Where several timers fired in
// one call it does not know what each of them found.
func (k *Checker) checkLimits() {
	if len(k.fired) != 1 || k.restored {
		return
	}
	was, now := &k.was, &k.now
	gaveUp := slices.ContainsFunc(k.transitions, func(t transition) bool { return t.from == was.State && t.cause == tcp.CauseTimeout })
	switch k.fired[0] {
	case tcp.TimerRetransmit:
		goesOn := now.Counters.Timeouts > was.Counters.Timeouts
		if goesOn || gaveUp {
			k.checkRetransmissions(gaveUp)
		}
	case tcp.TimerPersist:
		goesOn := now.Counters.WindowProbes > was.Counters.WindowProbes
		if goesOn || gaveUp {
			k.checkProbes(gaveUp)
		}
	case tcp.TimerKeepAlive:
		goesOn := now.Counters.KeepAliveProbes > was.Counters.KeepAliveProbes
		if (goesOn || gaveUp) && !k.keepSet && !k.shortens() {
			k.holds("I67", gaveUp == (was.KeepAliveProbes >= k.cfg.KeepAliveCount),
				"%d keepalive probes unanswered, the limit is %d; given up: %v", was.KeepAliveProbes, k.cfg.KeepAliveCount, gaveUp)
		}
	}
}

// checkRetransmissions: R2 of the state, as a count, or as the time that so many
// retransmissions would take.
func (k *Checker) checkRetransmissions(gaveUp bool) {
	was := &k.was
	if k.shortens() {
		return // the user timeout decides
	}
	limit, least := k.retryLimit()
	if k.cfg.GiveUp == tcp.Counted || was.State == tcp.StateSynReceived && was.Passive {
		// Time counts from the first transmission, or from the last progress, which is
		// no earlier than half of the waiting before the first time-out.
		reached := was.Retransmissions >= limit
		spent := k.firedAt.Sub(k.progressAt)
		k.holds("I67", !gaveUp || reached && spent >= least, "given up after %d retransmissions and %v, the limit is %d and %v",
			was.Retransmissions, spent, limit, least)
		k.holds("I67", gaveUp || !reached || k.firedAt.Sub(k.tryAt) < least, "goes on after %d retransmissions and %v, the limit is %d and %v",
			was.Retransmissions, k.firedAt.Sub(k.tryAt), limit, least)
		return
	}
	if was.Retransmissions == 0 {
		k.holds("I67", !gaveUp, "given up without a retransmission")
		return
	}
	unit := 200 * time.Millisecond // Linux reckons with TCP_RTO_MIN, whatever the timeout is
	spent := k.firedAt.Sub(k.timeoutAt)
	counted := false
	switch {
	case was.State == tcp.StateSynSent:
		unit, spent = k.cfg.RTOInitial, k.firedAt.Sub(k.progressAt)
		counted = was.Retransmissions >= limit+k.cfg.SYNLinearTimeouts
	case was.State == tcp.StateSynReceived:
		unit, spent = k.cfg.RTOInitial, k.firedAt.Sub(k.progressAt)
		counted = was.Retransmissions >= limit
	case was.SendWindow == 0 && !k.orphaned(): // what is in flight is a window probe
		k.holds("I67", !gaveUp || spent > 2*k.cfg.RTOMax, "given up %v after a window closed", spent)
		return
	}
	reached := counted || spent.Truncate(time.Millisecond) >= timeOf(limit, unit, k.cfg.RTOMax)
	k.holds("I67", gaveUp == reached, "%d retransmissions in %v, the limit of %d takes %v; given up: %v",
		was.Retransmissions, spent, limit, timeOf(limit, unit, k.cfg.RTOMax), gaveUp)
}

// checkProbes: unanswered window probes are limited as retransmissions of data are.
func (k *Checker) checkProbes(gaveUp bool) {
	was := &k.was
	limit, least := k.cfg.DataRetries2, k.cfg.DataMinimum
	if k.orphaned() {
		if k.cfg.GiveUp == tcp.Elapsed {
			return // its answered probes have a limit as well
		}
		limit = k.cfg.OrphanRetries
	}
	if k.shortens() {
		return
	}
	reached := was.WindowProbes >= limit && (was.WindowProbes == 0 || k.firedAt.Sub(k.probesAt) >= least)
	k.holds("I67", gaveUp == reached, "%d window probes unanswered in %v, the limit is %d and %v; given up: %v",
		was.WindowProbes, k.firedAt.Sub(k.probesAt), limit, least, gaveUp)
}

// retryLimit is R2 of the state before this event.
func (k *Checker) retryLimit() (limit int, least time.Duration) {
	was := &k.was
	switch {
	case was.State == tcp.StateSynReceived && was.Passive:
		return k.cfg.SYNACKRetries, k.cfg.SYNMinimum
	case was.State <= tcp.StateSynReceived:
		return k.cfg.SYNRetries, k.cfg.SYNMinimum
	case !k.orphaned():
		return k.cfg.DataRetries2, k.cfg.DataMinimum
	case k.cfg.OrphanRetries != tcp.OrphanRetriesAuto:
		return k.cfg.OrphanRetries, k.cfg.DataMinimum
	case was.RTO < k.cfg.RTOMax:
		return 8, k.cfg.DataMinimum
	}
	return 0, k.cfg.DataMinimum // Linux: an orphan that waits that long is not waited for
}

// orphaned reports that no program held the connection before this event.
func (k *Checker) orphaned() bool {
	return k.was.References == 0 && k.was.ready&tcp.ReadyLingering == 0
}

// timeOf is how long n retransmissions take by Linux's model: the intervals double
// from unit up to longest.
func timeOf(n int, unit, longest time.Duration) time.Duration {
	doublings := bits.Len64(uint64(longest/unit)) - 1
	short := min(n, doublings)
	return unit*(2<<short-1) + time.Duration(n-short)*longest
}
