package draft

import (
	"time"

	"assay/internal/db"
)

type row struct {
	id     string
	kind   Kind
	at     time.Time
	body   []byte // sealed
	object string // name in the object store; empty: no file
}

func load(tx *db.Tx, key string, kind Kind) (row, error) {
	return db.One(tx, func(scan db.Scan) (r row, err error) {
		err = scan(&r.id, &r.kind, db.At(&r.at), &r.body, &r.object)
		return r, err
	}, `SELECT id, kind, at, body, object FROM draft_entry WHERE org_id = $1 AND actor = $2 AND id = $3 AND kind = $4 AND at > $5`,
		tx.Org(), tx.Actor().ID, key, string(kind), db.Ms(tx.Now().Add(-Life)))
}

func insert(tx *db.Tx, r *row) error {
	_, err := tx.Exec(`INSERT INTO draft_entry (org_id, id, actor, kind, at, body, object) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Org(), r.id, tx.Actor().ID, string(r.kind), db.Ms(r.at), r.body, r.object)
	return err
}

// remove reports whether it was there: of several who remove it one is told so.
func remove(tx *db.Tx, id string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM draft_entry WHERE org_id = $1 AND id = $2`, tx.Org(), id)
	return n == 1, err
}

// spent is a draft that is to be forgotten.
type spent struct{ id, object string }

func readSpent(scan db.Scan) (s spent, err error) {
	err = scan(&s.id, &s.object)
	return s, err
}

func expired(tx *db.Tx) ([]spent, error) {
	return db.All(tx, readSpent, `SELECT id, object FROM draft_entry WHERE org_id = $1 AND at <= $2 ORDER BY id`,
		tx.Org(), db.Ms(tx.Now().Add(-Life)))
}

// surplus are the actor's drafts of the kind beyond its newest ones.
func surplus(tx *db.Tx, kind Kind, newest int) ([]spent, error) {
	return db.All(tx, readSpent, `SELECT id, object FROM draft_entry WHERE org_id = $1 AND actor = $2 AND kind = $3
		ORDER BY at DESC, id LIMIT 1000 OFFSET $4`, tx.Org(), tx.Actor().ID, string(kind), newest)
}

func left(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM draft_entry WHERE org_id = $1`, tx.Org())
}
