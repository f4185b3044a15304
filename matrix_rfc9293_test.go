package tcp

import "testing"

// TestMatrixRFC9293 holds RFC9293() against docs/segment-processing.md, §1, §2 and §6,
// with the choices P-n as recommended, but for P-3: RST in TIME-WAIT is the RFC's own.
func TestMatrixRFC9293(t *testing.T) { testMatrix(t, RFC9293(), matrixRFC9293) }

const matrixRFC9293 = `
| state    | segment                            | SEG.SEQ                          | SEG.ACK                       | answer  | next state      | effects       | outcome    | clause |
|----------|------------------------------------|----------------------------------|-------------------------------|---------|-----------------|---------------|------------|--------|
| CL       | reset                              | *                                | *                             | –       | =               | –             | dropped    | 1.1 RST set |
| CL       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | *                             | RST-a   | =               | –             | reset      | 1.1 ACK set |
| CL       | SYN SYN-FIN bare                   | *                                | *                             | RST-b   | =               | –             | reset      | 1.1 ACK clear |
| LI       | reset                              | *                                | *                             | –       | =               | –             | dropped    | 1.2 row 1 |
| LI       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | *                             | RST-a   | =               | –             | reset      | 1.2 row 2 |
| LI       | SYN SYN-FIN                        | *                                | *                             | SYN,ACK | SYN-RECEIVED    | SYN           | accepted   | 1.2 row 3; a FIN is left to its repetition |
| LI       | bare                               | *                                | *                             | –       | =               | –             | dropped    | 1.2 row 4 |
| SS       | RST-ACK all                        | *                                | below UNA above               | –       | =               | –             | dropped    | 1.3 step 1: ACK not acceptable, RST set |
| SS       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | below UNA above               | RST-a   | =               | –             | reset      | 1.3 step 1: ACK not acceptable |
| SS       | RST-ACK all                        | *                                | NXT                           | –       | CLOSED refused  | –             | ended      | 1.3 step 2: ACK acceptable |
| SS       | RST                                | *                                | *                             | –       | =               | –             | dropped    | 1.3 step 2: no ACK |
| SS       | SYN-ACK                            | *                                | NXT                           | ACK     | ESTABLISHED     | SYN ack       | accepted   | 1.3 step 4a |
| SS       | SYN SYN-FIN                        | *                                | *                             | SYN,ACK | SYN-RECEIVED    | SYN           | accepted   | 1.3 step 4b |
| SS       | ACK FIN-ACK data data-FIN bare     | *                                | *                             | –       | =               | –             | dropped    | 1.3 step 5 |
| SR sync TW | bare                             | *                                | *                             | –       | =               | –             | dropped    | P-13 |
| TW       | reset                              | left                             | *                             | –       | CLOSED reset    | –             | ended      | 2.2 TW, second step |
| TW       | reset                              | *                                | *                             | –       | =               | –             | dropped    | S16: any other RST, unchallenged |
| TWc      | SYN SYN-FIN                        | left middle right edge beyond    | *                             | SYN,ACK | SYN-RECEIVED    | SYN           | reopened   | 6: SEG.SEQ > lastSEQ, which is RCV.NXT−1 |
| TWs      | SYN SYN-FIN                        | left middle right edge beyond    | *                             | ACK     | =               | –             | acked      | 6 would, but nobody listens: 2.3 |
| TW       | SYN SYN-FIN                        | far below                        | *                             | –       | =               | –             | dropped    | 6: SEG.SEQ ≤ lastSEQ, drop silently |
| TW       | SYN-ACK                            | *                                | *                             | ACK     | =               | –             | acked      | P-16 |
| TW       | FIN-ACK                            | below                            | *                             | ACK     | =               | 2MSL          | acked      | P-4: the FIN's last octet is RCV.NXT−1 |
| TW       | data-FIN                           | dup                              | *                             | ACK     | =               | 2MSL          | acked      | P-4: the FIN's last octet is RCV.NXT−1 |
| TW       | ACK                                | left middle right                | *                             | –       | =               | –             | dropped    | P-4: acceptable pure ACK |
| TW       | ACK FIN-ACK data data-FIN          | *                                | *                             | ACK     | =               | –             | acked      | P-4: others; 2.7 data |
| SR       | SYN SYN-FIN                        | below                            | *                             | SYN,ACK | =               | –             | accepted   | P-5: the SYN again |
| SRa      | SYN-ACK                            | below                            | NXT                           | ACK     | ESTABLISHED     | ack           | accepted   | MUST-10, 2.3 simultaneous open |
| SR sync  | reset                              | far below edge beyond            | *                             | –       | =               | –             | dropped    | 2.2 outside the window |
| SR sync  | reset                              | middle right                     | *                             | ACK     | =               | –             | challenged | 2.2 inside the window, not RCV.NXT |
| SRp      | reset                              | left                             | *                             | –       | LISTEN          | –             | ended      | 2.2 SR passive |
| SRa      | reset                              | left                             | *                             | –       | CLOSED refused  | –             | ended      | 2.2 SR active |
| sync     | reset                              | left                             | *                             | –       | CLOSED reset    | –             | ended      | 2.2; P-6 |
| SRp      | SYN-ACK SYN SYN-FIN                | left middle right                | *                             | –       | LISTEN          | –             | ended      | 2.3 SR passive |
| SRp      | SYN-ACK SYN SYN-FIN                | *                                | *                             | ACK     | =               | –             | challenged | step 1; 2.3: only SYNs in the window |
| SRa sync | syn                                | *                                | *                             | ACK     | =               | –             | challenged | 2.3, whatever the sequence number |
| SR       | FIN-ACK                            | below                            | *                             | ACK     | =               | –             | acked      | step 1: RCV.NXT−1 was the SYN, no FIN to repeat |
| sync     | FIN-ACK                            | below                            | ancient above                 | ACK     | =               | –             | acked      | step 1, P-1: the ACK field is no use (5.1) |
| F1       | FIN-ACK                            | below                            | NXT                           | ACK     | FIN-WAIT-2      | ack           | acked      | P-1, 2.4 F1 |
| CG       | FIN-ACK                            | below                            | NXT                           | ACK     | TIME-WAIT       | ack           | acked      | P-1, 2.4 CG |
| LA       | FIN-ACK                            | below                            | NXT                           | –       | CLOSED clean    | –             | ended      | P-1, 2.4 LA |
| sync     | FIN-ACK                            | below                            | oldest below UNA between NXT  | ACK     | =               | ack           | acked      | P-1 |
| SR sync  | ACK                                | far below edge beyond            | *                             | ACK     | =               | –             | acked      | step 1, 2.1 |
| SR sync  | FIN-ACK                            | far edge beyond                  | *                             | ACK     | =               | –             | acked      | step 1, 2.1 |
| SR sync  | data data-FIN                      | far dup edge beyond              | *                             | ACK     | =               | –             | acked      | step 1, 2.1 |
| SR       | ACK FIN-ACK data data-FIN          | *                                | below UNA above               | RST-a   | =               | –             | reset      | 5.2, P-18 |
| SR       | ACK                                | *                                | NXT                           | –       | ESTABLISHED     | ack           | accepted   | 5.2 |
| SR       | data                               | below left                       | NXT                           | –       | ESTABLISHED     | ack text delay | accepted  | 5.2, step 7; 10 first segment |
| SR       | FIN-ACK                            | left                             | NXT                           | ACK     | CLOSE-WAIT      | ack FIN       | accepted   | 5.2, 2.6: ACK the FIN at once |
| SR       | data-FIN                           | below left                       | NXT                           | ACK     | CLOSE-WAIT      | ack text FIN  | accepted   | 5.2, 2.6: ACK the FIN at once |
| SR       | data FIN-ACK data-FIN              | middle right                     | NXT                           | ACK     | ESTABLISHED     | ack hold      | accepted   | 5.2, 1c, 10 out of order |
| sync     | ACK FIN-ACK data data-FIN          | *                                | ancient above                 | ACK     | =               | –             | challenged | 5.1 |
| LA       | ACK FIN-ACK data data-FIN          | *                                | NXT                           | –       | CLOSED clean    | –             | ended      | 2.4 LA |
| CG       | ACK FIN-ACK data data-FIN          | *                                | NXT                           | –       | TIME-WAIT       | ack           | accepted   | 2.4 CG; 2.5 |
| F1c F2c  | data data-FIN                      | *                                | *                             | RST-a   | CLOSED aborted  | –             | reset      | SHLD-3, T54, P-15 |
| F1       | ACK                                | *                                | NXT                           | –       | FIN-WAIT-2      | ack           | accepted   | 2.4 F1 |
| ES F1 F2 CW CG LA | ACK                       | *                                | *                             | –       | =               | ack           | accepted   | 5.3, 5.4 |
| after    | data data-FIN                      | below                            | *                             | ACK     | =               | ack           | acked      | 2.5: its first octet repeats what was received, so ACK again; the rest ignored |
| after    | FIN-ACK data data-FIN              | left middle right                | *                             | –       | =               | ack           | dropped    | 2.5: beyond RCV.NXT, ignored |
| ES F2s   | data                               | below left                       | *                             | –       | =               | ack text delay | accepted  | step 7; 10 first segment |
| F1s      | data                               | below left                       | NXT                           | –       | FIN-WAIT-2      | ack text delay | accepted  | 2.4 F1, step 7 as F2 |
| F1s      | data                               | below left                       | *                             | –       | =               | ack text delay | accepted  | step 7 |
| F1       | data FIN-ACK data-FIN              | middle right                     | NXT                           | ACK     | FIN-WAIT-2      | ack hold      | accepted   | 2.4 F1, 1c, SHLD-31 |
| ES F1 F2 | data FIN-ACK data-FIN              | middle right                     | *                             | ACK     | =               | ack hold      | accepted   | 1c, 10 out of order |
| ES       | FIN-ACK                            | left                             | *                             | ACK     | CLOSE-WAIT      | ack FIN       | accepted   | 2.6 ES: ACK the FIN at once |
| ES       | data-FIN                           | below left                       | *                             | ACK     | CLOSE-WAIT      | ack text FIN  | accepted   | 2.6 ES: ACK the FIN at once |
| F1       | FIN-ACK                            | left                             | NXT                           | ACK     | TIME-WAIT       | ack FIN       | accepted   | 2.6 F1, own FIN acked by this segment |
| F1       | FIN-ACK                            | left                             | *                             | ACK     | CLOSING         | ack FIN       | accepted   | 2.6 F1, own FIN not acked |
| F2       | FIN-ACK                            | left                             | *                             | ACK     | TIME-WAIT       | ack FIN       | accepted   | 2.6 F2 |
| F1s      | data-FIN                           | below left                       | NXT                           | ACK     | TIME-WAIT       | ack text FIN  | accepted   | 2.6 F1, own FIN acked by this segment |
| F1s      | data-FIN                           | below left                       | *                             | ACK     | CLOSING         | ack text FIN  | accepted   | 2.6 F1, own FIN not acked |
| F2s      | data-FIN                           | below left                       | *                             | ACK     | TIME-WAIT       | ack text FIN  | accepted   | 2.6 F2 |
`
