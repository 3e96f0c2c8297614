package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/internal/control"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// controls is the list of controls with their years.
func (s *Server) controls(r *request) (answer, error) {
	o, err := s.controlsIn(r).List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	rows := slices.DeleteFunc(o.All(), func(c control.Listed) bool {
		return !matches(q.Get("q"), c.Control, c.Title, c.Statement, ownerOf(&c.Version)) ||
			q.Get("state") != "" && c.Standing.Group != q.Get("state") ||
			q.Get("series") != "" && !slices.ContainsFunc(c.Criteria, func(id string) bool { return strings.HasPrefix(id, q.Get("series")+".") }) ||
			q.Get("frequency") != "" && c.Frequency != q.Get("frequency") ||
			q.Get("owner") != "" && ownerOf(&c.Version) != q.Get("owner")
	})
	if a, ok, err := exported(r, "controls", rows); ok || err != nil {
		return a, err
	}
	order := cmp.Or(q.Get("sort"), "state")
	slices.SortStableFunc(rows, func(a, b control.Listed) int { return compareControls(&a, &b, order) })
	v := page.ControlsView{Legend: true, Window: window(o), List: s.listOf(r, plural(len(rows), "control"))}
	v.List.Order = order
	v.List.Find = view.Find{Label: "Find a control", Hint: "id, title or words", Value: q.Get("q")}
	v.List.Chips = append(controlChips(q.Get("state"), q.Get("frequency")), ownerChip(o, q.Get("owner")))
	v.Head = view.Head{Title: "Controls", Answer: controlsAnswer(o), Actions: append([]view.Action{exportMenu(v.List.Query)}, s.controlsActions(r)...)}
	ax := axis(o.Program.Period, o.Today)
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	for i := range rows[from:to] {
		v.Rows = append(v.Rows, controlRow(r, &rows[from+i], ax, o.Has))
	}
	if len(rows) == 0 {
		v.List.Empty = noControls(len(o.Controls)+len(o.Past) > 0, v.List.Query.Clear())
	}
	return show(page.Controls(s.shell(r, "Controls", "controls"), v))
}

// compareControls orders by state, the worst first, unless told otherwise.
func compareControls(a, b *control.Listed, order string) int {
	x := 0
	switch strings.TrimPrefix(order, "-") {
	case "state":
		worst := []string{standing.GroupDeviation.String(), standing.GroupActionNeeded.String(), standing.GroupOperated.String()}
		rank := func(c *control.Listed) int {
			if i := slices.Index(worst, c.Standing.Group); i >= 0 {
				return i
			}
			return len(worst)
		}
		x = rank(a) - rank(b)
	case "title":
		x = strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	case "owner":
		x = strings.Compare(strings.ToLower(ownerOf(&a.Version)), strings.ToLower(ownerOf(&b.Version)))
	}
	x = cmp.Or(x, strings.Compare(a.Control, b.Control))
	if strings.HasPrefix(order, "-") {
		return -x
	}
	return x
}

func controlsAnswer(o control.Overview) view.Text {
	all := len(o.Controls) + len(o.Past)
	if all == 0 {
		return view.Say("No control is adopted yet.")
	}
	p := o.Position
	t := view.Text{{Text: fmt.Sprintf("%d of %d", p.Operated, all), Mark: view.MarkBold}, {Text: " operated as worded so far."}}
	if p.ActionNeeded > 0 {
		t = append(t, view.T(" "), view.A(needs(p.ActionNeeded)+" action", "/controls?state="+standing.GroupActionNeeded.String()), view.T("."))
	}
	if p.Deviation > 0 {
		t = append(t, view.T(" "), view.A(fmt.Sprintf("%d %s a deviation", p.Deviation, have(p.Deviation)), "/controls?state="+standing.GroupDeviation.String()), view.T("."))
	}
	return t
}

func have(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

func (s *Server) controlsActions(r *request) []view.Action {
	if !r.who.Can("control.edit") {
		return nil
	}
	return []view.Action{
		{Label: "From the library", Href: "/controls/adopt", Icon: "plus"},
		{Label: "Add control", Href: "/controls/new", Icon: "plus", Look: view.Primary},
	}
}

func controlChips(state, frequency string) []view.Chip {
	return []view.Chip{
		{Name: "state", Label: "State", Value: state, Options: []view.Option{
			{Value: "deviation", Label: "deviation"},
			{Value: "action_needed", Label: "action needed"},
			{Value: "operated", Label: "operated"},
			{Value: "not_due", Label: "not due"},
		}},
		{Name: "frequency", Label: "Runs", Value: frequency, Options: []view.Option{
			{Value: "continuous", Label: "continuous"},
			{Value: "daily", Label: "daily"},
			{Value: "weekly", Label: "weekly"},
			{Value: "monthly", Label: "monthly"},
			{Value: "quarterly", Label: "quarterly"},
			{Value: "semiannual", Label: "semiannual"},
			{Value: "annual", Label: "annual"},
			{Value: "per_event", Label: "per event"},
		}},
	}
}

// ownerChip offers everybody who owns a control.
func ownerChip(o control.Overview, owner string) view.Chip {
	chip := view.Chip{Name: "owner", Label: "Owner", Value: owner}
	owners := map[string]int{}
	all := o.All()
	for i := range all {
		owners[ownerOf(&all[i].Version)]++
	}
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		if name != "" {
			chip.Options = append(chip.Options, view.Option{Value: name, Label: name, Count: view.Num(owners[name])})
		}
	}
	return chip
}

