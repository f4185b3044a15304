package tcp

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The matrix: every state, reached by legal traffic, times every kind of segment at
// every position of its sequence and its acknowledgment number, times the presets.
// What has to happen stands in three tables, one for each preset (matrix_*_test.go).
// The first row that fits a segment decides, as the steps of RFC 9293 §3.10.7 do; a
// segment that no row fits fails, and so does a row, or a word of one, that decides
// nothing.
//
// States, by the short names of docs/segment-processing.md. A p is a passive open,
// an a the simultaneous open of an active one; a c is Close, of the only reference,
// an s is CloseWrite. Groups: SR, F1, F2, CG, LA and TW are both of their kind; sync
// is ES to LA; after is CW, CG and LA, which have received the peer's FIN.
//
// In ES, F1, CW, CG and LA 100 octets are in flight, followed in F1, CG and LA by the
// FIN. 100 octets went each way before, and have been read and acknowledged. TW has
// lasted for five seconds, with SetReopen on; that leads nowhere in TWs, where the
// program still holds the connection.
//
// Segments: text is 10 octets without ACK, data is 10 octets with ACK, data-FIN has
// both; none has no flag, all has every flag. Groups: reset is those with RST, syn
// those with SYN but not RST, bare those with none of SYN, ACK, RST.
//
// SEG.SEQ: far is 100 below RCV.NXT; dup such that the last octet is the one before
// RCV.NXT (of those with text); below is RCV.NXT−1; left RCV.NXT; middle 1000 above;
// right the last number in the window; edge the one after it; beyond 100 above that.
//
// SEG.ACK: oldest is the lowest number that is merely old (RFC 5961 §5), ancient one
// below it; below is SND.UNA−1; UNA; between is SND.NXT−1, if that lies above
// SND.UNA; NXT, also if it is SND.UNA; above is SND.NXT+1. The first two exist in the
// synchronized states. A segment without ACK has none: only * fits it.
//
// Answers: – is none; ACK is <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; RST-a is
// <SEQ=SEG.ACK><CTL=RST>; RST-b is <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>;
// SYN,ACK is <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>, where TIME-WAIT was reopened with
// an ISS of the old SND.NXT + 65537. One answer is all there is.
//
// Next state: = is the same. CLOSED is followed by what the user is told: clean,
// reset, refused or aborted.
//
// Effects: SYN sets RCV.NXT to SEG.SEQ+1; ack moves SND.UNA up to SEG.ACK; text moves
// RCV.NXT over the octets that are new, FIN over the FIN; hold keeps text or FIN
// beyond the gap; delay leaves the acknowledgment to the delayed-ACK timer; 2MSL
// begins TIME-WAIT anew; hurry repeats the SYN in two ticks, at 12 ms the latest; TS
// sets TS.Recent to SEG.TSval; held notes that the peer holds a segment more; dup
// counts a duplicate ACK. Nothing else may change: SND.UNA, SND.NXT, RCV.NXT, what is
// held on either side, these timers, TS.Recent, and whether an error is told.

// matrixColumns are the columns of the tables.
var matrixColumns = [...]string{
	"state", "segment", "SEG.SEQ", "SEG.ACK", "answer", "next state", "effects", "outcome", "clause",
}

// matrixGroups are the words that stand for several others.
var matrixGroups = map[string]string{
	"SR": "SRp SRa", "F1": "F1c F1s", "F2": "F2c F2s", "CG": "CGc CGs", "LA": "LAc LAs", "TW": "TWc TWs",
	"sync":  "ES F1c F1s F2c F2s CW CGc CGs LAc LAs",
	"after": "CW CGc CGs LAc LAs",
	"reset": "RST RST-ACK all",
	"syn":   "SYN SYN-FIN SYN-ACK",
	"bare":  "FIN text none",
}

