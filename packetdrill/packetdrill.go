// Package packetdrill runs packetdrill scripts against package tcp, in virtual time:
// tests of the behaviour that a program needs of its connections, written as system
// calls and segments.
//
//	func TestClose(t *testing.T) {
//		cfg := tcp.Linux()
//		packetdrill.Run(t, &cfg, "testdata/*.pkt")
//	}
//
// A script that is meant for a kernel runs here as it is, without privileges, and one
// that waits for two hours takes a moment. The language is described in
// docs/packetdrill.md of the module; both of its dialects are accepted.
package packetdrill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/packetdrill/interp"
)

// Run runs each script that matches the pattern, of [filepath.Match], as a subtest.
// A script that does not hold fails it at its line, with what was expected and what
// came; one that uses what is not supported, such as an unknown sysctl, skips it,
// naming that. A pattern without a file is a failure.
//
// A connection begins with the configuration cfg, nil for the default; the sysctls of
// a script change it for the script. Options are those of packetdrill's command line
// that the language knows, such as "--tolerance_usecs=60000", definitions
// "-DNAME=VALUE", and "-strict": then a segment that is sent at the end and was not
// expected is a failure, too.
func Run(t *testing.T, cfg *tcp.Config, pattern string, options ...string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatalf("packetdrill: %s: %v", pattern, err)
	}
	if len(files) == 0 {
		t.Fatalf("packetdrill: no file matches %s", pattern)
	}
	opts, define, err := read(options)
	if err != nil {
		t.Fatal(err)
	}
	if cfg != nil {
		opts.Config = *cfg
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".pkt"), func(t *testing.T) {
			run(t, file, opts, define)
		})
	}
}

// read sorts options by what they are.
func read(options []string) (opts interp.Options, define []string, err error) {
	for _, o := range options {
		setting, isSetting := strings.CutPrefix(o, "--")
		definition, isDefinition := strings.CutPrefix(o, "-D")
		switch {
		case isSetting && setting != "":
			opts.Settings = append(opts.Settings, setting)
		case isDefinition && definition != "":
			define = append(define, strings.TrimSpace(definition))
		case o == "-strict":
			opts.Strict = true
		default:
			return opts, nil, errors.New("packetdrill: unknown option " + o + `, want "--NAME=VALUE", "-DNAME=VALUE" or "-strict"`)
		}
	}
	if err := interp.CheckSettings(opts.Settings); err != nil {
		return opts, nil, fmt.Errorf("packetdrill: %w", err)
	}
	return opts, define, nil
}

// run runs one script.
func run(t testing.TB, file string, opts interp.Options, define []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	script, err := packetdrill.Parse(file, text, define...)
	if err != nil {
		t.Fatal(err)
	}
	result := interp.Run(script, opts)
	for _, note := range result.Notes {
		t.Log(note)
	}
	switch result.Outcome {
	case interp.Fail:
		t.Error(result.String())
	case interp.Skip:
		t.Skip(result.String())
	}
}
