package tcp

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// configField is what a field of Config may hold, and what becomes of it.
type configField struct {
	def   any    // what 0 resolves to
	zero  bool   // −1 is legal and resolves to 0
	high  any    // the maximum; one more is refused; nil where every value is legal
	low   any    // the least value beside 0 and −1; one less is refused; nil for 1
	also  []any  // further legal values, which resolve to themselves
	with  Config // what must hold beside it
	never []any  // values refused
}

// configFields has an entry for every field: its documented bounds.
var configFields = map[string]configField{
	"LocalPort":          {def: uint16(0), also: []any{uint16(1), uint16(65535)}},
	"RemotePort":         {def: uint16(0), also: []any{uint16(1), uint16(65535)}},
	"MSS":                {def: 1460, low: 88, high: 65495, never: []any{-1, math.MinInt}},
	"DefaultSendMSS":     {def: 536, low: 88, high: 65495, never: []any{-1}},
	"ReceiveBuffer":      {def: 65535, high: 1 << 30, with: Config{MaxReceiveBuffer: 1 << 30}, never: []any{-1}},
	"MaxReceiveBuffer":   {def: 65535, low: 65535, high: 1 << 30, never: []any{-1}},
	"InitialWindow":      {def: 10, high: 16384, also: []any{InitialWindowRFC5681}, never: []any{-1, -3}},
	"WindowScale":        {def: On},
	"SlowStartAfterIdle": {def: On},
	"Timestamps":         {def: On},
	"SACK":               {def: On},
	"DuplicateSACK":      {def: On},
	"ResetTimestamps":    {def: On},
	"MSL":                {def: 30 * time.Second, zero: true, high: longest, never: []any{Forever}},
	"FinWait2Timeout":    {def: time.Minute, zero: true, high: longest, also: []any{Forever}},
	"FinWait2Reset":      {def: false},
	"FinWait2TimeWait":   {def: false},
	"RTOEstimator":       {def: EstimatorRFC6298, high: EstimatorLinux},
	"RTOInitial":         {def: time.Second, high: 24 * time.Hour, with: Config{RTOMax: 24 * time.Hour}, never: []any{time.Duration(-1)}},
	"RTOMin":             {def: 200 * time.Millisecond, zero: true, high: 24 * time.Hour, with: Config{RTOMax: 24 * time.Hour}},
	"RTOMax":             {def: 120 * time.Second, high: 24 * time.Hour, never: []any{time.Duration(-1), Forever}},
	"GiveUp":             {def: Counted, high: Elapsed},
	"DataRetries1":       {def: 3, high: 255, with: Config{DataRetries2: 255}, never: []any{-1}},
	"DataRetries2":       {def: 15, zero: true, high: 255},
	"DataMinimum":        {def: time.Duration(0), zero: true, high: longest},
	"OrphanRetries":      {def: 8, zero: true, high: 255, also: []any{OrphanRetriesAuto}, never: []any{-3}},
	"SYNRetries":         {def: 7, high: 255, never: []any{-1}},
	"SYNACKRetries":      {def: 7, zero: true, high: 255},
	"SYNMinimum":         {def: time.Duration(0), zero: true, high: longest},
	"SYNLinearTimeouts":  {def: 0, zero: true, high: 254},
	"UserTimeout":        {def: time.Duration(0), zero: true, high: longest, also: []any{Forever}},
	"UserTimeoutStart":   {def: FromTransmission, high: FromRetransmission},
	"UserTimeoutOption":  {def: false},
	"DelayedACK":         {def: 40 * time.Millisecond, zero: true, high: 500*time.Millisecond - 1},
	"AckRule":            {def: AckEverySecond, high: AckAdaptive},
	"DelayFINAck":        {def: On},
	"Nagle":              {def: NagleRFC9293, high: NagleMinshall},
	"CongestionUnit":     {def: CongestionOctets, high: CongestionSegments},
	"LossDetection":      {def: LossRFC6675, high: LossRACK},
	"StaleSACK":          {def: false},
	"PushEvery":          {def: 0, zero: true, high: 64},
	"NoDelay":            {def: false},
	"KeepAlive":          {def: false},
	"KeepAliveIdle":      {def: 2 * time.Hour, high: longest, never: []any{time.Duration(-1), Forever}},
	"KeepAliveInterval":  {def: 75 * time.Second, high: longest, never: []any{time.Duration(-1), Forever}},
	"KeepAliveCount":     {def: 9, high: 127, never: []any{-1}},
	"KeepAliveReset":     {def: On},
	"KeepAliveOctet":     {def: false},
	"RFC1337":            {def: false},
	"TimeWaitSYN":        {def: SYNStrict, high: SYNRFC6191},
	"TimeWaitRule":       {def: TimeWaitFINOnly, high: TimeWaitAnyACK},
	"TimeWaitReuse":      {def: ReuseTimestamps, high: ReuseNever},
	"TimeWaitReuseDelay": {def: time.Second, zero: true, high: longest},
	"ChallengeLimit":     {def: 1, zero: true, high: 255},
	"ChallengeInterval":  {def: 500 * time.Millisecond, zero: true, high: longest},
	"ResetOnEarlyFIN":    {def: false},
	"ResetSequence":      {def: ResetExact, high: ResetLinux},
	"ResetWithACK":       {def: false},
	"Acceptability":      {def: AcceptRFC9293, high: AcceptLinux},
	"AckRange":           {def: AckMaxWindow, high: AckBytesAcked},
	"MissingTimestamp":   {def: MissingDropped, high: MissingAccepted},
	"PAWSTolerance":      {def: false},
	"DataAfterFIN":       {def: AfterFINIgnored, high: AfterFINStraddles},
	"SynReceived":        {def: SynReceivedRFC9293, high: SynReceivedLinux},
	"SYNRepeatOnBadACK":  {def: false},
	"LastAckAtClose":     {def: false},
	"CloseInSynReceived": {def: CloseDeferred, high: CloseImmediate},
	"ReceiveWindow":      {def: WindowRFC9293, high: WindowLinux},
	"WindowUpdate":       {def: UpdateNewest, high: UpdateLinux},
	"AckCompany":         {def: CompanyAny, high: CompanyNewText},
	"StaleACK":           {def: StaleACKUsed, high: StaleACKIgnored},
	"SplitACK":           {def: SplitACKCounts, high: SplitACKMovesOnly},
	"ZeroWindowProbe":    {def: ProbeOctet, high: ProbeEmpty},
	"RetransmitCollapse": {def: false},
	"TailLossProbe":      {def: false},
	"TickRate":           {def: 0, zero: true, low: 24, high: 1000},
	"TickPhase":          {def: time.Duration(0), zero: true, high: 4*time.Millisecond - 1, with: Config{TickRate: 250}},
}

