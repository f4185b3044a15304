package tcp

import (
	"strings"
	"testing"
)

// The matrix where timestamps were agreed on (RFC 7323): segments at RCV.NXT, with
// SEG.ACK = SND.UNA, before ESTABLISHED SND.NXT, times TSval and TSecr, which stand in
// the columns of SEG.SEQ and SEG.ACK. TSval: missing is no option; old is 10 below
// TS.Recent, equal, newer 10 above it. TSecr: zero; last is our clock; future is beyond
// it. Every segment that is sent has to echo TS.Recent, but a RST.

func testTimestampMatrix(t *testing.T, cfg Config, table string) {
	cfg.Timestamps, cfg.SACK, cfg.WindowScale = On, Off, Off
	var states []*matrixState
	for _, s := range matrixStates(t, cfg) {
		if strings.Contains("SS SRp SRa ES F1s F2s CW CGs LAs TWs", s.name) {
			states = append(states, s)
		}
	}
	runMatrix(t, table, states, (*matrixState).eachTimestamp, 300)
}

func (s *matrixState) eachTimestamp(f func(key [4]string, seg Segment)) {
	kinds := []struct {
		name  string
		flags Flags
		text  int
	}{{"ACK", ACK, 0}, {"data", PSH | ACK, 10}, {"FIN-ACK", FIN | ACK, 0}, {"RST", RST | ACK, 0}}
	seg := Segment{SrcPort: 80, DstPort: 4000, Seq: s.rcv, Ack: s.una, Window: 65535}
	recent := s.c.ts.recent
	if s.c.State() < StateEstablished {
		seg.Ack = s.nxt
	}
	if s.c.State() == StateSynSent {
		kinds[0].name, kinds[0].flags = "SYN-ACK", SYN|ACK
		seg.Seq, recent = s.rcv-1, 1000
	}
	stamps := []struct {
		name  string
		tsval uint32
	}{{"old", recent - 10}, {"equal", recent}, {"newer", recent + 10}}
	echoes := []struct {
		name  string
		tsecr uint32
	}{{"zero", 0}, {"last", s.c.tsval()}, {"future", s.c.tsval() + 1000}}
	for _, kind := range kinds {
		seg.Flags, seg.Len = kind.flags, kind.text
		seg.Options = Options{}
		f([4]string{s.name, kind.name, "missing", "none"}, seg)
		seg.Options.Present = OptTimestamps
		for _, stamp := range stamps {
			for _, echo := range echoes {
				seg.Options.TSVal, seg.Options.TSEcr = stamp.tsval, echo.tsecr
				f([4]string{s.name, kind.name, stamp.name, echo.name}, seg)
			}
		}
	}
}

func TestTimestampMatrixDefault(t *testing.T) { testTimestampMatrix(t, Config{}, timestampsDefault) }

