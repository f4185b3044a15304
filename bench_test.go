package tcp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/stretchr/testify/require"
)

// established is a connection in ESTABLISHED without options: RCV.NXT 7001,
// SND.NXT 1001.
func established(tb testing.TB, cfg tcp.Config) *tcp.Conn {
	cfg.LocalPort, cfg.RemotePort = 4000, 80
	c, err := tcp.New(&cfg)
	require.NoError(tb, err)
	require.NoError(tb, c.Open(0, 1000))
	appendDrained(nil, c)
	c.Arrive(0, &tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7000, Ack: 1001, Flags: tcp.SYN | tcp.ACK, Window: 65535})
	appendDrained(nil, c)
	require.Equal(tb, tcp.StateEstablished, c.State())
	return c
}

// A segment of data in order, acknowledged at once and consumed.
func BenchmarkSegmentData(b *testing.B) {
	c := established(b, tcp.Config{DelayedACK: -1})
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1001, Flags: tcp.ACK | tcp.PSH, Window: 65535, Len: 1000}
	var out tcp.Segment
	b.ReportAllocs()
	for b.Loop() {
		c.Arrive(0, &in)
		c.Receive(0, in.Len)
		if !c.Next(&out) {
			b.Fatal("no acknowledgment")
		}
		in.Seq = out.Ack
	}
}

// A segment of data in order, the acknowledgment of which waits: every second one
// is acknowledged.
func BenchmarkSegmentDataDelayedACK(b *testing.B) {
	c := established(b, tcp.Config{})
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1001, Flags: tcp.ACK, Window: 65535, Len: 1460}
	var out tcp.Segment
	b.ReportAllocs()
	for b.Loop() {
		c.Arrive(0, &in)
		c.Receive(0, in.Len)
		c.Next(&out)
		in.Seq = in.End()
	}
}

// An octet out, and its acknowledgment in.
func BenchmarkSegmentACK(b *testing.B) {
	c := established(b, tcp.Config{})
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1001, Flags: tcp.ACK, Window: 65535}
	var out tcp.Segment
	b.ReportAllocs()
	for b.Loop() {
		c.Send(0, 1)
		if !c.Next(&out) {
			b.Fatal("nothing to send")
		}
		in.Ack = out.End()
		c.Arrive(0, &in)
	}
}

// A pure acknowledgment of nothing new: nothing is answered.
func BenchmarkSegmentDuplicateACK(b *testing.B) {
	c := established(b, tcp.Config{})
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1001, Flags: tcp.ACK, Window: 65535}
	benchmarkAnswers(b, c, &in, tcp.Accepted, false)
}

// A segment of data that was received before, acknowledged again.
func BenchmarkSegmentOldData(b *testing.B) {
	c := established(b, tcp.Config{})
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 6001, Ack: 1001, Flags: tcp.ACK, Window: 65535, Len: 1000}
	benchmarkAnswers(b, c, &in, tcp.DroppedWindow, true)
}

// A repeated FIN in TIME-WAIT, acknowledged again.
func BenchmarkSegmentFIN(b *testing.B) {
	c := established(b, tcp.Config{})
	c.Close(0)
	appendDrained(nil, c)
	fin := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1002, Flags: tcp.ACK | tcp.FIN, Window: 65535}
	c.Arrive(0, &fin)
	appendDrained(nil, c)
	benchmarkAnswers(b, c, &fin, tcp.ReackedFIN, true)
}

// The same on what a host keeps of the connection.
func BenchmarkSegmentFINTimeWait(b *testing.B) {
	tw, now := timeWait(b)
	fin := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1002, Flags: tcp.FIN | tcp.ACK}
	var out tcp.Segment
	b.ReportAllocs()
	for b.Loop() {
		if v, sent := tw.Arrive(now, &fin, true, &out); v != tcp.ReackedFIN || !sent {
			b.Fatal(v)
		}
	}
}

// A RST in the window that does not sit at RCV.NXT: a challenge ACK.
func BenchmarkSegmentRST(b *testing.B) {
	c := established(b, tcp.Config{ChallengeInterval: -1})
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7002, Flags: tcp.RST}
	benchmarkAnswers(b, c, &in, tcp.ChallengedRST, true)
}

// A segment to no connection: RST.
func BenchmarkSegmentNoConnection(b *testing.B) {
	c, err := tcp.New(nil)
	require.NoError(b, err)
	in := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7002, Ack: 5, Flags: tcp.ACK}
	benchmarkAnswers(b, c, &in, tcp.ResetClosed, true)
}

func benchmarkAnswers(b *testing.B, c *tcp.Conn, in *tcp.Segment, want tcp.Verdict, answered bool) {
	var out tcp.Segment
	b.ReportAllocs()
	for b.Loop() {
		if v := c.Arrive(0, in); v != want {
			b.Fatal(v)
		}
		if c.Next(&out) != answered {
			b.Fatal(out)
		}
	}
}

