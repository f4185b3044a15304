package tcp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unhex turns hexadecimal digits, with spaces for the reader, into octets.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// headerWith returns an ACK's header that carries these options, which must fill
// whole words.
func headerWith(options ...byte) []byte {
	b := make([]byte, headerLen, headerLen+len(options))
	b[12] = byte(headerLen+len(options)) / 4 << 4
	b[13] = byte(ACK)
	return append(b, options...)
}

// wireVectors pair segments with their octets.
var wireVectors = []struct {
	name   string
	seg    Segment
	header string
}{
	{"bare", Segment{SrcPort: 1, DstPort: 2, Seq: 3, Ack: 4, Flags: FIN | ACK, Window: 5}, "0001 0002 00000003 00000004 50 11 0005 0000 0000"},
	{"all flags", Segment{SrcPort: 0xffff, DstPort: 0xfffe, Seq: 0xfffffffd, Ack: 0xfffffffc, Flags: 0xff, Window: 0xfffb, Urgent: 0xfffa}, "ffff fffe fffffffd fffffffc 50 ff fffb 0000 fffa"},
	{"SYN", linuxSYN, "9c40 0050 000003e8 00000000 a0 02 faf0 0000 0000 020405b4 0402 080a 00000001 00000000 01 030307"},
	{"ACK", ackWithTimestamps, "9c40 0050 000003e8 000007d0 80 10 01f6 0000 0000 0101 080a 01020304 05060708"},
	{"SACK", threeHoles, "9c40 0050 000003e8 000007d0 f0 10 01f6 0000 0000 0101 080a 00000001 00000002 0101 051a 00000bb8 00000fa0 00001388 00001770 00001b58 00001f40"},
	{"without timestamps", Segment{Flags: SYN, Options: Options{Present: OptMSS | OptSACKPermitted | OptWindowScale, MSS: 536, WindowScale: 255}}, "0000 0000 00000000 00000000 80 02 0000 0000 0000 02040218 01010402 010303ff"},
	{"four SACK blocks", Segment{Flags: ACK, Options: Options{NumSACK: 4, SACK: [4]SACKBlock{{1, 2}, {3, 4}, {5, 6}, {7, 8}}}}, "0000 0000 00000000 00000000 e0 10 0000 0000 0000 0101 0522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008"},
	{"user timeout", Segment{Flags: ACK, Options: Options{Present: OptUserTimeout, UserTimeout: 0x8005}}, "0000 0000 00000000 00000000 60 10 0000 0000 0000 1c048005"},
	{"full", Segment{Flags: SYN, Options: Options{Present: OptMSS | OptTimestamps | OptWindowScale | OptUserTimeout, MSS: 1, WindowScale: 2, TSVal: 3, TSEcr: 4, UserTimeout: 5, NumSACK: 1, SACK: [4]SACKBlock{{6, 7}}}}, "0000 0000 00000000 00000000 e0 02 0000 0000 0000 02040001 0101 080a 00000003 00000004 01 030302 0101 050a 00000006 00000007 1c040005"},
}

func TestHeaderVectors(t *testing.T) {
	for _, tt := range wireVectors {
		t.Run(tt.name, func(t *testing.T) {
			want := unhex(t, tt.header)
			got, err := tt.seg.AppendHeader([]byte("before"))
			if err != nil || string(got[:6]) != "before" || !bytes.Equal(got[6:], want) {
				t.Errorf("AppendHeader:\n got %x, %v\nwant %x", got[6:], err, want)
			}
			seg := Segment{Len: 77, Ack: 99, Urgent: 98, Options: Options{Present: 0xff, NumSACK: 4, MSS: 1}} // nothing of this may stay
			payload, err := seg.ParseHeader(append(want, "payload"...))
			want2 := tt.seg
			want2.Len = len("payload")
			if err != nil || seg != want2 || string(payload) != "payload" {
				t.Errorf("ParseHeader:\n got %+v, %q, %v\nwant %+v", seg, payload, err, want2)
			}
		})
	}
}

