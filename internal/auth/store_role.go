package auth

import (
	"assay/internal/access"
	"assay/internal/db"
)

const roleColumns = `r.name, r.words, r.own, r.next, r.author, r.at, r.approved_by, r.approved_at,
	(SELECT count(*) FROM auth_member m WHERE m.org_id = r.org_id AND m.role = r.name)`

func readRole(scan db.Scan) (r Role, err error) {
	err = scan(&r.Name, &r.Words, &r.Own, &r.Next, &r.Author, db.At(&r.At), &r.ApprovedBy, db.At(&r.ApprovedAt), &r.Members)
	return r, err
}

func loadRoles(tx *db.Tx) ([]Role, error) {
	return db.All(tx, readRole, `SELECT `+roleColumns+` FROM auth_role r WHERE r.org_id = $1 ORDER BY r.name`, tx.Org())
}

func findRole(tx *db.Tx, orgID string, name access.Role) (Role, bool, error) {
	return db.Maybe(tx, readRole, `SELECT `+roleColumns+` FROM auth_role r WHERE r.org_id = $1 AND r.name = $2`, orgID, string(name))
}

func saveRole(tx *db.Tx, r *Role) error {
	_, err := tx.Exec(`INSERT INTO auth_role (org_id, name, words, own, next, author, at, approved_by, approved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org_id, name) DO UPDATE SET words = excluded.words, own = excluded.own,
		next = excluded.next, author = excluded.author, at = excluded.at, approved_by = excluded.approved_by, approved_at = excluded.approved_at`,
		tx.Org(), string(r.Name), r.Words, string(r.Own), string(r.Next), r.Author, db.Ms(r.At), r.ApprovedBy, db.Ms(r.ApprovedAt))
	return err
}

func removeRole(tx *db.Tx, name access.Role) error {
	_, err := tx.Exec(`DELETE FROM auth_role WHERE org_id = $1 AND name = $2`, tx.Org(), string(name))
	return err
}

// inviter is who invited the member of an address who came by an invitation; empty
// if nobody did.
func inviter(tx *db.Tx, email string) (string, error) {
	who, _, err := db.Maybe(tx, db.Value[string], `SELECT invited_by FROM auth_invitation
		WHERE org_id = $1 AND email = $2 AND accepted_at > 0 ORDER BY accepted_at DESC, id DESC LIMIT 1`, tx.Org(), email)
	return who, err
}
