package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/org"
	"assay/internal/suite"
)

func orgOperations() []Operation {
	return []Operation{
		{ID: "org.show", Method: get, Path: "/org", Permission: access.OrgRead, Summary: "The organization.", Do: does(showOrg)},
		{ID: "org.edit", Method: put, Path: "/org", Permission: access.OrgEdit, Summary: "Change name, service and time zone. A zone counts from the day after the last period that has begun; asking for the present one gives up a change that is planned.", Do: does(editOrg)},
	}
}

// Org is the organization of the caller.
type Org struct {
	ID        string    `json:"id"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	Service   string    `json:"service" doc:"What it provides, one sentence."`
	Zone      string    `json:"zone" doc:"IANA time zone of its days."`
	NextZone  string    `json:"next_zone,omitempty" doc:"The zone to come, if a change is planned."`
	NextFrom  string    `json:"next_zone_from,omitempty" format:"date" doc:"The first day that is counted in it."`
	Demo      bool      `json:"demo" doc:"Everything in it is made up."`
	CreatedAt time.Time `json:"created_at"`
}

func showOrg(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Org, error) {
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	out := orgOf(&o)
	return &out, nil
}

func orgOf(o *org.Org) Org {
	return Org{ID: o.ID, Slug: o.Slug, Name: o.Name, Service: o.Service, Zone: o.Zone, NextZone: o.Next.Zone, NextFrom: o.Next.From.String(), Demo: o.Demo, CreatedAt: o.CreatedAt}
}

// OrgIn is the organization as it is to be.
type OrgIn struct {
	Body struct {
		Name    string `json:"name" maxLength:"200"`
		Service string `json:"service,omitempty" maxLength:"2000"`
		Zone    string `json:"zone" doc:"IANA time zone, such as Europe/Stockholm."`
	}
}

func editOrg(ctx context.Context, s *suite.Suite, who access.Actor, in *OrgIn) (*Org, error) {
	if err := s.Orgs.Edit(ctx, who, org.Org{Name: in.Body.Name, Service: in.Body.Service, Zone: in.Body.Zone}); err != nil {
		return nil, err
	}
	return showOrg(ctx, s, who, nil)
}
