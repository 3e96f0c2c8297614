package web

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/sheet"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// sheetFace is the face of the firm's tests.
func sheetFace() face {
	return face{
		nav: "sheets", columns: []string{"control", "rows", "left", "deviated", "outcome"}, answer: sheetAnswer, detail: sheetDetail,
		empty: "The firm plans a test of a control here: which procedures, which attributes, and of which items. Where a check covers an attribute, its sealed verdicts on the very items are filled in.",
	}
}

func (s *Server) sheetRoutes(get, post func(string, handler)) {
	s.engagementRoutes(get, post)
	get("/sheets/{id}/marks", s.sheet)
	post("/sheets/{id}/marks", s.sheetMark)
	get("/sheets/{id}/items/{item}", s.sheetItemForm)
	post("/sheets/{id}/items/{item}", s.sheetItem)
	get("/sheets/{id}/raise", s.sheetRaiseForm)
	post("/sheets/{id}/raise", s.sheetRaise)
	get("/sheets/{id}/file", s.sheetFile)
}

func sheetAnswer(_ *registerPage, l *register.Listing) view.Text {
	n, out := l.Counts["state"], l.Counts["outcome"]
	t := view.Text{view.B(fmt.Sprintf("%d of %s", n[engagement.SheetReviewed], plural(l.All-n[engagement.SheetOff], "test"))), view.T(" reviewed")}
	if n := n[engagement.SheetPrepared]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d prepared", n)))
	}
	if n := out[engagement.Deviations]; n > 0 {
		t = append(t, view.T(", "), view.B(view.Num(n)), view.T(" with deviations"))
	}
	if n := out[engagement.NoOccurrence]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d of what did not occur", n)))
	}
	return append(t, view.T("."))
}

// sheetDetail leads from a test to its items.
func sheetDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	v.Head.Answer = sheetSays(&d.Record)
	if !d.ArchivedAt.IsZero() || d.Get("begun_at") == "" {
		return nil
	}
	at := p.base() + "/" + d.ID
	look := view.Action{Label: "Marks", Href: at + "/marks", Icon: "check"}
	if d.State == engagement.SheetOpen && p.r.who.Can(access.SheetPerform) && d.Get("left") != "0" {
		for i := range v.Head.Actions {
			if v.Head.Actions[i].Look == view.Primary {
				v.Head.Actions[i].Look = ""
			}
		}
		look.Label, look.Look = "Make marks", view.Primary
	}
	v.Head.Actions = append(v.Head.Actions, look, sheetFiles(&d.Record))
	return nil
}

func sheetFiles(r *register.Record) view.Action {
	file := "/sheets/" + r.ID + "/file?format="
	out := view.Action{Label: "Sheet", Icon: "dl", Menu: []view.Action{{Label: "Excel", Href: file + "xlsx"}, {Label: "CSV", Href: file + "csv"}}}
	if r.Get("prepared_leaf") != "" {
		out.Menu = append(out.Menu, view.Action{Label: "As the log commits to it", Href: file + "json"})
	}
	return out
}

func sheetSays(r *register.Record) view.Text {
	switch r.State {
	case engagement.SheetPlanned:
		return view.Say("It was not begun yet.")
	case engagement.SheetOff:
		return view.Say("It was withdrawn, and is no part of the report.")
	case engagement.SheetPrepared, engagement.SheetReviewed:
		by := " Prepared by " + r.Get("prepared_by") + " on " + dayOf(r.Date("prepared_on"))
		if r.State == engagement.SheetReviewed {
			return view.Text{view.B(r.Get("result")), view.T(by + ", reviewed by " + r.Get("reviewed_by") + " on " + dayOf(r.Date("reviewed_on")) + ".")}
		}
		return view.Text{view.B(r.Get("result")), view.T(by + ", not reviewed yet.")}
	}
	left, _ := r.Int("left")
	n, _ := r.Int("rows")
	if left == 0 {
		return view.Text{view.B("Every mark is made"), view.T(fmt.Sprintf(" of %s. It can be signed as prepared.", plural(n, "item")))}
	}
	return view.Text{view.B(plural(left, "mark")), view.T(fmt.Sprintf(" to make, of %s.", plural(n, "item")))}
}

// testing answers one request for the items of a sheet.
type testing struct {
	s     *Server
	r     *request
	l     sheet.Listing
	show  sheet.Show
	typed url.Values        // what was posted and refused
	wrong map[string]string // what is wrong with it, by number and letter
}

