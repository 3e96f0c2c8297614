package register

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/resource"
)

// Product offers the records of a register, and of those whose records it owns,
// as facts of one organization.
func (b *Book) Product(d *Declaration, org string) connector.Product {
	p := connector.Product{
		Name: d.Noun, Version: "1", Title: d.Title, Summary: d.About, Every: 24 * time.Hour,
		Open: func(connector.Config, connector.Env) (connector.Source, error) { return source{b, d, org}, nil },
	}
	p.Kinds = slices.Clone(b.kinds(d))
	return p
}

// kinds are the kinds of a register's facts, worked out once.
func (b *Book) kinds(d *Declaration) []resource.Schema {
	b.made.Lock()
	defer b.made.Unlock()
	if list, ok := b.schemas[d.Noun]; ok {
		return list
	}
	if b.schemas == nil {
		b.schemas = map[string][]resource.Schema{}
	}
	for _, one := range b.family(d) {
		b.schemas[d.Noun] = append(b.schemas[d.Noun], one.Schema())
	}
	return b.schemas[d.Noun]
}

// Products are those of every register, by their order.
func (b *Book) Products(org string) (out []connector.Product) {
	for i := range b.Declarations {
		if d := &b.Declarations[i]; d.Parent == "" {
			out = append(out, b.Product(d, org))
		}
	}
	return out
}

func (b *Book) family(d *Declaration) []*Declaration {
	return append([]*Declaration{d}, b.ChildrenOf(d.Noun)...)
}

// Schema is the kind of the register's facts. Every field may be absent, but for
// those that every record has; what identifies people is personal.
func (d *Declaration) Schema() resource.Schema {
	s := resource.Schema{Kind: d.Kind(), Version: max(d.Facts, 1), Title: d.Title, Family: resource.State, Label: d.Label, Fields: []resource.Field{
		{Name: "id", Type: resource.String, Meaning: "what people call it, such as " + d.Prefix + "-07"},
		{Name: "state", Type: resource.String, Meaning: "where it is in its life", Enum: d.stateNames()},
		{Name: "ended", Type: resource.Bool, Meaning: "nothing is due of it any more"},
		{Name: "created_at", Type: resource.Time, Meaning: "when it came into the register"},
		{Name: "updated_at", Type: resource.Time, Meaning: "when it was last changed"},
		{Name: "decided_at", Type: resource.Time, Meaning: "when somebody who did not write it last decided on it", Optional: true},
		{Name: "decided_by_writer", Type: resource.Bool, Meaning: "whoever decided last had written on it", Optional: true},
	}}
	for i := range d.Fields {
		s.Fields = append(s.Fields, d.Fields[i].schema(d.Label))
	}
	return s
}

func (d *Declaration) stateNames() (out []string) {
	for _, s := range d.States {
		out = append(out, s.Name)
	}
	return out
}

func (f *Field) schema(label string) resource.Field {
	out := resource.Field{Name: f.Name, Type: resource.String, Meaning: f.meaning(), Optional: f.Name != label, Personal: f.Personal}
	switch f.Type {
	case Number:
		out.Type = resource.Int
	case Duration:
		out.Type, out.Unit = resource.Int, "minutes"
	case Date:
		out.Type = resource.Date
	case Time:
		out.Type = resource.Time
	case YesNo:
		out.Type = resource.Bool
	case Choice:
		if f.Scale == nil {
			for _, o := range f.Options {
				out.Enum = append(out.Enum, o.Value)
			}
		}
	case Text, Long, Money, Person, Control, Criterion, Link, Evidence:
	}
	if f.scaled() {
		out.Type = resource.Int
	}
	if f.Many {
		one := out
		one.Name, one.Meaning, one.Optional, one.Personal = "", "", false, false
		return resource.Field{Name: f.Name, Type: resource.List, Of: &one, Meaning: out.Meaning, Personal: f.Personal}
	}
	return out
}

// scaled reports whether the values of a choice are steps of a scale.
func (f *Field) scaled() bool { return f.Type == Choice && f.Scale != nil }

func (f *Field) meaning() string {
	text := f.Label
	if f.Help != "" {
		text += ": " + f.Help
	}
	return strings.ToLower(text[:1]) + strings.TrimSuffix(text[1:], ".")
}

type source struct {
	b   *Book
	d   *Declaration
	org string
}

// Authority implements connector.Source: the register gives out the ids.
func (s source) Authority(context.Context) (string, error) { return s.org, nil }

// Collect implements connector.Source.
func (s source) Collect(ctx context.Context, run *connector.Run) error {
	if first := s.b.Before[s.d.Noun]; first != nil {
		if err := first(ctx, s.org); err != nil {
			return fmt.Errorf("%s: %w", s.d.Noun, err)
		}
	}
	for _, d := range s.b.family(s.d) {
		var found []connector.Resource
		g, err := access.Job(s.org, "register").May(d.Read)
		if err != nil {
			return err
		}
		if err := s.b.DB.Read(ctx, g, func(tx *db.Tx) error {
			found, err = s.b.resources(tx, d)
			return err
		}); err != nil {
			return fmt.Errorf("%s: %w", d.Noun, err)
		}
		for i := range found {
			if err := run.Emit(ctx, found[i]); err != nil {
				return err
			}
		}
		call := "register: " + d.Noun
		run.Page(call, "", len(found))
		run.Upstream(call, len(found))
		run.Complete(d.Kind())
	}
	return nil
}

func (b *Book) resources(tx *db.Tx, d *Declaration) (out []connector.Resource, err error) {
	list, _, err := b.Everything(tx, d.Noun)
	if err != nil {
		return nil, err
	}
	decided, err := b.decided(tx, d)
	if err != nil {
		return nil, err
	}
	for i := range list {
		r := &list[i]
		fields := map[string]any{
			"id": r.ID, "state": r.State, "ended": d.State(r.State).Ended, "created_at": clock.Format(r.CreatedAt), "updated_at": clock.Format(r.UpdatedAt),
		}
		if v, ok := decided[r.ID]; ok {
			fields["decided_at"], fields["decided_by_writer"] = clock.Format(v.at), v.own
		}
		for j := range d.Fields {
			f := &d.Fields[j]
			if f.Many || len(r.List(f.Name)) > 0 {
				fields[f.Name] = f.fact(r.List(f.Name))
			}
		}
		out = append(out, connector.Resource{Kind: d.Kind(), ID: r.ID, Fields: fields})
	}
	return out, nil
}

type decision struct {
	at  time.Time
	own bool
}

// decided are the last decisions on records, by id.
func (b *Book) decided(tx *db.Tx, d *Declaration) (map[string]decision, error) {
	out := map[string]decision{}
	var moves []string
	for i := range d.Moves {
		if d.Moves[i].Decides {
			moves = append(moves, d.Moves[i].Name)
		}
	}
	if len(moves) == 0 {
		return out, nil
	}
	ids, err := actedOn(tx, d.Noun, moves)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		all, err := versions(tx, d.Noun, id)
		if err != nil {
			return nil, err
		}
		for i, v := range all {
			if m, ok := d.Move(v.Act); ok && m.Decides {
				out[id] = decision{v.At, slices.Contains(d.writers(all[:i]), v.By)}
			}
		}
	}
	return out, nil
}

func (f *Field) fact(list []string) any {
	one := func(text string) any {
		if f.Type == Duration {
			return Minutes(text)
		}
		return (&Field{Type: f.Type, Scale: f.Scale}).plain([]string{text})
	}
	if !f.Many {
		return one(list[0])
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = one(list[i])
	}
	return out
}

func orNothing(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
