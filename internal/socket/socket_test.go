package socket

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
)

const (
	ms         = tcp.Time(time.Millisecond)
	second     = tcp.Time(time.Second)
	serverPort = 80
)

// world is two hosts with a process each, and a link without delay between them.
type world struct {
	t              *testing.T
	now            tcp.Time
	client, server *Host
	cp, sp         *Process
	cut            bool          // segments are lost
	sent           []tcp.Segment // in either direction
	toPeer         []tcp.Segment // of these, sent by the client and lost
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	w := &world{t: t}
	conf := Config{TCP: tcp.Linux()}
	for _, f := range change {
		f(&conf)
	}
	var err error
	w.client, err = New(conf)
	require.NoError(t, err)
	w.server, err = New(conf)
	require.NoError(t, err)
	w.cp, w.sp = w.client.NewProcess(), w.server.NewProcess()
	return w
}

// settle carries segments until none is left.
func (w *world) settle() {
	carry := func(from, to *Host) bool {
		var seg tcp.Segment
		_, ok := from.Next(&seg)
		if !ok {
			return false
		}
		w.sent = append(w.sent, seg)
		if !w.cut {
			to.Deliver(w.now, &seg)
		} else if from == w.client {
			w.toPeer = append(w.toPeer, seg)
		}
		return true
	}
	for carry(w.client, w.server) || carry(w.server, w.client) {
	}
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for {
		next := min(w.client.Deadline(), w.server.Deadline())
		if next > end {
			break
		}
		w.now = next
		w.client.Advance(next)
		w.server.Advance(next)
		w.settle()
	}
	w.now = end
	w.client.Advance(end)
	w.server.Advance(end)
	w.settle()
}

func (w *world) listen(backlog int) FD {
	l := w.sp.Socket()
	require.NoError(w.t, w.sp.SetSockOpt(w.now, l, "SO_REUSEADDR", 1))
	require.NoError(w.t, w.sp.Bind(w.now, l, serverPort))
	require.NoError(w.t, w.sp.Listen(w.now, l, backlog))
	return l
}

