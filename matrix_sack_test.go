package tcp

import (
	"strings"
	"testing"
)

// The matrix where SACK was agreed on (RFC 2018, RFC 6675): 100 octets are in flight and
// two segments of 10 behind them, followed in F1 and LA by the FIN. Segments at RCV.NXT
// with SEG.ACK = SND.UNA and one block, which stands in the column of SEG.SEQ: none is no
// block; first and second are the two segments; part is half of the first; below lies below
// SEG.ACK (a D-SACK, RFC 2883); edge begins at SEG.ACK; beyond ends above SND.NXT; empty
// and reversed are no ranges. Linux has no table: with RACK it is a question of time what
// a block leads to (rack_test.go).

func testSACKMatrix(t *testing.T, cfg Config, table string) {
	cfg.Timestamps, cfg.SACK, cfg.WindowScale, cfg.NoDelay = Off, On, Off, true
	var states []*matrixState
	for _, s := range matrixStates(t, cfg) {
		if s.name != "ES" && s.name != "CW" {
			continue
		}
		s.burst(t, 10, 10)
		states = append(states, s)
		closed := *s
		closed.name = map[string]string{"ES": "F1s", "CW": "LAs"}[s.name]
		if err := closed.c.CloseWrite(closed.now); err != nil {
			t.Fatal(err)
		}
		closed.burst(t)
		states = append(states, &closed)
	}
	runMatrix(t, table, states, (*matrixState).eachBlock, 100)
}

// burst sends segments of so many octets, and what is owed.
func (s *matrixState) burst(t *testing.T, octets ...int) {
	drain := func() {
		for seg := (Segment{}); s.c.Next(&seg); {
		}
	}
	for _, n := range octets {
		if err := s.c.Send(s.now, n); err != nil {
			t.Fatal(err)
		}
		drain()
	}
	drain()
	s.nxt = s.c.snd.nxt
}

func (s *matrixState) eachBlock(f func(key [4]string, seg Segment)) {
	first, second, end := s.una.Add(100), s.una.Add(110), s.una.Add(120)
	blocks := []struct {
		name        string
		left, right Seq
	}{
		{"none", 0, 0}, {"first", first, second}, {"second", second, end}, {"part", first.Add(5), second}, {"below", s.una.Add(-50), s.una.Add(-20)},
		{"edge", s.una, first}, {"beyond", first, s.nxt.Add(5)}, {"empty", first, first}, {"reversed", second, first},
	}
	for _, kind := range matrixSegments {
		if !strings.Contains("ACK data FIN-ACK RST-ACK SYN-ACK", kind.name) || !kind.flags.Has(ACK) {
			continue
		}
		for _, b := range blocks {
			seg := Segment{SrcPort: 80, DstPort: 4000, Seq: s.rcv, Ack: s.una, Flags: kind.flags, Len: kind.text, Window: 65535}
			if b.name != "none" {
				seg.Options.NumSACK, seg.Options.SACK[0] = 1, SACKBlock{b.left, b.right}
			}
			f([4]string{s.name, kind.name, b.name, "UNA"}, seg)
		}
	}
}

func TestSACKMatrixDefault(t *testing.T) { testSACKMatrix(t, Config{}, sackDefault) }

const sackDefault = `
| state       | segment | block        | SEG.ACK | answer | next state   | effects             | outcome    | clause |
|-------------|---------|--------------|---------|--------|--------------|---------------------|------------|--------|
| ES F1s CW LAs | RST-ACK | *          | UNA     | –      | CLOSED reset | –                   | ended      | 2.2 |
| ES F1s CW LAs | SYN-ACK | *          | UNA     | ACK    | =            | –                   | challenged | 2.3: it goes no further |
| ES F1s CW LAs | ACK   | first second | UNA     | –      | =            | held dup            | accepted   | 18: news, so a duplicate ACK (RFC 6675 §2) |
| ES F1s CW LAs | ACK   | *            | UNA     | –      | =            | –                   | accepted   | 18: no news, so none |
| ES F1s      | data    | first second | UNA     | –      | =            | text delay held dup | accepted   | 18: news, whatever else it carries |
| ES F1s      | data    | *            | UNA     | –      | =            | text delay          | accepted   | step 7 |
| CW LAs      | data FIN-ACK | first second | UNA | –     | =            | held dup            | dropped    | 18; 2.5: the text is ignored |
| CW LAs      | data FIN-ACK | *       | UNA     | –      | =            | –                   | dropped    | 2.5 |
| ES          | FIN-ACK | first second | UNA     | –      | CLOSE-WAIT   | FIN delay held dup  | accepted   | 18, 2.6 ES; S11 |
| ES          | FIN-ACK | *            | UNA     | –      | CLOSE-WAIT   | FIN delay           | accepted   | 2.6 ES; S11 |
| F1s         | FIN-ACK | first second | UNA     | ACK    | CLOSING      | FIN held dup        | accepted   | 18, 2.6 F1 |
| F1s         | FIN-ACK | *            | UNA     | ACK    | CLOSING      | FIN                 | accepted   | 2.6 F1 |
`

func TestSACKMatrixRFC9293(t *testing.T) {
	table := strings.NewReplacer(
		"| –      | CLOSE-WAIT   | FIN delay held dup  | accepted   | 18, 2.6 ES; S11 |",
		"| ACK    | CLOSE-WAIT   | FIN held dup        | accepted   | 18, 2.6 ES: at once |",
		"| –      | CLOSE-WAIT   | FIN delay           | accepted   | 2.6 ES; S11 |",
		"| ACK    | CLOSE-WAIT   | FIN                 | accepted   | 2.6 ES: at once |",
	).Replace(sackDefault)
	testSACKMatrix(t, RFC9293(), table)
}
