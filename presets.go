package tcp

import "time"

// Linux returns the configuration with which a connection does what Linux 6.18.44
// does, segment for segment, with the sysctls that the kernel starts with, but for
// a tcp_rmem of "4096 131072 6291456" and those that have one supported value in
// [Config.Set], which changes it by the names of sysctls.
//
// The fields left at their default are the same there: MSL (TIME-WAIT lasts 60 s
// whatever tcp_fin_timeout says), FinWait2Timeout, RTOInitial, RTOMin, RTOMax,
// DataRetries1 and DataRetries2, DelayedACK, keepalive, ChallengeLimit.
func Linux() Config {
	return Config{
		ReceiveBuffer:    65536, // half of tcp_rmem[1]
		MaxReceiveBuffer: 6291456,
		ReceiveWindow:    WindowLinux,

		FinWait2TimeWait: true,

		RTOEstimator:       EstimatorLinux,
		GiveUp:             Elapsed,
		OrphanRetries:      OrphanRetriesAuto,
		SYNRetries:         6,
		SYNACKRetries:      5,
		SYNLinearTimeouts:  4,
		UserTimeoutStart:   FromRetransmission,
		RetransmitCollapse: true,
		TailLossProbe:      true,
		LossDetection:      LossRACK,
		ZeroWindowProbe:    ProbeEmpty,
		Nagle:              NagleMinshall,
		PushEvery:          2,
		CongestionUnit:     CongestionSegments,
		StaleSACK:          true,

		AckRule: AckAdaptive,

		TimeWaitSYN:   SYNLinux,
		TimeWaitRule:  TimeWaitAnyACK,
		TimeWaitReuse: ReuseBound, // tcp_tw_reuse = 2, and no loopback

		ResetOnEarlyFIN:    true,
		ResetSequence:      ResetLinux,
		ResetWithACK:       true,
		ResetTimestamps:    Off,
		Acceptability:      AcceptLinux,
		AckRange:           AckBytesAcked,
		MissingTimestamp:   MissingAccepted,
		PAWSTolerance:      true,
		DataAfterFIN:       AfterFINStraddles,
		WindowUpdate:       UpdateLinux,
		AckCompany:         CompanyNewText,
		StaleACK:           StaleACKIgnored,
		SplitACK:           SplitACKMovesOnly,
		SynReceived:        SynReceivedLinux,
		SYNRepeatOnBadACK:  true,
		LastAckAtClose:     true,
		CloseInSynReceived: CloseImmediate,

		TickRate: 250,
	}
}

// RFC9293 returns the configuration with which a connection keeps to the letter of
// RFC 9293 and of the standards that it refers to, their recommended values included.
func RFC9293() Config {
	return Config{
		InitialWindow: InitialWindowRFC5681,

		MSL:             2 * time.Minute, // §3.4.2
		FinWait2Timeout: Forever,         // §3.6 has no such timeout

		RTOMin:        time.Second,       // RFC 6298 (2.4)
		RTOMax:        time.Minute,       // RFC 6298 (2.5)
		DataMinimum:   100 * time.Second, // SHLD-11
		OrphanRetries: 15,                // as DataRetries2: the RFC knows no orphans
		SYNACKRetries: 7,
		SYNRetries:    7,
		SYNMinimum:    3 * time.Minute, // MUST-23
		UserTimeout:   5 * time.Minute, // §3.10.1

		DelayedACK:  200 * time.Millisecond,
		DelayFINAck: Off, // §3.10.7.4, eighth step

		KeepAliveReset: Off,

		TimeWaitSYN:   SYNRFC6191,
		TimeWaitReuse: ReuseNever, // §3.10.1 has OPEN refuse

		ChallengeLimit:    10, // RFC 5961 §7
		ChallengeInterval: 5 * time.Second,
	}
}
