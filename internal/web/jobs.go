package web

import (
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/federation"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// jobs is whose word is taken for jobs of build systems.
func (s *Server) jobs(r *request) (answer, error) { return s.showJobs(r, nil) }

func (s *Server) showJobs(r *request, refused error) (answer, error) {
	list, err := s.Suite.Federation.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Jobs: &page.JobsCard{}, Aside: []page.AsideCard{{ID: "h-as", Title: "How a job gets in", Lines: []view.Line{
		{Lead: "It shows", Text: "what its build system signed: which repository, branch and run it is"},
		{Lead: "It gets", Text: "a service’s token for some minutes, which the trail names with the run"},
		{Lead: "It needs", Text: "no secret: there is none to leak, to rotate or to forget"},
	}, Note: "POST /api/v1/tokens/exchange with the trust’s id and the job’s token. The documentation has a workflow to copy."}}}
	for i := range list {
		v.Jobs.Rows = append(v.Jobs.Rows, jobRow(r, &list[i]))
	}
	if !r.who.Can(access.FederationEdit) {
		if refused != nil {
			return answer{}, refused
		}
		return s.settingsPage(r, "jobs", v)
	}
	f := page.SettingsForm{Title: "Let jobs in", Form: view.Form{Action: "/settings/jobs", Submit: "Let them in", Fields: []view.Input{
		{Name: "name", Label: "Name", Value: r.typed("name", ""), Required: true, Sample: "Deploys of the app"},
		{Name: "minutes", Label: "Minutes that a token lives", Value: r.typed("minutes", "15"), Type: "number", Hint: "1 to 60."},
		{Name: "issuer", Label: "Issuer", Value: r.typed("issuer", "https://token.actions.githubusercontent.com"), Required: true, Mono: true, Full: true, Hint: "Of GitHub Actions as it stands; https://gitlab.com, or your own GitLab’s address."},
		{Name: "conditions", Label: "Conditions, one a line", Type: "textarea", Value: r.typed("conditions", ""), Required: true, Mono: true, Full: true, Sample: "repository = acme/app", Hint: "All must hold, and one must say whose the job is. A star stands for anything but / and :. Name the branch or environment too, such as ref = refs/heads/main: whoever may open a branch writes its workflow."},
		{Name: "scope", Label: "Permissions", Value: r.typed("scope", ""), Required: true, Mono: true, Full: true, Sample: "import.add", Hint: "What scheduled work can do, as few as the job needs, with blanks between. Settings, Roles lists them."},
		{Name: "audience", Label: "Audience", Value: r.typed("audience", ""), Optional: true, Mono: true, Full: true, Hint: "Leave it empty: the trust gets one of its own."},
	}}}
	status, err := refuse(&f.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	v.Forms = []page.SettingsForm{f}
	return s.refusedPage(r, "jobs", v, status)
}

func jobRow(r *request, t *federation.Trust) page.JobRow {
	row := page.JobRow{
		Name: t.Name, Issuer: t.Issuer, Last: r.moment(t.UsedAt), By: t.UsedBy, Badge: view.Badge{State: view.Pass, Label: "In force"},
		Terms: []view.Pair{{Term: "Trust", Value: view.Say(t.ID), Mono: true}, {Term: "Audience", Value: view.Say(t.Audience), Mono: true}},
	}
	for _, c := range t.Conditions {
		row.Terms = append(row.Terms, view.Pair{Term: c.Claim, Value: view.Say(c.Pattern), Mono: true})
	}
	row.Terms = append(row.Terms, view.Pair{Term: "May", Value: view.Say(string(t.Scope) + ", for " + plural(t.Minutes, "minute"))})
	switch {
	case !t.EndedAt.IsZero():
		row.Badge = view.Badge{State: view.None, Label: "Ended " + r.day(t.EndedAt)}
	case r.who.Can(access.FederationEdit):
		row.Action = view.Action{Label: "End…", More: " " + t.Name, Href: "/settings/jobs/" + t.ID + "/end"}
	}
	return row
}

func (s *Server) jobsAdd(r *request) (answer, error) {
	if err := r.may(access.FederationEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	in := federation.New{Name: r.text("name"), Issuer: r.text("issuer"), Audience: r.text("audience"), Scope: strings.Fields(r.text("scope"))}
	var err error
	if in.Conditions, err = federation.Conditions(r.text("conditions")); err != nil {
		return s.showJobs(r, err)
	}
	if in.Minutes, err = strconv.Atoi(nonEmpty(r.text("minutes"), "15")); err != nil || in.Minutes == 0 {
		return s.showJobs(r, fault.Fields("Nothing was saved.", fault.Field{Name: "minutes", Text: "A job's token lives for 1 to 60 minutes."}))
	}
	t, err := s.Suite.Federation.Add(r.Context(), r.who, in)
	if err != nil {
		return s.showJobs(r, err)
	}
	if t.Problem != "" {
		s.say(r, flash{Text: t.Name + " is saved. Its issuer could not be asked for its keys just now: " + t.Problem + " Until it can, no job gets in.", State: view.Warn})
		return goTo("/settings/jobs")
	}
	return s.done(r, t.Name+" is saved. Its jobs show a token for the audience "+t.Audience+".", "/settings/jobs")
}

func (s *Server) jobsEndForm(r *request) (answer, error) {
	if err := r.may(access.FederationEdit); err != nil {
		return answer{}, err
	}
	list, err := s.Suite.Federation.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	i := slices.IndexFunc(list, func(t federation.Trust) bool { return t.ID == r.PathValue("trust") })
	if i < 0 {
		return answer{}, fault.New(fault.NotFound, "There is no such trust here.")
	}
	v := page.FormView{
		Head: view.Head{Title: "End " + list[i].Name + "?", Answer: view.Say("Its jobs get no token any more, and those that were given end at once. The trail keeps what they did.")},
		Form: view.Form{Action: "/settings/jobs/" + list[i].ID + "/end", Submit: "End it", Cancel: view.Ref{Label: "Keep it", Href: "/settings/jobs"}},
	}
	return s.showForm(r, s.shell(r, "End", "settings", view.Crumb{Label: "Settings", Href: "/settings"}, view.Crumb{Label: "Jobs", Href: "/settings/jobs"}, view.Crumb{Label: "End"}), &v, nil)
}

func (s *Server) jobsEnd(r *request) (answer, error) {
	if err := r.may(access.FederationEdit); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Federation.End(r.Context(), r.who, r.PathValue("trust")); err != nil {
		return answer{}, err
	}
	return s.done(r, "It has ended, and so has every token that was given for it.", "/settings/jobs")
}
