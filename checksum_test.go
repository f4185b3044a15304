package tcp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
)

// checksumVectors are whole segments; tcpdump 4.99.3 finds their checksums correct.
var checksumVectors = []struct {
	name, src, dst, segment string
}{
	{"IPv4 SYN", "192.0.2.1", "192.0.2.2", "9c400050000003e800000000a002faf028920000020405b40402080a000000010000000001030307"},
	{"IPv4 mapped", "::ffff:192.0.2.1", "::ffff:192.0.2.2", "9c400050000003e800000000a002faf028920000020405b40402080a000000010000000001030307"},
	{"IPv4 odd length", "192.0.2.1", "198.51.100.7", "9c400050000003e8000007d0801801f6fcbe00000101080a01020304050607086f6464"},
	{"IPv6 payload", "2001:db8::1", "2001:db8::2", "9c400050000003e8000007d0801801f6960500000101080a01020304050607086576656e"},
	{"IPv6 zone", "2001:db8::1%eth0", "2001:db8::2", "9c400050000003e8000007d0801801f6960500000101080a01020304050607086576656e"},
	{"IPv6 SACK", "2001:db8::1", "2001:db8:ffff::2", "9c400050000003e8000007d0f01001f679e700000101080a00000001000000020101051a00000bb800000fa0000013880000177000001b5800001f40"},
}

// RFC 1071 §3's example: the octets 00 01 f2 03 f4 f5 f6 f7 sum to ddf2.
func TestChecksumRFC1071Example(t *testing.T) {
	// Two addresses whose sum, with the protocol and the length, is zero in one's
	// complement, leave the example alone.
	src := netip.AddrFrom4([4]byte{0xff, 0xff, 0xff, 0xff - 8 - 6})
	example := []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}
	if got := ^Checksum(src, netip.IPv4Unspecified(), example, nil); got != 0xddf2 {
		t.Errorf("sum is %#04x, want 0xddf2", got)
	}
}

