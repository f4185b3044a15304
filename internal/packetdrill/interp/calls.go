package interp

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// calls are the system calls (§4).
var calls map[string]func(c *call) (action, error)

func init() { // an initializer would refer to itself
	read := transfer((*call).plain, (*call).receive)
	write := transfer((*call).plain, (*call).send)
	calls = map[string]func(c *call) (action, error){
		"socket": (*call).socket, "bind": (*call).bind, "listen": (*call).listen,
		"accept": (*call).accept, "accept4": (*call).accept, "connect": (*call).connect,
		"read": read, "recv": read, "recvfrom": read,
		"readv": transfer((*call).vectored, (*call).receive), "recvmsg": transfer((*call).inMessage, (*call).receive),
		"write": write, "send": write, "sendto": write,
		"writev": transfer((*call).vectored, (*call).send), "sendmsg": transfer((*call).inMessage, (*call).send),
		"shutdown": (*call).shutdown, "close": (*call).close, "dup": (*call).dup,
		"fcntl": (*call).fcntl, "ioctl": (*call).ioctl,
		"getsockopt": (*call).getsockopt, "setsockopt": (*call).setsockopt,
		"poll": (*call).poll, "epoll_create": (*call).epollCreate, "epoll_create1": (*call).epollCreate,
		"epoll_ctl": (*call).epollControl, "epoll_wait": (*call).epollWait,
	}
}

// creates are the calls whose result is a new descriptor.
var creates = map[string]bool{"socket": true, "accept": true, "accept4": true, "dup": true, "epoll_create": true, "epoll_create1": true}

// at once is an action that does not block.
func atOnce(try func(now tcp.Time) (int, error)) action { return action{try: try} }

// noResult is a try of a call that returns 0.
func noResult(f func(now tcp.Time) error) func(now tcp.Time) (int, error) {
	return func(now tcp.Time) (int, error) {
		if err := f(now); err != nil {
			return -1, err
		}
		return 0, nil
	}
}

// returns is an action with a known result.
func returns(n int, err error) action {
	return atOnce(func(tcp.Time) (int, error) { return n, err })
}

func (c *call) socket() (action, error) {
	kind, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	const typeMask = 0xf
	if kind&typeMask != words["SOCK_STREAM"] {
		return action{}, &unsupported{c.s.Pos.Line, "a socket that is not SOCK_STREAM"}
	}
	a := atOnce(func(tcp.Time) (int, error) { return int(c.r.proc.Socket()), nil })
	a.done = func(n int) error {
		return c.open(&descriptor{fd: socket.FD(n), nonblock: kind&nonblock != 0, values: map[string][]int64{}})
	}
	return a, nil
}

// address returns the port of an address argument, or otherwise the default one.
func (c *call) address(i int, otherwise uint16) (uint16, error) {
	e, err := c.arg(i)
	if err != nil {
		return 0, err
	}
	switch e := e.(type) {
	case packetdrill.SockAddr:
		return e.Port, nil
	case packetdrill.Ellipsis:
		return otherwise, nil
	}
	return 0, &unsupported{e.Where().Line, "address " + packetdrill.PrintExpr(e)}
}

func (c *call) bind() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	port, err := c.address(1, c.r.set.bindPort)
	if err != nil {
		return action{}, err
	}
	return atOnce(noResult(func(now tcp.Time) error { return c.r.proc.Bind(now, d.fd, port) })), nil
}

func (c *call) listen() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	backlog, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	const most = 4096 // net.core.somaxconn, also for a negative number
	if backlog < 0 || backlog > most {
		backlog = most
	}
	a := atOnce(noResult(func(now tcp.Time) error { return c.r.proc.Listen(now, d.fd, int(backlog)) }))
	a.done = func(int) error {
		if local, _, err := c.r.proc.Ports(d.fd); err == nil {
			c.r.listener = local
		}
		return nil
	}
	return a, nil
}

func (c *call) accept() (action, error) {
	l, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	for _, e := range c.s.Args[1:3] {
		if _, any := e.(packetdrill.Ellipsis); !any {
			return action{}, &unsupported{e.Where().Line, "the address of a peer, " + packetdrill.PrintExpr(e)}
		}
	}
	flags, err := c.optional(3)
	if err != nil {
		return action{}, err
	}
	a := action{blocks: !l.nonblock, try: func(now tcp.Time) (int, error) {
		fd, err := c.r.proc.Accept(now, l.fd)
		return int(fd), err
	}}
	a.waitAtMost(l, "SO_RCVTIMEO", func() (int, error) { return -1, socket.EAGAIN })
	a.done = func(n int) error {
		d := &descriptor{fd: socket.FD(n), nonblock: flags&nonblock != 0, values: map[string][]int64{}}
		for name, v := range l.values {
			d.values[name] = v
		}
		if local, remote, err := c.r.proc.Ports(d.fd); err == nil {
			c.r.under = ports{local, remote}
		}
		return c.open(d)
	}
	return a, nil
}