// sheet is the page on which marks are made.
func (s *Server) sheet(r *request) (answer, error) { return s.sheetPage(r, nil, nil) }

func (s *Server) sheetPage(r *request, typed url.Values, refused error) (answer, error) {
	q := r.URL.Query()
	w := &testing{s: s, r: r, typed: typed, wrong: map[string]string{}, show: sheet.Show(q.Get("show"))}
	if !slices.Contains(sheet.Shows(), w.show) {
		w.show = sheet.All
	}
	size := reviewSize(q)
	ask := sheet.Filter{Show: w.show, Limit: size}
	ask.After, _ = strconv.Atoi(q.Get("after"))
	ask.Before, _ = strconv.Atoi(q.Get("before"))
	var err error
	if w.l, err = s.Suite.Sheets.List(r.Context(), r.who, r.PathValue("id"), ask); err != nil {
		return answer{}, err
	}
	rec := &w.l.Record
	if rec.Get("begun_at") == "" {
		return answer{}, fault.New(fault.NotFound, "%s was not begun yet.", rec.ID)
	}
	var problems view.Problems
	if refused != nil {
		problems = view.Problems{Title: fault.Text(refused)}
		for _, f := range fault.FieldsOf(refused) {
			w.wrong[f.Name] = f.Text
			digits := strings.TrimRight(f.Name, "ABCDEFGHIJKL")
			field := "n-" + digits
			if digits != f.Name {
				field = "c-" + digits + "-" + f.Name[len(digits):]
			}
			problems.List = append(problems.List, view.Problem{Field: field, Text: f.Name + ": " + f.Text})
		}
	}
	v := w.view(size)
	v.Problems = problems
	crumbs := []view.Crumb{{Label: "Test sheets", Href: "/sheets"}, {Label: rec.ID, Href: "/sheets/" + rec.ID}, {Label: "Marks"}}
	a := answer{page: page.Sheet(s.shell(r, v.Head.Title, "sheets", crumbs...), v)}
	if refused != nil {
		a.status = statusOf(fault.Of(refused))
	}
	return a, nil
}

// marks reports whether the reader makes marks.
func (w *testing) marks() bool {
	return w.l.Record.State == engagement.SheetOpen && w.l.Record.ArchivedAt.IsZero() && !w.l.Over && w.r.who.Can(access.SheetPerform)
}

func (w *testing) view(size int) page.SheetView {
	rec, c := &w.l.Record, &w.l.Counts
	at := "/sheets/" + rec.ID
	v := page.SheetView{
		Head: view.Head{ID: rec.ID, Title: rec.Get("title"), Answer: sheetSays(rec)}, List: w.s.listOf(w.r, fmt.Sprintf("%d shown", len(w.l.Rows))),
	}
	if d, err := w.s.Suite.Registers.Of(engagement.SheetNoun); err == nil {
		world := register.World{Today: standing.DayOf(w.r.now, w.r.loc), Zone: w.r.loc}
		tone, label := d.BadgeOf(rec, &world)
		v.Head.Badges = []view.Badge{{State: view.State(tone), Label: label}}
	}
	if w.marks() {
		v.Action = w.r.URL.RequestURI()
		if len(rec.List("machine")) > 0 {
			v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Re-perform by check…", Href: at + "/reperform"})
		}
		if c.Left == 0 {
			v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Sign as prepared…", Href: at + "/prepare", Look: view.Primary})
		}
	}
	if w.raises() {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Raise an exception…", Href: at + "/raise"})
	}
	if rec.State == engagement.SheetPrepared && w.r.who.Can(access.SheetReview) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Sign as reviewed…", Href: at + "/review", Look: view.Primary})
	}
	v.Head.Actions = append(v.Head.Actions, sheetFiles(rec))
	w.summary(&v)
	w.parts(&v, size)
	for i := range w.l.Rows {
		v.Rows = append(v.Rows, w.row(&w.l.Rows[i]))
	}
	v.Asides = w.asides()
	return v
}

// raises reports whether there is a deviation that the reader can raise.
func (w *testing) raises() bool {
	open := w.l.Record.State == engagement.SheetOpen && w.l.Counts.Left == 0 || w.l.Record.State == engagement.SheetPrepared
	return open && !w.l.Over && w.r.who.Can(access.ExceptionEdit) && w.l.Counts.Deviated > len(w.l.Exceptions)
}

