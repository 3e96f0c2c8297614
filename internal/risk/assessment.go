package risk

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// AssessmentNoun is the name of the register of assessments.
const AssessmentNoun = "assessment"

// Assessments is the register of assessments.
func Assessments() register.Declaration {
	considered := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.YesNo}
	}
	return register.Declaration{
		Noun: AssessmentNoun, Prefix: "RA", Path: "risk-assessments", Title: "Risk assessments", One: "assessment", Label: "title",
		About: "Each look at all risks together, once a year or after a great change. Signing one freezes the register as it is then.",
		Read:  access.RiskRead, Edit: access.RiskEdit, Sort: "-held_on",
		Fields: []register.Field{
			{Name: "title", Label: "Assessment", Type: register.Text, Required: true, Listed: true, Help: "Such as Annual assessment 2026."},
			{Name: "held_on", Label: "Held on", Type: register.Date, Required: true, Listed: true},
			{Name: "participants", Label: "Participants", Type: register.Person, Many: true, Help: "Names or addresses with commas between."},
			considered("fraud_considered", "Fraud considered"), considered("change_considered", "Change considered"), considered("vendors_considered", "Vendors considered"),
			{Name: "method", Label: "Method", Type: register.Long, Help: "How it was done, and which sources were used."},
			{Name: "conclusion", Label: "Conclusion", Type: register.Long},
			{Name: "next_on", Label: "Next assessment", Type: register.Date, Listed: true, Help: "A year later if empty."},
			{Name: "signed_on", Label: "Signed on", Type: register.Date, ByMove: true, Listed: true},
		},
		States: []register.State{
			{Name: "draft", Label: "Draft", Tone: register.Begun},
			{Name: "submitted", Label: "Waits for approval", Tone: register.Care},
			{Name: "signed", Label: "Signed", Tone: register.Good, Fixed: true, Ended: true},
		},
		Moves: []register.Move{
			{Name: "submit", Label: "Send for signature", From: []string{"draft"}, To: "submitted", Permission: access.RiskEdit, Ready: whole},
			{
				Name: "sign", Label: "Sign", From: []string{"submitted"}, To: "signed", Permission: access.RiskAccept, Decides: true, Freezes: Noun,
				Help: "The register of risks is frozen as it is now, and the log commits to it.", Ready: whole,
				Effect: func(r *register.Record, w *register.World) { r.Values.Set("signed_on", w.Today.String()) },
			},
			{Name: "return", Label: "Return to its author", From: []string{"submitted"}, To: "draft", Permission: access.RiskAccept, Why: true},
		},
		Check: func(r *register.Record, w *register.World) []fault.Field {
			if r.Date("held_on") > w.Today {
				return []fault.Field{{Name: "held_on", Text: "It is written down once it was held."}}
			}
			return nil
		},
		Complete: func(r *register.Record, _ *register.World) {
			if r.Values.Get("next_on") == "" {
				r.Values.Set("next_on", r.Date("held_on").AddMonths(yearly).String())
			}
		},
		Sample: register.Values{"title": {"Annual assessment 2025"}, "held_on": {"2025-10-22"}, "fraud_considered": {"yes"}, "change_considered": {"yes"}, "vendors_considered": {"yes"}, "conclusion": {"Two risks are above appetite."}},
	}
}

// whole is what an assessment needs before it is signed.
func whole(r *register.Record, _ *register.World) (bad []fault.Field) {
	for _, name := range []string{"fraud_considered", "change_considered", "vendors_considered"} {
		if r.Get(name) != register.Yes {
			bad = append(bad, fault.Field{Name: name, Text: "An assessment considers it. Change the record first."})
		}
	}
	if r.Get("conclusion") == "" {
		bad = append(bad, fault.Field{Name: "conclusion", Text: "Say what came out of it. Change the record first."})
	}
	return bad
}
