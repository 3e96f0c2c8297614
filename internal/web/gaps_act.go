package web

import (
	"slices"
	"strconv"

	"assay/internal/access"
	"assay/internal/gap"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// takeForm asks what an assessment is called, and what follows from it.
func (s *Server) takeForm(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	return s.showTake(r, nil)
}

func (s *Server) showTake(r *request, refused error) (answer, error) {
	v := page.FormView{
		Head:  view.Head{Title: "Take an assessment", Back: &view.Ref{Label: "Gap analysis", Href: gapAnalysis}, Answer: view.Say("It writes down how each criterion is rated today, and the day on which a period could begin. When somebody else approves it, the gaps are frozen as they are then.")},
		Title: "The assessment",
		Form: view.Form{Action: gapAnalysis + "/take", Submit: "Take it", Cancel: view.Ref{Label: "Cancel", Href: gapAnalysis}, Fields: []view.Input{
			{Name: "title", Label: "What it is called", Required: true, Full: true, Value: r.typed("title", ""), Sample: "Before the first period"},
			{Name: "conclusion", Label: "What follows from it", Type: "textarea", Rows: "5", Full: true, Optional: true, Value: r.typed("conclusion", ""), Hint: "It can be said later, before it is sent for approval."},
		}},
	}
	return s.showForm(r, s.shell(r, v.Head.Title, "gaps", view.Crumb{Label: "Gap analysis", Href: gapAnalysis}), &v, refused)
}

func (s *Server) take(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	rec, err := s.Suite.Readiness.Take(r.Context(), r.who, r.text("title"), r.text("conclusion"))
	if err != nil {
		return s.showTake(r, err)
	}
	return s.done(r, rec.ID+" is taken. Send it for approval once its conclusion is written.", "/readiness-assessments/"+rec.ID)
}

// answerForm asks a question: the one that the address names, else the first that
// counts and has no answer.
func (s *Server) answerForm(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	return s.showAnswer(r, r.URL.Query().Get("id"), nil)
}

func (s *Server) showAnswer(r *request, id string, refused error) (answer, error) {
	p, err := s.Suite.Readiness.Look(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if id == "" && len(p.Asked) == 0 {
		return s.done(r, "No question is open: what counts is answered, or known.", gapAnalysis)
	}
	if id == "" {
		id = p.Asked[0].ID
	}
	d, err := s.Suite.Registers.Get(r.Context(), r.who, gap.QuestionNoun, id)
	if err != nil {
		return answer{}, err
	}
	q := &d.Record
	v := page.FormView{
		Head: view.Head{Title: q.Get("title"), ID: q.ID, Notes: []string{q.Get("section")}, Answer: leftToAnswer(len(p.Asked))},
		Form: view.Form{
			Action: "/readiness-questions/answer", Submit: "Save, and the next", Cancel: view.Ref{Label: "Back", Href: gapAnalysis},
			Hidden: []view.Hidden{{Name: "id", Value: q.ID}, {Name: "version", Value: strconv.Itoa(q.Version)}},
		},
		Sections: []page.FormSection{{
			Lists: []view.Choices{answerChoices(r, q)},
		}, {
			Fields: []view.Input{
				{Name: "note", Label: "What shows it, or what is missing", Type: "textarea", Rows: "4", Full: true, Value: r.typed("note", q.Get("note")), Hint: "Needed unless the answer is yes."},
			},
		}},
		Aside: []page.AsideCard{questionAside(r, q)},
	}
	if slices.ContainsFunc(p.Asked, func(one register.Record) bool { return one.ID != q.ID }) {
		v.Head.Actions = []view.Action{{Label: "Another one first", Href: "/readiness-questions/answer?id=" + nextOf(p.Asked, q.ID)}}
	}
	return s.showForm(r, s.shell(r, "Question "+q.ID, "gaps", view.Crumb{Label: "Gap analysis", Href: gapAnalysis}, view.Crumb{Label: "Questions", Href: "/readiness-questions"}), &v, refused)
}

func leftToAnswer(n int) view.Text {
	if n == 0 {
		return view.Say("No other question is left to answer.")
	}
	return view.Text{view.B(plural(n, "question")), view.T(" to answer.")}
}

// nextOf is the question after one, the first again after the last.
func nextOf(list []register.Record, id string) string {
	i := slices.IndexFunc(list, func(r register.Record) bool { return r.ID == id })
	return list[(i+1)%len(list)].ID
}

func answerChoices(r *request, q *register.Record) view.Choices {
	out := view.Choices{Name: "answer", ID: "answer", Label: "Answer"}
	for _, c := range [][3]string{
		{gap.AnswerYes, "Yes", "It is so, and it can be shown."},
		{gap.AnswerPart, "Partly", "It is so for some of it. Say for what it is not."},
		{gap.AnswerNo, "No", "It is not so, or nobody could show it."},
		{gap.AnswerNone, "Does not apply", "There is nothing here that it is about. Say why."},
	} {
		out.Options = append(out.Options, view.Choice{Value: c[0], Label: c[1], Detail: c[2], Checked: r.typed("answer", q.Get("answer")) == c[0]})
	}
	return out
}

// questionAside is what helps to answer.
func questionAside(r *request, q *register.Record) page.AsideCard {
	card := page.AsideCard{ID: "help-h", Title: "A good answer", Text: view.Say(nonEmpty(q.Get("good"), "Nobody wrote down what a good answer says."))}
	if look := q.Get("look"); look != "" {
		card.Pairs = append(card.Pairs, view.Pair{Term: "Look at", Value: view.Say(look)})
	}
	refs := func(term, path string, ids []string) {
		var t view.Text
		for i, id := range ids {
			if i > 0 {
				t = append(t, view.T(", "))
			}
			t = append(t, view.A(id, r.inPeriod(path+id)))
		}
		if len(t) > 0 {
			card.Pairs = append(card.Pairs, view.Pair{Term: term, Value: t})
		}
	}
	refs("Criteria", "/criteria/", q.List("criteria"))
	refs("Controls", "/controls/", q.List("controls"))
	return card
}

func (s *Server) answerQuestion(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.text("id")
	if r.text("answer") == "" {
		return s.showAnswer(r, id, fault.Fields("Nothing was saved.", fault.Field{Name: "answer", Text: "Choose an answer, or ask another one first."}))
	}
	version, _ := strconv.Atoi(r.text("version"))
	_, err := s.Suite.Registers.Edit(r.Context(), r.who, gap.QuestionNoun, id, register.Input{
		Part: true, Version: version, Fields: map[string][]string{"answer": {r.text("answer")}, "note": {r.text("note")}},
	})
	if err != nil {
		return s.showAnswer(r, id, err)
	}
	return s.done(r, id+" is answered.", "/readiness-questions/answer")
}
