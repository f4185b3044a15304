package purity

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// pureImporter imports what a pure package may import, and nothing else.
type pureImporter struct{ types.Importer }

func (p pureImporter) Import(path string) (*types.Package, error) {
	if _, ok := imports()[path]; !ok {
		return nil, fmt.Errorf("%s is not imported for a snippet", path)
	}
	return p.Importer.Import(path)
}

// importers share one cache: a package is read from source once.
var snippetSet = token.NewFileSet()
var snippetImporter = pureImporter{importer.ForCompiler(snippetSet, "source", nil)}

// check runs the rules of purity on a file that consists of the given lines.
func check(t *testing.T, src string, allow map[string]string) []Finding {
	t.Helper()
	file, err := parser.ParseFile(snippetSet, "snippet.go", "package tcp\n"+src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return Check(snippetSet, []*ast.File{file}, snippetImporter, allow)
}

func TestCheckFindsImpurity(t *testing.T) {
	for _, c := range []struct{ name, src, rule string }{
		{"os", `import "os"; var _ = os.Args`, "import"},
		{"sync", `import "sync"; func f(m *sync.Mutex) { m.Lock() }`, "import"},
		{"atomic", `import "sync/atomic"; func f(n *int32) { atomic.AddInt32(n, 1) }`, "import"},
		{"math/rand", `import "math/rand"; func f() int { return rand.Int() }`, "import"},
		{"math/rand/v2", `import "math/rand/v2"; func f() int { return rand.Int() }`, "import"},
		{"crypto/rand", `import "crypto/rand"; func f(b []byte) { rand.Read(b) }`, "import"},
		{"unsafe", `import "unsafe"; var _ unsafe.Pointer`, "import"},
		{"cgo", `import "C"`, "import"},
		{"another module", `import "example.org/x"; var _ = x.Y`, "import"},
		{"blank import", `import _ "time"`, "import"},
		{"dot import", `import . "time"; func f() Duration { return Second }`, "import"},
		{"linkname", "//go:linkname now time.now\nfunc now() int64", "directive"},

		{"time.Now", `import "time"; func f() int64 { return time.Now().Unix() }`, "identifier"},
		{"time.Now, renamed", `import clock "time"; func f() int64 { return clock.Now().Unix() }`, "identifier"},
		{"time.Now as a value", `import "time"; func f() any { return time.Now }`, "identifier"},
		{"time.Sleep", `import "time"; func f() { time.Sleep(1) }`, "identifier"},
		{"time.After", `import "time"; func f() any { return time.After(1) }`, "identifier"},
		{"time.NewTimer", `import "time"; func f() any { return time.NewTimer(1) }`, "identifier"},
		{"time.Time", `import "time"; func f(t time.Time) {}`, "identifier"},
		{"fmt.Println", `import "fmt"; func f() { fmt.Println() }`, "identifier"},
		{"io.Pipe", `import "io"; func f() { io.Pipe() }`, "identifier"},
		{"iter.Pull", `import "iter"; func f(s iter.Seq[int]) { iter.Pull(s) }`, "identifier"},
		{"println", `func f() { println() }`, "output"},

		{"go", `func f() { go f() }`, "goroutine"},
		{"channel type", `func f(c chan int) {}`, "channel"},
		{"make a channel", `func f() { _ = make(chan int) }`, "channel"},
		{"send", `func f(c chan int) { c <- 1 }`, "channel"},
		{"receive", `func f(c chan int) { <-c }`, "channel"},
		{"select", `func f() { select {} }`, "channel"},

		{"map order", `func f(m map[int]int) { for range m { } }`, "map order"},
		{"map order, named", `type table map[int]int; func f(m table) { for k := range m { _ = k } }`, "map order"},
		{"map order, generic", `func f[M ~map[int]int](m M) { for k := range m { _ = k } }`, "map order"},

		{"panic with an error", `func f(err error) { panic(err) }`, "panic"},
		{"panic without the prefix", `func f() { panic("no") }`, "panic"},
		{"panic with a variable", `func f(s string) { panic("tcp: BUG: " + s) }`, "panic"},
		{"panic in parentheses", `func f() { (panic)(1) }`, "panic"},

		{"assigned", `var n int; func f() { n = 1 }`, "global"},
		{"assigned in init", `var n int; func init() { n = 1 }`, "global"},
		{"assigned with others", `var n int; func f() { var m int; m, n = 1, 2; _ = m }`, "global"},
		{"added to", `var n int; func f() { n += 1 }`, "global"},
		{"incremented", `var n int; func f() { n++ }`, "global"},
		{"element assigned", `var a [2]int; func f() { a[1] = 1 }`, "global"},
		{"element incremented", `var a [2]int; func f() { a[1]++ }`, "global"},
		{"field assigned", `var s struct{ n [2]int }; func f() { (s.n)[0] = 1 }`, "global"},
		{"assigned by range", `var n int; func f() { for n = range 3 { } }`, "global"},
		{"address taken", `var n int; func f() *int { return &n }`, "global"},
		{"element's address taken", `var a [2]int; func f() *int { return &a[1] }`, "global"},
		{"field's address taken", `var s struct{ n int }; func f() *int { return &s.n }`, "global"},
		{"sliced", `var a [2]int; func f() []int { return a[:] }`, "global"},
		{"pointer method", `type T struct{ n int }; func (t *T) inc() { t.n++ }; var x T; func f() { x.inc() }`, "global"},
		{"pointer method of an element", `type T struct{ n int }; func (t *T) inc() { t.n++ }; var x [1]T; func f() { x[0].inc() }`, "global"},
		{"through a sentinel", `type E struct{ n int }; func (*E) Error() string { return "" }; var e = &E{}; func f() { e.n = 1 }`, "global"},
		{"through a sentinel, dereferenced", `type E struct{ n int }; func (*E) Error() string { return "" }; var e = &E{}; func f() { *e = E{} }`, "global"},
		{"slice", `var s = []int{1}`, "global"},
		{"map", `var m = map[int]int{}`, "global"},
		{"pointer", `var p = new(int)`, "global"},
		{"function", `var f = func() {}`, "global"},
		{"interface", `var x any`, "global"},
		{"reference within", `var s [2]struct{ p []int }`, "global"},
		{"reference of another package", `import "strings"; var b strings.Builder`, "global"},

		{"does not compile", `func f() { undefined() }`, "types"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := check(t, c.src, nil)
			for _, f := range found {
				if f.Rule == c.rule {
					return
				}
			}
			t.Errorf("no finding of rule %q in %s\nfound: %v", c.rule, c.src, found)
		})
	}
}

