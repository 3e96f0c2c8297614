package licensed

import (
	"time"

	"assay/internal/db"
)

type row struct {
	at   time.Time
	by   string
	name string
	body []byte // sealed
}

func load(tx *db.Tx) (row, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (r row, err error) {
		err = scan(db.At(&r.at), &r.by, &r.name, &r.body)
		return r, err
	}, `SELECT at, actor, name, body FROM licensed_copy WHERE org_id = $1`, tx.Org())
}

func put(tx *db.Tx, r *row) error {
	_, err := tx.Exec(`INSERT INTO licensed_copy (org_id, at, actor, name, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (org_id) DO UPDATE SET at = excluded.at, actor = excluded.actor, name = excluded.name, body = excluded.body`,
		tx.Org(), db.Ms(r.at), r.by, db.Plain(r.name), r.body)
	return err
}

// drop reports whether there was one.
func drop(tx *db.Tx) (bool, error) {
	n, err := tx.Exec(`DELETE FROM licensed_copy WHERE org_id = $1`, tx.Org())
	return n > 0, err
}
