package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/review"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// reviewFace is the face of access reviews.
func reviewFace() face {
	return face{
		nav: "reviews", columns: []string{"reviewer", "accounts", "undecided", "unseen", "due_on", "signed_on"}, answer: reviewAnswer, detail: reviewDetail,
		empty: "Plan one for each quarter. It begins with every account that connected systems show; those that are as they were when they were last kept are kept together.",
	}
}

func (s *Server) reviewRoutes(get, post func(string, handler)) {
	get("/access-reviews/{id}/accounts", s.review)
	post("/access-reviews/{id}/accounts", s.reviewDecide)
	get("/access-reviews/{id}/keep-unchanged", s.reviewKeepForm)
	post("/access-reviews/{id}/keep-unchanged", s.reviewKeep)
	get("/access-reviews/{id}/accounts/{account}/confirm", s.reviewConfirmForm)
	post("/access-reviews/{id}/accounts/{account}/confirm", s.reviewConfirm)
	get("/access-reviews/{id}/certificate", s.reviewCertificate)
}

func reviewAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	t := view.Text{view.B(plural(n[review.Open], "review")), view.T(" in progress")}
	if n[review.Planned] > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d planned", n[review.Planned])))
	}
	return append(t, view.T(fmt.Sprintf("; %d signed.", n[review.Signed])))
}

// reviewDetail leads from a review to its accounts, and says how far it is.
func reviewDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	if !d.ArchivedAt.IsZero() {
		return nil
	}
	at := p.base() + "/" + d.ID
	if d.State != review.Planned && d.Get("begun_at") != "" {
		look := view.Action{Label: "Accounts", Href: at + "/accounts", Icon: "people"}
		if d.State == review.Open && p.r.who.Can(access.AccessReviewDecide) {
			look.Label, look.Look = "Decide on accounts", view.Primary
			for i := range v.Head.Actions {
				if v.Head.Actions[i].Look == view.Primary {
					v.Head.Actions[i].Look = ""
				}
			}
		}
		v.Head.Actions = append(v.Head.Actions, look)
	}
	if d.State == review.Signed {
		file := at + "/certificate?format="
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Certificate", Icon: "dl", Menu: []view.Action{
			{Label: "Excel", Href: file + "xlsx"}, {Label: "CSV", Href: file + "csv"}, {Label: "As the log commits to it", Href: file + "json"},
		}})
	}
	v.Head.Answer = reviewSays(&d.Record)
	if d.Get("begun_at") != "" {
		t, err := reviewSystems(p, d)
		if err != nil {
			return err
		}
		v.Tables = append(v.Tables, t)
	}
	if text := d.Get("missing"); text != "" {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Text{view.B("Accounts may be missing. "), view.T(strings.ReplaceAll(text, "\n", " "))}})
	}
	return nil
}

