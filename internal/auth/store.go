package auth

import (
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
)

const userColumns = `u.id, u.email, u.name, u.password <> '', u.founder, u.theme, u.density, u.no_shortcuts, u.created_at, u.password_at`

func userDest(u *User) []any {
	return []any{
		&u.ID, &u.Email, &u.Name, &u.Password, &u.Founder, &u.Appearance.Theme, &u.Appearance.Density,
		&u.Appearance.NoShortcuts, db.At(&u.CreatedAt), db.At(&u.PasswordAt),
	}
}

func loadUser(tx *db.Tx, userID string) (User, error) {
	return db.One(tx, func(scan db.Scan) (u User, err error) {
		err = scan(userDest(&u)...)
		return u, err
	}, `SELECT `+userColumns+` FROM auth_user u WHERE u.id = $1`, userID)
}

// findUser returns the user with the address and the stored password.
func findUser(tx *db.Tx, email string) (u User, phc string, found bool, err error) {
	type both struct {
		u   User
		phc string
	}
	b, found, err := db.Maybe(tx, func(scan db.Scan) (b both, err error) {
		err = scan(append(userDest(&b.u), &b.phc)...)
		return b, err
	}, `SELECT `+userColumns+`, u.password FROM auth_user u WHERE u.email = $1`, email)
	return b.u, b.phc, found, err
}

func countUsers(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM auth_user`)
}

func insertUser(tx *db.Tx, u User, phc string) error {
	_, err := tx.Exec(`INSERT INTO auth_user (id, email, name, password, founder, created_at, password_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		u.ID, u.Email, u.Name, phc, u.Founder, db.Ms(u.CreatedAt), db.Ms(u.PasswordAt))
	return err
}

func savePassword(tx *db.Tx, userID, phc string) error {
	_, err := tx.Exec(`UPDATE auth_user SET password = $2, password_at = $3 WHERE id = $1`, userID, phc, db.Ms(tx.Now()))
	return err
}

func saveAppearance(tx *db.Tx, userID string, a Appearance) error {
	_, err := tx.Exec(`UPDATE auth_user SET theme = $2, density = $3, no_shortcuts = $4 WHERE id = $1`,
		userID, a.Theme, a.Density, a.NoShortcuts)
	return err
}

func saveName(tx *db.Tx, userID, name string) error {
	_, err := tx.Exec(`UPDATE auth_user SET name = $2 WHERE id = $1`, userID, name)
	return err
}

const memberQuery = `SELECT ` + userColumns + `, m.org_id, m.role, m.person, m.joined_at, m.until, m.via, m.lender, m.last_at, coalesce(p.second, ''), coalesce(p.sso, false), coalesce(r.own, '')
	FROM auth_member m JOIN auth_user u ON u.id = m.user_id LEFT JOIN auth_policy p ON p.org_id = m.org_id LEFT JOIN auth_role r ON r.org_id = m.org_id AND r.name = m.role `

// lasting leaves out a membership that has ended by itself, to the moment, and one of a
// provider's staff who are no members of the provider any more. now is the placeholder
// of the time.
func lasting(now string) string {
	return `(m.until = 0 OR m.until > ` + now + `) AND (m.lender = '' OR EXISTS (SELECT 1 FROM auth_member h
		WHERE h.org_id = m.lender AND h.user_id = m.user_id AND (h.until = 0 OR h.until > ` + now + `)))`
}

func readMember(scan db.Scan) (m Member, err error) {
	err = scan(append(userDest(&m.User), &m.Org, &m.Role, &m.Person, db.At(&m.JoinedAt), db.At(&m.Until), &m.Via, &m.Lender, db.At(&m.LastAt), &m.asked.Second, &m.asked.SSO, &m.Own)...)
	return m, err
}

func memberships(tx *db.Tx, userID string) ([]Member, error) {
	return db.All(tx, readMember, memberQuery+`WHERE m.user_id = $1 AND `+lasting(`$2`)+` ORDER BY m.last_at DESC, m.joined_at, m.org_id`, userID, db.Ms(tx.Now()))
}

func loadMember(tx *db.Tx, orgID, userID string) (Member, error) {
	return db.One(tx, readMember, memberQuery+`WHERE m.org_id = $1 AND m.user_id = $2 AND `+lasting(`$3`), orgID, userID, db.Ms(tx.Now()))
}

// Members lists the members of the transaction's organization, for others that write to
// them.
func Members(tx *db.Tx) ([]Member, error) { return members(tx) }

func members(tx *db.Tx) ([]Member, error) {
	return db.All(tx, readMember, memberQuery+`WHERE m.org_id = $1 AND `+lasting(`$2`)+` ORDER BY u.name, u.id`, tx.Org(), db.Ms(tx.Now()))
}

