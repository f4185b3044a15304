package explore

import (
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
)

var stepRules = []StepCheck{
	{"I49", func(_ *Model, s *Step) string { return s.Panic }},
	{"API", checkMisuse},
	{"I2", checkMonotonic},
	{"I9", checkFINNumber},
	{"I10", checkPeerFIN},
	{"I13", checkAckField},
	{"I15", checkSeqField},
	{"I18", checkControlBits},
	{"I25", checkTimestamps},
	{"I28", checkNoResetForReset},
	{"I30", checkResetCause},
	{"I31", checkSilenceInClosed},
	{"I41", checkDropped},
	{"I42", checkDuplicate},
	{"I43", checkResetOutside},
	{"I45", checkSYN},
	{"I72", checkTimeWaitRestart},
	{"P11", checkReopen},
	{"P1", checkPlace},
	{"P9", checkForeign},
	{"P13", checkForged},
	{"S9", checkCloseRead},
	{"S10", checkAfterClose},
}

// sameIncarnation reports whether the numbers before and after the step belong to
// the same connection.
func (s *Step) sameIncarnation() bool {
	return s.Before.History.Incarnation == s.After.History.Incarnation && s.Before.ISS == s.After.ISS &&
		s.Before.State >= tcp.StateSynReceived && s.After.State != tcp.StateListen
}

// checkMisuse: a call that returns an error changes nothing.
func checkMisuse(_ *Model, s *Step) string {
	if s.Called && s.Err != nil && s.Changed {
		return fmt.Sprintf("%v returns %q and changes the connection", s.Call, s.Err)
	}
	return ""
}

func checkMonotonic(_ *Model, s *Step) string {
	b, a := &s.Before, &s.After
	if !s.sameIncarnation() {
		return ""
	}
	if a.SndUna.Less(b.SndUna) || a.SndNxt.Less(b.SndNxt) || a.RcvNxt.Less(b.RcvNxt) || a.RcvEdge.Less(b.RcvEdge) {
		return fmt.Sprintf("SND.UNA %d to %d, SND.NXT %d to %d, RCV.NXT %d to %d, right edge %d to %d",
			b.SndUna, a.SndUna, b.SndNxt, a.SndNxt, b.RcvNxt, a.RcvNxt, b.RcvEdge, a.RcvEdge)
	}
	return ""
}

func checkFINNumber(_ *Model, s *Step) string {
	b, a := &s.Before, &s.After
	if s.sameIncarnation() && b.Has(tcp.ReadyWriteClosed) && a.SndEnd != b.SndEnd {
		return fmt.Sprintf("after CLOSE the FIN's number goes from %d to %d", b.SndEnd, a.SndEnd)
	}
	for i := range s.Sent {
		seg := &s.Sent[i]
		if seg.Flags.Has(tcp.FIN) && seg.Seq.Add(seg.Len) != a.SndEnd {
			return fmt.Sprintf("a FIN with number %d, not %d", seg.Seq.Add(seg.Len), a.SndEnd)
		}
		if seg.Len > 0 && a.SndEnd.Less(seg.Seq.Add(seg.Len)) {
			return "text beyond the end of the queue"
		}
	}
	return ""
}

func checkPeerFIN(_ *Model, s *Step) string {
	if s.sameIncarnation() && s.Before.Has(tcp.ReadyEOF) && s.After.RcvNxt != s.Before.RcvNxt {
		return fmt.Sprintf("after the peer's FIN RCV.NXT goes from %d to %d", s.Before.RcvNxt, s.After.RcvNxt)
	}
	return ""
}

func checkAckField(_ *Model, s *Step) string {
	for i := range s.Sent {
		seg := &s.Sent[i]
		if seg.Flags.Has(tcp.RST) || !s.After.Synchronized() {
			continue
		}
		if !seg.Flags.Has(tcp.ACK) || s.After.RcvNxt.Less(seg.Ack) || seg.Ack.Less(s.Before.RcvNxt) && s.Before.Synchronized() {
			return fmt.Sprintf("%v while RCV.NXT is %d", seg, s.After.RcvNxt)
		}
	}
	return ""
}

func checkSeqField(_ *Model, s *Step) string {
	for i := range s.Sent {
		seg := &s.Sent[i]
		if seg.Flags&(tcp.RST|tcp.SYN) != 0 || !s.After.Synchronized() {
			continue
		}
		if seg.Seq.Less(s.After.SndUna-1) || s.After.SndNxt.Less(seg.End()) {
			return fmt.Sprintf("%v while SND.UNA is %d and SND.NXT %d", seg, s.After.SndUna, s.After.SndNxt)
		}
	}
	return ""
}