func TestConfigEveryField(t *testing.T) {
	typ := reflect.TypeFor[Config]()
	if typ.NumField() != len(configFields) {
		t.Errorf("Config has %d fields, the table %d", typ.NumField(), len(configFields))
	}
	for i := range typ.NumField() {
		field := typ.Field(i)
		entry, ok := configFields[field.Name]
		if !ok {
			t.Errorf("Config.%s has no entry in configFields: its bounds are not tested", field.Name)
			continue
		}
		t.Run(field.Name, func(t *testing.T) { testConfigField(t, field, entry) })
	}
}

func testConfigField(t *testing.T, field reflect.StructField, f configField) {
	zero := reflect.Zero(field.Type)
	good := func(v, want any) {
		t.Helper()
		cfg := f.with
		reflect.ValueOf(&cfg).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(v).Convert(field.Type))
		res, err := resolve(&cfg)
		if err != nil {
			t.Errorf("%v: %v", v, err)
			return
		}
		got := reflect.ValueOf(res.Config).FieldByIndex(field.Index).Interface()
		if !reflect.DeepEqual(got, reflect.ValueOf(want).Convert(field.Type).Interface()) {
			t.Errorf("%v became %v, want %v", v, got, want)
		}
	}
	bad := func(v any) {
		t.Helper()
		cfg := f.with
		reflect.ValueOf(&cfg).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(v).Convert(field.Type))
		_, err := resolve(&cfg)
		var problem *ConfigError
		if !errors.As(err, &problem) {
			t.Errorf("%v: error %v, want a *ConfigError", v, err)
			return
		}
		if problem.Field != field.Name || !reflect.DeepEqual(problem.Value, reflect.ValueOf(v).Convert(field.Type).Interface()) || problem.Want == "" {
			t.Errorf("%v: %#v", v, problem)
		}
		if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n != 1 {
			t.Errorf("%v: %d problems: %v", v, n, err)
		}
	}
	good(zero.Interface(), f.def)
	for _, v := range f.also {
		good(v, v)
	}
	for _, v := range f.never {
		bad(v)
	}
	switch field.Type {
	case reflect.TypeFor[bool]():
		good(true, true)
		return
	case reflect.TypeFor[Switch]():
		good(On, On)
		good(Off, Off)
		bad(Switch(3))
		bad(Switch(-1))
		return
	}
	if f.high == nil {
		return
	}
	step := func(v any, by int64) any {
		value := reflect.New(field.Type).Elem()
		if value.CanInt() {
			value.SetInt(reflect.ValueOf(v).Int() + by)
		} else {
			value.SetUint(uint64(int64(reflect.ValueOf(v).Uint()) + by))
		}
		return value.Interface()
	}
	good(f.high, f.high)
	bad(step(f.high, 1))
	if f.low != nil {
		good(f.low, f.low)
		bad(step(f.low, -1))
	}
	if !zero.CanInt() {
		return
	}
	if f.zero {
		good(-1, 0)
	} else {
		bad(-1)
	}
	bad(-1000)
}

