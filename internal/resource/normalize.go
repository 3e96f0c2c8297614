package resource

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"assay/internal/kit/canon"
	"assay/internal/kit/clock"
)

// Parts are the normalized fields of one resource, split by how they are
// kept. The values are what canon.Marshal takes.
type Parts struct {
	Core     map[string]any // in the record
	Personal map[string]any // committed to by the record; encrypted, erasable
	Seen     map[string]any // volatile, in a record of their own
}

// Normalize checks the fields that a connector emitted against the schema and
// splits them. Nulls are dropped. Unavailable fields must not have a value;
// required fields must have one or be unavailable. The error names every
// wrong field.
func (s *Schema) Normalize(fields map[string]any, unavailable []string) (Parts, error) {
	p := Parts{Core: make(map[string]any, len(fields)), Personal: map[string]any{}, Seen: map[string]any{}}
	var wrong []error
	for name := range fields {
		if _, ok := s.Field(name); !ok {
			wrong = append(wrong, fmt.Errorf("%s: not a field of %s", name, s.Kind))
		}
	}
	for _, name := range unavailable {
		if _, ok := s.Field(name); !ok {
			wrong = append(wrong, fmt.Errorf("%s: unavailable, but not a field of %s", name, s.Kind))
		}
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		v, has := fields[f.Name]
		has = has && v != nil
		missing := slices.Contains(unavailable, f.Name)
		switch {
		case has && missing:
			wrong = append(wrong, fmt.Errorf("%s: has a value and is unavailable", f.Name))
		case !has && !missing && !f.Optional:
			wrong = append(wrong, fmt.Errorf("%s: required, and absent", f.Name))
		case has:
			n, err := normalize(f, v)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", f.Name, err))
				continue
			}
			p.of(f)[f.Name] = n
		}
	}
	return p, errors.Join(wrong...)
}

func (p *Parts) of(f *Field) map[string]any {
	switch {
	case f.Personal:
		return p.Personal
	case f.Volatile:
		return p.Seen
	}
	return p.Core
}

func normalize(f *Field, v any) (any, error) {
	switch f.Type {
	case String:
		return normString(f, v)
	case Bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case Int:
		return normInt(v)
	case Decimal:
		return normDecimal(v)
	case Time:
		return normTime(v)
	case Date:
		if s, ok := v.(string); ok {
			if _, err := time.Parse(time.DateOnly, s); err == nil {
				return s, nil
			}
		}
	case List:
		return normList(f, v)
	case Map:
		return normMap(f, v)
	case Object:
		return normObject(f, v)
	}
	return nil, fmt.Errorf("%s is not a %s", show(v), f.Type)
}

func show(v any) string {
	s := fmt.Sprintf("%v", v)
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return fmt.Sprintf("%T %q", v, s)
}

func normString(f *Field, v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%s is not a string", show(v))
	}
	if len(f.Enum) > 0 && !slices.Contains(f.Enum, s) {
		return nil, fmt.Errorf("%q is not one of %v", s, f.Enum)
	}
	if err := canon.ValidText(s); err != nil {
		return nil, err
	}
	return v, nil
}

func normInt(v any) (any, error) {
	var n int64
	switch v := v.(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	case uint64:
		if v > math.MaxInt64 {
			return nil, fmt.Errorf("%d is beyond 64 bits", v)
		}
		n = int64(v)
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > canon.MaxInt {
			return nil, fmt.Errorf("%v is not an exact integer", v)
		}
		n = int64(v)
	case json.Number:
		m, err := v.Int64()
		if err != nil {
			return nil, fmt.Errorf("%q is not an integer", v)
		}
		n = m
	default:
		return nil, fmt.Errorf("%s is not an integer", show(v))
	}
	if n > canon.MaxInt || n < -canon.MaxInt {
		return strconv.FormatInt(n, 10), nil // kept exact, as digits
	}
	return n, nil
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

func normDecimal(v any) (any, error) {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		s = strconv.Itoa(v)
	case int64:
		s = strconv.FormatInt(v, 10)
	}
	if !decimal.MatchString(s) {
		return nil, fmt.Errorf("%s is not a decimal", show(v))
	}
	return s, nil
}

func normTime(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		if v.Year() < 1 || v.Year() > 9999 {
			return nil, fmt.Errorf("year %d is out of range", v.Year())
		}
		return clock.Format(v), nil
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return nil, fmt.Errorf("%q is not an RFC 3339 time with a zone", v)
		}
		return clock.Format(t), nil
	}
	return nil, fmt.Errorf("%s is not a time", show(v))
}

func normList(f *Field, v any) (any, error) {
	var in []any
	switch v := v.(type) {
	case []any:
		in = v
	case []string:
		for _, s := range v {
			in = append(in, s)
		}
	default:
		return nil, fmt.Errorf("%s is not a list", show(v))
	}
	out := make([]any, 0, len(in))
	for i, e := range in {
		n, err := normalize(f.Of, e)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		out = append(out, n)
	}
	return out, nil
}

func normMap(f *Field, v any) (any, error) {
	out := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				continue
			}
			n, err := normalize(f.Of, e)
			if err != nil {
				return nil, fmt.Errorf("member %q: %w", k, err)
			}
			out[k] = n
		}
	case map[string]string:
		for k, e := range v {
			n, err := normalize(f.Of, e)
			if err != nil {
				return nil, fmt.Errorf("member %q: %w", k, err)
			}
			out[k] = n
		}
	default:
		return nil, fmt.Errorf("%s is not a map", show(v))
	}
	return out, nil
}

func normObject(f *Field, v any) (any, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", show(v))
	}
	out := map[string]any{}
	for name := range in {
		if !slices.ContainsFunc(f.Fields, func(m Field) bool { return m.Name == name }) {
			return nil, fmt.Errorf("%s: not a declared member", name)
		}
	}
	for i := range f.Fields {
		m := &f.Fields[i]
		e, has := in[m.Name]
		if !has || e == nil {
			if !m.Optional {
				return nil, fmt.Errorf("%s: required, and absent", m.Name)
			}
			continue
		}
		n, err := normalize(m, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		out[m.Name] = n
	}
	return out, nil
}
