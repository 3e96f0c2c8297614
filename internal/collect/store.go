package collect

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/db"
)

const columns = `id, product, name, settings, secrets, every_s, state, authority, created_at, created_by`

func read(scan db.Scan) (c Connection, err error) {
	var every int64
	err = scan(&c.ID, &c.Product, &c.Name, db.JSON(&c.Settings), &c.secrets, &every, &c.State, &c.Authority, db.At(&c.CreatedAt), &c.CreatedBy)
	c.Every = time.Duration(every) * time.Second
	return c, err
}

func list(tx *db.Tx) ([]Connection, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM collect_connection WHERE org_id = $1 AND state <> 'removed' ORDER BY created_at, id`, tx.Org())
}

func load(tx *db.Tx, id string) (Connection, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM collect_connection WHERE org_id = $1 AND id = $2 AND state <> 'removed'`, tx.Org(), id)
}

// past is load for one that may have been removed: what it collected stays.
func past(tx *db.Tx, id string) (Connection, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM collect_connection WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

func insert(tx *db.Tx, c *Connection) error {
	_, err := tx.Exec(`INSERT INTO collect_connection (org_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.Org(), c.ID, c.Product, c.Name, db.ToJSON(c.Settings), c.secrets, int64(c.Every/time.Second), string(c.State), c.Authority,
		db.Ms(c.CreatedAt), c.CreatedBy)
	return err
}

func save(tx *db.Tx, c *Connection) error {
	_, err := tx.Exec(`UPDATE collect_connection SET name = $3, settings = $4, secrets = $5, every_s = $6, state = $7, authority = $8
		WHERE org_id = $1 AND id = $2`,
		tx.Org(), c.ID, c.Name, db.ToJSON(c.Settings), c.secrets, int64(c.Every/time.Second), string(c.State), c.Authority)
	return err
}

// saveAuthority writes that alone: somebody may have changed the rest while it
// was collected.
func saveAuthority(tx *db.Tx, id, authority string) error {
	_, err := tx.Exec(`UPDATE collect_connection SET authority = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), id, authority)
	return err
}

// enabled returns the ids of the connections that count: those not paused or
// removed.
func enabled(tx *db.Tx) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT id FROM collect_connection WHERE org_id = $1 AND state = 'enabled' ORDER BY id`, tx.Org())
}

// CountTroubled is how many connections need somebody: their last collection
// broke off, or is overdue.
func (s Service) CountTroubled(ctx context.Context, who access.Actor) (n int, err error) {
	grant, err := who.May(access.ConnectorRead)
	if err != nil {
		return 0, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		all, err := list(tx)
		if err != nil {
			return err
		}
		registers, err := s.registers(tx)
		if err != nil {
			return err
		}
		all = append(all, registers...)
		for i := range all {
			c := &all[i]
			if err := ran(tx, c); err != nil {
				return err
			}
			if c.Troubled(tx.Now()) {
				n++
			}
		}
		return nil
	})
	return n, err
}
