package tcp

import (
	"errors"
	"fmt"
)

// ErrorKind says why a connection ended.
type ErrorKind uint8

const (
	KindNone        ErrorKind = iota // no error: not ended, or by the normal close
	KindReset                        // the peer sent RST
	KindRefused                      // the peer answered the SYN with RST
	KindTimeout                      // the limit of retransmissions or window probes was reached (R2)
	KindUserTimeout                  // the user timeout passed
	KindKeepAlive                    // the keepalive probes stayed unanswered
	KindUnreachable                  // a hard ICMP error
	KindAborted                      // aborted from this end: Abort, unread data at Close, data after Close
	numErrorKinds
)

var errorTexts = [numErrorKinds]string{
	"no error", "connection reset", "connection refused", "connection timed out",
	"connection aborted due to user timeout", "keepalive timed out",
	"destination unreachable", "connection aborted",
}

// String describes the kind in the words of RFC 9293 §3.10 where it has them.
func (k ErrorKind) String() string {
	if k < numErrorKinds {
		return errorTexts[k]
	}
	return "unknown error"
}

// Error says why a connection ended, and in which state it was then. errors.Is
// compares it with ErrReset and its like by Kind alone.
type Error struct {
	Kind  ErrorKind
	State State // the state that was left; StateClosed in the sentinels
}

// The reasons for which a connection ends, for use with errors.Is.
var (
	ErrReset       error = &Error{Kind: KindReset}
	ErrRefused     error = &Error{Kind: KindRefused}
	ErrTimeout     error = &Error{Kind: KindTimeout}
	ErrUserTimeout error = &Error{Kind: KindUserTimeout}
	ErrKeepAlive   error = &Error{Kind: KindKeepAlive}
	ErrUnreachable error = &Error{Kind: KindUnreachable}
	ErrAborted     error = &Error{Kind: KindAborted}
)

// Error describes why the connection ended.
func (e *Error) Error() string {
	if e.State == StateClosed {
		return "tcp: " + e.Kind.String()
	}
	return "tcp: " + e.Kind.String() + " in " + e.State.String()
}

// Is reports whether target is an Error of the same kind, in the same state if it
// names one.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && (t.State == StateClosed || t.State == e.State)
}

// Timeout reports whether the connection ended because time ran out, as net.Error
// has it.
func (e *Error) Timeout() bool {
	return e.Kind == KindTimeout || e.Kind == KindUserTimeout || e.Kind == KindKeepAlive
}

// Misuse of a call: each is the Err of a *CallError. A call that returns one has
// changed nothing.
var (
	ErrExists     = errors.New("connection already exists")                       // OPEN of a connection that is open
	ErrNotExist   = errors.New("connection does not exist")                       // before OPEN, or after the end
	ErrEnded      = errors.New("connection has ended")                            // OPEN after the end: Init it first
	ErrClosing    = errors.New("connection closing")                              // this direction is closed already
	ErrNoPeer     = errors.New("remote socket unspecified")                       // SEND before a SYN came
	ErrNotSynced  = errors.New("urgent data and options need an open connection") // setter or call too early
	ErrReferences = errors.New("no reference left")                               // more Close than Retain allows
	ErrResources  = errors.New("insufficient resources")                          // more octets queued than a connection can hold
	ErrTimeWait   = errors.New("the four-tuple is in TIME-WAIT")                  // OpenFrom where the rules forbid it
	ErrTime       = errors.New("not a time: Never")                               // now is Never
	ErrArgument   = errors.New("argument out of range")                           // the text of the CallError says which
)

// CallError is the misuse of a call of Conn: which call, in which state, what was
// wrong, and for an argument what was expected.
type CallError struct {
	Call  string // name of the method
	State State
	Err   error  // one of the sentinels above
	Want  string // what was expected, where Err is ErrArgument
}

// Error describes the misuse.
func (e *CallError) Error() string {
	s := "tcp: " + e.Call + " in " + e.State.String() + ": " + e.Err.Error()
	if e.Want != "" {
		s += ": " + e.Want
	}
	return s
}

// Unwrap returns the sentinel.
func (e *CallError) Unwrap() error { return e.Err }

// misuse is the error of a call that the state or its arguments forbid.
func (c *Conn) misuse(call string, err error) error {
	return &CallError{Call: call, State: c.state, Err: err}
}

// badArgument is the error of an argument out of range.
func (c *Conn) badArgument(call, format string, args ...any) error {
	return &CallError{Call: call, State: c.state, Err: ErrArgument, Want: fmt.Sprintf(format, args...)}
}
