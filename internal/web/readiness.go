package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/program"
	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// readiness is what an auditor would report today, and what to do about it.
func (s *Server) readiness(r *request) (answer, error) {
	if !r.who.Can(access.ControlRead) && r.who.Can(access.PolicyOwn) {
		return goTo("/me")
	}
	o, err := s.controlsIn(r).List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	checks, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	sc, has := s.period(r)
	v := page.ReadinessView{Checks: checkFigures(r, checks), Integrity: s.integrity(r)}
	v.Setup = s.setupCard(r, has, len(o.Controls), len(checks))
	if !has {
		v.Head = view.Head{Title: "Nothing to report on yet", Answer: view.Say("Say which report you aim for, and over which days: then every control gets its year.")}
		v.HeatEmpty = &view.Empty{
			Kind: view.NoneYet, Title: "No period yet", Text: view.Say("The months appear once the program has dates."),
			Actions: []view.Action{{Label: "Add a program", Href: "/settings/program", Look: view.Primary}},
		}
		return show(page.Readiness(s.shell(r, "Readiness", "readiness"), v))
	}
	v.Head = readinessHead(&sc, o)
	v.Position = position(r, &sc, o)
	if v.Needed, err = s.needed(r, o, checks); err != nil {
		return answer{}, err
	}
	v.Heat = heat(r, &sc, o, standing.NewCalendar(sc.Period(&r.org), r.now))
	if v.Deviations, err = s.deviations(r, o); err != nil {
		return answer{}, err
	}
	return show(page.Readiness(s.shell(r, "Readiness", "readiness"), v))
}

func readinessHead(sc *program.Scope, o control.Overview) view.Head {
	h := view.Head{Notes: []string{sc.TypeName(), categoryNames(sc.Categories), sc.Label()}}
	pos := o.Position
	h.Title = plural(pos.Deviations, "deviation") + " so far."
	if pos.Deviations == 0 {
		h.Title = "No deviation so far."
	}
	if pos.ActionNeeded > 0 {
		h.Title += fmt.Sprintf(" %s action.", needs(pos.ActionNeeded))
	}
	if len(o.Controls) == 0 {
		h.Title = "No control is adopted yet"
		h.Answer = view.Say("Adopt the suggested set for your scope and say who owns each.")
		h.Actions = []view.Action{{Label: "Choose controls", Href: "/controls/adopt", Look: view.Primary}}
	}
	return h
}

func needs(n int) string {
	if n == 1 {
		return "1 control needs"
	}
	return view.Num(n) + " controls need"
}

func categoryNames(list []criteria.CategoryID) string {
	names := map[criteria.CategoryID]string{
		"security": "Security", "availability": "Availability", "confidentiality": "Confidentiality",
		"processing_integrity": "Processing integrity", "privacy": "Privacy",
	}
	out := ""
	for _, id := range []criteria.CategoryID{"security", "availability", "confidentiality", "processing_integrity", "privacy"} {
		if slices.Contains(list, id) {
			if out != "" {
				out += ", "
			}
			out += names[id]
		}
	}
	return out
}

func position(r *request, sc *program.Scope, o control.Overview) *page.Summary {
	p := o.Position
	k, n := sc.Day(o.Today)
	sum := &page.Summary{
		Bar: chart.Bar{
			Label: fmt.Sprintf("%d operated, %d need action, %d with a deviation, %d not due", p.Operated, p.ActionNeeded, p.Deviation, p.NotDue),
			Segs:  []chart.Seg{{Fill: "pass", Count: p.Operated}, {Fill: "warn", Count: p.ActionNeeded}, {Fill: "fail", Count: p.Deviation}, {Fill: "track", Count: p.NotDue}},
		},
		Keys: []page.SummaryKey{
			{Fill: "pass", Count: view.Num(p.Operated), Label: "operated as worded", Href: r.inPeriod("/controls?state=operated"), Sub: fixedWords(p.FixedInTime)},
			{Fill: "warn", Count: view.Num(p.ActionNeeded), Label: "need action", Href: r.inPeriod("/controls?state=action_needed"), Sub: "without evidence, failing inside a limit, or due"},
			{Fill: "fail", Count: view.Num(p.Deviation), Label: "have a deviation", Href: r.inPeriod("/controls?state=deviation"), Sub: plural(p.Deviations, "deviation") + " in all"},
		},
	}
	if p.NotDue > 0 {
		sum.Keys = append(sum.Keys, page.SummaryKey{Fill: "track", Count: view.Num(p.NotDue), Label: "not due yet", Href: r.inPeriod("/controls?state=not_due")})
	}
	end := sc.Period(&r.org).End()
	left := "ended " + ago(r.now, end)
	if end.After(r.now) {
		left = ago(r.now, end)
	}
	sum.Facts = []view.Pair{
		{Term: "Period ends", Value: view.Say(left)},
		{Term: "Days begun", Value: view.Say(fmt.Sprintf("%d of %d", k, n))},
		{Term: "Criteria", Value: view.Say(view.Num(len(sc.InScope)))},
	}
	return sum
}

