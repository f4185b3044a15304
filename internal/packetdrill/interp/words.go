package interp

// words are the names in arguments, with the values of Linux.
var words = map[string]int64{
	"AF_INET": 2, "PF_INET": 2, "AF_INET6": 10, "PF_INET6": 10,
	"SOCK_STREAM": 1, "SOCK_NONBLOCK": nonblock, "SOCK_CLOEXEC": 0x80000,
	"IPPROTO_IP": 0, "IPPROTO_TCP": 6, "SOL_SOCKET": 1, "SOL_TCP": 6, "SOL_IP": 0, "IPPROTO_IPV6": 41, "SOL_IPV6": 41,

	"SHUT_RD": 0, "SHUT_WR": 1, "SHUT_RDWR": 2,

	"F_GETFL": 3, "F_SETFL": 4, "F_GETFD": 1, "F_SETFD": 2, "FD_CLOEXEC": 1,
	"O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": readWrite, "O_NONBLOCK": nonblock, "O_NDELAY": nonblock,

	"MSG_OOB": msgOOB, "MSG_PEEK": msgPeek, "MSG_DONTWAIT": msgDontWait, "MSG_EOR": 0x80, "MSG_WAITALL": msgWaitAll,
	"MSG_NOSIGNAL": 0x4000, "MSG_MORE": msgMore, "MSG_TRUNC": 0x20, "MSG_CTRUNC": 8,
	"MSG_ERRQUEUE": msgErrQueue, "MSG_FASTOPEN": msgFastOpen, "MSG_ZEROCOPY": msgZeroCopy,

	"POLLIN": pollIn, "POLLPRI": pollPri, "POLLOUT": pollOut, "POLLERR": pollErr, "POLLHUP": pollHup, "POLLNVAL": pollNval,
	"POLLRDNORM": pollRdNorm, "POLLWRNORM": pollWrNorm, "POLLRDBAND": 0x80, "POLLWRBAND": 0x200, "POLLRDHUP": pollRdHup,
	"EPOLLIN": pollIn, "EPOLLPRI": pollPri, "EPOLLOUT": pollOut, "EPOLLERR": pollErr, "EPOLLHUP": pollHup, "EPOLLRDHUP": pollRdHup,
	"EPOLLRDNORM": pollRdNorm, "EPOLLWRNORM": pollWrNorm, "EPOLLRDBAND": 0x80, "EPOLLWRBAND": 0x200, "EPOLLMSG": 0x400,
	"EPOLLET": epollET, "EPOLLONESHOT": epollOneShot, "EPOLLWAKEUP": 1 << 29, "EPOLLEXCLUSIVE": 1 << 28,
	"EPOLL_CTL_ADD": epollAdd, "EPOLL_CTL_DEL": epollDelete, "EPOLL_CTL_MOD": epollModify, "EPOLL_CLOEXEC": 0x80000,

	"FIONREAD": 0x541b, "SIOCINQ": 0x541b, "SIOCOUTQ": 0x5411, "TIOCOUTQ": 0x5411, "SIOCOUTQNSD": 0x894b, "FIONBIO": 0x5421,
}

// Flags of descriptors.
const (
	readWrite = 2
	nonblock  = 0x800
)

// Flags of send and recv.
const (
	msgOOB      = 1
	msgPeek     = 2
	msgDontWait = 0x40
	msgWaitAll  = 0x100
	msgErrQueue = 0x2000
	msgMore     = 0x8000
	msgZeroCopy = 0x4000000
	msgFastOpen = 0x20000000
)

// Bits of poll.
const (
	pollIn    = 1
	pollPri   = 2
	pollOut   = 4
	pollErr   = 8
	pollHup   = 0x10
	pollNval  = 0x20
	pollRdHup = 0x2000

	pollRdNorm = 0x40
	pollWrNorm = 0x100
)

// Flags of events for epoll_ctl.
const (
	epollOneShot = 1 << 30
	epollET      = 1 << 31
)

// Operations of epoll_ctl.
const (
	epollAdd    = 1
	epollDelete = 2
	epollModify = 3
)

// errnos are the numbers of errors, as SO_ERROR returns them on Linux.
var errnos = map[string]int64{
	"EPERM": 1, "EINTR": 4, "EBADF": 9, "EAGAIN": 11, "EWOULDBLOCK": 11, "EACCES": 13, "ENOENT": 2, "EEXIST": 17, "EFAULT": 14, "EINVAL": 22,
	"EMFILE": 24, "EPIPE": 32, "ENOTSOCK": 88, "EDESTADDRREQ": 89, "EMSGSIZE": 90, "EDOM": 33, "EPROTO": 71, "ENOPROTOOPT": 92, "EOPNOTSUPP": 95,
	"EADDRINUSE": 98, "EADDRNOTAVAIL": 99, "ENETUNREACH": 101, "ECONNABORTED": 103, "ECONNRESET": 104, "ENOBUFS": 105,
	"EISCONN": 106, "ENOTCONN": 107, "ETIMEDOUT": 110, "ECONNREFUSED": 111, "EHOSTUNREACH": 113, "EALREADY": 114, "EINPROGRESS": 115,
}
