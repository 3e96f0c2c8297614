package draft

import (
	"assay/internal/db"
	"assay/internal/keys"
)

// Holder is what the keys of an organization seal here: drafts.
func Holder() keys.Holder {
	return keys.Holder{
		Name: "drafts", Table: "draft_entry", Column: "body", Purpose: keys.Org.Secrets,
		Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
			return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
				err = scan(&v.Key[0], &v.Sealed)
				v.Context = sealContext(tx.Org(), v.Key[0])
				return v, err
			}, `SELECT id, body FROM draft_entry WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
				tx.Org(), after.Key[0], n)
		},
		Save: func(tx *db.Tx, v keys.Value, again []byte) error {
			_, err := tx.Exec(`UPDATE draft_entry SET body = $4 WHERE org_id = $1 AND id = $2 AND body = $3`, tx.Org(), v.Key[0], v.Sealed, again)
			return err
		},
	}
}
