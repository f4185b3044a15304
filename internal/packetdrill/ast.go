package packetdrill

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Script is a parsed script.
type Script struct {
	File     string
	Options  []Option
	Setup    *Command // the command without a time before all events, or nil
	Events   []Event
	Cleanup  *Command  // the command without a time after all events, or nil
	Comments []Comment // in the order of the text; [Print] leaves them out
}

// Comment is a comment of a script, without its delimiters and outer blanks. One
// between /* and */ may hold line ends.
type Comment struct {
	Pos  Pos
	Text string
}

// CommentAt returns the comments that begin on the given line: the remarks
// behind an event. They often say what the language cannot.
func (s *Script) CommentAt(line int) []Comment {
	var at []Comment
	for _, c := range s.Comments {
		if c.Pos.Line == line {
			at = append(at, c)
		}
	}
	return at
}

// Option is a line --name or --name=value at the head of a script.
type Option struct {
	Pos      Pos
	Name     string
	Value    string
	HasValue bool
}

// Event is something that a script does or expects at a time.
type Event struct {
	Pos    Pos // of the time
	Time   Time
	Action Action
}

// Action is a [*Packet], [*Syscall], [*Command] or [*Code].
type Action interface {
	// Where returns the place of the action, behind its time.
	Where() Pos
}

// TimeKind says how the time of an event is written.
type TimeKind uint8

const (
	Absolute      TimeKind = iota // T: since the start of the script
	Relative                      // +T: since the preceding event
	AnyTime                       // *: at any time from the preceding event on
	AbsoluteRange                 // T~T
	RelativeRange                 // +T~+T
)

// Time is the time of an event, rounded to a microsecond.
type Time struct {
	Kind  TimeKind
	At    time.Duration // zero for AnyTime
	Until time.Duration // end of a range, at or after At; zero otherwise
}

// Command is a shell command in back-quotes; see [ParseCommand].
type Command struct {
	Pos  Pos
	Text string
}

// Code is a piece of Python in %{ }%; see [ParseCode].
type Code struct {
	Pos  Pos
	Text string
}

// Syscall is a system call with its expected result. Unless Blocking is set, it
// returns at once.
type Syscall struct {
	Pos      Pos
	Name     string
	Args     []Expr
	Blocking bool          // a...b: it returns at End
	End      time.Duration // in the frame of the event's time: absolute, or since the preceding event
	Result   Result
}

// Result is what a system call is expected to return.
type Result struct {
	Pos   Pos
	Any   bool // "...": not checked
	Value int64
	Hex   bool   // Value was written in hexadecimal
	Errno string // "" unless an error is named
	Note  string // the remark in brackets, without meaning
}

// Packet is a segment: injected (Inbound) or expected.
type Packet struct {
	Pos         Pos
	Inbound     bool
	IP          *IPInfo // nil: not given
	Ports       *Ports  // nil: not given
	ICMP        *ICMP   // an ICMP message and not a segment, if not nil
	Flags       tcp.Flags
	AccurateECN bool // the letter A, the bit before CWR in the header (RFC 9768)
	Seq         Sequence
	Ack         tcp.Seq
	HasAck      bool // "ack" was written; the ACK bit is in Flags
	Window      uint16
	HasWindow   bool
	Urgent      uint16
	HasUrgent   bool
	AnyOptions  bool // <...>: options are not checked; Options is empty
	Options     []TCPOption
}

// IPInfo is the part of a packet line about the IP header.
type IPInfo struct {
	Round bool // written ( ) and not [ ]
	Items []IPItem
}

// IPItem is one part of IPInfo: a name such as ect0, ce or noecn alone, or one
// with a value such as tos, ttl or flowlabel.
type IPItem struct {
	Pos      Pos
	Name     string
	Value    uint32
	HasValue bool
	Hex      bool // Value was written in hexadecimal
}

// Ports are the port numbers of a packet line, in the numbers of the script.
type Ports struct {
	Src, Dst uint16
}

// ICMP is an ICMP message about a segment that the tested side sent: type, code,
// next-hop MTU where given, and the sequence numbers of the quoted segment.
type ICMP struct {
	Type, Code string
	MTU        uint32
	HasMTU     bool
	Quoted     Sequence
	HasQuoted  bool
}

// SequenceKind says how the sequence number of a packet is to be understood.
type SequenceKind uint8

const (
	SeqMapped   SequenceKind = iota // relative to the initial sequence number
	SeqAbsolute                     // start:end(len)!: the number on the wire
	SeqAny                          // ...(len): not checked
)

