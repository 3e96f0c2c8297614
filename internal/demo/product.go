package demo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"assay/connector"
	"assay/internal/resource"
)

// kind declares one of Larkspur's kinds: a facet's fields, claimed one by one.
func kind(name, title, facet string) resource.Schema {
	f := resource.Facets()[facet]
	claim := resource.Claim{Facet: facet, Version: 1, Fields: map[string]resource.Mapping{}}
	s := resource.Schema{Kind: "larkspur." + name, Version: 1, Title: title, Family: f.Family, Label: "name"}
	for _, field := range f.Fields {
		field.Volatile = field.Name == "last_used_at"
		s.Fields = append(s.Fields, field)
		claim.Fields[field.Name] = resource.Mapping{From: field.Name}
	}
	if f.Family == resource.Event {
		s.At, s.Label = "at", "title"
	}
	s.Facets = []resource.Claim{claim}
	return s
}

// listing is one kind of a product and where its resources come from.
type listing struct {
	schema resource.Schema
	rows   func(day int) []map[string]any
}

// system is one of Larkspur's systems, as a product that this store alone
// knows.
type system struct {
	name, title string
	listings    []listing
	fails       func(day int) error
}

func (w *world) systems() []system {
	expired := func(day int) error {
		if day >= gapFrom && day < gapTo {
			return errors.New("list users: 401 Unauthorized: the token expired on 11 February")
		}
		return nil
	}
	return []system{ // the longest first: they are collected side by side
		{name: "larkspur-code", title: "Code host (made up)", listings: []listing{
			{kind("change", "Changes to production", "change"), w.changes},
		}},
		{name: "larkspur-directory", title: "Directory (made up)", fails: expired, listings: []listing{
			{kind("account", "Directory accounts", "account"), w.accounts},
		}},
		{name: "larkspur-cloud", title: "Cloud (made up)", listings: []listing{
			{kind("console_user", "Console users", "account"), w.consoles},
			{kind("server", "Servers", "host"), w.servers},
			{kind("store", "Data stores", "datastore"), w.stores},
			{kind("rule", "Boundary rules", "network_rule"), w.rules},
		}},
		{name: "larkspur-edge", title: "Edge and domains (made up)", listings: []listing{
			{kind("domain", "Domains", "domain"), w.domains},
			{kind("certificate", "Certificates", "certificate"), w.certificates},
		}},
		{name: "larkspur-scanner", title: "Scanner (made up)", listings: []listing{
			{kind("finding", "Findings", "vulnerability"), w.findings},
		}},
	}
}

// product makes a connector of a system. today tells which day it is.
func (w *world) product(s system, today func() int) connector.Product {
	p := connector.Product{
		Name: s.name, Version: "1", Title: s.title, Summary: "A system of the demonstration. Nothing is read anywhere.",
		Open: func(_ connector.Config, env connector.Env) (connector.Source, error) {
			return &source{world: w, system: s, today: today, env: env}, nil
		},
	}
	for _, l := range s.listings {
		p.Kinds = append(p.Kinds, l.schema)
	}
	return p
}

type source struct {
	world  *world
	system system
	today  func() int
	env    connector.Env
}

// Authority is the made-up account.
func (s *source) Authority(context.Context) (string, error) { return "larkspur.demo.invalid", nil }

// Collect emits what the system shows on the day.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	day := s.today()
	if s.system.fails != nil {
		if err := s.system.fails(day); err != nil {
			run.Refuse("list users", "401 Unauthorized")
			return err
		}
	}
	for i := range s.system.listings {
		l := &s.system.listings[i]
		rows := l.rows(day)
		from := s.world.at(0, 0, 0)
		if until := run.Covered(l.schema.Kind); !until.IsZero() { // what was listed before is asked for no more
			from = until.AddDate(0, 0, -3)
			rows = since(rows, from)
		}
		for _, fields := range rows {
			id, _ := fields["id"].(string)
			fields = maps.Clone(fields)
			delete(fields, "id")
			if at, ok := fields["at"].(time.Time); ok && at.After(s.env.Now()) {
				continue // has not happened yet
			}
			if err := run.Emit(ctx, connector.Resource{Kind: l.schema.Kind, ID: id, Fields: fields}); err != nil {
				return err
			}
		}
		run.Page("list "+l.schema.Kind, "", len(rows))
		run.Upstream("list "+l.schema.Kind, len(rows))
		if l.schema.Family == resource.Event {
			run.Covers(l.schema.Kind, from, s.env.Now())
		}
		run.Complete(l.schema.Kind)
	}
	return nil
}

// since are the events of a list in time order from an instant on.
func since(rows []map[string]any, from time.Time) []map[string]any {
	first, _ := slices.BinarySearchFunc(rows, from, func(fields map[string]any, from time.Time) int {
		at, _ := fields["at"].(time.Time)
		return at.Compare(from)
	})
	return rows[first:]
}
