package faults

// timing are faults of timers, keepalive and the acknowledgment's delay.
var timing = []Fault{
	{
		Name: "timers run on in CLOSED", Rule: "I58, I31",
		What:  "the end stops no timer",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestT52_CloseWithUnreadData"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"states.go", "\t\tc.stopAll()\n\t\tc.user.lingering = false", "\t\tc.user.lingering = false"}},
	},
	{
		Name: "only the first timer that is due", Rule: "I62; contract rule 3",
		What:  "a jump over several deadlines leaves one in the past",
		Tests: root("TestCallsJumpAsAdvanceSteps"),
		Edits: []Edit{{
			"timers.go", "func (c *Conn) expire(now Time) {\n\tfor c.timers.next <= now {",
			"func (c *Conn) expire(now Time) {\n\tif c.timers.next <= now {",
		}, {"timers.go", "func (c *Conn) observe(now Time) {\n\tc.expire(now)\n", "func (c *Conn) observe(now Time) {\n"}},
	},
	{
		Name: "timers served at the time of the call", Rule: "contract rule 3",
		What:  "a jump over a deadline is not what stepping to it would have been",
		Tests: root("TestContract3JumpEqualsSteps", "TestCallsJumpAsAdvanceSteps"),
		Edits: []Edit{
			{"timers.go", "func (c *Conn) expire(now Time) {\n", "func (c *Conn) expire(now Time) {\n\tif c.timers.next <= now {\n\t\tc.now = max(c.now, now)\n\t}\n"},
		},
	},
	{
		Name: "equal deadlines in the wrong order", Rule: "contract rule 3",
		What:  "of timers that are due together the last is served first",
		Tests: root("TestTimersExpireInOrder"),
		Edits: []Edit{{
			"timers.go", "if i := bits.TrailingZeros16(armed); t.due[i] == t.next {",
			"if i := 15 - bits.LeadingZeros16(t.armed); t.due[i] == t.next {\n\t\t\treturn Timer(i)\n\t\t}\n\t\tif i := bits.TrailingZeros16(armed); t.due[i] == t.next {",
		}},
	},
	{
		Name: "time goes back", Rule: "contract rule 4",
		What:  "an earlier now counts",
		Tests: root("TestContract4TimeDoesNotGoBack", "TestMisuseDecreasingTime"),
		Edits: []Edit{{"timers.go", "\tif now > c.now {\n\t\tc.now = now\n\t}\n", "\tc.now = now\n"}},
	},
	{
		Name: "time overflows", Rule: "Time.Add; contract rule 5",
		What:  "a deadline beyond the end of time is in the past",
		Tests: root("TestTimeSaturates"),
		Edits: []Edit{{"timers.go", "\tcase d > 0 && s < t:\n\t\treturn Never\n", ""}},
	},
	{
		Name: "delayed ACK sent twice", Rule: "I33, S12",
		What:  "the timer runs on when the acknowledgment rode on data",
		Tests: both(root("TestMatrixDefault", "TestS12_DelayedACK"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"ack.go", "\tc.rcv.wup = c.rcv.nxt\n\tc.stop(TimerDelayedACK)\n", "\tc.rcv.wup = c.rcv.nxt\n"}},
	},
	{
		Name: "ACK never sent alone", Rule: "S12, MUST-40, L3",
		What:  "the delay of an acknowledgment has no end",
		Tests: both(root("TestMatrixDefault", "TestInvariants", "TestS12_DelayedACK"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"ack.go", "\tif !c.running(TimerDelayedACK) {\n\t\tc.start(TimerDelayedACK, c.cfg.DelayedACK)\n\t}\n", ""}},
	},
	{
		Name: "user timeout ignored", Rule: "T98, MUST-21",
		What:  "its timer expires and nothing happens",
		Tests: both(root("TestSetUserTimeout"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"timers.go", "\t\tc.end(KindUserTimeout, CauseTimeout)\n", "\t\tc.stop(TimerUserTimeout)\n"}},
	},
	{
		Name: "one keepalive probe too many", Rule: "S17, S22, T97",
		What:  "a dead peer is given one probe more than configured",
		Tests: both(root("TestT96_EveryProbeUnanswered"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"keepalive.go", "exhausted := c.idleProbes >= c.set.keepCount", "exhausted := c.idleProbes > c.set.keepCount"}},
	},
	{
		Name: "keepalive beside retransmission", Rule: "MUST-26, I60",
		What:  "a probe is sent while data is outstanding",
		Tests: both(root("TestKeepAliveIdleTime"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"keepalive.go", "if c.snd.una != c.snd.nxt || c.waiting() {", "if false {"}},
	},
	{
		Name: "keepalive probe that is not one", Rule: "S17, T95",
		What:  "SEG.SEQ is SND.NXT, which draws no answer from a peer that lives",
		Tests: both(root("TestT95_SomeProbesLostThenAnswered"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"keepalive.go", "c.fill(seg, c.snd.nxt-1, n, ACK)", "c.fill(seg, c.snd.nxt, n, ACK)"}},
	},
	{
		Name: "keepalive deaf to arrivals", Rule: "S17, T95, MUST-29",
		What:  "what arrives does not begin the idle time anew",
		Tests: both(root("TestT95_SomeProbesLostThenAnswered"), in("internal/reference", "TestTwins")),
		Edits: []Edit{{"receive.go", "c.rcv.last, c.idleProbes = c.now, 0", "_ = c"}, {"send.go", "\tc.idleProbes = 0\n", ""}},
	},
}