func (w *world) connect() FD {
	c := w.cp.Socket()
	require.Equal(w.t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
	w.settle()
	return c
}

// pair returns an established connection, and the listener.
func (w *world) pair() (c, s, l FD) {
	l = w.listen(8)
	c = w.connect()
	s, err := w.sp.Accept(w.now, l)
	require.NoError(w.t, err)
	return c, s, l
}

func (w *world) poll(p *Process, fd FD) string {
	e, err := p.Poll(w.now, fd)
	require.NoError(w.t, err)
	return e.String()
}

func (w *world) state(p *Process, fd FD) tcp.State {
	s, err := p.Status(w.now, fd)
	require.NoError(w.t, err)
	return s.State
}

// reset has the peer of a connection reset it.
func (w *world) reset(p *Process, fd FD) {
	s := p.files[fd]
	status := s.conn.Status()
	p.host.Deliver(w.now, &tcp.Segment{
		SrcPort: s.remote, DstPort: s.local, Seq: status.RcvNxt, Flags: tcp.RST,
	})
}

func (w *world) soError(p *Process, fd FD) string {
	e, err := p.SoError(w.now, fd)
	require.NoError(w.t, err)
	return string(e)
}

// result is what a call returned, in one value.
func result(n int, err error) any {
	if err != nil {
		return err
	}
	return n
}

func (w *world) read(p *Process, fd FD, n int) any  { return result(p.Read(w.now, fd, n)) }
func (w *world) write(p *Process, fd FD, n int) any { return result(p.Write(w.now, fd, n)) }

func (w *world) close(p *Process, fd FD) *Wait {
	wait, err := p.Close(w.now, fd)
	require.NoError(w.t, err)
	w.settle()
	return wait
}

func TestDataBothWaysAndTheCloseOfBothSides(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	require.Equal(t, EAGAIN, w.read(w.sp, s, 10))
	require.Equal(t, 100, w.write(w.cp, c, 100))
	w.settle()
	require.Equal(t, "IN|OUT", w.poll(w.sp, s))
	require.Equal(t, 60, w.read(w.sp, s, 60))
	require.Equal(t, 40, w.read(w.sp, s, 60))
	require.NoError(t, w.cp.Shutdown(w.now, c, ShutWR))
	w.settle()
	require.Equal(t, "IN|OUT|RDHUP", w.poll(w.sp, s))
	require.Equal(t, 0, w.read(w.sp, s, 60))
	require.Equal(t, 5, w.write(w.sp, s, 5), "a half-closed connection")
	w.run(100 * time.Millisecond)
	require.Equal(t, 5, w.read(w.cp, c, 60))
	require.True(t, w.close(w.sp, s).Done)
	require.Equal(t, "IN|OUT|RDHUP|HUP", w.poll(w.cp, c))
	require.Equal(t, 0, w.read(w.cp, c, 60))
	require.Equal(t, EPIPE, w.write(w.cp, c, 60))
	require.Equal(t, "", w.soError(w.cp, c))
	local := w.client.waits[0].local
	state, _, detached := w.client.Lookup(local, serverPort)
	require.Equal(t, tcp.StateTimeWait, state)
	require.True(t, detached)
	w.run(63 * time.Second)
	state, _, _ = w.client.Lookup(local, serverPort)
	require.Equal(t, tcp.StateClosed, state)
	require.True(t, w.close(w.cp, c).Done)
}

func TestConnect(t *testing.T) {
	w := newWorld(t)
	w.listen(8)
	c := w.cp.Socket()
	require.Equal(t, "OUT|HUP", w.poll(w.cp, c))
	require.Equal(t, ENOTCONN, w.read(w.cp, c, 1))
	require.Equal(t, EPIPE, w.write(w.cp, c, 1))
	require.Equal(t, ENOTCONN, w.cp.Shutdown(w.now, c, ShutWR))
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
	require.Equal(t, "-", w.poll(w.cp, c))
	require.Equal(t, EALREADY, w.cp.Connect(w.now, c, serverPort))
	require.Equal(t, EAGAIN, w.read(w.cp, c, 1))
	require.Equal(t, EAGAIN, w.write(w.cp, c, 1))
	w.settle()
	require.Equal(t, "OUT", w.poll(w.cp, c))
	require.NoError(t, w.cp.Connect(w.now, c, serverPort))
	require.Equal(t, EISCONN, w.cp.Connect(w.now, c, serverPort))
	require.Equal(t, EINVAL, w.cp.Listen(w.now, c, 1))

	d := w.cp.Socket()
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, d, 81))
	w.settle()
	require.Equal(t, "IN|OUT|RDHUP|ERR|HUP", w.poll(w.cp, d))
	require.Equal(t, ECONNREFUSED, w.cp.Connect(w.now, d, 81), "the first result")
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, d, serverPort), "the socket can be used again")
	w.settle()
	require.Equal(t, tcp.StateEstablished, w.state(w.cp, d))
}

// TestErrors: which error an application sees, by the state that was reset
// (docs/linux-measured.md §9).
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name    string
		before  func(w *world, c, s FD)
		poll    string // after the RST
		read    any
		soError string
		again   string // poll, when the error was read
	}{
		{"ESTABLISHED", func(*world, FD, FD) {},
			"IN|OUT|RDHUP|ERR|HUP", ECONNRESET, "", "IN|OUT|RDHUP|HUP"},
		{"FIN-WAIT-2", func(w *world, c, _ FD) { _ = w.cp.Shutdown(w.now, c, ShutWR) },
			"IN|OUT|RDHUP|ERR|HUP", ECONNRESET, "", "IN|OUT|RDHUP|HUP"},
		{"CLOSE-WAIT", func(w *world, _, s FD) { w.close(w.sp, s) },
			"IN|OUT|RDHUP|ERR|HUP", 0, "EPIPE", "IN|OUT|RDHUP|HUP"},
		{"data unread", func(w *world, _, s FD) { w.write(w.sp, s, 7) },
			"IN|OUT|RDHUP|ERR|HUP", 7, "ECONNRESET", "IN|OUT|RDHUP|HUP"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			c, s, _ := w.pair()
			test.before(w, c, s)
			w.run(50 * time.Millisecond)
			w.reset(w.cp, c)
			require.Equal(t, test.poll, w.poll(w.cp, c))
			require.Equal(t, test.read, w.read(w.cp, c, 10))
			require.Equal(t, test.soError, w.soError(w.cp, c))
			require.Equal(t, test.again, w.poll(w.cp, c))
			require.Equal(t, 0, w.read(w.cp, c, 10))
			require.Equal(t, EPIPE, w.write(w.cp, c, 10))
		})
	}
}

