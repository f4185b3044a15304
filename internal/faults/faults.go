// Package faults proves that the tests can fail. It is a table of seeded faults:
// each a small replacement in the source of package tcp that breaks a named rule,
// with the tests that have to catch it. The replacements are applied to copies,
// through the overlay of the go command; the shipped source is never touched.
//
// The ordinary tests of this package check that the table fits the source. The build
// tag faults adds the test that switches each fault on and runs its tests:
//
//	go test -tags faults ./internal/faults
package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// A Fault is something done wrong on purpose.
type Fault struct {
	Name  string // a few words, for -run
	Rule  string // what it breaks: ids of docs/, clauses
	What  string // what the faulty code does
	Edits []Edit
	Tests []Test // every one of them fails

	Chance bool // the fault shows by chance only: the tests are run fifty times
}

// An Edit replaces Old, which occurs once in File of the module's root, by New.
type Edit struct {
	File, Old, New string
}

// A Test is a test function.
type Test struct {
	Package string // relative to the module's root
	Name    string
}

func (t Test) String() string {
	if t.Package == "." {
		return t.Name
	}
	return t.Package + " " + t.Name
}

// root makes tests of package tcp.
func root(names ...string) []Test { return in(".", names...) }

// in makes tests of another package of the module.
func in(pkg string, names ...string) (list []Test) {
	for _, name := range names {
		list = append(list, Test{pkg, name})
	}
	return list
}

// both joins lists of tests.
func both(lists ...[]Test) (all []Test) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// All returns the table.
func All() (all []Fault) {
	for _, group := range [][]Fault{closing, timeWait, opening, receiving, sending, timing} {
		all = append(all, group...)
	}
	return all
}

// Mutate returns the faulty sources, by file name, of the module in dir.
func (f *Fault) Mutate(dir string) (map[string][]byte, error) {
	faulty := map[string][]byte{}
	for _, e := range f.Edits {
		src, ok := faulty[e.File]
		if !ok {
			var err error
			if src, err = os.ReadFile(filepath.Join(dir, e.File)); err != nil {
				return nil, err
			}
		}
		if n := bytes.Count(src, []byte(e.Old)); n != 1 {
			return nil, fmt.Errorf("%s: %q occurs %d times in %s, want once", f.Name, e.Old, n, e.File)
		}
		faulty[e.File] = bytes.Replace(src, []byte(e.Old), []byte(e.New), 1)
	}
	return faulty, nil
}
