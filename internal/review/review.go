package review

import (
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// Noun is the name of the register.
const Noun = "access_review"

// The states of a review.
const (
	Planned   = "planned"
	Open      = "open"
	Signed    = "signed"
	Cancelled = "cancelled"
)

// The powers that a review can be limited to.
const (
	AnyPower   = "any"
	AdminPower = "admin"
)

// Declaration is the register of access reviews.
func Declaration() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "AR", Path: "access-reviews", Title: "Access reviews", One: "access review", Label: "title", Sort: "-due_on",
		About: "Every account that connected systems show, looked at by somebody whose it is not: kept, changed or removed, and followed until a collection shows it.",
		Read:  access.AccessReviewRead, Edit: access.AccessReviewEdit, Fields: fields(), States: states(), Moves: moves(), Held: held, Badge: badge,
		Dues: []register.Due{{Field: "due_on", Label: "Decide on", Ahead: 21, Owner: "reviewer", While: []string{Planned, Open}, May: access.AccessReviewDecide}},
		Sample: register.Values{
			"title": {"First quarter"}, "due_on": {"2026-03-31"}, "power": {AnyPower}, "controls": {"IAM-09"},
		},
	}
}

func fields() []register.Field {
	moved := func(name, label, help string, kind register.Type) register.Field {
		return register.Field{Name: name, Label: label, Help: help, Type: kind, ByMove: true}
	}
	listed := func(f register.Field) register.Field {
		f.Listed = true
		return f
	}
	return []register.Field{
		{Name: "title", Label: "Review", Type: register.Text, Required: true, Listed: true, Help: "Such as the quarter."},
		{Name: "reviewer", Label: "Reviewer", Type: register.Person, Listed: true, Filter: true, Help: "Who decides; on their own accounts, somebody else does."},
		{Name: "due_on", Label: "Due", Type: register.Date, Required: true, Listed: true},
		{Name: "systems", Label: "Systems", Type: register.Text, Many: true, Help: "Kinds of accounts, such as aws.iam.user; every one if empty."},
		{Name: "power", Label: "Accounts", Type: register.Choice, Required: true, Default: AnyPower, Options: register.Options(AnyPower, "every account", AdminPower, "administrators' only")},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "IAM-09"},
		{Name: "notes", Label: "Notes", Type: register.Long},
		moved("begun_at", "Begun", "", register.Time), moved("collected_at", "Collected", "The oldest listing that it was made of.", register.Time),
		listed(moved("accounts", "Accounts", "", register.Number)),
		moved("left_out", "Left out", "Accounts that cannot be used, and the system's own.", register.Number),
		moved("complete", "Complete", "Every listing that it was made of had been read to the end.", register.YesNo),
		moved("missing", "What may be missing", "", register.Long),
		listed(moved("undecided", "To decide", "", register.Number)), moved("kept", "Kept", "", register.Number), moved("changed", "To be changed", "", register.Number), moved("removed", "To be removed", "", register.Number),
		listed(moved("unseen", "Not seen yet", "Changes and removals that no collection shows and nobody confirmed.", register.Number)),
		moved("unseen_since", "Waiting since", "Day of the oldest decision that is not seen yet.", register.Date),
		listed(moved("signed_on", "Signed on", "", register.Date)), moved("signed_by", "Signed by", "", register.Text), moved("leaf", "Entry of the log", "", register.Text),
	}
}

func states() []register.State {
	return []register.State{
		{Name: Planned, Label: "Planned", Tone: register.Begun},
		{Name: Open, Label: "In progress", Tone: register.Busy},
		{Name: Signed, Label: "Signed", Tone: register.Good, Ended: true, Fixed: true},
		{Name: Cancelled, Label: "Cancelled", Tone: register.Quiet, Ended: true, Fixed: true},
	}
}

