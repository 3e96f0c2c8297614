package personal

import "assay/internal/db"

func rule(tx *db.Tx) (int, error) {
	months, _, err := db.Maybe(tx, db.Value[int], `SELECT months FROM personal_rule WHERE org_id = $1`, tx.Org())
	return months, err
}

func saveRule(tx *db.Tx, months int) error {
	_, err := tx.Exec(`INSERT INTO personal_rule (org_id, months) VALUES ($1, $2) ON CONFLICT (org_id) DO UPDATE SET months = excluded.months`, tx.Org(), months)
	return err
}
