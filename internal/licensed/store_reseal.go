package licensed

import (
	"assay/internal/db"
	"assay/internal/keys"
)

// Holder is what the keys of an organization seal here: copies of licensed texts.
func Holder() keys.Holder {
	return keys.Holder{
		Name: "copies of licensed texts", Table: "licensed_copy", Column: "body", Purpose: keys.Org.Secrets,
		Batch: func(tx *db.Tx, _ keys.Value, _ int) ([]keys.Value, error) {
			return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
				err = scan(&v.Sealed)
				v.Context = sealContext(tx.Org())
				return v, err
			}, `SELECT body FROM licensed_copy WHERE org_id = $1`, tx.Org())
		},
		Save: func(tx *db.Tx, v keys.Value, again []byte) error {
			_, err := tx.Exec(`UPDATE licensed_copy SET body = $3 WHERE org_id = $1 AND body = $2`, tx.Org(), v.Sealed, again)
			return err
		},
	}
}
