package packetdrill

import (
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Side is an end of a connection.
type Side uint8

const (
	Tested Side = iota // the implementation under test
	Remote             // the peer that the script plays
)

// Mapping translates between the numbers of a script and those on the wire, for
// one connection. A sequence number is moved by the distance between the initial
// sequence numbers of its side; as long as that is not known, by nothing. The
// zero Mapping is that of a connection of which nothing is known (§5).
type Mapping struct {
	offset [2]tcp.Seq // live minus script
	known  [2]bool
	stamps timestampPairs
}

// Known reports whether the initial sequence number of a side was learned.
func (m *Mapping) Known(side Side) bool { return m.known[side] }

// Learn notes the initial sequence number of a side from its SYN: as the script
// writes it (normally 0) and as it is on the wire. Only the first one counts; a
// later stray SYN does not move the numbers.
func (m *Mapping) Learn(side Side, script, live tcp.Seq) {
	if !m.known[side] {
		m.Relearn(side, script, live)
	}
}

// Relearn is Learn for the SYN of a new incarnation, which a script announces by
// ...(0): it replaces what was learned.
func (m *Mapping) Relearn(side Side, script, live tcp.Seq) {
	m.offset[side], m.known[side] = live-script, true
}

// Live returns the number on the wire of a script's sequence number.
func (m *Mapping) Live(side Side, script tcp.Seq) tcp.Seq { return script + m.offset[side] }

// Script returns the number in the script of a sequence number on the wire.
func (m *Mapping) Script(side Side, live tcp.Seq) tcp.Seq { return live - m.offset[side] }

// LiveSeq returns the sequence number on the wire of a packet that side sends.
// [SeqAny] has none; it gives zero.
func (m *Mapping) LiveSeq(side Side, s Sequence) tcp.Seq {
	if s.Kind == SeqMapped {
		return m.Live(side, s.Start)
	}
	return s.Start
}

// ScriptSegment returns a segment of the tested side with the numbers of the
// script: sequence number, acknowledgment (where the ACK bit is set) and SACK
// blocks. Its timestamps stay as they are.
func (m *Mapping) ScriptSegment(live tcp.Segment) tcp.Segment {
	s := live
	s.Seq = m.Script(Tested, s.Seq)
	if s.Flags.Has(tcp.ACK) {
		s.Ack = m.Script(Remote, s.Ack)
	}
	for i := range min(int(s.Options.NumSACK), len(s.Options.SACK)) {
		b := &s.Options.SACK[i]
		*b = tcp.SACKBlock{Left: m.Script(Remote, b.Left), Right: m.Script(Remote, b.Right)}
	}
	return s
}

// LiveSegment returns an injected packet as a segment with the numbers of the
// wire. Where the ACK bit is not set, the acknowledgment is sent as written. The
// error is an [*UnknownEchoError]. Ports are left out, and of the options those
// that [tcp.Options] has no field for.
func (m *Mapping) LiveSegment(k *Packet, scaledEcho bool) (tcp.Segment, error) {
	s := tcp.Segment{
		Seq: m.LiveSeq(Remote, k.Seq), Ack: k.Ack, Flags: k.Flags,
		Window: k.Window, Urgent: k.Urgent, Len: k.Seq.Len,
	}
	if s.Flags.Has(tcp.ACK) {
		s.Ack = m.Live(Tested, k.Ack)
	}
	for i := range k.Options {
		if err := m.setOption(&s, &k.Options[i], scaledEcho); err != nil {
			return tcp.Segment{}, err
		}
	}
	return s, nil
}

// setOption adds an option of an injected packet to its segment.
func (m *Mapping) setOption(s *tcp.Segment, o *TCPOption, scaledEcho bool) error {
	to := &s.Options
	switch o.Kind {
	case OptionMSS:
		to.Present, to.MSS = to.Present|tcp.OptMSS, o.Value
	case OptionWindowScale:
		to.Present, to.WindowScale = to.Present|tcp.OptWindowScale, uint8(o.Value)
	case OptionSACKPermitted:
		to.Present |= tcp.OptSACKPermitted
	case OptionUserTimeout:
		to.Present, to.UserTimeout = to.Present|tcp.OptUserTimeout, o.Value
	case OptionSACK:
		to.NumSACK = uint8(len(o.Blocks))
		for i, b := range o.Blocks {
			to.SACK[i] = tcp.SACKBlock{Left: m.Live(Tested, b.Left), Right: m.Live(Tested, b.Right)}
		}
	case OptionTimestamps:
		echo, err := m.LiveEcho(o.TSEcr, s.Flags, scaledEcho)
		if err != nil {
			return err
		}
		to.Present, to.TSVal, to.TSEcr = to.Present|tcp.OptTimestamps, o.TSVal, echo
	}
	return nil
}

// timestampPairs are the timestamp values of the tested side: as the script has
// them, and as they were on the wire.
type timestampPairs struct {
	first struct{ script, live uint32 }
	live  map[uint32]uint32 // by the script's value
}

// UnknownEchoError reports an injected timestamp echo that the tested side has
// not sent.
type UnknownEchoError struct {
	Echo uint32 // as in the script
}

// Error says which echo it is.
func (e *UnknownEchoError) Error() string {
	return fmt.Sprintf("TS ecr %d: no packet before carried this value", e.Echo)
}

// LearnTimestamp pairs the timestamp value of an expected packet with the one on
// the wire. The first pair is the reference of all later ones; of several pairs
// with the same value in the script, the latest counts for echoes.
func (m *Mapping) LearnTimestamp(script, live uint32) {
	if m.stamps.live == nil {
		m.stamps.live = make(map[uint32]uint32)
		m.stamps.first.script, m.stamps.first.live = script, live
	}
	m.stamps.live[script] = live
}

// ScriptTimestamp returns the value that a script with an exact clock would have
// for a timestamp value on the wire. Without a pair learned it is the same.
func (m *Mapping) ScriptTimestamp(live uint32) uint32 {
	return live - m.stamps.first.live + m.stamps.first.script
}

// TimestampAgrees reports whether the timestamp value on the wire lies as far
// from the first pair as the script says, within margin, for a clock of the given
// tick. Without a tick (zero), and before the first pair, every value agrees.
func (m *Mapping) TimestampAgrees(script, live uint32, tick, margin time.Duration) bool {
	if tick <= 0 || m.stamps.live == nil {
		return true
	}
	ticks := time.Duration(int32(m.ScriptTimestamp(live) - script))
	if ticks < 0 {
		ticks = -ticks
	}
	return ticks <= margin/tick
}

// LiveEcho returns the echo on the wire of an injected packet with the given
// flags: the value that was paired with the same script value. Without ACK, where an
// echo has no meaning (RFC 7323 §3.2), 0 stays 0, on a SYN-ACK if it is not paired.
// With scaled (the
// option --tcp_ts_ecr_scaled), an echo that was never seen is moved like the first
// pair; otherwise it is an error.
func (m *Mapping) LiveEcho(script uint32, flags tcp.Flags, scaled bool) (uint32, error) {
	live, ok := m.stamps.live[script]
	switch {
	case script == 0 && (!flags.Has(tcp.ACK) || !ok && flags.Has(tcp.SYN)):
		return 0, nil
	case ok:
		return live, nil
	case scaled:
		return script - m.stamps.first.script + m.stamps.first.live, nil
	}
	return 0, &UnknownEchoError{script}
}
