package keys

import (
	"bytes"
	"context"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

const (
	usersAs = "soc2.keys/v1 installation users"
	linkAs  = "soc2.keys/v1 installation link"
)

func errMaster(err error) error {
	return fault.Wrap(fault.Forbidden, err, "The master key does not open this store. Start with the key that belongs to it.")
}

// open opens what the master key sealed: any of those that the ring knows, and
// the one that followed them.
func (r *Ring) open(tx *db.Tx, what string, sealed []byte) ([]byte, error) {
	if b, ok := r.try(what, sealed); ok {
		return b, nil
	}
	if err := r.learn(tx); err != nil {
		return nil, err
	}
	b, ok := r.try(what, sealed)
	if !ok {
		return nil, errMaster(secret.ErrOpen)
	}
	return b, nil
}

func (r *Ring) try(what string, sealed []byte) ([]byte, bool) {
	for _, k := range r.known() {
		if b, err := k.Open(what, sealed); err == nil {
			return b, true
		}
	}
	return nil, false
}

// known are the master keys of this process, the newest first: one, and those
// that it has seen follow.
func (r *Ring) known() []secret.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.masters
}

func (r *Ring) know(k secret.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(r.masters, func(had secret.Key) bool { return bytes.Equal(had.Bytes(), k.Bytes()) }) {
		return
	}
	r.masters = append([]secret.Key{k}, r.masters...)
}

// learn finds the master key that followed those known, sealed under one of them
// in the store, or where the present one is kept.
func (r *Ring) learn(tx *db.Tx) error {
	m, found, err := loadMaster(tx)
	if err != nil || !found {
		return err
	}
	if b, ok := r.try(linkAs, m.link); ok {
		next, err := secret.KeyFrom(b)
		if err == nil {
			r.know(next)
		}
		return err
	}
	if r.place == nil {
		return nil
	}
	next, err := r.place.Open(tx.Context())
	if err == nil {
		r.know(next)
	}
	return err
}

// current is the master key under which the store is now, for who seals. Whoever
// rotates waits until the transaction ends.
func (r *Ring) current(tx *db.Tx) (secret.Key, error) {
	if err := tx.Lock("keys.master"); err != nil {
		return secret.Key{}, err
	}
	m, found, err := loadMaster(tx)
	if err != nil {
		return secret.Key{}, err
	}
	if !found { // never rotated: it has no row
		all := r.known()
		return all[len(all)-1], nil
	}
	if _, err := r.open(tx, usersAs, m.users); err != nil {
		return secret.Key{}, err
	}
	for _, k := range r.known() {
		if _, err := k.Open(usersAs, m.users); err == nil {
			return k, nil
		}
	}
	return secret.Key{}, errMaster(secret.ErrOpen)
}

// Users returns the key that seals what belongs to users, who may be members of
// several organizations or of none. A rotation of the master key leaves it.
func (r *Ring) Users(ctx context.Context, d *db.DB) (k secret.Key, err error) {
	err = d.ReadInstallation(ctx, func(tx *db.Tx) error {
		k, err = r.users(tx)
		return err
	})
	return k, err
}

func (r *Ring) users(tx *db.Tx) (secret.Key, error) {
	m, found, err := loadMaster(tx)
	if err != nil {
		return secret.Key{}, err
	}
	if !found {
		all := r.known()
		return all[len(all)-1].Derive("users"), nil
	}
	b, err := r.open(tx, usersAs, m.users)
	if err != nil {
		return secret.Key{}, err
	}
	return secret.KeyFrom(b)
}

// Opens reports whether a master key is the one that the store is under, without
// another that followed it.
func Opens(tx *db.Tx, key secret.Key) (bool, error) {
	m, found, err := loadMaster(tx)
	if err != nil {
		return false, err
	}
	if found {
		_, err := key.Open(usersAs, m.users)
		return err == nil, nil
	}
	list, err := loadAll(tx)
	for i := range list {
		if _, err := key.Open(sealedAs(list[i].org, "root"), list[i].wrapped); err != nil {
			return false, nil //nolint:nilerr // that it does not open is the answer
		}
	}
	return true, err
}

var errWaiting = fault.New(fault.Conflict, "The last rotation is not over: the master key before it still opens the store. Nothing was changed. Restart what serves the store, then say: assay key retire master")

