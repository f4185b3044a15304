package tcp

import (
	"fmt"
	"math"
	"testing"
)

func TestSeqIsCircular(t *testing.T) {
	for _, tt := range []struct {
		a, b Seq
		less bool
	}{
		{0, 1, true},
		{1, 0, false},
		{7, 7, false},
		{math.MaxUint32, 0, true},
		{0, math.MaxUint32, false},
		{0xfffffff0, 0x10, true},
		{0, 1<<31 - 1, true},
		{1<<31 - 1, 0, false},
		{5, 5 + 1<<31 - 1, true},
	} {
		if got := tt.a.Less(tt.b); got != tt.less {
			t.Errorf("Seq(%d).Less(%d) = %v", tt.a, tt.b, got)
		}
		if got, want := tt.a.LessEq(tt.b), tt.less || tt.a == tt.b; got != want {
			t.Errorf("Seq(%d).LessEq(%d) = %v", tt.a, tt.b, got)
		}
		if d := tt.b.Sub(tt.a); tt.a.Add(d) != tt.b || d > 0 != tt.less {
			t.Errorf("Seq(%d).Sub(%d) = %d", tt.b, tt.a, d)
		}
	}
	if got := Seq(3).Add(-5); got != math.MaxUint32-1 {
		t.Errorf("Seq(3).Add(-5) = %d", got)
	}
}

func TestSegmentEnd(t *testing.T) {
	for _, tt := range []struct {
		flags Flags
		len   int
		want  int
	}{
		{ACK, 0, 0},
		{ACK | PSH, 100, 100},
		{SYN, 0, 1},
		{FIN | ACK, 100, 101},
		{SYN | FIN, 5, 7},
		{RST, 0, 0},
	} {
		s := Segment{Seq: math.MaxUint32 - 3, Flags: tt.flags, Len: tt.len}
		if got := s.SegLen(); got != tt.want {
			t.Errorf("%v: SegLen() = %d, want %d", s, got, tt.want)
		}
		if got, want := s.End(), Seq(math.MaxUint32-3).Add(tt.want); got != want {
			t.Errorf("%v: End() = %d, want %d", s, got, want)
		}
	}
}

func TestFlagsString(t *testing.T) {
	for f, want := range map[Flags]string{
		0:                     "none",
		SYN:                   "S",
		SYN | ACK:             "S.",
		SYN | ECE | CWR:       "SEW",
		ACK:                   ".",
		PSH | ACK:             "P.",
		FIN | PSH | ACK:       "FP.",
		RST | ACK:             "R.",
		URG | ACK:             ".U",
		math.MaxUint8:         "FSRP.UEW",
		FIN | SYN | RST | URG: "FSRU",
	} {
		if got := f.String(); got != want {
			t.Errorf("Flags(%#02x).String() = %q, want %q", uint8(f), got, want)
		}
	}
}

// The lines are what tcpdump 4.99.3 -S prints for the same segments.
func TestSegmentString(t *testing.T) {
	const every = OptMSS | OptWindowScale | OptSACKPermitted | OptTimestamps
	for _, tt := range []struct {
		seg  Segment
		want string
	}{
		{Segment{}, "Flags [none], win 0, length 0"},
		{Segment{Seq: 1, Ack: 1, Flags: FIN | ACK, Window: 257}, "Flags [F.], seq 1, ack 1, win 257, length 0"},
		{Segment{Seq: 1, Ack: 1, Flags: ACK, Window: 257}, "Flags [.], ack 1, win 257, length 0"},
		{Segment{Seq: 7, Ack: 9, Flags: RST}, "Flags [R], seq 7, win 0, length 0"},
		{Segment{Seq: 4294967290, Ack: 1, Flags: PSH | ACK, Len: 10, Window: 1}, "Flags [P.], seq 4294967290:4, ack 1, win 1, length 10"},
		{Segment{Seq: 5, Flags: SYN, Len: 3, Window: 1}, "Flags [S], seq 5:8, win 1, length 3"},
		{Segment{Seq: 5, Ack: 6, Flags: ACK | URG, Window: 257, Urgent: 4}, "Flags [.U], ack 6, win 257, urg 4, length 0"},
		{Segment{Seq: 5, Ack: 6, Flags: ACK, Window: 257, Urgent: 4}, "Flags [.], ack 6, win 257, length 0"},
		{
			Segment{Flags: SYN, Window: 65535, Options: Options{Present: every, MSS: 1460, TSVal: 1, WindowScale: 7}},
			"Flags [S], seq 0, win 65535, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0",
		},
		{
			Segment{Seq: 1, Ack: 1, Flags: ACK, Window: 501, Len: 100, Options: Options{NumSACK: 1, SACK: [4]SACKBlock{{201, 202}}}},
			"Flags [.], seq 1:101, ack 1, win 501, options [nop,nop,sack 1 {201:202}], length 100",
		},
		{
			Segment{Ack: 1, Flags: ACK, Window: 501, Options: Options{Present: OptTimestamps, TSVal: 4294967295, TSEcr: 7, NumSACK: 2, SACK: [4]SACKBlock{{5, 6}, {4294967295, 3}}}},
			"Flags [.], ack 1, win 501, options [nop,nop,TS val 4294967295 ecr 7,nop,nop,sack 2 {5:6}{4294967295:3}], length 0",
		},
	} {
		if got := tt.seg.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		if got := fmt.Sprintf("%v|%v", tt.seg, &tt.seg); got != tt.want+"|"+tt.want {
			t.Errorf("%%v of Segment and *Segment: %s", got)
		}
	}
}

