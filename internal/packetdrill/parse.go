package packetdrill

import (
	"strconv"
	"strings"
	"time"
)

// Parse reads a script. The file name is only for error messages; definitions
// are NAME or NAME=VALUE, as behind -D on a command line. A script that is wrong
// gives a [*SyntaxError].
func Parse(file string, text []byte, define ...string) (*Script, error) {
	defs, err := newDefinitions(define)
	if err != nil {
		return nil, err
	}
	p := &parser{lex: newLexer(file, string(text), defs)}
	p.next()
	s := p.script()
	if p.lex.err != nil {
		return nil, p.lex.err
	}
	s.File, s.Comments = file, p.lex.comments
	return s, nil
}

// parser has one token of lookahead. After the first error every token is the
// end of the file, so that each loop ends.
type parser struct {
	lex      *lexer
	tok      token
	depth    int
	absolute time.Duration // of the latest event with an absolute time
	relative time.Duration // sum of the relative times
}

func (p *parser) next() { p.tok = p.lex.next() }

// fail reports that the current token is not what is expected.
func (p *parser) fail(expected string) { p.failAt(p.tok.pos, expected, p.tok.describe()) }

func (p *parser) failAt(pos Pos, expected, found string) {
	p.lex.fail(pos, expected, found)
	p.tok = token{kind: tokEOF, pos: pos}
}

func (p *parser) failed() bool { return p.lex.err != nil }

// accept passes the punctuation s if it is next.
func (p *parser) accept(s string) bool {
	if !p.tok.is(s) {
		return false
	}
	p.next()
	return true
}

// expect passes the punctuation s, which must be next.
func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.fail(strconv.Quote(s))
	}
}

// acceptWord passes the word s if it is next.
func (p *parser) acceptWord(s string) bool {
	if p.tok.kind != tokWord || p.tok.text != s {
		return false
	}
	p.next()
	return true
}

func (p *parser) expectWord(s string) {
	if !p.acceptWord(s) {
		p.fail(strconv.Quote(s))
	}
}

// word returns the next token, which must be a word.
func (p *parser) word(what string) string {
	t := p.tok
	if t.kind != tokWord {
		p.fail(what)
		return ""
	}
	p.next()
	return t.text
}

// number returns the next token, which must be a number from lo to hi.
func (p *parser) number(what string, lo, hi int64) int64 {
	t := p.tok
	if t.kind != tokInt && t.kind != tokHex {
		p.fail(what)
		return 0
	}
	if t.value < lo || t.value > hi {
		p.fail(what + " from " + strconv.FormatInt(lo, 10) + " to " + strconv.FormatInt(hi, 10))
		return 0
	}
	p.next()
	return t.value
}

func (p *parser) script() *Script {
	s := &Script{}
	for p.tok.kind == tokOption {
		s.Options = append(s.Options, p.option())
	}
	if p.tok.kind == tokCommand {
		s.Setup = p.command()
	}
	for p.tok.kind != tokEOF && p.tok.kind != tokCommand {
		if len(s.Events) == MaxEvents {
			p.fail("at most " + strconv.Itoa(MaxEvents) + " events")
			break
		}
		s.Events = append(s.Events, p.event())
	}
	if p.tok.kind == tokCommand {
		s.Cleanup = p.command()
		if p.tok.kind != tokEOF {
			p.fail("end of file after a command without a time")
		}
	}
	return s
}

func (p *parser) option() Option {
	o := Option{Pos: p.tok.pos, Name: p.tok.text}
	o.Value, o.HasValue = p.lex.optionValue()
	o.Value = p.lex.replace(o.Value, o.Pos)
	p.next()
	return o
}

func (p *parser) command() *Command {
	c := &Command{Pos: p.tok.pos, Text: p.lex.replace(p.tok.text, p.tok.pos)}
	p.next()
	return c
}

func (p *parser) code() *Code {
	c := &Code{Pos: p.tok.pos, Text: p.lex.replace(p.tok.text, p.tok.pos)}
	p.next()
	return c
}

func (p *parser) event() Event {
	e := Event{Pos: p.tok.pos}
	e.Time = p.time()
	loose := e.Time.Kind != Absolute && e.Time.Kind != Relative
	switch t := p.tok; {
	case t.is(">"):
		e.Action = p.packet()
	case t.kind == tokCommand:
		e.Action = p.command()
	case t.kind == tokCode:
		e.Action = p.code()
	case loose:
		p.fail(`">", a command or code after "*" or a range of times`)
	case t.is("<"):
		e.Action = p.packet()
	case t.kind == tokWord || t.kind == tokEllipsis:
		e.Action = p.syscall(e.Time)
	default:
		p.fail("a packet, system call, command or code")
	}
	return e
}

// time reads the time of an event and checks that absolute times do not go back.
func (p *parser) time() Time {
	pos := p.tok.pos
	if p.accept("*") {
		return Time{Kind: AnyTime}
	}
	var t Time
	plus := p.accept("+")
	if plus {
		t.Kind = Relative
		t.At = p.seconds(`a time after "+"`)
	} else {
		t.At = p.seconds("the time of an event")
	}
	if end := p.tok.pos; p.accept("~") {
		t.Kind = AbsoluteRange
		if plus {
			t.Kind = RelativeRange
			end = p.tok.pos
			p.expect("+")
		}
		t.Until = p.seconds(`a time after "~"`)
		if t.Until < t.At && !p.failed() {
			p.failAt(end, "a range that does not end before "+formatSeconds(t.At), formatSeconds(t.Until))
		}
	}
	p.checkOrder(pos, t, plus)
	return t
}

func (p *parser) checkOrder(pos Pos, t Time, relative bool) {
	switch {
	case p.failed():
	case relative:
		if p.relative += max(t.At, t.Until); p.relative > MaxTime {
			p.failAt(pos, "times that sum up to at most "+formatSeconds(MaxTime)+" seconds", formatSeconds(p.relative))
		}
	case t.At < p.absolute:
		p.failAt(pos, "a time not before "+formatSeconds(p.absolute), formatSeconds(t.At))
	default:
		p.absolute = t.At
	}
}

// seconds reads a number of seconds, rounded to a microsecond.
func (p *parser) seconds(what string) time.Duration {
	t := p.tok
	if t.kind != tokFloat && (t.kind != tokInt || t.value < 0) {
		p.fail(what)
		return 0
	}
	whole, fraction, _ := strings.Cut(t.text, ".")
	if len(strings.TrimLeft(whole, "0")) > 10 {
		p.fail("a time of at most " + formatSeconds(MaxTime) + " seconds")
		return 0
	}
	n, _ := strconv.ParseInt("0"+whole, 10, 64)
	digits := (fraction + "0000000")[:7]
	tenths, _ := strconv.ParseInt(digits, 10, 64) // of a microsecond
	at := time.Duration(n)*time.Second + time.Duration((tenths+5)/10)*time.Microsecond
	if n > int64(MaxTime/time.Second) || at > MaxTime {
		p.fail("a time of at most " + formatSeconds(MaxTime) + " seconds")
		return 0
	}
	p.next()
	return at
}

// formatSeconds writes a time as short as it goes.
func formatSeconds(d time.Duration) string {
	s := strconv.FormatInt(int64(d/time.Second), 10)
	if us := int64(d % time.Second / time.Microsecond); us != 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(us+1e6, 10)[1:], "0")
	}
	return s
}