func TestErrorOfAWriteComesBeforeBrokenPipe(t *testing.T) {
	w := newWorld(t)
	c, _, _ := w.pair()
	w.reset(w.cp, c)
	require.Equal(t, ECONNRESET, w.write(w.cp, c, 10))
	require.Equal(t, EPIPE, w.write(w.cp, c, 10))
}

func TestTimeouts(t *testing.T) {
	w := newWorld(t, func(c *Config) { require.NoError(t, c.Set("tcp_retries2", "3")) })
	c, s, _ := w.pair()
	w.cut = true
	w.write(w.cp, c, 10)
	require.NoError(t, w.cp.Shutdown(w.now, c, ShutWR))
	w.run(20 * time.Second)
	require.Equal(t, "IN|OUT|RDHUP|ERR|HUP", w.poll(w.cp, c))
	require.Equal(t, ETIMEDOUT, w.read(w.cp, c, 10))
	require.Equal(t, 0, w.read(w.cp, c, 10))
	require.Equal(t, "OUT", w.poll(w.sp, s), "the peer knows nothing")
}

// TestShutdownOfAnUnfinishedConnect: the socket is a fresh one again.
func TestShutdownOfAnUnfinishedConnect(t *testing.T) {
	w := newWorld(t)
	w.cut = true
	c := w.connect()
	require.NoError(t, w.cp.Shutdown(w.now, c, ShutRDWR))
	require.Equal(t, "OUT|ERR|HUP", w.poll(w.cp, c))
	require.Equal(t, "ECONNRESET", w.soError(w.cp, c))
	require.Equal(t, "OUT|HUP", w.poll(w.cp, c))
	w.cut = false
	w.listen(1)
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
	w.settle()
	require.Equal(t, "OUT", w.poll(w.cp, c))
}

// TestSharedDescriptors: the last close of any process sends the FIN; shutdown acts
// for all at once.
func TestSharedDescriptors(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	d, err := w.cp.Dup(w.now, c)
	require.NoError(t, err)
	child := w.cp.Fork()
	other := w.client.NewProcess()
	_, err = w.cp.Pass(w.now, d, other)
	require.NoError(t, err)

	w.close(w.cp, c)
	require.Equal(t, EBADF, w.read(w.cp, c, 1))
	w.close(w.cp, d)
	child.Exit(w.now)
	w.settle()
	require.Equal(t, "OUT", w.poll(w.sp, s), "one reference is left")
	other.Exit(w.now)
	w.settle()
	require.Equal(t, "IN|OUT|RDHUP", w.poll(w.sp, s))

	c, s, _ = newPair(w, 81)
	d, err = w.cp.Dup(w.now, c)
	require.NoError(t, err)
	require.NoError(t, w.cp.Shutdown(w.now, d, ShutWR))
	w.settle()
	require.Equal(t, "IN|OUT|RDHUP", w.poll(w.sp, s))
	require.Equal(t, EPIPE, w.write(w.cp, c, 1))
}

// newPair is pair on another port.
func newPair(w *world, port uint16) (c, s, l FD) {
	l = w.sp.Socket()
	require.NoError(w.t, w.sp.Bind(w.now, l, port))
	require.NoError(w.t, w.sp.Listen(w.now, l, 8))
	c = w.cp.Socket()
	require.Equal(w.t, EINPROGRESS, w.cp.Connect(w.now, c, port))
	w.settle()
	s, err := w.sp.Accept(w.now, l)
	require.NoError(w.t, err)
	return c, s, l
}

