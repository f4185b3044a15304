package packetdrill

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-447e5d66/tcp"
)

// Statement is what a shell command means for an implementation that is no
// kernel: a [SetParameter], [ResetDefaults], [SetMTU], [CountState], [DropState],
// [Ignored] or [Unsupported].
type Statement interface{ statement() }

type (
	// SetParameter sets a system-wide parameter, with dots in its name
	// (net.ipv4.tcp_fin_timeout) and blanks between several values.
	SetParameter struct{ Name, Value string }

	// ResetDefaults sets all parameters back to the defaults of the profile.
	ResetDefaults struct{}

	// SetMTU changes the MTU of the interface or the route.
	SetMTU struct{ MTU int }

	// CountState asserts that exactly Count connections are in State.
	CountState struct {
		State tcp.State
		Count int
	}

	// DropState removes the connections in State; all of them if All is set.
	DropState struct {
		State tcp.State
		All   bool
	}

	// Ignored is a command without meaning for one connection in virtual time,
	// such as a queueing discipline.
	Ignored struct{ What string }

	// Unsupported is a command that is not recognised.
	Unsupported struct{ What string }
)

func (SetParameter) statement()  {}
func (ResetDefaults) statement() {}
func (SetMTU) statement()        {}
func (CountState) statement()    {}
func (DropState) statement()     {}
func (Ignored) statement()       {}
func (Unsupported) statement()   {}

// ParseCommand recognises the text of a back-quoted command. Lines, ";" and "&&"
// separate commands, which become statements in order (§7). The text of a command that
// is none of the known ones is an [Unsupported] statement: what it would have done
// is unknown, so a caller should not run the script.
func ParseCommand(text string) []Statement {
	pipelines, problem := splitShell(text)
	if problem != "" {
		return []Statement{Unsupported{problem + ": " + oneLine(text)}}
	}
	var list []Statement
	for _, p := range pipelines {
		list = append(list, p.recognise()...)
	}
	return list
}

// oneLine returns text with single blanks for white space of any length.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// recognise turns one pipeline into statements.
func (p pipeline) recognise() []Statement {
	if len(p.commands) > 1 {
		return []Statement{p.probe()}
	}
	words := p.commands[0]
	name, args := path.Base(words[0]), words[1:]
	if (name == "." || name == "source" || name == "sh" || name == "bash" || strings.HasPrefix(name, "python")) && len(args) > 0 {
		name, args = path.Base(args[0]), args[1:]
	}
	switch {
	case name == "sysctl":
		return sysctl(args, p.text)
	case strings.Contains(name, "defaults"):
		return append([]Statement{ResetDefaults{}}, procSettings(args, p.text)...)
	case len(args) > 0 && strings.HasPrefix(args[0], "/proc/sys/"):
		return procSettings(args, p.text)
	case name == "echo" && strings.HasPrefix(p.output, "/proc/sys/"):
		return []Statement{SetParameter{parameterName(p.output), strings.Join(args, " ")}}
	case name == "kldload" && len(args) > 0 && strings.HasPrefix(args[len(args)-1], "cc_"):
		return []Statement{Ignored{p.text}} // congestion control, which a sysctl chooses
	case name == "ip" || name == "ifconfig":
		return []Statement{network(args, p.text)}
	case name == "tcpdrop":
		return []Statement{drop(args, p.text)}
	case name == "ss" && (slices.Contains(args, "-K") || slices.Contains(args, "--kill")):
		return []Statement{drop(args, p.text)}
	case slices.Contains([]string{"tc", "nstat", "ethtool", "true", ":", "echo", "sync"}, name):
		return []Statement{Ignored{p.text}}
	}
	return []Statement{Unsupported{p.text}}
}

// sysctl recognises the arguments of sysctl: NAME=VALUE is set, NAME alone only
// printed.
func sysctl(args []string, text string) []Statement {
	var list []Statement
	for i := 0; i < len(args); i++ {
		name, value, set := strings.Cut(args[i], "=")
		switch {
		case strings.HasPrefix(name, "-") && strings.Trim(name[1:], "qwneiN") == "":
			continue
		case !set && i+1 < len(args) && args[i+1] == "=": // name = value
			set = true
			value = strings.Join(args[i+2:min(i+3, len(args))], "")
			i += 2
		}
		switch {
		case !validParameter(name) || set && value == "":
			return []Statement{Unsupported{text}}
		case set:
			list = append(list, SetParameter{parameterName(name), oneLine(value)})
		default:
			list = append(list, Ignored{"sysctl " + name})
		}
	}
	return list
}

// procSettings recognises the arguments of a helper script: /proc/sys/NAME=VALUE.
func procSettings(args []string, text string) []Statement {
	var list []Statement
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok || !strings.HasPrefix(name, "/proc/sys/") || !validParameter(name) {
			return []Statement{Unsupported{text}}
		}
		list = append(list, SetParameter{parameterName(name), oneLine(value)})
	}
	return list
}

