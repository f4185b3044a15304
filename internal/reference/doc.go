// Package reference is a second implementation of one TCP connection, to compare
// the real one with, output by output. It is naive on purpose: sequence numbers
// are 64 bits wide and never wrap, the received sequence numbers beyond RCV.NXT
// are a map with an entry for each, the retransmission queue is a slice, Advance
// copies the endpoint to see whether there is output. It shares the types Seq,
// Flags, Segment, Time and State with the library and not one line of its rules.
//
// The calls are those of the library's Conn: every one that takes the time first
// runs the timers that are due; afterwards drain Next, then read Deadline.
// Endpoint holds pointers, so a copy by assignment is not a snapshot.
//
// # Not covered
//
// ICMP, linger (but ABORT), cork, quick-ACK, the user timeout option on the wire
// (ENABLED is false by default, RFC 5482 §3.1), RACK and TLP, ECN, path MTU changes,
// ports (they are zero in what Next returns).
//
// # Choices
//
// Where the standards leave something open, or two of them disagree, this is what
// the endpoint does. P-n are open choices of segment processing that the library
// answers in the same way: all as recommended, but P-3 (Config.RFC1337 decides).
//
// Segments in general
//
//   - C1. A segment whose payload is negative or above 65535 octets is not one, and
//     is dropped.
//   - C2. Trimming (RFC 9293 §3.10.7.4, "tailored to the window") comes before the
//     ACK: step 5 compares and stores (WL1) the number at which the trimmed segment
//     begins.
//     A segment outside the window of which step 5 is taken (C5) is trimmed at the
//     left as well.
//   - C3. The right edge of the window is exact: RCV.NXT+RCV.WND before the window
//     field's scaling cuts it (RFC 7323 §2.4 asks for at least what was announced).
//   - C4. The user's own RCV.WND goes into the test; it changes only when a segment
//     with ACK leaves (SWS avoidance is evaluated then, RFC 9293 §3.8.6.2.2).
//     It stays where it is before ESTABLISHED and after the peer's FIN.
//   - C5. P-1 applies in the synchronized states to a segment that occupies sequence
//     numbers, at SEG.SEQ = RCV.NXT−1 and, with the window closed, at RCV.NXT and
//     RCV.NXT+1 (MUST-66). The ACK is sent and the ACK field processed where step 5
//     would take it; where it would not, the ACK is all. An empty segment at
//     RCV.NXT+1 is behind a probe that a closed window has refused: steps 5 and 6
//     take it, without an answer ("special allowance", RFC 9293 §3.10.7.4).
//   - C6. SYN,ACK with SEQ=IRS and an acceptable ACK in an actively opened
//     SYN-RECEIVED: the SYN is stripped, and an ACK is sent (P-1, MUST-10; RFC 9293
//     Figure 7 shows none). WL1 is IRS, as in SYN-SENT.
//   - C7. P-5 answers any SYN without ACK at IRS with SYN,ACK, unthrottled, whether
//     SYN-RECEIVED was reached actively or passively.
//   - C8. A bare FIN at RCV.NXT is taken with the window closed (P-11); text and FIN
//     together are not, nor a FIN whose text fills the window exactly.
//   - C9. After the peer's FIN, text in the window is ignored without an ACK in
//     CLOSE-WAIT, CLOSING and LAST-ACK (step 7), with one if it begins below RCV.NXT;
//     in TIME-WAIT it draws an ACK.
//   - C10. A FIN in order counts, unless one with a lower number is held; what is held
//     beyond it is thrown away. Out of order the first FIN counts, unless its number is
//     held as text. Text beyond a FIN that is held is ignored; what was held before
//     stays until the FIN is in order, and is not in Held (RFC 9293 is silent).
//   - C11. A FIN that is held out of order is one sequence number like any other:
//     in SACK blocks and for the limit on spans, not in Held.
//   - C12. A segment that would make one span too many is dropped whole and draws an
//     ACK.
//
// Handshake
//
//   - C13. Text and FIN on a SYN are held and taken when the connection is
//     ESTABLISHED; the SYN,ACK acknowledges the SYN alone. With Config.QueueSYNText
//     off they are left to the peer's retransmission.
//   - C14. In SYN-SENT the send MSS is the smaller of the peer's MSS (536 without)
//     and Config.MSS, less 12 octets where timestamps are on. It is at least 1.
//   - C15. In a simultaneous open the SYN,ACK repeats the offer of timestamps and SACK
//     (RFC 7323 §1.3: MAY), but not of the window scale (§2.2), leaves the running
//     timer alone, and makes the SYN one that was sent twice (Karn: no sample). Its
//     limit of retransmissions is the SYN's.
//   - C16. The ISS after a return to LISTEN, and of the next incarnation in
//     TIME-WAIT, is SND.NXT+65537.
//   - C17. A passive SYN-RECEIVED that ends by RST, by SYN or by R2 is in LISTEN again
//     without an error (RFC 9293 §3.10.7.4 for the first two); in CLOSED if the user
//     closed it. CloseRead is remembered. The user timeout leads to CLOSED with its
//     error, as in any state (§3.10.8).
//   - C18. CLOSE in SYN-RECEIVED (P-8) becomes FIN-WAIT-1 in step 5, so the FIN of the
//     segment that brings ESTABLISHED leads to CLOSING.
//   - C19. SEND in LISTEN is an error: a connection has no addresses, so the remote
//     one is not known.
//   - C20. OPEN again after the end is an error: another connection is another
//     Endpoint.
//
// Closing
//
//   - C21. Close with unread data resets in every state from ESTABLISHED on but
//     TIME-WAIT, in CLOSING and LAST-ACK as well (SHLD-3). Octets held out of order
//     are not unread data. The error is ErrAborted.
//   - C22. The RST for data after Close is SEQ=SEG.ACK, CTL=RST (T54 allows this and
//     SND.NXT); the error is ErrAborted.
//   - C23. It is sent in step 7, so an unacceptable ACK field prevents it, and the ACK
//     field has been processed.
//   - C24. A second CLOSE is an error in CLOSE-WAIT, CLOSING, LAST-ACK and TIME-WAIT,
//     elsewhere it is ok (section 3 allows both in FIN-WAIT). Abort in CLOSED is an
//     error, Close is not after the end; more Close than references before it is.
//     CLOSE in SYN-SENT ends with ErrAborted.
//   - C25. A FIN-WAIT-2 that times out ends without an error.
//   - C26. RST in TIME-WAIT with RFC1337 off: ErrClosedByReset (P-6).
//
// TIME-WAIT
//
//   - C27. A SYN without ACK is judged before PAWS (RFC 7323: not for SYNs of a new
//     connection).
//   - C28. The FIN that restarts 2MSL needs SEG.SEQ+SEG.LEN = RCV.NXT, must pass PAWS
//     and P-13, and need not have an acceptable ACK. The ACK field of no segment is looked at in
//     TIME-WAIT (2.7, P-4).
//   - C29. A legal SYN where Reopen is off, references are left or data is unread
//     draws an ACK under either rule.
//   - C30. Under RFC6191 the old record comes back when the new SYN-RECEIVED ends by
//     RST, by SYN or by R2, not by the user timeout, ABORT or CLOSE; its deadline is
//     the old one.
//
// ACKs
//
//   - C31. The limit on challenge ACKs holds in every sliding interval (RFC 5961 §7:
//     "in any 5 second window"), counted when the ACK becomes owed: a counter, and the
//     time of the last one. The count begins anew when none was sent for an interval.
//     ACKs that are not throttled are not counted.
//   - C32. A challenge in step 4, or in step 5 (RFC 5961 §5), is throttled whatever the
//     segment carries, and so is the answer to a SYN outside the window.
//   - C33. "Second full-sized segment" (RFC 9293 §3.8.6.3) is 2·RMSS octets not
//     acknowledged, RMSS being Config.MSS less 12 octets with timestamps, or the
//     longest segment that came, up to Config.MSS.
//   - C34. Text in order while anything is held counts as filling a gap: at once; but
//     not with a FIN in order, which throws away what is held.
//   - C35. A window update is sent when RECEIVE makes the window at least twice what it
//     was, and lets the edge move by min(½·RCV.BUFF, Config.MSS), in ESTABLISHED,
//     FIN-WAIT-1 and FIN-WAIT-2.
//   - C36. SACK blocks ride on every segment with ACK but SYN,ACK, and take room from
//     its payload. A D-SACK is the first part of a segment that is held or below
//     RCV.NXT, whatever has that number; not where step 5 stopped the segment, nor in
//     TIME-WAIT.
//   - C37. The RST for an offending segment with timestamps echoes them where
//     Config.Timestamps is on, in every state (RFC 7323 §5.2).
//
// Sending
//
//   - C38. Every SEND pushes. PSH is on a segment with payload that reaches the end of
//     what SEND has accepted by then.
//   - C39. With a FIN queued, the tail does not wait for Nagle, even where the window
//     has no room for the FIN; nor do urgent octets.
//   - C40. A segment that the congestion window does not allow whole is not sent in
//     part; with nothing in the network one is always allowed. The congestion window
//     holds back neither the FIN by itself nor window probes.
//   - C41. Retransmissions keep the boundaries of the first transmission; they go in
//     parts where SACK blocks leave less room, and are not joined but with a FIN that is
//     not SACKed.
//     Those that begin at SND.UNA or in the window are sent whole (MAY-7).
//   - C42. The override timer of SWS avoidance runs while nothing is in flight, for an
//     RTO, but at most Config.SWSOverride, and no longer than the time left to the
//     window probe that was due when the window opened.
//   - C43. A window probe is one octet of new data or the FIN, and the same again until
//     it is acknowledged. One not acknowledged when the window opens is sent again
//     at once, ahead of new data. The persist timer starts when nothing is in
//     flight; until then the retransmission timer is in charge, and sends the front
//     whatever the window (MAY-7). An ACK that leaves the window closed starts it
//     again. The interval doubles from the RTO of the moment, R2 times at most.
//
// Timers
//
//   - C44. Timers due at one instant fire in the order: retransmission, persist,
//     delayed ACK, keep-alive, user timeout, FIN-WAIT-2, TIME-WAIT.
//   - C45. RTO: the sample is of the oldest segment that the ACK covers whole, if none
//     of those was sent twice; else, with timestamps, by TSecr in ticks of 1 ms. With
//     timestamps α and β are divided as in RFC 7323 App. G. Integer nanoseconds,
//     quotients cut off towards zero.
//   - C46. RFC 6298 (5.7): the RTO becomes 3 s, or the initial one if that is more,
//     the back-off forgotten; the congestion window is then one segment.
//   - C47. The retransmission timer starts again whenever the front is sent again for
//     any reason (never earlier than one RTO after the last transmission), so every
//     partial ACK starts it, not the first alone (RFC 6582 §3.2 allows both).
//   - C48. While the peer says window 0, every acceptable ACK sets the counts of
//     retransmissions and probes to 0 (MUST-37, SHLD-17), and restarts the user
//     timeout unless it is explicit (P-14).
//   - C49. The user timeout runs from when something becomes outstanding (queued or
//     sent), and again from each advance of SND.UNA.
//   - C50. MinSYNTime and MinDataTime run from the last transmission before the first
//     time-out, for probes from the start of the series.
//   - C51. A keep-alive answer is any segment that passes step 1, a RST in the window
//     among them, or of which P-1 takes the ACK. While the FIN-WAIT-2 timer runs there
//     is no keep-alive.
//     A change of its settings lets the next probe be due when the new idle time has
//     passed, at once if it has, and switching it on begins the idle time (RFC 9293
//     §3.8.4 has neither).
//   - C52. The FIN-WAIT-2 timer runs from FIN-WAIT-2 or Close, whichever is later, and
//     does not start again.
//
// Congestion control
//
//   - C53. Avoidance counts octets (RFC 5681 §3.1); the FIN is not one. The count begins
//     anew with each loss.
//   - C54. recover is ISS−1 at first, so that the first segment can be retransmitted
//     fast; with ISS (RFC 6582 §3.2) it could not.
//   - C55. With SACK RFC 6675 is in charge, by whole segments as they were first sent: one
//     that is SACKed in part is not. Its pipe says what may be sent in recovery, and for
//     limited transmit; FlightSize counts what is SACKed. The FIN is an octet. Nothing of
//     NextSeg is sent beyond the window (C41).
//   - C56. After a time-out everything in flight is lost, and is sent again in order
//     as the windows allow, before anything new; what is SACKed then is left out (RFC 6675
//     §5.1), and until all of it is acknowledged there are no duplicate ACKs with SACK.
//   - C57. The restart window after an idle RTO is measured from the last segment with
//     payload or FIN that was sent.
//   - C58. An answer to a window probe is no duplicate ACK.
//   - C59. Without SACK duplicate ACKs inflate the congestion window by no more than is in
//     flight, in steps of a segment (RFC 5681 §3.2: MAY limit). Limited transmit ends with
//     the third of them, whether or not that starts a recovery.
//   - C60. Recovery ends with min(ssthresh, max(FlightSize, SMSS)+SMSS), the way of RFC
//     6582 §3.2 without a burst; with SACK too, where RFC 6675 says nothing.
package reference