func checkControlBits(_ *Model, s *Step) string {
	for i := range s.Sent {
		f := s.Sent[i].Flags
		n := 0
		for _, bit := range []tcp.Flags{tcp.SYN, tcp.FIN, tcp.RST} {
			if f.Has(bit) {
				n++
			}
		}
		if n > 1 {
			return fmt.Sprintf("a segment with %v", f)
		}
		// FIN-WAIT-1 can be entered with the SYN unacknowledged: Config.CloseInSynReceived.
		if f.Has(tcp.SYN) && s.After.Synchronized() && s.Before.Synchronized() && s.After.SndUna != s.After.ISS {
			return "a SYN in " + s.After.State.String()
		}
	}
	return ""
}

// checkTimestamps: a timestamp is that of the clock, and an echo none that the clock
// has yet to show. A RST may have none, or that of CLOSED.
func checkTimestamps(_ *Model, s *Step) string {
	for i := range s.Sent {
		seg := &s.Sent[i]
		o := &seg.Options
		has := o.Has(tcp.OptTimestamps)
		switch {
		case seg.Flags.Has(tcp.RST):
		case !has && s.Before.Synchronized() && s.Before.Timestamps,
			has && !seg.Flags.Has(tcp.SYN) && s.Before.Synchronized() && !s.Before.Timestamps:
			return fmt.Sprintf("timestamps were agreed on: %v; and %v", s.Before.Timestamps, seg)
		case has && (int32(o.TSVal-s.Clock[0]) < 0 || int32(s.Clock[1]-o.TSVal) < 0):
			return fmt.Sprintf("%v while the clock goes from %d to %d", seg, s.Clock[0], s.Clock[1])
		case has && o.TSEcr != 0 && int32(s.Clock[1]-o.TSEcr) < 0:
			return fmt.Sprintf("%v echoes what the clock shows later than %d", seg, s.Clock[1])
		}
	}
	return ""
}

func (s *Step) resetSent() bool {
	for i := range s.Sent {
		if s.Sent[i].Flags.Has(tcp.RST) {
			return true
		}
	}
	return false
}

func checkNoResetForReset(_ *Model, s *Step) string {
	if s.Arrived != nil && s.Arrived.Flags.Has(tcp.RST) && s.resetSent() {
		return "a RST in answer to a RST"
	}
	return ""
}

func checkResetCause(_ *Model, s *Step) string {
	if s.Arrived != nil && s.Before.Synchronized() && s.After.State != tcp.StateClosed && s.resetSent() {
		return fmt.Sprintf("a RST in %v, which goes on", s.Before.State)
	}
	return ""
}

func checkSilenceInClosed(_ *Model, s *Step) string {
	if s.Before.State != tcp.StateClosed || s.After.State != tcp.StateClosed {
		return ""
	}
	if s.Arrived == nil && len(s.Sent) > 0 {
		return "CLOSED sends by itself"
	}
	for i := range s.Sent {
		if !s.Sent[i].Flags.Has(tcp.RST) {
			return fmt.Sprintf("CLOSED sends %v", &s.Sent[i])
		}
	}
	return ""
}

func (v *View) numbers() [6]uint32 {
	return [6]uint32{
		uint32(v.State), uint32(v.SndUna), uint32(v.SndNxt), uint32(v.SndEnd), uint32(v.RcvNxt), uint32(v.Readable),
	}
}

func checkDropped(_ *Model, s *Step) string {
	if s.Arrived == nil || s.Verdict.Outcome() != tcp.OutcomeDropped || s.Before.numbers() == s.After.numbers() {
		return ""
	}
	return fmt.Sprintf("%q, and the connection changes", s.Verdict)
}

// checkDuplicate: a segment that arrives again, at the same moment, changes
// nothing but how often it is answered. A RST is excepted: it can end the TIME-WAIT
// that the first one has brought back.
func checkDuplicate(_ *Model, s *Step) string {
	if s.Again == nil || s.Panic != "" || s.Arrived.Flags.Has(tcp.RST) || s.Again.numbers() == s.After.numbers() {
		return ""
	}
	return fmt.Sprintf("%v arrives twice: %v, then %v", s.Arrived, s.After.numbers(), s.Again.numbers())
}

func checkResetOutside(m *Model, s *Step) string {
	if s.Arrived == nil || !s.Arrived.Flags.Has(tcp.RST) || !s.Before.Synchronized() || s.Arrived.Seq == s.Before.RcvNxt {
		return ""
	}
	if m.Config[s.Before.History.Side].ResetSequence == tcp.ResetLinux && s.Before.resetsBeside(s.Arrived.Seq) {
		return ""
	}
	if s.After.State != s.Before.State {
		return fmt.Sprintf("a RST at %d ends %v, RCV.NXT is %d", s.Arrived.Seq, s.Before.State, s.Before.RcvNxt)
	}
	return ""
}

// resetsBeside is what tcp.ResetLinux accepts besides RCV.NXT.
func (v *View) resetsBeside(seq tcp.Seq) bool {
	return v.Has(tcp.ReadyEOF) && seq == v.RcvNxt-1 || v.HeldEnd != 0 && seq == v.HeldEnd
}

