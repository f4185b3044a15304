package tcp_test

import (
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/seed-447e5d66/tcp"
	"github.com/stretchr/testify/require"
)

// Connections, their remains and segments are values: they serve as keys of maps,
// which the compiler allows only where == compares everything.
var (
	_ map[tcp.Conn]struct{}
	_ map[tcp.TimeWait]struct{}
	_ map[tcp.Segment]struct{}
	_ map[tcp.Status]struct{}
)

func TestSizes(t *testing.T) {
	for _, test := range []struct {
		name        string
		size, limit uintptr
	}{
		{"Conn", unsafe.Sizeof(tcp.Conn{}), 1024},
		{"TimeWait", unsafe.Sizeof(tcp.TimeWait{}), 64},
		{"Segment", unsafe.Sizeof(tcp.Segment{}), 80},
	} {
		t.Logf("%s: %d octets", test.name, test.size)
		require.LessOrEqual(t, test.size, test.limit, test.name)
	}
}

// A snapshot is a plain copy, and the garbage collector has next to nothing to
// follow in a table of connections.
func TestNoPointersButConfigAndTrace(t *testing.T) {
	require.Equal(t, []string{"Conn.cfg", "Conn.trace"}, pointersIn("Conn", reflect.TypeFor[tcp.Conn]()))
	require.Equal(t, []string{"TimeWait.cfg"}, pointersIn("TimeWait", reflect.TypeFor[tcp.TimeWait]()))
	require.Empty(t, pointersIn("Segment", reflect.TypeFor[tcp.Segment]()))
}

// pointersIn lists where a type holds anything that points, by path.
func pointersIn(path string, typ reflect.Type) (found []string) {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			f := typ.Field(i)
			found = append(found, pointersIn(path+"."+f.Name, f.Type)...)
		}
	case reflect.Array:
		found = pointersIn(path+"[]", typ.Elem())
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	default:
		found = []string{path}
	}
	return found
}

// Nothing that happens to a connection allocates: neither its whole life with
// losses, nor a snapshot of it, nor what remains in TIME-WAIT.
func TestNoAllocations(t *testing.T) {
	for p := range numProfiles {
		t.Run(p.String(), func(t *testing.T) {
			cfg := p.config()
			like, err := tcp.New(&cfg)
			require.NoError(t, err)
			l := &lives{like: like}
			require.Zero(t, testing.AllocsPerRun(20, func() { l.live(1, nil) }), "a life")
			require.Zero(t, testing.AllocsPerRun(20, func() { l.live(3000, dropEveryThird) }), "a life with losses")
			require.Zero(t, testing.AllocsPerRun(20, func() { l.snapshots() }), "snapshots")
			require.Zero(t, testing.AllocsPerRun(20, func() { l.hostile() }), "hostile segments")
			require.Equal(t, tcp.StateClosed, l.a.State())
			require.Equal(t, tcp.StateClosed, l.b.State())
		})
	}
}

func dropEveryThird(n int) bool { return n%3 == 2 }

// lives is two connections that live again and again, without allocating.
type lives struct {
	like     *tcp.Conn
	a, b     tcp.Conn
	now      tcp.Time
	segments int
	emitted  int
	drop     func(n int) bool
	wire     []byte // with it, segments pass the codec
	payload  []byte
	copied   tcp.Conn
	equal    bool
}

// live is a whole life: open, n octets each way, close from a, TIME-WAIT. drop
// decides by number which segments are lost.
func (l *lives) live(n int, drop func(int) bool) {
	l.drop, l.segments = drop, 0
	l.a.Init(l.like)
	l.b.Init(l.like)
	l.a.SetPorts(4000, 80)
	l.b.SetPorts(80, 4000)
	l.b.Listen(l.now, 7000)
	l.a.Open(l.now, 1000)
	l.settle(func() bool {
		return l.a.State() == tcp.StateEstablished && l.b.State() == tcp.StateEstablished
	})
	l.a.Send(l.now, n)
	l.settle(func() bool { return l.b.Readable() == n })
	l.b.Receive(l.now, n)
	l.b.Send(l.now, n)
	l.settle(func() bool { return l.a.Readable() == n })
	l.a.Receive(l.now, n)
	l.a.Close(l.now)
	l.settle(func() bool { return l.b.State() == tcp.StateCloseWait })
	l.b.Close(l.now)
	l.settle(func() bool { return l.a.State() == tcp.StateClosed && l.b.State() == tcp.StateClosed })
}

