package packetdrill

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// recordings returns the scripts recorded from a Linux kernel, by name.
func recordings(t testing.TB) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/recordings.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	scripts := make(map[string]string)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return scripts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		scripts[h.Name] = string(text)
	}
}

// withoutPlaces returns a copy of a script without what Print leaves out.
func withoutPlaces(s *Script) *Script {
	c := *s
	c.File, c.Comments = "", nil
	v := reflect.New(reflect.TypeOf(c)).Elem()
	copyWithoutPlaces(v, reflect.ValueOf(c))
	r := v.Interface().(Script)
	return &r
}

func copyWithoutPlaces(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.Struct:
		if from.Type() == reflect.TypeOf(Pos{}) {
			return
		}
		for i := range from.NumField() {
			copyWithoutPlaces(to.Field(i), from.Field(i))
		}
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			copyWithoutPlaces(to.Elem(), from.Elem())
		}
	case reflect.Interface:
		if !from.IsNil() {
			v := reflect.New(from.Elem().Type()).Elem()
			copyWithoutPlaces(v, from.Elem())
			to.Set(v)
		}
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyWithoutPlaces(to.Index(i), from.Index(i))
		}
	default:
		to.Set(from)
	}
}

// checkFixpoint prints a script and parses the result, which must give the same
// script and the same text.
func checkFixpoint(t testing.TB, s *Script) {
	t.Helper()
	text := Print(s)
	again, err := Parse(s.File, []byte(text))
	if err != nil {
		t.Fatalf("%s: what was printed does not parse: %v\n%s", s.File, err, text)
	}
	if got := Print(again); got != text {
		t.Fatalf("%s: printed\n%s\nthen\n%s", s.File, text, got)
	}
	if got, want := withoutPlaces(again), withoutPlaces(s); !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: %+v became %+v\n%s", s.File, want, got, text)
	}
}

func TestParseRecordings(t *testing.T) {
	scripts := recordings(t)
	if len(scripts) != 1301 {
		t.Errorf("%d recordings, want 1301", len(scripts))
	}
	inexpressible := 0
	for name, text := range scripts {
		s, err := Parse(name, []byte(text))
		if err != nil {
			t.Error(err)
			continue
		}
		checkFixpoint(t, s)
		// Each event stands on its own line, so that they can be counted.
		lines := 0
		for _, line := range strings.Split(text, "\n") {
			if line != "" && strings.IndexByte("+*0123456789", line[0]) >= 0 {
				lines++
			}
		}
		if len(s.Events) != lines || s.Setup == nil || s.Cleanup != nil {
			t.Errorf("%s: %d events of %d, setup %v, cleanup %v", name, len(s.Events), lines, s.Setup, s.Cleanup)
		}
		checkRecordedCommands(t, s)
		for _, c := range s.Comments {
			if strings.HasPrefix(c.Text, "not expressible here") {
				inexpressible++
				break
			}
		}
	}
	if inexpressible != 10 {
		t.Errorf("%d recordings contain what the language cannot express, want 10", inexpressible)
	}
}

// checkRecordedCommands checks that the setup of a recording is understood, and
// that its code compiles and is about the state.
func checkRecordedCommands(t *testing.T, s *Script) {
	t.Helper()
	statements := ParseCommand(s.Setup.Text)
	if len(statements) < 10 {
		t.Errorf("%s: %d statements", s.File, len(statements))
	}
	for _, st := range statements {
		if set, ok := st.(SetParameter); !ok || !strings.HasPrefix(set.Name, "net.ipv4.") || strings.ContainsAny(set.Value, `"`) {
			t.Errorf("%s: %#v", s.File, st)
		}
	}
	for _, e := range s.Events {
		code, ok := e.Action.(*Code)
		if !ok {
			continue
		}
		prog, err := ParseCode(s.File, code)
		if err != nil {
			t.Error(err)
			continue
		}
		if names := prog.Names(); len(names) != 2 || names[1] != "tcpi_state" {
			t.Errorf("%s:%s: names %q", s.File, code.Pos, names)
		}
	}
}

