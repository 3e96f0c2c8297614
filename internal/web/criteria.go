package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// covered is a criterion with what the organization does about it.
type covered struct {
	criterion criteria.Criterion
	controls  []*control.Listed
	omission  *program.Omission // nil: nobody asked to leave it out
}

// left reports whether the criterion was left out of the program.
func (c *covered) left() bool { return c.omission != nil && c.omission.InForce() }

// gap says in words what is missing; empty when nothing is.
func (c *covered) gap() string {
	if c.left() {
		return ""
	}
	if len(c.controls) == 0 {
		return "No control"
	}
	if !slices.ContainsFunc(c.controls, func(l *control.Listed) bool { return len(l.Lanes) > 0 }) {
		return "Nothing shows that it operates"
	}
	return ""
}

func (c *covered) badge() view.Badge {
	switch gap := c.gap(); {
	case c.left():
		return view.Badge{State: view.Open, Label: "Not relevant"}
	case len(c.controls) == 0:
		return view.Badge{State: view.Fail, Label: gap}
	case gap != "":
		return view.Badge{State: view.None, Label: gap}
	case len(c.controls) == 1:
		return view.Badge{State: view.Warn, Label: "1 control only"}
	}
	return view.Badge{State: view.Pass, Label: "Covered"}
}

// coverage pairs the criteria of a program's categories with the controls in
// force; left-out ones are among them.
func (s *Server) coverage(sc *program.Scope, o *control.Overview) (out []covered) {
	for _, c := range s.Suite.Library.Criteria().InScope(sc.Categories) {
		row := covered{criterion: c}
		for i := range sc.Omissions {
			if sc.Omissions[i].Criterion == c.ID {
				row.omission = &sc.Omissions[i]
			}
		}
		for i := range o.Controls {
			if slices.Contains(o.Controls[i].Criteria, string(c.ID)) {
				row.controls = append(row.controls, &o.Controls[i])
			}
		}
		out = append(out, row)
	}
	return out
}

// exportedCriterion is a criterion as a file has it.
type exportedCriterion struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Summary    string   `json:"summary"`
	Categories []string `json:"categories"`
	Points     int      `json:"points_of_focus"`
	Controls   []string `json:"controls"`
	Gap        string   `json:"gap"`
	LeftOut    bool     `json:"left_out"`
	Reason     string   `json:"reason"`
}

// criteria is every criterion in scope with its coverage.
func (s *Server) criteria(r *request) (answer, error) {
	o, err := s.controlsIn(r).List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.CriteriaView{Head: view.Head{Title: "Criteria"}, List: s.listOf(r, ""), Window: cmp.Or(window(o), "Standing")}
	sh := s.shell(r, "Criteria", "criteria")
	sc, has := s.period(r)
	if !has {
		v.Head.Answer = view.Say("Which criteria apply follows from the categories of a program.")
		v.List.Empty = &view.Empty{
			Kind: view.NoneYet, Title: "No program yet", Text: view.Say("Say which report you aim for and which categories it covers."),
			Actions: []view.Action{{Label: "Add a program", Href: "/settings/program", Look: view.Primary}},
		}
		return show(page.Criteria(sh, v))
	}
	names, err := s.Suite.UserNames(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	all := s.coverage(&sc, &o)
	q := r.URL.Query()
	rows := slices.DeleteFunc(slices.Clone(all), func(c covered) bool {
		return !matches(q.Get("q"), string(c.criterion.ID), c.criterion.Title, c.criterion.Summary) ||
			q.Get("category") != "" && !inCategory(&c.criterion, q.Get("category")) ||
			q.Get("gap") == "1" && c.gap() == "" || q.Get("single") == "1" && (c.left() || len(c.controls) != 1)
	})
	if a, ok, err := exported(r, "criteria", exportCriteria(rows)); ok || err != nil {
		return a, err
	}
	v.Head.Answer = criteriaAnswer(all)
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	if r.who.Can(access.CriteriaImport) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Licensed text", Href: "/criteria/licensed", Icon: "up"})
	}
	v.List.Shown = fmt.Sprintf("%d of %d criteria", len(rows), len(all))
	v.List.Find = view.Find{Label: "Find a criterion", Value: q.Get("q")}
	v.List.Chips = []view.Chip{s.categoryChip(&sc, q.Get("category"))}
	v.List.Toggles = []view.Toggle{{Name: "gap", Label: "Gaps only", On: q.Get("gap") == "1"}, {Name: "single", Label: "Single control only", On: q.Get("single") == "1"}}
	v.Groups = s.criteriaGroups(rows, &criteriaRows{r: r, ax: axis(o.Program.Period, o.Today), has: o.Has, names: names})
	v.Note = s.Suite.Library.Criteria().Framework().Notice
	if len(rows) == 0 {
		v.List.Empty = &view.Empty{
			Kind: view.NoneMatch, Title: "No criterion matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
		}
	}
	return show(page.Criteria(sh, v))
}

func inCategory(c *criteria.Criterion, category string) bool {
	if category == string(criteria.Common) {
		return len(c.Categories) > 1
	}
	return c.In(criteria.CategoryID(category))
}

func (s *Server) categoryChip(sc *program.Scope, value string) view.Chip {
	chip := view.Chip{Name: "category", Label: "Category", Value: value, Options: []view.Option{{Value: string(criteria.Common), Label: "common"}}}
	for _, id := range sc.Categories {
		if c, ok := s.Suite.Library.Criteria().Category(id); ok {
			chip.Options = append(chip.Options, view.Option{Value: string(c.ID), Label: strings.ToLower(c.Name)})
		}
	}
	return chip
}

