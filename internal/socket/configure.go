package socket

import (
	"errors"

	"github.com/seed-447e5d66/tcp"
)

// ErrOpen is a change of the configuration that Linux applies to open connections as
// well, while there are some: here a connection keeps the configuration that it began
// with.
var ErrOpen = errors.New("of connections that are open")

// keepCopied keeps in c what Linux copied into a socket when it was created with made,
// and what a sysctl does not change any more (tcp_init_sock of Linux 6.18).
func keepCopied(c, made *tcp.Config) {
	c.ReceiveBuffer, c.RTOMin, c.RTOMax = made.ReceiveBuffer, made.RTOMin, made.RTOMax
}

// Configure changes the configuration of connections made from now on, also of those
// from sockets that exist: what sysctl(8) does. It is ErrOpen, and changes nothing, if
// sysctl(8) would change a connection that is open, too. What is set once for a host
// stays: ISS, TimestampOffset and Trace. Other errors are those of [tcp.New].
func (h *Host) Configure(cfg Config) error {
	cfg.ISS, cfg.TimestampOffset, cfg.Trace = h.cfg.ISS, h.cfg.TimestampOffset, h.cfg.Trace
	cfg.fill()
	if h.connected() && !sameWhenOpen(h.cfg.TCP, cfg.TCP) {
		return ErrOpen
	}
	like, err := tcp.New(&cfg.TCP)
	if err != nil {
		return err
	}
	if h.cfg.TCP != cfg.TCP {
		h.changes++
	}
	h.cfg, h.template = cfg, *like
	h.template.SetTrace(cfg.Trace)
	return nil
}

// connected reports whether there is a connection, or what remains of one.
func (h *Host) connected() bool {
	for _, s := range h.sockets {
		if s.kind == connection && s.conn.State() != tcp.StateClosed {
			return true
		}
	}
	return len(h.waits) > 0
}

// sameWhenOpen reports whether two configurations differ at most in what Linux reads
// when a connection begins, and not afterwards.
func sameWhenOpen(a, b tcp.Config) bool {
	keepCopied(&b, &a)
	b.MaxReceiveBuffer = a.MaxReceiveBuffer
	b.Timestamps, b.SACK, b.WindowScale = a.Timestamps, a.SACK, a.WindowScale
	b.TimeWaitReuse, b.TimeWaitReuseDelay = a.TimeWaitReuse, a.TimeWaitReuseDelay
	b.DefaultSendMSS, b.InitialWindow, b.RTOInitial = a.DefaultSendMSS, a.InitialWindow, a.RTOInitial
	return a == b
}

// refresh gives a socket that is about to begin a connection the configuration of the
// host, with the options that were set on it.
func (h *Host) refresh(s *socket) {
	if s.changes == h.changes {
		return
	}
	s.changes = h.changes
	cfg := h.cfg.TCP
	keepCopied(&cfg, &s.made)
	like, err := tcp.New(&cfg)
	if err != nil {
		return // what was copied contradicts the rest: the socket stays as it is
	}
	like.SetTrace(h.cfg.Trace)
	s.conn.Init(like)
	for _, o := range s.options {
		_ = s.conn.SetOption(h.now, o.name, o.values...) // it was valid when it was set
	}
}
