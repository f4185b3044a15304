package replay

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/ladder"
)

var update = flag.Bool("update", false, "write the numbers that agree to the golden file")

const golden = "testdata/agree.txt"

var readOnce = sync.OnceValues(kernel.Embedded)

// embedded returns the recordings, which no test may change.
func embedded(t *testing.T) []kernel.Recording {
	t.Helper()
	recs, err := readOnce()
	require.NoError(t, err)
	return recs
}

func playAll(t *testing.T, recs []kernel.Recording, cfg func() tcp.Config) Summary {
	t.Helper()
	var sum Summary
	for i := range recs {
		r, err := Play(&recs[i], cfg())
		require.NoError(t, err)
		sum.Add(&r)
	}
	return sum
}

var linux struct {
	once sync.Once
	sum  Summary
}

// underLinux plays everything under Linux(), once.
func underLinux(t *testing.T) *Summary {
	linux.once.Do(func() { linux.sum = playAll(t, embedded(t), tcp.Linux) })
	return &linux.sum
}

// TestRecordings: under Linux() no recording that agreed may cease to; that more do
// has to be committed, with -update.
func TestRecordings(t *testing.T) {
	recs := embedded(t)
	sum := underLinux(t)
	t.Log("\n" + sum.Table(kernel.Groups(recs)))
	var got strings.Builder
	for _, name := range kernel.Groups(recs) {
		c := sum.Groups[name]
		fmt.Fprintf(&got, "%-12s %4d of %4d agree, %d unstable\n", name, c.Agree,
			c.Agree+c.Differ+c.Skip+c.Unstable, c.Unstable)
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "if more agree: go test ./internal/replay -update")
	require.Zero(t, sum.Total.Skip)
}

// TestNothingIsTunedToSingleRecordings: rules made for single recordings would show
// as a difference between two halves chosen at random.
func TestNothingIsTunedToSingleRecordings(t *testing.T) {
	sum := underLinux(t)
	a, b := sum.Halves[0], sum.Halves[1]
	require.InDelta(t, 0.5, float64(a.Agree+a.Differ)/float64(sum.Total.Agree+sum.Total.Differ), 0.05, "they are halves")
	require.LessOrEqual(t, math.Abs(a.Share()-b.Share()), 3.0, "percent: %.1f and %.1f", a.Share(), b.Share())
}

// TestOtherProfiles: the recordings are of Linux, so the other profiles differ
// somewhere; but they play everything.
func TestOtherProfiles(t *testing.T) {
	recs := embedded(t)
	for name, cfg := range map[string]func() tcp.Config{
		"default": func() tcp.Config { return tcp.Config{} }, "rfc9293": tcp.RFC9293,
	} {
		sum := playAll(t, recs, cfg)
		require.Zero(t, sum.Total.Skip, name)
		require.NotZero(t, sum.Total.Agree, name)
		require.NotZero(t, sum.Total.Differ, name)
	}
}

func find(t *testing.T, name string) kernel.Recording {
	t.Helper()
	for _, rec := range embedded(t) {
		if rec.Name == name {
			return rec
		}
	}
	t.Fatalf("no recording %q", name)
	return kernel.Recording{}
}

func mustPlay(t *testing.T, rec *kernel.Recording) Result {
	t.Helper()
	r, err := Play(rec, tcp.Linux())
	require.NoError(t, err)
	return r
}

// change is a falsification of one step; it returns false if it does not apply.
type falsify struct {
	what  string
	apply func(s *kernel.Step) bool
}

func outSegment(what string, f func(s *kernel.Segment)) falsify {
	return falsify{what, func(s *kernel.Step) bool {
		if s.Kind != kernel.KindOut {
			return false
		}
		before := s.Segment
		f(&s.Segment)
		return s.Segment != before
	}}
}

