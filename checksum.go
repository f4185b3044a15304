package tcp

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

const (
	checksumOffset = 16 // of the checksum in the header, in octets (RFC 9293 §3.1)
	protocolNumber = 6  // of TCP in the pseudo-header (IANA, Protocol Numbers)
)

// Checksum returns the Internet checksum (RFC 9293 §3.1, RFC 1071) of a segment
// between two addresses: over the IPv4 or IPv6 pseudo-header, the header with its
// options, and the payload. The whole segment may be in header, with payload nil,
// or be split between the two at any octet.
//
// The checksum field counts as it stands in header: with zero there, the result is
// what belongs there; with the right checksum there, the result is zero.
// [SetChecksum] and [VerifyChecksum] do the one and the other.
//
// Both addresses are of one family, IPv4 also in its IPv6-mapped form. Zones do
// not matter, and the zero Addr counts as all zeros.
func Checksum(src, dst netip.Addr, header, payload []byte) uint16 {
	// In its mapped form an IPv4 address adds 0xffff and itself, and 0xffff is zero
	// in one's complement. So the IPv6 pseudo-header, whose other fields have the
	// values of the IPv4 one's, serves for both.
	from, to := src.As16(), dst.As16()
	n := uint64(len(header)) + uint64(len(payload)) + protocolNumber
	le := binary.LittleEndian // as in checksumAdd
	sum, c := bits.Add64(bits.ReverseBytes64(n), le.Uint64(from[:]), 0)
	sum, c = bits.Add64(sum, le.Uint64(from[8:]), c)
	sum, c = bits.Add64(sum, le.Uint64(to[:]), c)
	sum, c = bits.Add64(sum, le.Uint64(to[8:]), c)
	sum = checksumAdd(sum+c, header)
	if len(payload) > 0 {
		// After an odd header, the payload's octets are the other halves of the
		// 16-bit words: a rotation by one octet puts them there (RFC 1071 §2 (B)).
		text := bits.RotateLeft64(checksumAdd(0, payload), 8*(len(header)%2))
		sum, c = bits.Add64(sum, text, 0)
		sum += c
	}
	return ^bits.ReverseBytes16(fold(sum))
}

// SetChecksum fills in the checksum of a segment whose header, or header and
// payload, are in header; the arguments are those of [Checksum]. A sender must do
// so (RFC 9293 §3.1, MUST-2). The error is a *[HeaderError], ErrShortHeader, where
// header has less than 20 octets.
func SetChecksum(src, dst netip.Addr, header, payload []byte) error {
	if len(header) < headerLen {
		return &HeaderError{ErrShortHeader, "length of the buffer", len(header), len(header), "at least 20 octets"}
	}
	field := header[checksumOffset : checksumOffset+2]
	field[0], field[1] = 0, 0
	binary.BigEndian.PutUint16(field, Checksum(src, dst, header, payload))
	return nil
}

// VerifyChecksum reports whether the checksum of a segment is right; the arguments
// are those of [Checksum]. A receiver must ask and drop the segment silently if it
// is not (RFC 9293 §3.1, MUST-3). Less than 20 octets in header are never right.
func VerifyChecksum(src, dst netip.Addr, header, payload []byte) bool {
	return len(header) >= headerLen && Checksum(src, dst, header, payload) == 0
}

// checksumAdd adds b to a one's complement sum, 64 bits at a time. The octets are
// taken in little-endian order, which most machines load fastest: swapping the
// octets of all words swaps those of the sum (RFC 1071 §2 (B)), and a sum of 64-bit
// words folds to the sum of their 16-bit words. The last carry comes in at the low
// end; sum+c cannot overflow, because a chain that starts without a carry is below
// 2^64-1 wherever it carries.
func checksumAdd(sum uint64, b []byte) uint64 {
	le := binary.LittleEndian
	var c uint64
	for len(b) >= 64 {
		sum, c = bits.Add64(sum, le.Uint64(b), c)
		sum, c = bits.Add64(sum, le.Uint64(b[8:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[16:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[24:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[32:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[40:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[48:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[56:]), c)
		b = b[64:]
	}
	if len(b) >= 32 {
		sum, c = bits.Add64(sum, le.Uint64(b), c)
		sum, c = bits.Add64(sum, le.Uint64(b[8:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[16:]), c)
		sum, c = bits.Add64(sum, le.Uint64(b[24:]), c)
		b = b[32:]
	}
	for len(b) >= 8 {
		sum, c = bits.Add64(sum, le.Uint64(b), c)
		b = b[8:]
	}
	if len(b) >= 4 {
		sum, c = bits.Add64(sum, uint64(le.Uint32(b)), c)
		b = b[4:]
	}
	var last uint64 // up to three octets, padded with zeros
	for i, x := range b {
		last |= uint64(x) << (8 * i)
	}
	sum, c = bits.Add64(sum, last, c)
	return sum + c
}

// fold brings a one's complement sum down to 16 bits.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum>>16 + sum&0xffff)
}