// Rotatable is the Conflict that RotateMaster would be, before anything is written.
func Rotatable(tx *db.Tx) error {
	waiting, err := Waiting(tx)
	if err == nil && waiting {
		err = errWaiting
	}
	return err
}

// Following is the master key that the store is under, if it is another than present and
// present leads to it: a rotation waits to be ended, and present is the one before.
func Following(tx *db.Tx, present secret.Key) (next secret.Key, follows bool, err error) {
	m, found, err := loadMaster(tx)
	if err != nil || !found || len(m.link) == 0 {
		return next, false, err
	}
	b, err := present.Open(linkAs, m.link)
	if err != nil {
		return next, false, nil //nolint:nilerr // that it does not lead there is the answer
	}
	next, err = secret.KeyFrom(b)
	return next, err == nil, err
}

// RotateMaster puts the store under another master key, all of it or nothing, in
// a transaction of the installation. Until RetireMaster, who has the old one finds
// the new one with it: servers go on.
func (r *Ring) RotateMaster(tx *db.Tx, next secret.Key) error {
	now, err := r.current(tx)
	if err != nil {
		return err
	}
	m, found, err := loadMaster(tx)
	if err != nil {
		return err
	}
	if found && len(m.link) > 0 {
		return errWaiting
	}
	users, err := r.users(tx)
	if err != nil {
		return err
	}
	list, err := loadAll(tx)
	if err != nil {
		return err
	}
	for i := range list {
		if err := rewrap(tx, &list[i], now, next); err != nil {
			return err
		}
	}
	if m.users, err = next.Seal(usersAs, users.Bytes()); err != nil {
		return err
	}
	if m.link, err = now.Seal(linkAs, next.Bytes()); err != nil {
		return err
	}
	tx.After(func() { r.know(next) })
	return putMaster(tx, &m)
}

func rewrap(tx *db.Tx, w *row, from, to secret.Key) error {
	for what, sealed := range map[string]*[]byte{"root": &w.wrapped, "log": &w.seed} {
		if len(*sealed) == 0 { // a process of its own has the log's
			continue
		}
		b, err := from.Open(sealedAs(w.org, what), *sealed)
		if err != nil {
			return errMaster(err)
		}
		if *sealed, err = to.Seal(sealedAs(w.org, what), b); err != nil {
			return err
		}
	}
	return update(tx, w)
}

// RetireMaster ends a rotation: the master key before the present one opens
// nothing any more. Who serves the store must have been started with the present
// one, or know it by now.
func (r *Ring) RetireMaster(tx *db.Tx, present secret.Key) error {
	if err := tx.Lock("keys.master"); err != nil {
		return err
	}
	m, err := retirable(tx, present)
	if err != nil {
		return err
	}
	m.link = []byte{}
	return putMaster(tx, &m)
}

// Retirable is the Conflict that RetireMaster would be, before anything is written.
func Retirable(tx *db.Tx, present secret.Key) error {
	_, err := retirable(tx, present)
	return err
}

func retirable(tx *db.Tx, present secret.Key) (masterRow, error) {
	m, found, err := loadMaster(tx)
	if err != nil {
		return m, err
	}
	if !found || len(m.link) == 0 {
		return m, fault.New(fault.Conflict, "No rotation of the master key waits to be ended.")
	}
	if _, err := present.Open(usersAs, m.users); err != nil {
		return m, fault.Wrap(fault.Conflict, err, "The master key in its place is the one before the rotation, so ending it would close the store. Nothing was changed. Say first: assay key rotate master")
	}
	return m, nil
}

// Untold reports whether the trail of the transaction's organization lacks what
// happened last to the master key, and notes that it has it from now on: exactly one
// transaction that commits is told so.
func Untold(tx *db.Tx) (bool, error) {
	edition, err := editionOf(tx)
	if err != nil || edition == 0 {
		return false, err
	}
	return setTold(tx, edition)
}

// Waiting reports whether a rotation of the master key waits to be ended.
func Waiting(tx *db.Tx) (bool, error) {
	since, err := WaitingSince(tx)
	return !since.IsZero(), err
}

// WaitingSince is when the master key was rotated, if that waits to be ended; zero if
// nothing does.
func WaitingSince(tx *db.Tx) (time.Time, error) {
	m, found, err := loadMaster(tx)
	if err != nil || !found || len(m.link) == 0 {
		return time.Time{}, err
	}
	return m.turnedAt, nil
}
