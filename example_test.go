package tcp_test

import (
	"fmt"

	"github.com/seed-447e5d66/tcp"
)

func Example() {
	now := tcp.Time(0)
	client, _ := tcp.New(nil)
	server, _ := tcp.New(nil)
	server.Listen(now, 5000)
	client.SetPorts(40000, 80)
	client.Open(now, 1000)

	var s tcp.Segment
	exchange := func() {
		for {
			if client.Next(&s) {
				fmt.Printf("client  %v  → %v\n", s, server.Arrive(now, &s))
			} else if server.Next(&s) {
				fmt.Printf("server  %v  → %v\n", s, client.Arrive(now, &s))
			} else {
				return
			}
		}
	}
	exchange()
	client.Close(now)
	server.Close(now)
	exchange()
	fmt.Println(client.State(), server.State())

	// Output:
	// client  Flags [S], seq 1000, win 65535, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 0], length 0  → accepted
	// server  Flags [S.], seq 5000, ack 1001, win 65535, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 0], length 0  → accepted
	// client  Flags [.], ack 5001, win 65535, options [nop,nop,TS val 0 ecr 0], length 0  → accepted
	// client  Flags [F.], seq 1001, ack 5001, win 65535, options [nop,nop,TS val 0 ecr 0], length 0  → accepted
	// server  Flags [F.], seq 5001, ack 1002, win 65534, options [nop,nop,TS val 0 ecr 0], length 0  → accepted
	// client  Flags [.], ack 5002, win 65534, options [nop,nop,TS val 0 ecr 0], length 0  → accepted
	// TIME-WAIT TIME-WAIT
}
