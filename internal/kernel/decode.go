package kernel

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// decode reads one recording from v, a valid JSON object. After an error too the
// result bears the recording's name, wherever in the line that stands.
func decode(v value) (*Recording, error) {
	r := new(Recording)
	fields, err := v.fields()
	if err != nil {
		return r, err
	}
	for _, f := range fields {
		if f.key == "name" {
			_ = toWord(&r.Name)(f.v) // again below, where it is reported
		}
	}
	var steps value
	d := decoders{
		"name":        toWord(&r.Name),
		"desc":        toString(&r.Desc),
		"group":       toWord(&r.Group),
		"role":        toName(&r.Role, "role", roleNames),
		"timestamps":  toBool(&r.Timestamps),
		"sack":        toBool(&r.SACK),
		"sysctls":     r.decodeSysctls,
		"kernel":      toString(&r.Kernel),
		"hz":          toInt(&r.HZ, 1, 100_000),
		"max_late_ms": toDuration(&r.MaxLate),
		"unstable":    r.decodeUnstable,
		"end_ms":      toTime(&r.End),
		"steps":       func(v value) error { steps = v; return nil },
	}
	err = d.read(fields, "name", "desc", "group", "role", "timestamps", "sack", "sysctls",
		"kernel", "hz", "max_late_ms", "end_ms", "steps")
	if err != nil {
		return r, err
	}
	return r, r.decodeSteps(steps)
}

// toWord takes a name that can be typed on a command line: not empty, at most
// 100 letters, digits and _ . -.
func toWord(p *string) func(value) error {
	return func(v value) error {
		s, err := v.str()
		if err != nil {
			return err
		}
		odd := func(r rune) bool {
			return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_.-", r))
		}
		if s == "" || len(s) > 100 || strings.IndexFunc(s, odd) >= 0 {
			return fmt.Errorf("got %s, want 1 to 100 letters, digits, _ . and -", quote(s))
		}
		*p = s
		return nil
	}
}

func (r *Recording) decodeSysctls(v value) error {
	fields, err := v.fields()
	for _, f := range fields {
		s, err := f.v.str()
		if err != nil {
			return fmt.Errorf("%s: %w", quote(f.key), err)
		}
		if f.key == "" {
			return errors.New("a setting has no name")
		}
		r.Sysctls = append(r.Sysctls, Sysctl{Name: f.key, Value: s})
	}
	return err
}

// decodeUnstable finds the place that the text names: "at 430.2 ms: …", or
// "…, extra at 5701.0: …".
func (r *Recording) decodeUnstable(v value) error {
	s, err := v.str()
	if err != nil {
		return err
	}
	_, after, found := strings.Cut(" "+s, " at ")
	number, _, _ := strings.Cut(strings.ReplaceAll(after, ":", " "), " ")
	at, err := value(number).millis()
	if !found || err != nil {
		return fmt.Errorf(`got %s, want a text that names the place, as "at 430.2 ms: ..."`, quote(s))
	}
	r.Unstable, r.UnstableAt = s, at
	return nil
}

