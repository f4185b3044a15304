package kernel

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// good is a recording with every kind of step.
const good = `{"name":"good","desc":"d","group":"g","role":"passive","timestamps":true,"sack":false,` +
	`"sysctls":{"tcp_fin_timeout":"3"},"kernel":"6.18.44","hz":250,"max_late_ms":0.5,"end_ms":50,"steps":[` +
	`{"at_ms":0,"call":"socket","fd":"c","ret":0},` +
	`{"at_ms":1,"call":"setsockopt","fd":"c","opt":"SO_LINGER","vals":[1,2],"ret":0},` +
	`{"at_ms":2.5,"in":{"flags":".","seq":1,"ack":1,"win":9,"len":0,"tsval":5,"tsecr":7,"sack":[[3,4],[5,6]]}},` +
	`{"at_ms":3,"out":{"flags":"S","seq":0,"ack":0,"win":9,"len":0,"mss":1460,"new_isn":true,"isn_delta":3}},` +
	`{"at_ms":4,"after_ms":3,"state":"FIN_WAIT_1","timer":"retransmit","timer_ms":200,"retrans":1,"rto_ms":212},` +
	`{"at_ms":4,"after_ms":3,"poll":"IN|OUT"},` +
	`{"at_ms":5,"call":"read","fd":"c","n":10,"ret":-1,"err":"EAGAIN"},` +
	`{"at_ms":6,"call":"shutdown","fd":"c","how":"WR","ret":0},` +
	`{"at_ms":7,"call":"close","fd":"c","how":"block","ret":0,"end_ms":9}]}`

func TestReadGood(t *testing.T) {
	for name, text := range map[string]string{
		"plain": good + "\n", "no newline": good, "carriage return": good + "\r\n",
		"spaces": strings.NewReplacer(`":`, `" : `, `,"`, " ,\t\"").Replace(good),
		"gzip":   compressed(good + "\n"), "two members": compressed(good+"\n") + compressed(renamed("b")),
	} {
		recs, err := Read(strings.NewReader(text), "x")
		if err != nil || len(recs) == 0 || recs[0].Name != "good" || len(recs[0].Steps) != 9 {
			t.Errorf("%s: %v, %v", name, recs, err)
		}
	}
}

func compressed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func renamed(name string) string { return strings.Replace(good, `"good"`, `"`+name+`"`, 1) + "\n" }

