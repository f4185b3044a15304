package replay

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/seed-447e5d66/tcp/internal/kernel"
	"github.com/seed-447e5d66/tcp/internal/ladder"
	"github.com/seed-447e5d66/tcp/internal/socket"
)

var errUnknownCall = errors.New("replay: a call that the reader knows and the replay does not")

// call makes a call of the recording and notes its result.
func (p *player) call(step int, c *kernel.Call) error {
	n, how, err := p.do(c)
	if errors.Is(err, errUnknownCall) {
		return err
	}
	text := result(c, n, how, err)
	p.calls = append(p.calls, call{step: step, text: text, moment: p.cur})
	i := len(p.calls) - 1
	p.calls[i].event = p.event(ladder.Event{Kind: ladder.Call, Text: text})
	if w := p.closing; w != nil && !w.Done {
		p.closes[i] = w
		p.calls[i].moment = -1
	}
	p.closing = nil
	return nil
}

// callText is a call and its result, as the kernel's and ours are compared.
func callText(c *kernel.Call) string {
	if c.Err != "" {
		return result(c, c.Ret, c.How, socket.Errno(c.Err))
	}
	return result(c, c.Ret, c.How, nil)
}

func result(c *kernel.Call, n int, how string, err error) string {
	arg := string(c.FD)
	switch c.Name {
	case "read", "write", "listen":
		arg += ", " + strconv.Itoa(c.N)
	case "shutdown":
		arg += ", " + c.How
	case "setsockopt":
		arg += ", " + c.Option
		for _, v := range c.Values {
			arg += ", " + strconv.Itoa(v)
		}
	case "so_error":
		return fmt.Sprintf("so_error(%s) = %s", arg, how)
	}
	text := fmt.Sprintf("%s(%s) = %d", c.Name, arg, n)
	if err != nil {
		text = fmt.Sprintf("%s(%s) = -1 %s", c.Name, arg, err)
	}
	return text
}

// fd is the descriptor that the recording names, −1 if it is not open.
func (p *player) fd(name kernel.FD) socket.FD {
	if fd, ok := p.fds[name]; ok {
		return fd
	}
	return -1
}

// do makes the call.
func (p *player) do(c *kernel.Call) (n int, how string, err error) {
	now := p.now()
	fd := p.fd(c.FD)
	switch c.Name {
	case "socket":
		p.fds[c.FD] = p.main.Socket()
		// The recorder set SO_REUSEADDR on every socket; recordings do not show it.
		err = p.main.SetSockOpt(now, p.fds[c.FD], "SO_REUSEADDR", 1)
	case "bind":
		err = p.main.Bind(now, fd, localPort)
	case "listen":
		err = p.main.Listen(now, fd, c.N)
	case "connect":
		err = p.main.Connect(now, fd, remotePort)
	case "accept":
		var got socket.FD
		if got, err = p.main.Accept(now, p.fd(kernel.FDListener)); err == nil {
			p.fds[c.FD] = got
		}
	case "read":
		n, err = p.main.Read(now, fd, c.N)
	case "write":
		n, err = p.main.Write(now, fd, c.N)
	case "shutdown":
		err = p.main.Shutdown(now, fd, directions[c.How])
	case "close":
		p.closing, err = p.main.Close(now, fd)
		delete(p.fds, c.FD)
	case "setsockopt":
		err = p.main.SetSockOpt(now, fd, c.Option, c.Values...)
	case "so_error":
		var e socket.Errno
		e, err = p.main.SoError(now, fd)
		if how = string(e); how == "" {
			how = "0"
		}
	case "dup":
		p.fds[kernel.FDDup], err = p.main.Dup(now, fd)
	case "spawn_share":
		p.child = p.host.NewProcess()
		_, err = p.main.Pass(now, fd, p.child)
	case "kill_child":
		if p.child == nil {
			return 0, "", socket.EBADF
		}
		p.child.Exit(now)
		p.child = nil
	default:
		err = errUnknownCall
	}
	return n, how, err
}

var directions = map[string]socket.How{"RD": socket.ShutRD, "WR": socket.ShutWR, "RDWR": socket.ShutRDWR}
