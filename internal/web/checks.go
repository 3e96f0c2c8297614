package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/rule"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// checks is the list of checks with their newest runs.
func (s *Server) checks(r *request) (answer, error) {
	all, err := s.Suite.Checks.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Controls.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	rows := slices.DeleteFunc(slices.Clone(all), func(c check.Summary) bool {
		return !matches(q.Get("q"), c.ID, c.Title) || q.Get("state") != "" && checkState(&c) != q.Get("state") ||
			q.Get("severity") != "" && string(c.Severity) != q.Get("severity")
	})
	if a, ok, err := exported(r, "checks", rows); ok || err != nil {
		return a, err
	}
	order := cmp.Or(q.Get("sort"), "state")
	slices.SortStableFunc(rows, func(a, b check.Summary) int { return compareChecks(&a, &b, order) })
	v := page.ChecksView{List: s.listOf(r, plural(len(rows), "check"))}
	v.List.Order = order
	v.List.Find = view.Find{Label: "Find a check", Hint: "id or title", Value: q.Get("q")}
	v.List.Chips = checkChips(q.Get("state"), q.Get("severity"))
	v.Head = view.Head{Title: "Checks", Answer: checksAnswer(all), Actions: []view.Action{exportMenu(v.List.Query)}}
	if r.who.Can("check.run") {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Run all", Href: "/checks/run", Post: true, Icon: "play", Look: view.Primary})
	}
	v.Summary = checksSummary(r, all, o)
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	newest := map[string]string{}
	for i := range rows[from:to] {
		if c := &rows[from+i]; c.Last != nil {
			newest[c.ID] = c.Last.ID
		}
	}
	recent, err := s.Suite.Checks.Recent(r.Context(), r.who, newest, barsInList)
	if err != nil {
		return answer{}, err
	}
	for i := range rows[from:to] {
		row := checkRow(r, &rows[from+i], o)
		if runs := recent[rows[from+i].ID]; len(runs) > 0 {
			row.Runs = runBars(runs)
		}
		v.Rows = append(v.Rows, row)
	}
	if len(rows) == 0 {
		v.List.Empty = noChecks(len(all) > 0, v.List.Query.Clear())
	}
	return show(page.Checks(s.shell(r, "Checks", "checks"), v))
}

// barsInList is how many runs a row of the list shows.
const barsInList = 30

func checkState(c *check.Summary) string {
	if c.Last == nil {
		return "unknown"
	}
	return string(c.Last.Status)
}

func compareChecks(a, b *check.Summary, order string) int {
	desc := strings.HasPrefix(order, "-")
	x := 0
	switch strings.TrimPrefix(order, "-") {
	case "state":
		worst := []string{"fail", "unknown", "excluded", "no_occurrence", "pass"}
		x = slices.Index(worst, checkState(a)) - slices.Index(worst, checkState(b))
	case "failing":
		x = b.Failing - a.Failing
	case "title":
		x = strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	case "system":
		x = strings.Compare(systemOf(a), systemOf(b))
	case "since": // what fails longest comes first, what does not fail last
		x = cmp.Or(min(b.Failing, 1)-min(a.Failing, 1), a.Oldest.Since.Compare(b.Oldest.Since))
	}
	x = cmp.Or(x, strings.Compare(a.ID, b.ID))
	if desc {
		return -x
	}
	return x
}

func checksAnswer(all []check.Summary) view.Text {
	n := map[string]int{}
	for i := range all {
		n[checkState(&all[i])]++
	}
	if len(all) == 0 {
		return view.Say("No check runs yet.")
	}
	t := view.Text{{Text: fmt.Sprintf("%d of %d", n["pass"], len(all)), Mark: view.MarkBold}, {Text: " pass."}}
	if n["fail"] > 0 {
		t = append(t, view.Span{Text: fmt.Sprintf(" %d fail.", n["fail"])})
	}
	if n["unknown"] > 0 {
		t = append(t, view.Span{Text: fmt.Sprintf(" %d could not judge.", n["unknown"])})
	}
	return t
}

