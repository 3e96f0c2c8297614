package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/resource"
	"assay/internal/suite"
)

func factOperations() []Operation {
	return []Operation{
		{ID: "kind.list", Method: get, Path: "/kinds", Permission: access.FactRead, Summary: "The kinds of resources that were declared here.", Do: does(listKinds)},
		{ID: "kind.show", Method: get, Path: "/kinds/{kind}", Permission: access.FactRead, Summary: "A kind with its fields and the facets that it claims.", Do: does(showKind)},
		{ID: "kind.versions", Method: get, Path: "/kinds/{kind}/versions", Permission: access.FactRead, Summary: "Every version of a kind that the organization declared itself, newest first.", Do: does(listKindVersions)},
		{ID: "kind.declare", Method: post, Path: "/kinds", Permission: access.KindDeclare, Summary: "Declare a kind of the organization's own, or its next version.", Do: does(declareKind)},
		{ID: "fact.list", Method: get, Path: "/kinds/{kind}/resources", Permission: access.FactRead, Summary: "What is known of a kind now, with how complete it is.", Do: does(listFacts)},
	}
}

// listings are what the newest collection of each connection says about every
// kind; of one connection if it is named.
func listings(ctx context.Context, s *suite.Suite, who access.Actor, connection string) (out []fact.Listing, err error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		kinds, err := fact.Kinds(tx)
		if err != nil {
			return err
		}
		from := []string{connection}
		if connection == "" {
			if from, err = s.Connectors.Connections(tx); err != nil {
				return err
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			list, err := fact.Listings(tx, kind, from)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}

// Kind is a kind of resource.
type Kind struct {
	Kind    string   `json:"kind"`
	Version int      `json:"version"`
	Title   string   `json:"title"`
	Family  string   `json:"family" enum:"state,event"`
	Facets  []string `json:"facets"`
	Origin  string   `json:"origin" enum:"connector,org" doc:"Who declared it: a connector or register of Assay's, or the organization."`
	Sources []Source `json:"sources" doc:"What the newest collection of each connection says."`
}

// Source is what one connection says about one kind.
type Source struct {
	Connection string     `json:"connection"`
	Product    string     `json:"product"`
	Seq        int64      `json:"seq"`
	Resources  int        `json:"resources"`
	Complete   bool       `json:"complete"`
	Problems   []string   `json:"problems"`
	At         time.Time  `json:"at"`
	From       *time.Time `json:"from,omitempty" doc:"Of the time that is covered, for events."`
	To         *time.Time `json:"to,omitempty"`
	Leaf       string     `json:"leaf"`
}

func sourceOf(l *fact.Listing) Source {
	return Source{
		l.Connection, l.Connector, l.Seq, l.Items, l.Complete, orNone(l.Problems), l.At, maybe(l.From), maybe(l.To), l.Leaf,
	}
}

func kindOfSchema(k *resource.Schema) Kind {
	out := Kind{Kind: k.Kind, Version: k.Version, Title: k.Title, Family: string(k.Family), Facets: []string{}, Sources: []Source{}}
	for _, c := range k.Facets {
		out.Facets = append(out.Facets, c.Facet)
	}
	return out
}

// originOf says who declared a kind, given those that the organization did.
func originOf(own []collect.DeclaredKind, kind string) string {
	if slices.ContainsFunc(own, func(o collect.DeclaredKind) bool { return o.Kind == kind }) {
		return "org"
	}
	return "connector"
}

// Kinds are the kinds of the organization.
type Kinds struct {
	Kinds []Kind `json:"kinds"`
	Next  string `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func schemas(ctx context.Context, s *suite.Suite, who access.Actor) (kinds map[string]*resource.Schema, err error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		kinds, err = fact.Kinds(tx)
		return err
	})
	return kinds, err
}

func listKinds(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Kinds, error) {
	kinds, err := schemas(ctx, s, who)
	if err != nil {
		return nil, err
	}
	from, err := listings(ctx, s, who, "")
	if err != nil {
		return nil, err
	}
	own, err := s.Connectors.DeclaredKinds(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Kinds{Kinds: []Kind{}}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kindOfSchema(kinds[name])
		k.Origin = originOf(own, name)
		for i := range from {
			if from[i].Kind == name {
				k.Sources = append(k.Sources, sourceOf(&from[i]))
			}
		}
		out.Kinds = append(out.Kinds, k)
	}
	out.Kinds, out.Next = cut(out.Kinds, in.Page, func(k *Kind) string { return k.Kind })
	return out, nil
}

// KindIn names a kind.
type KindIn struct {
	Kind string `path:"kind" doc:"Such as linux.account."`
}

// KindDetail is a kind as it was declared.
type KindDetail struct {
	Schema map[string]any `json:"schema" doc:"As declared; docs/spec/record.md explains it."`
}

func showKind(ctx context.Context, s *suite.Suite, who access.Actor, in *KindIn) (*KindDetail, error) {
	grant, err := who.May(access.FactRead)
	if err != nil {
		return nil, err
	}
	var k *resource.Schema
	if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		k, err = fact.Schema(tx, in.Kind, 0)
		return err
	}); err != nil {
		return nil, err
	}
	text, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	out := &KindDetail{}
	return out, json.Unmarshal(text, &out.Schema)
}

// FactsIn asks for a page of a kind's resources.
type FactsIn struct {
	Page
	Kind       string `path:"kind" doc:"Such as linux.account."`
	Connection string `query:"connection" doc:"Only what this connection says."`
}

// Resource is one fact.
type Resource struct {
	Ref
	Label       string         `json:"label"`
	Hash        string         `json:"hash" doc:"Of the record, hex."`
	At          *time.Time     `json:"at,omitempty" doc:"When it happened, for an event."`
	Possible    bool           `json:"possible" doc:"An incomplete listing did not show it: it may be gone."`
	Fields      map[string]any `json:"fields"`
	Unavailable []string       `json:"unavailable" doc:"Fields that could not be read."`
}

// Facts is a page of resources.
type Facts struct {
	Kind      Kind       `json:"kind"`
	Complete  bool       `json:"complete" doc:"Every source listed all of them."`
	Total     int        `json:"total" doc:"On all pages."`
	Resources []Resource `json:"resources"`
	Next      string     `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listFacts(ctx context.Context, s *suite.Suite, who access.Actor, in *FactsIn) (*Facts, error) {
	from := []string{in.Connection}
	if in.Connection == "" {
		grant, err := who.May(access.FactRead)
		if err != nil {
			return nil, err
		}
		if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error {
			from, err = s.Connectors.Connections(tx)
			return err
		}); err != nil {
			return nil, err
		}
	}
	p, err := s.Facts.Population(ctx, who, in.Kind, from)
	if err != nil {
		return nil, err
	}
	own, err := s.Connectors.DeclaredKinds(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Facts{Kind: kindOfSchema(p.Schema), Complete: len(p.Listings) > 0, Total: len(p.Views), Resources: []Resource{}}
	out.Kind.Origin = originOf(own, in.Kind)
	for i := range p.Listings {
		out.Kind.Sources = append(out.Kind.Sources, sourceOf(&p.Listings[i]))
		out.Complete = out.Complete && p.Listings[i].Complete
	}
	key := func(v **resource.View) string { return (*v).Authority + " " + (*v).ID }
	slices.SortStableFunc(p.Views, func(a, b *resource.View) int { return strings.Compare(key(&a), key(&b)) })
	part, next := cut(p.Views, in.Page, key)
	out.Next = next
	for _, v := range part {
		out.Resources = append(out.Resources, Resource{
			refOf(v.Ref), v.Label(), v.Hash.String(), maybe(v.At()), v.Possible, v.Fields, orNone(v.Unavailable),
		})
	}
	return out, nil
}
