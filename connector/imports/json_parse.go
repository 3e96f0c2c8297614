package imports

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonParser reads one JSON text (RFC 8259) strictly: besides what the standard
// forbids, a member that stands twice, half a surrogate pair, a NUL character
// and nesting over the limit are refused, because two readers could take them
// differently. Numbers stay as written.
type jsonParser struct {
	b  []byte
	at int
}

func parseJSON(b []byte) (any, error) {
	p := &jsonParser{b: b}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at != len(b) {
		return nil, p.wrong("there is something after the value")
	}
	return v, nil
}

func (p *jsonParser) wrong(what string) error {
	return fmt.Errorf("it is not JSON: %s (byte %d)", what, p.at+1)
}

func (p *jsonParser) space() {
	for p.at < len(p.b) {
		switch p.b[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

func (p *jsonParser) peek() byte {
	if p.at < len(p.b) {
		return p.b[p.at]
	}
	return 0
}

func (p *jsonParser) value(depth int) (any, error) {
	switch c := p.peek(); {
	case c == '{' || c == '[':
		if depth == DeepestRow {
			return nil, errors.New(tooDeep)
		}
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.list(depth + 1)
	case c == '"':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, word := range []struct {
		text  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if end := p.at + len(word.text); end <= len(p.b) && string(p.b[p.at:end]) == word.text {
			p.at = end
			return word.value, nil
		}
	}
	if p.at == len(p.b) {
		return nil, p.wrong("it ends too early")
	}
	return nil, p.wrong("a value is missing")
}

func (p *jsonParser) object(depth int) (any, error) {
	p.at++
	out := map[string]any{}
	p.space()
	if p.peek() == '}' {
		p.at++
		return out, nil
	}
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.wrong("a member's name is missing")
		}
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("the member %q stands there twice", clip(name))
		}
		p.space()
		if p.peek() != ':' {
			return nil, p.wrong("a colon is missing")
		}
		p.at++
		p.space()
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		out[name] = v
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			return out, nil
		default:
			return nil, p.wrong("an object does not end")
		}
	}
}

func (p *jsonParser) list(depth int) (any, error) {
	p.at++
	out := []any{}
	p.space()
	if p.peek() == ']' {
		p.at++
		return out, nil
	}
	for {
		p.space()
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return out, nil
		default:
			return nil, p.wrong("a list does not end")
		}
	}
}

func (p *jsonParser) number() (any, error) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.digits() {
		return nil, p.wrong("a number has no digits")
	}
	if p.peek() == '.' {
		if p.at++; !p.digits() {
			return nil, p.wrong("a number has no digits after its point")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return nil, p.wrong("a number has no digits in its exponent")
		}
	}
	return json.Number(p.b[start:p.at]), nil
}

func (p *jsonParser) digits() bool {
	start := p.at
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at > start
}

func (p *jsonParser) text() (string, error) {
	p.at++
	start := p.at
	for p.at < len(p.b) { // most have nothing to resolve
		switch c := p.b[p.at]; {
		case c == '"':
			p.at++
			return string(p.b[start : p.at-1]), nil
		case c == '\\':
			return p.escaped(append([]byte(nil), p.b[start:p.at]...))
		case c < 0x20:
			return "", p.wrong("a control character stands in a text")
		}
		p.at++
	}
	return "", p.wrong("a text does not end")
}

func (p *jsonParser) escaped(out []byte) (string, error) {
	for p.at < len(p.b) {
		c := p.b[p.at]
		p.at++
		switch {
		case c == '"':
			return string(out), nil
		case c < 0x20:
			return "", p.wrong("a control character stands in a text")
		case c != '\\':
			out = append(out, c)
			continue
		}
		var err error
		if out, err = p.escape(out); err != nil {
			return "", err
		}
	}
	return "", p.wrong("a text does not end")
}

func (p *jsonParser) escape(out []byte) ([]byte, error) {
	c := p.peek()
	p.at++
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		r, err := p.hex()
		if err != nil {
			return nil, err
		}
		if utf16.IsSurrogate(r) {
			if p.at+1 < len(p.b) && p.b[p.at] == '\\' && p.b[p.at+1] == 'u' {
				p.at += 2
				second, err := p.hex()
				if err != nil {
					return nil, err
				}
				r = utf16.DecodeRune(r, second)
			} else {
				r = utf8.RuneError
			}
			if r == utf8.RuneError {
				return nil, p.wrong("half a character stands in a text")
			}
		}
		if r == 0 {
			return nil, errors.New("it holds a NUL character")
		}
		return utf8.AppendRune(out, r), nil
	}
	return nil, p.wrong("an escape is not known")
}

func (p *jsonParser) hex() (r rune, err error) {
	if p.at+4 > len(p.b) {
		return 0, p.wrong("an escape does not end")
	}
	for _, c := range p.b[p.at : p.at+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, p.wrong("an escape is not hexadecimal")
		}
		r = r<<4 | rune(c)
	}
	p.at += 4
	return r, nil
}