var falsifications = []falsify{
	outSegment("FIN", func(s *kernel.Segment) { s.Flags ^= tcp.FIN }),
	outSegment("PSH", func(s *kernel.Segment) { s.Flags ^= tcp.PSH }),
	outSegment("sequence number", func(s *kernel.Segment) { s.Seq++ }),
	outSegment("acknowledgment number", func(s *kernel.Segment) { s.Ack++ }),
	outSegment("window", func(s *kernel.Segment) { s.Window-- }),
	outSegment("length", func(s *kernel.Segment) { s.Len++ }),
	outSegment("MSS", func(s *kernel.Segment) { s.Options.MSS ^= 1 }),
	outSegment("SACK-permitted", func(s *kernel.Segment) { s.Options.Present ^= tcp.OptSACKPermitted }),
	outSegment("timestamp", func(s *kernel.Segment) {
		if s.Options.Has(tcp.OptTimestamps) && s.Options.TSVal > 0 {
			s.Options.TSVal += 3
		}
	}),
	outSegment("timestamp echo", func(s *kernel.Segment) {
		if s.Options.Has(tcp.OptTimestamps) {
			s.Options.TSEcr++
		}
	}),
	{"result of a call", func(s *kernel.Step) bool {
		if s.Kind != kernel.KindCall || s.Call.Err != "" {
			return false
		}
		if s.Call.Name == "so_error" {
			s.Call.How = "EPIPE"
		} else {
			s.Call.Ret++
		}
		return true
	}},
	{"error of a call", func(s *kernel.Step) bool {
		if s.Kind != kernel.KindCall || s.Call.Err == "" {
			return false
		}
		s.Call.Err = "EINVAL"
		return true
	}},
	{"state", func(s *kernel.Step) bool {
		if s.Kind != kernel.KindState {
			return false
		}
		s.State.State = tcp.StateListen // no recording has it
		return true
	}},
	{"poll", func(s *kernel.Step) bool {
		s.Poll.Bits ^= kernel.PollPri
		return s.Kind == kernel.KindPoll
	}},
}

// TestEveryFalsificationIsFound: in recordings that agree, each segment, result, state
// and poll bit is falsified in turn.
func TestEveryFalsificationIsFound(t *testing.T) {
	applied := make(map[string]int)
	for _, name := range []string{
		"basic_remote_passive_close_ts", "synsent_refused_ts", "accept_queue_peer_rst",
		"tw_connect_reuse1_tstrue_3000", "data_retries2_1", "wscale_ts_sack_close", "dup_shutdown_one",
	} {
		rec := find(t, name)
		require.Equal(t, Agree, mustPlay(t, &rec).Outcome, name)
		for i := range rec.Steps {
			for _, f := range falsifications {
				wrong := rec
				wrong.Steps = append([]kernel.Step(nil), rec.Steps...)
				if !f.apply(&wrong.Steps[i]) {
					continue
				}
				applied[f.what]++
				r := mustPlay(t, &wrong)
				require.Equal(t, Differ, r.Outcome, "%s: %s of step %d", name, f.what, i)
				require.NotEmpty(t, r.Want)
				require.NotEmpty(t, r.Got)
			}
		}
	}
	for _, f := range falsifications {
		require.NotZero(t, applied[f.what], "%s was never applied", f.what)
	}
}

// TestMissingAndSurplusSegments are differences, also at the end.
func TestMissingAndSurplusSegments(t *testing.T) {
	rec := find(t, "basic_remote_passive_close_ts")
	for i := range rec.Steps {
		if rec.Steps[i].Kind != kernel.KindOut {
			continue
		}
		without := rec
		without.Steps = append(append([]kernel.Step(nil), rec.Steps[:i]...), rec.Steps[i+1:]...)
		require.Equal(t, Differ, mustPlay(t, &without).Outcome, "step %d is missing", i)
		twice := rec
		twice.Steps = append(append([]kernel.Step(nil), rec.Steps[:i+1]...), rec.Steps[i:]...)
		require.Equal(t, Differ, mustPlay(t, &twice).Outcome, "step %d comes twice", i)
	}
}

