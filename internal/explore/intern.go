package explore

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// interner gives each value a number, from 1 on, and keeps beside it what derive
// makes of it. It is safe for concurrent use; a number stays what it is.
type interner[T comparable, V any] struct {
	seed   maphash.Seed
	derive func(*T) V
	shards [64]internShard
	chunks [1 << 15]atomic.Pointer[[internChunk]entry[T, V]]
	mu     sync.Mutex
	n      uint32
}

const internChunk = 256

type entry[T comparable, V any] struct {
	value T
	view  V
}

type internShard struct {
	mu  sync.RWMutex
	ids map[uint64]uint32
	_   [32]byte
}

func newInterner[T comparable, V any](derive func(*T) V) *interner[T, V] {
	in := &interner[T, V]{seed: maphash.MakeSeed(), derive: derive}
	for i := range in.shards {
		in.shards[i].ids = make(map[uint64]uint32)
	}
	return in
}

func (in *interner[T, V]) at(id uint32) *entry[T, V] {
	id--
	return &in.chunks[id/internChunk].Load()[id%internChunk]
}

// id returns the number of v. Values are compared, not only their hashes.
func (in *interner[T, V]) id(v *T) uint32 {
	hash := maphash.Comparable(in.seed, *v)
	shard := &in.shards[hash>>58]
	shard.mu.RLock()
	id := in.find(shard, &hash, v)
	shard.mu.RUnlock()
	if id != 0 {
		return id
	}
	view := in.derive(v)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if id = in.find(shard, &hash, v); id == 0 {
		id = in.add(v, view)
		shard.ids[hash] = id
	}
	return id
}

// find looks for v from *hash on, and moves *hash to where it is or belongs.
func (in *interner[T, V]) find(shard *internShard, hash *uint64, v *T) uint32 {
	for ; ; *hash++ {
		id, ok := shard.ids[*hash]
		if !ok || in.at(id).value == *v {
			return id
		}
	}
}

func (in *interner[T, V]) add(v *T, view V) uint32 {
	in.mu.Lock()
	defer in.mu.Unlock()
	i := in.n
	chunk := in.chunks[i/internChunk].Load()
	if chunk == nil {
		chunk = new([internChunk]entry[T, V])
		in.chunks[i/internChunk].Store(chunk)
	}
	chunk[i%internChunk] = entry[T, V]{*v, view}
	in.n++
	return in.n
}

func (in *interner[T, V]) len() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return int(in.n)
}
