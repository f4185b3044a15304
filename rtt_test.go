package tcp

import (
	"math"
	"math/big"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"
)

// The settings of RFC 6298 itself, and those of the kernel at HZ=250.
var (
	rfc6298Params = rttParams{estimator: EstimatorRFC6298, initial: time.Second, min: time.Second, max: time.Minute}
	linuxParams   = rttParams{estimator: EstimatorLinux, initial: time.Second, min: 200 * time.Millisecond,
		max: 120 * time.Second, tick: 4 * time.Millisecond}
)

func TestRTOBeforeSamples(t *testing.T) {
	short := rfc6298Params
	short.max = 2 * time.Second
	long := rfc6298Params
	long.initial = 5 * time.Second
	tests := []struct {
		name        string
		params      rttParams
		synTimedOut bool
		want        time.Duration // in ESTABLISHED
	}{
		{"RFC 6298", rfc6298Params, false, time.Second},
		{"RFC 6298, SYN timed out", rfc6298Params, true, 3 * time.Second},
		{"RFC 6298, SYN timed out, low maximum", short, true, 2 * time.Second},
		{"RFC 6298, SYN timed out, long initial RTO", long, true, 5 * time.Second},
		{"Linux, no sample", linuxParams, false, 3 * time.Second},
		{"Linux, SYN timed out", linuxParams, true, 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e rttEstimator
			if got := e.rto(&tt.params); got != tt.params.initial {
				t.Errorf("RTO of the SYN is %v, want %v", got, tt.params.initial)
			}
			if tt.synTimedOut {
				e.backOff(&tt.params)
				e.backOff(&tt.params)
			}
			e.established(&tt.params, tt.synTimedOut)
			if got := e.rto(&tt.params); got != tt.want {
				t.Errorf("RTO in ESTABLISHED is %v, want %v", got, tt.want)
			}
			e.sample(&tt.params, 100*time.Millisecond, 1, 1, 1)
			if e.fallback || e.rto(&tt.params) > time.Second {
				t.Errorf("RTO after a sample is still %v", e.rto(&tt.params))
			}
		})
	}
	t.Run("a sample in spite of the timeout", func(t *testing.T) {
		var e rttEstimator // timestamps told which SYN was answered
		e.backOff(&rfc6298Params)
		e.sample(&rfc6298Params, 500*time.Millisecond, 1, 1, 1)
		e.established(&rfc6298Params, true)
		if got := e.rto(&rfc6298Params); got != 1500*time.Millisecond || e.fallback {
			t.Errorf("RTO is %v, want 1.5s; fallback %v", got, e.fallback)
		}
	})
}

// Worked by hand from the formulas of RFC 6298 §2.
func TestRTOEstimatorRFC6298(t *testing.T) {
	p := rttParams{initial: time.Second, min: 200 * time.Millisecond, max: time.Minute, granularity: 100 * time.Millisecond}
	ms := func(f float64) time.Duration { return time.Duration(f * 1e6) }
	var e rttEstimator
	if _, _, ok := e.smoothed(&p); ok {
		t.Error("a smoothed round trip before the first sample")
	}
	for i, s := range []struct{ r, srtt, rttvar, rto time.Duration }{
		{ms(400), ms(400), ms(200), ms(1200)},
		{ms(400), ms(400), ms(150), ms(1000)},
		{ms(480), ms(410), ms(132.5), ms(940)},
		{ms(330), ms(400), ms(119.375), ms(877.5)},
		{ms(0), ms(350), ms(189.53125), ms(1108.125)},
		{ms(-5), ms(306.25), ms(229.6484375), ms(1224.84375)},
	} {
		e.sample(&p, s.r, 0, 0, 1)
		srtt, rttvar, ok := e.smoothed(&p)
		if srtt != s.srtt || rttvar.Truncate(time.Microsecond) != s.rttvar.Truncate(time.Microsecond) || !ok {
			t.Errorf("sample %d: SRTT %v RTTVAR %v, want %v %v", i, srtt, rttvar, s.srtt, s.rttvar)
		}
		if got := e.rto(&p); (got - s.rto).Abs() > time.Microsecond {
			t.Errorf("sample %d: RTO %v, want %v", i, got, s.rto)
		}
	}
	for range 100 { // steady: G takes the place of the variation
		e.sample(&p, ms(400), 0, 0, 1)
	}
	if got := e.rto(&p); (got - ms(500)).Abs() > time.Microsecond {
		t.Errorf("RTO with a steady round trip is %v, want 400ms+G", got)
	}
	p.granularity = 0
	for range 100 {
		e.sample(&p, ms(10), 0, 0, 1)
	}
	if got := e.rto(&p); got != p.min {
		t.Errorf("RTO is %v, want the minimum", got)
	}
}

