package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/evidence"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// evidenceList is what people added, and when it falls due.
func (s *Server) evidenceList(r *request) (answer, error) {
	q := r.URL.Query()
	l, err := s.Suite.Evidence.List(r.Context(), r.who, evidence.Filter{
		Kind: evidence.Kind(q.Get("kind")), Freshness: evidence.Freshness(q.Get("fresh")), Control: q.Get("control"), Query: q.Get("q"),
	})
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "evidence", l.Evidence); ok || err != nil {
		return a, err
	}
	order := q.Get("sort")
	slices.SortStableFunc(l.Evidence, func(a, b evidence.Listed) int { return compareEvidence(&a, &b, order) })
	v := page.EvidenceListView{List: s.listOf(r, plural(len(l.Evidence), "piece"))}
	v.Head = view.Head{Title: "Evidence", Answer: view.Text{
		view.B(fmt.Sprintf("%d overdue, %d due soon", l.Counts[evidence.Overdue], l.Counts[evidence.Due])), view.T(fmt.Sprintf(", %d fresh. What connectors collect is on their pages.", l.Counts[evidence.Fresh])),
	}}
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	if r.who.Can(access.EvidenceAdd) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Add evidence", Href: "/evidence/new", Icon: "plus", Look: view.Primary})
	}
	v.List.Order, v.List.Find = order, view.Find{Label: "Find evidence", Value: q.Get("q")}
	v.List.Chips = []view.Chip{
		{Name: "fresh", Label: "State", Value: q.Get("fresh"), Options: options(evidence.Overdue, evidence.Due, evidence.Fresh, evidence.Once, evidence.Continued, evidence.Superseded)},
		{Name: "kind", Label: "Kind", Value: q.Get("kind"), Options: options(evidence.Kinds()...)},
	}
	from, to, pager := r.slice(len(l.Evidence))
	v.List.Pager = pager
	for i := range l.Evidence[from:to] {
		e := &l.Evidence[from+i]
		group := page.EvidenceGroup{}
		if order == "" {
			group.Title, group.Sub = freshnessGroup(e.Freshness), plural(l.Counts[e.Freshness], "piece")
		}
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Title != group.Title {
			v.Groups = append(v.Groups, group)
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Rows = append(last.Rows, evidenceRow(r, e, l.Today))
	}
	if len(l.Evidence) == 0 {
		v.List.Empty = noEvidence(r, pieces(l.Counts) > 0, v.List.Query.Clear())
	}
	return show(page.EvidenceList(s.shell(r, "Evidence", "evidence"), v))
}

func pieces(counts map[evidence.Freshness]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func noEvidence(r *request, any bool, clear string) *view.Empty {
	if any {
		return &view.Empty{
			Kind: view.NoneMatch, Title: "No evidence matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: clear}},
		}
	}
	e := &view.Empty{
		Kind: view.NoneYet, Title: "No evidence yet",
		Text: view.Say("What connectors collect is on their pages. Here is what people add: minutes, reviews, test reports, and what they attest."),
	}
	if r.who.Can(access.EvidenceAdd) {
		e.Actions = []view.Action{{Label: "Add evidence", Href: "/evidence/new", Look: view.Primary}}
	}
	return e
}

// freshnessGroup heads the pieces that stand alike.
func freshnessGroup(f evidence.Freshness) string {
	switch f {
	case evidence.Overdue:
		return "Overdue"
	case evidence.Due:
		return fmt.Sprintf("Due within %d days", evidence.DueSoon)
	case evidence.Fresh:
		return "Fresh"
	case evidence.Once:
		return "Needed once"
	case evidence.Continued:
		return "Continued by a later piece"
	case evidence.Superseded:
		return "Corrected by a later piece"
	}
	return string(f)
}

// age draws how much of the time until the next piece is due has gone.
func age(e *evidence.Listed, today standing.Date) (*chart.Bar, string) {
	const never = 0
	if e.DueOn == never || e.Heads == 0 || e.SupersededBy != "" {
		return nil, ""
	}
	used, of := int(today-(e.To-1)), int(e.DueOn-(e.To-1))
	if of <= 0 {
		return nil, ""
	}
	fill := map[evidence.Freshness]string{evidence.Overdue: "fail", evidence.Due: "warn"}[e.Freshness]
	words := fmt.Sprintf("%d of %d days", max(used, 0), of)
	bar := chart.Fresh(words, cmp.Or(fill, "pass"), max(used, 0), of)
	return &bar, words
}

// compareEvidence orders by what is due soonest, unless told otherwise.
func compareEvidence(a, b *evidence.Listed, order string) int {
	if order == "" {
		rank := []evidence.Freshness{evidence.Overdue, evidence.Due, evidence.Fresh, evidence.Once, evidence.Continued, evidence.Superseded}
		return cmp.Or(slices.Index(rank, a.Freshness)-slices.Index(rank, b.Freshness), int(a.DueOn-b.DueOn), b.At.Compare(a.At), strings.Compare(a.ID, b.ID))
	}
	var x int
	switch strings.TrimPrefix(order, "-") {
	case "title":
		x = strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	case "due":
		x = int(a.DueOn - b.DueOn)
	default:
		x = a.At.Compare(b.At)
	}
	x = cmp.Or(x, strings.Compare(a.ID, b.ID))
	if strings.HasPrefix(order, "-") {
		return -x
	}
	return x
}

func evidenceRow(r *request, e *evidence.Listed, today standing.Date) page.EvidenceRow {
	row := page.EvidenceRow{
		Title: e.Title, Href: "/evidence/" + e.ID, Sub: e.File, Controls: controlRefs(e.Controls), Kind: titled(string(e.Kind)), Covers: dayOf(e.From) + " – " + dayOf(e.To-1),
		Last: r.moment(e.At), By: view.Who{Name: e.ByName}, Logged: true, Sure: !e.Pending,
	}
	if !e.Pending {
		row.Log = view.Num(int(e.Index))
	}
	row.Fresh, row.FreshWords = age(e, today)
	if e.DueOn != 0 && e.Heads > 0 && e.SupersededBy == "" {
		row.Due = view.Due{Text: dayOf(e.DueOn)}
	}
	switch e.Freshness {
	case evidence.Overdue:
		row.Due.State = view.Fail
	case evidence.Due:
		row.Due.State = view.Warn
	case evidence.Fresh, evidence.Once, evidence.Superseded, evidence.Continued:
	}
	return row
}

func controlRefs(ids []string) (out []view.Ref) {
	for _, id := range ids {
		out = append(out, view.Ref{Label: id, Href: "/controls/" + id})
	}
	return out
}

func titled(s string) string {
	if s == "" {
		return "–"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