// reviewSystems is a review by system.
func reviewSystems(p *registerPage, d *register.Detail) (page.RecordTable, error) {
	l, err := p.s.Suite.Reviews.List(p.r.Context(), p.r.who, d.ID, review.Filter{Limit: 1})
	t := page.RecordTable{ID: "h-systems", Title: "By system", Count: view.Num(len(l.Systems)), Columns: []view.Column{{Label: "Accounts"}, {Label: "Open"}}}
	for _, s := range l.Systems {
		row := page.RegisterRow{
			ID: s.Kind, Title: s.Title, Href: p.base() + "/" + d.ID + "/accounts?" + url.Values{"system": {s.Kind}}.Encode(),
			Cells: []page.RegisterCell{{Text: view.Num(s.Accounts)}, {Text: view.Num(s.Undecided)}}, Badge: view.Badge{State: view.Pass, Label: "All decided"},
		}
		if s.Undecided > 0 {
			row.Badge = view.Badge{State: view.Open, Label: "Not all decided"}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, err
}

func reviewSays(r *register.Record) view.Text {
	all, _ := r.Int("accounts")
	left, _ := r.Int("undecided")
	unseen, _ := r.Int("unseen")
	switch r.State {
	case review.Planned:
		return view.Say("It begins with every account that connected systems show on the day. Due " + dayOf(r.Date("due_on")) + ".")
	case review.Cancelled:
		return view.Say("It was cancelled: what was decided binds nobody.")
	case review.Signed:
		t := view.Text{view.B(fmt.Sprintf("All %d accounts", all)), view.T(" were decided on, and it was signed by " + r.Get("signed_by") + " on " + dayOf(r.Date("signed_on")) + ".")}
		if unseen > 0 {
			t = append(t, view.T(" "), view.B(fmt.Sprintf("%d of what was decided", unseen)), view.T(" is not seen to be done."))
		}
		return t
	}
	t := view.Text{view.B(fmt.Sprintf("%d of %d accounts", all-left, all)), view.T(" are decided")}
	if left > 0 {
		return append(t, view.T(fmt.Sprintf(", %d are left until ", left)), view.B(dayOf(r.Date("due_on"))), view.T("."))
	}
	return append(t, view.T(". It can be signed."))
}

// reviewing answers one request for the accounts of a review.
type reviewing struct {
	s      *Server
	r      *request
	l      review.Listing
	filter review.Filter
	typed  map[string]review.Decision // what was posted and refused, by account
	wrong  map[string]string          // what is wrong with it
}

// review is the page on which accounts are decided.
func (s *Server) review(r *request) (answer, error) { return s.reviewPage(r, nil, nil) }

func (s *Server) reviewPage(r *request, typed map[string]review.Decision, refused error) (answer, error) {
	q := r.URL.Query()
	w := &reviewing{s: s, r: r, typed: typed, wrong: map[string]string{}, filter: review.Filter{Show: review.Show(q.Get("show")), System: q.Get("system"), Query: q.Get("q")}}
	if !slices.Contains(review.Shows(), w.filter.Show) {
		w.filter.Show = review.All
	}
	if q.Get("format") != "" {
		return s.reviewExport(r, &w.filter)
	}
	ask := w.filter
	size := reviewSize(q)
	ask.Limit = size + 1
	ask.After, _ = strconv.Atoi(q.Get("after"))
	ask.Before, _ = strconv.Atoi(q.Get("before"))
	var err error
	if w.l, err = s.Suite.Reviews.List(r.Context(), r.who, r.PathValue("id"), ask); err != nil {
		return answer{}, err
	}
	if w.l.Record.Get("begun_at") == "" {
		return answer{}, fault.New(fault.NotFound, "%s was not begun yet.", w.l.Record.ID)
	}
	v := w.view(&ask)
	if refused != nil {
		v.Problems = view.Problems{Title: fault.Text(refused)}
		for _, f := range fault.FieldsOf(refused) {
			w.wrong[f.Name] = f.Text
			v.Problems.List = append(v.Problems.List, view.Problem{Field: "n-" + f.Name, Text: f.Text})
		}
		v.Groups = w.groups()
	}
	crumbs := []view.Crumb{{Label: "Access reviews", Href: "/access-reviews"}, {Label: w.l.Record.ID, Href: "/access-reviews/" + w.l.Record.ID}, {Label: "Accounts"}}
	a := answer{page: page.Review(s.shell(r, v.Head.Title, "reviews", crumbs...), v)}
	if refused != nil {
		a.status = statusOf(fault.Of(refused))
	}
	return a, nil
}

func reviewSize(q url.Values) int {
	if q.Get("size") == "100" {
		return 100
	}
	return 25
}

func (w *reviewing) view(ask *review.Filter) page.ReviewView {
	size := ask.Limit - 1
	rec, c := &w.l.Record, &w.l.Counts
	at := "/access-reviews/" + rec.ID
	v := page.ReviewView{
		Head: view.Head{ID: rec.ID, Title: rec.Get("title"), Answer: reviewSays(rec)}, List: w.s.listOf(w.r, fmt.Sprintf("%d shown", min(w.l.Total, size))),
	}
	d, err := w.s.Suite.Registers.Of(review.Noun)
	if err == nil {
		world := register.World{Today: standing.DayOf(w.r.now, w.r.loc), Zone: w.r.loc}
		tone, label := d.BadgeOf(rec, &world)
		v.Head.Badges = []view.Badge{{State: view.State(tone), Label: label}}
	}
	if w.decides() {
		v.Action = w.r.URL.RequestURI()
		if n := c.Unchanged(); n > 0 {
			v.Head.Actions = append(v.Head.Actions, view.Action{Label: fmt.Sprintf("Keep the %d unchanged…", n), Href: at + "/keep-unchanged"})
		}
		if c.Undecided() == 0 && w.r.who.Can(access.AccessReviewSign) {
			v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Sign…", Href: at + "/sign", Look: view.Primary})
		}
	}
	w.summary(&v)
	w.parts(&v)
	v.Head.Actions = append(v.Head.Actions, exportMenu(v.List.Query))
	w.cut(ask, &v.List.Pager)
	v.List.Pager.Size = size
	v.List.Pager.Text = fmt.Sprintf("%d of %s", len(w.l.Items), plural(w.l.Total, "account"))
	if len(w.l.Items) == 0 {
		v.List.Empty = w.nothing()
	}
	v.Groups = w.groups()
	v.Asides = w.asides()
	return v
}

// cut leaves the items of a page, and says where the pages beside it begin.
func (w *reviewing) cut(ask *review.Filter, p *view.Pager) {
	size := ask.Limit - 1
	more := len(w.l.Items) > size
	switch {
	case more && ask.Before > 0:
		w.l.Items = w.l.Items[1:]
	case more:
		w.l.Items = w.l.Items[:size]
	}
	if len(w.l.Items) == 0 {
		return
	}
	if more || ask.Before > 0 {
		p.Next = strconv.Itoa(w.l.Items[len(w.l.Items)-1].Place)
	}
	if ask.After > 0 || more && ask.Before > 0 {
		p.Prev = strconv.Itoa(w.l.Items[0].Place)
	}
}

func (w *reviewing) decides() bool {
	return w.l.Record.State == review.Open && w.l.Record.ArchivedAt.IsZero() && w.r.who.Can(access.AccessReviewDecide)
}

func (w *reviewing) nothing() *view.Empty {
	if w.filter.System != "" || w.filter.Query != "" {
		return &view.Empty{Kind: view.NoneMatch, Title: "No account fits", Text: view.Say("Take a filter away to see more.")}
	}
	return &view.Empty{Kind: view.NoneGood, Title: "None here", Text: view.Say("No account of the review is in this part.")}
}

// summary is the bar with its numbers.
func (w *reviewing) summary(v *page.ReviewView) {
	rec, c := &w.l.Record, &w.l.Counts
	kept, changed, removed, left := c.ByVerdict[review.Keep], c.ByVerdict[review.Change], c.ByVerdict[review.Remove], c.Undecided()
	v.Bar = chart.Bar{
		Label: fmt.Sprintf("%d kept, %d to be changed, %d to be removed, %d open", kept, changed, removed, left),
		Segs:  []chart.Seg{{Fill: "pass", Count: kept}, {Fill: "info", Count: changed}, {Fill: "fail", Count: removed}, {Fill: "track", Count: left}},
	}
	v.Sums = []page.ReviewSum{
		{State: view.Pass, Count: view.Num(kept), Word: "keep"},
		{State: view.Info, Count: view.Num(changed), Word: "change"},
		{State: view.Fail, Count: view.Num(removed), Word: "remove"},
		{State: view.Open, Count: view.Num(left), Word: "open"},
	}
	if c.Waiting > 0 {
		v.Sums[2].Sub = fmt.Sprintf("%d not seen to be done", c.Waiting)
	}
	v.Facts = []view.Pair{
		{Term: "Accounts", Value: view.Say(fmt.Sprintf("%d, %s", c.All, plural(len(w.l.Systems), "system")))},
		{Term: "Collected", Value: view.Say(w.r.moment(rec.At("collected_at")))},
	}
	if n, _ := rec.Int("left_out"); n > 0 {
		v.Facts = append(v.Facts, view.Pair{Term: "Left out", Value: view.Say(fmt.Sprintf("%d that cannot be used, or are the system’s own", n))})
	}
	if text := rec.Get("missing"); text != "" {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Text{view.B("Accounts may be missing. "), view.T(strings.ReplaceAll(text, "\n", " "))}})
	}
}

