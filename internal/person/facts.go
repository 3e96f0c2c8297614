package person

import (
	"context"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/resource"
	"assay/internal/standing"
)

// Kind is the kind of fact that the register offers.
const Kind = "program.person"

// ProductName is the register's name among the products that are collected.
const ProductName = "person"

// Product offers the register of one organization as facts.
func Product(s Service, org string) connector.Product {
	return connector.Product{
		Name: ProductName, Version: "1", Title: "People", Summary: "The people of the organization, from its own register.",
		Kinds: []resource.Schema{schema()}, Every: 24 * time.Hour,
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return source{s, org}, nil },
	}
}

func schema() resource.Schema {
	field := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
	}
	personal := func(f resource.Field) resource.Field {
		f.Personal = true
		return f
	}
	must := func(f resource.Field) resource.Field {
		f.Optional = false
		return f
	}
	employment := must(field("employment", resource.String, "terms of work"))
	employment.Enum = []string{string(Employee), string(Contractor)}
	from := func(name string) resource.Mapping { return resource.Mapping{From: name} }
	return resource.Schema{
		Kind: Kind, Version: 1, Title: "People", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must(personal(field("name", resource.String, "full name"))),
			personal(field("email", resource.String, "work address, lower case; absent when none is known")),
			personal(field("external_id", resource.String, "in the personnel system")),
			field("title", resource.String, "role in the organization"),
			field("group", resource.String, "department"),
			field("manager", resource.String, "the register's id of the manager"),
			employment,
			must(field("starts_on", resource.Date, "first day of work")),
			field("ends_on", resource.Date, "last day of work; absent while none is known"),
			must(field("active", resource.Bool, "the day of collection, in the organization's zone, lies between the first and the last day of work")),
		},
		Facets: []resource.Claim{{Facet: "person", Version: 1, Fields: map[string]resource.Mapping{
			"name": from("name"), "email": from("email"), "employment": from("employment"),
			"starts_on": from("starts_on"), "ends_on": from("ends_on"), "active": from("active"),
		}}},
	}
}

type source struct {
	s   Service
	org string
}

// Authority implements connector.Source: the register gives out the ids.
func (f source) Authority(context.Context) (string, error) { return f.org, nil }

// Collect implements connector.Source.
func (f source) Collect(ctx context.Context, run *connector.Run) error {
	g, err := access.Job(f.org, "register").May(access.PersonRead)
	if err != nil {
		return err
	}
	var people []Person
	var today standing.Date
	if err := f.s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if today, err = Today(tx); err != nil {
			return err
		}
		people, err = all(tx)
		return err
	}); err != nil {
		return err
	}
	run.Page("register of people", "", len(people))
	run.Upstream("register of people", len(people))
	for i := range people {
		if err := run.Emit(ctx, people[i].resource(today)); err != nil {
			return err
		}
	}
	run.Complete(Kind)
	return nil
}

func (p *Person) resource(today standing.Date) connector.Resource {
	fields := map[string]any{
		"name": p.Name, "employment": string(p.Employment), "starts_on": p.StartsOn.String(), "active": p.WorksOn(today),
	}
	for name, v := range map[string]string{
		"email": p.Email, "external_id": p.ExternalID, "title": p.Title, "group": p.Group, "manager": p.Manager,
		"ends_on": p.EndsOn.String(),
	} {
		if v != "" {
			fields[name] = v
		}
	}
	return connector.Resource{Kind: Kind, ID: p.ID, Fields: fields}
}
