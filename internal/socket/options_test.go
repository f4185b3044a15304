package socket

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
)

// set sets a socket option.
func (w *world) set(p *Process, fd FD, name string, value int) {
	w.t.Helper()
	require.NoError(w.t, p.SetSockOpt(w.now, fd, name, value))
}

// TestDeferAccept: a listener takes a connection when data comes. Without any, the
// SYN-ACK is repeated once, at the end of as many timeouts as are asked for.
func TestDeferAccept(t *testing.T) {
	w := newWorld(t)
	l := w.listen(8)
	w.set(w.sp, l, "TCP_DEFER_ACCEPT", 3)
	c := w.connect()
	require.Equal(t, tcp.StateEstablished, w.state(w.cp, c))
	_, err := w.sp.Accept(w.now, l)
	require.Equal(t, EAGAIN, err)
	w.run(900 * time.Millisecond)
	w.sent = nil
	w.run(1900 * time.Millisecond) // the first timeout, that repeats nothing
	require.Empty(t, w.sent)
	w.run(300 * time.Millisecond) // the second one
	require.NotEmpty(t, w.sent)
	require.Equal(t, tcp.SYN|tcp.ACK, w.sent[0].Flags)
	s, err := w.sp.Accept(w.now, l)
	require.NoError(t, err)
	require.Equal(t, tcp.StateEstablished, w.state(w.sp, s))

	c = w.connect()
	_, err = w.sp.Accept(w.now, l)
	require.Equal(t, EAGAIN, err)
	_, err = w.cp.Write(w.now, c, 5)
	require.NoError(t, err)
	w.settle()
	s, err = w.sp.Accept(w.now, l)
	require.NoError(t, err)
	require.Equal(t, 5, result(w.sp.Read(w.now, s, 10)))

	w.set(w.sp, l, "TCP_DEFER_ACCEPT", 0)
	w.connect()
	_, err = w.sp.Accept(w.now, l)
	require.NoError(t, err)
}

// TestDeferredACK: TCP_DEFER_ACCEPT of an active open lets data take the
// acknowledgment of the SYN-ACK along, where Linux would; nothing else waits.
func TestDeferredACK(t *testing.T) {
	for _, linux := range []bool{true, false} {
		w := newWorld(t, func(c *Config) {
			if !linux {
				c.TCP = tcp.Config{}
			}
		})
		w.listen(8)
		c := w.cp.Socket()
		w.set(w.cp, c, "TCP_DEFER_ACCEPT", 1)
		require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
		w.settle()
		require.Equal(t, tcp.StateEstablished, w.state(w.cp, c))
		if !linux {
			require.Len(t, w.sent, 3)
			continue
		}
		require.Len(t, w.sent, 2)
		_, err := w.cp.Write(w.now, c, 5)
		require.NoError(t, err)
		w.settle()
		require.Equal(t, 5, w.sent[2].Len)
	}
}

// TestDeferredSeconds converts seconds to timeouts and back, as Linux does.
func TestDeferredSeconds(t *testing.T) {
	for sec, want := range map[int][2]int{-1: {0, 0}, 0: {0, 0}, 1: {1, 1}, 2: {2, 3}, 3: {2, 3}, 4: {3, 7}, 7: {3, 7}, 8: {4, 15}, 200: {8, 247}, 1 << 30: {255, 29887}} {
		require.Equal(t, want[0], timeoutsIn(sec), sec)
		require.Equal(t, want[1], DeferAccept(sec), sec)
	}
}

// TestKeepInit ends an active open that takes too long; what is established stays.
func TestKeepInit(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.KeepInit = 2500 })
	w.cut = true
	c := w.connect()
	w.run(2499 * time.Millisecond)
	require.Equal(t, tcp.StateSynSent, w.state(w.cp, c))
	w.run(ms2)
	require.Equal(t, tcp.StateClosed, w.state(w.cp, c))
	require.Equal(t, "ETIMEDOUT", w.soError(w.cp, c))

	c = w.cp.Socket()
	w.set(w.cp, c, "TCP_KEEPINIT", 10)
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
	w.run(9 * time.Second)
	w.set(w.cp, c, "TCP_KEEPINIT", 1) // from now
	w.run(time.Second - ms2)
	require.Equal(t, tcp.StateSynSent, w.state(w.cp, c))
	w.run(2 * ms2)
	require.Equal(t, "ETIMEDOUT", w.soError(w.cp, c))
	require.Equal(t, EINVAL, w.cp.SetSockOpt(w.now, c, "TCP_KEEPINIT", -1))

	w.cut = false
	c, _, _ = w.pair()
	w.run(time.Minute)
	require.Equal(t, tcp.StateEstablished, w.state(w.cp, c))
}

const ms2 = 2 * time.Millisecond

