package interp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// expect waits for the segment that an outbound packet line describes, and compares
// it.
func (r *runner) expect(e *packetdrill.Event, k *packetdrill.Packet) error {
	window := r.set.tolerance.Widen(e.Time.Window(r.base), r.base)
	for steps := 0; ; steps++ {
		if len(r.queue) > 0 {
			done, err := r.match(e, k, window)
			if done || err != nil {
				return err
			}
		}
		more, err := false, error(nil)
		if steps < maxSteps {
			more, err = r.step(window.Until)
		}
		if err != nil {
			return err
		}
		if !more {
			return r.missing(e, k, window)
		}
	}
}

// missing is the failure of a packet that did not come.
func (r *runner) missing(e *packetdrill.Event, k *packetdrill.Packet, window packetdrill.Window) error {
	f := &failure{k.Pos.Line, "no packet", k.String(), "nothing"}
	if window.Until < packetdrill.Forever {
		f.got = "nothing until " + seconds(window.Until)
		r.at = max(r.at, window.Until)
	}
	if len(r.queue) > 0 {
		f.got = r.describe(&r.queue[0]) + " and no more"
		r.queue = r.queue[1:]
	}
	r.base = r.at
	return f
}

// match compares the first segment of the queue, or several that make up one line,
// with a packet line. It is not done while more are needed.
func (r *runner) match(e *packetdrill.Event, k *packetdrill.Packet, window packetdrill.Window) (done bool, err error) {
	first := &r.queue[0]
	seg, used := first.seg, 1
	if seg.Len < k.Seq.Len && !r.set.strictSegments {
		segs := make([]tcp.Segment, len(r.queue))
		for i := range r.queue {
			segs[i] = r.queue[i].seg
		}
		whole, n, result := packetdrill.Merge(k.Seq.Len, segs)
		switch result {
		case packetdrill.MergeMore:
			return false, nil
		case packetdrill.MergeWhole:
			seg, used = whole, n
		}
	}
	at := r.queue[used-1].at
	got := emission{at, seg}
	p := r.peer(ports{seg.SrcPort, seg.DstPort})
	r.learn(p, k, &seg)
	reason := r.differs(p, k, &got, window)
	if first := r.queue[0].at; reason == "" && !window.Contains(first) {
		reason, got.at = "time", first
	}
	text := r.describe(&got)
	r.queue = r.queue[used:]
	r.base = max(at, 0)
	r.at = max(r.at, at)
	if reason == "" {
		r.matched(p, k, &seg)
		return true, nil
	}
	return true, &failure{k.Pos.Line, reason, k.String() + " at " + span(window), text}
}

// matched notes what a segment says about the numbers of its connection.
func (r *runner) matched(p *peer, k *packetdrill.Packet, seg *tcp.Segment) {
	for i := range k.Options {
		if o := &k.Options[i]; o.Kind == packetdrill.OptionTimestamps {
			p.mapping.LearnTimestamp(o.TSVal, seg.Options.TSVal)
		}
	}
	if k.Ports != nil {
		r.local[k.Ports.Src] = seg.SrcPort
		r.under = ports{seg.SrcPort, seg.DstPort}
	}
}

// differs returns the first part in which a segment is not what a line wants, or "".
func (r *runner) differs(p *peer, k *packetdrill.Packet, got *emission, window packetdrill.Window) string {
	live := &got.seg
	seg := p.mapping.ScriptSegment(*live)
	var wantAck tcp.Seq
	if k.Flags.Has(tcp.ACK) {
		wantAck = k.Ack
	}
	switch {
	case k.Ports != nil && !r.portsAgree(k.Ports, live):
		return "ports"
	case seg.Flags != k.Flags || k.AccurateECN:
		return "flags"
	case !seqAgrees(k, live, &seg):
		return "sequence number"
	case seg.Len != k.Seq.Len:
		return "length"
	case seg.Ack != wantAck:
		return "acknowledgment number"
	case k.HasWindow && seg.Window != k.Window:
		return "window"
	case seg.Urgent != k.Urgent:
		return "urgent pointer"
	case !r.ipAgrees(k.IP, live):
		return "IP header"
	}
	if !k.AnyOptions {
		if reason := r.optionsDiffer(p, k.Options, &seg, got.at); reason != "" {
			return reason
		}
	}
	if !window.Contains(got.at) {
		return "time"
	}
	return ""
}

