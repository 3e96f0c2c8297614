package fact

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/resource"
)

// Session is one collection being written. Its methods may be called by several
// goroutines.
type Session struct {
	db      *db.DB
	grant   access.Grant
	org     keys.Org
	memory  *Memory
	schemas map[string]*resource.Schema
	seq     int64
	started time.Time
	intent  string

	mu      sync.Mutex // guards what follows
	macs    hash.Hash  // of the org's content key
	scratch []byte     // what is hashed next
	origin  Origin
	ended   bool
	before  tlog.Hash             // root of the collection before, if a memory knows it
	open    map[tlog.Hash]*member // spans open at the start, by content
	changed map[string]bool       // kinds with versions that came or went
	keys    map[string]struct{}   // resources emitted, to refuse a second
	hashes  []tlog.Hash
	added   int
	pending []row

	left    []connector.Position          // of the collection before, if it was cut off
	carried map[[16]byte]carried          // by resource: events that the collections before told of
	places  map[string]connector.Position // by list: reached, and not written yet
	kept    bool                          // places were written
	keptAt  time.Time                     // when
}

type member struct {
	hash    tlog.Hash
	kind    string
	seen    bool
	adopted bool // told of by a collection that was cut off
}

// batchRows bounds a write transaction, so that people's writes wait at most a
// few tens of milliseconds.
const batchRows = 1000

// Begin writes the intent and prepares to take resources. One collection of a
// connection runs at a time: while another is alive, Begin is a Busy fault; one
// that fell silent is interrupted, and cannot write any more.
func Begin(ctx context.Context, d *db.DB, ring *keys.Ring, grant access.Grant, o Origin, kinds []resource.Schema) (*Session, error) {
	var none *Memory
	return none.Begin(ctx, d, ring, grant, o, kinds)
}

// Begin does what the function does, sparing to read what the session before
// left open if this memory saw it end.
func (m *Memory) Begin(ctx context.Context, d *db.DB, ring *keys.Ring, grant access.Grant, o Origin, kinds []resource.Schema) (*Session, error) {
	s := &Session{
		db: d, grant: grant, origin: o, memory: m, schemas: map[string]*resource.Schema{},
		changed: map[string]bool{}, keys: map[string]struct{}{},
	}
	names := make([]string, 0, len(kinds))
	for i := range kinds {
		s.schemas[kinds[i].Kind] = &kinds[i]
		names = append(names, kinds[i].Kind)
	}
	slices.Sort(names)
	err := d.Write(ctx, grant, func(tx *db.Tx) error {
		if err := tx.Lock("fact " + tx.Org() + o.Connection); err != nil {
			return err
		}
		var err error
		if s.org, err = ring.Open(tx); err != nil {
			return err
		}
		s.macs = s.org.Content().MACs()
		if err := m.declare(tx, o.Connection, kinds); err != nil {
			return err
		}
		if err := succeed(tx, o.Connection); err != nil {
			return err
		}
		if s.seq, err = nextSeq(tx, o.Connection); err != nil {
			return err
		}
		s.started = tx.Now()
		ids, err := ledger.Append(tx, ledger.Entry{
			Type: "collection.intent", Stream: StreamOf(o.Connection),
			Body: map[string]any{
				"connection": o.Connection, "connector": o.Connector, "version": o.Version, "seq": s.seq, "kinds": names,
			},
		})
		if err != nil {
			return err
		}
		s.intent, s.keptAt = ids[0], s.started
		if err := insertCollection(tx, s); err != nil {
			return err
		}
		return s.resume(tx)
	})
	if err != nil {
		return nil, err
	}
	return s, s.recall(ctx)
}

// RefusedError is a resource that was not kept, and why.
type RefusedError struct {
	Kind, ID string
	Err      error
}

// Error says which resource and why, for the manifest.
func (r *RefusedError) Error() string { return r.Kind + " " + r.ID + ": " + r.Err.Error() }

// Unwrap returns the reason.
func (r *RefusedError) Unwrap() error { return r.Err }

