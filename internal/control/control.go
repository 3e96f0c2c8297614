package control

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

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
	ID       string            `json:"id"` // stable over versions: "check/<id>", "activity/<word>", "upload/<word>"
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

// Valid checks what a person entered.
func (v *Version) Valid(knownCriterion func(string) bool) error {
	var wrong []fault.Field
	bad := func(name, format string, args ...any) {
		wrong = append(wrong, fault.Field{Name: name, Text: fmt.Sprintf(format, args...)})
	}
	v.Title, v.Statement = strings.TrimSpace(v.Title), strings.TrimSpace(v.Statement)
	if !idForm.MatchString(v.Control) {
		bad("control", "Give an id of capital letters, a hyphen and two or three digits, such as IAM-03.")
	}
	if v.Title == "" || len(v.Title) > 200 {
		bad("title", "Give a title of at most 200 characters.")
	}
	if len(v.Statement) < 20 || len(v.Statement) > 4000 {
		bad("statement", "Say what is done, in 20 to 4,000 characters: the auditor tests these words.")
	}
	if v.EffectiveOn == 0 {
		bad("effective_on", "Give the day from which this holds.")
	}
	if len(v.Criteria) == 0 {
		bad("criteria", "Name at least one criterion that the control serves.")
	}
	for _, c := range v.Criteria {
		if !knownCriterion(c) {
			bad("criteria", "There is no criterion %q.", c)
		}
	}
	if v.FixLimit != "" {
		if d, err := rule.ParseSpan(v.FixLimit); err != nil || d <= 0 || d > 366*24*time.Hour {
			bad("fix_limit", "Write the limit as a number and h, d or w, such as 72h or 3d; leave it empty when the wording states none.")
		}
	}
	for i := range v.Lanes {
		if err := v.Lanes[i].valid(); err != nil {
			bad("lanes", "%s: %v", v.Lanes[i].ID, err)
		}
		if slices.ContainsFunc(v.Lanes[:i], func(l Lane) bool { return l.ID == v.Lanes[i].ID }) {
			bad("lanes", "%s is there twice.", v.Lanes[i].ID)
		}
	}
	if len(wrong) > 0 {
		return fault.Fields("The control was not saved.", wrong...)
	}
	return nil
}

var laneForm = regexp.MustCompile(`^(check|activity|upload)/[a-z0-9_.-]{1,80}$`)

func (l *Lane) valid() error {
	if !laneForm.MatchString(l.ID) {
		return fmt.Errorf("want check/…, activity/… or upload/… in lower case")
	}
	switch l.Kind {
	case standing.ByCheck:
		if l.Check == "" {
			return fmt.Errorf("name the check")
		}
	case standing.ByActivity:
		return l.Schedule.Validate()
	case standing.ByUpload:
		if l.Schedule.Frequency.MaxAge() == 0 {
			return fmt.Errorf("say how often evidence is needed")
		}
	default:
		return fmt.Errorf("kind %q", l.Kind)
	}
	return nil
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
