package interp

import (
	"testing"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// BenchmarkScripts runs a thousand recordings, each parsed before it runs.
func BenchmarkScripts(b *testing.B) {
	scripts := recordings(b)
	var texts []string
	for _, s := range scripts {
		if texts = append(texts, packetdrill.Print(s)); len(texts) == 1000 {
			break
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			s, err := packetdrill.Parse("script", []byte(text))
			if err != nil {
				b.Fatal(err)
			}
			Run(s, Options{Config: tcp.Linux(), Settings: recorded})
		}
	}
}

// BenchmarkTwoHours runs a script that waits for two hours, with a keepalive probe at
// their end.
func BenchmarkTwoHours(b *testing.B) {
	s := parse(b, "script", established+`+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
+7200 > . 0:0(0) ack 1
`)
	for b.Loop() {
		if r := Run(s, Options{}); r.Outcome != Pass {
			b.Fatal(r.String())
		}
	}
}

// FuzzRun runs scripts as they come, in every profile: each is over soon, in one of
// three ways.
func FuzzRun(f *testing.F) {
	for _, own := range ownScripts(f) {
		f.Add(own.text)
	}
	for _, c := range append(languageCases, constructCases...) {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := packetdrill.Parse("script", []byte(text))
		if err != nil || len(s.Events) > 200 {
			return
		}
		for _, p := range profiles {
			start := time.Now()
			r := Run(s, Options{Config: p.config, Strict: true, Events: true})
			if r.Outcome != Pass && r.Outcome != Fail && r.Outcome != Skip {
				t.Fatalf("outcome %q", r.Outcome)
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Fatalf("it takes %v", d)
			}
		}
	})
}
