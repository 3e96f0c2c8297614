package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"assay/internal/kit/fault"
)

// Folder is a store in a folder of a local file system that has hard links.
// Its zero value is not usable: name the folder, which is made when needed.
type Folder struct {
	Dir string
}

func (f Folder) path(name string) string { return filepath.Join(f.Dir, name[:2], name) }

// Put implements Store: a temporary file, synced, then linked under its name,
// then the folder synced. A crash leaves at most a file in tmp.
func (f Folder) Put(ctx context.Context, name string, r io.Reader) error {
	if err := checkName(name); err != nil {
		return err
	}
	tmp, err := f.spool(ctx, name, r)
	if err != nil {
		return err
	}
	return errors.Join(f.publish(ctx, tmp, name), os.Remove(tmp))
}

func (f Folder) spool(ctx context.Context, name string, r io.Reader) (tmp string, err error) {
	dir := filepath.Join(f.Dir, "tmp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("object folder: %w", err)
	}
	w, err := os.CreateTemp(dir, "put-*")
	if err != nil {
		return "", fmt.Errorf("object folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(w.Name()))
		}
	}()
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, h), withContext(ctx, r))
	if err = errors.Join(err, w.Chmod(0o444), w.Sync(), w.Close()); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != name {
		return "", fault.New(fault.Invalid, "The object %s has the hash %s. Nothing was stored.", name, got)
	}
	return w.Name(), nil
}

func (f Folder) publish(ctx context.Context, tmp, name string) error {
	shard := filepath.Dir(f.path(name))
	made := os.Mkdir(shard, 0o700)
	if made != nil && !errors.Is(made, fs.ErrExist) {
		return fmt.Errorf("object folder: %w", made)
	}
	err := os.Link(tmp, f.path(name))
	if errors.Is(err, fs.ErrExist) { // perhaps by another, who has not synced yet
		err = Check(ctx, f, name)
	}
	if err != nil {
		return fmt.Errorf("publish object: %w", err)
	}
	if err := syncDir(shard); err != nil || made != nil {
		return err
	}
	return syncDir(f.Dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get implements Store.
func (f Folder) Get(_ context.Context, name string) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	r, err := os.Open(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(name)
	}
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	return verify(name, r), nil
}

// Has implements Store.
func (f Folder) Has(_ context.Context, name string) (bool, error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	_, err := os.Stat(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Delete implements Store.
func (f Folder) Delete(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := os.Remove(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, syncDir(filepath.Dir(f.path(name))))
}