func checkSYN(_ *Model, s *Step) string {
	if s.Arrived == nil || !s.Arrived.Flags.Has(tcp.SYN) || !s.Before.Synchronized() || s.Before.State == tcp.StateTimeWait {
		return ""
	}
	if s.After.State != s.Before.State {
		return fmt.Sprintf("a SYN takes %v to %v", s.Before.State, s.After.State)
	}
	return ""
}

// checkTimeWaitRestart: the FIN again restarts 2·MSL, and nothing else does. (P-4;
// the rule of Linux is another one.)
func checkTimeWaitRestart(m *Model, s *Step) string {
	cfg := &m.Config[s.Before.History.Side]
	if s.Arrived == nil || s.Before.State != tcp.StateTimeWait || s.After.State != tcp.StateTimeWait ||
		cfg.TimeWaitRule != tcp.TimeWaitFINOnly {
		return ""
	}
	msl := cfg.MSL
	if msl == 0 {
		msl = 30 * time.Second
	}
	again := s.Arrived.Flags&(tcp.FIN|tcp.SYN|tcp.RST|tcp.ACK) == tcp.FIN|tcp.ACK && s.Arrived.End() == s.Before.RcvNxt
	switch {
	case again && s.Before.Timestamps && s.Verdict == tcp.ReackedOld: // by PAWS it is none
	case again && s.After.Deadline != tcp.Time(2*msl):
		return fmt.Sprintf("%v does not restart TIME-WAIT: %v are left", s.Arrived, time.Duration(s.After.Deadline))
	case !again && s.After.Deadline != s.Before.Deadline:
		return fmt.Sprintf("%v restarts TIME-WAIT", s.Arrived)
	}
	return ""
}

// checkReopen: only a SYN above everything received ends TIME-WAIT (RFC 6191's rule
// counts from the FIN), and the new numbers are above the old ones.
func checkReopen(m *Model, s *Step) string {
	if s.Called && s.Call == CallReconnect && s.After.ISS.LessEq(s.Before.SndNxt) {
		return fmt.Sprintf("the initial sequence number is %d, the old SND.NXT %d", s.After.ISS, s.Before.SndNxt)
	}
	if s.Verdict != tcp.Reopen {
		return ""
	}
	least := s.Before.RcvNxt + 1
	if m.Config[s.Before.History.Side].TimeWaitSYN == tcp.SYNRFC6191 {
		least--
	}
	if s.Arrived.Seq.Less(least) {
		return fmt.Sprintf("a SYN at %d ends TIME-WAIT, RCV.NXT is %d", s.Arrived.Seq, s.Before.RcvNxt)
	}
	if s.After.ISS.LessEq(s.Before.SndNxt) {
		return fmt.Sprintf("the initial sequence number is %d, the old SND.NXT %d", s.After.ISS, s.Before.SndNxt)
	}
	return ""
}

func checkPlace(_ *Model, s *Step) string {
	if s.Misplaced && !s.Foreign {
		return fmt.Sprintf("octets of %v are taken for others of the stream", s.Arrived)
	}
	return ""
}

// checkForeign: nothing of another incarnation is accepted. The hazards are those
// of RFC 1337 §1.
func checkForeign(_ *Model, s *Step) string {
	if !s.Foreign {
		return ""
	}
	b, a := &s.Before, &s.After
	switch {
	case s.Taken > 0:
		return fmt.Sprintf("hazard H1: text of another incarnation is accepted in %v", b.State)
	case !b.Has(tcp.ReadyEOF) && a.Has(tcp.ReadyEOF):
		return fmt.Sprintf("hazard H1: the FIN of another incarnation is accepted in %v", b.State)
	case s.Arrived.Flags.Has(tcp.RST) && a.State != b.State && b.State >= tcp.StateSynSent:
		return fmt.Sprintf("hazard H3: the RST of another incarnation ends %v", b.State)
	case s.sameIncarnation() && b.Synchronized() && b.SndUna != a.SndUna:
		return fmt.Sprintf("hazard H2: the acknowledgment of another incarnation counts in %v", b.State)
	}
	return ""
}

// checkCloseRead: CloseRead has no effect on the wire by itself.
func checkCloseRead(_ *Model, s *Step) string {
	if s.Called && s.Call == CallCloseRead && (len(s.Sent) > 0 || s.After.State != s.Before.State ||
		s.After.Has(tcp.ReadyWriteClosed) != s.Before.Has(tcp.ReadyWriteClosed)) {
		return fmt.Sprintf("CloseRead takes %v to %v, with %d segments", s.Before.State, s.After.State, len(s.Sent))
	}
	return ""
}

// checkAfterClose: what comes when both directions are closed from this end is not
// taken for received. In order it resets; ahead of something missing it is kept (S13).
func checkAfterClose(_ *Model, s *Step) string {
	b := &s.Before
	if b.Has(tcp.ReadyReadClosed|tcp.ReadyWriteClosed) && s.Taken > 0 && s.After.Received() > b.Received() &&
		(b.State == tcp.StateFinWait1 || b.State == tcp.StateFinWait2) {
		return fmt.Sprintf("text is received in %v, and nobody can read it", b.State)
	}
	return ""
}
