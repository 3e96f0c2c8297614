package auth

import "assay/internal/db"

func maybeUser(tx *db.Tx, userID string) (User, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (u User, err error) {
		err = scan(userDest(&u)...)
		return u, err
	}, `SELECT `+userColumns+` FROM auth_user u WHERE u.id = $1`, userID)
}

func devices(tx *db.Tx, userID string) ([]Device, error) {
	return db.All(tx, readDevice, `SELECT `+deviceColumns+` FROM auth_device WHERE user_id = $1 ORDER BY first_at, hash`, userID)
}

func countMemberships(tx *db.Tx, userID string) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM auth_member WHERE user_id = $1`, userID)
}

func removeInvitations(tx *db.Tx, address string) error {
	_, err := tx.Exec(`DELETE FROM auth_invitation WHERE org_id = $1 AND lower(email) = lower($2)`, tx.Org(), address)
	return err
}

// removeAccount takes out of an account what says whose it is. The row stays: what the
// user did has its pseudonym, and tokens of theirs, revoked, their history.
func removeAccount(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`DELETE FROM auth_session WHERE user_id = $1`, `DELETE FROM auth_device WHERE user_id = $1`, `DELETE FROM auth_link WHERE user_id = $1`, `DELETE FROM auth_refusal WHERE user_id = $1`,
		`UPDATE auth_user SET email = id || '@erased.invalid', name = 'erased', password = '', theme = '', density = '' WHERE id = $1`,
	} {
		if _, err := tx.Exec(stmt, userID); err != nil {
			return err
		}
	}
	return nil
}
