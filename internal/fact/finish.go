package fact

import (
	"context"

	"assay/connector"
	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/resource"
)

// Result is what the run reported, for the manifest.
type Result struct {
	Calls   []connector.Call
	Reports []connector.Report
	Problem string // the collection broke off; empty if it ran to its end

	// Then runs in the transaction that makes the collection visible, for what
	// must follow from it. It may be nil.
	Then func(*db.Tx, Collection) error
}

// Finish closes what was not listed any more, writes the manifest and its
// leaf, and makes the collection visible.
func (s *Session) Finish(ctx context.Context, r Result) (Collection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	var out Collection
	var gone []tlog.Hash
	earlier := s.carry()
	err := s.db.Write(ctx, s.grant, func(tx *db.Tx) (err error) {
		kept, err := s.write(tx)
		if err != nil {
			return err
		}
		s.wrote(kept)
		m := s.manifest(tx, &r)
		for i := range m.Kinds {
			m.Kinds[i].Items += earlier[m.Kinds[i].Kind]
		}
		gone = s.gone()
		m.Removed = s.removed(gone)
		if out, err = s.finish(tx, m, gone); err != nil || r.Then == nil {
			return err
		}
		return r.Then(tx, out)
	})
	if err == nil {
		s.memory.keep(s, gone, out.Root)
	}
	return out, err
}

// manifest is what the log will say of the collection.
func (s *Session) manifest(tx *db.Tx, r *Result) *Manifest {
	m := &Manifest{
		Connection: s.origin.Connection, Connector: s.origin.Connector, Version: s.origin.Version, Scope: s.origin.Scope,
		Parameters: s.origin.Parameters, Seq: s.seq, StartedAt: s.started, Calls: r.Calls, Kinds: r.Reports,
		Items: len(s.hashes), Added: s.added, Problem: r.Problem, Root: s.root().String(), FinishedAt: tx.Now(),
	}
	if m.Parameters == nil {
		m.Parameters = map[string]string{}
	}
	if r.Problem != "" {
		for i := range m.Kinds {
			m.Kinds[i].Complete = false
		}
	}
	return m
}

// root is the root of everything listed. Where nothing came and nothing went it
// is the collection's before.
func (s *Session) root() tlog.Hash {
	if s.before != (tlog.Hash{}) && s.added == 0 && len(s.hashes) == len(s.open) {
		return s.before
	}
	return resource.Root(s.hashes)
}

// gone lists what was open and is not listed any more.
func (s *Session) gone() []tlog.Hash {
	var gone []tlog.Hash
	for c, o := range s.open {
		if !o.seen {
			gone = append(gone, c)
			if schema := s.schemas[o.kind]; schema == nil || schema.Family != resource.Event { // an event stays a fact
				s.changed[o.kind] = true
			}
		}
	}
	return gone
}

// removed counts those of them that the collection before listed.
func (s *Session) removed(gone []tlog.Hash) (n int) {
	for _, c := range gone {
		if !s.open[c].adopted {
			n++
		}
	}
	return n
}

func (s *Session) finish(tx *db.Tx, m *Manifest, gone []tlog.Hash) (Collection, error) {
	for _, c := range gone {
		if err := closeSpan(tx, s, c); err != nil {
			return Collection{}, err
		}
	}
	if err := s.arrive(tx, m); err != nil {
		return Collection{}, err
	}
	if err := insertListings(tx, s, m); err != nil {
		return Collection{}, err
	}
	b, err := m.Bytes()
	if err != nil {
		return Collection{}, err
	}
	salt := tlog.NewSalt()
	commit := tlog.Commit(salt, ManifestPath, b)
	ids, err := ledger.Append(tx, ledger.Entry{
		Type: "collection.manifest", Stream: StreamOf(s.origin.Connection), Body: m.body(),
		Commit: map[string]string{ManifestPath: tlog.B64(commit[:])},
	})
	if err != nil {
		return Collection{}, err
	}
	return finishCollection(tx, s, m, sealed{bytes: b, salt: salt, leaf: ids[0]})
}

// Abort forgets what the session wrote and leaves the begun collection as
// interrupted: its intent stays in the log without a manifest.
func (s *Session) Abort(ctx context.Context, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return s.db.Write(context.WithoutCancel(ctx), s.grant, func(tx *db.Tx) error {
		return interrupt(tx, s.origin.Connection, s.seq, why)
	})
}
