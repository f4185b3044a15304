package packetdrill

import (
	"strconv"
	"strings"
)

type tokenKind uint8

const (
	tokEOF      tokenKind = iota
	tokWord               // letters, digits and underscores, not all digits
	tokInt                // decimal, may be negative
	tokHex                // 0x...
	tokFloat              // .5, 0.25, 1.0
	tokString             // "...", text is what the escapes stand for
	tokCommand            // `...`
	tokCode               // %{ ... }%
	tokOption             // --name, text is the name
	tokEllipsis           // ...
	tokPunct              // any other single character
)

// token is one token of a script.
type token struct {
	kind     tokenKind
	text     string
	value    int64 // of tokInt and tokHex
	pos      Pos
	off, end int // bytes of the script; equal, and not those of the text, where a definition was replaced
}

// is reports whether t is the punctuation character s.
func (t *token) is(s string) bool { return t.kind == tokPunct && t.text == s }

// describe names the token for the Found of an error.
func (t *token) describe() string {
	switch t.kind {
	case tokEOF:
		return "end of file"
	case tokString:
		return "string " + quote(t.text)
	case tokCommand:
		return "a command"
	case tokCode:
		return "code"
	case tokOption:
		return quote("--" + t.text)
	}
	return quote(t.text)
}

// lexer cuts a script into tokens. The first error is kept in err; from then on
// every token is the end of the file.
type lexer struct {
	file     string
	src      string
	off      int
	line     int
	bol      int // offset of the first byte of the line
	defs     definitions
	block    Pos     // of the #ifdef whose text is being read; zero outside
	pending  []token // the rest of a replaced definition
	tokens   int
	comments []Comment
	err      *SyntaxError
}

func newLexer(file, src string, defs definitions) *lexer {
	l := &lexer{file: file, src: src, line: 1, defs: defs}
	if strings.HasPrefix(src, "\ufeff") {
		l.off, l.bol = 3, 3
	}
	if len(src) > MaxScript {
		l.fail(Pos{1, 1}, "a script of at most "+strconv.Itoa(MaxScript)+" bytes", strconv.Itoa(len(src))+" bytes")
	}
	return l
}

func (l *lexer) fail(pos Pos, expected, found string) {
	if l.err == nil {
		l.err = &SyntaxError{File: l.file, Line: pos.Line, Column: pos.Column, Expected: expected, Found: found}
	}
}

// pos returns the place of the byte at off, which lies on the current line.
func (l *lexer) pos(off int) Pos { return Pos{l.line, off - l.bol + 1} }

// newline notes that the byte before off ended a line.
func (l *lexer) newline(off int) {
	l.line++
	l.bol = off
}

// peek returns the byte i places ahead, or 0 at the end.
func (l *lexer) peek(i int) byte {
	if l.off+i < len(l.src) {
		return l.src[l.off+i]
	}
	return 0
}

// next returns the next token, with definitions replaced.
func (l *lexer) next() token {
	for len(l.pending) == 0 {
		t := l.scan()
		var replacement *definition
		if t.kind == tokWord {
			replacement = l.defs[t.text]
		}
		if replacement == nil {
			return l.count(t)
		}
		for _, r := range replacement.tokens {
			r.pos, r.off, r.end = t.pos, t.end, t.end
			l.pending = append(l.pending, r)
		}
	}
	t := l.pending[0]
	l.pending = l.pending[1:]
	return l.count(t)
}

// count bounds the number of tokens, which definitions could multiply.
func (l *lexer) count(t token) token {
	l.tokens++
	if l.tokens > MaxScript {
		l.fail(t.pos, "at most "+strconv.Itoa(MaxScript)+" tokens", "more")
	}
	if l.err != nil {
		return token{kind: tokEOF, pos: t.pos, off: t.off, end: t.off}
	}
	return t
}

// scan reads one token of the script itself.
func (l *lexer) scan() token {
	l.skipBlanks()
	t := token{pos: l.pos(l.off), off: l.off}
	c := l.peek(0)
	switch {
	case l.err != nil || l.off >= len(l.src):
		if l.err == nil && l.block != (Pos{}) {
			l.fail(t.pos, `"#endif" for the "#ifdef" at `+l.block.String(), "end of file")
		}
		t.kind = tokEOF
	case strings.HasPrefix(l.src[l.off:], "..."):
		t.kind, t.text = tokEllipsis, "..."
		l.off += 3
	case isDigit(c), c == '.' && isDigit(l.peek(1)), c == '-' && isDigit(l.peek(1)):
		l.scanNumber(&t)
	case isWord(c):
		t.kind, t.text = tokWord, l.takeWord()
	case c == '"':
		l.scanString(&t)
	case c == '`':
		l.scanUntil(&t, tokCommand, "`", "`")
	case c == '%' && l.peek(1) == '{':
		l.scanUntil(&t, tokCode, "%{", "}%")
	case c == '-' && l.peek(1) == '-' && isWord(l.peek(2)):
		l.off += 2
		t.kind, t.text = tokOption, l.takeWord()
	default:
		t.kind, t.text = tokPunct, string(rune(c))
		l.off++
		if c >= 0x80 || c < ' ' {
			l.fail(t.pos, "a token", quote(l.src[t.off:l.off]))
		}
	}
	t.end = l.off
	return t
}

