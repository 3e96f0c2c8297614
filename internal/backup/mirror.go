package backup

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

// The mirror is what every copy lacks: what came after it. Entries hold nothing
// personal, so that they lie there as they are, for anybody's tool to read.

func mirrorOf(org string) string { return "log/" + org + "/" }

// Mirror writes what the organization's log has grown by, up to its newest signed
// head. A log that no longer extends what the mirror has is a Tampered fault, and
// nothing is written.
func (s *Service) Mirror(ctx context.Context, org string) error {
	if s.Config == nil || s.DB.IsHeld() {
		return nil
	}
	grant, err := access.Job(org, "mirror").May(access.LogRead)
	if err != nil {
		return err
	}
	var signed []ledger.Checkpoint
	var from int64
	if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		if from, err = mirrored(tx); err != nil {
			return err
		}
		signed, err = ledger.Checkpoints(tx, 1)
		return err
	}); err != nil || len(signed) == 0 || signed[0].Size <= from {
		return err
	}
	place, err := s.place(ctx)
	if err != nil {
		return err
	}
	if err := s.extends(ctx, grant, place); err != nil {
		return err
	}
	if err := s.tiles(ctx, grant, place, uint64(from), uint64(signed[0].Size)); err != nil { //nolint:gosec // never negative
		return err
	}
	if err := place.shelf.Write(ctx, mirrorOf(org)+"checkpoint", bytes.NewReader(signed[0].Note)); err != nil {
		return err
	}
	if err := s.DB.Write(ctx, grant, func(tx *db.Tx) error { return saveMirrored(tx, signed[0].Size) }); err != nil {
		return err
	}
	return place.outgrown(ctx, org, uint64(from), uint64(signed[0].Size)) //nolint:gosec // never negative
}

// mirrorHead is the checkpoint that the mirror of a log has; a NotFound fault
// without one.
func (p *Place) mirrorHead(ctx context.Context, org, verifier string) (cp tlog.Checkpoint, note []byte, err error) {
	if note, err = p.read(ctx, mirrorOf(org)+"checkpoint"); err != nil {
		return cp, nil, err
	}
	if cp, err = tlog.OpenCheckpoint(note, verifier); err != nil {
		return cp, nil, fault.Wrap(fault.Tampered, err, "The checkpoint in the log mirror is not one of this log.")
	}
	return cp, note, nil
}

// extends sees that the stored log extends what the mirror has.
func (s *Service) extends(ctx context.Context, grant access.Grant, place *Place) error {
	return s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		cp, _, err := place.mirrorHead(ctx, tx.Org(), o.Verifier())
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return beyond(tx, cp, "the log mirror")
	})
}

// beyond is a Tampered fault if the stored log does not extend the head that
// somebody has.
func beyond(tx *db.Tx, cp tlog.Checkpoint, who string) error {
	head, err := ledger.Head(tx)
	if err != nil {
		return err
	}
	if cp.Size > head.Size {
		return fault.New(fault.Tampered, "The log has %d entries and %s has %d: an old copy was restored, or entries are missing.", head.Size, who, cp.Size)
	}
	root, err := tlog.RootAt(cp.Size, ledger.Subtrees(tx, cp.Size))
	if err != nil {
		return err
	}
	if root != cp.Root {
		return fault.New(fault.Tampered, "The first %d entries of the log are not those that %s has.", cp.Size, who)
	}
	return nil
}

// whole tells whether a tile was complete when the log had the size.
func whole(t tlog.Tile, size uint64) bool {
	return t.Width == tlog.TileWidth && (t.Index+1)*tlog.TileWidth <= size>>(tlog.TileLevels*max(t.Level, 0))
}

func (s *Service) tiles(ctx context.Context, grant access.Grant, place *Place, from, to uint64) error {
	for _, t := range tlog.Tiles(to) {
		if whole(t, from) {
			continue
		}
		var b []byte
		if err := s.DB.Read(ctx, grant, func(tx *db.Tx) (err error) {
			b, err = tileBytes(tx, t)
			return err
		}); err != nil {
			return err
		}
		if err := place.shelf.Write(ctx, mirrorOf(grant.Org())+t.Path(), bytes.NewReader(b)); err != nil {
			return err
		}
	}
	return nil
}

func tileBytes(tx *db.Tx, t tlog.Tile) ([]byte, error) {
	if t.Level < 0 {
		var leaves [][]byte
		first := int64(t.Index * tlog.TileWidth) //nolint:gosec // fits
		err := ledger.Each(tx, first, first+int64(t.Width), func(l ledger.Leaf) error {
			leaves = append(leaves, bytes.Clone(l.Bytes))
			return nil
		})
		if err == nil && len(leaves) != t.Width {
			err = fmt.Errorf("%s: %d entries of %d are stored", t.Path(), len(leaves), t.Width)
		}
		if err != nil {
			return nil, err
		}
		return tlog.Bundle(leaves)
	}
	hashes, err := ledger.Hashes(tx, t)
	var b []byte
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b, err
}

// outgrown removes tiles that were not complete and are replaced by wider ones.
func (p *Place) outgrown(ctx context.Context, org string, from, to uint64) error {
	now := tlog.Tiles(to)
	for _, t := range tlog.Tiles(from) {
		if t.Width == tlog.TileWidth || slices.Contains(now, t) {
			continue
		}
		if err := p.shelf.Remove(ctx, mirrorOf(org)+t.Path()); err != nil {
			return err
		}
	}
	return nil
}

// entries reads the entries [from, to) of a mirror whose log has the size.
func (p *Place) entries(ctx context.Context, org string, from, size uint64) ([][]byte, error) {
	var out [][]byte
	for i := from / tlog.TileWidth; i*tlog.TileWidth < size; i++ {
		t := tlog.Tile{Level: -1, Index: i, Width: int(min(size-i*tlog.TileWidth, tlog.TileWidth))}
		b, err := p.read(ctx, mirrorOf(org)+t.Path())
		if err != nil {
			return nil, err
		}
		leaves, err := tlog.ParseBundle(b, t.Width)
		if err != nil {
			return nil, fault.Wrap(fault.Tampered, err, "The log mirror was altered.")
		}
		if first := i * tlog.TileWidth; first < from {
			leaves = leaves[from-first:]
		}
		out = append(out, leaves...)
	}
	return out, nil
}