// matrixSegments are the kinds of segments.
var matrixSegments = []struct {
	name  string
	flags Flags
	text  int
}{
	{"SYN", SYN, 0}, {"SYN-FIN", SYN | FIN, 0}, {"SYN-ACK", SYN | ACK, 0}, {"ACK", ACK, 0},
	{"FIN", FIN, 0}, {"FIN-ACK", FIN | ACK, 0}, {"RST", RST, 0}, {"RST-ACK", RST | ACK, 0},
	{"text", PSH, 10}, {"data", PSH | ACK, 10}, {"data-FIN", PSH | ACK | FIN, 10},
	{"none", 0, 0}, {"all", FIN | SYN | RST | PSH | ACK | URG | ECE | CWR, 0},
}

// matrixState is a connection in a state, and the numbers around it as the peer
// knows them from the traffic.
type matrixState struct {
	name     string
	c        Conn
	now      Time
	una, nxt Seq // of the connection
	rcv      Seq // what it has received in order
	edge     Seq // the rightmost number it ever offered, plus one
	oldest   Seq // the lowest acknowledgment that is merely old
}

type matrixRow struct {
	line  string
	cells [len(matrixColumns)]string
	sets  [4]map[string]string // word → the word of the table that it came from
	used  [4]map[string]bool   // words of the table that decided something
}

// matrixRows reads a table.
func matrixRows(t *testing.T, table string) (rows []*matrixRow) {
	t.Helper()
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") || strings.HasPrefix(line, "| state") {
			continue
		}
		columns := strings.Split(strings.Trim(line, "|"), "|")
		if len(columns) != len(matrixColumns) {
			t.Fatalf("%s\nhas %d columns, want %d", line, len(columns), len(matrixColumns))
		}
		row := &matrixRow{line: line}
		for i := range columns {
			row.cells[i] = strings.TrimSpace(columns[i])
			if row.cells[i] == "" {
				t.Fatalf("%s\nsays nothing about %s", line, matrixColumns[i])
			}
		}
		for i := range row.sets {
			row.sets[i], row.used[i] = map[string]string{}, map[string]bool{}
			for _, word := range strings.Fields(row.cells[i]) {
				row.used[i][word] = false
				for _, single := range strings.Fields(cmp.Or(matrixGroups[word], word)) {
					row.sets[i][single] = word
				}
			}
		}
		row.check(t)
		rows = append(rows, row)
	}
	return rows
}

// matrixVocabulary are the words of the columns that decide about nothing, and so
// cannot go unused.
var matrixVocabulary = map[int]string{
	4: "– ACK RST-a RST-b SYN,ACK",
	5: "= LISTEN CLOSED SYN-RECEIVED ESTABLISHED FIN-WAIT-2 CLOSE-WAIT CLOSING TIME-WAIT clean reset refused aborted",
	6: "– SYN ack text FIN hold delay 2MSL hurry TS held dup",
	7: "accepted dropped acked challenged reset ended reopened",
}

// matrixSources are where clauses are found: the form of a word in the column, the
// document, and the form of what it has to have.
var matrixSources = []struct{ word, file, has string }{
	{`^P-\d+$`, "segment-processing.md", "| %s |"},
	{`^S\d+$`, "stories.md", "| %s |"},
	{`^T\d+$`, "teardown-cases.md", "| %s |"},
	{`^(MUST|SHLD)-\d+$`, "rfc9293-requirements.md", "%s"},
	{`^[a-z]+_[a-z_]+$`, "linux-measured.md", "| %s |"},
	{`^F\d+\.\d+$`, "linux-facts.md", "### %s"},
}

// check demands words that mean something, and clauses that can be looked up.
func (r *matrixRow) check(t *testing.T) {
	t.Helper()
	for i, known := range matrixVocabulary {
		for _, word := range strings.Fields(r.cells[i]) {
			if !slices.Contains(strings.Fields(known), word) {
				t.Errorf("%q in column %s means nothing in\n%s", word, matrixColumns[i], r.line)
			}
		}
	}
	words := strings.FieldsFunc(r.cells[8], func(c rune) bool { return strings.ContainsRune(" ,;:()", c) })
	for _, word := range words {
		for _, source := range matrixSources {
			if !regexp.MustCompile(source.word).MatchString(word) {
				continue
			}
			doc, err := os.ReadFile("docs/" + source.file)
			if err != nil {
				t.Fatal(err)
			}
			if find := fmt.Sprintf(source.has, strings.TrimPrefix(word, "F")); !strings.Contains(string(doc), find) {
				t.Errorf("docs/%s has no %q, the clause of\n%s", source.file, find, r.line)
			}
		}
	}
}