func TestParseRecordingInDetail(t *testing.T) {
	const text = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" +
		"+0.01 > S. 0:0(0) ack 1 win 64240 <mss 1460,nop,nop,TS val 1000 ecr 7> // fresh\n" +
		"+.01...0.5 connect(3, ..., ...) = -1 ETIMEDOUT (Connection\n timed (really) out)\n"
	s, err := Parse("a.pkt", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{Pos{1, 1}, Time{Kind: Absolute}, &Syscall{Pos: Pos{1, 3}, Name: "socket",
			Args:   []Expr{Ellipsis{Pos{1, 10}}, Word{Pos{1, 15}, "SOCK_STREAM"}, Word{Pos{1, 28}, "IPPROTO_TCP"}},
			Result: Result{Pos: Pos{1, 43}, Value: 3}}},
		{Pos{2, 1}, Time{Kind: Relative, At: 10 * time.Millisecond}, &Packet{Pos: Pos{2, 7}, Flags: tcp.SYN | tcp.ACK,
			Ack: 1, HasAck: true, Window: 64240, HasWindow: true, Options: []TCPOption{
				{Pos: Pos{2, 36}, Kind: OptionMSS, Value: 1460}, {Pos: Pos{2, 45}, Kind: OptionNOP},
				{Pos: Pos{2, 49}, Kind: OptionNOP}, {Pos: Pos{2, 53}, Kind: OptionTimestamps, TSVal: 1000, TSEcr: 7}}}},
		{Pos{3, 1}, Time{Kind: Relative, At: 10 * time.Millisecond}, &Syscall{Pos: Pos{3, 12}, Name: "connect",
			Args:     []Expr{Int{Pos{3, 20}, 3, false}, Ellipsis{Pos{3, 23}}, Ellipsis{Pos{3, 28}}},
			Blocking: true, End: 500 * time.Millisecond,
			Result: Result{Pos: Pos{3, 35}, Value: -1, Errno: "ETIMEDOUT", Note: "Connection timed (really) out"}}},
	}
	if !reflect.DeepEqual(s.Events, want) {
		t.Errorf("got  %+v\nwant %+v", s.Events, want)
	}
	if c := s.CommentAt(2); len(c) != 1 || c[0].Text != "fresh" || c[0].Pos != (Pos{2, 72}) {
		t.Errorf("comments %+v", c)
	}
}

