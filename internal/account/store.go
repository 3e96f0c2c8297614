package account

import "assay/internal/db"

const columns = `id, account, kind, authority, native_id, label, holder, person, how, note, made_at, made_by, made_name,
	ended_at, ended_by, ended_name, why`

func read(scan db.Scan) (m Match, err error) {
	err = scan(&m.ID, &m.Account, &m.Ref.Kind, &m.Ref.Authority, &m.Ref.ID, &m.Label, &m.Holder, &m.Person, &m.How, &m.Note,
		db.At(&m.MadeAt), &m.MadeBy, &m.MadeName, db.At(&m.EndedAt), &m.EndedBy, &m.EndName, &m.Why)
	return m, err
}

// listAll returns every match that was ever made, oldest first.
func listAll(tx *db.Tx) ([]Match, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM account_match WHERE org_id = $1 ORDER BY made_at, id`, tx.Org())
}

// listOf returns an account's matches, oldest first.
func listOf(tx *db.Tx, account string) ([]Match, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM account_match WHERE org_id = $1 AND account = $2 ORDER BY made_at, id`, tx.Org(), account)
}

func insert(tx *db.Tx, m *Match) error {
	return tx.Bulk(`INSERT INTO account_match (org_id, `+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		tx.Org(), m.ID, m.Account, m.Ref.Kind, m.Ref.Authority, m.Ref.ID, db.Plain(m.Label), string(m.Holder), m.Person, string(m.How), m.Note,
		db.Ms(m.MadeAt), m.MadeBy, m.MadeName, 0, "", "", "")
}

// end revokes a match that is in force. It reports whether it was.
func end(tx *db.Tx, m *Match) (bool, error) {
	n, err := tx.Exec(`UPDATE account_match SET ended_at = $3, ended_by = $4, ended_name = $5, why = $6
		WHERE org_id = $1 AND id = $2 AND ended_at = 0`, tx.Org(), m.ID, db.Ms(m.EndedAt), m.EndedBy, m.EndName, m.Why)
	return n == 1, err
}

// Forget takes the name of a user who was erased out of what they confirmed and ended.
func Forget(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`UPDATE account_match SET made_name = 'erased' WHERE org_id = $1 AND made_by = $2`,
		`UPDATE account_match SET ended_name = 'erased' WHERE org_id = $1 AND ended_by = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}
