package tcp

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the generated parts of README.md")

const (
	presetsBegin = "<!-- presets: written by go test -run TestReadmePresets -update -->\n"
	presetsEnd   = "<!-- presets end -->\n"
)

// presetSources name the clause or setting behind each field in which the presets
// differ.
var presetSources = map[string]string{
	"AckRange":           "RFC 5961 §5",
	"AckRule":            "RFC 5681 §4.2",
	"Acceptability":      "RFC 9293 §3.10.7.4, first",
	"ChallengeInterval":  "RFC 5961 §7; `tcp_invalid_ratelimit`",
	"ChallengeLimit":     "RFC 5961 §7",
	"CloseInSynReceived": "RFC 9293 §3.10.4",
	"CongestionUnit":     "RFC 5681",
	"DataAfterFIN":       "RFC 9293 §3.10.7.4, seventh",
	"DataMinimum":        "RFC 9293 SHLD-11",
	"DelayFINAck":        "RFC 9293 §3.10.7.4, eighth",
	"DelayedACK":         "RFC 9293 MUST-40",
	"FinWait2TimeWait":   "Linux minisocket",
	"FinWait2Timeout":    "`tcp_fin_timeout`; not in the RFC",
	"GiveUp":             "RFC 9293 §3.8.3",
	"InitialWindow":      "RFC 6928, RFC 5681 §3.1",
	"KeepAliveReset":     "RFC 9293 §3.8.4",
	"LossDetection":      "RFC 6675, RFC 8985; `tcp_recovery`",
	"LastAckAtClose":     "RFC 9293 §3.10.4",
	"MSL":                "RFC 9293 §3.4.2",
	"MaxReceiveBuffer":   "`tcp_rmem[2]`",
	"MissingTimestamp":   "RFC 7323 §3.2",
	"Nagle":              "RFC 9293 §3.7.4",
	"OrphanRetries":      "`tcp_orphan_retries`",
	"PAWSTolerance":      "RFC 7323 §5.3",
	"PushEvery":          "`tcp_min_tso_segs`",
	"RTOEstimator":       "RFC 6298",
	"RTOMax":             "RFC 6298 (2.5); `tcp_rto_max_ms`",
	"RTOMin":             "RFC 6298 (2.4); `tcp_rto_min_us`",
	"ReceiveBuffer":      "`tcp_rmem[1]`",
	"ReceiveWindow":      "RFC 9293 §3.8.6.2.2",
	"ResetOnEarlyFIN":    "RFC 9293 SHLD-3",
	"ResetSequence":      "RFC 5961 §3",
	"ResetTimestamps":    "RFC 7323 §3.2",
	"ResetWithACK":       "RFC 9293 §3.10.5",
	"RetransmitCollapse": "`tcp_retrans_collapse`",
	"SYNACKRetries":      "RFC 9293 MUST-23; `tcp_synack_retries`",
	"SYNLinearTimeouts":  "`tcp_syn_linear_timeouts`",
	"SYNMinimum":         "RFC 9293 MUST-23",
	"SYNRepeatOnBadACK":  "Linux",
	"SYNRetries":         "RFC 9293 MUST-23; `tcp_syn_retries`",
	"StaleSACK":          "RFC 2018 §4",
	"SynReceived":        "RFC 9293 §3.10.7.4",
	"TailLossProbe":      "RFC 8985 §7; `tcp_early_retrans`",
	"TickRate":           "HZ",
	"TimeWaitReuse":      "`tcp_tw_reuse`",
	"TimeWaitRule":       "RFC 9293 §3.10.7.4",
	"TimeWaitSYN":        "RFC 6191",
	"UserTimeout":        "RFC 9293 §3.9.1.1",
	"UserTimeoutStart":   "RFC 9293 §3.10.8; `TCP_USER_TIMEOUT`",
	"WindowUpdate":       "RFC 9293 §3.10.7.4, fifth",
	"AckCompany":         "Linux `tcp_fin`, `tcp_ack`",
	"StaleACK":           "RFC 7323 §4.3, RFC 1122 §4.2.3.6",
	"SplitACK":           "RFC 6298 §5.3",
	"ZeroWindowProbe":    "RFC 9293 §3.8.6.1",
}

