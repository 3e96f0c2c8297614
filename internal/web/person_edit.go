package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) personNew(r *request) (answer, error) {
	if err := r.may(access.PersonEdit); err != nil {
		return answer{}, err
	}
	return s.showPerson(r, &person.Details{Employment: person.Employee, StartsOn: standing.DayOf(r.now, r.loc)}, nil)
}

func (s *Server) personEditForm(r *request) (answer, error) {
	if err := r.may(access.PersonEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.People.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return s.showPerson(r, &d.Details, nil)
}

func (s *Server) showPerson(r *request, d *person.Details, refused error) (answer, error) {
	l, err := s.Suite.People.List(r.Context(), r.who, person.Filter{})
	if err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	managers := []view.Option{{Value: "", Label: "nobody"}}
	for i := range l.People {
		if p := &l.People[i]; p.ID != id && (p.State != person.Left || p.ID == d.Manager) {
			managers = append(managers, view.Option{Value: p.ID, Label: p.Name})
		}
	}
	date := func(name string, known standing.Date) string {
		if known == 0 {
			return r.typed(name, "")
		}
		return known.String()
	}
	f := page.FormView{
		Head: view.Head{Title: "Add a person"}, Title: "Person", Form: view.Form{
			Action: r.URL.Path, Submit: "Add person", Cancel: view.Ref{Label: "Cancel", Href: "/people"},
			Fields: []view.Input{
				{Name: "name", Label: "Name", Value: d.Name, Required: true},
				{Name: "email", Label: "Work address", Type: "email", Value: d.Email, Optional: true, Hint: "Accounts are matched by it."},
				{Name: "title", Label: "Role", Value: d.Title, Optional: true},
				{Name: "group", Label: "Department", Value: d.Group, Optional: true},
				{Name: "manager", Label: "Manager", Type: "select", Value: d.Manager, Options: managers},
				{Name: "employment", Label: "Employment", Type: "select", Value: string(d.Employment), Options: options(person.Employee, person.Contractor)},
				{Name: "starts_on", Label: "First day of work", Type: "date", Value: date("starts_on", d.StartsOn), Required: true},
				{Name: "ends_on", Label: "Last day of work", Type: "date", Value: date("ends_on", d.EndsOn), Optional: true, Hint: "Empty while none is known."},
				{Name: "external_id", Label: "Id in the personnel system", Value: d.ExternalID, Optional: true, Mono: true},
			},
		},
	}
	crumbs := []view.Crumb{{Label: "People", Href: "/people"}, {Label: "New"}}
	if id != "" {
		f.Head.Title, f.Form.Submit, f.Form.Cancel.Href = "Change "+d.Name, "Save", "/people/"+id
		crumbs = []view.Crumb{{Label: "People", Href: "/people"}, {Label: d.Name, Href: "/people/" + id}, {Label: "Change"}}
	}
	return s.showForm(r, s.shell(r, f.Head.Title, "people", crumbs...), &f, refused)
}

func personFrom(r *request) (person.Details, error) {
	var wrong []fault.Field
	d := person.Details{
		Name: r.text("name"), Email: r.text("email"), Title: r.text("title"), Group: r.text("group"), Manager: r.text("manager"),
		Employment: person.Employment(r.text("employment")), StartsOn: r.date("starts_on", &wrong), EndsOn: r.date("ends_on", &wrong), ExternalID: r.text("external_id"),
	}
	if len(wrong) > 0 {
		return d, fault.Fields("The person was not saved.", wrong...)
	}
	return d, nil
}

func (s *Server) personAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.PersonEdit); err != nil {
		return answer{}, err
	}
	d, err := personFrom(r)
	if err != nil {
		return s.showPerson(r, &d, err)
	}
	p, err := s.Suite.People.Add(r.Context(), r.who, d)
	if err != nil {
		return s.showPerson(r, &d, err)
	}
	return s.done(r, p.Name+" is in the register.", "/people/"+p.ID)
}

func (s *Server) personEdit(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.PersonEdit); err != nil {
		return answer{}, err
	}
	d, err := personFrom(r)
	if err == nil {
		err = s.Suite.People.Edit(r.Context(), r.who, r.PathValue("id"), d)
	}
	if err != nil {
		return s.showPerson(r, &d, err)
	}
	return s.done(r, "The change is saved. What was before is in the history.", "/people/"+r.PathValue("id"))
}

func (s *Server) peopleTemplate(r *request) (answer, error) {
	if err := r.may(access.PersonImport); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: "people-template.csv", media: "text/csv; charset=utf-8", body: person.Template()}}, nil
}

func (s *Server) peopleImportForm(r *request) (answer, error) {
	if err := r.may(access.PersonImport); err != nil {
		return answer{}, err
	}
	return s.showPeopleImport(r, nil, nil)
}

