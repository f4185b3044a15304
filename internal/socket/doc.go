// Package socket is a deterministic socket layer on [tcp.Conn]: a host with
// processes, descriptors, listeners, and connections to one peer, in virtual time.
//
// A [Host] takes calls, segments and time, and emits segments, as a Conn does:
//
//	h, err := socket.New(socket.Config{TCP: tcp.Linux()})
//	p := h.NewProcess()
//	fd := p.Socket()
//	p.Bind(now, fd, 80)
//	p.Listen(now, fd, 8)
//	h.Deliver(now, &syn)
//	for at, ok := h.Next(&seg); ok; at, ok = h.Next(&seg) {
//		// seg left at the time at
//	}
//	conn, err := p.Accept(now, fd) // EAGAIN until the handshake is complete
//
// Calls never block: where a call would, it returns [EAGAIN] or [EINPROGRESS].
// [Host.Block] repeats one until it would not, which is what a blocking call does.
// Results are those of Linux 6.18.
//
// The layer has none of TCP's rules: it reads the ports of a segment and nothing
// else. Host and peer have one address each, so that two ports name a connection.
package socket
