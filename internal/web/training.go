package web

import (
	"fmt"
	"net/url"
	"strings"

	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/training"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// trainingFace is the face of courses, of completions and of exercises.
func trainingFace(noun string) face {
	switch noun {
	case training.Noun:
		return face{
			nav: "training", columns: []string{"groups", "from_on", "again_months:Again after, months", "owner"}, answer: trainingAnswer, above: trainingAbove, detail: trainingDetail,
			empty: "Begin with the course that the program brings: six short lessons with questions, filled with what your policies say. What is taken elsewhere is written down, or imported, as completions.",
		}
	case training.CompletionNoun:
		return face{nav: "training", most: 10}
	}
	return face{
		nav: "training", columns: []string{"held_on", "sent", "fell", "reported", "followed", "owner"}, answer: exerciseAnswer,
		empty: "Hold an exercise each quarter: send everybody a harmless message that pretends to be another, and talk to those who fell for it.",
	}
}

func trainingAnswer(p *registerPage, l *register.Listing) view.Text {
	o, err := p.s.Suite.Training.Owed(p.r.Context(), p.r.who, "")
	if err != nil || len(o.List) == 0 {
		return view.Say(plural(l.Counts["state"][training.InUse], "course") + " in use; nobody is asked to complete one.")
	}
	return owing(&o)
}

// trainingAbove leads to what else is training.
func trainingAbove(_ *registerPage, _ *register.Listing, v *page.RegisterView) error {
	v.Head.Actions = append([]view.Action{{Label: "Phishing exercises", Href: "/phishing-exercises", Icon: "alert"}}, v.Head.Actions...)
	return nil
}

func owing(o *training.Owing) view.Text {
	done, late := o.Count(training.Done), o.Count(training.Late)
	t := view.Text{view.B(fmt.Sprintf("%d of %d", done, len(o.List))), view.T(" are current")}
	if n := o.Count(training.Waiting); n == 1 {
		t = append(t, view.T(", 1 still has time"))
	} else if n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d still have time", n)))
	}
	if late > 0 {
		t = append(t, view.T(", "), view.B(fmt.Sprintf("%d late", late)))
	}
	return append(t, view.T("."))
}

func exerciseAnswer(_ *registerPage, l *register.Listing) view.Text {
	if len(l.Records) == 0 {
		return view.Say("No exercise was written down.")
	}
	t := view.Text{view.B(plural(l.Total, "exercise")), view.T(". ")}
	last := &l.Records[0]
	for i := range l.Records {
		if l.Records[i].Date("held_on") > last.Date("held_on") {
			last = &l.Records[i]
		}
	}
	fell, _ := last.Int("fell")
	sent, _ := last.Int("sent")
	return append(t, view.T(fmt.Sprintf("Of %d who were sent that of %s, ", sent, dayOf(last.Date("held_on")))), view.B(fmt.Sprintf("%d fell for it", fell)), view.T("."))
}

// shownOwing is how many people of a course its page lists; the rest is on a page of
// its own.
const shownOwing = 10

// trainingDetail says how people stand to a course, who is late at the top.
func trainingDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	if !d.ArchivedAt.IsZero() {
		return nil
	}
	o, err := p.s.Suite.Training.Owed(p.r.Context(), p.r.who, d.ID)
	if err != nil {
		return err
	}
	at := p.base() + "/" + d.ID
	if d.Get("text") != training.Elsewhere {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Lessons", Href: "/me/training/" + d.ID, Icon: "doc"})
	}
	if len(o.List) == 0 {
		v.Head.Answer = view.Say("Nobody is asked to take it.")
		return nil
	}
	v.Head.Answer = owing(&o)
	v.Head.Actions = append(v.Head.Actions, view.Action{Label: "People", Href: at + "/people", Icon: "people"})
	t := page.RecordTable{ID: "h-owing", Title: "Who takes it", Count: view.Num(len(o.List)), Columns: []view.Column{{Label: "Due"}, {Label: "Completed"}}}
	for i := range o.List[:min(len(o.List), shownOwing)] {
		w := &o.List[i]
		t.Rows = append(t.Rows, page.RegisterRow{
			ID: w.Name, Title: causeWords(w.Cause), Href: "/people/" + w.Person, Badge: owedBadge(w.Word),
			Cells: []page.RegisterCell{{Text: dayOf(w.DueOn)}, {Text: dayOf(w.DoneOn)}},
		})
	}
	v.Tables = append([]page.RecordTable{t}, v.Tables...)
	return nil
}

