package packetdrill

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// packet reads ( "<" | ">" ) [ipinfo] [ports] flags seq … [options].
func (p *parser) packet() *Packet {
	k := &Packet{Pos: p.tok.pos, Inbound: p.tok.is("<")}
	p.next()
	if p.tok.is("[") || p.tok.is("(") {
		k.IP = p.ipInfo()
	}
	if p.acceptWord("icmp") {
		k.ICMP = p.icmp()
		return k
	}
	if p.tok.kind == tokInt {
		k.Ports = &Ports{Src: uint16(p.number("a port", 0, math.MaxUint16))}
		p.expect(">")
		k.Ports.Dst = uint16(p.number("a port", 0, math.MaxUint16))
	}
	p.flags(k)
	k.Seq = p.sequence()
	if k.HasAck = p.acceptWord("ack"); k.HasAck {
		k.Ack = p.seq("an acknowledgment number")
	}
	if k.HasWindow = p.acceptWord("win"); k.HasWindow {
		k.Window = uint16(p.number("a window", 0, math.MaxUint16))
	}
	if k.HasUrgent = p.acceptWord("urg"); k.HasUrgent {
		k.Urgent = uint16(p.number("an urgent pointer", 0, math.MaxUint16))
	}
	if p.accept("<") {
		p.options(k)
	}
	return k
}

// ipInfo reads items such as "ect0" and "tos 0x2", with blanks or commas between
// them, up to the closing bracket.
func (p *parser) ipInfo() *IPInfo {
	info := &IPInfo{Round: p.tok.is("(")}
	end := "]"
	if info.Round {
		end = ")"
	}
	p.next()
	for {
		item := IPItem{Pos: p.tok.pos, Name: p.word("a field of the IP header")}
		p.accept("=")
		if p.tok.kind == tokInt || p.tok.kind == tokHex {
			item.HasValue, item.Hex = true, p.tok.kind == tokHex
			item.Value = uint32(p.number("a value", 0, math.MaxUint32))
		}
		info.Items = append(info.Items, item)
		if p.accept(end) || p.failed() {
			return info
		}
		if p.accept(","); p.tok.kind != tokWord {
			p.fail("a field of the IP header or " + strconv.Quote(end))
		}
	}
}

// icmp reads type [code] [ "mtu" N ] [ "[" seq "]" ].
func (p *parser) icmp() *ICMP {
	m := &ICMP{Type: p.word("a type of ICMP message")}
	if p.tok.kind == tokWord && p.tok.text != "mtu" {
		m.Code = p.word("a code")
	}
	if m.HasMTU = p.acceptWord("mtu"); m.HasMTU {
		m.MTU = uint32(p.number("an MTU", 0, math.MaxUint32))
	}
	if m.HasQuoted = p.accept("["); m.HasQuoted {
		m.Quoted = p.sequence()
		p.expect("]")
	}
	return m
}

// flagLetters are the letters of the control bits, in the order in which they
// are printed; "." is ACK, and A the accurate ECN bit, which has none.
var flagLetters = []struct {
	letter byte
	bit    tcp.Flags
}{
	{'S', tcp.SYN}, {'F', tcp.FIN}, {'R', tcp.RST}, {'P', tcp.PSH},
	{'U', tcp.URG}, {'E', tcp.ECE}, {'W', tcp.CWR}, {'A', 0}, {'.', tcp.ACK},
}

// flags reads the control bits: letters and a dot without blanks, in any order,
// each at most once, or "-" for none.
func (p *parser) flags(k *Packet) {
	const what = `flags: letters of "SFRPUEWA.", or "-"`
	pos, end, letters := p.tok.pos, p.tok.off, ""
	for (p.tok.kind == tokWord || p.tok.is(".")) && (letters == "" || p.tok.off == end) {
		letters += p.tok.text
		end = p.tok.end
		p.next()
	}
	if letters == "" {
		if !p.accept("-") {
			p.fail(what)
		}
		return
	}
	for i := range letters {
		j := strings.IndexByte("SFRPUEWA.", letters[i])
		at := Pos{pos.Line, pos.Column + i}
		if j < 0 {
			p.failAt(at, what, quote(letters))
			return
		}
		if strings.IndexByte(letters[:i], letters[i]) >= 0 {
			p.failAt(at, "each flag once", quote(letters))
			return
		}
		k.Flags |= flagLetters[j].bit
		k.AccurateECN = k.AccurateECN || letters[i] == 'A'
	}
}

// seq reads a sequence number.
func (p *parser) seq(what string) tcp.Seq { return tcp.Seq(p.number(what, 0, math.MaxUint32)) }

// sequence reads start:end(len), the same with "!", or ...(len).
func (p *parser) sequence() Sequence {
	s := Sequence{}
	if p.tok.kind == tokEllipsis {
		p.next()
		s.Kind = SeqAny
		s.Len = p.length()
		return s
	}
	s.Start = p.seq(`a sequence number or "..."`)
	p.expect(":")
	at := p.tok
	end := p.seq("a sequence number")
	s.Len = p.length()
	if want := s.Start.Add(s.Len); end != want && !p.failed() {
		p.failAt(at.pos, strconv.FormatUint(uint64(want), 10)+", the start plus the length", at.describe())
	}
	if p.accept("!") {
		s.Kind = SeqAbsolute
	}
	return s
}

