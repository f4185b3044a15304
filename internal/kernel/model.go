package kernel

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Recording is one recorded connection, from its first call to its end.
type Recording struct {
	Name       string // unique in a set
	Desc       string // one line: what happens
	Group      string // the subject, such as "finloss"
	Role       Role   // who opened: the kernel (Active) or its peer (Passive)
	Timestamps bool   // net.ipv4.tcp_timestamps was on
	SACK       bool   // net.ipv4.tcp_sack was on

	// Sysctls are the settings that differ from the kernel's defaults, in the
	// recorded order. Not listed, and the same in every recording: window scaling
	// (unless listed), ECN and Fast Open off, congestion control Reno, no
	// auto-tuning of the receive buffer, tcp_no_metrics_save=1,
	// tcp_rmem="4096 131072 6291456", tcp_wmem="4096 65536 4194304".
	Sysctls []Sysctl

	Kernel  string        // the kernel's release, such as "6.18.44"
	HZ      int           // its clock ticks per second
	MaxLate time.Duration // the most that the recorder was late with a call or segment

	// Unstable says, where it is not empty, what differed when the kernel repeated
	// the scenario; UnstableAt is the time that it names. From there on another
	// outcome is as good.
	Unstable   string
	UnstableAt tcp.Time

	End   tcp.Time // when the observation ended, not before the last step
	Steps []Step   // in the order of time, at least one
}

// Role is the kernel's part in the opening of the connection.
type Role uint8

const (
	Active  Role = iota // the kernel connects
	Passive             // the kernel listens
)

var roleNames = []string{"active", "passive"}

// String returns "active" or "passive".
func (r Role) String() string { return nameOf(roleNames, int(r)) }

// Sysctl is one kernel setting beneath net.ipv4.
type Sysctl struct {
	Name  string // without "net.ipv4.", such as "tcp_fin_timeout"
	Value string // as written to /proc/sys, such as "3"
}

// Kind tells which of a Step's fields counts.
type Kind uint8

const (
	KindCall  Kind = iota // a call on the kernel's side: Step.Call
	KindIn                // a segment sent to the kernel: Step.Segment
	KindOut               // a segment sent by the kernel: Step.Segment
	KindState             // what a socket lookup saw: Step.State
	KindPoll              // what poll(2) saw: Step.Poll
)

var kindNames = []string{"call", "in", "out", "state", "poll"}

// String returns the kind's name in a recording.
func (k Kind) String() string { return nameOf(kindNames, int(k)) }

// Step is one event of a recording. Kind tells which one of the other fields
// counts; the rest are zero.
type Step struct {
	At      tcp.Time // since the start of the recording
	Kind    Kind
	Call    Call
	Segment Segment
	State   State
	Poll    Poll
}

// FD names a descriptor of the kernel's side.
type FD string

const (
	FDListener FD = "l"  // the listening socket
	FDConn     FD = "c"  // the connection
	FDDup      FD = "d"  // a dup(2) of FDConn
	FDConn2    FD = "c2" // a second connection on the same four-tuple
)

// Call is a system call and its result. Every socket is non-blocking.
type Call struct {
	Name string // one of the calls that CallNames lists
	FD   FD     // accept: the descriptor that it returns; dup: the one that is copied

	N      int    // read, write: octets asked for; listen: backlog
	How    string // shutdown: "RD", "WR" or "RDWR"; so_error: the pending error, "0" for none; close: "block" if it may block
	Option string // setsockopt: name, such as "TCP_LINGER2"
	Values []int  // setsockopt: values; SO_LINGER has two, l_onoff and l_linger

	Ret int      // the result, −1 with Err
	Err string   // the error's name, such as "EAGAIN"
	End tcp.Time // when the call returned; Step.At for one that returned at once
}

// Segment is a recorded segment. Seq and Ack are relative to the initial sequence
// numbers of their direction, so that each SYN has sequence number 0, modulo
// 2^32. The ports are zero.
//
// Timestamps are relative as well: the peer's clock is its scheduled time in
// milliseconds, the kernel's is relative to its first TSval.
type Segment struct {
	tcp.Segment

	// TSEcrZero says that TSecr was 0 on the wire, as in a first SYN. Without it,
	// an Options.TSEcr of 0 in an incoming segment echoes the kernel's first TSval.
	TSEcrZero bool

	// NewISN marks a SYN of the kernel with a fresh initial sequence number:
	// numbering starts again at 0. ISNDelta is its distance from the previous one,
	// which depends on the kernel's clock and cannot be reproduced.
	NewISN   bool
	ISNDelta uint32

	// AbsSeq says that Seq is the number on the wire, not a relative one, as in a
	// reset that answers a segment without ACK.
	AbsSeq bool
}

// State is what an exact lookup of the connection's socket saw: it became so
// after After and not later than the step's time.
type State struct {
	After tcp.Time  // the lookup before; 0 if there was none
	State tcp.State // StateClosed: no socket for this four-tuple, though a listener may exist
	Timer Timer

	TimerLeft   time.Duration // what remains of the timer, to the millisecond
	Retransmits int           // retransmissions, or probes of the persist and keepalive timer
	RTO         time.Duration // retransmission timeout; 0: not shown (SYN-RECEIVED, TIME-WAIT, FIN-WAIT-2 without a full socket, CLOSED)
}

// Timer is the kind of timer that a lookup shows.
type Timer uint8

const (
	TimerNone       Timer = iota
	TimerRetransmit       // retransmission
	TimerKeepalive        // keepalive, and the first phase of a FIN-WAIT-2 of more than 60 s
	TimerTimeWait         // TIME-WAIT, and FIN-WAIT-2 after close
	TimerPersist          // zero-window probe
)

var timerNames = []string{"none", "retransmit", "keepalive", "timewait", "persist"}

// String returns the timer's name in a recording.
func (t Timer) String() string { return nameOf(timerNames, int(t)) }

// Poll is a change of the poll(2) bits of FDConn, after After and not later than
// the step's time.
type Poll struct {
	After tcp.Time
	Bits  PollBits
}

// PollBits are the bits of poll(2) that a recording shows.
type PollBits uint8

const (
	PollIn    PollBits = 1 << iota // POLLIN
	PollOut                        // POLLOUT
	PollRdHup                      // POLLRDHUP
	PollErr                        // POLLERR
	PollHup                        // POLLHUP
	PollPri                        // POLLPRI
)

var pollNames = []string{"IN", "OUT", "RDHUP", "ERR", "HUP", "PRI"}

// String returns the bits as a recording writes them: "IN|OUT", "-" for none.
func (p PollBits) String() string {
	s := ""
	for i, name := range pollNames {
		if p>>i&1 != 0 {
			s += "|" + name
		}
	}
	if s == "" {
		return "-"
	}
	return s[1:]
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "?"
}
