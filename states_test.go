package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// S21: every edge of RFC 9293 Figure 5, and every other edge of the table, is taken
// by legal traffic; and no story takes one that the table does not have.
func TestS21_EveryEdge(t *testing.T) {
	taken := map[[2]State][]string{}
	note := func(name string, p *peer) {
		p.c.SetTrace(&Trace{Transition: func(_ Time, from, to State, _ Cause) {
			taken[[2]State{from, to}] = append(taken[[2]State{from, to}], name)
		}})
	}
	drain := func(p *peer) {
		var seg Segment
		for p.c.Next(&seg) {
			if seg.Options.Has(OptTimestamps) {
				p.ecr = seg.Options.TSVal
			}
		}
	}
	play := func(name string, cfg Config, story string) {
		p := newPeer(t, cfg)
		note(name, p)
		for _, line := range strings.Split(story, ";") {
			switch line = strings.TrimSpace(line); line {
			case "open":
				p.do(line, p.c.Open(p.now, p.iss))
			case "listen":
				p.do(line, p.c.Listen(p.now, p.iss))
			case "close":
				p.close()
			case "shut":
				p.closeWrite()
			case "abort":
				p.abort()
			case "reopen":
				p.c.SetReopen(true)
			case "expire":
				p.now = p.c.Deadline()
				p.c.Advance(p.now)
			case "give up":
				for s := p.c.State(); p.c.State() == s; {
					p.now = p.c.Deadline()
					p.c.Advance(p.now)
					drain(p)
				}
			case "SYN":
				p.behind("S 0:0(0)" + p.synOptions())
			case "SYN,ACK":
				p.behind("S. 0:0(0) ack 1" + p.synOptions())
			default:
				p.behind(line)
			}
			drain(p)
		}
	}
	const (
		est = "open; SYN,ACK; "
		fw1 = est + "shut; "
		fw2 = fw1 + ". 1:1(0) ack 2; "
		cg  = fw1 + "F. 1:1(0) ack 1; "
		tw  = fw2 + "F. 1:1(0) ack 2; "
		cw  = est + "F. 1:1(0) ack 1; "
		la  = cw + "shut; "
	)
	play("passive life", Config{}, "listen; SYN; . 1:1(0) ack 1; F. 1:1(0) ack 1; close; . 2:2(0) ack 2")
	play("active life", Config{}, tw+"expire")
	play("simultaneous close", Config{}, cg+". 2:2(0) ack 2")
	play("simultaneous open", Config{}, "open; SYN; SYN,ACK")
	play("LISTEN becomes active", Config{}, "listen; open; SYN,ACK")
	play("close LISTEN", Config{}, "listen; close")
	play("close SYN-SENT", Config{}, "open; close")
	play("close SYN-RECEIVED", Config{CloseInSynReceived: CloseImmediate}, "listen; SYN; close")
	play("RST in SYN-RECEIVED", Config{}, "listen; SYN; R 1:1(0)")
	play("abort SYN-RECEIVED", Config{}, "listen; SYN; abort")
	play("three-segment close", Config{}, fw1+"F. 1:1(0) ack 2")
	for _, from := range []string{est, fw1, fw2, cg, cw, la} {
		play("abort", Config{}, from+"abort")
	}
	play("FIN-WAIT-2 expires", Config{}, est+"close; . 1:1(0) ack 2; expire")
	play("SYN-SENT gives up", Config{}, "open; give up")
	play("FIN-WAIT-1 gives up", Config{}, fw1+"give up")
	play("reopened", Config{}, est+"close; . 1:1(0) ack 2; F. 1:1(0) ack 2; reopen; S 5000:5000(0) <TS val 4294967295 ecr 0>")
	play("reopened by an old duplicate", RFC9293(),
		est+"close; . 1:1(0) ack 2; F. 1:1(0) ack 2; reopen; S 5000:5000(0) nots <mss 1460>; R 5001:5001(0)")
	for from := range numStates {
		for to := range numStates {
			names := taken[[2]State{from, to}]
			switch has := edges[from].has(to); {
			case has && names == nil:
				t.Errorf("%v → %v is in the table, but no story takes it", from, to)
			case !has && names != nil:
				t.Errorf("%v → %v is not in the table, but taken: %v", from, to, names)
			}
		}
	}
}

