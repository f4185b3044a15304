package tcp

import "time"

// SetKeepAlive switches keepalive on or off, as net.TCPConn.SetKeepAlive. Switched
// on late, the idle time counts from now. SO_KEEPALIVE.
func (c *Conn) SetKeepAlive(now Time, on bool) error {
	if now == Never {
		return c.misuse("SetKeepAlive", ErrTime)
	}
	c.observe(now)
	c.set.keepAlive = on
	c.restartKeepAlive()
	return nil
}

// KeepAliveConfig holds the keepalive settings, as net.KeepAliveConfig. In Idle,
// Interval and Count 0 stands for the value of Config, a negative value leaves things
// as they are.
type KeepAliveConfig struct {
	Enable   bool          // SO_KEEPALIVE
	Idle     time.Duration // before the first probe; TCP_KEEPIDLE
	Interval time.Duration // between probes; TCP_KEEPINTVL
	Count    int           // unanswered probes that end the connection, at most 127; TCP_KEEPCNT
}

// SetKeepAliveConfig changes the settings of keepalive, as
// net.TCPConn.SetKeepAliveConfig. The idle time that has passed counts: an Idle below it
// sends a probe at once. Interval and Count act from the next probe on.
func (c *Conn) SetKeepAliveConfig(now Time, config KeepAliveConfig) error {
	const call = "SetKeepAliveConfig"
	switch {
	case now == Never:
		return c.misuse(call, ErrTime)
	case config.Idle > longest:
		return c.badArgument(call, "Idle is %v, want at most %v", config.Idle, longest)
	case config.Interval > longest:
		return c.badArgument(call, "Interval is %v, want at most %v", config.Interval, longest)
	case config.Count > maxProbes:
		return c.badArgument(call, "Count is %d, want at most %d", config.Count, maxProbes)
	}
	c.observe(now)
	restart := config.Enable != c.set.keepAlive || config.Idle >= 0
	c.set.keepAlive = config.Enable
	c.set.keepIdle = chosen(config.Idle, c.cfg.KeepAliveIdle, c.set.keepIdle)
	c.set.keepInterval = chosen(config.Interval, c.cfg.KeepAliveInterval, c.set.keepInterval)
	c.set.keepCount = uint8(chosen(config.Count, c.cfg.KeepAliveCount, int(c.set.keepCount)))
	if restart {
		c.restartKeepAlive()
	}
	return nil
}

// chosen is v, or the default for 0, or for a negative v what is in force.
func chosen[T ~int | ~int64](v, def, current T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return current
	}
	return v
}

// SetLinger says what the Close of the last reference does, as
// net.TCPConn.SetLinger. Negative, as at first: it returns at once, and the
// connection closes in the background. 0: it drops what is queued and resets the
// connection. n: it waits up to n seconds, at most 2147483647, for the FIN's
// acknowledgment. SO_LINGER.
func (c *Conn) SetLinger(now Time, sec int) error {
	switch {
	case now == Never:
		return c.misuse("SetLinger", ErrTime)
	case sec > int(longest/time.Second):
		return c.badArgument("SetLinger", "sec is %d, want at most %d", sec, int(longest/time.Second))
	}
	c.observe(now)
	c.set.linger = -1
	if sec >= 0 {
		c.set.linger = time.Duration(sec) * time.Second
	}
	return nil
}

// SetNoDelay switches the Nagle algorithm off (true) or on, as
// net.TCPConn.SetNoDelay. Switched off, what it held back may leave now.
// TCP_NODELAY.
func (c *Conn) SetNoDelay(now Time, noDelay bool) error {
	if now == Never {
		return c.misuse("SetNoDelay", ErrTime)
	}
	c.observe(now)
	c.set.noDelay = noDelay
	c.watchSending(false, false)
	return nil
}

// SetCork holds back everything that does not fill a segment, until it is
// switched off, the connection is closed, or the persist timer expires. TCP_CORK.
func (c *Conn) SetCork(now Time, on bool) error {
	if now == Never {
		return c.misuse("SetCork", ErrTime)
	}
	c.observe(now)
	c.set.cork = on
	c.watchSending(false, false)
	return nil
}

// SetUserTimeout sets the user timeout (RFC 9293 §3.9.1.1), and keeps the peer's
// option of RFC 5482 from changing it. Forever is off, 0 returns to
// Config.UserTimeout and lets the peer's option count again. The time that what is
// outstanding has waited counts; with FromRetransmission the new timeout acts when
// the retransmission timer is set next. TCP_USER_TIMEOUT.
func (c *Conn) SetUserTimeout(now Time, d time.Duration) error {
	switch {
	case now == Never:
		return c.misuse("SetUserTimeout", ErrTime)
	case d < 0 || d > longest && d != Forever:
		return c.badArgument("SetUserTimeout", "d is %v, want 0 to %v, or Forever", d, longest)
	}
	c.observe(now)
	waited := c.waited()
	c.set.userTimeoutFixed = d != 0
	c.set.userTimeout = chosen(d, c.cfg.UserTimeout, 0)
	if waited < 0 {
		return nil
	}
	c.startUserTimeout()
	if c.running(TimerUserTimeout) && waited > 0 {
		c.start(TimerUserTimeout, max(c.set.userTimeout-waited, 0))
	}
	return nil
}

