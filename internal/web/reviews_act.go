package web

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/review"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// asides are what stands beside the accounts: by system, and what an auditor will
// see.
func (w *reviewing) asides() []page.AsideCard {
	rec, c := &w.l.Record, &w.l.Counts
	by := page.AsideCard{ID: "h-systems", Title: "By system"}
	for _, s := range w.l.Systems {
		line := view.Line{State: view.Pass, Text: s.Title, Right: view.Num(s.Accounts), Sub: "decided"}
		if s.Undecided > 0 {
			line.State, line.Sub = view.Open, fmt.Sprintf("%d open", s.Undecided)
		}
		by.Lines = append(by.Lines, line)
	}
	auditor := page.AsideCard{ID: "h-auditor", Title: "What the auditor will see"}
	sign := func(done, now bool, text string) {
		one := view.Sign{State: view.Open, Text: text}
		switch {
		case done:
			one.State = view.Pass
		case now:
			one.State = view.Info
		}
		auditor.Signs = append(auditor.Signs, one)
	}
	complete := "Every listing was read to the end"
	if rec.Get("complete") != register.Yes {
		complete = "A listing was not read to the end"
	}
	sign(rec.Get("complete") == register.Yes, true, complete)
	sign(c.Undecided() == 0, true, fmt.Sprintf("%d of %d decided, by whom and when", c.All-c.Undecided(), c.All))
	sign(true, true, "Nobody decided on their own account")
	away := c.ByVerdict[review.Change] + c.ByVerdict[review.Remove]
	sign(c.Waiting == 0 && rec.State == review.Signed, true, fmt.Sprintf("Changes and removals done: %d of %d", away-c.Waiting, away))
	signed := "Sign-off, due " + dayOf(rec.Date("due_on"))
	if rec.State == review.Signed {
		signed = "Signed by " + rec.Get("signed_by") + " on " + dayOf(rec.Date("signed_on"))
	}
	sign(rec.State == review.Signed, false, signed)
	if leaf := rec.Get("leaf"); leaf != "" {
		auditor.Text = view.Text{view.T("The decisions are "), view.A("sealed in the log", "/log/leaf/"+leaf), view.T(".")}
	}
	return []page.AsideCard{by, auditor}
}

// reviewDecide takes the decisions of a page.
func (s *Server) reviewDecide(r *request) (answer, error) {
	if err := r.may(access.AccessReviewDecide); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	typed := map[string]review.Decision{}
	var list []review.Decision
	for name, values := range r.PostForm {
		id, ok := strings.CutPrefix(name, "v.")
		if !ok || len(values) == 0 {
			continue
		}
		d := review.Decision{Account: id, Verdict: review.Verdict(values[0]), Note: r.text("n." + id)}
		if d.Verdict == "none" {
			d.Verdict, d.Note = "", ""
		}
		typed[id] = d
		list = append(list, d)
	}
	back := r.URL.RequestURI()
	if len(list) == 0 {
		return s.done(r, "Nothing was chosen, so nothing was decided.", back)
	}
	n, err := s.Suite.Reviews.Decide(r.Context(), r.who, r.PathValue("id"), list)
	if fault.Is(err, fault.Invalid) {
		return s.reviewPage(r, typed, err)
	}
	if err != nil {
		return answer{}, err
	}
	text := fmt.Sprintf("Decided on %s.", plural(n, "account"))
	if n == 0 {
		text = "Nothing differs from what was decided."
	}
	return s.done(r, text, back)
}

