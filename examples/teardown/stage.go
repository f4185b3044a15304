package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/simlink"
)

const (
	ms   = time.Millisecond
	sec  = time.Second
	hour = time.Hour
	day  = 24 * hour
	year = 365 * day

	left, right = ladder.Left, ladder.Right
)

// stage is where a story plays: a link between a client and a server, 10 ms each
// way, what the profile lets expect, and what the story has to say in the end.
type stage struct {
	*simlink.Link
	profile
	client, server *simlink.End
	said           []string
	failures       []string
}

// story is one course of events that shows what a line of docs/stories.md says.
type story struct {
	line  int
	title string
	tune  func(client, server *tcp.Config) // changes to the profile, if any
	play  func(s *stage)
}

func (st *story) name() string { return fmt.Sprintf("S%-2d %s", st.line, st.title) }

// perform plays the story under a profile.
func (st *story) perform(p *profile) (*stage, error) {
	client, server := p.config(), p.config()
	if st.tune != nil {
		st.tune(&client, &server)
	}
	link, err := simlink.New(&client, &server)
	if err != nil {
		return nil, err
	}
	s := &stage{Link: link, profile: *p, client: link.Ends[left], server: link.Ends[right]}
	s.run(st.play)
	return s, nil
}

// run plays. A course of events in which something is missing that the story goes
// on to look at is a failure like any other.
func (s *stage) run(play func(s *stage)) {
	defer func() {
		if r := recover(); r != nil {
			s.failures = append(s.failures, fmt.Sprintf("the story broke off: %v", r))
		}
	}()
	play(s)
}

// print writes the diagram, and what the story shows.
func (st *story) print(w io.Writer, s *stage) error {
	d := ladder.Diagram{Title: st.name() + " [" + s.name + "]", Left: "client", Right: "server", Events: elide(quiet(s.Events()))}
	if err := ladder.Render(w, &d); err != nil {
		return err
	}
	for _, sentence := range s.said {
		if _, err := fmt.Fprintf(w, "\n%s\n", fold(sentence, ladder.Width)); err != nil {
			return err
		}
	}
	if s.wheel && slices.ContainsFunc(d.Events, func(e ladder.Event) bool { return e.Kind == ladder.Timer }) {
		if _, err := fmt.Fprintf(w, "\n%s\n", fold(wheelRemark, ladder.Width)); err != nil {
			return err
		}
	}
	for _, f := range s.failures {
		if _, err := fmt.Fprintf(w, "\nFAILED: %s\n", fold(f, ladder.Width)); err != nil {
			return err
		}
	}
	return nil
}

const wheelRemark = "(Timers run in the slots of Linux's timer wheel, Config.TickRate: one expires up to an eighth of its time and two ticks later than it was set for.)"

// establish opens the connection without a word and makes the present, with
// nothing in flight, time 0 of the story.
func (s *stage) establish() {
	s.Mute(true)
	s.must("listen", s.server.Listen())
	s.must("connect", s.client.Open())
	s.Run(sec)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
	s.Begin()
}

// open opens the connection from time 0 on, for stories in which the time since then
// counts.
func (s *stage) open() {
	s.Begin()
	s.at(0, s.server.Listen)
	s.at(0, s.client.Open)
	s.Run(50 * ms)
	s.states(tcp.StateEstablished, tcp.StateEstablished)
}

// at plans a call at a time of the story. It has to succeed.
func (s *stage) at(t time.Duration, call func() error) {
	s.At(t, func() { s.must(fmt.Sprintf("call at %v", t), call()) })
}

// refused plans a call that has to fail.
func (s *stage) refused(t time.Duration, want error, call func() error) {
	s.At(t, func() {
		err := call()
		s.check(errors.Is(err, want), "the call at %v: got error %v, want %v", t, err, want)
	})
}

// read plans the reading of what has arrived: n octets exactly.
func (s *stage) read(t time.Duration, e *simlink.End, n int) {
	s.At(t, func() {
		got, err := e.Read()
		s.must("read", err)
		s.equal("octets read", got, n)
	})
}