// brief is a whole life without losses: open, an octet each way, close from a,
// TIME-WAIT to its end.
func (l *lives) brief() {
	l.a.Init(l.like)
	l.b.Init(l.like)
	l.a.SetPorts(4000, 80)
	l.b.SetPorts(80, 4000)
	l.b.Listen(l.now, 7000)
	l.a.Open(l.now, 1000)
	l.exchange()
	l.a.Send(l.now, 1)
	l.exchange()
	l.b.Receive(l.now, 1)
	l.b.Send(l.now, 1)
	l.exchange()
	l.a.Receive(l.now, 1)
	l.a.Close(l.now)
	l.exchange()
	l.b.Close(l.now)
	l.exchange()
	l.now = l.a.Deadline()
	l.a.Advance(l.now)
}

func (l *lives) exchange() {
	for l.pass(&l.a, &l.b) || l.pass(&l.b, &l.a) {
	}
}

func benchmarkLife(b *testing.B, wire bool) {
	for p := range numProfiles {
		b.Run(p.String(), func(b *testing.B) {
			cfg := p.config()
			like, err := tcp.New(&cfg)
			require.NoError(b, err)
			l := &lives{like: like}
			if wire {
				l.wire, l.payload = make([]byte, 0, 128), make([]byte, 1)
			}
			b.ReportAllocs()
			for b.Loop() {
				l.brief()
			}
			b.ReportMetric(float64(l.emitted)/float64(b.N), "segments/op")
			require.Equal(b, tcp.StateClosed, l.a.State())
			require.Equal(b, tcp.StateClosed, l.b.State())
			require.NoError(b, l.a.Err())
		})
	}
}

func BenchmarkLife(b *testing.B)     { benchmarkLife(b, false) }
func BenchmarkLifeWire(b *testing.B) { benchmarkLife(b, true) }

// A life has no segment too many: three to open, one of data each way, and three to
// close, with the acknowledgment of the first FIN on the second.
func TestLifeSegments(t *testing.T) {
	for p, want := range map[profile]int{profileDefault: 8, profileRFC9293: 9} {
		cfg := p.config()
		like, err := tcp.New(&cfg)
		require.NoError(t, err)
		l := &lives{like: like}
		l.brief()
		require.Equal(t, want, l.emitted, "%v", p)
		require.Equal(t, tcp.StateClosed, l.a.State())
		require.Equal(t, tcp.StateClosed, l.b.State())
	}
}

var addressA, addressB = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")

// encode sends a segment through the codec, with its checksum.
func (l *lives) encode(seg *tcp.Segment) {
	b, err := seg.AppendHeader(l.wire[:0])
	if err != nil {
		panic(err)
	}
	payload := l.payload[:min(seg.Len, len(l.payload))]
	if err := tcp.SetChecksum(addressA, addressB, b, payload); err != nil {
		panic(err)
	}
	if !tcp.VerifyChecksum(addressA, addressB, b, payload) {
		panic("checksum")
	}
	n := seg.Len
	if _, err := seg.ParseHeader(b); err != nil {
		panic(err)
	}
	seg.Len = n
}

// Bulk data from one connection to another: a full segment, and half of an
// acknowledgment.
func BenchmarkBulkConn(b *testing.B) {
	for p := range numProfiles {
		b.Run(p.String(), func(b *testing.B) { benchmarkBulk(b, p) })
	}
}

func benchmarkBulk(b *testing.B, p profile) {
	cfg := p.config()
	like, err := tcp.New(&cfg)
	require.NoError(b, err)
	l := &lives{like: like}
	l.a.Init(like)
	l.b.Init(like)
	l.a.SetPorts(4000, 80)
	l.b.SetPorts(80, 4000)
	l.b.Listen(l.now, 7000)
	l.a.Open(l.now, 1000)
	l.exchange()
	octets := l.a.Status().MaxPayload
	b.SetBytes(int64(octets))
	b.ReportAllocs()
	for b.Loop() {
		if err := l.a.Send(l.now, octets); err != nil {
			b.Fatal(err)
		}
		l.exchange()
		l.b.Receive(l.now, l.b.Readable())
		l.now += tcp.Time(time.Microsecond)
		if d := min(l.a.Deadline(), l.b.Deadline()); d <= l.now {
			l.a.Advance(l.now)
			l.b.Advance(l.now)
		}
	}
	l.settle(func() bool { return l.a.Status().SndUna == l.a.Status().SndEnd })
	l.b.Receive(l.now, l.b.Readable())
	require.Zero(b, l.a.Status().Counters.Retransmits)
}

func BenchmarkSnapshot(b *testing.B) {
	c := established(b, tcp.Config{})
	copies := make([]tcp.Conn, 64)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		copies[n&63] = *c
		n++
	}
}

// Comparing two connections that are equal: the longest it takes.
func BenchmarkSnapshotEqual(b *testing.B) {
	c := established(b, tcp.Config{})
	snapshot := *c
	b.ReportAllocs()
	for b.Loop() {
		if snapshot != *c {
			b.Fatal("not equal")
		}
	}
}

func BenchmarkDeadline(b *testing.B) {
	c := established(b, tcp.Config{KeepAlive: true})
	b.ReportAllocs()
	for b.Loop() {
		if c.Deadline() == tcp.Never {
			b.Fatal("no keepalive")
		}
	}
}
