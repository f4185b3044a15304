package invariant

import "strings"

// Where says where a row is checked.
type Where uint8

const (
	InChecker  Where = iota // by a Checker, after every event
	InProperty              // by a property of one endpoint
	InPair                  // by a property of two endpoints over a network
	InModel                 // by exhaustive exploration of two endpoints
	InTest                  // by tests of single cases
	Nowhere                 // not at all
)

// Row is a row of docs/invariants.md.
type Row struct {
	ID     string
	Where  Where
	Except string // the presets for which it does not hold
	Why    string // why not for those; or what is left out; or why nowhere
}

// Holds reports whether the row holds for a preset: "default", "linux" or "rfc9293".
func (r Row) Holds(preset string) bool { return !strings.Contains(r.Except, preset) }

// Rows returns all rows, in the order of the document.
func Rows() []Row {
	var rows []Row
	for _, part := range [][]Row{variables(), emitted(), transitions(), delivery(), timers(), congestion(), pair(), liveness()} {
		rows = append(rows, part...)
	}
	return rows
}

func variables() []Row {
	return []Row{
		{"I1", InChecker, "", ""},
		{"I2", InChecker, "", ""},
		{"I3", InChecker, "", ""},
		{"I4", InChecker, "", "with a FIN in order, RCV.NXT is at most that: what was held beyond the FIN is thrown away"},
		{"I5", InChecker, "", "a FIN counts as an octet"},
		{"I6", InChecker, "", ""},
		{"I7", InChecker, "", "MAX.SND.WND is not shown"},
		{"I8", InChecker, "", "WindowUpdate UpdateLinux: a new acknowledgment, a higher SEQ, or with equal SEQ a larger window or none"},
		{"I9", InChecker, "", ""},
		{"I10", InChecker, "", ""},
		{"I11", InChecker, "", ""},
		{"I12", InChecker, "", "the shifts are not shown, but I21 computes with them"},
	}
}

func emitted() []Row {
	return []Row{
		{"I13", InChecker, "", ""},
		{"I14", InChecker, "", ""},
		{"I15", InChecker, "", "window probes of ProbeEmpty have SEQ = SND.UNA−1"},
		{"I16", InChecker, "", "offsets in place of octets; InPair compares octets"},
		{"I17", InChecker, "", ""},
		{"I18", InChecker, "", "SYN also in FIN-WAIT-1, where CloseImmediate left SYN-RECEIVED before the SYN was acknowledged"},
		{"I19", InChecker, "", ""},
		{"I20", InChecker, "", ""},
		{"I21", InChecker, "", "TIME-WAIT of WindowLinux says 16 bits of a window that has more"},
		{"I22", InChecker, "", "against the buffer: not with WindowLinux, whose window rounds up, and not after SetReadBuffer"},
		{"I23", InChecker, "linux", "WindowLinux rounds to segments as it takes them to be from what arrived, and up to the scale: its edge may move by less"},
		{"I24", InChecker, "", "not after CLOSE, where everything may leave, and not for urgent data"},
		{"I25", InChecker, "", "a clock that stands still for 24 days may have wrapped round"},
		{"I26", InChecker, "", "the echo is always one of the timestamps that may count, in their order; with TimeWaitAnyACK that of a RST in TIME-WAIT does"},
		{"I27", InChecker, "", "which block comes first: tests of the out-of-order store; StaleSACK may repeat one that was filled"},
		{"I28", InChecker, "", ""},
		{"I29", InChecker, "", ""},
		{"I30", InChecker, "", "data after Close resets too (S10)"},
		{"I31", InChecker, "", ""},
		{"I32", InChecker, "", ""},
		{"I33", InChecker, "", ""},
		{"I34", InChecker, "", ""},
		{"I35", InChecker, "", "the second full segment: only AckEverySecond; at once for a FIN: only with DelayFINAck off"},
	}
}

func transitions() []Row {
	return []Row{
		{"I36", InChecker, "", "with TIME-WAIT to SYN-RECEIVED and back"},
		{"I37", InChecker, "", "LastAckAtClose: LAST-ACK before the FIN is sent"},
		{"I38", InChecker, "", ""},
		{"I39", InChecker, "", ""},
		{"I40", InChecker, "", ""},
		{"I41", InChecker, "", "DroppedAfterFIN drops the text only"},
		{"I42", InProperty, "", "octets that lay beyond the window may be taken the second time; not for text that straddles a FIN with AfterFINStraddles, nor in the FIN-WAIT-2 of FinWait2TimeWait: it resets"},
		{"I43", InChecker, "", "ResetLinux: nor at the end of what is held, nor at the FIN's number"},
		{"I44", InChecker, "", "ResetLinux: nor at the end of what is held, nor at the FIN's number"},
		{"I45", InChecker, "", "not in the FIN-WAIT-2 of FinWait2TimeWait, where a SYN resets"},
		{"I46", InChecker, "", "AckBytesAcked: no lower than the first that was acknowledged; not in the FIN-WAIT-2 of FinWait2TimeWait, which looks at no ACK"},
		{"I47", InChecker, "", ""},
		{"I48", InChecker, "", ""},
		{"I49", InProperty, "", "the contract's fifth rule, and fuzzing"},
	}
}

