package interp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// ownFolder holds the module's scripts: those in its folders all and constructs hold in
// every profile, the others in that of their folder.
const ownFolder = "../../../testdata/packetdrill"

var profiles = []struct {
	name   string
	config tcp.Config
}{{"default", tcp.Config{}}, {"linux", tcp.Linux()}, {"rfc9293", tcp.RFC9293()}}

// ownScript is a script and a profile that it holds in.
type ownScript struct {
	name, folder, text string
	config             tcp.Config
}

// constructs is the folder of the scripts that show a construct of the language each.
const constructs = "constructs"

func ownScripts(t testing.TB) (list []ownScript) {
	t.Helper()
	for _, p := range profiles {
		for _, folder := range []string{"all", constructs, p.name} {
			files, err := filepath.Glob(filepath.Join(ownFolder, folder, "*.pkt"))
			must(t, err)
			for _, file := range files {
				text, err := os.ReadFile(file)
				must(t, err)
				list = append(list, ownScript{p.name + "/" + filepath.Base(file), folder, string(text), p.config})
			}
		}
	}
	return list
}

func parse(t testing.TB, name, text string, define ...string) *packetdrill.Script {
	t.Helper()
	s, err := packetdrill.Parse(name, []byte(text), define...)
	must(t, err)
	return s
}

// TestOwnScripts runs the module's scripts, every segment accounted for. There is one
// at least for each story, S1 to S22, in each profile, and those of the constructs.
func TestOwnScripts(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, own := range ownScripts(t) {
		result := Run(parse(t, own.name, own.text), Options{Config: own.config, Strict: true})
		if result.Outcome != Pass {
			t.Error(result.String())
		}
		if own.folder == constructs {
			continue
		}
		profile, file, _ := strings.Cut(own.name, "/")
		story, _, _ := strings.Cut(file, "_")
		seen[profile+"/"+story] = true
		if want := "// " + strings.ToUpper(strings.Replace(story, "s0", "s", 1)) + "."; !strings.HasPrefix(own.text, want) {
			t.Errorf("%s does not begin with its story, %q", own.name, want)
		}
	}
	for _, p := range profiles {
		for story := 1; story <= 22; story++ {
			if name := fmt.Sprintf("%s/s%02d", p.name, story); !seen[name] {
				t.Errorf("no script for %s", name)
			}
		}
	}
}

// TestErrors runs scripts that do not hold, cannot be run, or are none: the first line
// of each says what is reported, and where.
func TestErrors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(ownFolder, "errors", "*.pkt"))
	must(t, err)
	if len(files) < 15 {
		t.Errorf("only %d scripts", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		first, _, _ := strings.Cut(string(text), "\n")
		want := strings.TrimPrefix(first, "// ")
		var got string
		if s, err := packetdrill.Parse("", text); err != nil {
			got = "syntax " + strings.TrimPrefix(err.Error(), ":")
		} else {
			r := Run(s, Options{})
			got = fmt.Sprintf("%s %d: %s: want %s, got %s", r.Outcome, r.Line, r.Reason, r.Want, r.Got)
		}
		kind, rest, _ := strings.Cut(want, ": ")
		if !strings.HasPrefix(got, kind) || !strings.Contains(got, rest) {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
