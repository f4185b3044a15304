package tcp

// InitialWindowRFC5681, as Config.InitialWindow, is two, three or four segments by
// their size (RFC 5681 §3.1).
const InitialWindowRFC5681 = -2

// OrphanRetriesAuto, as Config.OrphanRetries, is Linux's tcp_orphan_retries = 0:
// eight, until the retransmission timeout has reached its maximum; then none.
const OrphanRetriesAuto = -2

// GiveUp is how the limits of retransmission are meant.
type GiveUp uint8

const (
	// Counted gives up when the limit's number of retransmissions stayed
	// unanswered.
	Counted GiveUp = iota
	// Elapsed gives up when as much time has passed since the first retransmission
	// as the limit's number of retransmissions would take from a timeout of 200 ms
	// on (1 s for a SYN). Linux.
	Elapsed
)

// UserTimeoutStart is the moment from which the user timeout counts.
type UserTimeoutStart uint8

const (
	FromTransmission   UserTimeoutStart = iota // the oldest unacknowledged octet's (RFC 9293 §3.10.8)
	FromRetransmission                         // the first retransmission (Linux)
)

// AckRule is the rule by which acknowledgments of in-order text wait.
type AckRule uint8

const (
	// AckEverySecond acknowledges at once every second full-sized segment or twice
	// its octets (SHLD-19), anything else after DelayedACK.
	AckEverySecond AckRule = iota
	// AckAdaptive is Linux's: the first segments of a connection at once, then by
	// the rhythm of arrival, and not at once while data flows both ways.
	AckAdaptive
)

// TimeWaitSYN is the rule for a SYN that arrives in TIME-WAIT.
type TimeWaitSYN uint8

const (
	// SYNStrict accepts a sequence number above RCV.NXT with, if both have
	// timestamps, a newer timestamp; anything else is acknowledged.
	SYNStrict TimeWaitSYN = iota
	// SYNLinux accepts a newer timestamp, or a sequence number above RCV.NXT without
	// an older timestamp; anything else is acknowledged.
	SYNLinux
	// SYNRFC6191 accepts by the table of RFC 6191 §2; anything else is dropped. An
	// accepted SYN that proves to be an old duplicate leads back to TIME-WAIT.
	SYNRFC6191
)

// TimeWaitRule is the treatment of other segments in TIME-WAIT.
type TimeWaitRule uint8

const (
	// TimeWaitFINOnly restarts 2·MSL on a repeated FIN and on nothing else.
	TimeWaitFINOnly TimeWaitRule = iota
	// TimeWaitAnyACK restarts it on any segment with ACK that is not a RST, or that
	// is empty and at RCV.NXT; a RST with an old timestamp is ignored. Linux.
	TimeWaitAnyACK
)

// TimeWaitReuse is the condition for connecting over an own TIME-WAIT.
type TimeWaitReuse uint8

const (
	ReuseTimestamps TimeWaitReuse = iota // with timestamps, after TimeWaitReuseDelay (RFC 6191)
	ReuseLinux                           // as ReuseTimestamps if tcp_tw_reuse is 1; from a bound port always, and without delay
	ReuseBound                           // from a bound port only, with timestamps (Linux, tcp_tw_reuse 0, or 2 and no loopback)
	ReuseNever                           // not at all
)

// ResetSequence is the set of sequence numbers with which a RST is accepted in a
// synchronized state.
type ResetSequence uint8

const (
	ResetExact ResetSequence = iota // RCV.NXT (RFC 5961 §3)
	ResetLinux                      // also RCV.NXT−1 after the peer's FIN, and the right end of what is held out of order
)

// Acceptability is the test by which a segment belongs to the receive window.
type Acceptability uint8

const (
	AcceptRFC9293 Acceptability = iota // overlaps the window, RFC 9293 §3.10.7.4
	AcceptLinux                        // ends at or above the last acknowledgment sent and starts at or below the window's right edge
)

// AckRange is the range below SND.UNA in which an acknowledgment is only old.
type AckRange uint8

const (
	AckMaxWindow  AckRange = iota // the largest window of the peer (RFC 5961 §5)
	AckBytesAcked                 // that, but no more than was ever acknowledged (Linux)
)