func noControls(any bool, clear string) *view.Empty {
	if any {
		return &view.Empty{
			Kind: view.NoneMatch, Title: "No control matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: clear}},
		}
	}
	return &view.Empty{
		Kind: view.NoneYet, Title: "No controls yet",
		Text:    view.Say("A control says what you do, in words that the auditor will test. Start from the suggested set for your scope and make its wording yours."),
		Actions: []view.Action{{Label: "Choose controls", Href: "/controls/adopt", Look: view.Primary}},
	}
}

func window(o control.Overview) string {
	if !o.Has {
		return ""
	}
	p := o.Program.Period
	return fmt.Sprintf("%s to %s", p.From.Start(time.UTC).Format("Jan ’06"), (p.To - 1).Start(time.UTC).Format("Jan ’06"))
}

func controlRow(r *request, c *control.Listed, ax chart.Axis, has bool) page.ControlRow {
	row := page.ControlRow{
		ID: c.Control, Title: c.Title, Href: r.inPeriod("/controls/" + c.Control), Criteria: strings.Join(c.Criteria, ", "),
		Owner: view.Who{Name: ownerOf(&c.Version)}, Runs: frequencyWord(c.Frequency), Badge: groupBadge(c.Standing.Group, c.Standing.Summary),
	}
	switch {
	case !has:
		row.Words = "No period yet"
	case len(c.Standing.Spans) == 0:
		row.Words = "Not judged yet"
	case onlyActivities(&c.Standing):
		row.Marks = &chart.Lane{Axis: ax, Label: c.Control + ": " + c.Standing.Headline, Height: 16, Marks: occurrences(&c.Standing, r, ax)}
	default:
		row.Strip = &chart.Strip{Axis: ax, Label: c.Control + ": " + c.Standing.Headline, Height: 16, Small: true, Runs: runsOf(c.Standing.Spans, ax, "")}
	}
	return row
}

// onlyActivities tells whether people alone show that a control operates.
func onlyActivities(st *control.Standing) bool {
	return len(st.Lanes) > 0 && !slices.ContainsFunc(st.Lanes, func(l control.LaneStanding) bool { return len(l.Occurrences) == 0 })
}

// occurrences are the marks of every activity of a control.
func occurrences(st *control.Standing, r *request, ax chart.Axis) (out []chart.Mark) {
	for i := range st.Lanes {
		for j := range st.Lanes[i].Occurrences {
			out = append(out, markOf(&st.Lanes[i].Occurrences[j], r.loc, ax))
		}
	}
	return out
}

// markOf is the picture of one occurrence.
func markOf(o *standing.Judged, loc *time.Location, ax chart.Axis) chart.Mark {
	day := func(d standing.Date) int { return ax.Day(d.Start(ax.Start.Location())) }
	m := chart.Mark{From: day(o.Opens), To: day(o.Last), Done: -1, State: chart.Waiting, Note: o.Due.String() + ": " + o.Outcome.String()}
	if !o.PerformedAt.IsZero() {
		m.Done = day(standing.DayOf(o.PerformedAt, loc))
	}
	switch o.Outcome {
	case standing.OnTime:
		m.State = chart.OnTime
	case standing.Late, standing.Missed:
		m.State = chart.Late
	case standing.Open, standing.Upcoming:
	}
	return m
}

// runsOf turns spans into the runs of a strip.
func runsOf(spans []standing.Span, ax chart.Axis, href string) []chart.Run {
	out := make([]chart.Run, 0, len(spans))
	for _, sp := range spans {
		run := chart.Run{State: drawn(sp.State), From: ax.Day(sp.From.Start(ax.Start.Location())), Days: sp.Days(), Note: noteWords(sp.Note)}
		run.Inferred = !sp.Observed && sp.State != standing.NotDue && sp.State != standing.NoEvidence
		if href != "" && sp.State != standing.Operated && sp.State != standing.NotDue {
			run.Href = href + "&on=" + sp.From.String()
		}
		out = append(out, run)
	}
	return out
}

// noteWords say why a day is in its state.
func noteWords(n standing.Note) string {
	words := []struct {
		note standing.Note
		text string
	}{
		{standing.NoteNoOccurrence, "nothing to judge, proven empty"},
		{standing.NoteExcluded, "all excluded"},
		{standing.NoteDue, "window open"},
		{standing.NotePending, "today is not listed yet"},
		{standing.NoteNotInForce, "not in force"},
		{standing.NoteGone, "the resource was deleted"},
		{standing.NoteUnknown, "could not be judged"},
		{standing.NoteNotConnected, "before the first run"},
		{standing.NoteStale, "no recent run"},
		{standing.NoteUnconfirmed, "not confirmed since"},
		{standing.NoteNotListed, "no complete listing covers it"},
		{standing.NoteUnevidenced, "performed without evidence"},
		{standing.NoteNoLane, "nothing shows that it operates"},
		{standing.NoteLate, "collected late"},
	}
	var out []string
	for _, w := range words {
		if n.Has(w.note) {
			out = append(out, w.text)
		}
	}
	return strings.Join(out, "; ")
}

func frequencyWord(f string) string {
	if f == "" {
		return "–"
	}
	f = strings.ReplaceAll(f, "_", " ")
	return strings.ToUpper(f[:1]) + f[1:]
}