// Put keeps one resource. A resource that does not fit its schema is a
// *RefusedError error: it is not kept, and the caller marks the kind incomplete.
func (s *Session) Put(ctx context.Context, r connector.Resource) error {
	schema, ok := s.schemas[r.Kind]
	if !ok {
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: fmt.Errorf("the kind is not declared")}
	}
	switch {
	case r.ID == "":
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: errors.New("it has no id")}
	case r.ID != db.Plain(r.ID) || r.Authority != db.Plain(r.Authority):
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: errors.New("its id is not text")}
	}
	parts, err := schema.Normalize(r.Fields, r.Unavailable)
	if err != nil {
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return fmt.Errorf("put %s %s: the collection has ended", r.Kind, r.ID)
	}
	ref := resource.Ref{Kind: r.Kind, Authority: r.Authority, ID: r.ID}
	if ref.Authority == "" {
		ref.Authority = s.origin.Scope
	}
	key := ref.String()
	if _, twice := s.keys[key]; twice {
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: fmt.Errorf("it was listed twice")}
	}
	s.keys[key] = struct{}{}
	if len(s.carried) > 0 {
		delete(s.carried, s.rkey(&ref))
	}
	if err := s.put(schema, ref, parts, r.Unavailable); err != nil {
		return err
	}
	if len(s.pending) >= batchRows {
		return s.flush(ctx)
	}
	return nil
}

func (s *Session) put(schema *resource.Schema, ref resource.Ref, parts resource.Parts, unavailable []string) error {
	var state, seen []string
	for _, name := range unavailable {
		if f, _ := schema.Field(name); f.Volatile {
			seen = append(seen, name)
		} else {
			state = append(state, name)
		}
	}
	slices.Sort(state)
	slices.Sort(seen)
	rec := &resource.Record{
		Ref: ref, Part: resource.PartState, Schema: schema.Version, Fields: parts.Core, Unavailable: slices.Compact(state),
	}
	first, err := s.part(rec, schema, parts.Personal)
	if err != nil {
		return &RefusedError{Kind: rec.Kind, ID: rec.ID, Err: err}
	}
	if len(parts.Seen) == 0 && len(seen) == 0 {
		s.take(first)
		return nil
	}
	second, err := s.part(&resource.Record{
		Ref: ref, Part: resource.PartSeen, Schema: schema.Version, Fields: parts.Seen, Unavailable: slices.Compact(seen),
	}, schema, nil)
	if err != nil {
		return &RefusedError{Kind: rec.Kind, ID: rec.ID, Err: err}
	}
	s.take(first)
	s.take(second)
	return nil
}

// part is a record of a resource: one that was open already, or a row to be.
type part struct {
	open *member
	row  row
}

// part recognizes a record, or makes its row.
func (s *Session) part(rec *resource.Record, schema *resource.Schema, personal map[string]any) (p part, err error) {
	core, err := canonical(rec.Fields)
	if err != nil {
		return p, err
	}
	var private []byte
	if len(personal) > 0 {
		if private, err = resource.PersonalBytes(personal); err != nil {
			return p, err
		}
	}
	c := s.mac([]byte(rec.Kind), []byte(rec.Authority), []byte(rec.ID), []byte(rec.Part), core, private,
		[]byte(strings.Join(rec.Unavailable, ",")))
	if m, known := s.open[c]; known {
		return part{open: m}, nil
	}
	p.row, err = s.newRow(c, rec, schema, private)
	return p, err
}

// take keeps a part.
func (s *Session) take(p part) {
	if p.open != nil {
		p.open.seen = true
		s.hashes = append(s.hashes, p.open.hash)
		return
	}
	s.pending = append(s.pending, p.row)
	s.changed[p.row.rec.Kind] = true
}

func (s *Session) mac(parts ...[]byte) (out tlog.Hash) {
	s.scratch = content(s.scratch[:0], parts...)
	s.macs.Reset()
	s.macs.Write(s.scratch)
	s.macs.Sum(out[:0])
	return out
}

