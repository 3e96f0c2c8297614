package policy

import (
	"assay/internal/db"
	"assay/internal/kit/tlog"
)

const columns = `id, title, owner, audience, controls, review_months, accept_days, again_months, template, retired_on, created_at`

func read(scan db.Scan) (p Policy, err error) {
	err = scan(&p.ID, &p.Title, &p.Owner, db.JSON(&p.Audience), db.JSON(&p.Controls), &p.ReviewMonths, &p.AcceptDays, &p.AgainMonths,
		&p.Template, db.Text(&p.RetiredOn), db.At(&p.CreatedAt))
	return p, err
}

func load(tx *db.Tx, id string) (Policy, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM policy_policy WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

func list(tx *db.Tx) ([]Policy, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM policy_policy WHERE org_id = $1 ORDER BY id`, tx.Org())
}

func insert(tx *db.Tx, p *Policy) error {
	_, err := tx.Exec(`INSERT INTO policy_policy (org_id, `+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Org(), p.ID, p.Title, p.Owner, db.ToJSON(p.Audience), db.ToJSON(p.Controls), p.ReviewMonths, p.AcceptDays, p.AgainMonths,
		p.Template, p.RetiredOn.String(), db.Ms(p.CreatedAt))
	return err
}

func save(tx *db.Tx, p *Policy) error {
	_, err := tx.Exec(`UPDATE policy_policy SET title = $3, owner = $4, audience = $5, controls = $6, review_months = $7, accept_days = $8,
			again_months = $9, retired_on = $10
		WHERE org_id = $1 AND id = $2`,
		tx.Org(), p.ID, p.Title, p.Owner, db.ToJSON(p.Audience), db.ToJSON(p.Controls), p.ReviewMonths, p.AcceptDays, p.AgainMonths,
		p.RetiredOn.String())
	return err
}

func remove(tx *db.Tx, id string) error {
	if _, err := tx.Exec(`DELETE FROM policy_version WHERE org_id = $1 AND policy = $2`, tx.Org(), id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM policy_policy WHERE org_id = $1 AND id = $2`, tx.Org(), id)
	return err
}

const versionColumns = `policy, number, body, note, ask, author, author_name, writers, written_at, submitted_at, returned, approver, approve_name,
	approved_at, effective_on, withdrawn_at, hash, leaf`

func readVersion(scan db.Scan) (v Version, err error) {
	err = scan(&v.Policy, &v.Number, &v.Text, &v.Note, &v.Ask, &v.Author, &v.AuthorName, db.JSON(&v.Writers), db.At(&v.WrittenAt), db.At(&v.SubmittedAt),
		&v.Returned, &v.Approver, &v.ApproveName, db.At(&v.ApprovedAt), db.Text(&v.EffectiveOn), db.At(&v.WithdrawnAt), &v.Hash, &v.Leaf)
	return v, err
}

// versions of one policy, in the order of their numbers.
func versions(tx *db.Tx, policy string) ([]Version, error) {
	return db.All(tx, readVersion, `SELECT `+versionColumns+` FROM policy_version WHERE org_id = $1 AND policy = $2 ORDER BY number`,
		tx.Org(), policy)
}

// outlines are the versions of every policy without their texts, by policy.
func outlines(tx *db.Tx) (map[string][]Version, error) {
	all, err := db.All(tx, readVersion, `SELECT policy, number, '', note, ask, author, author_name, writers, written_at, submitted_at, returned,
			approver, approve_name, approved_at, effective_on, withdrawn_at, hash, leaf
		FROM policy_version WHERE org_id = $1 ORDER BY policy, number`, tx.Org())
	out := map[string][]Version{}
	for i := range all {
		out[all[i].Policy] = append(out[all[i].Policy], all[i])
	}
	return out, err
}

func insertVersion(tx *db.Tx, v *Version) error {
	_, err := tx.Exec(`INSERT INTO policy_version (org_id, policy, number, body, note, ask, author, author_name, writers, written_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Org(), v.Policy, v.Number, v.Text, v.Note, v.Ask, v.Author, v.AuthorName, db.ToJSON(v.Writers), db.Ms(v.WrittenAt))
	return err
}

// saveDraft changes what may still change: nothing of a version that was decided
// on.
func saveDraft(tx *db.Tx, v *Version) error {
	_, err := tx.Exec(`UPDATE policy_version SET body = $4, note = $5, ask = $6, author = $7, author_name = $8, writers = $9,
			written_at = $10, submitted_at = $11, returned = $12
		WHERE org_id = $1 AND policy = $2 AND number = $3 AND approved_at = 0 AND withdrawn_at = 0`,
		tx.Org(), v.Policy, v.Number, v.Text, v.Note, v.Ask, v.Author, v.AuthorName, db.ToJSON(v.Writers), db.Ms(v.WrittenAt),
		db.Ms(v.SubmittedAt), v.Returned)
	return err
}

func saveApproval(tx *db.Tx, v *Version, salt tlog.Salt) error {
	_, err := tx.Exec(`UPDATE policy_version SET approver = $4, approve_name = $5, approved_at = $6, effective_on = $7, hash = $8,
			salt = $9, leaf = $10
		WHERE org_id = $1 AND policy = $2 AND number = $3`,
		tx.Org(), v.Policy, v.Number, v.Approver, v.ApproveName, db.Ms(v.ApprovedAt), v.EffectiveOn.String(), v.Hash, salt[:], v.Leaf)
	return err
}

func saveWithdrawal(tx *db.Tx, v *Version) error {
	_, err := tx.Exec(`UPDATE policy_version SET withdrawn_at = $4 WHERE org_id = $1 AND policy = $2 AND number = $3`,
		tx.Org(), v.Policy, v.Number, db.Ms(v.WithdrawnAt))
	return err
}

func insertReview(tx *db.Tx, id string, r *Review, leaf string) error {
	_, err := tx.Exec(`INSERT INTO policy_review (org_id, id, policy, version, on_day, by_id, by_name, note, at, leaf)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Org(), id, r.Policy, r.Version, r.On.String(), r.By, r.ByName, r.Note, db.Ms(r.At), leaf)
	return err
}

// reviews of every policy, by policy, in order.
func reviews(tx *db.Tx) (map[string][]Review, error) {
	out := map[string][]Review{}
	return out, tx.Each(func(scan db.Scan) error {
		var r Review
		if err := scan(&r.Policy, &r.Version, db.Text(&r.On), &r.By, &r.ByName, &r.Note, db.At(&r.At)); err != nil {
			return err
		}
		out[r.Policy] = append(out[r.Policy], r)
		return nil
	}, `SELECT policy, version, on_day, by_id, by_name, note, at FROM policy_review WHERE org_id = $1 ORDER BY policy, on_day, at`, tx.Org())
}

func insertAcceptance(tx *db.Tx, id, user string, a *Acceptance, leaf string) error {
	_, err := tx.Exec(`INSERT INTO policy_acceptance (org_id, id, policy, version, person, user_id, at, leaf)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Org(), id, a.Policy, a.Version, a.Person, user, db.Ms(a.At), leaf)
	return err
}

// acceptances are all of an org by policy and person, or with a person those of
// that one.
func acceptances(tx *db.Tx, person string) (map[[2]string][]Acceptance, error) {
	out := map[[2]string][]Acceptance{}
	return out, tx.Each(func(scan db.Scan) error {
		var a Acceptance
		if err := scan(&a.Policy, &a.Version, &a.Person, db.At(&a.At)); err != nil {
			return err
		}
		key := [2]string{a.Policy, a.Person}
		out[key] = append(out[key], a)
		return nil
	}, `SELECT policy, version, person, at FROM policy_acceptance WHERE org_id = $1 AND ($2 = '' OR person = $2) ORDER BY at`, tx.Org(), person)
}

func settings(tx *db.Tx) (map[string]string, error) {
	out := map[string]string{}
	return out, tx.Each(func(scan db.Scan) error {
		var key, value string
		err := scan(&key, &value)
		out[key] = value
		return err
	}, `SELECT key, value FROM policy_setting WHERE org_id = $1`, tx.Org())
}

func saveSetting(tx *db.Tx, key, value string) error {
	_, err := tx.Exec(`INSERT INTO policy_setting (org_id, key, value) VALUES ($1, $2, $3)
		ON CONFLICT (org_id, key) DO UPDATE SET value = excluded.value`, tx.Org(), key, value)
	return err
}

// Forget takes the name of a user who was erased out of versions and reviews. Who they
// were by pseudonym stays, as the log says it.
func Forget(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`UPDATE policy_version SET author_name = 'erased' WHERE org_id = $1 AND author = $2`,
		`UPDATE policy_version SET approve_name = 'erased' WHERE org_id = $1 AND approver = $2`,
		`UPDATE policy_review SET by_name = 'erased' WHERE org_id = $1 AND by_id = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}
