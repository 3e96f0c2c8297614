package web

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// input is how a field is asked for.
func (p *registerPage) input(f *register.Field, known []string, settings register.Values) view.Input {
	in := view.Input{Name: f.Name, Label: f.Label, Hint: f.Help, Required: f.Required, Optional: !f.Required, Value: p.r.typed(f.Name, strings.Join(known, "; "))}
	switch f.Type {
	case register.Long:
		in.Type, in.Full, in.Rows = "textarea", true, "4"
	case register.Choice:
		if f.Many {
			in.Full = true
			break
		}
		in.Type, in.Optional, in.Options = "select", false, []view.Option{{Value: "", Label: "–"}}
		for _, o := range f.OptionsOf(settings) {
			in.Options = append(in.Options, view.Option{Value: o.Value, Label: o.Label})
		}
	case register.YesNo:
		in.Type, in.Optional, in.Options = "select", false, []view.Option{{Value: "", Label: "–"}, {Value: register.Yes, Label: "yes"}, {Value: register.No, Label: "no"}}
	case register.Date:
		in.Type = "date"
	case register.Number:
		in.Type = "number"
		if f.Max != 0 {
			in.Min, in.Max = strconv.FormatInt(f.Min, 10), strconv.FormatInt(f.Max, 10)
		}
	case register.Person:
		p.people(f, known, &in)
	case register.Control, register.Criterion, register.Link, register.Evidence:
		in.Mono, in.Value = true, p.r.typed(f.Name, strings.Join(known, " "))
		if f.Many {
			in.Full = true
		}
	case register.Time:
		in.Sample = "2026-11-22 09:30"
		if t, ok := register.TimeOf(strings.Join(known, "")); ok {
			in.Value = p.r.typed(f.Name, t.In(p.r.loc).Format("2006-01-02 15:04"))
		}
	case register.Duration:
		in.Sample = "4h30m"
	case register.Money:
		in.Sample = "1250.00 EUR"
	case register.Text:
		in.Full = f.Name == p.d.Label || f.Many
	}
	return in
}

// people asks for a person by a list of names, or for several in a text.
func (p *registerPage) people(f *register.Field, known []string, in *view.Input) {
	if f.Many {
		names := make([]string, len(known))
		for i, id := range known {
			names[i] = nonEmpty(p.names[id], id)
		}
		in.Full, in.Value = true, p.r.typed(f.Name, strings.Join(names, "; "))
		return
	}
	in.Type, in.Optional, in.Options = "select", false, []view.Option{{Value: "", Label: "nobody"}}
	ids := sortedNames(p.names)
	slices.SortStableFunc(ids, func(a, b string) int { return strings.Compare(p.names[a], p.names[b]) })
	for _, id := range ids {
		in.Options = append(in.Options, view.Option{Value: id, Label: p.names[id]})
	}
}

func (p *registerPage) newForm() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	v := register.Values{}
	for name := range p.r.URL.Query() {
		if _, ok := p.d.Field(name); ok {
			v.Set(name, p.r.URL.Query().Get(name))
		}
	}
	for i := range p.d.Fields {
		if f := &p.d.Fields[i]; f.Default != "" && v.Get(f.Name) == "" {
			v.Set(f.Name, f.Default)
		}
	}
	return p.form(&register.Record{Values: v}, nil)
}

func (p *registerPage) editForm() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	d, err := p.s.Suite.Registers.Get(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return p.form(&d.Record, nil)
}

// form asks for everything that people enter; short values before long texts.
func (p *registerPage) form(rec *register.Record, refused error) (answer, error) {
	settings, err := p.ready()
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{Head: view.Head{Title: "Add " + p.d.One}, Title: p.d.Title, Form: view.Form{
		Action: p.r.URL.Path, Submit: "Add " + p.d.One, Cancel: view.Ref{Label: "Cancel", Href: p.base()},
	}}
	crumbs := p.trailTo(view.Crumb{Label: "New"})
	if id := p.r.PathValue("id"); id != "" {
		f.Head.Title, f.Form.Submit, f.Form.Cancel.Href = "Change "+id, "Save", p.base()+"/"+id
		f.Form.Hidden = []view.Hidden{{Name: "version", Value: p.r.typed("version", strconv.Itoa(rec.Version))}}
		crumbs = p.trailTo(view.Crumb{Label: id, Href: p.base() + "/" + id}, view.Crumb{Label: "Change"})
	}
	var long []view.Input
	entered := p.d.Entered()
	for i := range entered {
		in := p.input(&entered[i], rec.Values[entered[i].Name], settings)
		if entered[i].Type == register.Long {
			long = append(long, in)
		} else {
			f.Form.Fields = append(f.Form.Fields, in)
		}
	}
	long = append(long, view.Input{Name: "external_id", Label: "External id", Hint: "In the system that it came from.", Optional: true, Mono: true, Value: p.r.typed("external_id", rec.ExternalID)})
	f.Sections = []page.FormSection{{Title: "More", Fields: long}}
	return p.s.showForm(p.r, p.s.shell(p.r, f.Head.Title, p.face.nav, crumbs...), &f, refused)
}

