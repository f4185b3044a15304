package packetdrill

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Program is the compiled text of a %{ }%: a sequence of assertions (§7).
//
// The language is a small part of Python 3: statements "assert EXPR [, MESSAGE]",
// "print(…)" and "pass", ended by a newline or a semicolon; the operators or,
// and, not, the comparisons (which may be chained), + - * / & | and signs;
// parentheses; numbers, True and False, and names. Arithmetic is exact, so that
// / gives fractions.
type Program struct {
	file       string
	assertions []assertion
	names      []string
}

// assertion is one assert statement.
type assertion struct {
	pos     Pos
	text    string // of the condition
	cond    node
	message node // nil: none, or one that is not an expression
}

// AssertionError reports an assertion that does not hold.
type AssertionError struct {
	File    string
	Pos     Pos
	Text    string // the condition
	Message string // the value of the message, "" without one
	Values  string // the names in the condition with their values
}

// Error returns "file:line:column: assertion failed: …".
func (e *AssertionError) Error() string {
	text := fmt.Sprintf("%s:%s: assertion failed: %s (%s)", e.File, e.Pos, e.Text, e.Values)
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// EvalError reports an expression without a value.
type EvalError struct {
	File   string
	Pos    Pos
	Name   string // the unknown name, or ""
	Reason string
}

// Error returns "file:line:column: reason".
func (e *EvalError) Error() string { return fmt.Sprintf("%s:%s: %s", e.File, e.Pos, e.Reason) }

// Names returns the names in the conditions of the program, sorted, each once. A
// caller that does not know all of them can refuse the program before it runs.
func (p *Program) Names() []string { return slices.Clone(p.names) }

// Run evaluates the assertions in order, with the values that lookup gives to
// names. The error is an [*AssertionError] for the first that does not hold, or an
// [*EvalError] for one that cannot be evaluated.
func (p *Program) Run(lookup func(name string) (int64, bool)) error {
	for i := range p.assertions {
		a := &p.assertions[i]
		env := &environment{file: p.file, lookup: lookup}
		value, err := a.cond.eval(env)
		if err != nil {
			return err
		}
		if value.Sign() != 0 {
			continue
		}
		failed := &AssertionError{File: p.file, Pos: a.pos, Text: a.text, Values: strings.Join(env.read, ", ")}
		if a.message != nil {
			if m, err := a.message.eval(env); err == nil {
				failed.Message = formatRat(m)
			}
		}
		return failed
	}
	return nil
}

// environment is what an evaluation reads, and a record of it.
type environment struct {
	file   string
	lookup func(string) (int64, bool)
	// integer makes / the division of the shell, which drops the fraction.
	integer bool
	read    []string // "name = value"
}

// node is an expression. Truth values are 1 and 0, as in Python.
type node interface {
	eval(env *environment) (*big.Rat, error)
}

type (
	constantNode struct{ value *big.Rat }
	nameNode     struct {
		pos  Pos
		name string
	}
	unaryNode struct {
		op string // - + not
		x  node
	}
	binaryNode struct {
		pos  Pos
		op   string // + - * / & | and or
		x, y node
	}
	// compareNode is x[0] op[0] x[1] op[1] x[2] …: all comparisons hold.
	compareNode struct {
		ops []string
		x   []node
	}
)

func (n constantNode) eval(*environment) (*big.Rat, error) { return n.value, nil }

func (n nameNode) eval(env *environment) (*big.Rat, error) {
	value, ok := env.lookup(n.name)
	if !ok {
		return nil, &EvalError{env.file, n.pos, n.name, "unknown name " + quote(n.name)}
	}
	if text := n.name + " = " + strconv.FormatInt(value, 10); !slices.Contains(env.read, text) {
		env.read = append(env.read, text)
	}
	return new(big.Rat).SetInt64(value), nil
}

func (n unaryNode) eval(env *environment) (*big.Rat, error) {
	x, err := n.x.eval(env)
	switch {
	case err != nil:
		return nil, err
	case n.op == "-":
		return new(big.Rat).Neg(x), nil
	case n.op == "not":
		return truth(x.Sign() == 0), nil
	}
	return x, nil
}

func (n binaryNode) eval(env *environment) (*big.Rat, error) {
	x, err := n.x.eval(env)
	if err != nil || n.op == "and" && x.Sign() == 0 || n.op == "or" && x.Sign() != 0 {
		return x, err
	}
	y, err := n.y.eval(env)
	if err != nil {
		return nil, err
	}
	switch r := new(big.Rat); n.op {
	case "+":
		return r.Add(x, y), nil
	case "-":
		return r.Sub(x, y), nil
	case "*":
		return r.Mul(x, y), nil
	case "/":
		if y.Sign() == 0 {
			return nil, &EvalError{File: env.file, Pos: n.pos, Reason: "division by zero"}
		}
		if r.Quo(x, y); env.integer {
			r.SetInt(new(big.Int).Quo(r.Num(), r.Denom()))
		}
		return r, nil
	case "&", "|":
		if !x.IsInt() || !y.IsInt() {
			return nil, &EvalError{File: env.file, Pos: n.pos, Reason: n.op + " of numbers that are not integers"}
		}
		if n.op == "&" {
			return r.SetInt(new(big.Int).And(x.Num(), y.Num())), nil
		}
		return r.SetInt(new(big.Int).Or(x.Num(), y.Num())), nil
	}
	return y, nil // and, or
}

func (n compareNode) eval(env *environment) (*big.Rat, error) {
	x, err := n.x[0].eval(env)
	if err != nil {
		return nil, err
	}
	for i, op := range n.ops {
		y, err := n.x[i+1].eval(env)
		if err != nil {
			return nil, err
		}
		if !compare(x.Cmp(y), op) {
			return truth(false), nil
		}
		x = y
	}
	return truth(true), nil
}

// compare applies a comparison to the sign of a difference.
func compare(sign int, op string) bool {
	switch op {
	case "==":
		return sign == 0
	case "!=":
		return sign != 0
	case "<":
		return sign < 0
	case "<=":
		return sign <= 0
	case ">":
		return sign > 0
	}
	return sign >= 0
}

func truth(b bool) *big.Rat {
	if b {
		return big.NewRat(1, 1)
	}
	return new(big.Rat)
}

func formatRat(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(9), "0")
}
