package siem

import (
	"assay/internal/db"
	"assay/internal/keys"
)

// Holder is what the keys of an organization seal here: credentials of destinations.
func Holder() keys.Holder {
	return keys.Holder{
		Name: "credentials of destinations", Table: "siem_destination", Column: "secret", Purpose: keys.Org.Secrets,
		Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
			return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
				err = scan(&v.Key[0], &v.Sealed)
				v.Context = sealContext(v.Key[0])
				return v, err
			}, `SELECT id, secret FROM siem_destination WHERE org_id = $1 AND id > $2 AND length(secret) > 0 ORDER BY id LIMIT $3`,
				tx.Org(), after.Key[0], n)
		},
		Save: func(tx *db.Tx, v keys.Value, again []byte) error {
			_, err := tx.Exec(`UPDATE siem_destination SET secret = $4 WHERE org_id = $1 AND id = $2 AND secret = $3`, tx.Org(), v.Key[0], v.Sealed, again)
			return err
		},
	}
}
