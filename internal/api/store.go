package api

import (
	"time"

	"assay/internal/db"
)

// kept is a write that was begun under an idempotency key.
type kept struct {
	operation string
	input     []byte // MAC of what was asked
	status    int    // 0 while it is being done
	answer    []byte // sealed
	at        time.Time
}

func loadKept(tx *db.Tx, key string) (kept, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (k kept, err error) {
		err = scan(&k.operation, &k.input, &k.status, &k.answer, db.At(&k.at))
		return k, err
	}, `SELECT operation, input, status, answer, created_at FROM api_idempotency WHERE org_id = $1 AND actor = $2 AND key = $3`,
		tx.Org(), tx.Actor().ID, key)
}

func insertKept(tx *db.Tx, key string, k *kept) error {
	_, err := tx.Exec(`INSERT INTO api_idempotency (org_id, actor, key, operation, input, status, answer, created_at)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7)`, tx.Org(), tx.Actor().ID, key, k.operation, k.input, []byte{}, db.Ms(tx.Now()))
	return err
}

func saveKept(tx *db.Tx, key string, status int, answer []byte) error {
	_, err := tx.Exec(`UPDATE api_idempotency SET status = $4, answer = $5 WHERE org_id = $1 AND actor = $2 AND key = $3`,
		tx.Org(), tx.Actor().ID, key, status, answer)
	return err
}

func removeKept(tx *db.Tx, key string) error {
	_, err := tx.Exec(`DELETE FROM api_idempotency WHERE org_id = $1 AND actor = $2 AND key = $3`, tx.Org(), tx.Actor().ID, key)
	return err
}

// forget removes what was kept long enough.
func forget(tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(`DELETE FROM api_idempotency WHERE org_id = $1 AND created_at < $2`, tx.Org(), db.Ms(before))
	return err
}
