package device

import (
	"strings"
	"time"

	"assay/internal/db"
)

const columns = `id, hash, token_hash, host, address, role, scope, days, org, state, pause, asked_at, expires_at, polled_at`

func read(scan db.Scan) (a Ask, err error) {
	var scope string
	var seconds int
	err = scan(&a.ID, &a.hash, &a.token, &a.Host, &a.Address, &a.Role, &scope, &a.Days, &a.Org, &a.state, &seconds,
		db.At(&a.At), db.At(&a.ExpiresAt), db.At(&a.polledAt))
	a.Scope, a.pause = strings.Fields(scope), time.Duration(seconds)*time.Second
	return a, err
}

func insert(tx *db.Tx, a *Ask, user []byte, place string) error {
	_, err := tx.Exec(`INSERT INTO device_ask (`+columns+`, user_hash, place)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15)`,
		a.ID, a.hash, a.token, a.Host, a.Address, string(a.Role), strings.Join(a.Scope, " "), a.Days, a.Org, string(a.state),
		int(a.pause/time.Second), db.Ms(a.At), db.Ms(a.ExpiresAt), user, place)
	return err
}

func byDevice(tx *db.Tx, hash []byte) (Ask, bool, error) {
	return db.Maybe(tx, read, `SELECT `+columns+` FROM device_ask WHERE hash = $1`, hash)
}

// waiting is the ask of a code that people type, if nobody answered it yet.
func waiting(tx *db.Tx, user []byte) (Ask, bool, error) {
	return db.Maybe(tx, read, `SELECT `+columns+` FROM device_ask WHERE user_hash = $1 AND state = $2 AND expires_at > $3`,
		user, string(Pending), db.Ms(tx.Now()))
}

// turn moves an ask from one state to the next, and reports whether this call did.
func turn(tx *db.Tx, id string, from, to State) (bool, error) {
	n, err := tx.Exec(`UPDATE device_ask SET state = $3 WHERE id = $1 AND state = $2 AND expires_at > $4`, id, string(from), string(to), db.Ms(tx.Now()))
	return n == 1, err
}

func polled(tx *db.Tx, id string, wait time.Duration) error {
	_, err := tx.Exec(`UPDATE device_ask SET polled_at = $2, pause = $3 WHERE id = $1`, id, db.Ms(tx.Now()), int(wait/time.Second))
	return err
}

// sweep forgets what has expired, and counts what is left: of one place, and of all.
func sweep(tx *db.Tx, place string) (here, all int, err error) {
	if _, err := tx.Exec(`DELETE FROM device_ask WHERE expires_at <= $1`, db.Ms(tx.Now())); err != nil {
		return 0, 0, err
	}
	if here, err = db.One(tx, db.Value[int], `SELECT count(*) FROM device_ask WHERE place = $1`, place); err != nil {
		return 0, 0, err
	}
	all, err = db.One(tx, db.Value[int], `SELECT count(*) FROM device_ask`)
	return here, all, err
}
