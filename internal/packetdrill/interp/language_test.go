package interp

import (
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

const (
	listening = `0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 8) = 0
`
	established = listening + `+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`
	nonblocking = established + "+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
	stamped     = listening + `+0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 100 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 5000 ecr 100>
+.01 < . 1:1(0) ack 1 win 65535 <nop,nop,TS val 110 ecr 5000>
+0 accept(3, ..., ...) = 4
`
)

// languageCase is a script and what becomes of it: "" passes, "fail …" and "skip …"
// are followed by what the reason, want or got contain. Line counts from the last line
// of the script: 0 is that.
type languageCase struct {
	name, text, want string
	line             int
}

var languageCases = []languageCase{
	// Times (§3).
	{"absolute", established + "0.5 close(4) = 0\n0.5 > F. 1:1(0) ack 1", "", 0},
	{"late within the tolerance", established + "0.5 close(4) = 0\n0.504 > F. 1:1(0) ack 1", "", 0},
	{"late by more than both tolerances", established + "0.5 close(4) = 0\n0.51 > F. 1:1(0) ack 1", "fail time", 0},
	{"any time", established + "+.5 close(4) = 0\n+0 > F. 1:1(0) ack 1\n* > F. 1:1(0) ack 1\n+.4 > F. 1:1(0) ack 1", "", 0},
	{"any time, and nothing comes", established + "* > . 1:1(0) ack 1", "fail nothing", 0},
	{"relative range", established + "+.5 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.1~+.3 > F. 1:1(0) ack 1", "", 0},
	{"relative range, too early", established + "+.5 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.3~+.9 > F. 1:1(0) ack 1", "fail time", 0},
	{"absolute range", established + "1 close(4) = 0\n1~2 > F. 1:1(0) ack 1\n1.1~1.3 > F. 1:1(0) ack 1", "", 0},
	{"absolute range, too late", established + "1 close(4) = 0\n1 > F. 1:1(0) ack 1\n1.05~1.1 > F. 1:1(0) ack 1", "fail no packet", 0},
	{"silence is proved by what comes next", established + "+.5 close(4) = 0\n+.5 < . 1:1(0) ack 2 win 100\n+.1 < F. 1:1(0) ack 2 win 100\n+0 > . 2:2(0) ack 2", "fail flags", 0},
	{"the percentage widens", "--tolerance_percent=60\n" + established + "+1 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.3 > F. 1:1(0) ack 1", "", 0},
	{"the microseconds widen", "--tolerance_usecs=150000\n" + established + "+1 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+.3 > F. 1:1(0) ack 1", "", 0},
	{"a bad tolerance", "--tolerance_percent=many\n" + established, "fail percentage", 8},

	{"nothing", "// only a remark", "skip without events", 0},

	// Blocking calls (§4).
	{"read waits", established + "+.1...0.2 read(4, ..., 100) = 10\n+.1 < P. 1:11(10) ack 1 win 100", "", 0},
	{"read waits too long", established + "+.1...0.2 read(4, ..., 100) = 10\n+.2 < P. 1:11(10) ack 1 win 100", "fail still blocks", 1},
	{"read returns too early", established + "+.1...0.9 read(4, ..., 100) = 10\n+.2 < P. 1:11(10) ack 1 win 100", "fail time of return", 1},
	{"read waits, wrong result", established + "+.1...0.2 read(4, ..., 100) = 11\n+.1 < P. 1:11(10) ack 1 win 100", "fail result", 1},
	{"read must not wait", established + "+.1 read(4, ..., 100) = 10", "fail blocks", 0},
	{"an absolute end", established + "1...1.2 read(4, ..., 100) = 10\n1.2 < P. 1:11(10) ack 1 win 100", "", 0},
	{"accept waits", listening + "+0...0.02 accept(3, ..., ...) = 4\n+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+.02 < . 1:1(0) ack 1 win 1000\n+0 write(4, ..., 5) = 5\n+0 > P. 1:6(5) ack 1", "", 0},
	{"connect waits", "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...0.1 connect(3, ..., ...) = 0\n+0 > S 0:0(0) <...>\n+.1 < S. 0:0(0) ack 1 win 1000\n+0 > . 1:1(0) ack 1", "", 0},
	{"connect is refused", "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...0.1 connect(3, ..., ...) = -1 ECONNREFUSED (refused)\n+0 > S 0:0(0) <...>\n+.1 < R. 0:0(0) ack 1 win 0", "", 0},
	{"a second call waits for the first", established + "+0...0.1 read(4, ..., 100) = 10\n+0 write(4, ..., 5) = 5\n+.1 < P. 1:11(10) ack 1 win 100", "fail still blocks", 2},
	{"write waits for space", "`sysctl -q net.ipv4.tcp_wmem=\"4096 2000 4096\"`\n" + established + "+0...0.1 write(4, ..., 3000) = 3000\n+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 1\n+.1 < . 1:1(0) ack 2001 win 65535\n+0 > P. 2001:3001(1000) ack 1", "", 0},
	{"a call that does not return before the end", established + "+0...1 read(4, ..., 100) = 10", "fail still blocks", 0},
	{"MSG_WAITALL", established + "+0...0.2 recv(4, ..., 20, MSG_WAITALL) = 20\n+.1 < P. 1:11(10) ack 1 win 100\n+.1 < P. 11:21(10) ack 1 win 100", "", 0},
	{"poll waits", established + "+0...0.1 poll([{fd=4, events=POLLIN|POLLPRI, revents=POLLIN}], 1, -1) = 1\n+.1 < P. 1:11(10) ack 1 win 100", "", 0},
	{"poll waits no longer", established + "+0...0.3 poll([{fd=4, events=POLLIN, revents=0}], 1, 300) = 0\n+.5 < P. 1:11(10) ack 1 win 100", "", 0},
	{"poll, wrong events", established + "+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1", "fail POLLOUT", 0},

	{"epoll", nonblocking + "+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN, fd=4}) = 0\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 0\n+0...0.1 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, -1) = 1\n+.1 < P. 1:11(10) ack 1 win 100\n+0 epoll_ctl(5, EPOLL_CTL_DEL, 4, {events=0, fd=4}) = 0\n+0 epoll_wait(5, ..., 1, 0) = 0\n+0 close(5) = 0\n+0 epoll_wait(5, ..., 1, 0) = -1 EBADF\n+0 epoll_wait(4, ..., 1, 0) = -1 EINVAL", "", 0},
	{"epoll, wrong events", nonblocking + "+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLOUT, fd=4}) = 0\n+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1", "fail POLLOUT", 0},

	// Results and descriptors (§4).
	{"an error", nonblocking + "+0 read(4, ..., 10) = -1 EWOULDBLOCK (any text (really))", "", 0},
	{"another error", nonblocking + "+0 read(4, ..., 10) = -1 ENOTCONN", "fail EAGAIN", 0},
	{"any result", nonblocking + "+0 read(4, ..., 10) = ...", "", 0},
	{"an unknown descriptor", established + "+0 read(9, ..., 10) = 0", "fail unknown descriptor", 0},
	{"a closed descriptor", established + "+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+0 write(4, ..., 10) = -1 EBADF", "", 0},
	{"a number is used again", established + "+0 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4", "", 0},
	{"a number is in use", established + "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4", "fail in use", 0},
	{"flags", established + "+0 fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)\n+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 fcntl(4, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)", "", 0},
	{"flags of BSD", established + "+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 fcntl(4, F_GETFL) = 0x6 (flags O_RDWR|O_NONBLOCK)", "", 0},
	{"a backlog of zero", strings.Replace(listening, "3, 8", "3, 0", 1) + "+0 < S 0:0(0) win 9 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>", "", 0},
	{"a backlog without limit", strings.Replace(listening, "3, 8", "3, -1", 1) + "+0 < S 0:0(0) win 9 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>", "", 0},
	{"a large aggregate", established + "+0 < P. 1:1048577(1048576) ack 1 win 65535\n+0 > . 1:1(0) ack 65536", "", 0},
	{"accept4", listening + "+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 1000\n+0 accept4(3, ..., ..., SOCK_NONBLOCK) = 4\n+0 read(4, ..., 1) = -1 EAGAIN", "", 0},
	{"SOCK_NONBLOCK", "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>\n+0 connect(3, ..., ...) = -1 EALREADY", "", 0},
	{"queues", established + "+0 < P. 1:11(10) ack 1 win 100\n+0 ioctl(4, FIONREAD, [10]) = 0\n+0 ioctl(4, SIOCINQ, [10]) = 0\n+0 write(4, ..., 300) = 300\n+0 ioctl(4, SIOCOUTQ, [300]) = 0", "", 0},
	{"the FIN is in the queue", established + "+0 write(4, ..., 300) = 300\n+0 > P. 1:301(300) ack 1\n+0 shutdown(4, SHUT_WR) = 0\n+0 ioctl(4, SIOCOUTQ, [301]) = 0\n+0 > F. 301:301(0) ack 1\n+.01 < . 1:1(0) ack 302 win 100\n+0 ioctl(4, SIOCOUTQ, [0]) = 0", "", 0},
	{"a queue is compared", established + "+0 < P. 1:11(10) ack 1 win 100\n+0 ioctl(4, FIONREAD, [11]) = 0", "fail want 11, got 10", 0},
	{"peek", established + "+0 < P. 1:11(10) ack 1 win 100\n+0 recv(4, ..., 100, MSG_PEEK) = 10\n+0 recv(4, ..., 100, MSG_DONTWAIT) = 10\n+0 recv(4, ..., 100, MSG_DONTWAIT) = -1 EAGAIN", "", 0},
	{"vectors", established + "+0 writev(4, [{..., 100}, {..., 200}], 2) = 300\n+0 > P. 1:301(300) ack 1\n+0 < P. 1:11(10) ack 301 win 1000\n+0 readv(4, [{..., 4}, {..., 3}], 2) = 7", "", 0},
	{"messages", established + "+0 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 100}], msg_flags=0}, 0) = 100\n+0 > P. 1:101(100) ack 1", "", 0},
	{"MSG_MORE", established + "+0 send(4, ..., 100, MSG_MORE) = 100\n+.01 send(4, ..., 50, 0) = 50\n+0 > P. 1:151(150) ack 1", "", 0},
	{"urgent data", established + "+0 send(4, ..., 100, MSG_OOB) = 100\n+0 > PU. 1:101(100) ack 1 urg 100", "", 0},
	{"SO_ERROR by number", established + "+0 < R 1:1(0) win 0\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [104], [4]) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0", "", 0},
	{"SO_ERROR is another", established + "+0 < R 1:1(0) win 0\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [EPIPE], [4]) = 0", "fail 104 ECONNRESET", 0},
	{"options are read as they were set", established + "+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 getsockopt(4, IPPROTO_TCP, TCP_NODELAY, [1], [4]) = 0\n+0 getsockopt(4, SOL_TCP, TCP_KEEPIDLE, [7200], [4]) = 0", "", 0},
	{"options are inherited", listening + "+0 setsockopt(3, SOL_TCP, TCP_KEEPIDLE, [5], 4) = 0\n+0 < S 0:0(0) win 1000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>\n+0 < . 1:1(0) ack 1 win 1000\n+0 accept(3, ..., ...) = 4\n+0 getsockopt(4, SOL_TCP, TCP_KEEPIDLE, [5], [4]) = 0", "", 0},
	{"an argument too many", established + "+0 close(4, 5) = 0", "fail want 1, got 2", 0},
	{"an argument too few", established + "+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1]) = 0", "fail want 5, got 4", 0},
	{"more buffers than there are", established + "+0 writev(4, [{..., 10}], 2) = 10", "fail count 1 of the list", 0},
	{"fewer buffers in a message than there are", established + "+0 sendmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}, {..., 20}], msg_flags=0}, 0) = 30", "fail count 2 of the list", 0},
	{"more descriptors than there are", established + "+0 poll([{fd=4, events=POLLOUT, revents=POLLOUT}], 2, 0) = 1", "fail count 1 of the list", 0},
	{"the address of a peer", listening + "+0 accept(3, {sa_family = AF_INET, sin_port = htons(1), sin_addr = inet_addr(\"9.9.9.9\")}, [16]) = -1 EAGAIN", "skip address of a peer", 0},
	{"an option out of range", established + "+0 setsockopt(4, SOL_TCP, TCP_KEEPCNT, [0], 4) = -1 EINVAL", "", 0},
	{"TCP_INFO", established + "+0 getsockopt(4, SOL_TCP, TCP_INFO, {tcpi_state=TCP_ESTABLISHED, tcpi_snd_mss=1000}, [...]) = 0", "", 0},
	{"TCP_INFO is compared", established + "+0 getsockopt(4, SOL_TCP, TCP_INFO, {tcpi_state=TCP_CLOSE_WAIT}, [...]) = 0", "fail tcpi_state", 0},

	// Numbers (§5).
	{"before any number is known", "0 < . 17:17(0) ack 34 win 9\n+0 > R 34:34(0)", "", 0},
	{"no ACK", "0 < P 17:27(10) win 9\n+0 > R. 0:0(0) ack 27", "", 0},
	{"a dead connection", established + "+0 < R 1:1(0) win 0\n+0 < . 1:1(0) ack 2 win 9\n+0 > R 2:2(0)", "", 0},
	{"an absolute number", established + "+0 close(3) = 0\n+0 < R 1:1(0) win 0\n+0 < F 1:1(0) win 9\n+0 > R. 0:0(0)! ack 2", "", 0},
	{"another absolute number", established + "+0 close(3) = 0\n+0 < R 1:1(0) win 0\n+0 < F 1:1(0) win 9\n+0 > R. 1:1(0)! ack 2", "fail sequence number", 0},
	{"an acknowledgment below the first number", established + "+0 < . 1:1(0) ack 4294967295 win 9\n+0 < P. 1:11(10) ack 1 win 9\n+.04 > . 1:1(0) ack 11", "", 0},
	{"a payload in several segments", established + "+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1", "", 0},
	{"a payload in strict segments", "--strict_segments\n" + established + "+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1", "fail flags", 0},
	{"a payload that is not complete", established + "+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3501(3500) ack 1", "fail no packet", 0},
	{"no options", established + "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 <nop,nop>", "fail options", 0},
	{"another order of options", listening + "+0 < S 0:0(0) win 65535 <mss 1000,sackOK>\n+0 > S. 0:0(0) ack 1 <nop,nop,sackOK,mss 1460>", "fail options", 0},
	{"timestamps", stamped + "+.1 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 <nop,nop,TS val 9 ecr 110>\n+.01 < . 1:1(0) ack 11 win 9 <nop,nop,TS val 220 ecr 9>", "", 0},
	{"timestamps with a tick", "--tcp_ts_tick_usecs=1000\n" + stamped + "+.1 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 <nop,nop,TS val 5110 ecr 110>", "", 0},
	{"timestamps with a tick, wrong", "--tcp_ts_tick_usecs=1000\n" + stamped + "+.1 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1 <nop,nop,TS val 5310 ecr 110>", "fail timestamp value", 0},
	{"an echo that was never sent", stamped + "+.1 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 110 ecr 77>", "fail TS ecr 77", 0},
	{"a scaled echo", "--tcp_ts_ecr_scaled\n" + stamped + "+.1 < . 1:1(0) ack 1 win 9 <nop,nop,TS val 110 ecr 4990>", "", 0},
	{"selective acknowledgment", stamped + "+0 < P. 11:21(10) ack 1 win 9 <nop,nop,TS val 120 ecr 5000>\n+0 > . 1:1(0) ack 1 <nop,nop,TS val 5010 ecr 110,nop,nop,sack 11:21>", "", 0},
	{"selective acknowledgment, another", stamped + "+0 < P. 11:21(10) ack 1 win 9 <nop,nop,TS val 120 ecr 5000>\n+0 > . 1:1(0) ack 1 <nop,nop,TS val 5010 ecr 110,nop,nop,sack 11:22>", "fail SACK", 0},
	{"an aggregate", established + "+0 < P. 1:30001(30000) ack 1 win 9\n+0 > . 1:1(0) ack 30001", "", 0},
	{"two connections", established + "+0 < S 700:700(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 701 <...>\n+0 < . 701:701(0) ack 1 win 65535\n+0 accept(3, ..., ...) = 5\n+0 write(5, ..., 10) = 10\n+0 > P. 1:11(10) ack 701\n+0 write(4, ..., 20) = 20\n+0 > P. 1:21(20) ack 1", "", 0},
	{"two connections by ports", listening + "+0 < 1001 > 8080 S 0:0(0) win 65535 <mss 1000>\n+0 > 8080 > 1001 S. 0:0(0) ack 1 <...>\n+0 < 1002 > 8080 S 0:0(0) win 65535 <mss 1000>\n+0 > 8080 > 1002 S. 0:0(0) ack 1 <...>\n+0 < 1001 > 8080 . 1:1(0) ack 1 win 9\n+0 < 1002 > 8080 . 1:1(0) ack 1 win 9\n+0 accept(3, ..., ...) = 4\n+0 write(4, ..., 5) = 5\n+0 > 8080 > 1001 P. 1:6(5) ack 1", "", 0},
	{"ports of a client", "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > 5 > 8080 S 0:0(0) <...>\n+0 < 8080 > 5 S. 0:0(0) ack 1 win 9\n+0 > 5 > 8080 . 1:1(0) ack 1", "", 0},
	{"ports of a client that change", "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > 5 > 8080 S 0:0(0) <...>\n+0 < 8080 > 5 S. 0:0(0) ack 1 win 9\n+0 > 6 > 8080 . 1:1(0) ack 1", "fail ports", 0},
	{"the port of a listener", listening + "+0 < S 0:0(0) win 9 <mss 1000>\n+0 > 9 > 50000 S. 0:0(0) ack 1 <...>", "fail ports", 0},
	{"the wrong connection", listening + "+0 < 1001 > 8080 S 0:0(0) win 65535 <mss 1000>\n+0 > 8080 > 1002 S. 0:0(0) ack 1 <...>", "fail ports", 0},
	{"a challenge is no connection", established + "+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > . 1:1(0) ack 1", "", 0},
	{"ICMP", established + "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 < icmp unreachable frag_needed mtu 540 [1:1001(1000)]\n+0 > . 1:501(500) ack 1\n+0 > P. 501:1001(500) ack 1", "", 0},
	{"ECN is not used", established + "+0 < [ce] P. 1:11(10) ack 1 win 9\n+0 write(4, ..., 5) = 5\n+0 > [noecn] P. 1:6(5) ack 11", "", 0},
	{"ECN is asked for", listening + "+0 < SEW 0:0(0) win 9 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>", "skip congestion notification", 1},
	{"ECN is asked for in vain", "`sysctl -q net.ipv4.tcp_ecn=0`\n" + listening + "+0 < SEW 0:0(0) win 9 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>", "", 0},
	{"Fast Open", listening + "+0 < S 0:0(0) win 9 <mss 1000,FO>\n+0 > S. 0:0(0) ack 1 <...>", "skip TCP option FO", 1},
	{"ECN is wanted", established + "+0 write(4, ..., 5) = 5\n+0 > [ect0] P. 1:6(5) ack 1", "fail IP header", 0},

	// Options at the top, commands and code (§6, §7).
	{"MTU", "--mtu=1000\n" + listening + "+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 960>", "", 0},
	{"IPv6", "--ip_version=ipv6\n" + listening + "+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 1440>", "", 0},
	{"another port", "--bind_port=99\n" + listening + "+0 < 7 > 99 S 0:0(0) win 9\n+0 > 99 > 7 S. 0:0(0) ack 1 <...>", "", 0},
	{"an option that is not known", "--no_such\n" + listening, "skip --no_such", 4},
	{"not fatal", "--non_fatal=packet,syscall\n" + established + "+0 write(4, ..., 5) = 6\n+0 > P. 1:7(6) ack 1", "", 0},
	{"sysctl", "`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0`\n" + listening + "+0 < S 0:0(0) win 9 <mss 1000,sackOK,TS val 1 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460>", "", 0},
	{"a sysctl that is not known", "`sysctl -q net.ipv4.tcp_no_such=1`\n" + listening, "skip tcp_no_such", 4},
	{"a sysctl with another value", "`sysctl -q net.ipv4.tcp_congestion_control=cubic`\n" + listening, "skip tcp_congestion_control=cubic", 4},
	{"sysctl of BSD", "`sysctl -w net.inet.tcp.rfc1323=0; sysctl -w net.inet.tcp.sack.enable=0`\n" + listening + "+0 < S 0:0(0) win 9 <mss 1000,sackOK,TS val 1 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460>", "", 0},
	{"a sysctl between events", listening + "+0 `sysctl -q net.ipv4.tcp_sack=0`\n+0 close(3) = 0\n" + strings.Replace(listening, "0 ", "+0 ", 1) + "+0 < S 0:0(0) win 9 <mss 1000,sackOK>\n+0 > S. 0:0(0) ack 1 <mss 1460>", "", 0},
	{"a sysctl after listen", listening + "+0 `sysctl -q net.ipv4.tcp_sack=0`\n+0 < S 0:0(0) win 9 <mss 1000,sackOK>\n+0 > S. 0:0(0) ack 1 <mss 1460>", "", 0},
	{"a sysctl of an open connection", established + "+0 `sysctl -q net.ipv4.tcp_fin_timeout=1`\n+0 close(4) = 0", "skip tcp_fin_timeout=1 of connections that are open", 1},
	{"a sysctl of connections to come", established + "+0 `sysctl -q net.ipv4.tcp_sack=0`\n+0 close(4) = 0\n+0 > F. 1:1(0) ack 1", "", 0},
	{"the MTU of an open connection", established + "+0 `ip link set dev tun0 mtu 1000`\n+0 close(4) = 0", "skip an MTU of 1000 of connections that are open", 1},
	{"the MTU after listen", listening + "+0 `ip link set dev tun0 mtu 1000`\n+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <mss 960>", "", 0},
	{"a sysctl after the connection", established + "+0 < R 1:1(0) win 0\n+0 `sysctl -q net.ipv4.tcp_fin_timeout=1`\n+0 < . 1:1(0) ack 9 win 0\n+0 > R 9:9(0)", "", 0},
	{"a command that is not known", "0 `reboot`", "skip reboot", 0},
	{"a state is counted", established + "+0 `netstat -an | grep -c ESTABLISHED | grep 1`\n+0 `netstat -an | grep -c LISTEN | grep 1`", "", 0},
	{"a state is not there", established + "+0 `netstat -an | grep -c CLOSE_WAIT | grep 1`", "fail connections in CLOSE-WAIT", 0},
	{"connections are dropped", established + "+0 < F. 1:1(0) ack 1 win 9\n+.3~+.5 `tcpdrop -l -a | grep CLOSE_WAIT | xargs tcpdrop`\n+.1 `netstat -an | grep -c CLOSE_WAIT | grep 0`", "", 0},
	{"an assertion", established + "+0 %{ assert tcpi_state == TCP_ESTABLISHED and tcpi_snd_cwnd == 10, 'no'; print(tcpi_rto) }%", "", 0},
	{"sizes and counts", established + "+0 < P. 1:801(800) ack 1 win 9\n+0 %{ assert tcpi_rcv_mss == 800 and tcpi_advmss == 1460 and tcpi_pmtu == 1500 and tcpi_snd_mss == 1000\nassert tcpi_bytes_received == 800 and tcpi_bytes_acked == 0 and tcpi_unacked == 0\nassert tcpi_ca_state == TCP_CA_Open and tcpi_lost == 0 and tcpi_options == 0 }%\n+.02 %{ assert tcpi_last_data_recv == 20 }%", "", 0},
	{"a timeout", established + "+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1\n+.2 > P. 1:501(500) ack 1\n+0 %{ assert tcpi_ca_state == TCP_CA_Loss and tcpi_retransmits == 1 and tcpi_backoff == 1 and tcpi_snd_cwnd == 1 and tcpi_unacked == 1 }%", "", 0},
	{"what is not known at the moment", established + "+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1\n+.01 < . 1:1(0) ack 1 win 65535\n+0 %{ assert tcpi_last_data_recv == 0 }%", "skip tcpi_last_data_recv", 0},
	{"a duplicate acknowledgment", established + "+0 write(4, ..., 500) = 500\n+0 > P. 1:501(500) ack 1\n+.01 < . 1:1(0) ack 1 win 65535\n+0 %{ assert tcpi_sacked == 1 and tcpi_lost == 0 and tcpi_ca_state == TCP_CA_Disorder }%", "", 0},
	{"an assertion does not hold", established + "+0 %{ assert tcpi_state == TCP_CLOSE_WAIT }%", "fail assertion", 0},
	{"a variable that is not known", established + "+0 %{ assert tcpi_no_such == 1 }%", "skip tcpi_no_such", 0},
	{"a system call that is not known", established + "+0 splice(4, ..., 5) = 0", "skip splice", 0},
	{"a socket option that is not known", established + "+0 setsockopt(4, SOL_TCP, TCP_NO_SUCH, [1], 4) = 0", "skip TCP_NO_SUCH", 0},
	{"an option with a text", established + "+0 setsockopt(4, SOL_TCP, TCP_NODELAY, \"on\", 4) = 0", "fail arguments", 0},
	{"a level that is not known", established + "+0 setsockopt(4, SOL_UDP, TCP_NODELAY, [1], 4) = 0", "skip SOL_UDP", 0},
	{"congestion control", established + "+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = 0\n+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, [1], 4) = 0", "fail arguments", 0},
	{"another congestion control", established + "+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, \"cubic\", 5) = 0", "skip cubic", 0},
	{"a word that is not known", established + "+0 send(4, ..., 5, MSG_NO_SUCH) = 5", "skip MSG_NO_SUCH", 0},
	{"what the language cannot say", established + "+0 close(4) = 0 // not expressible here: fork", "skip not expressible here: fork", 0},
}

// TestLanguage runs a script for every construct, with the default configuration.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range append(languageCases, constructCases...) {
		s := parse(t, c.name, c.text+"\n")
		r := Run(s, Options{Config: tcp.Config{}})
		outcome, part, _ := strings.Cut(c.want, " ")
		if outcome == "" {
			outcome = string(Pass)
		}
		said := r.Reason + ": want " + r.Want + ", got " + r.Got
		line := strings.Count(c.text, "\n") + 1 - c.line
		if string(r.Outcome) != outcome || !strings.Contains(said, part) || r.Outcome != Pass && r.Line != line {
			t.Errorf("%s: %s\nwant %s in line %d:\n%s", c.name, r.String(), c.want, line, c.text)
		}
	}
}
