package db

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Ms is a time as tables hold it: milliseconds UTC since 1970, 0 for none.
func Ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// FromMs is the time that Ms wrote.
func FromMs(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

type timeInto struct{ t *time.Time }

// At scans a column that Ms wrote.
func At(t *time.Time) any { return timeInto{t} }

// Scan implements sql.Scanner.
func (d timeInto) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*d.t = time.Time{}
	case int64:
		*d.t = FromMs(v)
	default:
		return fmt.Errorf("time column: %T", v)
	}
	return nil
}

type jsonInto struct{ v any }

// JSON scans a text column that ToJSON wrote into the pointer v.
func JSON(v any) any { return jsonInto{v} }

// Scan implements sql.Scanner.
func (d jsonInto) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		switch into := d.v.(type) {
		case *[]string:
			var ok bool
			if *into, ok = plainList(v); ok {
				return nil
			}
		case *map[string]string:
			if v == "null" {
				*into = nil
				return nil
			}
		}
		return json.Unmarshal([]byte(v), d.v)
	case []byte:
		if len(v) == 0 {
			return nil
		}
		return json.Unmarshal(v, d.v)
	}
	return fmt.Errorf("JSON column: %T", v)
}

// plainList reads a list of strings without escapes, which nearly every list in a
// column is, at a fraction of what any JSON takes. ok is false for other texts.
func plainList(text string) (out []string, ok bool) {
	if text == "null" {
		return nil, true
	}
	inner, opens := strings.CutPrefix(text, "[")
	inner, closes := strings.CutSuffix(inner, "]")
	if !opens || !closes || strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r == '\\' || r == utf8.RuneError }) {
		return nil, false
	}
	out = []string{}
	for rest := inner; rest != ""; {
		rest, ok = strings.CutPrefix(rest, `"`)
		word, after, closed := strings.Cut(rest, `"`)
		if !ok || !closed {
			return nil, false
		}
		out = append(out, word)
		if rest = after; rest == "" {
			break
		}
		if rest, ok = strings.CutPrefix(rest, ","); !ok || rest == "" {
			return nil, false
		}
	}
	return out, true
}

// ToJSON is the text of v for a column. It does not fail for the plain structs,
// slices and maps that stores keep.
func ToJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// Plain is s as every store takes it: UTF-8 without NUL. Text that came from
// outside goes through it.
func Plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// In returns "$from, $from+1, …" for n values, for an IN list. At least one
// placeholder is returned, so that an empty list is valid SQL: pass nil for it.
func In(from, n int) string {
	var b strings.Builder
	for i := range max(n, 1) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}

// Args makes an argument list of values of one type.
func Args[T any](first []any, rest ...T) []any {
	for _, v := range rest {
		first = append(first, v)
	}
	return first
}
