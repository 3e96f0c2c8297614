package view

import (
	"net/url"
	"slices"
	"strings"
)

// Query is the address of a list as it stands now. All state of a list lives
// in it, so every link of the list is this address with one thing changed.
type Query struct {
	Path   string     // "/controls"
	Values url.Values // the parameters of the request
}

// paging are the parameters that lose their meaning when the order or the
// filter of a list changes.
func paging() []string { return []string{"after", "before"} }

// With is the address with one parameter set, or removed when value is empty,
// starting again at the first page.
func (q Query) With(name, value string) string {
	return q.with(append(paging(), name), name, value)
}

// Page is the address of the page after or before a cursor: name is "after" or
// "before".
func (q Query) Page(name, cursor string) string {
	return q.with(paging(), name, cursor)
}

// Clear is the address without any filter: only the period and the order stay.
func (q Query) Clear() string {
	kept := url.Values{}
	for _, k := range []string{"p", "sort", "size"} {
		if v := q.Values.Get(k); v != "" {
			kept.Set(k, v)
		}
	}
	return address(q.Path, kept)
}

// Hidden are the parameters that a search form must carry along, without the
// named one and without paging, in a stable order.
func (q Query) Hidden(except string) []Hidden {
	var hs []Hidden
	for k, vs := range q.Values {
		if k == except || slices.Contains(paging(), k) {
			continue
		}
		for _, v := range vs {
			hs = append(hs, Hidden{Name: k, Value: v})
		}
	}
	slices.SortFunc(hs, func(a, b Hidden) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	return hs
}

func (q Query) with(drop []string, name, value string) string {
	vals := url.Values{}
	for k, v := range q.Values {
		if !slices.Contains(drop, k) {
			vals[k] = v
		}
	}
	if value != "" {
		vals.Set(name, value)
	}
	return address(q.Path, vals)
}

func address(path string, vals url.Values) string {
	if len(vals) == 0 {
		return path
	}
	return path + "?" + vals.Encode()
}

// Hidden is a hidden field of a form.
type Hidden struct{ Name, Value string }

// List is what every list page has besides its rows. The handler fills it from
// the request; the links of the toolbar, the table head and the pager follow.
type List struct {
	Query   Query
	Find    Find     // the text filter; no field when its Label is empty
	Chips   []Chip   // filters with a fixed set of values
	Toggles []Toggle // filters that are on or off
	Shown   string   // what is shown and in which order: "23 of 412 · oldest first"
	Order   string   // value of "sort" in force: a column's Key, with "-" before it when descending
	Pager   Pager
	Empty   *Empty // shown instead of the table when set
}

// Find is the text filter of a list, sent as the parameter Name ("q" when empty).
type Find struct{ Name, Label, Hint, Value string }

func (f Find) name() string {
	if f.Name == "" {
		return "q"
	}
	return f.Name
}

// Chip is one filter with a fixed set of values: "State any".
type Chip struct {
	Name    string // query parameter
	Label   string // "State"
	Value   string // value in force; empty means any
	Any     string // the word for no filter; "any" when empty
	Options []Option
}

// Option is one value of a chip or of a select field.
type Option struct {
	Value, Label string
	Count        string // how many rows have it; not shown when empty
}

func (c Chip) anyWord() string {
	if c.Any == "" {
		return "any"
	}
	return c.Any
}

func (c Chip) shown() string {
	for _, o := range c.Options {
		if o.Value == c.Value && c.Value != "" {
			return o.Label
		}
	}
	return c.anyWord()
}

// Toggle is a filter that is on or off; on sends Name=1.
type Toggle struct {
	Name, Label string
	On          bool
}

func (t Toggle) next() string {
	if t.On {
		return ""
	}
	return "1"
}

// Pager is the foot of a list: keyset paging, so no page numbers. Prev and Next
// are cursors, empty where there is no such page.
type Pager struct {
	Text       string // "1 – 25 of 184"
	Prev, Next string
	Size       int // rows on a page: 25 or 100; no choice is offered when 0
}

// Column is the head of one column.
type Column struct {
	Label  string
	Key    string // value of "sort" for this column; not sortable when empty
	Class  string // n: figures, c: centred, w, w7, w10, w18: widths
	Hidden bool   // the label is only for screen readers
}

func (l List) sortHref(c Column) string {
	if l.Order == c.Key {
		return l.Query.With("sort", "-"+c.Key)
	}
	return l.Query.With("sort", c.Key)
}

// ariaSort is the value of aria-sort for a column, or "" when it is not the one
// in force.
func (l List) ariaSort(c Column) string {
	switch {
	case c.Key == "":
		return ""
	case l.Order == c.Key:
		return "ascending"
	case l.Order == "-"+c.Key:
		return "descending"
	}
	return ""
}
