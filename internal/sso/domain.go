package sso

import (
	"context"
	"fmt"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/trail"
)

const (
	lookTimeout  = 20 * time.Second
	lookAgain    = 24 * time.Hour      // how often a verified domain's record is looked for
	missingLimit = 14 * 24 * time.Hour // how long it may be gone
	mostDomains  = 100
)

// Domains lists the organization's domains.
func (s Service) Domains(ctx context.Context, who access.Actor) (list []Domain, err error) {
	g, err := who.May(access.UserList)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = domains(tx)
		return err
	})
	return list, err
}

// AddDomain says that a domain is the organization's; it counts once it is
// verified.
func (s Service) AddDomain(ctx context.Context, who access.Actor, name string) (d Domain, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return d, err
	}
	if d.Name, err = domainName(name); err != nil {
		return d, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		list, err := domains(tx)
		if err != nil {
			return err
		}
		switch {
		case slices.ContainsFunc(list, func(o Domain) bool { return o.Name == d.Name }):
			return fault.Fields("The domain was not added.", fault.Field{Name: "domain", Text: d.Name + " is listed already."})
		case len(list) >= mostDomains:
			return fault.New(fault.Conflict, "An organization can list %d domains.", mostDomains)
		}
		d.challenge, d.AddedAt = id.Token(20), tx.Now()
		if err := insertDomain(tx, &d); err != nil {
			return err
		}
		return trail.Add(tx, told(d.Name, "added", "yes"))
	})
	return d, err
}

func told(name string, pairs ...string) trail.Act {
	detail := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		detail[pairs[i]] = pairs[i+1]
	}
	return trail.Act{Noun: "domain", Object: name, Label: name, Detail: detail}
}

// VerifyDomain looks for the domain's record now.
func (s Service) VerifyDomain(ctx context.Context, who access.Actor, name string) (d Domain, err error) {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return d, err
	}
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		d, err = loadDomain(tx, name)
		return err
	}); err != nil {
		return d, err
	}
	at, value := d.Record()
	seen, err := s.texts(ctx, at)
	if err != nil || !slices.Contains(seen, value) {
		found := "it has none"
		switch {
		case err != nil:
			found = "it could not be asked for"
		case len(seen) > 0:
			found = fmt.Sprintf("it has %d others", len(seen))
		}
		return d, fault.Wrap(fault.Conflict, err, "%s has no TXT record %q: %s. A new record can take an hour to be seen everywhere.", at, value, found)
	}
	return d, s.DB.Write(ctx, g, func(tx *db.Tx) error {
		was := d.Verified()
		d.CheckedAt, d.MissingAt = tx.Now(), time.Time{}
		if !was {
			d.VerifiedAt = tx.Now()
		}
		if err := saveDomain(tx, &d); err != nil || was {
			return err
		}
		return trail.Add(tx, told(d.Name, "verified", "yes", "record", at))
	})
}

func (s Service) texts(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	return s.Texts(ctx, name+".")
}

// RemoveDomain ends what issuers may say of a domain's addresses. Sessions that
// are open stay until they end; nobody signs in anew.
func (s Service) RemoveDomain(ctx context.Context, who access.Actor, name string) error {
	g, err := who.May(access.SSOEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, g, func(tx *db.Tx) error {
		if _, err := loadDomain(tx, name); err != nil {
			return err
		}
		if err := removeDomain(tx, name); err != nil {
			return err
		}
		return trail.Add(tx, told(name, "removed", "yes"))
	})
}

// Tend looks again for the records of verified domains, each once a day. One that
// is gone for two weeks is no longer the organization's. Run it every hour.
func (s Service) Tend(ctx context.Context) error {
	var orgs []string
	if err := s.DB.ReadInstallation(ctx, func(tx *db.Tx) (err error) {
		orgs, err = due(tx, db.Ms(tx.Now().Add(-lookAgain)))
		return err
	}); err != nil {
		return err
	}
	for _, org := range orgs {
		if err := s.tend(ctx, org); err != nil {
			return fmt.Errorf("domains of %s: %w", org, err)
		}
	}
	return s.DB.WriteInstallation(ctx, sweep)
}

func (s Service) tend(ctx context.Context, org string) error {
	g, err := access.Job(org, "domains").May(access.OrgRead)
	if err != nil {
		return err
	}
	var list []Domain
	if err := s.DB.Read(ctx, g, func(tx *db.Tx) error {
		list, err = domains(tx)
		return err
	}); err != nil {
		return err
	}
	for i := range list {
		d := &list[i]
		if !d.Verified() || s.DB.Now()().Sub(d.CheckedAt) < lookAgain {
			continue
		}
		at, value := d.Record()
		seen, err := s.texts(ctx, at)
		there := err == nil && slices.Contains(seen, value)
		if err := s.DB.Write(ctx, g, func(tx *db.Tx) error { return note(tx, d, there) }); err != nil {
			return err
		}
	}
	return nil
}

// note stores whether a verified domain's record was there.
func note(tx *db.Tx, d *Domain, there bool) error {
	d.CheckedAt = tx.Now()
	var act *trail.Act
	switch {
	case there:
		d.MissingAt = time.Time{}
	case d.MissingAt.IsZero():
		d.MissingAt = tx.Now()
		a := told(d.Name, "record", "missing")
		act = &a
	case tx.Now().Sub(d.MissingAt) >= missingLimit:
		d.VerifiedAt = time.Time{}
		a := told(d.Name, "verified", "no longer", "missing", "since "+d.MissingAt.Format(time.DateOnly))
		act = &a
	}
	if err := saveDomain(tx, d); err != nil || act == nil {
		return err
	}
	act.Action = string(access.SSOEdit)
	return trail.Add(tx, *act)
}