// TestWakes: every arrival wakes, but not what is out of order or below the low-water
// mark; space only after there was too little.
func TestWakes(t *testing.T) {
	w := newWorld(t)
	c, s, l := w.pair()
	wakes := func(p *Process, fd FD) Wakes {
		n, err := p.Wakes(w.now, fd)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, uint64(1), wakes(w.sp, l).In)
	before := wakes(w.sp, s)
	w.set(w.sp, s, "SO_RCVLOWAT", 8)
	for range 2 {
		_, err := w.cp.Write(w.now, c, 5)
		require.NoError(t, err)
		w.settle()
		w.run(time.Second)
	}
	require.Equal(t, before.In+1, wakes(w.sp, s).In)
	require.Equal(t, before.State, wakes(w.sp, s).State)

	w.set(w.cp, c, "SO_SNDBUF", 1000)
	w.cut = true
	require.Equal(t, 1000, result(w.cp.Write(w.now, c, 3000)))
	out := wakes(w.cp, c).Out
	require.Equal(t, EAGAIN, result(w.cp.Write(w.now, c, 1)))
	w.cut = false
	w.run(time.Second)
	require.Equal(t, out+1, wakes(w.cp, c).Out)

	state := wakes(w.sp, s).State
	require.NoError(t, w.cp.Shutdown(w.now, c, ShutWR))
	w.settle()
	require.Equal(t, state+1, wakes(w.sp, s).State)
}

// TestLowWater is the low-water marks of both directions in poll.
func TestLowWater(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	w.set(w.sp, s, "SO_RCVLOWAT", 8)
	w.set(w.cp, c, "TCP_NOTSENT_LOWAT", 2000)
	_, err := w.cp.Write(w.now, c, 7)
	require.NoError(t, err)
	w.settle()
	w.run(time.Second)
	require.Equal(t, "OUT", w.poll(w.sp, s))
	_, err = w.cp.Write(w.now, c, 1)
	require.NoError(t, err)
	w.settle()
	require.Equal(t, "IN|OUT", w.poll(w.sp, s))
	w.run(time.Second)

	w.cut = true
	size := 1448
	require.Equal(t, 12*size, result(w.cp.Write(w.now, c, 1<<20))) // ten are sent, 2000 are two
	require.Equal(t, 2*size, result(w.cp.Unsent(w.now, c)))
	require.Equal(t, "-", w.poll(w.cp, c))
	require.Equal(t, EAGAIN, result(w.cp.Write(w.now, c, 1)))
	w.set(w.cp, c, "TCP_NOTSENT_LOWAT", 0)
	require.NotEqual(t, EAGAIN, result(w.cp.Write(w.now, c, 1)))
}

// TestLimits: what a connection waits for adds up.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	w.set(w.cp, c, "SO_SNDBUF", 1<<20)
	info := func() Info {
		i, err := w.cp.Info(w.now, c)
		require.NoError(t, err)
		return i
	}
	w.run(time.Second)
	require.Zero(t, info().Busy)
	w.cut = true
	_, err := w.cp.Write(w.now, c, 10)
	require.NoError(t, err)
	w.run(100 * time.Millisecond)
	require.Equal(t, int64(100_000), info().Busy)
	w.cut = false
	w.run(time.Second)
	busy := info().Busy
	w.run(time.Second)
	require.Equal(t, busy, info().Busy, "nothing to send")
	require.Zero(t, info().WindowLimited)
	require.Zero(t, info().BufferLimited)

	_, err = w.cp.Write(w.now, c, 1<<20)
	require.NoError(t, err)
	w.run(time.Second) // the receiver reads nothing, and the window closes
	closed := info()
	w.run(time.Second)
	require.Equal(t, closed.WindowLimited+1_000_000, info().WindowLimited)
	require.Equal(t, closed.Busy+1_000_000, info().Busy)
	require.Less(t, info().WindowLimited, info().Busy)
	for range 100 {
		_, _ = w.sp.Read(w.now, s, 1<<20) // EAGAIN in between
		w.settle()
		w.run(10 * time.Millisecond)
	}
	done := info()
	w.run(time.Second)
	require.Equal(t, done.Busy, info().Busy)
	require.Equal(t, done.WindowLimited, info().WindowLimited)
}

// TestBufferLimited: a program that waits for a small buffer.
func TestBufferLimited(t *testing.T) {
	w := newWorld(t)
	c, _, _ := w.pair()
	w.set(w.cp, c, "SO_SNDBUF", 100)
	w.cut = true
	block := w.client.Block(w.now, func(now tcp.Time) (int, error) { return w.cp.Write(now, c, 150) })
	require.True(t, block.Done)
	require.Equal(t, 100, block.N)
	w.run(50 * time.Millisecond)
	i, err := w.cp.Info(w.now, c)
	require.NoError(t, err)
	require.Equal(t, int64(50_000), i.BufferLimited)
	require.Equal(t, i.BufferLimited, i.Busy)
	require.True(t, i.SendBufferSet)
}

