package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// Prove returns a consistency proof from a size to the present one.
type Prove func(from uint64) ([]tlog.Hash, error)

// SignHead signs a tree head, after checking that it extends the last head
// that was signed for the organization. The mark of that head lies outside the
// database: an edited leaf or a restored old copy is refused here, with a
// Tampered fault (TRUST, one page, 7).
func (r *Ring) SignHead(org string, o Org, head tlog.Checkpoint, prove Prove) ([]byte, error) {
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

func (r *Ring) markPath(org string) string { return filepath.Join(r.dir, org+".mark") }

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
