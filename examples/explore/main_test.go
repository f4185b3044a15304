package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/explore"
)

// output runs o and returns what it prints.
func output(t *testing.T, o *options) (string, error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	text := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		text <- string(b)
	}()
	err = o.run()
	os.Stdout = stdout
	_ = w.Close()
	return <-text, err
}

func bounds(model string, losses, duplicates, delays, inFlight int) *options {
	return &options{
		model: model, losses: losses, duplicates: duplicates, delays: delays, inFlight: inFlight, ladders: 1,
		search: explore.Options{Workers: 1},
	}
}

func TestOutput(t *testing.T) {
	text, err := output(t, bounds("release", 0, 0, 0, 2))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := lines[len(lines)-1]
	if err != nil || !strings.Contains(last, " worlds, ") || !strings.Contains(last, " transitions, ") {
		t.Errorf("%v, and the last line is %q", err, last)
	}
}

// TestHazards: a negative control succeeds when it finds the hazards, and fails when
// its bounds keep it from that.
func TestHazards(t *testing.T) {
	text, err := output(t, bounds("RST in TIME-WAIT", 0, 0, 1, 2))
	if err != nil || !strings.Contains(text, "hazard H1") || !strings.Contains(text, "hazard H3") {
		t.Errorf("%v\n%s", err, text)
	}
	text, err = output(t, bounds("RST in TIME-WAIT", 0, 0, 0, 1))
	if err == nil || !strings.Contains(text, "not found: P9: hazard H1") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestUnknownModel(t *testing.T) {
	if _, err := output(t, bounds("no such thing", 0, 0, 0, 1)); err == nil || !strings.Contains(err.Error(), "-list") {
		t.Errorf("%v", err)
	}
	text, err := output(t, &options{list: true})
	if err != nil || !strings.Contains(text, "RST in TIME-WAIT") {
		t.Errorf("%v\n%s", err, text)
	}
}
