package packetdrill

import (
	"math"
	"strconv"
	"strings"
)

// syscall reads [ "..." T ] name ( arguments ) = result.
func (p *parser) syscall(at Time) *Syscall {
	s := &Syscall{}
	if p.tok.kind == tokEllipsis {
		p.next()
		end := p.tok
		s.Blocking, s.End = true, p.seconds(`the time of return after "..."`)
		if s.End < at.At && !p.failed() {
			p.failAt(end.pos, "a return not before "+formatSeconds(at.At), quote(end.text))
		}
	}
	s.Pos = p.tok.pos
	s.Name = p.word("a system call")
	p.expect("(")
	if !p.tok.is(")") {
		s.Args = p.exprs()
	}
	p.expectAfter(")", `"," or ")"`)
	p.expect("=")
	s.Result = p.result()
	return s
}

// expectAfter passes the punctuation s behind a list; what says what else could
// have continued the list.
func (p *parser) expectAfter(s, what string) {
	if !p.accept(s) {
		p.fail(what)
	}
}

func (p *parser) result() Result {
	r := Result{Pos: p.tok.pos}
	switch p.tok.kind {
	case tokEllipsis:
		r.Any = true
	case tokInt, tokHex:
		r.Value, r.Hex = p.tok.value, p.tok.kind == tokHex
	default:
		p.fail(`a result: a number or "..."`)
		return r
	}
	p.next()
	if p.tok.kind == tokWord {
		r.Errno = p.tok.text
		if len(r.Errno) < 2 || r.Errno[0] != 'E' || r.Errno != strings.ToUpper(r.Errno) {
			p.fail("the name of an error, a remark in brackets or the next event")
		}
		p.next()
	}
	if p.tok.is("(") {
		r.Note = strings.Join(strings.Fields(p.lex.rawUntil(p.tok.pos, '(', ')')), " ")
		p.next()
	}
	return r
}

// exprs reads one or more expressions with commas between them.
func (p *parser) exprs() []Expr {
	list := []Expr{p.expr()}
	for p.accept(",") {
		list = append(list, p.expr())
	}
	return list
}

// expr reads an expression: terms with "|" between them.
func (p *parser) expr() Expr {
	if p.depth++; p.depth > MaxDepth {
		p.fail("at most " + strconv.Itoa(MaxDepth) + " nested expressions")
	}
	defer func() { p.depth-- }()
	pos := p.tok.pos
	first := p.term()
	if !p.tok.is("|") {
		return first
	}
	or := Or{Pos: pos, Terms: []Expr{first}}
	for p.accept("|") {
		or.Terms = append(or.Terms, p.term())
	}
	return or
}

func (p *parser) term() Expr {
	t := p.tok
	switch {
	case t.kind == tokEllipsis:
		p.next()
		return Ellipsis{t.pos}
	case t.kind == tokInt || t.kind == tokHex:
		p.next()
		return Int{t.pos, t.value, t.kind == tokHex}
	case t.kind == tokWord:
		p.next()
		return Word{t.pos, t.text}
	case t.kind == tokString:
		p.next()
		return String{t.pos, t.text}
	case t.is("["):
		return p.list()
	case t.is("{"):
		return p.structure()
	}
	p.fail("an expression")
	return Ellipsis{t.pos}
}

func (p *parser) list() List {
	l := List{Pos: p.tok.pos}
	p.expect("[")
	if !p.tok.is("]") {
		l.Elems = p.exprs()
	}
	p.expectAfter("]", `"," or "]"`)
	return l
}

// structure reads what stands in braces; its first token says what it is.
func (p *parser) structure() Expr {
	pos := p.tok.pos
	p.expect("{")
	var e Expr
	switch t := p.tok; {
	case t.kind == tokEllipsis || t.kind == tokString || t.kind == tokWord && t.text == "NULL":
		e = p.iovec(pos)
	case t.kind == tokWord && t.text == "onoff":
		e = p.linger(pos)
	case t.kind == tokWord && t.text == "sa_family":
		e = p.sockAddr(pos)
	case t.kind == tokWord && t.text == "fd":
		e = p.pollFD(pos)
	case t.kind == tokWord && t.text == "msg_name":
		e = p.msgHdr(pos)
	case t.kind == tokWord:
		s := Struct{Pos: pos, Fields: []Field{p.field()}}
		for p.accept(",") {
			s.Fields = append(s.Fields, p.field())
		}
		e = s
	default:
		p.fail(`the first member of a structure, or "..."`)
		return Ellipsis{pos}
	}
	p.expect("}")
	return e
}

// field reads name = expression.
func (p *parser) field() Field {
	f := Field{Pos: p.tok.pos, Name: p.word("a member of the structure")}
	p.expect("=")
	f.Value = p.expr()
	return f
}

// member passes name =.
func (p *parser) member(name string) {
	p.expectWord(name)
	p.expect("=")
}

func (p *parser) iovec(pos Pos) Expr {
	v := IOVec{Pos: pos, Base: p.term()}
	p.expect(",")
	v.Len = p.number("a length", 0, math.MaxUint32)
	return v
}

func (p *parser) linger(pos Pos) Expr {
	l := Linger{Pos: pos}
	p.member("onoff")
	l.OnOff = p.number("a number", math.MinInt32, math.MaxInt32)
	p.expect(",")
	p.member("linger")
	l.Linger = p.number("a number of seconds", math.MinInt32, math.MaxInt32)
	return l
}

func (p *parser) sockAddr(pos Pos) Expr {
	a := SockAddr{Pos: pos}
	p.member("sa_family")
	a.Family = p.word("an address family")
	p.expect(",")
	p.member("sin_port")
	p.expectWord("htons")
	p.expect("(")
	a.Port = uint16(p.number("a port", 0, math.MaxUint16))
	p.expect(")")
	p.expect(",")
	p.member("sin_addr")
	p.expectWord("inet_addr")
	p.expect("(")
	if a.Addr = p.tok.text; p.tok.kind != tokString {
		p.fail("an address in quotes")
	}
	p.next()
	p.expect(")")
	return a
}

func (p *parser) pollFD(pos Pos) Expr {
	f := PollFD{Pos: pos}
	p.member("fd")
	f.FD = p.expr()
	p.expect(",")
	p.member("events")
	f.Events = p.expr()
	if p.accept(",") {
		p.member("revents")
		f.Revents = p.expr()
	}
	return f
}

func (p *parser) msgHdr(pos Pos) Expr {
	m := MsgHdr{Pos: pos}
	p.expectWord("msg_name")
	p.expect("(")
	m.NameLen = p.expr()
	p.expect(")")
	p.expect("=")
	m.Name = p.expr()
	p.expect(",")
	p.expectWord("msg_iov")
	p.expect("(")
	m.IOVLen = p.number("the number of buffers", 0, math.MaxInt32)
	p.expect(")")
	p.expect("=")
	if !p.tok.is("[") {
		p.fail("a list of buffers")
		return m
	}
	m.IOV = p.list()
	for _, e := range m.IOV.Elems {
		if _, ok := e.(IOVec); !ok && !p.failed() {
			p.failAt(e.Where(), "a buffer {..., N}", "another expression")
		}
	}
	for p.accept(",") {
		m.Fields = append(m.Fields, p.field())
	}
	return m
}
