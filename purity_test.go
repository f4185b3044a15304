package tcp_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/purity"
)

const (
	purityMaxFunc = 60  // lines of a function of the root package
	purityMaxFile = 400 // lines of a file of the root package, tests excepted
)

// purityAllowed names the package-level variables of the root package of which
// an address may be taken, with the reason why nothing is written through it.
var purityAllowed = map[string]string{}

// TestPurity holds the root package to being a pure function of its inputs.
func TestPurity(t *testing.T) {
	found, err := purity.Dir(".", purityAllowed)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// TestLengthsOfFunctionsAndFiles keeps the root package readable, files behind
// build tags included.
func TestLengthsOfFunctionsAndFiles(t *testing.T) {
	for _, path := range puritySources(t, ".") {
		if filepath.Dir(path) != "." {
			continue
		}
		fset, src := token.NewFileSet(), purityRead(t, path)
		file, err := parser.ParseFile(fset, path, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range purity.Lengths(fset, file, src, purityMaxFunc, purityMaxFile) {
			t.Error(f)
		}
	}
}

// TestEverythingExportedIsDocumented covers the packages that a user can import.
func TestEverythingExportedIsDocumented(t *testing.T) {
	for _, path := range puritySources(t, ".") {
		if slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "internal") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, purityRead(t, path), parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name == "main" {
			continue
		}
		for _, f := range purity.Undocumented(fset, file) {
			t.Error(f)
		}
	}
}

// TestNoRecordingIsNamedInCode sees to it that no rule is made for one recording
// of the kernel: their names occur in tests and data only.
func TestNoRecordingIsNamedInCode(t *testing.T) {
	files, err := filepath.Glob("internal/kernel/*.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recordings in internal/kernel/testdata")
	}
	names := map[string]bool{}
	for _, file := range files {
		for _, name := range purityRecordings(t, file) {
			names[name] = true
		}
	}
	for _, path := range puritySources(t, ".") {
		for _, f := range purity.Words(path, purityRead(t, path), names) {
			t.Error(f)
		}
	}
}

func TestPurityRecordings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(f)
	if _, err := w.Write([]byte("{\"name\":\"a_b\",\"steps\":[]}\n{\"name\":\"c\"}\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := purityRecordings(t, path); !slices.Equal(got, []string{"a_b", "c"}) {
		t.Errorf("names %q", got)
	}
}

// purityRecordings returns the names of the recordings in a compressed file.
func purityRecordings(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var names []string
	for dec := json.NewDecoder(bufio.NewReader(unzipped)); dec.More(); {
		var recording struct{ Name string }
		if err := dec.Decode(&recording); err != nil || recording.Name == "" {
			t.Fatalf("%s: recording %d: name %q, %v", path, len(names)+1, recording.Name, err)
		}
		names = append(names, recording.Name)
	}
	if len(names) == 0 {
		t.Fatalf("%s: no recordings", path)
	}
	return names
}

// puritySources returns the Go files below dir that are neither tests nor test
// data, those of nested modules included.
func puritySources(t *testing.T, dir string) []string {
	t.Helper()
	var sources []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
			sources = append(sources, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) == 0 {
		t.Fatalf("no Go files below %s", dir)
	}
	return sources
}

func purityRead(t *testing.T, path string) []byte {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
