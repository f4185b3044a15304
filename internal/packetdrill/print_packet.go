package packetdrill

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// String returns the packet as a script has it, flags in the order S F R P U E W A
// and the dot last.
func (k *Packet) String() string {
	var b strings.Builder
	b.WriteByte('>')
	if k.Inbound {
		b.Reset()
		b.WriteByte('<')
	}
	if k.IP != nil {
		b.WriteString(" " + k.IP.String())
	}
	if k.ICMP != nil {
		return b.String() + " " + k.ICMP.String()
	}
	if k.Ports != nil {
		fmt.Fprintf(&b, " %d > %d", k.Ports.Src, k.Ports.Dst)
	}
	b.WriteString(" " + FormatFlags(k.Flags, k.AccurateECN) + " " + k.Seq.String())
	if k.HasAck {
		fmt.Fprintf(&b, " ack %d", k.Ack)
	}
	if k.HasWindow {
		fmt.Fprintf(&b, " win %d", k.Window)
	}
	if k.HasUrgent {
		fmt.Fprintf(&b, " urg %d", k.Urgent)
	}
	if k.AnyOptions {
		b.WriteString(" <...>")
	} else if len(k.Options) > 0 {
		b.WriteString(" <" + FormatOptions(k.Options) + ">")
	}
	return b.String()
}

// FormatFlags returns control bits as a script has them, "-" for none.
func FormatFlags(f tcp.Flags, accurateECN bool) string {
	var letters []byte
	for _, l := range flagLetters {
		if f&l.bit != 0 || l.letter == 'A' && accurateECN {
			letters = append(letters, l.letter)
		}
	}
	if len(letters) == 0 {
		return "-"
	}
	return string(letters)
}

// FormatOptions returns TCP options as a script has them, without < >.
func FormatOptions(options []TCPOption) string {
	text := make([]string, len(options))
	for i := range options {
		text[i] = options[i].String()
	}
	return strings.Join(text, ",")
}

// String returns the option as a script has it.
func (o *TCPOption) String() string {
	switch o.Kind {
	case OptionNOP:
		return "nop"
	case OptionEOL:
		return "eol"
	case OptionMSS:
		return fmt.Sprintf("mss %d", o.Value)
	case OptionWindowScale:
		return fmt.Sprintf("wscale %d", o.Value)
	case OptionSACKPermitted:
		return "sackOK"
	case OptionSACK:
		text := "sack"
		for _, b := range o.Blocks {
			text += fmt.Sprintf(" %d:%d", b.Left, b.Right)
		}
		return text
	case OptionTimestamps:
		return fmt.Sprintf("TS val %d ecr %d", o.TSVal, o.TSEcr)
	case OptionUserTimeout:
		if o.Value&(1<<15) != 0 {
			return fmt.Sprintf("uto %dm", o.Value&^(1<<15))
		}
		return fmt.Sprintf("uto %d", o.Value)
	case OptionFastOpen:
		return strings.TrimSpace("FO " + o.Text)
	case OptionFastOpenExperimental:
		return strings.TrimSpace("FOEXP " + o.Text)
	case OptionMD5:
		return strings.TrimSpace("md5 " + o.Text)
	case OptionECN:
		return strings.TrimSpace("ECN " + o.Text)
	}
	return fmt.Sprintf("option(%d)", o.Kind)
}

// String returns the sequence range as a script has it.
func (s Sequence) String() string {
	if s.Kind == SeqAny {
		return "...(" + strconv.Itoa(s.Len) + ")"
	}
	text := fmt.Sprintf("%d:%d(%d)", s.Start, s.Start.Add(s.Len), s.Len)
	if s.Kind == SeqAbsolute {
		text += "!"
	}
	return text
}

// String returns the part about the IP header as a script has it.
func (i *IPInfo) String() string {
	text := make([]string, len(i.Items))
	for n, item := range i.Items {
		text[n] = item.Name
		if item.HasValue {
			text[n] += " " + printInt(int64(item.Value), item.Hex)
		}
	}
	if i.Round {
		return "(" + strings.Join(text, ", ") + ")"
	}
	return "[" + strings.Join(text, ", ") + "]"
}

// String returns the message as a script has it.
func (m *ICMP) String() string {
	text := "icmp " + m.Type
	if m.Code != "" {
		text += " " + m.Code
	}
	if m.HasMTU {
		text += fmt.Sprintf(" mtu %d", m.MTU)
	}
	if m.HasQuoted {
		text += " [" + m.Quoted.String() + "]"
	}
	return text
}
