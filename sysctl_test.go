package tcp

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSysctl(t *testing.T) {
	tests := []struct {
		name, value string
		field       string
		want        any
	}{
		{"tcp_dsack", "0", "DuplicateSACK", Off},
		{"tcp_dsack", "1", "DuplicateSACK", On},
		{"tcp_recovery", "0", "LossDetection", LossRFC6675},
		{"tcp_recovery", "1", "LossDetection", LossRACK},
		{"tcp_early_retrans", "3", "TailLossProbe", true},
		{"tcp_early_retrans", "4", "TailLossProbe", true},
		{"tcp_early_retrans", "2", "TailLossProbe", false},
		{"tcp_fin_timeout", "30", "FinWait2Timeout", 30 * time.Second},
		{"tcp_fin_timeout", "0", "FinWait2Timeout", time.Duration(-1)},
		{"tcp_fin_timeout", "8589934", "FinWait2Timeout", 8589934 * time.Second},
		{"tcp_invalid_ratelimit", "2000", "ChallengeInterval", 2 * time.Second},
		{"tcp_invalid_ratelimit", "0", "ChallengeInterval", time.Duration(-1)},
		{"tcp_keepalive_intvl", "1", "KeepAliveInterval", time.Second},
		{"tcp_keepalive_probes", "2", "KeepAliveCount", 2},
		{"tcp_keepalive_time", "2", "KeepAliveIdle", 2 * time.Second},
		{"tcp_min_tso_segs", "2", "PushEvery", 2},
		{"tcp_orphan_retries", "0", "OrphanRetries", OrphanRetriesAuto},
		{"tcp_orphan_retries", "10", "OrphanRetries", 10},
		{"tcp_retrans_collapse", "0", "RetransmitCollapse", false},
		{"tcp_retrans_collapse", "1", "RetransmitCollapse", true},
		{"tcp_retries1", "4", "DataRetries1", 4},
		{"tcp_retries2", "0", "DataRetries2", -1},
		{"tcp_retries2", "255", "DataRetries2", 255},
		{"tcp_rfc1337", "1", "RFC1337", true},
		{"tcp_rfc1337", "0", "RFC1337", false},
		{"tcp_rmem", "4096 131072 6291456", "ReceiveBuffer", 65536},
		{"tcp_rmem", "4096\t131072\t6291456\n", "MaxReceiveBuffer", 6291456},
		{"tcp_rmem", "4096 8192 2", "MaxReceiveBuffer", 4096},
		{"tcp_rmem", "4096 131072 2147483647", "MaxReceiveBuffer", 1 << 30},
		{"tcp_rto_max_ms", "1000", "RTOMax", time.Second},
		{"tcp_rto_min_us", "5000", "RTOMin", 5 * time.Millisecond},
		{"tcp_sack", "0", "SACK", Off},
		{"tcp_syn_linear_timeouts", "4", "SYNLinearTimeouts", 4},
		{"tcp_syn_linear_timeouts", "0", "SYNLinearTimeouts", -1},
		{"tcp_syn_retries", "127", "SYNRetries", 127},
		{"tcp_synack_retries", "0", "SYNACKRetries", -1},
		{"tcp_synack_retries", "2", "SYNACKRetries", 2},
		{"tcp_timestamps", "0", "Timestamps", Off},
		{"tcp_timestamps", "2", "Timestamps", On},
		{"tcp_tw_reuse", "0", "TimeWaitReuse", ReuseBound},
		{"tcp_tw_reuse", "1", "TimeWaitReuse", ReuseLinux},
		{"tcp_tw_reuse", "2", "TimeWaitReuse", ReuseBound},
		{"tcp_tw_reuse_delay", "60000", "TimeWaitReuseDelay", time.Minute},
		{"tcp_window_scaling", "0", "WindowScale", Off},
		{"tcp_slow_start_after_idle", "0", "SlowStartAfterIdle", Off},
		{"net.core.rmem_max", "212992", "MaxReceiveBuffer", 212992},
		{"net.core.rmem_max", "1", "MaxReceiveBuffer", 65535},
	}
	tested := map[string]bool{}
	for _, tt := range tests {
		tested[tt.name] = true
		for _, prefix := range []string{"", "net.ipv4."} {
			if prefix != "" && strings.HasPrefix(tt.name, "net.") {
				continue
			}
			var cfg Config
			if tt.want == Off || tt.want == false { // so that leaving things as they are is seen
				reflect.ValueOf(&cfg).Elem().FieldByName(tt.field).Set(reflect.ValueOf(map[bool]any{true: true, false: On}[tt.want == false]))
			}
			if err := cfg.Set(prefix+tt.name, tt.value); err != nil {
				t.Errorf("%s=%q: %v", tt.name, tt.value, err)
				continue
			}
			if got := reflect.ValueOf(cfg).FieldByName(tt.field).Interface(); got != tt.want {
				t.Errorf("%s=%q: %s is %v, want %v", tt.name, tt.value, tt.field, got, tt.want)
			}
			if _, err := resolve(&cfg); err != nil {
				t.Errorf("%s=%q: %v", tt.name, tt.value, err)
			}
		}
	}
	for _, s := range sysctls {
		if s.only == "" && s.name != "tcp_wmem" && !tested[s.name] {
			t.Errorf("%s is not tested", s.name)
		}
	}
}

