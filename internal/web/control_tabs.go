package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/standing"
	"assay/internal/trail"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (c *controlPage) tabs() ([]view.Tab, page.ControlTab) {
	now := c.r.URL.Query().Get("tab")
	occurrences := c.occurrences()
	deviations := c.deviated(0)
	tab := func(name, label string, n int) view.Tab {
		t := view.Tab{Label: label, Href: c.r.inPeriod(c.base + "?tab=" + name), Current: now == name || now == "" && name == "timeline"}
		if n > 0 {
			t.Count = view.Num(n)
		}
		return t
	}
	tabs := []view.Tab{
		tab("timeline", "Evidence timeline", 0), tab("checks", "Checks", len(c.d.Current.Checks())), tab("activities", "Activities", len(occurrences)),
		tab("deviations", "Deviations", len(deviations)), tab("records", "Risks and records", c.records()),
		tab("versions", "Versions", len(c.d.Versions)),
	}
	if c.r.who.Can(access.TrailRead) {
		tabs = append(tabs, tab("history", "History", 0))
	}
	switch now {
	case "checks":
		return tabs, page.ControlTab{Title: "Checks", Checks: c.checkRows()}
	case "activities":
		return tabs, page.ControlTab{Title: "Activities", Occurrences: occurrences}
	case "deviations":
		return tabs, page.ControlTab{Title: "Deviations", Deviations: deviations, Note: noneNote(len(deviations), "No deviation in this period.")}
	case "records":
		return tabs, page.ControlTab{
			Title: "Risks and records", Records: c.recordRows(),
			Note: noneNote(c.records(), "No risk, vendor or incident names this control."),
		}
	case "versions":
		return tabs, page.ControlTab{Title: "Versions", Versions: c.versions()}
	}
	return tabs, page.ControlTab{Title: "Evidence timeline", Events: c.timeline(), Note: "Only changes are shown; unchanged runs are folded."}
}

// records is how many records name the control.
func (c *controlPage) records() (n int) {
	for i := range c.named {
		n += len(c.named[i].Records)
	}
	return n
}

func (c *controlPage) recordRows() (out []page.ControlRecord) {
	for i := range c.named {
		o := &c.named[i]
		for j := range o.Records {
			r := &o.Records[j]
			tone, label := o.Declaration.BadgeOf(r, &o.World)
			out = append(out, page.ControlRecord{
				Register: o.Declaration.Title, ID: r.ID, Title: r.Label(o.Declaration), Href: "/" + o.Declaration.Path + "/" + r.ID,
				Badge: view.Badge{State: view.State(tone), Label: label},
			})
		}
	}
	return out
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
			Version: strconv.Itoa(v.Number), From: v.EffectiveOn.Start(time.UTC).Format("2 Jan 2006"), Statement: v.Statement, FixLimit: v.FixLimit,
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
			at := sp.From.Start(c.d.Program.Period.Zone)
			list = append(list, dated{at, view.Event{
				State: eventState(sp.State), Title: laneTitle(&c.d.Current, l.Key) + ": " + strings.ToLower(sp.State.Label()),
				Href: laneHref(l), Meta: metaOf(noteWords(sp.Note)),
			}})
		}
	}
	for i := range c.d.Performances {
		p := &c.d.Performances[i]
		list = append(list, dated{p.PerformedAt, view.Event{
			State: view.Pass, Title: laneTitle(&c.d.Current, p.Lane) + " performed", Href: c.r.inPeriod(c.base + "?tab=activities"),
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
