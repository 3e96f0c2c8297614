package suite

import (
	"context"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/projection"
	"assay/internal/trail"
)

// Trail lists who did what.
func (s *Suite) Trail(ctx context.Context, who access.Actor, f trail.Filter) (list []trail.Entry, err error) {
	grant, err := who.May(access.TrailRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err = trail.List(tx, f)
		return err
	})
	return list, err
}

// LogHead is how far the log has come.
type LogHead struct {
	Origin   string
	Size     int64
	Root     string // hex, of the present head
	Pending  int    // bodies that wait for their place
	Signed   *ledger.Checkpoint
	Verifier string // the log's public key, to pin
	Outside  anchor.State
}

// Head returns the log's head and its newest signature.
func (s *Suite) Head(ctx context.Context, who access.Actor) (h LogHead, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return h, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		head, err := ledger.Head(tx)
		if err != nil {
			return err
		}
		h.Origin, h.Size, h.Root = head.Origin, int64(head.Size), head.Root.String() //nolint:gosec // fits
		if h.Pending, err = ledger.Pending(tx); err != nil {
			return err
		}
		signed, err := ledger.Checkpoints(tx, 1)
		if err != nil {
			return err
		}
		if len(signed) == 1 {
			h.Signed = &signed[0]
		}
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		h.Verifier = o.Verifier()
		h.Outside, err = s.Anchors.State(tx)
		return err
	})
	return h, err
}

// CompareRows holds the stored rows against the entries of the log: of the whole
// log, or of one of the given number of parts. A row that differs is a Tampered
// fault.
func (s *Suite) CompareRows(ctx context.Context, who access.Actor, part, of int64) (found *projection.Found, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		size, _, _, err := ledger.Sizes(tx)
		if err != nil {
			return err
		}
		if found, err = projection.Compare(tx, projection.Span{From: size * part / of, To: size * (part + 1) / of}); err != nil {
			return err
		}
		return found.Err()
	})
	return found, err
}

// Missing finds what the stored log shows to be missing: times at which nothing was
// collected or judged, connections switched off, collections that broke off, and
// sources that counted more than came.
func (s *Suite) Missing(ctx context.Context, who access.Actor) (list []pack.Gap, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		list, err = projection.Missing(tx)
		return err
	})
	return list, err
}

// VerifyLog recomputes the whole stored log.
func (s *Suite) VerifyLog(ctx context.Context, who access.Actor) (v ledger.Verification, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return v, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		v, err = ledger.Verify(tx)
		return err
	})
	return v, err
}

// Place says where a leaf stands in the log.
func (s *Suite) Place(ctx context.Context, who access.Actor, leaf string) (p ledger.Place, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return p, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		p, err = ledger.Find(tx, leaf)
		return err
	})
	return p, err
}