// waited is how long the user timeout has run, or would have; negative if nothing
// is outstanding.
func (c *Conn) waited() time.Duration {
	switch {
	case c.running(TimerUserTimeout):
		left := c.expires(TimerUserTimeout).Sub(c.now)
		return max(c.set.userTimeout-left, 0)
	case c.state < StateSynSent:
		return -1
	case c.snd.una != c.snd.nxt:
		return max(c.now.Sub(c.snd.firstSent), 0)
	case c.canSend() && c.waiting():
		return 0
	}
	return -1
}

// maxFinWait2 is the longest time that TCP_LINGER2 can set: TCP_FIN_TIMEOUT_MAX.
const maxFinWait2 = 120 * time.Second

// SetFinWait2Timeout bounds FIN-WAIT-2 after Close. 0 returns to Config.FinWait2Timeout
// and Config.FinWait2Reset, a negative d resets instead of waiting; Forever does not
// end. With Config.FinWait2TimeWait more than 120 s count as 120 s. It acts when the
// last reference is closed. TCP_LINGER2.
func (c *Conn) SetFinWait2Timeout(now Time, d time.Duration) error {
	switch {
	case now == Never:
		return c.misuse("SetFinWait2Timeout", ErrTime)
	case d > longest && d != Forever:
		return c.badArgument("SetFinWait2Timeout", "d is %v, want at most %v, or Forever", d, longest)
	}
	c.observe(now)
	if c.cfg.FinWait2TimeWait {
		d = min(d, maxFinWait2)
	}
	c.set.finWait2 = max(d, 0)
	c.set.finWait2Reset = d < 0 || d == 0 && c.cfg.FinWait2Reset
	return nil
}

// SetReadBuffer sets the space for received octets, as net.TCPConn.SetReadBuffer: 1
// to Config.MaxReceiveBuffer. Before the connection is opened it decides the first
// window. Later a smaller buffer lets the window shrink as octets arrive, never what was
// offered; a larger one is offered with the next segment, or at once if the window
// grows much, which WindowLinux leaves to the next segment. SO_RCVBUF.
func (c *Conn) SetReadBuffer(now Time, n int) error {
	switch {
	case now == Never:
		return c.misuse("SetReadBuffer", ErrTime)
	case n < 1 || n > c.cfg.MaxReceiveBuffer:
		return c.badArgument("SetReadBuffer", "n is %d, want 1 to Config.MaxReceiveBuffer, %d", n, c.cfg.MaxReceiveBuffer)
	}
	c.observe(now)
	c.set.buffer, c.set.bufferFixed = int32(n), true
	if c.cfg.ReceiveWindow == WindowRFC9293 && c.state.synchronized() {
		c.consumed()
	}
	return nil
}

// SetSYNRetries sets how often the SYN of an active open is retransmitted: 1 to
// 255 less Config.SYNLinearTimeouts. It acts when the retransmission timer expires
// next. TCP_SYNCNT.
func (c *Conn) SetSYNRetries(now Time, n int) error {
	high := 255 - c.cfg.SYNLinearTimeouts
	switch {
	case now == Never:
		return c.misuse("SetSYNRetries", ErrTime)
	case n < 1 || n > high:
		return c.badArgument("SetSYNRetries", "n is %d, want 1 to %d", n, high)
	}
	c.observe(now)
	c.set.synRetries = uint8(n)
	return nil
}

// SetMSS sets the largest payload that this end accepts and sends, in place of
// Config.MSS: 88 to 65495 octets, before the connection is opened. TCP_MAXSEG.
func (c *Conn) SetMSS(n int) error {
	switch {
	case n < minMSS || n > maxMSS:
		return c.badArgument("SetMSS", "n is %d, want %d to %d", n, minMSS, maxMSS)
	case c.state != StateClosed || c.ended:
		return c.misuse("SetMSS", ErrExists)
	}
	c.set.mss = uint16(n)
	c.snd.mss = uint16(min(c.cfg.DefaultSendMSS, n))
	return nil
}

// SetTimestampOffset sets what is added to the clock of the timestamps sent
// (RFC 7323 §5.4), before the connection is opened. The clock counts the
// milliseconds of Time; an offset that nobody can guess hides it.
func (c *Conn) SetTimestampOffset(offset uint32) error {
	if c.state != StateClosed || c.ended {
		return c.misuse("SetTimestampOffset", ErrExists)
	}
	c.set.tsOffset = offset
	return nil
}
