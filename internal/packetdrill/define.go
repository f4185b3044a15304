package packetdrill

import (
	"fmt"
	"strings"
)

// definition is the value of a -D NAME=VALUE.
type definition struct {
	text   string
	tokens []token
}

// definitions maps the defined names to their values: nil for a bare -D NAME,
// which opens #ifdef blocks and replaces nothing.
type definitions map[string]*definition

// newDefinitions reads definitions as they stand on a command line: NAME or
// NAME=VALUE.
func newDefinitions(list []string) (definitions, error) {
	defs := make(definitions, len(list))
	for _, d := range list {
		name, value, hasValue := strings.Cut(d, "=")
		if strings.TrimFunc(name, func(r rune) bool { return r < 0x80 && isWord(byte(r)) }) != "" || name == "" || isDigit(name[0]) {
			return nil, fmt.Errorf("definition %s: the name must be letters, digits and underscores, not beginning with a digit", quote(d))
		}
		if !hasValue {
			defs[name] = nil
			continue
		}
		if len(value) > maxDefine || strings.ContainsAny(value, "`\n#") || strings.Contains(value, "}%") {
			return nil, fmt.Errorf("definition %s: the value must be tokens of a script, at most %d bytes", quote(d), maxDefine)
		}
		l := newLexer("-D "+name, value, nil)
		def := &definition{text: value}
		for t := l.next(); t.kind != tokEOF; t = l.next() {
			def.tokens = append(def.tokens, t)
		}
		if l.err != nil {
			return nil, l.err
		}
		defs[name] = def
	}
	return defs, nil
}

// replace returns text with every defined word replaced, for the parts of a
// script that are not cut into tokens: commands, code and option values.
func (l *lexer) replace(text string, pos Pos) string {
	if len(l.defs) == 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && isWord(text[j]) {
			j++
		}
		if j == i {
			j++
		}
		if def := l.defs[text[i:j]]; def != nil {
			b.WriteString(def.text)
		} else {
			b.WriteString(text[i:j])
		}
		if i = j; b.Len() > MaxScript {
			l.fail(pos, fmt.Sprintf("at most %d bytes after replacing definitions", MaxScript), "more")
			return ""
		}
	}
	return b.String()
}

// directive handles a line that begins with "#": #ifdef NAME, whose block is
// passed over unless NAME is defined, and #endif. Blocks do not nest.
func (l *lexer) directive() {
	pos := l.pos(l.off)
	text := l.restOfLine(l.off)
	words := directiveWords(text)
	switch {
	case words[0] == "#endif" && l.block == (Pos{}):
		l.fail(pos, `"#ifdef" before`, `"#endif"`)
	case words[0] == "#endif":
		l.block = Pos{}
	case words[0] == "#ifdef" && l.block != (Pos{}):
		l.fail(pos, `"#endif" for the "#ifdef" at `+l.block.String()+" (blocks do not nest)", `"#ifdef"`)
	case words[0] == "#ifdef" && len(words) != 2:
		l.fail(pos, `one name after "#ifdef"`, quote(strings.TrimSpace(text)))
	case words[0] == "#ifdef":
		l.block = pos
		if _, defined := l.defs[words[1]]; !defined {
			l.skipBlock()
			return
		}
	default:
		l.fail(pos, `"#ifdef" or "#endif"`, quote(words[0]))
	}
	l.off += len(text)
}

// skipBlock passes all lines before the next directive that ends the block, or
// that makes it an error.
func (l *lexer) skipBlock() {
	for {
		l.off += len(l.restOfLine(l.off))
		if l.off >= len(l.src) {
			return // scan reports the missing #endif
		}
		l.off++
		l.newline(l.off)
		line := l.restOfLine(l.off)
		if trimmed := strings.TrimLeft(line, " \t"); strings.HasPrefix(trimmed, "#") {
			switch directiveWords(trimmed)[0] {
			case "#ifdef", "#endif", "#else":
				l.off += len(line) - len(trimmed)
				return // skipBlanks sees it as the next directive
			}
		}
	}
}

// directiveWords cuts a directive into words, without a comment behind it. The
// "#" may stand apart from its word.
func directiveWords(text string) []string {
	text, _, _ = strings.Cut(text, "//")
	text, _, _ = strings.Cut(text, "/*")
	words := strings.Fields(strings.TrimPrefix(text, "#"))
	if len(words) == 0 {
		return []string{"#"}
	}
	words[0] = "#" + words[0]
	return words
}
