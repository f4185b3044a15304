package explore

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestTable(t *testing.T) {
	var tab table
	random := rand.New(rand.NewPCG(3, 4))
	const n = 1000000
	digests := make([]digest, n)
	numbers := make([]uint32, n)
	for i := range digests {
		digests[i] = digest{random.Uint64(), random.Uint64()}
		if i%64 == 0 {
			digests[i].hi &= 0xff<<56 | 0xff // crowd them
		}
		var added bool
		if numbers[i], added = tab.add(digests[i], uint32(i)); !added {
			t.Fatalf("%x is in the table already", digests[i])
		}
	}
	for i, d := range digests {
		if number, added := tab.add(d, 0); added || number != numbers[i] {
			t.Fatalf("%x is number %d, now %d", d, numbers[i], number)
		}
		if got, parent := tab.get(numbers[i]); got != d || parent != uint32(i) {
			t.Fatalf("number %d is %x from %d", numbers[i], got, parent)
		}
		if !tab.has(d) || tab.has(digest{d.hi, ^d.lo}) {
			t.Fatalf("has is wrong about %x", d)
		}
	}
	if per := tab.bytes() / n; per > 48 {
		t.Errorf("%d octets a world", per)
	}
}

// TestDigest: no field of a world is left out of its digest.
func TestDigest(t *testing.T) {
	base := world{end: [2]uint32{1, 2}, calls: [2]uint64{3, 4}, left: budget{5, 6, 7, 8, 9}}
	worlds := []world{base}
	change := func(f func(w *world)) {
		w := base
		f(&w)
		worlds = append(worlds, w)
	}
	for i := range 2 {
		change(func(w *world) { w.end[i]++ })
		change(func(w *world) { w.calls[i] += 1 << 32 })
		change(func(w *world) { w.calls[i] += 1 << 60 })
		for n := 1; n <= capacity; n++ {
			change(func(w *world) {
				for range n {
					w.put(i, 9)
				}
			})
		}
	}
	for i := range base.left {
		change(func(w *world) { w.left[i]++ })
	}
	change(func(w *world) { w.ahead = 1 })
	change(func(w *world) { w.ahead = -1 })
	seen := make(map[digest]int)
	for i := range worlds {
		d := worlds[i].digest()
		if j, ok := seen[d]; ok {
			t.Errorf("%+v and %+v have the same digest", worlds[i], worlds[j])
		}
		seen[d] = i
	}
}

func TestNormalize(t *testing.T) {
	w := world{end: [2]uint32{8, 3}, calls: [2]uint64{1, 2}, net: [2][capacity]uint32{{5, 4}, {7, 9, 6}}, ahead: 2}
	exchanged := w.normalize(false, true)
	want := world{end: [2]uint32{3, 8}, calls: [2]uint64{2, 1}, net: [2][capacity]uint32{{6, 7, 9}, {4, 5}}, ahead: -2}
	if w != want || !exchanged {
		t.Errorf("%+v, want %+v", w, want)
	}
	if w.normalize(false, true) || w != want {
		t.Error("normalizing twice changes something")
	}
}

func TestBlock(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var b block
	var items []item
	for range 300 {
		it := item{number: random.Uint32()}
		it.world.end = [2]uint32{random.Uint32(), random.Uint32N(200)}
		it.world.calls = [2]uint64{random.Uint64(), random.Uint64N(3)}
		binary.LittleEndian.PutUint32(it.world.left[:], random.Uint32())
		it.world.left[leftForgeries] = uint8(random.Uint32())
		it.world.ahead = int8(random.IntN(200) - 100)
		for direction := range it.world.net {
			for range random.IntN(capacity + 1) {
				it.world.put(direction, 1+random.Uint32N(1<<28-1))
			}
		}
		items = append(items, it)
		b.add(&it)
	}
	i := 0
	b.each(func(it *item) {
		if *it != items[i] {
			t.Fatalf("%+v came back as %+v", items[i], *it)
		}
		i++
	})
	if i != len(items) {
		t.Errorf("%d of %d came back", i, len(items))
	}
}
