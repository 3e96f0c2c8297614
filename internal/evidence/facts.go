package evidence

import (
	"context"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/resource"
	"assay/internal/standing"
)

// FactKind is the kind of fact that the register offers.
const FactKind = "program.evidence"

// ProductName is the register's name among the products that are collected.
const ProductName = "evidence"

// Product offers the evidence of one organization as facts.
func Product(s Service, org string) connector.Product {
	return connector.Product{
		Name: ProductName, Version: "1", Title: "Evidence", Summary: "What people added as evidence, from the organization's own register.",
		Kinds: []resource.Schema{schema()}, Every: 7 * 24 * time.Hour, // and at each change; no fact of it depends on the day
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return source{s, org}, nil },
	}
}

func schema() resource.Schema {
	must := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning}
	}
	may := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
	}
	title := must("title", resource.String, "what it is")
	title.Personal = true // free text
	kind := must("kind", resource.String, "how it came about")
	for _, k := range Kinds() {
		kind.Enum = append(kind.Enum, string(k))
	}
	controls := must("controls", resource.List, "ids of the controls that it serves")
	controls.Of = &resource.Field{Type: resource.String}
	return resource.Schema{
		Kind: FactKind, Version: 1, Title: "Evidence that people added", Family: resource.State, Label: "title",
		Fields: []resource.Field{
			title, kind, controls,
			may("lane", resource.String, "lane of the controls; absent: every upload lane"),
			must("covers_from", resource.Date, "first day that it covers"),
			must("covers_to", resource.Date, "last day that it covers"),
			may("frequency", resource.String, "how often such evidence is needed; absent: once"),
			may("due_on", resource.Date, "last day on which it is not too old; absent: none"),
			must("added_at", resource.Time, "when it was added"),
			must("added_by", resource.String, "pseudonym of who added it"),
			may("size", resource.Int, "bytes of the file; absent for a reference"),
			must("head", resource.Bool, "no other piece that serves a lane of one of its controls reaches further"),
			must("superseded", resource.Bool, "another piece corrects it"),
		},
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
	g, err := access.Job(f.org, "register").May(access.EvidenceRead)
	if err != nil {
		return err
	}
	var found []Evidence
	if err := f.s.DB.Read(ctx, g, func(tx *db.Tx) error {
		found, err = list(tx, &Filter{}, standing.Date(0))
		return err
	}); err != nil {
		return err
	}
	run.Page("register of evidence", "", len(found))
	run.Upstream("register of evidence", len(found))
	for i := range found {
		if err := run.Emit(ctx, found[i].resource()); err != nil {
			return err
		}
	}
	run.Complete(FactKind)
	return nil
}

func (e *Evidence) resource() connector.Resource {
	fields := map[string]any{
		"title": e.Title, "kind": string(e.Kind), "controls": e.Controls,
		"covers_from": e.From.String(), "covers_to": (e.To - 1).String(), "added_at": clock.Format(e.At), "added_by": e.By,
		"head": e.Heads > 0, "superseded": e.SupersededBy != "",
	}
	for name, v := range map[string]string{"lane": e.Lane, "frequency": string(e.Frequency), "due_on": e.DueOn.String()} {
		if v != "" {
			fields[name] = v
		}
	}
	if e.Blob != "" {
		fields["size"] = e.Size
	}
	return connector.Resource{Kind: FactKind, ID: e.ID, Fields: fields}
}
