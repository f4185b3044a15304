package socket

import (
	"errors"

	"github.com/seed-447e5d66/tcp"
)

// Errno is the error of a call, by its name in errno(3).
type Errno string

// The errors that calls return.
const (
	EADDRINUSE    Errno = "EADDRINUSE"    // bind, listen: another socket has the port
	EADDRNOTAVAIL Errno = "EADDRNOTAVAIL" // connect: no port is free, or the four-tuple is in TIME-WAIT
	EAGAIN        Errno = "EAGAIN"        // the call would block
	EALREADY      Errno = "EALREADY"      // connect: under way
	EBADF         Errno = "EBADF"         // no such descriptor
	ECONNABORTED  Errno = "ECONNABORTED"  // connect: failed, and the reason was read before
	ECONNREFUSED  Errno = "ECONNREFUSED"  // the peer answered the SYN with RST
	ECONNRESET    Errno = "ECONNRESET"    // the peer sent RST
	EFAULT        Errno = "EFAULT"        // read, write: no buffer
	EHOSTUNREACH  Errno = "EHOSTUNREACH"  // a hard ICMP error
	EINPROGRESS   Errno = "EINPROGRESS"   // connect: begun
	EINVAL        Errno = "EINVAL"        // a value or a state that does not fit
	EISCONN       Errno = "EISCONN"       // connect: done already
	ENOPROTOOPT   Errno = "ENOPROTOOPT"   // setsockopt: unknown option
	ENOTCONN      Errno = "ENOTCONN"      // not connected
	EOPNOTSUPP    Errno = "EOPNOTSUPP"    // accept: not a listener
	EPIPE         Errno = "EPIPE"         // the sending direction is closed
	ETIMEDOUT     Errno = "ETIMEDOUT"     // retransmissions, probes or the user timeout ran out
)

// Error returns the name.
func (e Errno) Error() string { return string(e) }

// errnoOf is the error that a program finds on a connection that ended with err: ""
// if there is none.
func errnoOf(err error) Errno {
	var ended *tcp.Error
	if !errors.As(err, &ended) {
		return ""
	}
	switch ended.Kind {
	case tcp.KindRefused:
		if ended.State == tcp.StateSynReceived {
			return ECONNRESET // only SYN-SENT is refused
		}
		return ECONNREFUSED
	case tcp.KindTimeout, tcp.KindUserTimeout, tcp.KindKeepAlive:
		return ETIMEDOUT
	case tcp.KindUnreachable:
		return EHOSTUNREACH
	case tcp.KindReset, tcp.KindAborted: // aborted: by data that nobody could receive
		if ended.State == tcp.StateCloseWait {
			return EPIPE // the peer had closed: only writing can fail any more
		}
	}
	return ECONNRESET
}