// TestParseProductions has an example of each production of the grammar, with its
// canonical form.
func TestParseProductions(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		// options and commands without a time
		{"--ip_version=ipv4\n--tolerance_usecs=75000 --dry_run", "--ip_version=ipv4\n--tolerance_usecs=75000\n--dry_run"},
		{"--local_ip = fd3d::1 // c\n--non_fatal=packet,syscall", "--local_ip=fd3d::1\n--non_fatal=packet,syscall"},
		{`--init_scripts="a b"`, `--init_scripts="a b"`},
		{"`a\nb`", "`a\nb`"},
		{"`a \\` b`\n+0 > . 1:1(0)\n`c`", "`a \\` b`\n+0 > . 1:1(0)\n`c`"},
		{"", ""},
		// times
		{"0 close(3)=0", "0 close(3) = 0"},
		{"1.50 close(3) = 0", "1.5 close(3) = 0"},
		{"+ .25 close(3) = 0", "+0.25 close(3) = 0"},
		{"+0.0000015 close(3) = 0", "+0.000002 close(3) = 0"},
		{"1. close(3) = 0", "1 close(3) = 0"},
		{"* > . 1:1(0)", "* > . 1:1(0)"},
		{"0.1~0.20 > . 1:1(0)", "0.1~0.2 > . 1:1(0)"},
		{"+.1 ~ + 2 > . 1:1(0)", "+0.1~+2 > . 1:1(0)"},
		{"* `sysctl a.b=1`\n1~2 %{ pass }%", "* `sysctl a.b=1`\n1~2 %{ pass }%"},
		{"0...1 close(3) = 0", "0...1 close(3) = 0"},
		{"1.0...2.5 close(3) = 0", "1...2.5 close(3) = 0"},
		{"+.01....011 close(3) = 0", "+0.01...0.011 close(3) = 0"},
		{"+0 %{ assert a ==\n 1 }% +0 `x`", "+0 %{ assert a ==\n 1 }%\n+0 `x`"},
		// system calls, arguments
		{"+0 f() = 0", "+0 f() = 0"},
		{"+0 f(...,-1,0xFf,W|X|1,\"a\\n\\x41\\101\\\"\",[],[1, [...]]) = 0", "+0 f(..., -1, 0xff, W|X|1, \"a\\012AA\\\"\", [], [1, [...]]) = 0"},
		{"+0 f(3, {onoff=1,linger=0}, 8) = 0", "+0 f(3, {onoff=1, linger=0}, 8) = 0"},
		{`+0 f({sa_family=AF_INET,sin_port=htons(80),sin_addr=inet_addr("192.0.2.1")}) = 0`,
			`+0 f({sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("192.0.2.1")}) = 0`},
		{"+0 poll([{fd=4,events=POLLIN|POLLOUT}, {fd=5, events=0, revents=POLLHUP}], 2, 0) = 1",
			"+0 poll([{fd=4, events=POLLIN|POLLOUT}, {fd=5, events=0, revents=POLLHUP}], 2, 0) = 1"},
		{"+0 sendmsg(4,{msg_name(...)=...,msg_iov(2)=[{...,1000},{\"ab\",2}],msg_flags=0},0) = 1002",
			"+0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 1000}, {\"ab\", 2}], msg_flags=0}, 0) = 1002"},
		{"+0 sendmsg(4,{msg_name(...)=...,msg_iov(0)=[]},0) = 0", "+0 sendmsg(4, {msg_name(...)=..., msg_iov(0)=[]}, 0) = 0"},
		{"+0 f({events=EPOLLIN,fd=4}) = 0", "+0 f({events=EPOLLIN, fd=4}) = 0"},
		// results
		{"+0 f() = -1 EAGAIN", "+0 f() = -1 EAGAIN"},
		{"+0 f() = -1 EAGAIN (Can't do; it's \"busy)", "+0 f() = -1 EAGAIN (Can't do; it's \"busy)"},
		{"+0 f() = 0x2 (flags O_RDWR)", "+0 f() = 0x2 (flags O_RDWR)"},
		{"+0 f() = -0x2", "+0 f() = -0x2"},
		{"+0 f() = ...", "+0 f() = ..."},
		{"+0 f() = ... EAGAIN (x)", "+0 f() = ... EAGAIN (x)"},
		// packets: IP header, ports, flags
		{"+0 < [ect0] . 1:1(0)", "+0 < [ect0] . 1:1(0)"},
		{"+0 < (tos 0x2,ttl=64 flowlabel 5) . 1:1(0)", "+0 < (tos 0x2, ttl 64, flowlabel 5) . 1:1(0)"},
		{"+0 > 8080 > 53 S 0:0(0)", "+0 > 8080 > 53 S 0:0(0)"},
		{"+0 > .WEUPRFSA 0:0(0)", "+0 > SFRPUEWA. 0:0(0)"},
		{"+0 > PF. 0:0(0)", "+0 > FP. 0:0(0)"},
		{"+0 < - 17:17(0) win 0", "+0 < - 17:17(0) win 0"},
		{"+0 < . 17:17(0) ack 34 win 5 urg 6", "+0 < . 17:17(0) ack 34 win 5 urg 6"},
		{"+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]", "+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]"},
		{"+0 < icmp time_exceeded", "+0 < icmp time_exceeded"},
		// sequence numbers
		{"+0 > R 4294967295:99(100)", "+0 > R 4294967295:99(100)"},
		{"+0 > R 0:0(0)! ack 4294967295", "+0 > R 0:0(0)! ack 4294967295"},
		{"+0 > S. ...(0) ack 1", "+0 > S. ...(0) ack 1"},
		// TCP options
		{"+0 > . 1:1(0) <...>", "+0 > . 1:1(0) <...>"},
		{"+0 > S 0:0(0) <mss 1460, sackOK,TS val 1 ecr 4294967295,\n nop,wscale 7,eol>", "+0 > S 0:0(0) <mss 1460,sackOK,TS val 1 ecr 4294967295,nop,wscale 7,eol>"},
		{"+0 > . 1:1(0) <nop,nop,sack 1:2 3:4 5:6 7:8>", "+0 > . 1:1(0) <nop,nop,sack 1:2 3:4 5:6 7:8>"},
		{"+0 > . 1:1(0) <FO,FO 01ab 7,md5 ... ,ECN e1b 1 ceb 0x2>", "+0 > . 1:1(0) <FO,FO 01ab 7,md5 ...,ECN e1b 1 ceb 0x2>"},
		{"+0 > . 1:1(0) <uto 300,uto 5m>", "+0 > . 1:1(0) <uto 300,uto 5m>"},
		// blanks, comments and directives
		{"\ufeff/* a\nb */ +0\r\n>\t.\n1:1(0) // x", "+0 > . 1:1(0)"},
		{"#ifdef A // c\n+0 nonsense [ \"\n # ifndef\n#endif // A\n+0 f() = 0", "+0 f() = 0"},
	} {
		s, err := Parse("t", []byte(test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got := strings.TrimSuffix(Print(s), "\n"); got != test.want {
			t.Errorf("%q:\ngot  %q\nwant %q", test.text, got, test.want)
		}
		checkFixpoint(t, s)
	}
}

// TestPrintExpectation changes an expectation, as a mutation of a script does.
func TestPrintExpectation(t *testing.T) {
	s, err := Parse("t", []byte("+0 > F. 1:1(0) ack 1 win 7 <sack 1:2>"))
	if err != nil {
		t.Fatal(err)
	}
	p := s.Events[0].Action.(*Packet)
	p.Seq.Start++
	p.Flags ^= tcp.FIN | tcp.RST
	p.Options[0].Blocks[0].Right++
	if got, want := Print(s), "+0 > R. 2:2(0) ack 1 win 7 <sack 1:3>\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDefinitions(t *testing.T) {
	const text = "--mtu=MTU\n`sysctl a.b=V MTUX`\n#ifdef W\n+D f(V|W, \"V\") = V\n#endif\n+0 %{ assert x == V }%\n+0 > FLAGS 1:1(0) <OPTS>"
	s, err := Parse("t", []byte(text), "MTU=1400", "V=-3", "W", "D=.5", "FLAGS=F.", "OPTS=mss 5,nop")
	if err != nil {
		t.Fatal(err)
	}
	want := "--mtu=1400\n`sysctl a.b=-3 MTUX`\n+0.5 f(-3|W, \"V\") = -3\n+0 %{ assert x == -3 }%\n+0 > F. 1:1(0) <mss 5,nop>\n"
	if got := Print(s); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if s, err = Parse("t", []byte(strings.Repeat("E ", 1<<19-20)+"+0 `E`"), "E="); err != nil || Print(s) != "+0 ``\n" {
		t.Errorf("a definition without tokens: %v", err)
	}
	for _, d := range []string{"", "=1", "1A=2", "A-B=1", "A=`x`", "A=\"x", "A=#ifdef", "A=" + strings.Repeat("1 ", 1000)} {
		if _, err := Parse("t", nil, d); err == nil {
			t.Errorf("definition %q is accepted", d)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	scripts := recordings(b)
	n := 0
	for _, text := range scripts {
		n += len(text)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		for name, text := range scripts {
			if _, err := Parse(name, []byte(text)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
