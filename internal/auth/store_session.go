package auth

import (
	"time"

	"assay/internal/db"
)

const sessionColumns = `id, user_id, org_id, created_at, last_at, address, agent, means, proven_at, renewed_at, via`

func readSession(scan db.Scan) (s Session, err error) {
	err = scan(&s.ID, &s.userID, &s.Org, db.At(&s.CreatedAt), db.At(&s.LastAt), &s.Address, &s.Agent, &s.Means, db.At(&s.ProvenAt), db.At(&s.renewedAt), &s.Via)
	return s, err
}

// overlap is how long the token before the present one still opens a session:
// requests that were under way when it was renewed are not sent away.
const overlap = time.Minute

func loadSession(tx *db.Tx, hash []byte) (Session, bool, error) {
	return db.Maybe(tx, readSession, `SELECT `+sessionColumns+` FROM auth_session
		WHERE hash = $1 OR before_hash = $1 AND renewed_at > $2`, hash, db.Ms(tx.Now().Add(-overlap)))
}

func loadSessionOf(tx *db.Tx, userID, sessionID string) (Session, error) {
	return db.One(tx, readSession, `SELECT `+sessionColumns+` FROM auth_session WHERE user_id = $1 AND id = $2`, userID, sessionID)
}

// renewSession gives a session another token.
func renewSession(tx *db.Tx, sessionID string, hash []byte) error {
	_, err := tx.Exec(`UPDATE auth_session SET before_hash = hash, hash = $2, renewed_at = $3 WHERE id = $1`, sessionID, hash, db.Ms(tx.Now()))
	return err
}

func proveSession(tx *db.Tx, s *Session) error {
	_, err := tx.Exec(`UPDATE auth_session SET means = $2, proven_at = $3 WHERE id = $1`, s.ID, string(s.Means), db.Ms(tx.Now()))
	return err
}

// sessions lists what has not ended.
func sessions(tx *db.Tx, userID string) ([]Session, error) {
	return db.All(tx, readSession, `SELECT `+sessionColumns+` FROM auth_session
		WHERE user_id = $1 AND last_at > $2 AND created_at > $3 ORDER BY last_at DESC, id`,
		userID, db.Ms(tx.Now().Add(-IdleLimit)), db.Ms(tx.Now().Add(-AbsoluteLimit)))
}

