package tcp

import "time"

// startUserTimeout starts the user timeout of something sent now.
func (c *Conn) startUserTimeout() {
	t := c.set.userTimeout
	if t == 0 || t == Forever || c.cfg.UserTimeoutStart == FromRetransmission {
		c.stop(TimerUserTimeout)
		return
	}
	c.start(TimerUserTimeout, t)
}

// watchUserTimeout runs the user timeout while something is unacknowledged or
// waits, from the last progress on.
func (c *Conn) watchUserTimeout(progress bool) {
	if c.snd.una == c.snd.nxt && !c.waiting() {
		c.stop(TimerUserTimeout)
		return
	}
	if progress || !c.running(TimerUserTimeout) {
		c.startUserTimeout()
	}
}

// Bounds of what a peer's user timeout option can make of ours: RFC 5482 §3.1. The
// lower one is SHLD-11's.
const (
	userTimeoutLower = 100 * time.Second
	userTimeoutUpper = 2 * time.Hour
)

// takeUserTimeoutOption follows the peer's advice: the longer of the two timeouts
// counts, within bounds, unless SetUserTimeout has fixed ours (RFC 5482 §3.1).
func (c *Conn) takeUserTimeoutOption(o *Options) {
	if !c.cfg.UserTimeoutOption || !o.Has(OptUserTimeout) || c.set.userTimeoutFixed {
		return
	}
	remote := time.Duration(o.UserTimeout&0x7fff) * time.Second
	if o.UserTimeout&0x8000 != 0 {
		remote *= 60
	}
	if remote == 0 { // reserved
		return
	}
	adopted := min(userTimeoutUpper, max(c.cfg.UserTimeout, remote, userTimeoutLower, c.rto()+1))
	if c.cfg.UserTimeout == Forever {
		adopted = userTimeoutUpper
	}
	if adopted == c.set.userTimeout {
		return
	}
	c.set.userTimeout = adopted
	if c.running(TimerUserTimeout) || c.state.synchronized() && c.snd.una != c.snd.nxt {
		c.start(TimerUserTimeout, max(adopted-c.now.Sub(c.snd.firstSent), 0))
	}
}

// addUserTimeoutOption advertises our user timeout in SYN and SYN,ACK.
func (c *Conn) addUserTimeoutOption(o *Options) {
	t := c.set.userTimeout
	if !c.cfg.UserTimeoutOption || t == 0 || t == Forever {
		return
	}
	o.Present |= OptUserTimeout
	if s := (t + time.Second - 1) / time.Second; s <= 0x7fff {
		o.UserTimeout = uint16(s)
	} else {
		o.UserTimeout = 0x8000 | uint16(min((t+time.Minute-1)/time.Minute, 0x7fff))
	}
}
