package gap

import (
	"assay/catalog"
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// library is the questionnaire that offers questions to begin with.
const library catalog.QuestionnaireID = "readiness"

// The answers to a question.
const (
	AnswerYes  = "yes"
	AnswerPart = "partly"
	AnswerNo   = "no"
	AnswerNone = "not_relevant" // it does not apply here, with the reason
)

// Questions is the register of questions that the organization asks itself.
func Questions() register.Declaration {
	return register.Declaration{
		Noun: QuestionNoun, Prefix: "Q", Path: "readiness-questions", Title: "Readiness questions", One: "question", Label: "title", Sort: "section",
		About: "What nobody can find out by collecting: asked once, answered with what shows it, and asked again before the next period.",
		Read:  access.GapRead, Edit: access.GapEdit, Apart: []string{"title"}, Check: questionCheck, Badge: questionBadge, Starters: starters,
		Fields: []register.Field{
			{Name: "title", Label: "Question", Type: register.Text, Required: true, Listed: true},
			{Name: "section", Label: "About", Type: register.Text, Required: true, Listed: true, Filter: true},
			{Name: "answer", Label: "Answer", Type: register.Choice, Listed: true, Filter: true, Options: register.Options(
				AnswerYes, "yes", AnswerPart, "partly", AnswerNo, "no", AnswerNone, "does not apply",
			), Help: "Leave it empty until you know."},
			{Name: "note", Label: "What shows it, or what is missing", Type: register.Long},
			{Name: "answered_by", Label: "Answered by", Type: register.Person, Help: "Who knows it, where that is somebody else."},
			{Name: "good", Label: "What a good answer says", Type: register.Long},
			{Name: "look", Label: "What to look at", Type: register.Text},
			{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true, Required: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Help: "Where all of these are seen to operate, nobody is asked."},
			{Name: "library_id", Label: "In the library", Type: register.Text, Help: "Such as R-01; empty for a question of your own."},
		},
		States: []register.State{{Name: "asked", Label: "Asked", Tone: register.Begun}},
		Sample: register.Values{"title": {"Are keys in few hands?"}, "section": {"Data"}, "criteria": {"CC6.1"}, "answer": {AnswerYes}, "note": {"Two people, named in the key register."}},
	}
}

func questionCheck(r *register.Record, _ *register.World) []fault.Field {
	if a := r.Get("answer"); a != "" && a != AnswerYes && r.Get("note") == "" {
		return []fault.Field{{Name: "note", Text: "Say what is missing, or why it does not apply."}}
	}
	return nil
}

func questionBadge(r *register.Record, _ *register.World) (register.Tone, string) {
	switch r.Get("answer") {
	case AnswerYes:
		return register.Good, "Yes"
	case AnswerPart:
		return register.Care, "Partly"
	case AnswerNo:
		return register.Bad, "No"
	case AnswerNone:
		return register.Quiet, "Does not apply"
	}
	return "", ""
}

// starters are the questions of the catalog, without an answer.
func starters(o *register.Offer) (out []register.Starter) {
	q, ok := o.Library.Questionnaire(library)
	if !ok {
		return nil
	}
	for i := range q.Questions {
		s := &q.Questions[i]
		v := register.Values{"title": {s.Ask}, "section": {s.Section}, "good": {s.Good}, "library_id": {s.ID}}
		for _, e := range s.Evidence {
			v["look"] = []string{joined(v.Get("look"), e)}
		}
		for _, c := range s.Criteria {
			v["criteria"] = append(v["criteria"], string(c))
		}
		for _, c := range s.Controls {
			v["controls"] = append(v["controls"], string(c))
		}
		out = append(out, register.Starter{ID: s.ID, Title: s.Ask, Detail: s.Good, Group: s.Section, Values: v})
	}
	return out
}

func joined(before, more string) string {
	if before == "" {
		return more
	}
	return before + ", " + more
}
