package closure

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"assay/internal/kit/canon"
)

// This is internal/kit/canon for strings: what it takes for canonical, and what
// not, is the same, which a test holds.

var (
	errCut   = errors.New("canonical JSON: cut off")
	errAfter = errors.New("canonical JSON: bytes after the end")
	errText  = errors.New("canonical JSON: not a string")
)

// taker takes the members of an object. It checks the value at b[i] and says
// where it ends.
type taker interface {
	member(b, key string, i int) (end int, err error)
}

// checked takes members and leaves them.
type checked int

func (depth checked) member(b, _ string, i int) (end int, err error) { return skip(b, i, int(depth)) }

// skip checks the value at b[i] and returns where it ends.
func skip(b string, i, depth int) (int, error) {
	if i >= len(b) {
		return 0, errCut
	}
	switch c := b[i]; {
	case c == '"':
		return skipText(b, i)
	case c == '{' || c == '[':
		if depth == canon.MaxDepth {
			return 0, fmt.Errorf("canonical JSON: deeper than %d", canon.MaxDepth)
		}
		if c == '{' {
			return members(b, i, checked(depth+1))
		}
		return elements(b, i, depth)
	case c == 't' && strings.HasPrefix(b[i:], "true"):
		return i + 4, nil
	case c == 'f' && strings.HasPrefix(b[i:], "false"):
		return i + 5, nil
	}
	return skipInt(b, i)
}

func skipInt(b string, i int) (int, error) {
	from := i
	if b[i] == '-' {
		i++
	}
	digits := i
	n := int64(0)
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		if n = n*10 + int64(b[i]-'0'); n > canon.MaxInt {
			return 0, fmt.Errorf("canonical JSON: integer at byte %d is beyond 2^53-1", from)
		}
	}
	if i == digits || b[digits] == '0' && (i > digits+1 || digits > from) {
		return 0, fmt.Errorf("canonical JSON: no value at byte %d", from)
	}
	return i, nil
}

// itself tells which bytes stand for themselves in a string.
var itself = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// skipText checks the string at b[i], which is a quotation mark.
func skipText(b string, i int) (int, error) {
	i++
	for i < len(b) {
		for i+8 <= len(b) && themselves(word8(b[i:i+8])) {
			i += 8
		}
		if i == len(b) {
			break
		}
		c := b[i]
		switch {
		case itself[c]:
			i++
		case c == '"':
			return i + 1, nil
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(b[i:])
			if r == utf8.RuneError && n == 1 {
				return 0, fmt.Errorf("canonical JSON: byte %d is not UTF-8", i)
			}
			i += n
		case c == '\\':
			n, _ := escape(b[i:])
			if n == 0 {
				return 0, fmt.Errorf("canonical JSON: byte %d is escaped in another way than the canonical", i)
			}
			i += n
		default:
			return 0, fmt.Errorf("canonical JSON: byte %d must be escaped", i)
		}
	}
	return 0, errCut
}

// word8 is eight bytes as a number.
func word8(b string) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// themselves tells whether eight bytes all stand for themselves in a string. It
// may say no of some that do, never yes of one that does not.
func themselves(w uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^('"'*ones), w^('\\'*ones)
	return (w|(w-0x20*ones)|(quote-ones)|(slash-ones))&tops == 0
}

// escape reads the canonical escape with which b begins: its length, 0 if there
// is none, and what it stands for.
func escape(b string) (n int, c byte) {
	if len(b) < 2 {
		return 0, 0
	}
	if k := strings.IndexByte(`"\bfnrt`, b[1]); k >= 0 {
		return 2, "\"\\\b\f\n\r\t"[k]
	}
	if len(b) < 6 || b[1:4] != "u00" {
		return 0, 0
	}
	const hex = "0123456789abcdef"
	hi, lo := strings.IndexByte(hex, b[4]), strings.IndexByte(hex, b[5])
	if hi < 0 || hi > 1 || lo < 0 {
		return 0, 0
	}
	c = byte(hi<<4 | lo) //nolint:gosec // below 0x20
	if strings.IndexByte("\b\t\n\f\r", c) >= 0 {
		return 0, 0
	}
	return 6, c
}

