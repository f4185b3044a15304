package tcp

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// elsewhere are the rows of docs/teardown-cases.md that a lone connection cannot
// show, with the reason.
var elsewhere = map[string]string{}

// TestEveryCaseIsTested counts the stories S1 to S24 and the cases T1 to T120: each
// has a test that bears its number, as TestT1_… or as a subtest "T1 …".
func TestEveryCaseIsTested(t *testing.T) {
	tested := numberedTests(t)
	for _, doc := range []struct {
		file, letter string
		rows         int
	}{{"docs/stories.md", "S", 24}, {"docs/teardown-cases.md", "T", 120}} {
		listed := numberedRows(t, doc.file, doc.letter)
		if len(listed) != doc.rows {
			t.Errorf("%s has %d rows, want %d", doc.file, len(listed), doc.rows)
		}
		for i := range doc.rows {
			id := fmt.Sprintf("%s%d", doc.letter, i+1)
			reason, excused := elsewhere[id]
			switch where := tested[id]; {
			case !listed[id]:
				t.Errorf("%s is not in %s", id, doc.file)
			case len(where) == 0 && !excused:
				t.Errorf("%s has no test", id)
			case len(where) > 0 && excused:
				t.Errorf("%s is tested by %v, but excused: %s", id, where, reason)
			}
		}
	}
	for id := range tested {
		if !strings.ContainsAny(id[:1], "ST") {
			t.Errorf("%s is the number of nothing", id)
		}
	}
}

// numberedRows are the ids of the first column of a document's tables.
func numberedRows(t *testing.T, file, letter string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| (`+letter+`[0-9]+) \|`).FindAllStringSubmatch(string(text), -1) {
		if ids[m[1]] {
			t.Errorf("%s has %s twice", file, m[1])
		}
		ids[m[1]] = true
	}
	return ids
}

// numberedTests are the tests whose names, or whose subtests' names, begin with a
// number.
func numberedTests(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	function := regexp.MustCompile(`^Test([ST][0-9]+)_`)
	subtest := regexp.MustCompile(`^"([ST][0-9]+)[ ,]`)
	tested := map[string][]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			if m := function.FindStringSubmatch(f.Name.Name); m != nil {
				tested[m[1]] = append(tested[m[1]], f.Name.Name)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if m := subtest.FindStringSubmatch(lit.Value); m != nil {
						tested[m[1]] = append(tested[m[1]], f.Name.Name)
					}
				}
				return true
			})
		}
	}
	return tested
}
