package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type connectorCmd struct {
	List      connectorListCmd      `cmd:"" help:"The connections, and when each was collected."`
	Products  connectorProductsCmd  `cmd:"" help:"What can be connected, and what to allow for it."`
	Show      connectorShowCmd      `cmd:"" help:"A connection with its collections."`
	Add       connectorAddCmd       `cmd:"" help:"Connect something."`
	Edit      connectorEditCmd      `cmd:"" help:"Change a connection."`
	Test      connectorTestCmd      `cmd:"" help:"Read without saving anything: what would be collected."`
	Sync      connectorSyncCmd      `cmd:"" help:"Collect now."`
	Pause     connectorPauseCmd     `cmd:"" help:"Stop collecting; the log says so."`
	Resume    connectorResumeCmd    `cmd:"" help:"Collect again."`
	Freshness connectorFreshnessCmd `cmd:"" help:"How old its facts may be for the checks that need them."`
	Rm        connectorRmCmd        `cmd:"" help:"Remove a connection and its credentials; what it collected stays."`
}

type connectorListCmd struct{}

// Run lists the connections.
func (connectorListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Connections](ctx, r, "connector.list", &api.PageIn{})
	if err != nil {
		return err
	}
	now := r.Now()
	return emit(r, out, func(p *paper, v *api.Connections) {
		rows := [][]string{{"connection", "product", "name", "state", "collected", "resources"}}
		for i := range v.Connections {
			c := &v.Connections[i]
			at, n := "never", "–"
			if c.Success != nil {
				at = ago(now.Sub(*c.Success))
			}
			if c.Last != nil {
				n = strconv.Itoa(c.Last.Resources)
			}
			state := c.State
			switch {
			case c.State != "enabled":
			case c.Last != nil && (c.Last.State == "broken" || c.Last.State == "interrupted"):
				state = p.paint(red, "broken")
			case c.Overdue:
				state = p.paint(yellow, "overdue")
			}
			rows = append(rows, []string{c.ID, c.Product, c.Name, state, at, n})
		}
		p.table(rows)
	})
}

// ago is how long ago something was, roughly.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

type connectorProductsCmd struct {
	Product string `arg:"" optional:"" help:"Only this one, with its settings and grants."`
}

// Run lists what can be connected.
func (c *connectorProductsCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.Products](ctx, r, "connector.products", &struct{}{})
	if err != nil {
		return err
	}
	if c.Product != "" {
		i := slices.IndexFunc(out.Products, func(p api.Product) bool { return p.Name == c.Product })
		if i < 0 {
			return fault.New(fault.NotFound, "There is no connector %q. All are listed by: assay connector products", c.Product)
		}
		return emit(r, &out.Products[i], printProduct)
	}
	return emit(r, out, func(p *paper, v *api.Products) {
		rows := [][]string{{"product", "what it reads"}}
		for i := range v.Products {
			rows = append(rows, []string{v.Products[i].Name, v.Products[i].Summary})
		}
		p.table(rows)
	})
}

func printProduct(p *paper, v *api.Product) {
	p.line("%s  %s", v.Name, v.Title)
	p.line("%s", v.Summary)
	for _, s := range v.Settings {
		need := ""
		if s.Required {
			need = " (needed)"
		}
		if s.Secret {
			need += " (secret: give it as @FILE)"
		}
		p.line("  --set %s=…  %s%s. %s", s.Name, s.Label, need, s.Help)
	}
	for i, step := range v.Steps {
		p.line("%d. %s", i+1, step)
	}
	if v.Grant != "" {
		p.line("\n%s", strings.TrimRight(v.Grant, "\n"))
	}
	p.line("\nNot read: %s", strings.Join(v.NotRead, "; "))
	p.line("Brings:   %s", strings.Join(v.Kinds, " "))
}

// connection finds a connection by id, name, product or register.
func connection(ctx context.Context, r *run, name string) (string, error) {
	out, err := whole[api.Connections](ctx, r, "connector.list", &api.PageIn{})
	if err != nil {
		return "", err
	}
	var hits, all []string
	for i := range out.Connections {
		c := &out.Connections[i]
		if c.ID == name {
			return c.ID, nil
		}
		if c.State == "removed" {
			continue
		}
		all = append(all, c.Name)
		if c.Name == name || c.Product == name {
			hits = append(hits, c.ID)
		}
	}
	switch len(hits) {
	case 1:
		return hits[0], nil
	case 0:
		return "", fault.New(fault.NotFound, "There is no connection %q. There are: %s", name, cmp.Or(strings.Join(all, ", "), "none"))
	}
	return "", fault.New(fault.Invalid, "%d connections are called %q. Give an id: %s", len(hits), name, strings.Join(hits, " "))
}

type connectorShowCmd struct {
	Connection string `arg:"" help:"Id, name or product."`
}