func moves() []register.Move {
	return []register.Move{
		{
			Name: "begin", Label: "Begin", From: []string{Planned}, To: Open, Permission: access.AccessReviewEdit,
			Help: "It begins with every account that connected systems show now, as they are.",
		},
		{
			Name: "sign", Label: "Sign", From: []string{Open}, To: Signed, Permission: access.AccessReviewSign, Ready: decided,
			Help:   "Every account is decided on. The decisions are sealed in the log and do not change any more; what is to be removed is followed until a collection shows it gone.",
			Effect: func(r *register.Record, w *register.World) { r.Values.Set("signed_on", w.Today.String()) },
		},
		{Name: "cancel", Label: "Cancel", From: []string{Planned, Open}, To: Cancelled, Permission: access.AccessReviewEdit, Why: true, Help: "What was decided so far stays readable and binds nobody."},
	}
}

// held are the fields that say what the review is of: it began with that.
func held(r *register.Record) []string {
	if r.State == Planned {
		return nil
	}
	return []string{"systems", "power"}
}

func decided(r *register.Record, _ *register.World) []fault.Field {
	if n, ok := r.Int("undecided"); !ok || n > 0 {
		return []fault.Field{{Name: "undecided", Text: "Not every account is decided on yet: " + r.Get("undecided") + " are left."}}
	}
	return nil
}

// badge says what is late, and what was decided and is not done.
func badge(r *register.Record, w *register.World) (register.Tone, string) {
	if n, ok := r.Int("unseen"); ok && n > 0 && r.State == Signed {
		return register.Care, "Signed, not all done"
	}
	if (r.State == Planned || r.State == Open) && r.Date("due_on") < w.Today {
		return register.Bad, "Late"
	}
	return "", ""
}

// Verdict is what was decided of an account.
type Verdict string

// The verdicts. The empty one is none.
const (
	Keep   Verdict = "keep"
	Change Verdict = "change"
	Remove Verdict = "remove"
)

// Verdicts lists them, in the order in which pages offer them.
func Verdicts() []Verdict { return []Verdict{Keep, Change, Remove} }

// Why is a reason for which an account needs thought.
type Why string

// The reasons, the gravest first.
const (
	Overdue  Why = "removal_not_done" // it was to be removed, and is still there
	Gone     Why = "person_left"      // whose it is does not work here
	Nobodys  Why = "nobodys"          // it is nobody's
	Grew     Why = "became_admin"     // it has administrative power, and had none
	Passed   Why = "other_person"     // it is another person's than it was
	Leaving  Why = "person_leaves"    // whose it is leaves within 30 days
	Unused   Why = "unused"           // not used for 90 days
	New      Why = "new"              // no review that was signed has it
	Possible Why = "possible"         // its listing is incomplete: it may be gone
)

const (
	unusedDays  = 90
	leavingDays = 30
)

// before is an account as the newest signed review saw it.
type before struct {
	Admin   *bool
	Person  string
	Verdict Verdict
}

// reasons are why an account needs thought; none if it is as it was when it was last
// kept.
func reasons(a *account.Listed, was *before, today, ends standing.Date, zone func(a *account.Listed) standing.Date) (out []Why) {
	add := func(why Why, is bool) {
		if is {
			out = append(out, why)
		}
	}
	whose := ""
	if a.Match != nil {
		whose = a.Match.Person
	}
	admin := a.Admin != nil && *a.Admin
	add(Overdue, was != nil && was.Verdict == Remove)
	add(Gone, a.Match != nil && !a.Works)
	add(Nobodys, a.State == account.Orphan)
	add(Grew, was != nil && admin && (was.Admin == nil || !*was.Admin))
	add(Passed, was != nil && was.Person != whose)
	add(Leaving, a.Match != nil && a.Works && ends != 0 && ends <= today+leavingDays)
	add(Unused, !a.LastUsed.IsZero() && today-zone(a) >= unusedDays)
	add(New, was == nil)
	add(Possible, a.Possible)
	return out
}

// within reports whether a review is about an account. Those that cannot be used,
// and the system's own, are left out.
func within(r *register.Record, a *account.Listed) (in, leftOut bool) {
	systems := r.List("systems")
	if len(systems) > 0 && !slices.Contains(systems, a.Kind) {
		return false, false
	}
	if r.Get("power") == AdminPower && a.Admin != nil && !*a.Admin {
		return false, false
	}
	off := a.State == account.OfSystem || a.Enabled != nil && !*a.Enabled
	return !off, off
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