// parameterName returns the name with dots of one that may be a file.
func parameterName(name string) string {
	return strings.ReplaceAll(strings.TrimPrefix(name, "/proc/sys/"), "/", ".")
}

// validParameter reports whether name can be one of a parameter.
func validParameter(name string) bool {
	return strings.ContainsAny(name, "./") && strings.TrimFunc(name, func(r rune) bool {
		return r < 0x80 && isWord(byte(r)) || strings.ContainsRune("./-", r)
	}) == ""
}

// network recognises ip and ifconfig: an MTU counts; other parameters of a
// route would change what TCP does.
func network(args []string, text string) Statement {
	i := slices.Index(args, "mtu")
	if i >= 0 && i+1 < len(args) && args[i+1] == "lock" {
		i++
	}
	switch {
	case i >= 0 && i+1 < len(args):
		if mtu, err := strconv.ParseUint(args[i+1], 10, 16); err == nil && mtu > 0 {
			return SetMTU{int(mtu)}
		}
	case slices.Contains(args, "tcp_metrics"), slices.Contains(args, "show"):
		return Ignored{text}
	}
	return Unsupported{text}
}

// drop recognises "drop sockets in STATE": a tcpdrop, or an ss -K, with the name of a
// state among its arguments, or with -a alone for all.
func drop(args []string, text string) Statement {
	all := false
	for _, a := range args {
		if s, ok := ParseState(a); ok {
			return DropState{State: s}
		}
		all = all || a == "-a"
	}
	if all {
		return DropState{All: true}
	}
	return Unsupported{text}
}

// listers are the programs that list sockets.
var listers = []string{"netstat", "sockstat", "ss", "tcpdrop"}

// probe recognises a pipeline that lists sockets, filters those in a state,
// counts them and looks for a count: … | grep -c STATE | grep K, or with "wc -l"
// as the counter; or one that ends in a program that drops what is listed. Other
// filters (address, port) do not matter with one connection.
func (p pipeline) probe() Statement {
	first := path.Base(p.commands[0][0])
	if first == "nstat" {
		return Ignored{p.text}
	}
	if !slices.Contains(listers, first) {
		return Unsupported{p.text}
	}
	found := stateFilter{}
	for _, words := range p.commands {
		if len(words) > 1 && slices.Contains(listers, path.Base(words[0])) {
			found.add(words[1:])
		}
	}
	counted := false
	for i, words := range p.commands[1:] {
		last := i == len(p.commands)-2
		options, pattern := grepArguments(words)
		n, err := strconv.Atoi(strings.Trim(pattern, "^$"))
		switch name := path.Base(words[0]); {
		case name == "wc" && len(words) == 2 && words[1] == "-l":
			counted = true
		case counted && last && name == "grep" && !strings.Contains(options, "v") && err == nil && n >= 0 && found.ok:
			return CountState{found.state, n}
		case counted:
			return Unsupported{p.text}
		case name == "grep" || name == "egrep" || name == "fgrep":
			if !strings.Contains(options, "v") {
				found.add([]string{pattern})
			}
			counted = strings.Contains(options, "c")
		case last && found.ok && dropsInput(words):
			return DropState{State: found.state}
		case name == "sed" || name == "awk":
			found.add(words[1:])
		case name == "tail" || name == "head" || name == "tr" || name == "cat":
		default:
			return Unsupported{p.text}
		}
	}
	return Unsupported{p.text}
}

// dropsInput reports whether a command drops the connections in its input:
// "tcpdrop" by way of xargs, or the shell reading the output of "tcpdrop -l".
func dropsInput(words []string) bool {
	name := path.Base(words[0])
	return name == "sh" || name == "xargs" && slices.ContainsFunc(words[1:], func(w string) bool { return path.Base(w) == "tcpdrop" })
}

// stateFilter is the state that the commands of a pipeline filter by.
type stateFilter struct {
	state tcp.State
	ok    bool
}

// add looks for the name of a state among words, or in a pattern such as
// "8080.*TIME_WAIT *$".
func (f *stateFilter) add(words []string) {
	for _, w := range words {
		for _, name := range strings.FieldsFunc(w, func(r rune) bool { return r >= 0x80 || !isWord(byte(r)) && r != '-' }) {
			if s, ok := ParseState(name); ok {
				f.state, f.ok = s, true
			}
		}
	}
}

// grepArguments returns the letters of grep's options and its pattern.
func grepArguments(words []string) (options, pattern string) {
	for _, w := range words[1:] {
		if len(w) > 1 && w[0] == '-' {
			options += w[1:]
		} else if pattern == "" {
			pattern = w
		}
	}
	return options, pattern
}
