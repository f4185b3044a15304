package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTableAndLadder(t *testing.T) {
	var out, errs bytes.Buffer
	agree, err := run([]string{"-run", "^basic_local_"}, &out, &errs)
	require.NoError(t, err)
	require.True(t, agree)
	require.Empty(t, errs.String(), "no progress line but on a terminal")
	text := out.String()
	require.Regexp(t, `(?m)^group +agree +differ +skip +unstable$`, text)
	require.Regexp(t, `(?m)^basic +[1-9][0-9]* +0 +0 +0$`, text)
	require.Regexp(t, `(?m)^total +[1-9][0-9]* +0 +0 +0$`, text)
	for _, state := range []string{"FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"} {
		require.Contains(t, text, state)
	}
	for _, line := range strings.Split(text, "\n") {
		require.LessOrEqual(t, len([]rune(line)), 80, line)
	}
}

func TestJSONLines(t *testing.T) {
	var out, errs bytes.Buffer
	agree, err := run([]string{"-json", "-profile", "rfc9293", "-run", "^basic_"}, &out, &errs)
	require.NoError(t, err)
	require.False(t, agree, "the recordings are of Linux")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	counted := make(map[string]int)
	for _, line := range lines[:len(lines)-1] {
		var r struct {
			Name, Group, Result, Want, Got string
			At                             *float64 `json:"at_ms"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		require.NotEmpty(t, r.Name)
		require.Equal(t, "basic", r.Group)
		counted[r.Result]++
		if r.Result == "differ" {
			require.NotNil(t, r.At)
			require.NotEmpty(t, r.Want)
			require.NotEmpty(t, r.Got)
		}
	}
	var total map[string]int
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &total))
	require.Equal(t, len(lines)-1, total["total"])
	require.Equal(t, counted["agree"], total["agree"])
	require.Equal(t, counted["differ"], total["differ"])
}

func TestVerbose(t *testing.T) {
	var out, errs bytes.Buffer
	_, err := run([]string{"-v", "-profile", "default", "-run", "^basic_"}, &out, &errs)
	require.NoError(t, err)
	require.Contains(t, out.String(), " first difference ")
	require.Contains(t, out.String(), "  want  ")
	require.Contains(t, out.String(), "  got   ")
}

func TestFilesAndFolders(t *testing.T) {
	const one = `{"name":"one","desc":"d","group":"g","role":"passive","timestamps":false,"sack":false,` +
		`"sysctls":{},"kernel":"6","hz":250,"max_late_ms":0.5,"end_ms":50,"steps":[` +
		`{"at_ms":1,"in":{"flags":".","seq":1,"ack":9,"win":9,"len":0}},` +
		`{"at_ms":1,"out":{"flags":"R","seq":9,"ack":0,"win":0,"len":0,"abs_seq":true}}]}`
	dir := t.TempDir()
	file := filepath.Join(dir, "x.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(one+"\n"), 0o644))
	for _, arg := range []string{file, dir} {
		var out, errs bytes.Buffer
		agree, err := run([]string{arg}, &out, &errs)
		require.NoError(t, err)
		require.True(t, agree, out.String())
	}
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(one, `"seq":9`, `"seq":8`, 1)), 0o644))
	var out, errs bytes.Buffer
	agree, err := run([]string{file}, &out, &errs)
	require.NoError(t, err)
	require.False(t, agree)
	require.Contains(t, out.String(), "one: differ\n  want  1.0 ms: Flags [R], seq 8, win 0, length 0\n  got   1.0 ms: Flags [R], seq 9,")
	unknown := strings.Replace(one, `"sysctls":{}`, `"sysctls":{"tcp_magic":"1"}`, 1)
	require.NoError(t, os.WriteFile(file, []byte(unknown), 0o644))
	out.Reset()
	agree, err = run([]string{file}, &out, &errs)
	require.NoError(t, err)
	require.False(t, agree)
	require.Contains(t, out.String(), "one: skip\n  got ")
	require.Contains(t, out.String(), "tcp_magic")
}

func TestListOfDifferencesEnds(t *testing.T) {
	var out, errs bytes.Buffer
	agree, err := run([]string{"-profile", "rfc9293", "-run", "^finwait|^fw2|^basic"}, &out, &errs)
	require.NoError(t, err)
	require.False(t, agree)
	require.Equal(t, shownOdd, strings.Count(out.String(), ": differ\n"))
	require.Regexp(t, `\n… and [1-9][0-9]* more: -json lists all`, out.String())
}

func TestBadArguments(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-profile bsd", `-profile: unknown "bsd", want linux, default or rfc9293`},
		{"-run (", "-run: "},
		{"-run ^no_such_recording$", "no recording matches"},
		{"no/such/file.jsonl", "no/such/file.jsonl"},
	} {
		_, err := run(strings.Fields(test.args), new(bytes.Buffer), new(bytes.Buffer))
		require.ErrorContains(t, err, test.want)
	}
	var errs bytes.Buffer
	_, err := run([]string{"-bogus"}, new(bytes.Buffer), &errs)
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, errs.String(), "-profile")
}
