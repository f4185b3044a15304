package packetdrill

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// ParseCode compiles the text of a %{ }%. What is not part of the small language
// of [Program] gives a [*SyntaxError] with the place in the script.
func ParseCode(file string, code *Code) (*Program, error) {
	c := &codeParser{file: file, src: code.Text, line: code.Pos.Line, column: code.Pos.Column + len("%{")}
	prog := &Program{file: file}
	if len(c.src) > MaxCode {
		c.failAt(code.Pos, "code of at most "+strconv.Itoa(MaxCode)+" bytes", strconv.Itoa(len(c.src))+" bytes")
	}
	c.next()
	for c.err == nil && c.tok.kind != codeEnd {
		c.statement(prog)
	}
	if c.err != nil {
		return nil, c.err
	}
	slices.Sort(c.names)
	prog.names = slices.Compact(c.names)
	return prog, nil
}

// maxDigits bounds the digits of one number in code.
const maxDigits = 100

type codeKind uint8

const (
	codeEnd codeKind = iota
	codeNewline
	codeName
	codeNumber
	codeString
	codeOperator
)

type codeToken struct {
	kind     codeKind
	text     string
	pos      Pos
	off, end int
}

// codeParser reads code by recursive descent. After the first error every token
// is the end.
type codeParser struct {
	file         string
	src          string
	off          int
	line, column int // of off
	brackets     int // open; newlines do not count inside
	depth        int
	tok          codeToken
	prevEnd      int
	names        []string
	err          *SyntaxError
}

func (c *codeParser) fail(expected string) {
	found := quote(c.tok.text)
	switch c.tok.kind {
	case codeEnd:
		found = "end of code"
	case codeNewline:
		found = "end of line"
	}
	c.failAt(c.tok.pos, expected, found)
}

func (c *codeParser) failAt(pos Pos, expected, found string) {
	if c.err == nil {
		c.err = &SyntaxError{c.file, pos.Line, pos.Column, expected, found}
	}
	c.tok = codeToken{kind: codeEnd, pos: pos}
}

// advance passes n bytes.
func (c *codeParser) advance(n int) {
	for ; n > 0; n-- {
		c.column++
		if c.src[c.off] == '\n' {
			c.line, c.column = c.line+1, 1
		}
		c.off++
	}
}

// skipBlanks passes blanks, comments and joined lines, and newlines in brackets.
func (c *codeParser) skipBlanks() {
	for c.off < len(c.src) {
		rest := c.src[c.off:]
		switch {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r', rest[0] == '\n' && c.brackets > 0:
			c.advance(1)
		case strings.HasPrefix(rest, "\\\n"):
			c.advance(2)
		case rest[0] == '#':
			comment, _, _ := strings.Cut(rest, "\n")
			c.advance(len(comment))
		default:
			return
		}
	}
}

// operators in an order in which the first that fits is the longest.
var operators = []string{"==", "!=", "<=", ">=", "//", "<<", ">>", "**", "<", ">", "+", "-", "*", "/", "&", "|", "(", ")", ",", ";"}

func (c *codeParser) next() {
	c.prevEnd = c.tok.end
	c.skipBlanks()
	t := codeToken{pos: Pos{c.line, c.column}, off: c.off}
	if c.err != nil || c.off == len(c.src) {
		t.end = c.off
		c.tok = t
		return
	}
	rest := c.src[c.off:]
	n := 1
	switch {
	case rest[0] == '\n':
		t.kind = codeNewline
	case isDigit(rest[0]), rest[0] == '.' && len(rest) > 1 && isDigit(rest[1]):
		t.kind = codeNumber
		for n < len(rest) && (isWord(rest[n]) || rest[n] == '.') {
			n++
		}
	case isWord(rest[0]):
		t.kind = codeName
		for n < len(rest) && isWord(rest[n]) {
			n++
		}
	case rest[0] == '"' || rest[0] == '\'':
		t.kind = codeString
		if n = stringEnd(rest); n == 0 {
			c.failAt(t.pos, "the end of the string", "end of line")
			return
		}
	default:
		t.kind = codeOperator
		i := slices.IndexFunc(operators, func(op string) bool { return strings.HasPrefix(rest, op) })
		if i >= 0 {
			n = len(operators[i])
		}
	}
	t.text = rest[:n]
	c.advance(n)
	t.end = c.off
	c.tok = t
}

// stringEnd returns the length of the quoted string that s begins with, or 0 if
// its line ends before it does.
func stringEnd(s string) int {
	for i := 1; i < len(s) && s[i] != '\n'; i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}

func (c *codeParser) accept(text string) bool {
	if c.tok.text != text || c.tok.kind != codeOperator && c.tok.kind != codeName {
		return false
	}
	c.next()
	return true
}

// acceptAny passes one of the operators and returns it, or "".
func (c *codeParser) acceptAny(ops ...string) string {
	if i := slices.Index(ops, c.tok.text); i >= 0 && c.accept(ops[i]) {
		return ops[i]
	}
	return ""
}

func (c *codeParser) atStatementEnd() bool {
	return c.tok.kind == codeEnd || c.tok.kind == codeNewline || c.tok.kind == codeOperator && c.tok.text == ";"
}

