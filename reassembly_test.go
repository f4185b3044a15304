package tcp

import (
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// step is one out-of-order segment and what insert is expected to make of it.
type step struct {
	left, right Seq
	fin         bool
	kept        bool
	pieces      []span
}

func TestReassemblyInsert(t *testing.T) {
	eight := make([]step, 0, 10)
	for i := Seq(0); i < maxSpans; i++ {
		s := span{100 + 20*i, 110 + 20*i}
		eight = append(eight, step{s.left, s.right, false, true, []span{s}})
	}
	tests := []struct {
		name  string
		steps []step
		held  []span
	}{
		{"empty segment", []step{{10, 10, false, false, nil}, {10, 9, false, false, nil}}, nil},
		{"adjacent spans become one", []step{
			{10, 20, false, true, []span{{10, 20}}},
			{30, 40, false, true, []span{{30, 40}}},
			{20, 30, false, true, []span{{20, 30}}},
		}, []span{{10, 40}}},
		{"one segment around two spans gives three pieces", []step{
			{10, 20, false, true, []span{{10, 20}}},
			{30, 40, false, true, []span{{30, 40}}},
			{5, 50, false, true, []span{{5, 10}, {20, 30}, {40, 50}}},
		}, []span{{5, 50}}},
		{"a duplicate has no new octets", []step{
			{10, 20, false, true, []span{{10, 20}}},
			{12, 18, false, true, nil},
		}, []span{{10, 20}}},
		{"across the wrap", []step{
			{0xFFFFFFF0, 0x10, false, true, []span{{0xFFFFFFF0, 0x10}}},
			{0xFFFFFFE0, 0x20, false, true, []span{{0xFFFFFFE0, 0xFFFFFFF0}, {0x10, 0x20}}},
		}, []span{{0xFFFFFFE0, 0x20}}},
		{"a ninth span is lost", append(slices.Clone(eight),
			step{500, 510, false, false, nil},
			step{90, 95, false, false, nil},
		), []span{{100, 110}, {120, 130}, {140, 150}, {160, 170}, {180, 190}, {200, 210}, {220, 230}, {240, 250}}},
		{"a ninth segment that touches one is kept", append(slices.Clone(eight),
			step{250, 260, false, true, []span{{250, 260}}},
		), []span{{100, 110}, {120, 130}, {140, 150}, {160, 170}, {180, 190}, {200, 210}, {220, 230}, {240, 260}}},
		{"a ninth FIN is lost", append(slices.Clone(eight), step{500, 501, true, false, nil}),
			[]span{{100, 110}, {120, 130}, {140, 150}, {160, 170}, {180, 190}, {200, 210}, {220, 230}, {240, 250}}},
		{"one segment around eight gives nine pieces", append(slices.Clone(eight),
			step{90, 260, false, true, []span{{90, 100}, {110, 120}, {130, 140}, {150, 160}, {170, 180},
				{190, 200}, {210, 220}, {230, 240}, {250, 260}}},
		), []span{{90, 260}}},
		{"a FIN takes one number and is no octet", []step{
			{6, 7, true, true, nil},
			{6, 7, true, true, nil},
			{4, 7, true, true, []span{{4, 6}}},
		}, []span{{4, 7}}},
		{"nothing is taken beyond a FIN", []step{
			{10, 21, true, true, []span{{10, 20}}},
			{21, 30, false, false, nil},
			{30, 41, true, false, nil},
			{5, 30, false, true, []span{{5, 10}}},
		}, []span{{5, 21}}},
		{"a second, lower FIN is only its data", []step{
			{10, 21, true, true, []span{{10, 20}}},
			{5, 8, true, true, []span{{5, 7}}},
			{3, 4, true, false, nil},
		}, []span{{5, 7}, {10, 21}}},
		{"a FIN on a held octet is only its data", []step{
			{10, 20, false, true, []span{{10, 20}}},
			{5, 13, true, true, []span{{5, 10}}},
			{15, 16, true, false, nil},
			{20, 30, false, true, []span{{20, 30}}},
		}, []span{{5, 30}}},
		{"data beyond a later FIN stays", []step{
			{10, 20, false, true, []span{{10, 20}}},
			{5, 9, true, true, []span{{5, 8}}},
			{9, 30, false, false, nil},
		}, []span{{5, 9}, {10, 20}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r reassembly
			for i, s := range tt.steps {
				var pieces [maxSpans + 1]span
				before := r
				n, kept := r.insert(s.left, s.right, s.fin, &pieces)
				if kept != s.kept || !slices.Equal(pieces[:n], s.pieces) {
					t.Errorf("step %d, insert(%d, %d, %v): pieces %v, kept %v; want %v, %v",
						i, s.left, s.right, s.fin, pieces[:n], kept, s.pieces, s.kept)
				}
				if !kept && r != before {
					t.Errorf("step %d: refused, but the store changed", i)
				}
			}
			if got := inOrder(&r); !slices.Equal(got, tt.held) {
				t.Errorf("held %v, want %v", got, tt.held)
			}
		})
	}
}

// inOrder lists the spans as at gives them.
func inOrder(r *reassembly) (all []span) {
	for i := 0; ; i++ {
		s, ok := r.at(i)
		if !ok {
			return all
		}
		all = append(all, s)
	}
}

// insertAll stores octets that are expected to be kept.
func insertAll(t *testing.T, r *reassembly, spans ...span) {
	t.Helper()
	for _, s := range spans {
		var pieces [maxSpans + 1]span
		if _, kept := r.insert(s.left, s.right, false, &pieces); !kept {
			t.Fatalf("insert(%d, %d) was refused", s.left, s.right)
		}
	}
}

// RCV.NXT that has passed a held FIN without the store being told.
func TestReassemblyFillBeyondFIN(t *testing.T) {
	var r reassembly
	var pieces [maxSpans + 1]span
	r.insert(5, 6, true, &pieces)
	n, next, fin := r.fill(10, 20, false, &pieces)
	if n != 1 || pieces[0] != (span{10, 20}) || next != 20 || fin || r != (reassembly{}) {
		t.Errorf("fill gave %v, %d, %v and left %+v", pieces[:n], next, fin, r)
	}
}

func TestReassemblyAdvance(t *testing.T) {
	tests := []struct {
		name     string
		spans    []span
		fin      Seq // 0: none
		next     Seq
		wantNext Seq
		wantFIN  bool
		left     []span
	}{
		{"nothing held", nil, 0, 7, 7, false, nil},
		{"gap remains", []span{{10, 20}}, 0, 9, 9, false, []span{{10, 20}}},
		{"gap closed", []span{{10, 20}, {30, 40}}, 0, 10, 20, false, []span{{30, 40}}},
		{"moved into a span", []span{{10, 20}}, 0, 15, 20, false, nil},
		{"moved past spans", []span{{10, 20}, {30, 40}, {50, 60}}, 0, 45, 45, false, []span{{50, 60}}},
		{"moved past one into another", []span{{30, 40}, {10, 20}}, 0, 30, 40, false, nil},
		{"FIN in order", []span{{10, 20}}, 20, 10, 20, true, nil},
		{"bare FIN in order", nil, 20, 20, 20, true, nil},
		{"FIN not yet in order", []span{{10, 20}}, 25, 10, 20, false, []span{{25, 26}}},
		{"data beyond the FIN is purged", []span{{21, 30}, {40, 50}, {10, 20}}, 20, 10, 20, true, nil},
		{"data beyond the FIN stays until it is in order", []span{{40, 50}}, 20, 10, 10, false, []span{{20, 21}, {40, 50}}},
		{"FIN passed", []span{{40, 50}}, 20, 30, 30, false, []span{{40, 50}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r reassembly
			insertAll(t, &r, tt.spans...)
			if tt.fin != 0 {
				var pieces [maxSpans + 1]span
				if _, kept := r.insert(tt.fin, tt.fin+1, true, &pieces); !kept {
					t.Fatal("the FIN was refused")
				}
			}
			next, fin := r.advance(tt.next)
			if next != tt.wantNext || fin != tt.wantFIN {
				t.Errorf("advance(%d) = %d, %v; want %d, %v", tt.next, next, fin, tt.wantNext, tt.wantFIN)
			}
			if got := inOrder(&r); !slices.Equal(got, tt.left) {
				t.Errorf("left over %v, want %v", got, tt.left)
			}
			if len(tt.left) == 0 && r != (reassembly{}) {
				t.Errorf("an empty store differs from a new one: %+v", r)
			}
		})
	}
}

func TestReassemblyFill(t *testing.T) {
	tests := []struct {
		name     string
		spans    []span
		heldFIN  Seq // 0: none
		right    Seq // of a segment that starts at 10
		fin      bool
		pieces   []span
		wantNext Seq
		wantFIN  bool
		left     []span
	}{
		{"nothing held", nil, 0, 20, false, []span{{10, 20}}, 20, false, nil},
		{"nothing held, FIN", nil, 0, 21, true, []span{{10, 20}}, 20, true, nil},
		{"bare FIN", nil, 0, 11, true, nil, 10, true, nil},
		{"over held data", []span{{12, 14}, {20, 25}, {30, 31}}, 0, 20, false, []span{{10, 12}, {14, 20}}, 25, false, []span{{30, 31}}},
		{"up to the held FIN", []span{{12, 14}}, 20, 20, false, []span{{10, 12}, {14, 20}}, 20, true, nil},
		{"past the held FIN", nil, 20, 40, false, []span{{10, 20}}, 20, true, nil},
		{"FIN past the held FIN", nil, 20, 40, true, []span{{10, 20}}, 20, true, nil},
		{"FIN before the held FIN", nil, 20, 16, true, []span{{10, 15}}, 15, true, nil},
		{"FIN before held data", []span{{30, 40}}, 0, 16, true, []span{{10, 15}}, 15, true, nil},
		{"FIN on a held octet", []span{{14, 40}}, 0, 16, true, []span{{10, 14}}, 15, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r reassembly
			var pieces [maxSpans + 1]span
			insertAll(t, &r, tt.spans...)
			if tt.heldFIN != 0 {
				r.insert(tt.heldFIN, tt.heldFIN+1, true, &pieces)
			}
			n, next, fin := r.fill(10, tt.right, tt.fin, &pieces)
			if next != tt.wantNext || fin != tt.wantFIN || !slices.Equal(pieces[:n], tt.pieces) {
				t.Errorf("fill(10, %d, %v) = %v, %d, %v; want %v, %d, %v",
					tt.right, tt.fin, pieces[:n], next, fin, tt.pieces, tt.wantNext, tt.wantFIN)
			}
			if got := inOrder(&r); !slices.Equal(got, tt.left) {
				t.Errorf("left over %v, want %v", got, tt.left)
			}
		})
	}
}