// What does not count is not written: Ack and Urgent without their flags, fields
// of options that are not present.
func TestAppendHeaderWritesOnlyWhatCounts(t *testing.T) {
	noisy := Segment{Seq: 1, Ack: 2, Flags: RST, Urgent: 3, Len: 4, Options: Options{WindowScale: 5, MSS: 6, UserTimeout: 7, TSVal: 8, TSEcr: 9, SACK: [4]SACKBlock{{1, 2}}}}
	got, err := noisy.AppendHeader(nil)
	want := unhex(t, "0000 0000 00000001 00000000 50 04 0000 0000 0000")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
}

// Reserved bits and the two fields without their flags come as zero.
func TestParseHeaderIgnoresWhatDoesNotCount(t *testing.T) {
	var seg Segment
	_, err := seg.ParseHeader(unhex(t, "0001 0002 00000003 ffffffff 5f 04 0005 ffff ffff"))
	if want := (Segment{SrcPort: 1, DstPort: 2, Seq: 3, Flags: RST, Window: 5}); err != nil || seg != want {
		t.Errorf("got %+v, %v, want %+v", seg, err, want)
	}
}

func TestAppendHeaderErrors(t *testing.T) {
	blocks := [4]SACKBlock{{1, 2}, {3, 4}, {5, 6}, {7, 8}}
	for _, tt := range []struct {
		options Options
		want    HeaderError
		text    string
	}{
		{
			Options{Present: OptTimestamps, NumSACK: 4, SACK: blocks},
			HeaderError{ErrOptionSpace, "options length", 20, 48, "at most 40"},
			"tcp: options do not fit: options length at octet 20 is 48, want at most 40",
		},
		{
			Options{Present: OptTimestamps | OptUserTimeout, NumSACK: 3, SACK: blocks},
			HeaderError{ErrOptionSpace, "options length", 20, 44, "at most 40"},
			"tcp: options do not fit: options length at octet 20 is 44, want at most 40",
		},
		{
			Options{NumSACK: 5, SACK: blocks},
			HeaderError{ErrOptionValue, "NumSACK", 20, 5, "at most 4"},
			"tcp: option cannot be written: NumSACK at octet 20 is 5, want at most 4",
		},
		{
			Options{Present: 0x21},
			HeaderError{ErrOptionValue, "Present", 20, 0x21, "only the bits that are defined"},
			"tcp: option cannot be written: Present at octet 20 is 33, want only the bits that are defined",
		},
	} {
		seg := Segment{Options: tt.options}
		b, err := seg.AppendHeader([]byte("before"))
		if string(b) != "before" {
			t.Errorf("%v: %x was appended", err, b[6:])
		}
		checkHeaderError(t, err, tt.want, tt.text)
	}
}

func checkHeaderError(t *testing.T, err error, want HeaderError, text string) {
	t.Helper()
	var got *HeaderError
	if !errors.As(err, &got) || *got != want || err.Error() != text {
		t.Errorf("got  %+v\nwant %+v: %s", err, want, text)
	}
	if !errors.Is(err, want.Err) {
		t.Errorf("errors.Is(%v, %v) = false", err, want.Err)
	}
}

