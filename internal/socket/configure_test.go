package socket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

func TestConfigureReachesSocketsThatExist(t *testing.T) {
	cfg := socket.Config{TCP: tcp.Linux()}
	h, err := socket.New(cfg)
	require.NoError(t, err)
	p := h.NewProcess()
	l := p.Socket()
	require.NoError(t, p.SetSockOpt(0, l, "TCP_MAXSEG", 1000))
	require.NoError(t, p.Bind(0, l, 80))
	require.NoError(t, p.Listen(0, l, 1))
	client := p.Socket()

	cfg.TCP.SACK, cfg.TCP.Timestamps = tcp.Off, tcp.Off
	cfg.TCP.ReceiveBuffer = 10000 // copied by socket(2): only of sockets to come
	require.NoError(t, h.Configure(cfg))

	syn := tcp.Segment{SrcPort: 1234, DstPort: 80, Flags: tcp.SYN, Window: 9}
	syn.Options = tcp.Options{Present: tcp.OptMSS | tcp.OptSACKPermitted, MSS: 1460}
	h.Deliver(1, &syn)
	var got tcp.Segment
	_, ok := h.Next(&got)
	require.True(t, ok)
	require.False(t, got.Options.Has(tcp.OptSACKPermitted), "SACK was switched off before the SYN")
	require.EqualValues(t, 1000, got.Options.MSS, "what was set by SetSockOpt stays")
	require.Greater(t, int(got.Window), 10000)

	require.ErrorIs(t, p.Connect(2, client, 99), socket.EINPROGRESS)
	_, ok = h.Next(&got)
	require.True(t, ok)
	require.False(t, got.Options.Has(tcp.OptSACKPermitted))
	require.Greater(t, int(got.Window), 10000)
}

func TestConfigureRefusesWhatItCannotDo(t *testing.T) {
	cfg := socket.Config{TCP: tcp.Linux()}
	h, err := socket.New(cfg)
	require.NoError(t, err)
	p := h.NewProcess()
	fd := p.Socket()
	require.ErrorIs(t, p.Connect(0, fd, 99), socket.EINPROGRESS)

	cfg.TCP.SACK = tcp.Off // agreed on in SYNs: an open connection has it or not
	require.NoError(t, h.Configure(cfg))
	cfg.TCP.RFC1337 = true
	require.ErrorIs(t, h.Configure(cfg), socket.ErrOpen)

	_, err = p.Close(1, fd)
	require.NoError(t, err)
	require.NoError(t, h.Configure(cfg), "nothing is open any more")
}