func fixedWords(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d had a failure fixed inside its limit", n)
}

func ownerOf(v *control.Version) string {
	if v.OwnerName != "" {
		return v.OwnerName
	}
	return v.OwnerRole
}

func laneTitle(v *control.Version, key string) string {
	for _, l := range v.Lanes {
		if l.ID == key {
			return l.Title
		}
	}
	return key
}

func ownerOfCheck(o control.Overview, checkID string) view.Who {
	for i := range o.Controls {
		if slices.Contains(o.Controls[i].Checks(), checkID) {
			return view.Who{Name: ownerOf(&o.Controls[i].Version)}
		}
	}
	return view.Who{}
}

func firstControl(o control.Overview, checkID string) view.Ref {
	for i := range o.Controls {
		if slices.Contains(o.Controls[i].Checks(), checkID) {
			return view.Ref{Label: o.Controls[i].Control, Href: "/controls/" + o.Controls[i].Control}
		}
	}
	return view.Ref{}
}

// heat is how each series of criteria stood in each month.
func heat(r *request, sc *program.Scope, o control.Overview, cal *standing.Calendar) *chart.Heat {
	h := &chart.Heat{Label: "How the criteria stood by month", Head: "Criteria"}
	months := cal.Period().Months()
	for _, m := range months {
		h.Months = append(h.Months, m.From.Start(time.UTC).Format("Jan"))
	}
	var series []criteria.SeriesID
	spans := map[criteria.SeriesID][][]standing.Span{}
	devs := map[criteria.SeriesID]int{}
	all := o.All()
	for _, c := range sc.InScope {
		if !slices.Contains(series, c.Series) {
			series = append(series, c.Series)
		}
		for i := range all {
			if slices.Contains(all[i].Criteria, string(c.ID)) {
				spans[c.Series] = append(spans[c.Series], all[i].Standing.Spans)
				devs[c.Series] += all[i].Standing.Summary.Deviations
			}
		}
	}
	for _, id := range series {
		row := cal.Heat(string(id), spans[id])
		out := chart.HeatRow{ID: string(id), Label: seriesName(id), Href: r.inPeriod("/criteria#" + string(id)), Controls: len(spans[id]), Result: "No deviation"}
		if len(spans[id]) == 0 {
			out.Result, out.Tone = "No control", "fail"
		} else if devs[id] > 0 {
			out.Result, out.Tone = plural(devs[id], "deviation"), "fail"
		}
		for i, cell := range row.Cells {
			out.Cells = append(out.Cells, heatCell(h.Months[i], cell, r.inPeriod("/controls?series="+string(id))))
		}
		h.Rows = append(h.Rows, out)
	}
	return h
}

func heatCell(month string, c standing.Cell, href string) chart.HeatCell {
	if !c.Begun {
		return chart.HeatCell{Kind: chart.HeatFuture, Label: month + ": still to come"}
	}
	kinds := map[standing.State]chart.HeatKind{
		standing.Deviation: chart.HeatDeviation, standing.NoEvidence: chart.HeatNone, standing.Failing: chart.HeatAction,
		standing.Fixed: chart.HeatFixed, standing.Operated: chart.HeatOperated, standing.NotDue: chart.HeatNotDue,
	}
	out := chart.HeatCell{Kind: kinds[c.State], Label: fmt.Sprintf("%s: %s, %s", month, c.State.Label(), plural(c.Controls, "control"))}
	if c.State != standing.Operated && c.State != standing.NotDue {
		out.Href = href
		out.Count = c.Controls
	}
	return out
}

func seriesName(id criteria.SeriesID) string { return seriesNames()[id] }

func seriesNames() map[criteria.SeriesID]string {
	return map[criteria.SeriesID]string{
		"CC1": "Control environment", "CC2": "Communication", "CC3": "Risk assessment", "CC4": "Monitoring", "CC5": "Control activities",
		"CC6": "Logical & physical access", "CC7": "System operations", "CC8": "Change management", "CC9": "Risk mitigation",
		"A1": "Availability", "C1": "Confidentiality", "PI1": "Processing integrity", "P1": "Notice", "P2": "Choice and consent",
		"P3": "Collection", "P4": "Use, retention, disposal", "P5": "Access by people", "P6": "Disclosure", "P7": "Quality", "P8": "Monitoring of privacy",
	}
}

