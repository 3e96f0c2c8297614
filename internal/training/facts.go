package training

import (
	"context"
	"strconv"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/resource"
)

// DutyKind is the kind of facts that say who is asked to complete what.
const DutyKind = "program.training_duty"

// ProductName is the name of the source of these facts among the registers.
const ProductName = "training_duty"

// Product offers what an organization's people owe of courses as facts.
func Product(s *Service, org string) connector.Product {
	return connector.Product{
		Name: ProductName, Version: "1", Title: "Training to complete", Summary: "Who is asked to complete which course, by when, and whether they did, worked out from the registers.",
		Kinds: []resource.Schema{dutySchema()}, Every: 24 * time.Hour,
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return source{s, org}, nil },
	}
}

func dutySchema() resource.Schema {
	must := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning}
	}
	may := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
	}
	name := must("name", resource.String, "who is asked")
	name.Personal = true
	return resource.Schema{
		Kind: DutyKind, Version: 1, Title: "Training to complete", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("course", resource.String, "id of the course"),
			must("title", resource.String, "what it is called"),
			must("person", resource.String, "the register's id of the person"),
			name,
			must("some", resource.Bool, "it is asked of some groups, titles or people only"),
			must("cause", resource.String, "joining, first (they worked here when it was begun with) or again"),
			must("from", resource.Date, "since when it is asked for, or will be"),
			may("due_on", resource.Date, "last day on which it is not late; absent if it was completed once and for all"),
			must("done", resource.Bool, "it was completed, and is not to be taken again yet"),
			may("done_on", resource.Date, "day of the last completion"),
			may("first_on", resource.Date, "day of the first"),
			may("score", resource.Int, "percent, of the last completion"),
			may("completion", resource.String, "id of the last completion"),
		},
	}
}

type source struct {
	s   *Service
	org string
}

// Authority implements connector.Source: the register gives out the ids.
func (f source) Authority(context.Context) (string, error) { return f.org, nil }

// Collect implements connector.Source.
func (f source) Collect(ctx context.Context, run *connector.Run) error {
	g, err := access.Job(f.org, "register").May(access.TrainingRead)
	if err != nil {
		return err
	}
	var list []Owed
	if err := f.s.DB.Read(ctx, g, func(tx *db.Tx) error {
		r, err := f.s.open(tx)
		if err != nil {
			return err
		}
		for i := range r.courses {
			list = append(list, r.owed(&r.courses[i])...)
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range list {
		if err := run.Emit(ctx, list[i].resource()); err != nil {
			return err
		}
	}
	run.Page("training to complete", "", len(list))
	run.Upstream("training to complete", len(list))
	run.Complete(DutyKind)
	return nil
}

func (o *Owed) resource() connector.Resource {
	fields := map[string]any{
		"course": o.Course, "title": o.Title, "person": o.Person, "name": o.Name, "some": o.Some, "cause": string(o.Cause), "from": o.From.String(), "done": o.Word == Done,
	}
	if o.DueOn != 0 {
		fields["due_on"] = o.DueOn.String()
	}
	if o.DoneOn != 0 {
		fields["done_on"], fields["first_on"], fields["completion"] = o.DoneOn.String(), o.FirstOn.String(), o.Record
	}
	if n, err := strconv.Atoi(o.Score); err == nil {
		fields["score"] = n
	}
	return connector.Resource{Kind: DutyKind, ID: o.Course + "/" + o.Person, Fields: fields}
}
