package engagement

import (
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// PopulationNoun is the name of the register of populations.
const PopulationNoun = "population"

// The states of a population.
const (
	Wanted     = "requested"
	Captured   = "captured"
	Reconciled = "reconciled"
	Frozen     = "frozen"
	Rejected   = "rejected"
)

// Populations is the register of what the firm selects from in an engagement.
func Populations() register.Declaration {
	return register.Declaration{
		Noun: PopulationNoun, Prefix: "PO", Path: "populations", Title: "Populations", One: "population", Label: "title",
		Parent: Noun, ParentBy: "engagement",
		About: "Everything that a control should have acted on in the period: taken from sealed collections, counted, compared with a second source, and frozen.",
		Read:  access.PopulationRead, Edit: access.PopulationEdit, Fields: populationFields(), States: populationStates(), Moves: populationMoves(),
		Complete: populationComplete, Check: populationCheck, Held: populationHeld, Badge: populationBadge,
		Sample: register.Values{"title": {"People who left in the period"}, "facts": {"program.person"}, "condition": {"has(r.ends_on)"}, "controls": {"IAM-08"}},
	}
}

func populationFields() []register.Field {
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	listed := func(f register.Field) register.Field {
		f.Listed, f.Filter = true, f.Type == register.YesNo
		return f
	}
	return []register.Field{
		{Name: "title", Label: "Population", Type: register.Text, Required: true, Listed: true, Help: "What it is a list of, in a few words."},
		{Name: "engagement", Label: "Engagement", Type: register.Link, To: Noun, Required: true, Filter: true},
		{Name: "facts", Label: "Kind of facts", Type: register.Text, Required: true, Listed: true, Help: "Such as github.change or program.person; date.day, date.week or date.month for the dates of the period."},
		{Name: "condition", Label: "Which of them", Type: register.Text, Help: "In the language of checks, such as has(r.ends_on); every one if empty."},
		{Name: "from", Label: "From", Type: register.Date, Help: "The engagement's if empty."},
		{Name: "to", Label: "To", Type: register.Date, Help: "The last day; the engagement's if empty."},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Help: "Those that are tested with it: ids with spaces between."},
		{Name: "corrects", Label: "Corrects", Type: register.Link, To: PopulationNoun, Help: "The frozen population that this one is the new version of."},
		{Name: "source", Label: "Why this is everything", Type: register.Long, Help: "Why the system that it is taken from is where the thing itself happens."},
		listed(moved("count", "Items", "", register.Number)), listed(moved("complete", "Complete", "", register.YesNo)),
		moved("gaps", "What is missing", "", register.Long), moved("gap_days", "Days missing", "Without a complete collection.", register.Number), moved("days", "Days", "Of the period, as far as it had gone.", register.Number),
		moved("doubtful", "Doubtful", "Items of which the condition cannot say whether they belong.", register.Number),
		moved("captured_at", "Captured at", "", register.Time), moved("root", "Root", "Of the tree of its records.", register.Text), moved("leaf", "Entry of the log", "", register.Text),
		moved("second_source", "Second source", "Where else the number was looked up, independently: a report of the payroll, a count in the console.", register.Text),
		moved("second_count", "Count there", "", register.Number), moved("difference", "Why the counts differ", "Item by item, if they do.", register.Long),
		listed(moved("agrees", "Agrees", "", register.YesNo)),
		moved("reliability", "How it was found reliable", "How the firm looked at source, query, parameters and completeness.", register.Long),
		moved("gap_treatment", "What the firm does about what is missing", "Needed where the population is not complete.", register.Long),
		moved("frozen_on", "Frozen on", "", register.Date),
	}
}

func populationStates() []register.State {
	return []register.State{
		{Name: Wanted, Label: "Asked for", Tone: register.Begun},
		{Name: Captured, Label: "Captured", Tone: register.Busy},
		{Name: Reconciled, Label: "Reconciled", Tone: register.Busy},
		{Name: Frozen, Label: "Frozen", Tone: register.Good, Ended: true, Fixed: true},
		{Name: Rejected, Label: "Rejected", Tone: register.Care},
	}
}

