package web

import (
	"cmp"
	"fmt"
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
	o, err := s.Suite.Controls.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	rows := slices.DeleteFunc(o.All(), func(c control.Listed) bool {
		return !matches(q.Get("q"), c.Control, c.Title, c.Statement, ownerOf(&c.Version)) ||
			q.Get("state") != "" && c.Standing.Group != q.Get("state") ||
			q.Get("series") != "" && !slices.ContainsFunc(c.Criteria, func(id string) bool { return strings.HasPrefix(id, q.Get("series")+".") }) ||
			q.Get("frequency") != "" && c.Frequency != q.Get("frequency")
	})
	if a, ok, err := exported(r, "controls", rows); ok || err != nil {
		return a, err
	}
	order := q.Get("sort")
	slices.SortStableFunc(rows, func(a, b control.Listed) int {
		x := strings.Compare(a.Control, b.Control)
		if strings.TrimPrefix(order, "-") == "state" {
			x = cmp.Or(strings.Compare(a.Standing.Group, b.Standing.Group), x)
		}
		if strings.HasPrefix(order, "-") {
			return -x
		}
		return x
	})
	v := page.ControlsView{Legend: true, Window: window(o), List: s.listOf(r, plural(len(rows), "control"))}
	v.List.Order = cmp.Or(order, "id")
	v.List.Find = view.Find{Label: "Find a control", Hint: "id, title or words", Value: q.Get("q")}
	v.List.Chips = controlChips(q.Get("state"), q.Get("frequency"))
	v.Head = view.Head{Title: "Controls", Answer: controlsAnswer(o), Actions: s.controlsActions(r)}
	ax := axis(o.Program.Period, o.Today)
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	for i := range rows[from:to] {
		v.Rows = append(v.Rows, controlRow(&rows[from+i], ax, o.Has))
	}
	if len(rows) == 0 {
		v.List.Empty = noControls(len(o.Controls)+len(o.Past) > 0, v.List.Query.Clear())
	}
	return show(page.Controls(s.shell(r, "Controls", "controls"), v))
}

func controlsAnswer(o control.Overview) view.Text {
	all := len(o.Controls) + len(o.Past)
	if all == 0 {
		return view.Say("No control is adopted yet.")
	}
	p := o.Position
	t := view.Text{{Text: fmt.Sprintf("%d of %d", p.Operated, all), Mark: view.MarkBold}, {Text: " operated as worded so far."}}
	if p.Deviation > 0 {
		t = append(t, view.Span{Text: fmt.Sprintf(" %d %s a deviation.", p.Deviation, have(p.Deviation))})
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

func controlRow(c *control.Listed, ax chart.Axis, has bool) page.ControlRow {
	row := page.ControlRow{
		ID: c.Control, Title: c.Title, Href: "/controls/" + c.Control, Criteria: strings.Join(c.Criteria, ", "),
		Owner: view.Who{Name: ownerOf(&c.Version)}, Runs: frequencyWord(c.Frequency), Badge: groupBadge(c.Standing.Group, c.Standing.Summary),
	}
	switch {
	case !has:
		row.Words = "No period yet"
	case len(c.Standing.Spans) == 0:
		row.Words = "Not judged yet"
	default:
		row.Strip = &chart.Strip{Axis: ax, Label: c.Control + ": " + c.Standing.Headline, Height: 16, Small: true, Runs: runsOf(c.Standing.Spans, ax, "")}
	}
	return row
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
