package faults

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

// Variable is the environment variable that switches a fault on, by its number in
// All counted from 1, in a program built with the overlay. Without it such a program
// has no fault.
const Variable = "TCP_FAULT"

// switchSource is the file that the overlay adds to the package.
const switchSource = `package tcp

import (
	"os"
	"strconv"
)

var seededFault, _ = strconv.Atoi(os.Getenv("` + Variable + `"))
`

// Overlay writes sources of the module in dir to tmp in which every fault can be
// switched on, and returns the name of the file that the go command takes as -overlay.
// So one build serves for all: of each function that a fault changes there is a faulty
// copy, which the function calls in place of itself when the fault is on.
func Overlay(dir, tmp string) (string, error) {
	edits := map[string]map[int][]Edit{}
	for i, f := range All() {
		if _, err := f.Mutate(dir); err != nil {
			return "", err
		}
		for _, e := range f.Edits {
			if edits[e.File] == nil {
				edits[e.File] = map[int][]Edit{}
			}
			edits[e.File][i+1] = append(edits[e.File][i+1], e)
		}
	}
	replace := map[string]string{}
	add := func(file, src string) error {
		path := filepath.Join(tmp, file)
		replace[filepath.Join(dir, file)] = path
		return os.WriteFile(path, []byte(src), 0o644)
	}
	for file, byFault := range edits {
		src, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return "", err
		}
		switchable, err := withSwitches(file, string(src), byFault)
		if err != nil {
			return "", err
		}
		if err := add(file, switchable); err != nil {
			return "", err
		}
	}
	if err := add("seeded_fault.go", switchSource); err != nil {
		return "", err
	}
	text, err := json.Marshal(struct{ Replace map[string]string }{replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(tmp, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
}

// withSwitches adds the faulty copies of functions to src, and the calls of them.
func withSwitches(file, src string, byFault map[int][]Edit) (string, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	var out, copies strings.Builder
	done, applied := 0, 0
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		from, brace, end := offset(fn.Pos()), offset(fn.Body.Lbrace)+1, offset(fn.End())
		out.WriteString(src[done:brace])
		done = brace
		for fault := range len(All()) + 1 {
			text := src[from:end]
			for _, e := range byFault[fault] {
				if strings.Contains(src[from:end], e.Old) {
					text = strings.Replace(text, e.Old, e.New, 1)
					applied++
				}
			}
			if text == src[from:end] {
				continue
			}
			name := fmt.Sprintf("%sFault%d", fn.Name.Name, fault)
			at := offset(fn.Name.Pos()) - from
			fmt.Fprintf(&copies, "\n%s%s%s\n", text[:at], name, text[at+len(fn.Name.Name):])
			fmt.Fprintf(&out, "\nif seededFault == %d {\n%s\n}\n", fault, call(fn, name))
		}
	}
	out.WriteString(src[done:])
	out.WriteString(copies.String())
	wanted := 0
	for _, list := range byFault {
		wanted += len(list)
	}
	if applied != wanted {
		return "", fmt.Errorf("%s: %d of %d edits lie within one function each", file, applied, wanted)
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

// Number returns the number of the fault with a name, for Variable; 0 if there is none.
func Number(name string) int {
	return slices.IndexFunc(All(), func(f Fault) bool { return f.Name == name }) + 1
}
