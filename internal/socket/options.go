package socket

import (
	"errors"

	"github.com/seed-447e5d66/tcp"
)

// SetSockOpt sets a socket option by name: setsockopt(2). The names are those of
// [tcp.Conn.SetOption], and
//
//	SO_REUSEADDR  0 off, else on
//	SO_SNDBUF     octets
//
// A connection inherits them from its listener.
func (p *Process) SetSockOpt(now tcp.Time, fd FD, name string, values ...int) error {
	s, err := p.get(now, fd)
	if err != nil {
		return err
	}
	switch name {
	case "SO_REUSEADDR", "SO_SNDBUF":
		if len(values) != 1 || name == "SO_SNDBUF" && values[0] < 1 {
			return EINVAL
		}
		if name == "SO_REUSEADDR" {
			s.reuse = values[0] != 0
		} else {
			s.sendBuffer = values[0]
		}
		return nil
	}
	err = s.conn.SetOption(p.host.now, name, values...)
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
	set(s.conn.Readable() > 0, PollIn)
	queued := int(s.written - s.conn.Acked())
	set(s.sendShut() || s.space() >= queued/2, PollOut)
	set(s.kind == connection && s.conn.Ready()&tcp.ReadyUrgent != 0, PollPri)
	return e
}

// ICMP hands a message about a segment between two ports to its connection.
func (h *Host) ICMP(now tcp.Time, local, remote uint16, msg tcp.ICMPMessage) tcp.Verdict {
	h.run(now)
	s := h.connection(local, remote)
	if s == nil {
		return tcp.ICMPIgnored
	}
	v := s.conn.ICMP(h.now, msg)
	h.settle(s)
	h.retry()
	return v
}