func (c *call) connect() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	port, err := c.address(1, c.r.set.connectPort)
	if err != nil {
		return action{}, err
	}
	if c.overTimeWait(d, port) {
		_ = c.r.proc.BindOver(c.r.now(), d.fd, c.r.under.local) // else it connects from another port
	}
	try := noResult(func(now tcp.Time) error {
		err := c.r.proc.Connect(now, d.fd, port)
		if local, remote, problem := c.r.proc.Ports(d.fd); problem == nil && remote != 0 {
			c.r.under = ports{local, remote}
		}
		return err
	})
	a := action{blocks: !d.nonblock, try: try}
	a.waitAtMost(d, "SO_SNDTIMEO", func() (int, error) { return -1, socket.EINPROGRESS })
	return a, nil
}

// overTimeWait reports that a script has the port of the connection under test, which
// is in TIME-WAIT, in mind for another one: its connect fails because of that, or the
// SYN goes on with the old sequence numbers. Neither happens with a port that connect
// chooses, unless a sysctl leaves it no choice.
func (c *call) overTimeWait(d *descriptor, port uint16) bool {
	r := c.r
	state, _, _ := r.host.Lookup(r.under.local, r.under.remote)
	local, _, err := r.proc.Ports(d.fd)
	if err != nil || local != 0 || state != tcp.StateTimeWait || r.under.remote != port || r.config.LastPort != 0 {
		return false
	}
	if c.s.Result.Errno == string(socket.EADDRNOTAVAIL) {
		return true
	}
	k := r.nextOutbound()
	if k == nil || k.Flags&(tcp.SYN|tcp.ACK) != tcp.SYN || k.Seq.Kind != packetdrill.SeqMapped {
		return false
	}
	next, ok := r.host.NextISS(r.under.local, r.under.remote)
	return ok && r.peer(r.under).mapping.Live(packetdrill.Tested, k.Seq.Start) == next
}

var directions = map[int64]socket.How{0: socket.ShutRD, 1: socket.ShutWR, 2: socket.ShutRDWR}

func (c *call) shutdown() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	how, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	return atOnce(noResult(func(now tcp.Time) error { return c.r.proc.Shutdown(now, d.fd, directions[how]) })), nil
}

func (c *call) close() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	if d.epoll != nil {
		d.epoll = nil
		return returns(0, nil), nil
	}
	w, err := c.r.proc.Close(c.r.now(), d.fd)
	if err != nil {
		return returns(-1, err), nil
	}
	d.fd = -1
	return action{wait: w}, nil
}

func (c *call) dup() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	a := atOnce(func(now tcp.Time) (int, error) {
		fd, err := c.r.proc.Dup(now, d.fd)
		return int(fd), err
	})
	a.done = func(n int) error {
		other := *d
		other.fd = socket.FD(n)
		return c.open(&other)
	}
	return a, nil
}

func (c *call) fcntl() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	what, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	v, err := c.optional(2)
	switch {
	case err != nil:
		return action{}, err
	case d.fd < 0:
		return returns(-1, socket.EBADF), nil
	case what == words["F_SETFL"]:
		d.nonblock = v&nonblock != 0
		return returns(0, nil), nil
	case what == words["F_GETFL"]:
		flags := readWrite
		if d.nonblock {
			flags |= nonblock
		}
		return returns(flags, nil), nil
	case what == words["F_SETFD"]:
		return returns(0, nil), nil
	}
	return action{}, &unsupported{c.s.Pos.Line, "fcntl " + packetdrill.PrintExpr(c.s.Args[1])}
}

// ioctl reads the length of a queue: [V] is what is expected of it.
func (c *call) ioctl() (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	what, err := c.number(1)
	if err != nil {
		return action{}, err
	}
	var query func(tcp.Time, socket.FD) (int, error)
	switch what {
	case words["FIONREAD"]:
		query = c.r.proc.Unread
	case words["SIOCOUTQ"]:
		query = c.r.proc.Unacknowledged
	case words["SIOCOUTQNSD"]:
		query = c.r.proc.Unsent
	case words["FIONBIO"]:
		on, err := c.number(2)
		d.nonblock = on != 0
		return returns(0, nil), err
	default:
		return action{}, &unsupported{c.s.Pos.Line, "ioctl " + packetdrill.PrintExpr(c.s.Args[1])}
	}
	got := 0
	a := atOnce(func(now tcp.Time) (int, error) {
		n, err := query(now, d.fd)
		if err != nil {
			return -1, err
		}
		got = n
		return 0, nil
	})
	a.done = func(int) error { return c.compare(2, int64(got), nil) }
	return a, nil
}

// timeout is the time that a poll may wait: in milliseconds, negative without end.
func timeout(ms int64) (d time.Duration, blocks bool) {
	if ms < 0 {
		return 0, true
	}
	return time.Duration(min(ms, 1<<31)) * time.Millisecond, ms > 0
}
