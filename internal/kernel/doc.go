// Package kernel holds teardowns recorded from a live Linux kernel, and reads
// recordings of the same form.
//
// The embedded set has 1301 recordings of Linux 6.18.44 (x86-64, HZ 250), made
// through a TUN device in a network namespace of its own: the kernel on one
// side, a peer that sends hand-made segments on the other. A [Recording] lists,
// in the order of time, the calls made on the kernel's side, the segments in
// both directions, and what a socket lookup and poll(2) showed.
//
// # Format
//
// A file has one JSON object per line, plain (.jsonl) or compressed with gzip
// (.jsonl.gz):
//
//	{"name", "desc", "group", "role", "timestamps", "sack", "sysctls",
//	 "kernel", "hz", "max_late_ms", "unstable"?, "end_ms", "steps": [...]}
//
// A step has "at_ms", the milliseconds since the start of the recording, and one
// of "call", "in", "out", "state" and "poll"; [Step] and the types of its fields
// say what belongs to each. Segments bear their flags in packetdrill's letters
// (F S R P . U E W, or - for none) and sequence numbers relative to the initial
// ones, modulo 2^32.
//
// The reader is strict, because a recording misread is a wrong verdict about
// somebody's code: it takes no field, step, call, socket option, descriptor,
// error number or value that it does not know, and nothing out of order or out
// of range. What it refuses it names with file, line and recording, as an
// [*Error].
package kernel