// fits reports whether the row decides about a segment, and notes that it did.
func (r *matrixRow) fits(key [4]string) bool {
	var words [4]string
	for i, word := range key {
		from, ok := r.sets[i][word]
		if !ok {
			from, ok = r.sets[i]["*"]
		}
		if !ok {
			return false
		}
		words[i] = from
	}
	for i, word := range words {
		r.used[i][word] = true
	}
	return true
}

// has reports whether a word stands among the row's effects.
func (r *matrixRow) has(effect string) bool {
	return slices.Contains(strings.Fields(r.cells[6]), effect)
}

// testMatrix holds a preset against its table.
func testMatrix(t *testing.T, cfg Config, table string) {
	cfg = plain(cfg)
	cfg.WindowScale = Off
	runMatrix(t, table, matrixStates(t, cfg), (*matrixState).each, 5000)
}

// runMatrix holds what each makes of the states against a table, at least so many
// segments.
func runMatrix(t *testing.T, table string, states []*matrixState, each func(*matrixState, func([4]string, Segment)), least int) {
	rows := matrixRows(t, table)
	cells := 0
	failures := map[*matrixRow]int{}
	for _, s := range states {
		each(s, func(key [4]string, seg Segment) {
			cells++
			i := slices.IndexFunc(rows, func(r *matrixRow) bool { return r.fits(key) })
			if i < 0 {
				t.Errorf("no row for %s", strings.Join(key[:], ", "))
				return
			}
			wrong := s.try(rows[i], seg)
			if wrong == "" {
				return
			}
			if failures[rows[i]]++; failures[rows[i]] <= 5 {
				t.Errorf("%s:\n%s\n%s", strings.Join(key[:], ", "), rows[i].line, wrong)
			}
		})
	}
	for _, r := range rows {
		if n := failures[r]; n > 5 {
			t.Errorf("%d more against\n%s", n-5, r.line)
		}
		for i := range r.used {
			for word, used := range r.used[i] {
				if !used {
					t.Errorf("%q in column %s decides nothing in\n%s", word, matrixColumns[i], r.line)
				}
			}
		}
	}
	if cells < least {
		t.Errorf("%d segments tried, want at least %d", cells, least)
	}
	t.Logf("%d segments, %d rows", cells, len(rows))
}

// each calls f with every segment for a state.
func (s *matrixState) each(f func(key [4]string, seg Segment)) {
	for _, kind := range matrixSegments {
		seg := Segment{SrcPort: 80, DstPort: 4000, Flags: kind.flags, Len: kind.text, Window: 65535}
		for _, seq := range s.sequences(&seg) {
			seg.Seq = seq.n
			if !kind.flags.Has(ACK) {
				f([4]string{s.name, kind.name, seq.name, "none"}, seg)
				continue
			}
			for _, ack := range s.acknowledgments() {
				seg.Ack = ack.n
				f([4]string{s.name, kind.name, seq.name, ack.name}, seg)
			}
		}
	}
}

type matrixPosition struct {
	name string
	n    Seq
}

func (s *matrixState) sequences(seg *Segment) []matrixPosition {
	list := []matrixPosition{
		{"far", s.rcv - 100}, {"below", s.rcv - 1}, {"left", s.rcv}, {"middle", s.rcv + 1000},
		{"right", s.edge - 1}, {"edge", s.edge}, {"beyond", s.edge + 100},
	}
	if s.edge == s.rcv { // a closed window
		list = []matrixPosition{
			{"far", s.rcv - 100}, {"below", s.rcv - 1}, {"left", s.rcv}, {"next", s.rcv + 1}, {"beyond", s.rcv + 100},
		}
	}
	if seg.Len > 0 {
		list = append(list, matrixPosition{"dup", s.rcv.Add(-seg.SegLen())})
	}
	return list
}