// exact is RFC 6298 and RFC 7323 appendix G in rational numbers.
type exact struct{ srtt, rttvar *big.Rat }

func (x *exact) sample(r time.Duration, perRTT int64) {
	sample := new(big.Rat).SetInt64(int64(max(r, 0)))
	if x.srtt == nil {
		x.srtt, x.rttvar = sample, new(big.Rat).Mul(sample, big.NewRat(1, 2))
		return
	}
	mix := func(old, fresh, gain *big.Rat) *big.Rat {
		keep := new(big.Rat).Sub(big.NewRat(1, 1), gain)
		return new(big.Rat).Add(keep.Mul(keep, old), new(big.Rat).Mul(gain, fresh))
	}
	off := new(big.Rat).Sub(x.srtt, sample)
	x.rttvar = mix(x.rttvar, off.Abs(off), big.NewRat(1, 4*perRTT))
	x.srtt = mix(x.srtt, sample, big.NewRat(1, 8*perRTT))
}

func (x *exact) rto(p *rttParams) float64 {
	variation := new(big.Rat).Mul(x.rttvar, big.NewRat(4, 1))
	if g := new(big.Rat).SetInt64(int64(p.granularity)); variation.Cmp(g) < 0 {
		variation = g
	}
	rto, _ := variation.Add(variation, x.srtt).Float64()
	return min(max(rto, float64(p.min)), float64(p.max))
}

func TestRTOAgainstRFC6298InRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rttParams{
			min:         time.Duration(rapid.Int64Range(0, 2e9).Draw(t, "min")),
			max:         time.Duration(rapid.Int64Range(2e9, 300e9).Draw(t, "max")),
			granularity: time.Duration(rapid.Int64Range(0, 5e8).Draw(t, "G")),
		}
		perRTT := rapid.SampledFrom([]int{1, 1, 2, 7, 50}).Draw(t, "samples per RTT")
		var e rttEstimator
		var x exact
		rtt := rapid.Int64Range(-1e6, 4e9)
		for range rapid.IntRange(1, 30).Draw(t, "samples") {
			r := time.Duration(rtt.Draw(t, "R"))
			e.sample(&p, r, 0, 0, perRTT)
			x.sample(r, int64(perRTT))
			// A division loses less than 1 ns; a gain of 1/n keeps at most n of those.
			slack := float64(60*perRTT + 10)
			if got, want := float64(e.rto(&p)), x.rto(&p); math.Abs(got-want) > slack {
				t.Fatalf("after %v: RTO %v, exactly %v", r, got, want)
			}
		}
	})
}

// Handshake round trips and what the kernel made of them at HZ=250.
func TestRTOEstimatorLinuxFirstSample(t *testing.T) {
	us := time.Microsecond
	for _, tt := range []struct{ rtt, rto time.Duration }{
		{0, 200 * time.Millisecond},
		{50 * us, 204 * time.Millisecond},
		{4100 * us, 208 * time.Millisecond},
		{10100 * us, 212 * time.Millisecond}, // measured: 212 ms at a round trip of 10 ms
		{11900 * us, 212 * time.Millisecond},
		{300000 * us, 900 * time.Millisecond}, // measured: 900 to 908 ms at 300 ms
		{302600 * us, 908 * time.Millisecond},
		{60 * time.Second, 120 * time.Second},
	} {
		var e rttEstimator
		e.sample(&linuxParams, tt.rtt, 1, 1, 1)
		if got := e.rto(&linuxParams); got != tt.rto {
			t.Errorf("round trip %v: RTO %v, want %v", tt.rtt, got, tt.rto)
		}
	}
}

