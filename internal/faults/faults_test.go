package faults

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of docs/teeth.md")

const moduleRoot = "../.."

// TestFaultsFitTheSource keeps the table from rotting: every replacement still finds
// what it replaces, once, and every test that is named exists.
func TestFaultsFitTheSource(t *testing.T) {
	names := map[string]bool{}
	tests := map[string]map[string]bool{}
	require.GreaterOrEqual(t, len(All()), 40)
	for _, f := range All() {
		t.Run(f.Name, func(t *testing.T) {
			require.False(t, names[f.Name], "the name is taken")
			names[f.Name] = true
			require.NotEmpty(t, f.Rule)
			require.NotEmpty(t, f.What)
			faulty, err := f.Mutate(moduleRoot)
			require.NoError(t, err)
			require.NotEmpty(t, faulty)
			for file, src := range faulty {
				shipped, err := os.ReadFile(filepath.Join(moduleRoot, file))
				require.NoError(t, err)
				require.False(t, bytes.Equal(shipped, src), "%s does not change", file)
				_, err = parser.ParseFile(token.NewFileSet(), file, src, parser.SkipObjectResolution)
				require.NoError(t, err)
			}
			require.NotEmpty(t, f.Tests, "no test has to catch it")
			for _, test := range f.Tests {
				if tests[test.Package] == nil {
					tests[test.Package] = testsOf(t, test.Package)
				}
				require.True(t, tests[test.Package][test.Name], "there is no %s", test)
			}
		})
	}
}

// testsOf returns the test functions of a package.
func testsOf(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(moduleRoot, pkg, "*_test.go"))
	require.NoError(t, err)
	found := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

func TestMutateRefuses(t *testing.T) {
	for what, f := range map[string]Fault{
		"text that is not there":   {Edits: []Edit{{"close.go", "no such text", ""}}},
		"text that occurs twice":   {Edits: []Edit{{"close.go", "return", ""}}},
		"a file that is not there": {Edits: []Edit{{"no.go", "return", ""}}},
		"text that the edit before ate": {Edits: []Edit{
			{"close.go", "case c.set.linger == 0:", "case false:"},
			{"close.go", "case c.set.linger == 0:", "case true:"},
		}},
	} {
		_, err := f.Mutate(moduleRoot)
		require.Error(t, err, what)
	}
}

const (
	tableBegin = "<!-- faults: written by go test ./internal/faults -run TestTable -update -->\n"
	tableEnd   = "<!-- faults end -->\n"
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
	require.Equal(t, want, string(text), "go test ./internal/faults -run TestTable -update")
}

func table() string {
	var b strings.Builder
	b.WriteString("\n| fault | what the code does then | breaks | in | caught by |\n|---|---|---|---|---|\n")
	for _, f := range All() {
		var files, tests []string
		for _, e := range f.Edits {
			if n := len(files); n == 0 || files[n-1] != e.File {
				files = append(files, e.File)
			}
		}
		for _, test := range f.Tests {
			tests = append(tests, "`"+test.String()+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.Name, f.What, f.Rule,
			strings.Join(files, ", "), strings.Join(tests, ", "))
	}
	b.WriteString("\n")
	return b.String()
}
