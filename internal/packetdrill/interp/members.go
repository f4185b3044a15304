package interp

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// observed is what the segments of a connection show and its variables do not.
type observed struct {
	in, out   traffic
	acked     bool          // a segment with ACK has arrived
	lastAck   time.Duration // when it did last
	announced int           // octets: the segment size in the tested side's SYN
	window    int           // octets: the window in it
	ends      []tcp.Seq     // of the segments sent that occupy sequence space, each once
}

// traffic is the payload in one direction.
type traffic struct {
	segments int
	octets   int64
	again    int64         // of these, those that were sent before
	largest  int           // octets of one segment
	last     time.Duration // when it came last
	end      tcp.Seq       // behind what was sent
}

func (t *traffic) observe(seg *tcp.Segment, at time.Duration) {
	if seg.Len == 0 {
		return
	}
	end := seg.Seq.Add(seg.Len)
	if t.segments > 0 && seg.Seq.Less(t.end) {
		t.again += int64(min(t.end.Sub(seg.Seq), seg.Len))
	}
	if t.segments == 0 || t.end.Less(end) {
		t.end = end
	}
	t.segments++
	t.octets += int64(seg.Len)
	t.largest, t.last = max(t.largest, seg.Len), at
}

// observe looks at a segment that arrives.
func (o *observed) observe(seg *tcp.Segment, at time.Duration) {
	o.in.observe(seg, at)
	if seg.Flags.Has(tcp.ACK) {
		o.acked, o.lastAck = true, at
	}
}

// observeSent looks at a segment that leaves. Another SYN begins another connection.
func (o *observed) observeSent(seg *tcp.Segment, at time.Duration) {
	if seg.Flags.Has(tcp.SYN) && (len(o.ends) == 0 || o.ends[0] != seg.End()) {
		*o = observed{acked: o.acked, lastAck: o.lastAck}
	}
	o.out.observe(seg, at)
	last := len(o.ends) - 1
	if end := seg.End(); end != seg.Seq && (last < 0 || o.ends[last].Less(end)) {
		o.ends = append(o.ends, end)
	}
	if seg.Flags.Has(tcp.SYN) {
		o.announced, o.window = int(seg.Options.MSS), int(seg.Window)
	}
}

// Bits of tcpi_options.
const (
	infoTimestamps = 1
	infoSACK       = 2
	infoScale      = 4
)

// members of TCP_INFO. Times are in microseconds, windows in segments where Linux
// counts them so.
var members = map[string]func(i *info) (int64, bool){
	"tcpi_state":          always(func(i *info) int64 { return numbering.State(i.State) }),
	"tcpi_options":        always(options),
	"tcpi_ca_state":       always(congestionState),
	"tcpi_sacked":         always(sacked),
	"tcpi_lost":           always(func(i *info) int64 { return int64(i.Lost) }),
	"tcpi_retrans":        always(func(i *info) int64 { return int64(i.Repeated) }),
	"tcpi_snd_cwnd":       always(func(i *info) int64 { return segments(i.CongestionWindow, i.MaxPayload) }),
	"tcpi_snd_ssthresh":   always(threshold),
	"tcpi_unacked":        always(unacknowledged),
	"tcpi_retransmits":    always(func(i *info) int64 { return int64(i.Retransmissions) }),
	"tcpi_probes":         always(func(i *info) int64 { return int64(i.WindowProbes + i.KeepAliveProbes) }),
	"tcpi_backoff":        always(func(i *info) int64 { return int64(i.Backoff) }),
	"tcpi_rto":            always(func(i *info) int64 { return i.RTO.Microseconds() }),
	"tcpi_rtt":            always(func(i *info) int64 { return i.SRTT.Microseconds() }),
	"tcpi_rttvar":         always(func(i *info) int64 { return i.RTTVar.Microseconds() }),
	"tcpi_snd_mss":        always(func(i *info) int64 { return int64(i.MaxPayload) }),
	"tcpi_rcv_mss":        always(receiveSize),
	"tcpi_advmss":         always(func(i *info) int64 { return int64(i.ownSize()) }),
	"tcpi_rcv_space":      receiveSpace,
	"tcpi_pmtu":           always(func(i *info) int64 { return int64(i.mtu) }),
	"tcpi_reordering":     always(func(*info) int64 { return 3 }), // it is not measured
	"tcpi_total_retrans":  always(func(i *info) int64 { return int64(i.Counters.SYNRetransmits + i.Counters.Retransmits) }),
	"tcpi_bytes_acked":    always(func(i *info) int64 { return int64(i.SndUna.Sub(i.ISS)) - btoi(i.Passive) }),
	"tcpi_bytes_received": always(func(i *info) int64 { return int64(i.RcvNxt.Sub(i.IRS)) - 1 }),
	"tcpi_segs_in":        always(func(i *info) int64 { return int64(i.Counters.SegmentsArrived) }),
	"tcpi_segs_out":       always(func(i *info) int64 { return int64(i.Counters.SegmentsSent) }),
	"tcpi_data_segs_in":   always(func(i *info) int64 { return int64(i.in.segments) }),
	"tcpi_data_segs_out":  always(func(i *info) int64 { return int64(i.out.segments) }),
	"tcpi_bytes_sent":     always(func(i *info) int64 { return i.out.octets }),
	"tcpi_bytes_retrans":  always(func(i *info) int64 { return i.out.again }),
	"tcpi_notsent_bytes":  always(func(i *info) int64 { return int64(max(i.SndEnd.Sub(i.SndNxt), 0)) }),
	"tcpi_snd_wnd":        always(func(i *info) int64 { return int64(i.SendWindow) }),
	"tcpi_rcv_wnd":        always(func(i *info) int64 { return int64(i.ReceiveWindow) }),
	"tcpi_last_data_recv": func(i *info) (int64, bool) { return (i.at - i.in.last).Milliseconds(), i.in.segments > 0 },
	"tcpi_last_data_sent": func(i *info) (int64, bool) { return (i.at - i.out.last).Milliseconds(), i.out.segments > 0 },
	"tcpi_last_ack_recv":  func(i *info) (int64, bool) { return (i.at - i.lastAck).Milliseconds(), i.acked },
	"tcpi_busy_time":      always(func(i *info) int64 { return i.Busy }),
	"tcpi_rwnd_limited":   always(func(i *info) int64 { return i.WindowLimited }),
	"tcpi_sndbuf_limited": always(func(i *info) int64 { return i.BufferLimited }),
	"SK_MEMINFO_RCVBUF":   always(func(i *info) int64 { return 2 * int64(i.ReceiveBuffer) }), // half of it is window
	"SK_MEMINFO_BACKLOG":  always(func(*info) int64 { return 0 }),
	"SK_MEMINFO_OPTMEM":   always(func(*info) int64 { return 0 }),
	"SK_MEMINFO_SNDBUF": func(i *info) (int64, bool) {
		return int64(i.SendBuffer), i.State >= tcp.StateEstablished && !i.SendBufferSet
	},
}

