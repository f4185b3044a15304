package packetdrill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// TestRun runs the module's own scripts, as a user would.
func TestRun(t *testing.T) {
	linux, rfc := tcp.Linux(), tcp.RFC9293()
	for name, cfg := range map[string]*tcp.Config{"default": nil, "linux": &linux, "rfc9293": &rfc} {
		Run(t, cfg, "../testdata/packetdrill/all/*.pkt", "-strict")
		Run(t, cfg, "../testdata/packetdrill/constructs/*.pkt", "-strict")
		Run(t, cfg, "../testdata/packetdrill/"+name+"/*.pkt")
	}
}

// recorder is a test that notes what becomes of it.
type recorder struct {
	testing.TB
	failed, skipped string
}

func (r *recorder) Helper()           {}
func (r *recorder) Log(...any)        {}
func (r *recorder) Error(args ...any) { r.failed, _ = args[0].(string) }
func (r *recorder) Fatal(args ...any) { r.failed = args[0].(error).Error(); panic(r) }
func (r *recorder) Skip(args ...any)  { r.skipped, _ = args[0].(string) }

// TestOutcomes gives scripts that fail, that are skipped and that are none.
func TestOutcomes(t *testing.T) {
	const start = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
	for _, c := range []struct {
		text            string
		options         []string
		failed, skipped string
	}{
		{text: start},
		{text: start + "+0 close(3) = 5\n", failed: "script.pkt:4: fail: result: want close() = 5, got close() = 0"},
		{text: start + "+0 close(N) = 0\n", options: []string{"-DN=3"}},
		{text: "`sysctl -w net.ipv4.tcp_no_such=1`\n" + start, skipped: "script.pkt:1: skip: sysctl net.ipv4.tcp_no_such=1"},
		{text: start, options: []string{"--mtu=1000"}},
		{text: "0 socket(", failed: "script.pkt:1:10: expected an expression"},
		{text: start + "+0 < S 0:0(0) win 9\n", options: []string{"-strict"}, failed: "left over: want nothing more, got > S."},
		{text: start + "+0 < S 0:0(0) win 9\n"},
	} {
		file := filepath.Join(t.TempDir(), "script.pkt")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		opts, define, err := read(c.options)
		if err != nil {
			t.Fatal(err)
		}
		var r recorder
		func() {
			defer func() {
				if p := recover(); p != nil && p != any(&r) { // Fatal ends the test
					panic(p)
				}
			}()
			run(&r, file, opts, define)
		}()
		if !strings.Contains(r.failed, c.failed) || !strings.Contains(r.skipped, c.skipped) || (r.failed == "") != (c.failed == "") || (r.skipped == "") != (c.skipped == "") {
			t.Errorf("%q: failed %q, want %q; skipped %q, want %q", c.text, r.failed, c.failed, r.skipped, c.skipped)
		}
	}
	for _, bad := range []string{"", "--", "-D", "-x", "strict", "--no_such=1", "--mtu=many"} {
		if _, _, err := read([]string{bad}); err == nil {
			t.Errorf("option %q is accepted", bad)
		}
	}
}
