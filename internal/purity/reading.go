package purity

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
)

// Lengths reports functions of more than maxFunc lines, from func to the closing
// brace, and a file of more than maxFile lines.
func Lengths(fset *token.FileSet, file *ast.File, src []byte, maxFunc, maxFile int) []Finding {
	var found []Finding
	lines := bytes.Count(src, []byte("\n"))
	if len(src) > 0 && src[len(src)-1] != '\n' {
		lines++
	}
	if lines > maxFile {
		pos := token.Position{Filename: fset.Position(file.Pos()).Filename}
		found = append(found, Finding{pos, "file length", fmt.Sprintf("%d lines, at most %d", lines, maxFile)})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		var name string
		var start, end token.Pos
		switch n := n.(type) {
		case *ast.FuncDecl:
			name, start, end = n.Name.Name, n.Type.Func, n.End()
		case *ast.FuncLit:
			name, start, end = "function literal", n.Pos(), n.End()
		default:
			return true
		}
		if n := fset.Position(end).Line - fset.Position(start).Line + 1; n > maxFunc {
			found = append(found, Finding{fset.Position(start), "function length", fmt.Sprintf("%s: %d lines, at most %d", name, n, maxFunc)})
		}
		return true
	})
	return found
}

// Undocumented reports exported functions, methods of exported types, types,
// constants and variables without a doc comment. A constant or variable may have
// its comment behind it, or share that of its group.
func Undocumented(fset *token.FileSet, file *ast.File) []Finding {
	var found []Finding
	check := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		for _, comment := range comments {
			if comment != nil && comment.Text() != "" {
				return
			}
		}
		found = append(found, Finding{fset.Position(name.Pos()), "doc comment", name.Name + " has none"})
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil || receiverExported(decl.Recv.List[0].Type) {
				check(decl.Name, decl.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					group := decl.Doc
					if decl.Lparen.IsValid() {
						group = nil // of several types each needs its own
					}
					check(spec.Name, spec.Doc, group)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						check(name, spec.Doc, spec.Comment, decl.Doc)
					}
				}
			}
		}
	}
	return found
}

// receiverExported reports whether the type of a method's receiver is exported.
func receiverExported(t ast.Expr) bool {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// A word is a run of letters, digits and underscores; hyphens may join several.
var word, joined = regexp.MustCompile(`\w+`), regexp.MustCompile(`[\w-]+`)

// Words reports each word of a file, be it in code, a string or a comment, that
// is in forbidden.
func Words(filename string, src []byte, forbidden map[string]bool) []Finding {
	var found []Finding
	for i, line := range bytes.Split(src, []byte("\n")) {
		seen := map[string]bool{}
		for _, w := range append(word.FindAll(line, -1), joined.FindAll(line, -1)...) {
			if forbidden[string(w)] && !seen[string(w)] {
				seen[string(w)] = true
				found = append(found, Finding{token.Position{Filename: filename, Line: i + 1}, "word", string(w)})
			}
		}
	}
	return found
}
