package tcp

import (
	"strings"
	"testing"
)

// The matrix where the receive window is closed (RCV.WND = 0): the buffer is full of
// octets that the program has not read. SEG.SEQ has fewer places then: far, dup and
// below as ever, left is RCV.NXT, next the number after it, where an acknowledgment
// stands that is sent behind a window probe, and beyond is 100 above.

func testClosedWindowMatrix(t *testing.T, cfg Config, table string) {
	cfg = plain(cfg)
	cfg.WindowScale, cfg.ReceiveBuffer = Off, 1000
	var states []*matrixState
	for _, s := range matrixStates(t, cfg) {
		if strings.Contains("ES F1s F2s", s.name) {
			s.fill(t)
			states = append(states, s)
		}
	}
	runMatrix(t, table, states, (*matrixState).each, 600)
}

// fill lets text arrive until the window is closed.
func (s *matrixState) fill(t *testing.T) {
	for n := 0; s.c.rcv.adv != s.c.rcv.nxt; n++ {
		room := min(s.c.rcv.adv.Sub(s.c.rcv.nxt), 1000)
		seg := Segment{SrcPort: 80, DstPort: 4000, Seq: s.rcv, Ack: s.una, Flags: ACK | PSH, Window: 65535, Len: room}
		if v := s.c.Arrive(s.now, &seg); v != Accepted || n > 200 {
			t.Fatalf("%s: %v, window %d to %d", s.name, v, s.c.rcv.nxt, s.c.rcv.adv)
		}
		for s.c.Next(&seg) {
		}
		if d := s.c.Status().Timers[TimerDelayedACK]; d != Never {
			s.now = d
			s.c.Advance(d)
			for s.c.Next(&seg) {
			}
		}
		s.rcv = s.c.rcv.nxt
	}
	s.edge = s.rcv
}

func TestClosedWindowMatrixDefault(t *testing.T) {
	testClosedWindowMatrix(t, Config{}, closedWindowDefault)
}

const closedWindowDefault = `
| state    | segment            | SEG.SEQ           | SEG.ACK       | answer | next state   | effects       | outcome    | clause |
|----------|--------------------|-------------------|---------------|--------|--------------|---------------|------------|--------|
| ES F1s F2s | bare             | *                 | *             | –      | =            | –             | dropped    | P-13 |
| ES F1s F2s | reset            | left              | *             | –      | CLOSED reset | –             | ended      | 2.2: also when RCV.WND = 0; MUST-66 |
| ES F1s F2s | reset            | *                 | *             | –      | =            | –             | dropped    | 2.2 outside the window |
| ES F1s F2s | syn              | *                 | *             | ACK    | =            | –             | challenged | 2.3, whatever the sequence number |
| ES F1s F2s | ACK FIN-ACK data data-FIN | far beyond | *            | ACK    | =            | –             | acked      | 2.1, step 1 |
| ES F1s F2s | data data-FIN    | dup               | *             | ACK    | =            | –             | acked      | 2.1, step 1 |
| ES F1s F2s | ACK              | below             | *             | ACK    | =            | –             | acked      | 2.1: empty, and not at RCV.NXT |
| ES F1s F2s | ACK FIN-ACK      | left              | ancient above | ACK    | =            | –             | challenged | 5.1 |
| F1s      | ACK                | left              | NXT           | –      | FIN-WAIT-2   | ack           | accepted   | 2.1, 2.4 F1 |
| ES F1s F2s | ACK              | left              | *             | –      | =            | ack           | accepted   | 2.1, 5.3 |
| ES F1s F2s | ACK FIN-ACK data data-FIN | next     | ancient above | ACK    | =            | –             | acked      | 2.1, 5.1: its ACK field is no use |
| F1s      | ACK                | next              | NXT           | –      | FIN-WAIT-2   | ack           | accepted   | MUST-66 of what is sent behind a window probe |
| ES F1s F2s | ACK              | next              | *             | –      | =            | ack           | accepted   | MUST-66 of what is sent behind a window probe |
| ES       | FIN-ACK            | left              | *             | –      | CLOSE-WAIT   | ack FIN delay | accepted   | P-11: it needs no room; S11 |
| F1s      | FIN-ACK            | left              | NXT           | ACK    | TIME-WAIT    | ack FIN       | accepted   | P-11, 2.6 F1 |
| F1s      | FIN-ACK            | left              | *             | ACK    | CLOSING      | ack FIN       | accepted   | P-11, 2.6 F1 |
| F2s      | FIN-ACK            | left              | *             | ACK    | TIME-WAIT    | ack FIN       | accepted   | P-11, 2.6 F2 |
| ES F1s F2s | FIN-ACK data data-FIN | *            | ancient above | ACK    | =            | –             | acked      | 2.1, 5.1: its ACK field is no use |
| F1s      | FIN-ACK data data-FIN | *              | NXT           | ACK    | FIN-WAIT-2   | ack           | acked      | P-1, MUST-66: text and FIN dropped, the ACK field used |
| ES F1s F2s | FIN-ACK data data-FIN | *            | *             | ACK    | =            | ack           | acked      | P-1, MUST-66: text and FIN dropped, the ACK field used |
`

