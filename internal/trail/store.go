package trail

import (
	"fmt"
	"math"
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
)

const columns = `id, at, actor, name, door, address, action, noun, object, label, detail`

func insert(tx *db.Tx, e Entry, salt tlog.Salt) error {
	return tx.Bulk(`INSERT INTO trail_entry (org_id, `+columns+`, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		tx.Org(), e.ID, db.Ms(e.At), e.Actor, e.Name, e.Door, e.Address, e.Action, e.Noun, e.Object, e.Label,
		db.ToJSON(e.Detail), salt[:])
}

func read(scan db.Scan) (e Entry, err error) {
	err = scan(&e.ID, db.At(&e.At), &e.Actor, &e.Name, &e.Door, &e.Address, &e.Action, &e.Noun, &e.Object, &e.Label, db.JSON(&e.Detail))
	return e, err
}

// Filter narrows a listing; the zero value is everything, newest first.
type Filter struct {
	Actor, Action, Noun, Object, Door string
	Query                             string // in label, name, action
	From, To                          time.Time
	Before                            string // id of the last entry of the previous page
	Limit                             int    // 50 if zero
}

// List returns entries, newest first.
func List(tx *db.Tx, f Filter) ([]Entry, error) {
	w := db.Where{}
	w.And("org_id = ?", tx.Org())
	for _, is := range []struct{ cond, v string }{
		{"actor = ?", f.Actor}, {"action = ?", f.Action}, {"noun = ?", f.Noun}, {"object = ?", f.Object}, {"door = ?", f.Door},
	} {
		if is.v != "" {
			w.And(is.cond, is.v)
		}
	}
	if f.Query != "" {
		like := db.Like(f.Query)
		w.And(`(lower(label) LIKE ? ESCAPE '\' OR lower(name) LIKE ? ESCAPE '\' OR lower(action) LIKE ? ESCAPE '\')`, like, like, like)
	}
	if !f.From.IsZero() {
		w.And("at >= ?", db.Ms(f.From))
	}
	if !f.To.IsZero() {
		w.And("at < ?", db.Ms(f.To))
	}
	if f.Before != "" {
		w.And("(at, id) < (SELECT at, id FROM trail_entry WHERE org_id = ? AND id = ?)", tx.Org(), f.Before)
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	return db.All(tx, read, `SELECT `+columns+` FROM trail_entry WHERE `+w.String()+` ORDER BY at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// Sealed is what proves an entry: what its leaf commits to, and the salt.
type Sealed struct {
	Leaf   string
	Detail []byte // canonical
	Salt   tlog.Salt
}

// EachSealed calls fn for the entries of a period, oldest first; both times zero
// are all there is.
func EachSealed(tx *db.Tx, from, to time.Time, fn func(Sealed) error) error {
	until := int64(math.MaxInt64)
	if !to.IsZero() {
		until = db.Ms(to)
	}
	return tx.Each(func(scan db.Scan) error {
		var e Entry
		var salt []byte
		if err := scan(&e.ID, &e.Name, &e.Address, &e.Label, db.JSON(&e.Detail), &salt); err != nil {
			return err
		}
		s := Sealed{Leaf: e.ID}
		var err error
		if s.Detail, err = e.canonical(); err != nil {
			return err
		}
		if s.Salt, err = tlog.SaltFrom(salt); err != nil {
			return fmt.Errorf("trail entry %s: %w", e.ID, err)
		}
		return fn(s)
	}, `SELECT id, name, address, label, detail, salt FROM trail_entry WHERE org_id = $1 AND at >= $2 AND at < $3 ORDER BY at, id`,
		tx.Org(), db.Ms(from), until)
}

// Count returns the number of entries.
func Count(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM trail_entry WHERE org_id = $1`, tx.Org())
}
