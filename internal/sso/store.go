package sso

import (
	"time"

	"assay/internal/access"
	"assay/internal/db"
)

const domainColumns = `domain, challenge, added_at, verified_at, checked_at, missing_at`

func readDomain(scan db.Scan) (d Domain, err error) {
	err = scan(&d.Name, &d.challenge, db.At(&d.AddedAt), db.At(&d.VerifiedAt), db.At(&d.CheckedAt), db.At(&d.MissingAt))
	return d, err
}

func domains(tx *db.Tx) ([]Domain, error) {
	return db.All(tx, readDomain, `SELECT `+domainColumns+` FROM sso_domain WHERE org_id = $1 ORDER BY domain`, tx.Org())
}

func loadDomain(tx *db.Tx, name string) (Domain, error) {
	return db.One(tx, readDomain, `SELECT `+domainColumns+` FROM sso_domain WHERE org_id = $1 AND domain = $2`, tx.Org(), name)
}

func insertDomain(tx *db.Tx, d *Domain) error {
	_, err := tx.Exec(`INSERT INTO sso_domain (org_id, domain, challenge, added_by, added_at) VALUES ($1, $2, $3, $4, $5)`,
		tx.Org(), d.Name, d.challenge, tx.Actor().ID, db.Ms(d.AddedAt))
	return err
}

func saveDomain(tx *db.Tx, d *Domain) error {
	_, err := tx.Exec(`UPDATE sso_domain SET verified_at = $3, checked_at = $4, missing_at = $5 WHERE org_id = $1 AND domain = $2`,
		tx.Org(), d.Name, db.Ms(d.VerifiedAt), db.Ms(d.CheckedAt), db.Ms(d.MissingAt))
	return err
}

func removeDomain(tx *db.Tx, name string) error {
	_, err := tx.Exec(`DELETE FROM sso_domain WHERE org_id = $1 AND domain = $2`, tx.Org(), name)
	return err
}

// Owns reports whether the domain is the transaction's organization's.
func Owns(tx *db.Tx, name string) (bool, error) {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM sso_domain WHERE org_id = $1 AND domain = $2 AND verified_at > 0`, tx.Org(), name)
	return n == 1, err
}

// due lists the organizations with verified domains that were looked at last
// before a time, in milliseconds.
func due(tx *db.Tx, before int64) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT DISTINCT org_id FROM sso_domain WHERE verified_at > 0 AND checked_at < $1 ORDER BY org_id`, before)
}

const issuerColumns = `i.id, i.org_id, i.kind, i.name, i.state = 'paused', i.location, i.client, i.secret, i.settings, i.join_role, i.added_at, i.updated_at, i.last_at,
	i.added_by, i.approved_by, i.approved_at, i.next, i.next_secret`

func readIssuer(scan db.Scan) (i Issuer, err error) {
	var role string
	err = scan(&i.ID, &i.Org, &i.Kind, &i.Name, &i.Paused, &i.Location, &i.Client, &i.secret, &i.Metadata, &role, db.At(&i.AddedAt), db.At(&i.UpdatedAt), db.At(&i.LastAt),
		&i.By, &i.ApprovedBy, db.At(&i.ApprovedAt), db.JSON(&i.Next), &i.nextSecret)
	i.Join = access.Role(role)
	return i, err
}

func issuers(tx *db.Tx) ([]Issuer, error) {
	return db.All(tx, readIssuer, `SELECT `+issuerColumns+` FROM sso_issuer i WHERE i.org_id = $1 ORDER BY i.added_at, i.id`, tx.Org())
}

func loadIssuer(tx *db.Tx, issuerID string) (Issuer, error) {
	return db.One(tx, readIssuer, `SELECT `+issuerColumns+` FROM sso_issuer i WHERE i.org_id = $1 AND i.id = $2`, tx.Org(), issuerID)
}

// findIssuer looks in all organizations.
func findIssuer(tx *db.Tx, issuerID string) (Issuer, bool, error) {
	return db.Maybe(tx, readIssuer, `SELECT `+issuerColumns+` FROM sso_issuer i WHERE i.id = $1`, issuerID)
}

// issuersOf lists who vouches for addresses in a domain, in all organizations.
func issuersOf(tx *db.Tx, domain string) ([]Issuer, error) {
	return db.All(tx, readIssuer, `SELECT `+issuerColumns+` FROM sso_issuer i JOIN sso_domain d ON d.org_id = i.org_id
		WHERE d.domain = $1 AND d.verified_at > 0 AND i.state = 'active' AND i.approved_at > 0 ORDER BY i.name, i.id LIMIT 20`, domain)
}

