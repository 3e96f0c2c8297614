package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// record is the page of one record.
func (p *registerPage) record() (answer, error) {
	d, err := p.s.Suite.Registers.Get(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	p.names = d.Names
	if err := p.standings([]register.Record{d.Record}, p.d.Fields); err != nil {
		return answer{}, err
	}
	v := page.RecordView{Head: p.recordHead(&d), Facts: p.facts(&d), Signs: p.signs(&d)}
	p.tabs(&d, &v)
	if v.Tables, err = p.tables(&d); err != nil {
		return answer{}, err
	}
	v.Others = p.linked(&d)
	if p.face.detail != nil {
		if err := p.face.detail(p, &d, &v); err != nil {
			return answer{}, err
		}
	}
	return show(page.Record(p.s.shell(p.r, d.ID, p.face.nav, p.above(&d)...), v))
}

// above are the crumbs of a record, through the one that owns it.
func (p *registerPage) above(d *register.Detail) []view.Crumb {
	if p.d.Parent == "" {
		return p.trailTo(view.Crumb{Label: d.ID})
	}
	owner, err := p.s.Suite.Registers.Of(p.d.Parent)
	if err != nil {
		return p.trailTo(view.Crumb{Label: d.ID})
	}
	id := d.Get(p.d.ParentBy)
	return []view.Crumb{{Label: owner.Title, Href: "/" + owner.Path}, {Label: id, Href: "/" + owner.Path + "/" + id}, {Label: d.ID}}
}

func (p *registerPage) recordHead(d *register.Detail) view.Head {
	at := p.base() + "/" + d.ID
	tone, label := p.d.BadgeOf(&d.Record, &d.World)
	h := view.Head{ID: d.ID, Title: d.Label(p.d), Badges: []view.Badge{{State: view.State(tone), Label: label}}}
	if st := p.d.State(d.State); st.Label != label && d.ArchivedAt.IsZero() {
		h.Tags = append(h.Tags, st.Label)
	}
	h.Answer = view.Say(fmt.Sprintf("Version %d, last changed by %s on %s.", d.Version, d.ByName, p.r.day(d.UpdatedAt)))
	if !d.ArchivedAt.IsZero() {
		h.Answer = view.Say("Archived on " + p.r.day(d.ArchivedAt) + ": " + d.ArchivedWhy)
		if p.r.who.Can(p.d.Edit) {
			h.Actions = []view.Action{{Label: "Bring back", Href: at + "/restore", Post: true, Look: view.Primary}}
		}
		return h
	}
	p.offer(d, &h)
	if !p.r.who.Can(p.d.Edit) {
		return h
	}
	if !p.d.State(d.State).Fixed {
		h.Actions = append([]view.Action{{Label: "Change", Href: at + "/edit", Icon: "doc"}}, h.Actions...)
	}
	h.More = append(h.More, view.Action{Label: "Archive", Href: at + "/archive"})
	return h
}

// offer puts the moves that are open to the reader into the head: the first is
// the page's, the others are behind the dots, and so is what sets a record aside.
func (p *registerPage) offer(d *register.Detail, h *view.Head) {
	for i := range p.d.Moves {
		m := &p.d.Moves[i]
		if ok, _ := p.d.MayMove(m, &d.Record, d.Versions, p.r.who); !ok {
			continue
		}
		a := view.Action{Label: m.Label, Href: p.base() + "/" + d.ID + "/" + m.Name}
		aside := m.To != "" && p.d.State(m.To).Tone == register.Quiet && p.d.State(m.To).Ended
		if len(h.Actions) == 0 && !aside {
			a.Look = view.Primary
			h.Actions = append(h.Actions, a)
		} else {
			h.More = append(h.More, a)
		}
	}
	if d.Frozen != nil {
		h.More = append(h.More, view.Action{Label: "What was frozen", Href: p.base() + "/" + d.ID + "/snapshot"})
	}
}

func (p *registerPage) tabs(d *register.Detail, v *page.RecordView) {
	now := p.r.URL.Query().Get("tab")
	tab := func(name, label, count string) {
		v.Tabs = append(v.Tabs, view.Tab{Label: label, Href: p.base() + "/" + d.ID + "?tab=" + name, Count: count, Current: cmp.Or(now, "about") == name})
	}
	tab("about", "About", "")
	tab("versions", "Versions", view.Num(len(d.Versions)))
	if p.r.who.Can(access.TrailRead) {
		tab("history", "History", "")
	}
	switch {
	case now == "versions":
		v.Title, v.Changes = "Versions", p.versions(d)
	case now == "history" && p.r.who.Can(access.TrailRead):
		v.Title = "History"
		for i := range d.History {
			v.Events = append(v.Events, trailEvent(p.r, &d.History[i]))
		}
	default:
		v.Title, v.Texts = "About", p.texts(d)
		if len(v.Texts) == 0 {
			v.Empty = &view.Empty{Kind: view.NoneYet, Title: "No text yet", Text: view.Say("What is known is beside this.")}
		}
	}
}

func (p *registerPage) texts(d *register.Detail) (out []page.RecordText) {
	for i := range p.d.Fields {
		if f := &p.d.Fields[i]; f.Type == register.Long {
			if text := d.Get(f.Name); text != "" {
				out = append(out, page.RecordText{Label: f.Label, Prose: text})
			}
		}
	}
	return out
}

// versions are what each change changed, the newest first.
func (p *registerPage) versions(d *register.Detail) (out []page.RecordChange) {
	for i, v := range slices.Backward(d.Versions) {
		c := page.RecordChange{Title: fmt.Sprintf("Version %d: %s", v.Number, strings.ReplaceAll(v.Act, "_", " ")), Who: v.ByName, When: p.r.moment(v.At), Note: v.Note}
		var before register.Version
		if i > 0 {
			before = d.Versions[i-1]
		}
		for j := range p.d.Fields {
			f := &p.d.Fields[j]
			was, is := before.Values[f.Name], v.Values[f.Name]
			if slices.Equal(was, is) {
				continue
			}
			from, to := clip(strings.Join(p.words(f, was, &d.World), ", "), 600), clip(strings.Join(p.words(f, is, &d.World), ", "), 600)
			pair := view.Pair{Term: f.Label}
			if from != "" {
				pair.Value = append(pair.Value, view.Del(from), view.T(" "))
			}
			if to != "" {
				pair.Value = append(pair.Value, view.Ins(to))
			}
			c.Pairs = append(c.Pairs, pair)
		}
		if before.State != "" && before.State != v.State {
			c.Pairs = append(c.Pairs, view.Pair{Term: "State", Value: view.Text{view.Del(p.d.State(before.State).Label), view.T(" "), view.Ins(p.d.State(v.State).Label)}})
		}
		out = append(out, c)
	}
	return out
}

// facts are the values that are not long texts.
func (p *registerPage) facts(d *register.Detail) *page.PairsCard {
	c := &page.PairsCard{Title: "Details"}
	for i := range p.d.Fields {
		f := &p.d.Fields[i]
		list := d.List(f.Name)
		if len(list) == 0 || f.Type == register.Long || f.Name == p.d.Label {
			continue
		}
		pair := view.Pair{Term: f.Label}
		switch f.Type { //nolint:exhaustive // the others are texts
		case register.Control, register.Criterion, register.Link, register.Evidence:
			for _, id := range list {
				pair.Tags = append(pair.Tags, view.Ref{Label: id, Href: p.refOf(f, id)})
			}
		case register.Person:
			if !f.Many {
				pair.Who = view.Who{Name: nonEmpty(p.names[list[0]], list[0]), Href: "/people/" + list[0]}
				break
			}
			pair.Value = view.Say(strings.Join(p.words(f, list, &d.World), ", "))
		default:
			pair.Value = view.Say(strings.Join(p.words(f, list, &d.World), ", "))
		}
		c.Pairs = append(c.Pairs, pair)
	}
	if d.ExternalID != "" {
		c.Pairs = append(c.Pairs, view.Pair{Term: "External id", Value: view.Say(d.ExternalID), Mono: true})
	}
	c.Pairs = append(c.Pairs, view.Pair{Term: "Since", Value: view.Say(p.r.day(d.CreatedAt))})
	c.Note = "Collected as a fact of kind " + p.d.Kind() + "."
	return c
}

func (p *registerPage) refOf(f *register.Field, id string) string {
	switch f.Type { //nolint:exhaustive // only these are references
	case register.Control:
		if _, adopted := p.badges[id]; adopted {
			return "/controls/" + id
		}
		return ""
	case register.Criterion:
		return "/criteria/" + id
	case register.Evidence:
		return "/evidence/" + id
	}
	return p.hrefOf(f.To, id)
}

// signs are the moves that were made, and the decision that is open.
func (p *registerPage) signs(d *register.Detail) (out []view.Sign) {
	for _, v := range d.Versions {
		m, ok := p.d.Move(v.Act)
		if !ok {
			continue
		}
		text := m.Label + ": " + v.ByName
		if v.Note != "" {
			text += ". " + clip(v.Note, 200)
		}
		out = append(out, view.Sign{State: view.Pass, Text: text, Right: p.r.day(v.At)})
	}
	if n := len(out); n > 8 {
		out = out[n-8:]
	}
	for i := range p.d.Moves {
		m := &p.d.Moves[i]
		if m.Decides && slices.Contains(m.From, d.State) && d.ArchivedAt.IsZero() {
			out = append(out, view.Sign{State: view.Open, Text: m.Label + ": by somebody who did not write on it"})
		}
	}
	return out
}

// tables are the records that the record owns.
func (p *registerPage) tables(d *register.Detail) (out []page.RecordTable, err error) {
	for i := range d.Owned {
		o := &d.Owned[i]
		q := p.of(o.Declaration)
		fields := q.columns()
		fields = slices.DeleteFunc(fields, func(f register.Field) bool { return f.Name == o.Declaration.ParentBy })
		t := page.RecordTable{ID: "h-" + o.Declaration.Noun, Title: o.Declaration.Title, Count: view.Num(len(o.Records)), Empty: o.Declaration.About}
		for j := range fields {
			t.Columns = append(t.Columns, view.Column{Label: fields[j].Label})
		}
		shown := o.Records
		if most := q.face.most; most > 0 && len(shown) > most {
			shown = q.nearest(shown)[:most]
			t.More = view.Ref{Label: "All " + view.Num(len(o.Records)), Href: "/" + o.Declaration.Path + "?" + o.Declaration.ParentBy + "=" + d.ID}
		}
		if t.Rows, err = q.rows(shown, &o.World, fields); err != nil {
			return nil, err
		}
		if p.r.who.Can(o.Declaration.Edit) && d.ArchivedAt.IsZero() {
			t.Action = view.Action{Label: "Add " + o.Declaration.One, Href: "/" + o.Declaration.Path + "/new?" + o.Declaration.ParentBy + "=" + d.ID}
		}
		out = append(out, t)
	}
	return out, nil
}

// nearest puts those that have not ended first, by the day on which they are due;
// where nothing is ever due, the newest first.
func (p *registerPage) nearest(list []register.Record) []register.Record {
	if len(p.d.Dues) == 0 {
		return slices.SortedFunc(slices.Values(list), func(a, b register.Record) int { return b.Number - a.Number })
	}
	day := func(r *register.Record) standing.Date { return r.Date(p.d.Dues[0].Field) }
	ended := func(r *register.Record) int {
		if p.d.State(r.State).Ended {
			return 1
		}
		return 0
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b register.Record) int {
		return cmp.Or(ended(&a)-ended(&b), cmp.Compare(day(&a), day(&b)))
	})
	return out
}