// checksSummary is how the checks stand together; nil while there are none.
func checksSummary(r *request, all []check.Summary, o control.Overview) *page.Summary {
	n := map[string]int{}
	late, resources, at := 0, 0, time.Time{}
	for i := range all {
		c := &all[i]
		n[checkState(c)]++
		resources += c.Failing
		if checkState(c) == "fail" && fixBy(r, c, o).State == view.Fail {
			late++
		}
		if c.Last != nil && c.Last.At.After(at) {
			at = c.Last.At
		}
	}
	if len(all) == 0 {
		return nil
	}
	inside, nothing := n["fail"]-late, n["no_occurrence"]+n["excluded"]
	state := func(s string) string { return r.inPeriod("/checks?state=" + s) }
	sum := &page.Summary{
		Bar: chart.Bar{
			Label: fmt.Sprintf("%d pass, %d fail inside a limit, %d fail past it, %d could not judge, %d had nothing to judge", n["pass"], inside, late, n["unknown"], nothing),
			Segs: []chart.Seg{
				{Fill: "pass", Count: n["pass"]}, {Fill: "warn", Count: inside}, {Fill: "fail", Count: late}, {Fill: "none", Count: n["unknown"]}, {Fill: "track", Count: nothing},
			},
		},
		Keys: []page.SummaryKey{
			{Fill: "pass", Count: view.Num(n["pass"]), Label: "pass", Href: state("pass")},
			{Fill: "warn", Count: view.Num(inside), Label: "fail inside the limit", Href: state("fail")},
			{Fill: "fail", Count: view.Num(late), Label: "fail past it", Href: state("fail"), Sub: "or a control states none"},
			{Fill: "none", Count: view.Num(n["unknown"]), Label: "could not judge", Href: state("unknown"), Sub: "no evidence for their controls"},
		},
	}
	if nothing > 0 {
		sum.Keys = append(sum.Keys, page.SummaryKey{Fill: "track", Count: view.Num(nothing), Label: "had nothing to judge", Href: state("no_occurrence")})
	}
	if !at.IsZero() {
		sum.Facts = append(sum.Facts, view.Pair{Term: "Last run", Value: view.Say(r.moment(at))})
	}
	sum.Facts = append(sum.Facts, view.Pair{Term: "Failing resources", Value: view.Say(view.Num(resources))})
	return sum
}

func checkChips(state, severity string) []view.Chip {
	return []view.Chip{
		{Name: "state", Label: "State", Value: state, Options: []view.Option{
			{Value: "fail", Label: "failing"},
			{Value: "unknown", Label: "could not judge"},
			{Value: "pass", Label: "pass"},
			{Value: "no_occurrence", Label: "nothing to judge"},
			{Value: "excluded", Label: "excluded"},
		}},
		{Name: "severity", Label: "Severity", Value: severity, Options: []view.Option{
			{Value: "critical", Label: "critical"}, {Value: "high", Label: "high"}, {Value: "medium", Label: "medium"}, {Value: "low", Label: "low"},
		}},
	}
}

func noChecks(any bool, clear string) *view.Empty {
	if any {
		return &view.Empty{
			Kind: view.NoneMatch, Title: "No check matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: clear}},
		}
	}
	return &view.Empty{
		Kind: view.NoneYet, Title: "No check runs yet",
		Text:    view.Say("Checks start by themselves when a source is connected. This host and any git repository need no credentials."),
		Actions: []view.Action{{Label: "Connect a source", Href: "/connectors/new", Look: view.Primary}},
	}
}

func checkRow(r *request, c *check.Summary, o control.Overview) page.CheckRow {
	row := page.CheckRow{
		Title: c.Title, Href: "/checks/" + c.ID, ID: c.ID, System: systemOf(c), Population: "–", Failing: "–",
		Badge: view.Badge{State: view.None, Label: "Never run"},
	}
	for i := range o.Controls {
		if slices.Contains(o.Controls[i].Checks(), c.ID) {
			row.Controls = append(row.Controls, view.Ref{Label: o.Controls[i].Control, Href: "/controls/" + o.Controls[i].Control})
		}
	}
	if c.Last == nil {
		row.Why, row.WhyNext = "It has not run", "It runs after the next collection"
		return row
	}
	run := c.Last
	row.Population, row.Failing, row.Hot = view.Num(run.Counts.Population), view.Num(c.Failing), c.Failing > 0
	row.Badge = runBadge(run.Status, run.Reason)
	if run.Status == rule.Unknown {
		row.Why, row.WhyNext = run.Explain, "Nothing is taken for a pass"
	}
	if c.Failing > 0 {
		row.Since = r.moment(c.Oldest.Since)
		row.FixBy = fixBy(r, c, o)
	}
	return row
}

// fixBy is when the oldest failure passes the limit that a control states; a
// check without such a control has none.
func fixBy(r *request, c *check.Summary, o control.Overview) view.Due {
	for i := range o.Controls {
		v := &o.Controls[i].Version
		if !slices.Contains(v.Checks(), c.ID) {
			continue
		}
		if v.Limit() == 0 {
			return view.Due{Text: "no limit stated", Sub: v.Control, State: view.Fail}
		}
		end := c.Oldest.Since.Add(v.Limit())
		d := view.Due{Text: r.moment(end), Sub: ago(r.now, end), State: view.Warn}
		if !end.After(r.now) {
			d.State = view.Fail
		}
		return d
	}
	return view.Due{}
}

// runBars are the newest runs, oldest first.
func runBars(runs []check.Tick) *chart.Runs {
	c := &chart.Runs{Label: fmt.Sprintf("The last %d runs", len(runs))}
	for i := len(runs) - 1; i >= 0; i-- {
		run := &runs[i]
		c.List = append(c.List, chart.RunBar{
			Failing: run.Fail, Lost: run.Status == rule.Unknown, Neutral: run.Status == rule.NoOccurrence || run.Status == rule.Excluded,
		})
	}
	return c
}

func ticksOf(runs []check.Run) (out []check.Tick) {
	for i := range runs {
		out = append(out, check.Tick{Status: runs[i].Status, Fail: runs[i].Counts.Fail})
	}
	return out
}
