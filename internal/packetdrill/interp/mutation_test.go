package interp

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// mutations change what one event expects, so that it does not hold any more. Each
// returns a copy of the action, or nil where it does not apply.
var mutations = []struct {
	name   string
	mutate func(e packetdrill.Event) *packetdrill.Event
}{
	{"flags", packetMutation(func(k *packetdrill.Packet) bool { k.Flags ^= tcp.PSH; return true })},
	{"sequence number", packetMutation(func(k *packetdrill.Packet) bool {
		k.Seq.Start++
		// The number of a SYN only says what the others count from, and that of an
		// absolute 0 is one behind it.
		return k.Seq.Kind != packetdrill.SeqAny && !k.Flags.Has(tcp.SYN)
	})},
	{"length", packetMutation(func(k *packetdrill.Packet) bool { k.Seq.Len++; return true })},
	{"acknowledgment", packetMutation(func(k *packetdrill.Packet) bool { k.Ack--; return k.Flags.Has(tcp.ACK) })},
	{"window", packetMutation(func(k *packetdrill.Packet) bool {
		k.Window, k.HasWindow = k.Window^1<<15, true
		return k.HasWindow
	})},
	{"urgent pointer", packetMutation(func(k *packetdrill.Packet) bool { k.Urgent++; return true })},
	{"one option more", packetMutation(func(k *packetdrill.Packet) bool {
		k.Options = append(slices.Clone(k.Options), packetdrill.TCPOption{Kind: packetdrill.OptionNOP})
		return !k.AnyOptions
	})},
	{"one option less", packetMutation(func(k *packetdrill.Packet) bool {
		if len(k.Options) == 0 {
			return false
		}
		k.Options = k.Options[1:]
		return true
	})},
	{"an option's value", packetMutation(func(k *packetdrill.Packet) bool {
		k.Options = slices.Clone(k.Options)
		for i := range k.Options {
			switch o := &k.Options[i]; o.Kind {
			case packetdrill.OptionMSS, packetdrill.OptionWindowScale:
				o.Value ^= 1
				return true
			case packetdrill.OptionTimestamps:
				o.TSEcr ^= 1
				return true
			case packetdrill.OptionSACK:
				o.Blocks = slices.Clone(o.Blocks)
				o.Blocks[0].Right++
				return true
			}
		}
		return false
	})},
	{"too early", timeMutation(func(t *packetdrill.Time) bool {
		t.At += time.Hour
		return t.Kind == packetdrill.Relative
	})},
	{"too late", timeMutation(func(t *packetdrill.Time) bool {
		t.At /= 2
		return t.Kind == packetdrill.Relative && t.At > 150*time.Millisecond
	})},
	{"result", callMutation(func(s *packetdrill.Syscall) bool {
		s.Result.Value++
		return !s.Result.Any && s.Result.Errno == "" && !creates[s.Name]
	})},
	{"error instead of success", callMutation(func(s *packetdrill.Syscall) bool {
		s.Result.Value, s.Result.Errno = -1, "ENOBUFS"
		return !s.Result.Any
	})},
	{"success instead of error", callMutation(func(s *packetdrill.Syscall) bool {
		failed := s.Result.Errno != ""
		s.Result.Value, s.Result.Errno = 0, ""
		return failed
	})},
	{"time of return", callMutation(func(s *packetdrill.Syscall) bool { s.End += time.Hour; return s.Blocking })},
	{"value of an option", callMutation(func(s *packetdrill.Syscall) bool {
		if s.Name != "getsockopt" {
			return false
		}
		s.Args = slices.Clone(s.Args)
		s.Args[3] = packetdrill.List{Pos: s.Args[3].Where(), Elems: []packetdrill.Expr{packetdrill.Int{Pos: s.Args[3].Where(), Value: 77}}}
		return true
	})},
}

func packetMutation(f func(k *packetdrill.Packet) bool) func(packetdrill.Event) *packetdrill.Event {
	return func(e packetdrill.Event) *packetdrill.Event {
		k, ok := e.Action.(*packetdrill.Packet)
		if !ok || k.Inbound {
			return nil
		}
		mutant := *k
		if !f(&mutant) {
			return nil
		}
		e.Action = &mutant
		return &e
	}
}

func timeMutation(f func(t *packetdrill.Time) bool) func(packetdrill.Event) *packetdrill.Event {
	return func(e packetdrill.Event) *packetdrill.Event {
		if k, ok := e.Action.(*packetdrill.Packet); !ok || k.Inbound || !f(&e.Time) {
			return nil
		}
		return &e
	}
}

func callMutation(f func(s *packetdrill.Syscall) bool) func(packetdrill.Event) *packetdrill.Event {
	return func(e packetdrill.Event) *packetdrill.Event {
		s, ok := e.Action.(*packetdrill.Syscall)
		if !ok {
			return nil
		}
		mutant := *s
		if !f(&mutant) {
			return nil
		}
		e.Action = &mutant
		return &e
	}
}

// TestMutations changes every expectation of the module's scripts, and of a part of
// the recordings, in every way: each mutant fails in the line that was changed.
func TestMutations(t *testing.T) {
	t.Parallel()
	made := make(map[string]int)
	try := func(s *packetdrill.Script, opts Options) {
		if r := Run(s, opts); r.Outcome != Pass {
			return
		}
		for i := range s.Events {
			for _, m := range mutations {
				e := m.mutate(s.Events[i])
				if e == nil {
					continue
				}
				mutant := *s
				mutant.Events = slices.Clone(s.Events)
				mutant.Events[i] = *e
				made[m.name]++
				r := Run(&mutant, opts)
				if line := e.Action.Where().Line; r.Outcome != Fail || r.Line != line {
					t.Errorf("%s:%d: %s changed: %s", s.File, line, m.name, r.String())
				}
			}
		}
	}
	for _, own := range ownScripts(t) {
		try(parse(t, own.name, own.text), Options{Config: own.config})
	}
	for name, s := range recordings(t) {
		if name[len(name)-1]%7 == 0 && len(s.Events) < 40 {
			try(s, Options{Config: tcp.Linux(), Settings: recorded})
		}
	}
	for _, m := range mutations {
		if made[m.name] == 0 {
			t.Errorf("no script has %s to be changed", m.name)
		}
	}
	t.Log(made)
}
