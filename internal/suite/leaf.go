package suite

import (
	"context"
	"strconv"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// Leaf is one leaf of the log with what shows that it is in it.
type Leaf struct {
	ledger.Place
	Bytes []byte // nil while the leaf is pending
	Hash  tlog.Hash
	Head  tlog.Checkpoint // that Path leads to: the newest signed one if it covers the leaf, else the present
	Path  []tlog.Hash     // inclusion proof, from the leaf up
	Note  []byte          // signed checkpoint over Head; nil while that is not signed
}

// Leaf returns the leaf with the id, or at the position counted from 0.
func (s *Suite) Leaf(ctx context.Context, who access.Actor, name string) (l Leaf, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return l, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if l.Head, err = ledger.Head(tx); err != nil {
			return err
		}
		if l.Place, err = find(tx, name, l.Head.Size); err != nil || l.Pending {
			return err
		}
		return s.prove(tx, &l)
	})
	return l, err
}

// find reads a position, or the id of a leaf.
func find(tx *db.Tx, name string, size uint64) (ledger.Place, error) {
	if name == "" {
		return ledger.Place{}, fault.New(fault.NotFound, "Name an entry of the log: its position or its id.")
	}
	n, err := strconv.ParseUint(name, 10, 62)
	if err != nil {
		return ledger.Find(tx, name)
	}
	if n >= size {
		return ledger.Place{}, fault.New(fault.NotFound, "The log has %d entries; there is no entry %d.", size, n)
	}
	return ledger.Place{Index: int64(n)}, nil
}

func (s *Suite) prove(tx *db.Tx, l *Leaf) error {
	stored, err := ledger.Read(tx, l.Index)
	if err != nil {
		return err
	}
	l.Bytes, l.Hash = stored.Bytes, stored.Hash
	if e, err := tlog.Open(stored.Bytes); err == nil {
		l.ID = e.ID
	}
	signed, err := ledger.Checkpoints(tx, 1)
	if err != nil {
		return err
	}
	at := ledger.Subtrees(tx, l.Head.Size)
	if len(signed) == 1 && signed[0].Size > l.Index {
		size := uint64(signed[0].Size) //nolint:gosec // more than an index
		at = ledger.Subtrees(tx, size)
		root, err := tlog.RootAt(size, at)
		if err != nil {
			return err
		}
		l.Note, l.Head.Size, l.Head.Root = signed[0].Note, size, root
	}
	l.Path, err = tlog.ProveInclusion(uint64(l.Index), l.Head.Size, at) //nolint:gosec // an index
	return err
}

// SignedHead is the newest signed checkpoint, opened under the log's own key
// and compared with what is stored now: a log that no longer grows from it is
// a Tampered fault. Without any signature it is a NotFound fault.
func (s *Suite) SignedHead(ctx context.Context, who access.Actor) (cp tlog.Checkpoint, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return cp, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		signed, err := ledger.Checkpoints(tx, 1)
		if err != nil {
			return err
		}
		if len(signed) == 0 {
			return fault.New(fault.NotFound, "No head of the log is signed yet. One is signed every few minutes while the log grows.")
		}
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		if cp, err = tlog.OpenCheckpoint(signed[0].Note, o.Verifier()); err != nil {
			return fault.Wrap(fault.Tampered, err, "The newest checkpoint does not carry a signature of this log's key.")
		}
		head, err := ledger.Head(tx)
		if err != nil {
			return err
		}
		if cp.Size > head.Size {
			return fault.New(fault.Tampered, "A head over %d entries was signed, and the log now has %d.", cp.Size, head.Size)
		}
		root, err := tlog.RootAt(cp.Size, ledger.Subtrees(tx, cp.Size))
		if err != nil {
			return err
		}
		if root != cp.Root {
			return fault.New(fault.Tampered, "The first %d entries are not those over which the checkpoint was signed.", cp.Size)
		}
		return nil
	})
	return cp, err
}

// Places says where leaves stand; those that are pending or unknown are absent.
func (s *Suite) Places(ctx context.Context, who access.Actor, leaves []string) (at map[string]int64, err error) {
	grant, err := who.May(access.LogRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		at, err = ledger.Places(tx, leaves)
		return err
	})
	return at, err
}

// UserNames are the names of the organization's members by user id, for
// showing who did something.
func (s *Suite) UserNames(ctx context.Context, who access.Actor) (names map[string]string, err error) {
	grant, err := who.May(access.OrgRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		names, err = auth.Names(tx)
		return err
	})
	return names, err
}
