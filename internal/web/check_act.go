package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// checkRun judges one check now.
func (s *Server) checkRun(r *request) (answer, error) { return s.runChecks(r, r.PathValue("id")) }

// checkRunAll judges every check now.
func (s *Server) checkRunAll(r *request) (answer, error) { return s.runChecks(r) }

func (s *Server) runChecks(r *request, ids ...string) (answer, error) {
	runs, err := s.Suite.Checks.Run(r.Context(), r.who, ids...)
	if err != nil {
		return answer{}, err
	}
	if err := s.Suite.Controls.Rebuild(r.Context(), r.who); err != nil {
		return answer{}, err
	}
	failing := 0
	for i := range runs {
		if runs[i].Status == rule.Fail {
			failing++
		}
	}
	to := "/checks"
	if len(ids) == 1 {
		to += "/" + ids[0]
	}
	return s.done(r, fmt.Sprintf("%s run; %d failing. The intent and the results are in the log.", plural(len(runs), "check"), failing), to)
}

func (s *Server) exclusionRoutes(get, post func(string, handler)) {
	get("/checks/{id}/exclude", s.excludeForm)
	post("/checks/{id}/exclude", s.exclude)
	post("/checks/{id}/decide", s.checkDecide)
	post("/exclusions/{id}/approve", s.exclusionDecide(true))
	post("/exclusions/{id}/refuse", s.exclusionDecide(false))
	post("/exclusions/{id}/lift", s.exclusionLift)
}

// excludeForm asks why a resource should not count, and until when.
func (s *Server) excludeForm(r *request) (answer, error) {
	if err := r.may(access.ExclusionAsk); err != nil {
		return answer{}, err
	}
	return s.showExclude(r, nil)
}

func refOf(r *request) resource.Ref {
	return resource.Ref{Kind: r.FormValue("kind"), Authority: r.FormValue("authority"), ID: r.FormValue("id")}
}

func (s *Server) showExclude(r *request, refused error) (answer, error) {
	d, err := s.Suite.Checks.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	ref := refOf(r)
	t, err := s.Suite.Checks.Result(r.Context(), r.who, d.ID, ref)
	if err != nil {
		return answer{}, err
	}
	name := nonEmpty(t.Label, t.Ref.ID)
	today := standing.DayOf(r.now, r.loc)
	f := page.FormView{
		Head:  view.Head{ID: d.ID, Title: "Exclude " + name + "?", Answer: view.Say("It no longer counts for this check until the day you give. It stays on the list, is counted, and the auditor sees who asked, who approved and why.")},
		Title: "Why and until when", Form: view.Form{
			Action: "/checks/" + d.ID + "/exclude", Submit: "Ask for it", Cancel: view.Ref{Label: "Cancel", Href: "/checks/" + d.ID},
			Hint: "Another lead approves it.", Hidden: []view.Hidden{{Name: "kind", Value: ref.Kind}, {Name: "authority", Value: ref.Authority}, {Name: "id", Value: ref.ID}},
			Fields: []view.Input{
				{Name: "reason", Label: "Why it does not count", Type: "textarea", Value: r.typed("reason", ""), Required: true, Full: true, Hint: "Your auditor reads this."},
				{Name: "compensating", Label: "What is done instead", Type: "textarea", Value: r.typed("compensating", ""), Optional: true, Full: true},
				{Name: "until", Label: "Last day", Type: "date", Value: r.typed("until", today.AddMonths(3).String()), Min: today.String(), Max: (today + 365).String(), Required: true},
			},
		},
		Aside: []page.AsideCard{{ID: "h-res", Title: name, Badge: runBadge(t.Status, t.Reason), Text: view.Say(t.Message), Pairs: []view.Pair{
			{Term: "Id", Value: view.Say(t.Ref.ID), Mono: true},
			{Term: "Where", Value: view.Say(t.Ref.Authority), Mono: true},
			{Term: "Since", Value: view.Say(r.moment(t.Since))},
			{Term: "Check", Value: view.Text{view.A(d.Title, "/checks/"+d.ID)}},
		}}},
	}
	crumbs := []view.Crumb{{Label: "Checks", Href: "/checks"}, {Label: d.ID, Href: "/checks/" + d.ID}, {Label: "Exclude"}}
	return s.showForm(r, s.shell(r, f.Head.Title, "checks", crumbs...), &f, refused)
}

func (s *Server) exclude(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := r.may(access.ExclusionAsk); err != nil {
		return answer{}, err
	}
	var wrong []fault.Field
	until := r.date("until", &wrong)
	if len(wrong) > 0 {
		return s.showExclude(r, fault.Fields("The exclusion was not asked for.", wrong...))
	}
	e := check.Exclusion{
		Check: r.PathValue("id"), Ref: refOf(r), Reason: strings.ReplaceAll(r.text("reason"), "\r\n", "\n"), Compensating: strings.ReplaceAll(r.text("compensating"), "\r\n", "\n"),
	}
	if until != 0 {
		e.Until = (until + 1).Start(r.loc) // to the end of the last day
	}
	if _, err := s.Suite.Checks.Ask(r.Context(), r.who, e); err != nil {
		return s.showExclude(r, err)
	}
	return s.done(r, "The exclusion is asked for. It counts once another lead approves it.", "/checks/"+e.Check+"?tab=excluded")
}

// exclusionDecide approves or refuses what somebody else asked for.
func (s *Server) exclusionDecide(approve bool) handler {
	return func(r *request) (answer, error) {
		to, err := s.exclusionPlace(r)
		if err != nil {
			return answer{}, err
		}
		if err := s.Suite.Checks.DecideExclusion(r.Context(), r.who, r.PathValue("id"), approve); err != nil {
			return answer{}, err
		}
		if !approve {
			return s.done(r, "The exclusion is refused. The resource counts as before.", to)
		}
		return s.done(r, "The exclusion is approved. It holds from the next run on.", to)
	}
}

// exclusionLift ends one before its time; it can be asked for again.
func (s *Server) exclusionLift(r *request) (answer, error) {
	to, err := s.exclusionPlace(r)
	if err != nil {
		return answer{}, err
	}
	if err := s.Suite.Checks.Lift(r.Context(), r.who, r.PathValue("id")); err != nil {
		return answer{}, err
	}
	return s.done(r, "The exclusion is lifted. The resource counts from the next run on.", to)
}

// exclusionPlace is the page on which an exclusion is shown.
func (s *Server) exclusionPlace(r *request) (string, error) {
	if err := r.may(access.ExclusionApprove); err != nil {
		return "", err
	}
	list, err := s.Suite.Checks.Exclusions(r.Context(), r.who)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(e check.Exclusion) bool { return e.ID == r.PathValue("id") })
	if i < 0 {
		return "", fault.New(fault.NotFound, "There is no such exclusion here.")
	}
	return "/checks/" + list[i].Check + "?tab=excluded", nil
}

// checkDecide approves or rejects a proposed definition or parameters.
func (s *Server) checkDecide(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	revision, err := strconv.Atoi(r.FormValue("revision"))
	if err != nil {
		return answer{}, fault.New(fault.Invalid, "Say which revision is decided. Nothing was changed.")
	}
	approve := r.FormValue("approve") == "1"
	if err := s.Suite.Checks.Decide(r.Context(), r.who, r.PathValue("id"), revision, approve); err != nil {
		return answer{}, err
	}
	text := "The proposal is rejected. The check stays as it was."
	if approve {
		text = "The revision is approved and in force from now on, never for the past."
	}
	return s.done(r, text, "/checks/"+r.PathValue("id"))
}