// blocks takes the SACK blocks that a segment sent now carries.
func blocks(r *reassembly, limit int) []SACKBlock {
	var buf [4]SACKBlock
	return slices.Clone(buf[:r.sackBlocks(&buf, limit)])
}

// wantBlocks compares them.
func wantBlocks(t *testing.T, r *reassembly, limit int, want ...SACKBlock) {
	t.Helper()
	if got := blocks(r, limit); !slices.Equal(got, want) {
		t.Errorf("SACK blocks %v, want %v", got, want)
	}
}

// The examples of RFC 2018 §5: eight segments of 500 octets from 5000 on.
func TestReassemblySACKBlocksRFC2018(t *testing.T) {
	t.Run("case 2, the first of eight is lost", func(t *testing.T) {
		var r reassembly
		for left := Seq(5500); left < 9000; left += 500 {
			insertAll(t, &r, span{left, left + 500})
			wantBlocks(t, &r, 4, SACKBlock{5500, left + 500})
		}
	})
	t.Run("case 3, the second, fourth, sixth and eighth are lost", func(t *testing.T) {
		var r reassembly
		insertAll(t, &r, span{6000, 6500})
		wantBlocks(t, &r, 4, SACKBlock{6000, 6500})
		insertAll(t, &r, span{7000, 7500})
		wantBlocks(t, &r, 4, SACKBlock{7000, 7500}, SACKBlock{6000, 6500})
		insertAll(t, &r, span{8000, 8500})
		wantBlocks(t, &r, 4, SACKBlock{8000, 8500}, SACKBlock{7000, 7500}, SACKBlock{6000, 6500})
		insertAll(t, &r, span{6500, 7000}) // the fourth comes late
		wantBlocks(t, &r, 4, SACKBlock{6000, 7500}, SACKBlock{8000, 8500})
		if next, _ := r.advance(6000); next != 7500 { // and then the second
			t.Errorf("RCV.NXT is %d, want 7500", next)
		}
		wantBlocks(t, &r, 4, SACKBlock{8000, 8500})
	})
	t.Run("limit", func(t *testing.T) {
		var r reassembly
		for i := Seq(1); i <= 6; i++ {
			insertAll(t, &r, span{100 * i, 100*i + 10})
		}
		wantBlocks(t, &r, 0)
		wantBlocks(t, &r, 3, SACKBlock{600, 610}, SACKBlock{500, 510}, SACKBlock{400, 410})
		wantBlocks(t, &r, 9, SACKBlock{600, 610}, SACKBlock{500, 510}, SACKBlock{400, 410}, SACKBlock{300, 310})
	})
	t.Run("a FIN that waits is in its block", func(t *testing.T) {
		var r reassembly
		var pieces [maxSpans + 1]span
		r.insert(6, 7, true, &pieces)
		wantBlocks(t, &r, 4, SACKBlock{6, 7})
	})
}

