package tcp_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"pgregory.net/rapid"
)

// The cases of docs/teardown-cases.md under the modifiers M1 to M15, chosen at random:
// each case of leads, as it stands, and with one to three of these changes.

// modifiers are in the order of their numbers. Those of two ends (M12: presets that
// differ) are drawn by drawPair, and each place for M2 to M4 is tried by TestM2 to TestM4.
var modifiers = []func(r *source, s *script){
	func(r *source, s *script) { s.iss, s.irs = drawISS(r, "iss"), drawISS(r, "irs") }, // M1: drawn again
	loseOne, doubleOne, swapTwo, // M2 to M4
	overlapFIN, cutFIN, secondFIN, // M5 to M7
	func(r *source, s *script) { // M8
		s.peer.Present |= tcp.OptTimestamps
		changeFIN(r, s, func(d *segmentDraft) {
			d.tsOff = pick(r, "TSval", []int32{-5000, -1, 0, 1 << 30})
			d.noTS = r.bool("no TS")
		})
	},
	func(_ *source, s *script) { s.peer.Present |= tcp.OptSACKPermitted }, // M9
	func(r *source, s *script) { // M10: several segments before any output
		for i := range s.actions {
			s.actions[i].idle = r.bool("idle")
		}
		s.lazy = true
	},
	func(r *source, s *script) { // M11: a segment at the instant of a deadline; jumps past several are TestContract3
		insert(r, s, action{kind: wait, to: fromDeadline, jump: true})
	},
	nil, // M12
	func(r *source, s *script) { // M13: the application calls between any two segments
		kind := pick(r, "call", []actionKind{callClose, callAbort, callSend, callReceive, callCloseWrite, callCloseRead, callRetain})
		insert(r, s, calls(kind, pick(r, "n", []int{1, 5, 1 << 30})))
	},
	func(r *source, s *script) { // M14: window scaling, and an edge that is taken back
		s.peer.Present |= tcp.OptWindowScale
		s.peer.WindowScale = uint8(r.intRange("shift", 0, 14))
		insert(r, s, gets(tcp.ACK, win(drawWindow(r))))
		insert(r, s, calls(callReadBuffer, r.intRange("buffer", 1, 100000)))
	},
	exhaustChallenges, // M15
}

// places are the actions that are segments, with control bits f.
func places(s *script, f tcp.Flags) (list []int) {
	for i := range s.actions {
		if a := &s.actions[i]; a.kind == arrive && a.seg.flags.Has(f) {
			list = append(list, i)
		}
	}
	return list
}

func loseOne(r *source, s *script) {
	if list := places(s, 0); len(list) > 0 {
		i := pick(r, "lost", list)
		s.actions = slices.Delete(s.actions, i, i+1)
	}
}

// doubleOne lets a segment arrive again, at once or later.
func doubleOne(r *source, s *script) {
	if list := places(s, 0); len(list) > 0 {
		i := pick(r, "doubled", list)
		again := s.actions[i]
		again.seg.seqOff -= again.seg.len // where it began
		if again.seg.flags.Has(tcp.FIN) {
			again.seg.seqOff--
		}
		late := pause(pick(r, "late", []time.Duration{0, time.Millisecond, time.Second, 30 * time.Second}))
		s.actions = slices.Insert(s.actions, i+1, late, again)
	}
}

func swapTwo(r *source, s *script) {
	if len(s.actions) > 1 {
		i := r.intRange("swapped", 0, len(s.actions)-2)
		s.actions[i], s.actions[i+1] = s.actions[i+1], s.actions[i]
	}
}

// changeFIN changes a segment with FIN.
func changeFIN(r *source, s *script, change func(d *segmentDraft)) {
	if list := places(s, tcp.FIN); len(list) > 0 {
		change(&s.actions[pick(r, "FIN", list)].seg)
	}
}

// overlapFIN lets the segment with the FIN begin with what was received before.
func overlapFIN(r *source, s *script) {
	n := r.intRange("overlap", 1, 5)
	changeFIN(r, s, func(d *segmentDraft) { d.seqOff, d.len = d.seqOff-n, d.len+n })
}

// cutFIN puts octets ahead of the FIN, so many that the window ends before it.
func cutFIN(r *source, s *script) {
	s.cfg.ReceiveBuffer, s.cfg.MaxReceiveBuffer = 8, 8
	changeFIN(r, s, func(d *segmentDraft) { d.len = r.intRange("len", 7, 9) })
}

// secondFIN lets another FIN follow, with a higher number.
func secondFIN(r *source, s *script) {
	if list := places(s, tcp.FIN); len(list) > 0 {
		i := pick(r, "FIN", list)
		again := s.actions[i]
		again.seg.seqOff = r.intRange("higher", 0, 5)
		s.actions = slices.Insert(s.actions, i+1, again)
	}
}

// exhaustChallenges uses up the limit of challenge ACKs.
func exhaustChallenges(r *source, s *script) {
	i := r.intRange("where", 0, len(s.actions))
	s.actions = slices.Insert(s.actions, i, times(12, gets(tcp.RST, ahead(5)))...)
}

func insert(r *source, s *script, a action) {
	s.actions = slices.Insert(s.actions, r.intRange("where", 0, len(s.actions)), a)
}

// drawLead draws a lead, and up to three modifiers.
func drawLead(r *source, p profile) script {
	l := &leads[r.intRange("lead", 0, len(leads)-1)]
	s := l.script(p, drawISS(r, "iss"), drawISS(r, "irs"))
	for range r.intRange("modifiers", 0, 3) {
		if modify := modifiers[r.intRange("modifier", 0, len(modifiers)-1)]; modify != nil {
			modify(r, &s)
		}
	}
	for i := range s.actions { // a batch is over when time passes, and it is a segment that comes with a deadline
		a, next := &s.actions[i], action{kind: wait}
		if i+1 < len(s.actions) {
			next = s.actions[i+1]
		}
		a.idle, a.jump = a.idle && next.kind != wait, a.jump && next.kind == arrive
	}
	return s
}

// Under any of the modifiers every row of the table of invariants holds on the way to
// each case.
func TestCasesUnderModifiers(t *testing.T) {
	for p := range numProfiles {
		t.Run(p.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := drawLead(&source{t: t}, p)
				playChecked(t, &s)
			})
		})
	}
}
