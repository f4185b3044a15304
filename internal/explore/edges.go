package explore

import "github.com/seed-447e5d66/tcp"

// AllEdges are the edges that a connection can take, without their causes: those of
// RFC 9293 Figure 5, to CLOSED from every state, and the few beside them that
// settings allow. FIN-WAIT-1 → TIME-WAIT (Figure 5, note 2) is not among them: a
// connection takes it by way of FIN-WAIT-2.
func AllEdges() []Edge {
	const (
		cl, li, ss, sr, es = tcp.StateClosed, tcp.StateListen, tcp.StateSynSent, tcp.StateSynReceived, tcp.StateEstablished
		f1, f2, cw         = tcp.StateFinWait1, tcp.StateFinWait2, tcp.StateCloseWait
		cg, la, tw         = tcp.StateClosing, tcp.StateLastAck, tcp.StateTimeWait
	)
	var edges []Edge
	for _, e := range [][]tcp.State{
		{cl, li, ss}, {li, cl, ss, sr}, {ss, cl, es, sr}, {sr, cl, es, f1, li, tw}, {es, cl, f1, cw},
		{f1, cl, f2, cg}, {f2, cl, tw}, {cw, cl, la}, {cg, cl, tw}, {la, cl}, {tw, cl, sr},
	} {
		for _, to := range e[1:] {
			edges = append(edges, Edge{From: e[0], To: to})
		}
	}
	return edges
}

// Coverage is what several searches have reached together.
type Coverage struct {
	Edges  map[Edge]bool // with their causes
	Events map[StateEvent]bool
	Pairs  map[Pair]bool
}

// Add adds what a search has reached.
func (c *Coverage) Add(r *Report) {
	if c.Edges == nil {
		*c = Coverage{make(map[Edge]bool), make(map[StateEvent]bool), make(map[Pair]bool)}
	}
	for _, e := range r.Edges {
		c.Edges[e] = true
	}
	for _, e := range r.Events {
		c.Events[e] = true
	}
	for _, p := range r.Pairs {
		c.Pairs[p] = true
	}
}

// Missed are the edges that nothing has taken, whatever the cause.
func (c *Coverage) Missed() (missed []Edge) {
	taken := make(map[Edge]bool)
	for e := range c.Edges {
		taken[Edge{From: e.From, To: e.To}] = true
	}
	for _, e := range AllEdges() {
		if !taken[e] {
			missed = append(missed, e)
		}
	}
	return missed
}
