package tcp

import (
	"math"
	"strconv"
	"time"
)

// RTOEstimator selects how the retransmission timeout follows from the measured
// round-trip times.
type RTOEstimator uint8

const (
	// EstimatorRFC6298 is the standard's: RTO = SRTT + max(G, 4·RTTVAR), in
	// nanoseconds, never below the minimum (RFC 6298 §2, with RFC 7323 appendix G
	// where several samples are taken in one round trip).
	EstimatorRFC6298 RTOEstimator = iota

	// EstimatorLinux is the kernel's, in its microsecond arithmetic: the minimum is
	// a floor of the variation instead of the whole, so that RTO ≥ SRTT + minimum;
	// the variation rises at once and falls only once per window
	// (tcp_rtt_estimator of Linux 6.18; sysctl tcp_rto_min_us).
	EstimatorLinux
)

// String returns the name of the estimator.
func (e RTOEstimator) String() string {
	switch e {
	case EstimatorRFC6298:
		return "RFC6298"
	case EstimatorLinux:
		return "Linux"
	}
	return "RTOEstimator(" + strconv.Itoa(int(e)) + ")"
}

// rttParams are the settings of the estimator. They do not change during a
// connection.
type rttParams struct {
	estimator   RTOEstimator
	initial     time.Duration // RTO before the first sample
	min         time.Duration // floor of the RTO; with EstimatorLinux of its variation
	max         time.Duration // ceiling of the RTO, backed off or not; wins over min
	granularity time.Duration // G of RFC 6298; EstimatorLinux does not use it
	tick        time.Duration // the RTO is rounded up to a multiple of it; 0: exact
}

const (
	// synFallbackRTO replaces a shorter RTO when a handshake with a timed-out SYN
	// has given no sample (RFC 6298 §5 (5.7), Linux TCP_TIMEOUT_FALLBACK).
	synFallbackRTO = 3 * time.Second

	// A longer round trip counts as this one. RFC 6298: so that SRTT+4·RTTVAR stays
	// in 64 bits. Linux: so that eight times the microseconds stay in 32 bits.
	maxSampleRFC6298 = math.MaxInt64 / 8
	maxSampleLinux   = math.MaxUint32 / 8
)

// rttEstimator computes the retransmission timeout of a connection. The zero
// value has no sample and is not backed off.
//
// Which samples are valid (Karn's algorithm) is for the caller to decide.
type rttEstimator struct {
	srtt     int64  // RFC 6298: SRTT in ns; Linux: in µs, times 8
	rttvar   int64  // RFC 6298: RTTVAR in ns; Linux: what is added to SRTT, in µs
	mdev     uint32 // Linux: mean deviation in µs, times 4
	mdevMax  uint32 // Linux: largest mdev in this window, at least the minimum
	rttSeq   Seq    // Linux: SND.NXT when this window began
	backoff  uint8  // how often the RTO was doubled since the last sample
	sampled  bool   // there is a sample
	fallback bool   // synFallbackRTO instead of a shorter initial RTO
}

// sample takes in the measured round-trip time r, which ends the back-off. una and
// nxt are SND.UNA and SND.NXT after the acknowledgment that gave the sample.
// perRTT is how many samples are expected in one round trip: 1, or with
// timestamps ceil(FlightSize/(2·SMSS)) (RFC 7323 appendix G); the Linux
// estimator makes no use of it. A negative r counts as 0, a perRTT below 1 as 1.
func (e *rttEstimator) sample(p *rttParams, r time.Duration, una, nxt Seq, perRTT int) {
	if r < 0 {
		r = 0
	}
	switch p.estimator {
	case EstimatorLinux:
		m := min(int64(r/time.Microsecond), maxSampleLinux)
		floor := uint32(min(max(int64(p.min/time.Microsecond), 0), math.MaxUint32))
		e.sampleLinux(m, floor, una, nxt)
	default:
		e.sampleRFC6298(min(int64(r), maxSampleRFC6298), perRTT)
	}
	e.sampled, e.fallback, e.backoff = true, false, 0
}