// seqAgrees compares the sequence number. The reset of a segment without ACK has the
// sequence number 0 on the wire, which may be written without "!": no other reset
// could have the initial sequence number.
func seqAgrees(k *packetdrill.Packet, live, seg *tcp.Segment) bool {
	switch k.Seq.Kind {
	case packetdrill.SeqAny:
		return true
	case packetdrill.SeqAbsolute:
		return live.Seq == k.Seq.Start
	}
	return seg.Seq == k.Seq.Start || live.Seq == 0 && k.Seq.Start == 0 && live.Flags == tcp.RST|tcp.ACK
}

// portsAgree compares the ports: that of the tested side, unless it is a listener's,
// may have another number in the script, always the same.
func (r *runner) portsAgree(want *packetdrill.Ports, live *tcp.Segment) bool {
	if want.Dst != live.DstPort {
		return false
	}
	if local, ok := r.local[want.Src]; ok {
		return local == live.SrcPort
	}
	for _, other := range r.local {
		if other == live.SrcPort {
			return false
		}
	}
	return want.Src == live.SrcPort || !r.host.Listening(live.SrcPort)
}

// ipAgrees reports whether a segment of a connection without ECN has the IP header
// that a line wants: check refuses other fields.
func (r *runner) ipAgrees(info *packetdrill.IPInfo, live *tcp.Segment) bool {
	if info == nil {
		return true
	}
	from := ports{live.SrcPort, live.DstPort}
	const hops = 64 // net.ipv4.ip_default_ttl
	for _, item := range info.Items {
		agrees := item.Name == "noecn" || item.Name == "nonect"
		switch value := int64(item.Value); item.Name {
		case "tos":
			agrees = value == r.option(from, "IP_TOS", 0)
		case "ttl":
			agrees = value == r.option(from, "IP_TTL", hops)
		case "hoplimit":
			agrees = value == hops
		}
		if !agrees {
			return false
		}
	}
	return true
}

// optionsDiffer compares the options, in order and with their padding.
func (r *runner) optionsDiffer(p *peer, want []packetdrill.TCPOption, seg *tcp.Segment, at time.Duration) string {
	got := wireOptions(seg)
	for i := range want {
		if i >= len(got) || want[i].Kind != got[i].Kind {
			return "options"
		}
		w, g := &want[i], &got[i]
		switch w.Kind {
		case packetdrill.OptionTimestamps:
			margin := r.set.tolerance.Margin(at - r.base)
			if !p.mapping.TimestampAgrees(w.TSVal, g.TSVal, r.set.tick, margin) {
				return "timestamp value"
			}
			if w.TSEcr != g.TSEcr {
				return "timestamp echo"
			}
		case packetdrill.OptionSACK:
			if len(w.Blocks) != len(g.Blocks) {
				return "SACK blocks"
			}
			for j := range w.Blocks {
				if w.Blocks[j] != g.Blocks[j] {
					return "SACK blocks"
				}
			}
		default:
			if w.Value != g.Value {
				return "option " + w.String()
			}
		}
	}
	if len(got) > len(want) {
		return "options"
	}
	return ""
}

// describe is a segment with the numbers of the script, and when it was sent.
func (r *runner) describe(e *emission) string {
	p := r.peer(ports{e.seg.SrcPort, e.seg.DstPort})
	seg := p.mapping.ScriptSegment(e.seg)
	if seg.Flags.Has(tcp.SYN) && r.drawn[e.seg.Seq] {
		seg.Seq = 0 // from which a script would count
	}
	k := packetdrill.Packet{
		Flags: seg.Flags, Seq: packetdrill.Sequence{Start: seg.Seq, Len: seg.Len},
		Ack: seg.Ack, HasAck: seg.Flags.Has(tcp.ACK), Window: seg.Window, HasWindow: true,
		Urgent: seg.Urgent, HasUrgent: seg.Flags.Has(tcp.URG), Options: wireOptions(&seg),
	}
	for i := range k.Options {
		if o := &k.Options[i]; o.Kind == packetdrill.OptionTimestamps {
			o.TSVal = p.mapping.ScriptTimestamp(o.TSVal)
		}
	}
	return k.String() + " at " + seconds(e.at)
}

// span is a window in words: nothing comes before the start of a script.
func span(w packetdrill.Window) string {
	text := seconds(max(w.From, 0))
	switch {
	case w.Until == packetdrill.Forever:
		text += " or later"
	case w.Until != w.From:
		text += " to " + seconds(w.Until)
	}
	return text
}

// seconds is a time as a script has it.
func seconds(d time.Duration) string {
	text := strconv.FormatInt(int64(d/time.Second), 10)
	if us := int64(d % time.Second / time.Microsecond); us != 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%06d", us), "0")
	}
	return text + " s"
}