// After RFC 2883 §4.1 and §4.2.
func TestReassemblyDSACK(t *testing.T) {
	t.Run("below the acknowledgment, once", func(t *testing.T) {
		var r reassembly
		r.duplicate(3000, 3500)
		wantBlocks(t, &r, 0) // no room: still to be reported
		wantBlocks(t, &r, 4, SACKBlock{3000, 3500})
		wantBlocks(t, &r, 4)
		if r != (reassembly{}) {
			t.Error("something is left")
		}
	})
	t.Run("below the acknowledgment, with data held", func(t *testing.T) {
		var r reassembly
		insertAll(t, &r, span{4500, 5000}, span{5500, 6000})
		r.duplicate(3000, 3500)
		wantBlocks(t, &r, 3, SACKBlock{3000, 3500}, SACKBlock{5500, 6000}, SACKBlock{4500, 5000})
		wantBlocks(t, &r, 3, SACKBlock{5500, 6000}, SACKBlock{4500, 5000})
	})
	t.Run("inside a held span", func(t *testing.T) {
		var r reassembly
		insertAll(t, &r, span{4500, 5500}, span{7000, 7500}, span{6000, 6500})
		r.duplicate(5000, 5500)
		insertAll(t, &r, span{8000, 8500}) // one more before the acknowledgment leaves
		wantBlocks(t, &r, 4, SACKBlock{5000, 5500}, SACKBlock{4500, 5500}, SACKBlock{8000, 8500}, SACKBlock{6000, 6500})
		r.duplicate(5000, 5500)
		wantBlocks(t, &r, 1, SACKBlock{5000, 5500})
	})
	t.Run("inside the higher span, the lower one changed last", func(t *testing.T) {
		var r reassembly
		insertAll(t, &r, span{7000, 7500}, span{4500, 5500})
		r.duplicate(7000, 7200)
		wantBlocks(t, &r, 4, SACKBlock{7000, 7200}, SACKBlock{7000, 7500}, SACKBlock{4500, 5500})
	})
	t.Run("still to be reported when the FIN is in order", func(t *testing.T) {
		var r reassembly
		var pieces [maxSpans + 1]span
		insertAll(t, &r, span{20, 30})
		r.duplicate(20, 30)
		r.fill(10, 31, true, &pieces)
		wantBlocks(t, &r, 4, SACKBlock{20, 30})
	})
	t.Run("the most recent duplicate counts", func(t *testing.T) {
		var r reassembly
		r.duplicate(10, 20)
		r.duplicate(30, 40)
		r.duplicate(50, 50)
		wantBlocks(t, &r, 4, SACKBlock{30, 40})
	})
	t.Run("the first duplicate part of a segment", func(t *testing.T) {
		var r reassembly
		insertAll(t, &r, span{30, 40}, span{10, 20})
		for _, tt := range []struct{ in, want span }{
			{span{5, 50}, span{10, 20}}, {span{15, 50}, span{15, 20}}, {span{20, 35}, span{30, 35}},
			{span{12, 14}, span{12, 14}}, {span{20, 30}, span{}}, {span{40, 50}, span{}}, {span{0, 10}, span{}},
		} {
			if got, ok := r.held(tt.in.left, tt.in.right); got != tt.want || ok != (got != span{}) {
				t.Errorf("held%v = %v, %v; want %v", tt.in, got, ok, tt.want)
			}
		}
	})
}

