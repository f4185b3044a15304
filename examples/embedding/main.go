// Embedding is a program around package tcp: two hosts, each with its table of
// connections, a network between them, and 1000 clients that ask a server something,
// twice and from the same ports. The server closes first, so that it is the one that
// has to remember: it keeps a tcp.TimeWait in place of each connection, and the SYNs
// of the second round reopen them. It is a module of its own, as a user's program is.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unsafe"

	"github.com/seed-447e5d66/tcp"
)

const (
	clients    = 1000
	firstPort  = 20000
	serverPort = 7
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "embedding:", err)
		os.Exit(1)
	}
}

func run(w io.Writer) error {
	template, err := tcp.New(nil)
	if err != nil {
		return err
	}
	net := new(network)
	client, server := newHost(net, template, ask), newHost(net, template, answer)
	client.peer, server.peer, server.listening = server, client, true
	for round := range 2 {
		for i := range clients {
			start := time.Duration(round)*2*time.Second + time.Duration(i)*10*time.Microsecond
			net.at(tcp.Time(start), func() { client.connect(uint16(firstPort + i)) })
		}
	}
	for _, until := range []time.Duration{time.Second, 3 * time.Second, time.Minute, 2 * time.Minute} {
		net.run(tcp.Time(until))
		fmt.Fprintf(w, "after %4v: %4d answers; server: %d connections, %4d in TIME-WAIT, %4d reopened\n",
			until, client.answers, len(server.conns), len(server.waits), server.reopened)
	}
	fmt.Fprintf(w, "A connection takes %d octets, its TIME-WAIT %d.\n", unsafe.Sizeof(tcp.Conn{}), unsafe.Sizeof(tcp.TimeWait{}))
	return net.err
}

// ask is the client's program: it asks once, and closes when the server has.
func ask(s *socket) {
	switch ready := s.conn.Ready(); {
	case ready&tcp.ReadyEstablished != 0 && !s.asked:
		s.asked = true
		s.write(fmt.Sprintf("hello from %d", s.local))
	case ready&tcp.ReadyEOF != 0 && ready&tcp.ReadyWriteClosed == 0:
		if got, want := s.read(), fmt.Sprintf("HELLO FROM %d", s.local); got != want {
			s.fail(fmt.Errorf("port %d: got %q, want %q", s.local, got, want))
		}
		s.answers++
		s.fail(s.conn.Close(s.now))
	}
}

// answer is the server's program: it answers and closes.
func answer(s *socket) {
	if s.conn.Readable() > 0 {
		s.write(strings.ToUpper(s.read()))
		s.fail(s.conn.Close(s.now))
	}
}
