package interp

import (
	"errors"
	"fmt"

	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// command runs a shell command: what it sets holds for connections that begin later.
func (r *runner) command(c *packetdrill.Command) error {
	for _, s := range packetdrill.ParseCommand(c.Text) {
		if err := r.statement(c.Pos.Line, s); err != nil {
			return err
		}
	}
	return r.settle()
}

func (r *runner) statement(line int, s packetdrill.Statement) error {
	switch s := s.(type) {
	case packetdrill.CountState:
		if n := r.proc.Count(r.now(), s.State); n != s.Count {
			return &failure{line, "connections in " + s.State.String(), fmt.Sprint(s.Count), fmt.Sprint(n)}
		}
		return nil
	case packetdrill.DropState:
		r.host.Drop(r.now(), s.State, s.All)
		return nil
	}
	config := r.config
	if s, ok := s.(packetdrill.SetMTU); ok {
		r.set.mtu = s.MTU
	}
	if err := configure(&config, s, r.defaults(), r.set.headers); err != nil {
		return &unsupported{line, err.Error()}
	}
	if err := r.host.Configure(config.Config); errors.Is(err, socket.ErrOpen) {
		return &unsupported{line, describe(s) + " " + err.Error()}
	} else if err != nil {
		return &unsupported{line, err.Error()}
	}
	r.config = config
	return nil
}

// configure applies a statement that changes the configuration of connections to come.
// The error names what is not supported.
func configure(c *hostConfig, s packetdrill.Statement, defaults hostConfig, headers int) error {
	switch s := s.(type) {
	case packetdrill.SetParameter:
		return setParameter(c, s.Name, s.Value)
	case packetdrill.ResetDefaults:
		*c = defaults
	case packetdrill.SetMTU:
		if s.MTU < 88+headers {
			return fmt.Errorf("an MTU below %d", 88+headers)
		}
		c.TCP.MSS = s.MTU - headers
	case packetdrill.Unsupported:
		return fmt.Errorf("command %q", s.What)
	}
	return nil
}

// describe names what a statement changes.
func describe(s packetdrill.Statement) string {
	switch s := s.(type) {
	case packetdrill.SetParameter:
		return "sysctl " + s.Name + "=" + s.Value
	case packetdrill.SetMTU:
		return fmt.Sprintf("an MTU of %d", s.MTU)
	}
	return "the defaults"
}