func TestParseHeaderErrors(t *testing.T) {
	offset := func(words byte) []byte {
		b := headerWith()
		b[12] = words << 4
		return b
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want HeaderError
		text string
	}{
		{"nil", nil, HeaderError{ErrShortHeader, "length of the buffer", 0, 0, "at least 20 octets"},
			"tcp: header is cut short: length of the buffer at octet 0 is 0, want at least 20 octets"},
		{"19 octets", headerWith()[:19], HeaderError{ErrShortHeader, "length of the buffer", 19, 19, "at least 20 octets"},
			"tcp: header is cut short: length of the buffer at octet 19 is 19, want at least 20 octets"},
		{"data offset 0", offset(0), HeaderError{ErrDataOffset, "data offset", 12, 0, "at least 5 words"},
			"tcp: bad data offset: data offset at octet 12 is 0, want at least 5 words"},
		{"data offset 4", offset(4), HeaderError{ErrDataOffset, "data offset", 12, 4, "at least 5 words"},
			"tcp: bad data offset: data offset at octet 12 is 4, want at least 5 words"},
		{"data offset beyond the buffer", offset(6), HeaderError{ErrShortHeader, "data offset", 12, 6, "at most the 5 whole words of the buffer"},
			"tcp: header is cut short: data offset at octet 12 is 6, want at most the 5 whole words of the buffer"},
		{"one octet of the options missing", headerWith(1, 1, 1, 1)[:23], HeaderError{ErrShortHeader, "data offset", 12, 6, "at most the 5 whole words of the buffer"},
			"tcp: header is cut short: data offset at octet 12 is 6, want at most the 5 whole words of the buffer"},
		{"length 0", headerWith(1, 2, 0, 1), HeaderError{ErrOptionLength, "MSS option length", 22, 0, "4"},
			"tcp: bad option length: MSS option length at octet 22 is 0, want 4"},
		{"length 0 of an unknown option", headerWith(254, 0, 1, 1), HeaderError{ErrOptionLength, "kind 254 option length", 21, 0, "at least 2"},
			"tcp: bad option length: kind 254 option length at octet 21 is 0, want at least 2"},
		{"length 1 of an unknown option", headerWith(254, 1, 1, 1), HeaderError{ErrOptionLength, "kind 254 option length", 21, 1, "at least 2"},
			"tcp: bad option length: kind 254 option length at octet 21 is 1, want at least 2"},
		{"wrong length up to the end of the header", headerWith(1, 2, 3, 0), HeaderError{ErrOptionLength, "MSS option length", 22, 3, "4"},
			"tcp: bad option length: MSS option length at octet 22 is 3, want 4"},
		{"past the header", headerWith(1, 1, 254, 3), HeaderError{ErrOptionLength, "kind 254 option length", 23, 3, "at most the 2 octets left in the header"},
			"tcp: bad option length: kind 254 option length at octet 23 is 3, want at most the 2 octets left in the header"},
		{"timestamps past the header", headerWith(8, 10, 0, 0, 0, 0, 0, 0), HeaderError{ErrOptionLength, "timestamps option length", 21, 10, "at most the 8 octets left in the header"},
			"tcp: bad option length: timestamps option length at octet 21 is 10, want at most the 8 octets left in the header"},
		{"no length", headerWith(1, 1, 1, 254), HeaderError{ErrOptionLength, "kind 254 option length", 24, 0, "a length before the header ends"},
			"tcp: bad option length: kind 254 option length at octet 24 is 0, want a length before the header ends"},
		{"no length of a known option", headerWith(1, 1, 1, 4), HeaderError{ErrOptionLength, "SACK-permitted option length", 24, 0, "a length before the header ends"},
			"tcp: bad option length: SACK-permitted option length at octet 24 is 0, want a length before the header ends"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seg Segment
			payload, err := seg.ParseHeader(tt.in)
			checkHeaderError(t, err, tt.want, tt.text)
			if payload != nil && !errors.Is(err, ErrOptionLength) {
				t.Errorf("payload is %x", payload)
			}
		})
	}
}

// Every length of every kind, alone in the largest header: a known kind takes its
// own lengths only, an unknown one whatever stays in the header.
func TestParseHeaderOptionLengths(t *testing.T) {
	lengths := map[byte][]int{
		optionMSS: {4}, optionWindowScale: {3}, optionSACKPermitted: {2},
		optionSACK: {10, 18, 26, 34}, optionTimestamps: {10}, optionUserTimeout: {4},
	}
	for kind := 2; kind < 256; kind++ {
		for length := range 256 {
			options := make([]byte, maxOptions)
			options[0], options[1] = byte(kind), byte(length)
			legal := length >= 2 && length <= maxOptions
			if want, known := lengths[byte(kind)]; known {
				legal = false
				for _, n := range want {
					legal = legal || n == length
				}
			}
			var seg Segment
			_, err := seg.ParseHeader(headerWith(options...))
			var he *HeaderError
			if legal != (err == nil) || !legal && (!errors.As(err, &he) || he.Err != ErrOptionLength || he.Offset != 21 || he.Got != length) {
				t.Fatalf("kind %d, length %d: %v", kind, length, err)
			}
		}
	}
}

