package policy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/standing"
)

// State is where a version stands.
type State string

// The states, in the order of a version's life.
const (
	Draft      State = "draft"
	InReview   State = "in_review"
	Scheduled  State = "scheduled" // approved; its day is to come
	InForce    State = "in_force"
	Superseded State = "superseded"
	Withdrawn  State = "withdrawn" // was never in force
)

// Policy is one policy of an organization.
type Policy struct {
	ID           string // "PLC-ISP"; what people call it
	Title        string
	Owner        string   // user id; empty while nobody answers for it
	Audience     []string // departments it binds; empty: everybody who works here
	Controls     []string // ids of the controls that it backs
	ReviewMonths int      // between two reviews
	AcceptDays   int      // within which people accept it; 0: nobody is asked to
	AgainMonths  int      // after which acceptance is asked for again; 0: never
	Template     string   // id of what it was begun with; may be empty
	RetiredOn    standing.Date
	CreatedAt    time.Time
}

// The bounds of a policy's clocks.
const (
	mostMonths   = 36
	mostDays     = 365
	defaultGrace = 30
	yearly       = 12
)

// MostText is the largest text of a version, in bytes.
const MostText = 256 << 10

var idForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$`)

// clean puts the policy into the form in which it is kept and returns what is
// wrong with it, by field.
func (p *Policy) clean() []fault.Field {
	var wrong []fault.Field
	say := func(name, text string) { wrong = append(wrong, fault.Field{Name: name, Text: text}) }
	p.ID, p.Title = strings.ToUpper(strings.TrimSpace(p.ID)), strings.Join(strings.Fields(p.Title), " ")
	if !idForm.MatchString(p.ID) || len(p.ID) > 40 {
		say("id", "Give a short name of capital letters, digits and hyphens, such as PLC-AUP.")
	}
	if p.Title == "" || len(p.Title) > 200 {
		say("title", "Give a title of at most 200 characters.")
	}
	if p.ReviewMonths = cmp.Or(p.ReviewMonths, yearly); p.ReviewMonths < 1 || p.ReviewMonths > mostMonths {
		say("review_months", "Give 1 to 36 months between two reviews.")
	}
	if p.AcceptDays < 0 || p.AcceptDays > mostDays {
		say("accept_days", "Give 0 to 365 days; 0 asks nobody to accept it.")
	}
	if p.AgainMonths < 0 || p.AgainMonths > mostMonths {
		say("again_months", "Give 0 to 36 months; 0 never asks again.")
	}
	p.Audience, p.Controls = tidy(p.Audience), tidy(p.Controls)
	return wrong
}

// tidy is a list in order, without empty and double entries.
func tidy(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Binds reports whether the policy is for people of a department.
func (p *Policy) Binds(group string) bool {
	return len(p.Audience) == 0 || slices.Contains(p.Audience, group)
}

// Version is one text of a policy.
type Version struct {
	Policy      string
	Number      int
	Text        string // Markdown
	Note        string // what changes, for the reader of the next
	Ask         bool   // everybody accepts anew; the first version always asks
	Author      string // user id of who wrote last
	AuthorName  string
	Writers     []string // user ids of everybody who wrote on it
	WrittenAt   time.Time
	SubmittedAt time.Time // zero while it is a draft
	Returned    string    // why the reviewer gave it back; empty if not
	Approver    string
	ApproveName string
	ApprovedAt  time.Time     // zero until then
	EffectiveOn standing.Date // first day in force
	WithdrawnAt time.Time
	Hash        string // SHA-256 of the text, in hexadecimal; of approved ones
	Leaf        string // id of the leaf that seals it
}

// WroteOn reports whether a user wrote on the version.
func (v *Version) WroteOn(userID string) bool { return slices.Contains(v.Writers, userID) }

// Open reports whether the version is still to be decided on.
func (v *Version) Open() bool { return v.ApprovedAt.IsZero() && v.WithdrawnAt.IsZero() }

// InForceOn returns the version that is in force on a day: of the approved ones
// whose day has come, the one with the highest number. Versions are in order.
func InForceOn(versions []Version, day standing.Date) (Version, bool) {
	for _, v := range slices.Backward(versions) {
		if !v.ApprovedAt.IsZero() && v.WithdrawnAt.IsZero() && v.EffectiveOn <= day {
			return v, true
		}
	}
	return Version{}, false
}

// StateOn is where the version stands on a day, among all versions.
func (v *Version) StateOn(versions []Version, day standing.Date) State {
	switch {
	case !v.WithdrawnAt.IsZero():
		return Withdrawn
	case v.ApprovedAt.IsZero() && v.SubmittedAt.IsZero():
		return Draft
	case v.ApprovedAt.IsZero():
		return InReview
	case v.EffectiveOn > day:
		return Scheduled
	}
	if now, _ := InForceOn(versions, day); now.Number == v.Number {
		return InForce
	}
	return Superseded
}

// Review is a look at the version in force that left it as it is.
type Review struct {
	Policy  string
	Version int
	On      standing.Date
	By      string
	ByName  string
	Note    string
	At      time.Time
}

// ReviewedOn is the day of the last approval or review of what is in force.
func ReviewedOn(v *Version, reviews []Review, zone *time.Location) standing.Date {
	on := standing.DayOf(v.ApprovedAt, zone)
	for i := range reviews {
		on = max(on, reviews[i].On)
	}
	return on
}