// Sequence is the sequence range of a packet; it ends Len octets behind Start.
type Sequence struct {
	Kind  SequenceKind
	Start tcp.Seq // zero for SeqAny
	Len   int     // octets of payload; SYN and FIN do not count
}

// OptionKind is a kind of TCP option that the language has a form for.
type OptionKind uint8

const (
	OptionNOP                  OptionKind = iota // nop
	OptionEOL                                    // eol
	OptionMSS                                    // mss N
	OptionWindowScale                            // wscale N
	OptionSACKPermitted                          // sackOK
	OptionSACK                                   // sack N:N { N:N }
	OptionTimestamps                             // TS val N ecr N
	OptionUserTimeout                            // uto N (seconds) or uto Nm (minutes)
	OptionFastOpen                               // FO [COOKIE]
	OptionFastOpenExperimental                   // FOEXP [COOKIE]: as option 254
	OptionMD5                                    // md5 ...
	OptionECN                                    // ECN ..., accurate ECN (RFC 9768)
)

// TCPOption is one option of a packet. Which fields count depends on the kind.
type TCPOption struct {
	Pos          Pos
	Kind         OptionKind
	Value        uint16 // MSS, WindowScale; UserTimeout: as on the wire, with the granularity bit
	TSVal, TSEcr uint32
	Blocks       []tcp.SACKBlock // 1 to 4
	Text         string          // FastOpen, MD5, ECN: what follows the name
}

// Expr is an argument of a system call: [Ellipsis], [Int], [Word], [String],
// [Or], [List], [Linger], [SockAddr], [PollFD], [MsgHdr], [IOVec] or, for any
// other structure, [Struct].
type Expr interface {
	// Where returns the place of the expression.
	Where() Pos
}

type (
	// Ellipsis is "...".
	Ellipsis struct{ Pos Pos }

	// Int is a number.
	Int struct {
		Pos   Pos
		Value int64
		Hex   bool // written in hexadecimal
	}

	// Word is a name, such as SOCK_STREAM.
	Word struct {
		Pos  Pos
		Name string
	}

	// String is a quoted string, its escapes replaced.
	String struct {
		Pos   Pos
		Value string
	}

	// Or is a | b | ….
	Or struct {
		Pos   Pos
		Terms []Expr // two or more
	}

	// List is [a, b, …].
	List struct {
		Pos   Pos
		Elems []Expr
	}

	// Linger is {onoff=N, linger=N}.
	Linger struct {
		Pos           Pos
		OnOff, Linger int64
	}

	// SockAddr is {sa_family = WORD, sin_port = htons(N), sin_addr = inet_addr("…")}.
	SockAddr struct {
		Pos    Pos
		Family string
		Port   uint16
		Addr   string
	}

	// PollFD is {fd=E, events=E, revents=E}.
	PollFD struct {
		Pos                 Pos
		FD, Events, Revents Expr // Revents is nil where it is not given
	}

	// MsgHdr is {msg_name(E)=E, msg_iov(N)=[…], …}.
	MsgHdr struct {
		Pos           Pos
		NameLen, Name Expr
		IOVLen        int64
		IOV           List
		Fields        []Field // what follows, such as msg_flags=0
	}

	// IOVec is {…, N}: a buffer and its length.
	IOVec struct {
		Pos  Pos
		Base Expr // an Ellipsis or a String
		Len  int64
	}

	// Struct is {name=E, name=E, …}, a structure without a type of its own here.
	Struct struct {
		Pos    Pos
		Fields []Field
	}

	// Field is one member of a structure.
	Field struct {
		Pos   Pos
		Name  string
		Value Expr
	}
)

func (p *Packet) Where() Pos  { return p.Pos }
func (s *Syscall) Where() Pos { return s.Pos }
func (c *Command) Where() Pos { return c.Pos }
func (c *Code) Where() Pos    { return c.Pos }
func (e Ellipsis) Where() Pos { return e.Pos }
func (e Int) Where() Pos      { return e.Pos }
func (e Word) Where() Pos     { return e.Pos }
func (e String) Where() Pos   { return e.Pos }
func (e Or) Where() Pos       { return e.Pos }
func (e List) Where() Pos     { return e.Pos }
func (e Linger) Where() Pos   { return e.Pos }
func (e SockAddr) Where() Pos { return e.Pos }
func (e PollFD) Where() Pos   { return e.Pos }
func (e MsgHdr) Where() Pos   { return e.Pos }
func (e IOVec) Where() Pos    { return e.Pos }
func (e Struct) Where() Pos   { return e.Pos }