func (r *Recording) decodeSteps(v value) error {
	open := descriptors{}
	last := tcp.Time(0)
	err := v.elements(func(v value) error {
		at := len(r.Steps) + 1
		if at > MaxSteps {
			return fmt.Errorf("more than %d steps", MaxSteps)
		}
		s, err := decodeStep(v)
		if err != nil {
			return fmt.Errorf("step %d: %w", at, err)
		}
		if s.At < last {
			return fmt.Errorf("step %d: at_ms: %s is before the step ahead of it, %s", at, ms(s.At), ms(last))
		}
		if s.Kind == KindCall {
			if err := open.call(&s.Call); err != nil {
				return fmt.Errorf("step %d: %w", at, err)
			}
		}
		last = s.At
		r.Steps = append(r.Steps, s)
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(r.Steps) == 0:
		return errors.New("no steps")
	case r.End < last:
		return fmt.Errorf("end_ms: %s is before the last step, %s", ms(r.End), ms(last))
	}
	for i := range r.Steps {
		if end := r.Steps[i].Call.End; end > r.End {
			return fmt.Errorf("step %d: end_ms: %s is after the recording's end, %s", i+1, ms(end), ms(r.End))
		}
	}
	return nil
}

// ms writes a time as it stands in a recording.
func ms(t tcp.Time) string {
	return strconv.FormatFloat(float64(t)/1e6, 'f', -1, 64) + " ms"
}

// decodeStep reads one step. The fields beside at_ms depend on its kind.
func decodeStep(v value) (Step, error) {
	s := Step{}
	fields, err := v.fields()
	if err != nil {
		return s, err
	}
	kinds := 0
	for k, name := range kindNames {
		if keys(fields).has(name) {
			s.Kind = Kind(k)
			kinds++
		}
	}
	if kinds != 1 {
		return s, fmt.Errorf("unknown kind of step: %d of the fields %s, want one", kinds, strings.Join(kindNames, ", "))
	}
	var d decoders
	var required []string
	switch s.Kind {
	case KindCall:
		d, required = s.Call.decoders(), []string{"fd", "ret"}
	case KindIn, KindOut:
		d = decoders{s.Kind.String(): s.decodeSegment}
	case KindState:
		d, required = s.State.decoders(), []string{"timer"}
	case KindPoll:
		d = decoders{"after_ms": toTime(&s.Poll.After), "poll": s.Poll.decodeBits}
	}
	d["at_ms"] = toTime(&s.At)
	if err := d.read(fields, append(required, "at_ms")...); err != nil {
		return s, err
	}
	switch s.Kind {
	case KindCall:
		return s, s.checkCall(fields)
	case KindState:
		return s, s.checkState()
	case KindPoll:
		return s, s.checkAfter(s.Poll.After)
	}
	return s, nil
}

// stateNames spells the states as Linux does. LISTEN is missing: a lookup of the
// connection's four-tuple never shows a listener.
var stateNames = []struct {
	name  string
	state tcp.State
}{
	{"CLOSED", tcp.StateClosed}, {"SYN_SENT", tcp.StateSynSent}, {"SYN_RECV", tcp.StateSynReceived},
	{"ESTABLISHED", tcp.StateEstablished}, {"FIN_WAIT_1", tcp.StateFinWait1}, {"FIN_WAIT_2", tcp.StateFinWait2},
	{"CLOSE_WAIT", tcp.StateCloseWait}, {"CLOSING", tcp.StateClosing}, {"LAST_ACK", tcp.StateLastAck},
	{"TIME_WAIT", tcp.StateTimeWait},
}

func (s *State) decoders() decoders {
	return decoders{
		"after_ms": toTime(&s.After),
		"state": func(v value) error {
			name, err := v.str()
			if err != nil {
				return err
			}
			var known []string
			for _, n := range stateNames {
				if n.name == name {
					s.State = n.state
					return nil
				}
				known = append(known, n.name)
			}
			return fmt.Errorf("unknown state %s, want one of %s", quote(name), strings.Join(known, ", "))
		},
		"timer":    toName(&s.Timer, "timer", timerNames),
		"timer_ms": toDuration(&s.TimerLeft),
		"retrans":  toInt(&s.Retransmits, 0, 255),
		"rto_ms":   toDuration(&s.RTO),
	}
}

func (s *Step) checkState() error {
	if s.State.Timer == TimerNone && s.State.TimerLeft != 0 {
		return errors.New(`timer_ms without a timer: "timer" is "none"`)
	}
	return s.checkAfter(s.State.After)
}

func (s *Step) checkAfter(after tcp.Time) error {
	if after > s.At {
		return fmt.Errorf("after_ms: %s is after at_ms, %s", ms(after), ms(s.At))
	}
	return nil
}

func (p *Poll) decodeBits(v value) error {
	s, err := v.str()
	if err != nil || s == "-" {
		return err
	}
	for _, word := range strings.Split(s, "|") {
		bit := PollBits(0)
		for i, name := range pollNames {
			if word == name {
				bit = 1 << i
			}
		}
		if bit == 0 {
			return fmt.Errorf("unknown bit %s, want %s joined by |, or -", quote(word), strings.Join(pollNames, ", "))
		}
		if p.Bits&bit != 0 {
			return fmt.Errorf("bit %s comes twice", word)
		}
		p.Bits |= bit
	}
	return nil
}
