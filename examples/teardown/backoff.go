package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

// backOff checks that the times are those of a first transmission and of
// retransmissions with exponential back-off: each timeout twice the one before, up
// to the maximum. Where the profile has it, a tail loss probe comes first; it backs
// nothing off. It returns the timeout that would have come next.
func (s *stage) backOff(what string, at []time.Duration, first time.Duration, probe bool) time.Duration {
	timeout := first
	for i := 1; i < len(at); i++ {
		s.lasted(fmt.Sprintf("wait %d for an answer to the %s", i, what), at[i]-at[i-1], timeout)
		if i > 1 || !probe {
			timeout = min(2*timeout, s.rtoMax)
		}
	}
	return timeout
}

// gaveUp checks that an end sent something again as often as the limit allows,
// with back-off, and then ended with a timeout error; and says so. A user timeout
// comes first where there is one.
func (s *stage) gaveUp(e *simlink.End, what string, match simlink.Match, limit int) {
	at := s.sent(e, match)
	if len(at) == 0 {
		s.check(false, "no %s was sent", what)
		return
	}
	next := s.backOff(what, at, s.rto, s.probe)
	made, end := len(at)-1, s.entered(e, tcp.StateClosed)
	text := fmt.Sprintf("The %s was sent again %d times: first after %s, then each time after twice as long (at most %s). ",
		what, made, d(at[min(1, made)]-at[0]), d(s.rtoMax))
	if s.probe {
		made--
		text = fmt.Sprintf("The %s was sent again by a tail loss probe after %s, and then %d times, each time after twice as long (at most %s). ",
			what, d(at[min(1, made)]-at[0]), made, d(s.rtoMax))
	}
	var timeout interface{ Timeout() bool }
	err := e.Conn.Err()
	s.check(errors.As(err, &timeout) && timeout.Timeout(), "error %v is no timeout", err)
	s.equal("timeouts counted", int(e.Conn.Status().Counters.Timeouts), made)
	if s.userTimeout > 0 && made < limit {
		s.ended(e, tcp.ErrUserTimeout)
		s.equal("time of the end", end, at[0]+s.userTimeout)
		s.say("%sThe limit of %d is not reached: the user timeout of %s (RFC 9293 §3.9.1), counted from the first transmission, "+
			"ends the connection at %s: CLOSED, error %q.", text, limit, d(s.userTimeout), d(end), err)
		return
	}
	s.ended(e, tcp.ErrTimeout)
	s.equal("timeouts of the "+what, made, limit)
	s.lasted("the wait for an answer to the last "+what, end-at[len(at)-1], next)
	s.say("%s%s after the last one, at %s, the limit of %d is reached: CLOSED, error %q.", text, d(end-at[len(at)-1]), d(end), limit, err)
}
