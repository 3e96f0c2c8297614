package gap

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// The names of the registers.
const (
	Noun           = "gap"
	QuestionNoun   = "question"
	AssessmentNoun = "readiness"
)

// The states of a gap.
const (
	Open     = "open"
	Closed   = "closed"
	Accepted = "accepted"
)

// The causes of a gap.
const (
	NoControl = "no_control" // no control serves a criterion
	NoOwner   = "no_owner"   // nobody answers for a control
	Unwatched = "unwatched"  // nothing was said that would show that a control operates
	Failing   = "failing"    // what was collected shows that it does not
	Unseen    = "unseen"     // nothing shows that it does
	Answered  = "answered"   // somebody answered a question with no, or in part
	ByHand    = "by_hand"    // a person wrote it down
)

// The weights of a gap.
const (
	High   = "high"   // a criterion would not be met
	Medium = "medium" // a criterion would be met in part
	Low    = "low"    // nobody can say yet
)

// The efforts. They are guesses until somebody says better.
const (
	Hours = "hours"
	Days  = "days"
	Weeks = "weeks"
)

// Declaration is the register of gaps.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "GAP", Path: "gaps", Title: "Gaps", One: "gap", Label: "title", Sort: "due_on",
		About: "What is missing before a report could say that each criterion is met: how much work it is, who does it, and by when.",
		Read:  access.GapRead, Edit: access.GapEdit, Fields: gapFields(), Check: gapCheck, Complete: gapComplete, Badge: gapBadge,
		States: []register.State{
			{Name: Open, Label: "Open", Tone: register.Begun},
			{Name: Closed, Label: "Closed", Tone: register.Good, Ended: true, Fixed: true},
			{Name: Accepted, Label: "Accepted", Tone: register.Care, Ended: true, Fixed: true},
		},
		Moves: []register.Move{
			{
				Name: "close", Label: "Close", From: []string{Open}, To: Closed, Permission: access.GapEdit, Asks: []register.Ask{{Field: "done", Required: true}, {Field: "evidence"}},
				Help:   "Say what was done. The next look says whether it holds.",
				Effect: func(r *register.Record, w *register.World) { r.Values.Set("closed_on", w.Today.String()) },
			},
			{
				Name: "accept", Label: "Accept", From: []string{Open}, To: Accepted, Permission: access.GapApprove, Decides: true, Why: true,
				Help: "It stays as it is, and the period begins with it. Say why that can be borne.",
			},
		},
		Dues: []register.Due{{Field: "due_on", Label: "Close", Ahead: 14, Owner: "owner", While: []string{Open}}},
		Sample: register.Values{
			"title": {"Nobody answers for backups"}, "weight": {Medium}, "effort": {Hours}, "due_on": {"2025-12-01"},
			"what": {"AVL-04 has no owner."}, "criteria": {"A1.2"}, "controls": {"AVL-04"},
		},
	}
}

func gapFields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "Gap", Type: register.Text, Required: true, Listed: true},
		{Name: "weight", Label: "Weight", Type: register.Choice, Required: true, Listed: true, Filter: true, Options: register.Options(
			High, "high", Medium, "medium", Low, "low",
		), Help: "High: a criterion would not be met. Medium: in part. Low: nobody can say yet."},
		{Name: "effort", Label: "Effort", Type: register.Choice, Required: true, Listed: true, Filter: true, Default: Days, Options: register.Options(
			Hours, "hours", Days, "days", Weeks, "weeks",
		), Help: "Where it was found by looking, a guess by its cause: say better."},
		{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true, Help: "Who closes it."},
		{Name: "due_on", Label: "Close by", Type: register.Date, Listed: true, Help: "Without a day, nobody can say when a period could begin."},
		{Name: "what", Label: "What is missing", Type: register.Long, Required: true},
		{Name: "plan", Label: "What closes it", Type: register.Long},
		{Name: "criteria", Label: "Criteria", Type: register.Criterion, Many: true},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true},
		{Name: "cause", Label: "How it was found", Type: register.Choice, ByMove: true, Listed: true, Filter: true, Options: register.Options(
			NoControl, "no control", NoOwner, "no owner", Unwatched, "nothing watches it", Failing, "it fails", Unseen, "nothing shows it", Answered, "by an answer", ByHand, "by hand",
		)},
		{Name: "about", Label: "Found about", Type: register.Text, ByMove: true, Help: "Cause and subject, by which it is found again."},
		{Name: "found_on", Label: "Found on", Type: register.Date, ByMove: true},
		{Name: "done", Label: "What was done", Type: register.Long, ByMove: true},
		{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, ByMove: true, Help: "Ids of what shows it, with spaces between."},
		{Name: "closed_on", Label: "Closed on", Type: register.Date, ByMove: true, Listed: true},
	}
}

// gapComplete says of a gap that a person wrote down how it was found and when.
func gapComplete(r *register.Record, w *register.World) {
	if r.Get("cause") == "" {
		r.Values.Set("cause", ByHand)
	}
	if r.Get("found_on") == "" {
		r.Values.Set("found_on", w.Today.String())
	}
}

func gapCheck(r *register.Record, _ *register.World) []fault.Field {
	if len(r.List("criteria")) == 0 && len(r.List("controls")) == 0 {
		return []fault.Field{{Name: "criteria", Text: "Say which criterion or which control it is about."}}
	}
	return nil
}

func gapBadge(r *register.Record, w *register.World) (register.Tone, string) {
	switch due := r.Date("due_on"); {
	case r.State != Open:
	case r.Get("due_on") == "":
		return register.Care, "No day"
	case due < w.Today:
		return register.Bad, "Late"
	}
	return "", ""
}
