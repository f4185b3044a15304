// Package interp runs packetdrill scripts in virtual time, against a host of
// [github.com/seed-447e5d66/tcp/internal/socket] in the kernel's place. The language
// is that of docs/packetdrill.md, whose sections the comments here cite; the parser
// is package packetdrill.
//
//	script, err := packetdrill.Parse(name, text)
//	result := interp.Run(script, interp.Options{Config: tcp.Linux()})
//
// A script passes, or it fails at its first line that does not hold, or it is skipped
// because it uses what cannot be done here, which is then named: an unknown system
// call, socket option, sysctl or shell command. What is unknown is looked for before
// the script begins.
//
// Time costs nothing: a script that waits for two hours is done as soon as one that
// waits for a millisecond.
package interp
