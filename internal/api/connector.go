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
	"assay/internal/fact"
	"assay/internal/kit/fault"
	"assay/internal/rule"
	"assay/internal/suite"
)

func connectorOperations() []Operation {
	return []Operation{
		{ID: "connector.products", Method: get, Path: "/products", Permission: access.ConnectorRead, Summary: "What can be connected, with the settings and the least grants.", Do: does(listProducts)},
		{ID: "connector.list", Method: get, Path: "/connections", Permission: access.ConnectorRead, Summary: "The connections and the organization's own registers.", Do: does(listConnections)},
		{ID: "connector.show", Method: get, Path: "/connections/{id}", Permission: access.ConnectorRead, Summary: "A connection with its newest collections.", Do: does(showConnection)},
		{ID: "connector.test", Method: post, Path: "/connections/test", Permission: access.ConnectorEdit, Summary: "Read a connection that is not saved, and keep nothing.", Do: does(testConnection)},
		{ID: "connector.add", Method: post, Path: "/connections", Permission: access.ConnectorEdit, Summary: "Connect something and collect it soon.", Do: does(addConnection)},
		{ID: "connector.edit", Method: put, Path: "/connections/{id}", Permission: access.ConnectorEdit, Summary: "Change a connection. Secrets left empty stay unless they are cleared.", Do: does(editConnection)},
		{ID: "connector.state", Method: put, Path: "/connections/{id}/state", Permission: access.ConnectorEdit, Summary: "Pause, resume or remove a connection.", Do: does(setConnectionState)},
		{ID: "connector.sync", Method: post, Path: "/connections/{id}/sync", Permission: access.ConnectorSync, Summary: "Collect a connection or register now.", Do: does(syncConnection)},
		{ID: "connector.freshness", Method: get, Path: "/connections/{id}/freshness", Permission: access.CheckRead, Summary: "How old a listing may be for each check that needs what a connection collects.", Do: does(showFreshness)},
		{ID: "connector.propose-freshness", Method: put, Path: "/connections/{id}/freshness", Permission: access.CheckEdit, Summary: "Propose one age for all of these checks.", Do: does(proposeFreshness)},
		{ID: "connector.decide-freshness", Method: post, Path: "/connections/{id}/freshness/decision", Permission: access.CheckApprove, Summary: "Approve or reject every age that is proposed for them. Whoever proposed one cannot.", Do: does(decideFreshness)},
	}
}

// Setting is one field of a product's set-up.
type Setting struct {
	Name     string   `json:"name"`
	Label    string   `json:"label"`
	Help     string   `json:"help"`
	Example  string   `json:"example,omitempty"`
	Default  string   `json:"default,omitempty"`
	Secret   bool     `json:"secret" doc:"Sealed at rest, never shown again."`
	Required bool     `json:"required"`
	Lines    bool     `json:"lines" doc:"More than one line."`
	Choices  []string `json:"choices"`
}

// Product is what can be connected.
type Product struct {
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	Title    string    `json:"title"`
	Summary  string    `json:"summary"`
	Every    string    `json:"every" doc:"How often it is collected unless told otherwise, such as 24h."`
	Settings []Setting `json:"settings"`
	Kinds    []string  `json:"kinds" doc:"What it brings."`
	Steps    []string  `json:"steps" doc:"What to allow, in order."`
	Grant    string    `json:"grant,omitempty" doc:"A policy or command to copy."`
	NotRead  []string  `json:"not_read"`
}

func productOf(p *connector.Product) Product {
	out := Product{
		Name: p.Name, Version: p.Version, Title: p.Title, Summary: p.Summary, Every: span(p.Every), Settings: []Setting{}, Kinds: []string{},
		Steps: orNone(p.Grant.Steps), Grant: p.Grant.Text, NotRead: orNone(p.Grant.NotRead),
	}
	for _, s := range p.Settings {
		out.Settings = append(out.Settings, Setting{s.Name, s.Label, s.Help, s.Example, s.Default, s.Secret, s.Required, s.Lines, orNone(s.Choices)})
	}
	for i := range p.Kinds {
		out.Kinds = append(out.Kinds, p.Kinds[i].Kind)
	}
	return out
}

// Products are what can be connected.
type Products struct {
	Products []Product `json:"products"`
}

