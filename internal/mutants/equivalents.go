package main

import "slices"

// An Equivalent is a mutant that no test can tell from the source, shown by reading.
type Equivalent struct {
	File, Func string
	Was, Now   string
	Why        string
}

// equivalents are not part of the score.
var equivalents = []Equivalent{}

func (e *Equivalent) is(m *Mutant) bool {
	return e.File == m.File && e.Func == m.Func && e.Was == m.Was && e.Now == m.Now
}

// equivalent reports whether m is listed.
func (m *Mutant) equivalent() bool {
	return slices.ContainsFunc(equivalents, func(e Equivalent) bool { return e.is(m) })
}