func TestRFC9293_MUST2_SenderFillsInTheChecksum(t *testing.T) {
	for _, tt := range checksumVectors {
		t.Run(tt.name, func(t *testing.T) {
			src, dst := netip.MustParseAddr(tt.src), netip.MustParseAddr(tt.dst)
			want := unhex(t, tt.segment)
			for split := headerLen; split <= len(want); split++ {
				got := bytes.Clone(want)
				got[16], got[17] = 0xde, 0xad // must not count
				if err := SetChecksum(src, dst, got[:split], got[split:]); err != nil || !bytes.Equal(got, want) {
					t.Errorf("payload from %d: %x, %v, want %x", split, got[16:18], err, want[16:18])
				}
			}
		})
	}
	for n := range headerLen {
		err := SetChecksum(netip.Addr{}, netip.Addr{}, make([]byte, n), make([]byte, 40))
		var he *HeaderError
		if !errors.As(err, &he) || *he != (HeaderError{ErrShortHeader, "length of the buffer", n, n, "at least 20 octets"}) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
}

// Any single octet that differs, in the segment or the addresses, is noticed.
func TestRFC9293_MUST3_ReceiverVerifiesTheChecksum(t *testing.T) {
	for _, tt := range checksumVectors {
		t.Run(tt.name, func(t *testing.T) {
			src, dst := netip.MustParseAddr(tt.src), netip.MustParseAddr(tt.dst)
			b := unhex(t, tt.segment)
			if !VerifyChecksum(src, dst, b, nil) || !VerifyChecksum(src, dst, b[:headerLen], b[headerLen:]) {
				t.Error("a good segment is refused")
			}
			for i := range b {
				b[i] ^= 0x40
				if VerifyChecksum(src, dst, b, nil) || VerifyChecksum(src, dst, b[:headerLen], b[headerLen:]) {
					t.Errorf("octet %d changed, not noticed", i)
				}
				b[i] ^= 0x40
			}
			if VerifyChecksum(src.Next(), dst, b, nil) || VerifyChecksum(src, dst.Next(), b, nil) {
				t.Error("a wrong address is not noticed")
			}
			if VerifyChecksum(src, dst, b, []byte{0}) {
				t.Error("a wrong length is not noticed")
			}
		})
	}
	// The length alone cannot make octets that hold no header right.
	if short := []byte{0xff, 0xff - 2 - 6}; Checksum(netip.Addr{}, netip.Addr{}, short, nil) != 0 || VerifyChecksum(netip.Addr{}, netip.Addr{}, short, nil) {
		t.Error("two octets pass for a segment")
	}
}

// naiveChecksum is RFC 9293 §3.1 to the letter, with the pseudo-header of the
// addresses' own family and 16-bit words.
func naiveChecksum(src, dst netip.Addr, segment []byte) uint16 {
	src, dst = src.Unmap(), dst.Unmap()
	pseudo := append(src.AsSlice(), dst.AsSlice()...)
	if src.Is4() {
		pseudo = append(pseudo, 0, 6)
		pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(segment)))
	} else {
		pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(segment)))
		pseudo = append(pseudo, 0, 0, 0, 6)
	}
	all := append(pseudo, segment...)
	if len(all)%2 != 0 {
		all = append(all, 0)
	}
	var sum uint64
	for i := 0; i < len(all); i += 2 {
		sum += uint64(all[i])<<8 | uint64(all[i+1])
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// checkChecksum compares with the naive sum over both families, at a split.
func checkChecksum(t *testing.T, addresses [32]byte, segment []byte, split int) {
	t.Helper()
	src4, dst4 := netip.AddrFrom4([4]byte(addresses[:4])), netip.AddrFrom4([4]byte(addresses[16:20]))
	src16, dst16 := netip.AddrFrom16([16]byte(addresses[:16])), netip.AddrFrom16([16]byte(addresses[16:]))
	if src16.Is4In6() != dst16.Is4In6() {
		src16, dst16 = netip.IPv6LinkLocalAllNodes(), netip.IPv6LinkLocalAllRouters()
	}
	for _, a := range [][2]netip.Addr{{src4, dst4}, {src16, dst16}} {
		want := naiveChecksum(a[0], a[1], segment)
		if got := Checksum(a[0], a[1], segment[:split], segment[split:]); got != want {
			t.Fatalf("%v > %v, %d+%d octets: got %#04x, want %#04x", a[0], a[1], split, len(segment)-split, got, want)
		}
	}
}

// Every length up to a few blocks of the loop, at every split, with the octets
// that carry most and with mixed ones.
func TestChecksumEveryLengthAndSplit(t *testing.T) {
	ones := bytes.Repeat([]byte{0xff}, 200)
	mixed := bytes.Clone(ones)
	for i := range mixed {
		mixed[i] -= byte(i % 5 / 4 * i)
	}
	addresses := [32]byte(bytes.Repeat([]byte{0xfe}, 32))
	for n := range len(ones) {
		for split := range n + 1 {
			checkChecksum(t, addresses, ones[:n], split)
			checkChecksum(t, addresses, mixed[:n], split)
		}
	}
	checkChecksum(t, addresses, bytes.Repeat([]byte{0xff}, 65535), 32)
	checkChecksum(t, [32]byte{}, make([]byte, 65535), 20)
}

func TestChecksumDoesNotAllocate(t *testing.T) {
	src, dst := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	header, payload := headerWith(), make([]byte, 1460)
	if n := testing.AllocsPerRun(100, func() {
		if err := SetChecksum(src, dst, header, payload); err != nil || !VerifyChecksum(src, dst, header, payload) {
			t.Fatal("wrong checksum")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzChecksum(f *testing.F) {
	f.Add([]byte("some addresses"), []byte{}, uint16(0))
	f.Add(bytes.Repeat([]byte{0xff}, 32), bytes.Repeat([]byte{0xff}, 131), uint16(21))
	f.Add(append(bytes.Repeat([]byte{0}, 10), 0xff, 0xff, 1, 2, 3, 4), []byte("odd"), uint16(1))
	f.Fuzz(func(t *testing.T, addresses, segment []byte, split uint16) {
		var a [32]byte
		copy(a[:], addresses)
		if len(segment) > 65535 {
			segment = segment[:65535]
		}
		checkChecksum(t, a, segment, int(split)%(len(segment)+1))
	})
}
