package factor

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"assay/internal/db"
)

func idOf(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func codesSince(tx *db.Tx, userID string) (at time.Time, err error) {
	at, _, err = db.Maybe(tx, func(scan db.Scan) (t time.Time, err error) {
		err = scan(db.At(&t))
		return t, err
	}, `SELECT created_at FROM factor_totp WHERE user_id = $1`, userID)
	return at, err
}

func loadTOTP(tx *db.Tx, userID string) (sealed []byte, last int64, found bool, err error) {
	type row struct {
		sealed []byte
		last   int64
	}
	r, found, err := db.Maybe(tx, func(scan db.Scan) (r row, err error) {
		err = scan(&r.sealed, &r.last)
		return r, err
	}, `SELECT secret, last_step FROM factor_totp WHERE user_id = $1`, userID)
	return r.sealed, r.last, found, err
}

func insertTOTP(tx *db.Tx, userID string, sealed []byte, at int64) error {
	_, err := tx.Exec(`INSERT INTO factor_totp (user_id, secret, last_step, created_at) VALUES ($1, $2, $3, $4)`,
		userID, sealed, at, db.Ms(tx.Now()))
	return err
}

// takeStep reports whether this call was the one that used the step.
func takeStep(tx *db.Tx, userID string, at int64) (bool, error) {
	n, err := tx.Exec(`UPDATE factor_totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2`, userID, at)
	return n == 1, err
}

func removeTOTP(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`DELETE FROM factor_totp WHERE user_id = $1`, userID)
	return err
}

func countCodes(tx *db.Tx, userID string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM factor_code WHERE user_id = $1`, userID)
}

func insertCode(tx *db.Tx, userID string, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO factor_code (user_id, hash) VALUES ($1, $2)`, userID, hash)
	return err
}

func takeCode(tx *db.Tx, userID string, hash []byte) (bool, error) {
	n, err := tx.Exec(`DELETE FROM factor_code WHERE user_id = $1 AND hash = $2`, userID, hash)
	return n == 1, err
}

func removeCodes(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`DELETE FROM factor_code WHERE user_id = $1`, userID)
	return err
}

const passkeyColumns = `id, name, site, synced, created_at, last_at, credential`

func readPasskey(scan db.Scan) (k Passkey, err error) {
	err = scan(&k.ID, &k.Name, &k.Site, &k.Synced, db.At(&k.CreatedAt), db.At(&k.LastAt), db.JSON(&k.credential))
	return k, err
}

func passkeys(tx *db.Tx, userID string) ([]Passkey, error) {
	return db.All(tx, readPasskey, `SELECT `+passkeyColumns+` FROM factor_passkey WHERE user_id = $1 ORDER BY created_at, id`, userID)
}

func passkeysAt(tx *db.Tx, userID, at string) ([]Passkey, error) {
	return db.All(tx, readPasskey, `SELECT `+passkeyColumns+` FROM factor_passkey WHERE user_id = $1 AND site = $2 ORDER BY created_at, id`,
		userID, at)
}

func insertPasskey(tx *db.Tx, userID string, k *Passkey) error {
	text, err := marshalled(&k.credential)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO factor_passkey (user_id, `+passkeyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		userID, k.ID, k.Name, k.Site, k.Synced, db.Ms(k.CreatedAt), db.Ms(k.LastAt), text)
	return err
}

func touchPasskey(tx *db.Tx, userID string, k *Passkey) error {
	text, err := marshalled(&k.credential)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE factor_passkey SET last_at = $3, credential = $4 WHERE user_id = $1 AND id = $2`,
		userID, k.ID, db.Ms(k.LastAt), text)
	return err
}

func marshalled(c *webauthn.Credential) (string, error) {
	b, err := json.Marshal(c)
	return string(b), err
}

func renamePasskey(tx *db.Tx, userID, passkeyID, name string) (int64, error) {
	return tx.Exec(`UPDATE factor_passkey SET name = $3 WHERE user_id = $1 AND id = $2`, userID, passkeyID, name)
}

func removePasskey(tx *db.Tx, userID, passkeyID string) (int64, error) {
	return tx.Exec(`DELETE FROM factor_passkey WHERE user_id = $1 AND id = $2`, userID, passkeyID)
}

// useOnce reports whether a ceremony was answered for the first time, and
// forgets those that have ended.
func useOnce(tx *db.Tx, hash []byte, until time.Time) (bool, error) {
	if _, err := tx.Exec(`DELETE FROM factor_used WHERE until <= $1`, db.Ms(tx.Now())); err != nil {
		return false, err
	}
	n, err := tx.Exec(`INSERT INTO factor_used (hash, until) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, hash, db.Ms(until))
	return n == 1, err
}

func clearAll(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`DELETE FROM factor_totp WHERE user_id = $1`, `DELETE FROM factor_code WHERE user_id = $1`, `DELETE FROM factor_passkey WHERE user_id = $1`,
	} {
		if _, err := tx.Exec(stmt, userID); err != nil {
			return err
		}
	}
	return nil
}
