package tcp

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Rules that were broken once, each by the smallest exchange that shows it: calls,
// opening, and receiving. design.md lists them all, with the tests elsewhere that
// hold the others.

// full returns a connection whose receive window of 100 octets is closed, and whose
// acknowledgment of that has left.
func full(t *testing.T, cfg Config) *peer {
	t.Helper()
	cfg.ReceiveBuffer, cfg.DelayedACK = 100, -1
	p := established(t, cfg)
	p.in("P. 1:101(100) ack 1")
	p.want("the window is closed", ". 1:1(0) ack 101 win 0")
	return p
}

// smallSegments returns a connection with segments of 100 octets, neither timestamps
// nor, unless cfg has it, SACK.
func smallSegments(t *testing.T, cfg Config) *peer {
	t.Helper()
	cfg.Timestamps = Off
	p := newPeer(t, cfg)
	p.open()
	p.after(rtt)
	p.in("S. 0:0(0) ack 1 <mss 100,sackOK>")
	p.want("the handshake", ". 1:1(0) ack 1")
	return p
}

// A call is judged by the state after the timers that are due.
func TestCallIsJudgedAfterTheTimersThatAreDue(t *testing.T) {
	p := connAt(t, Config{}, StateTimeWait, (*peer).closeWrite)
	p.now = p.c.Deadline()
	if err := p.c.CloseWrite(p.now); !errors.Is(err, ErrNotExist) {
		p.fail("CloseWrite when 2·MSL is over: %v, want ErrNotExist", err)
	}
	p.wantState("2·MSL is over", StateClosed)

	p = newPeer(t, Config{SYNRetries: 1})
	p.open()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN again", "S 0:0(0)")
	p.now = p.c.Deadline()
	if err := p.c.Send(p.now, 1); !errors.Is(err, ErrNotExist) {
		p.fail("Send when the SYN is given up: %v, want ErrNotExist", err)
	}

	p = newPeer(t, Config{SYNACKRetries: 1})
	p.listen()
	p.advanceToDeadline(TimerRetransmit, time.Second)
	p.want("the SYN,ACK again", "S. 0:0(0) ack 1")
	p.now = p.c.Deadline()
	p.do("Open when the request is given up", p.c.Open(p.now, p.iss))
	p.want("LISTEN becomes active", "S 0:0(0)")
}

// Taken is of the last segment, also if that was refused before anything was looked at.
func TestTakenIsEmptyAfterASegmentThatCannotExist(t *testing.T) {
	for _, refused := range []struct {
		name string
		call func(p *peer) Verdict
		v    Verdict
	}{
		{"absurd length", func(p *peer) Verdict { return p.c.Arrive(p.now, &Segment{Len: -1}) }, DroppedInvalid},
		{"nil", func(p *peer) Verdict { return p.c.Arrive(p.now, nil) }, DroppedInvalid},
		{"Never", func(p *peer) Verdict { return p.c.Arrive(Never, &Segment{}) }, DroppedTime},
	} {
		p := established(t, Config{})
		p.in("P. 1:11(10) ack 1")
		if _, _, n, ok := p.c.Taken(0); n != 10 || !ok {
			p.fail("%d octets were taken", n)
		}
		if v := refused.call(p); v != refused.v {
			p.fail("%s: the verdict is %q", refused.name, v)
		}
		if _, _, n, ok := p.c.Taken(0); ok {
			p.fail("%s: still %d octets are taken", refused.name, n)
		}
	}
}

// P-8: CLOSE was called in SYN-RECEIVED; a request that is given up then is the end:
// nobody is left who could close a LISTEN.
func TestClosedRequestDoesNotListenAgain_P8(t *testing.T) {
	eachShut(t, func(t *testing.T, shut func(*peer)) {
		for _, in := range []string{"R 1:1(0)", "S 100:100(0)", ""} {
			p := newPeer(t, Config{SYNACKRetries: 1})
			p.listen()
			shut(p)
			if in != "" {
				p.in(in)
			} else {
				p.advanceToDeadline(TimerRetransmit, time.Second)
				p.want("the SYN,ACK again", "S. 0:0(0) ack 1")
				p.advanceToDeadline(TimerRetransmit, 2*time.Second)
			}
			p.wantClosed("given up after "+in, nil)
		}
	})
}

