package account

import (
	"context"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/resource"
)

// Kind is the kind of fact that the register offers.
const Kind = "program.account"

// ProductName is the register's name among the products that are collected.
const ProductName = "account"

// Product offers the register of one organization as facts. Collecting it makes
// the matches that the rules find first.
func Product(s Service, org string) connector.Product {
	return connector.Product{
		Name: ProductName, Version: "1", Title: "Accounts", Summary: "Every account that connected systems show, and whose it is.",
		Kinds: []resource.Schema{schema()}, Every: 24 * time.Hour,
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return source{s, org}, nil },
	}
}

func schema() resource.Schema {
	const s, b = resource.String, resource.Bool
	must := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning}
	}
	may := func(name string, t resource.Type, meaning string) resource.Field {
		return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
	}
	personal := func(f resource.Field) resource.Field {
		f.Personal = true
		return f
	}
	words := func(f resource.Field, enum ...string) resource.Field {
		f.Enum = enum
		return f
	}
	return resource.Schema{
		Kind: Kind, Version: 1, Title: "Accounts and whose they are", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			personal(must("name", s, "the account's name for people")),
			must("system", s, "kind of the account"),
			must("authority", s, "who gave out the account's id"),
			must("account", s, "the account's id"),
			must("enabled", b, "somebody or something can sign in with it"),
			must("admin", b, "it has administrative power over the system"),
			words(must("holder", s, "what it is for: as was said of it, else as the product tells"), string(ByPerson), string(ByService), string(BySystem)),
			must("matched", b, "it is known whose it is: a person's, or a service's with an owner"),
			words(may("how", s, "by what it is known; absent when it is not"), string(ByAddress), string(ByProvider), string(Confirmed), string(Declared)),
			may("person", s, "id, in the register of people, of whose it is or who answers for it"),
			may("person_active", b, "that person works here on the day of collection, in the organization's zone; absent without one"),
			may("purpose", s, "what a service's account does"),
			may("since", resource.Time, "when that was said"),
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
	job := access.Job(f.org, "register")
	silent := f.s
	silent.Changed = "" // it is collected right now
	if _, err := silent.Match(ctx, job); err != nil {
		return err
	}
	g, err := job.May(access.AccountRead)
	if err != nil {
		return err
	}
	var k *known
	if err := f.s.DB.Read(ctx, g, func(tx *db.Tx) error {
		k, err = f.s.load(tx)
		return err
	}); err != nil {
		return err
	}
	run.Page("register of accounts", "", len(k.accounts))
	run.Upstream("register of accounts", len(k.accounts))
	for i := range k.accounts {
		if err := run.Emit(ctx, k.resource(&k.accounts[i])); err != nil {
			return err
		}
	}
	for _, why := range k.incomplete {
		run.Incomplete(Kind, why)
	}
	run.Complete(Kind)
	return nil
}

func (k *known) resource(a *Account) connector.Resource {
	r := connector.Resource{Kind: Kind, ID: a.ID, Fields: map[string]any{
		"name": a.Name, "system": a.Kind, "authority": a.Authority, "account": a.Ref.ID, "holder": string(a.Holder), "matched": a.Match != nil,
	}}
	for name, v := range map[string]*bool{"enabled": a.Enabled, "admin": a.Admin} {
		if v == nil {
			r.Unavailable = append(r.Unavailable, name)
		} else {
			r.Fields[name] = *v
		}
	}
	if m := a.Match; m != nil {
		r.Fields["holder"], r.Fields["how"], r.Fields["person"], r.Fields["since"] = string(m.Holder), string(m.How), m.Person, m.MadeAt
		r.Fields["person_active"] = worksOn(k.byPerson, m.Person, k.today)
		if m.Note != "" {
			r.Fields["purpose"] = m.Note
		}
	}
	return r
}