// ready finds the names of people and the settings of the register.
func (p *registerPage) ready() (register.Values, error) {
	l, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, p.d.Noun, register.Filter{Limit: 1})
	p.names = l.Names
	return l.World.Settings, err
}

// entered is what was posted for some fields.
func (p *registerPage) entered(fields []register.Field) map[string][]string {
	out := map[string][]string{}
	for i := range fields {
		if _, posted := p.r.PostForm[fields[i].Name]; posted {
			out[fields[i].Name] = []string{p.r.PostForm.Get(fields[i].Name)}
		}
	}
	return out
}

func (p *registerPage) posted() register.Input {
	version, err := strconv.Atoi(p.r.text("version"))
	if err != nil {
		version = 0
	}
	return register.Input{ExternalID: p.r.text("external_id"), Fields: p.entered(p.d.Entered()), Version: version}
}

// permitted reads a posted form of somebody who may change the register.
func (p *registerPage) permitted(may access.Permission) error {
	if err := p.r.form(); err != nil {
		return err
	}
	return p.r.may(may)
}

func (p *registerPage) add() (answer, error) {
	if err := p.permitted(p.d.Edit); err != nil {
		return answer{}, err
	}
	rec, err := p.s.Suite.Registers.Add(p.r.Context(), p.r.who, p.d.Noun, p.posted())
	if err != nil {
		return p.form(&register.Record{Values: register.Values{}}, err)
	}
	return p.s.done(p.r, rec.ID+" is in the register.", p.home(&rec))
}

// home is the page to go to after a record was changed: its own, or that of the
// record that owns it.
func (p *registerPage) home(rec *register.Record) string {
	if p.d.Parent != "" {
		return p.hrefOf(p.d.Parent, rec.Get(p.d.ParentBy))
	}
	return p.base() + "/" + rec.ID
}

func (p *registerPage) edit() (answer, error) {
	if err := p.permitted(p.d.Edit); err != nil {
		return answer{}, err
	}
	in, id := p.posted(), p.r.PathValue("id")
	rec, err := p.s.Suite.Registers.Edit(p.r.Context(), p.r.who, p.d.Noun, id, in)
	if err != nil {
		return p.form(&register.Record{ID: id, Values: register.Values{}, Version: in.Version}, err)
	}
	return p.s.done(p.r, "Saved as version "+strconv.Itoa(rec.Version)+".", p.base()+"/"+rec.ID)
}

// simple is a page with a small form about one record.
func (p *registerPage) simple(title, submit, help string, fields []view.Input, refused error) (answer, error) {
	id := p.r.PathValue("id")
	d, err := p.s.Suite.Registers.Get(p.r.Context(), p.r.who, p.d.Noun, id)
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{Head: view.Head{ID: id, Title: title, Answer: view.Say(d.Label(p.d) + ".")}, Title: submit, Form: view.Form{
		Action: p.r.URL.Path, Submit: submit, Cancel: view.Ref{Label: "Cancel", Href: p.base() + "/" + id}, Fields: fields, Hint: help,
		Upload: slices.ContainsFunc(fields, func(in view.Input) bool { return in.Type == "file" }),
		Hidden: []view.Hidden{{Name: "version", Value: p.r.typed("version", strconv.Itoa(d.Version))}},
	}}
	crumbs := p.trailTo(view.Crumb{Label: id, Href: p.base() + "/" + id}, view.Crumb{Label: title})
	return p.s.showForm(p.r, p.s.shell(p.r, title, p.face.nav, crumbs...), &f, refused)
}