// MissingTimestamp is the treatment of a segment without the timestamps agreed on.
type MissingTimestamp uint8

const (
	MissingDropped  MissingTimestamp = iota // RFC 7323 §3.2
	MissingAccepted                         // Linux
)

// DataAfterFIN is the treatment of text beyond the peer's FIN.
type DataAfterFIN uint8

const (
	AfterFINIgnored   DataAfterFIN = iota // RFC 9293 §3.10.7.4, seventh step
	AfterFINStraddles                     // reset if it begins below RCV.NXT, else dropped without a word (Linux)
)

// SynReceivedRule is how SYN-RECEIVED of a passive open answers.
type SynReceivedRule uint8

const (
	SynReceivedRFC9293 SynReceivedRule = iota // RFC 9293 §3.10.7.4
	SynReceivedLinux                          // as Linux's request: SYN-ACK again at most twice a second, timestamp echo checked, RST for another SYN
)

// CloseInSynReceived is when the FIN of a CLOSE in SYN-RECEIVED leaves.
type CloseInSynReceived uint8

const (
	CloseDeferred  CloseInSynReceived = iota // when ESTABLISHED is reached
	CloseImmediate                           // at once (RFC 9293 §3.10.4); CloseWrite waits all the same, as on Linux
)

// ReceiveWindow is the rule by which the window is offered.
type ReceiveWindow uint8

const (
	WindowRFC9293 ReceiveWindow = iota // silly-window avoidance of RFC 9293 §3.8.6.2.2
	WindowLinux                        // multiples of the segment size below a clamp that grows with use
)

// AckCompany says with what an acknowledgment leaves that is due at once.
type AckCompany uint8

const (
	CompanyAny     AckCompany = iota // with whatever leaves
	CompanyNewText                   // not with what is sent again; that of a FIN in FIN-WAIT-1 alone, ahead of text (tcp_fin)
)

// StaleACK says what counts of a segment in the window whose acknowledgment is old or
// out of range, besides text and FIN.
type StaleACK uint8

const (
	StaleACKUsed    StaleACK = iota // its timestamp and its window count, and it shows that the peer is there (RFC 7323 §4.3)
	StaleACKIgnored                 // nothing but SACK blocks (tcp_ack)
)

// SplitACK says what an acknowledgment does that ends within a segment.
type SplitACK uint8

const (
	SplitACKCounts    SplitACK = iota // it restarts the retransmission timer (RFC 6298 §5.3), its timestamp is a sample
	SplitACKMovesOnly                 // neither
)

// WindowUpdate is the test by which a segment changes the send window.
type WindowUpdate uint8

const (
	UpdateNewest WindowUpdate = iota // SND.WL1 and SND.WL2 (RFC 9293 §3.10.7.4, fifth step)
	UpdateLinux                      // newer SEQ or ACK; with neither, only a larger window or zero
)

// LossDetection is how losses are found by SACK.
type LossDetection uint8

const (
	LossRFC6675 LossDetection = iota // by what the peer holds above (RFC 6675)
	LossRACK                         // by time (RFC 8985 §6)
)

// CongestionUnit is what the congestion window counts.
type CongestionUnit uint8

const (
	CongestionOctets   CongestionUnit = iota // octets in flight; a FIN alone is free (RFC 5681)
	CongestionSegments                       // segments in flight, whatever their size, the FIN's included; slow start adds all that are acknowledged (Linux)
)

// Nagle is what holds back a segment that is not full.
type Nagle uint8

const (
	NagleRFC9293  Nagle = iota // anything unacknowledged (RFC 9293 §3.7.4)
	NagleMinshall              // another such segment that is unacknowledged (Linux)
)

// ZeroWindowProbe is the form of a zero-window probe.
type ZeroWindowProbe uint8

const (
	ProbeOctet ZeroWindowProbe = iota // the next octet, or the FIN (RFC 9293 §3.8.6.1)
	ProbeEmpty                        // no octet, SEQ = SND.UNA−1; every acknowledgment starts the interval anew, also of a window that is too small (Linux)
)
