package training

import (
	"strconv"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// The names of the registers.
const (
	Noun           = "training"
	CompletionNoun = "training_completion"
	PhishingNoun   = "phishing_exercise"
)

// The states of a course.
const (
	Planned = "planned"
	InUse   = "in_use"
	Retired = "retired"
)

// The states of a completion.
const (
	Recorded  = "recorded"
	Withdrawn = "withdrawn"
)

// Elsewhere is the text of a course whose lessons are not in the catalog.
const Elsewhere = "elsewhere"

// Here is where a completion comes from that the program wrote.
const Here = "here"

// Courses is the register of courses.
func Courses() register.Declaration {
	return register.Declaration{
		Noun: Noun, Prefix: "TR", Path: "training", Title: "Training", One: "course", Label: "title", Sort: "title",
		About: "What people learn, who is asked to, and by when. The program brings a course in six lessons, and two for developers and support.",
		Read:  access.TrainingRead, Edit: access.TrainingEdit, Fields: courseFields(), Complete: complete, Check: courseCheck, Held: courseHeld,
		States: []register.State{
			{Name: Planned, Label: "Planned", Tone: register.Begun},
			{Name: InUse, Label: "In use", Tone: register.Good},
			{Name: Retired, Label: "Retired", Tone: register.Quiet, Ended: true},
		},
		Moves: []register.Move{
			{
				Name: "begin", Label: "Ask for it", From: []string{Planned, Retired}, To: InUse, Permission: access.TrainingEdit,
				Help: "Whoever it is for is asked to take it, from the day on that it names.",
			},
			{Name: "retire", Label: "Retire", From: []string{InUse, Planned}, To: Retired, Permission: access.TrainingEdit, Why: true, Help: "Nobody is asked any more. What was completed stays."},
		},
		Starters: starters,
		Sample: register.Values{
			"title": {"Handling card data"}, "text": {Elsewhere}, "from_on": {"2026-01-05"}, "days": {"30"}, "again_months": {"12"}, "link": {"https://learn.example/cards"},
			"groups": {"Support"}, "controls": {"HRS-10"},
		},
	}
}

func courseFields() []register.Field {
	return []register.Field{
		{Name: "title", Label: "Course", Type: register.Text, Required: true, Listed: true},
		{Name: "text", Label: "Lessons", Type: register.Choice, Required: true, Default: Elsewhere, Options: texts(), Help: "Those of the program, or a course that is taken elsewhere and whose completions are brought in."},
		{Name: "link", Label: "Where it is taken", Type: register.Text, Help: "Address, if it is taken elsewhere."},
		{Name: "activity", Label: "Activities", Type: register.Text, Many: true, Help: "Addresses under which xAPI statements name it."},
		{Name: "groups", Label: "Groups", Type: register.Text, Many: true, Listed: true, Help: "As in the register of people; everybody, if groups, titles and people are all empty."},
		{Name: "titles", Label: "Titles", Type: register.Text, Many: true, Help: "What people do, as in the register of people."},
		{Name: "people", Label: "People", Type: register.Person, Many: true, Help: "Who takes it besides, by name or address."},
		{Name: "from_on", Label: "Asked for since", Type: register.Date, Listed: true, Help: "Today, if it is empty."},
		{Name: "days", Label: "Days to complete it", Type: register.Number, Required: true, Default: "30", Min: 1, Max: 365, Help: "From the first day on which it is asked for, or of work."},
		{Name: "again_months", Label: "Months until it is taken again", Type: register.Number, Default: "12", Min: 0, Max: 60, Listed: true, Help: "0 if once is enough."},
		{Name: "owner", Label: "Owner", Type: register.Person, Listed: true, Filter: true},
		{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "HRS-09"},
		{Name: "notes", Label: "Notes", Type: register.Long},
	}
}

// texts are the catalog's courses; a test holds them to the catalog.
func texts() []register.Option {
	return register.Options("awareness", "security awareness, in six lessons", "developers", "secure development", "support", "privacy in support", Elsewhere, "taken elsewhere")
}

func complete(r *register.Record, w *register.World) {
	if r.Get("from_on") == "" {
		r.Values.Set("from_on", w.Today.String())
	}
}

func courseCheck(r *register.Record, _ *register.World) (bad []fault.Field) {
	if link := r.Get("link"); link != "" && !strings.HasPrefix(link, "https://") {
		bad = append(bad, fault.Field{Name: "link", Text: "Give an address that begins with https://."})
	}
	if r.Get("link") != "" && r.Get("text") != Elsewhere {
		bad = append(bad, fault.Field{Name: "link", Text: "Its lessons are taken here. Leave this empty, or say that it is taken elsewhere."})
	}
	return bad
}

// courseHeld keeps the lessons of a course that somebody may have begun.
func courseHeld(r *register.Record) []string {
	if r.State == Planned {
		return nil
	}
	return []string{"text"}
}

// starters are the courses of the catalog.
func starters(o *register.Offer) (out []register.Starter) {
	for _, c := range o.Library.Courses() {
		s := register.Starter{
			ID: string(c.ID), Title: c.Title, Detail: c.Summary + " " + strconv.Itoa(c.Minutes) + " minutes.", Group: "Courses of the program",
			Values: register.Values{"title": {c.Title}, "text": {string(c.ID)}, "days": {"30"}, "again_months": {strconv.Itoa(months(c.Refresh))}},
		}
		for _, id := range c.Serves {
			s.Values["controls"] = append(s.Values["controls"], string(id))
		}
		out = append(out, s)
	}
	return out
}

const yearly = 12

// months between two refreshers.
func months(f catalog.Frequency) int {
	switch f { //nolint:exhaustive // nothing else is a course's
	case catalog.Quarterly:
		return 3
	case catalog.Semiannual:
		return 6
	}
	return yearly
}

// Completions is the register of what was completed.
func Completions() register.Declaration {
	return register.Declaration{
		Noun: CompletionNoun, Prefix: "TC", Path: "completions", Title: "Completions", One: "training completion", Label: "title", Sort: "-completed_on",
		About:  "Who completed which course, when, and where that is known from.",
		Parent: Noun, ParentBy: "course", Apart: []string{"person", "completed_on"},
		Read: access.CompletionRead, Edit: access.CompletionEdit, Complete: entitle, Check: completionCheck,
		Fields: []register.Field{
			{Name: "course", Label: "Course", Type: register.Link, To: Noun, Required: true, Filter: true},
			{Name: "title", Label: "Completion", Type: register.Text, Required: true, Default: "completed", Help: "What the certificate or the report calls it."},
			{Name: "person", Label: "Person", Type: register.Person, Required: true, Listed: true, Filter: true, Also: []string{"email", "learner", "user"}},
			{Name: "completed_on", Label: "Completed on", Type: register.Date, Required: true, Listed: true, Also: []string{"date", "completion date", "completed"}},
			{Name: "score", Label: "Score", Type: register.Number, Min: 0, Max: 100, Listed: true, Help: "Percent."},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of a certificate or a report, with spaces between."},
			{Name: "notes", Label: "Notes", Type: register.Long},
			{Name: "taken", Label: "Taken", Type: register.Choice, ByMove: true, Listed: true, Filter: true, Options: register.Options(Here, "here, lesson by lesson")},
			{Name: "lessons", Label: "Lessons", Type: register.Text, Many: true, ByMove: true, Help: "With their versions."},
		},
		States: []register.State{
			{Name: Recorded, Label: "Recorded", Tone: register.Good},
			{Name: Withdrawn, Label: "Withdrawn", Tone: register.Quiet, Ended: true, Fixed: true},
		},
		Moves: []register.Move{{Name: "withdraw", Label: "Withdraw", From: []string{Recorded}, To: Withdrawn, Permission: access.CompletionEdit, Why: true, Help: "It does not count any more, and stays readable."}},
		Held:  completionHeld,
		Sample: register.Values{
			"title": {"Certificate of the course"}, "completed_on": {"2025-11-11"}, "score": {"90"},
		},
	}
}

func entitle(r *register.Record, _ *register.World) {
	if r.Get("title") == "" {
		r.Values.Set("title", "completed")
	}
}

func completionCheck(r *register.Record, w *register.World) []fault.Field {
	if r.Date("completed_on") > w.Today {
		return []fault.Field{{Name: "completed_on", Text: "It lies ahead."}}
	}
	return nil
}

// completionHeld are the fields of what was completed here: the program wrote them.
func completionHeld(r *register.Record) []string {
	if r.Get("taken") == "" {
		return nil
	}
	return []string{"course", "person", "completed_on", "score"}
}

// Exercises is the register of phishing exercises.
func Exercises() register.Declaration {
	return register.Declaration{
		Noun: PhishingNoun, Prefix: "PX", Path: "phishing-exercises", Title: "Phishing exercises", One: "phishing exercise", Label: "title", Sort: "-held_on",
		About: "Exercises in which people are sent a message that pretends to be another: how many fell for it, how many reported it, and who learned from it.",
		Read:  access.PhishingRead, Edit: access.PhishingEdit, Check: exerciseCheck, Derive: exerciseDerive,
		Fields: []register.Field{
			{Name: "title", Label: "Exercise", Type: register.Text, Required: true, Listed: true},
			{Name: "held_on", Label: "Held on", Type: register.Date, Required: true, Listed: true},
			{Name: "people", Label: "People then", Type: register.Number, Required: true, Min: 1, Max: 1_000_000, Help: "Who could have been sent it."},
			{Name: "sent", Label: "Sent to", Type: register.Number, Required: true, Min: 0, Max: 1_000_000, Listed: true},
			{Name: "fell", Label: "Fell for it", Type: register.Number, Required: true, Min: 0, Max: 1_000_000, Listed: true, Help: "Clicked and entered something, or opened what they should not have."},
			{Name: "reported", Label: "Reported it", Type: register.Number, Required: true, Min: 0, Max: 1_000_000, Listed: true},
			{Name: "followed", Label: "Followed up", Type: register.Number, Required: true, Min: 0, Max: 1_000_000, Listed: true, Help: "Of those who fell for it, who took a training or had a talk since."},
			{Name: "followed_on", Label: "Followed up by", Type: register.Date, Help: "When the last of them had."},
			{Name: "owner", Label: "Owner", Type: register.Person, Listed: true},
			{Name: "message", Label: "What was sent", Type: register.Long},
			{Name: "evidence", Label: "Evidence", Type: register.Evidence, Many: true, Help: "Ids of the tool's report, with spaces between."},
			{Name: "controls", Label: "Controls", Type: register.Control, Many: true, Default: "HRS-11"},
			{Name: "open", Label: "Not followed up", Type: register.Number, Derived: true},
		},
		States: []register.State{{Name: "held", Label: "Held", Tone: register.Good}},
		Badge:  exerciseBadge,
		Sample: register.Values{
			"title": {"A parcel that waits"}, "held_on": {"2025-11-10"}, "people": {"40"}, "sent": {"40"}, "fell": {"3"}, "reported": {"21"}, "followed": {"3"}, "followed_on": {"2025-11-20"},
		},
	}
}

func exerciseCheck(r *register.Record, w *register.World) (bad []fault.Field) {
	number := func(name string) int { n, _ := r.Int(name); return n }
	if r.Date("held_on") > w.Today {
		bad = append(bad, fault.Field{Name: "held_on", Text: "It lies ahead. Write an exercise down once it was held."})
	}
	for _, f := range []struct{ name, of, text string }{
		{"sent", "people", "More than the people there were."},
		{"fell", "sent", "More than it was sent to."},
		{"reported", "sent", "More than it was sent to."},
		{"followed", "fell", "More than fell for it."},
	} {
		if number(f.name) > number(f.of) {
			bad = append(bad, fault.Field{Name: f.name, Text: f.text})
		}
	}
	return bad
}

func exerciseDerive(r *register.Record, _ *register.World) {
	fell, _ := r.Int("fell")
	followed, _ := r.Int("followed")
	r.Derive("open", strconv.Itoa(fell-followed))
}

func exerciseBadge(r *register.Record, _ *register.World) (register.Tone, string) {
	if n, ok := r.Int("open"); ok && n > 0 {
		return register.Care, "Follow up " + strconv.Itoa(n)
	}
	return "", ""
}