func listProducts(_ context.Context, s *suite.Suite, _ access.Actor, _ *struct{}) (*Products, error) {
	out := &Products{Products: []Product{}}
	for i := range s.Connectors.Products {
		out.Products = append(out.Products, productOf(&s.Connectors.Products[i]))
	}
	return out, nil
}

// Connection is one configured connector, or a register of the organization.
type Connection struct {
	ID        string            `json:"id"`
	Product   string            `json:"product"`
	Name      string            `json:"name"`
	Register  bool              `json:"register" doc:"One of the organization's own registers, always there."`
	Uploaded  bool              `json:"uploaded" doc:"It gets files that people bring, and is not collected."`
	State     string            `json:"state" enum:"enabled,paused,removed"`
	Settings  map[string]string `json:"settings" doc:"Without secrets."`
	Secrets   []string          `json:"secrets" doc:"Names of those that are set."`
	Every     string            `json:"every"`
	Authority string            `json:"authority,omitempty" doc:"Who gives out the ids of what it reads."`
	CreatedAt *time.Time        `json:"created_at,omitempty"`
	Overdue   bool              `json:"overdue"`
	Success   *time.Time        `json:"success_at,omitempty" doc:"When the newest collection that ran to its end finished."`
	Last      *Collection       `json:"last,omitempty"`
}

// Collection is one run of a connection.
type Collection struct {
	Seq        int64      `json:"seq"`
	State      string     `json:"state" enum:"running,done,broken,interrupted"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Resources  int        `json:"resources"`
	Added      int        `json:"added"`
	Removed    int        `json:"removed"`
	Root       string     `json:"root,omitempty" doc:"Merkle root of the records, hex."`
	Leaf       string     `json:"leaf,omitempty" doc:"Of the manifest."`
	Problem    string     `json:"problem,omitempty" doc:"Why it broke off."`
}

func collectionOf(c *fact.Collection) *Collection {
	if c == nil {
		return nil
	}
	out := &Collection{
		Seq: c.Seq, State: string(c.State), StartedAt: c.StartedAt, FinishedAt: maybe(c.FinishedAt), Resources: c.Resources,
		Added: c.Added, Removed: c.Removed, Leaf: c.Leaf, Problem: c.Problem,
	}
	if c.Leaf != "" {
		out.Root = c.Root.String()
	}
	return out
}

func connectionOf(c *collect.Connection, now time.Time) Connection {
	out := Connection{
		ID: c.ID, Product: c.Product, Name: c.Name, Register: c.Register, Uploaded: c.Uploaded(), State: string(c.State), Settings: c.Settings,
		Secrets: orNone(c.HasSecret), Every: span(c.Every), Authority: c.Authority, CreatedAt: maybe(c.CreatedAt),
		Overdue: c.Overdue(now), Success: maybe(c.Success), Last: collectionOf(c.Last),
	}
	if out.Settings == nil {
		out.Settings = map[string]string{}
	}
	return out
}

// span is a length of time as people write it: "24h", "90m".
func span(d time.Duration) string {
	s := d.Round(time.Minute).String()
	s = strings.TrimSuffix(s, "0s")
	if t, ok := strings.CutSuffix(s, "h0m"); ok {
		return t + "h"
	}
	return s
}

// Connections are the connections of the organization.
type Connections struct {
	Connections []Connection `json:"connections"`
	Next        string       `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listConnections(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Connections, error) {
	list, err := s.Connectors.List(ctx, who)
	out := &Connections{Connections: []Connection{}}
	for i := range list {
		out.Connections = append(out.Connections, connectionOf(&list[i], s.Now()))
	}
	out.Connections, out.Next = cut(out.Connections, in.Page, func(c *Connection) string { return c.ID })
	return out, err
}

// ConnectionDetail is a connection with its collections.
type ConnectionDetail struct {
	Connection
	Collections []Collection `json:"collections" doc:"The newest 60."`
}

func showConnection(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*ConnectionDetail, error) {
	c, runs, err := s.Connectors.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &ConnectionDetail{Connection: connectionOf(&c, s.Now()), Collections: []Collection{}}
	for i := range runs {
		out.Collections = append(out.Collections, *collectionOf(&runs[i]))
	}
	return out, nil
}

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
