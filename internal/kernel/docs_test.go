package kernel

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What docs/linux-measured.md says can be looked up: the recordings that it names in
// parentheses are embedded, and those that it marks as missing are not.
func TestMeasuredFactsNameTheirRecordings(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "linux-measured.md"))
	if err != nil {
		t.Fatal(err)
	}
	recs, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	exists := func(name string) bool {
		prefix, whole := strings.CutSuffix(name, "*")
		for i := range recs {
			n := recs[i].Name
			if n == name || whole && strings.HasPrefix(n, prefix) || strings.HasSuffix(n, "_"+name) {
				return true
			}
		}
		return false
	}
	list := regexp.MustCompile(`\(([a-z]\w*_[\w*]*†?(?:[,;] [a-z]\w*_[\w*]*†?)*)\)`)
	named := 0
	for _, m := range list.FindAllStringSubmatch(string(text), -1) {
		for _, name := range regexp.MustCompile(`[,;] `).Split(m[1], -1) {
			if strings.HasPrefix(name, "tcp_") {
				continue // a sysctl
			}
			named++
			name, missing := strings.CutSuffix(name, "†")
			if exists(name) == missing {
				t.Errorf("%s: embedded %v, marked as missing %v", name, !missing, missing)
			}
		}
	}
	if named < 20 {
		t.Errorf("%d recordings named", named)
	}
}
