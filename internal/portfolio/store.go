package portfolio

import (
	"time"

	"assay/internal/db"
)

const offerColumns = `id, name, by_id, at, expires_at, consent, ended_at`

func readOffer(scan db.Scan) (o Offer, err error) {
	err = scan(&o.ID, &o.Name, &o.By, db.At(&o.At), db.At(&o.ExpiresAt), &o.Consent, db.At(&o.EndedAt))
	return o, err
}

func insertOffer(tx *db.Tx, o *Offer, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO portfolio_offer (org_id, hash, id, name, by_id, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Org(), hash, o.ID, o.Name, o.By, db.Ms(o.At), db.Ms(o.ExpiresAt))
	return err
}

// offers lists the codes that wait, newest first.
func offers(tx *db.Tx) ([]Offer, error) {
	return db.All(tx, readOffer, `SELECT `+offerColumns+` FROM portfolio_offer
		WHERE org_id = $1 AND consent = '' AND ended_at = 0 AND expires_at > $2 ORDER BY at DESC, id DESC`, tx.Org(), db.Ms(tx.Now()))
}

// found is an offer that was found by its code, before its organization was known.
type found struct {
	Offer
	provider, providerName string
}

func findOffer(tx *db.Tx, hash []byte) (found, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (f found, err error) {
		err = scan(&f.provider, &f.providerName, &f.ID, &f.Name, &f.By, db.At(&f.At), db.At(&f.ExpiresAt), &f.Consent, db.At(&f.EndedAt))
		return f, err
	}, `SELECT o.org_id, g.name, o.id, o.name, o.by_id, o.at, o.expires_at, o.consent, o.ended_at
		FROM portfolio_offer o JOIN org_org g ON g.id = o.org_id WHERE o.hash = $1`, hash)
}

// takeOffer answers a code with a consent, and reports whether it is that consent's now.
func takeOffer(tx *db.Tx, offer, consent string) (bool, error) {
	n, err := tx.Exec(`UPDATE portfolio_offer SET consent = $3 WHERE org_id = $1 AND id = $2 AND ended_at = 0
		AND (consent = $3 OR consent = '' AND expires_at > $4)`, tx.Org(), offer, consent, db.Ms(tx.Now()))
	return n == 1, err
}

// endOffer reports whether the code was open until now.
func endOffer(tx *db.Tx, offer string) (bool, error) {
	n, err := tx.Exec(`UPDATE portfolio_offer SET ended_at = $3 WHERE org_id = $1 AND id = $2 AND ended_at = 0 AND consent = ''`, tx.Org(), offer, db.Ms(tx.Now()))
	return n == 1, err
}

const clientColumns = `id, client, name, at, work, staff, summary, queued, published_at, ended_at, ended_why`

func readClient(scan db.Scan) (c Client, err error) {
	err = scan(&c.ID, &c.Client, &c.Name, db.At(&c.At), &c.Work, &c.Staff, db.JSON(&c.Summary), &c.Queued, db.At(&c.PublishedAt), db.At(&c.EndedAt), &c.EndedWhy)
	return c, err
}

// clients lists those whose consent is in force.
func clients(tx *db.Tx) ([]Client, error) {
	return db.All(tx, readClient, `SELECT `+clientColumns+` FROM portfolio_client WHERE org_id = $1 AND ended_at = 0 ORDER BY name, id`, tx.Org())
}

// tally counts clients and codes that wait, and the clients that need somebody since a
// moment: those too that published nothing since then.
func tally(tx *db.Tx, since time.Time) (all, need int, err error) {
	type both struct{ all, need int }
	b, err := db.One(tx, func(scan db.Scan) (b both, err error) {
		err = scan(&b.all, &b.need)
		return b, err
	}, `SELECT count(*), count(CASE WHEN needs OR published_at < $2 THEN 1 END) FROM portfolio_client WHERE org_id = $1 AND ended_at = 0`, tx.Org(), db.Ms(since))
	if err != nil {
		return 0, 0, err
	}
	waiting, err := db.One(tx, db.Value[int], `SELECT count(*) FROM portfolio_offer WHERE org_id = $1 AND consent = '' AND ended_at = 0 AND expires_at > $2`, tx.Org(), db.Ms(tx.Now()))
	return b.all + waiting, b.need, err
}

// queues are what is due at each client, by the consent's id.
func queues(tx *db.Tx) (map[string][]Work, error) {
	return works(tx, `SELECT id, queue FROM portfolio_client WHERE org_id = $1 AND ended_at = 0 AND queued > 0`)
}

