package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/collect"
	"assay/internal/kit/fault"
	"assay/internal/rule"
	"assay/internal/suite"
)

// ConnectionFields are what people enter of a connection.
type ConnectionFields struct {
	Product  string            `json:"product,omitempty" doc:"Not for an edit."`
	Name     string            `json:"name,omitempty" maxLength:"100"`
	Settings map[string]string `json:"settings,omitempty" doc:"Secrets among them."`
	Every    string            `json:"every,omitempty" doc:"Such as 24h or 1d; the product's own if absent."`
	Clear    []string          `json:"clear,omitempty" maxItems:"100" doc:"Of an edit: names of secrets to forget."`
}

func (f *ConnectionFields) fields() (collect.New, error) {
	n := collect.New{Product: f.Product, Name: f.Name, Settings: f.Settings, Clear: f.Clear}
	if n.Settings == nil {
		n.Settings = map[string]string{}
	}
	if f.Every == "" {
		return n, nil
	}
	var err error
	if n.Every, err = rule.ParseSpan(f.Every); err != nil {
		return n, fault.Fields("The connection was not saved.", fault.Field{Name: "every", Text: "Write a number and m, h, d or w, such as 24h."})
	}
	return n, nil
}

// ConnectionIn is a connection to be.
type ConnectionIn struct{ Body ConnectionFields }

// Tried is what a dry run saw.
type Tried struct {
	Kinds []TriedKind      `json:"kinds"`
	Calls []connector.Call `json:"calls"`
}

// TriedKind is what a dry run saw of one kind.
type TriedKind struct {
	Kind      string           `json:"kind"`
	Title     string           `json:"title"`
	Resources int              `json:"resources"`
	Complete  bool             `json:"complete"`
	Problems  []string         `json:"problems"`
	Refused   []string         `json:"refused" doc:"Resources that do not fit."`
	Sample    []SampleResource `json:"sample" doc:"The first five."`
}

// SampleResource is a resource that was not kept.
type SampleResource struct {
	ID          string         `json:"id"`
	Fields      map[string]any `json:"fields"`
	Unavailable []string       `json:"unavailable"`
}

func testConnection(ctx context.Context, s *suite.Suite, who access.Actor, in *ConnectionIn) (*Tried, error) {
	n, err := in.Body.fields()
	if err != nil {
		return nil, err
	}
	list, calls, err := s.Connectors.Try(ctx, who, n)
	if err != nil {
		return nil, err
	}
	out := &Tried{Kinds: []TriedKind{}, Calls: orNone(calls)}
	for i := range list {
		p := &list[i]
		k := TriedKind{
			Kind: p.Kind, Title: p.Title, Resources: p.Items, Complete: p.Complete, Problems: orNone(p.Problems),
			Refused: orNone(p.Errors), Sample: []SampleResource{},
		}
		for j := range p.Sample {
			k.Sample = append(k.Sample, SampleResource{p.Sample[j].ID, p.Sample[j].Fields, orNone(p.Sample[j].Unavailable)})
		}
		out.Kinds = append(out.Kinds, k)
	}
	return out, nil
}

func addConnection(ctx context.Context, s *suite.Suite, who access.Actor, in *ConnectionIn) (*Connection, error) {
	n, err := in.Body.fields()
	if err != nil {
		return nil, err
	}
	c, err := s.Connectors.Add(ctx, who, n)
	if err != nil {
		return nil, err
	}
	out := connectionOf(&c, s.Now())
	return &out, nil
}

// ConnectionEditIn is a connection as it is to be.
type ConnectionEditIn struct {
	ID   string `path:"id"`
	Body ConnectionFields
}

func editConnection(ctx context.Context, s *suite.Suite, who access.Actor, in *ConnectionEditIn) (*none, error) {
	n, err := in.Body.fields()
	if err != nil {
		return nil, err
	}
	return &none{}, s.Connectors.Edit(ctx, who, in.ID, n)
}

// StateIn is the state that a connection is to have.
type StateIn struct {
	ID   string `path:"id"`
	Body struct {
		State string `json:"state" enum:"enabled,paused,removed"`
	}
}

func setConnectionState(ctx context.Context, s *suite.Suite, who access.Actor, in *StateIn) (*none, error) {
	return &none{}, s.Connectors.SetState(ctx, who, in.ID, collect.State(in.Body.State))
}

// Synced is a collection that was just made.
type Synced struct {
	Connection string `json:"connection"`
	Collection
	Kinds []Listing `json:"kinds"`
}

// Listing is what a collection says about one kind.
type Listing struct {
	Kind      string    `json:"kind"`
	Resources int       `json:"resources"`
	Complete  bool      `json:"complete"`
	Problems  []string  `json:"problems"`
	At        time.Time `json:"at"`
}

func syncConnection(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Synced, error) {
	c, err := s.Connectors.Run(ctx, who, in.ID, nil)
	if err != nil {
		return nil, err
	}
	out := &Synced{Connection: in.ID, Collection: *collectionOf(&c), Kinds: []Listing{}}
	list, err := listings(ctx, s, who, in.ID)
	for i := range list {
		if list[i].Seq == c.Seq {
			l := &list[i]
			out.Kinds = append(out.Kinds, Listing{l.Kind, l.Items, l.Complete, orNone(l.Problems), l.At})
		}
	}
	slices.SortFunc(out.Kinds, func(a, b Listing) int { return strings.Compare(a.Kind, b.Kind) })
	return out, err
}

// Ages says how old listings may be for checks.
type Ages struct {
	Checks []Age `json:"checks"`
}

// Age is how old a listing may be for one check.
type Age struct {
	Check    string `json:"check"`
	Title    string `json:"title"`
	Own      string `json:"own" doc:"What the check says itself."`
	Chosen   string `json:"chosen,omitempty" doc:"By the organization, instead."`
	Proposed string `json:"proposed,omitempty" doc:"What waits for another person's approval."`
	Revision int    `json:"revision,omitempty" doc:"Of the proposal."`
	Author   string `json:"author,omitempty" doc:"Who proposed it."`
	Waiting  bool   `json:"waiting" doc:"Some other change of it waits, so that none can be proposed."`
}

func agesOf(list []check.Aged, err error) (*Ages, error) {
	out := &Ages{Checks: []Age{}}
	for _, a := range list {
		out.Checks = append(out.Checks, Age(a))
	}
	return out, err
}

func showFreshness(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*Ages, error) {
	kinds, err := s.Connectors.Brings(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return agesOf(s.Checks.Freshness(ctx, who, kinds))
}

// FreshnessIn is an age for all checks of a connection.
type FreshnessIn struct {
	ID   string `path:"id"`
	Body struct {
		Freshness string `json:"freshness" maxLength:"20" doc:"Such as 8d, from an hour to nine days; empty is each check's own."`
	}
}

func proposeFreshness(ctx context.Context, s *suite.Suite, who access.Actor, in *FreshnessIn) (*Ages, error) {
	kinds, err := s.Connectors.Brings(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return agesOf(s.Checks.ProposeFreshness(ctx, who, kinds, in.Body.Freshness))
}

// FreshnessDecisionIn decides about what is proposed for a connection's checks.
type FreshnessDecisionIn struct {
	ID   string `path:"id"`
	Body Decision
}

func decideFreshness(ctx context.Context, s *suite.Suite, who access.Actor, in *FreshnessDecisionIn) (*Ages, error) {
	kinds, err := s.Connectors.Brings(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return agesOf(s.Checks.DecideFreshness(ctx, who, kinds, in.Body.Approve))
}
