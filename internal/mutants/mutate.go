package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-447e5d66/tcp/internal/overlay"
)

// A Mutant is one small change of the source.
type Mutant struct {
	overlay.Edit
	Line int
	Func string

	Was, Now string // the line before and after, for who reads
}

func (m *Mutant) String() string {
	return fmt.Sprintf("%s:%d in %s:\n\t- %s\n\t+ %s", m.File, m.Line, m.Func, m.Was, m.Now)
}

// source is package tcp without its tests.
type source struct {
	fset  *token.FileSet
	files map[string]*ast.File
	text  map[string]string
	info  *types.Info
}

// load parses and checks the sources of package tcp, by file name. Errors go to
// report, by position.
func load(text map[string]string, report func(types.Error, *token.FileSet)) (*source, error) {
	s := &source{
		fset: token.NewFileSet(), files: map[string]*ast.File{}, text: text,
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}},
	}
	var list []*ast.File
	for name, src := range text {
		file, err := parser.ParseFile(s.fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.files[name] = file
		list = append(list, file)
	}
	conf := types.Config{
		Importer: importer.ForCompiler(s.fset, "source", nil),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				report(e, s.fset)
			}
		},
	}
	_, _ = conf.Check("tcp", s.fset, list, s.info) // what it finds is reported
	return s, nil
}

// mutants returns the mutants of a file, in the order of the text. Those that are not
// valid Go are among them.
func (s *source) mutants(file string) (list []Mutant) {
	src := s.text[file]
	offset := func(p token.Pos) int { return s.fset.Position(p).Offset }
	for _, d := range s.files[file].Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		f := &function{
			info: s.info,
			done: map[ast.Node]bool{},
			put: func(shown [2]token.Pos, from, to token.Pos, text string) {
				m := Mutant{
					Edit: overlay.Edit{File: file, From: offset(from), To: offset(to), New: text},
					Line: s.fset.Position(from).Line,
					Func: functionName(fn),
				}
				m.Was, m.Now = lines(src, offset(shown[0]), offset(shown[1]), m.Edit)
				list = append(list, m)
			},
		}
		ast.Inspect(fn.Body, f.visit)
	}
	slices.SortStableFunc(list, func(a, b Mutant) int { return a.From - b.From })
	return list
}

func functionName(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	return strings.TrimPrefix(types.ExprString(fn.Recv.List[0].Type), "*") + "." + fn.Name.Name
}

// lines returns the lines from one offset to another, before and after an edit, each as
// one line.
func lines(src string, begin, end int, e overlay.Edit) (was, now string) {
	from := strings.LastIndexByte(src[:begin], '\n') + 1
	to := end + strings.IndexByte(src[end:], '\n')
	one := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	was, now = one(src[from:to]), one(src[from:e.From]+e.New+src[e.To:to])
	if now == "" {
		now = "(removed)"
	}
	return was, now
}

// generate returns the mutants of files that are valid Go, numbered from 1, and how
// many are not.
func generate(dir string, files []string) (list []Mutant, invalid int, err error) {
	text, err := read(dir)
	if err != nil {
		return nil, 0, err
	}
	var wrong []error
	s, err := load(text, func(e types.Error, fset *token.FileSet) { wrong = append(wrong, e) })
	if err := errors.Join(append(wrong, err)...); err != nil {
		return nil, 0, err
	}
	for _, file := range files {
		if s.files[file] == nil {
			return nil, 0, fmt.Errorf("%s is no source file of package tcp", file)
		}
		list = append(list, s.mutants(file)...)
	}
	for i := range list {
		list[i].Number = i + 1
	}
	bad, err := notGo(dir, text, list)
	if err != nil {
		return nil, 0, err
	}
	list = slices.DeleteFunc(list, func(m Mutant) bool { return bad[m.Number] })
	return list, len(bad), nil
}

// notGo checks all mutants at once and returns the numbers of those that do not
// compile.
func notGo(dir string, text map[string]string, list []Mutant) (map[int]bool, error) {
	sources, err := overlay.Sources(dir, edits(list, (&options{}).order(len(list))))
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for name, src := range text {
		all[name] = src
	}
	for name, src := range sources {
		all[name] = src
	}
	bad := map[int]bool{}
	var positions []token.Position
	s, err := load(all, func(e types.Error, fset *token.FileSet) { positions = append(positions, fset.Position(e.Pos)) })
	if err != nil {
		return nil, err
	}
	for _, at := range positions {
		number := s.copyAt(at)
		if number == 0 {
			return nil, fmt.Errorf("%v: an error outside all mutants", at)
		}
		bad[number] = true
	}
	return bad, nil
}

// copyAt returns the number of the mutant whose function is at a position.
func (s *source) copyAt(at token.Position) (number int) {
	for _, d := range s.files[at.Filename].Decls {
		from, to := s.fset.Position(d.Pos()).Offset, s.fset.Position(d.End()).Offset
		if fn, ok := d.(*ast.FuncDecl); ok && from <= at.Offset && at.Offset <= to {
			if i := strings.LastIndex(fn.Name.Name, "Fault"); i >= 0 {
				_, _ = fmt.Sscanf(fn.Name.Name[i:], "Fault%d", &number)
			}
		}
	}
	return number
}

// edits are those of the mutants at some places of a list.
func edits(list []Mutant, at []int) (all []overlay.Edit) {
	for _, i := range at {
		all = append(all, list[i].Edit)
	}
	return all
}

// read returns the sources of package tcp in dir, without the tests.
func read(dir string) (map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	text := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text[filepath.Base(name)] = string(src)
	}
	return text, nil
}
