package scim

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

const mostOperations = 1000

// patch changes a resource: RFC 7644, 3.5.2.
func patch(o object, body []byte) error {
	var in struct {
		Operations []operation `json:"Operations"`
	}
	if err := json.Unmarshal(body, &in); err != nil || len(in.Operations) == 0 {
		return invalid("invalidSyntax", "The body is not a %s with Operations.", urnPatch)
	}
	if len(in.Operations) > mostOperations {
		return invalid("tooMany", "At most %d operations at once.", mostOperations)
	}
	for i := range in.Operations {
		if err := in.Operations[i].on(o); err != nil {
			return err
		}
	}
	return nil
}

func (op *operation) on(o object) error {
	word := strings.ToLower(op.Op)
	if !slices.Contains([]string{"add", "replace", "remove"}, word) {
		return invalid("invalidSyntax", "%.20q is no operation: add, replace or remove.", op.Op)
	}
	if op.Path == "" {
		if word == "remove" {
			return invalid("noTarget", "What is removed must be named.")
		}
		all, ok := op.Value.(object)
		if !ok {
			return invalid("invalidValue", "Without a path, the value is an object.")
		}
		for name, v := range all {
			if strings.HasPrefix(strings.ToLower(name), "urn:") && bare(name) == name || strings.EqualFold(name, "schemas") {
				continue // of a schema that is not kept
			}
			if err := (&target{name: name}).set(o, word, v, name); err != nil {
				return err
			}
		}
		return nil
	}
	t, err := parsePath(op.Path)
	if err != nil {
		return err
	}
	return t.set(o, word, op.Value, op.Path)
}

// target is what a path names: attr, attr.sub, attr[filter], attr[filter].sub.
type target struct {
	name, sub string
	which     filter
}

func parsePath(path string) (*target, error) {
	if len(path) > longestFilter {
		return nil, invalid("invalidPath", "The path is too long.")
	}
	name, rest, filtered := strings.Cut(bare(path), "[")
	t := &target{name: name}
	if !filtered {
		return t, nil
	}
	i := strings.LastIndexByte(rest, ']')
	if i < 0 {
		return nil, invalid("invalidPath", "A bracket of the path is not closed.")
	}
	f, err := parseFilter(rest[:i])
	if err != nil {
		return nil, invalid("invalidPath", "%s", err.Error())
	}
	t.which, t.sub = f, strings.TrimPrefix(rest[i+1:], ".")
	return t, nil
}

func (t *target) set(o object, word string, v any, path string) error {
	name, sub, _ := strings.Cut(bare(t.name), ".")
	if name == "" {
		return invalid("invalidPath", "%.60q names no attribute.", path)
	}
	if slices.Contains([]string{"id", "meta", "groups"}, strings.ToLower(name)) {
		return invalid("mutability", "%s is not a directory's to change.", name)
	}
	name = canonical(o, name)
	switch {
	case t.which != nil:
		return t.among(o, name, word, v)
	case sub != "":
		inner, _ := o[name].(object)
		inner = maps.Clone(inner)
		if inner == nil {
			inner = object{}
		}
		sub = canonical(inner, sub)
		if word == "remove" {
			delete(inner, sub)
		} else {
			inner[sub] = v
		}
		o[name] = inner
	case many(name):
		o[name] = merged(o[name], word, v)
	case word == "remove":
		delete(o, name)
	default:
		was, ok := o[name].(object)
		now, both := v.(object)
		if ok && both {
			was = maps.Clone(was)
			maps.Copy(was, now)
			v = was
		}
		o[name] = v
	}
	return nil
}

// among changes those of many values that a filter names.
func (t *target) among(o object, name, word string, v any) error {
	list, _ := o[name].([]any)
	var out []any
	hit := false
	for _, one := range list {
		e, ok := one.(object)
		if !ok || !t.which.holds(e) {
			out = append(out, one)
			continue
		}
		hit = true
		switch {
		case word == "remove" && t.sub == "":
			continue
		case word == "remove":
			e = maps.Clone(e)
			delete(e, canonical(e, t.sub))
		case t.sub != "":
			e = maps.Clone(e)
			e[canonical(e, t.sub)] = v
		default:
			e = maps.Clone(e)
			if now, ok := v.(object); ok {
				maps.Copy(e, now)
			}
		}
		out = append(out, e)
	}
	if !hit && word != "remove" {
		c, ok := t.which.(compare)
		if !ok || c.op != "eq" || t.sub == "" {
			return invalid("noTarget", "Nothing of %s is meant.", name)
		}
		out = append(out, object{c.path[0]: c.want, t.sub: v}) // emails[type eq "work"].value where there is none
	}
	o[name] = out
	return nil
}

// many reports whether an attribute has many values.
func many(name string) bool {
	return slices.Contains([]string{"emails", "members", "phonenumbers", "addresses", "roles", "photos", "ims", "entitlements"}, strings.ToLower(name))
}

// merged is a list after an operation.
func merged(was any, word string, v any) any {
	have, _ := was.([]any)
	given, ok := v.([]any)
	if !ok && v != nil {
		given = []any{v}
	}
	same := func(a, b any) bool {
		x, ok1 := a.(object)
		y, ok2 := b.(object)
		if ok1 && ok2 && get(x, "value") != nil {
			return reflect.DeepEqual(get(x, "value"), get(y, "value"))
		}
		return reflect.DeepEqual(a, b)
	}
	known := func(list []any, one any) bool {
		return slices.ContainsFunc(list, func(o any) bool { return same(o, one) })
	}
	switch {
	case word == "replace":
		return given
	case word == "remove" && v == nil:
		return nil
	case word == "remove":
		return slices.DeleteFunc(slices.Clone(have), func(o any) bool { return known(given, o) })
	}
	out := slices.Clone(have)
	for _, one := range given {
		if !known(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// canonical is the name under which an object has an attribute already.
func canonical(o object, name string) string {
	for k := range o {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return name
}
