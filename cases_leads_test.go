package tcp_test

import (
	"time"

	"github.com/seed-447e5d66/tcp"
)

// A lead is a short script that leads one connection to a case of
// docs/teardown-cases.md. Those that chance reaches often have none.
type lead struct {
	number  int
	opening opening
	window  int // of the peer's SYN; 0: the largest; −1: none
	options tcp.OptionSet
	tune    func(cfg *tcp.Config)
	actions []action
	not     string // the presets in which the case does not occur: their rules are others
}

// gets lets a segment arrive: with the numbers that a good peer would choose next.
func gets(flags tcp.Flags, change ...func(d *segmentDraft)) action {
	d := segmentDraft{ackBase: sndNxt, flags: flags, window: 65535}
	for _, c := range change {
		c(&d)
	}
	return action{kind: arrive, seg: d}
}

func octetsOf(n int) func(*segmentDraft) { return func(d *segmentDraft) { d.len = n } }
func ahead(n int) func(*segmentDraft)    { return func(d *segmentDraft) { d.seqOff = n } }
func win(n uint16) func(*segmentDraft)   { return func(d *segmentDraft) { d.window = n } }
func stamp(n int32) func(*segmentDraft)  { return func(d *segmentDraft) { d.tsOff = n } }
func acking(b base, n int) func(*segmentDraft) {
	return func(d *segmentDraft) { d.ackBase, d.ackOff = b, n }
}
func seqAt(n int) func(*segmentDraft) { return func(d *segmentDraft) { d.seqBase, d.seqOff = zero, n } }
func unstamped(d *segmentDraft)       { d.noTS = true }
func stray(d *segmentDraft)           { d.strayTS = true }
func timeoutOption(d *segmentDraft)   { d.userTimeout = 30 }

func calls(kind actionKind, n int) action { return action{kind: kind, n: n} }
func pause(d time.Duration) action        { return action{kind: wait, d: d} }

// joined joins lists of actions.
func joined(lists ...[]action) (all []action) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// times repeats actions.
func times(n int, actions ...action) (all []action) {
	for range n {
		all = append(all, actions...)
	}
	return all
}

var (
	ack        = gets(tcp.ACK)
	fin        = gets(tcp.FIN | tcp.ACK)
	finOnly    = gets(tcp.FIN|tcp.ACK, acking(sndUna, 0)) // acknowledges nothing
	rst        = gets(tcp.RST)
	syn        = gets(tcp.SYN, seqAt(7000))
	synACK     = gets(tcp.SYN|tcp.ACK, seqAt(7000))
	expire     = action{kind: wait, to: fromDeadline}
	shut       = calls(callCloseWrite, 0)
	closing    = calls(callClose, 0)
	abort      = calls(callAbort, 0)
	sendSome   = calls(callSend, 5)
	readAll    = calls(callReceive, 1<<30)
	toTimeWait = []action{calls(callReopen, 1), closing, ack, fin}
	stamps     = tcp.OptTimestamps
)

func smallBuffer(cfg *tcp.Config) { cfg.ReceiveBuffer, cfg.MaxReceiveBuffer = 10, 10 }

func fewRetries(cfg *tcp.Config) {
	cfg.DataRetries1, cfg.DataRetries2, cfg.OrphanRetries, cfg.SYNRetries, cfg.SYNACKRetries = 1, 2, 2, 2, 2
	cfg.DataMinimum, cfg.SYNMinimum = -1, -1
}

func keptAlive(cfg *tcp.Config) {
	cfg.KeepAlive, cfg.KeepAliveIdle, cfg.KeepAliveInterval, cfg.KeepAliveCount = true, 2*time.Second, time.Second, 3
}

