package ledger

import (
	"context"
	"fmt"
	"sync/atomic"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/tlog"
)

// lastTicket orders the pending bodies of one process, also those of one
// transaction.
var lastTicket atomic.Int64 //nolint:gochecknoglobals // a counter, not configuration

func ticket(tx *db.Tx) int64 {
	now := tx.Now().UnixMicro()
	for {
		last := lastTicket.Load()
		next := max(last+1, now)
		if lastTicket.CompareAndSwap(last, next) {
			return next
		}
	}
}

const batch = 500

// Settle gives every pending body of the organization its place. On SQLite
// there is nothing to do. Of several callers one works and the others wait.
func Settle(ctx context.Context, d *db.DB, org string) error {
	if d.Engine() == db.SQLite {
		return nil
	}
	grant, err := access.Job(org, "sequencer").May(access.LogRead)
	if err != nil {
		return err
	}
	for {
		n := 0
		err := d.Write(ctx, grant, func(tx *db.Tx) error {
			if err := tx.Lock("ledger " + org); err != nil {
				return err
			}
			var err error
			n, err = sequence(tx)
			return err
		})
		if err != nil || n < batch {
			return err
		}
	}
}

func sequence(tx *db.Tx) (int, error) {
	list, err := pendings(tx, batch)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	h, err := loadHead(tx)
	if err != nil {
		return 0, err
	}
	entries := make([]*tlog.Envelope, 0, len(list))
	for _, p := range list {
		e, err := tlog.Decode(p.body)
		if err != nil {
			return 0, fmt.Errorf("pending %s: %w", p.id, err)
		}
		entries = append(entries, e)
	}
	if err := h.extend(tx, entries); err != nil {
		return 0, err
	}
	for _, e := range entries {
		if err := removePending(tx, e.ID); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// Sign signs the present head if it grew since the last signature, and
// returns the newest signed head.
func Sign(ctx context.Context, d *db.DB, ring *keys.Ring, org string) (Checkpoint, error) {
	if err := Settle(ctx, d, org); err != nil {
		return Checkpoint{}, err
	}
	grant, err := access.Job(org, "signer").May(access.LogRead)
	if err != nil {
		return Checkpoint{}, err
	}
	var out Checkpoint
	err = d.Write(ctx, grant, func(tx *db.Tx) error {
		if err := tx.Lock("ledger " + org); err != nil {
			return err
		}
		head, err := Head(tx)
		if err != nil {
			return err
		}
		last, err := Checkpoints(tx, 1)
		if err != nil {
			return err
		}
		if len(last) == 1 && uint64(last[0].Size) == head.Size { //nolint:gosec // never negative
			out = last[0]
			return nil
		}
		o, err := ring.Open(tx)
		if err != nil {
			return err
		}
		note, err := ring.SignHead(ctx, org, o, head, func(from uint64) ([]tlog.Hash, error) {
			return tlog.ProveConsistency(from, head.Size, Subtrees(tx, head.Size))
		})
		if err != nil {
			return err
		}
		out = Checkpoint{Size: int64(head.Size), At: db.Ms(tx.Now()), Note: note} //nolint:gosec // fits
		return saveCheckpoint(tx, head.Size, note)
	})
	return out, err
}
