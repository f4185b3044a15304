package purity

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// collectGlobals notes the package-level variables of a file. One that holds a
// reference is reported: whoever copies the reference could write through it,
// where no rule would see that.
func (c *checker) collectGlobals(file *ast.File) {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				obj := c.info.Defs[name]
				if obj == nil || name.Name == "_" {
					continue
				}
				c.globals[obj] = true
				if !isSentinel(obj.Type()) && holdsReference(obj.Type(), obj.Pkg()) {
					c.add(name.Pos(), "global", fmt.Sprintf("%s holds a reference (type %s); use an array or a value", name.Name, obj.Type()))
				}
			}
		}
	}
}

// isSentinel reports whether t is the type of an error value.
func isSentinel(t types.Type) bool {
	errorType := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	return types.Implements(t, errorType)
}

// holdsReference reports whether a copy of a value of type t shares memory with
// the original. Comparable struct types of other packages count as values.
func holdsReference(t types.Type, pkg *types.Package) bool {
	if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != pkg {
		if _, ok := named.Underlying().(*types.Struct); ok {
			return !types.Comparable(t)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Array:
		return holdsReference(u.Elem(), pkg)
	case *types.Struct:
		for i := 0; i < u.NumFields(); i++ {
			if holdsReference(u.Field(i).Type(), pkg) {
				return true
			}
		}
		return false
	}
	return true
}

// globalUse reports a use of a package-level variable that writes it, or that
// takes its address or that of a part of it. path leads from the file to id.
func (c *checker) globalUse(id *ast.Ident, path []ast.Node) {
	var part ast.Node = id
	for i := len(path) - 2; i >= 0; i-- {
		switch n := path[i].(type) {
		case *ast.ParenExpr, *ast.StarExpr:
		case *ast.IndexExpr:
			if n.X != part {
				return
			}
		case *ast.SelectorExpr:
			if c.pointerMethod(n) {
				c.address(id, "a method with a pointer receiver is called on it")
				return
			}
		case *ast.SliceExpr:
			if _, isString := c.info.TypeOf(n.X).Underlying().(*types.Basic); n.X == part && !isString {
				c.address(id, "it is sliced")
			}
			return
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				c.address(id, "its address is taken")
			}
			return
		default:
			if writes(n, part) {
				c.add(id.Pos(), "global", id.Name+" is written")
			}
			return
		}
		part = path[i]
	}
}

// address reports the address of a global, unless the allow-list names it.
func (c *checker) address(id *ast.Ident, text string) {
	if _, ok := c.allow[id.Name]; ok {
		c.used[id.Name] = true
		return
	}
	c.add(id.Pos(), "global", id.Name+": "+text)
}

// pointerMethod reports whether sel is a method whose receiver is the address of
// the value before the dot.
func (c *checker) pointerMethod(sel *ast.SelectorExpr) bool {
	s := c.info.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return false
	}
	recv := s.Obj().(*types.Func).Signature().Recv().Type()
	_, pointerReceiver := recv.(*types.Pointer)
	_, pointerValue := s.Recv().Underlying().(*types.Pointer)
	return pointerReceiver && !pointerValue
}

// writes reports whether the statement n assigns to the expression part.
func writes(n, part ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, lhs := range n.Lhs {
			if lhs == part {
				return true
			}
		}
	case *ast.IncDecStmt:
		return true
	case *ast.RangeStmt:
		return n.Key == part || n.Value == part
	}
	return false
}
