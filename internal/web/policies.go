package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/policy"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

func (s *Server) policyRoutes(get, post func(string, handler)) {
	get("/policies", s.policies)
	get("/policies/library", s.policyLibrary)
	post("/policies/library", s.policyAdopt)
	get("/policies/new", s.policyNew)
	post("/policies/new", s.policyAdd)
	get("/policies/{id}", s.policy)
	get("/policies/{id}/text", s.policyText)
	get("/policies/{id}/write", s.policyWriteForm)
	post("/policies/{id}/write", s.policyWrite)
	get("/policies/{id}/edit", s.policyEditForm)
	post("/policies/{id}/edit", s.policyEdit)
	get("/policies/{id}/review", s.policyReviewForm)
	post("/policies/{id}/review", s.policyReview)
	post("/policies/{id}/submit", s.policySubmit)
	post("/policies/{id}/approve", s.policyApprove)
	post("/policies/{id}/return", s.policyReturn)
	post("/policies/{id}/withdraw", s.policyWithdraw)
	post("/policies/{id}/retire", s.policyRetire)
	post("/policies/{id}/restore", s.policyRestore)
	post("/policies/{id}/accept", s.policyAccept)
}

// exportedPolicy is a policy as a file has it.
type exportedPolicy struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Version     int    `json:"version"`
	EffectiveOn string `json:"effective_on"`
	ApprovedBy  string `json:"approved_by"`
	ReviewedOn  string `json:"reviewed_on"`
	ReviewDueOn string `json:"review_due_on"`
	Next        int    `json:"next"`
	NextState   string `json:"next_state"`
	Accepted    int    `json:"accepted"`
	Asked       int    `json:"asked"`
	Late        int    `json:"late"`
	Controls    string `json:"controls"`
	RetiredOn   string `json:"retired_on"`
}

