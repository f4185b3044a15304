package tcp_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/transcript"
	"pgregory.net/rapid"
)

// listener is a test that a property may fail without harm; it keeps what is printed.
type listener struct {
	rapid.TB
	failed bool
	out    strings.Builder
}

func (l *listener) Log(args ...any)                 { fmt.Fprintln(&l.out, args...) }
func (l *listener) Logf(format string, args ...any) { fmt.Fprintf(&l.out, format+"\n", args...) }
func (l *listener) Errorf(format string, args ...any) {
	l.failed = true
	l.Logf(format, args...)
}
func (l *listener) Failed() bool { return l.failed }
func (l *listener) FailNow()     { panic(l) }

// printed is what a property prints when it fails.
func printed(t *testing.T, property func(t *rapid.T)) string {
	t.Helper()
	if f := flag.Lookup("rapid.nofailfile"); f != nil {
		old := f.Value.String()
		_ = f.Value.Set("true")
		defer func() { _ = f.Value.Set(old) }()
	}
	l := &listener{TB: t}
	func() {
		defer func() {
			if r := recover(); r != any(l) {
				panic(r)
			}
		}()
		rapid.Check(l, property)
	}()
	return l.out.String()
}

// brokenRules are properties that do not hold, what the smallest failure says, and a
// statement of it.
var brokenRules = []struct {
	property           func(t *rapid.T)
	sentence, smallest string
}{
	{func(t *rapid.T) { // as if timers ran without Advance
		s := drawScript(&source{t: t}, profileLinux)
		s.opening, s.cfg = openedActively, tcp.Linux()
		p := s.opened(t)
		p.call(callSend, rapid.IntRange(3, 1000).Draw(t, "octets"))
		p.drain()
		p.at(p.c.Deadline())
		p.deadlineLiesAhead()
	}, "does not lie ahead of", "p.call(callSend, 3)"},
	{func(t *rapid.T) { // as if the passive closer waited too
		p := drawPair(t, nil)
		p.connect()
		p.fate = drawFates(t, 5).of
		p.write(0, rapid.IntRange(7, 5000).Draw(t, "octets"))
		p.closeOrHalf(0, true)
		p.runReadingUntil(time.Minute, func() bool { return p.ends[1].eof })
		p.closeOrHalf(1, true)
		p.runReading(time.Minute)
		p.wantTimeWait(1, true)
	}, "B passed TIME-WAIT: false, want true", "p.must(0, callSend, 7)"},
}

// A failure is printed once, of the smallest input: as a diagram no wider than a
// terminal, and as a test that compiles as it stands and fails with the same sentence.
func TestFailureIsPrintedAsATest(t *testing.T) {
	overlay := map[string]string{}
	dir := t.TempDir()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for i, broken := range brokenRules {
		text := printed(t, broken.property)
		diagram, source, ok := strings.Cut(text, "The same as a test, for a file of package tcp_test:\n")
		if !ok || strings.Count(text, "func "+transcript.TestName) != 1 || !strings.Contains(source, broken.smallest) {
			t.Fatalf("want one test, with the statement %s:\n%s", broken.smallest, text)
		}
		_, diagram, _ = strings.Cut(diagram, "\n\n")
		for _, line := range strings.Split(diagram, "\n") {
			if n := len([]rune(line)); n > ladder.Width {
				t.Errorf("%d columns: %s", n, line)
			}
		}
		if !strings.Contains(diagram, "SYN-SENT") || !strings.Contains(diagram, "--->|") {
			t.Errorf("this is no diagram:\n%s", diagram)
		}
		name := fmt.Sprint(transcript.TestName, i)
		file := filepath.Join(dir, fmt.Sprintf("found%d_test.go", i))
		overlay[filepath.Join(root, filepath.Base(file))] = file
		source = strings.Replace(source, "func "+transcript.TestName+"(", "func "+name+"(", 1)
		if err := os.WriteFile(file, []byte(strings.TrimSpace(source)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if testing.Short() {
		t.Skip("the printed tests are not compiled")
	}
	runPrinted(t, dir, overlay)
}

// A printed test of two ends brings segments as it is told, whatever the network would
// do: here the FIN is lost once, and its second copy comes twice.
func TestArrivalsAsPrinted(t *testing.T) {
	p := newPair(t, [2]tcp.Config{}, [2]profile{profileDefault, profileDefault})
	p.must(1, callListen, 4294967293)
	p.must(0, callOpen, 4294967291)
	p.at(5000000)
	p.arrives(0)
	p.arrives(1)
	p.arrives(2)
	p.wantStates(tcp.StateEstablished, tcp.StateEstablished)
	p.closeOrHalf(0, true)
	p.at(p.ends[0].c.Deadline())
	p.timer(0)
	p.wantSent(0, tcp.FIN, 2)
	p.arrives(4)
	p.wantState(1, tcp.StateCloseWait)
	p.arrives(4)
	p.wantCounter(1, "FINsReacked", 1)
	p.arrives(5)
	p.wantStates(tcp.StateFinWait2, tcp.StateCloseWait)
}

// runPrinted compiles the printed tests into the package, and demands that they fail.
func runPrinted(t *testing.T, dir string, overlay map[string]string) {
	data, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-overlay", file, "-run", "^"+transcript.TestName+"[0-9]$", ".").CombinedOutput()
	if err == nil {
		t.Fatalf("they pass:\n%s", out)
	}
	for i, broken := range brokenRules {
		name := fmt.Sprintf("--- FAIL: %s%d ", transcript.TestName, i)
		_, text, ok := strings.Cut(string(out), name)
		if text, _, _ = strings.Cut(text, "--- FAIL:"); !ok || !strings.Contains(text, broken.sentence) {
			t.Errorf("test %d does not fail with %q:\n%s", i, broken.sentence, out)
		}
	}
}