func populationMoves() []register.Move {
	return []register.Move{
		{
			Name: "capture", Label: "Capture", From: []string{Wanted, Rejected}, To: Captured, Permission: access.PopulationEdit, Ready: underway, Effect: forgetful,
			Help: "It is taken from what was collected, counted, and sealed in the log as it is. Nothing is left out by hand.",
		},
		{
			Name: "reconcile", Label: "Compare with a second source", From: []string{Captured, Reconciled}, To: Reconciled, Permission: access.PopulationEdit,
			Asks:  []register.Ask{{Field: "second_source", Required: true}, {Field: "second_count", Required: true}, {Field: "difference"}},
			Ready: every(underway, explained), Effect: compared, Help: "A number from somewhere else. Where it differs, say why, item by item.",
		},
		{
			Name: "freeze", Label: "Freeze", From: []string{Reconciled}, To: Frozen, Permission: access.PopulationFreeze,
			Asks: []register.Ask{{Field: "reliability", Required: true}, {Field: "gap_treatment"}}, Ready: every(underway, treated),
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("frozen_on", w.Today.String()) },
			Help:   "Samples are drawn from it then. It never changes any more: a correction is a new population that names this one.",
		},
		{Name: "reject", Label: "Reject", From: []string{Captured, Reconciled}, To: Rejected, Permission: access.PopulationFreeze, Why: true, Ready: underway, Help: "What it asks for can be changed then, and it is captured again."},
	}
}

// forgetful takes away what was said of an earlier capture.
func forgetful(r *register.Record, _ *register.World) {
	for _, name := range []string{"second_source", "second_count", "difference", "agrees"} {
		r.Values.Set(name, "")
	}
}

func explained(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("second_count") != r.Get("count") && r.Get("difference") == "" {
		return []fault.Field{{Name: "difference", Text: "It has " + r.Get("count") + " items, and the second source " + r.Get("second_count") + ": say why."}}
	}
	return nil
}

func compared(r *register.Record, _ *register.World) {
	r.Values.Set("agrees", register.No)
	if r.Get("second_count") == r.Get("count") {
		r.Values.Set("agrees", register.Yes)
		r.Values.Set("difference", "")
	}
}

func treated(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("complete") != register.Yes && r.Get("gap_treatment") == "" {
		return []fault.Field{{Name: "gap_treatment", Text: "It is not complete. Say what is done about that before anything is drawn from it."}}
	}
	return nil
}

// populationComplete takes the days of the engagement where none are given.
func populationComplete(r *register.Record, w *register.World) {
	if e := w.Owner; e != nil && r.Get("from") == "" && r.Get("to") == "" {
		from, to := e.Get("from"), e.Get("to")
		if e.Get("type") == Type1 {
			from, to = e.Get("as_of"), e.Get("as_of")
		}
		r.Values.Set("from", from)
		r.Values.Set("to", to)
	}
	r.Values.Set("facts", strings.ToLower(r.Get("facts")))
}

func populationCheck(r *register.Record, w *register.World) []fault.Field {
	bad := underway(r, w)
	switch from, to := r.Date("from"), r.Date("to"); {
	case from == 0 || to == 0:
		bad = append(bad, fault.Field{Name: "from", Text: "Give the first and the last day: the engagement has none yet."})
	case to < from:
		bad = append(bad, fault.Field{Name: "to", Text: "The last day is before the first."})
	}
	return bad
}

func populationHeld(r *register.Record) []string {
	if r.State == Wanted || r.State == Rejected {
		return []string{"engagement"}
	}
	return []string{"engagement", "facts", "condition", "from", "to", "corrects"}
}

func populationBadge(r *register.Record, _ *register.World) (register.Tone, string) {
	if r.State != Frozen {
		return "", ""
	}
	if r.Get("complete") != register.Yes {
		return register.Care, "Frozen, not complete"
	}
	if r.Get("count") == "0" {
		return register.Good, "Frozen, proven empty"
	}
	return "", ""
}
