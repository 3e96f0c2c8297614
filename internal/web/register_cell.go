package web

import (
	"cmp"
	"slices"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// columns are the fields that the list shows.
func (p *registerPage) columns() (out []register.Field) {
	for _, column := range p.face.columns {
		name, label, renamed := strings.Cut(column, ":")
		f, ok := p.d.Field(name)
		if !ok {
			continue
		}
		out = append(out, *f)
		if renamed {
			out[len(out)-1].Label = label
		}
	}
	if len(out) > 0 {
		return out
	}
	for i := range p.d.Fields {
		if f := &p.d.Fields[i]; f.Listed && f.Name != p.d.Label {
			out = append(out, *f)
		}
	}
	return out
}

func (p *registerPage) rows(list []register.Record, w *register.World, fields []register.Field) (out []page.RegisterRow, err error) {
	if err := p.standings(list, fields); err != nil {
		return nil, err
	}
	for i := range list {
		r := &list[i]
		tone, label := p.d.BadgeOf(r, w)
		row := page.RegisterRow{ID: r.ID, Title: r.Label(p.d), Href: p.base() + "/" + r.ID, Badge: view.Badge{State: view.State(tone), Label: label}}
		for j := range fields {
			row.Cells = append(row.Cells, p.cell(&fields[j], r, w))
		}
		if p.face.row != nil {
			p.face.row(p, r, &row)
		}
		out = append(out, row)
	}
	return out, nil
}

// standings finds out how the controls stand that the records name.
func (p *registerPage) standings(list []register.Record, fields []register.Field) error {
	named := slices.ContainsFunc(fields, func(f register.Field) bool {
		return f.Type == register.Control && slices.ContainsFunc(list, func(r register.Record) bool { return len(r.List(f.Name)) > 0 })
	})
	if !named || p.badges != nil {
		return nil
	}
	p.badges = map[string]view.Badge{}
	o, err := p.s.Suite.Controls.List(p.r.Context(), p.r.who)
	if fault.Is(err, fault.Forbidden) {
		return nil
	}
	p.controls = o.All()
	for i := range p.controls {
		c := &p.controls[i]
		b := groupBadge(c.Standing.Group, c.Standing.Summary)
		p.badges[c.Control] = view.Badge{State: b.State, Label: c.Control, Href: "/controls/" + c.Control}
	}
	return err
}

const mostTags = 3 // of a cell; the record has all

func (p *registerPage) cell(f *register.Field, r *register.Record, w *register.World) page.RegisterCell {
	if p.face.cell != nil {
		if c, ok := p.face.cell(p, f.Name, r, w); ok {
			return c
		}
	}
	list := r.List(f.Name)
	switch f.Type { //nolint:exhaustive // the others are texts
	case register.Date:
		if len(list) == 0 {
			return page.RegisterCell{Due: &view.Due{}}
		}
		due := view.Due{Text: dayOf(r.Date(f.Name))}
		if slices.ContainsFunc(p.d.Dues, func(d register.Due) bool {
			return d.Field == f.Name && (len(d.While) == 0 || slices.Contains(d.While, r.State))
		}) && !p.d.State(r.State).Ended && r.ArchivedAt.IsZero() {
			due = dueOn(r.Date(f.Name), p.today)
		}
		return page.RegisterCell{Due: &due}
	case register.Person:
		if len(list) == 1 {
			return page.RegisterCell{Who: view.Who{Name: nonEmpty(p.names[list[0]], list[0])}}
		}
	case register.Control:
		return p.controlCell(list)
	case register.Link:
		var c page.RegisterCell
		for _, id := range list {
			c.IDs = append(c.IDs, view.Ref{Label: id, Href: p.hrefOf(f.To, id)})
		}
		return c
	}
	return page.RegisterCell{Text: nonEmpty(clip(strings.Join(p.words(f, list, w), ", "), 120), "–")}
}

func (p *registerPage) controlCell(list []string) (c page.RegisterCell) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(p.worst(a), p.worst(b)) })
	for i, id := range list {
		if i == mostTags {
			c.Sub = "and " + plural(len(list)-i, "more")
			c.Sub = strings.TrimSuffix(c.Sub, "s")
			break
		}
		if b, ok := p.badges[id]; ok {
			c.Badges = append(c.Badges, b)
		} else {
			c.IDs = append(c.IDs, view.Ref{Label: id})
		}
	}
	if len(list) == 0 {
		c.Text = "–"
	}
	return c
}

// worst puts controls that need somebody first, and those that are not adopted
// last.
func (p *registerPage) worst(id string) int {
	b, ok := p.badges[id]
	switch {
	case !ok:
		return 4
	case b.State == view.Fail:
		return 0
	case b.State == view.Warn:
		return 1
	case b.State == view.Pass:
		return 2
	}
	return 3
}

// hrefOf is the page of a record of a register.
func (p *registerPage) hrefOf(noun, id string) string {
	d, err := p.s.Suite.Registers.Of(noun)
	if err != nil {
		return ""
	}
	return "/" + d.Path + "/" + id
}

// words say values as pages do.
func (p *registerPage) words(f *register.Field, list []string, w *register.World) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, p.word(f, v, w))
	}
	return out
}

func (p *registerPage) word(f *register.Field, v string, w *register.World) string {
	switch f.Type { //nolint:exhaustive // the others are as they are kept
	case register.Choice:
		for _, o := range f.OptionsOf(w.Settings) {
			if o.Value == v {
				return o.Label
			}
		}
	case register.Date:
		if d, err := standing.ParseDate(v); err == nil {
			return dayOf(d)
		}
	case register.Time:
		if t, ok := register.TimeOf(v); ok {
			return p.r.moment(t)
		}
	case register.Person:
		return nonEmpty(p.names[v], v)
	}
	return v
}
