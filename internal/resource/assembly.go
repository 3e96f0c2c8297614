package resource

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"assay/internal/kit/tlog"
)

// Sighting is a record that a connection listed, with its personal part opened.
type Sighting struct {
	*Record
	Hash     tlog.Hash
	Personal map[string]any // fields of the personal part; nil if there is none
	Erased   bool           // there was a personal part and it is gone
}

// Assembly puts the records of one kind that one connection listed together, as
// a check sees them (docs/spec/record.md, population). Records are added and
// removed in the order of the collections. A state that an incomplete listing
// did not show is possible; an event that was listed once stays a fact. Its zero
// value is an empty assembly of a state kind.
type Assembly struct {
	Family Family
	by     map[Ref]*assembled
	order  []*assembled // by reference, as of the last views; the dead among them
	fresh  []*assembled // since then
}

type assembled struct {
	state, seen         *Sighting
	current, listedSeen bool  // by the newest collection: the state, the volatile part
	view                *View // as made last; nil after a change
	dead                bool  // forgotten
}

// Add puts in a record that a collection lists. Of several of one resource the
// one added last counts. A record that is not current was listed by an earlier
// collection, and not by the newest.
func (a *Assembly) Add(s *Sighting, current bool) {
	if a.by == nil {
		a.by = map[Ref]*assembled{}
	}
	r := a.by[s.Ref]
	if r == nil {
		r = &assembled{}
		a.by[s.Ref] = r
		a.fresh = append(a.fresh, r)
	}
	r.view = nil
	if s.Part == PartSeen {
		r.seen, r.listedSeen = s, current
		return
	}
	r.state, r.current = s, current || a.Family == Event
}

// Remove notes that the newest collection does not list a record that an earlier
// one did.
func (a *Assembly) Remove(ref Ref, hash tlog.Hash) {
	r := a.by[ref]
	if r == nil || a.Family == Event {
		return
	}
	if r.state != nil && r.state.Hash == hash {
		r.current, r.view = false, nil
	}
	if r.seen != nil && r.seen.Hash == hash {
		r.listedSeen = false
	}
}

// Settle forgets what the newest collection does not list: its listing of the
// kind was complete. Events are not forgotten.
func (a *Assembly) Settle() {
	if a.Family == Event {
		return
	}
	for ref, r := range a.by {
		if r.state != nil && !r.current {
			r.state, r.view = nil, nil
		}
		if r.seen != nil && !r.listedSeen {
			r.seen, r.view = nil, nil
		}
		if r.state == nil && r.seen == nil {
			r.dead = true
			delete(a.by, ref)
		}
	}
}

// Views returns the resources, by reference. The schema is asked for by kind and
// version. The views must not be changed: those of resources that did not change
// are handed out again.
func (a *Assembly) Views(schema func(kind string, version int) (*Schema, error)) ([]*View, error) {
	a.sort()
	out := make([]*View, 0, len(a.by))
	for _, r := range a.order {
		if r.state == nil {
			continue // a volatile part without its resource says nothing
		}
		if r.view == nil {
			s, err := schema(r.state.Kind, r.state.Schema)
			if err != nil {
				return nil, err
			}
			r.view = r.make(s)
		}
		out = append(out, r.view)
	}
	return out, nil
}

// sort brings what came since the last time to its place, and lets what is dead
// go.
func (a *Assembly) sort() {
	alive := func(list []*assembled) []*assembled {
		return slices.DeleteFunc(list, func(r *assembled) bool { return r.dead })
	}
	a.order, a.fresh = alive(a.order), alive(a.fresh)
	slices.SortFunc(a.fresh, func(x, y *assembled) int { return x.ref().Compare(y.ref()) })
	n := len(a.order)
	a.order = append(a.order, a.fresh...)
	for i, j := n-1, len(a.fresh)-1; j >= 0; { // from behind, so that nothing is overwritten before it is moved
		if i >= 0 && a.order[i].ref().Compare(a.fresh[j].ref()) > 0 {
			a.order[i+j+1] = a.order[i]
			i--
			continue
		}
		a.order[i+j+1] = a.fresh[j]
		j--
	}
	a.fresh = nil
}

// ref is of what is not dead.
func (r *assembled) ref() Ref {
	if r.state != nil {
		return r.state.Ref
	}
	return r.seen.Ref
}

func (r *assembled) make(schema *Schema) *View {
	v := &View{
		Ref: r.state.Ref, Schema: schema, Hash: r.state.Hash, Fields: r.state.Fields,
		Unavailable: slices.Clone(r.state.Unavailable), Possible: !r.current,
	}
	if v.Fields == nil || len(r.state.Personal) > 0 || r.seen != nil { // else the record's own will do
		v.Fields = map[string]any{}
		maps.Copy(v.Fields, r.state.Fields)
	}
	maps.Copy(v.Fields, r.state.Personal)
	if r.seen != nil {
		v.Seen = r.seen.Hash
		maps.Copy(v.Fields, r.seen.Fields)
		v.Unavailable = append(v.Unavailable, r.seen.Unavailable...)
	}
	if r.state.Erased {
		for i := range schema.Fields {
			if schema.Fields[i].Personal {
				v.Unavailable = append(v.Unavailable, schema.Fields[i].Name)
			}
		}
	}
	return v
}

// Cover is what the complete listings of a connection say together of an event
// kind (docs/spec/record.md, cover).
type Cover struct {
	From, To time.Time // half open; a zero From is since ever, a zero To nothing
	Items    int       // no fewer than none where the span holds an event
}

// Then is the cover after a further complete listing: both together where they
// overlap or touch, else the listing's own.
func (c Cover) Then(next Cover) Cover {
	touches := !c.To.IsZero() && !next.To.IsZero() && !next.From.After(c.To) && !c.From.After(next.To)
	if !touches {
		return next
	}
	if c.From.Before(next.From) {
		next.From = c.From
	}
	if c.To.After(next.To) {
		next.To = c.To
	}
	next.Items = max(c.Items, next.Items)
	return next
}

// Compare orders references by kind, authority and id.
func (r Ref) Compare(other Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, other.Kind), cmp.Compare(r.Authority, other.Authority), cmp.Compare(r.ID, other.ID))
}
