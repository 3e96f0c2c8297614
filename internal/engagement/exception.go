package engagement

import (
	"encoding/json"
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/sample"
	"assay/internal/standing"
)

// ExceptionNoun is the name of the register of exceptions.
const ExceptionNoun = "exception"

// The states of an exception.
const (
	Raised       = "raised"
	Responded    = "responded"
	Verified     = "verified"
	Reported     = "reported" // as it is: no correction was verified
	ExceptionOff = "withdrawn"
)

// The values of the nature of an exception that point beyond themselves.
const (
	Systematic = "systematic"
	Deliberate = "deliberate"
)

// Exceptions is the register of the deviations that the firm found in its tests.
func Exceptions() register.Declaration {
	return register.Declaration{
		Noun: ExceptionNoun, Prefix: "EX", Path: "exceptions", Title: "Exceptions", One: "exception", Label: "title", Sort: "control",
		Parent: Noun, ParentBy: "engagement",
		About: "What deviated in the firm's tests: how many of how many, why, what followed, what management answers, and whether the correction was verified.",
		Read:  access.ExceptionRead, Edit: access.ExceptionEdit, Fields: exceptionFields(), States: exceptionStates(), Moves: exceptionMoves(),
		Settings: []register.Field{{Name: "answer_days", Label: "Days to respond", Type: register.Number, Min: 1, Max: 365, Default: "10", Help: "Where an exception names no day."}},
		Dues:     []register.Due{{Field: "due_on", Label: "Respond to", Ahead: 14, Owner: "assignee", While: []string{Raised}, May: access.ExceptionRespond}},
		Complete: exceptionComplete, Check: exceptionCheck, Held: exceptionHeld, Derive: exceptionDerive, Badge: exceptionBadge,
		Sample: register.Values{
			"title": {"Leavers disabled late"}, "control": {"IAM-08"}, "selection": {"random"}, "items": {"leavers"}, "tested": {"25"}, "deviated": {"2"}, "population": {"140"}, "tolerable": {"10"},
			"what": {"the account was disabled 6 and 9 days after the last day, against a limit of one business day"}, "nature": {"isolated"}, "harm": {"no"}, "due_on": {"2026-12-14"},
		},
	}
}

func exceptionFields() []register.Field {
	percent := func(name, label, initial, help string, from, to int64) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Number, Min: from, Max: to, Default: initial, Help: help}
	}
	count := func(name, label, help string, required bool) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Number, Min: 1, Max: sample.MostItems, Required: required, Help: help}
	}
	derived := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Type: kind, Help: help, Derived: true}
	}
	return append([]register.Field{
		{Name: "title", Label: "Exception", Type: register.Text, Required: true, Listed: true, Help: "In a few words."},
		{Name: "engagement", Label: "Engagement", Type: register.Link, To: Noun, Required: true, Filter: true},
		{Name: "control", Label: "Control", Type: register.Control, Required: true, Listed: true, Filter: true},
		{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true, Help: "That it bears on."},
		{Name: "sample", Label: "Sample", Type: register.Link, To: SampleNoun, Help: "In which it was found, where it is kept here."},
		{Name: "selection", Label: "How the items were selected", Type: register.Choice, Options: sampleMethods(), Required: true, Filter: true},
		{Name: "items", Label: "Items", Type: register.Text, Required: true, Help: "What was tested, in the plural: leavers, changes, days."},
		count("tested", "Tested", "How many.", true), count("deviated", "Deviated", "How many of them.", true),
		count("population", "Of a population of", "Without end if empty.", false),
		{Name: "what", Label: "In what way, and when", Type: register.Long, Required: true, Help: "Goes on after “For 2 of 25 leavers selected,”: what was seen, on which days, against what was expected."},
		{Name: "nature", Label: "Nature", Type: register.Choice, Filter: true, Options: register.Options("isolated", "isolated", Systematic, "systematic", Deliberate, "deliberate", "one_person", "one person", "one_span", "one span of time")},
		{Name: "cause", Label: "Cause", Type: register.Long},
		{Name: "harm", Label: "Harm was done", Type: register.YesNo, Help: "Left out, it is not known."},
		{Name: "followed", Label: "What followed", Type: register.Long, Help: "A whole sentence, such as that nobody signed in after the last day, and how that was seen."},
		{Name: "effect", Label: "Effect on the criteria", Type: register.Long},
		{Name: "compensating", Label: "Compensating controls", Type: register.Control, Many: true, Help: "That worked and were tested: ids with spaces between."},
		percent("confidence", "Confidence, percent", "90", "Of the upper limit.", 50, 99), percent("tolerable", "Tolerable rate, percent", "", "Deviations that would be too many.", 1, 50),
		{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of what shows it, with spaces between."},
		{Name: "assignee", Label: "Who responds", Type: register.Person, Filter: true},
		{Name: "due_on", Label: "Respond by", Type: register.Date, Listed: true, Help: "By the settings if empty."},
		derived("result", "Result", "As it is worded in a report.", register.Long), derived("rate", "Rate", "Of what was tested.", register.Text),
		derived("upper", "Upper limit of the rate", "One-sided, with the confidence; exact. None of what was selected by judgement.", register.Text),
		derived("points", "What to weigh for the opinion", "What may point to a modified opinion, a sentence a line. The firm concludes; Assay does not.", register.Long),
	}, responseFields()...)
}