// rkey is what the versions of one resource have in common.
func (s *Session) rkey(ref *resource.Ref) [16]byte {
	m := s.mac([]byte("resource"), []byte(ref.Kind), []byte(ref.Authority), []byte(ref.ID))
	return [16]byte(m[:16])
}

func (s *Session) newRow(c tlog.Hash, rec *resource.Record, schema *resource.Schema, private []byte) (row, error) {
	r := row{content: c, rec: rec, salt: tlog.NewSalt()}
	rkey := s.rkey(&rec.Ref)
	r.rkey = rkey[:]
	if private != nil {
		r.personalSalt = tlog.NewSalt()
		commit := tlog.Commit(r.personalSalt, resource.PersonalPath, private)
		rec.Personal = tlog.B64(commit[:])
		var err error
		if r.personal, err = sealPersonal(s.org, c, private); err != nil {
			return r, err
		}
	}
	var err error
	if r.bytes, err = rec.Bytes(); err != nil {
		return r, err
	}
	r.hash = tlog.RecordHash(r.salt, r.bytes)
	if label, ok := rec.Fields[schema.Label].(string); ok {
		r.label = db.Plain(label)
	}
	if schema.Family == resource.Event && rec.Part == resource.PartState {
		v := resource.View{Schema: schema, Fields: rec.Fields}
		r.eventAt = v.At()
	}
	return r, nil
}

// sealPersonal encrypts a personal part under a data key of its own, wrapped
// by the org's: wrapped key (60 bytes), then the sealed part.
func sealPersonal(o keys.Org, c tlog.Hash, plain []byte) ([]byte, error) {
	purpose := personalContext(c)
	data := secret.NewKey()
	wrapped, err := o.Personal().Seal(purpose, data.Bytes())
	if err != nil {
		return nil, err
	}
	sealed, err := data.Seal(purpose, plain)
	return append(wrapped, sealed...), err
}

const wrappedLen = 12 + 32 + 16

func personalContext(c tlog.Hash) string { return "fact.personal " + c.String() }

func openPersonal(o keys.Org, c tlog.Hash, b []byte) ([]byte, error) {
	purpose := personalContext(c)
	if len(b) < wrappedLen {
		return nil, secret.ErrOpen
	}
	raw, err := o.Personal().Open(purpose, b[:wrappedLen])
	if err != nil {
		return nil, err
	}
	data, err := secret.KeyFrom(raw)
	if err != nil {
		return nil, err
	}
	return data.Open(purpose, b[wrappedLen:])
}

// flush stores what waits. What could not be stored waits on, so that a
// connector that does not mind an error loses nothing.
func (s *Session) flush(ctx context.Context) error {
	var kept []tlog.Hash
	err := s.db.Write(ctx, s.grant, func(tx *db.Tx) (err error) {
		kept, err = s.write(tx)
		return err
	})
	if err == nil {
		s.wrote(kept)
	}
	return err
}

// write stores the resources that wait and returns their hashes.
func (s *Session) write(tx *db.Tx) (kept []tlog.Hash, err error) {
	if err := alive(tx, s); err != nil {
		return nil, err
	}
	kept = make([]tlog.Hash, 0, len(s.pending))
	for i := range s.pending {
		h, err := insertVersion(tx, &s.pending[i])
		if err != nil {
			return nil, err
		}
		if err := insertSpan(tx, s, &s.pending[i]); err != nil {
			return nil, err
		}
		kept = append(kept, h)
	}
	return kept, s.savePlaces(tx)
}

// wrote takes what write stored for listed.
func (s *Session) wrote(kept []tlog.Hash) {
	for i, h := range kept {
		if r := &s.pending[i]; s.memory != nil && len(s.open) <= s.memory.mostOpen() {
			s.open[r.content] = &member{hash: h, kind: r.rec.Kind, seen: true}
		}
	}
	s.hashes = append(s.hashes, kept...)
	s.added += len(kept)
	s.pending = s.pending[:0]
	s.kept = s.kept || len(s.places) > 0
	clear(s.places)
}
