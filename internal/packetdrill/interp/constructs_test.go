package interp

import "strings"

// Parts of scripts for the cases below.
const (
	client = `0  socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
`
	connecting = `+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S 0:0(0) <...>
`
	watching  = nonblocking + "+0 epoll_create(1) = 5\n"
	deferring = `0  socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [5], 4) = 0
+0 listen(3, 8) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
`
)

// constructCases are further scripts for TestLanguage: of options and calls that a host
// has, and of the systems that have them.
var constructCases = []languageCase{
	// epoll with edges: an event comes once for each time that something has come.
	{"an edge", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0\n+0 < P. 1:11(10) ack 1 win 9\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 < P. 11:21(10) ack 1 win 9\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, ..., 1, 0) = 0", "", 0},
	{"a level", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n+0 < P. 1:11(10) ack 1 win 9\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1", "", 0},
	{"an edge out of order is none", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0\n+0 < P. 11:21(10) ack 1 win 9\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 < P. 1:11(10) ack 1 win 9\n+0 epoll_wait(5, ..., 1, 0) = 1", "", 0},
	{"an edge for what is there already", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLET, fd=4}) = 0\n+0 epoll_wait(5, {events=EPOLLOUT, fd=4}, 1, 0) = 1\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLOUT|EPOLLET, fd=4}) = 0\n+0 epoll_wait(5, ..., 1, 0) = 1", "", 0},
	{"an edge when there is space again", "`sysctl -q net.ipv4.tcp_wmem=\"4096 2000 4096\"`\n" + watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLET, fd=4}) = 0\n+0 epoll_wait(5, ..., 1, 0) = 1\n+0 write(4, ..., 3000) = 2000\n+0 < . 1:1(0) ack 501 win 65535\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 < . 1:1(0) ack 1001 win 65535\n+0 epoll_wait(5, ..., 1, 0) = 1\n+0 < . 1:1(0) ack 2001 win 65535\n+0 epoll_wait(5, ..., 1, 0) = 0", "", 0},
	{"an edge at the end", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLRDHUP|EPOLLET, fd=4}) = 0\n+0...0.1 epoll_wait(5, {events=EPOLLRDHUP, fd=4}, 1, -1) = 1\n+.1 < F. 1:1(0) ack 1 win 9\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 < R. 2:2(0) ack 1 win 9\n+0 epoll_wait(5, {events=EPOLLRDHUP|EPOLLERR|EPOLLHUP, fd=4}, 1, 0) = 1", "", 0},
	{"an edge of a listener", strings.Replace(listening, "STREAM", "STREAM|SOCK_NONBLOCK", 1) + "+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 3, {events=EPOLLIN|EPOLLET, fd=3}) = 0\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 < S 0:0(0) win 9 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 < . 1:1(0) ack 1 win 9\n+0 epoll_wait(5, {events=EPOLLIN, fd=3}, 1, 0) = 1\n+0 epoll_wait(5, ..., 1, 0) = 0", "", 0},
	{"one event only", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLONESHOT, fd=4}) = 0\n+0 epoll_wait(5, ..., 1, 0) = 1\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLOUT|EPOLLONESHOT, fd=4}) = 0\n+0 epoll_wait(5, ..., 1, 0) = 1", "", 0},
	{"the data of an event", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, ptr=77}) = 0\n+0 epoll_wait(5, {events=EPOLLOUT, ptr=77}, 1, 0) = 1\n+0 epoll_wait(5, {events=EPOLLOUT, ptr=78}, 1, 0) = 1", "fail data of the event", 0},
	{"no struct epoll_event", watching + "+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, what=4}) = 0", "fail {events=E, fd=N}", 0},

	// TCP_DEFER_ACCEPT: five seconds are three timeouts of the SYN-ACK.
	{"what is deferred is read in whole timeouts", deferring + "+0 getsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [7], [4]) = 0", "", 0},
	{"a connection waits for data", deferring + "+.1 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = -1 EAGAIN\n+.1 < P. 1:11(10) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n+0 read(4, ..., 100) = 10", "", 0},
	{"a connection waits for a FIN", deferring + "+.1 < . 1:1(0) ack 1 win 65535\n+.1 < F. 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4\n+0 read(4, ..., 100) = 0", "", 0},
	{"its SYN-ACK is repeated at the end only", deferring + "+.1 < . 1:1(0) ack 1 win 65535\n+6.9 > S. 0:0(0) ack 1 <...>\n+.1 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4", "", 0},
	{"its SYN-ACK is repeated until it is acknowledged", deferring + "+1 > S. 0:0(0) ack 1 <...>\n+.5 < . 1:1(0) ack 1 win 65535\n+5.5 > S. 0:0(0) ack 1 <...>", "", 0},
	{"one second is one timeout", strings.Replace(deferring, "[5]", "[1]", 1) + "+.1 < . 1:1(0) ack 1 win 65535\n+.9 > S. 0:0(0) ack 1 <...>\n+.1 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4", "", 0},
	{"nothing is deferred", strings.Replace(deferring, "[5]", "[0]", 1) + "+.1 < . 1:1(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 4", "", 0},

	{"no slow start after an idle time", "`sysctl -q net.ipv4.tcp_slow_start_after_idle=0`\n" + established + "+0 write(4, ..., 10000) = 10000\n+0 > P. 1:10001(10000) ack 1\n+.01 < . 1:1(0) ack 10001 win 65535\n+5 write(4, ..., 11000) = 11000\n+0 > P. 10001:21001(11000) ack 1", "", 0},
	{"slow start after an idle time", established + "+0 write(4, ..., 10000) = 10000\n+0 > P. 1:10001(10000) ack 1\n+.01 < . 1:1(0) ack 10001 win 65535\n+5 write(4, ..., 11000) = 11000\n+0 > P. 10001:21001(11000) ack 1", "fail no packet", 0},
	{"tcp_fastopen", "`sysctl -q net.ipv4.tcp_fastopen=0x3 net.ipv4.tcp_fastopen_key=a-b-c-d`\n" + listening, "", 1},

	// Low-water marks and times.
	{"SO_RCVLOWAT", established + "+0 setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [20], 4) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [20], [4]) = 0\n+0...0.2 read(4, ..., 100) = 25\n+.1 < P. 1:16(15) ack 1 win 9\n+.1 < P. 16:26(10) ack 1 win 9\n+0 < P. 26:36(10) ack 1 win 9\n+0 poll([{fd=4, events=POLLIN, revents=0}], 1, 0) = 0\n+0 recv(4, ..., 100, MSG_DONTWAIT) = 10", "", 0},
	{"TCP_NOTSENT_LOWAT", nonblocking + "+0 setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [1500], 4) = 0\n+0 write(4, ..., 60000) = 12000\n+0 ioctl(4, SIOCOUTQNSD, [2000]) = 0\n+0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0\n+0 > . 1:10001(10000) ack 1\n+.01 < . 1:1(0) ack 10001 win 65535\n+0 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1", "", 0},
	{"SO_RCVLOWAT and MSG_PEEK", established + "+0 setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [20], 4) = 0\n+0...0.2 recv(4, ..., 100, MSG_PEEK) = 25\n+.1 < P. 1:16(15) ack 1 win 9\n+.1 < P. 16:26(10) ack 1 win 9\n+0 recv(4, ..., 100, MSG_DONTWAIT) = 25\n+0...0.2 recv(4, ..., 100, MSG_PEEK) = 5\n+.1 < P. 26:31(5) ack 1 win 9\n+.1 < F. 31:31(0) ack 1 win 9", "", 0},
	{"TCP_NOTSENT_LOWAT, the half", strings.Replace(nonblocking, "ack 1 win 65535", "ack 1 win 1000", 1) + "+0 setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [1500], 4) = 0\n+0 write(4, ..., 2000) = 2000\n+0 poll([{fd=4, events=POLLOUT, revents=0}], 1, 0) = 0\n+0 setsockopt(4, SOL_TCP, TCP_NOTSENT_LOWAT, [2001], 4) = 0\n+0 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 1, 0) = 1", "", 0},
	{"tcp_notsent_lowat", "`sysctl -q net.ipv4.tcp_notsent_lowat=1500`\n" + nonblocking + "+0 write(4, ..., 60000) = 12000", "", 0},
	{"tcp_notsent_lowat, the default", "`sysctl -q net.ipv4.tcp_notsent_lowat=4294967295`\n" + nonblocking + "+0 write(4, ..., 60000) = 60000", "", 0},
	{"SO_RCVTIMEO", established + "+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=200000}, 16) = 0\n+0...0.2 read(4, ..., 100) = -1 EAGAIN\n+.3...0.4 recv(4, ..., 100, MSG_WAITALL) = 10\n+.1 < P. 1:11(10) ack 1 win 9", "fail still blocks", 1},
	{"SO_RCVTIMEO with a part", established + "+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=200000}, 16) = 0\n+0...0.2 recv(4, ..., 100, MSG_WAITALL) = 10\n+.1 < P. 1:11(10) ack 1 win 9", "", 0},
	{"SO_SNDTIMEO", "0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 setsockopt(3, SOL_SOCKET, SO_SNDTIMEO, {tv_sec=0, tv_usec=200000}, 16) = 0\n+0...0.2 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>", "", 0},
	{"a time that is none", established + "+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=1000000}, 16) = -1 EDOM\n+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, [5], 16) = 0", "fail tv_usec", 0},

	// Buffers that are none.
	{"no buffer", established + "+0 write(4, NULL, 1000) = -1 EFAULT\n+0 sendto(4, NULL, 1000, 0, ..., ...) = -1 EFAULT\n+0 writev(4, [{..., 5}, {NULL, 6}], 2) = -1 EFAULT\n+0 write(4, NULL, 0) = 0\n+0 < P. 1:11(10) ack 1 win 9\n+0 read(4, NULL, 10) = -1 EFAULT\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{NULL, 10}], msg_flags=0}, 0) = -1 EFAULT\n+0 read(4, ..., 10) = 10", "", 0},
	{"no buffer and nothing to be read", nonblocking + "+0 read(4, NULL, 10) = -1 EAGAIN", "", 0},
	{"an algorithm in brackets", established + "+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, [\"reno\"], 4) = 0\n+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", [4]) = 0", "", 0},
	{"values of options", established + "+0 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [87040], [4]) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_RCVBUF, ..., [4]) = 0\n+0 setsockopt(4, SOL_TCP, TCP_LINGER2, [300], 4) = 0\n+0 getsockopt(4, SOL_TCP, TCP_LINGER2, [120], [4]) = 0\n+0 setsockopt(4, SOL_TCP, TCP_LINGER2, [0], 4) = 0\n+0 getsockopt(4, SOL_TCP, TCP_LINGER2, [60], [4]) = 0\n+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [5000], 4) = 0\n+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [10000], [4]) = 0\n+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1000], [4]) = 0", "", 0},

	{"TCP_INQ", established + "+0 setsockopt(4, SOL_TCP, TCP_INQ, [1], 4) = 0\n+0 < P. 1:31(30) ack 1 win 9\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0, msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=20}]}, 0) = 10\n+0 < F. 31:31(0) ack 1 win 9\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 20}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=1}]}, 0) = 20\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 20}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=7}]}, 0) = 0", "fail octets left: want 7, got 1", 0},
	{"TCP_INQ is not set", established + "+0 < P. 1:31(30) ack 1 win 9\n+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=20}]}, 0) = 10", "fail none without TCP_INQ", 0},
	{"another control message", established + "+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_control=[{cmsg_level=SOL_SOCKET, cmsg_type=SO_TIMESTAMPING, cmsg_data=20}]}, 0) = 10", "skip SO_TIMESTAMPING", 0},

	{"fields of the IP header", established + "+0 write(4, ..., 5) = 5\n+0 > [ttl 64, tos 0x0] P. 1:6(5) ack 1\n+0 setsockopt(4, SOL_IP, IP_TTL, [9], 4) = 0\n+0 setsockopt(4, SOL_IP, IP_TOS, [16], 4) = 0\n+0 < . 1:1(0) ack 6 win 65535\n+0 write(4, ..., 5) = 5\n+0 > (ttl 9, tos 0x10) P. 6:11(5) ack 1\n+0 < . 1:1(0) ack 11 win 65535\n+0 write(4, ..., 5) = 5\n+0 > [tos 0] P. 11:16(5) ack 1", "fail IP header", 0},
	{"fields of a listener", listening + "+0 setsockopt(3, SOL_IP, IP_TTL, [9], 4) = 0\n+0 < S 0:0(0) win 9\n+0 > [ttl 9] S. 0:0(0) ack 1 <...>", "", 0},
	{"a flow label", established + "+0 write(4, ..., 5) = 5\n+0 > [flowlabel 5] P. 1:6(5) ack 1", "skip flowlabel", 0},

	// Urgent data: Linux leaves out the last octet.
	{"the urgent octet", nonblocking + "+0 < PU. 1:11(10) ack 1 win 9 urg 5\n+0 poll([{fd=4, events=POLLIN|POLLPRI, revents=POLLIN|POLLPRI}], 1, 0) = 1\n+0 ioctl(4, SIOCINQ, [4]) = 0\n+0 recv(4, ..., 100, MSG_PEEK) = 4\n+0 read(4, ..., 100) = 4\n+0 recv(4, ..., 1, MSG_OOB|MSG_PEEK) = 1\n+0 recv(4, ..., 1, MSG_OOB) = 1\n+0 recv(4, ..., 1, MSG_OOB) = -1 EINVAL\n+0 poll([{fd=4, events=POLLIN|POLLPRI, revents=POLLIN}], 1, 0) = 1\n+0 recv(4, ..., 100, MSG_PEEK) = 5\n+0 read(4, ..., 100) = 5\n+0 read(4, ..., 100) = -1 EAGAIN", "", 0},
	{"the urgent octet is the last", nonblocking + "+0 < PU. 1:11(10) ack 1 win 9 urg 10\n+0 read(4, ..., 100) = 9\n+0 poll([{fd=4, events=POLLIN, revents=0}], 1, 0) = 0\n+0 ioctl(4, SIOCINQ, [0]) = 0\n+0 read(4, ..., 100) = -1 EAGAIN\n+0 recv(4, ..., 1, MSG_OOB) = -1 EINVAL\n+0 < F. 11:11(0) ack 1 win 9\n+0 read(4, ..., 100) = 0", "", 0},
	{"the urgent octet in line", nonblocking + "+0 setsockopt(4, SOL_SOCKET, SO_OOBINLINE, [1], 4) = 0\n+0 < PU. 1:11(10) ack 1 win 9 urg 5\n+0 ioctl(4, SIOCINQ, [10]) = 0\n+0 recv(4, ..., 1, MSG_OOB) = -1 EINVAL\n+0 read(4, ..., 100) = 4\n+0 read(4, ..., 100) = 6", "", 0},
	{"the urgent octet is to come", nonblocking + "+0 recv(4, ..., 1, MSG_OOB) = -1 EINVAL\n+0 < PU. 1:11(10) ack 1 win 9 urg 15\n+0 poll([{fd=4, events=POLLPRI, revents=0}], 1, 0) = 0\n+0 recv(4, ..., 1, MSG_OOB) = -1 EAGAIN\n+0 read(4, ..., 100) = 10\n+0 < P. 11:21(10) ack 1 win 9\n+0 recv(4, ..., 1, MSG_OOB) = 1\n+0 read(4, ..., 100) = 4\n+0 read(4, ..., 100) = 5", "", 0},

	// BSD.
	{"TCP_KEEPINIT", client + "+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [3], 4) = 0\n" + connecting + "+1 > S 0:0(0) <...>\n+1.9 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n+.11 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0\n+0 < S. 0:0(0) ack 1 win 9\n+0 > R 1:1(0)", "", 0},
	{"TCP_KEEPINIT begins anew", client + connecting + "+1 > S 0:0(0) <...>\n+1 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [1], 4) = 0\n+.9 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n+.11 getsockopt(3, SOL_SOCKET, SO_ERROR, [ETIMEDOUT], [4]) = 0", "", 0},
	{"TCP_KEEPINIT is over", client + "+0 setsockopt(3, IPPROTO_TCP, TCP_KEEPINIT, [1], 4) = 0\n" + connecting + "+0 < S. 0:0(0) ack 1 win 9\n+0 > . 1:1(0) ack 1\n+5 write(3, ..., 5) = 5\n+0 > P. 1:6(5) ack 1", "", 0},
	{"keepinit", "`sysctl -w net.inet.tcp.keepinit=2500`\n0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...2.5 connect(3, ..., ...) = -1 ETIMEDOUT\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>", "", 0},
	{"TCP_NOOPT of a client", client + "+0 setsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], 4) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0)\n+0 < S. 0:0(0) ack 1 win 9000 <mss 500,sackOK,TS val 5 ecr 0>\n+0 > . 1:1(0) ack 1\n+0 write(3, ..., 600) = 600\n+0 > . 1:501(500) ack 1\n+.01 < . 1:1(0) ack 501 win 9000\n+0 > P. 501:601(100) ack 1", "", 0},
	{"TCP_NOOPT of a listener", listening + "+0 setsockopt(3, IPPROTO_TCP, TCP_NOOPT, [1], 4) = 0\n+0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 5 ecr 0,nop,wscale 7>\n+0 > S. 0:0(0) ack 1\n+0 < . 1:1(0) ack 1 win 9\n+0 accept(3, ..., ...) = 4\n+0 < P. 11:21(10) ack 1 win 9\n+0 > . 1:1(0) ack 1", "", 0},
	{"a black hole for SYNs", "`sysctl -w net.inet.tcp.blackhole=1`\n0 < S 0:0(0) win 9\n+0 < . 5:5(0) ack 7 win 9\n+0 > R 7:7(0)", "", 0},
	{"a black hole", "`sysctl -w net.inet.tcp.blackhole=2`\n0 < S 0:0(0) win 9\n+0 < . 5:5(0) ack 7 win 9\n+0 `sysctl -w net.inet.tcp.blackhole=0`\n+0 < . 5:5(0) ack 8 win 9\n+0 > R 8:8(0)", "", 0},
	{"a black hole of another kind", "`sysctl -w net.inet.tcp.blackhole=3`\n0 < S 0:0(0) win 9", "skip blackhole", 1},
	{"a black hole does not stop a listener", "`sysctl -w net.inet.tcp.blackhole=2`\n" + listening + "+0 < . 5:5(0) ack 7 win 9\n+0 > R 7:7(0)", "", 0},
	{"drop_synfin", "`sysctl -w net.inet.tcp.drop_synfin=1`\n" + established + "+0 < SF 100:100(0) win 9\n+.5 < P. 1:11(10) ack 1 win 9\n+0 read(4, ..., 10) = 10\n+.04~+.05 > . 1:1(0) ack 11", "", 0},
	{"delayed_ack", "`sysctl -w net.inet.tcp.delayed_ack=0`\n" + established + "+0 < P. 1:11(10) ack 1 win 9\n+0 > . 1:1(0) ack 11", "", 0},
	{"insecure_rst", "`sysctl -w net.inet.tcp.insecure_rst=1`\n" + established + "+0 < R 100:100(0) win 9\n+0 read(4, ..., 10) = -1 ECONNRESET", "", 0},
	{"insecure_rst, outside", "`sysctl -w net.inet.tcp.insecure_rst=1`\n" + nonblocking + "+0 < R 70000:70000(0) win 9\n+0 read(4, ..., 10) = -1 EAGAIN", "", 0},
	{"secure_rst", established + "+0 < R 100:100(0) win 9\n+0 > . 1:1(0) ack 1", "", 0},
	{"insecure_syn", "`sysctl -w net.inet.tcp.insecure_syn=1`\n" + established + "+0 < S 100:100(0) win 9\n+0 > R 1:1(0)\n+0 read(4, ..., 10) = -1 ECONNRESET", "", 0},
	{"rexmit_drop_options", "`sysctl -w net.inet.tcp.rexmit_drop_options=1`\n" + client + "+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 0>\n+1 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 0>\n+2 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 0>\n+4 > S 0:0(0) <mss 1460>\n+.1 < S. 0:0(0) ack 1 win 9 <mss 1000,sackOK,TS val 7 ecr 1,nop,wscale 2>\n+0 > . 1:1(0) ack 1", "", 0},
	{"options are kept", client + "+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>\n+1 > S 0:0(0) <...>\n+2 > S 0:0(0) <...>\n+4 > S 0:0(0) <mss 1460>", "fail options", 0},
	{"encapsulation", "--udp_encapsulation=9899\n" + listening, "", 1},

	// The host.
	{"an accept queue that is full", "`sysctl -q net.ipv4.tcp_abort_on_overflow=1 net.core.somaxconn=1`\n" + listening + "+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 9\n+0 < S 500:500(0) win 9\n+0 > S. 0:0(0) ack 501 <...>\n+0 < . 501:501(0) ack 1 win 9\n+0 < S 900:900(0) win 9\n+.2 accept(3, ..., ...) = 4", "", 0},
	{"time spent with something to send", established + "+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1\n+.1 < . 1:1(0) ack 501 win 65535\n+.3 write(4, ..., 500) = 500\n+0 > P. 501:1001(500) ack 1\n+.05 %{ assert tcpi_busy_time == 150000 and tcpi_rwnd_limited == 0 and tcpi_sndbuf_limited == 0 }%", "", 0},
	{"time spent with a closed window", strings.Replace(established, "ack 1 win 65535", "ack 1 win 1000", 1) + "+0 write(4, ..., 1500) = 1500\n+0 > . 1:1001(1000) ack 1\n+.1 < . 1:1(0) ack 1001 win 0\n+.05 < . 1:1(0) ack 1001 win 65535\n+0 > P. 1001:1501(500) ack 1\n+.02 < . 1:1(0) ack 1501 win 65535\n+1 %{ assert tcpi_rwnd_limited == 150000 and tcpi_busy_time == 170000 and tcpi_sndbuf_limited == 0 }%", "", 0},
	{"time spent with a full buffer", "`sysctl -q net.ipv4.tcp_wmem=\"4096 2000 4096\"`\n" + established + "+0...0.1 write(4, ..., 3000) = 3000\n+0 > P. 1:2001(2000) ack 1\n+.1 < . 1:1(0) ack 2001 win 65535\n+0 > P. 2001:3001(1000) ack 1\n+.05 < . 1:1(0) ack 3001 win 65535\n+0 %{ assert tcpi_sndbuf_limited == 100000 and tcpi_busy_time == 150000 and tcpi_rwnd_limited == 0 }%", "", 0},
	{"the congestion window limits first", strings.Replace(established, "ack 1 win 65535", "ack 1 win 10000", 1) + "+0 write(4, ..., 20000) = 20000\n+.1 %{ assert tcpi_busy_time == 100000 and tcpi_rwnd_limited == 0 }%", "", 0},
	{"a full buffer until there is space", "`sysctl -q net.ipv4.tcp_wmem=\"4096 2000 4096\"`\n" + nonblocking + "+0 write(4, ..., 3000) = 2000\n+.1 < . 1:1(0) ack 501 win 65535\n+0 write(4, ..., 400) = 400\n+.05 %{ assert tcpi_sndbuf_limited == 150000 }%", "", 0},
	{"a full buffer in slow start", "`sysctl -q net.ipv4.tcp_wmem=\"4096 6000 6000\"`\n" + nonblocking + "+0 write(4, ..., 7000) = 6000\n+.1 %{ assert tcpi_sndbuf_limited == 0 and tcpi_busy_time == 100000 }%", "", 0},
	{"a FIN that the window holds back", strings.Replace(established, "ack 1 win 65535", "ack 1 win 0", 1) + "+0 shutdown(4, SHUT_WR) = 0\n+.1 %{ assert tcpi_rwnd_limited == 100000 and tcpi_busy_time == 100000 }%\n+0 < . 1:1(0) ack 1 win 1000\n+0 > F. 1:1(0) ack 1\n+.05 < . 1:1(0) ack 2 win 1000\n+1 %{ assert tcpi_rwnd_limited == 100000 and tcpi_busy_time == 150000 }%", "", 0},
	{"an option that is too short", established + "+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 1) = -1 EINVAL\n+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 4) = -1 EINVAL\n+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0", "", 0},
	{"back-off of window probes", strings.Replace(established, "ack 1 win 65535", "ack 1 win 0", 1) + "+0 write(4, ..., 500) = 500\n+0 %{ assert tcpi_backoff == 0 }%\n* > . 1:2(1) ack 1\n+0 %{ assert tcpi_backoff == 1 }%\n* > . 1:2(1) ack 1\n+0 %{ assert tcpi_backoff == 2 }%", "", 0},
	{"segments in flight", established + "+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 write(4, ..., 10) = 10\n+0 write(4, ..., 10) = 10\n+0 write(4, ..., 1500) = 1500\n+0 shutdown(4, SHUT_WR) = 0\n+0 %{ assert tcpi_unacked == 5 }%\n+.01 < . 1:1(0) ack 1021 win 9000\n+0 %{ assert tcpi_unacked == 2 }%\n+.01 < . 1:1(0) ack 1522 win 9000\n+0 %{ assert tcpi_unacked == 0 }%", "", 0},
	{"a SYN in flight", client + connecting + "+1 > S 0:0(0) <...>\n+0 %{ assert tcpi_unacked == 1 }%", "", 0},
	{"more of TCP_INFO", established + "+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1\n+.2 > P. 1:501(500) ack 1\n+.01 < . 1:1(0) ack 501 win 9000\n+.02 %{ assert tcpi_bytes_sent == 1000 and tcpi_bytes_retrans == 500 and tcpi_data_segs_out == 2 and tcpi_data_segs_in == 0\nassert tcpi_last_data_sent == 30 and tcpi_last_ack_recv == 20 and tcpi_snd_wnd == 9000 and tcpi_notsent_bytes == 0\nassert tcpi_rcv_space == 14600 and SK_MEMINFO_SNDBUF == 87040 and SK_MEMINFO_RCVBUF > 100000 }%", "", 0},
	{"sizes with timestamps", stamped + "+0 %{ assert tcpi_advmss == 1448 and tcpi_rcv_mss == 536 and tcpi_rcv_space == 14480 }%", "", 0},
	{"TCP_INFO of any value", established + "+0 getsockopt(4, SOL_TCP, TCP_INFO, {tcpi_state=..., tcpi_rtt=...}, [...]) = 0", "", 0},
	{"a port is unreachable", client + connecting + "+0 < icmp unreachable port_unreachable [0:1(1)]\n+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0", "", 0},
	{"a network is unreachable until the end", established + "+0 setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [500], 4) = 0\n+0 write(4, ..., 5) = 5\n+0 > P. 1:6(5) ack 1\n+0 < icmp unreachable net_unreachable [1:6(5)]\n+1 read(4, ..., 5) = -1 ENETUNREACH", "", 0},
	{"sockets are dropped", established + "+0 `ss -K state established`\n+0 > R 1:1(0)\n+0 `netstat -an | grep -c ESTABLISHED | grep 0`", "", 0},
	{"a connect over a TIME-WAIT", client + connecting + "+0 < S. 0:0(0) ack 1 win 9000\n+0 > . 1:1(0) ack 1\n+0 close(3) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 9000\n+0 > . 2:2(0) ack 2\n+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4\n+0 connect(4, ..., ...) = -1 EADDRNOTAVAIL", "", 0},
	{"a connect beside a TIME-WAIT, with numbers of its own", client + connecting + "+0 < S. 0:0(0) ack 1 win 9000\n+0 > . 1:1(0) ack 1\n+0 close(3) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 9000\n+0 > . 2:2(0) ack 2\n+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4\n+0 connect(4, ..., ...) = -1 EINPROGRESS\n+0 > S 700:700(0) <...>\n+0 < S. 0:0(0) ack 701 win 9000\n+0 > . 701:701(0) ack 1", "", 0},
	{"a connect beside a TIME-WAIT", client + connecting + "+0 < S. 0:0(0) ack 1 win 9000\n+0 > . 1:1(0) ack 1\n+0 close(3) = 0\n+0 > F. 1:1(0) ack 1\n+0 < F. 1:1(0) ack 2 win 9000\n+0 > . 2:2(0) ack 2\n+0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4\n+0 connect(4, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>", "", 0},
	{"an experimental Fast Open", listening + "+0 < S 0:0(0) win 9 <mss 1000,FOEXP 1234>\n+0 > S. 0:0(0) ack 1 <...>", "skip TCP option FOEXP 1234", 1},
}