// A sequence worked by hand: the variation rises at once and falls by a quarter of the
// distance, once per window.
func TestRTOEstimatorLinux(t *testing.T) {
	p := linuxParams
	p.tick = 0
	var e rttEstimator
	for i, s := range []struct {
		r            int64 // µs
		una, nxt     Seq
		srtt8, mdev  int64 // µs
		rttvar, most int64
	}{
		{100000, 1, 1000, 800000, 200000, 200000, 200000},
		{100000, 500, 1500, 800000, 150000, 200000, 200000},
		{180000, 1000, 2000, 880000, 192500, 200000, 200000},  // SND.UNA = rtt_seq: same window
		{310000, 1001, 2500, 1080000, 344375, 344375, 200000}, // rises; new window: SND.NXT 2500
		{55000, 1500, 2800, 1000000, 338282, 344375, 338282},  // shorter, inside the deviation
		{125000, 2400, 2900, 1000000, 253712, 344375, 338282},
		{125000, 2600, 3500, 1000000, 190284, 342852, 200000}, // window over: a quarter of the way down
		{25000, 3000, 3600, 900000, 196837, 342852, 200000},   // shorter, beyond the deviation: an eighth
		{112500, 3501, 4000, 900000, 147628, 307139, 200000},
	} {
		e.sample(&p, time.Duration(s.r)*time.Microsecond, s.una, s.nxt, 1)
		if e.srtt != s.srtt8 || int64(e.mdev) != s.mdev || e.rttvar != s.rttvar || int64(e.mdevMax) != s.most {
			t.Fatalf("sample %d: srtt8 %d mdev %d rttvar %d mdev_max %d, want %+v", i, e.srtt, e.mdev, e.rttvar, e.mdevMax, s)
		}
		if got, want := e.rto(&p), time.Duration(s.srtt8/8+s.rttvar)*time.Microsecond; got != want {
			t.Errorf("sample %d: RTO %v, want %v", i, got, want)
		}
		srtt, dev, ok := e.smoothed(&p)
		if srtt != time.Duration(s.srtt8)*125 || dev != time.Duration(s.mdev)*250 || !ok {
			t.Errorf("sample %d: smoothed %v, %v", i, srtt, dev)
		}
	}
}

// The floor of the kernel's RTO is SRTT plus the minimum, not the minimum.
func TestRTOEstimatorLinuxFloor(t *testing.T) {
	var e rttEstimator
	for i := range Seq(500) {
		e.sample(&linuxParams, 10*time.Millisecond, 100*i+1, 100*i+50, 1)
	}
	if got := e.rto(&linuxParams); got != 212*time.Millisecond {
		t.Errorf("RTO with a steady 10 ms is %v, want 10 ms + 200 ms in ticks", got)
	}
}

func TestRTOBackOff(t *testing.T) {
	// A lone FIN at a round trip of 10 ms.
	var e rttEstimator
	e.sample(&linuxParams, 10*time.Millisecond+100*time.Microsecond, 1, 1, 1)
	for i, want := range []int{212, 424, 848, 1696, 3392, 6784, 13568, 27136, 54272, 108544, 120000, 120000} {
		if got := e.rto(&linuxParams); got != time.Duration(want)*time.Millisecond {
			t.Errorf("timeout %d after %v, want %d ms", i, got, want)
		}
		e.backOff(&linuxParams)
	}
	stuck := e
	for range 1000 {
		e.backOff(&linuxParams)
	}
	if e != stuck {
		t.Error("backing off at the maximum changes the value")
	}
	e.sample(&linuxParams, 10*time.Millisecond+100*time.Microsecond, 2, 2, 1)
	if got := e.rto(&linuxParams); got != 212*time.Millisecond {
		t.Errorf("RTO after a new sample is %v, want 212ms", got)
	}
}

// anyParams draws settings from end to end of their types.
func anyParams(t *rapid.T) rttParams {
	d := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 10e9), rapid.Int64Range(0, math.MaxInt64))
	p := rttParams{
		estimator:   rapid.SampledFrom([]RTOEstimator{EstimatorRFC6298, EstimatorLinux}).Draw(t, "estimator"),
		initial:     time.Duration(d.Draw(t, "initial")),
		min:         time.Duration(d.Draw(t, "min")),
		max:         time.Duration(max(d.Draw(t, "max"), 1)),
		granularity: time.Duration(d.Draw(t, "G")),
		tick:        time.Duration(d.Draw(t, "tick")),
	}
	p.min = min(p.min, p.max)
	return p
}

// Whatever is measured: minimum ≤ RTO ≤ maximum, a multiple of the tick below
// the maximum, and each timeout twice the one before, up to the maximum.
func TestRTOBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyParams(t)
		rtt := rapid.OneOf(rapid.Int64Range(-10, 1e9), rapid.Int64())
		var e rttEstimator
		for range rapid.IntRange(0, 20).Draw(t, "samples") {
			before := e
			una, nxt := Seq(rapid.Uint32().Draw(t, "una")), Seq(rapid.Uint32().Draw(t, "nxt"))
			e.sample(&p, time.Duration(rtt.Draw(t, "R")), una, nxt, rapid.IntRange(-1, math.MaxInt).Draw(t, "per RTT"))
			if e.backoff != 0 || !e.sampled {
				t.Fatalf("sample made %+v of %+v", e, before)
			}
			if e.srtt < 0 || e.rttvar < 0 {
				t.Fatalf("overflow: %+v", e)
			}
			atLeast := p.min
			if p.estimator == EstimatorLinux { // microseconds, in 32 bits
				atLeast = min(p.min, math.MaxUint32*time.Microsecond).Truncate(time.Microsecond)
			}
			if rto := e.rto(&p); rto < atLeast || rto > p.max {
				t.Fatalf("RTO %v out of [%v, %v]: %+v", rto, p.min, p.max, e)
			}
		}
		rto := e.rto(&p)
		if rto <= 0 || p.tick > 0 && rto < p.max && rto%p.tick != 0 && rto != 1 {
			t.Fatalf("RTO %v with a tick of %v", rto, p.tick)
		}
		for range 70 {
			e.backOff(&p)
			want := p.max
			if rto <= p.max-rto {
				want = 2 * rto
			}
			if got := e.rto(&p); got != want {
				t.Fatalf("%v backed off to %v, want %v", rto, got, want)
			}
			rto = want
		}
		if rto != p.max {
			t.Fatalf("RTO %v after 70 doublings", rto)
		}
	})
}

