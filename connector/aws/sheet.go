package aws

import (
	"context"
	"errors"
	"slices"
	"strings"

	"assay/connector"
)

// sheet is a resource being filled in.
type sheet struct {
	fields  map[string]any
	missing []string
}

func newSheet() *sheet { return &sheet{fields: map[string]any{}} }

func (s *sheet) set(name string, v any) { s.fields[name] = v }

// lose marks fields as unavailable: what would tell them was refused.
func (s *sheet) lose(names ...string) { s.missing = append(s.missing, names...) }

// text sets the field unless the value is empty, which leaves it absent.
func (s *sheet) text(name, v string) {
	if v != "" {
		s.fields[name] = v
	}
}

// word sets the field, or marks it unavailable where nothing was told.
func (s *sheet) word(name, v string) {
	if v == "" {
		s.lose(name)
		return
	}
	s.fields[name] = v
}

// known sets the field, or marks it unavailable where nothing was told.
func known[T any](s *sheet, name string, v *T) {
	if v == nil {
		s.lose(name)
		return
	}
	s.fields[name] = *v
}

// may sets a field that is absent where there is nothing.
func may[T any](s *sheet, name string, v *T) {
	if v != nil {
		s.fields[name] = *v
	}
}

// value is what a pointer leads to, or nothing.
func value[T any](v *T) (out T) {
	if v != nil {
		out = *v
	}
	return out
}

// sorted is the list in order and without repetitions, never null.
func sorted(v []string) []string {
	out := slices.Clone(v)
	slices.Sort(out)
	if out = slices.Compact(out); out == nil {
		return []string{}
	}
	return out
}

// sinkError keeps apart what was wrong on this side.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }

func (e *sinkError) Unwrap() error { return e.err }

// put emits a resource.
func (c *collection) put(ctx context.Context, kind, id string, s *sheet) error {
	if c.told[kind+" "+id] {
		return nil // two places tell of it
	}
	if id == "" {
		c.run.Incomplete(kind, "AWS told of one without its id.")
		return nil
	}
	c.told[kind+" "+id] = true
	if err := c.run.Emit(ctx, connector.Resource{Kind: kind, ID: id, Fields: s.fields, Unavailable: s.missing}); err != nil {
		return &sinkError{err}
	}
	return nil
}

// ours returns what must end the collection: it was stopped, or its sink failed.
func ours(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if bad, ok := errors.AsType[*sinkError](err); ok {
		return bad.err
	}
	return nil
}

// broke reports that a listing broke off in one place: its kinds are incomplete
// and the collection goes on, unless it was stopped or its sink failed.
func (c *collection) broke(ctx context.Context, at *caller, what string, err error, kinds ...string) error {
	if bad := ours(ctx, err); bad != nil {
		return bad
	}
	for _, kind := range kinds {
		c.run.Incomplete(kind, what+where(at.place)+" could not be read to the end: "+sentence(err))
	}
	return nil
}

// lost tells people that a field could not be read, and marks it.
func (c *collection) lost(at *caller, kind, what string, err error) {
	c.run.Note(kind, what+where(at.place)+" could not be read: "+sentence(err))
}

func where(p place) string {
	if text := p.String(); text != "" {
		return " of " + text
	}
	return ""
}

func sentence(err error) string { return strings.TrimSuffix(clip(err.Error()), ".") + "." }