func (p *registerPage) reason(label string, required bool) view.Input {
	return view.Input{Name: "reason", Label: label, Type: "textarea", Full: true, Required: required, Optional: !required, Value: p.r.typed("reason", "")}
}

func (p *registerPage) moveForm(m *register.Move) (answer, error) {
	if err := p.r.may(m.Permission); err != nil {
		return answer{}, err
	}
	return p.showMove(m, nil)
}

func (p *registerPage) showMove(m *register.Move, refused error) (answer, error) {
	settings, err := p.ready()
	if err != nil {
		return answer{}, err
	}
	d, err := p.s.Suite.Registers.Get(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	if refused == nil {
		if ok, why := p.d.MayMove(m, &d.Record, d.Versions, p.r.who); !ok {
			return answer{}, fault.New(fault.Conflict, "%s", cmp.Or(why, d.ID+" is "+strings.ToLower(p.d.State(d.State).Label)+": that step is not open from there."))
		}
	}
	var fields []view.Input
	for _, a := range m.Asks {
		if f, ok := p.d.Field(a.Field); ok {
			one := *f
			one.Required = a.Required
			fields = append(fields, p.input(&one, d.Values[a.Field], settings))
		}
	}
	if m.Why || len(fields) == 0 {
		fields = append(fields, p.reason("Why", m.Why))
	}
	if p.face.upload == m.Name && p.r.who.Can(access.EvidenceAdd) {
		fields = append(fields, view.Input{Name: "file", Label: "A document of yours", Type: "file", Full: true, Optional: true, Hint: "It becomes evidence: encrypted, sealed in the log under your name, never changed."})
	}
	return p.simple(m.Label, m.Label, m.Help, fields, refused)
}

func (p *registerPage) move(m *register.Move) (answer, error) {
	added, err := p.received(m)
	if err != nil {
		return answer{}, err
	}
	var fields []register.Field
	for _, a := range m.Asks {
		if f, ok := p.d.Field(a.Field); ok {
			fields = append(fields, *f)
		}
	}
	if err := added(); err != nil {
		return p.showMove(m, err)
	}
	in := register.Step{Fields: p.entered(fields), Reason: p.r.text("reason"), Version: p.posted().Version}
	rec, err := p.s.Suite.Registers.Move(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"), m.Name, in)
	if err != nil {
		return p.showMove(m, err)
	}
	return p.s.done(p.r, rec.ID+": "+strings.ToLower(p.d.State(rec.State).Label)+".", p.base()+"/"+rec.ID)
}

func (p *registerPage) archiveForm() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	return p.simple("Archive "+p.r.PathValue("id"), "Archive", "It leaves the list, keeps its id, and can be brought back.", []view.Input{p.reason("Why", true)}, nil)
}

func (p *registerPage) archive() (answer, error) {
	if err := p.permitted(p.d.Edit); err != nil {
		return answer{}, err
	}
	rec, err := p.s.Suite.Registers.Archive(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"), p.r.text("reason"))
	if err != nil {
		return p.simple("Archive "+p.r.PathValue("id"), "Archive", "", []view.Input{p.reason("Why", true)}, err)
	}
	to := p.base()
	if p.d.Parent != "" {
		to = p.home(&rec)
	}
	p.s.say(p.r, flash{Text: rec.ID + " is archived.", State: view.Pass, Undo: p.base() + "/" + rec.ID + "/restore"})
	return goTo(to)
}

func (p *registerPage) restore() (answer, error) {
	if err := p.permitted(p.d.Edit); err != nil {
		return answer{}, err
	}
	rec, err := p.s.Suite.Registers.Restore(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return p.s.done(p.r, rec.ID+" is back.", p.base()+"/"+rec.ID)
}

func (p *registerPage) snapshot() (answer, error) {
	snap, err := p.s.Suite.Registers.Snapshot(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: p.r.PathValue("id") + ".json", media: "application/json", body: snap.Body}}, nil
}

func (p *registerPage) template() (answer, error) {
	format := register.CSV
	if p.r.URL.Query().Get("format") == string(register.XLSX) {
		format = register.XLSX
	}
	var out bytes.Buffer
	if err := p.s.Suite.Registers.Template(p.r.Context(), p.r.who, p.d.Noun, format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: fmt.Sprintf("%s-template.%s", p.d.Path, format), media: format.MediaType(), body: out.Bytes()}}, nil
}
