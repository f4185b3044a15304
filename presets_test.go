package tcp

import (
	"reflect"
	"testing"
	"time"
)

// presetRow is a field of Config, resolved, in the three presets.
type presetRow struct {
	field                   string
	standard, linux, strict any // the defaults, Linux, RFC9293
}

// presetRows are the fields in which the presets differ.
var presetRows = []presetRow{
	{"ReceiveBuffer", 65535, 65536, 65535},
	{"MaxReceiveBuffer", 65535, 6291456, 65535},
	{"InitialWindow", 10, 10, InitialWindowRFC5681},
	{"MSL", 30 * time.Second, 30 * time.Second, 120 * time.Second},
	{"FinWait2Timeout", 60 * time.Second, 60 * time.Second, Forever},
	{"FinWait2TimeWait", false, true, false},
	{"RTOEstimator", EstimatorRFC6298, EstimatorLinux, EstimatorRFC6298},
	{"RTOMin", 200 * time.Millisecond, 200 * time.Millisecond, time.Second},
	{"RTOMax", 120 * time.Second, 120 * time.Second, 60 * time.Second},
	{"GiveUp", Counted, Elapsed, Counted},
	{"DataMinimum", time.Duration(0), time.Duration(0), 100 * time.Second},
	{"OrphanRetries", 8, OrphanRetriesAuto, 15},
	{"SYNRetries", 7, 6, 7},
	{"SYNACKRetries", 7, 5, 7},
	{"SYNMinimum", time.Duration(0), time.Duration(0), 180 * time.Second},
	{"SYNLinearTimeouts", 0, 4, 0},
	{"UserTimeout", time.Duration(0), time.Duration(0), 300 * time.Second},
	{"UserTimeoutStart", FromTransmission, FromRetransmission, FromTransmission},
	{"DelayedACK", 40 * time.Millisecond, 40 * time.Millisecond, 200 * time.Millisecond},
	{"AckRule", AckEverySecond, AckAdaptive, AckEverySecond},
	{"DelayFINAck", On, On, Off},
	{"Nagle", NagleRFC9293, NagleMinshall, NagleRFC9293},
	{"PushEvery", 0, 2, 0},
	{"CongestionUnit", CongestionOctets, CongestionSegments, CongestionOctets},
	{"LossDetection", LossRFC6675, LossRACK, LossRFC6675},
	{"StaleSACK", false, true, false},
	{"ResetTimestamps", On, Off, On},
	{"KeepAliveReset", On, On, Off},
	{"TimeWaitSYN", SYNStrict, SYNLinux, SYNRFC6191},
	{"TimeWaitRule", TimeWaitFINOnly, TimeWaitAnyACK, TimeWaitFINOnly},
	{"TimeWaitReuse", ReuseTimestamps, ReuseBound, ReuseNever},
	{"ChallengeLimit", 1, 1, 10},
	{"ChallengeInterval", 500 * time.Millisecond, 500 * time.Millisecond, 5 * time.Second},
	{"ResetOnEarlyFIN", false, true, false},
	{"ResetSequence", ResetExact, ResetLinux, ResetExact},
	{"ResetWithACK", false, true, false},
	{"Acceptability", AcceptRFC9293, AcceptLinux, AcceptRFC9293},
	{"AckRange", AckMaxWindow, AckBytesAcked, AckMaxWindow},
	{"MissingTimestamp", MissingDropped, MissingAccepted, MissingDropped},
	{"PAWSTolerance", false, true, false},
	{"DataAfterFIN", AfterFINIgnored, AfterFINStraddles, AfterFINIgnored},
	{"SynReceived", SynReceivedRFC9293, SynReceivedLinux, SynReceivedRFC9293},
	{"SYNRepeatOnBadACK", false, true, false},
	{"LastAckAtClose", false, true, false},
	{"CloseInSynReceived", CloseDeferred, CloseImmediate, CloseDeferred},
	{"ReceiveWindow", WindowRFC9293, WindowLinux, WindowRFC9293},
	{"WindowUpdate", UpdateNewest, UpdateLinux, UpdateNewest},
	{"AckCompany", CompanyAny, CompanyNewText, CompanyAny},
	{"StaleACK", StaleACKUsed, StaleACKIgnored, StaleACKUsed},
	{"SplitACK", SplitACKCounts, SplitACKMovesOnly, SplitACKCounts},
	{"ZeroWindowProbe", ProbeOctet, ProbeEmpty, ProbeOctet},
	{"RetransmitCollapse", false, true, false},
	{"TailLossProbe", false, true, false},
	{"TickRate", 0, 250, 0},
}

// presetSame are the fields that all presets share, with their value.
var presetSame = map[string]any{
	"LocalPort": uint16(0), "RemotePort": uint16(0), "MSS": 1460, "DefaultSendMSS": 536,
	"SlowStartAfterIdle": On, "WindowScale": On, "Timestamps": On, "SACK": On, "DuplicateSACK": On, "FinWait2Reset": false,
	"RTOInitial": time.Second, "DataRetries1": 3, "DataRetries2": 15, "UserTimeoutOption": false,
	"NoDelay": false, "KeepAlive": false, "KeepAliveIdle": 7200 * time.Second,
	"KeepAliveInterval": 75 * time.Second, "KeepAliveCount": 9, "KeepAliveOctet": false,
	"RFC1337": false, "TimeWaitReuseDelay": time.Second, "TickPhase": time.Duration(0),
}

// TestPresets compares every field of every preset with the table: a field that is
// in neither list fails.
func TestPresets(t *testing.T) {
	rows := append([]presetRow(nil), presetRows...)
	for field, v := range presetSame {
		rows = append(rows, presetRow{field, v, v, v})
	}
	presets := []struct {
		name string
		cfg  Config
		want func(presetRow) any
	}{
		{"default", Config{}, func(r presetRow) any { return r.standard }},
		{"Linux", Linux(), func(r presetRow) any { return r.linux }},
		{"RFC9293", RFC9293(), func(r presetRow) any { return r.strict }},
	}
	if n := reflect.TypeFor[Config]().NumField(); n != len(rows) {
		t.Errorf("%d fields, %d rows", n, len(rows))
	}
	for _, preset := range presets {
		res, err := resolve(&preset.cfg)
		if err != nil {
			t.Fatalf("%s: %v", preset.name, err)
		}
		for _, row := range rows {
			if got := reflect.ValueOf(res.Config).FieldByName(row.field).Interface(); got != preset.want(row) {
				t.Errorf("%s: %s is %v (%T), want %v", preset.name, row.field, got, got, preset.want(row))
			}
		}
	}
	for _, row := range presetRows {
		if row.standard == row.linux && row.standard == row.strict {
			t.Errorf("%s is the same everywhere", row.field)
		}
	}
}

// A preset is a value of the caller's own.
func TestPresetsAreValues(t *testing.T) {
	a := Linux()
	a.MSL = time.Hour
	if Linux().MSL != 0 {
		t.Error("a change of one value reached the next")
	}
}
