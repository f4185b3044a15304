package tcp_test

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/invariant"
)

const (
	cl, li, ss, sr = tcp.StateClosed, tcp.StateListen, tcp.StateSynSent, tcp.StateSynReceived
	es, f1, f2, cw = tcp.StateEstablished, tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait
	cg, la, tw     = tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait
)

// cases say when a case of docs/teardown-cases.md is reached, by its number.
var cases = [numCases + 1]func(u *turn) bool{
	// A. Active graceful close.
	1: func(u *turn) bool {
		return u.goes(es, f1) && u.calls("Close", "CloseWrite", "Exit") && !u.queued() && u.sends(tcp.FIN)
	},
	2: func(u *turn) bool { return u.goes(f1, f2) && u.acksFIN() },
	3: func(u *turn) bool { return u.goes(f2, tw) && u.takesFIN() && u.in.Seg.Len == 0 && u.sends(tcp.ACK) },
	4: func(u *turn) bool { return u.goes(tw, cl) && u.expires(tcp.TimerTimeWait) },
	5: func(u *turn) bool {
		return u.goes(tw, cl) && u.expires(tcp.TimerTimeWait) && u.fins == 1 && u.restarts == 0 && u.passed(f1, f2, tw)
	},
	6: func(u *turn) bool {
		return u.goes(es, f1) && u.was.SndNxt != u.was.SndEnd && u.sendsText() && u.sends(tcp.FIN)
	},
	7: func(u *turn) bool { return u.goes(es, f1) && u.queued() && u.fins == 0 && u.is.SndNxt != u.is.SndEnd },
	8: func(u *turn) bool {
		return u.stays(f1) && u.acksData() && u.in.Seg.Ack == u.was.SndNxt && u.was.SndNxt != u.finSeq+1 && u.fins <= 1 && u.sends(tcp.FIN)
	},
	9:  func(u *turn) bool { return u.stays(f1) && u.acksData() && u.fins > 0 },
	10: func(u *turn) bool { return u.goes(f1, tw) && u.takesFIN() && u.in.Seg.Len == 0 },
	11: func(u *turn) bool { return u.goes(f1, tw) && u.takesFIN() && u.in.Seg.Len > 0 },
	12: func(u *turn) bool { return u.stays(f2) && u.text() && u.is.Readable > u.was.Readable },
	13: func(u *turn) bool { return u.goes(f2, tw) && u.takesFIN() && u.in.Seg.Len > 0 },
	14: func(u *turn) bool {
		return u.stays(f1, f2) && u.in.Kind == invariant.Called && (u.in.Call == "Close" || u.in.Call == "CloseWrite")
	},
	15: func(u *turn) bool {
		return u.stays(f1, f2, cg, la, tw) && u.in.Kind == invariant.Called && u.in.Call == "Send" && u.in.Err != nil
	},
	16: func(u *turn) bool { return u.stays(tw) && u.calls("Receive") && u.was.Readable > u.is.Readable },

	// B. Passive graceful close.
	17: func(u *turn) bool { return u.goes(es, cw) && u.takesFIN() && u.in.Seg.Len == 0 },
	18: func(u *turn) bool { return u.goes(cw, la) && !u.queued() && u.sends(tcp.FIN) },
	19: func(u *turn) bool { return u.goes(la, cl) && u.acksFIN() },
	20: func(u *turn) bool { return u.goes(cw, la) && u.written[cw] > 0 && u.sends(tcp.FIN) },
	21: func(u *turn) bool {
		return u.isIn(cw) && u.calls("Close", "CloseWrite", "Exit") && u.queued() && u.is.State != cl && !u.sends(tcp.FIN) && u.is.ready&tcp.ReadyWriteClosed != 0
	},
	22: func(u *turn) bool { return u.goes(es, cw) && u.takesFIN() && u.in.Seg.Len > 0 },
	23: func(u *turn) bool {
		return u.goes(cw, la) && !u.ackedFIN && len(u.sent) == 1 && u.sends(tcp.FIN|tcp.ACK) && u.sent[0].Ack == u.is.RcvNxt
	},
	24: func(u *turn) bool { return u.stays(la) && u.acksData() },
	25: func(u *turn) bool { return u.stays(cw) && u.idleFor(3600) && u.was.ready&tcp.ReadyWriteClosed == 0 },
	26: func(u *turn) bool { return u.goes(sr, cw) && u.takesFIN() },
	27: func(u *turn) bool { return u.stays(cw, cg, la) && u.text() && !u.in.Seg.Seq.Less(u.was.RcvNxt) },

	// C. Simultaneous close.
	28: func(u *turn) bool { return u.goes(f1, cg) && u.takesFIN() },
	29: func(u *turn) bool { return u.goes(cg, tw) && u.plain() && u.acksFIN() },
	30: func(u *turn) bool { return u.goes(cg, tw) && u.finAgain() },
	31: func(u *turn) bool { return u.goes(cg, tw) && u.fins > 1 && u.is.Counters.FINsReacked > 0 },
	32: func(u *turn) bool { return u.stays(cg) && u.expires(tcp.TimerRetransmit) && u.sends(tcp.FIN) },
	33: func(u *turn) bool {
		return u.stays(f1) && u.gets(tcp.FIN) && u.was.RcvNxt.Less(u.in.Seg.Seq) && u.in.Verdict == tcp.Accepted && u.sends(tcp.ACK)
	},
	34: func(u *turn) bool {
		return u.goes(cg, tw) && u.closedIn == es && u.inFlight && u.received > 0
	},
	35: func(u *turn) bool {
		return u.goes(tw, cl) && u.expires(tcp.TimerTimeWait) && u.passed(cg, tw) && u.restarts == 0
	},

	// D. Loss and retransmission.
	36: func(u *turn) bool {
		return u.stays(f1) && u.expires(tcp.TimerRetransmit) && u.sends(tcp.FIN) && u.was.SndUna == u.finSeq
	},
	37: func(u *turn) bool { return u.goes(f1, tw) && u.takesFIN() && u.in.Now.Sub(u.finAt) > u.was.RTO/4 },
	38: func(u *turn) bool { return u.stays(cw) && u.finAgain() && u.sends(tcp.ACK) },
	39: func(u *turn) bool { return u.stays(la) && u.expires(tcp.TimerRetransmit) && u.sends(tcp.FIN) },
	40: func(u *turn) bool { return u.stays(tw) && u.in.Verdict == tcp.ReackedFIN && u.finAgain() },
	41: func(u *turn) bool { return u.stays(cl) && u.everIn(tw) && u.gets(tcp.FIN) && u.resets() },
	42: func(u *turn) bool {
		return u.stays(f1, cg, la) && u.is.ready&tcp.ReadyR1 != 0 && u.was.ready&tcp.ReadyR1 == 0
	},
	43: func(u *turn) bool { return u.ends(f1) && u.timesOut() },
	44: func(u *turn) bool { return u.ends(cg, la) && u.timesOut() },
	45: func(u *turn) bool {
		return u.stays(f1) && u.expires(tcp.TimerRetransmit) && u.fins > 0 && u.was.SndUna.Less(u.finSeq) && u.sendsText()
	},
	46: func(u *turn) bool {
		return u.stays(f1) && u.arrives() && u.is.Recovering && !u.was.Recovering && u.fins > 0 && u.sendsText()
	},
	47: func(u *turn) bool { return u.stays(f2) && u.plain() && u.in.Seg.Len == 0 && u.fins > 1 },
	48: func(u *turn) bool { return u.stays(f2) && u.idleFor(1) },
	49: func(u *turn) bool { return u.stays(tw) && u.finAgain() && u.restarts > 1 },
	50: func(u *turn) bool { return u.stays(f1) && u.is.Counters.LossProbes > u.was.Counters.LossProbes },

	// E. Half-close, unread data, orphans.
	51: func(u *turn) bool {
		return u.goes(es, f1) && u.calls("CloseWrite") && u.was.Readable > 0 && u.sends(tcp.FIN)
	},
	52: func(u *turn) bool { return u.ends(es) && u.calls("Close", "Exit") && u.was.Readable > 0 && u.resets() },
	53: func(u *turn) bool { return u.ends(cw) && u.calls("Close", "Exit") && u.was.Readable > 0 && u.resets() },
	54: func(u *turn) bool { return u.ends(f1, f2) && u.orphan() && u.text() && u.resets() },
	55: func(u *turn) bool { return u.isIn(f1, f2) && u.orphan() && u.takesFIN() && u.in.Seg.Len == 0 },
	56: func(u *turn) bool {
		return u.stays(f1, f2) && u.orphan() && u.text() && !u.was.RcvNxt.Less(u.in.Seg.End()) && u.sends(tcp.ACK)
	},
	57: func(u *turn) bool { return u.ends(es) && u.calls("Close") && u.was.Readable == 0 && u.resets() },
	58: func(u *turn) bool { return u.ends(f1) && u.calls("Abort") && u.fins == 0 && u.resets() },
	59: func(u *turn) bool { return u.goes(f2, cl) && u.expires(tcp.TimerFinWait2) },
	60: func(u *turn) bool { return u.stays(cl) && u.abandoned && (u.text() || u.gets(tcp.FIN)) && u.resets() },

	// F. Abort, reset, challenge.
	61: func(u *turn) bool { return u.ends(sr, es, f1, f2, cw) && u.calls("Abort") && u.resets() },
	62: func(u *turn) bool { return u.ends(li, ss) && u.calls("Abort") && u.silent() },
	63: func(u *turn) bool { return u.ends(cg, la, tw) && u.calls("Abort") && u.fins > 0 && u.silent() },
	64: func(u *turn) bool { return u.stays(cl) && u.aborted && u.inFlight && u.plain() && u.resets() },
	65: func(u *turn) bool { return u.ends(es, f1, f2, cw) && u.exactRST() && u.silent() },
	66: func(u *turn) bool { return u.ends(cg, la) && u.exactRST() && u.silent() },
	67: func(u *turn) bool {
		return u.stays(sr, es, f1, f2, cw, cg, la) && u.in.Verdict == tcp.ChallengedRST && u.arrives()
	},
	68: func(u *turn) bool {
		return u.is.State == u.was.State && u.gets(tcp.RST) && u.in.Verdict == tcp.DroppedRSTWindow
	},
	69: func(u *turn) bool { return u.ends(es, f1, f2) && u.windowShut() && u.exactRST() },
	70: func(u *turn) bool { return u.isIn(cw, cg, la) && u.gets(tcp.RST) && u.in.Seg.Seq == u.was.RcvNxt-1 },
	71: func(u *turn) bool {
		return !u.isIn(cl) && u.gets(tcp.RST) && (u.in.Seg.Len > 0 || u.in.Seg.Flags&(tcp.FIN|tcp.SYN) != 0)
	},
	72: func(u *turn) bool {
		return u.ends(es, f1, f2, cw, cg, la) && u.was.Timestamps && u.exactRST() && !u.stamped()
	},
	73: func(u *turn) bool {
		return u.stays(es, f1, f2, cw, cg, la) && u.is.Counters.ChallengesSuppressed > u.was.Counters.ChallengesSuppressed
	},
	74: func(u *turn) bool { return u.stays(cl) && u.gets(tcp.RST) && u.silent() },
	75: func(u *turn) bool {
		return u.stays(es, f1, f2, cw, cg, la) && u.arrives() && u.in.Verdict == tcp.ChallengedAck
	},

	// G. TIME-WAIT.
	76: func(u *turn) bool { return u.isIn(tw) && u.exactRST() && u.silent() },
	77: func(u *turn) bool { return u.isIn(tw) && u.oldInTW && u.exactRST() },
	78: func(u *turn) bool { return u.stays(tw) && u.plain() && u.in.Verdict == tcp.ReackedOld },
	79: func(u *turn) bool {
		return u.stays(tw) && u.plain() && u.in.Seg.Len == 0 && u.in.Seg.Seq == u.was.RcvNxt && u.in.Seg.Ack == u.was.SndNxt && u.silent()
	},
	80: func(u *turn) bool { return u.synInTW() && u.bothStamped() && u.newer() > 0 },
	81: func(u *turn) bool {
		return u.synInTW() && u.bothStamped() && u.newer() == 0 && u.was.RcvNxt.LessEq(u.in.Seg.Seq)
	},
	82: func(u *turn) bool {
		return u.stays(tw) && u.synInTW() && u.bothStamped() && (u.newer() < 0 || u.newer() == 0 && u.in.Seg.Seq.Less(u.was.RcvNxt))
	},
	83: func(u *turn) bool { return u.synInTW() && !u.bothStamped() && u.was.RcvNxt.LessEq(u.in.Seg.Seq) },
	84: func(u *turn) bool {
		return u.stays(tw) && u.synInTW() && !u.bothStamped() && !u.was.RcvNxt.Less(u.in.Seg.Seq)
	},
	85: func(u *turn) bool { return u.synInTW() && !u.was.Timestamps && u.stamped() },
	86: func(u *turn) bool { return u.goes(sr, tw) && u.in.Verdict == tcp.BackToTimeWait },
	87: func(u *turn) bool { return u.isIn(tw) && (u.gets(tcp.SYN|tcp.ACK) || u.gets(tcp.SYN|tcp.RST)) },
	88: func(u *turn) bool { return u.isIn(tw) && u.arrives() && u.was.Timers[tcp.TimerTimeWait] <= u.in.Now },

	// H. Crash, reboot, half-open.
	89: func(u *turn) bool { return u.ends(es, cw) && u.exactRST() && u.was.SndUna != u.was.SndNxt },
	90: func(u *turn) bool {
		return u.ends(es, f1, f2, cw, cg, la) && u.exactRST() && u.challenges[tcp.ChallengedSYN.String()] > 0
	},
	91: func(u *turn) bool {
		return u.stays(es) && u.gets(tcp.SYN) && u.in.Seg.Flags&(tcp.ACK|tcp.RST) == 0 && u.in.Seg.Seq == u.was.RcvNxt-1
	},
	92: func(u *turn) bool { return u.stays(cl) && u.gets(tcp.ACK) && u.resets() },
	93: func(u *turn) bool { return u.ends(es, cw, f1, cg, la) && u.timesOut() },
	94: func(u *turn) bool { return u.stays(f2, es, cw) && u.unarmed() && u.idleFor(3600) },

	// I. Keep-alive, user timeout, zero window.
	95: func(u *turn) bool {
		return u.stays(es, cw, f2) && u.arrives() && u.was.KeepAliveProbes > 1 && u.is.KeepAliveProbes == 0
	},
	96: func(u *turn) bool { return u.ends(es, cw, f2) && u.is.Err == tcp.KindKeepAlive },
	97: func(u *turn) bool { return u.ends(es, cw, f2) && u.exactRST() && u.was.KeepAliveProbes > 0 },
	98: func(u *turn) bool { return u.ends(es, f1, cw, cg, la) && u.is.Err == tcp.KindUserTimeout },
	99: func(u *turn) bool {
		return u.stays(es, f1, cw, cg, la) && u.arrives() && u.in.Seg.Options.Has(tcp.OptUserTimeout) && u.gets(tcp.ACK)
	},
	100: func(u *turn) bool {
		return u.stays(f1, cw, la) && u.gets(tcp.ACK) && u.was.Counters.WindowProbes > 1 && u.is.SendWindow == 0 && u.is.ready&tcp.ReadyWriteClosed != 0
	},
	101: func(u *turn) bool {
		return u.isIn(f1) && u.gets(tcp.ACK) && u.was.SendWindow == 0 && u.is.SendWindow > 0 && (u.sendsText() || u.sends(tcp.FIN))
	},
	102: func(u *turn) bool {
		return u.ends(f1) && u.timesOut() && u.was.SendWindow == 0 && u.was.WindowProbes > 0
	},
	103: func(u *turn) bool { return u.ends(f1, la) && u.calls("Abort") && u.was.SendWindow == 0 },
	104: func(u *turn) bool {
		return u.stays(f1, la) && u.was.SendWindow == 0 && u.in.Kind == invariant.Passed && u.sends(tcp.FIN) && u.is.SndUna == u.finSeq
	},
	105: func(u *turn) bool {
		return u.stays(f1, cg, la) && u.gets(tcp.ACK) && u.fins > 0 && u.is.SndUna.Add(u.is.SendWindow).Less(u.is.SndNxt) && u.is.SendWindow < u.was.SendWindow
	},
	106: func(u *turn) bool {
		return u.isIn(es, f1, f2) && u.windowShut() && u.gets(tcp.FIN) && u.in.Seg.Len == 0 && u.in.Seg.Seq == u.was.RcvNxt
	},

	// J. Close during the handshake.
	107: func(u *turn) bool { return u.goes(li, cl) && u.calls("Close", "Exit", "CloseWrite") },
	108: func(u *turn) bool { return u.stays(cl) && u.passed(ss, cl) && u.gets(tcp.SYN|tcp.ACK) && u.resets() },
	109: func(u *turn) bool { return u.closedIn == sr && u.goes(sr, f1) && !u.sendsText() },
	110: func(u *turn) bool { return u.closedIn == sr && u.isIn(sr) && u.arrives() && u.sendsText() },
	111: func(u *turn) bool { return u.goes(sr, li) && u.in.Verdict == tcp.BackToListen && u.arrives() },
	112: func(u *turn) bool { return u.ends(ss, sr) && u.is.Err == tcp.KindRefused },
	113: func(u *turn) bool {
		return u.stays(ss) && u.arrives() && (u.in.Verdict == tcp.DroppedRSTSynSent || u.in.Verdict == tcp.DroppedBadAckSynSent)
	},
	114: func(u *turn) bool { return u.ends(ss) && u.timesOut() },
	115: func(u *turn) bool {
		return u.isIn(sr) && u.expires(tcp.TimerRetransmit) && (u.is.State == li || u.is.State == cl)
	},
	116: func(u *turn) bool { return u.goes(cg, tw) && u.passed(ss, sr, es, f1, cg) },
	117: func(u *turn) bool {
		return u.in.Kind == invariant.Called && u.in.Call == "ICMP" && u.was.SndUna != u.was.SndNxt
	},
	118: func(u *turn) bool {
		return u.stays(f1) && u.is.Counters.SYNRetransmits > 0 && u.expires(tcp.TimerRetransmit) && u.sends(tcp.FIN)
	},

	// J2. FIN still queued when the peer's FIN arrives.
	119: func(u *turn) bool { return u.goes(f1, cg) && u.finWaits() && u.takesFIN() },
	120: func(u *turn) bool { return u.ends(cg) && u.calls("Abort") && u.fins == 0 && u.resets() },
}

// synInTW reports a SYN without ACK and RST in TIME-WAIT.
func (u *turn) synInTW() bool {
	return u.isIn(tw) && u.gets(tcp.SYN) && u.in.Seg.Flags&(tcp.ACK|tcp.RST) == 0
}

// bothStamped reports that timestamps are in use and that the segment has them.
func (u *turn) bothStamped() bool { return u.was.Timestamps && u.stamped() }

// newer is how much newer the timestamp of a segment is than those before.
func (u *turn) newer() int32 { return int32(u.in.Seg.Options.TSVal - u.ts) }