func (s *matrixState) acknowledgments() []matrixPosition {
	list := []matrixPosition{{"below", s.una - 1}, {"NXT", s.nxt}, {"above", s.nxt + 1}}
	if s.una != s.nxt {
		list = append(list, matrixPosition{"UNA", s.una})
	}
	if s.una.Less(s.nxt - 1) {
		list = append(list, matrixPosition{"between", s.nxt - 1})
	}
	if s.c.State().synchronized() {
		list = append(list, matrixPosition{"ancient", s.oldest - 1}, matrixPosition{"oldest", s.oldest})
	}
	return list
}

// try lets a segment arrive at a copy of the connection, and says in what the
// reaction differs from the row.
func (s *matrixState) try(r *matrixRow, seg Segment) string {
	c := s.c
	verdict := c.Arrive(s.now, &seg)
	var sent []Segment
	for out := (Segment{}); c.Next(&out) && len(sent) < 5; {
		sent = append(sent, out)
	}
	want := s.expect(r, &seg)
	var wrong []string
	for _, out := range sent {
		if !out.Flags.Has(RST) && s.c.State() >= StateEstablished && (out.Options.Has(OptTimestamps) != s.c.ts.on || out.Options.TSEcr != want.recent) {
			wrong = append(wrong, fmt.Sprintf("  timestamps: %v, want the echo of %d", &out, want.recent))
		}
	}
	differ := func(what string, got, want any) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("  %s: %v, want %v", what, got, want))
		}
	}
	differ("answer", s.show(sent), want.answer)
	differ("outcome", verdict.Outcome().String(), r.cells[7])
	status := c.Status()
	name, told, _ := strings.Cut(r.cells[5], " ")
	if name == "=" {
		name = s.c.State().String()
	}
	differ("state", status.State.String(), name)
	switch status.State {
	case StateClosed:
		if s.c.State() != StateClosed || told != "" {
			differ("the user is told", status.Err, matrixErrors[told])
		}
		differ("deadline", c.Deadline(), Never)
	case StateListen:
		differ("deadline", c.Deadline(), Never)
	default:
		old, over := s.c.Status().Timers[TimerTimeWait], status.Timers[TimerTimeWait]
		entered := name == "TIME-WAIT" && s.c.State() != StateTimeWait
		began := over != Never && over != old && over >= s.now.Add(2*c.cfg.MSL)
		reopened := verdict == Reopen
		differ("SND.UNA", status.SndUna.Sub(s.una), want.una.Sub(s.una))
		differ("SND.NXT", status.SndNxt.Sub(s.nxt), want.nxt.Sub(s.nxt))
		differ("RCV.NXT", status.RcvNxt, want.rcv)
		differ("pieces held", c.rcv.ooo.count(), btoi(r.has("hold")))
		differ("end of the peer's stream", c.Ready()&ReadyEOF != 0, r.has("FIN") || s.c.Ready()&ReadyEOF != 0 && !reopened)
		differ("delayed ACK", status.Timers[TimerDelayedACK] != Never, r.has("delay"))
		differ("2·MSL runs", over != Never, name == "TIME-WAIT")
		differ("2·MSL begins", began, r.has("2MSL") || entered)
		hurried := status.Timers[TimerRetransmit].Sub(s.now) <= 12*time.Millisecond
		differ("SYN again in two ticks", hurried, r.has("hurry"))
		differ("error", status.Err, KindNone)
		differ("TS.Recent", c.ts.recent, want.recent)
		differ("segments that the peer holds", status.Held, s.c.Status().Held+btoi(r.has("held")))
		if s.c.snd.sackOK {
			differ("duplicate ACKs", status.DuplicateACKs, btoi(r.has("dup")))
		}
	}
	if verdict != Accepted && verdict.Step() == "" {
		wrong = append(wrong, fmt.Sprintf("  the verdict %q names no rule", verdict))
	}
	return strings.Join(wrong, "\n")
}

