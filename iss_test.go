package tcp

import (
	"net/netip"
	"testing"
	"time"
)

func TestRFC9293_MUST8_ISSFollowsAClockOf4Microseconds(t *testing.T) {
	secret := [16]byte{1, 2, 3}
	local, remote := netip.MustParseAddrPort("192.0.2.1:80"), netip.MustParseAddrPort("192.0.2.2:40000")
	first := ISS(0, &secret, local, remote)
	for _, tt := range []struct {
		after time.Duration
		ticks Seq
	}{
		{3999, 0}, {4000, 1}, {time.Second, 250000}, {1 << 32 * 4000, 0},
	} {
		if got := ISS(Time(tt.after), &secret, local, remote) - first; got != tt.ticks {
			t.Errorf("after %v the number is %d further, want %d", tt.after, got, tt.ticks)
		}
	}
}

// Every octet of the secret and every part of the four-tuple changes the number.
func TestRFC9293_MUST9_ISSDependsOnSecretAndTuple(t *testing.T) {
	local, remote := netip.MustParseAddrPort("192.0.2.1:80"), netip.MustParseAddrPort("192.0.2.2:40000")
	seen := map[Seq]string{}
	note := func(name string, iss Seq) {
		if other, ok := seen[iss]; ok {
			t.Errorf("%s and %s have the same number", name, other)
		}
		seen[iss] = name
	}
	var secret [16]byte
	note("no secret", ISS(0, &secret, local, remote))
	for i := range secret {
		secret = [16]byte{}
		secret[i] = 1
		note("another octet", ISS(0, &secret, local, remote))
	}
	note("turned round", ISS(0, &secret, remote, local))
	note("another port", ISS(0, &secret, local, netip.MustParseAddrPort("192.0.2.2:40001")))
	note("another address", ISS(0, &secret, local, netip.MustParseAddrPort("192.0.2.3:40000")))
	note("IPv6", ISS(0, &secret, netip.MustParseAddrPort("[2001:db8::1]:80"), netip.MustParseAddrPort("[2001:db8::2]:40000")))
	if n := testing.AllocsPerRun(100, func() { ISS(0, &secret, local, remote) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
