package tcp

// Verdict says what became of one segment, or of one ICMP message: the rule that
// settled it. Every segment that is dropped has one.
type Verdict uint8

const (
	Accepted Verdict = iota // processed to the last step

	// CLOSED, LISTEN and SYN-SENT (RFC 9293 §3.10.7.1 to §3.10.7.3).
	DroppedClosed        // RST to a connection that does not exist
	ResetClosed          // anything else to it: answered by RST
	DroppedListen        // neither SYN nor ACK, or RST, to LISTEN
	ResetListen          // ACK to LISTEN: answered by RST
	DroppedSYNFIN        // SYN with FIN to LISTEN
	ResetBadAckSynSent   // ACK of something not sent, in SYN-SENT: answered by RST
	DroppedBadAckSynSent // the same on a RST
	DroppedRSTSynSent    // RST without ACK in SYN-SENT
	DroppedNoSYN         // neither SYN nor RST in SYN-SENT
	Refused              // RST accepted in SYN-SENT or in SYN-RECEIVED of an active open: ended

	// SYN-RECEIVED and the synchronized states, in the order of RFC 9293 §3.10.7.4.
	DroppedNoControl   // none of SYN, ACK, RST
	DroppedNoTimestamp // timestamps were agreed on and the segment has none (RFC 7323 §3.2)
	DroppedOldAck      // old timestamp on an acknowledgment below the window (PAWSTolerance)
	DroppedPAWS        // old timestamp: answered by ACK (RFC 7323 §5.3)
	DroppedWindow      // outside the window: answered by ACK
	AckedOutsideWindow // outside the window, but its acknowledgment was used; answered by ACK
	DroppedRSTWindow   // RST outside the window
	DroppedThrottled   // would be answered by ACK, but the limit of ChallengeLimit is used up
	ChallengedRST      // RST in the window but not at RCV.NXT: challenge ACK (RFC 5961 §3)
	Reset              // RST accepted: ended
	BackToListen       // SYN-RECEIVED of a passive open gave up and is LISTEN again
	BackToTimeWait     // SYN-RECEIVED of a reopened connection gave up and is TIME-WAIT again
	ChallengedSYN      // SYN in a synchronized state: challenge ACK (RFC 5961 §4)
	RepeatedSYN        // the SYN again in SYN-RECEIVED: SYN-ACK again
	ResetSYN           // another SYN in SYN-RECEIVED: answered by RST
	DroppedNoAck       // no ACK bit
	ChallengedAck      // ACK of something not sent, or too old: challenge ACK (RFC 5961 §5)
	ResetBadAck        // unacceptable ACK in SYN-RECEIVED: answered by RST
	DroppedAfterFIN    // text beyond the peer's FIN; its acknowledgment was used
	AckedAfterFIN      // text or FIN that was received before, after the peer's FIN: answered by ACK
	ResetAfterClose    // data after Close: answered by RST, ended
	ResetAfterFIN      // text straddling the peer's FIN: answered by RST, ended
	ResetFinWait2      // the FIN was acknowledged after Close, FinWait2Reset: answered by RST, ended
	DroppedText        // text for which there is no room; its acknowledgment was used
	ClosedCleanly      // acknowledgment of the FIN in LAST-ACK: ended
	AckedFIN           // acknowledgment of the FIN after Close, with nothing new (FinWait2TimeWait): used, the rest is not looked at

	// TIME-WAIT.
	Reopen             // a SYN that may open the next incarnation
	Gone               // the TIME-WAIT ended here
	ReackedFIN         // FIN again: ACK again, 2·MSL restarted
	ReackedOld         // anything else that draws the last ACK again
	RestartedTimeWait  // no answer, 2·MSL restarted
	DroppedTimeWait    // no answer, nothing changed
	DroppedTimeWaitRST // RST that does not end TIME-WAIT
	DroppedTimeWaitSYN // SYN that is not legal and is not answered
	FINTimeWait        // the peer's FIN in FIN-WAIT-2 kept as a TimeWait: TIME-WAIT

	// Any state.
	DroppedSecondReply // would be answered by RST, but one is waiting already
	DroppedInvalid     // no segment, or one that cannot exist: nil, negative or absurd length
	DroppedTime        // now is Never

	// ICMP.
	ICMPIgnored     // out of the window, or a kind that does nothing
	ICMPNoted       // a soft error, kept in Status
	ICMPUnreachable // a hard error before the connection was synchronized: ended
	ICMPPathMTU     // the segment size was reduced

	numVerdicts
)

// Outcome is the gist of a Verdict.
type Outcome uint8

const (
	OutcomeAccepted   Outcome = iota // the connection used it
	OutcomeDropped                   // without an answer
	OutcomeAcked                     // dropped, answered by ACK
	OutcomeChallenged                // dropped, answered by a challenge ACK
	OutcomeReset                     // answered by RST
	OutcomeEnded                     // the connection ended
	OutcomeReopened                  // TIME-WAIT gives way to a new incarnation
)

var outcomeNames = [...]string{"accepted", "dropped", "acked", "challenged", "reset", "ended", "reopened"}

// String names the outcome.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown outcome"
}

type verdictInfo struct {
	text    string
	outcome Outcome
	step    string // of RFC 9293 §3.10.7.4, or the clause
}

