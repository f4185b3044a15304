package tcp

import (
	"errors"
	"fmt"
	"time"
)

// ConfigError is one problem of a [Config]. The error of [New] joins one for each.
type ConfigError struct {
	Field string // name of the field of Config
	Value any    // what it holds, of the field's type
	Want  string // what it may hold
}

// Error names the field, its value and what is allowed.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("tcp: Config.%s is %s, want %s", e.Field, showValue(e.Value), e.Want)
}

func showValue(v any) string {
	switch v {
	case Forever:
		return "Forever"
	case time.Duration(-1):
		return "-1"
	}
	return fmt.Sprint(v)
}

// config is a Config in which every value is final: defaults are filled in, −1 is 0,
// a Switch is On or Off. Forever stays, and a UserTimeout of 0 is off as well. It never
// changes, and is shared by all connections made from it.
type config struct {
	Config
	rtt   rttParams
	tick  time.Duration // 0: exact timers
	shift uint8         // window scale announced
}

// Bounds of what a Config may hold.
const (
	maxMSS           = 65535 - 40                      // what an IPv4 datagram has room for
	maxBuffer        = 1 << 30                         // the largest window: RFC 7323 §2.3
	maxInitialWindow = 1 << 14                         // so that no window exceeds 2^30 octets
	longest          = 1<<31*time.Second - time.Second // as many seconds as a sysctl can say
	longestRTO       = 24 * time.Hour                  // so that 255 of them can be added up
	maxDelayedACK    = 500*time.Millisecond - 1        // MUST-40
	maxProbes        = 127                             // MAX_TCP_KEEPCNT
	maxPushEvery     = 64
	minTickRate      = 24
	maxTickRate      = 1000
)

// resolve checks cfg as a whole and makes it final. nil is the zero Config.
func resolve(cfg *Config) (*config, error) {
	res := new(config)
	if cfg != nil {
		res.Config = *cfg
	}
	var r resolver
	r.sizes(&res.Config)
	r.timeouts(&res.Config)
	r.retransmission(&res.Config)
	r.keepAlive(&res.Config)
	r.timeWait(&res.Config)
	r.modes(&res.Config)
	if res.TickRate > 0 {
		res.tick = time.Second / time.Duration(res.TickRate)
	}
	r.together(&res.Config, res.tick)
	if r.problems != nil {
		return nil, errors.Join(r.problems...)
	}
	res.rtt = rttParams{
		estimator: res.RTOEstimator,
		initial:   res.RTOInitial, min: res.RTOMin, max: res.RTOMax,
		// G of RFC 6298: exact timers have none.
		granularity: res.tick, tick: res.tick,
	}
	for res.shift < maxShift && res.MaxReceiveBuffer>>res.shift > 65535 {
		res.shift++
	}
	return res, nil
}

// settings are the values that setters start from.
func (cfg *config) settings() settings {
	return settings{
		keepIdle:      cfg.KeepAliveIdle,
		keepInterval:  cfg.KeepAliveInterval,
		keepCount:     uint8(cfg.KeepAliveCount),
		keepAlive:     cfg.KeepAlive,
		userTimeout:   cfg.UserTimeout,
		linger:        -1,
		buffer:        int32(cfg.ReceiveBuffer),
		mss:           uint16(cfg.MSS),
		synRetries:    uint8(cfg.SYNRetries),
		noDelay:       cfg.NoDelay,
		finWait2Reset: cfg.FinWait2Reset,
	}
}

// resolver collects the problems of a Config. A field with a problem gets its default,
// so that the rest can be checked.
type resolver struct{ problems []error }

func (r *resolver) bad(field string, value any, format string, args ...any) {
	r.problems = append(r.problems, &ConfigError{Field: field, Value: value, Want: fmt.Sprintf(format, args...)})
}

// good reports whether none of the fields has a problem of its own.
func (r *resolver) good(fields ...string) bool {
	for _, problem := range r.problems {
		for _, field := range fields {
			if problem.(*ConfigError).Field == field {
				return false
			}
		}
	}
	return true
}

// number resolves a field that holds low to high; a low of 0 makes −1 legal.
func (r *resolver) number(field string, v *int, def, low, high int) {
	switch {
	case *v == 0:
		*v = def
	case *v == -1 && low == 0:
		*v = 0
	case *v < low || *v > high:
		if low == 0 {
			r.bad(field, *v, "1 to %d, or -1 for none", high)
		} else {
			r.bad(field, *v, "%d to %d", low, high)
		}
		*v = def
	}
}

// special is number for a field that has one more value, with a name.
func (r *resolver) special(field string, v *int, def, low, high, value int, name string) {
	if *v == value {
		return
	}
	before := len(r.problems)
	r.number(field, v, def, low, high)
	if len(r.problems) > before {
		r.problems[before].(*ConfigError).Want += ", or " + name
	}
}

