package interp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// anyValue stands for every value.
const anyValue = "*"

// harmless are parameters beyond those of socket.Config.Set, and beyond the values
// that it takes, whose listed values describe what happens here anyway: features of
// which a script would see nothing unless it asked for them by a call, an option or a
// flag that is refused for itself.
var harmless = map[string][]string{
	"tcp_ecn":                                {"0", "2"}, // 2: only when the peer asks; check refuses an ECN SYN
	"tcp_ecn_fallback":                       {"0", "1"},
	"tcp_ecn_option":                         {"0"},
	"tcp_fastopen":                           {"0", "1", "2", "3", "0x0", "0x1", "0x2", "0x3"}, // only with an option, or with MSG_FASTOPEN
	"tcp_syncookies":                         {"0", "1"},                                       // 1: only when the SYN queue overflows
	"tcp_fastopen_key":                       {anyValue},
	"tcp_pacing_ss_ratio":                    {anyValue}, // for a socket with SO_MAX_PACING_RATE
	"tcp_pacing_ca_ratio":                    {anyValue},
	"tcp_autocorking":                        {"0", "1"}, // nothing waits below TCP
	"tcp_fack":                               {"0"},
	"tcp_app_win":                            {"31"},
	"tcp_migrate_req":                        {"0"},
	"tcp_probe_interval":                     {"600"},
	"tcp_probe_threshold":                    {"8"},
	"tcp_reordering":                         {"3"},
	"tcp_max_reordering":                     {"300"},
	"tcp_plb_enabled":                        {"0"},
	"tcp_reflect_tos":                        {"0"},
	"tcp_stdurg":                             {"0"},
	"ip_no_pmtu_disc":                        {"0"},
	"net.core.default_qdisc":                 {"fq", "pfifo_fast", "pfifo", "noqueue"},
	"tcp_limit_output_bytes":                 {"1048576", "4194304", "262144"},
	"tcp_tso_rtt_log":                        {"0"},
	"tcp_comp_sack_nr":                       {"0"},
	"tcp_comp_sack_delay_ns":                 {"0"},
	"tcp_backlog_ack_defer":                  {"0", "1"},
	"tcp_pingpong_thresh":                    {"1"},
	"tcp_low_latency":                        {"0", "1"},
	"tcp_workaround_signed_windows":          {"0"},
	"tcp_tso_win_divisor":                    {"3"}, // nothing is deferred for a larger burst
	"net.inet.tcp.rexmit_slop":               {"0"},
	"net.inet.tcp.ecn.enable":                {"0", "2"},
	"net.inet.tcp.syncookies":                {"0", "1"},
	"net.inet.tcp.syncookies_only":           {"0"},
	"net.inet.tcp.hostcache.purgenow":        {"0", "1"},
	"net.inet.tcp.hostcache.purge":           {"0", "1"},
	"net.inet.tcp.hostcache.enable":          {"0"},
	"net.inet.tcp.path_mtu_discovery":        {"0", "1"},
	"net.inet.tcp.cc.algorithm":              {"newreno"},
	"net.inet.tcp.fast_finwait2_recycle":     {"0"},
	"net.inet.tcp.tso":                       {"0", "1"},
	"net.inet.tcp.fastopen.server_enable":    {"0"},
	"net.inet.tcp.fastopen.client_enable":    {"0", "1"},
	"net.inet.tcp.functions_default":         {"freebsd"},
	"net.inet.tcp.recvbuf_auto":              {"0"},
	"net.inet.tcp.sendbuf_auto":              {"0"},
	"net.inet.tcp.nolocaltimewait":           {"0"},
	"net.inet.tcp.require_unique_port":       {"0", "1"},
	"net.inet.tcp.ts_offset_per_conn":        {"0", "1"},
	"net.inet.tcp.icmp_may_rst":              {"0", "1"},
	"net.inet.icmp.icmplim":                  {"0"},
	"net.inet.tcp.log_in_vain":               {"0"},
	"net.inet.tcp.pmtud_blackhole_detection": {"0"},
	"net.inet.tcp.do_prr":                    {"0"},
	"net.inet.tcp.reass.maxqueuelen":         {"100"},
}

// roomy are parameters of a host with a least value, from which on one script does not
// notice them.
var roomy = map[string]int{
	"tcp_max_orphans": 64, "tcp_max_syn_backlog": 64, "tcp_base_mss": 1, // for tcp_mtu_probing
	"net.core.wmem_max": 1, "net.core.netdev_max_backlog": 64,
}

