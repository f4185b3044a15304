package tcp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sizes of a header in octets (RFC 9293 §3.1): the data offset counts 32-bit
// words in four bits.
const (
	headerLen  = 20                       // without options
	maxOptions = 40                       // all options of one header
	maxLayout  = 4 + 12 + 4 + 4 + 4*8 + 4 // every option of Options at once, more than a header holds
)

// Kinds of options (IANA, TCP Option Kind Numbers).
const (
	optionEnd           = 0
	optionNoOperation   = 1
	optionMSS           = 2
	optionWindowScale   = 3
	optionSACKPermitted = 4
	optionSACK          = 5
	optionTimestamps    = 8
	optionUserTimeout   = 28

	noopNoop = optionNoOperation<<24 | optionNoOperation<<16 // the padding before an option of 4n+2 octets
)

const allOptions = OptMSS | OptWindowScale | OptSACKPermitted | OptTimestamps | OptUserTimeout

// What is wrong with a header, for errors.Is. The error itself is a *[HeaderError].
var (
	ErrShortHeader  = errors.New("tcp: header is cut short")      // the buffer ends before the header does
	ErrDataOffset   = errors.New("tcp: bad data offset")          // it does not even cover the fixed fields
	ErrOptionLength = errors.New("tcp: bad option length")        // wrong for its kind, or it leaves the header
	ErrOptionSpace  = errors.New("tcp: options do not fit")       // more than the 40 octets of a header
	ErrOptionValue  = errors.New("tcp: option cannot be written") // a value of Options that no header can bear
)

// HeaderError tells what in a header is wrong, and where.
type HeaderError struct {
	Err    error  // ErrShortHeader, ErrDataOffset, ErrOptionLength, ErrOptionSpace or ErrOptionValue
	Field  string // such as "data offset" or "MSS option length"
	Offset int    // of the field, in octets from the start of the header
	Got    int    // its value
	Want   string // what was expected
}

// Error returns the whole story, such as
// "tcp: bad option length: MSS option length at octet 21 is 3, want 4".
func (e *HeaderError) Error() string {
	return fmt.Sprintf("%v: %s at octet %d is %d, want %s", e.Err, e.Field, e.Offset, e.Got, e.Want)
}

// Unwrap returns e.Err.
func (e *HeaderError) Unwrap() error { return e.Err }

// AppendHeader appends the segment's header with its options to b, 20 to 60
// octets, and returns the extended slice. The payload is the caller's to append,
// Len does not matter; the checksum is zero until [SetChecksum] fills it in.
//
// Options are laid out as Linux lays them out, in 32-bit words padded with
// no-operations: "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7" in a SYN,
// "nop,nop,TS val 1 ecr 1,nop,nop,sack 1 {5:9}" later, the user timeout last.
// Which options may go with which flags is not decided here. Ack and Urgent are
// written as zero without their flags, and so are the reserved bits.
//
// The error is a *[HeaderError]: ErrOptionSpace where the options need more than
// 40 octets (with timestamps no more than three SACK blocks fit), ErrOptionValue
// for a NumSACK above 4 or an unknown bit in Present. Then b is returned as it was.
func (s *Segment) AppendHeader(b []byte) ([]byte, error) {
	if err := s.Options.check(); err != nil {
		return b, err
	}
	var ack Seq
	if s.Flags&ACK != 0 {
		ack = s.Ack
	}
	var urgent uint16
	if s.Flags&URG != 0 {
		urgent = s.Urgent
	}
	words := uint32(headerLen+s.Options.len()) / 4
	b = binary.BigEndian.AppendUint32(b, uint32(s.SrcPort)<<16|uint32(s.DstPort))
	b = binary.BigEndian.AppendUint32(b, uint32(s.Seq))
	b = binary.BigEndian.AppendUint32(b, uint32(ack))
	b = binary.BigEndian.AppendUint32(b, words<<28|uint32(s.Flags)<<16|uint32(s.Window))
	b = binary.BigEndian.AppendUint32(b, uint32(urgent))
	return s.Options.append(b), nil
}

