package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (p *registerPage) importForm() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	return p.showImport(nil, nil)
}

func (p *registerPage) showImport(res *register.Imported, refused error) (answer, error) {
	title := "Import " + strings.ToLower(p.d.Title)
	apply := p.r.text("apply") == "1"
	v := page.ImportView{
		Head: view.Head{
			Title: title, Answer: view.Say("A row is matched by id, else by external id, else by name. A wrong row is refused with its line and the reason; the others are taken. The same file again changes nothing."),
			Actions: []view.Action{{Label: "Template", Icon: "down", Menu: []view.Action{{Label: "CSV", Href: p.base() + "/import/template"}, {Label: "Excel", Href: p.base() + "/import/template?format=xlsx"}}}},
		},
		Title: "File", Form: view.Form{
			Action: p.under("/import"), Upload: true, Submit: "Read the file", Icon: "up", Cancel: view.Ref{Label: "Cancel", Href: p.base()},
			Fields: []view.Input{{Name: "file", Label: "CSV or Excel file", Type: "file", Accept: ".csv,.xlsx,text/csv", Required: true, Full: true, Hint: fmt.Sprintf("At most %d MiB. Of a workbook the first sheet is read.", register.MostImport>>20)}},
		},
		Sections: []page.FormSection{{Title: "What to do", Lists: []view.Choices{{Name: "apply", Label: "What to do", Quiet: true, Options: []view.Choice{
			{Value: "", Label: "Only look", Detail: "says what would be added, changed and refused", Checked: !apply},
			{Value: "1", Label: "Take the rows", Checked: apply},
		}}}}},
		Aside: []page.AsideCard{p.columnsCard()},
	}
	if res != nil {
		v.Result = p.result(res)
	}
	status, err := refuse(&v.Form, v.Sections, refused)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, page: page.Import(p.s.shell(p.r, title, p.face.nav, p.trailTo(view.Crumb{Label: "Import"})...), v)}, nil
}

func (p *registerPage) columnsCard() page.AsideCard {
	card := page.AsideCard{ID: "h-cols", Title: "Columns", Note: "A column that the file lacks keeps what is known; an empty cell empties it. Lists have semicolons between."}
	entered := p.d.Entered()
	for i := range entered {
		f := &entered[i]
		about := f.Label
		if f.Required {
			about += ", needed"
		}
		card.Pairs = append(card.Pairs, view.Pair{Term: f.Name, Value: view.Say(about)})
	}
	return card
}

func (p *registerPage) result(res *register.Imported) *page.ImportResult {
	n := res.Counts
	taken := n[register.Added] + n[register.Changed] + n[register.Same]
	out := &page.ImportResult{Title: fmt.Sprintf("%d of %d rows would be taken", taken, len(res.Rows)), Badge: view.Badge{State: view.Info, Label: "Nothing is saved yet"}}
	if res.Applied {
		out.Title, out.Badge = fmt.Sprintf("%d of %d rows were taken", taken, len(res.Rows)), view.Badge{State: view.Pass, Label: "Saved"}
		out.Actions = []view.Action{{Label: "To the register", Href: p.base()}}
	}
	out.Sums = []view.Pair{
		{Term: "Added", Value: view.Say(view.Num(n[register.Added]))},
		{Term: "Changed", Value: view.Say(view.Num(n[register.Changed]))},
		{Term: "As before", Value: view.Say(view.Num(n[register.Same]))},
		{Term: "Refused", Value: view.Say(view.Num(n[register.Refused])), State: stateIf(n[register.Refused] > 0, view.Fail)},
	}
	const most = 200
	more := 0
	for i := range res.Rows {
		row := &res.Rows[i]
		for _, e := range row.Errors {
			if len(out.Refused) == most {
				more++
				continue
			}
			out.Refused = append(out.Refused, page.RefusedRow{Line: view.Num(row.Line), Field: nonEmpty(e.Name, "row"), Value: clip(row.Label, 60), Reason: e.Text})
		}
	}
	var notes []string
	if more > 0 {
		notes = append(notes, fmt.Sprintf("%d more are not shown.", more))
	}
	if len(res.Ignored) > 0 {
		notes = append(notes, "Columns that mean nothing here: "+clip(strings.Join(res.Ignored, ", "), 300)+".")
	}
	out.More = strings.Join(notes, " ")
	return out
}

func (p *registerPage) importFile() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	b, err := p.r.upload(register.MostImport)
	if err == nil && len(b) == 0 {
		err = fault.Fields("Nothing was read.", fault.Field{Name: "file", Text: "Choose a file."})
	}
	if err != nil {
		return p.showImport(nil, err)
	}
	res, err := p.s.Suite.Registers.Import(p.r.Context(), p.r.who, p.d.Noun, register.Intake{File: b, Apply: p.r.PostFormValue("apply") == "1", Of: p.r.URL.Query().Get(p.d.ParentBy)})
	if err != nil {
		return p.showImport(nil, err)
	}
	if n := res.Counts; res.Applied && n[register.Refused] == 0 {
		return p.s.done(p.r, fmt.Sprintf("%d added, %d changed, %d as before.", n[register.Added], n[register.Changed], n[register.Same]), p.base())
	}
	return p.showImport(res, nil)
}

