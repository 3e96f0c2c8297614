package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// control is one control and its year: the page the product is judged by.
func (s *Server) control(r *request) (answer, error) {
	d, err := s.controlsIn(r).Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	checks, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	named, err := s.Suite.Registers.Naming(r.Context(), r.who, register.Control, d.Current.Control)
	if err != nil {
		return answer{}, err
	}
	c := &controlPage{r: r, d: &d, checks: checks, named: named, called: map[string]string{}, ax: axis(d.Program.Period, d.Today), base: "/controls/" + d.Current.Control}
	for _, l := range d.Standing.Lanes {
		names, err := s.called(r, &l)
		if err != nil {
			return answer{}, err
		}
		maps.Copy(c.called, names)
	}
	v := page.ControlView{Head: c.head(), Statement: c.statement()}
	if r.URL.Query().Get("tab") != "deviations" { // the tab has them all
		v.Deviated = c.deviated(2)
	}
	if d.Has && len(d.Standing.Spans) > 0 {
		p := d.Program.Period
		v.YearTitle = fmt.Sprintf("Operation, %s – %s", p.From.Start(time.UTC).Format("2 Jan 2006"), (p.To - 1).Start(time.UTC).Format("2 Jan 2006"))
		v.Year = c.year()
	} else {
		v.YearTitle = "Operation"
		v.YearEmpty = &view.Empty{Kind: view.NoneYet, Title: "Not judged yet", Text: view.Say("The year appears once the program has dates and the period has begun.")}
	}
	v.Tabs, v.Tab = c.tabs()
	if r.URL.Query().Get("tab") == "history" {
		if v.Tab, err = s.controlHistory(r, &d); err != nil {
			return answer{}, err
		}
	}
	crumb := view.Crumb{Label: "Controls", Href: r.inPeriod("/controls")}
	return show(page.Control(s.shell(r, d.Current.Control+" "+d.Current.Title, "controls", crumb, view.Crumb{Label: d.Current.Control}), v))
}

type controlPage struct {
	r      *request
	d      *control.Detail
	checks []check.Summary
	named  []register.Owned  // records that name it
	called map[string]string // what resources of deviations are called, by reference
	ax     chart.Axis
	base   string
}

