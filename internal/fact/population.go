package fact

import (
	"cmp"
	"fmt"
	"slices"
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
	From, To   time.Time // event kinds: what it covers, with the complete ones before it (resource.Cover)
	Items      int       // event kinds: the most that one of these listed
	Problems   []string
	Leaf       string // of the collection's manifest
	Changed    int64  // collection in which the kind's members last changed
}

// Reader assembles what checks see. It remembers parsed records, so that a
// year of runs over the same facts parses them once, and what it assembled last,
// so that only what changed is assembled anew. It reads one org's facts and is
// not safe for use by several goroutines. Its zero value is ready.
type Reader struct {
	Most int // resources that it remembers at most; 50,000 if zero, some 1 KB each

	parsed  map[tlog.Hash]*resource.Sighting
	schemas map[string]*resource.Schema
	last    map[source]assembled
	kept    int                 // views in last
	listed  map[string]listings // by connection
}

// listings are the newest that a connection has of each kind, up to a collection.
type listings struct {
	seq  int64
	list map[string]Listing // by kind
}

// Listed returns, for each kind, its newest listing by each of the connections that
// ever listed it, in their order. It reads only what was listed since it was last
// asked. newest is what Newest says of the connections.
func (r *Reader) Listed(tx *db.Tx, connections []string, newest map[string]int64) (map[string][]Listing, error) {
	out := map[string][]Listing{}
	if r.listed == nil {
		r.listed = map[string]listings{}
	}
	for _, c := range slices.Sorted(slices.Values(connections)) {
		l, known := r.listed[c]
		if !known {
			l.list = map[string]Listing{}
		}
		if newest[c] > l.seq {
			since, err := listedSince(tx, c, l.seq)
			if err != nil {
				return nil, err
			}
			for i := range since {
				l.list[since[i].Kind] = since[i]
			}
			l.seq = newest[c]
			r.listed[c] = l
		}
		for kind := range l.list {
			out[kind] = append(out[kind], l.list[kind])
		}
	}
	return out, nil
}

// source is one connection's listings of one kind.
type source struct{ connection, kind string }

// assembled is what a source showed at one of its listings.
type assembled struct {
	listing Listing
	views   []*resource.View
	events  *resource.Assembly // event kinds: what later events are added to
}

func (r *Reader) most() int { return cmp.Or(r.Most, 50_000) }

