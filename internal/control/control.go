package control

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/catalog"
	"assay/internal/kit/fault"
	"assay/internal/rule"
	"assay/internal/standing"
)

// Version is a control as worded from a day on.
type Version struct {
	Control     string        `json:"control"`
	Number      int           `json:"number"`
	EffectiveOn standing.Date `json:"effective_on"`
	Retired     bool          `json:"retired"` // from this day on the control is not in force
	Title       string        `json:"title"`
	Statement   string        `json:"statement"` // as it will read in the report
	Criteria    []string      `json:"criteria"`
	Owner       string        `json:"owner"` // user id or empty
	OwnerName   string        `json:"owner_name"`
	OwnerRole   string        `json:"owner_role"`
	Frequency   string        `json:"frequency"`
	Nature      string        `json:"nature"`
	Kind        string        `json:"kind"`
	Key         bool          `json:"key"`
	FixLimit    string        `json:"fix_limit"` // as the statement states it: "3d", "12h"; empty when it does not
	Lanes       []Lane        `json:"lanes"`
	Reason      string        `json:"reason"` // why it changed
	Author      string        `json:"author"`
	CreatedAt   time.Time     `json:"created_at"`
	Leaf        string        `json:"leaf"`
}

// Lane is one thing that shows that the control operates.
type Lane struct {
	// ID is stable over versions: "check/<id>", "activity/<word>",
	// "upload/<word>". A lane whose schedule changes keeps it: each day is judged
	// by the schedule in force.
	ID       string            `json:"id"`
	Kind     standing.LaneKind `json:"kind"`
	Title    string            `json:"title"`
	Check    string            `json:"check,omitempty"`
	Schedule standing.Schedule `json:"schedule,omitzero"` // of an activity; its frequency also serves an upload
}

// Limit is the stated fix limit; 0 when there is none.
func (v *Version) Limit() time.Duration {
	if v.FixLimit == "" {
		return 0
	}
	d, err := rule.ParseSpan(v.FixLimit)
	if err != nil {
		return 0 // refused when the version was saved
	}
	return d
}

// Checks are the ids of the checks among the lanes.
func (v *Version) Checks() []string {
	var out []string
	for _, l := range v.Lanes {
		if l.Kind == standing.ByCheck {
			out = append(out, l.Check)
		}
	}
	return out
}

var idForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,7}-[0-9]{2,3}$`)

// Bounds of what a person enters.
const (
	mostTitle     = 200
	mostStatement = 4000
	mostReason    = 2000
	mostLanes     = 100
	mostDays      = 366 // that a window opens before a due day, or stays open after it
)

// Valid checks what a person entered, and puts it into the form in which it is
// kept.
func (v *Version) Valid(knownCriterion func(string) bool) error {
	var wrong []fault.Field
	bad := func(name, format string, args ...any) {
		wrong = append(wrong, fault.Field{Name: name, Text: fmt.Sprintf(format, args...)})
	}
	v.Title, v.Statement, v.Reason = strings.TrimSpace(v.Title), strings.TrimSpace(v.Statement), strings.TrimSpace(v.Reason)
	v.Criteria = slices.Clone(v.Criteria)
	if !idForm.MatchString(v.Control) {
		bad("control", "Give an id of capital letters, a hyphen and two or three digits, such as IAM-03.")
	}
	if v.Title == "" || utf8.RuneCountInString(v.Title) > mostTitle {
		bad("title", "Give a title of at most 200 characters.")
	}
	if n := utf8.RuneCountInString(v.Statement); n < 20 || n > mostStatement {
		bad("statement", "Say what is done, in 20 to 4,000 characters: the auditor tests these words.")
	}
	if utf8.RuneCountInString(v.Reason) > mostReason {
		bad("reason", "Say why it changes in at most 2,000 characters.")
	}
	if v.EffectiveOn == 0 {
		bad("effective_on", "Give the day from which this holds.")
	}
	if len(v.Criteria) == 0 {
		bad("criteria", "Name at least one criterion that the control serves.")
	}
	for i, c := range v.Criteria {
		if !knownCriterion(c) {
			bad("criteria", "There is no criterion %q.", c)
		} else if slices.Contains(v.Criteria[:i], c) {
			bad("criteria", "%s is there twice.", c)
		}
	}
	v.validTerms(bad)
	v.validLanes(bad)
	if len(wrong) > 0 {
		return fault.Fields("The control was not saved.", wrong...)
	}
	return nil
}

func (v *Version) validTerms(bad func(name, format string, args ...any)) {
	if !slices.Contains(catalog.Frequencies(), catalog.Frequency(v.Frequency)) {
		bad("frequency", "Choose how often it is done.")
	}
	if v.Nature != "" && !slices.Contains(catalog.Natures(), catalog.Nature(v.Nature)) {
		bad("nature", "There is no nature %q of a control.", v.Nature)
	}
	if v.Kind != "" && !slices.Contains(catalog.ControlKinds(), catalog.ControlKind(v.Kind)) {
		bad("kind", "There is no kind %q of a control.", v.Kind)
	}
	if v.FixLimit != "" {
		if d, err := rule.ParseSpan(v.FixLimit); err != nil || d <= 0 || d > 366*24*time.Hour {
			bad("fix_limit", "Write the limit as a number and h, d or w, such as 72h or 3d; leave it empty when the wording states none.")
		}
	}
}

func (v *Version) validLanes(bad func(name, format string, args ...any)) {
	if v.Lanes = slices.Clone(v.Lanes); len(v.Lanes) > mostLanes {
		bad("lanes", "A control has at most %d lanes.", mostLanes)
	}
	for i := range v.Lanes {
		if err := v.Lanes[i].clean(); err != nil {
			bad("lanes", "%s: %v", v.Lanes[i].ID, err)
		}
		if slices.ContainsFunc(v.Lanes[:i], func(l Lane) bool { return l.ID == v.Lanes[i].ID }) {
			bad("lanes", "%s is there twice.", v.Lanes[i].ID)
		}
	}
}

var laneForm = regexp.MustCompile(`^(check|activity|upload)/[a-z0-9_.-]{1,80}$`)

// clean puts the lane into the form in which it is kept: nothing is in it that
// its kind does not count.
func (l *Lane) clean() error {
	switch kind, _, _ := strings.Cut(l.ID, "/"); {
	case !laneForm.MatchString(l.ID):
		return errors.New("want check/…, activity/… or upload/… in lower case")
	case kind != string(l.Kind):
		return fmt.Errorf("the kind is %q, and the id says %q", l.Kind, kind)
	}
	switch l.Kind {
	case standing.ByCheck:
		if l.ID != "check/"+l.Check {
			return fmt.Errorf("the lane of the check %q is check/%s", l.Check, l.Check)
		}
		l.Schedule = standing.Schedule{}
	case standing.ByActivity:
		if l.Check = ""; l.Schedule.Opens > mostDays || l.Schedule.Grace > mostDays {
			return errors.New("a window opens at most 366 days before the due day, and ends at most 366 days after it")
		}
		return l.Schedule.Validate()
	case standing.ByUpload:
		if l.Check, l.Schedule = "", (standing.Schedule{Frequency: l.Schedule.Frequency}); l.Schedule.Frequency.MaxAge() == 0 {
			return errors.New("say how often evidence is needed")
		}
	}
	return nil
}

// farthest is how many days a version may lie from today; more is a mistyped
// year.
const farthest = 10 * 366

func near(day, today standing.Date) string {
	if day < today-farthest || day > today+farthest {
		return "Give a day within ten years of today. The year looks mistyped."
	}
	return ""
}

// timely refuses a version that would word days anew on which another wording
// held. Only while none has held yet can one be from a past day on: what it
// then says of the past was said by nothing else, and backfilled facts show
// how it stood.
func (v *Version) timely(have []Version, today standing.Date) error {
	refuse := func(name, format string, args ...any) error {
		return fault.Fields("The control was not saved.", fault.Field{Name: name, Text: fmt.Sprintf(format, args...)})
	}
	if text := near(v.EffectiveOn, today); text != "" {
		return refuse("effective_on", "%s", text)
	}
	if len(have) == 0 {
		if v.Retired {
			return refuse("effective_on", "There is no control %s to retire.", v.Control)
		}
		return nil
	}
	held := slices.ContainsFunc(have, func(h Version) bool { return h.EffectiveOn <= today })
	if v.EffectiveOn < today && held {
		return refuse("effective_on", "The days before today are judged by the wording that held then. Choose today, %s, or a later day.", today)
	}
	if v.Reason == "" {
		return refuse("reason", "Say why it changes: the auditor reads this.")
	}
	if later, ok := back(have, v.EffectiveOn); v.Retired && ok {
		return refuse("effective_on", "Version %d is to hold from %s on and would bring the control back. Retire it from that day on first.",
			later.Number, later.EffectiveOn)
	}
	return nil
}

// back is the first version that puts a control in force after a day.
func back(have []Version, day standing.Date) (Version, bool) {
	for _, s := range stretches(have) {
		if s.EffectiveOn > day && !s.Retired {
			return s.Version, true
		}
	}
	return Version{}, false
}

// InForce returns the version that holds on a day, or false.
func InForce(versions []Version, day standing.Date) (Version, bool) {
	var best Version
	found := false
	for i := range versions {
		v := &versions[i]
		if v.EffectiveOn > day {
			continue
		}
		if !found || v.EffectiveOn > best.EffectiveOn || v.EffectiveOn == best.EffectiveOn && v.Number > best.Number {
			best, found = *v, true
		}
	}
	return best, found && !best.Retired
}

// stretch is a version with the day on which the next one takes over.
type stretch struct {
	Version
	to standing.Date // zero: still
}

// stretches orders versions by effective day; of two of the same day the later
// number holds.
func stretches(versions []Version) []stretch {
	sorted := slices.Clone(versions)
	slices.SortFunc(sorted, func(a, b Version) int {
		if a.EffectiveOn != b.EffectiveOn {
			return int(a.EffectiveOn) - int(b.EffectiveOn)
		}
		return a.Number - b.Number
	})
	var out []stretch
	for i := range sorted {
		if i+1 < len(sorted) && sorted[i+1].EffectiveOn == sorted[i].EffectiveOn {
			continue
		}
		if n := len(out); n > 0 {
			out[n-1].to = sorted[i].EffectiveOn
		}
		out = append(out, stretch{Version: sorted[i]})
	}
	return out
}