// Karn, RFC 6298 §3: the SYN,ACK of a simultaneous open repeats the SYN.
func TestSYNACKOfSimultaneousOpenGivesNoSample_Karn(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.open()
	p.after(rtt)
	p.in("S 0:0(0)" + p.synOptions())
	p.want("crossing", "S. 0:0(0) ack 1")
	p.in(". 1:1(0) ack 1")
	p.wantState("open", StateEstablished)
	p.wantStatus("it may acknowledge the SYN", "SRTT", time.Duration(0))
	p.wantStatus("it may acknowledge the SYN", "RTO", time.Second)
}

// The text of a SYN,ACK that crosses begins after its SYN, and so does its FIN.
func TestTextOfACrossingSYNACKBeginsAfterTheSYN(t *testing.T) {
	for _, tt := range []struct {
		in  string
		ack int
		s   State
	}{{"S. 0:2(2) ack 1", 3, StateEstablished}, {"FS. 0:2(2) ack 1", 4, StateCloseWait}} {
		p := newPeer(t, Config{DelayFINAck: Off})
		p.open()
		p.in("S 0:0(0)" + p.synOptions())
		p.want("crossing", "S. 0:0(0) ack 1")
		p.in(tt.in + p.synOptions())
		if off, at, n, ok := p.c.Taken(0); off != 0 || at != 0 || n != 2 || !ok {
			p.fail("%d octets from %d on are taken as octet %d", n, at, off)
		}
		p.want("all of it", fmt.Sprintf(". 1:1(0) ack %d", tt.ack))
		p.wantState("open", tt.s)
	}
}

// RFC 7323 §2.2: a SYN,ACK has a window scale only if the SYN had one, also where
// SYNs cross.
func TestCrossingSYNACKOffersNoWindowScaleOfItsOwn_RFC7323_2_2(t *testing.T) {
	p := newPeer(t, plain(Config{}))
	p.do("Open", p.c.Open(p.now, p.iss))
	p.want("offered", "S 0:0(0) <mss 1460,wscale 0>")
	p.in("S 0:0(0) <mss 1460>")
	p.want("not offered by the peer", "S. 0:0(0) ack 1 <mss 1460>")
}

// RFC 7323 §4.3: the SYN,ACK that completes a simultaneous open sets TS.Recent.
func TestCrossingSYNACKSetsTSRecent_RFC7323_4_3(t *testing.T) {
	p := newPeer(t, Config{})
	p.open()
	p.in("S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,wscale 0>")
	p.want("crossing", "S. 0:0(0) ack 1")
	p.in(fmt.Sprintf("S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 105 ecr %d,wscale 0>", p.ecr))
	p.want("open", ". 1:1(0) ack 1")
	if p.last.Options.TSEcr != 105 {
		p.fail("it echoes %d, want 105", p.last.Options.TSEcr)
	}
}

// With CloseImmediate the FIN leaves SYN-RECEIVED at once, whatever the congestion
// window counts; that window is there when data has to leave; and until the SYN is
// acknowledged it is what is oldest.
func TestFINFromSynReceivedLeavesBeforeESTABLISHED(t *testing.T) {
	p := newPeer(t, Linux())
	p.listen()
	p.send(5000)
	p.close()
	if s := p.c.Status(); s.CongestionWindow < s.MaxPayload {
		p.fail("the congestion window is %d: it is never less than a segment", s.CongestionWindow)
	}
	if list := p.take(); len(list) != 4 || list[3] != "FP. 4345:5001" {
		p.fail("it sends %v", list)
	}
	p.wantState("the extra edge", StateFinWait1)

	p = newPeer(t, Linux())
	p.listen()
	p.close()
	p.want("at once", "F. 1:1(0) ack 1")
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("a tail loss probe", "F. 1:1(0) ack 1")
	p.now = p.c.Deadline()
	p.c.Advance(p.now)
	p.want("the SYN is oldest", "S. 0:0(0) ack 1")
	p.take()
	p.in(". 1:1(0) ack 2")
	p.wantState("both are acknowledged", StateFinWait2)
}