// Members returns the resources that the listing's connection shows for its
// kind: for a state kind what the newest collection listed, with what an
// incomplete one may have missed marked possible; for an event kind every
// event ever listed. They are in the order of their references. The views and
// their list must not be changed: a view that stayed the same is handed out
// again.
func (r *Reader) Members(tx *db.Tx, ring *keys.Ring, l *Listing) ([]*resource.View, error) {
	schema, err := r.schema(tx, l.Kind, 0)
	if err != nil {
		return nil, err
	}
	last, known := r.last[source{l.Connection, l.Kind}]
	if known && last.listing.Complete && l.Complete && last.listing.Changed == l.Changed {
		return last.views, nil
	}
	in, err := spanOf(tx, l, schema.Family)
	if err != nil {
		return nil, err
	}
	a := &resource.Assembly{Family: schema.Family}
	if schema.Family == resource.Event && known && last.listing.Seq <= l.Seq {
		a, in.after = last.events, last.listing.Seq // an event that was listed stays listed
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
	if err := eachSpan(tx, l, in, row); err != nil {
		return nil, err
	}
	views, err := a.Views(func(kind string, version int) (*resource.Schema, error) { return r.schema(tx, kind, version) })
	if err == nil {
		reuse(last.views, views)
		r.keep(l, a, views)
	}
	return views, err
}

// reuse puts the old views of what did not change into a list in order.
func reuse(old, views []*resource.View) {
	for i, v := range views {
		for len(old) > 0 && old[0].Compare(v.Ref) < 0 {
			old = old[1:]
		}
		if len(old) == 0 {
			return
		}
		o := old[0]
		if o.Ref == v.Ref && o.Hash == v.Hash && o.Seen == v.Seen && o.Possible == v.Possible && o.Schema == v.Schema &&
			len(o.Unavailable) == len(v.Unavailable) { // they differ where a personal part was erased
			views[i] = o
		}
	}
}

// keep remembers what was assembled, unless that is too much.
func (r *Reader) keep(l *Listing, a *resource.Assembly, views []*resource.View) {
	key := source{l.Connection, l.Kind}
	r.kept -= len(r.last[key].views)
	delete(r.last, key)
	if r.kept+len(views) > r.most() {
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
	r.kept += len(views)
}

// Keeps tells whether what the connection shows of the kind is remembered.
func (r *Reader) Keeps(connection, kind string) bool {
	_, kept := r.last[source{connection, kind}]
	return kept
}

// Fits tells whether what the listing's connection shows of the kind is
// remembered or can be.
func (r *Reader) Fits(tx *db.Tx, l *Listing) (bool, error) {
	if r.Keeps(l.Connection, l.Kind) || l.Items > r.most() {
		return l.Items <= r.most(), nil
	}
	schema, err := r.schema(tx, l.Kind, 0)
	if err != nil {
		return false, err
	}
	in, err := spanOf(tx, l, schema.Family)
	if err != nil {
		return false, err
	}
	n, err := countSpans(tx, l, in)
	return n <= r.most()-r.kept, err
}

// Shown returns what the listing's connection showed for its kind at any time from
// collection from on: each resource as it was listed last. What the listing does not
// show any more is marked possible. It remembers nothing.
func (r *Reader) Shown(tx *db.Tx, ring *keys.Ring, l *Listing, from int64) ([]*resource.View, error) {
	schema, err := r.schema(tx, l.Kind, 0)
	if err != nil {
		return nil, err
	}
	o, err := ring.Open(tx)
	if err != nil {
		return nil, err
	}
	a := &resource.Assembly{Family: schema.Family}
	if err := eachSpan(tx, l, span{from: from}, func(scan db.Scan) error {
		sighting, to, err := r.sighting(o, scan)
		if err == nil {
			a.Add(sighting, to >= l.Seq)
		}
		return err
	}); err != nil {
		return nil, err
	}
	return a.Views(func(kind string, version int) (*resource.Schema, error) { return r.schema(tx, kind, version) })
}

// spanOf says which parts a listing shows: of a state those since the last
// complete listing, of events all.
func spanOf(tx *db.Tx, l *Listing, family resource.Family) (in span, err error) {
	in.from = 1
	if family == resource.State {
		in.from, err = lastComplete(tx, l)
	}
	return in, err
}

// Each calls fn for what Members would return, one by one and in an order of
// their own, and remembers nothing.
func (r *Reader) Each(tx *db.Tx, ring *keys.Ring, l *Listing, fn func(*resource.View) error) error {
	schemas, err := schemasOf(tx, l.Kind)
	if err != nil {
		return err
	}
	newest := schemas[len(schemas)-1]
	in, err := spanOf(tx, l, newest.Family)
	if err != nil {
		return err
	}
	o, err := ring.Open(tx)
	if err != nil {
		return err
	}
	schema := func(kind string, version int) (*resource.Schema, error) {
		i := slices.IndexFunc(schemas, func(s *resource.Schema) bool { return s.Version == version })
		if i < 0 {
			return nil, fmt.Errorf("version %d of the kind %s is not declared", version, kind)
		}
		return schemas[i], nil
	}
	var ref resource.Ref
	one := &resource.Assembly{Family: newest.Family}
	flush := func() error {
		views, err := one.Views(schema)
		if err != nil || len(views) == 0 {
			return err
		}
		one = &resource.Assembly{Family: newest.Family}
		return fn(views[0])
	}
	err = eachByResource(tx, l, in, func(scan db.Scan) error {
		row, err := readSighting(scan)
		if err != nil {
			return err
		}
		s, err := row.open(o)
		if err != nil {
			return err
		}
		if s.Ref != ref {
			if err := flush(); err != nil {
				return err
			}
			ref = s.Ref
		}
		one.Add(s, row.to >= l.Seq)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// sighting reads a row of a record and the last collection that listed it.
func (r *Reader) sighting(o keys.Org, scan db.Scan) (*resource.Sighting, int64, error) {
	row, err := readSighting(scan)
	if err != nil {
		return nil, 0, err
	}
	if p, ok := r.parsed[row.content]; ok {
		return p, row.to, nil
	}
	p, err := row.open(o)
	if err != nil {
		return nil, 0, err
	}
	if r.parsed == nil || len(r.parsed) > r.most() {
		r.parsed = map[tlog.Hash]*resource.Sighting{}
	}
	r.parsed[row.content] = p
	return p, row.to, nil
}

// stored is a record as eachSpan reads it, and the last collection that listed
// it.
type stored struct {
	content               tlog.Hash
	to                    int64
	bytes, hash, personal []byte
}

func readSighting(scan db.Scan) (s stored, err error) {
	var content []byte
	if err := scan(&content, &s.to, &s.bytes, &s.hash, &s.personal); err != nil {
		return s, err
	}
	s.content, err = tlog.HashFrom(content)
	return s, err
}

// open parses the record and opens its personal part.
func (s *stored) open(o keys.Org) (*resource.Sighting, error) {
	rec, err := resource.ParseRecord(s.bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.content, err)
	}
	p := &resource.Sighting{Record: rec}
	if p.Hash, err = tlog.HashFrom(s.hash); err != nil {
		return nil, fmt.Errorf("%s: %w", s.content, err)
	}
	switch {
	case rec.Personal == "":
	case len(s.personal) == 0:
		p.Erased = true
	default:
		if p.Personal, err = openFields(o, s.content, s.personal); err != nil {
			return nil, fmt.Errorf("%s: %w", s.content, err)
		}
	}
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
	if version == 0 { // may grow at any time
		var err error
		if version, err = newestVersion(tx, kind); err != nil {
			return nil, err
		}
	}
	key := fmt.Sprintf("%s %d", kind, version)
	if s, ok := r.schemas[key]; ok {
		return s, nil
	}
	s, err := Schema(tx, kind, version)
	if err != nil {
		return nil, err
	}
	if r.schemas == nil {
		r.schemas = map[string]*resource.Schema{}
	}
	r.schemas[key] = s
	return s, nil
}