func TestClosedWindowMatrixRFC9293(t *testing.T) {
	table := strings.Replace(closedWindowDefault,
		"| –      | CLOSE-WAIT   | ack FIN delay | accepted   | P-11: it needs no room; S11 |",
		"| ACK    | CLOSE-WAIT   | ack FIN       | accepted   | P-11: it needs no room; 2.6: at once |", 1)
	testClosedWindowMatrix(t, RFC9293(), table)
}

func TestClosedWindowMatrixLinux(t *testing.T) {
	testClosedWindowMatrix(t, Linux(), closedWindowLinux)
}

const closedWindowLinux = `
| state    | segment            | SEG.SEQ           | SEG.ACK       | answer | next state   | effects       | outcome    | clause |
|----------|--------------------|-------------------|---------------|--------|--------------|---------------|------------|--------|
| ES F1s F2s | bare             | *                 | *             | –      | =            | –             | dropped    | F3.1 (2) |
| ES F1s F2s | RST RST-ACK      | left              | *             | –      | CLOSED reset | –             | ended      | M rst_exact |
| ES F1s F2s | all              | below             | *             | ACK    | =            | –             | challenged | F3.2: its FIN may lie beyond RN+WND |
| ES F1s F2s | reset            | *                 | *             | –      | =            | –             | dropped    | F3.2 unacceptable; all occupies two numbers |
| ES F1s F2s | syn              | *                 | *             | ACK    | =            | –             | challenged | F3.2 |
| ES F1s F2s | ACK              | far below next beyond | *         | ACK    | =            | –             | acked      | F3.2 end before RN, or beyond RN+WND |
| ES F1s F2s | FIN-ACK          | far next beyond   | *             | ACK    | =            | –             | acked      | F3.2 |
| ES F1s F2s | data data-FIN    | far below left next beyond | *    | ACK    | =            | –             | acked      | F3.2: its end lies beyond RN+WND, and the receive queue is not empty |
| ES F1s F2s | ACK FIN-ACK data data-FIN | *        | ancient above | ACK    | =            | –             | challenged | M ack_ancient, ack_future |
| F1s      | ACK                | left              | NXT           | –      | FIN-WAIT-2   | ack           | accepted   | M ack_all |
| ES F1s F2s | ACK              | left              | *             | –      | =            | ack           | accepted   | M ack_una, ack_old |
| ES       | FIN-ACK            | left              | *             | –      | CLOSE-WAIT   | ack FIN delay | accepted   | F3.6: a bare FIN needs no window |
| F1s      | FIN-ACK            | left              | NXT           | ACK    | TIME-WAIT    | ack FIN       | accepted   | F3.6, M fin_ackall |
| F1s      | FIN-ACK            | left              | *             | ACK    | CLOSING      | ack FIN       | accepted   | F3.6, M fin_exact |
| F2s      | FIN-ACK            | left              | *             | ACK    | TIME-WAIT    | ack FIN       | accepted   | F3.6, M fin_exact |
| F1s      | FIN-ACK data data-FIN | below dup      | NXT           | ACK    | FIN-WAIT-2   | ack           | accepted   | F3.6: old |
| ES F1s F2s | FIN-ACK data data-FIN | below dup    | *             | ACK    | =            | ack           | accepted   | F3.6: old |
`
