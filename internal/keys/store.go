package keys

import (
	"time"

	"assay/internal/db"
)

type row struct {
	org                   string
	wrapped               []byte
	origin                string
	seed                  []byte
	public                string
	version               int64
	rotatedAt, resealedAt time.Time
	told                  int64 // the last edition of the master key that the trail has
}

func insert(tx *db.Tx, r *row) error {
	_, err := tx.Exec(`INSERT INTO keys_org (org_id, wrapped, log_origin, log_seed, log_public, created_at, told)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, r.org, r.wrapped, r.origin, r.seed, r.public, db.Ms(tx.Now()), r.told)
	return err
}

const columns = `SELECT org_id, wrapped, log_origin, log_seed, log_public, version, rotated_at, resealed_at, told FROM keys_org`

func scanRow(scan db.Scan) (r row, err error) {
	var rotated, resealed int64
	err = scan(&r.org, &r.wrapped, &r.origin, &r.seed, &r.public, &r.version, &rotated, &resealed, &r.told)
	r.rotatedAt, r.resealedAt = db.FromMs(rotated), db.FromMs(resealed)
	return r, err
}

func load(tx *db.Tx, org string) (row, error) {
	return db.One(tx, scanRow, columns+` WHERE org_id = $1`, org)
}

func loadAll(tx *db.Tx) ([]row, error) { return db.All(tx, scanRow, columns+` ORDER BY org_id`) }

func versionOf(tx *db.Tx, org string) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT version FROM keys_org WHERE org_id = $1`, org)
}

// update stores a row that was changed, under its next version.
func update(tx *db.Tx, r *row) error {
	_, err := tx.Exec(`UPDATE keys_org SET wrapped = $2, log_seed = $3, version = version + 1, rotated_at = $4, resealed_at = $5 WHERE org_id = $1`,
		r.org, r.wrapped, r.seed, db.Ms(r.rotatedAt), db.Ms(r.resealedAt))
	return err
}

func setResealed(tx *db.Tx, at time.Time) error {
	_, err := tx.Exec(`UPDATE keys_org SET resealed_at = $2 WHERE org_id = $1 AND rotated_at > 0`, tx.Org(), db.Ms(at))
	return err
}

// setTold notes that the trail of the transaction's organization has an edition,
// and reports whether it did not before.
func setTold(tx *db.Tx, edition int64) (bool, error) {
	n, err := tx.Exec(`UPDATE keys_org SET told = $2 WHERE org_id = $1 AND told < $2`, tx.Org(), edition)
	return n > 0, err
}

func forgetSeed(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE keys_org SET log_seed = $2, version = version + 1 WHERE org_id = $1`, tx.Org(), []byte{})
	return err
}

// masterRow is there once the master key was rotated.
type masterRow struct {
	users, link []byte
	edition     int64 // how often it was rotated and retired
	turnedAt    time.Time
}

func loadMaster(tx *db.Tx) (masterRow, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (m masterRow, err error) {
		err = scan(&m.users, &m.link, &m.edition, db.At(&m.turnedAt))
		return m, err
	}, `SELECT users, link, edition, turned_at FROM keys_master WHERE id = 1`)
}

func editionOf(tx *db.Tx) (int64, error) {
	m, _, err := loadMaster(tx)
	return m.edition, err
}

// putMaster stores the row as its next edition.
func putMaster(tx *db.Tx, m *masterRow) error {
	_, err := tx.Exec(`INSERT INTO keys_master (id, users, link, edition, turned_at) VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET users = $1, link = $2, edition = $3, turned_at = $4`, m.users, m.link, m.edition+1, db.Ms(tx.Now()))
	return err
}
