package portfolio

import (
	"context"
	"slices"
	"strconv"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/job"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/org"
	"assay/internal/trail"
)

// noCode is said of every code that cannot be answered, so that nothing tells whether
// there was one.
const noCode = "The code is not valid: it was answered, withdrawn, has expired or never existed. Ask your provider for another."

// Offered returns the name of the provider that made a code, to be looked at before
// anybody consents.
func (s Service) Offered(ctx context.Context, who access.Actor, code string) (provider string, err error) {
	if _, err := who.May(access.ProviderEdit); err != nil {
		return "", err
	}
	f, err := s.offered(ctx, who, code)
	return f.providerName, err
}

func (s Service) offered(ctx context.Context, who access.Actor, code string) (f found, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		var ok bool
		if f, ok, err = findOffer(tx, hashOf(code)); err != nil {
			return err
		}
		if !ok || !f.open(tx.Now()) {
			return fault.Fields("No provider was let in.", fault.Field{Name: "code", Text: noCode})
		}
		if f.provider == who.Org {
			return fault.Fields("No provider was let in.", fault.Field{Name: "code", Text: "It is your own code. Send it to the client that it is for."})
		}
		return nil
	})
	return f, err
}

// Consent answers a code: the provider sees the organization's figures from now on, and
// what the terms say.
func (s Service) Consent(ctx context.Context, who access.Actor, code string, t Terms) (c Consent, err error) {
	g, err := who.May(access.ProviderEdit)
	if err != nil {
		return c, err
	}
	f, err := s.offered(ctx, who, code)
	if err != nil {
		return c, err
	}
	if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
		all, err := consents(tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o Consent) bool { return o.Provider == f.provider && o.Active() }) {
			return fault.New(fault.Conflict, "%s is a provider of yours already. Change what it may under Settings, Providers.", f.providerName)
		}
		now := tx.Now()
		c = Consent{ID: id.New("con", now), Provider: f.provider, ProviderName: f.providerName, Terms: t, By: who.ID, At: now, offer: f.ID}
		if err := insertConsent(tx, &c); err != nil {
			return err
		}
		if err := job.Every(tx, JobPublish, c.ID, every); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "provider.consent", Noun: "provider", Object: c.ID, Label: c.ProviderName, Detail: t.detail()})
	}); err != nil {
		return c, err
	}
	return c, s.Publish(ctx, who.Org, c.ID)
}

func (t Terms) detail() map[string]string {
	return map[string]string{"figures": "true", "work": strconv.FormatBool(t.Work), "staff": strconv.FormatBool(t.Staff)}
}

