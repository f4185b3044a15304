package main

import (
	"fmt"
	"io"
	"os"
)

// progress is a line on a terminal that tells how far the work is. Elsewhere it
// writes nothing.
type progress struct {
	out   io.Writer
	shown bool
}

// show tells that done of all recordings are played.
func (p *progress) show(done, all int) {
	if done%50 != 0 || !isTerminal(p.out) {
		return
	}
	p.shown = true
	fmt.Fprintf(p.out, "\r%d of %d recordings", done, all)
}

// clear removes the line.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}

// isTerminal reports whether w is a character device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Mode()&os.ModeDevice != 0
}