// Hours, centuries: the estimate stays sane, and recovers.
func TestRTOAbsurdSamples(t *testing.T) {
	for _, p := range []rttParams{rfc6298Params, linuxParams} {
		for _, r := range []time.Duration{24 * time.Hour, math.MaxInt64, math.MinInt64} {
			var e rttEstimator
			for i := range Seq(50) {
				e.sample(&p, r, i, i, 1)
			}
			want := p.max
			if r < 0 {
				want = p.min
			}
			if got := e.rto(&p); got != want {
				t.Errorf("%v: RTO with round trips of %v is %v, want %v", p.estimator, r, got, want)
			}
			for i := range Seq(1000) {
				e.sample(&p, 10*time.Millisecond, 2*i+100, 2*i+101, 1)
			}
			if got := e.rto(&p); got > time.Second {
				t.Errorf("%v: RTO is still %v a thousand good samples after %v", p.estimator, got, r)
			}
		}
	}
}

// The kernel's fields end at 32 bits; nothing may wrap around.
func TestRTOEstimatorLinuxLimits(t *testing.T) {
	for _, tt := range []struct{ r, srtt, rttvar time.Duration }{
		{0, time.Microsecond / 8, 0},
		{1 << 31 * time.Microsecond, maxSampleLinux * time.Microsecond, maxSampleLinux * time.Microsecond / 2},
		{math.MaxInt64, maxSampleLinux * time.Microsecond, maxSampleLinux * time.Microsecond / 2},
	} {
		var e rttEstimator
		e.sample(&linuxParams, tt.r, 1, 1, 1)
		if srtt, rttvar, _ := e.smoothed(&linuxParams); srtt != tt.srtt || rttvar != tt.rttvar {
			t.Errorf("round trip %v: smoothed %v, %v; want %v, %v", tt.r, srtt, rttvar, tt.srtt, tt.rttvar)
		}
	}
}

func TestRTOTick(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct{ initial, max, tick, want time.Duration }{
		{1 * s, 60 * s, 0, 1 * s},
		{1 * s, 60 * s, 1 * s, 1 * s},
		{1 * s, 60 * s, 700 * time.Millisecond, 1400 * time.Millisecond},
		{1 * s, 60 * s, 100 * s, 60 * s},
		{math.MaxInt64 - 5, math.MaxInt64, math.MaxInt64/2 + 9, math.MaxInt64},
	} {
		p := rttParams{initial: tt.initial, max: tt.max, tick: tt.tick}
		var e rttEstimator
		if got := e.rto(&p); got != tt.want {
			t.Errorf("RTO of %v in ticks of %v, at most %v: %v, want %v", tt.initial, tt.tick, tt.max, got, tt.want)
		}
	}
}

func TestRTOEstimatorString(t *testing.T) {
	for e, want := range map[RTOEstimator]string{
		EstimatorRFC6298: "RFC6298", EstimatorLinux: "Linux", 9: "RTOEstimator(9)",
	} {
		if e.String() != want {
			t.Errorf("%d prints as %q, want %q", uint8(e), e, want)
		}
	}
}

func TestRTTEstimatorSize(t *testing.T) {
	if size := unsafe.Sizeof(rttEstimator{}); size > 32 {
		t.Errorf("%d octets, want at most 32", size)
	}
}

func BenchmarkRTTSample(b *testing.B) {
	for _, p := range []rttParams{rfc6298Params, linuxParams} {
		b.Run(p.estimator.String(), func(b *testing.B) {
			b.ReportAllocs()
			var e rttEstimator
			var una Seq
			for b.Loop() {
				una += 1460
				e.sample(&p, 10*time.Millisecond, una, una+14600, 1)
				if e.rto(&p) == 0 {
					b.Fatal("no RTO")
				}
			}
		})
	}
}
