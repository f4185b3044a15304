package interp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// Octets of an IP and a TCP header without options.
const (
	headersIPv4 = 40
	headersIPv6 = 60
)

// The default ports (§5, §6).
const (
	defaultPort     = 8080
	firstRemotePort = 50000
)

// settings are the options at the head of a script (§6).
type settings struct {
	tolerance       packetdrill.Tolerance
	mtu             int
	headers         int // octets, of IP and TCP
	tick            time.Duration
	scaledEcho      bool
	bindPort        uint16
	connectPort     uint16
	strictSegments  bool
	nonFatalPacket  bool
	nonFatalSyscall bool
}

// ignoredOptions change nothing in virtual time, or nothing at all here.
var ignoredOptions = []string{
	"mss", "local_ip", "remote_ip", "gateway_ip", "netmask_ip", "local_linklayer_gateway", "remote_linklayer_gateway",
	"live_local_ip", "live_remote_ip", "live_gateway_ip", "live_prefix", "prefix", "speed", "send_omit_free",
	"init_scripts", "code_command", "code_format", "code_sockopt", "dry_run", "verbose", "debug", "tun_dev", "persistent_tun_dev",
	"no_cleanup", "is_anyip", "wire_client", "wire_server", "wire_client_dev", "wire_server_dev", "wire_server_ip", "wire_server_port", "timeout",
	"ip_ver", "define", "udp_encapsulation",
}

// readSettings reads the options; one that is not known is an *unsupported.
func readSettings(first []string, options []packetdrill.Option) (settings, error) {
	s := settings{
		tolerance: packetdrill.DefaultTolerance, mtu: 1500, headers: headersIPv4,
		bindPort: defaultPort, connectPort: defaultPort,
	}
	if err := s.apply(first); err != nil {
		return s, err
	}
	for i := range options {
		if err := s.option(&options[i]); err != nil {
			return s, err
		}
	}
	if most := 88 + s.headers; s.mtu < most {
		return s, &unsupported{1, fmt.Sprintf("an MTU below %d", most)}
	}
	return s, nil
}

// apply applies options that do not come from the script.
func (s *settings) apply(list []string) error {
	for _, text := range list {
		name, value, has := strings.Cut(text, "=")
		if err := s.option(&packetdrill.Option{Pos: packetdrill.Pos{Line: 1}, Name: name, Value: value, HasValue: has}); err != nil {
			return err
		}
	}
	return nil
}

// CheckSettings says what is wrong with Options.Settings, or returns nil.
func CheckSettings(list []string) error {
	var s settings
	err := s.apply(list)
	var unknown *unsupported
	var bad *failure
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("option %s is not supported", unknown.what)
	case errors.As(err, &bad):
		return fmt.Errorf("option %s is %s, want %s", bad.reason, bad.got, bad.want)
	}
	return nil
}

// option applies one option.
func (s *settings) option(o *packetdrill.Option) error {
	bad := func(want string) error {
		return &failure{o.Pos.Line, "--" + o.Name, want, strconv.Quote(o.Value)}
	}
	number := func(most int64) (int64, error) {
		n, err := strconv.ParseInt(o.Value, 10, 64)
		if err != nil || n < 0 || n > most {
			return 0, bad(fmt.Sprintf("a number from 0 to %d", most))
		}
		return n, nil
	}
	var n int64
	var err error
	switch o.Name {
	case "tolerance_usecs":
		n, err = number(int64(packetdrill.MaxTime / time.Microsecond))
		s.tolerance.Absolute = time.Duration(n) * time.Microsecond
	case "tolerance_percent":
		f, problem := strconv.ParseFloat(o.Value, 64)
		if problem != nil || !(f >= 0 && f <= 1e6) {
			return bad("a percentage from 0 to 1000000")
		}
		s.tolerance.Percent = f
	case "mtu":
		n, err = number(65535)
		s.mtu = int(n)
	case "tcp_ts_tick_usecs":
		n, err = number(1e9)
		s.tick = time.Duration(n) * time.Microsecond
	case "tcp_ts_ecr_scaled":
		s.scaledEcho = o.Value != "0"
	case "bind_port":
		n, err = number(65535)
		s.bindPort = uint16(n)
	case "connect_port":
		n, err = number(65535)
		s.connectPort = uint16(n)
	case "strict_segments":
		s.strictSegments = o.Value != "0"
	case "ip_version":
		return s.ipVersion(o, bad)
	case "non_fatal":
		return s.nonFatal(o, bad)
	default:
		if !slices.Contains(ignoredOptions, o.Name) {
			return &unsupported{o.Pos.Line, "--" + o.Name}
		}
	}
	return err
}

func (s *settings) ipVersion(o *packetdrill.Option, bad func(string) error) error {
	switch o.Value {
	case "ipv4", "ipv4-mapped-ipv6":
		s.headers = headersIPv4
	case "ipv6":
		s.headers = headersIPv6
	default:
		return bad("ipv4, ipv6 or ipv4-mapped-ipv6")
	}
	return nil
}

func (s *settings) nonFatal(o *packetdrill.Option, bad func(string) error) error {
	for _, class := range strings.Split(o.Value, ",") {
		switch class {
		case "packet":
			s.nonFatalPacket = true
		case "syscall":
			s.nonFatalSyscall = true
		default:
			return bad("packet, syscall or both")
		}
	}
	return nil
}