// parts are the tabs and the filters.
func (w *reviewing) parts(v *page.ReviewView) {
	c := &w.l.Counts
	for _, t := range []struct {
		show  review.Show
		label string
		n     int
		hot   bool
	}{
		{review.Thought, "Needs thought", c.Thought, c.Thought > 0},
		{review.Unchanged, "Unchanged", c.Unchanged(), false},
		{review.Decided, "Decided", c.All - c.Undecided(), false},
		{review.Waiting, "Not done", c.Waiting, false},
		{review.All, "All", c.All, false},
	} {
		v.Tabs = append(v.Tabs, view.Tab{
			Label: t.label, Count: view.Num(t.n), Hot: t.hot, Current: w.filter.Show == t.show,
			Href: w.r.URL.Path + "?" + url.Values{"show": {string(t.show)}}.Encode(),
		})
	}
	v.List.Find = view.Find{Label: "Find an account", Value: w.filter.Query}
	chip := view.Chip{Name: "system", Label: "System", Value: w.filter.System}
	for _, s := range w.l.Systems {
		chip.Options = append(chip.Options, view.Option{Value: s.Kind, Label: s.Title, Count: view.Num(s.Accounts)})
	}
	v.List.Chips = []view.Chip{chip}
}

func (w *reviewing) groups() (out []page.ReviewGroup) {
	for i := range w.l.Items {
		item := &w.l.Items[i]
		if n := len(out); n == 0 || out[n-1].Title != item.System {
			out = append(out, page.ReviewGroup{Title: item.System, Sub: item.Kind})
		}
		g := &out[len(out)-1]
		g.Rows = append(g.Rows, w.row(item))
	}
	return out
}

