package scim

import "assay/internal/db"

const userColumns = `id, user_id, user_name, external_id, active, role, body, created_at, updated_at`

func readUser(scan db.Scan) (u user, err error) {
	err = scan(&u.id, &u.member, &u.name, &u.external, &u.active, &u.role, db.JSON(&u.body), db.At(&u.createdAt), db.At(&u.updatedAt))
	return u, err
}

func loadUsers(tx *db.Tx) ([]user, error) {
	return db.All(tx, readUser, `SELECT `+userColumns+` FROM scim_user WHERE org_id = $1 ORDER BY created_at, id`, tx.Org())
}

func loadUser(tx *db.Tx, userID string) (user, error) {
	return db.One(tx, readUser, `SELECT `+userColumns+` FROM scim_user WHERE org_id = $1 AND id = $2`, tx.Org(), userID)
}

func insertUser(tx *db.Tx, u *user) error {
	_, err := tx.Exec(`INSERT INTO scim_user (org_id, `+userColumns+`, name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, lower($4))`,
		tx.Org(), u.id, u.member, u.name, u.external, u.active, string(u.role), db.ToJSON(u.body), db.Ms(u.createdAt), db.Ms(u.updatedAt))
	return err
}

func saveUser(tx *db.Tx, u *user) error {
	_, err := tx.Exec(`UPDATE scim_user SET user_name = $3, name_key = lower($3), external_id = $4, active = $5, role = $6, body = $7, updated_at = $8
		WHERE org_id = $1 AND id = $2`, tx.Org(), u.id, u.name, u.external, u.active, string(u.role), db.ToJSON(u.body), db.Ms(u.updatedAt))
	return err
}

func removeUser(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`DELETE FROM scim_member WHERE org_id = $1 AND member = $2`,
		`DELETE FROM scim_user WHERE org_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}

// Ended reports whether the directory of the transaction's organization says that
// a user is not active.
func Ended(tx *db.Tx, userID string) (bool, error) {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM scim_user WHERE org_id = $1 AND user_id = $2 AND active = $3`, tx.Org(), userID, false)
	return n > 0, err
}

const groupColumns = `g.id, g.name, g.external_id, g.role, g.created_at, g.updated_at`

func readGroup(scan db.Scan) (g group, err error) {
	err = scan(&g.id, &g.name, &g.external, &g.role, db.At(&g.createdAt), db.At(&g.updatedAt))
	return g, err
}

func loadGroups(tx *db.Tx) ([]group, error) {
	return db.All(tx, readGroup, `SELECT `+groupColumns+` FROM scim_group g WHERE g.org_id = $1 ORDER BY g.created_at, g.id`, tx.Org())
}

func loadGroup(tx *db.Tx, groupID string) (group, error) {
	return db.One(tx, readGroup, `SELECT `+groupColumns+` FROM scim_group g WHERE g.org_id = $1 AND g.id = $2`, tx.Org(), groupID)
}

func insertGroup(tx *db.Tx, g *group) error {
	_, err := tx.Exec(`INSERT INTO scim_group (org_id, id, name, external_id, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Org(), g.id, g.name, g.external, string(g.role), db.Ms(g.createdAt), db.Ms(g.updatedAt))
	return err
}

func saveGroup(tx *db.Tx, g *group) error {
	_, err := tx.Exec(`UPDATE scim_group SET name = $3, external_id = $4, role = $5, updated_at = $6 WHERE org_id = $1 AND id = $2`,
		tx.Org(), g.id, g.name, g.external, string(g.role), db.Ms(g.updatedAt))
	return err
}

func removeGroup(tx *db.Tx, groupID string) error {
	_, err := tx.Exec(`DELETE FROM scim_group WHERE org_id = $1 AND id = $2`, tx.Org(), groupID)
	return err
}

func membersOf(tx *db.Tx, groupID string) ([]user, error) {
	return db.All(tx, readUser, `SELECT u.id, u.user_id, u.user_name, u.external_id, u.active, u.role, u.body, u.created_at, u.updated_at
		FROM scim_member m JOIN scim_user u ON u.org_id = m.org_id AND u.id = m.member WHERE m.org_id = $1 AND m.group_id = $2 ORDER BY u.created_at, u.id`,
		tx.Org(), groupID)
}

func insertInto(tx *db.Tx, groupID, userID string) error {
	_, err := tx.Exec(`INSERT INTO scim_member (org_id, group_id, member) VALUES ($1, $2, $3)`, tx.Org(), groupID, userID)
	return err
}

func removeFrom(tx *db.Tx, groupID, userID string) error {
	_, err := tx.Exec(`DELETE FROM scim_member WHERE org_id = $1 AND group_id = $2 AND member = $3`, tx.Org(), groupID, userID)
	return err
}

// memberships are the groups of each user.
func memberships(tx *db.Tx) (map[string][]group, error) {
	out := map[string][]group{}
	err := tx.Each(func(scan db.Scan) error {
		var member string
		g, err := readGroup(func(dest ...any) error { return scan(append(dest, &member)...) })
		out[member] = append(out[member], g)
		return err
	}, `SELECT `+groupColumns+`, m.member FROM scim_member m JOIN scim_group g ON g.org_id = m.org_id AND g.id = m.group_id
		WHERE m.org_id = $1 ORDER BY g.name, g.id`, tx.Org())
	return out, err
}

// Forget removes what a directory told of a user.
func Forget(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`DELETE FROM scim_member WHERE org_id = $1 AND member IN (SELECT id FROM scim_user WHERE org_id = $1 AND user_id = $2)`,
		`DELETE FROM scim_user WHERE org_id = $1 AND user_id = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}

// Told is what a directory told of a user, as it is stored.
type Told struct {
	UserName   string            `json:"user_name"`
	External   string            `json:"external_id,omitempty"`
	Attributes map[string]string `json:"attributes" doc:"By name, as JSON."`
}

// ToldOf lists what directories told of a user.
func ToldOf(tx *db.Tx, userID string) (out []Told, err error) {
	all, err := loadUsers(tx)
	for i := range all {
		if u := &all[i]; u.member == userID {
			told := Told{u.name, u.external, make(map[string]string, len(u.body))}
			for name, v := range u.body {
				told.Attributes[name] = db.ToJSON(v)
			}
			out = append(out, told)
		}
	}
	return out, err
}