func TestCheckAcceptsPureCode(t *testing.T) {
	for name, src := range map[string]string{
		"durations":       `import "time"; const d = 3 * time.Second; func f(d time.Duration) string { return d.Round(time.Minute).String() }`,
		"own Now":         `type Clock interface{ Now() int64 }; func f(c Clock) int64 { return c.Now() }`,
		"a local time":    `func f() int { var time struct{ Now int }; return time.Now }`,
		"sentinels":       `import "errors"; var ErrA = errors.New("a"); type E struct{}; func (*E) Error() string { return "" }; var b = &E{}; func f() (error, error) { return ErrA, b }`,
		"tables":          `var a = [...]string{"x"}; func f(i int) (string, byte) { for _, s := range a { _ = s }; return a[i][:1], a[i][0] }`,
		"as an index":     `var n = 1; func f(a []int) { a[n] = 2 }`,
		"value method":    `type T int; func (t T) get() int { return int(t) }; var x T; func f() int { return x.get() }`,
		"shadowed":        `var n int; func f() { n := 1; n++; _ = n }`,
		"blank":           `type I interface{ M() }; type T struct{}; func (*T) M() {}; var _ I = (*T)(nil)`,
		"map":             `func f(m map[int]int) int { return m[1] }`,
		"slices, strings": `func f(s []int) { for range s { }; for range "x" { }; for range 3 { } }`,
		"address":         `import "net/netip"; var a netip.Addr; func f() bool { return a.IsValid() }`,
		"iterator":        `import "iter"; func f(s iter.Seq[int]) { for range s { } }`,
		"panic":           `const why = "tcp: BUG: x"; func f() { panic(why) }; func g() { panic("tcp: BUG: " + "y") }`,
		"own panic":       `func f(panic func(int)) { panic(1) }`,
		"formatting":      `import "fmt"; func f() error { return fmt.Errorf("%d", 1) }`,
	} {
		if found := check(t, src, nil); len(found) != 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestAllowList(t *testing.T) {
	src := `var a [2]int; func f() *int { return &a[1] }`
	if found := check(t, src, map[string]string{"a": "read only"}); len(found) != 0 {
		t.Errorf("allowed: %v", found)
	}
	for name, c := range map[string]struct {
		src   string
		allow map[string]string
	}{
		"another name":   {src, map[string]string{"b": "read only"}},
		"no reason":      {src, map[string]string{"a": ""}},
		"not needed":     {`var a [2]int; func f() int { return a[1] }`, map[string]string{"a": "read only"}},
		"written anyway": {src + `; func g() { a[0] = 1 }`, map[string]string{"a": "read only"}},
	} {
		if check(t, c.src, c.allow) == nil {
			t.Errorf("%s: no finding", name)
		}
	}
}

func TestFindingsSayWhere(t *testing.T) {
	found := check(t, "func f() {\n\tpanic(1)\n}", nil)
	if len(found) != 1 || !strings.HasPrefix(found[0].String(), "snippet.go:3:2: panic: ") {
		t.Errorf("found %v", found)
	}
}

func TestLengths(t *testing.T) {
	fn := "func f() {\n" + strings.Repeat("\n", 8) + "}\n" // 10 lines
	lit := "var f = func() {\n" + strings.Repeat("\n", 8) + "}\n"
	for _, c := range []struct {
		name, src        string
		maxFunc, maxFile int
		want             string // rules found
	}{
		{"fits", fn, 10, 12, ""},
		{"function", fn, 9, 12, "function length"},
		{"method", strings.Replace(fn, "f()", "(t T) f()", 1), 9, 12, "function length"},
		{"literal", lit, 9, 12, "function length"},
		{"comment before it does not count", "// f\n// f\n" + fn, 10, 14, ""},
		{"file", fn, 10, 11, "file length"},
		{"file without a last newline", fn + "var x int", 10, 12, "file length"},
	} {
		src := "package tcp\n\n" + c.src
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", src, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range Lengths(fset, file, []byte(src), c.maxFunc, c.maxFile) {
			got = append(got, f.Rule)
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s: found %v, want %q", c.name, got, c.want)
		}
	}
}

func TestUndocumented(t *testing.T) {
	for src, want := range map[string]string{
		"// F is.\nfunc F() {}": "",
		"func F() {}":           "F",
		"func f() {}":           "",
		"type T int":            "T",
		"// T is.\ntype T int\nfunc (t T) M() {}":            "M",
		"// T is.\ntype T int\nfunc (t *T) M() {}":           "M",
		"// T is.\ntype T[P any] int\nfunc (T[P]) M() {}":    "M",
		"type t int\nfunc (t) M() {}":                        "",
		"// Types.\ntype (\n\tA int\n\t// B is.\n\tB int\n)": "A",
		"const A = 1":                             "A",
		"const (\n\tA = 1\n\tB = 2 // b\n)":       "A",
		"// Group.\nconst (\n\tA = 1\n\tB = 2\n)": "",
		"var A, b = 1, 2":                         "A",
		"//go:noinline\nfunc F() {}":              "F",
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", "package tcp\n\n"+src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range Undocumented(fset, file) {
			got = append(got, strings.Fields(f.Text)[0])
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%q: found %v, want %q", src, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	forbidden := map[string]bool{"close_active": true, "linger_-1": true}
	for src, want := range map[string]int{
		`x == "close_active"`:              1,
		`// as in close_active, measured`:  1,
		`var close_active int`:             1,
		`"a/close_active.pkt"`:             1,
		`"x-close_active"`:                 1,
		`"linger_-1"`:                      1,
		`close_active_2 := 1`:              0,
		`"not_close_active"`:               0,
		"line\nclose_active\nclose_active": 2,
	} {
		if found := Words("x.go", []byte(src), forbidden); len(found) != want {
			t.Errorf("%s: found %v, want %d", src, found, want)
		}
	}
}
