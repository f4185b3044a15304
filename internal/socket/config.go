package socket

import (
	"errors"
	"strconv"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// Config is what a host can choose: the settings of its connections, and those
// that act on the host as a whole.
type Config struct {
	// TCP is the configuration of every connection. Its ports do not count.
	TCP tcp.Config

	// MaxTimeWait is the number of connections kept in TIME-WAIT, and in FIN-WAIT-2
	// without a program where TCP.FinWait2TimeWait is set; beyond it they are gone at
	// once. 0 is no limit, −1 none at all. tcp_max_tw_buckets.
	MaxTimeWait int
	// ChallengeLimit is the number of challenge ACKs of all connections in a second;
	// 0 is no limit, −1 none at all. Linux draws it anew every second, between half
	// and one and a half times the number; here it is the number.
	// tcp_challenge_ack_limit.
	ChallengeLimit int
	// FirstPort and LastPort are the range from which Connect and Bind choose a port,
	// the lowest that is free; default 32768 to 60999. ip_local_port_range.
	FirstPort, LastPort uint16
	// SendBuffer is how many octets a connection holds that are written and not
	// acknowledged; default 87040, to which Linux raises the 65536 of tcp_wmem once a
	// connection is established. SO_SNDBUF.
	SendBuffer int

	// NotSentLow is how many octets a program may write beyond what is sent, in whole
	// segments; 0 is no limit. tcp_notsent_lowat, TCP_NOTSENT_LOWAT.
	NotSentLow int
	// MaxBacklog is the largest backlog of a listener; default 4096.
	// net.core.somaxconn.
	MaxBacklog int
	// AbortOnOverflow resets a connection for which the accept queue has no room, when
	// its handshake is complete. tcp_abort_on_overflow.
	AbortOnOverflow bool

	// KeepInit is how many milliseconds an active open may take; 0 as long as TCP
	// allows. net.inet.tcp.keepinit of BSD, TCP_KEEPINIT.
	KeepInit int

	// ISS draws the initial sequence number of a connection; default a clock of 64 ns
	// a step, and the ports. It must return the same for the same arguments.
	ISS func(now tcp.Time, local, remote uint16) tcp.Seq
	// TimestampOffset is added to every timestamp sent.
	TimestampOffset uint32
	// Trace is called by every connection, but not by what remains of one in
	// TIME-WAIT.
	Trace *tcp.Trace
}

// hostSysctls are the names that Config.Set knows beside those of tcp.Config.Set.
var hostSysctls = map[string]func(c *Config, value string) error{
	"tcp_max_tw_buckets":      func(c *Config, v string) error { return setCount(&c.MaxTimeWait, v) },
	"tcp_challenge_ack_limit": func(c *Config, v string) error { return setChallengeLimit(&c.ChallengeLimit, v) },
	"tcp_notsent_lowat":       func(c *Config, v string) error { return setNotSentLow(&c.NotSentLow, v) },
	"tcp_abort_on_overflow":   func(c *Config, v string) error { return setSwitch(&c.AbortOnOverflow, v) },
	"net.core.somaxconn":      func(c *Config, v string) error { return setBacklog(&c.MaxBacklog, v) },
	"ip_local_port_range":     func(c *Config, v string) error { return setRange(&c.FirstPort, &c.LastPort, v) },
}

// Set changes a setting by the name of a sysctl, with or without "net.ipv4.": those of
// [tcp.Config.Set], and tcp_max_tw_buckets, tcp_challenge_ack_limit, tcp_notsent_lowat,
// tcp_abort_on_overflow, net.core.somaxconn and ip_local_port_range. The error is that of tcp.Config.Set, or a *tcp.ValueError.
func (c *Config) Set(name, value string) error {
	short := strings.TrimPrefix(name, "net.ipv4.")
	if set, ok := hostSysctls[short]; ok {
		if err := set(c, value); err != nil {
			return &tcp.ValueError{Kind: "sysctl", Name: short, Value: value, Want: err.Error()}
		}
		return nil
	}
	return c.TCP.Set(name, value)
}

// maxInt32 is the largest value of such a sysctl.
const maxInt32 = 1<<31 - 1

var errCount = errors.New("0 to 2147483647")

func setCount(field *int, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxInt32 {
		return errCount
	}
	*field = n
	if n == 0 {
		*field = -1
	}
	return nil
}

// setChallengeLimit takes the largest value as no limit, as Linux does.
func setChallengeLimit(field *int, value string) error {
	err := setCount(field, value)
	if *field == maxInt32 {
		*field = 0
	}
	return err
}

// setNotSentLow takes the largest value of 32 bits, the default of Linux, and 0, as no
// limit.
func setNotSentLow(field *int, value string) error {
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return errors.New("0 to 4294967295")
	}
	*field = int(min(n, maxInt32))
	if *field == maxInt32 {
		*field = 0
	}
	return nil
}

func setSwitch(field *bool, value string) error {
	if value != "0" && value != "1" {
		return errors.New("0 or 1")
	}
	*field = value == "1"
	return nil
}

func setBacklog(field *int, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxInt32 {
		return errCount
	}
	*field = n
	if n == 0 {
		*field = -1
	}
	return nil
}

func setRange(first, last *uint16, value string) error {
	f := strings.Fields(value)
	if len(f) != 2 {
		return errors.New("two ports")
	}
	low, err1 := strconv.ParseUint(f[0], 10, 16)
	high, err2 := strconv.ParseUint(f[1], 10, 16)
	if err1 != nil || err2 != nil || low == 0 || high < low {
		return errors.New("two ports from 1 to 65535, the lower one first")
	}
	*first, *last = uint16(low), uint16(high)
	return nil
}

// fill sets what was left at its default.
func (c *Config) fill() {
	if c.FirstPort == 0 && c.LastPort == 0 {
		c.FirstPort, c.LastPort = 32768, 60999
	}
	if c.SendBuffer == 0 {
		c.SendBuffer = 87040
	}
	if c.MaxBacklog == 0 {
		c.MaxBacklog = 4096
	}
	if c.ISS == nil {
		c.ISS = func(now tcp.Time, local, remote uint16) tcp.Seq {
			return tcp.Seq(uint64(now)/64) + tcp.Seq(local)<<16 ^ tcp.Seq(remote)
		}
	}
}

// settings are those of a fresh socket.
func (c *Config) settings() settings {
	s := settings{sendBuffer: c.SendBuffer, receiveBuffer: c.TCP.ReceiveBuffer, notSentLow: c.NotSentLow, keepInit: c.KeepInit}
	if s.receiveBuffer == 0 {
		s.receiveBuffer = 65535
	}
	return s
}

// allows reports whether one more is within a limit of Config, of which 0 is none
// and −1 zero.
func allows(limit, have int) bool { return limit == 0 || have < limit }
