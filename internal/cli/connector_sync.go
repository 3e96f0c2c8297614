package cli

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type connectorSyncCmd struct {
	Connections []string `arg:"" optional:"" help:"Ids, names or products."`
	All         bool     `help:"Every connection and register."`
}

type syncedOut struct {
	Connections []api.Synced `json:"connections"`
}

// Run collects now.
func (c *connectorSyncCmd) Run(ctx context.Context, r *run) error {
	if len(c.Connections) == 0 && !c.All {
		return fault.New(fault.Invalid, "Name a connection, or --all. They are listed by: assay connector list")
	}
	out, err := c.collect(ctx, r)
	if err != nil {
		return err
	}
	if err := emit(r, out, printSynced); err != nil {
		return err
	}
	return syncedExit(out)
}

// sync collects and prints nothing but notes.
func (c *connectorSyncCmd) sync(ctx context.Context, r *run) error {
	_, err := c.collect(ctx, r)
	return err
}

func (c *connectorSyncCmd) collect(ctx context.Context, r *run) (*syncedOut, error) {
	out := &syncedOut{Connections: []api.Synced{}}
	ids, err := c.ids(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		begun := r.Now()
		v, err := working(r, "Collecting "+id, func() (*api.Synced, error) {
			return change[api.Synced](ctx, r, "connector.sync", &api.ID{ID: id})
		})
		if err != nil {
			return nil, err
		}
		r.note("%s  %s  %.1f s", id, count(v.Resources, "resource", "resources"), r.Now().Sub(begun).Seconds())
		out.Connections = append(out.Connections, *v)
	}
	return out, nil
}

func (c *connectorSyncCmd) ids(ctx context.Context, r *run) (ids []string, err error) {
	if c.All {
		list, err := whole[api.Connections](ctx, r, "connector.list", &api.PageIn{})
		if err != nil {
			return nil, err
		}
		for i := range list.Connections {
			if c := &list.Connections[i]; c.State == "enabled" && !c.Uploaded {
				ids = append(ids, list.Connections[i].ID)
			}
		}
	}
	for _, name := range c.Connections {
		id, err := connection(ctx, r, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func printSynced(p *paper, out *syncedOut) {
	rows := [][]string{{"connection", "kind", "resources", "complete", "why not"}}
	for i := range out.Connections {
		c := &out.Connections[i]
		for j := range c.Kinds {
			k := &c.Kinds[j]
			rows = append(rows, []string{c.Connection, k.Kind, strconv.Itoa(k.Resources), yes(k.Complete), clip(strings.Join(k.Problems, "; "), 100)})
		}
	}
	p.table(rows)
	for i := range out.Connections {
		if text := out.Connections[i].Problem; text != "" {
			p.line("%s broke off: %s", out.Connections[i].Connection, text)
			p.line("Its checks keep their last results until they are too old, and then show no evidence.")
		}
	}
}

// syncedExit says whether something could not be seen.
func syncedExit(out *syncedOut) error {
	for i := range out.Connections {
		c := &out.Connections[i]
		if c.Problem != "" || slices.ContainsFunc(c.Kinds, func(k api.Listing) bool { return !k.Complete }) {
			return found(exitUnknown)
		}
	}
	return nil
}

type connectorPauseCmd struct {
	Connection string `arg:"" help:"Id, name or product."`
}

// Run pauses a connection.
func (c *connectorPauseCmd) Run(ctx context.Context, r *run) error {
	return setState(ctx, r, c.Connection, "paused")
}

type connectorResumeCmd struct {
	Connection string `arg:"" help:"Id, name or product."`
}

// Run resumes a connection.
func (c *connectorResumeCmd) Run(ctx context.Context, r *run) error {
	return setState(ctx, r, c.Connection, "enabled")
}

type connectorRmCmd struct {
	Connection string `arg:"" help:"Id, name or product."`
}

// Run removes a connection.
func (c *connectorRmCmd) Run(ctx context.Context, r *run) error {
	return setState(ctx, r, c.Connection, "removed")
}

func setState(ctx context.Context, r *run, name, state string) error {
	id, err := connection(ctx, r, name)
	if err != nil {
		return err
	}
	in := &api.StateIn{ID: id}
	in.Body.State = state
	if _, err := change[nothing](ctx, r, "connector.state", in); err != nil {
		return err
	}
	r.note("%s is %s. The log says so.", id, state)
	return nil
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

type connectorFreshnessCmd struct {
	Connection string `arg:"" help:"Name or id."`
	Age        string `arg:"" optional:"" help:"Propose this age for every check that needs what it collects, such as 8d; own is each check's own again."`
	Decide     string `enum:"approve,reject,none" default:"none" help:"Approve or reject what somebody else proposed: approve, reject."`
}

// Run shows, proposes or decides how old facts may be.
func (c *connectorFreshnessCmd) Run(ctx context.Context, r *run) error {
	id, err := connection(ctx, r, c.Connection)
	if err != nil {
		return err
	}
	switch {
	case c.Age != "" && c.Decide != "none":
		return fault.New(fault.Invalid, "Either propose an age or decide about one.")
	case c.Decide != "none":
		in := &api.FreshnessDecisionIn{ID: id, Body: api.Decision{Approve: c.Decide == "approve"}}
		out, err := change[api.Ages](ctx, r, "connector.decide-freshness", in)
		if err != nil {
			return err
		}
		return emit(r, out, func(p *paper, v *api.Ages) {
			p.line("%d checks: %s.", len(v.Checks), decided(in.Body.Approve))
		})
	case c.Age != "":
		in := &api.FreshnessIn{ID: id}
		if c.Age != "own" {
			in.Body.Freshness = c.Age
		}
		out, err := change[api.Ages](ctx, r, "connector.propose-freshness", in)
		if err != nil {
			return err
		}
		return emit(r, out, func(p *paper, v *api.Ages) {
			printAges(p, v)
			p.line("Proposed for %d checks. It is in force once another person approves it: assay connector freshness %s --decide approve", len(v.Checks), c.Connection)
		})
	}
	out, err := call[api.Ages](ctx, r, "connector.freshness", &api.ID{ID: id})
	if err != nil {
		return err
	}
	return emit(r, out, printAges)
}

func printAges(p *paper, v *api.Ages) {
	rows := [][]string{{"check", "own", "chosen", "proposed", "title"}}
	for _, a := range v.Checks {
		proposed := a.Proposed
		if a.Waiting {
			proposed = "other change"
		}
		rows = append(rows, []string{a.Check, a.Own, a.Chosen, proposed, a.Title})
	}
	p.table(rows)
}
