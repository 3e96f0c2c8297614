package rest

import (
	"context"
	"errors"
	"net/http"
)

// Part is something that is asked for each of many. Once it was refused, it is
// not asked for again: the answer would be the same.
type Part struct {
	Kind string // whose resources it is about
	What string // "Factors", for the texts
	Lost bool   // somebody's is not known

	refused bool
}

// About reads a part for one of many. It reports whether it is known, and an
// error only for what ends the collection.
func About[T any](ctx context.Context, c *Client, p *Part, page Page[T], k Call) (list []T, known bool, err error) {
	if p.refused {
		return nil, false, nil
	}
	err = Pages(ctx, c, k, page, func(one *T) error {
		list = append(list, *one)
		return nil
	})
	if err == nil {
		return list, true, nil
	}
	if ours := Ours(ctx, err); ours != nil {
		return nil, false, ours
	}
	p.Lost = true
	if Status(err) == http.StatusNotFound {
		return nil, false, nil // deleted while the list was read
	}
	r, answered := errors.AsType[*RefusedError](err)
	p.refused = !c.Recorded && (!answered || r.Status < http.StatusInternalServerError)
	c.Run.Note(p.Kind, p.What+" could not be read: "+Sentence(err))
	return nil, false, nil
}