func countIssuers(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM sso_issuer`)
}

// Vouches reports whether an issuer of the transaction's organization vouches for
// everybody.
func Vouches(tx *db.Tx) (bool, error) {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM sso_issuer WHERE org_id = $1 AND state = 'active' AND approved_at > 0`, tx.Org())
	return n > 0, err
}

func stateOf(i *Issuer) string {
	if i.Paused {
		return "paused"
	}
	return "active"
}

func insertIssuer(tx *db.Tx, i *Issuer) error {
	_, err := tx.Exec(`INSERT INTO sso_issuer (org_id, id, kind, name, state, location, client, secret, settings, join_role, added_by, added_at, updated_at, approved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, tx.Org(), i.ID, string(i.Kind), i.Name, stateOf(i), i.Location, i.Client,
		append([]byte{}, i.secret...), i.Metadata, string(i.Join), i.By, db.Ms(i.AddedAt), db.Ms(i.UpdatedAt), db.Ms(i.ApprovedAt))
	return err
}

func saveIssuer(tx *db.Tx, i *Issuer) error {
	_, err := tx.Exec(`UPDATE sso_issuer SET name = $3, state = $4, location = $5, client = $6, secret = $7, settings = $8, join_role = $9, updated_at = $10,
		added_by = $11, approved_by = $12, approved_at = $13, next = $14, next_secret = $15
		WHERE org_id = $1 AND id = $2`, tx.Org(), i.ID, i.Name, stateOf(i), i.Location, i.Client, append([]byte{}, i.secret...), i.Metadata, string(i.Join), db.Ms(i.UpdatedAt),
		i.By, i.ApprovedBy, db.Ms(i.ApprovedAt), db.ToJSON(i.Next), i.nextSecret)
	return err
}

func touchIssuer(tx *db.Tx, issuerID string) error {
	_, err := tx.Exec(`UPDATE sso_issuer SET last_at = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), issuerID, db.Ms(tx.Now()))
	return err
}

func removeIssuer(tx *db.Tx, issuerID string) error {
	for _, stmt := range []string{
		`DELETE FROM sso_issuer WHERE org_id = $1 AND id = $2`,
		`DELETE FROM sso_subject WHERE org_id = $1 AND issuer = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), issuerID); err != nil {
			return err
		}
	}
	return nil
}

func forgetSubjects(tx *db.Tx, issuerID string) error {
	_, err := tx.Exec(`DELETE FROM sso_subject WHERE org_id = $1 AND issuer = $2`, tx.Org(), issuerID)
	return err
}

// boundTo is whom a subject means; empty if nobody yet.
func boundTo(tx *db.Tx, issuerID, subject string) (string, error) {
	u, _, err := db.Maybe(tx, db.Value[string], `SELECT user_id FROM sso_subject WHERE org_id = $1 AND issuer = $2 AND subject = $3`, tx.Org(), issuerID, subject)
	return u, err
}

func bind(tx *db.Tx, issuerID, subject, userID string) error {
	_, err := tx.Exec(`INSERT INTO sso_subject (org_id, issuer, subject, user_id, bound_at) VALUES ($1, $2, $3, $4, $5)`,
		tx.Org(), issuerID, subject, userID, db.Ms(tx.Now()))
	return err
}

// sweep forgets what was used and could not be used any more.
func sweep(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM sso_used WHERE until <= $1`, db.Ms(tx.Now()))
	return err
}

// use remembers an assertion, and refuses one that was used as Conflict.
func use(tx *db.Tx, hash []byte, until time.Time) error {
	if _, err := tx.Exec(`DELETE FROM sso_assertion WHERE expires_at <= $1`, db.Ms(tx.Now())); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO sso_assertion (hash, expires_at) VALUES ($1, $2)`, hash, db.Ms(until))
	return err
}

// Subject is whom an identity provider means by a user.
type Subject struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	BoundAt time.Time `json:"bound_at"`
}

// SubjectsOf lists whom the organization's identity providers mean by a user.
func SubjectsOf(tx *db.Tx, userID string) ([]Subject, error) {
	return db.All(tx, func(scan db.Scan) (s Subject, err error) {
		err = scan(&s.Issuer, &s.Subject, db.At(&s.BoundAt))
		return s, err
	}, `SELECT issuer, subject, bound_at FROM sso_subject WHERE org_id = $1 AND user_id = $2 ORDER BY bound_at, issuer`, tx.Org(), userID)
}

// Forget removes whom the organization's identity providers mean by a user.
func Forget(tx *db.Tx, userID string) error {
	_, err := tx.Exec(`DELETE FROM sso_subject WHERE org_id = $1 AND user_id = $2`, tx.Org(), userID)
	return err
}
