package collect

import (
	"assay/connector"
	"assay/internal/db"
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
