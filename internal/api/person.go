package api

import (
	"context"
	"io"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/standing"
	"assay/internal/suite"
)

func personOperations() []Operation {
	return []Operation{
		{ID: "person.list", Method: get, Path: "/people", Permission: access.PersonRead, Summary: "The people of the organization, by name.", Do: does(listPeople)},
		{ID: "person.export", Method: get, Path: "/people.csv", Permission: access.PersonRead, Summary: "The same as CSV, in the form that person.import reads.", Do: sends(exportPeople)},
		{ID: "person.show", Method: get, Path: "/people/{id}", Permission: access.PersonRead, Summary: "A person with those around them and their history.", Do: does(showPerson)},
		{ID: "person.add", Method: post, Path: "/people", Permission: access.PersonEdit, Summary: "Put a person in the register.", Do: does(addPerson)},
		{ID: "person.edit", Method: put, Path: "/people/{id}", Permission: access.PersonEdit, Summary: "Change what is known of a person.", Do: does(editPerson)},
		{ID: "person.end", Method: put, Path: "/people/{id}/end", Permission: access.PersonEdit, Summary: "Set a person's last day of work, or take it back.", Do: does(endPerson)},
		{ID: "person.import", Method: post, Path: "/people/import", Permission: access.PersonImport, MaxBody: person.MaxImport, Summary: "Read people from CSV; without apply, say what would be done.", Do: does(importPeople)},
	}
}

// PersonFields are what people enter of a person.
type PersonFields struct {
	Name       string `json:"name" maxLength:"200"`
	Email      string `json:"email,omitempty" maxLength:"254" doc:"Work address."`
	Title      string `json:"title,omitempty" doc:"Role in the organization."`
	Group      string `json:"group,omitempty" doc:"Department."`
	Manager    string `json:"manager,omitempty" doc:"Id of another person."`
	Employment string `json:"employment,omitempty" enum:"employee,contractor" doc:"employee if absent."`
	StartsOn   string `json:"starts_on" format:"date" doc:"First day of work."`
	EndsOn     string `json:"ends_on,omitempty" format:"date" doc:"Last day of work."`
	ExternalID string `json:"external_id,omitempty" doc:"In the personnel system."`
}

// Person is one person of the organization.
type Person struct {
	ID string `json:"id"`
	PersonFields
	State string `json:"state" enum:"joining,active,leaving,left" doc:"Today."`
}

func personOf(p *person.Person, state person.State) Person {
	return Person{ID: p.ID, State: string(state), PersonFields: PersonFields{
		Name: p.Name, Email: p.Email, Title: p.Title, Group: p.Group, Manager: p.Manager, Employment: string(p.Employment),
		StartsOn: p.StartsOn.String(), EndsOn: p.EndsOn.String(), ExternalID: p.ExternalID,
	}}
}

func (f *PersonFields) details() (person.Details, error) {
	d := person.Details{
		Name: f.Name, Email: f.Email, Title: f.Title, Group: f.Group, Manager: f.Manager,
		Employment: person.Employment(f.Employment), ExternalID: f.ExternalID,
	}
	if d.Employment == "" {
		d.Employment = person.Employee
	}
	var err error
	if d.StartsOn, err = dateOf("starts_on", f.StartsOn); err != nil {
		return d, err
	}
	d.EndsOn, err = dateOf("ends_on", f.EndsOn)
	return d, err
}

// dateOf reads a date; nothing is no date.
func dateOf(name, text string) (standing.Date, error) {
	if text == "" {
		return 0, nil
	}
	d, err := standing.ParseDate(text)
	if err != nil {
		return 0, fault.Fields("Nothing was saved.", fault.Field{Name: name, Text: "Give a date such as 2026-11-22."})
	}
	return d, nil
}

// PeopleFilter narrows the register.
type PeopleFilter struct {
	State      string `query:"state" enum:"joining,active,leaving,left"`
	Group      string `query:"group"`
	Employment string `query:"employment" enum:"employee,contractor"`
	Query      string `query:"q" maxLength:"200" doc:"In name, address, title, group and external id."`
}

func (f *PeopleFilter) filter() person.Filter {
	return person.Filter{State: person.State(f.State), Group: f.Group, Employment: person.Employment(f.Employment), Query: f.Query}
}

// PeopleIn asks for a page of people.
type PeopleIn struct {
	Page
	PeopleFilter
}

