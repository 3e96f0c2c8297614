package keys

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/signer"
	"assay/internal/kit/tlog"
)

// Prove returns a consistency proof from a size to the present one.
type Prove func(from uint64) ([]tlog.Hash, error)

// SignHead signs a tree head, after checking that it extends the last head
// that was signed for the organization. The mark of that head lies outside the
// database: an edited leaf or a restored old copy is refused here, with a
// Tampered fault (TRUST, one page, 7).
func (r *Ring) SignHead(ctx context.Context, org string, o Org, head tlog.Checkpoint, prove Prove) ([]byte, error) {
	if o.signer == nil {
		return r.elsewhere(&o, func(c *signer.Client) ([]byte, error) { return c.Head(ctx, head, prove) })
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.extends(org, o, head, prove); err != nil {
		return nil, err
	}
	signed, err := o.signer.SignText(head.Text())
	if err != nil || r.dir == "" {
		return signed, err
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, err
	}
	return signed, writeSync(r.markPath(org), signed)
}

// SignManifest signs the manifest of a package: a text that can never be taken
// for a checkpoint.
func (r *Ring) SignManifest(ctx context.Context, o Org, text string) ([]byte, error) {
	if o.signer == nil {
		return r.elsewhere(&o, func(c *signer.Client) ([]byte, error) { return c.Manifest(ctx, o.log, text) })
	}
	return o.signer.SignText(text)
}

// elsewhere has the process sign that holds the key, and verifies what it signed.
func (r *Ring) elsewhere(o *Org, sign func(*signer.Client) ([]byte, error)) ([]byte, error) {
	if r.signer == nil {
		return nil, fault.New(fault.Conflict, "The key of the log %s is held by a signer. Name its socket with --signer.", o.log)
	}
	note, err := sign(r.signer)
	if err != nil {
		return nil, err
	}
	if _, err := tlog.OpenText(note, o.public); err != nil {
		return nil, fault.Wrap(fault.Tampered, err, "The signer signs the log %s with another key than the log's.", o.log)
	}
	return note, nil
}

// HandOver gives the key of the organization's log to the process that holds such
// keys, with what it signed last, and forgets it here. It reports whether the key
// was here. Old backups of the store still hold it, sealed under the master key.
func (r *Ring) HandOver(tx *db.Tx) (bool, error) {
	w, err := load(tx, tx.Org())
	if err != nil || len(w.seed) == 0 {
		return false, err
	}
	if r.signer == nil {
		return false, fault.New(fault.Invalid, "Name the socket of the signer with --signer.")
	}
	seed, err := r.open(tx, sealedAs(w.org, "log"), w.seed)
	if err != nil {
		return false, err
	}
	var last []byte
	if r.dir != "" {
		if last, err = os.ReadFile(r.markPath(w.org)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("signing mark: %w", err)
		}
	}
	public, err := r.signer.Adopt(tx.Context(), w.origin, seed, last)
	if err != nil {
		return false, err
	}
	if public != w.public {
		return false, fault.New(fault.Tampered, "The stored key of the log %s is not the one that its packages name.", w.origin)
	}
	tx.Mark(unsettled)
	return true, forgetSeed(tx)
}

func (r *Ring) markPath(org string) string { return filepath.Join(r.dir, org+".mark") }

// Mark is the head that was signed last, as it is kept outside the database. The
// one of a process of its own comes without its root.
func (r *Ring) Mark(ctx context.Context, org string, o Org) (cp tlog.Checkpoint, there bool, err error) {
	if o.signer == nil {
		if r.signer == nil {
			return cp, false, fault.New(fault.Conflict, "The key of the log %s is held by a signer. Name its socket with --signer.", o.log)
		}
		size, err := r.signer.Size(ctx, o.log)
		return tlog.Checkpoint{Origin: o.log, Size: size}, true, err
	}
	if r.dir == "" {
		return cp, false, nil
	}
	b, err := os.ReadFile(r.markPath(org))
	if errors.Is(err, fs.ErrNotExist) {
		return cp, false, nil
	}
	if err != nil {
		return cp, false, fmt.Errorf("signing mark: %w", err)
	}
	if cp, err = tlog.OpenCheckpoint(b, o.signer.Verifier()); err != nil {
		return cp, true, fault.Wrap(fault.Tampered, err, "The signing mark of this log was altered.")
	}
	return cp, true, nil
}

func (r *Ring) extends(org string, o Org, head tlog.Checkpoint, prove Prove) error {
	if r.dir == "" {
		return nil
	}
	b, err := os.ReadFile(r.markPath(org))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("signing mark: %w", err)
	}
	mark, err := tlog.OpenCheckpoint(b, o.signer.Verifier())
	if err != nil {
		return fault.Wrap(fault.Tampered, err, "The signing mark of this log was altered. Nothing was signed.")
	}
	if mark.Size == head.Size && mark.Root == head.Root || mark.Size == 0 {
		return nil
	}
	if mark.Size > head.Size {
		return fault.New(fault.Tampered,
			"The log has %d entries and %d were signed before: an old copy was restored, or entries are missing. Nothing was signed.",
			head.Size, mark.Size)
	}
	proof, err := prove(mark.Size)
	if err != nil {
		return err
	}
	if err := tlog.VerifyConsistency(mark.Size, head.Size, mark.Root, head.Root, proof); err != nil {
		return fault.Wrap(fault.Tampered, err,
			"The log no longer extends what was signed at entry %d: a stored entry was changed. Nothing was signed.", mark.Size)
	}
	return nil
}
