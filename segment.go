package tcp

import "strconv"

// Seq is a TCP sequence number. All arithmetic is modulo 2^32 and all
// comparisons are circular (RFC 9293 §3.4): a precedes b when b is reached from
// a by going forward less than half of the space.
type Seq uint32

// Less reports whether s precedes t.
func (s Seq) Less(t Seq) bool { return int32(s-t) < 0 }

// LessEq reports whether s precedes t or equals it.
func (s Seq) LessEq(t Seq) bool { return int32(s-t) <= 0 }

// Add returns the sequence number n octets after s; n may be negative.
func (s Seq) Add(n int) Seq { return s + Seq(n) }

// Sub returns the signed distance from t to s, in octets.
func (s Seq) Sub(t Seq) int { return int(int32(s - t)) }

// Flags are the control bits of a segment (RFC 9293 §3.1), with the values that
// they have in the header's fourteenth octet.
type Flags uint8

const (
	FIN Flags = 1 << iota // no more data from sender
	SYN                   // synchronize sequence numbers
	RST                   // reset the connection
	PSH                   // push function
	ACK                   // the acknowledgment field is significant
	URG                   // the urgent pointer field is significant
	ECE                   // ECN-Echo (RFC 3168)
	CWR                   // congestion window reduced (RFC 3168)
)

// Has reports whether all bits of g are set in f.
func (f Flags) Has(g Flags) bool { return f&g == g }

// flagLetters are the letters of the control bits, lowest bit first.
const flagLetters = "FSRP.UEW"

// String returns the control bits as tcpdump prints them: F, S, R, P, a dot for
// ACK, U, E for ECE and W for CWR, in this order; "none" without any.
func (f Flags) String() string {
	if f == 0 {
		return "none"
	}
	return string(f.appendText(make([]byte, 0, len(flagLetters))))
}

func (f Flags) appendText(b []byte) []byte {
	for i := range len(flagLetters) {
		if f&(1<<i) != 0 {
			b = append(b, flagLetters[i])
		}
	}
	return b
}

// Segment is one TCP segment as a value: the header, the options that this
// package understands, and the length of the payload. The payload itself travels
// beside it. Segments are comparable with ==.
type Segment struct {
	SrcPort, DstPort uint16
	Seq, Ack         Seq    // Ack is zero unless Flags has ACK
	Flags            Flags  // control bits
	Window           uint16 // as on the wire, unscaled
	Urgent           uint16 // urgent pointer, an offset from Seq; zero unless Flags has URG
	Len              int    // octets of payload
	Options          Options
}

// SegLen returns SEG.LEN, the sequence space that the segment occupies: the
// payload, and one each for SYN and FIN (RFC 9293 §3.4).
func (s *Segment) SegLen() int {
	n := s.Len
	if s.Flags&SYN != 0 {
		n++
	}
	if s.Flags&FIN != 0 {
		n++
	}
	return n
}

// End returns the sequence number just after the segment, SEG.SEQ+SEG.LEN.
func (s *Segment) End() Seq { return s.Seq.Add(s.SegLen()) }

// Relative returns the segment with its numbers counted from the given bases, as
// tcpdump prints them and diagrams want them: Seq from seqBase, Ack and the SACK
// blocks from ackBase, for both lie in the sequence space of the other direction.
// With the two initial sequence numbers as bases the SYN becomes 0 and the first
// octet of data 1. What does not count stays zero.
func (s Segment) Relative(seqBase, ackBase Seq) Segment {
	s.Seq -= seqBase
	if s.Flags&ACK != 0 {
		s.Ack -= ackBase
	}
	blocks := s.Options.blocks()
	for i := range blocks {
		blocks[i].Left -= ackBase
		blocks[i].Right -= ackBase
	}
	return s
}

// String returns the segment as one line, as tcpdump -S (4.99) prints it after
// the addresses:
//
//	Flags [F.], seq 1, ack 1, win 257, length 0
//
// As there, a segment without payload, SYN, FIN or RST shows no sequence number,
// and the options come in the order and with the padding of [Segment.AppendHeader].
func (s Segment) String() string {
	b := make([]byte, 0, 160)
	b = append(b, "Flags ["...)
	if s.Flags == 0 {
		b = append(b, "none"...)
	}
	b = append(s.Flags.appendText(b), ']')
	if s.Len > 0 || s.Flags&(SYN|FIN|RST) != 0 {
		b = appendNumber(b, ", seq ", uint32(s.Seq))
		if s.Len > 0 {
			b = appendNumber(b, ":", uint32(s.Seq.Add(s.Len)))
		}
	}
	if s.Flags&ACK != 0 {
		b = appendNumber(b, ", ack ", uint32(s.Ack))
	}
	b = appendNumber(b, ", win ", uint32(s.Window))
	if s.Flags&URG != 0 {
		b = appendNumber(b, ", urg ", uint32(s.Urgent))
	}
	if options := s.Options.String(); options != "" {
		b = append(b, ", options ["...)
		b = append(b, options...)
		b = append(b, ']')
	}
	b = append(b, ", length "...)
	return string(strconv.AppendInt(b, int64(s.Len), 10))
}

