package tcp_test

import (
	"errors"
	"reflect"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/transcript"
)

// What the tests of two ends demand, in words that stand in a recorded test as well.

func end(i int) string { return string('A' + rune(i)) }

// wantState demands the state of end i.
func (p *pair) wantState(i int, want tcp.State) {
	p.statement("p.wantState(%v, %v)", i, want)
	if got := p.ends[i].c.State(); got != want {
		p.fail("%s is in %v, want %v", end(i), got, want)
	}
}

// wantStates demands the states of both.
func (p *pair) wantStates(a, b tcp.State) {
	p.statement("p.wantStates(%v, %v)", a, b)
	if gotA, gotB := p.ends[0].c.State(), p.ends[1].c.State(); gotA != a || gotB != b {
		p.fail("the states are %v and %v, want %v and %v", gotA, gotB, a, b)
	}
}

// errorSource is the name of an error.
func errorSource(err error) transcript.Source {
	switch err {
	case nil:
		return "nil"
	case tcp.ErrTimeout:
		return "tcp.ErrTimeout"
	case tcp.ErrReset:
		return "tcp.ErrReset"
	case tcp.ErrClosing:
		return "tcp.ErrClosing"
	case tcp.ErrNotExist:
		return "tcp.ErrNotExist"
	case tcp.ErrReferences:
		return "tcp.ErrReferences"
	}
	panic("no name for " + err.Error())
}

// wantErr demands why end i ended; nil: cleanly, or not at all.
func (p *pair) wantErr(i int, want error) {
	p.statement("p.wantErr(%v, %v)", i, errorSource(want))
	if got := p.ends[i].c.Err(); !errors.Is(got, want) || want == nil && got != nil {
		p.fail("%s ended with %v, want %v", end(i), got, want)
	}
}

// wantTimeWait demands that end i has passed TIME-WAIT, or has not.
func (p *pair) wantTimeWait(i int, want bool) {
	p.statement("p.wantTimeWait(%v, %v)", i, want)
	if got := p.ends[i].passedTW; got != want {
		p.fail("%s passed TIME-WAIT: %v, want %v", end(i), got, want)
	}
}

// wantCounter demands a counter of end i; −1: more than 0.
func (p *pair) wantCounter(i int, name string, want int) {
	p.statement("p.wantCounter(%v, %v, %v)", i, name, want)
	got := int(reflect.ValueOf(p.ends[i].c.Status().Counters).FieldByName(name).Uint())
	if got != want && (want != -1 || got == 0) {
		p.fail("%s of %s is %d, want %d", name, end(i), got, want)
	}
}

// sentBy are the times at which end i sent segments with these control bits.
func (p *pair) sentBy(i int, flags tcp.Flags) (at []tcp.Time) {
	for _, k := range p.sent {
		if k.from == i && k.seg.Flags.Has(flags) {
			at = append(at, k.at)
		}
	}
	return at
}

// wantSent demands how many segments with these control bits end i has sent; −1: more
// than one.
func (p *pair) wantSent(i int, flags tcp.Flags, want int) {
	p.statement("p.wantSent(%v, %v, %v)", i, flags, want)
	if got := len(p.sentBy(i, flags)); got != want && (want != -1 || got < 2) {
		p.fail("%s sent %d segments with %v, want %d", end(i), got, flags, want)
	}
}

// wantDoubling demands that the intervals between segments with these control bits
// double from the second on, up to a limit.
func (p *pair) wantDoubling(i int, flags tcp.Flags, limit time.Duration) {
	p.statement("p.wantDoubling(%v, %v, %v)", i, flags, limit)
	at := p.sentBy(i, flags)
	for n := 2; n < len(at); n++ {
		if got, want := at[n].Sub(at[n-1]), min(2*at[n-1].Sub(at[n-2]), limit); got != want {
			p.fail("interval %d between segments of %s with %v is %v, want %v", n, end(i), flags, got, want)
		}
	}
}

// wantDeadline demands when end i wants to be called.
func (p *pair) wantDeadline(i int, want tcp.Time) {
	p.statement("p.wantDeadline(%v, %v)", i, want)
	if got := p.ends[i].c.Deadline(); got != want {
		p.fail("the deadline of %s is %d, want %d", end(i), got, want)
	}
}

// wantReadable demands how many octets can be read at end i.
func (p *pair) wantReadable(i, want int) {
	p.statement("p.wantReadable(%v, %v)", i, want)
	if got := p.ends[i].c.Readable(); got != want {
		p.fail("%d octets can be read at %s, want %d", got, end(i), want)
	}
}

// wantReady demands that a condition holds at end i, or does not.
func (p *pair) wantReady(i int, bit tcp.Ready, want bool) {
	p.statement("p.wantReady(%v, %v, %v)", i, bit, want)
	if got := p.ends[i].c.Ready(); (got&bit != 0) != want {
		p.fail("%s is ready for %v, want %v: %v", end(i), got, bit, want)
	}
}

// wantEOF demands that the program at end i has read the end of the stream.
func (p *pair) wantEOF(i int) {
	p.statement("p.wantEOF(%v)", i)
	if !p.ends[i].eof {
		p.fail("the stream has not ended at %s", end(i))
	}
}

// wantFIN demands that end i has sent a FIN, or has not.
func (p *pair) wantFIN(i int, want bool) {
	p.statement("p.wantFIN(%v, %v)", i, want)
	if got := p.ends[i].finSent; got != want {
		p.fail("%s has sent a FIN: %v, want %v", end(i), got, want)
	}
}

// wantNothing demands that what was injected last has drawn nothing.
func (p *pair) wantNothing() {
	p.statement("p.wantNothing()")
	if len(p.sent) > p.before {
		p.fail("%v is sent, want nothing", p.sent[p.before].seg)
	}
}

// wantVerdict demands what became of the last segment that arrived.
func (p *pair) wantVerdict(want tcp.Verdict) {
	p.statement("p.wantVerdict(%v)", want)
	if p.verdict != want {
		p.fail("the verdict is %q, want %q", p.verdict, want)
	}
}