// TestDupBeforeConnect: references of a fresh socket become the connection's.
func TestDupBeforeConnect(t *testing.T) {
	w := newWorld(t)
	l := w.listen(8)
	c := w.cp.Socket()
	d, err := w.cp.Dup(w.now, c)
	require.NoError(t, err)
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
	w.settle()
	s, err := w.sp.Accept(w.now, l)
	require.NoError(t, err)
	w.close(w.cp, c)
	require.Equal(t, "OUT", w.poll(w.sp, s))
	w.close(w.cp, d)
	require.Equal(t, "IN|OUT|RDHUP", w.poll(w.sp, s))
}

// TestLinger: close lingers, also on a socket that does not block; exit does not.
func TestLinger(t *testing.T) {
	for _, exit := range []bool{false, true} {
		w := newWorld(t)
		c, _, _ := w.pair()
		require.NoError(t, w.cp.SetSockOpt(w.now, c, "SO_LINGER", 1, 2))
		w.cut = true
		if exit {
			conn := &w.cp.files[c].conn
			w.cp.Exit(w.now)
			require.Equal(t, tcp.StateFinWait1, conn.State())
			require.Zero(t, conn.Ready()&tcp.ReadyLingering)
			continue
		}
		start := w.now
		wait := w.close(w.cp, c)
		w.run(1900 * time.Millisecond)
		require.False(t, wait.Done)
		w.run(200 * time.Millisecond)
		require.True(t, wait.Done)
		require.InDelta(t, 2.0, wait.At.Sub(start).Seconds(), 0.05)
	}
}

func TestCloseOfAListener(t *testing.T) {
	w := newWorld(t)
	c, s, l := w.pair()
	waiting := w.connect()
	w.cut = true
	request := w.connect()
	w.cut = false
	w.server.Deliver(w.now, &w.toPeer[0])
	var synAck tcp.Segment
	_, ok := w.server.Next(&synAck)
	require.True(t, ok)

	w.close(w.sp, l)
	require.Equal(t, ECONNRESET, w.read(w.cp, waiting, 1), "nobody accepted it")
	require.Equal(t, 3, w.write(w.cp, c, 3), "this one was accepted")
	w.settle()
	require.Equal(t, 3, w.read(w.sp, s, 3))
	state, _, _ := w.server.Lookup(serverPort, w.cp.files[request].local)
	require.Equal(t, tcp.StateSynReceived, state, "the request is found later")
	w.client.Deliver(w.now, &synAck)
	w.settle()
	require.Equal(t, ECONNRESET, w.read(w.cp, request, 1))
	state, _, _ = w.server.Lookup(serverPort, w.cp.files[request].local)
	require.Equal(t, tcp.StateClosed, state)
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, w.cp.Socket(), serverPort))
}

// TestResetBeforeAccept: the connection is still accepted, and tells its error.
func TestResetBeforeAccept(t *testing.T) {
	w := newWorld(t)
	l := w.listen(8)
	c := w.connect()
	require.Equal(t, "IN", w.poll(w.sp, l))
	require.NoError(t, w.cp.SetSockOpt(w.now, c, "SO_LINGER", 1, 0))
	w.close(w.cp, c)
	s, err := w.sp.Accept(w.now, l)
	require.NoError(t, err)
	require.Equal(t, "IN|OUT|RDHUP|ERR|HUP", w.poll(w.sp, s))
	require.Equal(t, ECONNRESET, w.read(w.sp, s, 1))
	_, err = w.sp.Accept(w.now, l)
	require.Equal(t, EAGAIN, err)
	require.Equal(t, "-", w.poll(w.sp, l))
}

// TestBacklog: one more than the backlog may wait for accept; then requests, and the
// ends of handshakes, are dropped.
func TestBacklog(t *testing.T) {
	w := newWorld(t)
	l := w.listen(1)
	first, second, third := w.connect(), w.connect(), w.connect()
	require.Equal(t, tcp.StateEstablished, w.state(w.cp, first))
	require.Equal(t, tcp.StateEstablished, w.state(w.cp, second))
	require.Equal(t, tcp.StateSynSent, w.state(w.cp, third))
	_, err := w.sp.Accept(w.now, l)
	require.NoError(t, err)
	w.run(1100 * time.Millisecond)
	require.Equal(t, tcp.StateEstablished, w.state(w.cp, third), "the repeated SYN")
}

