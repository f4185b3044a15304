package tcp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// NameError is a name that [Config.Set] or [Conn.SetOption] does not know.
type NameError struct {
	Kind  string   // "sysctl" or "socket option"
	Name  string   // as it was given
	Host  bool     // the name exists, but acts on a whole host, not on a connection
	Known []string // the names that are possible; nil if Host
}

// Error names what is unknown, and what is possible.
func (e *NameError) Error() string {
	if e.Host {
		return fmt.Sprintf("tcp: %s %s acts on the whole host, not on a connection", e.Kind, e.Name)
	}
	return fmt.Sprintf("tcp: unknown %s %q, want one of %s", e.Kind, e.Name, strings.Join(e.Known, ", "))
}

// ValueError is a value that a sysctl or socket option cannot have.
type ValueError struct {
	Kind  string // "sysctl" or "socket option"
	Name  string // without the prefix net.ipv4.
	Value string
	Want  string
}

// Error names the value, and what is possible.
func (e *ValueError) Error() string {
	return fmt.Sprintf("tcp: %s %s is %q, want %s", e.Kind, e.Name, e.Value, e.Want)
}

// sysctl describes a name that Config.Set knows: its range, or the only value that
// is supported, and why.
type sysctl struct {
	name      string
	low, high int
	three     bool // three numbers
	only, why string
}

// The ranges of Linux 6.18, as far as a Config can express them.
const (
	maxJiffies = (1<<31 - 1) / 250 // seconds that the kernel can count in ticks of HZ = 250
	maxInt32   = 1<<31 - 1
	maxSYNs    = 127 // MAX_TCP_SYNCNT
)

// sysctls is sorted by name.
var sysctls = [...]sysctl{
	{name: "net.core.rmem_max", low: 1, high: maxInt32},
	{name: "tcp_adv_win_scale", only: "1", why: "half of a receive buffer is window"},
	{name: "tcp_congestion_control", only: "reno", why: "congestion control is that of RFC 5681"},
	{name: "tcp_dsack", high: 1},
	{name: "tcp_early_retrans", high: 4},
	{name: "tcp_ecn", only: "0", why: "explicit congestion notification is not supported"},
	{name: "tcp_fastopen", only: "0", why: "TCP Fast Open is not supported"},
	{name: "tcp_fin_timeout", high: maxJiffies},
	{name: "tcp_frto", only: "0", why: "spurious timeouts are not undone"},
	{name: "tcp_invalid_ratelimit", high: maxInt32},
	{name: "tcp_keepalive_intvl", low: 1, high: maxJiffies},
	{name: "tcp_keepalive_probes", low: 1, high: maxProbes},
	{name: "tcp_keepalive_time", low: 1, high: maxJiffies},
	{name: "tcp_min_tso_segs", low: 1, high: maxPushEvery},
	{name: "tcp_moderate_rcvbuf", only: "0", why: "the receive buffer changes by setter only"},
	{name: "tcp_mtu_probing", only: "0", why: "the segment size follows ICMP only"},
	{name: "tcp_no_metrics_save", only: "1", why: "nothing is carried over from other connections"},
	{name: "tcp_orphan_retries", high: 255},
	{name: "tcp_recovery", high: 1},
	{name: "tcp_retrans_collapse", high: 1},
	{name: "tcp_retries1", low: 1, high: 255},
	{name: "tcp_retries2", high: 255},
	{name: "tcp_rfc1337", high: 1},
	{name: "tcp_rmem", low: 2, high: maxInt32, three: true},
	{name: "tcp_rto_max_ms", low: 1000, high: 120000},
	{name: "tcp_rto_min_us", low: 1, high: maxInt32},
	{name: "tcp_sack", high: 1},
	{name: "tcp_shrink_window", only: "0", why: "a window once offered stays"},
	{name: "tcp_slow_start_after_idle", high: 1},
	{name: "tcp_syn_linear_timeouts", high: maxSYNs},
	{name: "tcp_syn_retries", low: 1, high: maxSYNs},
	{name: "tcp_synack_retries", high: 255},
	{name: "tcp_thin_linear_timeouts", only: "0", why: "every timeout backs off"},
	{name: "tcp_timestamps", high: 2},
	{name: "tcp_tw_reuse", high: 2},
	{name: "tcp_tw_reuse_delay", low: 1, high: 60000},
	{name: "tcp_window_scaling", high: 1},
	{name: "tcp_wmem", low: 1, high: maxInt32, three: true},
}

