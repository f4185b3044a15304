// Teardown plays the stories of docs/stories.md: two connections over a scripted
// link in virtual time, one program for every way in which a TCP connection ends.
// Each story prints its time-sequence diagram and what it shows, and checks that
// what it shows is what happened.
//
// Usage:
//
//	teardown [-list] [-run REGEXP] [-profile default|linux|rfc9293]
//
// -list prints a line for each story, and -run chooses by these lines: "-run ."
// plays all of them, "-run '^S10 '" those of S10, and with -list too it lists those.
// Without arguments it plays the four-segment close with the first FIN lost. The exit
// status is 1 if a story did not end as its text says, 2 for bad arguments.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
)

func main() {
	os.Exit(status(run(os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// errFailed is wrapped by the error of run if a story failed.
var errFailed = errors.New("did not end as they should")

// status reports err, and returns the exit status that it means.
func status(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp): // package flag has said it all
		return 2
	}
	fmt.Fprintln(stderr, "teardown:", err)
	if errors.Is(err, errFailed) {
		return 1
	}
	return 2
}

// defaultStory is what is played without arguments.
const defaultStory = "^S2 +four-segment close with the first FIN lost$"

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("teardown", flag.ContinueOnError)
	flags.SetOutput(stderr)
	list := flags.Bool("list", false, "print one line per story")
	pattern := flags.String("run", defaultStory, "play the stories whose line in -list matches `REGEXP`")
	name := flags.String("profile", "default", "configuration of both ends: default, linux or rfc9293")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	i := slices.IndexFunc(profiles, func(p profile) bool { return p.name == *name })
	if i < 0 {
		return fmt.Errorf("no profile %q: want default, linux or rfc9293", *name)
	}
	match, err := regexp.Compile(*pattern)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	if *list {
		if *pattern == defaultStory {
			match = regexp.MustCompile("")
		}
		return printList(stdout, match)
	}
	return play(stdout, match, &profiles[i])
}

func printList(w io.Writer, match *regexp.Regexp) error {
	for _, st := range stories {
		if !match.MatchString(st.name()) {
			continue
		}
		if _, err := fmt.Fprintln(w, st.name()); err != nil {
			return err
		}
	}
	return nil
}

// play performs and prints all stories whose line matches.
func play(w io.Writer, match *regexp.Regexp, p *profile) error {
	played, failed := 0, 0
	for i := range stories {
		st := &stories[i]
		if !match.MatchString(st.name()) {
			continue
		}
		if played++; played > 1 {
			if _, err := fmt.Fprint(w, "\n\n"); err != nil {
				return err
			}
		}
		s, err := st.perform(p)
		if err != nil {
			return err
		}
		if err := st.print(w, s); err != nil {
			return err
		}
		if len(s.failures) > 0 {
			failed++
		}
	}
	switch {
	case played == 0:
		return fmt.Errorf("no story matches %q; -list shows them all", match)
	case failed > 0:
		return fmt.Errorf("%d of %d stories %w", failed, played, errFailed)
	}
	return nil
}
