// Packetdrill runs packetdrill scripts against this module, in virtual time: no kernel,
// no privileges, and a script that waits for two hours takes a moment.
//
//	go run ./examples/packetdrill [flags] [file or folder ...]
//
// A folder stands for all .pkt files below it. Without arguments it runs the module's
// own scripts, in testdata/packetdrill: those below its folders default, linux and
// rfc9293 with that configuration, those below all and constructs with each.
//
//	-profile default|linux|rfc9293  the configuration, default unless told
//	-D NAME[=VALUE]                 opens #ifdef NAME, replaces NAME by VALUE; may be repeated
//	-o NAME[=VALUE]                 an option as at the head of a script, such as
//	                                tolerance_usecs=60000; may be repeated
//	-strict                         segments sent and not expected are failures, to the end
//	-v                              the time-sequence diagram of each script
//	-json                           a line per script, and one of totals
//
// It prints a line per script: pass; fail, with the line, what it expects and what
// came; or skip, with what is not supported. The exit status is 0 if nothing failed and
// something ran; 1 if not; 2 for bad arguments or files that cannot be read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/packetdrill/interp"
)

// own is where the module's scripts are.
const own = "testdata/packetdrill"

var profiles = map[string]func() tcp.Config{
	"default": func() tcp.Config { return tcp.Config{} },
	"linux":   tcp.Linux,
	"rfc9293": tcp.RFC9293,
}

var profileNames = []string{"default", "linux", "rfc9293"}

func main() {
	good, err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "packetdrill:", err)
		os.Exit(2)
	case !good:
		os.Exit(1)
	}
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// command is what the arguments ask for.
type command struct {
	define, settings list
	strict, verbose  bool
	report           report
}

// script is a file to be run with a configuration.
type script struct{ path, profile string }

// run runs what args name, and reports whether something ran and nothing failed.
func run(args []string, stdout, stderr io.Writer) (good bool, err error) {
	var c command
	flags := flag.NewFlagSet("packetdrill", flag.ContinueOnError)
	flags.SetOutput(stderr)
	profile := flags.String("profile", "", "`configuration`: default, linux or rfc9293")
	flags.Var(&c.define, "D", "`NAME[=VALUE]` opens #ifdef NAME, replaces NAME by VALUE; may be repeated")
	flags.Var(&c.settings, "o", "`NAME[=VALUE]`, an option as at the head of a script; may be repeated")
	flags.BoolVar(&c.strict, "strict", false, "segments sent and not expected are failures, to the end")
	flags.BoolVar(&c.verbose, "v", false, "the time-sequence diagram of each script")
	flags.BoolVar(&c.report.json, "json", false, "a line of JSON per script")
	if err := flags.Parse(args); err != nil {
		return false, flag.ErrHelp
	}
	if *profile != "" && profiles[*profile] == nil {
		return false, fmt.Errorf("-profile: unknown %q, want default, linux or rfc9293", *profile)
	}
	if err := interp.CheckSettings(c.settings); err != nil {
		return false, fmt.Errorf("-o: %w", err)
	}
	scripts, err := find(flags.Args(), *profile)
	if err != nil {
		return false, err
	}
	c.report.out = stdout
	for _, s := range scripts {
		if err := c.play(s); err != nil {
			return false, err
		}
	}
	return c.report.finish()
}

// play runs one script.
func (c *command) play(s script) error {
	text, err := os.ReadFile(s.path)
	if err != nil {
		return err
	}
	parsed, err := packetdrill.Parse(s.path, text, c.define...)
	var syntax *packetdrill.SyntaxError
	switch {
	case errors.As(err, &syntax) && syntax.File == s.path:
		return c.report.syntaxError(syntax)
	case err != nil:
		return err // a -D that is wrong
	}
	result := interp.Run(parsed, interp.Options{
		Config: profiles[s.profile](), Strict: c.strict, Settings: c.settings, Events: c.verbose,
	})
	if err := c.report.result(&result); err != nil || !c.verbose || c.report.json {
		return err
	}
	return c.report.diagram(&result, s.profile)
}

// find returns the scripts that the arguments name, or else the module's own.
func find(args []string, profile string) ([]script, error) {
	if len(args) == 0 {
		return ownScripts(profile)
	}
	if profile == "" {
		profile = profileNames[0]
	}
	var scripts []script
	for _, arg := range args {
		paths, err := files(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			scripts = append(scripts, script{path, profile})
		}
	}
	return scripts, nil
}

// ownScripts returns the module's scripts for a profile, or for all of them.
func ownScripts(profile string) ([]script, error) {
	root, err := ownFolder()
	if err != nil {
		return nil, err
	}
	names := profileNames
	if profile != "" {
		names = []string{profile}
	}
	var scripts []script
	for _, name := range names {
		for _, folder := range []string{"all", "constructs", name} {
			paths, err := files(filepath.Join(root, folder))
			if err != nil {
				return nil, err
			}
			for _, path := range paths {
				scripts = append(scripts, script{path, name})
			}
		}
	}
	return scripts, nil
}

// ownFolder looks for the module's scripts here and in the folders above.
func ownFolder() (string, error) {
	for up := "."; ; up = filepath.Join(up, "..") {
		path := filepath.Join(up, own)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path, nil
		}
		if abs, err := filepath.Abs(up); err != nil || abs == filepath.Dir(abs) {
			return "", fmt.Errorf("no %s here or above: name a script", own)
		}
	}
}

// files returns a file, or the scripts below a folder.
func files(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{arg}, nil
	}
	var paths []string
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".pkt") {
			paths = append(paths, path)
		}
		return err
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("%s: no .pkt in it", arg)
	}
	return paths, err
}
