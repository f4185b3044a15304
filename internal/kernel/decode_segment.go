package kernel

import (
	"errors"
	"fmt"
	"math"

	"github.com/seed-447e5d66/tcp"
)

// flagLetters are packetdrill's.
var flagLetters = []struct {
	letter rune
	flag   tcp.Flags
}{
	{'F', tcp.FIN}, {'S', tcp.SYN}, {'R', tcp.RST}, {'P', tcp.PSH},
	{'.', tcp.ACK}, {'U', tcp.URG}, {'E', tcp.ECE}, {'W', tcp.CWR},
}

// ParseFlags reads flags in packetdrill's letters: F S R P . U E W in any order,
// each at most once, or - for none.
func ParseFlags(s string) (tcp.Flags, error) {
	if s == "-" {
		return 0, nil
	}
	if s == "" {
		return 0, errors.New("got no flags, want letters of FSRP.UEW, or -")
	}
	var flags tcp.Flags
	for _, r := range s {
		flag := tcp.Flags(0)
		for _, l := range flagLetters {
			if l.letter == r {
				flag = l.flag
			}
		}
		switch {
		case flag == 0:
			return 0, fmt.Errorf("unknown letter %s in %s, want letters of FSRP.UEW, or -", quote(string(r)), quote(s))
		case flags&flag != 0:
			return 0, fmt.Errorf("the letter %s comes twice in %s", quote(string(r)), quote(s))
		}
		flags |= flag
	}
	return flags, nil
}

// decodeSegment reads the object of an in or out step.
func (s *Step) decodeSegment(v value) error {
	seg := &s.Segment
	opt := &seg.Options
	sackOK := false
	fields, err := v.fields()
	if err != nil {
		return err
	}
	d := decoders{
		"flags": func(v value) error {
			letters, err := v.str()
			if err == nil {
				seg.Flags, err = ParseFlags(letters)
			}
			return err
		},
		"seq":       toInt(&seg.Seq, 0, math.MaxUint32),
		"ack":       toInt(&seg.Ack, 0, math.MaxUint32),
		"win":       toInt(&seg.Window, 0, math.MaxUint16),
		"len":       toInt(&seg.Len, 0, math.MaxUint16),
		"mss":       toInt(&opt.MSS, 0, math.MaxUint16),
		"wscale":    toInt(&opt.WindowScale, 0, math.MaxUint8),
		"sackok":    toBool(&sackOK),
		"sack":      func(v value) error { return decodeSACK(v, opt) },
		"tsval":     toInt(&opt.TSVal, 0, math.MaxUint32),
		"tsecr":     toInt(&opt.TSEcr, 0, math.MaxUint32),
		"new_isn":   toBool(&seg.NewISN),
		"isn_delta": toInt(&seg.ISNDelta, 0, math.MaxUint32),
		"abs_seq":   toBool(&seg.AbsSeq),
	}
	if err := d.read(fields, "flags", "seq", "ack", "win", "len"); err != nil {
		return err
	}
	seen := keys(fields)
	for _, o := range []struct {
		set     tcp.OptionSet
		present bool
	}{
		{tcp.OptMSS, seen.has("mss")},
		{tcp.OptWindowScale, seen.has("wscale")},
		{tcp.OptSACKPermitted, sackOK},
		{tcp.OptTimestamps, seen.has("tsval")},
	} {
		if o.present {
			opt.Present |= o.set
		}
	}
	seg.TSEcrZero = seen.has("tsval") && !seen.has("tsecr")
	return s.checkSegment(seen)
}

func (s *Step) checkSegment(seen keys) error {
	seg := &s.Segment
	switch {
	case seg.Ack != 0 && !seg.Flags.Has(tcp.ACK):
		return fmt.Errorf("ack is %d without the flag ACK, want 0", seg.Ack)
	case seen.has("tsecr") && !seen.has("tsval"):
		return errors.New("tsecr without tsval")
	case s.Kind == KindIn && (seg.NewISN || seen.has("isn_delta") || seg.AbsSeq):
		return errors.New("new_isn, isn_delta and abs_seq belong to out, not to in")
	case seg.NewISN && !seg.Flags.Has(tcp.SYN):
		return errors.New("new_isn without the flag SYN")
	case seg.NewISN != seen.has("isn_delta"):
		return errors.New("new_isn and isn_delta come together or not at all")
	}
	return nil
}

// decodeSACK reads [[left, right], ...], one to four blocks.
func decodeSACK(v value, opt *tcp.Options) error {
	err := v.elements(func(v value) error {
		if int(opt.NumSACK) == len(opt.SACK) {
			return fmt.Errorf("more than %d blocks", len(opt.SACK))
		}
		var edges []tcp.Seq
		err := v.elements(func(v value) error {
			var edge tcp.Seq
			err := toInt(&edge, 0, math.MaxUint32)(v)
			if edges = append(edges, edge); err == nil && len(edges) > 2 {
				err = errors.New("more than two edges in a block")
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(edges) != 2 {
			return fmt.Errorf("a block has %d edges, want 2", len(edges))
		}
		opt.SACK[opt.NumSACK] = tcp.SACKBlock{Left: edges[0], Right: edges[1]}
		opt.NumSACK++
		return nil
	})
	if err == nil && opt.NumSACK == 0 {
		return errors.New("no blocks, want one to four")
	}
	return err
}
