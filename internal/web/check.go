package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// check is one check with the results of its newest run.
func (s *Server) check(r *request) (answer, error) {
	d, err := s.Suite.Checks.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Controls.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	c := &checkPage{r: r, d: &d, o: o, base: "/checks/" + d.ID}
	if r.URL.Query().Has("format") {
		return s.checkExport(r, &d)
	}
	if err := c.read(s); err != nil {
		return answer{}, err
	}
	v := page.CheckView{Head: c.head(), Remedy: c.remedy(), Population: c.population(), UsedBy: c.usedBy()}
	v.Tabs, v.Tab = c.tabs(s.listOf(r, ""))
	if v.Tab.Rule == nil { // else it is there already
		v.Rule = c.rule()
	}
	if len(d.Runs) > 0 {
		v.Runs, v.RunsTitle, v.RunsFrom = runBars(ticksOf(d.Runs)), fmt.Sprintf("Last %d runs", len(d.Runs)), r.moment(d.Runs[len(d.Runs)-1].At)
		v.Evidence = s.runEvidence(r, &d.Runs[0])
	}
	c.proposals(&v)
	crumb := view.Crumb{Label: "Checks", Href: "/checks"}
	return show(page.Check(s.shell(r, d.Title, "checks", crumb, view.Crumb{Label: d.ID}), v))
}

// checkExport answers with every open result, those that most ask for something
// first.
func (s *Server) checkExport(r *request, d *check.Detail) (answer, error) {
	var all []check.Transition
	for _, status := range []rule.Status{rule.Fail, rule.Unknown, rule.Excluded, rule.Pass} {
		some, err := s.Suite.Checks.Results(r.Context(), r.who, d.ID, check.Part{Status: status, Limit: d.Open[status]})
		if err != nil {
			return answer{}, err
		}
		all = append(all, some...)
	}
	a, _, err := exported(r, "results", all)
	return a, err
}

// read reads the results that the tab shows.
func (c *checkPage) read(s *Server) (err error) {
	status := map[string]rule.Status{"": rule.Fail, "failing": rule.Fail, "unknown": rule.Unknown, "passing": rule.Pass}[c.r.URL.Query().Get("tab")]
	if status == "" {
		return nil
	}
	from, to, pager := c.r.slice(c.d.Open[status])
	c.pager = pager
	c.shown, err = s.Suite.Checks.Results(c.r.Context(), c.r.who, c.d.ID, check.Part{Status: status, Offset: from, Limit: to - from})
	return err
}

// proposals offers the decision to those who may take it.
func (c *checkPage) proposals(v *page.CheckView) {
	for i := range c.d.Revisions {
		p := &c.d.Revisions[i]
		if p.State != check.Proposed {
			continue
		}
		n := view.Notice{State: view.Info, Text: view.Say(fmt.Sprintf("Revision %d waits for approval by somebody other than its author.", p.Revision))}
		if c.r.who.Can("check.approve") && p.Author != c.r.who.ID {
			to := fmt.Sprintf("%s/decide?revision=%d", c.base, p.Revision)
			n.Action = view.Action{Label: "Approve", Href: to + "&approve=1", Post: true}
			v.Head.More = append(v.Head.More, view.Action{Label: fmt.Sprintf("Reject revision %d", p.Revision), Href: to, Post: true})
		}
		v.Notices = append(v.Notices, n)
	}
}

type checkPage struct {
	r    *request
	d    *check.Detail
	o    control.Overview
	base string

	shown []check.Transition // results that the tab shows
	pager view.Pager
}

func (c *checkPage) head() view.Head {
	h := view.Head{ID: c.d.ID, Title: c.d.Title, Notes: []string{systemOf(&c.d.Summary), "severity " + string(c.d.Severity)}}
	if c.d.Last == nil {
		h.Badges = []view.Badge{{State: view.None, Label: "Never run"}}
		h.Answer = view.Say("It runs after the next collection.")
	} else {
		h.Badges = []view.Badge{runBadge(c.d.Last.Status, c.d.Last.Reason)}
		h.Answer = view.Say(c.d.Last.Explain)
	}
	if c.r.who.Can("check.run") {
		h.Actions = []view.Action{{Label: "Run again", Href: c.base + "/run", Post: true, Icon: "play", Look: view.Primary}}
	}
	return h
}

func (c *checkPage) remedy() *page.RemedyCard {
	m := c.d.Remediation
	card := &page.RemedyCard{}
	if m.Text != "" {
		card.Ways = append(card.Ways, page.Remedy{Label: "What to do", Steps: []view.Text{view.Say(m.Text)}})
	}
	if m.Console != "" {
		card.Ways = append(card.Ways, page.Remedy{Label: "In the console", Steps: []view.Text{view.Say(m.Console)}})
	}
	if m.CLI != "" {
		card.Ways = append(card.Ways, page.Remedy{Label: "On the command line", Code: m.CLI})
	}
	if m.Terraform != "" {
		card.Ways = append(card.Ways, page.Remedy{Label: "With Terraform", Code: m.Terraform})
	}
	if len(card.Ways) == 0 {
		return nil
	}
	return card
}

