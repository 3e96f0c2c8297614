package org

import (
	"fmt"

	"assay/internal/db"
)

// The column zone is the first of an organization's zones, zones the later ones.
const columns = `id, name, slug, service, zone, zones, demo, setup, created_at`

func read(tx *db.Tx) func(scan db.Scan) (Org, error) {
	return func(scan db.Scan) (o Org, err error) {
		var later []Term
		err = scan(&o.ID, &o.Name, &o.Slug, &o.Service, &o.Zone, db.JSON(&later), &o.Demo, &o.Setup, db.At(&o.CreatedAt))
		o.Zones = append([]Term{{Zone: o.Zone}}, later...)
		o.at(tx.Now())
		return o, err
	}
}

// Load returns the transaction's organization.
func Load(tx *db.Tx) (Org, error) {
	return db.One(tx, read(tx), `SELECT `+columns+` FROM org_org WHERE id = $1`, tx.Org())
}

func all(tx *db.Tx) ([]Org, error) {
	return db.All(tx, read(tx), `SELECT `+columns+` FROM org_org ORDER BY created_at, id`)
}

func insert(tx *db.Tx, o Org) error {
	_, err := tx.Exec(`INSERT INTO org_org (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		o.ID, o.Name, o.Slug, o.Service, o.Zones[0].Zone, db.ToJSON(o.Zones[1:]), o.Demo, o.Setup, db.Ms(o.CreatedAt))
	return err
}

func save(tx *db.Tx, o *Org) error {
	_, err := tx.Exec(`UPDATE org_org SET name = $2, service = $3, zone = $4, zones = $5 WHERE id = $1`,
		tx.Org(), o.Name, o.Service, o.Zones[0].Zone, db.ToJSON(o.Zones[1:]))
	return err
}

func saveSetup(tx *db.Tx, step string) error {
	_, err := tx.Exec(`UPDATE org_org SET setup = $2 WHERE id = $1`, tx.Org(), step)
	return err
}

func freeSlug(tx *db.Tx, base string) (string, error) {
	slug := base
	for i := 2; ; i++ {
		n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM org_org WHERE slug = $1`, slug)
		if err != nil || n == 0 {
			return slug, err
		}
		slug = fmt.Sprintf("%s-%d", base, i)
	}
}

// Setting returns a setting of the org, or def.
func Setting(tx *db.Tx, name, def string) (string, error) {
	v, found, err := db.Maybe(tx, db.Value[string], `SELECT value FROM org_setting WHERE org_id = $1 AND name = $2`, tx.Org(), name)
	if err != nil || !found {
		return def, err
	}
	return v, nil
}

// Set saves a setting of the org; the caller's use case writes the trail.
func Set(tx *db.Tx, name, value string) error {
	_, err := tx.Exec(`INSERT INTO org_setting (org_id, name, value, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
		tx.Org(), name, value, db.Ms(tx.Now()))
	return err
}
