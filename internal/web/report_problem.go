package web

import (
	"assay/internal/access"
	"assay/internal/incident"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// reportForm asks what looks wrong.
func (s *Server) reportForm(r *request) (answer, error) {
	if err := r.may(access.ProblemReport); err != nil {
		return answer{}, err
	}
	return s.showReport(r, nil)
}

func (s *Server) showReport(r *request, refused error) (answer, error) {
	v := page.MeFormView{
		Title: "Report a problem", Answer: view.Say("Say it now, also if you are not sure. Nobody is blamed for reporting."),
		Form: view.Form{
			Action: "/me/report", Submit: "Report", Cancel: view.Ref{Label: "Cancel", Href: "/me"},
			Fields: []view.Input{
				{Name: "title", Label: "What looks wrong", Required: true, Full: true, Value: r.typed("title", ""), Sample: "I lost my laptop on the train"},
				{Name: "what", Label: "What you saw, when, and what you did since", Type: "textarea", Rows: "6", Full: true, Optional: true, Value: r.typed("what", "")},
				{Name: "urgent", Label: "How urgent it is", Type: "select", Full: true, Value: r.typed("urgent", register.No), Options: []view.Option{{Value: register.No, Label: "Today or tomorrow is soon enough"}, {Value: register.Yes, Label: "Somebody has to look at it now"}}},
			},
		},
	}
	a := answer{}
	if refused != nil {
		a.status = statusOf(fault.Of(refused))
		v.Form.Problems.Title = fault.Text(refused)
		for _, f := range fault.FieldsOf(refused) {
			v.Form.Problems.List = append(v.Form.Problems.List, view.Problem{Field: f.Name, Text: f.Text})
			for i := range v.Form.Fields {
				if v.Form.Fields[i].Name == f.Name {
					v.Form.Fields[i].Error = f.Text
				}
			}
		}
	}
	a.page = page.MeForm(s.shell(r, v.Title, "me"), v)
	return a, nil
}

func (s *Server) reportProblem(r *request) (answer, error) {
	if err := r.may(access.ProblemReport); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	rec, err := s.Suite.Desk.Report(r.Context(), r.who, r.text("title"), r.text("what"), r.text("urgent") == register.Yes)
	if fault.Of(err) == fault.Invalid && err != nil {
		return s.showReport(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "Thank you. It is written down as "+rec.ID+", and somebody looks into it. What comes of it is shown here.", "/me")
}

// reportDone is what came of something that somebody reported.
func reportDone(r *request, rec *register.Record) page.MeItem {
	it := page.MeItem{Badge: view.Badge{State: view.Open}, Title: "You reported: " + rec.Get("title"), Text: view.Say(rec.ID + ", " + r.day(rec.At("reported_at")) + ". Somebody looks into it.")}
	switch rec.State {
	case incident.Answered:
		it.Badge.State, it.Text = view.Pass, view.Say(rec.ID+", answered on "+r.day(rec.At("settled_at"))+": "+rec.Get("answer"))
	case incident.Raised:
		it.Badge.State, it.Text = view.Pass, view.Say(rec.ID+" became an incident on "+r.day(rec.At("settled_at"))+". "+rec.Get("answer"))
	}
	return it
}
