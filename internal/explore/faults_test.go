//go:build faults

package explore

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp/internal/faults"
)

// seeded are faults of what the models were made for. Each is found by a shortest
// way, in its last step or in the fair run behind it.
var seeded = []struct {
	name, model string
	found       string // the rule, and the steps of a shortest way to it
	edit        faults.Edit
}{
	{"keepalive gives up without a probe", "keepalive", "S17 in 1 steps",
		faults.Edit{File: "keepalive.go", Old: "exhausted := c.idleProbes >= c.set.keepCount", New: "exhausted := c.idleProbes+2 >= c.set.keepCount"}},
	{"no limit of retransmission", "down", "L1 in 1 steps: livelock",
		faults.Edit{File: "retransmit.go", Old: "	limit, least := c.retryLimit()\n", New: "	limit, least := c.retryLimit()\n	limit = 1 << 20\n"}},
	{"lingering goes on after the FIN's acknowledgment", "linger", "L1 in 3 steps: a fair run breaks I58",
		faults.Edit{File: "states.go", Old: "		c.leaveLinger()\n		c.startFinWait2()\n", New: "		c.startFinWait2()\n"}},
	{"a linger time of zero does not reset", "linger zero", "L1 in 1 steps: a fair run breaks S10",
		faults.Edit{File: "close.go", Old: "	case c.set.linger == 0:\n		c.abort(false)\n		return\n", New: ""}},
	{"no persist timer behind a closed window", "full buffer linger", "L1 in 2 steps: a fair run breaks I60",
		faults.Edit{File: "persist.go", Old: "		c.start(TimerPersist, wait)\n	}\n}", New: "		_ = wait\n	}\n}"}},
	{"the delayed acknowledgment goes on in LAST-ACK", "full buffer LAST-ACK", "L1 in 2 steps: a fair run breaks I58",
		faults.Edit{File: "ack.go", Old: "	c.stop(TimerDelayedACK)\n", New: ""}},
	{"the next incarnation begins where the last one ended", "reconnect", "P11 in 8 steps",
		faults.Edit{File: "timewait.go", Old: "const issGap = 65535 + 2", New: "const issGap = 0"}},
	{"the urgent pointer points to the last octet, not behind it", "urgent", "I55 in 2 steps",
		faults.Edit{File: "receive.go", Old: "	up := seg.Seq.Add(int(seg.Urgent))\n", New: "	up := seg.Seq.Add(int(seg.Urgent) + 1)\n"}},
	{"CloseRead closes the sending direction", "shutdown", "S9 in 1 steps",
		faults.Edit{File: "close.go", Old: "	c.user.readClosed = true\n	return nil\n", New: "	c.user.readClosed = true\n	return c.CloseWrite(now)\n"}},
	{"text after Close is received", "shutdown", "L1 in 1 steps: a fair run breaks S10",
		faults.Edit{File: "text.go", Old: "	return left != right || c.cfg.ResetOnEarlyFIN\n", New: "	return false\n"}},
	{"any Close is the last one", "descriptors", "L1 in 1 steps: a fair run breaks S8",
		faults.Edit{File: "close.go", Old: "	if c.user.refs == 0 {\n		c.closeLast(exiting)", New: "	if c.user.refs >= 0 {\n		c.closeLast(exiting)"}},
	{"a refused Send queues", "misuse", "API in 5 steps",
		faults.Edit{File: "send.go", Old: "	case c.user.writeClosed:\n", New: "	case c.user.writeClosed:\n		c.snd.off++\n"}},
	{"a RST anywhere in the window counts", "forged", "P13 in 4 steps",
		faults.Edit{File: "receive.go", Old: "	if seg.Seq != c.rcv.nxt && !c.resetBeyond(seg.Seq) {\n		return c.challenge(ChallengedRST)", New: "	if seg.Seq.Less(c.rcv.nxt) && !c.resetBeyond(seg.Seq) {\n		return c.challenge(ChallengedRST)"}},
	{"the user timeout runs on when nothing is outstanding", "user timeout", "I61 in 4 steps",
		faults.Edit{File: "usertimeout.go", Old: "	if c.snd.una == c.snd.nxt && !c.waiting() {\n		c.stop(TimerUserTimeout)\n		return\n	}\n", New: ""}},
	{"a segment without timestamps", "default", "L1 in 2 steps: a fair run breaks I25",
		faults.Edit{File: "transmit.go", Old: "	if c.ts.on {\n		o.Present = OptTimestamps\n", New: "	if c.ts.on && c.state != StateCloseWait {\n		o.Present = OptTimestamps\n"}},
	{"an echo of what was never sent", "default open", "L1 in 4 steps: a fair run breaks I25",
		faults.Edit{File: "timestamps.go", Old: "	if tsBefore(seg.Options.TSVal, c.ts.recent) && c.now.Sub(c.ts.recentAt) <= tsValid {\n		return\n	}\n	c.ts.recent, c.ts.recentAt = seg.Options.TSVal, c.now", New: "	c.ts.recent, c.ts.recentAt = seg.Options.TSVal+1, c.now"}},
	{"no retransmission timer behind a tail loss probe", "Linux", "L1 in 2 steps: a fair run breaks I59",
		faults.Edit{File: "retransmit.go", Old: "	c.count.LossProbes++\n	c.startRetransmit()\n", New: "	c.count.LossProbes++\n"}},
	{"FIN-WAIT-2 without a program has no end", "Linux open", "L1 in 6 steps: a fair run breaks L9",
		faults.Edit{File: "close.go", Old: "	c.start(TimerFinWait2, c.finWait2Phase(t))\n", New: ""}},
	{"a FIN again does not restart 2·MSL", "RFC 9293", "L1 in 4 steps: a fair run breaks I72",
		faults.Edit{File: "timewait.go", Old: "		t.restart(now)\n		return ReackedFIN\n", New: "		return ReackedFIN\n"}},
}

// TestFaultsAreFound builds the tests of this package once for each fault, with the
// overlay of the go command, and looks for the rule in what its model then says.
func TestFaultsAreFound(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range seeded {
		t.Run(f.name, func(t *testing.T) {
			fault := faults.Fault{Name: f.name, Edits: []faults.Edit{f.edit}}
			sources, err := fault.Mutate(root)
			if err != nil {
				t.Fatal(err)
			}
			tmp := t.TempDir()
			replace := make(map[string]string)
			for file, source := range sources {
				replace[filepath.Join(root, file)] = filepath.Join(tmp, file)
				if err := os.WriteFile(filepath.Join(tmp, file), source, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			overlay, err := json.Marshal(map[string]any{"Replace": replace})
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(tmp, "overlay.json")
			if err := os.WriteFile(path, overlay, 0o600); err != nil {
				t.Fatal(err)
			}
			run := "^TestModels$/^" + strings.ReplaceAll(f.model, " ", "_") + "$"
			out, err := exec.Command("go", "test", "-vet=off", "-count=1", "-overlay", path, "-run", run, ".").CombinedOutput()
			if err == nil || !strings.Contains(string(out), f.found) {
				t.Errorf("want %q:\n%.6000s", f.found, out)
			}
		})
	}
}
