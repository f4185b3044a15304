package interp

import (
	"fmt"
	"strconv"

	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// arity is how many arguments a system call has, at least and at most.
var arity = map[string][2]int{
	"socket": {3, 3}, "bind": {3, 3}, "listen": {2, 2}, "connect": {3, 3},
	"accept": {3, 3}, "accept4": {4, 4}, "shutdown": {2, 2}, "close": {1, 1}, "dup": {1, 1},
	"read": {3, 3}, "recv": {4, 4}, "recvfrom": {6, 6}, "readv": {3, 3}, "recvmsg": {3, 3},
	"write": {3, 3}, "send": {4, 4}, "sendto": {6, 6}, "writev": {3, 3}, "sendmsg": {3, 3},
	"fcntl": {2, 3}, "ioctl": {3, 3}, "getsockopt": {5, 5}, "setsockopt": {5, 5},
	"poll": {3, 3}, "epoll_create": {1, 1}, "epoll_create1": {1, 1}, "epoll_ctl": {4, 4}, "epoll_wait": {4, 4},
}

// counted says what is wrong with the number of arguments: one too few or too many is
// a slip of the pen that would make a call mean something else.
func (c *call) counted() error {
	n := len(c.s.Args)
	a, ok := arity[c.s.Name]
	switch {
	case !ok || a[0] <= n && n <= a[1]:
		return nil
	case a[0] == a[1]:
		return c.fail("arguments", strconv.Itoa(a[0]), strconv.Itoa(n))
	}
	return c.fail("arguments", fmt.Sprintf("%d or %d", a[0], a[1]), strconv.Itoa(n))
}

// sameCount compares the number that a call gives for the elements of a list with how
// many there are.
func (c *call) sameCount(said int64, list packetdrill.List) error {
	if n := len(list.Elems); said != int64(n) {
		return c.fail("arguments", fmt.Sprintf("the count %d of the list", n), strconv.FormatInt(said, 10))
	}
	return nil
}
