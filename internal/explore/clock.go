package explore

import (
	"fmt"
	"time"

	"github.com/seed-447e5d66/tcp"
)

// firstTimestamp is what the clock of timestamps shows where time begins anew with
// every world. It is far from 0, which stands for no timestamp.
const firstTimestamp = 1 << 30

// longestTime is how long a world may last for ends with a timer wheel. Canonical
// does not touch their time within it: beyond, the wheel has turned once.
func longestTime(c *tcp.Config) time.Duration {
	return time.Second / time.Duration(c.TickRate) << 24
}

// absolute reports whether time counts from the beginning, because it shows: a timer
// wheel has slots.
func (m *Model) absolute() bool { return m.Config[0].TickRate > 0 || m.Config[1].TickRate > 0 }

// shiftsTimestamps reports whether the clock of timestamps begins anew with each
// world.
func (m *Model) shiftsTimestamps() bool {
	return !m.absolute() && (m.Config[0].Timestamps != tcp.Off || m.Config[1].Timestamps != tcp.Off)
}

// align is when what is due at t happens.
func (m *Model) align(t tcp.Time) tcp.Time {
	if grain := tcp.Time(m.Grain); grain > 0 && t != tcp.Never && t%grain != 0 {
		t += grain - t%grain
	}
	return t
}

// milliseconds is d for the clock of timestamps.
func milliseconds(d tcp.Time) uint32 { return uint32(time.Duration(d) / time.Millisecond) }

// clock is what the clock of timestamps shows at a time of an end.
func (x *explorer) clock(now tcp.Time) uint32 {
	if x.shifts {
		return milliseconds(now) + firstTimestamp
	}
	return milliseconds(now)
}

// canonical is the end that the step has left behind. Where time begins anew with it,
// so does the clock of the timestamps, in what was sent as well.
func (s *stepper) canonical() endpoint {
	e := endpoint{conn: s.conn.Canonical(s.now)}
	cfg := &s.x.model.Config[s.hist.Side]
	if cfg.TickRate > 0 {
		if time.Duration(s.now) >= longestTime(cfg) {
			panic(fmt.Sprintf("a world lasts longer than %v", longestTime(cfg)))
		}
		e.now = s.now
	}
	if s.x.shifts && s.now > 0 {
		back := -milliseconds(s.now)
		e.conn.ShiftTimestamps(back, back)
		for i := range s.out {
			shiftTimestamps(&s.out[i].segment, back)
		}
	}
	return e
}

// shiftTimestamps moves what is not 0.
func shiftTimestamps(seg *tcp.Segment, by uint32) {
	if o := &seg.Options; o.Has(tcp.OptTimestamps) {
		if o.TSVal != 0 {
			o.TSVal += by
		}
		if o.TSEcr != 0 {
			o.TSEcr += by
		}
	}
}

// nextTime is how long nothing happens by itself.
func (w *worker) nextTime(x *world) tcp.Time {
	d := min(w.x.ends.at(x.end[0]).view.Deadline, w.x.ends.at(x.end[1]).view.Deadline)
	if w.x.model.Lifetime == 0 {
		return w.x.model.align(d)
	}
	for i := range x.net {
		for _, id := range x.net[i] {
			if id == 0 {
				break
			}
			if life := w.x.copies.at(id).value.life; life > 0 {
				d = min(d, life)
			}
		}
	}
	return w.x.model.align(d)
}

// age lets the copies on their way age, and removes those that had their time.
func (w *worker) age(x *world, d tcp.Time) {
	if w.x.model.Lifetime == 0 && !w.x.shifts {
		return
	}
	for i := range x.net {
		for j := 0; j < capacity && x.net[i][j] != 0; {
			id := w.older(x.net[i][j], d)
			if id == 0 {
				x.take(i, j)
				continue
			}
			x.net[i][j] = id
			j++
		}
	}
}

// older returns the copy that one becomes after d; 0 for none.
func (w *worker) older(id uint32, d tcp.Time) uint32 {
	key := uint64(id)<<32 | uint64(w.x.times.id(&d))
	if aged, ok := w.aged[key]; ok {
		return aged
	}
	c := w.x.older(w.x.copies.at(id).value, d)
	aged := uint32(0)
	if c.life >= 0 {
		aged = w.x.copies.id(&c)
	}
	w.aged[key] = aged
	return aged
}

// older is c after d.
func (x *explorer) older(c copied, d tcp.Time) copied {
	if x.model.Lifetime > 0 {
		c.life -= d
	}
	if x.shifts {
		shiftTimestamps(&c.segment, -milliseconds(d))
	}
	return c
}
