package faults

// receiving are faults of what arrives in a synchronized state.
var receiving = []Fault{
	{
		Name: "end of stream ahead of its data", Rule: "I51, S13, T33",
		What:  "a FIN beyond a gap is taken at once",
		Tests: both(root("TestMatrixDefault", "TestPairMirrored", "TestT33_FINAheadOfItsDataInFinWait1"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"text.go", "\tif left != c.rcv.nxt {\n",
			"\tif fin && left != c.rcv.nxt {\n\t\tc.rcv.nxt = right\n\t\tc.takeFIN()\n\t\tc.ackNow()\n\t\treturn Accepted\n\t}\n\tif left != c.rcv.nxt {\n",
		}},
	},
	{
		Name: "RST in the window accepted", Rule: "I44, T67; RFC 5961 §3",
		What:  "a RST need not be at RCV.NXT",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestT64_AbortAheadOfLostData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"receive.go", "if seg.Seq != c.rcv.nxt && !c.resetBeyond(seg.Seq) {", "if false {"}},
	},
	{
		Name: "SYN resets ESTABLISHED", Rule: "I45; RFC 5961 §4",
		What:  "a SYN in the window ends the connection",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestRFC9293_Figure9_HalfOpenDiscovery"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"receive.go", "\tif c.state != StateSynReceived {\n\t\treturn c.challenge(ChallengedSYN)\n",
			"\tif c.state != StateSynReceived {\n\t\tc.end(KindReset, CauseSYN)\n\t\treturn Reset\n",
		}},
	},
	{
		Name: "pure ACK acknowledged", Rule: "I33, P8",
		What:  "an acceptable pure ACK draws an ACK, for ever",
		Tests: both(root("TestMatrixDefault", "TestInvariants"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"receive.go", "\tif seg.Len == 0 && !seg.Flags.Has(FIN) {\n", "\tif seg.Len == 0 && !seg.Flags.Has(FIN) {\n\t\tc.ackNow()\n"}},
	},
	{
		Name: "PAWS applied to RST", Rule: "T72; RFC 7323 §5.2",
		What:  "a RST with an old timestamp is dropped",
		Tests: both(root("TestPairStates", "TestT108_CloseInSynSent"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"timestamps.go", "\tif seg.Flags.Has(RST) {\n\t\treturn proceed\n\t}\n", "",
		}},
	},
	{
		Name: "FIN beyond the window taken", Rule: "I22; RFC 9293 §3.10.7.4",
		What:  "a segment that is cut at the right edge keeps its FIN",
		Tests: both(root("TestFINBehindTheRightEdge"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"text.go", "right, fin = c.rcv.adv, false", "right = c.rcv.adv"}},
	},
	{
		Name: "FIN acknowledged late in FIN-WAIT", Rule: "T3; RFC 5681 §4.2",
		What:  "the peer's FIN waits for company where nothing will come",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestT3_FINInFinWait2"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"ack.go", "if c.state != StateCloseWait || c.cfg.DelayFINAck != On {", "if c.cfg.DelayFINAck != On {"}},
	},
	{
		Name: "FIN again not acknowledged", Rule: "S3, L4, T38",
		What:  "what arrives again draws no ACK, so that its sender goes on to its limit",
		Tests: both(root("TestMatrixDefault", "TestContract6VerdictsAndErrors", "TestT30_RepeatedFINWithACKOfOursInClosing"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"receive.go", "\t\tc.noteRepeatedFIN(seg)\n\t\tc.ackNow()\n\t\treturn AckedOutsideWindow", "\t\tc.noteRepeatedFIN(seg)\n\t\treturn AckedOutsideWindow"}},
	},
	{
		Name: "acknowledgment on a repeated FIN dropped", Rule: "P-1, T31, L6",
		What:  "FINs that crossed and lost both ACKs are repeated for ever",
		Tests: both(root("TestMatrixDefault", "TestT30_RepeatedFINWithACKOfOursInClosing"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"receive.go", "case c.rcv.nxt - 1, c.rcv.nxt:", "case c.rcv.nxt:"}},
	},
	{
		Name: "old data acknowledged only as often as challenges", Rule: "P-2",
		What:  "the limit of RFC 5961 counts for segments with payload or FIN",
		Tests: both(root("TestTextOutsideTheWindow"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"receive.go", "if (seg.Len > 0 || seg.Flags.Has(FIN)) && !seg.Flags.Has(SYN) {\n\t\tc.noteRepeatedFIN(seg)\n",
			"if false {\n\t\tc.noteRepeatedFIN(seg)\n",
		}},
	},
	{
		Name: "no limit to challenge ACKs", Rule: "I34, T73; RFC 5961 §7",
		What:  "every offender is answered",
		Tests: both(root("TestInvariants", "TestSYNAgainInSynReceived"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"throttle.go", "if int(t.sent) >= cfg.ChallengeLimit {", "if false {"}},
	},
	{
		Name: "gap not reported at once", Rule: "I32; RFC 5681 §4.2",
		What:  "data beyond a gap draws no duplicate ACK",
		Tests: both(root("TestMatrixDefault", "TestPairMirrored", "TestACKAtOnce"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"text.go", "\tc.ackNow()\n\tif !kept {", "\tif !kept {"}},
	},
	{
		Name: "TS.Recent from beyond the last ACK", Rule: "I75; RFC 7323 §4.3",
		What:  "the timestamp of a segment beyond a gap is echoed",
		Tests: both(root("TestPairStates", "TestTSRecent"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"timestamps.go", "!seg.Options.Has(OptTimestamps) || c.rcv.wup.Less(seg.Seq) {", "!seg.Options.Has(OptTimestamps) {"}},
	},
	{
		Name: "window shrinks as data waits to be read", Rule: "I21, SHLD-14",
		What:  "the right edge moves left by what is unread",
		Tests: both(root("TestInvariants", "TestSetReadBuffer"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"window.go", "if edge := c.rcv.nxt.Add(c.freeBuffer()); edge.Sub(c.rcv.adv) >= c.windowStep() {",
			"if edge := c.rcv.nxt.Add(max(c.freeBuffer()-int(c.rcv.unread), 0)); true {",
		}},
	},
	{
		Name: "overlap delivered twice", Rule: "I49, I50; P4",
		What:  "text below RCV.NXT is not cut off",
		Tests: both(root("TestMatrixDefault", "TestPairMirrored", "TestT56_OldTextAfterClose"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"text.go", "\t\tc.reportDuplicate(seg)\n\t\tleft = c.rcv.nxt\n", "\t\tc.reportDuplicate(seg)\n\t\tright = right.Add(c.rcv.nxt.Sub(left))\n\t\tleft = c.rcv.nxt\n"}},
	},
	{
		Name: "SACK blocks in the order of a map", Rule: "I73; contract rule 1",
		What:  "equal values send different segments",
		Tests: root("TestReassemblyDSACK"), Chance: true,
		Edits: []Edit{{
			"reassembly.go", "\tfor i, s := range r.spans[:r.n] {\n\t\tif n == limit {",
			"\tm := map[int]span{}\n\tfor i, s := range r.spans[:r.n] {\n\t\tm[i] = s\n\t}\n\tfor i, s := range m {\n\t\tif n == limit {",
		}},
	},
	{
		Name: "ICMP hard error ends an open connection", Rule: "MUST-56; RFC 5461, T117",
		What:  "anybody who guesses a port can end a connection",
		Tests: root("TestT117_ICMP"),
		Edits: []Edit{{"icmp.go", "if !c.state.synchronized() {", "if true {"}},
	},
}
