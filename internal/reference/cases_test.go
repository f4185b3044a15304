package reference

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

const (
	cl = tcp.StateClosed
	li = tcp.StateListen
	ss = tcp.StateSynSent
	sr = tcp.StateSynReceived
	es = tcp.StateEstablished
	f1 = tcp.StateFinWait1
	f2 = tcp.StateFinWait2
	cw = tcp.StateCloseWait
	cg = tcp.StateClosing
	la = tcp.StateLastAck
	tw = tcp.StateTimeWait
)

const rtx = "retransmission"

// A teardownCase is a row of the teardown cases, sections A–F (and those of G–J
// that are as short). out: what leaves, one segment after the other.
type teardownCase struct {
	id     string
	from   tcp.State
	set    func(*Config) // nil: nothing
	events []event
	out    string // separated by "; "
	to     tcp.State
	timers string // "-": not looked at
	err    error
}

func undelayed(c *Config) { c.DelayFINAck = false }

func keep(c *Config) { c.RFC1337 = true }

var teardownCases = []teardownCase{
	// A. Active graceful close.
	{"T1", es, nil, []event{closeWrite}, "F. 1 1", f1, rtx, nil},
	{"T2", f1, nil, []event{in(".", 1, 2, 0)}, "", f2, "", nil},
	{"T3", f2, nil, []event{in("F.", 1, 2, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"T4", tw, nil, []event{tick}, "", cl, "", nil},
	{"T6", es, nil, []event{batch(send(2000), closeWrite)}, ". 1 1 (1460); FP. 1461 1 (540)", f1, rtx, nil},
	{"T6 one by one", es, nil, []event{send(5), closeWrite}, "P. 1 1 (5); F. 6 1", f1, rtx, nil},
	{"T7", ss, nil, []event{inWindow("S.", 0, 1, 0, 10), batch(send(20), closeWrite)},
		". 1 1; . 1 1 (10)", f1, rtx, nil},
	{"T8", ss, nil, []event{inWindow("S.", 0, 1, 0, 10), batch(send(20), closeWrite), inWindow(".", 1, 11, 0, 30)},
		". 1 1; . 1 1 (10); FP. 11 1 (10)", f1, rtx, nil},
	{"T9", es, nil, []event{send(5), closeWrite, in(".", 1, 6, 0)}, "P. 1 1 (5); F. 6 1", f1, rtx, nil},
	{"T10", f1, nil, []event{in("F.", 1, 2, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"T11", f1, nil, []event{in("F.", 1, 2, 7)}, ". 2 9", tw, "TIME-WAIT", nil},
	{"T12", f2, nil, []event{in(".", 1, 2, 1460), in(".", 1461, 2, 1460), in(".", 2921, 2, 3)},
		". 2 2921", f2, "delayed ACK", nil},
	{"T13", f2, nil, []event{in("F.", 1, 2, 9)}, ". 2 11", tw, "TIME-WAIT", nil},
	{"T14", f2, nil, []event{closeWrite}, "", f2, "", nil},
	{"T15 F1", f1, nil, []event{send(1)}, "error: connection closing", f1, rtx, nil},
	{"T15 F2", f2, nil, []event{send(1)}, "error: connection closing", f2, "", nil},
	{"T15 CG", cg, nil, []event{send(1)}, "error: connection closing", cg, rtx, nil},
	{"T15 LA", la, nil, []event{send(1)}, "error: connection closing", la, rtx, nil},
	{"T15 TW", tw, nil, []event{send(1)}, "error: connection closing", tw, "TIME-WAIT", nil},
	{"T16", f2, nil, []event{in("F.", 1, 2, 9), receive(9), receive(1)},
		". 2 11; error: invalid argument", tw, "TIME-WAIT", nil},

	// B. Passive graceful close.
	{"T17", es, undelayed, []event{in("F.", 1, 1, 0)}, ". 1 2", cw, "", nil},
	{"T17 delayed", es, nil, []event{in("F.", 1, 1, 0)}, "", cw, "delayed ACK", nil},
	{"T18", cw, nil, []event{closeWrite}, "F. 1 2", la, rtx, nil},
	{"T19", la, nil, []event{in(".", 2, 2, 0)}, "", cl, "", nil},
	{"T20", cw, nil, []event{send(3), in(".", 2, 4, 0), closeWrite}, "P. 1 2 (3); F. 4 2", la, rtx, nil},
	{"T21", ss, nil, []event{inWindow("S.", 0, 1, 0, 4), inWindow("F.", 1, 1, 0, 4), batch(send(9), closeWrite)}, ". 1 1; . 1 2 (4)", cw, rtx, nil},
	{"T21 then", ss, nil, []event{inWindow("S.", 0, 1, 0, 4), inWindow("F.", 1, 1, 0, 4), batch(send(9), closeWrite), in(".", 2, 5, 0)},
		". 1 1; . 1 2 (4); FP. 5 2 (5)", la, rtx, nil},
	{"T22", es, undelayed, []event{in("F.", 1, 1, 9)}, ". 1 11", cw, "", nil},
	{"T23", es, undelayed, []event{batch(in("F.", 1, 1, 0), closeWrite)}, "F. 1 2", la, rtx, nil},
	{"S11", es, nil, []event{in("F.", 1, 1, 0), wait(30 * ms), closeWrite}, "F. 1 2", la, rtx, nil},
	{"T24", cw, nil, []event{send(3), closeWrite, in(".", 2, 4, 0)}, "P. 1 2 (3); F. 4 2", la, rtx, nil},
	{"T25", cw, nil, []event{wait(1e6 * time.Second)}, "", cw, "", nil},
	{"T26", sr, undelayed, []event{in("F.", 1, 1, 0)}, ". 1 2", cw, "", nil},
	{"T27 CW", cw, nil, []event{in(".", 2, 1, 9)}, "", cw, "", nil},
	{"T27 LA", la, nil, []event{in(".", 2, 1, 9)}, "", la, rtx, nil},

	// C. Simultaneous close.
	{"T28", f1, nil, []event{in("F.", 1, 1, 0)}, ". 2 2", cg, rtx, nil},
	{"T29", cg, nil, []event{in(".", 2, 2, 0)}, "", tw, "TIME-WAIT", nil},
	{"T30", cg, nil, []event{in("F.", 1, 2, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"T32", cg, nil, []event{tick}, "F. 1 2", cg, rtx, nil},
	{"T33", f1, nil, []event{in("F.", 5, 1, 0)}, ". 2 1", f1, rtx, nil},
	{"T35", tw, nil, []event{in(".", 2, 2, 0)}, "", tw, "TIME-WAIT", nil},

	// D. Loss and retransmission.
	{"T36", f1, nil, []event{tick}, "F. 1 1", f1, rtx, nil},
	{"T37", f1, nil, []event{in("F.", 1, 2, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"T38", cw, nil, []event{in("F.", 1, 1, 0)}, ". 1 2", cw, "", nil},
	{"T39", la, nil, []event{tick}, "F. 1 2", la, rtx, nil},
	{"T40", tw, nil, []event{wait(9 * time.Second), in("F.", 1, 2, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"T41", tw, nil, []event{tick, in("F.", 1, 2, 0)}, "R 2", cl, "", nil},
	{"T45", es, nil, []event{send(5), closeWrite, tick, in(".", 1, 6, 0)},
		"P. 1 1 (5); F. 6 1; FP. 1 1 (5)", f1, rtx, nil},
	{"T46", es, nil, []event{send(1460), send(1460), closeWrite, in(".", 1, 1, 0), in(".", 1, 1, 0), in(".", 1, 1, 0)},
		"P. 1 1 (1460); P. 1461 1 (1460); F. 2921 1; . 1 1 (1460)", f1, rtx, nil},
	{"T47", f1, nil, []event{tick, in(".", 1, 2, 0), in(".", 1, 2, 0)}, "F. 1 1", f2, "", nil},
	{"T48", f2, nil, []event{wait(1e6 * time.Second)}, "", f2, "", nil},

	// E. Half-close, unread data, orphans.
	{"T51", es, nil, []event{in(".", 1, 1, 9), closeWrite}, "F. 1 10", f1, rtx, nil},
	{"T52", es, nil, []event{in(".", 1, 1, 9), fullClose}, "R 1", cl, "", ErrAborted},
	{"T53", es, nil, []event{in("F.", 1, 1, 9), fullClose}, "R 1", cl, "", ErrAborted},
	{"T54 F1", es, nil, []event{fullClose, in(".", 1, 1, 1)}, "F. 1 1; R 1", cl, "", ErrAborted},
	{"T54 F2", es, nil, []event{fullClose, in(".", 1, 2, 0), in("F.", 1, 2, 1)}, "F. 1 1; R 2", cl, "", ErrAborted},
	{"T54 shutdown of both", es, nil, []event{closeRead, closeWrite, in(".", 1, 1, 1)}, "F. 1 1; R 1", cl, "", ErrAborted},
	{"T55 F1", es, nil, []event{fullClose, in("F.", 1, 1, 0)}, "F. 1 1; . 2 2", cg, rtx, nil},
	{"T55 F2", es, nil, []event{fullClose, in(".", 1, 2, 0), in("F.", 1, 2, 0)}, "F. 1 1; . 2 2", tw, "TIME-WAIT", nil},
	{"T56", es, nil, []event{in(".", 1, 1, 9), receive(9), fullClose, in(".", 1, 1, 9)},
		"F. 1 10; . 2 10", f1, rtx, nil},
	{"S10 FIN ahead of its data", es, nil, []event{fullClose, in(".", 1, 2, 0), in("F.", 5, 2, 0), in(".", 1, 2, 4)},
		"F. 1 1; . 2 1; R 2", cl, "", ErrAborted},
	{"S13", f2, nil, []event{in("F.", 5, 2, 0), in(".", 1, 2, 4)}, ". 2 1; . 2 6", tw, "TIME-WAIT", nil},
	{"S10 from CLOSE-WAIT", cw, nil, []event{fullClose, in(".", 2, 1, 4)}, "F. 1 2", la, rtx, nil},
	{"T57", es, nil, []event{abort}, "R 1", cl, "", ErrAborted},
	{"T58", ss, nil, []event{inWindow("S.", 0, 1, 0, 4), batch(send(9), closeWrite), abort},
		". 1 1; . 1 1 (4); R 5", cl, "", ErrAborted},
	{"T59", es, nil, []event{fullClose, in(".", 1, 2, 0), wait(59 * time.Second)}, "F. 1 1", f2, "FIN-WAIT-2", nil},
	{"T59 over", es, nil, []event{fullClose, in(".", 1, 2, 0), wait(60 * time.Second)}, "F. 1 1", cl, "", nil},
	{"T60", es, nil, []event{fullClose, in(".", 1, 2, 0), wait(60 * time.Second), in("F.", 1, 2, 0)},
		"F. 1 1; R 2", cl, "", nil},

	// F. Abort, reset, challenge.
	{"T61 SR", sr, nil, []event{abort}, "R 1", cl, "", ErrAborted},
	{"T61 F1", f1, nil, []event{abort}, "R 2", cl, "", ErrAborted},
	{"T61 F2", f2, nil, []event{abort}, "R 2", cl, "", ErrAborted},
	{"T61 CW", cw, nil, []event{abort}, "R 1", cl, "", ErrAborted},
	{"T62 LI", li, nil, []event{abort}, "", cl, "", ErrAborted},
	{"T62 SS", ss, nil, []event{abort}, "", cl, "", ErrAborted},
	{"T63 CG", cg, nil, []event{abort}, "", cl, "", ErrAborted},
	{"T63 LA", la, nil, []event{abort}, "", cl, "", ErrAborted},
	{"T63 TW", tw, nil, []event{abort}, "", cl, "", ErrAborted},
	{"T64", es, nil, []event{send(5), abort, in(".", 1, 1, 0)}, "P. 1 1 (5); R 6; R 1", cl, "", ErrAborted},
	{"T65 ES", es, nil, []event{in("R", 1, 0, 0)}, "", cl, "", ErrReset},
	{"T65 F1", f1, nil, []event{in("R", 1, 0, 0)}, "", cl, "", ErrReset},
	{"T65 F2", f2, nil, []event{in("R", 1, 0, 0)}, "", cl, "", ErrReset},
	{"T65 CW", cw, nil, []event{in("R", 2, 0, 0)}, "", cl, "", ErrReset},
	{"T66 CG", cg, nil, []event{in("R", 2, 0, 0)}, "", cl, "", ErrClosedByReset},
	{"T66 LA", la, nil, []event{in("R", 2, 0, 0)}, "", cl, "", ErrClosedByReset},
	{"T67 SR", sr, nil, []event{in("R", 2, 0, 0)}, ". 1 1", sr, rtx, nil},
	{"T67 ES", es, nil, []event{in("R", 2, 0, 0)}, ". 1 1", es, "", nil},
	{"T67 LA", la, nil, []event{in("R", 3, 0, 0)}, ". 2 2", la, rtx, nil},
	{"T68 below", es, nil, []event{in("R", 0, 0, 0)}, "", es, "", nil},
	{"T68 above", es, nil, []event{in("R", 65536, 0, 0)}, "", es, "", nil},
	{"T68 edge", es, nil, []event{in("R", 65535, 0, 0)}, ". 1 1", es, "", nil},
	{"T69", es, func(c *Config) { c.ReceiveBuffer = 8 }, []event{in(".", 1, 1, 8), in("R", 9, 0, 0)},
		"", cl, "", ErrReset},
	{"T70", cw, nil, []event{in("R", 1, 0, 0)}, "", cw, "", nil},
	{"T71", es, nil, []event{in("RF.", 1, 1, 5)}, "", cl, "", ErrReset},
	{"T71 SYN", es, nil, []event{in("RS", 1, 0, 0)}, "", cl, "", ErrReset},
	{"T73", es, nil, []event{in("R", 2, 0, 0), in("S", 9, 0, 0), wait(499 * ms), in("S", 9, 0, 0), wait(1 * ms), in("S", 9, 0, 0)},
		". 1 1; . 1 1", es, "", nil},
	{"T74", cl, nil, []event{in("R.", 1, 1, 0)}, "", cl, "", nil},
	{"T75 above", es, nil, []event{in("F.", 1, 2, 3)}, ". 1 1", es, "", nil},
	{"T75 below", es, nil, []event{in("F.", 1, -70000, 3)}, ". 1 1", es, "", nil},

	// G–J, where they are as short.
	{"T76", tw, keep, []event{in("R", 2, 0, 0)}, "", tw, "TIME-WAIT", nil},
	{"S16", tw, nil, []event{in("R", 2, 0, 0)}, "", cl, "", ErrClosedByReset},
	{"S16 inexact", tw, nil, []event{in("R", 3, 0, 0)}, "", tw, "TIME-WAIT", nil},
	{"T78", tw, nil, []event{in(".", 1, 2, 0), in(".", 1, 2, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"S14 nobody listens", tw, nil, []event{in("S", 9, 0, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"S15", tw, nil, []event{in("S", 1, 0, 0), in("R", 2, 0, 0), in("S", 1, 0, 0)}, ". 2 2; R. 16 2", cl, "", ErrClosedByReset},
	{"T87", tw, nil, []event{in("S.", 9, 2, 0), in("SR", 9, 0, 0)}, ". 2 2", tw, "TIME-WAIT", nil},
	{"T106", es, func(c *Config) { c.ReceiveBuffer = 8; c.DelayFINAck = false },
		[]event{in(".", 1, 1, 8), in("F.", 9, 1, 0)}, ". 1 10", cw, "", nil},
	{"T107", li, nil, []event{closeWrite}, "", cl, "", nil},
	{"T108", ss, nil, []event{fullClose, in("S.", 0, 1, 0)}, "R 1", cl, "", ErrAborted},
	{"T109", sr, nil, []event{closeWrite, in(".", 1, 1, 0)}, "F. 1 1", f1, rtx, nil},
	{"T110", sr, nil, []event{send(4), closeWrite, in(".", 1, 1, 0)}, "FP. 1 1 (4)", f1, rtx, nil},
	{"T111 RST", sr, nil, []event{in("R", 1, 0, 0)}, "", li, "", nil},
	{"T111 SYN", sr, nil, []event{in("S", 9, 0, 0)}, "", li, "", nil},
	{"T112 SS", ss, nil, []event{in("R.", 0, 1, 0)}, "", cl, "", ErrRefused},
	{"T112 SR", ss, nil, []event{in("S", 0, 0, 0), in("R", 1, 0, 0)}, "S. 0 1", cl, "", ErrRefused},
	{"T113", ss, nil, []event{in("R", 0, 0, 0), in("R.", 0, 9, 0)}, "", ss, rtx, nil},
	{"T119", ss, nil, []event{inWindow("S.", 0, 1, 0, 4), batch(send(9), closeWrite), inWindow("F.", 1, 1, 0, 4), in(".", 2, 5, 0), in(".", 2, 11, 0)},
		". 1 1; . 1 1 (4); . 5 2; FP. 5 2 (5)", tw, "TIME-WAIT", nil},
	{"T120", ss, nil, []event{inWindow("S.", 0, 1, 0, 4), batch(send(9), closeWrite), inWindow("F.", 1, 1, 0, 4), abort},
		". 1 1; . 1 1 (4); . 5 2; R 5", cl, "", ErrAborted},
	{"P-5", sr, nil, []event{in("S", 0, 0, 0)}, "S. 0 1", sr, rtx, nil},
	{"P-13", es, nil, []event{in("F", 1, 0, 4)}, "", es, "", nil},
	{"P-18", sr, nil, []event{in(".", 1, 7, 0)}, "R 7", sr, rtx, nil},
}

func TestTeardownCases(t *testing.T) {
	for _, tc := range teardownCases {
		t.Run(tc.id, func(t *testing.T) {
			c := plain(Default())
			if tc.set != nil {
				tc.set(&c)
			}
			x := reach(t, c, tc.from).do(tc.events...)
			if got := strings.Join(x.out, "; "); got != tc.out {
				t.Errorf("sent %q, want %q", got, tc.out)
			}
			if x.e.State() != tc.to {
				t.Errorf("state %v, want %v", x.e.State(), tc.to)
			}
			if got := x.timersOf(); tc.timers != "-" && got != tc.timers {
				t.Errorf("timers %q, want %q", got, tc.timers)
			}
			if x.e.Err() != tc.err {
				t.Errorf("ended with %v, want %v", x.e.Err(), tc.err)
			}
		})
	}
}