// str is the text of a checked value, if it is one.
func str(b string) (string, error) {
	if b[0] != '"' {
		return "", errText
	}
	return unquoted(b[1 : len(b)-1]), nil
}

func unquoted(b string) string {
	i := strings.IndexByte(b, '\\')
	if i < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for ; i >= 0; i = strings.IndexByte(b, '\\') {
		n, c := escape(b[i:])
		out = append(append(out, b[:i]...), c)
		b = b[i+max(n, 1):]
	}
	return string(append(out, b...))
}

// members checks the object at b[i] and has its members taken.
func members(b string, i int, t taker) (int, error) {
	if i >= len(b) || b[i] != '{' {
		return 0, errors.New("canonical JSON: not an object")
	}
	if i+1 < len(b) && b[i+1] == '}' {
		return i + 2, nil
	}
	last := ""
	for first := true; ; first = false {
		key, from, plain, err := nextKey(b, i+1) // past { or ,
		if err != nil {
			return 0, err
		}
		if !first && !before(last, key) {
			return 0, fmt.Errorf("canonical JSON: member %q stands after %q", key, last)
		}
		last = key
		if !plain {
			key = unquoted(key)
		}
		if i, err = t.member(b, key, from); err != nil {
			return 0, err
		}
		if more, err := goesOn(b, i, '}'); !more {
			return i + 1, err
		}
	}
}

// nextKey reads the key and the colon at b[i], and says where the value begins
// and whether the key is written as it is.
func nextKey(b string, i int) (key string, from int, plain bool, err error) {
	if i >= len(b) || b[i] != '"' {
		return "", 0, false, errCut
	}
	end, plain, err := skipKey(b, i)
	if err == nil && (end >= len(b) || b[end] != ':') {
		err = errCut
	}
	if err != nil {
		return "", 0, false, err
	}
	return b[i+1 : end-1], end + 1, plain, nil
}

// skipKey is skipText that tells whether all bytes stand for themselves.
func skipKey(b string, i int) (end int, plain bool, err error) {
	for end = i + 1; end < len(b) && itself[b[end]]; {
		end++
	}
	if end < len(b) && b[end] == '"' {
		return end + 1, true, nil
	}
	end, err = skipText(b, i)
	return end, false, err
}

// goesOn tells whether a comma stands at b[i], and not the end.
func goesOn(b string, i int, end byte) (bool, error) {
	switch {
	case i >= len(b):
		return false, errCut
	case b[i] == end:
		return false, nil
	case b[i] == ',':
		return true, nil
	}
	return false, fmt.Errorf("canonical JSON: byte %d is out of place", i)
}

func elements(b string, i, depth int) (int, error) {
	if i+1 < len(b) && b[i+1] == ']' {
		return i + 2, nil
	}
	for {
		var err error
		if i, err = skip(b, i+1, depth+1); err != nil {
			return 0, err
		}
		if more, err := goesOn(b, i, ']'); !more {
			return i + 1, err
		}
	}
}

// before compares two keys as they are written.
func before(a, b string) bool {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] && a[i] != '\\' {
		i++
	}
	switch {
	case i == n:
		return len(a) < len(b)
	case itself[a[i]] && itself[b[i]]:
		return a[i] < b[i]
	}
	x, y := utf16.Encode([]rune(unquoted(a))), utf16.Encode([]rune(unquoted(b)))
	for j := range min(len(x), len(y)) {
		if x[j] != y[j] {
			return x[j] < y[j]
		}
	}
	return len(x) < len(y)
}

// firstOf is the first value of what is left of a checked array, and the rest;
// empty at the end.
func firstOf(b string) (first, rest string) {
	if b == "" || b[0] == ']' {
		return "", ""
	}
	end := pass(b)
	if end < len(b) && b[end] == ',' {
		return b[:end], b[end+1:]
	}
	return b[:end], ""
}

// entryOf is the first member of what is left of a checked object.
func entryOf(b string) (key, value, rest string) {
	if b == "" || b[0] == '}' {
		return "", "", ""
	}
	end := pass(b)
	value, rest = firstOf(b[end+1:])
	return b[:end], value, rest
}

// pass returns where the checked value at the start of b ends.
func pass(b string) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 {
				return i
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}
