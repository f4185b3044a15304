package tcp_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-447e5d66/tcp/internal/invariant"
)

const (
	conformanceFile  = "conformance.md"
	conformanceData  = "testdata/conformance.txt"
	explorationBegin = "<!-- exploration -->\n"
	explorationEnd   = "<!-- exploration end -->\n"
)

// TestConformance holds conformance.md against the tables of docs/, the tests of the
// module, and testdata/conformance.txt, which says what proves what. A row without a
// proof or a reason fails, as does a test that is named and does not exist.
func TestConformance(t *testing.T) {
	tests, err := readTests(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	m, err := readConformance(tests)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range m.problems {
		t.Error(problem)
	}
	old, err := os.ReadFile(conformanceFile)
	if err != nil && !flagUpdate() {
		t.Fatal(err)
	}
	exploration := "Not recorded yet.\n"
	if _, rest, ok := strings.Cut(string(old), explorationBegin); ok {
		exploration, _, _ = strings.Cut(rest, explorationEnd)
	}
	want := m.render(exploration)
	if string(old) == want {
		return
	}
	if !flagUpdate() {
		t.Fatalf("%s is out of date: go test -run TestConformance -update", conformanceFile)
	}
	if err := os.WriteFile(conformanceFile, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// flagUpdate is the flag -update of the tests inside the package.
func flagUpdate() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// A testFunc is a test, fuzz target or example of the module.
type testFunc struct {
	name     string // with the directory in front, but for the root
	file     string
	literals []string // the strings of its body, and of the tables that it names
}

// testReader collects the tests of a module.
type testReader struct {
	tests  map[string]*testFunc
	tables map[string][]string    // the strings of package-level variables
	uses   map[*testFunc][]string // the identifiers in a test
}

// readTests parses all test files of the module; other modules below it are not.
func readTests(module fs.FS) (map[string]*testFunc, error) {
	r := testReader{map[string]*testFunc{}, map[string][]string{}, map[*testFunc][]string{}}
	err := fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if _, err := fs.Stat(module, path.Join(name, "go.mod")); name != "." && err == nil ||
				d.Name() == "testdata" || len(name) > 1 && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			r.declaration(name, decl)
		}
		return nil
	})
	for f, names := range r.uses {
		for _, n := range names {
			f.literals = append(f.literals, r.tables[n]...)
		}
	}
	return r.tests, err
}

var testName = regexp.MustCompile(`^(Test|Fuzz|Example)([^a-z]|$)`)

func (r *testReader) declaration(file string, decl ast.Decl) {
	dir := path.Dir(file)
	switch decl := decl.(type) {
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.VAR {
				for _, n := range v.Names {
					r.tables[dir+"."+n.Name], _ = stringsAndNames(v)
				}
			}
		}
	case *ast.FuncDecl:
		if decl.Recv != nil || !testName.MatchString(decl.Name.Name) {
			return
		}
		f := &testFunc{name: strings.TrimPrefix(dir+"."+decl.Name.Name, ".."), file: file}
		literals, names := stringsAndNames(decl.Body)
		f.literals = literals
		for _, n := range names {
			r.uses[f] = append(r.uses[f], dir+"."+n)
		}
		r.tests[f.name] = f
	}
}

// stringsAndNames are the string literals and the identifiers below a node.
func stringsAndNames(root ast.Node) (literals, names []string) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				literals = append(literals, s)
			}
		case *ast.Ident:
			names = append(names, n.Name)
		}
		return true
	})
	return literals, names
}

// A provedRow is a row of a table, with what proves it.
type provedRow struct {
	id, what, scope string
	tests           []string // Test or Test/subtest
	remark          string
}

type conformance struct {
	tests    map[string]*testFunc
	groups   []provedGroup
	problems []string
}

// provedGroup is a table of docs/.
type provedGroup struct {
	title, file, prefix string
	all                 provedRow // what holds for every row
	rows                []provedRow
}

