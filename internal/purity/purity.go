// Package purity checks, over the syntax tree, that a package is a pure function
// of its inputs: no clock, goroutine, lock, randomness, changing global, map
// iteration, or panic but for the package's own bugs. It also checks what keeps
// code readable: lengths of functions and files, and doc comments. It serves
// tests only.
package purity

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// PanicPrefix begins the message of every panic: a panic reports a bug of the
// package itself, never an input.
const PanicPrefix = "tcp: BUG: "

// names are the identifiers of an imported package that may be used; nil stands
// for all of them.
type names map[string]bool

func only(list ...string) names {
	n := names{}
	for _, name := range list {
		n[name] = true
	}
	return n
}

// imports are the packages that a pure package may import.
func imports() map[string]names {
	return map[string]names{
		"encoding/binary": nil,
		"errors":          nil,
		// Print and Scan use the process's standard streams.
		"fmt": only("Append", "Appendf", "Appendln", "Errorf", "Formatter", "Fprint", "Fprintf", "Fprintln",
			"FormatString", "GoStringer", "Sprint", "Sprintf", "Sprintln", "State", "Stringer"),
		// Pipe and the functions that copy may block or wait.
		"io": only("Reader", "Writer", "Closer", "ReadWriter", "ReadCloser", "WriteCloser", "ReadWriteCloser",
			"ByteReader", "ByteWriter", "ReaderFrom", "WriterTo", "StringWriter", "WriteString",
			"EOF", "ErrUnexpectedEOF", "ErrShortBuffer", "ErrShortWrite", "ErrClosedPipe", "ErrNoProgress"),
		"iter":          only("Seq", "Seq2"), // Pull starts a coroutine
		"math":          nil,
		"math/bits":     nil,
		"net/netip":     nil,
		"crypto/sha256": only("Sum256"), // a function of its argument, for RFC 6528
		"strconv":       nil,
		"strings":       nil,
		"time":          only("Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour"),
	}
}

// A Finding is one violation of a rule.
type Finding struct {
	Pos  token.Position
	Rule string // the rule's short name, the same for all findings of a kind
	Text string // what was found
}

// String returns the finding as file:line:column: rule: text.
func (f Finding) String() string { return fmt.Sprintf("%s: %s: %s", f.Pos, f.Rule, f.Text) }

// Dir checks the files of the package in dir that a default build compiles.
// Addresses of elements of the package-level variables in allow may be taken; the
// value is the reason why nothing is written through them.
func Dir(dir string, allow map[string]string) ([]Finding, error) {
	pkg, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var found []Finding
	for _, other := range [][]string{pkg.CgoFiles, pkg.SFiles, pkg.CFiles, pkg.SysoFiles} {
		for _, name := range other {
			found = append(found, Finding{token.Position{Filename: name}, "language", "only Go is allowed"})
		}
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return append(found, Check(fset, files, importer.ForCompiler(fset, "source", nil), allow)...), nil
}

// checker holds what the rules need to know of the package.
type checker struct {
	fset    *token.FileSet
	info    *types.Info
	imports map[string]names
	globals map[types.Object]bool
	allow   map[string]string
	used    map[string]bool // entries of allow that were needed
	found   []Finding
}

// Check applies all rules of purity to the files of one package, sorted by
// position. A package that does not type-check is reported as well.
func Check(fset *token.FileSet, files []*ast.File, imp types.Importer, allow map[string]string) []Finding {
	c := &checker{
		fset: fset,
		info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
			Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		},
		imports: imports(), globals: map[types.Object]bool{}, allow: allow, used: map[string]bool{},
	}
	conf := types.Config{Importer: imp, Error: func(err error) {
		if e, ok := err.(types.Error); ok {
			c.add(e.Pos, "types", e.Msg)
		}
	}}
	_, _ = conf.Check("tcp", fset, files, c.info) // every error went to conf.Error
	for _, file := range files {
		c.collectGlobals(file)
	}
	for _, file := range files {
		c.file(file)
	}
	for name, reason := range allow {
		if reason == "" || !c.used[name] {
			c.add(token.NoPos, "allow", fmt.Sprintf("entry %s has no reason or is not needed", name))
		}
	}
	sort.SliceStable(c.found, func(i, j int) bool {
		a, b := c.found[i].Pos, c.found[j].Pos
		return a.Filename < b.Filename || a.Filename == b.Filename && a.Offset < b.Offset
	})
	return c.found
}

