package faults

// timeWait are faults of TIME-WAIT and of the way out of it.
var timeWait = []Fault{
	{
		Name: "2MSL not restarted", Rule: "I72, L5, S6",
		What:  "the FIN again is acknowledged, but 2·MSL does not begin anew",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestT40_FINAgainInTimeWait"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"timewait.go", "\t\tt.restart(now)\n\t\treturn ReackedFIN\n", "\t\treturn ReackedFIN\n"}},
	},
	{
		Name: "2MSL restarted by any segment", Rule: "I72, L11",
		What:  "every segment prolongs TIME-WAIT",
		Tests: both(root("TestMatrixDefault", "TestPairStates", "TestT31_FINsCrossAndBothACKsAreLost"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{
			"timewait.go", "\told := t.tsOlder(seg) && now.Sub(t.seenAt) <= tsValid\n\tif seg.Flags.Has(FIN)",
			"\tt.restart(now)\n\told := t.tsOlder(seg) && now.Sub(t.seenAt) <= tsValid\n\tif seg.Flags.Has(FIN)",
		}},
	},
	{
		Name: "FIN again not acknowledged in TIME-WAIT", Rule: "S6, L5, T40",
		What:  "the last ACK is sent once",
		Tests: both(root("TestMatrixDefault", "TestPairLastACKLost", "TestT40_FINAgainInTimeWait"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"reopen.go", "c.count.FINsReacked++\n\t\tc.ackNow()", "c.count.FINsReacked++"}},
	},
	{
		Name: "RST ends TIME-WAIT", Rule: "P9, P10, S16, T76",
		What:  "a RST at RCV.NXT closes although RFC 1337's protection is on",
		Tests: root("TestPairRSTInTimeWait", "TestS16_RSTInTimeWait"),
		Edits: []Edit{{"timewait.go", "if seg.Seq == t.rcvNxt && !t.cfg.RFC1337 {", "if seg.Seq == t.rcvNxt {"}},
	},
	{
		Name: "any RST ends TIME-WAIT", Rule: "S16",
		What:  "the sequence number of a RST does not count in TIME-WAIT",
		Tests: both(root("TestMatrixDefault", "TestPairRSTInTimeWait", "TestS16_RSTInTimeWait"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"timewait.go", "if seg.Seq == t.rcvNxt && !t.cfg.RFC1337 {", "if !t.cfg.RFC1337 {"}},
	},
	{
		Name: "TIME-WAIT of one MSL", Rule: "S1, I72, T4",
		What:  "TIME-WAIT is half as long as it has to be",
		Tests: both(root("TestMatrixDefault", "TestPairStates", "TestT3_FINInFinWait2"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"states.go", "c.start(TimerTimeWait, 2*c.cfg.MSL)", "c.start(TimerTimeWait, c.cfg.MSL)"}},
	},
	{
		Name: "TIME-WAIT of zero", Rule: "P10, P11",
		What:  "TIME-WAIT is over at once",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestT3_FINInFinWait2"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"states.go", "c.start(TimerTimeWait, 2*c.cfg.MSL)", "c.start(TimerTimeWait, 0)"}},
	},
	{
		Name: "2MSL one instant too long", Rule: "T88",
		What:  "a TimeWait alone still answers at its deadline",
		Tests: root("TestT88_SegmentAtTheInstantOf2MSL"),
		Edits: []Edit{{"timewait.go", "if !t.valid() || now >= t.deadline {", "if !t.valid() || now > t.deadline {"}},
	},
	{
		Name: "any SYN reopens", Rule: "S14, S15, P9",
		What:  "an old duplicate SYN ends TIME-WAIT",
		Tests: both(root("TestMatrixDefault", "TestPairSYNInTimeWait", "TestS14_SYNInTimeWait"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"timewait.go", "above := t.rcvNxt.Less(seg.Seq)", "above := true"}},
	},
	{
		Name: "no SYN reopens", Rule: "S14, MAY-2",
		What:  "the listener's consent is not asked, and none is given",
		Tests: root("TestMatrixDefault", "TestPairSYNInTimeWait", "TestS14_SYNInTimeWait"),
		Edits: []Edit{{"timewait.go", "return above && (newer || !both)", "return false"}},
	},
	{
		Name: "next incarnation inside the old one's numbers", Rule: "P9; RFC 9293 §3.6.1",
		What:  "the next initial sequence number is one that the old connection used",
		Tests: both(root("TestMatrixDefault", "TestPairSYNInTimeWait", "TestDetach"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"timewait.go", "if iss := sndNxt + issGap; iss != 0 {", "if iss := sndNxt - 1; iss != 0 {"}},
	},
	{
		Name: "duplicate SYN loses TIME-WAIT", Rule: "T86, MAY-2; RFC 6191",
		What:  "an old duplicate SYN that reopened leaves nothing to go back to",
		Tests: both(root("TestS21_EveryEdge"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"reopen.go", "if c.cfg.TimeWaitSYN == SYNRFC6191 {", "if false {"}},
	},
	{
		Name: "Detach begins 2MSL anew", Rule: "S1; TimeWait.Deadline",
		What:  "what the host keeps lasts longer than the connection would have",
		Tests: root("TestT86_ReopenedByAnOldDuplicate"),
		Edits: []Edit{{"reopen.go", "deadline: c.expires(TimerTimeWait),", "deadline: c.due(2 * c.cfg.MSL),"}},
	},
}
