package keys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// Holder is a column of sealed values, which the package that writes it seals
// again under the newest key.
type Holder struct {
	Name string // of what is sealed, in the plural
	// Table and Column say where it is stored.
	Table, Column string
	// Purpose is the key of the organization that seals it.
	Purpose func(Org) Sealer
	// Batch lists at most n values whose key comes after one, in the order of
	// their keys; the first come after the empty Value.
	Batch func(tx *db.Tx, after Value, n int) ([]Value, error)
	// Save replaces a value if it is what it was, and not what somebody wrote
	// meanwhile.
	Save func(tx *db.Tx, v Value, again []byte) error
}

// Value is a sealed value where it is stored.
type Value struct {
	Key     [2]string
	Bytes   []byte // the key, where it is not text
	Context string // it was sealed for
	Sealed  []byte
	Rest    []byte // what follows it in its column
}

// Resealed is what a pass over everything that an organization has sealed did.
type Resealed struct {
	Looked  int `json:"looked"`
	Changed int `json:"changed"`
	// Closed is how many values opened under no key: stored rows were changed.
	Closed int `json:"closed"`
	// FirstClosed says where the first of them is; empty if there is none.
	FirstClosed string `json:"first_closed,omitempty"`
}

func (done *Resealed) add(pass *Resealed) {
	done.Looked, done.Changed, done.Closed = done.Looked+pass.Looked, done.Changed+pass.Changed, done.Closed+pass.Closed
	done.FirstClosed = cmp.Or(done.FirstClosed, pass.FirstClosed)
}

// place names a value for people.
func (h *Holder) place(v *Value) string {
	if v.Key[0] == "" {
		return fmt.Sprintf("%s.%s %x", h.Table, h.Column, v.Bytes)
	}
	return strings.TrimSpace(fmt.Sprintf("%s.%s %s %s", h.Table, h.Column, v.Key[0], v.Key[1]))
}

// batch is how many values are sealed again in one transaction, which others
// who write wait for.
const batch = 200

// Reseal seals again what an organization has sealed under an older key. It may
// be broken off at any moment and begun again: whatever is under the newest
// already is looked at and left. Older keys open what is left until they are
// retired.
func (r *Ring) Reseal(ctx context.Context, d *db.DB, grant access.Grant, all []Holder) (done Resealed, err error) {
	began := time.Time{}
	if err := d.Read(ctx, grant, func(tx *db.Tx) error {
		began = tx.Now()
		return nil
	}); err != nil {
		return done, err
	}
	for i := range all {
		if err := r.resealOne(ctx, d, grant, &all[i], &done); err != nil {
			return done, err
		}
	}
	return done, d.Write(ctx, grant, func(tx *db.Tx) error {
		w, err := load(tx, tx.Org())
		switch {
		case err != nil || w.rotatedAt.After(began): // rotated again meanwhile
			return err
		case done.Closed > 0:
			return setResealed(tx, time.Time{})
		case done.Changed > 0 || !w.resealedAt.After(w.rotatedAt):
			return setResealed(tx, tx.Now())
		}
		return nil
	})
}

func (r *Ring) resealOne(ctx context.Context, d *db.DB, grant access.Grant, h *Holder, done *Resealed) error {
	var after Value
	for {
		var list []Value
		var pass Resealed
		err := d.Write(ctx, grant, func(tx *db.Tx) error {
			o, err := r.Open(tx)
			if err != nil {
				return err
			}
			if list, err = h.Batch(tx, after, batch); err != nil {
				return err
			}
			pass, err = reseal(tx, h, o, list)
			return err
		})
		if err != nil {
			return err
		}
		done.add(&pass)
		if len(list) < batch {
			return nil
		}
		after = list[len(list)-1]
	}
}

func reseal(tx *db.Tx, h *Holder, o Org, list []Value) (pass Resealed, err error) {
	s := h.Purpose(o)
	for i := range list {
		again, changed, err := s.Again(list[i].Context, list[i].Sealed)
		pass.Looked++
		switch {
		case errors.Is(err, secret.ErrOpen):
			pass.add(&Resealed{Closed: 1, FirstClosed: h.place(&list[i])})
			continue
		case err != nil:
			return pass, err
		case !changed:
			continue
		}
		pass.Changed++
		if err := h.Save(tx, list[i], again); err != nil {
			return pass, err
		}
	}
	return pass, nil
}

// Grace is how long an older key stays after a rotation at least. No collection
// that began before it takes as long, and answers kept for who repeats a request
// are forgotten by then.
const Grace = 24 * time.Hour

// Quiet is how long nothing must have been sealed again before older keys go at
// least. What read a value under an older key before has ended by then, so that it
// writes none back.
const Quiet = 10 * time.Minute

// Rotate makes a new key for what the organization seals from now on. The older
// ones still open what they sealed, until Retire.
func (r *Ring) Rotate(tx *db.Tx) error {
	return r.change(tx, func(w *row, all *roots) error {
		all.Sealing = append(all.Sealing, secret.NewKey())
		w.rotatedAt = tx.Now()
		return nil
	})
}