var conformanceGroups = []provedGroup{
	{title: "RFC 9293, MUST", file: "rfc9293-requirements.md", prefix: "MUST-"},
	{title: "RFC 9293, SHOULD", file: "rfc9293-requirements.md", prefix: "SHLD-"},
	{title: "RFC 9293, MAY", file: "rfc9293-requirements.md", prefix: "MAY-"},
	{title: "RFC 9293, RECOMMENDED", file: "rfc9293-requirements.md", prefix: "REC-"},
	{title: "Stories", file: "stories.md", prefix: "S"},
	{title: "Teardown cases", file: "teardown-cases.md", prefix: "T"},
	{title: "Modifiers of teardown cases", file: "teardown-cases.md", prefix: "M"},
	{title: "Invariants of one endpoint", file: "invariants.md", prefix: "I"},
	{title: "Invariants of two endpoints", file: "invariants.md", prefix: "P"},
	{title: "Liveness", file: "invariants.md", prefix: "L"},
	{title: "Open choices", file: "segment-processing.md", prefix: "P-"},
}

// readConformance reads the rows of docs/ and what proves them.
func readConformance(tests map[string]*testFunc) (*conformance, error) {
	m := &conformance{tests: tests}
	text, err := os.ReadFile(conformanceData)
	if err != nil {
		return nil, err
	}
	listed, problems := parseConformance(string(text))
	m.problems = problems
	where := map[string]invariant.Row{}
	for _, r := range invariant.Rows() {
		where[r.ID] = r
	}
	for _, g := range conformanceGroups {
		text, err := os.ReadFile(filepath.Join("docs", g.file))
		if err != nil {
			return nil, err
		}
		g.rows = docsRows(string(text), g.prefix)
		for _, table := range docsTables {
			if table.file == g.file && table.prefix == g.prefix && table.last != len(g.rows) {
				m.problems = append(m.problems, fmt.Sprintf("docs/%s: %d rows %s are read, want %d", g.file, len(g.rows), g.prefix, table.last))
			}
		}
		g.all = listed[g.prefix+"*"]
		delete(listed, g.prefix+"*")
		m.checkTests(g.prefix+"*", g.all.tests)
		for i := range g.rows {
			r := &g.rows[i]
			l := listed[r.id]
			delete(listed, r.id)
			m.checkTests(r.id, l.tests)
			r.tests, r.remark = append(named(tests, r.id), l.tests...), l.remark
			if inv, ok := where[r.id]; ok {
				r.addInvariant(inv)
			}
			r.tests = unique(r.tests)
			m.checkRow(r)
		}
		m.groups = append(m.groups, g)
	}
	for id := range listed {
		m.problems = append(m.problems, fmt.Sprintf("%s: %s is no row of docs/", conformanceData, id))
	}
	slices.Sort(m.problems)
	return m, nil
}

var conformanceLine = regexp.MustCompile(`^([A-Z]+-?\d+|[A-Z]+-?\*):(?: ([^|]*[^| ]))?(?: \| (.+))?$`)

// parseConformance reads the lines of testdata/conformance.txt.
func parseConformance(text string) (rows map[string]provedRow, problems []string) {
	rows = map[string]provedRow{}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := conformanceLine.FindStringSubmatch(line)
		if f == nil {
			problems = append(problems, fmt.Sprintf("%s:%d: %q is not ID: TEST; TEST | REMARK", conformanceData, i+1, line))
			continue
		}
		if _, twice := rows[f[1]]; twice {
			problems = append(problems, fmt.Sprintf("%s:%d: %s comes twice", conformanceData, i+1, f[1]))
		}
		r := provedRow{id: f[1], remark: f[3]}
		if f[2] != "" {
			r.tests = strings.Split(f[2], "; ")
		}
		rows[f[1]] = r
	}
	return rows, problems
}

// docsRows are the rows of a document whose ids are prefix and a number.
func docsRows(text, prefix string) (rows []provedRow) {
	id := regexp.MustCompile(`^` + regexp.QuoteMeta(prefix) + `\d+$`)
	links := regexp.MustCompile(`\]\(([a-z])`)
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) < 2 || !strings.HasPrefix(line, "| ") || !id.MatchString(cells[0]) {
			continue
		}
		r := provedRow{id: cells[0], what: links.ReplaceAllString(cells[1], "](docs/$1")}
		switch prefix {
		case "T":
			r.what += ": " + cells[2]
		case "MUST-", "SHLD-", "MAY-", "REC-":
			r.scope = cells[3]
		}
		rows = append(rows, r)
	}
	return rows
}

