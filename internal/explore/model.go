package explore

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// MaxInFlight is the largest Model.InFlight.
const MaxInFlight = 4

// Unlimited, as Model.Delays, lets timers expire at any time.
const Unlimited = 255

// Model is what is explored, and within which bounds.
type Model struct {
	Name  string
	About string // one line

	// Config is that of the two ends. Timestamps need CommonClock, unless a TickRate
	// makes time absolute; see the documentation of the package.
	Config [2]tcp.Config
	// Setters, if not nil, is called for each new connection.
	Setters func(c *tcp.Conn) error
	// ISS are the initial sequence numbers. Each further incarnation adds ISSStep.
	ISS     [2]tcp.Seq
	ISSStep tcp.Seq
	// Incarnations is how many connections an end may open; 0 is 1.
	Incarnations int
	// AfterTimeWait keeps an end from opening the next incarnation while the other is
	// in TIME-WAIT: what P9 supposes where the new initial sequence numbers are not above
	// all old ones.
	AfterTimeWait bool
	// Established begins with both ends in ESTABLISHED, after a simultaneous open;
	// otherwise both begin in CLOSED.
	Established bool

	// Calls are those that each end's user may make.
	Calls [2]Calls

	// Linger is what CallLinger chooses, in seconds, as Conn.SetLinger.
	Linger int
	// Bound tells CallReconnect that the port was chosen by bind(2), as
	// Conn.OpenFrom.
	Bound bool
	// Misuse makes the calls, too, that have to be refused.
	Misuse bool

	// Losses, Duplicates and Delays are how many segments the network may lose, how
	// many it may duplicate, and how many timers may expire while a segment is on its
	// way. At most 254; Delays may be Unlimited.
	Losses, Duplicates, Delays int
	// InFlight is how many segments may be on their way in one direction when
	// something but an arrival happens; 1 to MaxInFlight.
	InFlight int
	// FIFO keeps the order of the segments of each direction.
	FIFO bool

	// Forgeries is how many segments an attacker may send who sees nothing.
	Forgeries int

	// CommonClock lets the timers of both ends expire in the order of their
	// deadlines. Otherwise they expire in any order.
	CommonClock bool
	// Grain is what time goes on in: a timer is served at the next multiple of it. 0:
	// as exactly as timers are. With timestamps and CommonClock whole milliseconds.
	Grain time.Duration
	// Pauses is how often time may go on by Pause although nothing is due then. It
	// needs CommonClock.
	Pauses int
	Pause  time.Duration
	// Drift is how many timers of one end may expire in a row while a timer of the
	// other runs, if the clocks are independent; 0 is 3.
	Drift int
	// Lifetime is how long a copy of a segment can be on its way. 0: as long as it
	// likes. It needs CommonClock.
	Lifetime time.Duration

	// Timeouts tells that the limits of retransmission are within the adversary's
	// reach: an end may time out.
	Timeouts bool
	// Pairs, if not nil, are the only pairs of states that may be reached.
	Pairs []Pair
	// Hazards makes the model a negative control: the rules that the search must
	// find broken.
	Hazards []string
	// Checks are rules beyond those of this package.
	Checks Checks
}

// symmetric reports whether the two ends can be exchanged.
func (m *Model) symmetric() bool {
	return m.Config[0] == m.Config[1] && m.ISS[0] == m.ISS[1] && m.Calls[0] == m.Calls[1]
}

func (m *Model) set(c *tcp.Conn) error {
	if m.Setters == nil {
		return nil
	}
	return m.Setters(c)
}

func (m *Model) drift() int8 {
	if m.Drift == 0 {
		return 3
	}
	return int8(m.Drift)
}

func (m *Model) incarnations() int { return max(m.Incarnations, 1) }

// check reports everything that is wrong with the model.
func (m *Model) check() error {
	var problems []error
	bad := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("explore: model %q: "+format, append([]any{m.Name}, args...)...))
	}
	for i := range m.Config {
		if m.shiftsTimestamps() && (!m.CommonClock || m.Grain < time.Millisecond || m.Grain%time.Millisecond != 0) {
			bad("Config[%d] has timestamps, Grain is %v, want CommonClock and a Grain of whole milliseconds", i, m.Grain)
		}
		for call, n := range m.Calls[i] {
			if n < 0 || n > 15 {
				bad("Calls[%d] has %d times %v, want 0 to 15", i, n, Call(call))
			}
		}
	}
	if m.InFlight < 1 || m.InFlight > MaxInFlight {
		bad("InFlight is %d, want 1 to %d", m.InFlight, MaxInFlight)
	}
	limit := func(field string, n, high int) {
		if n < 0 || n > high {
			bad("%s is %d, want 0 to %d", field, n, high)
		}
	}
	limit("Losses", m.Losses, Unlimited-1)
	limit("Duplicates", m.Duplicates, Unlimited-1)
	limit("Delays", m.Delays, Unlimited)
	limit("Drift", m.Drift, 100)
	limit("Incarnations", m.Incarnations, 100)
	limit("Forgeries", m.Forgeries, Unlimited-1)
	limit("Pauses", m.Pauses, Unlimited-1)
	if m.Pauses > 0 && (!m.CommonClock || m.Pause <= 0) {
		bad("Pause is %v, want more than 0, with CommonClock", m.Pause)
	}
	if m.Lifetime < 0 || m.Lifetime > 0 && !m.CommonClock {
		bad("Lifetime is %v, want 0, or more with CommonClock", m.Lifetime)
	}
	return errors.Join(problems...)
}

// Pair is an unordered pair of states: the greater one second.
type Pair [2]tcp.State

// PairOf returns the pair of a and b.
func PairOf(a, b tcp.State) Pair { return Pair{min(a, b), max(a, b)} }

// String names the pair.
func (p Pair) String() string { return p[0].String() + " / " + p[1].String() }