// summary is the bar with its numbers, the attributes and the procedures.
func (w *testing) summary(v *page.SheetView) {
	rec, c := &w.l.Record, &w.l.Counts
	var t sheet.Tally
	for _, a := range w.l.Attributes {
		n := c.By[a.Letter]
		t.Pass, t.Deviates, t.NA, t.Open = t.Pass+n.Pass, t.Deviates+n.Deviates, t.NA+n.NA, t.Open+n.Open
		one := page.SheetAttribute{Letter: a.Letter, Text: a.Text, Count: fmt.Sprintf("%d pass, %d deviate, %d not applicable, %d to mark", n.Pass, n.Deviates, n.NA, n.Open)}
		if a.Check != "" {
			one.Check = view.Ref{Label: a.Check, Href: "/checks/" + a.Check}
		}
		v.Attributes = append(v.Attributes, one)
	}
	v.Bar = chart.Bar{
		Label: fmt.Sprintf("%d pass, %d deviate, %d not applicable, %d to mark", t.Pass, t.Deviates, t.NA, t.Open),
		Segs:  []chart.Seg{{Fill: "pass", Count: t.Pass}, {Fill: "fail", Count: t.Deviates}, {Fill: "info", Count: t.NA}, {Fill: "track", Count: t.Open}},
	}
	v.Sums = []page.ReviewSum{
		{State: view.Pass, Count: view.Num(t.Pass), Word: "pass"},
		{State: view.Fail, Count: view.Num(t.Deviates), Word: "deviate", Sub: fmt.Sprintf("%d of %s", c.Deviated, plural(c.Tested, "item"))},
		{State: view.Info, Count: view.Num(t.NA), Word: "not applicable"},
		{State: view.Open, Count: view.Num(t.Open), Word: "to mark"},
	}
	v.Facts = []view.Pair{{Term: "Control", Value: view.Text{view.A(rec.Get("control"), "/controls/"+rec.Get("control")), view.T(", version " + rec.Get("control_version"))}}}
	v.Facts = append(v.Facts, view.Pair{Term: "Days", Value: view.Say(dayOf(rec.Date("from")) + " to " + dayOf(rec.Date("to")))})
	if c.Machine > 0 {
		v.Facts = append(v.Facts, view.Pair{Term: "By check", Value: view.Say(plural(c.Machine, "mark"))})
	}
	for _, p := range engagement.Procedures() {
		if text := rec.Get(p.Value); text != "" {
			v.Procedures = append(v.Procedures, view.Pair{Term: p.Label, Value: view.Say(text)})
		}
	}
}

// parts are the tabs, and the pages beside this one.
func (w *testing) parts(v *page.SheetView, size int) {
	for _, t := range []struct {
		show  sheet.Show
		label string
		hot   bool
	}{{sheet.All, "All", false}, {sheet.Open, "To mark", false}, {sheet.Bad, "Deviate", true}, {sheet.Doubts, "Other than the check", true}} {
		n := w.l.Parts[t.show]
		v.Tabs = append(v.Tabs, view.Tab{
			Label: t.label, Count: view.Num(n), Hot: t.hot && n > 0, Current: w.show == t.show, Href: w.r.URL.Path + "?" + url.Values{"show": {string(t.show)}}.Encode(),
		})
	}
	p := &v.List.Pager
	p.Size, p.Text = size, fmt.Sprintf("%d of %s", len(w.l.Rows), plural(w.l.Total, "item"))
	if len(w.l.Rows) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneGood, Title: "None here", Text: view.Say("No item of the sheet is in this part.")}
		if w.l.Counts.Rows == 0 {
			v.List.Empty = &view.Empty{Kind: view.NoneGood, Title: "Nothing occurred", Text: view.Say("The population is proven empty: there is nothing to test.")}
		}
		return
	}
	if w.l.Earlier {
		p.Prev = strconv.Itoa(w.l.Rows[0].Number)
	}
	if w.l.Later {
		p.Next = strconv.Itoa(w.l.Rows[len(w.l.Rows)-1].Number)
	}
}

// sheetFile sends a whole sheet.
func (s *Server) sheetFile(r *request) (answer, error) {
	if err := r.may(access.SheetRead); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	format := nonEmpty(r.URL.Query().Get("format"), "csv")
	var out bytes.Buffer
	if err := s.Suite.Sheets.Write(r.Context(), r.who, r.PathValue("id"), format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: r.PathValue("id") + "." + format, media: register.Format(format).MediaType(), body: out.Bytes()}}, nil
}