// hostSysctls act on a whole host.
var hostSysctls = [...]string{
	"ip_local_port_range", "ip_local_reserved_ports", "net.core.somaxconn", "tcp_abort_on_overflow",
	"tcp_challenge_ack_limit", "tcp_max_orphans", "tcp_max_syn_backlog", "tcp_max_tw_buckets",
	"tcp_mem", "tcp_syncookies",
}

// SysctlNames returns the names that [Config.Set] knows, sorted, without the prefix
// net.ipv4.
func SysctlNames() []string {
	names := make([]string, 0, len(sysctls))
	for _, s := range sysctls {
		names = append(names, s.name)
	}
	return names
}

// Set changes cfg by the name of a sysctl of Linux, with or without the prefix
// net.ipv4., to a value as sysctl prints it. Every one acts on the connections made
// from cfg afterwards. An unknown name is a *NameError, any other value a *ValueError;
// both change nothing. A 0 that Linux takes for zero becomes the −1 of a Config. Two
// values that contradict each other, as a tcp_retries1 above tcp_retries2, are
// reported by New.
//
//	tcp_dsack                 0 or 1
//	tcp_early_retrans         0 to 4; 3 and 4 switch TailLossProbe on, the others off
//	tcp_fin_timeout           seconds, 0 to 8589934
//	tcp_invalid_ratelimit     milliseconds between two challenge ACKs; 0: no limit
//	tcp_keepalive_intvl       seconds, 1 to 8589934
//	tcp_keepalive_probes      1 to 127
//	tcp_keepalive_time        seconds, 1 to 8589934
//	tcp_min_tso_segs          1 to 64; PushEvery
//	tcp_orphan_retries        0 to 255; 0: OrphanRetriesAuto
//	tcp_recovery              0 or 1; LossDetection
//	tcp_retrans_collapse      0 or 1
//	tcp_retries1              1 to 255
//	tcp_retries2              0 to 255; with GiveUp Elapsed 0 still allows one retransmission
//	tcp_rfc1337               0 or 1
//	tcp_rmem                  three numbers of octets, 2 to 2147483647: the smallest, which only
//	                          counts when a host is short of memory and changes nothing here; the
//	                          initial buffer, half of which is ReceiveBuffer; the largest, which
//	                          is MaxReceiveBuffer (at most 2^30, at least ReceiveBuffer)
//	tcp_rto_max_ms            milliseconds, 1000 to 120000
//	tcp_rto_min_us            microseconds, 1 to 2147483647
//	tcp_sack                  0 or 1
//	tcp_slow_start_after_idle 0 or 1
//	tcp_syn_linear_timeouts   0 to 127
//	tcp_syn_retries           1 to 127
//	tcp_synack_retries        0 to 255
//	tcp_timestamps            0 to 2; 1 and 2 differ in the offset, which the caller chooses
//	tcp_tw_reuse              0 to 2; 2, for loopback only, is ReuseBound as 0
//	tcp_tw_reuse_delay        milliseconds, 1 to 60000
//	tcp_window_scaling        0 or 1
//	net.core.rmem_max         octets, 1 to 2147483647; raises MaxReceiveBuffer, as it does the
//	                          window scale; after tcp_rmem
//
// These are accepted with the one value that describes the connection, or act beside
// it, and change nothing:
//
//	tcp_adv_win_scale=1, tcp_congestion_control=reno, tcp_ecn=0, tcp_fastopen=0,
//	tcp_frto=0, tcp_moderate_rcvbuf=0, tcp_mtu_probing=0, tcp_no_metrics_save=1,
//	tcp_shrink_window=0, tcp_thin_linear_timeouts=0
//	tcp_wmem                  three numbers of octets, 1 to 2147483647; the octets to be sent
//	                          are kept by the caller
func (cfg *Config) Set(name, value string) error {
	short := strings.TrimPrefix(name, "net.ipv4.")
	for _, host := range hostSysctls {
		if short == host {
			return &NameError{Kind: "sysctl", Name: name, Host: true}
		}
	}
	for _, s := range sysctls {
		if s.name == short {
			v, err := s.parse(value)
			if err == nil {
				cfg.apply(short, v)
			}
			return err
		}
	}
	return &NameError{Kind: "sysctl", Name: name, Known: SysctlNames()}
}