func always(f func(i *info) int64) func(i *info) (int64, bool) {
	return func(i *info) (int64, bool) { return f(i), true }
}

func options(i *info) int64 {
	return btoi(i.Timestamps)*infoTimestamps | btoi(i.SACK)*infoSACK | btoi(i.WindowScale)*infoScale
}

// unacknowledged counts the segments in flight.
func unacknowledged(i *info) (n int64) {
	for j := len(i.ends) - 1; j >= 0 && i.SndUna.Less(i.ends[j]); j-- {
		n++
	}
	return n
}

// sacked is what the peer holds beyond a gap; without SACK each duplicate
// acknowledgment stands for one segment.
func sacked(i *info) int64 {
	if i.SACK {
		return int64(i.Held)
	}
	return int64(i.DuplicateACKs)
}

// congestionState is TCP_CA_Loss while a timeout is not made good, TCP_CA_Recovery,
// TCP_CA_Disorder when there are signs of a loss, and else TCP_CA_Open.
func congestionState(i *info) int64 {
	const open, disorder, recovery, loss = 0, 1, 3, 4
	switch {
	case i.Retransmissions > 0 && i.State != tcp.StateSynSent && i.State != tcp.StateSynReceived:
		return loss
	case i.Recovering:
		return recovery
	case sacked(i) > 0:
		return disorder
	}
	return open
}

// ownSize is the largest segment that this end takes: what its SYN said, less the
// timestamps that each has.
func (i *info) ownSize() int {
	const timestamps = 12
	size := i.mtu - i.headers
	if i.announced > 0 {
		size = i.announced
	}
	if i.Timestamps && i.State >= tcp.StateEstablished {
		size -= timestamps
	}
	return size
}

// receiveSize is what Linux takes for the peer's segment size: 536 at most, until a
// larger segment has come.
func receiveSize(i *info) int64 {
	const guess = 536
	return int64(max(min(guess, i.ownSize(), i.MaxPayload), min(i.in.largest, i.ownSize())))
}

// receiveSpace is what Linux expects to come in a round trip: ten segments, until it
// has measured.
func receiveSpace(i *info) (int64, bool) {
	first := min(10*i.ownSize(), i.window)
	return int64(first), i.State >= tcp.StateEstablished && i.RcvNxt.Sub(i.IRS) <= first
}

// threshold is the slow-start threshold in segments; Linux has 2^31−1 for none.
func threshold(i *info) int64 {
	const none = 1<<31 - 1
	if i.SlowStartThreshold >= 1<<30 {
		return none
	}
	return segments(i.SlowStartThreshold, i.MaxPayload)
}

func segments(octets, size int) int64 { return int64(octets / max(size, 1)) }
