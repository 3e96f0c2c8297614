package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// programs lists the reports that the organization prepares for, and the
// criteria left out of the one in the address.
func (s *Server) programs(r *request) (answer, error) {
	list, err := s.Suite.Programs.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "programs", exportPrograms(r, list)); ok || err != nil {
		return a, err
	}
	v := page.SettingsView{Programs: &page.ProgramsCard{}}
	for i := range list {
		v.Programs.Rows = append(v.Programs.Rows, programRow(r, &list[i]))
	}
	if r.who.Can(access.ProgramEdit) {
		v.Programs.Action = view.Action{Label: "Add", Href: "/settings/program/new", Icon: "plus"}
	}
	if len(list) == 0 {
		v.Notices = []view.Notice{{State: view.Warn, Text: view.Say("No program yet: nothing has a period, and no control has a year."), Action: v.Programs.Action}}
	}
	if len(list) > 0 {
		v.Notices = append(v.Notices, listAs("The list of programs", "/settings/program"))
	}
	if sc, ok := s.period(r); ok {
		names, err := s.Suite.UserNames(r.Context(), r.who)
		if err != nil {
			return answer{}, err
		}
		v.NotRelevant = omissionsCard(r, &sc, names)
	}
	return s.settingsPage(r, "program", v)
}

func programRow(r *request, p *program.Program) page.ProgramRow {
	row := page.ProgramRow{
		Name: view.Ref{Label: p.Name, Href: "/settings/program/" + p.Slug}, Type: p.TypeName(), Categories: categoryNames(p.Categories), Dates: p.Label(), Zone: p.Period(&r.org).Zone.String(),
		Badge: view.Badge{State: view.Open, Label: "Open"},
	}
	if p.State == program.Closed {
		row.Badge = view.Badge{State: view.Pass, Label: "Closed"}
	}
	if p.Current {
		row.Badge = view.Badge{State: view.Info, Label: "Current"}
		if p.State == program.Closed {
			row.Badge.Label = "Current, closed"
		}
	}
	return row
}

// exportedProgram is a program as a file has it; To is its last day.
type exportedProgram struct {
	ID         string    `json:"id"`
	Slug       string    `json:"slug"`
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	Categories []string  `json:"categories"`
	From       string    `json:"from"`
	To         string    `json:"to"`
	Zone       string    `json:"zone"`
	State      string    `json:"state"`
	Current    bool      `json:"current"`
	CreatedAt  time.Time `json:"created_at"`
}

func exportPrograms(r *request, list []program.Program) []exportedProgram {
	out := make([]exportedProgram, 0, len(list))
	for i := range list {
		p := &list[i]
		e := exportedProgram{
			ID: p.ID, Slug: p.Slug, Name: p.Name, Type: string(p.Type), Categories: []string{}, From: p.From.String(), To: (p.To - 1).String(),
			Zone: p.Period(&r.org).Zone.String(), State: string(p.State), Current: p.Current, CreatedAt: p.CreatedAt,
		}
		for _, c := range p.Categories {
			e.Categories = append(e.Categories, string(c))
		}
		out = append(out, e)
	}
	return out
}

func omissionsCard(r *request, sc *program.Scope, names map[string]string) *page.NotRelevantCard {
	card := &page.NotRelevantCard{}
	for i := range sc.Omissions {
		o := &sc.Omissions[i]
		row := page.NotRelevantRow{
			Criterion: view.Ref{Label: string(o.Criterion), Href: "/criteria/" + string(o.Criterion)}, Reason: o.Reason,
			By: cmp.Or(names[o.AskedBy], o.AskedBy), Badge: view.Badge{State: view.Warn, Label: "Asked"},
		}
		if o.InForce() {
			row.Approver, row.Badge = cmp.Or(names[o.Approved], o.Approved), view.Badge{State: view.Open, Label: "Left out"}
		} else if r.who.Can(access.ProgramEdit) && o.AskedBy != r.who.ID {
			row.Action = omissionAction(sc, o.Criterion, "approve", "Approve")
			row.Action.Hidden = append(row.Action.Hidden, view.Hidden{Name: "back", Value: "/settings/program"})
		}
		card.Rows = append(card.Rows, row)
	}
	if r.who.Can(access.ProgramEdit) {
		card.Action = view.Action{Label: "Choose a criterion", Href: "/criteria"}
	}
	return card
}

