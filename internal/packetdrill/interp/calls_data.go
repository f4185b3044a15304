package interp

import (
	"strconv"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

// plain is the octets and flags of read(fd, buf, count), recv and recvfrom(fd, buf,
// count, flags, …), and of write, send and sendto alike.
func (c *call) plain() (n, flags int64, err error) {
	if n, err = c.number(2); err == nil {
		flags, err = c.optional(3)
		c.noBuffer = n > 0 && isNull(c.s.Args[1])
	}
	return n, flags, err
}

// isNull reports a buffer that is none.
func isNull(e packetdrill.Expr) bool {
	w, ok := e.(packetdrill.Word)
	return ok && w.Name == "NULL"
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
	case flags&msgErrQueue != 0:
		return action{}, &unsupported{c.s.Pos.Line, c.s.Name + " with MSG_ERRQUEUE"}
	case flags&msgOOB != 0:
		return atOnce(func(now tcp.Time) (int, error) { return c.r.proc.ReadUrgent(now, d.fd, int(n), flags&msgPeek != 0) }), nil
	case flags&msgPeek != 0:
		read = c.r.proc.Peek
	}
	want, have := int(min(max(n, 0), 1<<30)), 0
	least := want // that a call that blocks waits for
	if v := d.lowWater(); flags&msgWaitAll == 0 && v >= 0 {
		least = min(want, v)
	}
	a := action{blocks: !d.nonblock && flags&msgDontWait == 0}
	a.waitAtMost(d, "SO_RCVTIMEO", func() (int, error) { return partly(have, socket.EAGAIN) })
	a.try = func(now tcp.Time) (int, error) {
		if unread, err := c.r.proc.Unread(now, d.fd); c.noBuffer && err == nil && unread > 0 {
			return -1, socket.EFAULT
		}
		got, err := read(now, d.fd, want-have)
		if err != nil && have > 0 && err != socket.EAGAIN {
			return have, nil
		}
		if err != nil {
			return got, err
		}
		if flags&msgPeek != 0 {
			if got < least && a.blocks && !c.ended(now, d) {
				return -1, socket.EAGAIN
			}
			return got, nil
		}
		if have += got; got > 0 && have < least && a.blocks {
			return -1, socket.EAGAIN
		}
		return have, nil
	}
	a.done = func(int) error { return c.compareInq(d) }
	return a, nil
}

// ended reports that nothing more will come.
func (c *call) ended(now tcp.Time, d *descriptor) bool {
	events, err := c.r.proc.Poll(now, d.fd)
	return err != nil || events&socket.PollRdHup != 0
}

// lowWater is how many octets a call that blocks waits for: SO_RCVLOWAT, where a
// negative number is all of them.
func (d *descriptor) lowWater() int {
	if v := d.values["SO_RCVLOWAT"]; len(v) == 1 {
		return int(v[0])
	}
	return 1
}

// waitAtMost limits how long a call blocks, if a socket option says so, and what it
// returns then.
func (a *action) waitAtMost(d *descriptor, option string, late func() (int, error)) {
	if v := d.values[option]; len(v) == 2 {
		a.timeout = time.Duration(v[0])*time.Second + time.Duration(v[1])*time.Microsecond
		a.late = late
	}
}

// partly is the result of a call that has moved n octets, and can do no more because
// of err.
func partly(n int, err error) (int, error) {
	if n > 0 {
		return n, nil
	}
	return -1, err
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
	a.waitAtMost(d, "SO_SNDTIMEO", func() (int, error) { return partly(sent, socket.EAGAIN) })
	a.try = func(now tcp.Time) (int, error) {
		if c.noBuffer {
			if _, err := write(now, d.fd, 0); err != nil {
				return -1, err
			}
			return -1, socket.EFAULT
		}
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
	said, err := c.number(i + 1)
	if err != nil {
		return 0, err
	}
	if err := c.sameCount(said, list); err != nil {
		return 0, err
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
		c.noBuffer = c.noBuffer || v.Len > 0 && isNull(v.Base)
	}
	return n, nil
}

// message returns the octets of a struct msghdr, and keeps what is expected of its
// control messages.
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
		switch f.Name {
		case "msg_flags":
		case "msg_control":
			if c.inq, err = c.controlInq(f); err != nil {
				return 0, err
			}
		default:
			return 0, &unsupported{f.Pos.Line, f.Name}
		}
	}
	if err := c.sameCount(m.IOVLen, m.IOV); err != nil {
		return 0, err
	}
	return c.buffers(m.IOV)
}

// controlInq reads [{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=N}], the only
// control message that is known, and returns N; nil without one.
func (c *call) controlInq(f packetdrill.Field) (packetdrill.Expr, error) {
	l, ok := f.Value.(packetdrill.List)
	if !ok || len(l.Elems) > 1 || c.s.Name != "recvmsg" {
		return nil, &unsupported{f.Pos.Line, c.s.Name + " with msg_control"}
	}
	if len(l.Elems) == 0 {
		return nil, nil
	}
	s, ok := l.Elems[0].(packetdrill.Struct)
	if !ok {
		return nil, c.fail("arguments", "{cmsg_level=L, cmsg_type=T, cmsg_data=N}", packetdrill.PrintExpr(l.Elems[0]))
	}
	members := make(map[string]packetdrill.Expr)
	for _, m := range s.Fields {
		members[m.Name] = m.Value
	}
	if w, ok := members["cmsg_type"].(packetdrill.Word); !ok || w.Name != "TCP_CM_INQ" || members["cmsg_data"] == nil {
		return nil, &unsupported{f.Pos.Line, "control message " + packetdrill.PrintExpr(s)}
	}
	return members["cmsg_data"], nil
}

// compareInq compares what TCP_INQ tells behind a recvmsg: the octets that are left,
// or 1 where nothing but the end is (tcp_inq_hint).
func (c *call) compareInq(d *descriptor) error {
	on := d.values["TCP_INQ"]
	switch {
	case c.inq == nil:
		return nil
	case len(on) != 1 || on[0] == 0:
		return &failure{c.inq.Where().Line, "control message", packetdrill.PrintExpr(c.inq), "none without TCP_INQ"}
	}
	left, err := c.r.proc.Unread(c.r.now(), d.fd)
	if err != nil {
		return err
	}
	if left == 0 && c.ended(c.r.now(), d) {
		left = 1
	}
	want, err := c.value(c.inq)
	if err != nil || want == int64(left) {
		return err
	}
	return &failure{c.inq.Where().Line, "octets left", packetdrill.PrintExpr(c.inq), strconv.Itoa(left)}
}
