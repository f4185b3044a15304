package tcp

import (
	"math"
	"time"
)

// Forever is the duration of a wait that has no end. It is accepted where
// waiting for ever makes sense: FinWait2Timeout and UserTimeout.
const Forever time.Duration = math.MaxInt64

// A Switch chooses a behaviour that is on unless it is switched off.
type Switch int8

const (
	Default Switch = iota // what the field's documentation names
	On                    // the behaviour is wanted
	Off                   // it is not
)

// Config holds what a program can choose about a connection. The zero value is
// the default of every field. In durations and counts 0 is the default and −1
// means zero; [Forever] is accepted where waiting for ever makes sense. A Config
// is read once, by [New]; what can change during a connection has a setter.
//
// [Linux] and [RFC9293] return the other two presets. The documentation of a field
// names the sysctl or socket option that it corresponds to.
type Config struct {
	// LocalPort and RemotePort fill the ports of the segments sent. A passive
	// connection learns a RemotePort of 0 from the SYN. See Conn.SetPorts.
	LocalPort, RemotePort uint16

	// MSS is the largest payload that this end accepts, announced in the SYN
	// (RFC 9293 §3.7.1: at most the MTU less 40 octets for IPv4, 60 for IPv6), and
	// the largest it sends. Octets, 88 to 65495; default 1460. TCP_MAXSEG.
	MSS int
	// DefaultSendMSS is assumed of a peer that announces none (MUST-15). Octets,
	// 88 to 65495; default 536; 1220 for IPv6.
	DefaultSendMSS int
	// ReceiveBuffer is the space for received octets, from which the receive window
	// is offered. Octets, 1 to 2^30; default 65535. SO_RCVBUF, tcp_rmem[1].
	ReceiveBuffer int
	// MaxReceiveBuffer is the largest ReceiveBuffer that a setter may choose; the
	// window scale announced is the one that it needs. Octets, default
	// ReceiveBuffer. tcp_rmem[2].
	MaxReceiveBuffer int
	// InitialWindow is the congestion window after the handshake, in segments
	// (RFC 6928); default 10; InitialWindowRFC5681 for two to four by segment size.
	InitialWindow int

	// SlowStartAfterIdle shrinks the congestion window to its first size after a
	// retransmission timeout without data (RFC 5681 §4.1); default on.
	// tcp_slow_start_after_idle.
	SlowStartAfterIdle Switch
	// WindowScale, Timestamps (RFC 7323) and SACK (RFC 2018) are offered in the SYN
	// and answered in the SYN-ACK; default on. tcp_window_scaling, tcp_timestamps,
	// tcp_sack.
	WindowScale, Timestamps, SACK Switch
	// DuplicateSACK reports octets received twice (RFC 2883); default on. tcp_dsack.
	DuplicateSACK Switch

	// StaleSACK lets the acknowledgment of a FIN in FIN-WAIT-1 and FIN-WAIT-2 report
	// once more the stretch that was held last, as Linux does.
	StaleSACK bool

	// MSL is the maximum segment lifetime; TIME-WAIT lasts twice as long (MUST-13).
	// Default 30 s; −1 for no TIME-WAIT at all, which is unsafe.
	MSL time.Duration
	// FinWait2Timeout bounds FIN-WAIT-2 after Close, when nothing can be received
	// any more; after CloseWrite alone there is no bound. Default 60 s, or Forever.
	// tcp_fin_timeout, TCP_LINGER2; see Conn.SetFinWait2Timeout.
	FinWait2Timeout time.Duration
	// FinWait2Reset sends RST instead of waiting in FIN-WAIT-2 after Close.
	// TCP_LINGER2 < 0.
	FinWait2Reset bool
	// FinWait2TimeWait keeps FIN-WAIT-2 after Close as Linux does: for at most 60 s
	// as a TimeWait, with rules of its own; a longer time T as a whole connection
	// for T−60 s and then as a TimeWait for T−60 s again; never below 3.5 times the
	// retransmission timeout, nor above 120 s when set by TCP_LINGER2.
	FinWait2TimeWait bool

	// RTOEstimator is the formula of the retransmission timeout; default
	// EstimatorRFC6298.
	RTOEstimator RTOEstimator
	// RTOInitial holds before the first measurement (RFC 6298 §2.1); default 1 s.
	RTOInitial time.Duration
	// RTOMin is the floor (EstimatorRFC6298), or what is at least added to the
	// smoothed round-trip time (EstimatorLinux). Default 200 ms. tcp_rto_min_us.
	RTOMin time.Duration
	// RTOMax is the ceiling, back-off included. Default 120 s. tcp_rto_max_ms.
	RTOMax time.Duration
	// GiveUp says how the retransmission limits are meant; default Counted.
	GiveUp GiveUp
	// DataRetries1 is R1 (RFC 9293 §3.8.3): after so many retransmissions ReadyR1 is
	// set. Default 3. tcp_retries1.
	DataRetries1 int
	// DataRetries2 is R2: so many retransmissions of the same data or FIN are made
	// before the connection times out. Default 15; 1 to 255. tcp_retries2.
	DataRetries2 int
	// DataMinimum is how long data is retransmitted at least, whatever the count
	// (SHLD-11). Default none.
	DataMinimum time.Duration
	// OrphanRetries takes the place of DataRetries2 once the last reference is
	// closed. Default 8; OrphanRetriesAuto. tcp_orphan_retries.
	OrphanRetries int
	// SYNRetries and SYNACKRetries are R2 of the handshake. Defaults 7 and 7; 1 to
	// 255. tcp_syn_retries (TCP_SYNCNT), tcp_synack_retries.
	SYNRetries, SYNACKRetries int
	// SYNMinimum is how long a SYN is retransmitted at least, whatever the count
	// (MUST-23). Default none.
	SYNMinimum time.Duration
	// SYNLinearTimeouts is the number of further SYN timeouts before the back-off
	// begins. Default 0. tcp_syn_linear_timeouts.
	SYNLinearTimeouts int
	// UserTimeout ends a connection whose oldest octet is unacknowledged for so long
	// (RFC 9293 §3.9.1.1). Default off, as is Forever. TCP_USER_TIMEOUT.
	UserTimeout time.Duration
	// UserTimeoutStart says from when UserTimeout counts; default FromTransmission.
	UserTimeoutStart UserTimeoutStart
	// UserTimeoutOption sends the option of RFC 5482 and lets the peer's change a
	// UserTimeout that SetUserTimeout has not fixed.
	UserTimeoutOption bool

	// DelayedACK is how long an acknowledgment may wait for company (SHLD-18,
	// MUST-40: below 500 ms). Default 40 ms; −1 acknowledges everything at once.
	DelayedACK time.Duration
	// AckRule says when acknowledgments wait; default AckEverySecond.
	AckRule AckRule
	// DelayFINAck lets the acknowledgment of the peer's FIN wait as well, so that the
	// own FIN can carry it (a close of three segments); default on. In FIN-WAIT-1 and
	// FIN-WAIT-2 a FIN is always acknowledged at once.
	DelayFINAck Switch
	// CongestionUnit says in what the congestion window counts; default
	// CongestionOctets.
	CongestionUnit CongestionUnit
	// Nagle is the form of the Nagle algorithm (SHLD-7); default NagleRFC9293.
	Nagle Nagle
	// PushEvery sets PSH on every so many full segments sent in a row, besides the
	// one that empties the queue, as segmentation offload does. Default 0: on none;
	// to 64. tcp_min_tso_segs. Then what a window probe forces out has PSH as well.
	PushEvery int
	// NoDelay switches the Nagle algorithm off (MUST-17). TCP_NODELAY.
	NoDelay bool

	// KeepAlive sends probes on an idle connection (RFC 9293 §3.8.4). SO_KEEPALIVE.
	KeepAlive bool
	// KeepAliveIdle is the idle time before the first probe; default 2 h (MUST-28).
	// tcp_keepalive_time, TCP_KEEPIDLE.
	KeepAliveIdle time.Duration
	// KeepAliveInterval is the time between probes; default 75 s.
	// tcp_keepalive_intvl, TCP_KEEPINTVL.
	KeepAliveInterval time.Duration
	// KeepAliveCount is the number of unanswered probes that end the connection;
	// default 9; 1 to 127. tcp_keepalive_probes, TCP_KEEPCNT.
	KeepAliveCount int
	// KeepAliveReset sends RST on giving up; default on.
	KeepAliveReset Switch
	// KeepAliveOctet lets a probe carry one octet that was acknowledged before
	// (MAY-6).
	KeepAliveOctet bool

	// RFC1337 ignores RST in TIME-WAIT (RFC 1337, fix F1). tcp_rfc1337.
	RFC1337 bool
	// TimeWaitSYN says which SYN may end TIME-WAIT; default SYNStrict.
	TimeWaitSYN TimeWaitSYN
	// TimeWaitRule says what else is done in TIME-WAIT; default TimeWaitFINOnly.
	TimeWaitRule TimeWaitRule
	// TimeWaitReuse says when Conn.OpenFrom may connect over an own TIME-WAIT;
	// default ReuseTimestamps. tcp_tw_reuse.
	TimeWaitReuse TimeWaitReuse
	// TimeWaitReuseDelay is how old the TIME-WAIT must be then; default 1 s.
	// tcp_tw_reuse_delay.
	TimeWaitReuseDelay time.Duration

	// ChallengeLimit is the number of challenge ACKs (RFC 5961), and of
	// acknowledgments of segments outside the window that carry neither payload nor
	// FIN, in any ChallengeInterval. Defaults 1 and 500 ms; an interval of −1 lifts
	// the limit, and with it what keeps two ends from answering each other's segments
	// for ever. tcp_invalid_ratelimit.
	ChallengeLimit    int
	ChallengeInterval time.Duration

	// ResetOnEarlyFIN resets after Close at once when a FIN arrives ahead of missing
	// data; otherwise the FIN is kept and the RST follows with the data.
	ResetOnEarlyFIN bool
	// ResetSequence says which sequence numbers a RST may have besides RCV.NXT;
	// default ResetExact.
	ResetSequence ResetSequence
	// ResetWithACK sends the RST of an abort with the ACK bit and the number, window
	// and timestamps of an ordinary segment.
	ResetWithACK bool
	// ResetTimestamps puts timestamps into the RST that answers a segment with
	// timestamps: TSval 0, and the echo (RFC 7323 §3.2); default on.
	ResetTimestamps Switch
	// Acceptability is the window test of arriving segments; default
	// AcceptRFC9293.
	Acceptability Acceptability
	// AckRange is how old an acknowledgment may be (RFC 5961 §5); default
	// AckMaxWindow.
	AckRange AckRange
	// MissingTimestamp says what becomes of a segment that lacks the timestamps
	// agreed on; default MissingDropped.
	MissingTimestamp MissingTimestamp
	// PAWSTolerance accepts an old timestamp on a pure duplicate of the last
	// acknowledgment, up to the retransmission timeout, and one tick everywhere.
	PAWSTolerance bool
	// DataAfterFIN says what becomes of text beyond the peer's FIN; default
	// AfterFINIgnored.
	DataAfterFIN DataAfterFIN
	// SynReceived is how a connection request answers before it is established;
	// default SynReceivedRFC9293.
	SynReceived SynReceivedRule
	// SYNRepeatOnBadACK repeats a SYN that was not yet retransmitted two ticks after
	// an unacceptable acknowledgment in SYN-SENT.
	SYNRepeatOnBadACK bool
	// LastAckAtClose enters LAST-ACK when CLOSE is called in CLOSE-WAIT, not when
	// the FIN is sent.
	LastAckAtClose bool
	// CloseInSynReceived says when the FIN of a CLOSE in SYN-RECEIVED is sent;
	// default CloseDeferred.
	CloseInSynReceived CloseInSynReceived
	// ReceiveWindow is how the window offered is chosen; default WindowRFC9293.
	ReceiveWindow ReceiveWindow
	// WindowUpdate says which segments change the send window; default
	// UpdateNewest.
	WindowUpdate WindowUpdate
	// AckCompany says with what an acknowledgment leaves that is due at once; default
	// CompanyAny.
	AckCompany AckCompany
	// StaleACK says what counts of a segment in the window whose acknowledgment is
	// old or out of range; default StaleACKUsed.
	StaleACK StaleACK
	// SplitACK says what an acknowledgment does that ends within a segment; default
	// SplitACKCounts.
	SplitACK SplitACK
	// ZeroWindowProbe is the form of a window probe; default ProbeOctet.
	ZeroWindowProbe ZeroWindowProbe
	// RetransmitCollapse fills a retransmission with the small segments behind it.
	// tcp_retrans_collapse.
	RetransmitCollapse bool
	// LossDetection is how losses are found where SACK is in use; default
	// LossRFC6675. tcp_recovery.
	LossDetection LossDetection
	// TailLossProbe repeats the last segment before the retransmission timeout when
	// SACK is in use (RFC 8985 §7). tcp_early_retrans.
	TailLossProbe bool

	// TickRate is the frequency of the timer interrupt, per second (HZ); timers then
	// run in the slots of Linux's timer wheel. 0 for exact timers. 24 to 1000.
	TickRate int
	// TickPhase is how long before Time 0 a tick was. Less than a tick.
	TickPhase time.Duration
}
