package governance

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// The names of the registers.
const (
	FindingNoun = "finding"
	MeetingNoun = "meeting"
)

// The states of a finding.
const (
	Found     = "open"
	Corrected = "corrected"
	Closed    = "closed"
)

// The states of a meeting.
const (
	Written  = "written"
	Approved = "approved"
)

// Findings is the register of deficiencies and of what corrects them.
func Findings() register.Declaration {
	return register.Declaration{
		Noun: FindingNoun, Prefix: "FN", Path: "findings", Title: "Findings", One: "finding", Label: "title", Sort: "due_on",
		About: "Every deficiency that somebody found, from any source: who corrects it by when, and the retest that closed it.",
		Read:  access.FindingRead, Edit: access.FindingEdit, Fields: findingFields(), Check: findingCheck, Badge: findingBadge,
		States: []register.State{
			{Name: Found, Label: "Open", Tone: register.Begun},
			{Name: Corrected, Label: "To be retested", Tone: register.Busy},
			{Name: Closed, Label: "Closed", Tone: register.Good, Ended: true, Fixed: true},
		},
		Moves: findingMoves(),
		Dues: []register.Due{
			{Field: "due_on", Label: "Correct", Ahead: 14, Owner: "owner", While: []string{Found}},
			{Field: "retest_on", Label: "Retest", Ahead: 14, Owner: "retester", While: []string{Corrected}, May: access.FindingClose},
		},
		Sample: register.Values{
			"title": {"A restore was not timed"}, "source": {"internal_audit"}, "severity": {"medium"}, "found_on": {"2025-11-02"}, "due_on": {"2026-12-31"},
			"what": {"Two of three restores were written down without how long they took."}, "controls": {"MON-03"},
		},
	}
}

func findingFields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "Finding", Type: register.Text, Required: true, Listed: true},
		{Name: "source", Label: "Source", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options(
			"internal_audit", "internal audit", "examination", "examination by a firm", "penetration_test", "penetration test", "exercise", "exercise", "incident", "incident", "self", "somebody’s own look", "customer", "customer or regulator",
		)},
		{Name: "severity", Label: "Severity", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options("high", "high", "medium", "medium", "low", "low")},
		{Name: "found_on", Label: "Found on", Type: register.Date, Required: true, Listed: true},
		{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true, Help: "Who corrects it."},
		{Name: "due_on", Label: "Correct by", Type: register.Date, Required: true, Listed: true},
		{Name: "what", Label: "What was found", Type: register.Long, Required: true, Help: "Condition, against what was expected."},
		{Name: "cause", Label: "Cause", Type: register.Long},
		{Name: "effect", Label: "What it could lead to", Type: register.Long},
		{Name: "plan", Label: "What corrects it", Type: register.Long},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
		{Name: "risks", Label: "Risks", Type: register.Link, To: "risk", Many: true},
		{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of what shows it, with spaces between."},
		{Name: "retester", Label: "Retests it", Type: register.Person, Help: "Somebody who does not correct it."},
		{Name: "done", Label: "What was done", Type: register.Long, ByMove: true},
		{Name: "corrected_on", Label: "Corrected on", Type: register.Date, ByMove: true, Listed: true},
		{Name: "retest_on", Label: "Retest by", Type: register.Date, ByMove: true},
		{Name: "retest", Label: "How it was retested, and what came out", Type: register.Long, ByMove: true},
		{Name: "closed_on", Label: "Closed on", Type: register.Date, ByMove: true, Listed: true},
	}
}

func findingMoves() []register.Move {
	return []register.Move{
		{
			Name: "correct", Label: "Corrected", From: []string{Found}, To: Corrected, Permission: access.FindingEdit,
			Asks: []register.Ask{{Field: "done", Required: true}, {Field: "retest_on", Required: true}}, Help: "Say what was done. Somebody else retests it then.",
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("corrected_on", w.Today.String()) },
		},
		{
			Name: "close", Label: "Close after the retest", From: []string{Corrected}, To: Closed, Permission: access.FindingClose, Apart: true,
			Asks: []register.Ask{{Field: "retest", Required: true}}, Help: "It was tested again, by somebody who neither wrote it down nor corrected it, and holds.",
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("closed_on", w.Today.String()) },
		},
		{
			Name: "reopen", Label: "The retest failed", From: []string{Corrected}, To: Found, Permission: access.FindingClose, Why: true, Help: "Say what the retest showed.",
			Effect: func(r *register.Record, _ *register.World) {
				r.Values.Set("corrected_on", "")
				r.Values.Set("retest_on", "")
			},
		},
	}
}

