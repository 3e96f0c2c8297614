package auth

import "assay/internal/db"

func readDevice(scan db.Scan) (d Device, err error) {
	err = scan(&d.hash, &d.Agent, &d.Address, db.At(&d.FirstAt), db.At(&d.LastAt))
	return d, err
}

const deviceColumns = `hash, agent, address, first_at, last_at`

// untold lists the devices of which the user was not told yet.
func untold(tx *db.Tx, userID string) ([]Device, error) {
	return db.All(tx, readDevice, `SELECT `+deviceColumns+` FROM auth_device WHERE user_id = $1 AND told = $2 ORDER BY first_at, hash`, userID, false)
}

func tellDevices(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`UPDATE auth_device SET told = $2 WHERE user_id = $1`, userID, true)
	return err
}

func countDevices(tx *db.Tx, userID string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM auth_device WHERE user_id = $1`, userID)
}

// touchDevice reports whether the device was known.
func touchDevice(tx *db.Tx, userID string, hash []byte) (bool, error) {
	n, err := tx.Exec(`UPDATE auth_device SET last_at = $3 WHERE user_id = $1 AND hash = $2`, userID, hash, db.Ms(tx.Now()))
	return n == 1, err
}

func insertDevice(tx *db.Tx, userID string, d *Device, told bool) error {
	_, err := tx.Exec(`INSERT INTO auth_device (user_id, `+deviceColumns+`, told) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (user_id, hash) DO NOTHING`, userID, d.hash, d.Agent, d.Address, db.Ms(d.FirstAt), db.Ms(d.LastAt), told)
	return err
}

func loadPolicy(tx *db.Tx, orgID string) (p Policy, err error) {
	p, _, err = db.Maybe(tx, func(scan db.Scan) (p Policy, err error) {
		err = scan(&p.Second, &p.SSO)
		return p, err
	}, `SELECT second, sso FROM auth_policy WHERE org_id = $1`, orgID)
	return p, err
}

func savePolicy(tx *db.Tx, p Policy) error {
	_, err := tx.Exec(`INSERT INTO auth_policy (org_id, second, sso) VALUES ($1, $2, $3)
		ON CONFLICT (org_id) DO UPDATE SET second = excluded.second, sso = excluded.sso`, tx.Org(), string(p.Second), p.SSO)
	return err
}
