package socket

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
)

// timeWait closes a connection from the server, which keeps the TIME-WAIT, and
// returns the client's port.
func (w *world) timeWait() (local uint16, l FD) {
	c, s, l := w.pair()
	local = w.cp.files[c].local
	w.close(w.sp, s)
	w.close(w.cp, c)
	state, _, detached := w.server.Lookup(serverPort, local)
	require.True(w.t, detached)
	require.Equal(w.t, tcp.StateTimeWait, state)
	return local, l
}

func (w *world) bound(local uint16) FD {
	c := w.cp.Socket()
	require.NoError(w.t, w.cp.SetSockOpt(w.now, c, "SO_REUSEADDR", 1))
	require.NoError(w.t, w.cp.Bind(w.now, c, local))
	return c
}

// TestListenerBeneathATimeWait: a legal SYN opens a new connection, S14; without a
// listener it does not.
func TestListenerBeneathATimeWait(t *testing.T) {
	for _, listening := range []bool{true, false} {
		w := newWorld(t)
		local, l := w.timeWait()
		if !listening {
			w.close(w.sp, l)
		}
		w.run(2 * time.Second)
		before := len(w.sent)
		c := w.bound(local)
		require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
		w.settle()
		if !listening {
			require.NotEqual(t, tcp.StateEstablished, w.state(w.cp, c))
			continue
		}
		require.Equal(t, tcp.StateEstablished, w.state(w.cp, c))
		require.Empty(t, w.server.waits)
		require.Len(t, w.sent, before+3, "SYN, SYN-ACK, ACK")
		s, err := w.sp.Accept(w.now, l)
		require.NoError(t, err)
		require.Equal(t, "OUT", w.poll(w.sp, s))
	}
}

// TestBackToTimeWait: with the rule of RFC 6191 an old duplicate SYN leads back to
// the TIME-WAIT that it ended.
func TestBackToTimeWait(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.TCP.TimeWaitSYN = tcp.SYNRFC6191 })
	local, _ := w.timeWait()
	_, before, _ := w.server.Lookup(serverPort, local)
	w.run(2 * time.Second)
	c := w.bound(local)
	w.cut = true
	require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
	w.settle()
	w.cut = false
	syn := w.toPeer[len(w.toPeer)-1]
	w.server.Deliver(w.now, &syn)
	state, _, _ := w.server.Lookup(serverPort, local)
	require.Equal(t, tcp.StateSynReceived, state)
	w.server.Deliver(w.now, &tcp.Segment{
		SrcPort: local, DstPort: serverPort, Seq: syn.Seq + 1, Flags: tcp.RST,
	})
	state, due, detached := w.server.Lookup(serverPort, local)
	require.Equal(t, tcp.StateTimeWait, state)
	require.True(t, detached)
	require.Equal(t, before, due)
}

// TestConnectOverATimeWait: never without timestamps; with them from a port that was
// bound, or with tcp_tw_reuse=1 after a second (docs/linux-measured.md §5), unless a
// program had named the port of the first connection.
func TestConnectOverATimeWait(t *testing.T) {
	for _, test := range []struct {
		timestamps, reuse string
		first, bound      bool // whether the first connection was bound, and the second
		after             time.Duration
		want              error
	}{
		{"0", "1", true, true, 2 * time.Second, EADDRNOTAVAIL},
		{"1", "0", true, true, 300 * time.Millisecond, EINPROGRESS},
		{"1", "0", false, false, 2 * time.Second, EADDRNOTAVAIL},
		{"1", "1", false, false, 2 * time.Second, EINPROGRESS},
		{"1", "1", false, false, 500 * time.Millisecond, EADDRNOTAVAIL},
		{"1", "1", true, false, 2 * time.Second, EADDRNOTAVAIL},
	} {
		w := newWorld(t, func(c *Config) {
			require.NoError(t, c.Set("tcp_timestamps", test.timestamps))
			require.NoError(t, c.Set("tcp_tw_reuse", test.reuse))
			require.NoError(t, c.Set("ip_local_port_range", "40001 40001"))
		})
		l := w.listen(8)
		c := w.cp.Socket()
		if test.first {
			c = w.bound(40001)
		}
		require.Equal(t, EINPROGRESS, w.cp.Connect(w.now, c, serverPort))
		w.settle()
		s, err := w.sp.Accept(w.now, l)
		require.NoError(t, err)
		w.close(w.cp, c)
		w.close(w.sp, s)
		require.Len(t, w.client.waits, 1)
		w.run(test.after)
		c = w.cp.Socket()
		if test.bound {
			require.NoError(t, w.cp.SetSockOpt(w.now, c, "SO_REUSEADDR", 1))
			require.NoError(t, w.cp.Bind(w.now, c, 40001))
		}
		require.Equal(t, test.want, w.cp.Connect(w.now, c, serverPort), "%+v", test)
		w.settle()
		if test.want == EINPROGRESS {
			require.Empty(t, w.client.waits)
			require.Equal(t, tcp.StateEstablished, w.state(w.cp, c))
		}
	}
}

