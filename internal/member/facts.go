package member

import (
	"context"
	"time"

	"assay/connector"
	"assay/connector/field"
	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/resource"
)

// Kinds of fact: the organization's own members, and those of other firms whom it let
// in. A guest is not looked for in the register of people.
const (
	Kind      = "program.user"
	GuestKind = "program.guest"
)

// ProductName is the members' name among the products that are collected.
const ProductName = "user"

// Source is where members are read.
type Source struct {
	DB *db.DB
	// Providers names, by consent, the providers that the transaction's organization
	// has let in.
	Providers func(tx *db.Tx) (map[string]string, error)
}

// Product offers the members of one organization as facts.
func Product(s Source, org string) connector.Product {
	return connector.Product{
		Name: ProductName, Version: "1", Title: "Users", Summary: "Who may enter the organization in Assay: members, auditors, staff of a provider.",
		Kinds: []resource.Schema{users(), guests()}, Every: 24 * time.Hour,
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return opened{s, org}, nil },
	}
}

func users() resource.Schema {
	k := field.State(Kind, "Users of Assay", "name", append(common(),
		field.May("person", resource.String, "id, in the register of people, of whose account it was said to be"))...)
	k.Facets = []resource.Claim{claim()}
	return k
}

func guests() resource.Schema {
	k := field.State(GuestKind, "Guests in Assay", "name", append(common(),
		field.May("provider", resource.String, "name of the provider whose staff they are; absent for all others"))...)
	c := claim()
	delete(c.Fields, "email")
	c.Lacks = map[string]string{"email": "Guests work for another firm: the register of people does not have them, and its days say nothing of them."}
	k.Facets = []resource.Claim{c}
	return k
}

func common() []resource.Field {
	const s, b, t = resource.String, resource.Bool, resource.Time
	return []resource.Field{
		field.Personal(field.Must("name", s, "as they call themselves")),
		field.Personal(field.Must("email", s, "address with which they sign in, lower case")),
		field.Must("role", s, "lead, owner, employee, auditor, viewer, provider, or one of the organization's own"),
		field.Must("enabled", b, "has a way to sign in that the organization accepts"),
		field.Must("admin", b, "may let others in, say what they may do, or connect systems"),
		field.Must("second_factor", b, "password alone does not let them in; not known of those for whom an identity provider alone vouches"),
		field.Must("tokens", resource.Int, "API tokens of theirs in force"),
		field.Must("created_at", t, "when the membership began"),
		field.May("until", t, "when it ends by itself; absent where it does not"),
		field.Volatile(field.May("last_used_at", t, "when a session last began; absent before the first")),
	}
}

// claim is aside: who sees only Assay's own users has seen no account of the systems
// that the program is about.
func claim() resource.Claim {
	return resource.Claim{Facet: "account", Version: 1, Aside: true, Fields: map[string]resource.Mapping{
		"name": field.From("name"), "email": field.From("email"), "holder": {Value: "person"}, "enabled": field.From("enabled"), "admin": field.From("admin"),
		"mfa": field.From("second_factor"), "created_at": field.From("created_at"), "last_used_at": field.From("last_used_at"),
	}}
}

type opened struct {
	s   Source
	org string
}

// Authority implements connector.Source: the organization gives memberships out.
func (f opened) Authority(context.Context) (string, error) { return f.org, nil }

// Collect implements connector.Source.
func (f opened) Collect(ctx context.Context, run *connector.Run) error {
	g, err := access.Job(f.org, "register").May(access.UserList)
	if err != nil {
		return err
	}
	var seats []auth.Seat
	var providers map[string]string
	if err := f.s.DB.Read(ctx, g, func(tx *db.Tx) error {
		if providers, err = f.s.Providers(tx); err != nil {
			return err
		}
		seats, err = auth.Seats(tx)
		return err
	}); err != nil {
		return err
	}
	run.Page("users", "", len(seats))
	run.Upstream("users", len(seats))
	for i := range seats {
		if err := run.Emit(ctx, resourceOf(&seats[i], providers)); err != nil {
			return err
		}
	}
	run.Complete(Kind)
	run.Complete(GuestKind)
	return nil
}

func resourceOf(m *auth.Seat, providers map[string]string) connector.Resource {
	r := connector.Resource{Kind: Kind, ID: m.ID, Fields: map[string]any{
		"name": m.Name, "email": m.Email, "role": string(m.Role), "enabled": m.Enters(), "admin": admin(&m.Member),
		"tokens": m.Tokens, "created_at": m.JoinedAt,
	}}
	if m.Role.Guest() {
		r.Kind = GuestKind
	}
	if enforced, known := m.Enforced(); known {
		r.Fields["second_factor"] = enforced
	} else {
		r.Unavailable = append(r.Unavailable, "second_factor")
	}
	for name, at := range map[string]time.Time{"until": m.Until, "last_used_at": m.LastAt} {
		if !at.IsZero() {
			r.Fields[name] = at
		}
	}
	for name, text := range map[string]string{"provider": providers[m.Via], "person": m.Person} {
		if text != "" {
			r.Fields[name] = text
		}
	}
	return r
}

// admin reports whether the role has power over who gets in, or over what facts come
// from.
func admin(m *auth.Member) bool {
	for _, p := range []access.Permission{access.UserInvite, access.UserEdit, access.RoleEdit, access.SSOEdit, access.ConnectorEdit} {
		if access.Includes(m.Role, m.Own, p) {
			return true
		}
	}
	return false
}
