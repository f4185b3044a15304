// Replay plays teardowns that a live Linux kernel performed, with a connection of
// this module in the kernel's place, and compares every segment sent, every result
// of a call, every state and every poll bit with what the kernel did.
//
//	go run ./examples/replay [flags] [file or folder ...]
//
// Without arguments it plays the recordings that come with the module; a file is
// .jsonl or .jsonl.gz, a folder stands for those in it. It prints a table by group, the
// first differences if there are any, and the time-sequence diagram of one close.
//
//	-profile linux|default|rfc9293  the configuration, linux unless told
//	-run REGEXP                     only recordings whose name matches
//	-v                              each recording and ours side by side, the first difference marked
//	-json                           a line per recording, and one of totals
//
// The exit status is 0 if all that ran agree and at least one did; 1 if not; 2 for
// bad arguments or recordings that cannot be read.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/replay"
)

var profiles = map[string]func() tcp.Config{
	"linux":   tcp.Linux,
	"default": func() tcp.Config { return tcp.Config{} },
	"rfc9293": tcp.RFC9293,
}

func main() {
	agree, err := run(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(2)
	case !agree:
		os.Exit(1)
	}
}

// command is what the arguments ask for.
type command struct {
	profile func() tcp.Config
	run     *regexp.Regexp
	verbose bool
	json    bool
	out     io.Writer
	line    progress
	odd     []replay.Result // those that differ or were skipped, the first of them
}

// shownOdd is how many of them are listed.
const shownOdd = 10

// run plays what args name, and reports whether all agree.
func run(args []string, stdout, stderr io.Writer) (agree bool, err error) {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.SetOutput(stderr)
	profile := flags.String("profile", "linux", "`configuration`: linux, default or rfc9293")
	pattern := flags.String("run", "", "only recordings whose name matches the `regexp`")
	c := command{out: stdout, line: progress{out: stderr}}
	flags.BoolVar(&c.verbose, "v", false, "each recording and ours side by side")
	flags.BoolVar(&c.json, "json", false, "a line of JSON per recording")
	if err := flags.Parse(args); err != nil {
		return false, flag.ErrHelp
	}
	if c.profile = profiles[*profile]; c.profile == nil {
		return false, fmt.Errorf("-profile: unknown %q, want linux, default or rfc9293", *profile)
	}
	if c.run, err = regexp.Compile(*pattern); err != nil {
		return false, fmt.Errorf("-run: %w", err)
	}
	recs, err := recordings(flags.Args())
	if err != nil {
		return false, err
	}
	return c.play(recs)
}

// recordings reads what the arguments name, or else the embedded set.
func recordings(args []string) ([]kernel.Recording, error) {
	if len(args) == 0 {
		return kernel.Embedded()
	}
	return kernel.ReadPaths(args...)
}

// play plays the recordings that -run selects.
func (c *command) play(recs []kernel.Recording) (agree bool, err error) {
	var played []kernel.Recording
	for i := range recs {
		if c.run.MatchString(recs[i].Name) {
			played = append(played, recs[i])
		}
	}
	if len(played) == 0 {
		return false, errors.New("no recording matches")
	}
	var sum replay.Summary
	var shown *replay.Result
	for i := range played {
		c.line.show(i, len(played))
		r, err := replay.Play(&played[i], c.profile())
		if err != nil {
			c.line.clear()
			return false, err
		}
		sum.Add(&r)
		if len(c.odd) < shownOdd && (r.Outcome == replay.Differ || r.Outcome == replay.Skip) {
			c.odd = append(c.odd, r)
		}
		if r.Outcome == replay.Agree && (shown == nil || !shown.FullClose() && r.FullClose()) {
			shown = &r
		}
		if err := c.print(&r); err != nil {
			return false, err
		}
	}
	c.line.clear()
	ran := sum.Total.Agree + sum.Total.Unstable
	return ran > 0 && sum.Total.Differ == 0 && sum.Total.Skip == 0, c.finish(&sum, kernel.Groups(played), shown)
}

// print writes what -v or -json want of one result.
func (c *command) print(r *replay.Result) error {
	switch {
	case c.json:
		return r.WriteJSON(c.out)
	case !c.verbose:
		return nil
	}
	c.line.clear()
	if err := ladder.RenderComparison(c.out, r.Comparison()); err != nil {
		return err
	}
	text := fmt.Sprintf("\n%s: %s\n", r.Name, r.Outcome)
	if r.Outcome == replay.Differ {
		text += fmt.Sprintf("  want  %s\n  got   %s\n", r.Want, r.Got)
	} else if r.Got != "" {
		text += "  " + r.Got + "\n"
	}
	_, err := io.WriteString(c.out, text+"\n")
	return err
}

// finish writes the totals.
func (c *command) finish(sum *replay.Summary, groups []string, shown *replay.Result) error {
	if c.json {
		return json.NewEncoder(c.out).Encode(struct {
			Total    int `json:"total"`
			Agree    int `json:"agree"`
			Differ   int `json:"differ"`
			Skip     int `json:"skip"`
			Unstable int `json:"unstable"`
		}{sum.Total.Agree + sum.Total.Differ + sum.Total.Skip + sum.Total.Unstable,
			sum.Total.Agree, sum.Total.Differ, sum.Total.Skip, sum.Total.Unstable})
	}
	if _, err := io.WriteString(c.out, sum.Table(groups)); err != nil {
		return err
	}
	if c.verbose {
		return nil
	}
	if err := c.list(sum.Total.Differ + sum.Total.Skip); err != nil || shown == nil {
		return err
	}
	if _, err := io.WriteString(c.out, "\n"); err != nil {
		return err
	}
	return ladder.Render(c.out, shown.Diagram())
}

// list writes where those that do not agree differ first; there are all of them.
func (c *command) list(all int) error {
	text := ""
	for i := range c.odd {
		r := &c.odd[i]
		text += fmt.Sprintf("\n%s: %s\n", r.Name, r.Outcome)
		if r.Outcome == replay.Differ {
			text += fmt.Sprintf("  want  %s\n", r.Want)
		}
		text += fmt.Sprintf("  got   %s\n", r.Got)
	}
	if more := all - len(c.odd); more > 0 {
		text += fmt.Sprintf("\n… and %d more: -json lists all, -v shows them beside ours\n", more)
	}
	_, err := io.WriteString(c.out, text)
	return err
}