// TestTolerance: a timer's segment may be early by 5 ms and late by T/8 + 10 ms, what
// is done at once by 3 ms and what the recording was late.
func TestTolerance(t *testing.T) {
	rec := find(t, "linger2_acked_active")
	base := mustPlay(t, &rec)
	require.Equal(t, Agree, base.Outcome)
	rec.Steps = append([]kernel.Step(nil), rec.Steps...)
	shift := func(i int, d time.Duration) Outcome {
		moved := rec
		moved.Steps = append([]kernel.Step(nil), rec.Steps...)
		moved.Steps[i].At = moved.Steps[i].At.Add(d)
		moved.End = moved.End.Add(time.Second)
		r := mustPlay(t, &moved)
		return r.Outcome
	}
	out, prompted, timed := 0, -1, -1
	for i := range rec.Steps {
		if rec.Steps[i].Kind != kernel.KindOut {
			continue
		}
		e := base.ours.emissions[out]
		switch m := base.ours.moments[e.moment]; {
		case m.timer && timed < 0:
			timed = i
			w := (&comparison{rec: &rec, ours: base.ours, matched: map[int]tcp.Time{}}).window(e.moment)
			require.Equal(t, m.d/8+early+late, w.to.Sub(w.from)-base.ours.moments[m.anchor].until.Sub(base.ours.moments[m.anchor].at))
			require.Equal(t, Differ, shift(i, w.to.Sub(rec.Steps[i].At)+time.Millisecond))
			require.Equal(t, Differ, shift(i, w.from.Sub(rec.Steps[i].At)-time.Millisecond))
		case !m.timer && prompted < 0:
			prompted = i
			require.Equal(t, Agree, shift(i, prompt/2))
			require.Equal(t, Differ, shift(i, prompt+rec.MaxLate))
		}
		out++
	}
	require.Positive(t, timed)
	require.Positive(t, prompted)
}

func TestUnstable(t *testing.T) {
	rec := find(t, "basic_remote_passive_close_ts")
	last := len(rec.Steps) - 1
	rec.Steps = append([]kernel.Step(nil), rec.Steps...)
	rec.Steps[last].State.State = tcp.StateListen
	rec.Unstable, rec.UnstableAt = "at the end", rec.Steps[last].At
	require.Equal(t, kernel.KindState, rec.Steps[last].Kind)
	require.Equal(t, Unstable, mustPlay(t, &rec).Outcome)
	rec.Steps[0].Call.Ret = 7
	require.Equal(t, Differ, mustPlay(t, &rec).Outcome, "before the place that is named")
}

func TestSkip(t *testing.T) {
	rec := find(t, "basic_remote_passive_close_ts")
	rec.Sysctls = []kernel.Sysctl{{Name: "tcp_magic", Value: "1"}}
	r := mustPlay(t, &rec)
	require.Equal(t, Skip, r.Outcome)
	require.Contains(t, r.Got, "tcp_magic")
	var b bytes.Buffer
	require.NoError(t, ladder.RenderComparison(&b, r.Comparison()))
}

func TestJSON(t *testing.T) {
	rec := find(t, "basic_remote_passive_close_ts")
	rec.Steps = append([]kernel.Step(nil), rec.Steps...)
	rec.Steps[1].Call.Ret = 7
	r := mustPlay(t, &rec)
	var b bytes.Buffer
	require.NoError(t, r.WriteJSON(&b))
	at := float64(rec.Steps[1].At/1000) / 1000
	require.JSONEq(t, fmt.Sprintf(`{"name":"basic_remote_passive_close_ts","group":"basic","result":"differ",
		"at_ms":%v,"want":"bind(l) = 7","got":"bind(l) = 0"}`, at), b.String())
	require.Equal(t, 1, strings.Count(b.String(), "\n"))
}

// TestLadderMarksTheDifference: the first difference stands beside what was recorded.
func TestLadderMarksTheDifference(t *testing.T) {
	rec := find(t, "basic_remote_passive_close_ts")
	rec.Steps = append([]kernel.Step(nil), rec.Steps...)
	for i := range rec.Steps {
		if s := &rec.Steps[i]; s.Kind == kernel.KindOut && s.Segment.Flags.Has(tcp.FIN) {
			s.Segment.Window = 7
		}
	}
	r := mustPlay(t, &rec)
	var b bytes.Buffer
	require.NoError(t, ladder.RenderComparison(&b, r.Comparison()))
	_, after, found := strings.Cut(b.String(), "first difference")
	require.True(t, found)
	require.Contains(t, strings.Join(strings.Split(after, "\n")[1:4], " "), "win 7")
}

// TestLadderOfAgreement has no difference: times and timestamps within the tolerance
// do not count, nor does what only one side knows.
func TestLadderOfAgreement(t *testing.T) {
	marked := 0
	for _, rec := range embedded(t) {
		r := mustPlay(t, &rec)
		if r.Outcome == Agree && strings.Contains(r.Comparison().String(), "first difference") {
			marked++
			t.Log(rec.Name)
		}
	}
	require.Zero(t, marked)
}
