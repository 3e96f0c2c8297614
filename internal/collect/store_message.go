package collect

import (
	"assay/connector"
	"assay/internal/db"
	"assay/internal/keys"
)

func waiting(tx *db.Tx, connection string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM collect_message WHERE org_id = $1 AND connection = $2`, tx.Org(), connection)
}

// insertMessage keeps a message, unless it is there already.
func insertMessage(tx *db.Tx, connection, id string, sealed []byte) (added bool, err error) {
	n, err := tx.Exec(`INSERT INTO collect_message (org_id, connection, id, received_at, sealed) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (org_id, connection, id) DO NOTHING`, tx.Org(), connection, id, db.Ms(tx.Now()), sealed)
	return n > 0, err
}

// messages are those that wait, the oldest first.
func messages(tx *db.Tx, connection string) ([]connector.Message, error) {
	return db.All(tx, func(scan db.Scan) (m connector.Message, err error) {
		err = scan(&m.ID, db.At(&m.At), &m.Body)
		return m, err
	}, `SELECT id, received_at, sealed FROM collect_message WHERE org_id = $1 AND connection = $2 ORDER BY received_at, id`, tx.Org(), connection)
}

func removeMessage(tx *db.Tx, connection, id string) error {
	_, err := tx.Exec(`DELETE FROM collect_message WHERE org_id = $1 AND connection = $2 AND id = $3`, tx.Org(), connection, id)
	return err
}

// Holders are what the keys of an organization seal here: credentials of
// connections, and messages that wait to be collected.
func Holders() []keys.Holder {
	return []keys.Holder{
		{
			Name: "credentials of connections", Table: "collect_connection", Column: "secrets", Purpose: keys.Org.Secrets,
			Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
				return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
					err = scan(&v.Key[0], &v.Sealed)
					v.Context = connectionContext(v.Key[0])
					return v, err
				}, `SELECT id, secrets FROM collect_connection WHERE org_id = $1 AND id > $2 AND length(secrets) > 0 ORDER BY id LIMIT $3`,
					tx.Org(), after.Key[0], n)
			},
			Save: func(tx *db.Tx, v keys.Value, again []byte) error {
				_, err := tx.Exec(`UPDATE collect_connection SET secrets = $4 WHERE org_id = $1 AND id = $2 AND secrets = $3`, tx.Org(), v.Key[0], v.Sealed, again)
				return err
			},
		},
		{
			Name: "waiting messages", Table: "collect_message", Column: "sealed", Purpose: keys.Org.Secrets,
			Batch: func(tx *db.Tx, after keys.Value, n int) ([]keys.Value, error) {
				return db.All(tx, func(scan db.Scan) (v keys.Value, err error) {
					err = scan(&v.Key[0], &v.Key[1], &v.Sealed)
					v.Context = messageContext(v.Key[0], v.Key[1])
					return v, err
				}, `SELECT connection, id, sealed FROM collect_message WHERE org_id = $1 AND (connection > $2 OR connection = $2 AND id > $3)
					ORDER BY connection, id LIMIT $4`, tx.Org(), after.Key[0], after.Key[1], n)
			},
			Save: func(tx *db.Tx, v keys.Value, again []byte) error {
				_, err := tx.Exec(`UPDATE collect_message SET sealed = $5 WHERE org_id = $1 AND connection = $2 AND id = $3 AND sealed = $4`,
					tx.Org(), v.Key[0], v.Key[1], v.Sealed, again)
				return err
			},
		},
	}
}
