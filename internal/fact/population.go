package fact

import (
	"fmt"
	"maps"
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
	From, To   time.Time // event kinds: what the listing covers
	Items      int
	Problems   []string
	Leaf       string // of the collection's manifest
	Changed    int64  // collection in which the kind's members last changed
}

// Reader assembles what checks see. It remembers parsed records, so that a
// year of runs over the same facts parses them once; it is not safe for use by
// several goroutines. Its zero value is ready.
type Reader struct {
	parsed  map[tlog.Hash]*parsed
	schemas map[string]*resource.Schema
}

type parsed struct {
	rec      *resource.Record
	hash     tlog.Hash
	personal map[string]any
	erased   bool // there was a personal part and it is gone
}

const remember = 50_000

// Members returns the resources that the listing's connection shows for its
// kind: for a state kind what the newest collection listed, with what an
// incomplete one may have missed marked possible; for an event kind every
// event ever listed.
func (r *Reader) Members(tx *db.Tx, ring *keys.Ring, l *Listing) ([]*resource.View, error) {
	schema, err := r.schema(tx, l.Kind, 0)
	if err != nil {
		return nil, err
	}
	from := int64(1)
	if schema.Family == resource.State {
		if from, err = lastComplete(tx, l); err != nil {
			return nil, err
		}
	}
	o, err := ring.Open(tx)
	if err != nil {
		return nil, err
	}
	a := assembly{reader: r, org: o, listing: l, event: schema.Family == resource.Event, by: map[string]*found{}}
	if err := eachSpan(tx, l, from, a.row); err != nil {
		return nil, err
	}
	return a.views(tx)
}

type assembly struct {
	reader  *Reader
	org     keys.Org
	listing *Listing
	event   bool
	by      map[string]*found
}

type found struct {
	state, seen *parsed
	current     bool
}

func (a *assembly) row(scan db.Scan) error {
	var content, rkey, bytes, hash, personal []byte
	var part string
	var to int64
	if err := scan(&content, &to, &rkey, &part, &bytes, &hash, &personal); err != nil {
		return err
	}
	c, err := tlog.HashFrom(content)
	if err != nil {
		return err
	}
	p, err := a.reader.parse(a.org, c, stored{bytes, hash, personal})
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	f := a.by[string(rkey)]
	if f == nil {
		f = &found{}
		a.by[string(rkey)] = f
	}
	if resource.Part(part) == resource.PartSeen {
		f.seen = p
		return nil
	}
	f.state, f.current = p, a.event || to >= a.listing.Seq // later spans come later and win
	return nil
}

type stored struct{ bytes, hash, personal []byte }

func (r *Reader) parse(o keys.Org, c tlog.Hash, s stored) (*parsed, error) {
	if p, ok := r.parsed[c]; ok {
		return p, nil
	}
	rec, err := resource.ParseRecord(s.bytes)
	if err != nil {
		return nil, err
	}
	p := &parsed{rec: rec}
	if p.hash, err = tlog.HashFrom(s.hash); err != nil {
		return nil, err
	}
	if rec.Personal != "" {
		if len(s.personal) == 0 {
			p.erased = true
		} else if p.personal, err = openFields(o, c, s.personal); err != nil {
			return nil, err
		}
	}
	if r.parsed == nil || len(r.parsed) > remember {
		r.parsed = map[tlog.Hash]*parsed{}
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

func (a *assembly) views(tx *db.Tx) ([]*resource.View, error) {
	out := make([]*resource.View, 0, len(a.by))
	for _, rkey := range slices.Sorted(maps.Keys(a.by)) {
		f := a.by[rkey]
		if f.state == nil {
			continue // a volatile part without its resource says nothing
		}
		schema, err := a.reader.schema(tx, f.state.rec.Kind, f.state.rec.Schema)
		if err != nil {
			return nil, err
		}
		out = append(out, f.view(schema))
	}
	return out, nil
}

// view puts the parts together.
func (f *found) view(schema *resource.Schema) *resource.View {
	v := &resource.View{
		Ref: f.state.rec.Ref, Schema: schema, Hash: f.state.hash, Fields: maps.Clone(f.state.rec.Fields),
		Unavailable: slices.Clone(f.state.rec.Unavailable), Possible: !f.current,
	}
	if v.Fields == nil {
		v.Fields = map[string]any{}
	}
	maps.Copy(v.Fields, f.state.personal)
	if f.seen != nil {
		v.Seen = f.seen.hash
		maps.Copy(v.Fields, f.seen.rec.Fields)
		v.Unavailable = append(v.Unavailable, f.seen.rec.Unavailable...)
	}
	if f.state.erased {
		for i := range schema.Fields {
			if schema.Fields[i].Personal {
				v.Unavailable = append(v.Unavailable, schema.Fields[i].Name)
			}
		}
	}
	return v
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
