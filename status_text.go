package tcp

import (
	"fmt"
	"strings"
	"time"
)

// String returns the status as a few lines to read: the state, both sequence spaces,
// the retransmission timeout, and of the timers and the counters those that say
// something.
func (s Status) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", s.State)
	if s.Err != KindNone {
		fmt.Fprintf(&b, " (%v)", s.Err)
	}
	fmt.Fprintf(&b, ", references %d\n", s.References)
	fmt.Fprintf(&b, "send: ISS %d, UNA %d, NXT %d, end %d, window %d, congestion window %d, threshold %d, segments of %d\n",
		s.ISS, s.SndUna, s.SndNxt, s.SndEnd, s.SendWindow, s.CongestionWindow, s.SlowStartThreshold, s.MaxPayload)
	fmt.Fprintf(&b, "receive: IRS %d, NXT %d, edge %d, window %d, readable %d\n",
		s.IRS, s.RcvNxt, s.RcvEdge, s.ReceiveWindow, s.Readable)
	fmt.Fprintf(&b, "timeout: RTO %v, SRTT %v, RTTVAR %v\n", s.RTO, s.SRTT, s.RTTVar)
	line(&b, "options", s.options())
	line(&b, "recovery", s.recovery())
	line(&b, "timers", s.timers())
	line(&b, "counters", s.Counters.list())
	return strings.TrimSuffix(b.String(), "\n")
}

// line writes a line of what there is to say, if anything.
func line(b *strings.Builder, title string, list []string) {
	if len(list) > 0 {
		fmt.Fprintf(b, "%s: %s\n", title, strings.Join(list, ", "))
	}
}

func (s *Status) options() (list []string) {
	for _, o := range []struct {
		on   bool
		name string
	}{{s.Timestamps, "timestamps"}, {s.SACK, "SACK"}, {s.WindowScale, "window scale"}} {
		if o.on {
			list = append(list, o.name)
		}
	}
	return list
}

func (s *Status) recovery() (list []string) {
	if s.Recovering {
		list = append(list, "fast recovery")
	}
	if s.SoftError != ICMPNone {
		list = append(list, "an ICMP error")
	}
	return append(list, counts{
		{"retransmissions", uint32(s.Retransmissions)}, {"back-off", uint32(s.Backoff)},
		{"window probes", uint32(s.WindowProbes)}, {"keepalive probes", uint32(s.KeepAliveProbes)},
		{"duplicate ACKs", uint32(s.DuplicateACKs)}, {"held", uint32(s.Held)},
		{"lost", uint32(s.Lost)}, {"repeated", uint32(s.Repeated)},
	}.list()...)
}

func (s *Status) timers() (list []string) {
	for t, due := range s.Timers {
		if due != Never {
			list = append(list, fmt.Sprintf("%v at %v", Timer(t), time.Duration(due)))
		}
	}
	return list
}

// counts are numbers with names; those that are zero are not listed.
type counts []struct {
	name string
	n    uint32
}

func (c counts) list() (list []string) {
	for _, v := range c {
		if v.n != 0 {
			list = append(list, fmt.Sprintf("%s %d", v.name, v.n))
		}
	}
	return list
}

func (c *Counters) list() []string {
	return counts{
		{"segments arrived", c.SegmentsArrived}, {"dropped", c.SegmentsDropped}, {"sent", c.SegmentsSent},
		{"ACKs", c.ACKsSent}, {"resets", c.ResetsSent}, {"timeouts", c.Timeouts},
		{"SYN retransmits", c.SYNRetransmits}, {"retransmits", c.Retransmits}, {"FIN retransmits", c.FINRetransmits},
		{"fast recoveries", c.FastRecoveries}, {"loss probes", c.LossProbes}, {"window probes", c.WindowProbes},
		{"keepalive probes", c.KeepAliveProbes}, {"challenges", c.ChallengesSent},
		{"challenges suppressed", c.ChallengesSuppressed}, {"FINs acknowledged again", c.FINsReacked},
		{"TIME-WAIT restarts", c.TimeWaitRestarts},
	}.list()
}
