package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// opposites are the operators that take each other's place where a comparison is
// negated.
var opposites = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.LSS: token.GEQ, token.GEQ: token.LSS,
	token.GTR: token.LEQ, token.LEQ: token.GTR,
}

// boundaries are comparisons with the boundary moved by one.
var boundaries = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS,
	token.GTR: token.GEQ, token.GEQ: token.GTR,
}

// seqBoundaries are the same of sequence numbers.
var seqBoundaries = map[string]string{"Less": "LessEq", "LessEq": "Less"}

// exchanged are operators with the one that is put in their place.
var exchanged = map[token.Token]token.Token{
	token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD,
	token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL,
	token.AND: token.OR, token.OR: token.AND, token.XOR: token.AND,
	token.AND_NOT: token.AND, token.SHL: token.SHR, token.SHR: token.SHL,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.MUL_ASSIGN: token.QUO_ASSIGN, token.QUO_ASSIGN: token.MUL_ASSIGN,
	token.OR_ASSIGN: token.AND_NOT_ASSIGN, token.AND_NOT_ASSIGN: token.OR_ASSIGN,
	token.AND_ASSIGN: token.OR_ASSIGN, token.XOR_ASSIGN: token.OR_ASSIGN,
	token.SHL_ASSIGN: token.SHR_ASSIGN, token.SHR_ASSIGN: token.SHL_ASSIGN,
	token.INC: token.DEC, token.DEC: token.INC,
}

// function makes the mutants of one function.
type function struct {
	info *types.Info
	put  func(shown [2]token.Pos, from, to token.Pos, text string) // shown are what the lines begin and end with
	done map[ast.Node]bool                                         // handled by what they are part of
}

// add makes the mutant that has text in place of what is there.
func (f *function) add(from, to token.Pos, text string) {
	f.put([2]token.Pos{from, to}, from, to, text)
}

// visit makes the mutants of one node. It returns false where nothing below is to
// be changed.
func (f *function) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.body(n.Pos(), n.Body.End(), n.Body.List)
		if block, ok := n.Else.(*ast.BlockStmt); ok {
			f.body(block.Pos(), block.End(), block.List)
		}
	case *ast.SwitchStmt:
		f.clauses(n)
	case *ast.CaseClause:
		f.body(n.Pos(), n.End(), n.Body)
	case *ast.ExprStmt:
		if isPanic(n) {
			return false
		}
		f.remove(n)
	case *ast.IncDecStmt:
		f.replace(n.TokPos, n.Tok, exchanged[n.Tok])
		f.remove(n)
	case *ast.BranchStmt:
		f.remove(n)
	case *ast.ReturnStmt:
		if len(n.Results) == 0 {
			f.remove(n)
		}
	case *ast.AssignStmt:
		f.assignment(n)
	case *ast.BinaryExpr:
		if f.info.Types[n].Value != nil {
			return false
		}
		f.binary(n)
	case *ast.CallExpr:
		f.sequenceComparison(n)
	}
	if e, ok := n.(ast.Expr); ok {
		f.negate(e)
	}
	return true
}

func (f *function) replace(at token.Pos, from, to token.Token) {
	if to != token.ILLEGAL {
		f.add(at, at+token.Pos(len(from.String())), to.String())
	}
}

// body takes a whole body away, of what is from begin to end. It need not be done once more for a statement that
// is all of it.
func (f *function) body(begin, end token.Pos, list []ast.Stmt) {
	if len(list) == 0 || isPanic(list[0]) {
		return
	}
	f.put([2]token.Pos{begin, end}, list[0].Pos(), list[len(list)-1].End(), "")
	if len(list) == 1 {
		f.done[list[0]] = true
	}
}

// remove takes a statement away.
func (f *function) remove(n ast.Stmt) {
	if !f.done[n] {
		f.add(n.Pos(), n.End(), "")
	}
}

// assignment takes each assignment away: the value is still computed.
func (f *function) assignment(n *ast.AssignStmt) {
	if n.Tok == token.DEFINE {
		return
	}
	for _, e := range n.Lhs {
		if f.done[n] {
			break
		}
		if id, ok := e.(*ast.Ident); ok && id.Name == "_" {
			continue
		}
		if n.Tok == token.ASSIGN {
			f.add(e.Pos(), e.End(), "_")
		} else {
			f.add(n.Pos(), n.Rhs[0].Pos(), "_ = ")
		}
	}
	if n.Tok != token.ASSIGN {
		f.replace(n.TokPos, n.Tok, exchanged[n.Tok])
		f.replace(n.TokPos, n.Tok, token.ASSIGN)
	}
	for _, e := range n.Lhs {
		f.done[e] = true // its value is not read
	}
}

// clauses takes the values of the cases of a switch with a tag away, one by one. Where
// there is no default, a clause without its body is one without its values.
func (f *function) clauses(n *ast.SwitchStmt) {
	if n.Tag == nil {
		return
	}
	hasDefault := false
	for _, s := range n.Body.List {
		hasDefault = hasDefault || s.(*ast.CaseClause).List == nil
	}
	for _, s := range n.Body.List {
		list := s.(*ast.CaseClause).List
		switch {
		case len(list) == 1 && hasDefault:
			f.add(s.Pos(), s.End(), "")
		case len(list) > 1:
			for i := range list {
				if i == 0 {
					f.add(list[0].Pos(), list[1].Pos(), "")
				} else {
					f.add(list[i-1].End(), list[i].End(), "")
				}
			}
		}
	}
}

func (f *function) binary(n *ast.BinaryExpr) {
	if b, ok := f.info.Types[n].Type.Underlying().(*types.Basic); !ok || b.Info()&types.IsString != 0 {
		return
	}
	f.replace(n.OpPos, n.Op, boundaries[n.Op])
	f.replace(n.OpPos, n.Op, exchanged[n.Op])
}

func (f *function) sequenceComparison(n *ast.CallExpr) {
	if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
		if other, ok := seqBoundaries[sel.Sel.Name]; ok {
			f.add(sel.Sel.Pos(), sel.Sel.End(), other)
		}
	}
}

// negate negates what is true or false, by its parts.
func (f *function) negate(e ast.Expr) {
	t, ok := f.info.Types[e]
	if !ok || !t.IsValue() || f.done[e] {
		return
	}
	if b, ok := t.Type.Underlying().(*types.Basic); !ok || b.Info()&types.IsBoolean == 0 {
		return
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
	case *ast.UnaryExpr:
		f.done[e.X] = true
		f.add(e.Pos(), e.X.Pos(), "")
	case *ast.BinaryExpr:
		f.replace(e.OpPos, e.Op, opposites[e.Op])
	case *ast.Ident:
		if other, ok := map[string]string{"true": "false", "false": "true"}[e.Name]; ok {
			f.add(e.Pos(), e.End(), other)
			return
		}
		f.add(e.Pos(), e.Pos(), "!")
	default:
		f.add(e.Pos(), e.Pos(), "!")
	}
}

func isPanic(n ast.Stmt) bool {
	e, ok := n.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "panic"
}
