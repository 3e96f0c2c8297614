package connector

import (
	"context"
	"fmt"
	"time"

	"assay/internal/kit/clock"
)

// Position is how far a listing of events had come when its collection was cut
// off. What was told before it is kept, so that the next collection goes on from
// there.
type Position struct {
	List string // "okta.sign_in", "pull requests of 1296269": one question to the product
	Kind string
	// From and To are the span that is listed once the list has come to its end;
	// Asked is from when on it was asked for, which is later where what lies before
	// had been listed already.
	From, Asked, To time.Time
	Page            int    // the last that was told whole
	Cursor          string // where the next page begins, as the product says; empty at the end

	Collection int64     // that came so far
	Begun      time.Time // when the span was first asked for
}

// mostCursor bounds what a product may have kept for it.
const mostCursor = 8 << 10

// SetPositions tells how far an earlier collection had come that was cut off, and
// who keeps how far this one comes. It is called before the collection begins.
func (r *Run) SetPositions(left []Position, keep func(context.Context, Position) error) {
	r.left, r.keep = map[string]Position{}, keep
	for _, p := range left {
		r.left[p.List] = p
	}
}

// WithoutPositions makes the run begin every list at its beginning and keep no
// place in any: what is recorded may be added to.
func (r *Run) WithoutPositions() { r.left, r.keep = nil, nil }

// Stretch is a part of a span that is listed page by page. One that is nil, or of
// no run, keeps nothing.
type Stretch struct {
	Position
	Resumed bool // an earlier collection had come to the cursor

	run *Run
}

// Stretches are what has to be asked of a list so that it tells of a span: all of
// it or, after a collection that was cut off, the rest of what that one asked for,
// and then what came since. Products tell of some events late: the stretch that
// follows another begins so long before its end. The first one's From and the last
// one's To are what is covered.
func (r *Run) Stretches(list, kind string, from, to time.Time, late time.Duration) []*Stretch {
	from, to = clock.Trunc(from), clock.Trunc(to)
	p, ok := r.left[list]
	if !ok || p.Kind != kind || p.From.After(from) || p.To.After(to) {
		return []*Stretch{{run: r, Position: Position{List: list, Kind: kind, From: from, Asked: from, To: to}}}
	}
	where := "the end of the list"
	var out []*Stretch
	if p.Cursor != "" {
		where = fmt.Sprintf("page %d", p.Page)
		out = append(out, &Stretch{run: r, Position: p, Resumed: true})
	}
	r.Note(kind, fmt.Sprintf("Resumed after %s of %s: collection %d, which was cut off, had come so far.", where, list, p.Collection))
	asked := p.To.Add(-late)
	if asked.Before(p.From) {
		asked = p.From
	}
	return append(out, &Stretch{run: r, Position: Position{List: list, Kind: kind, From: p.From, Asked: asked, To: to, Begun: p.Begun}})
}

// Reached says that a page was told whole, and where the next one begins: nowhere
// after the last. It is not kept once something of the kind is missing, so that
// this is asked for again.
func (s *Stretch) Reached(ctx context.Context, cursor string) error {
	if s == nil || s.run == nil {
		return nil
	}
	s.Page++
	s.Cursor = cursor
	if s.run.keep == nil || len(cursor) > mostCursor || s.run.broken(s.Kind) {
		return nil
	}
	return s.run.keep(ctx, s.Position)
}

// Begin is where to ask first: at the cursor that an earlier collection had come to,
// or at the list's own beginning.
func (s *Stretch) Begin(beginning string) (at string, resumed bool) {
	if s == nil || !s.Resumed {
		return beginning, false
	}
	return s.Cursor, true
}

// Restart begins the stretch again: the product does not know the cursor any more.
func (s *Stretch) Restart() {
	s.run.Note(s.Kind, fmt.Sprintf("The place in %s is not known any more after page %d, so that it was read from its beginning.", s.List, s.Page))
	s.Page, s.Cursor, s.Resumed = 0, "", false
}

func (r *Run) broken(kind string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	rep, ok := r.kinds[kind]
	return !ok || rep.broken
}