// A SYN is repeated in two ticks after a bad acknowledgment number, not after a bad
// timestamp echo.
func TestSYNIsHurriedByABadACKOnly(t *testing.T) {
	p := newPeer(t, Linux())
	p.open()
	p.after(10 * time.Millisecond)
	before := p.c.Deadline()
	p.in(fmt.Sprintf("S. 0:0(0) ack 1 <mss 1460,TS val 5 ecr %d>", p.ecr+1000))
	p.want("impossible", "R 1:1(0)")
	if p.c.Deadline() != before {
		p.fail("the echo moved the SYN to %v", p.c.Deadline().Sub(p.now))
	}
	p.in(fmt.Sprintf("S. 0:0(0) ack 9 <mss 1460,TS val 5 ecr %d>", p.ecr))
	p.want("impossible", "R 9:9(0)")
	if d := p.c.Deadline().Sub(p.now); d > 12*time.Millisecond {
		p.fail("the SYN is repeated in %v, want two ticks", d)
	}
}

// Linux looks at the window of a request before it misses the ACK bit.
func TestRequestLooksAtTheWindowFirst(t *testing.T) {
	for _, text := range []string{"none -99:-99(0)", "F -99:-99(0)", "P -99:-89(10)"} {
		p := newPeer(t, Linux())
		p.listen()
		p.in(text)
		p.want(text, ". 1:1(0) ack 1")
		p.wantState(text, StateSynReceived)
	}
}

// In SYN-RECEIVED of a simultaneous open the SYN again draws the SYN,ACK; Linux has a
// whole connection there, and challenges it.
func TestCrossingSYNAgain(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{{Config{}, "S. 0:0(0) ack 1"}, {RFC9293(), "S. 0:0(0) ack 1"}, {Linux(), ". 1:1(0) ack 1"}} {
		p := newPeer(t, tt.cfg)
		p.open()
		p.in("S 0:0(0)" + p.synOptions())
		p.want("crossing", "S. 0:0(0) ack 1")
		p.in("S 0:0(0)" + p.synOptions())
		p.want("again", tt.want)
	}
}

// What is answered by ACK is not called dropped without an answer.
func TestAcknowledgedAfterFINIsNotCountedAsDropped(t *testing.T) {
	p := connAt(t, Config{}, StateCloseWait, nil)
	p.in("P. 1:3(2) ack 1")
	p.wantVerdict("it straddles RCV.NXT", AckedAfterFIN)
	if o := p.v.Outcome(); o != OutcomeAcked {
		p.fail("the outcome is %v", o)
	}
	p.want("again", ". 1:1(0) ack 2")
	if n := p.c.Status().Counters.SegmentsDropped; n != 0 {
		p.fail("%d segments are counted as dropped", n)
	}
}

// Octets that are held at or beyond a held FIN will be thrown away: Held does not
// count them.
func TestHeldEndsAtAHeldFIN(t *testing.T) {
	p := established(t, Config{})
	p.in(". 3:4(1) ack 1")
	p.want("beyond a gap", ". 1:1(0) ack 1")
	p.in("F. 2:2(0) ack 1")
	p.want("beyond a gap", ". 1:1(0) ack 1")
	if off, n, ok := p.c.Held(0); ok {
		p.fail("%d octets from %d on are said to be held", n, off)
	}
	p.in("P. 1:2(1) ack 1")
	p.take()
	if p.c.State() != StateCloseWait || p.c.Readable() != 1 {
		p.fail("the FIN was in order: %v, %d octets", p.c.State(), p.c.Readable())
	}
}

// P-2: FIN and payload outside the window are answered whatever their acknowledgment
// is, and whatever was answered before.
func TestFINOutsideTheWindowIsAnsweredWhateverItAcknowledges_P2(t *testing.T) {
	for _, text := range []string{"F. 0:0(0) ack 102", "P. 0:1(1) ack 102"} {
		p := connAt(t, Config{}, StateFinWait2, (*peer).closeWrite)
		for range 1000 {
			if p.in(". 0:0(0) ack 2"); p.v == DroppedThrottled {
				break
			}
			p.take()
		}
		p.wantVerdict("the limit is used up", DroppedThrottled)
		p.in(text)
		p.want("never throttled", ". 2:2(0) ack 1")
	}
}

// SHLD-19: the second full segment draws an acknowledgment, also where timestamps
// make it smaller than the MSS by 12 octets.
func TestSecondFullSegmentIsAcknowledgedWithSmallMSS_SHLD19(t *testing.T) {
	for _, mss := range []int{300, 536, 547} {
		p := established(t, Config{MSS: mss})
		n := mss - timestampsLen
		p.in(fmt.Sprintf(". 1:%d(%d) ack 1", 1+n, n))
		p.wantIdle("the first")
		p.in(fmt.Sprintf(". %d:%d(%d) ack 1", 1+n, 1+2*n, n))
		p.want("the second", fmt.Sprintf(". 1:1(0) ack %d", 1+2*n))
	}
}

