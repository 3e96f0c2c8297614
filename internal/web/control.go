package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/standing"
	"assay/internal/trail"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// control is one control and its year: the page the product is judged by.
func (s *Server) control(r *request) (answer, error) {
	d, err := s.Suite.Controls.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	checks, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	c := &controlPage{r: r, d: &d, checks: checks, ax: axis(d.Program.Period, d.Today), base: "/controls/" + d.Current.Control}
	v := page.ControlView{Head: c.head(), Statement: c.statement(), Deviated: c.deviated(2)}
	if d.Has && len(d.Standing.Spans) > 0 {
		p := d.Program.Period
		v.YearTitle = fmt.Sprintf("Operation, %s – %s", p.From.Start(p.Zone).Format("2 Jan 2006"), (p.To - 1).Start(p.Zone).Format("2 Jan 2006"))
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
	crumb := view.Crumb{Label: "Controls", Href: "/controls"}
	return show(page.Control(s.shell(r, d.Current.Control+" "+d.Current.Title, "controls", crumb, view.Crumb{Label: d.Current.Control}), v))
}

type controlPage struct {
	r      *request
	d      *control.Detail
	checks []check.Summary
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
	if !c.d.InForce {
		h.Badges = append(h.Badges, view.Badge{State: view.None, Label: "Not in force"})
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
	for _, o := range l.Occurrences {
		m := chart.Mark{From: c.at(o.Opens), To: c.at(o.Last), Done: -1, State: chart.Waiting, Note: o.Due.String() + ": " + o.Outcome.String()}
		if !o.PerformedAt.IsZero() {
			m.Done = c.at(standing.DayOf(o.PerformedAt, c.r.loc))
		}
		switch o.Outcome {
		case standing.OnTime:
			m.State = chart.OnTime
			onTime++
		case standing.Late, standing.Missed:
			m.State = chart.Late
		case standing.Open, standing.Upcoming:
		}
		lane.Marks = append(lane.Marks, m)
	}
	return chart.YearLane{Label: title, Href: c.base + "?tab=activities", Marks: lane, Result: fmt.Sprintf("%d of %d on time", onTime, len(l.Occurrences))}
}

func (c *controlPage) at(d standing.Date) int { return int(d - c.d.Program.Period.From) }

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
		{Term: "Criteria", Tags: crit}, {Term: "Owner", Who: view.Who{Name: ownerOf(v)}}, {Term: "Type", Value: view.Say(typeWords(v))},
		{Term: "Frequency", Value: view.Say(frequencyWord(v.Frequency))}, {Term: "Fix limit", Value: view.Say(limit)},
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
		for i, d := range l.Deviations {
			if most > 0 && len(out) == most {
				return out
			}
			out = append(out, page.DeviationCard{
				ID: fmt.Sprintf("dv-%s-%d", strings.NewReplacer("/", "-", ".", "-").Replace(l.Key), i), Title: dateSpan(d.From, d.To),
				Badge: view.Badge{State: view.Fail, Label: plural(int(d.To-d.From), "day")},
				What:  view.Text{{Text: laneTitle(&c.d.Current, l.Key), Mark: view.MarkBold}, {Text: " " + d.Resource}},
			})
		}
	}
	return out
}

func (c *controlPage) tabs() ([]view.Tab, page.ControlTab) {
	now := c.r.URL.Query().Get("tab")
	occurrences := c.occurrences()
	deviations := c.deviated(0)
	tab := func(name, label string, n int) view.Tab {
		t := view.Tab{Label: label, Href: c.base + "?tab=" + name, Current: now == name || now == "" && name == "timeline"}
		if n > 0 {
			t.Count = view.Num(n)
		}
		return t
	}
	tabs := []view.Tab{
		tab("timeline", "Evidence timeline", 0), tab("checks", "Checks", len(c.d.Current.Checks())), tab("activities", "Activities", len(occurrences)),
		tab("deviations", "Deviations", len(deviations)), tab("versions", "Versions", len(c.d.Versions)), tab("history", "History", 0),
	}
	switch now {
	case "checks":
		return tabs, page.ControlTab{Title: "Checks", Checks: c.checkRows()}
	case "activities":
		return tabs, page.ControlTab{Title: "Activities", Occurrences: occurrences}
	case "deviations":
		return tabs, page.ControlTab{Title: "Deviations", Deviations: deviations, Note: noneNote(len(deviations), "No deviation in this period.")}
	case "versions":
		return tabs, page.ControlTab{Title: "Versions", Versions: c.versions()}
	}
	return tabs, page.ControlTab{Title: "Evidence timeline", Events: c.timeline(), Note: "Only changes are shown; unchanged runs are folded."}
}

func noneNote(n int, text string) string {
	if n > 0 {
		return ""
	}
	return text
}

func (c *controlPage) checkRows() (out []page.ControlCheck) {
	for _, id := range c.d.Current.Checks() {
		s := c.check(id)
		if s == nil {
			out = append(out, page.ControlCheck{Title: id, ID: id, Badge: view.Badge{State: view.None, Label: "Not installed: its source is not connected"}})
			continue
		}
		row := page.ControlCheck{Title: s.Title, Href: "/checks/" + id, ID: id, System: systemOf(s), Failing: view.Num(s.Failing), Badge: view.Badge{State: view.None, Label: "Never run"}}
		if s.Last != nil {
			row.Population, row.LastRun, row.Badge = view.Num(s.Last.Counts.Population), c.r.moment(s.Last.At), runBadge(s.Last.Status, s.Last.Reason)
		}
		out = append(out, row)
	}
	return out
}

func systemOf(s *check.Summary) string {
	if s.Facet != "" {
		return "any " + strings.ReplaceAll(s.Facet, "_", " ")
	}
	product, _, _ := strings.Cut(s.Kind, ".")
	return product
}

