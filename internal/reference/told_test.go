package reference

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/faults"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/transcript"
)

// told is what is printed of a scenario in which the two disagree: what the library
// does as a diagram, and the scenario as a test. Nothing is done before it is printed.
type told struct {
	s  *scenario
	by string
}

func (x told) String() string {
	rec := &transcript.Recorder{Package: "reference"}
	d := disagree(x.s, rec)
	rec.Failure, _, _ = strings.Cut(d, "\n")
	rec.Instead("if d := disagree(&%v, nil); d != \"\" {\n\t\tt.Fatal(d)\n\t}", x.s.source())
	return "\n" + rec.Report("library", "peer", x.by)
}

// names are those of the constants of actions.
var names = [numDo]string{
	"doSegment", "doLegal", "doSend", "doUrgent", "doReceive", "doCloseWrite", "doCloseRead", "doClose", "doAbort", "doRetain",
	"doExit", "doOpen", "doListen", "doDeadline", "doJust", "doJump", "doBatch",
}

// source is the scenario as Go source.
func (s *scenario) source() transcript.Source {
	what := regexp.MustCompile(`What: [0-9]+`)
	return transcript.Source(what.ReplaceAllStringFunc(string(transcript.Go(*s)), func(number string) string {
		n, _ := strconv.Atoi(strings.TrimPrefix(number, "What: "))
		return "What: " + names[n]
	}))
}

// disagree plays a scenario and says in which way the two disagree; "": they do not.
func disagree(s *scenario, rec *transcript.Recorder) string {
	x := newTwin(s)
	x.rec = rec
	if d := x.play(); d != nil {
		return d.text
	}
	return ""
}

// draw records what the library did.
func (x *twin) draw(e ladder.Event) {
	if x.rec == nil {
		return
	}
	st := x.c.Status()
	e.State = st.State.String()
	x.rec.At(x.now)
	x.rec.Add(e, st.ISS, st.IRS)
}

// What is printed of a disagreement is a diagram and a test that fails in the same
// way where the library has a fault, and does not where it has none.
func TestDisagreementIsPrintedAsATest(t *testing.T) {
	if testing.Short() {
		t.Skip("the printed test is not compiled")
	}
	s := &scenario{Buffer: 4000, PeerShift: -1, Actions: []action{{What: doLegal, Window: 8}, {What: doCloseWrite}, {What: doDeadline}, {What: doDeadline}}}
	if d := disagree(s, nil); d != "" {
		t.Fatal(d)
	}
	diagram, source, _ := strings.Cut(told{s, t.Name()}.String(), "for a file of package reference:\n")
	if !strings.Contains(diagram, "| Open") || !strings.Contains(diagram, "--->|") || !strings.Contains(diagram, "(timer)") || !strings.Contains(source, "{What: doCloseWrite}") {
		t.Errorf("this is no diagram:\n%s", diagram)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	all := faults.All()
	fault := &all[slices.IndexFunc(all, func(f faults.Fault) bool { return f.Name == "no back-off" })]
	faulty, err := fault.Mutate(root)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{filepath.Join(root, "internal/reference/found_test.go"): write("found_test.go", strings.TrimSpace(source)+"\n")}
	for name, text := range faulty {
		replace[filepath.Join(root, name)] = write(name, string(text))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-overlay", write("overlay.json", string(overlay)), "-run", "^"+transcript.TestName+"$", ".").CombinedOutput()
	if text := string(out); err == nil || !strings.Contains(text, "--- FAIL: "+transcript.TestName) || !strings.Contains(text, "CloseWrite -> <nil>") {
		t.Errorf("with the fault %q: %v\n%s", fault.Name, err, out)
	}
}
