package explore

import (
	"encoding/binary"
	"math/bits"

	"github.com/seed-447e5d66/tcp"
)

// world is a situation: numbers of ends and of copies of segments.
type world struct {
	calls [2]uint64 // how often each call may still be made, four bits each
	end   [2]uint32
	net   [2][capacity]uint32 // net[i] comes from end i; 0 beyond the last copy
	left  budget              // what the adversary may still do
	ahead int8                // how many timers of end 0, or of end 1 if negative, expired in a row: see Model.Drift
}

// capacity is room beyond Model.InFlight for what an arrival draws.
const capacity = MaxInFlight + 4

// budget is how often the adversary may still do each of what follows.
type budget [5]uint8

const (
	leftLosses = iota
	leftDuplicates
	leftDelays
	leftPauses
	leftForgeries
)

// copied is a segment on its way.
type copied struct {
	segment  tcp.Segment
	offset   uint64   // stream offset of its first octet
	from, to uint8    // the incarnations of the sender and, as far as it knows, the receiver
	life     tcp.Time // how long it can still be on its way, if Model.Lifetime is set
}

func (w *world) inFlight(direction int) int {
	n := 0
	for n < capacity && w.net[direction][n] != 0 {
		n++
	}
	return n
}

func (w *world) quiet() bool { return w.net[0][0] == 0 && w.net[1][0] == 0 }

// put puts a copy behind those of its direction; false if there is no room.
func (w *world) put(direction int, id uint32) bool {
	n := w.inFlight(direction)
	if n == capacity {
		return false
	}
	w.net[direction][n] = id
	return true
}

// take removes the copy at i.
func (w *world) take(direction, i int) {
	net := &w.net[direction]
	copy(net[i:], net[i+1:])
	net[capacity-1] = 0
}

func (w *world) allowed(end int, c Call) int { return int(w.calls[end] >> (4 * c) & 15) }

func (w *world) spend(end int, c Call) { w.calls[end] -= 1 << (4 * c) }

func packCalls(c *Calls) (packed uint64) {
	for call, n := range c {
		packed |= uint64(n) << (4 * call)
	}
	return packed
}

// normalize brings worlds that differ only in the order of a multiset, or in which
// end is which, to one form. It reports whether it has exchanged the ends.
func (w *world) normalize(fifo, symmetric bool) (exchanged bool) {
	if !fifo {
		for i := range w.net {
			sortCopies(&w.net[i])
		}
	}
	if symmetric && w.exchangeable() {
		w.end[0], w.end[1] = w.end[1], w.end[0]
		w.calls[0], w.calls[1] = w.calls[1], w.calls[0]
		w.net[0], w.net[1] = w.net[1], w.net[0]
		w.ahead = -w.ahead
		return true
	}
	return false
}

// sortCopies sorts the few copies, zeros last.
func sortCopies(net *[capacity]uint32) {
	for i := 1; i < capacity && net[i] != 0; i++ {
		for j := i; j > 0 && net[j] < net[j-1]; j-- {
			net[j], net[j-1] = net[j-1], net[j]
		}
	}
}

// exchangeable reports whether the world is greater than its mirror image.
func (w *world) exchangeable() bool {
	switch {
	case w.end[0] != w.end[1]:
		return w.end[0] > w.end[1]
	case w.calls[0] != w.calls[1]:
		return w.calls[0] > w.calls[1]
	}
	for i := range w.net[0] {
		if w.net[0][i] != w.net[1][i] {
			return w.net[0][i] > w.net[1][i]
		}
	}
	return w.ahead < 0
}

// digest is a hash of the whole world, by multiplications of 64 bits.
func (w *world) digest() digest {
	const k0, k1, k2, k3 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3
	a, b := uint64(k0), uint64(k1)
	mix := func(x, y uint64) {
		hi, lo := bits.Mul64(a^x, k2^y)
		hi2, lo2 := bits.Mul64(b^y, k3^bits.RotateLeft64(x, 29))
		a, b = hi^lo+hi2, hi2^lo2+bits.RotateLeft64(lo, 17)
	}
	mix(w.calls[0], w.calls[1])
	mix(uint64(binary.LittleEndian.Uint32(w.left[:])), uint64(w.left[leftForgeries])<<8|uint64(uint8(w.ahead)))
	mix(uint64(w.end[0]), uint64(w.end[1]))
	for i := range w.net {
		net := &w.net[i]
		for j := 0; j < capacity && net[j] != 0; j += 4 {
			mix(uint64(net[j])<<32|uint64(net[j+1]), uint64(net[j+2])<<32|uint64(net[j+3])^uint64(i+1)<<60)
		}
	}
	mix(k1, k0)
	return digest{a, b}
}