var matrixErrors = map[string]ErrorKind{
	"clean": KindNone, "reset": KindReset, "refused": KindRefused, "aborted": KindAborted,
}

func (s *matrixState) show(sent []Segment) string {
	if len(sent) == 0 {
		return "–"
	}
	var list []string
	for _, seg := range sent {
		text := fmt.Sprintf("<%d→%d><SEQ=%d><ACK=%d><LEN=%d><CTL=%v>",
			seg.SrcPort, seg.DstPort, uint32(seg.Seq), uint32(seg.Ack), seg.Len, seg.Flags)
		list = append(list, text)
	}
	return strings.Join(list, " and ")
}

// matrixReaction is what a row says about one segment.
type matrixReaction struct {
	answer   string
	una, nxt Seq
	rcv      Seq
	recent   uint32 // TS.Recent
}

func (s *matrixState) expect(r *matrixRow, seg *Segment) matrixReaction {
	want := matrixReaction{answer: "–", una: s.una, nxt: s.nxt, rcv: s.rcv, recent: s.c.ts.recent}
	if r.has("TS") {
		want.recent = seg.Options.TSVal
	}
	iss := s.nxt - 1 // of a SYN,ACK
	switch s.c.State() {
	case StateListen:
		iss = s.nxt
	case StateSynSent:
		want.rcv = 0 // unknown before the SYN
	case StateTimeWait:
		iss = s.nxt + 65537
	}
	if r.cells[4] == "SYN,ACK" {
		want.una, want.nxt = iss, iss+1
	}
	if r.has("ack") && s.una.Less(seg.Ack) {
		want.una = seg.Ack
	}
	if r.has("SYN") {
		want.rcv = seg.Seq + 1
	}
	if r.has("text") {
		want.rcv = seg.Seq.Add(seg.Len)
	}
	if r.has("FIN") {
		want.rcv++
	}
	answer := Segment{SrcPort: 4000, DstPort: 80}
	switch r.cells[4] {
	case "–":
		return want
	case "ACK":
		answer.Seq, answer.Ack, answer.Flags = s.nxt, want.rcv, ACK
	case "SYN,ACK":
		answer.Seq, answer.Ack, answer.Flags = iss, want.rcv, SYN|ACK
	case "RST-a":
		answer.Seq, answer.Flags = seg.Ack, RST
	case "RST-b":
		answer.Ack, answer.Flags = seg.Seq.Add(seg.SegLen()), RST|ACK
	default:
		want.answer = "one of the answers above, not " + r.cells[4]
		return want
	}
	want.answer = s.show([]Segment{answer})
	return want
}

// matrixSetup leads a connection into a state and keeps book of the numbers.
type matrixSetup struct {
	*peer
	edge Seq
}

// drain takes what is sent.
func (m *matrixSetup) drain() {
	m.t.Helper()
	var seg Segment
	for m.c.Next(&seg) {
		m.log("< %s", m.show(&seg))
		m.saw(seg)
	}
}

// saw notes the window that a segment offers.
func (m *matrixSetup) saw(seg Segment) {
	if edge := seg.Ack.Add(int(seg.Window)); seg.Flags.Has(ACK) && m.edge.Less(edge) {
		m.edge = edge
	}
}

// gets lets a segment of the peer arrive and takes the answer.
func (m *matrixSetup) gets(text string) {
	m.t.Helper()
	m.in(text)
	m.drain()
}

