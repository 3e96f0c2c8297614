package policy

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

// The kinds of facts that the register offers.
const (
	Kind           = "program.policy"
	AcceptanceKind = "program.policy_acceptance"
)

// ProductName is the register's name among the products that are collected.
const ProductName = "policy"

// Product offers the policies of one organization as facts.
func Product(s Service, org string) connector.Product {
	return connector.Product{
		Name: ProductName, Version: "1", Title: "Policies", Summary: "What the organization says of itself in writing, and who accepted it, from its own register.",
		Kinds: []resource.Schema{schema(), acceptanceSchema()}, Every: 24 * time.Hour,
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return source{s, org}, nil },
	}
}

func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

func schema() resource.Schema {
	list := func(name, meaning string) resource.Field {
		f := must(name, resource.List, meaning)
		f.Of = &resource.Field{Type: resource.String}
		return f
	}
	return resource.Schema{
		Kind: Kind, Version: 1, Title: "Policies", Family: resource.State, Label: "title",
		Fields: []resource.Field{
			must("title", resource.String, "what it is called"),
			must("in_force", resource.Bool, "a version is in force on the day of collection, in the organization's zone"),
			must("retired", resource.Bool, "it binds nobody any more"),
			must("owned", resource.Bool, "somebody answers for it"),
			may("version", resource.Int, "number of the version in force; absent while none is"),
			may("effective_on", resource.Date, "first day of the version in force"),
			may("approved_at", resource.Time, "when the version in force was approved"),
			may("author", resource.String, "pseudonym of who wrote it last"),
			may("approver", resource.String, "pseudonym of who approved it"),
			may("reviewed_on", resource.Date, "day of its approval or, if later, of the last review that left it as it is"),
			may("review_due_on", resource.Date, "last day of the next review"),
			may("submitted_at", resource.Time, "since when another version waits for approval"),
			list("controls", "ids of the controls that it backs"),
			must("accept_days", resource.Int, "days within which people accept it; 0: nobody is asked to"),
		},
	}
}

func acceptanceSchema() resource.Schema {
	title, name := must("title", resource.String, "what the policy is called"), must("name", resource.String, "who is asked")
	name.Personal = true
	return resource.Schema{
		Kind: AcceptanceKind, Version: 1, Title: "Policies to accept", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("policy", resource.String, "id of the policy"),
			title,
			must("person", resource.String, "the register's id of the person"),
			name,
			must("version", resource.Int, "number of the version in force"),
			must("from", resource.Date, "since when it is asked for: the version's first day, the person's, or a year after the last acceptance"),
			must("due_on", resource.Date, "last day on which it is not late"),
			must("accepted", resource.Bool, "what is asked for was accepted"),
			may("accepted_at", resource.Time, "of the last acceptance, of whatever version"),
			may("accepted_version", resource.Int, "which"),
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
	g, err := access.Job(f.org, "register").May(access.PolicyRead)
	if err != nil {
		return err
	}
	var r register
	if err := f.s.DB.Read(ctx, g, func(tx *db.Tx) error {
		r, err = open(tx)
		return err
	}); err != nil {
		return err
	}
	asked := 0
	for i := range r.policies {
		p := &r.policies[i]
		l := r.listed(p)
		if err := run.Emit(ctx, l.resource(r.today)); err != nil {
			return err
		}
		for _, o := range r.owed(p) {
			asked++
			if err := run.Emit(ctx, o.resource()); err != nil {
				return err
			}
		}
	}
	for kind, n := range map[string]int{Kind: len(r.policies), AcceptanceKind: asked} {
		run.Page("register of policies: "+kind, "", n)
		run.Upstream("register of policies: "+kind, n)
		run.Complete(kind)
	}
	return nil
}

func (l *Listed) resource(today standing.Date) connector.Resource {
	fields := map[string]any{
		"title": l.Title, "in_force": l.Now.Number > 0 && !l.Retired(today), "retired": l.Retired(today), "owned": l.Owner != "",
		"controls": l.Controls, "accept_days": l.AcceptDays,
	}
	if v := &l.Now; v.Number > 0 {
		fields["version"], fields["effective_on"], fields["approved_at"] = v.Number, v.EffectiveOn.String(), clock.Format(v.ApprovedAt)
		fields["author"], fields["approver"], fields["reviewed_on"] = v.Author, v.Approver, l.ReviewedOn.String()
	}
	if l.ReviewDue != 0 {
		fields["review_due_on"] = l.ReviewDue.String()
	}
	if l.NextState == InReview {
		fields["submitted_at"] = clock.Format(l.Next.SubmittedAt)
	}
	return connector.Resource{Kind: Kind, ID: l.ID, Fields: fields}
}

func (o *Owed) resource() connector.Resource {
	fields := map[string]any{
		"policy": o.Policy, "title": o.Title, "person": o.Person, "name": o.Name, "version": o.Version, "from": o.From.String(),
		"due_on": o.DueOn.String(), "accepted": o.Word == Accepted,
	}
	if !o.AcceptedAt.IsZero() {
		fields["accepted_at"], fields["accepted_version"] = clock.Format(o.AcceptedAt), o.AcceptedV
	}
	return connector.Resource{Kind: AcceptanceKind, ID: o.Policy + "/" + o.Person, Fields: fields}
}