// sampleRFC6298 is RFC 6298 §2 (2.2) and (2.3), with α = 1/8 and β = 1/4 divided by
// the samples per round trip. RTTVAR is computed with the old SRTT.
func (e *rttEstimator) sampleRFC6298(r int64, perRTT int) {
	if !e.sampled {
		e.srtt, e.rttvar = r, r/2
		return
	}
	deviation := r - e.srtt
	toRTTVAR := max(deviation, -deviation) - e.rttvar
	if perRTT <= 1 { // the usual case, without the cost of dividing by a variable
		e.rttvar += toRTTVAR / 4
		e.srtt += deviation / 8
		return
	}
	n := int64(min(perRTT, math.MaxInt32))
	e.rttvar += toRTTVAR / (4 * n)
	e.srtt += deviation / (8 * n)
}

// sampleLinux is the kernel's estimator; m and floor are in microseconds.
func (e *rttEstimator) sampleLinux(m int64, floor uint32, una, nxt Seq) {
	if !e.sampled {
		e.srtt = max(8*m, 1)
		e.mdev = uint32(2 * m)
		e.mdevMax = max(e.mdev, floor)
		e.rttvar = int64(e.mdevMax)
		e.rttSeq = nxt
		return
	}
	m -= e.srtt >> 3
	e.srtt += m
	if m < 0 {
		// A shorter round trip is no reason to expect a longer one: where it
		// raises the deviation, it does so by an eighth of the usual.
		m = -m - int64(e.mdev>>2)
		if m > 0 {
			m >>= 3
		}
	} else {
		m -= int64(e.mdev >> 2)
	}
	e.mdev = uint32(int64(e.mdev) + m)
	if e.mdev > e.mdevMax {
		e.mdevMax = e.mdev
		e.rttvar = max(e.rttvar, int64(e.mdevMax))
	}
	if e.rttSeq.Less(una) {
		if d := e.rttvar - int64(e.mdevMax); d > 0 {
			e.rttvar -= d >> 2
		}
		e.rttSeq = nxt
		e.mdevMax = floor
	}
}

// rto returns the retransmission timeout, backed off: at most p.max, and at least
// 1 ns so that backing off makes it longer.
func (e *rttEstimator) rto(p *rttParams) time.Duration {
	d := e.base(p)
	if e.backoff == 0 {
		return d
	}
	if d > p.max>>e.backoff {
		return max(p.max, 1)
	}
	return d << e.backoff
}

// base returns the retransmission timeout before backing off.
func (e *rttEstimator) base(p *rttParams) time.Duration {
	var d time.Duration
	switch {
	case !e.sampled:
		d = p.initial
		if e.fallback {
			d = max(d, synFallbackRTO)
		}
	case p.estimator == EstimatorLinux:
		d = time.Duration(e.srtt>>3+e.rttvar) * time.Microsecond
	default:
		d = max(time.Duration(e.srtt)+max(p.granularity, time.Duration(4*e.rttvar)), p.min)
	}
	if d < p.max && p.tick > 0 {
		if part := d % p.tick; part != 0 {
			d += min(p.tick-part, p.max-d)
		}
	}
	return max(min(d, p.max), 1)
}

// backOff doubles the retransmission timeout, as its timer does when it expires
// (RFC 6298 §5 (5.5)). The longer timeout stays until the next sample.
func (e *rttEstimator) backOff(p *rttParams) {
	if e.rto(p) < p.max {
		e.backoff++
	}
}

// established ends the handshake's part: data starts without its back-off, and
// if no sample has been taken although, or because, the timer of the SYN expired,
// with an RTO of at least 3 s (RFC 6298 §5 (5.7)). Linux does that whenever there
// is no sample.
func (e *rttEstimator) established(p *rttParams, synTimedOut bool) {
	e.backoff = 0
	e.fallback = !e.sampled && (synTimedOut || p.estimator == EstimatorLinux)
}

// smoothed returns the smoothed round-trip time and its mean deviation, SRTT and
// RTTVAR of RFC 6298 (what the kernel shows as tcpi_rtt and tcpi_rttvar); false
// before the first sample.
func (e *rttEstimator) smoothed(p *rttParams) (srtt, rttvar time.Duration, ok bool) {
	if p.estimator == EstimatorLinux {
		const eighth, quarter = time.Microsecond / 8, time.Microsecond / 4
		return time.Duration(e.srtt) * eighth, time.Duration(e.mdev) * quarter, e.sampled
	}
	return time.Duration(e.srtt), time.Duration(e.rttvar), e.sampled
}