// parse reads the value of s; a single number is the first.
func (s sysctl) parse(value string) (v [3]int, err error) {
	fields := strings.Fields(value)
	if s.only != "" {
		if len(fields) != 1 || fields[0] != s.only {
			return v, s.bad(value, s.only+", the only value supported: "+s.why)
		}
		return v, nil
	}
	want := strconv.Itoa(s.low) + " to " + strconv.Itoa(s.high)
	count := 1
	if s.three {
		count = len(v)
		want = "three numbers, each " + want
	}
	if len(fields) != count {
		return v, s.bad(value, want)
	}
	for i, field := range fields {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil || n < int64(s.low) || n > int64(s.high) {
			return v, s.bad(value, want)
		}
		v[i] = int(n)
	}
	return v, nil
}

func (s sysctl) bad(value, want string) error {
	return &ValueError{Kind: "sysctl", Name: s.name, Value: value, Want: want}
}

// apply changes the field that a sysctl stands for.
func (cfg *Config) apply(name string, v [3]int) {
	n := v[0]
	switch name {
	case "net.core.rmem_max":
		cfg.raiseMaxReceiveBuffer(n)
	case "tcp_rmem":
		cfg.ReceiveBuffer, cfg.MaxReceiveBuffer = v[1]/2, 0
		cfg.raiseMaxReceiveBuffer(v[2])
	case "tcp_dsack":
		cfg.DuplicateSACK = onOff(n)
	case "tcp_sack":
		cfg.SACK = onOff(n)
	case "tcp_timestamps":
		cfg.Timestamps = onOff(n)
	case "tcp_window_scaling":
		cfg.WindowScale = onOff(n)
	case "tcp_slow_start_after_idle":
		cfg.SlowStartAfterIdle = onOff(n)
	case "tcp_fin_timeout":
		cfg.FinWait2Timeout = orZero(time.Duration(n) * time.Second)
	case "tcp_keepalive_intvl":
		cfg.KeepAliveInterval = time.Duration(n) * time.Second
	case "tcp_keepalive_probes":
		cfg.KeepAliveCount = n
	case "tcp_keepalive_time":
		cfg.KeepAliveIdle = time.Duration(n) * time.Second
	case "tcp_invalid_ratelimit":
		cfg.ChallengeLimit = 1
		cfg.ChallengeInterval = orZero(time.Duration(n) * time.Millisecond)
	case "tcp_rfc1337":
		cfg.RFC1337 = n != 0
	default:
		cfg.applyRetransmission(name, n)
	}
}

func (cfg *Config) applyRetransmission(name string, n int) {
	switch name {
	case "tcp_early_retrans":
		cfg.TailLossProbe = n >= 3
	case "tcp_min_tso_segs":
		cfg.PushEvery = n
	case "tcp_orphan_retries":
		cfg.OrphanRetries = n
		if n == 0 {
			cfg.OrphanRetries = OrphanRetriesAuto
		}
	case "tcp_recovery":
		cfg.LossDetection = LossDetection(n)
	case "tcp_retrans_collapse":
		cfg.RetransmitCollapse = n != 0
	case "tcp_retries1":
		cfg.DataRetries1 = n
	case "tcp_retries2":
		cfg.DataRetries2 = orZero(n)
	case "tcp_rto_max_ms":
		cfg.RTOMax = time.Duration(n) * time.Millisecond
	case "tcp_rto_min_us":
		cfg.RTOMin = time.Duration(n) * time.Microsecond
	case "tcp_syn_linear_timeouts":
		cfg.SYNLinearTimeouts = orZero(n)
	case "tcp_syn_retries":
		cfg.SYNRetries = n
	case "tcp_synack_retries":
		cfg.SYNACKRetries = orZero(n)
	case "tcp_tw_reuse":
		cfg.TimeWaitReuse = ReuseBound
		if n == 1 {
			cfg.TimeWaitReuse = ReuseLinux
		}
	case "tcp_tw_reuse_delay":
		cfg.TimeWaitReuseDelay = time.Duration(n) * time.Millisecond
	}
}

// raiseMaxReceiveBuffer raises MaxReceiveBuffer to n octets if it is less, as far
// as a window can say them.
func (cfg *Config) raiseMaxReceiveBuffer(n int) {
	buffer := max(cfg.ReceiveBuffer, cfg.MaxReceiveBuffer)
	if buffer <= 0 {
		buffer = 65535
	}
	cfg.MaxReceiveBuffer = max(cfg.MaxReceiveBuffer, buffer, min(n, maxBuffer))
}

func onOff(n int) Switch {
	if n != 0 {
		return On
	}
	return Off
}

// orZero writes zero as a Config does.
func orZero[T ~int | ~int64](v T) T {
	if v == 0 {
		return -1
	}
	return v
}
