package engagement

import (
	"slices"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

func ask(names ...string) (out []register.Ask) {
	for _, n := range names {
		out = append(out, register.Ask{Field: n, Required: true})
	}
	return out
}

func moves() []register.Move {
	return slices.Concat(beginning(), examining(), reporting(), scoping())
}

// beginning are the steps until work begins.
func beginning() []register.Move {
	return []register.Move{
		{Name: "propose", Label: "Propose to the firm", From: []string{Draft}, To: Proposed, Permission: access.EngagementEdit, Ready: proposable, Help: "The firm accepts or declines it."},
		{Name: "accept", Label: "Accept", From: []string{Proposed}, To: Engaged, Permission: access.EngagementConduct, Asks: ask("independence"), Ready: proposable, Help: "From then on, what is examined changes only by a change of scope."},
		{Name: "decline", Label: "Decline", From: []string{Proposed}, To: Declined, Permission: access.EngagementConduct, Why: true},
		{
			Name: "sign", Label: "The letter is signed", From: []string{Engaged}, To: Planning, Permission: access.EngagementSign, Asks: ask("letter_on", "letter_by"), Ready: dated("letter_on"),
			Help: "The engagement letter names scope, what each side answers for, standards, limits and criteria, and promises a representation letter.",
		},
		{Name: "cancel", Label: "Cancel", From: []string{Draft, Engaged}, To: Cancelled, Permission: access.EngagementEdit, Why: true},
	}
}

// examining are the steps from the plan to the conclusion of the tests.
func examining() []register.Move {
	first := ask("description_on", "assertion_on", "plan")
	back := func(name, label, from, to string) register.Move {
		return register.Move{Name: name, Label: label, From: []string{from}, To: to, Permission: access.EngagementConduct, Why: true}
	}
	return []register.Move{
		{
			Name: "run", Label: "The period runs", From: []string{Planning}, To: PeriodRunning, Permission: access.EngagementConduct, Asks: first, Help: "What is tested before the period ends is interim testing.",
			If: of(Type2), Ready: every(dated("description_on", "assertion_on"), reached("from", "The period has not begun.")),
		},
		{
			Name: "begin", Label: "Begin fieldwork", From: []string{Planning}, To: Fieldwork, Permission: access.EngagementConduct, Asks: first,
			If: of(Type1), Ready: every(dated("description_on", "assertion_on"), reached("as_of", "The day of this Type 1 has not come.")),
		},
		{
			Name: "examine", Label: "Begin fieldwork", From: []string{PeriodRunning}, To: Fieldwork, Permission: access.EngagementSign, Help: "The days of the period are frozen from then on.",
			Ready: passed("to", "The period has not ended. Until then, work is interim testing."),
		},
		{Name: "evaluate", Label: "Evaluate", From: []string{Fieldwork}, To: Evaluation, Permission: access.EngagementConduct},
		{Name: "conclude", Label: "Conclude the tests", From: []string{Evaluation}, To: Reporting, Permission: access.EngagementConduct, Asks: ask("concluded"), Help: "A statement of the firm: Assay works out no conclusion. Every test sheet is reviewed by then, and every exception answered or settled."},
		back("test", "Back to fieldwork", Evaluation, Fieldwork),
	}
}

// reporting are the steps of the report.
func reporting() []register.Move {
	back := func(name, label, to string) register.Move {
		return register.Move{Name: name, Label: label, From: []string{QualityReview}, To: to, Permission: access.EngagementIssue, Why: true, Apart: true}
	}
	return []register.Move{
		{Name: "review", Label: "Send to quality review", From: []string{Reporting}, To: QualityReview, Permission: access.EngagementSign, Asks: ask("final_on", "later_events"), Ready: dated("final_on")},
		{
			Name: "issue", Label: "Issue the report", From: []string{QualityReview}, To: Issued, Permission: access.EngagementIssue, Apart: true, Asks: issuing(), Ready: issuable,
			Help: "For somebody of the firm who took no step of it but sending it back. The report is made once, sealed, and never changes; a file that the firm made elsewhere is named by its hash instead.",
		},
		{
			Name: "reissue", Label: "Issue it again", From: []string{Issued}, Permission: access.EngagementIssue, Why: true, Apart: true, Asks: issuing(), Ready: issuable,
			Help: "A further issue, with the reason. What was issued before stays, with its hash.",
		},
		back("rewrite", "Back to the report", Reporting), back("retest", "Back to fieldwork", Fieldwork),
		{Name: "supersede", Label: "Superseded", From: []string{Issued}, To: Superseded, Permission: access.EngagementIssue, Asks: ask("superseded_by"), Ready: successor},
		{
			Name: "withdraw", Label: "Withdraw", From: []string{Planning, PeriodRunning, Fieldwork, Evaluation, Reporting, QualityReview, Issued}, To: Withdrawn, Permission: access.EngagementConduct, Why: true,
			Help: "When the assertion is refused, independence is gone, or something is found after the report was issued.",
		},
	}
}

// scoping are the steps of a change of scope.
func scoping() []register.Move {
	return []register.Move{
		{
			Name: "rescope", Label: "Ask for a change of scope", From: []string{Planning, PeriodRunning, Fieldwork}, Permission: access.EngagementEdit, Why: true, Help: "Say why. The firm agrees, or it refuses.",
			Asks:  []register.Ask{{Field: "wanted_from"}, {Field: "wanted_to"}, {Field: "wanted_as_of"}, {Field: "wanted_categories"}, {Field: "wanted_service"}},
			Ready: rescopable, Effect: func(r *register.Record, _ *register.World) {
				r.Values.Set("scope_asked_in", r.State)
				r.State = ScopeChange
			},
		},
		{
			Name: "agree", Label: "Agree to the change", From: []string{ScopeChange}, Permission: access.EngagementConduct, Asks: ask("scope_sound"), Effect: rescoped,
			Ready: func(r *register.Record, _ *register.World) []fault.Field {
				if r.Get("scope_sound") != register.Yes {
					return []fault.Field{{Name: "scope_sound", Text: "A change that avoids a modified opinion or hides deviations is refused, not agreed to."}}
				}
				return nil
			},
		},
		{Name: "refuse", Label: "Refuse the change", From: []string{ScopeChange}, Permission: access.EngagementConduct, Why: true, Effect: func(r *register.Record, _ *register.World) { back(r) }},
	}
}

type ready = func(*register.Record, *register.World) []fault.Field

func every(list ...ready) ready {
	return func(r *register.Record, w *register.World) (bad []fault.Field) {
		for _, one := range list {
			bad = append(bad, one(r, w)...)
		}
		return bad
	}
}

// proposable sees that what is to be examined is said.
func proposable(r *register.Record, w *register.World) (bad []fault.Field) {
	needed := []string{"firm", "service", "subservice"}
	if r.Get("type") == Type1 {
		needed = append(needed, "as_of")
	} else {
		needed = append(needed, "from", "to")
	}
	for _, name := range needed {
		if r.Get(name) == "" {
			bad = append(bad, fault.Field{Name: name, Text: "This is needed first. Change the engagement."})
		}
	}
	return append(bad, check(r, w)...)
}

// of is whether an engagement is of a type.
func of(kind string) func(*register.Record) bool {
	return func(r *register.Record) bool { return r.Get("type") == kind }
}

// dated refuses days that are to come.
func dated(names ...string) ready {
	return func(r *register.Record, w *register.World) (bad []fault.Field) {
		for _, name := range names {
			if r.Date(name) > w.Today {
				bad = append(bad, fault.Field{Name: name, Text: "This day is to come."})
			}
		}
		return bad
	}
}

// reached refuses before a day; passed refuses on it, too.
func reached(name, text string) ready { return from(name, 0, text) }
func passed(name, text string) ready  { return from(name, 1, text) }

func from(name string, days standing.Date, text string) ready {
	return func(r *register.Record, w *register.World) []fault.Field {
		if w.Today < r.Date(name)+days {
			return []fault.Field{{Name: name, Text: text}}
		}
		return nil
	}
}

// issuing are what the firm says as it issues its report.
func issuing() []register.Ask {
	return append(ask("report_on", "representation_on", "opinion"), register.Ask{Field: "opinion_text"}, register.Ask{Field: "city"}, register.Ask{Field: "report_sha256"})
}

// issuable sees that the letter has the report's date, and that the report is either
// made here, with the firm's own opinion, or named by its hash.
func issuable(r *register.Record, w *register.World) (bad []fault.Field) {
	bad = dated("report_on")(r, w)
	if r.Date("representation_on") != r.Date("report_on") {
		bad = append(bad, fault.Field{Name: "representation_on", Text: "The representation letter has the date of the report."})
	}
	last := max(r.Date("to"), r.Date("as_of"))
	if r.Date("report_on") <= last {
		bad = append(bad, fault.Field{Name: "report_on", Text: "It is not after what the report is about."})
	}
	switch sum := r.Get("report_sha256"); {
	case sum != "" && !digest(sum):
		bad = append(bad, fault.Field{Name: "report_sha256", Text: "Give the SHA-256 of the file in 64 small hexadecimal digits."})
	case sum != "" && r.Get("opinion_text") != "":
		bad = append(bad, fault.Field{Name: "opinion_text", Text: "The file that is named by its hash has the opinion. Leave one of the two empty."})
	case sum == "" && r.Get("opinion_text") == "":
		bad = append(bad, fault.Field{Name: "opinion_text", Text: "Enter the opinion in the firm's words, or name a file of the firm's by its hash."})
	case sum == "" && r.Get("city") == "":
		bad = append(bad, fault.Field{Name: "city", Text: "Say where the firm signs."})
	}
	return bad
}

func digest(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func successor(r *register.Record, _ *register.World) []fault.Field {
	if r.Get("superseded_by") == r.ID {
		return []fault.Field{{Name: "superseded_by", Text: "It cannot supersede itself."}}
	}
	return nil
}

// wanted are the fields of a change of scope, with what each changes.
func wanted() map[string]string {
	return map[string]string{"wanted_from": "from", "wanted_to": "to", "wanted_as_of": "as_of", "wanted_categories": "categories", "wanted_service": "service"}
}

// changed is the record as the change of scope would leave it.
func changed(r *register.Record) register.Record {
	out := *r
	out.Values = r.Values.Clone()
	for want, field := range wanted() {
		if list := r.List(want); len(list) > 0 {
			out.Values[field] = slices.Clone(list)
		}
	}
	return out
}

// rescopable sees that a change is wanted, that it fits together, and that it does
// not reach days that are frozen.
func rescopable(r *register.Record, w *register.World) (bad []fault.Field) {
	days := []string{"wanted_as_of", "wanted_from", "wanted_to"}
	some := false
	for want, field := range wanted() {
		some = some || len(r.List(want)) > 0 && !slices.Equal(r.List(want), r.List(field))
	}
	if !some {
		return []fault.Field{{Name: "wanted_service", Text: "Nothing would change. Fill in what is to be otherwise."}}
	}
	if r.State == Fieldwork {
		for _, name := range days {
			if r.Get(name) != "" {
				bad = append(bad, fault.Field{Name: name, Text: "The days are frozen since fieldwork began."})
			}
		}
	}
	then := changed(r)
	for _, f := range proposable(&then, w) {
		bad = append(bad, fault.Field{Name: "wanted_" + f.Name, Text: f.Text})
	}
	return bad
}

// rescoped makes the change, and goes back to where it was asked for.
func rescoped(r *register.Record, _ *register.World) {
	*r = changed(r)
	back(r)
}

func back(r *register.Record) {
	r.State = r.Get("scope_asked_in")
	r.Values.Set("scope_asked_in", "")
	for want := range wanted() {
		delete(r.Values, want)
	}
}
