package kernel

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Limits of the input. The embedded set is far below them: 2.7 MB, lines of at
// most 30 kB, at most 293 steps.
const (
	MaxBytes = 64 << 20 // octets of one set, all its files, after decompression
	MaxLine  = 1 << 20  // octets of one line
	MaxSteps = 10_000   // steps of one recording
)

// Error says what is wrong with recordings, and where.
type Error struct {
	File   string // "" if no file is to blame
	Line   int    // from 1; 0 if it is not about a line
	Name   string // the recording's name, if the line has one
	Reason string
	Err    error // the cause outside of the text, such as one of the file system, or nil
}

// Error returns "file:line: name: reason", without what is not known.
func (e *Error) Error() string {
	s := e.Reason
	if e.Name != "" {
		s = printable(e.Name) + ": " + s
	}
	switch {
	case e.File != "" && e.Line != 0:
		s = fmt.Sprintf("%s:%d: %s", e.File, e.Line, s)
	case e.File != "":
		s = e.File + ": " + s
	}
	return "kernel: " + s
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// printable returns s, quoted where it could garble a terminal.
func printable(s string) string {
	if q := quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}

// Read reads a set of recordings from r, as plain text or compressed with gzip,
// whichever it is. name stands for the file in errors, which are of type *Error.
func Read(r io.Reader, name string) ([]Recording, error) {
	var s set
	if err := s.read(r, name); err != nil {
		return nil, err
	}
	return s.finish(name)
}

// ReadPaths reads one set of recordings from files, named .jsonl or .jsonl.gz,
// and from folders, where it reads every such file at any depth, in the order of
// their names. Errors are of type *Error.
func ReadPaths(paths ...string) ([]Recording, error) {
	var s set
	for _, path := range paths {
		before := s.files
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return &Error{File: file, Reason: reason(err), Err: err}
			case d.IsDir():
				return nil
			case strings.HasSuffix(file, ".jsonl") || strings.HasSuffix(file, ".jsonl.gz"):
				return s.readFile(file)
			case file == path:
				return &Error{File: file, Reason: "want a file named .jsonl or .jsonl.gz, or a folder"}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if s.files == before {
			return nil, &Error{File: path, Reason: "no file named .jsonl or .jsonl.gz in this folder"}
		}
	}
	return s.finish(strings.Join(paths, ", "))
}

// reason returns a file system's error without the path, which Error.File has.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// set collects recordings over one or more files.
type set struct {
	recs  []Recording
	where map[string]string // by name of recording, "file:line"
	files int
	bytes int64 // read so far, after decompression
}

func (s *set) finish(name string) ([]Recording, error) {
	if len(s.recs) == 0 {
		return nil, &Error{File: name, Reason: "no recordings"}
	}
	return s.recs, nil
}

func (s *set) readFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return &Error{File: file, Reason: reason(err), Err: err}
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return &Error{File: file, Reason: "not a regular file", Err: err}
	}
	return s.read(f, file)
}

func (s *set) read(r io.Reader, name string) error {
	s.files++
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return &Error{File: name, Reason: gzipReason(err), Err: err}
		}
		in = bufio.NewReader(z)
	}
	for n := 1; ; n++ {
		line, err := s.line(in)
		if err == io.EOF {
			return nil
		}
		var rec *Recording
		if err == nil {
			rec, err = s.recording(line, name, n)
		}
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				e = &Error{Reason: err.Error()}
			}
			e.File, e.Line = name, n
			return e
		}
		s.recs = append(s.recs, *rec)
	}
}

func gzipReason(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "truncated: the gzip stream has no end"
	}
	return err.Error()
}

// line reads one line, without its end. It never holds more than MaxLine octets.
func (s *set) line(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := in.ReadSlice('\n')
		s.bytes += int64(len(piece))
		if s.bytes > MaxBytes {
			return nil, fmt.Errorf("the set is larger than %d octets", MaxBytes)
		}
		if len(line)+len(piece) > MaxLine {
			return nil, fmt.Errorf("the line is longer than %d octets", MaxLine)
		}
		line = append(line, piece...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, &Error{Reason: gzipReason(err), Err: err}
		}
		if n := len(line); line[n-1] == '\n' {
			line = line[:n-1]
		}
		return line, nil
	}
}

func (s *set) recording(line []byte, file string, n int) (*Recording, error) {
	if len(line) == 0 {
		return nil, errors.New("the line is empty")
	}
	if err := checkJSON(line); err != nil {
		return nil, err
	}
	rec, err := decode(value(line))
	if err != nil {
		return nil, &Error{Name: rec.Name, Reason: err.Error()}
	}
	if other, ok := s.where[rec.Name]; ok {
		return nil, &Error{Name: rec.Name, Reason: "the name is taken by the recording at " + other}
	}
	if s.where == nil {
		s.where = make(map[string]string)
	}
	s.where[rec.Name] = fmt.Sprintf("%s:%d", file, n)
	return rec, nil
}
