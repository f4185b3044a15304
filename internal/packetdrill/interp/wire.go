package interp

import (
	"encoding/binary"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// Kinds of options on the wire.
const (
	wireEOL           = 0
	wireNOP           = 1
	wireMSS           = 2
	wireWindowScale   = 3
	wireSACKPermitted = 4
	wireSACK          = 5
	wireTimestamps    = 8
	wireUserTimeout   = 28
)

// headerLen is a TCP header without options.
const headerLen = 20

// wireOptions are the options of a segment as its header has them, in order and with
// the padding.
func wireOptions(seg *tcp.Segment) []packetdrill.TCPOption {
	var buf [60]byte
	header, err := seg.AppendHeader(buf[:0])
	if err != nil {
		panic("interp: BUG: a segment was sent that has no header: " + err.Error())
	}
	var list []packetdrill.TCPOption
	for rest := header[headerLen:]; len(rest) > 0; {
		n := 1
		if rest[0] != wireEOL && rest[0] != wireNOP {
			n = int(rest[1])
		}
		list = append(list, wireOption(rest[:n]))
		rest = rest[n:]
	}
	return list
}

// wireOption reads one option.
func wireOption(b []byte) (o packetdrill.TCPOption) {
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[i:]) }
	switch b[0] {
	case wireEOL:
		o.Kind = packetdrill.OptionEOL
	case wireNOP:
		o.Kind = packetdrill.OptionNOP
	case wireMSS:
		o.Kind, o.Value = packetdrill.OptionMSS, binary.BigEndian.Uint16(b[2:])
	case wireWindowScale:
		o.Kind, o.Value = packetdrill.OptionWindowScale, uint16(b[2])
	case wireSACKPermitted:
		o.Kind = packetdrill.OptionSACKPermitted
	case wireSACK:
		o.Kind = packetdrill.OptionSACK
		for i := 2; i < len(b); i += 8 {
			o.Blocks = append(o.Blocks, tcp.SACKBlock{Left: tcp.Seq(word(i)), Right: tcp.Seq(word(i + 4))})
		}
	case wireTimestamps:
		o.Kind, o.TSVal, o.TSEcr = packetdrill.OptionTimestamps, word(2), word(6)
	case wireUserTimeout:
		o.Kind, o.Value = packetdrill.OptionUserTimeout, binary.BigEndian.Uint16(b[2:])
	}
	return o
}