const timestampsDefault = `
| state    | segment          | TSval           | TSecr | answer | next state  | effects            | outcome  | clause |
|----------|------------------|-----------------|-------|--------|-------------|--------------------|----------|--------|
| SS       | SYN-ACK          | missing         | *     | ACK    | ESTABLISHED | SYN ack            | accepted | 1.4: not agreed on |
| SS       | SYN-ACK          | *               | *     | ACK    | ESTABLISHED | SYN ack TS         | accepted | 1.4; TSecr measures at most (section 7, RTTM) |
| SS       | RST              | *               | *     | –      | CLOSED refused | –               | ended    | 1.3 step 2: no timestamps are looked at |
| SS       | data FIN-ACK     | *               | *     | –      | =           | –                  | dropped  | 1.3 step 5 |
| SRp      | RST              | *               | *     | –      | LISTEN      | –                  | ended    | 2.2; section 7: RST is never PAWS-checked |
| SRa      | RST              | *               | *     | –      | CLOSED refused | –               | ended    | 2.2; section 7: RST is never PAWS-checked |
| ES F1s F2s CW CGs LAs TWs | RST | *           | *     | –      | CLOSED reset | –                 | ended    | 2.2, S16; section 7: RST is never PAWS-checked |
| SRp SRa ES F1s F2s CW CGs LAs TWs | ACK data FIN-ACK | missing | * | – | =       | –                  | dropped  | step 0a |
| SRp SRa ES F1s F2s CW CGs LAs TWs | ACK data FIN-ACK | old     | * | ACK | =     | –                  | acked    | step 0b: ACK, and it changes nothing |
| TWs      | ACK              | equal newer     | *     | –      | =           | TS                 | dropped  | P-4: acceptable pure ACK; step 1b |
| TWs      | data FIN-ACK     | equal newer     | *     | ACK    | =           | –                  | acked    | 2.7: unacceptable in TIME-WAIT, so not step 1b |
| SRp SRa  | ACK              | equal newer     | *     | –      | ESTABLISHED | ack TS             | accepted | 1b, 5.2 |
| SRp SRa  | data             | equal newer     | *     | –      | ESTABLISHED | ack text delay TS  | accepted | 1b, 5.2, step 7 |
| SRp SRa  | FIN-ACK          | equal newer     | *     | –      | CLOSE-WAIT  | ack FIN delay TS   | accepted | 1b, 5.2, 2.6; S11 |
| ES F1s F2s CW CGs LAs | ACK | equal newer     | *     | –      | =           | TS                 | accepted | 1b, 5.4 |
| ES F1s F2s | data           | equal newer     | *     | –      | =           | text delay TS      | accepted | 1b, step 7 |
| ES       | FIN-ACK          | equal newer     | *     | –      | CLOSE-WAIT  | FIN delay TS       | accepted | 1b, 2.6 ES; S11 |
| F1s      | FIN-ACK          | equal newer     | *     | ACK    | CLOSING     | FIN TS             | accepted | 1b, 2.6 F1 |
| F2s      | FIN-ACK          | equal newer     | *     | ACK    | TIME-WAIT   | FIN TS             | accepted | 1b, 2.6 F2 |
| CW CGs LAs | data FIN-ACK   | equal newer     | *     | –      | =           | TS                 | dropped  | 1b: it is acceptable; 2.5: ignored |
`

func TestTimestampMatrixRFC9293(t *testing.T) {
	table := strings.NewReplacer(
		"| SRp SRa  | FIN-ACK          | equal newer     | *     | –      | CLOSE-WAIT  | ack FIN delay TS   | accepted | 1b, 5.2, 2.6; S11 |",
		"| SRp SRa  | FIN-ACK          | equal newer     | *     | ACK    | CLOSE-WAIT  | ack FIN TS         | accepted | 1b, 5.2, 2.6: at once |",
		"| ES       | FIN-ACK          | equal newer     | *     | –      | CLOSE-WAIT  | FIN delay TS       | accepted | 1b, 2.6 ES; S11 |",
		"| ES       | FIN-ACK          | equal newer     | *     | ACK    | CLOSE-WAIT  | FIN TS             | accepted | 1b, 2.6 ES: at once |",
	).Replace(timestampsDefault)
	testTimestampMatrix(t, RFC9293(), table)
}

func TestTimestampMatrixLinux(t *testing.T) { testTimestampMatrix(t, Linux(), timestampsLinux) }

