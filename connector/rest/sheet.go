package rest

import (
	"context"
	"errors"
	"strings"

	"assay/connector"
)

// Sheet is a resource being filled in.
type Sheet struct {
	fields  map[string]any
	missing []string
}

// NewSheet returns an empty one.
func NewSheet() *Sheet { return &Sheet{fields: map[string]any{}} }

// Set gives a field its value.
func (s *Sheet) Set(name string, v any) { s.fields[name] = v }

// Lose marks fields as unavailable: the call that would tell them was refused.
func (s *Sheet) Lose(names ...string) { s.missing = append(s.missing, names...) }

// Text sets the field unless the value is empty, which leaves it absent.
func (s *Sheet) Text(name, v string) {
	if v != "" {
		s.fields[name] = v
	}
}

// May sets a field that is absent where there is nothing.
func May[T any](s *Sheet, name string, v *T) {
	if v != nil {
		s.fields[name] = *v
	}
}

// Known sets the field, or marks it unavailable where nothing was told.
func Known[T any](s *Sheet, name string, v *T) {
	if v == nil {
		s.Lose(name)
		return
	}
	s.fields[name] = *v
}

// Strings is a list that is never null.
func Strings(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

// sinkError keeps apart what was wrong on this side.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }

func (e *sinkError) Unwrap() error { return e.err }

// Put emits the sheet as a resource.
func (c *Client) Put(ctx context.Context, kind, id string, s *Sheet) error {
	err := c.Run.Emit(ctx, connector.Resource{Kind: kind, ID: id, Fields: s.fields, Unavailable: s.missing})
	if err != nil {
		return &sinkError{err}
	}
	return nil
}

// Ours returns what must end the collection: it was stopped, or its sink failed.
// Other errors are the vendor's, and nil is returned for them.
func Ours(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if bad, ok := errors.AsType[*sinkError](err); ok {
		return bad.err
	}
	return nil
}

// Broke reports that a listing broke off: its kinds are incomplete and the
// collection goes on, unless it was stopped or its sink failed.
func (c *Client) Broke(ctx context.Context, what string, err error, kinds ...string) error {
	if bad := Ours(ctx, err); bad != nil {
		return bad
	}
	for _, kind := range kinds {
		c.Run.Incomplete(kind, what+" could not be read to the end: "+Sentence(err))
	}
	return nil
}

// Sentence is an error's text, cut to what a page can show, with a full stop.
func Sentence(err error) string { return strings.TrimSuffix(Clip(err.Error()), ".") + "." }

const longestProblem = 200

// Clip puts a text on one line of at most 200 bytes.
func Clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > longestProblem {
		text = strings.ToValidUTF8(text[:longestProblem], "") + "…"
	}
	return text
}