// responseFields are what the steps write.
func responseFields() []register.Field {
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	finding, seen := moved("finding", "Finding that corrects it", "In the register of findings: what is done, by whom, by when.", register.Link), moved("verified_by_evidence", "Evidence of the correction", "Ids, with spaces between.", register.Evidence)
	finding.To, seen.Many = "finding", true
	sheet, rows := moved("sheet", "Test sheet", "On which it was found.", register.Link), moved("sheet_items", "Items of the sheet", "Their numbers.", register.Number)
	sheet.To, rows.Many = SheetNoun, true
	return []register.Field{
		sheet, rows, moved("found", "Deviated in the whole test", "Where the test has several exceptions, the limit of the rate follows from all of them.", register.Number),
		moved("response", "Management's response", "Cause and effect as management sees them, and what is done. The opinion does not cover it.", register.Long), finding,
		moved("correct_by", "Corrected by", "The day that management gives.", register.Date), moved("responded_on", "Responded on", "", register.Date),
		moved("verification", "How the correction was verified, and what came out", "", register.Long), seen, moved("closed_on", "Settled on", "", register.Date),
		moved("leaf", "Entry of the log", "That committed to it as it was settled.", register.Text),
	}
}

func exceptionStates() []register.State {
	return []register.State{
		{Name: Raised, Label: "To be responded to", Tone: register.Begun},
		{Name: Responded, Label: "Responded to", Tone: register.Busy},
		{Name: Verified, Label: "Correction verified", Tone: register.Good, Ended: true, Fixed: true},
		{Name: Reported, Label: "Reported as it is", Tone: register.Care, Ended: true, Fixed: true},
		{Name: ExceptionOff, Label: "No deviation", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

func exceptionMoves() []register.Move {
	settled := func(r *register.Record, w *register.World) { r.Values.Set("closed_on", w.Today.String()) }
	return []register.Move{
		{
			Name: "respond", Label: "Respond", From: []string{Raised}, To: Responded, Permission: access.ExceptionRespond, Ready: every(underway, promised),
			Asks:   []register.Ask{{Field: "response", Required: true}, {Field: "finding"}, {Field: "correct_by"}},
			Help:   "Management's own words. A correction is a finding, with somebody who does it and a day.",
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("responded_on", w.Today.String()) },
		},
		{
			Name: "verify", Label: "Correction verified", From: []string{Responded}, To: Verified, Permission: access.ExceptionJudge, Effect: settled, Ready: every(underway, corrected),
			Asks: []register.Ask{{Field: "verification", Required: true}, {Field: "verified_by_evidence"}}, Help: "The deviation is reported all the same.",
		},
		{
			Name: "return", Label: "Return the response", From: []string{Responded}, To: Raised, Permission: access.ExceptionJudge, Why: true, Ready: underway,
			Effect: func(r *register.Record, _ *register.World) { r.Values.Set("responded_on", "") },
		},
		{
			Name: "report", Label: "Report as it is", From: []string{Raised, Responded}, To: Reported, Permission: access.ExceptionJudge, Why: true, Ready: underway, Effect: settled,
			Help: "Nothing was answered in time, or no correction was verified.",
		},
		{
			Name: "withdraw", Label: "It is no deviation", From: []string{Raised, Responded}, To: ExceptionOff, Permission: access.ExceptionJudge, Why: true, Ready: underway, Effect: settled,
			Help: "The wrong item, the wrong attribute, or evidence that was there after all. It stays in the register, with the reason.",
		},
	}
}

// SettleException seals an exception as the firm settles it: what was entered, the
// wording, and what there was to weigh.
func SettleException(books *register.Book) func(*db.Tx, *register.Record, *register.World) error {
	return func(tx *db.Tx, r *register.Record, w *register.World) error {
		exceptionDerive(r, w)
		body, err := json.Marshal(map[string]any{"v": 1, "exception": r.ID, "state": r.State, "fields": r.Values, "derived": r.Derived})
		if err != nil {
			return fmt.Errorf("seal %s: %w", r.ID, err)
		}
		leaf, err := books.Seal(tx, r, ExceptionNoun, 1, body)
		r.Values.Set("leaf", leaf)
		return err
	}
}

// promised sees that a day of correction comes with what is corrected.
func promised(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("correct_by") != "" && r.Get("finding") == "" {
		return []fault.Field{{Name: "finding", Text: "Name the finding that is corrected by then."}}
	}
	return nil
}

func corrected(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("finding") == "" {
		return []fault.Field{{Name: "verification", Text: "The response names no finding, so there is no correction to verify. Return it, or report the exception as it is."}}
	}
	return nil
}

func exceptionComplete(r *register.Record, w *register.World) {
	if r.Date("due_on") == 0 {
		r.Values.Set("due_on", (w.Today + standing.Date(w.Int("answer_days"))).String())
	}
}

func exceptionCheck(r *register.Record, w *register.World) []fault.Field {
	bad := underway(r, w)
	tested, _ := r.Int("tested")
	deviated, _ := r.Int("deviated")
	all, counted := r.Int("population")
	if deviated > tested {
		bad = append(bad, fault.Field{Name: "deviated", Text: "More deviated than were tested."})
	}
	if counted && tested > all {
		bad = append(bad, fault.Field{Name: "population", Text: "More were tested than the population has."})
	}
	if r.Get("selection") == string(sample.Whole) && counted && tested != all {
		bad = append(bad, fault.Field{Name: "tested", Text: "Not the whole population was tested. Say how the items were selected."})
	}
	return bad
}

// exceptionHeld keeps what management responded to as it was.
func exceptionHeld(r *register.Record) (out []string) {
	if r.State == Raised && r.Get("sheet") == "" {
		return []string{"engagement"}
	}
	if r.State == Raised { // the sheet counted them
		return []string{"engagement", "control", "sample", "selection", "items", "tested", "deviated", "population"}
	}
	for _, f := range exceptionFields() {
		if !f.ByMove && !f.Derived {
			out = append(out, f.Name)
		}
	}
	return out
}

func exceptionDerive(r *register.Record, w *register.World) {
	tested, _ := r.Int("tested")
	deviated, _ := r.Int("deviated")
	if tested < 1 || deviated < 1 || deviated > tested {
		return
	}
	r.Derive("result", resultOf(r))
	r.Derive("rate", Percents(sample.Rate((int64(deviated)*int64(sample.All)+int64(tested)/2)/int64(tested))))
	upper, ok := upperOf(r, tested, deviated)
	if ok {
		r.Derive("upper", Percents(upper))
	}
	r.Derive("points", strings.Join(pointsOf(r, upper, ok), "\n"))
}

// resultOf words a deviation: how many of how many, in what way, and what followed.
func resultOf(r *register.Record) string {
	how := " selected, "
	if r.Get("selection") == string(sample.Whole) {
		how = ", which were all, "
	}
	text := fmt.Sprintf("For %s of %s %s%s%s", r.Get("deviated"), r.Get("tested"), r.Get("items"), how, ended(r.Get("what")))
	if more := r.Get("followed"); more != "" {
		text += " " + ended(more)
	}
	return text
}

func ended(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// upperOf is the upper limit of the rate. What was selected by judgement says nothing
// of the rest, and has none.
func upperOf(r *register.Record, tested, deviated int) (sample.Rate, bool) {
	all, _ := r.Int("population")
	switch method := sample.Method(r.Get("selection")); {
	case method == sample.Whole:
		all = tested
	case !method.Projects():
		return 0, false
	}
	confidence, ok := r.Int("confidence")
	if !ok {
		return 0, false
	}
	if found, ok := r.Int("found"); ok {
		deviated = max(deviated, found)
	}
	upper, err := sample.Upper(all, tested, deviated, sample.Rate(confidence)*100)
	return upper, err == nil
}

// Percents writes a rate: "8.00 %".
func Percents(r sample.Rate) string { return fmt.Sprintf("%d.%02d %%", r/100, r%100) }

// pointsOf lists what may point to a modified opinion. What is not known is among it.
func pointsOf(r *register.Record, upper sample.Rate, limited bool) (out []string) {
	add := func(when bool, text string) {
		if when {
			out = append(out, text)
		}
	}
	tolerable, given := r.Int("tolerable")
	add(!given, "No tolerable rate is given.")
	add(given && !limited, "The items were selected by judgement: no upper limit of the rate follows.")
	add(given && limited && upper > sample.Rate(tolerable)*100, fmt.Sprintf("The upper limit of the rate is %s, above the tolerable %d %%.", Percents(upper), tolerable))
	if found, ok := r.Int("found"); ok {
		deviated, _ := r.Int("deviated")
		add(found > deviated, fmt.Sprintf("The same test has %d deviations in all; the others are in further exceptions.", found))
	}
	nature := r.Get("nature")
	add(nature == "", "Its nature is not said.")
	add(nature == Systematic, "It is systematic.")
	add(nature == Deliberate, "It is deliberate: it goes to the appropriate level whatever its size.")
	harm := r.Get("harm")
	add(harm == register.Yes, "Harm was done.")
	add(harm == "", "Whether harm was done is not known.")
	add(len(r.List("compensating")) == 0, "No compensating control is named that worked and was tested.")
	add(len(r.List("criteria")) == 0 || r.Get("effect") == "", "The effect on the criteria is not said.")
	add(r.State != Verified, "No correction is verified.")
	return out
}

func exceptionBadge(r *register.Record, w *register.World) (register.Tone, string) {
	if r.State == Raised && r.Date("due_on") < w.Today {
		return register.Bad, "Late"
	}
	return "", ""
}