// named are the tests that bear a row's number: TestT1_…, TestRFC9293_MUST1_…, or a
// subtest "T1 …".
func named(tests map[string]*testFunc, id string) (names []string) {
	function := regexp.MustCompile(`^Test(RFC9293_)?` + strings.ReplaceAll(id, "-", "") + `_`)
	subtest := regexp.MustCompile(`^` + id + `[ ,]`)
	if strings.HasPrefix(id, "P") { // P1 and P-1 are two things
		return nil
	}
	for name, f := range tests {
		if strings.Contains(name, ".") {
			continue
		}
		if function.MatchString(name) || slices.ContainsFunc(f.literals, subtest.MatchString) && strings.HasPrefix(name, "Test") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// addInvariant adds what internal/invariant says of a row.
func (r *provedRow) addInvariant(inv invariant.Row) {
	if inv.Where == invariant.InChecker {
		r.tests = append([]string{"TestInvariants"}, r.tests...)
	}
	remark := inv.Why
	if inv.Except != "" {
		remark = "not `Linux()`: " + inv.Why
	}
	if inv.Where == invariant.Nowhere {
		remark = "not applicable: " + inv.Why
	}
	if r.remark != "" && remark != "" {
		remark += "; "
	}
	r.remark = remark + r.remark
}

// unique drops what comes again, and a test of which only a subtest is meant.
func unique(names []string) (out []string) {
	for _, n := range names {
		part := func(other string) bool { return strings.HasPrefix(other, n+"/") }
		if !slices.Contains(out, n) && !slices.ContainsFunc(names, part) {
			out = append(out, n)
		}
	}
	return out
}

// checkTests finds tests that do not exist.
func (m *conformance) checkTests(id string, names []string) {
	for _, name := range names {
		function, subtest, hasSubtest := splitSubtest(name)
		f := m.tests[function]
		switch {
		case f == nil:
			m.problems = append(m.problems, fmt.Sprintf("%s: there is no test %s", id, function))
		case hasSubtest && !slices.Contains(f.literals, subtest):
			m.problems = append(m.problems, fmt.Sprintf("%s: %s has no subtest %q", id, function, subtest))
		}
	}
}

// splitSubtest splits a path, package and test from the name of a subtest.
func splitSubtest(name string) (function, subtest string, ok bool) {
	i := max(strings.LastIndex(name, ".Test"), strings.LastIndex(name, ".Fuzz"), 0)
	head, tail, ok := strings.Cut(name[i:], "/")
	return name[:i] + head, tail, ok
}

// checkRow demands a proof, or the reason why there is none.
func (m *conformance) checkRow(r *provedRow) {
	excused := kindOf(r.remark) != ""
	switch {
	case len(r.tests) == 0 && !excused:
		m.problems = append(m.problems, fmt.Sprintf("%s has neither a test nor a reason: %s", r.id, r.what))
	case len(r.tests) == 0 && regexp.MustCompile(`conn|wire`).MatchString(r.scope):
		m.problems = append(m.problems, fmt.Sprintf("%s has no test, but its scope is %s", r.id, r.scope))
	}
}

// kindOf is how the remark of a row without a proof begins, or "".
func kindOf(remark string) string {
	for _, kind := range []string{"host's duty", "not offered", "not applicable"} {
		if strings.HasPrefix(remark, kind+": ") {
			return kind
		}
	}
	return ""
}

// render writes the document.
func (m *conformance) render(exploration string) string {
	var b strings.Builder
	b.WriteString(`# Conformance

What proves each row of the numbered tables in [docs](docs/): tests by name, or the reason why a row is the host's or does not apply.
Written by ` + "`go test -run TestConformance -update`" + ` from the tables, the tests and [testdata/conformance.txt](testdata/conformance.txt);
` + "`go test`" + ` fails when a test that is named here is gone, or a row has no proof.

| table | rows | with tests | without: host's duty | not offered | not applicable |
|---|---|---|---|---|---|
`)
	for _, g := range m.groups {
		n := map[string]int{}
		for _, r := range g.rows {
			if len(r.tests) > 0 {
				n["tests"]++
			} else {
				n[kindOf(r.remark)]++
			}
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %d | %d | %d | %d | %d |\n", g.title, docsAnchor(g.title), len(g.rows),
			n["tests"], n["host's duty"], n["not offered"], n["not applicable"])
	}
	b.WriteString("\n## Exhaustive exploration\n\n" + explorationBegin + exploration + explorationEnd)
	for _, g := range m.groups {
		fmt.Fprintf(&b, "\n## %s\n\nRows of [docs/%s](docs/%[2]s).", g.title, g.file)
		if len(g.all.tests) > 0 {
			fmt.Fprintf(&b, " All rows: %s", m.links(g.all.tests))
			if g.all.remark != "" {
				b.WriteString("; " + g.all.remark)
			}
			b.WriteString(".")
		}
		b.WriteString("\n\n| id | what | tests | remark |\n|---|---|---|---|\n")
		for _, r := range g.rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, r.what, m.links(r.tests), r.remark)
		}
	}
	return b.String()
}

