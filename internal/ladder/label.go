package ladder

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-447e5d66/tcp"
)

// words returns the parts of a segment's label, each to be kept together if there
// is room:
//
//	[FP.]  seq 1:101  ack 1  win 257  urg 5  <mss 1460, sackOK>
//
// As tcpdump does, a segment with payload has a range of sequence numbers, and
// one without ACK has no acknowledgment number.
func words(s *tcp.Segment) []string {
	seq := fmt.Sprintf("seq %d", uint32(s.Seq))
	if s.Len != 0 {
		seq += fmt.Sprintf(":%d", uint32(s.Seq.Add(s.Len)))
	}
	w := []string{flags(s.Flags), seq}
	if s.Flags.Has(tcp.ACK) {
		w = append(w, fmt.Sprintf("ack %d", uint32(s.Ack)))
	}
	w = append(w, fmt.Sprintf("win %d", s.Window))
	if s.Flags.Has(tcp.URG) {
		w = append(w, fmt.Sprintf("urg %d", s.Urgent))
	}
	if o := options(&s.Options); len(o) > 0 {
		for i := range o {
			o[i] = strings.ReplaceAll(o[i], " ", tied)
		}
		w = append(w, "<"+strings.Join(o, ", ")+">")
	}
	return w
}

// flags writes flags as tcpdump does, in its order.
func flags(f tcp.Flags) string {
	if f == 0 {
		return "[none]"
	}
	s := "["
	for i, bit := range []tcp.Flags{tcp.FIN, tcp.SYN, tcp.RST, tcp.PSH, tcp.ACK, tcp.URG, tcp.ECE, tcp.CWR} {
		if f.Has(bit) {
			s += "FSRP.UEW"[i : i+1]
		}
	}
	return s + "]"
}

func options(o *tcp.Options) []string {
	var w []string
	if o.Has(tcp.OptMSS) {
		w = append(w, fmt.Sprintf("mss %d", o.MSS))
	}
	if o.Has(tcp.OptSACKPermitted) {
		w = append(w, "sackOK")
	}
	if o.Has(tcp.OptTimestamps) {
		w = append(w, fmt.Sprintf("TS val %d ecr %d", o.TSVal, o.TSEcr))
	}
	if o.Has(tcp.OptWindowScale) {
		w = append(w, fmt.Sprintf("wscale %d", o.WindowScale))
	}
	if o.Has(tcp.OptUserTimeout) {
		unit := "s"
		if o.UserTimeout>>15 != 0 {
			unit = "min"
		}
		w = append(w, fmt.Sprintf("UTO %d %s", o.UserTimeout&0x7fff, unit))
	}
	for i := range min(int(o.NumSACK), len(o.SACK)) {
		w = append(w, fmt.Sprintf("sack %d:%d", uint32(o.SACK[i].Left), uint32(o.SACK[i].Right)))
	}
	return w
}

// tied is a space that is broken only where nothing else helps. It stands for a
// plain one until the diagram is complete; clean lets none pass.
const tied = "\u00a0"

func untie(s string) string { return strings.ReplaceAll(s, tied, " ") }

// wrap joins words into lines of at most width columns. A word that is wider is
// broken at its spaces, then at its tied ones, and clipped if it has none.
func wrap(words []string, width int) []string {
	var lines []string
	for _, w := range words {
		if n := len(lines); n > 0 && columns(lines[n-1])+1+columns(w) <= width {
			lines[n-1] += " " + w
			continue
		}
		parts := strings.Split(w, " ")
		if len(parts) == 1 {
			parts = strings.Split(w, tied)
		}
		if columns(w) > width && len(parts) > 1 {
			lines = append(lines, wrap(parts, width)...)
			continue
		}
		lines = append(lines, clip(w, width))
	}
	return lines
}

// clip shortens s to width columns; a ~ shows that something is missing.
func clip(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	return string([]rune(s)[:max(width-1, 0)]) + "~"
}

// columns returns the width of a text that clean let pass.
func columns(s string) int { return utf8.RuneCountInString(s) }

// clean replaces what does not take exactly one column in every terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < 0x300 && unicode.IsPrint(r), 0x2010 <= r && r <= 0x2026:
			return r
		}
		return '?'
	}, s)
}

// pad returns s in exactly width columns.
func pad(s string, width int) string {
	s = clip(s, width)
	return s + strings.Repeat(" ", width-columns(s))
}

// padLeft returns s at the right of exactly width columns.
func padLeft(s string, width int) string {
	s = clip(s, width)
	return strings.Repeat(" ", width-columns(s)) + s
}
