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
// year of runs over the same facts parses them once; it is not safe for use by
// several goroutines. Its zero value is ready.
type Reader struct {
	parsed  map[tlog.Hash]*resource.Sighting
	schemas map[string]*resource.Schema
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
	a := resource.Assembly{Family: schema.Family}
	row := func(scan db.Scan) error {
		sighting, to, err := r.sighting(o, scan)
		if err == nil {
			a.Add(sighting, to >= l.Seq) // later spans come later and win
		}
		return err
	}
	if err := eachSpan(tx, l, from, row); err != nil {
		return nil, err
	}
	return a.Views(func(kind string, version int) (*resource.Schema, error) { return r.schema(tx, kind, version) })
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