// Run shows a connection.
func (c *connectorShowCmd) Run(ctx context.Context, r *run) error {
	id, err := connection(ctx, r, c.Connection)
	if err != nil {
		return err
	}
	out, err := call[api.ConnectionDetail](ctx, r, "connector.show", &api.ID{ID: id})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ConnectionDetail) {
		p.line("%s  %s (%s), %s, every %s", v.ID, v.Name, v.Product, v.State, v.Every)
		for _, name := range sortedKeys(v.Settings) {
			p.line("  %s = %s", name, v.Settings[name])
		}
		for _, name := range v.Secrets {
			p.line("  %s is set", name)
		}
		rows := [][]string{{"collection", "state", "finished", "resources", "added", "removed", "problem"}}
		for i := range v.Collections {
			x := &v.Collections[i]
			rows = append(rows, []string{
				strconv.FormatInt(x.Seq, 10), x.State, moment(x.FinishedAt, time.Local), strconv.Itoa(x.Resources), strconv.Itoa(x.Added),
				strconv.Itoa(x.Removed), clip(x.Problem, 80),
			})
		}
		p.table(rows)
	})
}

type connectionFlags struct {
	Name  string   `help:"What people call it."`
	Set   []string `placeholder:"NAME=VALUE" sep:"none" help:"A setting; @FILE reads the value from a file, for secrets. Repeatable."`
	From  string   `placeholder:"DIR" help:"Instead of the network: a folder of recordings; of mailreport and scanner the reports, of domain certificates in PEM, a chain in a file. The same as --set from=DIR, from this folder."`
	Every string   `placeholder:"SPAN" help:"How often to collect: 6h, 1d."`

	untaken []string // files of the folder that could not be read, each with why
}

// fields are those of a connection of the product; of an edit it is not known.
func (f *connectionFlags) fields(product string) (api.ConnectionFields, error) {
	settings, err := pairs("--set", f.Set)
	if err == nil && f.From != "" {
		err = f.from(product, settings)
	}
	return api.ConnectionFields{Name: f.Name, Settings: settings, Every: f.Every}, err
}

// from sets what a product reads from a folder.
func (f *connectionFlags) from(product string, settings map[string]string) error {
	dir, err := filepath.Abs(f.From)
	if err != nil {
		return err
	}
	switch product {
	case "mailreport", "scanner":
		settings["folder"] = dir
		return nil
	case "domain":
		settings["certificates"], f.untaken, err = chainsIn(dir)
		return err
	}
	settings["from"] = dir
	return nil
}

type connectorAddCmd struct {
	Product string `arg:"" help:"What to connect: assay connector products"`
	connectionFlags
}

// Run adds a connection. With --dry-run it reads and saves nothing.
func (c *connectorAddCmd) Run(ctx context.Context, r *run) error {
	f, err := c.fields(c.Product)
	if err != nil {
		return err
	}
	for _, why := range c.untaken {
		r.note("Not taken, so that the certificates are not whole: %s", why)
	}
	f.Product = c.Product
	if r.DryRun {
		return try(ctx, r, f)
	}
	out, err := change[api.Connection](ctx, r, "connector.add", &api.ConnectionIn{Body: f})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Connection) {
		p.line("Connected %s as %s. It is collected now and every %s.", v.Name, v.ID, v.Every)
	})
}

type connectorEditCmd struct {
	Connection string   `arg:"" help:"Id, name or product."`
	Clear      []string `placeholder:"NAME" help:"A secret to forget. Repeatable."`
	connectionFlags
}

// Run changes a connection. What no flag names stays.
func (c *connectorEditCmd) Run(ctx context.Context, r *run) error {
	id, err := connection(ctx, r, c.Connection)
	if err != nil {
		return err
	}
	have, err := call[api.ConnectionDetail](ctx, r, "connector.show", &api.ID{ID: id})
	if err != nil {
		return err
	}
	f, err := c.fields("")
	if err != nil {
		return err
	}
	f.Name, f.Every, f.Clear = cmp.Or(f.Name, have.Name), cmp.Or(f.Every, have.Every), c.Clear
	for name, v := range have.Settings {
		if _, ok := f.Settings[name]; !ok {
			f.Settings[name] = v
		}
	}
	if _, err := change[nothing](ctx, r, "connector.edit", &api.ConnectionEditIn{ID: id, Body: f}); err != nil {
		return err
	}
	r.note("%s is changed.", f.Name)
	return nil
}

type connectorTestCmd struct {
	Product string `arg:"" help:"What to read: assay connector products"`
	connectionFlags
}

// Run reads and saves nothing.
func (c *connectorTestCmd) Run(ctx context.Context, r *run) error {
	f, err := c.fields(c.Product)
	if err != nil {
		return err
	}
	f.Product = c.Product
	return try(ctx, r, f)
}

func try(ctx context.Context, r *run, f api.ConnectionFields) error {
	out, err := working(r, "Reading", func() (*api.Tried, error) {
		return call[api.Tried](ctx, r, "connector.test", &api.ConnectionIn{Body: f})
	})
	if err != nil {
		return err
	}
	if err := emit(r, out, func(p *paper, v *api.Tried) {
		rows := [][]string{{"kind", "resources", "complete", "why not"}}
		for i := range v.Kinds {
			k := &v.Kinds[i]
			rows = append(rows, []string{k.Kind, strconv.Itoa(k.Resources), yes(k.Complete), clip(strings.Join(append(k.Problems, k.Refused...), "; "), 100)})
		}
		p.table(rows)
		p.line("Nothing was saved.")
	}); err != nil {
		return err
	}
	if slices.ContainsFunc(out.Kinds, func(k api.TriedKind) bool { return !k.Complete }) {
		return found(exitUnknown)
	}
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
