//go:build faults

package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/overlay"
	"github.com/stretchr/testify/require"
)

// limit is how long the tests of one fault may take. A fault that makes one hang
// is caught.
const limit = "60s"

// TestFaultsAreCaught switches every fault on, one after the other, and requires each
// test named for it to fail. With no fault on the same tests pass.
func TestFaultsAreCaught(t *testing.T) {
	dir, err := filepath.Abs(moduleRoot)
	require.NoError(t, err)
	tmp := t.TempDir()
	overlay, err := Overlay(dir, tmp)
	require.NoError(t, err)
	binaries := map[string]string{}
	slots := make(chan struct{}, min(2, runtime.GOMAXPROCS(0)))
	for _, test := range tests() {
		if binaries[test.Package] == "" {
			binaries[test.Package] = build(t, dir, test.Package, overlay, tmp)
		}
		t.Run("no fault/"+test.Name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			out, failed := run(t, dir, binaries[test.Package], test, 0, 1)
			require.False(t, failed, "%s fails without a fault:\n%s", test, out)
		})
	}
	for i, f := range All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			for _, test := range f.Tests {
				times := 1
				if f.Chance {
					times = 50
				}
				out, failed := run(t, dir, binaries[test.Package], test, i+1, times)
				require.True(t, failed, "%s passes with the fault:\n%s", test, out)
			}
		})
	}
}

// tests returns the tests of all faults, each once.
func tests() (list []Test) {
	for _, f := range All() {
		for _, test := range f.Tests {
			if !slices.Contains(list, test) {
				list = append(list, test)
			}
		}
	}
	return list
}

// build makes the test binary of pkg with the faults in it.
func build(t *testing.T, dir, pkg, overlay, tmp string) string {
	t.Helper()
	binary := filepath.Join(tmp, strings.ReplaceAll(pkg, "/", "_")+".test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, "./"+pkg)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

// run runs one test some times with a fault, by number, and reports whether it failed: by
// itself, by a panic or by time.
func run(t *testing.T, dir, binary string, test Test, fault, times int) (out string, failed bool) {
	t.Helper()
	dir = filepath.Join(dir, test.Package)
	args := []string{"-test.run", "^" + test.Name + "$", "-test.timeout", limit, "-test.count", strconv.Itoa(times)}
	if usesRapid(t, dir) { // the same draws every time, and no time or file for a failure that was wanted
		args = append(args, "-rapid.seed", "1", "-rapid.nofailfile", "-rapid.shrinktime", "1ms")
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", overlay.Variable+"="+strconv.Itoa(fault))
	text, err := cmd.CombinedOutput()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
		require.Regexp(t, `(?m)^--- FAIL: |^panic: |^fatal error: `, string(text))
		return string(text), true
	}
	require.NotContains(t, string(text), "no tests to run")
	return string(text), false
}

// usesRapid reports whether a test of the package in dir draws with rapid, whose
// flags it then has.
func usesRapid(t *testing.T, dir string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		return strings.Contains(string(text), `"pgregory.net/rapid"`)
	})
}
