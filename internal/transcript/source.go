package transcript

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Source is text that is Go source already.
type Source string

// Go returns a number, text, bool, or a struct, array or slice of them as Go source,
// as a test outside package tcp writes it: what is zero in a struct is left out.
func Go(v any) Source {
	if s, ok := v.(Source); ok {
		return s
	}
	return Source(literal(reflect.ValueOf(v)))
}

func literal(v reflect.Value) string {
	switch v.Type() {
	case reflect.TypeFor[time.Duration]():
		return duration(time.Duration(v.Int()))
	case reflect.TypeFor[tcp.Time]():
		return instant(tcp.Time(v.Int()))
	case reflect.TypeFor[tcp.Flags]():
		return set(v.Uint(), "tcp.Flags", flagNames)
	case reflect.TypeFor[tcp.OptionSet]():
		return set(v.Uint(), "tcp.OptionSet", optionNames)
	case reflect.TypeFor[tcp.State]():
		if v.Uint() < uint64(len(stateNames)) {
			return "tcp." + stateNames[v.Uint()]
		}
	case reflect.TypeFor[tcp.Switch]():
		if v.Int() >= 0 && v.Int() < int64(len(switchNames)) {
			return "tcp." + switchNames[v.Int()]
		}
	}
	switch {
	case v.Kind() == reflect.Struct, v.Kind() == reflect.Array, v.Kind() == reflect.Slice:
		return typeName(v.Type()) + elements(v)
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.Kind() == reflect.String:
		return strconv.Quote(v.String())
	}
	return fmt.Sprint(v.Bool())
}

// elements are the parts of a struct that are not zero, or those of an array or slice.
func elements(v reflect.Value) string {
	var parts []string
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				parts = append(parts, v.Type().Field(i).Name+": "+literal(f))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	for i := range v.Len() {
		switch part := v.Index(i); part.Kind() {
		case reflect.Struct, reflect.Array, reflect.Slice: // their type goes without saying
			parts = append(parts, elements(part))
		default:
			parts = append(parts, literal(part))
		}
	}
	for v.Kind() == reflect.Array && len(parts) > 0 && v.Index(len(parts)-1).IsZero() {
		parts = parts[:len(parts)-1]
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// typeName is the name of a type, where it is used in the package of the test.
func typeName(t reflect.Type) string {
	switch {
	case t.Name() != "" && !strings.HasPrefix(t.String(), "tcp.") && !strings.HasPrefix(t.String(), "time."):
		return t.Name()
	case t.Kind() == reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), typeName(t.Elem()))
	case t.Kind() == reflect.Slice:
		return "[]" + typeName(t.Elem())
	}
	return t.String()
}

var (
	flagNames   = []string{"tcp.FIN", "tcp.SYN", "tcp.RST", "tcp.PSH", "tcp.ACK", "tcp.URG", "tcp.ECE", "tcp.CWR"}
	optionNames = []string{"tcp.OptMSS", "tcp.OptWindowScale", "tcp.OptSACKPermitted", "tcp.OptTimestamps", "tcp.OptUserTimeout"}
	stateNames  = []string{
		"StateClosed", "StateListen", "StateSynSent", "StateSynReceived", "StateEstablished", "StateFinWait1",
		"StateFinWait2", "StateCloseWait", "StateClosing", "StateLastAck", "StateTimeWait",
	}
	switchNames = []string{"Default", "On", "Off"}
)

// set writes bits by their names.
func set(bits uint64, typ string, names []string) string {
	if bits == 0 {
		return "0"
	}
	var list []string
	for i, name := range names {
		if bits&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	if rest := bits >> len(names) << len(names); rest != 0 {
		list = append(list, fmt.Sprintf("%s(%#x)", typ, rest))
	}
	return strings.Join(list, "|")
}

// duration writes a duration in the largest unit that divides it.
func duration(d time.Duration) string {
	if d == tcp.Forever {
		return "tcp.Forever"
	}
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "time.Hour"}, {time.Minute, "time.Minute"}, {time.Second, "time.Second"},
		{time.Millisecond, "time.Millisecond"}, {time.Microsecond, "time.Microsecond"}} {
		switch {
		case d == u.unit:
			return u.name
		case d != 0 && d%u.unit == 0:
			return fmt.Sprintf("%d*%s", d/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%d", int64(d))
}

// instant writes a time as an untyped number of nanoseconds.
func instant(t tcp.Time) string {
	if t == tcp.Never {
		return "tcp.Never"
	}
	return fmt.Sprintf("%d", int64(t))
}

// Config returns statements that make a variable of a configuration: the preset that
// differs least from it, and an assignment for each difference.
func Config(name string, cfg tcp.Config) Source {
	var best []string
	for _, preset := range []struct {
		source string
		cfg    tcp.Config
	}{{"tcp.Config{}", tcp.Config{}}, {"tcp.Linux()", tcp.Linux()}, {"tcp.RFC9293()", tcp.RFC9293()}} {
		lines := []string{name + " := " + preset.source}
		is, want := reflect.ValueOf(preset.cfg), reflect.ValueOf(cfg)
		for i := range want.NumField() {
			if f := want.Field(i); f.Interface() != is.Field(i).Interface() {
				lines = append(lines, fmt.Sprintf("%s.%s = %s", name, want.Type().Field(i).Name, literal(f)))
			}
		}
		if best == nil || len(lines) < len(best) {
			best = lines
		}
	}
	return Source(strings.Join(best, "\n\t"))
}