// RFC 2883 §4: text in order that covers what was held is reported too.
func TestDSACKOfTextInOrder_RFC2883_4(t *testing.T) {
	p := established(t, Config{})
	p.in("P. 101:151(50) ack 1")
	p.want("beyond a gap", ". 1:1(0) ack 1 <sack 101:151>")
	p.in("P. 1:201(200) ack 1")
	p.want("fifty octets came twice", ". 1:1(0) ack 201 <sack 101:151>")
}

// RFC 9293 §3.10.7.4, MUST-66: a closed window accepts valid acknowledgments, also
// behind the octet of a probe that it refused; once.
func TestClosedWindowTakesTheACKBehindARefusedProbe_MUST66(t *testing.T) {
	p := full(t, Config{})
	p.closeWrite()
	p.want("our FIN", "F. 1:1(0) ack 101")
	p.in(". 102:102(0) ack 2")
	p.wantIdle("an acknowledgment is not answered")
	p.wantState("our FIN is acknowledged", StateFinWait2)

	p = full(t, plain(Config{}))
	p.send(100)
	p.want("data", "P. 1:101(100) ack 101")
	p.in(". 102:102(0) ack 1")
	if p.c.rec.dupAcks != 1 {
		p.fail("a duplicate acknowledgment counts %d times", p.c.rec.dupAcks)
	}
}

// MUST-66: a closed window takes the urgent pointer of the text it refuses.
func TestClosedWindowTakesTheUrgentPointer_MUST66(t *testing.T) {
	p := full(t, Config{})
	p.in("P.U 101:102(1) ack 1 urg 10")
	p.wantVerdict("no room", AckedOutsideWindow)
	p.want("no room", ". 1:1(0) ack 101 win 0")
	if off, ok := p.c.UrgentMark(); off != 110 || !ok {
		p.fail("the mark is at %d, want 110", off)
	}
}

// P-11 is about a bare FIN: a SYN with FIN has no place in a closed window, and sets
// nothing.
func TestClosedWindowTakesNoSYNWithFIN_P11(t *testing.T) {
	p := full(t, Config{})
	recent := p.c.ts.recent
	p.in(fmt.Sprintf("FS. 101:101(0) ack 1 <TS val %d ecr %d>", recent+5, p.ecr))
	p.wantVerdict("a SYN", ChallengedSYN)
	p.want("a SYN", ". 1:1(0) ack 101 win 0")
	p.wantState("a SYN", StateEstablished)
	if p.c.ts.recent != recent {
		p.fail("TS.Recent follows a SYN that is challenged")
	}
}

// A FIN on the right edge of an open window is beyond it.
func TestFINOnTheRightEdgeIsNotHeld(t *testing.T) {
	p := established(t, Linux())
	edge := p.c.Status().RcvEdge.Sub(p.irs)
	p.in(fmt.Sprintf("F. %[1]d:%[1]d(0) ack 1", edge))
	p.wantVerdict("no room", DroppedText)
	p.want("at once", ". 1:1(0) ack 1")
	if p.c.rcv.ooo.count() != 0 {
		p.fail("the FIN is held")
	}
}

// RFC 5961 §5: an acknowledgment half the sequence space away is out of range.
func TestACKHalfTheSequenceSpaceAwayIsOutOfRange_RFC5961_5(t *testing.T) {
	p := newPeer(t, Linux())
	p.accept()
	p.in(". 1:1(0) ack 2147483649")
	p.wantVerdict("neither old nor sent", ChallengedAck)
	p.take()
	p.wantStatus("unchanged", "SndUna", p.iss+1)
	if p.c.Acked() != 0 {
		p.fail("%d octets are acknowledged", p.c.Acked())
	}
}

// MUST-32: RCV.UP does not recede when the FIN is counted.
func TestUrgentMarkStandsWhenTheFINIsTaken_MUST32(t *testing.T) {
	p := established(t, Config{DelayedACK: -1, DelayFINAck: Off})
	p.in("P.U 1:6(5) ack 1 urg 5")
	p.want("text", ". 1:1(0) ack 6")
	p.in("F. 6:6(0) ack 1")
	p.want("FIN", ". 1:1(0) ack 7")
	if off, ok := p.c.UrgentMark(); off != 5 || !ok {
		p.fail("the mark is at %d, want 5", off)
	}
}

