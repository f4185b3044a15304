// Package overlay builds package tcp with faults in it, one of which an environment
// variable switches on: one build serves for all. The faults are in copies of the
// functions, given to the go command by its flag -overlay; the shipped source is never
// touched.
package overlay

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Variable is the environment variable that switches a fault on, by its number. Without
// it a program that was built with the overlay has no fault.
const Variable = "TCP_FAULT"

// An Edit is part of the fault with a number, 1 or more: in File the text from the
// offset From up to To, which lies in one function, becomes New.
type Edit struct {
	Number   int
	File     string
	From, To int
	New      string
}

const switchFile = "seeded_fault.go"

// switchSource is the file that is added to the package.
const switchSource = `package tcp

import (
	"os"
	"strconv"
)

var seededFault, _ = strconv.Atoi(os.Getenv("` + Variable + `"))
`

// Sources returns the files of package tcp, in dir, that the edits change, and one
// more. Of each function with edits there is a faulty copy for every number, called
// Suffix behind the function's name, to which the function gives its place when that
// number is on.
func Sources(dir string, edits []Edit) (map[string]string, error) {
	byFile := map[string][]Edit{}
	for _, e := range edits {
		byFile[e.File] = append(byFile[e.File], e)
	}
	sources := map[string]string{switchFile: switchSource}
	for file, list := range byFile {
		src, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		if sources[file], err = withCopies(file, string(src), list); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

// Suffix is what a copy's name has behind the function's.
func Suffix(number int) string { return fmt.Sprintf("Fault%d", number) }

// withCopies adds the faulty copies of functions to src, and the calls of them.
func withCopies(file, src string, edits []Edit) (string, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	slices.SortStableFunc(edits, func(a, b Edit) int {
		if a.Number != b.Number {
			return a.Number - b.Number
		}
		return a.From - b.From
	})
	var out, copies strings.Builder
	done, applied := 0, 0
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		from, brace, end := offset(fn.Pos()), offset(fn.Body.Lbrace)+1, offset(fn.End())
		inside := slices.DeleteFunc(slices.Clone(edits), func(e Edit) bool { return e.From < from || end < e.To })
		applied += len(inside)
		out.WriteString(src[done:brace])
		done = brace
		for len(inside) > 0 {
			number := inside[0].Number
			n := 0
			for n < len(inside) && inside[n].Number == number {
				n++
			}
			name := fn.Name.Name + Suffix(number)
			fmt.Fprintf(&out, "\nif seededFault == %d {\n%s\n}\n", number, call(fn, name))
			copies.WriteByte('\n')
			at := offset(fn.Name.Pos())
			copies.WriteString(src[from:at] + name)
			at += len(fn.Name.Name)
			for _, e := range inside[:n] {
				if e.From < at {
					return "", fmt.Errorf("%s: edits of fault %d overlap", file, number)
				}
				copies.WriteString(src[at:e.From] + e.New)
				at = e.To
			}
			copies.WriteString(src[at:end] + "\n")
			inside = inside[n:]
		}
	}
	out.WriteString(src[done:])
	out.WriteString(copies.String())
	if applied != len(edits) {
		return "", fmt.Errorf("%s: %d of %d edits lie within one function each", file, applied, len(edits))
	}
	return out.String(), nil
}

// call is the statement by which fn gives its place to name.
func call(fn *ast.FuncDecl, name string) string {
	var args []string
	for _, field := range fn.Type.Params.List {
		for _, param := range field.Names {
			args = append(args, param.Name)
		}
		if _, ok := field.Type.(*ast.Ellipsis); ok {
			args[len(args)-1] += "..."
		}
	}
	if fn.Recv != nil {
		name = fn.Recv.List[0].Names[0].Name + "." + name
	}
	text := name + "(" + strings.Join(args, ", ") + ")"
	if fn.Type.Results == nil {
		return text + "\nreturn"
	}
	return "return " + text
}

// Write writes the sources of the module in dir to tmp and returns the name of the file
// that the go command takes as -overlay.
func Write(dir, tmp string, sources map[string]string) (string, error) {
	replace := map[string]string{}
	for file, src := range sources {
		path := filepath.Join(tmp, file)
		replace[filepath.Join(dir, file)] = path
		if err := os.WriteFile(path, []byte(src), 0o644); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(struct{ Replace map[string]string }{replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(tmp, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}