// check tells why the options cannot be written, or returns nil.
func (o *Options) check() error {
	switch n := o.len(); {
	case o.Present&^allOptions != 0:
		return &HeaderError{ErrOptionValue, "Present", headerLen, int(o.Present), "only the bits that are defined"}
	case int(o.NumSACK) > len(o.SACK):
		return &HeaderError{ErrOptionValue, "NumSACK", headerLen, int(o.NumSACK), "at most 4"}
	case n > maxOptions:
		return &HeaderError{ErrOptionSpace, "options length", headerLen, n, "at most 40"}
	}
	return nil
}

// len returns the octets that append will append.
func (o *Options) len() int {
	n := 0
	if o.Present&OptMSS != 0 {
		n += 4
	}
	switch {
	case o.Present&OptTimestamps != 0:
		n += 12
	case o.Present&OptSACKPermitted != 0:
		n += 4
	}
	if o.Present&OptWindowScale != 0 {
		n += 4
	}
	if blocks := len(o.blocks()); blocks > 0 {
		n += 4 + 8*blocks
	}
	if o.Present&OptUserTimeout != 0 {
		n += 4
	}
	return n
}

// append appends the options in whole words, however many they are. With
// timestamps, SACK-permitted takes the place of their padding.
func (o *Options) append(b []byte) []byte {
	word := binary.BigEndian.AppendUint32
	if o.Present&OptMSS != 0 {
		b = word(b, optionMSS<<24|4<<16|uint32(o.MSS))
	}
	padding := uint32(noopNoop)
	if o.Present&OptSACKPermitted != 0 {
		padding = optionSACKPermitted<<24 | 2<<16
		if o.Present&OptTimestamps == 0 {
			b = word(b, noopNoop|optionSACKPermitted<<8|2)
		}
	}
	if o.Present&OptTimestamps != 0 {
		b = word(b, padding|optionTimestamps<<8|10)
		b = word(b, o.TSVal)
		b = word(b, o.TSEcr)
	}
	if o.Present&OptWindowScale != 0 {
		b = word(b, optionNoOperation<<24|optionWindowScale<<16|3<<8|uint32(o.WindowScale))
	}
	if blocks := o.blocks(); len(blocks) > 0 {
		b = word(b, noopNoop|optionSACK<<8|uint32(2+8*len(blocks)))
		for _, k := range blocks {
			b = word(b, uint32(k.Left))
			b = word(b, uint32(k.Right))
		}
	}
	if o.Present&OptUserTimeout != 0 {
		b = word(b, optionUserTimeout<<24|4<<16|uint32(o.UserTimeout))
	}
	return b
}

// ParseHeader reads the header at the start of b into s and returns the payload,
// which is the rest of b; Len becomes its length. It checks no checksum (see
// [VerifyChecksum]) and judges no value: a window scale above 14, for example, is
// kept as it came. It allocates nothing but its errors and keeps nothing of b.
//
// Options may come in any order and alignment, on any segment. Those that this
// package does not know are skipped by their length (RFC 9293 §3.1, MUST-6), what
// follows the end of the option list is not looked at, and of an option that comes
// twice the last one counts. Ack and Urgent are zero without their flags. The
// reserved bits are ignored.
//
// The error is a *[HeaderError]. With ErrShortHeader or ErrDataOffset s is
// unchanged and the payload nil. With ErrOptionLength everything is there except
// the options from the bad one on, so that the caller can choose between resetting
// the connection, which RFC 9293 §3.1 suggests (MUST-7), and going on with what was
// understood, which Linux does.
func (s *Segment) ParseHeader(b []byte) (payload []byte, err error) {
	if len(b) < headerLen {
		return nil, &HeaderError{ErrShortHeader, "length of the buffer", len(b), len(b), "at least 20 octets"}
	}
	n := int(b[12]>>4) * 4
	if n < headerLen || n > len(b) {
		return nil, dataOffsetError(n/4, len(b))
	}
	s.SrcPort = binary.BigEndian.Uint16(b)
	s.DstPort = binary.BigEndian.Uint16(b[2:])
	s.Seq = Seq(binary.BigEndian.Uint32(b[4:]))
	s.Ack = 0
	s.Flags = Flags(b[13])
	if s.Flags&ACK != 0 {
		s.Ack = Seq(binary.BigEndian.Uint32(b[8:]))
	}
	s.Window = binary.BigEndian.Uint16(b[14:])
	s.Urgent = 0
	if s.Flags&URG != 0 {
		s.Urgent = binary.BigEndian.Uint16(b[18:])
	}
	s.Len = len(b) - n
	return b[n:], s.Options.parse(b[:n])
}

