package engagement

import (
	"slices"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Noun is the name of the register.
const Noun = "engagement"

// The types of engagement.
const (
	Type1 = "type1" // design, on one day
	Type2 = "type2" // design and operation, over a period
)

// The states of an engagement.
const (
	Draft         = "draft"
	Proposed      = "proposed"
	Declined      = "declined"
	Cancelled     = "cancelled"
	Engaged       = "engaged"
	Planning      = "planning"
	PeriodRunning = "period_running"
	Fieldwork     = "fieldwork"
	Evaluation    = "evaluation"
	Reporting     = "reporting"
	QualityReview = "quality_review"
	Issued        = "issued"
	Superseded    = "superseded"
	Withdrawn     = "withdrawn"
	ScopeChange   = "scope_change"
)

// Declaration is the register of engagements.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "EN", Path: "engagements", Title: "Engagements", One: "engagement", Label: "title", Sort: "-to", Facts: 2,
		About: "The examinations by a firm of service auditors: what each is about, where it stands, and who took which step.",
		Read:  access.EngagementRead, Edit: access.EngagementEdit,
		Fields: fields(), States: states(), Moves: moves(), Check: check, Held: held,
		Sample: register.Values{"title": {"FY26 SOC 2 Type 2"}, "type": {Type2}, "categories": {"security"}, "firm": {"Calder & Finch LLP"}, "from": {"2025-12-01"}, "to": {"2026-11-30"}},
	}
}

func categories() []register.Option {
	return register.Options("security", "security", "availability", "availability", "confidentiality", "confidentiality", "processing_integrity", "processing integrity", "privacy", "privacy")
}

func fields() []register.Field {
	day := func(name, label string) register.Field {
		return register.Field{Name: name, Label: label, Type: register.Date}
	}
	listed := func(name, label, help string) register.Field {
		f := day(name, label)
		f.Listed, f.Help = true, help
		return f
	}
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	opinion := moved("opinion", "Opinion", "As the firm gave it. Assay concludes none.", register.Choice)
	opinion.Options, opinion.Listed = register.Options("unqualified", "unqualified", "qualified", "qualified", "adverse", "adverse", "disclaimer", "disclaimer"), true
	wanted := moved("wanted_categories", "Categories, as wanted", "All of them; empty if they stay.", register.Choice)
	wanted.Options, wanted.Many = categories(), true
	earlier := moved("scope_asked_in", "Asked for in", "", register.Choice)
	earlier.Options = register.Options(Planning, "planning", PeriodRunning, "period running", Fieldwork, "fieldwork")
	next := moved("superseded_by", "Superseded by", "", register.Link)
	next.To = Noun
	previous, corrections := moved("previous", "Follows", "The engagement that it was carried forward from.", register.Link), moved("open_corrections", "Corrections still open", "Of the exceptions before.", register.Link)
	previous.To, corrections.To, corrections.Many = Noun, "finding", true
	files, hashes := moved("report_files", "The report as issued", "Evidence, each file in one format.", register.Evidence), moved("report_hashes", "SHA-256 of its files", "", register.Text)
	files.Many, hashes.Many = true, true
	return []register.Field{
		{Name: "title", Label: "Engagement", Type: register.Text, Required: true, Listed: true},
		{Name: "type", Label: "Type", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options(Type1, "SOC 2 Type 1", Type2, "SOC 2 Type 2")},
		{Name: "categories", Label: "Categories", Type: register.Choice, Many: true, Required: true, Options: categories(), Help: "Security is in every engagement. Names with semicolons between them."},
		{Name: "firm", Label: "Firm", Type: register.Text, Listed: true},
		{Name: "partner", Label: "Engagement partner", Type: register.Text},
		{Name: "licence", Label: "Licence of the firm", Type: register.Text, Help: "Who licensed it to issue such reports, and under which number, as it was looked up."},
		{Name: "peer_review", Label: "Peer review", Type: register.Choice, Options: register.Options("pass", "pass", "deficiencies", "pass with deficiencies", "fail", "fail", "none", "there was none"), Help: "What the firm's last peer review came to."},
		day("peer_review_on", "Peer review of"),
		{Name: "service", Label: "Service examined", Type: register.Text, Help: "The service or system by its name, as the report will call it."},
		{Name: "subservice", Label: "Subservice organizations", Type: register.Choice, Options: register.Options("none", "there are none", "carve_out", "carved out", "inclusive", "inclusive", "both", "some carved out, some inclusive")},
		listed("as_of", "As of", "The day of a Type 1."),
		listed("from", "From", "The first day of a Type 2."), listed("to", "To", "Its last day."),
		{Name: "contact", Label: "Who answers for it here", Type: register.Person, Filter: true},
		previous, corrections, moved("rolled_why", "Why before the one before ended", "", register.Long),
		{Name: "notes", Label: "Notes", Type: register.Long, Help: "The firm reads them too."},
		moved("independence", "Independence and competence", "How the firm looked at both, and what it found. Whoever designed controls does not examine them.", register.Long),
		moved("letter_on", "Engagement letter signed on", "", register.Date),
		moved("letter_by", "Engagement letter signed by", "One name for each side.", register.Text),
		moved("description_on", "Draft description received on", "", register.Date), moved("assertion_on", "Draft assertion received on", "", register.Date),
		moved("plan", "Plan", "That risks were assessed, materiality set and tests planned: where it is written, not what it says.", register.Long),
		moved("concluded", "Conclusion of the tests", "That every test is concluded and reviewed, every deviation evaluated and every response received.", register.Long),
		moved("final_on", "Final description and assertion received on", "", register.Date),
		moved("later_events", "Later events", "What was asked about events after the period, and what was answered.", register.Long),
		moved("representation_on", "Representation letter dated", "The date of the report.", register.Date),
		moved("report_on", "Report dated", "", register.Date), opinion,
		moved("opinion_text", "Opinion, in the firm's words", "The paragraph that section I gives. Empty where the firm issues a file of its own.", register.Long),
		moved("city", "City", "Where the firm signs.", register.Text),
		moved("report_sha256", "SHA-256 of the report", "Of a file that the firm made elsewhere: 64 characters. Left empty, the report is made here and frozen.", register.Text),
		moved("report_version", "Issue", "Counted from 1.", register.Number), files, hashes, next,
		earlier, moved("wanted_from", "From, as wanted", "Empty if it stays.", register.Date), moved("wanted_to", "To, as wanted", "Empty if it stays.", register.Date),
		moved("wanted_as_of", "As of, as wanted", "Empty if it stays.", register.Date), wanted,
		moved("wanted_service", "Service, as wanted", "Empty if it stays.", register.Text),
		moved("scope_sound", "It neither avoids a modified opinion nor hides deviations", "", register.YesNo),
	}
}