// exportedItem is an account of a review in an export.
type exportedItem struct {
	Account   string    `json:"account"`
	System    string    `json:"system"`
	Kind      string    `json:"kind"`
	Name      string    `json:"name"`
	Email     string    `json:"email,omitempty"`
	Person    string    `json:"person,omitempty"`
	Why       string    `json:"why"` // reasons, with spaces between
	Verdict   string    `json:"verdict"`
	Note      string    `json:"note,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	DecidedBy string    `json:"decided_by,omitempty"`
	DoneAt    time.Time `json:"done_at,omitzero"`
	DoneBy    string    `json:"done_by,omitempty"`
}

// reviewExport sends the accounts that a filter finds, as a review has them now.
func (s *Server) reviewExport(r *request, f *review.Filter) (answer, error) {
	l, err := s.Suite.Reviews.List(r.Context(), r.who, r.PathValue("id"), *f)
	if err != nil {
		return answer{}, err
	}
	rows := make([]exportedItem, 0, len(l.Items))
	for n := range l.Items {
		i := &l.Items[n]
		var why []string
		for _, w := range i.Reasons {
			why = append(why, string(w))
		}
		rows = append(rows, exportedItem{
			i.Account, i.System, i.Kind, i.Name, i.Email, i.PersonName, strings.Join(why, " "), string(i.Verdict), i.Note, i.DecidedAt, i.ByName, i.DoneAt, i.DoneBy,
		})
	}
	a, _, err := exported(r, strings.ToLower(l.Record.ID)+"-accounts", rows)
	return a, err
}

// reviewForm is a page with one field about a review.
func (s *Server) reviewForm(r *request, f *page.FormView, refused error) (answer, error) {
	id := r.PathValue("id")
	f.Form.Action, f.Form.Cancel = r.URL.Path, view.Ref{Label: "Cancel", Href: "/access-reviews/" + id + "/accounts"}
	crumbs := []view.Crumb{{Label: "Access reviews", Href: "/access-reviews"}, {Label: id, Href: "/access-reviews/" + id}, {Label: f.Form.Submit}}
	return s.showForm(r, s.shell(r, f.Head.Title, "reviews", crumbs...), f, refused)
}

func (s *Server) reviewKeepForm(r *request) (answer, error) {
	if err := r.may(access.AccessReviewDecide); err != nil {
		return answer{}, err
	}
	return s.keepForm(r, nil)
}

func (s *Server) keepForm(r *request, refused error) (answer, error) {
	l, err := s.Suite.Reviews.List(r.Context(), r.who, r.PathValue("id"), review.Filter{Show: review.Unchanged, Limit: 1})
	if err != nil {
		return answer{}, err
	}
	if l.Record.State != review.Open {
		return answer{}, fault.New(fault.Conflict, "%s is not in progress: nothing is decided.", l.Record.ID)
	}
	return s.reviewForm(r, &page.FormView{
		Head: view.Head{Title: "Keep what did not change", Answer: view.Text{
			view.B(plural(l.Counts.Unchanged(), "account")), view.T(" are as they were when they were last kept: the same person, the same power, used lately. Your own are left for somebody else."),
		}},
		Title: "Reason", Form: view.Form{Submit: "Keep them", Fields: []view.Input{
			{Name: "reason", Label: "Why they can be kept together", Value: r.typed("reason", ""), Required: true, Full: true, Hint: "It stands with each of them, for the auditor too."},
		}},
	}, refused)
}

func (s *Server) reviewKeep(r *request) (answer, error) {
	if err := r.may(access.AccessReviewDecide); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	n, err := s.Suite.Reviews.KeepUnchanged(r.Context(), r.who, id, r.text("reason"))
	if fault.Is(err, fault.Invalid) {
		return s.keepForm(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, fmt.Sprintf("Kept %s.", plural(n, "account")), "/access-reviews/"+id+"/accounts")
}

func (s *Server) reviewConfirmForm(r *request) (answer, error) {
	if err := r.may(access.AccessReviewDecide); err != nil {
		return answer{}, err
	}
	return s.doneForm(r, nil)
}

func (s *Server) doneForm(r *request, refused error) (answer, error) {
	item, err := s.Suite.Reviews.Item(r.Context(), r.who, r.PathValue("id"), r.PathValue("account"))
	if err != nil {
		return answer{}, err
	}
	what := map[review.Verdict]string{review.Change: "was changed", review.Remove: "was removed"}[item.Verdict]
	if what == "" {
		return answer{}, fault.New(fault.Conflict, "%s does not wait to be changed or removed.", item.Name)
	}
	return s.reviewForm(r, &page.FormView{
		Head:  view.Head{Title: "Confirm that " + item.Name + " " + what, Answer: view.Say("A complete collection shows it by itself. Confirm by hand only what no collection can show; it is kept as what you said, apart from what was collected.")},
		Title: item.System, Form: view.Form{Submit: "Confirm", Fields: []view.Input{
			{Name: "note", Label: "What you saw, and where", Value: r.typed("note", ""), Required: true, Full: true},
		}},
	}, refused)
}

func (s *Server) reviewConfirm(r *request) (answer, error) {
	if err := r.may(access.AccessReviewDecide); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	err := s.Suite.Reviews.Confirm(r.Context(), r.who, id, r.PathValue("account"), r.text("note"))
	if fault.Is(err, fault.Invalid) {
		return s.doneForm(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "Confirmed by you.", "/access-reviews/"+id+"/accounts?show=waiting")
}

// reviewCertificate sends a review as it was signed.
func (s *Server) reviewCertificate(r *request) (answer, error) {
	if err := r.may(access.AccessReviewRead); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	format := nonEmpty(r.URL.Query().Get("format"), "csv")
	var out bytes.Buffer
	if err := s.Suite.Reviews.Write(r.Context(), r.who, r.PathValue("id"), format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: r.PathValue("id") + "." + format, media: register.Format(format).MediaType(), body: out.Bytes()}}, nil
}

// reviewWhy says why an account is in its part of the review.
func reviewWhy(i *review.Item) (first, others string) {
	var words []string
	for _, why := range i.Reasons {
		words = append(words, reviewReason(why, i))
	}
	if len(words) == 0 {
		return "Unchanged", "as it was when it was last kept"
	}
	return words[0], strings.Join(words[1:], ", ")
}

func reviewReason(why review.Why, i *review.Item) string {
	switch why {
	case review.Overdue:
		return "Was to be removed"
	case review.Gone:
		return "Does not work here"
	case review.Nobodys:
		return "Nobody’s"
	case review.Grew:
		return "Became an administrator"
	case review.Passed:
		return "Was somebody else’s"
	case review.Leaving:
		return "Leaves on " + dayOf(dateOf(i.Since))
	case review.Unused:
		return "Not used for 90 days"
	case review.New:
		return "New since the last review"
	case review.Possible:
		return "May be gone: its listing is incomplete"
	}
	return string(why)
}

func dateOf(text string) standing.Date {
	d, err := standing.ParseDate(text)
	if err != nil {
		return 0
	}
	return d
}
