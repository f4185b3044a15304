package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// PAWS: RFC 7323 §5. "old" is a timestamp before the last one.
func TestPAWS(t *testing.T) {
	for _, s := range fromEstablished {
		for _, tt := range []struct {
			name, in string
			v        Verdict
			acked    bool
		}{
			{"text", "P. %[1]d:%[2]d(10) ack %[3]d <TS val %[4]d ecr 0>", DroppedPAWS, true},
			{"FIN", "F. %[1]d:%[1]d(0) ack %[3]d <TS val %[4]d ecr 0>", DroppedPAWS, true},
			{"SYN", "S %[1]d:%[1]d(0) <TS val %[4]d ecr 0>", DroppedPAWS, true},
			{"ACK", ". %[1]d:%[1]d(0) ack %[3]d <TS val %[4]d ecr 0>", DroppedPAWS, true},
			{"none: RFC 7323 §3.2", "P. %[1]d:%[2]d(10) ack %[3]d nots", DroppedNoTimestamp, false},
		} {
			t.Run(fmt.Sprintf("%v, %s", s, tt.name), func(t *testing.T) {
				p := connAt(t, Config{}, s, (*peer).closeWrite)
				_, rcv := p.numbers()
				before := p.c.Status()
				recent := p.c.ts.recent
				text, _, _ := strings.Cut(fmt.Sprintf(tt.in, rcv, rcv+10, p.c.snd.una.Sub(p.iss), recent-1), "%!")
				p.in(text)
				p.wantVerdict(tt.name, tt.v)
				if tt.acked {
					p.wantACK("acknowledged, and dropped")
				}
				p.wantState("dropped", s)
				if got := p.c.Status(); got.RcvNxt != before.RcvNxt || p.c.ts.recent != recent {
					p.fail("something of it was used")
				}
			})
		}
	}
}

// TS.Recent follows segments that start at or below the last acknowledgment sent:
// RFC 7323 §4.3.
func TestTSRecent(t *testing.T) {
	p := established(t, Config{})
	base := p.c.ts.recent
	want := func(sentence string, n uint32) {
		t.Helper()
		if p.c.ts.recent != base+n {
			p.fail("%s: TS.Recent is %d beyond the first, want %d", sentence, p.c.ts.recent-base, n)
		}
	}
	in := func(text string, n uint32) {
		t.Helper()
		p.in(fmt.Sprintf("%s <TS val %d ecr %d>", text, base+n, p.ecr))
	}
	in("P. 1:11(10) ack 1", 10)
	want("in order", 10)
	in("P. 11:21(10) ack 1", 20)
	want("the earliest that is not acknowledged", 10)
	p.advanceToDeadline(TimerDelayedACK, 40*time.Millisecond)
	p.want("echoes the earliest", ". 1:1(0) ack 21")
	if p.last.Options.TSEcr != base+10 {
		p.fail("it echoes %d, want 10", p.last.Options.TSEcr-base)
	}
	in("P. 31:41(10) ack 1", 30)
	p.want("beyond a gap", ". 1:1(0) ack 21")
	want("not of what is beyond a gap", 10)
	in("P. 21:31(10) ack 1", 25)
	want("of what fills it", 25)
	p.want("all", ". 1:1(0) ack 41")
	in(". 41:41(0) ack 1", 25)
	want("an equal one counts", 25)
	in("R 1000:1000(0)", 99)
	want("never of a RST", 25)
	p.wantACK("a challenge")
}

// M8: TS.Recent means nothing after 24 days.
func TestTSRecentGrowsOld(t *testing.T) {
	for _, tt := range []struct {
		name string
		idle time.Duration
		s    State
	}{{"24 days", 24 * 24 * time.Hour, StateFinWait2}, {"and a moment more", 24*24*time.Hour + time.Millisecond, StateTimeWait}} {
		p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
		old := p.c.ts.recent - 1
		p.passes("idle", tt.idle)
		p.in(fmt.Sprintf("F. 1:1(0) ack 2 <TS val %d ecr 0>", old))
		p.wantACK("acknowledged either way")
		p.wantState(tt.name, tt.s)
	}
}

// A peer whose timestamp stands still is heard all the same: an equal timestamp
// is kept too (SEG.TSval >= TS.Recent), and TS.Recent is as old as that segment.
func TestTSRecentRefreshedByAnEqualOne(t *testing.T) {
	p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
	recent := p.c.ts.recent
	p.passes("idle", 20*24*time.Hour)
	p.in(fmt.Sprintf(". 1:1(0) ack 2 <TS val %d ecr 0>", recent))
	p.passes("idle again", 20*24*time.Hour)
	p.in(fmt.Sprintf("F. 1:1(0) ack 2 <TS val %d ecr 0>", recent-1))
	p.wantVerdict("TS.Recent is 20 days old, not 40", DroppedPAWS)
	p.wantACK("RFC 7323 §5.3, R1")
}

func TestMissingTimestampAccepted(t *testing.T) {
	p := established(t, Linux())
	p.in("P. 1:11(10) ack 1 nots")
	p.wantVerdict("Linux takes it", Accepted)
	p.want("Linux takes it", ". 1:1(0) ack 11")
}

// One tick of tolerance, and more for a pure duplicate of the last acknowledgment.
func TestPAWSTolerance(t *testing.T) {
	p := established(t, Linux())
	p.in(fmt.Sprintf("P. 1:11(10) ack 1 <TS val %d ecr 0>", p.c.ts.recent-1))
	p.wantVerdict("one tick", Accepted)
	p.want("one tick", ". 1:1(0) ack 11")
	p.in(fmt.Sprintf("P. 11:21(10) ack 1 <TS val %d ecr 0>", p.c.ts.recent-2))
	p.wantVerdict("two", DroppedPAWS)
	p.want("two", ". 1:1(0) ack 11")
	p.in(". 11:11(0) ack 1")
	p.in(fmt.Sprintf(". 11:11(0) ack 1 <TS val %d ecr 0>", p.c.ts.recent-200))
	p.wantVerdict("an acknowledgment that was overtaken", Accepted)
	p.in(fmt.Sprintf(". 11:11(0) ack 1 <TS val %d ecr 0>", p.c.ts.recent-2000))
	p.wantVerdict("but not by so much", DroppedPAWS)
	p.want("acknowledged", ". 1:1(0) ack 11")
}

// The offset hides the host's uptime, and every segment but a RST has timestamps.
func TestTimestampOffset(t *testing.T) {
	p := newPeer(t, Config{})
	p.do("SetTimestampOffset", p.c.SetTimestampOffset(1000))
	p.do("Open", p.c.Open(p.now, p.iss))
	p.want("in the SYN", "S 0:0(0) <mss 1460,sackOK,TS val 3601000 ecr 0,wscale 0>")
	p.after(rtt)
	p.in("S. 0:0(0) ack 1" + p.synOptions())
	p.want("and later", fmt.Sprintf(". 1:1(0) ack 1 <TS val 3601100 ecr %d>", p.c.ts.recent))
}
