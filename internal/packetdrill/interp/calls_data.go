package interp

import (
	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// plain is the octets and flags of read(fd, buf, count), recv and recvfrom(fd, buf,
// count, flags, …), and of write, send and sendto alike.
func (c *call) plain() (n, flags int64, err error) {
	if n, err = c.number(2); err == nil {
		flags, err = c.optional(3)
	}
	return n, flags, err
}

// vectored is those of readv and writev(fd, iov, count).
func (c *call) vectored() (n, flags int64, err error) {
	n, err = c.vector(1)
	return n, 0, err
}

// inMessage is those of recvmsg and sendmsg(fd, msg, flags).
func (c *call) inMessage() (n, flags int64, err error) {
	if n, err = c.message(1); err == nil {
		flags, err = c.optional(2)
	}
	return n, flags, err
}

// transfer makes the action of a call from what says its octets and what moves them.
func transfer(octets func(*call) (n, flags int64, err error), move func(*call, int64, int64) (action, error)) func(*call) (action, error) {
	return func(c *call) (action, error) {
		n, flags, err := octets(c)
		if err != nil {
			return action{}, err
		}
		return move(c, n, flags)
	}
}

// receive reads up to n octets.
func (c *call) receive(n, flags int64) (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	read := c.r.proc.Read
	switch {
	case flags&(msgErrQueue|msgOOB) != 0:
		return action{}, &unsupported{c.s.Pos.Line, c.s.Name + " with MSG_ERRQUEUE or MSG_OOB"}
	case flags&msgPeek != 0:
		read = c.r.proc.Peek
	}
	want, have := int(min(max(n, 0), 1<<30)), 0
	a := action{blocks: !d.nonblock && flags&msgDontWait == 0}
	a.try = func(now tcp.Time) (int, error) {
		got, err := read(now, d.fd, want-have)
		if err != nil && have > 0 && err != socket.EAGAIN {
			return have, nil
		}
		if err == nil {
			have += got
			if flags&msgWaitAll != 0 && got > 0 && have < want && a.blocks {
				return -1, socket.EAGAIN
			}
			return have, nil
		}
		return got, err
	}
	return a, nil
}

// send writes n octets. A call that blocks waits until the last is taken; if it then
// fails, what was taken before is its result.
func (c *call) send(n, flags int64) (action, error) {
	d, err := c.descriptor(0)
	if err != nil {
		return action{}, err
	}
	if flags&(msgZeroCopy|msgFastOpen) != 0 {
		return action{}, &unsupported{c.s.Pos.Line, c.s.Name + " with MSG_ZEROCOPY or MSG_FASTOPEN"}
	}
	write := c.r.proc.Write
	if flags&msgOOB != 0 {
		write = c.r.proc.WriteUrgent
	}
	total, sent := int(min(max(n, 0), 1<<30)), 0
	a := action{blocks: !d.nonblock && flags&msgDontWait == 0}
	a.try = func(now tcp.Time) (int, error) {
		c.hold(now, d, flags&msgMore != 0)
		got, err := write(now, d.fd, total-sent)
		switch {
		case err == nil:
			sent += got
			if a.blocks && sent < total {
				return -1, socket.EAGAIN
			}
			c.release(now, d, flags&msgMore != 0)
			return sent, nil
		case sent > 0 && err != socket.EAGAIN:
			return sent, nil
		}
		return got, err
	}
	return a, nil
}

// hold keeps back what does not fill a segment, as long as more is to come
// (MSG_MORE).
func (c *call) hold(now tcp.Time, d *descriptor, more bool) {
	if more && !d.more && !corked(d) {
		_ = c.r.proc.SetSockOpt(now, d.fd, "TCP_CORK", 1) // a socket that is gone fails in the write
		d.more = true
	}
}

// release sends what was held back, once nothing more is to come.
func (c *call) release(now tcp.Time, d *descriptor, more bool) {
	if !more && d.more {
		d.more = false
		if !corked(d) {
			_ = c.r.proc.SetSockOpt(now, d.fd, "TCP_CORK", 0)
		}
	}
}

func corked(d *descriptor) bool {
	v := d.values["TCP_CORK"]
	return len(v) == 1 && v[0] != 0
}

// vector returns the octets of a list of buffers.
func (c *call) vector(i int) (int64, error) {
	e, err := c.arg(i)
	if err != nil {
		return 0, err
	}
	list, ok := e.(packetdrill.List)
	if !ok {
		return 0, c.fail("arguments", "a list of buffers", packetdrill.PrintExpr(e))
	}
	return c.buffers(list)
}

func (c *call) buffers(list packetdrill.List) (n int64, err error) {
	for _, e := range list.Elems {
		v, ok := e.(packetdrill.IOVec)
		if !ok {
			return 0, c.fail("arguments", "a buffer {..., N}", packetdrill.PrintExpr(e))
		}
		n += v.Len
	}
	return n, nil
}

// message returns the octets of a struct msghdr.
func (c *call) message(i int) (int64, error) {
	e, err := c.arg(i)
	if err != nil {
		return 0, err
	}
	m, ok := e.(packetdrill.MsgHdr)
	if !ok {
		return 0, c.fail("arguments", "a message {msg_name(...)=..., msg_iov(N)=[...]}", packetdrill.PrintExpr(e))
	}
	for _, f := range m.Fields {
		if f.Name != "msg_flags" {
			return 0, &unsupported{f.Pos.Line, f.Name}
		}
	}
	return c.buffers(m.IOV)
}
