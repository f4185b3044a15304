package tcp

import (
	"errors"
	"fmt"
	"net"
	"testing"
)

func TestErrors(t *testing.T) {
	sentinels := []error{ErrReset, ErrRefused, ErrTimeout, ErrUserTimeout, ErrKeepAlive, ErrUnreachable, ErrAborted}
	for i, sentinel := range sentinels {
		kind := ErrorKind(i + 1)
		err := error(&Error{Kind: kind, State: StateFinWait1})
		for j, other := range sentinels {
			if errors.Is(err, other) != (i == j) {
				t.Errorf("errors.Is(%v, %v) is %v", err, other, i != j)
			}
		}
		wrapped := fmt.Errorf("close: %w", err)
		if !errors.Is(wrapped, sentinel) {
			t.Errorf("wrapped it is not %v", sentinel)
		}
		if !errors.Is(err, &Error{Kind: kind, State: StateFinWait1}) || errors.Is(err, &Error{Kind: kind, State: StateLastAck}) {
			t.Errorf("%v: the state does not count where it is named", err)
		}
		if got, want := err.Error(), "tcp: "+kind.String()+" in FIN-WAIT-1"; got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
		if got, want := sentinel.Error(), "tcp: "+kind.String(); got != want {
			t.Errorf("the sentinel says %q, want %q", got, want)
		}
		timeout := kind == KindTimeout || kind == KindUserTimeout || kind == KindKeepAlive
		if got := err.(interface{ Timeout() bool }).Timeout(); got != timeout {
			t.Errorf("%v: Timeout is %v", err, got)
		}
		var netErr net.Error
		if errors.As(err, &netErr) && netErr.Timeout() != timeout {
			t.Errorf("%v: as net.Error it differs", err)
		}
	}
	if len(sentinels) != int(numErrorKinds)-1 {
		t.Errorf("%d sentinels for %d kinds", len(sentinels), numErrorKinds-1)
	}
	if got := ErrorKind(99).String(); got != "unknown error" {
		t.Errorf("ErrorKind(99) is %q", got)
	}
	if errors.Is(&Error{Kind: KindReset}, errors.New("other")) {
		t.Error("it is every error")
	}
}

func TestCallErrors(t *testing.T) {
	c, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Send(0, 1)
	if got := err.Error(); got != "tcp: Send in CLOSED: connection does not exist" {
		t.Errorf("it says %q", got)
	}
	if !errors.Is(err, ErrNotExist) || errors.Is(err, ErrClosing) {
		t.Errorf("%v is not ErrNotExist alone", err)
	}
	err = c.Receive(0, -1)
	if got := err.Error(); got != "tcp: Receive in CLOSED: argument out of range: n is -1, want 0 to Readable, 0" {
		t.Errorf("it says %q", got)
	}
	var call *CallError
	if !errors.As(err, &call) || call.Call != "Receive" || call.State != StateClosed || call.Err != ErrArgument {
		t.Errorf("it is %+v", call)
	}
}

func TestVerdicts(t *testing.T) {
	seen := map[string]Verdict{}
	for v := range numVerdicts {
		text := v.String()
		if text == "" || text == "unknown verdict" {
			t.Errorf("verdict %d has no text", v)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("verdicts %d and %d are both %q", v, other, text)
		}
		seen[text] = v
		if v.Outcome().String() == "unknown outcome" {
			t.Errorf("verdict %q has no outcome", text)
		}
	}
	if Accepted.Step() != "" || ChallengedRST.Step() != "second" || DroppedPAWS.Step() != "RFC 7323 §5.3" {
		t.Error("the steps are not those of the RFC")
	}
	if v := Verdict(250); v.String() != "unknown verdict" || v.Outcome() != OutcomeDropped || v.Step() != "" {
		t.Errorf("Verdict(250) is %q, %v, %q", v, v.Outcome(), v.Step())
	}
	if got := Outcome(99).String(); got != "unknown outcome" {
		t.Errorf("Outcome(99) is %q", got)
	}
}
