package api

import (
	"context"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/suite"
)

func programOperations() []Operation {
	return []Operation{
		{ID: "program.list", Method: get, Path: "/programs", Permission: access.ProgramRead, Summary: "The reporting programs, newest period first.", Do: does(listPrograms)},
		{ID: "program.show", Method: get, Path: "/programs/{id}", Permission: access.ProgramRead, Summary: "A program with its criteria; \"current\" names the current one.", Do: does(showProgram)},
		{ID: "program.suggest", Method: get, Path: "/programs/suggestion", Permission: access.ProgramRead, Summary: "A first program for whoever does not know yet.", Do: does(suggestProgram)},
		{ID: "program.add", Method: post, Path: "/programs", Permission: access.ProgramEdit, Summary: "Begin a program.", Do: does(addProgram)},
		{ID: "program.edit", Method: put, Path: "/programs/{id}", Permission: access.ProgramEdit, Summary: "Change a program. The dates of a closed one stay.", Do: does(editProgram)},
		{ID: "program.omit", Method: post, Path: "/programs/{id}/omissions", Permission: access.ProgramEdit, Summary: "Ask that a criterion be left out, with the reason.", Do: does(omitCriterion)},
		{ID: "program.decide", Method: post, Path: "/programs/{id}/omissions/{criterion}/decision", Permission: access.ProgramEdit, Summary: "Approve or remove an omission. Whoever asked cannot approve.", Do: does(decideOmission)},
	}
}

// ProgramFields are what people enter of a program.
type ProgramFields struct {
	Name       string   `json:"name" maxLength:"200"`
	Type       string   `json:"type" enum:"type1,type2"`
	Categories []string `json:"categories" minItems:"1" doc:"security, availability, processing_integrity, confidentiality, privacy."`
	From       string   `json:"from" format:"date" doc:"First day; the as-of day of a Type 1."`
	To         string   `json:"to,omitempty" format:"date" doc:"Last day, itself in the period; not for a Type 1."`
	State      string   `json:"state,omitempty" enum:"open,closed"`
	Current    bool     `json:"current,omitempty" doc:"What pages and commands show unless another is named."`
}

// Program is one report to come.
type Program struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	ProgramFields
	Dates     string    `json:"dates" doc:"In words."`
	CreatedAt time.Time `json:"created_at"`
}

func programOf(p *program.Program) Program {
	out := Program{ID: p.ID, Slug: p.Slug, Dates: p.Label(), CreatedAt: p.CreatedAt, ProgramFields: ProgramFields{
		Name: p.Name, Type: string(p.Type), Categories: []string{}, From: p.From.String(), State: string(p.State), Current: p.Current,
	}}
	if p.Type == program.Type2 {
		out.To = (p.To - 1).String()
	}
	for _, c := range p.Categories {
		out.Categories = append(out.Categories, string(c))
	}
	return out
}

func (f *ProgramFields) program() (program.Program, error) {
	p := program.Program{Name: f.Name, Type: program.Type(f.Type), State: program.State(f.State), Current: f.Current}
	for _, c := range f.Categories {
		p.Categories = append(p.Categories, criteria.CategoryID(c))
	}
	var err error
	if p.From, err = standing.ParseDate(f.From); err != nil {
		return p, fault.Fields("The program was not saved.", fault.Field{Name: "from", Text: "Give a date such as 2026-01-01."})
	}
	p.To = p.From + 1
	if p.Type == program.Type2 {
		last, err := standing.ParseDate(f.To)
		if err != nil {
			return p, fault.Fields("The program was not saved.", fault.Field{Name: "to", Text: "Give the last day of the period, such as 2026-12-31."})
		}
		p.To = last + 1
	}
	return p, nil
}

