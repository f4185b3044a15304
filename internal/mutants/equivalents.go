package main

import "slices"

// An Equivalent is a mutant that no test can tell from the source, shown by reading.
type Equivalent struct {
	File, Func string
	Was, Now   string // as Mutant has them
	Why        string
}

// equivalents are not part of the score.
var equivalents = []Equivalent{
	{
		"close.go", "Conn.closeLast",
		"case c.state == StateTimeWait: return // all is said; unread octets and a linger time change nothing",
		"case c.state == StateTimeWait: // all is said; unread octets and a linger time change nothing",
		"closeWrite does nothing once CLOSE was called, and no case behind it is TIME-WAIT",
	},
	{
		"close.go", "Conn.closeLast",
		"if c.set.linger > 0 && !exiting {", "if c.set.linger >= 0 && !exiting {",
		"a linger time of zero has aborted and returned before",
	},
	{
		"close.go", "Conn.startFinWait2",
		"c.owe.owed |= oweAbort", "c.owe.owed = oweAbort",
		"the end that follows keeps nothing that is owed but RSTs, and one that answers a segment has left before the FIN that leads here",
	},
	{
		"keepalive.go", "Conn.keepAliveTimeout",
		"if !c.set.keepAlive || !c.keepsAlive() {", "if !c.set.keepAlive && !c.keepsAlive() {",
		"whatever makes either true stops the timer, so it does not expire then",
	},
	{
		"keepalive.go", "Conn.keepAliveTimeout",
		"if !c.set.keepAlive || !c.keepsAlive() { return }", "if !c.set.keepAlive || !c.keepsAlive() { }",
		"the same",
	},
	{
		"handshake.go", "Conn.formSYN",
		"c.rec.retransmitted(c.snd.iss, c.snd.iss+1, c.now)", "c.rec.retransmitted(c.snd.iss, c.snd.iss-1, c.now)",
		"a SYN is the only record, and the first one is marked whatever the number",
	},
	{
		"handshake.go", "Conn.formSYN",
		"c.rec.sent(c.snd.nxt, c.now, false)", "c.rec.sent(c.snd.nxt, c.now, true)",
		"no duplicate acknowledgment has been counted before the SYN leaves",
	},
	{
		"handshake.go", "Conn.establish", "c.watchSending(true, true)", "c.watchSending(true, false)",
		"no persist timer runs yet that an answer would move",
	},
	{
		"receive.go", "Conn.arriveOtherwise",
		"if seg.Len == 0 && !seg.Flags.Has(FIN) { return Accepted }", "if seg.Len == 0 && !seg.Flags.Has(FIN) { }",
		"takeText says the same of a segment without text and FIN; what every acknowledgment takes is only shorter",
	},
	{
		"receive.go", "Conn.reportDuplicate",
		"if c.rcv.nxt.Less(right) {", "if c.rcv.nxt.LessEq(right) {",
		"sets a number to what it is",
	},
	{
		"receive.go", "Conn.checkUrgent",
		"if c.rcv.up.Less(up) {", "if c.rcv.up.LessEq(up) {",
		"sets a number to what it is",
	},
	{
		"text.go", "Conn.takeFIN",
		"c.owe.owed |= oweACKFirst", "c.owe.owed = oweACKFirst",
		"in FIN-WAIT-1 nothing but an acknowledgment can be owed, and scheduleACK owes it again",
	},
	{
		"receive.go", "Conn.predicted",
		"!c.snd.nxt.Less(seg.Ack) && c.scaledWindow(seg) == c.snd.wnd && seg.Options.NumSACK == 0 &&",
		"!c.snd.nxt.LessEq(seg.Ack) && c.scaledWindow(seg) == c.snd.wnd && seg.Options.NumSACK == 0 &&",
		"the timestamp of an acknowledgment of all that was sent is kept in the fifth step",
	},
	{
		"text.go", "Conn.takeText",
		"if left == right && !fin { return Accepted }", "if left == right && !fin { }",
		"a segment without text and FIN comes here with a SYN,ACK only, which is acknowledged anyway and whose verdict does not come from here",
	},
	{
		"text.go", "Conn.takeFIN",
		"if c.rcv.adv.Less(c.rcv.nxt) { // a bare FIN beyond a closed window (P-11)",
		"if c.rcv.adv.LessEq(c.rcv.nxt) { // a bare FIN beyond a closed window (P-11)",
		"sets a number to what it is",
	},
	{
		"reopen.go", "Conn.arriveTimeWait",
		"v = c.replyReset(seg, v)", "_ = c.replyReset(seg, v)",
		"the verdict is another only while a RST is owed, and that has left before the FIN that leads to FIN-WAIT-2",
	},
	{
		"reopen.go", "Conn.keepReply",
		"c.owe.owed |= before.owe.owed & oweReply", "c.owe.owed = before.owe.owed & oweReply",
		"both callers have just made the connection anew, which owes nothing",
	},
	{
		"reopen.go", "Conn.restoreTimeWait",
		"c.rcv.nxt, c.rcv.wup, c.rcv.shift = old.rcvNxt, old.rcvNxt, old.shift",
		"c.rcv.nxt, _, c.rcv.shift = old.rcvNxt, old.rcvNxt, old.shift",
		"TIME-WAIT does not look at what was acknowledged last",
	},
	{
		"timewait.go", "TimeWait.acceptable",
		"return seq == t.rcvNxt || t.rcvNxt.Less(seq) && seq.Less(t.edge())",
		"return seq == t.rcvNxt || t.rcvNxt.LessEq(seq) && seq.Less(t.edge())",
		"equal numbers are accepted before",
	},
	{
		"timers.go", "Time.Add", "case d > 0 && s < t:", "case d >= 0 && s < t:",
		"s is t exactly where d is 0",
	},
	{
		"timers.go", "Time.Add", "case d > 0 && s < t:", "case d > 0 && s <= t:",
		"s is t exactly where d is 0",
	},
	{
		"timers.go", "Time.Add", "case d < 0 && s > t:", "case d <= 0 && s > t:",
		"s is t exactly where d is 0",
	},
	{
		"timers.go", "Time.Add", "case d < 0 && s > t:", "case d < 0 && s >= t:",
		"s is t exactly where d is 0",
	},
	{
		"timers.go", "Time.Sub", "case u > 0 && d > t:", "case u >= 0 && d > t:",
		"d is t exactly where u is 0",
	},
	{
		"timers.go", "Time.Sub", "case u > 0 && d > t:", "case u > 0 && d >= t:",
		"d is t exactly where u is 0",
	},
	{
		"timers.go", "Time.Sub", "case u < 0 && d < t:", "case u <= 0 && d < t:",
		"d is t exactly where u is 0",
	},
	{
		"timers.go", "Time.Sub", "case u < 0 && d < t:", "case u < 0 && d <= t:",
		"d is t exactly where u is 0",
	},
	{
		"timers.go", "ManualClock.Set", "if t > c.now {", "if t >= c.now {",
		"sets the clock to the time at which it stands",
	},
	{
		"timers.go", "timers.set", "if due <= t.next {", "if due < t.next {",
		"the next deadline is that already; looking for it again finds it",
	},
	{
		"timers.go", "Conn.stopAll",
		"for armed := c.timers.armed; armed != 0; armed &= armed - 1 {",
		"for armed := c.timers.armed; armed != 0; armed = armed - 1 {",
		"takes longer: stop does nothing with a timer that does not run",
	},
	{
		"timers.go", "Conn.observe", "if now > c.now {", "if now >= c.now {",
		"sets the time to what it is",
	},
	{
		"timers.go", "Conn.fire", "if due := c.timers.due[timer]; due > c.now {", "if due := c.timers.due[timer]; due >= c.now {",
		"sets the time to what it is",
	},
}

func (e *Equivalent) is(m *Mutant) bool {
	return e.File == m.File && e.Func == m.Func && e.Was == m.Was && e.Now == m.Now
}

// equivalent reports whether m is listed.
func (m *Mutant) equivalent() bool {
	return slices.ContainsFunc(equivalents, func(e Equivalent) bool { return e.is(m) })
}