// TestSysctlRanges tries both ends of every range, and one beyond each: what Set
// accepts New accepts too.
func TestSysctlRanges(t *testing.T) {
	for _, s := range sysctls {
		if s.only != "" {
			continue
		}
		for _, v := range []int{s.low, s.high} {
			cfg := Linux()
			if err := cfg.Set(s.name, sysctlText(s, v)); err != nil {
				t.Errorf("%s=%d: %v", s.name, v, err)
			}
			if s.name == "tcp_rto_min_us" && v == s.high || s.name == "tcp_retries1" && v == s.high {
				continue // more than RTOMax and DataRetries2
			}
			if _, err := resolve(&cfg); err != nil {
				t.Errorf("%s=%d: %v", s.name, v, err)
			}
		}
		for _, v := range []string{sysctlText(s, s.low-1), sysctlText(s, s.high+1), "", "x", "1 2", "1 2 3 4", "0x1", "99999999999999999999"} {
			cfg := Linux()
			err := cfg.Set("net.ipv4."+s.name, v)
			var bad *ValueError
			if !errors.As(err, &bad) || bad.Name != s.name || bad.Value != v || bad.Want == "" || bad.Kind != "sysctl" {
				t.Errorf("%s=%q: %v", s.name, v, err)
			}
			if cfg != Linux() {
				t.Errorf("%s=%q: the error changed the Config", s.name, v)
			}
		}
	}
}

func sysctlText(s sysctl, v int) string {
	text := strings.TrimSpace(strings.Repeat(" "+strconv.Itoa(v), 1+2*btoi(s.three)))
	return text
}

func TestSysctlOnlyValue(t *testing.T) {
	for _, s := range sysctls {
		if s.only == "" {
			continue
		}
		cfg := Linux()
		if err := cfg.Set(s.name, s.only); err != nil {
			t.Errorf("%s=%s: %v", s.name, s.only, err)
		}
		for _, v := range []string{"7", "cubic", "", s.only + " " + s.only} {
			var bad *ValueError
			if err := cfg.Set(s.name, v); !errors.As(err, &bad) || !strings.Contains(bad.Want, s.why) {
				t.Errorf("%s=%q: %v", s.name, v, err)
			}
		}
		if cfg != Linux() {
			t.Errorf("%s changed the Config", s.name)
		}
	}
	cfg := Linux()
	if err := cfg.Set("tcp_wmem", "4096 65536 4194304"); err != nil || cfg != Linux() {
		t.Errorf("tcp_wmem: %v", err)
	}
	err := cfg.Set("net.ipv4.tcp_ecn", "2")
	if want := `tcp: sysctl tcp_ecn is "2", want 0, the only value supported: explicit congestion notification is not supported`; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestSysctlUnknownName(t *testing.T) {
	var cfg Config
	var bad *NameError
	for _, name := range []string{"", "tcp_foo", "net.ipv4.", "net.core.tcp_sack", "rmem_max", "TCP_SACK", "net.ipv4.net.ipv4.tcp_sack"} {
		if err := cfg.Set(name, "1"); !errors.As(err, &bad) || bad.Name != name || bad.Host || !slices.Equal(bad.Known, SysctlNames()) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := cfg.Set("tcp_foo", "1"); !strings.Contains(err.Error(), `unknown sysctl "tcp_foo", want one of net.core.rmem_max, tcp_adv`) {
		t.Error(err)
	}
	for _, name := range []string{"tcp_max_tw_buckets", "net.ipv4.tcp_challenge_ack_limit", "ip_local_port_range"} {
		if err := cfg.Set(name, "1"); !errors.As(err, &bad) || !bad.Host || !strings.Contains(err.Error(), "whole host") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if (cfg != Config{}) {
		t.Error("an unknown name changed the Config")
	}
	for _, host := range hostSysctls {
		if slices.Contains(SysctlNames(), host) {
			t.Errorf("%s is in both lists", host)
		}
	}
}

// The interval alone would not mean one in 500 ms where the limit is another.
func TestSysctlRateLimitIsOnePerInterval(t *testing.T) {
	cfg := RFC9293()
	if err := cfg.Set("tcp_invalid_ratelimit", "500"); err != nil || cfg.ChallengeLimit != 1 {
		t.Errorf("ChallengeLimit %d, %v", cfg.ChallengeLimit, err)
	}
}

// Every name is documented where it is used, and the lists are sorted.
func TestSysctlAndOptionNamesAreDocumented(t *testing.T) {
	for _, tt := range []struct {
		file, function string
		names          []string
	}{{"sysctl.go", "Set", SysctlNames()}, {"sockopt.go", "SetOption", OptionNames()}} {
		file, err := parser.ParseFile(token.NewFileSet(), tt.file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		var doc string
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == tt.function {
				doc = f.Doc.Text()
			}
		}
		words := strings.FieldsFunc(doc, func(r rune) bool { return strings.ContainsRune(" \t\n,=", r) })
		for _, name := range tt.names {
			if !slices.Contains(words, name) {
				t.Errorf("%s does not document %s", tt.function, name)
			}
		}
		if len(tt.names) == 0 || !slices.IsSorted(tt.names) {
			t.Errorf("%s: names %v", tt.function, tt.names)
		}
	}
}
