package org

import (
	"context"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/kit/id"
	"assay/internal/ledger"
	"assay/internal/standing"
	"assay/internal/trail"
)

// Service is the use cases of organizations.
type Service struct {
	DB   *db.DB
	Keys *keys.Ring
	Host string // of this installation, first part of every log's origin
	// Accounted returns the first day on which days may begin to be counted in
	// another zone: the one after the last period that has begun; 0 while none
	// has. No period has if it is nil.
	Accounted func(*db.Tx) (standing.Date, error)
}

// New is what an organization starts with.
type New struct {
	Name, Service, Zone string
	Setup               string // first step of the set-up to show
	Demo                bool
}

// Create makes an organization with its keys and its log. Only the set-up, the
// console, the scan and the demonstration call it: who may is decided there,
// because nobody belongs to an organization that does not exist.
func (s Service) Create(ctx context.Context, n New) (Org, error) {
	now := s.DB.Now()()
	o := Org{
		ID: id.New("org", now), Name: n.Name, Service: n.Service, Zone: n.Zone, Setup: n.Setup, Demo: n.Demo, CreatedAt: now,
		Zones: []Term{{Zone: n.Zone}},
	}
	if err := o.Valid(); err != nil {
		return Org{}, err
	}
	grant, err := access.Console(o.ID).May(access.OrgEdit)
	if err != nil {
		return Org{}, err
	}
	err = s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if o.Slug, err = freeSlug(tx, slugOf(o.Name)); err != nil {
			return err
		}
		if err := insert(tx, o); err != nil {
			return err
		}
		origin := s.origin(o)
		if _, err := s.Keys.Create(tx, o.ID, origin); err != nil {
			return err
		}
		if err := ledger.Open(tx, origin); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Action: "org.create", Noun: "org", Object: o.ID, Label: o.Name})
	})
	return o, err
}

func (s Service) origin(o Org) string {
	host := s.Host
	if host == "" {
		host = "assay.localhost"
	}
	if o.Demo {
		host = "larkspur.demo.invalid"
	}
	return host + "/soc2/" + id.Token(8)
}

// Get returns the actor's organization.
func (s Service) Get(ctx context.Context, who access.Actor) (o Org, err error) {
	grant, err := who.May(access.OrgRead)
	if err != nil {
		return Org{}, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		o, err = Load(tx)
		return err
	})
	return o, err
}

// Edit changes name, service and time zone. A new zone counts from the day
// after the last period that has begun, and at least from tomorrow on; at once,
// and for every day, while no period has begun. Asking for the present zone
// gives up a change that was planned.
func (s Service) Edit(ctx context.Context, who access.Actor, in Org) error {
	grant, err := who.May(access.OrgEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		o, err := Load(tx)
		if err != nil {
			return err
		}
		before := o
		o.Name, o.Service, o.Zone = in.Name, in.Service, in.Zone
		if err := o.Valid(); err != nil {
			return err
		}
		if o.Zone = before.Zone; in.Zone != before.Wanted() {
			from, err := s.free(tx, &before, Term{Zone: in.Zone})
			if err != nil {
				return err
			}
			o.move(in.Zone, from, tx.Now())
		}
		if err := save(tx, &o); err != nil {
			return err
		}
		return trail.Add(tx, trail.Act{Noun: "org", Object: o.ID, Label: o.Name, Detail: changes(&before, &o)})
	})
}

// free is the first day that may be counted in another zone; 0 if all may.
func (s Service) free(tx *db.Tx, o *Org, next Term) (standing.Date, error) {
	if s.Accounted == nil {
		return 0, nil
	}
	from, err := s.Accounted(tx)
	if err != nil || from == 0 {
		return 0, err
	}
	today := max(standing.DayOf(tx.Now(), o.Location()), standing.DayOf(tx.Now(), next.location()))
	return max(from, today+1), nil
}

// changes says what of an organization is different, for the trail.
func changes(before, after *Org) map[string]string {
	detail := map[string]string{}
	note := func(name, was, is string) {
		if was != is {
			detail[name] = was + " → " + is
		}
	}
	note("name", before.Name, after.Name)
	note("service", before.Service, after.Service)
	note("zone", before.Wanted(), after.Wanted())
	note("zone_from", before.Next.From.String(), after.Next.From.String())
	return detail
}

// SetStep remembers how far the set-up has come; empty is done.
func (s Service) SetStep(ctx context.Context, who access.Actor, step string) error {
	grant, err := who.May(access.OrgEdit)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error { return saveSetup(tx, step) })
}

// All lists every organization of the installation, for the console, sign-in
// and scheduled work.
func (s Service) All(ctx context.Context) (list []Org, err error) {
	err = s.DB.ReadInstallation(ctx, func(tx *db.Tx) error {
		list, err = all(tx)
		return err
	})
	return list, err
}

// Named returns the organization with the id, short name or name; with an
// empty name the only one there is. A name that several carry names none.
func (s Service) Named(ctx context.Context, name string) (Org, error) {
	list, err := s.All(ctx)
	if err != nil {
		return Org{}, err
	}
	var slugs, called []string
	var found Org
	for _, o := range list {
		slugs = append(slugs, o.Slug)
		switch {
		case o.ID == name, o.Slug == name, name == "" && len(list) == 1:
			return o, nil
		case o.Name == name:
			called, found = append(called, o.Slug), o
		}
	}
	there := strings.Join(slugs, ", ")
	switch {
	case len(called) == 1:
		return found, nil
	case len(list) == 0:
		return Org{}, fault.New(fault.NotFound, "There is no organization in this store yet. Run: assay init")
	case name == "":
		return Org{}, fault.New(fault.Invalid, "Say which organization with --org: %s", there)
	case len(called) > 1:
		return Org{}, fault.New(fault.Invalid, "Several organizations are called %q. Say which by its short name: %s", name, strings.Join(called, ", "))
	case len(list) == 1:
		return Org{}, fault.New(fault.NotFound, "There is no organization %q here. There is %s.", name, there)
	}
	return Org{}, fault.New(fault.NotFound, "There is no organization %q here. There are %s.", name, there)
}
