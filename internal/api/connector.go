package api

import (
	"context"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/collect"
	"assay/internal/fact"
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
