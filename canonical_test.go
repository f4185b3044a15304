package tcp

import (
	"testing"
	"time"
)

// Ages beyond the last bound that looks at them are one: an idle connection whose
// peer answers is the same again and again.
func TestCanonicalForgetsAgesThatCannotMatter(t *testing.T) {
	cfg := plain(kept())
	cfg.InitialWindow = 2
	p := established(t, cfg)
	p.send(4 * 1460)
	p.take()
	p.in(". 1:1(0) ack 2921")
	p.take()
	p.in(". 1:1(0) ack 5841")
	var round [40]Conn
	for i := range round {
		p.now = p.c.Deadline()
		p.c.Advance(p.now)
		for !p.c.pending() {
			p.now = p.c.Deadline()
			p.c.Advance(p.now)
		}
		p.want("a probe", ". 5840:5840(0) ack 1")
		p.in(". 1:1(0) ack 5841")
		round[i] = p.c.Canonical(p.now)
	}
	if round[20] != round[39] {
		p.fail("after 20 rounds it differs from that after 39")
	}
}

// Without timestamps their clock does not show, in whatever state.
func TestCanonicalForgetsTheClockWithoutTimestamps(t *testing.T) {
	for _, listen := range []bool{false, true} {
		p := newPeer(t, Config{Timestamps: Off})
		if listen {
			p.do("Listen", p.c.Listen(p.now, p.iss))
		}
		one, two := p.c.Canonical(p.now.Add(time.Second)), p.c.Canonical(p.now.Add(3*time.Second))
		if one != two {
			p.fail("a second makes a difference")
		}
	}
}

// A connection whose timestamps are shifted does with shifted segments what it did
// with the others, in every state that keeps any.
func TestShiftTimestamps(t *testing.T) {
	const own, other = 1000, 77
	shifted := func(seg Segment, tsval, tsecr uint32) Segment {
		o := &seg.Options
		if o.TSVal != 0 {
			o.TSVal += tsval
		}
		if o.TSEcr != 0 {
			o.TSEcr += tsecr
		}
		return seg
	}
	for _, rule := range []TimeWaitSYN{SYNStrict, SYNRFC6191} {
		p := newPeer(t, Config{TimeWaitSYN: rule, DelayedACK: -1, SynReceived: SynReceivedLinux})
		p.c.SetReopen(true)
		p.do("SetTimestampOffset", p.c.SetTimestampOffset(1<<30))
		like := *p.c
		like.SetTrace(nil)
		if err := like.SetTimestampOffset(1<<30 + own); err != nil {
			t.Fatal(err)
		}
		same := func(sentence string) {
			t.Helper()
			c := p.c.Canonical(p.now)
			c.ShiftTimestamps(own, other)
			if c != like.Canonical(p.now) {
				p.fail("%s: the shifted connection is another one", sentence)
			}
		}
		drain := func(sentence string) {
			t.Helper()
			var a, b Segment
			for p.c.Next(&a) {
				if !like.Next(&b) || shifted(a, own, other) != b {
					p.fail("%s: %v, shifted %v", sentence, &a, &b)
				}
			}
			if like.Next(&b) {
				p.fail("%s: the shifted connection sends %v", sentence, &b)
			}
			same(sentence)
		}
		step := func(sentence string, after time.Duration, seg Segment) {
			t.Helper()
			p.now = p.now.Add(after)
			p.arrive(seg)
			moved := shifted(seg, other, own)
			like.Arrive(p.now, &moved)
			drain(sentence)
		}
		segment := func(flags Flags, seq, ack Seq, tsval, tsecr uint32) Segment {
			return Segment{SrcPort: 80, DstPort: 4000, Flags: flags, Seq: seq, Ack: ack, Window: 1000,
				Options: Options{Present: OptTimestamps, TSVal: tsval, TSEcr: tsecr}}
		}
		p.do("Listen", p.c.Listen(p.now, 100))
		_ = like.Listen(p.now, 100)
		same("LISTEN")
		base := uint32(1<<30 + uint64(p.now)/uint64(tsTick))
		step("LISTEN", 0, segment(SYN, 500, 0, 1<<20, 0))
		step("an echo of nothing in SYN-RECEIVED", time.Millisecond, segment(ACK, 501, 101, 1<<20+1, base-1))
		step("SYN-RECEIVED", time.Second, segment(ACK, 501, 101, 1<<20+2, base))
		step("an old one", time.Second, segment(ACK|FIN, 501, 101, 1<<20-5, base))
		p.do("Close", p.c.Close(p.now))
		_ = like.Close(p.now)
		drain("Close")
		step("FIN-WAIT-1", 0, segment(ACK|FIN, 501, 102, 1<<20+5, base+2002))
		step("a RST's stamps in TIME-WAIT", 0, segment(ACK, 400, 102, 1<<20+5, base+2002))
		step("TIME-WAIT", time.Second, segment(SYN, 90000, 0, 1<<20+9, 0))
		step("reopened", time.Second, segment(RST|ACK, 90001, 0, 1<<20+9, 0))
		if rule == SYNRFC6191 {
			p.wantState("back", StateTimeWait)
		}
	}
}

// What RACK knows of segments that have arrived does not count for those sent later.
func TestCanonicalForgetsWhatRACKCannotUse(t *testing.T) {
	p := established(t, Config{LossDetection: LossRACK})
	p.send(1)
	p.take()
	p.after(rtt)
	p.in(". 1:1(0) ack 2")
	d := *p.c
	d.SetTrace(nil)
	if d.rec.rackRTT == 0 {
		p.fail("RACK has measured nothing")
	}
	d.rec.rackTime, d.rec.rackEnd, d.rec.rackRTT = 0, 0, 0
	p.send(1)
	p.take()
	_ = d.Send(p.now, 1)
	var seg Segment
	for d.Next(&seg) {
	}
	if p.c.Canonical(p.now) != d.Canonical(p.now) {
		p.fail("an arrival before the segment in flight makes a difference")
	}
}
