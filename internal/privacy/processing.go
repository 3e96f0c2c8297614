package privacy

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// ProcessingNoun is the name of the record of processing.
const ProcessingNoun = "processing"

// Processing is the record of what is done with personal data, by Article 30 of
// Regulation (EU) 2016/679.
func Processing() register.Declaration {
	edit := access.PrivacyEdit
	return register.Declaration{
		Noun: ProcessingNoun, Prefix: "PA", Path: "processing", Title: "Record of processing", One: "processing activity", Label: "title", Sort: "review_due_on",
		About: "What is done with people's data: for what, on which ground, whose, who gets them, and how long they stay.",
		Read:  access.PrivacyRead, Edit: edit,
		Fields: []register.Field{
			{Name: "title", Label: "Activity", Type: register.Text, Required: true, Listed: true},
			{Name: "purpose", Label: "Purpose", Type: register.Long, Required: true},
			{Name: "role", Label: "Our part", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("controller", "controller", "joint", "joint controller", "processor", "processor")},
			{Name: "basis", Label: "Ground", Type: register.Choice, Listed: true, Filter: true, Help: "Of Article 6. A processor's ground is the instruction.", Options: register.Options("consent", "consent", "contract", "contract", "duty", "legal duty", "vital", "vital interest", "public", "public task", "interest", "legitimate interest", "instruction", "the controller’s instruction")},
			{Name: "people", Label: "Whose", Type: register.Text, Required: true},
			{Name: "data", Label: "Which data", Type: register.Long, Required: true},
			{Name: "special", Label: "Special kinds among them", Type: register.YesNo, Required: true, Filter: true, Default: register.No, Help: "Health, faith, biometrics and the like (Article 9), or convictions."},
			{Name: "vendors", Label: "Vendors that get them", Type: register.Link, To: "vendor", Many: true},
			{Name: "recipients", Label: "Others that get them", Type: register.Text},
			{Name: "stores", Label: "Where they lie", Type: register.Link, To: "data_store", Many: true},
			{Name: "transfer", Label: "Countries, and what covers the transfer", Type: register.Text},
			{Name: "keep", Label: "How long", Type: register.Text, Required: true},
			{Name: "impact", Label: "Impact assessment", Type: register.Choice, Required: true, Filter: true, Default: "not_needed", Options: register.Options("not_needed", "not needed", "needed", "needed", "done", "done")},
			{Name: "assessment", Label: "The assessment", Type: register.Evidence},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "PRV-06"},
			{Name: "reviewed_on", Label: "Reviewed", Type: register.Date, ByMove: true, Listed: true},
			{Name: "ended_on", Label: "Ended on", Type: register.Date, ByMove: true},
			{Name: "review_due_on", Label: "Review due", Type: register.Date, Derived: true, Listed: true},
		},
		States: []register.State{
			{Name: "active", Label: "Going on", Tone: register.Good},
			{Name: "ended", Label: "Ended", Tone: register.Quiet, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{Name: "review", Label: "Reviewed", From: []string{"active"}, Permission: edit, Why: true, Effect: on("reviewed_on"), Help: "Say with whom, and what changed."},
			{Name: "end", Label: "End", From: []string{"active"}, To: "ended", Permission: edit, Why: true, Effect: on("ended_on"), Help: "Say what became of the data."},
			{Name: "resume", Label: "It goes on", From: []string{"ended"}, To: "active", Permission: edit, Why: true, Effect: func(r *register.Record, _ *register.World) { r.Values.Set("ended_on", "") }},
		},
		Dues: []register.Due{{Field: "review_due_on", Label: "Review", Ahead: 30, Owner: "owner"}},
		Check: func(r *register.Record, _ *register.World) (bad []fault.Field) {
			if r.Get("role") != "processor" && r.Get("basis") == "instruction" {
				bad = append(bad, fault.Field{Name: "basis", Text: "Only a processor acts on a controller's instruction."})
			}
			if r.Get("impact") == "done" && r.Get("assessment") == "" {
				bad = append(bad, fault.Field{Name: "assessment", Text: "Name the evidence that holds the assessment."})
			}
			return bad
		},
		Derive: reviewedYearly,
		Sample: register.Values{"title": {"Orders of the shops' customers"}, "purpose": {"Take, deliver and bill orders"}, "role": {"processor"}, "basis": {"instruction"}, "people": {"customers of shops"}, "data": {"Name, address, what was ordered"}, "keep": {"Two years after the order"}},
	}
}

// reviewedYearly derives the day of the next review, a year after the last or after
// the record was written down.
func reviewedYearly(r *register.Record, w *register.World) {
	since := r.Date("reviewed_on")
	if since == 0 {
		since = w.Today
		if !r.CreatedAt.IsZero() {
			since = dayOf(r.CreatedAt, w)
		}
	}
	r.Derive("review_due_on", since.AddMonths(12).String())
}
