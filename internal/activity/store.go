package activity

import (
	"assay/internal/db"
	"assay/internal/kit/tlog"
)

const columns = `id, control, lane, due_on, performed_at, recorded_at, by_actor, by_name, note, evidence, leaf`

func read(scan db.Scan) (p Performance, err error) {
	err = scan(&p.ID, &p.Control, &p.Lane, &p.DueOn, db.At(&p.PerformedAt), db.At(&p.RecordedAt), &p.By, &p.ByName, &p.Note,
		db.JSON(&p.Evidence), &p.Leaf)
	return p, err
}

func insert(tx *db.Tx, p *Performance, salt tlog.Salt) error {
	_, err := tx.Exec(`INSERT INTO activity_performance (org_id, `+columns+`, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		tx.Org(), p.ID, p.Control, p.Lane, p.DueOn, db.Ms(p.PerformedAt), db.Ms(p.RecordedAt), p.By, p.ByName, p.Note,
		db.ToJSON(p.Evidence), p.Leaf, salt[:])
	return err
}

// Of returns the performances of a control's activities, oldest first; of every
// control for an empty id.
func Of(tx *db.Tx, control string) ([]Performance, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM activity_performance
		WHERE org_id = $1 AND ($2 = '' OR control = $2) ORDER BY performed_at, id`, tx.Org(), control)
}
