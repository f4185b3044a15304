package faults

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-447e5d66/tcp/internal/overlay"
)

// Overlay writes sources of the module in dir to tmp in which every fault can be
// switched on, by its number in All counted from 1, and returns the name of the file
// that the go command takes as -overlay.
func Overlay(dir, tmp string) (string, error) {
	var edits []overlay.Edit
	for i, f := range All() {
		if _, err := f.Mutate(dir); err != nil {
			return "", err
		}
		for _, e := range f.Edits {
			src, err := os.ReadFile(filepath.Join(dir, e.File))
			if err != nil {
				return "", err
			}
			at := strings.Index(string(src), e.Old)
			same := 0 // the head of a function may be named for its place
			for same < min(len(e.Old), len(e.New)) && e.Old[same] == e.New[same] {
				same++
			}
			edits = append(edits, overlay.Edit{
				Number: i + 1, File: e.File, From: at + same, To: at + len(e.Old), New: e.New[same:],
			})
		}
	}
	sources, err := overlay.Sources(dir, edits)
	if err != nil {
		return "", err
	}
	return overlay.Write(dir, tmp, sources)
}
