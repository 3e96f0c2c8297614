package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Listed is a piece of evidence as a list shows it.
type Listed struct {
	Evidence
	Freshness Freshness
	Index     int64 // place in the log
	Pending   bool  // written, not yet in its place
}

// Listing is one page of evidence.
type Listing struct {
	Evidence []Listed
	Total    int // that the filter finds, on all pages
	Counts   map[Freshness]int
	Today    standing.Date
}

// List returns a page of the evidence that the filter finds, newest first.
func (s Service) List(ctx context.Context, who access.Actor, f Filter) (l Listing, err error) {
	g, err := who.May(access.EvidenceRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if l.Today, err = today(tx); err != nil {
			return err
		}
		found, err := list(tx, &f, l.Today)
		if err != nil {
			return err
		}
		if l.Evidence, err = listed(tx, found, l.Today); err != nil {
			return err
		}
		if l.Total, err = total(tx, &f, l.Today); err != nil {
			return err
		}
		l.Counts = map[Freshness]int{}
		for _, fr := range []Freshness{Fresh, Due, Overdue, Once, Continued, Superseded} {
			if l.Counts[fr], err = total(tx, &Filter{Freshness: fr}, l.Today); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

func listed(tx *db.Tx, found []Evidence, day standing.Date) ([]Listed, error) {
	leaves := make([]string, 0, len(found))
	for i := range found {
		leaves = append(leaves, found[i].Leaf)
	}
	places, err := ledger.Places(tx, leaves)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, 0, len(found))
	for i := range found {
		idx, in := places[found[i].Leaf]
		out = append(out, Listed{Evidence: found[i], Freshness: found[i].Freshness(day), Index: idx, Pending: !in})
	}
	return out, nil
}

// Detail is one piece with its history.
type Detail struct {
	Listed
	Chain []Evidence // the pieces that correct one another, oldest first, this one among them
}

// Get returns one piece. A read by the auditor's guest is in the trail.
func (s Service) Get(ctx context.Context, who access.Actor, evidenceID string) (d Detail, err error) {
	g, err := who.May(access.EvidenceRead)
	if err != nil {
		return d, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		e, err := load(tx, evidenceID)
		if err != nil {
			return err
		}
		day, err := today(tx)
		if err != nil {
			return err
		}
		all, err := listed(tx, []Evidence{e}, day)
		if err != nil {
			return err
		}
		d.Listed = all[0]
		d.Chain, err = chain(tx, e)
		return err
	})
	if err != nil {
		return Detail{}, err
	}
	return d, s.noteRead(ctx, g, &d.Evidence, "shown")
}

const longestChain = 1000

func chain(tx *db.Tx, e Evidence) ([]Evidence, error) {
	out := []Evidence{e}
	for at := e; at.Supersedes != "" && len(out) < longestChain; {
		old, err := load(tx, at.Supersedes)
		if err != nil {
			return nil, err
		}
		out = append(out, old)
		at = old
	}
	slices.Reverse(out)
	for at := e; at.SupersededBy != "" && len(out) < longestChain; {
		next, err := load(tx, at.SupersededBy)
		if err != nil {
			return nil, err
		}
		out = append(out, next)
		at = next
	}
	return out, nil
}

func (s Service) noteRead(ctx context.Context, g access.Grant, e *Evidence, how string) error {
	if !g.Actor().Role.Guest() {
		return nil
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		return trail.Add(tx, trail.Act{Noun: "evidence", Object: e.ID, Label: e.Title, Detail: map[string]string{"read": how}})
	})
}

// Open returns the plain content, which is proven whole only when it was read
// to io.EOF, and what it is of.
func (s Service) Open(ctx context.Context, who access.Actor, evidenceID string) (Evidence, io.ReadCloser, error) {
	g, err := who.May(access.EvidenceRead)
	if err != nil {
		return Evidence{}, nil, err
	}
	var e Evidence
	var key secret.Key
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if e, err = load(tx, evidenceID); err != nil {
			return err
		}
		key, err = s.dataKey(tx, &e)
		return err
	}); err != nil {
		return Evidence{}, nil, err
	}
	rc, err := s.decrypt(ctx, &e, key)
	if err != nil {
		return Evidence{}, nil, err
	}
	if err := s.noteRead(ctx, g, &e, "downloaded"); err != nil {
		return Evidence{}, nil, errors.Join(err, rc.Close())
	}
	return e, rc, nil
}

func (s Service) dataKey(tx *db.Tx, e *Evidence) (secret.Key, error) {
	if e.Blob == "" {
		return secret.Key{}, fault.New(fault.NotFound, "It is a reference to a collection and has no file of its own.")
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return secret.Key{}, err
	}
	b, err := o.Blobs().Open(keyContext(tx.Org(), e.Blob), e.dataKey)
	if err != nil {
		return secret.Key{}, fault.Wrap(fault.Tampered, err, "The key of this file does not open: the stored row was changed.")
	}
	return secret.KeyFrom(b)
}

type plain struct {
	io.Reader
	io.Closer
}

func (s Service) decrypt(ctx context.Context, e *Evidence, key secret.Key) (io.ReadCloser, error) {
	rc, err := s.Blobs.Get(ctx, e.Blob)
	if err != nil {
		return nil, err
	}
	return plain{key.OpenStream(rc), rc}, nil
}

// Sealed is what a package needs of a piece: its content is read with Content.
type Sealed struct {
	Evidence
	BlobSalt    tlog.Salt // zero for a reference
	DetailsSalt tlog.Salt
	key         secret.Key
}

// All returns every piece of the organization with what opens it, oldest first,
// for packages. The caller's use case asked for the permission.
func (s Service) All(tx *db.Tx) ([]Sealed, error) {
	found, err := list(tx, &Filter{}, 0)
	if err != nil {
		return nil, err
	}
	slices.Reverse(found)
	out := make([]Sealed, 0, len(found))
	for i := range found {
		e := &found[i]
		sealed := Sealed{Evidence: *e, BlobSalt: e.blobSalt, DetailsSalt: e.salt}
		if e.Blob != "" {
			if sealed.key, err = s.dataKey(tx, e); err != nil {
				return nil, fmt.Errorf("evidence %s: %w", e.ID, err)
			}
		}
		out = append(out, sealed)
	}
	return out, nil
}

// Piece is one piece with what opens it, for a use case that asked for a permission of
// its own.
func (s Service) Piece(tx *db.Tx, id string) (sealed Sealed, err error) {
	e, err := load(tx, id)
	if err != nil {
		return sealed, err
	}
	sealed = Sealed{Evidence: e, BlobSalt: e.blobSalt, DetailsSalt: e.salt}
	if e.Blob != "" {
		sealed.key, err = s.dataKey(tx, &e)
	}
	return sealed, err
}

// Content returns the plain content of a piece that All returned.
func (s Service) Content(ctx context.Context, e *Sealed) (io.ReadCloser, error) {
	return s.decrypt(ctx, &e.Evidence, e.key)
}
