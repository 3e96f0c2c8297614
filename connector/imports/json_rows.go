package imports

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"assay/internal/kit/fault"
)

// objectRow is a row of JSON: an object, found by the members of a path.
func objectRow(line int, raw []byte) row {
	if problem := unreadable(raw); problem != "" {
		return row{line: line, problem: problem}
	}
	v, err := parseJSON(raw)
	if err != nil {
		return row{line: line, problem: err.Error()}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return row{line: line, problem: "it is not an object"}
	}
	return row{line: line, value: func(c *column) (any, bool) { return lookup(object, c.path) }}
}

// lookup follows a path. A member whose own name has the dots is found too.
func lookup(object map[string]any, path []string) (any, bool) {
	if v, ok := object[strings.Join(path, ".")]; ok {
		return v, true
	}
	for n := len(path) - 1; n > 0; n-- {
		below, ok := object[strings.Join(path[:n], ".")].(map[string]any)
		if !ok {
			continue
		}
		if v, ok := lookup(below, path[n:]); ok {
			return v, true
		}
	}
	return nil, false
}

// lineRows reads NDJSON.
type lineRows struct {
	r    *bufio.Reader
	line int
	some bool
}

func openNDJSON(r *bufio.Reader) (rows, error) { return &lineRows{r: r}, nil }

func (l *lineRows) next() (row, error) {
	for {
		raw, long, ended, err := readLine(l.r)
		if err != nil {
			return row{}, err
		}
		if len(raw) == 0 && !long && !ended {
			if !l.some {
				return row{}, fault.New(fault.Invalid, "The file is empty. A list without rows is written [] in JSON, or as a heading alone in CSV.")
			}
			return row{}, io.EOF
		}
		l.line++
		text := bytes.TrimSpace(raw)
		if len(text) == 0 && !long {
			continue
		}
		l.some = true
		if long {
			return row{line: l.line, problem: tooLong}, nil
		}
		one := objectRow(l.line, text)
		if one.problem != "" && !ended {
			one.problem = "the file ends within this row: " + one.problem
		}
		return one, nil
	}
}

const (
	tooLong = "it is longer than 4 MiB"
	tooDeep = "it has more than 32 objects and lists within each other"
)

// readLine reads up to a line end. A line over the limit is read to its end
// and not kept. ended is whether there was a line end.
func readLine(r *bufio.Reader) (line []byte, long, ended bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if !long && len(line)+len(part) > LongestRow {
			line, long = nil, true
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case err == nil:
			return line, long, true, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return line, long, false, nil
		default:
			return nil, false, false, err
		}
	}
}

// listRows reads the elements of a list in a JSON document, one at a time.
type listRows struct {
	r     *bufio.Reader
	line  int
	open  int // objects around the list, which must close after it
	begun bool
	done  bool
}

// openJSON finds the list.
func openJSON(r *bufio.Reader, path string) (rows, error) {
	l := &listRows{r: r, line: 1}
	var members []string
	if path != "" {
		members = strings.Split(path, ".")
	}
	for _, member := range members {
		if err := l.enter(member, path); err != nil {
			return nil, err
		}
		l.open++
	}
	c, err := l.mark()
	switch {
	case errors.Is(err, io.EOF) && path == "":
		return nil, fault.New(fault.Invalid, "The file is empty. A list without rows is written [].")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case c == '{':
		return nil, fault.New(fault.Invalid, "The document is an object, not a list. If the list is inside, say where with rows; if every line is an object, the format is ndjson.")
	case c != '[':
		return nil, fault.New(fault.Invalid, "There is no list where the rows should be.")
	}
	return l, nil
}

// enter goes into an object up to the value of a member.
func (l *listRows) enter(member, path string) error {
	missing := fault.New(fault.Invalid, "The document has no list at %s.", path)
	if c, err := l.mark(); err != nil || c != '{' {
		return missing
	}
	for {
		c, err := l.mark()
		if c == ',' {
			c, err = l.mark()
		}
		if err != nil || c != '"' {
			return missing
		}
		key, _, err := l.value(c)
		if err != nil {
			return missing
		}
		name, err := parseJSON(key)
		if c, markErr := l.mark(); err != nil || markErr != nil || c != ':' {
			return missing
		}
		if name == member {
			return nil
		}
		if c, err = l.mark(); err != nil {
			return missing
		}
		if _, _, err := l.value(c); err != nil {
			return missing
		}
	}
}

func (l *listRows) next() (row, error) {
	if l.done {
		return row{}, io.EOF
	}
	c, err := l.mark()
	comma := err == nil && l.begun && c == ','
	if comma {
		c, err = l.mark()
	}
	switch {
	case err == nil && l.begun && !comma && c != ']':
		return row{}, &unfinished{l.line, "there is no comma between two rows; the rest was not read"}
	case err == nil && comma && c == ']':
		return row{}, &unfinished{l.line, "there is no row after the last comma"}
	case errors.Is(err, io.EOF):
		return row{}, &unfinished{l.line, "the file ends before its list does"}
	case err != nil:
		return row{}, err
	case c == ']':
		l.done = true
		return row{}, l.close()
	}
	l.begun = true
	start := l.line
	raw, problem, err := l.value(c)
	switch {
	case errors.Is(err, io.EOF):
		return row{}, &unfinished{start, "the file ends within this row"}
	case err != nil:
		return row{}, err
	case problem != "":
		return row{line: start, problem: problem}, nil
	}
	return objectRow(start, raw), nil
}

// close reads what stands after the list, which must close what was opened and
// hold nothing more.
func (l *listRows) close() error {
	for {
		c, err := l.mark()
		switch {
		case errors.Is(err, io.EOF) && l.open == 0:
			return io.EOF
		case errors.Is(err, io.EOF):
			return &unfinished{l.line, "the file ends before its document does"}
		case err != nil:
			return err
		case c == '}' && l.open > 0:
			l.open--
		case l.open > 0 && (c == ',' || c == ':'):
		case l.open > 0:
			if _, _, err := l.value(c); err != nil {
				return &unfinished{l.line, "the file ends before its document does"}
			}
		default:
			return &unfinished{l.line, "there is something after the end of the list"}
		}
	}
}

// mark returns the next byte that is not white space.
func (l *listRows) mark() (byte, error) {
	for {
		c, err := l.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			l.line++
		case c != ' ' && c != '\t' && c != '\r':
			return c, nil
		}
	}
}

// value reads one JSON value that begins with c, by its brackets and quotes
// alone. One that is too long or too deep is read to its end and not kept.
func (l *listRows) value(c byte) (raw []byte, problem string, err error) {
	depth, quoted, escaped := 0, false, false
	for {
		if len(raw) < LongestRow {
			raw = append(raw, c)
		} else {
			problem = tooLong
		}
		switch {
		case c == '\n':
			l.line++
			escaped = false
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > DeepestRow && problem == "" {
				problem = tooDeep
			}
		case c == '}' || c == ']':
			depth--
		}
		if depth <= 0 && !quoted && l.valueEnds(c) {
			return raw, problem, nil
		}
		if c, err = l.r.ReadByte(); err != nil {
			return nil, "", err
		}
	}
}

// valueEnds reports that a value ends with c: a bracket or a quote that closes,
// or a letter or digit before a mark.
func (l *listRows) valueEnds(c byte) bool {
	if c == '}' || c == ']' || c == '"' {
		return true
	}
	next, err := l.r.Peek(1)
	return err != nil || bytes.IndexByte([]byte(",:]} \t\r\n"), next[0]) >= 0
}