// duration resolves a field that holds more than 0 and at most high; zero makes
// −1 legal.
func (r *resolver) duration(field string, v *time.Duration, def, high time.Duration, zero bool) {
	switch {
	case *v == 0:
		*v = def
	case *v == -1 && zero:
		*v = 0
	case *v < 0 || *v > high:
		if zero {
			r.bad(field, *v, "more than 0 and at most %v, or -1 for none", high)
		} else {
			r.bad(field, *v, "more than 0 and at most %v", high)
		}
		*v = def
	}
}

// endless is duration for a field that may be Forever.
func (r *resolver) endless(field string, v *time.Duration, def time.Duration) {
	if *v == Forever {
		return
	}
	before := len(r.problems)
	r.duration(field, v, def, longest, true)
	if len(r.problems) > before {
		r.problems[before].(*ConfigError).Want += ", or Forever"
	}
}

// on resolves a Switch that is on by default.
func (r *resolver) on(field string, v *Switch) {
	switch *v {
	case Default:
		*v = On
	case On, Off:
	default:
		r.bad(field, *v, "Default, On or Off")
		*v = On
	}
}

// mode checks a field that holds one of the constants of its type.
func mode[T ~uint8](r *resolver, field string, v *T, last T) {
	if *v > last {
		r.bad(field, *v, "one of its type's constants, 0 to %d", last)
		*v = 0
	}
}

func (r *resolver) sizes(cfg *Config) {
	r.number("MSS", &cfg.MSS, 1460, minMSS, maxMSS)
	r.number("DefaultSendMSS", &cfg.DefaultSendMSS, 536, minMSS, maxMSS)
	r.number("ReceiveBuffer", &cfg.ReceiveBuffer, 65535, 1, maxBuffer)
	r.number("MaxReceiveBuffer", &cfg.MaxReceiveBuffer, cfg.ReceiveBuffer, 1, maxBuffer)
	r.special("InitialWindow", &cfg.InitialWindow, 10, 1, maxInitialWindow, InitialWindowRFC5681, "InitialWindowRFC5681")
	r.on("WindowScale", &cfg.WindowScale)
	r.on("SlowStartAfterIdle", &cfg.SlowStartAfterIdle)
	r.on("Timestamps", &cfg.Timestamps)
	r.on("SACK", &cfg.SACK)
	r.on("DuplicateSACK", &cfg.DuplicateSACK)
	r.on("ResetTimestamps", &cfg.ResetTimestamps)
}

// timeouts: where a default would break a limit that was chosen, the limit counts.
func (r *resolver) timeouts(cfg *Config) {
	r.duration("MSL", &cfg.MSL, 30*time.Second, longest, true)
	r.endless("FinWait2Timeout", &cfg.FinWait2Timeout, time.Minute)
	r.duration("RTOMax", &cfg.RTOMax, 120*time.Second, longestRTO, false)
	r.duration("RTOInitial", &cfg.RTOInitial, min(time.Second, cfg.RTOMax), longestRTO, false)
	r.duration("RTOMin", &cfg.RTOMin, min(200*time.Millisecond, cfg.RTOMax), longestRTO, true)
	r.duration("DataMinimum", &cfg.DataMinimum, 0, longest, true)
	r.duration("SYNMinimum", &cfg.SYNMinimum, 0, longest, true)
	r.endless("UserTimeout", &cfg.UserTimeout, 0)
	r.duration("DelayedACK", &cfg.DelayedACK, 40*time.Millisecond, maxDelayedACK, true)
	r.on("DelayFINAck", &cfg.DelayFINAck)
}

func (r *resolver) retransmission(cfg *Config) {
	mode(r, "RTOEstimator", &cfg.RTOEstimator, EstimatorLinux)
	mode(r, "GiveUp", &cfg.GiveUp, Elapsed)
	r.number("DataRetries2", &cfg.DataRetries2, 15, 0, 255)
	r.number("DataRetries1", &cfg.DataRetries1, max(min(3, cfg.DataRetries2), 1), 1, 255)
	r.special("OrphanRetries", &cfg.OrphanRetries, 8, 0, 255, OrphanRetriesAuto, "OrphanRetriesAuto")
	r.number("SYNLinearTimeouts", &cfg.SYNLinearTimeouts, 0, 0, 254)
	r.number("SYNRetries", &cfg.SYNRetries, min(7, 255-cfg.SYNLinearTimeouts), 1, 255)
	r.number("SYNACKRetries", &cfg.SYNACKRetries, 7, 0, 255)
	mode(r, "UserTimeoutStart", &cfg.UserTimeoutStart, FromRetransmission)
	mode(r, "AckRule", &cfg.AckRule, AckAdaptive)
}