func (p *parser) length() int {
	p.expect("(")
	n := p.number("a length", 0, MaxPayload)
	p.expect(")")
	return int(n)
}

// options reads the TCP options, behind their "<".
func (p *parser) options(k *Packet) {
	at := p.tok.pos
	if p.tok.kind == tokEllipsis {
		if k.Inbound {
			p.fail(`TCP options: "..." is for a packet that is sent`)
			return
		}
		p.next()
		k.AnyOptions = true
		p.expect(">")
		return
	}
	k.Options = append(k.Options, p.tcpOption())
	for p.accept(",") {
		k.Options = append(k.Options, p.tcpOption())
	}
	p.expectAfter(">", `"," or ">"`)
	if n := octets(k.Options); n > maxOptions && !p.failed() {
		p.failAt(at, fmt.Sprintf("options of at most %d octets", maxOptions), strconv.Itoa(n))
	}
}

// maxOptions is how many octets of options a TCP header has room for (RFC 9293 §3.1).
const maxOptions = 40

// octets is how long the options are in a header, as far as they are understood.
func octets(options []TCPOption) (n int) {
	for i := range options {
		switch o := &options[i]; o.Kind {
		case OptionNOP, OptionEOL:
			n++
		case OptionSACKPermitted:
			n += 2
		case OptionWindowScale:
			n += 3
		case OptionMSS, OptionUserTimeout:
			n += 4
		case OptionTimestamps:
			n += 10
		case OptionSACK:
			n += 2 + 8*len(o.Blocks)
		}
	}
	return n
}

func (p *parser) tcpOption() TCPOption {
	o := TCPOption{Pos: p.tok.pos}
	at := p.tok
	switch p.word("a TCP option") {
	case "nop":
		o.Kind = OptionNOP
	case "eol":
		o.Kind = OptionEOL
	case "sackOK":
		o.Kind = OptionSACKPermitted
	case "mss":
		o.Kind, o.Value = OptionMSS, uint16(p.number("a segment size", 0, math.MaxUint16))
	case "wscale":
		o.Kind, o.Value = OptionWindowScale, uint16(p.number("a shift count", 0, math.MaxUint8))
	case "TS":
		o.Kind = OptionTimestamps
		p.expectWord("val")
		o.TSVal = uint32(p.number("a timestamp", 0, math.MaxUint32))
		p.expectWord("ecr")
		o.TSEcr = uint32(p.number("a timestamp", 0, math.MaxUint32))
	case "sack":
		o.Kind, o.Blocks = OptionSACK, p.sackBlocks()
	case "uto":
		o.Kind, o.Value = OptionUserTimeout, p.userTimeout()
	case "FO":
		o.Kind, o.Text = OptionFastOpen, p.optionText()
	case "FOEXP":
		o.Kind, o.Text = OptionFastOpenExperimental, p.optionText()
	case "md5":
		o.Kind, o.Text = OptionMD5, p.optionText()
	case "ECN":
		o.Kind, o.Text = OptionECN, p.optionText()
	default:
		if !p.failed() {
			p.failAt(at.pos, "a TCP option (mss, nop, eol, sackOK, wscale, TS, sack, uto, FO, FOEXP, md5, ECN)", at.describe())
		}
	}
	return o
}

func (p *parser) sackBlocks() []tcp.SACKBlock {
	var blocks []tcp.SACKBlock
	for len(blocks) == 0 || p.tok.kind == tokInt {
		if len(blocks) == 4 {
			p.fail("at most 4 SACK blocks, all that fit into a header")
			break
		}
		b := tcp.SACKBlock{Left: p.seq("a SACK block")}
		p.expect(":")
		b.Right = p.seq("the end of a SACK block")
		blocks = append(blocks, b)
	}
	return blocks
}

// userTimeout reads a user timeout (RFC 5482 §3.1): 15 bits in seconds, or in
// minutes with an "m" behind, which is the granularity bit.
func (p *parser) userTimeout() uint16 {
	const what, most = `a user timeout: seconds, or minutes with "m"`, 1<<15 - 1
	if minutes, ok := strings.CutSuffix(p.tok.text, "m"); ok && p.tok.kind == tokWord {
		n, err := strconv.ParseUint(minutes, 10, 15)
		if err != nil {
			p.fail(what + ", below 32768")
			return 0
		}
		p.next()
		return 1<<15 | uint16(n)
	}
	return uint16(p.number(what, 0, most))
}

// optionText reads the words, numbers and "..." of an option that is not
// understood any further, up to the next "," or ">".
func (p *parser) optionText() string {
	var words []string
	for p.tok.kind == tokWord || p.tok.kind == tokInt || p.tok.kind == tokHex || p.tok.kind == tokEllipsis {
		words = append(words, p.tok.text)
		p.next()
	}
	return strings.Join(words, " ")
}
