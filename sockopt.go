package tcp

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// sockopt describes a name that Conn.SetOption knows: the range of each of its
// values.
type sockopt struct {
	name      string
	low, high int
	pair      bool // an onoff value comes first
}

// sockopts is sorted by name. The ranges are those of Linux 6.18.
var sockopts = [...]sockopt{
	{name: "SO_KEEPALIVE", low: -maxInt32, high: maxInt32},
	{name: "SO_LINGER", low: 0, high: maxInt32, pair: true},
	{name: "SO_RCVBUF", low: 1, high: maxInt32},
	{name: "TCP_CORK", low: -maxInt32, high: maxInt32},
	{name: "TCP_KEEPCNT", low: 1, high: maxProbes},
	{name: "TCP_KEEPIDLE", low: 1, high: 32767},
	{name: "TCP_KEEPINTVL", low: 1, high: 32767},
	{name: "TCP_LINGER2", low: -maxInt32, high: maxInt32},
	{name: "TCP_MAXSEG", low: minMSS, high: 32767},
	{name: "TCP_NODELAY", low: -maxInt32, high: maxInt32},
	{name: "TCP_QUICKACK", low: -maxInt32, high: maxInt32},
	{name: "TCP_SYNCNT", low: 1, high: maxSYNs},
	{name: "TCP_USER_TIMEOUT", low: 0, high: maxInt32},
}

// OptionNames returns the names that [Conn.SetOption] knows, sorted.
func OptionNames() []string {
	names := make([]string, 0, len(sockopts))
	for _, o := range sockopts {
		names = append(names, o.name)
	}
	return names
}

// SetOption calls the setter that stands for a socket option of Linux, by the
// option's name and with its values. An unknown name is a *NameError; another value,
// or another number of values, a *ValueError; what else the setter refuses is its
// *CallError. All change nothing.
//
//	SO_KEEPALIVE      0 off, else on                       SetKeepAlive
//	SO_LINGER         onoff, seconds (0 to 2147483647)     SetLinger, at the last Close
//	SO_RCVBUF         octets, 1 to Config.MaxReceiveBuffer SetReadBuffer; Linux doubles the
//	                  number, and half of a buffer is window: so it is the window's
//	TCP_CORK          0 off, else on                       SetCork
//	TCP_KEEPCNT       1 to 127                             SetKeepAliveConfig, from the next probe
//	TCP_KEEPIDLE      seconds, 1 to 32767                  SetKeepAliveConfig
//	TCP_KEEPINTVL     seconds, 1 to 32767                  SetKeepAliveConfig, from the next probe
//	TCP_LINGER2       seconds; 0 default, negative reset   SetFinWait2Timeout, at the last Close
//	TCP_MAXSEG        octets, 88 to 32767                  SetMSS, before opening only
//	TCP_NODELAY       0 off, else on                       SetNoDelay
//	TCP_QUICKACK      0 off, else on                       SetQuickAck
//	TCP_SYNCNT        1 to 127                             SetSYNRetries, at the next timeout
//	TCP_USER_TIMEOUT  milliseconds, 0 to 2147483647; 0: Config.UserTimeout   SetUserTimeout
//
// Where nothing else is said an option acts at once.
func (c *Conn) SetOption(now Time, name string, values ...int) error {
	for _, o := range sockopts {
		if o.name != name {
			continue
		}
		if err := o.check(values); err != nil {
			return err
		}
		err := c.setOption(now, name, values[0], values[len(values)-1])
		var call *CallError
		if errors.As(err, &call) && call.Err == ErrArgument {
			return o.bad(values, call.Want)
		}
		return err
	}
	return &NameError{Kind: "socket option", Name: name, Known: OptionNames()}
}

// check tests number and range of the values.
func (o sockopt) check(values []int) error {
	count := 1 + btoi(o.pair)
	if len(values) != count {
		if o.pair {
			return o.bad(values, "two numbers")
		}
		return o.bad(values, "one number")
	}
	if v := values[count-1]; v < o.low || v > o.high {
		return o.bad(values, fmt.Sprintf("%d to %d", o.low, o.high))
	}
	return nil
}

func (o sockopt) bad(values []int, want string) error {
	text := strings.Trim(fmt.Sprint(values), "[]")
	return &ValueError{Kind: "socket option", Name: o.name, Value: text, Want: want}
}

// setOption calls the setter; v is the last value, onoff the first.
func (c *Conn) setOption(now Time, name string, onoff, v int) error {
	keep := KeepAliveConfig{Enable: c.set.keepAlive, Idle: -1, Interval: -1, Count: -1}
	switch name {
	case "SO_KEEPALIVE":
		return c.SetKeepAlive(now, v != 0)
	case "SO_LINGER":
		if onoff == 0 {
			v = -1
		}
		return c.SetLinger(now, v)
	case "SO_RCVBUF":
		return c.SetReadBuffer(now, v)
	case "TCP_CORK":
		return c.SetCork(now, v != 0)
	case "TCP_KEEPCNT":
		keep.Count = v
	case "TCP_KEEPIDLE":
		keep.Idle = time.Duration(v) * time.Second
	case "TCP_KEEPINTVL":
		keep.Interval = time.Duration(v) * time.Second
	case "TCP_LINGER2":
		return c.SetFinWait2Timeout(now, time.Duration(v)*time.Second)
	case "TCP_MAXSEG":
		if now == Never {
			return c.misuse("SetMSS", ErrTime)
		}
		return c.SetMSS(v)
	case "TCP_NODELAY":
		return c.SetNoDelay(now, v != 0)
	case "TCP_QUICKACK":
		return c.SetQuickAck(now, v != 0)
	case "TCP_SYNCNT":
		return c.SetSYNRetries(now, v)
	case "TCP_USER_TIMEOUT":
		return c.SetUserTimeout(now, time.Duration(v)*time.Millisecond)
	default:
		panic("tcp: BUG: a socket option without a setter")
	}
	return c.SetKeepAliveConfig(now, keep)
}