func exportCriteria(rows []covered) []exportedCriterion {
	out := make([]exportedCriterion, 0, len(rows))
	for i := range rows {
		c := &rows[i]
		e := exportedCriterion{
			ID: string(c.criterion.ID), Title: c.criterion.Title, Summary: c.criterion.Summary, Points: len(c.criterion.PointsOfFocus), Gap: c.gap(), LeftOut: c.left(),
		}
		for _, id := range c.criterion.Categories {
			e.Categories = append(e.Categories, string(id))
		}
		for _, l := range c.controls {
			e.Controls = append(e.Controls, l.Control)
		}
		if c.omission != nil {
			e.Reason = c.omission.Reason
		}
		out = append(out, e)
	}
	return out
}

func criteriaAnswer(all []covered) view.Text {
	gaps, left, waiting := 0, 0, 0
	for i := range all {
		switch {
		case all[i].left():
			left++
		case all[i].gap() != "":
			gaps++
		}
		if all[i].omission != nil && !all[i].left() {
			waiting++
		}
	}
	t := view.Text{view.B(fmt.Sprintf("%d of %d criteria", gaps, len(all)-left)), view.T(" have a gap.")}
	if left > 0 {
		t = append(t, view.T(fmt.Sprintf(" %d left out with a reason.", left)))
	}
	if waiting > 0 {
		t = append(t, view.T(fmt.Sprintf(" %d asked to be left out.", waiting)))
	}
	return t
}

type criteriaRows struct {
	r     *request
	ax    chart.Axis
	has   bool
	names map[string]string
}

func (s *Server) criteriaGroups(rows []covered, how *criteriaRows) (out []page.CriteriaGroup) {
	for _, series := range s.Suite.Library.Criteria().Series() {
		g := page.CriteriaGroup{ID: string(series.ID)}
		gaps := 0
		controls := map[string]bool{}
		for i := range rows {
			c := &rows[i]
			if c.criterion.Series != series.ID {
				continue
			}
			g.Rows = append(g.Rows, how.row(c))
			if c.gap() != "" {
				gaps++
			}
			for _, l := range c.controls {
				controls[l.Control] = true
			}
		}
		if len(g.Rows) == 0 {
			continue
		}
		g.Title = string(series.ID) + " " + series.Name
		word := "criteria"
		if len(g.Rows) == 1 {
			word = "criterion"
		}
		g.Sub = fmt.Sprintf("%d %s, %s, %s", len(g.Rows), word, plural(len(controls), "control"), nothing(gaps, "gap"))
		out = append(out, g)
	}
	return out
}

// nothing counts, with "no" for none.
func nothing(n int, word string) string {
	if n == 0 {
		return "no " + word
	}
	return plural(n, word)
}

const namedControls = 4

func (how *criteriaRows) row(c *covered) page.CriterionRow {
	row := page.CriterionRow{
		ID: string(c.criterion.ID), Href: how.r.inPeriod("/criteria/" + string(c.criterion.ID)), Words: c.criterion.Title, Badge: c.badge(), Gap: c.gap() != "",
		FocusWords: plural(len(c.criterion.PointsOfFocus), "point"),
	}
	for _, l := range c.controls[:min(len(c.controls), namedControls)] {
		row.Controls = append(row.Controls, view.Ref{Label: l.Control, Href: how.r.inPeriod("/controls/" + l.Control)})
	}
	if more := len(c.controls) - namedControls; more > 0 {
		row.Controls = append(row.Controls, view.Ref{Label: fmt.Sprintf("+%d", more), Href: row.Href})
	}
	if c.omission != nil {
		row.Reason = omissionWords(c.omission, how.names)
	}
	if spans := worstOf(c.controls); how.has && len(spans) > 0 && !c.left() {
		row.Strip = &chart.Strip{Axis: how.ax, Label: row.ID + ": the worst of its controls by day", Height: 14, Small: true, Runs: runsOf(spans, how.ax, "")}
	}
	return row
}

func omissionWords(o *program.Omission, names map[string]string) string {
	by := cmp.Or(names[o.AskedBy], o.AskedBy)
	if !o.InForce() {
		return "Asked to be left out: " + o.Reason + " " + by + "; waits for a second person"
	}
	return "Not relevant: " + o.Reason + " " + by + ", approved by " + cmp.Or(names[o.Approved], o.Approved)
}

// worstOf is how a criterion stands on each day: as the worst of its controls.
func worstOf(controls []*control.Listed) (out []standing.Span) {
	days := map[standing.Date]standing.Span{}
	for _, c := range controls {
		for _, sp := range c.Standing.Spans {
			worsen(days, sp)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(days)) {
		d := days[at]
		if n := len(out); n > 0 && out[n-1].To == d.From && out[n-1].State == d.State && out[n-1].Observed == d.Observed {
			out[n-1].To = d.To
			continue
		}
		out = append(out, d)
	}
	return out
}

// worsen lets a span count on each of its days where it is the worst so far.
func worsen(days map[standing.Date]standing.Span, sp standing.Span) {
	for at := sp.From; at < sp.To; at++ {
		if d, ok := days[at]; !ok || sp.State > d.State {
			days[at] = standing.Span{From: at, To: at + 1, State: sp.State, Observed: sp.Observed}
		}
	}
}