func (c *checkPage) rule() *page.RuleCard {
	d := &c.d.Definition
	var text strings.Builder
	if d.Where != "" {
		fmt.Fprintf(&text, "where   %s\n", d.Where)
	}
	for _, l := range d.Let {
		fmt.Fprintf(&text, "let     %s = %s\n", l.Name, l.Expr)
	}
	fmt.Fprintf(&text, "assert  %s\n", d.Assert)
	card := &page.RuleCard{Tag: fmt.Sprintf("v%d, %s", d.Version, d.Origin), Text: text.String()}
	subject := d.Kind
	if d.Facet != "" {
		subject = "facet " + d.Facet
	}
	card.Facts = []view.Pair{{Term: "About", Value: view.Say(subject), Mono: true}}
	for _, l := range c.d.Left {
		card.Facts = append(card.Facts, view.Pair{Term: "Not about", Value: view.Say(l.Kind + ": " + l.Why)})
	}
	card.Facts = append(card.Facts, view.Pair{Term: "Freshness", Value: view.Say(freshnessOf(d))})
	for _, name := range sortedNames(d.Params) {
		value := string(d.Params[name].Default)
		if v, ok := d.Values[name]; ok {
			value = v
		}
		card.Facts = append(card.Facts, view.Pair{Term: name, Value: view.Say(value), Mono: true})
	}
	card.Facts = append(card.Facts, view.Pair{Term: "Definition", Value: view.Say(d.Hash[:12] + "…"), Mono: true})
	return card
}

// freshnessOf says how old a listing may be, and who says so.
func freshnessOf(d *check.Definition) string {
	chosen, ok := d.Values[rule.ParamFreshness]
	if !ok || chosen == d.Freshness {
		return d.Freshness
	}
	return fmt.Sprintf("%s, chosen by the organization instead of %s", chosen, d.Freshness)
}

func (c *checkPage) population() *page.FiguresCard {
	if c.d.Last == nil {
		return nil
	}
	n := c.d.Last.Counts
	return &page.FiguresCard{Title: "Population", Sums: []view.Pair{
		{Term: "Listed", Value: view.Say(view.Num(n.Listed))},
		{Term: "Not in the population", Value: view.Say(view.Num(n.Out))},
		{Term: "Population", Value: view.Say(view.Num(n.Population)), Line: true, Total: true},
		{Term: "Pass", Value: view.Say(view.Num(n.Pass))},
		{Term: "Fail", Value: view.Say(view.Num(n.Fail)), State: stateIf(n.Fail > 0, view.Fail)},
		{Term: "Unknown", Value: view.Say(view.Num(n.Unknown)), State: stateIf(n.Unknown > 0, view.Warn)},
		{Term: "Excluded", Value: view.Say(view.Num(n.Excluded))},
	}, Note: c.d.Last.Explain}
}

func (c *checkPage) usedBy() (out []view.Line) {
	for i := range c.o.Controls {
		v := &c.o.Controls[i]
		if slices.Contains(v.Checks(), c.d.ID) {
			out = append(out, view.Line{State: groupBadge(v.Standing.Group, v.Standing.Summary).State, Lead: v.Control, Text: v.Title, Href: "/controls/" + v.Control})
		}
	}
	return out
}

func (c *checkPage) tabs(list view.List) ([]view.Tab, page.CheckTab) {
	by := c.d.Open
	now := c.r.URL.Query().Get("tab")
	if now == "" {
		now = "failing"
	}
	tab := func(name, label string, n int, hot bool) view.Tab {
		return view.Tab{Label: label, Href: c.base + "?tab=" + name, Count: view.Num(n), Hot: hot && n > 0, Current: now == name}
	}
	tabs := []view.Tab{
		tab("failing", "Failing", by[rule.Fail], true), tab("unknown", "Unknown", by[rule.Unknown], false), tab("passing", "Passing", by[rule.Pass], false),
		tab("excluded", "Excluded", len(c.d.Exclusions), false), tab("runs", "Runs", len(c.d.Runs), false),
		{Label: "Rule", Href: c.base + "?tab=rule", Current: now == "rule"},
	}
	list.Pager = c.pager
	out := page.CheckTab{List: list, Subject: "Resource", Place: "Where"}
	switch now {
	case "unknown":
		out.Title, out.Resources = "Unknown resources", c.resources(rule.Unknown)
	case "passing":
		out.Title, out.Resources = "Passing resources", c.resources(rule.Pass)
	case "excluded":
		out.Title, out.Excluded = "Excluded resources", c.excluded()
	case "runs":
		out.Title, out.Runs = "Runs", c.runs()
	case "rule":
		out.Title, out.Rule = "Rule", c.rule()
	default:
		out.Title, out.Resources = "Failing resources", c.resources(rule.Fail)
	}
	if len(out.Resources)+len(out.Excluded)+len(out.Runs) == 0 && out.Rule == nil {
		out.List.Empty = &view.Empty{Kind: view.NoneGood, Title: "None", Text: view.Say("There is nothing here in the newest run.")}
	}
	return tabs, out
}