// programNew asks for a program to come.
func (s *Server) programNew(r *request) (answer, error) {
	if err := r.may(access.ProgramEdit); err != nil {
		return answer{}, err
	}
	p := program.Suggest(standing.DayOf(r.now, r.loc))
	p.Name = ""
	return s.showProgram(r, &p, nil)
}

// programEdit shows one program, to be changed.
func (s *Server) programEdit(r *request) (answer, error) {
	if err := r.may(access.ProgramEdit); err != nil {
		return answer{}, err
	}
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, r.PathValue("program"))
	if err != nil {
		return answer{}, err
	}
	return s.showProgram(r, &sc.Program, nil)
}

// showProgram is the form of a program; p is new while it has no id.
func (s *Server) showProgram(r *request, p *program.Program, refused error) (answer, error) {
	last := ""
	if p.To > 0 {
		last = (p.To - 1).String()
	}
	closed := p.State == program.Closed
	cats := view.Choices{Name: "category", Label: "Categories", Many: true, Hint: "Security is in nearly every report. Add what your customers ask for."}
	for _, c := range s.Suite.Library.Criteria().Categories() {
		cats.Options = append(cats.Options, view.Choice{Value: string(c.ID), Label: c.Name, Checked: slices.Contains(p.Categories, c.ID)})
	}
	types := view.Choices{Name: "type", Label: "Report", Options: []view.Choice{
		{Value: string(program.Type2), Label: "Type 2", Detail: "How controls operated over a period", Checked: p.Type == program.Type2, Disabled: closed},
		{Value: string(program.Type1), Label: "Type 1", Detail: "How controls are designed, as of a date", Checked: p.Type == program.Type1, Disabled: closed},
	}}
	v := page.FormView{Title: "Program", Head: view.Head{Title: "Add a program", Answer: view.Say("A program is one report to come: its type, its categories and its days.")}, Form: view.Form{
		Action: "/settings/program/new", Submit: "Add program", Cancel: view.Ref{Label: "Cancel", Href: "/settings/program"},
		Fields: []view.Input{{Name: "name", Label: "Name", Value: r.typed("name", p.Name), Required: true, Sample: "FY26 Type 2", Full: true}},
	}, Sections: []page.FormSection{
		{Title: "Report", Picks: []view.Choices{types}, Fields: []view.Input{
			{Name: "from", Label: "First day, or as-of date", Type: "date", Value: r.typed("from", p.From.String()), Required: true},
			{Name: "to", Label: "Last day", Type: "date", Value: r.typed("to", last), Hint: "Not for a Type 1."},
		}},
		{Title: "Categories", Picks: []view.Choices{cats}},
	}}
	if p.ID != "" {
		v.Head.Title, v.Head.Answer = p.Name, view.Say(p.TypeName()+", "+p.Label())
		v.Form.Action, v.Form.Submit = "/settings/program/"+p.Slug, "Save"
		v.Head.Badges = []view.Badge{programRow(r, p).Badge}
		if !p.Current {
			v.Head.Actions = []view.Action{{Label: "Make it the current one", Href: "/settings/program/" + p.Slug + "/current", Post: true}}
		}
		v.Danger = closeNotice(p)
	}
	if closed {
		v.Notices = []view.Notice{{State: view.Info, Text: view.Say("This program is closed: its type and dates are fixed. Name and categories can still be corrected.")}}
		v.Form.Hidden = []view.Hidden{{Name: "type", Value: string(p.Type)}}
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Programs", Href: "/settings/program"}, {Label: v.Head.Title}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

func closeNotice(p *program.Program) *view.Notice {
	if p.State == program.Closed {
		return nil
	}
	return &view.Notice{
		State: view.Warn, Text: view.Text{view.B("Closing fixes the type and the dates for good."), view.T(" Do it when the auditor has the period in writing.")},
		Action: view.Action{Label: "Close this program…", Href: "/settings/program/" + p.Slug + "/close"},
	}
}

// postedProgram reads the form of a program.
func postedProgram(r *request, into program.Program) (program.Program, error) {
	var wrong []fault.Field
	into.Name, into.Categories = r.text("name"), nil
	if kind := r.text("type"); kind != "" {
		into.Type = program.Type(kind)
	}
	for _, c := range r.PostForm["category"] {
		into.Categories = append(into.Categories, criteria.CategoryID(c))
	}
	into.From = r.date("from", &wrong)
	into.To = into.From + 1
	if into.Type != program.Type1 {
		if last := r.date("to", &wrong); last > 0 {
			into.To = last + 1
		} else if len(wrong) == 0 {
			wrong = append(wrong, fault.Field{Name: "to", Text: "Give the last day."})
		}
	}
	if len(wrong) > 0 {
		return into, fault.Fields("The program was not saved.", wrong...)
	}
	return into, nil
}

// renamed gives the fields of a program the names that its form has.
func renamed(err error) error {
	if err == nil || !fault.Is(err, fault.Invalid) {
		return err
	}
	fields := slices.Clone(fault.FieldsOf(err))
	for i := range fields {
		if fields[i].Name == "categories" {
			fields[i].Name = "category"
		}
	}
	return fault.Fields(fault.Text(err), fields...)
}

func (s *Server) programAdd(r *request) (answer, error) {
	if err := r.may(access.ProgramEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	p, err := postedProgram(r, program.Program{Type: program.Type2})
	if err == nil {
		p, err = s.Suite.Programs.Add(r.Context(), r.who, p)
	}
	if err != nil {
		p.ID = ""
		return s.showProgram(r, &p, renamed(err))
	}
	return s.done(r, p.Name+" is added.", "/settings/program")
}

func (s *Server) programSave(r *request) (answer, error) {
	if err := r.may(access.ProgramEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, r.PathValue("program"))
	if err != nil {
		return answer{}, err
	}
	p, err := postedProgram(r, sc.Program)
	if err == nil {
		err = s.Suite.Programs.Edit(r.Context(), r.who, p)
	}
	if err != nil {
		p.State, p.Current = sc.State, sc.Current
		return s.showProgram(r, &p, renamed(err))
	}
	return s.done(r, p.Name+" is saved. The standing of its controls is computed anew.", "/settings/program")
}

// programCurrent makes a program the one that pages show by themselves; the
// one before can be made so again.
func (s *Server) programCurrent(r *request) (answer, error) {
	before, err := s.Suite.Programs.Get(r.Context(), r.who, "")
	if err != nil {
		return answer{}, err
	}
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, r.PathValue("program"))
	if err != nil {
		return answer{}, err
	}
	p := sc.Program
	p.Current = true
	if err := s.Suite.Programs.Edit(r.Context(), r.who, p); err != nil {
		return answer{}, err
	}
	f := flash{Text: p.Name + " is the current program.", State: view.Pass}
	if before.ID != p.ID {
		f.Undo = "/settings/program/" + before.Slug + "/current"
	}
	s.say(r, f)
	return goTo("/settings/program")
}

// programClose asks once more, because it cannot be undone.
func (s *Server) programClose(r *request) (answer, error) {
	if err := r.may(access.ProgramEdit); err != nil {
		return answer{}, err
	}
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, r.PathValue("program"))
	if err != nil {
		return answer{}, err
	}
	return s.showClose(r, &sc, nil)
}

func (s *Server) showClose(r *request, sc *program.Scope, refused error) (answer, error) {
	v := page.FormView{Title: "Close", Head: view.Head{
		Title: "Close " + sc.Name + "?", Answer: view.Say(fmt.Sprintf("%s, %s. Its type and dates are then fixed for good.", sc.TypeName(), sc.Label())),
	}, Form: view.Form{
		Action: "/settings/program/" + sc.Slug + "/close", Submit: "Close the program", Cancel: view.Ref{Label: "Keep it open", Href: "/settings/program/" + sc.Slug},
		Fields: []view.Input{{Name: "confirm", Label: "Type the name of the program", Value: r.typed("confirm", ""), Required: true, Full: true}},
	}}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Programs", Href: "/settings/program"}, {Label: "Close"}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

func (s *Server) programCloseNow(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ProgramEdit); err != nil {
		return answer{}, err
	}
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, r.PathValue("program"))
	if err != nil {
		return answer{}, err
	}
	if !strings.EqualFold(r.text("confirm"), sc.Name) {
		return s.showClose(r, &sc, fault.Fields("The program was not closed.", fault.Field{Name: "confirm", Text: "This is not its name: " + sc.Name}))
	}
	p := sc.Program
	p.State = program.Closed
	if err := s.Suite.Programs.Edit(r.Context(), r.who, p); err != nil {
		return answer{}, err
	}
	return s.done(r, p.Name+" is closed.", "/settings/program")
}