// matrixStates are the connections of one preset.
func matrixStates(t *testing.T, cfg Config) (list []*matrixState) {
	state := func(name string, s State, una, nxt, rcv int, reach func(*matrixSetup)) {
		m := &matrixSetup{peer: newPeer(t, cfg), edge: testIRS + 1}
		reach(m)
		m.wantState(name, s)
		x := &matrixState{
			name: name, c: *m.c, now: m.now, edge: m.edge,
			una: m.iss.Add(una), nxt: m.iss.Add(nxt), rcv: m.irs.Add(rcv),
		}
		x.c.trace = nil
		x.oldest = x.una - 65535 // the window of the peer, SND.UNA − MAX.SND.WND
		if cfg.AckRange == AckBytesAcked {
			x.oldest = m.iss // everything that the peer has acknowledged, its answer to the SYN included
		}
		if s < StateSynReceived {
			x.edge = x.rcv + 60000 // no window is known yet: anywhere
		}
		list = append(list, x)
	}
	state("CL", StateClosed, 202, 202, 102, func(m *matrixSetup) {
		m.timeWait((*peer).close)
		m.advanceToDeadline(TimerTimeWait, m.c.Deadline().Sub(m.now))
	})
	state("LI", StateListen, 0, 0, 1, func(m *matrixSetup) { m.do("Listen", m.c.Listen(m.now, m.iss)) })
	state("SS", StateSynSent, 0, 1, 1, func(m *matrixSetup) { m.open() })
	state("SRp", StateSynReceived, 0, 1, 1, func(m *matrixSetup) { m.listen(); m.saw(m.last) })
	state("SRa", StateSynReceived, 0, 1, 1, func(m *matrixSetup) {
		m.open()
		m.gets("S 0:0(0)" + m.synOptions())
	})
	state("ES", StateEstablished, 101, 201, 101, func(m *matrixSetup) { m.talk() })
	state("CW", StateCloseWait, 101, 201, 102, func(m *matrixSetup) { m.closeWait() })
	for _, by := range shuts {
		c := strings.ToLower(by.name[:1])
		if by.name == "CloseWrite" {
			c = "s"
		}
		state("F1"+c, StateFinWait1, 101, 202, 101, func(m *matrixSetup) { m.finWait1(by.shut) })
		state("F2"+c, StateFinWait2, 202, 202, 101, func(m *matrixSetup) { m.finWait2(by.shut) })
		state("CG"+c, StateClosing, 101, 202, 102, func(m *matrixSetup) {
			m.finWait1(by.shut)
			m.gets("F. 101:101(0) ack 101")
		})
		state("LA"+c, StateLastAck, 101, 202, 102, func(m *matrixSetup) {
			m.closeWait()
			by.shut(m.peer)
			m.drain()
		})
		state("TW"+c, StateTimeWait, 202, 202, 102, func(m *matrixSetup) { m.timeWait(by.shut) })
	}
	return list
}

// talk leads to ESTABLISHED: 100 octets each way, the second hundred of ours in
// flight.
func (m *matrixSetup) talk() {
	m.t.Helper()
	m.establish()
	m.saw(m.last)
	m.gets("P. 1:101(100) ack 1")
	m.receive(100)
	m.send(100)
	m.drain()
	m.gets(". 101:101(0) ack 101")
	m.send(100)
	m.drain()
}

func (m *matrixSetup) finWait1(shut func(*peer)) {
	m.t.Helper()
	m.talk()
	shut(m.peer)
	m.drain()
}

func (m *matrixSetup) finWait2(shut func(*peer)) {
	m.t.Helper()
	m.finWait1(shut)
	m.gets(". 101:101(0) ack 202")
}

// closeWait waits for the acknowledgment of the FIN, if it is delayed.
func (m *matrixSetup) closeWait() {
	m.t.Helper()
	m.talk()
	m.gets("F. 101:101(0) ack 101")
	if m.c.Status().Timers[TimerDelayedACK] != Never {
		m.now = m.c.Deadline()
		m.c.Advance(m.now)
		m.drain()
	}
}

// timeWait stays there for a while, so that 2·MSL beginning anew can be seen.
func (m *matrixSetup) timeWait(shut func(*peer)) {
	m.t.Helper()
	m.finWait2(shut)
	m.gets("F. 101:101(0) ack 202")
	m.after(5 * time.Second)
	m.c.SetReopen(true)
}