// Retire destroys every key of the organization but the newest: what only they
// opened is unreadable for ever. It refuses until Grace is over, a pass has ended
// since and Quiet after that; and if anything is not under the newest key, at which
// it looks in the same transaction.
func (r *Ring) Retire(tx *db.Tx, sealed []Holder) error {
	return r.change(tx, func(w *row, all *roots) error {
		switch quiet := w.resealedAt.Add(Quiet); {
		case len(all.Sealing) == 1:
			return fault.New(fault.Conflict, "There is one key only. Nothing was destroyed.")
		case tx.Now().Before(w.rotatedAt.Add(Grace)):
			return fault.New(fault.Conflict, "The key was rotated less than a day ago, and a collection that began before may still write under the old one. Nothing was destroyed. Try again after %s.",
				w.rotatedAt.Add(Grace).UTC().Format(time.RFC3339))
		case !w.resealedAt.After(w.rotatedAt):
			return fault.New(fault.Conflict, "Not everything is sealed under the newest key yet. Nothing was destroyed. Say: assay key rotate org --resume")
		case tx.Now().Before(quiet):
			return fault.New(fault.Conflict, "Values were sealed again a moment ago, and who read them before may still write them back. Nothing was destroyed. Try again after %s.",
				quiet.UTC().Format(time.RFC3339))
		}
		if err := underNewest(tx, all, sealed); err != nil {
			return err
		}
		all.Sealing = all.Sealing[len(all.Sealing)-1:]
		w.rotatedAt, w.resealedAt = time.Time{}, time.Time{}
		return nil
	})
}

// underNewest looks through everything that the organization has sealed.
func underNewest(tx *db.Tx, all *roots, sealed []Holder) error {
	o := Org{held: &held{roots: *all}}
	var found Resealed // changed: to be sealed again
	for i := range sealed {
		h := &sealed[i]
		if err := h.each(tx, func(v *Value) error {
			_, newest, err := h.Purpose(o).open(v.Context, v.Sealed)
			switch {
			case errors.Is(err, secret.ErrOpen):
				found.add(&Resealed{Closed: 1, FirstClosed: h.place(v)})
				return nil
			case err == nil && !newest:
				found.Changed++
			}
			return err
		}); err != nil {
			return err
		}
	}
	switch {
	case found.Closed > 0:
		return fault.New(fault.Tampered, "%d stored values open under no key, the first in %s: rows were changed. Nothing was destroyed. Put the rows back from a backup; until then the older keys stay.",
			found.Closed, found.FirstClosed)
	case found.Changed > 0:
		return fault.New(fault.Conflict, "%d values are under an older key. Nothing was destroyed. Say: assay key rotate org --resume", found.Changed)
	}
	return nil
}

// each calls fn with every value, in the order of their keys.
func (h *Holder) each(tx *db.Tx, fn func(*Value) error) error {
	var after Value
	for {
		list, err := h.Batch(tx, after, batch)
		if err != nil {
			return err
		}
		for i := range list {
			if err := fn(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < batch {
			return nil
		}
		after = list[len(list)-1]
	}
}

// change rewrites the row of the transaction's organization.
func (r *Ring) change(tx *db.Tx, how func(*row, *roots) error) error {
	master, err := r.current(tx)
	if err != nil {
		return err
	}
	w, err := load(tx, tx.Org())
	if err != nil {
		return err
	}
	b, err := master.Open(sealedAs(w.org, "root"), w.wrapped)
	if err != nil {
		return errMaster(err)
	}
	all, err := parseRoots(b)
	if err != nil {
		return err
	}
	if err := how(&w, &all); err != nil {
		return err
	}
	if b, err = all.bytes(); err != nil {
		return err
	}
	if w.wrapped, err = master.Seal(sealedAs(w.org, "root"), b); err != nil {
		return err
	}
	tx.Mark(unsettled)
	return update(tx, &w)
}

// Status is how many keys an organization has and since when.
type Status struct {
	Keys       int       `json:"keys"`        // that open what it sealed; more than one: the older ones are not retired
	RotatedAt  time.Time `json:"rotated_at"`  // when the newest of several was made; zero with one
	ResealedAt time.Time `json:"resealed_at"` // when everything was under the newest; zero if that is not so
	Log        string    `json:"log"`         // verifier key
}

// Status tells of the keys of the transaction's organization.
func (r *Ring) Status(tx *db.Tx) (s Status, err error) {
	o, err := r.Open(tx)
	if err != nil {
		return s, err
	}
	w, err := load(tx, tx.Org())
	if err != nil {
		return s, err
	}
	s = Status{Keys: len(o.held.sealing()), RotatedAt: w.rotatedAt, Log: o.public}
	if w.resealedAt.After(w.rotatedAt) {
		s.ResealedAt = w.resealedAt
	}
	return s, nil
}
