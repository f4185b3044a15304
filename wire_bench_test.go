package tcp

import (
	"net/netip"
	"testing"
)

// ackWithTimestamps is the segment that a connection sees most.
var ackWithTimestamps = Segment{
	SrcPort: 40000, DstPort: 80, Seq: 1000, Ack: 2000, Flags: ACK, Window: 502,
	Options: Options{Present: OptTimestamps, TSVal: 0x01020304, TSEcr: 0x05060708},
}

// linuxSYN carries what a SYN from Linux carries.
var linuxSYN = Segment{
	SrcPort: 40000, DstPort: 80, Seq: 1000, Flags: SYN, Window: 64240,
	Options: Options{Present: OptMSS | OptSACKPermitted | OptTimestamps | OptWindowScale, MSS: 1460, WindowScale: 7, TSVal: 1},
}

// threeHoles fills the header: timestamps and as many SACK blocks as fit with them.
var threeHoles = Segment{
	SrcPort: 40000, DstPort: 80, Seq: 1000, Ack: 2000, Flags: ACK, Window: 502,
	Options: Options{Present: OptTimestamps, TSVal: 1, TSEcr: 2, NumSACK: 3, SACK: [4]SACKBlock{{3000, 4000}, {5000, 6000}, {7000, 8000}}},
}

var benchSegments = []struct {
	name string
	seg  Segment
}{
	{"ack", ackWithTimestamps},
	{"syn", linuxSYN},
	{"sack", threeHoles},
}

func BenchmarkSegmentAppend(b *testing.B) {
	for _, bb := range benchSegments {
		b.Run(bb.name, func(b *testing.B) {
			buf := make([]byte, 0, 60)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bb.seg.AppendHeader(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSegmentParse(b *testing.B) {
	for _, bb := range benchSegments {
		b.Run(bb.name, func(b *testing.B) {
			buf, err := bb.seg.AppendHeader(nil)
			if err != nil {
				b.Fatal(err)
			}
			var seg Segment
			b.ReportAllocs()
			for b.Loop() {
				if _, err := seg.ParseHeader(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSegmentString(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = linuxSYN.String()
	}
}

// BenchmarkSegmentChecksum1460 sums a full segment on Ethernet: 32 octets of
// header and 1460 of payload.
func BenchmarkSegmentChecksum1460(b *testing.B) {
	for _, bb := range []struct {
		name     string
		src, dst netip.Addr
	}{
		{"ipv4", netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
		{"ipv6", netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")},
	} {
		b.Run(bb.name, func(b *testing.B) {
			header, err := ackWithTimestamps.AppendHeader(nil)
			if err != nil {
				b.Fatal(err)
			}
			payload := make([]byte, 1460)
			for i := range payload {
				payload[i] = byte(i * 7)
			}
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				_ = Checksum(bb.src, bb.dst, header, payload)
			}
		})
	}
}
