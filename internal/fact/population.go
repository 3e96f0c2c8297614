package fact

import (
	"fmt"
	"time"

	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Listing is what one connection's newest collection says about one kind.
type Listing struct {
	Connection string
	Connector  string
	Kind       string
	Seq        int64 // of the collection
	Complete   bool
	At         time.Time // when the collection finished
	From, To   time.Time // event kinds: what the listing covers
	Items      int
	Problems   []string
	Leaf       string // of the collection's manifest
	Changed    int64  // collection in which the kind's members last changed
}

// Reader assembles what checks see. It remembers parsed records, so that a
// year of runs over the same facts parses them once, and what it assembled last,
// so that only what changed is assembled anew. It reads one org's facts and is
// not safe for use by several goroutines. Its zero value is ready.
type Reader struct {
	parsed  map[tlog.Hash]*resource.Sighting
	schemas map[string]*resource.Schema
	last    map[source]assembled
}

// source is one connection's listings of one kind.
type source struct{ connection, kind string }

// assembled is what a source showed at one of its listings.
type assembled struct {
	listing Listing
	views   []*resource.View
	events  *resource.Assembly // event kinds: what later events are added to
}

// mostKept bounds what is remembered of one source.
const mostKept = 20_000

const remember = 50_000

// Members returns the resources that the listing's connection shows for its
// kind: for a state kind what the newest collection listed, with what an
// incomplete one may have missed marked possible; for an event kind every
// event ever listed. The views and their list must not be changed: a view that
// stayed the same is handed out again.
func (r *Reader) Members(tx *db.Tx, ring *keys.Ring, l *Listing) ([]*resource.View, error) {
	schema, err := r.schema(tx, l.Kind, 0)
	if err != nil {
		return nil, err
	}
	key := source{l.Connection, l.Kind}
	last, known := r.last[key]
	if known && last.listing.Complete && l.Complete && last.listing.Changed == l.Changed {
		return last.views, nil
	}
	span := span{from: 1}
	a := &resource.Assembly{Family: schema.Family}
	if schema.Family == resource.State {
		if span.from, err = lastComplete(tx, l); err != nil {
			return nil, err
		}
	} else if known && last.listing.Seq <= l.Seq {
		a, span.after = last.events, last.listing.Seq // an event that was listed stays listed
	}
	o, err := ring.Open(tx)
	if err != nil {
		return nil, err
	}
	row := func(scan db.Scan) error {
		sighting, to, err := r.sighting(o, scan)
		if err == nil {
			a.Add(sighting, to >= l.Seq) // later spans come later and win
		}
		return err
	}
	if err := eachSpan(tx, l, span, row); err != nil {
		return nil, err
	}
	views, err := a.Views(func(kind string, version int) (*resource.Schema, error) { return r.schema(tx, kind, version) })
	if err == nil {
		r.keep(l, a, views)
	}
	return views, err
}

func (r *Reader) keep(l *Listing, a *resource.Assembly, views []*resource.View) {
	key := source{l.Connection, l.Kind}
	if len(views) > mostKept {
		delete(r.last, key)
		return
	}
	if r.last == nil {
		r.last = map[source]assembled{}
	}
	kept := assembled{listing: *l, views: views}
	if a.Family == resource.Event {
		kept.events = a
	}
	r.last[key] = kept
}

// sighting reads a row of a record and the last collection that listed it.
func (r *Reader) sighting(o keys.Org, scan db.Scan) (*resource.Sighting, int64, error) {
	var content, bytes, hash, personal []byte
	var to int64
	if err := scan(&content, &to, &bytes, &hash, &personal); err != nil {
		return nil, 0, err
	}
	c, err := tlog.HashFrom(content)
	if err != nil {
		return nil, 0, err
	}
	s, err := r.parse(o, c, stored{bytes, hash, personal})
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", c, err)
	}
	return s, to, nil
}

type stored struct{ bytes, hash, personal []byte }

func (r *Reader) parse(o keys.Org, c tlog.Hash, s stored) (*resource.Sighting, error) {
	if p, ok := r.parsed[c]; ok {
		return p, nil
	}
	rec, err := resource.ParseRecord(s.bytes)
	if err != nil {
		return nil, err
	}
	p := &resource.Sighting{Record: rec}
	if p.Hash, err = tlog.HashFrom(s.hash); err != nil {
		return nil, err
	}
	if rec.Personal != "" {
		if len(s.personal) == 0 {
			p.Erased = true
		} else if p.Personal, err = openFields(o, c, s.personal); err != nil {
			return nil, err
		}
	}
	if r.parsed == nil || len(r.parsed) > remember {
		r.parsed = map[tlog.Hash]*resource.Sighting{}
	}
	r.parsed[c] = p
	return p, nil
}

func openFields(o keys.Org, c tlog.Hash, sealed []byte) (map[string]any, error) {
	plain, err := openPersonal(o, c, sealed)
	if err != nil {
		return nil, err
	}
	return resource.ParseFields(plain)
}

// schema returns a version of a kind's schema; version 0 is the newest.
func (r *Reader) schema(tx *db.Tx, kind string, version int) (*resource.Schema, error) {
	key := fmt.Sprintf("%s %d", kind, version)
	if s, ok := r.schemas[key]; ok {
		return s, nil
	}
	s, err := Schema(tx, kind, version)
	if err != nil {
		return nil, err
	}
	if version == 0 {
		return s, nil // may grow a version later
	}
	if r.schemas == nil {
		r.schemas = map[string]*resource.Schema{}
	}
	r.schemas[key] = s
	return s, nil
}