// oracle is the same store the slow way: numbers of 64 bits, each by itself.
type oracle struct {
	held   map[uint64]int // number → when the span that holds it last changed
	fin    bool
	finSeq uint64
	clock  int
}

// spans lists the runs of held numbers.
func (o *oracle) spans(from, to uint64) (all []span, last []int) {
	for n := from; n < to; n++ {
		at, ok := o.held[n]
		if !ok {
			continue
		}
		if _, joined := o.held[n-1]; !joined {
			all, last = append(all, span{Seq(n), Seq(n)}), append(last, 0)
		}
		i := len(all) - 1
		all[i].right = Seq(n + 1)
		last[i] = max(last[i], at)
	}
	return all, last
}

// insert returns the numbers of new octets.
func (o *oracle) insert(left, right uint64, fin bool) (fresh []uint64, kept bool) {
	last := right - 1
	if fin {
		_, taken := o.held[last]
		if o.fin && o.finSeq != last || taken && !(o.fin && o.finSeq == last) {
			fin, right = false, right-1
		}
	}
	if o.fin && right > o.finSeq+1 {
		right = o.finSeq + 1
	}
	if left >= right {
		return nil, false
	}
	touches, runs := false, 0
	for n := range o.held {
		touches = touches || n+1 >= left && n <= right
		if _, joined := o.held[n-1]; !joined {
			runs++
		}
	}
	if !touches && runs == maxSpans {
		return nil, false
	}
	o.clock++
	for n := left; n < right; n++ {
		if _, ok := o.held[n]; !ok && !(fin && n == last) {
			fresh = append(fresh, n)
		}
		o.held[n] = o.clock
	}
	if fin {
		o.fin, o.finSeq = true, last
	}
	return fresh, true
}

