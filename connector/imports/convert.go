package imports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/resource"
)

// reader turns a row's values into fields. It is made once per file.
type reader struct {
	d       Declaration
	columns []column
}

// column is a field with how it is read, worked out in advance.
type column struct {
	field  resource.Field
	how    Column
	path   []string // for JSON
	header string   // for CSV
	layout string
	zone   *time.Location
}

func newReader(d Declaration) (*reader, error) {
	r := &reader{d: d}
	for _, f := range d.Fields {
		c := column{field: f, how: d.Read[f.Name], header: f.Name, zone: time.UTC}
		if c.how.Path != "" {
			c.header = c.how.Path
		}
		c.path = strings.Split(c.header, ".")
		if c.how.Separator == "" {
			c.how.Separator = ";"
		}
		var err error
		if p := c.how.Time; p != "" && p != "unix" && p != "unix_ms" {
			if c.layout, err = layout(p, f.Type, c.how.Zone); err != nil {
				return nil, err
			}
		}
		if c.how.Zone != "" {
			if c.zone, err = time.LoadLocation(c.how.Zone); err != nil {
				return nil, err
			}
		}
		r.columns = append(r.columns, c)
	}
	return r, nil
}

// state is what became of a value.
type state int

const (
	present state = iota
	absent
	unavailable
)

// convert reads one value. Text is whether it comes from a CSV cell, where
// everything is written as text.
func (c *column) convert(v any, text bool) (any, state, error) {
	s, isString := v.(string)
	if v == nil || text && s == "" {
		return nil, absent, nil
	}
	if isString {
		switch {
		case slices.Contains(c.how.Unavailable, s):
			return nil, unavailable, nil
		case slices.Contains(c.how.Absent, s):
			return nil, absent, nil
		}
	}
	out, err := c.typed(v, s, isString, text)
	return out, present, err
}

func (c *column) typed(v any, s string, isString, text bool) (any, error) {
	switch c.field.Type {
	case resource.Bool:
		if isString && (text || len(c.how.True) > 0) {
			return c.truth(s)
		}
	case resource.Time, resource.Date:
		return c.moment(v, s, isString)
	case resource.Int:
		if text {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%q is not an integer", clip(s))
			}
			return n, nil
		}
	case resource.String:
		if isString && c.how.Lower {
			return strings.ToLower(s), nil
		}
	case resource.List:
		if text {
			return c.elements(s)
		}
		return prune(&c.field, v), nil
	case resource.Map, resource.Object:
		if text {
			return nil, fmt.Errorf("a %s cannot be written in a CSV cell", c.field.Type)
		}
		return prune(&c.field, v), nil
	case resource.Decimal:
	}
	return v, nil
}

func (c *column) truth(s string) (any, error) {
	yes, no := c.how.True, c.how.False
	if len(yes) == 0 {
		yes, no = []string{"true", "yes", "1"}, []string{"false", "no", "0"}
		s = strings.ToLower(s)
	}
	switch {
	case slices.Contains(yes, s):
		return true, nil
	case slices.Contains(no, s):
		return false, nil
	}
	return nil, fmt.Errorf("%q is neither %s nor %s", clip(s), strings.Join(yes, ", "), strings.Join(no, ", "))
}

// moment reads a time or date by its pattern; without one it is as the schema
// takes it.
func (c *column) moment(v any, s string, isString bool) (any, error) {
	switch c.how.Time {
	case "":
		return v, nil
	case "unix", "unix_ms":
		return c.unix(v, s)
	}
	if !isString {
		return nil, fmt.Errorf("%v is not text of the form %s", v, c.how.Time)
	}
	at, err := time.ParseInLocation(c.layout, s, c.zone)
	if err != nil {
		return nil, fmt.Errorf("%q is not of the form %s", clip(s), c.how.Time)
	}
	if c.field.Type == resource.Date {
		return at.Format(time.DateOnly), nil
	}
	if at.Format(c.layout) != s { // an hour that the clocks skipped
		return nil, fmt.Errorf("%q is no time in %s", clip(s), c.zone)
	}
	return at, nil
}

func (c *column) unix(v any, s string) (any, error) {
	if n, ok := v.(json.Number); ok {
		s = n.String()
	}
	n, err := strconv.ParseInt(s, 10, 64)
	most := int64(253402300799) // the end of the year 9999
	if c.how.Time == "unix_ms" {
		most *= 1000
	}
	if err != nil || n > most || n < -62135596800 {
		return nil, fmt.Errorf("%q is not a number of seconds since 1970", clip(s))
	}
	if c.how.Time == "unix_ms" {
		return time.UnixMilli(n).UTC(), nil
	}
	return time.Unix(n, 0).UTC(), nil
}

// elements splits a CSV cell into a list.
func (c *column) elements(s string) (any, error) {
	out := []any{}
	for part := range strings.SplitSeq(s, c.how.Separator) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		one := column{field: *c.field.Of, how: Column{}, zone: c.zone}
		v, err := one.typed(part, part, true, true)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// prune leaves out the members of objects that are not declared.
func prune(f *resource.Field, v any) any {
	if elements, ok := v.([]any); ok && f.Type == resource.List {
		out := make([]any, 0, len(elements))
		for _, e := range elements {
			out = append(out, prune(f.Of, e))
		}
		return out
	}
	members, ok := v.(map[string]any)
	if !ok || f.Type != resource.Map && f.Type != resource.Object {
		return v
	}
	out := map[string]any{}
	if f.Type == resource.Map {
		for k, e := range members {
			out[k] = prune(f.Of, e)
		}
	}
	for i := range f.Fields {
		if e, ok := members[f.Fields[i].Name]; ok {
			out[f.Fields[i].Name] = prune(&f.Fields[i], e)
		}
	}
	return out
}

// idOf joins the id's fields. Parts are escaped, so that two rows have the same
// id only if all parts are the same.
func (d *Declaration) idOf(core map[string]any) string {
	parts := make([]string, len(d.ID))
	for i, name := range d.ID {
		switch v := core[name].(type) {
		case string:
			parts[i] = v
		case int64:
			parts[i] = strconv.FormatInt(v, 10)
		default:
			parts[i] = fmt.Sprint(v)
		}
		if len(d.ID) > 1 {
			parts[i] = strings.NewReplacer("%", "%25", "/", "%2F").Replace(parts[i])
		}
	}
	return strings.Join(parts, "/")
}

const longestShown = 60

func clip(s string) string {
	if r := []rune(s); len(r) > longestShown {
		return string(r[:longestShown]) + "…"
	}
	return s
}