const timestampsLinux = `
| state    | segment          | TSval           | TSecr | answer | next state  | effects            | outcome  | clause |
|----------|------------------|-----------------|-------|--------|-------------|--------------------|----------|--------|
| SS       | SYN-ACK data FIN-ACK | old equal newer | future | RST-a | =          | –                  | reset    | F11.3 tsecr beyond now |
| SS       | RST              | old equal newer | future | –     | =           | –                  | dropped  | F11.3 tsecr beyond now: no RST for a RST |
| SS       | SYN-ACK          | missing         | *     | ACK    | ESTABLISHED | SYN ack            | accepted | F11.3 |
| SS       | SYN-ACK          | *               | *     | ACK    | ESTABLISHED | SYN ack TS         | accepted | F11.3 |
| SS       | RST              | *               | *     | –      | CLOSED refused | –               | ended    | F11.3 |
| SS       | data FIN-ACK     | *               | *     | –      | =           | –                  | dropped  | F11.3 no SYN |
| ES F1s F2s CW CGs LAs | RST | *               | *     | –      | CLOSED reset | –                 | ended    | M rst_newts, rst_oldts, rst_nots |
| TWs      | RST              | old             | *     | –      | =           | –                  | dropped  | M rst_oldts; F4.3 row 4 |
| TWs      | RST              | *               | *     | –      | CLOSED reset | –                 | ended    | M rst_newts, rst_nots; F4.3 row 1 |
| TWs      | ACK              | missing         | *     | –      | =           | 2MSL               | accepted | M ack_nots; F4.3 row 2 |
| TWs      | ACK              | equal newer     | *     | –      | =           | 2MSL TS            | accepted | F4.3 row 2 |
| TWs      | *                | *               | *     | ACK    | =           | 2MSL               | acked    | M ack_oldts; F4.3 row 5 |
| ES F1s F2s CW CGs LAs | ACK | missing         | *     | –      | =           | –                  | accepted | M ack_nots |
| ES F1s F2s | ACK            | old             | *     | –      | =           | –                  | accepted | F3.2: a reordered duplicate is harmless |
| CW CGs LAs | ACK            | old             | *     | ACK    | =           | –                  | acked    | F3.2: behind the FIN SEQ is new, and the window with it |
| ES F1s F2s CW CGs LAs | data FIN-ACK | old    | *     | ACK    | =           | –                  | acked    | F3.2; not limited |
| ES F1s F2s CW CGs LAs | ACK | equal newer     | *     | –      | =           | TS                 | accepted | M ack_future_ecr: TSecr is not looked at |
| ES F1s F2s | data           | missing         | *     | –      | =           | text delay         | accepted | M data_nots |
| ES F1s F2s | data           | equal newer     | *     | –      | =           | text delay TS      | accepted | F3.2 |
| CW CGs LAs | data FIN-ACK   | missing         | *     | –      | =           | –                  | dropped  | F3.6: ignored after the FIN |
| CW CGs LAs | data FIN-ACK   | equal newer     | *     | –      | =           | TS                 | dropped  | F3.6: ignored after the FIN |
| ES       | FIN-ACK          | missing         | *     | –      | CLOSE-WAIT  | FIN delay          | accepted | M fin_nots: ack40 |
| ES       | FIN-ACK          | equal newer     | *     | –      | CLOSE-WAIT  | FIN delay TS       | accepted | ack40 |
| F1s      | FIN-ACK          | missing         | *     | ACK    | CLOSING     | FIN                | accepted | M fin_nots |
| F1s      | FIN-ACK          | equal newer     | *     | ACK    | CLOSING     | FIN TS             | accepted | F3.5 |
| F2s      | FIN-ACK          | missing         | *     | ACK    | TIME-WAIT   | FIN                | accepted | M fin_nots |
| F2s      | FIN-ACK          | equal newer     | *     | ACK    | TIME-WAIT   | FIN TS             | accepted | F3.5 |
| SRp      | RST              | old             | *     | –      | =           | –                  | dropped  | F11.2 row 3: a request looks at the timestamps of a RST |
| SRp      | RST              | equal newer     | future | –     | =           | –                  | dropped  | F11.2 row 3 |
| SRp      | RST              | *               | *     | –      | LISTEN      | –                  | ended    | M rst_newts, rst_nots; F11.2 row 4 |
| SRa      | RST              | *               | *     | –      | CLOSED refused | –               | ended    | F3.2: PAWS ignored for RST |
| SRp SRa  | ACK data FIN-ACK | old             | *     | ACK    | =           | –                  | acked    | F11.2 row 3; F3.2 |
| SRp      | ACK data FIN-ACK | equal newer     | future | ACK   | =           | –                  | acked    | M ack_future_ecr; F11.2 row 3 |
| SRp SRa  | ACK              | missing         | *     | –      | ESTABLISHED | ack                | accepted | M ack_nots; F11.2 row 8 |
| SRp SRa  | ACK              | equal newer     | *     | –      | ESTABLISHED | ack TS             | accepted | F11.2 row 8 |
| SRp SRa  | data             | missing         | *     | ACK    | ESTABLISHED | ack text           | accepted | F11.2 row 8; F6.2 quick at first |
| SRp SRa  | data             | equal newer     | *     | ACK    | ESTABLISHED | ack text TS        | accepted | F11.2 row 8; F6.2 quick at first |
| SRp SRa  | FIN-ACK          | missing         | *     | –      | CLOSE-WAIT  | ack FIN delay      | accepted | F11.2 row 8; F6.5 |
| SRp SRa  | FIN-ACK          | equal newer     | *     | –      | CLOSE-WAIT  | ack FIN delay TS   | accepted | F11.2 row 8; F6.5 |
`