func (p *registerPage) startersForm() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	return p.showStarters(nil)
}

func (p *registerPage) showStarters(refused error) (answer, error) {
	of, err := p.owner()
	if err != nil {
		return answer{}, err
	}
	list, err := p.s.Suite.Registers.Starters(p.r.Context(), p.r.who, p.d.Noun, of)
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{
		Head: view.Head{Title: p.d.Title + " from the library", Answer: view.Say(nonEmpty(p.face.begin, "Each begins as a record of yours, with the rating that the library suggests: look at every one and make it your own."))},
		Form: view.Form{Action: p.r.URL.Path, Submit: "Add the chosen", Cancel: view.Ref{Label: "Cancel", Href: p.base()}},
	}
	if of != "" {
		f.Head.Tags, f.Form.Hidden = []string{of}, []view.Hidden{{Name: "of", Value: of}}
	}
	chosen := p.r.PostForm["starters"]
	at := map[string]int{}
	for i := range list {
		o := &list[i]
		if o.Unfit != "" {
			o.Group, o.Detail = "does not fit", o.Unfit+" "+o.Detail
		}
		if _, ok := at[o.Group]; !ok {
			at[o.Group] = len(f.Sections)
			f.Sections = append(f.Sections, page.FormSection{Title: strings.ToUpper(o.Group[:1]) + o.Group[1:], Lists: []view.Choices{{Name: "starters", ID: "starters-" + o.Group, Label: o.Group, Quiet: true, Many: true}}})
		}
		c := view.Choice{Value: o.ID, Label: o.Title, Detail: o.Detail, Disabled: o.Taken, Checked: slices.Contains(chosen, o.ID) || of != "" && refused == nil && o.Unfit == "" && !o.Taken}
		if o.Taken {
			c.Detail = "It is in the register already."
		}
		picks := &f.Sections[at[o.Group]].Lists[0]
		picks.Options = append(picks.Options, c)
	}
	return p.s.showForm(p.r, p.s.shell(p.r, f.Head.Title, p.face.nav, p.trailTo(view.Crumb{Label: "Library"})...), &f, refused)
}

func (p *registerPage) adopt() (answer, error) {
	if err := p.permitted(p.d.Edit); err != nil {
		return answer{}, err
	}
	of := p.r.text("of")
	list, err := p.s.Suite.Registers.Adopt(p.r.Context(), p.r.who, p.d.Noun, register.Adoption{Of: of, IDs: p.r.PostForm["starters"]})
	if err != nil {
		return p.showStarters(err)
	}
	if of != "" {
		return p.s.done(p.r, plural(len(list), p.d.One)+" added.", p.base()+"?"+url.Values{p.d.ParentBy: {of}}.Encode())
	}
	return p.s.done(p.r, plural(len(list), p.d.One)+" added. "+nonEmpty(p.face.begun, "Give each an owner, and rate it."), p.base())
}

// owner is the id of the record that is to own what the library offers: the one
// that the address or the form names, else the newest that has not ended; empty in
// a register of its own.
func (p *registerPage) owner() (string, error) {
	if p.d.Parent == "" {
		return "", nil
	}
	if of := nonEmpty(p.r.text("of"), p.r.URL.Query().Get(p.d.ParentBy)); of != "" {
		return of, nil
	}
	d, err := p.s.Suite.Registers.Of(p.d.Parent)
	if err != nil {
		return "", err
	}
	l, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, d.Noun, register.Filter{Sort: "-id"})
	if err != nil {
		return "", err
	}
	for i := range l.Records {
		if !d.State(l.Records[i].State).Ended {
			return l.Records[i].ID, nil
		}
	}
	return "", fault.New(fault.NotFound, "There is no %s under way to begin them in.", d.One)
}

func (p *registerPage) settingsForm() (answer, error) {
	if err := p.r.may(p.d.Edit); err != nil {
		return answer{}, err
	}
	return p.showSettings(nil)
}

func (p *registerPage) showSettings(refused error) (answer, error) {
	settings, err := p.ready()
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{
		Head: view.Head{Title: "Settings of " + strings.ToLower(p.d.Title), Answer: view.Say("What follows for each record is worked out anew when you save.")}, Title: "Settings",
		Form: view.Form{Action: p.r.URL.Path, Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: p.base()}},
	}
	for i := range p.d.Settings {
		field := &p.d.Settings[i]
		f.Form.Fields = append(f.Form.Fields, p.input(field, settings[field.Name], settings))
	}
	return p.s.showForm(p.r, p.s.shell(p.r, f.Head.Title, p.face.nav, p.trailTo(view.Crumb{Label: "Settings"})...), &f, refused)
}

func (p *registerPage) settingsSave() (answer, error) {
	if err := p.permitted(p.d.Edit); err != nil {
		return answer{}, err
	}
	if err := p.s.Suite.Registers.Set(p.r.Context(), p.r.who, p.d.Noun, p.entered(p.d.Settings)); err != nil {
		return p.showSettings(err)
	}
	return p.s.done(p.r, "Saved.", p.base())
}
