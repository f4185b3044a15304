package packetdrill

import "strings"

// pipeline is one or more commands with | between them.
type pipeline struct {
	text     string
	commands [][]string // words, quotes removed
	output   string     // file of the last output redirection, "" without one
}

// shell cuts the text of a command into pipelines. It knows quotes, backslashes,
// comments, redirections and $((…)); any other expansion is a problem.
type shell struct {
	src     string
	off     int
	start   int // of the pipeline
	word    strings.Builder
	inWord  bool
	redir   bool // the next word is the file of a redirection
	current pipeline
	words   []string
	done    []pipeline
	problem string
}

// splitShell returns the pipelines of text, or what it cannot understand.
func splitShell(text string) ([]pipeline, string) {
	s := &shell{src: text}
	for s.problem == "" && s.off < len(s.src) {
		s.step()
	}
	s.endPipeline()
	return s.done, s.problem
}

// step reads one element of the source.
func (s *shell) step() {
	c, rest := s.src[s.off], s.src[s.off:]
	switch {
	case c == ' ' || c == '\t' || c == '\r':
		s.endWord()
		s.off++
	case c == '\n' || c == ';':
		s.endPipeline()
		s.off++
		s.start = s.off
	case strings.HasPrefix(rest, "&&"):
		s.endPipeline()
		s.off += 2
		s.start = s.off
	case strings.HasPrefix(rest, "||"):
		s.alternative()
	case c == '|':
		s.endCommand()
		s.off++
	case c == '#' && !s.inWord:
		comment, _, _ := strings.Cut(rest, "\n")
		s.off += len(comment)
	case c == '>' || c == '<' || c == '&':
		s.redirection(c, rest)
	case c == '\\':
		s.backslash(rest)
	case c == '\'':
		text, _, closed := strings.Cut(rest[1:], "'")
		if !closed {
			s.problem = "unclosed quote"
		}
		s.literal(text, len(text)+2)
	case c == '"':
		s.doubleQuoted()
	case c == '$':
		s.expansion(rest)
	case c == '`' || strings.IndexByte("(){}*?!", c) >= 0 && !s.inWord:
		s.problem = "shell syntax " + quote(string(c))
	default:
		s.literal(rest[:1], 1)
	}
}

// literal adds text to the current word and passes n bytes.
func (s *shell) literal(text string, n int) {
	s.inWord = true
	s.word.WriteString(text)
	s.off += n
}

func (s *shell) endWord() {
	if !s.inWord {
		return
	}
	w := s.word.String()
	s.word.Reset()
	s.inWord = false
	if s.redir {
		s.redir = false
		s.current.output = w
		return
	}
	s.words = append(s.words, w)
}

func (s *shell) endCommand() {
	s.endWord()
	if len(s.words) == 0 && s.problem == "" {
		s.problem = "a pipe without a command"
	}
	s.current.commands = append(s.current.commands, s.words)
	s.words = nil
}

func (s *shell) endPipeline() {
	s.endWord()
	if len(s.words) > 0 || len(s.current.commands) > 0 {
		s.endCommand()
		s.current.text = oneLine(s.src[s.start:min(s.off, len(s.src))])
		s.done = append(s.done, s.current)
	}
	s.current = pipeline{}
}

// alternative handles ||: "|| true" makes failure harmless, which nothing here
// depends on; any other alternative is a problem.
func (s *shell) alternative() {
	end := s.off + 2
	for end < len(s.src) && !strings.ContainsRune(";&|\n", rune(s.src[end])) {
		end++
	}
	if other := strings.TrimSpace(s.src[s.off+2 : end]); other != "true" && other != ":" {
		s.problem = "shell syntax \"||\""
		return
	}
	s.endWord()
	s.off = end
}

// redirection handles > FILE, >> FILE, 2> FILE, &> FILE and 2>&1. Input from a
// file and commands in the background are problems.
func (s *shell) redirection(c byte, rest string) {
	if c == '<' || c == '&' && !strings.HasPrefix(rest, "&>") {
		s.problem = "shell syntax " + quote(string(c))
		return
	}
	if w := s.word.String(); s.inWord && (w == "1" || w == "2") {
		s.word.Reset()
		s.inWord = false
	}
	s.endWord()
	s.off += len(rest) - len(strings.TrimLeft(rest, "&>"))
	if strings.HasPrefix(rest, ">&") {
		s.off = min(s.off+1, len(s.src)) // the number of the descriptor
		return
	}
	s.redir = true
}

func (s *shell) backslash(rest string) {
	switch {
	case len(rest) == 1:
		s.problem = "a backslash at the end"
	case rest[1] == '\n':
		s.endWord()
		s.off += 2
	default:
		s.literal(rest[1:2], 2)
	}
}

func (s *shell) doubleQuoted() {
	s.literal("", 1)
	for s.problem == "" {
		if s.off >= len(s.src) {
			s.problem = "unclosed quote"
			return
		}
		rest := s.src[s.off:]
		switch {
		case rest[0] == '"':
			s.off++
			return
		case rest[0] == '$':
			s.expansion(rest)
		case rest[0] == '`':
			s.problem = "command substitution"
		case rest[0] == '\\' && len(rest) > 1 && strings.IndexByte("\"\\$`", rest[1]) >= 0:
			s.literal(rest[1:2], 2)
		default:
			s.literal(rest[:1], 1)
		}
	}
}

// expansion handles $((expression)) of constants. A lone $, as at the end of a
// pattern, is itself.
func (s *shell) expansion(rest string) {
	if !strings.HasPrefix(rest, "$((") {
		if len(rest) > 1 && (isWord(rest[1]) || strings.IndexByte("({$?@*#!", rest[1]) >= 0) {
			s.problem = "the expansion of " + quote(rest[:min(len(rest), 12)])
			return
		}
		s.literal("$", 1)
		return
	}
	text, _, closed := strings.Cut(rest[3:], "))")
	for open := strings.Count(text, "(") - strings.Count(text, ")"); closed && open > 0; open-- {
		text += ")" // as in $(((1+2)*3)): the cut came too early by the inner brackets
		closed = strings.HasPrefix(rest[3+len(text):], "))")
	}
	value, ok := evalArithmetic(text)
	if !closed || !ok {
		s.problem = "the arithmetic expression " + quote(text)
		return
	}
	s.literal(value, len("$(("+text+"))"))
}

// evalArithmetic evaluates an expression of integers as the shell does, division
// towards zero.
func evalArithmetic(text string) (string, bool) {
	c := &codeParser{src: text}
	if len(text) > MaxCode {
		return "", false
	}
	c.next()
	x := c.expression()
	if c.err != nil || c.tok.kind != codeEnd || len(c.names) > 0 {
		return "", false
	}
	v, err := x.eval(&environment{integer: true})
	if err != nil {
		return "", false
	}
	return formatRat(v), true
}
