package suite

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// Sight is what anyone may know who names a leaf: that a log has it, where, and
// since when. Which organization has the log, and what the leaf says, is not in
// it.
type Sight struct {
	Leaf                    // without Bytes
	Key      string         // verifier key of the log; empty while no signed head has the leaf
	After    time.Time      // when the last head without the leaf was signed, by this server's clock; zero if none was
	SignedBy time.Time      // when the first head with it was; zero while none is
	Stamped  anchor.Outside // the first time stamp over it; zero while there is none
	Cosigned anchor.Outside // the first witness who saw it
}

// Sighted looks for a leaf in every log of the installation, for somebody
// unknown: by its hash in 64 hexadecimal digits, or by its id. Without any it
// is a NotFound fault. What is answered has been verified: a log that does not
// lead to its signed head is a Tampered fault.
func (s *Suite) Sighted(ctx context.Context, name string) (Sight, error) {
	orgs, err := s.Orgs.All(ctx)
	if err != nil {
		return Sight{}, err
	}
	for i := range orgs {
		grant, err := access.Job(orgs[i].ID, "verify").May(access.LogRead)
		if err != nil {
			return Sight{}, err
		}
		var out Sight
		var found bool
		err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
			if out.Place, found, err = locate(tx, name); err != nil || !found {
				return err
			}
			return s.sight(tx, &out)
		})
		if err != nil || found {
			return out, err
		}
	}
	return Sight{}, fault.New(fault.NotFound, "No log of this server has such an entry.")
}

func locate(tx *db.Tx, name string) (p ledger.Place, found bool, err error) {
	if hash, err := tlog.ParseHash(name); err == nil {
		return ledger.FindHash(tx, hash)
	}
	p, err = ledger.Find(tx, name)
	if fault.Is(err, fault.NotFound) {
		return p, false, nil
	}
	return p, err == nil, err
}

// sight proves the leaf at its place and checks the proof as a stranger would.
func (s *Suite) sight(tx *db.Tx, out *Sight) (err error) {
	if out.Head, err = ledger.Head(tx); err != nil || out.Pending {
		return err
	}
	if err := s.prove(tx, &out.Leaf); err != nil {
		return err
	}
	differs := func(err error) error {
		return fault.Wrap(fault.Tampered, err, "The log that has this entry is not what was signed. The proof does not hold.")
	}
	index, hash := uint64(out.Index), tlog.LeafHash(out.Bytes) //nolint:gosec // an index
	if out.Bytes = nil; hash != out.Hash {
		return differs(nil)
	}
	if out.Note == nil {
		return nil
	}
	o, err := s.Keys.Open(tx)
	if err != nil {
		return err
	}
	out.Key = o.Verifier()
	signed, err := tlog.OpenCheckpoint(out.Note, out.Key)
	if err != nil {
		return differs(err)
	}
	if err := tlog.VerifyInclusion(index, signed.Size, hash, out.Path, signed.Root); err != nil {
		return differs(err)
	}
	out.Head = signed
	if out.After, out.SignedBy, err = ledger.Between(tx, out.Index); err != nil {
		return err
	}
	out.Stamped, out.Cosigned, err = anchor.Since(tx, out.Index)
	return err
}
