package kernel

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

func TestEmbeddedIsWhole(t *testing.T) {
	recs, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if len(recs) != 1301 {
		t.Errorf("%d recordings, want 1301", len(recs))
	}
	want := []struct {
		group string
		n     int
	}{
		{"basic", 34}, {"close", 72}, {"finloss", 69}, {"finwait2", 40}, {"timewait", 161}, {"ooofin", 51},
		{"delack", 65}, {"simultaneous", 22}, {"keepalive", 27}, {"zerowin", 23}, {"timeout", 24},
		{"challenge", 25}, {"sharing", 10}, {"opening", 34}, {"limits", 6}, {"matrix", 434}, {"matrix_ts", 204},
	}
	count := make(map[string]int)
	kinds := make(map[Kind]int)
	unstable := 0
	for _, r := range recs {
		count[r.Group]++
		for _, s := range r.Steps {
			kinds[s.Kind]++
		}
		if r.Unstable != "" {
			unstable++
			if r.UnstableAt <= 0 || r.UnstableAt > r.End {
				t.Errorf("%s: unstable at %v, outside of the recording", r.Name, r.UnstableAt)
			}
		}
		if r.Kernel != "6.18.44" || r.HZ != 250 {
			t.Errorf("%s: kernel %s, HZ %d", r.Name, r.Kernel, r.HZ)
		}
	}
	groups := Groups(recs)
	if len(groups) != len(want) {
		t.Fatalf("groups %v, want %d", groups, len(want))
	}
	for i, w := range want {
		if groups[i] != w.group || count[w.group] != w.n {
			t.Errorf("group %d is %s with %d recordings, want %s with %d", i, groups[i], count[groups[i]], w.group, w.n)
		}
	}
	wantKinds := map[Kind]int{KindCall: 8061, KindIn: 6330, KindOut: 6300, KindState: 7404, KindPoll: 3143}
	if !reflect.DeepEqual(kinds, wantKinds) {
		t.Errorf("steps by kind %v, want %v", kinds, wantKinds)
	}
	if unstable != 6 {
		t.Errorf("%d unstable recordings, want 6", unstable)
	}
}

func TestEmbeddedIsTheSameEachTime(t *testing.T) {
	a, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("two reads differ")
	}
	a[0].Steps[0].At = 42
	a[0].Name = "changed"
	if b[0].Name == "changed" || b[0].Steps[0].At == 42 {
		t.Error("two reads share memory")
	}
}

// Writing every recording again from the model must give what was read, field by
// field: the model loses nothing and adds nothing.
func TestModelIsFaithful(t *testing.T) {
	recs, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(embedded))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, MaxLine)
	n := 0
	for ; lines.Scan(); n++ {
		var want map[string]any
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		got := encode(&recs[n])
		wantSteps, gotSteps := want["steps"].([]any), got["steps"].([]any)
		for i := range wantSteps {
			if i < len(gotSteps) && !reflect.DeepEqual(gotSteps[i], wantSteps[i]) {
				t.Fatalf("%s: step %d:\n got %v\nwant %v", recs[n].Name, i+1, gotSteps[i], wantSteps[i])
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n got %v\nwant %v", recs[n].Name, got, want)
		}
	}
	if err := lines.Err(); err != nil || n != len(recs) {
		t.Fatalf("%d lines of %d: %v", n, len(recs), err)
	}
}

type object = map[string]any

func millis[T ~int64](t T) any { return float64(t) / 1e6 }

func put(o object, key string, v any, present bool) {
	if present {
		o[key] = v
	}
}

func encode(r *Recording) object {
	sysctls := object{}
	for _, s := range r.Sysctls {
		sysctls[s.Name] = s.Value
	}
	steps := []any{}
	for i := range r.Steps {
		steps = append(steps, encodeStep(&r.Steps[i]))
	}
	o := object{
		"name": r.Name, "desc": r.Desc, "group": r.Group, "role": r.Role.String(), "timestamps": r.Timestamps,
		"sack": r.SACK, "sysctls": sysctls, "kernel": r.Kernel, "hz": float64(r.HZ),
		"max_late_ms": millis(r.MaxLate), "end_ms": millis(r.End), "steps": steps,
	}
	put(o, "unstable", r.Unstable, r.Unstable != "")
	return o
}

