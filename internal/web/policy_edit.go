package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/person"
	"assay/internal/policy"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// policyLibrary offers the library's policies that are not adopted yet.
func (s *Server) policyLibrary(r *request) (answer, error) {
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	return s.showTemplates(r, nil)
}

func (s *Server) showTemplates(r *request, refused error) (answer, error) {
	l, err := s.Suite.Policies.Templates(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	f := page.FormView{
		Head: view.Head{Title: "Policies from the library", Answer: view.Say("Each begins as a draft of yours: change it as you like, then have somebody else approve it.")},
		Form: view.Form{Action: r.URL.Path, Submit: "Begin the chosen policies", Cancel: view.Ref{Label: "Cancel", Href: "/policies"}},
	}
	chosen := r.PostForm["policies"]
	pick := view.Choices{Name: "policies", Label: "Policies", Many: true}
	for i := range l.Templates {
		t := &l.Templates[i]
		o := view.Choice{Value: string(t.ID), Label: t.Title, Detail: t.Summary, Disabled: t.Adopted}
		if t.Adopted {
			o.Detail = "There is one already."
		}
		o.Checked = !t.Adopted && (r.Method == http.MethodGet || slices.Contains(chosen, string(t.ID)))
		pick.Options = append(pick.Options, o)
	}
	var open, rest []view.Input
	for i := range l.Questions {
		q := &l.Questions[i]
		in := questionInput(r, q, l.Values[string(q.Key)])
		if q.Default == "" {
			open = append(open, in)
		} else {
			rest = append(rest, in)
		}
	}
	f.Sections = []page.FormSection{
		{Title: "Which", Lists: []view.Choices{pick}},
		{Title: "What only you can know", Fields: open},
		{Title: "What most choose so", Hint: "Change what is otherwise with you.", Fields: rest},
	}
	if len(l.Questions) == 0 {
		f.Sections = f.Sections[:1]
		f.Head.Answer = view.Say("All of the library's policies are yours already.")
	}
	crumbs := []view.Crumb{{Label: "Policies", Href: "/policies"}, {Label: "Library"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "policies", crumbs...), &f, refused)
}

func questionInput(r *request, q *catalog.Setting, known string) view.Input {
	in := view.Input{Name: string(q.Key), Label: q.Label, Hint: q.Unit, Value: r.typed(string(q.Key), nonEmpty(known, q.Default)), Required: q.Default == ""}
	switch q.Type {
	case catalog.NumberSetting:
		in.Type, in.Min, in.Max = "number", strconv.Itoa(q.Min), strconv.Itoa(q.Max)
	case catalog.FrequencySetting, catalog.ChoiceSetting, catalog.YesNoSetting:
		in.Type, in.Options = "select", options(q.Options()...)
	case catalog.TextSetting:
		in.Full = true
	}
	return in
}

func (s *Server) policyAdopt(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	answers := map[string]string{}
	for name := range r.PostForm {
		if _, known := s.Suite.Library.Setting(catalog.SettingKey(name)); known {
			answers[name] = r.text(name)
		}
	}
	chosen := r.PostForm["policies"]
	if err := s.Suite.Policies.Adopt(r.Context(), r.who, chosen, answers); err != nil {
		return s.showTemplates(r, err)
	}
	return s.done(r, plural(len(chosen), "policy")+" begun. Read each, then send it for approval.", "/policies?state=draft")
}

func (s *Server) policyNew(r *request) (answer, error) {
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	return s.showAbout(r, &policy.Policy{AcceptDays: 30, AgainMonths: 12, ReviewMonths: 12}, nil)
}

func (s *Server) policyEditForm(r *request) (answer, error) {
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.Policies.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return s.showAbout(r, &d.Policy, nil)
}

func (s *Server) showAbout(r *request, p *policy.Policy, refused error) (answer, error) {
	people, err := s.Suite.People.List(r.Context(), r.who, person.Filter{Limit: 1})
	if err != nil {
		return answer{}, err
	}
	names, err := s.Suite.UserNames(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	owners := []view.Option{{Value: "", Label: "nobody"}}
	for _, id := range sortedNames(names) {
		owners = append(owners, view.Option{Value: id, Label: names[id]})
	}
	number := func(name string, n int) string { return r.typed(name, strconv.Itoa(n)) }
	f := page.FormView{
		Head: view.Head{Title: "New policy"}, Title: "What it is about", Form: view.Form{
			Action: r.URL.Path, Submit: "Begin a draft", Cancel: view.Ref{Label: "Cancel", Href: "/policies"},
			Fields: []view.Input{
				{Name: "title", Label: "Title", Value: r.typed("title", p.Title), Required: true},
				{Name: "owner", Label: "Owner", Type: "select", Value: r.typed("owner", p.Owner), Options: owners},
				{Name: "audience", Label: "Departments that it binds", Value: r.typed("audience", strings.Join(p.Audience, ", ")), Optional: true, Hint: audienceHint(people.Groups)},
				{Name: "controls", Label: "Controls that it backs", Value: r.typed("controls", strings.Join(p.Controls, " ")), Optional: true, Mono: true, Hint: "Ids with spaces between them."},
				{Name: "review_months", Label: "Months between two reviews", Type: "number", Value: number("review_months", p.ReviewMonths), Min: "1", Max: "36"},
				{Name: "accept_days", Label: "Days to accept it in", Type: "number", Value: number("accept_days", p.AcceptDays), Min: "0", Max: "365", Hint: "0 asks nobody."},
				{Name: "again_months", Label: "Months until it is accepted again", Type: "number", Value: number("again_months", p.AgainMonths), Min: "0", Max: "36", Hint: "0 never asks again."},
			},
		},
	}
	crumbs := []view.Crumb{{Label: "Policies", Href: "/policies"}, {Label: "New"}}
	if id := r.PathValue("id"); id != "" {
		f.Head.Title, f.Form.Submit, f.Form.Cancel.Href = "Change "+id, "Save", "/policies/"+id
		crumbs = []view.Crumb{{Label: "Policies", Href: "/policies"}, {Label: id, Href: "/policies/" + id}, {Label: "Change"}}
	} else {
		f.Form.Fields = append([]view.Input{{Name: "id", Label: "Short name", Value: r.typed("id", ""), Required: true, Mono: true, Sample: "PLC-AUP", Hint: "Capital letters, digits and hyphens."}}, f.Form.Fields...)
		f.Sections = []page.FormSection{{Title: "Text", Fields: []view.Input{textInput(r, "")}}}
	}
	return s.showForm(r, s.shell(r, f.Head.Title, "policies", crumbs...), &f, refused)
}

func audienceHint(groups []string) string {
	if len(groups) == 0 {
		return "Everybody who works here if empty."
	}
	return "Everybody who works here if empty. There are: " + strings.Join(groups, ", ") + "."
}

func textInput(r *request, known string) view.Input {
	return view.Input{Name: "text", Label: "Text", Type: "textarea", Rows: "24", Full: true, Mono: true, Required: true, Value: r.typed("text", known), Hint: "Markdown. A paragraph ends with an empty line."}
}

func (r *request) policyAbout(id string, wrong *[]fault.Field) policy.Policy {
	return policy.Policy{
		ID: id, Title: r.text("title"), Owner: r.text("owner"), Audience: strings.Split(r.text("audience"), ","), Controls: strings.Fields(r.text("controls")),
		ReviewMonths: r.number("review_months", wrong), AcceptDays: r.number("accept_days", wrong), AgainMonths: r.number("again_months", wrong),
	}
}

func (s *Server) policyAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	var wrong []fault.Field
	p := r.policyAbout(r.text("id"), &wrong)
	err := fault.Fields("The policy was not added.", wrong...)
	if len(wrong) == 0 {
		err = s.Suite.Policies.Add(r.Context(), r.who, p, policy.Words{Text: r.PostFormValue("text"), Ask: true})
	}
	if err != nil {
		return s.showAbout(r, &p, err)
	}
	return s.done(r, "Version 1 is a draft.", "/policies/"+strings.ToUpper(p.ID))
}

func (s *Server) policyEdit(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	var wrong []fault.Field
	p := r.policyAbout(r.PathValue("id"), &wrong)
	err := fault.Fields("The policy was not changed.", wrong...)
	if len(wrong) == 0 {
		err = s.Suite.Policies.Edit(r.Context(), r.who, p)
	}
	if err != nil {
		return s.showAbout(r, &p, err)
	}
	return s.done(r, "Changed.", "/policies/"+p.ID)
}

func (s *Server) policyWriteForm(r *request) (answer, error) {
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	return s.showWrite(r, nil)
}

func (s *Server) showWrite(r *request, refused error) (answer, error) {
	d, err := s.Suite.Policies.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	last := &d.Versions[len(d.Versions)-1]
	n := last.Number
	if !last.Open() {
		n++
	}
	ask := view.Choices{Name: "ask", Label: "Acceptance", Many: true, Options: []view.Choice{{Value: "1", Label: "Everybody accepts it anew", Detail: "Leave it out for small corrections: who accepted before need not again.", Checked: last.Open() && last.Ask || n == 1}}}
	f := page.FormView{
		Head: view.Head{Title: d.Title + ", version " + strconv.Itoa(n), Answer: view.Say("Saving keeps it as a draft. What was sent for approval is a draft again.")}, Title: "Draft",
		Form: view.Form{
			Action: r.URL.Path, Submit: "Save draft", Cancel: view.Ref{Label: "Cancel", Href: "/policies/" + d.ID},
			Fields: []view.Input{
				textInput(r, last.Text),
				{Name: "note", Label: "What changes", Value: r.typed("note", draftNote(last)), Optional: true, Full: true, Hint: "One sentence for its readers."},
			},
		},
		Sections: []page.FormSection{{Lists: []view.Choices{ask}}},
	}
	if last.Returned != "" && last.Open() {
		f.Notices = []view.Notice{{State: view.Warn, Text: view.Say("Returned: " + last.Returned)}}
	}
	crumbs := []view.Crumb{{Label: "Policies", Href: "/policies"}, {Label: d.ID, Href: "/policies/" + d.ID}, {Label: "Write"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "policies", crumbs...), &f, refused)
}

func draftNote(last *policy.Version) string {
	if last.Open() {
		return last.Note
	}
	return ""
}

func (s *Server) policyWrite(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.PolicyEdit); err != nil {
		return answer{}, err
	}
	w := policy.Words{Text: r.PostFormValue("text"), Note: r.text("note"), Ask: r.text("ask") != ""}
	if err := s.Suite.Policies.Write(r.Context(), r.who, r.PathValue("id"), w); err != nil {
		return s.showWrite(r, err)
	}
	return s.done(r, "The draft is saved.", "/policies/"+r.PathValue("id")+"?tab=changes")
}
