package web

import (
	"fmt"
	"slices"
	"time"

	"assay/catalog"
	"assay/internal/auth"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// The set-up is four screens. Each can be left and taken up again: how far it
// has come is stored with the organization.
const (
	stepSource   = "source"
	stepControls = "controls"
	setupDone    = "dismissed"
)

func setupSteps() []view.Step {
	return []view.Step{
		{Label: "Administrator", Href: "/setup"},
		{Label: "Organization and report", Href: "/setup/organization"},
		{Label: "First source", Href: "/setup/source"},
		{Label: "Controls", Href: "/setup/controls"},
	}
}

// setup leads to the screen that is next.
func (s *Server) setup(r *request) (answer, error) {
	open, err := s.Suite.Auth.SetupOpen(r.Context())
	switch {
	case err != nil:
		return answer{}, err
	case open:
		return s.showFirst(r, nil)
	case r.who.ID == "":
		return goTo("/signin")
	case r.who.Org == "":
		return goTo("/setup/organization")
	case r.org.Setup == "" || r.org.Setup == setupDone:
		return goTo("/")
	}
	return goTo("/setup/" + r.org.Setup)
}

func (s *Server) showFirst(r *request, err error) (answer, error) {
	v := page.SetupView{
		Steps: setupSteps(), At: 0, Title: "Who runs this?", Heading: "Administrator",
		Answer: view.Say("The first user leads the programme and invites the others. The token was printed in the terminal where Assay was started."),
		Form: view.Form{Action: "/setup", Submit: "Continue", Fields: []view.Input{
			{Name: "token", Label: "Set-up token", Value: r.FormValue("token"), Mono: true, Required: true, Full: true},
			{Name: "name", Label: "Your name", Value: r.FormValue("name"), Auto: "name", Required: true},
			{Name: "email", Label: "E-mail address", Type: "email", Value: r.FormValue("email"), Auto: "username", Required: true},
			{Name: "password", Label: "Password", Type: "password", Auto: "new-password", Required: true, Full: true, Hint: "At least 12 characters; any you like."},
		}},
	}
	return s.refused(r, &v, err)
}

// refused renders a screen, with what was wrong if anything was.
func (s *Server) refused(r *request, v *page.SetupView, err error) (answer, error) {
	a := answer{}
	if err != nil {
		p, by, ok := problems(err)
		if !ok {
			if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Unauthenticated) && !fault.Is(err, fault.Forbidden) {
				return a, err
			}
			p = view.Problems{Title: fault.Text(err), List: []view.Problem{{Text: fault.Text(err)}}}
		}
		v.Form.Problems, a.status = p, statusOf(fault.Of(err))
		for i := range v.Form.Fields {
			v.Form.Fields[i].Error = by[v.Form.Fields[i].Name]
		}
	}
	a.page = page.Setup(s.shell(r, "Set up", ""), *v)
	return a, nil
}

func (s *Server) setupFirst(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Auth.Begin(r.Context(), auth.First{
		Token: r.PostFormValue("token"), Email: r.PostFormValue("email"), Name: r.PostFormValue("name"),
		Password: r.PostFormValue("password"), From: s.from(r),
	})
	if err != nil {
		return s.showFirst(r, err)
	}
	s.remember(r, o)
	return goTo("/setup/organization")
}

// setupOrg asks for the organization, its categories and the report's dates.
func (s *Server) setupOrg(r *request) (answer, error) { return s.showOrg(r, nil) }

