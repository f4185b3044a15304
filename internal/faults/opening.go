package faults

// opening are faults of the handshake.
var opening = []Fault{
	{
		Name: "RST answered by RST", Rule: "I28; RFC 9293 §3.10.7.1",
		What:  "CLOSED answers a RST",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestMisuseDecreasingTime"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"handshake.go", "\tif seg.Flags.Has(RST) {\n\t\treturn DroppedClosed\n\t}\n\treturn c.replyReset(seg, ResetClosed)",
			"\treturn c.replyReset(seg, ResetClosed)",
		}},
	},
	{
		Name: "acknowledgment of nothing taken in SYN-SENT", Rule: "T107; RFC 9293 §3.10.7.3, first",
		What:  "SEG.ACK at or below ISS passes",
		Tests: both(root("TestMatrixDefault", "TestRFC9293_Figure8_OldDuplicateSYN"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"handshake.go", "(seg.Ack.LessEq(c.snd.iss) || c.snd.nxt.Less(seg.Ack))",
			"c.snd.nxt.Less(seg.Ack)",
		}},
	},
	{
		Name: "refused open listens", Rule: "MUST-11, T109",
		What:  "a RST in SYN-RECEIVED after an active open goes to LISTEN",
		Tests: both(root("TestMatrixDefault", "TestT112_Refused"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"receive.go", "\t\tif c.passive {\n\t\t\treturn c.abandonRequest(CauseRST)\n\t\t}\n\t\tc.end(KindRefused, CauseRST)\n\t\treturn Refused",
			"\t\treturn c.abandonRequest(CauseRST)",
		}},
	},
	{
		Name: "bad ACK in SYN-RECEIVED unanswered", Rule: "P-18; RFC 9293 §3.10.7.4, fifth",
		What:  "the half-open peer is not told",
		Tests: both(root("TestMatrixDefault", "TestBadACKInSynReceived"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "return c.replyReset(seg, ResetBadAck) // P-18", "return DroppedNoAck"}},
	},
	{
		Name: "window of a SYN scaled", Rule: "I23; RFC 7323 §2.2",
		What:  "the shift counts for the window of SYN and SYN,ACK too",
		Tests: both(root("TestWindowOfASYNIsNotScaled"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"send.go", "if seg.Flags.Has(SYN) {", "if false {"}},
	},
	{
		Name: "CLOSE before ESTABLISHED forgotten", Rule: "T26, P-8",
		What:  "the FIN of a CLOSE in SYN-RECEIVED is never entered upon",
		Tests: both(root("TestT109_CloseInSynReceived"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"handshake.go", "\tif c.user.writeClosed {\n\t\tc.enter(StateFinWait1, CauseClose)\n\t}\n", ""}},
	},
	{
		Name: "SYN-ACK not repeated for a repeated SYN", Rule: "P-5",
		What:  "a SYN again in SYN-RECEIVED is dropped",
		Tests: both(root("TestMatrixDefault", "TestSYNAgainInSynReceived"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"handshake.go", "\t\tc.owe.owed |= oweSYN\n\t\tif c.cfg.SynReceived", "\t\tif c.cfg.SynReceived"}},
	},
}