func (c *checkPage) resources(status rule.Status) (out []page.CheckResource) {
	for i := range c.shown {
		t := &c.shown[i]
		row := page.CheckResource{
			Name: nonEmpty(t.Label, t.Ref.ID), Sub: t.Ref.ID, Place: t.Ref.Authority, PlaceSub: t.Ref.Kind, Why: t.Message, Since: c.r.moment(t.Since),
			Badge: runBadge(t.Status, t.Reason),
		}
		if status == rule.Fail {
			sum := c.d.Summary
			sum.Oldest = check.Failure{Since: t.Since}
			row.FixBy = fixBy(c.r, &sum, c.o)
			if c.r.who.Can("exclusion.ask") {
				row.Actions = []view.Action{{Label: "Exclude", More: " " + row.Name, Href: c.base + "/exclude?" + refQuery(t.Ref)}}
			}
		}
		out = append(out, row)
	}
	return out
}

func refQuery(ref resource.Ref) string {
	return "kind=" + queryEscape(ref.Kind) + "&authority=" + queryEscape(ref.Authority) + "&id=" + queryEscape(ref.ID)
}

func nonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *checkPage) excluded() (out []page.ExcludedResource) {
	for i := range c.d.Exclusions {
		e := &c.d.Exclusions[i]
		row := page.ExcludedResource{
			Name: nonEmpty(e.Label, e.Ref.ID), Sub: e.Ref.ID, Reason: e.Reason, AskedBy: e.AskedBy, ApprovedBy: e.ApprovedBy,
			Until: view.Due{Text: c.r.day(e.Until)}, Badge: view.Badge{State: view.None, Label: string(e.State)},
		}
		link := "/exclusions/" + e.ID
		switch {
		case e.State == check.Asked && c.r.who.Can("exclusion.approve"):
			row.Actions = []view.Action{{Label: "Approve", More: " " + row.Name, Href: link + "/approve", Post: true}, {Label: "Refuse", More: " " + row.Name, Href: link + "/refuse", Post: true}}
		case e.State == check.Approved && c.r.who.Can("exclusion.approve"):
			row.Actions = []view.Action{{Label: "Lift", More: " " + row.Name, Href: link + "/lift", Post: true}}
		}
		if e.State == check.Approved && e.Until.Sub(c.r.now) < 14*24*time.Hour {
			row.Until.State, row.Until.Sub = view.Warn, ago(c.r.now, e.Until)
		}
		out = append(out, row)
	}
	return out
}

func (c *checkPage) runs() (out []page.CheckRun) {
	for i := range c.d.Runs {
		run := &c.d.Runs[i]
		n := run.Counts
		out = append(out, page.CheckRun{
			When: c.r.moment(run.At), Version: strconv.Itoa(run.Version), Population: view.Num(n.Population), Pass: view.Num(n.Pass),
			Fail: view.Num(n.Fail), Unknown: view.Num(n.Unknown), Excluded: view.Num(n.Excluded),
			Evidence: view.Ref{Label: "leaf", Href: "/log/leaf/" + run.Leaf}, Badge: runBadge(run.Status, run.Reason),
		})
	}
	return out
}

// runEvidence is what a run rests on.
func (s *Server) runEvidence(r *request, run *check.Run) *page.RunEvidence {
	e := &page.RunEvidence{Facts: []view.Pair{
		{Term: "Judged", Value: view.Say(r.moment(run.At))},
		{Term: "Engine", Value: view.Say(check.Engine)},
		{Term: "Root of verdicts", Value: view.Say(run.Root.String()), Mono: true},
	}}
	for _, in := range run.Inputs {
		e.Facts = append(e.Facts, view.Pair{Term: in.Kind, Value: view.Say(fmt.Sprintf("%s, collection %d", in.Connection, in.Seq))})
	}
	e.Badge = view.Badge{State: view.Info, Label: "Pending"}
	if at, ok := s.leafIndex(r, run.Leaf); ok {
		e.Badge = view.Badge{State: view.Pass, Label: "In the log, entry " + view.Num(int(at))}
	}
	e.Actions = []view.Action{{Label: "Show the leaf", Href: "/log/leaf/" + run.Leaf}}
	return e
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}
