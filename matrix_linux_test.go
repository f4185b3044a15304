package tcp

import "testing"

// TestMatrixLinux holds Linux() against docs/linux-measured.md, §2 (M with the event's
// name there), and docs/linux-facts.md (F), for what was not measured.
func TestMatrixLinux(t *testing.T) { testMatrix(t, Linux(), matrixLinux) }

const matrixLinux = `
| state    | segment                            | SEG.SEQ                          | SEG.ACK                       | answer  | next state      | effects       | outcome    | clause |
|----------|------------------------------------|----------------------------------|-------------------------------|---------|-----------------|---------------|------------|--------|
| CL       | reset                              | *                                | *                             | –       | =               | –             | dropped    | M closed, rst |
| CL       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | *                             | RST-a   | =               | –             | reset      | M closed; F10.1 ACK flag set |
| CL       | SYN SYN-FIN bare                   | *                                | *                             | RST-b   | =               | –             | reset      | M closed; F10.1 no ACK flag |
| LI       | reset                              | *                                | *                             | –       | =               | –             | dropped    | M listen, rst; F11.1 SYN+RST |
| LI       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | *                             | RST-a   | =               | –             | reset      | M listen; F11.1 |
| LI       | SYN                                | *                                | *                             | SYN,ACK | SYN-RECEIVED    | SYN           | accepted   | M listen, syn |
| LI       | SYN-FIN bare                       | *                                | *                             | –       | =               | –             | dropped    | M listen, data_noack, null; F11.1 SYN+FIN |
| SS       | RST-ACK all                        | *                                | below UNA above               | –       | =               | hurry         | dropped    | M rst_ack_badack: SYN@10 |
| SS       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | below UNA above               | RST-a   | =               | hurry         | reset      | M ack_una, ack_old, ack_future: RST SYN@10 |
| SS       | RST-ACK all                        | *                                | NXT                           | –       | CLOSED refused  | –             | ended      | M rst_ack_exact |
| SS       | RST                                | *                                | *                             | –       | =               | –             | dropped    | M rst_exact |
| SS       | SYN-ACK                            | *                                | NXT                           | ACK     | ESTABLISHED     | SYN ack       | accepted   | M synack |
| SS       | SYN SYN-FIN                        | *                                | *                             | SYN,ACK | SYN-RECEIVED    | SYN           | accepted   | M syn; F11.3 simultaneous open |
| SS       | ACK FIN-ACK data data-FIN bare     | *                                | *                             | –       | =               | –             | dropped    | M ack_all, data_ackall, fin_ackall, null |
| TW       | reset                              | left                             | *                             | –       | CLOSED reset    | –             | ended      | M rst_exact; F4.3 row 1 |
| TW       | ACK none                           | left                             | *                             | –       | =               | 2MSL          | accepted   | M ack_una, null; F4.3 row 2 |
| TWc      | SYN SYN-FIN                        | middle right edge beyond         | *                             | SYN,ACK | SYN-RECEIVED    | SYN           | reopened   | M syn_inwin, syn_above; F4.3 row 3 |
| TWs      | SYN SYN-FIN                        | middle right edge beyond         | *                             | ACK     | =               | –             | acked      | F4.4 no listener |
| TW       | reset                              | *                                | *                             | –       | =               | –             | dropped    | M rst_inwin, rst_below, rst_above; F4.3 row 4 |
| TW       | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | *                             | ACK     | =               | 2MSL          | acked      | M synack, data, fin, keepalive; F4.3 row 5 |
| TW       | SYN SYN-FIN bare                   | *                                | *                             | ACK     | =               | –             | acked      | M syn_below, data_noack, fin_noack; F4.3 row 6 |
| F2c      | RST RST-ACK                        | far below beyond                 | *                             | ACK     | =               | –             | acked      | M rst_below, rst_above; F4.2 row 1 |
| F2c      | all                                | far edge beyond                  | *                             | ACK     | =               | –             | acked      | F4.2 row 1: it occupies two numbers |
| F2c      | reset                              | *                                | *                             | –       | CLOSED reset    | –             | ended      | M rst_exact, rst_inwin; F4.2 row 2; empty at the right edge |
| F2c      | SYN SYN-ACK                        | far below edge beyond            | *                             | ACK     | =               | –             | acked      | M syn_below, syn_above; F4.2 row 1 |
| F2c      | SYN-FIN                            | far edge beyond                  | *                             | ACK     | =               | –             | acked      | F4.2 row 1 |
| F2c      | SYN-FIN                            | below                            | *                             | –       | =               | –             | dropped    | F4.2 row 4: the window has its FIN, row 3 wants SEQ ≥ RN |
| F2c      | SYN SYN-FIN                        | *                                | *                             | RST-b   | CLOSED aborted  | –             | reset      | M syn_exact, syn_inwin; F4.2 row 3 |
| F2c      | SYN-ACK                            | *                                | *                             | RST-a   | CLOSED aborted  | –             | reset      | M synack; F4.2 row 3 |
| F2c      | none ACK                           | far below beyond                 | *                             | ACK     | =               | –             | acked      | M keepalive; F4.2 row 1 |
| F2c      | none ACK                           | *                                | *                             | –       | =               | –             | dropped    | M ack_all, ack_ancient, ack_future, null; F4.2 row 4 |
| F2c      | FIN FIN-ACK                        | far below edge beyond            | *                             | ACK     | =               | –             | acked      | M fin_dup, fin_above; F4.2 row 1 |
| F2c      | text data data-FIN                 | far dup edge beyond              | *                             | ACK     | =               | –             | acked      | M data_dup, data_above; F4.2 row 1 |
| F2c      | FIN text                           | *                                | *                             | –       | =               | –             | dropped    | M fin_noack, data_noack; F4.2 row 4 |
| F2c      | FIN-ACK                            | left                             | *                             | ACK     | TIME-WAIT       | FIN           | accepted   | M fin_exact, fin_ackfuture; F4.2 row 6 |
| F2c      | FIN-ACK data data-FIN              | *                                | *                             | RST-a   | CLOSED aborted  | –             | reset      | M data_exact, data_overlap, data_ooo, fin_ooo, fin_data; F4.2 row 5 |
| SRp      | SYN SYN-FIN                        | below                            | *                             | SYN,ACK | =               | –             | accepted   | M syn_below; F11.2 row 1 |
| SRp      | RST RST-ACK                        | far below beyond                 | *                             | –       | =               | –             | dropped    | M rst_below, rst_above; F11.2 row 3 |
| SRp      | all                                | far edge beyond                  | *                             | –       | =               | –             | dropped    | F11.2 row 3: it occupies two numbers |
| SRp      | reset                              | left                             | *                             | –       | LISTEN          | –             | ended      | M rst_exact; F11.2 row 4 |
| SRp      | reset                              | *                                | *                             | ACK     | =               | –             | challenged | M rst_inwin; F11.2 row 4 |
| SRp      | SYN-ACK ACK FIN-ACK data data-FIN  | *                                | below UNA above               | RST-a   | =               | –             | reset      | M ack_una, ack_future, data_exact; F11.2 row 2 |
| SRp      | ACK none                           | far below beyond                 | *                             | ACK     | =               | –             | acked      | F11.2 row 3 |
| SRp      | SYN SYN-FIN SYN-ACK FIN FIN-ACK    | far below edge beyond            | *                             | ACK     | =               | –             | acked      | M syn_far_below, syn_above, synack_old, fin_dup; F11.2 row 3 |
| SRp      | text data data-FIN                 | far dup edge beyond              | *                             | ACK     | =               | –             | acked      | F11.2 row 3 |
| SRp      | SYN SYN-FIN                        | *                                | *                             | RST-b   | LISTEN          | –             | reset      | M syn_exact, syn_inwin; F11.2 row 5 |
| SRp      | SYN-ACK                            | *                                | *                             | RST-a   | LISTEN          | –             | reset      | M synack; F11.2 row 5 |
| SRp      | bare                               | *                                | *                             | –       | =               | –             | dropped    | M data_noack, fin_noack, null; F11.2 row 6 |
| SRa sync | bare                               | *                                | *                             | –       | =               | –             | dropped    | M data_noack, fin_noack, null; F3.1 (2) |
| after    | reset                              | below                            | *                             | –       | CLOSED reset    | –             | ended      | M rst_below: the FIN's own number |
| SRa ES F1 F2s CW CG LA | RST RST-ACK          | far below beyond                 | *                             | –       | =               | –             | dropped    | M rst_below, rst_above |
| SRa ES F1 F2s CW CG LA | all                  | far beyond                       | *                             | –       | =               | –             | dropped    | F3.2 unacceptable |
| ES F1 F2s CW CG LA | reset                    | left                             | *                             | –       | CLOSED reset    | –             | ended      | M rst_exact, rst_ack_badack |
| SRa      | reset                              | left                             | *                             | –       | CLOSED refused  | –             | ended      | 2.2 SR active, in the words of the RFC; the errno is ECONNRESET (F3.8) |
| SRa ES F1 F2s CW CG LA | reset                | below middle right edge          | *                             | ACK     | =               | –             | challenged | M rst_inwin, right edge included; F3.2: below only if it occupies numbers |
| SRa      | SYN-ACK                            | below                            | NXT                           | ACK     | ESTABLISHED     | ack           | accepted   | F11.3 simultaneous open |
| SRa ES F1 F2s CW CG LA | syn                  | *                                | *                             | ACK     | =               | –             | challenged | M syn, synack; F3.2 |
| SRa ES F1 F2s CW CG LA | ACK                  | far below beyond                 | *                             | ACK     | =               | –             | acked      | M keepalive; F3.2 end before RN |
| SRa ES F1 F2s CW CG LA | FIN-ACK data data-FIN | far beyond                      | *                             | ACK     | =               | –             | acked      | M data_above, fin_above; F3.2 |
| SRa      | ACK FIN-ACK data data-FIN          | *                                | below UNA above               | RST-a   | =               | –             | reset      | F3.5 SYN_RECV; UNA not measured, by 5.2 |
| ES F1 F2s CW CG LA | ACK FIN-ACK data data-FIN | *                               | ancient above                 | ACK     | =               | –             | challenged | M ack_ancient, ack_future, fin_ackfuture |
| LA       | ACK FIN-ACK data data-FIN          | *                                | NXT                           | –       | CLOSED clean    | –             | ended      | M ack_all, data_ackall, fin_dup; F3.5 |
| CG       | ACK FIN-ACK data data-FIN          | *                                | NXT                           | –       | TIME-WAIT       | ack           | accepted   | M ack_all, data_ackall, fin_dup; F3.5 |
| SR       | ACK                                | *                                | NXT                           | –       | ESTABLISHED     | ack           | accepted   | M ack_all; F11.2 row 8 |
| F1       | ACK                                | *                                | NXT                           | –       | FIN-WAIT-2      | ack           | accepted   | M ack_all |
| ES F1 F2s CW CG LA | ACK                      | *                                | *                             | –       | =               | ack           | accepted   | M ack_una, ack_old |
| after    | data                               | dup                              | *                             | ACK     | =               | ack           | acked      | M data_dup |
| after    | FIN-ACK                            | below                            | *                             | ACK     | =               | ack           | acked      | M fin_dup |
| after    | data-FIN                           | dup                              | *                             | ACK     | =               | ack           | acked      | F3.6: old data |
| after    | data data-FIN                      | below                            | *                             | RST-a   | CLOSED aborted  | –             | reset      | M data_overlap; F3.6 |
| after    | FIN-ACK data data-FIN              | left middle right edge           | *                             | –       | =               | ack           | dropped    | M data_exact, data_ooo, fin_exact, fin_ooo, fin_data |
| F1c      | data                               | dup                              | NXT                           | –       | FIN-WAIT-2      | ack           | accepted   | F3.5 FIN_WAIT1, orphan, otherwise: consumed, no ACK |
| F1c      | data data-FIN                      | below left middle right edge     | *                             | RST-a   | CLOSED aborted  | –             | reset      | M data_exact, data_ackall, data_overlap, data_ooo, fin_data |
| F1c      | FIN-ACK                            | middle right edge                | *                             | RST-a   | CLOSED aborted  | –             | reset      | M fin_ooo |
| SRa      | FIN-ACK                            | below                            | NXT                           | ACK     | ESTABLISHED     | ack           | accepted   | F3.2, F3.6: old |
| SRa      | data data-FIN                      | dup                              | NXT                           | ACK     | ESTABLISHED     | ack           | accepted   | F3.2, F3.6: old |
| SRa      | FIN-ACK data data-FIN              | edge                             | NXT                           | ACK     | ESTABLISHED     | ack           | acked      | F3.6: SEQ ≥ RN+WND |
| SR       | data                               | below left                       | NXT                           | ACK     | ESTABLISHED     | ack text      | accepted   | M data_ackall; F6.2 quick at first |
| SR       | FIN-ACK                            | left                             | NXT                           | –       | CLOSE-WAIT      | ack FIN delay | accepted   | M fin_ackall, within two ticks: F6.5 |
| SR       | data-FIN                           | below left                       | NXT                           | –       | CLOSE-WAIT      | ack text FIN delay | accepted | F6.5 data+FIN in one segment |
| SR       | FIN-ACK data data-FIN              | middle right                     | NXT                           | ACK     | ESTABLISHED     | ack hold      | accepted   | F3.6 out of order |
| F1       | FIN-ACK                            | below                            | NXT                           | ACK     | FIN-WAIT-2      | ack           | accepted   | M fin_dup |
| F1s      | data                               | dup                              | NXT                           | ACK     | FIN-WAIT-2      | ack           | accepted   | F3.5, F3.6: old data |
| F1       | data-FIN                           | dup                              | NXT                           | ACK     | FIN-WAIT-2      | ack           | accepted   | F3.5 with FIN, F3.6: old data |
| ES F1 F2s | FIN-ACK                           | below                            | *                             | ACK     | =               | ack           | accepted   | M fin_dup |
| ES F1 F2s | data data-FIN                     | dup                              | *                             | ACK     | =               | ack           | accepted   | M data_dup |
| F1s      | FIN-ACK data data-FIN              | edge                             | NXT                           | ACK     | FIN-WAIT-2      | ack           | acked      | F3.6: SEQ ≥ RN+WND |
| ES F1s F2s | FIN-ACK data data-FIN            | edge                             | *                             | ACK     | =               | ack           | acked      | F3.6: SEQ ≥ RN+WND |
| F1s      | FIN-ACK data data-FIN              | middle right                     | NXT                           | ACK     | FIN-WAIT-2      | ack hold      | accepted   | M data_ooo, fin_ooo |
| ES F1s F2s | FIN-ACK data data-FIN            | middle right                     | *                             | ACK     | =               | ack hold      | accepted   | M data_ooo, fin_ooo |
| F1s      | data                               | below left                       | NXT                           | –       | FIN-WAIT-2      | ack text delay | accepted  | M data_ackall: ack40 |
| ES F1s F2s | data                             | below left                       | *                             | –       | =               | ack text delay | accepted  | M data_exact, data_overlap: ack40 |
| ES       | FIN-ACK                            | left                             | *                             | –       | CLOSE-WAIT      | ack FIN delay | accepted   | M fin_exact, fin_ackall: ack40 |
| ES       | data-FIN                           | below left                       | *                             | –       | CLOSE-WAIT      | ack text FIN delay | accepted | M fin_data: ack40 |
| F1       | FIN-ACK                            | left                             | NXT                           | ACK     | TIME-WAIT       | ack FIN       | accepted   | M fin_ackall |
| F1       | FIN-ACK                            | left                             | *                             | ACK     | CLOSING         | ack FIN       | accepted   | M fin_exact |
| F2s      | FIN-ACK                            | left                             | *                             | ACK     | TIME-WAIT       | ack FIN       | accepted   | M fin_exact |
| F1s      | data-FIN                           | below left                       | NXT                           | ACK     | TIME-WAIT       | ack text FIN  | accepted   | M fin_data |
| F1s      | data-FIN                           | below left                       | *                             | ACK     | CLOSING         | ack text FIN  | accepted   | M fin_data |
| F2s      | data-FIN                           | below left                       | *                             | ACK     | TIME-WAIT       | ack text FIN  | accepted   | M fin_data |
`