// RFC 7323 §3.2: the RST that answers a segment with timestamps has TSval 0 and its
// TSval as the echo. Linux's has none.
func TestRSTInAnswerEchoesTheTimestamp_RFC7323_3_2(t *testing.T) {
	want := Options{Present: OptTimestamps, TSEcr: 77}
	for _, cfg := range []Config{{}, Linux()} {
		p := newPeer(t, cfg)
		if p.c.cfg.ResetTimestamps == Off {
			want = Options{}
		}
		p.in("P. 1:11(10) ack 5 <TS val 77 ecr 3>")
		p.want("no connection", "R 5:5(0)")
		if p.last.Options != want {
			p.fail("its options are %v, want %v", &p.last.Options, &want)
		}
		seg := p.segment("P. 1:11(10) ack 5 <TS val 77 ecr 3>")
		if !Reject(p.c, &seg, &seg) || seg.Options != want {
			p.fail("Reject's options are %v, want %v", &seg.Options, &want)
		}
	}
}

// AckAdaptive: text that overlaps what was received is ordinary text, and its
// acknowledgment waits.
func TestOverlappingTextMayWait(t *testing.T) {
	p, n := unhurried(t)
	p.in(fmt.Sprintf("P. %d:%d(15) ack 1", n-5, n+10))
	p.wantIdle("ten octets are new")
	p.receive(p.c.Readable())
	p.want("reading all sends it", fmt.Sprintf(". 1:1(0) ack %d", n+10))
}

// unhurried returns a connection of Linux that no longer acknowledges at once, and
// the number of the peer's next octet.
func unhurried(t *testing.T) (*peer, int) {
	t.Helper()
	p := established(t, Linux())
	n := 1
	for range maxQuick {
		p.in(fmt.Sprintf("P. %d:%d(10) ack 1", n, n+10))
		n += 10
		p.want("the first at once", fmt.Sprintf(". 1:1(0) ack %d", n))
	}
	return p, n
}

// AckAdaptive: TCP_QUICKACK sends the acknowledgment that waits only if nothing waits
// to be read.
func TestQuickAckWithUnreadTextSendsNothing(t *testing.T) {
	p, n := unhurried(t)
	p.in(fmt.Sprintf("P. %d:%d(10) ack 1", n, n+10))
	p.do("SetQuickAck", p.c.SetQuickAck(p.now, true))
	p.wantIdle("there is something to read")
	if !p.c.running(TimerDelayedACK) {
		p.fail("the acknowledgment is forgotten")
	}
}

// TCP_QUICKACK off before connect(2), Linux: the acknowledgment of the SYN,ACK waits
// for data, which takes it along, for 200 ms at most.
func TestQuickAckOffBeforeOpenDelaysTheHandshakesACK(t *testing.T) {
	open := func() *peer {
		p := newPeer(t, Linux())
		p.do("SetQuickAck", p.c.SetQuickAck(p.now, false))
		p.open()
		p.after(10 * time.Millisecond)
		p.in("S. 0:0(0) ack 1 <mss 1000>")
		p.wantIdle("the acknowledgment waits")
		return p
	}
	p := open()
	p.send(10)
	p.want("data takes it along", "P. 1:11(10) ack 1")
	if p.c.running(TimerDelayedACK) {
		p.fail("the acknowledgment waits on")
	}
	p = open()
	p.advanceToDeadline(TimerDelayedACK, 202*time.Millisecond) // the end of a tick of 4 ms
	p.want("no data", ". 1:1(0) ack 1")
}

// The tests that design.md says hold the rules exist.
func TestDesignNamesTestsThatExist(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("internal/*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for _, file := range append(files, more...) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(source, -1) {
			exists[string(m[1])] = true
		}
	}
	design, err := os.ReadFile("design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(design), "## What the proofs found")
	names := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(section, -1)
	if !ok || len(names) == 0 {
		t.Fatal("design.md names no test")
	}
	for _, m := range names {
		if !exists[m[1]] {
			t.Errorf("design.md names %s, which does not exist", m[1])
		}
	}
}