func (s *Server) deviations(r *request, o control.Overview) (*page.LinesCard, error) {
	card := &page.LinesCard{Title: "Deviations in this period", Empty: "None so far."}
	all := o.All()
	for i := range all {
		c := &all[i]
		for _, l := range c.Standing.Lanes {
			called, err := s.called(r, &l)
			if err != nil {
				return nil, err
			}
			for _, d := range l.Deviations {
				card.Lines = append(card.Lines, view.Line{
					State: view.Fail, Lead: c.Control, Text: laneTitle(&c.Version, l.Key), Right: dateSpan(d.From, d.To), Sub: cmp.Or(called[d.Resource], d.Resource),
					Href: r.inPeriod("/controls/" + c.Control + "?tab=deviations"),
				})
			}
		}
	}
	const most = 8
	if len(card.Lines) > most {
		card.Link = view.Ref{Label: fmt.Sprintf("All %d", len(card.Lines)), Href: r.inPeriod("/controls?state=deviation")}
		card.Lines = card.Lines[:most]
	}
	return card, nil
}

// called is what the resources of a lane's deviations are called, by reference.
func (s *Server) called(r *request, l *control.LaneStanding) (map[string]string, error) {
	id, ok := strings.CutPrefix(l.Key, "check/")
	if !ok || !r.who.Can(access.CheckRead) {
		return nil, nil
	}
	const most = 200 // that one statement asks for
	var refs []string
	for _, d := range l.Deviations[:min(len(l.Deviations), most)] {
		refs = append(refs, d.Resource)
	}
	return s.Suite.Checks.Called(r.Context(), r.who, id, refs)
}

func checkFigures(r *request, checks []check.Summary) *page.FiguresCard {
	var pass, fail, unknown, neutral int
	var last time.Time
	for i := range checks {
		run := checks[i].Last
		if run == nil {
			unknown++
			continue
		}
		if run.At.After(last) {
			last = run.At
		}
		switch run.Status {
		case rule.Pass:
			pass++
		case rule.Fail:
			fail++
		case rule.Excluded, rule.NoOccurrence:
			neutral++
		case rule.Unknown, rule.Out:
			unknown++
		}
	}
	card := &page.FiguresCard{
		Title: "Checks", Link: view.Ref{Label: plural(len(checks), "check"), Href: "/checks"},
		Sums: []view.Pair{
			{Term: "Passing", Value: view.Say(view.Num(pass))},
			{Term: "Failing", Value: view.Say(view.Num(fail)), State: stateIf(fail > 0, view.Fail)},
			{Term: "Could not judge", Value: view.Say(view.Num(unknown)), State: stateIf(unknown > 0, view.Warn)},
			{Term: "Nothing to judge", Value: view.Say(view.Num(neutral))},
		},
	}
	if !last.IsZero() {
		card.Title = "Checks, last run " + r.moment(last)
	}
	return card
}

func stateIf(yes bool, s view.State) view.State {
	if yes {
		return s
	}
	return ""
}

// integrity is the log in three lines.
func (s *Server) integrity(r *request) *page.PairsCard {
	head, err := s.logHead(r)
	if err != nil {
		return nil
	}
	pairs := []view.Pair{{Term: "Log entries", Value: view.Say(view.Num(int(head.size)))}}
	if head.signedAt.IsZero() {
		pairs = append(pairs, view.Pair{Term: "Signed", Value: view.Say("not yet")})
	} else {
		pairs = append(pairs, view.Pair{Term: "Tree head", Value: view.Say(head.root[:4] + "…" + head.root[60:]), Mono: true},
			view.Pair{Term: "Signed up to", Value: view.Say(fmt.Sprintf("entry %s, %s", view.Num(int(head.signed)), r.moment(head.signedAt)))})
	}
	return &page.PairsCard{Title: "Evidence integrity", Link: view.Ref{Label: "Verify", Href: "/log/verify"}, Pairs: pairs}
}

func (s *Server) setupCard(r *request, chosen bool, controls, checks int) *page.SetupCard {
	if chosen && controls > 0 && checks > 0 || r.org.Setup == "dismissed" {
		return nil
	}
	todo := func(done bool, title, href, text string) view.Todo {
		t := view.Todo{Title: title, Href: href, Sub: view.Say(text), Badge: view.Badge{State: view.None, Label: "To do"}}
		if done {
			t.Badge = view.Badge{State: view.Pass, Label: "Done"}
		}
		return t
	}
	return &page.SetupCard{Title: "Set up", Hint: "About 30 minutes in all", Steps: []view.Todo{
		todo(chosen, "Choose report, categories and dates", "/settings/program", "2 minutes"),
		todo(checks > 0, "Connect a first source", "/connectors", "5 minutes: this host or a git repository need no credentials"),
		todo(controls > 0, "Adopt controls", "/controls/adopt", "10 minutes: take the suggested set, then make the wording yours"),
		todo(false, "Invite a second lead", "/settings/users", "1 minute: approvals need somebody else"),
	}, Dismiss: view.Action{Label: "Put away", Href: "/setup/dismiss", Post: true}}
}
