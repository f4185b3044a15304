package tcp

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

// SACKBlock is the range of sequence numbers [Left, Right) that a receiver holds
// beyond a gap, or reports as received twice (RFC 2018, RFC 2883).
type SACKBlock struct {
	Left, Right Seq
}
