package engagement

import (
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// SheetNoun is the name of the register of test sheets.
const SheetNoun = "sheet"

// The states of a test sheet.
const (
	SheetPlanned  = "planned"
	SheetOpen     = "in_progress"
	SheetPrepared = "prepared"
	SheetReviewed = "reviewed"
	SheetOff      = "withdrawn"
)

// The outcomes of a test. Only the first says that a control operated.
const (
	NoDeviation  = "no_deviation"
	Deviations   = "deviations"
	NoOccurrence = "no_occurrence" // nothing called for the control: neither good nor bad
	NotTested    = "not_tested"
)

// MostAttributes bounds what is looked at in each item.
const MostAttributes = len(letters)

// Procedures are the kinds of procedures, which are fields of a sheet.
func Procedures() []register.Option {
	return register.Options("inquiry", "Inquiry", "observation", "Observation", "inspection", "Inspection", "reperformance", "Re-performance")
}

// Sheets is the register of the firm's tests of controls.
func Sheets() register.Declaration {
	return register.Declaration{
		Noun: SheetNoun, Prefix: "TS", Path: "sheets", Title: "Test sheets", One: "test sheet", Label: "title", Sort: "control",
		Parent: Noun, ParentBy: "engagement",
		About: "What the firm did to test a control, on which items, what each showed, and who prepared and who reviewed it.",
		Read:  access.SheetRead, Edit: access.SheetEdit, Fields: sheetFields(), States: sheetStates(), Moves: sheetMoves(),
		Check: sheetCheck, Held: sheetHeld, Badge: sheetBadge,
		Sample: register.Values{
			"title": {"Leavers lose access in time"}, "control": {"IAM-08"}, "inspection": {"The record of the exit and the account of each leaver."},
			"attributes": {"The exit is recorded", "The account was disabled within one business day"}, "items": {"leavers"},
			"by_hand": {"2026-02-02"}, "by_hand_why": {"One of each site."},
		},
	}
}

func sheetFields() []register.Field {
	procedure := func(name, label, help string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Long, Help: help}
	}
	return append([]register.Field{
		{Name: "title", Label: "Test", Type: register.Text, Required: true, Listed: true, Help: "What is tested, in a few words."},
		{Name: "engagement", Label: "Engagement", Type: register.Link, To: Noun, Required: true, Filter: true},
		{Name: "control", Label: "Control", Type: register.Control, Required: true, Listed: true, Filter: true},
		{Name: "control_version", Label: "Version of the control", Type: register.Number, Min: 1, Max: 10_000, Help: "A control that changed in the period is tested in each of its forms, with a sheet for each. The one in force on the last day if empty."},
		procedure("inquiry", "Inquiry", "Who was asked what. Never enough alone to show that a control operated."),
		procedure("observation", "Observation", "What was watched as it happened. It proves that moment."),
		procedure("inspection", "Inspection", "Which records, settings and documents were examined."),
		procedure("reperformance", "Re-performance", "What was carried out again, by a person or by a check of Assay."),
		{Name: "attributes", Label: "Attributes", Type: register.Text, Many: true, Required: true, Help: "What is looked at in each item, with semicolons between; they become A, B, C in this order."},
		{Name: "machine", Label: "Attributes that a check fills in", Type: register.Text, Many: true, Help: "A letter and the id of a check, with semicolons between, such as B = any.change.reviewed. The check's sealed verdicts on the very items are taken, and marked as such."},
		{Name: "items", Label: "Items", Type: register.Text, Required: true, Help: "What is tested, in the plural: leavers, changes, days."},
		{Name: "sample", Label: "Sample", Type: register.Link, To: SampleNoun, Help: "Whose items are tested. This, a whole population, or items named by hand."},
		{Name: "population", Label: "Whole population", Type: register.Link, To: PopulationNoun, Help: "Every item of it is tested: where a check covers all, or where they are few. Of one that is proven empty, nothing occurred."},
		{Name: "by_hand", Label: "Items named by hand", Type: register.Text, Many: true, Help: "Dates, settings or a walk-through, with semicolons between. Nothing follows from them for others."},
		{Name: "by_hand_why", Label: "Why these", Type: register.Long},
		{Name: "confidence", Label: "Confidence, percent", Type: register.Number, Min: 50, Max: 99, Default: "90", Help: "Of the upper limit of the rate."},
		{Name: "tolerable", Label: "Tolerable rate, percent", Type: register.Number, Min: 1, Max: 50, Help: "Deviations that would be too many."},
		{Name: "compensating", Label: "Compensating controls", Type: register.Control, Many: true, Help: "That would still give assurance, and are tested with sheets of their own: ids with spaces between."},
		{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of what the procedures rest on as a whole, with spaces between. Each item can name its own."},
	}, performedFields()...)
}

// performedFields are what the steps and the use cases of sheets write.
func performedFields() []register.Field {
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	listed := func(f register.Field) register.Field {
		f.Listed, f.Filter = true, f.Type == register.Choice
		return f
	}
	outcome := moved("outcome", "Outcome", "", register.Choice)
	outcome.Options = register.Options(NoDeviation, "no deviations noted", Deviations, "deviations noted", NoOccurrence, "nothing occurred", NotTested, "not tested")
	selection := moved("selection", "How the items were selected", "", register.Choice)
	selection.Options = sampleMethods()
	return []register.Field{
		moved("wording", "Wording that was tested", "Of the control, as it was in force.", register.Long), moved("wording_leaf", "Entry of the wording", "", register.Text),
		moved("begun_at", "Begun", "", register.Time), selection, moved("population_count", "Of a population of", "", register.Number),
		moved("from", "First day", "Of what is tested.", register.Date), moved("to", "Last day", "", register.Date),
		listed(moved("rows", "Items to test", "", register.Number)), listed(moved("left", "Marks to make", "", register.Number)),
		moved("tested", "Tested", "Items to which an attribute applies.", register.Number), listed(moved("deviated", "Deviated", "Items of which an attribute deviates.", register.Number)),
		moved("by_machine", "Marks of a check", "", register.Number),
		moved("rate", "Rate", "Of what was tested.", register.Text), moved("upper", "Upper limit of the rate", "One-sided, with the confidence; exact. None of what was selected by judgement.", register.Text),
		moved("untested", "Why it is not tested", "", register.Long), moved("conclusion", "What the firm concludes", "In its own words; optional. The organization can read it.", register.Long),
		listed(outcome), moved("result", "Result", "As it is worded in the report.", register.Long),
		moved("prepared_by", "Prepared by", "", register.Text), moved("prepared_on", "Prepared on", "", register.Date), moved("prepared_leaf", "Entry of the preparation", "", register.Text),
		moved("reviewed_by", "Reviewed by", "", register.Text), moved("reviewed_on", "Reviewed on", "", register.Date), moved("leaf", "Entry of the review", "That committed to the sheet as it was signed.", register.Text),
	}
}

func sheetStates() []register.State {
	return []register.State{
		{Name: SheetPlanned, Label: "Planned", Tone: register.Begun},
		{Name: SheetOpen, Label: "In progress", Tone: register.Busy},
		{Name: SheetPrepared, Label: "Prepared", Tone: register.Busy, Fixed: true},
		{Name: SheetReviewed, Label: "Reviewed", Tone: register.Good, Ended: true, Fixed: true},
		{Name: SheetOff, Label: "Withdrawn", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

func sheetMoves() []register.Move {
	checked := func(r *register.Record) bool { return len(r.List("machine")) > 0 }
	sampled := func(r *register.Record) bool { return r.Get("sample") != "" }
	return []register.Move{
		{
			Name: "begin", Label: "Begin", From: []string{SheetPlanned}, To: SheetOpen, Permission: access.SheetPerform, Ready: underway,
			Help: "Takes the items, and the wording of the control that is tested.",
		},
		{
			Name: "reperform", Label: "Re-perform by check", From: []string{SheetOpen}, Permission: access.SheetPerform, Ready: underway, If: checked,
			Help: "Fills in what the checks' sealed verdicts say of the items. What somebody marked stays; what a check cannot tell stays open.",
		},
		{
			Name: "prepare", Label: "Sign as prepared", From: []string{SheetOpen}, To: SheetPrepared, Permission: access.SheetPerform, Ready: every(underway, marked),
			Asks: []register.Ask{{Field: "conclusion"}}, Help: "Every mark is made. The sheet is sealed in the log, and waits for somebody else's review.",
		},
		{
			Name: "review", Label: "Sign as reviewed", From: []string{SheetPrepared}, To: SheetReviewed, Permission: access.SheetReview, Apart: true, Ready: underway,
			Help: "By somebody who did nothing else on the sheet. Each deviation has to be in an exception by then.",
		},
		{
			Name: "return", Label: "Return", From: []string{SheetPrepared}, To: SheetOpen, Permission: access.SheetReview, Why: true, Ready: underway, Effect: unsigned,
			Help: "To whoever prepares it.",
		},
		{
			Name: "refresh", Label: "Take in what was added", From: []string{SheetOpen}, Permission: access.SheetPerform, Ready: underway, If: sampled,
			Help: "After its sample was extended or an item of it was replaced.",
		},
		{
			Name: "skip", Label: "Leave untested", From: []string{SheetPlanned, SheetOpen}, To: SheetPrepared, Permission: access.SheetPerform, Ready: underway,
			Asks: []register.Ask{{Field: "untested", Required: true}}, Help: "The report says that the control was not tested, and why.",
		},
		{
			Name: "reopen", Label: "Reopen", From: []string{SheetReviewed}, To: SheetOpen, Permission: access.SheetReview, Why: true, Ready: underway, Effect: unsigned,
			Help: "What was signed stays in the log, and in the history of the sheet.",
		},
		{
			Name: "withdraw", Label: "Withdraw", From: []string{SheetPlanned, SheetOpen, SheetPrepared}, To: SheetOff, Permission: access.SheetPerform, Why: true, Ready: underway,
			Help: "It stays in the register, with the reason, and is no part of the report.",
		},
	}
}

func marked(r *register.Record, _ *register.World) []fault.Field {
	if left, ok := r.Int("left"); !ok || left > 0 {
		return []fault.Field{{Name: "left", Text: "Not every mark is made yet: " + r.Get("left") + " are left."}}
	}
	return nil
}

// unsigned takes back what a signature said.
func unsigned(r *register.Record, _ *register.World) {
	for _, name := range []string{"outcome", "result", "rate", "upper", "untested", "conclusion", "prepared_by", "prepared_on", "prepared_leaf", "reviewed_by", "reviewed_on", "leaf"} {
		r.Values.Set(name, "")
	}
	if r.Get("begun_at") == "" {
		r.State = SheetPlanned
	}
}

func sheetCheck(r *register.Record, w *register.World) []fault.Field {
	bad := underway(r, w)
	say := func(name, text string) { bad = append(bad, fault.Field{Name: name, Text: text}) }
	var kinds []string
	for _, p := range Procedures() {
		if r.Get(p.Value) != "" {
			kinds = append(kinds, p.Value)
		}
	}
	switch {
	case len(kinds) == 0:
		say("inspection", "Say what is done: inquiry, observation, inspection or re-performance.")
	case len(kinds) == 1 && kinds[0] == "inquiry" && w.Owner != nil && w.Owner.Get("type") == Type2:
		say("inquiry", "Inquiry alone does not show that a control operated. Name another procedure as well.")
	}
	if n := len(r.List("attributes")); n > MostAttributes {
		say("attributes", fmt.Sprintf("At most %d attributes.", MostAttributes))
	}
	if _, text := MachineOf(r); text != "" {
		say("machine", text)
	}
	from := 0
	for _, name := range []string{"sample", "population", "by_hand"} {
		if len(r.List(name)) > 0 {
			from++
		}
	}
	switch {
	case from != 1:
		say("sample", "Name a sample, or a whole population, or items by hand: one of the three.")
	case len(r.List("by_hand")) > 0 && r.Get("by_hand_why") == "":
		say("by_hand_why", "Say why these items were chosen.")
	}
	return bad
}

const letters = "ABCDEFGHIJKL"

// Letter names an attribute by its place, from 0 and below MostAttributes.
func Letter(i int) string { return letters[i : i+1] }

// MachineOf is which check fills in which attribute, by letter; and what is wrong with
// how that was written, in a sentence.
func MachineOf(r *register.Record) (checks map[string]string, wrong string) {
	checks = map[string]string{}
	n := len(r.List("attributes"))
	for _, text := range r.List("machine") {
		letter, check, ok := strings.Cut(text, "=")
		letter, check = strings.ToUpper(strings.TrimSpace(letter)), strings.TrimSpace(check)
		if !ok || len(letter) != 1 || check == "" {
			return nil, "Write a letter, an equals sign and the id of a check, such as B = any.change.reviewed."
		}
		if at := int(letter[0]) - 'A'; at < 0 || at >= n {
			return nil, "There is no attribute " + letter + "."
		}
		if checks[letter] != "" {
			return nil, "Attribute " + letter + " has two checks: make it two attributes."
		}
		checks[letter] = check
	}
	return checks, ""
}

// sheetHeld keeps what a sheet began with as it was.
func sheetHeld(r *register.Record) []string {
	if r.State == SheetPlanned {
		return []string{"engagement"}
	}
	return []string{"engagement", "control", "control_version", "attributes", "machine", "items", "sample", "population", "by_hand", "by_hand_why"}
}

func sheetBadge(r *register.Record, _ *register.World) (register.Tone, string) {
	switch {
	case r.State != SheetPrepared && r.State != SheetReviewed:
		return "", ""
	case r.Get("outcome") == Deviations:
		return register.Bad, "Deviations, " + r.State
	case r.Get("outcome") == NoOccurrence:
		return register.Quiet, "Nothing occurred, " + r.State
	case r.Get("outcome") == NotTested:
		return register.Care, "Not tested, " + r.State
	}
	return "", ""
}

// Occurred is what a report says where nothing called for a control.
func Occurred(r *register.Record) string {
	text := "No circumstance calling for this control arose in the period, so its operation could not be tested."
	if r.Get("inspection") != "" {
		text += " The procedure was inspected."
	}
	return text
}
