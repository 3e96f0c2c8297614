package federation

import "assay/internal/db"

const columns = `org_id, id, name, issuer, audience, conditions, scope, minutes, added_by, added_at, ended_at, used_at, used_by, refused_at`

func read(scan db.Scan) (t Trust, err error) {
	err = scan(&t.org, &t.ID, &t.Name, &t.Issuer, &t.Audience, db.JSON(&t.Conditions), &t.Scope, &t.Minutes, &t.AddedBy, db.At(&t.AddedAt), db.At(&t.EndedAt), db.At(&t.UsedAt), &t.UsedBy, db.At(&t.refusedAt))
	return t, err
}

func list(tx *db.Tx) ([]Trust, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM federation_trust WHERE org_id = $1 ORDER BY added_at DESC, id DESC`, tx.Org())
}

func load(tx *db.Tx, trustID string) (Trust, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM federation_trust WHERE org_id = $1 AND id = $2`, tx.Org(), trustID)
}

// find looks in all organizations: which one a job means is not known before.
func find(tx *db.Tx, trustID string) (Trust, bool, error) {
	return db.Maybe(tx, read, `SELECT `+columns+` FROM federation_trust WHERE id = $1`, trustID)
}

func insert(tx *db.Tx, t *Trust) error {
	_, err := tx.Exec(`INSERT INTO federation_trust (org_id, id, name, issuer, audience, conditions, scope, minutes, added_by, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Org(), t.ID, t.Name, t.Issuer, t.Audience, db.ToJSON(t.Conditions), string(t.Scope), t.Minutes, t.AddedBy, db.Ms(t.AddedAt))
	return err
}

func end(tx *db.Tx, trustID string) error {
	_, err := tx.Exec(`UPDATE federation_trust SET ended_at = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), trustID, db.Ms(tx.Now()))
	return err
}

func noteRefusal(tx *db.Tx, trustID string) error {
	_, err := tx.Exec(`UPDATE federation_trust SET refused_at = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), trustID, db.Ms(tx.Now()))
	return err
}

// use notes that a word was shown, and reports whether it was for the first time. Those
// that are too old to be believed are forgotten.
func use(tx *db.Tx, trustID string, w word) (bool, error) {
	if _, err := tx.Exec(`DELETE FROM federation_use WHERE org_id = $1 AND expires_at <= $2`, tx.Org(), db.Ms(tx.Now().Add(-slack))); err != nil {
		return false, err
	}
	keep := w.expires
	if latest := tx.Now().Add(mostAge + slack); keep.Before(latest) {
		keep = latest
	}
	n, err := tx.Exec(`INSERT INTO federation_use (org_id, trust, hash, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (org_id, trust, hash) DO NOTHING`,
		tx.Org(), trustID, w.use, db.Ms(keep))
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(`UPDATE federation_trust SET used_at = $3, used_by = $4 WHERE org_id = $1 AND id = $2`, tx.Org(), trustID, db.Ms(tx.Now()), clip(w.subject, 300))
	return true, err
}