// withSecond lists the members who have a second factor.
func withSecond(tx *db.Tx) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT m.user_id FROM auth_member m WHERE m.org_id = $1 AND (
		EXISTS (SELECT 1 FROM factor_totp t WHERE t.user_id = m.user_id) OR EXISTS (SELECT 1 FROM factor_passkey k WHERE k.user_id = m.user_id))`, tx.Org())
}

// ways are the ways in of each member of the transaction's organization, by user.
func ways(tx *db.Tx) (map[string]Seat, error) {
	list, err := db.All(tx, func(scan db.Scan) (s Seat, err error) {
		err = scan(&s.user, &s.Password, &s.Passkey, &s.codes, &s.Vouched, &s.Tokens)
		return s, err
	}, `SELECT m.user_id, u.password <> '',
		EXISTS (SELECT 1 FROM factor_passkey k WHERE k.user_id = m.user_id), EXISTS (SELECT 1 FROM factor_totp t WHERE t.user_id = m.user_id),
		EXISTS (SELECT 1 FROM sso_issuer i WHERE i.org_id = m.org_id AND i.state = 'active' AND i.approved_at > 0 AND (
			EXISTS (SELECT 1 FROM sso_subject s WHERE s.org_id = i.org_id AND s.issuer = i.id AND s.user_id = m.user_id)
			OR EXISTS (SELECT 1 FROM sso_domain d WHERE d.org_id = i.org_id AND d.verified_at > 0 AND u.email LIKE '%@' || d.domain))),
		(SELECT count(*) FROM auth_token t WHERE t.org_id = m.org_id AND t.user_id = m.user_id AND t.revoked_at = 0 AND (t.expires_at = 0 OR t.expires_at > $2))
		FROM auth_member m JOIN auth_user u ON u.id = m.user_id WHERE m.org_id = $1`, tx.Org(), db.Ms(tx.Now()))
	out := make(map[string]Seat, len(list))
	for i := range list {
		out[list[i].user] = list[i]
	}
	return out, err
}

func countMembers(tx *db.Tx, orgID string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM auth_member WHERE org_id = $1`, orgID)
}

func countLeads(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM auth_member m WHERE m.org_id = $1 AND m.role = $2 AND `+lasting(`$3`),
		tx.Org(), string(access.RoleLead), db.Ms(tx.Now()))
}

func insertMember(tx *db.Tx, m Member) error {
	_, err := tx.Exec(`INSERT INTO auth_member (org_id, user_id, role, person, joined_at, until, via, lender) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Org(), m.ID, string(m.Role), m.Person, db.Ms(tx.Now()), db.Ms(m.Until), m.Via, m.Lender)
	return err
}

func saveMember(tx *db.Tx, m Member) error {
	_, err := tx.Exec(`UPDATE auth_member SET role = $3, person = $4, until = $5 WHERE org_id = $1 AND user_id = $2`,
		tx.Org(), m.ID, string(m.Role), m.Person, db.Ms(m.Until))
	return err
}

func touchMember(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`UPDATE auth_member SET last_at = $3 WHERE org_id = $1 AND user_id = $2`, tx.Org(), userID, db.Ms(tx.Now()))
	return err
}

// removeEnded makes place for another membership of somebody whose last has ended by
// itself.
func removeEnded(tx *db.Tx, userID string) error {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM auth_member m WHERE m.org_id = $1 AND m.user_id = $2 AND NOT (`+lasting(`$3`)+`)`,
		tx.Org(), userID, db.Ms(tx.Now()))
	if err != nil || n == 0 {
		return err
	}
	return removeMember(tx, userID)
}

// lentBy lists the members who are here by a consent.
func lentBy(tx *db.Tx, consent string) ([]Member, error) {
	return db.All(tx, readMember, memberQuery+`WHERE m.org_id = $1 AND m.via = $3 AND `+lasting(`$2`)+` ORDER BY u.name, u.id`, tx.Org(), db.Ms(tx.Now()), consent)
}

// WorksFor reports whether a user is a member of an organization.
func WorksFor(tx *db.Tx, userID, orgID string) (bool, error) {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM auth_member m WHERE m.user_id = $1 AND m.org_id = $2`, userID, orgID)
	return n > 0, err
}

// removeMember also ends what the member had in the organization.
func removeMember(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`DELETE FROM auth_member WHERE org_id = $1 AND user_id = $2`,
		`DELETE FROM auth_session WHERE org_id = $1 AND user_id = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE auth_token SET revoked_at = $3 WHERE org_id = $1 AND user_id = $2 AND revoked_at = 0 AND service = $4`,
		tx.Org(), userID, db.Ms(tx.Now()), false)
	return err
}

// Names returns the names of the organization's members by user id, for
// showing who did something. Everybody who may read the organization may ask.
func Names(tx *db.Tx) (map[string]string, error) {
	list, err := members(tx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for i := range list {
		out[list[i].ID] = list[i].Name
	}
	return out, nil
}

// PersonOf returns the address of a member of the transaction's organization,
// and the person of the register to whom a lead linked the account; nothing of
// somebody who is no member.
func PersonOf(tx *db.Tx, userID string) (address, personID string, err error) {
	m, err := loadMember(tx, tx.Org(), userID)
	if fault.Is(err, fault.NotFound) {
		return "", "", nil
	}
	return m.Email, m.Person, err
}
