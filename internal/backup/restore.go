package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

// In says what to put back where.
type In struct {
	From     Door
	ID       string // which copy; the newest if empty
	Identity []byte // an age key file that opens it

	Data    string     // the new store's folder
	Master  keys.Place // where the old store's master key is already
	DB      string     // where rows go: a path or URL of an empty database
	Objects blob.Store // where objects go
	Now     clock.Clock
}

// Restored is what Restore did.
type Restored struct {
	Copy
	Moved int `json:"moved"` // objects
}

// Restore fills an empty store with a copy and holds it: reading goes, changing
// does not, until Accept. What is wrong with the copy is an error; how its logs
// compare with what others saw, Examine says.
func Restore(ctx context.Context, in *In) (*Restored, error) {
	if w, err := in.Master.Find(); err != nil {
		return nil, err
	} else if w.Kind == "" {
		return nil, fault.New(fault.Invalid, "Put the master key of the store into %s first, plain or wrapped as it was, or give it in ASSAY_MASTER_KEY. No backup holds it.",
			in.Master.Dir)
	}
	return in.restore(ctx)
}

func (in *In) restore(ctx context.Context) (*Restored, error) {
	place, err := in.From.Open(ctx)
	if err != nil {
		return nil, err
	}
	c, err := place.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, rows, err := back(ctx, place, c, in.Identity) // whole, before anything is written
	if err != nil {
		return nil, err
	}
	if rows != c.Rows {
		return nil, fault.New(fault.Tampered, "The backup %s says that it has %d rows and has %d.", c.ID, c.Rows, rows)
	}
	out := &Restored{Copy: *c}
	if err := place.plain(ctx, c, in.Identity, func(h head, plain io.Reader) error {
		return in.fill(ctx, c, h, plain)
	}); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(r.objects)) {
		if err := move(ctx, in.Objects, place.objects, name); err != nil {
			return nil, err
		}
		out.Moved++
	}
	return out, nil
}

// fill puts settings and rows in place. The store is held from its first row on.
func (in *In) fill(ctx context.Context, c *Copy, h head, plain io.Reader) error {
	if err := in.settings(h.Files); err != nil {
		return err
	}
	if _, err := db.Load(ctx, db.Config{URL: in.DB, Now: in.Now}, plain); err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Config{URL: in.DB, Now: in.Now})
	if err != nil {
		return err
	}
	return errors.Join(d.WriteInstallation(ctx, func(tx *db.Tx) error {
		if err := clearPast(tx); err != nil {
			return err
		}
		return hold(tx, &Held{Backup: c.ID, At: tx.Now(), MadeAt: h.At, Place: in.From.At})
	}), d.Close())
}

// settings writes the files that lay beside the store, but for those that are
// there already.
func (in *In) settings(files map[string][]byte) error {
	root, err := os.OpenRoot(in.Data)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for name, b := range files {
		if !fs.ValidPath(name) {
			return fault.New(fault.Tampered, "The backup holds a file %q.", name)
		}
		if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o700); err != nil {
			return err
		}
		f, err := root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write(b)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Hold makes a store that was put back read-only, if nobody has accepted it.
func Hold(ctx context.Context, d *db.DB) error {
	var h *Held
	err := d.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		h, err = loadHeld(tx)
		return err
	})
	if err == nil && h != nil {
		d.Hold(fault.New(fault.Conflict,
			"This store was put back from the backup of %s and is read-only. Look at it with: assay restore check. Go on from it with: assay restore accept.",
			h.MadeAt.UTC().Format(time.RFC3339)))
	}
	return err
}