// People is a page of people.
type People struct {
	People []Person       `json:"people"`
	Total  int            `json:"total" doc:"On all pages."`
	Counts map[string]int `json:"counts" doc:"By state, of everybody."`
	Groups []string       `json:"groups"`
	Next   string         `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listPeople(ctx context.Context, s *suite.Suite, who access.Actor, in *PeopleIn) (*People, error) {
	f := in.filter()
	f.After, f.Limit = in.After, in.Limit
	l, err := s.People.List(ctx, who, f)
	if err != nil {
		return nil, err
	}
	out := &People{People: []Person{}, Total: l.Total, Counts: map[string]int{}, Groups: orNone(l.Groups)}
	for i := range l.People {
		out.People = append(out.People, personOf(&l.People[i].Person, l.People[i].State))
	}
	for state, n := range l.Counts {
		out.Counts[string(state)] = n
	}
	if in.Limit > 0 && len(l.People) == in.Limit {
		out.Next = l.People[len(l.People)-1].ID
	}
	return out, nil
}

// PeopleExportIn is the input of person.export.
type PeopleExportIn struct{ PeopleFilter }

func exportPeople(ctx context.Context, s *suite.Suite, who access.Actor, in *PeopleExportIn) (*File, error) {
	if _, err := who.May(access.PersonRead); err != nil {
		return nil, err
	}
	return &File{Name: "people.csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error {
		return s.People.ExportCSV(ctx, who, in.filter(), w)
	}}, nil
}

// PersonDetail is a person with those around them.
type PersonDetail struct {
	Person
	ManagerName string    `json:"manager_name,omitempty"`
	Reports     []Named   `json:"reports" doc:"Who they manage."`
	History     []Act     `json:"history"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Named is an id with its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func showPerson(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*PersonDetail, error) {
	d, err := s.People.Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &PersonDetail{
		Person: personOf(&d.Person, d.State), ManagerName: d.ManagerName, Reports: []Named{}, History: []Act{},
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
	for i := range d.Reports {
		out.Reports = append(out.Reports, Named{d.Reports[i].ID, d.Reports[i].Name})
	}
	for i := range d.History {
		out.History = append(out.History, actOf(&d.History[i]))
	}
	return out, nil
}

// PersonIn is a person to be.
type PersonIn struct{ Body PersonFields }

func addPerson(ctx context.Context, s *suite.Suite, who access.Actor, in *PersonIn) (*Person, error) {
	d, err := in.Body.details()
	if err != nil {
		return nil, err
	}
	p, err := s.People.Add(ctx, who, d)
	if err != nil {
		return nil, err
	}
	full, err := s.People.Get(ctx, who, p.ID)
	out := personOf(&full.Person, full.State)
	return &out, err
}

// PersonEditIn is a person as they are to be.
type PersonEditIn struct {
	ID   string `path:"id"`
	Body PersonFields
}

func editPerson(ctx context.Context, s *suite.Suite, who access.Actor, in *PersonEditIn) (*none, error) {
	d, err := in.Body.details()
	if err != nil {
		return nil, err
	}
	return &none{}, s.People.Edit(ctx, who, in.ID, d)
}

// EndIn is a person's last day of work.
type EndIn struct {
	ID   string `path:"id"`
	Body struct {
		EndsOn string `json:"ends_on" doc:"A date, or empty to take it back."`
	}
}

func endPerson(ctx context.Context, s *suite.Suite, who access.Actor, in *EndIn) (*none, error) {
	on, err := dateOf("ends_on", in.Body.EndsOn)
	if err != nil {
		return nil, err
	}
	return &none{}, s.People.End(ctx, who, in.ID, on)
}

// PeopleImportIn is a file of people.
type PeopleImportIn struct {
	Apply   bool   `query:"apply" doc:"Do it; without, only say what would be done."`
	RawBody []byte `contentType:"text/csv"`
}

// ImportedRow is what an import does with one row.
type ImportedRow struct {
	Line    int               `json:"line"`
	Name    string            `json:"name"`
	Outcome string            `json:"outcome" enum:"add,change,same,refuse"`
	Changes map[string]string `json:"changes" doc:"Before and after."`
	Errors  []FieldError      `json:"errors" doc:"Why it is refused."`
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// PeopleImport says what an import did, or would do.
type PeopleImport struct {
	Applied bool           `json:"applied"`
	Counts  map[string]int `json:"counts" doc:"Rows by outcome."`
	Rows    []ImportedRow  `json:"rows"`
	Ignored []string       `json:"ignored" doc:"Headings that mean nothing here."`
	Absent  []Named        `json:"absent" doc:"People who have not left and are not in the file; they are kept as they are."`
}

func importPeople(ctx context.Context, s *suite.Suite, who access.Actor, in *PeopleImportIn) (*PeopleImport, error) {
	res, err := s.People.Import(ctx, who, in.RawBody, in.Apply)
	if err != nil {
		return nil, err
	}
	out := &PeopleImport{Applied: res.Applied, Counts: map[string]int{}, Rows: []ImportedRow{}, Ignored: orNone(res.Ignored), Absent: []Named{}}
	for o, n := range res.Counts {
		out.Counts[string(o)] = n
	}
	for i := range res.Rows {
		r := &res.Rows[i]
		row := ImportedRow{Line: r.Line, Name: r.Name, Outcome: string(r.Outcome), Changes: r.Changes, Errors: []FieldError{}}
		if row.Changes == nil {
			row.Changes = map[string]string{}
		}
		for _, f := range r.Errors {
			row.Errors = append(row.Errors, FieldError{f.Name, f.Text})
		}
		out.Rows = append(out.Rows, row)
	}
	for i := range res.Absent {
		out.Absent = append(out.Absent, Named{res.Absent[i].ID, res.Absent[i].Name})
	}
	return out, nil
}
