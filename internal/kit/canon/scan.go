package canon

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may lie in one another where
// canonical bytes are read.
const MaxDepth = 64

var errEnd = errors.New("canonical JSON: cut off")

// Valid reports what keeps b from being exactly one canonical value: bytes that
// Marshal would not have written, or bytes after the end.
func Valid(b []byte) error {
	rest, err := Skip(b)
	if err == nil && len(rest) > 0 {
		return errors.New("canonical JSON: bytes after the end")
	}
	return err
}

// Skip checks the canonical value with which b begins and returns what comes
// after it.
func Skip(b []byte) (rest []byte, err error) {
	n, err := skip(b, 0, 0)
	if err != nil {
		return nil, err
	}
	return b[n:], nil
}

// skip checks the value at b[i] and returns where it ends.
func skip(b []byte, i, depth int) (int, error) {
	if i >= len(b) {
		return 0, errEnd
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i)
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return 0, fmt.Errorf("canonical JSON: deeper than %d", MaxDepth)
		}
		if c == '{' {
			return eachMember(b, i, depth, nil)
		}
		return eachElement(b, i, depth, nil)
	case c == 't' && bytes.HasPrefix(b[i:], []byte("true")):
		return i + 4, nil
	case c == 'f' && bytes.HasPrefix(b[i:], []byte("false")):
		return i + 5, nil
	}
	return skipInt(b, i)
}

func skipInt(b []byte, i int) (int, error) {
	from := i
	if b[i] == '-' {
		i++
	}
	digits := i
	n := int64(0)
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		if n = n*10 + int64(b[i]-'0'); n > MaxInt {
			return 0, fmt.Errorf("canonical JSON: integer at byte %d is beyond 2^53-1", from)
		}
	}
	if i == digits || b[digits] == '0' && (i > digits+1 || digits > from) {
		return 0, fmt.Errorf("canonical JSON: no value at byte %d", from)
	}
	return i, nil
}

// plain tells which bytes stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// skipString checks the string at b[i], which is a quotation mark.
func skipString(b []byte, i int) (int, error) {
	i++
	for i < len(b) {
		c := b[i]
		switch {
		case plain[c]:
			i++
		case c == '"':
			return i + 1, nil
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(b[i:])
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
	return 0, errEnd
}

// escape reads the canonical escape with which b begins: its length, 0 if
// there is none, and what it stands for.
func escape(b []byte) (n int, c byte) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\':
		return 2, b[1]
	case 'b':
		return 2, '\b'
	case 't':
		return 2, '\t'
	case 'n':
		return 2, '\n'
	case 'f':
		return 2, '\f'
	case 'r':
		return 2, '\r'
	}
	if len(b) < 6 || string(b[1:4]) != "u00" {
		return 0, 0
	}
	hi, lo := bytes.IndexByte([]byte(hexDigits), b[4]), bytes.IndexByte([]byte(hexDigits), b[5])
	if hi < 0 || hi > 1 || lo < 0 {
		return 0, 0
	}
	c = byte(hi<<4 | lo) //nolint:gosec // below 0x20
	if bytes.IndexByte([]byte("\b\t\n\f\r"), c) >= 0 {
		return 0, 0
	}
	return 6, c
}

// Members checks that b is exactly one canonical object and calls fn, if not
// nil, for each of its members, in order, with the key and the bytes of the
// value.
func Members(b []byte, fn func(key, value []byte) error) error {
	if fn == nil {
		return Spans(b, nil)
	}
	return Spans(b, func(key []byte, from, to int) error { return fn(key, b[from:to:to]) })
}

// Spans is Members that says where in b each value stands.
func Spans(b []byte, fn func(key []byte, from, to int) error) error {
	if len(b) == 0 || b[0] != '{' {
		return errors.New("canonical JSON: not an object")
	}
	return whole(b)(eachMember(b, 0, 0, fn))
}

// Elements checks that b is exactly one canonical array and calls fn for the
// bytes of each of its elements, in order.
func Elements(b []byte, fn func(value []byte) error) error {
	if len(b) == 0 || b[0] != '[' {
		return errors.New("canonical JSON: not an array")
	}
	return whole(b)(eachElement(b, 0, 0, fn))
}

func whole(b []byte) func(int, error) error {
	return func(n int, err error) error {
		if err == nil && n != len(b) {
			return errors.New("canonical JSON: bytes after the end")
		}
		return err
	}
}

func eachMember(b []byte, i, depth int, fn func(key []byte, from, to int) error) (int, error) {
	if i+1 < len(b) && b[i+1] == '}' {
		return i + 2, nil
	}
	var last []byte
	for first := true; ; first = false {
		key, from, err := member(b, i+1) // past { or ,
		if err != nil {
			return 0, err
		}
		if !first && !before(last, key) {
			return 0, fmt.Errorf("canonical JSON: member %q stands after %q", key, last)
		}
		last = key
		if i, err = skip(b, from, depth+1); err != nil {
			return 0, err
		}
		if fn != nil {
			if err := fn(unescaped(key), from, i); err != nil {
				return 0, err
			}
		}
		if more, err := more(b, i, '}'); !more {
			return i + 1, err
		}
	}
}

// member reads the key and the colon at b[i] and returns the key as it is
// written and where the value begins.
func member(b []byte, i int) (key []byte, from int, err error) {
	if i >= len(b) || b[i] != '"' {
		return nil, 0, errEnd
	}
	end, err := skipString(b, i)
	if err != nil {
		return nil, 0, err
	}
	if end >= len(b) || b[end] != ':' {
		return nil, 0, errEnd
	}
	return b[i+1 : end-1], end + 1, nil
}

// more tells whether a comma stands at b[i], and not the end of what is read.
func more(b []byte, i int, end byte) (bool, error) {
	switch {
	case i >= len(b):
		return false, errEnd
	case b[i] == end:
		return false, nil
	case b[i] == ',':
		return true, nil
	}
	return false, fmt.Errorf("canonical JSON: byte %d is out of place", i)
}

// before compares two keys as they are written.
func before(a, b []byte) bool {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] && a[i] != '\\' {
		i++
	}
	if i == n {
		return len(a) < len(b)
	}
	if plain[a[i]] && plain[b[i]] {
		return a[i] < b[i]
	}
	return compareUTF16(unquote(a), unquote(b)) < 0
}

func eachElement(b []byte, i, depth int, fn func([]byte) error) (int, error) {
	if i+1 < len(b) && b[i+1] == ']' {
		return i + 2, nil
	}
	for {
		from := i + 1 // past [ or ,
		var err error
		if i, err = skip(b, from, depth+1); err != nil {
			return 0, err
		}
		if fn != nil {
			if err := fn(b[from:i:i]); err != nil {
				return 0, err
			}
		}
		if more, err := more(b, i, ']'); !more {
			return i + 1, err
		}
	}
}
