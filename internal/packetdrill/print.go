package packetdrill

import (
	"fmt"
	"strconv"
	"strings"
)

// Print returns the text of a script in canonical form: one event per line,
// without comments and without blocks that were skipped. Parsing it gives the
// same script but for places and comments.
func Print(s *Script) string {
	var b strings.Builder
	for _, o := range s.Options {
		b.WriteString("--" + o.Name)
		if o.HasValue {
			b.WriteString("=" + printOptionValue(o.Value))
		}
		b.WriteByte('\n')
	}
	if s.Setup != nil {
		b.WriteString(PrintAction(s.Setup) + "\n")
	}
	for i := range s.Events {
		b.WriteString(PrintEvent(&s.Events[i]) + "\n")
	}
	if s.Cleanup != nil {
		b.WriteString(PrintAction(s.Cleanup) + "\n")
	}
	return b.String()
}

func printOptionValue(v string) string {
	if v == "" || v[0] == '"' || strings.ContainsAny(v, " \t\r\v\f\n") {
		return printString(v)
	}
	return v
}

// PrintEvent returns the line of an event.
func PrintEvent(e *Event) string {
	at := e.Time.String()
	if s, ok := e.Action.(*Syscall); ok && s.Blocking {
		at += "..." + formatSeconds(s.End)
	}
	return at + " " + PrintAction(e.Action)
}

// String returns the time as a script has it.
func (t Time) String() string {
	at, until := formatSeconds(t.At), formatSeconds(t.Until)
	switch t.Kind {
	case Absolute:
		return at
	case Relative:
		return "+" + at
	case AnyTime:
		return "*"
	case AbsoluteRange:
		return at + "~" + until
	}
	return "+" + at + "~+" + until
}

// PrintAction returns the text of an action, without its time.
func PrintAction(a Action) string {
	switch a := a.(type) {
	case *Packet:
		return a.String()
	case *Syscall:
		return a.String()
	case *Command:
		return "`" + a.Text + "`"
	case *Code:
		return "%{" + a.Text + "}%"
	}
	panic(fmt.Sprintf("packetdrill: BUG: action of type %T", a))
}

// String returns the call and its result, without times.
func (s *Syscall) String() string {
	return s.Name + "(" + printExprs(s.Args) + ") = " + s.Result.String()
}

// String returns the result as a script has it.
func (r Result) String() string {
	text := printInt(r.Value, r.Hex)
	if r.Any {
		text = "..."
	}
	if r.Errno != "" {
		text += " " + r.Errno
	}
	if r.Note != "" {
		text += " (" + r.Note + ")"
	}
	return text
}

func printInt(n int64, hex bool) string {
	if !hex {
		return strconv.FormatInt(n, 10)
	}
	if n < 0 {
		return "-0x" + strconv.FormatUint(-uint64(n), 16)
	}
	return "0x" + strconv.FormatInt(n, 16)
}

func printExprs(list []Expr) string {
	text := make([]string, len(list))
	for i, e := range list {
		text[i] = PrintExpr(e)
	}
	return strings.Join(text, ", ")
}

// PrintExpr returns the text of an expression.
func PrintExpr(e Expr) string {
	switch e := e.(type) {
	case Ellipsis:
		return "..."
	case Int:
		return printInt(e.Value, e.Hex)
	case Word:
		return e.Name
	case String:
		return printString(e.Value)
	case Or:
		return printTerms(e.Terms)
	case List:
		return "[" + printExprs(e.Elems) + "]"
	case Linger:
		return fmt.Sprintf("{onoff=%d, linger=%d}", e.OnOff, e.Linger)
	case SockAddr:
		return fmt.Sprintf("{sa_family = %s, sin_port = htons(%d), sin_addr = inet_addr(%s)}", e.Family, e.Port, printString(e.Addr))
	case PollFD:
		text := "{fd=" + PrintExpr(e.FD) + ", events=" + PrintExpr(e.Events)
		if e.Revents != nil {
			text += ", revents=" + PrintExpr(e.Revents)
		}
		return text + "}"
	case MsgHdr:
		text := "{msg_name(" + PrintExpr(e.NameLen) + ")=" + PrintExpr(e.Name) +
			", msg_iov(" + strconv.FormatInt(e.IOVLen, 10) + ")=" + PrintExpr(e.IOV)
		if len(e.Fields) > 0 {
			text += ", " + printFields(e.Fields)
		}
		return text + "}"
	case IOVec:
		return "{" + PrintExpr(e.Base) + ", " + strconv.FormatInt(e.Len, 10) + "}"
	case Struct:
		return "{" + printFields(e.Fields) + "}"
	}
	panic(fmt.Sprintf("packetdrill: BUG: expression of type %T", e))
}

func printTerms(terms []Expr) string {
	text := make([]string, len(terms))
	for i, t := range terms {
		text[i] = PrintExpr(t)
	}
	return strings.Join(text, "|")
}

func printFields(fields []Field) string {
	text := make([]string, len(fields))
	for i, f := range fields {
		text[i] = f.Name + "=" + PrintExpr(f.Value)
	}
	return strings.Join(text, ", ")
}

// printString writes a string with escapes of C that cannot run into what
// follows: three octal digits.
func printString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
