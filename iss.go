package tcp

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
)

// ISS returns an initial send sequence number by RFC 6528: a clock that ticks every
// 4 µs (MUST-8), plus a hash of the four-tuple and a secret, which no outsider can
// compute (MUST-9, SHLD-1). The secret is random and chosen once by the host; after a
// change of it old connections must be gone. A caller may draw the number in
// another way: Open and Listen take any.
func ISS(now Time, secret *[16]byte, local, remote netip.AddrPort) Seq {
	var b [16 + 2*18]byte
	copy(b[:16], secret[:])
	for i, end := range [2]netip.AddrPort{local, remote} {
		address := end.Addr().As16()
		copy(b[16+18*i:], address[:])
		binary.BigEndian.PutUint16(b[32+18*i:], end.Port())
	}
	sum := sha256.Sum256(b[:])
	return Seq(binary.BigEndian.Uint32(sum[:])) + Seq(uint64(now)/issTick)
}

// issTick is the clock of initial sequence numbers, in nanoseconds: RFC 9293 §3.4.1.
const issTick = 4000