func dataOffsetError(words, buffer int) error {
	e := &HeaderError{ErrDataOffset, "data offset", 12, words, "at least 5 words"}
	if words*4 > buffer {
		e.Err, e.Want = ErrShortHeader, fmt.Sprintf("at most the %d whole words of the buffer", buffer/4)
	}
	return e
}

// parse reads the options of the header h.
func (o *Options) parse(h []byte) error {
	*o = Options{}
	for i := headerLen; i < len(h); {
		switch h[i] {
		case optionNoOperation:
			i++
			continue
		case optionEnd:
			return nil
		}
		if i+1 == len(h) {
			return optionError(h, i)
		}
		n := int(h[i+1])
		if n < 2 || n > len(h)-i || !o.set(h[i], h[i+2:i+n]) {
			return optionError(h, i)
		}
		i += n
	}
	return nil
}

// set takes over the value v of an option. It returns false where v has a wrong
// length, and ignores unknown kinds.
func (o *Options) set(kind byte, v []byte) bool {
	switch {
	case kind == optionTimestamps && len(v) == 8:
		o.Present |= OptTimestamps
		o.TSVal = binary.BigEndian.Uint32(v)
		o.TSEcr = binary.BigEndian.Uint32(v[4:])
	case kind == optionSACK && len(v) > 0 && len(v) <= 32 && len(v)%8 == 0:
		o.SACK = [4]SACKBlock{} // an earlier option may have had more blocks
		o.NumSACK = uint8(len(v) / 8)
		for i := range o.blocks() {
			o.SACK[i].Left = Seq(binary.BigEndian.Uint32(v[8*i:]))
			o.SACK[i].Right = Seq(binary.BigEndian.Uint32(v[8*i+4:]))
		}
	case kind == optionMSS && len(v) == 2:
		o.Present |= OptMSS
		o.MSS = binary.BigEndian.Uint16(v)
	case kind == optionWindowScale && len(v) == 1:
		o.Present |= OptWindowScale
		o.WindowScale = v[0]
	case kind == optionSACKPermitted && len(v) == 0:
		o.Present |= OptSACKPermitted
	case kind == optionUserTimeout && len(v) == 2:
		o.Present |= OptUserTimeout
		o.UserTimeout = binary.BigEndian.Uint16(v)
	default:
		name, _ := optionName(kind)
		return name == ""
	}
	return true
}

// optionName returns the name and the legal length of the kinds of options that
// this package understands, "" for others.
func optionName(kind byte) (name, length string) {
	switch kind {
	case optionMSS:
		return "MSS", "4"
	case optionWindowScale:
		return "window scale", "3"
	case optionSACKPermitted:
		return "SACK-permitted", "2"
	case optionSACK:
		return "SACK", "10, 18, 26 or 34"
	case optionTimestamps:
		return "timestamps", "10"
	case optionUserTimeout:
		return "user timeout", "4"
	}
	return "", ""
}

// optionError says what is wrong with the length of the option at h[i:]. Where
// the header ends before the length, it counts as 0.
func optionError(h []byte, i int) error {
	name, want := optionName(h[i])
	if name == "" {
		name, want = fmt.Sprintf("kind %d", h[i]), "at least 2"
	}
	e := &HeaderError{ErrOptionLength, name + " option length", i + 1, 0, want}
	if i+1 == len(h) {
		e.Want = "a length before the header ends"
		return e
	}
	e.Got = int(h[i+1])
	if left := len(h) - i; e.Got > left {
		e.Want = fmt.Sprintf("at most the %d octets left in the header", left)
	}
	return e
}