// modeNames spell the values of the enumerations, in their order.
var modeNames = map[string][]string{
	"AckRange": {"AckMaxWindow", "AckBytesAcked"}, "AckRule": {"AckEverySecond", "AckAdaptive"},
	"Acceptability": {"AcceptRFC9293", "AcceptLinux"}, "CloseInSynReceived": {"CloseDeferred", "CloseImmediate"},
	"CongestionUnit": {"CongestionOctets", "CongestionSegments"}, "DataAfterFIN": {"AfterFINIgnored", "AfterFINStraddles"},
	"LossDetection": {"LossRFC6675", "LossRACK"}, "GiveUp": {"Counted", "Elapsed"}, "MissingTimestamp": {"MissingDropped", "MissingAccepted"},
	"Nagle": {"NagleRFC9293", "NagleMinshall"}, "RTOEstimator": {"EstimatorRFC6298", "EstimatorLinux"},
	"ReceiveWindow": {"WindowRFC9293", "WindowLinux"}, "ResetSequence": {"ResetExact", "ResetLinux"},
	"SynReceivedRule": {"SynReceivedRFC9293", "SynReceivedLinux"}, "Switch": {"default", "on", "off"},
	"TimeWaitReuse": {"ReuseTimestamps", "ReuseLinux", "ReuseBound", "ReuseNever"}, "TimeWaitRule": {"TimeWaitFINOnly", "TimeWaitAnyACK"},
	"TimeWaitSYN": {"SYNStrict", "SYNLinux", "SYNRFC6191"}, "UserTimeoutStart": {"FromTransmission", "FromRetransmission"},
	"AckCompany": {"CompanyAny", "CompanyNewText"}, "StaleACK": {"StaleACKUsed", "StaleACKIgnored"}, "SplitACK": {"SplitACKCounts", "SplitACKMovesOnly"},
	"WindowUpdate": {"UpdateNewest", "UpdateLinux"}, "ZeroWindowProbe": {"ProbeOctet", "ProbeEmpty"},
}

func spell(v reflect.Value) string {
	if names, ok := modeNames[v.Type().Name()]; ok {
		i := v.Convert(reflect.TypeFor[int]()).Int()
		return names[i]
	}
	switch x := v.Interface().(type) {
	case time.Duration:
		if x == Forever {
			return "Forever"
		}
		if x == 0 {
			return "none"
		}
		if x < time.Second {
			return fmt.Sprint(x.Milliseconds(), " ms")
		}
		return fmt.Sprint(x.Seconds(), " s")
	case bool:
		if x {
			return "on"
		}
		return "off"
	case int:
		if x == OrphanRetriesAuto {
			return "automatic"
		}
		return fmt.Sprint(x)
	}
	return fmt.Sprint(v.Interface())
}

func presetsTable(t *testing.T) string {
	var rows strings.Builder
	rows.WriteString("| field | default | `Linux()` | `RFC9293()` | clause or setting |\n|---|---|---|---|---|\n")
	linux, rfc := Linux(), RFC9293()
	var resolved [3]reflect.Value
	for i, cfg := range []*Config{nil, &linux, &rfc} {
		r, err := resolve(cfg)
		if err != nil {
			t.Fatal(err)
		}
		resolved[i] = reflect.ValueOf(r.Config)
	}
	used := map[string]bool{}
	for i := range resolved[0].NumField() {
		name := resolved[0].Type().Field(i).Name
		a, b, c := resolved[0].Field(i), resolved[1].Field(i), resolved[2].Field(i)
		if a.Equal(b) && a.Equal(c) {
			continue
		}
		source := presetSources[name]
		if source == "" {
			t.Errorf("the presets differ in %s: presetSources must name its clause or setting", name)
		}
		used[name] = true
		sa, sb, sc := spell(a), spell(b), spell(c)
		if name == "InitialWindow" {
			sc = "by size"
		}
		fmt.Fprintf(&rows, "| `%s` | %s | %s | %s | %s |\n", name, sa, sb, sc, source)
	}
	for name := range presetSources {
		if !used[name] {
			t.Errorf("presetSources names %s, in which the presets agree", name)
		}
	}
	return rows.String()
}

// The README lists every field in which the presets differ, with its values.
func TestReadmePresets(t *testing.T) {
	want := presetsTable(t)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), presetsBegin)
	got, after, ok2 := strings.Cut(rest, presetsEnd)
	if !ok1 || !ok2 {
		t.Fatal("README.md has no table of presets between its marks")
	}
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("the table of presets in README.md is out of date: go test -run TestReadmePresets -update\nwant\n%s", want)
	}
	if err := os.WriteFile("README.md", []byte(before+presetsBegin+want+presetsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The README's example is Example, whose output go test checks.
func TestReadmeExample(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```go\n")
	code, rest, _ := strings.Cut(rest, "```\n")
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if code == "" || !strings.Contains(string(example), code) {
		t.Error("the code in README.md is not that of Example")
	}
	_, output, _ := strings.Cut(string(example), "// Output:\n")
	for _, line := range strings.Split(strings.TrimSuffix(output, "}\n"), "\n") {
		if line = strings.TrimPrefix(strings.TrimSpace(line), "// "); !strings.Contains(rest, line) {
			t.Errorf("README.md does not show %q", line)
		}
	}
}
