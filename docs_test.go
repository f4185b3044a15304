package tcp_test

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// docsTables are the tables whose rows tests cite by number: each numbers its
// rows from 1 to last, in order, without a gap.
var docsTables = []struct {
	file, prefix string
	last         int
}{
	{"stories.md", "S", 24},
	{"teardown-cases.md", "T", 120},
	{"teardown-cases.md", "M", 15},
	{"invariants.md", "I", 78},
	{"invariants.md", "P", 15},
	{"invariants.md", "L", 11},
	{"rfc9293-requirements.md", "MUST-", 69},
	{"rfc9293-requirements.md", "SHLD-", 31},
	{"rfc9293-requirements.md", "MAY-", 18},
	{"segment-processing.md", "P-", 18},
}

func TestDocsTablesAreContiguous(t *testing.T) {
	for _, table := range docsTables {
		t.Run(table.file+" "+table.prefix, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("docs", table.file))
			if err != nil {
				t.Fatal(err)
			}
			if err := docsCheckRows(string(text), table.prefix, table.last); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDocsCheckRowsFindsFaults(t *testing.T) {
	row := func(ids ...string) string {
		var b strings.Builder
		for _, id := range ids {
			fmt.Fprintf(&b, "| %s | text |\n", id)
		}
		return b.String()
	}
	if err := docsCheckRows("# Title\n\n| id | what |\n|---|---|\n"+row("T1", "T2", "X1", "T3"), "T", 3); err != nil {
		t.Errorf("good table: %v", err)
	}
	for name, text := range map[string]string{
		"missing row":  row("T1", "T3"),
		"short":        row("T1", "T2"),
		"too long":     row("T1", "T2", "T3", "T4"),
		"repeated":     row("T1", "T2", "T2", "T3"),
		"out of order": row("T2", "T1", "T3"),
		"empty":        "no table",
	} {
		if docsCheckRows(text, "T", 3) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// docsCheckRows reports the first row of text that breaks the numbering
// prefix1 … prefixLast.
func docsCheckRows(text, prefix string, last int) error {
	row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(prefix) + `(\d+) \|`)
	want := 1
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err != nil || n != want {
			return fmt.Errorf("row %s%s where %s%d should be", prefix, m[1], prefix, want)
		}
		want++
	}
	if want-1 != last {
		return fmt.Errorf("%d rows %s, want %d", want-1, prefix, last)
	}
	return nil
}

// TestDocsLinksResolve follows every relative link of every Markdown file of the
// module: the file must exist, and so must the heading that a fragment names.
func TestDocsLinksResolve(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		files++
		for _, broken := range docsBrokenLinks(t, path) {
			t.Errorf("%s: %s", path, broken)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < len(docsTables)/2 {
		t.Errorf("only %d Markdown files found", files)
	}
}

func TestDocsBrokenLinksFindsFaults(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("other.md", "# A title\n\n## 2.4 ACK (step `5`)\n")
	good := write("good.md", "# Top\n[a](other.md) [b](other.md#24-ack-step-5) [c](#top) [d](https://example.org/x)\n```\n[e](none)\n```\n`[f](none)`\n")
	if got := docsBrokenLinks(t, good); len(got) != 0 {
		t.Errorf("good links: %v", got)
	}
	bad := write("bad.md", "[a](none.md) [b](other.md#none) [c](#none)\n")
	if got := docsBrokenLinks(t, bad); len(got) != 3 {
		t.Errorf("three broken links: %q", got)
	}
}

var (
	docsFence = regexp.MustCompile("(?ms)^```.*?^```")
	docsCode  = regexp.MustCompile("`[^`\n]*`")
	docsLink  = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	docsTitle = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	docsSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// docsBrokenLinks returns the relative links of a Markdown file that lead nowhere.
func docsBrokenLinks(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var broken []string
	prose := docsCode.ReplaceAllString(docsFence.ReplaceAllString(string(text), ""), "")
	for _, m := range docsLink.FindAllStringSubmatch(prose, -1) {
		u, err := url.Parse(m[1])
		if err != nil {
			broken = append(broken, err.Error())
			continue
		}
		if u.IsAbs() {
			continue
		}
		target := path
		if u.Path != "" {
			target = filepath.Join(filepath.Dir(path), filepath.FromSlash(u.Path))
		}
		if _, err := os.Stat(target); err != nil {
			broken = append(broken, m[1]+": no such file")
		} else if u.Fragment != "" && filepath.Ext(target) == ".md" && !docsHasHeading(t, target, u.Fragment) {
			broken = append(broken, m[1]+": no such heading")
		}
	}
	return broken
}

// docsHasHeading reports whether a heading of a Markdown file has the given
// fragment: lower case, punctuation dropped, blanks turned to hyphens.
func docsHasHeading(t *testing.T, path, fragment string) bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range docsTitle.FindAllStringSubmatch(docsFence.ReplaceAllString(string(text), ""), -1) {
		slug := docsSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(slug, " ", "-") == fragment {
			return true
		}
	}
	return false
}
