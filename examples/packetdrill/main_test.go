package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scripts for the test, by the name of the file.
var scripts = map[string]string{
	"pass.pkt":   "0 < . 1:1(0) ack 7 win 9\n+0 > R 7:7(0)\n",
	"fail.pkt":   "// a remark\n0 < . 1:1(0) ack 7 win 9\n+0 > R 8:8(0)\n",
	"skip.pkt":   "0 splice(3) = 0\n",
	"syntax.pkt": "0 < Q 1:1(0)\n",
	"ifdef.pkt":  "0 < . 1:1(0) ack 7 win 9\n#ifdef WRONG\n+0 > R NUMBER:NUMBER(0)\n#endif\n",
}

func write(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestRun compares what is printed, and whether that is success.
func TestRun(t *testing.T) {
	folder := write(t)
	for _, c := range []struct {
		args string // FOLDER/ stands for the folder
		want []string
		good bool
	}{
		{"FOLDER/pass.pkt", []string{"pass.pkt: pass\n", "1 scripts: 1 pass, 0 fail, 0 skip\n"}, true},
		{"FOLDER/pass.pkt FOLDER/skip.pkt", []string{"skip.pkt:1: skip: system call splice\n", "1 pass, 0 fail, 1 skip"}, true},
		{"FOLDER/skip.pkt", []string{"0 pass, 0 fail, 1 skip"}, false},
		{"FOLDER/", []string{
			"fail.pkt:3: fail: sequence number: want > R 8:8(0) at 0 s to 0.004 s, got > R 7:7(0) win 0 at 0 s\n",
			"syntax.pkt:1:5: fail: expected ", "5 scripts: 2 pass, 2 fail, 1 skip",
		}, false},
		{"-D WRONG -D NUMBER=9 FOLDER/ifdef.pkt", []string{"ifdef.pkt:3: fail: sequence number"}, false},
		{"-D WRONG -D NUMBER=7 FOLDER/ifdef.pkt", []string{"ifdef.pkt: pass"}, true},
		{"-strict FOLDER/ifdef.pkt", []string{"fail: left over"}, false},
		{"-v FOLDER/pass.pkt", []string{"ours (default)", "[R] seq 7"}, true},
		{"-o bind_port=9 FOLDER/pass.pkt", []string{"pass"}, true},
	} {
		var out bytes.Buffer
		good, err := run(strings.Fields(strings.ReplaceAll(c.args, "FOLDER", folder)), &out, io.Discard)
		if err != nil || good != c.good {
			t.Errorf("%s: %v, %v; want %v", c.args, good, err, c.good)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in:\n%s", c.args, want, out.String())
			}
		}
	}
}

// TestJSON reads the lines of -json.
func TestJSON(t *testing.T) {
	folder := write(t)
	var out bytes.Buffer
	if good, err := run([]string{"-json", folder}, &out, io.Discard); good || err != nil {
		t.Errorf("%v, %v", good, err)
	}
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	results := make(map[string]jsonLine)
	for range scripts {
		var line jsonLine
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		results[filepath.Base(line.File)] = line
	}
	var total struct{ Total, Pass, Fail, Skip int }
	if err := d.Decode(&total); err != nil {
		t.Fatal(err)
	}
	if total != (struct{ Total, Pass, Fail, Skip int }{5, 2, 2, 1}) {
		t.Errorf("totals %+v", total)
	}
	for name, want := range map[string]jsonLine{
		"pass.pkt": {Result: "pass"},
		"fail.pkt": {Result: "fail", Line: 3, Want: "> R 8:8(0) at 0 s to 0.004 s", Got: "> R 7:7(0) win 0 at 0 s", Reason: "sequence number"},
		"skip.pkt": {Result: "skip", Line: 1, Reason: "system call splice"},
	} {
		want.File = filepath.Join(folder, name)
		if results[name] != want {
			t.Errorf("%s: %+v, want %+v", name, results[name], want)
		}
	}
	if s := results["syntax.pkt"]; s.Result != "fail" || s.Line != 1 || s.Want == "" || s.Reason != "syntax error in column 5" {
		t.Errorf("syntax.pkt: %+v", s)
	}
}

// TestOwn runs the module's own scripts, as without arguments.
func TestOwn(t *testing.T) {
	for _, args := range [][]string{nil, {"-profile", "linux"}} {
		var out bytes.Buffer
		if good, err := run(args, &out, io.Discard); !good || err != nil {
			t.Errorf("%v: %v\n%s", args, err, out.String())
		}
	}
}

// TestBadArguments gives arguments that cannot be meant.
func TestBadArguments(t *testing.T) {
	empty := t.TempDir()
	for _, args := range [][]string{
		{"-profile", "solaris"}, {"-x"}, {filepath.Join(empty, "none.pkt")}, {empty},
		{"-o", "mtu=many"}, {"-o", "no_such"}, {"-D", "1=2", write(t)},
	} {
		if _, err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
