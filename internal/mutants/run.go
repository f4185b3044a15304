package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/seed-447e5d66/tcp/internal/overlay"
)

// A stage is tests that are run together against a mutant.
type stage struct {
	pkg       string
	run, skip string // expressions of test names
	rapid     bool   // the package has rapid's flags
}

// readsSource are tests that look at the source on the disk, where no mutant is, or at the
// documents.
const readsSource = "Purity|Docs|Readme|Design|Conformance|EveryCaseIsTested|LengthsOf|EverythingExported|NoRecordingIsNamed|LayerHasNoRules"

// shrinks are tests of how failures are shrunk, for which there is no time here.
const shrinks = "FailureIsPrintedAsATest"

// cases are the tests of docs/teardown-cases.md and docs/stories.md, and the matrix: they
// take little time and kill most.
const cases = `^Test(T|S|RFC9293_)\d|^TestMatrix`

// stages are in the order of what they cost. Each runs only while a mutant lives.
var stages = []*stage{
	{pkg: ".", run: cases, skip: readsSource, rapid: true},
	{pkg: ".", skip: readsSource + "|" + shrinks + "|TestM[234]_|" + cases, rapid: true},
	{pkg: "internal/reference", skip: "Notice|TestTwinsProperty", rapid: true},
	{pkg: "examples/teardown"},
	{pkg: "internal/replay"},
	{pkg: "internal/socket", skip: readsSource},
	{pkg: ".", run: "TestM[234]_", rapid: true},
}

func newRunner(dir, tmp, overlay string, stages []*stage) *runner {
	return &runner{
		dir: dir, tmp: tmp, overlay: overlay, stages: stages, grace: 5 * time.Second,
		binaries: map[string]*binary{}, limits: map[*stage]time.Duration{},
	}
}

// A runner runs stages against mutants that an overlay has.
type runner struct {
	dir, tmp, overlay string
	stages            []*stage
	grace             time.Duration // of a processor, beyond three times what a stage needs

	mu       sync.Mutex
	binaries map[string]*binary
	limits   map[*stage]time.Duration
}

type binary struct {
	once sync.Once
	path string
	err  error
}

// build returns the test binary of a package with all mutants.
func (r *runner) build(pkg string) (string, error) {
	r.mu.Lock()
	b := r.binaries[pkg]
	if b == nil {
		b = &binary{path: filepath.Join(r.tmp, strings.NewReplacer("/", "_", ".", "root").Replace(pkg)+".test")}
		r.binaries[pkg] = b
	}
	r.mu.Unlock()
	b.once.Do(func() {
		cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", r.overlay, "-o", b.path, "./"+pkg)
		cmd.Dir = r.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("go test -c ./%s: %w\n%s", pkg, err, out)
		}
	})
	return b.path, b.err
}

// An outcome says how a mutant fared, or the source itself.
type outcome struct {
	killed bool
	by     string // the test, or the limit
	output string
	cpu    time.Duration
}

// limitMemory is how much address space a test may have, in KiB.
const limitMemory = 4 << 20

// try runs a stage with a mutant on, 0 for none. A mutant that makes the tests take
// more than cpu is killed; 0 is no limit.
func (r *runner) try(s *stage, mutant int, cpu time.Duration) (o outcome, err error) {
	path, err := r.build(s.pkg)
	if err != nil {
		return outcome{}, err
	}
	limits := fmt.Sprintf("ulimit -v %d; ", limitMemory)
	if cpu > 0 {
		limits += fmt.Sprintf("ulimit -t %d; ", int(cpu.Seconds()+1))
	}
	args := []string{"-c", limits + `exec "$0" "$@"`, path, "-test.failfast", "-test.timeout=5m"}
	for flag, value := range map[string]string{"-test.run": s.run, "-test.skip": s.skip} {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	if s.rapid { // the same draws every time, and no time or file for a failure that is wanted
		args = append(args, "-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1ms")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", args...)
	cmd.Dir = filepath.Join(r.dir, s.pkg)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", overlay.Variable+"="+strconv.Itoa(mutant))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{}, err
	}
	o = outcome{killed: err != nil, output: string(out), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if o.killed {
		o.by = killer(o.output, cmd.ProcessState)
		if o.by == "" {
			return outcome{}, fmt.Errorf("%s: %w\n%s", path, err, out)
		}
	}
	return o, nil
}

// killer names what ended the tests.
func killer(output string, state *os.ProcessState) string {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return "time"
	}
	for _, line := range strings.Split(output, "\n") {
		if name, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			return name
		}
		for _, prefix := range []string{"panic: ", "fatal error: ", "runtime: "} {
			if strings.HasPrefix(line, prefix) {
				return line
			}
		}
	}
	return ""
}

// kill runs the stages one after the other until one kills the mutant. Before the first
// mutant of a stage its tests have to pass with none.
func (r *runner) kill(mutant int) (outcome, error) {
	for _, s := range r.stages {
		limit, err := r.limit(s)
		if err != nil {
			return outcome{}, err
		}
		o, err := r.try(s, mutant, limit)
		if err != nil || o.killed {
			return o, err
		}
	}
	return outcome{}, nil
}

// limit is how much of a processor a stage's tests may use with a mutant: three times
// what they need without, and a moment.
func (r *runner) limit(s *stage) (time.Duration, error) {
	r.mu.Lock()
	limit, ok := r.limits[s]
	r.mu.Unlock()
	if ok {
		return limit, nil
	}
	o, err := r.try(s, 0, 0)
	if err != nil {
		return 0, err
	}
	if o.killed {
		return 0, fmt.Errorf("the tests of ./%s fail without a mutant:\n%s", s.pkg, o.output)
	}
	limit = 3*o.cpu + r.grace
	r.mu.Lock()
	r.limits[s] = limit
	r.mu.Unlock()
	return limit, nil
}