func encodeStep(s *Step) object {
	o := object{"at_ms": millis(s.At)}
	switch s.Kind {
	case KindCall:
		c := &s.Call
		o["call"], o["fd"], o["ret"] = c.Name, string(c.FD), float64(c.Ret)
		put(o, "n", float64(c.N), c.Name == "read" || c.Name == "write" || c.Name == "listen")
		put(o, "how", c.How, c.How != "")
		put(o, "opt", c.Option, c.Name == "setsockopt")
		if c.Name == "setsockopt" {
			vals := []any{}
			for _, v := range c.Values {
				vals = append(vals, float64(v))
			}
			o["vals"] = vals
		}
		put(o, "err", c.Err, c.Err != "")
		put(o, "end_ms", millis(c.End), c.End != s.At)
	case KindIn, KindOut:
		o[s.Kind.String()] = encodeSegment(&s.Segment)
	case KindState:
		for _, n := range stateNames {
			if n.state == s.State.State {
				o["state"] = n.name
			}
		}
		o["timer"] = s.State.Timer.String()
		put(o, "after_ms", millis(s.State.After), s.State.After != 0)
		put(o, "timer_ms", millis(s.State.TimerLeft), s.State.TimerLeft != 0)
		put(o, "retrans", float64(s.State.Retransmits), s.State.Retransmits != 0)
		put(o, "rto_ms", millis(s.State.RTO), s.State.RTO != 0)
	case KindPoll:
		o["poll"], o["after_ms"] = s.Poll.Bits.String(), millis(s.Poll.After)
	}
	return o
}

func encodeSegment(s *Segment) object {
	letters := ""
	for _, l := range []struct {
		letter string
		flag   tcp.Flags
	}{{"F", tcp.FIN}, {"S", tcp.SYN}, {"R", tcp.RST}, {"P", tcp.PSH}, {".", tcp.ACK}} {
		if s.Flags.Has(l.flag) {
			letters += l.letter
		}
	}
	if letters == "" {
		letters = "-"
	}
	opt := &s.Options
	o := object{"flags": letters, "seq": float64(s.Seq), "ack": float64(s.Ack), "win": float64(s.Window), "len": float64(s.Len)}
	put(o, "mss", float64(opt.MSS), opt.Has(tcp.OptMSS))
	put(o, "wscale", float64(opt.WindowScale), opt.Has(tcp.OptWindowScale))
	put(o, "sackok", true, opt.Has(tcp.OptSACKPermitted))
	put(o, "tsval", float64(opt.TSVal), opt.Has(tcp.OptTimestamps))
	put(o, "tsecr", float64(opt.TSEcr), opt.Has(tcp.OptTimestamps) && !s.TSEcrZero)
	if opt.NumSACK > 0 {
		blocks := []any{}
		for _, b := range opt.SACK[:opt.NumSACK] {
			blocks = append(blocks, []any{float64(b.Left), float64(b.Right)})
		}
		o["sack"] = blocks
	}
	put(o, "new_isn", true, s.NewISN)
	put(o, "isn_delta", float64(s.ISNDelta), s.NewISN)
	put(o, "abs_seq", true, s.AbsSeq)
	return o
}

func TestGroupsKeepsUnknownOnesLast(t *testing.T) {
	recs := []Recording{{Group: "mine"}, {Group: "matrix"}, {Group: "other"}, {Group: "basic"}, {Group: "mine"}}
	want := []string{"basic", "matrix", "mine", "other"}
	if got := Groups(recs); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseFlags(t *testing.T) {
	for s, want := range map[string]tcp.Flags{
		"-": 0, ".": tcp.ACK, "F.": tcp.FIN | tcp.ACK, "FSRP.UEW": 0xff, "WEU.PRSF": 0xff,
	} {
		if got, err := ParseFlags(s); got != want || err != nil {
			t.Errorf("%q: %08b, %v, want %08b", s, got, err, want)
		}
	}
	for _, s := range []string{"", "A", "f.", "F.F", "-.", "F ", "é"} {
		if got, err := ParseFlags(s); err == nil {
			t.Errorf("%q: %08b, want an error", s, got)
		}
	}
}

func BenchmarkEmbedded(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := Embedded(); err != nil {
			b.Fatal(err)
		}
	}
}
