package interp

import (
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// maxSteps bounds the timers that expire while one segment is awaited: "*" has no
// end.
const maxSteps = 1 << 16

// hostTime and scriptTime convert between the time of a script and the host's.
func hostTime(d time.Duration) tcp.Time {
	if d > packetdrill.Forever-clockPhase-1 {
		return tcp.Never - 1
	}
	return tcp.Time(d + clockPhase)
}

func scriptTime(t tcp.Time) time.Duration { return time.Duration(t) - clockPhase }

// now is the host's time of the present event: just before the timers that are due
// at the same instant.
func (r *runner) now() tcp.Time {
	now := hostTime(r.at)
	if r.host.Deadline() <= now {
		now = max(r.host.Now(), r.host.Deadline()-1)
	}
	return now
}

// advance lets time pass until a moment, inclusive.
func (r *runner) advance(until time.Duration) error {
	for {
		more, err := r.step(until)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if until > r.at {
		r.at = until
		r.host.Advance(hostTime(until))
	}
	return r.settle()
}

// step lets time pass until the next timer expires, if it does so no later than
// until.
func (r *runner) step(until time.Duration) (more bool, err error) {
	due := r.host.Deadline()
	if p := r.pending; p != nil && p.timeout <= until && hostTime(p.timeout) < due {
		r.at = max(r.at, p.timeout)
		p.expire(r.host)
		return true, r.settle()
	}
	if due == tcp.Never || due > hostTime(until) {
		return false, nil
	}
	r.host.Advance(due)
	r.at = max(r.at, scriptTime(r.host.Now()))
	return true, r.settle()
}

// settle takes what the host has sent, and looks whether a call has returned.
func (r *runner) settle() error {
	if err := r.flush(); err != nil {
		return err
	}
	return r.returned()
}

// flush takes what the host has sent.
func (r *runner) flush() error {
	var seg tcp.Segment
	for at, ok := r.host.Next(&seg); ok; at, ok = r.host.Next(&seg) {
		r.filterOut(&seg)
		r.peer(ports{seg.SrcPort, seg.DstPort}).observeSent(&seg, scriptTime(at))
		r.queue = append(r.queue, emission{scriptTime(at), seg})
		r.drawSent(scriptTime(at), seg)
	}
	r.drawState()
	return nil
}