func insertSession(tx *db.Tx, s Session, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO auth_session (hash, `+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		hash, s.ID, s.userID, s.Org, db.Ms(s.CreatedAt), db.Ms(s.LastAt), s.Address, s.Agent, string(s.Means), db.Ms(s.ProvenAt), db.Ms(s.renewedAt), s.Via)
	return err
}

func touchSession(tx *db.Tx, sessionID string) error {
	_, err := tx.Exec(`UPDATE auth_session SET last_at = $2 WHERE id = $1`, sessionID, db.Ms(tx.Now()))
	return err
}

func moveSession(tx *db.Tx, sessionID, userID string) error {
	_, err := tx.Exec(`UPDATE auth_session SET org_id = $3 WHERE id = $1 AND user_id = $2`, sessionID, userID, tx.Org())
	return err
}

func removeSession(tx *db.Tx, hash []byte) error {
	_, err := tx.Exec(`DELETE FROM auth_session WHERE hash = $1 OR before_hash = $1`, hash)
	return err
}

func removeSessionOf(tx *db.Tx, userID, sessionID string) (int64, error) {
	return tx.Exec(`DELETE FROM auth_session WHERE user_id = $1 AND id = $2`, userID, sessionID)
}

// removeSessions ends all sessions of a user.
func removeSessions(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`DELETE FROM auth_session WHERE user_id = $1`, userID)
	return err
}

// removeSessionsVia ends the sessions for which an identity provider vouched.
func removeSessionsVia(tx *db.Tx, issuer string) (int64, error) {
	return tx.Exec(`DELETE FROM auth_session WHERE org_id = $1 AND via = $2`, tx.Org(), issuer)
}

// removeSessionsHere ends the user's sessions that stand in the transaction's
// organization.
func removeSessionsHere(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`DELETE FROM auth_session WHERE user_id = $1 AND org_id = $2`, userID, tx.Org())
	return err
}

func loadCounter(tx *db.Tx, key string) (counter, error) {
	c, _, err := db.Maybe(tx, func(scan db.Scan) (c counter, err error) {
		err = scan(&c.failures, db.At(&c.lastAt), db.At(&c.goodAt))
		return c, err
	}, `SELECT failures, last_at, good_at FROM auth_throttle WHERE key = $1`, key)
	return c, err
}

func saveCounter(tx *db.Tx, key string, c counter) error {
	_, err := tx.Exec(`INSERT INTO auth_throttle (key, failures, last_at, good_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, good_at = excluded.good_at`,
		key, c.failures, db.Ms(c.lastAt), db.Ms(c.goodAt))
	return err
}

type refusal struct {
	id, userID, address string
	at                  time.Time
}

func insertRefusal(tx *db.Tx, refusalID, userID, address string) error {
	_, err := tx.Exec(`INSERT INTO auth_refusal (id, user_id, address, at) VALUES ($1, $2, $3, $4)`,
		refusalID, userID, address, db.Ms(tx.Now()))
	return err
}

func removeRefusal(tx *db.Tx, refusalID string) error {
	_, err := tx.Exec(`DELETE FROM auth_refusal WHERE id = $1`, refusalID)
	return err
}

// refusals lists the refused attempts before t, oldest first.
func refusals(tx *db.Tx, t time.Time) ([]refusal, error) {
	return db.All(tx, func(scan db.Scan) (r refusal, err error) {
		err = scan(&r.id, &r.userID, &r.address, db.At(&r.at))
		return r, err
	}, `SELECT id, user_id, address, at FROM auth_refusal WHERE at < $1 ORDER BY at, id LIMIT 10000`, db.Ms(t))
}

// sweep removes what has no effect any more.
func sweep(tx *db.Tx) error {
	now := tx.Now()
	if _, err := tx.Exec(`DELETE FROM auth_session WHERE last_at <= $1 OR created_at <= $2`,
		db.Ms(now.Add(-IdleLimit)), db.Ms(now.Add(-AbsoluteLimit))); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM auth_throttle WHERE last_at <= $1 AND good_at <= $2`,
		db.Ms(now.Add(-forgotten)), db.Ms(now.Add(-knownFor))); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM auth_device WHERE last_at <= $1`, db.Ms(now.Add(-deviceFor))); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM auth_link WHERE expires_at > 0 AND expires_at <= $1`, db.Ms(now))
	return err
}

const (
	linkSetup  = "setup" // expires_at 0: until the first user exists
	linkReset  = "reset"
	linkMail   = "mail"
	linkSecond = "second" // the password was right; the second factor is to come
)

func insertLink(tx *db.Tx, purpose, userID string, hash []byte, expires time.Time) error {
	_, err := tx.Exec(`INSERT INTO auth_link (hash, purpose, user_id, expires_at) VALUES ($1, $2, $3, $4)`,
		hash, purpose, userID, db.Ms(expires))
	return err
}

// takeLink uses a link up, and reports whether this call was the one.
func takeLink(tx *db.Tx, purpose string, hash []byte) (bool, error) {
	_, found, err := findLink(tx, purpose, hash)
	if err != nil || !found {
		return false, err
	}
	n, err := tx.Exec(`DELETE FROM auth_link WHERE hash = $1`, hash)
	return n == 1, err
}

func findLink(tx *db.Tx, purpose string, hash []byte) (userID string, found bool, err error) {
	return db.Maybe(tx, db.Value[string], `SELECT user_id FROM auth_link
		WHERE hash = $1 AND purpose = $2 AND (expires_at = 0 OR expires_at > $3)`, hash, purpose, db.Ms(tx.Now()))
}

func removeLinks(tx *db.Tx, purpose, userID string) error {
	_, err := tx.Exec(`DELETE FROM auth_link WHERE purpose = $1 AND user_id = $2`, purpose, userID)
	return err
}
