package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
	"github.com/seed-447e5d66/tcp/internal/packetdrill/interp"
)

// report prints results, and counts them.
type report struct {
	out              io.Writer
	json             bool
	pass, fail, skip int
}

// jsonLine is the result of a script.
type jsonLine struct {
	File   string         `json:"file"`
	Result interp.Outcome `json:"result"`
	Line   int            `json:"line,omitempty"`
	Want   string         `json:"want,omitempty"`
	Got    string         `json:"got,omitempty"`
	Reason string         `json:"reason,omitempty"`
}

func (r *report) encode(v any) error {
	e := json.NewEncoder(r.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// result prints what became of a script.
func (r *report) result(res *interp.Result) error {
	switch res.Outcome {
	case interp.Pass:
		r.pass++
	case interp.Fail:
		r.fail++
	case interp.Skip:
		r.skip++
	}
	if r.json {
		return r.encode(jsonLine{res.File, res.Outcome, res.Line, res.Want, res.Got, res.Reason})
	}
	for _, note := range res.Notes {
		if _, err := fmt.Fprintln(r.out, note); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(r.out, res)
	return err
}

// syntaxError prints why a file is not a script.
func (r *report) syntaxError(e *packetdrill.SyntaxError) error {
	r.fail++
	if r.json {
		return r.encode(jsonLine{e.File, interp.Fail, e.Line, e.Expected, e.Found, fmt.Sprintf("syntax error in column %d", e.Column)})
	}
	_, err := fmt.Fprintf(r.out, "%s:%d:%d: fail: expected %s, found %s\n", e.File, e.Line, e.Column, e.Expected, e.Found)
	return err
}

// diagram draws the course of a script.
func (r *report) diagram(res *interp.Result, profile string) error {
	if _, err := fmt.Fprintln(r.out); err != nil {
		return err
	}
	d := &ladder.Diagram{Title: res.File, Left: "ours (" + profile + ")", Right: "script", Events: res.Events}
	if err := ladder.Render(r.out, d); err != nil {
		return err
	}
	_, err := fmt.Fprintln(r.out)
	return err
}

// finish prints the totals, and reports whether something ran and nothing failed.
func (r *report) finish() (good bool, err error) {
	total := r.pass + r.fail + r.skip
	if r.json {
		err = r.encode(struct {
			Total int `json:"total"`
			Pass  int `json:"pass"`
			Fail  int `json:"fail"`
			Skip  int `json:"skip"`
		}{total, r.pass, r.fail, r.skip})
	} else {
		_, err = fmt.Fprintf(r.out, "%d scripts: %d pass, %d fail, %d skip\n", total, r.pass, r.fail, r.skip)
	}
	return r.pass > 0 && r.fail == 0, err
}
