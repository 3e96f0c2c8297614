package auth

import "assay/internal/db"

const invitationColumns = `id, org_id, email, name, role, person, invited_by, created_at, expires_at, accepted_at, revoked_at, until, despite`

func readInvitation(scan db.Scan) (i Invitation, err error) {
	err = scan(&i.ID, &i.Org, &i.Email, &i.Name, &i.Role, &i.Person, &i.InvitedBy,
		db.At(&i.CreatedAt), db.At(&i.ExpiresAt), db.At(&i.AcceptedAt), db.At(&i.RevokedAt), db.At(&i.Until), &i.Despite)
	return i, err
}

func invitations(tx *db.Tx) ([]Invitation, error) {
	return db.All(tx, readInvitation, `SELECT `+invitationColumns+` FROM auth_invitation
		WHERE org_id = $1 ORDER BY created_at DESC, id DESC`, tx.Org())
}

func loadInvitation(tx *db.Tx, invitationID string) (Invitation, error) {
	return db.One(tx, readInvitation, `SELECT `+invitationColumns+` FROM auth_invitation WHERE org_id = $1 AND id = $2`,
		tx.Org(), invitationID)
}

func findInvitation(tx *db.Tx, hash []byte) (Invitation, bool, error) {
	return db.Maybe(tx, readInvitation, `SELECT `+invitationColumns+` FROM auth_invitation WHERE hash = $1`, hash)
}

// pendingInvitation is the newest invitation of an address that still counts.
func pendingInvitation(tx *db.Tx, email string) (Invitation, bool, error) {
	return db.Maybe(tx, readInvitation, `SELECT `+invitationColumns+` FROM auth_invitation
		WHERE org_id = $1 AND email = $2 AND accepted_at = 0 AND revoked_at = 0 AND expires_at > $3 ORDER BY created_at DESC, id DESC LIMIT 1`,
		tx.Org(), email, db.Ms(tx.Now()))
}

func insertInvitation(tx *db.Tx, i Invitation, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO auth_invitation (hash, `+invitationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11, $12)`, hash, i.ID, tx.Org(), i.Email, i.Name, string(i.Role), i.Person,
		i.InvitedBy, db.Ms(i.CreatedAt), db.Ms(i.ExpiresAt), db.Ms(i.Until), i.Despite)
	return err
}

// acceptInvitation reports whether this call was the one that used it.
func acceptInvitation(tx *db.Tx, invitationID string) (bool, error) {
	n, err := tx.Exec(`UPDATE auth_invitation SET accepted_at = $3
		WHERE org_id = $1 AND id = $2 AND accepted_at = 0 AND revoked_at = 0 AND expires_at > $3`, tx.Org(), invitationID, db.Ms(tx.Now()))
	return n == 1, err
}

func revokeInvitationsOf(tx *db.Tx, email string) error {
	_, err := tx.Exec(`UPDATE auth_invitation SET revoked_at = $3
		WHERE org_id = $1 AND email = $2 AND accepted_at = 0 AND revoked_at = 0`, tx.Org(), email, db.Ms(tx.Now()))
	return err
}

func revokeInvitation(tx *db.Tx, invitationID string) (bool, error) {
	n, err := tx.Exec(`UPDATE auth_invitation SET revoked_at = $3
		WHERE org_id = $1 AND id = $2 AND accepted_at = 0 AND revoked_at = 0`, tx.Org(), invitationID, db.Ms(tx.Now()))
	return n == 1, err
}

const listTokens = `SELECT t.id, t.user_id, u.name, t.name, t.role, t.created_at, t.expires_at, t.last_at, t.revoked_at, t.scope, t.networks, t.service, t.trust
	FROM auth_token t JOIN auth_user u ON u.id = t.user_id `

func readToken(scan db.Scan) (t Token, err error) {
	err = scan(&t.ID, &t.UserID, &t.UserName, &t.Name, &t.Role, db.At(&t.CreatedAt), db.At(&t.ExpiresAt), db.At(&t.LastAt), db.At(&t.RevokedAt), &t.Scope, db.JSON(&t.Networks), &t.Service, &t.Trust)
	return t, err
}

// tokens lists the organization's tokens; of one user, or of all with "".
func tokens(tx *db.Tx, userID string) ([]Token, error) {
	return db.All(tx, readToken, listTokens+`WHERE t.org_id = $1 AND ($2 = '' OR t.user_id = $2) AND (t.trust = '' OR t.expires_at > $3) ORDER BY t.created_at DESC, t.id DESC`,
		tx.Org(), userID, db.Ms(tx.Now()))
}

func loadToken(tx *db.Tx, tokenID string) (Token, error) {
	return db.One(tx, readToken, listTokens+`WHERE t.org_id = $1 AND t.id = $2`, tx.Org(), tokenID)
}

type tokenOrg struct {
	Token
	org string
}

func findToken(tx *db.Tx, hash []byte) (tokenOrg, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (t tokenOrg, err error) {
		err = scan(&t.ID, &t.UserID, &t.Name, &t.Role, db.At(&t.ExpiresAt), db.At(&t.LastAt), db.At(&t.RevokedAt), &t.org, &t.Scope, db.JSON(&t.Networks), &t.Service, db.At(&t.refusedAt))
		return t, err
	}, `SELECT id, user_id, name, role, expires_at, last_at, revoked_at, org_id, scope, networks, service, refused_at FROM auth_token WHERE hash = $1`, hash)
}

func insertToken(tx *db.Tx, t Token, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO auth_token (org_id, id, hash, user_id, name, role, created_at, expires_at, scope, networks, service, trust)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Org(), t.ID, hash, t.UserID, t.Name, string(t.Role), db.Ms(t.CreatedAt), db.Ms(t.ExpiresAt), string(t.Scope), db.ToJSON(t.Networks), t.Service, t.Trust)
	return err
}

func touchToken(tx *db.Tx, orgID, tokenID string) error {
	_, err := tx.Exec(`UPDATE auth_token SET last_at = $3 WHERE org_id = $1 AND id = $2`, orgID, tokenID, db.Ms(tx.Now()))
	return err
}

func noteRefusal(tx *db.Tx, tokenID string) error {
	_, err := tx.Exec(`UPDATE auth_token SET refused_at = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), tokenID, db.Ms(tx.Now()))
	return err
}

func revokeToken(tx *db.Tx, tokenID string) error {
	_, err := tx.Exec(`UPDATE auth_token SET revoked_at = $3 WHERE org_id = $1 AND id = $2 AND revoked_at = 0`,
		tx.Org(), tokenID, db.Ms(tx.Now()))
	return err
}

// removeFederated removes the tokens of a trust that are over.
func removeFederated(tx *db.Tx, trust string) error {
	_, err := tx.Exec(`DELETE FROM auth_token WHERE org_id = $1 AND trust = $2 AND trust <> '' AND expires_at <= $3`, tx.Org(), trust, db.Ms(tx.Now()))
	return err
}

func revokeFederated(tx *db.Tx, trust string) error {
	_, err := tx.Exec(`UPDATE auth_token SET revoked_at = $3 WHERE org_id = $1 AND trust = $2 AND trust <> '' AND revoked_at = 0`, tx.Org(), trust, db.Ms(tx.Now()))
	return err
}
