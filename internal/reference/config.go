package reference

import (
	"math"
	"time"
)

// Forever is a duration that does not end: a timer of that length is never started.
const Forever = time.Duration(math.MaxInt64)

// A TimeWaitSYN is the rule by which a SYN that arrives in TIME-WAIT is legal.
type TimeWaitSYN int

const (
	// Strict: SEQ above RCV.NXT and, where both have timestamps, TSval above the
	// last one seen. A SYN that is not legal draws an ACK.
	Strict TimeWaitSYN = iota
	// RFC6191: the table of that document, SEQ compared with the peer's FIN. A SYN
	// that is not legal is dropped in silence, and the endpoint goes back to
	// TIME-WAIT if an accepted one proves to be an old duplicate.
	RFC6191
)

// Config is everything in which the two presets differ, and the sizes that a
// connection needs. Every field means what it says: there are no special values
// but Forever, and those that a field names.
type Config struct {
	MSL             time.Duration // TIME-WAIT lasts twice as long
	FinWait2Timeout time.Duration // after Close; Forever: none
	ResetOnEarlyFIN bool          // after Close, a bare FIN ahead of missing data draws a RST at once
	RFC1337         bool          // a RST in TIME-WAIT is dropped even where it is exact
	TimeWaitSYN     TimeWaitSYN
	Reopen          bool // a legal SYN in TIME-WAIT starts the next incarnation here

	InitialRTO, MinRTO, MaxRTO time.Duration
	Granularity                time.Duration // G of RFC 6298
	SYNRetries                 int           // retransmissions of a SYN
	SYNACKRetries              int           // retransmissions of a SYN,ACK
	DataRetries                int           // R2: retransmissions of data or FIN; probes without an answer
	OrphanRetries              int           // the same once the last reference is closed
	R1                         int           // retransmissions after which trouble is reported
	MinSYNTime, MinDataTime    time.Duration // R2 is not reached before this time has passed
	UserTimeout                time.Duration // Forever: none
	UserTimeoutExplicit        bool          // set by the application: it ends a connection whose probes are answered too

	DelayedACK     time.Duration // 0: every ACK at once
	DelayFINAck    bool          // the ACK of a FIN that is received in ESTABLISHED is delayed as well
	Keepalive      bool
	KeepaliveIdle  time.Duration
	KeepaliveEvery time.Duration // between probes
	KeepaliveLimit int           // probes without an answer
	KeepaliveReset bool          // giving up sends a RST

	ChallengeLimit    int // ACKs for segments that carry neither payload nor FIN and are not acceptable …
	ChallengeInterval time.Duration

	InitialWindow   int // segments; 0: as RFC 5681 counts them
	Timestamps      bool
	TimestampOffset uint32 // added to the clock of 1 ms
	SACK            bool
	WindowScale     bool
	ReceiveBuffer   int // octets
	MSS             int // announced, and the limit of what is sent
	NoDelay         bool
	ResetTimestamps bool          // a RST in answer to a segment with timestamps echoes them
	QueueSYNText    bool          // text and FIN on a SYN are kept until ESTABLISHED; otherwise the peer sends them again
	SWSOverride     time.Duration // RFC 9293 §3.8.6.2.1 rule (4): the RTO, but at most this
	Spans           int           // out-of-order ranges held at a time; 0: no limit
}

// Default returns the configuration of the library's default preset.
func Default() Config {
	return Config{
		MSL:             30 * time.Second,
		FinWait2Timeout: 60 * time.Second,
		TimeWaitSYN:     Strict,

		InitialRTO:    time.Second,
		MinRTO:        200 * time.Millisecond,
		MaxRTO:        120 * time.Second,
		SYNRetries:    7,
		SYNACKRetries: 7,
		DataRetries:   15,
		OrphanRetries: 8,
		R1:            3,
		UserTimeout:   Forever,

		DelayedACK:     40 * time.Millisecond,
		DelayFINAck:    true,
		KeepaliveIdle:  7200 * time.Second,
		KeepaliveEvery: 75 * time.Second,
		KeepaliveLimit: 9,
		KeepaliveReset: true,

		ChallengeLimit:    1,
		ChallengeInterval: 500 * time.Millisecond,

		InitialWindow: 10,
		Timestamps:    true,
		SACK:          true,
		WindowScale:   true,
		ReceiveBuffer: 65535,
		MSS:           1460,
		SWSOverride:   time.Second,
		QueueSYNText:  true,

		ResetTimestamps: true,
		Spans:           8,
	}
}

// RFC9293 returns the configuration of the preset of that name.
func RFC9293() Config {
	c := Default()
	c.MSL = 120 * time.Second
	c.FinWait2Timeout = Forever
	c.TimeWaitSYN = RFC6191
	c.MinRTO = time.Second
	c.MaxRTO = 60 * time.Second
	c.OrphanRetries = c.DataRetries
	c.MinSYNTime = 180 * time.Second
	c.MinDataTime = 100 * time.Second
	c.UserTimeout = 5 * time.Minute
	c.DelayedACK = 200 * time.Millisecond
	c.DelayFINAck = false
	c.KeepaliveReset = false
	c.ChallengeLimit = 10
	c.ChallengeInterval = 5 * time.Second
	c.InitialWindow = 0
	return c
}