var verdicts = [numVerdicts]verdictInfo{
	Accepted:             {"accepted", OutcomeAccepted, ""},
	DroppedClosed:        {"RST to no connection", OutcomeDropped, "§3.10.7.1"},
	ResetClosed:          {"no connection", OutcomeReset, "§3.10.7.1"},
	DroppedListen:        {"nothing for LISTEN", OutcomeDropped, "§3.10.7.2"},
	ResetListen:          {"ACK to LISTEN", OutcomeReset, "§3.10.7.2"},
	DroppedSYNFIN:        {"SYN with FIN to LISTEN", OutcomeDropped, "§3.10.7.2"},
	ResetBadAckSynSent:   {"unacceptable ACK in SYN-SENT", OutcomeReset, "§3.10.7.3 first"},
	DroppedBadAckSynSent: {"RST with unacceptable ACK in SYN-SENT", OutcomeDropped, "§3.10.7.3 first"},
	DroppedRSTSynSent:    {"RST without ACK in SYN-SENT", OutcomeDropped, "§3.10.7.3 second"},
	DroppedNoSYN:         {"neither SYN nor RST in SYN-SENT", OutcomeDropped, "§3.10.7.3 fifth"},
	Refused:              {"connection refused", OutcomeEnded, "§3.10.7.3 second"},
	DroppedNoControl:     {"no SYN, ACK or RST", OutcomeDropped, "fifth"},
	DroppedNoTimestamp:   {"timestamps missing", OutcomeDropped, "RFC 7323 §3.2"},
	DroppedOldAck:        {"old timestamp on an old ACK", OutcomeDropped, "RFC 7323 §5.3"},
	DroppedPAWS:          {"old timestamp", OutcomeAcked, "RFC 7323 §5.3"},
	DroppedWindow:        {"outside the window", OutcomeAcked, "first"},
	AckedOutsideWindow:   {"outside the window, ACK used", OutcomeAcked, "first"},
	DroppedRSTWindow:     {"RST outside the window", OutcomeDropped, "first"},
	DroppedThrottled:     {"answer suppressed by the limit", OutcomeDropped, "RFC 5961 §7"},
	ChallengedRST:        {"RST not at RCV.NXT", OutcomeChallenged, "second"},
	Reset:                {"connection reset", OutcomeEnded, "second"},
	BackToListen:         {"back to LISTEN", OutcomeEnded, "second"},
	BackToTimeWait:       {"back to TIME-WAIT", OutcomeEnded, "RFC 9293 §3.6.1"},
	ChallengedSYN:        {"SYN in a synchronized state", OutcomeChallenged, "fourth"},
	RepeatedSYN:          {"SYN repeated", OutcomeAccepted, "fourth"},
	ResetSYN:             {"another SYN", OutcomeReset, "fourth"},
	DroppedNoAck:         {"no ACK", OutcomeDropped, "fifth"},
	ChallengedAck:        {"ACK out of range", OutcomeChallenged, "fifth"},
	ResetBadAck:          {"unacceptable ACK in SYN-RECEIVED", OutcomeReset, "fifth"},
	DroppedAfterFIN:      {"text beyond the FIN", OutcomeDropped, "seventh"},
	AckedAfterFIN:        {"received before the FIN", OutcomeAcked, "seventh"},
	ResetAfterClose:      {"data after close", OutcomeReset, "seventh"},
	ResetAfterFIN:        {"text straddles the FIN", OutcomeReset, "seventh"},
	ResetFinWait2:        {"no FIN-WAIT-2 wanted", OutcomeReset, "fifth"},
	DroppedText:          {"no room for the text", OutcomeAcked, "seventh"},
	ClosedCleanly:        {"FIN acknowledged", OutcomeEnded, "fifth"},
	AckedFIN:             {"FIN acknowledged after close", OutcomeAccepted, "fifth"},
	Reopen:               {"TIME-WAIT reopened", OutcomeReopened, "RFC 6191"},
	Gone:                 {"TIME-WAIT ended", OutcomeEnded, "second"},
	ReackedFIN:           {"FIN again", OutcomeAcked, "eighth"},
	ReackedOld:           {"old segment in TIME-WAIT", OutcomeAcked, "first"},
	RestartedTimeWait:    {"TIME-WAIT restarted", OutcomeAccepted, "fifth"},
	DroppedTimeWait:      {"nothing for TIME-WAIT", OutcomeDropped, "fifth"},
	DroppedTimeWaitRST:   {"RST in TIME-WAIT", OutcomeDropped, "RFC 1337"},
	DroppedTimeWaitSYN:   {"old SYN in TIME-WAIT", OutcomeDropped, "RFC 6191"},
	FINTimeWait:          {"FIN", OutcomeAccepted, "eighth"},
	DroppedSecondReply:   {"a reset is waiting already", OutcomeDropped, ""},
	DroppedInvalid:       {"not a segment", OutcomeDropped, ""},
	DroppedTime:          {"Never is not a time", OutcomeDropped, ""},
	ICMPIgnored:          {"ICMP ignored", OutcomeDropped, "§3.9.2.2"},
	ICMPNoted:            {"ICMP soft error", OutcomeAccepted, "§3.9.2.2"},
	ICMPUnreachable:      {"ICMP hard error", OutcomeEnded, "§3.9.2.2"},
	ICMPPathMTU:          {"path MTU reduced", OutcomeAccepted, "§3.7.2"},
}

// String names the rule in a few words.
func (v Verdict) String() string {
	if v < numVerdicts {
		return verdicts[v].text
	}
	return "unknown verdict"
}

// Outcome returns the gist.
func (v Verdict) Outcome() Outcome {
	if v < numVerdicts {
		return verdicts[v].outcome
	}
	return OutcomeDropped
}

// Step returns the step of RFC 9293 §3.10.7.4 that settled the segment ("first"
// to "eighth"), or the clause of another rule; empty for Accepted.
func (v Verdict) Step() string {
	if v < numVerdicts {
		return verdicts[v].step
	}
	return ""
}

// proceed is the verdict of a step that leaves the segment to the next one.
const proceed = Accepted
