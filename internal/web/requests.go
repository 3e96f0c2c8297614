package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/evidence"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/chart"
	"assay/internal/web/view/page"
)

// requestFace is the face of what the firm asks for.
func requestFace() face {
	return face{
		nav: "requests", columns: []string{"type", "controls", "assignee", "due_on"}, answer: requestAnswer, row: requestRow, detail: requestDetail, upload: "submit", field: "evidence", most: 10,
		empty: "The firm writes them down, or begins with the 113 that auditors typically ask for, tailored to the engagement. A list of its own is imported from Excel.",
		begin: "What auditors typically ask for. Those that fit the engagement's type, its categories and your controls are ticked, each with the controls that it serves and whoever answers for the first of them.",
	}
}

func requestAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	waiting := n[engagement.Open] + n[engagement.Assigned] + n[engagement.Returned]
	judged := n[engagement.Submitted] + n[engagement.InReview] + n[engagement.Claimed]
	t := view.Text{view.B(fmt.Sprintf("%d of %s", waiting+judged, plural(l.All, "request"))), view.T(" not settled: "), view.B(view.Num(waiting)), view.T(" for the organization to answer, "), view.B(view.Num(judged)), view.T(" for the firm to look at")}
	if back := n[engagement.Returned]; back > 0 {
		t = append(t, view.T(fmt.Sprintf("; %d returned", back)))
	}
	return append(t, view.T("."))
}

func requestRow(_ *registerPage, r *register.Record, row *page.RegisterRow) {
	if n, ok := r.Int("returns"); ok && n > 0 {
		row.Sub, row.SubIs = "Returned "+times(n), view.Warn
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// requestDetail shows why an answer was returned, and what was answered.
func requestDetail(_ *registerPage, d *register.Detail, v *page.RecordView) error {
	if !d.ArchivedAt.IsZero() {
		return nil
	}
	v.Head.Answer = view.Say(requestWaits(d))
	if d.State == engagement.Returned {
		for _, ver := range slices.Backward(d.Versions) {
			if ver.Act == "return" || ver.Act == "reopen" {
				v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Text{view.B("Returned by " + ver.ByName + ": "), view.T(ver.Note)}})
				break
			}
		}
	}
	if d.State == engagement.Claimed {
		if last := len(d.Versions); last > 0 {
			v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Text{view.B("Said not to apply, by " + d.Versions[last-1].ByName + ": "), view.T(d.Versions[last-1].Note)}})
		}
	}
	return nil
}

func requestWaits(d *register.Detail) string {
	due := dayOf(d.Date("due_on"))
	switch d.State {
	case engagement.Open:
		return "Nobody is named yet. Due " + due + "."
	case engagement.Assigned:
		return "The organization answers by " + due + "."
	case engagement.Returned:
		return "The firm wants more, by " + due + "."
	case engagement.Submitted, engagement.InReview:
		return "Answered on " + dayOf(d.Date("submitted_on")) + ". The firm accepts it or returns it."
	case engagement.Claimed:
		return "The organization says that it does not apply. The firm agrees or returns it."
	case engagement.Accepted:
		return "The firm accepted the answer on " + dayOf(d.Date("closed_on")) + "."
	}
	return "Nothing waits here any more."
}

// progressCard is how far the requests of an engagement are.
func progressCard(p *registerPage, d *register.Detail) *page.AsideCard {
	list := d.World.Children[engagement.RequestNoun]
	if len(list) == 0 {
		return nil
	}
	w := d.World
	got := engagement.ProgressOf(list, &w)
	card := &page.AsideCard{ID: "h-burn", Title: "Requests left", Badge: view.Badge{State: view.Info, Label: fmt.Sprintf("%d of %d settled", got.Settled, got.All)}}
	if got.Late > 0 {
		card.Badge = view.Badge{State: view.Fail, Label: fmt.Sprintf("%d late", got.Late)}
	}
	last := max(got.LastDue, p.today)
	left := got.All - got.Settled
	b := &chart.Burn{
		First: dayOf(got.FirstDay), Last: dayOf(last), Now: view.Num(left) + " left", Days: int(last-got.FirstDay) + 1,
		Label: fmt.Sprintf("Requests that are not settled, by day: %d of %d today. The last is due on %s.", left, got.All, dayOf(last)),
	}
	for _, day := range got.Open {
		b.Left = append(b.Left, day.Left)
	}
	card.Burn = b
	pair := func(term string, n int) {
		card.Pairs = append(card.Pairs, view.Pair{Term: term, Value: view.Say(view.Num(n))})
	}
	pair("For the organization", got.Waiting)
	pair("For the firm", got.Judged)
	pair("Settled", got.Settled)
	pair("Answers returned", got.Returns)
	return card
}

// received reads what was posted with a move. What it returns adds the file, if
// there is one, as evidence of the request.
func (p *registerPage) received(m *register.Move) (add func() error, err error) {
	if p.face.upload != m.Name {
		return func() error { return nil }, p.permitted(m.Permission)
	}
	if err := p.r.may(m.Permission); err != nil {
		return nil, err
	}
	name, content, err := p.r.stream(evidence.MaxSize)
	if p.r.PostForm == nil {
		p.r.PostForm = url.Values{}
	}
	p.r.Form = p.r.PostForm // the body is read: nothing may look for more in it
	if err != nil || content == nil {
		return func() error { return nil }, err
	}
	return func() error {
		r, err := p.s.Suite.Registers.Get(p.r.Context(), p.r.who, p.d.Noun, p.r.PathValue("id"))
		if err != nil {
			return err
		}
		if ok, _ := p.d.MayMove(m, &r.Record, r.Versions, p.r.who); !ok {
			return fault.New(fault.Conflict, "%s is %s: that step is not open from there.", r.ID, strings.ToLower(p.d.State(r.State).Label))
		}
		e, err := p.s.Suite.Evidence.Upload(p.r.Context(), p.r.who, p.answers(&r), name, content)
		if err != nil {
			return fault.Fields("Nothing was done with "+r.ID+".", fault.Field{Name: "file", Text: reasons(err)})
		}
		p.r.PostForm.Set(p.face.field, strings.TrimSpace(p.r.PostForm.Get(p.face.field)+" "+e.ID))
		return nil
	}, nil
}

// reasons are what an error says, with what it says of each field.
func reasons(err error) string {
	said := []string{fault.Text(err)}
	for _, f := range fault.FieldsOf(err) {
		said = append(said, f.Text)
	}
	return strings.Join(said, " ")
}

// answers are the details of a document that answers a request. It serves no lane
// of a control: what the firm asked for is not what the control collects by itself.
func (p *registerPage) answers(r *register.Detail) evidence.Details {
	d := evidence.Details{Title: clip(r.Label(p.d), 100), Lane: "request/" + strings.ToLower(r.ID), Note: "Answers " + r.ID + "."}
	d.From, d.To = p.today, p.today+1
	o, err := p.s.Suite.Controls.List(p.r.Context(), p.r.who)
	if err != nil || !p.r.who.Can(access.ControlRead) {
		return d
	}
	for _, id := range r.List("controls") {
		if slices.Contains(o.Ever, id) {
			d.Controls = append(d.Controls, id)
		}
	}
	if e, err := p.s.Suite.Registers.Get(p.r.Context(), p.r.who, engagement.Noun, r.Get("engagement")); err == nil && e.Date("from") != 0 {
		d.From, d.To = e.Date("from"), min(e.Date("to"), p.today)+1
	}
	return d
}
