// Command mutants measures what the tests are worth: it changes package tcp in one small
// place at a time and looks whether a test notices. A mutant that no test kills, and
// that is not listed as equivalent to the source, is printed; then the exit status
// is 1, unless -least asks for less.
//
//	go run ./internal/mutants close.go timewait.go   # whole files
//	go run ./internal/mutants close.go:142           # a line
//	go run ./internal/mutants -since HEAD~1          # the lines changed since a commit
//
// All mutants are in one build; see package overlay. An environment variable says
// which one is on.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-447e5d66/tcp/internal/overlay"
)

type options struct {
	since   string
	limit   int
	seconds float64
	workers int
	list    bool
	verbose bool
	least   float64
	args    []string
}

func main() {
	var o options
	flag.StringVar(&o.since, "since", "", "mutate only the lines that changed since `COMMIT`")
	flag.IntVar(&o.limit, "n", 0, "try `N` mutants at most, spread over all; 0 is all")
	flag.Float64Var(&o.seconds, "seconds", 0, "begin no mutant after `S` seconds of trying; 0 is no limit")
	flag.IntVar(&o.workers, "workers", runtime.NumCPU(), "mutants that are tried at a time")
	flag.BoolVar(&o.list, "list", false, "print the mutants and try none")
	flag.BoolVar(&o.verbose, "v", false, "print each mutant with what killed it")
	flag.Float64Var(&o.least, "least", 100, "be content when `PERCENT` of those tried are killed")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./internal/mutants [flags] [FILE[:LINE]...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.args = flag.Args()
	lived, err := run(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if lived > 0 {
		os.Exit(1)
	}
}

// run does what the command is told to and returns how many mutants lived.
func run(o options) (lived int, err error) {
	dir, err := filepath.Abs(".")
	if err != nil {
		return 0, err
	}
	list, invalid, err := choose(dir, o)
	if err != nil {
		return 0, err
	}
	if o.list {
		for _, m := range list {
			fmt.Println(&m)
		}
		fmt.Printf("%d mutants; %d more do not compile\n", len(list), invalid)
		return 0, nil
	}
	if len(list) == 0 {
		fmt.Println("0 mutants")
		return 0, nil
	}
	tmp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	order := o.order(len(list))
	sources, err := overlay.Sources(dir, edits(list, order))
	if err != nil {
		return 0, err
	}
	path, err := overlay.Write(dir, tmp, sources)
	if err != nil {
		return 0, err
	}
	r := newRunner(dir, tmp, path, stages)
	if _, err := r.limit(stages[0]); err != nil { // so that no time counts for building
		return 0, err
	}
	return report(o, list, order, r)
}

// order returns the numbers of the mutants to try, up to the limit, in an order that is
// spread over all n and the same every time.
func (o *options) order(n int) []int {
	order := rand.New(rand.NewPCG(1, 1)).Perm(n)
	if o.limit > 0 && o.limit < n {
		order = order[:o.limit]
	}
	return order
}

// choose returns the mutants of the files and lines that were named, or of all that
// changed, without those that are known to be equivalent.
func choose(dir string, o options) (list []Mutant, invalid int, err error) {
	files, lines, err := named(o.args)
	if err != nil {
		return nil, 0, err
	}
	var since map[string]map[int]bool
	if o.since != "" {
		if since, err = changed(dir, o.since); err != nil {
			return nil, 0, err
		}
		if len(files) == 0 {
			for file := range since {
				files = append(files, file)
			}
			slices.Sort(files)
		}
	}
	if list, invalid, err = generate(dir, files); err != nil {
		return nil, 0, err
	}
	return slices.DeleteFunc(list, func(m Mutant) bool {
		return m.equivalent() || o.since != "" && !since[m.File][m.Line] || lines[m.File] != nil && !lines[m.File][m.Line]
	}), invalid, nil
}

// named reads arguments, each FILE or FILE:LINE.
func named(args []string) (files []string, lines map[string]map[int]bool, err error) {
	lines = map[string]map[int]bool{}
	for _, arg := range args {
		file, line, ok := strings.Cut(arg, ":")
		if !slices.Contains(files, file) {
			files = append(files, file)
		}
		if !ok {
			continue
		}
		n, err := strconv.Atoi(line)
		if err != nil {
			return nil, nil, fmt.Errorf("%q is not FILE or FILE:LINE", arg)
		}
		if lines[file] == nil {
			lines[file] = map[int]bool{}
		}
		lines[file][n] = true
	}
	return files, lines, nil
}

// report tries mutants in an order and prints what became of them.
func report(o options, list []Mutant, order []int, r *runner) (_ int, err error) {
	outcomes := make([]*outcome, len(list))
	start := time.Now()
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan int)
	for range o.workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				out, e := r.kill(list[i].Number)
				mu.Lock()
				outcomes[i] = &out
				switch {
				case e != nil:
					err = e
				case o.verbose:
					fmt.Printf("%v\n\t%s\n", &list[i], out.said())
				}
				mu.Unlock()
			}
		}()
	}
	for _, i := range order {
		mu.Lock()
		failed := err != nil
		mu.Unlock()
		if failed || o.seconds > 0 && time.Since(start).Seconds() > o.seconds {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err != nil {
		return 0, err
	}
	lived, tried := summarize(list, outcomes)
	if 100*float64(tried-lived) >= o.least*float64(tried) {
		return 0, nil
	}
	return lived, nil
}

func (o *outcome) said() string {
	if o.killed {
		return "killed by " + o.by
	}
	return "LIVES"
}

type score struct{ killed, byTime, lived, left int }

// summarize prints what lives, and the score of each file.
func summarize(list []Mutant, outcomes []*outcome) (lived, tried int) {
	var files []string
	scores := map[string]*score{}
	for i, m := range list {
		s := scores[m.File]
		if s == nil {
			s = &score{}
			scores[m.File] = s
			files = append(files, m.File)
		}
		switch o := outcomes[i]; {
		case o == nil:
			s.left++
		case !o.killed:
			s.lived++
			fmt.Println("LIVES", &list[i])
		default:
			s.killed++
			if o.by == "time" {
				s.byTime++
			}
		}
	}
	var all score
	for _, file := range files {
		s := scores[file]
		fmt.Println(s.line(file))
		all.killed, all.byTime, all.lived, all.left = all.killed+s.killed, all.byTime+s.byTime, all.lived+s.lived, all.left+s.left
	}
	if len(files) > 1 {
		fmt.Println(all.line("all"))
	}
	return all.lived, all.killed + all.lived
}

func (s *score) line(name string) string {
	tried := s.killed + s.lived
	return fmt.Sprintf("%-14s %4d mutants tried, %4d killed (%d by time), %d lived, %5.1f %%; %d left out",
		name, tried, s.killed, s.byTime, s.lived, 100*float64(s.killed)/float64(max(tried, 1)), s.left)
}