func findingCheck(r *register.Record, w *register.World) (bad []fault.Field) {
	if r.Date("found_on") > w.Today {
		bad = append(bad, fault.Field{Name: "found_on", Text: "It lies ahead. Write a finding down once it was found."})
	}
	if r.Date("due_on") < r.Date("found_on") {
		bad = append(bad, fault.Field{Name: "due_on", Text: "It lies before the day on which it was found."})
	}
	if who := r.Get("retester"); who != "" && who == r.Get("owner") {
		bad = append(bad, fault.Field{Name: "retester", Text: "Whoever corrects it does not retest it."})
	}
	return bad
}

func findingBadge(r *register.Record, w *register.World) (register.Tone, string) {
	if r.State == Found && r.Date("due_on") < w.Today {
		return register.Bad, "Late"
	}
	return "", ""
}

// Meetings is the register of oversight meetings.
func Meetings() register.Declaration {
	return register.Declaration{
		Noun: MeetingNoun, Prefix: "MT", Path: "meetings", Title: "Meetings", One: "meeting", Label: "title", Sort: "-held_on",
		About: "Each meeting in which somebody oversees security and control: who was there, what was put before them, what was decided.",
		Read:  access.MeetingRead, Edit: access.MeetingEdit, Check: meetingCheck,
		Fields: []register.Field{
			{Name: "title", Label: "Meeting", Type: register.Text, Required: true, Listed: true},
			{Name: "sort", Label: "Sort", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options(
				"board", "oversight body", "management_review", "management review", "risk", "risk committee", "security", "security committee", "other", "other",
			)},
			{Name: "held_on", Label: "Held on", Type: register.Date, Required: true, Listed: true},
			{Name: "chair", Label: "Chair", Type: register.Person, Listed: true},
			{Name: "attended", Label: "Attended", Type: register.Person, Many: true, Help: "Names or addresses with commas between."},
			{Name: "excused", Label: "Excused", Type: register.Person, Many: true},
			{Name: "guests", Label: "Guests", Type: register.Text, Help: "Who is not in the register of people, such as outside directors."},
			{Name: "minutes", Label: "Minutes", Type: register.Long, Required: true, Help: "What was put before the meeting, and what was said of it."},
			{Name: "decisions", Label: "Decisions", Type: register.Long},
			{Name: "conflicts", Label: "Conflicts of interest", Type: register.Long, Help: "Who declared one, and how it was dealt with; that nobody did, if so."},
			{Name: "findings", Label: "Findings", Type: register.Link, To: FindingNoun, Many: true, Help: "That were looked at."},
			{Name: "risks", Label: "Risks", Type: register.Link, To: "risk", Many: true, Help: "That were looked at."},
			{Name: "incidents", Label: "Incidents", Type: register.Link, To: "incident", Many: true, Help: "That were looked at."},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of what was put before the meeting, with spaces between."},
			{Name: "next_on", Label: "Next meeting", Type: register.Date, Listed: true},
			{Name: "approved_on", Label: "Minutes approved on", Type: register.Date, ByMove: true, Listed: true},
		},
		States: []register.State{
			{Name: Written, Label: "To be approved", Tone: register.Busy},
			{Name: Approved, Label: "Approved", Tone: register.Good, Fixed: true},
		},
		Moves: []register.Move{{
			Name: "approve", Label: "Approve the minutes", From: []string{Written}, To: Approved, Permission: access.MeetingApprove, Decides: true,
			Help:   "Somebody who did not write them says that they are right. They do not change any more.",
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("approved_on", w.Today.String()) },
		}},
		Sample: register.Values{
			"title": {"Third quarter"}, "sort": {"board"}, "held_on": {"2025-10-08"}, "minutes": {"Risks, incidents, and what became of the findings."}, "controls": {"GOV-02"},
		},
	}
}

func meetingCheck(r *register.Record, w *register.World) (bad []fault.Field) {
	if r.Date("held_on") > w.Today {
		bad = append(bad, fault.Field{Name: "held_on", Text: "It lies ahead. Write a meeting down once it was held."})
	}
	if next := r.Date("next_on"); next != 0 && next <= r.Date("held_on") {
		bad = append(bad, fault.Field{Name: "next_on", Text: "It lies before this one."})
	}
	return bad
}