func appendNumber(b []byte, label string, n uint32) []byte {
	return strconv.AppendUint(append(b, label...), uint64(n), 10)
}

// OptionSet says which options a segment carries.
type OptionSet uint8

const (
	OptMSS           OptionSet = 1 << iota // maximum segment size, kind 2 (RFC 9293 §3.7.1)
	OptWindowScale                         // window scale, kind 3 (RFC 7323 §2)
	OptSACKPermitted                       // SACK-permitted, kind 4 (RFC 2018)
	OptTimestamps                          // timestamps, kind 8 (RFC 7323 §3)
	OptUserTimeout                         // user timeout, kind 28 (RFC 5482)
)

// Options are the TCP options of a segment. A field counts only where its bit in
// Present is set (SACK: only the first NumSACK blocks); a field that does not
// count is zero, so that Options compare with ==.
type Options struct {
	Present     OptionSet
	WindowScale uint8        // shift count
	NumSACK     uint8        // blocks in SACK, kind 5 (RFC 2018); 0 without the option
	MSS         uint16       // octets
	UserTimeout uint16       // granularity bit (1: minutes, 0: seconds) and 15 bits of value, as on the wire
	TSVal       uint32       // timestamp value
	TSEcr       uint32       // timestamp echo reply
	SACK        [4]SACKBlock // sequence ranges received beyond the acknowledgment
}

// Has reports whether all options of set are present.
func (o *Options) Has(set OptionSet) bool { return o.Present&set == set }

// String returns the options as tcpdump prints them between brackets, with the
// order and the padding that [Segment.AppendHeader] gives them, such as
// "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7"; it is empty without options. The
// one deviation: the seconds after the user timeout are those of RFC 5482 §3, where
// the granularity bit is the highest one; tcpdump 4.99 takes the lowest.
func (o Options) String() string {
	var wire [maxLayout]byte
	var b []byte
	for rest := o.append(wire[:0]); len(rest) > 0; {
		if b != nil {
			b = append(b, ',')
		}
		kind, n := rest[0], 1
		if kind != optionNoOperation {
			n = int(rest[1])
		}
		b = o.appendText(b, kind)
		rest = rest[n:]
	}
	return string(b)
}

// minutes is the granularity bit of the user timeout (RFC 5482 §3).
const minutes = 1 << 15

// appendText appends one option, or a no-operation, in tcpdump's words.
func (o *Options) appendText(b []byte, kind byte) []byte {
	switch kind {
	case optionNoOperation:
		b = append(b, "nop"...)
	case optionMSS:
		b = appendNumber(b, "mss ", uint32(o.MSS))
	case optionWindowScale:
		b = appendNumber(b, "wscale ", uint32(o.WindowScale))
	case optionSACKPermitted:
		b = append(b, "sackOK"...)
	case optionSACK:
		blocks := o.blocks()
		b = append(appendNumber(b, "sack ", uint32(len(blocks))), ' ')
		for _, k := range blocks {
			b = appendNumber(b, "{", uint32(k.Left))
			b = append(appendNumber(b, ":", uint32(k.Right)), '}')
		}
	case optionTimestamps:
		b = appendNumber(b, "TS val ", o.TSVal)
		b = appendNumber(b, " ecr ", o.TSEcr)
	case optionUserTimeout:
		b = append(b, "uto 0x"...)
		b = strconv.AppendUint(b, uint64(o.UserTimeout), 16)
		seconds := uint32(o.UserTimeout &^ minutes)
		if o.UserTimeout&minutes != 0 {
			seconds *= 60
		}
		b = appendNumber(b, " ", seconds)
	}
	return b
}

// blocks returns the SACK blocks that count; a NumSACK above 4 counts as 4.
func (o *Options) blocks() []SACKBlock {
	return o.SACK[:min(int(o.NumSACK), len(o.SACK))]
}

// SACKBlock is the range of sequence numbers [Left, Right) that a receiver holds
// beyond a gap, or reports as received twice (RFC 2018, RFC 2883).
type SACKBlock struct {
	Left, Right Seq
}