// settle exchanges segments, and lets time pass where there are none, until done.
func (l *lives) settle(done func() bool) {
	for range 10000 {
		if l.pass(&l.a, &l.b) || l.pass(&l.b, &l.a) {
			continue
		}
		if done() {
			return
		}
		next := min(l.a.Deadline(), l.b.Deadline())
		if next == tcp.Never {
			return
		}
		l.now = next
		l.a.Advance(next)
		l.b.Advance(next)
	}
	panic("no end")
}

// pass carries one segment.
func (l *lives) pass(from, to *tcp.Conn) bool {
	var seg tcp.Segment
	if !from.Next(&seg) {
		return false
	}
	l.segments++
	l.emitted++
	if l.drop != nil && l.drop(l.emitted) {
		return true
	}
	if l.wire != nil {
		l.encode(&seg)
	}
	to.Arrive(l.now, &seg)
	return true
}

func (l *lives) snapshots() {
	l.a.Init(l.like)
	l.a.Open(l.now, 1000)
	l.copied = l.a
	l.equal = l.copied == l.a
	c := l.a.Canonical(l.now)
	l.equal = l.equal && c.State() == l.a.State()
	l.segments += int(l.a.Status().SndNxt) + int(l.a.Deadline()&1) + int(l.a.Ready())
	l.a.Close(l.now)
}

// hostile sends segments of all flags to a connection in every state it reaches.
func (l *lives) hostile() {
	l.b.Init(l.like)
	l.b.Listen(l.now, 7000)
	var out tcp.Segment
	for n := range 600 {
		st := l.b.Status()
		seg := tcp.Segment{
			SrcPort: 4000, DstPort: 80, Seq: st.RcvNxt.Add(n%5 - 2), Ack: st.SndNxt.Add(n%7 - 5),
			Flags: tcp.Flags(n * 7), Window: uint16(n * 1000), Len: n % 3 * 700,
		}
		l.b.Arrive(l.now, &seg)
		for l.b.Next(&out) {
		}
		l.now = l.now.Add(time.Millisecond)
		l.b.Advance(l.now)
	}
	if l.b.State() != tcp.StateClosed {
		l.b.Abort(l.now)
	}
}

// TimeWait alone allocates nothing either.
func TestTimeWaitNoAllocations(t *testing.T) {
	tw, now := timeWait(t)
	fin := tcp.Segment{SrcPort: 80, DstPort: 4000, Seq: 7001, Ack: 1002, Flags: tcp.FIN | tcp.ACK}
	var v tcp.Verdict
	var sent bool
	require.Zero(t, testing.AllocsPerRun(100, func() {
		copied, reply := tw, tcp.Segment{}
		v, sent = copied.Arrive(now, &fin, true, &reply)
	}))
	require.Equal(t, tcp.ReackedFIN, v)
	require.True(t, sent)
}

// timeWait is a connection in TIME-WAIT, taken out of its Conn. The sequence numbers
// begin at 1000 and 7000.
func timeWait(tb testing.TB) (tcp.TimeWait, tcp.Time) {
	like, err := tcp.New(&tcp.Config{Timestamps: tcp.Off})
	require.NoError(tb, err)
	l := &lives{like: like}
	l.a.Init(like)
	l.b.Init(like)
	l.a.SetPorts(4000, 80)
	l.b.SetPorts(80, 4000)
	l.b.Listen(l.now, 7000)
	l.a.Open(l.now, 1000)
	l.settle(func() bool { return l.b.State() == tcp.StateEstablished })
	l.a.Close(l.now)
	l.settle(func() bool { return l.b.State() == tcp.StateCloseWait })
	l.b.Close(l.now)
	l.settle(func() bool { return l.a.State() == tcp.StateTimeWait })
	tw, ok := l.a.TimeWait()
	require.True(tb, ok)
	return tw, l.now
}