// TestCancel: a call that was given up takes nothing of what comes later.
func TestCancel(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	read := w.server.Block(w.now, func(now tcp.Time) (int, error) { return w.sp.Read(now, s, 10) })
	require.False(t, read.Done)
	w.server.Cancel(w.now, read, -1, EAGAIN)
	require.Equal(t, EAGAIN, read.Err)
	_, err := w.cp.Write(w.now, c, 5)
	require.NoError(t, err)
	w.settle()
	require.Equal(t, 5, result(w.sp.Unread(w.now, s)))
	w.server.Cancel(w.now, read, 7, nil)
	require.Equal(t, EAGAIN, read.Err, "it has ended already")
}

// TestICMPErrno: a hard error ends an open with the message's errno; later it is what
// a timeout is reported as, unless something was acknowledged since.
func TestICMPErrno(t *testing.T) {
	message := func(w *world, fd FD, kind tcp.ICMPKind, errno Errno) tcp.Verdict {
		s := w.cp.files[fd]
		return w.client.ICMP(w.now, s.local, s.remote, tcp.ICMPMessage{Kind: kind, Seq: s.conn.Status().SndUna}, errno)
	}
	w := newWorld(t)
	w.cut = true
	c := w.connect()
	require.Equal(t, tcp.ICMPUnreachable, message(w, c, tcp.ICMPHard, ECONNREFUSED))
	require.Equal(t, "ECONNREFUSED", w.soError(w.cp, c))

	for _, acked := range []bool{false, true} {
		w := newWorld(t)
		c, _, _ := w.pair()
		w.set(w.cp, c, "TCP_USER_TIMEOUT", 1000)
		w.cut = true
		_, err := w.cp.Write(w.now, c, 5)
		require.NoError(t, err)
		require.Equal(t, tcp.ICMPNoted, message(w, c, tcp.ICMPSoft, "ENETUNREACH"))
		want := "ENETUNREACH"
		if acked {
			w.cut = false
			w.run(500 * time.Millisecond)
			w.cut = true
			_, err = w.cp.Write(w.now, c, 5)
			require.NoError(t, err)
			want = "ETIMEDOUT"
		}
		w.run(10 * time.Second)
		require.Equal(t, want, w.soError(w.cp, c))
	}
}

// TestOverflow: with tcp_abort_on_overflow a connection without room is reset; the
// backlog is no larger than net.core.somaxconn.
func TestOverflow(t *testing.T) {
	for value, want := range map[string]tcp.State{"0": tcp.StateEstablished, "1": tcp.StateClosed} {
		w := newWorld(t, func(c *Config) {
			require.NoError(t, c.Set("net.ipv4.tcp_abort_on_overflow", value))
			require.NoError(t, c.Set("net.core.somaxconn", "2"))
		})
		w.listen(100)
		w.connect()
		w.connect()
		late := w.cp.Socket() // its handshake goes on while the queue fills
		w.cut = true
		require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, late, serverPort))
		w.cut = false
		var syn, synack tcp.Segment
		_, ok := w.client.Next(&syn)
		require.True(t, ok)
		w.server.Deliver(w.now, &syn)
		_, ok = w.server.Next(&synack)
		require.True(t, ok)
		w.connect()
		w.client.Deliver(w.now, &synack)
		w.settle()
		require.Equal(t, want, w.state(w.cp, late), value)
	}
	var c Config
	require.Error(t, c.Set("tcp_abort_on_overflow", "2"))
	require.Error(t, c.Set("net.core.somaxconn", "-1"))
	require.Error(t, c.Set("tcp_notsent_lowat", "x"))
	require.NoError(t, c.Set("tcp_notsent_lowat", "4294967295"))
	require.Zero(t, c.NotSentLow)
}

// TestBindOver gives a socket the port of a connection in TIME-WAIT, but no other's.
func TestBindOver(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	port, _, err := w.cp.Ports(c)
	require.NoError(t, err)
	again := w.cp.Socket()
	require.Equal(t, EADDRINUSE, w.cp.BindOver(w.now, again, port))
	for _, end := range []struct {
		p  *Process
		fd FD
	}{{w.cp, c}, {w.sp, s}} {
		_, err := end.p.Close(w.now, end.fd)
		require.NoError(t, err)
		w.settle()
	}
	w.run(time.Second)
	require.Equal(t, 1, w.cp.Count(w.now, tcp.StateTimeWait))
	require.Equal(t, EADDRINUSE, w.cp.Bind(w.now, again, port))
	require.NoError(t, w.cp.BindOver(w.now, again, port))
	require.Equal(t, EINVAL, w.cp.BindOver(w.now, again, port))
}
