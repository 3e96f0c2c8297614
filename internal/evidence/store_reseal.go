package evidence

import (
	"assay/internal/db"
	"assay/internal/keys"
)

// Holder is what the keys of an organization seal here: the data key of each file.
func Holder() keys.Holder {
	return keys.Holder{
		Name: "files", Table: "evidence_item", Column: "data_key", Purpose: keys.Org.Blobs,
		Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
			return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
				var object string
				err = scan(&v.Key[0], &object, &v.Sealed)
				v.Context = keyContext(tx.Org(), object)
				return v, err
			}, `SELECT id, blob, data_key FROM evidence_item WHERE org_id = $1 AND id > $2 AND data_key IS NOT NULL ORDER BY id LIMIT $3`,
				tx.Org(), after.Key[0], n)
		},
		Save: func(tx *db.Tx, v keys.Value, again []byte) error {
			_, err := tx.Exec(`UPDATE evidence_item SET data_key = $4 WHERE org_id = $1 AND id = $2 AND data_key = $3`, tx.Org(), v.Key[0], v.Sealed, again)
			return err
		},
	}
}
