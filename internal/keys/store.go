package keys

import "assay/internal/db"

type row struct {
	org     string
	wrapped []byte
	origin  string
	seed    []byte
	public  string
}

func insert(tx *db.Tx, r row) error {
	_, err := tx.Exec(`INSERT INTO keys_org (org_id, wrapped, log_origin, log_seed, log_public, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, r.org, r.wrapped, r.origin, r.seed, r.public, db.Ms(tx.Now()))
	return err
}

func load(tx *db.Tx, org string) (row, error) {
	return db.One(tx, func(scan db.Scan) (r row, err error) {
		err = scan(&r.org, &r.wrapped, &r.origin, &r.seed, &r.public)
		return r, err
	}, `SELECT org_id, wrapped, log_origin, log_seed, log_public FROM keys_org WHERE org_id = $1`, org)
}

func forgetSeed(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE keys_org SET log_seed = $2 WHERE org_id = $1`, tx.Org(), []byte{})
	return err
}
