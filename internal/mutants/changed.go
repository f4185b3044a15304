package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// changed returns the lines of each source file in dir's root that differ from those
// of a commit, those not committed yet among them.
func changed(dir, commit string) (map[string]map[int]bool, error) {
	cmd := exec.Command("git", "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--relative",
		commit, "--", "*.go")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git diff %s: %w: %s", commit, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return changedLines(string(out))
}

// changedLines reads the output of git diff --unified=0.
func changedLines(diff string) (map[string]map[int]bool, error) {
	all := map[string]map[int]bool{}
	var file string
	for _, line := range strings.Split(diff, "\n") {
		if name, ok := strings.CutPrefix(line, "+++ "); ok {
			file = strings.TrimPrefix(name, "b/")
			continue
		}
		hunk, ok := strings.CutPrefix(line, "@@ -")
		if !ok || strings.Contains(file, "/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		_, hunk, _ = strings.Cut(hunk, " +")
		hunk, _, ok = strings.Cut(hunk, " @@")
		at, n, several := strings.Cut(hunk, ",")
		if !several {
			n = "1"
		}
		first, err1 := strconv.Atoi(at)
		count, err2 := strconv.Atoi(n)
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("git diff: cannot read %q", line)
		}
		for i := range count {
			if all[file] == nil {
				all[file] = map[int]bool{}
			}
			all[file][first+i] = true
		}
	}
	return all, nil
}