func (c *controlPage) occurrences() (out []page.Occurrence) {
	for _, l := range c.d.Standing.Lanes {
		for _, o := range l.Occurrences {
			row := page.Occurrence{Title: laneTitle(&c.d.Current, l.Key), Window: dateSpan(o.Opens, o.Last+1), Badge: outcomeBadge(o.Outcome)}
			for i := range c.d.Performances {
				p := &c.d.Performances[i]
				if p.Lane == l.Key && p.DueOn == o.Due.String() {
					row.Done, row.By = c.r.moment(p.PerformedAt), view.Who{Name: p.ByName}
					for _, e := range p.Evidence {
						row.Evidence = append(row.Evidence, view.Ref{Label: "evidence", Href: "/evidence/" + e})
					}
				}
			}
			if row.Done == "" && o.Outcome != standing.Upcoming && c.r.who.Can("activity.perform") {
				row.Action = view.Action{Label: "Record", More: " due " + o.Due.String(), Href: c.base + "/perform?lane=" + queryEscape(l.Key) + "&due=" + o.Due.String()}
			}
			out = append(out, row)
		}
	}
	slices.Reverse(out)
	return out
}

func outcomeBadge(o standing.Outcome) view.Badge {
	switch o {
	case standing.OnTime:
		return view.Badge{State: view.Pass, Label: "On time"}
	case standing.Late:
		return view.Badge{State: view.Fail, Label: "Late"}
	case standing.Missed:
		return view.Badge{State: view.Fail, Label: "Missed"}
	case standing.Open:
		return view.Badge{State: view.Warn, Label: "Due"}
	case standing.Upcoming:
	}
	return view.Badge{State: view.None, Label: "Upcoming"}
}

func (c *controlPage) versions() (out []page.ControlVersion) {
	for i := range c.d.Versions {
		v := &c.d.Versions[i]
		row := page.ControlVersion{
			Version: fmt.Sprint(v.Number), From: v.EffectiveOn.Start(time.UTC).Format("2 Jan 2006"), Statement: v.Statement, FixLimit: v.FixLimit,
			By: v.Reason, Current: v.Number == c.d.Current.Number,
		}
		if v.Retired {
			row.Statement = "Retired. " + row.Statement
		}
		out = append(out, row)
	}
	slices.Reverse(out)
	return out
}

// timeline is what changed: stretches of abnormal days and performances.
func (c *controlPage) timeline() (out []view.Event) {
	type dated struct {
		at time.Time
		ev view.Event
	}
	var list []dated
	for _, l := range c.d.Standing.Lanes {
		for i, sp := range l.Spans {
			if i == 0 || l.Kind == standing.ByActivity || sp.State == l.Spans[i-1].State {
				continue
			}
			at := sp.From.Start(c.r.loc)
			list = append(list, dated{at, view.Event{
				State: eventState(sp.State), Title: laneTitle(&c.d.Current, l.Key) + ": " + strings.ToLower(sp.State.Label()),
				Href: laneHref(l), Meta: metaOf(noteWords(sp.Note)),
			}})
		}
	}
	for i := range c.d.Performances {
		p := &c.d.Performances[i]
		list = append(list, dated{p.PerformedAt, view.Event{
			State: view.Pass, Title: laneTitle(&c.d.Current, p.Lane) + " performed", Href: c.base + "?tab=activities",
			Meta: metaOf(p.ByName, p.Note, "due "+p.DueOn),
		}})
	}
	slices.SortStableFunc(list, func(a, b dated) int { return b.at.Compare(a.at) })
	month := ""
	for _, e := range list {
		local := e.at.In(c.r.loc)
		if m := local.Format("January 2006"); m != month {
			e.ev.Group, month = m, m
		}
		e.ev.Time, e.ev.ISO = local.Format("2 Jan 15:04"), e.at.UTC().Format(time.RFC3339)
		out = append(out, e.ev)
	}
	return out
}

func laneHref(l control.LaneStanding) string {
	if l.Kind == standing.ByCheck {
		return "/checks/" + strings.TrimPrefix(l.Key, "check/")
	}
	return ""
}

func metaOf(texts ...string) (out []view.Ref) {
	for _, t := range texts {
		if t != "" {
			out = append(out, view.Ref{Label: t})
		}
	}
	return out
}

func eventState(s standing.State) view.State {
	switch s {
	case standing.Deviation:
		return view.Fail
	case standing.Failing, standing.Fixed:
		return view.Warn
	case standing.Operated:
		return view.Pass
	case standing.NoEvidence, standing.NotDue:
	}
	return view.None
}

// controlHistory is the trail of one control.
func (s *Server) controlHistory(r *request, d *control.Detail) (page.ControlTab, error) {
	entries, err := s.Suite.Trail(r.Context(), r.who, trail.Filter{Noun: "control", Object: d.Current.Control, Limit: 100})
	if err != nil {
		return page.ControlTab{}, err
	}
	tab := page.ControlTab{Title: "History"}
	for i := range entries {
		tab.Events = append(tab.Events, trailEvent(r, &entries[i]))
	}
	return tab, nil
}

func trailEvent(r *request, e *trail.Entry) view.Event {
	ev := view.Event{
		Time: r.moment(e.At), ISO: e.At.Format(time.RFC3339), State: view.None, Title: e.Action + " " + e.Label, Meta: metaOf(e.Name, "through "+e.Door),
	}
	for _, k := range []string{"reason", "note", "decision", "state", "version"} {
		if v := e.Detail[k]; v != "" {
			ev.Meta = append(ev.Meta, view.Ref{Label: k + ": " + v})
		}
	}
	return ev
}