// policies is the register of policies.
func (s *Server) policies(r *request) (answer, error) {
	l, err := s.Suite.Policies.List(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	rows := slices.DeleteFunc(slices.Clone(l.Policies), func(p policy.Listed) bool {
		return !matches(q.Get("q"), p.ID, p.Title) || q.Get("state") != "" && policyWord(&p, l.Today) != q.Get("state") ||
			q.Get("due") == "1" && !p.Overdue(l.Today+30)
	})
	order := cmp.Or(q.Get("sort"), "id")
	slices.SortStableFunc(rows, func(a, b policy.Listed) int {
		x := strings.Compare(a.ID, b.ID)
		if strings.TrimPrefix(order, "-") == "review" {
			x = cmp.Or(int(a.ReviewDue-b.ReviewDue), x)
		}
		if strings.HasPrefix(order, "-") {
			return -x
		}
		return x
	})
	out := make([]exportedPolicy, 0, len(rows))
	for i := range rows {
		p := &rows[i]
		out = append(out, exportedPolicy{
			p.ID, p.Title, p.Now.Number, p.Now.EffectiveOn.String(), p.Now.ApproveName, p.ReviewedOn.String(), p.ReviewDue.String(), p.Next.Number,
			string(p.NextState), p.Accepted, p.Asked, p.Late, strings.Join(p.Controls, " "), p.RetiredOn.String(),
		})
	}
	if a, ok, err := exported(r, "policies", out); ok || err != nil {
		return a, err
	}
	v := page.PoliciesView{Head: policiesHead(r, &l), List: s.listOf(r, plural(len(rows), "policy"))}
	v.List.Order, v.List.Find = order, view.Find{Label: "Find a policy", Value: q.Get("q")}
	v.List.Chips = []view.Chip{{Name: "state", Label: "State", Value: q.Get("state"), Options: []view.Option{
		{Value: "in force", Label: "in force"},
		{Value: "scheduled", Label: "scheduled"},
		{Value: "in review", Label: "waits for approval"},
		{Value: "draft", Label: "draft"},
		{Value: "retired", Label: "retired"},
	}}}
	v.List.Toggles = []view.Toggle{{Name: "due", Label: "Review due within 30 days", On: q.Get("due") == "1"}}
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	for i := range rows[from:to] {
		v.Rows = append(v.Rows, policyRow(&rows[from+i], l.Today))
	}
	if len(rows) == 0 {
		v.List.Empty = noPolicies(r, len(l.Policies) > 0, v.List.Query.Clear())
	}
	return show(page.Policies(s.shell(r, "Policies", "policies"), v))
}

func policiesHead(r *request, l *policy.Listing) view.Head {
	h := view.Head{Title: "Policies", Actions: []view.Action{exportMenu(queryOf(r))}}
	waits, late, due := 0, 0, 0
	for i := range l.Policies {
		p := &l.Policies[i]
		late += p.Late
		if p.NextState == policy.InReview {
			waits++
		}
		if p.Overdue(l.Today) {
			due++
		}
	}
	h.Answer = view.Text{
		view.B(plural(waits, "version")), view.T(" to approve, "), view.B(plural(due, "review")), view.T(" overdue, "),
		view.B(plural(late, "acceptance")), view.T(" late."),
	}
	if len(l.Policies) == 0 {
		h.Answer = view.Say("No policy is written down yet.")
	}
	if r.who.Can(access.PolicyEdit) {
		h.Actions = append(h.Actions, view.Action{Label: "From the library", Href: "/policies/library", Icon: "down"},
			view.Action{Label: "New policy", Href: "/policies/new", Icon: "plus", Look: view.Primary})
	}
	return h
}

func noPolicies(r *request, any bool, clear string) *view.Empty {
	if any {
		return &view.Empty{
			Kind: view.NoneMatch, Title: "No policy matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: clear}},
		}
	}
	e := &view.Empty{Kind: view.NoneYet, Title: "No policy yet", Text: view.Say("Start from the library's texts: a few questions fill their gaps. Everything can be changed before somebody else approves it.")}
	if r.who.Can(access.PolicyEdit) {
		e.Actions = []view.Action{{Label: "From the library", Href: "/policies/library", Look: view.Primary}}
	}
	return e
}

// policyWord is the state that a policy is shown with: what waits comes before
// what is in force.
func policyWord(p *policy.Listed, today standing.Date) string {
	switch {
	case p.Retired(today):
		return "retired"
	case p.NextState == policy.InReview:
		return "in review"
	case p.Now.Number > 0:
		return "in force"
	}
	return strings.ReplaceAll(string(p.NextState), "_", " ")
}

func policyBadge(p *policy.Listed, today standing.Date) view.Badge {
	switch word := policyWord(p, today); {
	case word == "retired":
		return view.Badge{State: view.None, Label: "Retired"}
	case p.Overdue(today):
		return view.Badge{State: view.Fail, Label: "Review overdue"}
	case word == "in review":
		return view.Badge{State: view.Info, Label: "Waits for approval"}
	case p.Late > 0:
		return view.Badge{State: view.Warn, Label: view.Num(p.Late) + " late"}
	case word == "in force":
		return view.Badge{State: view.Pass, Label: "In force"}
	case word == "scheduled":
		return view.Badge{State: view.Open, Label: "Scheduled"}
	}
	return view.Badge{State: view.Open, Label: "Draft"}
}

func policyRow(p *policy.Listed, today standing.Date) page.PolicyRow {
	row := page.PolicyRow{
		ID: p.ID, Title: p.Title, Href: "/policies/" + p.ID, InForce: "–", Approved: nonEmpty(p.Now.ApproveName, "–"), Accepted: "–",
		Badge: policyBadge(p, today), Review: view.Due{Text: "–"},
	}
	if p.Now.Number > 0 {
		row.InForce = fmt.Sprintf("%d, since %s", p.Now.Number, dayOf(p.Now.EffectiveOn))
	}
	if p.Next.Number > 0 && p.Now.Number > 0 {
		row.Sub = fmt.Sprintf("version %d: %s", p.Next.Number, strings.ReplaceAll(string(p.NextState), "_", " "))
	}
	if p.ReviewDue != 0 {
		row.Review = dueOn(p.ReviewDue, today)
	}
	if p.Asked > 0 {
		row.Accepted = fmt.Sprintf("%d/%d", p.Accepted, p.Asked)
	}
	for i, c := range p.Controls {
		if i == 3 {
			row.Controls = append(row.Controls, view.Ref{Label: fmt.Sprintf("+%d", len(p.Controls)-3)})
			break
		}
		row.Controls = append(row.Controls, view.Ref{Label: c, Href: "/controls/" + c})
	}
	return row
}

// dueOn says a last day, and how it stands to today.
func dueOn(day, today standing.Date) view.Due {
	d := view.Due{Text: dayOf(day)}
	switch {
	case day < today:
		d.State, d.Sub = view.Fail, plural(int(today-day), "day")+" late"
	case day < today+30:
		d.State, d.Sub = view.Warn, "in "+plural(int(day-today), "day")
	}
	return d
}

// policyText sends the text of a version as a file.
func (s *Server) policyText(r *request) (answer, error) {
	d, err := s.Suite.Policies.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	v, err := chosenVersion(r, &d)
	if err != nil {
		return answer{}, err
	}
	name := fmt.Sprintf("%s-v%d.md", strings.ToLower(d.ID), v.Number)
	return answer{file: &file{name: name, media: "text/markdown; charset=utf-8", body: []byte(v.Text)}}, nil
}
