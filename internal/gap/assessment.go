package gap

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Assessments is the register of assessments of readiness. One is taken by a
// look, which fills in what was found; people say what follows from it.
func Assessments() register.Declaration {
	found := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Number, ByMove: true, Listed: true}
	}
	return register.Declaration{
		Noun: AssessmentNoun, Prefix: "RD", Path: "readiness-assessments", Title: "Readiness assessments", One: "assessment", Label: "title", Sort: "-taken_on",
		About: "Each look at every criterion before a period: which are met, in part or not, what is unknown, and the gaps as they were when it was approved.",
		Read:  access.GapRead, Edit: access.GapEdit, Check: assessmentCheck,
		Fields: []register.Field{
			{Name: "title", Label: "Assessment", Type: register.Text, Required: true, Listed: true, Help: "Such as Before the first period."},
			{Name: "participants", Label: "Participants", Type: register.Person, Many: true, Help: "Names or addresses with commas between."},
			{Name: "conclusion", Label: "Conclusion", Type: register.Long},
			{Name: "taken_on", Label: "Taken on", Type: register.Date, ByMove: true, Listed: true},
			found("met", "Met"), found("partly", "In part"), found("not_met", "Not met"), found("unknown", "Unknown"), found("not_relevant", "Not relevant"),
			{Name: "start_on", Label: "A period could begin on", Type: register.Date, ByMove: true, Listed: true},
			{Name: "start_why", Label: "Why then", Type: register.Long, ByMove: true},
			{Name: "ratings", Label: "Ratings", Type: register.Long, ByMove: true, Help: "A line for each criterion: its rating and why."},
			{Name: "approved_on", Label: "Approved on", Type: register.Date, ByMove: true, Listed: true},
		},
		States: []register.State{
			{Name: "draft", Label: "Draft", Tone: register.Begun},
			{Name: "submitted", Label: "Waits for approval", Tone: register.Care},
			{Name: "approved", Label: "Approved", Tone: register.Good, Fixed: true, Ended: true},
		},
		Moves: []register.Move{
			{Name: "submit", Label: "Send for approval", From: []string{"draft"}, To: "submitted", Permission: access.GapEdit, Ready: concluded},
			{
				Name: "approve", Label: "Approve", From: []string{"submitted"}, To: "approved", Permission: access.GapApprove, Decides: true, Freezes: Noun, Ready: concluded,
				Help:   "The gaps are frozen as they are now, and the log commits to them.",
				Effect: func(r *register.Record, w *register.World) { r.Values.Set("approved_on", w.Today.String()) },
			},
			{Name: "return", Label: "Return to its author", From: []string{"submitted"}, To: "draft", Permission: access.GapApprove, Why: true},
		},
		Sample: register.Values{"title": {"Before the first period"}, "conclusion": {"Eleven gaps, all of them planned."}},
	}
}

// concluded is what an assessment needs before it is approved.
func concluded(r *register.Record, _ *register.World) (bad []fault.Field) {
	if r.Get("taken_on") == "" {
		bad = append(bad, fault.Field{Name: "taken_on", Text: "Nobody looked yet. Take it from the page of readiness, or with assay readiness take."})
	}
	if r.Get("conclusion") == "" {
		bad = append(bad, fault.Field{Name: "conclusion", Text: "Say what follows from it."})
	}
	return bad
}

func assessmentCheck(r *register.Record, w *register.World) []fault.Field {
	if r.Get("taken_on") != "" && r.Date("taken_on") > w.Today {
		return []fault.Field{{Name: "taken_on", Text: "It lies ahead."}}
	}
	return nil
}