// Each row changes one place of the good recording; what is wrong must be said.
func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ old, new, reason string }{
		// structure
		{good, ``, "the line is empty"},
		{good, `[]`, "got a list, want an object"},
		{good, `"x"`, `got "x", want an object`},
		{good, good[:len(good)-20], "truncated: the JSON object is not complete at octet"},
		{`"hz":250`, `"hz":`, "not valid JSON at octet"},
		{good, good + good, "not valid JSON at octet"},
		{`"desc":"d"`, "\"desc\":\"\xff\"", "not valid UTF-8"},
		{`"desc":"d",`, ``, `field "desc" is missing`},
		{`"desc":"d"`, `"desc":"d","more":1`, `unknown field "more"`},
		{`"desc":"d"`, `"Desc":"d"`, `unknown field "Desc"`},
		{`"desc":"d"`, `"desc":"d","desc":"e"`, `field "desc" comes twice`},
		{`"desc":"d"`, `"desc":null`, "desc: got null, want a string"},
		{`"timestamps":true`, `"timestamps":1`, "timestamps: got 1, want true or false"},
		{`"role":"passive"`, `"role":"server"`, `role: unknown role "server", want one of active, passive`},
		{`"group":"g"`, `"group":""`, `group: got "", want 1 to 100 letters`},
		{`"name":"good"`, `"name":"a b"`, `name: got "a b", want 1 to 100 letters`},
		{`"hz":250`, `"hz":0`, "hz: got 0, want a whole number from 1 to 100000"},
		{`"hz":250`, `"hz":2.5`, "hz: got 2.5, want a whole number"},
		{`"tcp_fin_timeout":"3"`, `"tcp_fin_timeout":3`, `sysctls: "tcp_fin_timeout": got 3, want a string`},
		{`"tcp_fin_timeout":"3"`, `"a":"3","a":"4"`, `sysctls: field "a" comes twice`},
		{`"hz":250`, `"hz":250,"unstable":"somewhere"`, `unstable: got "somewhere", want a text that names the place`},

		// time
		{`"at_ms":2.5`, `"at_ms":0.5`, "step 3: at_ms: 0.5 ms is before the step ahead of it, 1 ms"},
		{`"at_ms":2.5`, `"at_ms":1e999`, "step 3: at_ms: got 1e999, which is not a finite time"},
		{`"at_ms":2.5`, `"at_ms":-1`, "step 3: at_ms: got -1, want milliseconds from 0 to"},
		{`"at_ms":2.5`, `"at_ms":1e18`, "step 3: at_ms: got 1e18, want milliseconds from 0 to"},
		{`"at_ms":2.5`, `"at_ms":"2"`, `step 3: at_ms: got "2", want milliseconds`},
		{`"at_ms":2.5,`, ``, `step 3: field "at_ms" is missing`},
		{`"max_late_ms":0.5`, `"max_late_ms":NaN`, "not valid JSON at octet"},
		{`"end_ms":50`, `"end_ms":6`, "end_ms: 6 ms is before the last step, 7 ms"},
		{`"end_ms":50`, `"end_ms":8`, "step 9: end_ms: 9 ms is after the recording's end, 8 ms"},
		{`"end_ms":9`, `"end_ms":6`, "step 9: close: end_ms: 6 ms is before at_ms, 7 ms"},
		{`"after_ms":3,"state"`, `"after_ms":5,"state"`, "step 5: after_ms: 5 ms is after at_ms, 4 ms"},
		{`"after_ms":3,"poll"`, `"after_ms":5,"poll"`, "step 6: after_ms: 5 ms is after at_ms, 4 ms"},

		// steps
		{good[strings.Index(good, `"steps":[`):], `"steps":[]}`, "no steps"},
		{`"steps":[`, `"steps":[7,`, "step 1: got 7, want an object"},
		{`"poll":"IN|OUT"`, `"pool":"IN|OUT"`, "step 6: unknown kind of step: 0 of the fields call, in, out, state, poll, want one"},
		{`"poll":"IN|OUT"`, `"poll":"IN|OUT","state":"CLOSED"`, "step 6: unknown kind of step: 2 of the fields"},
		{`"poll":"IN|OUT"`, `"poll":"IN|OUT","x":1`, `step 6: unknown field "x"`},
		{`"poll":"IN|OUT"`, `"poll":"IN|NVAL"`, `step 6: poll: unknown bit "NVAL"`},
		{`"poll":"IN|OUT"`, `"poll":"IN|IN"`, "step 6: poll: bit IN comes twice"},
		{`"FIN_WAIT_1"`, `"FIN-WAIT-1"`, `step 5: state: unknown state "FIN-WAIT-1", want one of CLOSED, SYN_SENT`},
		{`"timer":"retransmit"`, `"timer":"rto"`, `step 5: timer: unknown timer "rto", want one of none, retransmit`},
		{`"timer":"retransmit"`, `"timer":"none"`, "step 5: timer_ms without a timer"},
		{`"timer":"retransmit",`, ``, `step 5: field "timer" is missing`},
		{`"retrans":1`, `"retrans":-1`, "step 5: retrans: got -1, want a whole number from 0 to 255"},

		// calls
		{`"call":"socket"`, `"call":"sockets"`, `step 1: unknown call "sockets", want one of socket, bind`},
		{`"call":"shutdown","fd":"c"`, `"call":"shutdown","fd":"e"`, `step 8: shutdown: unknown descriptor "e", want one of [c d c2]`},
		{`"call":"shutdown","fd":"c"`, `"call":"shutdown","fd":"l"`, `step 8: shutdown: descriptor "l" is not possible`},
		{`"call":"shutdown","fd":"c"`, `"call":"shutdown","fd":"d"`, `step 8: shutdown: descriptor "d" is not open`},
		{`"call":"shutdown","fd":"c","how":"WR"`, `"call":"accept","fd":"c"`, `step 8: accept: descriptor "c" is open already`},
		{`"call":"shutdown","fd":"c","how":"WR"`, `"call":"kill_child","fd":"c"`, `step 8: kill_child: descriptor "child" is not open`},
		{`"how":"WR"`, `"how":"wr"`, `step 8: shutdown: how: got "wr", want one of RD, WR, RDWR`},
		{`"how":"WR",`, ``, `step 8: shutdown: field "how" is missing`},
		{`"how":"WR"`, `"how":"WR","n":1`, `step 8: shutdown: field "n" does not belong to it`},
		{`"call":"shutdown","fd":"c","how":"WR"`, `"call":"so_error","fd":"c","how":"EWHAT"`, `step 8: so_error: how: unknown error "EWHAT"`},
		{`"SO_LINGER"`, `"SO_LINGERING"`, `step 2: setsockopt: unknown socket option "SO_LINGERING", want one of SO_KEEPALIVE`},
		{`"vals":[1,2]`, `"vals":[1]`, "step 2: setsockopt: SO_LINGER: got 1 values, want 2"},
		{`"vals":[1,2]`, `"vals":[1,9999999999]`, "step 2: vals: got 9999999999, want a whole number from -2147483648 to 2147483647"},
		{`"err":"EAGAIN"`, `"err":"EWHAT"`, `step 7: read: unknown error "EWHAT", want one of EACCES`},
		{`"ret":-1,"err":"EAGAIN"`, `"ret":-1`, "step 7: read: ret is -1 without an error"},
		{`"ret":-1,"err":"EAGAIN"`, `"ret":5,"err":"EAGAIN"`, "step 7: read: ret is 5 with the error EAGAIN, want -1"},
		{`"ret":-1,"err":"EAGAIN"`, `"ret":11`, "step 7: read: ret is 11, more than the 10 octets asked for"},
		{`"n":10,"ret":-1,"err":"EAGAIN"`, `"n":10`, `step 7: field "ret" is missing`},

		// segments
		{`"in":{"flags":"."`, `"in":{"flags":"A"`, `step 3: in: flags: unknown letter "A" in "A", want letters of FSRP.UEW, or -`},
		{`"in":{"flags":"."`, `"in":{"flags":".."`, `step 3: in: flags: the letter "." comes twice`},
		{`"in":{"flags":"."`, `"in":{"flags":""`, "step 3: in: flags: got no flags"},
		{`"in":{"flags":".",`, `"in":{`, `step 3: in: field "flags" is missing`},
		{`"in":{"flags":"."`, `"in":{"flags":"R"`, "step 3: in: ack is 1 without the flag ACK, want 0"},
		{`"seq":1,`, `"seq":4294967296,`, "step 3: in: seq: got 4294967296, want a whole number from 0 to 4294967295"},
		{`"ack":1,`, `"ack":-1,`, "step 3: in: ack: got -1, want a whole number from 0 to 4294967295"},
		{`"ack":1,"win":9`, `"ack":1,"win":65536`, "step 3: in: win: got 65536, want a whole number from 0 to 65535"},
		{`"ack":1,"win":9,"len":0`, `"ack":1,"win":9,"len":65536`, "step 3: in: len: got 65536"},
		{`"mss":1460`, `"mss":65536`, "step 4: out: mss: got 65536"},
		{`"mss":1460`, `"mss":1460,"wscale":256`, "step 4: out: wscale: got 256"},
		{`"tsval":5,`, ``, "step 3: in: tsecr without tsval"},
		{`[[3,4],[5,6]]`, `[]`, "step 3: in: sack: no blocks, want one to four"},
		{`[[3,4],[5,6]]`, `[[3]]`, "step 3: in: sack: a block has 1 edges, want 2"},
		{`[[3,4],[5,6]]`, `[[3,4,5]]`, "step 3: in: sack: more than two edges in a block"},
		{`[[3,4],[5,6]]`, `[[1,2],[1,2],[1,2],[1,2],[1,2]]`, "step 3: in: sack: more than 4 blocks"},
		{`"tsval":5`, `"abs_seq":true,"tsval":5`, "step 3: in: new_isn, isn_delta and abs_seq belong to out"},
		{`"out":{"flags":"S"`, `"out":{"flags":"R"`, "step 4: out: new_isn without the flag SYN"},
		{`,"isn_delta":3`, ``, "step 4: out: new_isn and isn_delta come together or not at all"},
	} {
		bad := strings.Replace(good, tt.old, tt.new, 1)
		if bad == good {
			t.Fatalf("%q does not occur", tt.old)
		}
		recs, err := Read(strings.NewReader(renamed("first")+bad+"\n"), "dir/x.jsonl")
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v, %v, want an *Error with %q", tt.new, recs, err, tt.reason)
			continue
		}
		if e.File != "dir/x.jsonl" || e.Line != 2 || !strings.Contains(e.Reason, tt.reason) || len(e.Reason) > 600 {
			t.Errorf("%q:\n got %#v\nwant line 2, %q", tt.new, e, tt.reason)
		}
		wantName := "good"
		if strings.Contains(tt.reason, "JSON") || strings.Contains(tt.reason, "UTF-8") || strings.Contains(tt.reason, "object") && tt.old == good ||
			strings.HasPrefix(tt.reason, "name:") || strings.Contains(tt.reason, "empty") || strings.HasPrefix(tt.reason, `field "desc" comes`) {
			wantName = ""
		}
		if e.Name != wantName {
			t.Errorf("%q: name %q, want %q", tt.new, e.Name, wantName)
		}
		if want := "kernel: dir/x.jsonl:2: "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %q, want %q ahead", tt.new, err, want)
		}
	}
}

