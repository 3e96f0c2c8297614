package siem

import (
	"assay/internal/db"
)

const columns = `id, name, form, address, header, roots, secret, state = 'paused', added_by, added_at, place, sent, sent_at, problem, since_at, tries, next_at`

func read(scan db.Scan) (d Destination, err error) {
	err = scan(&d.ID, &d.Name, &d.Form, &d.Address, &d.Header, &d.Roots, &d.secret, &d.Paused, &d.AddedBy, db.At(&d.AddedAt), &d.Place, &d.Sent, db.At(&d.SentAt),
		&d.Problem, db.At(&d.Since), &d.Tries, db.At(&d.NextAt))
	return d, err
}

func list(tx *db.Tx) ([]Destination, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM siem_destination WHERE org_id = $1 ORDER BY added_at, id`, tx.Org())
}

func load(tx *db.Tx, destination string) (Destination, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM siem_destination WHERE org_id = $1 AND id = $2`, tx.Org(), destination)
}

func find(tx *db.Tx, destination string) (Destination, bool, error) {
	return db.Maybe(tx, read, `SELECT `+columns+` FROM siem_destination WHERE org_id = $1 AND id = $2`, tx.Org(), destination)
}

func insert(tx *db.Tx, d *Destination) error {
	_, err := tx.Exec(`INSERT INTO siem_destination (org_id, id, name, form, address, header, roots, secret, state, added_by, added_at, place)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Org(), d.ID, d.Name, string(d.Form), d.Address, d.Header, d.Roots, kept(d), stateOf(d), d.AddedBy, db.Ms(d.AddedAt), d.Place)
	return err
}

// save stores what people decide.
func save(tx *db.Tx, d *Destination) error {
	_, err := tx.Exec(`UPDATE siem_destination SET name = $3, form = $4, address = $5, header = $6, roots = $7, secret = $8, state = $9, next_at = 0 WHERE org_id = $1 AND id = $2`,
		tx.Org(), d.ID, d.Name, string(d.Form), d.Address, d.Header, d.Roots, kept(d), stateOf(d))
	return err
}

// settle stores what came of an attempt that began at a place; one that another
// overtook changes nothing.
func settle(tx *db.Tx, d *Destination, began int64) error {
	_, err := tx.Exec(`UPDATE siem_destination SET place = $3, sent = $4, sent_at = $5, problem = $6, since_at = $7, tries = $8, next_at = $9
		WHERE org_id = $1 AND id = $2 AND place = $10`,
		tx.Org(), d.ID, d.Place, d.Sent, db.Ms(d.SentAt), d.Problem, db.Ms(d.Since), d.Tries, db.Ms(d.NextAt), began)
	return err
}

func remove(tx *db.Tx, destination string) error {
	_, err := tx.Exec(`DELETE FROM siem_destination WHERE org_id = $1 AND id = $2`, tx.Org(), destination)
	return err
}

func kept(d *Destination) []byte { return append([]byte{}, d.secret...) }

func stateOf(d *Destination) string {
	if d.Paused {
		return "paused"
	}
	return "active"
}