// With a bad option everything before it is there, as ParseHeader promises.
func TestParseHeaderKeepsWhatPrecedesABadOption(t *testing.T) {
	b := headerWith(2, 4, 5, 180, 3, 2, 3, 7)
	b[5] = 9
	var seg Segment
	payload, err := seg.ParseHeader(append(b, "text"...))
	want := Segment{Seq: 9 << 16, Flags: ACK, Len: 4, Options: Options{Present: OptMSS, MSS: 1460}}
	if !errors.Is(err, ErrOptionLength) || seg != want || string(payload) != "text" {
		t.Errorf("got %+v, %q, %v, want %+v", seg, payload, err, want)
	}
	before := seg
	if _, err := seg.ParseHeader(b[:10]); err == nil || seg != before {
		t.Errorf("a short header changed the segment: %+v, %v", seg, err)
	}
}

func TestParseHeaderLastOfADuplicateCounts(t *testing.T) {
	var seg Segment
	_, err := seg.ParseHeader(headerWith(
		5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4,
		5, 10, 0, 0, 0, 5, 0, 0, 0, 6,
		2, 4, 0, 1, 2, 4, 0, 2, 0, 0, 0, 0,
	))
	want := Options{Present: OptMSS, MSS: 2, NumSACK: 1, SACK: [4]SACKBlock{{5, 6}}}
	if err != nil || seg.Options != want {
		t.Errorf("got %+v, %v, want %+v", seg.Options, err, want)
	}
}

func TestRFC9293_MUST4_EndOfListNoOperationAndMSS(t *testing.T) {
	var seg Segment
	_, err := seg.ParseHeader(headerWith(1, 2, 4, 5, 180, 0, 0, 0))
	if want := (Options{Present: OptMSS, MSS: 1460}); err != nil || seg.Options != want {
		t.Errorf("got %+v, %v, want %+v", seg.Options, err, want)
	}
}

func TestRFC9293_MUST5_OptionsOnAnySegment(t *testing.T) {
	options := Options{Present: allOptions, MSS: 1, WindowScale: 2, TSVal: 3, TSEcr: 4, UserTimeout: 5}
	for f := range 256 {
		want := Segment{Flags: Flags(f), Options: options}
		b, err := want.AppendHeader(nil)
		if err != nil {
			t.Fatal(err)
		}
		var seg Segment
		if _, err := seg.ParseHeader(b); err != nil || seg != want {
			t.Errorf("got %v, %v, want %v", seg, err, want)
		}
	}
}

func TestRFC9293_MUST6_UnknownOptionsAreSkipped(t *testing.T) {
	var seg Segment
	_, err := seg.ParseHeader(headerWith(254, 5, 0, 0, 2, 2, 4, 5, 180, 34, 2, 255, 4, 2, 4, 1))
	if want := (Options{Present: OptMSS, MSS: 1460}); err != nil || seg.Options != want {
		t.Errorf("got %+v, %v, want %+v", seg.Options, err, want)
	}
}

// Any octets at all as options: no panic, no loop, and where there is an error it
// names an octet of the options.
func TestRFC9293_MUST7_IllegalOptionLengths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.IntRange(0, 10).Draw(t, "words")
		octet := rapid.OneOf(rapid.SampledFrom([]byte{0, 1, 2, 3, 4, 5, 8, 10, 28}), rapid.Byte())
		b := headerWith(rapid.SliceOfN(octet, 4*words, 4*words).Draw(t, "options")...)
		var seg Segment
		_, err := seg.ParseHeader(b)
		var he *HeaderError
		if err != nil && (!errors.As(err, &he) || he.Err != ErrOptionLength || he.Offset <= headerLen || he.Offset > len(b)) {
			t.Fatalf("%x: %v", b, err)
		}
	})
}

// Options in any order, with any padding between them.
func TestRFC9293_MUST64_OptionsInAnyAlignment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.Permutation([][]byte{
			{2, 4, 5, 180}, {3, 3, 7}, {4, 2}, {8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, {5, 10, 0, 0, 0, 3, 0, 0, 0, 4}, {28, 4, 0, 9},
		}).Draw(t, "order") // 33 octets
		var options []byte
		for i, p := range pieces {
			if room := maxOptions - 33 - (len(options) - lengthOf(pieces[:i])); room > 0 {
				options = append(options, bytes.Repeat([]byte{1}, rapid.IntRange(0, room).Draw(t, "nops"))...)
			}
			options = append(options, p...)
		}
		for len(options)%4 != 0 {
			options = append(options, 0)
		}
		var seg Segment
		_, err := seg.ParseHeader(headerWith(options...))
		want := Options{Present: allOptions, MSS: 1460, WindowScale: 7, TSVal: 1, TSEcr: 2, UserTimeout: 9, NumSACK: 1, SACK: [4]SACKBlock{{3, 4}}}
		if err != nil || seg.Options != want {
			t.Fatalf("%x: got %v, %v, want %v", options, seg.Options, err, want)
		}
	})
}

