package explore

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// Options are the bounds of a search that have nothing to do with what is
// searched.
type Options struct {
	Workers   int    // goroutines; 0: one for each processor
	MaxWorlds uint64 // stop after so many; 0: no bound
	MaxMemory uint64 // stop when so many octets are in use; 0: no bound
	// Progress, if not nil, is called now and then.
	Progress func(worlds, transitions uint64, depth int)
	// StopAtFirst ends the search with the first rule that is broken.
	StopAtFirst bool
}

// Run explores m. The error is a mistake in m; what the search finds is in the
// Report.
func Run(m *Model, o Options) (*Report, error) {
	x, err := newExplorer(m)
	if err != nil {
		return nil, err
	}
	return x.run(o)
}

// explorer is one search.
type explorer struct {
	model     *Model
	checks    Checks
	symmetric bool
	shifts    bool // Model.shiftsTimestamps

	ends   *interner[endpoint, View]
	copies *interner[copied, struct{}]
	times  *interner[tcp.Time, struct{}]
	memo   [64]memoShard

	seen     table // the worlds
	complete table // those of fair runs that are known to end

	fresh [2]uint32 // the ends before anything happened
	root  uint32    // the number of the first world

	mu       sync.Mutex
	breaches map[uint64][]breach // by end and input
	coverage coverage
	found    []Violation
	stop     atomic.Bool
}

type memoShard struct {
	mu      sync.RWMutex
	results map[uint64]result
}

// item is a world that is still to be expanded.
type item struct {
	world  world
	number uint32
}

func newExplorer(m *Model) (*explorer, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	x := &explorer{
		model: m, checks: m.Checks.with(Rules()), symmetric: m.symmetric(), shifts: m.shiftsTimestamps(),
		breaches: make(map[uint64][]breach),
	}
	x.ends = newInterner(x.view)
	x.copies = newInterner(func(*copied) struct{} { return struct{}{} })
	x.times = newInterner(func(*tcp.Time) struct{} { return struct{}{} })
	for i := range x.memo {
		x.memo[i].results = make(map[uint64]result)
	}
	var like *tcp.Conn
	for i := range x.fresh {
		if like == nil || m.Config[0] != m.Config[1] {
			var err error
			if like, err = tcp.New(&m.Config[i]); err != nil {
				return nil, fmt.Errorf("explore: model %q: Config[%d]: %w", m.Name, i, err)
			}
		}
		var e endpoint
		e.conn.Init(like)
		if err := m.set(&e.conn); err != nil {
			return nil, fmt.Errorf("explore: model %q: Setters: %w", m.Name, err)
		}
		if x.shifts {
			if err := e.conn.SetTimestampOffset(firstTimestamp); err != nil {
				return nil, fmt.Errorf("explore: model %q: %w", m.Name, err)
			}
		}
		e.conn = e.conn.Canonical(0)
		e.history.Incarnation = 1
		if !x.symmetric {
			e.history.Side = uint8(i)
		}
		x.fresh[i] = x.ends.id(&e)
	}
	return x, nil
}

// start returns the world in which the search begins.
func (x *explorer) start(s *stepper) (world, error) {
	w := world{end: x.fresh}
	if x.model.Established {
		for i := range w.end {
			if res := s.perform(w.end[i], makeInput(inputCall, uint32(CallOpen))); !x.applyTo(&w, i, &res) {
				return w, errors.New("explore: the handshake does not begin")
			}
		}
		for steps := 0; !w.quiet(); steps++ {
			direction := 0
			if w.net[0][0] == 0 {
				direction = 1
			}
			id := w.net[direction][0]
			w.take(direction, 0)
			res := s.perform(w.end[1-direction], makeInput(inputArrival, id))
			if steps > 20 || !x.applyTo(&w, 1-direction, &res) {
				return w, errors.New("explore: the handshake does not end")
			}
		}
	}
	for i := range w.calls {
		w.calls[i] = packCalls(&x.model.Calls[i])
	}
	w.left = budget{uint8(x.model.Losses), uint8(x.model.Duplicates), uint8(x.model.Delays), uint8(x.model.Pauses), uint8(x.model.Forgeries)}
	return w, nil
}

// applyTo gives w the result of a step of an end; false if it was none, or if the
// network has no room.
func (x *explorer) applyTo(w *world, end int, res *result) bool {
	if res.none {
		return false
	}
	w.end[end] = res.end
	for _, id := range res.sent {
		if id == 0 {
			break
		}
		if !w.put(end, id) {
			return false
		}
	}
	return true
}

func (x *explorer) run(o Options) (*Report, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	began := time.Now()
	workers := make([]*worker, o.Workers)
	for i := range workers {
		workers[i] = newWorker(x)
	}
	root, err := x.start(workers[0].stepper)
	if err != nil {
		return nil, err
	}
	root.normalize(x.model.FIFO, x.symmetric)
	number, _ := x.seen.add(root.digest(), 0)
	x.root = number
	workers[0].examine(&root, number)
	frontier := make([]block, 1)
	frontier[0].add(&item{root, number})
	depth := 0
	for ; len(frontier) > 0 && !x.stop.Load(); depth++ {
		frontier = x.level(workers, frontier, depth, o)
	}
	return x.report(workers, o, depth, len(frontier) > 0, time.Since(began)), nil
}

// level expands the worlds of the frontier and returns those that are new.
func (x *explorer) level(workers []*worker, frontier []block, depth int, o Options) (next []block) {
	var taken atomic.Int64
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				i := int(taken.Add(1)) - 1
				if i >= len(frontier) || x.stop.Load() {
					return
				}
				frontier[i].each(w.expand)
				frontier[i].data = nil
				if i%64 == 0 {
					x.bound(workers, depth, o)
				}
			}
		}()
	}
	wg.Wait()
	for _, w := range workers {
		next = append(next, w.next...)
		w.next = nil
	}
	if o.StopAtFirst && len(x.found) > 0 {
		x.stop.Store(true)
	}
	return next
}

// bound stops the search at its bounds, and shows progress.
func (x *explorer) bound(workers []*worker, depth int, o Options) {
	worlds, transitions := totals(workers)
	if o.MaxWorlds > 0 && worlds >= o.MaxWorlds || o.MaxMemory > 0 && memory() >= o.MaxMemory {
		x.stop.Store(true)
	}
	if o.Progress != nil {
		o.Progress(worlds, transitions, depth)
	}
}

func memory() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapInuse
}

func totals(workers []*worker) (worlds, transitions uint64) {
	for _, w := range workers {
		worlds += w.worlds.Load()
		transitions += w.transitions.Load()
	}
	return worlds, transitions
}

// lookup returns a result that is known already.
func (x *explorer) lookup(key uint64) (result, bool) {
	shard := &x.memo[key*0x9e3779b97f4a7c15>>58]
	shard.mu.RLock()
	res, ok := shard.results[key]
	shard.mu.RUnlock()
	return res, ok
}

func (x *explorer) keep(key uint64, res *result, broken []breach, cover *coverage) {
	if len(broken) > 0 || cover != nil {
		x.mu.Lock()
		if len(broken) > 0 {
			x.breaches[key] = broken
		}
		if cover != nil {
			x.coverage.add(cover)
		}
		x.mu.Unlock()
	}
	shard := &x.memo[key*0x9e3779b97f4a7c15>>58]
	shard.mu.Lock()
	shard.results[key] = *res
	shard.mu.Unlock()
}
