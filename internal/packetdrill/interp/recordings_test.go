package interp

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/replay"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// recordings returns the scripts recorded from a Linux kernel, by name.
func recordings(t testing.TB) map[string]*packetdrill.Script {
	t.Helper()
	f, err := os.Open("../testdata/recordings.tar.gz")
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	scripts := make(map[string]*packetdrill.Script)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return scripts
		}
		must(t, err)
		if name, ok := strings.CutSuffix(h.Name, ".pkt"); ok {
			text, err := io.ReadAll(r)
			must(t, err)
			name = name[strings.LastIndexByte(name, '/')+1:]
			scripts[name], err = packetdrill.Parse(name+".pkt", text)
			must(t, err)
		}
	}
}

// recorded are the settings for the recordings: their times are those of a kernel
// that was a little late (docs/recordings.md), and some inbound packets echo a
// timestamp that was never sent, on purpose.
var recorded = []string{"tolerance_usecs=60000", "tcp_ts_ecr_scaled"}

// exceptions are the recordings whose script does not end as their replay does, by
// the reason.
var exceptions = []struct {
	why   string
	names []string
}{
	{"the script says when close returns since the start, and not since the preceding event", []string{
		"linger2_acked_active", "linger2_cw_passive", "linger2_unread_active", "linger2_unread_passive",
	}},
	{"the state was looked at within a slot of the timer wheel after a timer: an assertion has no tolerance", []string{
		"data_retries2_1", "data_retries2_3_active",
		"nonorphan_FIN_WAIT_1_retries2_0", "nonorphan_LAST_ACK_retries2_0", "nonorphan_LAST_ACK_retries2_2",
		"synsent_exhaust_r2_lin0", "ut_data_1000", "zw_probe",
	}},
}

// TestRecordings runs every recording as a script: it passes if its replay agrees, and
// fails at the same step if that differs.
func TestRecordings(t *testing.T) {
	t.Parallel()
	scripts := recordings(t)
	recs, err := kernel.Embedded()
	must(t, err)
	if len(scripts) != 1301 || len(recs) != len(scripts) {
		t.Fatalf("%d scripts and %d recordings, want 1301 each", len(scripts), len(recs))
	}
	why := make(map[string]string)
	for _, e := range exceptions {
		for _, name := range e.names {
			why[name] = e.why
		}
	}
	if len(why) != 12 {
		t.Fatalf("%d exceptions listed, want 12", len(why))
	}
	skipped, exceptional := 0, 0
	for i := range recs {
		rec := &recs[i]
		played, err := replay.Play(rec, tcp.Linux())
		must(t, err)
		result := Run(scripts[rec.Name], Options{Config: tcp.Linux(), Settings: recorded})
		if result.Outcome == Skip {
			if !strings.Contains(result.Reason, "not expressible here") {
				t.Error(result.String())
			}
			skipped++
			continue
		}
		if reason := disagrees(scripts[rec.Name], &played, &result); reason != "" {
			if why[rec.Name] == "" {
				t.Errorf("%s: %s\n  replay: %s: want %s, got %s", result.String(), reason, played.Outcome, played.Want, played.Got)
				continue
			}
			exceptional++
			delete(why, rec.Name)
		}
	}
	if skipped != 10 {
		t.Errorf("%d recordings skipped because they are not expressible, want 10", skipped)
	}
	if exceptional != 12 {
		t.Errorf("%d exceptions, want 12; without a difference now: %v", exceptional, why)
	}
}

// disagrees says how the result of a script is not that of the replay, or "". A script
// does not look at poll bits, and at a state only while the program can: what differs
// in the replay in these alone may pass. Behind the place where a recording is unstable
// anything may happen.
func disagrees(s *packetdrill.Script, played *replay.Result, result *Result) string {
	switch {
	case played.Outcome == replay.Differ && result.Outcome == Fail:
		at := nominal(s, result.Line)
		if !near(at, time.Duration(played.At)) && !near(at, wanted(played)) {
			return "it fails elsewhere"
		}
	case played.Outcome == replay.Differ && !statesOnly(played):
		return "the replay differs"
	case played.Outcome == replay.Agree && result.Outcome == Fail:
		return "the replay agrees"
	}
	return ""
}

// near reports whether two times are the same but for what timers may be late.
func near(a, b time.Duration) bool { return (a - b).Abs() <= 65*time.Millisecond+b/8 }

// wanted is when the segment was recorded that the replay misses: a segment that is
// sent too early is compared with the next one that is expected.
func wanted(played *replay.Result) time.Duration {
	var ms float64
	if _, err := fmt.Sscanf(played.Want, "%f ms:", &ms); err != nil {
		return -1
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// statesOnly reports whether what differs first is a state or a set of poll bits.
func statesOnly(played *replay.Result) bool {
	return !strings.Contains(played.Want, "Flags") && !strings.Contains(played.Got, "Flags") && !strings.Contains(played.Want, "=")
}

// nominal is when the event in a line was recorded.
func nominal(s *packetdrill.Script, line int) (at time.Duration) {
	for i := range s.Events {
		at = s.Events[i].Time.Window(at).From
		if s.Events[i].Pos.Line >= line {
			break
		}
	}
	return at
}