func (r *resolver) keepAlive(cfg *Config) {
	r.duration("KeepAliveIdle", &cfg.KeepAliveIdle, 2*time.Hour, longest, false)
	r.duration("KeepAliveInterval", &cfg.KeepAliveInterval, 75*time.Second, longest, false)
	r.number("KeepAliveCount", &cfg.KeepAliveCount, 9, 1, maxProbes)
	r.on("KeepAliveReset", &cfg.KeepAliveReset)
}

func (r *resolver) timeWait(cfg *Config) {
	mode(r, "TimeWaitSYN", &cfg.TimeWaitSYN, SYNRFC6191)
	mode(r, "TimeWaitRule", &cfg.TimeWaitRule, TimeWaitAnyACK)
	mode(r, "TimeWaitReuse", &cfg.TimeWaitReuse, ReuseNever)
	r.duration("TimeWaitReuseDelay", &cfg.TimeWaitReuseDelay, time.Second, longest, true)
	r.number("ChallengeLimit", &cfg.ChallengeLimit, 1, 0, 255)
	r.duration("ChallengeInterval", &cfg.ChallengeInterval, 500*time.Millisecond, longest, true)
}

func (r *resolver) modes(cfg *Config) {
	mode(r, "ResetSequence", &cfg.ResetSequence, ResetLinux)
	mode(r, "Acceptability", &cfg.Acceptability, AcceptLinux)
	mode(r, "AckRange", &cfg.AckRange, AckBytesAcked)
	mode(r, "MissingTimestamp", &cfg.MissingTimestamp, MissingAccepted)
	mode(r, "DataAfterFIN", &cfg.DataAfterFIN, AfterFINStraddles)
	mode(r, "SynReceived", &cfg.SynReceived, SynReceivedLinux)
	mode(r, "CloseInSynReceived", &cfg.CloseInSynReceived, CloseImmediate)
	mode(r, "ReceiveWindow", &cfg.ReceiveWindow, WindowLinux)
	mode(r, "WindowUpdate", &cfg.WindowUpdate, UpdateLinux)
	mode(r, "AckCompany", &cfg.AckCompany, CompanyNewText)
	mode(r, "StaleACK", &cfg.StaleACK, StaleACKIgnored)
	mode(r, "SplitACK", &cfg.SplitACK, SplitACKMovesOnly)
	mode(r, "LossDetection", &cfg.LossDetection, LossRACK)
	mode(r, "Nagle", &cfg.Nagle, NagleMinshall)
	mode(r, "CongestionUnit", &cfg.CongestionUnit, CongestionSegments)
	r.number("PushEvery", &cfg.PushEvery, 0, 0, maxPushEvery)
	mode(r, "ZeroWindowProbe", &cfg.ZeroWindowProbe, ProbeEmpty)
	switch {
	case cfg.TickRate == -1:
		cfg.TickRate = 0
	case cfg.TickRate != 0 && (cfg.TickRate < minTickRate || cfg.TickRate > maxTickRate):
		r.bad("TickRate", cfg.TickRate, "%d to %d, or 0 for exact timers", minTickRate, maxTickRate)
	}
	if cfg.TickPhase == -1 {
		cfg.TickPhase = 0
	}
}

// together checks the fields that limit one another.
func (r *resolver) together(cfg *Config, tick time.Duration) {
	if r.good("ReceiveBuffer", "MaxReceiveBuffer") && cfg.MaxReceiveBuffer < cfg.ReceiveBuffer {
		r.bad("MaxReceiveBuffer", cfg.MaxReceiveBuffer, "at least ReceiveBuffer, %d", cfg.ReceiveBuffer)
	}
	if r.good("RTOInitial", "RTOMax") && cfg.RTOInitial > cfg.RTOMax {
		r.bad("RTOInitial", cfg.RTOInitial, "at most RTOMax, %v", cfg.RTOMax)
	}
	if r.good("RTOMin", "RTOMax") && cfg.RTOMin > cfg.RTOMax {
		r.bad("RTOMin", cfg.RTOMin, "at most RTOMax, %v", cfg.RTOMax)
	}
	if r.good("DataRetries1", "DataRetries2") && cfg.DataRetries1 > max(cfg.DataRetries2, 1) {
		r.bad("DataRetries1", cfg.DataRetries1, "at most DataRetries2, %d", cfg.DataRetries2)
	}
	if r.good("SYNRetries", "SYNLinearTimeouts") && cfg.SYNRetries+cfg.SYNLinearTimeouts > 255 {
		r.bad("SYNRetries", cfg.SYNRetries, "together with SYNLinearTimeouts, %d, at most 255", cfg.SYNLinearTimeouts)
	}
	switch {
	case !r.good("TickRate"):
	case tick == 0 && cfg.TickPhase != 0:
		r.bad("TickPhase", cfg.TickPhase, "0 where TickRate is 0")
	case tick > 0 && (cfg.TickPhase < 0 || cfg.TickPhase >= tick):
		r.bad("TickPhase", cfg.TickPhase, "0 or more and less than a tick, %v", tick)
	}
}
