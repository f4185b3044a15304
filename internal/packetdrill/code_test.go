package packetdrill

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-447e5d66/tcp"
)

// values are what the tests give to names.
func values(name string) (int64, bool) {
	known := map[string]int64{"tcpi_state": 1, "tcpi_snd_cwnd": 10, "tcpi_rto": 204000, "zero": 0}
	if v, ok := known[name]; ok {
		return v, true
	}
	return LinuxNumbering.Constant(name)
}

func TestCodeHolds(t *testing.T) {
	for _, text := range []string{
		"", "pass", ";;\n\n", "# assert 0",
		" assert tcpi_state == TCP_ESTABLISHED, tcpi_state ",
		"\nassert tcpi_snd_cwnd == 10\nassert tcpi_rto == 204000; assert 1",
		"assert 1 < 2 < 3 <= 3 != 4 >= 4 > 0",
		"assert not 1 < 3 < 2",
		"assert 1 + 2 * 3 == 7 and 7 - 2 - 1 == 4 and 8 / 2 / 2 == 2",
		"assert (1 + 2) * 3 == 9 and -(1 + 1) == -2 and --1 == 1 and 3 - -1 == +4",
		"assert 1 | 2 & 2 == 3 and 6 & 3 + 0 == 2",
		"assert 0x1F == 31 and 1.5 * 2 == 3 and .5 == 1 / 2",
		"assert 7 / 2 == 3.5 and 1 / 3 * 3 == 1",
		"assert 1 or undefined",
		"assert not (0 and undefined)",
		"assert not zero and not not 5 and True and not False",
		"assert 0 == zero or 0",
		"assert (tcpi_snd_cwnd\n  == 10) # why\nassert tcpi_snd_cwnd \\\n > 9",
		"assert 99999999999999999999 * 99999999999999999999 > 1",
		"assert tcpi_snd_cwnd == 10, 'it is %d; or \"so' % (tcpi_snd_cwnd,)",
		"print(tcpi_rto, 'a)', f(x, {1}))\nprint tcpi_rto\nassert 1",
		"assert TCP_CLOSING == 11, (\n1,\n2); assert TCP_CA_Loss == 4 and TCPI_OPT_SYN_DATA | TCPI_OPT_ECN == 40",
	} {
		prog, err := ParseCode("f", &Code{Pos{1, 1}, text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if err := prog.Run(values); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCodeFails(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"assert tcpi_snd_cwnd == 9", "f:4:7: assertion failed: tcpi_snd_cwnd == 9 (tcpi_snd_cwnd = 10)"},
		{"assert 1\n assert  tcpi_rto  ==1, tcpi_rto/1000 * 1.25",
			"f:5:2: assertion failed: tcpi_rto ==1 (tcpi_rto = 204000): 255"},
		{"assert zero, 1/3", "f:4:7: assertion failed: zero (zero = 0): 0.333333333"},
		{"assert 2 < 3 < 3", "f:4:7: assertion failed: 2 < 3 < 3 ()"},
		{"assert 3 < 3 < 4", "f:4:7: assertion failed: 3 < 3 < 4 ()"},
		{"assert 3 / 2 == 1", "f:4:7: assertion failed: 3 / 2 == 1 ()"},
		{"assert 0 or 0", "f:4:7: assertion failed: 0 or 0 ()"},
		{"assert 1 and 0", "f:4:7: assertion failed: 1 and 0 ()"},
		{"assert not 1", "f:4:7: assertion failed: not 1 ()"},
		{"assert 2 & 1 or 3 != 3 or 2 <= 1 or 1 >= 2", "f:4:7: assertion failed: 2 & 1 or 3 != 3 or 2 <= 1 or 1 >= 2 ()"},
		{"assert tcpi_x == 1", `f:4:14: unknown name "tcpi_x"`},
		{"assert 1 / zero", "f:4:16: division by zero"},
		{"assert 1.5 & 1", "f:4:18: & of numbers that are not integers"},
	} {
		prog, err := ParseCode("f", &Code{Pos{4, 5}, test.text})
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if err := prog.Run(values); err == nil || err.Error() != test.want {
			t.Errorf("%q:\ngot  %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestCodeNames(t *testing.T) {
	prog, err := ParseCode("f", &Code{Text: "assert b == a and 0 and c, d\nassert a"})
	if err != nil {
		t.Fatal(err)
	}
	if got := prog.Names(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("names %q", got)
	}
}

func TestCodeErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"x = 1", `f:1:3: expected "assert", "print" or "pass", found "x"`},
		{"assert", `f:1:9: expected a number, a name or (, found end of code`},
		{"assert 1 +\nassert 2", `f:1:13: expected a number, a name or (, found end of line`},
		{"assert 1 2", `f:1:12: expected an operator or the end of the statement, found "2"`},
		{"assert (1", `f:1:12: expected an operator or ")", found end of code`},
		{"\nassert 1 == f(2)", `f:2:13: expected a number, a name or (, found a call of "f"`},
		{"assert 1 = 2", `f:1:12: expected an operator or the end of the statement, found "="`},
		{"assert 1 << 2", `f:1:12: expected an operator or the end of the statement, found "<<"`},
		{"assert 1 + not 2", `f:1:14: expected a number, a name or (, found "not"`},
		{"assert 0x", `f:1:10: expected a number, found "0x"`},
		{"assert 1.2.3", `f:1:10: expected a number, found "1.2.3"`},
		{"assert 1a", `f:1:10: expected a number, found "1a"`},
		{"assert 'a", `f:1:10: expected the end of the string, found end of line`},
		{"assert 1, (2 3", `f:1:17: expected ")", found end of code`},
		{"assert 1, 2)", `f:1:14: expected the end of the statement, found ")"`},
		{"assert " + strings.Repeat("(", 100), `f:1:74: expected expressions nested less deeply, found "("`},
		{strings.Repeat(" ", MaxCode+1), `f:1:1: expected code of at most 16384 bytes, found 16385 bytes`},
	} {
		_, err := ParseCode("f", &Code{Pos{1, 1}, test.text})
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != test.want {
			t.Errorf("%q:\ngot  %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestConstants(t *testing.T) {
	for _, test := range []struct {
		name       string
		linux, bsd int64
	}{
		{"TCP_ESTABLISHED", 1, 4}, {"TCP_SYN_SENT", 2, 2}, {"TCP_SYN_RECV", 3, 3}, {"TCP_FIN_WAIT1", 4, 6},
		{"TCP_FIN_WAIT2", 5, 9}, {"TCP_TIME_WAIT", 6, 10}, {"TCP_CLOSE", 7, 0}, {"TCP_CLOSE_WAIT", 8, 5},
		{"TCP_LAST_ACK", 9, 8}, {"TCP_LISTEN", 10, 1}, {"TCP_CLOSING", 11, 7},
		{"TCPI_CLOSED", 7, 0}, {"TCPI_LISTEN", 10, 1}, {"TCPI_SYN_SENT", 2, 2}, {"TCPI_SYN_RECEIVED", 3, 3},
		{"TCPI_ESTABLISHED", 1, 4}, {"TCPI_CLOSE_WAIT", 8, 5}, {"TCPI_FIN_WAIT_1", 4, 6}, {"TCPI_CLOSING", 11, 7},
		{"TCPI_LAST_ACK", 9, 8}, {"TCPI_FIN_WAIT_2", 5, 9}, {"TCPI_TIME_WAIT", 6, 10},
		{"TCPI_OPT_WSCALE", 4, 4}, {"TCP_CA_Recovery", 3, 3},
	} {
		linux, ok1 := LinuxNumbering.Constant(test.name)
		bsd, ok2 := BSDNumbering.Constant(test.name)
		if !ok1 || !ok2 || linux != test.linux || bsd != test.bsd {
			t.Errorf("%s: %d %v, %d %v", test.name, linux, ok1, bsd, ok2)
		}
	}
	for _, name := range []string{"TCP_NODELAY", "tcpi_state", "SYN_SENT", ""} {
		if v, ok := LinuxNumbering.Constant(name); ok {
			t.Errorf("%s is %d", name, v)
		}
	}
	if s, ok := ParseState("estab"); !ok || s != tcp.StateEstablished {
		t.Error("estab is", s, ok)
	}
}

func FuzzCode(f *testing.F) {
	for _, text := range []string{"assert a == 1, 'x' % (1)", "print(1); assert (1 < a <= 3) / .5 & -0x1 | not 2\n", "assert a and b or 1.5 # c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := ParseCode("f", &Code{Pos{1, 1}, text})
		if err != nil {
			return
		}
		prog.Run(func(name string) (int64, bool) { return int64(len(name)), name != "a" })
	})
}