func (w *reviewing) row(i *review.Item) page.ReviewRow {
	row := page.ReviewRow{ID: i.Account, Name: i.Name, Href: "/accounts/" + i.Account, Sub: i.Email, LastUsed: "not known", Verdict: string(i.Verdict), Note: i.Note, Wrong: w.wrong[i.Account]}
	if t, ok := w.typed[i.Account]; ok {
		row.Verdict, row.Note = string(t.Verdict), t.Note
	}
	if row.Sub == "" {
		row.Sub = i.ID
	}
	if strings.EqualFold(row.Sub, i.Name) {
		row.Sub = ""
	}
	if !i.LastUsed.IsZero() {
		row.LastUsed = w.r.day(i.LastUsed)
	}
	row.Person = view.Ref{Label: "Nobody’s"}
	if i.Person != "" {
		row.Person = view.Ref{Label: nonEmpty(i.PersonName, i.Person), Href: "/people/" + i.Person}
	}
	if i.Holder == string(account.ByService) {
		row.PersonSub = "answers for it: " + i.Purpose
	}
	switch {
	case i.Admin == nil:
		row.Power = view.Badge{State: view.None, Label: "not known"}
	case *i.Admin:
		row.Power = view.Badge{State: view.Warn, Label: "Admin"}
	}
	row.Why, row.WhySub = reviewWhy(i)
	w.decision(i, &row)
	return row
}

// decision is how an account is decided on, and by whom it may be.
func (w *reviewing) decision(i *review.Item, row *page.ReviewRow) {
	if w.decides() && w.l.Mine != "" && i.Person == w.l.Mine && i.Holder == string(account.ByPerson) {
		row.Own = "Your own account: somebody else decides."
	}
	if i.Verdict == "" {
		return
	}
	row.Said = i.ByName + ", " + w.r.day(i.DecidedAt)
	if i.Note != "" && (!w.decides() || row.Own != "") {
		row.Said = i.Note + " – " + row.Said
	}
	word := map[review.Verdict]view.Badge{review.Keep: {State: view.Pass, Label: "Keep"}, review.Change: {State: view.Info, Label: "Change"}, review.Remove: {State: view.Fail, Label: "Remove"}}[i.Verdict]
	if !w.decides() || row.Own != "" {
		row.Badge = word
	}
	switch {
	case i.Waits() && (w.l.Record.State == review.Signed || w.l.Record.State == review.Open):
		row.Badge = view.Badge{State: view.Warn, Label: word.Label + ", not seen yet"}
		if w.r.who.Can(access.AccessReviewDecide) && row.Own == "" {
			row.Confirm = "/access-reviews/" + w.l.Record.ID + "/accounts/" + i.Account + "/confirm"
		}
	case i.DoneBy != "":
		row.Badge = view.Badge{State: view.Info, Label: "Confirmed by " + i.DoneBy}
		row.Said += ". " + i.DoneNote
	case !i.DoneAt.IsZero():
		row.Badge = view.Badge{State: view.Pass, Label: "Done, seen " + w.r.day(i.DoneAt)}
	}
}
