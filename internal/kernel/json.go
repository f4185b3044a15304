package kernel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-447e5d66/tcp"
)

// The decoder walks the fields of a line that is known to be valid JSON.
// encoding/json alone would take a field in the wrong case, one that comes
// twice, and null for any value.

// maxTime bounds every time of a recording: a year is beyond any timer of TCP,
// and far below what tcp.Time can hold.
const maxTime = 365 * 24 * time.Hour

// checkJSON says what is wrong with a line that is not one JSON object.
func checkJSON(line []byte) error {
	if !utf8.Valid(line) {
		return errors.New("not valid UTF-8")
	}
	if !json.Valid(line) {
		var v any
		err := json.Unmarshal(line, &v)
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax) && strings.Contains(err.Error(), "unexpected end"):
			return fmt.Errorf("truncated: the JSON object is not complete at octet %d", len(line))
		case errors.As(err, &syntax):
			return fmt.Errorf("not valid JSON at octet %d: %v", syntax.Offset, err)
		}
		return fmt.Errorf("not valid JSON: %v", err)
	}
	if b := bytes.TrimLeft(line, space); b[0] != '{' {
		return fmt.Errorf("got %s, want an object", describe(string(b)))
	}
	return nil
}

// cursor reads valid JSON value by value.
type cursor struct {
	s string
}

// space is what JSON allows between tokens.
const space = " \t\r\n"

// next consumes ch if it comes next.
func (c *cursor) next(ch byte) bool {
	c.s = strings.TrimLeft(c.s, space)
	if c.s == "" || c.s[0] != ch {
		return false
	}
	c.s = c.s[1:]
	return true
}

// raw consumes one value and returns its text.
func (c *cursor) raw() value {
	c.s = strings.TrimLeft(c.s, space)
	depth, inString := 0, false
	for i := 0; i < len(c.s); i++ {
		switch ch := c.s[i]; {
		case inString && ch == '\\':
			i++
		case ch == '"':
			inString = !inString
		case inString:
		case ch == '{' || ch == '[':
			depth++
		case ch == '}' || ch == ']':
			depth--
		}
		if depth == 0 && !inString && (i+1 == len(c.s) || strings.IndexByte(",:}]"+space, c.s[i+1]) >= 0) {
			v := value(c.s[:i+1])
			c.s = c.s[i+1:]
			return v
		}
	}
	panic("kernel: BUG: cursor on text that is not valid JSON")
}

// value is the text of one JSON value.
type value string

// field is one field of a JSON object.
type field struct {
	key string
	v   value
}

// maxFields bounds the fields of one object; no object of a recording comes near.
const maxFields = 64

// fields returns the fields of the object v, in order.
func (v value) fields() ([]field, error) {
	c := cursor{string(v)}
	if !c.next('{') {
		return nil, fmt.Errorf("got %s, want an object", describe(string(v)))
	}
	fields := make([]field, 0, 12)
	for !c.next('}') {
		key, err := c.raw().str()
		if err != nil {
			return nil, err
		}
		for i := range fields {
			if fields[i].key == key {
				return nil, fmt.Errorf("field %s comes twice", quote(key))
			}
		}
		if len(fields) == maxFields {
			return nil, fmt.Errorf("more than %d fields in one object", maxFields)
		}
		c.next(':')
		fields = append(fields, field{key, c.raw()})
		c.next(',')
	}
	return fields, nil
}

// elements calls f for each element of the array v, in order.
func (v value) elements(f func(v value) error) error {
	c := cursor{string(v)}
	if !c.next('[') {
		return fmt.Errorf("got %s, want a list", describe(string(v)))
	}
	for !c.next(']') {
		if err := f(c.raw()); err != nil {
			return err
		}
		c.next(',')
	}
	return nil
}

func (v value) str() (string, error) {
	if v == "" || v[0] != '"' {
		return "", fmt.Errorf("got %s, want a string", describe(string(v)))
	}
	if strings.IndexByte(string(v), '\\') < 0 {
		return strings.Clone(string(v[1 : len(v)-1])), nil
	}
	var s string
	err := json.Unmarshal([]byte(v), &s)
	return s, err
}

func (v value) boolean() (bool, error) {
	switch v {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("got %s, want true or false", describe(string(v)))
}

// integer returns v, a whole number in [lo, hi].
func (v value) integer(lo, hi int64) (int64, error) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("got %s, want a whole number from %d to %d", describe(string(v)), lo, hi)
	}
	return n, nil
}

// millis returns v, a time in milliseconds with any fraction, as nanoseconds.
func (v value) millis() (tcp.Time, error) {
	ms, err := strconv.ParseFloat(string(v), 64)
	if v == "" || v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return 0, fmt.Errorf("got %s, want milliseconds", describe(string(v)))
	}
	if err != nil || math.IsInf(ms, 0) {
		return 0, fmt.Errorf("got %s, which is not a finite time", describe(string(v)))
	}
	if ms < 0 || ms > float64(maxTime/time.Millisecond) {
		return 0, fmt.Errorf("got %s, want milliseconds from 0 to %d", describe(string(v)), maxTime/time.Millisecond)
	}
	return tcp.Time(math.Round(ms * 1e6)), nil
}

// decoders has a function for each field that an object can have.
type decoders map[string]func(v value) error

// keys are the fields that an object has.
type keys []field

func (k keys) has(key string) bool {
	for i := range k {
		if k[i].key == key {
			return true
		}
	}
	return false
}

// read decodes fields. Every required one must be there; those of d may be; any
// other is an error.
func (d decoders) read(fields keys, required ...string) error {
	for _, f := range fields {
		decode := d[f.key]
		if decode == nil {
			return fmt.Errorf("unknown field %s", quote(f.key))
		}
		if err := decode(f.v); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
	}
	for _, key := range required {
		if !fields.has(key) {
			return fmt.Errorf("field %q is missing", key)
		}
	}
	return nil
}

// Decoders of single values, for object.dec.

func toString(p *string) func(value) error {
	return func(v value) (err error) { *p, err = v.str(); return }
}

func toBool(p *bool) func(value) error {
	return func(v value) (err error) { *p, err = v.boolean(); return }
}

func toTime(p *tcp.Time) func(value) error {
	return func(v value) (err error) { *p, err = v.millis(); return }
}

func toDuration(p *time.Duration) func(value) error {
	return func(v value) error {
		t, err := v.millis()
		*p = time.Duration(t)
		return err
	}
}

type integer interface {
	~int | ~uint8 | ~uint16 | ~uint32
}

func toInt[T integer](p *T, lo, hi int64) func(value) error {
	return func(v value) error {
		n, err := v.integer(lo, hi)
		*p = T(n)
		return err
	}
}

// toName takes one of names and stores its index.
func toName[T ~uint8](p *T, what string, names []string) func(value) error {
	return func(v value) error {
		s, err := v.str()
		if err != nil {
			return err
		}
		for i, name := range names {
			if s == name {
				*p = T(i)
				return nil
			}
		}
		return fmt.Errorf("unknown %s %s, want one of %s", what, quote(s), strings.Join(names, ", "))
	}
}

// quote and describe keep an error readable whatever the input holds.

func quote(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.QuoteToASCII(strings.ToValidUTF8(s[:most], "")) + "..."
	}
	return strconv.QuoteToASCII(s)
}

func describe(s string) string {
	switch {
	case s == "":
		return "nothing"
	case s[0] == '{':
		return "an object"
	case s[0] == '[':
		return "a list"
	case len(s) > 40:
		return quote(s)
	}
	return s
}
