package keys

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// next is where the master key waits that is to follow the present one. What is
// there is worth nothing until the store is under it, and all until it is in its
// place.
func (p Place) next() Place { return Place{Dir: filepath.Join(p.Dir, "next"), Access: p.Access} }

// Next returns the master key that waits to follow the present one, if there is
// one: a rotation was broken off.
func (p Place) Next(ctx context.Context) (k secret.Key, found bool, err error) {
	n := p.next()
	w, err := n.Find()
	if err == nil && w.Kind == "" && !p.Text.Empty() && !p.Then.Empty() {
		k, err = fromText(p.Then)
		return k, err == nil, err
	}
	if err != nil || w.Kind == "" {
		return k, false, err
	}
	k, err = n.Open(ctx)
	return k, err == nil, err
}

// Stage makes a new master key and writes it durably beside the present one:
// wrapped by the service with the address, or, for InFile, plain. An empty address
// means as the present one is kept. One that waited before is overwritten: ask
// first, with Next and Opens, that the store is not under it.
func (p Place) Stage(ctx context.Context, to string) (k secret.Key, err error) {
	if to == "" && !p.Text.Empty() && !p.Then.Empty() {
		return fromText(p.Then)
	}
	k = secret.NewKey()
	return k, p.StageKey(ctx, to, k)
}

// StageKey is Stage for a key that there is already: the store is under it, and the one
// in its place leads to it.
func (p Place) StageKey(ctx context.Context, to string, k secret.Key) error {
	from, err := p.Find()
	if err != nil {
		return err
	}
	if to == "" {
		to = map[string]string{InFile: InFile, InService: from.Service}[from.Kind]
	}
	if to == "" {
		return fault.New(fault.Invalid, "The master key is in ASSAY_MASTER_KEY, which no program can change. Say where the new one goes with --to, or give it in ASSAY_MASTER_KEY_NEXT.")
	}
	n := p.next()
	if err := errors.Join(os.MkdirAll(n.Dir, 0o700), n.clear()); err != nil {
		return err
	}
	if to != InFile {
		err = n.toService(ctx, to, k)
	} else {
		err = n.toFile(Where{}, k)
	}
	return errors.Join(err, syncFolder(p.Dir))
}

func (p Place) clear() error { return errors.Join(gone(p.file()), gone(p.wrapped())) }

// Promote puts the key that waits in place of the present one. It is done when the
// store is under it, and done again where it was broken off. The present one is kept
// in a folder of the instant beside it: backups made before need it.
func (p Place) Promote(now time.Time) error {
	n := p.next()
	w, err := n.Find()
	if err != nil {
		return err
	}
	if w.Kind == "" { // also after one that was broken off at its end
		return os.RemoveAll(n.Dir)
	}
	from, to := n.file(), p.file()
	if w.Kind == InService {
		from, to = n.wrapped(), p.wrapped()
	}
	// Between the two there is none in the folder: Find looks at what waits then.
	if err := p.putAside(now); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	// What may be left there was never finished, or is in its place now.
	return errors.Join(syncFolder(p.Dir), os.RemoveAll(n.Dir))
}

// putAside moves the key in the folder to one named after the instant.
func (p Place) putAside(now time.Time) error {
	aside := Place{Dir: filepath.Join(p.Dir, "before-"+now.UTC().Format("20060102T150405.000Z"))}
	for from, to := range map[string]string{p.file(): aside.file(), p.wrapped(): aside.wrapped()} {
		if is, err := there(from); err != nil || !is {
			if err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(aside.Dir, 0o700); err != nil {
			return err
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
		if err := errors.Join(syncFolder(aside.Dir), syncFolder(p.Dir)); err != nil {
			return err
		}
	}
	return nil
}

// Aside lists the folders in which rotations have kept the keys before.
func (p Place) Aside() ([]string, error) {
	return filepath.Glob(filepath.Join(p.Dir, "before-*"))
}

// Hold keeps everybody else from moving and turning the key in the folder until
// release; a Conflict if somebody does. The lock ends with the process.
func (p Place) Hold() (release func(), err error) {
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(p.Dir, "turning"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fault.Wrap(fault.Conflict, err, "Another command moves or rotates the master key at this moment. Nothing was done. Try again when it has ended.")
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