func owedBadge(w training.Word) view.Badge {
	switch w {
	case training.Late:
		return view.Badge{State: view.Fail, Label: "Late"}
	case training.Done:
		return view.Badge{State: view.Pass, Label: "Completed"}
	case training.Waiting:
	}
	return view.Badge{State: view.Open, Label: "Asked"}
}

// exportedOwing is how somebody stands to a course, as a file has it.
type exportedOwing struct {
	Course   string `json:"course"`
	Title    string `json:"title"`
	Person   string `json:"person"`
	Name     string `json:"name"`
	Why      string `json:"why"`
	From     string `json:"from"`
	Due      string `json:"due"`
	First    string `json:"first_completed"`
	Last     string `json:"last_completed"`
	Score    string `json:"score"`
	Record   string `json:"completion"`
	Standing string `json:"state"`
}

// trainingPeople is everybody who takes a course.
func (s *Server) trainingPeople(r *request) (answer, error) {
	id := r.PathValue("id")
	d, err := s.Suite.Registers.Get(r.Context(), r.who, training.Noun, id)
	if err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Training.Owed(r.Context(), r.who, d.ID)
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	var rows []*training.Owed
	var out []exportedOwing
	for i := range o.List {
		w := &o.List[i]
		if q.Get("state") != "" && string(w.Word) != q.Get("state") || !matches(q.Get("q"), w.Name, w.Person) {
			continue
		}
		rows = append(rows, w)
		out = append(out, exportedOwing{
			w.Course, w.Title, w.Person, w.Name, string(w.Cause), w.From.String(), dateOr(w.DueOn), dateOr(w.FirstOn), dateOr(w.DoneOn), w.Score, w.Record, string(w.Word),
		})
	}
	if a, ok, err := exported(r, "training-"+strings.ToLower(d.ID), out); ok || err != nil {
		return a, err
	}
	v := page.OwingView{Head: view.Head{ID: d.ID, Title: d.Get("title"), Answer: owing(&o)}, List: s.listOf(r, peopleWords(len(rows))+", who is late at the top")}
	v.Head.Actions = []view.Action{exportMenu(v.List.Query)}
	v.List.Find = view.Find{Label: "Find a person", Value: q.Get("q")}
	chip := view.Chip{Name: "state", Label: "State", Value: q.Get("state")}
	for _, w := range training.Words() {
		chip.Options = append(chip.Options, view.Option{Value: string(w), Label: strings.ToLower(owedBadge(w).Label), Count: view.Num(o.Count(w))})
	}
	v.List.Chips = []view.Chip{chip}
	from, to, pager := r.slice(len(rows))
	v.List.Pager = pager
	for _, w := range rows[from:to] {
		v.Rows = append(v.Rows, owingRow(w, o.Today))
	}
	if len(rows) == 0 {
		v.List.Empty = &view.Empty{Kind: view.NoneMatch, Title: "Nobody fits", Text: view.Say("Change the filters or clear them."), Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}}}
		if len(o.List) == 0 {
			v.List.Empty = &view.Empty{Kind: view.NoneYet, Title: "Nobody is asked", Text: view.Say("The course is not in use, or nobody is in its groups, has its titles or is named in it.")}
		}
	}
	crumbs := []view.Crumb{{Label: "Training", Href: "/training"}, {Label: d.ID, Href: "/training/" + d.ID}, {Label: "People"}}
	return show(page.Owing(s.shell(r, "Who takes "+d.Get("title"), "training", crumbs...), v))
}

func peopleWords(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func causeWords(c training.Cause) string {
	switch c {
	case training.OnJoining:
		return "joined"
	case training.Again:
		return "takes it again"
	case training.First:
	}
	return "worked here"
}

func dateOr(d standing.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func owingRow(w *training.Owed, today standing.Date) page.OwingRow {
	row := page.OwingRow{Name: view.Ref{Label: w.Name, Href: "/people/" + w.Person}, Since: dayOf(w.From), Last: dayOf(w.DoneOn), Badge: owedBadge(w.Word), Due: view.Due{Text: dayOf(w.DueOn)}}
	row.Why = causeWords(w.Cause)
	if w.Word != training.Done {
		row.Due = dueOn(w.DueOn, today)
	}
	if w.Score != "" {
		row.Last += ", " + w.Score + " %"
	}
	if w.Record != "" {
		row.Record = view.Ref{Label: w.Record, Href: "/completions/" + url.PathEscape(w.Record)}
	}
	return row
}