func (c *checker) add(pos token.Pos, rule, text string) {
	c.found = append(c.found, Finding{c.fset.Position(pos), rule, text})
}

// file applies the rules to every node of one file.
func (c *checker) file(file *ast.File) {
	for _, spec := range file.Imports {
		c.importSpec(spec)
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, "//go:linkname") {
				c.add(comment.Pos(), "directive", "go:linkname reaches what may not be imported")
			}
		}
	}
	var path []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		c.node(n, path)
		return true
	})
}

func (c *checker) importSpec(spec *ast.ImportSpec) {
	path, _ := strconv.Unquote(spec.Path.Value)
	if _, ok := c.imports[path]; !ok {
		c.add(spec.Pos(), "import", path+" may not be imported")
	}
	if spec.Name != nil && (spec.Name.Name == "." || spec.Name.Name == "_") {
		c.add(spec.Pos(), "import", "imports as . and _ hide what is used")
	}
}

// node applies the rules that concern n; path leads from the file to n.
func (c *checker) node(n ast.Node, path []ast.Node) {
	switch n := n.(type) {
	case *ast.GoStmt:
		c.add(n.Pos(), "goroutine", "go statement")
	case *ast.ChanType:
		c.add(n.Pos(), "channel", "channel type")
	case *ast.SendStmt:
		c.add(n.Pos(), "channel", "send")
	case *ast.SelectStmt:
		c.add(n.Pos(), "channel", "select statement")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			c.add(n.Pos(), "channel", "receive")
		}
	case *ast.RangeStmt:
		c.rangeStmt(n)
	case *ast.CallExpr:
		c.call(n)
	case *ast.SelectorExpr:
		c.selector(n)
	case *ast.Ident:
		if c.globals[c.info.Uses[n]] {
			c.globalUse(n, path)
		}
	}
}

// rangeStmt reports iteration over a map, whose order is random.
func (c *checker) rangeStmt(n *ast.RangeStmt) {
	t := c.info.TypeOf(n.X)
	if t == nil {
		return
	}
	if _, ok := t.(*types.TypeParam); ok {
		c.add(n.Pos(), "map order", "range over a type parameter, which may be a map")
	} else if _, ok := t.Underlying().(*types.Map); ok {
		c.add(n.Pos(), "map order", "range over a map")
	}
}

// call reports a panic whose message does not say that it is a bug, and output
// to standard error.
func (c *checker) call(n *ast.CallExpr) {
	fun, ok := ast.Unparen(n.Fun).(*ast.Ident)
	if !ok {
		return
	}
	if _, ok := c.info.Uses[fun].(*types.Builtin); !ok {
		return
	}
	switch fun.Name {
	case "panic":
		var message string
		if tv := c.info.Types[n.Args[0]]; tv.Value != nil {
			message, _ = strconv.Unquote(tv.Value.ExactString())
		}
		if !strings.HasPrefix(message, PanicPrefix) {
			c.add(n.Pos(), "panic", fmt.Sprintf("the argument must be a constant string that begins with %q", PanicPrefix))
		}
	case "print", "println":
		c.add(n.Pos(), "output", fun.Name+" writes to standard error")
	}
}

// selector reports the use of an identifier that an allowed package must not
// lend: a clock, a timer, a standard stream.
func (c *checker) selector(n *ast.SelectorExpr) {
	x, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	pkg, ok := c.info.Uses[x].(*types.PkgName)
	if !ok {
		return
	}
	path := pkg.Imported().Path()
	if allowed := c.imports[path]; allowed != nil && !allowed[n.Sel.Name] {
		c.add(n.Pos(), "identifier", path+"."+n.Sel.Name+" may not be used")
	}
}
