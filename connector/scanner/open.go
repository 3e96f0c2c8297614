package scanner

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	mostBytes = 2 << 30 // of a file, unpacked
	mostValue = 4 << 20 // of one value that is held at once
	mostDepth = 200
	mostItems = 1_000_000 // findings, components and ports of one file
)

// file is one file as it is read.
type file struct {
	name string
	at   time.Time // of its last change
}

var errTooLarge = errors.New("one of its values, or the whole, is larger than what is read")

// meter lets through what is valid UTF-8, as much as it was allowed.
type meter struct {
	r     io.Reader
	left  int64 // until the next allow
	total int64
	carry []byte // of a character that is not whole yet
}

func (m *meter) allow() { m.left = mostValue }

// Read is io.Reader's.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 || m.total > mostBytes {
		return 0, errTooLarge
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	m.total += int64(n)
	if !m.valid(p[:n], err != nil) {
		return 0, errors.New("it is not in UTF-8")
	}
	return n, err
}

func (m *meter) valid(p []byte, last bool) bool {
	text := append(m.carry, p...) //nolint:gocritic // the carry is taken up here
	m.carry = m.carry[:0]
	if !last {
		for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
			if tail := text[len(text)-back:]; utf8.RuneStart(tail[0]) {
				if !utf8.FullRune(tail) {
					m.carry = bytes.Clone(tail)
					text = text[:len(text)-back]
				}
				break
			}
		}
	}
	return utf8.Valid(text)
}

// read reads a file by what it begins with. What it returns is whole, or an error.
func read(f file, r io.Reader) (*content, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("it cannot be unpacked: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if head, _ := b.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3) // which Peek has read
	}
	head, err := b.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	m := &meter{r: b}
	m.allow()
	c := &content{file: f, words: map[string]string{}}
	switch head = bytes.TrimSpace(head); {
	case len(head) == 0:
		return nil, errors.New("it is empty")
	case head[0] == '{':
		err = c.readJSON(m)
	case head[0] == '<':
		err = c.readXML(m)
	case bytes.HasPrefix(head, []byte("#model_version:")) || bytes.HasPrefix(head, []byte("cve,epss,percentile")):
		err = c.readEPSS(m)
	default:
		err = errors.New("it is neither a JSON object, nor XML, nor a list of EPSS scores")
	}
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// stream is a JSON text that is read piece by piece.
type stream struct {
	d     *json.Decoder
	m     *meter
	items int
}

// key is the next member's name; ok is false at the end of the object.
func (s *stream) key() (name string, ok bool, err error) {
	s.m.allow()
	t, err := s.d.Token()
	if err != nil {
		return "", false, cut(err)
	}
	name, ok = t.(string)
	return name, ok, nil
}

// object goes through the members of the object that comes next, if it is one.
func (s *stream) object(each func(key string) error) error {
	if ok, err := s.enter('{'); !ok || err != nil {
		return err
	}
	return s.members(each)
}

func (s *stream) members(each func(key string) error) error {
	for {
		name, ok, err := s.key()
		if !ok || err != nil {
			return err
		}
		if err := each(name); err != nil {
			return err
		}
	}
}

// list goes through the elements of the list that comes next; null is none.
func (s *stream) list(each func() error) error {
	if ok, err := s.enter('['); !ok || err != nil {
		return err
	}
	for s.more() {
		if s.items++; s.items > mostItems {
			return fmt.Errorf("it holds more than %d entries", mostItems)
		}
		if err := each(); err != nil {
			return err
		}
	}
	s.m.allow()
	_, err := s.d.Token()
	return cut(err)
}

func (s *stream) more() bool {
	s.m.allow()
	return s.d.More()
}

func (s *stream) enter(want json.Delim) (bool, error) {
	s.m.allow()
	switch t, err := s.d.Token(); {
	case err != nil:
		return false, cut(err)
	case t == nil:
		return false, nil
	case t != want:
		return false, fmt.Errorf("where it should have a %s it has %.40q", string(want), fmt.Sprint(t))
	}
	return true, nil
}

func (s *stream) value(into any) error {
	s.m.allow()
	return cut(s.d.Decode(into))
}

// skip passes over a value of any size.
func (s *stream) skip() error {
	for depth := 0; ; {
		s.m.allow()
		t, err := s.d.Token()
		if err != nil {
			return cut(err)
		}
		if d, ok := t.(json.Delim); ok && (d == '{' || d == '[') {
			depth++
		} else if ok {
			depth--
		}
		if depth > mostDepth {
			return errors.New("it is nested too deeply")
		}
		if depth == 0 {
			return nil
		}
	}
}

// cut words the end of a text that should go on.
func cut(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is cut short")
	case errors.Is(err, errTooLarge):
		return errTooLarge
	}
	return fmt.Errorf("it is not whole: %w", err)
}