// advance mirrors reassembly.advance.
func (o *oracle) advance(next uint64) (uint64, bool) {
	for n := range o.held {
		if n < next {
			delete(o.held, n)
		}
	}
	for {
		if o.fin && o.finSeq == next {
			o.held, o.fin = map[uint64]int{}, false
			return next, true
		}
		if _, ok := o.held[next]; !ok {
			return next, false
		}
		delete(o.held, next)
		next++
	}
}

// TestReassemblyAgainstOracle drives both with random segments in a window of 256
// numbers that starts just below the wrap, or anywhere.
func TestReassemblyAgainstOracle(t *testing.T) {
	const window = 256
	var full, fins, purged int
	rapid.Check(t, func(t *rapid.T) {
		next := rapid.OneOf(rapid.Just(uint64(1)<<33-window/2), rapid.Uint64Range(1<<32, 1<<34)).Draw(t, "RCV.NXT")
		o := oracle{held: map[uint64]int{}}
		var r reassembly
		for range rapid.IntRange(1, 80).Draw(t, "segments") {
			left := next + uint64(rapid.IntRange(0, window-1).Draw(t, "left"))
			right := min(left+uint64(rapid.IntRange(1, 12).Draw(t, "length")), next+window)
			fin := rapid.IntRange(0, 19).Draw(t, "fin") == 0
			var pieces [maxSpans + 1]span
			if left > next && rapid.IntRange(0, 15).Draw(t, "fill") != 0 {
				fresh, kept := o.insert(left, right, fin)
				n, gotKept := r.insert(Seq(left), Seq(right), fin, &pieces)
				if gotKept != kept {
					t.Fatalf("insert(%d, %d, %v) kept %v, want %v", Seq(left), Seq(right), fin, gotKept, kept)
				}
				comparePieces(t, pieces[:n], fresh)
				if spans, _ := o.spans(next, next+window); kept {
					first := blocks(&r, 1)[0]
					if !Seq(left).Less(first.Right) || Seq(left).Less(first.Left) {
						t.Fatalf("the first block %v does not contain the segment at %d", first, Seq(left))
					}
				} else if len(spans) == maxSpans {
					full++
				}
			} else {
				var fresh []uint64
				if o.fin {
					right, fin = min(right, o.finSeq+1), fin || right > o.finSeq
				}
				left = next
				data := right
				if fin {
					data--
				}
				for n := left; n < data; n++ {
					if _, ok := o.held[n]; !ok {
						fresh = append(fresh, n)
					}
				}
				if fin {
					o.fin, o.finSeq = true, data
					if len(o.held) > 0 {
						purged++
					}
				}
				want, wantFIN := o.advance(data)
				n, got, gotFIN := r.fill(Seq(left), Seq(right), fin, &pieces)
				if got != Seq(want) || gotFIN != wantFIN {
					t.Fatalf("fill(%d, %d, %v) = %d, %v; want %d, %v",
						Seq(left), Seq(right), fin, got, gotFIN, Seq(want), wantFIN)
				}
				comparePieces(t, pieces[:n], fresh)
				next = want
				if wantFIN {
					fins++
				}
			}
			compareStores(t, &r, &o, next, next+window)
		}
	})
	if full == 0 || fins == 0 || purged == 0 {
		t.Errorf("not exercised: %d refused for room, %d FINs in order, %d with data to purge", full, fins, purged)
	}
}