// leads are in the order of their numbers.
var leads = []lead{
	{number: 8, window: 100, actions: []action{calls(callSend, 150), shut, ack}},
	{number: 9, actions: []action{calls(callSend, 10), shut, gets(tcp.ACK, acking(sndUna, 5))}},
	{number: 11, actions: []action{shut, gets(tcp.FIN|tcp.ACK, octetsOf(5))}},
	{number: 14, actions: []action{shut, shut}},
	{number: 20, actions: []action{fin, sendSome, ack, shut}},
	{number: 21, window: -1, actions: []action{gets(tcp.FIN|tcp.ACK, win(0)), sendSome, shut}},
	{number: 23, tune: func(cfg *tcp.Config) { cfg.DelayFINAck = tcp.On }, actions: []action{fin, shut}},
	{number: 24, actions: []action{fin, calls(callSend, 10), shut, gets(tcp.ACK, acking(sndUna, 5))}},
	{number: 25, actions: []action{fin, pause(2 * time.Hour)}},
	{number: 26, opening: listening, actions: []action{syn, fin}},
	{number: 27, actions: []action{fin, gets(tcp.ACK, octetsOf(5))}},
	{number: 30, actions: []action{shut, finOnly, gets(tcp.FIN|tcp.ACK, ahead(-1))}},
	{number: 31, actions: []action{shut, finOnly, expire, gets(tcp.FIN|tcp.ACK, ahead(-1), acking(sndUna, 0)), ack}},
	{number: 32, actions: []action{shut, finOnly, expire, expire}},
	{number: 33, actions: []action{shut, gets(tcp.FIN|tcp.ACK, ahead(10), octetsOf(5), acking(sndUna, 0))}},
	{number: 37, actions: []action{shut, pause(500 * time.Millisecond), fin}},
	{number: 41, actions: []action{shut, ack, fin, expire, fin}},
	{number: 43, tune: fewRetries, actions: joined([]action{shut}, times(9, expire))},
	{number: 44, tune: fewRetries, actions: joined([]action{fin, shut}, times(9, expire))},
	{number: 45, actions: []action{sendSome, shut, expire, expire}},
	{number: 46, actions: joined([]action{calls(callSend, 3000), shut}, times(4, gets(tcp.ACK, acking(sndUna, 0))))},
	{number: 47, actions: []action{shut, expire, ack, ack}},
	{number: 48, actions: []action{shut, ack, pause(3 * time.Second)}},
	{number: 49, actions: joined([]action{shut, ack, fin}, times(3, gets(tcp.FIN|tcp.ACK, ahead(-1))))},
	{number: 51, actions: []action{gets(tcp.ACK, octetsOf(5)), shut}},
	{number: 52, actions: []action{gets(tcp.ACK, octetsOf(5)), closing}},
	{number: 53, actions: []action{gets(tcp.ACK, octetsOf(5)), fin, closing}},
	{number: 54, actions: []action{closing, gets(tcp.ACK, octetsOf(5))}},
	{number: 56, actions: []action{gets(tcp.ACK, octetsOf(5)), readAll, closing, gets(tcp.ACK, octetsOf(5), ahead(-5), acking(sndUna, 0))}},
	{number: 57, actions: []action{calls(callLinger, 1), closing}},
	{number: 58, window: -1, actions: []action{sendSome, shut, abort}},
	{number: 60, actions: []action{closing, ack, expire, fin}, not: "rfc9293"},
	{number: 62, opening: synSent, actions: []action{abort}},
	{number: 63, actions: []action{fin, shut, abort}},
	{number: 64, actions: []action{sendSome, abort, ack}},
	{number: 66, actions: []action{fin, shut, rst}},
	{number: 67, actions: []action{gets(tcp.RST, ahead(1))}},
	{number: 69, tune: smallBuffer, actions: []action{gets(tcp.ACK, octetsOf(10)), rst}},
	{number: 70, actions: []action{fin, gets(tcp.RST, ahead(-1))}},
	{number: 72, options: stamps, actions: []action{gets(tcp.RST, unstamped)}},
	{number: 73, actions: times(12, gets(tcp.RST, ahead(5)))},
	{number: 75, actions: []action{gets(tcp.ACK, acking(sndNxt, 1000))}},
	{number: 77, actions: joined(toTimeWait, []action{gets(tcp.ACK, octetsOf(5), ahead(-10)), rst})},
	{number: 80, options: stamps, actions: joined(toTimeWait, []action{pause(time.Second), gets(tcp.SYN, ahead(1000))})},
	{number: 81, options: stamps, actions: joined(toTimeWait, []action{gets(tcp.SYN, ahead(1000))})},
	{number: 82, options: stamps, actions: joined(toTimeWait, []action{gets(tcp.SYN, ahead(-10), stamp(-1))})},
	{number: 83, actions: joined(toTimeWait, []action{gets(tcp.SYN, ahead(1000))})},
	{number: 84, actions: joined(toTimeWait, []action{gets(tcp.SYN, ahead(-1000))})},
	{number: 85, actions: joined(toTimeWait, []action{gets(tcp.SYN, ahead(1000), stray)})},
	{number: 86, actions: joined(toTimeWait, []action{gets(tcp.SYN, ahead(1000)), rst}), not: "default linux"},
	{number: 87, actions: joined(toTimeWait, []action{gets(tcp.SYN | tcp.ACK)})},
	{number: 88, actions: joined(toTimeWait, []action{{kind: wait, to: fromDeadline, jump: true}, ack})},
	{number: 90, actions: []action{gets(tcp.SYN, ahead(5)), rst}},
	{number: 91, actions: []action{gets(tcp.SYN, ahead(-1))}},
	{number: 94, actions: []action{pause(time.Hour), pause(2 * time.Hour)}},
	{number: 95, tune: keptAlive, actions: []action{expire, expire, expire, ack}},
	{number: 96, tune: keptAlive, actions: times(8, expire)},
	{number: 97, tune: keptAlive, actions: []action{expire, expire, rst}},
	{number: 98, tune: func(cfg *tcp.Config) { cfg.UserTimeout = 5 * time.Second }, actions: joined([]action{sendSome}, times(9, expire)), not: "linux"},
	{number: 99, tune: func(cfg *tcp.Config) { cfg.UserTimeoutOption = true }, actions: []action{sendSome, gets(tcp.ACK, acking(sndUna, 0), timeoutOption)}},
	{number: 100, window: -1, actions: joined([]action{sendSome, shut}, times(4, expire, gets(tcp.ACK, acking(sndUna, 0), win(0))))},
	{number: 101, window: -1, actions: []action{sendSome, shut, expire, gets(tcp.ACK, acking(sndUna, 0))}},
	{number: 102, window: -1, tune: fewRetries, actions: joined([]action{sendSome, shut}, times(12, expire))},
	{number: 103, window: -1, actions: []action{sendSome, shut, abort}},
	{number: 104, window: -1, actions: []action{shut, expire, expire}, not: "linux"},
	{number: 105, actions: []action{calls(callSend, 10), shut, gets(tcp.ACK, acking(sndUna, 2), win(2))}},
	{number: 106, tune: smallBuffer, actions: []action{gets(tcp.ACK, octetsOf(10)), fin}},
	{number: 107, opening: listening, actions: []action{closing}},
	{number: 108, opening: synSent, actions: []action{closing, synACK}},
	{number: 109, opening: listening, actions: []action{syn, closing, ack}},
	{number: 110, opening: listening, actions: []action{syn, sendSome, closing, ack}, not: "linux"},
	{number: 111, opening: listening, actions: []action{syn, rst}},
	{number: 112, opening: synSent, actions: []action{gets(tcp.RST | tcp.ACK)}},
	{number: 113, opening: synSent, actions: []action{rst}},
	{number: 114, opening: synSent, tune: fewRetries, actions: times(12, expire)},
	{number: 115, opening: listening, tune: fewRetries, actions: joined([]action{syn}, times(12, expire))},
	{number: 116, opening: openedBoth, actions: []action{shut, finOnly, ack}},
	{number: 117, actions: []action{sendSome, calls(callICMP, 2), calls(callICMP, 3)}},
	{number: 118, opening: synSent, actions: []action{expire, synACK, shut, expire, expire}},
	{number: 119, window: -1, actions: []action{sendSome, shut, gets(tcp.FIN|tcp.ACK, acking(sndUna, 0), win(0))}},
	{number: 120, window: -1, actions: []action{sendSome, shut, gets(tcp.FIN|tcp.ACK, acking(sndUna, 0), win(0)), abort}},
}

// script is the lead as a script.
func (l *lead) script(p profile, iss, irs tcp.Seq) script {
	s := script{profile: p, cfg: p.config(), iss: iss, irs: irs, opening: l.opening, window: 65535, peer: tcp.Options{Present: l.options}}
	s.cfg.LocalPort, s.cfg.RemotePort = 80, 4000
	if l.opening == unopened {
		s.opening = openedActively
	}
	if l.window != 0 {
		s.window = uint16(max(l.window, 0))
	}
	if l.tune != nil {
		l.tune(&s.cfg)
	}
	s.actions = append([]action(nil), l.actions...)
	return s
}