// syn sends a SYN from a port of the peer that nothing answers for, and returns the
// SYN-ACK.
func (w *world) syn(port uint16) (synAck tcp.Segment, answered bool) {
	w.server.Deliver(w.now, &tcp.Segment{SrcPort: port, DstPort: serverPort, Seq: 100, Flags: tcp.SYN, Window: 1000})
	_, answered = w.server.Next(&synAck)
	return synAck, answered
}

func TestQueueOfRequests(t *testing.T) {
	w := newWorld(t)
	w.listen(2)
	_, first := w.syn(1)
	_, second := w.syn(2)
	_, third := w.syn(3)
	require.Equal(t, []bool{true, true, false}, []bool{first, second, third})
}

// TestFullAcceptQueue drops the end of a handshake; the request lives on.
func TestFullAcceptQueue(t *testing.T) {
	w := newWorld(t)
	l := w.listen(2)
	w.connect()
	w.connect()
	var acks []tcp.Segment
	for port := uint16(1); port <= 2; port++ {
		synAck, ok := w.syn(port)
		require.True(t, ok)
		acks = append(acks, tcp.Segment{
			SrcPort: port, DstPort: serverPort, Seq: 101, Ack: synAck.Seq + 1, Flags: tcp.ACK, Window: 1000,
		})
	}
	deliver := func(i int) tcp.State {
		w.server.Deliver(w.now, &acks[i])
		state, _, _ := w.server.Lookup(serverPort, acks[i].SrcPort)
		return state
	}
	require.Equal(t, tcp.StateEstablished, deliver(0))
	require.Equal(t, tcp.StateSynReceived, deliver(1), "the queue is full")
	_, err := w.sp.Accept(w.now, l)
	require.NoError(t, err)
	require.Equal(t, tcp.StateEstablished, deliver(1))
}

func TestBlockedCallsHelpEachOther(t *testing.T) {
	w := newWorld(t)
	first, second := false, false
	wait := func(ready, then *bool) *Wait {
		return w.client.Block(w.now, func(tcp.Time) (int, error) {
			if !*ready {
				return 0, EAGAIN
			}
			*then = true
			return 0, nil
		})
	}
	a := wait(&second, new(bool))
	b := wait(&first, &second)
	first = true
	w.client.Deliver(w.now, &tcp.Segment{Flags: tcp.RST})
	require.True(t, a.Done && b.Done)
}

func TestBlock(t *testing.T) {
	w := newWorld(t)
	l := w.listen(8)
	accept := w.server.Block(w.now, func(now tcp.Time) (int, error) {
		fd, err := w.sp.Accept(now, l)
		return int(fd), err
	})
	c := w.cp.Socket()
	connect := w.client.Block(w.now, func(now tcp.Time) (int, error) {
		return 0, w.cp.Connect(now, c, serverPort)
	})
	require.False(t, accept.Done || connect.Done)
	w.settle()
	require.True(t, accept.Done && connect.Done)
	require.NoError(t, connect.Err)
	s := FD(accept.N)
	read := w.server.Block(w.now, func(now tcp.Time) (int, error) { return w.sp.Read(now, s, 9) })
	w.run(time.Second)
	require.False(t, read.Done)
	w.write(w.cp, c, 4)
	w.settle()
	require.True(t, read.Done)
	require.Equal(t, 4, read.N)
	require.Equal(t, w.now, read.At)
}

func TestSendBuffer(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	require.NoError(t, w.cp.SetSockOpt(w.now, c, "SO_SNDBUF", 3000))
	w.cut = true
	require.Equal(t, 2000, w.write(w.cp, c, 2000))
	require.Equal(t, "OUT", w.poll(w.cp, c))
	require.Equal(t, 1000, w.write(w.cp, c, 2000), "what there is room for")
	require.Equal(t, "-", w.poll(w.cp, c))
	require.Equal(t, EAGAIN, w.write(w.cp, c, 1))
	w.cut = false
	w.run(2 * time.Second)
	require.Equal(t, "OUT", w.poll(w.cp, c))
	require.Equal(t, 3000, w.read(w.sp, s, 5000))
}

