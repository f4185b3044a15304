package main

import (
	"flag"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp/internal/overlay"
	"github.com/stretchr/testify/require"
)

const moduleRoot = "../.."

var update = flag.Bool("update", false, "write the table of docs/teeth.md")

// module writes a module whose package is called tcp.
func module(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.test/tcp\n\ngo 1.24\n"), 0o644))
	return dir
}

func TestOperators(t *testing.T) {
	const head = "package tcp\n\ntype seq uint32\n\nfunc (s seq) Less(t seq) bool { panic(0) }\nfunc (s seq) LessEq(t seq) bool { panic(0) }\n" +
		"func g(bool) {}\n\nfunc f(a, b int, p, q bool, s seq) (r bool, n int) {\n\t"
	for _, tt := range []struct {
		name, body string
		now        []string // the whole body, after
	}{
		{"comparison", "r = a < b", []string{"_ = a < b", "r = a <= b", "r = a >= b"}},
		{"equality", "r = a == b", []string{"_ = a == b", "r = a != b"}},
		{"sequence numbers", "r = s.Less(1)", []string{"_ = s.Less(1)", "r = !s.Less(1)", "r = s.LessEq(1)"}},
		{"parts of a condition", "r = p && !q", []string{"_ = p && !q", "r = !p && !q", "r = p || !q", "r = p && q"}},
		{"arithmetic", "n = a + 2*b", []string{"_ = a + 2*b", "n = a - 2*b", "n = a + 2/b"}},
		{"bits", "n = a &^ (b << 1)", []string{"_ = a &^ (b << 1)", "n = a & (b << 1)", "n = a &^ (b >> 1)"}},
		{"constants stay", "n = 1 + 1", []string{"_ = 1 + 1"}},
		{"text stays", `_ = "a" + string(rune(a))`, nil},
		{"assignment operator", "n |= a", []string{"_ = a", "n &^= a", "n = a"}},
		{"increment", "n++", []string{"(removed)", "n--"}},
		{"each of several assignments", "r, n = p, a", []string{"_, n = p, a", "r, _ = p, a", "r, n = !p, a"}},
		{"declaration", "x := p; g(x)", []string{"x := !p; g(x)", "x := p;", "x := p; g(!x)"}},
		{"body", "if p { g(q); n++ }", []string{"if !p { g(q); n++ }", "if p { }", "if p { ; n++ }", "if p { g(!q); n++ }", "if p { g(q); }", "if p { g(q); n-- }"}},
		{"body of one statement", "if p { n++ } else { n-- }", []string{
			"if !p { n++ } else { n-- }", "if p { } else { n-- }", "if p { n-- } else { n-- }", "if p { n++ } else { }", "if p { n++ } else { n++ }",
		}},
		{"case without a tag", "switch { case a > b: n++ }", []string{
			"switch { case a >= b: n++ }", "switch { case a <= b: n++ }", "switch { case a > b: }", "switch { case a > b: n-- }",
		}},
		{"case of several values", "switch a { case 1, 2: n++ }", []string{
			"switch a { case 2: n++ }", "switch a { case 1: n++ }", "switch a { case 1, 2: }", "switch a { case 1, 2: n-- }",
		}},
		{"case beside a default", "switch a { case 1: n++; default: panic(1) }", []string{
			"switch a { ; default: panic(1) }", "switch a { case 1: ; default: panic(1) }", "switch a { case 1: n--; default: panic(1) }",
		}},
		{"constant", "return true, 1", []string{"return false, 1"}},
		{"leaving", "for p { break }", []string{"for !p { break }", "for p { }"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := head + tt.body + "\n\treturn\n}\n"
			s, err := load(map[string]string{"a.go": text}, func(e types.Error, _ *token.FileSet) {
				if !e.Soft { // unreachable code
					t.Error(e)
				}
			})
			require.NoError(t, err)
			var now []string
			for _, m := range s.mutants("a.go") {
				if m.Was != "return" {
					now = append(now, m.Now)
				}
			}
			require.ElementsMatch(t, tt.now, now)
		})
	}
}

func TestMutantsThatDoNotCompile(t *testing.T) {
	dir := module(t, map[string]string{"a.go": "package tcp\n\nfunc f(p bool) int {\n\tn := 1\n\tswitch {\n\tdefault:\n\t\treturn n\n\t}\n}\n"})
	list, invalid, err := generate(dir, []string{"a.go"})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Equal(t, 1, invalid, "the body of the default: a return is missing then")
	_, _, err = generate(dir, []string{"b.go"})
	require.ErrorContains(t, err, "b.go is no source file")
}