func lengthOf(pieces [][]byte) int {
	n := 0
	for _, p := range pieces {
		n += len(p)
	}
	return n
}

// Every kind but 0 and 1 is read with a length octet, known or not: what looks
// like an option inside another one's value is none.
func TestRFC9293_MUST68_EveryOptionHasALength(t *testing.T) {
	for kind := 2; kind < 256; kind++ {
		length := byte(6)
		if name, _ := optionName(byte(kind)); name != "" {
			continue // TestParseHeaderOptionLengths
		}
		var seg Segment
		_, err := seg.ParseHeader(headerWith(byte(kind), length, 2, 4, 0, 9, 1, 1))
		if err != nil || seg.Options != (Options{}) {
			t.Errorf("kind %d: %v, %v", kind, seg.Options, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		seg := drawSegment(t)
		b, err := seg.AppendHeader(nil)
		if err != nil {
			t.Skip("does not fit")
		}
		for i := headerLen; i < len(b); {
			if b[i] == optionNoOperation {
				i++
				continue
			}
			if i+1 >= len(b) || b[i+1] < 2 || i+int(b[i+1]) > len(b) {
				t.Fatalf("%x: option at %d", b, i)
			}
			i += int(b[i+1])
		}
	})
}

// What follows the end of the list is padding: it is not looked at when it comes,
// and never sent as anything but zero, because the options fill whole words and no
// end of list is needed.
func TestRFC9293_MUST69_PaddingAfterTheEndOfTheList(t *testing.T) {
	var seg Segment
	_, err := seg.ParseHeader(headerWith(2, 4, 5, 180, 0, 2, 0, 255))
	if want := (Options{Present: OptMSS, MSS: 1460}); err != nil || seg.Options != want {
		t.Errorf("got %+v, %v, want %+v", seg.Options, err, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		seg := drawSegment(t)
		if n := seg.Options.len(); n%4 != 0 || n != len(seg.Options.append(nil)) {
			t.Fatalf("%v takes %d octets, said to be %d", seg.Options, len(seg.Options.append(nil)), n)
		}
	})
}

// drawSegment draws any segment that keeps the rule that what does not count is
// zero. Its options need not fit.
func drawSegment(t *rapid.T) Segment {
	u32, u16, u8 := rapid.Uint32(), rapid.Uint16(), rapid.Uint8()
	s := Segment{
		SrcPort: u16.Draw(t, "src"), DstPort: u16.Draw(t, "dst"), Seq: Seq(u32.Draw(t, "seq")),
		Flags: Flags(u8.Draw(t, "flags")), Window: u16.Draw(t, "win"), Len: rapid.IntRange(0, 70).Draw(t, "len"),
	}
	if s.Flags.Has(ACK) {
		s.Ack = Seq(u32.Draw(t, "ack"))
	}
	if s.Flags.Has(URG) {
		s.Urgent = u16.Draw(t, "urg")
	}
	o := &s.Options
	o.Present = OptionSet(u8.Draw(t, "present")) & allOptions
	if o.Has(OptMSS) {
		o.MSS = u16.Draw(t, "mss")
	}
	if o.Has(OptWindowScale) {
		o.WindowScale = u8.Draw(t, "wscale")
	}
	if o.Has(OptTimestamps) {
		o.TSVal, o.TSEcr = u32.Draw(t, "val"), u32.Draw(t, "ecr")
	}
	if o.Has(OptUserTimeout) {
		o.UserTimeout = u16.Draw(t, "uto")
	}
	o.NumSACK = rapid.Uint8Range(0, 4).Draw(t, "blocks")
	for i := range o.NumSACK {
		o.SACK[i] = SACKBlock{Seq(u32.Draw(t, "left")), Seq(u32.Draw(t, "right"))}
	}
	return s
}

// Whatever fits comes back as it was and gives the same octets again; String shows
// the options that are there; what does not fit is refused.
func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seg := drawSegment(t)
		header, err := seg.AppendHeader(nil)
		if size := len(seg.Options.append(nil)); size > maxOptions {
			if !errors.Is(err, ErrOptionSpace) {
				t.Fatalf("%d octets of options: %v", size, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, want := seg.Options.String(), describeOptions(header[headerLen:]); got != want {
			t.Fatalf("String:\n     %s\nsent %s", got, want)
		}
		var back Segment
		payload, err := back.ParseHeader(append(header, make([]byte, seg.Len)...))
		if err != nil || back != seg || len(payload) != seg.Len {
			t.Fatalf("got %+v, %v\nwant %+v", back, err, seg)
		}
		again, err := back.AppendHeader(nil)
		if err != nil || !bytes.Equal(again, header) {
			t.Fatalf("got %x, %v\nwant %x", again, err, header)
		}
	})
}

// describeOptions is a sniffer: it reads legal options off the wire, by itself.
func describeOptions(b []byte) string {
	var out []string
	u16 := func(v []byte) int { return int(v[0])<<8 | int(v[1]) }
	u32 := func(v []byte) int { return u16(v)<<16 | u16(v[2:]) }
	for len(b) > 0 {
		if b[0] == 1 {
			out, b = append(out, "nop"), b[1:]
			continue
		}
		v := b[2:b[1]]
		switch b[0] {
		case 2:
			out = append(out, fmt.Sprint("mss ", u16(v)))
		case 3:
			out = append(out, fmt.Sprint("wscale ", v[0]))
		case 4:
			out = append(out, "sackOK")
		case 5:
			s := fmt.Sprintf("sack %d ", len(v)/8)
			for ; len(v) > 0; v = v[8:] {
				s += fmt.Sprintf("{%d:%d}", u32(v), u32(v[4:]))
			}
			out = append(out, s)
		case 8:
			out = append(out, fmt.Sprintf("TS val %d ecr %d", u32(v), u32(v[4:])))
		case 28:
			unit := 1 + 59*int(v[0]>>7)
			out = append(out, fmt.Sprintf("uto %#x %d", u16(v), u16(v)%(1<<15)*unit))
		}
		b = b[b[1]:]
	}
	return strings.Join(out, ",")
}

func TestHeaderCodecDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 60)
	for _, tt := range wireVectors {
		var back Segment
		allocs := testing.AllocsPerRun(100, func() {
			b, err := tt.seg.AppendHeader(buf)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := back.ParseHeader(b); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 || back != tt.seg {
			t.Errorf("%s: %v allocations", tt.name, allocs)
		}
	}
}

// FuzzParse: whatever comes off the wire parses to a segment that, written and
// parsed again, is the same.
func FuzzParse(f *testing.F) {
	for _, tt := range wireVectors {
		f.Add(unhex(f, tt.header))
	}
	f.Add(headerWith(254, 5, 0, 0, 2, 2, 4, 5, 180, 34, 2, 255, 4, 2, 4, 1))
	f.Add(headerWith(8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 28, 4, 0, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		var seg Segment
		payload, err := seg.ParseHeader(b)
		var he *HeaderError
		if err != nil && (!errors.As(err, &he) || he.Error() == "" || he.Offset > len(b)) {
			t.Fatalf("%x: %v", b, err)
		}
		if err != nil && !errors.Is(err, ErrOptionLength) {
			if payload != nil || seg != (Segment{}) {
				t.Fatalf("%v: %x, %+v", err, payload, seg)
			}
			return
		}
		if seg.Len != len(payload) || !bytes.HasSuffix(b, payload) {
			t.Fatalf("Len is %d, payload %x", seg.Len, payload)
		}
		_ = seg.String()
		header, err := seg.AppendHeader(nil)
		if err != nil { // packed without padding, more fits than AppendHeader packs
			if !errors.Is(err, ErrOptionSpace) || seg.Options.len() <= maxOptions {
				t.Fatal(err)
			}
			return
		}
		var again Segment
		if _, err := again.ParseHeader(append(header, payload...)); err != nil || again != seg {
			t.Fatalf("got %+v, %v\nwant %+v", again, err, seg)
		}
	})
}