func (s *Server) showOrg(r *request, err error) (answer, error) {
	if r.who.ID == "" {
		return goTo("/setup")
	}
	suggestion := program.Suggest(standing.DayOf(r.now, r.loc))
	chosen := r.Form["category"]
	if len(chosen) == 0 {
		chosen = []string{"security"}
	}
	cats := view.Choices{Name: "category", Label: "Categories", Many: true, Hint: "Security is in nearly every report. Add what your customers ask for."}
	for _, c := range s.Suite.Library.Criteria().Categories() {
		cats.Options = append(cats.Options, view.Choice{Value: string(c.ID), Label: c.Name, Checked: slices.Contains(chosen, string(c.ID))})
	}
	types := view.Choices{Name: "type", Label: "Report", Options: []view.Choice{
		{Value: "unknown", Label: "I do not know yet", Detail: "Suggests a Type 2 over three months, from the first of next month", Checked: nonEmpty(r.FormValue("type"), "unknown") == "unknown"},
		{Value: "type2", Label: "Type 2", Detail: "How controls operated over a period", Checked: r.FormValue("type") == "type2"},
		{Value: "type1", Label: "Type 1", Detail: "How controls are designed, as of a date", Checked: r.FormValue("type") == "type1"},
	}}
	v := page.SetupView{
		Steps: setupSteps(), At: 1, Title: "Your organization, and the report you aim for", Heading: "Organization",
		Answer: view.Say("All of this can be changed later; dates are fixed only when a program is closed."),
		Form: view.Form{Action: "/setup/organization", Submit: "Continue", Fields: []view.Input{
			{Name: "name", Label: "Name of the organization", Value: nonEmpty(r.FormValue("name"), r.org.Name), Auto: "organization", Required: true},
			{Name: "zone", Label: "Time zone", Value: nonEmpty(r.FormValue("zone"), nonEmpty(r.org.Zone, "Etc/UTC")), Required: true, Hint: "Days are counted in it, such as Europe/Stockholm."},
			{Name: "service", Label: "Service that the report is about", Value: nonEmpty(r.FormValue("service"), r.org.Service), Full: true, Optional: true},
		}},
		Sections: []page.FormSection{
			{Title: "Report", Picks: []view.Choices{types}, Fields: []view.Input{
				{Name: "from", Label: "First day, or as-of date", Type: "date", Value: nonEmpty(r.FormValue("from"), suggestion.From.String())},
				{Name: "to", Label: "Last day", Type: "date", Value: nonEmpty(r.FormValue("to"), (suggestion.To - 1).String())},
			}},
			{Title: "Categories", Picks: []view.Choices{cats}},
		},
	}
	return s.refused(r, &v, err)
}

func (s *Server) setupOrgSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if r.who.ID == "" {
		return goTo("/setup")
	}
	p, err := programFrom(r)
	if err != nil {
		return s.showOrg(r, err)
	}
	if err := p.Valid(s.Suite.Library.Criteria()); err != nil {
		return s.showOrg(r, err)
	}
	in := org.New{Name: r.PostFormValue("name"), Service: r.PostFormValue("service"), Zone: r.PostFormValue("zone"), Setup: stepSource}
	if r.who.Org == "" {
		o, err := s.Suite.Orgs.Create(r.Context(), in)
		if err != nil {
			return s.showOrg(r, err)
		}
		if err := s.Suite.Auth.Found(r.Context(), r.who, o.ID); err != nil {
			return answer{}, err
		}
		r.who.Org, r.who.Role = o.ID, "lead"
	} else if err := s.Suite.Orgs.Edit(r.Context(), r.who, org.Org{Name: in.Name, Service: in.Service, Zone: in.Zone}); err != nil {
		return s.showOrg(r, err)
	}
	if list, err := s.Suite.Programs.List(r.Context(), r.who); err != nil || len(list) == 0 {
		if _, err := s.Suite.Programs.Add(r.Context(), r.who, p); err != nil {
			return s.showOrg(r, err)
		}
	}
	return s.step(r, stepSource)
}

func (s *Server) step(r *request, step string) (answer, error) {
	if err := s.Suite.Orgs.SetStep(r.Context(), r.who, step); err != nil {
		return answer{}, err
	}
	if step == setupDone {
		return goTo("/")
	}
	return goTo("/setup/" + step)
}

// programFrom reads type, dates and categories of a form.
func programFrom(r *request) (program.Program, error) {
	p := program.Suggest(standing.DayOf(r.now, r.loc))
	p.Categories = nil
	for _, c := range r.PostForm["category"] {
		p.Categories = append(p.Categories, criteria.CategoryID(c))
	}
	kind := r.PostFormValue("type")
	if kind == "unknown" || kind == "" {
		return p, nil
	}
	p.Type = program.Type(kind)
	from, err := standing.ParseDate(r.PostFormValue("from"))
	if err != nil {
		return p, fault.Fields("The dates were not understood.", fault.Field{Name: "from", Text: "Give the first day as YYYY-MM-DD."})
	}
	p.From, p.To = from, from+1
	if p.Type == program.Type2 {
		last, err := standing.ParseDate(r.PostFormValue("to"))
		if err != nil {
			return p, fault.Fields("The dates were not understood.", fault.Field{Name: "to", Text: "Give the last day as YYYY-MM-DD."})
		}
		p.To = last + 1
	}
	p.Name = fmt.Sprintf("%s %s", (p.To - 1).Start(time.UTC).Format("2006"), map[program.Type]string{program.Type1: "Type 1", program.Type2: "Type 2"}[p.Type])
	if n := r.PostFormValue("program"); n != "" {
		p.Name = n
	}
	return p, nil
}