// bsd are the parameters of BSD systems, by what of the configuration they change.
var bsd = map[string]func(c *hostConfig, n int){
	"net.inet.tcp.blackhole":           func(c *hostConfig, n int) { c.blackhole = n },
	"net.inet.tcp.insecure_rst":        func(c *hostConfig, n int) { c.insecureRST = n != 0 },
	"net.inet.tcp.insecure_syn":        func(c *hostConfig, n int) { c.insecureSYN = n != 0 },
	"net.inet.tcp.drop_synfin":         func(c *hostConfig, n int) { c.dropSYNFIN = n != 0 },
	"net.inet.tcp.rexmit_drop_options": func(c *hostConfig, n int) { c.dropOptions = n != 0 },
	"net.inet.tcp.keepinit":            func(c *hostConfig, n int) { c.KeepInit = n },
	"net.inet.tcp.rfc1323": func(c *hostConfig, n int) {
		c.TCP.Timestamps, c.TCP.WindowScale = toggle(n&(1|2)), toggle(n&(1|4))
		if n&1 == 0 { // 2 and 3 of newer systems: window scale alone, timestamps alone
			c.TCP.WindowScale, c.TCP.Timestamps = toggle(n&2), tcp.Off
		}
		if n == 3 {
			c.TCP.WindowScale, c.TCP.Timestamps = tcp.Off, tcp.On
		}
	},
	"net.inet.tcp.sack.enable": func(c *hostConfig, n int) { c.TCP.SACK = toggle(n) },
	"net.inet.tcp.recvspace": func(c *hostConfig, n int) {
		c.TCP.ReceiveBuffer = clamp(n)
		c.TCP.MaxReceiveBuffer = max(c.TCP.MaxReceiveBuffer, clamp(n))
	},
	"net.inet.tcp.sendspace":        func(c *hostConfig, n int) { c.SendBuffer = clamp(n) },
	"kern.ipc.maxsockbuf":           func(c *hostConfig, n int) { c.TCP.MaxReceiveBuffer = max(clamp(n), c.TCP.ReceiveBuffer) },
	"net.inet.tcp.rexmit_initial":   func(c *hostConfig, n int) { c.TCP.RTOInitial = milliseconds(n) },
	"net.inet.tcp.rexmit_min":       func(c *hostConfig, n int) { c.TCP.RTOMin = milliseconds(n) },
	"net.inet.tcp.keepidle":         func(c *hostConfig, n int) { c.TCP.KeepAliveIdle = milliseconds(n) },
	"net.inet.tcp.keepintvl":        func(c *hostConfig, n int) { c.TCP.KeepAliveInterval = milliseconds(n) },
	"net.inet.tcp.keepcnt":          func(c *hostConfig, n int) { c.TCP.KeepAliveCount = n },
	"net.inet.tcp.always_keepalive": func(c *hostConfig, n int) { c.TCP.KeepAlive = n != 0 },
	"net.inet.tcp.delacktime":       func(c *hostConfig, n int) { c.TCP.DelayedACK = milliseconds(n) },
	"net.inet.tcp.delayed_ack": func(c *hostConfig, n int) {
		if n == 0 {
			c.TCP.DelayedACK = -1
		}
	},
	"net.inet.tcp.msl":               func(c *hostConfig, n int) { c.TCP.MSL = milliseconds(n) },
	"net.inet.tcp.finwait2_timeout":  func(c *hostConfig, n int) { c.TCP.FinWait2Timeout = milliseconds(n) },
	"net.inet.tcp.mssdflt":           func(c *hostConfig, n int) { c.TCP.DefaultSendMSS = n },
	"net.inet.tcp.initcwnd_segments": func(c *hostConfig, n int) { c.TCP.InitialWindow = n },
	"net.inet.tcp.rexmit_retries":    func(c *hostConfig, n int) { c.TCP.DataRetries2 = n },
	"net.inet.tcp.tolerate_missing_ts": func(c *hostConfig, n int) {
		c.TCP.MissingTimestamp = tcp.MissingDropped
		if n != 0 {
			c.TCP.MissingTimestamp = tcp.MissingAccepted
		}
	},
}

// setParameter sets a system-wide parameter. The error names one that is not known,
// or whose value is not supported.
func setParameter(c *hostConfig, name, value string) error {
	short := strings.TrimPrefix(name, "net.ipv4.")
	if values, ok := harmless[short]; ok && (slices.Contains(values, value) || values[0] == anyValue) {
		return nil
	}
	if least, ok := roomy[short]; ok {
		if n, err := strconv.Atoi(value); err == nil && n >= least {
			return nil
		}
	}
	if set, ok := bsd[short]; ok {
		n, err := strconv.Atoi(value)
		if err == nil && short == "net.inet.tcp.blackhole" && n > 2 {
			return fmt.Errorf("sysctl %s=%s", name, value)
		}
		if err != nil || n < 0 || n > 1<<31-1 {
			return fmt.Errorf("sysctl %s=%s: want a number", name, value)
		}
		set(c, n)
		return nil
	}
	if short == "tcp_wmem" {
		return setWriteBuffer(c, name, value)
	}
	if c.Set(name, value) != nil {
		return fmt.Errorf("sysctl %s=%s", name, value)
	}
	return nil
}

// setWriteBuffer sets the send buffer. Linux raises the second number of tcp_wmem as a
// connection is established, from 65536 to 87040: as long as it is the default one,
// so is the buffer.
func setWriteBuffer(c *hostConfig, name, value string) error {
	const usual = 65536
	var v [3]int
	fields := strings.Fields(value)
	for i := range v {
		n, err := 0, error(nil)
		if len(fields) == len(v) {
			n, err = strconv.Atoi(fields[i])
		}
		if n < 1 || err != nil {
			return fmt.Errorf("sysctl %s=%q: want three numbers of octets", name, value)
		}
		v[i] = clamp(n)
	}
	if v[1] != usual {
		c.SendBuffer = v[1]
	}
	return nil
}

func toggle(n int) tcp.Switch {
	if n != 0 {
		return tcp.On
	}
	return tcp.Off
}

// clamp keeps a buffer within what a window can say.
func clamp(n int) int { return min(max(n, 1), 1<<30) }

// milliseconds is a duration of a Config, where −1 means zero.
func milliseconds(n int) time.Duration {
	if n == 0 {
		return -1
	}
	return time.Duration(n) * time.Millisecond
}
