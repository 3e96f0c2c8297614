package trail

import (
	"fmt"
	"math"
	"slices"
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
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
	After                             string // id of the first entry of the next page; not with Before
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
	order := " ORDER BY at DESC, id DESC LIMIT "
	if f.After != "" {
		w.And("(at, id) > (SELECT at, id FROM trail_entry WHERE org_id = ? AND id = ?)", tx.Org(), f.After)
		order = " ORDER BY at, id LIMIT "
	}
	list, err := db.All(tx, read, `SELECT `+columns+` FROM trail_entry WHERE `+w.String()+order+w.Arg(f.Limit), w.Args()...)
	if f.After != "" {
		slices.Reverse(list)
	}
	return list, err
}

// Logged is an entry with its place in the log.
type Logged struct {
	Entry

	Index int64
}

// Load returns the entries with places in the log, in the order of the places. One
// whose row is gone is absent: comparing rows with the log finds it.
func Load(tx *db.Tx, places []ledger.Place) ([]Logged, error) {
	if len(places) == 0 {
		return nil, nil
	}
	leaves := make([]string, len(places))
	for i := range places {
		leaves[i] = places[i].ID
	}
	list, err := db.All(tx, read, `SELECT `+columns+` FROM trail_entry WHERE org_id = $1 AND id IN (`+db.In(2, len(leaves))+`)`, db.Args([]any{tx.Org()}, leaves...)...)
	if err != nil {
		return nil, err
	}
	known := make(map[string]*Entry, len(list))
	for i := range list {
		known[list[i].ID] = &list[i]
	}
	out := make([]Logged, 0, len(list))
	for _, p := range places {
		if e := known[p.ID]; e != nil {
			out = append(out, Logged{*e, p.Index})
		}
	}
	return out, nil
}

// Sealed is what proves an entry: what its leaf commits to, and the salt.
type Sealed struct {
	Leaf   string
	Detail []byte // canonical
	Salt   tlog.Salt
	Erased string // the leaf that commits to it instead of the entry's own, as something was erased
}

// block is how many entries EachSealed reads at once.
const block = 500

// EachSealed calls fn for the entries of a period, oldest first; both times zero
// are all there is. They are read in blocks, so that fn may ask the store itself.
func EachSealed(tx *db.Tx, from, to time.Time, fn func(Sealed) error) error {
	until := int64(math.MaxInt64)
	if !to.IsZero() {
		until = db.Ms(to)
	}
	at, id := db.Ms(from), ""
	for {
		list, err := db.All(tx, readSealed, `SELECT id, at, name, address, label, detail, salt, erased FROM trail_entry
			WHERE org_id = $1 AND (at, id) > ($2, $3) AND at < $4 ORDER BY at, id LIMIT $5`, tx.Org(), at, id, until, block)
		if err != nil {
			return err
		}
		for i := range list {
			if err := fn(list[i].Sealed); err != nil {
				return err
			}
		}
		if len(list) < block {
			return nil
		}
		at, id = list[len(list)-1].at, list[len(list)-1].Leaf
	}
}

// placed is an entry with its place in the order of all.
type placed struct {
	Sealed

	at int64
}

func readSealed(scan db.Scan) (p placed, err error) {
	var e Entry
	var salt []byte
	if err := scan(&e.ID, &p.at, &e.Name, &e.Address, &e.Label, db.JSON(&e.Detail), &salt, &p.Erased); err != nil {
		return p, err
	}
	p.Leaf = e.ID
	if p.Detail, err = e.canonical(); err != nil {
		return p, err
	}
	if p.Salt, err = tlog.SaltFrom(salt); err != nil {
		return p, fmt.Errorf("trail entry %s: %w", e.ID, err)
	}
	return p, nil
}

// Count returns the number of entries.
func Count(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM trail_entry WHERE org_id = $1`, tx.Org())
}