func TestConfigProblems(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want []string
	}{
		{"one", Config{MSS: 3}, []string{"tcp: Config.MSS is 3, want 88 to 65495"}},
		{"several", Config{MSS: 3, KeepAliveCount: 128, DelayedACK: time.Second, GiveUp: 2, SACK: 7}, []string{
			"tcp: Config.MSS is 3, want 88 to 65495",
			"tcp: Config.SACK is 7, want Default, On or Off",
			"tcp: Config.DelayedACK is 1s, want more than 0 and at most 499.999999ms, or -1 for none",
			"tcp: Config.GiveUp is 2, want one of its type's constants, 0 to 1",
			"tcp: Config.KeepAliveCount is 128, want 1 to 127",
		}},
		{"Forever where it has no sense", Config{MSL: Forever, RTOMax: -1}, []string{
			"tcp: Config.MSL is Forever, want more than 0 and at most 596523h14m7s, or -1 for none",
			"tcp: Config.RTOMax is -1, want more than 0 and at most 24h0m0s",
		}},
		{"special values", Config{OrphanRetries: -3, InitialWindow: -1, FinWait2Timeout: -2}, []string{
			"tcp: Config.InitialWindow is -1, want 1 to 16384, or InitialWindowRFC5681",
			"tcp: Config.FinWait2Timeout is -2ns, want more than 0 and at most 596523h14m7s, or -1 for none, or Forever",
			"tcp: Config.OrphanRetries is -3, want 1 to 255, or -1 for none, or OrphanRetriesAuto",
		}},
		{"buffers", Config{ReceiveBuffer: 1000, MaxReceiveBuffer: 999}, []string{
			"tcp: Config.MaxReceiveBuffer is 999, want at least ReceiveBuffer, 1000"}},
		{"timeouts", Config{RTOMin: 3 * time.Second, RTOInitial: 4 * time.Second, RTOMax: 2 * time.Second}, []string{
			"tcp: Config.RTOInitial is 4s, want at most RTOMax, 2s",
			"tcp: Config.RTOMin is 3s, want at most RTOMax, 2s",
		}},
		{"retries", Config{DataRetries1: 5, DataRetries2: 4, SYNRetries: 252, SYNLinearTimeouts: 4}, []string{
			"tcp: Config.DataRetries1 is 5, want at most DataRetries2, 4",
			"tcp: Config.SYNRetries is 252, want together with SYNLinearTimeouts, 4, at most 255",
		}},
		{"phase", Config{TickRate: 100, TickPhase: 10 * time.Millisecond}, []string{
			"tcp: Config.TickPhase is 10ms, want 0 or more and less than a tick, 10ms"}},
		{"phase without ticks", Config{TickPhase: 1}, []string{"tcp: Config.TickPhase is 1ns, want 0 where TickRate is 0"}},
		{"rate", Config{TickRate: 23, TickPhase: 1}, []string{"tcp: Config.TickRate is 23, want 24 to 1000, or 0 for exact timers"}},
		{"a bad limit makes no second problem", Config{RTOMax: -5, RTOMin: 200 * time.Second, ReceiveBuffer: -7, MaxReceiveBuffer: 1}, []string{
			"tcp: Config.ReceiveBuffer is -7, want 1 to 1073741824",
			"tcp: Config.RTOMax is -5ns, want more than 0 and at most 24h0m0s",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(&tt.cfg)
			if c != nil || err == nil {
				t.Fatalf("New: %v, %v", c, err)
			}
			if got := strings.Split(err.Error(), "\n"); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", err, strings.Join(tt.want, "\n"))
			}
		})
	}
}