// Programs are the programs of the organization.
type Programs struct {
	Programs []Program `json:"programs"`
	Next     string    `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listPrograms(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Programs, error) {
	list, err := s.Programs.List(ctx, who)
	out := &Programs{Programs: []Program{}}
	for i := range list {
		out.Programs = append(out.Programs, programOf(&list[i]))
	}
	out.Programs, out.Next = cut(out.Programs, in.Page, func(p *Program) string { return p.ID })
	return out, err
}

// Omission is a criterion that does not apply to the system.
type Omission struct {
	Criterion string     `json:"criterion"`
	Reason    string     `json:"reason"`
	AskedBy   string     `json:"asked_by"`
	AskedAt   time.Time  `json:"asked_at"`
	Approved  string     `json:"approved_by,omitempty" doc:"Empty while it waits."`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

// ProgramDetail is a program with what it is about.
type ProgramDetail struct {
	Program
	Criteria  []string   `json:"criteria" doc:"In scope."`
	Omissions []Omission `json:"omissions"`
}

func currentName(id string) string {
	if id == "current" {
		return ""
	}
	return id
}

func showProgram(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*ProgramDetail, error) {
	sc, err := s.Programs.Get(ctx, who, currentName(in.ID))
	if err != nil {
		return nil, err
	}
	out := &ProgramDetail{Program: programOf(&sc.Program), Criteria: []string{}, Omissions: []Omission{}}
	for i := range sc.InScope {
		out.Criteria = append(out.Criteria, string(sc.InScope[i].ID))
	}
	for i := range sc.Omissions {
		o := &sc.Omissions[i]
		out.Omissions = append(out.Omissions, Omission{string(o.Criterion), o.Reason, o.AskedBy, o.AskedAt, o.Approved, maybe(o.DecidedAt)})
	}
	return out, nil
}

func suggestProgram(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*ProgramFields, error) {
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	p := program.Suggest(standing.DayOf(s.Now(), o.Location()))
	out := programOf(&p).ProgramFields
	return &out, nil
}

// ProgramIn is a program to be.
type ProgramIn struct{ Body ProgramFields }

func addProgram(ctx context.Context, s *suite.Suite, who access.Actor, in *ProgramIn) (*Program, error) {
	p, err := in.Body.program()
	if err != nil {
		return nil, err
	}
	if p, err = s.Programs.Add(ctx, who, p); err != nil {
		return nil, err
	}
	out := programOf(&p)
	return &out, nil
}

// ProgramEditIn is a program as it is to be.
type ProgramEditIn struct {
	ID   string `path:"id"`
	Body ProgramFields
}

func editProgram(ctx context.Context, s *suite.Suite, who access.Actor, in *ProgramEditIn) (*none, error) {
	have, err := s.Programs.Get(ctx, who, currentName(in.ID))
	if err != nil {
		return nil, err
	}
	p, err := in.Body.program()
	if err != nil {
		return nil, err
	}
	p.ID = have.ID
	if p.State == "" {
		p.State = have.State
	}
	return &none{}, s.Programs.Edit(ctx, who, p)
}

// OmitIn asks to leave a criterion out.
type OmitIn struct {
	ID   string `path:"id"`
	Body struct {
		Criterion string `json:"criterion"`
		Reason    string `json:"reason" maxLength:"4000"`
	}
}

func omitCriterion(ctx context.Context, s *suite.Suite, who access.Actor, in *OmitIn) (*none, error) {
	sc, err := s.Programs.Get(ctx, who, currentName(in.ID))
	if err != nil {
		return nil, err
	}
	return &none{}, s.Programs.Omit(ctx, who, program.Omission{
		Program: sc.ID, Criterion: criteria.ID(in.Body.Criterion), Reason: in.Body.Reason,
	})
}

// OmissionIn decides about an omission.
type OmissionIn struct {
	ID        string `path:"id"`
	Criterion string `path:"criterion"`
	Body      Decision
}

// Decision is yes or no.
type Decision struct {
	Approve bool `json:"approve"`
}

func decideOmission(ctx context.Context, s *suite.Suite, who access.Actor, in *OmissionIn) (*none, error) {
	sc, err := s.Programs.Get(ctx, who, currentName(in.ID))
	if err != nil {
		return nil, err
	}
	return &none{}, s.Programs.DecideOmission(ctx, who, sc.ID, criteria.ID(in.Criterion), in.Body.Approve)
}

// CriterionRow is a criterion and what the organization does about it.
type CriterionRow struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Summary    string   `json:"summary" doc:"In our own words."`
	Categories []string `json:"categories"`
	InScope    bool     `json:"in_scope" doc:"Of the current program; true while there is none."`
	Controls   []string `json:"controls" doc:"Those in force that help to meet it."`
	Gap        bool     `json:"gap" doc:"In scope and without a control."`
}

// Criteria are the criteria of the framework.
type Criteria struct {
	Criteria []CriterionRow `json:"criteria"`
	Next     string         `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listCriteria(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Criteria, error) {
	view, err := s.Controls.List(ctx, who)
	if err != nil {
		return nil, err
	}
	sc, err := s.Programs.Get(ctx, who, "")
	none := fault.Is(err, fault.NotFound)
	if err != nil && !none {
		return nil, err
	}
	out := &Criteria{Criteria: []CriterionRow{}}
	for _, c := range s.Library.Criteria().Criteria() {
		row := CriterionRow{ID: string(c.ID), Title: c.Title, Summary: c.Summary, Categories: []string{}, Controls: []string{}}
		for _, id := range c.Categories {
			row.Categories = append(row.Categories, string(id))
		}
		row.InScope = none || slices.ContainsFunc(sc.InScope, func(x criteria.Criterion) bool { return x.ID == c.ID })
		for i := range view.Controls {
			if slices.Contains(view.Controls[i].Criteria, row.ID) {
				row.Controls = append(row.Controls, view.Controls[i].Control)
			}
		}
		row.Gap = row.InScope && len(row.Controls) == 0
		out.Criteria = append(out.Criteria, row)
	}
	out.Criteria, out.Next = cut(out.Criteria, in.Page, func(c *CriterionRow) string { return c.ID })
	return out, nil
}