// say adds a sentence to what the story shows.
func (s *stage) say(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

// check fails the story unless ok.
func (s *stage) check(ok bool, format string, args ...any) {
	if !ok {
		s.failures = append(s.failures, fmt.Sprintf(format, args...))
	}
}

func (s *stage) must(what string, err error) { s.check(err == nil, "%s: %v", what, err) }

func (s *stage) equal(what string, got, want any) {
	s.check(got == want, "%s: got %v, want %v", what, got, want)
}

// states checks both ends.
func (s *stage) states(client, server tcp.State) {
	s.equal("state of the client", s.client.Conn.State(), client)
	s.equal("state of the server", s.server.Conn.State(), server)
}

// ended checks that an end is CLOSED with this error; nil is the normal close.
func (s *stage) ended(e *simlink.End, want error) {
	s.equal("state of the "+s.who(e), e.Conn.State(), tcp.StateClosed)
	s.check(errors.Is(e.Conn.Err(), want), "error of the %s: got %v, want %v", s.who(e), e.Conn.Err(), want)
}

// closedCleanly checks that both ends are CLOSED without an error.
func (s *stage) closedCleanly() {
	s.ended(s.client, nil)
	s.ended(s.server, nil)
}

func (s *stage) who(e *simlink.End) string { return [...]string{"client", "server"}[e.Side] }

// count is how many of the segments that e sent are selected.
func (s *stage) count(e *simlink.End, match simlink.Match) int { return len(s.sent(e, match)) }

// sent is when e sent the segments that are selected.
func (s *stage) sent(e *simlink.End, match simlink.Match) (at []time.Duration) {
	for i := range e.Sent {
		if match(&e.Sent[i].Segment) {
			at = append(at, time.Duration(e.Sent[i].At))
		}
	}
	return at
}

// last is the last segment of e; the zero one if there is none.
func (s *stage) last(e *simlink.End) tcp.Segment {
	if len(e.Sent) == 0 {
		return tcp.Segment{}
	}
	return e.Sent[len(e.Sent)-1].Segment
}

// fired is when a timer of e expired.
func (s *stage) fired(e *simlink.End, timer tcp.Timer) (at []time.Duration) {
	for _, f := range e.Fired {
		if f.Timer == timer {
			at = append(at, f.At.Sub(0))
		}
	}
	return at
}

// sentReset checks that an end sent one RST, at this time, and nothing after it.
func (s *stage) sentReset(e *simlink.End, at time.Duration) {
	resets := s.sent(e, reset)
	if len(resets) != 1 {
		s.check(false, "the %s sent %d RSTs, want 1", s.who(e), len(resets))
		return
	}
	s.equal("time of the RST", resets[0], at)
	last := s.last(e)
	s.check(reset(&last), "the %s sent %v after its RST", s.who(e), last)
}

// segments checks how many segments both ends have sent.
func (s *stage) segments(client, server int) {
	s.equal("segments of the client", len(s.client.Sent), client)
	s.equal("segments of the server", len(s.server.Sent), server)
}

// entered is when an end entered a state for the last time.
func (s *stage) entered(e *simlink.End, state tcp.State) time.Duration {
	for _, ev := range backwards(s.Events()) {
		if ev.Kind == ladder.State && ev.Side == e.Side && ev.State == state.String() {
			return time.Duration(ev.At)
		}
	}
	s.check(false, "the %s never was in %v", s.who(e), state)
	return 0
}

// passed reports whether an end was ever in a state.
func (s *stage) passed(e *simlink.End, state tcp.State) bool {
	for _, ev := range s.Events() {
		if ev.Kind == ladder.State && ev.Side == e.Side && ev.State == state.String() {
			return true
		}
	}
	return false
}

func backwards(events []ladder.Event) []ladder.Event {
	out := make([]ladder.Event, 0, len(events))
	for i := len(events) - 1; i >= 0; i-- {
		out = append(out, events[i])
	}
	return out
}

// lasted checks that something took as long as a timer was set for: exactly, or up
// to the next slot of the timer wheel.
func (s *stage) lasted(what string, got, want time.Duration) {
	slack := time.Duration(0)
	if s.wheel {
		slack = want/8 + 8*ms
	}
	s.check(want <= got && got <= want+slack, "%s took %v, want %v (and at most %v more)", what, got, want, slack)
}

// timeWait checks that an end is CLOSED after TIME-WAIT, which took 2·MSL from its
// last start on.
func (s *stage) timeWait(e *simlink.End, from time.Duration) {
	s.ended(e, nil)
	s.lasted("TIME-WAIT of the "+s.who(e), s.entered(e, tcp.StateClosed)-from, s.twoMSL)
}

// d writes a time as the diagrams do.
func d(t time.Duration) string { return simlink.Duration(t) }