func states() []register.State {
	return []register.State{
		{Name: Draft, Label: "Draft", Tone: register.Begun},
		{Name: Proposed, Label: "Proposed", Tone: register.Begun},
		{Name: Engaged, Label: "Engaged", Tone: register.Busy},
		{Name: Planning, Label: "Planning", Tone: register.Busy},
		{Name: PeriodRunning, Label: "Period running", Tone: register.Busy},
		{Name: Fieldwork, Label: "Fieldwork", Tone: register.Busy},
		{Name: Evaluation, Label: "Evaluation", Tone: register.Busy},
		{Name: Reporting, Label: "Reporting", Tone: register.Busy},
		{Name: QualityReview, Label: "Quality review", Tone: register.Busy},
		{Name: ScopeChange, Label: "Change of scope asked for", Tone: register.Care},
		{Name: Issued, Label: "Issued", Tone: register.Good, Ended: true, Fixed: true},
		{Name: Superseded, Label: "Superseded", Tone: register.Quiet, Ended: true, Fixed: true},
		{Name: Withdrawn, Label: "Withdrawn", Tone: register.Bad, Ended: true, Fixed: true},
		{Name: Declined, Label: "Declined", Tone: register.Quiet, Ended: true, Fixed: true},
		{Name: Cancelled, Label: "Cancelled", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

// held are the fields that are not changed any more by editing.
func held(r *register.Record) []string {
	if r.State == Draft || r.State == Proposed {
		return nil
	}
	return []string{"type", "categories", "firm", "service", "subservice", "as_of", "from", "to"}
}

// check sees that what is examined fits together.
func check(r *register.Record, _ *register.World) (bad []fault.Field) {
	say := func(name, text string) { bad = append(bad, fault.Field{Name: name, Text: text}) }
	if !slices.Contains(r.List("categories"), "security") {
		say("categories", "Security is in every engagement.")
	}
	switch r.Get("type") {
	case Type1:
		if r.Date("from") != 0 || r.Date("to") != 0 {
			say("from", "A Type 1 is about one day. Leave the period empty.")
		}
	case Type2:
		if r.Date("as_of") != 0 {
			say("as_of", "A Type 2 is about a period. Leave this empty.")
		}
		if from, to := r.Date("from"), r.Date("to"); from != 0 && to != 0 && to <= from {
			say("to", "The last day is not after the first.")
		}
	}
	return bad
}
