package faults

// closing are faults of close, FIN and the states between.
var closing = []Fault{
	{
		Name: "FIN not counted", Rule: "I3; RFC 9293 §3.4",
		What:  "the FIN occupies no sequence number",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestT1_CloseSendsFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"transmit.go", "\t\tc.snd.finSent = true\n\t\tc.snd.nxt++\n", "\t\tc.snd.finSent = true\n"}},
	},
	{
		Name: "FIN-WAIT-2 when SND.UNA is SND.NXT", Rule: "I39",
		What:  "the acknowledgment of all that was sent counts as that of a FIN that still waits",
		Tests: both(root("TestPairMirrored", "TestT7_CloseBehindBlockedData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "case StateFinWait1:\n\t\tif c.finAcked() {", "case StateFinWait1:\n\t\tif c.snd.una == c.snd.nxt {"}},
	},
	{
		Name: "second FIN", Rule: "I9, I47",
		What:  "a second CLOSE sends a FIN behind the first",
		Tests: both(root("TestT14_CloseAgain"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"close.go", "if c.user.writeClosed && c.state != StateSynReceived {\n",
			"if c.user.writeClosed && c.state != StateSynReceived {\n\t\tc.snd.finSent = false\n",
		}},
	},
	{
		Name: "CLOSING ends without TIME-WAIT", Rule: "I36, S1, S21",
		What:  "CLOSING goes to CLOSED",
		Tests: both(root("TestMatrixDefault", "TestPairSimultaneousClose", "TestT29_ACKInClosing"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "c.enter(StateTimeWait, CauseACK)", "c.end(KindNone, CauseACK)\n\t\t\treturn ClosedCleanly"}},
	},
	{
		Name: "CLOSING left by any ACK", Rule: "I39, T29",
		What:  "CLOSING does not ask whether the FIN is acknowledged",
		Tests: both(root("TestMatrixDefault", "TestPairStates", "TestT27_TextBeyondTheFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "case StateClosing:\n\t\tif c.finAcked() {", "case StateClosing:\n\t\tif true {"}},
	},
	{
		Name: "LAST-ACK left by any ACK", Rule: "I39, T24",
		What:  "LAST-ACK does not ask whether the FIN is acknowledged",
		Tests: both(root("TestMatrixDefault", "TestPairStates", "TestT21_CloseInCloseWaitBehindBlockedData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "case StateLastAck:\n\t\tif c.finAcked() {", "case StateLastAck:\n\t\tif true {"}},
	},
	{
		Name: "TIME-WAIT after LAST-ACK", Rule: "I36, S1",
		What:  "the passive closer waits for 2·MSL too",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestS1_FourSegmentClose"), in("internal/reference", "TestTwins")),
		Edits: []Edit{
			{"send.go", "c.end(KindNone, CauseACK)\n\t\t\treturn ClosedCleanly", "c.enter(StateTimeWait, CauseACK)"},
			{"states.go", "if !edges[from].has(to) {", "if !edges[from].has(to) && to != StateTimeWait {"},
		},
	},
	{
		Name: "FIN-WAIT-2 timeout after CloseWrite", Rule: "S4",
		What:  "FIN-WAIT-2 is bounded although the program still reads",
		Tests: both(root("TestPairFinWait2"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"close.go", "if !c.user.orphaned() {", "if !c.user.writeClosed {"}},
	},
	{
		Name: "FIN-WAIT-2 for ever", Rule: "S4, L8",
		What:  "no timer bounds FIN-WAIT-2 after Close",
		Tests: both(root("TestPairFinWait2", "TestT2_ACKOfFIN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"close.go", "c.start(TimerFinWait2, c.finWait2Phase(t))", "_ = c.finWait2Phase(t)"}},
	},
	{
		Name: "FIN in place of the RST for unread data", Rule: "S10, T52, SHLD-3; RFC 2525 §2.17",
		What:  "Close with unread data is a normal close",
		Tests: both(root("TestPairDataAfterClose", "TestT52_CloseWithUnreadData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"close.go", "case c.rcv.unread > 0:", "case false:"}},
	},
	{
		Name: "linger zero sends FIN", Rule: "S10, T57",
		What:  "a linger time of zero is taken for none",
		Tests: root("TestT57_LingerZero"),
		Edits: []Edit{{"close.go", "case c.set.linger == 0:", "case false:"}},
	},
	{
		Name: "first of several holders closes", Rule: "S8",
		What:  "Close does not count references",
		Tests: both(root("TestPairSharedDescriptors", "TestS7_ProcessEnds"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"close.go", "if c.user.refs == 0 {\n\t\tc.closeLast(exiting)", "if true {\n\t\tc.closeLast(exiting)"}},
	},
	{
		Name: "CloseWrite waits for the other holders", Rule: "S9",
		What:  "shutdown does nothing while the descriptor is shared",
		Tests: both(root("TestPairCloseWriteActsAtOnce", "TestS9_ShutdownActsOnAll"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"close.go", "\tc.closeWrite(false)\n", "\tif c.user.refs < 2 {\n\t\tc.closeWrite(false)\n\t}\n"}},
	},
	{
		Name: "data after Close taken", Rule: "S10, T54, SHLD-3",
		What:  "data that nobody can read is acknowledged",
		Tests: both(root("TestMatrixDefault", "TestPairDataAfterClose", "TestT54_DataAfterClose"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"text.go", "if !c.user.unreceivable() || !c.rcv.nxt.Less(right) {", "if true {"}},
	},
	{
		Name: "data after CloseWrite reset", Rule: "S9, T12",
		What:  "the receiving direction dies with the sending one",
		Tests: both(root("TestMatrixDefault", "TestPairCloseWriteActsAtOnce", "TestT11_TextAndFINWithACKOfOurs"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"conn.go", "return u.readClosed && u.writeClosed", "return u.writeClosed"}},
	},
	{
		Name: "no RST of an abort with the FIN unsent", Rule: "T120, P-17",
		What:  "an abort in CLOSING or LAST-ACK never tells the peer",
		Tests: both(root("TestLeads", "TestT120_AbortInClosingBeforeTheFINHasLeft"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"close.go", "if unread || c.waiting() {", "if unread {"}},
	},
	{
		Name: "silent abort", Rule: "T61; RFC 9293 §3.10.5",
		What:  "an abort sends no RST in the synchronized states",
		Tests: both(root("TestInvariants", "TestT52_CloseWithUnreadData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"close.go", "StateFinWait2, StateCloseWait:\n\t\tc.owe.owed |= oweAbort",
			"StateFinWait2, StateCloseWait:",
		}},
	},
	{
		Name: "lingering connection an orphan", Rule: "S10; T59",
		What:  "limits of an orphan count while Close lingers",
		Tests: root("TestLingeringIsNoOrphan"),
		Edits: []Edit{{"conn.go", "return u.refs == 0 && !u.lingering", "return u.refs == 0"}},
	},
	{
		Name: "end of lingering forgets FIN-WAIT-2", Rule: "S10, S4",
		What:  "lingering never ends once the FIN is acknowledged",
		Tests: root("TestS10_ResetInsteadOfFIN"),
		Edits: []Edit{{"states.go", "\t\tc.leaveLinger()\n\t\tc.startFinWait2()", "\t\tc.startFinWait2()"}},
	},
	{
		Name: "FIN sent ahead of queued data", Rule: "I10, T6",
		What:  "the FIN leaves with the first segment, whatever is queued behind it",
		Tests: both(root("TestPairMirrored", "TestT6_CloseBehindData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"transmit.go", "fin = c.user.writeClosed && n == queued && usable > n",
			"fin = c.user.writeClosed && usable > n",
		}},
	},
}
