package faults

// sending are faults of acknowledgments taken in, retransmission and probes.
var sending = []Fault{
	{
		Name: "retransmission counts the FIN as an octet", Rule: "I16",
		What:  "what is sent again has another length than what was sent",
		Tests: both(root("TestPairStates", "TestT31_FINsCrossAndBothACKsAreLost"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"transmit.go", "\tn := to.Sub(from)\n\tif fin {\n\t\tn--\n\t}\n\tif n > mss {",
			"\tn := to.Sub(from)\n\tif n > mss {",
		}},
	},
	{
		Name: "stream offset counts the FIN", Rule: "I12; Conn.Acked",
		What:  "the caller would free one octet too many",
		Tests: both(root("TestMatrixLinux", "TestInvariants", "TestT34_BothCloseWithDataInFlight"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "\tif c.snd.finSent && c.snd.end.Less(seg.Ack) {\n\t\toctets--\n\t}\n", ""}},
	},
	{
		Name: "Karn ignored", Rule: "I66, MUST-18; RFC 6298 §3",
		What:  "a retransmitted segment gives a round-trip time",
		Tests: both(root("TestT47_LateACKAfterFINWasRepeated"), in("internal/reference", "TestTwins")),
		Edits: []Edit{
			{"recovery.go", "\tok = first.flags&recordRetransmitted == 0\n", "\tok = true\n"},
			{"recovery.go", "\t\tok = ok && r.r[drop].flags&recordRetransmitted == 0\n", ""},
		},
	},
	{
		Name: "back-off not capped", Rule: "I64; RFC 6298 (2.5)",
		What:  "the retransmission timeout doubles beyond its maximum",
		Tests: both(root("TestPairFINLost", "TestT114_SYNNeverAnswered"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"rtt.go", "\tif d > p.max>>e.backoff {\n\t\treturn max(p.max, 1)\n\t}\n", ""}},
	},
	{
		Name: "no back-off", Rule: "I64, S2, MUST-19; RFC 6298 (5.5)",
		What:  "the retransmission timeout stays what it was",
		Tests: both(root("TestPairFINLost", "TestT32_RetransmissionInClosing"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"rtt.go", "\tif e.rto(p) < p.max {\n\t\te.backoff++\n\t}\n", ""}},
	},
	{
		Name: "retransmission timer in FIN-WAIT-2", Rule: "I58",
		What:  "nothing is in flight, and the timer runs on",
		Tests: both(root("TestInvariants", "TestT2_ACKOfFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{
			{"retransmit.go", "\t\tc.stop(TimerRetransmit)\n\t\tc.stop(TimerLossProbe)\n\t\tif c.snd.wnd", "\t\tc.stop(TimerLossProbe)\n\t\tif c.snd.wnd"},
		},
	},
	{
		Name: "persist and retransmission together", Rule: "I57",
		What:  "new data does not stop the persist timer",
		Tests: both(root("TestPairZeroWindow", "TestOverrideOfSillyWindowAvoidance"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"transmit.go", "\tc.stop(TimerPersist)\n\tc.armRetransmit(idle)", "\tc.armRetransmit(idle)"}},
	},
	{
		Name: "timeout repeats nothing", Rule: "S2, L2; RFC 6298 (5.4)",
		What:  "the timer expires and backs off, but nothing is sent again",
		Tests: both(root("TestInvariants"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"retransmit.go", "\tc.rec.allLost(c.snd.una, c.usesRACK())\n", ""}},
	},
	{
		Name: "one retransmission too many", Rule: "S2, S22, I68",
		What:  "the limit is reached one later than configured",
		Tests: both(root("TestPairFINLost", "TestS10_ResetInsteadOfFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"retransmit.go", "return made >= limit && c.now.Sub(c.snd.firstSent) >= least", "return made > limit && c.now.Sub(c.snd.firstSent) >= least"}},
	},
	{
		Name: "orphan limit ignored", Rule: "S22, T43",
		What:  "a connection that nobody holds is repeated as long as any other",
		Tests: both(root("TestS10_ResetInsteadOfFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"retransmit.go", "\tif c.user.orphaned() {\n\t\treturn c.orphanLimit(c.rto()), c.cfg.DataMinimum\n\t}\n", ""}},
	},
	{
		Name: "progress does not restart the count", Rule: "I67; RFC 9293 §3.8.3",
		What:  "timeouts of different segments add up to the limit",
		Tests: both(root("TestInvariants", "TestT36_FINLost"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "c.snd.rexmits, c.snd.firstSent = 0, c.now", "c.snd.firstSent = c.now"}},
	},
	{
		Name: "timer not restarted by progress", Rule: "I59; RFC 6298 (5.3)",
		What:  "the timeout counts from the first of several segments",
		Tests: both(root("TestPairMirrored", "TestT9_ACKOfDataButNotOfFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"retransmit.go", "\tdefault: // RFC 6298 §5.3\n\t\tc.armProgress()\n", "\tdefault:\n"}},
	},
	{
		Name: "no persist timer", Rule: "I61, L7, MUST-36",
		What:  "a window that closed and whose update is lost stays closed for ever",
		Tests: both(root("TestInvariants", "TestT7_CloseBehindBlockedData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"persist.go", "if !c.running(TimerPersist) || c.owe.probe == noProbe && (progress", "if false && (progress"}},
	},
	{
		Name: "answered probes end the connection", Rule: "MUST-37, T100",
		What:  "the count of probes is not cleared by their answers",
		Tests: root("TestPairZeroWindow", "TestT100_AnsweredProbesKeepItOpen"),
		Edits: []Edit{
			{"send.go", "\tc.snd.probes = 0\n", ""},
			{"send.go", "c.snd.rexmits = 0 // MUST-37: a closed window that answers is alive", ""},
		},
	},
	{
		Name: "acknowledgment of what was not sent", Rule: "I6, T75; RFC 5961 §5",
		What:  "SEG.ACK = SND.NXT + 1 is in range",
		Tests: both(root("TestMatrixDefault", "TestAcknowledgmentOfTheNextNumber"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "return seg.Ack-oldest <= c.snd.nxt-oldest", "return seg.Ack-oldest <= c.snd.nxt+1-oldest"}},
	},
	{
		Name: "old segments set the window", Rule: "I7; RFC 9293 §3.10.7.4, SND.WL1",
		What:  "SND.WL1 and SND.WL2 are not looked at",
		Tests: both(root("TestInvariants"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "\tseq := c.trimmedSeq(seg)\n\treturn c.snd.una.LessEq(seg.Ack) &&", "\tseq := c.trimmedSeq(seg)\n\treturn true || c.snd.una.LessEq(seg.Ack) &&"}},
	},
	{
		Name: "fast retransmit at the second duplicate", Rule: "RFC 5681 §3.2, I77",
		What:  "two reordered segments halve the congestion window",
		Tests: both(root("TestT46_DataBeforeFINLost"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"retransmit.go", "case c.rec.dupAcks < 3:", "case c.rec.dupAcks < 2:"}},
	},
	{
		Name: "more than the peer's window", Rule: "I11, I25",
		What:  "the window is one octet wider than offered",
		Tests: both(root("TestPairZeroWindow", "TestT7_CloseBehindBlockedData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"transmit.go", "n = min(queued, mss, max(usable, 0))", "n = min(queued, mss, max(usable+1, 0))"}},
	},
}
