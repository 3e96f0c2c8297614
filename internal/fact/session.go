package fact

import (
	"context"
	"fmt"
	"hash"
	"slices"
	"strings"
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

// Session is one collection being written. It is used by one goroutine.
type Session struct {
	db      *db.DB
	grant   access.Grant
	org     keys.Org
	macs    hash.Hash // of the org's content key
	scratch []byte    // what is hashed next
	memory  *Memory
	origin  Origin
	schemas map[string]*resource.Schema
	seq     int64
	started time.Time
	intent  string

	before  tlog.Hash             // root of the collection before, if a memory knows it
	open    map[tlog.Hash]*member // spans open at the start, by content
	changed map[string]bool       // kinds with versions that came or went
	keys    map[string]struct{}   // resources emitted, to refuse a second
	hashes  []tlog.Hash
	added   int
	pending []row
}

type member struct {
	hash tlog.Hash
	kind string
	seen bool
}

// batchRows bounds a write transaction, so that people's writes wait at most a
// few tens of milliseconds.
const batchRows = 1000

// Begin writes the intent and prepares to take resources.
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
		if o.First != nil {
			if err := o.First(tx); err != nil {
				return err
			}
		}
		var err error
		if s.org, err = ring.Open(tx); err != nil {
			return err
		}
		s.macs = s.org.Content().MACs()
		if err := declare(tx, kinds); err != nil {
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
		s.intent = ids[0]
		return insertCollection(tx, s)
	})
	if err != nil {
		return nil, err
	}
	if m.recall(s) {
		return s, nil
	}
	s.open = map[tlog.Hash]*member{}
	return s, d.Read(ctx, grant, func(tx *db.Tx) error { return loadOpen(tx, s) })
}

// Seq is the collection's number within its connection.
func (s *Session) Seq() int64 { return s.seq }

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
	if r.ID == "" {
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: fmt.Errorf("it has no id")}
	}
	parts, err := schema.Normalize(r.Fields, r.Unavailable)
	if err != nil {
		return &RefusedError{Kind: r.Kind, ID: r.ID, Err: err}
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
	if err := s.part(rec, schema, parts.Personal); err != nil {
		return err
	}
	if len(parts.Seen) == 0 && len(seen) == 0 {
		return nil
	}
	return s.part(&resource.Record{
		Ref: ref, Part: resource.PartSeen, Schema: schema.Version, Fields: parts.Seen, Unavailable: slices.Compact(seen),
	}, schema, nil)
}

// part recognizes a record that is open already, or queues it as new.
func (s *Session) part(rec *resource.Record, schema *resource.Schema, personal map[string]any) error {
	core, err := canonical(rec.Fields)
	if err != nil {
		return &RefusedError{Kind: rec.Kind, ID: rec.ID, Err: err}
	}
	var private []byte
	if len(personal) > 0 {
		if private, err = resource.PersonalBytes(personal); err != nil {
			return &RefusedError{Kind: rec.Kind, ID: rec.ID, Err: err}
		}
	}
	c := s.mac([]byte(rec.Kind), []byte(rec.Authority), []byte(rec.ID), []byte(rec.Part), core, private,
		[]byte(strings.Join(rec.Unavailable, ",")))
	if m, known := s.open[c]; known {
		m.seen = true
		s.hashes = append(s.hashes, m.hash)
		return nil
	}
	row, err := s.newRow(c, rec, schema, private)
	if err != nil {
		return &RefusedError{Kind: rec.Kind, ID: rec.ID, Err: err}
	}
	s.pending = append(s.pending, row)
	s.changed[rec.Kind] = true
	return nil
}

func (s *Session) mac(parts ...[]byte) (out tlog.Hash) {
	s.scratch = content(s.scratch[:0], parts...)
	s.macs.Reset()
	s.macs.Write(s.scratch)
	s.macs.Sum(out[:0])
	return out
}

func (s *Session) newRow(c tlog.Hash, rec *resource.Record, schema *resource.Schema, private []byte) (row, error) {
	r := row{content: c, rec: rec, salt: tlog.NewSalt()}
	rkey := s.mac([]byte("resource"), []byte(rec.Kind), []byte(rec.Authority), []byte(rec.ID))
	r.rkey = rkey[:16]
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
		r.label = label
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
	purpose := "fact.personal " + c.String()
	data := secret.NewKey()
	wrapped, err := o.Personal().Seal(purpose, data.Bytes())
	if err != nil {
		return nil, err
	}
	sealed, err := data.Seal(purpose, plain)
	return append(wrapped, sealed...), err
}

const wrappedLen = 12 + 32 + 16

func openPersonal(o keys.Org, c tlog.Hash, b []byte) ([]byte, error) {
	purpose := "fact.personal " + c.String()
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

func (s *Session) flush(ctx context.Context) error {
	return s.db.Write(ctx, s.grant, s.write)
}

// write stores the resources that are queued.
func (s *Session) write(tx *db.Tx) error {
	for i := range s.pending {
		r := &s.pending[i]
		kept, err := insertVersion(tx, r)
		if err != nil {
			return err
		}
		if err := insertSpan(tx, s, r); err != nil {
			return err
		}
		s.hashes = append(s.hashes, kept)
		s.added++
		if s.memory != nil && len(s.open) <= mostOpen {
			s.open[r.content] = &member{hash: kept, kind: r.rec.Kind, seen: true}
		}
	}
	s.pending = s.pending[:0]
	return nil
}