func TestReadRefusesDuplicateName(t *testing.T) {
	_, err := Read(strings.NewReader(good+"\n"+renamed("b")+good), "x")
	var e *Error
	if !errors.As(err, &e) || e.Line != 3 || e.Name != "good" || e.Reason != "the name is taken by the recording at x:1" {
		t.Errorf("got %v", err)
	}
}

func TestReadRefusesEmptySet(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "empty gzip": compressed("")} {
		_, err := Read(strings.NewReader(text), "x")
		var e *Error
		if !errors.As(err, &e) || e.Error() != "kernel: x: no recordings" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Every way of cutting or damaging a compressed set is noticed.
func TestReadRefusesDamagedGzip(t *testing.T) {
	whole := compressed(good + "\n")
	for n := 2; n < len(whole); n++ {
		_, err := Read(strings.NewReader(whole[:n]), "x")
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, "truncated") || !errors.Is(err, e.Err) || e.Err == nil {
			t.Fatalf("cut to %d of %d octets: got %v", n, len(whole), err)
		}
	}
	_, err := Read(strings.NewReader(whole+"more than a gzip header"), "x")
	if !errors.Is(err, gzip.ErrHeader) {
		t.Errorf("octets after the end: got %v", err)
	}
	flipped := []byte(whole)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	if _, err := Read(bytes.NewReader(flipped), "x"); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("bad checksum: got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// Oversized input is refused early, without holding it.
func TestReadRefusesOversized(t *testing.T) {
	step := `{"at_ms":0,"poll":"-"},`
	many := strings.Replace(good, `"steps":[`, `"steps":[`+strings.Repeat(step, MaxSteps), 1)
	var fields strings.Builder
	for i := range maxFields + 1 {
		fmt.Fprintf(&fields, `"s%d":"",`, i)
	}
	for _, tt := range []struct {
		name   string
		in     io.Reader
		reason string
	}{
		{"line", zeros{}, "the line is longer than 1048576 octets"},
		{"steps", strings.NewReader(many), "more than 10000 steps"},
		{"fields", strings.NewReader(strings.Replace(good, `"sysctls":{`, `"sysctls":{`+fields.String(), 1)), "more than 64 fields in one object"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(tt.in, "x")
		runtime.ReadMemStats(&after)
		checkReason(t, tt.name, err, tt.reason)
		if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
			t.Errorf("%s: %d octets allocated", tt.name, got)
		}
	}
	s := set{bytes: MaxBytes - 10} // as after many files
	checkReason(t, "set", s.read(strings.NewReader(good), "x"), "the set is larger than 67108864 octets")
}

func checkReason(t *testing.T, name string, err error, reason string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Reason, reason) {
		t.Errorf("%s: got %v, want %q", name, err, reason)
	}
}

func TestReadPaths(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := write("set/b.jsonl", renamed("second")+renamed("third"))
	write("set/a.jsonl.gz", compressed(renamed("first")))
	write("set/deep/c.jsonl", renamed("fourth"))
	other := write("set/README.md", "not a recording")
	write("twice/a.jsonl", renamed("x"))
	write("twice/b.jsonl", renamed("y")+renamed("x"))
	write("none/x.txt", "")

	names := func(recs []Recording) (s string) {
		for _, r := range recs {
			s += r.Name + " "
		}
		return s
	}
	recs, err := ReadPaths(filepath.Join(dir, "set"))
	if err != nil || names(recs) != "first second third fourth " {
		t.Errorf("folder: %s, %v", names(recs), err)
	}
	recs, err = ReadPaths(a)
	if err != nil || names(recs) != "second third " {
		t.Errorf("file: %s, %v", names(recs), err)
	}
	for _, tt := range []struct {
		paths  []string
		reason string
	}{
		{nil, "no recordings"},
		{[]string{filepath.Join(dir, "absent.jsonl")}, "no such file"},
		{[]string{filepath.Join(dir, "none")}, "no file named .jsonl or .jsonl.gz in this folder"},
		{[]string{other}, "want a file named .jsonl or .jsonl.gz, or a folder"},
		{[]string{a, a}, "the name is taken by the recording at " + a + ":1"},
		{[]string{filepath.Join(dir, "twice")}, "the name is taken by the recording at " + filepath.Join(dir, "twice", "a.jsonl") + ":1"},
	} {
		_, err := ReadPaths(tt.paths...)
		checkReason(t, fmt.Sprint(tt.paths), err, tt.reason)
	}
	if _, err := ReadPaths(filepath.Join(dir, "absent.jsonl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

// No input may panic, and what is accepted keeps the promises of the model.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(compressed(good)))
	f.Add([]byte(renamed("a") + renamed("b")))
	f.Add([]byte(good[:200]))
	f.Add([]byte(`{"name":"\u0041\"","steps":[[],{},"]"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, err := Read(bytes.NewReader(data), "x")
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Reason == "" || len(e.Reason) > 1000 {
				t.Fatalf("bad error %#v", err)
			}
			return
		}
		names := map[string]bool{}
		for _, r := range recs {
			if r.Name == "" || names[r.Name] || len(r.Steps) == 0 || len(r.Steps) > MaxSteps {
				t.Fatalf("accepted %+v", r)
			}
			names[r.Name] = true
			for i, s := range r.Steps {
				if s.At < 0 || s.At > r.End || i > 0 && s.At < r.Steps[i-1].At || s.Kind > KindPoll {
					t.Fatalf("accepted step %d: %+v", i, s)
				}
			}
		}
	})
}
