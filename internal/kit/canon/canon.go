package canon

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxInt is the largest integer magnitude that every JSON reader keeps exact.
const MaxInt = 1<<53 - 1

// Marshal returns the canonical bytes of v, which may be built of string,
// bool, int, int64, json.Number (integral), []any, []string, map[string]any
// and map[string]string.
func Marshal(v any) ([]byte, error) { return Append(make([]byte, 0, 256), v) }

// Append is Marshal onto dst.
func Append(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return appendInt(dst, int64(v))
	case int64:
		return appendInt(dst, v)
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return nil, fmt.Errorf("canonical JSON: %q is not an integer", v)
		}
		return appendInt(dst, n)
	case []any:
		return appendList(dst, v, Append)
	case []string:
		return appendList(dst, v, appendString)
	case map[string]any:
		return appendMap(dst, v, Append)
	case map[string]string:
		return appendMap(dst, v, appendString)
	}
	return nil, fmt.Errorf("canonical JSON: no form for %T", v)
}

func appendInt(dst []byte, n int64) ([]byte, error) {
	if n > MaxInt || n < -MaxInt {
		return nil, fmt.Errorf("canonical JSON: integer %d is beyond 2^53-1; write it as a string", n)
	}
	return strconv.AppendInt(dst, n, 10), nil
}

func appendList[T any](dst []byte, list []T, one func([]byte, T) ([]byte, error)) ([]byte, error) {
	var err error
	dst = append(dst, '[')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = one(dst, e); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendMap[T any](dst []byte, m map[string]T, one func([]byte, T) ([]byte, error)) ([]byte, error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareUTF16)
	var err error
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendString(dst, k); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = one(dst, m[k]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// compareUTF16 orders keys by their UTF-16 code units (RFC 8785, 3.2.3),
// which differs from byte order only above U+FFFF.
func compareUTF16(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if a[i] < utf8.RuneSelf && b[i] < utf8.RuneSelf {
				return int(a[i]) - int(b[i])
			}
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		}
	}
	return len(a) - len(b)
}

const hexDigits = "0123456789abcdef"

// ValidText says why a string has no canonical bytes; nil if it has.
func ValidText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("canonical JSON: %q is not UTF-8", s)
	}
	return nil
}

func appendString(dst []byte, s string) ([]byte, error) {
	if err := ValidText(s); err != nil {
		return nil, err
	}
	dst = append(dst, '"')
	plain := 0 // from where on nothing needs to be escaped
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[plain:i]...)
		plain = i + 1
		if c < 0x20 {
			dst = appendControl(dst, c)
		} else {
			dst = append(dst, '\\', c)
		}
	}
	return append(append(dst, s[plain:]...), '"'), nil
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