// links are the tests with their files.
func (m *conformance) links(names []string) string {
	var out []string
	for _, name := range names {
		if function, _, _ := splitSubtest(name); m.tests[function] != nil {
			out = append(out, fmt.Sprintf("[%s](%s)", name, m.tests[function].file))
		}
	}
	return strings.Join(out, ", ")
}

// docsAnchor is the fragment of a heading.
func docsAnchor(title string) string {
	return strings.ReplaceAll(docsSlug.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// The test finds what it is there to find.
func TestConformanceFindsFaults(t *testing.T) {
	const source = `package x
import "testing"
var table = []string{"in a table"}
func TestT1_A(t *testing.T) { t.Run("a subtest", nil); _ = table }
func TestB(t *testing.T) { t.Run("T2 another", nil) }
func Testing() {}
func (x) TestC(t *testing.T) {}
`
	tests, err := readTests(fstest.MapFS{
		"a_test.go":              {Data: []byte(source)},
		"a.go":                   {Data: []byte("package x\nfunc TestNo() {}")},
		"sub/b_test.go":          {Data: []byte("package y\nfunc FuzzD() {}\nfunc ExampleE() {}")},
		"nested/go.mod":          {Data: []byte("module nested")},
		"nested/c_test.go":       {Data: []byte("package z\nfunc TestNested() {}")},
		"testdata/d_test.go":     {Data: []byte("no Go at all")},
		".hidden/e_test.go":      {Data: []byte("no Go at all")},
		"sub/testdata/e_test.go": {Data: []byte("no Go at all")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(tests)); !slices.Equal(got, []string{"TestB", "TestT1_A", "sub.ExampleE", "sub.FuzzD"}) {
		t.Errorf("the tests are %q", got)
	}
	for id, want := range map[string][]string{"T1": {"TestT1_A"}, "T2": {"TestB"}, "T3": nil, "T11": nil} {
		if got := named(tests, id); !slices.Equal(got, want) {
			t.Errorf("%s is named by %q, want %q", id, got, want)
		}
	}
	m := &conformance{tests: tests}
	m.checkTests("T1", []string{"TestT1_A", "TestT1_A/a subtest", "TestT1_A/in a table", "sub.FuzzD"})
	m.checkRow(&provedRow{tests: []string{"TestB"}, scope: "conn"})
	m.checkRow(&provedRow{remark: "host's duty: so it is", scope: "host, API"})
	if len(m.problems) > 0 {
		t.Errorf("faults in what is good: %q", m.problems)
	}
	m.checkTests("T1", []string{"TestGone", "sub.TestB", "TestB/a subtest", "TestNested"})
	m.checkRow(&provedRow{id: "X1"})
	m.checkRow(&provedRow{id: "X2", remark: "some words"})
	m.checkRow(&provedRow{id: "X3", remark: "host's duty: so it is", scope: "conn, API"})
	if len(m.problems) != 7 {
		t.Errorf("%d faults, want 7: %q", len(m.problems), m.problems)
	}
	rows, problems := parseConformance("# words\n\nT1: TestA; b.TestB/c d | e\nT2: | not offered: f\nP-3: TestC\nMAY-*: TestD\n")
	if len(problems) > 0 || len(rows) != 4 || len(rows["T1"].tests) != 2 || rows["T1"].remark != "e" || rows["T2"].tests != nil {
		t.Errorf("%q, %+v", problems, rows)
	}
	if _, problems := parseConformance("T1: TestA\nT1: TestB\nwords\nT2 TestA\n"); len(problems) != 3 {
		t.Errorf("three faults: %q", problems)
	}
	if rows := docsRows("| T1 | a | b | c |\n| T2 | [x](y.md) | b | c |\n| M1 | a |\n", "T"); len(rows) != 2 || rows[1].what != "[x](docs/y.md): b" {
		t.Errorf("the rows are %+v", rows)
	}
	if function, subtest, ok := splitSubtest("internal/x.TestA/b/c.d"); function != "internal/x.TestA" || subtest != "b/c.d" || !ok {
		t.Errorf("%q, %q", function, subtest)
	}
}
