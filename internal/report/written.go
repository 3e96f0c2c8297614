package report

import (
	"cmp"
	"slices"
	"strings"

	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/description"
	"assay/internal/incident"
	"assay/internal/kit/document"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/register"
	"assay/internal/vendor"
)

// Resolve refuses a part of the description that refers to what is not on record. It
// is an act of the move that approves it.
func (s Service) Resolve(tx *db.Tx, r *register.Record, _ *register.World) error {
	var bad []fault.Field
	for _, ref := range description.References(r.Get("text")) {
		known, err := s.known(tx, ref)
		if err != nil {
			return err
		}
		if !known {
			bad = append(bad, fault.Field{Name: "text", Text: "{{" + ref.Kind + ":" + ref.Name + "}} is not on record. Change the text, or put it on record."})
		}
	}
	if bad != nil {
		return fault.Fields("It was not approved.", bad...)
	}
	return nil
}

func (s Service) known(tx *db.Tx, ref description.Reference) (bool, error) {
	switch ref.Kind {
	case "org":
		o, err := org.Load(tx)
		return ref.Name != "service" || o.Service != "", err
	case "criterion":
		_, ok := s.Library.Criteria().Criterion(criteria.ID(ref.Name))
		return ok, nil
	case "control":
		err := s.Controls.Exists(tx, ref.Name)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return err == nil, err
	}
	r, err := s.Books.Load(tx, ref.Kind, ref.Name)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && r.ArchivedAt.IsZero(), err
}

// parts are the parts of the description under a criterion: those frozen for the
// engagement if there are any, else those that are frozen for none.
func (f *facts) parts(id string) (out []*register.Record) {
	for i := range f.books[description.Noun] {
		r := &f.books[description.Noun][i]
		if r.Get("criterion") != id {
			continue
		}
		if own := r.Get("engagement"); own == "" && !f.frozen() || own != "" && f.deal != nil && own == f.deal.ID {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *register.Record) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// frozen reports whether the engagement has parts of its own.
func (f *facts) frozen() bool {
	return f.deal != nil && slices.ContainsFunc(f.books[description.Noun], func(r register.Record) bool { return r.Get("engagement") == f.deal.ID })
}

// written tells the parts of the description under a criterion, and reports whether
// there is one.
func (b *builder) written(id string) bool {
	list := b.parts(id)
	for _, r := range list {
		b.head(3, "%s", r.Get("title"))
		if r.State == description.Written {
			b.note("Nobody has approved this part yet.")
		}
		blocks := document.Prose(r.Get("text"))
		for i := range blocks {
			blocks[i].Text = b.filled(document.Plain(blocks[i].Text))
			if i == len(blocks)-1 {
				blocks[i].Text = append(blocks[i].Text, b.record(r))
			}
		}
		b.add(blocks...)
	}
	return len(list) > 0
}

// filled is a text with what it refers to, as it is on record.
func (b *builder) filled(text string) (out []document.Run) {
	description.Fill(text,
		func(s string) {
			if s != "" {
				out = append(out, document.Run{Text: s})
			}
		},
		func(ref description.Reference) { out = append(out, b.fact(ref)...) },
	)
	return out
}

func (b *builder) fact(ref description.Reference) []document.Run {
	switch ref.Kind {
	case "org":
		if ref.Name == "name" {
			return []document.Run{say("%s", b.org.Name)}
		}
		return []document.Run{say("%s", b.service())}
	case "criterion":
		return []document.Run{say("%s", ref.Name)}
	case "control":
		i := slices.IndexFunc(b.overview.All(), func(c control.Listed) bool { return c.Control == ref.Name })
		if i >= 0 {
			c := b.overview.All()[i]
			if b.r.Kind == Type3 { // for anyone: what is done, and not by which control
				return []document.Run{say("%s", strings.TrimSuffix(c.Title, "."))}
			}
			return []document.Run{say("%s (%s)", strings.TrimSuffix(c.Title, "."), c.Control), b.wording(&c)}
		}
	case vendor.Noun, incident.Noun:
		list := b.books[ref.Kind]
		if i := slices.IndexFunc(list, func(r register.Record) bool { return r.ID == ref.Name }); i >= 0 {
			return []document.Run{say("%s", list[i].Get("title")), b.record(&list[i])}
		}
	}
	return []document.Run{{Text: "[" + ref.Kind + " " + ref.Name + " is not on record]", Bold: true}}
}

// userControls are kept apart from what user entities merely answer for.
func (b *builder) userControls() {
	for _, one := range []struct{ sort, title, none string }{
		{description.Complementary, "Complementary user entity controls", "No control of user entities is on record without which a criterion would not be met."},
		{"responsibility", "Responsibilities of user entities", "No responsibility of user entities is on record."},
	} {
		t := &document.Table{Name: one.title, Head: []string{"User entities", "Criteria", "Why"}, Widths: []int{42, 14, 44}}
		if one.sort != description.Complementary {
			t.Head, t.Widths = []string{"User entities"}, []int{1}
		}
		for i := range b.books[description.UserControlNoun] {
			r := &b.books[description.UserControlNoun][i]
			if r.Get("sort") != one.sort {
				continue
			}
			row := cells(r.Get("title"), strings.Join(r.List("criteria"), ", "), r.Get("why"))
			row.Cells = row.Cells[:len(t.Head)]
			row.Cells[0] = append(row.Cells[0], b.record(r))
			t.Rows = append(t.Rows, row)
		}
		b.head(3, "%s", one.title)
		if b.count(strings.ToLower(one.title), len(t.Rows)) == 0 {
			b.para(say("%s", one.none))
			continue
		}
		b.grid(t)
	}
}

// hints says which description criteria have no text of management.
func (b *builder) hints() {
	var empty []string
	for _, c := range b.s.Library.Criteria().Description() {
		if only := c.ReportTypes; b.r.Kind == Type1 && len(only) > 0 && !slices.Contains(only, "type1") {
			continue
		}
		if len(b.parts(string(c.ID))) == 0 {
			empty = append(empty, string(c.ID))
		}
	}
	if b.count("description criteria without a text", len(empty)) > 0 {
		b.note("Management has written nothing under %s. What stands there is what the registers hold.", listed(empty))
	}
}
