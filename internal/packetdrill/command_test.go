package packetdrill

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

func TestParseCommand(t *testing.T) {
	set := func(pairs ...string) []Statement {
		var list []Statement
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, SetParameter{pairs[i], pairs[i+1]})
		}
		return list
	}
	ignored := func(text string) []Statement { return []Statement{Ignored{text}} }
	one := func(s Statement) []Statement { return []Statement{s} }
	for _, test := range []struct {
		text string
		want []Statement
	}{
		{"", nil},
		{"# only a comment\n", nil},
		{"sysctl -q net.ipv4.tcp_sack=0", set("net.ipv4.tcp_sack", "0")},
		{`sysctl -q -w net.ipv4.tcp_rmem="4096  131072 6291456" net.ipv4.tcp_wmem='1 2 3'`,
			set("net.ipv4.tcp_rmem", "4096 131072 6291456", "net.ipv4.tcp_wmem", "1 2 3")},
		{"sysctl a.b=1 >/dev/null 2>&1; sysctl -w c.d=2 &> x\nsysctl e.f=3 && /sbin/sysctl -qw g.h=4 || true",
			set("a.b", "1", "c.d", "2", "e.f", "3", "g.h", "4")},
		{"sysctl a.b=$((2*(3+4)-1)) c.d=$((7/2)) e.f=\"$((-7/2)) x\"", set("a.b", "13", "c.d", "3", "e.f", "-3 x")},
		{"sysctl \\\n a.b=1 \\\n c.d=2", set("a.b", "1", "c.d", "2")},
		{"sysctl -w a.b = 1", set("a.b", "1")},
		{"sysctl net/ipv4/tcp_sack=1", set("net.ipv4.tcp_sack", "1")},
		{"sysctl -n kern.ipc.maxsockbuf", ignored("sysctl kern.ipc.maxsockbuf")},
		{"./set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 /proc/sys/net/ipv4/tcp_rmem=\"1 2 3\"",
			set("net.ipv4.tcp_sack", "0", "net.ipv4.tcp_rmem", "1 2 3")},
		{"../common/defaults.sh\npython3 ../set.py /proc/sys/net/ipv4/tcp_sack=0",
			append(one(ResetDefaults{}), set("net.ipv4.tcp_sack", "0")...)},
		{". ./defaults.sh", one(ResetDefaults{})},
		{"echo 3 > /proc/sys/net/ipv4/tcp_sack", set("net.ipv4.tcp_sack", "3")},
		{"ip link set dev tun0 mtu 1280", one(SetMTU{1280})},
		{"ip route change 192.0.2.1 via 192.168.0.1 mtu lock 1000", one(SetMTU{1000})},
		{"ifconfig tun0 mtu 1500", one(SetMTU{1500})},
		{"ip tcp_metrics flush all", ignored("ip tcp_metrics flush all")},
		{"tc  qdisc replace dev tun0 root fq", ignored("tc qdisc replace dev tun0 root fq")},
		{"nstat -n > /dev/null", ignored("nstat -n > /dev/null")},
		{"nstat | grep TcpExtTCPTimeouts", ignored("nstat | grep TcpExtTCPTimeouts")},
		// states
		{"netstat -n -p tcp -f inet | grep 192.0.2.1.8080 | grep -c TIME_WAIT | grep 1", one(CountState{tcp.StateTimeWait, 1})},
		{"sockstat -4 -s -P tcp | grep -c SYN_RCVD | grep -q '^0$'", one(CountState{tcp.StateSynReceived, 0})},
		{"ss -tan | grep FIN-WAIT-2 | wc -l | grep 1 > /dev/null", one(CountState{tcp.StateFinWait2, 1})},
		{"ss -tan state last-ack | grep -c 8080 | grep 1", one(CountState{tcp.StateLastAck, 1})},
		{"tcpdrop -l -a | grep -v LISTEN | grep -c CLOSED | grep 0", one(CountState{tcp.StateClosed, 0})},
		{"netstat -n | grep 'tcp4.*8080.*ESTABLISHED *$' | wc -l | grep -q 1", one(CountState{tcp.StateEstablished, 1})},
		{"netstat -n | awk '/CLOSE_WAIT/ {print $5}' | wc -l | grep 0", one(CountState{tcp.StateCloseWait, 0})},
		{"netstat -n | awk '/LAST_ACK/' | xargs tcpdrop", one(DropState{State: tcp.StateLastAck})},
		{"ss -K state fin-wait-2", one(DropState{State: tcp.StateFinWait2})},
		{"ss --kill dport 8080", one(Unsupported{"ss --kill dport 8080"})},
		{"tcpdrop -a -s TIME_WAIT", one(DropState{State: tcp.StateTimeWait})},
		{"tcpdrop -a", one(DropState{All: true})},
		{"netstat -n | grep ESTABLISHED | xargs tcpdrop", one(DropState{State: tcp.StateEstablished})},
		{"tcpdrop -l -a | grep CLOSING | sh", one(DropState{State: tcp.StateClosing})},
	} {
		if got := ParseCommand(test.text); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q:\ngot  %#v\nwant %#v", test.text, got, test.want)
		}
	}
}

func TestUnsupportedCommands(t *testing.T) {
	for _, text := range []string{
		"sleep 1", "kldload tcp_rack", "sysctl -f file", "sysctl a.b=", "sysctl net=1", "sysctl a.b=$X", "sysctl a.b=$(cat x)",
		"sysctl a.b=`cat`", "sysctl a.b=$((1/0))", "sysctl a.b=$((x))", "sysctl a.b=$((1)", "sysctl a.b='1", "sysctl a.b=\"1",
		"sysctl a.b=1 || exit 1", "sysctl a.b=1 &", "sh < x", "(sysctl a.b=1)", "| x", "a |", "x \\",
		"./set.py /proc/sys/net/x=1 other", "ip route change default initcwnd 20", "ip link set mtu 0", "ip link set mtu",
		"tcpdrop -l", "netstat | grep -c TIME_WAIT", "netstat | grep -c 8080 | grep 1", "netstat | grep -c TIME_WAIT | grep x",
		"netstat | grep -c TIME_WAIT | grep -v 1", "netstat | grep -c TIME_WAIT | grep 1 | grep 2", "cat x | grep -c TIME_WAIT | grep 1",
		"netstat | sh", "netstat | perl | grep -c TIME_WAIT | grep 1", "netstat | grep -v TIME_WAIT | wc -l | grep 1",
	} {
		got := ParseCommand(text)
		last := Statement(nil)
		if len(got) > 0 {
			last = got[len(got)-1]
		}
		if u, ok := last.(Unsupported); !ok || !strings.Contains(u.What, strings.Fields(text)[0]) {
			t.Errorf("%q: %#v", text, got)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, text := range []string{"sysctl -q a.b=\"1 2\" c.d=$((1+2)) 2>&1 >x; tc x", "netstat | grep -c CLOSED | grep 1", "a 'b' \\\n || true && echo 1 > /proc/sys/x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range ParseCommand(text) {
			if set, ok := s.(SetParameter); ok && set.Name == "" {
				t.Errorf("%q sets a parameter without a name", text)
			}
		}
	})
}
