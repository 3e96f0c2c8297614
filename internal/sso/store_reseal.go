package sso

import (
	"assay/internal/db"
	"assay/internal/keys"
)

// Holders are what the keys of an organization seal here: the secrets shared with
// issuers, and those that wait for approval.
func Holders() []keys.Holder {
	return []keys.Holder{
		{
			Name: "secrets of issuers", Table: "sso_issuer", Column: "secret", Purpose: keys.Org.Secrets,
			Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
				return db.All(tx, scanSecret, `SELECT id, secret FROM sso_issuer
					WHERE org_id = $1 AND id > $2 AND length(secret) > 0 ORDER BY id LIMIT $3`, tx.Org(), after.Key[0], n)
			},
			Save: func(tx *db.Tx, v keys.Value, again []byte) error {
				_, err := tx.Exec(`UPDATE sso_issuer SET secret = $4 WHERE org_id = $1 AND id = $2 AND secret = $3`, tx.Org(), v.Key[0], v.Sealed, again)
				return err
			},
		},
		{
			Name: "secrets of issuers that wait for approval", Table: "sso_issuer", Column: "next_secret", Purpose: keys.Org.Secrets,
			Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
				return db.All(tx, scanSecret, `SELECT id, next_secret FROM sso_issuer
					WHERE org_id = $1 AND id > $2 AND length(next_secret) > 0 ORDER BY id LIMIT $3`, tx.Org(), after.Key[0], n)
			},
			Save: func(tx *db.Tx, v keys.Value, again []byte) error {
				_, err := tx.Exec(`UPDATE sso_issuer SET next_secret = $4 WHERE org_id = $1 AND id = $2 AND next_secret = $3`, tx.Org(), v.Key[0], v.Sealed, again)
				return err
			},
		},
	}
}

func scanSecret(scan db.Scan) (v keys.Value, err error) {
	err = scan(&v.Key[0], &v.Sealed)
	v.Context = issuerContext(v.Key[0])
	return v, err
}

func issuerContext(id string) string { return "sso.issuer " + id }