// Figure 5 of RFC 9293, letter by letter: it is all in the table, and what else is
// there is one of the edges that its comment names.
func TestEdgesAreFigure5(t *testing.T) {
	figure := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(`
		CLOSED → LISTEN
		CLOSED → SYN-SENT
		LISTEN → CLOSED
		LISTEN → SYN-SENT
		LISTEN → SYN-RECEIVED
		SYN-SENT → CLOSED
		SYN-SENT → SYN-RECEIVED
		SYN-SENT → ESTABLISHED
		SYN-RECEIVED → LISTEN
		SYN-RECEIVED → ESTABLISHED
		SYN-RECEIVED → FIN-WAIT-1
		ESTABLISHED → FIN-WAIT-1
		ESTABLISHED → CLOSE-WAIT
		FIN-WAIT-1 → FIN-WAIT-2
		FIN-WAIT-1 → CLOSING
		FIN-WAIT-2 → TIME-WAIT
		CLOSE-WAIT → LAST-ACK
		CLOSING → TIME-WAIT
		LAST-ACK → CLOSED
		TIME-WAIT → CLOSED`), "\n") {
		figure[strings.TrimSpace(line)] = true
	}
	more := map[string]bool{
		"SYN-RECEIVED → TIME-WAIT": true, // MAY-2
		"TIME-WAIT → SYN-RECEIVED": true, // RFC 6191
		"FIN-WAIT-1 → TIME-WAIT":   true, // note 2 of the figure, taken in two steps or in one
	}
	for from := range numStates {
		for to := range numStates {
			name := fmt.Sprintf("%v → %v", from, to)
			if has := edges[from].has(to); figure[name] && !has {
				t.Errorf("%s of Figure 5 is missing", name)
			} else if has && !figure[name] && !more[name] && to != StateClosed {
				t.Errorf("%s is neither in Figure 5 nor explained", name)
			}
		}
	}
}

func TestEnterRefusesOtherEdges(t *testing.T) {
	c, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "tcp: BUG: ") {
			t.Errorf("the panic says %q", got)
		}
		if c.State() != StateClosed {
			t.Errorf("the state changed to %v", c.State())
		}
	}()
	c.enter(StateTimeWait, CauseACK)
	t.Error("CLOSED → TIME-WAIT is possible")
}

func TestNamesOfStatesAndCauses(t *testing.T) {
	seen := map[string]bool{}
	for s := range numStates {
		seen[s.String()] = true
	}
	if len(seen) != int(numStates) || State(99).String() != "State(?)" {
		t.Errorf("the states are named %v, and one that does not exist %v", seen, State(99))
	}
	seen = map[string]bool{}
	for c := range numCauses {
		seen[c.String()] = true
	}
	if len(seen) != int(numCauses) || seen[""] || Cause(99).String() != "unknown cause" {
		t.Errorf("the causes are named %v, and one that does not exist %v", seen, Cause(99))
	}
}

// S24: one life with all that a real connection has, and its teardown.
func TestS24_ARealConnection(t *testing.T) {
	eachPreset(t, func(t *testing.T, cfg Config) {
		cfg.ReceiveBuffer, cfg.MaxReceiveBuffer = 1<<20, 1<<20
		e := openEnds(t, cfg)
		e.reads = [2]bool{true, true}
		for _, c := range e.c {
			if s := c.Status(); !s.Timestamps || !s.SACK || !s.WindowScale {
				t.Fatalf("timestamps %v, SACK %v, window scale %v", s.Timestamps, s.SACK, s.WindowScale)
			}
		}
		n := 0
		e.lose = func(from int, seg *Segment) bool { // one of fifty
			if n++; seg.Len > 0 {
				return n%50 == 7
			}
			return false
		}
		const total = 2_000_000
		e.do(e.c[endA].Send(e.now, total))
		e.do(e.c[endA].CloseWrite(e.now))
		e.passes(5 * time.Minute)
		e.wantStates("all is through", StateFinWait2, StateCloseWait)
		s := e.c[endA].Status()
		if got := e.c[endB].rcv.off; got != total {
			e.fail("B received %d octets, want %d", got, total)
		}
		if s.Counters.FastRecoveries == 0 || s.Counters.Retransmits == 0 {
			e.fail("nothing was recovered: %+v", s.Counters)
		}
		e.lose = nil
		e.do(e.c[endB].Close(e.now))
		e.passes(time.Second)
		e.wantStates("and closed", StateTimeWait, StateClosed)
	})
}