// agendas are what comes at each client, by the consent's id.
func agendas(tx *db.Tx) (map[string][]Work, error) {
	return works(tx, `SELECT id, ahead FROM portfolio_client WHERE org_id = $1 AND ended_at = 0 AND ahead <> ''`)
}

func works(tx *db.Tx, query string) (map[string][]Work, error) {
	type one struct {
		id   string
		work []Work
	}
	list, err := db.All(tx, func(scan db.Scan) (o one, err error) {
		err = scan(&o.id, db.JSON(&o.work))
		return o, err
	}, query, tx.Org())
	out := make(map[string][]Work, len(list))
	for i := range list {
		out[list[i].id] = list[i].work
	}
	return out, err
}

func loadClient(tx *db.Tx, id string) (Client, error) {
	return db.One(tx, readClient, `SELECT `+clientColumns+` FROM portfolio_client WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

// published is what a client's job writes into its provider's organization.
type published struct {
	consent Consent
	client  string // organization id
	name    string
	summary Summary
}

func saveClient(tx *db.Tx, p *published) error {
	_, err := tx.Exec(`INSERT INTO portfolio_client (org_id, id, client, name, at, work, staff, summary, needs, queue, queued, ahead, published_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name, work = excluded.work,
		staff = excluded.staff, summary = excluded.summary, needs = excluded.needs, queue = excluded.queue, queued = excluded.queued, ahead = excluded.ahead, published_at = excluded.published_at`,
		tx.Org(), p.consent.ID, p.client, p.name, db.Ms(p.consent.At), p.consent.Work, p.consent.Staff, db.ToJSON(p.summary), p.summary.needs(), db.ToJSON(p.summary.Work), len(p.summary.Work), db.ToJSON(p.summary.Ahead), db.Ms(tx.Now()))
	return err
}

// endClient drops what the client published, and reports whether it was still shown.
func endClient(tx *db.Tx, id, why string) (bool, error) {
	n, err := tx.Exec(`UPDATE portfolio_client SET ended_at = $3, ended_why = $4, summary = '', queue = '', queued = 0, ahead = '', needs = false WHERE org_id = $1 AND id = $2 AND ended_at = 0`,
		tx.Org(), id, db.Ms(tx.Now()), why)
	return n == 1, err
}

const consentColumns = `id, provider, provider_name, offer, work, staff, by_id, at, ended_at, ended_by, ended_why`

func readConsent(scan db.Scan) (c Consent, err error) {
	err = scan(&c.ID, &c.Provider, &c.ProviderName, &c.offer, &c.Work, &c.Staff, &c.By, db.At(&c.At), db.At(&c.EndedAt), &c.EndedBy, &c.EndedWhy)
	return c, err
}

// consents lists all there ever were, those in force first.
func consents(tx *db.Tx) ([]Consent, error) {
	return db.All(tx, readConsent, `SELECT `+consentColumns+` FROM portfolio_consent WHERE org_id = $1 ORDER BY ended_at > 0, at DESC, id`, tx.Org())
}

func loadConsent(tx *db.Tx, id string) (Consent, error) {
	return db.One(tx, readConsent, `SELECT `+consentColumns+` FROM portfolio_consent WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}

func insertConsent(tx *db.Tx, c *Consent) error {
	_, err := tx.Exec(`INSERT INTO portfolio_consent (org_id, id, provider, provider_name, offer, work, staff, by_id, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Org(), c.ID, c.Provider, c.ProviderName, c.offer, c.Work, c.Staff, c.By, db.Ms(c.At))
	return err
}

func saveTerms(tx *db.Tx, id string, t Terms) error {
	_, err := tx.Exec(`UPDATE portfolio_consent SET work = $3, staff = $4 WHERE org_id = $1 AND id = $2`, tx.Org(), id, t.Work, t.Staff)
	return err
}

func endConsent(tx *db.Tx, id, by, why string) error {
	_, err := tx.Exec(`UPDATE portfolio_consent SET ended_at = $3, ended_by = $4, ended_why = $5 WHERE org_id = $1 AND id = $2 AND ended_at = 0`,
		tx.Org(), id, db.Ms(tx.Now()), by, why)
	return err
}

// advisers lists the providers whose consent is in force or ended after a moment.
func advisers(tx *db.Tx, since time.Time) ([]Consent, error) {
	return db.All(tx, readConsent, `SELECT `+consentColumns+` FROM portfolio_consent WHERE org_id = $1 AND (ended_at = 0 OR ended_at > $2) ORDER BY at, id`,
		tx.Org(), db.Ms(since))
}