// Every layout that Linux produces, and the user timeout behind them.
func TestOptionsString(t *testing.T) {
	o := Options{MSS: 1460, WindowScale: 7, TSVal: 1, TSEcr: 2, UserTimeout: 300}
	for present, want := range map[OptionSet]string{
		0:                                 "",
		OptMSS:                            "mss 1460",
		OptMSS | OptWindowScale:           "mss 1460,nop,wscale 7",
		OptMSS | OptSACKPermitted:         "mss 1460,nop,nop,sackOK",
		OptMSS | OptTimestamps:            "mss 1460,nop,nop,TS val 1 ecr 2",
		OptSACKPermitted | OptTimestamps:  "sackOK,TS val 1 ecr 2",
		OptTimestamps:                     "nop,nop,TS val 1 ecr 2",
		OptUserTimeout:                    "uto 0x12c 300",
		OptUserTimeout | OptTimestamps:    "nop,nop,TS val 1 ecr 2,uto 0x12c 300",
		OptMSS | OptUserTimeout:           "mss 1460,uto 0x12c 300",
		OptWindowScale | OptSACKPermitted: "nop,nop,sackOK,nop,wscale 7",
		OptMSS | OptSACKPermitted | OptWindowScale:                 "mss 1460,nop,nop,sackOK,nop,wscale 7",
		OptMSS | OptTimestamps | OptWindowScale:                    "mss 1460,nop,nop,TS val 1 ecr 2,nop,wscale 7",
		OptMSS | OptSACKPermitted | OptTimestamps:                  "mss 1460,sackOK,TS val 1 ecr 2",
		OptMSS | OptSACKPermitted | OptTimestamps | OptWindowScale: "mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7",
		allOptions: "mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7,uto 0x12c 300",
	} {
		o.Present = present
		if got := o.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	minutes := Options{Present: OptUserTimeout, UserTimeout: 1<<15 | 5}
	if got, want := minutes.String(), "uto 0x8005 300"; got != want {
		t.Errorf("five minutes: got %s, want %s", got, want)
	}
	tooMany := Options{Present: 0xff, NumSACK: 255}
	if got, want := tooMany.String(), "mss 0,sackOK,TS val 0 ecr 0,nop,wscale 0,nop,nop,sack 4 {0:0}{0:0}{0:0}{0:0},uto 0x0 0"; got != want {
		t.Errorf("impossible options: got %s, want %s", got, want)
	}
}

func TestSegmentRelative(t *testing.T) {
	seg := Segment{
		SrcPort: 1, DstPort: 2, Seq: 3, Ack: 5000, Flags: ACK, Window: 9, Len: 10,
		Options: Options{Present: OptTimestamps, TSVal: 1, TSEcr: 2, NumSACK: 2, SACK: [4]SACKBlock{{5201, 5202}, {4999, 6000}}},
	}
	before := seg
	const want = "Flags [.], seq 4:14, ack 1, win 9, options [nop,nop,TS val 1 ecr 2,nop,nop,sack 2 {202:203}{0:1001}], length 10"
	got := seg.Relative(math.MaxUint32, 4999)
	if got.String() != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if seg != before {
		t.Errorf("Relative changed its receiver: %v", seg)
	}
	if got.SrcPort != 1 || got.DstPort != 2 || got.Options.SACK[2] != (SACKBlock{}) {
		t.Errorf("Relative changed what it should not: %+v", got)
	}
	if back := got.Relative(1, math.MaxUint32-4998); back != seg {
		t.Errorf("the way back: %v, want %v", back, seg)
	}
	syn := Segment{Seq: 77, Flags: SYN}
	if got := syn.Relative(77, 99); got != (Segment{Flags: SYN}) {
		t.Errorf("a segment without ACK: %+v", got)
	}
}