func (c *controlPage) check(id string) *check.Summary {
	i := slices.IndexFunc(c.checks, func(s check.Summary) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &c.checks[i]
}

func (c *controlPage) head() view.Head {
	v := &c.d.Current
	h := view.Head{ID: v.Control, Title: v.Title, Answer: view.Say(c.d.Standing.Headline)}
	if c.d.Standing.Group != "" {
		h.Badges = append(h.Badges, groupBadge(c.d.Standing.Group, c.d.Standing.Summary))
	}
	switch c.d.Phase {
	case control.Planned:
		h.Badges = append(h.Badges, view.Badge{State: view.None, Label: "Holds from " + v.EffectiveOn.String()})
	case control.Retired:
		h.Badges = append(h.Badges, view.Badge{State: view.None, Label: "Retired"})
	case control.Holding:
	}
	if v.Key {
		h.Tags = append(h.Tags, "Key control")
	}
	if len(v.Lanes) == 0 {
		h.Answer = view.Say("Nothing says yet what shows that this control operates, so no day has evidence. Add a check, an activity or uploads.")
	}
	if c.r.who.Can("evidence.add") {
		h.Actions = append(h.Actions, view.Action{Label: "Add evidence", Href: "/evidence/new?control=" + v.Control, Icon: "plus"})
	}
	if next := c.firstFailing(); next != "" {
		h.Actions = append(h.Actions, view.Action{Label: "Fix what fails", Href: "/checks/" + next, Icon: "check", Look: view.Primary})
	} else if c.r.who.Can("control.edit") {
		h.Actions = append(h.Actions, view.Action{Label: "New version", Href: c.base + "/edit", Icon: "doc", Look: view.Primary})
	}
	return h
}

func (c *controlPage) firstFailing() string {
	for _, id := range c.d.Current.Checks() {
		if s := c.check(id); s != nil && s.Failing > 0 {
			return id
		}
	}
	return ""
}

func (c *controlPage) year() *chart.Year {
	st := &c.d.Standing
	y := &chart.Year{Axis: c.ax, Foot: "Days are counted in " + c.d.Program.Period.Zone.String() +
		". An observed day had a run; an inferred day is carried forward from the last run, no longer than the check allows."}
	y.Control = c.lane("Control", "", st.Spans, 26)
	y.Control.Result, y.Control.Tone = c.result(st)
	for _, l := range st.Lanes {
		title := laneTitle(&c.d.Current, l.Key)
		if l.Kind == standing.ByActivity {
			y.Activities = append(y.Activities, c.activityLane(title, l))
			continue
		}
		href := ""
		if l.Kind == standing.ByCheck {
			href = "/checks/" + strings.TrimPrefix(l.Key, "check/")
		}
		lane := c.lane(title, href, l.Spans, 14)
		lane.Result = operatedOf(l.Spans)
		y.Checks = append(y.Checks, lane)
	}
	return y
}

func (c *controlPage) lane(label, href string, spans []standing.Span, height int) chart.YearLane {
	link := ""
	if href != "" {
		link = href + "?tab=runs"
	}
	return chart.YearLane{Label: label, Href: href, Strip: &chart.Strip{
		Axis: c.ax, Label: label + ": " + operatedOf(spans), Height: height, Runs: runsOf(spans, c.ax, link),
	}}
}

func operatedOf(spans []standing.Span) string {
	ok, due := 0, 0
	for _, s := range spans {
		switch s.State {
		case standing.NotDue:
		case standing.Operated, standing.Fixed, standing.Failing:
			ok += s.Days()
			due += s.Days()
		case standing.NoEvidence, standing.Deviation:
			due += s.Days()
		}
	}
	return fmt.Sprintf("%d of %d days", ok, due)
}

func (c *controlPage) result(st *control.Standing) (text, tone string) {
	switch n := st.Summary.Deviations; {
	case n > 0:
		return plural(n, "deviation"), "fail"
	case st.Summary.Days.NoEvidence > 0:
		return plural(st.Summary.Days.NoEvidence, "day") + " without evidence", "warn"
	}
	return operatedOf(st.Spans), ""
}

func (c *controlPage) activityLane(title string, l control.LaneStanding) chart.YearLane {
	lane := &chart.Lane{Axis: c.ax, Label: title, Height: 18}
	onTime := 0
	for i := range l.Occurrences {
		if l.Occurrences[i].Outcome == standing.OnTime {
			onTime++
		}
		lane.Marks = append(lane.Marks, markOf(&l.Occurrences[i], c.r.loc, c.ax))
	}
	return chart.YearLane{Label: title, Href: c.r.inPeriod(c.base + "?tab=activities"), Marks: lane, Result: fmt.Sprintf("%d of %d on time", onTime, len(l.Occurrences))}
}

func (c *controlPage) statement() page.StatementCard {
	v := &c.d.Current
	card := page.StatementCard{Text: v.Statement}
	if c.r.who.Can("control.edit") {
		card.Edit = view.Ref{Label: "Edit", Href: c.base + "/edit"}
	}
	var crit []view.Ref
	for _, id := range v.Criteria {
		crit = append(crit, view.Ref{Label: id, Href: "/criteria#" + id})
	}
	limit := "none stated: the first failing day is a deviation"
	if v.FixLimit != "" {
		limit = v.FixLimit
	}
	card.Facts = []view.Pair{
		{Term: "Criteria", Tags: crit},
		{Term: "Owner", Who: view.Who{Name: ownerOf(v)}},
		{Term: "Type", Value: view.Say(typeWords(v))},
		{Term: "Frequency", Value: view.Say(frequencyWord(v.Frequency))},
		{Term: "Fix limit", Value: view.Say(limit)},
		{Term: "Version", Value: view.Say(fmt.Sprintf("%d, from %s", v.Number, v.EffectiveOn.Start(time.UTC).Format("2 Jan 2006")))},
	}
	return card
}

func typeWords(v *control.Version) string {
	words := strings.TrimPrefix(v.Kind+", "+v.Nature, ", ")
	if words == "" {
		return "–"
	}
	return strings.ToUpper(words[:1]) + strings.TrimSuffix(words[1:], ", ")
}

func (c *controlPage) deviated(most int) (out []page.DeviationCard) {
	for _, l := range c.d.Standing.Lanes {
		for _, d := range l.Deviations {
			if most > 0 && len(out) == most {
				return out
			}
			out = append(out, page.DeviationCard{
				ID: fmt.Sprintf("DV-%d", len(out)+1), Title: dateSpan(d.From, d.To),
				Badge: view.Badge{State: view.Fail, Label: plural(int(d.To-d.From), "day")},
				What:  view.Text{{Text: laneTitle(&c.d.Current, l.Key), Mark: view.MarkBold}, {Text: " " + cmp.Or(c.called[d.Resource], d.Resource)}},
			})
		}
	}
	return out
}