// setupControls suggests controls for the scope.
func (s *Server) setupControls(r *request) (answer, error) {
	list, err := s.suggested(r)
	if err != nil {
		return answer{}, err
	}
	v := page.SetupView{
		Steps: setupSteps(), At: 3, Title: "What you do", Heading: "Suggested controls", Hint: plural(len(list), "control"),
		Answer: view.Say("Adopt what you really do; the auditor tests the words. You can change every one of them afterwards."),
		Form:   view.Form{Action: "/setup/controls", Submit: "Adopt these"}, Skip: view.Ref{Label: "Later", Href: "/"},
		Areas: s.areas(list),
	}
	return s.refused(r, &v, nil)
}

func (s *Server) suggested(r *request) ([]catalog.LibraryControl, error) {
	cats := []criteria.CategoryID{"security"}
	if sc, ok := s.period(r); ok {
		cats = sc.Categories
	}
	return s.Suite.Library.Adopt(s.Suite.Library.ProfilesFor(cats, false))
}

func (s *Server) areas(list []catalog.LibraryControl) (out []page.AreaRow) {
	for _, d := range s.Suite.Library.Domains() {
		row := page.AreaRow{Name: string(d.ID), Label: d.Name, Checked: true}
		n := 0
		for i := range list {
			if list[i].Domain != d.ID {
				continue
			}
			n++
			if n <= 2 {
				row.Examples += list[i].Title + ". "
			}
			if row.Owner == "" {
				row.Owner = list[i].OwnerRole
			}
			if slices.ContainsFunc(s.Suite.Checks.Catalog, func(c *checkDef) bool { return slices.Contains(c.Controls, string(list[i].ID)) }) {
				row.Ready++
			}
		}
		row.Controls, row.All = view.Num(n), n
		if n > 0 {
			out = append(out, row)
		}
	}
	return out
}

func (s *Server) setupAdopt(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	list, err := s.suggested(r)
	if err != nil {
		return answer{}, err
	}
	var ids []string
	for i := range list {
		if slices.Contains(r.PostForm["area"], string(list[i].Domain)) {
			ids = append(ids, string(list[i].ID))
		}
	}
	from := standing.DayOf(r.now, r.loc)
	if sc, ok := s.period(r); ok && sc.From < from {
		from = sc.From
	}
	added, err := s.Suite.Controls.Adopt(r.Context(), r.who, ids, from)
	if err != nil {
		return answer{}, err
	}
	s.say(r, flash{Text: plural(len(added), "control") + " adopted. Give each an owner and make its wording yours.", State: view.Pass})
	return s.step(r, setupDone)
}

// setupSource offers the connectors.
func (s *Server) setupSource(r *request) (answer, error) {
	picks := view.Choices{Name: "product", Label: "Source", Quiet: true}
	for i, p := range s.Suite.Connectors.Products {
		picks.Options = append(picks.Options, view.Choice{Value: p.Name, Label: p.Title, Detail: p.Summary, Checked: i == 0})
	}
	v := page.SetupView{
		Steps: setupSteps(), At: 2, Title: "A first source", Heading: "What shall Assay read?",
		Answer:   view.Say("Facts come first: a source is read, sealed, and only then judged. This host and a git repository need no credentials."),
		Form:     view.Form{Action: "/setup/source", Submit: "Continue"},
		Sections: []page.FormSection{{Picks: []view.Choices{picks}}}, Skip: view.Ref{Label: "Later", Href: "/setup/controls"},
	}
	return s.refused(r, &v, nil)
}

func (s *Server) setupSourceChosen(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	p, err := s.Suite.Connectors.Product(r.PostFormValue("product"))
	if err != nil {
		return answer{}, err
	}
	if err := s.Suite.Orgs.SetStep(r.Context(), r.who, stepControls); err != nil {
		return answer{}, err
	}
	return goTo("/connectors/new/" + p.Name)
}

// setupDismiss puts the card away for good.
func (s *Server) setupDismiss(r *request) (answer, error) { return s.step(r, setupDone) }
