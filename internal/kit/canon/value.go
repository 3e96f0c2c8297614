package canon

import (
	"bytes"
	"encoding/json"
	"errors"
)

// unquote returns what the inside of a checked string says.
func unquote(b []byte) string { return string(unescaped(b)) }

// unescaped is b itself where nothing is escaped.
func unescaped(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			out = append(out, b[i])
			i++
			continue
		}
		n, c := escape(b[i:])
		out = append(out, c)
		i += max(n, 1)
	}
	return out
}

// Text returns the string that b, a canonical value, is.
func Text(b []byte) (string, error) {
	if len(b) == 0 || b[0] != '"' {
		return "", errors.New("canonical JSON: not a string")
	}
	if err := whole(b)(skipString(b, 0)); err != nil {
		return "", err
	}
	return unquote(b[1 : len(b)-1]), nil
}

// Int returns the integer that b, a canonical value, is.
func Int(b []byte) (int64, error) {
	if len(b) == 0 {
		return 0, errEnd
	}
	if err := whole(b)(skipInt(b, 0)); err != nil {
		return 0, err
	}
	return json.Number(b).Int64()
}

// Bool returns the truth value that b, a canonical value, is.
func Bool(b []byte) (bool, error) {
	switch string(b) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("canonical JSON: neither true nor false")
}

// Walk is Members for an object that was checked before, and does not check it
// again: values are found by their quotation marks and brackets alone.
func Walk(b []byte, fn func(key, value []byte) error) error {
	for i := 1; i < len(b) && b[i] != '}'; i++ {
		end := pass(b, i)
		from := end + 1
		to := pass(b, from)
		if end < i+2 || to <= from {
			return errEnd
		}
		if err := fn(unescaped(b[i+1:end-1]), b[from:to:to]); err != nil {
			return err
		}
		i = to // the comma, or the end
		if i < len(b) && b[i] == '}' {
			break
		}
	}
	return nil
}

// WalkElements is Elements for an array that was checked before, as Walk is for
// an object.
func WalkElements(b []byte, fn func(value []byte) error) error {
	for i := 1; i < len(b) && b[i] != ']'; i++ {
		to := pass(b, i)
		if to <= i {
			return errEnd
		}
		if err := fn(b[i:to:to]); err != nil {
			return err
		}
		i = to // the comma, or the end
		if i < len(b) && b[i] == ']' {
			break
		}
	}
	return nil
}

// pass returns where the value at b[i] ends, which is i if there is none.
func pass(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = passString(b, i); depth == 0 {
				return min(i+1, len(b))
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
	return min(i, len(b))
}

// passString returns where the quotation mark stands that ends the string.
func passString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i
}

// Parse reads exactly one canonical value: string, bool, json.Number, []any or
// map[string]any.
func Parse(b []byte) (any, error) {
	if err := Valid(b); err != nil {
		return nil, err
	}
	return build(b)
}

// build makes the value of checked bytes.
func build(b []byte) (any, error) {
	switch b[0] {
	case '"':
		return unquote(b[1 : len(b)-1]), nil
	case 't', 'f':
		return b[0] == 't', nil
	case '[':
		list := []any{}
		err := WalkElements(b, func(e []byte) error {
			v, err := build(e)
			list = append(list, v)
			return err
		})
		return list, err
	case '{':
		m := map[string]any{}
		err := Walk(b, func(key, e []byte) error {
			v, err := build(e)
			m[string(key)] = v
			return err
		})
		return m, err
	}
	return json.Number(b), nil
}
