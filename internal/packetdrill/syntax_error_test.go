package packetdrill

import (
	"errors"
	"strings"
	"testing"
)

// TestSyntaxErrors has an error in each production, with the exact place.
func TestSyntaxErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		// script
		{"socket(", `1:1: expected the time of an event, found "socket"`},
		{"+0 f() = 0\n--mtu=1", `2:1: expected the time of an event, found "--mtu"`},
		{"`a` `b` `c`", `1:9: expected end of file after a command without a time, found a command`},
		{"`a`\n+0 f() = 0\n`b`\n+1 f() = 0", `4:1: expected end of file after a command without a time, found "+"`},
		{"--mtu= \n1", `1:8: expected a value, found end of line`},
		{"+0 §", `1:4: expected a token, found "\xc2"`},
		// times
		{"+x", `1:2: expected a time after "+", found "x"`},
		{"-1 f() = 0", `1:1: expected the time of an event, found "-1"`},
		{"0x10 f() = 0", `1:1: expected the time of an event, found "0x10"`},
		{"1.5s f() = 0", `1:1: expected a number, found "1.5s"`},
		{"1~ > . 1:1(0)", `1:4: expected a time after "~", found ">"`},
		{"+1~2 > . 1:1(0)", `1:4: expected "+", found "2"`},
		{"2~1 > . 1:1(0)", `1:2: expected a range that does not end before 2, found 1`},
		{"1 f() = 0\n+0 f() = 0\n0.5 f() = 0", `3:1: expected a time not before 1, found 0.5`},
		{"1000000001 f() = 0", `1:1: expected a time of at most 1000000000 seconds, found "1000000001"`},
		{"99999999999.5 f() = 0", `1:1: expected a time of at most 1000000000 seconds, found "99999999999.5"`},
		{"+1000000000 f() = 0 +1 f() = 0", `1:21: expected times that sum up to at most 1000000000 seconds, found 1000000001`},
		{"99999999999999999999 f() = 0", `1:1: expected an integer below 2^63, found "99999999999999999999"`},
		{"* < . 1:1(0)", `1:3: expected ">", a command or code after "*" or a range of times, found "<"`},
		{"1~2 f() = 0", `1:5: expected ">", a command or code after "*" or a range of times, found "f"`},
		{"+0", `1:3: expected a packet, system call, command or code, found end of file`},
		{"+0 = 1", `1:4: expected a packet, system call, command or code, found "="`},
		{"+0 < . 1:1(0) <sack 1:2 3:4 5:6 7:8,mss 5,wscale 3>", `1:16: expected options of at most 40 octets, found 41`},
		{"+0 < . 1:1(0) <...>", `1:16: expected TCP options: "..." is for a packet that is sent, found "..."`},
		// system calls
		{"1...x f() = 0", `1:5: expected the time of return after "...", found "x"`},
		{"1...0.5 f() = 0", `1:5: expected a return not before 1, found "0.5"`},
		{"1...2 > . 1:1(0)", `1:7: expected a system call, found ">"`},
		{"+0 f = 0", `1:6: expected "(", found "="`},
		{"+0 f(1 2) = 0", `1:8: expected "," or ")", found "2"`},
		{"+0 f(1,) = 0", `1:8: expected an expression, found ")"`},
		{"+0 f(1|) = 0", `1:8: expected an expression, found ")"`},
		{"+0 f(1)\n+0", `2:1: expected "=", found "+"`},
		{"+0 f([1) = 0", `1:8: expected "," or "]", found ")"`},
		{"+0 f({}) = 0", `1:7: expected the first member of a structure, or "...", found "}"`},
		{"+0 f({onoff=x}) = 0", `1:13: expected a number, found "x"`},
		{"+0 f({onoff=1}) = 0", `1:14: expected ",", found "}"`},
		{"+0 f({onoff=1, l=1}) = 0", `1:16: expected "linger", found "l"`},
		{"+0 f({sa_family=AF_INET, sin_port=80}) = 0", `1:35: expected "htons", found "80"`},
		{"+0 f({sa_family=AF_INET, sin_port=htons(65536)}) = 0", `1:41: expected a port from 0 to 65535, found "65536"`},
		{"+0 f({sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr(x)}) = 0", `1:64: expected an address in quotes, found "x"`},
		{"+0 f({fd=1, revents=2}) = 0", `1:13: expected "events", found "revents"`},
		{"+0 f({msg_name(...)=..., msg_iov(1)=...}) = 0", `1:37: expected a list of buffers, found "..."`},
		{"+0 f({msg_name(...)=..., msg_iov(1)=[3]}) = 0", `1:38: expected a buffer {..., N}, found another expression`},
		{"+0 f({...}) = 0", `1:10: expected ",", found "}"`},
		{"+0 f({..., -1}) = 0", `1:12: expected a length from 0 to 4294967295, found "-1"`},
		{"+0 f({a=1, 2}) = 0", `1:12: expected a member of the structure, found "2"`},
		{"+0 f(\"a\n\") = 0", `1:6: expected '"' to end the string, found end of line`},
		{`+0 f("a\qb") = 0`, `1:8: expected an escape sequence of C, found "\\q"`},
		{`+0 f("\777") = 0`, `1:7: expected an escape sequence of C, found "\\777"`},
		{"+0 f(0xg) = 0", `1:6: expected a hexadecimal number, found "0xg"`},
		{"+0 f() = x", `1:10: expected a result: a number or "...", found "x"`},
		{"+0 f() = 0 done", `1:12: expected the name of an error, a remark in brackets or the next event, found "done"`},
		{"+0 f() = 0 (a\n+1 f() = 0", `1:12: expected ")" to close what begins here, found end of file`},
		{"+0 f(" + strings.Repeat("[", 100), `1:70: expected at most 64 nested expressions, found "["`},
		// packets
		{"+0 < [] . 1:1(0)", `1:7: expected a field of the IP header, found "]"`},
		{"+0 < [ce . 1:1(0)", `1:10: expected a field of the IP header or "]", found "."`},
		{"+0 < 80 . 1:1(0)", `1:9: expected ">", found "."`},
		{"+0 < 80 > 65536 . 1:1(0)", `1:11: expected a port from 0 to 65535, found "65536"`},
		{"+0 < 1:1(0)", `1:7: expected ">", found ":"`},
		{"+0 < SXA 1:1(0)", `1:7: expected flags: letters of "SFRPUEWA.", or "-", found "SXA"`},
		{"+0 < SFS 1:1(0)", `1:8: expected each flag once, found "SFS"`},
		{"+0 < S.. 1:1(0)", `1:8: expected each flag once, found "S.."`},
		{"+0 < S . 1:1(0)", `1:8: expected a sequence number or "...", found "."`},
		{"+0 < , 1:1(0)", `1:6: expected flags: letters of "SFRPUEWA.", or "-", found ","`},
		{"+0 < . -1:1(0)", `1:8: expected a sequence number or "..." from 0 to 4294967295, found "-1"`},
		{"+0 < . 1(0)", `1:9: expected ":", found "("`},
		{"+0 < . 1:1", `1:11: expected "(", found end of file`},
		{"+0 < . 1:3(1)", `1:10: expected 2, the start plus the length, found "3"`},
		{"+0 < . 4294967295:4294967296(1)", `1:19: expected a sequence number from 0 to 4294967295, found "4294967296"`},
		{"+0 < . ...", `1:11: expected "(", found end of file`},
		{"+0 < . 1:1(1048577)", `1:12: expected a length from 0 to 1048576, found "1048577"`},
		{"+0 < . 1:1(0) ack", `1:18: expected an acknowledgment number, found end of file`},
		{"+0 < . 1:1(0) win 65536", `1:19: expected a window from 0 to 65535, found "65536"`},
		{"+0 < . 1:1(0) urg x", `1:19: expected an urgent pointer, found "x"`},
		{"+0 < . 1:1(0) win 1 ack 1", `1:21: expected the time of an event, found "ack"`},
		{"+0 < icmp 3", `1:11: expected a type of ICMP message, found "3"`},
		{"+0 < icmp a b mtu x", `1:19: expected an MTU, found "x"`},
		{"+0 < icmp a [1:1(0)", `1:20: expected "]", found end of file`},
		// TCP options
		{"+0 < . 1:1(0) <>", `1:16: expected a TCP option, found ">"`},
		{"+0 > . 1:1(0) <... ,nop>", `1:20: expected ">", found ","`},
		{"+0 < . 1:1(0) <nop nop>", `1:20: expected "," or ">", found "nop"`},
		{"+0 < . 1:1(0) <nop,", `1:20: expected a TCP option, found end of file`},
		{"+0 < . 1:1(0) <noop>", `1:16: expected a TCP option (mss, nop, eol, sackOK, wscale, TS, sack, uto, FO, FOEXP, md5, ECN), found "noop"`},
		{"+0 < . 1:1(0) <mss>", `1:19: expected a segment size, found ">"`},
		{"+0 < . 1:1(0) <wscale 256>", `1:23: expected a shift count from 0 to 255, found "256"`},
		{"+0 < . 1:1(0) <TS 1>", `1:19: expected "val", found "1"`},
		{"+0 < . 1:1(0) <TS val 1 2>", `1:25: expected "ecr", found "2"`},
		{"+0 < . 1:1(0) <sack>", `1:20: expected a SACK block, found ">"`},
		{"+0 < . 1:1(0) <sack 1>", `1:22: expected ":", found ">"`},
		{"+0 < . 1:1(0) <sack 1:2 1:2 1:2 1:2 1:2>", `1:37: expected at most 4 SACK blocks, all that fit into a header, found "1"`},
		{"+0 < . 1:1(0) <uto 40000m>", `1:20: expected a user timeout: seconds, or minutes with "m", below 32768, found "40000m"`},
		// what spans lines
		{"\n  /* x\n", `2:3: expected "*/" to end the comment, found end of file`},
		{"+0 `a\nb", "1:4: expected \"`\" to end what begins here, found end of file"},
		{"+0 `a\\`", "1:4: expected \"`\" to end what begins here, found end of file"},
		{"+0 %{ a\n}", `1:4: expected "}%" to end what begins here, found end of file`},
		// directives
		{"#endif", `1:1: expected "#ifdef" before, found "#endif"`},
		{"#ifdef A B\n#endif", `1:1: expected one name after "#ifdef", found "#ifdef A B"`},
		{"#ifdef A\n+", `2:2: expected "#endif" for the "#ifdef" at 1:1, found end of file`},
		{"#ifdef A\n #ifdef B\n#endif", `2:2: expected "#endif" for the "#ifdef" at 1:1 (blocks do not nest), found "#ifdef"`},
		{"#ifdef DEFINED\n#ifdef B\n#endif", `2:1: expected "#endif" for the "#ifdef" at 1:1 (blocks do not nest), found "#ifdef"`},
		{"#ifdef DEFINED\n+0 f() = 0\n", `3:1: expected "#endif" for the "#ifdef" at 1:1, found end of file`},
		{"#ifdef A\n#else\n#endif", `2:1: expected "#ifdef" or "#endif", found "#else"`},
		{"#include", `1:1: expected "#ifdef" or "#endif", found "#include"`},
		{"+0 # x", `1:4: expected a packet, system call, command or code, found "#"`},
	} {
		_, err := Parse("f.pkt", []byte(test.text), "DEFINED")
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: no syntax error: %v", test.text, err)
			continue
		}
		if got := strings.TrimPrefix(err.Error(), "f.pkt:"); got != test.want {
			t.Errorf("%q:\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestLimits(t *testing.T) {
	events := strings.Repeat("+0 `a`\n", MaxEvents)
	if _, err := Parse("f", []byte(events)); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ name, text, want string }{
		{"events", events + "+0 `a`", "f:65537:1: expected at most 65536 events, found \"+\""},
		{"bytes", strings.Repeat(" ", MaxScript+1), "f:1:1: expected a script of at most 1048576 bytes, found 1048577 bytes"},
		{"command", "`" + strings.Repeat("A ", 4000) + "`", "f:1:1: expected at most 1048576 bytes after replacing definitions, found more"},
	} {
		_, err := Parse("f", []byte(test.text), "A="+strings.Repeat("1,", 500))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	_, err := Parse("f", []byte("+0 f("+strings.Repeat("A1,", 4000)+"1) = 0"), "A="+strings.Repeat("1,", 500), "A1="+strings.Repeat("1,", 500)+"1")
	if err == nil || !strings.Contains(err.Error(), "expected at most 1048576 tokens, found more") {
		t.Errorf("tokens: %v", err)
	}
}

// FuzzParse checks that no text makes the parser panic, and that what it accepts
// survives printing.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"--mtu=1500\n`sysctl -q a.b=1`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n`x`",
		"+0 < [ect0] 1 > 2 SEW 0:0(0) win 1 <mss 1000,sackOK,TS val 1 ecr 0,wscale 7,FO ab,md5 x,uto 3m>",
		"* > S. ...(0) ack 1 <...>\n+0~+1 > R 0:0(0)! urg 3 <sack 1:2 3:4,eol,nop>",
		"+0...1 poll([{fd=3, events=POLLIN|POLLOUT, revents=0}], 1, 0) = -1 EAGAIN (text)",
		`+0 f({onoff=1, linger=0}, {sa_family = A, sin_port = htons(1), sin_addr = inet_addr("\x01")}) = 0x2`,
		"+0 f({msg_name(...)=..., msg_iov(1)=[{..., 1}], msg_flags=0}) = ...\n+0 %{ assert a == 1 }%",
		"#ifdef A\n+0 > . 1:1(0)\n#endif\n#ifdef B\nx\n#endif // c\n/* d */ 1~2 > - 1:1(0)\n+0 < icmp a b mtu 1 [1:1(0)]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("f", []byte(text), "A", "V=3")
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.Expected == "" || syntax.Found == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		checkFixpoint(t, s)
	})
}