// A default gives way to the limit that was chosen.
func TestConfigDefaultsKeepLimits(t *testing.T) {
	res, err := resolve(&Config{RTOMax: 100 * time.Millisecond, DataRetries2: 2, SYNLinearTimeouts: 254, ReceiveBuffer: 100000})
	if err != nil {
		t.Fatal(err)
	}
	if res.RTOMin != 100*time.Millisecond || res.RTOInitial != 100*time.Millisecond {
		t.Errorf("RTO %v, %v", res.RTOMin, res.RTOInitial)
	}
	if res.DataRetries1 != 2 || res.SYNRetries != 1 || res.MaxReceiveBuffer != 100000 {
		t.Errorf("DataRetries1 %d, SYNRetries %d, MaxReceiveBuffer %d", res.DataRetries1, res.SYNRetries, res.MaxReceiveBuffer)
	}
	res, err = resolve(&Config{DataRetries2: -1})
	if err != nil || res.DataRetries2 != 0 || res.DataRetries1 != 1 {
		t.Errorf("no retransmissions: %v, %+v", err, res)
	}
}

func TestConfigDerived(t *testing.T) {
	for _, tt := range []struct {
		buffer int
		shift  uint8
	}{{1, 0}, {65535, 0}, {65536, 1}, {131070, 1}, {131072, 2}, {6291456, 7}, {32 << 20, 10}, {1 << 29, 14}, {1 << 30, 14}} {
		res, err := resolve(&Config{ReceiveBuffer: 1, MaxReceiveBuffer: tt.buffer})
		if err != nil || res.shift != tt.shift {
			t.Errorf("buffer %d: shift %d, %v, want %d", tt.buffer, res.shift, err, tt.shift)
		}
	}
	res, err := resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := rttParams{estimator: EstimatorRFC6298, initial: time.Second, min: 200 * time.Millisecond, max: 120 * time.Second}
	if res.rtt != want || res.tick != 0 {
		t.Errorf("rtt %+v, tick %v", res.rtt, res.tick)
	}
	linux := Linux()
	res, err = resolve(&linux)
	if err != nil {
		t.Fatal(err)
	}
	if tick := 4 * time.Millisecond; res.tick != tick || res.rtt.tick != tick || res.rtt.granularity != tick || res.rtt.estimator != EstimatorLinux {
		t.Errorf("rtt %+v, tick %v", res.rtt, res.tick)
	}
}

// What was given stays as it was, and later changes of it reach no connection.
func TestConfigIsReadOnce(t *testing.T) {
	cfg := Config{MSL: -1}
	c, err := New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if (cfg != Config{MSL: -1}) {
		t.Errorf("New changed the Config: %+v", cfg)
	}
	cfg.MSL = time.Hour
	if c.cfg.MSL != 0 {
		t.Errorf("MSL %v", c.cfg.MSL)
	}
}

func TestConfigSettings(t *testing.T) {
	cfg := Config{
		MSS: 1000, ReceiveBuffer: 70000, SYNRetries: 3, KeepAlive: true, KeepAliveIdle: time.Hour,
		KeepAliveInterval: time.Minute, KeepAliveCount: 5, UserTimeout: 9 * time.Second, NoDelay: true,
		FinWait2Reset: true, FinWait2Timeout: 7 * time.Second,
	}
	c, err := New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := settings{
		mss: 1000, buffer: 70000, synRetries: 3, keepAlive: true, keepIdle: time.Hour, keepInterval: time.Minute,
		keepCount: 5, userTimeout: 9 * time.Second, noDelay: true, finWait2Reset: true, linger: -1,
	}
	if c.set != want {
		t.Errorf("got  %+v\nwant %+v", c.set, want)
	}
	c, err = New(nil)
	if err != nil {
		t.Fatal(err)
	}
	want = settings{
		mss: 1460, buffer: 65535, synRetries: 7, keepIdle: 2 * time.Hour, keepInterval: 75 * time.Second,
		keepCount: 9, linger: -1,
	}
	if c.set != want {
		t.Errorf("defaults: got  %+v\nwant %+v", c.set, want)
	}
}

func ExampleConfigError() {
	_, err := New(&Config{MSS: 3, RTOMax: time.Second, RTOMin: time.Minute})
	fmt.Println(err)
	// Output:
	// tcp: Config.MSS is 3, want 88 to 65495
	// tcp: Config.RTOMin is 1m0s, want at most RTOMax, 1s
}
