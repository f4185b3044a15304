package tcp

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestStatusString(t *testing.T) {
	p := established(t, Config{})
	p.send(10)
	p.want("text", "P. 1:11(10) ack 1")
	p.after(time.Second)
	var seg Segment
	for p.c.Next(&seg) {
	}
	got := p.c.Status().String()
	for _, want := range []string{
		"ESTABLISHED, references 1\n", fmt.Sprintf("send: ISS %d, UNA %d, NXT %d", p.iss, p.iss+1, p.iss+11),
		"options: timestamps, SACK, window scale\n", "recovery: retransmissions 1, back-off 1, lost 1, repeated 1\n",
		"timers: retransmit at ", "counters: segments arrived 1, sent 4, ACKs 1, timeouts 1, retransmits 1",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "9223372036854775807") || strings.Contains(got, "FIN") {
		t.Errorf("what says nothing is printed:\n%s", got)
	}
}

// Every counter is printed, under a name of its own.
func TestStatusPrintsEveryCounter(t *testing.T) {
	var s Status
	v := reflect.ValueOf(&s.Counters).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(1000 + i))
	}
	for i := range v.NumField() {
		if n := strings.Count(s.String(), fmt.Sprint(" ", 1000+i)); n != 1 {
			t.Errorf("%s is printed %d times", v.Type().Field(i).Name, n)
		}
	}
}
