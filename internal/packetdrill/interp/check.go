package interp

import (
	"fmt"
	"strings"

	"github.com/seed-447e5d66/tcp"
	"github.com/seed-447e5d66/tcp/internal/packetdrill"
)

// inexpressible marks, in a comment, what happened in the course that a script was
// written from and what the language has no words for.
const inexpressible = "not expressible here"

// check looks for what a script uses that is not supported: the error is an
// *unsupported for the first.
func check(s *packetdrill.Script, defaults hostConfig, headers int) error {
	if len(s.Events) == 0 {
		return &unsupported{1, "a script without events"}
	}
	for _, c := range s.Comments {
		if strings.Contains(c.Text, inexpressible) {
			return &unsupported{c.Pos.Line, c.Text}
		}
	}
	config := defaults
	if s.Setup != nil {
		if err := checkCommand(s.Setup, &config, defaults, headers); err != nil {
			return err
		}
	}
	off := switchedOff(s)
	for i := range s.Events {
		var err error
		switch a := s.Events[i].Action.(type) {
		case *packetdrill.Packet:
			err = checkPacket(a, off)
		case *packetdrill.Syscall:
			err = checkSyscall(a)
		case *packetdrill.Command:
			err = checkCommand(a, &config, defaults, headers)
		case *packetdrill.Code:
			err = checkCode(s.File, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// features are sysctls that switch off what is not supported: with 0, a peer that
// asks for it is not answered, as here.
type features struct{ ecn, fastOpen bool }

// switchedOff returns what a script switches off by itself.
func switchedOff(s *packetdrill.Script) (off features) {
	look := func(c *packetdrill.Command) {
		for _, st := range packetdrill.ParseCommand(c.Text) {
			p, ok := st.(packetdrill.SetParameter)
			off.ecn = off.ecn || ok && (p.Name == "net.ipv4.tcp_ecn" || p.Name == "net.inet.tcp.ecn.enable") && p.Value == "0"
			off.fastOpen = off.fastOpen || ok && p.Name == "net.ipv4.tcp_fastopen" && p.Value == "0"
		}
	}
	if s.Setup != nil {
		look(s.Setup)
	}
	for i := range s.Events {
		if c, ok := s.Events[i].Action.(*packetdrill.Command); ok {
			look(c)
		}
	}
	return off
}

// checkCommand refuses a command that is not known, or sets what cannot be set.
func checkCommand(c *packetdrill.Command, config *hostConfig, defaults hostConfig, headers int) error {
	for _, s := range packetdrill.ParseCommand(c.Text) {
		if err := configure(config, s, defaults, headers); err != nil {
			return &unsupported{c.Pos.Line, err.Error()}
		}
	}
	return nil
}

// checkPacket refuses what no segment here can have, and what would make another
// stack behave differently.
func checkPacket(k *packetdrill.Packet, off features) error {
	no := func(format string, args ...any) error {
		return &unsupported{k.Pos.Line, fmt.Sprintf(format, args...)}
	}
	if k.ICMP != nil {
		if !k.Inbound {
			return no("an ICMP message that is sent")
		}
		if _, ok := meaning(k.ICMP); !ok {
			return no("%s", k.ICMP)
		}
		return nil
	}
	if !off.ecn && (k.AccurateECN || k.Inbound && k.Flags.Has(tcp.SYN|tcp.ECE|tcp.CWR)) {
		return no("explicit congestion notification")
	}
	if k.IP != nil {
		for i := range k.IP.Items {
			if !knownIP(&k.IP.Items[i], k.Inbound) {
				return no("%s in the IP header", k.IP.Items[i].Name)
			}
		}
	}
	for i := range k.Options {
		switch o := &k.Options[i]; o.Kind {
		case packetdrill.OptionFastOpen, packetdrill.OptionFastOpenExperimental:
			if !off.fastOpen || !k.Inbound {
				return no("TCP option %s", o)
			}
		case packetdrill.OptionMD5, packetdrill.OptionECN:
			return no("TCP option %s", o)
		}
	}
	return nil
}

// knownIP reports whether a field of the IP header has a meaning here. Without ECN
// what arrives does not matter, and what is sent is never marked.
func knownIP(item *packetdrill.IPItem, inbound bool) bool {
	switch item.Name {
	case "noecn", "ect0", "ect1", "ect01", "ce", "nonect":
		return true
	case "tos", "ttl", "hoplimit":
		return true
	case "flowlabel":
		return inbound
	}
	return false
}

// checkSyscall refuses a system call that is not known.
func checkSyscall(s *packetdrill.Syscall) error {
	if _, ok := calls[s.Name]; !ok {
		return &unsupported{s.Pos.Line, "system call " + s.Name}
	}
	return checkArguments(s)
}

// checkCode refuses code that is no program, or reads a variable that is not known.
func checkCode(file string, c *packetdrill.Code) error {
	p, err := packetdrill.ParseCode(file, c)
	if err != nil {
		return &unsupported{c.Pos.Line, err.Error()}
	}
	for _, name := range p.Names() {
		if !known(name) {
			return &unsupported{c.Pos.Line, "variable " + name}
		}
	}
	return nil
}