func TestMaxTimeWait(t *testing.T) {
	for _, test := range []struct {
		value string
		kept  int
	}{{"0", 0}, {"1", 1}, {"2", 2}} {
		w := newWorld(t, func(c *Config) { require.NoError(t, c.Set("tcp_max_tw_buckets", test.value)) })
		l := w.listen(8)
		for range 2 {
			c := w.connect()
			s, err := w.sp.Accept(w.now, l)
			require.NoError(t, err)
			w.close(w.cp, c)
			w.close(w.sp, s)
		}
		require.Len(t, w.client.waits, test.kept)
		require.Empty(t, w.client.sockets)
	}
}

// TestChallengeLimit is that of the host: all connections share it, and it begins
// anew every second.
func TestChallengeLimit(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		require.NoError(t, c.Set("tcp_challenge_ack_limit", "3"))
		require.NoError(t, c.Set("tcp_invalid_ratelimit", "0"))
	})
	c1, _, _ := w.pair()
	c2 := w.connect()
	challenges := func() (n int) {
		for _, fd := range []FD{c1, c2, c1, c2, c1} {
			s := w.cp.files[fd]
			w.client.Deliver(w.now, &tcp.Segment{
				SrcPort: s.remote, DstPort: s.local, Seq: s.conn.Status().RcvNxt + 9, Flags: tcp.RST,
			})
		}
		var seg tcp.Segment
		for _, ok := w.client.Next(&seg); ok; _, ok = w.client.Next(&seg) {
			n++
		}
		return n
	}
	require.Equal(t, 3, challenges())
	require.Equal(t, 0, challenges())
	require.Equal(t, EAGAIN, w.read(w.cp, c1, 1))
	require.NoError(t, w.cp.SetSockOpt(w.now, c1, "TCP_NODELAY", 1))
	_, ok := w.client.Next(new(tcp.Segment))
	require.False(t, ok, "nothing is owed")
	w.run(time.Second)
	require.Equal(t, 3, challenges())
}

func TestRejects(t *testing.T) {
	w := newWorld(t)
	in := tcp.Segment{SrcPort: 9, DstPort: 10, Seq: 100, Ack: 7, Flags: tcp.ACK}
	require.Equal(t, tcp.ResetClosed, w.client.Deliver(w.now, &in))
	var out tcp.Segment
	_, ok := w.client.Next(&out)
	require.True(t, ok)
	require.Equal(t, tcp.Segment{SrcPort: 10, DstPort: 9, Seq: 7, Flags: tcp.RST}, out)
	in.Flags = tcp.RST
	require.Equal(t, tcp.DroppedClosed, w.client.Deliver(w.now, &in))
	require.Equal(t, tcp.DroppedInvalid, w.client.Deliver(w.now, nil))
	require.Equal(t, tcp.DroppedTime, w.client.Deliver(tcp.Never, &in))
	_, ok = w.client.Next(&out)
	require.False(t, ok)
	require.Equal(t, tcp.Never, w.client.Deadline())
}

func TestSysctls(t *testing.T) {
	var c Config
	require.NoError(t, c.Set("net.ipv4.tcp_fin_timeout", "3"))
	require.Equal(t, 3*time.Second, c.TCP.FinWait2Timeout)
	require.NoError(t, c.Set("tcp_challenge_ack_limit", "2147483647"))
	require.Zero(t, c.ChallengeLimit, "no limit")
	for name, value := range map[string]string{
		"tcp_max_tw_buckets": "-1", "tcp_challenge_ack_limit": "many", "ip_local_port_range": "9 8",
	} {
		var bad *tcp.ValueError
		require.ErrorAs(t, c.Set(name, value), &bad, name)
		require.Equal(t, name, bad.Name)
	}
	var unknown *tcp.NameError
	require.ErrorAs(t, c.Set("tcp_magic", "1"), &unknown)
	_, err := New(Config{TCP: tcp.Config{MSS: 1}})
	require.Error(t, err)
}