// comparePieces checks that the pieces are the fresh octets, ascending and
// apart from each other.
func comparePieces(t *rapid.T, pieces []span, fresh []uint64) {
	var got, want []Seq
	for i, p := range pieces {
		if !p.left.Less(p.right) || i > 0 && !pieces[i-1].right.Less(p.left) {
			t.Fatalf("pieces %v are not ascending and disjoint", pieces)
		}
		for n := p.left; n != p.right; n++ {
			got = append(got, n)
		}
	}
	for _, n := range fresh {
		want = append(want, Seq(n))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("pieces %v, new octets %v", pieces, want)
	}
}

// compareStores checks everything that can be asked.
func compareStores(t *rapid.T, r *reassembly, o *oracle, from, to uint64) {
	want, last := o.spans(from, to)
	if got := inOrder(r); !slices.Equal(got, want) || r.count() != len(want) {
		t.Fatalf("held %v (count %d), want %v", got, r.count(), want)
	}
	if r.fin != o.fin || r.fin && r.finSeq != Seq(o.finSeq) {
		t.Fatalf("FIN held: %v at %d, want %v at %d", r.fin, r.finSeq, o.fin, Seq(o.finSeq))
	}
	top, ok := r.highest()
	if ok != (len(want) > 0) || ok && top != want[len(want)-1].right {
		t.Fatalf("highest = %d, %v with %v", top, ok, want)
	}
	var recent []SACKBlock
	for len(recent) < min(len(want), 4) {
		i := slices.Index(last, slices.Max(last))
		recent = append(recent, SACKBlock{want[i].left, want[i].right})
		last[i] = -1
	}
	if got := blocks(r, 4); !slices.Equal(got, recent) {
		t.Fatalf("SACK blocks %v, want %v", got, recent)
	}
	for _, unused := range r.spans[r.n:] {
		if unused != (span{}) {
			t.Fatalf("an unused span is not zero: %v", r.spans)
		}
	}
}

// A caller's mistake about the window may give nonsense, never a panic.
func TestReassemblyAnyInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r reassembly
		var pieces [maxSpans + 1]span
		seq := rapid.Custom(func(t *rapid.T) Seq { return Seq(rapid.Uint32().Draw(t, "seq")) })
		for range 30 {
			a, b, fin := seq.Draw(t, "a"), seq.Draw(t, "b"), rapid.Bool().Draw(t, "fin")
			switch rapid.IntRange(0, 3).Draw(t, "call") {
			case 0:
				r.fill(a, b, fin, &pieces)
			case 1:
				r.advance(a)
			case 2:
				r.duplicate(a, b)
			default:
				r.insert(a, b, fin, &pieces)
			}
			blocks(&r, 4)
			inOrder(&r)
			r.highest()
		}
		r.reset()
		if r != (reassembly{}) {
			t.Fatal("reset left something")
		}
	})
}

func TestReassemblySize(t *testing.T) {
	if size := unsafe.Sizeof(reassembly{}); size > 80 {
		t.Errorf("%d octets, want at most 80", size)
	}
	var r reassembly
	var pieces [maxSpans + 1]span
	var buf [4]SACKBlock
	if n := testing.AllocsPerRun(100, func() {
		r.insert(20, 30, false, &pieces)
		r.duplicate(20, 25)
		r.sackBlocks(&buf, 4)
		r.fill(10, 20, false, &pieces)
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkReassemblyAdvanceEmpty(b *testing.B) {
	var r reassembly
	next := Seq(0)
	for b.Loop() {
		next, _ = r.advance(next + 1460)
	}
}

func BenchmarkReassemblyFillEmpty(b *testing.B) {
	var r reassembly
	var pieces [maxSpans + 1]span
	next := Seq(0)
	for b.Loop() {
		_, next, _ = r.fill(next, next+1460, false, &pieces)
	}
}

func BenchmarkReassemblyInsert(b *testing.B) {
	var r reassembly
	var pieces [maxSpans + 1]span
	for i := range Seq(4) {
		r.insert(10000*i, 10000*i+1460, false, &pieces)
	}
	full := r
	for b.Loop() {
		r = full
		r.insert(31460, 31460+1460, false, &pieces)
	}
}
