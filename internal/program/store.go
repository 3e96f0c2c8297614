package program

import (
	"assay/internal/db"
	"assay/internal/org"
	"assay/internal/standing"
)

const columns = `id, name, slug, type, categories, from_on, to_on, state, is_current, created_at`

func read(scan db.Scan) (p Program, err error) {
	var from, to string
	if err := scan(&p.ID, &p.Name, &p.Slug, &p.Type, db.JSON(&p.Categories), &from, &to, &p.State, &p.Current, db.At(&p.CreatedAt)); err != nil {
		return p, err
	}
	if p.From, err = standing.ParseDate(from); err != nil {
		return p, err
	}
	p.To, err = standing.ParseDate(to)
	return p, err
}

// All returns the programs, newest period first.
func All(tx *db.Tx) ([]Program, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM program_program WHERE org_id = $1 ORDER BY from_on DESC, id`, tx.Org())
}

// Current returns the current program, or false.
func Current(tx *db.Tx) (Program, bool, error) {
	return db.Maybe(tx, read, `SELECT `+columns+` FROM program_program WHERE org_id = $1 AND is_current`, tx.Org())
}

// Named returns a program by id or slug.
func Named(tx *db.Tx, name string) (Program, error) { return load(tx, name) }

// Accounted is the first day after every period that has begun, and 0 while
// none has: whole days before it are counted already, in the zone of their
// period.
func Accounted(tx *db.Tx) (day standing.Date, err error) {
	o, err := org.Load(tx)
	if err != nil {
		return 0, err
	}
	list, err := All(tx)
	for i := range list {
		if !list[i].Period(&o).Start().After(tx.Now()) {
			day = max(day, list[i].To)
		}
	}
	return day, err
}

func load(tx *db.Tx, id string) (Program, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM program_program WHERE org_id = $1 AND (id = $2 OR slug = $2)`, tx.Org(), id)
}

func insert(tx *db.Tx, p *Program) error {
	_, err := tx.Exec(`INSERT INTO program_program (org_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.Org(), p.ID, p.Name, p.Slug, string(p.Type), db.ToJSON(p.Categories), p.From.String(), p.To.String(), string(p.State), p.Current,
		db.Ms(p.CreatedAt))
	return err
}

func save(tx *db.Tx, p *Program) error {
	_, err := tx.Exec(`UPDATE program_program SET name = $3, type = $4, categories = $5, from_on = $6, to_on = $7, state = $8, is_current = $9
		WHERE org_id = $1 AND id = $2`,
		tx.Org(), p.ID, p.Name, string(p.Type), db.ToJSON(p.Categories), p.From.String(), p.To.String(), string(p.State), p.Current)
	return err
}

func demote(tx *db.Tx, keep string) error {
	_, err := tx.Exec(`UPDATE program_program SET is_current = false WHERE org_id = $1 AND id <> $2`, tx.Org(), keep)
	return err
}

func readOmission(scan db.Scan) (o Omission, err error) {
	err = scan(&o.Program, &o.Criterion, &o.Reason, &o.AskedBy, db.At(&o.AskedAt), &o.Approved, db.At(&o.DecidedAt))
	return o, err
}

// Omissions returns the criteria that were asked to be left out of a program.
func Omissions(tx *db.Tx, program string) ([]Omission, error) {
	return db.All(tx, readOmission, `SELECT program, criterion, reason, asked_by, asked_at, approved_by, decided_at
		FROM program_omission WHERE org_id = $1 AND program = $2 ORDER BY criterion`, tx.Org(), program)
}

func putOmission(tx *db.Tx, o *Omission) error {
	_, err := tx.Exec(`INSERT INTO program_omission (org_id, program, criterion, reason, asked_by, asked_at, approved_by, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (org_id, program, criterion) DO UPDATE SET reason = excluded.reason, asked_by = excluded.asked_by,
			asked_at = excluded.asked_at, approved_by = excluded.approved_by, decided_at = excluded.decided_at`,
		tx.Org(), o.Program, string(o.Criterion), o.Reason, o.AskedBy, db.Ms(o.AskedAt), o.Approved, db.Ms(o.DecidedAt))
	return err
}

func dropOmission(tx *db.Tx, program, criterion string) (int64, error) {
	return tx.Exec(`DELETE FROM program_omission WHERE org_id = $1 AND program = $2 AND criterion = $3`, tx.Org(), program, criterion)
}
