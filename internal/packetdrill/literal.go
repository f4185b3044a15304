package packetdrill

import (
	"strconv"
	"strings"
)

// scanNumber reads an integer, a float, or a word that begins with a digit (the
// cookie of a Fast Open option). In "0...1" the dots are an ellipsis.
func (l *lexer) scanNumber(t *token) {
	start := l.off
	if l.peek(0) == '-' {
		l.off++
	}
	word := l.takeWord()
	if l.peek(0) == '.' && l.peek(1) != '.' && strings.Trim(word, "0123456789") == "" {
		l.off++
		word = l.takeWord()
		t.kind, t.text = tokFloat, l.src[start:l.off]
		if strings.Trim(word, "0123456789") != "" || t.text[0] == '-' {
			l.fail(t.pos, "a number", quote(t.text))
		}
		return
	}
	t.kind, t.text = tokInt, l.src[start:l.off]
	base, digits := 10, t.text
	switch {
	case strings.HasPrefix(word, "0x") || strings.HasPrefix(word, "0X"):
		t.kind, base, digits = tokHex, 16, strings.Replace(t.text, word[:2], "", 1)
	case strings.Trim(word, "0123456789") != "":
		t.kind = tokWord
		if t.text[0] == '-' {
			l.fail(t.pos, "a number", quote(t.text))
		}
		return
	}
	var err error
	if t.value, err = strconv.ParseInt(digits, base, 64); err != nil {
		if base == 16 && err.(*strconv.NumError).Err == strconv.ErrSyntax {
			l.fail(t.pos, "a hexadecimal number", quote(t.text))
			return
		}
		l.fail(t.pos, "an integer below 2^63", quote(t.text))
	}
}

// scanString reads a string with the escapes of C.
func (l *lexer) scanString(t *token) {
	t.kind = tokString
	var b strings.Builder
	for l.off++; ; {
		if l.off >= len(l.src) || l.src[l.off] == '\n' {
			l.fail(t.pos, `'"' to end the string`, "end of line")
			return
		}
		c := l.src[l.off]
		l.off++
		switch c {
		case '"':
			t.text = b.String()
			return
		case '\\':
			l.escape(&b)
		default:
			b.WriteByte(c)
		}
	}
}

// escapes are the one-letter escapes of C.
var escapes = map[byte]byte{
	'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
	'\\': '\\', '"': '"', '\'': '\'', '?': '?',
}

// escape reads what follows a backslash: a letter, up to three octal digits, or
// x with one or two hexadecimal digits.
func (l *lexer) escape(b *strings.Builder) {
	at := l.pos(l.off - 1)
	if c, ok := escapes[l.peek(0)]; ok {
		l.off++
		b.WriteByte(c)
		return
	}
	base, most, start := 8, 3, l.off
	if l.peek(0) == 'x' {
		base, most, start = 16, 2, l.off+1
	}
	n := 0
	for n < most && start+n < len(l.src) && isDigitOf(l.src[start+n], base) {
		n++
	}
	value, err := strconv.ParseUint(l.src[start:start+n], base, 8)
	if err != nil {
		l.fail(at, "an escape sequence of C", quote(l.src[l.off-1:min(start+max(n, 1), len(l.src))]))
		return
	}
	l.off = start + n
	b.WriteByte(byte(value))
}

// isDigitOf reports whether c is an octal or hexadecimal digit.
func isDigitOf(c byte, base int) bool {
	return c < 0x80 && strings.ContainsRune("01234567"+"89abcdefABCDEF"[:14*(base/16)], rune(c))
}
