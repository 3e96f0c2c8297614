package scim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// filter decides on a resource, or on one value of many.
type filter interface{ holds(o object) bool }

type (
	both    struct{ a, b filter }
	either  struct{ a, b filter }
	not     struct{ f filter }
	compare struct {
		path []string
		op   string
		want any
	}
	some struct { // emails[type eq "work"]
		path []string
		f    filter
	}
)

func (f both) holds(o object) bool   { return f.a.holds(o) && f.b.holds(o) }
func (f either) holds(o object) bool { return f.a.holds(o) || f.b.holds(o) }
func (f not) holds(o object) bool    { return !f.f.holds(o) }

func (f some) holds(o object) bool {
	return slices.ContainsFunc(values(o, f.path), func(v any) bool {
		one, ok := v.(object)
		return ok && f.f.holds(one)
	})
}

func (f compare) holds(o object) bool {
	found := values(o, f.path)
	switch f.op {
	case "pr":
		return slices.ContainsFunc(found, func(v any) bool { return v != nil && v != "" })
	case "ne":
		return !slices.ContainsFunc(found, func(v any) bool { return f.one("eq", v) })
	}
	return slices.ContainsFunc(found, func(v any) bool { return f.one(f.op, v) })
}

func (f compare) one(op string, v any) bool {
	if o, ok := v.(object); ok { // a complex value stands for its value
		v = get(o, "value")
	}
	have, ok := v.(string)
	want, text := f.want.(string)
	if !ok || !text {
		return op == "eq" && v == f.want
	}
	if last := strings.ToLower(f.path[len(f.path)-1]); last != "id" && last != "externalid" {
		have, want = strings.ToLower(have), strings.ToLower(want)
	}
	switch op {
	case "eq":
		return have == want
	case "co":
		return strings.Contains(have, want)
	case "sw":
		return strings.HasPrefix(have, want)
	case "ew":
		return strings.HasSuffix(have, want)
	case "gt":
		return have > want
	case "ge":
		return have >= want
	case "lt":
		return have < want
	case "le":
		return have <= want
	}
	return false
}

// get is an attribute, whose name is not told apart by case.
func get(o object, name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	for k, v := range o {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

// values are what is found at a path, each of many apart.
func values(o object, path []string) (out []any) {
	found := []any{o}
	for _, name := range path {
		var next []any
		for _, v := range found {
			one, ok := v.(object)
			if !ok {
				continue
			}
			switch v := get(one, name).(type) {
			case nil:
			case []any:
				next = append(next, v...)
			default:
				next = append(next, v)
			}
		}
		found = next
	}
	return found
}

// bare is an attribute's name without the schema before it.
func bare(name string) string {
	for _, urn := range []string{urnUser, urnGroup} {
		if len(name) > len(urn) && strings.EqualFold(name[:len(urn)+1], urn+":") {
			return name[len(urn)+1:]
		}
	}
	return name
}

const (
	longestFilter = 4000
	deepest       = 20
)

// parseFilter reads a filter: RFC 7644, 3.4.2.2.
func parseFilter(text string) (filter, error) {
	if len(text) > longestFilter {
		return nil, invalid("tooMany", "The filter is longer than %d bytes.", longestFilter)
	}
	p := &parser{rest: text}
	f, err := p.or()
	if err == nil && p.token() != "" {
		err = invalid("invalidFilter", "The filter goes on where it should end: %.40q.", p.rest)
	}
	return f, err
}

type parser struct {
	rest  string
	depth int
}

// token is the next word or bracket; it stays.
func (p *parser) token() string {
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" {
		return ""
	}
	if strings.ContainsRune("()[]", rune(p.rest[0])) {
		return p.rest[:1]
	}
	if p.rest[0] == '"' {
		for i := 1; i < len(p.rest); i++ {
			switch p.rest[i] {
			case '\\':
				i++
			case '"':
				return p.rest[:i+1]
			}
		}
		return p.rest
	}
	if i := strings.IndexAny(p.rest, " \t()[]\""); i > 0 {
		return p.rest[:i]
	}
	return p.rest
}

func (p *parser) take(word string) bool {
	t := p.token()
	if !strings.EqualFold(t, word) {
		return false
	}
	p.rest = p.rest[len(t):]
	return true
}

func (p *parser) or() (filter, error) {
	if p.depth++; p.depth > deepest {
		return nil, invalid("invalidFilter", "The filter is nested too deep.")
	}
	defer func() { p.depth-- }()
	a, err := p.and()
	for err == nil && p.take("or") {
		var b filter
		b, err = p.and()
		a = either{a, b}
	}
	return a, err
}

func (p *parser) and() (filter, error) {
	a, err := p.single()
	for err == nil && p.take("and") {
		var b filter
		b, err = p.single()
		a = both{a, b}
	}
	return a, err
}

func (p *parser) single() (filter, error) {
	negated := p.take("not")
	if p.take("(") {
		f, err := p.or()
		if err == nil && !p.take(")") {
			err = invalid("invalidFilter", "A bracket of the filter is not closed.")
		}
		if negated {
			f = not{f}
		}
		return f, err
	}
	if negated {
		return nil, invalid("invalidFilter", "Brackets follow not.")
	}
	return p.attribute()
}

func (p *parser) attribute() (filter, error) {
	name := p.token()
	if name == "" || strings.ContainsAny(name, "()[]\"") {
		return nil, invalid("invalidFilter", "The filter names no attribute where it should.")
	}
	p.rest = p.rest[len(name):]
	path := strings.Split(bare(name), ".")
	if p.take("[") {
		f, err := p.or()
		if err == nil && !p.take("]") {
			err = invalid("invalidFilter", "A bracket of the filter is not closed.")
		}
		return some{path, f}, err
	}
	op := strings.ToLower(p.token())
	p.rest = p.rest[len(op):]
	if op == "pr" {
		return compare{path: path, op: op}, nil
	}
	if !slices.Contains([]string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}, op) {
		return nil, invalid("invalidFilter", "%.20q is no comparison.", op)
	}
	word := p.token()
	p.rest = p.rest[len(word):]
	want, err := constant(word)
	return compare{path, op, want}, err
}

func constant(word string) (any, error) {
	switch strings.ToLower(word) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil //nolint:nilnil // it is a value
	}
	if n, err := strconv.ParseFloat(word, 64); err == nil {
		return n, nil
	}
	var s string
	if json.Unmarshal([]byte(word), &s) != nil {
		return nil, invalid("invalidFilter", "%.40q is no value; strings have quotes.", word)
	}
	return s, nil
}