func delivery() []Row {
	return []Row{
		{"I50", InChecker, "", ""},
		{"I51", InChecker, "", ""},
		{"I52", InChecker, "", ""},
		{"I53", InChecker, "", ""},
		{"I54", InChecker, "", ""},
		{"I55", InChecker, "", ""},
		{"I56", InChecker, "", ""},
	}
}

func timers() []Row {
	return []Row{
		{"I57", InChecker, "", ""},
		{"I58", InChecker, "", "keepalive and linger may run in FIN-WAIT-2"},
		{"I59", InChecker, "", ""},
		{"I60", InChecker, "", "whatever it is that holds the data back"},
		{"I61", InChecker, "", ""},
		{"I62", InChecker, "", "a setter may make a timer due at once"},
		{"I63", InProperty, "", "the contract's third rule"},
		{"I64", InChecker, "", "doubling: exact timers only, those of TickRate round; the formula: tests of the estimators"},
		{"I65", InChecker, "", "text and FIN; a user timeout of FromRetransmission shortens it; TickRate: less a tick"},
		{"I66", InChecker, "", ""},
		{"I67", InChecker, "", "with GiveUp Elapsed the time that the count would take; the end comes neither before nor after; not where a user timeout of FromRetransmission decides"},
		{"I68", InChecker, "", "R1; the times of R2: tests of the limits"},
		{"I69", InChecker, "", "a user timeout of FromRetransmission may shorten the last interval; TickRate: within what a timer wheel rounds"},
		{"I70", InChecker, "", ""},
		{"I71", InChecker, "", "TickRate: within what a timer wheel rounds"},
		{"I72", InChecker, "", "TimeWaitAnyACK: by a segment with ACK, an old timestamp, or nothing in it at RCV.NXT; never by a RST"},
		{"I73", InProperty, "", "the contract's first rule"},
	}
}

func congestion() []Row {
	return []Row{
		{"I74", InChecker, "", "from ESTABLISHED on"},
		{"I75", InChecker, "", "CongestionSegments counts segments, whatever their size, up to sixteen of them"},
		{"I76", InChecker, "", "CongestionSegments: slow start adds a segment for each that is acknowledged"},
		{"I77", InChecker, "", ""},
		{"I78", InChecker, "", ""},
	}
}

func pair() []Row {
	return []Row{
		{"P1", InPair, "", ""},
		{"P2", InPair, "", ""},
		{"P3", InPair, "", ""},
		{"P4", InPair, "", ""},
		{"P5", InPair, "", ""},
		{"P6", InModel, "", "the list of pairs of states"},
		{"P7", InPair, "", ""},
		{"P8", InPair, "", ""},
		{"P9", InModel, "", "two incarnations"},
		{"P10", InModel, "", "must be found to fail"},
		{"P11", InTest, "", "OpenFrom and ISS"},
		{"P12", InPair, "", ""},
		{"P13", InProperty, "", "I43 to I46 say the same of each segment"},
		{"P14", InModel, "", "the symmetry of the two ends"},
		{"P15", InPair, "", ""},
	}
}

func liveness() []Row {
	return []Row{
		{"L1", InPair, "", "both reach CLOSED; the bound in time only where nothing is lost"},
		{"L2", InPair, "", ""},
		{"L3", InPair, "", ""},
		{"L4", InPair, "", ""},
		{"L5", InPair, "", ""},
		{"L6", Nowhere, "", "a Conn has no pending operations: Ready and Err say what is so"},
		{"L7", InPair, "", "with P8: what is exchanged while nobody acts comes to an end"},
		{"L8", InTest, "", "the times of each row"},
		{"L9", InProperty, "", "I59, I60, I71: something owed has a timer"},
		{"L10", InTest, "", "a window that stays closed and answers"},
		{"L11", InTest, "", "TIME-WAIT restarted by FINs only: I72"},
	}
}