// of is the same request about another register.
func (p *registerPage) of(d *register.Declaration) *registerPage {
	return &registerPage{s: p.s, r: p.r, d: d, face: faceOf(d.Noun), names: p.names, controls: p.controls, badges: p.badges, today: p.today}
}

// linked are the records of other registers that lead here.
func (p *registerPage) linked(d *register.Detail) (out []page.AsideCard) {
	at := map[string]int{} // a register may lead here by several fields
	for i := range d.Linked {
		o := &d.Linked[i]
		card := linesOf("h-linked-"+o.Declaration.Noun, o)
		if k, ok := at[o.Declaration.Noun]; ok {
			for _, line := range card.Lines {
				if !slices.ContainsFunc(out[k].Lines, func(have view.Line) bool { return have.Href == line.Href }) {
					out[k].Lines = append(out[k].Lines, line)
				}
			}
			continue
		}
		at[o.Declaration.Noun] = len(out)
		out = append(out, card)
	}
	return out
}

// linesOf lists records in a card.
func linesOf(id string, o *register.Owned) page.AsideCard {
	card := page.AsideCard{ID: id, Title: o.Declaration.Title}
	for j := range o.Records {
		r := &o.Records[j]
		tone, label := o.Declaration.BadgeOf(r, &o.World)
		card.Lines = append(card.Lines, view.Line{State: view.State(tone), Lead: r.ID, Text: r.Label(o.Declaration), Right: label, Href: "/" + o.Declaration.Path + "/" + r.ID})
	}
	return card
}
