package main

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

func TestOutput(t *testing.T) {
	want, err := os.ReadFile("testdata/output.txt")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same both times
		var got bytes.Buffer
		if err := run(&got); err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want)
		}
	}
}

// A host without a listener refuses, and the client's connection leaves the table.
func TestRefused(t *testing.T) {
	h := newHost(0)
	h.connect(tuple{firstPort, serverPort})
	h.run(1e9)
	if !errors.Is(h.err, tcp.ErrRefused) || len(h.conns) != 0 {
		t.Errorf("error %v, %d connections", h.err, len(h.conns))
	}
}
