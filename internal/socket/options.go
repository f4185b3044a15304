package socket

import (
	"errors"
	"maps"
	"slices"

	"github.com/seed-447e5d66/tcp"
)

// SetSockOpt sets a socket option by name: setsockopt(2). The names are those of
// [tcp.Conn.SetOption], and
//
//	SO_REUSEADDR       0 off, else on
//	SO_SNDBUF          octets
//	SO_OOBINLINE       0 off, else a read takes the urgent octet along
//	SO_RCVLOWAT        octets that make it readable; 0 is 1, negative without end
//	TCP_NOTSENT_LOWAT  octets that may be unsent, in whole segments; 0 is the default
//	TCP_DEFER_ACCEPT   seconds that a listener waits for data, in timeouts of the SYN-ACK
//	                   and no longer than that is repeated; 0 does not wait. With
//	                   AckAdaptive an active open acknowledges the SYN-ACK with its data
//	TCP_KEEPINIT       seconds that an active open may take, of BSD; 0 is the default
//
// A connection inherits them from its listener.
func (p *Process) SetSockOpt(now tcp.Time, fd FD, name string, values ...int) error {
	s, err := p.get(now, fd)
	if err != nil {
		return err
	}
	if set, ok := hostOptions[name]; ok {
		if len(values) != 1 || !set(p.host, s, values[0]) {
			return EINVAL
		}
		return nil
	}
	err = s.conn.SetOption(p.host.now, name, values...)
	if name == "SO_RCVBUF" && err == nil {
		s.receiveBuffer = values[0]
	}
	if err == nil {
		s.options = append(s.options, option{name, values})
	}
	p.host.settle(s)
	p.host.retry()
	var unknown *tcp.NameError
	switch {
	case errors.As(err, &unknown):
		return ENOPROTOOPT
	case errors.Is(err, tcp.ErrNotExist), errors.Is(err, tcp.ErrEnded):
		return nil // Linux sets it, and nothing comes of it
	case err != nil:
		return EINVAL
	}
	return nil
}

// hostOptions are the socket options that a host has beside tcp.Conn; each reports
// whether the value can be.
var hostOptions = map[string]func(h *Host, s *socket, v int) bool{
	"SO_REUSEADDR": func(_ *Host, s *socket, v int) bool { s.reuse = v != 0; return true },
	"SO_SNDBUF": func(_ *Host, s *socket, v int) bool {
		if v > 0 {
			s.sendBuffer, s.sendSet = v, true
		}
		return v > 0
	},
	"SO_OOBINLINE": func(_ *Host, s *socket, v int) bool { s.inline = v != 0; return true },
	"SO_RCVLOWAT": func(_ *Host, s *socket, v int) bool {
		if s.receiveLow = max(v, 1); v < 0 {
			s.receiveLow = maxInt32
		}
		return true
	},
	"TCP_NOTSENT_LOWAT": func(h *Host, s *socket, v int) bool {
		if s.notSentLow = v; v <= 0 {
			s.notSentLow = h.cfg.NotSentLow
		}
		return true
	},
	"TCP_DEFER_ACCEPT": func(_ *Host, s *socket, v int) bool { s.deferAccept = timeoutsIn(v); return true },
	"TCP_KEEPINIT": func(h *Host, s *socket, v int) bool {
		if v < 0 || v > maxKeepInit {
			return false
		}
		s.setKeepInit(h, v)
		return true
	},
}

// HostOptions returns the names that SetSockOpt knows beside [tcp.OptionNames], sorted.
func HostOptions() []string { return slices.Sorted(maps.Keys(hostOptions)) }

// DeferAccept returns TCP_DEFER_ACCEPT as getsockopt(2) does: the seconds of as many
// timeouts of a SYN-ACK as were asked for.
func DeferAccept(sec int) int { return secondsOf(timeoutsIn(sec)) }

// SoError returns the error that waits to be read, and forgets it: getsockopt(2)
// with SO_ERROR. It is "" if there is none.
func (p *Process) SoError(now tcp.Time, fd FD) (Errno, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return "", err
	}
	return s.takeError(), nil
}

// Status returns the variables of a connection: getsockopt(2) with TCP_INFO.
func (p *Process) Status(now tcp.Time, fd FD) (tcp.Status, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return tcp.Status{}, err
	}
	return s.conn.Status(), nil
}

// Events are bits of poll(2).
type Events uint8

const (
	PollIn    Events = 1 << iota // POLLIN
	PollOut                      // POLLOUT
	PollRdHup                    // POLLRDHUP
	PollErr                      // POLLERR
	PollHup                      // POLLHUP
	PollPri                      // POLLPRI
)

var eventNames = [...]string{"IN", "OUT", "RDHUP", "ERR", "HUP", "PRI"}

// String returns the bits' names, such as "IN|OUT", or "-" for none.
func (e Events) String() string {
	text := ""
	for i, name := range eventNames {
		if e>>i&1 != 0 {
			text += "|" + name
		}
	}
	if text == "" {
		return "-"
	}
	return text[1:]
}

// Poll returns what poll(2) would, asked for everything.
func (p *Process) Poll(now tcp.Time, fd FD) (Events, error) {
	s, err := p.get(now, fd)
	if err != nil {
		return 0, err
	}
	return s.events(), nil
}

func (s *socket) events() (e Events) {
	set := func(cond bool, bits Events) {
		if cond {
			e |= bits
		}
	}
	set(s.soError() != "", PollErr)
	if s.kind == listening {
		set(len(s.queue) > 0, PollIn)
		return e
	}
	state := s.conn.State()
	set(state == tcp.StateClosed || s.receiveShut() && s.sendShut(), PollHup)
	set(s.receiveShut(), PollIn|PollRdHup)
	if state == tcp.StateSynSent || state == tcp.StateSynReceived {
		return e
	}
	n, skip := s.readable()
	if !skip {
		n = s.conn.Readable()
	}
	set(n >= s.lowWater(), PollIn)
	space := s.hasSpace()
	s.noSpace = s.noSpace || s.kind == connection && !space
	set(s.sendShut() || space, PollOut)
	set(s.urgentWaits(), PollPri)
	return e
}

// ICMP hands a message about a segment between two ports to its connection. A program
// finds errno where the message ends the connection, or where nothing is acknowledged
// any more until it gives up.
func (h *Host) ICMP(now tcp.Time, local, remote uint16, msg tcp.ICMPMessage, errno Errno) tcp.Verdict {
	h.run(now)
	s := h.connection(local, remote)
	if s == nil {
		return tcp.ICMPIgnored
	}
	v := s.conn.ICMP(h.now, msg)
	if v == tcp.ICMPNoted || v == tcp.ICMPUnreachable {
		s.icmp, s.icmpAcked = errno, s.conn.Acked()
	}
	h.settle(s)
	h.retry()
	return v
}