// skipBlanks passes white space, comments and directives.
func (l *lexer) skipBlanks() {
	for l.err == nil && l.off < len(l.src) {
		switch c := l.src[l.off]; {
		case c == '\n':
			l.off++
			l.newline(l.off)
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
			l.off++
		case c == '/' && l.peek(1) == '/':
			l.lineComment()
		case c == '/' && l.peek(1) == '*':
			l.blockComment()
		case c == '#' && strings.TrimSpace(l.src[l.bol:l.off]) == "":
			l.directive()
		default:
			return
		}
	}
}

// restOfLine returns the text from off to the end of its line.
func (l *lexer) restOfLine(off int) string {
	text, _, _ := strings.Cut(l.src[off:], "\n")
	return text
}

func (l *lexer) lineComment() {
	text := l.restOfLine(l.off)
	l.comments = append(l.comments, Comment{Pos: l.pos(l.off), Text: strings.TrimSpace(text[2:])})
	l.off += len(text)
}

func (l *lexer) blockComment() {
	start := l.pos(l.off)
	n := strings.Index(l.src[l.off+2:], "*/")
	if n < 0 {
		l.fail(start, `"*/" to end the comment`, "end of file")
		return
	}
	text := l.src[l.off+2 : l.off+2+n]
	l.comments = append(l.comments, Comment{Pos: start, Text: strings.TrimSpace(text)})
	l.advance(n + 4)
}

// advance passes n bytes that may hold line ends.
func (l *lexer) advance(n int) {
	for ; n > 0; n-- {
		l.off++
		if l.src[l.off-1] == '\n' {
			l.newline(l.off)
		}
	}
}

func (l *lexer) takeWord() string {
	start := l.off
	for l.off < len(l.src) && isWord(l.src[l.off]) {
		l.off++
	}
	return l.src[start:l.off]
}

// scanUntil reads quoted text that may span lines. A back-quote is part of a
// command where a backslash precedes it.
func (l *lexer) scanUntil(t *token, kind tokenKind, open, end string) {
	for n := len(open); ; n++ {
		i := l.off + n
		if i >= len(l.src) {
			l.fail(t.pos, quote(end)+" to end what begins here", "end of file")
			return
		}
		if strings.HasPrefix(l.src[i:], end) {
			t.kind, t.text = kind, l.src[l.off+len(open):i]
			l.advance(n + len(end))
			return
		}
		if kind == tokCommand && l.src[i] == '\\' {
			n++
		}
	}
}

// rawUntil returns the text up to the bracket that closes one just read, and
// passes that bracket. Brackets of the same kind may nest.
func (l *lexer) rawUntil(opened Pos, open, end byte) string {
	start, depth := l.off, 1
	for i := l.off; i < len(l.src); i++ {
		switch l.src[i] {
		case open:
			depth++
		case end:
			depth--
		}
		if depth == 0 {
			text := l.src[start:i]
			l.advance(i + 1 - start)
			return text
		}
	}
	l.fail(opened, quote(string(end))+" to close what begins here", "end of file")
	return ""
}

// optionValue returns the text after "--name=": a quoted string, or everything
// up to the next blank.
func (l *lexer) optionValue() (value string, ok bool) {
	l.skipSpaces()
	if l.peek(0) != '=' {
		return "", false
	}
	l.off++
	l.skipSpaces()
	if l.peek(0) == '"' {
		t := token{pos: l.pos(l.off)}
		l.scanString(&t)
		return t.text, true
	}
	at := l.pos(l.off)
	n := strings.IndexAny(l.src[l.off:], " \t\r\v\f\n")
	if n < 0 {
		n = len(l.src) - l.off
	}
	value = l.src[l.off : l.off+n]
	l.off += n
	if value == "" {
		l.fail(at, "a value", "end of line")
	}
	return value, true
}

func (l *lexer) skipSpaces() {
	for l.peek(0) == ' ' || l.peek(0) == '\t' {
		l.off++
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}