func (s *Server) showPeopleImport(r *request, res *person.ImportResult, refused error) (answer, error) {
	apply := r.text("apply") == "1"
	v := page.ImportView{
		Head:  view.Head{Title: "Import people", Answer: view.Say("A row is matched by external id, else by address, else by name and first day. A wrong row is refused with its line and the reason; the others are taken."), Actions: []view.Action{{Label: "Template", Href: "/people/import/template", Icon: "down"}}},
		Title: "File", Form: view.Form{
			Action: "/people/import", Upload: true, Submit: "Read the file", Icon: "up", Cancel: view.Ref{Label: "Cancel", Href: "/people"},
			Fields: []view.Input{{Name: "file", Label: "CSV file", Type: "file", Accept: ".csv,text/csv", Required: true, Full: true, Hint: fmt.Sprintf("UTF-8, at most %d MiB. Dates as 2026-11-22.", person.MaxImport>>20)}},
		},
		Sections: []page.FormSection{{Title: "What to do", Lists: []view.Choices{{Name: "apply", Label: "What to do", Quiet: true, Options: []view.Choice{
			{Value: "", Label: "Only look", Detail: "says what would be added, changed and refused", Checked: !apply},
			{Value: "1", Label: "Take the rows", Checked: apply},
		}}}}},
		Aside: []page.AsideCard{{ID: "h-cols", Title: "Columns", Text: view.Text{view.C(strings.ReplaceAll(strings.TrimSpace(string(person.Template())), ",", ", "))}, Note: "Name and first day are needed. A column that the file lacks keeps what is known."}},
	}
	if res != nil {
		v.Result = importResult(res)
	}
	status, err := refuse(&v.Form, v.Sections, refused)
	if err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "People", Href: "/people"}, {Label: "Import"}}
	return answer{status: status, page: page.Import(s.shell(r, "Import people", "people", crumbs...), v)}, nil
}

func importResult(res *person.ImportResult) *page.ImportResult {
	n := res.Counts
	taken := n[person.Added] + n[person.Changed] + n[person.Same]
	out := &page.ImportResult{Title: fmt.Sprintf("%d of %d rows would be taken", taken, len(res.Rows)), Badge: view.Badge{State: view.Info, Label: "Nothing is saved yet"}}
	if res.Applied {
		out.Title, out.Badge = fmt.Sprintf("%d of %d rows were taken", taken, len(res.Rows)), view.Badge{State: view.Pass, Label: "Saved"}
		out.Actions = []view.Action{{Label: "To the register", Href: "/people"}}
	}
	out.Sums = []view.Pair{
		{Term: "Added", Value: view.Say(view.Num(n[person.Added]))},
		{Term: "Changed", Value: view.Say(view.Num(n[person.Changed]))},
		{Term: "As before", Value: view.Say(view.Num(n[person.Same]))},
		{Term: "Refused", Value: view.Say(view.Num(n[person.Refused])), State: stateIf(n[person.Refused] > 0, view.Fail)},
		{Term: "In the register and not in the file", Value: view.Say(view.Num(len(res.Absent)))},
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
			out.Refused = append(out.Refused, page.RefusedRow{Line: view.Num(row.Line), Field: nonEmpty(e.Name, "row"), Value: clip(row.Name, 60), Reason: e.Text})
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

// upload reads a posted form with one file of at most most bytes, which stays
// in memory. The content is nil when none was chosen.
func (r *request) upload(most int64) ([]byte, error) {
	r.Body = http.MaxBytesReader(r.w, r.Body, most+maxForm)
	err := r.ParseMultipartForm(most + maxForm)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, fault.New(fault.TooLarge, "The file is larger than %d MiB. Nothing was saved.", most>>20)
	}
	if errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The form could not be read. Nothing was saved.")
	}
	f, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The file could not be read. Nothing was saved.")
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

func (s *Server) peopleImport(r *request) (answer, error) {
	if err := r.may(access.PersonImport); err != nil {
		return answer{}, err
	}
	b, err := r.upload(person.MaxImport)
	if err == nil && len(b) == 0 {
		err = fault.Fields("Nothing was read.", fault.Field{Name: "file", Text: "Choose a file."})
	}
	if err != nil {
		return s.showPeopleImport(r, nil, err)
	}
	res, err := s.Suite.People.Import(r.Context(), r.who, b, r.PostFormValue("apply") == "1")
	if err != nil {
		return s.showPeopleImport(r, nil, err)
	}
	if res.Applied && res.Counts[person.Refused] == 0 {
		return s.done(r, fmt.Sprintf("%d added, %d changed, %d as before.", res.Counts[person.Added], res.Counts[person.Changed], res.Counts[person.Same]), "/people")
	}
	return s.showPeopleImport(r, res, nil)
}