// TestKill runs the whole of it on a small module: tests that look at one of two
// functions only, and one mutant that does not end.
func TestKill(t *testing.T) {
	dir := module(t, map[string]string{
		"a.go": "package tcp\n\nfunc atLeast(a, b int) bool { return a >= b }\n\nfunc count(n int) (k int) {\n\tfor n > 0 {\n\t\tn--\n\t\tk++\n\t}\n\treturn k\n}\n",
		"a_test.go": "package tcp\n\nimport \"testing\"\n\nfunc TestAtLeast(t *testing.T) {\n\tif atLeast(1, 2) || !atLeast(2, 1) {\n\t\tt.Fail()\n\t}\n}\n" +
			"\nfunc TestCount(t *testing.T) {\n\tif count(3) != 3 {\n\t\tt.Fail()\n\t}\n}\n",
	})
	list, _, err := generate(dir, []string{"a.go"})
	require.NoError(t, err)
	sources, err := overlay.Sources(dir, edits(list, (&options{}).order(len(list))))
	require.NoError(t, err)
	tmp := t.TempDir()
	path, err := overlay.Write(dir, tmp, sources)
	require.NoError(t, err)
	r := newRunner(dir, tmp, path, []*stage{{pkg: ".", run: "AtLeast"}, {pkg: ".", run: "Count"}})
	r.grace = time.Second
	by := map[string]string{}
	for _, m := range list {
		o, err := r.kill(m.Number)
		require.NoError(t, err)
		by[m.Was+" becomes "+m.Now] = o.by
	}
	const same = "func atLeast(a, b int) bool { return a >= b } becomes func atLeast(a, b int) bool { return a "
	require.Equal(t, map[string]string{
		same + "> b }":                     "", // nobody asks for equal numbers
		same + "< b }":                     "TestAtLeast",
		"for n > 0 { becomes for n >= 0 {": "TestCount",
		"for n > 0 { becomes for n <= 0 {": "TestCount",
		"n-- becomes (removed)":            "time",
		"n-- becomes n++":                  "time",
		"k++ becomes (removed)":            "TestCount",
		"k++ becomes k--":                  "TestCount",
	}, by)
}

func TestChangedLines(t *testing.T) {
	lines, err := changedLines("diff --git a/close.go b/close.go\n--- a/close.go\n+++ b/close.go\n@@ -3 +3,2 @@ func f() {\n-x\n+y\n+z\n@@ -9,2 +10,0 @@\n-a\n-b\n@@ -20 +19 @@\n-a\n+b\n" +
		"--- a/close_test.go\n+++ b/close_test.go\n@@ -1 +1 @@\n-a\n+b\n--- a/internal/x.go\n+++ b/internal/x.go\n@@ -1 +1 @@\n-a\n+b\n--- a/gone.go\n+++ /dev/null\n@@ -1,9 +0,0 @@\n")
	require.NoError(t, err)
	require.Equal(t, map[string]map[int]bool{"close.go": {3: true, 4: true, 19: true}}, lines)
	_, err = changedLines("+++ b/close.go\n@@ -3 +x @@\n")
	require.Error(t, err)
}

// What is tried of many is spread over all and the same every time.
func TestOrder(t *testing.T) {
	o := options{limit: 10}
	order := o.order(1000)
	require.Len(t, order, 10)
	require.Equal(t, order, o.order(1000))
	require.Less(t, slices.Min(order), 300)
	require.Greater(t, slices.Max(order), 700)
	o.limit = 0
	all := o.order(5)
	slices.Sort(all)
	require.Equal(t, []int{0, 1, 2, 3, 4}, all)
}

func TestNamed(t *testing.T) {
	files, lines, err := named([]string{"a.go", "b.go:3", "b.go:7"})
	require.NoError(t, err)
	require.Equal(t, []string{"a.go", "b.go"}, files)
	require.Equal(t, map[string]map[int]bool{"b.go": {3: true, 7: true}}, lines)
	_, _, err = named([]string{"b.go:x"})
	require.ErrorContains(t, err, "FILE:LINE")
}

// TestEquivalentsFitTheSource keeps the list from rotting: each is one mutant that there
// is, and says why.
func TestEquivalentsFitTheSource(t *testing.T) {
	var files []string
	for _, e := range equivalents {
		if !slices.Contains(files, e.File) {
			files = append(files, e.File)
		}
	}
	list, _, err := generate(moduleRoot, files)
	require.NoError(t, err)
	for _, e := range equivalents {
		require.NotEmpty(t, e.Why)
		same := slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return !e.is(&m) })
		require.Len(t, same, 1, "%+v is one mutant", e)
	}
}

const (
	tableBegin = "<!-- equivalents: written by go test ./internal/mutants -run TestTable -update -->\n"
	tableEnd   = "<!-- equivalents end -->\n"
)

// TestTable keeps the table of docs/teeth.md.
func TestTable(t *testing.T) {
	const path = moduleRoot + "/docs/teeth.md"
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), tableBegin)
	require.True(t, ok, "%s has no line %q", path, tableBegin)
	_, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "%s has no line %q", path, tableEnd)
	want := before + tableBegin + table() + tableEnd + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.True(t, want == string(text), "the table is not that of the list: go test ./internal/mutants -run TestTable -update")
}

func table() string {
	var b strings.Builder
	b.WriteString("\n| in | source | mutant | why nobody can tell |\n|---|---|---|---|\n")
	cell := func(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }
	for _, e := range equivalents {
		fmt.Fprintf(&b, "| %s, %s | %s | %s | %s |\n", e.File, e.Func, cell(e.Was), cell(e.Now), e.Why)
	}
	b.WriteString("\n")
	return b.String()
}
