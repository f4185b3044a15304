package explore

import "sync"

// digest stands for a world. At 50 million worlds the chance that any two of them
// share one is below 10^-22.
type digest struct{ hi, lo uint64 }

// table is the set of the worlds seen: digests, and for each the number of the world
// that it was reached from. It needs 31 to 42 octets a world.
type table struct {
	shards [tableShards]tableShard
}

const (
	tableShards = 256
	tableChunk  = 1 << 10
	localBits   = 24 // of a number, within a shard
	maxLocal    = 1<<localBits - 1
	upper       = 0xffffffff << 32
)

type tableShard struct {
	mu      sync.Mutex
	slots   []uint64 // half of lo, and the number within the shard plus one; 0 is free
	digests [][]digest
	parents [][]uint32
	n       uint32
}

// add adds d, reached from the world numbered parent. It returns the number of d,
// and whether it is new.
func (t *table) add(d digest, parent uint32) (number uint32, added bool) {
	shard := uint32(d.hi >> 56)
	s := &t.shards[shard]
	s.mu.Lock()
	defer s.mu.Unlock()
	if int(s.n)*4 >= len(s.slots)*3 {
		s.grow()
	}
	slot := s.slot(d)
	if local := uint32(s.slots[slot]); local != 0 {
		return shard<<localBits | (local - 1), false
	}
	if s.n == maxLocal {
		panic("explore: more worlds than the table can number")
	}
	if s.n%tableChunk == 0 {
		s.digests = append(s.digests, make([]digest, tableChunk))
		s.parents = append(s.parents, make([]uint32, tableChunk))
	}
	s.digests[s.n/tableChunk][s.n%tableChunk] = d
	s.parents[s.n/tableChunk][s.n%tableChunk] = parent
	s.n++
	s.slots[slot] = uint64(s.n) | d.lo&upper
	return shard<<localBits | (s.n - 1), true
}

// has reports whether d is in the table.
func (t *table) has(d digest) bool {
	s := &t.shards[d.hi>>56]
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.slots) > 0 && s.slots[s.slot(d)] != 0
}

// slot returns where d is, or belongs.
func (s *tableShard) slot(d digest) uint64 {
	mask := uint64(len(s.slots) - 1)
	for i := d.hi & mask; ; i = (i + 1) & mask {
		entry := s.slots[i]
		if entry == 0 {
			return i
		}
		if (entry^d.lo)&upper == 0 {
			local := uint32(entry) - 1
			if s.digests[local/tableChunk][local%tableChunk] == d {
				return i
			}
		}
	}
}

func (s *tableShard) grow() {
	s.slots = make([]uint64, max(2*len(s.slots), 64))
	mask := uint64(len(s.slots) - 1)
	for local := range s.n {
		d := s.digests[local/tableChunk][local%tableChunk]
		i := d.hi & mask
		for s.slots[i] != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = uint64(local+1) | d.lo&upper
	}
}

// get returns the digest and the parent of the world with a number.
func (t *table) get(number uint32) (digest, uint32) {
	s := &t.shards[number>>localBits]
	local := number & maxLocal
	return s.digests[local/tableChunk][local%tableChunk], s.parents[local/tableChunk][local%tableChunk]
}

// bytes is how much memory the table has taken.
func (t *table) bytes() (n uint64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += uint64(len(s.slots))*8 + uint64(len(s.digests))*tableChunk*20
		s.mu.Unlock()
	}
	return n
}