func (c *codeParser) statement(prog *Program) {
	pos := c.tok.pos
	switch {
	case c.atStatementEnd():
	case c.accept("assert"):
		off := c.tok.off
		a := assertion{pos: pos, cond: c.expression()}
		if c.err != nil {
			return
		}
		a.text = strings.Join(strings.Fields(c.src[off:c.prevEnd]), " ")
		if c.accept(",") {
			a.message = c.message()
		}
		prog.assertions = append(prog.assertions, a)
	case c.accept("print"):
		c.message()
	case c.accept("pass"):
	default:
		c.fail(`"assert", "print" or "pass"`)
	}
	if !c.atStatementEnd() {
		c.fail("an operator or the end of the statement")
	}
	c.next()
}

// message reads the rest of a statement that only makes text: an expression
// where it is one, otherwise anything with its brackets closed. Its names are
// not among those that the program needs.
func (c *codeParser) message() node {
	saved := *c
	if n := c.expression(); c.err == nil && c.atStatementEnd() {
		c.names = saved.names
		return n
	}
	*c = saved
	for !c.atStatementEnd() || c.brackets > 0 && c.tok.kind != codeEnd {
		switch c.tok.text {
		case "(":
			c.brackets++
		case ")":
			if c.brackets--; c.brackets < 0 {
				c.fail("the end of the statement")
				return nil
			}
		}
		c.next()
	}
	if c.brackets > 0 {
		c.fail(`")"`)
	}
	return nil
}

// expression reads the lowest level of precedence, or.
func (c *codeParser) expression() node {
	if c.depth++; c.depth > MaxDepth {
		c.fail("expressions nested less deeply")
	}
	defer func() { c.depth-- }()
	return c.binary(0)
}

// levels are the binary operators in order of increasing precedence. Comparisons
// and not stand between and and |.
var levels = [][]string{{"or"}, {"and"}, {"|"}, {"&"}, {"+", "-"}, {"*", "/"}}

// comparisonLevel is the first level that binds more strongly than a comparison.
const comparisonLevel = 2

func (c *codeParser) binary(level int) node {
	if level == len(levels) {
		return c.unary()
	}
	operand := func() node { return c.binary(level + 1) }
	if level+1 == comparisonLevel {
		operand = c.not
	}
	x := operand()
	for {
		pos := c.tok.pos
		op := c.acceptAny(levels[level]...)
		if op == "" {
			return x
		}
		x = binaryNode{pos, op, x, operand()}
	}
}

func (c *codeParser) not() node {
	n := 0
	for c.accept("not") {
		n++
	}
	x := c.comparison()
	if n > 0 { // an even number leaves the truth of x
		x = unaryNode{"not", x}
		if n%2 == 0 {
			x = unaryNode{"not", x}
		}
	}
	return x
}

func (c *codeParser) comparison() node {
	cmp := compareNode{x: []node{c.binary(comparisonLevel)}}
	for {
		op := c.acceptAny("==", "!=", "<", "<=", ">", ">=")
		if op == "" {
			break
		}
		cmp.ops = append(cmp.ops, op)
		cmp.x = append(cmp.x, c.binary(comparisonLevel))
	}
	if len(cmp.ops) == 0 {
		return cmp.x[0]
	}
	return cmp
}

func (c *codeParser) unary() node {
	negative := false
	for op := c.acceptAny("-", "+"); op != ""; op = c.acceptAny("-", "+") {
		negative = negative != (op == "-")
	}
	x := c.primary()
	if negative {
		return unaryNode{"-", x}
	}
	return x
}

func (c *codeParser) primary() node {
	t := c.tok
	switch {
	case t.kind == codeNumber:
		return c.number()
	case t.kind == codeOperator && t.text == "(":
		c.brackets++
		c.next()
		x := c.expression()
		c.brackets--
		if !c.accept(")") {
			c.fail(`an operator or ")"`)
		}
		return x
	case t.kind != codeName || slices.Contains([]string{"and", "or", "not", "assert", "print"}, t.text):
		c.fail("a number, a name or (")
		return nil
	}
	c.next()
	if c.tok.kind == codeOperator && c.tok.text == "(" {
		c.failAt(t.pos, "a number, a name or (", "a call of "+quote(t.text))
		return nil
	}
	switch t.text {
	case "True", "False":
		return constantNode{truth(t.text == "True")}
	}
	c.names = append(c.names, t.text)
	return nameNode{t.pos, t.text}
}

// number reads a decimal integer, a decimal fraction or a hexadecimal integer.
func (c *codeParser) number() node {
	text := c.tok.text
	digits, hex := strings.CutPrefix(strings.ToLower(text), "0x")
	value, ok := new(big.Rat), false
	switch {
	case len(text) > maxDigits:
	case hex:
		var i *big.Int
		if i, ok = new(big.Int).SetString(digits, 16); ok {
			value.SetInt(i)
		}
	case strings.Trim(text, "0123456789.") == "":
		value, ok = value.SetString(text)
	}
	if !ok {
		c.fail("a number")
		return nil
	}
	c.next()
	return constantNode{value}
}
