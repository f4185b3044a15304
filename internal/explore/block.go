package explore

import "encoding/binary"

// block is a number of worlds that are still to be expanded, each in some thirty
// octets.
type block struct {
	data  []byte
	items int
}

// add adds a world.
func (b *block) add(it *item) {
	w := &it.world
	d := binary.LittleEndian.AppendUint32(b.data, it.number)
	for end := range w.end {
		d = binary.AppendUvarint(d, uint64(w.end[end]))
		d = binary.AppendUvarint(d, w.calls[end])
	}
	d = append(append(d, w.left[:]...), uint8(w.ahead))
	for direction := range w.net {
		n := w.inFlight(direction)
		d = append(d, uint8(n))
		for _, id := range w.net[direction][:n] {
			d = binary.AppendUvarint(d, uint64(id))
		}
	}
	b.data = d
	b.items++
}

// each calls f for each world. The item is f's only until it returns.
func (b *block) each(f func(*item)) {
	d := b.data
	number := func() uint64 {
		v, n := binary.Uvarint(d)
		d = d[n:]
		return v
	}
	for range b.items {
		it := item{number: binary.LittleEndian.Uint32(d)}
		d = d[4:]
		w := &it.world
		for end := range w.end {
			w.end[end] = uint32(number())
			w.calls[end] = number()
		}
		w.left, w.ahead = budget(d), int8(d[len(w.left)])
		d = d[len(w.left)+1:]
		for direction := range w.net {
			n := d[0]
			d = d[1:]
			for i := range n {
				w.net[direction][i] = uint32(number())
			}
		}
		f(&it)
	}
}
