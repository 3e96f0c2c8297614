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
	"assay/internal/trail"
)

// Service is the use cases of organizations.
type Service struct {
	DB   *db.DB
	Keys *keys.Ring
	Host string // of this installation, first part of every log's origin
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

// Edit changes name, service and time zone. A new zone counts from the next
// period on; the caller says so on the page.
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
		before := map[string]string{"name": o.Name, "service": o.Service, "zone": o.Zone}
		o.Name, o.Service, o.Zone = in.Name, in.Service, in.Zone
		if err := o.Valid(); err != nil {
			return err
		}
		if err := save(tx, o); err != nil {
			return err
		}
		detail := map[string]string{}
		for k, after := range map[string]string{"name": o.Name, "service": o.Service, "zone": o.Zone} {
			if before[k] != after {
				detail[k] = before[k] + " → " + after
			}
		}
		return trail.Add(tx, trail.Act{Noun: "org", Object: o.ID, Label: o.Name, Detail: detail})
	})
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

// Named returns the organization with the id, slug or name; with an empty name
// the only one there is.
func (s Service) Named(ctx context.Context, name string) (Org, error) {
	list, err := s.All(ctx)
	if err != nil {
		return Org{}, err
	}
	var names []string
	for _, o := range list {
		if o.ID == name || o.Slug == name || o.Name == name || name == "" && len(list) == 1 {
			return o, nil
		}
		names = append(names, o.Slug)
	}
	switch {
	case len(list) == 0:
		return Org{}, fault.New(fault.NotFound, "There is no organization in this store yet. Run: assay init")
	case name == "":
		return Org{}, fault.New(fault.Invalid, "Say which organization with --org: %s", strings.Join(names, " "))
	}
	return Org{}, fault.New(fault.NotFound, "There is no organization %q here. There are:%s", name, names)
}
