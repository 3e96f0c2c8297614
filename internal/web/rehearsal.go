package web

import (
	"fmt"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/rehearsal"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

const rehearsalPath = "/rehearsal"

// exportedResult is a control as a file of the rehearsal has it.
type exportedResult struct {
	Control  string   `json:"control"`
	Title    string   `json:"title"`
	Criteria []string `json:"criteria"`
	Verdict  string   `json:"verdict"`
	Wording  string   `json:"wording"`
	Owner    string   `json:"owner"`
}

// rehearsal is what an auditor would write today, and what can still be prevented.
func (s *Server) rehearsal(r *request) (answer, error) {
	if err := r.may(access.RehearsalRead); err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	v := page.RegisterView{Head: view.Head{Title: "Rehearsal"}, List: s.listOf(r, ""), Label: "Control", State: view.Column{Label: "Result"}}
	sh := s.shell(r, "Rehearsal", "rehearsal")
	re, err := s.Suite.Rehearsals.Show(r.Context(), r.who)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		v.Head.Answer = view.Say("What an auditor would write about each control today.")
		v.List.Empty = &view.Empty{
			Kind: view.NoneYet, Title: "Nothing to rehearse yet", Text: view.Say(fault.Text(err)),
			Actions: []view.Action{{Label: "Gap analysis", Href: gapAnalysis, Look: view.Primary}},
		}
		return show(page.Register(sh, v))
	}
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "results", exportResults(re)); ok || err != nil {
		return a, err
	}
	v.Head.Badges, v.Head.Notes = []view.Badge{{State: view.Info, Label: "Rehearsal, not an opinion"}}, []string{re.Program}
	v.Head.Answer, v.Head.Actions = rehearsalAnswer(re), []view.Action{exportMenu(v.List.Query)}
	prevent := q.Get("show") == "prevent"
	v.Tabs = []view.Tab{
		{Label: "What would be written", Href: r.inPeriod(rehearsalPath), Current: !prevent, Count: strconv.Itoa(len(re.Results))},
		{Label: "What can still be prevented", Href: r.inPeriod(rehearsalPath + "?show=prevent"), Current: prevent, Count: strconv.Itoa(len(re.Preventable))},
	}
	if prevent {
		preventRows(r, re, &v)
	} else {
		resultRows(r, re, &v)
	}
	return show(page.Register(sh, v))
}

func exportResults(re *rehearsal.Rehearsal) (out []exportedResult) {
	for i := range re.Results {
		one := &re.Results[i]
		out = append(out, exportedResult{Control: one.Control, Title: one.Title, Criteria: one.Criteria, Verdict: string(one.Verdict), Wording: one.Wording, Owner: one.Owner})
	}
	return out
}

func rehearsalAnswer(re *rehearsal.Rehearsal) view.Text {
	t := view.Text{view.B(plural(re.Counts[rehearsal.Exception], "exception")), view.T(" would be written today")}
	if n := re.Counts[rehearsal.Untested]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %s could not be tested whole", plural(n, "control"))))
	}
	return append(t, view.T(fmt.Sprintf("; %s can still be prevented until %s. The firm draws samples; this looks at everything on record.", plural(len(re.Preventable), "more thing"), dayOf(re.To-1))))
}

func verdictBadge(v rehearsal.Verdict) view.Badge {
	switch v {
	case rehearsal.Exception:
		return view.Badge{State: view.Fail, Label: "Exception"}
	case rehearsal.Untested:
		return view.Badge{State: view.Warn, Label: "Cannot be tested"}
	case rehearsal.NotOccurred:
		return view.Badge{State: view.None, Label: "Did not occur"}
	case rehearsal.Clear:
	}
	return view.Badge{State: view.Pass, Label: "No exception"}
}

// resultRows lists the results, the worst first.
func resultRows(r *request, re *rehearsal.Rehearsal, v *page.RegisterView) {
	q := r.URL.Query()
	v.Columns = []view.Column{{Label: "As it would read"}, {Label: "Owner"}}
	v.List.Find = view.Find{Label: "Find a control", Value: q.Get("q")}
	chip := view.Chip{Name: "verdict", Label: "Result", Value: q.Get("verdict")}
	for _, one := range rehearsal.Verdicts() {
		if re.Counts[one] > 0 {
			chip.Options = append(chip.Options, view.Option{Value: string(one), Label: strings.ToLower(verdictBadge(one).Label)})
		}
	}
	v.List.Chips = []view.Chip{chip}
	var found []*rehearsal.Result
	for i := range re.Results {
		one := &re.Results[i]
		if matches(q.Get("q"), one.Control, one.Title, one.Wording) && (q.Get("verdict") == "" || q.Get("verdict") == string(one.Verdict)) {
			found = append(found, one)
		}
	}
	from, to, pager := r.slice(len(found))
	v.List.Pager, v.List.Shown = pager, fmt.Sprintf("%d of %d controls, the worst first", len(found), len(re.Results))
	for _, one := range found[from:to] {
		reading := page.RegisterCell{Text: one.Wording}
		for _, sel := range one.Selections {
			if sel.Deviate > 0 {
				reading.Sub = fmt.Sprintf("A firm that selects %d of %d would meet one with %d %%.", sel.Selected, sel.Items, sel.Percent)
			}
		}
		v.Rows = append(v.Rows, page.RegisterRow{
			ID: one.Control, Title: one.Title, Sub: strings.Join(one.Criteria, ", "), Href: r.inPeriod("/controls/" + one.Control),
			Cells: []page.RegisterCell{reading, {Text: nonEmpty(one.Owner, "–")}}, Badge: verdictBadge(one.Verdict),
		})
	}
	if len(found) == 0 {
		v.List.Empty = &view.Empty{
			Kind: view.NoneMatch, Title: "No control matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
		}
	}
}

// preventRows lists what can still be prevented, the first due first.
func preventRows(r *request, re *rehearsal.Rehearsal, v *page.RegisterView) {
	v.Columns = []view.Column{{Label: "What to do"}, {Label: "Owner"}}
	v.State = view.Column{Label: "By"}
	from, to, pager := r.slice(len(re.Preventable))
	v.List.Pager, v.List.Shown = pager, plural(len(re.Preventable), "thing")+", the first due first"
	for i := range re.Preventable[from:to] {
		one := &re.Preventable[from+i]
		what := page.RegisterCell{Text: one.What}
		if one.More > 0 {
			what.Sub = fmt.Sprintf("%d more until the period ends", one.More)
		}
		by := view.Badge{State: view.Fail, Label: "Now"}
		if one.By != 0 {
			by = view.Badge{State: view.Open, Label: dayOf(one.By)}
		}
		v.Rows = append(v.Rows, page.RegisterRow{
			ID: one.Control, Title: one.Title, Href: r.inPeriod("/controls/" + one.Control), Cells: []page.RegisterCell{what, {Text: nonEmpty(one.Owner, "–")}}, Badge: by,
		})
	}
	if len(re.Preventable) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "Nothing is open", Text: view.Say("No control fails today, and nothing is due before the period ends.")}
	}
}