func TestBind(t *testing.T) {
	w := newWorld(t)
	p := w.sp
	a, b := p.Socket(), p.Socket()
	require.NoError(t, p.Bind(w.now, a, 80))
	require.Equal(t, EINVAL, p.Bind(w.now, a, 81))
	require.Equal(t, EADDRINUSE, p.Bind(w.now, b, 80))
	require.NoError(t, p.SetSockOpt(w.now, a, "SO_REUSEADDR", 1))
	require.NoError(t, p.SetSockOpt(w.now, b, "SO_REUSEADDR", 1))
	require.NoError(t, p.Bind(w.now, b, 80))
	require.NoError(t, p.Listen(w.now, a, 1))
	require.Equal(t, EADDRINUSE, p.Listen(w.now, b, 1))
	c := p.Socket()
	require.NoError(t, p.SetSockOpt(w.now, c, "SO_REUSEADDR", 1))
	require.Equal(t, EADDRINUSE, p.Bind(w.now, c, 80), "a listener has it")
	require.NoError(t, p.Bind(w.now, c, 0))
	require.EqualValues(t, 32768, p.files[c].local)
	_, err := p.Close(w.now, a)
	require.NoError(t, err)
	require.NoError(t, p.Listen(w.now, b, 1))
	require.Equal(t, EISCONN, p.Connect(w.now, b, 1))
}

func TestPortsOfConnect(t *testing.T) {
	w := newWorld(t, func(c *Config) { require.NoError(t, c.Set("net.ipv4.ip_local_port_range", "40001 40002")) })
	w.listen(8)
	w.connect()
	w.connect()
	require.Equal(t, EADDRNOTAVAIL, w.cp.Connect(w.now, w.cp.Socket(), serverPort), "both ports are in use")
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, w.cp.Socket(), 81), "but not with this peer's port")
}

func TestUnknownDescriptor(t *testing.T) {
	w := newWorld(t)
	for _, fd := range []FD{-1, 0, 7} {
		_, err := w.cp.Read(w.now, fd, 1)
		require.Equal(t, EBADF, err)
		_, err = w.cp.Close(w.now, fd)
		require.Equal(t, EBADF, err)
		require.Equal(t, EBADF, w.cp.Bind(w.now, fd, 1))
	}
}

func TestSetSockOpt(t *testing.T) {
	w := newWorld(t)
	c, s, _ := w.pair()
	for _, test := range []struct {
		name   string
		values []int
		want   error
	}{
		{"TCP_NODELAY", []int{1}, nil},
		{"SO_LINGER", []int{1, 5}, nil},
		{"SO_LINGER", []int{1}, EINVAL},
		{"TCP_SYNCNT", []int{0}, EINVAL},
		{"SO_REUSEADDR", nil, EINVAL},
		{"SO_SNDBUF", []int{0}, EINVAL},
		{"TCP_MAGIC", []int{1}, ENOPROTOOPT},
	} {
		err := w.cp.SetSockOpt(w.now, c, test.name, test.values...)
		require.Equal(t, test.want, err, test.name)
	}
	w.reset(w.sp, s)
	require.NoError(t, w.sp.SetSockOpt(w.now, s, "TCP_NODELAY", 1), "after the end")
}

// TestInheritance: a connection has the options of its listener.
func TestInheritance(t *testing.T) {
	w := newWorld(t)
	l := w.listen(8)
	require.NoError(t, w.sp.SetSockOpt(w.now, l, "SO_LINGER", 1, 0))
	c := w.connect()
	s, err := w.sp.Accept(w.now, l)
	require.NoError(t, err)
	w.close(w.sp, s)
	require.Equal(t, ECONNRESET, w.read(w.cp, c, 1))
}

func TestSameInputsSameOutputs(t *testing.T) {
	course := func() []tcp.Segment {
		w := newWorld(t)
		c, s, _ := w.pair()
		w.write(w.cp, c, 5000)
		w.run(time.Second)
		w.read(w.sp, s, 5000)
		w.close(w.cp, c)
		w.run(time.Second)
		w.close(w.sp, s)
		w.run(2 * time.Minute)
		return w.sent
	}
	require.Greater(t, len(course()), 8)
	require.Equal(t, course(), course())
}