// Providers lists the consents there ever were, those in force first, with who is in by
// each.
func (s Service) Providers(ctx context.Context, who access.Actor) (list []Consent, err error) {
	g, err := who.May(access.ProviderRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if list, err = consents(tx); err != nil {
			return err
		}
		for i := range list {
			if list[i].People, err = auth.Lent(tx, list[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// Names are the names of the providers of the transaction's organization, by consent.
func Names(tx *db.Tx) (map[string]string, error) {
	list, err := consents(tx)
	out := make(map[string]string, len(list))
	for i := range list {
		out[list[i].ID] = list[i].ProviderName
	}
	return out, err
}

// Change changes what a provider may. Where its staff may not come in any more, those
// who are in go at once.
func (s Service) Change(ctx context.Context, who access.Actor, consent string, t Terms) error {
	g, err := who.May(access.ProviderEdit)
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
		c, err := inForce(tx, consent)
		if err != nil {
			return err
		}
		if err := saveTerms(tx, c.ID, t); err != nil {
			return err
		}
		if !t.Staff {
			if _, err := auth.Recall(tx, c.ID, ""); err != nil {
				return err
			}
		}
		return trail.Add(tx, trail.Act{Action: "provider.edit", Noun: "provider", Object: c.ID, Label: c.ProviderName, Detail: t.detail()})
	}); err != nil {
		return err
	}
	return s.Publish(ctx, who.Org, consent)
}

// End ends a consent: nothing more is published, what was is dropped, and the
// provider's staff go.
func (s Service) End(ctx context.Context, who access.Actor, consent, why string) error {
	g, err := who.May(access.ProviderEdit)
	if err != nil {
		return err
	}
	if why, err = because(why); err != nil {
		return err
	}
	if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
		c, err := inForce(tx, consent)
		if err != nil {
			return err
		}
		return s.end(tx, &c, who.ID, why)
	}); err != nil {
		return err
	}
	return s.Publish(ctx, who.Org, consent)
}

func inForce(tx *db.Tx, consent string) (Consent, error) {
	c, err := loadConsent(tx, consent)
	if fault.Is(err, fault.NotFound) {
		return c, fault.New(fault.NotFound, "There is no such provider.")
	}
	if err == nil && !c.Active() {
		err = fault.New(fault.Conflict, "The consent ended already.")
	}
	return c, err
}

// end ends a consent in the client's organization.
func (s Service) end(tx *db.Tx, c *Consent, by, why string) error {
	if err := endConsent(tx, c.ID, by, why); err != nil {
		return err
	}
	if _, err := auth.Recall(tx, c.ID, ""); err != nil {
		return err
	}
	if err := job.Stop(tx, JobPublish, c.ID); err != nil {
		return err
	}
	if err := job.Add(tx, JobPublish, c.ID, tx.Now()); err != nil { // tells the provider, whatever happens next
		return err
	}
	return trail.Add(tx, trail.Act{Action: "provider.end", Noun: "provider", Object: c.ID, Label: c.ProviderName, Detail: map[string]string{"why": why, "by": by}})
}

// Advises names the provider of the transaction's organization, now or within the last
// year, for which a user works; empty if for none.
func Advises(tx *db.Tx, userID string) (string, error) {
	list, err := advisers(tx, tx.Now().Add(-cooling))
	if err != nil {
		return "", err
	}
	for i := range list {
		works, err := auth.WorksFor(tx, userID, list[i].Provider)
		if err != nil || works {
			return list[i].ProviderName, err
		}
	}
	return "", nil
}

// Publish writes what a consent lets its provider see into the provider's organization,
// or that the consent has ended. It may be done again at any time.
func (s Service) Publish(ctx context.Context, client, consent string) error {
	who := access.Job(client, "portfolio")
	g, err := who.May(access.ProviderRead)
	if err != nil {
		return err
	}
	p := published{client: client}
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if p.consent, err = loadConsent(tx, consent); err != nil {
			return err
		}
		o, err := org.Load(tx)
		p.name = o.Name
		return err
	}); err != nil {
		return err
	}
	if p.consent.Active() {
		if p.summary, err = s.Look(ctx, who); err != nil {
			return err
		}
		p.summary.limited(p.consent.Terms)
	}
	there, err := access.Job(p.consent.Provider, "portfolio").May(access.ClientRead)
	if err != nil {
		return err
	}
	taken := true
	if err := s.DB.Write(ctx, there, func(tx *db.Tx) error {
		if !p.consent.Active() {
			return s.gone(tx, &Client{ID: p.consent.ID, Name: p.name}, p.consent.EndedWhy)
		}
		taken, err = s.receive(tx, &p)
		return err
	}); err != nil {
		return err
	}
	if taken {
		return nil
	}
	return s.overtaken(ctx, &p)
}

// receive takes a summary in, and the client itself with the first. It reports false
// where the code is another client's by now, or the provider left.
func (s Service) receive(tx *db.Tx, p *published) (bool, error) {
	c, err := loadClient(tx, p.consent.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	if err == nil {
		if !c.EndedAt.IsZero() {
			return false, nil
		}
		return true, saveClient(tx, p)
	}
	ok, err := takeOffer(tx, p.consent.offer, p.consent.ID)
	if err != nil || !ok {
		return false, err
	}
	if err := saveClient(tx, p); err != nil {
		return false, err
	}
	return true, trail.Add(tx, trail.Act{Action: "client.join", Noun: "client", Object: p.consent.ID, Label: p.name, Detail: p.consent.detail()})
}

// overtaken ends a consent that its provider has no place for.
func (s Service) overtaken(ctx context.Context, p *published) error {
	g, err := access.Job(p.client, "portfolio").May(access.OrgRead)
	if err != nil {
		return err
	}
	if err := s.DB.Write(ctx, g, func(tx *db.Tx) error {
		return s.end(tx, &p.consent, "portfolio", "The code was answered by somebody else first, or the provider left.")
	}); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "%s", noCode)
}
